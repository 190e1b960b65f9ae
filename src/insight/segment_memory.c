#include "insight/segment_memory.h"

#include "base/vec.h"
#include "insight/insight.h"
#include "insight/segment_live.h"
#include "queries.h"

#include <stdlib.h>

enum { LISTED, ENTERED, LEFT, MOVES };

/* By member: the instant since when it is on the list, or when it last entered or left; INT64_MIN: it did
 * not. */
struct instants {
    instant_t *v; /* owned; NULL: not read yet */
    size_t n;
};
struct remembered {
    struct str key; /* owned */
    struct instants of[MOVES];
};
struct segment_memory {
    struct house *house;
    pthread_mutex_t lock;
    VEC(struct remembered) list;
};

static struct remembered *find(struct segment_memory *memory, struct str key) {
    for (size_t i = 0; i < memory->list.n; i++)
        if (str_equal(memory->list.v[i].key, key)) return &memory->list.v[i];
    return NULL;
}

static void put(struct instants *instants, uint32_t member, instant_t at) {
    if (member >= instants->n) {
        size_t n = (size_t)member + member / 4 + 64;
        instants->v = memory_resize(instants->v, n * sizeof *instants->v);
        for (size_t i = instants->n; i < n; i++)
            instants->v[i] = INT64_MIN;
        instants->n = n;
    }
    if (at > instants->v[member]) instants->v[member] = at;
}

/* since: the last move of each member from then on; of a list who is on it at `before`. */
static enum status read(struct house *house, const struct segment *segment, int what, instant_t since,
                        instant_t before, struct instants *out, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    put(out, 0, INT64_MIN); /* so that an empty one has been read */
    struct rows *rows =
        rows_open(session, what == LISTED ? &query_segment_list_at : &query_segment_history_moved);
    rows_bind_text(rows, "segment", segment->key);
    if (what == LISTED) {
        rows_bind_int(rows, "at", before);
    } else {
        rows_bind_int(rows, "entered", what == ENTERED);
        rows_bind_int(rows, "since", since);
        rows_bind_int(rows, "before", before);
    }
    while (rows_next(rows)) {
        uint32_t member = segment_member(house, segment->of, rows_id(rows, 0));
        if (member != UINT32_MAX) put(out, member, what == LISTED ? 0 : rows_int(rows, 1));
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static void fill(const struct instants *instants, instant_t since, const uint32_t *members, uint32_t first,
                 size_t n, struct column *column) {
    for (size_t i = 0; i < n; i++) {
        uint32_t member = members ? members[i] : first + (uint32_t)i;
        column->number[i] =
            member < instants->n && instants->v[member] >= since && instants->v[member] != INT64_MIN;
        column->state[i] = FACT_KNOWN;
        column->cause[i] = CAUSE_NONE;
        column->age_days[i] = 0;
    }
}

/* Before a segment was saved for the first time nobody watched who entered and left: unknown. */
static enum status ask(void *self, enum rule_need_kind kind, const struct segment *segment, int32_t days_back,
                       const struct moment *moment, const uint32_t *members, uint32_t first, size_t n,
                       struct column *column, struct problem *problem) {
    struct segment_memory *memory = self;
    struct insight *insight = memory->house->insight;
    int what = kind == NEED_SEGMENT ? LISTED : kind == NEED_ENTERED ? ENTERED : LEFT;
    instant_t since = what == LISTED ? 0 : zone_start(insight->parts.zone, moment->day - days_back);
    enum status status = OK;
    if (moment->at < segment->since) return OK;
    if (!moment->now) {
        struct instants then = {0};
        status = read(memory->house, segment, what, since, moment->at, &then, problem);
        if (!status) fill(&then, since, members, first, n, column);
        free(then.v);
        return status;
    }
    pthread_mutex_lock(&memory->lock);
    struct remembered *remembered = find(memory, segment->key);
    if (!remembered) {
        char *key = memory_new(segment->key.n + 1);
        memcpy(key, segment->key.p, segment->key.n);
        VEC_PUSH(&memory->list, (struct remembered){.key = {key, segment->key.n}});
        remembered = &memory->list.v[memory->list.n - 1];
    }
    struct instants *instants = &remembered->of[what];
    if (!instants->v) status = read(memory->house, segment, what, INT64_MIN, INT64_MAX, instants, problem);
    if (status) {
        free(instants->v);
        *instants = (struct instants){0};
    } else {
        fill(instants, since, members, first, n, column);
    }
    pthread_mutex_unlock(&memory->lock);
    return status;
}

void segment_memory_moved(struct segment_memory *memory, struct str key, uint32_t member, bool entered,
                          instant_t at) {
    pthread_mutex_lock(&memory->lock);
    struct remembered *remembered = find(memory, key);
    struct instants *instants = remembered ? &remembered->of[entered ? ENTERED : LEFT] : NULL;
    if (instants && instants->v) put(instants, member, at);
    pthread_mutex_unlock(&memory->lock);
}

void segment_memory_forget(struct segment_memory *memory, struct str key) {
    pthread_mutex_lock(&memory->lock);
    struct remembered *remembered = find(memory, key);
    if (remembered) {
        free(remembered->of[LISTED].v);
        remembered->of[LISTED] = (struct instants){0};
    }
    pthread_mutex_unlock(&memory->lock);
}

struct segment_memory *segment_memory_open(struct house *house) {
    struct segment_memory *memory = memory_new(sizeof *memory);
    memory->house = house;
    pthread_mutex_init(&memory->lock, NULL);
    house->insight->memory = ask;
    house->insight->memory_self = memory;
    return memory;
}

void segment_memory_close(struct segment_memory *memory) {
    memory->house->insight->memory = NULL;
    for (size_t i = 0; i < memory->list.n; i++) {
        free((char *)memory->list.v[i].key.p);
        for (int what = 0; what < MOVES; what++)
            free(memory->list.v[i].of[what].v);
    }
    VEC_FREE(&memory->list);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}
