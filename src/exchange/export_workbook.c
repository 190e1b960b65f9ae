#include "base/calendar.h"
#include "exchange/export.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { TEXT_BYTES = 8000 }; /* Excel takes 32,767 characters a cell; a cell is no place for more than this */

struct workbook {
    char path[PATH_MAX];
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *title, *day, *number[4]; /* by decimals */
    lxw_error error;                     /* the first */
};

static void keep(struct workbook *w, lxw_error error) {
    if (error && !w->error) w->error = error;
}

static enum status failed(struct problem *problem, const char *why) {
    return fail(
        problem, UNAVAILABLE,
        MESSAGE("workbook_failed", "The workbook could not be written: {0}.", "کارپوشه نوشته نشد: {0}."),
        ARGS(str_of(why)));
}

static void set_columns(struct export_sheet *sheet, struct workbook *w) {
    for (size_t i = 0; i < sheet->column_n; i++) {
        const struct export_column *column = &sheet->columns[i];
        lxw_format *format = column->kind == EXPORT_DAY ? w->day
                             : column->kind == EXPORT_NUMBER || column->kind == EXPORT_MONEY
                                 ? w->number[column->decimals]
                                 : NULL;
        keep(w, worksheet_set_column(w->sheet, (lxw_col_t)i, (lxw_col_t)i, column->width, format));
        keep(w,
             worksheet_write_string(w->sheet, 0, (lxw_col_t)i, str_c(sheet->arena, column->title), w->title));
    }
    worksheet_freeze_panes(w->sheet, 1, 0);
}

static enum status begin(struct export_sheet *sheet, struct problem *problem) {
    static const char *const numbers[] = {"#,##0", "#,##0.0", "#,##0.00", "#,##0.000"};
    struct workbook *w = arena_alloc(sheet->arena, sizeof *w);
    sheet->own = w;
    if (snprintf(w->path, sizeof w->path, "%s/export-XXXXXX", sheet->folder) >= (int)sizeof w->path)
        return failed(problem, "the folder's name is too long");
    int file = mkstemp(w->path);
    if (file < 0) return fail_errno(problem, "make a file in", sheet->folder, errno);
    close(file);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = (char *)(uintptr_t)sheet->folder};
    w->book = workbook_new_opt(w->path, &options);
    if (!w->book) return failed(problem, "no memory");
    bool persian = sheet->language == PERSIAN;
    w->sheet = workbook_add_worksheet(w->book, persian ? "مشتریان" : "Accounts");
    if (!w->sheet) return failed(problem, "no memory");
    if (persian) worksheet_right_to_left(w->sheet);
    w->title = workbook_add_format(w->book);
    format_set_bold(w->title);
    w->day = workbook_add_format(w->book);
    /* A real date; Excel shows it in the Persian calendar. */
    format_set_num_format(w->day,
                          sheet->calendar == CALENDAR_PERSIAN ? "[$-fa-IR,96]yyyy/mm/dd;@" : "yyyy-mm-dd");
    for (int i = 0; i < 4; i++) {
        w->number[i] = workbook_add_format(w->book);
        format_set_num_format(w->number[i], numbers[i]);
    }
    set_columns(sheet, w);
    sheet->at_row = 1;
    return OK;
}

static void put_text(struct export_sheet *sheet, struct str text) {
    struct workbook *w = sheet->own;
    size_t n = text.n < TEXT_BYTES ? text.n : TEXT_BYTES;
    while (n < text.n && n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    struct arena scratch = {0};
    if (n)
        keep(w, worksheet_write_string(w->sheet, (lxw_row_t)sheet->at_row, (lxw_col_t)sheet->column,
                                       str_c(&scratch, str_slice(text, 0, n)), NULL));
    arena_free(&scratch);
    sheet->column++;
}

static void put_number(struct export_sheet *sheet, double value) {
    struct workbook *w = sheet->own;
    const struct export_column *column = &sheet->columns[sheet->column];
    if (!isnan(value))
        keep(w, worksheet_write_number(w->sheet, (lxw_row_t)sheet->at_row, (lxw_col_t)sheet->column, value,
                                       w->number[column->decimals]));
    sheet->column++;
}

static void put_day(struct export_sheet *sheet, day_t day) {
    struct workbook *w = sheet->own;
    if (day != INT32_MIN) {
        struct date date = date_from_day(day, CALENDAR_GREGORIAN);
        lxw_datetime time = {.year = date.year, .month = date.month, .day = date.day};
        keep(w, worksheet_write_datetime(w->sheet, (lxw_row_t)sheet->at_row, (lxw_col_t)sheet->column, &time,
                                         w->day));
    }
    sheet->column++;
}

static void end_row(struct export_sheet *sheet) {
    sheet->column = 0;
    sheet->at_row++;
}

static enum status read_all(const char *path, struct buf *out, struct problem *problem) {
    FILE *file = fopen(path, "rb");
    if (!file) return fail_errno(problem, "read", path, errno);
    char block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof block, file)))
        buf_put(out, block, n);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    return error ? fail_errno(problem, "read", path, error) : OK;
}

static enum status end(struct export_sheet *sheet, struct buf *out, struct problem *problem) {
    struct workbook *w = sheet->own;
    enum status status = OK;
    if (!w) return OK;
    if (w->book && w->sheet) {
        worksheet_autofilter(w->sheet, 0, 0, (lxw_row_t)(sheet->at_row ? sheet->at_row - 1 : 0),
                             (lxw_col_t)(sheet->column_n - 1));
        keep(w, workbook_close(w->book));
        if (w->error)
            status = failed(problem, lxw_strerror(w->error));
        else
            status = read_all(w->path, out, problem);
    }
    (void)unlink(w->path);
    return status;
}

const struct export_form export_workbook = {begin, put_text, put_number, put_day, end_row, end};
