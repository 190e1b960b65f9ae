/* Time until something happens, when for some it has not happened yet: the Kaplan–Meier estimate and what is
 * read from it. Pure statistics, of any unit of time.
 *
 * S(t) = Π over times tᵢ ≤ t of (1 − dᵢ/nᵢ), dᵢ events among nᵢ at risk. Whoever is censored at a time is
 * still at risk at that time; whoever entered late (left truncation) is at risk only after the entry. Kaplan
 * and Meier (1958), JASA 53; variance by Greenwood (1926); limits on the log(−log S) scale, as R's survival
 * package with conf.type = "log-log", until another scale is asked for. The cumulative hazard beside it is
 * that of Nelson (1969) and Aalen (1978): H(t) = Σ dᵢ/nᵢ. */
#ifndef VAFA_STATISTICS_SURVIVAL_H
#define VAFA_STATISTICS_SURVIVAL_H
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct survival_case {
    double entry; /* under watch after this time; −INFINITY: from the start */
    double time; /* ≥ 0 and > entry (otherwise it was never watched and does not count): of the event, or the
                    last time it was known not to have happened */
    bool event;
};
bool survival_counts(
    const struct survival_case *one); /* watched at all; false where a time is not a number */

struct survival_step { /* one for each time at which something ended */
    double time;
    double at_risk, events, censored;
    double survival;  /* just after the time */
    double greenwood; /* Σ d/(n(n − d)) up to here; INFINITY once survival is 0 */
    double low, high; /* 95 % limits; 1 and 1 before the first event, 0 and the last limit at survival 0 */
    double hazard;    /* cumulative, Σ d/n up to here */
    double hazard_variance; /* Σ d/n², Aalen's */
};
struct survival {
    struct survival_step *steps; /* by time */
    size_t n;
    size_t cases, events; /* that count */
    double longest;       /* last time of all; 0 without cases */
};

/* The curve; steps live in the arena. Sorts `cases`. */
void survival_fit(struct survival_case *cases, size_t n, struct arena *arena, struct survival *out);

/* The scale on which the 95 % limits are symmetric. LOG_LOG never leaves [0, 1] and holds its level best for
 * few cases; LOG is what R shows when not told otherwise (conf.type = "log"), its upper limit cut at 1. */
enum survival_scale { SURVIVAL_LOG_LOG, SURVIVAL_LOG };
void survival_set_limits(struct survival *curve, enum survival_scale scale); /* of every step anew */

/* The step in force at a time; NULL before the first. */
const struct survival_step *survival_at(const struct survival *curve, double time);
double survival_share(const struct survival *curve,
                      double time); /* S(time); the last S beyond the longest time */
double survival_error(const struct survival *curve, double time);  /* standard error of S, by Greenwood */
double survival_hazard(const struct survival *curve, double time); /* H(time), Nelson–Aalen; 0 before all */

/* The time by which the share p in (0, 1) has ended: the first with S ≤ 1 − p, or the middle of the flat part
 * where S equals 1 − p (as R's quantile.survfit). Its limits invert the limits of S (Brookmeyer and Crowley
 * 1982). NAN: not reached. */
struct survival_quantile {
    double time, low, high;
};
struct survival_quantile survival_quantile(const struct survival *curve, double p);

/* The mean time up to a horizon: the area under S, and its standard error (Klein and Moeschberger 2003, 4.5).
 */
struct survival_mean {
    double value, error;
};
struct survival_mean survival_restricted_mean(const struct survival *curve, double horizon);
/* Σ weight[k] S(time[k]), times ascending, and its standard error: what a stream of payments is worth. */
struct survival_mean survival_weighted(const struct survival *curve, const double *times,
                                       const double *weights, size_t n);

#endif
