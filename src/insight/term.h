/* The term of a subscription: the one reading of its end, of renewing by itself and of cancelling, shared by
 * facts and the ledger. */
#ifndef VAFA_INSIGHT_TERM_H
#define VAFA_INSIGHT_TERM_H
#include "base/calendar.h"

enum { DAY_NEVER = INT32_MAX };
struct term {
    day_t ends;      /* the first day that the (first) term no longer covers; DAY_NEVER: open-ended */
    day_t cancelled; /* DAY_NEVER: not */
    int32_t months;  /* of each further term; below 1: 12 */
    int32_t notice;  /* days */
    bool renews;     /* by itself */
};
/* The first end of a term after the day, as if it were never cancelled: `ends`, or that many months later
 * where it renews. DAY_NEVER when there is none. */
day_t term_next_end(const struct term *term, day_t day);
/* When it is over for good, DAY_NEVER while nothing ends it: the end of the term; where it renews, the end of
 * the term in which it was cancelled; where it is open-ended, the notice after it was cancelled. */
day_t term_over(const struct term *term);

#endif
