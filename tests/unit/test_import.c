/* Import: which column means what, what a cell says, and what becomes of the rows of a file. Expected values
 * are worked out by hand from the rules (facts-and-rules 5 and 6, the calendar's published conversion
 * 1404-01-01 = 2025-03-21). */
#include "app/house.h"
#include "customers/account.h"
#include "customers/subscription.h"
#include "exchange/import.h"
#include "exchange/import_cell.h"
#include "exchange/import_events.h"
#include "platform/records.h"
#include "queries.h"
#include "signals/ticket.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define NOON INT64_C(1772539200000) /* 2026-03-03T12:00:00Z */
enum { DAY = 86400000, TODAY = 20515 /* 2026-03-03 */, DAY_1404 = 20168 /* 2025-03-21 = 1404-01-01 */ };

struct world {
    struct arena arena;
    char folder[64];
    instant_t now;
    struct log log;
    struct house *house;
    struct import import; /* the last one */
    struct problem problem;
    struct str errors; /* its errors file */
};

static int setup(void **state) {
    struct world *w = memory_new(sizeof *w);
    snprintf(w->folder, sizeof w->folder, "/tmp/vafa-import-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = NOON;
    w->log = (struct log){2, LOG_LEVEL_ERROR, clock_system()};
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(house_open(str_format(&w->arena, "%s/data", w->folder).p, true, clock_fixed(&w->now),
                                &w->log, &w->house, &problem),
                     OK);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    house_close(w->house);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", w->folder);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

struct how {
    const char *map, *money, *source;
    bool dry_run, backfill;
    enum language language;
};

static struct str read_file(struct world *w, const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return (struct str){0};
    char *text = arena_alloc(&w->arena, 1 << 16);
    size_t n = fread(text, 1, 1 << 16, file);
    fclose(file);
    return (struct str){text, n};
}

static enum status import_as(struct world *w, const char *kind, struct how how, const char *text) {
    const char *path = str_format(&w->arena, "%s/file.csv", w->folder).p,
               *errors = str_format(&w->arena, "%s/errors.csv", w->folder).p;
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    (void)unlink(errors);
    w->problem = (struct problem){.arena = &w->arena};
    w->import = (struct import){.kind = str_of(kind),
                                .source = str_of(how.source ? how.source : "crm"),
                                .map = str_of(how.map),
                                .money = str_of(how.money),
                                .dry_run = how.dry_run,
                                .backfill = how.backfill,
                                .by = STR("test"),
                                .language = how.language == PERSIAN ? STR("fa") : STR("en")};
    enum status status = import_run(w->house, path, errors, &w->import, &w->arena, NULL, NULL, &w->problem);
    w->errors = read_file(w, errors);
    return status;
}

static void expect(struct world *w, const char *kind, struct how how, const char *text, int64_t created,
                   int64_t updated, int64_t unchanged, int64_t rejected) {
    if (import_as(w, kind, how, text)) {
        struct buf out = {0};
        problem_print(&w->problem, ENGLISH, &out);
        fail_msg("%s: %.*s", kind, STR_ARG(buf_str(&out)));
    }
    if (w->import.rejected != rejected) print_message("%.*s\n", STR_ARG(w->errors));
    assert_int_equal(w->import.created, created);
    assert_int_equal(w->import.updated, updated);
    assert_int_equal(w->import.unchanged, unchanged);
    assert_int_equal(w->import.rejected, rejected);
    assert_int_equal(w->import.rows, created + updated + unchanged + rejected);
}

static const struct how PLAIN = {0};

static bool holds(struct str text, const char *part) {
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void refused(struct world *w, const char *what) {
    if (!holds(w->errors, what)) fail_msg("“%s” is not in: %.*s", what, STR_ARG(w->errors));
}

static int64_t number(struct world *w, const char *sql) {
    struct session *session = NULL;
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(records_read(w->house->records, &session, &problem), OK);
    struct query query = {.name = "test", .sql = sql};
    struct rows *rows = rows_open(session, &query);
    int64_t value = rows_next(rows) ? rows_int(rows, 0) : -1;
    assert_int_equal(rows_close(rows, &problem), OK);
    session_rollback(session);
    return value;
}

static struct subscription subscription_of(struct world *w, const char *key) {
    struct session *session = NULL;
    struct subscription s = {0};
    bool found = false;
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(records_read(w->house->records, &session, &problem), OK);
    assert_int_equal(entry_find(session, &query_subscription_newest, &subscription_kind, STR("crm"),
                                str_of(key), &s, &found, &problem),
                     OK);
    session_rollback(session);
    assert_true(found);
    return s;
}

static void two_accounts(struct world *w) {
    expect(w, "accounts", PLAIN, "key,name\nA1,Bright Harbour\nA2,Kestrel Foods\n", 2, 0, 0, 0);
}

/* ---- mapping ---- */

static int field_of(const struct record_type *type, const char *header, const char *given, uint64_t derived,
                    size_t column, struct problem *problem) {
    struct csv *csv = NULL;
    struct import_map map;
    assert_int_equal(csv_open_memory(str_of(header), NULL, &csv, problem), OK);
    enum status status =
        import_map_make(type, csv_header(csv), str_of(given), derived, problem->arena, &map, problem);
    int field = status ? -2 : map.columns[column].field;
    csv_close(csv);
    return field;
}

static void test_headers_are_guessed(void **state) {
    struct world *w = *state;
    static const char *const english[] = {"starts_on", "Start date", "START", "starts on"},
                             *const persian[] = {"تاریخ شروع", "آغاز", "از تاریخ", "تاريخ شروع"};
    for (int i = 0; i < 4; i++) {
        struct problem problem = {.arena = &w->arena};
        struct str header = str_format(&w->arena, "contract,%s,x\n", english[i]);
        assert_int_equal(field_of(&subscription_type, header.p, NULL, 0, 1, &problem),
                         SUBSCRIPTION_STARTS_ON);
        header = str_format(&w->arena, "شماره قرارداد;%s;x\n", persian[i]);
        assert_int_equal(field_of(&subscription_type, header.p, NULL, 0, 1, &problem),
                         SUBSCRIPTION_STARTS_ON);
        assert_int_equal(field_of(&subscription_type, header.p, NULL, 0, 0, &problem), ENTRY_KEY);
        assert_int_equal(field_of(&subscription_type, header.p, NULL, 0, 2, &problem),
                         -1); /* nothing of ours */
    }
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(field_of(&subscription_type, "key,start,مبلغ (تومان)\n", NULL, 0, 2, &problem),
                     SUBSCRIPTION_AMOUNT);
    /* what is ours to set is no column of a file */
    assert_int_equal(field_of(&subscription_type, "key,start,arr\n", NULL, 0, 2, &problem), -1);
}

static void map_fails(struct world *w, const char *given, const char *header, const char *code) {
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(field_of(&account_type, header, given, 0, 0, &problem), -2);
    assert_string_equal(problem.main.message.code, code);
}

static void test_a_given_map(void **state) {
    struct world *w = *state;
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(field_of(&account_type, "code,label,Name\n", "key=code,name=label", 0, 1, &problem),
                     ACCOUNT_NAME);
    assert_int_equal(field_of(&account_type, "code,label,Name\n", "key=code,name=label", 0, 2, &problem),
                     -1); /* taken already */
    assert_int_equal(field_of(&account_type, "\"a,b\",label\n", "key=label,name=\"a,b\"", 0, 0, &problem),
                     ACCOUNT_NAME);
    map_fails(w, "colour=code", "code,name\n", "map_unknown_field");
    map_fails(w, "source=code", "code,name\n", "map_unknown_field"); /* read-only */
    map_fails(w, "key=kode", "code,name\n", "map_unknown_column");
    map_fails(w, "key=code,key=name", "code,name\n", "map_twice");
    map_fails(w, "key=code,name=code", "code,name\n", "map_twice");
    map_fails(w, NULL, "code,name\n", "map_missing_field");
    assert_int_equal(field_of(&account_type, "code,name\n", NULL, (uint64_t)1 << ACCOUNT_KEY, 1, &problem),
                     ACCOUNT_NAME);
}

static void test_nothing_is_taken_under_a_wrong_map(void **state) {
    struct world *w = *state;
    assert_int_equal(import_as(w, "accounts", (struct how){.map = "key=nowhere"}, "key,name\nA1,X\n"),
                     BAD_INPUT);
    assert_int_equal(import_as(w, "accounts", PLAIN, "code,label\nA1,X\n"), BAD_INPUT);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM accounts"), 0);
}

/* ---- cells ---- */

static void test_digits_dates_and_money(void **state) {
    struct world *w = *state;
    two_accounts(w);
    expect(w, "subscriptions", PLAIN,
           "id;account;start;end;seats;مبلغ (تومان);per;autorenew\n"
           "S1;A1;۱۴۰۴/۰۱/۰۱;1404-12-29;۴۰;۱۲٬۰۰۰٬۰۰۰;year;بله\n"
           "S2;A2;2025-03-21;٢٠٢٦-٠٣-٢٠;٢٥;500;ماهانه;no\n",
           2, 0, 0, 0);
    struct subscription s = subscription_of(w, "S1");
    assert_int_equal(s.starts_on, DAY_1404);
    assert_int_equal(s.ends_on, DAY_1404 + 364); /* 1404 has 365 days; the last one is 29 Esfand */
    assert_int_equal(s.seats, 40);
    assert_int_equal(s.amount, 120000000); /* 12,000,000 toman are ten times as many rial */
    assert_true(str_is(s.currency, "IRR"));
    assert_true(s.auto_renew);
    s = subscription_of(w, "S2");
    assert_int_equal(s.starts_on, DAY_1404);
    assert_int_equal(s.ends_on, DAY_1404 + 364);
    assert_int_equal(s.seats, 25);
    assert_int_equal(s.amount, 5000);
    assert_int_equal(s.amount_per, PER_MONTH);
    assert_false(s.auto_renew);
    assert_int_equal(s.arr, 60000);
}

static void test_money_units(void **state) {
    struct world *w = *state;
    two_accounts(w);
    static const char rows[] = "id,account,start,amount,per\nS1,A1,2025-01-01,12.50,month\n";
    expect(w, "subscriptions", PLAIN, rows, 0, 0, 0, 1);
    refused(w, "2,amount,cell_without_unit,");
    expect(w, "subscriptions", (struct how){.money = "EUR"}, rows, 1, 0, 0, 0);
    assert_int_equal(subscription_of(w, "S1").amount, 1250); /* cents */
    expect(w, "subscriptions", PLAIN, "id,account,start,amount,per,currency\nS2,A1,2025-01-01,7,year,eur\n",
           1, 0, 0, 0);
    assert_true(str_is(subscription_of(w, "S2").currency, "EUR"));
    /* what contradicts itself, or what is stored */
    expect(w, "subscriptions", PLAIN,
           "id,account,start,amount (USD),per,currency\nS3,A1,2025-01-01,7,year,EUR\n", 0, 0, 0, 1);
    refused(w, "money_units_differ");
    expect(w, "subscriptions", PLAIN,
           "id,account,start,amount (rial),per,currency\nS3,A1,2025-01-01,7,year,toman\n", 0, 0, 0, 1);
    refused(w, "money_units_differ");
    expect(w, "subscriptions", PLAIN, "id,account,start,amount (USD),per\nS4,A1,2025-01-01,7,year\n", 0, 0, 0,
           1);
    refused(w, "2,currency,currencies_contradict,");
    expect(w, "subscriptions", PLAIN,
           "id,account,start,amount,per,currency\nS5,A2,2025-01-01,7,year,doubloon\n", 0, 0, 0, 1);
    refused(w, "2,currency,unknown_currency,");
    assert_int_equal(import_as(w, "subscriptions", (struct how){.money = "doubloon"}, rows), BAD_INPUT);
    assert_string_equal(w->problem.main.message.code, "unknown_currency");
}

static void test_wrong_cells_are_named(void **state) {
    struct world *w = *state;
    two_accounts(w);
    expect(w, "subscriptions", (struct how){.money = "EUR"},
           "id,account,Start,Seats,amount,per,autorenew,notice\n"
           "S1,A1,1404/12/30,1,1,year,yes,1\n"
           "S2,A1,2023-02-30,1,1,year,yes,1\n"
           "S3,A1,2025-01-01,-3,1,year,yes,1\n"
           "S4,A1,2025-01-01,many,NaN,weekly,perhaps,1\n"
           "S5,A1,,1,1,year,yes,1\n"
           "S6,A9,2025-01-01,1,1,year,yes,1\n"
           "S7,A1,2025-01-01,1,1,year,yes,1\n",
           1, 0, 0, 6);
    refused(w, "\r\n2,Start,");
    refused(w, "\r\n3,Start,");
    refused(w, "\r\n4,Seats,cell_out_of_bounds,");
    refused(w, "\r\n5,Seats,");
    refused(w, "\r\n5,amount,");
    refused(w, "\r\n5,per,cell_not_option,");
    refused(w, "\r\n5,autorenew,cell_not_bool,");
    refused(w, "\r\n6,Start,cell_missing,");
    refused(w, "\r\n7,account,");
    assert_int_equal(number(w, "SELECT COUNT(*) FROM subscriptions"), 1);
}

static void test_errors_in_persian(void **state) {
    struct world *w = *state;
    expect(w, "accounts", (struct how){.language = PERSIAN},
           "شناسه مشتری;نام شرکت;وضعیت\nA1;;\nA2;کویر;نامعلوم\n", 0, 0, 0, 2);
    assert_true(holds(w->errors, "سطر,ستون,کد,پیام"));
    refused(w, "2,نام شرکت,cell_missing,این سلول خالی است ولی لازم است.");
    refused(w, "3,وضعیت,cell_not_option,");
}

/* ---- rows ---- */

static void test_rows_of_a_file(void **state) {
    struct world *w = *state;
    expect(w, "accounts", PLAIN,
           "key,name,plan\nA1,Bright,pro\nA2,Kestrel\nA1,Bright again,pro\nA3,Moss,basic\n", 2, 0, 0, 2);
    refused(w, "\r\n3,,ragged_row,The row has 2 cells where the header has 3.");
    refused(w, "\r\n4,key,repeated_in_file,“A1” stands in row 2 already.");
    /* the rest of the same file, again: nothing changes; then one cell does */
    expect(w, "accounts", PLAIN, "key,name,plan\nA1,Bright,pro\nA3,Moss,basic\n", 0, 0, 2, 0);
    expect(w, "accounts", PLAIN, "key,name,plan\nA1,Bright,pro\nA3,Moss,pro\n", 0, 1, 1, 0);
}

static void test_people_and_versions_come_twice(void **state) {
    struct world *w = *state;
    two_accounts(w);
    /* one person at two accounts, and two versions of one contract, are no repetition */
    expect(w, "contacts", PLAIN, "account,user,name\nA1,u1,Ada\nA2,u1,Ada\nA1,u1,Ada\n", 2, 0, 0, 1);
    refused(w, "repeated_in_file");
    static const char versions[] =
        "id,account,start,seats,effective\nS1,A1,2025-01-01,10,2025-01-01\nS1,A1,2025-01-01,20,2025-07-01\n";
    expect(w, "subscriptions", PLAIN, versions, 1, 1, 0, 0);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM subscriptions WHERE key = 'S1'"), 2);
    expect(w, "subscriptions", PLAIN, versions, 0, 0, 2, 0);
}

static void test_a_refused_row_leaves_nothing(void **state) {
    struct world *w = *state;
    two_accounts(w);
    /* the requester is made before the dates are judged: it must go with the row */
    expect(
        w, "tickets", PLAIN,
        "id,account,user,opened,closed\nT1,A1,u-new,2025-05-02,2025-05-01\nT2,A1,u-old,2025-05-02,2025-05-03\n",
        1, 0, 0, 1);
    refused(w, "2,closed,closed_before_opened,");
    assert_int_equal(number(w, "SELECT COUNT(*) FROM person_keys WHERE key = 'u-new'"), 0);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM person_keys WHERE key = 'u-old'"), 1);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM tickets"), 1);
}

static void test_keys_are_derived(void **state) {
    struct world *w = *state;
    two_accounts(w);
    static const char rows[] = "account,opened,subject\nA1,2025-05-02,Slow\nA1,2025-05-03,Slow\n";
    expect(w, "tickets", PLAIN, rows, 2, 0, 0, 0);
    expect(w, "tickets", PLAIN, rows, 0, 0, 2, 0);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM tickets"), 2);
}

static void test_a_dry_run_stores_nothing(void **state) {
    struct world *w = *state;
    static const char rows[] = "key,name\nA1,Bright\nA2,\n";
    expect(w, "accounts", (struct how){.dry_run = true}, rows, 1, 0, 0, 1);
    assert_int_equal(number(w, "SELECT COUNT(*) FROM accounts"), 0);
    expect(w, "accounts", PLAIN, rows, 1, 0, 0, 1);
}

static void test_a_damaged_file_is_refused_whole(void **state) {
    struct world *w = *state;
    assert_int_equal(import_as(w, "accounts", PLAIN, "key,name\nA1,Bright\nA2,\xc8\xd2\xc7\xd1\n"),
                     BAD_INPUT); /* Windows-1256 */
    assert_int_equal(number(w, "SELECT COUNT(*) FROM accounts"), 0);
    assert_int_equal(import_as(w, "accounts", PLAIN, ""), BAD_INPUT);
    assert_int_equal(import_as(w, "colours", PLAIN, "a,b\n"), BAD_INPUT);
    assert_string_equal(w->problem.main.message.code, "unknown_import_kind");
}

/* ---- events ---- */

static const struct how HISTORY = {.backfill = true};

static void test_equal_rows_of_usage(void **state) {
    struct world *w = *state;
    static const char rows[] =
        "account,user,time,event,n\n"
        "A1,u1,2026-01-05,export,2\nA1,u1,2026-01-05,export,2\nA1,u1,2026-01-05,report,1\n";
    expect(w, "events", (struct how){.backfill = true, .dry_run = true}, rows, 3, 0, 0, 0);
    expect(w, "events", HISTORY, rows, 3, 0, 0,
           0); /* equal rows are two events: their place among equals tells them apart */
    expect(w, "events", HISTORY, rows, 0, 0, 3, 0);
    /* the count is no part of the identity: another count is an update of that row */
    expect(w, "events", HISTORY,
           "account,user,time,event,n\nA1,u1,2026-01-05,export,2\nA1,u1,2026-01-05,export,7\n", 0, 1, 1, 0);
    /* another source knows nothing of them */
    expect(w, "events", (struct how){.backfill = true, .source = "other"}, rows, 3, 0, 0, 0);
}

static void test_wrong_rows_of_usage_are_named(void **state) {
    struct world *w = *state;
    expect(w, "events", HISTORY,
           "account,user,date,event,n\n"
           "A1,u1,2026-03-04,export,1\n"
           "A1,u1,2026-03-03T12:04:00Z,export,1\n"
           ",,2026-01-05,export,1\n"
           "A1,u1,2026-01-05,export,0\n"
           "A1,u1,2026-01-05,,1\n",
           1, 0, 0, 4);
    refused(w, "\r\n2,date,event_in_future,");
    refused(w, "\r\n4,account,event_of_nobody,");
    refused(w, "\r\n5,n,cell_out_of_bounds,");
    refused(w, "\r\n6,event,cell_missing,");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_headers_are_guessed),
        TEST(test_a_given_map),
        TEST(test_nothing_is_taken_under_a_wrong_map),
        TEST(test_digits_dates_and_money),
        TEST(test_money_units),
        TEST(test_wrong_cells_are_named),
        TEST(test_errors_in_persian),
        TEST(test_rows_of_a_file),
        TEST(test_people_and_versions_come_twice),
        TEST(test_a_refused_row_leaves_nothing),
        TEST(test_keys_are_derived),
        TEST(test_a_dry_run_stores_nothing),
        TEST(test_a_damaged_file_is_refused_whole),
        TEST(test_equal_rows_of_usage),
        TEST(test_wrong_rows_of_usage_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
