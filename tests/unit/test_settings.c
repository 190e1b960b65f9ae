/* Settings: defaults, checks with clear errors, all or nothing, and what a second opening finds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "platform/settings.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    char folder[64];
    struct arena arena;
    struct problem problem;
    struct records *records;
    struct settings *settings;
};

static int set_up(void **state) {
    struct place *place = memory_new(sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/vafa-settings-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    place->problem.arena = &place->arena;
    assert_int_equal(records_open(place->folder, true, &place->records, &place->problem), OK);
    assert_int_equal(settings_open(place->records, &place->settings, &place->problem), OK);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    settings_close(place->settings);
    records_close(place->records);
    unlink(str_format(&place->arena, "%s/records.sqlite", place->folder).p);
    assert_int_equal(rmdir(place->folder), 0);
    arena_free(&place->arena);
    free(place);
    return 0;
}

static enum status set(struct place *place, const char *key, const char *value) {
    problem_clear(&place->problem);
    return settings_set(place->settings, &(struct setting_value){str_of(key), str_of(value)}, 1, 1000,
                        &place->problem);
}

static void starts_with_the_defaults(void **state) {
    struct place *place = *state;
    assert_int_equal(settings_int(place->settings, SETTING_INGEST_MAX_BODY_BYTES), 4 * 1024 * 1024);
    assert_int_equal(settings_int(place->settings, SETTING_INGEST_MAX_EVENTS), 1000);
    assert_true(settings_int(place->settings, SETTING_JOURNAL_BACKLOG_BYTES) == INT64_C(4) << 30);
    assert_int_equal(settings_choice(place->settings, SETTING_ORGANISATION_CALENDAR), 0);
    assert_int_equal(settings_days(place->settings, SETTING_ORGANISATION_WEEKEND), 1 | 1 << 6);
    assert_true(str_is(settings_text(place->settings, SETTING_ORGANISATION_TIME_ZONE, &place->arena), "UTC"));
    for (int i = 0; i < SETTING_COUNT; i++) {
        assert_int_equal(settings_find(str_of(setting_table[i].key)), i);
        assert_true(setting_table[i].title.en[0] && setting_table[i].title.fa[0]);
    }
}

static void keeps_what_is_set(void **state) {
    struct place *place = *state;
    assert_int_equal(set(place, "organisation.name", "وفا و شرکا"), OK);
    assert_int_equal(set(place, "organisation.time_zone", "Asia/Tehran"), OK);
    assert_int_equal(set(place, "organisation.calendar", "persian"), OK);
    assert_int_equal(set(place, "organisation.week_start", "saturday"), OK);
    assert_int_equal(set(place, "organisation.weekend", "thursday, friday"), OK);
    assert_int_equal(set(place, "ingest.max_events", "500"), OK);
    for (int again = 0; again < 2; again++) {
        assert_true(
            str_is(settings_text(place->settings, SETTING_ORGANISATION_NAME, &place->arena), "وفا و شرکا"));
        assert_int_equal(settings_choice(place->settings, SETTING_ORGANISATION_CALENDAR), 1);
        assert_int_equal(settings_choice(place->settings, SETTING_ORGANISATION_WEEK_START), 6);
        assert_int_equal(settings_days(place->settings, SETTING_ORGANISATION_WEEKEND), 1 << 4 | 1 << 5);
        assert_int_equal(settings_int(place->settings, SETTING_INGEST_MAX_EVENTS), 500);
        settings_close(place->settings);
        assert_int_equal(settings_open(place->records, &place->settings, &place->problem), OK);
    }
    struct setting_value back = {STR("ingest.max_events"), {0}};
    assert_int_equal(settings_set(place->settings, &back, 1, 2000, &place->problem), OK);
    assert_int_equal(settings_int(place->settings, SETTING_INGEST_MAX_EVENTS), 1000);
}

static void refuses_what_is_not_allowed(void **state) {
    struct place *place = *state;
    static const char *const bad[][3] = {
        {"ingest.max_events", "0", "setting_range"},
        {"ingest.max_events", "100001", "setting_range"},
        {"ingest.max_events", "many", "setting_range"},
        {"ingest.max_events", "", "setting_range"},
        {"organisation.calendar", "lunar", "setting_option"},
        {"organisation.weekend", "friday,someday", "setting_option"},
        {"organisation.time_zone", "Asia/Atlantis", "setting_zone"},
        {"organisation.time_zone", "GMT+3:30", "setting_zone"},
        {"organisation.currency", "usd", "setting_currency"},
        {"organisation.name", "a\nb", "setting_text"},
        {"organisation.nmae", "x", "setting_unknown"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(set(place, bad[i][0], bad[i][1]), BAD_INPUT);
        assert_string_equal(place->problem.faults[0].message.code, bad[i][2]);
        assert_string_equal(place->problem.faults[0].where.p, bad[i][0]);
    }
    struct setting_value both[] = {{STR("ingest.max_events"), STR("7")}, {STR("http.threads"), STR("-1")}};
    problem_clear(&place->problem);
    assert_int_equal(settings_set(place->settings, both, 2, 1000, &place->problem), BAD_INPUT);
    assert_int_equal(place->problem.fault_count, 1);
    assert_int_equal(settings_int(place->settings, SETTING_INGEST_MAX_EVENTS), 1000);
}

static void says_when_a_stored_value_is_wrong(void **state) {
    struct place *place = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(str_format(&place->arena, "%s/records.sqlite", place->folder).p, &db),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO settings VALUES ('http.threads', 'x', 0), ('gone.by', '1', 0)",
                                  0, 0, 0),
                     SQLITE_OK);
    sqlite3_close(db);
    struct settings *second = NULL;
    problem_clear(&place->problem);
    assert_int_equal(settings_open(place->records, &second, &place->problem), BAD_INPUT);
    assert_int_equal(place->problem.fault_count, 1);
    assert_string_equal(place->problem.faults[0].where.p, "http.threads");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(starts_with_the_defaults), TEST(keeps_what_is_set),
                                       TEST(refuses_what_is_not_allowed),
                                       TEST(says_when_a_stored_value_is_wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
