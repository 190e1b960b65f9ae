#include "customers/directory.h"
#include "insight/cohort.h"
#include "platform/settings.h"

const struct route_query cohorts_query[] = {
    {"unit", "account (default) or person."},
    {"by", "month (default), quarter or year."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    {"format", "json (default) or csv."},
    {NULL, NULL},
};

static enum status choice(const struct request *request, const char *name, const char *const *options,
                          int *out, struct problem *problem) {
    struct str given = request_query(request, name);
    if (!given.p) return OK;
    struct buf allowed = {0};
    for (int i = 0; options[i]; i++) {
        if (str_is(given, options[i])) {
            *out = i;
            buf_free(&allowed);
            return OK;
        }
        buf_format(&allowed, "%s%s", i ? ", " : "", options[i]);
    }
    enum status status =
        fail_at(problem, str_of(name),
                MESSAGE("choice_unknown", "“{0}” is not a choice; it takes {1}.",
                        "«{0}» در میان گزینه‌ها نیست؛ گزینه‌ها: {1}."),
                ARGS(given, buf_str(&allowed)));
    buf_free(&allowed);
    return status;
}

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
    static const char *const units[] = {"account", "person", NULL}, *const periods[] = {"month", "quarter",
                                                                                        "year", NULL};
    static const char *const calendars[] = {"gregorian", "persian", NULL}, *const formats[] = {"json", "csv",
                                                                                               NULL};
    static const enum period_unit by_choice[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};
    struct house *house = request->house;
    int unit = 0, by = 0, calendar = settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR),
        format = 0;
    enum status status = OK;
    if (choice(request, "unit", units, &unit, problem)) status = BAD_INPUT;
    if (choice(request, "by", periods, &by, problem)) status = BAD_INPUT;
    if (choice(request, "calendar", calendars, &calendar, problem)) status = BAD_INPUT;
    if (choice(request, "format", formats, &format, problem)) status = BAD_INPUT;
    if (status) return status;
    uint8_t *included = NULL;
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    if (request->principal.scope != SCOPE_ALL && request->principal.kind != LOCAL) {
        included = arena_alloc(request->arena, n + 1);
        for (uint32_t i = 0; i < n; i++)
            included[i] = directory_in_scope(house->directory, i, &request->principal);
    }
    directory_unlock(house->directory);
    struct cohorts cohorts;
    status = cohorts_measure(house->usage, (enum cohort_unit)unit, by_choice[by], (enum calendar)calendar,
                             included, n, request->arena, &cohorts, problem);
    if (status) return status;
    if (format) {
        response->content_type = "text/csv; charset=utf-8";
        write_csv(&cohorts, &response->body);
    } else {
        write_json(&cohorts, &(struct json_writer){.out = &response->body});
    }
    return OK;
}
