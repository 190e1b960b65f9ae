#include "predict/forecast.h"

#include "customers/directory.h"
#include "insight/figure.h"
#include "platform/answer.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

#define RANGE_QUERY                                                                                          \
    {"by", "quarter (default), month or year."},                                                             \
        {"from",                                                                                             \
         "Where the first period is: a day or a label such as 2026Q1 or 1405-02; absent: the one of "        \
         "today; of needs and of open lines also those that may come late."},                                \
        {"to", "Where the last period is, likewise; absent: 4 quarters, 12 months or 2 years in all."}, {    \
        "calendar", "gregorian or persian; the organisation's where absent."                                 \
    }
#define LINES_QUERY                                                                                          \
    RANGE_QUERY, SELECTION_QUERY,                                                                            \
        {"only", "open, uncalled, commit, best_case, omitted, at_risk, over or needs; all when absent."},    \
        {"sort", "due (default): by day; amount: the largest first."},                                       \
        {"limit", "Most lines; 50 when absent."}, {                                                          \
        "cursor", "Where to go on, as next_cursor said."                                                     \
    }

const struct route_query forecast_query[] = {RANGE_QUERY, SELECTION_QUERY, SPLIT_QUERY, {NULL, NULL}};
const struct route_query forecast_lines_query[] = {LINES_QUERY, {NULL, NULL}};
const struct route_query forecast_needs_query[] = {RANGE_QUERY,
                                                   SELECTION_QUERY,
                                                   {"limit", "Most lines; 50 when absent."},
                                                   {"cursor", "Where to go on, as next_cursor said."},
                                                   {NULL, NULL}};
const struct route_query forecast_accuracy_query[] = {
    {"by", "quarter (default), month or year: the periods of mape."},
    {"from", "Where the first period is: a day or a label; absent: 4 quarters, 12 months or 2 years in all."},
    {"to", "Where the last period is, likewise; absent: the one of today."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    SELECTION_QUERY,
    {NULL, NULL}};

/* ---- what is asked ---- */

enum status request_forecast_range(const struct request *request, bool past, bool late,
                                   struct forecast_range *ret, struct problem *problem) {
    enum { MOST = 60, MOST_AHEAD = 3653 /* days: ten years */ };
    static const char *const units[] = {"quarter", "month", "year", NULL};
    static const enum period_unit by_choice[] = {PERIOD_QUARTER, PERIOD_MONTH, PERIOD_YEAR};
    static const size_t usual[] = {4, 12, 2};
    static const char *const calendars[] = {"gregorian", "persian", NULL};
    int by = 0, calendar = settings_choice(request->house->settings, SETTING_ORGANISATION_CALENDAR);
    day_t today = moment_now(request->house->insight).day, from = INT32_MIN, to = INT32_MIN;
    enum status status = request_query_choice(request, "by", units, &by, problem);
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (request_place(request, "from", false, &from, problem)) status = BAD_INPUT;
    if (request_place(request, "to", true, &to, problem)) status = BAD_INPUT;
    if (status) return status;
    *ret = (struct forecast_range){.by = by_choice[by], .calendar = (enum calendar)calendar};
    struct period period = period_of(from != INT32_MIN         ? from
                                     : past && to != INT32_MIN ? to
                                                               : today,
                                     ret->by, ret->calendar, MONDAY);
    if (past && from == INT32_MIN)
        for (size_t i = 1; i < usual[by]; i++)
            period = period_previous(&period);
    if (past && to == INT32_MIN && from != INT32_MIN && from <= today) to = today;
    size_t enough = usual[by];
    day_t since = today - (day_t)settings_int(request->house->settings, SETTING_RETENTION_GRACE_DAYS) - 1;
    for (; late && from == INT32_MIN && period.from > since; enough++)
        period = period_previous(&period);
    ret->periods = arena_array(request->arena, MOST, sizeof *ret->periods);
    for (; to == INT32_MIN ? ret->count < enough : period.from <= to; period = period_next(&period)) {
        if (period.to - today > MOST_AHEAD)
            return fail_at(
                problem, to == INT32_MIN ? STR("from") : STR("to"),
                MESSAGE(
                    "forecast_too_far",
                    "That ends more than ten years from today: nobody can say so much. Give an earlier range.",
                    "این بیش از ده سال پس از امروز پایان می‌یابد و کسی آن‌قدر نمی‌داند. بازه‌ای زودتر بدهید."),
                NO_ARGS);
        if (ret->count == MOST)
            return fail_at(
                problem, STR("from"),
                MESSAGE(
                    "forecast_too_many",
                    "That would be more than 60 periods. Choose longer ones or begin later.",
                    "این بیش از ۶۰ دوره می‌شود. دوره‌های بلندتر یا آغازی دیرتر برگزینید."),
                NO_ARGS);
        ret->periods[ret->count++] = period;
    }
    if (ret->count) return OK;
    return fail_at(problem, STR("to"),
                   MESSAGE("forecast_reversed", "The range ends before it begins: give a later `to`.",
                           "پایان بازه پیش از آغاز آن است: `to` را دیرتر بدهید."),
                   NO_ARGS);
}

struct asking {
    struct forecast_range range;
    struct selector selector;
    struct selection selection;
    struct forecast forecast;
    struct str currency;
};

static enum status ask(struct request *request, bool past, bool late, struct asking *a,
                       struct forecast_query *query, struct problem *problem) {
    struct moment moment = moment_now(request->house->insight);
    enum status status = request_forecast_range(request, past, late, &a->range, problem);
    if (!status) status = request_selector(request, &a->selector, problem);
    if (!status) status = selector_apply(&a->selector, &moment, request->arena, &a->selection, problem);
    if (status) return status;
    a->currency = settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
    *query = (struct forecast_query){a->selection.included, a->selection.n, a->range.periods, a->range.count};
    return OK;
}

static void put_head(struct json_writer *w, const struct asking *a, day_t today) {
    static const char *const units[] = {
        [PERIOD_MONTH] = "month", [PERIOD_QUARTER] = "quarter", [PERIOD_YEAR] = "year"};
    put_day(w, "as_of", today);
    put_day(w, "from", a->range.periods[0].from);
    put_day(w, "to", a->range.periods[a->range.count - 1].to - 1);
    json_put_string(w, "by", str_of(units[a->range.by]));
    json_put_string(w, "calendar", a->range.calendar == CALENDAR_PERSIAN ? STR("persian") : STR("gregorian"));
    json_put_string(w, "currency", a->currency);
    json_put_int(w, "unjudged", (int64_t)a->selection.unjudged);
}

/* ---- figures ---- */

static void put_money(struct json_writer *w, const char *name, double amount) {
    json_name(w, str_of(name));
    if (isfinite(amount) && fabs(amount) < 9e18)
        json_int(w, llround(amount));
    else
        json_null(w);
}

static void put_range(struct json_writer *w, const char *name, const struct renewals_range *range,
                      bool money) {
    const double values[] = {range->mean, range->low, range->high};
    static const char *const names[] = {"mean", "low", "high"};
    json_name(w, str_of(name));
    json_begin_object(w);
    for (size_t i = 0; i < 3; i++) {
        if (money)
            put_money(w, names[i], values[i]);
        else
            json_put_number(w, names[i], values[i]);
    }
    json_end_object(w);
}

static void put_sums(struct json_writer *w, const struct asking *a, size_t p, const struct str *group,
                     const struct forecast_sums *sums, const struct renewals_sum *expected) {
    const struct forecast_range *range = &a->range;
    bool all = p == range->count;
    json_begin_object(w);
    json_name(w, STR("period"));
    all ? json_null(w) : json_string(w, str_of(range->periods[p].label));
    put_day(w, "from", range->periods[all ? 0 : p].from);
    put_day(w, "to", range->periods[all ? range->count - 1 : p].to - 1);
    if (group) {
        json_name(w, STR("group"));
        group->n ? json_string(w, *group) : json_null(w);
    }
    json_put_int(w, "lines", sums->lines);
    json_put_int(w, "not_converted", sums->not_converted);
    put_money(w, "due", sums->due);
    put_money(w, "commit", sums->commit);
    put_money(w, "best_case", sums->best_case);
    put_money(w, "likely", sums->likely);
    put_money(w, "expansion", sums->expansion);
    put_range(w, "expected", &expected->amount, true);
    put_range(w, "expected_count", &expected->count, false);
    json_put_int(w, "renewed", sums->renewed);
    put_money(w, "won", sums->won);
    json_put_int(w, "lost", sums->lost);
    json_put_int(w, "uncalled", sums->uncalled);
    put_money(w, "uncalled_due", sums->uncalled_due);
    json_put_int(w, "needs", sums->needs);
    json_end_object(w);
}

static void put_rows(struct json_writer *w, const struct asking *a, const struct str *group,
                     const uint8_t *mask, double shift) {
    struct arena scratch = {0};
    size_t n = a->range.count;
    struct forecast_sums *sums = arena_array(&scratch, n + 1, sizeof *sums);
    struct renewals_sum *expected = arena_array(&scratch, n + 1, sizeof *expected);
    forecast_sum(&a->forecast, mask, n, sums);
    forecast_expect(&a->forecast, mask, n, shift, expected, &scratch);
    put_sums(w, a, n, group, &sums[n], &expected[n]);
    for (size_t p = 0; p < n; p++)
        put_sums(w, a, p, group, &sums[p], &expected[p]);
    arena_free(&scratch);
}

/* The base rate is the company's, and its counts are for those who may see all of it. */
static void put_base_rate(struct json_writer *w, struct arena *arena, const struct chances *chances,
                          bool counts) {
    double rate = (chances->renewed + 1) / (chances->due + 2);
    if (counts)
        put_both(
            w, "base_rate",
            str_format(
                arena,
                "%.0f of %.0f terms that ended in %d months were renewed; one of each kind is added, so "
                "that few say little.",
                chances->renewed, chances->due, CHANCE_MONTHS),
            str_format(
                arena,
                "%.*s از %.*s دورهٔ پایان‌یافته در ۲۴ ماه تمدید شده‌اند؛ از هر گونه یکی افزوده می‌شود تا شمار اندک کم بگوید.",
                STR_ARG(persian_number(arena, chances->renewed, 0)),
                STR_ARG(persian_number(arena, chances->due, 0))));
    else
        put_both(
            w, "base_rate",
            str_format(
                arena,
                "Of the terms of the whole company that ended in %d months, the share that was renewed: "
                "%.0f %%.",
                CHANCE_MONTHS, 100 * rate),
            str_format(
                arena,
                "سهم تمدیدشده از دوره‌های همهٔ شرکت که در ۲۴ ماه پایان یافته‌اند: %.*s٪.",
                STR_ARG(persian_number(arena, 100 * rate, 0))));
}

static void put_meanings(struct json_writer *w, struct arena *arena, const struct asking *a,
                         const struct forecast_shift *shift, bool counts) {
    const struct chances *chances = &a->forecast.chances;
    struct str confidence = persian_number(arena, (double)a->forecast.confidence, 0),
               kept = persian_number(arena, 100 * chances->kept, 0),
               value = persian_number(arena, shift->value, 2);
    json_name(w, STR("definitions"));
    json_begin_object(w);
    put_both(
        w, "commit",
        str_format(
            arena,
            "Called renew, expansion or contraction with a chance of %lld %% or more, or without one; where "
            "there is no call, the model's chance is that high. What was renewed counts, too.",
            (long long)a->forecast.confidence),
        str_format(
            arena,
            "نظر تمدید، گسترش یا کاهش با احتمال %.*s٪ یا بیشتر، یا بدون احتمال؛ جایی که نظری نیست، احتمال مدل "
            "همین اندازه است. آنچه تمدید شده نیز شمرده می‌شود.",
            STR_ARG(confidence)));
    put_both(
        w, "best_case",
        STR("Commit, and whatever else is not called lost; where there is no call, the model's chance is half or more."),
        STR("قطعی، و هر آنچه نظر «از دست می‌رود» ندارد؛ جایی که نظری نیست، احتمال مدل نیم یا بیشتر است."));
    put_both(
        w, "likely",
        STR("Every renewal by its chance: that of the call, else none where it is called lost, else the model's."),
        STR("هر تمدید با احتمالش: احتمال نظر، وگرنه هیچ اگر نظر «از دست می‌رود» است، وگرنه احتمال مدل."));
    put_both(
        w, "expected",
        str_format(
            arena,
            "By the model alone, each renewal at the share of its amount that renewed terms kept (%.0f %% on average). "
            "Nine of ten periods should lie inside: renewals of a period share a good or bad "
            "time (a shift of the log-odds with standard deviation %.2f, %s), those of an account come together.",
            100 * chances->kept, shift->value,
            !shift->estimated ? "assumed: fewer than six quarters had renewals"
            : shift->recorded ? "from past quarters against their recorded chances"
                              : "from past quarters against their pooled rate"),
        str_format(
            arena,
            "تنها با مدل، و هر تمدید با سهمی از مبلغش که تمدیدهای پیشین نگه داشته‌اند (میانگین %.*s٪). "
            "نُه دوره از ده دوره باید درون بازه باشد: تمدیدهای یک دوره خوبی یا بدیِ زمانه را با هم "
            "دارند (جابه‌جایی لگاریتم بخت با انحراف معیار %.*s؛ %s) و تمدیدهای یک مشتری با هم می‌آیند.",
            STR_ARG(kept), STR_ARG(value),
            !shift->estimated ? "فرض‌شده: کمتر از شش فصل تمدید داشته‌اند"
            : shift->recorded
                ? "از فصل‌های گذشته در برابر احتمال‌های ثبت‌شده"
                : "از فصل‌های گذشته در برابر نرخ کلی‌شان"));
    put_base_rate(w, arena, chances, counts);
    put_both(
        w, "amounts",
        STR("What is kept never counts above what is due; what a call puts above it is expansion, and apart. Of a "
            "product that renews more than once only its next renewal is counted."),
        STR("آنچه می‌ماند هرگز بیش از مبلغ سررسید شمرده نمی‌شود؛ آنچه نظر بالاتر می‌گذارد گسترش است و جدا. از محصولی که "
            "بیش از یک بار تمدید می‌شود تنها تمدید بعدی شمرده می‌شود."));
    json_end_object(w);
}

enum status forecast_handle(struct request *request, struct response *response, struct problem *problem) {
    struct asking a;
    struct forecast_query query;
    struct forecast_shift shift;
    struct arena scratch = {0};
    enum status status = ask(request, false, false, &a, &query, problem);
    if (!status) status = forecast_gather(request->house, &query, request->arena, &a.forecast, problem);
    if (!status) status = forecast_shift(request->house, &scratch, &shift, problem);
    arena_free(&scratch);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    put_head(&w, &a, a.forecast.today);
    json_put_int(&w, "confidence", a.forecast.confidence);
    json_put_int(&w, "disagreement", a.forecast.disagreement);
    json_name(&w, STR("checkpoints"));
    json_begin_array(&w);
    json_int(&w, a.forecast.checkpoints[0]);
    json_int(&w, a.forecast.checkpoints[1]);
    json_end_array(&w);
    json_name(&w, STR("shift"));
    json_begin_object(&w);
    json_put_number(&w, "value", shift.value);
    json_put_bool(&w, "estimated", shift.estimated);
    json_put_bool(&w, "recorded", shift.recorded);
    json_put_int(&w, "periods", (int64_t)shift.periods);
    json_end_object(&w);
    json_name(&w, STR("base_rate"));
    json_begin_object(&w);
    bool counts = request->principal.scope == SCOPE_ALL;
    if (counts) {
        json_put_int(&w, "due", (int64_t)a.forecast.chances.due);
        json_put_int(&w, "renewed", (int64_t)a.forecast.chances.renewed);
    }
    json_put_number(&w, "rate", (a.forecast.chances.renewed + 1) / (a.forecast.chances.due + 2));
    json_put_number(&w, "kept", a.forecast.chances.kept);
    json_end_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    put_rows(&w, &a, NULL, NULL, shift.value);
    for (size_t g = 0; a.selection.group && g < a.selection.group_count; g++) {
        uint8_t *mask = arena_alloc(request->arena, a.forecast.n + 1);
        for (size_t i = 0; i < a.forecast.n; i++)
            mask[i] = a.selection.group[a.forecast.lines[i].account] == g;
        put_rows(&w, &a, &a.selection.groups[g].key, mask, shift.value);
    }
    json_end_array(&w);
    put_meanings(&w, request->arena, &a, &shift, counts);
    json_end_object(&w);
    return OK;
}

/* ---- lines ---- */

static void put_id(struct json_writer *w, const char *name, struct id id) {
    char text[ID_TEXT + 1];
    json_name(w, str_of(name));
    if (id_is_none(id)) {
        json_null(w);
        return;
    }
    id_print(id, text);
    json_string(w, str_of(text));
}

static void put_text_or_null(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    text.n ? json_string(w, text) : json_null(w);
}

static void put_health(struct json_writer *w, const struct request *request,
                       const struct forecast_line *line) {
    const struct live_score *live = &line->live;
    bool known = line->judged && !isnan(live->score);
    json_put_number(w, "score", known ? live->score : NAN);
    put_text_or_null(w, "band",
                     known && live->band != DICT_NONE ? dict_key(&request->house->insight->bands, live->band)
                                                      : (struct str){0});
    put_text_or_null(w, "band_title",
                     known && live->band != DICT_NONE
                         ? str_of(request->language == PERSIAN ? live->band_title.fa : live->band_title.en)
                         : (struct str){0});
}

static void put_model(struct json_writer *w, const struct prediction *model) {
    char at[INSTANT_TEXT + 1];
    instant_print(model->given_at, at);
    json_name(w, STR("model"));
    json_begin_object(w);
    json_put_number(w, "probability", model->probability);
    json_put_number(w, "low", model->low);
    json_put_number(w, "high", model->high);
    json_put_string(w, "source", str_of(prediction_sources[model->source]));
    put_text_or_null(w, "key", model->key);
    json_name(w, STR("version"));
    model->key.n ? json_int(w, model->version) : json_null(w);
    json_put_string(w, "given_at", str_of(at));
    json_end_object(w);
}

static void put_record(struct json_writer *w, const char *name, const struct record_type *type,
                       const void *record) {
    json_name(w, str_of(name));
    if (record)
        fields_encode(type, record, w);
    else
        json_null(w);
}

void forecast_put_line(struct json_writer *w, const struct request *request, const struct forecast_line *line,
                       struct str period) {
    bool persian = request->language == PERSIAN;
    put_id(w, "id", line->account_id);
    json_put_string(w, "account", line->key.n ? line->key : id_str(request->arena, line->account_id));
    json_put_string(w, "name", line->name);
    put_id(w, "owner", line->owner);
    put_text_or_null(w, "owner_name", line->owner_name);
    json_put_string(w, "product", line->product);
    json_put_string(w, "currency", line->currency);
    put_day(w, "due_on", line->due_on);
    json_put_int(w, "days_left", line->days_left);
    put_text_or_null(w, "period", period);
    json_put_string(w, "stage", str_of(renewal_stage_names[line->stage]));
    put_money(w, "amount", line->amount);
    json_put_int(w, "own_amount", line->own_amount);
    put_health(w, request, line);
    put_model(w, &line->model);
    put_record(w, "call", &renewal_call_type, line->call);
    put_record(w, "decision", &renewal_note_type, line->decision);
    put_record(w, "plan", &renewal_note_type, line->plan);
    json_put_string(w, "category", str_of(forecast_category_names[line->category]));
    json_put_number(w, "chance", line->chance);
    put_money(w, "retained", line->retained);
    put_money(w, "expansion", line->expansion);
    json_name(w, STR("needs"));
    json_begin_array(w);
    for (size_t i = 0; i < FORECAST_NEEDS; i++) {
        if (!(line->needs & 1u << i)) continue;
        json_begin_object(w);
        json_put_string(w, "need", str_of(forecast_need_names[i]));
        json_put_string(w, "text", str_of(persian ? forecast_need_titles[i].fa : forecast_need_titles[i].en));
        json_end_object(w);
    }
    json_end_array(w);
}

enum only { ALL, OPEN, UNCALLED, COMMIT, BEST_CASE, OMITTED, AT_RISK, OVER, NEEDS };

static bool is_shown(const struct forecast_line *line, int only) {
    bool open = line->stage == STAGE_OPEN || line->stage == STAGE_LATE;
    switch (only) {
    case OPEN:
        return open;
    case UNCALLED:
        return open && !line->call;
    case COMMIT:
        return line->category == FORECAST_COMMIT;
    case BEST_CASE: /* what it has above the commit */
        return line->category == FORECAST_BEST_CASE;
    case OMITTED:
        return line->category == FORECAST_OMITTED;
    case AT_RISK:
        return open && (line->call ? line->call->call >= CALL_AT_RISK : line->model.probability < 0.5);
    case OVER:
        return forecast_is_over(line);
    case NEEDS:
        return line->needs != 0;
    default:
        return true;
    }
}

static int by_amount(const void *a, const void *b) {
    const struct forecast_line *x = *(const struct forecast_line *const *)a,
                               *y = *(const struct forecast_line *const *)b;
    double left = isnan(x->amount) ? -1 : x->amount, right = isnan(y->amount) ? -1 : y->amount;
    if (left != right) return left > right ? -1 : 1;
    return x < y ? -1 : x > y; /* by day */
}

static enum status answer_lines(struct request *request, struct response *response, int only, int sort,
                                struct problem *problem) {
    struct asking a;
    struct forecast_query query;
    struct figure_page page;
    enum status status = ask(request, false, only == OPEN || only == NEEDS, &a, &query, problem);
    if (request_page(request, LIST_DEFAULT, &page, problem)) status = BAD_INPUT;
    if (!status) status = forecast_gather(request->house, &query, request->arena, &a.forecast, problem);
    if (status) return status;
    const struct forecast_line **shown = arena_array(request->arena, a.forecast.n + 1, sizeof *shown);
    size_t n = 0;
    double due = 0;
    for (size_t i = 0; i < a.forecast.n; i++) {
        if (!is_shown(&a.forecast.lines[i], only)) continue;
        shown[n++] = &a.forecast.lines[i];
        if (!isnan(a.forecast.lines[i].amount)) due += a.forecast.lines[i].amount;
    }
    if (sort && n) qsort(shown, n, sizeof *shown, by_amount);
    struct json_writer w = {.out = &response->body};
    size_t end = figure_page_end(&page, n);
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = (size_t)page.first; i < end; i++) {
        json_begin_object(&w);
        forecast_put_line(&w, request, shown[i], str_of(a.range.periods[shown[i]->period].label));
        json_end_object(&w);
    }
    json_end_array(&w);
    put_head(&w, &a, a.forecast.today);
    json_put_int(&w, "lines", (int64_t)n);
    put_money(&w, "due", due);
    put_page(&w, request->arena, end, n);
    json_end_object(&w);
    return OK;
}

enum status forecast_handle_lines(struct request *request, struct response *response,
                                  struct problem *problem) {
    static const char *const choices[] = {"all",     "open",    "uncalled", "commit", "best_case",
                                          "omitted", "at_risk", "over",     "needs",  NULL};
    static const char *const sorts[] = {"due", "amount", NULL};
    int only = ALL, sort = 0;
    enum status status = request_query_choice(request, "only", choices, &only, problem);
    if (request_query_choice(request, "sort", sorts, &sort, problem)) status = BAD_INPUT;
    return status ? status : answer_lines(request, response, only, sort, problem);
}

enum status forecast_handle_needs(struct request *request, struct response *response,
                                  struct problem *problem) {
    return answer_lines(request, response, NEEDS, 0, problem);
}

/* ---- accuracy ---- */

enum status forecast_handle_accuracy(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct asking a;
    struct forecast_query query;
    struct forecast_accuracy *rows;
    size_t n;
    enum status status = ask(request, true, false, &a, &query, problem);
    if (!status) status = forecast_accuracy(request->house, &query, request->arena, &rows, &n, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++) {
        const struct forecast_accuracy *row = &rows[i];
        json_begin_object(&w);
        json_put_string(&w, "who", row->who);
        put_text_or_null(&w, "name", row->name);
        json_put_int(&w, "days", row->days);
        json_put_int(&w, "lines", row->lines);
        json_put_bool(&w, "few", row->lines < FORECAST_FEW);
        put_money(&w, "due", row->lines ? row->due : NAN);
        put_money(&w, "forecast", row->lines ? row->forecast : NAN);
        put_money(&w, "actual", row->lines ? row->actual : NAN);
        json_put_number(&w, "bias", row->bias);
        json_put_number(&w, "mape", row->mape);
        json_put_int(&w, "periods", row->periods);
        json_put_number(&w, "error", row->error);
        json_end_object(&w);
    }
    json_end_array(&w);
    put_head(&w, &a, moment_now(request->house->insight).day);
    json_put_int(&w, "least", FORECAST_FEW);
    put_both(
        &w, "definition",
        STR("Renewals that are over, and so long that none can come late any more, at what was said so many "
            "days before. Bias = (said − renewed) ÷ renewed. Mean error of "
            "periods (MAPE) = mean of |said − renewed| ÷ renewed over periods in which something was renewed. Error of lines = "
            "Σ |said − renewed| ÷ Σ due. A call says its amount, half of a renewal at risk, nothing of one lost, by its "
            "chance where it has one."),
        STR("تمدیدهای پایان‌یافته‌ای که مهلت دیرکردشان نیز گذشته است، با آنچه این شمار روز پیش گفته شده بود. اریبی = (گفته − تمدیدشده) ÷ تمدیدشده. خطای میانگین "
            "دوره‌ها (MAPE) = میانگین |گفته − تمدیدشده| ÷ تمدیدشده در دوره‌هایی که چیزی تمدید شده است. خطای سطرها = مجموع |گفته "
            "− تمدیدشده| ÷ مجموع سررسید. نظر مبلغ خود را می‌گوید، نیمی از تمدید در خطر و هیچ از آنچه از دست می‌رود، و اگر احتمال "
            "دارد با آن."));
    json_end_object(&w);
    return OK;
}

enum status forecast_handle_record(struct request *request, struct response *response,
                                   struct problem *problem) {
    size_t recorded;
    enum status status = forecast_record(request->house, &recorded, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_int(&w, "recorded", (int64_t)recorded);
    json_end_object(&w);
    return OK;
}
