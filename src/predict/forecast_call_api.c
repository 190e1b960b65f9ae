/* The renewals of an account, and what is said of them. */
#include "predict/forecast.h"

#include "customers/account.h"
#include "customers/directory.h"
#include "insight/figure.h"
#include "platform/answer.h"

#include <math.h>

/* The account of the path and its renewals due in (from, to]. */
static enum status gather(struct request *request, day_t from, day_t to, struct id *id, struct forecast *ret,
                          struct problem *problem) {
    struct house *house = request->house;
    struct period *period = arena_alloc(request->arena, sizeof *period);
    *period = (struct period){.from = from, .to = to};
    enum status status = request_account(request, id, problem);
    if (status) return status;
    directory_lock(house->directory);
    uint32_t account = directory_by_id(house->directory, *id);
    if (account != ACCOUNT_NONE) account = directory_root(house->directory, account);
    struct id root = *id;
    if (account != ACCOUNT_NONE) root = directory_account(house->directory, account)->id;
    directory_unlock(house->directory);
    uint8_t *included = arena_alloc(request->arena, (size_t)account + 1);
    included[account] = 1;
    struct forecast_query query = {included, (size_t)account + 1, period, 1, .account = root};
    return forecast_gather(house, &query, request->arena, ret, problem);
}

/* ---- reading ---- */

enum status renewal_handle_account(struct request *request, struct response *response,
                                   struct problem *problem) {
    enum { DAYS = 731 };
    struct forecast forecast;
    struct id id;
    day_t today = moment_now(request->house->insight).day;
    enum status status = gather(request, today - DAYS, today + DAYS, &id, &forecast, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < forecast.n; i++) {
        const struct forecast_line *line = &forecast.lines[i];
        const struct renewal_words *words = &forecast.words;
        json_begin_object(&w);
        forecast_put_line(&w, request, line, (struct str){0});
        json_name(&w, STR("calls"));
        json_begin_array(&w);
        for (size_t k = words->call_n; k-- > 0;) {
            const struct renewal_call *c = &words->calls[k];
            if (forecast_find(request->house, &forecast, c->account, c->product, c->currency, c->due_on) ==
                line)
                fields_encode(&renewal_call_type, c, &w);
        }
        json_end_array(&w);
        json_name(&w, STR("notes"));
        json_begin_array(&w);
        for (size_t k = words->note_n; k-- > 0;) {
            const struct renewal_note *n = &words->notes[k];
            if (forecast_find(request->house, &forecast, n->account, n->product, n->currency, n->due_on) ==
                line)
                fields_encode(&renewal_note_type, n, &w);
        }
        json_end_array(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    put_day(&w, "as_of", today);
    json_end_object(&w);
    return OK;
}

/* ---- saying ---- */

static bool given(const struct record_type *type, const void *record, const char *field) {
    return field_has(record, field_index(type, str_of(field)));
}

/* What is said of a later renewal would hang on no line: only the next one is listed. */
static enum status check_next(struct request *request, const struct forecast_line *line,
                              struct problem *problem) {
    struct forecast forecast;
    struct id id;
    char day[DAY_TEXT + 1];
    const struct forecast_line *next = NULL;
    day_t today = line->due_on - line->days_left;
    enum status status = gather(request, today, line->due_on, &id, &forecast, problem);
    if (status) return status;
    for (size_t i = forecast.n; i-- > 0;) {
        const struct forecast_line *one = &forecast.lines[i];
        if (!str_equal(one->product, line->product) || !str_equal(one->currency, line->currency)) continue;
        if (one->due_on == line->due_on) return OK;
        next = one;
    }
    if (!next) return OK;
    day_print(next->due_on, day);
    return fail_at(
        problem, STR("/due_on"),
        MESSAGE(
            "renewal_later", "This product renews on {0} before: speak of that renewal.",
            "این محصول پیش از آن در {0} تمدید می‌شود: دربارهٔ همان تمدید بگویید."),
        ARGS(str_of(day)));
}

/* The one line of the account that is meant. product and currency: as given, p NULL where they were not. */
static enum status find_line(struct request *request, day_t due_on, struct str product, struct str currency,
                             struct id *id, const struct forecast_line **ret, struct problem *problem) {
    struct forecast forecast;
    size_t products = 0, lines = 0, others = 0;
    char day[DAY_TEXT + 1];
    enum status status = gather(request, due_on - 1, due_on, id, &forecast, problem);
    if (status) return status;
    for (size_t i = 0; i < forecast.n; i++) {
        const struct forecast_line *line = &forecast.lines[i];
        if (product.p && !str_equal(line->product, product)) continue;
        products++;
        if (currency.p && !str_equal_nocase(line->currency, currency)) {
            others++;
            *ret = line;
            continue;
        }
        lines++;
        *ret = line;
    }
    if (lines == 1) {
        if ((*ret)->days_left > 0) return check_next(request, *ret, problem);
        if (!forecast_is_over(*ret)) return OK;
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "renewal_over", "This renewal is over: what was said of it stands.",
                "این تمدید پایان یافته است: آنچه گفته شده بود برجا می‌ماند."),
            NO_ARGS);
    }
    if (lines > 1)
        return fail_at(
            problem, products > 1 && !product.p ? STR("/product") : STR("/currency"),
            MESSAGE("renewal_several",
                    "Several renewals of this account are due that day: say which product and currency.",
                    "چند تمدید این مشتری در آن روز سررسید دارد: محصول و ارز را بگویید."),
            NO_ARGS);
    if (others)
        return fail_at(problem, STR("/currency"),
                       MESSAGE("renewal_currency",
                               "The subscription is in {0}: give amounts in that currency.",
                               "اشتراک به {0} است: مبلغ را به همان ارز بدهید."),
                       ARGS((*ret)->currency));
    day_print(due_on, day);
    return fail_at(
        problem, product.p && forecast.n ? STR("/product") : STR("/due_on"),
        MESSAGE(
            "renewal_unknown",
            "No such renewal of this account is due on {0}: its renewals are listed under /renewals.",
            "چنین تمدیدی از این مشتری در {0} سررسید ندارد: تمدیدهایش در renewals/ فهرست شده‌اند."),
        ARGS(str_of(day)));
}

static enum status check_call(const struct renewal_call *call, const struct forecast_line *line,
                              struct problem *problem) {
    bool amount = given(&renewal_call_type, call, "amount"),
         wanted = call->call == CALL_EXPANSION || call->call == CALL_CONTRACTION;
    if (call->call == CALL_CHURN && given(&renewal_call_type, call, "chance"))
        return fail_at(
            problem, STR("/chance"),
            MESSAGE(
                "renewal_chance_unwanted",
                "A renewal called lost has no chance: call it at risk, or leave the chance out.",
                "تمدیدی که «از دست می‌رود» است احتمال ندارد: نظر را «در خطر» بگذارید یا احتمال را ندهید."),
            NO_ARGS);
    if (amount && !wanted)
        return fail_at(problem, STR("/amount"),
                       MESSAGE("renewal_amount_unwanted",
                               "An amount belongs to an expansion or a contraction.",
                               "مبلغ از آنِ گسترش یا کاهش است."),
                       NO_ARGS);
    if (wanted && !amount)
        return fail_at(problem, STR("/amount"),
                       MESSAGE("renewal_amount_missing", "Say what it will be a year from then on.",
                               "بگویید از آن پس سالانه چقدر می‌شود."),
                       NO_ARGS);
    if (call->call == CALL_EXPANSION && call->amount <= line->own_amount)
        return fail_at(problem, STR("/amount"),
                       MESSAGE("renewal_no_expansion", "An expansion is above what is due.",
                               "گسترش بیش از مبلغ سررسید است."),
                       NO_ARGS);
    if (call->call == CALL_CONTRACTION && (call->amount >= line->own_amount || call->amount == 0))
        return fail_at(problem, STR("/amount"),
                       MESSAGE("renewal_no_contraction",
                               "A contraction is below what is due and above nothing; nothing is churn.",
                               "کاهش کمتر از مبلغ سررسید و بیش از هیچ است؛ هیچ همان ریزش است."),
                       NO_ARGS);
    return OK;
}

static struct str given_text(const struct record_type *type, const void *record, const char *field,
                             struct str text) {
    return !given(type, record, field) ? (struct str){0} : text.p ? text : STR("");
}

static void give(const struct record_type *type, void *record, const char *const *fields, size_t n) {
    for (size_t i = 0; i < n; i++)
        field_set(record, field_index(type, str_of(fields[i])));
}

static enum status end_session(struct session *session, enum status status, struct problem *problem) {
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

enum status renewal_handle_call(struct request *request, struct response *response, struct problem *problem) {
    static const char *const ours[] = {"id", "account", "product", "currency", "made_by", "made_at"};
    struct renewal_call *call = request->input;
    const struct record_type *type = &renewal_call_type;
    const struct forecast_line *line;
    struct session *session = NULL;
    enum status status =
        find_line(request, call->due_on, given_text(type, call, "product", call->product),
                  given_text(type, call, "currency", call->currency), &call->account, &line, problem);
    if (!status) status = check_call(call, line, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    call->made_at = clock_now(request->house->clock);
    call->id = id_new(call->made_at);
    call->product = line->product;
    call->currency = line->currency;
    call->made_by = request->principal.name;
    give(type, call, ours, sizeof ours / sizeof *ours);
    status = end_session(session, renewal_call_insert(session, call, problem), problem);
    if (!status) answer_record(request, response, 201, type, call, 0);
    return status;
}

static enum status check_until(const struct request *request, const struct renewal_note *note,
                               struct problem *problem) {
    bool until = given(&renewal_note_type, note, "until");
    if (note->kind == NOTE_DECISION && until)
        return fail_at(problem, STR("/until"),
                       MESSAGE("renewal_until_unwanted", "A decision has no day; a plan has.",
                               "تصمیم روزی ندارد؛ برنامه دارد."),
                       NO_ARGS);
    if (note->kind == NOTE_PLAN && !until)
        return fail_at(problem, STR("/until"),
                       MESSAGE("renewal_until_missing", "Say by which day the plan is done.",
                               "بگویید برنامه تا چه روزی انجام می‌شود."),
                       NO_ARGS);
    if (note->kind == NOTE_PLAN && note->until < moment_now(request->house->insight).day)
        return fail_at(problem, STR("/until"),
                       MESSAGE("renewal_until_past", "That day is over: give one that is ahead.",
                               "آن روز گذشته است: روزی در پیش بدهید."),
                       NO_ARGS);
    return OK;
}

enum status renewal_handle_note(struct request *request, struct response *response, struct problem *problem) {
    static const char *const ours[] = {"id", "account", "product", "currency", "written_by", "written_at"};
    struct renewal_note *note = request->input;
    const struct record_type *type = &renewal_note_type;
    const struct forecast_line *line;
    struct session *session = NULL;
    enum status status = check_until(request, note, problem);
    if (!status)
        status =
            find_line(request, note->due_on, given_text(type, note, "product", note->product),
                      given_text(type, note, "currency", note->currency), &note->account, &line, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    note->written_at = clock_now(request->house->clock);
    note->id = id_new(note->written_at);
    note->product = line->product;
    note->currency = line->currency;
    note->written_by = request->principal.name;
    give(type, note, ours, sizeof ours / sizeof *ours);
    status = end_session(session, renewal_note_insert(session, note, problem), problem);
    if (!status) answer_record(request, response, 201, type, note, 0);
    return status;
}
