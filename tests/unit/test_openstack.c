/* Usage figures and cohorts of the OpenStack set, against its published figures and its cohort file. */
#include "base/dict.h"
#include "insight/cohort.h"
#include "signals/usage_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

struct set {
    struct usage *usage;
    struct dict accounts, users, features;
    size_t rows;
    uint64_t events;
};

static const char *data_path(const char *name, char *out, size_t size) {
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    if (shared)
        snprintf(out, size, "%s/data/events/%s", shared, name);
    else
        snprintf(out, size, "%s/../shared/data/events/%s", root ? root : ".", name);
    return out;
}

static day_t day_of(struct str s) {
    day_t day = 0;
    assert_null(day_parse(s, &day));
    return day;
}

static int load(void **state) {
    char path[1000], line[300];
    gzFile file = gzopen(data_path("openstack_events.csv.gz", path, sizeof path), "rb");
    if (!file) {
        fprintf(stderr, "SKIPPED: %s is not there\n", path);
        return 0;
    }
    static struct set set;
    set.usage = usage_new();
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line)) {
        struct str rest = str_trim(str_of(line)), cell[5];
        for (int i = 0; i < 5; i++)
            cell[i] = str_cut(rest, ',', &rest);
        int64_t count = 0;
        assert_true(str_to_int(cell[4], &count));
        day_t day = day_of(cell[2]);
        struct usage_entry entry = {dict_put(&set.accounts, cell[0], NULL),
                                    dict_put(&set.users, cell[1], NULL),
                                    1 + dict_put(&set.features, cell[3], NULL),
                                    day,
                                    day,
                                    (uint32_t)count};
        usage_write_lock(set.usage);
        usage_add(set.usage, &entry, 1);
        usage_unlock(set.usage);
        set.rows++;
        set.events += (uint64_t)count;
    }
    gzclose(file);
    *state = &set;
    return 0;
}

static int unload(void **state) {
    struct set *set = *state;
    if (!set) return 0;
    usage_free(set->usage);
    dict_free(&set->accounts);
    dict_free(&set->users);
    dict_free(&set->features);
    return 0;
}

static void count_rows(void *self, const struct usage_entry *entry) {
    size_t *n = self;
    *n += entry->count > 0;
}

static void whole_set(void **state) {
    struct set *set = *state;
    if (!set) skip();
    struct usage_figures f;
    usage_figures_measure(set->usage, day_of(STR("2010-01-01")), day_of(STR("2019-12-01")), NULL, 0, &f);
    assert_int_equal(set->accounts.n, 822);
    assert_int_equal(set->users.n, 4112);
    assert_int_equal(set->rows, 60616);
    assert_int_equal(set->events, 84464);
    size_t rows = 0;
    usage_each(set->usage, INT32_MIN, INT32_MAX, count_rows, &rows);
    assert_int_equal(rows, 60616);
}

static void first_quarter_of_2015(void **state) {
    struct set *set = *state;
    if (!set) skip();
    struct usage_figures f;
    usage_figures_measure(set->usage, day_of(STR("2015-01-01")), day_of(STR("2015-04-01")), NULL, 0, &f);
    assert_int_equal(f.accounts, 160);
    assert_int_equal(f.users, 591);
    assert_int_equal(f.events, 3548);
    assert_float_equal(f.features_per_account, 2.1625, 1e-12);
}

static void march_2015(void **state) {
    struct set *set = *state;
    if (!set) skip();
    struct usage_figures f;
    usage_figures_measure(set->usage, day_of(STR("2015-03-01")), day_of(STR("2015-04-01")), NULL, 0, &f);
    assert_float_equal(f.mean_daily_users, 31.25806, 5e-6);
    assert_int_equal(f.users, 351);
    assert_float_equal(f.stickiness, 31.25806 / 351, 1e-6);
    usage_figures_measure(set->usage, day_of(STR("2015-04-01")) - USAGE_TRAILING_DAYS,
                          day_of(STR("2015-04-01")), NULL, 0, &f);
    assert_int_equal(f.users, 337);
}

static void accounts_left_out(void **state) {
    struct set *set = *state;
    if (!set) skip();
    struct usage_figures f;
    uint8_t none[1] = {0};
    usage_figures_measure(set->usage, day_of(STR("2015-03-01")), day_of(STR("2015-04-01")), none, 1, &f);
    assert_int_equal(f.accounts, 0);
    assert_int_equal(f.users, 0);
    assert_false(field_has(&f, field_index(&usage_figures_type, STR("stickiness"))));
}

static void quarterly_cohorts(void **state) {
    struct set *set = *state;
    if (!set) skip();
    char path[1000], line[2000];
    FILE *file = fopen(data_path("openstack_cohort_quarterly_expected.csv", path, sizeof path), "r");
    assert_non_null(file);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct cohorts cohorts;
    assert_int_equal(cohorts_measure(set->usage, COHORT_ACCOUNT, PERIOD_QUARTER, CALENDAR_GREGORIAN, MONDAY,
                                     NULL, 0, &arena, &cohorts, &problem),
                     OK);
    size_t offsets[200], columns = 0, cells = 0;
    uint64_t expected = 0, total = 0;
    assert_non_null(fgets(line, sizeof line, file));
    struct str rest = str_trim(str_of(line));
    str_cut(rest, ',', &rest);
    while (rest.n) {
        int64_t offset = 0;
        assert_true(str_to_int(str_cut(rest, ',', &rest), &offset));
        offsets[columns++] = (size_t)offset;
    }
    while (fgets(line, sizeof line, file)) {
        rest = str_trim(str_of(line));
        struct str label = str_cut(rest, ',', &rest);
        size_t c = 0;
        while (c < cohorts.n && !str_is(label, cohorts.periods[c].label))
            c++;
        assert_true(c < cohorts.n);
        for (size_t i = 0; i < columns; i++, cells++) {
            int64_t value = 0;
            assert_true(str_to_int(str_cut(rest, ',', &rest), &value));
            uint64_t ours = offsets[i] < cohorts.n ? cohorts.active[c * cohorts.n + offsets[i]] : 0;
            if (ours != (uint64_t)value)
                fail_msg("%.*s + %zu: %llu, expected %lld", STR_ARG(label), offsets[i],
                         (unsigned long long)ours, (long long)value);
            expected += (uint64_t)value;
        }
    }
    for (size_t i = 0; i < cohorts.n * cohorts.n; i++)
        total += cohorts.active[i];
    assert_int_equal(total, expected); /* nothing in cells that the file leaves out */
    assert_true(cells > 1000);
    fclose(file);
    arena_free(&arena);
}

/* By hand: Ann (1) at account 0 on 2024-03-19 (29 Esfand 1402) and 2024-04-20 (1 Ordibehesht 1403); Bo (2) at
 * account 1 on 2024-03-20 (1 Farvardin 1403); Ann also at account 1 that day. */
static void persian_cohorts_of_people(void **state) {
    (void)state;
    struct usage *usage = usage_new();
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    static const struct {
        uint32_t account, person;
        const char *day;
    } uses[] = {{0, 1, "2024-03-19"},
                {0, 1, "2024-04-20"},
                {1, 2, "2024-03-20"},
                {1, 1, "2024-03-20"},
                {1, UINT32_MAX, "2024-01-01"}};
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        day_t day = day_of(str_of(uses[i].day));
        usage_add(usage, &(struct usage_entry){uses[i].account, uses[i].person, 1, day, day, 1}, 1);
    }
    struct cohorts c;
    assert_int_equal(cohorts_measure(usage, COHORT_PERSON, PERIOD_MONTH, CALENDAR_PERSIAN, MONDAY, NULL, 0,
                                     &arena, &c, &problem),
                     OK);
    assert_int_equal(c.n, 3); /* Esfand, Farvardin, Ordibehesht */
    assert_string_equal(c.periods[0].label, "1402-12");
    static const uint64_t expected[9] = {1, 1, 1, 1, 0,
                                         0, 0, 0, 0}; /* Ann in all three, Bo in Farvardin alone */
    assert_memory_equal(c.active, expected, sizeof expected);
    assert_int_equal(cohorts_measure(usage, COHORT_ACCOUNT, PERIOD_YEAR, CALENDAR_PERSIAN, MONDAY, NULL, 0,
                                     &arena, &c, &problem),
                     OK);
    static const uint64_t years[4] = {
        2, 2, 0, 0}; /* both began in 1402 (account 1 by somebody unknown) and went on in 1403 */
    assert_int_equal(c.n, 2);
    assert_memory_equal(c.active, years, sizeof years);
    uint8_t only_first[2] = {1, 0};
    assert_int_equal(cohorts_measure(usage, COHORT_ACCOUNT, PERIOD_YEAR, CALENDAR_PERSIAN, MONDAY, only_first,
                                     2, &arena, &c, &problem),
                     OK);
    assert_int_equal(c.active[0], 1);
    usage_free(usage);
    arena_free(&arena);
}

/* Sparse as its beginning is, and silent over Christmas: as an import its windows are known at every quarter
 * start. */
static void sources_are_healthy_at_quarter_starts(void **state) {
    struct set *set = *state;
    if (!set) skip();
    usage_heard(set->usage, 1, day_of(STR("2010-06-10")), true);
    usage_heard(set->usage, 1, day_of(STR("2023-12-01")), true);
    for (struct period quarter =
             period_of(day_of(STR("2010-10-01")), PERIOD_QUARTER, CALENDAR_GREGORIAN, MONDAY);
         quarter.from < day_of(STR("2020-01-01")); quarter = period_next(&quarter)) {
        uint8_t healthy[90];
        int32_t age;
        day_t first;
        usage_health(set->usage, quarter.from, healthy, 90, &age, &first);
        if (!healthy[89] || !healthy[27] || !healthy[6])
            fail_msg("%s: %d %d %d", quarter.label, healthy[89], healthy[27], healthy[6]);
        assert_int_equal(first, day_of(STR("2010-06-10")));
        assert_int_equal(age, 0);
    }
    uint8_t healthy[90];
    int32_t age;
    day_t first;
    usage_health(set->usage, day_of(STR("2024-06-01")), healthy, 90, &age, &first);
    assert_int_equal(healthy[6] + healthy[27] + healthy[89], 0); /* its data ended half a year before */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_set),
                                       cmocka_unit_test(first_quarter_of_2015),
                                       cmocka_unit_test(march_2015),
                                       cmocka_unit_test(accounts_left_out),
                                       cmocka_unit_test(quarterly_cohorts),
                                       cmocka_unit_test(persian_cohorts_of_people),
                                       cmocka_unit_test(sources_are_healthy_at_quarter_starts)};
    return cmocka_run_group_tests(tests, load, unload);
}
