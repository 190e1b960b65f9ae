#include "insight/satisfaction.h"

#include "base/number.h"
#include "base/vec.h"
#include "insight/figure.h"
#include "customers/directory.h"
#include "platform/settings.h"

#include <math.h>

#define KIND_QUERY                                                                                           \
    { "kind", "nps (default), csat or ces." }
#define SCALE_QUERY                                                                                          \
    { "scale", "Of CSAT and CES, such as 1-5; 1-10 and 1-7 unless given. Scales are never mixed." }
#define PER_QUERY                                                                                            \
    { "per", "person: the last answer of each person in the period (NPS unless told); answer: every answer." }

const struct route_query satisfaction_query[] = {
    KIND_QUERY,
    SCALE_QUERY,
    PER_QUERY,
    {"trailing", "Days of the trailing figure before as_of; 90 unless given."},
    {"population", "contacts: the interval is narrowed by how many contacts there are to ask."},
    SPAN_QUERY,
    SELECTION_QUERY,
    SPLIT_QUERY,
    {NULL, NULL},
};
const struct route_query satisfaction_answers_query[] = {
    KIND_QUERY,
    SCALE_QUERY,
    PER_QUERY,
    {"from", "First day; 90 days before as_of unless given."},
    {"to", "The day behind the last; as_of unless given."},
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {"limit", "Most rows; 100 unless given."},
    {"cursor", "next_cursor of the page before."},
    SELECTION_QUERY,
    {NULL, NULL},
};

enum row_field {
    ROW_SPAN,
    ROW_FROM,
    ROW_TO,
    ROW_OPEN,
    ROW_GROUP,
    ROW_N,
    ROW_ACCOUNTS,
    ROW_HIDDEN,
    ROW_VALUE,
    ROW_LOW,
    ROW_HIGH,
    ROW_GOOD,
    ROW_MIDDLE,
    ROW_BAD,
    ROW_MEAN,
    ROW_MEAN_PERCENT,
    ROW_TARGET,
    ROW_WEIGHTED,
    ROW_ARR_HEARD,
    ROW_AGAINST,
    ROW_CHANGE,
    ROW_CHANGE_LOW,
    ROW_CHANGE_HIGH,
    ROW_TREND,
    ROW_INVITED,
    ROW_REPLIED,
    ROW_RESPONSE,
    ROW_RESPONSE_LOW,
    ROW_RESPONSE_HIGH,
    ROW_POPULATION,
    ROW_FIELDS
};
static const char *const targets[] = {"below", "within", "above", NULL}, *const trends[] = {"unknown", "same",
                                                                                            "up", "down",
                                                                                            NULL};
#define AT(member) offsetof(struct satisfaction_row, member)
#define NUMBER(name, member, en, fa, what)                                                                   \
    { name, FIELD_NUMBER, 0, AT(member), .title = {en, fa}, .doc = what }
static const struct field fields[ROW_FIELDS] = {
    [ROW_SPAN] = {"span", FIELD_TEXT, 0, AT(span), .title = {"Period", "دوره"},
                  .doc = "Label of the period, or trailing."},
    [ROW_FROM] = {"from", FIELD_DATE, 0, AT(from), .title = {"From", "از"}, .doc = "Its first day."},
    [ROW_TO] = {"to", FIELD_DATE, 0, AT(to), .title = {"To", "تا"}, .doc = "The day behind its last."},
    [ROW_OPEN] = {"open", FIELD_BOOL, 0, AT(open), .title = {"Open", "ناتمام"}, .doc = "It is not over yet."},
    [ROW_GROUP] = {"group", FIELD_TEXT, 0, AT(group), .title = {"Group", "گروه"},
                   .doc = "Value of the split, empty where it is not known; null: no split."},
    [ROW_N] = {"n", FIELD_INT, 0, AT(n), .title = {"Answers", "پاسخ"}, .doc = "Answers that count."},
    [ROW_ACCOUNTS] = {"accounts", FIELD_INT, 0, AT(accounts), .title = {"Accounts", "مشتری"},
                      .doc = "Accounts that they are of."},
    [ROW_HIDDEN] = {"hidden", FIELD_BOOL, 0, AT(hidden), .title = {"Hidden", "پنهان"},
                    .doc = "Too few answers for a figure."},
    [ROW_VALUE] = NUMBER("value", value, "Value", "مقدار", "Points of NPS, percent of CSAT and CES."),
    [ROW_LOW] = NUMBER("low", low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_HIGH] = NUMBER("high", high, "To", "تا", "Upper end of it."),
    [ROW_GOOD] = NUMBER("good", good, "Good", "خوب", "Percent of promoters, or of those satisfied."),
    [ROW_MIDDLE] = NUMBER("middle", middle, "Passives", "بی‌طرف", "NPS: percent of passives."),
    [ROW_BAD] = NUMBER("bad", bad, "Detractors", "ناراضی", "NPS: percent of detractors."),
    [ROW_MEAN] = NUMBER("mean", mean, "Mean", "میانگین", "Mean score on the scale."),
    [ROW_MEAN_PERCENT] = NUMBER("mean_percent", mean_percent, "Mean, %", "میانگین، ٪",
                                "Mean score ÷ the highest of the scale × 100."),
    [ROW_TARGET] = {"target", FIELD_ENUM, 0, AT(target), .options = targets, .title = {"Target", "هدف"},
                    .doc = "CSAT: below, within or above the target band."},
    [ROW_WEIGHTED] = NUMBER("arr_weighted", weighted, "By ARR", "وزنی با درآمد",
                            "Mean of the accounts' own values, weighted by ARR."),
    [ROW_ARR_HEARD] = NUMBER("arr_heard", arr_heard, "ARR heard", "درآمد شنیده‌شده",
                             "Percent of the selection's ARR that answered."),
    [ROW_AGAINST] = {"against", FIELD_TEXT, 0, AT(against), .title = {"Against", "در برابر"},
                     .doc = "What it is compared with: the period before it."},
    [ROW_CHANGE] = NUMBER("change", change, "Change", "تغییر", "Value less that of the period before."),
    [ROW_CHANGE_LOW] = NUMBER("change_low", change_low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_CHANGE_HIGH] = NUMBER("change_high", change_high, "To", "تا", "Upper end of it."),
    [ROW_TREND] = {"trend", FIELD_ENUM, 0, AT(trend), .options = trends, .title = {"Trend", "روند"},
                   .doc = "up or down where the interval leaves 0 out, else same; unknown: too few answers."},
    [ROW_INVITED] = {"invited", FIELD_INT, 0, AT(invited), .title = {"Invited", "دعوت‌شده"},
                     .doc = "Invitations that reached somebody; null: none are recorded."},
    [ROW_REPLIED] = {"replied", FIELD_INT, 0, AT(replied), .title = {"Replied", "پاسخ‌داده"},
                     .doc = "Of them with an answer within satisfaction.answer_days."},
    [ROW_RESPONSE] = NUMBER("response", response, "Response, %", "نرخ پاسخ، ٪",
                            "Percent replied; null: not known, no invitations are recorded."),
    [ROW_RESPONSE_LOW] = NUMBER("response_low", response_low, "From", "از", "Lower end, Wilson."),
    [ROW_RESPONSE_HIGH] = NUMBER("response_high", response_high, "To", "تا", "Upper end, Wilson."),
    [ROW_POPULATION] = NUMBER("population", population, "Contacts", "مخاطب",
                              "Contacts who could have answered; null: not asked for."),
};
RECORD_TYPE(satisfaction_row_type, "SatisfactionRow", struct satisfaction_row, fields);

/* ---- what is asked ---- */

/* "1-5": two numbers around a dash. */
static enum status read_scale(const struct request *request, enum answer_kind kind, double *low, double *high,
                              struct problem *problem) {
    static const double lowest[] = {[ANSWER_NPS] = 0, [ANSWER_CSAT] = 1, [ANSWER_CES] = 1},
                        highest[] = {[ANSWER_NPS] = 10, [ANSWER_CSAT] = 10, [ANSWER_CES] = 7};
    struct str text = request_query(request, "scale"), rest;
    *low = lowest[kind];
    *high = highest[kind];
    if (!text.p) return OK;
    if (kind == ANSWER_NPS)
        return fail_at(problem, STR("scale"),
                       MESSAGE("satisfaction_nps_scale", "NPS has one scale, 0–10: leave the scale out.",
                               "NPS تنها یک مقیاس دارد، ۰ تا ۱۰: مقیاس را ننویسید."),
                       NO_ARGS);
    struct str first = str_cut(text, '-', &rest);
    if (!number_parse(first, low) && !number_parse(rest, high) && *low < *high) return OK;
    return fail_at(problem, STR("scale"),
                   MESSAGE("satisfaction_scale", "“{0}” is no scale: write lowest-highest, such as 1-5.",
                           "«{0}» مقیاس نیست: کمینه-بیشینه بنویسید، مانند 1-5."),
                   ARGS(text));
}

static enum status read_ask(const struct request *request, struct selector *selector, struct spans *spans,
                            struct satisfaction_ask *ask, struct problem *problem) {
    static const char *const kinds[] = {"nps", "csat", "ces", NULL},
                             *const pers[] = {"person", "answer", NULL},
                             *const populations[] = {"contacts", NULL};
    struct settings *settings = request->house->settings;
    int kind = ANSWER_NPS, per, population = -1;
    double low = 0, high = 0;
    enum status status = OK;
    if (request_query_choice(request, "kind", kinds, &kind, problem)) status = BAD_INPUT;
    per = kind != ANSWER_NPS;
    if (request_query_choice(request, "per", pers, &per, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "population", populations, &population, problem)) status = BAD_INPUT;
    if (read_scale(request, (enum answer_kind)kind, &low, &high, problem)) status = BAD_INPUT;
    if (status) return status;
    double from = settings_choice(settings, SETTING_SATISFACTION_CSAT_FROM) ? 8 : 7;
    *ask = (struct satisfaction_ask){
        .selector = selector,
        .spans = spans,
        .method = satisfaction_method((enum answer_kind)kind, low, high, from,
                                      settings_int(settings, SETTING_SATISFACTION_LEAST_ANSWERS)),
        .per_person = per == 0,
        .contacts = population == 0,
        .answer_days = settings_int(settings, SETTING_SATISFACTION_ANSWER_DAYS)};
    return request_selector(request, selector, problem);
}

/* ---- rows ---- */

static const struct satisfaction_wave *find_group(const struct satisfaction_waves *waves, struct str group) {
    for (size_t i = 0; waves && i < waves->n; i++)
        if (str_equal(waves->v[i].group, group)) return &waves->v[i];
    return NULL;
}

static void set_change(const struct satisfaction_ask *ask, const struct satisfaction_wave *wave,
                       const struct satisfaction_waves *before, struct str against,
                       struct satisfaction_row *row) {
    static const struct satisfaction_counts none;
    const struct satisfaction_wave *base = find_group(before, wave->group);
    double change;
    struct interval interval;
    row->trend =
        satisfaction_trend(&ask->method, base ? &base->counts : &none, &wave->counts, &change, &interval);
    row->against = against;
    field_set(row, ROW_TREND);
    field_set(row, ROW_AGAINST);
    figure_set(&satisfaction_row_type, row, ROW_CHANGE, change);
    figure_set(&satisfaction_row_type, row, ROW_CHANGE_LOW, interval.low);
    figure_set(&satisfaction_row_type, row, ROW_CHANGE_HIGH, interval.high);
}

static void set_response(const struct satisfaction_wave *wave, struct satisfaction_row *row) {
    if (!wave->invited) return;
    row->invited = wave->invited;
    row->replied = wave->replied;
    row->has |= (uint64_t)1 << ROW_INVITED | (uint64_t)1 << ROW_REPLIED;
    struct interval interval = proportion_wilson((double)wave->replied, (double)wave->invited);
    figure_set(&satisfaction_row_type, row, ROW_RESPONSE,
               100 * (double)wave->replied / (double)wave->invited);
    figure_set(&satisfaction_row_type, row, ROW_RESPONSE_LOW, 100 * interval.low);
    figure_set(&satisfaction_row_type, row, ROW_RESPONSE_HIGH, 100 * interval.high);
}

static void set_figures(const struct satisfaction_ask *ask, struct settings *settings,
                        const struct satisfaction_wave *wave, struct satisfaction_row *row) {
    const struct satisfaction_counts *c = &wave->counts;
    struct satisfaction_result result = satisfaction_result(&ask->method, c, wave->population);
    row->hidden = result.hidden;
    field_set(row, ROW_HIDDEN);
    if (ask->contacts) figure_set(&satisfaction_row_type, row, ROW_POPULATION, wave->population);
    if (result.hidden) return;
    figure_set(&satisfaction_row_type, row, ROW_VALUE, result.value);
    figure_set(&satisfaction_row_type, row, ROW_LOW, result.interval.low);
    figure_set(&satisfaction_row_type, row, ROW_HIGH, result.interval.high);
    figure_set(&satisfaction_row_type, row, ROW_GOOD, 100 * c->good / c->n);
    if (ask->method.kind == ANSWER_NPS) {
        figure_set(&satisfaction_row_type, row, ROW_MIDDLE, 100 * (c->n - c->good - c->bad) / c->n);
        figure_set(&satisfaction_row_type, row, ROW_BAD, 100 * c->bad / c->n);
    }
    figure_set(&satisfaction_row_type, row, ROW_MEAN, result.mean);
    figure_set(&satisfaction_row_type, row, ROW_MEAN_PERCENT, 100 * result.mean / ask->method.scale_max);
    figure_set(&satisfaction_row_type, row, ROW_WEIGHTED, wave->weighted);
    figure_set(&satisfaction_row_type, row, ROW_ARR_HEARD, 100 * wave->arr_heard);
    if (ask->method.kind != ANSWER_CSAT) return;
    row->target = result.value < (double)settings_int(settings, SETTING_SATISFACTION_CSAT_TARGET_LOW)    ? 0
                  : result.value < (double)settings_int(settings, SETTING_SATISFACTION_CSAT_TARGET_HIGH) ? 1
                                                                                                         : 2;
    field_set(row, ROW_TARGET);
}

static void write_rows(const struct satisfaction_ask *ask, const struct span *span, struct str against,
                       const struct satisfaction_waves *waves, const struct satisfaction_waves *before,
                       struct json_writer *w) {
    for (size_t g = 0; g < waves->n; g++) {
        const struct satisfaction_wave *wave = &waves->v[g];
        struct satisfaction_row row = {.span = str_of(span->label),
                                       .from = span->from,
                                       .to = span->to,
                                       .open = span->open,
                                       .group = wave->group,
                                       .n = (int64_t)wave->counts.n,
                                       .accounts = wave->accounts};
        row.has = (uint64_t)1 << ROW_SPAN | (uint64_t)1 << ROW_FROM | (uint64_t)1 << ROW_TO |
                  (uint64_t)1 << ROW_OPEN | (uint64_t)1 << ROW_N | (uint64_t)1 << ROW_ACCOUNTS;
        if (ask->selector->split != DICT_NONE) field_set(&row, ROW_GROUP);
        set_figures(ask, ask->selector->request->house->settings, wave, &row);
        set_response(wave, &row);
        set_change(ask, wave, before, against, &row);
        fields_encode(&satisfaction_row_type, &row, w);
    }
}

/* ---- words ---- */

static void write_definition(const struct satisfaction_ask *ask, struct arena *arena, struct json_writer *w) {
    const struct satisfaction_method *m = &ask->method;
    struct str low = persian_number(arena, m->scale_min, 2), high = persian_number(arena, m->scale_max, 2);
    double from = ceil(m->from - 1e-6);
    struct str from_fa = persian_number(arena, from, 2);
    const char *per_en = ask->per_person ? "the last answer of each person in a period counts"
                                         : "every answer counts",
               *per_fa = ask->per_person
                             ? "آخرین پاسخ هر شخص در دوره شمرده می‌شود"
                             : "همهٔ پاسخ‌ها شمرده می‌شوند";
    struct str en, fa;
    if (m->kind == ANSWER_NPS) {
        en = str_format(arena,
                        "NPS = %% of 9–10 − %% of 0–6, from −100 to 100; %s. 95 %% interval: adjusted "
                        "Wald. ARR-weighted: the mean of the accounts' own values, weighted by their ARR.",
                        per_en);
        fa = str_format(
            arena,
            "NPS = درصد ۹ تا ۱۰ − درصد ۰ تا ۶، از ‎−۱۰۰ تا ۱۰۰؛ %s. بازهٔ ۹۵٪: والد "
            "تعدیل‌شده. وزنی با درآمد: میانگین مقدار خود مشتریان با وزن درآمد سالانه.",
            per_fa);
    } else {
        const char *name = m->kind == ANSWER_CSAT ? "CSAT" : "CES";
        en = str_format(arena,
                        "%s = share of answers from %g to %g on the scale %g–%g; %s. 95 %% interval: Wilson. "
                        "ARR-weighted: the mean of the accounts' own values, weighted by their ARR.",
                        name, from, m->scale_max, m->scale_min, m->scale_max, per_en);
        fa = str_format(
            arena,
            "%s = سهم پاسخ‌های %.*s تا %.*s در مقیاس %.*s تا %.*s؛ %s. بازهٔ ۹۵٪: ویلسون. وزنی با "
            "درآمد: میانگین مقدار خود مشتریان با وزن درآمد سالانه.",
            name, STR_ARG(from_fa), STR_ARG(high), STR_ARG(low), STR_ARG(high), per_fa);
    }
    put_both(w, "definition", en, fa);
    put_both(
        w, "trend_rule",
        STR("A change is shown as up or down only where the 95 % interval of the difference from the period "
            "before leaves 0 out."),
        STR("تغییر تنها وقتی بالا یا پایین خوانده می‌شود که بازهٔ ۹۵٪ تفاوت با دورهٔ پیش، صفر را در بر "
            "نگیرد."));
}

static void write_scale(const struct satisfaction_method *method, struct json_writer *w) {
    json_name(w, STR("scale"));
    json_begin_object(w);
    json_put_number(w, "min", method->scale_min);
    json_put_number(w, "max", method->scale_max);
    json_put_number(w, "good_from", ceil(method->from - 1e-6));
    json_end_object(w);
}

/* Spans one behind the other: each with the one before it, older ones forgotten, for they are as large as the
 * company. */
struct sequence {
    const struct satisfaction_ask *ask;
    struct arena arenas[2];
    struct satisfaction_waves waves[2];
    int at; /* the latest */
    int64_t other_scales;
    bool invited;
};

static enum status measure_next(struct sequence *s, const struct span *span, struct problem *problem) {
    s->at = !s->at;
    arena_reset(&s->arenas[s->at]);
    return satisfaction_measure(s->ask, span, &s->arenas[s->at], &s->waves[s->at], problem);
}

static void write_latest(const struct sequence *s, const struct span *span, const char *against,
                         struct json_writer *w) {
    write_rows(s->ask, span, str_of(against), &s->waves[s->at], &s->waves[!s->at], w);
}

/* The periods, then the days before as_of. */
static enum status write_spans(struct sequence *s, int64_t trailing, struct json_writer *w,
                               struct problem *problem) {
    const struct spans *spans = s->ask->spans;
    struct span base = span_before(spans, &spans->v[0]);
    enum status status = measure_next(s, &base, problem);
    for (size_t i = 0; i < spans->n && !status; i++) {
        status = measure_next(s, &spans->v[i], problem);
        if (status) return status;
        write_latest(s, &spans->v[i], i ? spans->v[i - 1].label : base.label, w);
        const struct satisfaction_waves *waves = &s->waves[s->at];
        s->other_scales += waves->other_scales;
        for (size_t g = 0; g < waves->n; g++)
            s->invited |= waves->v[g].invited > 0;
    }
    day_t to = spans->moment.day + spans->moment.now;
    struct span last = {"trailing", to - (day_t)trailing, to, spans->moment.now},
                earlier = {"before", to - 2 * (day_t)trailing, to - (day_t)trailing, false};
    if (!status) status = measure_next(s, &earlier, problem);
    if (!status) status = measure_next(s, &last, problem);
    if (!status) write_latest(s, &last, earlier.label, w);
    return status;
}

enum status satisfaction_handle(struct request *request, struct response *response, struct problem *problem) {
    enum { UNLESS_TOLD = 12, TRAILING = 90, TRAILING_MOST = 3660 };
    static const char *const kinds[] = {"nps", "csat", "ces"}, *const bys[] = {"week", "month", "quarter",
                                                                               "year"};
    struct arena *arena = request->arena;
    struct settings *settings = request->house->settings;
    struct selector selector;
    struct spans spans;
    struct satisfaction_ask ask;
    int64_t trailing = TRAILING;
    enum status status = request_spans(request, UNLESS_TOLD, &spans, problem);
    if (request_query_int(request, "trailing", 1, TRAILING_MOST, &trailing, problem)) status = BAD_INPUT;
    if (!status) status = read_ask(request, &selector, &spans, &ask, problem);
    if (status) return status;

    struct json_writer w = {&response->body};
    struct sequence sequence = {.ask = &ask};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    status = write_spans(&sequence, trailing, &w, problem);
    size_t unjudged = sequence.waves[sequence.at].unjudged;
    arena_free(&sequence.arenas[0]);
    arena_free(&sequence.arenas[1]);
    if (status) return status;
    json_end_array(&w);

    json_put_string(&w, "kind", str_of(kinds[ask.method.kind]));
    json_put_string(&w, "per", ask.per_person ? STR("person") : STR("answer"));
    json_put_string(&w, "by", str_of(bys[spans.by]));
    json_put_int(&w, "trailing_days", trailing);
    put_day(&w, "as_of", spans.moment.day);
    write_scale(&ask.method, &w);
    write_definition(&ask, arena, &w);
    if (ask.method.kind == ANSWER_CSAT) {
        json_name(&w, STR("target"));
        json_begin_object(&w);
        json_put_int(&w, "low", settings_int(settings, SETTING_SATISFACTION_CSAT_TARGET_LOW));
        json_put_int(&w, "high", settings_int(settings, SETTING_SATISFACTION_CSAT_TARGET_HIGH));
        json_end_object(&w);
    }
    json_put_int(&w, "hidden_below", ask.method.least);
    json_put_int(&w, "other_scales", sequence.other_scales);
    json_put_int(&w, "unjudged", (int64_t)unjudged);
    if (!sequence.invited)
        put_both(
            &w, "response_note",
            STR("The response rate is not known: no invitations of this kind are recorded. Import "
                "them: vafa import invitations."),
            STR("نرخ پاسخ معلوم نیست: دعوتی از این نوع ثبت نشده است. دعوت‌ها را وارد کنید: vafa "
                "import invitations."));
    json_end_object(&w);
    return OK;
}

/* ---- the answers behind it ---- */

static void write_answer(const struct satisfaction_ask *ask, const struct satisfaction_answer *answer,
                         struct arena *arena, struct json_writer *w) {
    struct directory *directory = ask->selector->request->house->directory;
    struct satisfaction_counts counts = {0};
    char at[INSTANT_TEXT + 1];
    satisfaction_add(&ask->method, answer->score, &counts);
    instant_print(answer->at, at);
    directory_lock(directory);
    const struct directory_account *account = directory_account(directory, answer->account);
    struct str key = str_copy(arena, account->key), name = str_copy(arena, account->name);
    directory_unlock(directory);
    json_begin_object(w);
    json_put_string(w, "answered_at", str_of(at));
    json_put_string(w, "account", key);
    json_put_string(w, "name", name);
    json_name(w, STR("person"));
    if (id_is_none(answer->person))
        json_null(w);
    else
        json_string(w, id_str(arena, answer->person));
    json_put_number(w, "score", answer->score);
    json_put_string(w, "class", counts.good > 0 ? STR("good") : counts.bad > 0 ? STR("bad") : STR("middle"));
    json_put_bool(w, "counts", answer->counts);
    json_name(w, STR("comment"));
    if (answer->comment.n)
        json_string(w, answer->comment);
    else
        json_null(w);
    json_put_string(w, "answer", id_str(arena, answer->id));
    json_end_object(w);
}

enum status satisfaction_handle_answers(struct request *request, struct response *response,
                                        struct problem *problem) {
    enum { UNLESS_TOLD = 100, TRAILING = 90 };
    struct selector selector;
    struct spans spans;
    struct satisfaction_ask ask;
    struct satisfaction_waves waves;
    struct figure_page page;
    enum status status = request_calendar(request, &spans, problem);
    day_t to = spans.moment.day + spans.moment.now, from = to - TRAILING;
    if (request_page(request, UNLESS_TOLD, &page, problem)) status = BAD_INPUT;
    if (request_query_day(request, "from", &from, problem)) status = BAD_INPUT;
    if (request_query_day(request, "to", &to, problem)) status = BAD_INPUT;
    if (!status) status = read_ask(request, &selector, &spans, &ask, problem);
    if (status) return status;
    day_t behind = spans.moment.day + spans.moment.now; /* nothing of later than it is seen from */
    struct span span = {"", from, to < behind ? to : behind, to > spans.moment.day};
    if ((status = satisfaction_measure(&ask, &span, request->arena, &waves, problem))) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    size_t end = figure_page_end(&page, waves.answer_count);
    for (size_t i = (size_t)page.first; i < end; i++) /* newest first */
        write_answer(&ask, &waves.answers[waves.answer_count - 1 - i], request->arena, &w);
    json_end_array(&w);
    put_page(&w, request->arena, end, waves.answer_count);
    json_put_int(&w, "answers", (int64_t)waves.answer_count);
    json_put_int(&w, "other_scales", waves.other_scales);
    json_end_object(&w);
    return OK;
}
