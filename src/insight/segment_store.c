#include "insight/segment.h"
#include "platform/records.h"
#include "queries.h"

#include "base/vec.h"

enum status segment_definitions_read(struct session *session, struct arena *arena,
                                     struct segment_definition **ret, size_t *n, struct problem *problem) {
    VEC(struct segment_definition) list = {0};
    struct rows *rows = rows_open(session, &query_segment_current);
    while (rows_next(rows)) {
        struct segment_record record = {0};
        rows_read(rows, &segment_type, &record, arena);
        VEC_PUSH(&list, segment_definition_of(&record));
    }
    *n = list.n;
    *ret = arena_copy(arena, list.v, list.n * sizeof *list.v);
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

enum status segment_store_latest(struct session *session, struct str key, struct segment_record *record,
                                 bool *found, struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_segment_latest);
    rows_bind_text(rows, "key", key);
    *found = rows_next(rows);
    *record = (struct segment_record){0};
    if (*found) rows_read(rows, &segment_type, record, arena);
    return rows_close(rows, problem);
}

static enum status run(struct rows *rows, struct problem *problem) {
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status segment_store_retire(struct session *session, struct str key, instant_t at,
                                 struct problem *problem) {
    struct rows *rows = rows_open(session, &query_segment_retire);
    rows_bind_text(rows, "key", key);
    rows_bind_int(rows, "at", at);
    return run(rows, problem);
}

enum status segment_store_insert(struct session *session, const struct segment_record *record,
                                 struct problem *problem) {
    return session_run(session, &query_segment_insert, &segment_type, record, problem);
}

static enum status list_has(struct session *session, struct str segment, struct id member, bool *has,
                            struct problem *problem) {
    struct rows *rows = rows_open(session, &query_segment_list_has);
    rows_bind_text(rows, "segment", segment);
    rows_bind_id(rows, "member", member);
    *has = rows_next(rows);
    return rows_close(rows, problem);
}

enum status segment_store_list_put(struct session *session, struct str segment, struct id member, bool on,
                                   instant_t at, struct str by, bool *changed, struct problem *problem) {
    bool has = false;
    enum status status = list_has(session, segment, member, &has, problem);
    *changed = has != on;
    if (status || !*changed) return status;
    struct rows *rows = rows_open(session, on ? &query_segment_list_add : &query_segment_list_end);
    rows_bind_text(rows, "segment", segment);
    rows_bind_id(rows, "member", member);
    rows_bind_int(rows, "at", at);
    rows_bind_text(rows, "by", by);
    return run(rows, problem);
}
