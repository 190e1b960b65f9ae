#include "signals/invoice.h"

#include "queries.h"

static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    (void)session;
    (void)origin;
    struct invoice *invoice = record;
    enum status status = OK;
    if (invoice->due_on < invoice->issued_on)
        status = entry_fault(&invoice_kind, INVOICE_DUE_ON,
                             MESSAGE("due_before_issue",
                                     "It is due before it was issued: correct one of the dates.",
                                     "سررسید پیش از تاریخ صدور است: یکی از "
                                     "تاریخ‌ها را درست کنید."),
                             NO_ARGS, problem);
    if (!entry_currency_known(invoice->currency))
        status = entry_fault(
            &invoice_kind, INVOICE_CURRENCY,
            MESSAGE("currency_unknown",
                    "“{0}” is no ISO 4217 currency: give three capital letters, such as EUR or IRR.",
                    "«{0}» واحد پول ISO 4217 نیست: سه حرف بزرگ بدهید، مانند EUR یا IRR."),
            ARGS(invoice->currency), problem);
    return status;
}

static instant_t occurred(const void *record, const struct origin *origin) {
    return origin_day_start(origin, ((const struct invoice *)record)->issued_on);
}

const struct entry_kind invoice_kind = {
    .type = &invoice_type,
    .what = {"invoice", "صورت‌حساب"},
    .by_key = &query_invoice_by_key,
    .get = &query_invoice_get,
    .insert = &query_invoice_insert,
    .update = &query_invoice_update,
    .list = &query_invoice_list,
    .check = check,
    .occurred = occurred,
};

enum status invoice_upsert(struct session *session, const struct origin *origin, const struct invoice *row,
                           uint64_t cleared, enum upsert_result *result, struct id *id,
                           struct problem *problem) {
    return entry_upsert(session, origin, &invoice_kind, row, cleared, result, id, problem);
}
