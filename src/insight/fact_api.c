#include "insight/fact_api.h"

#include "base/format.h"
#include "customers/account.h"
#include "insight/health.h"
#include "insight/insight.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>

static const char *const types[] = {"number", "bool", "date", "text"};
static const char *const states[] = {"unknown", "known", "not_applicable"};
static const char *const causes[FACT_CAUSES] = {
    [CAUSE_NONE] = "none",
    [CAUSE_NO_SOURCE] = "no_source",
    [CAUSE_SOURCE_SILENT] = "source_silent",
    [CAUSE_STALE] = "stale",
    [CAUSE_NO_BASE] = "no_base",
    [CAUSE_UNDEFINED] = "undefined",
    [CAUSE_NOT_CUSTOMER] = "not_customer",
    [CAUSE_NOT_ENTITLED] = "not_entitled",
    [CAUSE_NOT_RECORDED] = "not_recorded",
    [CAUSE_NOT_CONVERTED] = "not_converted",
    [CAUSE_NO_CHILDREN] = "no_children",
    [CAUSE_BACK_FILLING] = "back_filling",
    [CAUSE_NOT_NUMBERS] = "not_numbers",
    [CAUSE_NOT_JUDGED] = "not_judged",
};

static void write_title(struct json_writer *w, const struct fact *fact) {
    json_name(w, STR("title"));
    json_begin_object(w);
    json_put_string(w, "en", str_of(fact->title.en));
    json_put_string(w, "fa", str_of(fact->title.fa));
    json_end_object(w);
}

static void write_fact(struct json_writer *w, const struct catalogue *catalogue, uint32_t number) {
    const struct declared *declared = catalogue_declared(catalogue, number);
    const struct fact *fact = &declared->fact;
    json_begin_object(w);
    json_put_string(w, "key", fact->key);
    json_put_string(w, "of", STR("account"));
    json_put_string(w, "type", str_of(types[fact->type]));
    json_put_string(w, "unit", fact->unit);
    write_title(w, fact);
    json_name(w, STR("source"));
    json_raw(w, fact->source_json);
    json_put_string(w, "better",
                    fact->better > 0   ? STR("higher")
                    : fact->better < 0 ? STR("lower")
                                       : STR("neither"));
    json_put_bool(w, "built_in", fact->built_in);
    json_name(w, STR("valid_for"));
    declared->valid_for ? json_int(w, declared->valid_for) : json_null(w);
    json_name(w, STR("reads"));
    json_begin_array(w);
    for (size_t i = 0; i < declared->read_n; i++)
        json_string(w, catalogue_fact(catalogue, declared->reads[i])->key);
    json_end_array(w);
    json_end_object(w);
}

enum status fact_handle_list(struct request *request, struct response *response, struct problem *problem) {
    (void)problem;
    const struct catalogue *catalogue = insight_catalogue(request->house->insight);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < catalogue_size(catalogue); i++)
        if (catalogue_fact(catalogue, i)->key.n) write_fact(&w, catalogue, i);
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}

static enum status save(struct request *request, struct response *response, struct str key,
                        struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct json declaration;
    enum status status = json_parse(request->body, request->arena, &declaration, problem);
    if (!status) status = own_fact_save(insight, key, &declaration, problem);
    if (status) return status;
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    const struct catalogue *catalogue = insight_catalogue(insight);
    struct str saved = json_get_string(&declaration, "key");
    uint32_t number = catalogue_find(catalogue, saved);
    if (number != DICT_NONE) write_fact(&(struct json_writer){.out = &response->body}, catalogue, number);
    if (!key.n) {
        response->code = 201;
        response->location = str_format(request->arena, "/api/v1/facts/%.*s", STR_ARG(saved));
    }
    return OK;
}

enum status fact_handle_create(struct request *request, struct response *response, struct problem *problem) {
    return save(request, response, (struct str){0}, problem);
}

enum status fact_handle_put(struct request *request, struct response *response, struct problem *problem) {
    return save(request, response, request_param(request, "key"), problem);
}

enum status fact_handle_delete(struct request *request, struct response *response, struct problem *problem) {
    enum status status = own_fact_remove(request->house->insight, request_param(request, "key"), problem);
    if (status) return status;
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    response->code = 204;
    return OK;
}

const struct route_query fact_account_query[] = {
    {"as_of", "YYYY-MM-DD: as of the start of that local day; absent: now."},
    {"known_at", "YYYY-MM-DD: only what could be known when that local day started; absent: as known now."},
    {"keys", "Keys of facts, separated by commas; absent: all."},
    {NULL, NULL},
};

/* The value as people read it: an owner by the name, an amount with its currency. */
struct reader {
    struct format format;
    struct str currency, owner;
};

static enum status read_owner(struct request *request, const struct catalogue *catalogue,
                              const uint32_t *facts, const struct column *columns, size_t n, struct str *name,
                              struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    enum status status = OK;
    for (size_t i = 0; i < n && !status; i++) {
        const struct fact *fact = catalogue_fact(catalogue, facts[i]);
        if (!str_is(fact->key, "owner") || columns[i].state[0] != FACT_KNOWN ||
            !id_parse(dict_key(fact->texts, (uint32_t)columns[i].number[0]), &id))
            continue;
        if ((status = records_read(request->house->records, &session, problem))) break;
        struct rows *rows = rows_open(session, &query_member_name);
        rows_bind_id(rows, "id", id);
        if (rows_next(rows)) *name = rows_text(rows, 0, request->arena);
        status = rows_close(rows, problem);
        session_rollback(session);
    }
    return status;
}

static void write_text(struct json_writer *w, const struct fact *fact, const struct column *column,
                       const struct reader *reader) {
    json_name(w, STR("text"));
    if (column->state[0] != FACT_KNOWN) {
        json_null(w);
    } else if (fact->type == VALUE_TEXT && fact->texts) {
        struct str text = dict_key(fact->texts, (uint32_t)column->number[0]);
        json_string(w, str_is(fact->key, "owner") && reader->owner.n ? reader->owner : text);
    } else {
        struct buf text = {0};
        fact_print(fact, column->number[0], &reader->format, reader->currency, &text);
        json_string(w, buf_str(&text));
        buf_free(&text);
    }
}

static void write_value(struct json_writer *w, const struct fact *fact, const struct column *column,
                        const struct reader *reader) {
    json_begin_object(w);
    json_put_string(w, "fact", fact->key);
    write_title(w, fact);
    json_put_string(w, "type", str_of(types[fact->type]));
    json_put_string(w, "unit", fact->unit);
    json_put_string(w, "state", str_of(states[column->state[0]]));
    json_name(w, STR("value"));
    if (column->state[0] != FACT_KNOWN) {
        json_null(w);
    } else if (fact->type == VALUE_BOOL) {
        json_bool(w, column->number[0] != 0);
    } else if (fact->type == VALUE_DATE) {
        char text[DAY_TEXT + 1];
        day_print((day_t)column->number[0], text);
        json_string(w, str_of(text));
    } else if (fact->type == VALUE_TEXT && fact->texts) {
        json_string(w, dict_key(fact->texts, (uint32_t)column->number[0]));
    } else {
        json_number(w, column->number[0]);
    }
    write_text(w, fact, column, reader);
    json_name(w, STR("cause"));
    if (column->state[0] == FACT_KNOWN) {
        json_null(w);
    } else {
        const struct text *text = &fact_cause_text[column->cause[0]];
        json_begin_object(w);
        json_put_string(w, "code", str_of(causes[column->cause[0]]));
        json_put_string(w, "en", str_of(text->en));
        json_put_string(w, "fa", str_of(text->fa));
        json_end_object(w);
    }
    json_name(w, STR("age_days"));
    if (column->age_days[0] < 0)
        json_null(w);
    else
        json_int(w, column->age_days[0]);
    json_put_bool(w, "partial", column->partial[0]);
    json_end_object(w);
}

static enum status chosen_facts(struct request *request, const struct catalogue *catalogue, uint32_t **facts,
                                size_t *n, struct problem *problem) {
    struct str keys = request_query(request, "keys");
    size_t size = catalogue_size(catalogue);
    *facts = arena_array(request->arena, size, sizeof **facts);
    *n = 0;
    for (uint32_t i = 0; !keys.p && i < size; i++)
        if (catalogue_fact(catalogue, i)->key.n) (*facts)[(*n)++] = i;
    while (keys.n) {
        struct str key = str_trim(str_cut(keys, ',', &keys));
        uint32_t number = catalogue_find(catalogue, key);
        if (number == DICT_NONE || *n == size)
            return fail_at(problem, STR("keys"),
                           MESSAGE("fact_unknown", "There is no fact “{0}”.", "شاخصی به نام «{0}» نیست."),
                           ARGS(key));
        (*facts)[(*n)++] = number;
    }
    return OK;
}

static enum status account_index(struct request *request, struct id *id, uint32_t *index,
                                 struct problem *problem) {
    enum status status = request_account(request, id, problem);
    if (status) return status;
    directory_lock(request->house->directory);
    *index = directory_by_id(request->house->directory, *id);
    directory_unlock(request->house->directory);
    if (*index == ACCOUNT_NONE)
        return fail(
            problem, NOT_FOUND,
            MESSAGE("account_none", "There is no such account.", "چنین مشتری‌ای نیست."),
            NO_ARGS);
    return OK;
}

enum status fact_handle_account(struct request *request, struct response *response, struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct catalogue *catalogue = insight_catalogue(insight);
    struct id id;
    uint32_t index, *facts;
    size_t n;
    day_t as_of = INT32_MIN, known_at = INT32_MIN;
    enum status status = account_index(request, &id, &index, problem);
    if (!status) status = request_query_day(request, "as_of", &as_of, problem);
    if (!status) status = request_query_day(request, "known_at", &known_at, problem);
    if (!status) status = chosen_facts(request, catalogue, &facts, &n, problem);
    if (status) return status;
    struct moment moment = as_of == INT32_MIN ? moment_now(insight) : moment_of_day(insight, as_of);
    if (known_at != INT32_MIN) moment_known_at(insight, &moment, known_at);
    struct column *columns = arena_array(request->arena, n + 1, sizeof *columns);
    if ((status = facts_evaluate(insight, catalogue, facts, n, &moment, index, 1, request->arena, columns,
                                 problem)))
        return status;
    struct reader reader = {
        .format = request_format(request),
        .currency = settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena)};
    if ((status = read_owner(request, catalogue, facts, columns, n, &reader.owner, problem))) return status;
    struct json_writer w = {.out = &response->body};
    char text[INSTANT_TEXT + 1];
    instant_print(moment.at, text);
    json_begin_object(&w);
    json_put_string(&w, "account", id_str(request->arena, id));
    json_put_string(&w, "at", str_of(text));
    day_print(moment.day, text);
    json_put_string(&w, "day", str_of(text));
    json_name(&w, STR("known_at"));
    if (known_at == INT32_MIN) {
        json_null(&w);
    } else {
        day_print(known_at, text);
        json_string(&w, str_of(text));
    }
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
        write_value(&w, catalogue_fact(catalogue, facts[i]), &columns[i], &reader);
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}

enum status fact_handle_value(struct request *request, struct response *response, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct id id;
    uint32_t index;
    enum status status = account_index(request, &id, &index, problem);
    if (!status)
        status = manual_value_set(insight, id, request_param(request, "key"), request->input,
                                  request->principal.name, problem);
    if (!status) status = insight_refresh(insight, index, NULL, problem);
    if (status) return status;
    notices_put(request->house->notices, index, NOTICE_RECORDS);
    fields_encode(&manual_value_type, request->input, &(struct json_writer){.out = &response->body});
    return OK;
}
