#include "signals/ticket.h"

#include "queries.h"

static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    (void)session;
    (void)origin;
    struct ticket *ticket = record;
    if (!(ticket->entry.has >> TICKET_URGENCY & 1)) {
        ticket->urgency = TICKET_NORMAL;
        ticket->entry.has |= (uint64_t)1 << TICKET_URGENCY;
    }
    if (ticket->entry.has >> TICKET_CLOSED_AT & 1 && ticket->closed_at < ticket->opened_at)
        return entry_fault(&ticket_kind, TICKET_CLOSED_AT,
                           MESSAGE("closed_before_opened",
                                   "It was closed before it was opened: correct one of the times.",
                                   "زمان بسته شدن پیش از گشایش است: یکی از "
                                   "زمان‌ها را درست کنید."),
                           NO_ARGS, problem);
    return OK;
}

static instant_t occurred(const void *record, const struct origin *origin) {
    (void)origin;
    return ((const struct ticket *)record)->opened_at;
}

const struct entry_kind ticket_kind = {
    .type = &ticket_type,
    .what = {"ticket", "تیکت"},
    .by_key = &query_ticket_by_key,
    .get = &query_ticket_get,
    .insert = &query_ticket_insert,
    .update = &query_ticket_update,
    .list = &query_ticket_list,
    .check = check,
    .occurred = occurred,
    .user_key = TICKET_USER_KEY,
    .person = TICKET_PERSON,
};

enum status ticket_upsert(struct session *session, const struct origin *origin, const struct ticket *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) {
    return entry_upsert(session, origin, &ticket_kind, row, cleared, result, id, problem);
}
