/* Usage as it came: events as a list for people, and what was not taken. */
#include "app/cli.h"

#include <stdio.h>

void cli_shape_events(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const char *const passed[] = {"account", "account_key", "user_key", "name", "source"};
    const struct json *data = json_get(body, "data");
    struct format format = cli_place(cli);
    struct buf text = {0};
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *count = json_get(row, "count");
        json_begin_object(w);
        json_put_string(w, "occurred", json_get_string(row, "occurred"));
        for (size_t p = 0; p < sizeof passed / sizeof *passed; p++)
            json_put_string(w, passed[p], json_get_string(row, passed[p]));
        if (cli->format == CLI_CSV) {
            json_put_int(w, "count", count->integer);
        } else {
            buf_clear(&text);
            if (count->integer > 1) {
                buf_put_c(&text, "×");
                format_int(&text, &format, count->integer);
            }
            json_put_string(w, "count", buf_str(&text));
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_free(&text);
}

static int replay(struct cli *cli) {
    struct cli_answer answer;
    struct json body;
    struct problem problem = {.arena = &cli->arena};
    int failed =
        cli_call(cli, METHOD_POST, STR("/api/v1/rejected/replay"), STR("{\"all\":true}"), NULL, &answer);
    if (failed) return failed;
    if (cli->format != CLI_TABLE || json_parse(answer.body, &cli->arena, &body, &problem))
        return cli_print(cli, &answer);
    struct format format = cli_place(cli);
    struct buf text = {0};
    if (cli->language == ENGLISH)
        buf_put_c(&text, "Sent through again: ");
    else
        buf_put_c(&text, "دوباره فرستاده شد: ");
    format_int(&text, &format, json_get(&body, "replayed")->integer);
    buf_put_c(&text,
              cli->language == PERSIAN ? "\nهنوز پذیرفته‌نشده:\n" : "\nStill refused:\n");
    fwrite(text.p, 1, text.n, stdout);
    buf_free(&text);
    return CLI_DONE;
}

int cli_rejected(struct cli *cli) {
    struct cli_answer answer;
    bool again = cli_value(cli, "replay").p;
    int failed = again ? replay(cli) : CLI_DONE;
    if (failed || (again && cli->format != CLI_TABLE)) return failed;
    struct str limit = cli_value(cli, "limit");
    struct str target = str_format(&cli->arena, "/api/v1/rejected?open=%d%s%.*s", again,
                                   limit.p ? "&limit=" : "", STR_ARG(limit));
    failed = cli_call(cli, METHOD_GET, target, (struct str){0}, NULL, &answer);
    return failed ? failed : cli_print(cli, &answer);
}
