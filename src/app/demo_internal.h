/* What the files of the demo company share: demo.c (the whole), demo_account.c (account, people,
 * subscription, invoices), demo_signals.c (tickets, answers, activities), demo_usage.c (events). Not for
 * others. */
#ifndef VAFA_APP_DEMO_INTERNAL_H
#define VAFA_APP_DEMO_INTERNAL_H
#include "app/demo.h"
#include "app/demo_names.h"
#include "base/id.h"
#include "customers/origin.h"

struct session;

struct demo_company {
    struct house *house;
    const struct demo_options *options;
    struct demo_figures *figures;
    struct origin origin; /* source "demo"; a declared back-fill */
    day_t first, end;     /* its time is [first, end) */
    struct str currency;
    int64_t unit; /* minor units of the currency in one unit of the model's money */
    struct id members[DEMO_MEMBERS];
    struct id import; /* of the events */
};

/* Streams of chance: one for each matter of an account, so that a change in one leaves the others as they
 * were. */
enum demo_stream {
    STREAM_LIFE,
    STREAM_PEOPLE,
    STREAM_MONEY,
    STREAM_TICKETS,
    STREAM_ANSWERS,
    STREAM_ACTIVITIES,
    STREAM_USAGE,
    STREAM_EASE,
    STREAM_INVITATIONS,
    STREAM_PRODUCTS
};
static inline struct demo_random demo_stream(const struct demo_company *company,
                                             const struct demo_account *account, enum demo_stream stream) {
    return demo_random(company->options->seed, (uint64_t)stream << 40 | (uint64_t)account->number);
}

/* Keys as the source "demo" names accounts and people: D0007, D0007-P03. */
struct str demo_account_key(const struct demo_account *account, struct arena *arena);
struct str demo_person_key(const struct demo_account *account, int person, struct arena *arena);
/* Who looks after it: index into demo_members. */
int demo_owner(const struct demo_account *account);
/* The first day that is not the account's any more: it left, or the demo ends. */
static inline day_t demo_gone(const struct demo_company *company, const struct demo_account *account) {
    return account->leaves < company->end ? account->leaves : company->end;
}
/* An instant in office hours of a day. */
instant_t demo_instant(const struct demo_company *company, day_t day, struct demo_random *random);
static inline bool demo_in_trouble(const struct demo_account *account, enum demo_cause cause, day_t day) {
    return account->cause == cause && day >= account->trouble;
}

/* Inside a writer session; memory of problem->arena. *made false: the account is there already, with all that
 * hangs on it (they are committed together). CONFLICT: an account of that key is there and is another. */
enum status demo_account_put(struct demo_company *company, struct session *session,
                             const struct demo_account *account, struct id *id, bool *made,
                             struct problem *problem) MUST_USE;
enum status demo_signals_put(struct demo_company *company, struct session *session,
                             const struct demo_account *account, struct id id,
                             struct problem *problem) MUST_USE;

/* What proves value, and the milestones of the stages. */
enum status demo_value_put(struct house *house, struct problem *problem) MUST_USE;

/* The events of one account, in order of person and day. */
struct import_row;
typedef enum status (*demo_event)(void *self, const struct import_row *row, struct problem *problem);
enum status demo_usage_each(const struct demo_company *company, const struct demo_account *account,
                            demo_event event, void *self, struct arena *arena,
                            struct problem *problem) MUST_USE;

#endif
