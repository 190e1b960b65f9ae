/* Notes and calls, the timeline, and custom fields of a small company, entered through the API. Expected
 * values follow from the days and amounts that stand here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "customers/custom_field.h"

static int set_up(void **state) {
    *state = api_world_open("2026-03-02");
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* As a member of that role and scope; the id is a real member's where one is given. */
static struct json *as(struct api_world *w, struct principal who, enum method method, const char *target,
                       const char *body, int expected) {
    struct parameter headers[] = {{STR("accept-language"), w->language == PERSIAN ? STR("fa") : STR("en")},
                                  {STR("if-match"), STR("*")},
                                  {STR("sec-fetch-site"), STR("same-origin")},
                                  {STR("content-type"), STR("application/json")}};
    struct request request = {.house = w->house,
                              .arena = &w->arena,
                              .method = method,
                              .headers = headers,
                              .header_count = 4,
                              .body = str_of(body ? body : ""),
                              .peer = STR("local"),
                              .principal = who};
    struct response response = {0};
    router_dispatch(w->house->router, &request, str_of(target), &response);
    struct str answer = str_copy(&w->arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code != expected && !(expected == 200 && !response.code))
        fail_msg("%s answered %d, not %d: %.*s", target, response.code, expected, STR_ARG(answer));
    struct json *json = arena_alloc(&w->arena, sizeof *json);
    if (answer.n) MUST(json_parse(answer, &w->arena, json, &w->problem));
    return json;
}

static struct principal member_of(struct api_world *w, const char *name, enum role role, enum scope scope) {
    static const char *const roles[] = {"", "viewer", "csm", "manager", "admin"};
    struct json *made =
        api(w, METHOD_POST, "/api/v1/members",
            PATH("{\"name\":\"%s\",\"email\":\"%s@ours.example\",\"role\":\"%s\",\"scope\":\"%s\"}", name,
                 name, roles[role], scope == SCOPE_ALL ? "all" : "own"),
            201);
    struct principal who = {.kind = MEMBER, .role = role, .scope = scope, .name = str_of(name)};
    assert_true(id_parse(json_get_string(made, "id"), &who.member));
    return who;
}

static const char *person_of(struct api_world *w, const char *account, const char *email) {
    struct json *made = api(w, METHOD_POST, PATH("/api/v1/accounts/%s/contacts", account),
                            PATH("{\"email\":\"%s\",\"name\":\"Sara Novak\"}", email), 201);
    return text(w, made, "person");
}

/* The days since the last contact as facts see them now. */
static double days_since_contact(struct api_world *w, const char *account) {
    caught_up(w);
    return number(item(api(w, METHOD_GET, PATH("/api/v1/accounts/%s/facts", account), NULL, 200), "fact",
                       "days_since_last_contact"),
                  "value");
}

static void calls_are_logged_changed_and_removed_by_their_author(void **state) {
    struct api_world *w = *state;
    struct principal sam = member_of(w, "sam", ROLE_CSM, SCOPE_ALL),
                     lee = member_of(w, "lee", ROLE_CSM, SCOPE_ALL),
                     kim = member_of(w, "kim", ROLE_MANAGER, SCOPE_ALL);
    account(w, "A", "");
    account(w, "B", "");
    const char *sara = person_of(w, "A", "sara@a.example"), *other = person_of(w, "B", "other@b.example");
    struct json *call = as(
        w, sam, METHOD_POST, "/api/v1/accounts/A/activities",
        PATH(
            "{\"kind\":\"call\",\"happened_at\":\"2026-02-24T10:00:00Z\",\"person\":\"%s\",\"summary\":\"Price\","
            "\"outcome\":\"wants an offer\",\"sentiment\":\"good\",\"next_step\":\"send it\"}",
            sara),
        201);
    SAYS(call, "person_name", "Sara Novak");
    SAYS(call, "member", "sam");
    SAYS(call, "sentiment", "good");
    const char *id = text(w, call, "id");
    /* 24 February to 2 March 2026: six days. */
    NEAR(days_since_contact(w, "A"), 6, 1e-9);
    /* A note is no contact. */
    as(w, lee, METHOD_POST, "/api/v1/accounts/A/activities",
       "{\"kind\":\"note\",\"happened_at\":\"2026-03-01T10:00:00Z\",\"summary\":\"quiet\"}", 201);
    NEAR(days_since_contact(w, "A"), 6, 1e-9);

    as(w, lee, METHOD_PATCH, PATH("/api/v1/activities/%s", id), "{\"summary\":\"x\"}", 403);
    struct json *changed = as(w, sam, METHOD_PATCH, PATH("/api/v1/activities/%s", id),
                              "{\"happened_at\":\"2026-02-27T10:00:00Z\",\"outcome\":null}", 200);
    IS(changed, "version", 2);
    SAYS(changed, "outcome", "(none)");
    NEAR(days_since_contact(w, "A"), 3, 1e-9);
    as(w, kim, METHOD_DELETE, PATH("/api/v1/activities/%s", id), NULL, 204);
    as(w, sam, METHOD_GET, PATH("/api/v1/activities/%s", id), NULL, 404);
    assert_true(isnan(days_since_contact(w, "A")));
    /* What it said stays to be read, newest first. */
    struct json *versions = as(w, sam, METHOD_GET, PATH("/api/v1/activities/%s/versions", id), NULL, 200);
    IS(versions, "data.0.version", 2);
    assert_true(member(versions, "data.0.removed")->boolean);
    SAYS(versions, "data.0.by", "kim");
    SAYS(versions, "data.1.outcome", "wants an offer");
    SAYS(versions, "data.1.happened_at", "2026-02-24T10:00:00.000Z");

    /* Not with somebody of another account, not empty, not tomorrow. */
    const char *to_a = "/api/v1/accounts/A/activities";
    as(w, sam, METHOD_POST, to_a,
       PATH("{\"kind\":\"call\",\"happened_at\":\"2026-02-24T10:00:00Z\",\"person\":\"%s\"}", other), 400);
    as(w, sam, METHOD_POST, to_a,
       "{\"kind\":\"note\",\"happened_at\":\"2026-02-24T10:00:00Z\",\"summary\":\" \"}", 400);
    as(w, sam, METHOD_POST, to_a, "{\"kind\":\"call\",\"happened_at\":\"2026-03-03T10:00:00Z\"}", 400);
}

/* A key that is sent again changes a row of a source, never what a member logged by hand. */
static void a_key_sent_again_leaves_what_was_logged_by_hand(void **state) {
    struct api_world *w = *state;
    struct principal sam = member_of(w, "sam", ROLE_CSM, SCOPE_ALL),
                     lee = member_of(w, "lee", ROLE_CSM, SCOPE_ALL);
    account(w, "A", "");
    static const char first[] = "{\"key\":\"N1\",\"kind\":\"note\",\"happened_at\":\"2026-03-01T10:00:00Z\","
                                "\"summary\":\"as it was\"}",
                      other[] = "{\"key\":\"N1\",\"kind\":\"note\",\"happened_at\":\"2026-03-01T10:00:00Z\","
                                "\"summary\":\"over it\"}";
    const char *to_a = "/api/v1/accounts/A/activities";
    const char *id = text(w, as(w, sam, METHOD_POST, to_a, first, 201), "id");
    SAYS(as(w, lee, METHOD_POST, to_a, other, 409), "code", "activity_by_hand");
    as(w, sam, METHOD_POST, to_a, other, 409); /* it would keep no version */
    as(w, sam, METHOD_POST, to_a, first, 200); /* sent twice: nothing changes */
    struct json *note = as(w, lee, METHOD_GET, PATH("/api/v1/activities/%s", id), NULL, 200);
    SAYS(note, "summary", "as it was");
    IS(note, "version", 1);
    /* What no member logged is still changed by its key. */
    api(w, METHOD_POST, to_a, "{\"key\":\"N2\",\"kind\":\"call\",\"happened_at\":\"2026-03-01T10:00:00Z\"}",
        201);
    SAYS(
        api(w, METHOD_POST, to_a,
            "{\"key\":\"N2\",\"outcome\":\"again\",\"kind\":\"call\",\"happened_at\":\"2026-03-01T10:00:00Z\"}",
            200),
        "outcome", "again");
}

static void a_change_leaves_an_activity_at_its_account(void **state) {
    struct api_world *w = *state;
    struct principal sam = member_of(w, "sam", ROLE_CSM, SCOPE_OWN);
    account(w, "A", PATH(",\"owner\":\"%s\"", id_str(&w->arena, sam.member).p));
    account(w, "B", "");
    struct json *note =
        as(w, sam, METHOD_POST, "/api/v1/accounts/A/activities",
           "{\"kind\":\"note\",\"happened_at\":\"2026-03-01T10:00:00Z\",\"summary\":\"one\"}", 201);
    struct json *changed = as(w, sam, METHOD_PATCH, PATH("/api/v1/activities/%s", text(w, note, "id")),
                              "{\"account_key\":\"B\",\"summary\":\"two\"}", 200);
    SAYS(changed, "summary", "two");
    SAYS(changed, "account", text(w, note, "account"));
    assert_int_equal(json_get(api(w, METHOD_GET, "/api/v1/accounts/B/activities", NULL, 200), "data")->n, 0);
}

static void what_is_out_of_scope_is_not_there(void **state) {
    struct api_world *w = *state;
    struct principal own = member_of(w, "own", ROLE_CSM, SCOPE_OWN),
                     all = member_of(w, "all", ROLE_CSM, SCOPE_ALL);
    account(w, "A", "");
    struct json *note =
        as(w, all, METHOD_POST, "/api/v1/accounts/A/activities",
           "{\"kind\":\"note\",\"happened_at\":\"2026-03-01T10:00:00Z\",\"summary\":\"secret\"}", 201);
    const char *id = text(w, note, "id");
    as(w, own, METHOD_GET, PATH("/api/v1/activities/%s", id), NULL, 404);
    as(w, own, METHOD_PATCH, PATH("/api/v1/activities/%s", id), "{\"summary\":\"x\"}", 404);
    as(w, own, METHOD_GET, PATH("/api/v1/activities/%s/versions", id), NULL, 404);
    as(w, own, METHOD_GET, "/api/v1/accounts/A/timeline", NULL, 404);
    as(w, all, METHOD_GET, "/api/v1/accounts/A/timeline", NULL, 200);
}

/* ---- the timeline ---- */

static const char *whats(struct api_world *w, const char *query) {
    struct json *page = api(w, METHOD_GET, PATH("/api/v1/accounts/A/timeline%s", query), NULL, 200);
    const struct json *data = json_get(page, "data");
    struct str all = {0};
    for (size_t i = 0; i < data->n; i++)
        all = str_format(&w->arena, "%.*s%s%s", STR_ARG(all), i ? " " : "", text(w, &data->items[i], "what"));
    return all.n ? all.p : "";
}

/*  day       what
 *  1 Jan     A begins in stage onboarding, status live (entered on 1 January)
 *  10 Jan    invoice I1, due on the 20th, paid on the 25th: overdue from the 21st
 *  12 Jan    main, 12,000.00 EUR a year; 24,000.00 from 1 February
 *  15 Jan    ticket opened by Sara, solved on the 18th
 *  20 Jan    Sara answers 9 of 10
 *  3 Feb     stage adopting
 *  5 Feb     call with Sara */
static const char *busy(struct api_world *w) {
    travel_to(w, "2026-01-01");
    account(w, "A", ",\"stage\":\"onboarding\"");
    const char *sara = person_of(w, "A", "sara@a.example");
    travel_to(w, "2026-01-12");
    api(w, METHOD_POST, "/api/v1/accounts/A/invoices",
        "{\"key\":\"I1\",\"issued_on\":\"2026-01-10\",\"due_on\":\"2026-01-20\",\"paid_on\":\"2026-01-25\",\"amount\":"
        "100000,\"currency\":\"EUR\"}",
        201);
    api(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
        "{\"key\":\"S1\",\"starts_on\":\"2026-01-12\",\"ends_on\":\"2027-01-11\",\"amount\":1200000,\"amount_per\":"
        "\"year\",\"currency\":\"EUR\"}",
        201);
    travel_to(w, "2026-02-01");
    api(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
        "{\"key\":\"S1\",\"amount\":2400000,\"starts_on\":\"2026-01-12\",\"effective_from\":\"2026-02-01\"}",
        200);
    api(w, METHOD_POST, "/api/v1/accounts/A/answers",
        PATH("{\"kind\":\"nps\",\"score\":9,\"answered_at\":\"2026-01-20T09:00:00Z\",\"key\":\"N1\"}"), 201);
    api(w, METHOD_POST, "/api/v1/accounts/A/tickets",
        "{\"key\":\"T1\",\"opened_at\":\"2026-01-15T08:00:00Z\",\"closed_at\":\"2026-01-18T09:00:00Z\",\"urgency\":"
        "\"urgent\",\"subject\":\"Login fails\"}",
        201);
    travel_to(w, "2026-02-03");
    change(w, "A", "{\"stage\":\"adopting\"}");
    travel_to(w, "2026-03-02");
    api(w, METHOD_POST, "/api/v1/accounts/A/activities",
        PATH(
            "{\"kind\":\"call\",\"happened_at\":\"2026-02-05T09:00:00Z\",\"person\":\"%s\",\"summary\":\"Plans\"}",
            sara),
        201);
    caught_up(w);
    return sara;
}

static void the_timeline_tells_everything_newest_first(void **state) {
    struct api_world *w = *state;
    const char *sara = busy(w);
    const char *all = "activity stage_changed subscription invoice_paid invoice_overdue answer ticket_solved "
                      "ticket_opened subscription invoice_issued";
    const char *told = whats(w, "?kinds=activity,field,subscription,invoice,answer,ticket");
    if (strncmp(told, all, strlen(all)) != 0) fail_msg("told: %s", told);
    assert_string_equal(whats(w, "?kinds=ticket,invoice"),
                        "invoice_paid invoice_overdue ticket_solved ticket_opened invoice_issued");
    /* Only what names a person. */
    assert_string_equal(whats(w, PATH("?kinds=activity,ticket,invoice&person=%s", sara)), "activity");
    assert_string_equal(whats(w, "?kinds=ticket&before=2026-01-18"), "ticket_opened");
    /* Page by page it is the same list. */
    for (int limit = 1; limit < 5; limit++) {
        struct str joined = {0};
        const char *cursor = "";
        for (int page = 0; page < 30 && cursor; page++) {
            const char *query = PATH("?kinds=activity,field,subscription,invoice,answer,ticket&limit=%d%s%s",
                                     limit, *cursor ? "&cursor=" : "", cursor);
            struct json *answer = api(w, METHOD_GET, PATH("/api/v1/accounts/A/timeline%s", query), NULL, 200);
            joined = str_format(&w->arena, "%.*s%s%s", STR_ARG(joined), joined.n ? " " : "", whats(w, query));
            cursor = member(answer, "has_more")->boolean ? text(w, answer, "next_cursor") : NULL;
        }
        assert_string_equal(joined.p, told);
    }
    struct json *page = api(w, METHOD_GET, "/api/v1/accounts/A/timeline", NULL, 200);
    const struct json *data = json_get(page, "data");
    for (size_t i = 1; i < data->n; i++)
        assert_true(str_compare(json_get_string(&data->items[i - 1], "at"),
                                json_get_string(&data->items[i], "at")) >= 0);
    SAYS(item(page, "what", "activity"), "title", "Call with Sara Novak");
    SAYS(item(page, "what", "activity"), "text", "Plans");
    SAYS(item(page, "what", "activity"), "link.type", "activity");
    SAYS(item(page, "what", "ticket_opened"), "title", "Urgent ticket opened: Login fails");
    SAYS(item(page, "what", "ticket_solved"), "title", "Ticket solved after 3 days: Login fails");
    SAYS(item(page, "what", "invoice_paid"), "title", "Invoice I1 paid, 5 days late: 1,000.00 EUR");
    SAYS(item(page, "what", "invoice_overdue"), "day", "2026-01-21");
    SAYS(item(page, "what", "subscription"), "title", "main grew from 12,000.00 EUR to 24,000.00 EUR a year");
    IS(item(page, "what", "subscription"), "parts.arr", 2400000);
    SAYS(item(page, "what", "stage_changed"), "title", "Stage changed from onboarding to adopting");
    SAYS(item(page, "what", "answer"), "title", "NPS answer: 9 of 10");
    w->language = PERSIAN;
    page = api(w, METHOD_GET, "/api/v1/accounts/A/timeline", NULL, 200);
    SAYS(item(page, "what", "ticket_opened"), "title", "تیکت فوری باز شد: \u2068Login fails\u2069");
    w->language = ENGLISH;
    api(w, METHOD_GET, "/api/v1/accounts/A/timeline?kinds=weather", NULL, 400);
    api(w, METHOD_GET, "/api/v1/accounts/A/timeline?cursor=nonsense", NULL, 400);
}

static void first_and_last_use_of_features(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    api(w, METHOD_POST, "/api/v1/features", "{\"key\":\"report\",\"title_en\":\"Reports\",\"core\":true}",
        201);
    struct problem problem = {.arena = &w->arena};
    assert_int_equal(insight_remake(w->house->insight, &problem), OK);
    uint32_t report = events_number(w->house->events, DICTIONARY_NAME, STR("report"));
    MUST(events_commit(w->house->events, events_reached(w->house->events), &w->problem));
    /* Used from 10 to 20 January, then quiet for 41 days until 2 March. */
    use(w, "A", report, "2026-01-10");
    use(w, "A", report, "2026-01-15");
    use(w, "A", report, "2026-01-20");
    struct json *page = api(w, METHOD_GET, "/api/v1/accounts/A/timeline?kinds=feature", NULL, 200);
    assert_int_equal(json_get(page, "data")->n, 2);
    SAYS(page, "data.0.title", "Last use of Reports so far");
    SAYS(page, "data.0.day", "2026-01-20");
    SAYS(page, "data.1.title", "First use of Reports");
    SAYS(page, "data.1.day", "2026-01-10");
    /* Used again within 28 days: nothing of a last use. */
    use(w, "A", report, "2026-02-20");
    assert_string_equal(whats(w, "?kinds=feature"), "feature_first");
}

/* ---- custom fields ---- */

static void custom_fields_hold_checked_values(void **state) {
    struct api_world *w = *state;
    static const char *const made[] = {
        "{\"of\":\"account\",\"key\":\"tier\",\"type\":\"choice\",\"title_en\":\"Tier\",\"title_fa\":\"رده\","
        "\"choices\":[{\"key\":\"gold\",\"en\":\"Gold\",\"fa\":\"طلایی\"},{\"key\":\"tin\",\"en\":\"Tin\"}]}",
        "{\"of\":\"account\",\"key\":\"staff\",\"type\":\"number\",\"title_en\":\"Staff\"}",
        "{\"of\":\"account\",\"key\":\"audit_on\",\"type\":\"date\",\"title_en\":\"Audit\"}",
        "{\"of\":\"account\",\"key\":\"pilot\",\"type\":\"yes_no\",\"title_en\":\"Pilot\"}",
        "{\"of\":\"account\",\"key\":\"budget\",\"type\":\"money\",\"title_en\":\"Budget\",\"currency\":\"EUR\"}",
        "{\"of\":\"contact\",\"key\":\"city\",\"type\":\"text\",\"title_en\":\"City\"}"};
    for (size_t i = 0; i < COUNT(made); i++)
        api(w, METHOD_POST, "/api/v1/custom-fields", made[i], 201);
    api(w, METHOD_POST, "/api/v1/custom-fields", made[1], 409);
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"stage\",\"type\":\"text\",\"title_en\":\"x\"}", 400);
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"c\",\"type\":\"choice\",\"title_en\":\"x\",\"choices\":[]}", 400);
    account(w, "A", ",\"fields\":{\"tier\":\"Gold\"}");
    struct json *got = api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200);
    SAYS(got, "fields.tier", "gold"); /* by its title, too */
    assert_int_equal(member(got, "fields.staff")->kind, JSON_NULL);
    struct json *changed = api(
        w, METHOD_PATCH, "/api/v1/accounts/A",
        "{\"fields\":{\"staff\":41.5,\"audit_on\":\"1404-12-29\",\"pilot\":true,\"budget\":500000}}", 200);
    IS(changed, "version", 2);
    IS(changed, "fields.staff", 41.5);
    SAYS(changed, "fields.audit_on", "2026-03-20"); /* 29 Esfand 1404, the day before Nowruz 1405 */
    assert_true(member(changed, "fields.pilot")->boolean);
    IS(changed, "fields.budget", 500000);
    /* The same again changes nothing. */
    IS(api(w, METHOD_PATCH, "/api/v1/accounts/A", "{\"fields\":{\"staff\":41.5}}", 200), "version", 2);
    struct json *wrong = api(w, METHOD_PATCH, "/api/v1/accounts/A",
                             "{\"fields\":{\"staff\":\"many\",\"tier\":\"wood\",\"none\":1}}", 400);
    assert_int_equal(json_get(wrong, "errors")->n, 3);
    SAYS(wrong, "errors.1.pointer", "/fields/tier");
    api(w, METHOD_PATCH, "/api/v1/accounts/A", "{\"fields\":{\"tier\":null}}", 200);
    assert_int_equal(member(api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200), "fields.tier")->kind,
                     JSON_NULL);
    struct json *contact = api(w, METHOD_POST, "/api/v1/accounts/A/contacts",
                               "{\"email\":\"s@a.example\",\"fields\":{\"city\":\"Shiraz\"}}", 201);
    SAYS(contact, "fields.city", "Shiraz");
}

/* A field of accounts is a fact of the same key, with its history. */
static void custom_fields_are_facts(void **state) {
    struct api_world *w = *state;
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"staff\",\"type\":\"number\",\"title_en\":\"Staff\"}", 201);
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"pilot\",\"type\":\"yes_no\",\"title_en\":\"Pilot\"}", 201);
    caught_up(w);
    travel_to(w, "2026-01-10");
    account(w, "A", ",\"fields\":{\"staff\":10,\"pilot\":true}");
    travel_to(w, "2026-02-10");
    change(w, "A", "{\"fields\":{\"staff\":30}}");
    travel_to(w, "2026-03-02");
    caught_up(w);
    struct json *now = api(w, METHOD_GET, "/api/v1/accounts/A/facts", NULL, 200);
    IS(item(now, "fact", "staff"), "value", 30);
    assert_true(member(item(now, "fact", "pilot"), "value")->boolean);
    struct json *then = api(w, METHOD_GET, "/api/v1/accounts/A/facts?as_of=2026-02-01", NULL, 200);
    IS(item(then, "fact", "staff"), "value", 10);
    struct json *rule = api(w, METHOD_POST, "/api/v1/rules/evaluate", "{\"text\":\"staff > 20\"}", 200);
    IS(rule, "true", 1);
    /* The definition goes, the values stay. */
    struct json *list = api(w, METHOD_GET, "/api/v1/custom-fields?of=account", NULL, 200);
    const struct json *staff = item(list, "key", "staff");
    IS(staff, "values", 1);
    struct json *gone =
        api(w, METHOD_DELETE, PATH("/api/v1/custom-fields/%s", text(w, staff, "id")), NULL, 200);
    IS(gone, "values_kept", 1);
    assert_null(member(api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200), "fields.staff"));
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"staff\",\"type\":\"number\",\"title_en\":\"Staff\"}", 201);
    IS(api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200), "fields.staff", 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_are_logged_changed_and_removed_by_their_author, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_key_sent_again_leaves_what_was_logged_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_change_leaves_an_activity_at_its_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_scope_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_timeline_tells_everything_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(first_and_last_use_of_features, set_up, tear_down),
        cmocka_unit_test_setup_teardown(custom_fields_hold_checked_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(custom_fields_are_facts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
