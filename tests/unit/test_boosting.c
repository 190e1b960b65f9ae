/* Boosted trees: XGBoost 1.7.4's own figures of a fixed model, contributions against their definition and
 * against XGBoost's, and what happens to input and bytes that are no good. */
#include "../harness/table.h"
#include "base/json.h"
#include "statistics/boosting.h"
#include "statistics/ranking.h"
#include "statistics/tree_shap.h"

#include <math.h>
#include <xgboost/c_api.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

static struct arena arena;
static struct problem problem = {.arena = &arena};
static uint64_t seed = 42;
static uint64_t next_random(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}
static double uniform(void) {
    return (double)(next_random() >> 11) * 0x1p-53;
}

static struct boosting *train(const struct boosting_data *rows, const struct boosting_data *later,
                              struct boosting_parameters parameters) {
    struct boosting *model;
    assert_int_equal(boosting_train(rows, later, &parameters, &model, &problem), OK);
    return model;
}

static struct trees trees_of(const struct boosting *model) {
    struct buf text = {0};
    struct trees trees;
    assert_int_equal(boosting_describe(model, &text, &problem), OK);
    assert_int_equal(trees_read(buf_str(&text), &arena, &trees, &problem), OK);
    buf_free(&text);
    return trees;
}

/* XGBoost's own contributions, bias last: n × (p + 1). */
static const float *contributions_of_xgboost(const struct boosting *model, const float *x, size_t n,
                                             size_t p) {
    struct buf text = {0};
    BoosterHandle booster;
    DMatrixHandle matrix;
    bst_ulong const *shape;
    bst_ulong dimensions;
    float const *got;
    assert_int_equal(boosting_describe(model, &text, &problem), OK);
    assert_int_equal(XGBoosterCreate(NULL, 0, &booster), 0);
    assert_int_equal(XGBoosterSetParam(booster, "nthread", "1"), 0);
    assert_int_equal(XGBoosterLoadModelFromBuffer(booster, text.p, text.n), 0);
    assert_int_equal(XGDMatrixCreateFromMat_omp(x, n, p, NAN, &matrix, 1), 0);
    assert_int_equal(XGBoosterPredictFromDMatrix(booster, matrix,
                                                 "{\"type\": 2, \"training\": false, \"iteration_begin\": 0, "
                                                 "\"iteration_end\": 0, \"strict_shape\": false}",
                                                 &shape, &dimensions, &got),
                     0);
    float *copy = arena_copy(&arena, got, n * (p + 1) * sizeof *copy);
    XGDMatrixFree(matrix);
    XGBoosterFree(booster);
    buf_free(&text);
    return copy;
}

/* ---- the fixed model ---- */

static double number_of(const struct json *object, const char *name) {
    const struct json *value = json_get(object, name);
    assert_non_null(value);
    return value->number;
}

struct anchor {
    struct table table;
    struct json expected;
    float *train, *test;
    uint8_t *train_outcome, *test_outcome;
    size_t n, m, row[2000]; /* rows to train on and to test on; the numbers of the latter */
};

static bool read_anchor(struct anchor *a) {
    char path[512];
    static const char *const label[] = {"label", NULL};
    if (!table_path("churn/telco_xgboost_expected.json", path, sizeof path)) return false;
    FILE *file = fopen(path, "rb");
    char *text = arena_alloc(&arena, 65536);
    assert_non_null(file);
    size_t length = fread(text, 1, 65536, file);
    fclose(file);
    assert_int_equal(json_parse((struct str){text, length}, &arena, &a->expected, &problem), OK);
    assert_true(table_path("churn/telco_encoded.csv", path, sizeof path));
    table_read(&a->table, path);
    table_encode(&a->table, label);
    table_label(&a->table, "label", "1");
    size_t p = a->table.p;
    a->train = arena_array(&arena, a->table.n * p, sizeof *a->train);
    a->test = arena_array(&arena, a->table.n * p, sizeof *a->test);
    a->train_outcome = arena_alloc(&arena, a->table.n);
    a->test_outcome = arena_alloc(&arena, a->table.n);
    for (size_t i = 0; i < a->table.n; i++) {
        bool tested = table_fold(1, i) == 0;
        if (tested) a->row[a->m] = i;
        memcpy(tested ? a->test + a->m * p : a->train + a->n * p, a->table.x + i * p, p * sizeof(float));
        (tested ? a->test_outcome : a->train_outcome)[tested ? a->m++ : a->n++] = a->table.outcome[i];
    }
    return true;
}

static void check_contributions(const struct anchor *a, const struct boosting *model,
                                const struct json *expected, const double *margins, double tolerance) {
    size_t p = a->table.p;
    struct trees trees = trees_of(model);
    struct tree_shap *shap = tree_shap_make(&trees, &arena);
    double *got = arena_array(&arena, a->m * p, sizeof *got), *ours = arena_array(&arena, a->m, sizeof *ours),
           mean = 0;
    tree_shap_rows(shap, a->test, a->m, 1, got);
    trees_margins(&trees, a->test, a->m, 1, ours);
    assert_float_equal(tree_shap_bias(shap), number_of(expected, "bias"), tolerance);
    for (size_t i = 0; i < a->m; i++) {
        double sum = tree_shap_bias(shap);
        for (size_t j = 0; j < p; j++)
            sum += got[i * p + j];
        assert_float_equal(sum, margins[i], 1e-4);
        assert_float_equal(ours[i], margins[i], 1e-5);
    }
    const struct json *top = json_get(expected, "row0_top_contribs"),
                      *means = json_get(expected, "mean|shap| top8");
    assert_true(top->n == 6 && means->n == 8);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < top->n; k++)
            if (str_equal(a->table.names[j], top->names[k])) {
                assert_float_equal(got[j], top->items[k].number, tolerance);
                mean++;
            }
    assert_true(mean == 6); /* all six names were met */
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < means->n; k++) {
            if (!str_equal(a->table.names[j], means->names[k])) continue;
            mean = 0;
            for (size_t i = 0; i < a->m; i++)
                mean += fabs(got[i * p + j]) / (double)a->m;
            assert_float_equal(mean, means->items[k].number, tolerance);
        }
    const float *xgboost = contributions_of_xgboost(model, a->test, a->m, p);
    for (size_t i = 0; i < a->m; i++)
        for (size_t j = 0; j < p; j++)
            assert_float_equal(got[i * p + j], xgboost[i * (p + 1) + j], 1e-5);
}

static void anchor_of_a_fixed_model(void **state) {
    (void)state;
    static struct anchor a;
    if (!read_anchor(&a)) skip();
    assert_int_equal(a.table.p, 45);
    assert_int_equal(a.n, 5634);
    assert_int_equal(a.m, 1409);
    const struct json *folds = json_get(&a.expected, "first_folds");
    for (size_t i = 0; i < folds->n; i++)
        assert_int_equal(table_fold(1, i), folds->items[i].integer);
    for (int exact = 0; exact < 2; exact++) {
        const struct json *expected = json_get(&a.expected, exact ? "exact" : "hist");
        double tolerance = exact ? 1e-4 : 1e-3, *margins = arena_array(&arena, a.m, sizeof *margins),
               *chance = arena_array(&arena, a.m, sizeof *chance), sum = 0;
        struct boosting *model = train(&(struct boosting_data){a.train, a.train_outcome, a.n, 45}, NULL,
                                       (struct boosting_parameters){.eta = 0.1,
                                                                    .depth = 4,
                                                                    .rounds = 100,
                                                                    .min_child_weight = 1,
                                                                    .subsample = 1,
                                                                    .colsample = 1,
                                                                    .lambda = 1,
                                                                    .positive_weight = 1,
                                                                    .base_score = 0.5,
                                                                    .exact = exact,
                                                                    .threads = 1});
        assert_int_equal(boosting_margins(model, a.test, a.m, margins, &problem), OK);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(a.row[i], json_get(expected, "test_rows_first5")->items[i].integer);
            assert_float_equal(margins[i], json_get(expected, "margin_first5")->items[i].number, tolerance);
        }
        for (size_t i = 0; i < a.m; i++)
            sum += chance[i] = 1 / (1 + exp(-margins[i]));
        for (size_t i = 0; i < 5; i++)
            assert_float_equal(chance[i], json_get(expected, "pred_first5")->items[i].number, tolerance);
        struct ranking ranking = ranking_make(chance, a.test_outcome, NULL, a.m, 0, &arena);
        assert_int_equal(ranking.lost, 402);
        assert_float_equal(ranking_auc(&ranking), number_of(expected, "auc"), tolerance);
        assert_float_equal(log_loss(chance, a.test_outcome, a.m), number_of(expected, "logloss"), tolerance);
        assert_float_equal(brier(chance, a.test_outcome, a.m), number_of(expected, "brier"), tolerance);
        assert_float_equal(sum, number_of(expected, "sum_pred"), 1409 * tolerance);
        check_contributions(&a, model, expected, margins, tolerance);
        boosting_free(model);
    }
    arena_free(&a.table.arena);
}

/* ---- contributions by their definition ---- */

enum { FEW = 5 }; /* columns: few, so that deep trees meet one again and again */

/* What a tree says of a row of which only the columns of `known` are: by cover where one is not. */
static double expectation(const struct trees *trees, size_t tree, size_t node, const float *x,
                          unsigned known) {
    size_t at = trees->first[tree];
    const struct tree_node *n = &trees->nodes[at + node];
    if (tree_is_leaf(trees, tree, node)) return trees->value[at + node];
    if (known >> n->column & 1)
        return expectation(trees, tree, n->left + !tree_goes_left(n, x[n->column]), x, known);
    double left = trees->cover[at + n->left], right = trees->cover[at + n->left + 1];
    return (left * expectation(trees, tree, n->left, x, known) +
            right * expectation(trees, tree, n->left + 1, x, known)) /
           trees->cover[at + node];
}

/* Shapley's sum over all sets of columns. */
static double shapley(const double *worth, int column) {
    static const double factorial[] = {1, 1, 2, 6, 24, 120};
    double sum = 0;
    for (unsigned set = 0; set < 1u << FEW; set++) {
        if (set >> column & 1) continue;
        int size = __builtin_popcount(set);
        sum += factorial[size] * factorial[FEW - 1 - size] / factorial[FEW] *
               (worth[set | 1u << column] - worth[set]);
    }
    return sum;
}

static void fill(float *x, uint8_t *outcome, size_t n, size_t p) {
    for (size_t i = 0; i < n; i++) {
        double margin = -1;
        for (size_t j = 0; j < p; j++) {
            double value = floor(uniform() * 20) / 10 - 1;
            margin += value * (double)j / 2 * (j % 2 ? value : 1);
            x[i * p + j] = uniform() < 0.1 ? NAN : (float)value;
        }
        outcome[i] = uniform() < 1 / (1 + exp(-margin));
    }
}

static void contributions_by_definition(void **state) {
    (void)state;
    enum { N = 2000, ASKED = 33 };
    static float x[N * FEW];
    static uint8_t outcome[N];
    fill(x, outcome, N, FEW);
    for (int depth = 1; depth <= BOOSTING_MOST_DEPTH; depth++) {
        struct boosting_parameters parameters = boosting_defaults();
        parameters.depth = depth;
        parameters.rounds = 7;
        parameters.eta = 0.5;
        parameters.min_child_weight = 1;
        parameters.base_score = 0.3;
        struct boosting *model = train(&(struct boosting_data){x, outcome, N, FEW}, NULL, parameters);
        struct trees trees = trees_of(model);
        struct tree_shap *shap = tree_shap_make(&trees, &arena);
        double got[ASKED * FEW], margins[ASKED], bias = trees.base;
        int deepest = 0;
        for (size_t t = 0; t < trees.count; t++)
            deepest = trees.depth[t] > deepest ? trees.depth[t] : deepest;
        assert_int_equal(deepest, depth);
        assert_float_equal(trees.base, log(0.3 / 0.7), 1e-6);
        tree_shap_rows(shap, x, ASKED, 1, got);
        trees_margins(&trees, x, ASKED, 1, margins);
        for (size_t t = 0; t < trees.count; t++)
            bias += expectation(&trees, t, 0, x, 0);
        assert_float_equal(tree_shap_bias(shap), bias, 1e-5);
        for (size_t i = 0; i < ASKED; i++) {
            double worth[1 << FEW] = {0}, sum = tree_shap_bias(shap);
            for (unsigned known = 0; known < 1u << FEW; known++)
                for (size_t t = 0; t < trees.count; t++)
                    worth[known] += expectation(&trees, t, 0, x + i * FEW, known);
            for (int j = 0; j < FEW; j++) {
                assert_float_equal(got[i * FEW + (size_t)j], shapley(worth, j), 1e-5);
                sum += got[i * FEW + (size_t)j];
            }
            assert_float_equal(sum, margins[i], 1e-5);
        }
        boosting_free(model);
    }
}

/* Many rows, in odd numbers and by two threads, say what they say alone. */
static void blocks_and_threads_change_nothing(void **state) {
    (void)state;
    enum { N = 1237, P = 9 };
    static float x[N * P];
    static uint8_t outcome[N];
    static double all[N * P], margins[N], by_xgboost[N];
    fill(x, outcome, N, P);
    struct boosting_parameters parameters = boosting_defaults();
    parameters.rounds = 40;
    parameters.depth = 5;
    parameters.eta = 0.3;
    struct boosting *model = train(&(struct boosting_data){x, outcome, N, P}, NULL, parameters);
    struct trees trees = trees_of(model);
    struct tree_shap *shap = tree_shap_make(&trees, &arena);
    tree_shap_rows(shap, x, N, 2, all);
    trees_margins(&trees, x, N, 2, margins);
    assert_int_equal(boosting_margins(model, x, N, by_xgboost, &problem), OK);
    for (size_t i = 0; i < N; i++) {
        double one[P], margin;
        tree_shap_rows(shap, x + i * P, 1, 1, one);
        trees_margins(&trees, x + i * P, 1, 1, &margin);
        assert_memory_equal(one, all + i * P, sizeof one);
        assert_true(margin == margins[i]);
        assert_float_equal(margin, by_xgboost[i], 1e-5);
    }
    tree_shap_rows(shap, x, 0, 2, all);
    boosting_free(model);
}

/* ---- training ---- */

static bool same_bytes(const struct boosting *a, const struct boosting *b) {
    struct buf x = {0}, y = {0};
    assert_int_equal(boosting_save(a, &x, &problem), OK);
    assert_int_equal(boosting_save(b, &y, &problem), OK);
    bool same = str_equal(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

static void same_seed_same_model(void **state) {
    (void)state;
    enum { N = 5000, P = 6 };
    static float x[N * P];
    static uint8_t outcome[N];
    fill(x, outcome, N, P);
    struct boosting_data rows = {x, outcome, N, P};
    struct boosting_parameters parameters = boosting_defaults();
    parameters.rounds = 20;
    parameters.threads = 2;
    struct boosting *a = train(&rows, NULL, parameters), *b = train(&rows, NULL, parameters);
    parameters.seed = 7;
    struct boosting *c = train(&rows, NULL, parameters);
    assert_true(same_bytes(a, b));
    assert_false(same_bytes(a, c));
    boosting_free(a);
    boosting_free(b);
    boosting_free(c);
}

/* A chance that falls with the column where the data waver: bound, the margins never rise along it. */
static void monotone_where_told(void **state) {
    (void)state;
    enum { N = 3000 };
    static float x[N * 2];
    static uint8_t outcome[N];
    for (int i = 0; i < N; i++) {
        x[2 * i] = (float)uniform();
        x[2 * i + 1] = (float)uniform();
        outcome[i] = uniform() < 0.5 - 0.2 * x[2 * i] + 0.25 * sin(12 * x[2 * i]);
    }
    for (int bound = 0; bound < 2; bound++) {
        struct boosting_parameters parameters = boosting_defaults();
        const int8_t falls[] = {-1, 0};
        parameters.monotone = bound ? falls : NULL;
        parameters.eta = 0.1;
        struct boosting *model = train(&(struct boosting_data){x, outcome, N, 2}, NULL, parameters);
        float line[200];
        double margins[100];
        int rises = 0;
        for (int i = 0; i < 100; i++) {
            line[2 * i] = (float)i / 100;
            line[2 * i + 1] = 0.5f;
        }
        assert_int_equal(boosting_margins(model, line, 100, margins, &problem), OK);
        for (int i = 1; i < 100; i++)
            rises += margins[i] > margins[i - 1] + 1e-6;
        assert_true(bound ? rises == 0 : rises > 5);
        boosting_free(model);
    }
}

/* Outcomes of noise alone: each tree makes later rows worse, so that few are kept; and those kept are the
 * ones up to the lowest loss, as trained without stopping. */
static void stops_where_later_rows_say(void **state) {
    (void)state;
    enum { N = 1000, P = 5 };
    static float x[N * P], later_x[N * P];
    static uint8_t outcome[N], later_outcome[N];
    fill(x, outcome, N, P);
    fill(later_x, later_outcome, N, P);
    struct boosting_data rows = {x, outcome, N, P}, later = {later_x, later_outcome, N, P};
    struct boosting_parameters parameters = boosting_defaults();
    parameters.eta = 0.3;
    parameters.min_child_weight = 1;
    parameters.rounds = 200;
    parameters.patience = 20;
    parameters.subsample = parameters.colsample = 1;
    struct boosting *stopped = train(&rows, &later, parameters);
    size_t kept = boosting_rounds(stopped);
    assert_true(kept > 2 && kept < 100);
    double lowest = INFINITY;
    size_t best = 0;
    for (size_t n = kept - 2; n <= kept + 2; n++) {
        double chance[N];
        parameters.rounds = (int)n;
        struct boosting *plain = train(&rows, NULL, parameters);
        assert_int_equal(boosting_margins(plain, later_x, N, chance, &problem), OK);
        for (int i = 0; i < N; i++)
            chance[i] = 1 / (1 + exp(-chance[i]));
        double loss = log_loss(chance, later_outcome, N);
        if (loss < lowest) {
            lowest = loss;
            best = n;
        }
        if (n == kept) { /* the same trees */
            double cut[N];
            assert_int_equal(boosting_margins(stopped, later_x, N, cut, &problem), OK);
            for (int i = 0; i < N; i++)
                assert_float_equal(1 / (1 + exp(-cut[i])), chance[i], 1e-7);
        }
        boosting_free(plain);
    }
    assert_int_equal(best, kept);
    boosting_free(stopped);
}

/* ---- bytes ---- */

static void damaged_bytes_are_refused(void **state) {
    (void)state;
    enum { N = 500, P = 3 };
    static float x[N * P];
    static uint8_t outcome[N];
    double before[N], after[N];
    fill(x, outcome, N, P);
    struct boosting_parameters parameters = boosting_defaults();
    parameters.rounds = 3;
    struct boosting *model = train(&(struct boosting_data){x, outcome, N, P}, NULL, parameters), *back;
    struct buf bytes = {0};
    assert_int_equal(boosting_save(model, &bytes, &problem), OK);
    assert_int_equal(boosting_load(buf_str(&bytes), &back, &problem), OK);
    assert_int_equal(boosting_columns(back), P);
    assert_int_equal(boosting_rounds(back), 3);
    assert_int_equal(boosting_margins(model, x, N, before, &problem), OK);
    assert_int_equal(boosting_margins(back, x, N, after, &problem), OK);
    assert_memory_equal(before, after, sizeof before);
    assert_true(same_bytes(model, back));
    boosting_free(model);
    boosting_free(back);
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.p[i] ^= 0x20;
        assert_int_equal(boosting_load(buf_str(&bytes), &back, &problem), BAD_INPUT);
        assert_null(back);
        assert_int_equal(boosting_load(str_slice(buf_str(&bytes), 0, i), &back, &problem), BAD_INPUT);
        bytes.p[i] ^= 0x20;
        problem_clear(&problem);
    }
    buf_free(&bytes);
}

/* Descriptions of models that are cut, changed or of another kind never lead outside. */
static void damaged_descriptions_are_refused(void **state) {
    (void)state;
    enum { N = 300, P = 3 };
    static float x[N * P];
    static uint8_t outcome[N];
    fill(x, outcome, N, P);
    struct boosting_parameters parameters = boosting_defaults();
    parameters.rounds = 2;
    struct boosting *model = train(&(struct boosting_data){x, outcome, N, P}, NULL, parameters);
    struct buf text = {0};
    struct trees trees;
    struct arena own = {0};
    struct problem told = {.arena = &own};
    assert_int_equal(boosting_describe(model, &text, &told), OK);
    boosting_free(model);
    int refused = 0;
    for (size_t i = 0; i < text.n; i++) {
        char was = text.p[i];
        text.p[i] = (char)('0' + next_random() % 10);
        if (trees_read(buf_str(&text), &own, &trees, &told)) {
            refused++;
        } else if (trees.columns < 100) { /* what was taken can be asked */
            double *out = memory_new(N * trees.columns * sizeof *out);
            float *rows = memory_new(N * trees.columns * sizeof *rows);
            trees_margins(&trees, rows, N, 1, out);
            tree_shap_rows(tree_shap_make(&trees, &own), rows, N, 1, out);
            free(out);
            free(rows);
        }
        text.p[i] = was;
        told = (struct problem){.arena = &own};
        arena_reset(&own);
    }
    assert_true(refused > 500);
    assert_int_equal(trees_read(STR("{}"), &own, &trees, &told), BAD_INPUT);
    assert_int_equal(trees_read(STR(""), &own, &trees, &told), BAD_INPUT);
    arena_free(&own);
    buf_free(&text);
}

/* ---- bad input ---- */

static enum status status_of(const float *x, const uint8_t *outcome, size_t n, size_t p,
                             struct boosting_parameters parameters) {
    struct boosting *model;
    problem_clear(&problem);
    enum status status =
        boosting_train(&(struct boosting_data){x, outcome, n, p}, NULL, &parameters, &model, &problem);
    assert_true((status == OK) == (model != NULL));
    if (!status) {
        double margin[64];
        assert_int_equal(boosting_margins(model, x, n < 64 ? n : 64, margin, &problem), OK);
        assert_true(isfinite(margin[0]));
        struct trees trees = trees_of(model);
        double *out = arena_array(&arena, n * p, sizeof *out);
        tree_shap_rows(tree_shap_make(&trees, &arena), x, n, 1, out);
        assert_true(isfinite(out[0]));
    }
    boosting_free(model);
    return status;
}

static void bad_input_is_told(void **state) {
    (void)state;
    enum { N = 40, P = 3 };
    float x[N * P];
    uint8_t outcome[N], ones[N];
    for (int i = 0; i < N; i++) {
        x[i * P] = 5;       /* never changes */
        x[i * P + 1] = NAN; /* never known */
        x[i * P + 2] = (float)i;
        outcome[i] = i > 12;
        ones[i] = 1;
    }
    struct boosting_parameters fine = boosting_defaults(), wrong = fine;
    fine.rounds = 5;
    fine.min_child_weight = 0;
    assert_int_equal(status_of(x, outcome, N, P, fine), OK);
    assert_int_equal(status_of(x, outcome, N, 1, fine), OK);
    assert_int_equal(status_of(x, ones, N, P, fine), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_one_outcome");
    assert_int_equal(status_of(x, outcome, 0, P, fine), BAD_INPUT);
    assert_int_equal(status_of(x, outcome, N, 0, fine), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_no_columns");
    x[7] = -INFINITY;
    assert_int_equal(status_of(x, outcome, N, P, fine), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_infinite");
    assert_true(str_is(problem.main.args[0], "3") && str_is(problem.main.args[1], "2"));
    x[7] = NAN;
    wrong.depth = 9;
    assert_int_equal(status_of(x, outcome, N, P, wrong), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "model_parameter");
    wrong = fine, wrong.eta = NAN;
    assert_int_equal(status_of(x, outcome, N, P, wrong), BAD_INPUT);
    wrong = fine, wrong.subsample = 0;
    assert_int_equal(status_of(x, outcome, N, P, wrong), BAD_INPUT);
    wrong = fine, wrong.threads = 0;
    assert_int_equal(status_of(x, outcome, N, P, wrong), BAD_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchor_of_a_fixed_model),
        cmocka_unit_test(contributions_by_definition),
        cmocka_unit_test(blocks_and_threads_change_nothing),
        cmocka_unit_test(same_seed_same_model),
        cmocka_unit_test(monotone_where_told),
        cmocka_unit_test(stops_where_later_rows_say),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(damaged_descriptions_are_refused),
        cmocka_unit_test(bad_input_is_told),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
