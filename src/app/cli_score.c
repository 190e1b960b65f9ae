/* Tests of scorecards as people read them in a terminal. */
#include "app/cli_rows.h"

#include <stdio.h>

static const struct {
    const char *outcome;
    struct text text;
} outcome_words[] = {
    {"churn", {"leaving", "رفتن"}},
    {"no_renewal", {"not renewing", "تمدید نکردن"}},
    {"contraction", {"paying less", "کم شدن پرداخت"}},
    {"silence", {"falling silent", "خاموش شدن"}},
};

struct printer {
    struct cli *cli;
    struct format format;
    struct buf text;
};

static void put(struct printer *p, const char *en, const char *fa) {
    buf_put_c(&p->text, say(p->cli, en, fa));
}

static void put_number(struct printer *p, double value, int decimals) {
    format_number(&p->text, &p->format, value, decimals);
}

static void put_range(struct printer *p, const struct json *item, const char *low, const char *high,
                      double scale, int decimals) {
    double from = number_of(item, low), to = number_of(item, high);
    if (isnan(from) || isnan(to)) return;
    buf_put_c(&p->text, " (");
    put_number(p, scale * from, decimals);
    put(p, "–", " تا ");
    put_number(p, scale * to, decimals);
    buf_put_byte(&p->text, ')');
}

static void flush(struct printer *p) {
    fwrite(p->text.p, 1, p->text.n, stdout);
    buf_clear(&p->text);
}

static void end_line(struct printer *p) {
    put(p, ".\n", ".\n");
}

static void put_days(struct printer *p, double days) {
    format_days(&p->text, &p->format, llround(days));
}

/* ---- one test ---- */

static void print_outcome(struct printer *p, const struct json *body) {
    struct str outcome = json_get_string(body, "outcome");
    for (size_t i = 0; i < sizeof outcome_words / sizeof *outcome_words; i++)
        if (str_is(outcome, outcome_words[i].outcome))
            put(p, outcome_words[i].text.en, outcome_words[i].text.fa);
    put(p, " within ", " ظرف ");
    put_days(p, number_of(body, "days"));
}

static void print_plan(struct printer *p, const struct json *body) {
    print_outcome(p, body);
    put(p, "; ", "؛ ");
    put_number(p, number_of(body, "labelled_snapshots"), 0);
    put(p, " snapshots", " برش زمانی");
    double open = number_of(body, "unlabelled_snapshots"), dark = number_of(body, "unobserved_snapshots");
    if (open > 0) {
        put(p, ", ", "، ");
        put_number(p, open, 0);
        put(p, " more whose days are not over", " برش دیگر که روزهایشان به سر نیامده");
    }
    if (dark > 0) {
        put(p, ", ", "، ");
        put_number(p, dark, 0);
        put(p, " without a healthy source", " برش بدون منبع سالم");
    }
    end_line(p);
    flush(p);
}

static void print_auc(struct printer *p, const struct json *test) {
    put(p, "AUC ", "AUC ");
    put_number(p, number_of(test, "auc"), 3);
    put_range(p, test, "auc_low", "auc_high", 1, 3);
    if (!isnan(number_of(test, "recency_auc"))) {
        put(p, "; days since the last use alone ", "؛ تنها با روزهای گذشته از آخرین استفاده ");
        put_number(p, number_of(test, "recency_auc"), 3);
        put_range(p, test, "recency_auc_low", "recency_auc_high", 1, 3);
    }
    put(p, "; a constant score ", "؛ امتیاز ثابت ");
    put_number(p, 0.5, 1);
    end_line(p);
    put(p, "Among the riskiest tenth ", "در پرخطرترین دهک ");
    put_number(p, number_of(test, "lift"), 1);
    put(p, " times as many were lost as among all", " برابر میانگین از دست رفتند");
    end_line(p);
}

static void print_green(struct printer *p, const struct json *test) {
    put_number(p, number_of(test, "green_losses"), 0);
    put(p, " of ", " از ");
    put_number(p, number_of(test, "losses"), 0);
    put(p, " losses stood in the best band before",
        " مورد از دست رفتن پیش‌تر در بهترین وضعیت بودند");
    double share = number_of(test, "green_arr_share");
    if (!isnan(share)) {
        put(p, ", ", "، ");
        format_percent(&p->text, &p->format, share, 0);
        put(p, " of the lost ARR", " از درآمد سالانهٔ از دست رفته");
    }
    end_line(p);
}

static void print_shares(struct printer *p, const struct json *rows, bool bins) {
    static const struct cli_column band_columns[] = {{"what", {"Band", "وضعیت"}},
                                                     {"cases", {"Cases", "مورد"}},
                                                     {"accounts", {"Accounts", "مشتری"}},
                                                     {"lost", {"Lost", "از دست رفته"}},
                                                     {"rate", {"Of 100", "از ۱۰۰"}},
                                                     {0}},
                                   bin_columns[] = {
                                       {"what", {"Scores", "امتیازها"}},    {"cases", {"Cases", "مورد"}},
                                       {"accounts", {"Accounts", "مشتری"}}, {"lost", {"Lost", "از دست رفته"}},
                                       {"rate", {"Of 100", "از ۱۰۰"}},      {0}};
    struct buf json = {0};
    struct json_writer w = {&json};
    flush(p);
    begin_rows(&w);
    for (size_t i = 0; rows && i < rows->n; i++) {
        const struct json *row = &rows->items[i];
        if (!(number_of(row, "cases") > 0)) continue;
        json_begin_object(&w);
        if (bins) {
            put_number(p, number_of(row, "score_from"), 1);
            put(p, " – ", " تا ");
            put_number(p, number_of(row, "score_to"), 1);
        } else {
            buf_put_str(&p->text, json_get_string(row, "band_title"));
        }
        put_text(&w, "what", &p->text);
        put_decimal(&w, &p->format, "cases", number_of(row, "cases"), 0, false, &p->text);
        put_decimal(&w, &p->format, "accounts", number_of(row, "accounts"), 0, false, &p->text);
        put_decimal(&w, &p->format, "lost", number_of(row, "lost"), 0, false, &p->text);
        double rate = number_of(row, "rate");
        if (isnan(rate))
            put(p, "too few", "کم است");
        else
            put_number(p, 100 * rate, 0);
        put_range(p, row, "low", "high", 100, 0);
        put_text(&w, "rate", &p->text);
        json_end_object(&w);
    }
    end_rows(&w);
    print_rows(p->cli, &json, bins ? bin_columns : band_columns);
}

static void print_snapshots(struct printer *p, const struct json *rows) {
    static const struct cli_column columns[] = {{"period", {"Snapshot", "برش"}},
                                                {"cases", {"Cases", "مورد"}},
                                                {"lost", {"Lost", "از دست رفته"}},
                                                {"auc", {"AUC", "AUC"}},
                                                {"recency", {"Recency alone", "تنها با تازگی استفاده"}},
                                                {"note", {"Note", "توضیح"}},
                                                {0}};
    struct buf json = {0};
    struct json_writer w = {&json};
    flush(p);
    begin_rows(&w);
    for (size_t i = 0; rows && i < rows->n; i++) {
        const struct json *row = &rows->items[i];
        struct str state = json_get_string(row, "state");
        json_begin_object(&w);
        cli_put_time(p->cli, json_get_string(row, "day"), &p->text);
        put_text(&w, "period", &p->text);
        put_decimal(&w, &p->format, "cases", number_of(row, "cases"), 0, false, &p->text);
        put_decimal(&w, &p->format, "lost", number_of(row, "lost"), 0, false, &p->text);
        put_number(p, number_of(row, "auc"), 3);
        put_range(p, row, "auc_low", "auc_high", 1, 3);
        put_text(&w, "auc", &p->text);
        put_decimal(&w, &p->format, "recency", number_of(row, "recency_auc"), 3, false, &p->text);
        if (str_is(state, "not_over")) put(p, "not over yet", "هنوز به سر نیامده");
        if (str_is(state, "not_observed")) put(p, "source not healthy", "منبع سالم نبوده");
        put_text(&w, "note", &p->text);
        json_end_object(&w);
    }
    end_rows(&w);
    print_rows(p->cli, &json, columns);
}

static void print_knowledge(struct printer *p, const struct json *body) {
    double share = number_of(json_get(body, "knowledge"), "assumed_share");
    put(p, "Assumed knowledge (declared as history, not recorded at the time): ",
        "دانستهٔ فرضی (به‌عنوان تاریخچه وارد شده و آن زمان ثبت نشده): ");
    if (isnan(share))
        buf_put_c(&p->text, "–");
    else
        format_percent(&p->text, &p->format, share, 0);
    end_line(p);
    flush(p);
}

static void print_counts(struct printer *p, const struct json *test) {
    put_number(p, number_of(test, "cases"), 0);
    put(p, " cases of ", " مورد از ");
    put_number(p, number_of(test, "accounts"), 0);
    put(p, " accounts, ", " مشتری، ");
    put_number(p, number_of(test, "lost"), 0);
    put(p, " lost (", " از دست رفته (");
    put_number(p, number_of(test, "losses"), 0);
    put(p, " different losses)", " رویداد جدا)");
    if (number_of(test, "unscored") > 0) {
        put(p, ", ", "، ");
        put_number(p, number_of(test, "unscored"), 0);
        put(p, " without a score left out", " مورد بی‌امتیاز کنار گذاشته");
    }
    end_line(p);
}

int cli_print_score_test(struct cli *cli, const struct json *body) {
    struct printer p = {cli, {.language = cli->language}, {0}};
    const struct json *test = json_get(body, "test");
    buf_put_str(&p.text, json_get_string(test, "card"));
    buf_put_c(&p.text, " v");
    put_number(&p, number_of(test, "version"), 0);
    put(&p, " against ", " در برابر ");
    print_plan(&p, body);
    print_counts(&p, test);
    print_auc(&p, test);
    print_green(&p, test);
    print_knowledge(&p, body);
    put(&p, "\n", "\n");
    print_shares(&p, json_get(test, "bands"), false);
    put(&p, "\n", "\n");
    print_shares(&p, json_get(test, "calibration"), true);
    put(&p, "\n", "\n");
    print_snapshots(&p, json_get(test, "snapshots"));
    buf_free(&p.text);
    return CLI_DONE;
}

/* ---- two cards ---- */

static void print_both(struct printer *p, const struct json *body) {
    struct str refused = json_get_string(body, "refused");
    const struct json *current = json_get(body, "current"), *draft = json_get(body, "draft"),
                      *difference = json_get(body, "difference");
    if (refused.n) {
        buf_put_str(&p->text, refused);
        put(p, "\n", "\n");
        flush(p);
        return;
    }
    put(p, "Against ", "در برابر ");
    print_outcome(p, body);
    end_line(p);
    for (int end = 0; end < 2; end++) {
        const struct json *one = end ? draft : current;
        if (end)
            put(p, "Draft: ", "پیش‌نویس: ");
        else
            put(p, "Now: ", "اکنون: ");
        print_counts(p, one);
        print_auc(p, one);
    }
    put(p, "AUC of the draft against that of now: ", "AUC پیش‌نویس در برابر اکنون: ");
    if (number_of(difference, "auc") > 0) buf_put_byte(&p->text, '+');
    put_number(p, number_of(difference, "auc"), 3);
    put_range(p, difference, "auc_low", "auc_high", 1, 3);
    double low = number_of(difference, "auc_low"), high = number_of(difference, "auc_high");
    if (low > 0 || high < 0)
        put(p, ", a real difference", "، تفاوتی واقعی");
    else
        put(p, ", no difference that can be told from chance", "، تفاوتی که از تصادف جدا شود نیست");
    end_line(p);
    print_knowledge(p, body);
    put(p, "\n", "\n");
    print_shares(p, json_get(draft, "bands"), false);
}

int cli_print_what_if(struct cli *cli, const struct json *body) {
    static const struct cli_column band_columns[] = {{"band_title", {"Band", "وضعیت"}},
                                                     {"before", {"Now", "اکنون"}},
                                                     {"after", {"Draft", "پیش‌نویس"}},
                                                     {0}},
                                   move_columns[] = {
                                       {"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}},
                                       {"from_title", {"From", "از"}},    {"to_title", {"To", "به"}},
                                       {"score", {"Score", "امتیاز"}},    {0}};
    struct printer p = {cli, {.language = cli->language}, {0}};
    const struct json *moves = json_get(body, "moves"), *bands = json_get(body, "distribution");
    struct buf json = {0};
    struct json_writer w = {&json};
    put_number(&p, number_of(body, "moved"), 0);
    put(&p, " accounts change band now, ", " مشتری اکنون تغییر وضعیت می‌دهند، ");
    put_number(&p, number_of(body, "moved_down"), 0);
    put(&p, " of them to a worse one", " تای آن‌ها به وضعیتی بدتر");
    end_line(&p);
    put(&p, "\n", "\n");
    flush(&p);
    begin_rows(&w);
    for (size_t i = 0; moves && i < moves->n; i++) {
        const struct json *one = &moves->items[i];
        json_begin_object(&w);
        for (size_t c = 0; c < 4; c++)
            json_put_string(&w, move_columns[c].name, json_get_string(one, move_columns[c].name));
        put_number(&p, number_of(one, "score_before"), 1);
        put(&p, " → ", " ← ");
        put_number(&p, number_of(one, "score_after"), 1);
        put_text(&w, "score", &p.text);
        json_end_object(&w);
    }
    end_rows(&w);
    if (moves && moves->n)
        print_rows(cli, &json, move_columns);
    else
        buf_free(&json);
    put(&p, "\n", "\n");
    flush(&p);
    w = (struct json_writer){&json};
    begin_rows(&w);
    for (size_t i = 0; bands && i < bands->n; i++)
        json_write(&w, &bands->items[i]);
    end_rows(&w);
    print_rows(cli, &json, band_columns);
    put(&p, "\n", "\n");
    print_both(&p, body);
    flush(&p);
    buf_free(&p.text);
    return CLI_DONE;
}

int cli_print_weights(struct cli *cli, const struct json *body) {
    static const struct cli_column columns[] = {{"title", {"Measure", "سنجه"}},
                                                {"before", {"Share now", "سهم اکنون"}},
                                                {"after", {"Proposed", "پیشنهاد"}},
                                                {0}};
    struct printer p = {cli, {.language = cli->language}, {0}};
    const struct json *trained = json_get(body, "trained"), *measures = json_get(body, "measures");
    struct buf json = {0};
    struct json_writer w = {&json};
    put(&p, "Learnt from snapshots ", "آموخته از برش‌های ");
    cli_put_time(cli, json_get_string(trained, "from"), &p.text);
    put(&p, " to ", " تا ");
    cli_put_time(cli, json_get_string(trained, "to"), &p.text);
    put(&p, " (", " (");
    put_number(&p, number_of(trained, "losses"), 0);
    put(&p, " losses), tested on those from ",
        " مورد از دست رفتن)، سنجیده با برش‌های از ");
    cli_put_time(cli, json_get_string(body, "tested_from"), &p.text);
    end_line(&p);
    if (flag_of(body, "kept"))
        put(&p, "The present weights are as good as any that history can name.\n",
            "وزن‌های کنونی به خوبی هر وزنی‌اند که تاریخچه نشان دهد.\n");
    if (!flag_of(body, "validated"))
        put(&p, "The time is too short to choose how far to move: the weights moved little.\n",
            "زمان برای گزینش اندازهٔ جابه‌جایی کوتاه است: وزن‌ها اندکی جابه‌جا شدند.\n");
    put(&p, "\n", "\n");
    flush(&p);
    begin_rows(&w);
    for (size_t i = 0; measures && i < measures->n; i++) {
        const struct json *one = &measures->items[i];
        json_begin_object(&w);
        json_put_string(&w, "title", json_get_string(one, "title"));
        format_percent(&p.text, &p.format, number_of(one, "share_before"), 1);
        put_text(&w, "before", &p.text);
        format_percent(&p.text, &p.format, number_of(one, "share_after"), 1);
        put_text(&w, "after", &p.text);
        json_end_object(&w);
    }
    end_rows(&w);
    print_rows(cli, &json, columns);
    put(&p, "\n", "\n");
    print_both(&p, body);
    put(&p, "\nNothing was changed. --format json holds the draft under “card”.\n",
        "\nچیزی تغییر نکرد. پیش‌نویس در ‎--format json زیر card است.\n");
    flush(&p);
    buf_free(&p.text);
    return CLI_DONE;
}
