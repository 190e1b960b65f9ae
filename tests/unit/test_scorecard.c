/* Scorecards: figures worked out by hand, faults with their place, and sums that must hold for any card. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "insight/scorecard.h"
#include "rule_world.h"

#include <math.h>
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

static struct scorecard *parse(struct str text, struct problem *problem) {
    struct json json;
    struct scorecard *card = NULL;
    assert_int_equal(json_parse(text, &arena, &json, problem), OK);
    enum status status = scorecard_parse(&json, (struct str){0}, &scope, &arena, &card, problem);
    assert_int_equal(status, problem->fault_count ? BAD_INPUT : OK);
    return card;
}

static struct scorecard *card_of(const char *text) {
    struct problem problem = {.arena = &arena};
    struct scorecard *card = parse(str_of(text), &problem);
    if (!card) {
        struct buf out = {0};
        problem_print(&problem, ENGLISH, &out);
        fail_msg("%.*s", STR_ARG(buf_str(&out)));
    }
    return card;
}

#define BANDS                                                                                                \
    "\"bands\": [{\"key\": \"at_risk\", \"below\": 40}, {\"key\": \"watch\", \"below\": 70}, {\"key\": "     \
    "\"healthy\"}]"
#define GROUPS(missing)                                                                                      \
    "\"groups\": [{\"key\": \"adoption\", \"weight\": 50, \"measures\": ["                                   \
    "{\"fact\": \"seat_utilisation_28d\", \"weight\": 60, \"points\": {\"bands\": [[0, 0], [0.5, 50], "      \
    "[0.8, 100]]}, "                                                                                         \
    "\"missing\": \"reweigh\"},"                                                                             \
    "{\"fact\": \"active_users_28d\", \"weight\": 40, \"points\": {\"linear\": [[0, 0], [16, 100]]}, "       \
    "\"missing\": \"carry\", \"carry_days\": 14}]},"                                                         \
    "{\"key\": \"growth\", \"weight\": 50, \"measures\": [{\"fact\": \"growth\", \"weight\": 7, "            \
    "\"points\": {\"linear\": [[0, 0], [100, 100]]}, \"missing\": \"" missing "\"}]}]"
#define CARD(missing, more) "{\"key\": \"c\", " BANDS ", " GROUPS(missing) more "}"

/* One row: the values of seat_utilisation_28d, active_users_28d, growth. NONE: unknown; NA: not applicable.
 */
#define NONE -1e9
#define NA   -2e9
static const struct column *columns_of(const struct scorecard *card, size_t rows) {
    struct column *columns = arena_array(&arena, card->needs.n, sizeof *columns);
    for (size_t i = 0; i < card->needs.n; i++)
        columns[i] = world_column(&arena, rows);
    return columns;
}

static void put(const struct scorecard *card, const struct column *columns, const char *fact, double value) {
    uint32_t number = world_find(&world, str_of(fact));
    for (size_t i = 0; i < card->needs.n; i++) {
        struct column column = columns[i];
        if (card->needs.v[i].number != number) continue;
        if (value == NA)
            column.state[0] = FACT_NOT_APPLICABLE;
        else if (value != NONE)
            world_set(&column, 0, value);
    }
}

/* Judges the row in both ways, which must agree, and checks that contributions sum to the score. */
static struct scorecard_result judge(const struct scorecard *card, const struct scorecard_input *input,
                                     size_t row, size_t rows) {
    struct scorecard_result result;
    scorecard_explain(card, input, row, &arena, &result);
    struct scorecard_output out = {arena_array(&arena, rows, sizeof(double)), arena_alloc(&arena, rows),
                                   arena_array(&arena, rows, sizeof(double))};
    scorecard_evaluate(card, input, rows, &arena, &out);
    assert_int_equal(result.has_score, !isnan(out.score[row]));
    if (result.has_score) assert_true(fabs(result.score - out.score[row]) < 1e-9);
    assert_true(fabs(result.coverage - out.coverage[row]) < 1e-9);
    assert_int_equal(result.band, out.band[row]);
    double sum = 0;
    for (size_t m = 0; m < card->measure_count; m++)
        sum += result.measures[m].contribution;
    assert_true(fabs(sum - result.measured) < 1e-9);
    for (size_t e = 0; e < card->exception_count; e++)
        sum += result.exceptions[e].contribution;
    sum += result.override_contribution + result.clamp_contribution;
    assert_true(fabs(sum - (result.has_score ? result.score : 0)) < 1e-9);
    return result;
}

static struct scorecard_result judge_values(const char *text, double seats, double users, double growth) {
    struct scorecard *card = card_of(text);
    const struct column *columns = columns_of(card, 1);
    put(card, columns, "seat_utilisation_28d", seats);
    put(card, columns, "active_users_28d", users);
    put(card, columns, "growth", growth);
    struct scorecard_input input = {.columns = columns};
    return judge(card, &input, 0, 1);
}

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void everything_known(void **state) {
    (void)state;
    struct scorecard_result r = judge_values(CARD("reweigh", ""), 0.5, 8, 20);
    NEAR(r.measures[0].contribution, 15); /* ½ × 0.6 × 50 */
    NEAR(r.measures[1].contribution, 10); /* ½ × 0.4 × 50 */
    NEAR(r.measures[2].contribution, 10); /* ½ × 20 */
    NEAR(r.score, 35);
    NEAR(r.coverage, 1);
    assert_int_equal(r.band, 0);
}

static void edges_belong_to_the_higher_band(void **state) {
    (void)state;
    static const double cases[][2] = {{0.8, 100}, {0.7999, 50}, {0.5, 50}, {0.4999, 0}, {-1, 0}, {9, 100}};
    for (size_t i = 0; i < COUNT(cases); i++)
        NEAR(judge_values(CARD("reweigh", ""), cases[i][0], NONE, NONE).measures[0].points, cases[i][1]);
    static const double linear[][2] = {{-3, 0},   {0, 0},          {4, 25},       {16, 100},
                                       {99, 100}, {INFINITY, 100}, {-INFINITY, 0}};
    for (size_t i = 0; i < COUNT(linear); i++)
        NEAR(judge_values(CARD("reweigh", ""), NONE, linear[i][0], NONE).measures[1].points, linear[i][1]);
    assert_int_equal(judge_values(CARD("reweigh", ""), 0.8, 16, 40).band,
                     2); /* 50 + 20 = 70 is healthy, not watch */
    assert_int_equal(judge_values(CARD("reweigh", ""), NONE, NONE, 40).band, 1);
}

static void missing_values(void **state) {
    (void)state;
    struct scorecard_result r = judge_values(CARD("reweigh", ""), NONE, 16, 20);
    NEAR(r.score, 60); /* users alone stand for their group: ½ × 100 + ½ × 20 */
    NEAR(r.coverage, 0.7);
    r = judge_values(CARD("reweigh", ""), NA, 16, 20);
    NEAR(r.score, 60);
    NEAR(r.coverage, 1);
    r = judge_values(CARD("reweigh", ""), 0.5, 8, NONE); /* a group with nothing */
    NEAR(r.score, 50);
    NEAR(r.coverage, 0.5);
    assert_int_equal(r.band, 1); /* exactly the minimum of ½ is enough */
    r = judge_values(CARD("zero", ""), 0.5, 8, NONE);
    NEAR(r.score, 25);
    NEAR(r.coverage, 0.5);
    r = judge_values(CARD("neutral", ""), 0.5, 8, NONE);
    NEAR(r.score, 50); /* 25 + ½ × 50 */
    NEAR(r.coverage, 0.5);
    r = judge_values(CARD("zero", ""), 0.5, 8, NA);
    NEAR(r.score, 50);
    NEAR(r.coverage, 1);
    r = judge_values(CARD("reweigh", ""), NONE, 16, NONE); /* coverage 0.2: a score, but no band */
    NEAR(r.score, 100);
    NEAR(r.coverage, 0.2);
    assert_int_equal(r.band, BAND_UNKNOWN);
    r = judge_values(CARD("neutral", ""), NONE, NONE, NONE);
    assert_false(r.has_score);
    assert_int_equal(r.band, BAND_UNKNOWN);
    NEAR(r.coverage, 0);
    assert_false(judge_values(CARD("neutral", ", \"minimum_coverage\": 0"), NA, NA, NA).has_score);
}

static void carried_values(void **state) {
    (void)state;
    struct scorecard *card = card_of(CARD("reweigh", ""));
    const struct column *columns = columns_of(card, 1);
    put(card, columns, "seat_utilisation_28d", 0.5);
    put(card, columns, "growth", 20);
    struct column carried[3] = {{0}, world_column(&arena, 1), {0}};
    world_set(&carried[1], 0, 16);
    struct scorecard_input input = {.columns = columns, .carried = carried};
    carried[1].age_days[0] = 14;
    struct scorecard_result r = judge(card, &input, 0, 1);
    NEAR(r.score, 45); /* ½ × (0.6 × 50 + 0.4 × 100) + 10 */
    NEAR(r.coverage, 1);
    assert_int_equal(r.measures[1].counted, COUNTED_CARRIED);
    carried[1].age_days[0] = 15;
    r = judge(card, &input, 0, 1);
    NEAR(r.score, 35);
    NEAR(r.coverage, 0.8);
    assert_int_equal(r.measures[1].counted, LEFT_OUT);
}

#define WHEN(value) "{\"when\": {\"fact\": \"growth\", \"is\": \">=\", \"value\": " value "}, "
#define REASON      "\"reason\": {\"en\": \"r\", \"fa\": \"د\"}}"
static void exceptions_in_order(void **state) {
    (void)state;
    struct scorecard_result r = judge_values(
        CARD("reweigh", ", \"exceptions\": [" WHEN("20") "\"floor\": 50, " REASON ", " WHEN(
                            "21") "\"set\": 1, " REASON ", " WHEN("20") "\"cap\": 45, " REASON "]"),
        0.5, 8, 20);
    NEAR(r.exceptions[0].contribution, 15);
    assert_int_equal(r.exceptions[1].truth, TRUTH_FALSE);
    NEAR(r.exceptions[1].contribution, 0);
    NEAR(r.exceptions[2].contribution, -5);
    NEAR(r.score, 45);
    /* unknown does not hold */
    r = judge_values(CARD("reweigh", ", \"exceptions\": [" WHEN("20") "\"cap\": 10, " REASON "]"), 0.5, 8,
                     NONE);
    assert_int_equal(r.exceptions[0].truth, TRUTH_UNKNOWN);
    NEAR(r.score, 50);
    /* a set decides the band where coverage does not reach, and the score where nothing is known; a floor
     * does neither */
    static const char set[] =
        CARD("reweigh",
             ", \"exceptions\": [{\"when\": {\"fact\": \"health\", \"is\": \"unknown\"}, \"set\": 20, " REASON
             "]");
    r = judge_values(set, NONE, 16, NONE);
    NEAR(r.score, 20);
    NEAR(r.exceptions[0].contribution, -80);
    assert_int_equal(r.band, 0);
    r = judge_values(set, NONE, NONE, NONE);
    NEAR(r.score, 20);
    NEAR(r.exceptions[0].contribution, 20);
    static const char floor[] = CARD(
        "reweigh",
        ", \"exceptions\": [{\"when\": {\"fact\": \"health\", \"is\": \"unknown\"}, \"floor\": 20, " REASON
        "]");
    assert_false(judge_values(floor, NONE, NONE, NONE).has_score);
    assert_int_equal(judge_values(floor, NONE, 1, NONE).band, BAND_UNKNOWN);
}

static void overrides(void **state) {
    (void)state;
    struct scorecard *card =
        card_of(CARD("reweigh", ", \"exceptions\": [" WHEN("20") "\"cap\": 30, " REASON "]"));
    const struct column *columns = columns_of(card, 1);
    put(card, columns, "seat_utilisation_28d", 0.5);
    put(card, columns, "active_users_28d", 8);
    put(card, columns, "growth", 20);
    double override = 80;
    struct scorecard_input input = {.columns = columns, .overrides = &override};
    struct scorecard_result r = judge(card, &input, 0, 1);
    NEAR(r.score, 80);
    NEAR(r.override_contribution, 50);
    assert_int_equal(r.band, 2);
    override = 120;
    r = judge(card, &input, 0, 1);
    NEAR(r.score, 100);
    NEAR(r.override_contribution, 90);
    NEAR(r.clamp_contribution, -20);
    override = NAN;
    NEAR(judge(card, &input, 0, 1).score, 30);
    input.columns = columns_of(card, 1);
    override = 55;
    r = judge(card, &input, 0, 1);
    NEAR(r.score, 55);
    assert_int_equal(r.band, 1);
}

static void percentiles_are_mid_ranks(void **state) {
    (void)state;
    struct scorecard *card =
        card_of("{\"key\": \"c\", " BANDS ", \"groups\": [{\"key\": \"g\", \"weight\": 1, \"measures\": ["
                "{\"fact\": \"growth\", \"weight\": 1, \"points\": {\"percentile\": {}}},"
                "{\"key\": \"low\", \"fact\": \"growth\", \"weight\": 1, \"points\": {\"percentile\": "
                "{\"better\": \"lower\"}}}"
                "]}]}");
    struct column column = world_column(&arena, 7);
    static const double values[] = {2, 4, 1, 2, 0, 9, 3};
    static const uint8_t mask[] = {1, 1, 1, 1, 0, 0, 0}, nobody[7] = {0};
    for (size_t i = 0; i < 7; i++)
        world_set(&column, i, values[i]);
    column.state[6] = FACT_UNKNOWN;
    const uint8_t *masks[] = {mask, mask};
    struct scorecard_input input = {.columns = &column,
                                    .peers = scorecard_peers(card, &column, masks, 7, &arena)};
    /* peers 1, 2, 2, 4: (below + half of the equal ones) ÷ 4 */
    static const double expected[] = {50, 87.5, 12.5, 50, 0, 100};
    for (size_t i = 0; i < 6; i++) {
        struct scorecard_result r = judge(card, &input, i, 7);
        NEAR(r.measures[0].points, expected[i]);
        NEAR(r.measures[1].points, 100 - expected[i]);
        NEAR(r.score, 50);
    }
    masks[0] = masks[1] = nobody;
    input.peers = scorecard_peers(card, &column, masks, 7, &arena);
    assert_false(judge(card, &input, 0, 7).has_score); /* nobody to compare with */
}

static void faults_point_at_their_place(void **state) {
    (void)state;
    static const char good[] = CARD("reweigh", ", \"exceptions\": [" WHEN("20") "\"cap\": 10, " REASON "]");
    card_of(good);
    static const struct {
        const char *from, *to, *where, *code;
    } bad[] = {
        {"\"weight\": 60", "\"weight\": 0", "/groups/0/measures/0/weight", "weight_positive"},
        {"\"weight\": 60", "\"weight\": -1", "/groups/0/measures/0/weight", "weight_positive"},
        {"\"weight\": 60", "\"weight\": \"NaN\"", "/groups/0/measures/0/weight", "weight_positive"},
        {"\"weight\": 60, ", "", "/groups/0/measures/0", "member_missing"},
        {"\"weight\": 50", "\"weight\": null", "/groups/0/weight", "weight_positive"},
        {"\"seat_utilisation_28d\"", "\"seats_used\"", "/groups/0/measures/0/fact", "fact_unknown"},
        {"\"seat_utilisation_28d\"", "\"stage\"", "/groups/0/measures/0/fact", "measure_type"},
        {"\"seat_utilisation_28d\"", "\"active_users_28d\"", "/groups/0/measures/1/fact", "key_twice"},
        {"[0.5, 50]", "[0.5, 101]", "/groups/0/measures/0/points/bands/1/1", "number_range"},
        {"[0.5, 50]", "[0.9, 50]", "/groups/0/measures/0/points/bands/2/0", "points_ascend"},
        {"[0.5, 50]", "[0.5]", "/groups/0/measures/0/points/bands/1", "points_step"},
        {"\"bands\": [[0, 0]", "\"curve\": [[0, 0]", "/groups/0/measures/0/points", "points_kind"},
        {"[[0, 0], [16, 100]]", "[[0, 0]]", "/groups/0/measures/1/points/linear", "list_length"},
        {", \"carry_days\": 14", "", "/groups/0/measures/1", "carry_days"},
        {"\"carry_days\": 14", "\"carry_days\": 0", "/groups/0/measures/1/carry_days", "number_range"},
        {"\"missing\": \"reweigh\"}]}", "\"missing\": \"guess\"}]}", "/groups/1/measures/0/missing",
         "missing_rule"},
        {"\"below\": 70", "\"below\": 30", "/bands/1/below", "bands_ascend"},
        {", \"below\": 70", "", "/bands/1", "member_missing"},
        {"{\"key\": \"healthy\"}", "{\"key\": \"healthy\", \"below\": 90}", "/bands/2/below", "band_last"},
        {"\"healthy\"", "\"watch\"", "/bands/2/key", "key_twice"},
        {"\"healthy\"", "\"unknown\"", "/bands/2/key", "band_unknown"},
        {"\"key\": \"growth\"", "\"key\": \"adoption\"", "/groups/1/key", "key_twice"},
        {", \"fa\": \"د\"", "", "/exceptions/0/reason", "both_languages"},
        {"\"cap\": 10", "\"cap\": 110", "/exceptions/0/cap", "number_range"},
        {"\"cap\": 10", "\"cap\": 10, \"set\": 3", "/exceptions/0", "exception_kind"},
        {"\"is\": \">=\"", "\"is\": \"contains\"", "/exceptions/0/when/is", "rule_operator_type"},
        {"\"key\": \"c\"", "\"key\": \"c\", \"colour\": 3", "/colour", "member_unknown"},
        {"\"key\": \"c\"", "\"key\": \"c\", \"minimum_coverage\": 2", "/minimum_coverage", "number_range"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *at = strstr(good, bad[i].from);
        assert_non_null(at);
        struct str text =
            str_format(&arena, "%.*s%s%s", (int)(at - good), good, bad[i].to, at + strlen(bad[i].from));
        struct problem problem = {.arena = &arena};
        parse(text, &problem);
        if (problem.fault_count != 1 || strcmp(problem.faults[0].where.p, bad[i].where) != 0)
            fail_msg("%s → %s: %zu faults, at %s", bad[i].from, bad[i].to, problem.fault_count,
                     problem.fault_count ? problem.faults[0].where.p : "");
        assert_string_equal(problem.faults[0].message.code, bad[i].code);
    }
    struct problem problem = {.arena = &arena};
    parse(STR("{\"key\": \"c\", " BANDS ", \"groups\": []}"), &problem);
    assert_string_equal(problem.faults[0].where.p, "/groups");
    problem = (struct problem){.arena = &arena};
    parse(STR("{\"key\": \"c\", " BANDS ", \"groups\": [{\"key\": \"g\", \"weight\": 1, \"measures\": []}]}"),
          &problem);
    assert_string_equal(problem.faults[0].where.p, "/groups/0/measures");
}

static const char *written(const struct scorecard *card) {
    struct buf out = {0};
    struct json_writer w = {&out, false};
    scorecard_write(card, &w);
    const char *text = str_c(&arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static void written_cards_read_back(void **state) {
    (void)state;
    static const char *const more[] = {
        "",
        ", \"version\": 7, \"title\": {\"en\": \"C\", \"fa\": \"ک\"}, \"applies_to\": {\"fact\": \"stage\", "
        "\"is\": \"=\", \"value\": \"adopting\"}",
        ", \"exceptions\": [" WHEN("20") "\"cap\": 10.25, " REASON "]"};
    for (size_t i = 0; i < COUNT(more); i++) {
        struct scorecard *card =
            card_of(str_format(&arena, "{\"key\": \"c\", " BANDS ", " GROUPS("neutral") "%s}", more[i]).p);
        const char *text = written(card);
        struct scorecard *again = card_of(text);
        assert_string_equal(written(again), text);
        assert_int_equal(again->version, i == 1 ? 7 : 0);
        assert_int_equal(again->measure_count, 3);
        assert_int_equal(again->measures[1].carry_days, 14);
        assert_int_equal(again->needs.n, i == 1 ? 4 : 3);
    }
}

static void cards_are_chosen_in_order(void **state) {
    (void)state;
    const struct scorecard *cards[] = {
        card_of(
            "{\"key\": \"a\", \"applies_to\": {\"fact\": \"growth\", \"is\": \">\", \"value\": 10}, " BANDS
            ", " GROUPS("zero") "}"),
        card_of(CARD("zero", "")),
        card_of("{\"key\": \"b\", \"applies_to\": {\"fact\": \"growth\", \"is\": \">\", \"value\": 5}, " BANDS
                ", " GROUPS("zero") "}"),
    };
    const struct column *columns[3];
    static const double growth[] = {20, 7, 1, NONE};
    static const int32_t expected[] = {0, 2, 1, 1}; /* what cannot be judged gets the default */
    for (size_t c = 0; c < 3; c++) {
        columns[c] = columns_of(cards[c], 4);
        uint32_t number = world_find(&world, STR("growth"));
        for (size_t i = 0; i < cards[c]->needs.n; i++)
            for (size_t row = 0; row < 4 && cards[c]->needs.v[i].number == number; row++) {
                struct column column = columns[c][i];
                if (growth[row] != NONE) world_set(&column, row, growth[row]);
            }
    }
    int32_t chosen[4];
    scorecard_choose(cards, columns, 3, 0, 4, &arena, chosen);
    assert_memory_equal(chosen, expected, sizeof expected);
    scorecard_choose(cards, columns, 1, 0, 4, &arena, chosen);
    assert_int_equal(chosen[2], -1);
}

/* ---- waterfall ---- */

static void waterfall_by_hand(void **state) {
    (void)state;
    struct scorecard_result before = judge_values(CARD("reweigh", ""), 0.5, 8, 20);
    struct scorecard_result after = judge_values(
        CARD("reweigh", ", \"exceptions\": [" WHEN("40") "\"cap\": 60, " REASON "]"), 0.8, NONE, 40);
    struct waterfall w;
    scorecard_waterfall(&before, NULL, &after, NULL, &arena, &w);
    static const struct {
        enum waterfall_step step;
        const char *key;
        double difference, before, after;
    } expected[] = {
        {STEP_VALUE, "seat_utilisation_28d", 15, 0.5, 0.8}, /* 0.3 × (100 − 50) */
        {STEP_VALUE, "growth", 10, 20, 40},                 /* 0.5 × (40 − 20) */
        {STEP_DATA, "active_users_28d", 10, 8, NAN},        /* 60 with it, 70 without */
        {STEP_EXCEPTION, "exception_1", -10, 0, -10},
    };
    assert_int_equal(w.n, COUNT(expected));
    for (size_t i = 0; i < w.n; i++) {
        assert_int_equal(w.parts[i].step, expected[i].step);
        assert_true(str_is(w.parts[i].key, expected[i].key));
        NEAR(w.parts[i].difference, expected[i].difference);
        NEAR(w.parts[i].before, expected[i].before);
        assert_true(isnan(expected[i].after) ? isnan(w.parts[i].after)
                                             : fabs(w.parts[i].after - expected[i].after) < 1e-9);
    }
    NEAR(w.difference, 25);
    /* Another version, with growth alone: what the weights alone did. */
    struct scorecard_result other = judge_values(
        "{\"key\": \"c\", \"version\": 2, " BANDS
        ", \"groups\": [{\"key\": \"g\", \"weight\": 1, \"measures\": "
        "[{\"fact\": \"growth\", \"weight\": 1, \"points\": {\"linear\": [[0, 0], [100, 100]]}}]}]}",
        NONE, NONE, 20);
    scorecard_waterfall(&before, NULL, &other, NULL, &arena, &w);
    assert_int_equal(w.n, 2 + 1);
    for (size_t i = 0; i < w.n; i++)
        assert_int_equal(w.parts[i].step, STEP_SCORECARD);
    NEAR(w.parts[0].difference, -15);
    NEAR(w.parts[1].difference, -10);
    NEAR(w.parts[2].difference, 10); /* 20 instead of 10 */
}

static void waterfall_keeps_peers_apart(void **state) {
    (void)state;
    struct scorecard *card =
        card_of("{\"key\": \"c\", " BANDS ", \"groups\": [{\"key\": \"g\", \"weight\": 1, \"measures\": ["
                "{\"fact\": \"growth\", \"weight\": 1, \"points\": {\"percentile\": {}}}]}]}");
    static const double values[2][4] = {
        {1, 2, 3, 4}, {3, 4, 5, 6}}; /* row 0 rose from 1 to 3, and so did its peers by as much */
    struct scorecard_result result[2];
    struct scorecard_input input[2];
    for (int k = 0; k < 2; k++) {
        struct column *column = arena_alloc(&arena, sizeof *column);
        *column = world_column(&arena, 4);
        for (size_t i = 0; i < 4; i++)
            world_set(column, i, values[k][i]);
        input[k] = (struct scorecard_input){.columns = column,
                                            .peers = scorecard_peers(card, column, NULL, 4, &arena)};
        result[k] = judge(card, &input[k], 0, 4);
    }
    struct waterfall w;
    scorecard_waterfall(&result[0], input[0].peers, &result[1], input[1].peers, &arena, &w);
    assert_int_equal(w.n, 2);
    assert_int_equal(w.parts[0].step, STEP_VALUE);
    NEAR(w.parts[0].difference, 50); /* 12.5 → 62.5 among the old peers */
    assert_int_equal(w.parts[1].step, STEP_PEERS);
    NEAR(w.parts[1].difference, -50);
    NEAR(w.difference, 0);
}

static void rounding(void **state) {
    (void)state;
    double out[4];
    scorecard_round((const double[]){33.4, 33.4, 33.2}, 3, 0, out);
    NEAR(out[0], 34); /* 100 in all: the first of the two largest remainders goes up */
    NEAR(out[1], 33);
    NEAR(out[2], 33);
    scorecard_round((const double[]){-4.6, 10.3, 0.3, 0}, 4, 0, out);
    NEAR(out[0], -4); /* 6 in all; floors are −5, 10, 0, 0; remainders .4, .3, .3, 0 */
    NEAR(out[1], 10);
    NEAR(out[2], 0);
    NEAR(out[3], 0);
}

/* ---- any card ---- */

static uint64_t random_state;
static uint64_t next_random(void) { /* xorshift64* */
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717ull;
}
static double real(double low, double high) {
    return low + (high - low) * (double)(next_random() >> 11) / 9007199254740992.0;
}
static int below_n(int n) {
    return (int)(next_random() >> 33) % n;
}

enum { RANDOM_FACTS = 12 };
static const char *random_card(int number) {
    struct buf b = {0};
    buf_format(&b, "{\"key\": \"c%d\", \"minimum_coverage\": %g, " BANDS ", \"groups\": [", number,
               real(0, 1));
    uint32_t used = 0;
    int groups = 1 + below_n(4);
    for (int g = 0; g < groups; g++) {
        buf_format(&b, "%s{\"key\": \"g%d\", \"weight\": %.17g, \"measures\": [", g ? "," : "", g,
                   real(0.1, 100));
        bool first = true;
        for (int i = 0; i < 5; i++) {
            int fact = below_n(RANDOM_FACTS);
            while (used >> fact & 1)
                fact = (fact + 1) % RANDOM_FACTS;
            if (!first && (below_n(2) || __builtin_popcount(used) > RANDOM_FACTS - 5)) break;
            used |= 1u << fact;
            buf_format(&b, "%s{\"fact\": \"f%d\", \"weight\": %.17g, \"points\": {", first ? "" : ",", fact,
                       real(0.1, 100));
            first = false;
            int kind = below_n(3);
            if (kind == 2)
                buf_put_c(&b, "\"percentile\": {}");
            else {
                double x = real(-10, 0);
                buf_format(&b, "\"%s\": [", kind ? "linear" : "bands");
                int steps = 2 + below_n(5);
                for (int s = 0; s < steps; s++, x += real(0.1, 5))
                    buf_format(&b, "%s[%.17g, %.17g]", s ? "," : "", x, real(0, 100));
                buf_put_byte(&b, ']');
            }
            static const char *const missing[] = {"reweigh", "zero", "neutral", "carry"};
            int rule = below_n(4);
            buf_format(&b, "}, \"missing\": \"%s\"", missing[rule]);
            if (rule == 3) buf_format(&b, ", \"carry_days\": %d", 1 + below_n(30));
            buf_put_byte(&b, '}');
        }
        buf_put_c(&b, "]}");
    }
    buf_put_c(&b, "], \"exceptions\": [");
    int exceptions = below_n(4);
    static const char *const kinds[] = {"set", "cap", "floor"};
    for (int e = 0; e < exceptions; e++)
        buf_format(&b,
                   "%s{\"key\": \"e%d\", \"when\": {\"fact\": \"f%d\", \"is\": \"<\", \"value\": %g}, "
                   "\"%s\": %.17g, " REASON,
                   e ? "," : "", below_n(2) * 10 + e, below_n(RANDOM_FACTS), real(-10, 15), kinds[below_n(3)],
                   real(0, 100));
    buf_put_c(&b, "]}");
    const char *text = str_c(&arena, buf_str(&b));
    buf_free(&b);
    return text;
}

enum { ROWS = 7 };
static struct scorecard_input random_input(const struct scorecard *card, const struct column *facts,
                                           const struct column *carried) {
    struct column *columns = arena_array(&arena, card->needs.n, sizeof *columns);
    for (size_t i = 0; i < card->needs.n; i++)
        columns[i] = facts[card->needs.v[i].number];
    struct column *memory = arena_array(&arena, card->measure_count, sizeof *memory);
    for (size_t m = 0; m < card->measure_count; m++)
        memory[m] = carried[card->needs.v[card->measures[m].need].number];
    double *overrides = arena_array(&arena, ROWS, sizeof *overrides);
    for (size_t i = 0; i < ROWS; i++)
        overrides[i] = below_n(5) ? NAN : real(-20, 120);
    return (struct scorecard_input){.columns = columns,
                                    .carried = memory,
                                    .overrides = overrides,
                                    .peers = scorecard_peers(card, columns, NULL, ROWS, &arena)};
}

static void random_facts(struct column *facts, struct column *carried) {
    for (size_t f = 0; f < RANDOM_FACTS; f++) {
        facts[f] = world_column(&arena, ROWS);
        carried[f] = world_column(&arena, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            int kind = below_n(5);
            if (kind > 1)
                world_set(&facts[f], i, real(-12, 20));
            else if (kind)
                facts[f].state[i] = FACT_NOT_APPLICABLE;
            if (!below_n(2)) world_set(&carried[f], i, real(-12, 20)), carried[f].age_days[i] = below_n(40);
        }
    }
}

static void sums_hold_for_any_card(void **state) {
    (void)state;
    random_state = 20260131;
    world.n = 0;
    for (int f = 0; f < RANDOM_FACTS; f++)
        world_add(&world, str_format(&world.arena, "f%d", f).p, VALUE_NUMBER, "");
    size_t steps[STEP_CLAMP + 1] = {0}, scored = 0;
    for (int round = 0; round < 1000; round++) {
        struct scorecard *cards[2];
        cards[0] = card_of(random_card(0));
        cards[1] = round % 2 ? card_of(random_card(1)) : cards[0];
        struct scorecard_input input[2];
        for (int k = 0; k < 2; k++) {
            struct column facts[RANDOM_FACTS], carried[RANDOM_FACTS];
            random_facts(facts, carried);
            input[k] = random_input(cards[k], facts, carried);
        }
        for (size_t row = 0; row < ROWS; row++) {
            struct scorecard_result result[2];
            for (int k = 0; k < 2; k++)
                result[k] = judge(cards[k], &input[k], row, ROWS);
            scored += result[0].has_score;
            struct waterfall w;
            scorecard_waterfall(&result[0], input[0].peers, &result[1], input[1].peers, &arena, &w);
            double sum = 0;
            for (size_t i = 0; i < w.n; i++) {
                sum += w.parts[i].difference;
                steps[w.parts[i].step]++;
                if (i)
                    assert_true(w.parts[i].step +
                                    (w.parts[i].step == STEP_VALUE && w.parts[i - 1].step == STEP_PEERS) >=
                                w.parts[i - 1].step);
                if (cards[0] == cards[1]) assert_int_not_equal(w.parts[i].step, STEP_SCORECARD);
            }
            NEAR(sum, w.difference);
            NEAR(w.difference,
                 (result[1].has_score ? result[1].score : 0) - (result[0].has_score ? result[0].score : 0));
            double parts[64], rounded[64], total = 0, rounded_total = 0;
            for (size_t m = 0; m < cards[0]->measure_count; m++)
                parts[m] = result[0].measures[m].contribution, total += parts[m];
            scorecard_round(parts, cards[0]->measure_count, 1, rounded);
            for (size_t m = 0; m < cards[0]->measure_count; m++) {
                rounded_total += rounded[m];
                assert_true(fabs(rounded[m] - parts[m]) < 0.1 + 1e-9);
            }
            assert_true(fabs(rounded_total - total) <= 0.05 + 1e-9);
        }
        if (round % 50 == 49) arena_reset(&arena);
    }
    assert_true(scored > 5000);
    for (size_t s = 0; s <= STEP_CLAMP; s++)
        assert_true(steps[s] > 100); /* every step was met */
}

/* ---- templates ---- */

static void templates_are_sound(void **state) {
    (void)state;
    static const char *const numbers[] = {"tenure_days",
                                          "arr",
                                          "active_users_7d",
                                          "active_users_90d",
                                          "events_7d",
                                          "events_28d",
                                          "events_90d",
                                          "active_days_28d",
                                          "active_days_90d",
                                          "days_since_last_use",
                                          "breadth_28d",
                                          "breadth_90d",
                                          "events_change_28d",
                                          "events_change_90d",
                                          "active_users_change_28d",
                                          "active_users_change_90d",
                                          "overdue_amount",
                                          "overdue_days",
                                          "open_tickets",
                                          "nps_last",
                                          "nps_mean_180d",
                                          "csat_last",
                                          "csat_mean_180d",
                                          "days_since_last_contact"};
    for (size_t i = 0; i < COUNT(numbers); i++)
        world_add(&world, numbers[i], VALUE_NUMBER, "");
    assert_int_equal(scorecard_template_count, 3);
    for (size_t i = 0; i < scorecard_template_count; i++) {
        struct scorecard *card = card_of(scorecard_templates[i].json->p);
        assert_true(str_is(card->key, scorecard_templates[i].name));
        assert_non_null(card->title.fa);
        double share = 0;
        for (size_t m = 0; m < card->measure_count; m++)
            share += card->measures[m].full_share;
        NEAR(share, 1);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(everything_known),
        TEST(edges_belong_to_the_higher_band),
        TEST(missing_values),
        TEST(carried_values),
        TEST(exceptions_in_order),
        TEST(overrides),
        TEST(percentiles_are_mid_ranks),
        TEST(faults_point_at_their_place),
        TEST(written_cards_read_back),
        TEST(cards_are_chosen_in_order),
        TEST(waterfall_by_hand),
        TEST(waterfall_keeps_peers_apart),
        TEST(rounding),
        TEST(sums_hold_for_any_card),
        TEST(templates_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
