/* Usage rollups against hand arithmetic and against a slow, obvious model over the same entries. */
#include "base/vec.h"
#include "signals/usage.h"

#include <math.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { NOBODY = UINT32_MAX, EVER = INT32_MIN, NOW_KNOWN = INT32_MAX };

static void put(struct usage *usage, uint32_t account, uint32_t person, uint32_t feature, day_t day,
                uint32_t count) {
    usage_add(usage, &(struct usage_entry){account, person, feature, day, day, count}, 1);
}

static double ask(const struct usage *usage, uint32_t account, struct usage_query query) {
    double value = -1, *out = &value;
    usage_evaluate(usage, &query, 1, account, 1, &out);
    return value;
}

/* Account 1: day 100: Ann (7) uses 3 twice, Bo (8) uses 4 once; day 103: Ann uses 4 five times, nobody known
 * uses 5 once; day 110: Cy (9) uses 3 once. */
static void fill(struct usage *usage) {
    put(usage, 1, 7, 3, 100, 2);
    put(usage, 1, 8, 4, 100, 1);
    put(usage, 1, 9, 3, 110, 1);
    put(usage, 1, 7, 4, 103, 2);
    put(usage, 1, 7, 4, 103, 3);
    put(usage, 1, NOBODY, 5, 103, 1);
}

static void windows_are_half_open(void **state) {
    (void)state;
    struct usage *usage = usage_new();
    fill(usage);
    uint32_t both[] = {3, 4};
    struct usage_query q = {.measure = USAGE_EVENTS, .from = 100, .to = 110, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 9, 0); /* 2 + 1 + 5 + 1 */
    q.to = 111;
    assert_float_equal(ask(usage, 1, q), 10, 0);
    q.from = 101;
    assert_float_equal(ask(usage, 1, q), 7, 0);
    q.to = 110, q.today_too = true;
    assert_float_equal(ask(usage, 1, q), 7, 0);
    q = (struct usage_query){.measure = USAGE_USERS, .from = 100, .to = 110, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 2, 0); /* Ann, Bo; nobody is no user */
    q.from = EVER, q.to = 200;
    assert_float_equal(ask(usage, 1, q), 3, 0);
    q.features = both, q.feature_count = 1; /* feature 3 alone: Ann, Cy */
    assert_float_equal(ask(usage, 1, q), 2, 0);
    q = (struct usage_query){.measure = USAGE_ACTIVE_DAYS, .from = 100, .to = 111, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 3, 0);
    q.features = both + 1, q.feature_count = 1; /* feature 4: days 100 and 103 */
    assert_float_equal(ask(usage, 1, q), 2, 0);
    q = (struct usage_query){.measure = USAGE_BREADTH,
                             .features = both,
                             .feature_count = 2,
                             .from = 101,
                             .to = 104,
                             .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 1, 0);
    q.to = 111;
    assert_float_equal(ask(usage, 1, q), 2, 0);
    q = (struct usage_query){.measure = USAGE_LAST_DAYS, .from = EVER, .to = 110, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 7, 0); /* day 103: day 110 itself is not closed */
    q.today_too = true;
    assert_float_equal(ask(usage, 1, q), 0, 0);
    q = (struct usage_query){.measure = USAGE_FIRST_DAYS, .from = EVER, .to = 110, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 1, q), 10, 0);
    q.to = 100;
    assert_true(isnan(ask(usage, 1, q)));
    assert_float_equal(
        ask(usage, 0,
            (struct usage_query){.measure = USAGE_EVENTS, .from = EVER, .to = 200, .known_at = NOW_KNOWN}),
        0, 0);
    assert_float_equal(
        ask(usage, 99,
            (struct usage_query){.measure = USAGE_USERS, .from = EVER, .to = 200, .known_at = NOW_KNOWN}),
        0, 0);
    usage_clear(usage, 1);
    assert_float_equal(
        ask(usage, 1,
            (struct usage_query){.measure = USAGE_EVENTS, .from = EVER, .to = 200, .known_at = NOW_KNOWN}),
        0, 0);
    usage_free(usage);
}

static void late_rows_count_from_the_day_they_were_known(void **state) {
    (void)state;
    struct usage *usage = usage_new();
    put(usage, 0, 1, 1, 50, 4);
    usage_add(usage, &(struct usage_entry){0, 2, 1, 50, 60, 3}, 1); /* of day 50, known on day 60 */
    struct usage_query q = {.measure = USAGE_EVENTS, .from = 40, .to = 55, .known_at = NOW_KNOWN};
    assert_float_equal(ask(usage, 0, q), 7, 0);
    q.known_at = 55;
    assert_float_equal(ask(usage, 0, q), 4, 0);
    q.known_at = 60; /* known before day 60 began */
    assert_float_equal(ask(usage, 0, q), 4, 0);
    q.known_at = 61;
    assert_float_equal(ask(usage, 0, q), 7, 0);
    q.measure = USAGE_USERS, q.known_at = 55;
    assert_float_equal(ask(usage, 0, q), 1, 0);
    usage_free(usage);
}

/* --- Against a slow model
 * -------------------------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static bool fits(const struct usage_entry *e, const struct usage_query *q) {
    if (e->day < q->from || e->day > q->to || (e->day == q->to && !q->today_too)) return false;
    if (q->known_at != NOW_KNOWN &&
        !(e->known_day < q->known_at || (q->today_too && e->known_day == q->known_at)))
        return false;
    if (!q->feature_count) return true;
    for (size_t f = 0; f < q->feature_count; f++)
        if (q->features[f] == e->feature) return true;
    return false;
}

enum { PEOPLE = 400, FEATURES = 40, DAYS = 200, ACCOUNTS = 12, ENTRIES = 40000 };

static double model(const struct usage_entry *entries, size_t n, uint32_t account,
                    const struct usage_query *q) {
    static bool person[PEOPLE], feature[FEATURES], days[DAYS + 400];
    memset(person, 0, sizeof person);
    memset(feature, 0, sizeof feature);
    memset(days, 0, sizeof days);
    double events = 0, users = 0, breadth = 0, active = 0, last = NAN, first = NAN;
    for (size_t i = 0; i < n; i++) {
        const struct usage_entry *e = &entries[i];
        if (e->account != account || !fits(e, q)) continue;
        events += e->count;
        if (e->person != NOBODY && !person[e->person]) person[e->person] = true, users++;
        if (!feature[e->feature]) feature[e->feature] = true, breadth++;
        if (!days[e->day]) days[e->day] = true, active++;
        if (isnan(last) || q->to - e->day < last) last = q->to - e->day;
        if (isnan(first) || q->to - e->day > first) first = q->to - e->day;
    }
    switch (q->measure) {
    case USAGE_EVENTS:
        return events;
    case USAGE_USERS:
        return users;
    case USAGE_ACTIVE_DAYS:
        return active;
    case USAGE_BREADTH:
        return breadth;
    case USAGE_LAST_DAYS:
        return last;
    case USAGE_FIRST_DAYS:
        return first;
    }
    return NAN;
}

static void many_queries_equal_the_model(void **state) {
    (void)state;
    uint64_t seed = 11;
    struct usage *usage = usage_new();
    struct usage_entry *entries = memory_new(ENTRIES * sizeof *entries);
    for (size_t i = 0; i < ENTRIES; i++) {
        uint32_t account = (uint32_t)(random_next(&seed) % ACCOUNTS);
        account = account < 6 ? 0 : account; /* one account has half of it */
        day_t day = (day_t)(random_next(&seed) % DAYS);
        entries[i] =
            (struct usage_entry){account,
                                 random_next(&seed) % 20 ? (uint32_t)(random_next(&seed) % PEOPLE) : NOBODY,
                                 (uint32_t)(random_next(&seed) % FEATURES),
                                 day,
                                 random_next(&seed) % 10 ? day : day + (day_t)(random_next(&seed) % 30),
                                 1 + (uint32_t)(random_next(&seed) % 3)};
    }
    usage_add(usage, entries, ENTRIES / 2);
    for (size_t i = ENTRIES / 2; i < ENTRIES;) { /* the rest in odd pieces */
        size_t n = 1 + random_next(&seed) % 1500;
        if (n > ENTRIES - i) n = ENTRIES - i;
        usage_add(usage, entries + i, n);
        i += n;
    }
    enum { QUERIES = 150 };
    static struct usage_query queries[QUERIES];
    static uint32_t features[QUERIES][3];
    static double values[QUERIES][ACCOUNTS];
    double *out[QUERIES];
    for (size_t settled = 0; settled < 2; settled++) {
        for (size_t q = 0; q < QUERIES; q++) {
            for (size_t f = 0; f < 3; f++)
                features[q][f] = (uint32_t)(random_next(&seed) % FEATURES);
            day_t to = (day_t)(random_next(&seed) % (DAYS + 10));
            queries[q] = (struct usage_query){
                .measure = (enum usage_measure)(random_next(&seed) % 6),
                .features = features[q],
                .feature_count = random_next(&seed) % 4,
                .from = random_next(&seed) % 5 ? to - 1 - (day_t)(random_next(&seed) % 100) : EVER,
                .to = to,
                .today_too = random_next(&seed) % 2,
                .known_at = q % 50 < 40 ? NOW_KNOWN : to};
            out[q] = values[q];
        }
        usage_evaluate(usage, queries, QUERIES, 0, ACCOUNTS, out);
        for (size_t q = 0; q < QUERIES; q++)
            for (uint32_t a = 0; a < ACCOUNTS; a++) {
                double expected = model(entries, ENTRIES, a, &queries[q]);
                if (isnan(expected))
                    assert_true(isnan(values[q][a]));
                else if (expected != values[q][a])
                    fail_msg("query %zu (measure %d) account %u: %g, expected %g", q, (int)queries[q].measure,
                             a, values[q][a], expected);
            }
        usage_settle(usage, SIZE_MAX);
    }
    free(entries);
    usage_free(usage);
}

static void sources_are_heard_of(void **state) {
    (void)state;
    struct usage *usage = usage_new();
    uint8_t healthy[28];
    int32_t age;
    day_t first;
    /* An import from day 100 to 150 without a row between. */
    struct usage_entry rows[] = {{0, 1, 1, 100, 100, 1, 3, 1}, {0, 1, 1, 150, 150, 1, 3, 1}};
    usage_add(usage, rows, 2);
    usage_health(usage, 151, healthy, 28, &age, &first);
    assert_int_equal(healthy[0] + healthy[27], 2);
    assert_int_equal(age, 0);
    assert_int_equal(first, 100);
    usage_health(usage, 110, healthy, 28, &age, &first);
    assert_int_equal(healthy[9], 1);  /* days 100 … 109 */
    assert_int_equal(healthy[11], 0); /* 98 and 99 are two of twelve, before anything was heard */
    usage_health(usage, 100, healthy, 28, &age, &first);
    assert_int_equal(age, -1);
    assert_int_equal(first, INT32_MIN);
    usage_free(usage);
    /* Live: every weekday of ten weeks from Monday, 1970-01-05 (day 4) on. Weekends are not expected; a
     * missing Wednesday is. */
    usage = usage_new();
    for (day_t day = 4; day < 74; day++)
        if ((day - 4) % 7 < 5 && day != 69 - 7) usage_heard(usage, 1, day, false);
    usage_health(usage, 74, healthy, 28, &age, &first); /* a Monday */
    assert_int_equal(age, 2);                           /* Friday */
    assert_int_equal(healthy[1], 1);                    /* the weekend alone */
    assert_int_equal(healthy[6], 1);                    /* five of five */
    assert_int_equal(healthy[13], 1);                   /* nine of ten */
    usage_health(usage, 77, healthy, 28, &age,
                 &first); /* three weekdays without a word are borne, four are not */
    assert_int_equal(healthy[6], 1);
    usage_health(usage, 78, healthy, 28, &age, &first);
    assert_int_equal(healthy[6], 0);
    usage_free(usage);
}

static void sum_up(void *self, const struct usage_entry *entry) {
    uint64_t *sums = self;
    sums[0] += entry->count;
    sums[1] += entry->person == NOBODY ? 0 : entry->person;
    sums[2] = sums[2] || entry->day < 100 || entry->day >= 104;
}

static void each_visits_the_rows_of_the_days_asked(void **state) {
    (void)state;
    struct usage *usage = usage_new();
    fill(usage);
    uint64_t sums[3] = {0};
    usage_each(usage, 100, 104, sum_up, sums);
    assert_int_equal(sums[0], 9);
    assert_int_equal(sums[1], 7 + 8 + 7); /* Ann's two entries of day 103 are one row */
    assert_int_equal(sums[2], 0);
    usage_free(usage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_half_open),
        cmocka_unit_test(late_rows_count_from_the_day_they_were_known),
        cmocka_unit_test(many_queries_equal_the_model),
        cmocka_unit_test(sources_are_heard_of),
        cmocka_unit_test(each_visits_the_rows_of_the_days_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
