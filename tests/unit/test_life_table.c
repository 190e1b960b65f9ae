/* What became of customers by plan and age: chances by hand, and a small company counted by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "clv_world.h"
#include "predict/life_table.h"

/* Of all plans 9 lost in 1,100 months: shape 10, rate 100 + 1,100, a mean of 1/120 a month. Of gold 3 in 250:
 * shape 4, rate 120 + 250. 1 − (370/373)⁴ within three months; the limits by quantiles of χ² with 8 degrees
 * of freedom, 2.1797307473 and 17.5345461394 (Abramowitz and Stegun, table 26.8). */
static void chances_by_hand(void **state) {
    (void)state;
    struct life_cohort gold = {.plan = STR("gold"), .years = {{3, 250}}};
    struct life_table table = {.all = {{9, 1100}}, .cohorts = &gold, .n = 1};
    struct life_chance chance = life_table_chance(&table, life_table_cohort(&table, STR("gold")), 0, 3);
    NEAR(chance.mean, 1 - pow(370.0 / 373, 4), 1e-12);
    NEAR(chance.low, 1 - exp(-2.1797307473 / 2 / 370 * 3), 1e-12);
    NEAR(chance.high, 1 - exp(-17.5345461394 / 2 / 370 * 3), 1e-12);
    NEAR(life_table_chance(&table, NULL, 0, 3).mean, 1 - pow(1200.0 / 1203, 10), 1e-12);
    /* Nothing was seen of the second year: one loss in 100 months is what is taken for all, and for gold too.
     */
    NEAR(life_table_chance(&table, &gold, 1, 3).mean, 1 - 100.0 / 103, 1e-12);
    assert_null(life_table_cohort(&table, STR("silver")));
    assert_int_equal(life_year(-1), 0);
    assert_int_equal(life_year(11.9), 0);
    assert_int_equal(life_year(12), 1);
    assert_int_equal(life_year(200), 2);
}

static void kept_as_json(void **state) {
    (void)state;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct life_cohort cohorts[] = {{.plan = STR("")},
                                    {.plan = STR("طلایی"), .years = {{1, 2}, {3, 4}, {5, 6.5}}}};
    struct life_table table = {.all = {{9, 1100}}, .cohorts = cohorts, .n = 2}, again;
    struct buf text = {0};
    struct json json;
    life_table_put(&table, &(struct json_writer){.out = &text});
    assert_int_equal(json_parse(buf_str(&text), &arena, &json, &problem), OK);
    assert_true(life_table_read(&json, &arena, &again));
    assert_int_equal(again.n, 2);
    assert_true(str_is(again.cohorts[1].plan, "طلایی"));
    NEAR(again.cohorts[1].years[2].months, 6.5, 0);
    NEAR(again.all[0].months, 1100, 0);
    assert_int_equal(json_parse(STR("{\"all\":[1],\"plans\":[]}"), &arena, &json, &problem), OK);
    assert_false(life_table_read(&json, &arena, &again));
    assert_false(life_table_read(NULL, &arena, &again));
    buf_free(&text);
    arena_free(&arena);
}

static void contract(struct api_world *w, const char *account, const char *key, const char *from,
                     const char *to, const char *plan) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", account),
        PATH(
            "{\"key\":\"%s\",\"starts_on\":\"%s\",\"ends_on\":\"%s\",\"amount\":1200,\"amount_per\":\"year\","
            "\"currency\":\"EUR\",\"plan\":\"%s\",\"effective_from\":\"%s\"}",
            key, from, to, plan, from),
        201);
}

/* Seen on 10 March 2024; a customer at a month start is one that was there the day before. What became of it
 * by the next is decided where that one lies more than the grace of 30 days back: the last is 1 February.
 *
 * A, gold from 10 January 2022 on: at the starts of February 2022 (age 0) to January 2024, so 12 months in
 * its first year, 12 in its second, none later.
 *
 * B, gold from 10 January to 9 December 2022: at the starts of February to December, lost in the last of
 * these 11 months.
 *
 * C, silver, on the same days as B: lost. So of all 34 months and 2 losses in the first year. */
static void counted_by_hand(void **state) {
    struct api_world *w = api_world_open("2024-03-10");
    (void)state;
    for (int i = 0; i < 3; i++)
        account(w, (const char *[]){"A", "B", "C"}[i], "");
    contract(w, "A", "A1", "2022-01-10", "2023-01-09", "gold");
    contract(w, "A", "A2", "2023-01-10", "2024-01-09", "gold");
    contract(w, "A", "A3", "2024-01-10", "2025-01-09", "gold");
    contract(w, "B", "B1", "2022-01-10", "2022-12-09", "gold");
    contract(w, "C", "C1", "2022-01-10", "2022-12-09", "silver");
    caught_up(w);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct life_table table;
    assert_int_equal(life_table_measure(w->house, &arena, &table, &problem), OK);
    const struct life_cohort *gold = life_table_cohort(&table, STR("gold")),
                             *silver = life_table_cohort(&table, STR("silver"));
    assert_int_equal(table.n, 2);
    NEAR(gold->years[0].months, 12 + 11, 0);
    NEAR(gold->years[0].lost, 1, 0);
    NEAR(gold->years[1].months, 12, 0);
    NEAR(gold->years[2].months, 0, 0);
    NEAR(gold->years[1].lost + gold->years[2].lost, 0, 0);
    NEAR(silver->years[0].months, 11, 0);
    NEAR(silver->years[0].lost, 1, 0);
    NEAR(table.all[0].months, 34, 0);
    NEAR(table.all[0].lost, 2, 0);
    arena_free(&arena);
    api_world_close(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chances_by_hand),
        cmocka_unit_test(kept_as_json),
        cmocka_unit_test(counted_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
