#include "platform/records.h"
#include "platform/records_driver.h"
#include "queries.h"

#include <assert.h>
#include <stdio.h>

static const struct records_driver *const drivers[] = {&records_sqlite};

/* Every function of the table stands behind the name, so the table is an array of pointers without a hole. */
static bool is_complete(const struct records_driver *driver) {
    const void *members[sizeof *driver / sizeof(void *)];
    static_assert(sizeof members == sizeof *driver, "a driver is nothing but pointers");
    memcpy(members, driver, sizeof members);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!members[i]) return false;
    return true;
}

/* ---- Opening and migrating ---- */

static enum status apply(struct records *records, const struct migration *migration,
                         struct problem *problem) {
    struct session *session;
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    if ((status = records->driver->script(session, migration->sql, problem))) goto done;
    struct rows *rows = rows_open(session, &query_schema_version_add);
    rows_bind_int(rows, "version", migration->version);
    rows_bind_int(rows, "applied_at", clock_now(clock_system()));
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
done:
    session_rollback(session);
    return status;
}

static enum status migrate(struct records *records, struct problem *problem) {
    struct session *session;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    int64_t version = 0;
    status = records->driver->version(session, &version, problem);
    session_rollback(session);
    if (status) return status;
    if (version > MIGRATION_NEWEST) {
        char theirs[24], ours[24];
        snprintf(theirs, sizeof theirs, "%lld", (long long)version);
        snprintf(ours, sizeof ours, "%d", (int)MIGRATION_NEWEST);
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "records_newer",
                "The records are of version {0}, written by a newer Vafa; this one knows up to version {1}. "
                "Use the newer Vafa.",
                "داده‌ها از نسخهٔ {0} و نوشتهٔ وفای تازه‌تری هستند؛ این وفا تا نسخهٔ {1} را "
                "می‌شناسد. "
                "وفای تازه‌تر را به کار ببرید."),
            ARGS(str_of(theirs), str_of(ours)));
    }
    for (int i = 0; !status && i < MIGRATION_COUNT; i++)
        if (migrations[i].version > version) status = apply(records, &migrations[i], problem);
    return status;
}

enum status records_open(const char *folder, bool create, struct records **ret, struct problem *problem) {
    const struct records_driver *driver = drivers[0];
    assert(is_complete(driver) && "a records driver lacks a function");
    struct records *records;
    enum status status = driver->open(folder, create, &records, problem);
    if (status) return status;
    if ((status = migrate(records, problem))) {
        driver->close(records);
        return status;
    }
    *ret = records;
    return OK;
}

void records_close(struct records *records) {
    if (records) records->driver->close(records);
}

enum status records_check(struct records *records, struct problem *problem) {
    return records->driver->check(records, problem);
}

enum status records_copy(struct records *records, const char *path, struct problem *problem) {
    return records->driver->copy(records, path, problem);
}

/* ---- Sessions ---- */

enum status records_read(struct records *records, struct session **ret, struct problem *problem) {
    *ret = NULL;
    return records->driver->begin(records, false, ret, problem);
}

enum status records_write(struct records *records, struct session **ret, struct problem *problem) {
    *ret = NULL;
    return records->driver->begin(records, true, ret, problem);
}

enum status session_commit(struct session *session, struct problem *problem) {
    if (session->broken) {
        session_rollback(session);
        return fail(
            problem, INTERNAL,
            MESSAGE(
                "records_broken_transaction",
                "A statement of this transaction failed before; nothing was stored.",
                "یکی از دستورهای این تراکنش پیش‌تر شکست خورده بود؛ چیزی ذخیره "
                "نشد."),
            NO_ARGS);
    }
    return session->records->driver->commit(session, problem);
}

void session_rollback(struct session *session) {
    if (session) session->records->driver->rollback(session);
}

enum status session_mark(struct session *session, struct problem *problem) {
    const char *sql = session->marked ? "RELEASE SAVEPOINT mark; SAVEPOINT mark" : "SAVEPOINT mark";
    session->marked = true;
    return session->records->driver->script(session, sql, problem);
}

enum status session_back_to_mark(struct session *session, struct problem *problem) {
    session->broken = false;
    return session->records->driver->script(session, "ROLLBACK TO SAVEPOINT mark", problem);
}

/* ---- Statements ---- */

static const struct records_driver *driver_of(const struct rows *rows) {
    return rows->session->records->driver;
}

void rows_fail(struct rows *rows, enum status status, struct message message, const char *detail) {
    if (rows->status) return;
    rows->status = status;
    rows->message = message;
    rows->session->broken = true;
    snprintf(rows->detail, sizeof rows->detail, "%s", detail ? detail : "");
}

struct rows *rows_open(struct session *session, const struct query *query) {
    return session->records->driver->rows_open(session, query);
}

/* The number of a parameter; an unknown one is a fault of the program. */
static int parameter(struct rows *rows, const char *name) {
    if (rows->status) return -1;
    int index = driver_of(rows)->parameter(rows, name);
    if (index < 0) {
        fprintf(stderr, "vafa: the query %s has no parameter :%s\n", rows->query->name, name);
        assert(!"unknown parameter");
        rows_fail(rows, INTERNAL,
                  MESSAGE("records_no_parameter", "A query has no parameter “{0}”.",
                          "پرسمانی پارامتر «{0}» را ندارد."),
                  name);
    }
    return index;
}

void rows_bind_int(struct rows *rows, const char *name, int64_t value) {
    int index = parameter(rows, name);
    if (index >= 0) driver_of(rows)->bind_int(rows, index, value);
}

void rows_bind_number(struct rows *rows, const char *name, double value) {
    int index = parameter(rows, name);
    if (index >= 0) driver_of(rows)->bind_number(rows, index, value);
}

void rows_bind_text(struct rows *rows, const char *name, struct str value) {
    int index = parameter(rows, name);
    if (index >= 0) driver_of(rows)->bind_text(rows, index, value);
}

void rows_bind_blob(struct rows *rows, const char *name, struct str value) {
    int index = parameter(rows, name);
    if (index >= 0) driver_of(rows)->bind_blob(rows, index, value);
}

void rows_bind_id(struct rows *rows, const char *name, struct id value) {
    rows_bind_blob(rows, name, (struct str){(const char *)value.b, sizeof value.b});
}

void rows_bind_null(struct rows *rows, const char *name) {
    int index = parameter(rows, name);
    if (index >= 0) driver_of(rows)->bind_null(rows, index);
}

static void bind_member(struct rows *rows, int index, const struct field *field, const char *member) {
    const struct records_driver *driver = driver_of(rows);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_JSON:
    case FIELD_LIST:
        driver->bind_text(rows, index, *(const struct str *)member);
        break;
    case FIELD_INT:
    case FIELD_MONEY:
    case FIELD_INSTANT:
        driver->bind_int(rows, index, *(const int64_t *)member);
        break;
    case FIELD_NUMBER:
        driver->bind_number(rows, index, *(const double *)member);
        break;
    case FIELD_BOOL:
        driver->bind_int(rows, index, *(const bool *)member);
        break;
    case FIELD_DATE:
        driver->bind_int(rows, index, *(const day_t *)member);
        break;
    case FIELD_ENUM:
        driver->bind_text(rows, index, str_of(field->options[*(const int32_t *)member]));
        break;
    case FIELD_ID:
        driver->bind_blob(rows, index, (struct str){member, sizeof(struct id)});
        break;
    }
}

void rows_bind_record(struct rows *rows, const struct record_type *type, const void *record) {
    if (rows->status) return;
    const struct records_driver *driver = driver_of(rows);
    if (rows->bound_type != type) {
        assert(type->count <= MAX_FIELDS);
        for (size_t i = 0; i < type->count; i++)
            rows->parameters[i] = (int16_t)driver->parameter(rows, type->fields[i].name);
        rows->bound_type = type;
    }
    for (size_t i = 0; i < type->count; i++) {
        int index = rows->parameters[i];
        if (index < 0) continue;
        if (field_has(record, (int)i))
            bind_member(rows, index, &type->fields[i], (const char *)record + type->fields[i].offset);
        else
            driver->bind_null(rows, index);
    }
}

bool rows_next(struct rows *rows) {
    return !rows->status && driver_of(rows)->next(rows);
}

void rows_again(struct rows *rows) {
    if (!rows->status) driver_of(rows)->again(rows);
}

bool rows_is_null(struct rows *rows, int column) {
    return driver_of(rows)->is_null(rows, column);
}

int64_t rows_int(struct rows *rows, int column) {
    return driver_of(rows)->integer(rows, column);
}

double rows_number(struct rows *rows, int column) {
    return driver_of(rows)->number(rows, column);
}

struct str rows_text(struct rows *rows, int column, struct arena *arena) {
    struct str text = driver_of(rows)->bytes(rows, column);
    return arena && text.p ? str_copy(arena, text) : text;
}

struct id rows_id(struct rows *rows, int column) {
    struct id id = {0};
    struct str bytes = driver_of(rows)->bytes(rows, column);
    if (bytes.n == sizeof id.b) memcpy(id.b, bytes.p, sizeof id.b);
    return id;
}

static void read_option(struct rows *rows, int column, const struct field *field, int32_t *member) {
    struct str text = driver_of(rows)->bytes(rows, column);
    for (int i = 0; field->options[i]; i++)
        if (str_is(text, field->options[i])) {
            *member = i;
            return;
        }
    rows_fail(
        rows, INTERNAL,
        MESSAGE(
            "records_unknown_option", "The records hold an unknown value in “{0}”; check the data folder.",
            "داده‌ها در «{0}» مقدار ناشناخته‌ای دارند؛ پوشهٔ داده را بررسی "
            "کنید."),
        field->name);
}

static void read_member(struct rows *rows, int column, const struct field *field, char *member,
                        struct arena *arena) {
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_JSON:
    case FIELD_LIST:
        *(struct str *)member = rows_text(rows, column, arena);
        break;
    case FIELD_INT:
    case FIELD_MONEY:
    case FIELD_INSTANT:
        *(int64_t *)member = rows_int(rows, column);
        break;
    case FIELD_NUMBER:
        *(double *)member = rows_number(rows, column);
        break;
    case FIELD_BOOL:
        *(bool *)member = rows_int(rows, column) != 0;
        break;
    case FIELD_DATE:
        *(day_t *)member = (day_t)rows_int(rows, column);
        break;
    case FIELD_ENUM:
        read_option(rows, column, field, (int32_t *)member);
        break;
    case FIELD_ID:
        *(struct id *)member = rows_id(rows, column);
        break;
    }
}

void rows_read(struct rows *rows, const struct record_type *type, void *record, struct arena *arena) {
    const struct records_driver *driver = driver_of(rows);
    memset(record, 0, type->size);
    if (rows->read_type != type) {
        assert(type->count <= MAX_FIELDS);
        memset(rows->columns, -1, sizeof rows->columns);
        for (int column = 0; column < driver->column_count(rows); column++) {
            int index = field_index(type, str_of(driver->column_name(rows, column)));
            if (index >= 0) rows->columns[index] = (int16_t)column;
        }
        rows->read_type = type;
    }
    for (size_t i = 0; i < type->count; i++) {
        int column = rows->columns[i];
        if (column < 0 || driver->is_null(rows, column)) continue;
        read_member(rows, column, &type->fields[i], (char *)record + type->fields[i].offset, arena);
        field_set(record, (int)i);
    }
}

int64_t rows_changed(struct rows *rows) {
    return driver_of(rows)->changed(rows);
}

enum status rows_close(struct rows *rows, struct problem *problem) {
    enum status status = rows->status;
    if (status) fail(problem, status, rows->message, ARGS(str_of(rows->detail), str_of(rows->query->name)));
    driver_of(rows)->rows_close(rows);
    return status;
}

enum status session_run(struct session *session, const struct query *query, const struct record_type *type,
                        const void *record, struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    if (type) rows_bind_record(rows, type, record);
    while (rows_next(rows))
        continue;
    return rows_close(rows, problem);
}
