#include "insight/value_time.h"

#include "base/vec.h"
#include "insight/figure.h"
#include "customers/directory.h"

#include <math.h>
#include <stdlib.h>

const struct route_query value_time_query[] = {
    SPAN_QUERY,      {"cohorts", "yes: a row for each start period, too; no (default): all together."},
    SELECTION_QUERY, SPLIT_QUERY,
    {NULL, NULL},
};
const struct route_query value_time_accounts_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {"state", "waiting (default), reached, left or all."},
    {"limit", "Most rows; 100 unless given."},
    {"cursor", "next_cursor of the page before."},
    SELECTION_QUERY,
    {NULL, NULL},
};

enum row_field {
    ROW_COHORT,
    ROW_GROUP,
    ROW_ACCOUNTS,
    ROW_REACHED,
    ROW_WAITING,
    ROW_LEFT,
    ROW_EARLY,
    ROW_NOT_YET,
    ROW_P25,
    ROW_P25_LOW,
    ROW_P25_HIGH,
    ROW_P50,
    ROW_P50_LOW,
    ROW_P50_HIGH,
    ROW_P75,
    ROW_P75_LOW,
    ROW_P75_HIGH,
    ROW_WITHIN_30,
    ROW_WITHIN_90,
    ROW_FIELDS
};
#define AT(member) offsetof(struct value_time_row, member)
#define COUNTED(name, member, en, fa, what)                                                                  \
    { name, FIELD_INT, 0, AT(member), .title = {en, fa}, .doc = what }
#define NUMBER(name, member, en, fa, what)                                                                   \
    { name, FIELD_NUMBER, 0, AT(member), .title = {en, fa}, .doc = what }
static const struct field fields[ROW_FIELDS] = {
    [ROW_COHORT] = {"cohort", FIELD_TEXT, 0, AT(cohort), .title = {"Started", "آغاز"},
                    .doc = "Period of the start; null: all."},
    [ROW_GROUP] = {"group", FIELD_TEXT, 0, AT(group), .title = {"Group", "گروه"},
                   .doc = "Value of the split, empty where it is not known; null: all."},
    [ROW_ACCOUNTS] = COUNTED("accounts", accounts, "Accounts", "مشتری", "Accounts that count."),
    [ROW_REACHED] = COUNTED("reached", reached, "There", "رسیده", "Got first value."),
    [ROW_WAITING] =
        COUNTED("waiting", waiting, "Not yet", "هنوز نه", "Not yet: counted as censored, never left out."),
    [ROW_LEFT] =
        COUNTED("left", left, "Left before", "پیش از آن رفته", "Left without it: censored when they left."),
    [ROW_EARLY] =
        COUNTED("early", early, "Before start", "پیش از آغاز", "Got it before the clock started: 0 days."),
    [ROW_NOT_YET] = NUMBER("not_yet", not_yet, "Not yet, %", "نرسیده، ٪",
                           "Percent without first value: waiting and left."),
    [ROW_P25] = NUMBER("p25", p25, "25 %", "۲۵٪", "Days by which a quarter is there; null: fewer are."),
    [ROW_P25_LOW] = NUMBER("p25_low", p25_low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_P25_HIGH] = NUMBER("p25_high", p25_high, "To", "تا", "Upper end; null: open."),
    [ROW_P50] = NUMBER("p50", p50, "Median", "میانه", "Days by which half are there; null: fewer are."),
    [ROW_P50_LOW] = NUMBER("p50_low", p50_low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_P50_HIGH] = NUMBER("p50_high", p50_high, "To", "تا", "Upper end; null: open."),
    [ROW_P75] = NUMBER("p75", p75, "75 %", "۷۵٪", "Days by which three quarters are there; null: fewer are."),
    [ROW_P75_LOW] = NUMBER("p75_low", p75_low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_P75_HIGH] = NUMBER("p75_high", p75_high, "To", "تا", "Upper end; null: open."),
    [ROW_WITHIN_30] = NUMBER("within_30", within_30, "In 30 days, %", "در ۳۰ روز، ٪",
                             "Percent there within 30 days; null: nobody was watched so long."),
    [ROW_WITHIN_90] = NUMBER("within_90", within_90, "In 90 days, %", "در ۹۰ روز، ٪",
                             "Percent there within 90 days; null likewise."),
};
RECORD_TYPE(value_time_row_type, "TimeToValueRow", struct value_time_row, fields);

static void set_within(const struct survival *curve, double days, enum row_field field,
                       struct value_time_row *row) {
    if (curve->longest >= days || (curve->n && curve->steps[curve->n - 1].survival == 0))
        figure_set(&value_time_row_type, row, field, 100 * (1 - survival_share(curve, days)));
}

/* Cases of one cohort and group, into a curve and a row. */
static struct survival curve_of(const struct value_cases *cases, const struct selection *selection,
                                const struct span *cohort, uint32_t group, struct arena *arena,
                                struct value_time_row *row) {
    struct survival_case *list = memory_new((cases->n + 1) * sizeof *list);
    struct survival curve;
    size_t n = 0;
    for (size_t i = 0; i < cases->n; i++) {
        const struct value_case *one = &cases->v[i];
        if (cohort && (one->start < cohort->from || one->start >= cohort->to)) continue;
        if (group != GROUP_NONE && selection->group[one->account] != group) continue;
        list[n++] = (struct survival_case){-INFINITY, one->days, one->state == VALUE_REACHED};
        row->reached += one->state == VALUE_REACHED;
        row->waiting += one->state == VALUE_WAITING;
        row->left += one->state == VALUE_LEFT;
        row->early += one->early;
    }
    row->accounts = (int64_t)n;
    survival_fit(list, n, arena, &curve);
    free(list);
    return curve;
}

static void write_row(const struct value_cases *cases, const struct selection *selection,
                      const struct span *cohort, uint32_t group, struct arena *arena, struct json_writer *w) {
    struct value_time_row row = {0};
    struct survival curve = curve_of(cases, selection, cohort, group, arena, &row);
    if (cohort) {
        row.cohort = str_of(cohort->label);
        field_set(&row, ROW_COHORT);
    }
    if (group != GROUP_NONE) {
        row.group = selection->groups[group].key;
        field_set(&row, ROW_GROUP);
    }
    for (int f = ROW_ACCOUNTS; f <= ROW_EARLY; f++)
        field_set(&row, f);
    if (row.accounts)
        figure_set(&value_time_row_type, &row, ROW_NOT_YET,
                   100 * (double)(row.waiting + row.left) / (double)row.accounts);
    static const double shares[] = {0.25, 0.5, 0.75};
    static const enum row_field places[] = {ROW_P25, ROW_P50, ROW_P75};
    for (size_t q = 0; q < COUNT(shares); q++) {
        struct survival_quantile quantile = survival_quantile(&curve, shares[q]);
        figure_set(&value_time_row_type, &row, places[q], quantile.time);
        if (isnan(quantile.time)) continue;
        figure_set(&value_time_row_type, &row, places[q] + 1, quantile.low);
        figure_set(&value_time_row_type, &row, places[q] + 2, quantile.high);
    }
    set_within(&curve, 30, ROW_WITHIN_30, &row);
    set_within(&curve, 90, ROW_WITHIN_90, &row);
    fields_encode(&value_time_row_type, &row, w);
}

static void write_curve(const struct value_cases *cases, const struct selection *selection,
                        struct arena *arena, struct json_writer *w) {
    struct value_time_row row = {0};
    struct survival curve = curve_of(cases, selection, NULL, GROUP_NONE, arena, &row);
    json_name(w, STR("curve"));
    json_begin_array(w);
    for (size_t i = 0; i < curve.n; i++) {
        const struct survival_step *step = &curve.steps[i];
        if (step->events == 0) continue;
        json_begin_object(w);
        json_put_number(w, "day", step->time);
        json_put_number(w, "at_risk", step->at_risk);
        json_put_number(w, "reached", step->events);
        json_put_number(w, "share", 1 - step->survival);
        json_put_number(w, "low", 1 - step->high);
        json_put_number(w, "high", 1 - step->low);
        json_end_object(w);
    }
    json_end_array(w);
    json_name(w, STR("censored"));
    json_begin_array(w);
    for (size_t i = 0; i < curve.n; i++) {
        const struct survival_step *step = &curve.steps[i];
        if (step->censored == 0) continue;
        json_begin_object(w);
        json_put_number(w, "day", step->time);
        json_put_number(w, "accounts", step->censored);
        json_put_number(w, "share", 1 - step->survival);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_rows(const struct spans *spans, bool by_cohort, const struct value_cases *cases,
                       const struct selection *selection, struct arena *arena, struct json_writer *w) {
    for (size_t c = 0; c <= (by_cohort ? spans->n : 0); c++) {
        const struct span *cohort = c ? &spans->v[c - 1] : NULL;
        write_row(cases, selection, cohort, GROUP_NONE, arena, w);
        for (size_t g = 0; selection->group && g < selection->group_count; g++)
            write_row(cases, selection, cohort, (uint32_t)g, arena, w);
    }
}

static void write_words(const struct value_cases *cases, struct json_writer *w) {
    put_both(
        w, "definition",
        STR("Days from the start of a customer to its first value event, by Kaplan–Meier: who is not there yet "
            "counts as not yet, never as absent. Signing in is not value. Intervals are 95 %, log-log."),
        STR("روزها از آغاز مشتری تا نخستین رویداد ارزش، به روش کاپلان–مایر: آن که هنوز نرسیده «هنوز نه» شمرده "
            "می‌شود و کنار گذاشته نمی‌شود. ورود به سامانه ارزش نیست. بازه‌ها ۹۵٪ و log-log هستند."));
    if (!cases->definitions)
        put_both(w, "note",
                 STR("No value event is defined yet: vafa value-events set DATA KEY --event NAME."),
                 STR("هنوز رویداد ارزشی تعریف نشده است: vafa value-events set DATA KEY --event NAME."));
    else if (!cases->n)
        put_both(
            w, "note", STR("No account can be measured: see no_event, no_start and no_data for why."),
            STR("هیچ مشتری‌ای سنجیدنی نیست: علت در no_event و no_start و no_data آمده است."));
}

enum status value_time_handle(struct request *request, struct response *response, struct problem *problem) {
    enum { UNLESS_TOLD = 12 };
    static const char *const answers[] = {"no", "yes", NULL};
    struct selector selector;
    struct selection selection;
    struct spans spans;
    struct value_cases cases;
    int by_cohort = 0;
    enum status status = request_spans(request, UNLESS_TOLD, &spans, problem);
    if (request_query_choice(request, "cohorts", answers, &by_cohort, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &spans.moment, request->arena, &selection, problem);
    if (!status)
        status =
            value_cases_measure(request->house, &selection, &spans.moment, request->arena, &cases, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    write_rows(&spans, by_cohort, &cases, &selection, request->arena, &w);
    json_end_array(&w);
    put_day(&w, "as_of", spans.moment.day);
    json_put_int(&w, "no_event", cases.no_event);
    json_put_int(&w, "no_start", cases.no_start);
    json_put_int(&w, "no_data", cases.no_data);
    json_put_int(&w, "unjudged", (int64_t)selection.unjudged);
    write_words(&cases, &w);
    write_curve(&cases, &selection, request->arena, &w);
    json_end_object(&w);
    return OK;
}

/* ---- the accounts behind it ---- */

static int longest_first(const void *a, const void *b) {
    const struct value_case *x = a, *y = b;
    if (x->days != y->days) return x->days > y->days ? -1 : 1;
    return x->account < y->account ? -1 : x->account > y->account;
}

enum status value_time_handle_accounts(struct request *request, struct response *response,
                                       struct problem *problem) {
    enum { UNLESS_TOLD = 100, ALL = 3 };
    static const char *const states[] = {"reached", "waiting", "left", "all", NULL};
    struct selector selector;
    struct selection selection;
    struct spans spans;
    struct value_cases cases;
    struct figure_page page;
    int state = VALUE_WAITING;
    enum status status = request_calendar(request, &spans, problem);
    if (request_query_choice(request, "state", states, &state, problem)) status = BAD_INPUT;
    if (request_page(request, UNLESS_TOLD, &page, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &spans.moment, request->arena, &selection, problem);
    if (!status)
        status =
            value_cases_measure(request->house, &selection, &spans.moment, request->arena, &cases, problem);
    if (status) return status;
    size_t n = 0;
    for (size_t i = 0; i < cases.n; i++)
        if (state == ALL || (int)cases.v[i].state == state) cases.v[n++] = cases.v[i];
    if (n) qsort(cases.v, n, sizeof *cases.v, longest_first);
    size_t end = figure_page_end(&page, n);
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    directory_lock(request->house->directory);
    for (size_t i = (size_t)page.first; i < end; i++) {
        const struct value_case *one = &cases.v[i];
        const struct directory_account *account = directory_account(request->house->directory, one->account);
        json_begin_object(&w);
        json_put_string(&w, "account", account->key);
        json_put_string(&w, "name", account->name);
        json_put_string(&w, "state", str_of(states[one->state]));
        json_put_int(&w, "days", one->days);
        put_day(&w, "start", one->start);
        put_day(&w, "reached", one->reached);
        json_put_string(&w, "event", one->event->event);
        json_put_string(&w, "definition", one->event->key);
        json_end_object(&w);
    }
    directory_unlock(request->house->directory);
    json_end_array(&w);
    put_page(&w, request->arena, end, n);
    json_put_int(&w, "accounts", (int64_t)n);
    json_end_object(&w);
    return OK;
}
