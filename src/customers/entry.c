#include "customers/entry.h"

#include "base/fields_merge.h"
#include "base/number.h"
#include "customers/account.h"
#include "customers/person.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

#define BIT(field) ((uint64_t)1 << (field))
/* What a row may not change: ours, or only the way to something else. */
#define OURS                                                                                                 \
    (BIT(ENTRY_ID) | BIT(ENTRY_SOURCE) | BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(ENTRY_KNOWN_FROM) |   \
     BIT(ENTRY_KNOWN_ASSUMED) | BIT(ENTRY_VERSION) | BIT(ENTRY_CREATED_AT) | BIT(ENTRY_UPDATED_AT))

enum status entry_fault(const struct entry_kind *kind, int field, struct message message,
                        struct arguments args, struct problem *problem) {
    return fail_at(problem, str_format(problem->arena, "/%s", kind->type->fields[field].name), message, args);
}

bool entry_currency_known(struct str code) {
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] < 'A' || code.p[i] > 'Z') return false;
    return code.n == 3 && currency_exponent(code) >= 0;
}

enum status entry_find(struct session *session, const struct query *query, const struct entry_kind *kind,
                       struct str source, struct str key, void *record, bool *found,
                       struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    *found = rows_next(rows);
    if (*found) rows_read(rows, kind->type, record, problem->arena);
    return rows_close(rows, problem);
}

enum status entry_resolve(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                          void *row, struct problem *problem) {
    struct entry *entry = row;
    if (!(entry->has & BIT(ENTRY_ACCOUNT)) && entry->account_key.n) {
        enum status status =
            account_of_key(session, origin->source, entry->account_key, &entry->account, problem);
        if (status) return status;
        entry->has |= BIT(ENTRY_ACCOUNT);
    }
    if (!kind->user_key || !field_has(row, kind->user_key)) return OK;
    struct str user = *(struct str *)(void *)((char *)row + kind->type->fields[kind->user_key].offset);
    bool created;
    enum status status = person_of_key(
        session, origin, user, (struct id *)(void *)((char *)row + kind->type->fields[kind->person].offset),
        &created, problem);
    field_set(row, kind->person);
    entry->has &= ~BIT(kind->user_key);
    return status;
}

enum status entry_lay_over(struct session *session, const struct origin *origin,
                           const struct entry_kind *kind, void *record, const void *row, uint64_t cleared,
                           uint64_t *changed, struct problem *problem) {
    char *patch = arena_copy(problem->arena, row, kind->type->size);
    *(uint64_t *)(void *)patch &= ~OURS;
    enum status status =
        fields_merge(kind->type, record, patch, cleared & ~(OURS | BIT(ENTRY_ACCOUNT)), changed, problem);
    return status || !*changed ? status : kind->check(session, record, origin, problem);
}

static void date_knowledge(const struct origin *origin, const struct entry_kind *kind, struct entry *entry) {
    entry->known_from =
        origin_known_from(origin, entry->has & BIT(ENTRY_RECORDED_AT) ? &entry->recorded_at : NULL,
                          kind->occurred(entry, origin), &entry->known_assumed);
    entry->has |= BIT(ENTRY_KNOWN_FROM) | BIT(ENTRY_KNOWN_ASSUMED);
}

enum status entry_insert(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         void *record, struct problem *problem) {
    struct entry *entry = record;
    enum status status = OK;
    if (!(entry->has & BIT(ENTRY_ACCOUNT)))
        status = entry_fault(
            kind, ENTRY_ACCOUNT,
            MESSAGE("account_missing", "The row names no account: map a column to the account's key.",
                    "سطر مشتری را نام نمی‌برد: ستونی را به کلید "
                    "مشتری نسبت دهید."),
            NO_ARGS, problem);
    for (int i = 0; i < (int)kind->type->count; i++)
        if (kind->type->fields[i].flags & FIELD_REQUIRED && !field_has(record, i))
            status = entry_fault(kind, i,
                                 MESSAGE("field_missing", "“{0}” is missing: give it a value.",
                                         "«{0}» نیامده است: مقداری بدهید."),
                                 ARGS(str_of(kind->type->fields[i].name)), problem);
    if (status || (status = kind->check(session, record, origin, problem))) return status;
    entry->id = id_new(origin->now);
    entry->source = origin->source;
    if (!entry->key.n) entry->key = id_str(problem->arena, entry->id);
    entry->version = 1;
    entry->created_at = entry->updated_at = origin->now;
    entry->has |= BIT(ENTRY_ID) | BIT(ENTRY_SOURCE) | BIT(ENTRY_KEY) | BIT(ENTRY_VERSION) |
                  BIT(ENTRY_CREATED_AT) | BIT(ENTRY_UPDATED_AT);
    date_knowledge(origin, kind, entry);
    return session_run(session, kind->insert, kind->type, record, problem);
}

enum status entry_update(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         void *record, struct problem *problem) {
    struct entry *entry = record;
    entry->version++;
    entry->updated_at = origin->now;
    /* What we learnt live stays known since then; the source's own word on it, or a back-fill's corrected
     * date, counts anew. */
    if (entry->has & BIT(ENTRY_RECORDED_AT) || entry->known_assumed) date_knowledge(origin, kind, entry);
    struct rows *rows = rows_open(session, kind->update);
    rows_bind_record(rows, kind->type, record);
    while (rows_next(rows)) {
    }
    bool found = rows_changed(rows) == 1;
    enum status status = rows_close(rows, problem);
    return status || found ? status : fail(problem, CONFLICT, CHANGED_MEANWHILE, ARGS(entry->key));
}

enum status entry_upsert(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         const void *row, uint64_t cleared, enum upsert_result *result, struct id *id,
                         struct problem *problem) {
    struct entry *given = arena_copy(problem->arena, row, kind->type->size),
                 *stored = arena_alloc(problem->arena, kind->type->size);
    bool found = false;
    uint64_t changed = 0;
    enum status status = entry_resolve(session, origin, kind, given, problem);
    if (!status && given->key.n)
        status = entry_find(session, kind->by_key, kind, origin->source, given->key, stored, &found, problem);
    if (status) return status;
    if (!found) {
        *result = UPSERT_CREATED;
        status = entry_insert(session, origin, kind, given, problem);
        *id = given->id;
        return status;
    }
    *id = stored->id;
    status = entry_lay_over(session, origin, kind, stored, given, cleared, &changed, problem);
    *result = changed ? UPSERT_UPDATED : UPSERT_UNCHANGED;
    return status || !changed ? status : entry_update(session, origin, kind, stored, problem);
}

enum status entry_handle_list(struct request *request, struct response *response,
                              const struct entry_kind *kind, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    struct id account;
    enum status status = request_account(request, &account, problem);
    if (!status) status = list_begin(&list, request, response, kind->type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, kind->list);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "first", id_is_none(list.after));
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    while (rows_next(rows)) {
        struct entry *entry = arena_alloc(request->arena, kind->type->size);
        rows_read(rows, kind->type, entry, request->arena);
        if (!list_add(&list, entry, entry->id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

/* A key leads to one row in the whole house: it must not fetch a row from an account that the caller may not
 * see. */
static enum status check_scope(struct session *session, const struct request *request,
                               const struct origin *origin, const struct entry_kind *kind, struct str key,
                               struct problem *problem) {
    struct entry *there = arena_alloc(problem->arena, kind->type->size);
    bool found = false, seen = false;
    if (!key.n) return OK;
    enum status status = entry_find(session, kind->by_key, kind, origin->source, key, there, &found, problem);
    if (status || !found) return status;
    struct rows *rows = rows_open(session, &query_account_in_scope);
    rows_bind_id(rows, "id", there->account);
    rows_bind_scope(rows, &request->principal);
    if (rows_next(rows)) seen = rows_int(rows, 0) > 0;
    status = rows_close(rows, problem);
    if (status || seen) return status;
    return fail(problem, CONFLICT,
                MESSAGE("key_elsewhere",
                        "The key “{0}” is in use at an account that you may not see: give another key.",
                        "کلید «{0}» برای مشتری دیگری به کار رفته که به آن دسترسی ندارید: کلید دیگری بدهید."),
                ARGS(key));
}

enum status entry_handle_create(struct request *request, struct response *response,
                                const struct entry_kind *kind, struct problem *problem) {
    struct entry *row = request->input, *stored = arena_alloc(request->arena, kind->type->size);
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    enum upsert_result result;
    struct id id;
    enum status status = request_account(request, &row->account, problem);
    row->has |= BIT(ENTRY_ACCOUNT);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = check_scope(session, request, &origin, kind, row->key, problem);
    if (!status)
        status = kind->upsert ? kind->upsert(session, &origin, row, 0, &result, &id, problem)
                              : entry_upsert(session, &origin, kind, row, 0, &result, &id, problem);
    if (!status) {
        struct rows *rows = rows_open(session, kind->get);
        rows_bind_id(rows, "id", id);
        if (rows_next(rows)) rows_read(rows, kind->type, stored, request->arena);
        status = rows_close(rows, problem);
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    account_touched(request->house, stored->account);
    answer_record(request, response, result == UPSERT_CREATED ? 201 : 200, kind->type, stored,
                  stored->version);
    return OK;
}
