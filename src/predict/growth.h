/* Growth: what customers could have and do not. Three kinds of room, as of now, among the customers of the
 * moment (who pays for something; who never had a contract, by its status):
 *
 *   product  customers like this one own it, and it does not: the share of its peers that own it (peers.h),
 *            what they pay for it a year as the potential, and the chance that it buys by the model of that
 *            cross-sell, where one is live. A peer pays for something else too.
 *   feature  the plans of its running subscriptions (or its plan as told) include it, and it had no use of it
 *            in the last days; beside it how many peers with the same right do use it. Not said of customers
 *            younger than the days, nor while usage was not heard of over them.
 *   seats    seats bought, less the people who were there in the last days.
 *
 * Peers are counted over the whole company. For a reader with a scope, what they pay is told from
 * GROWTH_LEAST_PAYING on: fewer would tell what an account pays that the reader may not see. */
#ifndef VAFA_PREDICT_GROWTH_H
#define VAFA_PREDICT_GROWTH_H
#include "predict/model.h"
#include "predict/peers.h"

enum { GROWTH_DAYS = 90, GROWTH_LEAST_PAYING = 3 };
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
    double *seats, *people; /* NAN: not known */
};
/* Of the whole company; lives in the arena. Takes the read locks of insight and usage. */
enum status growth_read(struct house *house, int32_t days, struct arena *arena, struct growth *ret,
                        struct problem *problem) MUST_USE;

struct growth_row {
    uint32_t account;
    enum growth_kind kind;
    uint32_t item;            /* of products or features */
    struct peers peers;       /* n 0: none */
    double potential;         /* minor units of the base currency, a year; NAN: not known */
    double expected;          /* potential × the share of peers */
    double chance, low, high; /* by the model; NAN: nothing is said */
};
/* Rows of an account, products first; at most growth_most of them. */
size_t growth_most(const struct growth *growth);
struct growth_rows {
    struct house *house;
    const struct growth *growth;
    struct peers **products, **features; /* by item, then account */
    bool sees_all;
};
/* Finds the peers of everybody. In the arena. */
struct growth_rows growth_rows_begin(struct house *house, const struct growth *growth, bool sees_all,
                                     struct arena *arena);
size_t growth_rows_of(const struct growth_rows *rows, uint32_t account, struct growth_row *ret);

/* GET /api/v1/growth/whitespace, /api/v1/accounts/{id}/growth, …/growth/peers */
enum status growth_handle_whitespace(struct request *, struct response *, struct problem *);
enum status growth_handle_account(struct request *, struct response *, struct problem *);
enum status growth_handle_peers(struct request *, struct response *, struct problem *);
extern const struct route_query growth_query[], growth_account_query[], growth_peers_query[];

#endif
