/* The sources of records that facts know. A new one is a row here and two queries in signal.sql. */
#include "insight/source.h"
#include "queries.h"

static const struct signal_source subscriptions = {
    .key = "subscriptions",
    .title = {"Subscriptions", "اشتراک‌ها"},
    .days = true,
    .renews = true,
    .changes = true,
    .numbers = {{"seats", "seats"},
                {"arr", "money"},
                {"auto_renew"},
                {"cancelled", "date"},
                {"term_months"},
                {"notice_days", "days"},
                {"effective_from", "date"},
                {"escalator"},
                {"usage_priced"},
                {"known_until"}},
    .texts = {"key", "currency", "product", "plan", "merged_account"},
    .load_all = &query_signal_subscriptions,
    .load_account = &query_signal_subscriptions_of};

static const struct signal_source invoices = {.key = "invoices",
                                              .title = {"Invoices", "صورت‌حساب‌ها"},
                                              .days = true,
                                              .numbers = {{"due", "date"}, {"amount", "money"}},
                                              .texts = {"currency"},
                                              .load_all = &query_signal_invoices,
                                              .load_account = &query_signal_invoices_of};

static const struct signal_source tickets = {.key = "tickets",
                                             .title = {"Tickets", "تیکت‌ها"},
                                             .texts = {"urgency", "status"},
                                             .load_all = &query_signal_tickets,
                                             .load_account = &query_signal_tickets_of};

static const struct signal_source answers = {.key = "answers",
                                             .title = {"Survey answers", "پاسخ‌های نظرسنجی"},
                                             .numbers = {{"score"}, {"scale_min"}, {"scale_max"}},
                                             .texts = {"kind"},
                                             .load_all = &query_signal_answers,
                                             .load_account = &query_signal_answers_of};

static const struct signal_source activities = {.key = "activities",
                                                .title = {"Activities", "فعالیت‌ها"},
                                                .texts = {"kind"},
                                                .load_all = &query_signal_activities,
                                                .load_account = &query_signal_activities_of};

static const struct signal_source attributes = {.key = "attributes",
                                                .title = {"Fields of the account", "فیلدهای مشتری"},
                                                .reads = true,
                                                .numbers = {{"number"}},
                                                .texts = {"field", "value"},
                                                .load_all = &query_signal_attributes,
                                                .load_account = &query_signal_attributes_of};

static const struct signal_source manual = {
    .key = "manual",
    .title = {"Values set by members", "مقدارهای ثبت‌شدهٔ همکاران"},
    .numbers = {{"number"}},
    .texts = {"field", "value"},
    .load_all = &query_signal_manual,
    .load_account = &query_signal_manual_of};

/* Written by us (insight/milestone.h), up to the day to which they were last judged. */
static const struct signal_source milestones = {
    .key = "milestones",
    .title = {"Milestones", "نقطه‌های عطف"},
    .days = true,
    .numbers = {{"due", "date"}, {"left", "date"}, {"reached", "date"}},
    .texts = {"milestone", "stage"},
    .load_all = &query_signal_milestones,
    .load_account = &query_signal_milestones_of};

/* Written by us (predict/model.h): as they were given. */
static const struct signal_source predictions = {
    .key = "predictions",
    .title = {"Predictions", "پیش‌بینی‌ها"},
    .numbers = {{"chance", "share"}, {"low", "share"}, {"high", "share"}, {"version"}},
    .texts = {"outcome"},
    .load_all = &query_signal_predictions,
    .load_account = &query_signal_predictions_of};

const struct signal_source *const signal_sources[] = {&subscriptions, &invoices,   &tickets, &answers,
                                                      &activities,    &attributes, &manual,  &milestones,
                                                      &predictions,   NULL};
