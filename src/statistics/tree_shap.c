#include "statistics/tree_shap.h"

#include "base/parallel.h"
#include "base/vec.h"

#include <stdlib.h>

/* A group with more bits than GROUP_BITS is a pair of leaves or a leaf alone, deep down. */
enum { GROUP_BITS = 6, MOST_BITS = TREES_MOST_DEPTH, CELL = MOST_BITS, BLOCK = 512, POINTS = 4 };

/* Some leaves of a tree below one node, and the nodes that decide between them. */
struct group {
    uint8_t bits;               /* nodes that matter: ancestors and what is inside */
    uint8_t columns;            /* distinct columns of them */
    uint16_t node[MOST_BITS];   /* of each bit: the node; the bit is set where the row goes left */
    uint32_t column[MOST_BITS]; /* distinct */
    float *table;               /* 2^bits × CELL: what each column gets */
};
typedef VEC(struct group) groups;

struct tree_shap {
    const struct trees *trees;
    size_t most_nodes; /* of one tree */
    double bias;
    groups all;
    size_t *first; /* trees + 1: the groups of each tree */
};

/* ---- tables ---- */

/* Gauss–Legendre on [0, 1]: exact up to degree 7. */
static const double points[POINTS] = {0.069431844202973712, 0.33000947820757187, 0.66999052179242813,
                                      0.93056815579702629};
static const double weights[POINTS] = {0.17392742256872693, 0.32607257743127307, 0.32607257743127307,
                                       0.17392742256872693};

/* The way to a leaf, by distinct columns. */
struct way {
    size_t columns;
    uint32_t column[MOST_BITS];
    double share[MOST_BITS];                              /* z */
    unsigned must_left[MOST_BITS], must_right[MOST_BITS]; /* bits of the group that the row has to keep to */
};

static size_t place_of(uint32_t *columns, size_t *n, uint32_t column) {
    for (size_t i = 0; i < *n; i++)
        if (columns[i] == column) return i;
    columns[*n] = column;
    return (*n)++;
}

/* Adds what a leaf gives, for every pattern of the group's bits. */
static void add_leaf(const struct way *way, double value, const struct group *group, double *sums) {
    size_t d = way->columns, patterns = (size_t)1 << group->bits, place[MOST_BITS];
    for (size_t i = 0; i < d; i++)
        for (size_t c = 0; c < group->columns; c++)
            if (group->column[c] == way->column[i]) place[i] = c;
    for (unsigned pattern = 0; pattern < patterns; pattern++) {
        double kept[MOST_BITS], integral[MOST_BITS] = {0};
        for (size_t i = 0; i < d; i++)
            kept[i] = (pattern & way->must_left[i]) == way->must_left[i] && !(pattern & way->must_right[i]);
        for (int q = 0; q < POINTS; q++) {
            double before[MOST_BITS + 1], after = weights[q];
            before[0] = 1;
            for (size_t i = 0; i < d; i++)
                before[i + 1] = before[i] * ((1 - points[q]) * way->share[i] + points[q] * kept[i]);
            for (size_t i = d; i-- > 0;) {
                integral[i] += before[i] * after;
                after *= (1 - points[q]) * way->share[i] + points[q] * kept[i];
            }
        }
        for (size_t i = 0; i < d; i++)
            sums[pattern * CELL + place[i]] += value * (kept[i] - way->share[i]) * integral[i];
    }
}

/* A walk down one tree. */
struct walk {
    const struct trees *trees;
    struct arena *arena;
    struct tree_shap *shap;
    size_t tree;
    const struct tree_node *nodes;
    const float *value, *cover;
    size_t depth;
    uint16_t node[MOST_BITS + 1]; /* ancestors */
    bool left[MOST_BITS + 1];     /* which way the walk went at each */
};

static bool is_leaf(const struct walk *walk, size_t node) {
    return walk->nodes[node].left == node;
}

static size_t inner_nodes(const struct walk *walk, size_t node) {
    if (is_leaf(walk, node)) return 0;
    return 1 + inner_nodes(walk, walk->nodes[node].left) + inner_nodes(walk, walk->nodes[node].left + 1);
}

static unsigned bit_of(const struct group *group, uint16_t node) {
    for (unsigned bit = 0; bit < group->bits; bit++)
        if (group->node[bit] == node) return 1u << bit;
    return 0;
}

static void add_leaves(struct walk *walk, size_t node, const struct group *group, double *sums) {
    if (is_leaf(walk, node)) {
        struct way way = {0};
        double whole = 1;
        for (size_t i = 0; i < walk->depth; i++) {
            const struct tree_node *at = &walk->nodes[walk->node[i]];
            size_t n = way.columns, k = place_of(way.column, &way.columns, at->column);
            double cover = walk->cover[walk->node[i]],
                   share = cover > 0 ? walk->cover[at->left + !walk->left[i]] / cover : 0.5;
            if (k == n) way.share[k] = 1;
            way.share[k] *= share;
            whole *= share;
            *(walk->left[i] ? &way.must_left[k] : &way.must_right[k]) |= bit_of(group, walk->node[i]);
        }
        walk->shap->bias += walk->value[node] * whole;
        add_leaf(&way, walk->value[node], group, sums);
        return;
    }
    walk->node[walk->depth] = (uint16_t)node;
    for (int side = 0; side < 2; side++) {
        walk->left[walk->depth++] = !side;
        add_leaves(walk, walk->nodes[node].left + (uint32_t)side, group, sums);
        walk->depth--;
    }
}

static void add_bits(const struct walk *walk, size_t node, struct group *group) {
    if (is_leaf(walk, node)) return;
    group->node[group->bits++] = (uint16_t)node;
    add_bits(walk, walk->nodes[node].left, group);
    add_bits(walk, walk->nodes[node].left + 1, group);
}

static void make_group(struct walk *walk, size_t node) {
    struct group group = {0};
    size_t columns = 0;
    for (size_t i = 0; i < walk->depth; i++)
        group.node[group.bits++] = walk->node[i];
    add_bits(walk, node, &group);
    for (unsigned bit = 0; bit < group.bits; bit++)
        place_of(group.column, &columns, walk->nodes[group.node[bit]].column);
    group.columns = (uint8_t)columns;
    size_t cells = (size_t)CELL << group.bits;
    double *sums = memory_new(cells * sizeof *sums);
    add_leaves(walk, node, &group, sums);
    group.table = arena_array(walk->arena, cells, sizeof *group.table);
    for (size_t i = 0; i < cells; i++)
        group.table[i] = (float)sums[i];
    free(sums);
    if (columns) VEC_PUSH(&walk->shap->all, group); /* a tree of a leaf alone only has a mean */
}

static void make_groups(struct walk *walk, size_t node) {
    size_t inner = inner_nodes(walk, node);
    if (walk->depth + inner <= GROUP_BITS || inner <= 1) {
        make_group(walk, node);
        return;
    }
    walk->node[walk->depth] = (uint16_t)node;
    for (int side = 0; side < 2; side++) {
        walk->left[walk->depth++] = !side;
        make_groups(walk, walk->nodes[node].left + (uint32_t)side);
        walk->depth--;
    }
}

struct tree_shap *tree_shap_make(const struct trees *trees, struct arena *arena) {
    struct tree_shap *shap = arena_alloc(arena, sizeof *shap);
    shap->trees = trees;
    shap->bias = trees->base;
    shap->first = arena_array(arena, trees->count + 1, sizeof *shap->first);
    for (size_t t = 0; t < trees->count; t++) {
        size_t at = trees->first[t], nodes = trees->first[t + 1] - at;
        struct walk walk = {.trees = trees,
                            .arena = arena,
                            .shap = shap,
                            .tree = t,
                            .nodes = trees->nodes + at,
                            .value = trees->value + at,
                            .cover = trees->cover + at};
        make_groups(&walk, 0);
        shap->first[t + 1] = shap->all.n;
        if (nodes > shap->most_nodes) shap->most_nodes = nodes;
    }
    struct group *grown = shap->all.v;
    shap->all.v = arena_copy(arena, grown, shap->all.n * sizeof *grown);
    free(grown);
    return shap;
}

double tree_shap_bias(const struct tree_shap *shap) {
    return shap->bias;
}

/* ---- rows ---- */

/* Some rows, column by column; columns and nodes are n apart. Comparisons of floats answer in four bytes
 * and what is wanted is one: of STEP rows, the answers of the first quarter go to the lowest bytes, those
 * of the second to the next, and so on. So that they come out in order, x holds row r of STEP at place r %
 * 4 × 8 + r / 4. */
struct block {
    size_t n;         /* rows, a multiple of STEP ≤ BLOCK; the last ones are for nobody */
    const float *x;   /* of each column, so placed */
    float *sum;       /* of each column */
    uint8_t *left;    /* of each node of the tree at hand: 1 where the row goes left */
    uint8_t *pattern; /* of the group at hand */
    float *nowhere;   /* where the columns that a group does not have are added: nothing */
};

enum { STEP = 32 };
typedef float eight_floats __attribute__((vector_size(32), aligned(4)));
typedef uint32_t eight_ints __attribute__((vector_size(32), aligned(1)));
typedef uint8_t many_bytes __attribute__((vector_size(STEP), aligned(1)));

static inline size_t place_of_row(size_t row) {
    return row / STEP * STEP + row % 4 * 8 + row % STEP / 4;
}

static inline __attribute__((always_inline)) void decide(const struct tree_node *node, size_t n,
                                                         const float *x, uint8_t *left) {
    const eight_floats cut = node->cut - (eight_floats){0};
    const eight_ints turned = (node->missing_left ? 0x01010101u : 0) - (eight_ints){0};
    for (size_t i = 0; i < n; i += STEP) {
        eight_ints all = turned;
#pragma GCC unroll 4
        for (unsigned k = 0; k < 4; k++) {
            eight_floats at = *(const eight_floats *)(x + i + 8 * k);
            eight_ints answer = (eight_ints)(node->missing_left ? at >= cut : at < cut);
            all ^= answer & (1u << 8 * k);
        }
        *(eight_ints *)(left + i) = all;
    }
}

static inline __attribute__((always_inline)) void find_patterns(const struct group *group, size_t n,
                                                                const uint8_t *left, uint8_t *pattern) {
    for (size_t i = 0; i < n; i += STEP) {
        many_bytes all = {0};
        for (unsigned bit = group->bits; bit-- > 0;)
            all = all + all + *(const many_bytes *)(left + group->node[bit] * n + i);
        *(many_bytes *)(pattern + i) = all;
    }
}

/* Adds the table's four columns from `first` on for eight rows: their cells are loaded as rows and turned. */
static inline __attribute__((always_inline)) void look_up(const struct group *group, unsigned first,
                                                          const uint8_t *pattern, float *const *sum) {
    typedef float four __attribute__((vector_size(16), aligned(4)));
    eight_floats row[4], low[2], high[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* rows i and i + 4 side by side */
        four a = *(const four *)(group->table + pattern[i] * (size_t)CELL + first),
             b = *(const four *)(group->table + pattern[i + 4] * (size_t)CELL + first);
        row[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        low[i] = __builtin_shufflevector(row[2 * i], row[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        high[i] = __builtin_shufflevector(row[2 * i], row[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    *(eight_floats *)sum[0] += __builtin_shufflevector(low[0], low[1], 0, 1, 8, 9, 4, 5, 12, 13);
    *(eight_floats *)sum[1] += __builtin_shufflevector(low[0], low[1], 2, 3, 10, 11, 6, 7, 14, 15);
    *(eight_floats *)sum[2] += __builtin_shufflevector(high[0], high[1], 0, 1, 8, 9, 4, 5, 12, 13);
    *(eight_floats *)sum[3] += __builtin_shufflevector(high[0], high[1], 2, 3, 10, 11, 6, 7, 14, 15);
}

static inline __attribute__((always_inline)) void add_group(const struct group *group,
                                                            const struct block *block) {
    const uint8_t *pattern = block->pattern;
    find_patterns(group, block->n, block->left, block->pattern);
    for (unsigned first = 0; first < group->columns; first += 4) {
        float *sum[4];
        for (unsigned c = 0; c < 4; c++)
            sum[c] = first + c < group->columns ? block->sum + group->column[first + c] * block->n
                                                : block->nowhere;
        for (size_t i = 0; i < block->n; i += 8)
            look_up(group, first, pattern + i, (float *[]){sum[0] + i, sum[1] + i, sum[2] + i, sum[3] + i});
    }
}

static inline __attribute__((always_inline)) void add_trees(const struct tree_shap *shap,
                                                            const struct block *block) {
    const struct trees *trees = shap->trees;
    for (size_t t = 0; t < trees->count; t++) {
        const struct tree_node *nodes = trees->nodes + trees->first[t];
        for (size_t k = 0; k < trees->first[t + 1] - trees->first[t]; k++)
            if (nodes[k].left != k)
                decide(&nodes[k], block->n, block->x + nodes[k].column * block->n,
                       block->left + k * block->n);
        for (size_t g = shap->first[t]; g < shap->first[t + 1]; g++)
            add_group(&shap->all.v[g], block);
    }
}

static void add_trees_plain(const struct tree_shap *shap, const struct block *block) {
    add_trees(shap, block);
}
#if defined(__x86_64__)
static __attribute__((target("avx2"))) void add_trees_wide(const struct tree_shap *shap,
                                                           const struct block *block) {
    add_trees(shap, block);
}
static bool has_wide(void) {
    return __builtin_cpu_supports("avx2");
}
#else
#define add_trees_wide add_trees_plain
static bool has_wide(void) {
    return false;
}
#endif

struct job {
    const struct tree_shap *shap;
    const float *x;
    double *out;
};

static void rows_of(void *self, size_t from, size_t to) {
    const struct job *job = self;
    size_t p = job->shap->trees->columns, n = to - from, padded = (n + STEP - 1) / STEP * STEP;
    float *x = memory_new((2 * p + 1) * padded * sizeof *x), *sum = x + p * padded;
    uint8_t *left = memory_new((job->shap->most_nodes + 1) * padded);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            x[j * padded + place_of_row(i)] = job->x[(from + i) * p + j];
    struct block block = {padded, x, sum, left, left + job->shap->most_nodes * padded, sum + p * padded};
    (has_wide() ? add_trees_wide : add_trees_plain)(job->shap, &block);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < p; j++)
            job->out[(from + i) * p + j] = sum[j * padded + i];
    free(x);
    free(left);
}

void tree_shap_rows(const struct tree_shap *shap, const float *x, size_t n, int threads, double *out) {
    struct job job = {shap, x, out};
    parallel_rows(n, BLOCK, threads, rows_of, &job);
}
