/* What a customer's peers have: of those like it, how many own a product (or use a feature), with Wilson's
 * interval, and what they pay for it. Pure arithmetic over columns.
 *
 * Peers are those who could have it too, but for the customer itself, by the narrowest of these circles in
 * which there are PEERS_LEAST of them, else all:
 *   1 same segment, same size, and otherwise the same products
 *   2 same segment, same size
 *   3 same size
 *   4 all
 * Size: the quarter of all who could have it, by what they pay beside it; who pays an amount that is not
 * known is a size of its own. */
#ifndef VAFA_PREDICT_PEERS_H
#define VAFA_PREDICT_PEERS_H
#include "base/arena.h"
#include "statistics/proportion.h"

#include <stddef.h>

enum { PEERS_LEAST = 20, PEERS_SIZES = 4, PEERS_LEAST_UNSEEN = 3 };
enum peer_circle { CIRCLE_PRODUCTS, CIRCLE_SEGMENT, CIRCLE_SIZE, CIRCLE_ALL, CIRCLES };

/* By account, n of each. */
struct peer_columns {
    size_t n;
    const uint8_t *could, *has; /* has only where it could */
    const uint32_t *segment;    /* any number for each */
    const uint32_t *products;   /* likewise: for each set of products beside the one in question */
    const double *beside;       /* paid a year beside it; NAN: not known */
    const double *paid;         /* for it, by who has it; NAN: not known */
};
struct peers {
    enum peer_circle circle;
    uint32_t size; /* 0 … PEERS_SIZES − 1; PEERS_SIZES: not known */
    size_t n, have;
    struct interval interval; /* of have ÷ n, 95 % */
    size_t paying;            /* of those who have it, whose amount counts in the median */
    double median;            /* of what they pay; NAN: none */
};

/* The quarter of each who could have it: bounds are those of the sorted amounts at n/4, n/2, 3n/4. */
uint32_t *peer_sizes(const struct peer_columns *columns, struct arena *arena);
/* ret[account], of those who could have it and do not; n 0 for others. seen: by account, whose amounts the
 * reader may see anyway; NULL: everybody's. Beside one or two unseen payers the median would tell what they
 * pay: then it is of the seen alone. From PEERS_LEAST_UNSEEN on it is of all. */
void peers_find(const struct peer_columns *columns, const uint8_t *seen, struct arena *arena,
                struct peers *ret);
/* Whether b stands in the circle that was found for a. */
bool peers_same(const struct peer_columns *columns, const uint32_t *sizes, enum peer_circle circle, size_t a,
                size_t b);

#endif
