#include "statistics/trees.h"

#include "base/json.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

static enum status unknown_model(struct problem *problem) {
    return fail(problem, BAD_INPUT,
                MESSAGE("trees_unknown", "This is not a model of trees that can be read.",
                        "این مدل درختیِ خواندنی نیست."),
                NO_ARGS);
}

/* One tree of the model's description: its columns side by side. */
struct described {
    const struct json *left, *right, *column, *cut, *missing_left, *cover;
    size_t n;
};

static const struct json *list_of(const struct json *tree, const char *name, size_t n) {
    const struct json *list = json_get(tree, name);
    if (!list || list->kind != JSON_ARRAY || list->n != n) return NULL;
    for (size_t i = 0; i < n; i++)
        if (list->items[i].kind != JSON_INT && list->items[i].kind != JSON_NUMBER &&
            list->items[i].kind != JSON_BOOL)
            return NULL;
    return list;
}

static bool describe(const struct json *tree, struct described *out) {
    const struct json *left = json_get(tree, "left_children"), *categories = json_get(tree, "categories");
    if (!left || !left->n || (categories && categories->n)) return false;
    size_t n = left->n;
    *out = (struct described){list_of(tree, "left_children", n),
                              list_of(tree, "right_children", n),
                              list_of(tree, "split_indices", n),
                              list_of(tree, "split_conditions", n),
                              list_of(tree, "default_left", n),
                              list_of(tree, "sum_hessian", n),
                              n};
    return out->left && out->right && out->column && out->cut && out->missing_left && out->cover;
}

/* Lays one tree out, parents before children and siblings side by side; *n is how many nodes it has. */
static bool lay_out(const struct described *tree, struct trees *out, size_t at, size_t columns, size_t *n,
                    uint8_t *depth) {
    uint32_t *was = memory_new(tree->n * sizeof *was);
    uint8_t *level = memory_new(tree->n);
    bool fine = true;
    *n = 1;
    *depth = 0;
    for (size_t i = 0; i < *n && fine; i++) {
        struct tree_node *node = &out->nodes[at + i];
        uint32_t from = was[i];
        int64_t left = tree->left->items[from].integer, right = tree->right->items[from].integer;
        const struct json *missing = &tree->missing_left->items[from];
        float cut = (float)tree->cut->items[from].number;
        out->cover[at + i] = (float)tree->cover->items[from].number;
        if (level[i] > *depth) *depth = level[i];
        if (left < 0) { /* a leaf: its value stands where a cut would */
            *node = (struct tree_node){.cut = NAN, .left = (uint32_t)i, .missing_left = true};
            out->value[at + i] = cut;
            continue;
        }
        int64_t column = tree->column->items[from].integer;
        fine = *n + 2 <= tree->n && left < (int64_t)tree->n && right >= 0 && right < (int64_t)tree->n &&
               column >= 0 && column < (int64_t)columns && level[i] < TREES_MOST_DEPTH;
        if (!fine) break;
        *node = (struct tree_node){cut, (uint32_t)*n, (uint32_t)column,
                                   missing->kind == JSON_BOOL ? missing->boolean : missing->integer != 0};
        for (int side = 0; side < 2; side++) {
            was[*n] = (uint32_t)(side ? right : left);
            level[(*n)++] = level[i] + 1;
        }
    }
    free(was);
    free(level);
    return fine;
}

static enum status lay_out_all(const struct json *list, size_t columns, struct arena *arena,
                               struct trees *out, struct problem *problem) {
    struct described *described = memory_new((list->n + 1) * sizeof *described);
    size_t nodes = 0, at = 0;
    bool fine = true;
    for (size_t t = 0; t < list->n && fine; t++) {
        fine = describe(&list->items[t], &described[t]);
        nodes += described[t].n;
    }
    out->count = list->n;
    out->columns = columns;
    out->first = arena_array(arena, list->n + 1, sizeof *out->first);
    out->depth = arena_alloc(arena, list->n + 1);
    out->nodes = arena_array(arena, nodes + 1, sizeof *out->nodes);
    out->value = arena_array(arena, nodes + 1, sizeof *out->value);
    out->cover = arena_array(arena, nodes + 1, sizeof *out->cover);
    for (size_t t = 0; t < list->n && fine; t++) {
        size_t n;
        fine = lay_out(&described[t], out, at, columns, &n, &out->depth[t]);
        out->first[t + 1] = at += n;
    }
    free(described);
    return fine ? OK : unknown_model(problem);
}

enum status trees_read(struct str text, struct arena *arena, struct trees *ret, struct problem *problem) {
    struct arena scratch = {0};
    struct json json;
    *ret = (struct trees){0};
    enum status status = json_parse(text, &scratch, &json, problem);
    if (!status) {
        const struct json *learner = json_get(&json, "learner"),
                          *parameters = json_get(learner, "learner_model_param"),
                          *booster = json_get(learner, "gradient_booster"),
                          *list = json_get(json_get(booster, "model"), "trees");
        int64_t columns = 0;
        double base = strtod(str_c(&scratch, json_get_string(parameters, "base_score")), NULL);
        bool known = str_is(json_get_string(booster, "name"), "gbtree") && list && list->kind == JSON_ARRAY &&
                     base > 0 && base < 1 &&
                     str_is(json_get_string(json_get(learner, "objective"), "name"), "binary:logistic") &&
                     str_to_int(json_get_string(parameters, "num_feature"), &columns) && columns > 0 &&
                     columns < INT32_MAX;
        status = known ? lay_out_all(list, (size_t)columns, arena, ret, problem) : unknown_model(problem);
        ret->base = log(base / (1 - base));
    }
    arena_free(&scratch);
    return status;
}

/* ---- margins ---- */

struct margins {
    const struct trees *trees;
    const float *x;
    double *out;
};

/* Some rows go down a tree side by side: none waits for what another one has to read. */
enum { ABREAST = 16 };
static inline __attribute__((always_inline)) void go_down(const struct trees *trees, size_t tree,
                                                          const float *x, size_t rows, double *out) {
    const struct tree_node *nodes = trees->nodes + trees->first[tree];
    uint32_t at[ABREAST] = {0};
    for (uint8_t level = 0; level < trees->depth[tree]; level++)
        for (size_t i = 0; i < rows; i++) {
            const struct tree_node *node = &nodes[at[i]];
            at[i] = node->left + !tree_goes_left(node, x[i * trees->columns + node->column]);
        }
    for (size_t i = 0; i < rows; i++)
        out[i] += trees->value[trees->first[tree] + at[i]];
}

static void margins_of(void *self, size_t from, size_t to) {
    const struct margins *job = self;
    const struct trees *trees = job->trees;
    for (size_t i = from; i < to; i++)
        job->out[i] = trees->base;
    for (size_t t = 0; t < trees->count; t++) {
        size_t i = from;
        for (; i + ABREAST <= to; i += ABREAST)
            go_down(trees, t, job->x + i * trees->columns, ABREAST, job->out + i);
        if (i < to) go_down(trees, t, job->x + i * trees->columns, to - i, job->out + i);
    }
}

void trees_margins(const struct trees *trees, const float *x, size_t n, int threads, double *margins) {
    struct margins job = {trees, x, margins};
    parallel_rows(n, 256, threads, margins_of, &job);
}
