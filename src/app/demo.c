#include "app/demo_internal.h"

#include "base/number.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "customers/feature.h"
#include "customers/member.h"
#include "platform/journal.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"
#include "signals/import_frame.h"
#include "signals/ingest.h"

#define BIT(field) ((uint64_t)1 << (field))
enum { BATCH_ROWS = 5000, MOST_ACCOUNTS = 100000, LEAST_MONTHS = 3, MOST_MONTHS = 60, FRAME_BYTES = 2 << 20 };

static int64_t rows_written(const struct demo_figures *f) {
    return f->accounts + f->contacts + f->subscriptions + f->invoices + f->tickets + f->answers +
           f->invitations + f->activities;
}

/* The model's money is about a euro's. In other currencies prices are of the same order, and round. */
static int64_t money_unit(struct str currency) {
    static const struct {
        const char *code;
        int64_t times;
    } rates[] = {{"IRR", 500000}, {"JPY", 150}, {"KRW", 1500}, {"INR", 90},
                 {"TRY", 40},     {"RUB", 90},  {"IQD", 1400}, {"SEK", 11}};
    int64_t unit = 1;
    for (size_t i = 0; i < COUNT(rates); i++)
        if (str_is(currency, rates[i].code)) unit = rates[i].times;
    for (int exponent = currency_exponent(currency); exponent > 0; exponent--)
        unit *= 10;
    return unit;
}

static enum status check(struct demo_company *company, struct problem *problem) {
    const struct demo_options *options = company->options;
    struct session *session = NULL;
    if (options->until > origin_today(&company->origin)) {
        char today[DAY_TEXT + 1];
        day_print(origin_today(&company->origin), today);
        fail_at(
            problem, STR("until"),
            MESSAGE(
                "demo_in_future", "The demo cannot end after today ({0}). Choose an earlier day.",
                "پایان دادهٔ نمایشی نمی‌تواند پس از امروز ({0}) باشد. روز زودتری "
                "برگزینید."),
            ARGS(str_of(today)));
    }
    if (options->accounts < 1 || options->accounts > MOST_ACCOUNTS)
        fail_at(problem, STR("accounts"),
                MESSAGE("demo_accounts_bounds", "Give from 1 to {0} accounts.", "از ۱ تا {0} مشتری بدهید."),
                ARGS(str_format(problem->arena, "%d", MOST_ACCOUNTS)));
    if (options->months < LEAST_MONTHS || options->months > MOST_MONTHS)
        fail_at(problem, STR("months"),
                MESSAGE("demo_months_bounds", "Give from {0} to {1} months.", "از {0} تا {1} ماه بدهید."),
                ARGS(str_format(problem->arena, "%d", LEAST_MONTHS),
                     str_format(problem->arena, "%d", MOST_MONTHS)));
    if (problem->status) return problem->status;
    enum status status = records_read(company->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_account_count_real);
    int64_t real = rows_next(rows) ? rows_int(rows, 0) : 0;
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || !real) return status;
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "demo_among_real",
            "The folder holds {0} accounts that are not demo data. Make a folder of its own for "
            "the demo company.",
            "پوشه {0} مشتری دارد که نمایشی نیستند. برای شرکت نمایشی پوشهٔ جداگانه‌ای "
            "بسازید."),
        ARGS(str_format(problem->arena, "%lld", (long long)real)));
}

static enum status put_members(struct demo_company *company, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(company->house->records, &session, problem);
    for (int i = 0; i < DEMO_MEMBERS && !status; i++) {
        const struct demo_member *given = &demo_members[i];
        struct member member = {0};
        bool found = false;
        status =
            member_store_by_email(session, str_of(given->email), &member, &found, problem->arena, problem);
        if (!status && !found) {
            member = (struct member){.name = str_of(given->name),
                                     .email = str_of(given->email),
                                     .team = str_of(given->team),
                                     .role = (given->team ? ROLE_CSM : ROLE_MANAGER) - 1};
            member.has = BIT(MEMBER_NAME) | BIT(MEMBER_EMAIL) | BIT(MEMBER_ROLE);
            if (given->team) member.has |= BIT(MEMBER_TEAM);
            status = member_create(company->house, session, &member, (struct str){0}, problem);
        }
        company->members[i] = member.id;
        company->figures->members++;
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status;
}

static enum status put_features(struct demo_company *company, struct problem *problem) {
    for (int i = 0; i < DEMO_FEATURES; i++) {
        const struct demo_feature *given = &demo_features[i];
        struct problem taken = {.arena = problem->arena};
        struct feature feature = {.key = str_of(given->key),
                                  .title_en = str_of(given->en),
                                  .title_fa = str_of(given->fa),
                                  .core = given->core};
        enum status status = feature_create(company->house->records, company->origin.now, &feature, &taken);
        if (status && status != CONFLICT) { /* CONFLICT: it is registered already */
            *problem = taken;
            return status;
        }
        company->figures->features++;
    }
    return OK;
}

/* Accounts from *next on until the batch is full, in one transaction, with all that hangs on them. */
static enum status put_batch(struct demo_company *company, int *next, struct problem *problem) {
    struct session *session = NULL;
    int64_t before = rows_written(company->figures);
    enum status status = records_write(company->house->records, &session, problem);
    for (int n = *next;
         !status && n < company->options->accounts && rows_written(company->figures) - before < BATCH_ROWS;
         n++) {
        struct demo_account account = demo_account(company->options->seed, n, company->first, company->end);
        struct id id;
        bool made;
        status = demo_account_put(company, session, &account, &id, &made, problem);
        if (!status && made) status = demo_signals_put(company, session, &account, id, problem);
        company->figures->accounts++;
        *next = n + 1;
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status;
}

static enum status put_accounts(struct demo_company *company, struct problem *problem) {
    struct arena arena = {0};
    enum status status = OK;
    for (int next = 0; next < company->options->accounts && !status;) {
        struct problem inner = {.arena = &arena};
        status = put_batch(company, &next, &inner);
        if (status)
            (fail)(problem, status, inner.main.message,
                   (struct arguments){inner.main.args, inner.main.arg_count});
        else if (company->options->progress)
            company->options->progress(company->options->self, next, company->options->accounts);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return status;
}

/* ---- events ---- */

struct frame {
    struct demo_company *company;
    struct buf bytes;
    size_t rows;
};

static enum status flush(struct frame *frame, struct problem *problem) {
    if (!frame->rows) return OK;
    struct str bytes = buf_str(&frame->bytes);
    enum status status = journal_append_wait(frame->company->house->journal, &bytes, 1);
    buf_clear(&frame->bytes);
    frame->rows = 0;
    if (!status) return OK;
    return fail(
        problem, status,
        MESSAGE(
            "demo_not_journalled",
            "The events could not be stored: the journal takes none at the moment. Free space "
            "and run the command again.",
            "رویدادها ذخیره نشد: دفتر دریافت اکنون چیزی نمی‌پذیرد. جا باز کنید و فرمان را "
            "دوباره اجرا کنید."),
        NO_ARGS);
}

static enum status put_event(void *self, const struct import_row *row, struct problem *problem) {
    struct frame *frame = self;
    struct demo_company *company = frame->company;
    if (!frame->rows)
        import_frame_begin(&frame->bytes, company->origin.source, company->import, company->origin.now);
    import_frame_row(&frame->bytes, row);
    frame->rows++;
    company->figures->event_rows++;
    company->figures->events += row->count;
    return frame->rows == IMPORT_FRAME_ROWS || frame->bytes.n > FRAME_BYTES ? flush(frame, problem) : OK;
}

static enum status put_events(struct demo_company *company, struct problem *problem) {
    struct frame frame = {.company = company};
    struct arena arena = {0};
    enum status status = OK;
    for (int n = 0; n < company->options->accounts && !status; n++) {
        struct demo_account account = demo_account(company->options->seed, n, company->first, company->end);
        status = demo_usage_each(company, &account, put_event, &frame, &arena, problem);
        arena_reset(&arena);
    }
    if (!status) status = flush(&frame, problem);
    arena_free(&arena);
    buf_free(&frame.bytes);
    if (status) return status;
    if (!ingest_wait_all(company->house->ingest, -1)) return OK;
    return fail(
        problem, UNAVAILABLE,
        MESSAGE(
            "demo_not_applied",
            "The events are in the journal but could not be applied. See the log, then run the command "
            "again.",
            "رویدادها در دفتر دریافت است ولی اعمال نشد. گزارش کارساز را ببینید و فرمان را دوباره اجرا کنید."),
        NO_ARGS);
}

enum status demo_make(struct house *house, const struct demo_options *options, struct demo_figures *figures,
                      struct problem *problem) {
    struct demo_company company = {
        .house = house, .options = options, .figures = figures, .end = options->until};
    *figures = (struct demo_figures){0};
    company.origin = (struct origin){.now = clock_now(house->clock),
                                     .source = STR("demo"),
                                     .by = STR("demo"),
                                     .backfill = true,
                                     .zone = house->zone};
    company.first = day_add_months(options->until, CALENDAR_GREGORIAN, -options->months);
    company.currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, problem->arena);
    company.unit = money_unit(company.currency);
    company.import = id_new(company.origin.now);
    enum status status = check(&company, problem);
    if (!status) status = put_members(&company, problem);
    if (!status) status = put_features(&company, problem);
    if (!status) status = put_accounts(&company, problem);
    if (!status)
        status = directory_load(house->directory, house->records,
                                problem); /* before the events, which it gives their accounts */
    if (!status) status = put_events(&company, problem);
    notices_put(house->notices, NOTICE_EVERY_ACCOUNT,
                NOTICE_RECORDS | NOTICE_DIRECTORY | NOTICE_CATALOGUE | NOTICE_USAGE);
    return status;
}

/* ---- over HTTP ---- */

const struct route_query demo_query[] = {
    {"accounts", "How many, 1 to 100,000; 400 unless given."},
    {"months", "Of history, 3 to 60; 24 unless given."},
    {"seed", "The same seed gives the same company; 7 unless given."},
    {"until", "The day before which it ends; today unless given."},
    {NULL, NULL},
};

enum status demo_handle(struct request *request, struct response *response, struct problem *problem) {
    int64_t accounts = 400, months = 24, seed = 7;
    day_t until = zone_day(request->house->zone, clock_now(request->house->clock));
    enum status status = request_query_int(request, "accounts", 1, MOST_ACCOUNTS, &accounts, problem);
    if (!status) status = request_query_int(request, "months", LEAST_MONTHS, MOST_MONTHS, &months, problem);
    if (!status) status = request_query_int(request, "seed", 0, INT64_MAX, &seed, problem);
    if (!status) status = request_query_day(request, "until", &until, problem);
    if (status) return status;
    struct demo_options options = {
        .accounts = (int)accounts, .months = (int)months, .seed = (uint64_t)seed, .until = until};
    struct demo_figures figures;
    if ((status = demo_make(request->house, &options, &figures, problem))) return status;
    if ((status = demo_value_put(request->house, problem))) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_int(&w, "members", figures.members);
    json_put_int(&w, "features", figures.features);
    json_put_int(&w, "accounts", figures.accounts);
    json_put_int(&w, "contacts", figures.contacts);
    json_put_int(&w, "subscriptions", figures.subscriptions);
    json_put_int(&w, "invoices", figures.invoices);
    json_put_int(&w, "tickets", figures.tickets);
    json_put_int(&w, "answers", figures.answers);
    json_put_int(&w, "invitations", figures.invitations);
    json_put_int(&w, "activities", figures.activities);
    json_put_int(&w, "event_rows", figures.event_rows);
    json_put_int(&w, "events", figures.events);
    json_end_object(&w);
    return OK;
}
