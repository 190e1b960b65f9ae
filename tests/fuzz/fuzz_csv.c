/* Any bytes as a CSV file: rows hold valid UTF-8 within the limits, lines grow, and what was read is read
 * again when written. */
#include "base/csv.h"
#include "base/utf8.h"

#include <stdlib.h>

static void check(bool holds) {
    if (!holds) abort();
}

static void read_again(const struct csv_row *row, struct problem *problem) {
    struct buf text = {0};
    struct csv_writer writer = {.out = &text};
    struct csv_options options = {.delimiter = ',', .max_field = 2 << 20};
    struct csv *csv;
    for (size_t i = 0; i < row->n; i++)
        csv_put_value(&writer, row->cells[i]);
    csv_end_row(&writer);
    check(csv_open_memory(buf_str(&text), &options, &csv, problem) == OK);
    const struct csv_row *again = csv_header(csv);
    check(again->n == row->n);
    for (size_t i = 0; i < row->n; i++)
        check(str_equal(again->cells[i], row->cells[i]));
    csv_close(csv);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct csv_options options = {0};
    if (size && data[0] & 1) options = (struct csv_options){.max_field = 8, .max_columns = 4, .max_row = 32};
    struct str text = {(const char *)data + (size > 0), size - (size > 0)};
    struct csv *csv;
    const struct csv_row *row;
    if (csv_open_memory(text, &options, &csv, &problem) == OK) {
        int64_t line = csv_header(csv)->line;
        while (csv_next(csv, &row, &problem) == OK && row) {
            check(row->line > line);
            line = row->line;
            check(row->fault ? row->n == 0 && row->fault_args[0].n > 0 : row->n > 0);
            for (size_t i = 0; i < row->n; i++)
                check(utf8_valid(row->cells[i], NULL));
            bool odd = row->n && (str_starts(row->cells[0], STR("\xEF\xBB\xBF")) ||
                                  str_starts(row->cells[0], STR("PK\3\4")));
            if (row->n > 1 && !odd) read_again(row, &problem);
        }
        csv_close(csv);
    }
    arena_free(&arena);
    return 0;
}
