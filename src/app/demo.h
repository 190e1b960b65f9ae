/* The demo company: a B2B product with its customers, written through the same doors as everybody's data and
 * marked as demo. */
#ifndef VAFA_APP_DEMO_H
#define VAFA_APP_DEMO_H
#include "platform/route.h"

struct demo_options {
    int accounts; /* 1 … 100,000 */
    int months;   /* of history, 3 … 60 */
    uint64_t seed;
    day_t until; /* the day before which it ends; not later than today */
    /* After each batch; may be NULL. */
    void (*progress)(void *self, int accounts, int of);
    void *self;
};

/* What was written; what was there already counts, too, but for rows of accounts (they go with it). */
struct demo_figures {
    int64_t members, features, accounts, contacts, subscriptions, invoices, tickets, answers, invitations,
        activities;
    int64_t event_rows, events;
};

/* Writes it: same options, same company, to the row. CONFLICT: the folder holds accounts that are not demo,
 * or another demo company. After an interruption, running it again with the same options completes it.
 * Returns when everything is readable. */
enum status demo_make(struct house *house, const struct demo_options *options, struct demo_figures *figures,
                      struct problem *problem) MUST_USE;

enum status demo_handle(struct request *, struct response *, struct problem *);
extern const struct route_query demo_query[];

#endif
