/* Codes of a second factor, by the vectors of RFC 4226, RFC 6238 and RFC 4648. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "platform/totp.h"

static const struct str rfc_secret = {"12345678901234567890", 20};

static void codes_of_counters(void **state) { /* RFC 4226, appendix D */
    (void)state;
    static const uint32_t expected[] = {755224, 287082, 359152, 969429, 338314,
                                        254676, 287922, 162583, 399871, 520489};
    for (int i = 0; i < 10; i++)
        assert_int_equal(totp_code(rfc_secret, i), expected[i]);
}

static void codes_of_times(void **state) { /* RFC 6238, appendix B, SHA-1: the last six of its eight digits */
    (void)state;
    static const struct {
        int64_t seconds;
        uint32_t code;
    } expected[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                    {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(totp_code(rfc_secret, totp_step(expected[i].seconds * 1000)), expected[i].code);
}

static int64_t check(const char *typed, int64_t seconds, int64_t last) {
    struct arena arena = {0};
    int64_t step = totp_check(rfc_secret, str_of(typed), seconds * 1000, last, &arena);
    arena_free(&arena);
    return step;
}

static void takes_a_step_before_and_after_once(void **state) {
    (void)state;
    /* Step 1 of RFC 4226 is 287082: seconds 30 … 59; one step of drift makes that 0 … 89. */
    assert_int_equal(check("287082", 0, -1), 1);
    assert_int_equal(check("287082", 59, -1), 1);
    assert_int_equal(check("287082", 89, -1), 1);
    assert_int_equal(check("287082", 90, -1), -1);
    assert_int_equal(check("287082", 59, 0), 1);
    assert_int_equal(check("287082", 59, 1), -1); /* used */
    assert_int_equal(check("755224", 59, 1), -1); /* and none before it */
    assert_int_equal(check("359152", 59, 1), 2);
}

static void takes_digits_as_people_type_them(void **state) {
    (void)state;
    assert_int_equal(check("۲۸۷۰۸۲", 59, -1), 1);
    assert_int_equal(check("٢٨٧ ٠٨٢", 59, -1), 1);
    assert_int_equal(check(" 287 082 ", 59, -1), 1);
    static const char *const bad[] = {"", "28708", "2870821", "287O82", "-287082", "287082x", "287082\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(check(bad[i], 59, -1), -1);
}

static void prints_what_apps_read(void **state) {
    (void)state;
    struct arena arena = {0};
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "MY"},
                                           {"fo", "MZXQ"},
                                           {"foo", "MZXW6"},
                                           {"foob", "MZXW6YQ"},
                                           {"fooba", "MZXW6YTB"},
                                           {"foobar", "MZXW6YTBOI"}}; /* RFC 4648, 10 */
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(str_c(&arena, base32_print(&arena, str_of(pairs[i][0]))), pairs[i][1]);
    struct str uri = totp_uri(&arena, STR("Vafa & Co"), STR("mina@quillhaven.example"), rfc_secret);
    assert_string_equal(
        uri.p,
        "otpauth://totp/Vafa%20%26%20Co:mina@quillhaven.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=Vafa%20%26%20Co&algorithm=SHA1&digits=6&period=30");
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes_of_counters), cmocka_unit_test(codes_of_times),
                                       cmocka_unit_test(takes_a_step_before_and_after_once),
                                       cmocka_unit_test(takes_digits_as_people_type_them),
                                       cmocka_unit_test(prints_what_apps_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
