#include "signals/track_json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct track_limits limits = {1000, 32 << 10};

static int setup(void **state) {
    *state = track_parser_new();
    return 0;
}

static int teardown(void **state) {
    track_parser_free(*state);
    return 0;
}

static void assert_str(struct str got, const char *want) {
    if (!str_is(got, want)) fail_msg("“%.*s” is not “%s”", STR_ARG(got), want);
}

/* The body is copied to memory of exactly its size, so that reading beyond it shows under the sanitizer. */
static struct str exact(const char *body, char **owned) {
    size_t n = strlen(body);
    *owned = malloc(n ? n : 1);
    memcpy(*owned, body, n);
    return (struct str){*owned, n};
}

static void both(void **state, const char *body, enum track_type type, enum status want) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct track_shape shape;
    struct track_batch batch;
    char *owned;
    struct str text = exact(body, &owned);
    enum status checked = track_check(*state, text, type, limits, &shape, &problem);
    if (checked != want) fail_msg("check of %.60s… gave %d, not %d", body, checked, want);
    problem_clear(&problem);
    enum status parsed = track_parse(*state, text, type, limits, &arena, &batch, &problem);
    if (want != TOO_LARGE && parsed != want) fail_msg("parse of %.60s… gave %d, not %d", body, parsed, want);
    free(owned);
    arena_free(&arena);
}

static void grammar(void **state) {
    static const char *const good[] = {
        "{}",
        " { } ",
        "{\"a\":[]}",
        "{\"a\":[1,-0,0.5,1e3,1E-3,true,false,null,\"\",{}]}",
        "{\"a\":{\"b\":{\"c\":[[[]]]}}}",
        "{\"a\":\"\\u00e9\\n\\\\\\\"\"}",
        "{\"a\":\"\\ud83d\\ude00\"}",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\" :\t1 ,\n\"b\":2}",
        "{\"a\":1e999}",
        "{\"\xd9\x81\":\"\xd8\xa7\"}",
    };
    static const char *const bad[] = {
        "",
        " ",
        "[]",
        "1",
        "{",
        "}",
        "{}}",
        "{}{}",
        "{} x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":truE}",
        "{\"a\":tru}",
        "{\"a\":nullx}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"x}",
        "{\"a\":\"\n\"}",
        "{\"a\":[1}",
        "{\"a\":{]}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":1 2}",
        "{\"a\"::1}",
        "{\"a\":\"b\"\"c\"}",
        "{\"a\":\"b\"c}",
        "{\"a\":'b'}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1}\\",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        both(state, good[i], TRACK_TRACK, OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        both(state, bad[i], TRACK_TRACK, BAD_INPUT);
        char batch[200];
        snprintf(batch, sizeof batch, "{\"batch\":[{\"properties\":%s}]}", bad[i]);
        if (bad[i][0] == '{' && bad[i][1] != '}') both(state, batch, TRACK_BATCH, BAD_INPUT);
    }
    both(state, "{\"batch\":[]}", TRACK_BATCH, OK);
    both(state, "{\"batch\":[1,null,\"x\",[]]}", TRACK_BATCH, OK);
    both(state, "{\"batch\":{}}", TRACK_BATCH, BAD_INPUT);
    both(state, "{\"batch\":[{}}", TRACK_BATCH, BAD_INPUT);
    both(state, "{\"batch\":[{},]}", TRACK_BATCH, BAD_INPUT);
    both(state, "{\"writeKey\":\"k\"}", TRACK_BATCH, BAD_INPUT);
}

static void depth(void **state) {
    char body[400];
    for (int n = 1; n < 100; n++) { /* n arrays below the object: at most 60, on both sides alike */
        int at = snprintf(body, sizeof body, "{\"a\":");
        for (int i = 0; i < n; i++)
            body[at++] = '[';
        for (int i = 0; i < n; i++)
            body[at++] = ']';
        body[at++] = '}';
        body[at] = 0;
        both(state, body, TRACK_TRACK, n <= 60 ? OK : BAD_INPUT);
    }
}

static void too_much(void **state) {
    struct buf body = {0};
    buf_put_c(&body, "{\"batch\":[{}");
    for (int i = 1; i < 1001; i++)
        buf_put_c(&body, ",{}");
    buf_put_c(&body, "]}");
    buf_put_byte(&body, 0);
    both(state, body.p, TRACK_BATCH, TOO_LARGE);
    buf_clear(&body);
    buf_put_c(&body, "{\"batch\":[{\"a\":\"");
    for (int i = 0; i < 33000; i++)
        buf_put_byte(&body, 'x');
    buf_put_c(&body, "\"}]}");
    buf_put_byte(&body, 0);
    both(state, body.p, TRACK_BATCH, TOO_LARGE);
    buf_free(&body);
}

static struct track_event *parse(void **state, const char *body, enum track_type type, struct arena *arena,
                                 size_t n) {
    struct problem problem = {.arena = arena};
    struct track_batch batch;
    assert_int_equal(track_parse(*state, str_of(body), type, limits, arena, &batch, &problem), OK);
    assert_int_equal(batch.n, n);
    return batch.events;
}

static void segment(void **state) {
    struct arena arena = {0};
    struct track_event *e = parse(
        state,
        "{\"batch\":[{\"type\":\"track\",\"event\":\"Report \\u0041\",\"userId\":42,\"messageId\":\"m1\","
        "\"timestamp\":\"2026-01-02T03:04:05.006Z\",\"properties\":{\"a\": "
        "[1]},\"context\":{\"ip\":\"::1\",\"groupId\":\"g1\"}},"
        "{\"type\":\"identify\",\"anonymousId\":\"x\",\"context\":{\"traits\":{\"n\":1}}},"
        "{\"type\":\"group\",\"groupId\":\"g2\",\"userId\":null,\"traits\":{\"p\":2}},{\"type\":\"nod\","
        "\"userId\":{}},7],"
        "\"context\":{\"groupId\":\"g0\",\"traits\":{\"t\":0}},\"sentAt\":\"2026-01-02T03:04:06Z\","
        "\"writeKey\":\"k\"}",
        TRACK_BATCH, &arena, 5);
    assert_int_equal(e[0].type, TRACK_TRACK);
    assert_str(e[0].text[TRACK_EVENT], "Report A");
    assert_str(e[0].text[TRACK_USER_ID], "42");
    assert_str(e[0].text[TRACK_GROUP_ID], "g1");
    assert_str(e[0].text[TRACK_SENT_AT], "2026-01-02T03:04:06Z");
    assert_str(e[0].properties, "{\"a\": [1]}");
    assert_int_equal(e[0].mistyped, 0);
    assert_int_equal(e[1].type, TRACK_IDENTIFY);
    assert_str(e[1].traits, "{\"n\":1}");
    assert_str(e[1].text[TRACK_GROUP_ID], "g0");
    assert_str(e[2].text[TRACK_GROUP_ID], "g2");
    assert_str(e[2].traits, "{\"p\":2}");
    assert_int_equal(e[3].type, TRACK_UNKNOWN);
    assert_str(e[3].text[TRACK_TYPE], "nod");
    assert_int_equal(e[3].mistyped, 1u << TRACK_USER_ID);
    assert_int_equal(e[4].mistyped, TRACK_NOT_OBJECT);
    assert_int_equal(e[4].index, 4);
    e = parse(state, "{\"event\":\"x\",\"properties\":\"\\ud83d\",\"traits\":1}", TRACK_TRACK, &arena, 1);
    assert_int_equal(e->mistyped, TRACK_UNREADABLE | TRACK_PROPERTIES_MISTYPED | TRACK_TRAITS_MISTYPED);
    e = parse(state, "{\"event\":\"\\ud83d\\ude00\",\"properties\":{\"n\":1e999}}", TRACK_TRACK, &arena, 1);
    assert_str(e->text[TRACK_EVENT], "😀");
    assert_int_equal(e->mistyped, TRACK_UNREADABLE);
    arena_free(&arena);
}

static void posthog(void **state) {
    struct arena arena = {0};
    struct track_event *e =
        parse(state,
              "{\"api_key\":\"k\",\"batch\":["
              "{\"type\":\"capture\",\"event\":\"opened\",\"distinct_id\":\"u1\",\"uuid\":\"m1\","
              "\"properties\":{\"$groups\":{\"team\":\"t\",\"company\":\"acme\"},\"x\":\"\\\"\"},"
              "\"timestamp\":\"2026-01-01T00:00:00Z\"},"
              "{\"event\":\"$identify\",\"distinct_id\":\"u1\",\"properties\":{\"$set\":{\"email\":\"a@b."
              "example\"},\"$anon_distinct_id\":\"z\"}},"
              "{\"event\":\"$groupidentify\",\"distinct_id\":\"$company_acme\",\"properties\":{\"$group_"
              "type\":\"company\",\"$group_key\":\"acme\",\"$group_set\":{\"plan\":\"pro\"}}},"
              "{\"event\":\"$create_alias\",\"distinct_id\":\"u1\",\"properties\":{\"distinct_id\":\"u1\","
              "\"alias\":\"u2\"}},"
              "{\"event\":\"$identify\",\"distinct_id\":\"u3\",\"$set\":{\"a\":1},\"properties\":{}}],\"sent_"
              "at\":\"2026-01-01T00:00:01Z\"}",
              TRACK_BATCH, &arena, 5);
    assert_int_equal(e[0].type, TRACK_TRACK);
    assert_str(e[0].text[TRACK_USER_ID], "u1");
    assert_str(e[0].text[TRACK_GROUP_ID], "acme");
    assert_str(e[0].text[TRACK_MESSAGE_ID], "m1");
    assert_str(e[0].text[TRACK_SENT_AT], "2026-01-01T00:00:01Z");
    assert_int_equal(e[1].type, TRACK_IDENTIFY);
    assert_str(e[1].traits, "{\"email\":\"a@b.example\"}");
    assert_str(e[1].text[TRACK_ANONYMOUS_ID], "z");
    assert_int_equal(e[2].type, TRACK_GROUP);
    assert_str(e[2].text[TRACK_GROUP_ID], "acme");
    assert_str(e[2].traits, "{\"plan\":\"pro\"}");
    assert_str(e[2].text[TRACK_USER_ID], "");
    assert_int_equal(e[3].type, TRACK_ALIAS);
    assert_str(e[3].text[TRACK_USER_ID], "u2");
    assert_str(e[3].text[TRACK_PREVIOUS_ID], "u1");
    assert_str(e[4].traits, "{\"a\":1}");
    struct problem problem = {.arena = &arena};
    struct track_shape shape;
    assert_int_equal(track_check(*state, STR("{\"batch\":[{},{}],\"api_key\":\"k\"}"), TRACK_BATCH, limits,
                                 &shape, &problem),
                     OK);
    assert_true(shape.posthog && shape.events == 2);
    assert_str(shape.write_key, "k");
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grammar, setup, teardown),
        cmocka_unit_test_setup_teardown(depth, setup, teardown),
        cmocka_unit_test_setup_teardown(too_much, setup, teardown),
        cmocka_unit_test_setup_teardown(segment, setup, teardown),
        cmocka_unit_test_setup_teardown(posthog, setup, teardown),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
