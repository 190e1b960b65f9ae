/* Versions of models: which is live, what a roll-back leaves, and what happens to one that was overtaken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "predict/model_internal.h"

static const struct outcome_key churn = {.kind = OUTCOME_CHURN};

/* Made while `judged` was live. */
static int64_t kept(struct api_world *w, const char *state, int64_t judged) {
    struct model_row row = {
        .has = MODEL_ALL,
        .outcome = STR("churn"),
        .state = str_of(state),
        .verdict = str_is(str_of(state), "refused") ? STR("too_few") : STR("ok"),
        .learner = STR("prior"),
        .made_at = 1000,
        .made_by = STR("test"),
        .definition = STR("{}"),
        .columns = STR("[]"),
        .body = STR("{\"kind\":\"prior\",\"p\":0,\"rate\":0.1,\"intercept\":0,\"columns\":[]}"),
        .tests = STR("{}")};
    MUST(model_keep(w->house, &row, (struct str){0}, judged, &w->problem));
    return row.version;
}

static struct model_row *version(struct api_world *w, int64_t number) {
    struct model_row *list;
    size_t n;
    MUST(models_read(w->house, STR("churn"), &w->arena, &list, &n, &w->problem));
    for (size_t i = 0; i < n; i++)
        if (list[i].version == number) return &list[i];
    fail_msg("there is no version %lld", (long long)number);
    return NULL;
}
static void assert_state(struct api_world *w, int64_t number, const char *state) {
    assert_string_equal(str_c(&w->arena, version(w, number)->state), state);
}
static struct model_row newest(struct api_world *w) {
    struct model_row row = {0};
    bool found;
    MUST(model_read_newest(w->house, churn, &w->arena, &row, &found, &w->problem));
    assert_true(found);
    return row;
}

static int set_up(void **state) {
    *state = api_world_open("2024-01-01");
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

static void one_is_live(void **state) {
    struct api_world *w = *state;
    assert_int_equal(kept(w, "live", 0), 1);
    assert_int_equal(kept(w, "live", 1), 2);
    assert_state(w, 1, "replaced");
    assert_state(w, 2, "live");
    assert_int_equal(kept(w, "tried", 2), 3);
    assert_state(w, 2, "live");
    assert_int_equal(kept(w, "refused", 2), 4);
    assert_state(w, 2, "replaced");
}

/* A version takes minutes to make. Who rolled back meanwhile, or made another, chose; it does not undo that.
 */
static void what_was_overtaken_does_not_go_live(void **state) {
    struct api_world *w = *state;
    kept(w, "live", 0);
    kept(w, "live", 1);
    kept(w, "live", 1);
    assert_state(w, 2, "live");
    assert_state(w, 3, "tried");
    assert_string_equal(str_c(&w->arena, version(w, 3)->verdict), "overtaken");
    kept(w, "refused", 0);
    assert_state(w, 2, "live");
    assert_state(w, 4, "tried");
}

/* Whatever the newest was: by its mark the schedule sees that somebody chose. */
static void a_roll_back_marks_the_newest(void **state) {
    struct api_world *w = *state;
    struct model_row row;
    kept(w, "live", 0);
    assert_int_equal(model_roll_back(w->house, churn, NULL, &w->arena, &row, &w->problem), NOT_FOUND);
    kept(w, "live", 1);
    kept(w, "tried", 2);
    problem_clear(&w->problem);
    MUST(model_roll_back(w->house, churn, NULL, &w->arena, &row, &w->problem));
    assert_int_equal(row.version, 1);
    assert_state(w, 1, "live");
    assert_state(w, 2, "rolled_back");
    assert_string_equal(str_c(&w->arena, newest(w).state), "rolled_back");
    assert_int_equal(newest(w).version, 3);
    assert_int_equal(kept(w, "live", 1), 4); /* somebody asked */
    assert_state(w, 1, "replaced");
    assert_string_equal(str_c(&w->arena, newest(w).state), "live");
}

/* Nothing was live any more: the last that was goes live again. */
static void a_refusal_is_rolled_back_too(void **state) {
    struct api_world *w = *state;
    struct model_row row;
    kept(w, "live", 0);
    kept(w, "refused", 1);
    MUST(model_roll_back(w->house, churn, NULL, &w->arena, &row, &w->problem));
    assert_state(w, 1, "live");
    assert_string_equal(str_c(&w->arena, newest(w).state), "rolled_back");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_is_live, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_overtaken_does_not_go_live, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_roll_back_marks_the_newest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_is_rolled_back_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
