/* Measuring usage: one pass over an account's rows, newest first, for all queries at once.
 *
 * The bounds of all windows cut the days into segments. Sums are kept for each (feature set, segment). For
 * distinct people a stamp says in which newer segment a person was last met; the pair (segment, newer
 * segment) is counted once a person and segment. A window [a, b) then has as many people as pairs (s, t) with
 * a ≤ s < b and t ≥ b: each person is counted at its newest segment inside. Breadth is the same with features
 * for people. */
#include "signals/usage.h"

#include "signals/usage_rows.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENT_BITS = 6, MOST_BOUNDS = 60, MOST_SETS = 32 };

struct cell {
    uint64_t events;
    uint32_t days;
    int32_t newest, oldest; /* day offsets; valid where days > 0 */
};

struct feature_set {
    const uint32_t *features;
    size_t count;           /* 0: every feature */
    const uint32_t *groups; /* or NULL */
    bool users, breadth;
    struct cell *cells;       /* by segment */
    uint32_t *user_pairs;     /* segment × (segments + 1) */
    uint32_t *breadth_pairs;  /* likewise */
    uint32_t *person_stamps;  /* by person of the account: epoch | segment */
    uint32_t *feature_stamps; /* by dense feature, or by group */
    uint32_t *group_of;       /* by dense feature; NULL: no groups */
};

struct wanted {
    const struct usage_query *query;
    double *out;
    int set, first, last; /* segments [first, last) */
};

struct plan {
    struct wanted wanted[MOST_BOUNDS];
    size_t wanted_n;
    int32_t bounds[MOST_BOUNDS + 2]; /* day offsets, ascending */
    int bound_n, segments;           /* segment k: bounds k − 1 … k; 0: all before the first bound */
    bool since_ever;
    struct feature_set sets[MOST_SETS];
    int set_n;
    int64_t known_before; /* rows with day offset + lag below it count; INT64_MAX: all */
    uint32_t *dense;      /* by feature: 1 + its place among the features that sets name, or 0 */
    size_t dense_n, dense_count;
    uint32_t *masks; /* by dense feature: bit per set */
    void *memory;
};

static int32_t offset_of(int64_t day) {
    int64_t offset = day - USAGE_DAY_BASE;
    return offset < 0 ? 0 : offset > UINT16_MAX + 1 ? UINT16_MAX + 1 : (int32_t)offset;
}

static int64_t known_before(const struct usage_query *query) {
    if (query->known_at == INT32_MAX) return INT64_MAX;
    return (int64_t)query->known_at - USAGE_DAY_BASE + (query->today_too ? 1 : 0);
}

static int64_t window_end(const struct usage_query *query) {
    return (int64_t)query->to + (query->today_too ? 1 : 0);
}

static void bound_put(struct plan *plan, int32_t bound) {
    int at = plan->bound_n;
    while (at > 0 && plan->bounds[at - 1] > bound)
        at--;
    if (at > 0 && plan->bounds[at - 1] == bound) return;
    memmove(plan->bounds + at + 1, plan->bounds + at, (size_t)(plan->bound_n - at) * sizeof *plan->bounds);
    plan->bounds[at] = bound;
    plan->bound_n++;
}

static int bound_find(const struct plan *plan, int32_t bound) {
    int at = 0;
    while (plan->bounds[at] != bound)
        at++;
    return at;
}

static int set_put(struct plan *plan, const struct usage_query *query) {
    for (int i = 0; i < plan->set_n; i++) {
        const struct feature_set *set = &plan->sets[i];
        if (set->count == query->feature_count && set->groups == query->groups &&
            (!set->count || !memcmp(set->features, query->features, set->count * sizeof *set->features)))
            return i;
    }
    if (plan->set_n == MOST_SETS) return -1;
    plan->sets[plan->set_n] = (struct feature_set){
        .features = query->features, .count = query->feature_count, .groups = query->groups};
    return plan->set_n++;
}

/* Takes as many queries as fit one pass; returns how many. */
static size_t plan_take(struct plan *plan, const struct usage_query *queries, size_t n, double *const *out) {
    *plan = (struct plan){.known_before = known_before(&queries[0])};
    size_t i = 0;
    for (; i < n && plan->wanted_n < MOST_BOUNDS && plan->bound_n + 2 <= MOST_BOUNDS; i++) {
        const struct usage_query *query = &queries[i];
        if (known_before(query) != plan->known_before) break;
        int set = set_put(plan, query);
        if (set < 0) break;
        if (query->measure == USAGE_USERS) plan->sets[set].users = true;
        if (query->measure == USAGE_BREADTH) plan->sets[set].breadth = true;
        if (query->from == INT32_MIN)
            plan->since_ever = true;
        else
            bound_put(plan, offset_of(query->from));
        bound_put(plan, offset_of(window_end(query)));
        plan->wanted[plan->wanted_n++] = (struct wanted){.query = query, .out = out[i], .set = set};
    }
    plan->segments = plan->bound_n;
    for (size_t w = 0; w < plan->wanted_n; w++) {
        struct wanted *wanted = &plan->wanted[w];
        wanted->first =
            wanted->query->from == INT32_MIN ? 0 : bound_find(plan, offset_of(wanted->query->from)) + 1;
        wanted->last = bound_find(plan, offset_of(window_end(wanted->query))) + 1;
    }
    return i;
}

/* One block of memory for all that the pass needs. */
static void plan_memory(struct plan *plan, size_t persons, size_t all_features) {
    size_t highest = 0, named = 0;
    bool every = false;
    for (int s = 0; s < plan->set_n; s++) {
        const struct feature_set *set = &plan->sets[s];
        every |= set->breadth && !set->count;
        named += set->count;
        for (size_t f = 0; f < set->count; f++)
            if (set->features[f] >= highest) highest = (size_t)set->features[f] + 1;
    }
    if (every && all_features > highest) highest = all_features;
    if (highest > USAGE_FEATURE_MASK + 1) highest = USAGE_FEATURE_MASK + 1;
    plan->dense_n = highest;
    size_t dense_most = (every ? highest : named < highest ? named : highest) + 1;
    size_t segments = (size_t)plan->segments, pairs = segments * (segments + 1), bytes = 0;
    bytes += highest * sizeof(uint32_t) + dense_most * sizeof(uint32_t);
    for (int s = 0; s < plan->set_n; s++) {
        const struct feature_set *set = &plan->sets[s];
        bytes += segments * sizeof(struct cell);
        if (set->users) bytes += (pairs + persons + 1) * sizeof(uint32_t);
        size_t items = set->count > dense_most ? set->count : dense_most;
        if (set->breadth) bytes += (pairs + items + (set->groups ? dense_most : 0)) * sizeof(uint32_t);
    }
    char *next = plan->memory = memory_new(bytes);
    for (int s = 0; s < plan->set_n; s++) { /* cells first: they have the widest alignment */
        plan->sets[s].cells = (struct cell *)next;
        next += segments * sizeof(struct cell);
    }
    plan->dense = (uint32_t *)next;
    next += highest * sizeof(uint32_t);
    plan->masks = (uint32_t *)next;
    next += dense_most * sizeof(uint32_t);
    for (int s = 0; s < plan->set_n; s++) {
        struct feature_set *set = &plan->sets[s];
        if (set->users) {
            set->user_pairs = (uint32_t *)next;
            set->person_stamps = set->user_pairs + pairs;
            next += (pairs + persons + 1) * sizeof(uint32_t);
        }
        if (set->breadth) {
            set->breadth_pairs = (uint32_t *)next;
            set->feature_stamps = set->breadth_pairs + pairs;
            next += (pairs + (set->count > dense_most ? set->count : dense_most)) * sizeof(uint32_t);
            if (set->groups) {
                set->group_of = (uint32_t *)next;
                next += dense_most * sizeof(uint32_t);
            }
        }
        for (size_t f = 0; f < set->count; f++) {
            size_t feature = set->features[f];
            if (feature > USAGE_FEATURE_MASK) feature = USAGE_FEATURE_MASK;
            if (!plan->dense[feature]) plan->dense[feature] = (uint32_t)++plan->dense_count;
            plan->masks[plan->dense[feature]] |= 1u << s;
            if (set->group_of) set->group_of[plan->dense[feature]] = set->groups[f];
        }
    }
    for (size_t f = 0; every && f < highest; f++)
        if (!plan->dense[f]) plan->dense[f] = (uint32_t)++plan->dense_count;
}

static inline void stamp(uint32_t *stamps, uint32_t *pairs, uint32_t item, uint32_t epoch, uint32_t segment,
                         uint32_t segments) {
    uint32_t now = epoch << SEGMENT_BITS | segment, old = stamps[item];
    if (old == now) return;
    uint32_t newer = old >> SEGMENT_BITS == epoch ? old & ((1 << SEGMENT_BITS) - 1) : segments;
    pairs[segment * (segments + 1) + newer]++;
    stamps[item] = now;
}

static inline void cell_day(struct cell *cell, int32_t day) {
    if (!cell->days)
        cell->newest = day;
    else if (cell->oldest == day)
        return;
    cell->oldest = day;
    cell->days++;
}

/* The pass over one account. `every`: the set of every feature, or NULL. Epochs start at 1 and tell accounts
 * apart. */
static inline __attribute__((always_inline)) void pass(struct plan *plan, const struct usage_row *rows,
                                                       size_t n, uint32_t epoch, struct feature_set *every,
                                                       bool all_known) {
    uint32_t segments = (uint32_t)plan->segments,
             segment = segments - 1; /* the one that ends at the last bound */
    uint64_t end = (uint64_t)plan->bounds[plan->bound_n - 1];
    size_t i = n;
    if (end <= UINT16_MAX && n && rows[n - 1].key >= end << USAGE_DAY_SHIFT) {
        size_t low = 0;
        while (low < i) {
            size_t middle = (low + i) / 2;
            if (rows[middle].key < end << USAGE_DAY_SHIFT)
                low = middle + 1;
            else
                i = middle;
        }
    }
    int32_t lowest = plan->since_ever ? 0 : plan->bounds[0];
    bool users = every && every->users, breadth = every && every->breadth;
    while (i) {
        int32_t day = (int32_t)(rows[i - 1].key >> USAGE_DAY_SHIFT);
        if (day < lowest) return;
        while (segment && day < plan->bounds[segment - 1])
            segment--;
        uint64_t events = 0, start = (uint64_t)day << USAGE_DAY_SHIFT;
        for (; i && rows[i - 1].key >= start; i--) {
            const struct usage_row *row = &rows[i - 1];
            if (!all_known && day + (int64_t)row->lag >= plan->known_before) continue;
            uint32_t person = row->key & USAGE_PERSON_MASK;
            events += row->count;
            if (users && person)
                stamp(every->person_stamps, every->user_pairs, person, epoch, segment, segments);
            uint32_t feature = (uint32_t)(row->key >> USAGE_FEATURE_SHIFT) & USAGE_FEATURE_MASK;
            uint32_t dense = feature < plan->dense_n ? plan->dense[feature] : 0;
            if (!dense) continue;
            if (breadth) stamp(every->feature_stamps, every->breadth_pairs, dense, epoch, segment, segments);
            for (uint32_t mask = plan->masks[dense]; mask; mask &= mask - 1) {
                struct feature_set *set = &plan->sets[__builtin_ctz(mask)];
                set->cells[segment].events += row->count;
                cell_day(&set->cells[segment], day);
                if (set->users && person)
                    stamp(set->person_stamps, set->user_pairs, person, epoch, segment, segments);
                if (set->breadth)
                    stamp(set->feature_stamps, set->breadth_pairs,
                          set->group_of ? set->group_of[dense] : dense, epoch, segment, segments);
            }
        }
        if (every && events) {
            every->cells[segment].events += events;
            cell_day(&every->cells[segment], day);
        }
    }
}

static double distinct(const uint32_t *pairs, int first, int last, int segments) {
    uint64_t sum = 0;
    for (int s = first; s < last; s++)
        for (int t = last; t <= segments; t++)
            sum += pairs[s * (segments + 1) + t];
    return (double)sum;
}

static double wanted_value(const struct plan *plan, const struct wanted *wanted) {
    const struct feature_set *set = &plan->sets[wanted->set];
    uint64_t sum = 0;
    switch (wanted->query->measure) {
    case USAGE_EVENTS:
        for (int s = wanted->first; s < wanted->last; s++)
            sum += set->cells[s].events;
        return (double)sum;
    case USAGE_ACTIVE_DAYS:
        for (int s = wanted->first; s < wanted->last; s++)
            sum += set->cells[s].days;
        return (double)sum;
    case USAGE_USERS:
        return distinct(set->user_pairs, wanted->first, wanted->last, plan->segments);
    case USAGE_BREADTH:
        return distinct(set->breadth_pairs, wanted->first, wanted->last, plan->segments);
    case USAGE_LAST_DAYS:
        for (int s = wanted->last - 1; s >= wanted->first; s--)
            if (set->cells[s].days) return wanted->query->to - (set->cells[s].newest + USAGE_DAY_BASE);
        return NAN;
    case USAGE_FIRST_DAYS:
        for (int s = wanted->first; s < wanted->last; s++)
            if (set->cells[s].days) return wanted->query->to - (set->cells[s].oldest + USAGE_DAY_BASE);
        return NAN;
    }
    return NAN;
}

/* Accounts lie here and there in memory, and their rows are read from the end: without a hint every one of
 * them begins with a wait. */
static void fetch_ahead(const struct usage *usage, size_t number) {
    enum { AHEAD = 2, LINE = 64, MOST_LINES = 16 };
    if (number + AHEAD >= usage->n) return;
    const struct account_usage *account = &usage->accounts[number + AHEAD];
    size_t step = LINE / sizeof *account->rows ? LINE / sizeof *account->rows : 1, row = account->n;
    for (int line = 0; row && line < MOST_LINES; line++) {
        __builtin_prefetch(&account->rows[row - 1]);
        row = row > step ? row - step : 0;
    }
}

static void plan_run(struct plan *plan, const struct usage *usage, uint32_t first, size_t n) {
    size_t segments = (size_t)plan->segments, pairs = segments * (segments + 1);
    struct feature_set *every = NULL;
    for (int s = 0; s < plan->set_n; s++)
        if (!plan->sets[s].count) every = &plan->sets[s];
    struct usage_view view = {0};
    for (size_t i = 0; i < n; i++) {
        size_t number = first + i;
        fetch_ahead(usage, number);
        for (int s = 0; s < plan->set_n; s++) {
            memset(plan->sets[s].cells, 0, segments * sizeof(struct cell));
            if (plan->sets[s].users) memset(plan->sets[s].user_pairs, 0, pairs * sizeof(uint32_t));
            if (plan->sets[s].breadth) memset(plan->sets[s].breadth_pairs, 0, pairs * sizeof(uint32_t));
        }
        if (number < usage->n && usage->accounts[number].n) {
            const struct account_usage *account = &usage->accounts[number];
            const struct usage_row *rows = usage_rows(account, &view);
            uint32_t epoch = (uint32_t)i + 1;
            if (plan->known_before == INT64_MAX)
                pass(plan, rows, account->n, epoch, every, true);
            else
                pass(plan, rows, account->n, epoch, every, false);
        }
        for (size_t w = 0; w < plan->wanted_n; w++)
            plan->wanted[w].out[i] = wanted_value(plan, &plan->wanted[w]);
    }
    free(view.rows);
}

void usage_evaluate(const struct usage *usage, const struct usage_query *queries, size_t query_count,
                    uint32_t first, size_t n, double *const *out) {
    size_t persons = 0;
    for (size_t i = first; i < first + n && i < usage->n; i++)
        if (usage->accounts[i].person_n > persons) persons = usage->accounts[i].person_n;
    for (size_t done = 0; done < query_count;) {
        struct plan plan;
        size_t taken = plan_take(&plan, queries + done, query_count - done, out + done);
        plan_memory(&plan, persons, usage->feature_n);
        plan_run(&plan, usage, first, n);
        free(plan.memory);
        done += taken;
    }
}
