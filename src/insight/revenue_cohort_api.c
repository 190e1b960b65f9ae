/* Cohorts of the ledger: customers and revenue by the period of the first day as a customer. */
#include "insight/cohort.h"
#include "insight/retention_books.h"
#include "insight/selection.h"
#include "platform/settings.h"

static enum status make_periods(const struct ledger *ledger, const struct selection *selection,
                                enum weekday week_start, struct retention_request *asked, struct arena *arena,
                                struct problem *problem) {
    day_t first = DAY_NEVER, today = asked->moment.day;
    for (size_t i = 0; i < ledger->accounts && i < selection->n; i++)
        if (selection->included[i] && ledger->first[i] < first) first = ledger->first[i];
    asked->periods = arena_array(arena, RETENTION_MOST_PERIODS, sizeof *asked->periods);
    asked->count = 0;
    if (first >= today) return OK;
    for (struct period period = period_of(first, asked->by, asked->calendar, week_start); period.from < today;
         period = period_next(&period)) {
        if (asked->count == RETENTION_MOST_PERIODS)
            return fail_at(
                problem, STR("by"),
                MESSAGE(
                    "cohort_too_long", "Customers began more than 400 periods ago. Choose longer periods.",
                    "آغاز مشتریان بیش از ۴۰۰ دوره پیش است. دوره‌های بلندتری برگزینید."),
                NO_ARGS);
        asked->periods[asked->count++] = period;
    }
    struct period *last = &asked->periods[asked->count - 1];
    if (last->to > today) last->to = today; /* so far */
    return OK;
}

static void write_json(const struct retention_request *asked, const struct revenue_cohorts *c, bool revenue,
                       struct str currency, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "of", revenue ? STR("revenue") : STR("customers"));
    json_put_string(w, "currency", currency);
    json_put_int(w, "not_converted", c->not_converted);
    json_name(w, STR("cohorts"));
    json_begin_array(w);
    for (size_t i = 0; i < c->n; i++) {
        char from[DAY_TEXT + 1];
        if (!c->began[i]) continue;
        day_print(asked->periods[i].from, from);
        json_begin_object(w);
        json_put_string(w, "cohort", str_of(asked->periods[i].label));
        json_put_string(w, "from", str_of(from));
        json_put_int(w, "size", c->began[i]);
        json_put_int(w, "start", revenue ? c->began_revenue[i] : c->began[i]);
        json_name(w, STR("active"));
        json_begin_array(w);
        for (size_t k = 0; k < c->n - i; k++)
            json_int(w, (revenue ? c->revenue : c->customers)[i * c->n + k]);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_csv(const struct retention_request *asked, const struct revenue_cohorts *c, bool revenue,
                      struct buf *out) {
    buf_put_c(out, "cohort,start");
    for (size_t k = 0; k < c->n; k++)
        buf_format(out, ",%zu", k);
    buf_put_c(out, "\r\n");
    for (size_t i = 0; i < c->n; i++) {
        if (!c->began[i]) continue;
        buf_put_c(out, asked->periods[i].label);
        buf_format(out, ",%lld", (long long)(revenue ? c->began_revenue[i] : c->began[i]));
        for (size_t k = 0; k < c->n; k++) {
            buf_put_byte(out, ',');
            if (k < c->n - i)
                buf_format(out, "%lld", (long long)(revenue ? c->revenue : c->customers)[i * c->n + k]);
        }
        buf_put_c(out, "\r\n");
    }
}

enum status revenue_cohorts_answer(struct request *request, struct response *response, bool revenue,
                                   enum period_unit by, enum calendar calendar, bool csv,
                                   struct problem *problem) {
    struct house *house = request->house;
    struct retention_request asked;
    struct selector selector;
    struct selection selection;
    struct revenue_cohorts cohorts;
    enum status status = request_retention_moment(request, &asked, problem);
    asked.by = by;
    asked.calendar = calendar;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &asked.moment, request->arena, &selection, problem);
    if (status) return status;
    struct books books;
    struct period so_far = {.from = asked.moment.day - 1, .to = asked.moment.day};
    asked.periods = &so_far;
    asked.count = 1;
    books_open(house, &asked, &books);
    status = make_periods(&books.ledger, &selection,
                          (enum weekday)settings_choice(house->settings, SETTING_ORGANISATION_WEEK_START),
                          &asked, request->arena, problem);
    books.query.periods = asked.periods;
    books.query.count = asked.count;
    if (!status)
        status = retention_cohorts(&books.ledger, &books.query, selection.included, selection.n,
                                   request->arena, &cohorts, problem);
    books_close(&books);
    if (status) return status;
    if (csv) {
        response->content_type = "text/csv; charset=utf-8";
        write_csv(&asked, &cohorts, revenue, &response->body);
        return OK;
    }
    struct str currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
    write_json(&asked, &cohorts, revenue, currency, &(struct json_writer){.out = &response->body});
    return OK;
}
