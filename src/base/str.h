/* Strings that carry their length. A struct str borrows: whoever made the bytes owns them. */
#ifndef VAFA_BASE_STR_H
#define VAFA_BASE_STR_H
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p; /* UTF-8, not NUL-terminated; NULL only where n is 0 */
    size_t n;      /* bytes */
};

/* A text in both languages of the product. */
struct text {
    const char *en, *fa;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_ARG(s)   (int)(s).n, ((s).p ? (s).p : "") /* for printf's %.*s */

static inline struct str str_of(const char *c) {
    return (struct str){c, c ? strlen(c) : 0};
}
static inline bool str_equal(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *c) {
    return str_equal(a, str_of(c));
}
int str_compare(struct str a, struct str b); /* by bytes: <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_slice(struct str s, size_t from, size_t to); /* [from, to), clamped to the string */
struct str str_trim(struct str s);                          /* without ASCII white space at both ends */
/* Cuts s at the first `at`: returns what is before it and leaves what is after it in *rest; all of s when
 * absent, with *rest empty and its p NULL. */
struct str str_cut(struct str s, char at, struct str *rest);
bool str_equal_nocase(struct str a, struct str b); /* ASCII case folded */
struct str str_copy(struct arena *arena,
                    struct str s);                    /* the copy is also NUL-terminated behind its n bytes */
const char *str_c(struct arena *arena, struct str s); /* a NUL-terminated copy */
struct str str_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A whole decimal integer in ASCII with an optional sign; false when it is anything else or does not fit. */
bool str_to_int(struct str s, int64_t *out);

#endif
