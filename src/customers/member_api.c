#include "base/vec.h"
#include "customers/directory.h"
#include "customers/factor.h"
#include "customers/member.h"
#include "customers/preferences.h"
#include "customers/sign_in.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "platform/settings.h"

const char *const member_roles[] = {"viewer", "csm", "manager", "admin", NULL};
const char *const member_scopes[] = {"own", "team", "all", NULL};
const char *const member_languages[] = {"en", "fa", NULL};

#define AT(what) offsetof(struct member, what)
static const struct field fields[] = {
    [MEMBER_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [MEMBER_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, AT(name), 0, 200, .title = {"Name", "نام"},
                     .synonyms = "full_name|نام و نام خانوادگی", .doc = "Full name."},
    [MEMBER_EMAIL] = {"email", FIELD_TEXT, FIELD_REQUIRED | FIELD_KEY, AT(email), 0, 254,
                      .title = {"E-mail", "ایمیل"}, .synonyms = "mail|email_address|ایمیل|پست الکترونیک",
                      .doc = "E-mail address; unique without regard to case; signs in with it."},
    [MEMBER_ROLE] = {"role", FIELD_ENUM, FIELD_REQUIRED, AT(role), .options = member_roles,
                     .title = {"Role", "نقش"}, .doc = "What they may do."},
    [MEMBER_SCOPE] = {"scope", FIELD_ENUM, 0, AT(scope), .options = member_scopes,
                      .title = {"Scope", "دامنه"},
                      .doc = "Which accounts they see: own, of the team, all; own for a csm and all for "
                             "others unless given."},
    [MEMBER_TEAM] = {"team", FIELD_TEXT, 0, AT(team), 0, 100, .title = {"Team", "تیم"}, .synonyms = "گروه",
                     .doc = "Name of the team."},
    [MEMBER_LANGUAGE] = {"language", FIELD_ENUM, 0, AT(language), .options = member_languages,
                         .title = {"Language", "زبان"},
                         .doc = "Language of screens and errors; the organisation's where missing."},
    [MEMBER_DISABLED] = {"disabled", FIELD_BOOL, 0, AT(disabled), .title = {"Disabled", "غیرفعال"},
                         .doc = "Cannot sign in."},
    [MEMBER_HAS_PASSWORD] = {"has_password", FIELD_BOOL, FIELD_READ_ONLY, AT(has_password),
                             .title = {"Has a password", "گذرواژه دارد"},
                             .doc = "False while they wait for a password link."},
    [MEMBER_SECOND_FACTOR] = {"second_factor", FIELD_BOOL, FIELD_READ_ONLY, AT(second_factor),
                              .title = {"Second factor", "عامل دوم"},
                              .doc = "Signs in with a code besides the password."},
    [MEMBER_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                           .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [MEMBER_UPDATED_AT] = {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at),
                           .title = {"Changed", "زمان تغییر"}, .doc = "When it was last changed."},
    [MEMBER_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                        .doc = "Grows by one with every change; the ETag."},
};
RECORD_TYPE(member_type, "Member", struct member, fields);

enum status member_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &member_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = member_store_list(session, &list, request->arena, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status member_handle_create(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct member *member = request->input;
    struct session *session = NULL;
    enum status status = records_write(request->house->records, &session, problem);
    if (!status) status = member_create(request->house, session, member, (struct str){0}, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    answer_record(request, response, 201, &member_type, member, member->version);
    response->location =
        str_format(request->arena, "/api/v1/members/%.*s", STR_ARG(id_str(request->arena, member->id)));
    return OK;
}

static enum status read_one(struct request *request, struct member *member, struct problem *problem) {
    return member_find(request->house->records, request_param(request, "member"), member, request->arena,
                       problem);
}

enum status member_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct member member;
    enum status status = read_one(request, &member, problem);
    if (!status) answer_record(request, response, 200, &member_type, &member, member.version);
    return status;
}

enum status member_handle_patch(struct request *request, struct response *response, struct problem *problem) {
    struct member member;
    enum status status = read_one(request, &member, problem);
    if (!status) status = request_if_match(request, member.version, problem);
    if (!status)
        status = member_patch(request->house->records, clock_now(request->house->clock), &member,
                              request->input, request->cleared, problem);
    /* Accounts without a team of their own are their owner's team's. */
    if (!status) sign_in_ended(request->house);
    if (!status) status = directory_load(request->house->directory, request->house->records, problem);
    if (!status) answer_record(request, response, 200, &member_type, &member, member.version);
    return status;
}

enum status member_handle_reset(struct request *request, struct response *response, struct problem *problem) {
    struct member member;
    struct one_time token;
    enum status status = read_one(request, &member, problem);
    if (!status) status = one_time_make(request->house, "reset", &member.id, &token, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_string(&w, "member", member.name);
    json_put_string(&w, "token", str_of(token.text));
    json_put_string(&w, "path", str_format(request->arena, "/password#%s", token.text));
    json_put_int(&w, "valid_minutes", ONE_TIME_MINUTES);
    json_end_object(&w);
    return OK;
}

/* What a member's screens need besides: what they like, and how they sign in. */
static enum status put_own(struct request *request, struct json_writer *w, struct problem *problem) {
    struct session *session = NULL;
    struct preferences preferences = {0};
    struct factor_state factor = {0};
    const struct principal *me = &request->principal;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = preferences_read(session, me->member, &preferences, request->arena, problem);
    if (!status) status = factor_read(session, me->member, &factor, problem);
    session_rollback(session);
    if (status) return status;
    json_name(w, STR("preferences"));
    fields_encode(&preferences_type, &preferences, w);
    json_name(w, STR("second_factor"));
    json_begin_object(w);
    json_put_bool(w, "set_up", factor.set_up);
    json_put_bool(w, "required", settings_choice(request->house->settings, SETTING_LOGIN_SECOND_FACTOR));
    json_put_bool(w, "must_set_up", me->must_enrol);
    json_put_int(w, "codes_left", factor.codes_left);
    json_end_object(w);
    return OK;
}

/* What a page needs to know to show days, money and periods as the organisation means them. */
static void put_organisation(struct request *request, struct json_writer *w) {
    static const struct {
        const char *name;
        enum setting setting;
    } shown[] = {
        {"name", SETTING_ORGANISATION_NAME},
        {"time_zone", SETTING_ORGANISATION_TIME_ZONE},
        {"calendar", SETTING_ORGANISATION_CALENDAR},
        {"fiscal_month", SETTING_ORGANISATION_FISCAL_MONTH},
        {"language", SETTING_ORGANISATION_LANGUAGE},
        {"currency", SETTING_ORGANISATION_CURRENCY},
        {"week_start", SETTING_ORGANISATION_WEEK_START},
        {"weekend", SETTING_ORGANISATION_WEEKEND},
        {"rial_unit", SETTING_ORGANISATION_RIAL_UNIT},
    };
    json_begin_object(w);
    for (size_t i = 0; i < COUNT(shown); i++)
        json_put_string(w, shown[i].name,
                        settings_text(request->house->settings, shown[i].setting, request->arena));
    json_end_object(w);
}

enum status member_handle_me(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    struct member member = {0};
    const struct principal *me = &request->principal;
    if (me->kind == MEMBER) {
        struct str id = id_str(request->arena, me->member);
        enum status status = member_find(request->house->records, id, &member, request->arena, problem);
        if (status) return status;
    }
    json_begin_object(&w);
    json_put_string(&w, "name", me->kind == MEMBER ? member.name : me->name);
    json_put_string(&w, "role", str_of(me->role > ROLE_NONE ? member_roles[me->role - 1] : "none"));
    json_put_string(&w, "scope", str_of(member_scopes[me->scope]));
    json_put_string(&w, "team", me->team);
    json_name(&w, STR("member"));
    if (me->kind == MEMBER)
        fields_encode(&member_type, &member, &w);
    else
        json_null(&w);
    json_name(&w, STR("organisation"));
    put_organisation(request, &w);
    if (me->kind == MEMBER) {
        enum status status = put_own(request, &w, problem);
        if (status) return status;
    }
    json_end_object(&w);
    return OK;
}
