/* The demo company: its model by itself, and the company written into a real folder. */
#include "app/demo.h"
#include "app/demo_model.h"
#include "app/demo_names.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "platform/events.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"
#include "signals/ingest.h"
#include "signals/usage.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { UNTIL = 20515, YEAR = 365 }; /* 2026-03-03, `$(( $(date -u -d 2026-03-03 +%s) / 86400 ))` */
#define NOON (INT64_C(20515) * 86400000 + 43200000)

/* ---- the model ---- */

/* xoshiro256** of the state {1, 2, 3, 4}: the first outputs of the authors' own C program. */
static void generator_is_the_published_one(void **state) {
    (void)state;
    struct demo_random random = {{1, 2, 3, 4}};
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(demo_next(&random) == expected[i]);
}

static void poisson_has_its_mean(void **state) {
    (void)state;
    struct demo_random random = demo_random(1, 1);
    double sum = 0, squares = 0;
    enum { N = 200000 };
    for (int i = 0; i < N; i++) {
        double n = demo_poisson(&random, 2.5);
        sum += n;
        squares += n * n;
    }
    double mean = sum / N;
    assert_float_equal(mean, 2.5, 0.02); /* 6 standard errors */
    assert_float_equal(squares / N - mean * mean, 2.5, 0.06);
}

static void lives_hold_together(void **state) {
    (void)state;
    int left = 0, causes[DEMO_CLOSURE + 1] = {0};
    enum { N = 2000, FIRST = UNTIL - 2 * YEAR };
    for (int n = 0; n < N; n++) {
        struct demo_account a = demo_account(3, n, FIRST, UNTIL);
        causes[a.cause]++;
        assert_in_range(a.people, 1, DEMO_MOST_PEOPLE);
        assert_in_range(a.term_count, 1, DEMO_MOST_TERMS);
        assert_true(a.starts > FIRST - YEAR && a.starts <= UNTIL - 45);
        assert_true(a.leaves >= FIRST + 90);
        for (int i = 0; i < a.term_count; i++) {
            assert_true(a.terms[i].seats > 0 && a.terms[i].price > 0);
            if (i) assert_int_equal(a.terms[i].starts, a.terms[i - 1].ends + 1);
        }
        if (a.cause == DEMO_STAYS) assert_int_equal(a.leaves, INT32_MAX);
        if (a.leaves == INT32_MAX) continue;
        left += a.leaves < UNTIL;
        assert_true(a.trouble >= a.starts && a.trouble < a.leaves);
        assert_int_equal(a.terms[a.term_count - 1].ends + 1, a.leaves);
        assert_true(demo_activity(&a, a.leaves) == 0 && !demo_term_on(&a, a.leaves));
    }
    /* About one in six a year: over two years with half of them joining on the way, some 15 to 30 in a
     * hundred. */
    assert_in_range(left * 100 / N, 12, 32);
    for (int cause = DEMO_ONBOARDING; cause <= DEMO_CLOSURE; cause++)
        assert_in_range(causes[cause] * 1000 / N, 10, 250);
}

/* Farvardin 1 to 13 of 1405 is 2026-03-21 to 2026-04-02. */
static void nowruz_is_quiet(void **state) {
    (void)state;
    struct demo_account a = {.persian = true,
                             .starts = UNTIL - YEAR,
                             .trouble = INT32_MAX,
                             .leaves = INT32_MAX,
                             .dip_from = INT32_MAX,
                             .dip_to = INT32_MAX,
                             .fit = 1};
    day_t before, inside;
    assert_null(day_parse(STR("2026-03-09"), &before)); /* a Monday */
    assert_null(day_parse(STR("2026-03-23"), &inside)); /* a Monday */
    assert_true(demo_activity(&a, inside) < 0.1 * demo_activity(&a, before));
    assert_true(demo_activity(&a, before + 4) < 0.1 * demo_activity(&a, before)); /* Friday */
    a.persian = false;
    assert_float_equal(demo_activity(&a, inside), demo_activity(&a, before), 0.01);
}

static void names_differ(void **state) {
    (void)state;
    struct arena arena = {0};
    struct dict names = {0};
    for (int n = 0; n < 1000; n++) {
        struct demo_account a = {.number = n, .persian = n % 3 == 0};
        bool absent;
        dict_put(&names, demo_company_name(&a, 7, &arena), &absent);
        assert_true(absent);
    }
    dict_free(&names);
    arena_free(&arena);
}

/* ---- the company in a folder ---- */

struct world {
    struct house house;
    struct arena arena;
    struct problem problem;
    char folder[64];
    instant_t now;
};

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        problem_clear(&w->problem);                                                                          \
        if (call) {                                                                                          \
            struct buf text = {0};                                                                           \
            problem_print(&w->problem, ENGLISH, &text);                                                      \
            fail_msg("%s: %.*s", #call, STR_ARG(buf_str(&text)));                                            \
        }                                                                                                    \
    } while (0)

static const char *at(struct world *w, const char *name) {
    return str_format(&w->arena, "%s/%s", w->folder, name).p;
}

static struct world *open_world(const char *currency) {
    struct world *w = memory_new(sizeof *w);
    struct house *house = &w->house;
    w->problem.arena = &w->arena;
    snprintf(w->folder, sizeof w->folder, "/tmp/vafa-demo-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = NOON;
    house->folder = w->folder;
    house->clock = clock_fixed(&w->now);
    house->notices = notices_new();
    house->directory = directory_new();
    house->usage = usage_new();
    MUST(zone_open(STR("Europe/Berlin"), &house->zone, &w->problem));
    MUST(records_open(w->folder, true, &house->records, &w->problem));
    MUST(settings_open(house->records, &house->settings, &w->problem));
    struct setting_value value = {STR("organisation.currency"), str_of(currency)};
    MUST(settings_set(house->settings, &value, 1, w->now, &w->problem));
    MUST(events_open(w->folder, true, 256, &house->events, &w->problem));
    struct journal_options journal = {
        .segment_bytes = 4 << 20, .spare_segments = 0, .backlog_bytes = 1 << 30};
    MUST(journal_open(at(w, "journal"), journal, &house->journal, &w->problem));
    MUST(directory_load(house->directory, house->records, &w->problem));
    MUST(ingest_start(house, NULL, &house->ingest, &w->problem));
    return w;
}

static void close_world(struct world *w) {
    struct house *house = &w->house;
    ingest_stop(house->ingest);
    journal_close(house->journal);
    events_close(house->events);
    settings_close(house->settings);
    records_close(house->records);
    usage_free(house->usage);
    directory_free(house->directory);
    notices_free(house->notices);
    zone_close(house->zone);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", w->folder);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
}

static const struct demo_options small = {.accounts = 40, .months = 12, .seed = 7, .until = UNTIL};

/* Asks the store itself, beside the product's own reading. */
static sqlite3 *raw(struct world *w) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(at(w, "records.sqlite"), &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    return db;
}

static int64_t ask(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static uint64_t mix(uint64_t h, const void *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const unsigned char *)p)[i]) * 0x100000001b3u;
    return (h ^ 0xff) * 0x100000001b3u;
}

static uint64_t digest_query(sqlite3 *db, uint64_t h, const char *sql) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int rows = 0;
    for (; sqlite3_step(statement) == SQLITE_ROW; rows++) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            h = mix(h, text ? text : "-", text ? strlen(text) : 1);
        }
    }
    sqlite3_finalize(statement);
    assert_true(rows > 0);
    return h;
}

static void digest_usage(void *self, const struct usage_entry *e) {
    uint64_t *h = self, v[] = {e->account, e->person, e->feature, (uint64_t)e->day, e->count};
    *h += mix(0, v, sizeof v); /* in any order */
}

static uint64_t digest(struct world *w) {
    static const char *const tables[] = {
        "SELECT name, email, role, team FROM members ORDER BY email",
        "SELECT key, title_en, title_fa, core FROM features ORDER BY key",
        "SELECT key, name, status, status_reason, status_on, team, stage, plan, segment, country, currency, "
        "starts_on FROM accounts ORDER BY key",
        "SELECT a.key, h.field, h.valid_from, CASE h.field WHEN 'owner' THEN 0 ELSE h.value END FROM "
        "account_history h JOIN accounts a ON a.id = "
        "h.account ORDER BY 1, 2, 3",
        "SELECT p.name, p.email, p.title, c.role, c.champion, c.valid_from, c.valid_to FROM contacts c JOIN "
        "people p ON p.id = c.person ORDER BY 2",
        "SELECT key, plan, starts_on, ends_before, seats, amount, arr, currency, term_months, auto_renew, "
        "cancelled_on, effective_from, known_from FROM "
        "subscriptions ORDER BY key, effective_from",
        "SELECT key, issued_on, due_on, paid_on, amount, currency FROM invoices ORDER BY key",
        "SELECT key, opened_at, closed_at, urgency, status, subject FROM tickets ORDER BY key",
        "SELECT key, answered_at, kind, score, comment FROM answers ORDER BY key",
        "SELECT key, happened_at, kind, member, summary FROM activities ORDER BY key",
    };
    sqlite3 *db = raw(w);
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < COUNT(tables); i++)
        h = digest_query(db, h, tables[i]);
    sqlite3_close(db);
    usage_read_lock(w->house.usage);
    usage_each(w->house.usage, INT32_MIN, INT32_MAX, digest_usage, &h);
    usage_unlock(w->house.usage);
    return h;
}

static double events_between(struct world *w, uint32_t account, day_t from, day_t to) {
    double value, *out = &value;
    struct usage_query query = {.measure = USAGE_EVENTS, .from = from, .to = to, .known_at = INT32_MAX};
    usage_evaluate(w->house.usage, &query, 1, account, 1, &out);
    return value;
}

static void same_company_twice(void **state) {
    (void)state;
    uint64_t digests[2];
    for (int i = 0; i < 2; i++) {
        struct world *w = open_world("EUR");
        struct demo_figures figures, again;
        w->now += i * 1000;
        MUST(demo_make(&w->house, &small, &figures, &w->problem));
        assert_int_equal(figures.accounts, 40);
        assert_int_equal(figures.members, 7);
        assert_int_equal(figures.features, 8);
        assert_true(figures.contacts > 40 && figures.subscriptions >= 40 && figures.invoices > 40 &&
                    figures.tickets > 40 && figures.answers > 40 && figures.activities > 40 &&
                    figures.event_rows > 5000 && figures.events > figures.event_rows);
        digests[i] = digest(w);
        uint64_t rows, total;
        MUST(events_count(w->house.events, &rows, &total, &w->problem));
        assert_int_equal(rows, figures.event_rows);
        assert_int_equal(total, figures.events);
        assert_int_equal(ingest_figures(w->house.ingest).unassigned, 0);
        sqlite3 *db = raw(w);
        assert_int_equal(ask(db, "SELECT count(*) FROM accounts WHERE demo = 1"), 40);
        assert_int_equal(ask(db, "SELECT count(*) FROM contacts"), figures.contacts);
        assert_int_equal(ask(db, "SELECT count(*) FROM subscriptions"), figures.subscriptions);
        assert_int_equal(ask(db, "SELECT count(*) FROM invoices"), figures.invoices);
        assert_int_equal(ask(db, "SELECT count(*) FROM tickets"), figures.tickets);
        assert_int_equal(ask(db, "SELECT count(*) FROM answers"), figures.answers);
        assert_int_equal(ask(db, "SELECT count(*) FROM activities"), figures.activities);
        /* Nothing of the future, nothing known before it happened. */
        assert_int_equal(ask(db, "SELECT count(*) FROM invoices WHERE issued_on >= 20515 OR paid_on >= 20515 "
                                 "OR paid_on < issued_on"),
                         0);
        assert_int_equal(ask(db, "SELECT count(*) FROM tickets WHERE closed_at < opened_at OR known_from <> "
                                 "opened_at OR known_assumed = 0"),
                         0);
        assert_int_equal(ask(db, "SELECT count(*) FROM subscriptions WHERE cancelled_on IS NOT NULL AND "
                                 "(effective_from <> cancelled_on OR cancelled_on >= 20515)"),
                         0);
        assert_int_equal(ask(db, "SELECT count(*) FROM account_history WHERE field IN ('stage', 'status') "
                                 "AND recorded_at <> valid_from"),
                         0);
        /* EUR: 240 to some 600 a seat and year, in cents. */
        assert_int_equal(
            ask(db, "SELECT count(*) FROM subscriptions WHERE arr / seats NOT BETWEEN 24000 AND 75000"), 0);
        sqlite3_close(db);
        /* Again: nothing new. */
        MUST(demo_make(&w->house, &small, &again, &w->problem));
        assert_true(digest(w) == digests[i]);
        close_world(w);
    }
    assert_true(digests[0] == digests[1]);
}

/* Who leaves is used less in the last 60 days than who stays: the chance that a leaver (of a cause that shows
 * in use) lies below a stayer. */
static void leaving_shows_in_use(void **state) {
    (void)state;
    struct world *w = open_world("IRR");
    struct demo_options options = {.accounts = 150, .months = 18, .seed = 11, .until = UNTIL};
    struct demo_figures figures;
    MUST(demo_make(&w->house, &options, &figures, &w->problem));
    day_t first = day_add_months(UNTIL, CALENDAR_GREGORIAN, -18);
    double leavers[150], stayers[150], below = 0;
    size_t n = 0, m = 0, price = 0;
    usage_read_lock(w->house.usage);
    for (int i = 0; i < options.accounts; i++) {
        struct demo_account a = demo_account(options.seed, i, first, UNTIL);
        char key[16];
        snprintf(key, sizeof key, "D%04d", i + 1);
        directory_lock(w->house.directory);
        uint32_t index = directory_by_key(w->house.directory, STR("demo"), str_of(key));
        directory_unlock(w->house.directory);
        assert_true(index != ACCOUNT_NONE);
        day_t end = a.leaves < UNTIL ? a.leaves : UNTIL;
        if (a.starts > end - 150) continue; /* still beginning */
        double a_person = events_between(w, index, end - 60, end) / a.people;
        if (a.cause == DEMO_PRICE && a.leaves <= UNTIL) price++;
        if (a.cause == DEMO_PRICE || a.cause == DEMO_CLOSURE) continue;
        if (a.leaves <= UNTIL)
            leavers[n++] = a_person;
        else if (a.trouble > UNTIL)
            stayers[m++] = a_person;
    }
    usage_unlock(w->house.usage);
    assert_true(n >= 8 && m >= 40 && price >= 1);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            below += leavers[i] < stayers[k] ? 1 : leavers[i] == stayers[k] ? 0.5 : 0;
    assert_true(below / (double)(n * m) > 0.85);
    sqlite3 *db = raw(w);
    /* Rials have no minor unit: 240 × 500,000 a seat and year. */
    assert_int_equal(ask(db, "SELECT min(arr / seats) FROM subscriptions"), 120000000);
    assert_true(ask(db, "SELECT count(*) FROM accounts WHERE status = 'lost'") >= 8);
    /* Urgent tickets stay open for long where the service is what troubles, and nowhere else. */
    sqlite3_stmt *statement;
    assert_int_equal(
        sqlite3_prepare_v2(
            db,
            "SELECT a.key, t.opened_at / 86400000 FROM tickets t JOIN accounts a ON a.id = t.account "
            "WHERE urgency = 'urgent' AND closed_at > opened_at + 7 * 86400000",
            -1, &statement, NULL),
        SQLITE_OK);
    int urgent = 0;
    for (; sqlite3_step(statement) == SQLITE_ROW; urgent++) {
        int number = atoi((const char *)sqlite3_column_text(statement, 0) + 1) - 1;
        struct demo_account a = demo_account(options.seed, number, first, UNTIL);
        assert_int_equal(a.cause, DEMO_SERVICE);
        assert_true(sqlite3_column_int(statement, 1) >= a.trouble - 1);
    }
    sqlite3_finalize(statement);
    assert_true(urgent >= 5);
    sqlite3_close(db);
    close_world(w);
}

static void refusals(void **state) {
    (void)state;
    struct world *w = open_world("EUR");
    struct demo_figures figures;
    struct demo_options options = small;
    options.until = UNTIL + 1;
    assert_int_equal(demo_make(&w->house, &options, &figures, &w->problem), BAD_INPUT);
    assert_string_equal(w->problem.main.message.code, "demo_in_future");
    problem_clear(&w->problem);
    options = small;
    options.months = 2;
    options.accounts = 0;
    assert_int_equal(demo_make(&w->house, &options, &figures, &w->problem), BAD_INPUT);
    assert_int_equal(w->problem.fault_count, 2);
    problem_clear(&w->problem);
    options = small;
    options.accounts = 3;
    MUST(demo_make(&w->house, &options, &figures, &w->problem));
    options.seed = 8;
    assert_int_equal(demo_make(&w->house, &options, &figures, &w->problem), CONFLICT);
    assert_string_equal(w->problem.main.message.code, "demo_another");
    problem_clear(&w->problem);
    /* A company's own customer comes in: from then on no demo. */
    struct ingest_origin app = {STR("app"), false};
    struct str body = STR("{\"batch\":[{\"type\":\"track\",\"event\":\"Order\",\"userId\":\"u\","
                          "\"messageId\":\"m1\",\"context\":{\"groupId\":\"K1\"}}]}");
    struct track_shape shape;
    MUST(ingest_check(w->house.ingest, body, TRACK_BATCH, &shape, &w->problem));
    assert_int_equal(ingest_append_wait(w->house.ingest, app, TRACK_BATCH, body), OK);
    assert_int_equal(ingest_wait_all(w->house.ingest, -1), OK);
    options = small;
    options.accounts = 3;
    assert_int_equal(demo_make(&w->house, &options, &figures, &w->problem), CONFLICT);
    assert_string_equal(w->problem.main.message.code, "demo_among_real");
    close_world(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_is_the_published_one),
        cmocka_unit_test(poisson_has_its_mean),
        cmocka_unit_test(lives_hold_together),
        cmocka_unit_test(nowruz_is_quiet),
        cmocka_unit_test(names_differ),
        cmocka_unit_test(same_company_twice),
        cmocka_unit_test(leaving_shows_in_use),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
