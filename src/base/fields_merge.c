#include "base/calendar.h"
#include "base/fields_merge.h"
#include "base/list.h"

size_t field_value_size(enum field_type type) {
    switch (type) {
    case FIELD_TEXT:
    case FIELD_JSON:
    case FIELD_LIST:
        return sizeof(struct str);
    case FIELD_INT:
    case FIELD_MONEY:
        return sizeof(int64_t);
    case FIELD_NUMBER:
        return sizeof(double);
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_DATE:
        return sizeof(day_t);
    case FIELD_INSTANT:
        return sizeof(instant_t);
    case FIELD_ENUM:
        return sizeof(int32_t);
    case FIELD_ID:
        return sizeof(struct id);
    }
    return 0;
}

bool field_same(const struct field *field, int index, const void *a, const void *b) {
    if (field_has(a, index) != field_has(b, index)) return false;
    if (!field_has(a, index)) return true;
    const char *x = (const char *)a + field->offset, *y = (const char *)b + field->offset;
    if (field->type == FIELD_TEXT || field->type == FIELD_JSON || field->type == FIELD_LIST)
        return str_equal(*(const struct str *)(const void *)x, *(const struct str *)(const void *)y);
    return memcmp(x, y, field_value_size(field->type)) == 0;
}

enum status fields_merge(const struct record_type *type, void *record, const void *patch, uint64_t cleared,
                         uint64_t *changed, struct problem *problem) {
    enum status status = OK;
    *changed = 0;
    for (int i = 0; i < (int)type->count; i++) {
        const struct field *field = &type->fields[i];
        if (field_has(patch, i)) {
            if (field_same(field, i, record, patch)) continue;
            memcpy((char *)record + field->offset, (const char *)patch + field->offset,
                   field_value_size(field->type));
            field_set(record, i);
        } else if (cleared >> i & 1) {
            if (field->flags & FIELD_REQUIRED) {
                status = fail_at(problem, str_format(problem->arena, "/%s", field->name),
                                 MESSAGE("field_required", "{0} cannot be empty.",
                                         "{0} نمی‌تواند خالی باشد."),
                                 ARGS(str_of(field->name)));
                continue;
            }
            if (!field_has(record, i)) continue;
            *(uint64_t *)record &= ~((uint64_t)1 << i);
        } else {
            continue;
        }
        *changed |= (uint64_t)1 << i;
    }
    return status;
}

static bool restore(const struct field *field, const struct json *value, void *at, struct arena *arena) {
    bool text = value->kind == JSON_STRING;
    switch (field->type) {
    case FIELD_TEXT:
        if (text) *(struct str *)at = str_copy(arena, value->string);
        return text;
    case FIELD_INT:
    case FIELD_MONEY:
        if (value->kind == JSON_INT) *(int64_t *)at = value->integer;
        return value->kind == JSON_INT;
    case FIELD_NUMBER:
        *(double *)at = value->number;
        return value->kind == JSON_INT || value->kind == JSON_NUMBER;
    case FIELD_BOOL:
        *(bool *)at = value->boolean;
        return value->kind == JSON_BOOL;
    case FIELD_DATE:
        return text && !day_parse_prefix(value->string, at);
    case FIELD_INSTANT:
        return text && !instant_parse(value->string, NULL, at);
    case FIELD_ID:
        return text && id_parse(value->string, at);
    case FIELD_ENUM:
        for (int32_t i = 0; text && field->options[i]; i++)
            if (str_is(value->string, field->options[i])) return *(int32_t *)at = i, true;
        return false;
    case FIELD_LIST: {
        if (value->kind != JSON_ARRAY) return false;
        struct str *items = arena_alloc(arena, (value->n + 1) * sizeof *items);
        for (size_t i = 0; i < value->n; i++)
            items[i] = value->items[i].string;
        *(struct str *)at = list_make(items, value->n, arena);
        return true;
    }
    case FIELD_JSON: {
        struct buf out = {0};
        json_write(&(struct json_writer){.out = &out}, value);
        *(struct str *)at = str_copy(arena, buf_str(&out));
        buf_free(&out);
        return true;
    }
    }
    return false;
}

void fields_restore(const struct record_type *type, const struct json *object, void *record,
                    struct arena *arena) {
    for (size_t i = 0; i < type->count; i++) {
        const struct json *value = json_get(object, type->fields[i].name);
        if (value && value->kind != JSON_NULL &&
            restore(&type->fields[i], value, (char *)record + type->fields[i].offset, arena))
            field_set(record, (int)i);
    }
}
