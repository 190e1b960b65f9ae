#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

static void expect_bad(const char *bytes, size_t n, size_t at) {
    size_t bad = 999;
    assert_false(utf8_valid((struct str){bytes, n}, &bad));
    assert_int_equal(bad, at);
}

static void validity(void **state) {
    (void)state;
    assert_true(utf8_valid(STR(""), NULL));
    assert_true(utf8_valid(
        STR("سلام, 16 ASCII bytes and more 🙂 \xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80"), NULL));
    assert_true(utf8_valid((struct str){"a\0b", 3}, NULL));
    expect_bad("abc\x80", 4, 3);                    /* a continuation alone */
    expect_bad("0123456789abcdef\xC0\xAF", 18, 16); /* overlong '/' */
    expect_bad("\xC1\xBF", 2, 0);
    expect_bad("\xE0\x9F\xBF", 3, 0); /* overlong U+07FF */
    expect_bad("\xF0\x8F\xBF\xBF", 4, 0);
    expect_bad("x\xED\xA0\x80", 4, 1);    /* surrogate */
    expect_bad("\xF4\x90\x80\x80", 4, 0); /* above U+10FFFF */
    expect_bad("\xF5\x80\x80\x80", 4, 0);
    expect_bad("ab\xD8", 3, 2); /* cut off */
    expect_bad("ab\xE2\x82", 4, 2);
    expect_bad("ab\xF0\x9F\x99", 5, 2);
    expect_bad("ab\xE2\x28\xA1", 5, 2);
}

static void walking(void **state) {
    (void)state;
    struct str s = STR("aی€🙂");
    static const uint32_t points[] = {'a', 0x6CC, 0x20AC, 0x1F642};
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        char bytes[4];
        size_t from = at;
        assert_int_equal(utf8_next(s, &at), points[i]);
        assert_int_equal(utf8_put(bytes, points[i]), at - from);
        assert_memory_equal(bytes, s.p + from, at - from);
    }
    assert_int_equal(at, s.n);
    assert_int_equal(utf8_count(s), 4);
    at = 0;
    assert_int_equal(utf8_next(STR("\xFFz"), &at), 0xFFFD);
    assert_int_equal(at, 1);
}

static void folding(void **state) {
    (void)state;
    static const struct {
        const char *text, *joined, *split;
    } cases[] = {
        {"Acme GmbH 12", "acme gmbh 12", "acme gmbh 12"},
        {"می‌روم", "میروم", "می روم"},
        {"ميروم", "میروم", "میروم"}, /* Arabic yeh */
        {"على", "علی", "علی"},       /* alef maksura */
        {"شركة", "شرکه", "شرکه"},    /* Arabic kaf, teh marbuta */
        {"خانۀ", "خانه", "خانه"},
        {"خانه\u0654", "خانه", "خانه"}, /* heh and a hamza above */
        {"أحمد إيران ٱلله", "احمد ایران الله", "احمد ایران الله"},
        {"آب", "آب", "آب"},                      /* madda stays */
        {"مُحَمَّد", "محمد", "محمد"},                /* marks */
        {"کـــتاب", "کتاب", "کتاب"},             /* tatweel */
        {"\u202Bوفا\u202C\u200F", "وفا", "وفا"}, /* direction controls */
        {"۱۲۳٤٥٦", "123456", "123456"},
        {"ＡＢＣ１", "abc1", "abc1"}, /* full width, by NFKC */
        {"\uFEFB", "لا", "لا"},       /* a ligature of presentation forms */
        {"ÉCOLE", "école", "école"},
        {"🙂X", "🙂x", "🙂x"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str joined = utf8_fold(&arena, str_of(cases[i].text)),
                   split = utf8_fold_split(&arena, str_of(cases[i].text));
        if (!str_is(joined, cases[i].joined)) fail_msg("%s: %.*s", cases[i].text, STR_ARG(joined));
        if (!str_is(split, cases[i].split)) fail_msg("%s: %.*s", cases[i].text, STR_ARG(split));
        assert_true(str_equal(utf8_fold(&arena, joined), joined)); /* a key is its own key */
    }
    assert_int_equal(utf8_fold(&arena, STR("")).n, 0);
    assert_true(utf8_valid(utf8_fold(&arena, STR("a\xFF\xD8")), NULL));
    arena_free(&arena);
}

static void correcting(void **state) {
    (void)state;
    struct arena arena = {0};
    assert_true(str_is(utf8_correct(&arena, str_of("علي كريمى ۱۲")), "علی کریمی ۱۲"));
    assert_true(str_is(utf8_correct(&arena, str_of("می‌روم Cafe\u0301")), "می‌روم Café"));
    assert_true(str_is(utf8_correct(&arena, str_of("Plain A")), "Plain A"));
    arena_free(&arena);
}

static void blankness(void **state) {
    (void)state;
    static const char *blank[] = {
        "",       " \t\n",       "\u00a0\u3000", "\u200f\u200e\u061c", "\u200b\u200d\u2066\u2069",
        "\ufeff", "\u00ad\u115f"};
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++)
        assert_true(utf8_blank(str_of(blank[i])));
    static const char *seen[] = {"a", " ۱ ", "\u200fی", "-", "🙂", "\u0301"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        assert_false(utf8_blank(str_of(seen[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(validity), cmocka_unit_test(walking),
                                       cmocka_unit_test(folding), cmocka_unit_test(correcting),
                                       cmocka_unit_test(blankness)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
