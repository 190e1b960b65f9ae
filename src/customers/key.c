#include "customers/key.h"
#include "base/vec.h"
#include "customers/member.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "queries.h"

const char *const key_kinds[] = {"browser", "server", "api", NULL};

enum {
    F_ID,
    F_NAME,
    F_KIND,
    F_ROLE,
    F_SCOPE,
    F_TEAM,
    F_ORIGINS,
    F_SECRET,
    F_PREFIX,
    F_CREATED_AT,
    F_CREATED_BY,
    F_LAST_USED_AT,
    F_REVOKED_AT
};
#define AT(what) offsetof(struct key, what)
static const struct field fields[] = {
    [F_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [F_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, AT(name), 0, 100, .title = {"Name", "نام"},
                .doc = "Unique among live keys; names the source of events sent with it."},
    [F_KIND] = {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = key_kinds, .title = {"Kind", "نوع"},
                .doc = "browser: readable by anyone, may only append; server: trusted sender of events; api: "
                       "uses the API."},
    [F_ROLE] = {"role", FIELD_ENUM, 0, AT(role), .options = member_roles, .title = {"Role", "نقش"},
                .doc = "Of an api key; viewer unless given."},
    [F_SCOPE] = {"scope", FIELD_ENUM, 0, AT(scope), .options = member_scopes, .title = {"Scope", "دامنه"},
                 .doc = "Of an api key: which accounts it sees; all unless given."},
    [F_TEAM] = {"team", FIELD_TEXT, 0, AT(team), 0, 100, .title = {"Team", "تیم"}, .doc = "For scope team."},
    [F_ORIGINS] = {"origins", FIELD_JSON, 0, AT(origins), .title = {"Origins", "مبدأها"},
                   .doc = "Of a browser key: list of origins such as https://app.example whose pages may use "
                          "it; any unless given."},
    [F_SECRET] = {"secret", FIELD_TEXT, FIELD_READ_ONLY, AT(secret), .title = {"Secret", "رمز کلید"},
                  .doc = "Only in the answer that made the key; it is not kept."},
    [F_PREFIX] = {"prefix", FIELD_TEXT, FIELD_READ_ONLY, AT(prefix), .title = {"Begins with", "آغاز کلید"},
                  .doc = "First characters of the secret."},
    [F_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                      .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [F_CREATED_BY] = {"created_by", FIELD_TEXT, FIELD_READ_ONLY, AT(created_by), .title = {"By", "سازنده"},
                      .doc = "Who made it."},
    [F_LAST_USED_AT] = {"last_used_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(last_used_at),
                        .title = {"Last used", "آخرین استفاده"}, .doc = "When it was last used."},
    [F_REVOKED_AT] = {"revoked_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(revoked_at),
                      .title = {"Revoked", "زمان لغو"}, .doc = "When it was revoked."},
};
RECORD_TYPE(key_type, "Key", struct key, fields);

/* The live form of a row. Origins were checked when it was made. */
static void make_live(struct people *people, const struct key *key, const uint8_t hash[TOKEN_HASH],
                      struct arena *arena) {
    struct key_entry entry = {
        .id = key->id, .name = key->name, .kind = (enum key_kind)key->kind, .team = key->team};
    struct problem ignored = {.arena = arena};
    struct json origins = {0};
    if (entry.kind == KEY_API) {
        entry.role = (enum role)(key->role + 1);
        entry.scope = (enum scope)key->scope;
    }
    if (field_has(key, F_ORIGINS) && json_parse(key->origins, arena, &origins, &ignored) == OK &&
        origins.kind == JSON_ARRAY) {
        entry.origins = arena_array(arena, origins.n, sizeof *entry.origins);
        for (size_t i = 0; i < origins.n; i++)
            entry.origins[entry.origin_count++] = origins.items[i].string;
    }
    people_add_key(people, &entry, hash, field_has(key, F_LAST_USED_AT) ? key->last_used_at : 0);
}

enum status keys_load(struct people *people, struct records *records, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_key_live);
    while (rows_next(rows)) {
        struct key key = {0};
        rows_read(rows, &key_type, &key, problem->arena);
        struct str hash = rows_text(rows, 12, problem->arena);
        if (hash.n == TOKEN_HASH) make_live(people, &key, (const uint8_t *)hash.p, problem->arena);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static enum status check(const struct key *key, struct problem *problem) {
    struct json origins = {0};
    bool api = key->kind == KEY_API;
    if (!api && (field_has(key, F_ROLE) || field_has(key, F_SCOPE) || field_has(key, F_TEAM)))
        fail_at(problem, STR("/role"),
                MESSAGE("key_role", "Only a key of kind api has a role, a scope and a team.",
                        "تنها کلید نوع api نقش، دامنه و تیم دارد."),
                NO_ARGS);
    if (api && key->scope == SCOPE_OWN)
        fail_at(problem, STR("/scope"),
                MESSAGE("key_scope", "A key owns no accounts: give it the scope team or all.",
                        "کلید مشتری از آن خود ندارد: دامنهٔ team یا all بدهید."),
                NO_ARGS);
    if (api && key->scope == SCOPE_TEAM && !key->team.n)
        fail_at(
            problem, STR("/team"),
            MESSAGE(
                "team_missing", "Whoever sees the accounts of a team needs a team.",
                "کسی که مشتریان تیم را می‌بیند باید تیم داشته باشد."),
            NO_ARGS);
    if (!field_has(key, F_ORIGINS)) return problem->status;
    enum status status = json_parse(key->origins, problem->arena, &origins, problem);
    if (status) return status;
    bool good = key->kind == KEY_BROWSER && origins.kind == JSON_ARRAY && origins.n <= 50;
    for (size_t i = 0; good && i < origins.n; i++) {
        struct str rest, origin = origins.items[i].string;
        good = origins.items[i].kind == JSON_STRING &&
               (str_starts(origin, STR("https://")) || str_starts(origin, STR("http://")));
        str_cut(str_slice(origin, 8, origin.n), '/', &rest);
        good = good && !rest.p;
    }
    if (!good)
        fail_at(problem, STR("/origins"),
                MESSAGE("origins_bad",
                        "Origins are a list of up to 50 like \"https://app.example\", of a browser key only.",
                        "مبدأها فهرستی تا ۵۰ نشانی مانند \"https://app.example\" و تنها برای کلید مرورگرند."),
                NO_ARGS);
    return problem->status;
}

enum status key_create(struct house *house, struct str by, struct key *key, struct arena *arena,
                       struct problem *problem) {
    char token[TOKEN_TEXT + 1];
    uint8_t hash[TOKEN_HASH];
    struct session *session = NULL;
    instant_t now = clock_now(house->clock);
    if (key->kind == KEY_API && !field_has(key, F_ROLE)) key->role = ROLE_VIEWER - 1, field_set(key, F_ROLE);
    if (key->kind == KEY_API && !field_has(key, F_SCOPE)) key->scope = SCOPE_ALL, field_set(key, F_SCOPE);
    enum status status = check(key, problem);
    if (status) return status;
    token_make(token);
    key->id = id_new(now);
    key->secret = str_format(arena, "vafa_%s", token);
    key->prefix = str_slice(key->secret, 0, 11);
    key->created_at = now;
    key->created_by = by;
    static const int ours[] = {F_ID, F_SECRET, F_PREFIX, F_CREATED_AT, F_CREATED_BY};
    for (size_t i = 0; i < COUNT(ours); i++)
        field_set(key, ours[i]);
    token_hash(key->secret, hash);
    if ((status = records_write(house->records, &session, problem))) return status;
    struct rows *rows = rows_open(session, &query_key_insert);
    rows_bind_record(rows, &key_type, key);
    rows_bind_blob(rows, "secret_hash", (struct str){(char *)hash, sizeof hash});
    rows_next(rows);
    if ((status = rows_close(rows, problem)) == CONFLICT) {
        problem_clear(problem);
        fail_at(problem, STR("/name"),
                MESSAGE("key_name_taken", "A live key is named “{0}” already.",
                        "کلید زنده‌ای به نام «{0}» هست."),
                ARGS(key->name));
        status = problem->status = CONFLICT;
    }
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    make_live(house->people, key, hash, arena);
    return OK;
}

enum status key_revoke(struct house *house, struct str typed, struct key *key, struct arena *arena,
                       struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    bool found = false;
    instant_t now = clock_now(house->clock);
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    bool by_id = id_parse(typed, &id);
    struct rows *rows = rows_open(session, by_id ? &query_key_by_id : &query_key_by_name);
    if (by_id)
        rows_bind_id(rows, "id", id);
    else
        rows_bind_text(rows, "name", typed);
    while (rows_next(rows)) {
        *key = (struct key){0};
        rows_read(rows, &key_type, key, arena);
        found = true;
    }
    if ((status = rows_close(rows, problem))) goto done;
    if (!found) {
        status = fail_not_found(problem, (struct text){"key", "کلید"}, typed);
        goto done;
    }
    rows = rows_open(session, &query_key_revoke);
    rows_bind_id(rows, "id", key->id);
    rows_bind_int(rows, "revoked_at", now);
    rows_next(rows);
    bool live = rows_changed(rows) == 1;
    if ((status = rows_close(rows, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
    if (status) goto done;
    if (live) key->revoked_at = now, field_set(key, F_REVOKED_AT);
    people_revoke_key(house->people, key->id);
done:
    session_rollback(session);
    return status;
}

enum status key_principal(struct house *house, struct str secret, struct arena *arena,
                          struct principal *principal, struct problem *problem) {
    const struct key_entry *key = people_key(house->people, secret, clock_now(house->clock));
    if (!key)
        return fail(
            problem, UNAUTHENTICATED,
            MESSAGE("key_unknown", "This key is unknown or revoked.", "این کلید ناشناخته یا لغوشده است."),
            NO_ARGS);
    if (key->kind != KEY_API)
        return fail(
            problem, FORBIDDEN,
            MESSAGE(
                "key_not_api", "This key only sends events; the API needs a key of kind api.",
                "این کلید تنها رویداد می‌فرستد؛ برای API کلیدی از نوع api لازم است."),
            NO_ARGS);
    *principal = (struct principal){.kind = API_KEY,
                                    .key = key->id,
                                    .role = key->role,
                                    .scope = key->scope,
                                    .team = key->team,
                                    .name = str_format(arena, "key:%.*s", STR_ARG(key->name))};
    return OK;
}

enum status key_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &key_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_key_list);
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "most", list.limit + 1);
    while (rows_next(rows)) {
        struct key key = {0};
        rows_read(rows, &key_type, &key, request->arena);
        instant_t used = people_key_used(request->house->people, key.id);
        if (used) key.last_used_at = used, field_set(&key, F_LAST_USED_AT);
        if (!list_add(&list, &key, key.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status key_handle_create(struct request *request, struct response *response, struct problem *problem) {
    struct key *key = request->input;
    enum status status = key_create(request->house, request->principal.name, key, request->arena, problem);
    if (!status) answer_record(request, response, 201, &key_type, key, 0);
    return status;
}

enum status key_handle_revoke(struct request *request, struct response *response, struct problem *problem) {
    struct key key = {0};
    enum status status =
        key_revoke(request->house, request_param(request, "key"), &key, request->arena, problem);
    if (!status) answer_record(request, response, 200, &key_type, &key, 0);
    return status;
}
