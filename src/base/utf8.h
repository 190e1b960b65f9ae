/* UTF-8: checked at the edge, walked, and folded into search keys. */
#ifndef VAFA_BASE_UTF8_H
#define VAFA_BASE_UTF8_H
#include "base/str.h"

/* Whether s is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). When
 * it is not, *bad_at is the offset of the first byte of the first bad sequence; bad_at may be NULL. */
bool utf8_valid(struct str s, size_t *bad_at);
/* The code point at byte *at of a well-formed s, *at < s.n; moves *at behind it. A bad byte gives U+FFFD and
 * moves one. */
uint32_t utf8_next(struct str s, size_t *at);
/* Writes a code point ≤ 0x10FFFF; returns its bytes (1–4). */
size_t utf8_put(char out[4], uint32_t c);
size_t utf8_count(struct str s); /* code points of a well-formed s */
/* Whether nothing of s is seen: empty, or only white space, controls, and what has no shape (direction marks,
 * joiners: Unicode's Default_Ignorable_Code_Point). */
bool utf8_blank(struct str s);

/* The search key of a text: NFKC, lower case, Persian letters for their Arabic twins (ي ى → ی, ك → ک, ة ۀ →
 * ه, أ إ ٱ → ا), without marks, tatweel and direction controls, ASCII digits. Two texts that a reader takes
 * for the same have one key.
 * The half-space (U+200C) is dropped (می‌روم → میروم); in the split form it is a space (می
 * روم).
 */
struct str utf8_fold(struct arena *arena, struct str s);
struct str utf8_fold_split(struct arena *arena, struct str s);
/* A text as we keep it: NFC, with ی and ک for ي, ى and ك; all else as typed. */
struct str utf8_correct(struct arena *arena, struct str s);

#endif
