/* Revenue in a terminal: two tables (figures, bridge) and what the figures mean; the CSV form holds every
 * figure and amount. */
#include "app/cli.h"
#include "base/number.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>

static double number_of(const struct json *item, const char *name) {
    const struct json *value = json_get(item, name);
    return value && (value->kind == JSON_INT || value->kind == JSON_NUMBER) ? value->number : NAN;
}

static struct str in_language(const struct cli *cli, const struct json *text) {
    return json_get_string(text, cli->language == PERSIAN ? "fa" : "en");
}

static const char *say(const struct cli *cli, const char *en, const char *fa) {
    return cli->language == PERSIAN ? fa : en;
}

static void put_text(struct json_writer *w, const char *name, struct buf *text) {
    json_put_string(w, name, buf_str(text));
    buf_clear(text);
}

static void print_text(struct buf *text) {
    fwrite(text->p, 1, text->n, stdout);
    buf_clear(text);
}

/* Rows written so far, as a table of their own members. */
static void print_rows(struct cli *cli, struct json_writer *w) {
    struct command own = *cli->command;
    const struct command *before = cli->command;
    json_end_array(w);
    json_end_object(w);
    struct cli_answer answer = {.code = 200, .body = str_copy(&cli->arena, buf_str(w->out)), .json = true};
    own.columns = NULL;
    cli->command = &own;
    (void)cli_print(cli, &answer);
    cli->command = before;
    buf_free(w->out);
}

static void begin_rows(struct json_writer *w) {
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
}

/* ---- values ---- */

struct money {
    struct format format;
    int exponent;
};

static struct money money_of(const struct cli *cli, const struct json *body) {
    int exponent = currency_exponent(json_get_string(body, "currency"));
    return (struct money){{.language = cli->language}, exponent < 0 ? 0 : exponent};
}

static void put_money(struct buf *text, const struct money *money, double minor, bool sign) {
    if (sign && minor > 0) buf_put_byte(text, '+');
    format_number(text, &money->format, minor / pow(10, money->exponent), money->exponent);
}

static bool is_ratio_of_amounts(const char *key) {
    return strcmp(key, "quick_ratio") == 0;
}

static void put_value(const struct cli *cli, struct buf *text, const char *key, const struct json *value) {
    struct format format = {.language = cli->language};
    struct str state = json_get_string(value, "state");
    double at = number_of(value, "value"), renewed = number_of(value, "if_renewed");
    if (str_is(state, "infinite")) {
        buf_put_c(text, "∞");
    } else if (isnan(at)) {
        buf_put_c(text, say(cli, "n/a", "ندارد"));
    } else if (is_ratio_of_amounts(key)) {
        format_number(text, &format, at, 2);
    } else {
        format_percent(text, &format, at, 1);
        if (isnan(renewed)) return;
        buf_put_c(text, " … ");
        format_percent(text, &format, renewed, 1);
    }
}

/* ---- retention ---- */

static void put_members(struct json_writer *w, const struct json *object, bool values) {
    for (size_t i = 0; object && i < object->n; i++) {
        const struct json *item = &object->items[i];
        json_name(w, object->names[i]);
        if (!values)
            json_write(w, item);
        else if (str_is(json_get_string(item, "state"), "infinite"))
            json_string(w, STR("inf"));
        else
            json_number(w, number_of(item, "value"));
    }
}

void cli_shape_retention(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const char *const own[] = {"period", "from", "to", "partial", "group"};
    const struct json *periods = json_get(body, "periods");
    (void)cli;
    begin_rows(w);
    for (size_t p = 0; periods && p < periods->n; p++) {
        const struct json *period = &periods->items[p];
        json_begin_object(w);
        for (size_t i = 0; i < COUNT(own); i++) {
            const struct json *value = json_get(period, own[i]);
            if (!value) continue;
            json_name(w, str_of(own[i]));
            json_write(w, value);
        }
        put_members(w, json_get(period, "figures"), true);
        put_members(w, json_get(period, "amounts"), false);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static const struct json *meaning_of(const struct json *body, struct str key) {
    const struct json *list = json_get(body, "definitions");
    for (size_t i = 0; list && i < list->n; i++)
        if (str_equal(json_get_string(&list->items[i], "key"), key)) return &list->items[i];
    return NULL;
}

static void put_period(struct cli *cli, struct json_writer *w, const struct json *period, struct buf *text) {
    struct format format = {.language = cli->language};
    const struct json *group = json_get(period, "group"), *partial = json_get(period, "partial"),
                      *closed = json_get(period, "closed");
    format_digits(text, &format, json_get_string(period, "period"));
    if (partial && partial->boolean) buf_put_c(text, " *");
    if (closed && closed->kind == JSON_OBJECT) {
        const struct json *change = json_get(closed, "changed_since");
        buf_put_c(text, change && change->n ? " ‡" : " †");
    }
    put_text(w, say(cli, "Period", "دوره"), text);
    if (!group) return;
    json_put_string(w, say(cli, "Group", "گروه"),
                    group->kind == JSON_STRING ? group->string : str_of(say(cli, "(unknown)", "(نامعلوم)")));
}

static void print_figures(struct cli *cli, const struct json *body, const struct str *keys, size_t n) {
    const struct json *periods = json_get(body, "periods");
    struct buf json = {0}, text = {0};
    struct json_writer w = {.out = &json};
    begin_rows(&w);
    for (size_t p = 0; periods && p < periods->n; p++) {
        const struct json *period = &periods->items[p], *figures = json_get(period, "figures"),
                          *amounts = json_get(period, "amounts");
        json_begin_object(&w);
        put_period(cli, &w, period, &text);
        json_put_number(&w, say(cli, "Customers", "مشتریان"), number_of(amounts, "customers_start"));
        json_put_number(&w, say(cli, "New", "تازه"), number_of(amounts, "customers_new"));
        json_put_number(&w, say(cli, "Lost", "ازدست‌رفته"), number_of(amounts, "customers_lost"));
        for (size_t k = 0; k < n; k++) {
            const char *key = str_c(&cli->arena, keys[k]);
            put_value(cli, &text, key, json_get(figures, key));
            put_text(&w, str_c(&cli->arena, in_language(cli, json_get(meaning_of(body, keys[k]), "title"))),
                     &text);
        }
        json_end_object(&w);
    }
    print_rows(cli, &w);
    buf_free(&text);
}

static double sum_of(const struct json *amounts, const char *prefix) {
    double sum = 0;
    for (size_t i = 0; amounts && i < amounts->n; i++)
        if (str_starts(amounts->names[i], str_of(prefix))) sum += amounts->items[i].number;
    return sum;
}

/* Inflation and use have a bar where there is any. */
static bool is_shown(const struct json *periods, const char *amount) {
    bool any = strcmp(amount, "inflation") != 0 && strcmp(amount, "usage_level") != 0;
    for (size_t p = 0; periods && p < periods->n && !any; p++)
        any = number_of(json_get(&periods->items[p], "amounts"), amount) != 0;
    return any;
}

static void print_bridge(struct cli *cli, const struct json *body) {
    static const struct {
        const char *amount;
        int sign;  /* −1: shown as a loss */
        bool sums; /* over all that begin so */
        struct text title;
    } columns[] = {{"start", 0, false, {"Start", "آغاز"}},
                   {"new", 1, false, {"New", "تازه"}},
                   {"returned", 1, false, {"Returned", "بازگشته"}},
                   {"expansion_", 1, true, {"Expansion", "رشد"}},
                   {"contraction_", -1, true, {"Contraction", "کاهش"}},
                   {"churn", -1, false, {"Churn", "ریزش"}},
                   {"fx", 1, false, {"Exchange", "نرخ ارز"}},
                   {"inflation", 1, false, {"Inflation", "تورم"}},
                   {"usage_level", 1, false, {"Use, to its mean", "مصرف، تا میانگین"}},
                   {"end", 0, false, {"End", "پایان"}}};
    const struct json *periods = json_get(body, "periods");
    struct money money = money_of(cli, body);
    struct buf json = {0}, text = {0};
    struct json_writer w = {.out = &json};
    begin_rows(&w);
    for (size_t p = 0; periods && p < periods->n; p++) {
        const struct json *amounts = json_get(&periods->items[p], "amounts");
        json_begin_object(&w);
        put_period(cli, &w, &periods->items[p], &text);
        for (size_t c = 0; c < COUNT(columns); c++) {
            if (!is_shown(periods, columns[c].amount)) continue;
            double value =
                columns[c].sums ? sum_of(amounts, columns[c].amount) : number_of(amounts, columns[c].amount);
            put_money(&text, &money, columns[c].sign < 0 ? -value : value, columns[c].sign != 0);
            put_text(&w, say(cli, columns[c].title.en, columns[c].title.fa), &text);
        }
        json_end_object(&w);
    }
    print_rows(cli, &w);
    buf_free(&text);
}

static void put_head(struct cli *cli, const struct json *body, struct buf *text) {
    buf_put_c(text, say(cli, "Seen on ", "دیده در "));
    cli_put_time(cli, json_get_string(body, "as_of"), text);
    if (json_get_string(body, "known_at").n) {
        buf_put_c(text, say(cli, ", as known on ", "، چنان‌که دانسته بود در "));
        cli_put_time(cli, json_get_string(body, "known_at"), text);
    }
    buf_put_c(
        text,
        str_is(json_get_string(body, "mode"), "flow")
            ? say(cli,
                  ". Flow: movements summed; losses of a customer count up to what it paid at the start. ",
                  ". گردش: جمع تغییرها؛ زیان هر مشتری حداکثر به اندازهٔ مبلغ آغازش شمرده می‌شود. ")
            : say(cli, ". Snapshot: the first day compared with the first day after the period. ",
                  ". لحظه‌ای: روز نخست با روز پس از پایان دوره سنجیده می‌شود. "));
    buf_format(text, "%.*s\n", STR_ARG(json_get_string(body, "currency")));
    if (json_get_string(body, "index").n) {
        buf_put_c(text,
                  say(cli, "In prices of each period's first day, by the price index ",
                      "به قیمت‌های روز نخست هر دوره، با شاخص قیمت "));
        buf_put_str(text, json_get_string(body, "index"));
        buf_put_c(text,
                  say(cli, "; End is as paid, movements too.\n",
                      "؛ ستون پایان و تغییرها به مبلغ پرداختی‌اند.\n"));
    }
    buf_put_byte(text, '\n');
}

static size_t split_keys(struct cli *cli, struct str list, struct str *keys, size_t most) {
    size_t n = 0;
    while (list.n && n < most)
        keys[n++] = str_trim(str_cut(list, ',', &list));
    (void)cli;
    return n;
}

static void put_assumed(struct cli *cli, const struct json *body, struct buf *text) {
    double share = number_of(json_get(body, "knowledge"), "assumed_share");
    if (isnan(share)) return;
    buf_put_c(
        text,
        say(cli, "Assumed knowledge (declared as history, not recorded at the time): ",
            "دانستهٔ فرضی (به‌عنوان تاریخچه وارد شده و آن زمان ثبت نشده): "));
    format_percent(text, &(struct format){.language = cli->language}, share, 0);
    buf_put_byte(text, '\n');
}

int cli_print_retention(struct cli *cli, const struct json *body) {
    enum { MOST = 20 };
    struct str keys[MOST], chosen = cli_value(cli, "figures");
    if (!chosen.p) chosen = STR("logo_retention,grr,nrr,renewal_rate,quick_ratio");
    size_t n = split_keys(cli, chosen, keys, MOST);
    for (size_t k = 0; k < n; k++) {
        if (meaning_of(body, keys[k])) continue;
        struct problem problem = {.arena = &cli->arena};
        (void)fail(
            &problem, BAD_INPUT,
            MESSAGE("retention_figure_unknown", "There is no figure “{0}”. All are in --format csv.",
                    "شاخصی به نام «{0}» نیست. همه در ‎--format csv هستند."),
            ARGS(keys[k]));
        return cli_fail(cli, &problem);
    }
    struct buf text = {0};
    put_head(cli, body, &text);
    print_text(&text);
    print_figures(cli, body, keys, n);
    putchar('\n');
    fflush(stdout);
    print_bridge(cli, body);
    const struct json *periods = json_get(body, "periods");
    bool partial = false, closed = false, restated = false;
    double left_out = 0;
    for (size_t p = 0; periods && p < periods->n; p++) {
        const struct json *one = json_get(&periods->items[p], "closed"),
                          *part = json_get(&periods->items[p], "partial");
        const struct json *change = json_get(one, "changed_since");
        partial |= part && part->boolean;
        closed |= one && one->kind == JSON_OBJECT && !(change && change->n);
        restated |= change && change->n;
        double here = number_of(json_get(&periods->items[p], "amounts"), "customers_not_converted");
        if (here > left_out) left_out = here;
    }
    buf_put_byte(&text, '\n');
    if (partial) buf_put_c(&text, say(cli, "* not ended yet\n", "* هنوز پایان نیافته\n"));
    if (closed)
        buf_put_c(&text,
                  say(cli, "† closed: as frozen\n", "† بسته: چنان‌که تثبیت شد\n"));
    if (restated)
        buf_put_c(
            &text,
            say(cli, "‡ closed: as frozen; would be different now (vafa retention restated)\n",
                "‡ بسته: چنان‌که تثبیت شد؛ اکنون متفاوت می‌بود (vafa retention restated)\n"));
    if (left_out > 0) {
        format_number(&text, &(struct format){.language = cli->language}, left_out, 0);
        buf_put_c(
            &text,
            say(cli, " customers are not in the amounts: no amount or no exchange rate is known.\n",
                " مشتری در مبلغ‌ها نیستند: مبلغ یا نرخ ارزشان معلوم نیست.\n"));
    }
    put_assumed(cli, body, &text);
    for (size_t k = 0; k < n; k++) {
        const struct json *meaning = meaning_of(body, keys[k]);
        struct str title = in_language(cli, json_get(meaning, "title")),
                   definition = in_language(cli, json_get(meaning, "definition"));
        buf_format(&text, "%.*s: %.*s\n", STR_ARG(title), STR_ARG(definition));
    }
    print_text(&text);
    buf_free(&text);
    return CLI_DONE;
}

/* ---- rows ---- */

static void put_movements(struct cli *cli, struct buf *text, const struct json *list,
                          const struct money *money) {
    static const struct {
        const char *key;
        struct text title;
    } words[] = {{"new", {"new", "تازه"}},
                 {"returned", {"returned", "بازگشت"}},
                 {"expansion", {"expansion", "رشد"}},
                 {"contraction", {"contraction", "کاهش"}},
                 {"churn", {"churn", "ریزش"}},
                 {"seats", {"seats", "صندلی"}},
                 {"price", {"price", "قیمت"}},
                 {"escalator", {"contracted price", "قیمت قراردادی"}},
                 {"plan", {"plan", "طرح"}},
                 {"product", {"product", "محصول"}},
                 {"usage", {"use", "مصرف"}},
                 {"cancelled", {"cancelled", "لغوشده"}},
                 {"not_renewed", {"not renewed", "تمدیدنشده"}}};
    for (size_t i = 0; list && i < list->n; i++) {
        const struct json *one = &list->items[i], *parts = json_get(one, "parts");
        struct str names[8];
        size_t n = 0;
        names[n++] = json_get_string(one, "kind");
        for (size_t p = 0; parts && p < parts->n && n + 2 < COUNT(names); p++)
            names[n++] = parts->names[p];
        if (json_get_string(one, "reason").n) names[n++] = json_get_string(one, "reason");
        if (i) buf_put_c(text, say(cli, "; ", "؛ "));
        cli_put_time(cli, json_get_string(one, "day"), text);
        for (size_t k = 0; k < n; k++) {
            buf_put_c(text, k == 0 ? " " : say(cli, ", ", "، "));
            for (size_t x = 0; x < COUNT(words); x++)
                if (str_is(names[k], words[x].key))
                    buf_put_c(text, say(cli, words[x].title.en, words[x].title.fa));
        }
        buf_put_byte(text, ' ');
        put_money(text, money, number_of(one, "amount"), true);
    }
}

static void put_rows(struct cli *cli, const struct json *body, struct json_writer *w, bool raw) {
    const struct json *data = json_get(body, "data");
    struct money money = money_of(cli, body);
    struct buf text = {0};
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *amounts = json_get(row, "amounts");
        static const char *const shown[] = {"start", "kept_gross", "kept_net", "end"};
        static const struct text titles[] = {
            {"Start", "آغاز"}, {"Kept gross", "ماندهٔ ناخالص"}, {"Kept net", "ماندهٔ خالص"}, {"End", "پایان"}};
        json_begin_object(w);
        json_put_string(w, raw ? "account" : say(cli, "Account", "مشتری"), json_get_string(row, "account"));
        json_put_string(w, raw ? "name" : say(cli, "Name", "نام"), json_get_string(row, "name"));
        for (size_t c = 0; c < COUNT(shown); c++) {
            double value = number_of(amounts, shown[c]);
            if (isnan(value)) value = 0; /* amounts of nothing are left out of the answer */
            if (raw) {
                json_put_int(w, shown[c], llround(value));
            } else {
                put_money(&text, &money, value, false);
                put_text(w, say(cli, titles[c].en, titles[c].fa), &text);
            }
        }
        put_movements(cli, &text, json_get(row, "movements"), &money);
        put_text(w, raw ? "movements" : say(cli, "What changed", "چه تغییر کرد"), &text);
        json_end_object(w);
    }
    buf_free(&text);
}

void cli_shape_retention_rows(struct cli *cli, const struct json *body, struct json_writer *w) {
    put_rows(cli, body, w, true);
    json_end_array(w);
    json_end_object(w);
}

int cli_print_retention_rows(struct cli *cli, const struct json *body) {
    struct buf text = {0}, json = {0};
    struct json_writer w = {.out = &json};
    const struct json *figure = json_get(body, "figure");
    put_head(cli, body, &text);
    if (figure) {
        struct str title = in_language(cli, json_get(figure, "title")),
                   definition = in_language(cli, json_get(figure, "definition"));
        buf_format(&text, "%.*s ", STR_ARG(title));
        put_value(cli, &text, str_c(&cli->arena, json_get_string(figure, "key")), json_get(figure, "value"));
        buf_format(&text, ". %.*s\n\n", STR_ARG(definition));
    }
    print_text(&text);
    put_rows(cli, body, &w, false);
    print_rows(cli, &w);
    buf_free(&text);
    return CLI_DONE;
}

/* ---- restatements ---- */

static void put_restated(struct cli *cli, const struct json *body, struct json_writer *w, bool raw) {
    const struct json *changes = json_get(body, "changes");
    struct money money = money_of(cli, body);
    struct buf text = {0};
    begin_rows(w);
    for (size_t i = 0; changes && i < changes->n; i++) {
        const struct json *one = &changes->items[i], *change = json_get(one, "change");
        static const char *const shown[] = {"start", "kept_net", "end"};
        static const struct text titles[] = {{"Start", "آغاز"}, {"Kept net", "ماندهٔ خالص"}, {"End", "پایان"}};
        json_begin_object(w);
        json_put_string(w, raw ? "account" : say(cli, "Account", "مشتری"), json_get_string(one, "account"));
        json_put_string(w, raw ? "name" : say(cli, "Name", "نام"), json_get_string(one, "name"));
        for (size_t c = 0; c < COUNT(shown); c++) {
            double value = number_of(change, shown[c]);
            if (isnan(value)) value = 0;
            if (raw) {
                json_put_int(w, shown[c], llround(value));
            } else {
                put_money(&text, &money, value, true);
                put_text(w, say(cli, titles[c].en, titles[c].fa), &text);
            }
        }
        json_put_string(w, raw ? "reason" : say(cli, "Why", "علت"),
                        raw ? json_get_string(one, "reason")
                            : in_language(cli, json_get(one, "reason_title")));
        json_end_object(w);
    }
    buf_free(&text);
}

void cli_shape_restated(struct cli *cli, const struct json *body, struct json_writer *w) {
    put_restated(cli, body, w, true);
    json_end_array(w);
    json_end_object(w);
}

int cli_print_restated(struct cli *cli, const struct json *body) {
    struct buf text = {0}, json = {0};
    struct json_writer w = {.out = &json};
    const struct json *figures = json_get(body, "figures");
    struct format format = {.language = cli->language};
    format_digits(&text, &format, json_get_string(body, "label"));
    buf_put_c(&text, say(cli, ", closed ", "، بسته‌شده "));
    cli_put_time(cli, json_get_string(body, "closed_at"), &text);
    buf_put_c(&text, say(cli, " by ", " به دست "));
    buf_put_str(&text, json_get_string(body, "closed_by"));
    buf_put_byte(&text, '\n');
    const struct json *before = json_get(body, "restatements");
    for (size_t i = 0; before && i < before->n; i++) {
        const struct json *one = &before->items[i];
        buf_put_c(&text, say(cli, "Restated ", "بازنگری‌شده "));
        cli_put_time(cli, json_get_string(one, "at"), &text);
        buf_put_c(&text, say(cli, " by ", " به دست "));
        buf_put_str(&text, json_get_string(one, "by"));
        buf_format(&text, ": %.*s. %.*s\n", STR_ARG(in_language(cli, json_get(one, "reason_title"))),
                   STR_ARG(json_get_string(one, "note")));
    }
    buf_put_byte(&text, '\n');
    print_text(&text);
    begin_rows(&w);
    for (size_t i = 0; figures && i < figures->n; i++) {
        const struct json *one = &figures->items[i];
        bool plain = is_ratio_of_amounts(str_c(&cli->arena, json_get_string(one, "key")));
        static const char *const names[] = {"shown", "now"};
        static const struct text titles[] = {{"As closed", "هنگام بستن"}, {"Now", "اکنون"}};
        json_begin_object(&w);
        json_put_string(&w, say(cli, "Figure", "شاخص"), in_language(cli, json_get(one, "title")));
        for (int k = 0; k < 2; k++) {
            double value = number_of(one, names[k]);
            if (isnan(value))
                buf_put_c(&text, say(cli, "n/a", "ندارد"));
            else if (plain)
                format_number(&text, &format, value, 2);
            else
                format_percent(&text, &format, value, 1);
            put_text(&w, say(cli, titles[k].en, titles[k].fa), &text);
        }
        json_end_object(&w);
    }
    print_rows(cli, &w);
    putchar('\n');
    fflush(stdout);
    const struct json *changes = json_get(body, "changes");
    if (changes && changes->n) {
        w = (struct json_writer){.out = &json};
        put_restated(cli, body, &w, false);
        print_rows(cli, &w);
    } else {
        puts(say(cli, "Nothing has changed since.", "از آن هنگام چیزی تغییر نکرده است."));
    }
    buf_free(&text);
    return CLI_DONE;
}
