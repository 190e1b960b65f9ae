#include "base/fields_merge.h"
#include "base/format.h"
#include "base/number.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/custom_field.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct custom_field, member)
static const char *const ofs[] = {"account", "contact", NULL};
static const char *const types[] = {"text", "number", "date", "yes_no", "choice", "money", NULL};
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"of", FIELD_ENUM, FIELD_REQUIRED, AT(of), .options = ofs, .title = {"Of", "از آنِ"},
     .doc = "account or contact; never changes."},
    {"key", FIELD_TEXT, FIELD_REQUIRED, AT(key), 1, 40, .title = {"Key", "کلید"},
     .doc = "a–z, 0–9 and _, from a letter: its name in the API, in traits and in facts; never changes."},
    {"type", FIELD_ENUM, FIELD_REQUIRED, AT(type), .options = types, .title = {"Type", "نوع"},
     .doc = "text, number, date, yes_no, choice or money; never changes."},
    {"title_en", FIELD_TEXT, FIELD_REQUIRED, AT(title_en), 1, 200, .title = {"Title", "عنوان انگلیسی"},
     .doc = "What people call it, in English."},
    {"title_fa", FIELD_TEXT, 0, AT(title_fa), 0, 200, .title = {"Title in Persian", "عنوان"},
     .doc = "What people call it, in Persian."},
    {"description", FIELD_TEXT, 0, AT(description), 0, 1000, .title = {"Description", "توضیح"},
     .doc = "What it is for."},
    {"choices", FIELD_JSON, 0, AT(choices), .title = {"Choices", "گزینه‌ها"},
     .doc = "Of a choice: [{\"key\", \"en\", \"fa\"}], at most 100."},
    {"currency", FIELD_TEXT, 0, AT(currency), 0, 3, .title = {"Currency", "واحد پول"},
     .doc = "Of money: ISO 4217; values are whole numbers of its minor units. Never changes."},
    {"place", FIELD_INT, 0, AT(place), 0, 1000, .title = {"Place", "ترتیب"}, .doc = "Order on screen."},
    {"values", FIELD_INT, FIELD_READ_ONLY, AT(values), .title = {"Values", "مقدارها"},
     .doc = "How many accounts or people have a value."},
    {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
     .doc = "Grows by one with every change; the ETag."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was made."},
    {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at), .title = {"Changed", "زمان تغییر"},
     .doc = "When it was last changed."},
};
RECORD_TYPE(custom_field_type, "CustomField", struct custom_field, fields);
enum {
    ID,
    OF,
    KEY,
    TYPE,
    TITLE_EN,
    TITLE_FA,
    DESCRIPTION,
    CHOICES,
    CURRENCY,
    PLACE,
    VALUES,
    VERSION,
    CREATED,
    UPDATED
};
#define BIT(field) ((uint64_t)1 << (field))

const struct route_query custom_field_query[] = {{"of", "account or contact; both unless given."},
                                                 {NULL, NULL}};

static bool key_is_good(struct str key) {
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (i && ((c >= '0' && c <= '9') || c == '_')))) return false;
    }
    return key.n > 0;
}

static bool choices_are_good(struct str text, struct arena *arena) {
    struct json choices;
    struct problem unread = {.arena = arena};
    if (!text.n || json_parse(text, arena, &choices, &unread) || choices.kind != JSON_ARRAY || !choices.n ||
        choices.n > CUSTOM_MOST_CHOICES)
        return false;
    for (size_t i = 0; i < choices.n; i++) {
        const struct json *choice = &choices.items[i];
        if (choice->kind != JSON_OBJECT || !str_trim(json_get_string(choice, "key")).n ||
            utf8_blank(json_get_string(choice, "en")) || json_get_string(choice, "key").n > 100)
            return false;
        for (size_t k = 0; k < i; k++)
            if (str_equal(json_get_string(&choices.items[k], "key"), json_get_string(choice, "key")))
                return false;
    }
    return true;
}

static enum status check(const struct custom_field *field, struct problem *problem) {
    enum status status = OK;
    const struct record_type *type = field->of == CUSTOM_OF_ACCOUNT ? &account_type : &contact_type;
    if (!key_is_good(field->key) || field_index(type, field->key) >= 0)
        status = fail_at(
            problem, STR("/key"),
            MESSAGE(
                "custom_field_key",
                "“{0}” cannot be a key: use a–z, 0–9 and _, from a letter, and not the name of a "
                "field that is there already.",
                "«{0}» کلید نمی‌شود: a–z، 0–9 و _ به کار برید، با حرف آغاز کنید و نام فیلدی موجود "
                "نباشد."),
            ARGS(field->key));
    if (field->type == CUSTOM_CHOICE && !choices_are_good(field->choices, problem->arena))
        status = fail_at(
            problem, STR("/choices"),
            MESSAGE(
                "custom_field_choices",
                "A choice needs 1 to 100 choices, [{\"key\", \"en\", \"fa\"}], each key once.",
                "فیلد گزینه‌ای ۱ تا ۱۰۰ گزینه می‌خواهد، [{\"key\", \"en\", \"fa\"}]، هر کلید یک بار."),
            NO_ARGS);
    bool currency = field->currency.n == 3 && currency_exponent(field->currency) >= 0;
    if (field->type == CUSTOM_MONEY && !currency)
        status =
            fail_at(problem, STR("/currency"),
                    MESSAGE("currency_unknown",
                            "“{0}” is no ISO 4217 currency: give three capital letters, such as EUR or IRR.",
                            "«{0}» واحد پول ISO 4217 نیست: سه حرف بزرگ بدهید، مانند EUR یا IRR."),
                    ARGS(field->currency));
    return status;
}

static enum status count_values(struct session *session, struct custom_field *field,
                                struct problem *problem) {
    struct rows *rows =
        rows_open(session, field->of == CUSTOM_OF_ACCOUNT ? &query_custom_value_count_account
                                                          : &query_custom_value_count_contact);
    rows_bind_text(rows, "key", field->key);
    if (rows_next(rows)) field->values = rows_int(rows, 0);
    field->has |= BIT(VALUES);
    return rows_close(rows, problem);
}

static enum status read_one(struct request *request, struct session *session, struct custom_field *field,
                            struct problem *problem) {
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_custom_field_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &custom_field_type, field, request->arena);
    if ((status = rows_close(rows, problem))) return status;
    if (found) return count_values(session, field, problem);
    return fail_not_found(problem, (struct text){"custom field", "فیلد سفارشی"},
                          request_param(request, "id"));
}

/* Facts are made of the fields of accounts. */
static void changed(struct request *request) {
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
}

enum status custom_field_handle_list(struct request *request, struct response *response,
                                     struct problem *problem) {
    int of = -1;
    struct session *session = NULL;
    struct json_writer w = {.out = &response->body};
    enum status status = request_query_choice(request, "of", ofs, &of, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (int i = 0; i <= CUSTOM_OF_CONTACT && !status; i++) {
        struct custom_fields all = {0};
        if (of >= 0 && of != i) continue;
        status = custom_fields_read(session, (enum custom_of)i, &all, request->arena, problem);
        for (size_t k = 0; k < all.n && !status; k++) {
            status = count_values(session, &all.v[k], problem);
            fields_encode(&custom_field_type, &all.v[k], &w);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    session_rollback(session);
    return status;
}

static enum status create(struct session *session, struct custom_field *field, instant_t now,
                          struct problem *problem) {
    struct custom_fields there;
    enum status status =
        custom_fields_read(session, (enum custom_of)field->of, &there, problem->arena, problem);
    if (status) return status;
    if (custom_field_find(&there, field->key))
        return fail(problem, CONFLICT,
                    MESSAGE("custom_field_taken",
                            "There is already a field “{0}”: change that one, or take another key.",
                            "فیلدی به نام «{0}» از پیش هست: همان را تغییر دهید یا کلید دیگری برگزینید."),
                    ARGS(field->key));
    if (there.n == CUSTOM_MOST)
        return fail(problem, LIMITED,
                    MESSAGE("custom_fields_many", "There are 30 custom fields already: remove one first.",
                            "۳۰ فیلد سفارشی تعریف شده است: نخست یکی را حذف کنید."),
                    NO_ARGS);
    field->id = id_new(now);
    field->version = 1;
    field->created_at = field->updated_at = now;
    if (!(field->has & BIT(PLACE))) field->place = (int64_t)there.n + 1;
    if (field->type != CUSTOM_CHOICE) field->has &= ~BIT(CHOICES);
    if (field->type != CUSTOM_MONEY) field->has &= ~BIT(CURRENCY);
    field->has |= BIT(ID) | BIT(PLACE) | BIT(VERSION) | BIT(CREATED) | BIT(UPDATED);
    status = session_run(session, &query_custom_field_insert, &custom_field_type, field, problem);
    return status ? status : count_values(session, field, problem);
}

enum status custom_field_handle_create(struct request *request, struct response *response,
                                       struct problem *problem) {
    struct custom_field *field = request->input;
    struct session *session = NULL;
    enum status status = check(field, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = create(session, field, clock_now(request->house->clock), problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    changed(request);
    answer_record(request, response, 201, &custom_field_type, field, field->version);
    response->location =
        str_format(request->arena, "/api/v1/custom-fields/%.*s", STR_ARG(id_str(request->arena, field->id)));
    return OK;
}

static enum status change(struct request *request, struct session *session, struct custom_field *field,
                          bool *did, struct problem *problem) {
    uint64_t bits = 0;
    struct custom_field before;
    enum status status = read_one(request, session, field, problem);
    if (!status) status = request_if_match(request, field->version, problem);
    before = *field;
    if (!status)
        status = fields_merge(&custom_field_type, field, request->input, request->cleared, &bits, problem);
    if (status || !bits) return status;
    if (before.of != field->of || before.type != field->type || !str_equal(before.key, field->key) ||
        !str_equal(before.currency, field->currency))
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "custom_field_fixed",
                "What a field is of, its key, type and currency never change, since its values hang on "
                "them: make another field.",
                "صاحب، کلید، نوع و ارز فیلد تغییر نمی‌کند، چون مقدارها به آن‌ها بسته است: فیلد دیگری "
                "بسازید."),
            NO_ARGS);
    if ((status = check(field, problem))) return status;
    field->version++;
    field->updated_at = clock_now(request->house->clock);
    *did = true;
    return session_run(session, &query_custom_field_update, &custom_field_type, field, problem);
}

enum status custom_field_handle_patch(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct custom_field field = {0};
    struct session *session = NULL;
    bool did = false;
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = change(request, session, &field, &did, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    if (did) changed(request);
    answer_record(request, response, 200, &custom_field_type, &field, field.version);
    return OK;
}

/* The values stay: the answer says how many. */
enum status custom_field_handle_delete(struct request *request, struct response *response,
                                       struct problem *problem) {
    struct custom_field field = {0};
    struct session *session = NULL;
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = read_one(request, session, &field, problem);
    if (!status) status = request_if_match(request, field.version, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_custom_field_delete);
        rows_bind_id(rows, "id", field.id);
        rows_bind_int(rows, "version", field.version);
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    changed(request);
    struct json_writer w = {.out = &response->body};
    struct buf count = {0};
    format_int(&count, &(struct format){.language = request->language}, field.values);
    struct fault told = {
        .message =
            {"", "The field “{0}” is gone. {1} values stay stored: define it again to see them.",
             "فیلد «{0}» حذف شد. {1} مقدار ذخیره می‌ماند: با تعریف دوباره دیده می‌شوند."},
        .args = (struct str[]){field.key, str_copy(request->arena, buf_str(&count))},
        .arg_count = 2};
    buf_clear(&count);
    fault_print(&told, request->language, &count);
    json_begin_object(&w);
    json_put_string(&w, "key", field.key);
    json_put_int(&w, "values_kept", field.values);
    json_put_string(&w, "message", buf_str(&count));
    json_end_object(&w);
    buf_free(&count);
    return OK;
}
