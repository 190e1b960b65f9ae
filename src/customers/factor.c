#include "customers/factor.h"
#include "base/utf8.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "platform/totp.h"
#include "queries.h"

static enum status run(struct session *session, const struct query *query, struct id member, int64_t *changed,
                       struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    rows_bind_id(rows, "member", member);
    rows_next(rows);
    if (changed) *changed = rows_changed(rows);
    return rows_close(rows, problem);
}

enum status factor_read(struct session *session, struct id member, struct factor_state *ret,
                        struct problem *problem) {
    *ret = (struct factor_state){0};
    struct rows *rows = rows_open(session, &query_factor_get);
    rows_bind_id(rows, "member", member);
    while (rows_next(rows)) {
        ret->set_up = !rows_is_null(rows, 1);
        ret->begun = !ret->set_up;
    }
    enum status status = rows_close(rows, problem);
    if (status) return status;
    rows = rows_open(session, &query_recovery_code_count);
    rows_bind_id(rows, "member", member);
    while (rows_next(rows))
        ret->codes_left = rows_int(rows, 0);
    return rows_close(rows, problem);
}

struct str factor_place(struct arena *arena, struct id member) {
    return str_format(arena, "member/%.*s/second_factor", STR_ARG(id_str(arena, member)));
}

static enum status check_app(struct house *house, struct session *session, struct id member, bool confirmed,
                             struct str code, bool *good, struct arena *arena, struct problem *problem) {
    struct str sealed = {0}, secret;
    int64_t last = -1, changed = 0;
    struct rows *rows = rows_open(session, &query_factor_get);
    rows_bind_id(rows, "member", member);
    while (rows_next(rows)) {
        if (rows_is_null(rows, 1) == confirmed) continue;
        sealed = rows_text(rows, 0, arena);
        last = rows_int(rows, 2);
    }
    enum status status = rows_close(rows, problem);
    if (status || !sealed.n) return status;
    if ((status = secret_open(house->secure, sealed, factor_place(arena, member), arena, &secret, problem)))
        return status;
    int64_t step = totp_check(secret, code, clock_now(house->clock), last, arena);
    if (step < 0) return OK;
    rows = rows_open(session, &query_factor_use);
    rows_bind_id(rows, "member", member);
    rows_bind_int(rows, "step", step);
    rows_next(rows);
    changed = rows_changed(rows);
    *good = changed == 1;
    return rows_close(rows, problem);
}

void recovery_code_hash(struct str typed, struct id member, uint8_t out[TOKEN_HASH], struct arena *arena) {
    struct str folded = utf8_fold(arena, typed);
    char *plain = arena_alloc(arena, folded.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++)
        if (folded.p[i] != ' ' && folded.p[i] != '-') plain[n++] = folded.p[i];
    struct str owner = id_str(arena, member);
    token_hash(str_format(arena, "recovery %.*s %.*s", STR_ARG(owner), (int)n, plain), out);
}

static enum status check_recovery(struct session *session, struct id member, struct str code, bool *good,
                                  struct arena *arena, struct problem *problem) {
    uint8_t hash[TOKEN_HASH];
    recovery_code_hash(code, member, hash, arena);
    struct rows *rows = rows_open(session, &query_recovery_code_use);
    rows_bind_blob(rows, "code_hash", (struct str){(char *)hash, sizeof hash});
    rows_bind_id(rows, "member", member);
    rows_next(rows);
    *good = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

enum status factor_check(struct house *house, struct session *session, struct id member, bool confirmed,
                         struct str code, bool *good, struct arena *arena, struct problem *problem) {
    *good = false;
    enum status status = check_app(house, session, member, confirmed, code, good, arena, problem);
    if (status || *good || !confirmed) return status;
    return check_recovery(session, member, code, good, arena, problem);
}

enum status factor_remove(struct session *session, struct id member, struct problem *problem) {
    enum status status = run(session, &query_recovery_code_delete_all, member, NULL, problem);
    return status ? status : run(session, &query_factor_delete, member, NULL, problem);
}
