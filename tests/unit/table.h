/* A CSV file of the shared data as a table of texts, for tests of statistics. Includes come before cmocka's.
 */
#ifndef VAFA_TESTS_TABLE_H
#define VAFA_TESTS_TABLE_H
#include "base/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct table {
    struct str *cells; /* rows × columns; the names come first */
    size_t n, columns; /* rows without the names */
};

/* file: below data/, "survival/lung.csv". False, and a word about it, where it is not there. */
static inline bool table_read(const char *file, struct arena *arena, struct table *out) {
    char path[1000];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    snprintf(path, sizeof path, "%s%s/data/%s",
             shared ? shared
             : root ? root
                    : ".",
             shared ? "" : "/../shared", file);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "skipped: %s is not there\n", path);
        return false;
    }
    struct csv *csv = NULL;
    struct problem problem = {.arena = arena};
    if (csv_open(path, NULL, &csv, &problem)) return false;
    const struct csv_row *row = csv_header(csv);
    size_t capacity = 1024;
    *out = (struct table){.columns = row->n};
    out->cells = arena_array(arena, capacity * row->n, sizeof *out->cells);
    enum status status = OK;
    for (size_t filled = 0; row && !status; status = csv_next(csv, &row, &problem), filled++) {
        if (filled == capacity) {
            struct str *more = arena_array(arena, 2 * capacity * out->columns, sizeof *more);
            for (size_t i = 0; i < capacity * out->columns; i++)
                more[i] = out->cells[i];
            out->cells = more;
            capacity *= 2;
        }
        for (size_t c = 0; c < out->columns && c < row->n; c++)
            out->cells[filled * out->columns + c] = str_copy(arena, row->cells[c]);
        out->n = filled;
    }
    csv_close(csv);
    return !status;
}

static inline struct str table_cell(const struct table *table, size_t row, const char *name) {
    for (size_t c = 0; c < table->columns; c++)
        if (str_is(table->cells[c], name)) return table->cells[(row + 1) * table->columns + c];
    fprintf(stderr, "no column %s\n", name);
    abort();
}
static inline bool table_is(const struct table *table, size_t row, const char *name, const char *value) {
    return str_is(table_cell(table, row, name), value);
}
/* NAN for an empty cell. */
static inline double table_number(const struct table *table, size_t row, const char *name) {
    struct str cell = table_cell(table, row, name);
    char text[64];
    snprintf(text, sizeof text, "%.*s", STR_ARG(cell));
    char *end = text;
    double value = strtod(text, &end);
    return end == text ? NAN : value;
}

#endif
