#include "insight/definition.h"

#include "platform/answer.h"

enum status definition_find(struct session *session, const struct query *by_key,
                            const struct record_type *type, struct str key, void *stored, bool *created,
                            struct problem *problem) {
    struct rows *rows = rows_open(session, by_key);
    rows_bind_text(rows, "key", key);
    *created = !rows_next(rows);
    if (!*created) rows_read(rows, type, stored, problem->arena);
    return rows_close(rows, problem);
}

void definitions_write(const struct record_type *type, const void *list, size_t n, size_t size,
                       struct buf *body) {
    struct json_writer w = {body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
        fields_encode(type, (const char *)list + i * size, &w);
    json_end_array(&w);
    json_end_object(&w);
}

enum status definition_delete(struct session *session, const struct query *delete, struct text what,
                              struct str key, struct problem *problem) {
    struct rows *rows = rows_open(session, delete);
    rows_bind_text(rows, "key", key);
    rows_next(rows);
    bool found = rows_changed(rows) == 1;
    enum status status = rows_close(rows, problem);
    return status || found ? status : fail_not_found(problem, what, key);
}

enum status definition_end(struct session *session, enum status status, struct problem *problem) {
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}
