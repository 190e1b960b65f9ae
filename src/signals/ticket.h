/* Tickets: what an account asked our support for. */
#ifndef VAFA_SIGNALS_TICKET_H
#define VAFA_SIGNALS_TICKET_H
#include "customers/entry.h"

enum ticket_urgency { TICKET_LOW, TICKET_NORMAL, TICKET_HIGH, TICKET_URGENT };
enum ticket_field {
    TICKET_USER_KEY = ENTRY_FIELDS,
    TICKET_PERSON,
    TICKET_OPENED_AT,
    TICKET_CLOSED_AT,
    TICKET_URGENCY,
    TICKET_STATUS,
    TICKET_SUBJECT,
    TICKET_FIELDS
};
struct ticket {
    struct entry entry;
    struct str user_key; /* input only: the person as the source names it */
    struct id person;
    instant_t opened_at, closed_at;
    int32_t urgency;   /* enum ticket_urgency; normal unless told */
    struct str status; /* as the source names it */
    struct str subject;
};
extern const struct record_type ticket_type;
extern const struct entry_kind ticket_kind;

/* One row, inside a writer session: entry_upsert of ticket_kind. */
enum status ticket_upsert(struct session *session, const struct origin *origin, const struct ticket *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) MUST_USE;

enum status ticket_handle_list(struct request *, struct response *, struct problem *);
enum status ticket_handle_create(struct request *, struct response *, struct problem *);

#endif
