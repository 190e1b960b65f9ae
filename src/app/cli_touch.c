/* Logging notes and calls, the timeline as a table, custom fields, undo of imports. */
#include "app/cli.h"
#include "base/vec.h"

#include <stdio.h>
#include <time.h>

static void put_part(struct buf *target, struct str part) {
    for (size_t i = 0; i < part.n; i++)
        buf_format(target, "%%%02X", (unsigned char)part.p[i]);
}

static struct str account_target(struct cli *cli, const char *ending) {
    struct buf target = {0};
    buf_put_c(&target, "/api/v1/accounts/");
    put_part(&target, cli_value(cli, "ACCOUNT"));
    buf_put_c(&target, ending);
    struct str text = str_copy(&cli->arena, buf_str(&target));
    buf_free(&target);
    return text;
}

/* The person that --with names among the account's contacts; none: a fault was told. */
static int find_person(struct cli *cli, struct str typed, struct str *person) {
    struct cli_answer answer;
    struct json body;
    struct problem problem = {.arena = &cli->arena};
    int code =
        cli_call(cli, METHOD_GET, account_target(cli, "/contacts?limit=500"), (struct str){0}, NULL, &answer);
    if (code) return code;
    if (json_parse(answer.body, &cli->arena, &body, &problem)) return cli_fail(cli, &problem);
    const struct json *data = json_get(&body, "data");
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *contact = &data->items[i];
        if (str_equal_nocase(json_get_string(contact, "email"), typed) ||
            str_equal(json_get_string(contact, "name"), typed) ||
            str_equal(json_get_string(contact, "id"), typed))
            *person = json_get_string(contact, "person");
    }
    if (person->n) return CLI_DONE;
    (void)fail(&problem, NOT_FOUND,
               MESSAGE("contact_unnamed", "No contact of the account is called “{0}”.",
                       "مخاطبی به نام «{0}» در این مشتری نیست."),
               ARGS(typed));
    return cli_fail(cli, &problem);
}

int cli_touch(struct cli *cli) {
    static const struct {
        const char *option, *member;
    } texts[] = {{"TEXT", "summary"}, {"outcome", "outcome"}, {"mood", "sentiment"}, {"next", "next_step"}};
    struct str at = cli_value(cli, "at"), with = cli_value(cli, "with"), person = {0};
    char now[INSTANT_TEXT + 1];
    struct cli_answer answer;
    struct buf body = {0};
    struct json_writer w = {.out = &body};
    int code = with.n ? find_person(cli, with, &person) : CLI_DONE;
    if (code) return code;
    instant_print(clock_now(clock_system()), now);
    json_begin_object(&w);
    json_put_string(&w, "kind", str_of(cli->command->words));
    json_put_string(&w, "happened_at", at.n ? at : str_of(now));
    if (person.n) json_put_string(&w, "person", person);
    for (size_t i = 0; i < COUNT(texts); i++)
        if (cli_value(cli, texts[i].option).p)
            json_put_string(&w, texts[i].member, cli_value(cli, texts[i].option));
    json_end_object(&w);
    code = cli_call(cli, METHOD_POST, account_target(cli, "/activities"), buf_str(&body), NULL, &answer);
    buf_free(&body);
    return code ? code : cli_print(cli, &answer);
}

void cli_shape_timeline(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    struct buf text = {0};
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i];
        struct str day = json_get_string(row, "day"), said = json_get_string(row, "text");
        json_begin_object(w);
        json_put_string(w, "when", day.n ? day : json_get_string(row, "at"));
        buf_clear(&text);
        buf_put_str(&text, json_get_string(row, "title"));
        if (said.n) {
            buf_put_c(&text, ": ");
            for (size_t k = 0; k < said.n && k < 160; k++)
                buf_put_byte(&text, said.p[k] == '\n' ? ' ' : said.p[k]);
            while (said.n > 160 && text.n && ((unsigned char)text.p[text.n - 1] & 0xC0) == 0x80)
                text.n--;
            if (said.n > 160 && text.n && ((unsigned char)text.p[text.n - 1] & 0x80)) text.n--;
            if (said.n > 160) buf_put_c(&text, "…");
        }
        json_put_string(w, "what", buf_str(&text));
        json_put_string(w, "who", json_get_string(row, "who"));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_free(&text);
    (void)cli;
}

void cli_shape_refused(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    (void)cli;
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *faults = json_get(&data->items[i], "faults"),
                          *row = json_get(&data->items[i], "row");
        for (size_t k = 0; faults && k < faults->n; k++) {
            json_begin_object(w);
            json_put_int(w, "row", row ? row->integer : 0);
            json_put_string(w, "column", json_get_string(&faults->items[k], "column"));
            json_put_string(w, "message", json_get_string(&faults->items[k], "message"));
            json_put_string(w, "suggestion", json_get_string(&faults->items[k], "suggestion"));
            json_end_object(w);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

int cli_field_add(struct cli *cli) {
    static const struct {
        const char *option, *member;
    } texts[] = {{"KEY", "key"},
                 {"type", "type"},
                 {"title", "title_en"},
                 {"title-fa", "title_fa"},
                 {"description", "description"},
                 {"currency", "currency"}};
    struct cli_answer answer;
    struct buf body = {0};
    struct json_writer w = {.out = &body};
    json_begin_object(&w);
    json_put_string(&w, "of", cli_value(cli, "of").n ? cli_value(cli, "of") : STR("account"));
    for (size_t i = 0; i < COUNT(texts); i++)
        if (cli_value(cli, texts[i].option).p)
            json_put_string(&w, texts[i].member, cli_value(cli, texts[i].option));
    if (cli_value(cli, "choices").n) {
        json_name(&w, STR("choices"));
        json_begin_array(&w);
        for (struct str rest = cli_value(cli, "choices"); rest.n;) {
            struct str names, fa, choice = str_cut(rest, ',', &rest),
                                  key = str_trim(str_cut(choice, '=', &names)),
                                  en = str_trim(str_cut(names, '=', &fa));
            json_begin_object(&w);
            json_put_string(&w, "key", key);
            json_put_string(&w, "en", en.n ? en : key);
            json_put_string(&w, "fa", str_trim(fa).n ? str_trim(fa) : en.n ? en : key);
            json_end_object(&w);
        }
        json_end_array(&w);
    }
    json_end_object(&w);
    int code = cli_call(cli, METHOD_POST, STR("/api/v1/custom-fields"), buf_str(&body), NULL, &answer);
    buf_free(&body);
    return code ? code : cli_print(cli, &answer);
}

/* Asks for it and waits for the end. */
int cli_import_undo(struct cli *cli) {
    struct buf target = {0};
    struct cli_answer answer;
    struct json body;
    struct problem problem = {.arena = &cli->arena};
    buf_put_c(&target, "/api/v1/imports/");
    put_part(&target, cli_value(cli, "IMPORT"));
    struct str watched = str_copy(&cli->arena, buf_str(&target));
    buf_put_c(&target, "/undo");
    int code = cli_call(cli, METHOD_POST, buf_str(&target), (struct str){0}, NULL, &answer);
    buf_free(&target);
    for (;;) {
        if (code) return code;
        code = cli_call(cli, METHOD_GET, watched, (struct str){0}, NULL, &answer);
        if (code) return code;
        if (json_parse(answer.body, &cli->arena, &body, &problem)) return cli_fail(cli, &problem);
        struct str state = json_get_string(&body, "undo");
        if (!str_is(state, "waiting") && !str_is(state, "running")) break;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000000L}, NULL);
    }
    return cli_print(cli, &answer);
}
