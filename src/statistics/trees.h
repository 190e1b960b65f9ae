/* A trained model of trees as plain arrays: read once, asked by any number of threads at once. */
#ifndef VAFA_STATISTICS_TREES_H
#define VAFA_STATISTICS_TREES_H
#include "base/problem.h"

enum { TREES_MOST_DEPTH = 8 };

/* A row goes left where x < cut, or where x is missing and missing_left. A leaf leads to itself whatever the
 * row holds: its cut is NaN, missing_left is true and left is its own place. */
struct tree_node {
    float cut;
    uint32_t left; /* place of the left child within the tree; the right one follows it */
    uint32_t column;
    bool missing_left;
};

struct trees {
    size_t columns; /* of a row */
    size_t count;   /* trees */
    double base;    /* the margin before the first tree */
    size_t
        *first; /* count + 1: where each tree's nodes begin; the root is its first, parents before children */
    uint8_t *depth; /* of each tree: 0 is a leaf alone */
    struct tree_node *nodes;
    float *value; /* of each node: a leaf's, 0 elsewhere */
    float *cover; /* of each node: Σ p(1 − p) of the training rows that came through */
};

static inline bool tree_is_leaf(const struct trees *trees, size_t tree, size_t node) {
    return trees->nodes[trees->first[tree] + node].left == node;
}
static inline bool tree_goes_left(const struct tree_node *node, float x) {
    return (x < node->cut) | (node->missing_left & !(x >= node->cut));
}

/* From what boosting_describe gives. Lives in the arena. BAD_INPUT: another kind of model, trees deeper than
 * TREES_MOST_DEPTH, places that lead nowhere. */
enum status trees_read(struct str json, struct arena *arena, struct trees *ret,
                       struct problem *problem) MUST_USE;

/* The log odds of n rows of trees->columns floats; NaN: missing. By `threads` threads. */
void trees_margins(const struct trees *trees, const float *x, size_t n, int threads, double *margins);

#endif
