/* Lifetime value without a contract: who buys now and then, is the account still there, and what will it buy?
 *
 * A purchase is what the paid invoices of a day come to (issued on it, above 0, in the base currency at the
 * rate of the day). Buyers are accounts without a subscription in the revenue ledger. Three models of
 * statistics/purchases.h are fitted to the first three quarters of the time and asked how many purchases each
 * buyer makes in the last quarter; the simplest within one standard error of the best (Poisson log loss of
 * the number expected) is taken, and fitted to everything. Beside them stands the reckoning that others are
 * to beat: everybody goes on at its own pace so far. What a purchase is worth is the gamma–gamma model of
 * statistics/spend.h, for which value and frequency must not go together: that is checked and said. */
#ifndef VAFA_PREDICT_PURCHASE_LIFE_H
#define VAFA_PREDICT_PURCHASE_LIFE_H
#include "insight/lifetime.h"
#include "statistics/purchases.h"
#include "statistics/spend.h"

enum { PURCHASE_MODELS = PURCHASES_PARETO + 1, PURCHASE_MONTHS = 12 };
#define PURCHASE_WEEK  7.0
#define PURCHASE_MONTH (MONTH_DAYS / 7) /* weeks */
extern const char *const purchase_model_names[PURCHASE_MODELS + 1];

enum purchase_state {
    PURCHASE_OK,
    PURCHASE_NOBODY,
    PURCHASE_TOO_FEW,   /* fewer than BUYERS_FEWEST came again */
    PURCHASE_NOT_FOUND, /* no model could be fitted */
};
/* Of a buyer in the last quarter, told only of what was before. */
struct purchase_test {
    bool tried;
    double log_loss, over_best, over_best_error; /* a buyer */
    double mean_error;                           /* |expected − made|, mean */
    double expected;                             /* of all */
};
struct purchase_life {
    enum purchase_state state;
    enum fit fits[PURCHASE_MODELS];
    struct maximum models[PURCHASE_MODELS];
    struct purchase_test tests[PURCHASE_MODELS], pace; /* pace: the control */
    bool tested;
    int32_t later_from; /* the first day of the last quarter */
    size_t later_buyers;
    double later_made;
    enum purchase_model chosen;
    struct spend_independence independence;
    enum fit spend_fit;
    struct maximum spend;
};
/* log: sorted on return; the last day is `until` − 1. Pure but for the arena. */
void purchase_judge(struct purchase *log, size_t n, int32_t until, struct arena *arena,
                    struct purchase_life *out, struct buyers *buyers);

/* Whether values may be told: the gamma–gamma model was fitted and its condition is not broken. */
bool purchase_valued(const struct purchase_life *life);
struct purchase_outlook {
    double alive;
    double expected, expected_low, expected_high; /* purchases in the next 12 months */
    double spend;                                 /* of one; NAN where not valued */
    double value, low, high; /* discounted, × margin; the intervals know how sure the models' numbers are, not
                                how much one account varies */
};
/* Of the buyers together: alive and spend are means. count 1: of one. */
struct purchase_outlook purchase_outlook(const struct purchase_life *life, const struct buyer *buyers,
                                         size_t count, const struct lifetime_terms *terms);

/* GET /api/v1/lifetime-value/purchases */
enum status purchase_life_handle(struct request *, struct response *, struct problem *);
extern const struct route_query purchase_life_query[];

#endif
