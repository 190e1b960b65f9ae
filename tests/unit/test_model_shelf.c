/* Live models that requests share: whom a value stands among, which version they get, and that nobody who
 * holds one loses it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "predict/model_internal.h"
#include "predict/model_shelf.h"

#include <math.h>
#include <pthread.h>

static const struct outcome_key churn = {.kind = OUTCOME_CHURN};

static int64_t live(struct api_world *w, int64_t judged) {
    struct model_row row = {
        .has = MODEL_ALL,
        .outcome = STR("churn"),
        .state = STR("live"),
        .verdict = STR("ok"),
        .learner = STR("prior"),
        .made_at = 1000,
        .made_by = STR("test"),
        .definition = STR("{}"),
        .columns = STR("[{\"fact\":\"tenure_days\"}]"),
        .body = STR("{\"kind\":\"prior\",\"p\":1,\"rate\":0.1,\"intercept\":0,\"columns\":[]}"),
        .tests = STR("{}")};
    MUST(model_keep(w->house, &row, (struct str){0}, judged, &w->problem));
    return row.version;
}

static struct shelved *hold(struct api_world *w) {
    struct shelved *one;
    MUST(model_hold(w->house, churn, &one, &w->problem));
    return one;
}
static int64_t version_of(const struct shelved *one) {
    return model_held(one)->row.version;
}

static int set_up(void **state) {
    *state = api_world_open("2024-01-01");
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* All but the last, of whom nothing is foretold. */
static void foretell(struct api_world *w, size_t n) {
    struct model model;
    bool found;
    double chance[16];
    MUST(model_open(w->house, churn, &w->arena, &model, &found, &w->problem));
    for (size_t i = 0; i < n; i++)
        chance[i] = i + 1 < n ? 0.1 : NAN;
    MUST(predictions_keep(w->house, churn, &model, chance, n, &w->problem));
    model_close(&model);
    caught_up(w);
}
static double percentile(struct api_world *w, struct shelved *one, double value) {
    size_t column = 0;
    double ret;
    MUST(model_percentiles(w->house, one, &column, 1, &value, &ret, &w->problem));
    return ret;
}

/* Tenures 10, 20, 20, 30 and one unknown are foretold of; 5 is not. By hand: (below + (below + equal)) / 2
 * / 4. */
static void a_value_stands_among_those_foretold(void **state) {
    struct api_world *w = *state;
    account(w, "A", ",\"starts_on\":\"2023-12-22\"");
    account(w, "B", ",\"starts_on\":\"2023-12-12\"");
    account(w, "C", ",\"starts_on\":\"2023-12-12\"");
    account(w, "D", ",\"starts_on\":\"2023-12-02\"");
    account(w, "E", "");
    account(w, "F", ",\"starts_on\":\"2023-12-27\"");
    live(w, 0);
    struct shelved *one = hold(w);
    assert_true(isnan(percentile(w, one, 20))); /* of nobody yet */
    w->now += 11 * 60 * 1000;
    foretell(w, 6);
    assert_true(percentile(w, one, 20) == 0.5);
    assert_true(percentile(w, one, 10) == 0.125);
    assert_true(percentile(w, one, 30) == 0.875);
    assert_true(percentile(w, one, 25) == 0.75);
    assert_true(percentile(w, one, 5) == 0);
    assert_true(percentile(w, one, 40) == 1);
    assert_true(isnan(percentile(w, one, NAN)));
    model_release(one);
}

static void the_live_version_is_held(void **state) {
    struct api_world *w = *state;
    struct model_row row;
    assert_null(hold(w));
    live(w, 0);
    struct shelved *one = hold(w), *again = hold(w);
    assert_ptr_equal(one, again); /* opened once */
    model_release(again);
    live(w, 1);
    struct shelved *two = hold(w);
    assert_int_equal(version_of(two), 2);
    assert_int_equal(version_of(one), 1); /* who held it goes on */
    MUST(model_roll_back(w->house, churn, NULL, &w->arena, &row, &w->problem));
    struct shelved *back = hold(w);
    assert_int_equal(version_of(back), 1);
    model_release(one);
    model_release(two);
    model_release(back);
}

struct reader {
    pthread_t thread;
    struct api_world *w;
    int failed;
};
static void *read_often(void *self) {
    struct reader *reader = self;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    for (int i = 0; i < 200; i++) {
        struct shelved *one;
        size_t column = 0;
        double value = 20, ret;
        if (model_hold(reader->w->house, churn, &one, &problem) || !one ||
            model_percentiles(reader->w->house, one, &column, 1, &value, &ret, &problem) ||
            version_of(one) < 1)
            reader->failed++;
        model_release(one);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void readers_and_new_versions_at_once(void **state) {
    struct api_world *w = *state;
    struct reader readers[3] = {{.w = w}, {.w = w}, {.w = w}};
    account(w, "A", ",\"starts_on\":\"2023-12-22\"");
    int64_t version = live(w, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_often, &readers[i]), 0);
    for (int i = 0; i < 20; i++)
        version = live(w, version);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(readers[i].thread, NULL);
        assert_int_equal(readers[i].failed, 0);
    }
    struct shelved *one = hold(w);
    assert_int_equal(version_of(one), 21);
    model_release(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_stands_among_those_foretold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_live_version_is_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(readers_and_new_versions_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
