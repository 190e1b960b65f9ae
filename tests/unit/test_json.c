/* JSON: what RFC 8259 allows is read, what it does not is refused with its place, and what is written reads
 * back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"

#include <math.h>
#include <stdlib.h>

static struct arena arena;

static enum status parse(const char *text, size_t n, struct json *out, struct problem *problem) {
    *problem = (struct problem){.arena = &arena};
    return json_parse((struct str){text, n}, &arena, out, problem);
}

static void accepts_what_the_rfc_allows(void **state) {
    (void)state;
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "-1.5e3",
        "1E+2",
        "1e-2",
        "0.1",
        "123e65",
        "0e1",
        "0e+1",
        "1234567890123456789012345",
        "-98765432109876543210.5",
        "\"\"",
        "\"a\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0000\"",
        "\"\\uD834\\uDD1E\"",
        "\"\\u06CC\"",
        "\"وفا\"",
        "\"\x7f\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1]",
        "[1,2]",
        "[null, 1, \"1\", {}]",
        "[[]]",
        " [1]\n\t\r ",
        "{\"a\":1}",
        "{\"\":0}",
        "{\"a\":{\"b\":[]}}",
        "{\"a\":1,\"b\":2}",
        "\"\\u2028\"",
        "[\"\\u0012\"]",
        "[1e22]",
        "[123.456789]",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct json value;
        struct problem problem;
        if (parse(good[i], strlen(good[i]), &value, &problem))
            fail_msg("refused: %s (%s)", good[i], problem.main.message.code);
    }
}

static void refuses_what_it_does_not(void **state) {
    (void)state;
    static const struct {
        const char *text, *code;
        int byte; /* counted from 1 */
    } bad[] = {
        {"", "json_empty", 0},
        {"   ", "json_empty", 0},
        {"[", "json_ended_early", 2},
        {"{", "json_ended_early", 2},
        {"]", "json_malformed", 1},
        {"[1", "json_ended_early", 3},
        {"[1,", "json_ended_early", 4},
        {"[1,]", "json_malformed", 4},
        {"[,1]", "json_malformed", 2},
        {"[1 2]", "json_malformed", 4},
        {"[1}", "json_malformed", 3},
        {"{]", "json_malformed", 2},
        {"{\"a\"}", "json_malformed", 5},
        {"{\"a\":}", "json_malformed", 6},
        {"{\"a\":1,}", "json_malformed", 8},
        {"{a:1}", "json_malformed", 2},
        {"{'a':1}", "json_malformed", 2},
        {"{1:1}", "json_malformed", 2},
        {"{\"a\" 1}", "json_malformed", 6},
        {"{\"a\":1 \"b\":2}", "json_malformed", 8},
        {"[1] 2", "json_malformed", 5},
        {"1 2", "json_malformed", 3},
        {"tru", "json_malformed", 1},
        {"True", "json_malformed", 1},
        {"nul", "json_malformed", 1},
        {"NaN", "json_malformed", 1},
        {"[NaN]", "json_malformed", 2},
        {"Infinity", "json_malformed", 1},
        {"[-Infinity]", "json_bad_number", 2},
        {"01", "json_bad_number", 1},
        {"[-01]", "json_bad_number", 2},
        {"1.", "json_bad_number", 1},
        {".5", "json_malformed", 1},
        {"+1", "json_malformed", 1},
        {"-", "json_bad_number", 1},
        {"1e", "json_bad_number", 1},
        {"1e+", "json_bad_number", 1},
        {"[1.e3]", "json_bad_number", 2},
        {"0x10", "json_malformed", 2},
        {"[1e999]", "json_bad_number", 2},
        {"\"", "json_ended_early", 2},
        {"\"a", "json_ended_early", 3},
        {"\"\\", "json_ended_early", 3},
        {"\"\\x\"", "json_bad_string", 2},
        {"\"\\u12\"", "json_bad_string", 2},
        {"\"\\uD800\"", "json_bad_string", 2},
        {"\"\\uDC00\"", "json_bad_string", 2},
        {"\"\\uD800\\u0041\"", "json_bad_string", 2},
        {"\"\t\"", "json_bad_string", 2},
        {"\"\n\"", "json_bad_string", 2},
        {"\"\x1f\"", "json_bad_string", 2},
        {"\"\xff\"", "json_not_utf8", 2},
        {"\"\xc0\xaf\"", "json_not_utf8", 2},
        {"\"\xed\xa0\x80\"", "json_not_utf8", 2},
        {"\"a\xe2\x82\"", "json_not_utf8", 3},
        {"\"\xf4\x90\x80\x80\"", "json_not_utf8", 2},
        {"[\"a\",\n\xe5]", "json_not_utf8", 7},
        {"[1]x", "json_malformed", 4},
        {"{\"a\":1}}", "json_malformed", 8},
        {"/* c */ 1", "json_malformed", 1},
        {"[1] // c", "json_malformed", 5},
        {"\xef\xbb\xbf{}", "json_malformed", 1},
        {"[1,\n2,\n  x]", "json_malformed", 10},
        {"{\"a\":1,\"a\":2}", "json_name_twice", 0},
        {"[{\"a\":1,\"b\":{\"x\":1,\"y\":2,\"x\":3}}]", "json_name_twice", 0},
        {"{\"a\":1,\"\\u0061\":2}", "json_name_twice", 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json value;
        struct problem problem;
        if (parse(bad[i].text, strlen(bad[i].text), &value, &problem) != BAD_INPUT)
            fail_msg("accepted: %s", bad[i].text);
        if (strcmp(problem.main.message.code, bad[i].code))
            fail_msg("%s: %s", bad[i].text, problem.main.message.code);
        if (bad[i].byte && atoi(problem.main.args[0].p) != bad[i].byte)
            fail_msg("%s: at %s, not %d", bad[i].text, problem.main.args[0].p, bad[i].byte);
    }
    struct json value;
    struct problem problem;
    assert_int_equal(parse("[1,\n2,\n  x]", 11, &value, &problem), BAD_INPUT);
    assert_string_equal(problem.main.args[1].p, "3"); /* line */
    assert_string_equal(problem.main.args[2].p, "3"); /* column */
    assert_int_equal(parse("1\0", 2, &value, &problem), BAD_INPUT);
}

static void holds_the_depth(void **state) {
    (void)state;
    static const size_t depths[] = {JSON_MAX_DEPTH, JSON_MAX_DEPTH + 1, 100000};
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < 3; i++) {
            struct buf text = {0};
            for (size_t d = 0; d < depths[i]; d++)
                buf_put_c(&text, kind ? "{\"a\":" : "[");
            if (kind) buf_put_byte(&text, '1');
            for (size_t d = 0; d < depths[i]; d++)
                buf_put_c(&text, kind ? "}" : "]");
            struct json value;
            struct problem problem;
            enum status status = parse(text.p, text.n, &value, &problem);
            assert_int_equal(status, i ? BAD_INPUT : OK);
            if (i) assert_string_equal(problem.main.message.code, "json_too_deep");
            if (i && !kind) assert_string_equal(problem.main.args[0].p, "65");
            buf_free(&text);
        }
}

static void reads_values(void **state) {
    (void)state;
    struct json value;
    struct problem problem;
    const char *text = "{\"i\":9223372036854775807,\"j\":-9223372036854775808,\"u\":9223372036854775808,"
                       "\"big\":[123456789012345678901234567890,\"12345678901234567890123\"],\"d\":1.0,"
                       "\"s\":\"\\u0648\\u0641\\u0627 \\ud83d\\ude00\\u0000.\",\"t\":true,\"n\":null}";
    assert_int_equal(parse(text, strlen(text), &value, &problem), OK);
    assert_int_equal(value.kind, JSON_OBJECT);
    assert_int_equal(value.n, 8);
    assert_int_equal(json_get(&value, "i")->kind, JSON_INT);
    assert_true(json_get(&value, "i")->integer == INT64_MAX);
    assert_true(json_get(&value, "j")->integer == INT64_MIN);
    assert_int_equal(json_get(&value, "u")->kind, JSON_NUMBER);
    assert_true(json_get(&value, "u")->number == 9223372036854775808.0);
    assert_true(json_get(&value, "big")->items[0].number == 123456789012345678901234567890.0);
    assert_true(str_is(json_get(&value, "big")->items[1].string, "12345678901234567890123"));
    assert_int_equal(json_get(&value, "d")->kind, JSON_NUMBER);
    struct str s = json_get_string(&value, "s");
    assert_int_equal(s.n, 6 + 1 + 4 + 1 + 1);
    assert_memory_equal(s.p, "وفا 😀\0.", s.n);
    assert_true(json_get(&value, "t")->boolean);
    assert_int_equal(json_get(&value, "n")->kind, JSON_NULL);
    assert_null(json_get(&value, "absent"));
    assert_null(json_get(json_get(&value, "i"), "i"));
    assert_int_equal(json_get_string(&value, "i").n, 0);
}

static void finds_a_name_twice_among_many(void **state) {
    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        struct buf text = {0};
        buf_put_byte(&text, '{');
        for (int i = 0; i < 5000; i++)
            buf_format(&text, "\"n%d\":%d,", i, i);
        buf_put_c(&text, twice ? "\"n2500\":1}" : "\"m\":1}");
        struct json value;
        struct problem problem;
        assert_int_equal(parse(text.p, text.n, &value, &problem), twice ? BAD_INPUT : OK);
        if (twice)
            assert_true(str_is(problem.main.args[0], "n2500"));
        else
            assert_int_equal(value.n, 5001);
        buf_free(&text);
    }
}

static void writes(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_begin_object(&w);
    json_put_string(&w, "s", (struct str){"a\"\\\b\f\n\r\t\x01 وفا\xff\xc3", 18});
    json_put_int(&w, "i", INT64_MIN);
    json_put_number(&w, "d", 0.1);
    json_put_number(&w, "nan", NAN);
    json_put_number(&w, "inf", -INFINITY);
    json_put_bool(&w, "b", false);
    json_name(&w, STR("list"));
    json_begin_array(&w);
    json_null(&w);
    json_raw(&w, STR("{\"x\":1}"));
    json_begin_array(&w);
    json_end_array(&w);
    json_end_array(&w);
    json_end_object(&w);
    buf_put_byte(&out, 0);
    assert_string_equal(
        out.p,
        "{\"s\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001 وفا\xEF\xBF\xBD\xEF\xBF\xBD\",\"i\":-9223372036854775808,"
        "\"d\":0.1,\"nan\":null,\"inf\":null,\"b\":false,\"list\":[null,{\"x\":1},[]]}");
    buf_free(&out);
}

static void numbers_read_back_equal(void **state) {
    (void)state;
    static const struct {
        double d;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1.0, "1"},
                 {100.0, "100"},
                 {1e300, "1e+300"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {2.2250738585072014e-308, "2.2250738585072014e-308"},
                 {-1.5, "-1.5"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {0};
        struct json_writer w = {.out = &out};
        json_number(&w, cases[i].d);
        buf_put_byte(&out, 0);
        assert_string_equal(out.p, cases[i].text);
        buf_free(&out);
    }
    uint64_t random = 88172645463325252u; /* xorshift64, Marsaglia 2003 */
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        double d;
        memcpy(&d, &random, sizeof d);
        if (!isfinite(d)) continue;
        struct buf out = {0};
        struct json_writer w = {.out = &out};
        json_number(&w, d);
        struct json value;
        struct problem problem;
        assert_int_equal(parse(out.p, out.n, &value, &problem), OK);
        assert_true(value.number == d);
        buf_free(&out);
    }
}

static int clean(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_the_rfc_allows),
        cmocka_unit_test(refuses_what_it_does_not),
        cmocka_unit_test(holds_the_depth),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(finds_a_name_twice_among_many),
        cmocka_unit_test(writes),
        cmocka_unit_test(numbers_read_back_equal),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
