#include "signals/track.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };
#define NOON INT64_C(1772539200000) /* 2026-03-03T12:00:00Z: `date -u -d 2026-03-03T12:00:00Z +%s` */

static instant_t parsed(const char *text) {
    instant_t at = -1;
    if (!track_time_parse(str_of(text), &at)) fail_msg("“%s” is a time", text);
    return at;
}

static void times(void **state) {
    (void)state;
    assert_int_equal(parsed("2026-03-03T12:00:00Z"), NOON);
    assert_int_equal(parsed("2026-03-03T12:00:00.250Z"), NOON + 250);
    assert_int_equal(parsed("2026-03-03T12:00:00.2509Z"), NOON + 250);
    assert_int_equal(parsed("2026-03-03T12:00:00.25Z"), NOON + 250);
    assert_int_equal(parsed("2026-03-03 12:00:00"), NOON);
    assert_int_equal(parsed("2026-03-03T12:00Z"), NOON);
    assert_int_equal(parsed("2026-03-03T15:30:00+03:30"), NOON);
    assert_int_equal(parsed("2026-03-03T07:00:00-0500"), NOON);
    assert_int_equal(parsed("2026-03-03"), NOON - 12 * 60 * MINUTE);
    assert_int_equal(parsed("1772539200"), NOON);
    assert_int_equal(parsed("1772539200000"), NOON);
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("1969-12-31T23:59:59.999Z"), -1);
    assert_int_equal(parsed("2024-02-29T00:00:00Z"), INT64_C(1709164800000));
    static const char *const wrong[] = {
        "",
        "x",
        "2026",
        "2026-13-01",
        "2023-02-30",
        "2023-02-29",
        "2026-00-01",
        "2026-01-00",
        "2026-03-03T24:00:00Z",
        "2026-03-03T12:60:00Z",
        "2026-03-03T12:00:00.Z",
        "2026-03-03T12:00:00ZZ",
        "2026-03-03T12:00:00+25:00",
        "2026-03-03X12:00:00Z",
        "2026-3-3",
        "-1772539200000",
        "12:00",
    };
    instant_t at;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (track_time_parse(str_of(wrong[i]), &at)) fail_msg("“%s” is no time", wrong[i]);
    }
}

static void skew(void **state) {
    (void)state;
    bool corrected;
    instant_t original = NOON - 10 * MINUTE, sent = NOON;
    assert_int_equal(track_occurred(NULL, &sent, NOON, &corrected),
                     NOON); /* no time given: that of the receipt */
    assert_false(corrected);
    assert_int_equal(track_occurred(&original, NULL, NOON, &corrected), NOON - 10 * MINUTE);
    assert_false(corrected);
    assert_int_equal(track_occurred(&original, &sent, NOON + 3 * SECOND, &corrected),
                     NOON - 10 * MINUTE); /* on its way */
    assert_false(corrected);
    /* The client's clock runs two hours ahead: 12:00 there is 10:00 here, so 11:50 there was 09:50. */
    assert_int_equal(track_occurred(&original, &sent, NOON - 120 * MINUTE, &corrected), NOON - 130 * MINUTE);
    assert_true(corrected);
    /* A year behind. */
    assert_int_equal(track_occurred(&original, &sent, NOON + INT64_C(365) * 1440 * MINUTE, &corrected),
                     NOON + INT64_C(365) * 1440 * MINUTE - 10 * MINUTE);
    assert_true(corrected);
    instant_t future = NOON + 5 * MINUTE;
    assert_int_equal(track_occurred(&future, NULL, NOON, &corrected),
                     NOON + 5 * MINUTE); /* five minutes are allowed */
    assert_false(corrected);
    future++;
    assert_int_equal(track_occurred(&future, NULL, NOON, &corrected), NOON);
    assert_true(corrected);
    instant_t history = INT64_C(1262304000000); /* 2010-01-01 */
    assert_int_equal(track_occurred(&history, NULL, NOON, &corrected), history);
    assert_false(corrected);
}

struct rule {
    const char *event;
    enum track_reason reason;
};

static void validity(void **state) {
    (void)state;
    static char long_id[400], long_event[600];
    memset(long_id, 'x', 251);
    snprintf(long_event, sizeof long_event, "{\"type\":\"track\",\"event\":\"e\",\"userId\":\"%s\"}",
             long_id);
    const struct rule rules[] = {
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\"}", TRACK_OK},
        {"{\"type\":\"track\",\"event\":\"e\",\"anonymousId\":\"a\"}", TRACK_OK},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":7}", TRACK_OK},
        {"{\"type\":\"track\",\"event\":\"e\"}", REASON_NOBODY},
        {"{\"type\":\"track\",\"userId\":\"u\"}", REASON_NO_EVENT},
        {"{\"type\":\"track\",\"event\":{},\"userId\":\"u\"}", REASON_MEMBER},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"properties\":[]}", REASON_MEMBER},
        {long_event, REASON_TOO_LONG},
        {"{\"type\":\"track\",\"event\":\"a\\u0000b\",\"userId\":\"u\"}", REASON_CONTROL},
        {"{\"type\":\"page\",\"userId\":\"u\"}", TRACK_OK},
        {"{\"type\":\"identify\"}", REASON_NOBODY},
        {"{\"type\":\"group\",\"userId\":\"u\"}", REASON_NO_GROUP},
        {"{\"type\":\"group\",\"groupId\":\"g\"}", TRACK_OK},
        {"{\"type\":\"alias\",\"userId\":\"u\"}", REASON_NO_PREVIOUS},
        {"{\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"u\"}", REASON_NO_PREVIOUS},
        {"{\"type\":\"alias\",\"userId\":\"u\",\"previousId\":\"v\"}", TRACK_OK},
        {"{\"type\":\"trak\",\"userId\":\"u\"}", REASON_TYPE},
        {"{\"userId\":\"u\"}", REASON_TYPE},
        {"3", REASON_NOT_OBJECT},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"yesterday\"}", REASON_TIME},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"2023-02-30\"}", REASON_TIME},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"1989-12-31T23:59:59Z\"}",
         REASON_TOO_OLD},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"timestamp\":\"1990-01-01T00:00:00Z\"}",
         TRACK_OK},
        {"{\"type\":\"track\",\"event\":\"e\",\"userId\":\"u\",\"properties\":{\"a\":\"\\udc00\"}}",
         REASON_UNREADABLE},
    };
    struct track_parser *parser = track_parser_new();
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct problem problem = {.arena = &arena};
        struct track_batch batch;
        struct track_call call;
        struct str args[2] = {{0}, {0}};
        struct str body = str_format(&arena, "{\"batch\":[%s]}", rules[i].event);
        assert_int_equal(track_parse(parser, body, TRACK_BATCH, (struct track_limits){10, 32768}, &arena,
                                     &batch, &problem),
                         OK);
        enum track_reason reason = track_accept(batch.events, NOON, &arena, &call, args);
        if (reason != rules[i].reason)
            fail_msg("%.80s gave %d, not %d", rules[i].event, reason, rules[i].reason);
        if (reason)
            assert_true(track_reasons[reason].en && track_reasons[reason].fa && track_reasons[reason].code);
    }
    arena_free(&arena);
    track_parser_free(parser);
}

static void pages(void **state) {
    (void)state;
    struct track_parser *parser = track_parser_new();
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct track_batch batch;
    struct track_call call;
    struct str args[2];
    assert_int_equal(
        track_parse(parser,
                    STR("{\"name\":\"Home \\\"1\\\"\",\"userId\":\"u\",\"properties\":{\"url\":\"/\"}}"),
                    TRACK_PAGE, (struct track_limits){10, 32768}, &arena, &batch, &problem),
        OK);
    assert_int_equal(track_accept(batch.events, NOON, &arena, &call, args), TRACK_OK);
    assert_true(str_is(call.name, "Page Viewed"));
    assert_true(str_is(call.properties, "{\"page_name\":\"Home \\\"1\\\"\",\"url\":\"/\"}"));
    arena_free(&arena);
    track_parser_free(parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(skew),
                                       cmocka_unit_test(validity), cmocka_unit_test(pages)};
    return cmocka_run_group_tests(tests, 0, 0);
}
