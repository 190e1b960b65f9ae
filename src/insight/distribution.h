/* How a fact lies over the accounts: today's, and before them those that left, as could be known before they
 * did. */
#ifndef VAFA_INSIGHT_DISTRIBUTION_H
#define VAFA_INSIGHT_DISTRIBUTION_H
#include "platform/route.h"

/* Bars of equal width over numbers; a value belongs to the last bar whose edge is not above it. What lies
 * beyond the outer 0.5 % counts in the outer bars. */
enum { DISTRIBUTION_MOST_BARS = 26, DISTRIBUTION_MOST_VALUES = 20 };
struct bars {
    double first, width;
    size_t n;       /* 0: no values */
    bool low, high; /* values beyond the first or last edge were put into it */
};
/* A round width (1, 2 or 5 × 10ⁿ) that gives about 20 bars; never below 1 where all values are whole. Sorts
 * the values. */
struct bars bars_over(double *values, size_t n);
/* 0 … bars->n − 1; bars->n > 0. */
size_t bars_place(const struct bars *bars, double value);

extern const struct route_query distribution_query[], coverage_query[];
enum status distribution_handle(struct request *, struct response *, struct problem *);
/* For each fact how many accounts of today have it, and how old it usually is. */
enum status coverage_handle(struct request *, struct response *, struct problem *);

#endif
