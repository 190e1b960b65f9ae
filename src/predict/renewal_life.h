/* Lifetime value by renewals: how long contracts of a term (a month, a year) are kept, renewal after renewal,
 * and what they will still pay.
 *
 * A contract is what an account pays for a product without a gap longer than retention.grace_days, as the
 * revenue ledger has it (insight/ledger.h); its cohort is its plan on the first day, or a value of the split.
 * Its term are the months from its start to its first renewal; where later terms are longer or shorter (a
 * month on trial, then years) another contract begins, and the first was kept. Its t-th renewal is the t-th
 * day on which a term of it ends; one that was a customer before the ledger begins comes in with the renewals
 * that lie before. Losses within the grace are not decided and count neither way; where a loss is recognised
 * at the cancellation, it is one of the renewal that was due next, and decided then.
 *
 * Three models of statistics/contract_life.h are fitted. Which one speaks is decided on later renewals: each
 * is fitted to what was known before the last quarter of the renewals and asked about that quarter; the
 * simplest within one standard error of the best log loss is taken. Fader and Hardie (2007, 2010). */
#ifndef VAFA_PREDICT_RENEWAL_LIFE_H
#define VAFA_PREDICT_RENEWAL_LIFE_H
#include "insight/lifetime.h"
#include "statistics/contract_life.h"

enum { RENEWAL_MOST = 120, RENEWAL_MODELS = CONTRACT_BDW + 1, RENEWAL_LEAST_LATER = 5 /* lost */ };
extern const char *const renewal_model_names[RENEWAL_MODELS + 1];

struct renewal_due { /* one that was due and is decided */
    uint32_t cohort;
    uint32_t number; /* the contract's 1st, 2nd, … */
    day_t day;
    bool lost;
};

enum renewal_life_state {
    RENEWAL_OK,
    RENEWAL_TOO_FEW,   /* fewer than CONTRACT_FEWEST_LOST were lost */
    RENEWAL_TOO_SHORT, /* nobody was watched for two renewals */
    RENEWAL_ALL_LOST,
    RENEWAL_NOBODY,
};
enum renewal_choice {
    RENEWAL_BY_TEST,
    RENEWAL_BY_FIT, /* too few later losses to test: Akaike's criterion on all renewals */
};
struct renewal_fit {
    enum fit fit;
    struct contract_life life; /* of all renewals */
    /* On later renewals, fitted to the earlier ones; NAN where not tested. */
    double log_loss, over_best, over_best_error, expected_lost;
};
struct renewal_life {
    enum renewal_life_state state;
    struct contract_period periods[RENEWAL_MOST]; /* of the t-th renewal at [t − 1] */
    size_t longest;                               /* the last renewal that somebody came to */
    size_t due, lost;
    struct renewal_fit models[RENEWAL_MODELS];
    enum contract_model chosen;
    enum renewal_choice choice;
    day_t later_from;
    size_t later_due, later_lost;
};
/* Renewals of one cohort, in any order; numbers beyond RENEWAL_MOST count not. Pure arithmetic. Sorts them.
 */
void renewal_judge(struct renewal_due *renewals, size_t n, struct renewal_life *out);

/* Of a contract whose next payment, `amount`, is due in `months` and that renewed n times: margin and
 * discount of the terms, to the end of all days. NANs where the discount is 0. */
struct lifetime_value renewal_worth(const struct renewal_life *life, double n, double months, double term,
                                    double amount, const struct lifetime_terms *terms);
/* Of a new contract that pays `amount` now and then at each renewal; *beyond: the share of it behind the
 * longest life that was watched. */
struct lifetime_value renewal_worth_new(const struct renewal_life *life, double term, double amount,
                                        const struct lifetime_terms *terms, double *beyond);

/* GET /api/v1/lifetime-value/renewals */
enum status renewal_life_handle(struct request *, struct response *, struct problem *);
extern const struct route_query renewal_life_query[];

#endif
