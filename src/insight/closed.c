#include "insight/closed.h"

#include "customers/directory.h"
#include "platform/settings.h"
#include "queries.h"

#include <endian.h>

/* ---- rows ---- */

void retention_rows_free(struct retention_rows *rows) {
    VEC_FREE(rows);
}

static int64_t *into_rows(void *self, uint32_t account, size_t period) {
    struct retention_rows *rows = ((void **)self)[0];
    if (period != *(size_t *)((void **)self)[1]) return NULL;
    VEC_PUSH(rows, (struct retention_row){.account = account});
    return rows->v[rows->n - 1].v;
}

enum status retention_rows_measure(struct house *house, const struct books *books, size_t period,
                                   struct retention_rows *ret, struct problem *problem) {
    static const int64_t none[RETENTION_AMOUNTS];
    void *self[] = {ret, &period};
    *ret = (struct retention_rows){0};
    enum status status = retention_measure(&books->ledger, &books->query, into_rows, self, problem);
    if (status) return status;
    size_t kept = 0;
    directory_lock(house->directory);
    for (size_t i = 0; i < ret->n; i++) {
        if (memcmp(ret->v[i].v, none, sizeof none) == 0) continue;
        ret->v[kept] = ret->v[i];
        ret->v[kept++].id = directory_account(house->directory, ret->v[i].account)->id;
    }
    directory_unlock(house->directory);
    ret->n = kept;
    return OK;
}

/* Frozen rows as bytes: for each the account's id, how many amounts are not 0, and each as its place (one
 * byte) and value (eight bytes, little-endian). */
static void freeze(const struct retention_rows *rows, struct buf *out) {
    for (size_t i = 0; i < rows->n; i++) {
        const struct retention_row *row = &rows->v[i];
        size_t count_at = out->n + sizeof row->id.b;
        uint8_t count = 0;
        buf_put(out, row->id.b, sizeof row->id.b);
        buf_put_byte(out, 0);
        for (int a = 0; a < RETENTION_AMOUNTS; a++) {
            if (!row->v[a]) continue;
            uint64_t value = htole64((uint64_t)row->v[a]);
            buf_put_byte(out, (char)a);
            buf_put(out, &value, sizeof value);
            count++;
        }
        out->p[count_at] = (char)count;
    }
}

static int by_account(const void *a, const void *b) {
    const struct retention_row *x = a, *y = b;
    return (x->account > y->account) - (x->account < y->account);
}

static enum status damaged(struct problem *problem) {
    return fail(problem, INTERNAL,
                MESSAGE("closed_damaged", "The frozen rows of the period cannot be read.",
                        "سطرهای تثبیت‌شدهٔ این دوره خوانده نمی‌شود."),
                NO_ARGS);
}

static enum status thaw(struct house *house, struct str bytes, struct retention_rows *ret,
                        struct problem *problem) {
    enum { PAIR = 1 + sizeof(uint64_t) };
    enum status status = OK;
    directory_lock(house->directory);
    for (size_t at = 0; at < bytes.n && !status;) {
        struct retention_row row = {0};
        size_t count;
        if (bytes.n - at < sizeof row.id.b + 1) {
            status = damaged(problem);
            break;
        }
        memcpy(row.id.b, bytes.p + at, sizeof row.id.b);
        count = (uint8_t)bytes.p[at + sizeof row.id.b];
        at += sizeof row.id.b + 1;
        if ((bytes.n - at) / PAIR < count) {
            status = damaged(problem);
            break;
        }
        for (size_t i = 0; i < count; i++, at += PAIR) {
            uint64_t value;
            uint8_t place = (uint8_t)bytes.p[at];
            memcpy(&value, bytes.p + at + 1, sizeof value);
            if (place < RETENTION_AMOUNTS) row.v[place] = (int64_t)le64toh(value);
        }
        row.account = directory_by_id(house->directory, row.id);
        if (row.account != ACCOUNT_NONE) {
            row.account = directory_root(house->directory, row.account);
            row.id = directory_account(house->directory, row.account)->id;
        }
        VEC_PUSH(ret, row);
    }
    directory_unlock(house->directory);
    if (status || !ret->n) return status;
    qsort(ret->v, ret->n, sizeof *ret->v, by_account);
    size_t kept = 0;
    for (size_t i = 1; i < ret->n; i++) { /* of accounts merged since, one row */
        if (ret->v[i].account != ret->v[kept].account || ret->v[i].account == ACCOUNT_NONE) {
            ret->v[++kept] = ret->v[i];
            continue;
        }
        if (!retention_add(ret->v[kept].v, ret->v[i].v)) status = retention_too_large(problem);
    }
    ret->n = kept + 1;
    return status;
}

/* ---- stored ---- */

static enum status no_such(struct str label, struct problem *problem) {
    return fail(problem, NOT_FOUND,
                MESSAGE("period_not_closed",
                        "The period “{0}” was not closed. See: vafa retention closed DATA.",
                        "دورهٔ «{0}» بسته نشده است. فهرست: vafa retention closed DATA."),
                ARGS(label));
}

enum status closed_list(struct session *session, struct arena *arena, struct closed_period **ret, size_t *n,
                        struct problem *problem) {
    VEC(struct closed_period) list = {0};
    struct rows *rows = rows_open(session, &query_closed_list);
    while (rows_next(rows)) {
        struct closed_period closed = {0};
        rows_read(rows, &closed_period_type, &closed, arena);
        VEC_PUSH(&list, closed);
    }
    *n = list.n;
    *ret = arena_array(arena, list.n + 1, sizeof **ret);
    if (list.n) memcpy(*ret, list.v, list.n * sizeof **ret);
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

enum status closed_rows(struct house *house, struct session *session, struct str label, bool flow,
                        struct retention_rows *ret, struct problem *problem) {
    *ret = (struct retention_rows){0};
    struct rows *rows = rows_open(session, &query_closed_rows);
    rows_bind_text(rows, "label", label);
    bool found = rows_next(rows);
    enum status status = found ? thaw(house, rows_text(rows, flow, NULL), ret, problem) : OK;
    enum status closed = rows_close(rows, problem);
    if (!status) status = closed;
    return status || found ? status : no_such(label, problem);
}

static enum status get(struct session *session, struct str label, struct closed_period *closed, bool *found,
                       struct problem *problem) {
    struct rows *rows = rows_open(session, &query_closed_get);
    rows_bind_text(rows, "label", label);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &closed_period_type, closed, problem->arena);
    return rows_close(rows, problem);
}

static enum status measure_both(struct house *house, struct retention_request *asked, struct buf frozen[2],
                                struct problem *problem) {
    struct books books;
    struct retention_rows rows = {0};
    enum status status = OK;
    books_open(house, asked, &books);
    for (int flow = 0; flow < 2 && !status; flow++) {
        books.query.flow = flow;
        status = retention_rows_measure(house, &books, 0, &rows, problem);
        if (!status) freeze(&rows, &frozen[flow]);
        retention_rows_free(&rows);
    }
    books_close(&books);
    return status;
}

static enum status insert(struct session *session, const struct closed_period *closed,
                          const struct buf frozen[2], struct problem *problem) {
    struct rows *rows = rows_open(session, &query_closed_insert);
    rows_bind_record(rows, &closed_period_type, closed);
    rows_bind_blob(rows, "snapshot_rows", frozen[0].n ? buf_str(&frozen[0]) : STR(""));
    rows_bind_blob(rows, "flow_rows", frozen[1].n ? buf_str(&frozen[1]) : STR(""));
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

/* What a period closed now would be. */
static struct closed_period closing(struct house *house, const struct retention_request *asked,
                                    const struct request *request, struct arena *arena) {
    instant_t now = clock_now(house->clock);
    struct closed_period closed = {
        .id = id_new(now),
        .label = str_copy(arena, str_of(asked->periods->label)),
        .from_day = asked->periods->from,
        .to_day = asked->periods->to,
        .currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, arena),
        .time_zone = settings_text(house->settings, SETTING_ORGANISATION_TIME_ZONE, arena),
        .rules = books_rules(house, arena),
        .amounts_version = RETENTION_VERSION,
        .seen_on = asked->moment.day,
        .closed_at = now,
        .closed_by = request->principal.name};
    closed.has = ((uint64_t)1 << closed_period_type.count) - 1;
    return closed;
}

enum status closed_close(struct house *house, struct str label, const struct request *request,
                         struct closed_period *closed, bool *already, struct problem *problem) {
    struct retention_request asked;
    struct session *session = NULL;
    struct buf frozen[2] = {0};
    enum status status = request_retention_period(request, label, &asked, problem);
    if (status) return status;
    if (asked.range)
        return fail_at(
            problem, STR("/period"),
            MESSAGE(
                "period_no_calendar", "“{0}” is a range of days: only months, quarters and years are closed.",
                "«{0}» بازه‌ای از روزهاست: تنها ماه، فصل و سال بسته می‌شوند."),
            ARGS(label));
    if (asked.partial)
        return fail_at(problem, STR("/period"),
                       MESSAGE("period_open",
                               "The period “{0}” has not ended: close it when its last day is over.",
                               "دورهٔ «{0}» هنوز پایان نیافته است: پس از پایان روز آخرش آن را ببندید."),
                       ARGS(label));
    status = measure_both(house, &asked, frozen, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) goto done;
    *closed = (struct closed_period){0};
    if ((status = get(session, str_of(asked.periods->label), closed, already, problem)) || *already)
        goto done;
    *closed = closing(house, &asked, request, problem->arena);
    status = insert(session, closed, frozen, problem);
done:
    if (session && !status && !*already)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    buf_free(&frozen[0]);
    buf_free(&frozen[1]);
    return status;
}

/* ---- restated ---- */

const char *const restate_reasons[RESTATE_REASONS + 1] = {[RESTATE_LATE_DATA] = "late_data",
                                                          [RESTATE_CORRECTED_DATA] = "corrected_data",
                                                          [RESTATE_MERGED_ACCOUNTS] = "merged_accounts",
                                                          [RESTATE_RATES] = "rates",
                                                          [RESTATE_RULES] = "rules",
                                                          [RESTATE_MISTAKE] = "mistake",
                                                          [RESTATE_OTHER] = "other"};

enum status closed_restatements(struct house *house, struct session *session, struct id period, bool flow,
                                struct arena *arena, struct restatement **ret, size_t *n,
                                struct problem *problem) {
    VEC(struct restatement) list = {0};
    enum status status = OK;
    struct rows *rows = rows_open(session, &query_restatement_list);
    rows_bind_id(rows, "period", period);
    while (!status && rows_next(rows)) {
        struct restatement one = {.at = rows_int(rows, 0),
                                  .by = rows_text(rows, 1, arena),
                                  .reason = rows_text(rows, 2, arena),
                                  .note = rows_text(rows, 3, arena),
                                  .before = {.id = period,
                                             .closed_at = rows_int(rows, 4),
                                             .closed_by = rows_text(rows, 5, arena),
                                             .currency = rows_text(rows, 6, arena)}};
        status = thaw(house, rows_text(rows, 7 + flow, NULL), &one.rows, problem);
        VEC_PUSH(&list, one);
    }
    enum status closed = rows_close(rows, problem);
    *n = list.n;
    *ret = arena_array(arena, list.n + 1, sizeof **ret);
    if (list.n) memcpy(*ret, list.v, list.n * sizeof **ret);
    VEC_FREE(&list);
    return status ? status : closed;
}

static enum status keep_shown(struct session *session, const struct closed_period *shown,
                              const struct closed_period *now, const struct restate_input *input,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_restatement_keep);
    rows_bind_id(rows, "id", now->id);
    rows_bind_id(rows, "period", shown->id);
    rows_bind_int(rows, "restated_at", now->closed_at);
    rows_bind_text(rows, "restated_by", now->closed_by);
    rows_bind_text(rows, "reason", str_of(restate_reasons[input->reason]));
    rows_bind_text(rows, "note", input->note);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status show(struct session *session, struct closed_period *now, struct id period,
                        const struct buf frozen[2], struct problem *problem) {
    now->id = period;
    struct rows *rows = rows_open(session, &query_closed_restate);
    rows_bind_record(rows, &closed_period_type, now);
    rows_bind_blob(rows, "snapshot_rows", frozen[0].n ? buf_str(&frozen[0]) : STR(""));
    rows_bind_blob(rows, "flow_rows", frozen[1].n ? buf_str(&frozen[1]) : STR(""));
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

/* Whether rows frozen now differ from those that are shown, of accounts as they are merged now. */
static enum status differs(struct house *house, struct session *session, struct str label,
                           const struct buf frozen[2], bool *different, struct problem *problem) {
    *different = false;
    for (int flow = 0; flow < 2; flow++) {
        struct retention_rows shown = {0}, now = {0};
        enum status status = closed_rows(house, session, label, flow, &shown, problem);
        if (!status) status = thaw(house, buf_str(&frozen[flow]), &now, problem);
        *different |= shown.n != now.n;
        for (size_t i = 0; i < shown.n && !*different; i++)
            *different = shown.v[i].account != now.v[i].account ||
                         memcmp(shown.v[i].v, now.v[i].v, sizeof now.v[i].v) != 0;
        retention_rows_free(&shown);
        retention_rows_free(&now);
        if (status) return status;
    }
    return OK;
}

enum status closed_restate(struct house *house, struct str label, const struct request *request,
                           const struct restate_input *input, struct closed_period *closed,
                           struct problem *problem) {
    struct retention_request asked;
    struct session *session = NULL;
    struct buf frozen[2] = {0};
    struct closed_period shown = {0};
    bool found = false, different = false;
    enum status status = request_retention_period(request, label, &asked, problem);
    if (status) return status;
    status = measure_both(house, &asked, frozen, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (!status) status = get(session, str_of(asked.periods->label), &shown, &found, problem);
    if (!status && !found) status = no_such(label, problem);
    if (!status) status = differs(house, session, shown.label, frozen, &different, problem);
    if (!status && !different)
        status = fail(
            problem, CONFLICT,
            MESSAGE(
                "period_not_different",
                "The period “{0}” shows what is known now: there is nothing to restate.",
                "دورهٔ «{0}» همان را نشان می‌دهد که اکنون دانسته است: چیزی برای بازنگری نیست."),
            ARGS(shown.label));
    if (!status) {
        *closed = closing(house, &asked, request, problem->arena);
        status = keep_shown(session, &shown, closed, input, problem);
    }
    if (!status) status = show(session, closed, shown.id, frozen, problem);
    if (session && !status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    buf_free(&frozen[0]);
    buf_free(&frozen[1]);
    return status;
}
