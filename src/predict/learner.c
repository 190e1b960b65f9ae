#include "predict/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const learner_names[LEARNERS + 1] = {"prior", "recency", "logit", "boosting", NULL};

enum { CLIP = 4, LARGE = 10 };
#define RARE    0.005 /* a column is not known in so few rows, or known in so few: that alone tells nothing */
#define LOGIT_C 0.01

/* ---- how columns enter a logistic model ---- */

/* Counts, days and amounts: what a small one more means depends on how many there are. */
static bool is_count(const double *x, size_t n, size_t p, size_t c) {
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i * p + c];
        if (v < 0) return false;
        if (v > most) most = v;
    }
    return most > LARGE;
}

static double shaped(const struct design_column *column, double v) {
    if (column->absence) return isnan(v);
    return column->log ? log1p(v < 0 ? 0 : v) : v;
}

static void measure(struct design_column *column, const double *x, size_t n, size_t p) {
    double sum = 0, squares = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        double v = shaped(column, x[i * p + column->from]);
        if (isnan(v)) continue;
        sum += v;
        known++;
    }
    column->mean = known ? sum / (double)known : 0;
    for (size_t i = 0; i < n; i++) {
        double v = shaped(column, x[i * p + column->from]);
        if (!isnan(v)) squares += (v - column->mean) * (v - column->mean);
    }
    column->spread = known ? sqrt(squares / (double)known) : 0;
    if (!(column->spread > 1e-12 * (1 + fabs(column->mean)))) column->spread = 0;
}

static void put_design(struct design *design, const double *x, size_t n, size_t c) {
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        missing += isnan(x[i * design->p + c]);
    struct design_column *column = &design->columns[design->q++];
    *column = (struct design_column){.from = (uint32_t)c, .log = is_count(x, n, design->p, c)};
    measure(column, x, n, design->p);
    double share = n ? (double)missing / (double)n : 0;
    if (share < RARE || share > 1 - RARE) return;
    column = &design->columns[design->q++];
    *column = (struct design_column){.from = (uint32_t)c, .absence = true};
    measure(column, x, n, design->p);
}

static void design_row(const struct design *design, const double *x, double *out) {
    for (size_t k = 0; k < design->q; k++) {
        const struct design_column *column = &design->columns[k];
        double v = shaped(column, x[column->from]);
        double z = isnan(v) || column->spread == 0 ? 0 : (v - column->mean) / column->spread;
        out[k] = z > CLIP ? CLIP : z < -CLIP ? -CLIP : z;
    }
}

/* ---- training ---- */

static enum status train_logit(const struct learner_rows *rows, struct arena *arena, struct learner *l,
                               struct problem *problem) {
    struct arena scratch = {0};
    struct design *design = &l->design;
    *design = (struct design){.p = rows->p,
                              .columns = arena_array(arena, 2 * rows->p + 1, sizeof(struct design_column))};
    for (size_t c = 0; c < rows->p; c++)
        if (l->kind == LEARNER_LOGIT || (int)c == rows->recency) put_design(design, rows->x, rows->n, c);
    double *z = arena_array(&scratch, rows->n * design->q + 1, sizeof *z);
    double *towards = arena_array(&scratch, design->q + 1, sizeof *towards);
    for (size_t i = 0; i < rows->n; i++)
        design_row(design, rows->x + i * rows->p, z + i * design->q);
    for (size_t k = 0; k < design->q; k++)
        if (rows->towards && !design->columns[k].absence) towards[k] = rows->towards[design->columns[k].from];
    struct logit_data data = {z, rows->lost, rows->n, design->q};
    struct logit_options options = {.pull = 1 / (LOGIT_C * (double)rows->n), .towards = towards};
    if (l->kind == LEARNER_RECENCY) options = (struct logit_options){.pull = 1 / (double)rows->n};
    enum status status = logit_fit(&data, &options, arena, &l->logit, problem);
    arena_free(&scratch);
    return status;
}

static float *as_floats(const double *x, size_t n) {
    float *out = memory_new((n + 1) * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = isinf(x[i]) ? NAN : (float)x[i];
    return out;
}

static enum status read_trees(struct learner *l, struct arena *arena, struct problem *problem) {
    struct buf json = {0};
    enum status status = boosting_describe(l->boosting, &json, problem);
    if (!status) status = trees_read(buf_str(&json), arena, &l->trees, problem);
    if (!status) l->shap = tree_shap_make(&l->trees, arena);
    buf_free(&json);
    return status;
}

static enum status train_boosting(const struct learner_rows *rows, int threads, struct arena *arena,
                                  struct learner *l, struct problem *problem) {
    struct boosting_parameters parameters = boosting_defaults();
    float *x = as_floats(rows->x, rows->n * rows->p);
    struct boosting_data data = {x, rows->lost, rows->n, rows->p};
    parameters.depth = 3;
    parameters.rounds = 200;
    parameters.base_score = l->rate;
    parameters.threads = threads;
    enum status status = boosting_train(&data, NULL, &parameters, &l->boosting, problem);
    free(x);
    if (!status) status = read_trees(l, arena, problem);
    return status;
}

enum status learner_train(enum learner_kind kind, const struct learner_rows *rows, int threads,
                          struct arena *arena, struct learner *ret, struct problem *problem) {
    size_t lost = 0;
    for (size_t i = 0; i < rows->n; i++)
        lost += rows->lost[i];
    *ret = (struct learner){.kind = kind, .p = rows->p};
    if (!lost || lost == rows->n || (kind == LEARNER_RECENCY && rows->recency < 0) ||
        (kind >= LEARNER_LOGIT && !rows->p))
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "learner_nothing",
                "There is nothing to learn from: both outcomes and at least one fact are needed.",
                "چیزی برای یادگیری نیست: هر دو پیامد و دست‌کم یک شاخص لازم است."),
            NO_ARGS);
    ret->rate = (double)lost / (double)rows->n;
    if (kind == LEARNER_PRIOR) return OK;
    enum status status = kind == LEARNER_BOOSTING ? train_boosting(rows, threads, arena, ret, problem)
                                                  : train_logit(rows, arena, ret, problem);
    if (status) learner_free(ret);
    return status;
}

void learner_free(struct learner *learner) {
    boosting_free(learner->boosting);
    learner->boosting = NULL;
}

/* ---- asking ---- */

void learner_margins(const struct learner *l, const double *x, size_t n, int threads, double *margins) {
    if (l->kind == LEARNER_BOOSTING) {
        float *rows = as_floats(x, n * l->p);
        trees_margins(&l->trees, rows, n, threads, margins);
        free(rows);
        return;
    }
    double *z = memory_new((l->design.q + 1) * sizeof *z);
    for (size_t i = 0; i < n; i++) {
        if (l->kind == LEARNER_PRIOR) {
            margins[i] = log(l->rate / (1 - l->rate));
            continue;
        }
        design_row(&l->design, x + i * l->p, z);
        margins[i] = logit_margin(&l->logit, z);
    }
    free(z);
}

double learner_reasons(const struct learner *l, const double *x, size_t n, int threads, double *out) {
    if (l->kind == LEARNER_BOOSTING) {
        float *rows = as_floats(x, n * l->p);
        tree_shap_rows(l->shap, rows, n, threads, out);
        free(rows);
        return tree_shap_bias(l->shap);
    }
    memset(out, 0, n * l->p * sizeof *out);
    if (l->kind == LEARNER_PRIOR) return log(l->rate / (1 - l->rate));
    double *z = memory_new((l->design.q + 1) * sizeof *z);
    for (size_t i = 0; i < n; i++) { /* the mean of a standardised column is 0 */
        design_row(&l->design, x + i * l->p, z);
        for (size_t k = 0; k < l->design.q; k++)
            out[i * l->p + l->design.columns[k].from] += l->logit.weight[k] * z[k];
    }
    free(z);
    return l->logit.intercept;
}

/* ---- kept ---- */

enum status learner_save(const struct learner *l, struct buf *json, struct buf *bytes,
                         struct problem *problem) {
    struct json_writer w = {.out = json};
    json_begin_object(&w);
    json_put_string(&w, "kind", str_of(learner_names[l->kind]));
    json_put_int(&w, "p", (int64_t)l->p);
    json_put_number(&w, "rate", l->rate);
    json_put_number(&w, "intercept", l->logit.intercept);
    json_name(&w, STR("columns"));
    json_begin_array(&w);
    for (size_t k = 0; k < l->design.q; k++) {
        const struct design_column *column = &l->design.columns[k];
        json_begin_object(&w);
        json_put_int(&w, "from", column->from);
        json_put_bool(&w, "absence", column->absence);
        json_put_bool(&w, "log", column->log);
        json_put_number(&w, "mean", column->mean);
        json_put_number(&w, "spread", column->spread);
        json_put_number(&w, "weight", l->logit.weight[k]);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return l->kind == LEARNER_BOOSTING ? boosting_save(l->boosting, bytes, problem) : OK;
}

static bool truth_at(const struct json *json, const char *name) {
    const struct json *value = json_get(json, name);
    return value && value->kind == JSON_BOOL && value->boolean;
}

static enum status damaged(struct problem *problem) {
    return fail(
        problem, INTERNAL,
        MESSAGE(
            "learner_damaged", "A stored model cannot be read. Make it anew.",
            "یک مدل ذخیره‌شده خوانده نمی‌شود. آن را از نو بسازید."),
        NO_ARGS);
}

enum status learner_load(const struct json *json, struct str bytes, struct arena *arena, struct learner *ret,
                         struct problem *problem) {
    const struct json *columns = json_get(json, "columns");
    struct str kind = json_get_string(json, "kind");
    double p = json_get_number(json, "p");
    *ret = (struct learner){.rate = json_get_number(json, "rate")};
    while (ret->kind < LEARNERS && !str_is(kind, learner_names[ret->kind]))
        ret->kind++;
    if (ret->kind == LEARNERS || !columns || columns->kind != JSON_ARRAY || !(p >= 0 && p < 1e6) ||
        !(ret->rate > 0 && ret->rate < 1))
        return damaged(problem);
    ret->p = (size_t)p;
    ret->design =
        (struct design){ret->p, columns->n, arena_array(arena, columns->n + 1, sizeof(struct design_column))};
    ret->logit = (struct logit){.p = columns->n,
                                .intercept = json_get_number(json, "intercept"),
                                .weight = arena_array(arena, columns->n + 1, sizeof(double))};
    for (size_t k = 0; k < columns->n; k++) {
        const struct json *from = &columns->items[k];
        double place = json_get_number(from, "from");
        if (!(place >= 0 && place < p)) return damaged(problem);
        ret->design.columns[k] =
            (struct design_column){(uint32_t)place, truth_at(from, "absence"), truth_at(from, "log"),
                                   json_get_number(from, "mean"), json_get_number(from, "spread")};
        ret->logit.weight[k] = json_get_number(from, "weight");
    }
    if (ret->kind != LEARNER_BOOSTING) return OK;
    enum status status = boosting_load(bytes, &ret->boosting, problem);
    if (!status && boosting_columns(ret->boosting) != ret->p) status = damaged(problem);
    if (!status) status = read_trees(ret, arena, problem);
    if (status) learner_free(ret);
    return status;
}
