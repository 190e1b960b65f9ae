/* Segments over a real folder: a small company is entered through the API's own router, and who is in what is
 * reckoned by hand beside it. */
#include "insight/backtest_api.h"
#include "insight/fact_memory.h"
#include "insight/insight.h"
#include "queries.h"
#include "signals/usage.h"

#include "house_world.h"

static void account(struct world *w, const char *key) {
    api(w, METHOD_POST, "/api/v1/accounts",
        PATH("{\"key\":\"%s\",\"name\":\"Company %s\",\"starts_on\":\"2024-01-01\"}", key, key), 201);
}

static void follow(struct world *w) {
    MUST(health_live_catch_up(w->house->health, &w->problem));
}

/* An urgent ticket of today, in the UTC of the folder. */
static void urgent_ticket(struct world *w, const char *account_key, const char *key, bool open) {
    char at[INSTANT_TEXT + 1], closed[64] = "";
    instant_print(w->now - 60000, at);
    if (!open) snprintf(closed, sizeof closed, ",\"closed_at\":\"%s\"", at);
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/tickets", account_key),
        PATH(
            "{\"key\":\"%s\",\"opened_at\":\"2024-06-01T09:00:00Z\",\"urgency\":\"urgent\",\"status\":\"%s\",\"subject\":\"Help\"%s}",
            key, open ? "open" : "closed", closed),
        open ? 201 : 200);
    follow(w);
}

static struct json *segment_set(struct world *w, const char *key, const char *rule, int expected) {
    w->if_match = STR("*");
    struct json *answer =
        api(w, METHOD_PUT, PATH("/api/v1/segments/%s", key), PATH("{\"text\":\"%s\"}", rule), expected);
    w->if_match = (struct str){0};
    return answer;
}

/* Accounts of an array of members, joined. */
static const char *names(struct world *w, const struct json *data) {
    struct buf out = {0};
    for (size_t i = 0; data && i < data->n; i++) {
        struct str contact = json_get_string(&data->items[i], "contact_name");
        buf_put_str(&out, contact.n ? contact : json_get_string(&data->items[i], "account"));
        buf_put_byte(&out, ' ');
    }
    const char *text = str_c(&w->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

#define MEMBERS(key, query, expected)                                                                        \
    assert_string_equal(                                                                                     \
        names(w, member(api(w, METHOD_GET, PATH("/api/v1/segments/%s/members%s", key, query), NULL, 200),    \
                        "data")),                                                                            \
        expected)

static struct json *history(struct world *w, const char *key) {
    return api(w, METHOD_GET, PATH("/api/v1/segments/%s/history", key), NULL, 200);
}

static double counted(struct world *w, const char *rule, const char *truth) {
    return number(api(w, METHOD_POST, "/api/v1/rules/evaluate", PATH("{\"text\":\"%s\"}", rule), 200), truth);
}

#define BANDS                                                                                                \
    "\"bands\":[{\"key\":\"low\",\"title\":{\"en\":\"Low\",\"fa\":\"کم\"},\"below\":40},"                  \
    "{\"key\":\"high\",\"title\":{\"en\":\"High\",\"fa\":\"زیاد\"}}]"

/* ---- tests ---- */

static void members_have_a_history(void **state) {
    struct world *w = *state;
    account(w, "A");
    account(w, "B");
    follow(w);
    segment_set(w, "urgent", "open_urgent_tickets > 0", 201);
    assert_int_equal(member(history(w, "urgent"), "data")->n, 0);
    travel(w, 60000);
    urgent_ticket(w, "A", "T1", true);
    MEMBERS("urgent", "", "A ");
    struct json *rows = history(w, "urgent");
    assert_int_equal(member(rows, "data")->n, 1);
    TEXT(rows, "data.0.account", "A");
    TEXT(rows, "data.0.cause", "rule");
    TEXT(rows, "data.0.why.text", "open_urgent_tickets > 0");
    TEXT(rows, "data.0.why.en", "Open urgent tickets is above 0");
    TEXT(rows, "data.0.why.rule.fact", "open_urgent_tickets");
    assert_true(member(rows, "data.0.entered")->boolean);
    assert_true(counted(w, "entered urgent in 7 days", "true") == 1);
    assert_true(counted(w, "left urgent in 7 days", "true") == 0);

    /* An edited rule is a new generation: A is no longer in, and has not left. */
    travel(w, 60000);
    struct json *saved = segment_set(w, "urgent", "open_urgent_tickets > 1", 200);
    assert_true(number(saved, "version") == 2 && number(saved, "members") == 0);
    rows = history(w, "urgent");
    assert_int_equal(member(rows, "data")->n, 2);
    TEXT(rows, "data.0.cause", "rule_edited");
    assert_false(member(rows, "data.0.entered")->boolean);
    assert_true(counted(w, "left urgent in 7 days", "true") == 0);

    /* Two tickets bring B in; one of them closed takes it out again, and that is leaving. */
    travel(w, 60000);
    urgent_ticket(w, "B", "T2", true);
    travel(w, 60000);
    urgent_ticket(w, "B", "T3", true);
    MEMBERS("urgent", "", "B ");
    travel(w, 60000);
    urgent_ticket(w, "B", "T3", false);
    MEMBERS("urgent", "", "");
    rows = history(w, "urgent");
    assert_int_equal(member(rows, "data")->n, 4);
    TEXT(rows, "data.0.why.text", "not open_urgent_tickets > 1");
    assert_true(counted(w, "left urgent in 7 days", "true") == 1);
    /* A and B came; B went, and A only because the rule was edited. */
    struct json *one = api(w, METHOD_GET, "/api/v1/segments/urgent", NULL, 200);
    assert_true(number(one, "entered_30d") == 2 && number(one, "left_30d") == 1);
    /* Without counts there are none: absent, not 0. */
    struct json *bare = api(w, METHOD_GET, "/api/v1/segments?counts=0", NULL, 200);
    const struct json *urgent = member(bare, "data.0");
    assert_int_equal(member(bare, "data")->n,
                     member(api(w, METHOD_GET, "/api/v1/segments", NULL, 200), "data")->n);
    assert_non_null(json_get(urgent, "key"));
    assert_true(!json_get(urgent, "members") || json_get(urgent, "members")->kind == JSON_NULL);
    assert_true(!json_get(urgent, "arr") || json_get(urgent, "arr")->kind == JSON_NULL);
    api(w, METHOD_GET, "/api/v1/segments?counts=2", NULL, 400);
    travel(w, 9 * DAY_MS);
    assert_true(counted(w, "left urgent in 7 days", "true") == 0);

    /* As shown three days ago, a day after B left: nobody; as recomputed by today's rule: likewise. On the
     * first day A was shown, and today's rule would not have it. */
    MEMBERS("urgent", "?shown=1&as_of=2024-06-09", "");
    house_close(w->house);
    open_house(w, false);
    assert_int_equal(member(history(w, "urgent"), "data")->n, 4); /* a start writes nothing twice */
    travel(w, 22 * (instant_t)DAY_MS);
    one = api(w, METHOD_GET, "/api/v1/segments/urgent", NULL, 200);
    assert_true(number(one, "entered_30d") == 0 && number(one, "left_30d") == 0);
}

static void dates_turn_when_the_day_starts(void **state) {
    struct world *w = *state;
    /* The term is over when 2024-08-03 starts; notice may be given until 30 days before, 2024-07-04: 30 days
     * later than 2024-06-04, which starts in 14 hours. */
    account(w, "A");
    api(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
        "{\"key\":\"S\",\"starts_on\":\"2024-01-01\",\"ends_on\":\"2024-08-02\",\"notice_days\":30,\"auto_renew\":true,\"amount\":1200,"
        "\"amount_per\":\"year\",\"currency\":\"EUR\",\"effective_from\":\"2024-01-01\"}",
        201);
    follow(w);
    struct json *facts = api(w, METHOD_GET, "/api/v1/accounts/A/facts?keys=notice_date", NULL, 200);
    TEXT(facts, "data.0.value", "2024-07-04");
    segment_set(w, "soon", "notice_date within next 30 days", 201);
    MEMBERS("soon", "", "");
    struct json *why = api(w, METHOD_POST, "/api/v1/rules/evaluate",
                           "{\"text\":\"notice_date within next 30 days\",\"account\":\"A\"}", 200);
    TEXT(why, "truth", "false");
    TEXT(why, "turns_on", "2024-06-04");
    travel(w, 14 * 3600000 - 1); /* the last millisecond of the day */
    follow(w);
    assert_int_equal(member(history(w, "soon"), "data")->n, 0);
    travel(w, 1);
    follow(w); /* as the worker does by itself: there is no notice */
    struct json *rows = history(w, "soon");
    assert_int_equal(member(rows, "data")->n, 1);
    TEXT(rows, "data.0.at", "2024-06-04T00:00:00.000Z");
    TEXT(rows, "data.0.why.text", "notice_date within next 30 days");
}

static void faulty_rules_point_at_the_node(void **state) {
    struct world *w = *state;
    static const struct {
        const char *rule, *where, *code;
    } faults[] = {
        {"{\"all\":[{\"fact\":\"arr\",\"is\":\">\",\"value\":1},{\"fact\":\"helth\",\"is\":\"<\",\"value\":1}]}",
         "/rule/all/1/fact", "fact_unknown"},
        {"{\"not\":{\"fact\":\"stage\",\"is\":\">\",\"value\":1}}", "/rule/not/is", "rule_operator_type"},
        {"{\"did\":{\"event\":\"login\"},\"in\":\"9999d\"}", "/rule/in", NULL},
        {"{\"any\":[{\"in_segment\":\"a\"},{\"in_segment\":\"b\"}]}", "/rule/any/1", "segment_cycle"},
        {"{\"some_contact\":{\"fact\":\"arr\",\"is\":\">\",\"value\":1},\"at_least\":1}",
         "/rule/some_contact/fact", "fact_unknown"},
    };
    segment_set(w, "a", "arr > 5", 201);
    segment_set(w, "b", "not in segment a", 201);
    segment_set(w, "c", "in segment b", 201);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        w->if_match = STR("*");
        /* b would name itself through nothing but itself; a through b */
        struct json *problem = api(w, METHOD_PUT, i == 3 ? "/api/v1/segments/b" : "/api/v1/segments/x",
                                   PATH("{\"rule\":%s}", faults[i].rule), 400);
        TEXT(problem, "errors.0.pointer", faults[i].where);
        if (faults[i].code) TEXT(problem, "errors.0.code", faults[i].code);
    }
    struct json *problem =
        api(w, METHOD_PUT, "/api/v1/segments/a", "{\"rule\":{\"not\":{\"in_segment\":\"c\"}}}", 400);
    TEXT(problem, "errors.0.pointer", "/rule/not");
    TEXT(problem, "errors.0.code", "segment_cycle");
    w->if_match = (struct str){0};
    TEXT(api(w, METHOD_DELETE, "/api/v1/segments/a", NULL, 409), "code", "segment_used");
    api(w, METHOD_DELETE, "/api/v1/segments/c", NULL, 204);
    api(w, METHOD_GET, "/api/v1/segments/c", NULL, 404);
}

/* The folder begins before its currency is known: thresholds of the touch models that nobody has touched
 * follow it at the next start. 20,000 dollars are 10^10 rials, by 500,000 a dollar. One that was changed
 * stays. */
static void touch_models_follow_the_currency(void **state) {
    struct world *w = *state;
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/segments/low_touch", "{\"text\":\"arr >= 7\"}", 200);
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"organisation.currency\": \"IRR\"}", 200);
    for (int again = 0; again < 2; again++) {
        house_close(w->house);
        open_house(w, false);
        struct json *high = api(w, METHOD_GET, "/api/v1/segments/high_touch", NULL, 200);
        assert_true(number(high, "version") == 2);
        assert_true(str_starts(json_get_string(high, "text"), STR("arr >= 10000000000 or")));
        TEXT(api(w, METHOD_GET, "/api/v1/segments/low_touch", NULL, 200), "text", "arr >= 7");
    }
}

/* A milestone reads segment a; segment b, then a scorecard, read an own fact: neither goes before they do. An
 * own fact stored in an earlier time whose contacts had a trait that is gone is left out, and the others go
 * on. */
static void what_is_named_is_not_removed(void **state) {
    struct world *w = *state;
    static const char *const effort =
        "{\"key\":\"effort\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"days\",\"title\":{\"en\":\"E\",\"fa\":\"ت\"},"
        "\"source\":{\"formula\":\"active_days_28d * 2\"}}";
    segment_set(w, "a", "arr > 5", 201);
    api(w, METHOD_PUT, "/api/v1/milestones/m",
        "{\"stage\":\"onboarding\",\"title_en\":\"M\",\"rule\":\"in segment a\",\"due_days\":7}", 201);
    w->if_match = (struct str){0};
    TEXT(api(w, METHOD_DELETE, "/api/v1/segments/a", NULL, 409), "code", "segment_used_by_milestone");
    api(w, METHOD_DELETE, "/api/v1/milestones/m", NULL, 204);
    api(w, METHOD_DELETE, "/api/v1/segments/a", NULL, 204);
    api(w, METHOD_POST, "/api/v1/facts", effort, 201);
    segment_set(w, "b", "effort > 5", 201);
    w->if_match = (struct str){0};
    TEXT(api(w, METHOD_DELETE, "/api/v1/facts/effort", NULL, 409), "code", "segment_used");
    api(w, METHOD_DELETE, "/api/v1/segments/b", NULL, 204);
    struct session *session = NULL;
    MUST(records_write(w->house->records, &session, &w->problem));
    struct rows *rows = rows_open(session, &query_own_fact_insert);
    rows_bind_text(rows, "key", STR("a_gone")); /* before the other in the list */
    rows_bind_text(
        rows, "declaration",
        STR("{\"key\":\"a_gone\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"people\",\"title\":{\"en\":\"G\",\"fa\":\"گ\"},"
            "\"source\":{\"people\":{\"filter\":\"no_such_field = \\\"x\\\"\",\"measure\":\"count\"}}}"));
    rows_bind_int(rows, "now", w->now);
    rows_next(rows);
    MUST(rows_close(rows, &w->problem));
    MUST(session_commit(session, &w->problem));
    MUST(insight_load(w->house->insight, &w->problem));
    const struct catalogue *catalogue = insight_catalogue(w->house->insight);
    assert_int_equal(catalogue_find(catalogue, STR("a_gone")), DICT_NONE);
    assert_true(catalogue_find(catalogue, STR("effort")) != DICT_NONE);
    api(w, METHOD_DELETE, "/api/v1/facts/effort", NULL, 204);
}

/* Questions with `did` leave facts of their own behind, 4,096 at most: the worker makes room before they are
 * many. */
static void questions_do_not_use_up_the_facts(void **state) {
    struct world *w = *state;
    size_t at_first = catalogue_size(insight_catalogue(w->house->insight));
    for (int round = 0; round < 3; round++) {
        struct catalogue *catalogue = insight_catalogue(w->house->insight);
        for (int i = 0; i < 3000; i++) {
            struct json source;
            uint32_t number;
            MUST(json_parse(str_format(&w->arena, "{\"usage\":{\"measure\":\"%s\",\"window\":\"%dd\"}}",
                                       i % 2 ? "users" : "events", 1 + i / 2),
                            &w->arena, &source, &w->problem));
            MUST(catalogue_anonymous(catalogue, &source, STR(""), &number, &w->problem));
        }
        follow(w);
        assert_int_equal(catalogue_size(insight_catalogue(w->house->insight)), at_first);
    }
}

static void contacts_are_counted_with_what_is_unknown(void **state) {
    struct world *w = *state;
    static const char *const people[] = {
        "{\"email\":\"ada@a.example\",\"name\":\"Ada\",\"champion\":true,\"role\":\"admin\"}",
        "{\"email\":\"bo@a.example\",\"name\":\"Bo\",\"role\":\"user\"}",
        "{\"email\":\"cy@b.example\",\"name\":\"Cy\"}"};
    account(w, "A");
    account(w, "B");
    for (size_t i = 0; i < 3; i++)
        api(w, METHOD_POST, "/api/v1/accounts/A/contacts", people[i], 201);
    follow(w);
    /* A has one admin, one who is none, one of whom it is not known; B has nobody, so that nothing is
     * unknown. */
    static const struct {
        int least;
        double yes, no, unknown;
    } expected[] = {{1, 1, 1, 0}, {2, 0, 1, 1}, {3, 0, 2, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct json *counts =
            api(w, METHOD_POST, "/api/v1/rules/evaluate",
                PATH("{\"text\":\"at least %d contacts (role = \\\"admin\\\")\"}", expected[i].least), 200);
        NEAR(number(counts, "true"), expected[i].yes);
        NEAR(number(counts, "false"), expected[i].no);
        NEAR(number(counts, "unknown"), expected[i].unknown);
    }
    api(w, METHOD_PUT, "/api/v1/segments/b_mail",
        "{\"holds\":\"contacts\",\"text\":\"email_domain = \\\"b.example\\\"\"}", 201);
    MEMBERS("b_mail", "", "Cy ");
    assert_true(counted(w, "at least 1 contact (in segment b_mail and name starts with \\\"C\\\")", "true") ==
                1);
    /* One contact fewer: Cy leaves the segment as gone. */
    struct json *contacts = api(w, METHOD_GET, "/api/v1/accounts/A/contacts", NULL, 200);
    for (size_t i = 0; i < 3; i++) {
        const struct json *one = &member(contacts, "data")->items[i];
        if (!str_is(json_get_string(one, "name"), "Cy")) continue;
        w->if_match = STR("\"1\"");
        char at[INSTANT_TEXT + 1];
        instant_print(w->now + 1000, at);
        api(w, METHOD_PATCH, PATH("/api/v1/contacts/%.*s", STR_ARG(json_get_string(one, "id"))),
            PATH("{\"valid_to\":\"%s\"}", at), 200);
        w->if_match = (struct str){0};
    }
    travel(w, 2000);
    follow(w);
    MEMBERS("b_mail", "", "");
    TEXT(history(w, "b_mail"), "data.0.cause", "gone");
}

static void previews_name_who_comes_and_goes(void **state) {
    struct world *w = *state;
    account(w, "A");
    account(w, "B");
    account(w, "C");
    urgent_ticket(w, "A", "T1", true);
    urgent_ticket(w, "B", "T2", true);
    segment_set(w, "some", "open_urgent_tickets > 0", 201);
    struct json *preview =
        api(w, METHOD_POST, "/api/v1/segments/some/preview", "{\"text\":\"open_urgent_tickets = 0\"}", 200);
    assert_string_equal(names(w, member(preview, "added.names")), "C ");
    assert_string_equal(names(w, member(preview, "removed.names")), "A B ");
    NEAR(number(preview, "added.count"), 1);
    NEAR(number(preview, "removed.count"), 2);
    NEAR(number(preview, "members"), 1);
    /* The tickets were opened on 2024-06-01 and became known on 06-03: seven days before, nobody had one. */
    assert_int_equal(member(preview, "sizes")->n, 13);
    TEXT(preview, "sizes.12.day", "2024-05-27");
    NEAR(number(preview, "sizes.12.members"), 3);
    MEMBERS("some", "", "A B "); /* nothing was saved */
}

static void lists_and_nesting(void **state) {
    struct world *w = *state;
    account(w, "A");
    account(w, "B");
    follow(w);
    api(w, METHOD_PUT, "/api/v1/segments/vip", "{\"title_en\":\"VIP\"}", 201);
    segment_set(w, "others", "not in segment vip", 201);
    MEMBERS("others", "", "A B ");
    travel(w, 1000);
    api(w, METHOD_POST, "/api/v1/segments/vip/entries", "{\"add\":[\"A\",\"nobody\"]}", 404);
    MEMBERS("vip", "", ""); /* all or none */
    api(w, METHOD_POST, "/api/v1/segments/vip/entries", "{\"add\":[\"A\"]}", 200);
    follow(w);
    MEMBERS("vip", "", "A ");
    MEMBERS("others", "", "B ");
    TEXT(history(w, "vip"), "data.0.cause", "list");
    TEXT(history(w, "others"), "data.0.why.text", "in segment vip");
    struct json *usage = api(w, METHOD_GET, "/api/v1/cohorts?segment=vip", NULL, 200);
    assert_non_null(member(usage, "cohorts"));
    api(w, METHOD_GET, "/api/v1/cohorts?segment=none", NULL, 400);
    travel(w, 2 * DAY_MS);
    api(w, METHOD_POST, "/api/v1/segments/vip/entries", "{\"remove\":[\"A\"]}", 200);
    follow(w);
    MEMBERS("vip", "", "");
    MEMBERS("vip", "?as_of=2024-06-04", "A ");
    MEMBERS("others", "?as_of=2024-06-04", "B ");
}

static void touch_models_exclude_each_other(void **state) {
    struct world *w = *state;
    account(w, "A");
    account(w, "B");
    account(w, "C");
    /* ARR 30,000, 6,000 and none: high from 20,000 on, low from 5,000; tech where any is known */
    static const struct {
        const char *key;
        long amount;
    } paying[] = {{"A", 3000000}, {"B", 600000}};
    for (size_t i = 0; i < 2; i++)
        api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", paying[i].key),
            PATH(
                "{\"key\":\"S-%s\",\"starts_on\":\"2024-01-01\",\"ends_on\":\"2024-12-31\",\"amount\":%ld,\"amount_per\":\"year\","
                "\"currency\":\"EUR\",\"effective_from\":\"2024-01-01\"}",
                paying[i].key, paying[i].amount),
            201);
    follow(w);
    static const char *const models[] = {"high_touch", "low_touch"}, *const days[] = {"30", "90"};
    for (size_t i = 0; i < 2; i++) {
        struct json *facts = api(
            w, METHOD_GET,
            PATH("/api/v1/accounts/%s/facts?keys=touch_model,touch_cadence_days", paying[i].key), NULL, 200);
        TEXT(facts, "data.0.value", models[i]);
        NEAR(number(facts, "data.1.value"), atof(days[i]));
        MEMBERS(models[i], "", PATH("%s ", paying[i].key));
    }
    struct json *none = api(w, METHOD_GET, "/api/v1/accounts/C/facts?keys=touch_model", NULL, 200);
    TEXT(none, "data.0.state", "unknown");
    MEMBERS("tech_touch", "", "");
    struct json *problem = segment_set(w, "high_touch", "contact_overdue_days > 3", 400);
    TEXT(problem, "errors.0.code", "touch_cycle");
    /* A scorecard that applies to a segment cannot be made from itself, whichever of them comes last. */
    segment_set(w, "weak", "health < 40", 201);
    w->if_match = STR("*");
#define CARD(segment)                                                                                                                      \
    PATH(                                                                                                                                  \
        "{\"place\":1,\"card\":{\"key\":\"a_own\",\"title\":{\"en\":\"Own\",\"fa\":\"خود\"},\"applies_to\":{\"in_segment\":\"%s\"}," BANDS \
        ",\"groups\":[{\"key\":\"all\",\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,\"measures\":["                           \
        "{\"fact\":\"open_tickets\",\"weight\":1,\"points\":{\"linear\":[[0,100],[10,0]]}}]}]}}",                                          \
        segment)
    TEXT(api(w, METHOD_PUT, "/api/v1/scorecards/a_own", CARD("weak"), 400), "errors.0.code",
         "scorecard_cycle");
    api(w, METHOD_PUT, "/api/v1/scorecards/a_own", CARD("high_touch"), 201);
    TEXT(api(w, METHOD_PUT, "/api/v1/segments/high_touch", "{\"text\":\"health < 40\"}", 400),
         "errors.0.code", "segment_of_score");
    TEXT(api(w, METHOD_DELETE, "/api/v1/segments/high_touch", NULL, 409), "code", "segment_used_by_card");
    w->if_match = (struct str){0};
    follow(w);
    TEXT(api(w, METHOD_GET, "/api/v1/accounts/A/health", NULL, 200), "card", "a_own v1");
}

static void quarters_are_the_organisations(void **state) {
    struct world *w = *state;
    account(w, "A");
    api(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
        "{\"key\":\"S\",\"starts_on\":\"2024-01-01\",\"ends_on\":\"2024-06-17\",\"notice_days\":0,\"auto_renew\":true,\"amount\":1200,"
        "\"amount_per\":\"year\",\"currency\":\"EUR\",\"effective_from\":\"2024-01-01\"}",
        201);
    follow(w);
    /* 2024-06-18 is 1403-03-29: the second Gregorian quarter, the first Persian one, and the fourth of a
     * Persian year that starts in Tir (month 4). */
    static const struct {
        const char *calendar, *month;
        int quarter;
    } years[] = {{"gregorian", "1", 2}, {"persian", "1", 1}, {"persian", "4", 4}, {"gregorian", "7", 4}};
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        api(w, METHOD_PATCH, "/api/v1/settings",
            PATH("{\"organisation.calendar\":\"%s\",\"organisation.fiscal_month\":\"%s\"}", years[i].calendar,
                 years[i].month),
            200);
        follow(w);
        for (int quarter = 1; quarter <= 4; quarter++)
            NEAR(counted(w, PATH("notice_date in fiscal quarter (%d)", quarter), "true"),
                 quarter == years[i].quarter);
    }
}

/* What a removed segment held, it holds again: its history is of such members. */
static void a_removed_segment_holds_what_it_held(void **state) {
    struct world *w = *state;
    account(w, "A");
    follow(w);
    segment_set(w, "vip", "arr is unknown", 201);
    api(w, METHOD_PUT, "/api/v1/segments/staff", "{\"holds\":\"contacts\",\"text\":\"role = \\\"admin\\\"\"}",
        201);
    MEMBERS("vip", "", "A ");
    api(w, METHOD_DELETE, "/api/v1/segments/vip", NULL, 204);
    api(w, METHOD_DELETE, "/api/v1/segments/staff", NULL, 204);
    w->if_match = STR("*");
    struct json *problem = api(w, METHOD_PUT, "/api/v1/segments/vip",
                               "{\"holds\":\"contacts\",\"text\":\"role = \\\"admin\\\"\"}", 400);
    TEXT(problem, "errors.0.code", "segment_holds_fixed");
    TEXT(api(w, METHOD_PUT, "/api/v1/segments/staff", "{\"text\":\"role is known\"}", 201), "holds",
         "contacts");
    w->if_match = (struct str){0};
}

static void entries_are_lists(void **state) {
    struct world *w = *state;
    account(w, "A");
    api(w, METHOD_PUT, "/api/v1/segments/vip", "{\"title_en\":\"VIP\"}", 201);
    struct json *problem = api(w, METHOD_POST, "/api/v1/segments/vip/entries", "{\"add\":\"A\"}", 400);
    TEXT(problem, "errors.0.pointer", "/add");
    TEXT(problem, "errors.0.code", "entries_list");
}

/* ---- columns of past days ---- */

/* The fact of the first account as it could be known on 2024-05-20. */
static double on_a_past_day(struct world *w, struct fact_memory *memory, const char *key) {
    struct rule_needs needs = {0};
    struct arena arena = {0};
    struct column column;
    struct moment moment = moment_of_day(w->house->insight, TODAY - 14);
    moment_known_at(w->house->insight, &moment, TODAY - 14);
    uint32_t fact = catalogue_find(fact_memory_catalogue(memory), str_of(key));
    (void)rule_need(&needs, (struct rule_need){.kind = NEED_FACT, .number = fact}, &arena);
    MUST(fact_memory_needs(memory, &needs, &moment, &arena, &column, &w->problem));
    double value = column.state[0] == FACT_KNOWN ? column.number[0] : NAN;
    arena_free(&arena);
    return value;
}

/* Ada is one admin of one; then she is none: that is so of every day, since roles keep no history. The fact
 * itself, a formula over it and a touch model over that are asked anew. */
static void facts_of_people_are_not_kept(void **state) {
    struct world *w = *state;
    account(w, "A");
    struct json *contact = api(
        w, METHOD_POST, "/api/v1/accounts/A/contacts",
        "{\"email\":\"ada@a.example\",\"name\":\"Ada\",\"role\":\"admin\",\"valid_from\":\"2024-01-01T00:00:00Z\"}",
        201);
    static const char *const facts[] = {
        "{\"key\":\"admins\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"people\",\"title\":{\"en\":"
        "\"Admins\",\"fa\":\"مدیران\"},\"source\":{\"people\":{\"filter\":\"role = \\\"admin\\\"\",\"measure\":\"count\"}}}",
        "{\"key\":\"admins_twice\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"people\",\"title\":{\"en\":"
        "\"Twice\",\"fa\":\"دو برابر\"},\"source\":{\"formula\":\"admins * 2\"}}"};
    for (size_t i = 0; i < 2; i++)
        api(w, METHOD_POST, "/api/v1/facts", facts[i], 201);
    segment_set(w, "high_touch", "at least 1 contact (role = \\\"admin\\\")", 200);
    follow(w);
    struct fact_memory *memory = house_memory(w->house, insight_catalogue(w->house->insight));
    NEAR(on_a_past_day(w, memory, "admins"), 1);
    NEAR(on_a_past_day(w, memory, "admins_twice"), 2);
    double model = on_a_past_day(w, memory, "touch_model");
    assert_false(isnan(model));
    w->if_match = STR("\"1\"");
    api(w, METHOD_PATCH, PATH("/api/v1/contacts/%.*s", STR_ARG(json_get_string(contact, "id"))),
        "{\"role\":\"user\"}", 200);
    w->if_match = (struct str){0};
    follow(w);
    NEAR(on_a_past_day(w, memory, "admins"), 0);
    NEAR(on_a_past_day(w, memory, "admins_twice"), 0);
    assert_true(on_a_past_day(w, memory, "touch_model") != model);
    fact_memory_release(memory);
}

static void put_use(struct world *w, day_t day) {
    usage_write_lock(w->house->usage);
    usage_add(w->house->usage, &(struct usage_entry){0, 1, 1, day, day, 1, .source = 1, .imported = true}, 1);
    usage_unlock(w->house->usage);
}

/* A file of events is imported whose days could be known then: they are newer than all that was there, and
 * older than the day of which columns were kept. */
static void kept_days_hear_of_later_imports(void **state) {
    struct world *w = *state;
    account(w, "A");
    follow(w);
    for (day_t day = TODAY - 60; day < TODAY - 24; day++)
        put_use(w, day);
    struct fact_memory *memory = house_memory(w->house, insight_catalogue(w->house->insight));
    assert_true(isnan(on_a_past_day(w, memory, "events_7d"))); /* silent since ten days */
    fact_memory_release(memory);
    for (day_t day = TODAY - 24; day < TODAY - 10; day++)
        put_use(w, day);
    memory = house_memory(w->house, insight_catalogue(w->house->insight));
    NEAR(on_a_past_day(w, memory, "events_7d"), 7);
    fact_memory_release(memory);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(members_have_a_history),
        TEST(dates_turn_when_the_day_starts),
        TEST(faulty_rules_point_at_the_node),
        TEST(touch_models_follow_the_currency),
        TEST(what_is_named_is_not_removed),
        TEST(questions_do_not_use_up_the_facts),
        TEST(contacts_are_counted_with_what_is_unknown),
        TEST(previews_name_who_comes_and_goes),
        TEST(lists_and_nesting),
        TEST(touch_models_exclude_each_other),
        TEST(quarters_are_the_organisations),
        TEST(a_removed_segment_holds_what_it_held),
        TEST(entries_are_lists),
        TEST(facts_of_people_are_not_kept),
        TEST(kept_days_hear_of_later_imports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
