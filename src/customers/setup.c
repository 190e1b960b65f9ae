/* The first start: a token printed by the server lets one person name the organisation and become its
 * administrator. */
#include "base/vec.h"
#include "customers/member.h"
#include "customers/password.h"
#include "customers/people.h"
#include "customers/sign_in.h"
#include "platform/records.h"
#include "platform/settings.h"

struct setup {
    uint64_t has;
    struct str token, organisation, time_zone, calendar, language, currency, name, email, password;
};
enum {
    F_TOKEN,
    F_ORGANISATION,
    F_TIME_ZONE,
    F_CALENDAR,
    F_LANGUAGE,
    F_CURRENCY,
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
    [F_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, AT(name), 0, 200, .title = {"Name", "نام"},
                .doc = "Of the first administrator."},
    [F_EMAIL] = {"email", FIELD_TEXT, FIELD_REQUIRED, AT(email), 0, 254, .title = {"E-mail", "رایانامه"},
                 .doc = "Of the first administrator."},
    [F_PASSWORD] = {"password", FIELD_TEXT, FIELD_REQUIRED | FIELD_WRITE_ONLY, AT(password), 0, 512,
                    .title = {"Password", "گذرواژه"}, .doc = "Of the first administrator."},
};
RECORD_TYPE(setup_type, "Setup", struct setup, fields);

enum status setup_token(struct house *house, struct one_time *ret, struct problem *problem) {
    struct session *session = NULL;
    int64_t members = 0;
    ret->text[0] = 0;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = member_store_able_count(session, &members, problem);
    session_rollback(session);
    return status || members ? status : one_time_make(house, "setup", NULL, ret, problem);
}

enum status setup_handle_state(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    int64_t members = 0;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = member_store_able_count(session, &members, problem);
    session_rollback(session);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_bool(&w, "needed", members == 0);
    json_end_object(&w);
    return OK;
}

static enum status store_settings(struct request *request, const struct setup *input,
                                  struct problem *problem) {
    struct setting_value values[5];
    size_t n = 0;
    if (field_has(input, F_ORGANISATION))
        values[n++] = (struct setting_value){STR("organisation.name"), input->organisation};
    if (field_has(input, F_TIME_ZONE))
        values[n++] = (struct setting_value){STR("organisation.time_zone"), input->time_zone};
    if (field_has(input, F_CALENDAR))
        values[n++] = (struct setting_value){STR("organisation.calendar"), input->calendar};
    if (field_has(input, F_LANGUAGE))
        values[n++] = (struct setting_value){STR("organisation.language"), input->language};
    if (field_has(input, F_CURRENCY))
        values[n++] = (struct setting_value){STR("organisation.currency"), input->currency};
    return n ? settings_set(request->house->settings, values, n, clock_now(request->house->clock), problem)
             : OK;
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
    if (!status) status = member_check(&member, problem);
    if (!status)
        status = password_check(request->house, input->password, input->email, STR("/password"), problem);
    if (!status) status = store_settings(request, input, problem);
    if (!status) status = make_admin(request, input, &member, true, problem);
    if (status) return status;
    request->principal = (struct principal){.kind = MEMBER, .member = member.id, .name = member.name};
    response->code = 201;
    struct json_writer w = {.out = &response->body};
    fields_encode(&member_type, &member, &w);
    return OK;
}
