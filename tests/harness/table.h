/* Public data sets as models take them: a CSV file as rows of floats, categories as columns of 0 and 1. */
#ifndef VAFA_TESTS_TABLE_H
#define VAFA_TESTS_TABLE_H
#include "base/csv.h"
#include "base/number.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

struct table {
    struct arena arena;
    size_t n, p;
    struct str *names;  /* p: the column, or column_category */
    float *x;           /* n × p; NaN: empty or "nan" in a column of numbers */
    uint8_t *outcome;   /* n, of table_label */
    struct str **cells; /* as read: n rows of the header's count */
    const struct str *header;
    size_t width;
};

static inline void table_stop(const char *what, const char *path) {
    fprintf(stderr, "%s: %s\n", path, what);
    abort();
}

/* Where a file of the shared data lies; false, and says so, where there is none. */
static inline bool table_path(const char *name, char *out, size_t size) {
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    if (shared)
        snprintf(out, size, "%s/data/%s", shared, name);
    else
        snprintf(out, size, "%s/../shared/data/%s", root ? root : ".", name);
    if (!access(out, R_OK)) return true;
    fprintf(stderr, "SKIPPED: no %s (set VAFA_SHARED)\n", out);
    return false;
}

/* All cells, trimmed. */
static inline void table_read(struct table *table, const char *path) {
    struct problem problem = {.arena = &table->arena};
    struct csv *csv;
    const struct csv_row *row;
    VEC(struct str *) rows = {0};
    if (csv_open(path, NULL, &csv, &problem)) table_stop("cannot be opened", path);
    const struct csv_row *header = csv_header(csv);
    struct str *names = arena_array(&table->arena, header->n, sizeof *names);
    for (size_t i = 0; i < header->n; i++)
        names[i] = str_copy(&table->arena, header->cells[i]);
    table->header = names;
    table->width = header->n;
    while (!csv_next(csv, &row, &problem) && row) {
        if (row->fault || row->ragged) table_stop("has a row that cannot be read", path);
        struct str *cells = arena_array(&table->arena, row->n, sizeof *cells);
        for (size_t i = 0; i < row->n; i++)
            cells[i] = str_copy(&table->arena, str_trim(row->cells[i]));
        VEC_PUSH(&rows, cells);
    }
    csv_close(csv);
    table->n = rows.n;
    table->cells = arena_copy(&table->arena, rows.v, rows.n * sizeof *rows.v);
    VEC_FREE(&rows);
}

static inline size_t table_column(const struct table *table, const char *name) {
    for (size_t i = 0; i < table->width; i++)
        if (str_is(table->header[i], name)) return i;
    table_stop("no such column", name);
    return 0;
}

static inline bool table_number(struct str cell, double *out) {
    *out = NAN;
    return cell.n == 0 || str_equal_nocase(cell, STR("nan")) || !number_parse(cell, out);
}

static inline int table_by_text(const void *a, const void *b) {
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The distinct texts of a column, sorted; false where it holds numbers. */
static inline bool table_levels(struct table *table, size_t column, struct str **levels, size_t *count) {
    bool numbers = true;
    double value;
    VEC(struct str) all = {0};
    for (size_t i = 0; i < table->n; i++) {
        struct str cell = table->cells[i][column];
        size_t k = 0;
        numbers = numbers && table_number(cell, &value);
        if (numbers) continue;
        while (k < all.n && !str_equal(all.v[k], cell))
            k++;
        if (k == all.n) VEC_PUSH(&all, cell);
    }
    for (size_t i = 0; i < table->n && !numbers; i++) { /* those before the first text */
        struct str cell = table->cells[i][column];
        size_t k = 0;
        while (k < all.n && !str_equal(all.v[k], cell))
            k++;
        if (k == all.n) VEC_PUSH(&all, cell);
    }
    if (all.n) qsort(all.v, all.n, sizeof *all.v, table_by_text);
    *levels = arena_copy(&table->arena, all.v, all.n * sizeof *all.v);
    *count = all.n;
    VEC_FREE(&all);
    return !numbers;
}

/* Makes x of all columns but the dropped ones (a list that ends with NULL): numbers first, then categories,
 * in the file's order. */
static inline void table_encode(struct table *table, const char *const *dropped) {
    struct source {
        size_t column;
        struct str level; /* p NULL: a number */
    };
    VEC(struct source) sources = {0};
    for (int pass = 0; pass < 2; pass++)
        for (size_t c = 0; c < table->width; c++) {
            struct str *levels;
            size_t count;
            bool drop = false;
            for (const char *const *name = dropped; *name; name++)
                drop = drop || str_is(table->header[c], *name);
            if (drop || table_levels(table, c, &levels, &count) != (pass == 1)) continue;
            if (!pass) VEC_PUSH(&sources, (struct source){.column = c});
            for (size_t k = 0; k < count && pass; k++)
                VEC_PUSH(&sources, (struct source){c, levels[k]});
        }
    size_t n = table->n, p = table->p = sources.n;
    table->names = arena_array(&table->arena, p, sizeof *table->names);
    table->x = arena_array(&table->arena, n * p, sizeof *table->x);
    for (size_t j = 0; j < p; j++) {
        struct source *source = &sources.v[j];
        struct str name = table->header[source->column];
        table->names[j] = source->level.p
                              ? str_format(&table->arena, "%.*s_%.*s", STR_ARG(name), STR_ARG(source->level))
                              : name;
        for (size_t i = 0; i < n; i++) {
            struct str cell = table->cells[i][source->column];
            double value;
            table_number(cell, &value);
            table->x[i * p + j] = source->level.p ? (float)str_equal(cell, source->level) : (float)value;
        }
    }
    VEC_FREE(&sources);
}

/* The outcome is 1 where the column says `positive`. */
static inline void table_label(struct table *table, const char *column, const char *positive) {
    size_t at = table_column(table, column);
    table->outcome = arena_alloc(&table->arena, table->n + 1);
    for (size_t i = 0; i < table->n; i++)
        table->outcome[i] = str_is(table->cells[i][at], positive);
}

/* Which of five parts a row belongs to: splitmix64(seed × 2³² + row) mod 5. */
static inline unsigned table_fold(uint64_t seed, uint64_t row) {
    uint64_t z = (seed << 32) + row + 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (unsigned)((z ^ z >> 31) % 5);
}

#endif
