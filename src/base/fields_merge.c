#include "base/fields_merge.h"

static size_t value_size(enum field_type type) {
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
    return memcmp(x, y, value_size(field->type)) == 0;
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
                   value_size(field->type));
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
