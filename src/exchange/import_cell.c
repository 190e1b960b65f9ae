#include "exchange/import_cell.h"
#include "base/list.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <stdio.h>

struct cell {
    const struct field *field;
    struct str text;   /* trimmed, not empty */
    struct str column; /* the header, for faults */
    int64_t line;
};

static enum status fault(const struct cell *cell, struct message message, struct arguments args,
                         struct problem *problem) {
    size_t before = problem->fault_count;
    enum status status = fail_at(problem, cell->column, message, args);
    if (problem->fault_count > before) {
        problem->faults[before].row = cell->line;
        if (before == 0) problem->main.row = cell->line;
    }
    return status;
}

static enum status read_bool(const struct cell *cell, bool *out, struct arena *arena,
                             struct problem *problem) {
    static const char *const yes[] = {"1", "true", "yes", "y", "بله", "بلی", "آری", "درست", NULL};
    static const char *const no[] = {"0", "false", "no", "n", "خیر", "نه", "نادرست", NULL};
    struct str folded = utf8_fold(arena, cell->text);
    for (size_t i = 0; yes[i]; i++) {
        if (str_equal(folded, utf8_fold(arena, str_of(yes[i])))) return *out = true, OK;
    }
    for (size_t i = 0; no[i]; i++) {
        if (str_equal(folded, utf8_fold(arena, str_of(no[i])))) return *out = false, OK;
    }
    return fault(cell,
                 MESSAGE("cell_not_bool",
                         "“{0}” is neither yes nor no. Write yes or no, true or false, 1 or 0.",
                         "«{0}» نه بله است و نه خیر. بله یا خیر، true یا false، یا ۱ یا ۰ بنویسید."),
                 ARGS(cell->text), problem);
}

/* What people write in Persian for our wire names. Words mean the same wherever a field has that option. */
static const struct {
    const char *name, *persian; /* separated by '|' */
} words[] = {
    {"month", "ماه|ماهانه|ماهیانه"},
    {"quarter", "فصل|فصلی|سه‌ماهه"},
    {"year", "سال|سالانه|سالیانه"},
    {"term", "دوره|کل دوره"},
    {"low", "کم|پایین"},
    {"normal", "عادی|معمولی|متوسط"},
    {"high", "زیاد|بالا|مهم"},
    {"urgent", "فوری|اضطراری|بحرانی"},
    {"call", "تماس|تماس تلفنی|تلفن"},
    {"meeting", "جلسه|دیدار"},
    {"email", "ایمیل|ایمیل"},
    {"note", "یادداشت"},
    {"prospect", "احتمالی|بالقوه"},
    {"live", "فعال|زنده|جاری"},
    {"leaving", "در حال رفتن|در حال ترک"},
    {"lost", "ازدست‌رفته|از دست رفته|رفته"},
    {"nps", "خالص ترویج‌کنندگان"},
    {"csat", "رضایت|رضایت مشتری"},
    {"ces", "سهولت|آسانی کار"},
    {"admin", "مدیر سامانه|ادمین"},
    {"manager", "مدیر|سرپرست"},
    {"csm", "کارشناس موفقیت مشتری|کارشناس"},
    {"viewer", "بیننده"},
    {"own", "خود|مشتریان خود"},
    {"team", "تیم"},
    {"all", "همه"},
    {"fa", "فارسی"},
    {"en", "انگلیسی"},
};

static bool means(struct str folded, const char *option, struct arena *arena) {
    if (str_is(folded, option)) return true;
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i].name, option) != 0) continue;
        for (struct str rest = str_of(words[i].persian); rest.n;) {
            if (str_equal(folded, utf8_fold(arena, str_cut(rest, '|', &rest)))) return true;
        }
    }
    return false;
}

static enum status read_enum(const struct cell *cell, int32_t *out, struct arena *arena,
                             struct problem *problem) {
    struct str folded = utf8_fold(arena, cell->text), allowed = {0};
    for (int32_t i = 0; cell->field->options[i]; i++) {
        if (means(folded, cell->field->options[i], arena)) return *out = i, OK;
        allowed = str_format(arena, "%.*s%s%s", STR_ARG(allowed), i ? ", " : "", cell->field->options[i]);
    }
    return fault(cell,
                 MESSAGE("cell_not_option", "“{0}” is not one of: {1}.",
                         "«{0}» یکی از این‌ها نیست: {1}."),
                 ARGS(cell->text, allowed), problem);
}

static enum status check_bounds(const struct cell *cell, double value, struct arena *arena,
                                struct problem *problem) {
    const struct field *field = cell->field;
    if (!(field->min < field->max) || (value >= field->min && value <= field->max)) return OK;
    return fault(
        cell,
        MESSAGE("cell_out_of_bounds", "“{0}” is outside what is possible here: {1} to {2}.",
                "«{0}» بیرون از بازهٔ ممکن است: از {1} تا {2}."),
        ARGS(cell->text, str_format(arena, "%.15g", field->min), str_format(arena, "%.15g", field->max)),
        problem);
}

static enum status read_text(const struct cell *cell, struct str *out, struct arena *arena,
                             struct problem *problem) {
    size_t longest = cell->field->max > 0 ? (size_t)cell->field->max : 1000;
    if (cell->text.n > longest)
        return fault(
            cell,
            MESSAGE(
                "cell_too_long", "The text has {0} bytes; at most {1} fit. Shorten it.",
                "متن {0} بایت دارد و حداکثر {1} بایت جا می‌شود. آن را کوتاه "
                "کنید."),
            ARGS(str_format(arena, "%zu", cell->text.n), str_format(arena, "%zu", longest)), problem);
    for (size_t i = 0; i < cell->text.n; i++) {
        unsigned char c = (unsigned char)cell->text.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return fault(cell,
                         MESSAGE("cell_control_character",
                                 "The text holds a control character (byte {0}). Remove it.",
                                 "متن نویسهٔ کنترلی دارد (بایت {0}). آن را بردارید."),
                         ARGS(str_format(arena, "%zu", i + 1)), problem);
    }
    *out = utf8_correct(arena, cell->text);
    return OK;
}

static enum status read_id(const struct import_cells *cells, const struct cell *cell, struct id *out,
                           struct problem *problem) {
    if (id_parse(cell->text, out)) return OK;
    if (!cells->resolve)
        return fault(cell,
                     MESSAGE("cell_not_id", "“{0}” is not an identifier (UUID).", "«{0}» شناسه (UUID) نیست."),
                     ARGS(cell->text), problem);
    struct problem why = {.arena = problem->arena};
    enum status status = cells->resolve(cells->call, cell->field, cell->text, out, &why);
    if (status != BAD_INPUT && status != NOT_FOUND && status != CONFLICT) {
        if (status) *problem = why;
        return status;
    }
    return fault(cell, why.main.message, (struct arguments){why.main.args, why.main.arg_count}, problem);
}

static enum status read_cell(const struct import_cells *cells, const struct cell *cell, void *to,
                             struct arena *arena, struct problem *problem) {
    const struct message *refused = NULL;
    enum status status = OK;
    switch (cell->field->type) {
    case FIELD_TEXT:
        return read_text(cell, to, arena, problem);
    case FIELD_LIST: {
        struct str *items;
        size_t n = list_split(cell->text, arena, &items);
        *(struct str *)to = list_make(items, n < LIST_MOST_ITEMS ? n : LIST_MOST_ITEMS, arena);
        if (n <= LIST_MOST_ITEMS && ((struct str *)to)->n <= (size_t)cell->field->max) return OK;
        return fault(
            cell,
            MESSAGE(
                "cell_list_too_long", "The cell lists too much: at most {0} items and {1} bytes.",
                "فهرست این سلول بلند است: دست‌بالا {0} قلم و {1} بایت."),
            ARGS(str_format(arena, "%d", LIST_MOST_ITEMS), str_format(arena, "%.0f", cell->field->max)),
            problem);
    }
    case FIELD_BOOL:
        return read_bool(cell, to, arena, problem);
    case FIELD_ENUM:
        return read_enum(cell, to, arena, problem);
    case FIELD_INT:
        refused = number_parse_int(cell->text, to);
        if (!refused) status = check_bounds(cell, (double)*(int64_t *)to, arena, problem);
        break;
    case FIELD_NUMBER:
        refused = number_parse(cell->text, to);
        if (!refused) status = check_bounds(cell, *(double *)to, arena, problem);
        break;
    case FIELD_DATE:
        refused = day_parse(cell->text, to);
        break;
    case FIELD_INSTANT:
        refused = instant_parse(cell->text, cells->zone, to);
        break;
    case FIELD_ID:
        return read_id(cells, cell, to, problem);
    case FIELD_JSON: {
        struct json json;
        struct problem inner = {.arena = arena};
        if (json_parse(cell->text, arena, &json, &inner) || json.kind != JSON_OBJECT)
            return fault(cell,
                         MESSAGE("cell_not_json",
                                 "The cell must hold a JSON object, such as {\"plan\":\"pro\"}.",
                                 "سلول باید یک شیء JSON باشد، مانند {\"plan\":\"pro\"}."),
                         NO_ARGS, problem);
        *(struct str *)to = str_copy(arena, cell->text);
        break;
    }
    case FIELD_MONEY:
        break; /* read_money, once the row's unit is known */
    }
    return refused ? fault(cell, *refused, ARGS(cell->text), problem) : status;
}

static struct str unit_name(const struct money_unit *unit) {
    return unit->shift ? STR("toman") : str_of(unit->currency);
}

/* The unit of an amount: its header, else the caller's word, else the row's currency. Never a guess. */
static enum status read_money(const struct import_cells *cells, const struct import_column *column,
                              const struct cell *cell, const struct money_unit *of_row,
                              struct money_unit *used, int64_t *out, struct arena *arena,
                              struct problem *problem) {
    const struct money_unit *unit = column->has_unit  ? &column->unit
                                    : cells->has_unit ? &cells->unit
                                                      : of_row;
    if (!unit)
        return fault(cell,
                     MESSAGE("cell_without_unit",
                             "Nothing says what {0} is an amount of. Name the unit in the header (“amount "
                             "(toman)”), by --money, or in a "
                             "currency column.",
                             "معلوم نیست {0} به چه واحدی است. واحد را در سرستون («مبلغ (تومان)»)، با "
                             "‎--money یا در ستون ارز بیاورید."),
                     ARGS(cell->text), problem);
    if (of_row && (strcmp(of_row->currency, unit->currency) != 0 || of_row->shift != unit->shift))
        return fault(
            cell,
            MESSAGE(
                "money_units_differ", "The amount is given in {0}, but the row says {1}. Mend one of them.",
                "مبلغ به {0} است ولی سطر می‌گوید {1}. یکی را درست کنید."),
            ARGS(unit_name(unit), unit_name(of_row)), problem);
    const struct message *refused = money_parse_unit(cell->text, unit, out);
    if (refused) return fault(cell, *refused, ARGS(cell->text), problem);
    *used = *unit;
    return check_bounds(cell, (double)*out, arena, problem);
}

enum status import_row_read(const struct import_cells *cells, const struct csv_row *header,
                            const struct csv_row *row, void *record, struct arena *arena,
                            struct problem *problem) {
    const struct import_map *map = cells->map;
    const struct record_type *type = map->type;
    struct money_unit of_row, used = {0};
    bool has_currency = false;
    enum status status = OK;

    for (size_t i = 0; i < map->count; i++) {
        int index = map->columns[i].field;
        if (index < 0) continue;
        struct cell cell = {&type->fields[index], str_trim(row->cells[i]), header->cells[i], row->line};
        if (!cell.text.n) continue;
        if (index == cells->currency_field) {
            has_currency = money_unit_parse(cell.text, &of_row);
            if (!has_currency) {
                status = fault(
                    &cell,
                    MESSAGE(
                        "unknown_currency",
                        "“{0}” is no currency that we know. Use its ISO code (EUR), rial or toman.",
                        "«{0}» ارزی شناخته‌شده نیست. کد ISO آن (EUR)، ریال یا تومان "
                        "بنویسید."),
                    ARGS(cell.text), problem);
                continue;
            }
        } else if (cell.field->type != FIELD_MONEY &&
                   read_cell(cells, &cell, (char *)record + cell.field->offset, arena, problem)) {
            status = BAD_INPUT;
            continue;
        }
        if (cell.field->type != FIELD_MONEY) field_set(record, index);
    }
    for (size_t i = 0; i < map->count; i++) {
        int index = map->columns[i].field;
        if (index < 0 || type->fields[index].type != FIELD_MONEY) continue;
        struct cell cell = {&type->fields[index], str_trim(row->cells[i]), header->cells[i], row->line};
        if (!cell.text.n) continue;
        bool own = cells->custom_first && index >= cells->custom_first;
        struct money_unit aside;
        if (read_money(cells, &map->columns[i], &cell, has_currency && !own ? &of_row : NULL,
                       own ? &aside : &used, (int64_t *)((char *)record + cell.field->offset), arena,
                       problem))
            status = BAD_INPUT;
        else
            field_set(record, index);
    }
    if (cells->currency_field >= 0 && (has_currency || used.currency[0])) {
        const struct field *field = &type->fields[cells->currency_field];
        *(struct str *)((char *)record + field->offset) =
            str_copy(arena, str_of(has_currency ? of_row.currency : used.currency));
        field_set(record, cells->currency_field);
    }
    for (size_t i = 0; i < type->count; i++) {
        const struct field *field = &type->fields[i];
        if (!(field->flags & (FIELD_REQUIRED | FIELD_KEY)) || field->flags & FIELD_READ_ONLY ||
            field_has(record, (int)i) || cells->derived >> i & 1)
            continue;
        bool mentioned = false; /* a cell that was there but wrong has its fault already */
        struct str column = str_of(field->name);
        for (size_t c = 0; c < map->count; c++) {
            if (map->columns[c].field != (int)i) continue;
            column = header->cells[c];
            mentioned = str_trim(row->cells[c]).n > 0;
        }
        if (mentioned) continue;
        struct cell cell = {field, {0}, column, row->line};
        status = fault(&cell,
                       MESSAGE("cell_missing", "The cell is empty, but it is needed.",
                               "این سلول خالی است ولی لازم است."),
                       NO_ARGS, problem);
    }
    return status;
}
