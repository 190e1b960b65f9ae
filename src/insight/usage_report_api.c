#include "insight/usage_report_api.h"

#include "insight/selection.h"
#include "signals/usage_report.h"

const struct route_query usage_report_query[] = {
    {"period", "A calendar period: 2015, 2015Q1, 2015-03, 1394-01. Without period and as_of: the trailing 28 "
               "days until today."},
    {"as_of", "YYYY-MM-DD: the 28 days that end before this local day."},
    {NULL, NULL},
};

enum status usage_report_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct str label = request_query(request, "period");
    struct period period = {0};
    day_t to = zone_day(house->zone, clock_now(house->clock));
    if (label.p && request_query(request, "as_of").p)
        return fail_at(problem, STR("as_of"),
                       MESSAGE("usage_period_or_as_of", "Give either period or as_of.",
                               "یا period را بدهید یا as_of را."),
                       NO_ARGS);
    enum status status = request_query_day(request, "as_of", &to, problem);
    if (status) return status;
    day_t from = to - USAGE_TRAILING_DAYS;
    if (label.p) {
        const struct message *wrong = period_parse(label, &period);
        if (wrong) return fail_at(problem, STR("period"), *wrong, ARGS(label));
        from = period.from;
        to = period.to;
    }
    /* Only the accounts that the caller may see. */
    size_t n;
    const uint8_t *included = request_scope_mask(request, &n);
    struct usage_figures figures;
    usage_figures_measure(house->usage, from, to, included, n, &figures);
    if (label.p) {
        figures.period = str_of(period.label);
        field_set(&figures, field_index(&usage_figures_type, STR("period")));
    }
    fields_encode(&usage_figures_type, &figures, &(struct json_writer){.out = &response->body});
    return OK;
}
