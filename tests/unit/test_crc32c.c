#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "platform/crc32c.h"

/* RFC 3720, appendix B.4, and the check value of the CRC catalogue. */
static void test_known_values(void **state) {
    (void)state;
    uint8_t zeros[32] = {0}, ones[32], up[32], down[32];
    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < 32; i++) {
        up[i] = (uint8_t)i;
        down[i] = (uint8_t)(31 - i);
    }
    uint32_t (*const both[])(uint32_t, const void *, size_t) = {crc32c, crc32c_portable};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(both[i](0, zeros, 32), 0x8a9136aa);
        assert_int_equal(both[i](0, ones, 32), 0x62a8ab43);
        assert_int_equal(both[i](0, up, 32), 0x46dd794e);
        assert_int_equal(both[i](0, down, 32), 0x113fdb5c);
        assert_int_equal(both[i](0, "123456789", 9), 0xe3069283);
        assert_int_equal(both[i](0, "", 0), 0);
    }
}

/* The fast way agrees with the plain one at every length around its block sizes, at odd places, and in
 * pieces. */
static void test_fast_equals_portable(void **state) {
    (void)state;
    size_t n = 40000;
    uint8_t *data = malloc(n);
    assert_non_null(data);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        data[i] = (uint8_t)x;
    }
    static const size_t lengths[] = {1,    7,    8,     9,     255,   256,   767,   768,   769,  1535,
                                     1536, 4096, 12287, 12288, 12289, 13056, 24576, 25344, 39000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t at = 0; at < 9; at++) {
            uint32_t expected = crc32c_portable(0, data + at, lengths[i]);
            assert_int_equal(crc32c(0, data + at, lengths[i]), expected);
            size_t cut = lengths[i] / 3;
            assert_int_equal(crc32c(crc32c(0, data + at, cut), data + at + cut, lengths[i] - cut), expected);
        }
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_values),
                                       cmocka_unit_test(test_fast_equals_portable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
