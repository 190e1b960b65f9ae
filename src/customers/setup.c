/* The first start: a token printed by the server lets one person name the organisation and become its
 * administrator. */
#include "base/utf8.h"
#include "base/vec.h"
#include "customers/member.h"
#include "customers/password.h"
#include "customers/people.h"
#include "customers/sign_in.h"
#include "platform/records.h"
#include "platform/settings.h"

struct setup {
    uint64_t has;
    struct str token, organisation, time_zone, calendar, language, currency, week_start, weekend, name, email,
        password;
};
enum {
    F_TOKEN,
    F_ORGANISATION,
    F_TIME_ZONE,
    F_CALENDAR,
    F_LANGUAGE,
    F_CURRENCY,
    F_WEEK_START,
    F_WEEKEND,
    F_NAME,
    F_EMAIL,
    F_PASSWORD
};
#define AT(what) offsetof(struct setup, what)
static const struct field fields[] = {
    [F_TOKEN] = {"token", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, AT(token), 0, 100,
                 .title = {"Token", "رمز پیوند"}, .doc = "From the link that the server printed."},
    [F_ORGANISATION] = {"organisation", FIELD_TEXT, 0, AT(organisation), 0, 200,
                        .title = {"Organisation", "سازمان"}, .doc = "Name of the organisation."},
    [F_TIME_ZONE] = {"time_zone", FIELD_TEXT, 0, AT(time_zone), 0, 100, .title = {"Time zone", "منطقهٔ زمانی"},
                     .doc = "As Asia/Tehran."},
    [F_CALENDAR] = {"calendar", FIELD_TEXT, 0, AT(calendar), 0, 20, .title = {"Calendar", "تقویم"},
                    .doc = "gregorian or persian."},
    [F_LANGUAGE] = {"language", FIELD_TEXT, 0, AT(language), 0, 10, .title = {"Language", "زبان"},
                    .doc = "en or fa."},
    [F_CURRENCY] = {"currency", FIELD_TEXT, 0, AT(currency), 0, 3, .title = {"Currency", "ارز"},
                    .doc = "Base currency, ISO 4217."},
    [F_WEEK_START] = {"week_start", FIELD_TEXT, 0, AT(week_start), 0, 10,
                      .title = {"Week starts on", "آغاز هفته"}, .doc = "First day of the week, as saturday."},
    [F_WEEKEND] = {"weekend", FIELD_TEXT, 0, AT(weekend), 0, 80, .title = {"Weekend", "تعطیلی آخر هفته"},
                   .doc = "Days without work, separated by commas, as thursday,friday."},
    [F_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, AT(name), 0, 200, .title = {"Name", "نام"},
                .doc = "Of the first administrator."},
    [F_EMAIL] = {"email", FIELD_TEXT, FIELD_REQUIRED, AT(email), 0, 254, .title = {"E-mail", "ایمیل"},
                 .doc = "Of the first administrator."},
    [F_PASSWORD] = {"password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, AT(password), 0, 512,
                    .title = {"Password", "گذرواژه"}, .doc = "Of the first administrator."},
};
RECORD_TYPE(setup_type, "Setup", struct setup, fields);

/* The fields that are settings of the organisation; a folder has values of them since `vafa init`. */
static const struct {
    int field;
    enum setting setting;
    size_t offset;
} setting_fields[] = {
    {F_ORGANISATION, SETTING_ORGANISATION_NAME, AT(organisation)},
    {F_TIME_ZONE, SETTING_ORGANISATION_TIME_ZONE, AT(time_zone)},
    {F_CALENDAR, SETTING_ORGANISATION_CALENDAR, AT(calendar)},
    {F_LANGUAGE, SETTING_ORGANISATION_LANGUAGE, AT(language)},
    {F_CURRENCY, SETTING_ORGANISATION_CURRENCY, AT(currency)},
    {F_WEEK_START, SETTING_ORGANISATION_WEEK_START, AT(week_start)},
    {F_WEEKEND, SETTING_ORGANISATION_WEEKEND, AT(weekend)},
};

enum status setup_needed(struct house *house, bool *ret, struct problem *problem) {
    struct session *session = NULL;
    int64_t members = 0;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = member_store_able_count(session, &members, problem);
    session_rollback(session);
    *ret = !status && members == 0;
    return status;
}

enum status setup_token(struct house *house, struct one_time *ret, struct problem *problem) {
    bool needed;
    ret->text[0] = 0;
    enum status status = setup_needed(house, &needed, problem);
    return status || !needed ? status : one_time_make(house, "setup", NULL, ret, problem);
}

enum status setup_handle_state(struct request *request, struct response *response, struct problem *problem) {
    bool needed;
    enum status status = setup_needed(request->house, &needed, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_bool(&w, "needed", needed);
    for (size_t i = 0; i < COUNT(setting_fields) && needed; i++)
        json_put_string(&w, fields[setting_fields[i].field].name,
                        settings_text(request->house->settings, setting_fields[i].setting, request->arena));
    json_end_object(&w);
    return OK;
}

static enum status store_settings(struct request *request, const struct setup *input,
                                  struct problem *problem) {
    struct setting_value values[COUNT(setting_fields)];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(setting_fields); i++) {
        if (!field_has(input, setting_fields[i].field)) continue;
        struct str value = *(const struct str *)((const char *)input + setting_fields[i].offset);
        values[n++] = (struct setting_value){str_of(setting_table[setting_fields[i].setting].key), value};
    }
    enum status status =
        n ? settings_set(request->house->settings, values, n, clock_now(request->house->clock), problem) : OK;
    /* A fault is told at the field that was sent, not at the setting that it would become. */
    for (size_t i = 0; i < problem->fault_count; i++)
        for (size_t j = 0; j < COUNT(setting_fields); j++)
            if (str_is(problem->faults[i].where, setting_table[setting_fields[j].setting].key))
                problem->faults[i].where =
                    str_format(problem->arena, "/%s", fields[setting_fields[j].field].name);
    return status;
}

/* Everything that is wrong with the input itself, at once. */
static enum status check_input(struct request *request, const struct setup *input,
                               const struct member *member, struct problem *problem) {
    enum status status = member_check(member, problem), next;
    next = password_check(request->house, input->password, input->email, STR("/password"), problem);
    if (!status) status = next;
    if (field_has(input, F_ORGANISATION) && utf8_blank(input->organisation))
        status = fail_at(problem, STR("/organisation"),
                         MESSAGE("name_missing", "A name is needed.", "نام لازم است."), NO_ARGS);
    return status;
}

/* Takes the token and makes the administrator; with keep false everything is undone again, as a rehearsal. */
static enum status make_admin(struct request *request, const struct setup *input, struct member *member,
                              bool keep, struct problem *problem) {
    struct session *session = NULL;
    int64_t members = 0;
    struct house *house = request->house;
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    if ((status = one_time_take(session, "setup", input->token, clock_now(house->clock), NULL, problem)))
        goto done;
    if ((status = member_store_able_count(session, &members, problem))) goto done;
    if (members) {
        status =
            fail(problem, CONFLICT,
                 MESSAGE("setup_done", "The set-up was done already. Sign in.",
                         "راه‌اندازی پیش‌تر انجام شده است. وارد شوید."),
                 NO_ARGS);
        goto done;
    }
    if (!keep) goto done;
    if ((status = member_create(house, session, member, input->password, problem))) goto done;
    status = session_commit(session, problem);
    session = NULL;
done:
    session_rollback(session);
    return status;
}

enum status setup_handle(struct request *request, struct response *response, struct problem *problem) {
    const struct setup *input = request->input;
    struct member member = {
        .name = input->name, .email = input->email, .role = ROLE_ADMIN - 1, .scope = SCOPE_ALL};
    struct attempts attempts = {str_format(request->arena, "setup %.*s", STR_ARG(request->peer)), 50,
                                15 * 60000};
    if (!people_attempt(request->house->people, &attempts, clock_now(request->house->clock)))
        return fail(problem, LIMITED,
                    MESSAGE("setup_limited", "Too many tries. Wait a quarter of an hour.",
                            "تلاش‌ها بیش از اندازه بود. یک ربع صبر کنید."),
                    NO_ARGS);
    static const int given[] = {MEMBER_NAME, MEMBER_EMAIL, MEMBER_ROLE, MEMBER_SCOPE};
    for (size_t i = 0; i < COUNT(given); i++)
        field_set(&member, given[i]);
    /* All that can be wrong is found before anything is stored. */
    enum status status = make_admin(request, input, &member, false, problem);
    if (!status) status = check_input(request, input, &member, problem);
    if (!status) status = store_settings(request, input, problem);
    if (!status) status = make_admin(request, input, &member, true, problem);
    if (status) return status;
    request->principal = (struct principal){.kind = MEMBER, .member = member.id, .name = member.name};
    response->code = 201;
    struct json_writer w = {.out = &response->body};
    fields_encode(&member_type, &member, &w);
    return OK;
}
