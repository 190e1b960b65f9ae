#include "platform/answer.h"
#include "queries.h"
#include "signals/ingest.h"
#include "signals/rejected.h"

enum { REPLAY_PAGE = 200, REPLAY_WAIT_MS = 10000 };

const struct route_query rejected_list_query[] = {
    {"source", "Only of this source."},
    {"code", "Only with this reason's code."},
    {"open", "1: only those not yet replayed."},
    {NULL, NULL},
};

enum status rejected_handle_list(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    int64_t open = 0;
    enum status status = request_query_int(request, "open", 0, 1, &open, problem);
    if (!status) status = list_begin(&list, request, response, &rejected_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_rejected_list);
    rows_bind_text(rows, "source",
                   request_query(request, "source").p ? request_query(request, "source") : STR(""));
    rows_bind_text(rows, "code", request_query(request, "code").p ? request_query(request, "code") : STR(""));
    rows_bind_int(rows, "open", open);
    rows_bind_int(rows, "first", id_is_none(list.after));
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    while (rows_next(rows)) {
        struct rejected rejected = {0};
        rows_read(rows, &rejected_type, &rejected, request->arena);
        rejected.message = rejected_message(&rejected, request->language, request->arena);
        field_set(&rejected, field_index(&rejected_type, STR("message")));
        if (!list_add(&list, &rejected, rejected.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

#define AT(member) offsetof(struct rejected_replay, member)
static const struct field fields[] = {
    {"id", FIELD_ID, 0, AT(id), .title = {"Id", "شناسه"}, .doc = "One rejected event; or give all."},
    {"all", FIELD_BOOL, 0, AT(all), .title = {"All", "همه"}, .doc = "Every event not yet replayed."},
    {"replayed", FIELD_INT, FIELD_READ_ONLY, AT(replayed), .title = {"Replayed", "اجراشده"},
     .doc = "How many were sent again."},
};
RECORD_TYPE(rejected_replay_type, "RejectedReplay", struct rejected_replay, fields);

static enum status replay_one(struct house *house, const struct rejected *rejected, struct problem *problem) {
    struct session *session = NULL;
    enum status status = ingest_replay(house->ingest, rejected);
    if (status)
        return fail(problem, status,
                    MESSAGE("replay_failed",
                            "The event could not be written to the journal. Try again later.",
                            "رویداد در دفتر ثبت نوشته نشد. کمی بعد دوباره تلاش کنید."),
                    NO_ARGS);
    status = records_write(house->records, &session, problem);
    if (!status) status = rejected_store_replayed(session, rejected, clock_now(house->clock), problem);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

static enum status replay_all(struct request *request, int64_t *replayed, struct problem *problem) {
    struct id after = {0};
    for (;;) {
        struct session *session = NULL;
        struct rejected *list;
        struct arena arena = {0};
        size_t n = 0;
        enum status status = records_read(request->house->records, &session, problem);
        if (!status) status = rejected_store_open(session, after, REPLAY_PAGE, &list, &n, &arena, problem);
        session_rollback(session);
        for (size_t i = 0; i < n && !status; i++) {
            status = replay_one(request->house, &list[i], problem);
            *replayed += !status;
            after = list[i].id;
        }
        arena_free(&arena);
        if (status || n < REPLAY_PAGE) return status;
    }
}

enum status rejected_handle_replay(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct rejected_replay *input = request->input;
    struct house *house = request->house;
    struct session *session = NULL;
    struct rejected rejected = {0};
    enum status status;
    input->replayed = 0;
    if (input->all) {
        status = replay_all(request, &input->replayed, problem);
    } else {
        status = records_read(house->records, &session, problem);
        if (!status) status = rejected_store_get(session, input->id, &rejected, request->arena, problem);
        session_rollback(session);
        if (!status && rejected.raw_cut)
            status = fail(
                problem, CONFLICT,
                MESSAGE(
                    "rejected_cut",
                    "The event was too large to be kept whole and cannot be replayed. Send it "
                    "again in smaller form.",
                    "رویداد بزرگ‌تر از آن بود که کامل نگه داشته شود و "
                    "دوباره "
                    "اجرا "
                    "نمی‌شود. "
                    "کوچک‌تر آن را بفرستید."),
                NO_ARGS);
        if (!status) status = replay_one(house, &rejected, problem);
        input->replayed += !status;
    }
    if (status) return status;
    (void)!ingest_wait_all(house->ingest, REPLAY_WAIT_MS); /* slow is no failure: they are in the journal */
    field_set(input, field_index(&rejected_replay_type, STR("replayed")));
    answer_record(request, response, 200, &rejected_replay_type, input, 0);
    return OK;
}
