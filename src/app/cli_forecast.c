/* The renewal forecast in a terminal. The CSV form holds the API's own values. */
#include "app/cli_rows.h"

#include <math.h>
#include <stdio.h>

static const struct {
    const char *wire;
    struct text text;
} words[] = {
    {"renew", {"renew", "تمدید"}},
    {"expansion", {"expansion", "گسترش"}},
    {"contraction", {"contraction", "کاهش"}},
    {"at_risk", {"at risk", "در خطر"}},
    {"churn", {"will churn", "از دست می‌رود"}},
    {"commit", {"commit", "قطعی"}},
    {"best_case", {"best case", "خوش‌بینانه"}},
    {"omitted", {"omitted", "کنار گذاشته"}},
    {"signed", {"signed", "تمدید از پیش"}},
    {"cancelled", {"cancelled", "لغوشده"}},
    {"late", {"late", "دیرکرده"}},
    {"renewed", {"renewed", "تمدیدشده"}},
    {"lost", {"lost", "ازدست‌رفته"}},
    {"model", {"model", "مدل"}},
    {"scorecard", {"scorecard", "کارت امتیاز"}},
    {"base_rate", {"base rate", "نرخ پایه"}},
    {"people", {"people", "افراد"}},
};

static void put_word(const struct cli *cli, struct str wire, struct buf *out) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(wire, words[i].wire)) {
            buf_put_c(out, say(cli, words[i].text.en, words[i].text.fa));
            return;
        }
    buf_put_str(out, wire);
}

static void put_money(struct json_writer *w, const char *name, const struct format *format, double amount,
                      struct str currency, struct buf *text) {
    if (isnan(amount))
        buf_put_c(text, "–");
    else
        format_money(text, format, llround(amount), currency);
    put_text(w, name, text);
}

static void put_percent(struct json_writer *w, const char *name, const struct format *format, double share,
                        bool sign, struct buf *text) {
    if (isnan(share)) {
        buf_put_c(text, "–");
    } else {
        if (sign && share > 0) buf_put_byte(text, '+');
        format_percent(text, format, share, 1);
    }
    put_text(w, name, text);
}

static bool as_it_is(const struct cli *cli, const struct json *body, struct json_writer *w) {
    if (cli->format != CLI_CSV) return false;
    json_write(w, body);
    return true;
}

void cli_shape_forecast(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const char *const amounts[] = {"due", "commit", "best_case", "likely"};
    static const struct text titles[] = {
        {"Due", "سررسید"}, {"Commit", "قطعی"}, {"Best case", "خوش‌بینانه"}, {"Likely", "محتمل"}};
    const struct json *data = json_get(body, "data");
    struct str currency = json_get_string(body, "currency");
    struct format format = {.language = cli->language};
    struct buf text = {0};
    bool split = cli_value(cli, "split").p != NULL;
    if (as_it_is(cli, body, w)) return;
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *expected = json_get(row, "expected");
        struct str period = json_get_string(row, "period");
        json_begin_object(w);
        if (period.n)
            format_digits(&text, &format, period);
        else
            buf_put_c(&text, say(cli, "all", "همه"));
        put_text(w, say(cli, "Period", "دوره"), &text);
        if (split) json_put_string(w, say(cli, "Group", "گروه"), json_get_string(row, "group"));
        put_decimal(w, &format, say(cli, "Renewals", "تمدید"), number_of(row, "lines"), 0, false, &text);
        for (size_t k = 0; k < 4; k++)
            put_money(w, say(cli, titles[k].en, titles[k].fa), &format, number_of(row, amounts[k]), currency,
                      &text);
        put_money(w, say(cli, "Expected", "مورد انتظار"), &format, number_of(expected, "mean"), currency,
                  &text);
        format_money(&text, &format, llround(number_of(expected, "low")), currency);
        buf_put_c(&text, say(cli, " to ", " تا "));
        format_money(&text, &format, llround(number_of(expected, "high")), currency);
        put_text(w, say(cli, "Nine of ten", "نُه از ده"), &text);
        put_decimal(w, &format, say(cli, "No call", "بی‌نظر"), number_of(row, "uncalled"), 0, false,
                    &text);
        put_decimal(w, &format, say(cli, "Needs", "نیازمند"), number_of(row, "needs"), 0, false, &text);
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}

int cli_print_forecast(struct cli *cli, const struct json *body) {
    static const char *const keys[] = {"commit", "best_case", "likely", "expected", "base_rate", "amounts"};
    static const struct text titles[] = {{"Commit", "قطعی"},        {"Best case", "خوش‌بینانه"},
                                         {"Likely", "محتمل"},       {"Expected", "مورد انتظار"},
                                         {"Base rate", "نرخ پایه"}, {"Amounts", "مبلغ‌ها"}};
    struct buf shaped = {0};
    cli_shape_forecast(cli, body, &(struct json_writer){.out = &shaped});
    struct cli_answer answer = {.code = 200, .body = buf_str(&shaped), .json = true};
    int code = cli_print(cli, &answer);
    buf_free(&shaped);
    const struct json *definitions = json_get(body, "definitions");
    if (!code && definitions) printf("\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !code; i++) {
        struct str text = json_get_string(json_get(definitions, keys[i]), say(cli, "en", "fa"));
        if (text.n) printf("%s: %.*s\n", say(cli, titles[i].en, titles[i].fa), STR_ARG(text));
    }
    return code;
}

static void put_call(struct cli *cli, const struct json *row, const struct format *format, struct buf *text) {
    const struct json *call = json_get(row, "call");
    double chance = number_of(call, "chance"), amount = number_of(call, "amount");
    if (!call || call->kind != JSON_OBJECT) return;
    put_word(cli, json_get_string(call, "call"), text);
    if (!isnan(amount)) {
        buf_put_byte(text, ' ');
        format_money(text, format, llround(amount), json_get_string(call, "currency"));
    }
    if (!isnan(chance)) {
        buf_put_byte(text, ' ');
        format_percent(text, format, chance / 100, 0);
    }
}

void cli_shape_forecast_lines(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    struct str base = json_get_string(body, "currency");
    struct format format = cli_place(cli);
    struct buf text = {0};
    if (as_it_is(cli, body, w)) return;
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *needs = json_get(row, "needs"),
                          *model = json_get(row, "model");
        struct str stage = json_get_string(row, "stage");
        bool open = str_is(stage, "open") || str_is(stage, "late");
        json_begin_object(w);
        cli_put_time(cli, json_get_string(row, "due_on"), &text);
        put_text(w, "due_on", &text);
        json_put_string(w, "account", json_get_string(row, "account"));
        json_put_string(w, "name", json_get_string(row, "name"));
        json_put_string(w, "product", json_get_string(row, "product"));
        json_put_string(w, "owner_name", json_get_string(row, "owner_name"));
        double amount = number_of(row, "amount");
        if (isnan(amount) || !base.n)
            put_money(w, "amount", &format, number_of(row, "own_amount"), json_get_string(row, "currency"),
                      &text);
        else
            put_money(w, "amount", &format, amount, base, &text);
        json_put_string(w, "band_title", json_get_string(row, "band_title"));
        put_call(cli, row, &format, &text);
        put_text(w, "call", &text);
        if (open) {
            format_percent(&text, &format, number_of(model, "probability"), 0);
            buf_put_c(&text, " (");
            put_word(cli, json_get_string(model, "source"), &text);
            buf_put_c(&text, ")");
        }
        put_text(w, "model", &text);
        put_word(cli, str_is(stage, "open") ? json_get_string(row, "category") : stage, &text);
        put_text(w, "category", &text);
        for (size_t k = 0; needs && k < needs->n; k++) {
            if (k) buf_put_c(&text, say(cli, "; ", "؛ "));
            buf_put_str(&text, json_get_string(&needs->items[k], "text"));
        }
        put_text(w, "needs", &text);
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}

void cli_shape_forecast_accuracy(struct cli *cli, const struct json *body, struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    struct str currency = json_get_string(body, "currency");
    struct format format = {.language = cli->language};
    struct buf text = {0};
    if (as_it_is(cli, body, w)) return;
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i];
        struct str name = json_get_string(row, "name");
        json_begin_object(w);
        put_word(cli, json_get_string(row, "who"), &text);
        if (name.n) buf_put_c(&text, ": ");
        put_word(cli, name, &text);
        put_text(w, say(cli, "Who", "چه کسی"), &text);
        put_decimal(w, &format, say(cli, "Days before", "روز پیش"), number_of(row, "days"), 0, false, &text);
        format_number(&text, &format, number_of(row, "lines"), 0);
        if (flag_of(row, "few")) buf_put_c(&text, say(cli, " (few)", " (اندک)"));
        put_text(w, say(cli, "Renewals", "تمدید"), &text);
        put_money(w, say(cli, "Said", "گفته"), &format, number_of(row, "forecast"), currency, &text);
        put_money(w, say(cli, "Renewed", "تمدیدشده"), &format, number_of(row, "actual"), currency, &text);
        put_percent(w, say(cli, "Bias", "اریبی"), &format, number_of(row, "bias"), true, &text);
        put_percent(w, "MAPE", &format, number_of(row, "mape"), false, &text);
        put_percent(w, say(cli, "Error of lines", "خطای سطرها"), &format, number_of(row, "error"), false,
                    &text);
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}
