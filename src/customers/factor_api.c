#include "customers/factor.h"
#include "customers/member.h"
#include "customers/people.h"
#include "customers/sign_in.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "platform/settings.h"
#include "platform/totp.h"
#include "queries.h"

struct factor_begin {
    uint64_t has;
    struct str password;
};
#define PASSWORD_FIELD(type)                                                                                 \
    {                                                                                                        \
        "password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(type, password), 0, 512,         \
            .title = {"Password", "گذرواژه"}, .doc = "One's own password."                                   \
    }
#define CODE_FIELD(type)                                                                                     \
    {                                                                                                        \
        "code", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, offsetof(type, code), 0, 100,                 \
            .title = {"Code", "کد"}, .doc = "Six digits of the authenticator app, in any script."            \
    }
static const struct field begin_fields[] = {PASSWORD_FIELD(struct factor_begin)};
RECORD_TYPE(factor_begin_type, "SecondFactorBegin", struct factor_begin, begin_fields);

struct factor_code {
    uint64_t has;
    struct str code;
};
static const struct field code_fields[] = {CODE_FIELD(struct factor_code)};
RECORD_TYPE(factor_code_type, "SecondFactorCode", struct factor_code, code_fields);

struct factor_proof {
    uint64_t has;
    struct str password, code;
};
static const struct field proof_fields[] = {PASSWORD_FIELD(struct factor_proof),
                                            CODE_FIELD(struct factor_proof)};
RECORD_TYPE(factor_proof_type, "SecondFactorProof", struct factor_proof, proof_fields);

struct str factor_tries(struct arena *arena, struct id member) {
    return str_format(arena, "code %.*s", STR_ARG(id_str(arena, member)));
}

enum status factor_wrong(struct problem *problem, struct str where) {
    return fail_at(
        problem, where,
        MESSAGE(
            "code_wrong",
            "The code is wrong or was used. Take the one that the app shows now; if it is refused, too, check the "
            "clock of the phone.",
            "کد نادرست است یا پیش‌تر به کار رفته. کد کنونی برنامه را بنویسید؛ اگر باز هم نشد، ساعت تلفن را بررسی کنید."),
        NO_ARGS);
}

enum status factor_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct factor_state state;
    enum status status = sign_in_members_only(request, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = factor_read(session, request->principal.member, &state, problem);
    session_rollback(session);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_bool(&w, "set_up", state.set_up);
    json_put_bool(&w, "begun", state.begun);
    json_put_bool(&w, "required", settings_choice(request->house->settings, SETTING_LOGIN_SECOND_FACTOR));
    json_put_int(&w, "codes_left", state.codes_left);
    json_end_object(&w);
    return OK;
}

static enum status keep_secret(struct request *request, struct session *session, struct str secret,
                               struct problem *problem) {
    struct id member = request->principal.member;
    struct factor_state state;
    enum status status = factor_read(session, member, &state, problem);
    if (status) return status;
    if (state.set_up)
        return fail(problem, CONFLICT,
                    MESSAGE("second_factor_there",
                            "You have a second factor. Remove it first, or ask an administrator to.",
                            "عامل دوم دارید. نخست آن را بردارید، یا از مدیر سامانه بخواهید."),
                    NO_ARGS);
    struct rows *rows = rows_open(session, &query_factor_put);
    rows_bind_id(rows, "member", member);
    rows_bind_blob(
        rows, "secret",
        secret_seal(request->house->secure, secret, factor_place(request->arena, member), request->arena));
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status factor_handle_begin(struct request *request, struct response *response, struct problem *problem) {
    const struct factor_begin *input = request->input;
    struct session *session = NULL;
    struct member member = {0};
    uint8_t random[TOTP_SECRET];
    enum status status =
        sign_in_prove(request, response, input->password, STR("/password"), &member, problem);
    if (status || (status = records_write(request->house->records, &session, problem))) return status;
    totp_secret_make(random);
    struct str secret = {(char *)random, sizeof random};
    if ((status = keep_secret(request, session, secret, problem))) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    struct str issuer = settings_text(request->house->settings, SETTING_ORGANISATION_NAME, request->arena);
    issuer = issuer.n ? str_format(request->arena, "Vafa (%.*s)", STR_ARG(issuer)) : STR("Vafa");
    struct json_writer w = {.out = &response->body};
    response->code = 201;
    json_begin_object(&w);
    json_put_string(&w, "secret", base32_print(request->arena, secret));
    json_put_string(&w, "uri", totp_uri(request->arena, issuer, member.email, secret));
    json_end_object(&w);
    return OK;
}

/* Makes ten new codes in place of what there was; they are shown in this answer and nowhere else. */
static enum status make_codes(struct session *session, struct id member, struct json_writer *w,
                              struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_recovery_code_delete_all);
    rows_bind_id(rows, "member", member);
    rows_next(rows);
    enum status status = rows_close(rows, problem);
    if (status) return status;
    json_name(w, STR("recovery_codes"));
    json_begin_array(w);
    for (int i = 0; i < RECOVERY_CODES && !status; i++) {
        uint8_t hash[TOKEN_HASH], random[TOTP_SECRET];
        totp_secret_make(random);
        struct str text = base32_print(arena, (struct str){(char *)random, 10}); /* 80 bits */
        struct str code =
            str_format(arena, "%.4s-%.4s-%.4s-%.4s", text.p, text.p + 4, text.p + 8, text.p + 12);
        recovery_code_hash(code, member, hash, arena);
        rows = rows_open(session, &query_recovery_code_insert);
        rows_bind_blob(rows, "code_hash", (struct str){(char *)hash, sizeof hash});
        rows_bind_id(rows, "member", member);
        rows_next(rows);
        status = rows_close(rows, problem);
        json_string(w, code);
    }
    json_end_array(w);
    return status;
}

/* Somebody else's sessions of this member would go on without the new factor. */
static enum status end_others(struct request *request, struct session *session, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_member_session_delete_others);
    rows_bind_id(rows, "member", request->principal.member);
    rows_bind_id(rows, "id", request->principal.session);
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status factor_handle_confirm(struct request *request, struct response *response,
                                  struct problem *problem) {
    const struct factor_code *input = request->input;
    struct house *house = request->house;
    struct id member = request->principal.member;
    struct session *session = NULL;
    bool good = false;
    enum status status = sign_in_members_only(request, problem);
    struct str tries = factor_tries(request->arena, member);
    if (!status) status = sign_in_count(request, response, tries, SETTING_LOGIN_CODE_ATTEMPTS, problem);
    if (status || (status = records_write(house->records, &session, problem))) return status;
    if ((status = factor_check(house, session, member, false, input->code, &good, request->arena, problem)))
        goto done;
    if (!good) {
        status = factor_wrong(problem, STR("/code"));
        goto done;
    }
    struct rows *rows = rows_open(session, &query_factor_confirm);
    rows_bind_id(rows, "member", member);
    rows_bind_int(rows, "now", clock_now(house->clock));
    rows_next(rows);
    if ((status = rows_close(rows, problem))) goto done;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    if ((status = make_codes(session, member, &w, request->arena, problem))) goto done;
    json_end_object(&w);
    if ((status = end_others(request, session, problem))) goto done;
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    people_forgive(house->people, tries);
    sign_in_ended(house);
done:
    session_rollback(session);
    return status;
}

/* A transaction in which password and code were right and the code is used up; the caller commits it. */
static enum status prove_both(struct request *request, struct response *response, struct session **session,
                              struct problem *problem) {
    const struct factor_proof *input = request->input;
    struct member member = {0};
    bool good = false;
    struct str tries = factor_tries(request->arena, request->principal.member);
    enum status status =
        sign_in_prove(request, response, input->password, STR("/password"), &member, problem);
    if (!status) status = sign_in_count(request, response, tries, SETTING_LOGIN_CODE_ATTEMPTS, problem);
    if (!status) status = records_write(request->house->records, session, problem);
    if (!status)
        status = factor_check(request->house, *session, member.id, true, input->code, &good, request->arena,
                              problem);
    if (!status && !good) status = factor_wrong(problem, STR("/code"));
    if (!status) people_forgive(request->house->people, tries);
    return status;
}

enum status factor_handle_codes(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct json_writer w = {.out = &response->body};
    enum status status = prove_both(request, response, &session, problem);
    json_begin_object(&w);
    if (!status) status = make_codes(session, request->principal.member, &w, request->arena, problem);
    json_end_object(&w);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

enum status factor_handle_remove(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct session *session = NULL;
    enum status status = prove_both(request, response, &session, problem);
    if (!status) status = factor_remove(session, request->principal.member, problem);
    if (!status) {
        response->code = 204;
        return session_commit(session, problem);
    }
    session_rollback(session);
    return status;
}

enum status factor_handle_reset(struct request *request, struct response *response, struct problem *problem) {
    struct member member;
    struct session *session = NULL;
    enum status status = member_find(request->house->records, request_param(request, "member"), &member,
                                     request->arena, problem);
    if (status || (status = records_write(request->house->records, &session, problem))) return status;
    if ((status = factor_remove(session, member.id, problem))) goto done;
    if ((status = sign_in_end_all(session, member.id, problem))) goto done;
    if ((status = session_commit(session, problem))) return status;
    session = NULL;
    sign_in_ended(request->house);
    response->code = 204;
done:
    session_rollback(session);
    return status;
}
