/* Retention on random ledgers, against a slow and obvious evaluator that lays every day out in an array:
 * 1,000 of them; with VAFA_FULL=1 100,000. */
#include "retention_world.h"

/* ---- random ledgers, beside days laid out one by one ---- */

enum { DAYS = 1000, HORIZON = 900, ACCOUNTS = 5, LINES = 4, ROWS = 24, PERIODS = 6 };

static uint64_t seed;
static uint32_t below(uint32_t n) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

struct random_ledger {
    struct ledger_row rows[ROWS];
    size_t n;
    struct ledger_settings settings;
    struct period periods[PERIODS];
    bool flow;
    day_t seen_on;
    struct dated_rate rates[8];
    uint32_t group[ACCOUNTS];
    bool indexed;
    int64_t index[PERIODS + 1];
};

/* Which products of which accounts are priced by use. */
static bool is_usage(uint32_t account, uint32_t product) {
    return (account + product) % 3 == 0;
}

/* Lines of an account are (product, currency): product 0 in USD or EUR, product 1 likewise. */
static void make_random(struct random_ledger *r) {
    *r = (struct random_ledger){.settings = {.grace_days = (int32_t)below(40),
                                             .sum_overlap = below(4) == 0,
                                             .at_cancellation = below(3) == 0},
                                .flow = below(2)};
    for (uint32_t account = 0; account < ACCOUNTS; account++) {
        r->group[account] = below(3);
        for (uint32_t k = below(5); k > 0 && r->n < ROWS; k--) {
            struct ledger_row *row = &r->rows[r->n];
            day_t starts = (day_t)below(700);
            *row =
                (struct ledger_row){.account = account,
                                    .key = account * 100 + k,
                                    .product = below(2),
                                    .currency = below(3) ? USD : EUR,
                                    .plan = below(2),
                                    .starts = starts,
                                    .effective = starts,
                                    .term = {.ends = below(4) ? starts + 1 + (day_t)below(300) : DAY_NEVER,
                                             .cancelled = below(3) ? DAY_NEVER : starts + (day_t)below(400),
                                             .months = (int32_t)below(7),
                                             .notice = (int32_t)below(30),
                                             .renews = below(2)},
                                    .arr = below(8) ? 1000 + (int64_t)below(100000) : 0,
                                    .seats = below(3) ? 1 + (int64_t)below(20) : -1,
                                    .escalator = below(4) == 0,
                                    .known_until = INT64_MAX};
            row->usage = is_usage(account, row->product);
            r->n++;
            if (r->n < ROWS && below(2)) { /* a later version of the same */
                struct ledger_row *next = &r->rows[r->n++];
                *next = *row;
                next->effective = starts + (day_t)below(250);
                next->arr = 1000 + below(100000);
                next->seats = below(3) ? 1 + (int64_t)below(20) : -1;
                next->plan = below(2);
            }
        }
    }
    day_t from = 40 + (day_t)below(60);
    for (int p = 0; p < PERIODS; p++) {
        r->periods[p] = (struct period){.from = from, .to = from + 20 + (day_t)below(90)};
        from = r->periods[p].to;
    }
    r->indexed = !r->flow && below(2);
    for (int p = 0; p <= PERIODS; p++)
        r->index[p] = 1000000 + below(1000000);
    r->seen_on = from + (day_t)below(60);
    for (size_t i = 0; i < COUNT(r->rates); i++) {
        char text[24];
        snprintf(text, sizeof text, "%u.%04u", below(3),
                 100 + below(9900)); /* nothing paid becomes nothing */
        r->rates[i] = (struct dated_rate){.currency = "EUR", .day = i ? (day_t)below(800) : -10};
        assert_null(rate_parse(str_of(text), 2, 2, &r->rates[i].rate));
    }
}

static bool slow_covers(const struct ledger_row *row, day_t d, bool at_cancellation) {
    day_t end = row->term.ends;
    bool cancelled = row->term.cancelled != DAY_NEVER;
    if (end == DAY_NEVER) {
        if (cancelled) end = row->term.cancelled + row->term.notice;
    } else if (row->term.renews) {
        int32_t months = row->term.months < 1 ? 12 : row->term.months;
        for (int32_t k = 1; cancelled ? end < row->term.cancelled : end <= d; k++)
            end = day_add_months(row->term.ends, CALENDAR_GREGORIAN, k * months);
    }
    if (at_cancellation && cancelled && row->term.cancelled < end) end = row->term.cancelled;
    return row->starts <= d && d < end;
}

/* What the line (product, currency) of an account pays on a day, before gaps are looked at. */
static int64_t slow_paid(const struct random_ledger *r, uint32_t account, uint32_t product, uint32_t currency,
                         day_t d) {
    int64_t paid = 0;
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct ledger_row *row = &r->rows[i];
        if (row->account != account || row->product != product || row->currency != currency) continue;
        bool newest = (row->effective > row->starts ? row->effective : row->starts) <= d;
        for (size_t j = 0; j < r->n && newest; j++) {
            const struct ledger_row *other = &r->rows[j];
            day_t from = other->effective > other->starts ? other->effective : other->starts;
            if (j != i && other->key == row->key && from <= d &&
                (other->effective > row->effective || (other->effective == row->effective && j > i)))
                newest = false;
        }
        if (!newest || !slow_covers(row, d, r->settings.at_cancellation)) continue;
        if (r->settings.sum_overlap)
            paid += row->arr;
        else if (!any || row->arr > paid)
            paid = row->arr;
        any = true;
    }
    return paid;
}

static void slow_fill(int64_t *days, const int64_t *from_days, int32_t grace) {
    /* from_days: where it is nothing; a gap of at most `grace` days between two others keeps what was before
     * it */
    for (day_t d = 1; d < DAYS; d++) {
        if (from_days[d] || !from_days[d - 1]) continue;
        day_t back = d;
        while (back < DAYS && !from_days[back])
            back++;
        if (back == DAYS || back - d > grace) continue;
        for (day_t g = d; g < back; g++)
            days[g] = days[d - 1];
    }
}

static int64_t slow_convert(const struct random_ledger *r, int64_t amount, uint32_t currency, day_t d) {
    const struct dated_rate *best = NULL;
    if (currency == USD) return amount;
    for (size_t i = 0; i < COUNT(r->rates); i++)
        if (r->rates[i].day <= d && (!best || r->rates[i].day >= best->day)) best = &r->rates[i];
    /* both have two decimals: amount × numerator ÷ 10^4, half to even */
    int64_t product = amount * best->rate.numerator, whole = product / 10000, rest = product % 10000;
    return whole + (rest > 5000 || (rest == 5000 && whole % 2));
}

struct slow {
    int64_t days[ACCOUNTS][LINES][DAYS];
};

static void slow_lay_out(const struct random_ledger *r, struct slow *slow) {
    static int64_t sum[DAYS], copy[DAYS];
    for (uint32_t a = 0; a < ACCOUNTS; a++) {
        memset(sum, 0, sizeof sum);
        for (uint32_t line = 0; line < LINES; line++) {
            int64_t *days = slow->days[a][line];
            for (day_t d = 0; d < DAYS; d++)
                days[d] = slow_paid(r, a, line / 2, line % 2, d);
            memcpy(copy, days, sizeof copy);
            slow_fill(days, copy, r->settings.grace_days);
            for (day_t d = 0; d < DAYS; d++)
                sum[d] += days[d];
        }
        for (uint32_t line = 0; line < LINES; line++)
            slow_fill(slow->days[a][line], sum, r->settings.grace_days);
    }
}

static int64_t slow_total(const struct random_ledger *r, const struct slow *slow, uint32_t a, day_t d,
                          day_t rate_day) {
    int64_t total = 0;
    for (uint32_t line = 0; line < LINES; line++)
        total += slow_convert(r, slow->days[a][line][d], line % 2, rate_day);
    return total;
}

/* At the start of a period: priced by use, the mean of the days paid for in three months before. */
static int64_t slow_start(const struct random_ledger *r, const struct slow *slow, uint32_t a, day_t d) {
    int64_t total = 0;
    for (uint32_t line = 0; line < LINES; line++) {
        int64_t paid = slow->days[a][line][d], sum = 0, n = 0;
        for (day_t b = day_add_months(d, CALENDAR_GREGORIAN, -3); paid && is_usage(a, line / 2) && b < d; b++)
            if (b >= 0 && slow->days[a][line][b]) {
                sum += slow->days[a][line][b];
                n++;
            }
        if (n) paid = (sum + n / 2) / n;
        total += slow_convert(r, paid, line % 2, d);
    }
    return total;
}

/* At the end, at the rate of the start and, with an index, in its prices: half to even. */
static int64_t slow_end(const struct random_ledger *r, const struct slow *slow, uint32_t a,
                        const struct period *p) {
    int64_t total = 0, was = r->index[p - r->periods], is = r->index[p - r->periods + 1];
    for (uint32_t line = 0; line < LINES; line++) {
        int64_t paid = slow_convert(r, slow->days[a][line][p->to], line % 2, p->from);
        if (r->indexed) paid = (int64_t)nearbyintl((long double)(paid * was) / (long double)is);
        total += paid;
    }
    return total;
}

static void slow_measure(const struct random_ledger *r, const struct slow *slow, uint32_t a,
                         const struct period *p, struct sums *out, int64_t *rise, int64_t *fall) {
    int64_t *v = out->v, s = slow_start(r, slow, a, p->from), e = slow_end(r, slow, a, p);
    int64_t at_end = slow_total(r, slow, a, p->to, p->to), paid = slow_total(r, slow, a, p->to, p->from),
            lost = 0, net = s;
    bool cohort = s > 0;
    day_t first = 0;
    while (first < DAYS && !slow_total(r, slow, a, first, p->from))
        first++;
    for (day_t d = p->from + 1; d <= p->to; d++) {
        int64_t x = r->flow ? slow_total(r, slow, a, d - 1, p->from) : s;
        int64_t y = r->flow ? slow_total(r, slow, a, d, p->from) : e;
        if (!r->flow && d < p->to) continue;
        if (x > 0 && y > 0) {
            *rise += y > x ? y - x : 0;
            *fall += y < x ? x - y : 0;
        } else if (y > 0) {
            bool is_new = r->flow ? first == d : first > p->from;
            v[is_new ? REVENUE_NEW : REVENUE_RETURNED] += y;
            v[is_new ? CUSTOMERS_NEW : CUSTOMERS_RETURNED]++;
        } else if (x > 0) {
            v[REVENUE_CHURN] += x;
            v[CUSTOMERS_LOST]++;
        }
        if (!cohort) continue;
        net += y - x;
        lost += y < x ? x - y : 0;
        if (y == 0) cohort = false;
    }
    v[REVENUE_START] += s;
    v[REVENUE_END] += slow_start(r, slow, a, p->to);
    v[REVENUE_FX] += at_end - paid;
    v[REVENUE_INFLATION] += paid - e;
    v[CUSTOMERS_START] += s > 0;
    v[CUSTOMERS_KEPT] += s > 0 && cohort;
    v[CUSTOMERS_END] += e > 0;
    if (s > 0) {
        v[REVENUE_GROSS] += s - (lost < s ? lost : s);
        v[REVENUE_NET] += net;
    }
    if (first > p->from && first <= p->to && e == 0) {
        v[CUSTOMERS_EARLY]++;
        v[REVENUE_EARLY] += slow_total(r, slow, a, first, p->from);
    }
}

struct gathered {
    struct sums whole[PERIODS], group[PERIODS][3], account[PERIODS][ACCOUNTS];
};
static int64_t *into_account(void *self, uint32_t account, size_t period) {
    return ((struct gathered *)self)->account[period][account].v;
}

static void measure_random(const struct random_ledger *r, const struct ledger_row *rows, size_t n,
                           instant_t known_at, struct world *w, struct gathered *g) {
    struct ledger ledger;
    struct rates rates = {.base = "USD"};
    for (size_t i = 0; i < COUNT(r->rates); i++)
        VEC_PUSH(&rates.rows, r->rates[i]);
    /* Of two rates of one day the later in the list counts, here as in the slow way: they are known one after
     * the other. */
    for (size_t i = 0; i < rates.rows.n; i++)
        rates.rows.v[i].known_from = (instant_t)i - 1000;
    rates_sort(&rates);
    struct retention_query query = {.periods = r->periods,
                                    .count = PERIODS,
                                    .seen_on = r->seen_on,
                                    .grace_days = r->settings.grace_days,
                                    .flow = r->flow,
                                    .rates = &rates,
                                    .currencies = &w->currencies,
                                    .known_at = known_at,
                                    .index = r->indexed ? r->index : NULL};
    *g = (struct gathered){0};
    ledger_build(&ledger, rows, n, ACCOUNTS, &r->settings, known_at, r->periods[PERIODS - 1].to);
    assert_int_equal(retention_measure(&ledger, &query, into_account, g, &w->problem), OK);
    ledger_free(&ledger);
    rates_free(&rates);
    for (int p = 0; p < PERIODS; p++)
        for (int a = 0; a < ACCOUNTS; a++)
            for (int i = 0; i < RETENTION_AMOUNTS; i++) {
                g->whole[p].v[i] += g->account[p][a].v[i];
                g->group[p][r->group[a]].v[i] += g->account[p][a].v[i];
            }
}

static void check_properties(const struct random_ledger *r, const struct gathered *g) {
    for (int p = 0; p < PERIODS; p++) {
        const struct sums *s = &g->whole[p];
        closes(s);
        for (int a = 0; a < ACCOUNTS; a++)
            closes(&g->account[p][a]);
        if (p + 1 < PERIODS) assert_int_equal(s->v[REVENUE_END], g->whole[p + 1].v[REVENUE_START]);
        for (int i = 0; i < RETENTION_AMOUNTS; i++)
            assert_int_equal(s->v[i], g->group[p][0].v[i] + g->group[p][1].v[i] + g->group[p][2].v[i]);
        struct figure_value grr = figure(s, "grr"), nrr = figure(s, "nrr");
        assert_int_equal(grr.state == FIGURE_KNOWN, s->v[REVENUE_START] > 0);
        if (grr.state != FIGURE_KNOWN) continue;
        assert_true(grr.value >= 0 && grr.value <= 1);
        if (!r->flow) assert_true(grr.value <= nrr.value);
        assert_true(s->v[REVENUE_RENEWED] >= 0 && s->v[REVENUE_RENEWED] <= s->v[REVENUE_DUE]);
        assert_true(s->v[REVENUE_DUE_PENDING] <= s->v[REVENUE_DUE] - s->v[REVENUE_RENEWED]);
    }
}

static int rounds(void) {
    return getenv("VAFA_FULL") ? 100000 : 1000;
}

static void random_ledgers_equal_days_laid_out(void **state) {
    struct world *w = *state;
    static struct slow slow;
    static const int compared[] = {CUSTOMERS_START,  CUSTOMERS_KEPT, CUSTOMERS_NEW,   CUSTOMERS_RETURNED,
                                   CUSTOMERS_LOST,   CUSTOMERS_END,  CUSTOMERS_EARLY, REVENUE_START,
                                   REVENUE_GROSS,    REVENUE_NET,    REVENUE_NEW,     REVENUE_RETURNED,
                                   REVENUE_CHURN,    REVENUE_FX,     REVENUE_END,     REVENUE_EARLY,
                                   REVENUE_INFLATION};
    for (int round = 0; round < rounds(); round++) {
        struct random_ledger r;
        static struct gathered g;
        seed = 0x9e3779b97f4a7c15ull * (uint64_t)(round + 1);
        make_random(&r);
        measure_random(&r, r.rows, r.n, 0, w, &g);
        check_properties(&r, &g);
        slow_lay_out(&r, &slow);
        for (uint32_t a = 0; a < ACCOUNTS; a++)
            for (int p = 0; p < PERIODS; p++) {
                struct sums expected = {0};
                int64_t rise = 0, fall = 0;
                slow_measure(&r, &slow, a, &r.periods[p], &expected, &rise, &fall);
                for (size_t i = 0; i < COUNT(compared); i++)
                    if (g.account[p][a].v[compared[i]] != expected.v[compared[i]])
                        fail_msg("round %d account %u period %d %s: %lld, by days %lld", round, a, p,
                                 retention_amounts[compared[i]].key,
                                 (long long)g.account[p][a].v[compared[i]],
                                 (long long)expected.v[compared[i]]);
                assert_int_equal(rises(&g.account[p][a]), rise);
                assert_int_equal(falls(&g.account[p][a]), fall);
            }
    }
}

/* What was shown on a day is what is asked today as it was known then: rows learnt, corrected and withdrawn
 * one after the other. */
static void what_was_known_replays_what_was_shown(void **state) {
    struct world *w = *state;
    for (int round = 0; round < rounds(); round++) {
        struct random_ledger r;
        static struct ledger_row then[ROWS];
        static struct gathered shown, replayed;
        size_t n = 0;
        seed = 0xd1342543de82ef95ull * (uint64_t)(round + 1);
        make_random(&r);
        for (size_t i = 0; i < r.n; i++) {
            r.rows[i].known_from = below(1000);
            if (below(3) == 0) r.rows[i].known_until = r.rows[i].known_from + 1 + below(500);
        }
        instant_t at = below(1200);
        for (size_t i = 0; i < r.n; i++) { /* what the books held at that time */
            if (r.rows[i].known_from > at || r.rows[i].known_until <= at) continue;
            then[n] = r.rows[i];
            then[n++].known_until = INT64_MAX;
        }
        measure_random(&r, then, n, at, w, &shown);
        measure_random(&r, r.rows, r.n, at, w, &replayed);
        assert_memory_equal(&shown, &replayed, sizeof shown);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(random_ledgers_equal_days_laid_out),
        TEST(what_was_known_replays_what_was_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
