#include "customers/member.h"
#include "base/utf8.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

struct str member_email_folded(struct arena *arena, struct str email) {
    return utf8_fold(arena, email);
}

enum status member_store_insert(struct session *session, const struct member *member, const char *hash,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_insert);
    rows_bind_record(rows, &member_type, member);
    rows_bind_text(rows, "email_folded", member_email_folded(problem->arena, member->email));
    if (hash)
        rows_bind_text(rows, "password_hash", str_of(hash));
    else
        rows_bind_null(rows, "password_hash");
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status member_store_update(struct session *session, const struct member *member, bool *found,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_update);
    rows_bind_record(rows, &member_type, member);
    rows_bind_text(rows, "email_folded", member_email_folded(problem->arena, member->email));
    rows_next(rows);
    *found = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

static enum status read_one(struct rows *rows, struct member *member, size_t *n, struct arena *arena,
                            struct problem *problem) {
    *n = 0;
    while (rows_next(rows)) {
        rows_read(rows, &member_type, member, arena);
        ++*n;
    }
    return rows_close(rows, problem);
}

enum status member_store_by_id(struct session *session, struct id id, struct member *member, bool *found,
                               struct arena *arena, struct problem *problem) {
    size_t n;
    struct rows *rows = rows_open(session, &query_member_by_id);
    rows_bind_id(rows, "id", id);
    enum status status = read_one(rows, member, &n, arena, problem);
    *found = n > 0;
    return status;
}

enum status member_store_by_email(struct session *session, struct str email, struct member *member,
                                  bool *found, struct arena *arena, struct problem *problem) {
    size_t n;
    struct rows *rows = rows_open(session, &query_member_by_email);
    rows_bind_text(rows, "email_folded", member_email_folded(arena, email));
    enum status status = read_one(rows, member, &n, arena, problem);
    *found = n > 0;
    return status;
}

enum status member_store_by_name(struct session *session, struct str name, struct member *member, size_t *n,
                                 struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_by_name);
    rows_bind_text(rows, "name", name);
    return read_one(rows, member, n, arena, problem);
}

enum status member_store_list(struct session *session, struct list *list, struct arena *arena,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_list);
    struct member member;
    rows_bind_id(rows, "after", list->after);
    rows_bind_int(rows, "most", list->limit + 1);
    while (rows_next(rows)) {
        rows_read(rows, &member_type, &member, arena);
        if (!list_add(list, &member, member.id)) break;
    }
    return rows_close(rows, problem);
}

static enum status count(struct rows *rows, int64_t *n, struct problem *problem) {
    if (rows_next(rows)) *n = rows_int(rows, 0);
    return rows_close(rows, problem);
}

enum status member_store_able_count(struct session *session, int64_t *n, struct problem *problem) {
    return count(rows_open(session, &query_member_able_count), n, problem);
}

enum status member_store_other_admins(struct session *session, struct id id, int64_t *n,
                                      struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_other_admins);
    rows_bind_id(rows, "id", id);
    return count(rows, n, problem);
}
