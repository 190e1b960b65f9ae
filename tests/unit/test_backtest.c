/* Outcomes by hand, and scores tested against the history of a company whose leavers are known by
 * construction. */
#include "base/format.h"
#include "customers/account.h"
#include "insight/backtest_api.h"
#include "insight/distribution.h"
#include "insight/odds.h"
#include "platform/notices.h"
#include "platform/records.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"

static const struct json *row_of(const struct json *rows, const char *name, const char *value) {
    for (size_t i = 0; i < rows->n; i++)
        if (str_is(json_get_string(&rows->items[i], name), value)) return &rows->items[i];
    return NULL;
}

/* ---- the company ----
 * Accounts 0 … 119, customers since 2022-01-01, today 2024-01-15. They use the product every second day; 20
 * of them, those with i mod 12 = 1 or 5, every 16th and stay all the same. Every third account leaves: its
 * last day is the 15th of one of the months 2022-09 … 2023-08, and in the 60 days before it uses it every
 * eighth day alone. Leavers come with five people a day, the others with one or two. */
enum { ACCOUNTS = 120, LEAVERS = ACCOUNTS / 3 };
#define FIRST day_of("2022-01-01")
#define TODAY day_of("2024-01-15")

static bool leaves(uint32_t account) {
    return account % 3 == 0;
}
static day_t last_day(uint32_t account) {
    return leaves(account)
               ? day_add_months(day_of("2022-09-15"), CALENDAR_GREGORIAN, (int32_t)(account / 3 % 12))
               : INT32_MAX;
}
static bool used(uint32_t account, day_t day) {
    if (day < FIRST || day > last_day(account)) return false;
    bool fading = leaves(account) && day > last_day(account) - 60;
    bool light = !leaves(account) && account % 4 == 1;
    return (day + (day_t)account) % (fading ? 8 : light ? 16 : 2) == 0;
}

static void used_by(struct api_world *w, uint32_t account, uint32_t person, day_t day, day_t known) {
    usage_write_lock(w->house->usage);
    usage_add(w->house->usage, &(struct usage_entry){account, person, 1, day, known, 1, .source = 1}, 1);
    usage_unlock(w->house->usage);
}

static void make_company(struct api_world *w) {
    struct session *session = NULL;
    struct origin origin = {.now = w->now, .source = STR("test"), .by = STR("test")};
    MUST(records_write(w->house->records, &session, &w->problem));
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        struct str key = str_format(&w->arena, "A%03u", i);
        struct account account = {.has = 1u << ACCOUNT_KEY | 1u << ACCOUNT_NAME | 1u << ACCOUNT_STARTS_ON,
                                  .key = key,
                                  .name = key,
                                  .starts_on = FIRST};
        MUST(account_create(session, &origin, &account, &w->problem));
    }
    MUST(session_commit(session, &w->problem));
    MUST(directory_load(w->house->directory, w->house->records, &w->problem));
    for (day_t day = FIRST; day < TODAY; day++)
        for (uint32_t i = 0; i < ACCOUNTS; i++)
            for (uint32_t p = 0; used(i, day) && p < (leaves(i) ? 5 : 1 + i % 2); p++)
                used_by(w, i, i * 8 + p, day, day);
    notices_put(w->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY);
    MUST(health_live_catch_up(w->house->health, &w->problem));
}

#define BANDS                                                                                                \
    "\"bands\":[{\"key\":\"at_risk\",\"title\":{\"en\":\"At risk\",\"fa\":\"در خطر\"},\"below\":40},"   \
    "{\"key\":\"watch\",\"title\":{\"en\":\"Watch\",\"fa\":\"توجه\"},\"below\":70},"                     \
    "{\"key\":\"healthy\",\"title\":{\"en\":\"Healthy\",\"fa\":\"سالم\"}}]"
/* Days with use of 28, full at `full` days; and people, of whom more is better. */
static const char *card(struct api_world *w, int full, int people_weight) {
    const char *people =
        people_weight
            ? str_format(
                  &w->arena,
                  ",{\"fact\":\"active_users_28d\",\"weight\":%d,\"points\":{\"linear\":[[0,0],[5,100]]},\"missing\":\"reweigh\"}",
                  people_weight)
                  .p
            : "";
    return str_format(
               &w->arena,
               "{\"card\":{\"key\":\"mine\",\"title\":{\"en\":\"Mine\",\"fa\":\"مال من\"}," BANDS
               ",\"minimum_coverage\":0.5,\"groups\":[{\"key\":\"use\",\"title\":{\"en\":\"Use\",\"fa\":\"استفاده\"},\"weight\":100,"
               "\"measures\":[{\"fact\":\"active_days_28d\",\"weight\":50,\"points\":{\"linear\":[[0,0],[%d,100]]},\"missing\":\"reweigh\"}%s]}]}}",
               full, people)
        .p;
}

static int set_up(void **state) {
    struct api_world *w = api_world_open("2024-01-15");
    make_company(w);
    struct json placed;
    MUST(json_parse(str_of(card(w, 14, 0)), &w->arena, &placed, &w->problem));
    struct buf body = {0};
    struct json_writer out = {&body};
    json_begin_object(&out);
    json_put_int(&out, "place", 1);
    json_name(&out, STR("card"));
    json_write(&out, json_get(&placed, "card"));
    json_end_object(&out);
    buf_put_byte(&body, 0);
    api(w, METHOD_PUT, "/api/v1/scorecards/mine", body.p, 201);
    buf_free(&body);
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* ---- outcomes by hand ---- */

struct term {
    uint32_t account;
    const char *starts, *ends; /* first day, first day no longer covered */
    double arr;
    const char *key, *cancelled;
    bool auto_renew;
    const char *effective, *product, *currency;
    const char *known_until; /* no longer: the version that replaced it is in the list, too */
};

static void put_term(struct insight *insight, const struct term *term) {
    struct signal_table *table = insight->tables;
    while (!str_is(STR("subscriptions"), table->source->key))
        table++;
    const struct signal_source *source = table->source;
    struct signal_row row = {.occurred = (instant_t)day_of(term->starts) * DAY_MS,
                             .known_from = 0,
                             .ended = (instant_t)day_of(term->ends) * DAY_MS};
    for (int i = 0; i < SIGNAL_NUMBERS; i++)
        row.number[i] = NAN;
    for (int i = 0; i < SIGNAL_TEXTS; i++)
        row.text[i] = NO_TEXT;
    row.number[signal_number(source, STR("arr"))] = term->arr;
    row.number[signal_number(source, STR("auto_renew"))] = term->auto_renew;
    row.number[signal_number(source, STR("effective_from"))] =
        day_of(term->effective ? term->effective : term->starts);
    if (term->cancelled) row.number[signal_number(source, STR("cancelled"))] = day_of(term->cancelled);
    if (term->known_until)
        row.number[signal_number(source, STR("known_until"))] =
            (double)((instant_t)day_of(term->known_until) * DAY_MS);
    struct {
        const char *column, *value;
    } texts[] = {{"key", term->key},
                 {"currency", term->currency ? term->currency : "USD"},
                 {"product", term->product ? term->product : "main"}};
    for (size_t i = 0; i < 3; i++) {
        int column = signal_text(source, str_of(texts[i].column));
        row.text[column] = dict_put(&table->texts[column], str_of(texts[i].value), NULL);
    }
    signal_table_put(table, term->account, &row);
    signal_table_sort(table, term->account);
}

static void put_status(struct insight *insight, uint32_t account, const char *day, const char *status) {
    struct signal_table *table = insight->tables;
    while (!str_is(STR("attributes"), table->source->key))
        table++;
    struct signal_row row = {.occurred = (instant_t)day_of(day) * DAY_MS, .ended = INT64_MAX};
    for (int i = 0; i < SIGNAL_NUMBERS; i++)
        row.number[i] = NAN;
    for (int i = 0; i < SIGNAL_TEXTS; i++)
        row.text[i] = NO_TEXT;
    int field = signal_text(table->source, STR("field")), value = signal_text(table->source, STR("value"));
    row.text[field] = dict_put(&table->texts[field], STR("status"), NULL);
    row.text[value] = dict_put(&table->texts[value], str_of(status), NULL);
    signal_table_put(table, account, &row);
    signal_table_sort(table, account);
}

/* At 2023-03-01 over 90 days (until 2023-05-30), a grace of 30.
 *  0 covered until 2023-12-31
 *  1 ends 2023-04-01, nothing follows: lost to churn, renewal and revenue
 *  2 ends 2023-04-01, the next begins 2023-05-01, 30 days later: late, not lost; revenue at the end is whole
 *  3 ends 2023-04-01, the next begins 2023-05-02, 31 days later: lost, though it came back
 *  4 renews by itself, from 2022-04-15 on, not cancelled: its term of 2023-04-15 is renewed
 *  5 the same, cancelled on 2023-04-10: lost on 2023-04-15
 *  6 pays less by a second version from 2023-05-01: contraction alone
 *  7 two products, one of them ends on 2023-05-10: not renewed, less revenue, but no churn
 *  8 ended before the snapshot: no case
 *  9 ends on 2023-05-30, the first day behind the 90: not yet in any outcome but for the revenue of that day,
 *    and the next begins on it
 * 10 no subscription, no status: no case
 * 11 as 1, in a currency without a rate: gone and not renewed, but nothing is known of its revenue
 * 12 moves to another product at the same amount on 2023-04-15: as the renewal rate has it, renewed
 * 13 as 1, but it was a mistake, corrected since to end in 2024: judged as we know it now
 * 14 a free plan, which ends: nothing is paid, so it is no customer, and no status says so
 * 15 two subscriptions of one product, of 100 and 60; that of 60 ends: the higher one counts, all the time
 * 16 no subscription, a customer by its status, lost on 2023-04-10
 * 17 pays until 2024, and is lost by its status on 2023-04-10
 * 18 no subscription, a prospect: no case */
static void outcomes_of_contracts(void **state) {
    (void)state;
    static const struct term terms[] = {
        {0, "2023-01-01", "2024-01-01", 100, "a"},
        {1, "2022-04-01", "2023-04-01", 100, "b"},
        {2, "2022-04-01", "2023-04-01", 100, "c"},
        {2, "2023-05-01", "2024-05-01", 100, "c2"},
        {3, "2022-04-01", "2023-04-01", 100, "d"},
        {3, "2023-05-02", "2024-05-01", 100, "d2"},
        {4, "2022-04-15", "2023-04-15", 100, "e", .auto_renew = true},
        {5, "2022-04-15", "2023-04-15", 100, "f", .cancelled = "2023-04-10", .auto_renew = true},
        {6, "2023-01-01", "2024-01-01", 100, "g"},
        {6, "2023-01-01", "2024-01-01", 60, "g", .effective = "2023-05-01"},
        {7, "2023-01-01", "2024-01-01", 100, "h"},
        {7, "2022-05-10", "2023-05-10", 40, "h2", .product = "extra"},
        {8, "2022-01-01", "2023-02-01", 100, "i"},
        {9, "2022-05-30", "2023-05-30", 100, "j"},
        {9, "2023-05-30", "2024-05-30", 100, "j2"},
        {11, "2022-04-01", "2023-04-01", 100, "k", .currency = "EUR"},
        {12, "2022-04-15", "2023-04-15", 100, "l"},
        {12, "2023-04-15", "2024-04-15", 100, "l2", .product = "extra"},
        {13, "2022-04-01", "2023-04-01", 100, "m", .known_until = "2023-06-01"},
        {13, "2022-04-01", "2024-04-01", 100, "m"},
        {14, "2022-04-01", "2023-04-01", 0, "n"},
        {15, "2023-01-01", "2024-01-01", 100, "o"},
        {15, "2022-04-15", "2023-04-15", 60, "o2"},
        {17, "2023-01-01", "2024-01-01", 100, "p"},
    };
    enum { N = 19, COMES_BACK = 3 };
    static const uint8_t expected[3][N] = {
        [OUTCOME_CHURN] = {1, 2, 1, 2, 1, 2, 1, 1, 0, 1, 0, 2, 1, 1, 0, 1, 2, 2, 0},
        [OUTCOME_NO_RENEWAL] = {0, 2, 1, 2, 1, 2, 0, 2, 0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0},
        [OUTCOME_CONTRACTION] = {1, 2, 1, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0},
    };
    /* Account 3 is back before the end of the days: its revenue there is no lower. */
    struct zone *zone;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    instant_t now = (instant_t)day_of("2024-01-15") * DAY_MS;
    assert_int_equal(zone_open(STR("UTC"), &zone, &problem), OK);
    struct directory *directory = directory_new();
    struct usage *usage = usage_new();
    struct insight *insight = insight_new(&(struct insight_parts){.directory = directory,
                                                                  .usage = usage,
                                                                  .zone = zone,
                                                                  .clock = clock_fixed(&now),
                                                                  .base_currency = "USD"});
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        put_term(insight, &terms[i]);
    put_status(insight, 16, "2023-01-01", "customer");
    put_status(insight, 16, "2023-04-10", "lost");
    put_status(insight, 17, "2023-01-01", "customer");
    put_status(insight, 17, "2023-04-10", "lost");
    put_status(insight, 18, "2023-01-01", "prospect");
    day_t snapshot = day_of("2023-03-01");
    for (int kind = 0; kind < 3; kind++) {
        struct outcome outcome = {(enum outcome_kind)kind, 90, 30};
        uint8_t labels[N];
        assert_int_equal(outcome_label(insight, &outcome, &snapshot, 1, N, labels, &problem), OK);
        for (int i = 0; i < N; i++)
            if (labels[i] != expected[kind][i])
                fail_msg("%s of account %d: %d, expected %d", outcome_names[kind], i, labels[i],
                         expected[kind][i]);
        assert_int_equal(outcome_ripe(&outcome, snapshot), day_of("2023-06-29")); /* 90 + 30 days later */
        outcome.grace_days = 31; /* account 3 came back after 31 days */
        assert_int_equal(outcome_label(insight, &outcome, &snapshot, 1, N, labels, &problem), OK);
        assert_int_equal(labels[COMES_BACK], LABEL_KEPT);
    }
    insight_free(insight);
    usage_free(usage);
    directory_free(directory);
    zone_close(zone);
    arena_free(&arena);
}

/* At 2023-03-01 over 90 days (the last of them 2023-05-29), a grace of 30; product "extra".
 *  0 pays for main alone, and goes on: a case, not bought
 *  1 buys extra on 2023-04-10: bought
 *  2 has extra at the snapshot: no case
 *  3 begins extra on the snapshot's own day: it is owned then, no case
 *  4 begins extra on 2023-05-29, the last day: bought
 *  5 begins extra on 2023-05-30, behind the days: not bought
 *  6 buys extra on 2023-02-15, inside a gap of 30 days from 2023-02-01: owned when the days begin, no case
 *  7 extra ended on 2023-02-20 and is back on 2023-03-15, 23 days later, within the grace: it never stopped
 *  8 extra ended on 2022-06-01 and is back on 2023-04-01: bought (again)
 *  9 pays for nothing at the snapshot and buys extra on 2023-04-01: no customer to sell more to
 * 10 takes extra for nothing on 2023-04-01: not bought
 * 11 has extra alone: no case
 * 12 takes extra from 2023-04-01 until 2023-04-20 and gives it up: bought */
static void products_bought(void **state) {
    (void)state;
    static const struct term terms[] = {
        {0, "2023-01-01", "2024-01-01", 100, "a"},
        {1, "2023-01-01", "2024-01-01", 100, "b"},
        {1, "2023-04-10", "2024-01-01", 10, "b2", .product = "extra"},
        {2, "2023-01-01", "2024-01-01", 100, "c"},
        {2, "2023-01-01", "2024-01-01", 10, "c2", .product = "extra"},
        {3, "2023-01-01", "2024-01-01", 100, "d"},
        {3, "2023-03-01", "2024-01-01", 10, "d2", .product = "extra"},
        {4, "2023-01-01", "2024-01-01", 100, "e"},
        {4, "2023-05-29", "2024-01-01", 10, "e2", .product = "extra"},
        {5, "2023-01-01", "2024-01-01", 100, "f"},
        {5, "2023-05-30", "2024-01-01", 10, "f2", .product = "extra"},
        {6, "2023-01-01", "2024-01-01", 100, "g"},
        {6, "2023-02-15", "2024-01-01", 10, "g2", .product = "extra"},
        {7, "2022-01-01", "2024-01-01", 100, "h"},
        {7, "2022-02-20", "2023-02-20", 10, "h2", .product = "extra"},
        {7, "2023-03-15", "2024-03-15", 10, "h3", .product = "extra"},
        {8, "2022-01-01", "2024-01-01", 100, "i"},
        {8, "2021-06-01", "2022-06-01", 10, "i2", .product = "extra"},
        {8, "2023-04-01", "2024-04-01", 10, "i3", .product = "extra"},
        {9, "2023-04-01", "2024-04-01", 10, "j", .product = "extra"},
        {10, "2023-01-01", "2024-01-01", 100, "k"},
        {10, "2023-04-01", "2024-01-01", 0, "k2", .product = "extra"},
        {11, "2023-01-01", "2024-01-01", 10, "l", .product = "extra"},
        {12, "2023-01-01", "2024-01-01", 100, "m"},
        {12, "2023-04-01", "2023-04-20", 10, "m2", .product = "extra"},
    };
    enum { N = 13, AFTER_GAP = 6 };
    static const uint8_t bought[N] = {1, 2, 0, 0, 2, 1, 0, 0, 2, 0, 1, 0, 2},
                         /* paying for extra alone, at 2023-03-01 and at 2023-05-30 and still a month later */
        more[N] = {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0};
    struct zone *zone;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    instant_t now = (instant_t)day_of("2024-01-15") * DAY_MS;
    assert_int_equal(zone_open(STR("UTC"), &zone, &problem), OK);
    struct directory *directory = directory_new();
    struct usage *usage = usage_new();
    struct insight *insight = insight_new(&(struct insight_parts){.directory = directory,
                                                                  .usage = usage,
                                                                  .zone = zone,
                                                                  .clock = clock_fixed(&now),
                                                                  .base_currency = "USD"});
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        put_term(insight, &terms[i]);
    struct outcome cross_sell = {OUTCOME_CROSS_SELL, 90, 30, STR("extra")},
                   expansion = {OUTCOME_EXPANSION, 90, 30, STR("extra")};
    day_t days[2] = {day_of("2023-03-01"), day_of("2023-02-01")};
    uint8_t labels[2 * N];
    assert_int_equal(outcome_label(insight, &cross_sell, days, 2, N, labels, &problem), OK);
    for (int i = 0; i < N; i++)
        if (labels[i] != bought[i]) fail_msg("account %d: %d, expected %d", i, labels[i], bought[i]);
    assert_int_equal(labels[N + AFTER_GAP], LABEL_LOST); /* without a gap it bought inside the days */
    assert_int_equal(outcome_label(insight, &expansion, days, 1, N, labels, &problem), OK);
    for (int i = 0; i < N; i++)
        if (labels[i] != more[i]) fail_msg("account %d pays more: %d, expected %d", i, labels[i], more[i]);
    /* Nobody ever bought it: everybody who pays is a case. */
    cross_sell.product = STR("nothing");
    assert_int_equal(outcome_label(insight, &cross_sell, days, 1, N, labels, &problem), OK);
    assert_int_equal(labels[2], LABEL_KEPT);
    assert_int_equal(labels[9], LABEL_NO_CASE);
    insight_free(insight);
    usage_free(usage);
    directory_free(directory);
    zone_close(zone);
    arena_free(&arena);
}

static void names_of_outcomes(void **state) {
    (void)state;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct outcome_key key;
    assert_int_equal(outcome_parse(STR("cross_sell:a:b"), STR("outcome"), &key, &problem), OK);
    assert_int_equal(key.kind, OUTCOME_CROSS_SELL);
    assert_true(str_is(key.product, "a:b"));
    assert_true(str_is(outcome_text(key, &arena), "cross_sell:a:b"));
    assert_int_equal(outcome_parse(STR("churn"), STR("outcome"), &key, &problem), OK);
    assert_true(str_is(outcome_text(key, &arena), "churn"));
    static const char *const wrong[] = {"cross_sell", "silence:a", "churn:", "weather", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(outcome_parse(str_of(wrong[i]), STR("outcome"), &key, &problem), BAD_INPUT);
    arena_free(&arena);
}

/* ---- the test of a card ---- */

#define TEST_QUERY "outcome=silence&days=60&by=month&from=2022-06-01&to=2023-12-01"

/* Cases, losses and AUC from the company's own plan, pair by pair. A case: used within 90 days before, first
 * use at least 90 days before. */
static void against_every_pair(void **state) {
    struct api_world *w = *state;
    static double days_used[4000];
    static uint8_t lost[4000];
    size_t n = 0, losses = 0, different = 0;
    for (day_t t = day_of("2022-06-01"); t <= day_of("2023-11-01");
         t = day_add_months(t, CALENDAR_GREGORIAN, 1)) {
        if (t + 60 > TODAY) continue;
        for (uint32_t i = 0; i < ACCOUNTS; i++) {
            int before = 0, recent = 0, after = 0;
            for (day_t d = t - 90; d < t; d++)
                before += used(i, d);
            for (day_t d = t - 28; d < t; d++)
                recent += used(i, d);
            for (day_t d = t; d < t + 60; d++)
                after += used(i, d);
            if (!before) continue;
            days_used[n] = recent > 14 ? 14 : recent;
            lost[n++] = !after;
            losses += !after;
            day_t month_before = day_add_months(t, CALENDAR_GREGORIAN, -1);
            bool lost_before = last_day(i) < month_before && t > day_of("2022-06-01");
            different += !after && !lost_before;
        }
    }
    double won = 0, pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            if (!lost[i] || lost[j]) continue;
            pairs++;
            won += days_used[i] < days_used[j] ? 1 : days_used[i] == days_used[j] ? 0.5 : 0;
        }
    const struct json *body = api(w, METHOD_GET, "/api/v1/scorecards/mine/test?" TEST_QUERY, NULL, 200),
                      *test = json_get(body, "test");
    assert_int_equal((int)number(test, "cases"), (int)n);
    assert_int_equal((int)number(test, "lost"), (int)losses);
    assert_int_equal((int)number(test, "losses"), (int)different);
    assert_int_equal((int)different, LEAVERS);
    assert_float_equal(number(test, "auc"), won / pairs, 1e-12);
    assert_true(won / pairs < 1 && number(test, "auc_low") < won / pairs &&
                number(test, "auc_high") > won / pairs);
    /* 2023-12-01 + 60 days is not over on 2024-01-15. */
    assert_int_equal((int)number(body, "labelled_snapshots"), 18);
    assert_int_equal((int)number(body, "unlabelled_snapshots"), 1);
    /* Bands and tenths hold every case once. */
    double in_bands = 0, in_bins = 0;
    const struct json *bands = json_get(test, "bands"), *bins = json_get(test, "calibration");
    for (size_t i = 0; i < bands->n; i++)
        in_bands += number(&bands->items[i], "cases");
    for (size_t i = 0; i < bins->n; i++)
        in_bins += number(&bins->items[i], "cases");
    assert_float_equal(in_bands, (double)n, 0);
    assert_float_equal(in_bins, (double)n, 0);
    assert_int_equal((int)number(test, "green_losses"), 0); /* all faded before */
}

static struct backtest_plan plan_of(const char *from, const char *to) {
    return (struct backtest_plan){
        .outcome = {OUTCOME_SILENCE, 60, 0}, .by = PERIOD_MONTH, .from = day_of(from), .to = day_of(to)};
}

static double score_of(struct api_world *w, uint32_t account, const char *day) {
    struct arena arena = {0};
    struct moment moment = moment_now(w->house->insight);
    struct card_set set;
    struct backtest_cases cases;
    struct backtest_scores scores;
    struct backtest_plan plan = plan_of(day, day);
    double score = NAN;
    MUST(card_set_make(w->house, &moment, STR("mine"), &arena, &set, &w->problem));
    struct fact_memory *memory = house_memory(w->house, set.catalogue);
    MUST(backtest_gather(w->house, &plan, memory, &arena, &cases, &w->problem));
    MUST(backtest_score(w->house, &set, 0, memory, &cases, &arena, &scores, &w->problem));
    for (size_t i = 0; i < cases.n; i++)
        if (cases.account[i] == account) score = scores.score[i];
    fact_memory_release(memory);
    arena_free(&arena);
    return score;
}

/* Account 2 used every second of the 28 days before 2023-04-01, 14 days: 100 points.
 * Use on days in July that became known in December alone is not seen from
 * August; asked as we know it now it is. Use that was known then is seen at once, although the columns were
 * kept. */
static void nothing_from_the_future(void **state) {
    struct api_world *w = *state;
    uint32_t leaver = 33; /* 33 / 3 = 11: the last one, 2023-08-15, fading since June */
    assert_int_equal(last_day(leaver), day_of("2023-08-15"));
    assert_float_equal(score_of(w, 2, "2023-04-01"), 100, 1e-9);
    double before = score_of(w, leaver, "2023-08-01");
    assert_true(before < 40);
    for (int d = 1; d <= 20; d++)
        used_by(w, leaver, leaver * 8, day_of("2023-08-01") - d, day_of("2023-12-20"));
    assert_float_equal(score_of(w, leaver, "2023-08-01"), before, 1e-12);
    struct moment moment = moment_of_day(w->house->insight, day_of("2023-08-01"));
    struct arena arena = {0};
    struct card_set set;
    struct health health;
    MUST(card_set_make(w->house, &moment, STR("mine"), &arena, &set, &w->problem));
    MUST(health_evaluate(w->house, &set, &moment, leaver, 1, NULL, &arena, &health, &w->problem));
    assert_float_equal(health.score[0], 100, 1e-9); /* 20 and more days of 14 */
    arena_free(&arena);
    for (int d = 1; d <= 14; d++)
        used_by(w, leaver, leaver * 8, day_of("2023-08-01") - d, day_of("2023-08-01") - d);
    assert_float_equal(score_of(w, leaver, "2023-08-01"), 100, 1e-9);
}

/* What is known from today on leaves the kept columns in place; a back-fill does not. */
static void memory_lives_with_live_use(void **state) {
    struct api_world *w = *state;
    struct fact_memory *first = house_memory(w->house, insight_catalogue(w->house->insight));
    used_by(w, 1, 8, TODAY, TODAY);
    struct fact_memory *second = house_memory(w->house, insight_catalogue(w->house->insight));
    assert_ptr_equal(first, second);
    used_by(w, 1, 8, day_of("2022-02-02"), day_of("2022-02-02"));
    struct fact_memory *third = house_memory(w->house, insight_catalogue(w->house->insight));
    assert_ptr_not_equal(first, third);
    fact_memory_release(first);
    fact_memory_release(second);
    fact_memory_release(third);
}

/* Three months of snapshots hold fewer than 20 losses: said in both languages. */
static void refused_below_twenty(void **state) {
    struct api_world *w = *state;
    const struct json *answer =
        api(w, METHOD_GET,
            "/api/v1/scorecards/mine/test?outcome=silence&days=60&from=2022-10-01&to=2022-12-01", NULL, 409);
    assert_true(str_is(json_get_string(answer, "code"), "backtest_few"));
    answer = api(w, METHOD_GET,
                 "/api/v1/scorecards/mine/weights?outcome=silence&days=60&from=2022-10-01&to=2022-12-01",
                 NULL, 409);
    assert_true(str_is(json_get_string(answer, "code"), "proposal_few"));
    api(w, METHOD_GET, "/api/v1/scorecards/mine/test?outcome=nonsense", NULL, 400);
    api(w, METHOD_GET, "/api/v1/scorecards/none/test", NULL, 400);
    api(w, METHOD_POST, "/api/v1/scorecards/test?" TEST_QUERY, "{\"card\":{\"key\":\"mine\"}}", 400);
}

/* Now: of the 80 who stay 60 used 14 of the last 28 days, 100 points of 14, and 20 used 1 or 2, at most 15
 * points; the 40 leavers none: 0. Full at 28 days, the 60 have 50 points and fall from healthy to watch;
 * nobody else leaves its band. */
static void what_if_by_hand(void **state) {
    struct api_world *w = *state;
    const struct json *body =
        api(w, METHOD_POST, "/api/v1/scorecards/mine/what-if?limit=3&" TEST_QUERY, card(w, 28, 0), 200);
    assert_int_equal((int)number(body, "moved"), 60);
    assert_int_equal((int)number(body, "moved_down"), 60);
    assert_int_equal((int)number(body, "moved_up"), 0);
    const struct json *moves = json_get(body, "moves"), *bands = json_get(body, "distribution");
    assert_int_equal((int)moves->n, 3);
    assert_true(str_is(json_get_string(&moves->items[0], "from"), "healthy"));
    assert_true(str_is(json_get_string(&moves->items[0], "to"), "watch"));
    assert_true(str_is(json_get_string(&moves->items[0], "account"), "A002"));
    assert_float_equal(number(&moves->items[0], "score_before"), 100, 1e-9);
    assert_float_equal(number(&moves->items[0], "score_after"), 50, 1e-9);
    assert_int_equal((int)number(row_of(bands, "band", "healthy"), "before"), 60);
    assert_int_equal((int)number(row_of(bands, "band", "healthy"), "after"), 0);
    assert_int_equal((int)number(row_of(bands, "band", "watch"), "after"), 60);
    assert_int_equal((int)number(row_of(bands, "band", "at_risk"), "before"), LEAVERS + 20);
    assert_int_equal((int)number(row_of(bands, "band", "at_risk"), "after"), LEAVERS + 20);
    double draft = number(json_get(body, "draft"), "auc"), current = number(json_get(body, "current"), "auc");
    assert_true(fabs(number(json_get(body, "difference"), "auc") - (draft - current)) < 1e-12);
    const struct json *stored = api(w, METHOD_GET, "/api/v1/scorecards/mine", NULL, 200);
    assert_int_equal((int)number(stored, "version"), 1); /* nothing was saved */
    /* Fewer losses than a test needs: the moves are shown all the same. */
    body = api(w, METHOD_POST, "/api/v1/scorecards/mine/what-if?outcome=silence&days=60&from=2023-10-01",
               card(w, 28, 0), 200);
    assert_int_equal((int)number(body, "moved"), 60);
    assert_true(json_get_string(body, "refused").n > 0);
}

/* Bars in tens: 20 equal steps over 0 … 97 would be 4.85 wide, a round width is 5. A share of 1 is in the bar
 * that ends there; a whole number has a bar of its own. One value far outside is put into the last bar. */
static void bars_are_round(void **state) {
    (void)state;
    double tens[98], whole[] = {3, 0, 1}, shares[] = {0, 0.5, 1}, far[400];
    for (int i = 0; i < 98; i++)
        tens[i] = i + 0.5 * (i == 50);
    struct bars bars = bars_over(tens, 98);
    assert_float_equal(bars.width, 5, 1e-12);
    assert_int_equal((int)bars.n, 20);
    assert_int_equal((int)bars_place(&bars, 5), 1);
    assert_int_equal((int)bars_place(&bars, 4.999), 0);
    bars = bars_over(whole, 3);
    assert_int_equal((int)bars.n, 4);
    assert_int_equal((int)bars_place(&bars, 3), 3);
    bars = bars_over(shares, 3);
    assert_float_equal(bars.width, 0.05, 1e-12);
    assert_int_equal((int)bars.n, 20);
    assert_int_equal((int)bars_place(&bars, 1), 19);
    assert_int_equal((int)bars_place(&bars, 0.15), 3); /* 0.15 / 0.05 is a little below 3 in binary */
    for (int i = 0; i < 400; i++)
        far[i] = i % 10;
    far[7] = 5000;
    bars = bars_over(far, 400);
    assert_int_equal((int)bars.n, 10);
    assert_true(bars.high && !bars.low);
    assert_int_equal((int)bars_place(&bars, 5000), 9);
}

/* Days with use of the last 28, today: 60 used 14, 20 used 1 or 2, the 40 who left none. Before they fell
 * silent each of the 40, used to every second day, was down to every eighth and had stopped by the 15th: at
 * the first of the next month 1 or 2 days of 28. */
static void distribution_by_hand(void **state) {
    struct api_world *w = *state;
    const struct json *body =
        api(w, METHOD_GET,
            "/api/v1/facts/active_days_28d/distribution?outcome=silence&days=60&from=2022-06-01", NULL, 200);
    const struct json *bins = json_get(body, "bins"), *left = json_get(body, "left");
    assert_int_equal((int)number(body, "accounts"), ACCOUNTS);
    assert_int_equal((int)number(body, "known"), ACCOUNTS);
    assert_int_equal((int)number(left, "accounts"), LEAVERS);
    assert_int_equal((int)bins->n, 15);
    int today = 0, gone = 0;
    for (size_t i = 1; i <= 2; i++) {
        today += (int)number(&bins->items[i], "accounts");
        gone += (int)number(&bins->items[i], "left");
    }
    assert_int_equal((int)number(&bins->items[0], "accounts"), LEAVERS);
    assert_int_equal(today, 20);
    assert_int_equal((int)number(&bins->items[14], "accounts"), 60);
    assert_int_equal(gone, LEAVERS);
    /* Only those that the rule holds for; too few of them left for counts of leavers. */
    body = api(
        w, METHOD_GET,
        "/api/v1/facts/active_days_28d/distribution?outcome=silence&days=60&where=active_days_28d%20%3E%203",
        NULL, 200);
    assert_int_equal((int)number(body, "accounts"), 60);
    assert_true(json_get(json_get(body, "left"), "enough")->kind == JSON_BOOL &&
                !json_get(json_get(body, "left"), "enough")->boolean);
    assert_true(json_get(&json_get(body, "bins")->items[0], "left")->kind == JSON_NULL);
    api(w, METHOD_GET, "/api/v1/facts/nothing/distribution", NULL, 404);
    /* Nobody has a subscription: revenue is unknown of all. */
    body = api(w, METHOD_GET, "/api/v1/facts/coverage", NULL, 200);
    const struct json *days = row_of(json_get(body, "data"), "fact", "active_days_28d"),
                      *arr = row_of(json_get(body, "data"), "fact", "arr");
    assert_int_equal((int)number(body, "accounts"), ACCOUNTS);
    assert_int_equal((int)number(days, "known"), ACCOUNTS);
    assert_int_equal((int)number(arr, "unknown"), ACCOUNTS);
    assert_true(isnan(number(arr, "age_days")));
}

/* A reason is kept with its version; who gives none leaves none. */
static void versions_keep_their_reason(void **state) {
    struct api_world *w = *state;
    struct str with = str_format(&w->arena, "{\"reason\":\"Seats tell more\",%s", card(w, 20, 0) + 1);
    api(w, METHOD_PUT, "/api/v1/scorecards/mine", with.p, 200);
    api(w, METHOD_PUT, "/api/v1/scorecards/mine", card(w, 14, 0), 200);
    const struct json *all =
        json_get(api(w, METHOD_GET, "/api/v1/scorecards/mine/versions", NULL, 200), "data");
    assert_true(all->n >= 3);
    assert_true(number(&all->items[0], "version") == number(&all->items[1], "version") + 1);
    assert_true(json_get(&all->items[0], "reason")->kind == JSON_NULL);
    assert_true(str_is(json_get_string(&all->items[1], "reason"), "Seats tell more"));
    api(w, METHOD_GET, "/api/v1/scorecards/none/versions", NULL, 404);
}

/* Of two measures of equal weight one tells (days of use), the other misleads (leavers have more people): the
 * proposal moves its weight to the first, never below 0 for the second, ranks better on later time, and saves
 * nothing. */
static void weights_follow_what_tells(void **state) {
    struct api_world *w = *state;
    struct json draft;
    MUST(json_parse(str_of(card(w, 14, 50)), &w->arena, &draft, &w->problem));
    api(w, METHOD_PUT, "/api/v1/scorecards/mine", card(w, 14, 50), 200);
    const struct json *body = api(w, METHOD_GET, "/api/v1/scorecards/mine/weights?" TEST_QUERY, NULL, 200);
    const struct json *measures = json_get(body, "measures"),
                      *people = row_of(measures, "key", "active_users_28d"),
                      *days = row_of(measures, "key", "active_days_28d");
    assert_float_equal(number(people, "share_before"), 0.5, 1e-12);
    assert_true(number(people, "share_after") >= 0 && number(people, "share_after") < 0.25);
    assert_true(number(days, "share_after") > 0.75);
    assert_float_equal(number(days, "share_after") + number(people, "share_after"), 1, 1e-9);
    const struct json *difference = json_get(body, "difference");
    if (difference) assert_true(number(difference, "auc") > 0);
    const struct json *stored = api(w, METHOD_GET, "/api/v1/scorecards/mine", NULL, 200);
    assert_int_equal((int)number(stored, "version"), 2);
    api(w, METHOD_PUT, "/api/v1/scorecards/mine", card(w, 14, 0), 200);
}

/* Beside the score of an account that stays stands what the pooled test of its band says; without a test of
 * that version it says so. */
static void beside_the_score(void **state) {
    struct api_world *w = *state;
    api(w, METHOD_PATCH, "/api/v1/settings",
        "{\"insight.outcome\":\"silence\",\"insight.outcome_days\":\"60\"}", 200);
    const struct json *explained = api(w, METHOD_GET, "/api/v1/accounts/A002/health", NULL, 200),
                      *odds = json_get(explained, "odds");
    assert_true(
        str_starts(json_get_string(odds, "text"), STR("This version of the card has not been tested")));
    const struct json *all = json_get(api(w, METHOD_POST, "/api/v1/score-odds", NULL, 200), "data");
    const struct json *healthy = NULL;
    for (size_t i = 0; i < all->n; i++)
        if (str_is(json_get_string(&all->items[i], "card"), "mine") &&
            str_is(json_get_string(&all->items[i], "band"), "healthy"))
            healthy = &all->items[i];
    assert_non_null(healthy);
    odds = json_get(api(w, METHOD_GET, "/api/v1/accounts/A002/health", NULL, 200), "odds");
    const struct json *band = json_get(odds, "band");
    assert_int_equal((int)number(band, "cases"), (int)number(healthy, "cases"));
    /* Nobody who used every second day was silent for the next 60 days: 0 of them. */
    assert_int_equal((int)number(band, "lost"), 0);
    assert_true(str_starts(json_get_string(odds, "text"),
                           STR("Of 100 customers like this, 0 were silent for the next 60 days (0–")));
    /* It is tested again when outcomes are read by other settings. */
    bool due = true;
    MUST(odds_due(w->house, &due, &w->arena, &w->problem));
    assert_false(due);
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"retention.churn_recognised\":\"cancellation\"}", 200);
    MUST(odds_due(w->house, &due, &w->arena, &w->problem));
    assert_true(due);
    const struct json *risk = api(w, METHOD_GET, "/api/v1/accounts/at-risk?limit=5", NULL, 200);
    assert_true(json_get_string(json_get(&json_get(risk, "data")->items[0], "odds"), "text").n > 0);
    /* Of a past day it would tell of what came after. */
    explained = api(w, METHOD_GET, "/api/v1/accounts/A002/health?as_of=2023-03-01", NULL, 200);
    assert_true(!json_get(explained, "odds") || json_get(explained, "odds")->kind == JSON_NULL);
}

/* The words of the issue. */
static void the_sentence(void **state) {
    (void)state;
    struct outcome outcome = {OUTCOME_CHURN, 90, 30};
    struct backtest_share share = {.cases = 300,
                                   .lost = 27,
                                   .rate = 0.09,
                                   .interval = proportion_wilson(27, 300)},
                          few = {.cases = 29, .lost = 3, .rate = 3.0 / 29};
    struct buf text = {0};
    backtest_sentence(&outcome, &share, &(struct format){.language = ENGLISH}, &text);
    assert_true(str_is(buf_str(&text), "Of 100 customers like this, 9 left within 90 days (6–13)"));
    buf_clear(&text);
    backtest_sentence(&outcome, &share, &(struct format){.language = PERSIAN}, &text);
    assert_true(str_is(buf_str(&text), "از ۱۰۰ مشتری مانند این، ۹ مشتری ظرف ۹۰ روز رفتند (۶ تا ۱۳)"));
    buf_clear(&text);
    backtest_sentence(&outcome, &few, &(struct format){.language = ENGLISH}, &text);
    assert_true(str_is(buf_str(&text), "Too few past cases to name a chance: 29, 30 are needed"));
    buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_of_contracts),      cmocka_unit_test(products_bought),
        cmocka_unit_test(names_of_outcomes),          cmocka_unit_test(the_sentence),
        cmocka_unit_test(against_every_pair),         cmocka_unit_test(what_if_by_hand),
        cmocka_unit_test(distribution_by_hand),       cmocka_unit_test(refused_below_twenty),
        cmocka_unit_test(beside_the_score),           cmocka_unit_test(weights_follow_what_tells),
        cmocka_unit_test(nothing_from_the_future),    cmocka_unit_test(memory_lives_with_live_use),
        cmocka_unit_test(versions_keep_their_reason), cmocka_unit_test(bars_are_round),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
