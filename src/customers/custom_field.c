#include "customers/custom_field.h"

#include "base/calendar.h"
#include "base/number.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "platform/records.h"
#include "queries.h"

#include <math.h>

/* ---- definitions ---- */

enum status custom_fields_read(struct session *session, enum custom_of of, struct custom_fields *ret,
                               struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_custom_field_all);
    rows_bind_text(rows, "of", of == CUSTOM_OF_ACCOUNT ? STR("account") : STR("contact"));
    *ret = (struct custom_fields){.v = arena_array(arena, CUSTOM_MOST, sizeof *ret->v)};
    while (ret->n < CUSTOM_MOST && rows_next(rows))
        rows_read(rows, &custom_field_type, &ret->v[ret->n++], arena);
    return rows_close(rows, problem);
}

const struct custom_field *custom_field_find(const struct custom_fields *fields, struct str key) {
    for (size_t i = 0; i < fields->n; i++)
        if (str_equal(fields->v[i].key, key)) return &fields->v[i];
    return NULL;
}

static bool parse_choices(struct str choices, struct arena *arena, struct json *json) {
    struct problem unread = {.arena = arena};
    return choices.n && !json_parse(choices, arena, json, &unread) && json->kind == JSON_ARRAY;
}

struct str custom_choice_find(const struct custom_field *field, struct str text, struct arena *arena) {
    struct json choices;
    struct str wanted = utf8_fold(arena, str_trim(text));
    if (!parse_choices(field->choices, arena, &choices)) return (struct str){0};
    for (size_t i = 0; i < choices.n; i++) {
        static const char *const names[] = {"key", "en", "fa"};
        for (size_t k = 0; k < COUNT(names); k++) {
            struct str name = json_get_string(&choices.items[i], names[k]);
            if (name.n && str_equal(utf8_fold(arena, name), wanted))
                return json_get_string(&choices.items[i], "key");
        }
    }
    return (struct str){0};
}

struct str custom_choice_keys(const struct custom_field *field, struct arena *arena) {
    struct json choices;
    struct str keys = {0};
    if (!parse_choices(field->choices, arena, &choices)) return keys;
    for (size_t i = 0; i < choices.n; i++)
        keys = str_format(arena, "%.*s%s%.*s", STR_ARG(keys), i ? ", " : "",
                          STR_ARG(json_get_string(&choices.items[i], "key")));
    return keys;
}

/* ---- values ---- */

static enum status fault(const struct custom_field *field, struct message message, struct arguments args,
                         struct problem *problem) {
    return fail_at(problem, str_format(problem->arena, "/fields/%.*s", STR_ARG(field->key)), message, args);
}

static enum status wrong_type(const struct custom_field *field, struct problem *problem) {
    static const struct text wanted[] = {
        {"a text", "یک متن"},
        {"a number", "یک عدد"},
        {"a date, YYYY-MM-DD", "یک تاریخ، YYYY-MM-DD"},
        {"true or false", "true یا false"},
        {"a choice", "یک گزینه"},
        {"a whole number of minor units", "عددی صحیح به واحد خرد پول"},
    };
    struct message message = {
        "custom_value_type", str_format(problem->arena, "“{0}” takes %s.", wanted[field->type].en).p,
        str_format(problem->arena, "«{0}» %s می‌پذیرد.", wanted[field->type].fa).p};
    return fault(field, message, ARGS(field->key), problem);
}

static enum status read_text(const struct custom_field *field, struct str text, struct str *out,
                             struct problem *problem) {
    enum { LONGEST = 2000 };
    if (text.n > LONGEST)
        return fault(
            field,
            MESSAGE(
                "custom_value_long", "“{0}” takes at most 2,000 bytes. Shorten the text.",
                "«{0}» حداکثر ۲٬۰۰۰ بایت می‌پذیرد. متن را کوتاه کنید."),
            ARGS(field->key), problem);
    *out = text;
    return OK;
}

/* The value as it is stored: a text that is the same for the same value. */
static enum status canonical(const struct custom_field *field, const struct json *value, struct str *out,
                             struct problem *problem) {
    struct arena *arena = problem->arena;
    day_t day;
    char text[DAY_TEXT + 1];
    switch ((enum custom_type)field->type) {
    case CUSTOM_TEXT:
        if (value->kind != JSON_STRING) return wrong_type(field, problem);
        return read_text(field, value->string, out, problem);
    case CUSTOM_NUMBER:
        if (value->kind != JSON_INT && value->kind != JSON_NUMBER) return wrong_type(field, problem);
        *out = str_format(arena, "%.15g", value->number);
        return OK;
    case CUSTOM_DATE:
        if (value->kind != JSON_STRING || day_parse(value->string, &day)) return wrong_type(field, problem);
        day_print(day, text);
        *out = str_copy(arena, str_of(text));
        return OK;
    case CUSTOM_YES_NO:
        if (value->kind != JSON_BOOL) return wrong_type(field, problem);
        *out = value->boolean ? STR("true") : STR("false");
        return OK;
    case CUSTOM_CHOICE:
        if (value->kind == JSON_STRING) *out = custom_choice_find(field, value->string, arena);
        if (out->n) return OK;
        return fault(field,
                     MESSAGE("custom_value_choice", "“{0}” takes one of: {1}.",
                             "«{0}» یکی از این‌ها را می‌پذیرد: {1}."),
                     ARGS(field->key, custom_choice_keys(field, arena)), problem);
    case CUSTOM_MONEY:
        if (value->kind != JSON_INT) return wrong_type(field, problem);
        *out = str_format(arena, "%lld", (long long)value->integer);
        return OK;
    }
    return OK;
}

enum status custom_value_noted(struct session *session, const struct origin *origin, struct id account,
                               struct str key, const struct str *value, instant_t valid_from,
                               struct problem *problem) {
    bool assumed = false, dated = valid_from != origin->now;
    struct rows *rows = rows_open(session, &query_custom_value_history);
    rows_bind_id(rows, "account", account);
    rows_bind_text(rows, "key", key);
    rows_bind_text(rows, "field", str_format(problem->arena, "traits.%.*s", STR_ARG(key)));
    rows_bind_int(rows, "valid_from", valid_from);
    rows_bind_int(rows, "recorded_at",
                  dated ? origin_known_from(origin, NULL, valid_from, &assumed) : origin->now);
    rows_bind_int(rows, "assumed", assumed);
    if (value)
        rows_bind_text(rows, "value", *value);
    else
        rows_bind_null(rows, "value");
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status clear(struct session *session, enum custom_of of, struct id id, struct str key,
                         enum trait_rank rank, bool *gone, struct problem *problem) {
    struct rows *rows = rows_open(session, of == CUSTOM_OF_ACCOUNT ? &query_custom_value_clear_account
                                                                   : &query_custom_value_clear_contact);
    rows_bind_id(rows, "id", id);
    rows_bind_text(rows, "key", key);
    rows_bind_int(rows, "rank", rank);
    while (rows_next(rows)) {
    }
    *gone = rows_changed(rows) > 0;
    return rows_close(rows, problem);
}

static enum status put_one(struct session *session, const struct origin *origin, enum custom_of of,
                           struct id id, const struct custom_field *field, const struct json *value,
                           bool *changed, struct problem *problem) {
    enum trait_rank rank = origin->member ? TRAIT_MEMBER : TRAIT_SERVER;
    instant_t at = origin->changed_at ? origin->changed_at : origin->now;
    struct str text = {0}, stored = {0};
    *changed = false;
    enum status status = value->kind == JSON_NULL ? OK : canonical(field, value, &text, problem);
    if (status) return status;
    if (value->kind == JSON_NULL) {
        status = clear(session, of, id, field->key, rank, changed, problem);
    } else {
        struct rows *rows = rows_open(session, of == CUSTOM_OF_ACCOUNT ? &query_custom_value_get_account
                                                                       : &query_custom_value_get_contact);
        rows_bind_id(rows, "id", id);
        rows_bind_text(rows, "key", field->key);
        bool there = rows_next(rows);
        if (there) stored = rows_text(rows, 0, problem->arena);
        if ((status = rows_close(rows, problem)) || (there && str_equal(stored, text))) return status;
        status =
            trait_put(session, of == CUSTOM_OF_ACCOUNT ? TRAIT_OF_ACCOUNT : TRAIT_OF_PERSON, id, field->key,
                      text, at, origin->member ? origin->by : origin->source, rank, changed, problem);
    }
    if (status || !*changed || of != CUSTOM_OF_ACCOUNT) return status;
    return custom_value_noted(session, origin, id, field->key, value->kind == JSON_NULL ? NULL : &text, at,
                              problem);
}

enum status custom_values_put(struct session *session, const struct origin *origin, enum custom_of of,
                              struct id id, struct str values, bool *changed, struct problem *problem) {
    struct json json;
    struct custom_fields fields;
    *changed = false;
    enum status status = json_parse(values, problem->arena, &json, problem);
    if (!status && json.kind != JSON_OBJECT)
        status = fail_at(problem, STR("/fields"),
                         MESSAGE("custom_values_shape", "Give the fields as an object, {\"key\": value}.",
                                 "فیلدها را به شکل شیء {\"key\": value} بدهید."),
                         NO_ARGS);
    if (!status) status = custom_fields_read(session, of, &fields, problem->arena, problem);
    if (status) return status;
    for (size_t i = 0; i < json.n; i++) {
        const struct custom_field *field = custom_field_find(&fields, json.names[i]);
        bool did = false;
        enum status one =
            field ? put_one(session, origin, of, id, field, &json.items[i], &did, problem)
                  : fail_at(problem, str_format(problem->arena, "/fields/%.*s", STR_ARG(json.names[i])),
                            MESSAGE("custom_field_none",
                                    "There is no custom field “{0}” here: define it first, or mend the name.",
                                    "فیلد سفارشی «{0}» وجود ندارد: نخست آن را تعریف یا نام را درست کنید."),
                            ARGS(json.names[i]));
        if (one && one != BAD_INPUT) return one;
        if (one) status = one;
        *changed = *changed || did;
    }
    return status;
}

static void write_value(struct json_writer *w, enum custom_type type, const struct custom_field *field,
                        struct str text, struct arena *arena) {
    double number;
    int64_t whole;
    day_t day;
    if (!text.p) {
        json_null(w);
    } else if (type == CUSTOM_TEXT) {
        json_string(w, text);
    } else if (type == CUSTOM_CHOICE) {
        struct str key = custom_choice_find(field, text, arena);
        json_string(w, key.n ? key : text); /* a choice that was taken away stays readable */
    } else if (type == CUSTOM_NUMBER && !number_parse(text, &number)) {
        json_number(w, number);
    } else if (type == CUSTOM_MONEY && str_to_int(text, &whole)) {
        json_int(w, whole);
    } else if (type == CUSTOM_DATE && !day_parse_prefix(text, &day)) {
        char printed[DAY_TEXT + 1];
        day_print(day, printed);
        json_string(w, str_of(printed));
    } else if (type == CUSTOM_YES_NO && (str_is(text, "true") || str_is(text, "false"))) {
        json_bool(w, str_is(text, "true"));
    } else {
        json_null(w);
    }
}

enum status custom_values_read(struct session *session, enum custom_of of, struct id id, struct str *json,
                               struct arena *arena, struct problem *problem) {
    static const char *const types[] = {"text", "number", "date", "yes_no", "choice", "money"};
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    struct rows *rows = rows_open(session, of == CUSTOM_OF_ACCOUNT ? &query_custom_value_all_account
                                                                   : &query_custom_value_all_contact);
    rows_bind_id(rows, "id", id);
    json_begin_object(&w);
    while (rows_next(rows)) {
        struct str type = rows_text(rows, 1, NULL);
        size_t t = 0;
        while (t + 1 < COUNT(types) && !str_is(type, types[t]))
            t++;
        struct custom_field field = {.choices = rows_text(rows, 2, arena)};
        json_name(&w, rows_text(rows, 0, arena));
        struct str value = rows_is_null(rows, 3) ? (struct str){0} : rows_text(rows, 3, arena);
        if (!rows_is_null(rows, 3) && !value.p) value = STR("");
        write_value(&w, (enum custom_type)t, &field, value, arena);
    }
    json_end_object(&w);
    *json = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return rows_close(rows, problem);
}
