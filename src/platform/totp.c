#include "platform/totp.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <sodium.h>

/* ---- SHA-1 (RFC 3174) and HMAC (RFC 2104) ----
 * Here and for nothing else: authenticator apps know no other hash, and HMAC does not lean on what SHA-1 has
 * lost. */

enum { BLOCK = 64, HASH = 20 };

static uint32_t rotate(uint32_t x, int n) {
    return x << n | x >> (32 - n);
}

static void hash_block(uint32_t h[5], const uint8_t *p) {
    static const uint32_t k[] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 |
               p[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        uint32_t next = rotate(a, 5) + f + e + w[i] + k[i / 20];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

/* One block of the key, then the text. */
static void keyed_hash(const uint8_t key[BLOCK], const uint8_t *text, size_t n, uint8_t out[HASH]) {
    uint32_t h[] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t last[BLOCK] = {0}; /* texts here are a counter or a hash: they fit beside the length */
    hash_block(h, key);
    memcpy(last, text, n);
    last[n] = 0x80;
    uint64_t bits = (BLOCK + n) * 8;
    for (int i = 0; i < 8; i++)
        last[BLOCK - 1 - i] = (uint8_t)(bits >> 8 * i);
    hash_block(h, last);
    for (int i = 0; i < HASH; i++)
        out[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
}

static void hmac(struct str key, const uint8_t counter[8], uint8_t out[HASH]) {
    uint8_t inner[BLOCK] = {0}, outer[BLOCK] = {0}, hash[HASH];
    memcpy(inner, key.p, key.n < BLOCK ? key.n : BLOCK);
    for (int i = 0; i < BLOCK; i++)
        outer[i] = inner[i] ^ 0x5c, inner[i] ^= 0x36;
    keyed_hash(inner, counter, 8, hash);
    keyed_hash(outer, hash, HASH, out);
    sodium_memzero(inner, sizeof inner);
    sodium_memzero(outer, sizeof outer);
}

/* ---- codes ---- */

void totp_secret_make(uint8_t secret[TOTP_SECRET]) {
    randombytes_buf(secret, TOTP_SECRET);
}

uint32_t totp_code(struct str secret, int64_t step) {
    uint8_t counter[8], hash[HASH];
    for (int i = 0; i < 8; i++)
        counter[7 - i] = (uint8_t)((uint64_t)step >> 8 * i);
    hmac(secret, counter, hash);
    const uint8_t *p = hash + (hash[HASH - 1] & 15);
    return ((uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) % 1000000;
}

/* The number of a six-digit code, or −1. */
static int64_t typed_code(struct str typed, struct arena *arena) {
    struct str folded = utf8_fold(arena, typed);
    int64_t code = 0;
    int digits = 0;
    for (size_t i = 0; i < folded.n; i++) {
        if (folded.p[i] == ' ') continue;
        if (folded.p[i] < '0' || folded.p[i] > '9' || ++digits > TOTP_DIGITS) return -1;
        code = code * 10 + (folded.p[i] - '0');
    }
    return digits == TOTP_DIGITS ? code : -1;
}

int64_t totp_check(struct str secret, struct str typed, instant_t now, int64_t last, struct arena *arena) {
    int64_t code = typed_code(typed, arena), here = totp_step(now), found = -1;
    for (int64_t step = here - TOTP_DRIFT; step <= here + TOTP_DRIFT; step++) { /* all, whichever it is */
        if (totp_code(secret, step) == code && step > last && found < 0) found = step;
    }
    return code < 0 ? -1 : found;
}

struct str base32_print(struct arena *arena, struct str bytes) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t n = (bytes.n * 8 + 4) / 5;
    char *out = arena_alloc(arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t bit = i * 5, at = bit / 8;
        unsigned two =
            (unsigned)(uint8_t)bytes.p[at] << 8 | (at + 1 < bytes.n ? (uint8_t)bytes.p[at + 1] : 0);
        out[i] = letters[two >> (11 - bit % 8) & 31];
    }
    return (struct str){out, n};
}

static void put_escaped(struct buf *out, struct str text) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~@", c);
        if (plain && c)
            buf_put_byte(out, (char)c);
        else
            buf_format(out, "%%%02X", c);
    }
}

struct str totp_uri(struct arena *arena, struct str issuer, struct str account, struct str secret) {
    struct buf out = {0};
    buf_put_c(&out, "otpauth://totp/");
    put_escaped(&out, issuer);
    buf_put_byte(&out, ':');
    put_escaped(&out, account);
    buf_format(&out, "?secret=%.*s&issuer=", STR_ARG(base32_print(arena, secret)));
    put_escaped(&out, issuer);
    buf_format(&out, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_SECONDS);
    struct str uri = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return uri;
}
