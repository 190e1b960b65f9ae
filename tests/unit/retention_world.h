/* A small world of subscriptions, currencies and rates for the tests of retention. Includes cmocka.h: include
 * it last. */
#ifndef VAFA_TESTS_RETENTION_WORLD_H
#define VAFA_TESTS_RETENTION_WORLD_H
#include "insight/retention.h"

#include <math.h>
#include <stdio.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { USD, EUR, IRR, CURRENCIES };
enum { MAIN, ADDON, THIRD };
enum { BASIC = 1, PRO };
enum { MOST = 16 };

struct world {
    struct arena arena;
    struct problem problem;
    struct dict currencies;
    struct rates rates;
    struct ledger_settings settings;
    struct ledger_row rows[MOST];
    size_t n, accounts;
    bool flow;
    const int64_t *index; /* of the two boundaries */
};

static inline day_t day(int year, int month, int of_month) {
    day_t d;
    assert_true(day_from_date(CALENDAR_GREGORIAN, year, month, of_month, &d));
    return d;
}

static inline int set_up(void **state) {
    struct world *w = memory_new(sizeof *w);
    w->problem.arena = &w->arena;
    dict_put(&w->currencies, STR("USD"), NULL);
    dict_put(&w->currencies, STR("EUR"), NULL);
    dict_put(&w->currencies, STR("IRR"), NULL);
    memcpy(w->rates.base, "USD", 4);
    w->settings.grace_days = 30;
    *state = w;
    return 0;
}

static inline int tear_down(void **state) {
    struct world *w = *state;
    dict_free(&w->currencies);
    rates_free(&w->rates);
    arena_free(&w->arena);
    free(w);
    return 0;
}

/* A subscription of the account from a day to a last covered day (DAY_NEVER: open), at so much a year.
 * Accounts ascend. */
static inline struct ledger_row *pays(struct world *w, uint32_t account, uint32_t product, day_t from,
                                      day_t last, int64_t arr) {
    assert_true(w->n < MOST);
    struct ledger_row *row = &w->rows[w->n];
    *row = (struct ledger_row){
        .account = account,
        .key = (uint32_t)w->n,
        .product = product,
        .plan = BASIC,
        .currency = USD,
        .starts = from,
        .effective = from,
        .term = {.ends = last == DAY_NEVER ? DAY_NEVER : last + 1, .cancelled = DAY_NEVER},
        .arr = arr,
        .seats = -1,
        .known_until = INT64_MAX};
    w->n++;
    if (w->accounts <= account) w->accounts = account + 1;
    return row;
}

static inline void rate(struct world *w, const char *currency, day_t from, const char *text) {
    struct dated_rate row = {.day = from};
    memcpy(row.currency, currency, 3);
    assert_null(rate_parse(str_of(text), strcmp(currency, "IRR") ? 2 : 0, 2, &row.rate));
    VEC_PUSH(&w->rates.rows, row);
    rates_sort(&w->rates);
}

struct sums {
    int64_t v[RETENTION_AMOUNTS];
    int32_t days;
};
static inline int64_t *into_sums(void *self, uint32_t account, size_t period) {
    (void)account, (void)period;
    return ((struct sums *)self)->v;
}

static inline struct sums seen(struct world *w, day_t from, day_t to, day_t seen_on) {
    struct sums sums = {.days = to - from};
    struct ledger ledger;
    struct period period = {.from = from, .to = to};
    struct retention_query query = {.periods = &period,
                                    .count = 1,
                                    .seen_on = seen_on,
                                    .grace_days = w->settings.grace_days,
                                    .flow = w->flow,
                                    .index = w->index,
                                    .rates = &w->rates,
                                    .currencies = &w->currencies};
    ledger_build(&ledger, w->rows, w->n, w->accounts, &w->settings, 0, to);
    assert_int_equal(retention_measure(&ledger, &query, into_sums, &sums, &w->problem), OK);
    ledger_free(&ledger);
    return sums;
}

static inline struct sums measured(struct world *w, day_t from, day_t to) {
    return seen(w, from, to, to + 1000);
}

static inline struct figure_value figure(const struct sums *sums, const char *key) {
    for (size_t i = 0; i < retention_figure_count; i++)
        if (strcmp(retention_figures[i].key, key) == 0)
            return retention_value(&retention_figures[i], sums->v, sums->days);
    fail_msg("no figure %s", key);
    return (struct figure_value){0};
}

#define IS(sums, key, expected)                                                                              \
    do {                                                                                                     \
        struct figure_value got_ = figure(&(sums), key);                                                     \
        if (got_.state != FIGURE_KNOWN || fabs(got_.value - (expected)) > 1e-12)                             \
            fail_msg("%s: %.12g (state %d), expected %.12g", key, got_.value, got_.state,                    \
                     (double)(expected));                                                                    \
    } while (0)
#define NOT_APPLICABLE(sums, key) assert_int_equal(figure(&(sums), key).state, FIGURE_NOT_APPLICABLE)

static inline int64_t rises(const struct sums *s) {
    int64_t sum = 0;
    for (int i = 0; i < REVENUE_PARTS; i++)
        sum += s->v[retention_part((enum revenue_part)i, true)];
    return sum;
}
static inline int64_t falls(const struct sums *s) {
    int64_t sum = 0;
    for (int i = 0; i < REVENUE_PARTS; i++)
        sum += s->v[retention_part((enum revenue_part)i, false)];
    return sum;
}
static inline void closes(const struct sums *s) {
    const int64_t *v = s->v;
    assert_int_equal(v[REVENUE_START] + v[REVENUE_NEW] + v[REVENUE_RETURNED] + rises(s) - falls(s) -
                         v[REVENUE_CHURN] + v[REVENUE_FX] + v[REVENUE_INFLATION] + v[REVENUE_USAGE_LEVEL],
                     v[REVENUE_END]);
    assert_int_equal(v[CUSTOMERS_START] + v[CUSTOMERS_NEW] + v[CUSTOMERS_RETURNED] - v[CUSTOMERS_LOST],
                     v[CUSTOMERS_END]);
}
#endif
