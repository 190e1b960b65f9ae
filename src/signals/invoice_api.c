#include "signals/invoice.h"

#define AT(member) offsetof(struct invoice, member)
static const struct field fields[INVOICE_FIELDS] = {
    ENTRY_FIELD_ROWS(
        struct invoice,
        "number|invoice|invoice_id|invoice number|id|شماره صورت‌حساب|شماره فاکتور|شناسه"),
    [INVOICE_ISSUED_ON] = {"issued_on", FIELD_DATE, FIELD_REQUIRED, AT(issued_on),
                           .title = {"Issued", "تاریخ صدور"},
                           .synonyms = "issued|date|invoice date|issue date|تاریخ",
                           .doc = "Local day of issue."},
    [INVOICE_DUE_ON] = {"due_on", FIELD_DATE, FIELD_REQUIRED, AT(due_on), .title = {"Due", "سررسید"},
                        .synonyms = "due|due date|تاریخ سررسید",
                        .doc = "Last local day to pay without being late."},
    [INVOICE_PAID_ON] = {"paid_on", FIELD_DATE, 0, AT(paid_on), .title = {"Paid", "تاریخ پرداخت"},
                         .synonyms = "paid|paid at|payment date|پرداخت",
                         .doc = "Local day of payment; open without."},
    [INVOICE_AMOUNT] = {"amount", FIELD_MONEY, FIELD_REQUIRED, AT(amount), -9e15, 9e15,
                        .title = {"Amount", "مبلغ"}, .synonyms = "total|sum|value|مبلغ کل",
                        .doc = "In minor units of the currency; negative for a credit note."},
    [INVOICE_CURRENCY] = {"currency", FIELD_TEXT, FIELD_REQUIRED, AT(currency), 0, 3,
                          .title = {"Currency", "واحد پول"}, .synonyms = "ارز",
                          .doc = "ISO 4217, capital letters."},
};
RECORD_TYPE(invoice_type, "Invoice", struct invoice, fields);

enum status invoice_handle_list(struct request *request, struct response *response, struct problem *problem) {
    return entry_handle_list(request, response, &invoice_kind, problem);
}

enum status invoice_handle_create(struct request *request, struct response *response,
                                  struct problem *problem) {
    return entry_handle_create(request, response, &invoice_kind, problem);
}
