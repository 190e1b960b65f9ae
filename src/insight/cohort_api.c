#include "insight/cohort.h"

#include "customers/directory.h"
#include "insight/selection.h"
#include "platform/settings.h"

const struct route_query cohorts_query[] = {
    {"of", "usage (default): by first use; customers or revenue: by the first day as a customer."},
    {"unit", "Of usage: account (default) or person."},
    {"by", "month (default), week, quarter or year."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    {"format", "json (default) or csv."},
    {"as_of", "Of customers and revenue, YYYY-MM-DD: seen from the start of that day; absent: today."},
    {"known_at", "Of customers and revenue: only what was known when that day started."},
    SELECTION_QUERY,
    {NULL, NULL},
};

const struct route_query cohort_accounts_query[] = {
    {"of", "usage (default): by first use; revenue: by the first day as a customer."},
    {"by", "month (default), week, quarter or year."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    {"cohort", "Label of the cohort, such as 2026-01."},
    {"since", "How many periods later it is looked at; 0 when absent."},
    {"limit", "Most accounts; 200 when absent, 10,000 at most."},
    {"as_of", "Of revenue, YYYY-MM-DD: seen from the start of that day; absent: today."},
    {"known_at", "Of revenue: only what was known when that day started."},
    SELECTION_QUERY,
    {NULL, NULL},
};

static void write_csv(const struct cohorts *cohorts, struct buf *out) {
    buf_put_c(out, "cohort");
    for (size_t k = 0; k < cohorts->n; k++)
        buf_format(out, ",%zu", k);
    buf_put_c(out, "\r\n");
    for (size_t c = 0; c < cohorts->n; c++) {
        if (!cohorts->active[c * cohorts->n]) continue;
        buf_put_c(out, cohorts->periods[c].label);
        for (size_t k = 0; k < cohorts->n; k++)
            buf_format(out, ",%llu", (unsigned long long)cohorts->active[c * cohorts->n + k]);
        buf_put_c(out, "\r\n");
    }
}

static void write_json(const struct cohorts *cohorts, struct json_writer *w) {
    json_begin_object(w);
    json_name(w, STR("cohorts"));
    json_begin_array(w);
    for (size_t c = 0; c < cohorts->n; c++) {
        const uint64_t *active = cohorts->active + c * cohorts->n;
        if (!active[0]) continue;
        char from[DAY_TEXT + 1];
        day_print(cohorts->periods[c].from, from);
        json_begin_object(w);
        json_put_string(w, "cohort", str_of(cohorts->periods[c].label));
        json_put_string(w, "from", str_of(from));
        json_put_int(w, "size", (int64_t)active[0]);
        json_name(w, STR("active"));
        json_begin_array(w);
        for (size_t k = 0; k < cohorts->n - c; k++)
            json_int(w, (int64_t)active[k]);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

enum status cohorts_handle(struct request *request, struct response *response, struct problem *problem) {
    static const char *const units[] = {"account", "person", NULL};
    static const char *const periods[] = {"month", "week", "quarter", "year", NULL};
    static const char *const calendars[] = {"gregorian", "persian", NULL}, *const formats[] = {"json", "csv",
                                                                                               NULL};
    static const enum period_unit by_choice[] = {PERIOD_MONTH, PERIOD_WEEK, PERIOD_QUARTER, PERIOD_YEAR};
    struct house *house = request->house;
    static const char *const sorts[] = {"usage", "customers", "revenue", NULL};
    int of = 0, unit = 0, by = 0, calendar = settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR),
        format = 0;
    enum status status = OK;
    if (request_query_choice(request, "of", sorts, &of, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "unit", units, &unit, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "by", periods, &by, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "format", formats, &format, problem)) status = BAD_INPUT;
    if (status) return status;
    if (of)
        return revenue_cohorts_answer(request, response, of == 2, by_choice[by], (enum calendar)calendar,
                                      format, problem);
    const char *moment_of_ledger = request_query(request, "as_of").p      ? "as_of"
                                   : request_query(request, "known_at").p ? "known_at"
                                                                          : NULL;
    if (moment_of_ledger)
        return fail_at(
            problem, str_of(moment_of_ledger),
            MESSAGE(
                "cohort_moment",
                "Cohorts of usage are shown as of now: leave this out, or ask for customers or revenue.",
                "گروه‌های استفاده در اکنون نشان داده می‌شوند: این را بردارید یا customers یا revenue بخواهید."),
            NO_ARGS);
    struct selector selector;
    struct selection selection;
    struct moment moment = moment_now(house->insight);
    status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (status) return status;
    struct cohorts cohorts;
    status = cohorts_measure(house->usage, (enum cohort_unit)unit, by_choice[by], (enum calendar)calendar,
                             (enum weekday)settings_choice(house->settings, SETTING_ORGANISATION_WEEK_START),
                             selection.included, selection.n, request->arena, &cohorts, problem);
    if (status) return status;
    if (format) {
        response->content_type = "text/csv; charset=utf-8";
        write_csv(&cohorts, &response->body);
    } else {
        write_json(&cohorts, &(struct json_writer){.out = &response->body});
    }
    return OK;
}

/* ---- the accounts of one ---- */

void write_cohort_account(struct json_writer *w, struct request *request, uint32_t account, int64_t began,
                          int64_t left, bool converted) {
    const struct directory_account *one = directory_account(request->house->directory, account);
    json_begin_object(w);
    json_put_string(w, "id", id_str(request->arena, one->id));
    json_put_string(w, "account", one->key);
    json_put_string(w, "name", one->name);
    json_put_int(w, "began", began);
    json_put_int(w, "left", left);
    json_put_bool(w, "converted", converted);
    json_end_object(w);
}

enum status cohort_accounts_handle(struct request *request, struct response *response,
                                   struct problem *problem) {
    static const char *const sorts[] = {"usage", "revenue", NULL};
    static const char *const periods[] = {"month", "week", "quarter", "year", NULL};
    static const char *const calendars[] = {"gregorian", "persian", NULL};
    static const enum period_unit by_choice[] = {PERIOD_MONTH, PERIOD_WEEK, PERIOD_QUARTER, PERIOD_YEAR};
    struct house *house = request->house;
    int of = 0, by = 0, calendar = settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR);
    int64_t since = 0, limit = 200;
    struct str cohort = request_query(request, "cohort");
    struct period period;
    enum status status = OK;
    if (request_query_choice(request, "of", sorts, &of, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "by", periods, &by, problem)) status = BAD_INPUT;
    if (request_query_choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (request_query_int(request, "since", 0, COHORT_MOST_PERIODS, &since, problem)) status = BAD_INPUT;
    if (request_query_int(request, "limit", 1, 10000, &limit, problem)) status = BAD_INPUT;
    const struct message *fault = period_parse(cohort, &period);
    if (fault) status = fail_at(problem, STR("cohort"), *fault, ARGS(cohort));
    if (status) return status;
    cohort = str_copy(request->arena, str_of(period.label));
    if (of)
        return revenue_cohort_accounts_answer(request, response, by_choice[by], (enum calendar)calendar,
                                              cohort, (size_t)since, limit, problem);
    struct selector selector;
    struct selection selection;
    struct moment moment = moment_now(house->insight);
    struct cohort_account *list = NULL;
    size_t n = 0;
    status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (!status)
        status = cohorts_accounts(
            house->usage, by_choice[by], (enum calendar)calendar,
            (enum weekday)settings_choice(house->settings, SETTING_ORGANISATION_WEEK_START),
            selection.included, selection.n, cohort, (size_t)since, request->arena, &list, &n, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_int(&w, "accounts", (int64_t)n);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    directory_lock(house->directory);
    for (size_t i = 0; i < n && i < (size_t)limit; i++)
        write_cohort_account(&w, request, list[i].account, 1, list[i].active, true);
    directory_unlock(house->directory);
    json_end_array(&w);
    json_put_bool(&w, "has_more", n > (size_t)limit);
    json_end_object(&w);
    return OK;
}
