/* Records: the transactional store of accounts, people, contracts, work and settings. Nothing above this
 * header knows which engine is there. SQL is in sql/records/, one named query at a time; values are bound,
 * never put into text. */
#ifndef VAFA_PLATFORM_RECORDS_H
#define VAFA_PLATFORM_RECORDS_H
#include "base/fields.h"
#include "base/problem.h"

/* A named query, generated from sql/records/queries: `-- name: account_by_id` becomes `query_account_by_id`
 * in queries.h. Parameters are written :name. */
struct query {
    const char *name, *sql;
    uint32_t number; /* dense, for caches of prepared statements */
};

#define RECORDS_FILE                                                                                         \
    "records.sqlite" /* what records_copy writes under this name in a folder, records_open finds */
struct records;
struct session; /* one transaction on one connection */
struct rows;    /* one running statement */

/* Opens (and with create makes) the store in a folder and migrates it to this build's version. CONFLICT when
 * the store is of a newer version. */
enum status records_open(const char *folder, bool create, struct records **ret,
                         struct problem *problem) MUST_USE;
void records_close(struct records *records);
/* The engine's own integrity check; every finding is a fault. */
enum status records_check(struct records *records, struct problem *problem) MUST_USE;
/* A consistent copy into a new file, while writers go on. */
enum status records_copy(struct records *records, const char *path, struct problem *problem) MUST_USE;

/* A reader sees one snapshot; any number at once. A writer is alone (waits for the one before) and is durable
 * at commit. */
enum status records_read(struct records *records, struct session **ret, struct problem *problem) MUST_USE;
enum status records_write(struct records *records, struct session **ret, struct problem *problem) MUST_USE;
enum status session_commit(struct session *session,
                           struct problem *problem) MUST_USE; /* ends a reader or a writer */
void session_rollback(struct session *session);               /* accepts NULL, so that `done:` needs no ifs */
/* A mark inside a writer, to come back to when one row of many is refused: what was written since is taken
 * back and the session can go on. A new mark replaces the one before. */
enum status session_mark(struct session *session, struct problem *problem) MUST_USE;
enum status session_back_to_mark(struct session *session, struct problem *problem) MUST_USE;

/* Running a query. Binding by parameter name; a name that the query lacks is ignored by the _record form
 * only. struct rows *rows = rows_open(session, &query_account_by_id); rows_bind_id(rows, "id", id); while
 * (rows_next(rows)) rows_read(rows, &account_type, &account, arena); if ((status = rows_close(rows,
 * problem))) goto done; Errors on the way are kept and reported by rows_close; unique violations are
 * CONFLICT, missing references BAD_INPUT, a full or failing disk UNAVAILABLE. Behind a failed statement the
 * transaction cannot be committed, on any engine: to step over rows that exist, write ON CONFLICT. Every
 * rows_open is closed before its session ends. */
struct rows *rows_open(struct session *session, const struct query *query);
void rows_bind_int(struct rows *rows, const char *name, int64_t value);
void rows_bind_number(struct rows *rows, const char *name, double value);
void rows_bind_text(struct rows *rows, const char *name, struct str value);
void rows_bind_blob(struct rows *rows, const char *name, struct str value);
void rows_bind_id(struct rows *rows, const char *name, struct id value);
void rows_bind_null(struct rows *rows, const char *name);
/* Binds every parameter that a field of the type is named for; fields without a value bind NULL. */
void rows_bind_record(struct rows *rows, const struct record_type *type, const void *record);
bool rows_next(
    struct rows *rows); /* runs the statement up to its next row; false at the end or on an error */
/* Makes the statement ready for other bindings and the next rows_next, for many inserts in one transaction:
 * bind, rows_next, rows_again, bind, rows_next, … It runs nothing itself; bindings that are not renewed stay.
 */
void rows_again(struct rows *rows);
bool rows_is_null(struct rows *rows, int column);
int64_t rows_int(struct rows *rows, int column);
double rows_number(struct rows *rows, int column);
struct str rows_text(struct rows *rows, int column,
                     struct arena *arena); /* copied to the arena; arena NULL: valid until next */
struct id rows_id(struct rows *rows, int column);
/* Fills the struct from columns named as its fields; other columns are ignored, absent fields have no value.
 */
void rows_read(struct rows *rows, const struct record_type *type, void *record, struct arena *arena);
int64_t rows_changed(struct rows *rows); /* rows changed by an INSERT, UPDATE or DELETE */
enum status rows_close(struct rows *rows, struct problem *problem) MUST_USE;
/* Opens, binds nothing more, runs to the end and closes: for statements without rows whose bindings are one
 * record. */
enum status session_run(struct session *session, const struct query *query, const struct record_type *type,
                        const void *record, struct problem *problem) MUST_USE;

#endif
