#include "signals/ingest_internal.h"

/* Series over promoted properties: made when facts ask for them, filled from the event store when all the
 * values that they read are there, and kept current with every batch. */

enum { SLICE_BLOCKS = 128 }; /* of the back-fill between two batches: some 130,000 events */

struct collecting {
    struct ingest *ingest;
    struct property_series *series;
    const struct bits *only; /* accounts; NULL: all */
    bool keyless;
    bool add; /* into the series at once; else into ingest->taken */
};

static void take(struct ingest *ingest, struct property_series *series, const struct usage_entry *entry,
                 const struct property_value *values) {
    if (!property_takes(series, values)) return;
    VEC_PUSH(&ingest->taken,
             (struct property_taken){series, *entry,
                                     series->use.name_n ? values[0]
                                                        : (struct property_value){.kind = PROPERTY_ABSENT}});
}

void properties_take(struct ingest *ingest, const struct event *event, const struct usage_entry *entry) {
    struct property_value values[1 + PROPERTY_MOST_CONDITIONS];
    if (!event->properties.n) return;
    for (size_t s = 0; s < ingest->properties->series.n; s++) {
        struct property_series *series = ingest->properties->series.v[s];
        if (!series->ready || series->event != event->name) continue;
        arena_reset(&ingest->property_arena);
        properties_read(event->properties, series->use.names, series->use.name_n, &ingest->property_arena,
                        values);
        take(ingest, series, entry, values);
    }
}

static enum status collect_block(void *self, const struct event_block *block,
                                 const struct property_value *values, struct problem *problem) {
    (void)problem;
    struct collecting *c = self;
    struct ingest *ingest = c->ingest;
    size_t n = c->series->use.name_n;
    if (c->add) ingest->taken.n = 0;
    directory_lock(ingest->house->directory);
    for (size_t i = 0; i < block->n; i++) {
        if (c->keyless && block->account[i]) continue;
        struct event event = {.occurred = block->occurred[i],
                              .known_from = block->known_from[i],
                              .account = block->account[i],
                              .user = block->user[i],
                              .name = block->name[i],
                              .count = block->count[i],
                              .source = block->source[i],
                              .flags = block->flags[i]};
        struct usage_entry entry;
        if (usage_entry_find(ingest, &event, &entry, NULL) && (!c->only || bits_has(c->only, entry.account)))
            take(ingest, c->series, &entry, values + i * n);
    }
    directory_unlock(ingest->house->directory);
    if (c->add) property_add(ingest->taken.v, ingest->taken.n);
    return OK;
}

static enum status collect(struct collecting *c, const struct event_filter *filter, struct problem *problem) {
    return events_scan_values(c->ingest->house->events, filter, c->series->event, c->series->promoted,
                              c->series->use.name_n, collect_block, c, problem);
}

enum status properties_collect(struct ingest *ingest, const struct event_filter *filter, bool keyless,
                               const struct bits *only, struct problem *problem) {
    enum status status = OK;
    for (size_t s = 0; s < ingest->properties->series.n && !status; s++) {
        struct collecting c = {ingest, ingest->properties->series.v[s], only, keyless, false};
        if (c.series->ready) status = collect(&c, filter, problem);
    }
    return status;
}

/* A series with the use and the numbers of another one, and all its events. */
static enum status filled(struct ingest *ingest, const struct property_series *of,
                          struct property_series **ret, struct problem *problem) {
    struct property_series *series = property_series_new(&of->use);
    series->event = of->event;
    memcpy(series->promoted, of->promoted, sizeof series->promoted);
    struct collecting c = {.ingest = ingest, .series = series, .add = true};
    enum status status = collect(&c, &(struct event_filter){0}, problem);
    ingest->taken.n = 0;
    if (series->events) usage_settle(series->events, SIZE_MAX);
    series->ready = !status;
    if (status)
        property_series_free(series);
    else
        *ret = series;
    return status;
}

enum status properties_rebuild(struct ingest *ingest, struct problem *problem) {
    enum status status = OK;
    for (size_t s = 0; s < ingest->properties->series.n && !status; s++) {
        struct property_series **place = &ingest->properties->series.v[s], *made;
        if (!(*place)->ready || (status = filled(ingest, *place, &made, problem))) continue;
        property_series_free(*place);
        *place = made;
    }
    return status;
}

/* ---- what is asked for ---- */

static bool asks_for(const struct wanting *wanting, struct str key) {
    for (size_t i = 0; i < wanting->n; i++)
        if (str_equal(wanting->uses[i].key, key)) return true;
    return false;
}

static bool is_there(const struct properties *properties, struct str key) {
    for (size_t s = 0; s < properties->series.n; s++)
        if (str_equal(properties->series.v[s]->use.key, key)) return true;
    return false;
}

static void change_series(struct ingest *ingest, const struct wanting *wanting) {
    struct properties *properties = ingest->properties;
    size_t kept = 0;
    usage_write_lock(ingest->house->usage);
    for (size_t s = 0; s < properties->series.n; s++) {
        struct property_series *series = properties->series.v[s];
        if (asks_for(wanting, series->use.key))
            properties->series.v[kept++] = series;
        else
            property_series_free(series);
    }
    properties->series.n = kept;
    for (size_t i = 0; i < wanting->n; i++)
        if (!is_there(properties, wanting->uses[i].key))
            VEC_PUSH(&properties->series, property_series_new(&wanting->uses[i]));
    ingest->wanted = true;
    usage_unlock(ingest->house->usage);
}

static bool is_read(const struct properties *properties, struct str event, struct str property) {
    for (size_t s = 0; s < properties->series.n; s++) {
        const struct property_use *use = &properties->series.v[s]->use;
        if (!str_equal(use->event, event)) continue;
        for (size_t i = 0; i < use->name_n; i++)
            if (str_equal(use->names[i], property)) return true;
    }
    return false;
}

static enum status let_go(struct ingest *ingest, struct arena *arena, struct problem *problem) {
    struct events *events = ingest->house->events;
    size_t n;
    struct promoted *promoted = events_promoted(events, arena, &n);
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++) {
        struct str event = events_string(events, DICTIONARY_NAME, promoted[i].name, arena);
        if (!is_read(ingest->properties, event, promoted[i].property))
            status = events_demote(events, promoted[i].number, problem);
    }
    return status;
}

static enum status promote(struct ingest *ingest, struct property_series *series, struct problem *problem) {
    struct events *events = ingest->house->events;
    enum status status = OK;
    for (size_t i = 0; i < series->use.name_n && !status; i++)
        status =
            events_promote(events, series->use.event, series->use.names[i], &series->promoted[i], problem);
    if (!status) series->event = events_find(events, DICTIONARY_NAME, series->use.event);
    return status;
}

static bool has_values(const struct property_series *series, const struct promoted *promoted, size_t n) {
    for (size_t i = 0; i < series->use.name_n; i++)
        for (size_t k = 0; k < n; k++)
            if (promoted[k].number == series->promoted[i] && promoted[k].behind) return false;
    return true;
}

/* Promotes what is not yet, and fills the series whose values are all there. */
static enum status advance(struct ingest *ingest, struct arena *arena, struct problem *problem) {
    struct properties *properties = ingest->properties;
    enum status status = OK;
    bool any = false;
    size_t n;
    for (size_t s = 0; s < properties->series.n && !status; s++)
        if (!properties->series.v[s]->event) status = promote(ingest, properties->series.v[s], problem);
    struct promoted *promoted = events_promoted(ingest->house->events, arena, &n);
    for (size_t s = 0; s < properties->series.n && !status; s++) {
        struct property_series *series = properties->series.v[s], *made;
        if (series->ready || !has_values(series, promoted, n)) continue;
        if ((status = filled(ingest, series, &made, problem))) break;
        usage_write_lock(ingest->house->usage);
        properties->series.v[s] = made;
        usage_rewrite(ingest->house->usage);
        usage_unlock(ingest->house->usage);
        property_series_free(series);
        any = true;
    }
    if (any) notices_put(ingest->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_USAGE);
    for (size_t i = 0; i < n; i++)
        ingest->filling |= promoted[i].behind > 0;
    for (size_t s = 0; s < properties->series.n; s++)
        ingest->filling |= !properties->series.v[s]->ready;
    return status;
}

enum status properties_want(struct ingest *ingest, const struct wanting *wanting, struct problem *problem) {
    struct arena arena = {0};
    change_series(ingest, wanting);
    enum status status = let_go(ingest, &arena, problem);
    if (!status) status = advance(ingest, &arena, problem);
    if (status) ingest->filling = true; /* tried again */
    arena_free(&arena);
    return status;
}

enum status properties_fill(struct ingest *ingest, struct problem *problem) {
    struct arena arena = {0};
    bool more = false;
    enum status status = ingest_step(ingest, "back_fill");
    if (!status) status = events_back_fill(ingest->house->events, SLICE_BLOCKS, &more, problem);
    if (!status) {
        ingest->filling = false;
        status = advance(ingest, &arena, problem);
        if (!more && !ingest->filling) ingest->since_checkpoint++;
    }
    if (status) ingest->filling = true;
    arena_free(&arena);
    return status;
}
