#include "signals/activity.h"

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
    return ((const struct activity *)record)->happened_at;
}

const struct entry_kind activity_kind = {
    .type = &activity_type,
    .what = {"activity", "تماس"},
    .by_key = &query_activity_by_key,
    .get = &query_activity_get,
    .insert = &query_activity_insert,
    .update = &query_activity_update,
    .list = &query_activity_list,
    .check = check,
    .occurred = occurred,
};

enum status activity_upsert(struct session *session, const struct origin *origin, const struct activity *row,
                            uint64_t cleared, enum upsert_result *result, struct id *id,
                            struct problem *problem) {
    return entry_upsert(session, origin, &activity_kind, row, cleared, result, id, problem);
}
