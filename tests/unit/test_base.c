/* Strings, dictionaries, arenas, identifiers and problems. */
#include "base/dict.h"
#include "base/id.h"
#include "base/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void strings_are_cut_and_compared(void **state) {
    (void)state;
    struct str rest;
    assert_true(str_is(str_cut(STR("key=value=more"), '=', &rest), "key"));
    assert_true(str_is(rest, "value=more"));
    assert_true(str_is(str_cut(STR("alone"), '=', &rest), "alone"));
    assert_null(rest.p);
    assert_true(str_is(str_trim(STR(" \t a b \n")), "a b"));
    assert_true(str_compare(STR("ab"), STR("b")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
    assert_int_equal(str_slice(STR("abc"), 5, 9).n, 0);
}

static void integers_are_whole_and_fit(void **state) {
    (void)state;
    int64_t i = 7;
    assert_true(str_to_int(STR("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_true(str_to_int(STR("9223372036854775807"), &i) && i == INT64_MAX);
    assert_false(str_to_int(STR("9223372036854775808"), &i));
    assert_false(str_to_int(STR("12x"), &i));
    assert_false(str_to_int(STR(""), &i));
    assert_false(str_to_int(STR("-"), &i));
}

static void a_dictionary_numbers_in_order(void **state) {
    (void)state;
    struct dict dict = {0};
    struct arena arena = {0};
    assert_int_equal(dict_find(&dict, STR("x")), DICT_NONE);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 10000; i++) {
            bool absent;
            assert_int_equal(dict_put(&dict, str_format(&arena, "key %u", i), &absent), i);
            assert_int_equal(absent, round == 0);
        }
    }
    assert_true(str_is(dict_key(&dict, 4711), "key 4711"));
    dict_free(&dict);
    arena_free(&arena);
}

static void arenas_hand_out_zeroed_aligned_memory(void **state) {
    (void)state;
    struct arena arena = {0};
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300000; size = size * 3 + 1) {
            unsigned char *memory = arena_alloc(&arena, size);
            assert_int_equal((uintptr_t)memory % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(memory[i], 0);
            memset(memory, 0xff, size);
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void identifiers_are_ordered_and_read_back(void **state) {
    (void)state;
    char before[ID_TEXT + 1] = "", now[ID_TEXT + 1];
    for (int i = 0; i < 5000; i++) {
        struct id id = id_new(1700000000000 + i / 1000), back;
        id_print(id, now);
        assert_true(strcmp(before, now) < 0);
        assert_int_equal(now[14], '7');
        assert_true(id_parse(str_of(now), &back) && id_equal(id, back));
        memcpy(before, now, sizeof now);
    }
    struct id id;
    /* RFC 9562, appendix A.6: 2022-02-22 14:22:22 -05:00 */
    assert_true(id_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id));
    assert_int_equal(id.b[0], 0x01);
    assert_int_equal(id.b[15], 0x8f);
    assert_false(id_parse(STR("017F22E279B07CC398C4DC0C0C07398F"), &id));
    assert_false(id_parse(STR("017F22E2-79B0-7CC3-98C4-DC0C0C07398G"), &id));
}

static void problems_speak_both_languages(void **state) {
    (void)state;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct buf out = {0};
    struct message message = MESSAGE("wrong_day", "{1} is no day of {0}.", "{1} روزی از {0} نیست.");
    assert_int_equal(fail_at(&problem, STR("/day"), message, ARGS(STR("March"), STR("32"))), BAD_INPUT);
    fault_print(&problem.main, ENGLISH, &out);
    assert_true(str_is(buf_str(&out), "32 is no day of March."));
    buf_clear(&out);
    fault_print(&problem.main, PERSIAN, &out);
    assert_true(str_is(buf_str(&out), "\u2068۳۲\u2069 روزی از \u2068March\u2069 نیست."));
    struct fault quoted = {.message = MESSAGE("wrong_day", "No day “{0}”.", "روز «{0}» نیست."),
                           .args = (struct str[]){STR("32")},
                           .arg_count = 1};
    buf_clear(&out);
    fault_print(&quoted, PERSIAN, &out); /* as it came */
    assert_true(str_is(buf_str(&out), "روز «\u206832\u2069» نیست."));
    for (int i = 0; i < 150; i++)
        (void)fail_at(&problem, STR("/day"), message, NO_ARGS);
    assert_int_equal(problem.fault_count, PROBLEM_MAX_FAULTS);
    assert_int_equal(problem.faults_dropped, 51);
    buf_free(&out);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_cut_and_compared),
        cmocka_unit_test(integers_are_whole_and_fit),
        cmocka_unit_test(a_dictionary_numbers_in_order),
        cmocka_unit_test(arenas_hand_out_zeroed_aligned_memory),
        cmocka_unit_test(identifiers_are_ordered_and_read_back),
        cmocka_unit_test(problems_speak_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
