#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/calendar.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

static const char *code_of(const struct message *fault) {
    return fault ? fault->code : "";
}

static day_t day(int32_t year, int32_t month, int32_t d) {
    day_t out = 0;
    assert_true(day_from_date(year < 1600 ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN, year, month, d, &out));
    return out;
}

static instant_t utc(int32_t year, int32_t month, int32_t d, int32_t hour, int32_t minute) {
    return (instant_t)day(year, month, d) * DAY_MS + (hour * 60 + minute) * 60000;
}

static struct zone *zone_of(const char *name) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct zone *zone;
    assert_int_equal(zone_open(str_of(name), &zone, &problem), OK);
    arena_free(&arena);
    return zone;
}

/* ---- zones ---- */

static void zone_golden(void **state) {
    (void)state;
    static const struct {
        const char *zone;
        int32_t date[3];
        int32_t start[5]; /* UTC, by hand */
        int hours2;       /* length of the day in half hours */
    } cases[] = {
        {"Asia/Tehran", {2016, 3, 20}, {2016, 3, 19, 20, 30}, 48},
        {"Asia/Tehran", {2016, 3, 21}, {2016, 3, 20, 20, 30}, 46}, /* begins at 01:00 */
        {"Asia/Tehran", {2016, 3, 22}, {2016, 3, 21, 19, 30}, 48},
        {"Asia/Tehran", {2016, 9, 20}, {2016, 9, 19, 19, 30}, 50}, /* 23:00–24:00 twice */
        {"Asia/Tehran", {2016, 9, 21}, {2016, 9, 20, 20, 30}, 48},
        {"Asia/Tehran", {2026, 3, 22}, {2026, 3, 21, 20, 30}, 48}, /* no summer time any more */
        {"Europe/Berlin", {2026, 3, 29}, {2026, 3, 28, 23, 0}, 46},
        {"Europe/Berlin", {2026, 3, 30}, {2026, 3, 29, 22, 0}, 48},
        {"Europe/Berlin", {2026, 10, 25}, {2026, 10, 24, 22, 0}, 50},
        {"Europe/Berlin", {2026, 10, 26}, {2026, 10, 25, 23, 0}, 48},
        {"Australia/Lord_Howe", {2026, 4, 5}, {2026, 4, 4, 13, 0}, 49}, /* +11 to +10:30 at 02:00 */
        {"Australia/Lord_Howe", {2026, 4, 6}, {2026, 4, 5, 13, 30}, 48},
        {"Australia/Lord_Howe", {2026, 10, 4}, {2026, 10, 3, 13, 30}, 47},
        {"Australia/Lord_Howe", {2026, 10, 5}, {2026, 10, 4, 13, 0}, 48},
        {"America/St_Johns",
         {2010, 11, 7},
         {2010, 11, 7, 2, 30},
         50}, /* 00:01 back to 23:01 of the day before */
        {"America/St_Johns", {2010, 11, 8}, {2010, 11, 8, 3, 30}, 48},
        {"Pacific/Apia", {2011, 12, 30}, {2011, 12, 30, 10, 0}, 0}, /* left out */
        {"Pacific/Apia", {2011, 12, 31}, {2011, 12, 30, 10, 0}, 48},
        {"UTC", {1970, 1, 1}, {1970, 1, 1, 0, 0}, 48},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone *zone = zone_of(cases[i].zone);
        day_t d = day(cases[i].date[0], cases[i].date[1], cases[i].date[2]);
        const int32_t *s = cases[i].start;
        instant_t start = zone_start(zone, d), expected = utc(s[0], s[1], s[2], s[3], s[4]);
        if (start != expected)
            fail_msg("%zu %s: %lld", i, cases[i].zone, (long long)(start - expected) / 60000);
        assert_int_equal(zone_start(zone, d + 1) - start, (int64_t)cases[i].hours2 * 1800000);
        if (cases[i].hours2) {
            assert_int_equal(zone_day(zone, start), d);
            assert_int_equal(zone_day(zone, start + (instant_t)cases[i].hours2 * 1800000 - 1), d);
        }
        assert_true(zone_day(zone, start - 1) < d);
        zone_close(zone);
    }
}

/* ICU is asked for every hour of three decades, and the days must meet without a gap. */
static void zone_against_icu(void **state) {
    (void)state;
    static const char *const names[] = {"Asia/Tehran", "Europe/Berlin", "Australia/Lord_Howe",
                                        "Africa/Casablanca"};
    for (size_t i = 0; i < 4; i++) {
        struct zone *zone = zone_of(names[i]);
        UErrorCode error = U_ZERO_ERROR;
        UChar id[64];
        u_uastrcpy(id, names[i]);
        UCalendar *calendar = ucal_open(id, -1, "en", UCAL_GREGORIAN, &error);
        for (instant_t at = utc(2005, 1, 1, 0, 0); at < utc(2035, 1, 1, 0, 0); at += 3600000) {
            ucal_setMillis(calendar, (UDate)at, &error);
            int32_t offset =
                ucal_get(calendar, UCAL_ZONE_OFFSET, &error) + ucal_get(calendar, UCAL_DST_OFFSET, &error);
            assert_int_equal(zone_offset(zone, at), offset);
            day_t expected =
                day(ucal_get(calendar, UCAL_YEAR, &error), ucal_get(calendar, UCAL_MONTH, &error) + 1,
                    ucal_get(calendar, UCAL_DATE, &error));
            assert_int_equal(zone_day(zone, at), expected);
            assert_true(zone_start(zone, expected) <= at && at < zone_start(zone, expected + 1));
        }
        assert_true(U_SUCCESS(error));
        ucal_close(calendar);
        zone_close(zone);
    }
}

static void zone_edges(void **state) {
    (void)state;
    struct arena arena = {0};
    static const char *const bad[] = {
        "",
        "Asia/Teheran",
        "GMT+03:30",
        "Etc/Unknown",
        "Asia/Tehran ",
        "ایران",
        "../../etc/passwd",
        "A012345678901234567890123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {.arena = &arena};
        struct zone *zone = (void *)1;
        assert_int_equal(zone_open(str_of(bad[i]), &zone, &problem), BAD_INPUT);
        assert_null(zone);
        assert_string_equal(problem.main.message.code, "unknown_time_zone");
    }
    struct zone *newfoundland =
        zone_of("America/St_Johns"); /* 23:30 of 6 November again, after the 7th had begun */
    assert_int_equal(zone_day(newfoundland, utc(2010, 11, 7, 3, 0)), day(2010, 11, 7));
    zone_close(newfoundland);
    struct zone *zone = zone_of("Asia/Tehran");
    assert_string_equal(zone_name(zone), "Asia/Tehran");
    zone_day(zone, INT64_MAX); /* no overflow: UBSan looks */
    zone_day(zone, INT64_MIN);
    zone_start(zone, INT32_MAX);
    zone_start(zone, INT32_MIN);
    zone_instant(zone, INT32_MAX, DAY_MS - 1);
    /* the gap ends at 01:00 = 20:30 UTC; of 23:30 twice the first is 19:00 UTC */
    assert_int_equal(zone_instant(zone, day(2016, 3, 21), 30 * 60000), utc(2016, 3, 20, 20, 30));
    assert_int_equal(zone_instant(zone, day(2016, 3, 21), 90 * 60000), utc(2016, 3, 20, 21, 0));
    assert_int_equal(zone_instant(zone, day(2016, 9, 20), 1410 * 60000), utc(2016, 9, 20, 19, 0));
    zone_close(zone);
    arena_free(&arena);
}

/* ---- dates ---- */

/* A Persian or Gregorian calendar of ICU must name every day of 1300–1500 as we do, and back. */
static void dates_against_icu(void **state) {
    (void)state;
    static const char *const locales[] = {"en@calendar=gregorian", "fa@calendar=persian"};
    for (int c = 0; c < 2; c++) {
        UErrorCode error = U_ZERO_ERROR;
        UChar id[8];
        u_uastrcpy(id, "UTC");
        UCalendar *calendar = ucal_open(id, -1, locales[c], UCAL_DEFAULT, &error);
        for (day_t d = day(1300, 1, 1), end = day(1501, 1, 1); d < end; d++) {
            ucal_setMillis(calendar, (UDate)d * DAY_MS, &error);
            struct date date = date_from_day(d, (enum calendar)c);
            assert_int_equal(date.year, ucal_get(calendar, UCAL_YEAR, &error));
            assert_int_equal(date.month, ucal_get(calendar, UCAL_MONTH, &error) + 1);
            assert_int_equal(date.day, ucal_get(calendar, UCAL_DATE, &error));
            assert_int_equal(day_weekday(d), ucal_get(calendar, UCAL_DAY_OF_WEEK, &error) - 1);
            day_t back;
            assert_true(day_from_date((enum calendar)c, date.year, date.month, date.day, &back));
            assert_int_equal(back, d);
        }
        assert_true(U_SUCCESS(error));
        ucal_close(calendar);
    }
}

static void dates(void **state) {
    (void)state;
    assert_int_equal(day(1970, 1, 1), 0);
    assert_int_equal(day(1405, 9, 2), day(2026, 11, 23));
    assert_int_equal(day(1357, 11, 22), day(1979, 2, 11));
    assert_int_equal(day(1503, 1, 1), day(2124, 3, 20)); /* ICU 78 */
    assert_int_equal(day(1503, 12, 30), day(2125, 3, 20));
    assert_int_equal(day_weekday(day(2026, 11, 23)), MONDAY);
    assert_int_equal(day_weekday(-1), WEDNESDAY);
    day_t out;
    assert_false(day_from_date(CALENDAR_PERSIAN, 1404, 12, 30, &out));
    assert_true(day_from_date(CALENDAR_PERSIAN, 1403, 12, 30, &out));
    assert_true(day_from_date(CALENDAR_PERSIAN, 1408, 12, 30, &out));
    assert_false(day_from_date(CALENDAR_PERSIAN, 1405, 7, 31, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 2023, 2, 30, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 1900, 2, 29, &out));
    assert_true(day_from_date(CALENDAR_GREGORIAN, 2000, 2, 29, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 2023, 13, 1, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 2023, 0, 1, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 2023, 1, 0, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 0, 1, 1, &out));
    assert_false(day_from_date(CALENDAR_GREGORIAN, 10000, 1, 1, &out));
    for (int32_t year = 1; year < 9999; year += 7) { /* both calendars, far from today */
        assert_true(day_from_date(CALENDAR_GREGORIAN, year, 12, 31, &out));
        assert_int_equal(date_from_day(out, CALENDAR_GREGORIAN).year, year);
        assert_int_equal(date_from_day(out + 1, CALENDAR_GREGORIAN).year, year + 1);
        assert_true(day_from_date(CALENDAR_PERSIAN, year, 1, 1, &out));
        assert_int_equal(date_from_day(out, CALENDAR_PERSIAN).year, year);
        assert_int_equal(date_from_day(out - 1, CALENDAR_PERSIAN).year, year - 1);
    }
    assert_int_equal(day_add_months(day(2024, 1, 31), CALENDAR_GREGORIAN, 1), day(2024, 2, 29));
    assert_int_equal(day_add_months(day(2024, 3, 31), CALENDAR_GREGORIAN, -13), day(2023, 2, 28));
    assert_int_equal(day_add_months(day(2023, 12, 15), CALENDAR_GREGORIAN, 12), day(2024, 12, 15));
    assert_int_equal(day_add_months(day(1405, 6, 31), CALENDAR_PERSIAN, 1), day(1405, 7, 30));
    assert_int_equal(day_add_months(day(1403, 12, 30), CALENDAR_PERSIAN, 12), day(1404, 12, 29));
}

/* ---- text ---- */

static void day_text(void **state) {
    (void)state;
    static const char *const same[] = {"2015-03-01", "2015/03/01", "2015.3.1",   " 2015-3-01 ",
                                       "1393/12/10", "۱۳۹۳/۱۲/۱۰", "١٣٩٣-١٢-١٠", "1393.12.10"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        day_t out = 0;
        const struct message *fault = day_parse(str_of(same[i]), &out);
        if (fault || out != 16495)
            fail_msg("%s: %s %d", same[i], code_of(fault), out); /* date -d 2015-03-01 +%s / 86400 */
    }
    static const struct {
        const char *text, *code;
    } bad[] = {
        {"", "bad_date"},
        {"01/03/2015", "bad_date"},
        {"2015-03", "bad_date"},
        {"15-03-01", "bad_date"},
        {"20150301", "bad_date"},
        {"2015-03/01", "bad_date"},
        {"2015-03-01x", "bad_date"},
        {"2015-03-011", "bad_date"},
        {"2015-003-01", "bad_date"},
        {"2015-03-01T10:00:00Z", "bad_date"},
        {"2015--01", "bad_date"},
        {"۲۰۱۵-۰۳-", "bad_date"},
        {"1 March 2015", "bad_date"},
        {"2023-02-30", "no_such_date"},
        {"1404/12/30", "no_such_date"},
        {"۱۴۰۴/۱۲/۳۰", "no_such_date"},
        {"2015-13-01", "no_such_date"},
        {"2015-00-01", "no_such_date"},
        {"2015-01-00", "no_such_date"},
        {"1199-01-01", "bad_year"},
        {"0001-01-01", "bad_year"},
        {"۱۳۹۳/۱۲/۱۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰", "bad_date"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        day_t out = 7;
        assert_string_equal(code_of(day_parse(str_of(bad[i].text), &out)), bad[i].code);
        assert_int_equal(out, 7);
    }
    day_t out;
    assert_null(day_parse_prefix(STR("2015-03-01T10:00:00Z"), &out));
    assert_int_equal(out, 16495);
    assert_null(day_parse_prefix(STR("2015-03-01"), &out));
    assert_null(day_parse_prefix(STR("2015-03-01 10:00"), &out));
    assert_string_equal(code_of(day_parse_prefix(STR("2015-03-01-10:00"), &out)), "bad_date");
    char text[DAY_TEXT + 1];
    day_print(16495, text);
    assert_string_equal(text, "2015-03-01");
    day_print(-1, text);
    assert_string_equal(text, "1969-12-31");
    day_print(INT32_MAX, text);
    assert_string_equal(text, "9999-12-31");
    day_print(INT32_MIN, text);
    assert_string_equal(text, "0000-01-01");
}

static void instant_text(void **state) {
    (void)state;
    struct zone *zone = zone_of("Asia/Tehran");
    const instant_t noon = 1425211200000; /* date -ud '2015-03-01 12:00' +%s */
    static const struct {
        const char *text;
        int64_t after_noon;
    } good[] = {
        {"2015-03-01T12:00:00Z", 0},
        {"2015-03-01t12:00:00z", 0},
        {"2015-03-01 12:00:00Z", 0},
        {"2015-03-01T12:00Z", 0},
        {"2015-03-01T12:00:00.5Z", 500},
        {"2015-03-01T12:00:00.123456789Z", 123},
        {"2015-03-01T12:00:00,25Z", 250},
        {"2015-03-01T15:30:00+03:30", 0},
        {"2015-03-01T15:30:00+0330", 0},
        {"2015-03-01T07:00:00-05", 0},
        {"2015-03-02T11:59:00+23:59", 0},
        {"2015-03-01T15:30:00", 0},
        {"2015-03-01 15:30", 0},
        {"۱۳۹۳/۱۲/۱۰ ۱۵:۳۰", 0},
        {"2015-03-01", -(int64_t)(15 * 60 + 30) * 60000},
        {"2015-03-01T12:00:60Z", 59999},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        instant_t out = 0;
        const struct message *fault = instant_parse(str_of(good[i].text), zone, &out);
        if (fault || out != noon + good[i].after_noon)
            fail_msg("%s: %s %lld", good[i].text, code_of(fault), (long long)(out - noon));
    }
    static const struct {
        const char *text, *code;
    } bad[] = {
        {"", "bad_time"},
        {"now", "bad_time"},
        {"1425211200000", "bad_time"},
        {"2015-03-01T", "bad_time"},
        {"2015-03-01T12", "bad_time"},
        {"2015-03-01T24:00:00Z", "bad_time"},
        {"2015-03-01T12:60:00Z", "bad_time"},
        {"2015-03-01T12:00:61Z", "bad_time"},
        {"2015-03-01T12:00:00.Z", "bad_time"},
        {"2015-03-01T12:00:00ZZ", "bad_time"},
        {"2015-03-01T12:00:00+3", "bad_time"},
        {"2015-03-01T12:00:00+24:00", "bad_time"},
        {"2015-03-01T12:00:00+03:3", "bad_time"},
        {"2015-03-01_12:00", "bad_time"},
        {"2023-02-30T12:00:00Z", "no_such_date"},
        {"0999-01-01T00:00:00Z", "bad_year"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        instant_t out;
        const char *code = code_of(instant_parse(str_of(bad[i].text), zone, &out));
        if (strcmp(code, bad[i].code) != 0) fail_msg("%s: %s", bad[i].text, code);
    }
    instant_t out;
    assert_string_equal(code_of(instant_parse(STR("2015-03-01 12:00"), NULL, &out)), "time_without_offset");
    assert_string_equal(code_of(instant_parse(STR("2015-03-01"), NULL, &out)), "time_without_offset");
    assert_null(instant_parse(STR("2015-03-01T12:00:00Z"), NULL, &out));
    char text[INSTANT_TEXT + 1];
    instant_print(noon + 45296789, text); /* 12:34:56.789 later */
    assert_string_equal(text, "2015-03-02T00:34:56.789Z");
    instant_print(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    instant_print(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    instant_print(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
    zone_close(zone);
}

/* ---- periods ---- */

static void periods(void **state) {
    (void)state;
    static const struct {
        int32_t date[3];
        enum period_unit unit;
        enum calendar calendar;
        enum weekday week_start;
        int32_t from[3], to[3];
        const char *label, *next, *previous;
    } cases[] = {
        {{2015, 3, 1},
         PERIOD_MONTH,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2015, 3, 1},
         {2015, 4, 1},
         "2015-03",
         "2015-04",
         "2015-02"},
        {{2015, 12, 31},
         PERIOD_QUARTER,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2015, 10, 1},
         {2016, 1, 1},
         "2015Q4",
         "2016Q1",
         "2015Q3"},
        {{2015, 3, 31},
         PERIOD_QUARTER,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2015, 1, 1},
         {2015, 4, 1},
         "2015Q1",
         "2015Q2",
         "2014Q4"},
        {{2016, 2, 29},
         PERIOD_YEAR,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2016, 1, 1},
         {2017, 1, 1},
         "2016",
         "2017",
         "2015"},
        {{2015, 3, 21},
         PERIOD_MONTH,
         CALENDAR_PERSIAN,
         SATURDAY,
         {1394, 1, 1},
         {1394, 2, 1},
         "1394-01",
         "1394-02",
         "1393-12"},
        {{2015, 3, 20},
         PERIOD_QUARTER,
         CALENDAR_PERSIAN,
         SATURDAY,
         {1393, 10, 1},
         {1394, 1, 1},
         "1393Q4",
         "1394Q1",
         "1393Q3"},
        {{1394, 6, 31},
         PERIOD_QUARTER,
         CALENDAR_PERSIAN,
         SATURDAY,
         {1394, 4, 1},
         {1394, 7, 1},
         "1394Q2",
         "1394Q3",
         "1394Q1"},
        {{1403, 12, 30},
         PERIOD_YEAR,
         CALENDAR_PERSIAN,
         SATURDAY,
         {1403, 1, 1},
         {1404, 1, 1},
         "1403",
         "1404",
         "1402"},
        {{2026, 11, 23},
         PERIOD_WEEK,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2026, 11, 23},
         {2026, 11, 30},
         "W2026-11-23",
         "W2026-11-30",
         "W2026-11-16"},
        {{2026, 11, 22},
         PERIOD_WEEK,
         CALENDAR_GREGORIAN,
         MONDAY,
         {2026, 11, 16},
         {2026, 11, 23},
         "W2026-11-16",
         "W2026-11-23",
         "W2026-11-09"},
        {{2026, 11, 23},
         PERIOD_WEEK,
         CALENDAR_PERSIAN,
         SATURDAY,
         {2026, 11, 21},
         {2026, 11, 28},
         "W1405-08-30",
         "W1405-09-07",
         "W1405-08-23"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32_t *d = cases[i].date, *f = cases[i].from, *t = cases[i].to;
        struct period period = period_of(day(d[0], d[1], d[2]), cases[i].unit, cases[i].calendar,
                                         cases[i].week_start),
                      again;
        assert_string_equal(period.label, cases[i].label);
        assert_int_equal(period.from, day(f[0], f[1], f[2]));
        assert_int_equal(period.to, day(t[0], t[1], t[2]));
        assert_string_equal(period_next(&period).label, cases[i].next);
        assert_string_equal(period_previous(&period).label, cases[i].previous);
        assert_null(period_parse(str_of(period.label), &again));
        assert_memory_equal(&again, &period, sizeof period);
    }
    struct period period;
    assert_null(period_parse(str_of("۱۳۹۴/۰۳"), &period));
    assert_string_equal(period.label, "1394-03");
    assert_null(period_parse(STR("2015-q2"), &period));
    assert_string_equal(period.label, "2015Q2");
    static const char *const bad[] = {"",      "2015Q5", "2015Q0", "2015-13", "2015-00", "15",   "2015-03-01",
                                      "2015Q", "2015-",  "March",  "W",       "2015Q11", "20153"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(code_of(period_parse(str_of(bad[i]), &period)), "bad_period");
    assert_string_equal(code_of(period_parse(STR("1100"), &period)), "bad_year");
    assert_string_equal(code_of(period_parse(STR("W2023-02-30"), &period)), "no_such_date");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_golden),  cmocka_unit_test(zone_against_icu),
        cmocka_unit_test(zone_edges),   cmocka_unit_test(dates_against_icu),
        cmocka_unit_test(dates),        cmocka_unit_test(day_text),
        cmocka_unit_test(instant_text), cmocka_unit_test(periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
