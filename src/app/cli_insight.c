/* Answers of insight as people read them in a terminal: the JSON of the API laid out anew, figures with their
 * units. */
#include "app/cli_rows.h"

#include "base/calendar.h"
#include "base/format.h"
#include "insight/scorecard.h"
#include "platform/files.h"

#include <math.h>
#include <stdio.h>

enum { COHORT_COLUMNS = 12 };

/* The CSV form is for machines: the API's own values, lists joined. */
static void put_raw(struct json_writer *w, const struct json *row, const char *name) {
    const struct json *value = json_get(row, name);
    json_name(w, str_of(name));
    if (value)
        json_write(w, value);
    else
        json_null(w);
}

void cli_shape_at_risk(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = {.language = cli->language};
    static const char *const raw[] = {"account",    "name",     "score",           "band",
                                      "change_28d", "at_stake", "days_to_renewal", "owner"};
    struct str currency = json_get_string(body, "currency");
    const struct json *data = json_get(body, "data");
    struct buf text = {0};
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *reasons = json_get(row, "reasons");
        json_begin_object(w);
        for (size_t r = 0; reasons && r < reasons->n; r++) {
            if (r) buf_put_c(&text, cli->language == PERSIAN ? "؛ " : "; ");
            buf_put_str(&text, json_get_string(&reasons->items[r], "text"));
        }
        put_text(w, "reasons", &text);
        if (cli->format == CLI_CSV) {
            for (size_t c = 0; c < sizeof raw / sizeof *raw; c++)
                put_raw(w, row, raw[c]);
            json_end_object(w);
            continue;
        }
        json_put_string(w, "account", json_get_string(row, "account"));
        json_put_string(w, "name", json_get_string(row, "name"));
        put_decimal(w, &format, "score", number_of(row, "score"), 1, false, &text);
        json_put_string(w, "band", json_get_string(row, "band_title"));
        put_decimal(w, &format, "change_28d", number_of(row, "change_28d"), 1, true, &text);
        double stake = number_of(row, "at_stake");
        if (isnan(stake))
            buf_put_c(&text, "–");
        else
            format_money(&text, &format, llround(stake), currency);
        if (!isnan(stake) && flag_of(row, "arr_estimated")) buf_put_c(&text, " ≈");
        put_text(w, "at_stake", &text);
        double days = number_of(row, "days_to_renewal");
        if (isnan(days))
            buf_put_c(&text, "–");
        else
            format_days(&text, &format, llround(days));
        put_text(w, "days_to_renewal", &text);
        struct str owner = json_get_string(row, "owner");
        json_put_string(w, "owner", owner.n ? owner : STR("–"));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_free(&text);
}

/* One row a cohort: its size, then the share still there after 1, 2, … periods; of the ledger (customers,
 * revenue) at the end of period 0, 1, 2, …, of what it was at the start. The CSV form holds counts of all
 * periods. */
void cli_shape_cohorts(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = {.language = cli->language};
    const struct json *cohorts = json_get(body, "cohorts");
    bool counts = cli->format == CLI_CSV, ledger = json_get(body, "of") != NULL;
    size_t most = 0;
    struct buf text = {0};
    for (size_t i = 0; cohorts && i < cohorts->n; i++) {
        const struct json *active = json_get(&cohorts->items[i], "active");
        if (active && active->n > most) most = active->n;
    }
    if (!counts && most > COHORT_COLUMNS + 1) most = COHORT_COLUMNS + 1;
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; cohorts && i < cohorts->n; i++) {
        const struct json *cohort = &cohorts->items[i], *active = json_get(cohort, "active");
        json_begin_object(w);
        buf_put_str(&text, json_get_string(cohort, "cohort"));
        put_text(w, counts ? "cohort" : say(cli, "Cohort", "گروه"), &text);
        if (!counts) json_put_number(w, say(cli, "Size", "اندازه"), number_of(cohort, "size"));
        if (counts && ledger) json_put_number(w, "start", number_of(cohort, "start"));
        for (size_t k = counts || ledger ? 0 : 1; k < most; k++) {
            char name[24];
            snprintf(name, sizeof name, "%zu", k);
            if (k >= active->n) {
                json_put_string(w, name, (struct str){0});
            } else if (counts) {
                json_put_int(w, name, active->items[k].integer);
            } else {
                double base = ledger ? number_of(cohort, "start") : active->items[0].number;
                format_percent(&text, &format, active->items[k].number / base, 0);
                put_text(w, name, &text);
            }
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_free(&text);
}

/* ---- facts ---- */

static bool own_fact_is_there(const struct json *list, struct str key) {
    const struct json *data = json_get(list, "data");
    for (size_t i = 0; data && i < data->n; i++)
        if (str_equal(json_get_string(&data->items[i], "key"), key))
            return !flag_of(&data->items[i], "built_in");
    return false;
}

/* What exists is changed, what does not is declared. */
int cli_fact_set(struct cli *cli) {
    enum { MOST_BYTES = 1 << 16 };
    struct problem problem = {.arena = &cli->arena};
    struct str text = {0}, target = STR("/api/v1/facts");
    struct cli_answer answer = {0};
    struct json fact, list;
    if (file_read(str_c(&cli->arena, cli_value(cli, "FILE")), MOST_BYTES, &cli->arena, &text, &problem) ||
        json_parse(text, &cli->arena, &fact, &problem))
        return cli_fail(cli, &problem);
    int code = cli_call(cli, METHOD_GET, target, (struct str){0}, NULL, &answer);
    if (code) return code;
    struct str key = json_get_string(&fact, "key");
    bool there = !json_parse(answer.body, &cli->arena, &list, &problem) && own_fact_is_there(&list, key);
    if (there) target = str_format(&cli->arena, "/api/v1/facts/%.*s", STR_ARG(key)); /* a–z, 0–9 and _ */
    code = cli_call(cli, there ? METHOD_PUT : METHOD_POST, target, text, NULL, &answer);
    return code ? code : cli_print(cli, &answer);
}

/* ---- facts of an account ---- */

void cli_shape_facts(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = {.language = cli->language};
    static const struct {
        const char *state;
        struct text text;
    } states[] = {{"unknown", {"unknown", "نامعلوم"}},
                  {"not_applicable", {"not applicable", "بی‌ربط"}}};
    const struct json *data = json_get(body, "data");
    struct buf text = {0};
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *title = json_get(row, "title");
        json_begin_object(w);
        json_put_string(w, "key", json_get_string(row, "fact"));
        json_put_string(w, "title", json_get_string(title, cli->language == PERSIAN ? "fa" : "en"));
        struct str known = json_get_string(row, "text");
        if (known.n) {
            buf_put_str(&text, known);
        } else {
            for (size_t s = 0; s < 2; s++) {
                if (str_is(json_get_string(row, "state"), states[s].state))
                    buf_put_c(&text, cli->language == PERSIAN ? states[s].text.fa : states[s].text.en);
            }
        }
        if (cli->format == CLI_CSV) {
            buf_clear(&text);
            put_raw(w, row, "value");
        } else {
            put_text(w, "value", &text);
        }
        const struct json *age = json_get(row, "age_days");
        if (age && age->kind == JSON_INT) format_days(&text, &format, age->integer);
        put_text(w, "age", &text);
        json_put_string(w, "why",
                        json_get_string(json_get(row, "cause"), cli->language == PERSIAN ? "fa" : "en"));
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    buf_free(&text);
}

/* ---- the health of an account, explained ---- */

/* Members of two arrays, one behind the other, rounded so that what is shown sums to the sum that is shown.
 */
static double *rounded(struct cli *cli, const struct json *first, const struct json *second,
                       const char *name) {
    size_t n_first = first ? first->n : 0, n = n_first + (second ? second->n : 0);
    double *values = arena_array(&cli->arena, n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        double value = number_of(i < n_first ? &first->items[i] : &second->items[i - n_first], name);
        values[i] = isnan(value) ? 0 : value;
    }
    double *shown = arena_array(&cli->arena, n + 1, sizeof *shown);
    scorecard_round(values, n, 1, shown);
    return shown;
}

static void print_measures(struct cli *cli, const struct json *body, const struct format *format) {
    static const struct cli_column columns[] = {
        {"title", {"Measure", "سنجه"}},   {"text", {"Value", "مقدار"}},
        {"points", {"Points", "امتیاز"}}, {"window", {"Over", "بازه"}},
        {"share", {"Share", "سهم"}},      {"part", {"Contributes", "اثر"}},
        {"note", {"Note", "توضیح"}},      {0}};
    static const struct {
        const char *counted;
        struct text text;
    } notes[] = {{"carried", {"carried forward", "از پیش"}},
                 {"zero", {"unknown counts 0", "نامعلوم، صفر"}},
                 {"neutral", {"unknown counts 50", "نامعلوم، ۵۰"}},
                 {"left_out", {"unknown, left out", "نامعلوم، کنار گذاشته"}},
                 {"not_applicable", {"not applicable", "بی‌ربط"}}};
    const struct json *measures = json_get(body, "measures"), *adjustments = json_get(body, "adjustments");
    const double *shown = rounded(cli, measures, adjustments, "contribution");
    struct buf json = {0}, text = {0};
    struct json_writer w = {&json};
    begin_rows(&w);
    for (size_t i = 0; measures && i < measures->n; i++) {
        const struct json *one = &measures->items[i];
        struct str value = json_get_string(one, "text"), counted = json_get_string(one, "counted"),
                   cause = json_get_string(one, "cause");
        json_begin_object(&w);
        json_put_string(&w, "title", json_get_string(one, "title"));
        json_put_string(&w, "text", value.n ? value : STR("–"));
        put_decimal(&w, format, "points", number_of(one, "points"), 0, false, &text);
        const struct json *window = json_get(one, "window");
        if (window && window->kind == JSON_OBJECT) {
            cli_put_time(cli, json_get_string(window, "from"), &text);
            buf_put_c(&text, say(cli, " – ", " تا "));
            cli_put_time(cli, json_get_string(window, "to"), &text);
        }
        put_text(&w, "window", &text);
        format_percent(&text, format, number_of(one, "share"), 1);
        put_text(&w, "share", &text);
        put_decimal(&w, format, "part", shown[i], 1, false, &text);
        for (size_t n = 0; n < sizeof notes / sizeof *notes; n++) {
            if (str_is(counted, notes[n].counted))
                buf_put_c(&text, say(cli, notes[n].text.en, notes[n].text.fa));
        }
        if (cause.n && text.n) buf_format(&text, " (%.*s)", STR_ARG(cause));
        put_text(&w, "note", &text);
        json_end_object(&w);
    }
    for (size_t i = 0; adjustments && i < adjustments->n; i++) {
        const struct json *one = &adjustments->items[i];
        if (!str_is(json_get_string(one, "holds"), "yes")) continue;
        json_begin_object(&w);
        json_put_string(&w, "title", json_get_string(one, "text"));
        json_put_string(&w, "text", (struct str){0});
        json_put_string(&w, "points", (struct str){0});
        json_put_string(&w, "window", (struct str){0});
        json_put_string(&w, "share", (struct str){0});
        put_decimal(&w, format, "part", shown[(measures ? measures->n : 0) + i], 1, true, &text);
        json_put_string(&w, "note", (struct str){0});
        json_end_object(&w);
    }
    end_rows(&w);
    print_rows(cli, &json, columns);
    buf_free(&text);
}

static void print_change(struct cli *cli, const struct json *body, const struct format *format) {
    static const struct cli_column columns[] = {
        {"difference", {"Points", "امتیاز"}}, {"title", {"What", "چه"}}, {"before", {"Before", "پیش"}},
        {"after", {"After", "پس"}},           {"step", {"Why", "علت"}},  {0}};
    static const struct {
        const char *step;
        struct text text;
    } steps[] = {{"value", {"value moved", "تغییر مقدار"}},
                 {"peers", {"peers moved", "تغییر همتایان"}},
                 {"data", {"data came or went", "پیدا یا گم شدن داده"}},
                 {"scorecard", {"scorecard changed", "تغییر کارت"}},
                 {"exception", {"exception", "استثنا"}},
                 {"override", {"set by hand", "تعیین دستی"}},
                 {"clamp", {"kept within 0–100", "نگه‌داشته در ۰ تا ۱۰۰"}}};
    const struct json *change = json_get(body, "waterfall"), *parts = json_get(change, "parts");
    if (!change || change->kind != JSON_OBJECT) return;
    struct buf json = {0}, text = {0};
    struct json_writer w = {&json};
    buf_put_byte(&text, '\n');
    buf_put_c(&text, say(cli, "Since ", "از "));
    cli_put_time(cli, json_get_string(change, "against"), &text);
    buf_put_c(&text, ": ");
    format_number(&text, format, number_of(change, "score_before"), 1);
    buf_put_c(&text, " → ");
    format_number(&text, format, number_of(body, "score"), 1);
    buf_put_c(&text, " (");
    if (number_of(change, "difference") > 0) buf_put_byte(&text, '+');
    format_number(&text, format, number_of(change, "difference"), 1);
    buf_put_c(&text, ")\n");
    fwrite(text.p, 1, text.n, stdout);
    buf_clear(&text);
    const double *shown = rounded(cli, parts, NULL, "difference");
    begin_rows(&w);
    for (size_t i = 0; parts && i < parts->n; i++) {
        const struct json *one = &parts->items[i];
        json_begin_object(&w);
        put_decimal(&w, format, "difference", shown[i], 1, true, &text);
        json_put_string(&w, "title", json_get_string(one, "title"));
        for (int end = 0; end < 2; end++) {
            const char *name = end ? "after" : "before";
            const struct json *value = json_get(one, name);
            if (value && value->kind == JSON_STRING)
                json_put_string(&w, name, value->string);
            else
                put_decimal(&w, format, name, number_of(one, name), 2, false, &text);
        }
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            if (str_is(json_get_string(one, "step"), steps[s].step))
                buf_put_c(&text, say(cli, steps[s].text.en, steps[s].text.fa));
        }
        put_text(&w, "step", &text);
        json_end_object(&w);
    }
    end_rows(&w);
    print_rows(cli, &json, columns);
    buf_free(&text);
}

int cli_print_health(struct cli *cli, const struct json *body) {
    struct format format = {.language = cli->language};
    struct buf text = {0};
    buf_put_str(&text, json_get_string(body, "name"));
    buf_put_c(&text, " (");
    buf_put_str(&text, json_get_string(body, "account"));
    buf_put_c(&text, say(cli, "), ", ")، "));
    cli_put_time(cli, json_get_string(body, "as_of"), &text);
    buf_put_byte(&text, '\n');
    double score = number_of(body, "score");
    buf_put_c(&text, say(cli, "Health ", "سلامت "));
    if (isnan(score))
        buf_put_c(&text, "–");
    else
        format_number(&text, &format, score, 1);
    buf_put_c(&text, say(cli, " of 100, ", " از ۱۰۰، "));
    buf_put_str(&text, json_get_string(body, "band_title"));
    buf_put_c(&text, say(cli, "; higher is healthier. Coverage ",
                         "؛ بیشتر یعنی سالم‌تر. پوشش "));
    format_percent(&text, &format, number_of(body, "coverage"), 0);
    struct str card = json_get_string(body, "card");
    if (card.n) {
        buf_put_c(&text, say(cli, ". Scorecard ", ". کارت "));
        buf_put_str(&text, card);
        if (!flag_of(body, "card_in_force"))
            buf_put_c(&text, say(cli, " (not in force on that day)", " (آن روز جاری نبود)"));
    } else {
        buf_put_c(&text, say(cli, ". No scorecard applies", ". هیچ کارتی نمی‌خورد"));
    }
    buf_put_c(&text, ".\n");
    struct str odds = json_get_string(json_get(body, "odds"), "text");
    if (odds.n) {
        buf_put_str(&text, odds);
        buf_put_c(&text, ".\n");
    }
    buf_put_byte(&text, '\n');
    fwrite(text.p, 1, text.n, stdout);
    buf_free(&text);
    print_measures(cli, body, &format);
    print_change(cli, body, &format);
    return CLI_DONE;
}
