/* The table of accounts as people read it, and as a file. */
#include "app/cli_rows.h"

#include <errno.h>
#include <stdio.h>

static void put_list(struct json_writer *w, const char *name, const struct json *list, struct buf *text) {
    for (size_t i = 0; list && i < list->n; i++) {
        if (i) buf_put_c(text, ", ");
        buf_put_str(text, list->items[i].string);
    }
    put_text(w, name, text);
}

static void put_facts(struct json_writer *w, const struct json *facts, struct buf *text) {
    struct json_writer value = {.out = text};
    for (size_t i = 0; facts && i < facts->n; i++) {
        if (i) buf_put_c(text, "; ");
        buf_put_str(text, facts->names[i]);
        buf_put_c(text, ": ");
        value.need_comma = false;
        if (facts->items[i].kind == JSON_STRING)
            buf_put_str(text, facts->items[i].string);
        else
            json_write(&value, &facts->items[i]);
    }
    put_text(w, "facts", text);
}

void cli_shape_accounts(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    struct str currency = json_get_string(body, "currency");
    struct format format = cli_place(cli);
    struct buf text = {0};
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *health = json_get(row, "health");
        json_begin_object(w);
        json_put_string(w, "key", json_get_string(row, "key"));
        json_put_string(w, "name", json_get_string(row, "name"));
        double score = number_of(health, "score");
        if (!isnan(score)) format_number(&text, &format, round(score), 0);
        if (!isnan(score)) buf_put_byte(&text, ' ');
        buf_put_str(&text, json_get_string(health, "title"));
        put_text(w, "health", &text);
        put_decimal(w, &format, "change", number_of(health, "change"), 0, true, &text);
        json_put_string(w, "why", json_get_string(json_get(row, "why"), "text"));
        double arr = number_of(row, "arr");
        if (!isnan(arr)) format_money(&text, &format, llround(arr), currency);
        put_text(w, "arr", &text);
        struct str renews = json_get_string(row, "renews_on");
        if (renews.n) cli_put_time(cli, renews, &text);
        put_text(w, "renews_on", &text);
        json_put_string(w, "stage", json_get_string(row, "stage"));
        json_put_string(w, "owner", json_get_string(json_get(row, "owner"), "name"));
        put_list(w, "tags", json_get(row, "tags"), &text);
        put_facts(w, json_get(row, "facts"), &text);
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}

static void put_encoded(struct buf *out, struct str value) {
    for (size_t i = 0; i < value.n; i++)
        buf_format(out, "%%%02X", (unsigned char)value.p[i]);
}

int cli_account_export(struct cli *cli) {
    static const char *const options[] = {"segment", "where", "view", "q", "sort", "columns"};
    struct str path = cli_value(cli, "FILE");
    struct problem problem = {.arena = &cli->arena};
    struct cli_answer answer;
    struct buf target = {0};
    buf_put_c(&target, "/api/v1/accounts/export?format=");
    buf_put_c(&target, str_ends(path, STR(".xlsx")) ? "xlsx" : "csv");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct str value = cli_value(cli, options[i]);
        if (!value.p) continue;
        buf_format(&target, "&%s=", options[i]);
        put_encoded(&target, value);
    }
    int failed = cli_call(cli, METHOD_GET, buf_str(&target), (struct str){0}, NULL, &answer);
    buf_free(&target);
    if (failed) return failed;
    const char *name = str_c(&cli->arena, path);
    FILE *file = fopen(name, "we");
    bool written = file && fwrite(answer.body.p, 1, answer.body.n, file) == answer.body.n;
    int error = errno;
    if (file && fclose(file)) written = false;
    if (written) return CLI_DONE;
    fail_errno(&problem, "write", name, error);
    return cli_fail(cli, &problem);
}
