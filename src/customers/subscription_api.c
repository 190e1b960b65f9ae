#include "customers/subscription.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct subscription, member)
static const char *const per[] = {"month", "quarter", "year", "term", NULL};
static const struct field fields[SUBSCRIPTION_FIELDS] = {
    ENTRY_FIELD_ROWS(
        struct subscription,
        "external_id|subscription|subscription_id|contract|contract_id|id|شناسه اشتراک|شماره قرارداد|شناسه"),
    [SUBSCRIPTION_PRODUCT] = {"product", FIELD_TEXT, 0, AT(product), 0, 200, .title = {"Product", "محصول"},
                              .doc = "What is bought; “main” unless told."},
    [SUBSCRIPTION_PLAN] = {"plan", FIELD_TEXT, 0, AT(plan), 0, 100, .title = {"Plan", "طرح"},
                           .synonyms = "package|tier|پلن|بسته", .doc = "Plan of the product."},
    [SUBSCRIPTION_STARTS_ON] = {"starts_on", FIELD_DATE, FIELD_REQUIRED, AT(starts_on),
                                .title = {"Starts", "آغاز"},
                                .synonyms = "start|start date|from|begin|تاریخ شروع|از تاریخ",
                                .doc = "First covered local day."},
    [SUBSCRIPTION_ENDS_ON] = {"ends_on", FIELD_DATE, 0, AT(ends_on), .title = {"Ends", "پایان"},
                              .synonyms =
                                  "end|end date|until|renewal date|expires|تاریخ پایان|تا تاریخ|انقضا",
                              .doc = "Last covered local day; open-ended without."},
    [SUBSCRIPTION_SEATS] = {"seats", FIELD_INT, 0, AT(seats), 0, 1e9, .title = {"Seats", "صندلی"},
                            .synonyms = "licenses|licences|users|quantity|تعداد کاربر|تعداد",
                            .doc = "Seats bought; not limited by seats without."},
    [SUBSCRIPTION_AMOUNT] = {"amount", FIELD_MONEY, 0, AT(amount), -9e15, 9e15, .title = {"Amount", "مبلغ"},
                             .synonyms = "price|fee|value|قیمت|هزینه",
                             .doc = "Price per amount_per, in minor units of the currency."},
    [SUBSCRIPTION_AMOUNT_PER] = {"amount_per", FIELD_ENUM, 0, AT(amount_per), .options = per,
                                 .title = {"Paid per", "دورهٔ پرداخت"},
                                 .synonyms = "per|billing period|interval|period|دوره|دوره پرداخت",
                                 .doc = "month, quarter, year or term."},
    [SUBSCRIPTION_CURRENCY] = {"currency", FIELD_TEXT, 0, AT(currency), 0, 3,
                               .title = {"Currency", "واحد پول"}, .synonyms = "ارز",
                               .doc = "ISO 4217, capital letters; needed with an amount."},
    [SUBSCRIPTION_TERM_MONTHS] = {"term_months", FIELD_INT, 0, AT(term_months), 1, 1200,
                                  .title = {"Months of the term", "ماه‌های دوره"},
                                  .synonyms = "term|duration|مدت",
                                  .doc = "Length of the term in months; needed with an amount per term."},
    [SUBSCRIPTION_AUTO_RENEW] = {"auto_renew", FIELD_BOOL, 0, AT(auto_renew),
                                 .title = {"Renews by itself", "تمدید خودکار"},
                                 .synonyms = "autorenew|auto renewal",
                                 .doc = "Stays active after its end until it is cancelled."},
    [SUBSCRIPTION_NOTICE_DAYS] = {"notice_days", FIELD_INT, 0, AT(notice_days), 0, 3650,
                                  .title = {"Notice, days", "مهلت اعلام، روز"},
                                  .synonyms = "notice|notice period",
                                  .doc = "Days before the end by which it must be cancelled."},
    [SUBSCRIPTION_CANCELLED_ON] = {"cancelled_on", FIELD_DATE, 0, AT(cancelled_on),
                                   .title = {"Cancelled", "تاریخ لغو"},
                                   .synonyms = "cancelled|canceled|cancelled at|canceled_on|لغو",
                                   .doc = "Local day on which it was cancelled."},
    [SUBSCRIPTION_RENEWS] = {"renews", FIELD_TEXT, 0, AT(renews), 0, 200, .title = {"Renews", "تمدیدِ"},
                             .synonyms = "renewal of|previous|تمدید",
                             .doc = "Key of the subscription that it follows."},
    [SUBSCRIPTION_EFFECTIVE_FROM] = {"effective_from", FIELD_DATE, 0, AT(effective_from),
                                     .title = {"Effective from", "نافذ از"},
                                     .synonyms = "effective|effective date|تاریخ اثر",
                                     .doc = "Local day from which this version holds."},
    [SUBSCRIPTION_EFFECTIVE_ASSUMED] = {"effective_assumed", FIELD_BOOL, FIELD_READ_ONLY,
                                        AT(effective_assumed),
                                        .title = {"Effective day assumed", "تاریخ اثر فرضی"},
                                        .doc =
                                            "effective_from is the day of the import, for want of better."},
    [SUBSCRIPTION_ESCALATOR] = {"escalator", FIELD_BOOL, 0, AT(escalator),
                                .title = {"Contracted price change", "تغییر قیمت قراردادی"},
                                .synonyms = "indexation|price escalator|افزایش قراردادی",
                                .doc = "This version's change of price is one that the contract foresees."},
    [SUBSCRIPTION_USAGE_PRICED] = {"usage_priced", FIELD_BOOL, 0, AT(usage_priced),
                                   .title = {"Priced by use", "قیمت بر پایهٔ مصرف"},
                                   .synonyms = "usage based|metered|مصرفی",
                                   .doc = "The amount follows use: retention starts from the mean of the "
                                          "three months before a period."},
    [SUBSCRIPTION_ARR] = {"arr", FIELD_MONEY, FIELD_READ_ONLY, AT(arr), .title = {"ARR", "درآمد سالانه"},
                          .doc = "Amount a year, in minor units of the currency."},
};
RECORD_TYPE(subscription_type, "Subscription", struct subscription, fields);

enum status subscription_handle_list(struct request *request, struct response *response,
                                     struct problem *problem) {
    return entry_handle_list(request, response, &subscription_kind, problem);
}

enum status subscription_handle_create(struct request *request, struct response *response,
                                       struct problem *problem) {
    return entry_handle_create(request, response, &subscription_kind, problem);
}

enum status product_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct json_writer w = {.out = &response->body};
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_product_list);
    while (rows_next(rows)) {
        json_begin_object(&w);
        json_put_string(&w, "product", rows_text(rows, 0, request->arena));
        json_put_int(&w, "accounts", rows_int(rows, 1));
        json_put_int(&w, "subscriptions", rows_int(rows, 2));
        json_put_int(&w, "plans", rows_int(rows, 3));
        json_end_object(&w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    json_end_array(&w);
    json_end_object(&w);
    return status;
}
