/* Records on SQLite: migrations, sessions, binding and reading, what failures mean, copies, and every query
 * prepared. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "platform/records.h"
#include "queries.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char folder[64];
    struct arena arena;
    struct problem problem;
    struct records *records;
};

static const char *file_in(struct place *place, const char *name) {
    return str_format(&place->arena, "%s/%s", place->folder, name).p;
}

static int set_up(void **state) {
    struct place *place = memory_new(sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/vafa-records-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->problem.arena = &place->arena;
    assert_int_equal(records_open(place->folder, true, &place->records, &place->problem), OK);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    records_close(place->records);
    static const char *const names[] = {"records.sqlite", "records.sqlite-wal", "records.sqlite-shm",
                                        "copy.sqlite"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(file_in(place, names[i]));
    assert_int_equal(rmdir(place->folder), 0);
    arena_free(&place->arena);
    free(place);
    return 0;
}

/* A table of our own for these tests, made through the engine behind the store's back. */
static const char things_sql[] = "CREATE TABLE owners (id BYTEA NOT NULL PRIMARY KEY);"
                                 "CREATE TABLE things (id BYTEA NOT NULL PRIMARY KEY, name TEXT NOT NULL "
                                 "UNIQUE, seats BIGINT CHECK (seats >= 0), "
                                 "share DOUBLE PRECISION, active BIGINT, starts BIGINT, seen BIGINT, stage "
                                 "TEXT, owner BYTEA REFERENCES owners (id), extra TEXT)";

struct thing {
    uint64_t has;
    struct id id, owner;
    struct str name, extra;
    int64_t seats;
    double share;
    bool active;
    day_t starts;
    instant_t seen;
    int32_t stage;
    int64_t not_in_sql;
};
static const char *const stages[] = {"new", "live", NULL};
static const struct field thing_fields[] = {
    {"id", FIELD_ID, 0, offsetof(struct thing, id)},
    {"owner", FIELD_ID, 0, offsetof(struct thing, owner)},
    {"name", FIELD_TEXT, 0, offsetof(struct thing, name)},
    {"extra", FIELD_JSON, 0, offsetof(struct thing, extra)},
    {"seats", FIELD_INT, 0, offsetof(struct thing, seats)},
    {"share", FIELD_NUMBER, 0, offsetof(struct thing, share)},
    {"active", FIELD_BOOL, 0, offsetof(struct thing, active)},
    {"starts", FIELD_DATE, 0, offsetof(struct thing, starts)},
    {"seen", FIELD_INSTANT, 0, offsetof(struct thing, seen)},
    {"stage", FIELD_ENUM, 0, offsetof(struct thing, stage), .options = stages},
    {"not_in_sql", FIELD_INT, 0, offsetof(struct thing, not_in_sql)},
};
static RECORD_TYPE(thing_type, "Thing", struct thing, thing_fields);

static const struct query thing_add = {
    "thing_add",
    "INSERT INTO things (id, name, seats, share, active, starts, seen, stage, owner, extra) "
    "VALUES (:id, :name, :seats, :share, :active, :starts, :seen, :stage, :owner, :extra)",
    UINT32_MAX};
static const struct query thing_by_name = {
    "thing_by_name", "SELECT seats AS other, t.* FROM things t WHERE name = :name", UINT32_MAX};
static const struct query thing_count = {"thing_count", "SELECT count(*) FROM things", UINT32_MAX};

static void make_things(struct place *place) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file_in(place, "records.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, things_sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static struct thing thing_named(const char *name) {
    struct thing thing = {.id = id_new(1), .name = str_of(name)};
    field_set(&thing, 0);
    field_set(&thing, 2);
    return thing;
}

static int64_t count_things(struct place *place) {
    struct session *session;
    assert_int_equal(records_read(place->records, &session, &place->problem), OK);
    struct rows *rows = rows_open(session, &thing_count);
    assert_true(rows_next(rows));
    int64_t n = rows_int(rows, 0);
    assert_int_equal(rows_close(rows, &place->problem), OK);
    assert_int_equal(session_commit(session, &place->problem), OK);
    return n;
}

static enum status add(struct place *place, const struct thing *thing) {
    struct session *session;
    enum status status = records_write(place->records, &session, &place->problem);
    if (status) return status;
    status = session_run(session, &thing_add, &thing_type, thing, &place->problem);
    if (status)
        session_rollback(session);
    else
        status = session_commit(session, &place->problem);
    return status;
}

static void migrates_and_opens_again(void **state) {
    struct place *place = *state;
    struct session *session;
    assert_int_equal(records_read(place->records, &session, &place->problem), OK);
    struct rows *rows = rows_open(session, &query_schema_version_current);
    assert_true(rows_next(rows));
    assert_int_equal(rows_int(rows, 0), MIGRATION_NEWEST);
    assert_int_equal(rows_close(rows, &place->problem), OK);
    session_rollback(session);
    records_close(place->records);
    assert_int_equal(records_open(place->folder, false, &place->records, &place->problem), OK);
    struct stat about;
    assert_int_equal(stat(file_in(place, "records.sqlite"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    struct records *second;
    assert_int_equal(records_open(place->folder, true, &second, &place->problem), CONFLICT);
    assert_string_equal(place->problem.main.message.code, "records_exist");
    assert_int_equal(records_check(place->records, &place->problem), OK);
}

static void refuses_a_newer_store(void **state) {
    struct place *place = *state;
    records_close(place->records);
    place->records = NULL;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file_in(place, "records.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO schema_version VALUES (9001, 0)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(records_open(place->folder, false, &place->records, &place->problem), CONFLICT);
    assert_string_equal(place->problem.main.message.code, "records_newer");
    assert_string_equal(place->problem.main.args[0].p, "9001");
}

static void refuses_damage(void **state) {
    struct place *place = *state;
    records_close(place->records);
    place->records = NULL;
    FILE *file = fopen(file_in(place, "records.sqlite"), "r+");
    assert_non_null(file);
    fputs("this is no database at all, whatever its name says "
          "............................................................",
          file);
    fclose(file);
    assert_int_equal(records_open(place->folder, false, &place->records, &place->problem), UNAVAILABLE);
    assert_string_equal(place->problem.main.message.code, "records_damaged");
    unlink(file_in(place, "records.sqlite"));
    assert_int_equal(records_open(place->folder, false, &place->records, &place->problem), UNAVAILABLE);
    assert_string_equal(place->problem.main.message.code, "system_error");
}

static void stores_and_reads_every_type(void **state) {
    struct place *place = *state;
    make_things(place);
    struct thing thing = thing_named("وفا");
    thing.seats = INT64_MAX;
    thing.share = 0.1;
    thing.active = true;
    thing.starts = -1;
    thing.seen = 1710914400123;
    thing.stage = 1;
    thing.extra = STR("{\"a\":1}");
    for (int i = 3; i < 10; i++)
        field_set(&thing, i);
    assert_int_equal(add(place, &thing), OK);

    struct session *session;
    assert_int_equal(records_read(place->records, &session, &place->problem), OK);
    struct rows *rows = rows_open(session, &thing_by_name);
    rows_bind_text(rows, "name", STR("وفا"));
    assert_true(rows_next(rows));
    struct thing back;
    rows_read(rows, &thing_type, &back, &place->arena);
    assert_false(rows_next(rows));
    assert_int_equal(rows_close(rows, &place->problem), OK);
    session_rollback(session);
    assert_true(id_equal(back.id, thing.id));
    assert_true(str_is(back.name, "وفا"));
    assert_true(str_is(back.extra, "{\"a\":1}"));
    assert_true(back.seats == INT64_MAX);
    assert_true(back.share == 0.1);
    assert_true(back.active);
    assert_int_equal(back.starts, -1);
    assert_true(back.seen == 1710914400123);
    assert_int_equal(back.stage, 1);
    assert_int_equal(back.has, 0x3FF & ~2u); /* neither the owner, which is NULL, nor what SQL lacks */
}

static void says_what_failed(void **state) {
    struct place *place = *state;
    make_things(place);
    struct thing thing = thing_named("a");
    assert_int_equal(add(place, &thing), OK);
    assert_int_equal(add(place, &thing), CONFLICT);
    assert_string_equal(place->problem.main.message.code, "already_exists");
    thing = thing_named("b");
    thing.owner = id_new(1);
    field_set(&thing, 1);
    assert_int_equal(add(place, &thing), BAD_INPUT);
    assert_string_equal(place->problem.main.message.code, "reference_missing");
    thing = thing_named("c");
    thing.seats = -1;
    field_set(&thing, 4);
    assert_int_equal(add(place, &thing), BAD_INPUT);
    assert_string_equal(place->problem.main.message.code, "value_refused");
    assert_int_equal(count_things(place), 1);

    struct session *session; /* behind a failure nothing can be committed */
    assert_int_equal(records_write(place->records, &session, &place->problem), OK);
    thing = thing_named("d");
    assert_int_equal(session_run(session, &thing_add, &thing_type, &thing, &place->problem), OK);
    assert_int_equal(session_run(session, &thing_add, &thing_type, &thing, &place->problem), CONFLICT);
    assert_int_equal(session_commit(session, &place->problem), INTERNAL);
    assert_int_equal(count_things(place), 1);

    static const struct query broken = {"broken", "SELECT nothing FROM nowhere", UINT32_MAX};
    assert_int_equal(records_read(place->records, &session, &place->problem), OK);
    assert_int_equal(session_run(session, &broken, NULL, NULL, &place->problem), INTERNAL);
    static const struct query writing = {"writing", "DELETE FROM things", UINT32_MAX};
    assert_int_equal(session_run(session, &writing, NULL, NULL, &place->problem),
                     UNAVAILABLE); /* a reader only reads */
    session_rollback(session);
    assert_int_equal(count_things(place), 1);
}

static void runs_out_of_room(void **state) {
    struct place *place = *state;
    make_things(place);
    struct session *session;
    assert_int_equal(records_write(place->records, &session, &place->problem), OK);
    static const struct query limit = {"limit", "PRAGMA max_page_count = 100", UINT32_MAX};
    assert_int_equal(session_run(session, &limit, NULL, NULL, &place->problem), OK);
    struct buf large = {0};
    for (int i = 0; i < 1000000; i++)
        buf_put_byte(&large, 'x');
    struct thing thing = thing_named("large");
    thing.extra = buf_str(&large);
    field_set(&thing, 3);
    assert_int_equal(session_run(session, &thing_add, &thing_type, &thing, &place->problem), UNAVAILABLE);
    assert_string_equal(place->problem.main.message.code, "disk_full");
    session_rollback(session);
    buf_free(&large);
    assert_int_equal(count_things(place), 0);
}

static void readers_see_one_moment(void **state) {
    struct place *place = *state;
    make_things(place);
    struct session *reader;
    assert_int_equal(records_read(place->records, &reader, &place->problem), OK);
    for (int i = 0; i < 2; i++) {
        struct rows *rows = rows_open(reader, &thing_count);
        struct rows *inner = rows_open(reader, &thing_count); /* the same query inside its own loop */
        assert_true(rows_next(rows));
        assert_true(rows_next(inner));
        assert_int_equal(rows_int(rows, 0), 0);
        assert_int_equal(rows_close(inner, &place->problem), OK);
        assert_int_equal(rows_close(rows, &place->problem), OK);
        struct thing thing = thing_named(i ? "b" : "a");
        assert_int_equal(add(place, &thing), OK);
    }
    assert_int_equal(session_commit(reader, &place->problem), OK);
    assert_int_equal(count_things(place), 2);
    assert_int_equal(records_copy(place->records, file_in(place, "copy.sqlite"), &place->problem), OK);
    assert_int_equal(records_copy(place->records, file_in(place, "copy.sqlite"), &place->problem), CONFLICT);
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(file_in(place, "copy.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM things", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 2);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void inserts_many_with_one_statement(void **state) {
    struct place *place = *state;
    make_things(place);
    struct session *session;
    assert_int_equal(records_write(place->records, &session, &place->problem), OK);
    struct rows *rows = rows_open(session, &thing_add);
    for (int i = 0; i < 1000; i++) {
        struct thing thing = thing_named(str_format(&place->arena, "t%d", i).p);
        rows_bind_record(rows, &thing_type, &thing);
        assert_false(rows_next(rows));
        assert_int_equal(rows_changed(rows), 1);
        rows_again(rows);
    }
    assert_int_equal(rows_close(rows, &place->problem), OK);
    assert_int_equal(session_commit(session, &place->problem), OK);
    assert_int_equal(count_things(place), 1000);
}

static void *write_fifty(void *argument) {
    struct place *place = argument;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    intptr_t failures = 0;
    for (int i = 0; i < 50; i++) {
        struct session *session;
        if (records_write(place->records, &session, &problem)) {
            failures++;
            continue;
        }
        char name[ID_TEXT + 1];
        id_print(id_new(1), name);
        struct thing thing = thing_named(name);
        failures += session_run(session, &thing_add, &thing_type, &thing, &problem) != OK;
        failures += session_commit(session, &problem) != OK;
    }
    arena_free(&arena);
    return (void *)failures;
}

static void writers_take_turns(void **state) {
    struct place *place = *state;
    make_things(place);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_fifty, place), 0);
    for (int i = 0; i < 4; i++) {
        void *failures;
        pthread_join(threads[i], &failures);
        assert_null(failures);
    }
    assert_int_equal(count_things(place), 200);
}

static void prepares_every_query(void **state) {
    struct place *place = *state;
    struct session *session;
    assert_int_equal(records_read(place->records, &session, &place->problem), OK);
    int bad = 0;
    for (int i = 0; i < QUERY_COUNT; i++) {
        assert_int_equal(queries[i]->number, i);
        struct rows *rows = rows_open(session, queries[i]);
        if (rows_close(rows, &place->problem)) {
            print_error("%s: %s\n", queries[i]->name, place->problem.main.args[0].p);
            bad++;
        }
    }
    session_rollback(session);
    assert_int_equal(bad, 0);
}

/* What asks of one account, person or member reads no table whole, but those that stay small and what is a
 * handful of rows already (a subquery, or the walk over a family of accounts: x, above, below). */
static const char *const few[] = {"x",       "above", "below",    "CONSTANT",      "(",
                                  "members", "views", "segments", "segment_lists", "one_time_tokens"};

static bool is_few(const char *table) {
    for (size_t i = 0; i < COUNT(few); i++) {
        size_t n = strlen(few[i]);
        if (!strncmp(table, few[i], n) && (!table[n] || table[n] == ' ' || few[i][0] == '(')) return true;
    }
    return false;
}

static int scans(sqlite3 *db, const struct query *query) {
    struct arena arena = {0};
    sqlite3_stmt *plan;
    int found = 0;
    const char *explain = str_format(&arena, "EXPLAIN QUERY PLAN %s", query->sql).p;
    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
    bool of_one = sqlite3_bind_parameter_index(plan, ":account") ||
                  sqlite3_bind_parameter_index(plan, ":person") ||
                  sqlite3_bind_parameter_index(plan, ":member") || sqlite3_bind_parameter_index(plan, ":id");
    while (of_one && sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        bool of_a_kind = strstr(step, "(kind=?") != NULL; /* an index, but of all answers of a kind */
        if ((strncmp(step, "SCAN ", 5) != 0 || is_few(step + 5)) && !of_a_kind) continue;
        print_error("%s: %s\n", query->name, step);
        found++;
    }
    sqlite3_finalize(plan);
    arena_free(&arena);
    return found;
}

static void finds_the_rows_of_one_by_an_index(void **state) {
    struct place *place = *state;
    sqlite3 *db;
    int bad = 0;
    assert_int_equal(sqlite3_open(file_in(place, "records.sqlite"), &db), SQLITE_OK);
    for (int i = 0; i < QUERY_COUNT; i++)
        bad += scans(db, queries[i]);
    sqlite3_close(db);
    assert_int_equal(bad, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(migrates_and_opens_again),
        TEST(refuses_a_newer_store),
        TEST(refuses_damage),
        TEST(stores_and_reads_every_type),
        TEST(says_what_failed),
        TEST(runs_out_of_room),
        TEST(readers_see_one_moment),
        TEST(inserts_many_with_one_statement),
        TEST(writers_take_turns),
        TEST(prepares_every_query),
        TEST(finds_the_rows_of_one_by_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
