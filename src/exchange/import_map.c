#include "exchange/import_map.h"

#include "base/utf8.h"

/* A header as it is compared: folded, with spaces, dashes, underscores and dots left out. */
static struct str compared(struct arena *arena, struct str header) {
    struct str folded = utf8_fold(arena, header);
    char *out = arena_alloc(arena, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        if (c != ' ' && c != '_' && c != '-' && c != '.' && c != '\t') out[n++] = c;
    }
    return (struct str){out, n};
}

/* Splits "amount (toman)" into the name and the unit; true when what stands in brackets is a unit of money.
 */
static bool cut_unit(struct str header, struct str *name, struct money_unit *unit) {
    struct str trimmed = str_trim(header);
    if (!str_ends(trimmed, STR(")"))) return false;
    struct str rest;
    *name = str_trim(str_cut(trimmed, '(', &rest));
    return rest.n > 1 && money_unit_parse(str_trim(str_slice(rest, 0, rest.n - 1)), unit);
}

static bool importable(const struct field *field) {
    return !(field->flags & FIELD_READ_ONLY);
}

static bool field_is_called(const struct field *field, struct str wanted, struct arena *arena) {
    if (str_equal(compared(arena, str_of(field->name)), wanted)) return true;
    if (field->title.en && str_equal(compared(arena, str_of(field->title.en)), wanted)) return true;
    if (field->title.fa && str_equal(compared(arena, str_of(field->title.fa)), wanted)) return true;
    struct str rest = str_of(field->synonyms);
    while (rest.n) {
        struct str synonym = str_cut(rest, '|', &rest);
        if (str_equal(compared(arena, synonym), wanted)) return true;
    }
    return false;
}

static int guess(const struct record_type *type, struct str header, struct arena *arena) {
    struct str wanted = compared(arena, header);
    for (size_t i = 0; i < type->count && wanted.n; i++) {
        if (importable(&type->fields[i]) && field_is_called(&type->fields[i], wanted, arena)) return (int)i;
    }
    return -1;
}

static struct str field_names(const struct record_type *type, struct arena *arena) {
    struct str names = {0};
    for (size_t i = 0; i < type->count; i++) {
        if (importable(&type->fields[i]))
            names = str_format(arena, "%.*s%s%s", STR_ARG(names), names.n ? ", " : "", type->fields[i].name);
    }
    return names;
}

static int find_header(const struct csv_row *header, struct str name, struct arena *arena) {
    for (size_t i = 0; i < header->n; i++) {
        if (str_equal(str_trim(header->cells[i]), name)) return (int)i;
    }
    struct str wanted = compared(arena, name);
    for (size_t i = 0; i < header->n; i++) {
        if (str_equal(compared(arena, header->cells[i]), wanted)) return (int)i;
    }
    return -1;
}

/* One "field=header" of the caller's mapping. */
static enum status take_pair(struct import_map *map, const struct csv_row *header, struct str pair,
                             uint64_t *mapped, struct arena *arena, struct problem *problem) {
    struct str column, name = str_trim(str_cut(pair, '=', &column));
    column = str_trim(column);
    if (column.n >= 2 && column.p[0] == '"' && column.p[column.n - 1] == '"')
        column = str_slice(column, 1, column.n - 1);
    int field = field_index(map->type, name);
    if (field < 0 || !importable(&map->type->fields[field]))
        return fail_at(
            problem, STR("map"),
            MESSAGE(
                "map_unknown_field", "The mapping names the field “{0}”, which does not exist. Fields: {1}.",
                "نگاشت از فیلد «{0}» نام می‌برد که وجود ندارد. فیلدها: "
                "{1}."),
            ARGS(name, field_names(map->type, arena)));
    int at = find_header(header, column, arena);
    if (at < 0)
        return fail_at(
            problem, STR("map"),
            MESSAGE(
                "map_unknown_column",
                "The mapping names the column “{0}”, which the file does not have. Check the "
                "first line of the file.",
                "نگاشت از ستون «{0}» نام می‌برد که در فایل نیست. سطر نخست فایل را "
                "ببینید."),
            ARGS(column));
    if (*mapped >> field & 1 || map->columns[at].field >= 0)
        return fail_at(
            problem, STR("map"),
            MESSAGE("map_twice", "The mapping uses “{0}” or the column “{1}” twice; name each once.",
                    "نگاشت «{0}» یا ستون «{1}» را دو بار به کار برده است؛ هر کدام را یک بار بیاورید."),
            ARGS(name, column));
    map->columns[at].field = field;
    *mapped |= (uint64_t)1 << field;
    return OK;
}

static enum status check_required(const struct import_map *map, uint64_t mapped, const struct csv_row *header,
                                  struct arena *arena, struct problem *problem) {
    struct str columns = {0};
    for (size_t i = 0; i < header->n; i++)
        columns = str_format(arena, "%.*s%s%.*s", STR_ARG(columns), i ? ", " : "", STR_ARG(header->cells[i]));
    enum status status = OK;
    for (size_t i = 0; i < map->type->count; i++) {
        const struct field *field = &map->type->fields[i];
        if (!importable(field) || !(field->flags & (FIELD_REQUIRED | FIELD_KEY)) || mapped >> i & 1) continue;
        status = fail_at(
            problem, str_of(field->name),
            MESSAGE(
                "map_missing_field",
                "No column is “{0}”. The file has: {1}. Say which it is: --map {0}=COLUMN.",
                "هیچ ستونی «{0}» نیست. ستون‌های فایل: {1}. بگویید کدام است: ‎--map "
                "{0}=ستون."),
            ARGS(str_of(field->name), columns));
    }
    return status;
}

/* Cuts the next pair off; commas between quotation marks belong to a header. */
static struct str next_pair(struct str *rest) {
    size_t n = 0;
    for (bool quoted = false; n < rest->n && (quoted || rest->p[n] != ','); n++)
        quoted ^= rest->p[n] == '"';
    struct str pair = str_slice(*rest, 0, n);
    *rest = n < rest->n ? str_slice(*rest, n + 1, rest->n) : (struct str){0};
    return str_trim(pair);
}

enum status import_map_make(const struct record_type *type, const struct csv_row *header, struct str given,
                            uint64_t derived, struct arena *arena, struct import_map *ret,
                            struct problem *problem) {
    *ret = (struct import_map){.type = type, .count = header->n};
    ret->columns = arena_array(arena, header->n, sizeof *ret->columns);
    ret->ignored = arena_array(arena, header->n, sizeof *ret->ignored);
    for (size_t i = 0; i < header->n; i++)
        ret->columns[i].field = -1;

    uint64_t mapped = 0;
    enum status status = OK;
    while (given.n) {
        struct str pair = next_pair(&given);
        if (pair.n && take_pair(ret, header, pair, &mapped, arena, problem)) status = BAD_INPUT;
    }
    if (status) return status;
    for (size_t i = 0; i < header->n; i++) {
        struct import_column *column = &ret->columns[i];
        struct str name = header->cells[i];
        column->has_unit = cut_unit(header->cells[i], &name, &column->unit);
        if (column->field < 0) {
            int field = guess(type, header->cells[i], arena);
            if (field < 0 && column->has_unit) field = guess(type, name, arena);
            if (field >= 0 && !(mapped >> field & 1)) {
                column->field = field;
                mapped |= (uint64_t)1 << field;
            }
        }
        if (column->field < 0) ret->ignored[ret->ignored_count++] = str_copy(arena, header->cells[i]);
    }
    return check_required(ret, mapped | derived, header, arena, problem);
}
