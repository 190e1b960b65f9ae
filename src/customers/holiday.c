#include "customers/holiday.h"
#include "base/calendar.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

static bool is_country(struct str country) {
    return country.n == 2 && country.p[0] >= 'A' && country.p[0] <= 'Z' && country.p[1] >= 'A' &&
           country.p[1] <= 'Z';
}

enum status holiday_create(struct records *records, instant_t now, struct holiday *holiday,
                           struct problem *problem) {
    struct session *session = NULL;
    if (holiday->country.n && !is_country(holiday->country))
        return fail_at(problem, STR("/country"),
                       MESSAGE("country_unknown",
                               "“{0}” is no ISO 3166 country: give two capital letters, such as IR or DE.",
                               "«{0}» کد کشور ISO 3166 نیست: دو حرف بزرگ بنویسید، مانند IR یا DE."),
                       ARGS(holiday->country));
    if (!holiday->country.p) holiday->country = STR("");
    holiday->id = id_new(now);
    holiday->created_at = now;
    holiday->has = ~(uint64_t)0;
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    if (!(status = session_run(session, &query_holiday_insert, &holiday_type, holiday, problem)))
        return session_commit(session, problem);
    session_rollback(session);
    if (status != CONFLICT) return status;
    char day[DAY_TEXT + 1];
    day_print(holiday->day, day);
    problem_clear(problem);
    return fail(problem, CONFLICT,
                MESSAGE("holiday_taken", "{0} is a holiday there already. Remove it first to change it.",
                        "{0} در آنجا از پیش تعطیل است. برای تغییر، نخست آن را بردارید."),
                ARGS(str_of(day)));
}

enum status holiday_delete(struct records *records, struct id id, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_holiday_delete);
    rows_bind_id(rows, "id", id);
    while (rows_next(rows)) {
    }
    bool found = rows_changed(rows) == 1;
    status = rows_close(rows, problem);
    if (!status && !found)
        status = fail_not_found(problem, (struct text){"holiday", "تعطیلی"}, id_str(problem->arena, id));
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}
