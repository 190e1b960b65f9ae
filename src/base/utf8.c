#include "base/utf8.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* Length of the well-formed sequence at p, 0 when there is none (Unicode 15, table 3-7). */
static size_t sequence(const unsigned char *p, size_t n) {
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4) return 0;
    if (n < 2 || (p[1] & 0xC0) != 0x80) return 0;
    if (p[0] < 0xE0) return 2;
    if (n < 3 || (p[2] & 0xC0) != 0x80) return 0;
    if (p[0] < 0xF0) {
        if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 0;
        return 3;
    }
    if (n < 4 || (p[3] & 0xC0) != 0x80) return 0;
    if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
    return 4;
}

static size_t ascii_prefix(const char *p, size_t n) {
    size_t i = 0;
    for (uint64_t word[2]; i + 16 <= n; i += 16) {
        memcpy(word, p + i, 16);
        if ((word[0] | word[1]) & 0x8080808080808080u) break;
    }
    while (i < n && !(p[i] & 0x80))
        i++;
    return i;
}

bool utf8_valid(struct str s, size_t *bad_at) {
    for (size_t i = 0; i < s.n;) {
        i += ascii_prefix(s.p + i, s.n - i);
        while (i < s.n && s.p[i] & 0x80) {
            size_t step = sequence((const unsigned char *)s.p + i, s.n - i);
            if (!step) {
                if (bad_at) *bad_at = i;
                return false;
            }
            i += step;
        }
    }
    return true;
}

uint32_t utf8_next(struct str s, size_t *at) {
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t n = sequence(p, s.n - *at);
    *at += n ? n : 1;
    switch (n) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    case 3:
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 |
               (p[3] & 0x3F);
    default:
        return 0xFFFD;
    }
}

size_t utf8_put(char out[4], uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_count(struct str s) {
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += (s.p[i] & 0xC0) != 0x80;
    return count;
}

bool utf8_blank(struct str s) {
    for (size_t at = 0; at < s.n;) {
        UChar32 c = (UChar32)utf8_next(s, &at);
        if (!u_isUWhiteSpace(c) && !u_iscntrl(c) &&
            !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
            return false;
    }
    return true;
}

/* ---- folding ---- */

/* Texts are normalised in pieces of ICU's int32 lengths; names and notes are far shorter. */
enum { PIECE = 1 << 28 };

struct wide {
    UChar *p; /* in the arena */
    int32_t n;
};

static struct wide widen(struct arena *arena, struct str s) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t bytes = (int32_t)(s.n < PIECE ? s.n : PIECE);
    struct wide wide = {.p = arena_array(arena, (size_t)bytes + 1, sizeof(UChar))};
    u_strFromUTF8WithSub(wide.p, bytes + 1, &wide.n, s.p, bytes, 0xFFFD, NULL, &error);
    return wide;
}

static struct wide normalise(struct arena *arena, const UNormalizer2 *form, struct wide from) {
    UErrorCode error = U_ZERO_ERROR;
    struct wide to = {0};
    to.n = unorm2_normalize(form, from.p, from.n, NULL, 0, &error);
    error = U_ZERO_ERROR;
    to.p = arena_array(arena, (size_t)to.n + 1, sizeof(UChar));
    unorm2_normalize(form, from.p, from.n, to.p, to.n + 1, &error);
    return to;
}

static struct wide lower(struct arena *arena, struct wide from) {
    UErrorCode error = U_ZERO_ERROR;
    struct wide to = {0};
    to.n = u_strToLower(NULL, 0, from.p, from.n, "", &error);
    error = U_ZERO_ERROR;
    to.p = arena_array(arena, (size_t)to.n + 1, sizeof(UChar));
    u_strToLower(to.p, to.n + 1, from.p, from.n, "", &error);
    return to;
}

static struct str narrow(struct arena *arena, struct wide wide) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t size = wide.n * 3, n = 0; /* a UTF-16 unit takes at most three bytes */
    char *out = arena_alloc(arena, (size_t)size + 1);
    u_strToUTF8(out, size + 1, &n, wide.p, wide.n, &error);
    return (struct str){out, (size_t)n};
}

enum { DROPPED = 0, HALF_SPACE = 0x200C };

/* One unit of a normalised, lower-case text as it stands in a key; all of the table lies in the basic plane.
 */
static UChar fold_unit(UChar c) {
    if (c < 0x600) return c;
    if (c >= 0x6F0 && c <= 0x6F9) return (UChar)('0' + c - 0x6F0);
    if (c >= 0x660 && c <= 0x669) return (UChar)('0' + c - 0x660);
    if (c >= 0x64B && c <= 0x655) return DROPPED; /* marks, and the hamza and madda that no letter took up */
    switch (c) {
    case 0x64A: /* ي */
    case 0x649: /* ى */
        return 0x6CC;
    case 0x643: /* ك */
        return 0x6A9;
    case 0x629: /* ة */
    case 0x6C0: /* ۀ */
        return 0x647;
    case 0x623: /* أ */
    case 0x625: /* إ */
    case 0x671: /* ٱ */
        return 0x627;
    case 0x640: /* tatweel */
    case 0x670: /* superscript alef */
    case 0xFEFF:
        return DROPPED;
    default:
        break;
    }
    if ((c >= 0x200D && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069))
        return DROPPED;
    return c;
}

static struct str fold(struct arena *arena, struct str s, bool split) {
    if (ascii_prefix(s.p, s.n) == s.n) {
        char *out = arena_alloc(arena, s.n + 1);
        for (size_t i = 0; i < s.n; i++)
            out[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
        return (struct str){out, s.n};
    }
    UErrorCode error = U_ZERO_ERROR;
    struct wide wide = lower(arena, normalise(arena, unorm2_getNFKCInstance(&error), widen(arena, s)));
    int32_t n = 0;
    for (int32_t i = 0; i < wide.n; i++) {
        UChar c = wide.p[i] == HALF_SPACE ? (split ? ' ' : DROPPED) : fold_unit(wide.p[i]);
        if (c != DROPPED) wide.p[n++] = c;
    }
    wide.n = n;
    return narrow(arena, wide);
}

struct str utf8_fold(struct arena *arena, struct str s) {
    return fold(arena, s, false);
}

struct str utf8_fold_split(struct arena *arena, struct str s) {
    return fold(arena, s, true);
}

struct str utf8_correct(struct arena *arena, struct str s) {
    if (ascii_prefix(s.p, s.n) == s.n) return str_copy(arena, s);
    UErrorCode error = U_ZERO_ERROR;
    struct wide wide = normalise(arena, unorm2_getNFCInstance(&error), widen(arena, s));
    for (int32_t i = 0; i < wide.n; i++) {
        if (wide.p[i] == 0x64A || wide.p[i] == 0x649) wide.p[i] = 0x6CC;
        if (wide.p[i] == 0x643) wide.p[i] = 0x6A9;
    }
    return narrow(arena, wide);
}
