#include "base/fields.h"
#include "base/calendar.h"
#include "base/list.h"
#include "base/utf8.h"

#include <math.h>

enum { DEFAULT_LENGTH = 1000 };
/* Years 1–9999 of UTC: what can be written again. */
static const instant_t FIRST_INSTANT = -62135596800000, LAST_INSTANT = 253402300799999;

int field_index(const struct record_type *type, struct str name) {
    for (size_t i = 0; i < type->count; i++)
        if (str_is(name, type->fields[i].name)) return (int)i;
    return -1;
}

/* ---- Dates of the wire: Gregorian YYYY-MM-DD and RFC 3339, in ASCII and nothing looser. ---- */

/* A decimal number of exactly `digits` digits at s[at], or -1. */
static int number_at(struct str s, size_t at, size_t digits) {
    int value = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return -1;
        value = value * 10 + (s.p[i] - '0');
    }
    return value;
}

enum date_result { DATE_GOOD, DATE_MALFORMED, DATE_MISSING /* well written, but no such day */ };

static enum date_result read_day(struct str s, day_t *out) {
    int year = number_at(s, 0, 4), month = number_at(s, 5, 2), day = number_at(s, 8, 2);
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || year < 0 || month < 0 || day < 0)
        return DATE_MALFORMED;
    return day_from_date(CALENDAR_GREGORIAN, year, month, day, out) ? DATE_GOOD : DATE_MISSING;
}

/* RFC 3339: date, T, time with any fraction (cut to milliseconds), Z or an offset. A leap second counts as
 * the next. */
static enum date_result read_instant(struct str s, instant_t *out) {
    day_t day;
    enum date_result date = read_day(str_slice(s, 0, 10), &day);
    if (date) return date;
    int hour = number_at(s, 11, 2), minute = number_at(s, 14, 2), second = number_at(s, 17, 2);
    if (s.n < 20 || ((s.p[10] | 32) != 't' && s.p[10] != ' ') || s.p[13] != ':' || s.p[16] != ':' ||
        hour < 0 || minute < 0 || second < 0)
        return DATE_MALFORMED;
    if (hour > 23 || minute > 59 || second > 60) return DATE_MISSING;
    size_t at = 19;
    int milliseconds = 0;
    if (s.p[at] == '.') {
        size_t start = ++at;
        for (int scale = 100; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++, scale /= 10)
            milliseconds += scale * (s.p[at] - '0');
        if (at == start) return DATE_MALFORMED;
    }
    int64_t offset_minutes = 0;
    if (at + 1 == s.n && (s.p[at] | 32) == 'z') {
        at++;
    } else if (at + 6 == s.n && (s.p[at] == '+' || s.p[at] == '-') && s.p[at + 3] == ':') {
        int hours = number_at(s, at + 1, 2), minutes = number_at(s, at + 4, 2);
        if (hours < 0 || minutes < 0) return DATE_MALFORMED;
        if (hours > 23 || minutes > 59) return DATE_MISSING;
        offset_minutes = (hours * 60 + minutes) * (s.p[at] == '-' ? -1 : 1);
    } else {
        return DATE_MALFORMED;
    }
    *out = day * (int64_t)DAY_MS + (hour * 3600 + minute * 60 + second) * INT64_C(1000) + milliseconds -
           offset_minutes * 60000;
    return *out >= FIRST_INSTANT && *out <= LAST_INSTANT ? DATE_GOOD : DATE_MISSING;
}

/* ---- Decoding ---- */

struct decoding {
    const struct field *field;
    const struct json *value;
    char *member; /* where the value goes */
    struct arena *arena;
    struct problem *problem;
};

/* "/name" with ~ and / escaped (RFC 6901). */
static struct str pointer_to(struct str name, struct arena *arena) {
    struct buf out = {0};
    buf_put_byte(&out, '/');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '~')
            buf_put_c(&out, "~0");
        else if (name.p[i] == '/')
            buf_put_c(&out, "~1");
        else
            buf_put_byte(&out, name.p[i]);
    }
    struct str pointer = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return pointer;
}

static enum status fault(const struct decoding *d, struct message message, struct arguments args) {
    return fail_at(d->problem, pointer_to(str_of(d->field->name), d->problem->arena), message, args);
}

static enum status wrong_type(const struct decoding *d) {
    static const struct message messages[] = {
        [FIELD_TEXT] = {"not_text", "A text is expected.", "باید متن باشد."},
        [FIELD_INT] = {"not_integer", "A whole number is expected.", "باید عدد صحیح باشد."},
        [FIELD_NUMBER] = {"not_number", "A number is expected.", "باید عدد باشد."},
        [FIELD_BOOL] = {"not_bool", "true or false is expected.", "باید true یا false باشد."},
        [FIELD_DATE] = {"not_date", "A date written as YYYY-MM-DD is expected, such as 2024-03-20.",
                        "باید تاریخ میلادی به شکل YYYY-MM-DD باشد، مانند 2024-03-20."},
        [FIELD_INSTANT] =
            {"not_instant", "A moment as in RFC 3339 is expected, such as 2024-03-20T09:30:00Z.",
             "باید لحظه‌ای به شکل RFC 3339 باشد، مانند 2024-03-20T09:30:00Z."},
        [FIELD_ENUM] = {"not_text", "A text is expected.", "باید متن باشد."},
        [FIELD_ID] = {"not_id", "An id is expected: 32 hexadecimal digits written as 8-4-4-4-12.",
                      "باید شناسه باشد: ۳۲ رقم شانزده‌شانزدهی به شکل "
                      "8-4-4-4-12."},
        [FIELD_MONEY] =
            {"not_money", "An amount is expected: a whole number of the currency's smallest unit.",
             "باید مبلغ باشد: عددی صحیح به کوچک‌ترین واحد ارز."},
        [FIELD_LIST] =
            {"not_list", "A list of texts is expected, such as [\"pilot\", \"vip\"].",
             "باید فهرستی از متن‌ها باشد، مانند [\"pilot\", \"vip\"]."},
    };
    return fault(d, messages[d->field->type], NO_ARGS);
}

static struct str bound_text(double bound, struct arena *arena) {
    return str_format(arena, "%.15g", bound);
}

static enum status check_bounds(const struct decoding *d, double value) {
    const struct field *field = d->field;
    if (field->min >= field->max || (value >= field->min && value <= field->max)) return OK;
    return fault(d,
                 MESSAGE("out_of_bounds", "{0} is out of bounds; it must be from {1} to {2}.",
                         "{0} بیرون از محدوده است؛ باید از {1} تا {2} باشد."),
                 ARGS(bound_text(value, d->problem->arena), bound_text(field->min, d->problem->arena),
                      bound_text(field->max, d->problem->arena)));
}

static size_t longest(const struct field *field) {
    return field->max > 0 ? (size_t)field->max : DEFAULT_LENGTH;
}

static enum status decode_text(const struct decoding *d) {
    if (d->value->kind != JSON_STRING) return wrong_type(d);
    struct str text = d->value->string;
    struct arena *arena = d->problem->arena;
    if (text.n > longest(d->field))
        return fault(d,
                     MESSAGE("too_long", "The text has {0} bytes; at most {1} are allowed.",
                             "متن {0} بایت دارد؛ بیشینهٔ مجاز {1} بایت است."),
                     ARGS(str_format(arena, "%zu", text.n), str_format(arena, "%zu", longest(d->field))));
    if (text.n < d->field->min)
        return fault(d,
                     MESSAGE("too_short", "The text has {0} bytes; at least {1} are needed.",
                             "متن {0} بایت دارد؛ کمینهٔ لازم {1} بایت است."),
                     ARGS(str_format(arena, "%zu", text.n), bound_text(d->field->min, arena)));
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
            return fault(d,
                         MESSAGE("control_character", "The text holds the control character {0}; remove it.",
                                 "متن نویسهٔ کنترلی {0} دارد؛ آن را بردارید."),
                         ARGS(str_format(arena, "U+%04X", c)));
    }
    *(struct str *)d->member = str_copy(d->arena, text);
    return OK;
}

static enum status decode_integer(const struct decoding *d) {
    const struct json *value = d->value;
    int64_t integer = value->integer;
    if (value->kind == JSON_NUMBER) { /* 3.0 is whole too */
        if (value->number != trunc(value->number) || fabs(value->number) > 9007199254740992.0)
            return wrong_type(d);
        integer = (int64_t)value->number;
    } else if (value->kind != JSON_INT) {
        return wrong_type(d);
    }
    *(int64_t *)d->member = integer;
    return check_bounds(d, (double)integer);
}

static enum status decode_number(const struct decoding *d) {
    if (d->value->kind != JSON_INT && d->value->kind != JSON_NUMBER) return wrong_type(d);
    *(double *)d->member = d->value->number;
    return check_bounds(d, d->value->number);
}

static enum status decode_date(const struct decoding *d) {
    if (d->value->kind != JSON_STRING) return wrong_type(d);
    struct str text = d->value->string;
    enum date_result result = d->field->type == FIELD_DATE ? read_day(text, (day_t *)d->member)
                                                           : read_instant(text, (instant_t *)d->member);
    if (result == DATE_GOOD) return OK;
    if (result == DATE_MALFORMED) return wrong_type(d);
    return fault(
        d, MESSAGE("no_such_moment", "“{0}” does not exist in the calendar.", "«{0}» در تقویم وجود ندارد."),
        ARGS(text));
}

static enum status decode_option(const struct decoding *d) {
    if (d->value->kind != JSON_STRING) return wrong_type(d);
    struct buf allowed = {0};
    for (int i = 0; d->field->options[i]; i++) {
        if (str_is(d->value->string, d->field->options[i])) {
            *(int32_t *)d->member = i;
            buf_free(&allowed);
            return OK;
        }
        if (i) buf_put_c(&allowed, ", ");
        buf_put_c(&allowed, d->field->options[i]);
    }
    enum status status =
        fault(d,
              MESSAGE("not_an_option", "“{0}” is not allowed; use one of: {1}.",
                      "«{0}» مجاز نیست؛ یکی از این‌ها باشد: {1}."),
              ARGS(str_slice(d->value->string, 0, DEFAULT_LENGTH), buf_str(&allowed)));
    buf_free(&allowed);
    return status;
}

/* Items come one by one; an item cannot hold what separates items. */
static enum status decode_list(const struct decoding *d) {
    if (d->value->kind != JSON_ARRAY) return wrong_type(d);
    struct str *items = arena_array(d->arena, d->value->n + 1, sizeof *items);
    for (size_t i = 0; i < d->value->n; i++) {
        const struct json *item = &d->value->items[i];
        struct str text, ignored = {0}, *parts;
        struct field one = *d->field;
        one.min = 0;
        one.max = LIST_ITEM_BYTES;
        struct decoding of_item = {&one, item, (char *)&ignored, d->arena, d->problem};
        if (item->kind != JSON_STRING) return wrong_type(d);
        enum status status = decode_text(&of_item);
        if (status) return status;
        text = str_trim(item->string);
        if (!text.n || list_split(text, d->arena, &parts) != 1 || parts[0].n != text.n)
            return fault(
                d,
                MESSAGE(
                    "list_item", "“{0}” cannot be an item: it is empty or holds a comma or semicolon.",
                    "«{0}» نمی‌تواند یک قلم باشد: خالی است یا ویرگول یا نقطه‌ویرگول دارد."),
                ARGS(text));
        items[i] = text;
    }
    if (d->value->n > LIST_MOST_ITEMS)
        return fault(d,
                     MESSAGE("list_too_long", "A list takes at most {0} items.",
                             "فهرست دست‌بالا {0} قلم می‌پذیرد."),
                     ARGS(str_format(d->problem->arena, "%d", LIST_MOST_ITEMS)));
    struct str list = list_make(items, d->value->n, d->arena);
    if (list.n > longest(d->field))
        return fault(d,
                     MESSAGE("too_long", "The text has {0} bytes; at most {1} are allowed.",
                             "متن {0} بایت دارد؛ بیشینهٔ مجاز {1} بایت است."),
                     ARGS(str_format(d->problem->arena, "%zu", list.n),
                          str_format(d->problem->arena, "%zu", longest(d->field))));
    *(struct str *)d->member = list;
    return OK;
}

static enum status decode_value(const struct decoding *d) {
    switch (d->field->type) {
    case FIELD_TEXT:
        return decode_text(d);
    case FIELD_INT:
    case FIELD_MONEY:
        return decode_integer(d);
    case FIELD_NUMBER:
        return decode_number(d);
    case FIELD_BOOL:
        if (d->value->kind != JSON_BOOL) return wrong_type(d);
        *(bool *)d->member = d->value->boolean;
        return OK;
    case FIELD_DATE:
    case FIELD_INSTANT:
        return decode_date(d);
    case FIELD_ENUM:
        return decode_option(d);
    case FIELD_ID:
        if (d->value->kind != JSON_STRING || !id_parse(d->value->string, (struct id *)d->member))
            return wrong_type(d);
        return OK;
    case FIELD_LIST:
        return decode_list(d);
    case FIELD_JSON: {
        struct buf text = {0};
        struct json_writer w = {.out = &text};
        json_write(&w, d->value);
        *(struct str *)d->member = str_copy(d->arena, buf_str(&text));
        buf_free(&text);
        return OK;
    }
    }
    return INTERNAL;
}

static const struct message missing = {"required", "A value is required.", "مقدار لازم است."};

static bool is_blank(const struct field *field, const struct json *value) {
    return field->type == FIELD_TEXT && value->kind == JSON_STRING && utf8_blank(value->string);
}

static enum status decode_member(const struct decoding *d, int index, enum decode_mode mode, void *record,
                                 uint64_t *cleared) {
    bool required = d->field->flags & FIELD_REQUIRED;
    if (d->field->flags & FIELD_READ_ONLY)
        return fault(
            d,
            MESSAGE("read_only", "This field is set by the server; leave it out.",
                    "این فیلد را سرور تعیین می‌کند؛ آن را نفرستید."),
            NO_ARGS);
    if (required && (d->value->kind == JSON_NULL || is_blank(d->field, d->value)))
        return fault(d, missing, NO_ARGS);
    if (d->value->kind == JSON_NULL) {
        if (mode == DECODE_PATCH && cleared) *cleared |= (uint64_t)1 << index;
        return OK;
    }
    enum status status = decode_value(d);
    if (!status) field_set(record, index);
    return status;
}

enum status fields_decode(const struct record_type *type, const struct json *object, enum decode_mode mode,
                          void *record, uint64_t *cleared, struct arena *arena, struct problem *problem) {
    memset(record, 0, type->size);
    if (cleared) *cleared = 0;
    if (!object || object->kind != JSON_OBJECT)
        return fail_at(problem, (struct str){0},
                       MESSAGE("not_object", "A JSON object is expected.", "باید یک شیء JSON باشد."),
                       NO_ARGS);
    enum status status = OK;
    uint64_t seen = 0;
    for (size_t i = 0; i < object->n; i++) {
        int index = field_index(type, object->names[i]);
        if (index < 0) {
            status = fail_at(
                problem, pointer_to(str_slice(object->names[i], 0, DEFAULT_LENGTH), problem->arena),
                MESSAGE("unknown_field", "There is no field of this name.", "فیلدی با این نام وجود ندارد."),
                NO_ARGS);
            continue;
        }
        seen |= (uint64_t)1 << index;
        const struct field *field = &type->fields[index];
        struct decoding d = {field, &object->items[i], (char *)record + field->offset, arena, problem};
        enum status one = decode_member(&d, index, mode, record, cleared);
        if (one) status = one;
    }
    for (size_t i = 0; mode == DECODE_NEW && i < type->count; i++) {
        struct decoding d = {.field = &type->fields[i], .problem = problem};
        bool required = (d.field->flags & (FIELD_REQUIRED | FIELD_READ_ONLY)) == FIELD_REQUIRED;
        if (required && !(seen >> i & 1)) status = fault(&d, missing, NO_ARGS);
    }
    return status;
}

/* ---- Encoding ---- */

static void encode_value(const struct field *field, const char *member, struct json_writer *w) {
    char text[ID_TEXT + 1]; /* the longest of them */
    switch (field->type) {
    case FIELD_TEXT:
        json_string(w, *(const struct str *)member);
        break;
    case FIELD_INT:
    case FIELD_MONEY:
        json_int(w, *(const int64_t *)member);
        break;
    case FIELD_NUMBER:
        json_number(w, *(const double *)member);
        break;
    case FIELD_BOOL:
        json_bool(w, *(const bool *)member);
        break;
    case FIELD_DATE:
        day_print(*(const day_t *)member, text);
        json_string(w, str_of(text));
        break;
    case FIELD_INSTANT:
        instant_print(*(const instant_t *)member, text);
        json_string(w, str_of(text));
        break;
    case FIELD_ENUM:
        json_string(w, str_of(field->options[*(const int32_t *)member]));
        break;
    case FIELD_ID:
        id_print(*(const struct id *)member, text);
        json_string(w, str_of(text));
        break;
    case FIELD_JSON:
        json_raw(w, *(const struct str *)member);
        break;
    case FIELD_LIST: {
        struct arena scratch = {0};
        struct str *items;
        size_t n = list_split(*(const struct str *)member, &scratch, &items);
        json_begin_array(w);
        for (size_t i = 0; i < n; i++)
            json_string(w, items[i]);
        json_end_array(w);
        arena_free(&scratch);
        break;
    }
    }
}

void fields_encode_members(const struct record_type *type, const void *record, struct json_writer *w) {
    for (size_t i = 0; i < type->count; i++) {
        const struct field *field = &type->fields[i];
        if (field->flags & FIELD_WRITE_ONLY) continue;
        json_name(w, str_of(field->name));
        if (field_has(record, (int)i))
            encode_value(field, (const char *)record + field->offset, w);
        else
            json_null(w);
    }
}

void fields_encode(const struct record_type *type, const void *record, struct json_writer *w) {
    json_begin_object(w);
    fields_encode_members(type, record, w);
    json_end_object(w);
}

/* ---- JSON Schema 2020-12, as OpenAPI 3.1 uses it ---- */

static void put_type(const char *name, bool nullable, struct json_writer *w) {
    json_name(w, STR("type"));
    if (nullable) json_begin_array(w);
    json_string(w, str_of(name));
    if (nullable) {
        json_string(w, STR("null"));
        json_end_array(w);
    }
}

static void put_options(const struct field *field, bool nullable, struct json_writer *w) {
    json_name(w, STR("enum"));
    json_begin_array(w);
    for (int i = 0; field->options[i]; i++)
        json_string(w, str_of(field->options[i]));
    if (nullable) json_null(w);
    json_end_array(w);
}

static void put_field(const struct field *field, bool nullable, struct json_writer *w) {
    static const struct {
        const char *type, *format;
    } kinds[] = {
        [FIELD_TEXT] = {"string", NULL},       [FIELD_INT] = {"integer", "int64"},
        [FIELD_NUMBER] = {"number", "double"}, [FIELD_BOOL] = {"boolean", NULL},
        [FIELD_DATE] = {"string", "date"},     [FIELD_INSTANT] = {"string", "date-time"},
        [FIELD_ENUM] = {"string", NULL},       [FIELD_ID] = {"string", "uuid"},
        [FIELD_MONEY] = {"integer", "int64"},  [FIELD_JSON] = {NULL, NULL},
        [FIELD_LIST] = {"array", NULL},
    };
    json_begin_object(w);
    if (kinds[field->type].type) put_type(kinds[field->type].type, nullable, w);
    if (kinds[field->type].format) json_put_string(w, "format", str_of(kinds[field->type].format));
    if (field->type == FIELD_ENUM) put_options(field, nullable, w);
    if (field->type == FIELD_LIST) {
        json_name(w, STR("items"));
        json_begin_object(w);
        json_put_string(w, "type", STR("string"));
        json_put_int(w, "maxLength", LIST_ITEM_BYTES);
        json_end_object(w);
        json_put_int(w, "maxItems", LIST_MOST_ITEMS);
    }
    if (field->type == FIELD_TEXT) {
        if (field->min > 0) json_put_number(w, "minLength", 1); /* ours count bytes, JSON Schema characters */
        json_put_int(w, "maxLength", (int64_t)longest(field));
    }
    bool bounded = field->type == FIELD_INT || field->type == FIELD_NUMBER || field->type == FIELD_MONEY;
    if (bounded && field->min < field->max) {
        json_put_number(w, "minimum", field->min);
        json_put_number(w, "maximum", field->max);
    }
    if (field->title.en) json_put_string(w, "title", str_of(field->title.en));
    if (field->doc) json_put_string(w, "description", str_of(field->doc));
    if (field->flags & FIELD_READ_ONLY) json_put_bool(w, "readOnly", true);
    if (field->flags & FIELD_WRITE_ONLY) json_put_bool(w, "writeOnly", true);
    json_end_object(w);
}

void fields_schema(const struct record_type *type, bool input, struct json_writer *w) {
    unsigned hidden = input ? FIELD_READ_ONLY : FIELD_WRITE_ONLY;
    json_begin_object(w);
    json_put_string(w, "type", STR("object"));
    json_name(w, STR("properties"));
    json_begin_object(w);
    for (size_t i = 0; i < type->count; i++) {
        const struct field *field = &type->fields[i];
        if (field->flags & hidden) continue;
        json_name(w, str_of(field->name));
        put_field(field, !(field->flags & FIELD_REQUIRED), w);
    }
    json_end_object(w);
    json_name(w, STR("required"));
    json_begin_array(w);
    for (size_t i = 0; i < type->count; i++) /* an output always names every field */
        if (!(type->fields[i].flags & hidden) && (!input || type->fields[i].flags & FIELD_REQUIRED))
            json_string(w, str_of(type->fields[i].name));
    json_end_array(w);
    if (input) json_put_bool(w, "additionalProperties", false);
    json_end_object(w);
}
