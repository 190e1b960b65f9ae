/* Answers about segments and rules as people read them in a terminal. */
#include "app/cli.h"

#include "base/vec.h"

#include <stdio.h>

static const char *say(const struct cli *cli, const char *en, const char *fa) {
    return cli->language == PERSIAN ? fa : en;
}

static const char *language_of(const struct cli *cli) {
    return cli->language == PERSIAN ? "fa" : "en";
}

static int64_t int_of(const struct json *item, const char *name) {
    const struct json *value = json_get(item, name);
    return value && value->kind == JSON_INT ? value->integer : 0;
}

static bool is_number(const struct json *item, const char *name) {
    const struct json *value = json_get(item, name);
    return value && value->kind == JSON_INT;
}

static void put_raw(struct json_writer *w, const struct json *row, const char *name) {
    const struct json *value = json_get(row, name);
    json_name(w, str_of(name));
    if (value)
        json_write(w, value);
    else
        json_null(w);
}

static void put_money(struct cli *cli, struct json_writer *w, const struct json *row, struct str currency) {
    if (cli->format == CLI_CSV || !is_number(row, "arr") || !currency.n) return put_raw(w, row, "arr");
    struct format format = {.language = cli->language};
    struct buf text = {0};
    format_money(&text, &format, int_of(row, "arr"), currency);
    json_put_string(w, "arr", buf_str(&text));
    buf_free(&text);
}

static void put_time(struct cli *cli, struct json_writer *w, const struct json *row, const char *name) {
    struct str value = json_get_string(row, name);
    if (cli->format == CLI_CSV || !value.n) return put_raw(w, row, name);
    struct buf text = {0};
    cli_put_time(cli, value, &text);
    json_put_string(w, name, buf_str(&text));
    buf_free(&text);
}

static void write_segment(struct cli *cli, const struct json *row, struct json_writer *w) {
    static const char *const raw[] = {"key",     "holds",     "members",     "unknown",
                                      "version", "text",      "touch_place", "touch_cadence_days",
                                      "broken",  "created_by"};
    json_begin_object(w);
    for (size_t i = 0; i < COUNT(raw); i++)
        put_raw(w, row, raw[i]);
    put_money(cli, w, row, json_get_string(row, "currency"));
    json_put_string(w, "title", json_get_string(row, cli->language == PERSIAN ? "title_fa" : "title_en"));
    put_time(cli, w, row, "since");
    put_time(cli, w, row, "live_from");
    json_end_object(w);
}

void cli_shape_segments(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    if (!data) return write_segment(cli, body, w);
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; i < data->n; i++)
        write_segment(cli, &data->items[i], w);
    json_end_array(w);
    json_end_object(w);
}

static void write_rows(struct cli *cli, const struct json *body, struct json_writer *w,
                       void (*write)(struct cli *cli, const struct json *row, struct json_writer *w)) {
    const struct json *data = json_get(body, "data");
    struct str currency = json_get_string(body, "currency");
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        json_begin_object(w);
        put_raw(w, &data->items[i], "account");
        put_raw(w, &data->items[i], "name");
        put_raw(w, &data->items[i], "contact_name");
        put_money(cli, w, &data->items[i], currency);
        write(cli, &data->items[i], w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_member(struct cli *cli, const struct json *row, struct json_writer *w) {
    put_time(cli, w, row, "turns_on");
}

void cli_shape_members(struct cli *cli, const struct json *body, struct json_writer *w) {
    write_rows(cli, body, w, write_member);
}

static void write_change(struct cli *cli, const struct json *row, struct json_writer *w) {
    static const struct {
        const char *cause;
        struct text text;
    } causes[] = {{"rule", {"the rule", "قاعده"}},
                  {"rule_edited", {"rule edited", "ویرایش قاعده"}},
                  {"list", {"by hand", "دستی"}},
                  {"new", {"new here", "تازه‌وارد"}},
                  {"gone", {"no longer there", "دیگر نیست"}},
                  {"start", {"while Vafa was stopped", "هنگام خاموشی وفا"}}};
    const struct json *entered = json_get(row, "entered");
    bool in = entered && entered->kind == JSON_BOOL && entered->boolean;
    if (cli->format == CLI_CSV) {
        put_raw(w, row, "at");
        json_put_string(w, "what", in ? STR("entered") : STR("left"));
        put_raw(w, row, "cause");
        json_put_string(w, "why", json_get_string(json_get(row, "why"), "text"));
        return;
    }
    put_time(cli, w, row, "at");
    json_put_string(w, "what", str_of(in ? say(cli, "entered", "آمد") : say(cli, "left", "رفت")));
    for (size_t i = 0; i < COUNT(causes); i++)
        if (str_is(json_get_string(row, "cause"), causes[i].cause))
            json_put_string(w, "cause", str_of(say(cli, causes[i].text.en, causes[i].text.fa)));
    json_put_string(w, "why", json_get_string(json_get(row, "why"), language_of(cli)));
}

void cli_shape_segment_history(struct cli *cli, const struct json *body, struct json_writer *w) {
    write_rows(cli, body, w, write_change);
}

/* ---- preview ---- */

static void put_names(struct cli *cli, const struct json *body, const char *name, const char *sign,
                      struct buf *out) {
    const struct json *side = json_get(body, name), *names = json_get(side, "names");
    struct format format = {.language = cli->language};
    if (!side) return;
    buf_put_c(out, sign);
    format_int(out, &format, int_of(side, "count"));
    for (size_t i = 0; names && i < names->n; i++) {
        struct str contact = json_get_string(&names->items[i], "contact_name");
        buf_put_c(out, i ? say(cli, ", ", "، ") : ": ");
        if (contact.n) buf_format(out, "%.*s – ", STR_ARG(contact));
        buf_put_str(out, json_get_string(&names->items[i], "name"));
    }
    if (names && int_of(side, "count") > (int64_t)names->n) buf_put_c(out, " …");
    buf_put_byte(out, '\n');
}

static void put_causes(struct cli *cli, const struct json *body, struct buf *out) {
    const struct json *causes = json_get(body, "causes");
    struct format format = {.language = cli->language};
    for (size_t i = 0; causes && i < causes->n; i++) {
        buf_put_c(out, "  ");
        format_int(out, &format, int_of(&causes->items[i], "count"));
        buf_put_c(out, ": ");
        buf_put_str(out, json_get_string(json_get(&causes->items[i], "cause"), language_of(cli)));
        buf_put_byte(out, '\n');
    }
}

int cli_print_preview(struct cli *cli, const struct json *body) {
    struct format format = {.language = cli->language};
    const struct json *sizes = json_get(body, "sizes");
    struct buf out = {0};
    buf_put_c(&out, say(cli, "Members: ", "اعضا: "));
    format_int(&out, &format, int_of(body, "members"));
    buf_put_c(&out, say(cli, " · ARR: ", " · درآمد سالانه: "));
    format_money(&out, &format, int_of(body, "arr"), json_get_string(body, "currency"));
    buf_put_c(&out, say(cli, " · not judged: ", " · نامعلوم: "));
    format_int(&out, &format, int_of(body, "unknown"));
    buf_put_byte(&out, '\n');
    put_causes(cli, body, &out);
    put_names(cli, body, "added", "+", &out);
    put_names(cli, body, "removed", "−", &out);
    buf_put_c(&out, say(cli, "Size, as recomputed:\n", "اندازه، بازمحاسبه‌شده:\n"));
    for (size_t i = 0; sizes && i < sizes->n; i++) {
        buf_put_c(&out, "  ");
        cli_put_time(cli, json_get_string(&sizes->items[i], "day"), &out);
        buf_put_c(&out, "  ");
        format_int(&out, &format, int_of(&sizes->items[i], "members"));
        if (int_of(&sizes->items[i], "unknown")) {
            buf_put_c(&out, say(cli, " · not judged: ", " · نامعلوم: "));
            format_int(&out, &format, int_of(&sizes->items[i], "unknown"));
        }
        buf_put_byte(&out, '\n');
    }
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
    return CLI_DONE;
}

/* ---- rules ---- */

int cli_print_rule(struct cli *cli, const struct json *body) {
    struct format format = {.language = cli->language};
    struct str explained = json_get_string(body, "explained"), turns = json_get_string(body, "turns_on");
    struct buf out = {0};
    buf_put_str(&out, json_get_string(json_get(body, "sentence"), language_of(cli)));
    buf_put_byte(&out, '\n');
    buf_put_str(&out, json_get_string(body, "text"));
    buf_put_byte(&out, '\n');
    if (explained.n) {
        buf_put_byte(&out, '\n');
        buf_put_str(&out, json_get_string(body, "name"));
        buf_put_c(&out, ":\n");
        buf_put_str(&out, explained);
    }
    if (turns.n) {
        buf_put_c(&out, say(cli, "A date in it turns on ",
                            "تاریخی در آن تغییر می‌کند در "));
        cli_put_time(cli, turns, &out);
        buf_put_byte(&out, '\n');
    }
    if (is_number(body, "true")) {
        buf_put_c(&out, say(cli, "\nholds: ", "\nبرقرار: "));
        format_int(&out, &format, int_of(body, "true"));
        buf_put_c(&out, say(cli, " · does not: ", " · نابرقرار: "));
        format_int(&out, &format, int_of(body, "false"));
        buf_put_c(&out, say(cli, " · not known: ", " · نامعلوم: "));
        format_int(&out, &format, int_of(body, "unknown"));
        buf_put_byte(&out, '\n');
        put_causes(cli, body, &out);
    }
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
    return CLI_DONE;
}
