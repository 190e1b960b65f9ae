#include "insight/term.h"

enum { MOST_TERMS = 12000 };

day_t term_next_end(const struct term *term, day_t day) {
    if (term->ends == DAY_NEVER || term->ends > day) return term->ends;
    if (!term->renews) return DAY_NEVER;
    int32_t months = term->months < 1 ? 12 : term->months;
    int32_t skip = (int32_t)((int64_t)(day - term->ends) / 31 / months); /* no month is longer */
    for (int32_t k = skip ? skip : 1; k < MOST_TERMS; k++) {
        day_t end = day_add_months(term->ends, CALENDAR_GREGORIAN, k * months);
        if (end > day) return end;
    }
    return DAY_NEVER;
}

day_t term_over(const struct term *term) {
    if (term->ends == DAY_NEVER)
        return term->cancelled == DAY_NEVER ? DAY_NEVER
                                            : term->cancelled + (term->notice > 0 ? term->notice : 0);
    if (!term->renews) return term->ends;
    return term->cancelled == DAY_NEVER ? DAY_NEVER : term_next_end(term, term->cancelled - 1);
}
