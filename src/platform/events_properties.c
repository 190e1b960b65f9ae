#include "base/json.h"
#include "base/number.h"
#include "platform/events_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* Promoted properties. The tables `promoted` and `property_values` are written in the transactions of the
 * events, or of a slice of the back-fill with how far it has come: every value is there once, whatever stops
 * the process. Blocks tell before from after: a promotion falls between two batches, so that all events of a
 * block were written either before it or after it. */

uint64_t property_text(struct str text) {
    return XXH3_64bits(text.p ? text.p : "", text.n);
}

static struct property_value value_of(const struct json *json) {
    struct property_value value = {0};
    if (!json) return value;
    switch (json->kind) {
    case JSON_NULL:
        break;
    case JSON_BOOL:
        value.kind = json->boolean ? PROPERTY_TRUE : PROPERTY_FALSE;
        break;
    case JSON_INT:
    case JSON_NUMBER:
        value = (struct property_value){.kind = PROPERTY_NUMBER, .number = json->number};
        break;
    case JSON_STRING:
        value = (struct property_value){.kind = PROPERTY_TEXT, .text = property_text(json->string)};
        if (!number_parse(json->string, &value.number))
            value.kind = PROPERTY_NUMBER_TEXT;
        else
            value.number = 0;
        break;
    default:
        value.kind = PROPERTY_OTHER;
    }
    return value;
}

void properties_read(struct str properties, const struct str *names, size_t n, struct arena *arena,
                     struct property_value *values) {
    struct json object;
    struct problem problem = {.arena = arena};
    bool unreadable = properties.n && json_parse(properties, arena, &object, &problem);
    for (size_t i = 0; i < n; i++) {
        values[i] = (struct property_value){.kind = unreadable ? PROPERTY_OTHER : PROPERTY_ABSENT};
        for (size_t k = 0; properties.n && !unreadable && object.kind == JSON_OBJECT && k < object.n; k++)
            if (str_equal(object.names[k], names[i])) values[i] = value_of(&object.items[k]);
    }
}

/* ---- what is promoted ---- */

/* Under the write lock, or before anybody else knows of the store. */
static void note_names(struct events *events) {
    size_t n = 0;
    for (size_t i = 0; i < events->promoted.n; i++)
        if (events->promoted.v[i].of.name >= n) n = (size_t)events->promoted.v[i].of.name + 1;
    free(events->names_read);
    events->names_read = n ? memory_new(n) : NULL;
    events->names_read_n = n;
    for (size_t i = 0; i < events->promoted.n; i++)
        events->names_read[events->promoted.v[i].of.name] = 1;
}

static enum status take_promoted(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct events *events = self;
    const uint32_t *number = duck_column(chunk, 0), *name = duck_column(chunk, 1);
    duckdb_string_t *property = duck_column(chunk, 2);
    const int64_t *from_block = duck_column(chunk, 3), *filled_to = duck_column(chunk, 4);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++) {
        if (!number[i] || !name[i] || name[i] > events->dictionaries[DICTIONARY_NAME].n || filled_to[i] < 1 ||
            filled_to[i] > from_block[i] || from_block[i] > events->next_block)
            return events_damaged(events, "promoted", problem);
        VEC_PUSH(&events->promoted, (struct promotion){.of = {.number = number[i],
                                                              .name = name[i],
                                                              .property = str_copy(&events->promoted_texts,
                                                                                   duck_bytes(&property[i]))},
                                                       .from_block = from_block[i],
                                                       .filled_to = filled_to[i]});
    }
    return OK;
}

enum status promoted_load(struct events *events, struct problem *problem) {
    enum status status = duck_stream(
        events->writer, "SELECT number, name, property, from_block, filled_to FROM promoted ORDER BY number",
        take_promoted, events, problem);
    note_names(events);
    return status;
}

static enum status append_promotion(struct events *events, const struct promotion *one,
                                    struct problem *problem) {
    duckdb_appender appender = NULL;
    enum status status = duck_appender(events->writer, NULL, "promoted", &appender, problem);
    if (status) return status;
    struct str property = one->of.property;
    if (duckdb_append_uint32(appender, one->of.number) != DuckDBSuccess ||
        duckdb_append_uint32(appender, one->of.name) != DuckDBSuccess ||
        duckdb_append_blob(appender, property.p ? property.p : "", property.n) != DuckDBSuccess ||
        duckdb_append_int64(appender, one->from_block) != DuckDBSuccess ||
        duckdb_append_int64(appender, one->filled_to) != DuckDBSuccess ||
        duckdb_appender_end_row(appender) != DuckDBSuccess ||
        duckdb_appender_flush(appender) != DuckDBSuccess)
        status = duck_fail(duckdb_appender_error(appender), problem);
    duckdb_appender_destroy(&appender);
    return status;
}

enum status events_promote(struct events *events, struct str name, struct str property, uint32_t *number,
                           struct problem *problem) {
    uint32_t of = events_number(events, DICTIONARY_NAME, name), last = 0;
    for (size_t i = 0; i < events->promoted.n; i++) {
        const struct promoted *one = &events->promoted.v[i].of;
        *number = last = one->number;
        if (one->name == of && str_equal(one->property, property)) return OK;
    }
    if (events->promoted.n == PROMOTED_MOST)
        return fail(
            problem, LIMITED,
            MESSAGE(
                "promoted_too_many", "No more than 1,000 properties of events can be promoted.",
                "بیش از ۱٬۰۰۰ مشخصهٔ رویداد را نمی‌توان ستون کرد."),
            NO_ARGS);
    struct promotion one = {.of = {.number = last + 1, .name = of}};
    enum status status = events_begin(events, problem);
    one.of.property = str_copy(&events->promoted_texts, property);
    one.from_block = events->next_block;
    one.filled_to = 1;
    if (!status) status = append_promotion(events, &one, problem);
    if (!status) status = events_commit(events, events->reached, problem);
    if (status) {
        events_rollback(events);
        return status;
    }
    pthread_rwlock_wrlock(&events->lock);
    VEC_PUSH(&events->promoted, one);
    note_names(events);
    pthread_rwlock_unlock(&events->lock);
    *number = one.of.number;
    return OK;
}

enum status events_demote(struct events *events, uint32_t number, struct problem *problem) {
    char sql[80];
    enum status status = events_begin(events, problem);
    snprintf(sql, sizeof sql, "DELETE FROM promoted WHERE number = %" PRIu32, number);
    if (!status) status = duck_run(events->writer, sql, problem);
    snprintf(sql, sizeof sql, "DELETE FROM property_values WHERE promoted = %" PRIu32, number);
    if (!status) status = duck_run(events->writer, sql, problem);
    if (!status) status = events_commit(events, events->reached, problem);
    if (status) {
        events_rollback(events);
        return status;
    }
    pthread_rwlock_wrlock(&events->lock);
    size_t kept = 0;
    for (size_t i = 0; i < events->promoted.n; i++)
        if (events->promoted.v[i].of.number != number) events->promoted.v[kept++] = events->promoted.v[i];
    events->promoted.n = kept;
    note_names(events);
    pthread_rwlock_unlock(&events->lock);
    return OK;
}

struct promoted *events_promoted(struct events *events, struct arena *arena, size_t *n) {
    pthread_rwlock_rdlock(&events->lock);
    *n = events->promoted.n;
    struct promoted *list = arena_array(arena, *n + 1, sizeof *list);
    for (size_t i = 0; i < *n; i++) {
        const struct promotion *one = &events->promoted.v[i];
        list[i] = one->of;
        list[i].property = str_copy(arena, one->of.property);
        list[i].behind = one->from_block - one->filled_to;
        list[i].blocks = one->from_block - 1;
    }
    pthread_rwlock_unlock(&events->lock);
    return list;
}

/* ---- writing ---- */

static enum status append_value(struct events *events, uint32_t promoted, int64_t block, uint32_t slot,
                                const struct property_value *value, struct problem *problem) {
    if (value->kind == PROPERTY_ABSENT) return OK;
    if (duckdb_append_uint32(events->values, promoted) != DuckDBSuccess ||
        duckdb_append_int64(events->values, block) != DuckDBSuccess ||
        duckdb_append_uint32(events->values, slot) != DuckDBSuccess ||
        duckdb_append_uint8(events->values, (uint8_t)value->kind) != DuckDBSuccess ||
        duckdb_append_double(events->values, value->number) != DuckDBSuccess ||
        duckdb_append_uint64(events->values, value->text) != DuckDBSuccess ||
        duckdb_appender_end_row(events->values) != DuckDBSuccess)
        return duck_fail(duckdb_appender_error(events->values), problem);
    return OK;
}

/* Of an event's name: all that is promoted, or what the back-fill has brought to `filled_to` alone. */
static enum status append_values(struct events *events, uint32_t name, struct str properties, int64_t block,
                                 uint32_t slot, int64_t filled_to, struct problem *problem) {
    enum { ROOM = 64 };
    struct str names[ROOM];
    uint32_t numbers[ROOM];
    struct property_value values[ROOM];
    enum status status = OK;
    for (size_t i = 0; i < events->promoted.n && !status;) {
        size_t n = 0;
        for (; i < events->promoted.n && n < ROOM; i++) {
            const struct promotion *one = &events->promoted.v[i];
            if (one->of.name != name) continue;
            if (filled_to && (one->filled_to != filled_to || one->from_block == filled_to)) continue;
            names[n] = one->of.property;
            numbers[n++] = one->of.number;
        }
        if (!n) break;
        arena_reset(&events->parsing);
        properties_read(properties, names, n, &events->parsing, values);
        for (size_t k = 0; k < n && !status; k++)
            status = append_value(events, numbers[k], block, slot, &values[k], problem);
    }
    return status;
}

enum status promoted_append(struct events *events, const struct event *event, int64_t block, uint32_t slot,
                            struct problem *problem) {
    return append_values(events, event->name, event->properties, block, slot, 0, problem);
}

/* ---- the back-fill ---- */

struct place {
    int64_t block;
    uint32_t slot, name;
};
struct filling {
    struct events *events;
    int64_t from; /* filled_to of what is filled */
    VEC(struct place) places;
    struct block_reader reader;
};

static enum status take_places(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    struct filling *f = self;
    const int64_t *block = duck_column(chunk, 0);
    const uint32_t *slot = duck_column(chunk, 1), *name = duck_column(chunk, 2);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++)
        VEC_PUSH(&f->places, (struct place){block[i], slot[i], name[i]});
    return OK;
}

static enum status take_blocks(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct filling *f = self;
    const int64_t *block = duck_column(chunk, 0);
    duckdb_string_t *data = duck_column(chunk, 1);
    enum status status = OK;
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n && !status; i++) {
        size_t from = 0, to = f->places.n;
        while (from < to) {
            size_t middle = from + (to - from) / 2;
            if (f->places.v[middle].block < block[i])
                from = middle + 1;
            else
                to = middle;
        }
        if (from == f->places.n || f->places.v[from].block != block[i]) continue;
        if (!block_unpack(&f->reader, duck_bytes(&data[i])))
            return events_damaged(f->events, "property_blocks", problem);
        for (; from < f->places.n && f->places.v[from].block == block[i] && !status; from++) {
            const struct place *place = &f->places.v[from];
            struct str properties, message_id;
            if (!block_get(&f->reader, place->slot, &properties, &message_id))
                return events_damaged(f->events, "property_blocks", problem);
            if (properties.n)
                status = append_values(f->events, place->name, properties, place->block, place->slot, f->from,
                                       problem);
        }
    }
    return status;
}

/* Blocks [from, to) of all that stands at `from`, and the new place of these: in the open transaction. What
 * is read was committed before, and is read beside it: appending would end a result of the same connection.
 */
static enum status fill(struct filling *f, int64_t to, struct problem *problem) {
    struct events *events = f->events;
    struct buf sql = {0};
    const char *separator = "";
    buf_put_c(&sql, "SELECT block, slot, name FROM events WHERE name IN (");
    for (size_t i = 0; i < events->promoted.n; i++) {
        const struct promotion *one = &events->promoted.v[i];
        if (one->filled_to != f->from || one->from_block == f->from) continue;
        buf_format(&sql, "%s%" PRIu32, separator, one->of.name);
        separator = ",";
    }
    buf_format(&sql, ") AND block BETWEEN %" PRId64 " AND %" PRId64 " ORDER BY block, slot", f->from, to - 1);
    enum status status = events_stream(events, &sql, take_places, f, problem);
    buf_format(&sql, "SELECT block, data FROM property_blocks WHERE block BETWEEN %" PRId64 " AND %" PRId64,
               f->from, to - 1);
    if (!status && f->places.n) status = events_stream(events, &sql, take_blocks, f, problem);
    buf_clear(&sql);
    buf_format(&sql,
               "UPDATE promoted SET filled_to = %" PRId64 " WHERE filled_to = %" PRId64
               " AND from_block > %" PRId64,
               to, f->from, f->from);
    buf_put_byte(&sql, 0);
    if (!status) status = duck_run(events->writer, sql.p, problem);
    buf_free(&sql);
    return status;
}

enum status events_back_fill(struct events *events, int64_t most_blocks, bool *more,
                             struct problem *problem) {
    struct filling f = {.events = events, .from = INT64_MAX};
    int64_t to = INT64_MAX;
    *more = false;
    for (size_t i = 0; i < events->promoted.n; i++) {
        const struct promotion *one = &events->promoted.v[i];
        if (one->filled_to < one->from_block && one->filled_to < f.from) f.from = one->filled_to;
    }
    if (f.from == INT64_MAX) return OK;
    /* Not beyond where another one begins: from there they go on together. */
    for (size_t i = 0; i < events->promoted.n; i++) {
        const struct promotion *one = &events->promoted.v[i];
        if (one->filled_to == f.from && one->from_block > f.from && one->from_block < to)
            to = one->from_block;
        if (one->filled_to > f.from && one->filled_to < one->from_block && one->filled_to < to)
            to = one->filled_to;
    }
    if (to - f.from > most_blocks) to = f.from + most_blocks;
    enum status status = events_begin(events, problem);
    if (!status) status = fill(&f, to, problem);
    if (!status) status = events_commit(events, events->reached, problem);
    VEC_FREE(&f.places);
    buf_free(&f.reader.raw);
    if (status) {
        events_rollback(events);
        return status;
    }
    pthread_rwlock_wrlock(&events->lock);
    for (size_t i = 0; i < events->promoted.n; i++) {
        struct promotion *one = &events->promoted.v[i];
        if (one->filled_to == f.from && one->from_block > f.from) one->filled_to = to;
        *more |= one->filled_to < one->from_block;
    }
    pthread_rwlock_unlock(&events->lock);
    return OK;
}

/* ---- reading ---- */

struct scanning_values {
    enum status (*block)(void *self, const struct event_block *block, const struct property_value *values,
                         struct problem *problem);
    void *self;
    size_t n;
    struct event_key *keys;        /* room for a chunk */
    struct property_value *values; /* likewise */
};

static enum status take_values(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct scanning_values *s = self;
    struct event_block block = events_block_of(chunk, s->keys);
    const idx_t first = 11; /* behind SCAN_COLUMNS */
    for (size_t p = 0; p < s->n; p++) {
        const uint8_t *kind = duck_column(chunk, first + 3 * p);
        const double *number = duck_column(chunk, first + 3 * p + 1);
        const uint64_t *text = duck_column(chunk, first + 3 * p + 2);
        for (size_t i = 0; i < block.n; i++)
            s->values[i * s->n + p] =
                (struct property_value){(enum property_kind)kind[i], number[i], text[i]};
    }
    return s->block(s->self, &block, s->values, problem);
}

enum status events_scan_values(struct events *events, const struct event_filter *filter, uint32_t name,
                               const uint32_t *promoted, size_t n,
                               enum status (*block)(void *self, const struct event_block *block,
                                                    const struct property_value *values,
                                                    struct problem *problem),
                               void *self, struct problem *problem) {
    struct scanning_values scanning = {
        .block = block,
        .self = self,
        .n = n,
        .keys = memory_new(duckdb_vector_size() * sizeof(struct event_key)),
        .values = memory_new(duckdb_vector_size() * n * sizeof(struct property_value))};
    struct buf sql = {0};
    buf_put_c(&sql, "SELECT " SCAN_COLUMNS);
    for (size_t p = 0; p < n; p++)
        buf_format(&sql,
                   ", coalesce(v%zu.kind, 0::UTINYINT), coalesce(v%zu.number, 0::DOUBLE), "
                   "coalesce(v%zu.text, 0::UBIGINT)",
                   p, p, p);
    buf_put_c(&sql, " FROM events");
    for (size_t p = 0; p < n; p++)
        buf_format(&sql,
                   " LEFT JOIN property_values v%zu ON v%zu.promoted = %" PRIu32
                   " AND v%zu.block = events.block "
                   "AND v%zu.slot = events.slot",
                   p, p, promoted[p], p, p);
    events_put_filter(&sql, filter);
    buf_format(&sql, " AND events.name = %" PRIu32, name);
    enum status status = events_stream(events, &sql, take_values, &scanning, problem);
    buf_free(&sql);
    free(scanning.keys);
    free(scanning.values);
    return status;
}

static enum status take_kinds(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    uint64_t *kinds = self;
    const uint8_t *kind = duck_column(chunk, 0);
    const uint64_t *count = duck_column(chunk, 1);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++)
        if (kind[i] < PROPERTY_KINDS) kinds[kind[i]] = count[i];
    return OK;
}

enum status events_promoted_kinds(struct events *events, uint32_t number, uint64_t kinds[PROPERTY_KINDS],
                                  struct problem *problem) {
    struct buf sql = {0};
    memset(kinds, 0, PROPERTY_KINDS * sizeof *kinds);
    buf_format(&sql,
               "SELECT kind, CAST(count(*) AS UBIGINT) FROM property_values WHERE promoted = %" PRIu32
               " GROUP BY kind",
               number);
    enum status status = events_stream(events, &sql, take_kinds, kinds, problem);
    buf_free(&sql);
    return status;
}

/* ---- checking ---- */

static enum status take_faults(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    *(int64_t *)self += *(int64_t *)duck_column(chunk, 0);
    return OK;
}

enum status promoted_check(struct events *events, struct problem *problem) {
    static const char *const faults[] = {
        "SELECT count(*) FROM property_values WHERE promoted NOT IN (SELECT number FROM promoted)",
        "SELECT count(*) FROM (SELECT 1 FROM property_values GROUP BY promoted, block, slot HAVING count(*) > 1)",
        "SELECT count(*) FROM property_values v ANTI JOIN events e ON e.block = v.block AND e.slot = v.slot",
    };
    enum status status = OK;
    int64_t n = 0;
    for (size_t i = 0; i < COUNT(faults) && !status; i++)
        status = duck_stream(events->writer, faults[i], take_faults, &n, problem);
    return !status && n ? events_damaged(events, "property_values", problem) : status;
}
