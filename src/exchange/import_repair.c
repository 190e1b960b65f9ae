#include "exchange/import_repair.h"

#include "base/calendar.h"
#include "base/dict.h"
#include "base/number.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "platform/answer.h"
#include "queries.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- suggestions ---- */

/* Digits of the three alphabets as ASCII; other bytes as they are. */
static struct str ascii_digits(struct str text, struct arena *arena) {
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char a = (unsigned char)text.p[i], b = i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0;
        if (a == 0xDB && b >= 0xB0 && b <= 0xB9) { /* ۰ … ۹ */
            out[n++] = (char)('0' + b - 0xB0);
            i++;
        } else if (a == 0xD9 && b >= 0xA0 && b <= 0xA9) { /* ٠ … ٩ */
            out[n++] = (char)('0' + b - 0xA0);
            i++;
        } else {
            out[n++] = (char)a;
        }
    }
    return (struct str){out, n};
}

/* The three numbers of a date, and the mark between them; false: it is none. */
static bool date_parts(struct str text, int64_t parts[3], char *mark) {
    size_t part = 0;
    bool digit = false;
    parts[0] = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (isdigit((unsigned char)c)) {
            parts[part] = parts[part] * 10 + (c - '0');
            if (parts[part] > 99999) return false;
            digit = true;
        } else if ((c == '-' || c == '/' || c == '.') && digit && part < 2) {
            *mark = c;
            parts[++part] = 0;
            digit = false;
        } else {
            return false;
        }
    }
    return part == 2 && digit;
}

/* Month and day changed over; day before year; a day behind the month's last. */
static struct str suggest_date(struct str cell, struct arena *arena) {
    int64_t p[3];
    char mark = '-';
    day_t day;
    struct str text = str_trim(ascii_digits(cell, arena));
    if (!date_parts(text, p, &mark)) return (struct str){0};
    if (p[0] <= 31 && p[2] >= 1000) {
        int64_t year = p[2];
        p[2] = p[0];
        p[0] = year;
    }
    enum calendar calendar = p[0] >= 1200 && p[0] < 1600 ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN;
    int32_t year = (int32_t)p[0], month = (int32_t)p[1], of_month = (int32_t)p[2];
    if (month > 12 && of_month >= 1 && of_month <= 12) {
        month = of_month;
        of_month = (int32_t)p[1];
    }
    if (p[0] < 1200 || month < 1 || month > 12 || of_month < 1) return (struct str){0};
    int length = month_length(calendar, year, month);
    if (of_month > length && of_month <= 31) of_month = length;
    if (!day_from_date(calendar, year, month, of_month, &day)) return (struct str){0};
    return str_format(arena, "%04d%c%02d%c%02d", year, mark, month, mark, of_month);
}

/* The one number that stands in a text: «۴۰ نفر» → 40; letters that look like digits. */
static struct str suggest_number(struct str cell, struct arena *arena) {
    struct str text = str_trim(ascii_digits(cell, arena));
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0, runs = 0;
    bool in_number = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool digit = isdigit((unsigned char)c);
        bool like = in_number && (c == 'O' || c == 'o' || c == 'l' || c == 'I');
        bool inside =
            in_number && (c == '.' || c == ',') && i + 1 < text.n && isdigit((unsigned char)text.p[i + 1]);
        if (digit || like || inside) {
            if (!in_number) runs++;
            if (c != ',') out[n++] = like ? (c == 'O' || c == 'o' ? '0' : '1') : c;
            in_number = true;
        } else if (!in_number && c == '-' && i + 1 < text.n && isdigit((unsigned char)text.p[i + 1])) {
            out[n++] = c;
        } else {
            in_number = false;
        }
    }
    return runs == 1 ? (struct str){out, n} : (struct str){0};
}

/* Edits that turn one text into the other, at most `most` + 1. */
static size_t distance(struct str a, struct str b, size_t most) {
    enum { LONGEST = 120 };
    size_t row[LONGEST + 1];
    if (a.n > LONGEST || b.n > LONGEST || a.n > b.n + most || b.n > a.n + most) return most + 1;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t above = row[j], best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[b.n];
}

/* The one candidate that is nearest, within two edits and half of its length. */
struct nearest {
    struct str wanted, best;
    size_t distance;
    bool twice;
};
static void consider(struct nearest *nearest, struct str candidate, struct str shown) {
    size_t d = distance(nearest->wanted, candidate, 2);
    if (d > 2 || d * 2 > candidate.n) return;
    if (nearest->best.n && d == nearest->distance && !str_equal(nearest->best, shown)) nearest->twice = true;
    if (nearest->best.n && d >= nearest->distance) return;
    nearest->best = shown;
    nearest->distance = d;
    nearest->twice = false;
}

static struct str suggest_owner(struct house *house, struct str cell, struct arena *arena) {
    struct nearest nearest = {.wanted = utf8_fold(arena, str_trim(cell))};
    struct session *session = NULL;
    struct problem unread = {.arena = arena}; /* a suggestion may be missing */
    if (records_read(house->records, &session, &unread)) return (struct str){0};
    struct rows *rows = rows_open(session, &query_member_addresses);
    while (rows_next(rows)) {
        struct str email = rows_text(rows, 0, arena), name = rows_text(rows, 1, arena);
        consider(&nearest, utf8_fold(arena, email), email);
        consider(&nearest, utf8_fold(arena, name), email);
    }
    bool failed = rows_close(rows, &unread) != OK;
    session_rollback(session);
    return failed || nearest.twice ? (struct str){0} : nearest.best;
}

struct str import_suggest(struct house *house, const struct field *field, struct str cell,
                          struct arena *arena) {
    struct nearest nearest = {.wanted = utf8_fold(arena, str_trim(cell))};
    if (!nearest.wanted.n) return (struct str){0};
    switch (field->type) {
    case FIELD_DATE:
    case FIELD_INSTANT:
        return suggest_date(cell, arena);
    case FIELD_INT:
    case FIELD_NUMBER:
    case FIELD_MONEY:
        return suggest_number(cell, arena);
    case FIELD_ID:
        return strcmp(field->name, "owner") == 0 ? suggest_owner(house, cell, arena) : (struct str){0};
    case FIELD_ENUM:
        for (int32_t i = 0; field->options[i]; i++)
            consider(&nearest, str_of(field->options[i]), str_of(field->options[i]));
        return nearest.twice ? (struct str){0} : nearest.best;
    default:
        return (struct str){0};
    }
}

/* ---- keeping ---- */

static struct str finish(struct buf *out, struct arena *arena) {
    struct str text = str_copy(arena, buf_str(out));
    buf_free(out);
    return text;
}

static void put_fault(struct json_writer *w, struct house *house, const struct import_map *map,
                      const struct csv_row *header, const struct csv_row *row, const struct fault *fault,
                      struct arena *arena) {
    struct buf en = {0}, fa = {0};
    fault_print(fault, ENGLISH, &en);
    fault_print(fault, PERSIAN, &fa);
    json_begin_object(w);
    json_put_string(w, "column", fault->where);
    json_put_string(w, "code", str_of(fault->message.code));
    json_put_string(w, "en", buf_str(&en));
    json_put_string(w, "fa", buf_str(&fa));
    for (size_t i = 0; i < header->n && i < row->n; i++) {
        if (!str_equal(header->cells[i], fault->where) || map->columns[i].field < 0) continue;
        struct str better =
            import_suggest(house, &map->type->fields[map->columns[i].field], row->cells[i], arena);
        if (better.n && !str_equal(better, row->cells[i])) json_put_string(w, "suggestion", better);
        break;
    }
    json_end_object(w);
    buf_free(&en);
    buf_free(&fa);
}

struct refused_row import_refused_make(struct house *house, const struct import_map *map,
                                       const struct csv_row *header, const struct csv_row *row,
                                       const struct problem *why, struct arena *arena) {
    struct buf cells = {0}, faults = {0};
    struct json_writer w = {.out = &cells};
    json_begin_array(&w);
    for (size_t i = 0; i < row->n; i++)
        json_string(&w, row->cells[i]);
    json_end_array(&w);
    w = (struct json_writer){.out = &faults};
    json_begin_array(&w);
    for (size_t i = 0; i < why->fault_count; i++)
        put_fault(&w, house, map, header, row, &why->faults[i], arena);
    if (!why->fault_count) put_fault(&w, house, map, header, row, &why->main, arena);
    json_end_array(&w);
    return (struct refused_row){row->line, finish(&cells, arena), finish(&faults, arena)};
}

enum status import_refused_put(struct house *house, struct id import, const struct refused_row *rows,
                               size_t n, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    struct rows *insert = rows_open(session, &query_import_refused_insert);
    for (size_t i = 0; i < n; i++) {
        rows_bind_id(insert, "import", import);
        rows_bind_int(insert, "line", rows[i].line);
        rows_bind_text(insert, "cells", rows[i].cells);
        rows_bind_text(insert, "faults", rows[i].faults);
        while (rows_next(insert)) {
        }
        rows_again(insert);
    }
    if ((status = rows_close(insert, problem)) == OK) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

/* ---- repairs of a dry run ---- */

static bool read_cells(struct str text, struct csv_row *row, struct arena *arena) {
    struct json cells;
    struct problem unread = {.arena = arena};
    if (json_parse(text, arena, &cells, &unread) || cells.kind != JSON_ARRAY) return false;
    row->n = cells.n;
    row->cells = arena_array(arena, cells.n + 1, sizeof *row->cells);
    for (size_t i = 0; i < cells.n; i++)
        row->cells[i] = cells.items[i].kind == JSON_STRING ? cells.items[i].string : STR("");
    return true;
}

enum status import_repairs_read(struct house *house, struct id dry_run, struct import_repairs *ret,
                                struct arena *arena, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    VEC(struct csv_row) list = {0};
    struct rows *rows = rows_open(session, &query_import_refused_repaired);
    rows_bind_id(rows, "import", dry_run);
    while (rows_next(rows)) {
        struct csv_row row = {.line = rows_int(rows, 0)};
        if (read_cells(rows_text(rows, 1, arena), &row, arena)) VEC_PUSH(&list, row);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    *ret = (struct import_repairs){
        arena_copy(arena, list.v ? list.v : &(struct csv_row){0}, (list.n ? list.n : 1) * sizeof *list.v),
        list.n};
    VEC_FREE(&list);
    return status;
}

const struct csv_row *import_repairs_find(const struct import_repairs *repairs, int64_t line) {
    size_t from = 0, to = repairs->n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (repairs->rows[middle].line < line)
            from = middle + 1;
        else
            to = middle;
    }
    return from < repairs->n && repairs->rows[from].line == line ? &repairs->rows[from] : NULL;
}
