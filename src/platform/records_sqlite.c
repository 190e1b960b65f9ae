/* Records in one SQLite file: write-ahead log, every commit synced, one writer, any number of readers. */
#include "platform/records_driver.h"
#include "queries.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x56616661 /* "Vafa" */,
    BUSY_MS = 10000,
    IDLE_READERS = 16,
    PATH_BYTES = 4096,
    NAME_BYTES = 80
};

struct statement {
    struct rows rows;
    sqlite3_stmt *prepared;
    bool busy, cached;
};

struct connection {
    sqlite3 *db;
    struct connection *next;      /* in the list of idle readers */
    struct statement *statements; /* by query->number */
};

struct store {
    struct records records;
    char path[PATH_BYTES];
    struct connection *writer;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t writer_free;
    bool writing;
    pthread_t writing_thread;
    struct connection *idle;
    int idle_count;
};

struct sqlite_session {
    struct session session;
    struct connection *connection;
    bool write;
};

static struct store *store_of(struct session *session) {
    return (struct store *)session->records;
}

static sqlite3 *db_of(struct session *session) {
    return ((struct sqlite_session *)session)->connection->db;
}

/* ---- What SQLite's codes mean to the caller ---- */

static enum status meaning(int code, struct message *message) {
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        *message = MESSAGE("already_exists", "An entry with the same key exists already ({0}).",
                           "موردی با همین کلید از پیش هست ({0}).");
        return CONFLICT;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        *message = MESSAGE(
            "reference_missing",
            "The entry refers to something that does not exist, or is itself referred to.",
            "این مورد به چیزی اشاره می‌کند که وجود ندارد، یا خود مورد اشاره "
            "است.");
        return BAD_INPUT;
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_CHECK:
        *message = MESSAGE("value_refused", "The store refuses a value ({0}).",
                           "پایگاه داده مقداری را نپذیرفت ({0}).");
        return BAD_INPUT;
    }
    switch (code & 0xFF) {
    case SQLITE_FULL:
        *message = MESSAGE("disk_full", "The disk is full; nothing was stored. Make room and try again.",
                           "دیسک پر است و چیزی ذخیره نشد. جا باز کنید و دوباره بکوشید.");
        return UNAVAILABLE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        *message = MESSAGE(
            "records_damaged", "The file of the records is damaged ({0}). Restore the last backup.",
            "پروندهٔ داده‌ها آسیب دیده است ({0}). آخرین پشتیبان را "
            "بازگردانید.");
        return UNAVAILABLE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        *message = MESSAGE("records_busy", "The records are busy; try again.",
                           "پایگاه داده مشغول است؛ دوباره بکوشید.");
        return UNAVAILABLE;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
        *message = MESSAGE(
            "records_unavailable", "The records cannot be read or written ({0}); nothing was stored.",
            "خواندن یا نوشتن داده‌ها ممکن نیست ({0})؛ چیزی ذخیره "
            "نشد.");
        return UNAVAILABLE;
    }
    *message = MESSAGE("records_fault", "The store refused a statement ({0}). This is a fault of Vafa.",
                       "پایگاه داده دستوری را نپذیرفت ({0}). این خطا از وفاست.");
    return INTERNAL;
}

static enum status fail_sqlite(struct problem *problem, sqlite3 *db) {
    struct message message;
    enum status status = meaning(sqlite3_extended_errcode(db), &message);
    return fail(problem, status, message, ARGS(str_of(sqlite3_errmsg(db))));
}

static void keep(struct rows *rows) {
    struct message message;
    sqlite3 *db = db_of(rows->session);
    enum status status = meaning(sqlite3_extended_errcode(db), &message);
    rows_fail(rows, status, message, sqlite3_errmsg(db));
}

/* ---- Connections ---- */

static void close_connection(struct connection *connection) {
    if (!connection) return;
    for (int i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(connection->statements[i].prepared);
    free(connection->statements);
    sqlite3_close(connection->db);
    free(connection);
}

/* The one value of a pragma; false when there is none. */
static bool pragma(sqlite3 *db, const char *sql, char value[32]) {
    sqlite3_stmt *statement = NULL;
    bool found = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    if (found) snprintf(value, 32, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return found;
}

static enum status configure(sqlite3 *db, bool write, struct problem *problem) {
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    static const int switches[][2] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
                                      {SQLITE_DBCONFIG_DQS_DML, 0},
                                      {SQLITE_DBCONFIG_DQS_DDL, 0}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        int now = -1;
        sqlite3_db_config(db, switches[i][0], switches[i][1], &now);
        assert(now == switches[i][1]);
    }
    char mode[32] = "", sync[32] = "";
    /* temp_store: what a savepoint would take back stays in memory rather than being written page by page. */
    if (sqlite3_exec(db, "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-16384", NULL,
                     NULL, NULL) ||
        sqlite3_exec(db, write ? "PRAGMA temp_store=MEMORY" : "PRAGMA query_only=ON", NULL, NULL, NULL) ||
        !pragma(db, "PRAGMA journal_mode=WAL", mode) || !pragma(db, "PRAGMA synchronous", sync))
        return fail_sqlite(problem, db);
    if (strcmp(mode, "wal") || strtol(sync, NULL, 10) < 2)
        return fail(
            problem, UNAVAILABLE,
            MESSAGE(
                "records_not_durable",
                "The file system of the data folder does not let the records be stored safely (journal {0}, "
                "synchronous {1}). Use a local disk.",
                "سیستم فایل پوشهٔ داده اجازهٔ ذخیرهٔ مطمئن را نمی‌دهد (journal {0}، synchronous "
                "{1}). "
                "دیسک محلی به کار ببرید."),
            ARGS(str_of(mode), str_of(sync)));
    return OK;
}

static enum status open_connection(const char *path, bool write, struct connection **ret,
                                   struct problem *problem) {
    struct connection *connection = memory_new(sizeof *connection);
    connection->statements = memory_new(QUERY_COUNT * sizeof *connection->statements);
    enum status status;
    if (sqlite3_open_v2(path, &connection->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        status = fail_sqlite(problem, connection->db);
    else
        status = configure(connection->db, write, problem);
    if (status)
        close_connection(connection);
    else
        *ret = connection;
    return status;
}

/* ---- The store ---- */

/* Makes the file ours, readable by the owner alone, before SQLite sees it. */
static enum status make_file(const char *path, struct problem *problem) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        if (errno == EEXIST)
            return fail(problem, CONFLICT,
                        MESSAGE("records_exist", "“{0}” exists already.", "«{0}» از پیش هست."),
                        ARGS(str_of(path)));
        return fail_errno(problem, "create", path, errno);
    }
    close(file);
    return OK;
}

static enum status check_ours(sqlite3 *db, const char *path, bool create, struct problem *problem) {
    char id[32] = "";
    if (create) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA application_id=%d", APPLICATION_ID);
        return sqlite3_exec(db, sql, NULL, NULL, NULL) ? fail_sqlite(problem, db) : OK;
    }
    if (!pragma(db, "PRAGMA application_id", id)) return fail_sqlite(problem, db);
    if (strtol(id, NULL, 10) == APPLICATION_ID) return OK;
    return fail(problem, CONFLICT,
                MESSAGE("records_not_ours", "“{0}” is not a file of Vafa's records.",
                        "«{0}» پروندهٔ داده‌های وفا نیست."),
                ARGS(str_of(path)));
}

static void sqlite_close(struct records *records) {
    struct store *store = (struct store *)records;
    while (store->idle) {
        struct connection *next = store->idle->next;
        close_connection(store->idle);
        store->idle = next;
    }
    close_connection(store->writer); /* the last one: empties the log into the file */
    pthread_mutex_destroy(&store->lock);
    pthread_cond_destroy(&store->writer_free);
    free(store);
}

static enum status sqlite_open(const char *folder, bool create, struct records **ret,
                               struct problem *problem) {
    struct store *store = memory_new(sizeof *store);
    store->records.driver = &records_sqlite;
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->writer_free, NULL);
    int n = snprintf(store->path, sizeof store->path, "%s/" RECORDS_FILE, folder);
    enum status status = OK;
    if (n < 0 || (size_t)n >= sizeof store->path)
        status = fail_errno(problem, "open", folder, ENAMETOOLONG);
    else if (create)
        status = make_file(store->path, problem);
    else if (access(store->path, R_OK | W_OK))
        status = fail_errno(problem, "open", store->path, errno);
    if (!status) status = open_connection(store->path, true, &store->writer, problem);
    if (!status) status = check_ours(store->writer->db, store->path, create, problem);
    if (status)
        sqlite_close(&store->records);
    else
        *ret = &store->records;
    return status;
}

static enum status take_reader(struct store *store, struct connection **ret, struct problem *problem) {
    pthread_mutex_lock(&store->lock);
    struct connection *connection = store->idle;
    if (connection) store->idle = connection->next, store->idle_count--;
    pthread_mutex_unlock(&store->lock);
    *ret = connection;
    return connection ? OK : open_connection(store->path, false, ret, problem);
}

static void give_reader(struct store *store, struct connection *connection) {
    pthread_mutex_lock(&store->lock);
    bool keep_it = store->idle_count < IDLE_READERS;
    if (keep_it) {
        connection->next = store->idle;
        store->idle = connection;
        store->idle_count++;
    }
    pthread_mutex_unlock(&store->lock);
    if (!keep_it) close_connection(connection);
}

static void take_writer(struct store *store) {
    pthread_mutex_lock(&store->lock);
    assert(!(store->writing && pthread_equal(store->writing_thread, pthread_self())) &&
           "a writer inside a writer");
    while (store->writing)
        pthread_cond_wait(&store->writer_free, &store->lock);
    store->writing = true;
    store->writing_thread = pthread_self();
    pthread_mutex_unlock(&store->lock);
}

static void give_writer(struct store *store) {
    pthread_mutex_lock(&store->lock);
    store->writing = false;
    pthread_cond_signal(&store->writer_free);
    pthread_mutex_unlock(&store->lock);
}

static enum status sqlite_check(struct records *records, struct problem *problem) {
    static const char *const checks[] = {"PRAGMA integrity_check(50)", "PRAGMA foreign_key_check"};
    struct store *store = (struct store *)records;
    struct connection *connection;
    enum status status = take_reader(store, &connection, problem);
    if (status) return status;
    bool sound = true;
    int code = SQLITE_OK;
    for (int i = 0; i < 2 && (code == SQLITE_OK || code == SQLITE_DONE); i++) {
        sqlite3_stmt *statement = NULL;
        code = sqlite3_prepare_v2(connection->db, checks[i], -1, &statement, NULL);
        while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
            struct str finding = str_of((const char *)sqlite3_column_text(statement, 0));
            code = SQLITE_OK;
            if (i == 0 && str_is(finding, "ok")) continue;
            if (sound)
                fail(
                    problem, UNAVAILABLE,
                    MESSAGE(
                        "records_unsound",
                        "The records did not pass the engine's check. Restore the last backup.",
                        "داده‌ها از بررسی پایگاه داده سربلند بیرون نیامدند. آخرین پشتیبان را "
                        "بازگردانید."),
                    NO_ARGS);
            sound = false;
            fail_at(problem, STR("records.sqlite"), MESSAGE("records_finding", "{0}", "{0}"), ARGS(finding));
            problem->status = UNAVAILABLE;
        }
        sqlite3_finalize(statement);
    }
    if (code != SQLITE_DONE && code != SQLITE_OK)
        status = fail_sqlite(problem, connection->db);
    else if (!sound)
        status = UNAVAILABLE;
    give_reader(store, connection);
    return status;
}

static enum status sqlite_copy(struct records *records, const char *path, struct problem *problem) {
    struct store *store = (struct store *)records;
    struct connection *from = NULL;
    sqlite3 *to = NULL;
    enum status status = make_file(path, problem);
    if (status) return status;
    if ((status = take_reader(store, &from, problem))) goto done;
    /* An open read transaction pins one snapshot, so that the copy is of one moment and writers need not
     * wait. */
    if (sqlite3_exec(from->db, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL)) {
        status = fail_sqlite(problem, from->db);
        goto done;
    }
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) ||
        sqlite3_exec(to, "PRAGMA synchronous=FULL", NULL, NULL, NULL)) {
        status = fail_sqlite(problem, to);
        goto done;
    }
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->db, "main");
    /* finish alone says OK of a step that met a lock and copied nothing. */
    bool whole = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
    if (backup) sqlite3_backup_finish(backup);
    if (!whole) status = fail_sqlite(problem, to);
done:
    if (from) {
        if (!sqlite3_get_autocommit(from->db)) sqlite3_exec(from->db, "ROLLBACK", NULL, NULL, NULL);
        give_reader(store, from);
    }
    sqlite3_close(to);
    if (status) unlink(path);
    return status;
}

/* ---- Sessions ---- */

static void end_session(struct session *session) {
    struct sqlite_session *own = (struct sqlite_session *)session;
    struct store *store = store_of(session);
    if (own->write)
        give_writer(store);
    else
        give_reader(store, own->connection);
    free(own);
}

static enum status sqlite_begin(struct records *records, bool write, struct session **ret,
                                struct problem *problem) {
    struct store *store = (struct store *)records;
    struct connection *connection = store->writer;
    if (write) {
        take_writer(store);
    } else {
        enum status status = take_reader(store, &connection, problem);
        if (status) return status;
    }
    struct sqlite_session *own = memory_new(sizeof *own);
    *own = (struct sqlite_session){{records, false}, connection, write};
    if (sqlite3_exec(connection->db, write ? "BEGIN IMMEDIATE" : "BEGIN", NULL, NULL, NULL)) {
        enum status status = fail_sqlite(problem, connection->db);
        end_session(&own->session);
        return status;
    }
    *ret = &own->session;
    return OK;
}

static void sqlite_rollback(struct session *session) {
    if (!sqlite3_get_autocommit(db_of(session))) sqlite3_exec(db_of(session), "ROLLBACK", NULL, NULL, NULL);
    end_session(session);
}

static enum status sqlite_commit(struct session *session, struct problem *problem) {
    if (sqlite3_exec(db_of(session), "COMMIT", NULL, NULL, NULL)) {
        enum status status = fail_sqlite(problem, db_of(session));
        sqlite_rollback(session);
        return status;
    }
    end_session(session);
    return OK;
}

static enum status sqlite_script(struct session *session, const char *sql, struct problem *problem) {
    return sqlite3_exec(db_of(session), sql, NULL, NULL, NULL) ? fail_sqlite(problem, db_of(session)) : OK;
}

static enum status sqlite_version(struct session *session, int64_t *version, struct problem *problem) {
    char text[32] = "0";
    *version = 0;
    if (!pragma(db_of(session), "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'", text))
        return fail_sqlite(problem, db_of(session));
    if (strtol(text, NULL, 10) == 0) return OK;
    if (!pragma(db_of(session), "SELECT coalesce(max(version), 0) FROM schema_version", text))
        return fail_sqlite(problem, db_of(session));
    *version = strtoll(text, NULL, 10);
    return OK;
}

/* ---- Statements ---- */

static struct rows *sqlite_rows_open(struct session *session, const struct query *query) {
    struct connection *connection = ((struct sqlite_session *)session)->connection;
    bool ours = query->number < QUERY_COUNT && queries[query->number] == query;
    struct statement *statement = ours ? &connection->statements[query->number] : NULL;
    if (!statement ||
        statement->busy) { /* the same query inside its own loop, or one that is not of the table */
        statement = memory_new(sizeof *statement);
    } else {
        statement->cached = true;
    }
    statement->busy = true;
    statement->rows.session = session;
    statement->rows.query = query;
    statement->rows.status = OK;
    unsigned flags = statement->cached ? SQLITE_PREPARE_PERSISTENT : 0;
    if (!statement->prepared &&
        sqlite3_prepare_v3(connection->db, query->sql, -1, flags, &statement->prepared, NULL))
        keep(&statement->rows);
    return &statement->rows;
}

static sqlite3_stmt *prepared(struct rows *rows) {
    return ((struct statement *)rows)->prepared;
}

static int sqlite_parameter(struct rows *rows, const char *name) {
    char with_colon[NAME_BYTES];
    snprintf(with_colon, sizeof with_colon, ":%s", name);
    int index = sqlite3_bind_parameter_index(prepared(rows), with_colon);
    return index ? index : -1;
}

static void sqlite_bind_int(struct rows *rows, int parameter, int64_t value) {
    if (sqlite3_bind_int64(prepared(rows), parameter, value)) keep(rows);
}

static void sqlite_bind_number(struct rows *rows, int parameter, double value) {
    if (sqlite3_bind_double(prepared(rows), parameter, value)) keep(rows);
}

static void sqlite_bind_text(struct rows *rows, int parameter, struct str value) {
    if (sqlite3_bind_text64(prepared(rows), parameter, value.p ? value.p : "", value.n, SQLITE_TRANSIENT,
                            SQLITE_UTF8))
        keep(rows);
}

static void sqlite_bind_blob(struct rows *rows, int parameter, struct str value) {
    if (sqlite3_bind_blob64(prepared(rows), parameter, value.p ? value.p : "", value.n, SQLITE_TRANSIENT))
        keep(rows);
}

static void sqlite_bind_null(struct rows *rows, int parameter) {
    if (sqlite3_bind_null(prepared(rows), parameter)) keep(rows);
}

static bool sqlite_next(struct rows *rows) {
    int code = sqlite3_step(prepared(rows));
    if (code != SQLITE_ROW && code != SQLITE_DONE) keep(rows);
    return code == SQLITE_ROW;
}

static void sqlite_again(struct rows *rows) {
    sqlite3_reset(prepared(rows));
}

static int sqlite_column_count(struct rows *rows) {
    return sqlite3_column_count(prepared(rows));
}

static const char *sqlite_column_name(struct rows *rows, int column) {
    return sqlite3_column_name(prepared(rows), column);
}

static bool sqlite_is_null(struct rows *rows, int column) {
    return sqlite3_column_type(prepared(rows), column) == SQLITE_NULL;
}

static int64_t sqlite_integer(struct rows *rows, int column) {
    return sqlite3_column_int64(prepared(rows), column);
}

static double sqlite_number(struct rows *rows, int column) {
    return sqlite3_column_double(prepared(rows), column);
}

static struct str sqlite_bytes(struct rows *rows, int column) {
    const char *bytes = sqlite3_column_blob(prepared(rows), column);
    return bytes ? (struct str){bytes, (size_t)sqlite3_column_bytes(prepared(rows), column)}
                 : (struct str){0};
}

static int64_t sqlite_changed(struct rows *rows) {
    return sqlite3_changes64(db_of(rows->session));
}

static void sqlite_rows_close(struct rows *rows) {
    struct statement *statement = (struct statement *)rows;
    if (!statement->cached) {
        sqlite3_finalize(statement->prepared);
        free(statement);
        return;
    }
    if (statement->prepared) {
        sqlite3_reset(statement->prepared);
        sqlite3_clear_bindings(statement->prepared);
    }
    statement->busy = false;
}

const struct records_driver records_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .check = sqlite_check,
    .copy = sqlite_copy,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .script = sqlite_script,
    .version = sqlite_version,
    .rows_open = sqlite_rows_open,
    .parameter = sqlite_parameter,
    .bind_int = sqlite_bind_int,
    .bind_number = sqlite_bind_number,
    .bind_text = sqlite_bind_text,
    .bind_blob = sqlite_bind_blob,
    .bind_null = sqlite_bind_null,
    .next = sqlite_next,
    .again = sqlite_again,
    .column_count = sqlite_column_count,
    .column_name = sqlite_column_name,
    .is_null = sqlite_is_null,
    .integer = sqlite_integer,
    .number = sqlite_number,
    .bytes = sqlite_bytes,
    .changed = sqlite_changed,
    .rows_close = sqlite_rows_close,
};
