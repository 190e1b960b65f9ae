#include "predict/forecast.h"
#include "queries.h"

#include <math.h>

const char *const renewal_call_names[RENEWAL_CALLS + 1] = {"renew",   "expansion", "contraction",
                                                           "at_risk", "churn",     NULL};
static const char *const note_kinds[] = {"decision", "plan", NULL};

#define KEY_FIELDS(type)                                                                                     \
    {"account",                                                                                              \
     FIELD_ID,                                                                                               \
     FIELD_READ_ONLY,                                                                                        \
     offsetof(struct type, account),                                                                         \
     .title = {"Account", "مشتری"},                                                                          \
     .doc = "Id of the account of which it was said."},                                                      \
        {"product",                                                                                          \
         FIELD_TEXT,                                                                                         \
         0,                                                                                                  \
         offsetof(struct type, product),                                                                     \
         0,                                                                                                  \
         200,                                                                                                \
         .title = {"Product", "محصول"},                                                                      \
         .doc =                                                                                              \
             "The product; may be left out where one alone is due that day; empty: subscriptions that name " \
             "none."},                                                                                       \
        {"currency",                                                                                         \
         FIELD_TEXT,                                                                                         \
         0,                                                                                                  \
         offsetof(struct type, currency),                                                                    \
         0,                                                                                                  \
         3,                                                                                                  \
         .title = {"Currency", "ارز"},                                                                       \
         .doc = "ISO 4217, of the subscription; may be left out likewise."},                                 \
    {                                                                                                        \
        "due_on", FIELD_DATE, FIELD_REQUIRED, offsetof(struct type, due_on),                                 \
            .title = {"Due", "سررسید"}, .doc = "The first day that the term no longer covers."               \
    }

#define AT(member) offsetof(struct renewal_call, member)
static const struct field call_fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    KEY_FIELDS(renewal_call),
    {"call", FIELD_ENUM, FIELD_REQUIRED, AT(call), .options = renewal_call_names, .title = {"Call", "نظر"},
     .doc = "renew, expansion, contraction, at_risk or churn."},
    {"amount", FIELD_MONEY, 0, AT(amount), 0, 9e15, .title = {"Amount", "مبلغ"},
     .doc = "Of an expansion or contraction: a year from then on, minor units of the currency."},
    {"chance", FIELD_INT, 0, AT(chance), 0, 100, .title = {"Chance, %", "احتمال، ٪"},
     .doc = "How likely it comes, percent; may be left out. Not with churn."},
    {"comment", FIELD_TEXT, 0, AT(comment), 0, 4000, .title = {"Comment", "توضیح"}, .doc = "Why."},
    {"made_by", FIELD_TEXT, FIELD_READ_ONLY, AT(made_by), .title = {"By", "به دست"}, .doc = "Who called it."},
    {"made_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(made_at), .title = {"At", "زمان"}, .doc = "When."},
};
RECORD_TYPE(renewal_call_type, "RenewalCall", struct renewal_call, call_fields);
#undef AT

#define AT(member) offsetof(struct renewal_note, member)
static const struct field note_fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    KEY_FIELDS(renewal_note),
    {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = note_kinds, .title = {"Kind", "نوع"},
     .doc = "decision: why call and chance may differ; plan: what is done about the risk."},
    {"body", FIELD_TEXT, FIELD_REQUIRED, AT(body), 1, 4000, .title = {"Text", "متن"},
     .doc = "What was decided or is planned."},
    {"until", FIELD_DATE, 0, AT(until), .title = {"Until", "تا"},
     .doc = "Of a plan: the day by which it is done."},
    {"written_by", FIELD_TEXT, FIELD_READ_ONLY, AT(written_by), .title = {"By", "به دست"},
     .doc = "Who wrote it."},
    {"written_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(written_at), .title = {"At", "زمان"}, .doc = "When."},
};
RECORD_TYPE(renewal_note_type, "RenewalNote", struct renewal_note, note_fields);
#undef AT

#define AT(member) offsetof(struct renewal_chance, member)
static const struct field chance_fields[] = {
    KEY_FIELDS(renewal_chance),
    {"taken_on", FIELD_DATE, 0, AT(taken_on), .title = {"Taken", "ثبت"},
     .doc = "The local day on which it stood so."},
    {"probability", FIELD_NUMBER, 0, AT(probability), .title = {"Chance", "احتمال"},
     .doc = "That the renewal comes."},
    {"low", FIELD_NUMBER, 0, AT(low), .title = {"Low", "کمینه"}, .doc = "Lower end of its 95 % interval."},
    {"high", FIELD_NUMBER, 0, AT(high), .title = {"High", "بیشینه"}, .doc = "Upper end."},
    {"source", FIELD_ENUM, 0, AT(source), .options = prediction_sources, .title = {"Source", "منبع"},
     .doc = "model, scorecard or base_rate."},
    {"key", FIELD_TEXT, 0, AT(key), .title = {"Key", "کلید"}, .doc = "Of the model or scorecard."},
    {"version", FIELD_INT, 0, AT(version), .title = {"Version", "نسخه"}, .doc = "Of it."},
    {"given_at", FIELD_INSTANT, 0, AT(given_at), .title = {"Given", "زمان محاسبه"},
     .doc = "When it was computed."},
};
RECORD_TYPE(renewal_chance_type, "RenewalChance", struct renewal_chance, chance_fields);
#undef AT

enum status renewal_call_insert(struct session *session, const struct renewal_call *call,
                                struct problem *problem) {
    return session_run(session, &query_renewal_call_insert, &renewal_call_type, call, problem);
}

enum status renewal_note_insert(struct session *session, const struct renewal_note *note,
                                struct problem *problem) {
    return session_run(session, &query_renewal_note_insert, &renewal_note_type, note, problem);
}

enum status renewal_chance_insert(struct session *session, const struct renewal_chance *chance,
                                  struct problem *problem) {
    return session_run(session, &query_renewal_chance_insert, &renewal_chance_type, chance, problem);
}

/* All rows of a query over the days of what is asked, into the arena. */
static enum status read_rows(struct session *session, const struct query *query,
                             const struct record_type *type, const struct forecast_query *asked,
                             struct arena *arena, void **ret, size_t *n, struct problem *problem) {
    struct buf list = {0};
    void *one = arena_alloc(arena, type->size);
    struct rows *rows = rows_open(session, query);
    rows_bind_int(rows, "from", asked->periods[0].from + 1);
    rows_bind_int(rows, "to", asked->periods[asked->count - 1].to + 1);
    if (!id_is_none(asked->account)) rows_bind_id(rows, "account", asked->account);
    if (type == &renewal_chance_type) {
        rows_bind_int(rows, "nearest", asked->nearest);
        rows_bind_int(rows, "farthest", asked->farthest);
    }
    *n = 0;
    for (; rows_next(rows); ++*n) {
        memset(one, 0, type->size);
        rows_read(rows, type, one, arena);
        buf_put(&list, one, type->size);
    }
    *ret = arena_copy(arena, buf_str(&list).p, *n * type->size);
    buf_free(&list);
    return rows_close(rows, problem);
}

enum status renewal_words_read(struct session *session, const struct forecast_query *query,
                               struct arena *arena, struct renewal_words *ret, struct problem *problem) {
    void *calls = NULL, *notes = NULL, *chances = NULL;
    bool all = id_is_none(query->account);
    enum status status = OK;
    *ret = (struct renewal_words){0};
    if (!query->no_calls)
        status = read_rows(session, all ? &query_renewal_call_list : &query_renewal_call_list_of,
                           &renewal_call_type, query, arena, &calls, &ret->call_n, problem);
    if (!status && !query->no_calls)
        status = read_rows(session, all ? &query_renewal_note_list : &query_renewal_note_list_of,
                           &renewal_note_type, query, arena, &notes, &ret->note_n, problem);
    if (!status && query->farthest)
        status = read_rows(session, &query_renewal_chance_list, &renewal_chance_type, query, arena, &chances,
                           &ret->chance_n, problem);
    ret->calls = calls;
    ret->notes = notes;
    ret->chances = chances;
    return status;
}
