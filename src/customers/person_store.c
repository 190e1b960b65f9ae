#include "customers/person.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

enum status person_store_get(struct session *session, struct id id, struct person_record *person,
                             struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &person_type, person, arena);
    enum status status = rows_close(rows, problem);
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"person", "شخص"}, id_str(problem->arena, id));
}

enum status person_store_insert(struct session *session, const struct person_record *person,
                                struct problem *problem) {
    return session_run(session, &query_person_insert, &person_type, person, problem);
}

enum status person_store_update(struct session *session, const struct person_record *person,
                                struct problem *problem) {
    return session_run(session, &query_person_update, &person_type, person, problem);
}

static enum status read_id(struct rows *rows, struct id *id, bool *found, struct problem *problem) {
    *found = rows_next(rows);
    if (*found) *id = rows_id(rows, 0);
    return rows_close(rows, problem);
}

enum status person_store_by_key(struct session *session, struct str source, struct str key, struct id *id,
                                bool *found, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_by_key);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    return read_id(rows, id, found, problem);
}

enum status person_store_by_email(struct session *session, struct str email, struct id *id, bool *found,
                                  struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_by_email);
    rows_bind_text(rows, "email", email);
    return read_id(rows, id, found, problem);
}

enum status person_store_root(struct session *session, struct id id, struct id *root,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_root);
    rows_bind_id(rows, "id", id);
    bool found;
    *root = id;
    return read_id(rows, root, &found, problem);
}

enum status person_store_key_insert(struct session *session, struct str source, struct str key,
                                    struct id person, instant_t valid_from, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_key_insert);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    rows_bind_id(rows, "person", person);
    rows_bind_int(rows, "valid_from", valid_from);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status person_store_merged(struct session *session, struct id person, struct id into, instant_t now,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_person_set_merged_into);
    rows_bind_id(rows, "id", person);
    if (id_is_none(into))
        rows_bind_null(rows, "into");
    else
        rows_bind_id(rows, "into", into);
    rows_bind_int(rows, "now", now);
    while (rows_next(rows)) {
    }
    enum status status = rows_close(rows, problem);
    if (status) return status;
    rows = rows_open(session, &query_person_set_lives_in);
    rows_bind_id(rows, "id", person);
    rows_bind_id(rows, "lives_in", id_is_none(into) ? person : into);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}
