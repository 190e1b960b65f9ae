#include "exchange/import_undo.h"

#include "base/fields_merge.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "exchange/import_keys.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "queries.h"

enum { BATCH = 500 };

/* ---- laying aside ---- */

static struct str record_json(const struct record_type *type, const void *record, struct arena *arena) {
    struct buf out = {0};
    fields_encode(type, record, &(struct json_writer){.out = &out});
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

enum status import_trace_before(const struct import_call *call, const struct import_kind *kind,
                                struct import_trace *trace, struct problem *problem) {
    void *stored = arena_alloc(call->arena, kind->type->size);
    *trace = (struct import_trace){0};
    enum status status = kind->undo->find(call, stored, &trace->id, &trace->found, problem);
    if (!status && trace->found) trace->before = record_json(kind->type, stored, call->arena);
    return status;
}

/* What people know the record by. */
static struct str key_of(const struct record_type *type, const void *record) {
    for (size_t i = 0; i < type->count; i++)
        if (type->fields[i].flags & FIELD_KEY && field_has(record, (int)i) &&
            type->fields[i].type == FIELD_TEXT)
            return *(const struct str *)(const void *)((const char *)record + type->fields[i].offset);
    int name = field_index(type, STR("email"));
    if (name < 0) name = field_index(type, STR("currency"));
    return name < 0 || !field_has(record, name)
               ? (struct str){0}
               : *(const struct str *)(const void *)((const char *)record + type->fields[name].offset);
}

enum status import_trace_after(const struct import_call *call, const struct import_kind *kind,
                               const struct import_trace *trace, const struct import *import, int64_t line,
                               struct id account, struct problem *problem) {
    struct undo_call undo = {call->house, call->session, call->origin, call->arena};
    void *current = arena_alloc(call->arena, kind->type->size);
    struct id id = *call->record_id;
    bool made = !trace->found || (!id_is_none(trace->id) && !id_equal(trace->id, id)), found = false;
    struct str after = {0};
    enum status status = OK;
    if (kind->undo->keeps_made) { /* no version and no id: by what stands there now */
        status = kind->undo->find(call, current, &id, &found, problem);
        made = !trace->found || !str_equal(trace->before, record_json(kind->type, current, call->arena));
        struct json before;
        struct problem unread = {.arena = call->arena};
        void *was = arena_alloc(call->arena, kind->type->size);
        if (trace->found && !json_parse(trace->before, call->arena, &before, &unread)) {
            fields_restore(kind->type, &before, was, call->arena);
            int known = field_index(kind->type, STR("known_from"));
            made = !field_same(&kind->type->fields[known], known, was, current);
        }
    } else if (!made) {
        status = kind->undo->load(&undo, id, NULL, current, &found, problem);
    }
    if (status) return status;
    if (found) after = record_json(kind->type, current, call->arena);
    struct rows *rows = rows_open(call->session, &query_import_change_insert);
    rows_bind_id(rows, "import", import->id);
    rows_bind_int(rows, "line", line);
    rows_bind_id(rows, "record", id);
    rows_bind_text(rows, "key", key_of(kind->type, call->record));
    if (id_is_none(account))
        rows_bind_null(rows, "account");
    else
        rows_bind_id(rows, "account", account);
    if (made)
        rows_bind_null(rows, "before");
    else
        rows_bind_text(rows, "before", trace->before);
    if (after.n)
        rows_bind_text(rows, "after", after);
    else
        rows_bind_null(rows, "after");
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

/* ---- taking back ---- */

struct change {
    int64_t place, line;
    struct id record, account;
    struct str before, after;
};

struct undo {
    struct undo_call call;
    const struct import_kind *kind;
    struct import *import;
    VEC(struct change) changes;
    VEC(struct id) accounts, people;
};

/* Fields that are ours alone, or another view of a field that is restored itself. */
static bool is_ours(const struct field *field) {
    static const char *const names[] = {"id",           "source",     "version", "created_at",
                                        "updated_at",   "known_from", "key",     "known_assumed",
                                        "merged_into",  "demo",       "account", "person_name",
                                        "has_password", "arr",        "base"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(field->name, names[i]) == 0) return true;
    return field->flags & FIELD_WRITE_ONLY;
}

static bool same_json(const struct json *a, const struct json *b, struct arena *arena) {
    struct buf x = {0}, y = {0};
    (void)arena;
    if (a) json_write(&(struct json_writer){.out = &x}, a);
    if (b) json_write(&(struct json_writer){.out = &y}, b);
    bool same = str_equal(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

/* Custom fields, one by one: those to put back as JSON; empty: none. */
static struct str custom_back(const struct str texts[3], struct str *kept, struct arena *arena) {
    struct json was, left, is;
    struct problem unread = {.arena = arena};
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    bool any = false;
    if (json_parse(texts[0], arena, &was, &unread) || json_parse(texts[1], arena, &left, &unread) ||
        json_parse(texts[2], arena, &is, &unread))
        return (struct str){0};
    json_begin_object(&w);
    for (size_t i = 0; i < left.n; i++) {
        const char *name = str_c(arena, left.names[i]);
        const struct json *before = json_get(&was, name), *now = json_get(&is, name);
        struct json none = {.kind = JSON_NULL};
        if (same_json(before ? before : &none, &left.items[i], arena)) continue;
        if (!same_json(now ? now : &none, &left.items[i], arena)) {
            *kept = str_format(arena, "%.*s%s%s", STR_ARG(*kept), kept->n ? ", " : "", name);
            continue;
        }
        if (!now) continue; /* its definition is gone */
        json_name(&w, left.names[i]);
        json_write(&w, before ? before : &none);
        any = true;
    }
    json_end_object(&w);
    struct str text = any ? str_copy(arena, buf_str(&out)) : (struct str){0};
    buf_free(&out);
    return text;
}

static enum status put_back(struct undo *undo, void *current, const void *before, const void *after,
                            struct str *kept, struct problem *problem) {
    const struct record_type *type = undo->kind->type;
    struct arena *arena = undo->call.arena;
    char *patch = arena_alloc(arena, type->size);
    uint64_t cleared = 0;
    for (int i = 0; i < (int)type->count; i++) {
        const struct field *field = &type->fields[i];
        if (is_ours(field) || field_same(field, i, before, after)) continue;
        if (field->type == FIELD_JSON) {
            struct str texts[3];
            const void *const records[] = {before, after, current};
            for (int k = 0; k < 3; k++)
                texts[k] = field_has(records[k], i)
                               ? *(const struct str *)(const void *)((const char *)records[k] + field->offset)
                               : STR("{}");
            struct str back = custom_back(texts, kept, arena);
            if (!back.n) continue;
            *(struct str *)(void *)(patch + field->offset) = back;
            field_set(patch, i);
        } else if (!field_same(field, i, current, after)) {
            *kept = str_format(arena, "%.*s%s%s", STR_ARG(*kept), kept->n ? ", " : "", field->name);
        } else if (field_has(before, i)) {
            memcpy(patch + field->offset, (const char *)before + field->offset,
                   field_value_size(field->type));
            field_set(patch, i);
        } else {
            cleared |= (uint64_t)1 << i;
        }
    }
    if (!*(const uint64_t *)(const void *)patch && !cleared) return OK;
    return undo->kind->undo->put_back(&undo->call, current, patch, cleared, problem);
}

static void read_record(const struct record_type *type, struct str text, void *record, struct arena *arena) {
    struct json json;
    struct problem unread = {.arena = arena};
    if (text.n && !json_parse(text, arena, &json, &unread)) fields_restore(type, &json, record, arena);
}

/* A reason in both languages, as JSON. */
static struct str reason_json(const struct fault *fault, struct arena *arena) {
    struct buf out = {0}, en = {0}, fa = {0};
    struct json_writer w = {.out = &out};
    fault_print(fault, ENGLISH, &en);
    fault_print(fault, PERSIAN, &fa);
    json_begin_object(&w);
    json_put_string(&w, "code", str_of(fault->message.code));
    json_put_string(&w, "en", buf_str(&en));
    json_put_string(&w, "fa", buf_str(&fa));
    json_end_object(&w);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    buf_free(&en);
    buf_free(&fa);
    return text;
}

static enum status was_changed(struct problem *problem) {
    return fail(
        problem, CONFLICT,
        MESSAGE("undo_changed", "It was changed after the import: it stays as it is.",
                "پس از ورود تغییر کرده است: همان‌گونه می‌ماند."),
        NO_ARGS);
}

static int64_t version_of(const struct record_type *type, const void *record) {
    int i = field_index(type, STR("version"));
    return i < 0 ? 0 : *(const int64_t *)(const void *)((const char *)record + type->fields[i].offset);
}

static enum status take_back(struct undo *undo, const struct change *change, struct str *kept,
                             struct problem *problem) {
    const struct record_type *type = undo->kind->type;
    struct arena *arena = undo->call.arena;
    void *current = arena_alloc(arena, type->size), *before = arena_alloc(arena, type->size),
         *after = arena_alloc(arena, type->size);
    bool found = false;
    read_record(type, change->before, before, arena);
    read_record(type, change->after, after, arena);
    enum status status = undo->kind->undo->load(&undo->call, change->record, after, current, &found, problem);
    if (status || !found) return status; /* somebody removed it: nothing is left to take back */
    if (type == &contact_type) VEC_PUSH(&undo->people, ((const struct contact *)current)->person);
    if (change->before.n) return put_back(undo, current, before, after, kept, problem);
    if (version_of(type, current) > 1) return was_changed(problem);
    return undo->kind->undo->remove(&undo->call, current, problem);
}

static enum status settle(struct undo *undo, const struct change *change, bool restored, struct str reason,
                          struct problem *problem) {
    struct rows *rows = rows_open(undo->call.session, &query_import_change_settle);
    rows_bind_id(rows, "import", undo->import->id);
    rows_bind_int(rows, "place", change->place);
    rows_bind_text(rows, "state", restored ? STR("restored") : STR("kept"));
    if (reason.n)
        rows_bind_text(rows, "reason", reason);
    else
        rows_bind_null(rows, "reason");
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status undo_one(struct undo *undo, const struct change *change, struct problem *problem) {
    struct problem refused = {.arena = undo->call.arena};
    struct str kept = {0}, reason = {0};
    enum status status = session_mark(undo->call.session, problem);
    if (status) return status;
    status = take_back(undo, change, &kept, &refused);
    if (status == CONFLICT || status == BAD_INPUT || status == NOT_FOUND || status == FORBIDDEN) {
        if ((status = session_back_to_mark(undo->call.session, problem))) return status;
        reason = reason_json(&refused.main, undo->call.arena);
    } else if (status) {
        return fail(problem, status, refused.main.message,
                    (struct arguments){refused.main.args, refused.main.arg_count});
    } else if (kept.n) {
        struct fault fault = {.message = MESSAGE("undo_fields_changed",
                                                 "Restored but for what was changed after the import: {0}.",
                                                 "برگردانده شد، جز آنچه پس از ورود تغییر کرده است: {0}."),
                              .args = &kept,
                              .arg_count = 1};
        reason = reason_json(&fault, undo->call.arena);
    }
    if (reason.n) undo->import->undo_kept++;
    undo->import->undo_done++;
    if (!id_is_none(change->account)) VEC_PUSH(&undo->accounts, change->account);
    return settle(undo, change, !reason.n, reason, problem);
}

static enum status read_open(struct undo *undo, struct problem *problem) {
    struct rows *rows = rows_open(undo->call.session, &query_import_change_open);
    rows_bind_id(rows, "import", undo->import->id);
    rows_bind_int(rows, "limit", BATCH);
    undo->changes.n = 0;
    while (rows_next(rows)) {
        struct change change = {.place = rows_int(rows, 0),
                                .line = rows_int(rows, 1),
                                .record = rows_id(rows, 2),
                                .before = rows_text(rows, 3, undo->call.arena),
                                .after = rows_text(rows, 4, undo->call.arena)};
        if (!rows_is_null(rows, 5)) change.account = rows_id(rows, 5);
        VEC_PUSH(&undo->changes, change);
    }
    return rows_close(rows, problem);
}

/* Who lives from the rows hears of it. */
static enum status tell(struct undo *undo, struct problem *problem) {
    struct house *house = undo->call.house;
    enum status status = OK;
    for (size_t i = 0; i < undo->people.n && !status; i++)
        status = directory_refresh_person(house->directory, house->records, undo->people.v[i], problem);
    for (size_t i = 0; i < undo->accounts.n && !status; i++) {
        if (undo->kind->undo == &undo_accounts)
            status = accounts_changed(house, undo->accounts.v[i], problem);
        else
            account_touched(house, undo->accounts.v[i]);
    }
    if (undo->kind->everybody)
        notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS);
    undo->accounts.n = undo->people.n = 0;
    return status;
}

static enum status count(struct house *house, struct import *import, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_import_change_count);
    rows_bind_id(rows, "import", import->id);
    if (rows_next(rows)) {
        import->undo_total = rows_int(rows, 0);
        import->undo_done = rows_int(rows, 1);
        import->undo_kept = rows_int(rows, 2);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status import_undo_run(struct house *house, struct import *import, struct arena *arena,
                            void (*progress)(void *self, const struct import *import), void *self,
                            struct problem *problem) {
    struct origin origin = {.now = clock_now(house->clock),
                            .source = import->source,
                            .by = import->undone_by,
                            .zone = house->zone};
    struct arena batch = {0};
    struct undo undo = {
        .call = {house, NULL, &origin, &batch}, .kind = import_kind_find(import->kind), .import = import};
    (void)arena;
    if (!undo.kind->undo) return import_keys_undo(house, import, progress, self, problem);
    enum status status = count(house, import, problem);
    while (!status) {
        arena_reset(&batch);
        if ((status = records_write(house->records, &undo.call.session, problem))) break;
        struct import told = *import; /* counts stand for what is committed */
        status = read_open(&undo, problem);
        for (size_t i = 0; i < undo.changes.n && !status; i++)
            status = undo_one(&undo, &undo.changes.v[i], problem);
        if (status) {
            session_rollback(undo.call.session);
            import->undo_done = told.undo_done;
            import->undo_kept = told.undo_kept;
            break;
        }
        if ((status = session_commit(undo.call.session, problem))) break;
        status = tell(&undo, problem);
        if (progress) progress(self, import);
        if (!undo.changes.n) break;
    }
    VEC_FREE(&undo.changes);
    VEC_FREE(&undo.accounts);
    VEC_FREE(&undo.people);
    arena_free(&batch);
    return status;
}

/* ---- what stayed, and why ---- */

enum status import_handle_kept(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct numbered list;
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = numbered_begin(&list, request, response, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    numbered_data(&list);
    struct rows *rows = rows_open(session, &query_import_change_kept);
    rows_bind_id(rows, "import", id);
    rows_bind_int(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    while (rows_next(rows) && numbered_add(&list, rows_int(rows, 0))) {
        struct json reason = {0};
        struct problem unread = {.arena = request->arena};
        struct str text = rows_text(rows, 4, request->arena);
        if (json_parse(text, request->arena, &reason, &unread)) reason.kind = JSON_NULL;
        json_begin_object(&list.w);
        json_put_int(&list.w, "row", rows_int(rows, 1));
        json_put_string(&list.w, "key", rows_text(rows, 2, request->arena));
        json_put_string(&list.w, "code", json_get_string(&reason, "code"));
        json_put_string(&list.w, "message",
                        json_get_string(&reason, request->language == PERSIAN ? "fa" : "en"));
        json_end_object(&list.w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    numbered_end(&list);
    return status;
}
