#include "insight/source.h"

#include "base/vec.h"

#include <math.h>

int signal_number(const struct signal_source *source, struct str name) {
    for (int i = 0; source->numbers[i].name; i++)
        if (str_is(name, source->numbers[i].name)) return i;
    return -1;
}

int signal_text(const struct signal_source *source, struct str name) {
    for (int i = 0; source->texts[i]; i++)
        if (str_is(name, source->texts[i])) return i;
    return -1;
}

void signal_table_put(struct signal_table *table, uint32_t account, const struct signal_row *row) {
    if (account >= table->n) {
        size_t n = table->n * 2 > account ? table->n * 2 : (size_t)account + 64;
        table->accounts = memory_resize(table->accounts, n * sizeof *table->accounts);
        memset(table->accounts + table->n, 0, (n - table->n) * sizeof *table->accounts);
        table->n = n;
    }
    struct signal_account *one = &table->accounts[account];
    if (!(one->n & (one->n - 1))) /* full at powers of two */
        one->rows = memory_resize(one->rows, (one->n ? (size_t)one->n * 2 : 1) * sizeof *one->rows);
    one->rows[one->n++] = *row;
    table->rows++;
}

static int by_occurred(const void *a, const void *b) {
    const struct signal_row *x = a, *y = b;
    if (x->occurred != y->occurred) return x->occurred < y->occurred ? -1 : 1;
    return x->known_from < y->known_from ? -1 : x->known_from > y->known_from;
}

void signal_table_sort(struct signal_table *table, uint32_t account) {
    if (account >= table->n || table->accounts[account].n < 2) return;
    qsort(table->accounts[account].rows, table->accounts[account].n, sizeof(struct signal_row), by_occurred);
}

void signal_table_clear(struct signal_table *table, uint32_t account) {
    if (account >= table->n) return;
    table->rows -= table->accounts[account].n;
    free(table->accounts[account].rows);
    table->accounts[account] = (struct signal_account){0};
}

static void clear_all(struct signal_table *table) {
    for (size_t i = 0; i < table->n; i++)
        signal_table_clear(table, (uint32_t)i);
}

void signal_table_free(struct signal_table *table) {
    clear_all(table);
    free(table->accounts);
    for (int i = 0; i < SIGNAL_TEXTS; i++)
        dict_free(&table->texts[i]);
    *table = (struct signal_table){.source = table->source};
}

static void read_row(struct signal_table *table, struct rows *rows, const struct zone *zone,
                     struct signal_row *row) {
    const struct signal_source *source = table->source;
    int column = 1;
    row->occurred = rows_int(rows, column++);
    row->known_from = rows_int(rows, column++);
    row->ended = rows_is_null(rows, column) ? INT64_MAX : rows_int(rows, column);
    column++;
    row->assumed = rows_int(rows, column++) != 0;
    if (source->days) {
        row->occurred = zone_start(zone, (day_t)row->occurred);
        if (row->ended != INT64_MAX) row->ended = zone_start(zone, (day_t)row->ended);
    }
    for (int i = 0; i < SIGNAL_NUMBERS; i++)
        row->number[i] = NAN;
    for (int i = 0; source->numbers[i].name; i++, column++)
        if (!rows_is_null(rows, column)) row->number[i] = rows_number(rows, column);
    for (int i = 0; i < SIGNAL_TEXTS; i++)
        row->text[i] = NO_TEXT;
    for (int i = 0; source->texts[i]; i++, column++)
        if (!rows_is_null(rows, column))
            row->text[i] = dict_put(&table->texts[i], rows_text(rows, column, NULL), NULL);
    int value = source->reads ? signal_text(source, STR("value")) : -1;
    if (value < 0 || !isnan(row->number[0]) || row->text[value] == NO_TEXT) return;
    struct str text =
        dict_key(&table->texts[value], row->text[value]); /* NUL-terminated: dictionaries copy so */
    char *end = NULL;
    double number = strtod(text.p, &end);
    day_t day;
    if (text.n && !*end && isfinite(number))
        row->number[0] = number;
    else if (str_is(text, "true") || str_is(text, "false"))
        row->number[0] = str_is(text, "true");
    else if (text.n == DAY_TEXT && !day_parse(text, &day))
        row->number[0] = day;
}

enum status signal_table_load(struct signal_table *table, struct session *session,
                              const struct directory *directory, const struct zone *zone,
                              const struct id *account, struct problem *problem) {
    const struct signal_source *source = table->source;
    if (account) {
        uint32_t index = directory_by_id(directory, *account);
        if (index == ACCOUNT_NONE) return OK;
        signal_table_clear(table, index);
    } else {
        clear_all(table);
    }
    struct rows *rows = rows_open(session, account ? source->load_account : source->load_all);
    if (account) rows_bind_id(rows, "account", *account);
    while (rows_next(rows)) {
        uint32_t index = directory_by_id(directory, rows_id(rows, 0));
        if (index == ACCOUNT_NONE) continue;
        struct signal_row row = {0};
        read_row(table, rows, zone, &row);
        signal_table_put(table, index, &row);
    }
    uint32_t first = account ? directory_by_id(directory, *account) : 0;
    for (uint32_t i = first; i < (account ? first + 1 : table->n); i++)
        signal_table_sort(table, i);
    return rows_close(rows, problem);
}
