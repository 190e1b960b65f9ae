#include "customers/directory.h"
#include "insight/closed.h"
#include "insight/retention_api.h"
#include "platform/answer.h"
#include "platform/settings.h"

#include <math.h>

#define AT(member) offsetof(struct closed_period, member)
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"label", FIELD_TEXT, FIELD_READ_ONLY, AT(label), .title = {"Period", "دوره"},
     .doc = "Label of the period."},
    {"from_day", FIELD_DATE, FIELD_READ_ONLY, AT(from_day), .title = {"From", "از"}, .doc = "Its first day."},
    {"to_day", FIELD_DATE, FIELD_READ_ONLY, AT(to_day), .title = {"To", "تا"},
     .doc = "The first day after it."},
    {"currency", FIELD_TEXT, FIELD_READ_ONLY, AT(currency), .title = {"Currency", "ارز"},
     .doc = "The base currency of then."},
    {"time_zone", FIELD_TEXT, FIELD_READ_ONLY, AT(time_zone), .title = {"Time zone", "منطقهٔ زمانی"},
     .doc = "The time zone of then."},
    {"rules", FIELD_JSON, FIELD_READ_ONLY, AT(rules), .title = {"Rules", "قاعده‌ها"},
     .doc = "The settings of then: grace_days, overlap, churn_recognised."},
    {"amounts_version", FIELD_INT, FIELD_READ_ONLY, AT(amounts_version), .title = {"Version", "نسخه"},
     .doc = "Version of the meaning of the amounts."},
    {"seen_on", FIELD_DATE, FIELD_READ_ONLY, AT(seen_on), .title = {"Seen on", "روز مشاهده"},
     .doc = "The local day on which it was closed; decides what was pending."},
    {"closed_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(closed_at), .title = {"Closed", "زمان بستن"},
     .doc = "When it was closed."},
    {"closed_by", FIELD_TEXT, FIELD_READ_ONLY, AT(closed_by), .title = {"By", "به دست"},
     .doc = "Who closed it."},
};
RECORD_TYPE(closed_period_type, "ClosedPeriod", struct closed_period, fields);

struct closed_input {
    uint64_t has;
    struct str period;
};
static const struct field input_fields[] = {
    {"period", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct closed_input, period), 0, PERIOD_LABEL,
     .title = {"Period", "دوره"}, .doc = "Label of a period that has ended: 2026-01, 2026Q1, 1404, …"},
};
RECORD_TYPE(closed_input_type, "ClosePeriod", struct closed_input, input_fields);

#define OF(member) offsetof(struct restate_input, member)
static const struct field restate_fields[] = {
    {"reason", FIELD_ENUM, FIELD_REQUIRED, OF(reason), .options = restate_reasons, .title = {"Reason", "علت"},
     .doc = "Why the closed figures change."},
    {"note", FIELD_TEXT, FIELD_REQUIRED, OF(note), 1, 1000, .title = {"Note", "شرح"},
     .doc = "What happened, in a sentence."},
};
RECORD_TYPE(restate_input_type, "RestatePeriod", struct restate_input, restate_fields);

enum status closed_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct closed_period *list;
    size_t n = 0;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = closed_list(session, request->arena, &list, &n, problem);
    session_rollback(session);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
        fields_encode(&closed_period_type, &list[i], &w);
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}

enum status closed_handle_close(struct request *request, struct response *response, struct problem *problem) {
    const struct closed_input *input = request->input;
    struct closed_period closed;
    bool already = false;
    enum status status = closed_close(request->house, input->period, request, &closed, &already, problem);
    if (status) return status;
    answer_record(request, response, already ? 200 : 201, &closed_period_type, &closed, 0);
    return OK;
}

enum status closed_handle_restate(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct closed_period closed;
    enum status status = closed_restate(request->house, request_param(request, "label"), request,
                                        request->input, &closed, problem);
    if (!status) answer_record(request, response, 200, &closed_period_type, &closed, 0);
    return status;
}

/* ---- what changed since ---- */

enum reason {
    REASON_SETTLED,   /* lapsed within the grace when it was closed: no restatement */
    REASON_LATE,      /* a subscription became known later */
    REASON_CORRECTED, /* a subscription was corrected later */
    REASON_MERGED,    /* accounts were merged or unmerged */
    REASON_RATE,      /* an exchange rate became known later */
    REASON_SETTINGS,  /* the rules of reckoning are others now */
    REASON_HISTORY,   /* none of these: history told later, as known all along */
    REASONS
};
static const char *const reason_keys[REASONS] = {"settled", "late",     "corrected", "merged",
                                                 "rate",    "settings", "history"};
static const struct text reason_titles[REASONS] = {
    [REASON_SETTLED] = {"settled within the grace",
                        "تعیین‌تکلیف‌شده در مهلت تمدید"},
    [REASON_LATE] = {"a subscription became known after the closing", "اشتراکی پس از بستن دانسته شد"},
    [REASON_CORRECTED] = {"a subscription was corrected after the closing", "اشتراکی پس از بستن تصحیح شد"},
    [REASON_MERGED] = {"accounts were merged or parted", "مشتریان ادغام یا جدا شدند"},
    [REASON_RATE] = {"an exchange rate became known after the closing", "نرخ ارزی پس از بستن دانسته شد"},
    [REASON_SETTINGS] = {"the settings of retention were changed", "تنظیمات نگهداشت تغییر کرد"},
    [REASON_HISTORY] = {"history that was told later",
                        "تاریخچه‌ای که بعدتر گفته شد"}};

struct comparing {
    struct house *house;
    const struct closed_period *closed;
    const struct signal_table *subscriptions; /* the locks of directory and insight are held */
    bool rate, settings;                      /* became known or changed since */
    int known_until;
};

static enum reason reason_of(const struct comparing *c, const struct retention_row *was,
                             const struct retention_row *is) {
    const struct retention_row *row = was ? was : is;
    if (was && is && was->v[REVENUE_START] == is->v[REVENUE_START] &&
        (was->v[CUSTOMERS_PENDING] || was->v[REVENUE_DUE_PENDING]))
        return REASON_SETTLED;
    bool late = false, corrected = false;
    if (row->account < c->subscriptions->n) {
        const struct signal_account *account = &c->subscriptions->accounts[row->account];
        for (uint32_t i = 0; i < account->n; i++) {
            late |= account->rows[i].known_from > c->closed->closed_at;
            corrected |= account->rows[i].number[c->known_until] > (double)c->closed->closed_at;
        }
    }
    if (corrected) return REASON_CORRECTED;
    if (late) return REASON_LATE;
    if (!was || !is || was->v[CUSTOMERS_START] > 1) return REASON_MERGED;
    if (was->v[REVENUE_FX] != is->v[REVENUE_FX] || was->v[REVENUE_START] != is->v[REVENUE_START])
        if (c->rate) return REASON_RATE;
    return c->settings ? REASON_SETTINGS : REASON_HISTORY;
}

static void write_account(const struct comparing *c, const struct retention_row *was,
                          const struct retention_row *is, enum reason reason, struct json_writer *w) {
    static const int64_t none[RETENTION_AMOUNTS];
    const int64_t *before = was ? was->v : none, *after = is ? is->v : none;
    const struct retention_row *row = was ? was : is;
    int64_t change[RETENTION_AMOUNTS];
    for (int a = 0; a < RETENTION_AMOUNTS; a++)
        change[a] = after[a] - before[a];
    json_begin_object(w);
    if (row->account != ACCOUNT_NONE) {
        const struct directory_account *account = directory_account(c->house->directory, row->account);
        json_put_string(w, "account", account->key);
        json_put_string(w, "name", account->name);
    }
    json_put_string(w, "reason", str_of(reason_keys[reason]));
    json_name(w, STR("reason_title"));
    json_begin_object(w);
    json_put_string(w, "en", str_of(reason_titles[reason].en));
    json_put_string(w, "fa", str_of(reason_titles[reason].fa));
    json_end_object(w);
    json_put_bool(w, "restatement", reason != REASON_SETTLED);
    retention_write_amounts(w, "was", before, false);
    retention_write_amounts(w, "change", change, false);
    json_end_object(w);
}

static struct comparing compare_with(struct request *request, const struct closed_period *closed,
                                     const struct books *books) {
    struct insight *insight = request->house->insight;
    size_t table = 0;
    while (!str_is(STR("subscriptions"), signal_sources[table]->key))
        table++;
    struct comparing c = {
        .house = request->house, .closed = closed, .subscriptions = &insight->tables[table]};
    c.known_until = signal_number(c.subscriptions->source, STR("known_until"));
    c.settings = !str_equal(closed->rules, books_rules(request->house, request->arena));
    for (size_t i = 0; i < books->rates.rows.n; i++)
        c.rate |= books->rates.rows.v[i].known_from > closed->closed_at &&
                  books->rates.rows.v[i].day <= closed->to_day;
    return c;
}

static void write_changes(struct request *request, const struct closed_period *closed,
                          const struct books *books, const struct retention_rows *was,
                          const struct retention_rows *is, struct json_writer *w) {
    size_t i = 0, j = 0, restated = 0;
    struct insight *insight = request->house->insight;
    json_name(w, STR("changes"));
    json_begin_array(w);
    directory_lock(request->house->directory);
    pthread_rwlock_rdlock(&insight->lock);
    struct comparing c = compare_with(request, closed, books);
    while (i < was->n || j < is->n) {
        const struct retention_row *before = NULL, *after = NULL;
        if (j == is->n || (i < was->n && was->v[i].account <= is->v[j].account)) before = &was->v[i];
        if (i == was->n || (j < is->n && is->v[j].account <= was->v[i].account)) after = &is->v[j];
        i += before != NULL;
        j += after != NULL;
        if (before && after && memcmp(before->v, after->v, sizeof before->v) == 0) continue;
        enum reason reason = reason_of(&c, before, after);
        restated += reason != REASON_SETTLED;
        write_account(&c, before, after, reason, w);
    }
    pthread_rwlock_unlock(&insight->lock);
    directory_unlock(request->house->directory);
    json_end_array(w);
    json_put_int(w, "restated_accounts", (int64_t)restated);
}

static void write_figures(struct json_writer *w, const int64_t *shown, const int64_t *now, int32_t days) {
    json_name(w, STR("figures"));
    json_begin_array(w);
    for (size_t i = 0; i < retention_figure_count; i++) {
        const struct retention_figure *figure = &retention_figures[i];
        struct figure_value a = retention_value(figure, shown, days), b = retention_value(figure, now, days);
        json_begin_object(w);
        json_put_string(w, "key", str_of(figure->key));
        json_name(w, STR("title"));
        json_begin_object(w);
        json_put_string(w, "en", str_of(figure->title.en));
        json_put_string(w, "fa", str_of(figure->title.fa));
        json_end_object(w);
        json_put_number(w, "shown", a.value);
        json_put_number(w, "now", b.value);
        json_end_object(w);
    }
    json_end_array(w);
}

static const struct text restate_titles[] = {
    [RESTATE_LATE_DATA] = {"data arrived late", "داده دیر رسید"},
    [RESTATE_CORRECTED_DATA] = {"data were corrected", "داده تصحیح شد"},
    [RESTATE_MERGED_ACCOUNTS] = {"accounts were merged or parted", "مشتریان ادغام یا جدا شدند"},
    [RESTATE_RATES] = {"exchange rates were corrected", "نرخ ارز تصحیح شد"},
    [RESTATE_RULES] = {"the rules of reckoning changed", "شیوهٔ محاسبه تغییر کرد"},
    [RESTATE_MISTAKE] = {"a mistake at the closing", "اشتباه هنگام بستن"},
    [RESTATE_OTHER] = {"another reason", "علتی دیگر"}};

static enum status write_restatement(struct json_writer *w, const struct restatement *one, int32_t days,
                                     struct problem *problem) {
    int64_t was[RETENTION_AMOUNTS] = {0};
    char at[INSTANT_TEXT + 1];
    for (size_t i = 0; i < one->rows.n; i++)
        if (!retention_add(was, one->rows.v[i].v)) return retention_too_large(problem);
    json_begin_object(w);
    instant_print(one->at, at);
    json_put_string(w, "at", str_of(at));
    json_put_string(w, "by", one->by);
    json_put_string(w, "reason", one->reason);
    for (size_t r = 0; r < RESTATE_REASONS; r++)
        if (str_is(one->reason, restate_reasons[r])) {
            json_name(w, STR("reason_title"));
            json_begin_object(w);
            json_put_string(w, "en", str_of(restate_titles[r].en));
            json_put_string(w, "fa", str_of(restate_titles[r].fa));
            json_end_object(w);
        }
    json_put_string(w, "note", one->note);
    instant_print(one->before.closed_at, at);
    json_put_string(w, "closed_at", str_of(at));
    json_put_string(w, "closed_by", one->before.closed_by);
    json_put_string(w, "currency", one->before.currency);
    retention_write_amounts(w, "showed", was, true);
    json_name(w, STR("figures"));
    json_begin_object(w);
    for (size_t i = 0; i < retention_figure_count; i++)
        json_put_number(w, retention_figures[i].key, retention_value(&retention_figures[i], was, days).value);
    json_end_object(w);
    json_end_object(w);
    return OK;
}

enum status closed_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct str label = request_param(request, "label");
    struct retention_request asked;
    struct session *session = NULL;
    struct retention_rows was = {0}, is = {0};
    struct closed_period *list = NULL, *closed = NULL;
    struct books books = {0};
    struct restatement *before = NULL;
    size_t n = 0, before_n = 0;
    int64_t shown[RETENTION_AMOUNTS] = {0}, now[RETENTION_AMOUNTS] = {0};
    enum status status = request_retention_period(request, label, &asked, problem);
    if (status) return status;
    label = str_of(asked.periods->label);
    status = records_read(house->records, &session, problem);
    if (!status) status = closed_rows(house, session, label, asked.flow, &was, problem);
    if (!status) status = closed_list(session, request->arena, &list, &n, problem);
    for (size_t i = 0; i < n; i++)
        if (str_equal(list[i].label, label))
            closed = &list[i]; /* it is there: its rows were, in this session */
    if (!status)
        status = closed_restatements(house, session, closed->id, asked.flow, request->arena, &before,
                                     &before_n, problem);
    session_rollback(session);
    if (status) goto done;
    books_open(house, &asked, &books);
    status = retention_rows_measure(house, &books, 0, &is, problem);
    for (size_t i = 0; i < was.n && !status; i++)
        if (!retention_add(shown, was.v[i].v)) status = retention_too_large(problem);
    for (size_t i = 0; i < is.n && !status; i++)
        if (!retention_add(now, is.v[i].v)) status = retention_too_large(problem);
    if (status) goto done;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    fields_encode_members(&closed_period_type, closed, &w);
    json_put_string(&w, "mode", asked.flow ? STR("flow") : STR("snapshot"));
    write_changes(request, closed, &books, &was, &is, &w);
    retention_write_amounts(&w, "shown", shown, true);
    retention_write_amounts(&w, "now", now, true);
    int32_t days = asked.periods->to - asked.periods->from;
    write_figures(&w, shown, now, days);
    json_name(&w, STR("restatements")); /* what was shown before, newest first */
    json_begin_array(&w);
    for (size_t i = 0; i < before_n && !status; i++)
        status = write_restatement(&w, &before[i], days, problem);
    json_end_array(&w);
    json_end_object(&w);
done:
    for (size_t i = 0; i < before_n; i++)
        retention_rows_free(&before[i].rows);
    retention_rows_free(&was);
    retention_rows_free(&is);
    books_close(&books);
    return status;
}
