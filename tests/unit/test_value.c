/* Time to value, milestones, satisfaction and lifetime value of small companies, every figure reckoned by
 * hand beside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "insight/lifetime.h"
#include "insight/milestone.h"
#include "insight/satisfaction.h"

enum { REPORT = 1, LOGIN, API };

/* What is done once in the midst of the next evaluation. */
static void (*meanwhile)(struct api_world *w);
static struct api_world *meddler;

static uint32_t event_number(void *self, struct str name) {
    (void)self;
    if (meanwhile) {
        void (*act)(struct api_world *) = meanwhile;
        meanwhile = NULL;
        act(meddler);
    }
    return str_is(name, "report") ? REPORT : str_is(name, "login") ? LOGIN : str_is(name, "api") ? API : 0;
}

static int set_up(void **state) {
    *state = api_world_open("2026-01-01");
    ((struct api_world *)*state)->house->insight->parts.event_number = event_number;
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* The source of usage was heard of on every day until then. */
static void heard_until(struct api_world *w, const char *day) {
    usage_write_lock(w->house->usage);
    for (day_t d = day_of("2026-01-01"); d <= day_of(day); d++)
        usage_heard(w->house->usage, 0, d, false);
    usage_unlock(w->house->usage);
}

/*   account  stage                                      use
 *   A        onboarding from 1 January                  login 1 January, report 11 January
 *   B        onboarding from 1 January, adopting from 15    login 2 and 3 January, report 21 January
 *   E        onboarding from 5 January, lost on 20       none
 *   D        none, starts 9 January                      report 18 February
 *   H        none, starts 1 February                     report 31 January, on trial
 *   C        onboarding from 8 February                  none
 *   F        starts 1 December, before any usage was recorded
 *   G        no start is known */
static void company(struct api_world *w) {
    account(w, "A", ",\"starts_on\":\"2026-01-01\",\"stage\":\"onboarding\"");
    account(w, "B", ",\"starts_on\":\"2026-01-01\",\"stage\":\"onboarding\"");
    account(w, "F", ",\"starts_on\":\"2025-12-01\"");
    account(w, "G", "");
    travel_to(w, "2026-01-05");
    account(w, "E", ",\"starts_on\":\"2026-01-05\",\"stage\":\"onboarding\"");
    travel_to(w, "2026-01-09");
    account(w, "D", ",\"starts_on\":\"2026-01-09\",\"plan\":\"gold\"");
    travel_to(w, "2026-01-15");
    change(w, "B", "{\"stage\":\"adopting\"}");
    travel_to(w, "2026-01-20");
    change(w, "E", "{\"status\":\"lost\",\"status_on\":\"2026-01-20\"}");
    travel_to(w, "2026-02-01");
    account(w, "H", ",\"starts_on\":\"2026-02-01\"");
    travel_to(w, "2026-02-08");
    account(w, "C", ",\"starts_on\":\"2026-02-08\",\"stage\":\"onboarding\"");
    travel_to(w, "2026-03-10");
    heard_until(w, "2026-03-10");
    use(w, "A", LOGIN, "2026-01-01");
    use(w, "A", REPORT, "2026-01-11");
    use(w, "B", LOGIN, "2026-01-02");
    use(w, "B", LOGIN, "2026-01-03");
    use(w, "B", REPORT, "2026-01-21");
    use(w, "D", REPORT, "2026-02-18");
    use(w, "H", REPORT, "2026-01-31");
    caught_up(w);
}

/* 501 accounts, each of a segment of its own. */
static void a_split_into_too_many_groups_is_refused(void **state) {
    struct api_world *w = *state;
    for (int i = 0; i < 501; i++) {
        account(w, PATH("K%d", i), PATH(",\"segment\":\"s%d\"", i));
        if (i < 499) continue;
        caught_up(w);
        api(w, METHOD_GET, "/api/v1/time-to-value?split=segment", NULL, i < 500 ? 200 : 400);
    }
}

/* ---- time to value ---- */

/* Days: H 0 (before its start), A 10, E 15+, B 20, C 30+, D 40; +: not there yet, or left.
 *   S(0) = 5/6   S(10) = 5/6 × 4/5 = 4/6   S(20) = 4/6 × 2/3 = 4/9 (at risk: B, C, D)   S(40) = 0
 * A quarter is there when S ≤ 3/4: 10 days; half, S ≤ 1/2: 20; three quarters, S ≤ 1/4: 40. */
static void time_to_value_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    struct json *empty = api(w, METHOD_GET, "/api/v1/time-to-value", NULL, 200);
    assert_non_null(strstr(text(w, empty, "note.en"), "No value event is defined"));
    IS(empty, "no_event", 8);
    api(w, METHOD_PUT, "/api/v1/value-events/first", "{\"event\":\"report\"}", 201);
    struct json *t = api(w, METHOD_GET, "/api/v1/time-to-value", NULL, 200);
    IS(t, "data.0.accounts", 6);
    IS(t, "data.0.reached", 4);
    IS(t, "data.0.waiting", 1);
    IS(t, "data.0.left", 1);
    IS(t, "data.0.early", 1);
    IS(t, "data.0.not_yet", 100 * 2.0 / 6);
    IS(t, "data.0.p25", 10);
    IS(t, "data.0.p50", 20);
    IS(t, "data.0.p75", 40);
    IS(t, "data.0.within_30", 100 * 5.0 / 9);
    IS(t, "data.0.within_90", 100);
    IS(t, "no_data", 1);
    IS(t, "no_start", 1);
    IS(t, "curve.1.day", 10);
    IS(t, "curve.1.share", 1.0 / 3);
    assert_non_null(strstr(text(w, t, "definition.fa"), "کاپلان–مایر"));

    /* As the first of February starts: A, B there; D (23 days) not yet; E left; H, C not customers. */
    t = api(w, METHOD_GET, "/api/v1/time-to-value?as_of=2026-02-01", NULL, 200);
    IS(t, "data.0.accounts", 4);
    IS(t, "data.0.reached", 2);
    /* By month of the start: A, B, D, E in January, H and C in February. */
    t = api(w, METHOD_GET, "/api/v1/time-to-value?cohorts=yes&periods=2&as_of=2026-03-01", NULL, 200);
    SAYS(t, "data.1.cohort", "2026-01");
    IS(t, "data.1.accounts", 4);
    IS(t, "data.2.accounts", 2);
    IS(t, "data.2.p25", 0); /* S(0) = 1/2 */

    struct json *list = api(w, METHOD_GET, "/api/v1/time-to-value/accounts?state=all&limit=2", NULL, 200);
    SAYS(list, "data.0.account", "D");
    IS(list, "data.0.days", 40);
    SAYS(list, "data.1.account", "C");
    SAYS(list, "data.1.state", "waiting");
    SAYS(list, "next_cursor", "2");
}

/* D has the plan gold, for which the API proves value: that was never used. */
static void the_most_particular_event_holds(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/value-events/first", "{\"event\":\"report\"}", 201);
    api(w, METHOD_PUT, "/api/v1/value-events/gold", "{\"event\":\"api\",\"plan\":\"gold\"}", 201);
    struct json *list = api(w, METHOD_GET, "/api/v1/time-to-value/accounts?state=all", NULL, 200);
    const struct json *d = item(list, "account", "D");
    SAYS(d, "state", "waiting");
    SAYS(d, "event", "api");
    IS(d, "days", 60); /* 9 January to 10 March */
    /* From its first event of any kind: A began on 1 January with a login, B on the 2nd. */
    api(w, METHOD_PUT, "/api/v1/value-events/first", "{\"event\":\"report\",\"clock\":\"first_event\"}", 200);
    list = api(w, METHOD_GET, "/api/v1/time-to-value/accounts?state=reached", NULL, 200);
    IS(item(list, "account", "B"), "days", 19);
    IS(item(list, "account", "H"), "days", 0);

    struct json *bad = api(w, METHOD_PUT, "/api/v1/value-events/x", "{\"event\":\"nonsense\"}", 400);
    SAYS(bad, "errors.0.pointer", "/event");
    SAYS(bad, "errors.0.code", "value_event_unseen");
    api(w, METHOD_PUT, "/api/v1/value-events/x", "{\"event\":\"api\",\"clock\":\"sunrise\"}", 400);
    api(w, METHOD_DELETE, "/api/v1/value-events/gold", NULL, 204);
    api(w, METHOD_DELETE, "/api/v1/value-events/gold", NULL, 404);
}

/* ---- milestones ---- */

#define TWO_DAYS(due)                                                                                         \
    "{\"stage\":\"onboarding\",\"title_en\":\"Two days of use\",\"title_fa\":\"دو روز استفاده\"," \
    "\"rule\":\"active_days_28d >= 2\",\"due_days\":" #due "}"

/* A feature stands for all its events: A reports on 11 January, after 10 days, as in time_to_value_by_hand.
 */
static void a_feature_proves_value_by_its_events(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_POST, "/api/v1/features",
        "{\"key\":\"reporting\",\"title_en\":\"Reporting\",\"events\":\"report, api\"}", 201);
    caught_up(w);
    api(w, METHOD_PUT, "/api/v1/value-events/first", "{\"event\":\"reporting\"}", 201);
    const struct json *list = api(w, METHOD_GET, "/api/v1/time-to-value/accounts?state=reached", NULL, 200);
    IS(list, "accounts", 4);
    IS(item(list, "account", "A"), "days", 10);
}

/* A's subscription was taken in as of the product atlas and from 1 January; on 5 March that was corrected to
 * beacon. Asked as it was known on 3 March it is of atlas still. */
static void a_corrected_product_proves_nothing(void **state) {
    struct api_world *w = *state;
    static const char *const products[] = {"atlas", "beacon"}, *const days[] = {"2026-03-01", "2026-03-05"};
    account(w, "A", "");
    for (size_t i = 0; i < COUNT(products); i++) {
        travel_to(w, days[i]);
        api(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
            PATH(
                "{\"key\":\"s\",\"product\":\"%s\",\"starts_on\":\"2026-01-01\",\"effective_from\":\"2026-01-01\"}",
                products[i]),
            i ? 200 : 201);
    }
    travel_to(w, "2026-03-10");
    heard_until(w, "2026-03-10");
    caught_up(w);
    api(w, METHOD_PUT, "/api/v1/value-events/first", "{\"event\":\"report\",\"product\":\"atlas\"}", 201);
    struct json *t = api(w, METHOD_GET, "/api/v1/time-to-value", NULL, 200);
    IS(t, "no_event", 1);
    IS(t, "data.0.accounts", 0);
    t = api(w, METHOD_GET, "/api/v1/time-to-value?as_of=2026-03-03&known_at=2026-03-03", NULL, 200);
    IS(t, "data.0.accounts", 1);
}

/* Two days with use: A on 11 January (10 days, due on the 8th), B on 3 January (2 days), E lost without it
 * after 15 days, C waits since 30 days, 23 beyond its due day. S(2) = 3/4, S(10) = 3/4 × 2/3 = 1/2: half are
 * there in 10 days. In time: B of A, B, C, E. */
static void milestones_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/milestones/two-days", TWO_DAYS(7), 201);
    struct json *t = api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    IS(t, "data.0.entered", 4);
    IS(t, "data.0.reached", 2);
    IS(t, "data.0.late", 1);
    IS(t, "data.0.waiting", 0);
    IS(t, "data.0.missed", 1);
    IS(t, "data.0.unknown", 0);
    IS(t, "data.0.in_time", 25);
    IS(t, "data.0.p25", 6);
    IS(t, "data.0.p50", 10);
    NONE(t, "data.0.p75");
    SAYS(t, "data.0.title", "Two days of use");

    struct json *stuck = api(w, METHOD_GET, "/api/v1/milestones/stuck", NULL, 200);
    assert_int_equal(member(stuck, "data")->n, 1);
    SAYS(stuck, "data.0.account", "C");
    SAYS(stuck, "data.0.due_on", "2026-02-15");
    IS(stuck, "data.0.days_late", 23);
    IS(stuck, "data.0.days_in_stage", 30);

    /* The same as facts: C is late with one, A and B have reached one each, D has none to reach. */
    static const struct {
        const char *key;
        double overdue, done;
    } facts[] = {{"A", 0, 1}, {"B", 0, 1}, {"C", 1, 0}, {"D", 0, 0}, {"E", 0, 0}};
    for (size_t i = 0; i < COUNT(facts); i++) {
        struct json *of =
            api(w, METHOD_GET,
                PATH("/api/v1/accounts/%s/facts?keys=milestones_overdue,milestones_done", facts[i].key), NULL,
                200);
        IS(item(of, "fact", "milestones_overdue"), "value", facts[i].overdue);
        IS(item(of, "fact", "milestones_done"), "value", facts[i].done);
    }

    /* As 10 February starts: A and B as before, C waits, not yet late. */
    t = api(w, METHOD_GET, "/api/v1/milestones/progress?as_of=2026-02-10", NULL, 200);
    IS(t, "data.0.waiting", 1);
    IS(t, "data.0.late", 0);
    t = api(w, METHOD_GET, "/api/v1/milestones/progress?as_of=2026-01-11", NULL, 200);
    IS(t, "data.0.reached", 1); /* A's day was not over */

    struct json *one = api(w, METHOD_GET, "/api/v1/accounts/A/milestones", NULL, 200);
    SAYS(one, "data.0.reached_on", "2026-01-11");
    w->language = PERSIAN;
    one = api(w, METHOD_GET, "/api/v1/accounts/A/milestones", NULL, 200);
    SAYS(one, "data.0.title", "دو روز استفاده");
    w->language = ENGLISH;
}

/* Stays in onboarding: B moved on after 14 days, E was lost after 15, C is there since 30 and A since 68
 * days. S(14) = 3/4 and falls no more: a quarter moved on within 14 days. */
static void stages_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/milestones/two-days", TWO_DAYS(7), 201);
    const struct json *t =
        item(api(w, METHOD_GET, "/api/v1/milestones/stages", NULL, 200), "stage", "onboarding");
    IS(t, "stays", 4);
    IS(t, "moved_on", 1);
    IS(t, "lost", 1);
    IS(t, "here", 2);
    IS(t, "late", 1);
    IS(t, "longest_days", 68);
    IS(t, "p25", 14);
    NONE(t, "p50");
}

/* A rule reads an own fact; the fact is defined anew, and what was judged by the old one is judged again. So
 * it is with a contact, whose fields keep no history: made a champion today. */
static void the_past_is_judged_anew_when_facts_or_contacts_change(void **state) {
    struct api_world *w = *state;
#define EFFORT(times)                                                                                                                 \
    "{\"key\":\"effort\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"days\",\"title\":{\"en\":\"Effort\",\"fa\":\"تلاش\"}," \
    "\"source\":{\"formula\":\"active_days_28d * " times "\"}}"
    company(w);
    use(w, "C", LOGIN, "2026-02-10");
    api(w, METHOD_POST, "/api/v1/facts", EFFORT("1"), 201);
    api(w, METHOD_PUT, "/api/v1/milestones/effort",
        "{\"stage\":\"onboarding\",\"title_en\":\"Effort\",\"rule\":{\"fact\":\"effort\",\"is\":\">=\",\"value\":2},"
        "\"due_days\":7}",
        201);
    const struct json *c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    assert_int_equal(member(c, "data")->n, 1);
    SAYS(c, "data.0.state", "late");
    SAYS(api(w, METHOD_DELETE, "/api/v1/facts/effort", NULL, 409), "code", "segment_used_by_milestone");
    api(w, METHOD_PUT, "/api/v1/facts/effort", EFFORT("2"), 200);
    c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.reached_on", "2026-02-10");
    api(w, METHOD_PUT, "/api/v1/milestones/effort",
        "{\"stage\":\"onboarding\",\"title_en\":\"Champion\",\"rule\":{\"some_contact\":{\"fact\":\"champion\",\"is\":\"=\","
        "\"value\":true},\"at_least\":1},\"due_days\":7}",
        200);
    struct json *contact = api(w, METHOD_POST, "/api/v1/accounts/C/contacts",
                               "{\"email\":\"ada@c.example\",\"name\":\"Ada\",\"champion\":false}", 201);
    caught_up(w);
    c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.state", "late");
    api(w, METHOD_PATCH, PATH("/api/v1/contacts/%s", text(w, contact, "id")), "{\"champion\":true}", 200);
    caught_up(w);
    c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.state", "reached");
}

/* What arrives late changes the past that was judged; so does another rule; the rest stays kept. */
static void the_past_is_judged_anew_when_it_changes(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/milestones/two-days", TWO_DAYS(7), 201);
    api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    use(w, "C", LOGIN, "2026-02-10");
    use(w, "C", LOGIN, "2026-02-12");
    const struct json *c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.reached_on", "2026-02-12");
    travel_to(w, "2026-03-12"); /* two days on, from what is kept */
    heard_until(w, "2026-03-12");
    struct json *t = api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    IS(t, "data.0.reached", 3);
    c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.reached_on", "2026-02-12");
    api(w, METHOD_PUT, "/api/v1/milestones/two-days",
        "{\"stage\":\"onboarding\",\"title_en\":\"One day\",\"rule\":{\"fact\":\"active_days_28d\",\"is\":\">=\","
        "\"value\":1},\"due_days\":7}",
        200);
    c = api(w, METHOD_GET, "/api/v1/accounts/C/milestones", NULL, 200);
    SAYS(c, "data.0.reached_on", "2026-02-10");
    /* A new stay in a stage begins anew. */
    change(w, "B", "{\"stage\":\"onboarding\"}");
    caught_up(w);
    const struct json *b = api(w, METHOD_GET, "/api/v1/accounts/B/milestones", NULL, 200);
    assert_int_equal(member(b, "data")->n, 2);
    SAYS(b, "data.1.entered_on", "2026-03-12");
    SAYS(b, "data.1.state", "waiting"); /* its last use is 50 days ago */
}

/* How many steps facts find of an account. */
static size_t steps_of(struct api_world *w, const char *key) {
    struct insight *insight = w->house->insight;
    uint32_t account;
    size_t table = 0;
    while (strcmp(signal_sources[table]->key, "milestones") != 0)
        table++;
    caught_up(w);
    directory_lock(w->house->directory);
    MUST(directory_find(w->house->directory, str_of(key), &account, &w->problem));
    directory_unlock(w->house->directory);
    pthread_rwlock_rdlock(&insight->lock);
    size_t n = account < insight->tables[table].n ? insight->tables[table].accounts[account].n : 0;
    pthread_rwlock_unlock(&insight->lock);
    return n;
}

/* A was in onboarding only, B moved on to adopting: where the milestone moves there, A has no step any more;
 * where it is removed, nobody. */
static void a_milestone_that_moves_or_goes_takes_its_steps_along(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/milestones/two-days", TWO_DAYS(7), 201);
    api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    assert_int_equal(steps_of(w, "A"), 1);
    api(w, METHOD_PUT, "/api/v1/milestones/two-days",
        "{\"stage\":\"adopting\",\"title_en\":\"Two days\",\"rule\":{\"fact\":\"active_days_28d\",\"is\":\">=\","
        "\"value\":2},\"due_days\":7}",
        200);
    api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    assert_int_equal(steps_of(w, "A"), 0);
    assert_int_equal(steps_of(w, "B"), 1);
    api(w, METHOD_DELETE, "/api/v1/milestones/two-days", NULL, 204);
    assert_int_equal(steps_of(w, "B"), 0);
}

#define REPORTS(times)                                                                                       \
    "{\"stage\":\"onboarding\",\"title_en\":\"Reports\",\"rule\":{\"did\":{\"event\":\"report\"},"           \
    "\"times\":[\">=\"," times "],\"in\":\"30d\"},\"due_days\":7}"

static void ask_for_more_reports(struct api_world *w) {
    api(w, METHOD_PUT, "/api/v1/milestones/reports", REPORTS("100"), 200);
}

/* The rule is changed while the old one is being judged: what is kept must not pass for judged by the new
 * one. A reported once. */
static void a_rule_changed_while_it_is_judged_is_judged_anew(void **state) {
    struct api_world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/milestones/reports", REPORTS("1"), 201);
    meddler = w;
    meanwhile = ask_for_more_reports;
    api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    assert_null(meanwhile);
    struct json *t = api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    IS(t, "data.0.reached", 0);
}

static void a_rule_that_is_none_is_refused_at_its_place(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    struct json *bad =
        api(w, METHOD_PUT, "/api/v1/milestones/x",
            "{\"stage\":\"s\",\"title_en\":\"X\",\"due_days\":3,\"rule\":{\"all\":[{\"fact\":\"arr\","
            "\"is\":\">\",\"value\":1},{\"fact\":\"nonsense\",\"is\":\">\",\"value\":1}]}}",
            400);
    SAYS(bad, "errors.0.pointer", "/rule/all/1/fact");
    bad =
        api(w, METHOD_PUT, "/api/v1/milestones/x",
            "{\"stage\":\"s\",\"title_en\":\"X\",\"due_days\":3,\"rule\":\"arr > 1 and nonsense > 1\"}", 400);
    SAYS(bad, "errors.0.pointer", "/rule/all/1/fact");
    bad = api(w, METHOD_PUT, "/api/v1/milestones/x",
              "{\"stage\":\"s\",\"title_en\":\"X\",\"due_days\":-1,\"rule\":\"arr > 1\"}", 400);
    SAYS(bad, "errors.0.pointer", "/due_days");
    struct json *list = api(w, METHOD_GET, "/api/v1/milestones", NULL, 200);
    assert_int_equal(member(list, "data")->n, 0);
    list = api(w, METHOD_GET, "/api/v1/milestones/progress", NULL, 200);
    assert_non_null(strstr(text(w, list, "note.en"), "No milestone is defined"));
}

/* ---- satisfaction ---- */

static void answer(struct api_world *w, const char *key, const char *who, const char *kind, const char *at,
                   double score, const char *more) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/answers", key),
        PATH("{\"user_key\":\"%s\",\"kind\":\"%s\",\"answered_at\":\"%sT09:00:00Z\",\"score\":%g%s}", who,
             kind, at, score, more),
        201);
}
static void invite(struct api_world *w, const char *key, const char *who, const char *at) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/invitations", key),
        PATH("{%s\"kind\":\"nps\",\"sent_at\":\"%sT08:00:00Z\"}", who, at), 201);
}
static void pay(struct api_world *w, const char *key, int amount) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        PATH("{\"key\":\"S-%s\",\"starts_on\":\"2026-01-01\",\"ends_on\":\"2026-12-31\",\"amount\":%d,"
             "\"amount_per\":\"year\",\"currency\":\"EUR\",\"effective_from\":\"2026-01-01\"}",
             key, amount),
        201);
}

/* February, the last answer of each person:
 *   A (ARR 100): p1 3 (after a 9), p2 10, p3 8      +1 −1 of 3: 0
 *   B (ARR 300): q1 10, q2 9, q3 10, q4 7           +3 of 4: 75
 *   D (ARR 600): r1 0, r2 6, r3 10                  +1 −2 of 3: −33.3
 * 5 promoters, 3 detractors of 10: NPS 20. By ARR: (0 + 75 × 300 − 33.3 × 600) / 1,000 = 2.5, and 1,000 of
 * 2,000 heard (C pays 1,000 and said nothing). Four were asked, two of them answered. */
static void satisfaction_by_hand(void **state) {
    struct api_world *w = *state;
    static const char *const keys[] = {"A", "B", "C", "D"};
    static const int amounts[] = {100, 300, 1000, 600};
    for (size_t i = 0; i < COUNT(keys); i++) {
        account(w, keys[i], i == 3 ? ",\"segment\":\"large\"" : ",\"segment\":\"small\"");
        pay(w, keys[i], amounts[i]);
    }
    travel_to(w, "2026-03-05");
    answer(w, "A", "p1", "nps", "2026-02-03", 9, "");
    answer(w, "A", "p1", "nps", "2026-02-20", 3, ",\"comment\":\"Too slow\"");
    answer(w, "A", "p2", "nps", "2026-02-04", 10, "");
    answer(w, "A", "p3", "nps", "2026-02-28", 8, "");
    answer(w, "B", "q1", "nps", "2026-02-03", 10, "");
    answer(w, "B", "q2", "nps", "2026-02-03", 9, "");
    answer(w, "B", "q3", "nps", "2026-02-03", 10, "");
    answer(w, "B", "q4", "nps", "2026-02-03", 7, "");
    answer(w, "D", "r1", "nps", "2026-02-03", 0, "");
    answer(w, "D", "r2", "nps", "2026-02-03", 6, "");
    answer(w, "D", "r3", "nps", "2026-02-03", 10, "");
    answer(w, "D", "r3", "nps", "2026-03-01", 10, "");  /* another month */
    answer(w, "B", "q1", "csat", "2026-02-03", 10, ""); /* another question */
    invite(w, "A", "\"user_key\":\"p1\",", "2026-02-02");
    invite(w, "A", "\"user_key\":\"p2\",", "2026-02-02");
    invite(w, "B", "\"user_key\":\"q9\",", "2026-02-02"); /* q9 never answered */
    invite(w, "C", "", "2026-02-02");                     /* the account as a whole; nobody did */
    caught_up(w);
    /* As the first of March starts, its answer is none yet, whatever `to` says. */
    IS(api(w, METHOD_GET, "/api/v1/satisfaction/answers?as_of=2026-03-01&to=2026-04-01", NULL, 200),
       "answers", 11);
    struct json *t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=2", NULL, 200);
    const struct json *february = item(t, "span", "2026-02"), *march = item(t, "span", "2026-03");
    IS(february, "n", 10);
    IS(february, "accounts", 3);
    IS(february, "value", 20);
    IS(february, "good", 50);
    IS(february, "middle", 20);
    IS(february, "bad", 30);
    /* Adjusted: p = 5.75/13, d = 3.75/13; 15.385 ± 1.96 × 100 √((p + d − (p − d)²)/13). */
    double p = 5.75 / 13, d = 3.75 / 13, half = 195.9963984540054 * sqrt((p + d - (p - d) * (p - d)) / 13);
    NEAR(number(february, "low"), 100 * (p - d) - half, 1e-6);
    NEAR(number(february, "high"), 100 * (p - d) + half, 1e-6);
    IS(february, "mean", 7.3); /* 3 10 8 10 9 10 7 0 6 10 */
    IS(february, "arr_weighted", 2.5);
    IS(february, "arr_heard", 50);
    IS(february, "invited", 4);
    IS(february, "replied", 2);
    IS(february, "response", 50);
    SAYS(february, "trend", "unknown"); /* nobody was asked in January */
    assert_true(member(march, "hidden")->boolean && member(march, "open")->boolean);
    IS(march, "n", 1);
    NONE(march, "value");
    NONE(march, "response");

    /* Every answer: p1's 9 counts, too, and hides nothing. 6 promoters, 3 detractors of 11. */
    t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=2&per=answer", NULL, 200);
    IS(item(t, "span", "2026-02"), "value", 100 * 3.0 / 11);
    /* Split: B and A are small: 4 − 1 of 7 — hidden, as is D with 3. */
    t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=2&split=segment", NULL, 200);
    IS(item(t, "group", "small"), "n", 7);
    assert_true(member(item(t, "group", "large"), "hidden")->boolean);
    t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=2&where=arr+%3E%3D+300", NULL, 200);
    IS(item(t, "span", "2026-02"), "n", 7); /* B and D */
    /* As the 15th of February starts p1's 3 was not said: 5 + 1 promoters, 2 detractors, p3 not yet: of 9,
     * hidden. */
    t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=1&as_of=2026-02-15", NULL, 200);
    IS(t, "data.0.n", 9);
    SAYS(t, "data.0.span", "2026-02");
    /* Nothing of it was known in February: it was all entered in March. */
    t = api(w, METHOD_GET, "/api/v1/satisfaction?periods=2&known_at=2026-03-01", NULL, 200);
    IS(item(t, "span", "2026-02"), "n", 0);

    struct json *list =
        api(w, METHOD_GET, "/api/v1/satisfaction/answers?from=2026-02-01&to=2026-03-01", NULL, 200);
    IS(list, "answers", 11);
    SAYS(list, "data.1.comment", "Too slow");
    SAYS(list, "data.1.class", "bad");
    assert_false(member(item(list, "answered_at", "2026-02-03T09:00:00.000Z"), "counts") == NULL);
}

/* CSAT on 1–10 and on 1–5 are two figures, never one. */
static void scales_are_never_mixed(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    travel_to(w, "2026-02-20");
    for (int i = 0; i < 10; i++)
        answer(w, "A", PATH("p%d", i), "csat", "2026-02-03", i < 7 ? 8 : 7, "");
    for (int i = 0; i < 20; i++)
        answer(w, "A", PATH("p%d", i), "csat", "2026-02-04", i < 15 ? 4 : 3, ",\"scale_max\":5");
    caught_up(w);
    struct json *t = api(w, METHOD_GET, "/api/v1/satisfaction?kind=csat&periods=1", NULL, 200);
    IS(t, "data.0.n", 10);
    IS(t, "data.0.value", 70); /* 8 of 10 and more */
    SAYS(t, "data.0.target", "within");
    IS(t, "data.0.mean", 7.7);
    IS(t, "data.0.mean_percent", 77);
    IS(t, "other_scales", 20);
    assert_non_null(strstr(text(w, t, "response_note.en"), "not known"));
    t = api(w, METHOD_GET, "/api/v1/satisfaction?kind=csat&scale=1-5&periods=1", NULL, 200);
    IS(t, "data.0.n", 20);
    IS(t, "data.0.value", 75); /* 4 and 5 */
    IS(t, "other_scales", 10);
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"satisfaction.csat_from\":\"7\"}", 200);
    t = api(w, METHOD_GET, "/api/v1/satisfaction?kind=csat&periods=1", NULL, 200);
    IS(t, "data.0.value", 100);
    SAYS(t, "data.0.target", "above");
    assert_non_null(strstr(text(w, t, "definition.fa"), "۷ تا ۱۰ در مقیاس ۱ تا ۱۰"));
    /* What is not there is said at its name. */
    SAYS(api(w, METHOD_GET, "/api/v1/satisfaction?kind=joy", NULL, 400), "errors.0.pointer", "kind");
    SAYS(api(w, METHOD_GET, "/api/v1/satisfaction?scale=1-5", NULL, 400), "errors.0.pointer", "scale");
    SAYS(api(w, METHOD_GET, "/api/v1/satisfaction?kind=csat&scale=5-1", NULL, 400), "errors.0.pointer",
         "scale");
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"satisfaction.csat_from\":\"9\"}", 400);
}

/* From which score an answer is good: 8 of 10 is the image of 4 of 5 and 6 of 7; of ease 5 of 7 that of 4
 * of 5. */
static void methods_by_scale(void **state) {
    (void)state;
    static const struct {
        enum answer_kind kind;
        double min, max, good, not_good;
    } scales[] = {{ANSWER_NPS, 0, 10, 9, 8},  {ANSWER_CSAT, 1, 10, 8, 7}, {ANSWER_CSAT, 1, 5, 4, 3},
                  {ANSWER_CSAT, 1, 7, 6, 5},  {ANSWER_CES, 1, 7, 5, 4},   {ANSWER_CES, 1, 5, 4, 3},
                  {ANSWER_CSAT, 0, 1, 1, 0.7}};
    for (size_t i = 0; i < COUNT(scales); i++) {
        struct satisfaction_method method =
            satisfaction_method(scales[i].kind, scales[i].min, scales[i].max, 8, 10);
        struct satisfaction_counts counts = {0};
        satisfaction_add(&method, scales[i].good, &counts);
        satisfaction_add(&method, scales[i].not_good, &counts);
        assert_true(counts.good == 1 && counts.n == 2 && counts.bad == 0);
    }
    struct satisfaction_method nps = satisfaction_method(ANSWER_NPS, 0, 10, 8, 10);
    struct satisfaction_counts counts = {0};
    satisfaction_add(&nps, 6, &counts);
    satisfaction_add(&nps, 7, &counts);
    assert_true(counts.bad == 1);
}

/* An arrow needs a real change. NPS 50 (60/10 of 100, SE² 45) to 20 (40/20, SE² 56): −30 against ±19.7, down.
 * To 35 (50/15, SE² 52.75): −15 against ±19.4, none. Shares: Newcombe's 48/80 and 56/70 differ (0.0524 to
 * 0.3339). */
static void arrows_need_a_real_change(void **state) {
    (void)state;
    struct satisfaction_method nps = satisfaction_method(ANSWER_NPS, 0, 10, 8, 10),
                               csat = satisfaction_method(ANSWER_CSAT, 1, 10, 8, 10);
    struct satisfaction_counts before = {100, 60, 10, 0}, down = {100, 40, 20, 0}, same = {100, 50, 15, 0},
                               few = {9, 9, 0, 0}, a = {80, 48, 0, 0}, b = {70, 56, 0, 0};
    double change;
    struct interval interval;
    assert_int_equal(satisfaction_trend(&nps, &before, &down, &change, &interval), TREND_DOWN);
    NEAR(change, -30, 1e-9);
    NEAR(interval.high - change, 1.959964 * sqrt(45 + 56), 1e-4);
    assert_int_equal(satisfaction_trend(&nps, &before, &same, &change, &interval), TREND_SAME);
    assert_int_equal(satisfaction_trend(&nps, &few, &same, &change, &interval), TREND_UNKNOWN);
    assert_int_equal(satisfaction_trend(&csat, &a, &b, &change, &interval), TREND_UP);
    NEAR(interval.low, 5.24, 0.005);
    assert_int_equal(satisfaction_trend(&csat, &b, &a, &change, &interval), TREND_DOWN);
    assert_true(satisfaction_result(&nps, &few, 0).hidden);
    /* 100 of 200 who could answer: the interval is √(100/199) as wide. */
    struct satisfaction_result all = satisfaction_result(&nps, &before, 0),
                               some = satisfaction_result(&nps, &before, 200);
    NEAR(some.interval.high - some.value, (all.interval.high - all.value) * sqrt(100.0 / 199), 1e-9);
}

/* ---- lifetime ---- */

static const struct lifetime_terms terms = {
    .margin = 0.8, .discount = 0, .months = 36, .cap_months = 60, .least_churns = 30};

static void simple_lifetime_by_hand(void **state) {
    (void)state;
    /* 40 lost of 2,000 customer-months: 2 % a month, 50 months of 1,000 × 80 %. */
    struct lifetime_value v = lifetime_simple(1000, 40, 2000, &terms);
    assert_int_equal(v.state, LIFETIME_OK);
    NEAR(v.value, 40000, 1e-9);
    assert_int_equal(v.months, 50);
    assert_true(v.low < 40000 && v.high > 40000 && v.high <= 48000);
    assert_int_equal(lifetime_simple(1000, 29, 2000, &terms).state, LIFETIME_TOO_FEW);
    assert_true(isnan(lifetime_simple(1000, 29, 2000, &terms).value));
    v = lifetime_simple(1000, 0, 500, &terms); /* no churn: 60 months, not for ever */
    assert_int_equal(v.state, LIFETIME_CAPPED);
    NEAR(v.value, 48000, 1e-9);
    v = lifetime_simple(1000, 40, 4000, &terms); /* 100 months are 60, too */
    assert_int_equal(v.state, LIFETIME_CAPPED);
    NEAR(v.value, 48000, 1e-9);
    assert_int_equal(lifetime_simple(NAN, 40, 2000, &terms).state, LIFETIME_NOBODY);
    assert_int_equal(lifetime_simple(1000, 0, 0, &terms).state, LIFETIME_NOBODY);
}

static struct survival tenures(struct arena *arena, int six, int twelve, int watched, double until) {
    struct survival_case cases[300];
    size_t n = 0;
    for (int i = 0; i < six; i++)
        cases[n++] = (struct survival_case){-INFINITY, 6, true};
    for (int i = 0; i < twelve; i++)
        cases[n++] = (struct survival_case){-INFINITY, 12, true};
    for (int i = 0; i < watched; i++)
        cases[n++] = (struct survival_case){-INFINITY, until, false};
    struct survival curve;
    survival_fit(cases, n, arena, &curve);
    return curve;
}

/* Of 100, 20 leave after 6 months and 20 after 12; 60 are watched for 24. S: 1 in months 1–5, 0.8 in 6–11,
 * 0.6 in 12–24. 10 a month at 80 %: 8 × (5 + 6 × 0.8 + 13 × 0.6) = 140.8, over 24 of the 36 months. */
static void contractual_lifetime_by_hand(void **state) {
    (void)state;
    struct arena arena = {0};
    struct survival curve = tenures(&arena, 20, 20, 60, 24);
    struct lifetime_value v = lifetime_contract(&curve, 10, &terms);
    assert_int_equal(v.state, LIFETIME_OK);
    assert_int_equal(v.months, 24);
    NEAR(v.value, 140.8, 1e-9);
    /* At 1 % a month by annuities: A(n) = (1 − 1.01⁻ⁿ) / 0.01. */
    struct lifetime_terms discounted = terms;
    discounted.discount = 0.01;
    double a5 = (1 - pow(1.01, -5)) / 0.01, a11 = (1 - pow(1.01, -11)) / 0.01,
           a24 = (1 - pow(1.01, -24)) / 0.01;
    NEAR(lifetime_contract(&curve, 10, &discounted).value, 8 * (a5 + 0.8 * (a11 - a5) + 0.6 * (a24 - a11)),
         1e-9);
    /* Greenwood: behind month 6 lie 8 × 12.6, behind month 12 8 × 7.8. */
    double error = sqrt(pow(8 * 12.6, 2) * 20 / (100.0 * 80) + pow(8 * 7.8, 2) * 20 / (80.0 * 60));
    NEAR(v.high - v.value, 1.959963984540054 * error, 1e-9);

    /* At 6 months: S = 0.8. Months 7–11 are sure, 12–24 at 0.6/0.8; 25 to 42 were never watched. */
    int64_t beyond;
    NEAR(lifetime_remaining(&curve, 6, 10, &terms, &beyond), 8 * (5 + 13 * 0.75), 1e-9);
    assert_int_equal(beyond, 18);

    curve = tenures(&arena, 10, 9, 60, 24);
    assert_int_equal(lifetime_contract(&curve, 10, &terms).state, LIFETIME_TOO_FEW);
    curve = tenures(&arena, 20, 0, 10, 11);
    assert_int_equal(lifetime_contract(&curve, 10, &terms).state, LIFETIME_TOO_SHORT);
    curve = tenures(&arena, 20, 20, 9, 24); /* nine at risk beyond month 12: too few to say more */
    assert_int_equal(lifetime_contract(&curve, 10, &terms).months, 12);
    arena_free(&arena);
}

static void contract(struct api_world *w, const char *account_key, const char *key, const char *from,
                     const char *to, int amount) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", account_key),
        PATH("{\"key\":\"%s\",\"starts_on\":\"%s\",\"ends_on\":\"%s\",\"amount\":%d,\"amount_per\":\"year\","
             "\"currency\":\"EUR\",\"effective_from\":\"%s\"}",
             key, from, to, amount, from),
        201);
}

/* As of 10 March 2027, month starts from January 2026. A: 2026, then 2027 from 20 January on, 19 days late,
 * within the grace of 30. B: January to June 2026, six month starts, then gone. C: 15 March 2026 to 14 March
 * 2027, month starts April 2026 to March 2027. D: 2026, back in March 2027 after 59 days: lost, and a new
 * life. Customers now: A 1,200, C 2,400 and D 600 a year, 350 a month on the whole. */
static void tenures_by_hand(void **state) {
    struct api_world *w = *state;
    static const char *const keys[] = {"A", "B", "C", "D"};
    for (size_t i = 0; i < COUNT(keys); i++)
        account(w, keys[i], "");
    contract(w, "A", "A1", "2026-01-01", "2026-12-31", 120000);
    contract(w, "A", "A2", "2027-01-20", "2028-01-19", 120000);
    contract(w, "B", "B1", "2026-01-01", "2026-06-30", 120000);
    contract(w, "C", "C1", "2026-03-15", "2027-03-14", 240000);
    contract(w, "D", "D1", "2026-01-01", "2026-12-31", 60000);
    contract(w, "D", "D2", "2027-03-01", "2028-02-29", 60000);
    travel_to(w, "2027-03-10");
    caught_up(w);
    struct json *t = api(w, METHOD_GET, "/api/v1/lifetime-value", NULL, 200);
    IS(t, "data.0.customers", 3);
    IS(t, "data.0.arpa", (120000 + 240000 + 60000) / 36.0);
    IS(t, "data.0.watched", 5);
    IS(t, "data.0.ended", 2); /* B after 6 months, D after 12; A was late only */
    /* The last twelve months, March 2026 to February 2027: A 12, B 4 (March to June), C 11 (from April), D 10
     * (to December). */
    IS(t, "data.0.exposed", 37);
    IS(t, "data.0.lost", 2);
    SAYS(t, "data.0.simple_state", "too_few");
    NONE(t, "data.0.simple");
    SAYS(t, "data.0.contract_state", "too_few");
    NONE(t, "data.0.contract");
    SAYS(t, "currency", "EUR");
    assert_non_null(strstr(text(w, t, "simple_definition.fa"), "۳۰ مشتری"));
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"lifetime.least_churns\":\"2\",\"lifetime.margin\":\"50\"}",
        200);
    t = api(w, METHOD_GET, "/api/v1/lifetime-value", NULL, 200); /* 37/2 months at half of 11,666.67 */
    NEAR(number(t, "data.0.simple"), 420000 / 36.0 * 0.5 * 37 / 2, 1e-6);
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"lifetime.margin\":\"0\"}", 400);

    /* Retention counts the same customers: those of the starts of the twelve months, and the lost of each. */
    struct json *months = api(w, METHOD_GET, "/api/v1/retention?by=month&from=2026-03&to=2027-02", NULL, 200);
    double exposed = 0, lost = 0;
    for (int i = 0; i < 12; i++) {
        exposed += number(months, PATH("periods.%d.amounts.customers_start", i));
        lost += number(months, PATH("periods.%d.amounts.customers_lost", i));
    }
    assert_true(exposed == 37 && lost == 2);

    /* A was without cover for 19 days, 1 to 19 January, D for 59, January and February. With a grace of 15
     * days A is lost, too: it misses January, and begins anew in February. */
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"retention.grace_days\":\"15\"}", 200);
    t = api(w, METHOD_GET, "/api/v1/lifetime-value", NULL, 200);
    IS(t, "data.0.watched", 6);
    IS(t, "data.0.ended", 3);
    IS(t, "data.0.exposed", 36);
    IS(t, "data.0.lost", 3);
    /* With one of 59 D is late, too, in both of its month starts. */
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"retention.grace_days\":\"59\"}", 200);
    t = api(w, METHOD_GET, "/api/v1/lifetime-value", NULL, 200);
    IS(t, "data.0.watched", 4);
    IS(t, "data.0.ended", 1);
    IS(t, "data.0.exposed", 39);
    IS(t, "data.0.lost", 1);
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"insight.grace_days\":\"15\"}", 400);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_split_into_too_many_groups_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_to_value_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_most_particular_event_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_feature_proves_value_by_its_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_corrected_product_proves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(milestones_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stages_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_past_is_judged_anew_when_it_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_past_is_judged_anew_when_facts_or_contacts_change, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_milestone_that_moves_or_goes_takes_its_steps_along, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_rule_changed_while_it_is_judged_is_judged_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rule_that_is_none_is_refused_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(satisfaction_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scales_are_never_mixed, set_up, tear_down),
        cmocka_unit_test(methods_by_scale),
        cmocka_unit_test(arrows_need_a_real_change),
        cmocka_unit_test(simple_lifetime_by_hand),
        cmocka_unit_test(contractual_lifetime_by_hand),
        cmocka_unit_test_setup_teardown(tenures_by_hand, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
