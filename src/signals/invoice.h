/* Invoices: what an account was asked to pay, and whether it did. */
#ifndef VAFA_SIGNALS_INVOICE_H
#define VAFA_SIGNALS_INVOICE_H
#include "customers/entry.h"

enum invoice_field {
    INVOICE_ISSUED_ON = ENTRY_FIELDS,
    INVOICE_DUE_ON,
    INVOICE_PAID_ON,
    INVOICE_AMOUNT,
    INVOICE_CURRENCY,
    INVOICE_FIELDS
};
struct invoice {
    struct entry entry; /* key: the invoice's number */
    day_t issued_on, due_on, paid_on;
    int64_t amount; /* minor units; negative: a credit note */
    struct str currency;
};
extern const struct record_type invoice_type;
extern const struct entry_kind invoice_kind;

/* One row, inside a writer session: entry_upsert of invoice_kind. */
enum status invoice_upsert(struct session *session, const struct origin *origin, const struct invoice *row,
                           uint64_t cleared, enum upsert_result *result, struct id *id,
                           struct problem *problem) MUST_USE;

enum status invoice_handle_list(struct request *, struct response *, struct problem *);
enum status invoice_handle_create(struct request *, struct response *, struct problem *);

#endif
