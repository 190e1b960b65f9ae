/* The demo company's customers: a model of why they stay, grow and leave. Pure arithmetic on a seed: the same
 * seed and last day give the same company on every machine. What the model makes is written by demo.c through
 * the same doors as everybody's data.
 *
 * Causes of leaving are real ones, and each shows in the data before the end, but not all in the same place:
 *   onboarding  never came to use: few active people from the start, milestones late
 *   champion    the person who drove it left: use falls within weeks, then meetings stop
 *   service     urgent tickets stay open, satisfaction falls, use follows late
 *   price       use stays; invoices are paid late, answers turn low near the renewal
 *   closure     the customer's own business ends: everything stops at once, almost without a sign */
#ifndef VAFA_APP_DEMO_MODEL_H
#define VAFA_APP_DEMO_MODEL_H
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64. */
struct demo_random {
    uint64_t s[4];
};
struct demo_random demo_random(uint64_t seed, uint64_t stream);
uint64_t demo_next(struct demo_random *random);
double demo_uniform(struct demo_random *random);                 /* [0, 1) */
int demo_between(struct demo_random *random, int low, int high); /* low … high */
bool demo_chance(struct demo_random *random, double probability);
int demo_poisson(struct demo_random *random, double mean); /* mean ≤ 30 */

enum demo_cause { DEMO_STAYS, DEMO_ONBOARDING, DEMO_CHAMPION, DEMO_SERVICE, DEMO_PRICE, DEMO_CLOSURE };
enum demo_size { DEMO_SMALL, DEMO_MEDIUM, DEMO_LARGE };
enum { DEMO_FEATURES = 8, DEMO_CORE_FEATURES = 5, DEMO_MOST_PEOPLE = 90, DEMO_MOST_TERMS = 12 };

struct demo_feature {
    const char *key, *en, *fa;
    bool core;
    double popularity; /* share of an active day's people who use it once it is adopted */
    int from_day;      /* days after the start when accounts begin to adopt it */
};
extern const struct demo_feature demo_features[DEMO_FEATURES];

/* One contract term. */
struct demo_term {
    day_t starts, ends; /* ends: the last covered day */
    int seats;
    int64_t price;   /* a seat a year, in whole units of money */
    day_t cancelled; /* INT32_MIN: not */
};

struct demo_account {
    int number;
    enum demo_size size;
    bool persian;          /* a customer in Iran: names, week and holidays */
    enum demo_cause cause; /* why it leaves, or DEMO_STAYS */
    day_t starts;
    day_t trouble; /* when the cause begins to bite; INT32_MAX for those who stay */
    day_t leaves;  /* first day without a contract; INT32_MAX while they stay */
    double fit;    /* 0.3 … 1: how well the product suits them */
    struct demo_term terms[DEMO_MOST_TERMS];
    int term_count;
    /* Who stays may have a bad time all the same, and get over it: [dip_from, dip_to); INT32_MAX: none. */
    day_t dip_from, dip_to;
    double dip_depth; /* the share of their work that is left in it */
    int people;       /* who ever use it; person 0 is the champion */
    struct demo_random random;
};

/* The account of that number, its whole life laid out until `last`. first: the first day of the demo's
 * months, at least 90 days before. */
struct demo_account demo_account(uint64_t seed, int number, day_t first, day_t last);
/* How much of its people's work with the product is there on a day: 0 … 1, by adoption, season, weekday and
 * trouble. */
double demo_activity(const struct demo_account *account, day_t day);
/* Whether a person (0 … people − 1) is with the account on a day: seats fill over the first months, the
 * champion may leave. */
bool demo_person_present(const struct demo_account *account, int person, day_t day);
const struct demo_term *demo_term_on(const struct demo_account *account, day_t day); /* NULL: none */

#endif
