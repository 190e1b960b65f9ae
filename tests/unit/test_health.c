/* Health over a real folder: a small company is entered through the API's own router, and every figure is
 * reckoned by hand beside it. */
#include "house_world.h"

/* ---- the company ---- */

static void account(struct world *w, const char *key, const char *more) {
    api(w, METHOD_POST, "/api/v1/accounts",
        PATH("{\"key\":\"%s\",\"name\":\"Company %s\"%s}", key, key, more), 201);
}
static void tickets(struct world *w, const char *key, int n, int days_ago) {
    char day[DAY_TEXT + 1];
    day_print((day_t)(w->now / DAY_MS) - days_ago, day);
    for (int i = 0; i < n; i++)
        api(w, METHOD_POST, PATH("/api/v1/accounts/%s/tickets", key),
            PATH("{\"opened_at\":\"%sT09:00:00Z\",\"status\":\"open\",\"subject\":\"Help\"}", day), 201);
}
static void answer(struct world *w, const char *key, int score, int days_ago) {
    char day[DAY_TEXT + 1];
    day_print((day_t)(w->now / DAY_MS) - days_ago, day);
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/answers", key),
        PATH(
            "{\"answered_at\":\"%sT09:00:00Z\",\"kind\":\"nps\",\"score\":%d,\"scale_min\":0,\"scale_max\":10}",
            day, score),
        201);
}
static void subscription(struct world *w, const char *key, const char *amount) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        PATH(
            "{\"key\":\"S-%s\",\"starts_on\":\"2024-01-01\",\"ends_on\":\"2024-12-31\",\"seats\":10,\"amount\":%s,"
            "\"amount_per\":\"year\",\"currency\":\"EUR\",\"effective_from\":\"2024-01-01\"}",
            key, amount),
        201);
}

#define BANDS                                                                                                \
    "\"bands\":[{\"key\":\"at_risk\",\"title\":{\"en\":\"At risk\",\"fa\":\"در خطر\"},\"below\":40},"   \
    "{\"key\":\"watch\",\"title\":{\"en\":\"Watch\",\"fa\":\"توجه\"},\"below\":70},"                     \
    "{\"key\":\"healthy\",\"title\":{\"en\":\"Healthy\",\"fa\":\"سالم\"}}]"
/* Tickets 40 %: 100 at none, 0 at `worst`. NPS 60 %: ten a point. */
static const char *card_text(struct world *w, const char *key, const char *rule, int worst, int place) {
    return PATH(
        "{\"place\":%d,\"card\":{\"key\":\"%s\",\"title\":{\"en\":\"Card\",\"fa\":\"کارت\"},%s" BANDS
        ",\"minimum_coverage\":0.5,"
        "\"groups\":[{\"key\":\"all\",\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":100,\"measures\":["
        "{\"fact\":\"open_tickets\",\"weight\":40,\"points\":{\"linear\":[[0,100],[%d,0]]},\"missing\":\"reweigh\"},"
        "{\"fact\":\"nps_last\",\"weight\":60,\"points\":{\"linear\":[[0,0],[10,100]]},\"missing\":\"reweigh\"}]}]}}",
        place, key, rule, worst);
}
#define PAYING "\"applies_to\":{\"fact\":\"arr\",\"is\":\"known\"},"

static void company(struct world *w) {
    account(w, "A", ",\"segment\":\"small\",\"starts_on\":\"2024-01-01\"");
    account(w, "B", ",\"segment\":\"large\",\"starts_on\":\"2024-01-01\"");
    account(w, "C", ",\"segment\":\"small\",\"starts_on\":\"2024-01-01\"");
    account(w, "D", ",\"status\":\"lost\",\"starts_on\":\"2024-01-01\"");
    account(w, "E", ",\"starts_on\":\"2024-07-01\"");
    account(w, "F", ",\"status\":\"prospect\",\"starts_on\":\"2024-01-01\"");
    account(w, "G", ",\"starts_on\":\"2024-01-01\"");
    tickets(w, "A", 1, 40);
    tickets(w, "A", 2, 10);
    tickets(w, "B", 8, 40);
    tickets(w, "C", 5, 40);
    answer(w, "A", 9, 60);
    answer(w, "B", 2, 60);
    answer(w, "C", 5, 60);
    subscription(w, "A", "120000");
    subscription(w, "B", "600000");
    subscription(w, "G", "300000");
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/scorecards/a_paying", card_text(w, "a_paying", PAYING, 10, 1), 201);
    api(w, METHOD_PUT, "/api/v1/scorecards/b_plain", card_text(w, "b_plain", "", 10, 1), 201);
    w->if_match = (struct str){0};
    MUST(health_live_catch_up(w->house->health, &w->problem));
}

static struct json *health(struct world *w, const char *account, const char *query) {
    return api(w, METHOD_GET, PATH("/api/v1/accounts/%s/health%s", account, query), NULL, 200);
}

/* ---- tests ---- */

static void scores_and_cards(void **state) {
    struct world *w = *state;
    company(w);
    /* A: 3 tickets → 70 × .4, NPS 9 → 90 × .6: 28 + 54. */
    struct json *a = health(w, "A", "");
    NEAR(number(a, "score"), 82);
    TEXT(a, "band", "healthy");
    TEXT(a, "card", "a_paying v1");
    NEAR(number(a, "measures.0.contribution"), 28);
    NEAR(number(a, "measures.1.contribution"), 54);
    NEAR(number(a, "coverage"), 1);
    /* C pays nothing known: the card without a rule. 5 tickets → 50, NPS 5 → 50. */
    struct json *c = health(w, "C", "");
    TEXT(c, "card", "b_plain v1");
    NEAR(number(c, "score"), 50);
    /* G never answered: its tickets alone, 40 % of the card: below the minimum, no band. */
    struct json *g = health(w, "G", "");
    NEAR(number(g, "score"), 100);
    NEAR(number(g, "coverage"), 0.4);
    TEXT(g, "band", "unknown");
    /* E comes in July: it is not in the list, and has no score. */
    struct json *list = api(w, METHOD_GET, "/api/v1/health?limit=100", NULL, 200);
    assert_null(row_of(list, "E"));
    assert_non_null(row_of(list, "D"));
    assert_int_equal(json_get(list, "data")->n, 6);
    struct json *e = health(w, "E", "");
    assert_true(isnan(number(e, "score")));
    assert_false(member(e, "measures.0"));
    /* A template by its name, though another card stands by rule. */
    TEXT(health(w, "A", "?card=complete"), "card", "complete v1");
    api(w, METHOD_GET, "/api/v1/accounts/A/health?card=nothing", NULL, 400);
    api(w, METHOD_GET, "/api/v1/accounts/A/health?as_of=2024-06-04", NULL, 400);
    api(w, METHOD_GET, "/api/v1/accounts/A/health?against=2024-06-04", NULL, 400);
}

static void past_days_use_the_version_of_then(void **state) {
    struct world *w = *state;
    company(w);
    travel(w, 10 * DAY_MS); /* 2024-06-13 */
    api(w, METHOD_PUT, "/api/v1/scorecards/a_paying", card_text(w, "a_paying", PAYING, 5, 1),
        200); /* the owner of the folder */
    w->principal.kind = API_KEY;
    api(w, METHOD_PUT, "/api/v1/scorecards/a_paying", card_text(w, "a_paying", PAYING, 5, 1),
        428); /* without If-Match */
    w->if_match = STR("\"1\"");
    api(w, METHOD_PUT, "/api/v1/scorecards/a_paying", card_text(w, "a_paying", PAYING, 5, 1), 412);
    w->if_match = (struct str){0};
    w->principal.kind = LOCAL;
    /* 3 tickets of at most 5 → 40 × .4 + 54 = 70. */
    struct json *now = health(w, "A", "?against=2024-06-10");
    TEXT(now, "card", "a_paying v2");
    NEAR(number(now, "score"), 70);
    NEAR(number(now, "waterfall.score_before"), 82);
    NEAR(number(now, "waterfall.difference"), -12);
    assert_int_equal(member(now, "waterfall.parts")->n, 1);
    TEXT(now, "waterfall.parts.0.step", "scorecard");
    struct json *then = health(w, "A", "?as_of=2024-06-10");
    TEXT(then, "card", "a_paying v1");
    NEAR(number(then, "score"), 82);
    assert_true(json_get(then, "card_in_force")->boolean);
    /* Before any card was stored: today's, and it says so. */
    struct json *before = health(w, "A", "?as_of=2024-05-30");
    TEXT(before, "card", "a_paying v2");
    assert_false(json_get(before, "card_in_force")->boolean);
    assert_false(json_get(health(w, "A", "?as_of=2024-05-30&card=complete"), "card_in_force")->boolean);
}

static void last_values_are_carried(void **state) {
    struct world *w = *state;
    company(w);
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/scorecards/carrying",
        "{\"place\":900,\"card\":{\"key\":\"carrying\",\"title\":{\"en\":\"C\",\"fa\":\"ک\"}," BANDS
        ",\"minimum_coverage\":0.5,"
        "\"groups\":[{\"key\":\"all\",\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,\"measures\":["
        "{\"fact\":\"nps_mean_180d\",\"weight\":1,\"points\":{\"linear\":[[0,0],[10,100]]},\"missing\":\"carry\",\"carry_days\":30}]}]}}",
        201);
    struct json *a = health(w, "A", "?card=carrying");
    NEAR(number(a, "score"), 90);
    TEXT(a, "measures.0.counted", "known");
    /* A answered on 2024-04-04 at 09:00. Windows begin at midnights: [L − 180, …) holds it up to L =
     * 2024-10-01. */
    travel(w, 130 * DAY_MS);                          /* 2024-10-11 */
    api(w, METHOD_POST, "/api/v1/accounts/A/answers", /* of another kind: no NPS of a later day */
        "{\"answered_at\":\"2024-10-08T09:00:00Z\",\"kind\":\"csat\",\"score\":2,\"scale_min\":1,\"scale_max\":5}",
        201);
    a = health(w, "A", "?card=carrying");
    TEXT(a, "measures.0.counted", "carried");
    NEAR(number(a, "measures.0.age_days"), 10);
    NEAR(number(a, "score"), 90);
    NEAR(number(a, "coverage"), 1);
    TEXT(health(w, "G", "?card=carrying"), "measures.0.counted", "left_out"); /* never answered */
    travel(w, 20 * DAY_MS);                                                   /* 2024-10-31: 30 days back */
    TEXT(health(w, "A", "?card=carrying"), "measures.0.counted", "carried");
    travel(w, DAY_MS);
    a = health(w, "A", "?card=carrying");
    TEXT(a, "measures.0.counted", "left_out");
    assert_true(isnan(number(a, "score")));
}

/* What carrying means, word for word: the newest closed day on which the fact was known, whatever the days
 * between. */
static double last_known(struct world *w, const char *key, day_t today, int32_t days, uint32_t account,
                         int32_t *age) {
    const struct catalogue *catalogue = insight_catalogue(w->house->insight);
    uint32_t fact = catalogue_find(catalogue, str_of(key));
    double found = NAN;
    for (int32_t back = 1; back <= days && isnan(found); back++) {
        struct arena arena = {0};
        struct moment moment = moment_of_day(w->house->insight, today - back);
        struct column column;
        MUST(facts_evaluate(w->house->insight, catalogue, &fact, 1, &moment, account, 1, &arena, &column,
                            &w->problem));
        if (column.state[0] == FACT_KNOWN) found = column.number[0], *age = back;
        arena_free(&arena);
    }
    return found;
}

/* Random answers and tickets of many accounts, on random days; a share is known of rows that do not pass,
 * too. */
static void carrying_is_a_search_day_by_day(void **state) {
    struct world *w = *state;
    static const char *const carried[] = {"nps_mean_180d", "urgent_share"};
    enum { ACCOUNTS = 80, LAST_DAY = 19950, CARRY = 90 };
    srand(11);
    api(w, METHOD_POST, "/api/v1/facts",
        "{\"key\":\"urgent_share\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"share\",\"title\":{\"en\":\"U\",\"fa\":\"ف\"},"
        "\"source\":{\"record\":{\"of\":\"tickets\",\"measure\":\"share\",\"filter\":[{\"field\":\"urgency\",\"is\":\"=\",\"value\":\"urgent\"}],"
        "\"window\":\"30d\"}}}",
        201);
    for (int i = 0; i < ACCOUNTS; i++) {
        const char *key = PATH("R%d", i);
        account(w, key, ",\"starts_on\":\"2023-01-01\"");
        for (int k = rand() % 5; k > 0; k--) {
            char day[DAY_TEXT + 1];
            day_print(LAST_DAY - 1 - rand() % 400, day);
            if (rand() % 2)
                api(w, METHOD_POST, PATH("/api/v1/accounts/%s/answers", key),
                    PATH(
                        "{\"answered_at\":\"%sT%s:00:00Z\",\"kind\":\"%s\",\"score\":%d,\"scale_min\":0,\"scale_max\":10}",
                        day, rand() % 2 ? "00" : "15", rand() % 3 ? "nps" : "csat", rand() % 11),
                    201);
            else
                api(w, METHOD_POST, PATH("/api/v1/accounts/%s/tickets", key),
                    PATH(
                        "{\"opened_at\":\"%sT09:00:00Z\",\"status\":\"open\",\"subject\":\"Help\",\"urgency\":\"%s\"}",
                        day, rand() % 2 ? "urgent" : "normal"),
                    201);
        }
    }
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/scorecards/carrying",
        "{\"place\":900,\"card\":{\"key\":\"carrying\",\"title\":{\"en\":\"C\",\"fa\":\"ک\"}," BANDS
        ",\"minimum_coverage\":0.5,"
        "\"groups\":[{\"key\":\"all\",\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,\"measures\":["
        "{\"fact\":\"nps_mean_180d\",\"weight\":1,\"points\":{\"linear\":[[0,0],[10,100]]},\"missing\":\"carry\",\"carry_days\":90},"
        "{\"fact\":\"urgent_share\",\"weight\":1,\"points\":{\"linear\":[[0,0],[1,100]]},\"missing\":\"carry\",\"carry_days\":90}]}]}}",
        201);
    MUST(health_live_catch_up(w->house->health, &w->problem)); /* all that was written is heard of */
    struct moment moment = moment_of_day(w->house->insight, LAST_DAY);
    struct card_set set;
    struct health health;
    MUST(card_set_make(w->house, &moment, STR("carrying"), &w->arena, &set, &w->problem));
    MUST(health_evaluate(w->house, &set, &moment, 0, ACCOUNTS, NULL, &w->arena, &health, &w->problem));
    int found = 0;
    for (uint32_t a = 0; a < ACCOUNTS; a++)
        for (size_t m = 0; m < COUNT(carried); m++) {
            const struct column *column = &health.carried[0][m];
            if (health.columns[0][set.cards[0]->measures[m].need].state[a] == FACT_KNOWN)
                continue; /* of today */
            int32_t age = -1;
            double value = last_known(w, carried[m], LAST_DAY, CARRY, a, &age);
            found += !isnan(value);
            assert_int_equal(column->state[a] == FACT_KNOWN, !isnan(value));
            if (isnan(value)) continue;
            assert_true(column->number[a] == value);
            assert_int_equal(column->age_days[a], age);
        }
    assert_true(found >= 5);
}

static void overrides_hold_until_their_end(void **state) {
    struct world *w = *state;
    company(w);
    api(w, METHOD_PUT, "/api/v1/accounts/A/health/override",
        "{\"score\":10,\"reason\":\"Sponsor left\",\"ends_at\":\"2024-06-02T00:00:00Z\"}", 400);
    api(w, METHOD_PUT, "/api/v1/accounts/A/health/override", "{\"score\":101,\"reason\":\"x\"}", 400);
    api(w, METHOD_PUT, "/api/v1/accounts/A/health/override",
        "{\"score\":10,\"reason\":\"Sponsor left\",\"ends_at\":\"2024-06-03T12:00:00Z\"}", 201);
    struct json *a = health(w, "A", "");
    NEAR(number(a, "score"), 10);
    TEXT(a, "band", "at_risk");
    TEXT(a, "adjustments.0.kind", "override");
    NEAR(number(a, "adjustments.0.contribution"), -72);
    TEXT(a, "adjustments.0.text", "Set by cli:test: Sponsor left");
    uint32_t index = directory_by_key(w->house->directory, STR("api"), STR("A"));
    struct live_score live;
    MUST(health_live_catch_up(w->house->health, &w->problem));
    assert_true(health_live_read(w->house->health, index, &live));
    NEAR(live.score, 10);
    travel(w, 3 * 3600000); /* it ends by itself, and the live score follows though nothing else happened */
    MUST(health_live_catch_up(w->house->health, &w->problem));
    assert_true(health_live_read(w->house->health, index, &live));
    NEAR(live.score, 82);
    NEAR(number(health(w, "A", ""), "score"), 82);
    api(w, METHOD_DELETE, "/api/v1/accounts/A/health/override", NULL, 404);
    api(w, METHOD_PUT, "/api/v1/accounts/A/health/override", "{\"score\":95,\"reason\":\"Known well\"}", 201);
    NEAR(number(health(w, "A", ""), "score"), 95);
    api(w, METHOD_DELETE, "/api/v1/accounts/A/health/override", NULL, 204);
    NEAR(number(health(w, "A", ""), "score"), 82);
}

static void at_risk_by_hand(void **state) {
    struct world *w = *state;
    company(w);
    struct json *list = api(w, METHOD_GET, "/api/v1/accounts/at-risk", NULL, 200);
    assert_int_equal(json_get(list, "data")->n, 4); /* lost, prospects and those to come are left out */
    /* B: 8 tickets → 20 × .4, NPS 2 → 20 × .6 = 20; 600000 × .8. */
    TEXT(list, "data.0.account", "B");
    NEAR(number(list, "data.0.score"), 20);
    NEAR(number(list, "data.0.at_stake"), 480000);
    assert_int_equal(member(list, "data.0.reasons")->n, 2);
    TEXT(list, "data.0.reasons.0.key", "nps_last");
    NEAR(number(list, "data.0.reasons.0.lost"), 48);
    TEXT(list, "data.0.reasons.1.key", "open_tickets");
    NEAR(number(list, "data.0.reasons.1.lost"), 32);
    NEAR(number(list, "data.0.change_28d"), 0);
    /* C: no ARR known; A alone has one in its segment: 120000 × .5. */
    TEXT(list, "data.1.account", "C");
    assert_true(member(list, "data.1.arr_estimated")->boolean);
    NEAR(number(list, "data.1.arr"), 120000);
    NEAR(number(list, "data.1.at_stake"), 60000);
    /* A: 120000 × .18. Four weeks ago one ticket: 90 × .4 + 54 = 90. Renewal on 2025-01-01. */
    TEXT(list, "data.2.account", "A");
    NEAR(number(list, "data.2.at_stake"), 21600);
    assert_false(member(list, "data.2.arr_estimated")->boolean);
    NEAR(number(list, "data.2.change_28d"), -8);
    NEAR(number(list, "data.2.days_to_renewal"), 212);
    /* G: no band; a block of its own behind, with its ARR. */
    TEXT(list, "data.3.account", "G");
    assert_true(member(list, "data.3.unknown")->boolean);
    assert_true(isnan(number(list, "data.3.at_stake")));
    NEAR(number(list, "unknown"), 1);
    NEAR(number(list, "unknown_arr"), 300000);
    NEAR(number(list, "unknown_arr_estimated"), 0);
    struct json *page = api(w, METHOD_GET, "/api/v1/accounts/at-risk?limit=3", NULL, 200);
    assert_true(json_get(page, "has_more")->boolean);
    page = api(w, METHOD_GET, "/api/v1/accounts/at-risk?limit=3&cursor=3", NULL, 200);
    assert_int_equal(json_get(page, "data")->n, 1);
    TEXT(page, "data.0.account", "G");
}

static void only_what_is_in_scope(void **state) {
    struct world *w = *state;
    company(w);
    struct json *mina = api(
        w, METHOD_POST, "/api/v1/members",
        "{\"name\":\"Mina\",\"email\":\"mina@example.com\",\"role\":\"csm\",\"scope\":\"own\",\"team\":\"north\"}",
        201);
    struct str id = json_get_string(mina, "id");
    w->if_match = STR("*");
    api(w, METHOD_PATCH, "/api/v1/accounts/A", PATH("{\"owner\":\"%.*s\"}", STR_ARG(id)), 200);
    struct id mina_id;
    assert_true(id_parse(id, &mina_id));
    w->principal = (struct principal){.kind = MEMBER,
                                      .member = mina_id,
                                      .role = ROLE_CSM,
                                      .scope = SCOPE_OWN,
                                      .team = STR("north"),
                                      .name = STR("Mina")};
    struct json *list = api(w, METHOD_GET, "/api/v1/accounts/at-risk", NULL, 200);
    assert_int_equal(json_get(list, "data")->n, 1);
    TEXT(list, "data.0.account", "A");
    TEXT(list, "data.0.owner", "Mina");
    assert_int_equal(json_get(api(w, METHOD_GET, "/api/v1/health", NULL, 200), "data")->n, 1);
    api(w, METHOD_GET, "/api/v1/accounts/B/health", NULL, 404);
    api(w, METHOD_GET, "/api/v1/accounts/B/scores", NULL, 404);
    w->principal.scope = SCOPE_TEAM;
    assert_int_equal(json_get(api(w, METHOD_GET, "/api/v1/health", NULL, 200), "data")->n, 1);
    w->principal.scope = SCOPE_ALL;
    assert_int_equal(json_get(api(w, METHOD_GET, "/api/v1/health", NULL, 200), "data")->n, 6);
}

static void faulty_cards_are_refused(void **state) {
    struct world *w = *state;
    w->if_match = STR("*");
    struct json *fault = api(
        w, METHOD_PUT, "/api/v1/scorecards/x",
        "{\"card\":{\"key\":\"x\",\"title\":{\"en\":\"X\",\"fa\":\"ی\"}," BANDS
        ",\"minimum_coverage\":0.5,\"groups\":[{\"key\":\"all\",\"title\":"
        "{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,\"measures\":[{\"fact\":\"no_such_fact\",\"weight\":1,\"points\":{\"linear\":[[0,0],[10,100]]},"
        "\"missing\":\"reweigh\"}]}]}}",
        400);
    TEXT(fault, "errors.0.pointer", "/card/groups/0/measures/0/fact");
    /* What health is made of cannot be made of health. */
    static const char *const uses[] = {
        "\"measures\":[{\"fact\":\"health\",\"weight\":1,\"points\":{\"linear\":[[0,0],[10,100]]},\"missing\":\"reweigh\"}]}]}}",
        "\"measures\":[{\"fact\":\"open_tickets\",\"weight\":1,\"points\":{\"linear\":[[0,100],[10,0]]},\"missing\":\"reweigh\"}]}],"
        "\"exceptions\":[{\"key\":\"e\",\"when\":{\"fact\":\"health\",\"is\":\"<\",\"value\":40},\"cap\":30,\"reason\":{\"en\":\"r\",\"fa\":\"ر\"}}]}}",
    };
    for (size_t i = 0; i < 2; i++) {
        fault = api(w, METHOD_PUT, "/api/v1/scorecards/x",
                    PATH("{\"card\":{\"key\":\"x\",\"title\":{\"en\":\"X\",\"fa\":\"ی\"}," BANDS
                         ",\"minimum_coverage\":0.5,\"groups\":[{\"key\":\"all\","
                         "\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,%s",
                         uses[i]),
                    400);
        TEXT(fault, "code", "scorecard_cycle");
    }
    api(w, METHOD_PUT, "/api/v1/scorecards/other", card_text(w, "x", "", 10, 1), 400);
    api(w, METHOD_GET, "/api/v1/scorecards/x", NULL, 404);
}

/* ---- live ---- */

static uint32_t index_of(struct world *w, const char *source, const char *key) {
    directory_lock(w->house->directory);
    uint32_t index = directory_by_key(w->house->directory, str_of(source), str_of(key));
    directory_unlock(w->house->directory);
    return index;
}
static double live_score(struct world *w, uint32_t index) {
    struct live_score live;
    MUST(health_live_catch_up(w->house->health, &w->problem));
    return health_live_read(w->house->health, index, &live) ? live.score : NAN;
}
static size_t rows_of_kind(const struct json *history, const char *kind) {
    const struct json *data = json_get(history, "data");
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++)
        n += str_is(json_get_string(&data->items[i], "kind"), kind);
    return n;
}
static struct json *scores(struct world *w, const char *account) {
    return api(w, METHOD_GET, PATH("/api/v1/accounts/%s/scores", account), NULL, 200);
}

static void what_was_shown_is_kept(void **state) {
    struct world *w = *state;
    company(w);
    uint32_t a = index_of(w, "api", "A");
    NEAR(live_score(w, a), 82);
    tickets(w, "A", 7, 0); /* 10 → 0 × .4 + 54: watch */
    NEAR(live_score(w, a), 54);
    assert_int_equal(rows_of_kind(scores(w, "A"), "band"), 0); /* the first row of all is the day's */
    travel(w, DAY_MS);                                         /* 2024-06-04 */
    NEAR(live_score(w, a), 54);                                /* the day that ended is closed */
    struct json *history = scores(w, "A");
    assert_int_equal(rows_of_kind(history, "day"), 1);
    TEXT(history, "data.0.day", "2024-06-03");
    NEAR(number(history, "data.0.score"), 54);
    TEXT(history, "data.0.card", "a_paying");
    answer(w, "A", 0, 0); /* 0 in all: two bands down, told at once */
    NEAR(live_score(w, a), 0);
    history = scores(w, "A");
    assert_int_equal(rows_of_kind(history, "band"), 1);
    TEXT(history, "data.0.kind", "band");
    TEXT(history, "data.0.band", "at_risk");
    answer(w, "A", 1, 0); /* 6: the same band */
    travel(w, 3600000);
    answer(w, "A", 2, 0); /* 12 */
    NEAR(live_score(w, a), 12);
    travel(w, DAY_MS);
    NEAR(live_score(w, a), 12);
    history = scores(w, "A");
    assert_int_equal(rows_of_kind(history, "day"), 2);
    assert_int_equal(rows_of_kind(history, "band"), 1);
    TEXT(history, "data.0.kind", "day");
    NEAR(number(history, "data.0.score"), 12);
    /* As shown: the fact health as of a day is the row that stood then; it equals the day recomputed as known
     * then. */
    struct json *facts = api(w, METHOD_GET, "/api/v1/accounts/A/facts?as_of=2024-06-04", NULL, 200);
    const struct json *data = json_get(facts, "data");
    double shown = NAN;
    for (size_t i = 0; i < data->n; i++) {
        if (str_is(json_get_string(&data->items[i], "fact"), "health"))
            shown = number(&data->items[i], "value");
    }
    NEAR(shown, 54);
    NEAR(number(health(w, "A", "?as_of=2024-06-04&known_at=2024-06-04"), "score"), shown);
    /* A new start writes nothing twice. */
    size_t n = json_get(history, "data")->n;
    for (int i = 0; i < 2; i++) {
        house_close(w->house);
        open_house(w, false);
        assert_int_equal(json_get(scores(w, "A"), "data")->n, n);
    }
    NEAR(live_score(w, index_of(w, "api", "A")), 12);
}

static void saved_cards_judge_all_anew(void **state) {
    struct world *w = *state;
    company(w);
    uint32_t a = index_of(w, "api", "A"), b = index_of(w, "api", "B");
    NEAR(live_score(w, a), 82);
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/scorecards/a_paying", card_text(w, "a_paying", PAYING, 5, 1), 200);
    NEAR(live_score(w, a), 70); /* 40 × .4 + 54 */
    NEAR(live_score(w, b), 12); /* 0 + 12 */
    account(w, "N", ",\"starts_on\":\"2024-01-01\"");
    NEAR(live_score(w, index_of(w, "api", "N")), 100);
    /* E begins on 2024-07-01: at midnight it is there, though nothing else happens. */
    uint32_t e = index_of(w, "api", "E");
    assert_true(isnan(live_score(w, e)));
    travel(w, 27 * DAY_MS + 14 * 3600000 - 1);
    assert_true(isnan(live_score(w, e)));
    travel(w, 1);
    NEAR(live_score(w, e), 100);
}

static void event(struct world *w, const char *name, int days_ago, int n) {
    char day[DAY_TEXT + 1];
    day_print((day_t)(w->now / DAY_MS) - days_ago, day);
    struct str body = str_format(
        &w->arena,
        "{\"batch\":[{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"u1\",\"messageId\":\"%s-%d-%d\",\"timestamp\":\"%sT08:00:00Z\","
        "\"context\":{\"groupId\":\"U\"}}]}",
        name, name, days_ago, n, day);
    struct track_shape shape;
    MUST(ingest_check(w->house->ingest, body, TRACK_BATCH, &shape, &w->problem));
    assert_int_equal(
        ingest_append_wait(w->house->ingest, (struct ingest_origin){STR("app"), false}, TRACK_BATCH, body),
        OK);
}

static void events_move_the_live_score(void **state) {
    struct world *w = *state;
    w->if_match = STR("*");
    api(w, METHOD_PUT, "/api/v1/scorecards/a_used",
        "{\"place\":1,\"card\":{\"key\":\"a_used\",\"title\":{\"en\":\"U\",\"fa\":\"ک\"}," BANDS
        ",\"minimum_coverage\":0.5,"
        "\"groups\":[{\"key\":\"all\",\"title\":{\"en\":\"All\",\"fa\":\"همه\"},\"weight\":1,\"measures\":["
        "{\"fact\":\"events_28d\",\"weight\":50,\"points\":{\"linear\":[[0,0],[100,100]]},\"missing\":\"reweigh\"},"
        "{\"fact\":\"breadth_28d\",\"weight\":50,\"points\":{\"linear\":[[0,0],[2,100]]},\"missing\":\"reweigh\"}]}]}}",
        201);
    for (int ago = 120; ago >= 1; ago--)
        event(w, "report", ago, 0);
    assert_int_equal(ingest_wait_all(w->house->ingest, 20000), OK);
    uint32_t u = index_of(w, "app", "U");
    assert_true(u != ACCOUNT_NONE); /* made by its first event */
    NEAR(live_score(w, u), 28);     /* 28 closed days; no feature is registered, so breadth does not apply */
    event(w, "report", 0, 1);
    event(w, "report", 0, 2);
    event(w, "report", 0, 2); /* the same message again */
    assert_int_equal(ingest_wait_all(w->house->ingest, 20000), OK);
    NEAR(live_score(w, u), 30);
    /* A registered core feature makes the catalogue anew: breadth 1 of 2 → 50; half of 30 and half of 50. */
    api(w, METHOD_POST, "/api/v1/features",
        "{\"key\":\"report\",\"title_en\":\"Report\",\"title_fa\":\"گزارش\",\"core\":true}", 201);
    NEAR(live_score(w, u), 40);
}

/* Readers beside the worker: nothing is asserted but that it ends, and ends well (ThreadSanitizer looks on).
 */
static void readers_beside_the_worker(void **state) {
    struct world *w = *state;
    company(w);
    uint32_t a = index_of(w, "api", "A");
    for (int i = 0; i < 30; i++) {
        tickets(w, "A", 1, 0);
        notices_put(w->house->notices, i % 10 ? a : NOTICE_EVERY_ACCOUNT, NOTICE_USAGE | NOTICE_RECORDS);
        struct live_score live;
        health_live_read(w->house->health, a, &live);
        health(w, "A", "?against=2024-06-01");
        api(w, METHOD_GET, "/api/v1/accounts/at-risk", NULL, 200);
        if (i == 15) travel(w, DAY_MS);
    }
    NEAR(live_score(w, a), 54);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(scores_and_cards),
        TEST(past_days_use_the_version_of_then),
        TEST(last_values_are_carried),
        TEST(carrying_is_a_search_day_by_day),
        TEST(overrides_hold_until_their_end),
        TEST(at_risk_by_hand),
        TEST(only_what_is_in_scope),
        TEST(faulty_cards_are_refused),
        TEST(what_was_shown_is_kept),
        TEST(saved_cards_judge_all_anew),
        TEST(events_move_the_live_score),
        TEST(readers_beside_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
