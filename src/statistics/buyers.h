/* Buyers without a contract: what a log of purchases says of each. Pure statistics; any unit of time.
 *
 * A buyer is (x, tₓ, T): x repeat purchases (the first one does not count), the last of them tₓ after the
 * first purchase (0 when x = 0), and T from the first purchase until the end of what is known. Purchases of
 * one day are one purchase of their sum (Fader, Hardie and Lee 2005). */
#ifndef VAFA_STATISTICS_BUYERS_H
#define VAFA_STATISTICS_BUYERS_H
#include "base/arena.h"
#include "statistics/maximise.h"

#include <stdint.h>

struct purchase {
    uint64_t customer;
    int32_t day;
    double value;
};
struct buyer {
    double repeats, last, age; /* x, tₓ, T */
    double value;              /* mean of the repeat purchases; 0 without any */
    double count;              /* how many buyers these figures stand for; most often 1 */
};
struct buyers {
    struct buyer *buyers; /* by customer */
    uint64_t *customers;
    double *later; /* purchases after `end`, until `held_out` */
    size_t n;
};
enum { BUYERS_FEWEST = 20 /* who came again, below which no model of buyers is fitted */ };

/* Those whose first purchase is not after `end`; unit: days that make 1 of time (7: weeks). Sorts the log.
 * Lives in the arena. */
struct buyers buyers_of(struct purchase *log, size_t n, int32_t end, int32_t held_out, double unit,
                        struct arena *arena);

/* Whether the figures can be: x whole and ≥ 0, 0 < tₓ ≤ T or tₓ = 0 where x = 0, count > 0; the value is not
 * asked. */
bool buyer_is_sound(const struct buyer *buyer);
/* FIT_DONE, FIT_BAD_DATA with the row of the first unsound one, or FIT_TOO_FEW. */
enum fit buyers_check(const struct buyer *buyers, size_t n, size_t *row) MUST_USE;

/* A copy in which those of equal (x, tₓ, T) are one with their counts added, by x, T and tₓ; its values are
 * 0. */
struct buyer *buyers_grouped(const struct buyer *buyers, size_t n, size_t *groups, struct arena *arena);

#endif
