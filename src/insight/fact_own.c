/* Own facts and manual values in the records. */
#include "insight/dependants.h"
#include "insight/fact_property.h"
#include "insight/insight.h"
#include "insight/segment.h"
#include "queries.h"

static enum status no_such(struct problem *problem, struct str key) {
    return fail(problem, NOT_FOUND,
                MESSAGE("fact_none", "There is no own fact “{0}”.", "شاخص سفارشی «{0}» وجود ندارد."),
                ARGS(key));
}

/* Segments, milestones and scorecards that stand must stand with the facts of `made`, too. */
static enum status check_dependants(struct session *session, struct catalogue *now, struct catalogue *made,
                                    struct str key, struct arena *arena, struct problem *problem) {
    struct segment_definition *definitions;
    struct segment_set *set; /* of the catalogue made */
    size_t n = 0;
    enum status status = segment_definitions_read(session, arena, &definitions, &n, problem);
    made->world.calendar = now->world.calendar;
    made->world.fiscal_month = now->world.fiscal_month;
    if (!status)
        status =
            segment_set_make(&made->world, definitions, n, (struct str){0}, (struct str){0}, &set, problem);
    return status ? status : dependants_check(session, &now->world, &made->world, key, problem);
}

/* Checks all own facts with `declaration` in place of, or beside, that of the key; none: without it. */
static enum status check_all(struct insight *insight, struct session *session, struct str key,
                             struct str declaration, bool *existed, struct problem *problem) {
    struct arena arena = {0};
    VEC(struct str) own = {0};
    struct catalogue *now = insight_catalogue(insight), *made = NULL;
    *existed = false;
    struct rows *rows = rows_open(session, &query_own_fact_list);
    while (rows_next(rows)) {
        if (str_equal(rows_text(rows, 0, NULL), key))
            *existed = true;
        else if (catalogue_find(now, rows_text(rows, 0, NULL)) != DICT_NONE) /* those that stand */
            VEC_PUSH(&own, rows_text(rows, 1, &arena));
    }
    enum status status = rows_close(rows, problem);
    if (declaration.n) VEC_PUSH(&own, declaration);
    struct str *custom = NULL;
    size_t custom_n = 0;
    if (!status)
        status =
            custom_facts_read(session, insight->parts.base_currency, &arena, &custom, &custom_n, problem);
    struct catalogue_parts parts = {.features = now->features,
                                    .feature_count = now->feature_count,
                                    .custom = custom,
                                    .custom_count = custom_n,
                                    .tables = insight->tables,
                                    .bands = &insight->bands,
                                    .touch_models = &insight->touch_models,
                                    .subject = key,
                                    .name_seen = insight_name_seen,
                                    .self = insight,
                                    .insight = insight};
    if (!status) status = catalogue_make(&parts, own.v, own.n, &made, problem);
    if (!status && declaration.n) status = property_uses_fit(made, insight->parts.settings, problem);
    if (!status && *existed) status = check_dependants(session, now, made, key, &arena, problem);
    catalogue_free(made);
    VEC_FREE(&own);
    arena_free(&arena);
    return status;
}

enum status own_fact_save(struct insight *insight, struct str key, const struct json *declaration,
                          struct problem *problem) {
    struct session *session = NULL;
    struct buf text = {0};
    struct str own_key = json_get_string(declaration, "key");
    bool existed = false;
    json_write(&(struct json_writer){.out = &text}, declaration);
    enum status status = OK;
    if (key.n && !str_equal(key, own_key))
        status =
            fail_at(problem, STR("/key"),
                    MESSAGE("fact_key_fixed", "The key of a fact never changes; it is “{0}”.",
                            "کلید شاخص تغییر نمی‌کند؛ کلید آن «{0}» است."),
                    ARGS(key));
    if (!status) status = records_write(insight->parts.records, &session, problem);
    if (!status) status = check_all(insight, session, own_key, buf_str(&text), &existed, problem);
    if (!status && key.n && !existed) status = no_such(problem, key);
    if (!status && !key.n && existed)
        status = fail(problem, CONFLICT,
                      MESSAGE("fact_key_taken", "There is already a fact “{0}”. Choose another key.",
                              "شاخصی به نام «{0}» هست. نام دیگری برگزینید."),
                      ARGS(own_key));
    if (!status) {
        struct rows *rows = rows_open(session, existed ? &query_own_fact_update : &query_own_fact_insert);
        rows_bind_text(rows, "key", own_key);
        rows_bind_text(rows, "declaration", buf_str(&text));
        rows_bind_int(rows, "now", clock_now(insight->parts.clock));
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    buf_free(&text);
    return status ? status : insight_remake(insight, problem);
}

enum status own_fact_remove(struct insight *insight, struct str key, struct problem *problem) {
    struct session *session = NULL;
    bool existed = false;
    enum status status = records_write(insight->parts.records, &session, problem);
    if (!status) status = check_all(insight, session, key, (struct str){0}, &existed, problem);
    if (!status && !existed) status = no_such(problem, key);
    if (!status) {
        struct rows *rows = rows_open(session, &query_own_fact_delete);
        rows_bind_text(rows, "key", key);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status ? status : insight_remake(insight, problem);
}

#define AT(member) offsetof(struct manual_value, member)
enum { VALUE_AT_NUMBER, VALUE_AT_TEXT, VALUE_AT_COMMENT, VALUE_AT_EXPIRES };
static const struct field fields[] = {
    [VALUE_AT_NUMBER] = {"number", FIELD_NUMBER, 0, AT(number), .title = {"Number", "عدد"},
                         .doc = "The value of a numeric fact."},
    [VALUE_AT_TEXT] = {"text", FIELD_TEXT, 0, AT(text), .title = {"Text", "متن"},
                       .doc = "The value of a text fact."},
    [VALUE_AT_COMMENT] = {"comment", FIELD_TEXT, 0, AT(comment), 0, 4000, .title = {"Comment", "توضیح"},
                          .doc = "Why."},
    [VALUE_AT_EXPIRES] = {"expires_on", FIELD_DATE, 0, AT(expires_on), .title = {"Expires on", "انقضا"},
                          .doc = "The first local day on which it no longer holds; null: never."},
};
RECORD_TYPE(manual_value_type, "ManualValue", struct manual_value, fields);

enum status manual_value_set(struct insight *insight, struct id account, struct str fact,
                             const struct manual_value *value, struct str author, struct problem *problem) {
    const struct catalogue *catalogue = insight_catalogue(insight);
    uint32_t number = catalogue_find(catalogue, fact);
    if (number == DICT_NONE) return no_such(problem, fact);
    const struct declared *declared = catalogue_declared(catalogue, number);
    bool text = declared->fact.type == VALUE_TEXT;
    if (declared->kind != FROM_MANUAL)
        return fail(
            problem, CONFLICT,
            MESSAGE("fact_not_manual", "“{0}” is not set by hand; it is measured.",
                    "«{0}» دستی ثبت نمی‌شود؛ اندازه‌گیری می‌شود."),
            ARGS(fact));
    if (!field_has(value, text ? VALUE_AT_TEXT : VALUE_AT_NUMBER) ||
        field_has(value, text ? VALUE_AT_NUMBER : VALUE_AT_TEXT))
        return fail_at(problem, text ? STR("/text") : STR("/number"),
                       MESSAGE("fact_value_type", "This fact takes a value here, and only here.",
                               "مقدار این شاخص باید در همین فیلد و تنها در همین فیلد باشد."),
                       NO_ARGS);
    struct session *session = NULL;
    instant_t now = clock_now(insight->parts.clock);
    enum status status = records_write(insight->parts.records, &session, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_manual_value_end);
        rows_bind_id(rows, "account", account);
        rows_bind_text(rows, "fact", fact);
        rows_bind_int(rows, "now", now);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    if (!status) {
        struct rows *rows = rows_open(session, &query_manual_value_insert);
        rows_bind_id(rows, "id", id_new(now));
        rows_bind_id(rows, "account", account);
        rows_bind_text(rows, "fact", fact);
        if (text)
            rows_bind_null(rows, "number");
        else
            rows_bind_number(rows, "number", value->number);
        if (text)
            rows_bind_text(rows, "value", value->text);
        else
            rows_bind_null(rows, "value");
        if (field_has(value, VALUE_AT_COMMENT))
            rows_bind_text(rows, "comment", value->comment);
        else
            rows_bind_null(rows, "comment");
        rows_bind_text(rows, "author", author);
        rows_bind_int(rows, "now", now);
        if (field_has(value, VALUE_AT_EXPIRES))
            rows_bind_int(rows, "ends_at", zone_start(insight->parts.zone, value->expires_on));
        else
            rows_bind_null(rows, "ends_at");
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status;
}
