#include "platform/crc32c.h"

#include <string.h>

/* By half bytes, reflected polynomial 0x82F63B78. */
static const uint32_t by_nibble[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

uint32_t crc32c_portable(uint32_t before, const void *data, size_t n) {
    const uint8_t *p = data;
    uint32_t crc = ~before;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ by_nibble[crc & 15];
        crc = crc >> 4 ^ by_nibble[crc & 15];
    }
    return ~crc;
}

#ifdef __x86_64__
#include <immintrin.h>

/* The crc32 instruction takes three cycles but a new one may start in each: three streams of one block at
 * once. A stream's result is moved behind the following n bytes by multiplying with x^(8n - 33) modulo the
 * polynomial (carry-less; the crc32 of the 64-bit product reduces it and brings the missing x^33). */
enum { LONG_BLOCK = 4096, SHORT_BLOCK = 256 };
static const uint32_t long_once = 0x82f89c77, long_twice = 0x54a86326;
static const uint32_t short_once = 0xb9e02b86, short_twice = 0xdd7e3b0c;

__attribute__((target("sse4.2,pclmul"))) static inline uint64_t shifted(uint32_t crc, uint32_t factor) {
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)crc), _mm_cvtsi32_si128((int)factor), 0);
    return __builtin_ia32_crc32di(0, (unsigned long long)_mm_cvtsi128_si64(product));
}

static inline uint64_t word(const uint8_t *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

__attribute__((target("sse4.2,pclmul"))) static inline uint64_t
three(uint64_t crc, const uint8_t *p, size_t block, uint32_t once, uint32_t twice) {
    uint64_t second = 0, third = 0;
    for (size_t i = 0; i < block; i += 8) {
        crc = __builtin_ia32_crc32di(crc, word(p + i));
        second = __builtin_ia32_crc32di(second, word(p + block + i));
        third = __builtin_ia32_crc32di(third, word(p + 2 * block + i));
    }
    return shifted((uint32_t)crc, twice) ^ shifted((uint32_t)second, once) ^ third;
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc32c_fast(uint32_t before, const uint8_t *p,
                                                                     size_t n) {
    uint64_t crc = (uint32_t)~before;
    for (; n >= 3 * LONG_BLOCK; p += 3 * LONG_BLOCK, n -= 3 * LONG_BLOCK)
        crc = three(crc, p, LONG_BLOCK, long_once, long_twice);
    for (; n >= 3 * SHORT_BLOCK; p += 3 * SHORT_BLOCK, n -= 3 * SHORT_BLOCK)
        crc = three(crc, p, SHORT_BLOCK, short_once, short_twice);
    for (; n >= 8; p += 8, n -= 8)
        crc = __builtin_ia32_crc32di(crc, word(p));
    for (; n; p++, n--)
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *p);
    return ~(uint32_t)crc;
}
#endif

uint32_t crc32c(uint32_t before, const void *data, size_t n) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"))
        return crc32c_fast(before, data, n);
#endif
    return crc32c_portable(before, data, n);
}
