#include "exchange/import_custom.h"

#include "base/calendar.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "platform/records.h"

static const enum field_type types[] = {FIELD_TEXT, FIELD_NUMBER, FIELD_DATE,
                                        FIELD_BOOL, FIELD_TEXT,   FIELD_MONEY};
enum { SLOT = 16 }; /* bytes of the largest value, a text */

enum status import_custom_make(struct house *house, const struct import_kind *kind, struct arena *arena,
                               struct import_custom *ret, struct problem *problem) {
    bool accounts = kind->type == &account_type, contacts = kind->type == &contact_type;
    struct session *session = NULL;
    *ret = (struct import_custom){.type = *kind->type, .first = (int)kind->type->count};
    if (!accounts && !contacts) return OK;
    ret->json = accounts ? (int)ACCOUNT_CUSTOM : (int)CONTACT_CUSTOM;
    enum status status = records_read(house->records, &session, problem);
    if (!status)
        status = custom_fields_read(session, accounts ? CUSTOM_OF_ACCOUNT : CUSTOM_OF_CONTACT, &ret->fields,
                                    arena, problem);
    session_rollback(session);
    if (status || !ret->fields.n) return status;
    struct field *fields = arena_array(arena, kind->type->count + ret->fields.n, sizeof *fields);
    memcpy(fields, kind->type->fields, kind->type->count * sizeof *fields);
    for (size_t i = 0; i < ret->fields.n; i++) {
        const struct custom_field *own = &ret->fields.v[i];
        fields[kind->type->count + i] = (struct field){
            .name = str_c(arena, own->key),
            .type = types[own->type],
            .offset = (kind->type->size + SLOT - 1) / SLOT * SLOT + i * SLOT,
            .max = own->type == CUSTOM_TEXT ? 2000 : 0,
            .title = {str_c(arena, own->title_en), own->title_fa.n ? str_c(arena, own->title_fa) : NULL}};
    }
    ret->type.fields = fields;
    ret->type.count += ret->fields.n;
    ret->type.size = (kind->type->size + SLOT - 1) / SLOT * SLOT + ret->fields.n * SLOT;
    return OK;
}

enum status import_custom_units(const struct import_custom *custom, struct import_map *map, bool has_unit,
                                const struct money_unit *unit, struct problem *problem) {
    enum status status = OK;
    for (size_t i = 0; i < map->count; i++) {
        struct import_column *column = &map->columns[i];
        if (column->field < custom->first || custom->type.fields[column->field].type != FIELD_MONEY) continue;
        const struct custom_field *own = &custom->fields.v[column->field - custom->first];
        if (!column->has_unit && has_unit && str_equal(str_of(unit->currency), own->currency)) {
            column->unit = *unit;
            column->has_unit = true;
        } else if (!column->has_unit) {
            column->has_unit = money_unit_parse(own->currency, &column->unit);
        } else if (!str_equal(str_of(column->unit.currency), own->currency)) {
            status = fail_at(
                problem, own->key,
                MESSAGE(
                    "custom_money_unit", "“{0}” holds amounts in {1}: the column must be of that currency.",
                    "«{0}» مبلغ به {1} نگه می‌دارد: ستون باید به همان ارز باشد."),
                ARGS(own->key, own->currency));
        }
    }
    return status;
}

enum status import_custom_fold(const struct import_custom *custom, void *record, struct arena *arena,
                               struct problem *problem) {
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    bool any = false;
    enum status status = OK;
    json_begin_object(&w);
    for (size_t i = 0; i < custom->fields.n; i++) {
        int index = custom->first + (int)i;
        const struct custom_field *own = &custom->fields.v[i];
        const void *at = (const char *)record + custom->type.fields[index].offset;
        char day[DAY_TEXT + 1];
        if (!field_has(record, index)) continue;
        *(uint64_t *)record &= ~((uint64_t)1 << index);
        any = true;
        json_name(&w, own->key);
        switch ((enum custom_type)own->type) {
        case CUSTOM_TEXT:
            json_string(&w, *(const struct str *)at);
            break;
        case CUSTOM_NUMBER:
            json_number(&w, *(const double *)at);
            break;
        case CUSTOM_DATE:
            day_print(*(const day_t *)at, day);
            json_string(&w, str_of(day));
            break;
        case CUSTOM_YES_NO:
            json_bool(&w, *(const bool *)at);
            break;
        case CUSTOM_CHOICE: {
            struct str text = *(const struct str *)at, key = custom_choice_find(own, text, arena);
            json_string(&w, key);
            if (!key.n)
                status = fail_at(problem, own->key,
                                 MESSAGE("cell_not_option", "“{0}” is not one of: {1}.",
                                         "«{0}» یکی از این‌ها نیست: {1}."),
                                 ARGS(text, custom_choice_keys(own, arena)));
            break;
        }
        case CUSTOM_MONEY:
            json_int(&w, *(const int64_t *)at);
            break;
        }
    }
    json_end_object(&w);
    const struct field *json = &custom->type.fields[custom->json];
    if (any) {
        *(struct str *)(void *)((char *)record + json->offset) = str_copy(arena, buf_str(&out));
        field_set(record, custom->json);
    }
    buf_free(&out);
    return status;
}
