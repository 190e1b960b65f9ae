/* Adoption against arithmetic by hand, and against a slow count from the raw list of uses. */
#include "insight/adoption.h"

#include "base/calendar.h"
#include "insight/feature_map.h"

#include <math.h>
#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { EXPORT = 1, REPORT, FORECAST, ADMIN };
enum { ACCOUNTS = 6, ANYBODY = UINT32_MAX };

static day_t date(int month, int day) {
    day_t out;
    assert_true(day_from_date(CALENDAR_GREGORIAN, month > 6 ? 2025 : 2026, month, day, &out));
    return out;
}

struct world {
    struct usage *usage;
    struct catalogue *catalogue;
    struct arena arena;
    uint8_t included[ACCOUNTS];
    struct str plans[ACCOUNTS];
    uint16_t countries[ACCOUNTS];
    day_t starts[ACCOUNTS];
    uint32_t map[ADMIN + 1];
};

static void use(struct world *w, uint32_t account, uint32_t person, uint32_t feature, day_t day,
                uint32_t count) {
    usage_add(w->usage, &(struct usage_entry){account, person, feature, day, day, count}, 1);
}

static void set_up(struct world *w) {
    static const struct catalogue_feature features[] = {{{"export", 6}, true, {0}, {0}},
                                                        {{"report", 6}, true, {"pro, max", 8}, {0}},
                                                        {{"forecast", 8}, true, {"max", 3}, {0}}};
    struct problem problem = {.arena = &w->arena};
    struct catalogue_parts parts = {.features = features, .feature_count = 3};
    assert_int_equal(catalogue_make(&parts, NULL, 0, &w->catalogue, &problem), OK);
    w->usage = usage_new();
    for (int i = 0; i < ACCOUNTS; i++) {
        w->included[i] = 1;
        w->starts[i] = INT32_MIN;
    }
    w->map[EXPORT] = 1;
    w->map[REPORT] = 2;
    w->map[FORECAST] = 3;
}

static void tear_down(struct world *w) {
    catalogue_free(w->catalogue);
    usage_free(w->usage);
    arena_free(&w->arena);
}

static void measure(struct world *w, const struct adoption_period *periods, size_t n, uint32_t *group,
                    struct adoption_sums *const *sums) {
    struct selection selections[8];
    struct account_context contexts[8];
    for (size_t p = 0; p < n; p++) {
        selections[p] = (struct selection){.n = ACCOUNTS, .included = w->included, .group = group};
        contexts[p] = (struct account_context){ACCOUNTS, w->plans, w->countries, w->starts};
    }
    struct adoption_input input = {.usage = w->usage,
                                   .catalogue = w->catalogue,
                                   .map = w->map,
                                   .map_n = COUNT(w->map),
                                   .periods = periods,
                                   .period_n = n,
                                   .selections = selections,
                                   .contexts = contexts,
                                   .power_days = 10};
    adoption_measure(&input, sums);
}

static void life(const struct lifecycle *life, uint64_t new, uint64_t returning, uint64_t resurrecting,
                 uint64_t dormant) {
    assert_int_equal(life->new, new);
    assert_int_equal(life->returning, returning);
    assert_int_equal(life->resurrecting, resurrecting);
    assert_int_equal(life->dormant, dormant);
}

/* February 2026 begins on a Sunday: 28 days, 20 of them working. */
static void february_by_hand(void **state) {
    (void)state;
    struct world w = {0};
    set_up(&w);
    /* Account 0, plan pro (export and report are its core features). */
    w.plans[0] = STR("pro");
    use(&w, 0, 1, EXPORT, date(1, 5), 1);
    for (int day = 2; day <= 13; day++)
        if (day != 7 && day != 8) use(&w, 0, 1, EXPORT, date(2, day), 1); /* ten working days: a power user */
    use(&w, 0, 1, REPORT, date(2, 2), 1);
    use(&w, 0, 2, EXPORT, date(2, 7), 1); /* new, on a Saturday */
    use(&w, 0, 3, ADMIN, date(12, 10), 1);
    use(&w, 0, 3, ADMIN, date(2, 27), 3);  /* resurrecting: not in January */
    use(&w, 0, 4, EXPORT, date(1, 20), 1); /* dormant */
    use(&w, 0, ANYBODY, EXPORT, date(2, 10), 2);
    /* Account 1 began on Thursday the 19th: ten days, seven of them working. Its plan is not known. */
    w.starts[1] = date(2, 19);
    use(&w, 1, 9, EXPORT, date(2, 20), 1);
    use(&w, 2, 5, EXPORT, date(1, 7), 1); /* account 2 went dormant */
    use(&w, 3, 6, EXPORT, date(2, 3), 50);
    w.included[3] = 0;
    w.starts[4] = date(3, 5); /* not there yet; account 5 is, and does nothing */

    struct adoption_period periods[] = {{date(12, 1), date(1, 1), date(2, 1), {0}},
                                        {date(1, 1), date(2, 1), date(3, 1), {0}}};
    struct adoption_sums january = {0}, february = {0}, *sums[] = {&january, &february};
    measure(&w, periods, 2, NULL, sums);

    assert_int_equal(february.accounts, 4); /* 0, 1, 2, 5 */
    assert_int_equal(february.active, 2);
    assert_int_equal(february.people, 4);
    assert_int_equal(february.events, 18); /* 11 + 1 + 3 + 2 + 1 */
    assert_int_equal(february.known_events, 16);
    /* Account 0 used both core features of its plan; account 1 might be entitled to one or three. */
    assert_float_equal(february.breadth, 1, 0);
    assert_int_equal(february.breadth_accounts, 1);
    assert_int_equal(february.breadth_unknown, 1);
    assert_float_equal(february.person_days, 13, 0);
    assert_float_equal(february.weeks_of_people, 3 * 4 + 10.0 / 7, 1e-12);
    assert_float_equal(february.daily, 12.0 / 28 + 1.0 / 10, 1e-12);
    assert_float_equal(february.working_daily, 11.0 / 20 + 1.0 / 7, 1e-12);
    assert_int_equal(february.working_people, 4);
    /* Weeks back from the 28th: {3}, nobody, {1}, {1, 2}: 4 ÷ 4; account 1 has but one week. */
    assert_float_equal(february.weekly, 1, 1e-12);
    assert_int_equal(february.weekly_people, 3);
    assert_int_equal(february.power, 1);
    assert_int_equal(february.power_base, 4);
    life(&february.of_accounts, 1, 1, 0, 1);
    life(&february.of_people, 2, 1, 1, 2); /* new 2, 9; returning 1; resurrecting 3; dormant 4, 5 */

    /* January: person 3 of December fell silent; 1, 4 and 5 are new; account 0 was active in December. */
    life(&january.of_accounts, 1, 1, 0, 0);
    life(&january.of_people, 3, 0, 0, 1);
    assert_int_equal(january.accounts, 3);       /* account 1 was not there */
    assert_float_equal(january.breadth, 0.5, 0); /* export alone; account 2 has no plan */

    /* Split: each group has its own sums. */
    uint32_t group[ACCOUNTS] = {0, 1, 1, GROUP_NONE, 1, 1};
    struct adoption_sums groups[2] = {0}, *by_group[] = {groups};
    measure(&w, &periods[1], 1, group, by_group);
    assert_int_equal(groups[0].people, 3);
    assert_int_equal(groups[1].people, 1);
    life(&groups[1].of_accounts, 1, 0, 0, 1);

    /* The organisation's week and a holiday: Friday the 27th off, and Fridays with it: twenty working days
     * become sixteen (6, 13, 20, 27 off, the 27th a holiday besides), the person of the 27th works on none.
     */
    struct holiday_of holiday = {date(2, 26), COUNTRY_NONE};
    w.catalogue->workdays = workdays_new(1 << FRIDAY | 1 << SATURDAY | 1 << SUNDAY, NULL, &holiday, 1);
    struct adoption_sums short_week = {0}, *one[] = {&short_week};
    w.included[1] = 0;
    measure(&w, &periods[1], 1, NULL, one);
    /* Working: Monday to Thursday, less the 26th: 15 days; person 1 on 2–5 and 9–12. */
    assert_float_equal(short_week.working_daily, 8.0 / 15, 1e-12);
    tear_down(&w);
}

static uint32_t random_below(uint32_t *state, uint32_t below) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % below;
}

struct raw {
    uint32_t account, person;
    day_t day;
};

/* Every question is asked of the whole list. */
static bool was_active(const struct raw *list, size_t n, uint32_t account, uint32_t person, day_t from,
                       day_t to) {
    for (size_t i = 0; i < n; i++)
        if (list[i].account == account && (person == ANYBODY || list[i].person == person) &&
            list[i].day >= from && list[i].day < to)
            return true;
    return false;
}

static void slow_count_agrees(void **state) {
    (void)state;
    enum { USES = 400, PEOPLE = 12, PERIODS = 6 };
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct world w = {0};
        struct raw list[USES];
        uint32_t random = seed * 7919;
        set_up(&w);
        for (size_t i = 0; i < USES; i++) {
            list[i] = (struct raw){random_below(&random, ACCOUNTS), random_below(&random, PEOPLE),
                                   date(1, 1) + (day_t)random_below(&random, 90)};
            use(&w, list[i].account, list[i].account * PEOPLE + list[i].person, EXPORT, list[i].day, 1);
        }
        struct adoption_period periods[PERIODS];
        struct adoption_sums sums[PERIODS] = {0}, *rows[PERIODS];
        for (int p = 0; p < PERIODS; p++) { /* weeks from the fifth day on, with a gap of none */
            periods[p] = (struct adoption_period){
                date(1, 5) + 7 * (p - 1), date(1, 5) + 7 * p, date(1, 5) + 7 * (p + 1), {0}};
            rows[p] = &sums[p];
        }
        measure(&w, periods, PERIODS, NULL, rows);
        for (int p = 0; p < PERIODS; p++) {
            struct lifecycle people = {0}, accounts = {0};
            uint64_t person_days = 0;
            day_t before = periods[p].before, from = periods[p].from, to = periods[p].to;
            for (uint32_t account = 0; account < ACCOUNTS; account++) {
                for (uint32_t person = 0; person <= PEOPLE; person++) {
                    uint32_t who = person == PEOPLE ? ANYBODY : person;
                    struct lifecycle *of = person == PEOPLE ? &accounts : &people;
                    bool now = was_active(list, USES, account, who, from, to),
                         last = was_active(list, USES, account, who, before, from),
                         ever = was_active(list, USES, account, who, INT32_MIN, from);
                    of->new += now && !ever;
                    of->returning += now && last;
                    of->resurrecting += now && ever && !last;
                    of->dormant += !now && last;
                    for (day_t day = from; day < to && person < PEOPLE; day++)
                        person_days += was_active(list, USES, account, who, day, day + 1);
                }
            }
            life(&sums[p].of_people, people.new, people.returning, people.resurrecting, people.dormant);
            life(&sums[p].of_accounts, accounts.new, accounts.returning, accounts.resurrecting,
                 accounts.dormant);
            assert_float_equal(sums[p].person_days, (double)person_days, 0);
            assert_int_equal(sums[p].people, people.new + people.returning + people.resurrecting);
            assert_int_equal(sums[p].active, accounts.new + accounts.returning + accounts.resurrecting);
        }
        tear_down(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(february_by_hand),
        cmocka_unit_test(slow_count_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
