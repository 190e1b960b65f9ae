/* Answers as people read them: tables with the width that a terminal gives to Persian, JSON as it came, CSV.
 */
#include "app/cli.h"
#include "base/csv.h"
#include "base/format.h"
#include "base/utf8.h"

#include <stdio.h>
#include <unicode/uchar.h>

enum { COLUMNS_MOST = 64, SHOWN_MOST = 60 };

static const struct route *route_of(const struct command *command) {
    for (size_t i = 0; i < route_count && command->path; i++)
        if (route_table[i].method == command->method && strcmp(route_table[i].path, command->path) == 0)
            return &route_table[i];
    return NULL;
}

static const struct field *field_of(const struct cli *cli, const char *name) {
    const struct route *route = route_of(cli->command);
    int i = route && route->output ? field_index(route->output, str_of(name)) : -1;
    return i < 0 ? NULL : &route->output->fields[i];
}

static struct str title_of(const struct cli *cli, const struct cli_column *column) {
    const struct field *field = field_of(cli, column->name);
    struct text title = column->title.en || !field ? column->title : field->title;
    return str_of(!title.en ? column->name : cli->language == PERSIAN ? title.fa : title.en);
}

static const struct json *member(const struct json *item, const char *path) {
    struct str rest = str_of(path);
    while (item && rest.n) {
        struct str name = str_cut(rest, '.', &rest);
        const struct json *found = NULL;
        for (size_t i = 0; item->kind == JSON_OBJECT && i < item->n; i++)
            if (str_equal(item->names[i], name)) found = &item->items[i];
        item = found;
    }
    return item;
}

static void show(const struct cli *cli, const struct json *value, bool human, struct buf *out) {
    struct format format = {.language = cli->language};
    struct json_writer w = {.out = out};
    switch (value ? value->kind : JSON_NULL) {
    case JSON_NULL:
        if (human) buf_put_c(out, "–");
        break;
    case JSON_STRING:
        buf_put_str(out, value->string);
        break;
    case JSON_INT:
        if (human)
            format_int(out, &format, value->integer);
        else
            json_int(&w, value->integer);
        break;
    case JSON_NUMBER:
        if (human)
            format_number(out, &format, value->number, 4);
        else
            json_number(&w, value->number);
        break;
    case JSON_BOOL:
        if (!human)
            json_bool(&w, value->boolean);
        else if (cli->language == PERSIAN)
            buf_put_c(out, value->boolean ? "بله" : "خیر");
        else
            buf_put_c(out, value->boolean ? "yes" : "no");
        break;
    case JSON_OBJECT:
        if (human && json_get(value, "en") && json_get(value, "fa")) {
            buf_put_str(out, json_get_string(value, cli->language == PERSIAN ? "fa" : "en"));
            break;
        }
        json_write(&w, value);
        break;
    default:
        json_write(&w, value);
    }
}

/* Columns of a terminal: nothing for marks and joiners, two for wide letters. */
static size_t width_of(struct str text, bool *rtl) {
    size_t width = 0, at = 0;
    while (at < text.n) {
        UChar32 c = (UChar32)utf8_next(text, &at);
        int direction = u_charDirection(c), kind = u_charType(c),
            wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
        if (direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC) *rtl = true;
        if (kind == U_NON_SPACING_MARK || kind == U_ENCLOSING_MARK || kind == U_FORMAT_CHAR ||
            kind == U_CONTROL_CHAR)
            continue;
        width += wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
    }
    return width;
}

/* One cell, isolated so that right-to-left text does not turn its neighbours around; control characters never
 * reach a terminal. */
static void put_cell(struct str text, size_t width, bool last) {
    bool rtl = false;
    size_t own = width_of(text, &rtl);
    if (rtl) fputs("\u2068", stdout);
    for (size_t i = 0; i < text.n; i++)
        putchar((unsigned char)text.p[i] < 32 || text.p[i] == 127 ? ' ' : text.p[i]);
    if (rtl) fputs("\u2069", stdout);
    for (size_t i = own; i < width + 2 && !last; i++)
        putchar(' ');
}

static struct str cell(struct cli *cli, const struct json *item, const char *name, bool human) {
    const struct json *value = member(item, name);
    const struct field *field = field_of(cli, name);
    bool time = human && value && value->kind == JSON_STRING && field &&
                (field->type == FIELD_DATE || field->type == FIELD_INSTANT);
    struct buf out = {0};
    if (time)
        cli_put_time(cli, value->string, &out);
    else
        show(cli, value, human, &out);
    struct str text = str_copy(&cli->arena, buf_str(&out));
    buf_free(&out);
    return text.p ? text : STR("");
}

static void print_table(struct cli *cli, const struct cli_column *columns, size_t column_count,
                        const struct json *rows, size_t n) {
    size_t widths[COLUMNS_MOST] = {0};
    bool ignored;
    struct str *cells = arena_array(&cli->arena, (n + 1) * column_count, sizeof *cells);
    for (size_t c = 0; c < column_count; c++) {
        cells[c] = title_of(cli, &columns[c]);
        for (size_t r = 0; r < n; r++)
            cells[(r + 1) * column_count + c] = cell(cli, &rows[r], columns[c].name, true);
        for (size_t r = 0; r <= n; r++) {
            size_t width = width_of(cells[r * column_count + c], &ignored);
            if (width > widths[c]) widths[c] = width;
        }
        if (widths[c] > SHOWN_MOST && c + 1 < column_count) widths[c] = SHOWN_MOST;
    }
    if (!n) {
        puts(cli->language == PERSIAN ? "چیزی برای نمایش نیست." : "Nothing to show.");
        return;
    }
    for (size_t r = 0; r <= n; r++) {
        for (size_t c = 0; c < column_count; c++)
            put_cell(cells[r * column_count + c], widths[c], c + 1 == column_count);
        putchar('\n');
    }
}

static void print_csv(struct cli *cli, const struct cli_column *columns, size_t column_count,
                      const struct json *rows, size_t n) {
    struct buf out = {0};
    struct csv_writer w = {.out = &out};
    for (size_t c = 0; c < column_count; c++)
        csv_put_text(&w, str_of(columns[c].name));
    csv_end_row(&w);
    for (size_t r = 0; r < n; r++) {
        for (size_t c = 0; c < column_count; c++) {
            const struct json *value = member(&rows[r], columns[c].name);
            struct str text = cell(cli, &rows[r], columns[c].name, false);
            if (value && value->kind != JSON_STRING)
                csv_put_value(&w, text);
            else
                csv_put_text(&w, text);
        }
        csv_end_row(&w);
    }
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
}

/* One record: a line for each member. */
static void print_record(struct cli *cli, const struct cli_column *columns, size_t column_count,
                         const struct json *item) {
    size_t width = 0;
    bool ignored;
    for (size_t c = 0; c < column_count; c++) {
        size_t own = width_of(title_of(cli, &columns[c]), &ignored);
        if (own > width) width = own;
    }
    for (size_t c = 0; c < column_count; c++) {
        put_cell(title_of(cli, &columns[c]), width, false);
        put_cell(cell(cli, item, columns[c].name, true), 0, true);
        putchar('\n');
    }
}

int cli_print(struct cli *cli, const struct cli_answer *answer) {
    struct problem problem = {.arena = &cli->arena};
    struct cli_column own[COLUMNS_MOST] = {{0}};
    struct json body;
    if (!answer->body.n) return CLI_DONE;
    if (!answer->json || cli->format == CLI_JSON) {
        fwrite(answer->body.p, 1, answer->body.n, stdout);
        if (answer->body.p[answer->body.n - 1] != '\n') putchar('\n');
        return CLI_DONE;
    }
    if (json_parse(answer->body, &cli->arena, &body, &problem)) return cli_fail(cli, &problem);
    const struct json *data = json_get(&body, "data");
    bool list = data && data->kind == JSON_ARRAY;
    const struct json *rows = list ? data->items : &body, *first = rows;
    size_t n = list ? data->n : 1, column_count = 0;
    const struct cli_column *columns = cli->command->columns;
    while (columns && columns[column_count].name)
        column_count++;
    if (!columns) {
        for (size_t i = 0; n && first->kind == JSON_OBJECT && i < first->n && column_count < COLUMNS_MOST;
             i++)
            own[column_count++].name = str_c(&cli->arena, first->names[i]);
        columns = own;
    }
    if (cli->format == CLI_CSV)
        print_csv(cli, columns, column_count, rows, n);
    else if (list)
        print_table(cli, columns, column_count, rows, n);
    else
        print_record(cli, columns, column_count, rows);
    return CLI_DONE;
}
