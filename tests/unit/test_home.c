/* Home and the page of an account: a small company whose every figure is reckoned by hand beside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "insight/account_usage.h"
#include "insight/home.h"
#include "platform/settings.h"

enum { REPORT = 1, EXPORT };

static uint32_t event_number(void *self, struct str name) {
    (void)self;
    return str_is(name, "report") ? REPORT : str_is(name, "export") ? EXPORT : 0;
}

static int set_up(void **state) {
    struct api_world *w = api_world_open("2026-01-02");
    w->house->insight->parts.event_number = event_number;
    *state = w;
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* As api(), by somebody with a scope. */
static struct json *as(struct api_world *w, struct principal principal, const char *target, int expected) {
    struct parameter headers[] = {{STR("accept-language"), w->language == PERSIAN ? STR("fa") : STR("en")}};
    struct request request = {.house = w->house,
                              .arena = &w->arena,
                              .method = METHOD_GET,
                              .headers = headers,
                              .header_count = 1,
                              .peer = STR("local"),
                              .principal = principal};
    struct response response = {0};
    router_dispatch(w->house->router, &request, str_of(target), &response);
    struct str text = str_copy(&w->arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code != expected && !(expected == 200 && !response.code))
        fail_msg("%s answered %d, not %d: %.*s", target, response.code, expected, STR_ARG(text));
    struct json *json = arena_alloc(&w->arena, sizeof *json);
    if (text.n) MUST(json_parse(text, &w->arena, json, &w->problem));
    return json;
}

static const char *colleague(struct api_world *w, const char *name, const char *email) {
    return text(
        w,
        api(w, METHOD_POST, "/api/v1/members",
            PATH("{\"name\":\"%s\",\"email\":\"%s\",\"role\":\"csm\",\"team\":\"East\"}", name, email), 201),
        "id");
}

static void pays(struct api_world *w, const char *key, const char *more) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        PATH("{\"amount_per\":\"year\",\"currency\":\"EUR\",%s}", more), 201);
}

static const char *contact(struct api_world *w, const char *key, const char *more) {
    return text(w, api(w, METHOD_POST, PATH("/api/v1/accounts/%s/contacts", key), PATH("{%s}", more), 201),
                "id");
}

/* One event of a contact. */
static void seen(struct api_world *w, const char *key, const char *contact_id, uint32_t feature,
                 const char *day) {
    const char *person =
        text(w, api(w, METHOD_GET, PATH("/api/v1/contacts/%s", contact_id), NULL, 200), "person");
    struct id id;
    assert_true(id_parse(str_of(person), &id));
    struct usage_entry entry = {.feature = feature, .day = day_of(day), .known_day = day_of(day), .count = 1};
    directory_lock(w->house->directory);
    MUST(directory_find(w->house->directory, str_of(key), &entry.account, &w->problem));
    entry.person = directory_person_by_id(w->house->directory, id);
    directory_unlock(w->house->directory);
    assert_int_not_equal(entry.person, UINT32_MAX);
    usage_write_lock(w->house->usage);
    usage_add(w->house->usage, &entry, 1);
    usage_unlock(w->house->usage);
}

static void heard(struct api_world *w, const char *from, const char *to) {
    usage_write_lock(w->house->usage);
    for (day_t day = day_of(from); day <= day_of(to); day++)
        usage_heard(w->house->usage, 0, day, false);
    usage_unlock(w->house->usage);
}

/* A card of one measure: without open tickets 100, with one 60, with more 20. */
static void card(struct api_world *w) {
    api(w, METHOD_PUT, "/api/v1/scorecards/mine",
        "{\"place\":1,\"card\":{\"key\":\"mine\",\"applies_to\":{\"fact\":\"status\",\"is\":\"known\"},"
        "\"bands\":[{\"key\":\"at_risk\",\"below\":40,\"title\":{\"en\":\"At risk\",\"fa\":\"در خطر\"}},"
        "{\"key\":\"watch\",\"below\":70,\"title\":{\"en\":\"Watch\",\"fa\":\"زیر نظر\"}},"
        "{\"key\":\"healthy\",\"title\":{\"en\":\"Healthy\",\"fa\":\"سالم\"}}],"
        "\"minimum_coverage\":0.5,\"groups\":[{\"key\":\"all\",\"weight\":1,\"measures\":[{\"fact\":\"open_tickets\","
        "\"weight\":1,\"points\":{\"bands\":[[0,100],[1,60],[2,20]]},\"missing\":\"reweigh\"}]}]}}",
        201);
}

/*   account  owner  pays                                                       renews
 *   A        Mina   100,000 from April 2024, 120,000 from April 2025           1 April 2026
 *   B        Mina   60,000 from May 2024, renews by itself, 60 days of notice  1 May 2026
 *   C        Sara   30,000 from June 2025                                      11 May 2026
 *   D        Mina   40,000 until the end of 2025; lost
 * Today is 10 March 2026. A has two tickets open since the 5th, one of them urgent, and lost its champion on
 * the 6th; B one since 1 February, an invoice due on the 6th and an answer of 3 on the 8th. */
struct company {
    struct principal mina, sara;
    const char *omid, *greta;
};
static struct company company(struct api_world *w) {
    struct company c;
    const char *mina = colleague(w, "Mina Rad", "mina@example.org"),
               *sara = colleague(w, "Sara Lind", "sara@example.org");
    c.mina = (struct principal){.kind = MEMBER, .role = ROLE_CSM, .scope = SCOPE_OWN, .name = STR("mina")};
    c.sara = (struct principal){
        .kind = MEMBER, .role = ROLE_MANAGER, .scope = SCOPE_ALL, .name = STR("sara"), .team = STR("East")};
    assert_true(id_parse(str_of(mina), &c.mina.member));
    assert_true(id_parse(str_of(sara), &c.sara.member));
    card(w);
    account(
        w, "A",
        PATH(",\"starts_on\":\"2024-04-01\",\"stage\":\"adopting\",\"segment\":\"large\",\"owner\":\"%s\"",
             mina));
    account(w, "B", PATH(",\"starts_on\":\"2024-05-01\",\"segment\":\"large\",\"owner\":\"%s\"", mina));
    account(w, "C", PATH(",\"starts_on\":\"2025-06-01\",\"owner\":\"%s\"", sara));
    account(
        w, "D",
        PATH(
            ",\"starts_on\":\"2024-01-01\",\"status\":\"lost\",\"status_on\":\"2026-01-01\",\"owner\":\"%s\"",
            mina));
    pays(
        w, "A",
        "\"key\":\"a0\",\"starts_on\":\"2024-04-01\",\"ends_on\":\"2025-03-31\",\"amount\":10000000,\"seats\":10");
    pays(
        w, "A",
        "\"key\":\"a1\",\"starts_on\":\"2025-04-01\",\"ends_on\":\"2026-03-31\",\"amount\":12000000,\"seats\":10");
    pays(w, "B",
         "\"key\":\"b\",\"starts_on\":\"2024-05-01\",\"ends_on\":\"2026-04-30\",\"amount\":6000000,"
         "\"auto_renew\":true,\"notice_days\":60,\"term_months\":24");
    pays(w, "C", "\"key\":\"c\",\"starts_on\":\"2025-06-01\",\"ends_on\":\"2026-05-10\",\"amount\":3000000");
    pays(w, "D", "\"key\":\"d\",\"starts_on\":\"2024-01-01\",\"ends_on\":\"2025-12-31\",\"amount\":4000000");
    c.omid = contact(
        w, "A",
        "\"user_key\":\"omid\",\"name\":\"Omid Tavakoli\",\"role\":\"champion\",\"champion\":true,\"valid_from\":\"2024-04-01T00:00:00Z\"");
    c.greta = contact(
        w, "A",
        "\"user_key\":\"greta\",\"name\":\"Greta Holm\",\"role\":\"admin\",\"valid_from\":\"2024-04-01T00:00:00Z\"");
    travel_to(w, "2026-02-01");
    api(w, METHOD_POST, "/api/v1/accounts/B/tickets",
        "{\"key\":\"t1\",\"opened_at\":\"2026-02-01T08:00:00Z\",\"urgency\":\"normal\"}", 201);
    caught_up(w); /* what is shown until the next change: 100 for A and C */
    travel_to(w, "2026-03-02");
    caught_up(w);
    travel_to(w, "2026-03-10");
    api(w, METHOD_POST, "/api/v1/accounts/A/tickets",
        "{\"key\":\"t2\",\"opened_at\":\"2026-03-05T08:00:00Z\",\"urgency\":\"urgent\",\"subject\":\"Nothing loads\"}",
        201);
    api(w, METHOD_POST, "/api/v1/accounts/A/tickets",
        "{\"key\":\"t3\",\"opened_at\":\"2026-03-05T09:00:00Z\",\"urgency\":\"normal\"}", 201);
    api(w, METHOD_PATCH, PATH("/api/v1/contacts/%s", c.omid), "{\"valid_to\":\"2026-03-06T09:00:00Z\"}", 200);
    api(w, METHOD_POST, "/api/v1/accounts/B/invoices",
        "{\"key\":\"i1\",\"issued_on\":\"2026-02-06\",\"due_on\":\"2026-03-06\",\"amount\":100000,\"currency\":\"EUR\"}",
        201);
    api(w, METHOD_POST, "/api/v1/accounts/B/answers",
        "{\"key\":\"n1\",\"answered_at\":\"2026-03-08T08:00:00Z\",\"kind\":\"nps\",\"score\":3,\"comment\":\"Too slow\"}",
        201);
    caught_up(w);
    return c;
}

/* ---- pure arithmetic ---- */

static void the_usual_range_is_median_and_two_swings(void **state) {
    (void)state;
    /* Median of the eight 11.5; distances 1.5 0.5 0.5 1.5 1.5 1.5 0.5 1.5: median 1.5; 1.4826 × 1.5 × 2. */
    double weeks[] = {10, 12, 11, 13, 13, 10, 11, 13, 4};
    struct usual usual = usual_range(weeks, 8, 1);
    NEAR(usual.middle, 11.5, 1e-9);
    NEAR(usual.low, 11.5 - 4.4478, 1e-9);
    NEAR(usual.high, 11.5 + 4.4478, 1e-9);
    assert_true(isnan(usual_range(weeks, 2, 1).middle)); /* two weeks are too few */
    weeks[0] = weeks[1] = NAN; /* 11 13 13 10 11 13: median 12, distances 1 1 1 2 1 1 */
    NEAR(usual_range(weeks, 8, 1).high, 12 + 2.9652, 1e-9);
    double days[57] = {0};
    for (int i = 0; i < 56; i++)
        days[i] = i % 7 == 0 ? 9 : 0;
    assert_true(usual_range(days, 56, 7).low == 9 && usual_range(days, 56, 7).high == 9); /* never swung */
    NEAR(usual_range((double[]){0, 2, 0, 2, 1}, 4, 1).low, 0, 0); /* not below nothing: 1 − 2.9652 */
}

static void what_was_kept_has_a_margin(void **state) {
    (void)state;
    double start[10], kept[10];
    for (int i = 0; i < 10; i++)
        start[i] = kept[i] = 100;
    kept[3] = 0;
    /* 900 ÷ 1000; residuals nine of 10, one of 90: 9000; × 10/9 = 10000; √ ÷ 1000 = 0.1 */
    struct kept share = kept_share(start, kept, 10);
    NEAR(share.value, 0.9, 1e-12);
    NEAR(share.low, 0.9 - 0.196, 1e-12);
    NEAR(share.high, 0.9 + 0.196, 1e-12);
    NEAR(kept_share(start, kept, 9).value, 800.0 / 900, 1e-12);
    assert_true(isnan(kept_share(start, kept, 9).low)); /* too few to say */
    assert_true(isnan(kept_share(start, kept, 0).value));
}

/* ---- one account ---- */

static void the_head_of_an_account(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    const struct json *head = as(w, c.mina, "/api/v1/accounts/A/overview", 200);
    SAYS(head, "name", "Company A");
    SAYS(head, "owner_name", "Mina Rad");
    SAYS(head, "team", "East");
    SAYS(head, "stage", "adopting");
    IS(head, "score", 20);
    SAYS(head, "band", "at_risk");
    SAYS(head, "card", "mine v1");
    IS(head, "change_28d", -80);
    IS(head, "arr", 12000000);
    IS(head, "seats", 10);
    SAYS(head, "renews_on", "2026-04-01");
    IS(head, "days_to_renewal", 22);
    IS(head, "open_tickets", 2);
    IS(head, "open_urgent_tickets", 1);
    IS(head, "counts.contacts", 1); /* Omid has left */
    IS(head, "counts.subscriptions", 2);
    IS(head, "counts.tickets", 2);
    SAYS(head, "causes.country", "not recorded for this account");
    NONE(head, "active_users_28d");
    w->language = PERSIAN;
    SAYS(as(w, c.mina, "/api/v1/accounts/A/overview", 200), "band_title", "در خطر");
    w->language = ENGLISH;
    SAYS(as(w, c.mina, "/api/v1/accounts/B/overview", 200), "notice_on", "2026-03-02");
    head = as(w, c.mina, "/api/v1/accounts/A/overview?as_of=2026-03-01", 200); /* as it was */
    IS(head, "score", 100);
    SAYS(head, "band", "healthy");
    IS(head, "counts.contacts", 2);
    IS(head, "counts.tickets", 0);
    IS(head, "days_to_renewal", 31);
    IS(head, "change_28d", 0);
    assert_null(json_get_string(head, "odds").p);
    /* A change is there at once, and in the change of four weeks too: history that becomes known counts. */
    api(w, METHOD_POST, "/api/v1/accounts/A/tickets",
        "{\"key\":\"t9\",\"opened_at\":\"2026-01-05T08:00:00Z\",\"urgency\":\"normal\"}", 201);
    caught_up(w);
    IS(as(w, c.mina, "/api/v1/accounts/A/overview", 200), "change_28d", -40);
    as(w, c.mina, "/api/v1/accounts/C/overview", 404); /* Sara's */
    as(w, c.sara, "/api/v1/accounts/C/overview", 200);
    as(w, c.mina, "/api/v1/accounts/A/overview?as_of=2027-01-01", 400);
}

static void use_by_week_and_feature(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    api(w, METHOD_POST, "/api/v1/features",
        "{\"key\":\"report\",\"title_en\":\"Reports\",\"title_fa\":\"گزارش‌ها\",\"core\":true}",
        201);
    api(w, METHOD_POST, "/api/v1/features", "{\"key\":\"export\",\"title_en\":\"Export\",\"plans\":\"gold\"}",
        201);
    heard(w, "2026-02-09", "2026-03-10");
    caught_up(w);
    seen(w, "A", c.omid, REPORT, "2026-02-23"); /* Monday: weeks start there */
    seen(w, "A", c.omid, REPORT, "2026-03-01");
    seen(w, "A", c.greta, EXPORT, "2026-03-01");
    seen(w, "A", c.greta, REPORT, "2026-03-09");
    const struct json *use = as(w, c.mina, "/api/v1/accounts/A/usage?from=2026-02-01", 200);
    SAYS(use, "data.0.from", "2026-01-26");
    NONE(use, "data.1.value"); /* the week of 2 February: nothing was heard yet */
    IS(use, "data.2.value", 0);
    IS(use, "data.4.value", 2);
    IS(use, "data.5.value", 0);
    IS(use, "data.6.value", 1);
    assert_true(member(use, "data.6.partial")->boolean);
    assert_int_equal(json_get(use, "data")->n, 7);
    use = as(w, c.mina, "/api/v1/accounts/A/usage?from=2026-02-23&to=2026-03-01&by=day&measure=events", 200);
    IS(use, "data.0.value", 1);
    IS(use, "data.6.value", 2);
    use = as(w, c.mina, "/api/v1/accounts/A/usage?from=2026-02-23&feature=report&measure=active_days", 200);
    IS(use, "data.0.value", 2);
    const struct json *heat = as(w, c.mina, "/api/v1/accounts/A/features?weeks=3", 200);
    SAYS(heat, "weeks.0", "2026-02-23");
    SAYS(heat, "data.0.feature", "export");                             /* by key */
    assert_int_equal(member(heat, "data.0.entitled")->kind, JSON_NULL); /* no plan is known */
    SAYS(heat, "data.1.title", "Reports");
    IS(heat, "data.0.cells.0", 1);
    IS(heat, "data.1.cells.0", 1);
    IS(heat, "data.1.cells.1", 0);
    IS(heat, "data.1.cells.2", 1);
    as(w, c.mina, "/api/v1/accounts/A/usage?by=hour", 400);
    as(w, c.mina, "/api/v1/accounts/A/usage?from=1990-01-01", 400);
    as(w, c.mina, "/api/v1/accounts/A/usage?from=2026-03-09&to=2026-03-01", 400);
    as(w, c.mina, "/api/v1/accounts/A/features?weeks=0", 400);
    as(w, c.mina, "/api/v1/accounts/C/usage", 404);
    as(w, c.mina, "/api/v1/accounts/C/features", 404);
}

static void people_and_who_left(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    heard(w, "2026-02-01", "2026-03-10");
    seen(w, "A", c.greta, REPORT, "2026-03-01");
    const struct json *people = as(w, c.mina, "/api/v1/accounts/A/people", 200);
    SAYS(people, "data.0.name", "Greta Holm");
    SAYS(people, "data.0.last_seen_on", "2026-03-01");
    IS(people, "data.0.last_seen_days", 9);
    SAYS(people, "data.1.name", "Omid Tavakoli");
    SAYS(people, "data.1.left_at", "2026-03-06T09:00:00.000Z");
    SAYS(people, "gaps.0.role", "champion");
    SAYS(people, "gaps.0.suggested", c.greta);
    people =
        as(w, c.mina, "/api/v1/accounts/A/people?as_of=2026-03-01", 200); /* Omid was there, and in front */
    SAYS(people, "data.0.key_role", "champion");
    assert_int_equal(json_get(people, "gaps")->n, 0);
    as(w, c.mina, "/api/v1/accounts/C/people", 404);
}

static void revenue_and_health_over_time(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    const struct json *moved = as(w, c.mina, "/api/v1/accounts/A/movements", 200);
    assert_int_equal(json_get(moved, "data")->n, 2);
    SAYS(moved, "data.0.kind", "expansion"); /* newest first */
    SAYS(moved, "data.0.day", "2025-04-01");
    IS(moved, "data.0.amount", 2000000);
    SAYS(moved, "data.1.kind", "new");
    SAYS(moved, "first", "2024-04-01");
    size_t last = json_get(moved, "months")->n - 1;
    assert_int_equal(last + 1, 25); /* March 2024, in which the first of April counts, to March 2026 */
    IS(moved, PATH("months.%zu.arr", last), 12000000);
    IS(moved, "months.3.arr", 10000000);
    const struct json *health = as(w, c.mina, "/api/v1/accounts/A/health/series?weeks=2", 200);
    assert_int_equal(json_get(health, "data")->n, 3);
    IS(health, "data.0.score", 100);
    SAYS(health, "data.0.day", "2026-02-24");
    IS(health, "data.2.score", 20);
    SAYS(health, "data.2.band", "at_risk");
    assert_true(member(health, "data.2.shown")->boolean);
    as(w, c.mina, "/api/v1/accounts/A/health/series?weeks=105", 400);
    as(w, c.mina, "/api/v1/accounts/C/health/series", 404);
    as(w, c.mina, "/api/v1/accounts/C/movements", 404);
}

/* ---- Home ---- */

static void ones_own_book(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    const struct json *home = as(w, c.mina, "/api/v1/home?since=2026-03-04", 200);
    SAYS(home, "book.scope", "own");
    IS(home, "book.accounts", 2); /* D is lost */
    IS(home, "book.arr", 18000000);
    SAYS(home, "book.bands.0.band", "watch"); /* the healthiest first */
    IS(home, "book.bands.0.arr", 6000000);
    IS(home, "book.bands.1.arr", 12000000);
    IS(home, "book.renewing.accounts", 2);
    IS(home, "book.renewing.arr", 18000000);
    IS(home, "book.renewing.at_risk_arr", 12000000);
    IS(home, "book.retention.customers", 3); /* of 200,000 on 10 March 2025: D was lost, A pays 20,000 more */
    IS(home, "book.retention.net.value", 0.9);
    IS(home, "book.retention.gross.value", 0.8);
    NONE(home, "book.retention.net.low");

    IS(home, "calls.needing", 1); /* B is watched, but renews in 52 days and has no urgent ticket */
    SAYS(home, "calls.data.0.name", "Company A");
    IS(home, "calls.data.0.chance", 0.8); /* not tested: (100 − 20) / 100 */
    IS(home, "calls.data.0.help.time", 1);
    IS(home, "calls.data.0.help.reach", 0.75); /* Greta is there, no champion or sponsor */
    IS(home, "calls.data.0.help.fresh", 1);
    IS(home, "calls.data.0.worth", 12000000 * 0.8 * 0.75);
    assert_true(member(home, "calls.data.0.champion_left")->boolean);
    SAYS(home, "calls.data.0.reasons.0.text", "The champion, Omid Tavakoli, left on 6 March 2026.");
    SAYS(home, "calls.data.0.reasons.1.text", "Open tickets rose from 0 to 2 in four weeks.");
    IS(home, "calls.data.0.reasons.1.difference", -80);
    SAYS(home, "calls.data.0.reasons.1.evidence", "tickets");

    IS(home, "changes.total", 5);
    IS(home, "changes.slipped", 1);
    IS(home, "changes.recovered", 0);
    SAYS(home, "changes.data.0.kind", "danger");
    IS(home, "changes.data.0.score_before", 100);
    SAYS(home, "changes.data.1.kind", "champion_left");
    SAYS(home, "changes.data.2.text", "Opened an urgent ticket: “Nothing loads”");
    SAYS(home, "changes.data.3.text", "An invoice is 4 days overdue.");
    SAYS(home, "changes.data.4.kind", "detractor");
    SAYS(home, "changes.data.4.text", "Answered 3 of 10: “Too slow”");

    IS(home, "renewals.weeks.3.at_risk", 12000000);  /* 1 April, in 22 days */
    IS(home, "renewals.weeks.7.committed", 6000000); /* 1 May, in 52 days; the notice passed on 2 March */
    IS(home, "renewals.weeks.7.open", 0);
    IS(home, "renewals.total", 2);
    SAYS(home, "renewals.next.0.day", "2026-04-01");
    assert_int_equal(member(home, "leaders")->kind, JSON_NULL);

    IS(as(w, c.mina, "/api/v1/home?since=2026-03-09", 200), "changes.total", 0);
    as(w, c.mina, "/api/v1/home?book=team", 400);
    as(w, c.mina, "/api/v1/home?book=everybody", 400);
    as(w, c.mina, "/api/v1/home?since=2027-01-01", 400);
    as(w, c.mina, "/api/v1/home?since=yesterday", 400);
    w->language = PERSIAN;
    home = as(w, c.mina, "/api/v1/home?since=2026-03-04", 200);
    SAYS(
        home, "calls.data.0.reasons.1.text",
        "تیکت‌های باز در \u2068چهار هفته\u2069 از \u2068۰\u2069 به \u2068۲\u2069 رسید.");
}

static void a_leaders_view(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    const struct json *home = as(w, c.sara, "/api/v1/home", 200); /* Sara has accounts of her own */
    SAYS(home, "book.scope", "own");
    IS(home, "book.accounts", 1);
    home = as(w, c.sara, "/api/v1/home?book=all", 200);
    IS(home, "book.accounts", 3);
    IS(home, "book.arr", 21000000);
    IS(home, "renewals.weeks.8.open", 3000000); /* C: 11 May, in 62 days */
    SAYS(home, "leaders.by_owner.0.title", "Mina Rad");
    IS(home, "leaders.by_owner.0.at_stake", 12000000 * 0.8 + 6000000 * 0.4);
    IS(home, "leaders.by_owner.0.at_risk_accounts", 1);
    IS(home, "leaders.by_owner.1.at_stake", 0);
    SAYS(home, "leaders.by_segment.0.key", "large");
    SAYS(home, "leaders.fallen.0.name", "Company A");
    assert_int_equal(json_get(json_get(home, "leaders"), "risen")->n, 0);
    struct principal team = c.sara;
    team.scope = SCOPE_TEAM;
    IS(as(w, team, "/api/v1/home?book=team", 200), "book.accounts", 3); /* all of East */
    as(w, team, "/api/v1/home?book=all", 400);
}

/* A contact lately, and a contact who can act, change who is called first. */
static void a_call_helps_more_where_nobody_spoke_lately(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    api(w, METHOD_POST, "/api/v1/accounts/A/activities",
        "{\"key\":\"call\",\"kind\":\"call\",\"happened_at\":\"2026-03-08T08:00:00Z\"}", 201);
    contact(
        w, "A",
        "\"user_key\":\"ruth\",\"name\":\"Ruth Ansel\",\"role\":\"sponsor\",\"valid_from\":\"2026-01-01T00:00:00Z\"");
    caught_up(w);
    const struct json *home = as(w, c.mina, "/api/v1/home", 200);
    IS(home, "calls.data.0.help.reach", 1);
    IS(home, "calls.data.0.help.fresh", 0.25); /* two days ago */
    IS(home, "calls.data.0.worth", 12000000 * 0.8 * 0.25);
    SAYS(home, "calls.data.0.whom.name", "Ruth Ansel");
    change(w, "A", "{\"status\":\"leaving\"}");
    caught_up(w);
    IS(as(w, c.mina, "/api/v1/home", 200), "calls.data.0.help.time", 0.25);
}

/* Whoever has it already is told so, until something changes. */
static void home_is_sent_once(void **state) {
    struct api_world *w = *state;
    struct company c = company(w);
    struct str known = {0};
    for (int round = 0; round < 3; round++) {
        struct parameter header = {STR("if-none-match"), known};
        struct request request = {.house = w->house,
                                  .arena = &w->arena,
                                  .method = METHOD_GET,
                                  .headers = &header,
                                  .header_count = 1,
                                  .peer = STR("local"),
                                  .principal = c.sara};
        struct response response = {0};
        router_dispatch(w->house->router, &request, STR("/api/v1/home?since=2026-03-04"), &response);
        assert_int_equal(response.code ? response.code : 200, round == 1 ? 304 : 200);
        assert_true(response.etag.n > 2 && str_equal(response.etag, known) == (round == 1));
        assert_true((response.body.n > 0) == (round != 1));
        known = str_copy(&w->arena, response.etag);
        buf_free(&response.body);
        if (round == 1) api(w, METHOD_PATCH, "/api/v1/accounts/C", "{\"name\":\"Another\"}", 200);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_range_is_median_and_two_swings),
        cmocka_unit_test(what_was_kept_has_a_margin),
        cmocka_unit_test_setup_teardown(the_head_of_an_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(use_by_week_and_feature, set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_and_who_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revenue_and_health_over_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ones_own_book, set_up, tear_down),
        cmocka_unit_test_setup_teardown(home_is_sent_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_leaders_view, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_helps_more_where_nobody_spoke_lately, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
