#include "insight/fact_children.h"

#include <math.h>
#include <stdlib.h>

enum { DEEPEST = 64, FEW = 20 };

bool catalogue_has_children(const struct catalogue *catalogue) {
    for (uint32_t i = 0; i < catalogue_size(catalogue); i++)
        if (catalogue_declared(catalogue, i)->kind == FROM_CHILDREN) return true;
    return false;
}

/* ---- who stands above ---- */

struct parents {
    const struct directory *directory;
    const struct signal_table *attributes;
    int field, value;
    uint32_t word; /* of "parent" */
    const struct moment *moment;
};

/* The directory is locked, then the tables: their order. */
static struct parents parents_begin(struct insight *insight, const struct moment *moment) {
    directory_lock(insight->parts.directory);
    pthread_rwlock_rdlock(&insight->lock);
    int t = 0;
    while (strcmp(signal_sources[t]->key, "attributes") != 0)
        t++;
    struct parents parents = {insight->parts.directory, &insight->tables[t], .moment = moment};
    parents.field = signal_text(signal_sources[t], STR("field"));
    parents.value = signal_text(signal_sources[t], STR("value"));
    parents.word = dict_find(&parents.attributes->texts[parents.field], STR("parent"));
    return parents;
}

static void parents_end(struct insight *insight) {
    pthread_rwlock_unlock(&insight->lock);
    directory_unlock(insight->parts.directory);
}

static uint32_t parent_of(const struct parents *parents, uint32_t account) {
    const struct signal_table *table = parents->attributes;
    if (parents->word == DICT_NONE || account >= table->n) return ACCOUNT_NONE;
    const struct signal_account *one = &table->accounts[account];
    for (uint32_t i = one->n; i-- > 0;) { /* the newest first; a cleared one says that there is none */
        const struct signal_row *row = &one->rows[i];
        if (row->text[parents->field] != parents->word || row->occurred > parents->moment->at ||
            row->known_from > parents->moment->known_at)
            continue;
        struct id id;
        uint32_t value = row->text[parents->value];
        if (value == NO_TEXT || !id_parse(dict_key(&table->texts[parents->value], value), &id))
            return ACCOUNT_NONE;
        uint32_t parent = directory_by_id(parents->directory, id);
        return parent == ACCOUNT_NONE ? parent : directory_root(parents->directory, parent);
    }
    return ACCOUNT_NONE;
}

/* Nobody twice, and never the account itself: an old history may go in a circle. */
static size_t above(const struct parents *parents, uint32_t account, uint32_t *out, size_t most) {
    size_t n = 0;
    for (uint32_t at = parent_of(parents, account); at != ACCOUNT_NONE && at != account && n < most;
         at = parent_of(parents, at)) {
        for (size_t i = 0; i < n; i++)
            if (out[i] == at) return n;
        out[n++] = at;
    }
    return n;
}

size_t account_ancestors(struct insight *insight, uint32_t account, uint32_t *out, size_t most) {
    struct moment now = moment_now(insight);
    struct parents parents = parents_begin(insight, &now);
    size_t n = above(&parents, account, out, most);
    parents_end(insight);
    return n;
}

/* ---- rolling up ---- */

struct pair {
    uint32_t child, row; /* row: of the account above, in the columns */
};
struct rollup {
    double sum, weight, low, high;
    size_t known, children;
    int32_t age;
    uint8_t cause, partial;
};

static size_t find_pairs(struct insight *insight, const struct moment *moment, uint32_t first, size_t n,
                         struct arena *arena, struct pair **ret, size_t *accounts) {
    VEC(struct pair) pairs = {0};
    struct parents parents = parents_begin(insight, moment);
    size_t all = directory_size(parents.directory);
    for (uint32_t child = 0; child < all; child++) {
        uint32_t line[DEEPEST];
        if (directory_account(parents.directory, child)->merged) continue;
        size_t above_n = above(&parents, child, line, DEEPEST);
        for (size_t i = 0; i < above_n; i++)
            if (line[i] >= first && line[i] - first < n)
                VEC_PUSH(&pairs, (struct pair){child, line[i] - first});
    }
    parents_end(insight);
    *accounts = all;
    *ret = pairs.n ? arena_copy(arena, pairs.v, pairs.n * sizeof *pairs.v) : NULL;
    size_t count = pairs.n;
    VEC_FREE(&pairs);
    return count;
}

static void take(struct rollup *rollup, const struct column *value, const struct column *weight, size_t at) {
    rollup->children += value->state[at] != FACT_NOT_APPLICABLE;
    if (value->state[at] == FACT_UNKNOWN) rollup->cause = value->cause[at];
    if (value->state[at] != FACT_KNOWN) return;
    double w = weight ? weight->state[at] == FACT_KNOWN ? weight->number[at] : NAN : 1;
    if (!(w > 0)) {
        rollup->cause = CAUSE_NO_BASE;
        return;
    }
    double number = value->number[at];
    rollup->low = rollup->known ? fmin(rollup->low, number) : number;
    rollup->high = rollup->known ? fmax(rollup->high, number) : number;
    rollup->sum += number * w;
    rollup->weight += w;
    rollup->known++;
    if (value->age_days[at] > rollup->age) rollup->age = value->age_days[at];
    rollup->partial |= value->partial[at];
}

static double result(const struct rollup *rollup, enum children_measure measure, int better) {
    switch (measure) {
    case CHILDREN_SUM:
        return rollup->sum;
    case CHILDREN_MEAN:
    case CHILDREN_WEIGHTED_MEAN:
        return rollup->sum / rollup->weight;
    case CHILDREN_MINIMUM:
        return rollup->low;
    case CHILDREN_MAXIMUM:
        return rollup->high;
    case CHILDREN_WORST:
        return better > 0 ? rollup->low : rollup->high;
    }
    return NAN;
}

enum status children_evaluate(struct insight *insight, const struct catalogue *catalogue,
                              const struct declared *declared, const struct moment *moment, uint32_t first,
                              size_t n, struct arena *arena, struct column *out, struct problem *problem) {
    const struct children_fact *fact = &declared->children;
    uint32_t facts[2] = {fact->fact, fact->arr};
    size_t fact_n = fact->arr == DICT_NONE ? 1 : 2, all;
    struct pair *pairs;
    struct rollup *rollups = arena_array(arena, n + 1, sizeof *rollups);
    size_t pair_n = find_pairs(insight, moment, first, n, arena, &pairs, &all);
    for (size_t i = 0; i < n; i++)
        rollups[i].age = -1;
    struct column columns[2];
    bool together = pair_n * FEW >= all;
    enum status status = OK;
    if (pair_n && together)
        status = facts_evaluate(insight, catalogue, facts, fact_n, moment, 0, all, arena, columns, problem);
    struct arena scratch = {0};
    for (size_t p = 0; p < pair_n && !status; p++) {
        size_t at = together ? pairs[p].child : 0;
        /* Pairs of one child stand together. */
        if (!together && (!p || pairs[p].child != pairs[p - 1].child)) {
            arena_reset(&scratch);
            status = facts_evaluate(insight, catalogue, facts, fact_n, moment, pairs[p].child, 1, &scratch,
                                    columns, problem);
        }
        if (!status) take(&rollups[pairs[p].row], &columns[0], fact_n > 1 ? &columns[1] : NULL, at);
    }
    arena_free(&scratch);
    for (size_t i = 0; i < n && !status; i++) {
        const struct rollup *rollup = &rollups[i];
        out->state[i] = rollup->known ? FACT_KNOWN : rollup->children ? FACT_UNKNOWN : FACT_NOT_APPLICABLE;
        out->cause[i] = rollup->known ? CAUSE_NONE : rollup->children ? rollup->cause : CAUSE_NO_CHILDREN;
        out->number[i] = rollup->known
                             ? result(rollup, fact->measure, catalogue_fact(catalogue, fact->fact)->better)
                             : NAN;
        out->age_days[i] = rollup->age;
        out->partial[i] = rollup->partial;
    }
    return status;
}
