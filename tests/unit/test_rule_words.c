/* Rules in words: explanations, sentences in both languages, what kept an account from being judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "rule_world.h"

#include <stdio.h>

static struct arena arena;
static struct world world;
static struct rule_scope scope;

static int open_world(void **state) {
    (void)state;
    world_open(&world);
    scope = world_scope(&world);
    return 0;
}
static int close_world(void **state) {
    (void)state;
    world_close(&world);
    arena_free(&arena);
    return 0;
}

static struct rule_node *parse_text(const char *text) {
    struct problem problem = {.arena = &arena};
    struct rule_node *node = NULL;
    if (rule_parse_text(str_of(text), &arena, &node, &problem)) {
        struct buf out = {0};
        problem_print(&problem, ENGLISH, &out);
        buf_put_byte(&out, 0);
        fail_msg("%s: %s", text, out.p);
    }
    return node;
}

static struct rule *compile(const char *text, struct rule_needs *needs) {
    struct problem problem = {.arena = &arena};
    struct rule *rule = NULL;
    *needs = (struct rule_needs){0};
    if (rule_compile(parse_text(text), &scope, needs, &arena, &rule, &problem)) {
        struct buf out = {0};
        problem_print(&problem, ENGLISH, &out);
        buf_put_byte(&out, 0);
        fail_msg("%s: %s", text, out.p);
    }
    return rule;
}

static void causes_are_named(void **state) {
    (void)state;
    struct column column = world_column(&arena, 3);
    column.cause[1] = CAUSE_STALE;
    struct rule_needs needs;
    struct rule *rule = compile("health < 3 or trial = true", &needs);
    struct column columns[] = {column, world_column(&arena, 3)};
    assert_int_equal(rule_unknown_causes(rule, columns, 0, 1), 1u << CAUSE_STALE | 1u << CAUSE_NO_SOURCE);
    world_set(&columns[1], 1, 1);
    assert_int_equal(rule_unknown_causes(rule, columns, 0, 1), 0);
}

static void explanations(void **state) {
    (void)state;
    struct rule_needs needs;
    struct rule *rule = compile("health < 40 and not trial = true", &needs);
    struct column columns[] = {world_column(&arena, 2), world_column(&arena, 2)};
    world_set(&columns[0], 1, 35);
    columns[0].age_days[1] = 2;
    columns[1].cause[1] = CAUSE_STALE;
    struct buf out = {0};
    struct json_writer w = {&out, false};
    rule_explain(rule, columns, 0, 1, &w);
    struct json json;
    struct problem problem = {.arena = &arena};
    assert_int_equal(json_parse(buf_str(&out), &arena, &json, &problem), OK);
    assert_true(str_is(json_get_string(&json, "truth"), "unknown"));
    const struct json *all = json_get(&json, "all");
    assert_int_equal(all->n, 2);
    assert_true(str_is(json_get_string(&all->items[0], "truth"), "true"));
    assert_true(str_is(json_get_string(&all->items[0], "rule"), "health < 40"));
    const struct json *seen = &json_get(&all->items[0], "seen")->items[0];
    assert_true(str_is(json_get_string(seen, "fact"), "health"));
    assert_int_equal(json_get(seen, "value")->integer, 35);
    assert_int_equal(json_get(seen, "age_days")->integer, 2);
    const struct json *leaf = &json_get(&all->items[1], "not")->items[0];
    assert_true(str_is(json_get_string(leaf, "truth"), "unknown"));
    seen = &json_get(leaf, "seen")->items[0];
    assert_true(str_is(json_get_string(seen, "state"), "unknown"));
    assert_true(json_get_string(json_get(seen, "cause"), "fa").n > 0);
    buf_clear(&out);
    rule_explain_text(rule, columns, 0, 1, ENGLISH, &out);
    buf_put_byte(&out, 0);
    char expected[300];
    snprintf(expected, sizeof expected,
             "not known: all of\n  yes: health is below 40 [35]\n  not known: not\n    not known: trial is "
             "yes [%s]\n",
             fact_cause_text[CAUSE_STALE].en);
    assert_string_equal(out.p, expected);
    buf_free(&out);
}

static void sentences(void **state) {
    (void)state;
    world.facts[0].title = (struct text){"Health", "سلامت"};
    world.facts[7].title = (struct text){"Active users", "کاربران فعال"};
    static const struct {
        const char *text, *en, *fa;
    } cases[] = {
        {"health < 40 and not in segment strategic",
         "Health is below 40 and is not in the segment “strategic”",
         "سلامت کمتر از ۴۰ باشد و در بخش «strategic» نباشد"},
        {"not (health < 40 or not trial = true)",
         "it is not so that (Health is below 40 or trial is not yes)",
         "چنین نباشد که (سلامت کمتر از ۴۰ باشد یا trial برابر بله نباشد)"},
        {"not stage != live", "stage is “live”", "stage برابر «live» باشد"},
        {"stage not in (live, won)", "stage is none of “live”, “won”", "stage یکی از «live»، «won» نباشد"},
        {"not stage contains trial", "stage does not contain “trial”", "stage دارای «trial» نباشد"},
        {"not did export at least 3 times in 30 days", "did not use “export” at least 3 times in 30 days",
         "«export» در ۳۰ روز گذشته دست‌کم ۳ بار به کار نرفته باشد"},
        {"not entered strategic in 7 days", "did not enter the segment “strategic” in 7 days",
         "به بخش «strategic» در ۷ روز گذشته وارد نشده باشد"},
        {"not health falls by 5 in 14 days", "Health did not fall by 5 or more in 14 days",
         "سلامت دست‌کم ۵ کمتر شده در ۱۴ روز گذشته نباشد"},
        {"not at least 1 contact (trial = true)", "no contact has (trial is yes)",
         "مخاطبی نباشد که برای او (trial برابر بله باشد)"},
        /* Amounts are minor units in the rule, major ones in the sentence; a rial has no smaller unit. */
        {"arr between 50000 and 1234567", "arr is between 500.00 EUR and 12,345.67 EUR",
         "arr از ۵۰۰٫۰۰ یورو تا ۱۲٬۳۴۵٫۶۷ یورو باشد"},
        {"budget in (1000, 2000)", "budget is one of 1,000 rial, 2,000 rial",
         "budget یکی از ۱٬۰۰۰ ریال، ۲٬۰۰۰ ریال باشد"},
        {"arr falls by 10% in 14 days", "arr fell by 10% or more in 14 days",
         "arr دست‌کم \u061c۱۰٪ کمتر شده در ۱۴ روز گذشته باشد"},
        {"active_users_28d falls by 50% in 14 days", "Active users fell by 50% or more in 14 days",
         "کاربران فعال دست‌کم \u061c۵۰٪ کمتر شده در ۱۴ روز گذشته باشد"},
        {"did export at least 3 times in 30 days", "used “export” at least 3 times in 30 days",
         "«export» در ۳۰ روز گذشته دست‌کم ۳ بار به کار رفته باشد"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = {0};
        struct rule_node *node = parse_text(cases[i].text);
        rule_print_for_people(node, &scope, ENGLISH, &out);
        assert_string_equal(str_c(&arena, buf_str(&out)), cases[i].en);
        buf_clear(&out);
        rule_print_for_people(node, &scope, PERSIAN, &out);
        assert_string_equal(str_c(&arena, buf_str(&out)), cases[i].fa);
        buf_free(&out);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {TEST(causes_are_named), TEST(explanations), TEST(sentences)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
