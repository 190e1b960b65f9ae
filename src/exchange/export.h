/* The table of accounts as a file: the rows of a question (insight/account_table.h) with titles in the
 * reader's language. CSV: UTF-8 with a byte order mark, numbers plain, dates in the reader's calendar, cells
 * that a spreadsheet would take for a formula marked as text. Workbook: real numbers and dates, shown in the
 * reader's calendar; in Persian from the right. */
#ifndef VAFA_EXCHANGE_EXPORT_H
#define VAFA_EXCHANGE_EXPORT_H
#include "base/calendar.h"
#include "platform/route.h"

extern const struct route_query account_export_query[];
/* BAD_INPUT where there are more rows than the setting accounts.export_most. */
enum status export_handle_accounts(struct request *, struct response *, struct problem *);

/* A sheet being written; one of the two forms. Cells come row by row, in order. */
enum export_kind { EXPORT_TEXT, EXPORT_NUMBER, EXPORT_MONEY, EXPORT_DAY };
struct export_column {
    struct str title;
    enum export_kind kind;
    int decimals; /* of NUMBER and MONEY */
    int width;    /* characters */
};
struct export_sheet;
struct export_form {
    enum status (*begin)(struct export_sheet *sheet, struct problem *problem);
    void (*text)(struct export_sheet *sheet, struct str text);
    void (*number)(struct export_sheet *sheet, double value); /* NaN: empty */
    void (*day)(struct export_sheet *sheet, day_t day);
    void (*row)(struct export_sheet *sheet); /* the row is full */
    enum status (*end)(struct export_sheet *sheet, struct buf *out,
                       struct problem *problem); /* always called */
};
struct export_sheet {
    const struct export_column *columns;
    size_t column_n, column, at_row; /* where the next cell goes */
    enum language language;
    enum calendar calendar;
    const char *folder; /* for what does not fit in memory */
    struct arena *arena;
    struct buf *out;
    void *own;
};
extern const struct export_form export_csv, export_workbook;

#endif
