#include "insight/fact_memory.h"

#include "insight/needs.h"
#include "insight/segment_set.h"

#include <stdlib.h>

struct kept {
    uint32_t fact;
    day_t day, known_day;
    int32_t carry_days; /* −1: the value of the day itself */
    struct column column;
};

struct fact_memory {
    struct insight *insight;
    struct catalogue *catalogue;
    uint64_t insight_state, usage_state, directory_state;
    size_t rows, most_bytes;
    size_t bytes; /* atomic: looked at by those who wait for the memory */
    int held;     /* by its users and, while it is current, by the insight; under the insight's lock */
    pthread_mutex_t lock; /* one maker of columns at a time */
    VEC(struct kept) kept;
    uint8_t *partial; /* all 0: nobody asks it of the past */
};

/* ---- one state ---- */

/* Start days and merges of the first n accounts as one number (FNV-1a over words). */
static uint64_t directory_state(struct directory *directory, size_t n) {
    uint64_t state = 0xcbf29ce484222325ull;
    directory_lock(directory);
    for (uint32_t i = 0; i < n; i++) {
        const struct directory_account *account = directory_account(directory, i);
        state = (state ^ (uint32_t)account->starts_on) * 0x100000001b3ull;
        state = (state ^ account->merged) * 0x100000001b3ull;
    }
    directory_unlock(directory);
    return state;
}

static bool is_current(const struct fact_memory *memory, const struct catalogue *catalogue) {
    struct insight *insight = memory->insight;
    return memory->catalogue == catalogue && memory->insight_state == insight_rewritten(insight) &&
           memory->usage_state == usage_rewritten(insight->parts.usage) &&
           memory->directory_state == directory_state(insight->parts.directory, memory->rows) &&
           __atomic_load_n(&memory->bytes, __ATOMIC_RELAXED) <= memory->most_bytes;
}

static struct fact_memory *memory_make(struct insight *insight, struct catalogue *catalogue,
                                       size_t most_bytes) {
    struct fact_memory *memory = memory_new(sizeof *memory);
    directory_lock(insight->parts.directory);
    memory->rows = directory_size(insight->parts.directory);
    directory_unlock(insight->parts.directory);
    memory->insight = insight;
    memory->catalogue = catalogue;
    memory->insight_state = insight_rewritten(insight);
    memory->usage_state = usage_rewritten(insight->parts.usage);
    memory->directory_state = directory_state(insight->parts.directory, memory->rows);
    memory->most_bytes = most_bytes;
    memory->partial = memory_new(memory->rows + 1);
    pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

static void memory_free(struct fact_memory *memory) {
    for (size_t i = 0; i < memory->kept.n; i++)
        free(memory->kept.v[i].column.number); /* the other parts lie behind it */
    VEC_FREE(&memory->kept);
    pthread_mutex_destroy(&memory->lock);
    free(memory->partial);
    free(memory);
}

/* The insight's lock held. */
static void let_go(struct fact_memory *memory) {
    if (--memory->held == 0) memory_free(memory);
}

struct fact_memory *fact_memory_hold(struct insight *insight, struct catalogue *catalogue,
                                     size_t most_bytes) {
    pthread_mutex_lock(&insight->remembering);
    struct fact_memory *memory = insight->remembered;
    if (memory && !is_current(memory, catalogue)) {
        let_go(memory);
        memory = NULL;
    }
    if (!memory) {
        memory = memory_make(insight, catalogue, most_bytes);
        memory->held = 1;
    }
    insight->remembered = memory;
    memory->held++;
    pthread_mutex_unlock(&insight->remembering);
    return memory;
}

void fact_memory_release(struct fact_memory *memory) {
    if (!memory) return;
    struct insight *insight = memory->insight;
    pthread_mutex_lock(&insight->remembering);
    let_go(memory);
    pthread_mutex_unlock(&insight->remembering);
}

void fact_memory_forget(struct insight *insight) {
    pthread_mutex_lock(&insight->remembering);
    if (insight->remembered) let_go(insight->remembered);
    insight->remembered = NULL;
    pthread_mutex_unlock(&insight->remembering);
}

size_t fact_memory_rows(const struct fact_memory *memory) {
    return memory->rows;
}

struct catalogue *fact_memory_catalogue(const struct fact_memory *memory) {
    return memory->catalogue;
}

/* ---- columns ---- */

static bool find(struct fact_memory *memory, const struct kept *wanted, struct column *column) {
    for (size_t i = 0; i < memory->kept.n; i++) {
        const struct kept *one = &memory->kept.v[i];
        if (one->fact != wanted->fact || one->day != wanted->day || one->known_day != wanted->known_day ||
            one->carry_days != wanted->carry_days)
            continue;
        *column = one->column;
        return true;
    }
    return false;
}

/* Keeps a copy while there is room. What is made from contacts is asked anew: a changed contact changes the
 * past too, and nothing tells of it. */
static void keep(struct fact_memory *memory, struct kept one) {
    if (fact_reach(&memory->catalogue->world, one.fact) & REACH_PEOPLE) return;
    size_t n = memory->rows, size = (n + 1) * (sizeof(double) + sizeof(int32_t) + 2);
    if (__atomic_add_fetch(&memory->bytes, size, __ATOMIC_RELAXED) > memory->most_bytes) return;
    const struct column *from = &one.column;
    struct column to = {.number = memory_new(size), .partial = memory->partial};
    to.age_days = (int32_t *)(to.number + n + 1);
    to.state = (uint8_t *)(to.age_days + n + 1);
    to.cause = to.state + n + 1;
    memcpy(to.number, from->number, n * sizeof *to.number);
    memcpy(to.age_days, from->age_days, n * sizeof *to.age_days);
    memcpy(to.state, from->state, n);
    memcpy(to.cause, from->cause, n);
    one.column = to;
    VEC_PUSH(&memory->kept, one);
}

static struct kept key_of(const struct rule_need *need, const struct moment *moment) {
    return (struct kept){.fact = need->number,
                         .day = moment->day - need->days_back,
                         .known_day = moment->known_day,
                         .carry_days = -1};
}

/* Under the memory's lock: two who ask for the same wait for one maker. */
static enum status make(struct fact_memory *memory, const struct rule_needs *needs,
                        const struct moment *moment, struct arena *arena, struct column *columns,
                        struct problem *problem) {
    struct rule_needs missing = {0};
    size_t *places = arena_array(arena, needs->n + 1, sizeof *places);
    for (size_t i = 0; i < needs->n; i++) {
        struct kept key = key_of(&needs->v[i], moment);
        if (needs->v[i].kind == NEED_FACT && find(memory, &key, &columns[i])) continue;
        places[i] = 1 + rule_need(&missing, needs->v[i], arena);
    }
    if (!missing.n) return OK;
    usage_asked(memory->insight->parts.usage, moment->known_day);
    const struct rule_needs *list = &missing;
    struct column *made;
    enum status status = needs_evaluate(memory->insight, memory->catalogue, &list, 1, moment, 0, memory->rows,
                                        arena, &made, problem);
    if (status) return status;
    for (size_t i = 0; i < missing.n; i++) {
        struct kept one = key_of(&missing.v[i], moment);
        one.column = made[i];
        if (missing.v[i].kind == NEED_FACT) keep(memory, one);
    }
    for (size_t i = 0; i < needs->n; i++)
        if (places[i]) columns[i] = made[places[i] - 1];
    return OK;
}

enum status fact_memory_needs(struct fact_memory *memory, const struct rule_needs *needs,
                              const struct moment *moment, struct arena *arena, struct column *columns,
                              struct problem *problem) {
    pthread_mutex_lock(&memory->lock);
    enum status status = make(memory, needs, moment, arena, columns, problem);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

bool fact_memory_carried(struct fact_memory *memory, uint32_t fact, const struct moment *moment,
                         int32_t carry_days, struct column *column) {
    struct kept key = {fact, moment->day, moment->known_day, carry_days, {0}};
    pthread_mutex_lock(&memory->lock);
    bool found = find(memory, &key, column);
    pthread_mutex_unlock(&memory->lock);
    return found;
}

void fact_memory_keep_carried(struct fact_memory *memory, uint32_t fact, const struct moment *moment,
                              int32_t carry_days, const struct column *column) {
    pthread_mutex_lock(&memory->lock);
    keep(memory, (struct kept){fact, moment->day, moment->known_day, carry_days, *column});
    pthread_mutex_unlock(&memory->lock);
}
