/* How likely a renewal is, as the best source says that there is for the customer: a model in force, else the
 * tested scorecard, else the rate at which the whole company's renewals came. Every number names its source.
 */
#ifndef VAFA_PREDICT_PREDICTION_H
#define VAFA_PREDICT_PREDICTION_H
#include "insight/odds.h"

enum prediction_source { PREDICTION_MODEL, PREDICTION_SCORECARD, PREDICTION_BASE_RATE, PREDICTION_SOURCES };
extern const char *const prediction_sources[PREDICTION_SOURCES + 1]; /* on the wire; ends with NULL */

struct prediction {
    double probability; /* that the outcome befalls the account */
    double low, high;   /* its 95 % interval; NAN: not known */
    int32_t source;     /* enum prediction_source */
    struct str key;     /* of the model or the scorecard; empty: the base rate */
    int64_t version;    /* of it */
    instant_t given_at; /* when it was computed */
};

/* What the model in force says of an account (an index of the directory), as of what was known then
 * (INT64_MAX: now). False: none is in force for the outcome, or it has nothing to say. */
bool prediction_of(struct house *house, struct outcome_key key, uint32_t account, instant_t known_at,
                   struct prediction *ret);

/* Of accounts [from, to) at once, as known now; the probability is NAN where nothing is said. */
void predictions_of(struct house *house, struct outcome_key key, uint32_t from, uint32_t to,
                    struct prediction *ret);

/* The chance that was given last, NAN where what was foretold has ended. False: nothing was ever given. */
bool prediction_last(struct house *house, struct outcome_key key, uint32_t account, double *chance);

/* What the chances of renewals are read from, for many accounts at once. The base rate: of the n terms of the
 * whole company that ended in the 24 months until the grace began, k were renewed at any amount; (k + 1) ÷ (n
 * + 2), the mean of a Beta(1, 1) prior (Laplace's rule of succession), with Wilson's interval. */
enum { CHANCE_MONTHS = 24 };
struct chances {
    struct house *house;
    struct odds odds;
    double due, renewed; /* n, k */
    double kept;    /* of those renewed, the mean share of what was due that was kept; 1: none was renewed */
    day_t from, to; /* of these terms: [from, to) */
    instant_t now;
};
/* Lives in the arena. Takes the read locks of insight. */
enum status chances_read(struct house *house, struct arena *arena, struct chances *ret,
                         struct problem *problem) MUST_USE;
/* The chance that a renewal of the account comes: the first of the sources that knows one. The odds of a card
 * that was tested against another outcome than no_renewal are not chances of renewals: then the base rate is
 * moved by how far the odds of customers like this differ from those of all (log-odds). */
struct prediction chance_of_renewal(const struct chances *chances, uint32_t account);

#endif
