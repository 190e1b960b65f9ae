#include "base/calendar.h"
#include "exchange/export.h"

#include <math.h>

/* What a spreadsheet takes for a formula when it stands first; also behind blanks. */
static bool looks_like_formula(struct str s) {
    size_t i = 0;
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
        i++;
    if (i && i < s.n && s.p[0] != ' ') return true;
    return i < s.n && strchr("=+-@", s.p[i]);
}

static void separate(struct export_sheet *sheet) {
    if (sheet->column++) buf_put_byte(sheet->out, ',');
}

static void put_cell(struct export_sheet *sheet, struct str text) {
    bool formula = looks_like_formula(text), quote = formula;
    separate(sheet);
    for (size_t i = 0; i < text.n && !quote; i++)
        quote = strchr(",\"\r\n;", text.p[i]) != NULL;
    if (quote) buf_put_byte(sheet->out, '"');
    if (formula) buf_put_byte(sheet->out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') buf_put_byte(sheet->out, '"');
        buf_put_byte(sheet->out, text.p[i]);
    }
    if (quote) buf_put_byte(sheet->out, '"');
}

static void end_row(struct export_sheet *sheet) {
    buf_put_c(sheet->out, "\r\n");
    sheet->column = 0;
    sheet->at_row++;
}

static enum status begin(struct export_sheet *sheet, struct problem *problem) {
    (void)problem;
    buf_put_c(sheet->out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < sheet->column_n; i++)
        put_cell(sheet, sheet->columns[i].title);
    end_row(sheet);
    return OK;
}

static void put_number(struct export_sheet *sheet, double value) {
    const struct export_column *column = &sheet->columns[sheet->column];
    separate(sheet);
    if (!isnan(value)) buf_format(sheet->out, "%.*f", column->decimals, value);
}

static void put_day(struct export_sheet *sheet, day_t day) {
    separate(sheet);
    if (day == INT32_MIN) return;
    struct date date = date_from_day(day, sheet->calendar);
    char mark = sheet->calendar == CALENDAR_PERSIAN ? '/' : '-';
    buf_format(sheet->out, "%04d%c%02d%c%02d", date.year, mark, date.month, mark, date.day);
}

static enum status end(struct export_sheet *sheet, struct buf *out, struct problem *problem) {
    (void)sheet, (void)out, (void)problem;
    return OK;
}

const struct export_form export_csv = {begin, put_cell, put_number, put_day, end_row, end};
