/* Models as people read them in a terminal. */
#include "app/cli_rows.h"

#include <stdio.h>

static void line(const struct cli *cli, const char *en, const char *fa, struct str value) {
    printf("%s%.*s\n", say(cli, en, fa), STR_ARG(value));
}

static const struct {
    const char *state;
    struct text title;
} states[] = {
    {"live", {"live", "فعال"}},
    {"tried", {"tried, not used", "آزموده، بی‌استفاده"}},
    {"replaced", {"replaced", "جایگزین‌شده"}},
    {"rolled_back", {"rolled back", "پس‌گرفته"}},
    {"refused", {"refused: nothing is foretold", "ردشده: چیزی پیش‌بینی نمی‌شود"}},
};

static struct str state_title(const struct cli *cli, struct str state) {
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_is(state, states[i].state)) return str_of(say(cli, states[i].title.en, states[i].title.fa));
    return state;
}

/* "0.71–0.83" under a name; as percent where asked. */
static void put_range(const struct cli *cli, const struct format *format, const struct json *item,
                      const char *low, const char *high, bool percent, struct json_writer *w,
                      struct buf *text) {
    for (int end = 0; end < 2; end++) {
        double value = number_of(item, end ? high : low);
        if (end) buf_put_c(text, say(cli, "–", " تا "));
        if (percent)
            format_percent(text, format, value, 1);
        else
            format_number(text, format, value, 3);
    }
    put_text(w, "range", text);
}

/* One row an outcome: the live version, else the newest, which says why there is none. */
void cli_shape_models(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = cli_place(cli);
    const struct json *data = json_get(body, "data");
    struct buf text = {0};
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *live = json_get(&data->items[i], "live"),
                          *newest = json_get(&data->items[i], "newest"),
                          *shown = live && live->kind == JSON_OBJECT ? live : newest;
        json_begin_object(w);
        json_put_string(w, "outcome", json_get_string(&data->items[i], "outcome"));
        json_put_string(w, "title", json_get_string(&data->items[i], "title"));
        json_put_string(w, "state",
                        flag_of(&data->items[i], "being_made") ? str_of(say(cli, "being made", "در حال ساخت"))
                        : !shown || shown->kind != JSON_OBJECT
                            ? str_of(say(cli, "not made yet", "هنوز ساخته نشده"))
                            : state_title(cli, json_get_string(shown, "state")));
        if (shown && shown->kind == JSON_OBJECT) {
            bool foretells = str_is(json_get_string(shown, "state"), "live");
            json_put_string(w, "learner_title",
                            foretells ? json_get_string(shown, "learner_title") : STR("–"));
            put_decimal(w, &format, "auc", number_of(shown, "auc"), 3, false, &text);
            put_decimal(w, &format, "log_loss", number_of(shown, "log_loss"), 4, false, &text);
            json_put_int(w, "cases", (int64_t)number_of(shown, "cases"));
            json_put_int(w, "lost", (int64_t)number_of(shown, "lost"));
            cli_put_time(cli, json_get_string(shown, "made_at"), &text);
            put_text(w, "made_at", &text);
            json_put_string(w, "text", json_get_string(shown, "text"));
        }
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}

static const struct {
    const char *learner;
    struct text title;
} learners[] = {
    {"prior", {"share of all", "سهم کل"}},
    {"recency", {"recency alone", "تنها تازگی استفاده"}},
    {"logit", {"shrunk logistic", "لجستیک فشرده"}},
    {"boosting", {"boosted trees", "درخت‌های تقویت‌شده"}},
};

static const char *learner_title(const struct cli *cli, struct str learner) {
    for (size_t i = 0; i < sizeof learners / sizeof *learners; i++)
        if (str_is(learner, learners[i].learner)) return say(cli, learners[i].title.en, learners[i].title.fa);
    return "";
}

static void print_learners(struct cli *cli, const struct json *trial) {
    static const struct cli_column columns[] = {{"learner", {"Learner", "روش"}},
                                                {"auc", {"AUC", "AUC"}},
                                                {"range", {"95 %", "۹۵٪"}},
                                                {"pr_auc", {"PR-AUC", "PR-AUC"}},
                                                {"log_loss", {"Log loss", "زیان لگاریتمی"}},
                                                {"brier", {"Brier", "بریر"}},
                                                {"ece", {"ECE", "ECE"}},
                                                {"lift", {"Lift of a tenth", "برتری دهک"}},
                                                {"precision", {"Precision at capacity", "دقت در ظرفیت"}},
                                                {0}};
    struct format format = cli_place(cli);
    const struct json *list = json_get(trial, "learners");
    struct str chosen = json_get_string(trial, "chosen");
    struct buf json = {0}, text = {0};
    struct json_writer w = {&json};
    if (!list) return;
    begin_rows(&w);
    for (size_t i = 0; i < list->n; i++) {
        const struct json *one = &list->items[i];
        struct str name = json_get_string(one, "learner");
        json_begin_object(&w);
        buf_put_c(&text, learner_title(cli, name));
        if (str_equal(name, chosen)) buf_put_c(&text, " *");
        put_text(&w, "learner", &text);
        put_decimal(&w, &format, "auc", number_of(one, "auc"), 4, false, &text);
        put_range(cli, &format, one, "auc_low", "auc_high", false, &w, &text);
        put_decimal(&w, &format, "pr_auc", number_of(one, "pr_auc"), 3, false, &text);
        put_decimal(&w, &format, "log_loss", number_of(one, "log_loss"), 4, false, &text);
        put_decimal(&w, &format, "brier", number_of(one, "brier"), 4, false, &text);
        put_decimal(&w, &format, "ece", number_of(one, "ece"), 4, false, &text);
        put_decimal(&w, &format, "lift", number_of(one, "lift"), 2, false, &text);
        put_decimal(&w, &format, "precision", number_of(one, "precision"), 3, false, &text);
        json_end_object(&w);
    }
    end_rows(&w);
    buf_free(&text);
    print_rows(cli, &json, columns);
}

static void print_bins(struct cli *cli, const struct json *trial) {
    static const struct cli_column columns[] = {{"said", {"Said", "گفته‌شده"}},
                                                {"came", {"Came", "رخ‌داده"}},
                                                {"range", {"95 %", "۹۵٪"}},
                                                {"cases", {"Cases", "مورد"}},
                                                {0}};
    struct format format = cli_place(cli);
    const struct json *list = json_get(trial, "learners");
    struct str chosen = json_get_string(trial, "chosen");
    struct buf json = {0}, text = {0};
    struct json_writer w = {&json};
    begin_rows(&w);
    for (size_t i = 0; list && i < list->n; i++) {
        const struct json *bins = json_get(&list->items[i], "bins");
        if (!str_equal(json_get_string(&list->items[i], "learner"), chosen)) continue;
        for (size_t b = 0; bins && b < bins->n; b++) {
            const struct json *bin = &bins->items[b];
            json_begin_object(&w);
            format_percent(&text, &format, number_of(bin, "mean"), 1);
            put_text(&w, "said", &text);
            format_percent(&text, &format, number_of(bin, "rate"), 1);
            put_text(&w, "came", &text);
            put_range(cli, &format, bin, "low", "high", true, &w, &text);
            json_put_int(&w, "cases", (int64_t)number_of(bin, "cases"));
            json_end_object(&w);
        }
    }
    end_rows(&w);
    buf_free(&text);
    print_rows(cli, &json, columns);
}

static void print_left_out(const struct cli *cli, const struct json *trial) {
    const struct json *list = json_get(trial, "left_out");
    for (size_t i = 0; list && i < list->n; i++) {
        const struct json *one = &list->items[i];
        if (!str_is(json_get_string(one, "reason"), "leak")) continue;
        printf("%s%.*s: %.*s\n", say(cli, "Left out: ", "کنار گذاشته شد: "),
               STR_ARG(json_get_string(one, "fact")),
               STR_ARG(json_get_string(one, say(cli, "why_en", "why_fa"))));
    }
}

static void print_trial(struct cli *cli, const struct json *trial, struct str text) {
    struct format format = cli_place(cli);
    struct buf out = {0};
    printf("%.*s\n", STR_ARG(text));
    if (!isnan(number_of(trial, "test_cases"))) {
        buf_put_c(&out, say(cli, "Tested on ", "سنجیده بر "));
        format_number(&out, &format, number_of(trial, "test_cases"), 0);
        buf_put_c(&out, say(cli, " cases of ", " مورد از "));
        format_number(&out, &format, number_of(trial, "test_accounts"), 0);
        buf_put_c(&out, say(cli, " accounts, ", " مشتری، "));
        format_number(&out, &format, number_of(trial, "test_lost"), 0);
        buf_put_c(&out, say(cli, " of them lost, from ", " مورد ازدست‌رفته، از "));
        cli_put_time(cli, json_get_string(trial, "test_from"), &out);
        buf_put_c(&out, say(cli, " to ", " تا "));
        cli_put_time(cli, json_get_string(trial, "test_to"), &out);
        printf("%.*s.\n\n", STR_ARG(buf_str(&out)));
        print_learners(cli, trial);
        printf("\n%s\n", say(cli, "What was said, and what came (the learner with *):",
                             "آنچه گفته شد و آنچه رخ داد (روش ستاره‌دار):"));
        print_bins(cli, trial);
    }
    print_left_out(cli, trial);
    buf_free(&out);
}

int cli_print_trial(struct cli *cli, const struct json *body) {
    print_trial(cli, json_get(body, "trial"), json_get_string(body, "text"));
    return CLI_DONE;
}

int cli_print_version(struct cli *cli, const struct json *body) {
    if (flag_of(body, "being_made")) {
        printf(
            "%s\n",
            say(cli, "The running server makes it in the background. See: vafa model show.",
                "کارساز روشن آن را در پس‌زمینه می‌سازد. ببینید: vafa model show."));
        return CLI_DONE;
    }
    struct buf out = {0};
    struct format format = cli_place(cli);
    format_number(&out, &format, number_of(body, "version"), 0);
    line(cli, "Version ", "نسخهٔ ", buf_str(&out));
    buf_free(&out);
    line(cli, "State: ", "وضعیت: ", state_title(cli, json_get_string(body, "state")));
    print_trial(cli, json_get(body, "tests"), json_get_string(body, "text"));
    return CLI_DONE;
}

static void print_facts(struct cli *cli, const struct json *now) {
    static const struct cli_column columns[] = {
        {"title", {"Fact", "شاخص"}},
        {"adds", {"Adds, log odds", "می‌افزاید (لگاریتم بخت)"}},
        {"direction", {"With more of it the chance", "با افزایش آن، احتمال"}},
        {0}};
    struct format format = cli_place(cli);
    const struct json *facts = json_get(now, "facts");
    struct buf json = {0}, text = {0};
    struct json_writer w = {&json};
    begin_rows(&w);
    for (size_t i = 0; facts && i < facts->n; i++) {
        struct str direction = json_get_string(&facts->items[i], "direction");
        json_begin_object(&w);
        json_put_string(&w, "title", json_get_string(&facts->items[i], "title"));
        put_decimal(&w, &format, "adds", number_of(&facts->items[i], "adds"), 3, false, &text);
        json_put_string(&w, "direction",
                        str_of(str_is(direction, "rises")   ? say(cli, "rises", "بالا می‌رود")
                               : str_is(direction, "falls") ? say(cli, "falls", "پایین می‌آید")
                                                            : say(cli, "depends", "بستگی دارد")));
        json_end_object(&w);
    }
    end_rows(&w);
    buf_free(&text);
    print_rows(cli, &json, columns);
}

int cli_print_model(struct cli *cli, const struct json *body) {
    struct format format = cli_place(cli);
    const struct json *now = json_get(body, "now"), *versions = json_get(body, "versions");
    struct buf out = {0};
    line(cli, "", "", json_get_string(body, "title"));
    if (now) {
        buf_put_c(&out, say(cli, "Foretold of ", "پیش‌بینی دربارهٔ "));
        format_number(&out, &format, number_of(now, "foretold"), 0);
        buf_put_c(&out,
                  say(cli, " accounts, on the average ", " مشتری، به‌طور میانگین "));
        format_percent(&out, &format, number_of(now, "mean"), 1);
        buf_put_c(&out, say(cli, "; in history ", "؛ در تاریخچه "));
        format_percent(&out, &format, number_of(now, "base_rate"), 1);
        if (isnan(number_of(now, "psi"))) {
            buf_put_c(&out,
                      say(cli, "; too few accounts to speak of drift", "؛ برای سخن از رانش، مشتری کم است"));
        } else {
            buf_put_c(&out, say(cli, "; drift (PSI) ", "؛ رانش (PSI) "));
            format_number(&out, &format, number_of(now, "psi"), 3);
        }
        printf("%.*s.\n\n", STR_ARG(buf_str(&out)));
        print_facts(cli, now);
    }
    for (size_t i = 0; versions && i < versions->n && i < 1; i++) {
        printf("\n");
        cli_print_version(cli, &versions->items[i]);
    }
    buf_free(&out);
    return CLI_DONE;
}

/* ---- growth ---- */

static struct text growth_kind_title(struct str kind) {
    return str_is(kind, "product")   ? (struct text){"not owned", "نداشته"}
           : str_is(kind, "feature") ? (struct text){"not used", "بی‌استفاده"}
                                     : (struct text){"seats free", "صندلی خالی"};
}

static void put_amount(struct json_writer *w, const char *name, const struct format *format, double amount,
                       struct str currency, struct buf *text) {
    if (isnan(amount))
        buf_put_c(text, "–");
    else
        format_money(text, format, (int64_t)llround(amount), currency);
    put_text(w, name, text);
}

void cli_shape_growth(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = cli_place(cli);
    const struct json *data = json_get(body, "data");
    struct str currency = json_get_string(body, "currency");
    struct buf text = {0};
    begin_rows(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i];
        struct text kind = growth_kind_title(json_get_string(row, "kind"));
        double chance = number_of(row, "chance");
        json_begin_object(w);
        json_put_string(w, "account", json_get_string(row, "account"));
        json_put_string(w, "name", json_get_string(row, "name"));
        json_put_string(w, "kind", str_of(say(cli, kind.en, kind.fa)));
        json_put_string(w, "title", json_get_string(row, "title"));
        put_amount(w, "potential", &format, number_of(row, "potential"), currency, &text);
        put_amount(w, "expected", &format, number_of(row, "expected"), currency, &text);
        if (isnan(chance))
            buf_put_c(&text, "–");
        else
            format_percent(&text, &format, chance, 1);
        put_text(w, "chance", &text);
        json_put_string(w, "text", json_get_string(row, "text"));
        json_end_object(w);
    }
    end_rows(w);
    buf_free(&text);
}
