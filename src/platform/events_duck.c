#include "platform/events_internal.h"

enum status duck_fail(const char *text, struct problem *problem) {
    struct str words = str_of(text ? text : "?");
    bool machine = str_starts(words, STR("IO Error")) || str_starts(words, STR("Out of Memory"));
    return fail(problem, machine ? UNAVAILABLE : INTERNAL,
                MESSAGE("events_engine", "The event store refused: {0}", "انبارهٔ رویدادها نپذیرفت: {0}"),
                ARGS(words));
}

enum status duck_query(duckdb_connection connection, const char *sql, duckdb_result *result,
                       struct problem *problem) {
    if (duckdb_query(connection, sql, result) == DuckDBSuccess) return OK;
    enum status status = duck_fail(duckdb_result_error(result), problem);
    duckdb_destroy_result(result);
    return status;
}

enum status duck_run(duckdb_connection connection, const char *sql, struct problem *problem) {
    duckdb_result result;
    enum status status = duck_query(connection, sql, &result, problem);
    if (!status) duckdb_destroy_result(&result);
    return status;
}

enum status duck_stream(duckdb_connection connection, const char *sql, duck_take take, void *self,
                        struct problem *problem) {
    duckdb_prepared_statement statement = NULL;
    duckdb_pending_result pending = NULL;
    duckdb_result result = {0};
    enum status status = OK;
    if (duckdb_prepare(connection, sql, &statement) != DuckDBSuccess) {
        status = duck_fail(duckdb_prepare_error(statement), problem);
    } else if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess) {
        status = duck_fail(duckdb_pending_error(pending), problem);
    } else if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
        status = duck_fail(duckdb_result_error(&result), problem);
    } else {
        for (duckdb_data_chunk chunk; !status && (chunk = duckdb_fetch_chunk(result));) {
            if (duckdb_data_chunk_get_size(chunk)) status = take(self, chunk, problem);
            duckdb_destroy_data_chunk(&chunk);
        }
        const char *error = duckdb_result_error(&result); /* a stream may break in its middle */
        if (!status && error && *error) status = duck_fail(error, problem);
    }
    duckdb_destroy_result(&result);
    if (pending) duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return status;
}

enum status duck_connect(struct events *events, duckdb_connection *connection, struct problem *problem) {
    if (duckdb_connect(events->database, connection) == DuckDBSuccess) return OK;
    return duck_fail("Out of Memory: no further connection", problem);
}

enum status duck_appender(duckdb_connection connection, const char *catalog, const char *table,
                          duckdb_appender *appender, struct problem *problem) {
    if (duckdb_appender_create_ext(connection, catalog, NULL, table, appender) == DuckDBSuccess) return OK;
    enum status status = duck_fail(duckdb_appender_error(*appender), problem);
    duckdb_appender_destroy(appender);
    return status;
}

struct str duck_bytes(duckdb_string_t *cell) {
    return (struct str){duckdb_string_t_data(cell), duckdb_string_t_length(*cell)};
}
