#include "exchange/import_store.h"

#include "platform/answer.h"
#include "queries.h"

const char *import_file(const struct house *house, struct id id, const char *ending, struct arena *arena) {
    return str_format(arena, "%s/imports/%.*s.%s", house->folder, STR_ARG(id_str(arena, id)), ending).p;
}

/* Everything but empty JSON texts and an end that has not come. */
uint64_t import_has(const struct import *import) {
    uint64_t has = ~(uint64_t)0 >> (64 - import_type.count);
    for (size_t i = 0; i < import_type.count; i++) {
        const struct field *field = &import_type.fields[i];
        bool empty_json =
            field->type == FIELD_JSON && !((const struct str *)((const char *)import + field->offset))->n;
        bool no_time =
            field->type == FIELD_INSTANT && !*(const instant_t *)((const char *)import + field->offset);
        bool no_id = field->type == FIELD_ID &&
                     id_is_none(*(const struct id *)(const void *)((const char *)import + field->offset));
        bool no_text =
            field->type == FIELD_TEXT && !((const struct str *)((const char *)import + field->offset))->p;
        if (empty_json || no_time || no_id || no_text) has &= ~((uint64_t)1 << i);
    }
    return has;
}

enum status import_store(struct house *house, const struct query *query, const struct import *import,
                         struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = session_run(session, query, &import_type, import, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status import_load(struct house *house, struct id id, struct import *import, struct arena *arena,
                        struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_import_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &import_type, import, arena);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"import", "ورود داده"}, id_str(problem->arena, id));
}
