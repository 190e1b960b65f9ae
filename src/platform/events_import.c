#include "platform/events_internal.h"

#include <stdlib.h>

/* Imported rows are found again by their keys: the keys asked for go into a temporary table and are joined
 * with the events. */

static enum status make_probe(duckdb_connection connection, const struct event_key *keys,
                              const uint32_t *counts, const uint32_t *before, size_t n,
                              struct problem *problem) {
    duckdb_appender appender = NULL;
    enum status status =
        duck_run(connection,
                 "CREATE OR REPLACE TEMP TABLE probe(key_high UBIGINT, key_low UBIGINT, place UBIGINT, "
                 "count UINTEGER)",
                 problem);
    if (!status) status = duck_appender(connection, "temp", "probe", &appender, problem);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++)
        if (duckdb_append_uint64(appender, keys[i].high) != DuckDBSuccess ||
            duckdb_append_uint64(appender, keys[i].low) != DuckDBSuccess ||
            duckdb_append_uint64(appender, before ? before[i] : i) != DuckDBSuccess ||
            duckdb_append_uint32(appender, counts ? counts[i] : 0) != DuckDBSuccess ||
            duckdb_appender_end_row(appender) != DuckDBSuccess)
            status = duck_fail(duckdb_appender_error(appender), problem);
    if (!status && duckdb_appender_flush(appender) != DuckDBSuccess)
        status = duck_fail(duckdb_appender_error(appender), problem);
    duckdb_appender_destroy(&appender);
    return status;
}

static enum status take_counts(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    uint32_t *counts = self;
    const uint64_t *place = duck_column(chunk, 0);
    const uint32_t *count = duck_column(chunk, 1);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++)
        counts[place[i]] = count[i];
    return OK;
}

static enum status find_counts(duckdb_connection connection, const struct event_key *keys, size_t n,
                               uint32_t *counts, struct problem *problem) {
    memset(counts, 0, n * sizeof *counts);
    enum status status = make_probe(connection, keys, NULL, NULL, n, problem);
    if (!status)
        status = duck_stream(
            connection,
            "SELECT probe.place, events.count FROM events JOIN probe ON events.key_high = probe.key_high "
            "AND events.key_low = probe.key_low WHERE events.flags & 1 = 1",
            take_counts, counts, problem);
    return status;
}

enum status events_imported_counts(struct events *events, const struct event_key *keys, size_t n,
                                   uint32_t *counts, struct problem *problem) {
    if (!n) return OK;
    enum status status = events->in_batch ? events_flush(events, problem) : OK;
    return status ? status : find_counts(events->writer, keys, n, counts, problem);
}

enum status events_imported_known(struct events *events, const struct event_key *keys, size_t n,
                                  uint32_t *counts, struct problem *problem) {
    if (!n) return OK;
    duckdb_connection connection = NULL;
    enum status status = duck_connect(events, &connection, problem);
    if (status) return status;
    status = find_counts(connection, keys, n, counts, problem);
    duckdb_disconnect(&connection);
    return status;
}

enum status events_recount(struct events *events, const struct event_key *keys, const uint32_t *counts,
                           size_t n, struct problem *problem) {
    if (!n) return OK;
    enum status status = events_begin(events, problem);
    if (!status) status = events_flush(events, problem);
    if (!status) status = make_probe(events->writer, keys, counts, NULL, n, problem);
    if (status) return status;
    return duck_run(events->writer,
                    "UPDATE events SET count = probe.count FROM probe WHERE events.key_high = probe.key_high "
                    "AND events.key_low = probe.key_low AND events.flags & 1 = 1",
                    problem);
}

enum status events_unimport(struct events *events, const struct event_key *keys, const uint32_t *before,
                            const uint32_t *counts, size_t n, struct problem *problem) {
    if (!n) return OK;
    enum status status = events_begin(events, problem);
    if (!status) status = events_flush(events, problem);
    if (!status) status = make_probe(events->writer, keys, counts, before, n, problem);
    if (!status)
        status = duck_run(
            events->writer,
            "UPDATE events SET count = probe.place FROM probe WHERE events.key_high = probe.key_high "
            "AND events.key_low = probe.key_low AND events.flags & 1 = 1 AND probe.place > 0 "
            "AND events.count = probe.count",
            problem);
    /* The promoted values of rows go with them. */
    if (!status)
        status = duck_run(
            events->writer,
            "DELETE FROM property_values USING events, probe WHERE property_values.block = events.block AND "
            "property_values.slot = events.slot AND events.block > 0 AND events.key_high = probe.key_high AND "
            "events.key_low = probe.key_low AND events.flags & 1 = 1 AND probe.place = 0 AND events.count = "
            "probe.count",
            problem);
    if (status) return status;
    return duck_run(
        events->writer,
        "DELETE FROM events USING probe WHERE events.key_high = probe.key_high AND events.key_low = "
        "probe.key_low AND events.flags & 1 = 1 AND probe.place = 0 AND events.count = probe.count",
        problem);
}
