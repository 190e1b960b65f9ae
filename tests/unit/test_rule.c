/* Rules: both forms, types and units, Kleene's truth tables, dates, changes, explanations. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "rule_world.h"

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

static struct rule_node *parse_json(const char *text, struct problem *problem) {
    struct json json;
    assert_int_equal(json_parse(str_of(text), &arena, &json, problem), OK);
    struct rule_node *node = NULL;
    enum status status = rule_parse(&json, (struct str){0}, &arena, &node, problem);
    assert_int_equal(status, problem->fault_count ? BAD_INPUT : OK);
    return node;
}

static const char *json_of(const struct rule_node *node) {
    struct buf out = {0};
    struct json_writer w = {&out, false};
    rule_write(node, &w);
    const char *text = str_c(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static const char *text_of(const struct rule_node *node) {
    struct buf out = {0};
    rule_print(node, &out);
    const char *text = str_c(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* ---- both forms ---- */

/* Texts in their printed form: each must come back letter by letter, through JSON too. */
static const char *const texts[] = {
    "health < 40",
    "health <= 40.5",
    "health > -3",
    "health >= 0.1",
    "health = 1e+300",
    "health != 100",
    "seat_utilisation_28d < 50%",
    "seat_utilisation_28d >= 12.5%",
    "days_to_renewal <= 90d",
    "days_to_renewal <= 4w",
    "days_to_renewal between 0 and 90",
    "days_to_renewal between 0d and 90d",
    "health in (1, 2, 3)",
    "health not in (1)",
    "stage = \"adopting\"",
    "stage != \"a \\\"quoted\\\" \\\\ word\"",
    "stage in (\"adopting\", \"renewing\")",
    "stage not in (\"lost\", \"نو\")",
    "stage contains \"adopt\"",
    "stage starts with \"ad\"",
    "stage ends with \"ing\"",
    "stage = \"and\"",
    "stage = \"2020\"",
    "trial = true",
    "trial != false",
    "notice_date = 2026-01-31",
    "notice_date before 2026-01-31",
    "notice_date after 2026-01-31",
    "notice_date between 2026-01-01 and 2026-01-31",
    "notice_date in (2026-01-01, 2026-02-01)",
    "notice_date within last 30 days",
    "notice_date within next 1 day",
    "notice_date more than 14 days ago",
    "notice_date on weekday (\"sat\", \"sun\")",
    "notice_date in fiscal quarter (1, 4)",
    "notice_date in fiscal quarter (\"this\", \"next\")",
    "health is known",
    "health is unknown",
    "health is stale",
    "health is applicable",
    "health rises by 10 in 14 days",
    "active_users_28d falls by 50% in 14 days",
    "active_users_28d fell from peak by 30% in 60 days",
    "stage changed to \"renewing\" in 7 days",
    "stage changed from \"adopting\" in 7 days",
    "did export in 30 days",
    "did export at least 3 times in 30 days",
    "did export by at least 2 people in 30 days",
    "did export at least 3 times by at least 2 people in 30 days",
    "did export exactly 1 time by exactly 1 person in 1 day",
    "did export fewer than 3 times by at most 2 people in 30 days",
    "did export more than 3 times by other than 2 people in 30 days",
    "did event login exactly 0 times in 30 days",
    "did event \"Signed Up\" in 30 days",
    "did \"event\" in 30 days",
    "in segment strategic",
    "in segment \"in\"",
    "entered strategic in 7 days",
    "left strategic in 30 days",
    "at least 1 contact (stage = \"champion\" and health > 21)",
    "at least 2 contacts (not health < 3)",
    "not health < 40",
    "not not health < 40",
    "not (health < 40 or trial = true)",
    "health < 40 and trial = true and stage = \"a\"",
    "health < 40 or trial = true or stage = \"a\"",
    "health < 40 and (trial = true or stage = \"a\")",
    "(health < 40 and trial = true) or stage = \"a\"",
    "(health < 40 and trial = true) and stage = \"a\"",
    "all (health < 40)",
    "any (all (health < 40) and trial = true)",
    "not all (health < 40 or trial = true)",
    "\"web plan\" = \"pro\" and web.plan = \"pro\" and \"not\" > 1",
};

static void text_and_json_say_the_same(void **state) {
    (void)state;
    assert_true(COUNT(texts) >= 60);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct rule_node *tree = parse_text(texts[i]);
        assert_string_equal(text_of(tree), texts[i]);
        struct problem problem = {.arena = &arena};
        struct rule_node *again = parse_json(json_of(tree), &problem);
        assert_int_equal(problem.fault_count, 0);
        assert_true(rule_equal(tree, again));
        assert_string_equal(text_of(again), texts[i]);
        assert_string_equal(json_of(again), json_of(tree));
    }
}

static void json_reads_as_documented(void **state) {
    (void)state;
    struct problem problem = {.arena = &arena};
    struct rule_node *tree = parse_json(
        "{\"all\": [{\"fact\": \"health\", \"is\": \"<\", \"value\": 40},"
        "{\"any\": [{\"fact\": \"days_to_renewal\", \"is\": \"between\", \"value\": [0, 90]},"
        "{\"did\": {\"feature\": \"export\"}, \"times\": [\"≥\", 3], \"people\": [\">=\", 2], \"in\": "
        "\"30d\"}]},"
        "{\"not\": {\"in_segment\": \"strategic\"}},"
        "{\"some_contact\": {\"all\": [{\"fact\": \"stage\", \"is\": \"=\", \"value\": \"champion\"},"
        "{\"fact\": \"health\", \"is\": \">\", \"value\": 21}]}, \"at_least\": 1},"
        "{\"fact\": \"active_users_28d\", \"changed\": [\"falls_by\", \"50%\"], \"in\": \"2w\"}]}",
        &problem);
    assert_int_equal(problem.fault_count, 0);
    assert_string_equal(text_of(tree), "health < 40 and (days_to_renewal between 0 and 90 or did export at "
                                       "least 3 times by at least 2 people in "
                                       "30 days) and not in segment strategic and at least 1 contact (stage "
                                       "= \"champion\" and health > 21) and "
                                       "active_users_28d falls by 50% in 14 days");
    assert_string_equal(tree->children[1].children[1].where.p, "/all/1/any/1");
}

static void json_faults_point_at_their_node(void **state) {
    (void)state;
    static const struct {
        const char *json, *where, *code;
    } bad[] = {
        {"3", "", "rule_node"},
        {"{}", "", "rule_node"},
        {"{\"all\": [], \"any\": []}", "", "rule_node"},
        {"{\"all\": []}", "/all", "rule_parts"},
        {"{\"all\": [{\"fact\": \"health\", \"is\": \"<\", \"value\": 1}, {\"not\": 3}]}", "/all/1/not",
         "rule_node"},
        {"{\"fact\": \"health\"}", "", "member_missing"},
        {"{\"fact\": \"health\", \"is\": \"about\", \"value\": 1}", "/is", "rule_operator"},
        {"{\"fact\": \"health\", \"is\": \"rises_by\", \"value\": 1}", "/is", "rule_operator"},
        {"{\"fact\": \"health\", \"is\": \"<\"}", "", "member_missing"},
        {"{\"fact\": \"health\", \"is\": \"<\", \"value\": [1]}", "/value", "rule_one_value"},
        {"{\"fact\": \"health\", \"is\": \"<\", \"value\": null}", "/value", "rule_value"},
        {"{\"fact\": \"health\", \"is\": \"in\", \"value\": 1}", "/value", "rule_list"},
        {"{\"fact\": \"health\", \"is\": \"in\", \"value\": []}", "/value", "rule_empty_list"},
        {"{\"fact\": \"health\", \"is\": \"in\", \"value\": [1, {}]}", "/value/1", "rule_value"},
        {"{\"fact\": \"health\", \"is\": \"between\", \"value\": [1]}", "/value", "rule_pair"},
        {"{\"fact\": \"health\", \"is\": \"known\", \"value\": 1}", "/value", "rule_no_value"},
        {"{\"fact\": \"health\", \"is\": \"<\", \"value\": 1, \"vlaue\": 2}", "/vlaue", "rule_member"},
        {"{\"fact\": \"\", \"is\": \"<\", \"value\": 1}", "/fact", "rule_name"},
        {"{\"fact\": \"notice_date\", \"is\": \"within_last\", \"value\": \"soon\"}", "/value", "rule_days"},
        {"{\"fact\": \"notice_date\", \"is\": \"within_last\", \"value\": \"0d\"}", "/value", "rule_window"},
        {"{\"fact\": \"health\", \"changed\": [\"falls_by\", 3]}", "/in", "rule_days"},
        {"{\"fact\": \"health\", \"changed\": [\"falls_by\"], \"in\": \"3d\"}", "/changed", "rule_change"},
        {"{\"fact\": \"health\", \"changed\": [\"fell_from_peak\", 1], \"in\": \"91d\"}", "/in",
         "rule_window"},
        {"{\"did\": {\"page\": \"x\"}, \"in\": \"3d\"}", "/did", "rule_did"},
        {"{\"did\": {\"feature\": \"x\"}, \"in\": \"3d\", \"times\": [\"in\", 3]}", "/times", "rule_count"},
        {"{\"did\": {\"feature\": \"x\"}, \"in\": \"9999d\"}", "/in", "rule_window"},
        {"{\"entered\": \"x\"}", "/in", "rule_days"},
        {"{\"some_contact\": {\"fact\": \"health\", \"is\": \"known\"}, \"at_least\": 0}", "/at_least",
         "rule_at_least"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct problem problem = {.arena = &arena};
        parse_json(bad[i].json, &problem);
        if (problem.fault_count != 1) fail_msg("%s: %zu faults", bad[i].json, problem.fault_count);
        assert_string_equal(problem.faults[0].where.p, bad[i].where);
        assert_string_equal(problem.faults[0].message.code, bad[i].code);
    }
}

static void text_faults_name_line_and_column(void **state) {
    (void)state;
    static const struct {
        const char *text, *code, *line, *column;
    } bad[] = {
        {"", "rule_text_name", "1", "1"},
        {"health", "rule_text_operator", "1", "7"},
        {"health <", "rule_text_value", "1", "9"},
        {"health < 3 or", "rule_text_name", "1", "14"},
        {"health < 3 xor trial = true", "rule_text_rest", "1", "12"},
        {"health < 3\nand (trial = true", "rule_text_expected", "2", "18"},
        {"stage = \"نو", "rule_text_string", "1", "9"},
        {"stage = \"نو\" & x", "rule_text_rest", "1", "14"},
        {"health is good", "rule_text_expected", "1", "11"},
        {"did export three times in 3 days", "rule_text_expected", "1", "12"},
        {"did export at least 3.5 times in 3 days", "rule_text_count", "1", "21"},
        {"health falls by 3 in days", "rule_text_count", "1", "22"},
        {"notice_date within last 5000 days", "rule_window", "3660", NULL},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct problem problem = {.arena = &arena};
        struct rule_node *node;
        assert_int_equal(rule_parse_text(str_of(bad[i].text), &arena, &node, &problem), BAD_INPUT);
        assert_int_equal(problem.fault_count, 1);
        assert_string_equal(problem.faults[0].message.code, bad[i].code);
        assert_string_equal(problem.faults[0].args[0].p, bad[i].line);
        if (bad[i].column) assert_string_equal(problem.faults[0].args[1].p, bad[i].column);
    }
}

static void limits_hold(void **state) {
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < 31; i++)
        buf_put_c(&text, "not ");
    buf_put_c(&text, "health < 3");
    buf_put_byte(&text, 0);
    parse_text(text.p); /* 32 deep */
    struct buf deep = {0};
    buf_format(&deep, "not %s", text.p);
    struct problem problem = {.arena = &arena};
    struct rule_node *node;
    assert_int_equal(rule_parse_text(buf_str(&deep), &arena, &node, &problem), BAD_INPUT);
    assert_string_equal(problem.faults[0].message.code, "rule_too_deep");
    for (int many = 0; many < 2; many++) {
        buf_clear(&text);
        for (int i = 0; i < 499 + many; i++)
            buf_format(&text, "%shealth < %d", i ? " and " : "", i);
        problem = (struct problem){.arena = &arena};
        assert_int_equal(rule_parse_text(buf_str(&text), &arena, &node, &problem), many ? BAD_INPUT : OK);
    }
    assert_string_equal(problem.faults[0].message.code, "rule_too_large");
    for (int many = 0; many < 2; many++) {
        buf_clear(&text);
        buf_put_c(&text, "health in (0");
        for (int i = 1; i < 1000 + many; i++)
            buf_format(&text, ", %d", i);
        buf_put_byte(&text, ')');
        problem = (struct problem){.arena = &arena};
        assert_int_equal(rule_parse_text(buf_str(&text), &arena, &node, &problem), many ? BAD_INPUT : OK);
    }
    buf_free(&text);
    buf_free(&deep);
}

/* ---- types ---- */

static void compile_faults_point_at_their_node(void **state) {
    (void)state;
    static const struct {
        const char *text, *where, *code;
    } bad[] = {
        {"haelth < 3", "/fact", "fact_unknown"},
        {"trial = true and haelth < 3", "/all/1/fact", "fact_unknown"},
        {"health < \"x\"", "/value", "rule_type"},
        {"health < true", "/value", "rule_type"},
        {"health < 30d", "/value", "rule_unit"},
        {"health < 30%", "/value", "rule_unit"},
        {"days_to_renewal < 30%", "/value", "rule_unit"},
        {"health in (1, \"x\")", "/value/1", "rule_type"},
        {"health between 9 and 3", "/value", "rule_between"},
        {"stage < \"x\"", "/is", "rule_operator_type"},
        {"stage = 3", "/value", "rule_type"},
        {"trial > true", "/is", "rule_operator_type"},
        {"health contains \"x\"", "/is", "rule_operator_type"},
        {"health before 2026-01-01", "/is", "rule_operator_type"},
        {"notice_date before 2026-02-30", "/value", "rule_date_value"},
        {"notice_date = 3", "/value", "rule_date_value"},
        {"notice_date on weekday (\"fri\", \"funday\")", "/value/1", "rule_weekday"},
        {"notice_date in fiscal quarter (5)", "/value/0", "rule_quarter"},
        {"stage rises by 3 in 3 days", "/changed", "rule_operator_type"},
        {"health rises by -3 in 3 days", "/changed/1", "rule_change_amount"},
        {"in segment nobody", "/in_segment", "segment_unknown"},
        {"not entered nobody in 3 days", "/not/entered", "segment_unknown"},
        {"at least 1 contact (health < 3)", "/some_contact", "rule_no_contacts"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct problem problem = {.arena = &arena};
        struct rule_needs needs = {0};
        struct rule *rule;
        if (rule_compile(parse_text(bad[i].text), &scope, &needs, &arena, &rule, &problem) != BAD_INPUT)
            fail_msg("%s", bad[i].text);
        assert_int_equal(problem.fault_count, 1);
        assert_string_equal(problem.faults[0].where.p, bad[i].where);
        assert_string_equal(problem.faults[0].message.code, bad[i].code);
    }
    struct problem problem = {.arena = &arena};
    struct rule_needs needs = {0};
    struct rule *rule;
    struct rule_scope bare = scope;
    bare.segment = NULL;
    bare.anonymous = NULL;
    assert_int_equal(rule_compile(parse_text("in segment strategic and did export in 3 days"), &bare, &needs,
                                  &arena, &rule, &problem),
                     BAD_INPUT);
    assert_int_equal(problem.fault_count, 2);
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

static void a_rule_knows_what_it_needs(void **state) {
    (void)state;
    struct rule_needs needs;
    compile("health < 3 and health falls by 10 in 14 days and health > 1 and active_users_28d fell from peak "
            "by 1 in 3 days and "
            "did export at least 3 times by at least 2 people in 30 days and in segment strategic",
            &needs);
    assert_int_equal(needs.n, 9);
    assert_int_equal(needs.v[0].number, 0);
    assert_int_equal(needs.v[0].days_back, 0);
    assert_int_equal(needs.v[1].number, 0);
    assert_int_equal(needs.v[1].days_back, 14);
    assert_int_equal(needs.v[2].number, 7);
    assert_int_equal(needs.v[5].days_back, 3);
    assert_true(str_is(world.facts[needs.v[6].number].key, "events:export:30d"));
    assert_true(str_is(world.facts[needs.v[7].number].key, "users:export:30d"));
    assert_int_equal(needs.v[8].kind, NEED_SEGMENT);
    assert_int_equal(needs.v[8].number, 7);
}

/* ---- truth ---- */

enum { F = TRUTH_FALSE, U = TRUTH_UNKNOWN, T = TRUTH_TRUE };

static void kleene(void **state) {
    (void)state;
    /* Kleene's strong tables, in the order false, unknown, true. */
    static const uint8_t both[3][3] = {{F, F, F}, {F, U, U}, {F, U, T}};
    static const uint8_t either[3][3] = {{F, U, T}, {U, U, T}, {T, T, T}};
    struct rule_needs needs;
    struct column columns[2] = {world_column(&arena, 9), world_column(&arena, 9)};
    for (size_t row = 0; row < 9; row++) {
        if (row / 3 != U) world_set(&columns[0], row, row / 3 == T ? 1 : 5);
        if (row % 3 != U) world_set(&columns[1], row, row % 3 == T);
        if (row == 4) columns[0].state[row] = FACT_NOT_APPLICABLE; /* as unknown */
    }
    uint8_t truth[9];
    rule_evaluate(compile("health < 3 and trial = true", &needs), columns, 0, 9, &arena, truth);
    for (size_t row = 0; row < 9; row++)
        assert_int_equal(truth[row], both[row / 3][row % 3]);
    rule_evaluate(compile("health < 3 or trial = true", &needs), columns, 0, 9, &arena, truth);
    for (size_t row = 0; row < 9; row++)
        assert_int_equal(truth[row], either[row / 3][row % 3]);
    rule_evaluate(compile("not health < 3", &needs), columns, 0, 9, &arena, truth);
    for (size_t row = 0; row < 9; row++)
        assert_int_equal(truth[row], row / 3 == U ? U : row / 3 == T ? F : T);
}

/* One fact, one row, one value. */
static uint8_t truth_of(const char *text, double value, day_t today) {
    struct rule_needs needs;
    struct rule *rule = compile(text, &needs);
    struct column column = world_column(&arena, 1);
    world_set(&column, 0, value);
    uint8_t truth;
    rule_evaluate(rule, &column, today, 1, &arena, &truth);
    return truth;
}

static void numbers_compare(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
        uint8_t truth;
    } cases[] = {
        {"health = 3", 3, T},
        {"health = 3", 4, F},
        {"health != 3", 4, T},
        {"health < 3", 3, F},
        {"health <= 3", 3, T},
        {"health > 3", 3, F},
        {"health >= 3", 3, T},
        {"health between 1 and 3", 3, T},
        {"health between 1 and 3", 1, T},
        {"health between 1 and 3", 3.01, F},
        {"health in (9, 1, 5)", 5, T},
        {"health in (9, 1, 5)", 6, F},
        {"health not in (9, 1)", 6, T},
        {"seat_utilisation_28d < 50%", 0.49, T},
        {"seat_utilisation_28d < 50%", 0.5, F},
        {"growth < 50%", 49, T},
        {"growth < 50%", 51, F},
        {"days_to_renewal <= 2w", 14, T},
        {"days_to_renewal <= 2w", 15, F},
        {"trial = true", 1, T},
        {"trial != true", 1, F},
        {"health is known", 1, T},
        {"health is unknown", 1, F},
        {"health is stale", 1, F},
        {"health is applicable", 1, T},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (truth_of(cases[i].text, cases[i].value, 0) != cases[i].truth)
            fail_msg("%s of %g", cases[i].text, cases[i].value);
}

static void dates_compare(void **state) {
    (void)state;
    enum { DAY = 20484 }; /* 2026-01-31, a Saturday: 20,454 is 2026-01-01 (56 years with 14 leap days) */
    static const struct {
        const char *text;
        int apart; /* today − date; the date is DAY */
        uint8_t truth;
    } cases[] = {
        {"notice_date = 2026-01-31", 0, T},
        {"notice_date before 2026-01-31", 0, F},
        {"notice_date before 2026-02-01", 0, T},
        {"notice_date after 2026-01-30", 0, T},
        {"notice_date after 2026-01-31", 0, F},
        {"notice_date between 2026-01-31 and 2026-02-01", 0, T},
        {"notice_date within last 7 days", 0, T},
        {"notice_date within last 7 days", 7, T},
        {"notice_date within last 7 days", 8, F},
        {"notice_date within last 7 days", -1, F},
        {"notice_date within next 7 days", 0, T},
        {"notice_date within next 7 days", -7, T},
        {"notice_date within next 7 days", -8, F},
        {"notice_date within next 7 days", 1, F},
        {"notice_date more than 7 days ago", 7, F},
        {"notice_date more than 7 days ago", 8, T},
        {"notice_date on weekday (sat)", 0, T},
        {"notice_date on weekday (sun, mon, tue, wed, thu, fri)", 0, F},
        {"notice_date in fiscal quarter (1)", 0, T},
        {"notice_date in fiscal quarter (2, 3, 4)", 0, F},
        {"notice_date in fiscal quarter (\"this\")", 0, T},
        {"notice_date in fiscal quarter (\"this\")", 60, F},
        {"notice_date in fiscal quarter (\"last\")", 60, T},
        {"notice_date in fiscal quarter (\"next\")", -60, T},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (truth_of(cases[i].text, DAY, DAY + cases[i].apart) != cases[i].truth)
            fail_msg("%s, %d", cases[i].text, cases[i].apart);
}

static void states_are_told_apart(void **state) {
    (void)state;
    struct column column = world_column(&arena, 3);
    column.cause[1] = CAUSE_STALE;
    column.state[2] = FACT_NOT_APPLICABLE;
    column.cause[2] = CAUSE_NOT_ENTITLED;
    static const struct {
        const char *text;
        uint8_t truth[3]; /* no source, stale, not applicable */
    } cases[] = {{"health is known", {F, F, F}}, {"health is unknown", {T, T, F}},
                 {"health is stale", {F, T, F}}, {"health is applicable", {T, T, F}},
                 {"health < 3", {U, U, U}},      {"not health in (1)", {U, U, U}}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rule_needs needs;
        uint8_t truth[3];
        struct rule *rule = compile(cases[i].text, &needs);
        rule_evaluate(rule, &column, 0, 3, &arena, truth);
        assert_memory_equal(truth, cases[i].truth, 3);
    }
}

static void texts_compare(void **state) {
    (void)state;
    static const char *const values[] = {"Adopting", "adopting", "كيان پويا"};
    struct column column = world_column(&arena, 3);
    for (size_t i = 0; i < 3; i++)
        world_set(&column, i, dict_put(&world.texts, str_of(values[i]), NULL));
    static const struct {
        const char *text;
        uint8_t truth[3];
    } cases[] = {
        {"stage = \"adopting\"", {F, T, F}},           {"stage != \"adopting\"", {T, F, T}},
        {"stage in (\"Adopting\", \"x\")", {T, F, F}}, {"stage not in (\"Adopting\", \"x\")", {F, T, T}},
        {"stage contains \"DOPT\"", {T, T, F}},        {"stage starts with \"ad\"", {T, T, F}},
        {"stage ends with \"Ing\"", {T, T, F}},        {"stage contains \"کیان\"", {F, F, T}},
        {"stage ends with \"پویا\"", {F, F, T}},       {"stage = \"nobody\"", {F, F, F}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rule_needs needs;
        uint8_t truth[3];
        struct rule *rule = compile(cases[i].text, &needs);
        rule_evaluate(rule, &column, 0, 3, &arena, truth);
        if (memcmp(truth, cases[i].truth, 3)) fail_msg("%s", cases[i].text);
    }
}

static uint8_t change_of(const char *text, const double *then, size_t n, double now) {
    struct rule_needs needs;
    struct rule *rule = compile(text, &needs);
    struct column columns[16];
    assert_int_equal(needs.n, n + 1);
    for (size_t i = 0; i <= n; i++)
        columns[i] = world_column(&arena, 1);
    world_set(&columns[0], 0, now);
    for (size_t i = 0; i < n; i++)
        if (then[i] >= 0) world_set(&columns[i + 1], 0, then[i]);
    uint8_t truth;
    rule_evaluate(rule, columns, 0, 1, &arena, &truth);
    return truth;
}
#define CHANGE(text, now, ...)                                                                               \
    change_of(text, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double),   \
              now)

static void changes(void **state) {
    (void)state;
    assert_int_equal(CHANGE("health falls by 50% in 14 days", 20, 40), T);
    assert_int_equal(CHANGE("health falls by 50% in 14 days", 21, 40), F);
    assert_int_equal(CHANGE("health falls by 50% in 14 days", 21, 0), U); /* no base */
    assert_int_equal(CHANGE("health falls by 50% in 14 days", 21, -1), U);
    assert_int_equal(CHANGE("health falls by 5 in 14 days", 35, 40), T);
    assert_int_equal(CHANGE("health rises by 25% in 14 days", 50, 40), T);
    assert_int_equal(CHANGE("health rises by 10.5 in 14 days", 50, 40), F);
    assert_int_equal(CHANGE("health rises by 10 in 14 days", 10, 0), T);
    assert_int_equal(CHANGE("trial changed to true in 7 days", 1, 0), T);
    assert_int_equal(CHANGE("trial changed to true in 7 days", 1, 1), F);
    assert_int_equal(CHANGE("trial changed to true in 7 days", 0, -1), F); /* false whatever it was */
    assert_int_equal(CHANGE("trial changed to true in 7 days", 1, -1), U);
    assert_int_equal(CHANGE("trial changed from true in 7 days", 0, 1), T);
    assert_int_equal(CHANGE("health fell from peak by 30% in 3 days", 70, 80, 100, 90), T);
    assert_int_equal(CHANGE("health fell from peak by 30% in 3 days", 71, 80, 100, 90), F);
    assert_int_equal(CHANGE("health fell from peak by 30% in 3 days", 71, 80, 100, -1), U);
    assert_int_equal(CHANGE("health fell from peak by 30% in 3 days", 70, 80, 100, -1), T);
    /* texts */
    double renewing = dict_put(&world.texts, STR("renewing"), NULL),
           adopting = dict_put(&world.texts, STR("adopting"), NULL);
    assert_int_equal(CHANGE("stage changed to \"renewing\" in 7 days", renewing, adopting), T);
    assert_int_equal(CHANGE("stage changed from \"renewing\" in 7 days", renewing, adopting), F);
}

static void did(void **state) {
    (void)state;
    struct rule_needs needs;
    struct rule *rule = compile("did export at least 3 times by at least 2 people in 30 days", &needs);
    struct column columns[] = {world_column(&arena, 4), world_column(&arena, 4)};
    static const double times[] = {3, 2, 3, 2}, people[] = {2, 2, -1, -1};
    static const uint8_t expected[] = {T, F, U, F};
    uint8_t truth[4];
    for (size_t i = 0; i < 4; i++) {
        world_set(&columns[0], i, times[i]);
        if (people[i] >= 0) world_set(&columns[1], i, people[i]);
    }
    rule_evaluate(rule, columns, 0, 4, &arena, truth);
    assert_memory_equal(truth, expected, 4);
    assert_int_equal(truth_of("did export in 30 days", 1, 0), T);
    assert_int_equal(truth_of("did export in 30 days", 0, 0), F);
    assert_int_equal(truth_of("did export exactly 0 times in 30 days", 0, 0), T);
    assert_int_equal(truth_of("in segment strategic", 1, 0), T);
    assert_int_equal(truth_of("left strategic in 3 days", 0, 0), F);
}

static void some_contact(void **state) {
    (void)state;
    /* trues ≥ n: true; trues + unknowns < n: false; else unknown */
    static const uint8_t truth[] = {T, F, T, U, F, U, F};
    static const uint32_t offsets[] = {0, 2, 4, 6, 6, 7};
    static const uint8_t one[] = {T, T, U, F, F}, two[] = {F, U, F, F, F};
    struct column column = world_column(&arena, 5);
    for (int n = 1; n <= 2; n++) {
        rule_some_contact(truth, offsets, 5, n, &column);
        for (size_t i = 0; i < 5; i++) {
            uint8_t is = column.state[i] != FACT_KNOWN ? U : column.number[i] != 0 ? T : F;
            assert_int_equal(is, (n == 1 ? one : two)[i]);
        }
    }
    struct rule_scope contacts = world_scope(&world);
    scope.contacts = &contacts;
    struct rule_needs needs;
    struct rule *rule = compile("trial = true and at least 2 contacts (health < 3 and trial = true)", &needs);
    assert_int_equal(needs.n, 2);
    assert_int_equal(needs.v[1].kind, NEED_CONTACTS);
    assert_int_equal(needs.v[1].at_least, 2);
    assert_int_equal(rule_needs_of(needs.v[1].contacts)->n, 2);
    struct column columns[] = {world_column(&arena, 1), world_column(&arena, 1)};
    world_set(&columns[0], 0, 1);
    world_set(&columns[1], 0, 1);
    uint8_t out;
    rule_evaluate(rule, columns, 0, 1, &arena, &out);
    assert_int_equal(out, T);
    struct rule_needs inner = *rule_needs_of(needs.v[1].contacts);
    assert_int_equal(inner.v[0].number, 0);
    rule_evaluate(needs.v[1].contacts, columns, 0, 1, &arena, &out);
    assert_int_equal(out, T);
    scope.contacts = NULL;
}

static day_t flip_of(const char *text, day_t date, day_t today) {
    struct rule_needs needs;
    struct rule *rule = compile(text, &needs);
    struct column column = world_column(&arena, 1);
    world_set(&column, 0, date);
    return rule_next_flip(rule, &column, 0, today);
}

static void dates_flip(void **state) {
    (void)state;
    enum { DAY = 20484 }; /* 2026-01-31 */
    assert_int_equal(flip_of("notice_date within next 7 days", DAY, DAY - 30), DAY - 7);
    assert_int_equal(flip_of("notice_date within next 7 days", DAY, DAY - 7), DAY + 1);
    assert_int_equal(flip_of("notice_date within next 7 days", DAY, DAY + 1), INT32_MAX);
    assert_int_equal(flip_of("not notice_date within last 7 days", DAY, DAY - 1), DAY);
    assert_int_equal(flip_of("notice_date within last 7 days", DAY, DAY), DAY + 8);
    assert_int_equal(flip_of("notice_date more than 7 days ago", DAY, DAY), DAY + 8);
    assert_int_equal(flip_of("notice_date before 2030-01-01", DAY, DAY), INT32_MAX);
    assert_int_equal(flip_of("notice_date in fiscal quarter (\"this\")", DAY, DAY),
                     20454 + 90); /* 2026-04-01 */
    assert_int_equal(flip_of("notice_date in fiscal quarter (\"next\")", DAY, DAY - 200),
                     20454 - 92); /* 2025-10-01 */
    assert_int_equal(
        flip_of("notice_date within next 90 days or notice_date within next 7 days", DAY, DAY - 100),
        DAY - 90);
    assert_int_equal(
        flip_of("notice_date within next 90 days or notice_date within next 7 days", DAY, DAY - 50), DAY - 7);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(text_and_json_say_the_same),
        TEST(json_reads_as_documented),
        TEST(json_faults_point_at_their_node),
        TEST(text_faults_name_line_and_column),
        TEST(limits_hold),
        TEST(compile_faults_point_at_their_node),
        TEST(a_rule_knows_what_it_needs),
        TEST(kleene),
        TEST(numbers_compare),
        TEST(dates_compare),
        TEST(states_are_told_apart),
        TEST(texts_compare),
        TEST(changes),
        TEST(did),
        TEST(some_contact),
        TEST(dates_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
