/* Growth: what customers could have and do not. Three kinds of room, as of now, among the customers of the
 * moment (who pays for something; who never had a contract, by its status):
 *
 *   product  customers like this one own it, and it does not: the share of its peers that own it (peers.h),
 *            what they pay for it a year as the potential, and the chance that it buys by the model of that
 *            cross-sell, where one is live. A peer pays for something else too. What begins later, or lapsed
 *            within the grace, is owned, at an amount that does not count. Of the products that most accounts
 *            ever had, GROWTH_MOST_PRODUCTS.
 *   feature  the plans of its running subscriptions (or its plan as told) include it, and it had no use of it
 *            in the last days; beside it how many peers with the same right do use it.
 *   seats    seats bought, less the people who were there in the last days.
 *
 * Of use nothing is said of customers younger than the days, nor while it was not heard of over them. Peers
 * are counted over the whole company, whoever reads; of what they pay, a reader with a scope is told no more
 * than peers.h lets out. */
#ifndef VAFA_PREDICT_GROWTH_H
#define VAFA_PREDICT_GROWTH_H
#include "base/vec.h"
#include "predict/model.h"
#include "predict/peers.h"

enum { GROWTH_DAYS = 90, GROWTH_MOST_PRODUCTS = 40 };
enum growth_kind { GROWTH_PRODUCT, GROWTH_FEATURE, GROWTH_SEATS, GROWTH_KINDS };
extern const char *const growth_kinds[GROWTH_KINDS + 1]; /* on the wire; ends with NULL */

struct growth_item { /* a product or a feature */
    struct str key;
    struct peer_columns columns;
    size_t could, has;
};
struct growth {
    size_t n; /* accounts */
    day_t day;
    int32_t days;
    bool usage_known; /* over the days */
    uint8_t *customer;
    struct growth_item *products, *features;
    size_t product_n, feature_n;
    double *last_use;       /* of a feature: [feature × n + account], days; NAN: never */
    double *seats, *people; /* NAN: not known; people also of customers younger than the days */
};
/* The products that are considered. In the arena. */
struct product_sold *growth_products(struct house *house, struct arena *arena, size_t *n);
/* Of the whole company; lives in the arena. Takes the read locks of insight and usage. */
enum status growth_read(struct house *house, int32_t days, struct arena *arena, struct growth *ret,
                        struct problem *problem) MUST_USE;
/* Whether both a product and a feature could be compared with peers of the account. */
bool growth_judged(const struct growth *growth, uint32_t account);

struct growth_row {
    uint32_t account;
    enum growth_kind kind;
    uint32_t item;            /* of products or features */
    struct peers peers;       /* n 0: none */
    double potential;         /* minor units of the base currency, a year; NAN: not known */
    double expected;          /* potential × the share of peers */
    double chance, low, high; /* by the model; NAN: nothing is said */
};
struct growth_asked {
    enum growth_kind kind;   /* GROWTH_KINDS: all */
    struct str product;      /* p NULL: all; else rows of it alone */
    uint32_t from, to;       /* accounts [from, to) */
    const uint8_t *included; /* of them, by account; NULL: all */
    const uint8_t *seen;     /* whose amounts the reader may see, by account; NULL: everybody's */
};
struct growth_rows {
    VEC(struct growth_row) list; /* freed by the caller */
};
/* Products first, then features, then seats; of each the accounts in order. */
void growth_find(struct house *house, const struct growth *growth, const struct growth_asked *asked,
                 struct growth_rows *ret);

/* GET /api/v1/growth/whitespace, /api/v1/accounts/{id}/growth, …/growth/peers */
enum status growth_handle_whitespace(struct request *, struct response *, struct problem *);
enum status growth_handle_account(struct request *, struct response *, struct problem *);
enum status growth_handle_peers(struct request *, struct response *, struct problem *);
extern const struct route_query growth_query[], growth_account_query[], growth_peers_query[];

#endif
