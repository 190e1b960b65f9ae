#include "statistics/boosting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <xgboost/c_api.h>
#include <xxhash.h>

struct boosting {
    BoosterHandle handle;
    size_t p;
};

/* What XGBoost says, without the time, the file and the trace of calls around it. */
static enum status refused(struct problem *problem) {
    struct str rest, line = str_cut(str_of(XGBGetLastError()), '\n', &rest);
    for (size_t i = 0; i + 1 < line.n; i++)
        if (line.p[i] == ':' && line.p[i + 1] == ' ') {
            line = str_slice(line, i + 2, line.n);
            break;
        }
    return fail(
        problem, INTERNAL,
        MESSAGE("boosting_refused", "The model of trees did not work: {0}.", "مدل درختی کار نکرد: {0}."),
        ARGS(str_copy(problem->arena, line)));
}

/* ---- input ---- */

static enum status check_rows(const struct boosting_data *rows, struct problem *problem) {
    for (size_t i = 0; i < rows->n * rows->p; i++) {
        if (!isinf(rows->x[i])) continue;
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "model_infinite", "A model cannot be fitted: the value in row {0}, column {1} is infinite.",
                "مدلی برازش نمی‌شود: مقدار سطر {0}، ستون {1} بی‌نهایت است."),
            ARGS(str_format(problem->arena, "%zu", i / rows->p + 1),
                 str_format(problem->arena, "%zu", i % rows->p + 1)));
    }
    return OK;
}

static enum status check_training(const struct boosting_data *rows, struct problem *problem) {
    size_t happened = 0;
    for (size_t i = 0; i < rows->n; i++)
        happened += rows->outcome[i] != 0;
    if (!rows->p)
        return fail(problem, BAD_INPUT,
                    MESSAGE("model_no_columns", "A model of trees cannot be fitted without columns.",
                            "مدل درختی بدون ستون برازش نمی‌شود."),
                    NO_ARGS);
    if (!happened || happened == rows->n)
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "model_one_outcome",
                "A model cannot be fitted: it needs cases of both outcomes, and there is one kind or none.",
                "مدلی برازش نمی‌شود: نمونه‌هایی از هر دو نتیجه لازم است و تنها یک گونه هست یا هیچ."),
            NO_ARGS);
    return check_rows(rows, problem);
}

static enum status check_parameters(const struct boosting_parameters *p, struct problem *problem) {
    const struct {
        const char *name;
        double value, low, high;
        bool open; /* low itself is too low */
    } ranges[] = {
        {"eta", p->eta, 0, 1, true},
        {"depth", p->depth, 1, BOOSTING_MOST_DEPTH, false},
        {"rounds", p->rounds, 1, BOOSTING_MOST_ROUNDS, false},
        {"min_child_weight", p->min_child_weight, 0, 1e9, false},
        {"subsample", p->subsample, 0, 1, true},
        {"colsample", p->colsample, 0, 1, true},
        {"lambda", p->lambda, 0, 1e9, false},
        {"positive_weight", p->positive_weight, 0, 1e9, true},
        {"base_score", p->base_score, 1e-6, 1 - 1e-6, false},
        {"threads", p->threads, 1, 1024, false},
        {"seed", (double)p->seed, 0, INT32_MAX, false},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        double value = ranges[i].value;
        if (value <= ranges[i].high && (ranges[i].open ? value > ranges[i].low : value >= ranges[i].low))
            continue;
        return fail(problem, BAD_INPUT,
                    MESSAGE("model_parameter", "The parameter {0} of a model must be between {1} and {2}.",
                            "پارامتر {0} مدل باید میان {1} و {2} باشد."),
                    ARGS(str_of(ranges[i].name), str_format(problem->arena, "%g", ranges[i].low),
                         str_format(problem->arena, "%g", ranges[i].high)));
    }
    return OK;
}

static enum status matrix_make(const struct boosting_data *rows, int threads, DMatrixHandle *ret,
                               struct problem *problem) {
    if (XGBSetGlobalConfig("{\"verbosity\": 0}") || /* of this thread */
        XGDMatrixCreateFromMat_omp(rows->x, rows->n, rows->p, NAN, ret, threads))
        return refused(problem);
    if (!rows->outcome) return OK;
    float *labels = memory_new(rows->n * sizeof *labels);
    for (size_t i = 0; i < rows->n; i++)
        labels[i] = rows->outcome[i] != 0;
    int failed = XGDMatrixSetFloatInfo(*ret, "label", labels, rows->n);
    free(labels);
    return failed ? refused(problem) : OK;
}

/* ---- training ---- */

struct boosting_parameters boosting_defaults(void) {
    return (struct boosting_parameters){.eta = 0.03,
                                        .depth = 4,
                                        .rounds = 300,
                                        .min_child_weight = 5,
                                        .subsample = 0.8,
                                        .colsample = 0.8,
                                        .lambda = 1,
                                        .positive_weight = 1,
                                        .base_score = 0.5,
                                        .threads = 1};
}

static enum status configure(BoosterHandle handle, const struct boosting_parameters *p, size_t columns,
                             struct problem *problem) {
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"verbosity", 0},
        {"eta", p->eta},
        {"max_depth", p->depth},
        {"min_child_weight", p->min_child_weight},
        {"subsample", p->subsample},
        {"colsample_bytree", p->colsample},
        {"lambda", p->lambda},
        {"scale_pos_weight", p->positive_weight},
        {"base_score", p->base_score},
        {"nthread", p->threads},
        {"seed", (double)p->seed},
    };
    char text[40];
    int failed = XGBoosterSetParam(handle, "objective", "binary:logistic") |
                 XGBoosterSetParam(handle, "eval_metric", "logloss") |
                 XGBoosterSetParam(handle, "tree_method", p->exact ? "exact" : "hist");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !failed; i++) {
        snprintf(text, sizeof text, "%.17g", numbers[i].value);
        failed = XGBoosterSetParam(handle, numbers[i].name, text);
    }
    if (p->monotone && !failed) {
        struct buf list = {0};
        for (size_t j = 0; j < columns; j++)
            buf_format(&list, "%c%d", j ? ',' : '(', p->monotone[j] > 0 ? 1 : p->monotone[j] < 0 ? -1 : 0);
        buf_put(&list, ")", 2);
        failed = XGBoosterSetParam(handle, "monotone_constraints", list.p);
        buf_free(&list);
    }
    return failed ? refused(problem) : OK;
}

/* One tree after the other; *kept is how many to keep. */
static enum status grow(BoosterHandle handle, DMatrixHandle train, DMatrixHandle later,
                        const struct boosting_parameters *p, int *kept, struct problem *problem) {
    double lowest = INFINITY;
    *kept = p->rounds;
    for (int round = 0; round < p->rounds; round++) {
        if (XGBoosterUpdateOneIter(handle, round, train)) return refused(problem);
        if (!later) continue;
        const char *name = "later", *said;
        if (XGBoosterEvalOneIter(handle, round, &later, &name, 1, &said)) return refused(problem);
        const char *figure = strrchr(said, ':');
        double loss = figure ? strtod(figure + 1, NULL) : NAN;
        if (loss < lowest) {
            lowest = loss;
            *kept = round + 1;
        }
        if (round + 1 - *kept >= p->patience) break;
    }
    return OK;
}

enum status boosting_train(const struct boosting_data *rows, const struct boosting_data *later,
                           const struct boosting_parameters *p, struct boosting **ret,
                           struct problem *problem) {
    struct boosting model = {.p = rows->p};
    DMatrixHandle matrices[2] = {0};
    bool stops = later && later->n && p->patience > 0;
    int kept = 0;
    enum status status = check_parameters(p, problem);
    *ret = NULL;
    if (!status) status = check_training(rows, problem);
    if (!status && stops) status = check_rows(later, problem);
    if (!status) status = matrix_make(rows, p->threads, &matrices[0], problem);
    if (!status && stops) status = matrix_make(later, p->threads, &matrices[1], problem);
    if (!status && XGBoosterCreate(matrices, stops ? 2 : 1, &model.handle)) status = refused(problem);
    if (!status) status = configure(model.handle, p, rows->p, problem);
    if (!status) status = grow(model.handle, matrices[0], matrices[1], p, &kept, problem);
    if (!status && stops) { /* without the trees after the best one */
        BoosterHandle whole = model.handle;
        model.handle = NULL;
        if (XGBoosterSlice(whole, 0, kept, 1, &model.handle)) status = refused(problem);
        XGBoosterFree(whole);
    }
    for (int i = 0; i < 2; i++)
        if (matrices[i]) XGDMatrixFree(matrices[i]);
    if (status) {
        if (model.handle) XGBoosterFree(model.handle);
        return status;
    }
    *ret = memory_new(sizeof **ret);
    **ret = model;
    return OK;
}

void boosting_free(struct boosting *model) {
    if (model) XGBoosterFree(model->handle);
    free(model);
}

size_t boosting_columns(const struct boosting *model) {
    return model->p;
}

size_t boosting_rounds(const struct boosting *model) {
    int rounds = 0;
    return XGBoosterBoostedRounds(model->handle, &rounds) ? 0 : (size_t)rounds;
}

enum status boosting_margins(const struct boosting *model, const float *x, size_t n, double *margins,
                             struct problem *problem) {
    struct boosting_data rows = {.x = x, .n = n, .p = model->p};
    DMatrixHandle matrix = NULL;
    if (!n) return OK;
    enum status status = check_rows(&rows, problem);
    if (!status) status = matrix_make(&rows, 1, &matrix, problem);
    bst_ulong const *shape;
    bst_ulong dimensions;
    float const *got;
    if (!status && XGBoosterPredictFromDMatrix(model->handle, matrix,
                                               "{\"type\": 1, \"training\": false, \"iteration_begin\": 0, "
                                               "\"iteration_end\": 0, \"strict_shape\": false}",
                                               &shape, &dimensions, &got))
        status = refused(problem);
    for (size_t i = 0; i < n && !status; i++)
        margins[i] = got[i];
    if (matrix) XGDMatrixFree(matrix);
    return status;
}

/* ---- bytes ---- */

/* magic, the hash of what follows (XXH3, of this machine's order), XGBoost's UBJSON */
static const char magic[8] = "vafaxgb1";
enum { HEAD = sizeof magic + sizeof(uint64_t) };

enum status boosting_save(const struct boosting *model, struct buf *out, struct problem *problem) {
    bst_ulong length;
    const char *bytes;
    if (XGBoosterSaveModelToBuffer(model->handle, "{\"format\": \"ubj\"}", &length, &bytes))
        return refused(problem);
    uint64_t hash = XXH3_64bits(bytes, length);
    buf_put(out, magic, sizeof magic);
    buf_put(out, &hash, sizeof hash);
    buf_put(out, bytes, length);
    return OK;
}

enum status boosting_describe(const struct boosting *model, struct buf *out, struct problem *problem) {
    bst_ulong length;
    const char *bytes;
    if (XGBoosterSaveModelToBuffer(model->handle, "{\"format\": \"json\"}", &length, &bytes))
        return refused(problem);
    buf_put(out, bytes, length);
    return OK;
}

enum status boosting_load(struct str bytes, struct boosting **ret, struct problem *problem) {
    uint64_t hash = 0;
    *ret = NULL;
    if (bytes.n > HEAD) memcpy(&hash, bytes.p + sizeof magic, sizeof hash);
    if (bytes.n <= HEAD || memcmp(bytes.p, magic, sizeof magic) != 0 ||
        hash != XXH3_64bits(bytes.p + HEAD, bytes.n - HEAD))
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "model_damaged", "A stored model cannot be read: its bytes are damaged. Train it anew.",
                "مدل ذخیره‌شده خوانده نمی‌شود: داده‌اش آسیب دیده است. آن را دوباره آموزش دهید."),
            NO_ARGS);
    struct boosting model = {0};
    bst_ulong columns = 0;
    if (XGBSetGlobalConfig("{\"verbosity\": 0}") || XGBoosterCreate(NULL, 0, &model.handle))
        return refused(problem);
    if (XGBoosterSetParam(model.handle, "nthread", "1") ||
        XGBoosterLoadModelFromBuffer(model.handle, bytes.p + HEAD, bytes.n - HEAD) ||
        XGBoosterGetNumFeature(model.handle, &columns)) {
        XGBoosterFree(model.handle);
        return refused(problem);
    }
    model.p = columns;
    *ret = memory_new(sizeof **ret);
    **ret = model;
    return OK;
}
