#include "platform/events_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* Statements are built of constants and numbers only: nothing of a user's text reaches the engine. */

static void put_list(struct buf *sql, const char *column, const uint32_t *numbers, size_t n) {
    if (!n) return;
    buf_format(sql, " AND %s IN (", column);
    for (size_t i = 0; i < n; i++)
        buf_format(sql, i ? ",%" PRIu32 : "%" PRIu32, numbers[i]);
    buf_put_byte(sql, ')');
}

void events_put_filter(struct buf *sql, const struct event_filter *filter) {
    buf_put_c(sql, " WHERE true");
    if (!filter) return;
    if (filter->occurred_from || filter->occurred_to)
        buf_format(sql, " AND occurred >= %" PRId64 " AND occurred < %" PRId64, filter->occurred_from,
                   filter->occurred_to);
    if (filter->received_from) buf_format(sql, " AND received >= %" PRId64, filter->received_from);
    put_list(sql, "account", filter->accounts, filter->account_count);
    put_list(sql, "person", filter->users, filter->user_count);
}

enum status events_stream(struct events *events, struct buf *sql, duck_take take, void *self,
                          struct problem *problem) {
    duckdb_connection connection = NULL;
    buf_put_byte(sql, 0);
    enum status status = duck_connect(events, &connection, problem);
    if (!status) {
        status = duck_stream(connection, sql->p, take, self, problem);
        duckdb_disconnect(&connection);
    }
    buf_clear(sql);
    return status;
}

struct scanning {
    enum status (*block)(void *self, const struct event_block *block, struct problem *problem);
    void *self;
    struct event_key *keys; /* room for one chunk */
};

struct event_block events_block_of(duckdb_data_chunk chunk, struct event_key *keys) {
    const uint64_t *high = duck_column(chunk, COLUMN_HIGH), *low = duck_column(chunk, COLUMN_LOW);
    struct event_block block = {
        .n = duckdb_data_chunk_get_size(chunk),
        .keys = keys,
        .occurred = duck_column(chunk, COLUMN_OCCURRED),
        .received = duck_column(chunk, COLUMN_RECEIVED),
        .known_from = duck_column(chunk, COLUMN_KNOWN_FROM),
        .source = duck_column(chunk, COLUMN_SOURCE),
        .account = duck_column(chunk, COLUMN_ACCOUNT),
        .user = duck_column(chunk, COLUMN_USER),
        .name = duck_column(chunk, COLUMN_NAME),
        .count = duck_column(chunk, COLUMN_COUNT),
        .flags = duck_column(chunk, COLUMN_FLAGS),
    };
    for (size_t i = 0; i < block.n; i++)
        keys[i] = (struct event_key){high[i], low[i]};
    return block;
}

static enum status take_block(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct scanning *scanning = self;
    struct event_block block = events_block_of(chunk, scanning->keys);
    return scanning->block(scanning->self, &block, problem);
}

enum status events_scan(struct events *events, const struct event_filter *filter,
                        enum status (*block)(void *self, const struct event_block *block,
                                             struct problem *problem),
                        void *self, struct problem *problem) {
    struct scanning scanning = {block, self, memory_new(duckdb_vector_size() * sizeof(struct event_key))};
    struct buf sql = {0};
    buf_put_c(&sql, "SELECT " SCAN_COLUMNS " FROM events");
    events_put_filter(&sql, filter);
    enum status status = events_stream(events, &sql, take_block, &scanning, problem);
    buf_free(&sql);
    free(scanning.keys);
    return status;
}

/* ---- the newest first ---- */

struct place {
    int64_t block;
    uint32_t slot, row; /* row: in the list */
};
struct listing {
    struct events *events;
    struct arena *arena;
    struct event *list;
    size_t n, limit;
    VEC(struct place) places;
    struct block_reader reader;
    size_t blocks_read;
};

static enum status take_rows(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    struct listing *l = self;
    const uint64_t *high = duck_column(chunk, COLUMN_HIGH), *low = duck_column(chunk, COLUMN_LOW);
    const int64_t *occurred = duck_column(chunk, COLUMN_OCCURRED),
                  *received = duck_column(chunk, COLUMN_RECEIVED);
    const int64_t *known_from = duck_column(chunk, COLUMN_KNOWN_FROM),
                  *block = duck_column(chunk, COLUMN_BLOCK);
    const uint32_t *source = duck_column(chunk, COLUMN_SOURCE), *account = duck_column(chunk, COLUMN_ACCOUNT);
    const uint32_t *user = duck_column(chunk, COLUMN_USER), *name = duck_column(chunk, COLUMN_NAME);
    const uint32_t *count = duck_column(chunk, COLUMN_COUNT), *flags = duck_column(chunk, COLUMN_FLAGS);
    const uint32_t *slot = duck_column(chunk, COLUMN_SLOT);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n && l->n < l->limit; i++) {
        l->list[l->n] = (struct event){.key = {high[i], low[i]},
                                       .occurred = occurred[i],
                                       .received = received[i],
                                       .known_from = known_from[i],
                                       .source = source[i],
                                       .account = account[i],
                                       .user = user[i],
                                       .name = name[i],
                                       .count = count[i],
                                       .flags = flags[i]};
        if (block[i]) VEC_PUSH(&l->places, (struct place){block[i], slot[i], (uint32_t)l->n});
        l->n++;
    }
    return OK;
}

static int by_block(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    return (x->block > y->block) - (x->block < y->block);
}

static enum status take_properties(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct listing *l = self;
    const int64_t *block = duck_column(chunk, 0);
    duckdb_string_t *data = duck_column(chunk, 1);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++) {
        if (!block_unpack(&l->reader, duck_bytes(&data[i])))
            return events_damaged(l->events, "property_blocks", problem);
        l->blocks_read++;
        size_t from = 0, to = l->places.n;
        while (from < to) {
            size_t middle = from + (to - from) / 2;
            if (l->places.v[middle].block < block[i])
                from = middle + 1;
            else
                to = middle;
        }
        for (; from < l->places.n && l->places.v[from].block == block[i]; from++) {
            struct event *event = &l->list[l->places.v[from].row];
            struct str properties, message_id;
            if (!block_get(&l->reader, l->places.v[from].slot, &properties, &message_id))
                return events_damaged(l->events, "property_blocks", problem);
            event->properties = str_copy(l->arena, properties);
            event->message_id = str_copy(l->arena, message_id);
        }
    }
    return OK;
}

static enum status fill_properties(struct listing *l, struct buf *sql, struct problem *problem) {
    if (!l->places.n) return OK;
    qsort(l->places.v, l->places.n, sizeof *l->places.v, by_block);
    buf_put_c(sql, "SELECT block, data FROM property_blocks WHERE block IN (");
    size_t blocks = 0;
    for (size_t i = 0; i < l->places.n; i++)
        if (!i || l->places.v[i].block != l->places.v[i - 1].block)
            buf_format(sql, blocks++ ? ",%" PRId64 : "%" PRId64, l->places.v[i].block);
    /* Blocks lie in the order of their numbers: the bounds let the engine leave out all the others unread. */
    buf_format(sql, ") AND block BETWEEN %" PRId64 " AND %" PRId64, l->places.v[0].block,
               l->places.v[l->places.n - 1].block);
    enum status status = events_stream(l->events, sql, take_properties, l, problem);
    if (!status && l->blocks_read != blocks) status = events_damaged(l->events, "property_blocks", problem);
    return status;
}

enum status events_list(struct events *events, const struct event_filter *filter,
                        struct event_position before, size_t limit, struct arena *arena, struct event **ret,
                        size_t *n, struct problem *problem) {
    struct listing l = {.events = events, .arena = arena, .limit = limit};
    l.list = arena_array(arena, limit, sizeof *l.list);
    struct buf sql = {0};
    buf_put_c(&sql, "SELECT " EVENT_COLUMNS " FROM events");
    events_put_filter(&sql, filter);
    if (before.occurred || before.key.high || before.key.low)
        buf_format(&sql,
                   " AND occurred <= %" PRId64 " AND (occurred < %" PRId64 " OR key_high < %" PRIu64
                   " OR (key_high = %" PRIu64 " AND key_low < %" PRIu64 "))",
                   before.occurred, before.occurred, before.key.high, before.key.high, before.key.low);
    buf_format(&sql, " ORDER BY occurred DESC, key_high DESC, key_low DESC LIMIT %zu", limit);
    enum status status = events_stream(events, &sql, take_rows, &l, problem);
    if (!status) status = fill_properties(&l, &sql, problem);
    buf_free(&sql);
    buf_free(&l.reader.raw);
    VEC_FREE(&l.places);
    *ret = l.list;
    *n = status ? 0 : l.n;
    return status;
}

static enum status take_totals(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    uint64_t *totals = self;
    totals[0] = *(uint64_t *)duck_column(chunk, 0);
    totals[1] = *(uint64_t *)duck_column(chunk, 1);
    return OK;
}

enum status events_count(struct events *events, uint64_t *rows, uint64_t *total, struct problem *problem) {
    uint64_t totals[2] = {0};
    struct buf sql = {0};
    buf_put_c(&sql, "SELECT CAST(count(*) AS UBIGINT), CAST(coalesce(sum(count), 0) AS UBIGINT) FROM events");
    enum status status = events_stream(events, &sql, take_totals, totals, problem);
    buf_free(&sql);
    *rows = totals[0];
    *total = totals[1];
    return status;
}

enum status events_known(struct events *events, instant_t before, uint64_t *known, uint64_t *assumed,
                         struct problem *problem) {
    uint64_t totals[2] = {0};
    struct buf sql = {0};
    buf_format(
        &sql,
        "SELECT CAST(coalesce(sum(count), 0) AS UBIGINT), CAST(coalesce(sum(count) FILTER (flags & %d <> 0), "
        "0) AS UBIGINT) FROM events WHERE known_from < %" PRId64,
        EVENT_KNOWN_ASSUMED, before);
    enum status status = events_stream(events, &sql, take_totals, totals, problem);
    buf_free(&sql);
    *known = totals[0];
    *assumed = totals[1];
    return status;
}

struct by_source {
    struct arena *arena;
    struct event_source *v;
    size_t n;
};

static enum status take_sources(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    struct by_source *all = self;
    size_t more = duckdb_data_chunk_get_size(chunk);
    struct event_source *grown = arena_array(all->arena, all->n + more + 1, sizeof *grown);
    if (all->n) memcpy(grown, all->v, all->n * sizeof *grown);
    all->v = grown;
    for (size_t i = 0; i < more; i++)
        all->v[all->n++] = (struct event_source){
            .source = ((uint32_t *)duck_column(chunk, 0))[i],
            .rows = ((uint64_t *)duck_column(chunk, 1))[i],
            .events = ((uint64_t *)duck_column(chunk, 2))[i],
            .events_day = ((uint64_t *)duck_column(chunk, 3))[i],
            .events_week = ((uint64_t *)duck_column(chunk, 4))[i],
            .last_received = ((int64_t *)duck_column(chunk, 5))[i],
            .last_occurred = ((int64_t *)duck_column(chunk, 6))[i],
            .lag_ms = ((int64_t *)duck_column(chunk, 7))[i],
            .imported = ((uint64_t *)duck_column(chunk, 8))[i],
        };
    return OK;
}

enum status events_by_source(struct events *events, instant_t day, instant_t week, struct arena *arena,
                             struct event_source **ret, size_t *n, struct problem *problem) {
    struct by_source all = {.arena = arena};
    struct buf sql = {0};
    buf_format(&sql,
               "SELECT source, CAST(count(*) AS UBIGINT), CAST(sum(count) AS UBIGINT), "
               "CAST(coalesce(sum(count) FILTER (received >= %" PRId64 "), 0) AS UBIGINT), "
               "CAST(coalesce(sum(count) FILTER (received >= %" PRId64 "), 0) AS UBIGINT), "
               "CAST(max(received) AS BIGINT), CAST(max(occurred) AS BIGINT), "
               "CAST(coalesce(quantile_disc(received - occurred, 0.5) FILTER (received >= %" PRId64
               " AND flags & %d = 0), -1) AS BIGINT), CAST(count(*) FILTER (flags & %d <> 0) AS UBIGINT) "
               "FROM events GROUP BY source ORDER BY source",
               day, week, week, EVENT_IMPORTED, EVENT_IMPORTED);
    enum status status = events_stream(events, &sql, take_sources, &all, problem);
    buf_free(&sql);
    *ret = all.v;
    *n = all.n;
    return status;
}
