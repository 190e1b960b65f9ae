#include "platform/events_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows go through the engine's chunk appender; all of a batch lies in one transaction with the offset that it
 * reaches. */

static const duckdb_type column_types[COLUMNS] = {
    DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_BIGINT,
    DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER,
    DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_BIGINT,
    DUCKDB_TYPE_UINTEGER,
};

static void point_at_columns(struct events *events) {
    for (idx_t i = 0; i < COLUMNS; i++)
        events->columns[i] = duck_column(events->chunk, i);
    events->chunk_rows = 0;
}

static void make_chunk(struct events *events) {
    duckdb_logical_type types[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        types[i] = duckdb_create_logical_type(column_types[i]);
    events->chunk = duckdb_create_data_chunk(types, COLUMNS);
    for (int i = 0; i < COLUMNS; i++)
        duckdb_destroy_logical_type(&types[i]);
    point_at_columns(events);
}

enum status events_begin(struct events *events, struct problem *problem) {
    if (events->in_batch) return OK;
    if (!events->chunk) make_chunk(events);
    enum status status = duck_run(events->writer, "BEGIN TRANSACTION", problem);
    if (status) return status;
    events->in_batch = true;
    if (!events->rows) status = duck_appender(events->writer, NULL, "events", &events->rows, problem);
    if (!status && !events->blocks)
        status = duck_appender(events->writer, NULL, "property_blocks", &events->blocks, problem);
    if (!status && !events->words)
        status = duck_appender(events->writer, NULL, "dictionaries", &events->words, problem);
    if (!status && !events->values && events->names_read_n)
        status = duck_appender(events->writer, NULL, "property_values", &events->values, problem);
    return status;
}

static enum status flush_chunk(struct events *events, struct problem *problem) {
    if (!events->chunk_rows) return OK;
    duckdb_data_chunk_set_size(events->chunk, events->chunk_rows);
    if (duckdb_append_data_chunk(events->rows, events->chunk) != DuckDBSuccess)
        return duck_fail(duckdb_appender_error(events->rows), problem);
    duckdb_data_chunk_reset(events->chunk);
    point_at_columns(events);
    return OK;
}

static enum status flush_block(struct events *events, struct problem *problem) {
    if (!events->block.n) return OK;
    struct str packed = block_pack(&events->block);
    if (!packed.n) return duck_fail("Out of Memory: compression", problem);
    if (duckdb_append_int64(events->blocks, events->next_block++) != DuckDBSuccess ||
        duckdb_append_blob(events->blocks, packed.p, packed.n) != DuckDBSuccess ||
        duckdb_appender_end_row(events->blocks) != DuckDBSuccess)
        return duck_fail(duckdb_appender_error(events->blocks), problem);
    return OK;
}

static enum status flush_appender(duckdb_appender appender, struct problem *problem) {
    return duckdb_appender_flush(appender) == DuckDBSuccess
               ? OK
               : duck_fail(duckdb_appender_error(appender), problem);
}

enum status events_flush(struct events *events, struct problem *problem) {
    enum status status = flush_chunk(events, problem);
    if (!status) status = flush_block(events, problem);
    if (!status) status = flush_appender(events->rows, problem);
    if (!status && events->values) status = flush_appender(events->values, problem);
    return status ? status : flush_appender(events->blocks, problem);
}

uint32_t events_number(struct events *events, enum event_dictionary dictionary, struct str key) {
    struct dict *dict = &events->dictionaries[dictionary];
    uint32_t number = dict_find(dict, key); /* nobody else changes it: no lock */
    if (number != DICT_NONE) return number + 1;
    pthread_rwlock_wrlock(&events->lock);
    number = dict_put(dict, key, NULL);
    pthread_rwlock_unlock(&events->lock);
    return number + 1;
}

enum status events_append(struct events *events, const struct event *event, size_t n,
                          struct problem *problem) {
    enum status status = events_begin(events, problem);
    size_t capacity = duckdb_vector_size();
    for (size_t i = 0; i < n && !status; i++, event++) {
        size_t row = events->chunk_rows++;
        void **columns = events->columns;
        bool has_text = event->properties.n || event->message_id.n;
        ((uint64_t *)columns[COLUMN_HIGH])[row] = event->key.high;
        ((uint64_t *)columns[COLUMN_LOW])[row] = event->key.low;
        ((int64_t *)columns[COLUMN_OCCURRED])[row] = event->occurred;
        ((int64_t *)columns[COLUMN_RECEIVED])[row] = event->received;
        ((int64_t *)columns[COLUMN_KNOWN_FROM])[row] = event->known_from;
        ((uint32_t *)columns[COLUMN_SOURCE])[row] = event->source;
        ((uint32_t *)columns[COLUMN_ACCOUNT])[row] = event->account;
        ((uint32_t *)columns[COLUMN_USER])[row] = event->user;
        ((uint32_t *)columns[COLUMN_NAME])[row] = event->name;
        ((uint32_t *)columns[COLUMN_COUNT])[row] = event->count;
        ((uint32_t *)columns[COLUMN_FLAGS])[row] = event->flags;
        ((int64_t *)columns[COLUMN_BLOCK])[row] = has_text ? events->next_block : 0;
        ((uint32_t *)columns[COLUMN_SLOT])[row] = has_text ? events->block.n : 0;
        if (event->properties.n && promoted_name(events, event->name))
            status = promoted_append(events, event, events->next_block, events->block.n, problem);
        if (has_text && !status) {
            block_add(&events->block, event->properties, event->message_id);
            if (block_full(&events->block)) status = flush_block(events, problem);
        }
        if (!status && events->chunk_rows == capacity) status = flush_chunk(events, problem);
    }
    return status;
}

static enum status append_words(struct events *events, struct problem *problem) {
    for (int d = 0; d < EVENT_DICTIONARIES; d++) {
        const struct dict *dict = &events->dictionaries[d];
        for (size_t i = events->committed[d]; i < dict->n; i++) {
            struct str key = dict_key(dict, (uint32_t)i);
            if (duckdb_append_uint8(events->words, (uint8_t)d) != DuckDBSuccess ||
                duckdb_append_uint32(events->words, (uint32_t)i + 1) != DuckDBSuccess ||
                duckdb_append_blob(events->words, key.p ? key.p : "", key.n) != DuckDBSuccess ||
                duckdb_appender_end_row(events->words) != DuckDBSuccess)
                return duck_fail(duckdb_appender_error(events->words), problem);
        }
    }
    return flush_appender(events->words, problem);
}

enum status events_commit(struct events *events, journal_offset reached, struct problem *problem) {
    enum status status = events_begin(events, problem);
    if (!status) status = events_flush(events, problem);
    if (!status) status = append_words(events, problem);
    char sql[64];
    snprintf(sql, sizeof sql, "UPDATE state SET reached = %" PRIu64, reached);
    if (!status) status = duck_run(events->writer, sql, problem);
    if (!status) status = duck_run(events->writer, "COMMIT", problem);
    if (status) return status;
    events->in_batch = false;
    events->committed_block = events->next_block;
    pthread_rwlock_wrlock(&events->lock);
    for (int d = 0; d < EVENT_DICTIONARIES; d++)
        events->committed[d] = events->dictionaries[d].n;
    events->reached = reached;
    pthread_rwlock_unlock(&events->lock);
    return OK;
}

/* An appender flushes what it still holds when it goes: it goes before the transaction is taken back. */
void events_rollback(struct events *events) {
    if (events->rows) duckdb_appender_destroy(&events->rows);
    if (events->blocks) duckdb_appender_destroy(&events->blocks);
    if (events->words) duckdb_appender_destroy(&events->words);
    if (events->values) duckdb_appender_destroy(&events->values);
    duckdb_result result;
    if (events->in_batch) {
        duckdb_query(events->writer, "ROLLBACK",
                     &result); /* fails only when the engine has rolled back already */
        duckdb_destroy_result(&result);
    }
    events->in_batch = false;
    if (events->chunk) {
        duckdb_data_chunk_reset(events->chunk);
        point_at_columns(events);
    }
    events->block.n = 0;
    buf_clear(&events->block.bytes);
    events->next_block = events->committed_block;
    pthread_rwlock_wrlock(&events->lock);
    for (int d = 0; d < EVENT_DICTIONARIES; d++)
        dict_shrink(&events->dictionaries[d], events->committed[d]);
    pthread_rwlock_unlock(&events->lock);
}

enum status events_checkpoint(struct events *events, struct problem *problem) {
    return duck_run(events->writer, "CHECKPOINT", problem);
}
