/* Satisfaction, time to value, milestones and lifetime value in a terminal: a table of cells, then what the
 * figures mean. The CSV form holds the API's own values. */
#include "app/cli.h"

#include "base/vec.h"

#include <math.h>
#include <stdio.h>

enum cell_kind {
    CELL_RAW,
    CELL_NUMBER,
    CELL_FINE, /* three decimals */
    CELL_FINE_RANGE,
    CELL_SIGNED,
    CELL_PERCENT,
    CELL_RANGE,
    CELL_MONEY,
    CELL_MONEY_RANGE,
    CELL_WORD,
    CELL_GROUP /* null: all; empty: not known */
};
struct cell {
    const char *name;
    struct text title;
    enum cell_kind kind;
    const char *low, *high; /* of a range */
    bool of_split;          /* shown only where a split was asked for */
};
#define RANGE(name, kind, low, high)                                                                         \
    { name, {"95 %", "بازهٔ ۹۵٪"}, kind, low, high }
#define GROUP                                                                                                \
    { "group", {"Group", "گروه"}, CELL_GROUP, .of_split = true }

static const struct {
    const char *wire;
    struct text text;
} words[] = {
    {"up", {"▲ up", "▲ بالا"}},
    {"down", {"▼ down", "▼ پایین"}},
    {"same", {"no real change", "بدون تغییر واقعی"}},
    {"unknown", {"–", "–"}},
    {"below", {"below", "پایین‌تر"}},
    {"within", {"within", "درون"}},
    {"above", {"above", "بالاتر"}},
    {"good", {"good", "خوب"}},
    {"middle", {"passive", "بی‌طرف"}},
    {"bad", {"bad", "بد"}},
    {"trailing", {"trailing", "روزهای اخیر"}},
    {"ok", {"", ""}},
    {"capped", {"capped", "با سقف"}},
    {"too_few", {"n too small", "نمونه کم است"}},
    {"too_short", {"watched too short", "دورهٔ مشاهده کوتاه است"}},
    {"all_lost", {"all lost", "همه از دست رفته"}},
    {"nobody", {"nobody", "هیچ‌کس"}},
};

static double number_at(const struct json *row, const char *name) {
    const struct json *value = name ? json_get(row, name) : NULL;
    return value && (value->kind == JSON_INT || value->kind == JSON_NUMBER) ? value->number : NAN;
}

static void put_amount(double value, const struct cell *cell, const struct format *format,
                       struct str currency, struct buf *out) {
    bool money = cell->kind == CELL_MONEY || cell->kind == CELL_MONEY_RANGE;
    if (isnan(value))
        buf_put_c(out, "–");
    else if (money)
        format_money(out, format, llround(value), currency);
    else
        format_number(out, format, value, cell->kind == CELL_FINE || cell->kind == CELL_FINE_RANGE ? 3 : 1);
}

static void put_cell(const struct cli *cli, const struct json *row, const struct cell *cell,
                     struct str currency, struct json_writer *w) {
    struct format format = {.language = cli->language};
    struct buf text = {0};
    const struct json *raw = json_get(row, cell->name);
    double value = number_at(row, cell->name);
    json_name(w, str_of(cell->name));
    switch (cell->kind) {
    case CELL_RAW:
        if (raw)
            json_write(w, raw);
        else
            json_null(w);
        return;
    case CELL_WORD:
        for (size_t i = 0; raw && raw->kind == JSON_STRING && i < COUNT(words); i++)
            if (str_is(raw->string, words[i].wire))
                buf_put_c(&text, cli->language == PERSIAN ? words[i].text.fa : words[i].text.en);
        if (!text.n && raw && raw->kind == JSON_STRING && !str_is(raw->string, "ok"))
            format_digits(&text, &format, raw->string); /* a period */
        break;
    case CELL_GROUP:
        if (!raw || raw->kind != JSON_STRING)
            buf_put_c(&text, cli->language == PERSIAN ? "همه" : "all");
        else if (!raw->string.n)
            buf_put_c(&text, cli->language == PERSIAN ? "نامعلوم" : "not known");
        else
            buf_put_str(&text, raw->string);
        break;
    case CELL_SIGNED:
        if (value > 0) buf_put_byte(&text, '+');
        put_amount(value, cell, &format, currency, &text);
        break;
    case CELL_PERCENT:
        if (isnan(value))
            buf_put_c(&text, "–");
        else
            format_percent(&text, &format, value / 100, 1);
        break;
    case CELL_RANGE:
    case CELL_FINE_RANGE:
    case CELL_MONEY_RANGE: {
        double low = number_at(row, cell->low), high = number_at(row, cell->high);
        if (isnan(low) && isnan(high)) break;
        put_amount(low, cell, &format, currency, &text);
        buf_put_c(&text, cli->language == PERSIAN ? " تا " : " to ");
        put_amount(high, cell, &format, currency, &text);
        break;
    }
    case CELL_NUMBER:
    case CELL_FINE:
    case CELL_MONEY:
        put_amount(value, cell, &format, currency, &text);
    }
    json_string(w, buf_str(&text));
    buf_free(&text);
}

/* Rows of `data` as these cells; the command in hand gets their titles. CSV: as they came. */
static void shape(struct cli *cli, const struct json *body, const struct cell *cells, size_t n,
                  struct json_writer *w) {
    const struct json *data = json_get(body, "data");
    struct command *command = arena_copy(&cli->arena, cli->command, sizeof *cli->command);
    struct cli_column *columns = arena_array(&cli->arena, n + 1, sizeof *columns);
    size_t shown = 0;
    bool split = cli_value(cli, "split").p != NULL, csv = cli->format == CLI_CSV;
    for (size_t c = 0; c < n; c++)
        if (split || !cells[c].of_split)
            columns[shown++] = (struct cli_column){cells[c].name, cells[c].title};
    command->columns = csv ? NULL : columns;
    cli->command = command;
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        if (csv) {
            json_write(w, &data->items[i]);
            continue;
        }
        json_begin_object(w);
        for (size_t c = 0; c < n; c++)
            if (split || !cells[c].of_split)
                put_cell(cli, &data->items[i], &cells[c], json_get_string(body, "currency"), w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

int cli_print_figure(struct cli *cli, const struct json *body) {
    static const char *const sentences[] = {
        "definition",           "why",        "verdict",        "simple_definition", "contract_definition",
        "remaining_definition", "trend_rule", "left_out_words", "warning",           "note",
        "response_note",        "split_words"};
    struct buf shaped = {0};
    cli->command->shape(cli, body, &(struct json_writer){.out = &shaped});
    struct cli_answer answer = {.code = 200, .body = buf_str(&shaped), .json = true};
    int code = cli_print(cli, &answer);
    buf_free(&shaped);
    for (size_t i = 0; i < COUNT(sentences) && !code; i++) {
        struct str text =
            json_get_string(json_get(body, sentences[i]), cli->language == PERSIAN ? "fa" : "en");
        if (text.n) printf("\n%.*s\n", STR_ARG(text));
    }
    return code;
}

void cli_shape_satisfaction(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"span", {"Period", "دوره"}, CELL_WORD},
        GROUP,
        {"n", {"Answers", "پاسخ"}},
        {"accounts", {"Accounts", "مشتری"}},
        {"value", {"Value", "مقدار"}, CELL_NUMBER},
        RANGE("interval", CELL_RANGE, "low", "high"),
        {"trend", {"Trend", "روند"}, CELL_WORD},
        {"change", {"Change", "تغییر"}, CELL_SIGNED},
        {"mean", {"Mean", "میانگین"}, CELL_NUMBER},
        {"target", {"Target", "هدف"}, CELL_WORD},
        {"arr_weighted", {"By ARR", "وزنی با درآمد"}, CELL_NUMBER},
        {"arr_heard", {"ARR heard", "درآمد شنیده‌شده"}, CELL_PERCENT},
        {"response", {"Response", "نرخ پاسخ"}, CELL_PERCENT},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_answers(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"answered_at", {"Answered", "زمان پاسخ"}},
        {"account", {"Account", "مشتری"}},
        {"name", {"Name", "نام"}},
        {"score", {"Score", "امتیاز"}},
        {"class", {"Class", "دسته"}, CELL_WORD},
        {"counts", {"Counts", "شمرده"}},
        {"comment", {"Comment", "نظر"}},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_time_to_value(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"cohort", {"Started", "آغاز"}, CELL_GROUP},
        GROUP,
        {"accounts", {"Accounts", "مشتری"}},
        {"reached", {"There", "رسیده"}},
        {"waiting", {"Not yet", "هنوز نه"}},
        {"left", {"Left before", "پیش از آن رفته"}},
        {"not_yet", {"Not there", "نرسیده"}, CELL_PERCENT},
        {"p25", {"25 %", "۲۵٪"}, CELL_NUMBER},
        {"p50", {"Median days", "میانهٔ روزها"}, CELL_NUMBER},
        RANGE("interval", CELL_RANGE, "p50_low", "p50_high"),
        {"p75", {"75 %", "۷۵٪"}, CELL_NUMBER},
        {"within_30", {"In 30 days", "در ۳۰ روز"}, CELL_PERCENT},
        {"within_90", {"In 90 days", "در ۹۰ روز"}, CELL_PERCENT},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_milestones(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"stage", {"Stage", "مرحله"}},
        {"title", {"Milestone", "نقطهٔ عطف"}},
        GROUP,
        {"due_days", {"Due", "مهلت"}},
        {"entered", {"Entered", "واردشده"}},
        {"reached", {"Reached", "رسیده"}},
        {"waiting", {"Waiting", "منتظر"}},
        {"late", {"Late", "دیرکرده"}},
        {"missed", {"Left without", "بی آن رفته"}},
        {"unknown", {"Unknown", "نامعلوم"}},
        {"in_time", {"In time", "به‌موقع"}, CELL_PERCENT},
        {"p25", {"25 %", "۲۵٪"}, CELL_NUMBER},
        {"p50", {"Median days", "میانهٔ روزها"}, CELL_NUMBER},
        RANGE("interval", CELL_RANGE, "p50_low", "p50_high"),
        {"p75", {"75 %", "۷۵٪"}, CELL_NUMBER},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_stages(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"stage", {"Stage", "مرحله"}},
        GROUP,
        {"stays", {"Stays", "ورودها"}},
        {"moved_on", {"Moved on", "گذرکرده"}},
        {"lost", {"Lost", "ازدست‌رفته"}},
        {"here", {"Here", "اکنون"}},
        {"late", {"Late", "دیرکرده"}},
        {"longest_days", {"Longest, days", "بیشترین، روز"}},
        {"p25", {"25 %", "۲۵٪"}, CELL_NUMBER},
        {"p50", {"Median days", "میانهٔ روزها"}, CELL_NUMBER},
        RANGE("interval", CELL_RANGE, "p50_low", "p50_high"),
        {"p75", {"75 %", "۷۵٪"}, CELL_NUMBER},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_stuck(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"account", {"Account", "مشتری"}},      {"name", {"Name", "نام"}},
        {"stage", {"Stage", "مرحله"}},          {"days_in_stage", {"Days in stage", "روز در مرحله"}},
        {"title", {"Milestone", "نقطهٔ عطف"}},   {"days_late", {"Days late", "روز دیرکرد"}},
        {"late", {"Late with", "شمار دیرکرد"}},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_lifetime(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        GROUP,
        {"customers", {"Customers", "مشتری"}},
        {"arpa", {"A month", "ماهانه"}, CELL_MONEY},
        {"lost", {"Lost", "ازدست‌رفته"}},
        {"churn", {"Churn a month", "ریزش ماهانه"}, CELL_PERCENT},
        {"simple", {"Simple", "ساده"}, CELL_MONEY},
        RANGE("simple_interval", CELL_MONEY_RANGE, "simple_low", "simple_high"),
        {"simple_state", {"Simple is", "وضعیت"}, CELL_WORD},
        {"contract", {"Contractual", "قراردادی"}, CELL_MONEY},
        RANGE("contract_interval", CELL_MONEY_RANGE, "contract_low", "contract_high"),
        {"contract_months", {"Months", "ماه"}},
        {"contract_state", {"Contractual is", "وضعیت"}, CELL_WORD},
        {"remaining", {"Remaining", "باقی‌مانده"}, CELL_MONEY},
        {"beyond", {"Beyond", "فراتر"}, CELL_PERCENT},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_renewal_life(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"term_months", {"Term, months", "مدت، ماه"}},
        {"group", {"Plan", "طرح"}, CELL_GROUP},
        {"contracts", {"Contracts", "قرارداد"}},
        {"due", {"Renewals", "تمدید"}},
        {"lost", {"Lost", "ازدست‌رفته"}},
        {"state", {"State", "وضعیت"}, CELL_WORD},
        {"model", {"Model", "مدل"}, CELL_RAW},
        {"value", {"A new one", "قرارداد تازه"}, CELL_MONEY},
        RANGE("value_interval", CELL_MONEY_RANGE, "value_low", "value_high"),
        {"beyond", {"Beyond", "فراتر"}, CELL_PERCENT},
        {"active", {"Active", "فعال"}},
        {"total", {"Still to come", "پیش رو"}, CELL_MONEY},
        RANGE("total_interval", CELL_MONEY_RANGE, "total_low", "total_high"),
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_survival(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        GROUP,
        {"lives", {"Lives", "دوره"}},
        {"ended", {"Ended", "پایان‌یافته"}},
        {"expected", {"If alike", "اگر یکسان"}, CELL_NUMBER},
        {"at_12", {"12 months", "۱۲ ماه"}, CELL_PERCENT},
        RANGE("at_12_interval", CELL_RANGE, "at_12_low", "at_12_high"),
        {"at_24", {"24 months", "۲۴ ماه"}, CELL_PERCENT},
        {"at_36", {"36 months", "۳۶ ماه"}, CELL_PERCENT},
        {"median", {"Median", "میانه"}, CELL_NUMBER},
        {"mean", {"Mean months", "میانگین ماه‌ها"}, CELL_NUMBER},
        RANGE("mean_interval", CELL_RANGE, "mean_low", "mean_high"),
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_effects(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"fact", {"Fact", "شاخص"}},
        {"value", {"Value", "مقدار"}},
        {"step", {"A step", "گام"}, CELL_NUMBER},
        {"ratio", {"Ratio", "نسبت"}, CELL_FINE},
        RANGE("interval", CELL_FINE_RANGE, "low", "high"),
        {"p", {"p", "p"}, CELL_FINE},
        {"drift_p", {"p of change", "p تغییر"}, CELL_FINE},
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_purchase_life(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"account", {"Account", "مشتری"}},
        {"name", {"Name", "نام"}},
        {"purchases", {"Purchases", "خرید"}},
        {"weeks_since_last", {"Weeks since the last", "هفته از آخرین"}, CELL_NUMBER},
        {"alive", {"Still there", "هنوز مشتری"}, CELL_PERCENT},
        {"expected", {"In 12 months", "در ۱۲ ماه"}, CELL_NUMBER},
        RANGE("expected_interval", CELL_RANGE, "expected_low", "expected_high"),
        {"value", {"Value", "ارزش"}, CELL_MONEY},
        RANGE("value_interval", CELL_MONEY_RANGE, "value_low", "value_high"),
    };
    shape(cli, body, cells, COUNT(cells), w);
}

void cli_shape_hazard(struct cli *cli, const struct json *body, struct json_writer *w) {
    static const struct cell cells[] = {
        {"account", {"Account", "مشتری"}},
        {"name", {"Name", "نام"}},
        {"age_months", {"Months", "ماه"}, CELL_NUMBER},
        {"arr", {"A year", "سالانه"}, CELL_MONEY},
        {"stays_12", {"Stays a year", "یک سال می‌ماند"}, CELL_PERCENT},
        RANGE("stays_12_interval", CELL_RANGE, "stays_12_low", "stays_12_high"),
        {"stays_36", {"Three years", "سه سال"}, CELL_PERCENT},
        {"value", {"Value", "ارزش"}, CELL_MONEY},
        RANGE("value_interval", CELL_MONEY_RANGE, "value_low", "value_high"),
    };
    shape(cli, body, cells, COUNT(cells), w);
}
