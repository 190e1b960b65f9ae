#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"
#include "signals/import_frame.h"
#include "signals/ingest.h"
#include "signals/property.h"
#include "signals/rejected.h"
#include "signals/usage.h"
#include "platform/events.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define NOON INT64_C(1772539200000) /* 2026-03-03T12:00:00Z */
enum {
    MINUTE = 60000,
    DAY = 86400000,
    TODAY = 20515
}; /* TODAY: 2026-03-03, `$(( $(date -u -d 2026-03-03 +%s) / 86400 ))` */

struct world {
    struct house house;
    struct arena arena;
    char folder[64];
    instant_t now;
    struct ingest_options options;
    const char *fail_step;
    int fail_in; /* the step fails when this reaches 0 */
    _Atomic bool failed;
};

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        struct problem problem = {.arena = &w->arena};                                                       \
        if (call) {                                                                                          \
            struct buf text = {0};                                                                           \
            problem_print(&problem, ENGLISH, &text);                                                         \
            fail_msg("%s: %.*s", #call, STR_ARG(buf_str(&text)));                                            \
        }                                                                                                    \
    } while (0)

static enum status fault(void *self, const char *step) {
    struct world *w = self;
    if (w->failed || !w->fail_step || strcmp(step, w->fail_step) || w->fail_in--)
        return w->failed ? UNAVAILABLE : OK;
    w->failed = true;
    return UNAVAILABLE;
}

static const char *at(struct world *w, const char *name) {
    return str_format(&w->arena, "%s/%s", w->folder, name).p;
}

static void open_world_as(struct world *w, bool create) {
    struct house *house = &w->house;
    house->folder = w->folder;
    house->clock = clock_fixed(&w->now);
    house->notices = notices_new();
    house->directory = directory_new();
    house->usage = usage_new();
    MUST(zone_open(STR("UTC"), &house->zone, &problem));
    MUST(records_open(w->folder, create, &house->records, &problem));
    MUST(settings_open(house->records, &house->settings, &problem));
    MUST(events_open(w->folder, create, 256, &house->events, &problem));
    MUST(journal_open(
        at(w, "journal"),
        (struct journal_options){.segment_bytes = 4 << 20, .spare_segments = 0, .backlog_bytes = 1 << 30},
        &house->journal, &problem));
    MUST(directory_load(house->directory, house->records, &problem));
    MUST(ingest_start(house, &w->options, &house->ingest, &problem));
}

static void open_world(struct world *w) {
    open_world_as(w, false);
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
    memset(house, 0, sizeof *house);
}

static int setup(void **state) {
    struct world *w = memory_new(sizeof *w);
    snprintf(w->folder, sizeof w->folder, "/tmp/vafa-ingest-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = NOON;
    w->options = (struct ingest_options){.fault = fault, .fault_self = w};
    open_world_as(w, true);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    close_world(w);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", w->folder);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

static const struct ingest_origin server = {STR("app"), false}, browser = {STR("web"), true};

static void send_as(struct world *w, struct ingest_origin origin, const char *events) {
    struct str body = str_format(&w->arena, "{\"batch\":[%s]}", events);
    struct track_shape shape;
    MUST(ingest_check(w->house.ingest, body, TRACK_BATCH, &shape, &problem));
    assert_int_equal(ingest_append_wait(w->house.ingest, origin, TRACK_BATCH, body), OK);
}

static void settle(struct world *w) {
    assert_int_equal(ingest_wait_all(w->house.ingest, 20000), OK);
}

static void give(struct world *w, const char *events) {
    send_as(w, server, events);
    settle(w);
}

static const char *track(struct world *w, const char *id, const char *user, const char *group,
                         const char *name, const char *time) {
    struct buf out = {0};
    buf_format(&out, "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"%s\",\"timestamp\":\"%s\"", name,
               user, time);
    if (*id) buf_format(&out, ",\"messageId\":\"%s\"", id);
    if (*group) buf_format(&out, ",\"context\":{\"groupId\":\"%s\"}", group);
    buf_format(&out, ",\"properties\":{\"of\":\"%s\"}}", id);
    const char *copy = str_c(&w->arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

static uint64_t stored(struct world *w) {
    uint64_t rows = 0, total = 0;
    MUST(events_count(w->house.events, &rows, &total, &problem));
    return total;
}

static uint32_t account(struct world *w, const char *source, const char *key) {
    directory_lock(w->house.directory);
    uint32_t index = directory_by_key(w->house.directory, str_of(source), str_of(key));
    directory_unlock(w->house.directory);
    return index;
}

static double used(struct world *w, enum usage_measure measure, uint32_t index, day_t from, day_t to) {
    struct usage_query query = {.measure = measure, .from = from, .to = to, .known_at = INT32_MAX};
    double value = -1, *out[1] = {&value};
    assert_int_not_equal(index, ACCOUNT_NONE);
    usage_read_lock(w->house.usage);
    usage_evaluate(w->house.usage, &query, 1, index, 1, out);
    usage_unlock(w->house.usage);
    return value;
}

static int64_t number(struct world *w, const struct query *query) {
    struct session *session;
    MUST(records_read(w->house.records, &session, &problem));
    struct rows *rows = rows_open(session, query);
    int64_t value = rows_next(rows) ? rows_int(rows, 0) : -1;
    MUST(rows_close(rows, &problem));
    session_rollback(session);
    return value;
}

static struct rejected only_rejected(struct world *w) {
    struct session *session;
    struct rejected *list;
    size_t n;
    MUST(records_read(w->house.records, &session, &problem));
    MUST(rejected_store_open(session, (struct id){0}, 10, &list, &n, &w->arena, &problem));
    session_rollback(session);
    assert_int_equal(n, 1);
    return list[0];
}

static int64_t times_rejected(struct world *w) {
    struct session *session;
    struct rejected *list;
    size_t n;
    int64_t times = 0;
    MUST(records_read(w->house.records, &session, &problem));
    MUST(rejected_store_open(session, (struct id){0}, 1000, &list, &n, &w->arena, &problem));
    session_rollback(session);
    for (size_t i = 0; i < n; i++)
        times += list[i].times;
    return times;
}

static void counted_once(void **state) {
    struct world *w = *state;
    send_as(w, server, track(w, "m1", "u1", "acme", "export", "2026-03-02T08:00:00Z"));
    send_as(w, server, track(w, "m2", "u2", "acme", "export", "2026-03-02T09:00:00Z"));
    send_as(w, server, track(w, "m1", "u1", "acme", "export", "2026-03-02T08:00:00Z")); /* sent again */
    send_as(
        w, browser,
        track(w, "m1", "u1", "globex", "export", "2026-03-02T08:00:00Z")); /* another source: another event */
    send_as(w, server, track(w, "m3", "u1", "acme", "login", "2026-03-01T23:59:59Z"));
    settle(w);
    assert_int_equal(stored(w), 4);
    uint32_t acme = account(w, "app", "acme");
    assert_int_not_equal(acme, account(w, "web", "globex"));
    for (int round = 0; round < 2; round++) { /* as applied, and as rebuilt at the next start */
        assert_true(used(w, USAGE_EVENTS, acme, TODAY - 30, TODAY) == 3);
        assert_true(used(w, USAGE_USERS, acme, TODAY - 30, TODAY) == 2);
        assert_true(used(w, USAGE_ACTIVE_DAYS, acme, TODAY - 30, TODAY) == 2);
        assert_true(used(w, USAGE_EVENTS, acme, TODAY - 1, TODAY) == 2);
        assert_int_equal(ingest_figures(w->house.ingest).unassigned, 0);
        send_as(
            w, server,
            track(w, "m2", "u2", "acme", "export", "2026-03-02T09:00:00Z")); /* known over a restart, too */
        settle(w);
        assert_int_equal(stored(w), 4);
        if (round) break;
        close_world(w);
        open_world(w);
        acme = account(w, "app", "acme");
    }
    struct event *list;
    size_t n;
    struct event_filter all = {0};
    MUST(events_list(w->house.events, &all, (struct event_position){0}, 10, &w->arena, &list, &n, &problem));
    assert_int_equal(n, 4);
    assert_true(str_is(list[0].properties, "{\"of\":\"m2\"}") && str_is(list[0].message_id, "m2"));
    assert_int_equal(list[0].occurred, NOON - 27 * 60 * MINUTE);
    assert_int_equal(list[0].received, NOON);
}

static void without_message_id(void **state) {
    struct world *w = *state;
    give(w, track(w, "", "u1", "acme", "export", "2026-03-02T08:00:00Z"));
    give(w, track(w, "", "u1", "acme", "export", "2026-03-02T08:00:00Z"));
    assert_int_equal(stored(w), 2); /* nothing says that they are one */
}

static void rejected_and_replayed(void **state) {
    struct world *w = *state;
    const char *bad = "{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"messageId\":\"r1\","
                      "\"timestamp\":\"2026-02-30\"}";
    give(w, str_format(&w->arena, "%s,%s", bad, track(w, "m1", "u", "acme", "e", "2026-03-01")).p);
    give(w, bad);
    assert_int_equal(stored(w), 1); /* one bad event does not hold up the others */
    struct rejected row = only_rejected(w);
    assert_true(str_is(row.code, "event_time_wrong"));
    assert_true(str_is(row.raw, bad));
    assert_int_equal(row.times, 2);
    assert_true(
        str_is(rejected_message(&row, ENGLISH, &w->arena),
               "“timestamp” is not a time: 2026-02-30. Send ISO 8601, such as 2026-03-21T08:30:00Z."));
    assert_int_equal(ingest_replay(w->house.ingest, &row), OK); /* still wrong: it stays */
    settle(w);
    assert_int_equal(only_rejected(w).times, 3);

    /* An event refused for the day's cap of new accounts is taken when the account is there. */
    struct setting_value none = {STR("ingest.browser_accounts"), STR("0")};
    MUST(settings_set(w->house.settings, &none, 1, w->now, &problem));
    close_world(w);
    open_world(w);
    send_as(w, browser, track(w, "b1", "u", "newco", "e", "2026-03-01"));
    settle(w);
    assert_int_equal(account(w, "web", "newco"), ACCOUNT_NONE);
    assert_int_equal(stored(w), 1);
    assert_int_equal(number(w, &query_rejected_count), 2);
}

static void browser_keys(void **state) {
    struct world *w = *state;
    give(w, "{\"type\":\"identify\",\"userId\":\"ann\",\"traits\":{\"name\":\"Ann\"}},{\"type\":\"identify\","
            "\"userId\":\"bob\"}");
    send_as(w, (struct ingest_origin){STR("app"), true},
            "{\"type\":\"alias\",\"previousId\":\"ann\",\"userId\":\"bob\",\"messageId\":\"x\"}");
    settle(w);
    assert_true(str_is(only_rejected(w).code, "event_browser_alias"));
    directory_write_lock(w->house.directory);
    assert_int_not_equal(directory_person(w->house.directory, STR("app"), STR("ann")),
                         directory_person(w->house.directory, STR("app"), STR("bob")));
    directory_unlock(w->house.directory);
    give(w,
         "{\"type\":\"alias\",\"previousId\":\"ann\",\"userId\":\"bob\",\"messageId\":\"y\"}"); /* a server
                                                                                                   key may */
    directory_write_lock(w->house.directory);
    assert_int_equal(directory_person(w->house.directory, STR("app"), STR("ann")),
                     directory_person(w->house.directory, STR("app"), STR("bob")));
    directory_unlock(w->house.directory);
}

static void people_joined(void **state) {
    struct world *w = *state;
    give(w, track(w, "m1", "ann", "acme", "e", "2026-03-01T10:00:00Z"));
    give(w, track(w, "m2", "bob", "acme", "e", "2026-03-01T11:00:00Z"));
    uint32_t acme = account(w, "app", "acme");
    assert_true(used(w, USAGE_USERS, acme, TODAY - 30, TODAY) == 2);
    give(w, "{\"type\":\"alias\",\"previousId\":\"ann\",\"userId\":\"bob\"}");
    assert_true(used(w, USAGE_USERS, acme, TODAY - 30, TODAY) == 1);
    assert_true(used(w, USAGE_EVENTS, acme, TODAY - 30, TODAY) == 2);
    close_world(w);
    open_world(w);
    assert_true(used(w, USAGE_USERS, account(w, "app", "acme"), TODAY - 30, TODAY) == 1);
}

/* Events without an account: by membership; the one that follows within 24 hours; else unassigned. */
static void memberships(void **state) {
    struct world *w = *state;
    give(w, track(w, "m1", "ann", "", "e", "2026-03-01T12:00:00Z"));
    give(w, track(w, "m2", "ann", "", "e", "2026-02-27T12:00:00Z"));
    assert_int_equal(ingest_figures(w->house.ingest).unassigned, 2);
    give(w, "{\"type\":\"group\",\"groupId\":\"acme\",\"userId\":\"ann\",\"timestamp\":\"2026-03-02T11:00:"
            "00Z\",\"traits\":{\"plan\":\"pro\"}}");
    uint32_t acme = account(w, "app", "acme");
    assert_true(used(w, USAGE_EVENTS, acme, TODAY - 30, TODAY) ==
                1); /* m1 lies 23 hours before, m2 three days */
    assert_int_equal(ingest_figures(w->house.ingest).unassigned, 1);
    give(w, track(w, "m3", "ann", "", "e", "2026-03-02T12:00:00Z"));
    assert_true(used(w, USAGE_EVENTS, acme, TODAY - 30, TODAY) == 2);
    close_world(w);
    open_world(w);
    assert_true(used(w, USAGE_EVENTS, account(w, "app", "acme"), TODAY - 30, TODAY) == 2);
    assert_int_equal(ingest_figures(w->house.ingest).unassigned, 1);
}

static void import_rows(struct world *w, struct id import, uint32_t count) {
    struct buf frame = {0};
    import_frame_begin(&frame, STR("file"), import, w->now);
    for (uint32_t i = 0; i < 3; i++) {
        struct import_row row = {.occurred = NOON - (5 + i) * (instant_t)DAY,
                                 .known_from = NOON - (5 + i) * (instant_t)DAY,
                                 .known_assumed = true,
                                 .count = i ? 1 : count,
                                 .account = STR("A1"),
                                 .user = STR("u"),
                                 .name = STR("e")};
        row.key = import_row_key(STR("file"), &row, 0);
        import_frame_row(&frame, &row);
    }
    struct str part = buf_str(&frame);
    assert_int_equal(journal_append_wait(w->house.journal, &part, 1), OK);
    buf_free(&frame);
}

static void imports(void **state) {
    struct world *w = *state;
    struct id first = id_new(NOON), second = id_new(NOON), third = id_new(NOON);
    import_rows(w, first, 4);
    import_rows(w, second, 4); /* the same file again: nothing changes */
    settle(w);
    uint32_t a1 = account(w, "file", "A1");
    assert_int_equal(stored(w), 6);
    assert_true(used(w, USAGE_EVENTS, a1, TODAY - 30, TODAY) == 6);
    import_rows(w, third, 9); /* one row with another count */
    settle(w);
    assert_int_equal(stored(w), 11);
    assert_true(used(w, USAGE_EVENTS, a1, TODAY - 30, TODAY) == 11);
    assert_true(used(w, USAGE_ACTIVE_DAYS, a1, TODAY - 30, TODAY) == 3);
}

/* A crash at any step, before or after any commit, then a new start: as if nothing had happened. */
static void crashes(void **state) {
    static const char *const steps[] = {"records", "records_commit", "events", "events_commit", "usage"};
    struct world *w = *state;
    int round = 0;
    for (size_t s = 0; s < COUNT(steps); s++) {
        for (int after = 0; after < 3; after++, round++) {
            const char *day = "2026-03-01T10:00:00Z";
            const char *group = str_format(&w->arena, "acme%d", round).p;
            w->failed = false;
            w->fail_step = steps[s];
            w->fail_in = after;
            for (int i = 0; i < 6; i++) {
                const char *id = str_format(&w->arena, "c%d-%d", round, i).p;
                send_as(w, server,
                        str_format(
                            &w->arena,
                            "%s,%s,{\"type\":\"track\",\"event\":\"bad %d.%d\",\"messageId\":\"x\"},"
                            "{\"type\":\"group\",\"groupId\":\"%s\",\"userId\":\"u%d\",\"timestamp\":\"%s\"}",
                            track(w, id, "u", group, "e", day), track(w, "", "v", group, "e", day), round, i,
                            group, i, day)
                            .p);
                enum status reached = ingest_wait_all(w->house.ingest, 20000);
                assert_true(reached == OK || w->failed);
            }
            if (after == 0) assert_true(w->failed); /* later ones need as many batches */
            close_world(w);
            w->fail_step = NULL;
            w->failed = false;
            open_world(w);
            settle(w);
            assert_int_equal(stored(w), (round + 1) * 12);
            uint32_t index = account(w, "app", group);
            assert_true(used(w, USAGE_EVENTS, index, TODAY - 30, TODAY) == 12);
            assert_true(used(w, USAGE_USERS, index, TODAY - 30, TODAY) == 2);
            assert_int_equal(number(w, &query_rejected_count), (round + 1) * 6);
            assert_int_equal(times_rejected(w), (round + 1) * 6);
        }
    }
}

static const struct str rows_name = STR("rows");
static const struct property_use rows_sum = {
    .key = STR("sum"), .event = STR("e"), .names = &rows_name, .name_n = 1, .measured = true};

static enum status want_rows(struct world *w) {
    struct problem problem = {.arena = &w->arena};
    return ingest_want_properties(w->house.ingest, &rows_sum, 1, &problem);
}

/* NAN while the series is not ready. */
static double rows_of(struct world *w, uint32_t index) {
    struct usage_query query = {.from = TODAY - 30, .to = TODAY, .known_at = INT32_MAX};
    double value = NAN;
    usage_read_lock(w->house.usage);
    const struct property_series *series = properties_ready(ingest_properties(w->house.ingest), rows_sum.key);
    if (series) property_evaluate(series, PROPERTY_SUM, &query, index, 1, &value, NULL);
    usage_unlock(w->house.usage);
    return value;
}

static double rows_when_filled(struct world *w, uint32_t index) {
    double value = rows_of(w, index);
    for (int i = 0; i < 20000 && isnan(value); i++) {
        usleep(1000);
        value = rows_of(w, index);
    }
    return value;
}

/* A crash at any step, that of the back-fill included: every value counts once, and none is shown before all
 * are there. */
static void properties_count_once(void **state) {
    static const char *const steps[] = {"back_fill", "events", "events_commit", "usage"};
    struct world *w = *state;
    double sum = 0;
    int id = 0;
    for (size_t s = 0; s < COUNT(steps); s++) {
        bool filling = !strcmp(steps[s], "back_fill");
        if (!filling) assert_int_equal(want_rows(w), OK);
        for (int i = 0; i < 4; i++, id++, sum += id) {
            if (i == 2) {
                w->fail_step = steps[s];
                w->fail_in = 0;
            }
            send_as(w, server,
                    str_format(&w->arena,
                               "{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"messageId\":\"p%d\","
                               "\"timestamp\":\"2026-03-01T10:00:00Z\",\"context\":{\"groupId\":\"acme\"},"
                               "\"properties\":{\"rows\":%d}}",
                               id, id + 1)
                        .p);
            enum status reached = ingest_wait_all(w->house.ingest, 20000);
            assert_true(reached == OK || w->failed);
        }
        if (filling) { /* promoted; the applier stops before the first slice */
            (void)want_rows(w);
            for (int i = 0; i < 20000 && !w->failed; i++)
                usleep(1000);
            assert_true(w->failed);
            assert_true(isnan(rows_of(w, account(w, "app", "acme"))));
        }
        close_world(w);
        assert_true(w->failed);
        w->fail_step = NULL;
        w->failed = false;
        open_world(w);
        assert_int_equal(want_rows(w), OK);
        settle(w);
        assert_true(rows_when_filled(w, account(w, "app", "acme")) == sum);
        MUST(events_check(w->house.events, &problem));
        close_world(w);
        open_world(w);
    }
}

static void import_property(struct world *w, uint32_t count) {
    struct buf frame = {0};
    import_frame_begin(&frame, STR("file"), id_new(NOON), w->now);
    struct import_row row = {.occurred = NOON - 5 * (instant_t)DAY,
                             .known_from = NOON - 5 * (instant_t)DAY,
                             .count = count,
                             .account = STR("A1"),
                             .user = STR("u"),
                             .name = STR("e"),
                             .properties = STR("{\"rows\":7}")};
    row.key = import_row_key(STR("file"), &row, 0);
    import_frame_row(&frame, &row);
    struct str part = buf_str(&frame);
    assert_int_equal(journal_append_wait(w->house.journal, &part, 1), OK);
    buf_free(&frame);
    settle(w);
}

/* A row that stands for several events adds its value as often; another count of the same row takes its
 * place. */
static void properties_of_counted_rows(void **state) {
    struct world *w = *state;
    import_property(w, 4);
    assert_int_equal(want_rows(w), OK);
    uint32_t a1 = account(w, "file", "A1");
    assert_true(rows_when_filled(w, a1) == 28);
    import_property(w, 4);
    assert_true(rows_of(w, a1) == 28);
    import_property(w, 9);
    assert_true(rows_of(w, a1) == 63);
    close_world(w);
    open_world(w);
    assert_int_equal(want_rows(w), OK);
    assert_true(rows_of(w, account(w, "file", "A1")) == 63);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(without_message_id, setup, teardown),
        cmocka_unit_test_setup_teardown(rejected_and_replayed, setup, teardown),
        cmocka_unit_test_setup_teardown(browser_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(people_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(memberships, setup, teardown),
        cmocka_unit_test_setup_teardown(imports, setup, teardown),
        cmocka_unit_test_setup_teardown(crashes, setup, teardown),
        cmocka_unit_test_setup_teardown(properties_count_once, setup, teardown),
        cmocka_unit_test_setup_teardown(properties_of_counted_rows, setup, teardown),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
