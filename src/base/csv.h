/* CSV: a streaming reader over a file, a .gz file or memory, and a writer that spreadsheets can open safely.
 */
#ifndef VAFA_BASE_CSV_H
#define VAFA_BASE_CSV_H
#include "base/problem.h"

enum { CSV_MAX_FIELD = 1 << 20, CSV_MAX_COLUMNS = 512, CSV_MAX_ROW = 4 << 20 };

/* Zero in a member means its default. */
struct csv_options {
    char delimiter;     /* 0: found among comma, semicolon and tab by the first line */
    size_t max_field;   /* bytes; CSV_MAX_FIELD */
    size_t max_columns; /* CSV_MAX_COLUMNS */
    size_t max_row;     /* bytes; CSV_MAX_ROW */
};

struct csv_row {
    int64_t line;      /* physical line where the row starts; the header of most files is line 1 */
    struct str *cells; /* unquoted, valid UTF-8; they live in the reader's buffer until the next csv_next */
    size_t n;
    bool ragged; /* n differs from the header's count; the row is given all the same */
    const struct message
        *fault; /* the row cannot be read (too large, bad quotes): n is 0, arguments below; NULL otherwise */
    struct str fault_args[2];
};

struct csv;
/* Opens and reads the header. Compression is found by its magic number, a byte order mark is skipped.
 * BAD_INPUT for an empty file, UTF-16 and a header that cannot be read. The caller closes with csv_close. The
 * options are copied and may be NULL. */
enum status csv_open(const char *path, const struct csv_options *options, struct csv **ret,
                     struct problem *problem) MUST_USE;
/* The same over memory, which must outlive the reader and is not changed. */
enum status csv_open_memory(struct str data, const struct csv_options *options, struct csv **ret,
                            struct problem *problem) MUST_USE;
void csv_close(struct csv *csv);                         /* NULL is fine */
const struct csv_row *csv_header(const struct csv *csv); /* lives as long as the reader */
/* The next row; *row is NULL at the end of the file. Empty lines are skipped. Fails where reading cannot go
 * on: bytes that are not UTF-8, a damaged or cut-off .gz, a failing disk; the fault names the row. */
enum status csv_next(struct csv *csv, const struct csv_row **row, struct problem *problem) MUST_USE;
/* Bytes of the source consumed so far, and in all (0 when not known): for progress. */
void csv_progress(const struct csv *csv, uint64_t *done, uint64_t *total);

/* Writing, to RFC 4180 with CRLF. */
struct csv_writer {
    struct buf *out;
    bool need_comma;
};
/* Text that a spreadsheet would run as a formula (first byte = + - @ TAB CR) gets a ' in front. Give numbers
 * and dates of our own to csv_put_value, which only quotes. */
void csv_put_text(struct csv_writer *writer, struct str cell);
void csv_put_value(struct csv_writer *writer, struct str cell);
void csv_end_row(struct csv_writer *writer);
void csv_put_bom(struct csv_writer *writer); /* at the very start: Excel takes the file for UTF-8 */

#endif
