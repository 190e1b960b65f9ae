#include "platform/events_internal.h"
#include "platform/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Numbers only: the strings that they stand for are in `dictionaries`, the properties in compressed blocks.
 */
#define PROMOTED                                                                                             \
    "CREATE TABLE promoted(number UINTEGER, name UINTEGER, property BLOB, from_block BIGINT, filled_to BIGINT)"
#define PROPERTY_VALUES                                                                                      \
    "CREATE TABLE property_values(promoted UINTEGER, block BIGINT, slot UINTEGER, kind UTINYINT, "           \
    "number DOUBLE, text UBIGINT)"
static const char *const schema[] = {
    "CREATE TABLE dictionaries(kind UTINYINT, number UINTEGER, text BLOB)",
    "CREATE TABLE events(key_high UBIGINT, key_low UBIGINT, occurred BIGINT, received BIGINT, known_from BIGINT, source UINTEGER, "
    "account UINTEGER, person UINTEGER, name UINTEGER, count UINTEGER, flags UINTEGER, block BIGINT, slot UINTEGER)",
    "CREATE TABLE property_blocks(block BIGINT, data BLOB USING COMPRESSION uncompressed)",
    "CREATE TABLE state(reached UBIGINT, schema_version INTEGER)",
    "INSERT INTO state VALUES (0, 2)", /* EVENTS_SCHEMA */
    PROMOTED,
    PROPERTY_VALUES,
};
/* A store of version 1 has no promoted properties. */
static const char *const from_1[] = {PROMOTED, PROPERTY_VALUES, "UPDATE state SET schema_version = 2"};

enum status events_damaged(struct events *events, const char *what, struct problem *problem) {
    return fail(problem, INTERNAL,
                MESSAGE("events_damaged",
                        "The event store {0} is damaged ({1}). Restore the data folder from a backup.",
                        "انبارهٔ رویدادها {0} آسیب دیده است ({1}). پوشهٔ داده را از نسخهٔ پشتیبان بازگردانید."),
                ARGS(str_of(events->path), str_of(what)));
}

/* ---- opening ---- */

static enum status open_database(struct events *events, const char *folder, size_t memory_mb,
                                 struct problem *problem) {
    char memory[32];
    snprintf(memory, sizeof memory, "%zuMiB", memory_mb);
    struct str temporary = str_format(problem->arena, "%s/events.tmp", folder);
    const char *const settings[][2] = {
        {"threads", "2"},
        {"memory_limit", memory},
        {"temp_directory", temporary.p},
        {"checkpoint_threshold",
         "1GB"}, /* compaction is asked for at quiet moments instead of stalling a commit */
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"enable_external_access", "false"},
        {"lock_configuration", "true"},
    };
    duckdb_config config = NULL;
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return duck_fail("Out of Memory: configuration", problem);
    enum status status = OK;
    for (size_t i = 0; i < COUNT(settings) && !status; i++)
        if (duckdb_set_config(config, settings[i][0], settings[i][1]) != DuckDBSuccess)
            status = duck_fail(settings[i][0], problem);
    char *error = NULL;
    if (!status && duckdb_open_ext(events->path, &events->database, config, &error) != DuckDBSuccess) {
        bool locked = error && strstr(error, "Could not set lock");
        status = locked ? fail(problem, UNAVAILABLE,
                               MESSAGE("events_in_use", "The event store {0} is in use by another process.",
                                       "انبارهٔ رویدادها {0} در اختیار فرایند دیگری است."),
                               ARGS(str_of(events->path)))
                        : events_damaged(events, error ? error : "?", problem);
        duckdb_free(error);
    }
    duckdb_destroy_config(&config);
    return status;
}

static enum status run_all(struct events *events, const char *const *sql, size_t n, struct problem *problem) {
    enum status status = duck_run(events->writer, "BEGIN TRANSACTION", problem);
    for (size_t i = 0; i < n && !status; i++)
        status = duck_run(events->writer, sql[i], problem);
    return status ? status : duck_run(events->writer, "COMMIT", problem);
}

static enum status take_number(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    (void)problem;
    *(int64_t *)self = *(int64_t *)duck_column(chunk, 0);
    return OK;
}
static enum status ask_number(duckdb_connection connection, const char *sql, int64_t *number,
                              struct problem *problem) {
    *number = 0;
    return duck_stream(connection, sql, take_number, number, problem);
}

struct loading {
    struct events *events;
};
static enum status take_words(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct events *events = ((struct loading *)self)->events;
    const uint8_t *kind = duck_column(chunk, 0);
    const uint32_t *number = duck_column(chunk, 1);
    duckdb_string_t *text = duck_column(chunk, 2);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++) {
        bool was_absent = false;
        if (kind[i] >= EVENT_DICTIONARIES || number[i] != events->dictionaries[kind[i]].n + 1)
            return events_damaged(events, "dictionary", problem);
        dict_put(&events->dictionaries[kind[i]], duck_bytes(&text[i]), &was_absent);
        if (!was_absent) return events_damaged(events, "dictionary", problem);
    }
    return OK;
}

static enum status load(struct events *events, struct problem *problem) {
    int64_t version, reached, block, rows;
    enum status status =
        ask_number(events->writer, "SELECT CAST(count(*) AS BIGINT) FROM state", &rows, problem);
    if (!status && rows != 1) status = events_damaged(events, "state", problem);
    if (!status)
        status =
            ask_number(events->writer, "SELECT CAST(schema_version AS BIGINT) FROM state", &version, problem);
    if (status) return status;
    if (version > EVENTS_SCHEMA)
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "events_newer",
                "The event store {0} was written by a newer version of Vafa. Install that version or a later one.",
                "انبارهٔ رویدادها {0} را نسخهٔ تازه‌تری از وفا نوشته است. همان نسخه یا تازه‌تر را نصب کنید."),
            ARGS(str_of(events->path)));
    if (version < 1) return events_damaged(events, "schema_version", problem);
    if (version == 1 && (status = run_all(events, from_1, COUNT(from_1), problem))) return status;
    if ((status = ask_number(events->writer, "SELECT CAST(reached AS BIGINT) FROM state", &reached, problem)))
        return status;
    if ((status = ask_number(events->writer, "SELECT coalesce(max(block), 0) FROM property_blocks", &block,
                             problem)))
        return status;
    events->reached = (journal_offset)reached;
    events->next_block = events->committed_block = block + 1;
    status = duck_stream(events->writer, "SELECT kind, number, text FROM dictionaries ORDER BY kind, number",
                         take_words, &(struct loading){events}, problem);
    for (int d = 0; d < EVENT_DICTIONARIES; d++)
        events->committed[d] = events->dictionaries[d].n;
    return status ? status : promoted_load(events, problem);
}

enum status events_open(const char *folder, bool create, size_t memory_mb, struct events **ret,
                        struct problem *problem) {
    struct events *events = memory_new(sizeof *events);
    size_t n = strlen(folder) + sizeof "/" EVENTS_FILE;
    events->path = memory_new(n);
    snprintf(events->path, n, "%s/" EVENTS_FILE, folder);
    pthread_rwlock_init(&events->lock, NULL);
    struct stat info;
    bool absent = stat(events->path, &info) && errno == ENOENT;
    enum status status = OK;
    if (absent && !create)
        status =
            fail(problem, NOT_FOUND,
                 MESSAGE("events_absent", "There is no event store at {0}. Is this a data folder of Vafa?",
                         "در {0} انبارهٔ رویدادی نیست. آیا این پوشهٔ دادهٔ وفاست؟"),
                 ARGS(str_of(events->path)));
    if (!status) status = open_database(events, folder, memory_mb, problem);
    if (!status) status = duck_connect(events, &events->writer, problem);
    int64_t tables = 0;
    if (!status)
        status = ask_number(events->writer, "SELECT CAST(count(*) AS BIGINT) FROM duckdb_tables()", &tables,
                            problem);
    if (!status && !tables)
        status = create ? run_all(events, schema, COUNT(schema), problem)
                        : events_damaged(events, "state", problem);
    if (!status && (status = load(events, problem)) && problem->main.message.code &&
        !strcmp(problem->main.message.code,
                "events_engine")) { /* a table or a column is not there, or not readable */
        struct str words = problem->main.arg_count ? problem->main.args[0] : STR("?");
        status = events_damaged(events, str_c(problem->arena, words), problem);
    }
    if (status)
        events_close(events);
    else
        *ret = events;
    return status;
}

void events_close(struct events *events) {
    if (!events) return;
    if (events->writer) events_rollback(events);
    if (events->chunk) duckdb_destroy_data_chunk(&events->chunk);
    if (events->writer) duckdb_disconnect(&events->writer);
    if (events->database) duckdb_close(&events->database);
    for (int d = 0; d < EVENT_DICTIONARIES; d++)
        dict_free(&events->dictionaries[d]);
    block_writer_free(&events->block);
    arena_free(&events->parsing);
    arena_free(&events->promoted_texts);
    VEC_FREE(&events->promoted);
    free(events->names_read);
    pthread_rwlock_destroy(&events->lock);
    free(events->path);
    free(events);
}

/* ---- dictionaries and where it stands ---- */

uint32_t events_find(struct events *events, enum event_dictionary dictionary, struct str key) {
    pthread_rwlock_rdlock(&events->lock);
    uint32_t number = dict_find(&events->dictionaries[dictionary], key);
    bool known = number != DICT_NONE && number < events->committed[dictionary];
    pthread_rwlock_unlock(&events->lock);
    return known ? number + 1 : 0;
}

struct str events_string(struct events *events, enum event_dictionary dictionary, uint32_t number,
                         struct arena *arena) {
    pthread_rwlock_rdlock(&events->lock);
    const struct dict *dict = &events->dictionaries[dictionary];
    struct str text =
        number && number <= dict->n ? str_copy(arena, dict_key(dict, number - 1)) : (struct str){0};
    pthread_rwlock_unlock(&events->lock);
    return text;
}

size_t events_dictionary_size(struct events *events, enum event_dictionary dictionary) {
    pthread_rwlock_rdlock(&events->lock);
    size_t n = events->dictionaries[dictionary].n;
    pthread_rwlock_unlock(&events->lock);
    return n;
}

journal_offset events_reached(struct events *events) {
    pthread_rwlock_rdlock(&events->lock);
    journal_offset reached = events->reached;
    pthread_rwlock_unlock(&events->lock);
    return reached;
}

/* ---- checking and copying ---- */

struct checking {
    struct events *events;
    VEC(uint32_t) slots; /* by block number: how many events its bytes hold; 0: no such block */
    struct block_reader reader;
};

static enum status check_block(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct checking *c = self;
    const int64_t *block = duck_column(chunk, 0);
    duckdb_string_t *data = duck_column(chunk, 1);
    for (idx_t i = 0, n = duckdb_data_chunk_get_size(chunk); i < n; i++) {
        struct str properties, message_id;
        bool good = block[i] > 0 && block[i] < c->events->committed_block &&
                    block_unpack(&c->reader, duck_bytes(&data[i]));
        for (uint32_t slot = 0; good && slot < c->reader.n; slot++)
            good = block_get(&c->reader, slot, &properties, &message_id);
        if (!good) return events_damaged(c->events, "property_blocks", problem);
        while (c->slots.n <= (size_t)block[i])
            VEC_PUSH(&c->slots, 0);
        c->slots.v[block[i]] = c->reader.n;
    }
    return OK;
}

static enum status check_rows(void *self, duckdb_data_chunk chunk, struct problem *problem) {
    struct checking *c = self;
    static const enum column columns[EVENT_DICTIONARIES] = {COLUMN_SOURCE, COLUMN_ACCOUNT, COLUMN_USER,
                                                            COLUMN_NAME};
    const int64_t *block = duck_column(chunk, COLUMN_BLOCK);
    const uint32_t *slot = duck_column(chunk, COLUMN_SLOT), *count = duck_column(chunk, COLUMN_COUNT);
    idx_t n = duckdb_data_chunk_get_size(chunk);
    for (int d = 0; d < EVENT_DICTIONARIES; d++) {
        const uint32_t *number = duck_column(chunk, columns[d]);
        for (idx_t i = 0; i < n; i++)
            if (number[i] > c->events->committed[d]) return events_damaged(c->events, "dictionary", problem);
    }
    for (idx_t i = 0; i < n; i++) {
        if (!count[i]) return events_damaged(c->events, "count", problem);
        if (block[i] && (block[i] < 0 || (size_t)block[i] >= c->slots.n || slot[i] >= c->slots.v[block[i]]))
            return events_damaged(c->events, "block", problem);
    }
    return OK;
}

enum status events_check(struct events *events, struct problem *problem) {
    struct checking checking = {.events = events};
    enum status status = duck_stream(events->writer, "SELECT block, data FROM property_blocks", check_block,
                                     &checking, problem);
    if (!status)
        status = duck_stream(events->writer, "SELECT " EVENT_COLUMNS " FROM events", check_rows, &checking,
                             problem);
    if (!status) status = promoted_check(events, problem);
    VEC_FREE(&checking.slots);
    buf_free(&checking.reader.raw);
    return status;
}

enum status events_copy(struct events *events, const char *path, struct problem *problem) {
    enum status status = events_checkpoint(events, problem);
    /* Closing the file there also lets go of the engine's lock on it: the data folder's own lock keeps others
     * out. */
    if (!status) status = file_copy(events->path, path, UINT64_MAX, problem);
    struct str log = str_format(problem->arena, "%s.wal", events->path);
    struct stat info;
    if (!status && !stat(log.p, &info) && info.st_size > 0)
        status = file_copy(log.p, str_format(problem->arena, "%s.wal", path).p, UINT64_MAX, problem);
    return status;
}
