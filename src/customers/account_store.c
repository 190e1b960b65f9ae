#include "base/utf8.h"
#include "customers/account.h"
#include "customers/custom_field.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

enum status account_store_get(struct session *session, struct id id, struct account *account,
                              struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &account_type, account, arena);
    enum status status = rows_close(rows, problem);
    if (!status && found) {
        status = custom_values_read(session, CUSTOM_OF_ACCOUNT, id, &account->custom, arena, problem);
        field_set(account, ACCOUNT_CUSTOM);
    }
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"account", "مشتری"}, id_str(problem->arena, id));
}

/* The name first, because lists are ordered by it; the key behind it, so that it is found too. */
static void bind(struct rows *rows, const struct account *account, struct arena *arena) {
    struct str name = utf8_fold(arena, account->name), key = utf8_fold(arena, account->key);
    rows_bind_record(rows, &account_type, account);
    rows_bind_text(rows, "search", str_format(arena, "%.*s\x01%.*s", STR_ARG(name), STR_ARG(key)));
}

enum status account_store_insert(struct session *session, const struct account *account,
                                 struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_insert);
    bind(rows, account, problem->arena);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status account_store_update(struct session *session, const struct account *account, bool *found,
                                 struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_update);
    bind(rows, account, problem->arena);
    while (rows_next(rows)) {
    }
    *found = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

enum status account_store_by_key(struct session *session, struct str source, struct str key, struct id *id,
                                 bool *found, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_by_key);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    *found = rows_next(rows);
    if (*found) *id = rows_id(rows, 0);
    return rows_close(rows, problem);
}

enum status account_store_by_any_key(struct session *session, struct str key, struct id *id, int64_t *count,
                                     struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_by_any_key);
    rows_bind_text(rows, "key", key);
    for (*count = 0; rows_next(rows); ++*count)
        *id = rows_id(rows, 0);
    return rows_close(rows, problem);
}

enum status account_store_key_insert(struct session *session, struct str source, struct str key,
                                     struct id account, instant_t valid_from, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_key_insert);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "valid_from", valid_from);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status account_key_unlink(struct session *session, struct id account, struct str source, struct str key,
                               struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_key_delete);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    rows_bind_id(rows, "account", account);
    while (rows_next(rows)) {
    }
    bool found = rows_changed(rows) == 1;
    enum status status = rows_close(rows, problem);
    return status || found ? status : fail_not_found(problem, (struct text){"key", "کلید"}, key);
}

enum status account_store_history(struct session *session, struct id account, struct str field,
                                  const struct str *value, instant_t valid_from, instant_t recorded_at,
                                  bool assumed, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_history_insert);
    rows_bind_id(rows, "account", account);
    rows_bind_text(rows, "field", field);
    if (value)
        rows_bind_text(rows, "value", *value);
    else
        rows_bind_null(rows, "value");
    rows_bind_int(rows, "valid_from", valid_from);
    rows_bind_int(rows, "recorded_at", recorded_at);
    rows_bind_int(rows, "assumed", assumed);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status set_lives_in(struct session *session, struct id id, struct id lives_in,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_set_lives_in);
    rows_bind_id(rows, "id", id);
    rows_bind_id(rows, "lives_in", lives_in);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status account_store_merged(struct session *session, struct id merged, struct id into, instant_t now,
                                 struct problem *problem) {
    struct rows *rows = rows_open(session, &query_account_set_merged_into);
    rows_bind_id(rows, "id", merged);
    if (id_is_none(into))
        rows_bind_null(rows, "into");
    else
        rows_bind_id(rows, "into", into);
    rows_bind_int(rows, "now", now);
    while (rows_next(rows)) {
    }
    enum status status = rows_close(rows, problem);
    return status ? status : set_lives_in(session, merged, id_is_none(into) ? merged : into, problem);
}

enum status account_store_merge_log(struct session *session, const struct origin *origin, struct id merged,
                                    struct id kept, bool undone, struct problem *problem) {
    struct rows *rows = rows_open(session, undone ? &query_account_merge_undo : &query_account_merge_insert);
    if (!undone) {
        rows_bind_id(rows, "id", id_new(origin->now));
        rows_bind_id(rows, "kept", kept);
    }
    rows_bind_id(rows, "merged", merged);
    rows_bind_int(rows, "at", origin->now);
    rows_bind_text(rows, "by", origin->by);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}
