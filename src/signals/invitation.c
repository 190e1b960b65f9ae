#include "signals/invitation.h"

#include "queries.h"

static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    (void)session;
    (void)origin;
    (void)record;
    (void)problem;
    return OK; /* its field table says all */
}

static instant_t occurred(const void *record, const struct origin *origin) {
    (void)origin;
    return ((const struct invitation *)record)->sent_at;
}

const struct entry_kind invitation_kind = {
    .type = &invitation_type,
    .what = {"invitation", "دعوت به نظرسنجی"},
    .by_key = &query_invitation_by_key,
    .get = &query_invitation_get,
    .insert = &query_invitation_insert,
    .update = &query_invitation_update,
    .list = &query_invitation_list,
    .check = check,
    .occurred = occurred,
    .user_key = INVITATION_USER_KEY,
    .person = INVITATION_PERSON,
};

enum status invitation_upsert(struct session *session, const struct origin *origin,
                              const struct invitation *row, uint64_t cleared, enum upsert_result *result,
                              struct id *id, struct problem *problem) {
    return entry_upsert(session, origin, &invitation_kind, row, cleared, result, id, problem);
}
