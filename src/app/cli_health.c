/* Scorecards as files: shown as what can be edited and set again. */
#include "app/cli.h"
#include "platform/files.h"

#include <stdio.h>

enum { CARD_MOST_BYTES = 1 << 20 };

/* The card alone: `scorecards show DATA KEY > card.json`, edit, `scorecards set DATA KEY card.json`. */
int cli_print_scorecard(struct cli *cli, const struct json *body) {
    const struct json *card = json_get(body, "card");
    struct buf text = {0};
    if (card) json_write(&(struct json_writer){&text}, card);
    buf_put_byte(&text, '\n');
    fwrite(text.p, 1, text.n, stdout);
    buf_free(&text);
    (void)cli;
    return CLI_DONE;
}

int cli_scorecard_set(struct cli *cli) {
    struct problem problem = {.arena = &cli->arena};
    struct str key = cli_value(cli, "KEY"), place = cli_value(cli, "place"), text = {0};
    const char *path = str_c(&cli->arena, cli_value(cli, "FILE"));
    struct json card;
    if (file_read(path, CARD_MOST_BYTES, &cli->arena, &text, &problem) ||
        json_parse(text, &cli->arena, &card, &problem))
        return cli_fail(cli, &problem);
    struct buf body = {0}, target = {0};
    struct json_writer w = {&body};
    json_begin_object(&w);
    json_name(&w, STR("card"));
    json_write(&w, &card);
    if (place.p) {
        json_name(&w, STR("place"));
        json_raw(&w, place);
    }
    json_end_object(&w);
    buf_put_c(&target, "/api/v1/scorecards/");
    for (size_t i = 0; i < key.n; i++)
        buf_format(&target, "%%%02X", (unsigned char)key.p[i]);
    struct cli_answer answer = {0};
    int code = cli_call(cli, METHOD_PUT, buf_str(&target), buf_str(&body), NULL, &answer);
    buf_free(&body);
    buf_free(&target);
    return code ? code : cli_print(cli, &answer);
}
