#include "base/collate.h"

#include <unicode/ucol.h>
#include <unicode/ustring.h>

struct collator *collator_open(enum language language) {
    UErrorCode error = U_ZERO_ERROR;
    UCollator *collator = ucol_open(language == PERSIAN ? "fa" : "en", &error);
    if (U_FAILURE(error)) return NULL;
    ucol_setAttribute(collator, UCOL_NUMERIC_COLLATION, UCOL_ON, &error);
    return (struct collator *)collator;
}

void collator_close(struct collator *collator) {
    if (collator) ucol_close((UCollator *)collator);
}

struct str collator_key(struct collator *collator, struct str text, struct arena *arena) {
    enum { MOST = 512 }; /* units; what stands behind them does not order */
    UChar units[MOST];
    int32_t n = 0;
    UErrorCode error = U_ZERO_ERROR;
    if (!collator || !text.n) return str_copy(arena, text);
    u_strFromUTF8WithSub(units, MOST, &n, text.p, (int32_t)(text.n < MOST ? text.n : MOST), 0xFFFD, NULL,
                         &error);
    if (U_FAILURE(error)) return str_copy(arena, text);
    uint8_t small[256];
    int32_t need = ucol_getSortKey((UCollator *)collator, units, n, small, sizeof small);
    if (need <= (int32_t)sizeof small)
        return (struct str){arena_copy(arena, small, (size_t)need), (size_t)need};
    uint8_t *large = arena_alloc(arena, (size_t)need);
    need = ucol_getSortKey((UCollator *)collator, units, n, large, need);
    return (struct str){(const char *)large, (size_t)need};
}
