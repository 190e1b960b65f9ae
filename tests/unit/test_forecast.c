/* The renewal forecast of a small company, every figure reckoned by hand beside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "predict/forecast.h"

static int set_up(void **state) {
    *state = api_world_open("2026-03-10");
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

static void subscribe(struct api_world *w, const char *account_key, const char *from, const char *to,
                      int euros, const char *more) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", account_key),
        PATH("{\"key\":\"%s\",\"product\":\"atlas\",\"starts_on\":\"%s\",\"ends_on\":\"%s\",\"amount\":%d,"
             "\"amount_per\":\"year\",\"currency\":\"EUR\"%s}",
             account_key, from, to, euros * 100, more),
        201);
}

/* On 10 March 2026:
 *   P  1,000  ended 31 May 2025 and went on by itself; due 1 June 2026, 83 days ahead
 *   Q    900  ended 30 June 2025, and was not renewed
 *   R    500  ended 31 August 2025 and went on; due 1 September 2026, 175 days ahead
 *   S  2,000  due 16 December 2026
 *   L    300  ended 28 February 2026, 9 days ago: late, within the grace of 30 days
 *   C    400  goes on by itself until 31 October 2026, but was cancelled
 *   G    700  until 14 April 2026; the next year is entered already, at 600
 *   U    800 USD, until 30 September 2026: no rate is known
 * Of the terms that ended in 24 months until 8 February, two of three were renewed: (2 + 1) ÷ (3 + 2) = 0.6.
 */
static void company(struct api_world *w) {
    static const char *const keys[] = {"P", "Q", "R", "S", "L", "C", "G", "U"};
    for (size_t i = 0; i < COUNT(keys); i++)
        account(w, keys[i], "");
    subscribe(w, "P", "2024-06-01", "2025-05-31", 1000, ",\"auto_renew\":true");
    subscribe(w, "Q", "2024-07-01", "2025-06-30", 900, "");
    subscribe(w, "R", "2024-09-01", "2025-08-31", 500, ",\"auto_renew\":true");
    subscribe(w, "S", "2025-12-16", "2026-12-15", 2000, "");
    subscribe(w, "L", "2025-03-01", "2026-02-28", 300, "");
    subscribe(w, "C", "2025-11-01", "2026-10-31", 400,
              ",\"auto_renew\":true,\"cancelled_on\":\"2026-02-01\"");
    subscribe(w, "G", "2025-04-15", "2026-04-14", 700, "");
    api(w, METHOD_POST, "/api/v1/accounts/G/subscriptions",
        "{\"key\":\"G\",\"product\":\"atlas\",\"starts_on\":\"2025-04-15\",\"effective_from\":\"2026-04-15\","
        "\"ends_on\":\"2027-04-14\",\"amount\":60000,\"amount_per\":\"year\",\"currency\":\"EUR\"}",
        200);
    api(w, METHOD_POST, "/api/v1/accounts/U/subscriptions",
        "{\"key\":\"U\",\"product\":\"atlas\",\"starts_on\":\"2025-10-01\",\"ends_on\":\"2026-09-30\","
        "\"amount\":80000,\"amount_per\":\"year\",\"currency\":\"USD\"}",
        201);
    caught_up(w);
}

static struct json *say(struct api_world *w, const char *key, const char *day, const char *more,
                        int expected) {
    return api(w, METHOD_POST, PATH("/api/v1/accounts/%s/renewals/calls", key),
               PATH("{\"due_on\":\"%s\",%s}", day, more), expected);
}
static struct json *note(struct api_world *w, const char *key, const char *day, const char *more,
                         int expected) {
    return api(w, METHOD_POST, PATH("/api/v1/accounts/%s/renewals/notes", key),
               PATH("{\"due_on\":\"%s\",%s}", day, more), expected);
}

static void calls(struct api_world *w) {
    say(w, "P", "2026-06-01", "\"call\":\"renew\",\"chance\":95,\"comment\":\"Budget is approved\"", 201);
    say(w, "R", "2026-09-01", "\"call\":\"at_risk\"", 201);
    say(w, "S", "2026-12-16", "\"call\":\"expansion\",\"amount\":250000", 201);
    say(w, "L", "2026-03-01", "\"call\":\"churn\"", 201);
}

static void lines_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    struct json *list = api(w, METHOD_GET, "/api/v1/forecast/lines", NULL, 200);
    IS(list, "lines", 7);
    IS(list, "due", 490000);
    static const struct {
        const char *key, *day, *period, *stage, *category;
        double days, amount, retained;
    } expected[] = {
        {"L", "2026-03-01", "2026Q1", "late", "best_case", -9, 30000, 30000},
        {"G", "2026-04-15", "2026Q2", "signed", "commit", 36, 70000, 60000},
        {"P", "2026-06-01", "2026Q2", "open", "best_case", 83, 100000, 100000},
        {"R", "2026-09-01", "2026Q3", "open", "best_case", 175, 50000, 50000},
        {"U", "2026-10-01", "2026Q3", "open", "best_case", 205, NAN,
         NAN}, /* the day behind the quarter is its */
        {"C", "2026-11-01", "2026Q4", "cancelled", "omitted", 236, 40000, 0},
        {"S", "2026-12-16", "2026Q4", "open", "best_case", 281, 200000, 200000},
    };
    for (size_t i = 0; i < COUNT(expected); i++) { /* by day */
        const struct json *line = member(list, PATH("data.%zu", i));
        SAYS(line, "account", expected[i].key);
        SAYS(line, "due_on", expected[i].day);
        SAYS(line, "period", expected[i].period);
        SAYS(line, "stage", expected[i].stage);
        SAYS(line, "category", expected[i].category);
        IS(line, "days_left", expected[i].days);
        if (isnan(expected[i].amount)) {
            NONE(line, "amount");
            IS(line, "own_amount", 80000);
            SAYS(line, "currency", "USD");
            continue;
        }
        IS(line, "amount", expected[i].amount);
        IS(line, "retained", expected[i].retained);
        IS(line, "model.probability", 0.6);
        SAYS(line, "model.source", "base_rate");
    }
    list = api(w, METHOD_GET, "/api/v1/forecast/lines?limit=2&sort=amount&only=open", NULL, 200);
    SAYS(list, "data.0.account", "S");
    SAYS(list, "data.1.account", "P");
    SAYS(list, "next_cursor", "2");
    IS(list, "lines", 5);
    list = api(w, METHOD_GET, "/api/v1/forecast/lines?from=2026Q4&to=2026Q4&where=arr%20%3E%20100000", NULL,
               200);
    IS(list, "lines", 1);
    SAYS(list, "data.0.account", "S");
}

static void figures_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    struct json *f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "base_rate.due", 3);
    IS(f, "base_rate.renewed", 2);
    assert_int_equal(member(f, "shift.estimated")->boolean, false);
    IS(f, "shift.value", RENEWALS_SHIFT);
    NONE(f, "data.0.period");
    IS(f, "data.0.lines", 7);
    IS(f, "data.0.not_converted", 1);
    IS(f, "data.0.due", 490000);
    IS(f, "data.0.commit", 60000);     /* G */
    IS(f, "data.0.best_case", 440000); /* and P, R, S, L */
    IS(f, "data.0.likely", 288000);    /* 600 + 0.6 × 3,800 */
    IS(f, "data.0.expected.mean", 288000);
    IS(f, "data.0.expected_count.mean", 4); /* 1 + 0.6 × 5 */
    IS(f, "data.0.uncalled", 5);
    IS(f, "data.0.uncalled_due", 380000);
    assert_true(number(f, "data.0.expected.low") >= 60000 && number(f, "data.0.expected.low") < 288000);
    assert_true(number(f, "data.0.expected.high") <= 440000 && number(f, "data.0.expected.high") > 288000);
    SAYS(f, "data.2.period", "2026Q2");
    IS(f, "data.2.due", 170000);
    IS(f, "data.2.likely", 120000); /* 600 + 600 */
    calls(w);
    f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "data.0.commit", 360000);    /* 600 + 1,000 + 2,000 */
    IS(f, "data.0.best_case", 410000); /* and R */
    IS(f, "data.0.likely", 305000);    /* 600 + 0.95 × 1,000 + 0.6 × 500 + 0.6 × 2,000 + 0 */
    IS(f, "data.0.expansion", 50000);
    IS(f, "data.0.expected.mean", 288000); /* the model does not listen to people */
    IS(f, "data.0.uncalled", 1);           /* U */
    IS(f, "data.0.needs", 3);
    /* A contraction replaces the call, and a renewal of 70 % is no commit. */
    say(w, "P", "2026-06-01", "\"call\":\"contraction\",\"amount\":80000", 201);
    say(w, "S", "2026-12-16", "\"call\":\"renew\",\"chance\":70", 201);
    f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "data.0.commit", 140000);    /* 600 + 800 */
    IS(f, "data.0.best_case", 390000); /* and 2,000 + 500 */
    IS(f, "data.0.likely", 278000);    /* 600 + 0.6 × 800 + 0.6 × 500 + 0.7 × 2,000 */
    IS(f, "data.0.expansion", 0);
    struct json *own = api(w, METHOD_GET, "/api/v1/accounts/P/renewals", NULL, 200);
    const struct json *line = item(own, "due_on", "2026-06-01");
    SAYS(line, "calls.0.call", "contraction");
    SAYS(line, "calls.1.call", "renew");
    SAYS(line, "calls.1.comment", "Budget is approved");
    SAYS(line, "calls.1.made_by", "cli:test");
    SAYS(item(own, "due_on", "2025-06-01"), "stage", "renewed");
    /* Split: Q2 of everybody whose owner is not known is all of Q2. */
    f = api(w, METHOD_GET, "/api/v1/forecast?split=owner&from=2026Q2&to=2026Q2", NULL, 200);
    IS(f, "data.2.lines", 2);
    IS(f, "data.2.due", 170000);
}

/* Five of six terms renewed in each of eight quarters but one, where none was: the shift is large, and said
 * to be estimated. */
static void the_shift_is_learnt_from_quarters(void **state) {
    struct api_world *w = *state;
    static const char *const starts[] = {"2023-01-05", "2023-04-05", "2023-07-05", "2023-10-05",
                                         "2024-01-05", "2024-04-05", "2024-07-05", "2024-10-05"},
                             *const ends[] = {"2024-01-04", "2024-04-04", "2024-07-04", "2024-10-04",
                                              "2025-01-04", "2025-04-04", "2025-07-04", "2025-10-04"};
    for (size_t q = 0; q < COUNT(starts); q++)
        for (int i = 0; i < 6; i++) {
            const char *key = PATH("K%zu-%d", q, i);
            account(w, key, "");
            subscribe(w, key, starts[q], ends[q], 100, q != 3 && i ? ",\"auto_renew\":true" : "");
        }
    caught_up(w);
    struct json *f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    assert_int_equal(member(f, "shift.estimated")->boolean, true);
    assert_true(number(f, "shift.value") > 0.7);
    assert_true(number(f, "shift.periods") >= 8);
    assert_int_equal(member(f, "shift.recorded")->boolean, false);
}

static const char *needs_of(struct api_world *w, const char *key) {
    struct json *list = api(w, METHOD_GET, "/api/v1/forecast/needs", NULL, 200);
    const struct json *data = json_get(list, "data");
    for (size_t i = 0; i < data->n; i++) {
        if (strcmp(text(w, &data->items[i], "account"), key) != 0) continue;
        const char *one = text(w, &data->items[i], "needs.0.need"),
                   *two = text(w, &data->items[i], "needs.1.need");
        return strcmp(two, "(none)") == 0 ? one : PATH("%s %s", one, two);
    }
    return "";
}

static void what_needs_somebody(void **state) {
    struct api_world *w = *state;
    company(w);
    assert_string_equal(needs_of(w, "P"), "call"); /* 83 days: the checkpoint is reached */
    assert_string_equal(needs_of(w, "R"), "call"); /* 175 */
    assert_string_equal(needs_of(w, "L"), "call");
    assert_string_equal(needs_of(w, "S"), ""); /* 281 */
    assert_string_equal(needs_of(w, "G"), ""); /* signed */
    calls(w);
    assert_string_equal(needs_of(w, "P"), "decision"); /* 95 against 60 */
    assert_string_equal(needs_of(w, "R"), "plan");     /* 50 against 60 is no difference */
    assert_string_equal(needs_of(w, "L"), "decision"); /* 0 against 60 */
    w->language = PERSIAN;
    struct json *list = api(w, METHOD_GET, "/api/v1/forecast/needs", NULL, 200);
    SAYS(item(list, "account", "R"), "needs.0.text", "در خطر است و برنامه‌ای ندارد");
    w->language = ENGLISH;
    note(w, "P", "2026-06-01", "\"kind\":\"decision\",\"body\":\"The sponsor has signed the budget\"", 201);
    note(w, "R", "2026-09-01", "\"kind\":\"plan\",\"body\":\"Train the new team\",\"until\":\"2026-04-01\"",
         201);
    assert_string_equal(needs_of(w, "P"), "");
    assert_string_equal(needs_of(w, "R"), "");
    /* A new call of the same kind asks for a new decision. */
    w->now += 60000;
    say(w, "P", "2026-06-01", "\"call\":\"renew\"", 201);
    assert_string_equal(needs_of(w, "P"), "decision");
    note(w, "P", "2026-06-01", "\"kind\":\"decision\",\"body\":\"As before\"", 201);
    assert_string_equal(needs_of(w, "P"), "");
    /* After the day of the plan R is at risk still. */
    travel_to(w, "2026-04-05");
    assert_string_equal(needs_of(w, "R"), "plan_overdue");
    note(w, "R", "2026-09-01", "\"kind\":\"plan\",\"body\":\"Ask the director\",\"until\":\"2026-05-01\"",
         201);
    assert_string_equal(needs_of(w, "R"), "");
    assert_string_equal(needs_of(w, "L"), ""); /* lost since 31 March */
    /* R is called lost, and that is decided; at 90 days, 3 June, it is to be decided again. Meanwhile L was
     * lost: the base rate is (2 + 1) ÷ (4 + 2). */
    say(w, "R", "2026-09-01", "\"call\":\"churn\"", 201);
    assert_string_equal(needs_of(w, "R"), "decision");
    note(w, "R", "2026-09-01", "\"kind\":\"decision\",\"body\":\"They build their own\"", 201);
    travel_to(w, "2026-06-02");
    assert_string_equal(needs_of(w, "R"), "");
    travel_to(w, "2026-06-03");
    assert_string_equal(needs_of(w, "R"), "decision");
}

/* What was said of P, due on 1 June, renewed at 1,000: 95 % on 10 March, which is after 90 days before (3
 * March). The base rate of 2 April, 60 days before, is (2 + 1) ÷ (4 + 2), since L counts as lost. */
static void accuracy_by_hand(void **state) {
    struct api_world *w = *state;
    company(w);
    calls(w);
    struct json *r = api(w, METHOD_POST, "/api/v1/forecast/record", NULL, 200);
    IS(r, "recorded", 4); /* P, R, S, U: what is open */
    r = api(w, METHOD_POST, "/api/v1/forecast/record", NULL, 200);
    IS(r, "recorded", 0);
    travel_to(w, "2026-03-16");
    r = api(w, METHOD_POST, "/api/v1/forecast/record", NULL, 200);
    IS(r, "recorded", 0); /* six days later; no mark was passed */
    travel_to(w, "2026-04-02");
    r = api(w, METHOD_POST, "/api/v1/forecast/record", NULL, 200);
    IS(r, "recorded", 4);
    travel_to(w, "2026-04-06");
    r = api(w, METHOD_POST, "/api/v1/forecast/record", NULL, 200);
    IS(r, "recorded", 1); /* of U, 178 days: the mark of 180 was on the 4th */
    travel_to(w,
              "2026-07-01"); /* one due that day could come late still: P, which came, does not count alone */
    struct json *a = api(w, METHOD_GET, "/api/v1/forecast/accuracy", NULL, 200);
    IS(a, "data.1.lines", 0);
    travel_to(w, "2026-07-02");
    a = api(w, METHOD_GET, "/api/v1/forecast/accuracy", NULL, 200);
    SAYS(a, "data.0.who", "people");
    IS(a, "data.0.days", 90);
    IS(a, "data.0.lines", 0);
    NONE(a, "data.0.bias");
    NONE(a, "data.0.actual");
    IS(a, "data.1.days", 60);
    IS(a, "data.1.lines", 1);
    IS(a, "data.1.forecast", 95000);
    IS(a, "data.1.actual", 100000);
    IS(a, "data.1.bias", -0.05);
    IS(a, "data.1.mape", 0.05);
    IS(a, "data.1.error", 0.05);
    assert_int_equal(member(a, "data.1.few")->boolean, true);
    SAYS(a, "data.3.name", "cli:test");
    SAYS(a, "data.5.who", "model");
    IS(a, "data.5.lines", 0);
    IS(a, "data.6.days", 60);
    IS(a, "data.6.forecast", 50000);
    IS(a, "data.6.bias", -0.5);
    IS(a, "data.7.lines", 0); /* nothing was recorded in the two weeks before 2 May */
    SAYS(a, "data.8.name", "base_rate");
}

/* ---- who may, and what is refused ---- */

static int answer_as(struct api_world *w, enum role role, enum scope scope, const char *target,
                     const char *body) {
    struct request request = {
        .house = w->house,
        .arena = &w->arena,
        .method = METHOD_POST,
        .body = str_of(body),
        .peer = STR("local"),
        .principal = {
            .kind = API_KEY, .role = role, .scope = scope, .name = STR("somebody"), .key = id_new(w->now)}};
    struct response response = {0};
    router_dispatch(w->house->router, &request, str_of(target), &response);
    buf_free(&response.body);
    return response.code;
}

static void who_may_write_the_account_may_call(void **state) {
    struct api_world *w = *state;
    company(w);
    static const char *const path = "/api/v1/accounts/P/renewals/calls",
                             *const body = "{\"due_on\":\"2026-06-01\",\"call\":\"renew\"}";
    assert_int_equal(answer_as(w, ROLE_VIEWER, SCOPE_ALL, path, body), 403);
    assert_int_equal(answer_as(w, ROLE_CSM, SCOPE_OWN, path, body), 404); /* P is not theirs */
    assert_int_equal(answer_as(w, ROLE_CSM, SCOPE_ALL, path, body), 201);
    assert_int_equal(answer_as(w, ROLE_CSM, SCOPE_ALL, "/api/v1/forecast/record", ""), 403);
}

static void bad_input_is_refused_at_its_place(void **state) {
    struct api_world *w = *state;
    company(w);
    static const struct {
        const char *key, *day, *more, *pointer, *code;
    } bad[] = {
        {"P", "2026-06-02", "\"call\":\"renew\"", "/due_on", "renewal_unknown"},
        {"P", "2026-06-01", "\"call\":\"renew\",\"product\":\"beacon\"", "/product", "renewal_unknown"},
        {"P", "2026-06-01", "\"call\":\"contraction\",\"amount\":500,\"currency\":\"USD\"", "/currency",
         "renewal_currency"},
        {"P", "2026-06-01", "\"call\":\"renew\",\"amount\":500", "/amount", "renewal_amount_unwanted"},
        {"P", "2026-06-01", "\"call\":\"expansion\"", "/amount", "renewal_amount_missing"},
        {"P", "2026-06-01", "\"call\":\"expansion\",\"amount\":100000", "/amount", "renewal_no_expansion"},
        {"P", "2026-06-01", "\"call\":\"contraction\",\"amount\":100000", "/amount",
         "renewal_no_contraction"},
        {"P", "2026-06-01", "\"call\":\"contraction\",\"amount\":0", "/amount", "renewal_no_contraction"},
        {"P", "2026-06-01", "\"call\":\"contraction\",\"amount\":-5", "/amount", NULL},
        {"P", "2026-06-01", "\"call\":\"renew\",\"chance\":101", "/chance", NULL},
        {"P", "2026-06-01", "\"call\":\"churn\",\"chance\":90", "/chance", "renewal_chance_unwanted"},
        {"P", "2026-06-01", "\"call\":\"perhaps\"", "/call", NULL},
        {"P", "never", "\"call\":\"renew\"", "/due_on", NULL},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct json *answer = say(w, bad[i].key, bad[i].day, bad[i].more, 400);
        SAYS(answer, "errors.0.pointer", bad[i].pointer);
        if (bad[i].code) SAYS(answer, "errors.0.code", bad[i].code);
    }
    say(w, "Q", "2025-07-01", "\"call\":\"renew\"", 409); /* it is over */
    say(w, "nobody", "2026-06-01", "\"call\":\"renew\"", 404);
    note(w, "P", "2026-06-01", "\"kind\":\"plan\",\"body\":\"x\"", 400);
    note(w, "P", "2026-06-01", "\"kind\":\"plan\",\"body\":\"x\",\"until\":\"2026-03-09\"", 400);
    note(w, "P", "2026-06-01", "\"kind\":\"decision\",\"body\":\"x\",\"until\":\"2026-04-09\"", 400);
    note(w, "P", "2026-06-01", "\"kind\":\"decision\",\"body\":\" \"", 400);
    SAYS(api(w, METHOD_GET, "/api/v1/forecast?from=2026Q4&to=2026Q1", NULL, 400), "errors.0.code",
         "forecast_reversed");
    SAYS(api(w, METHOD_GET, "/api/v1/forecast?from=2000Q1&to=2026Q1", NULL, 400), "errors.0.code",
         "forecast_too_many");
    SAYS(api(w, METHOD_GET, "/api/v1/forecast?from=3000-01-01", NULL, 400), "errors.0.code",
         "forecast_too_far");
    api(w, METHOD_GET, "/api/v1/forecast?from=2035Q1&by=quarter", NULL, 200);
    api(w, METHOD_GET, "/api/v1/forecast?by=week", NULL, 400);
    api(w, METHOD_GET, "/api/v1/forecast?from=someday", NULL, 400);
    api(w, METHOD_GET, "/api/v1/forecast/lines?only=good", NULL, 400);
    api(w, METHOD_GET, "/api/v1/forecast/lines?cursor=-1", NULL, 400);
    api(w, METHOD_GET, "/api/v1/forecast?split=arr", NULL, 400);
    /* Two products due that day: which one has to be said. */
    api(w, METHOD_POST, "/api/v1/accounts/P/subscriptions",
        "{\"key\":\"P2\",\"product\":\"beacon\",\"starts_on\":\"2025-06-01\",\"ends_on\":\"2026-05-31\","
        "\"amount\":5000,\"amount_per\":\"year\",\"currency\":\"EUR\"}",
        201);
    caught_up(w);
    SAYS(say(w, "P", "2026-06-01", "\"call\":\"renew\"", 400), "errors.0.code", "renewal_several");
    struct json *made = say(w, "P", "2026-06-01", "\"call\":\"renew\",\"product\":\"beacon\"", 201);
    SAYS(made, "currency", "EUR");
}

/* A company without contracts, and one whose account was merged: what was said goes along. */
static void nothing_due_and_merged_accounts(void **state) {
    struct api_world *w = *state;
    struct json *f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "data.0.lines", 0);
    IS(f, "data.0.commit", 0);
    IS(f, "data.0.expected.mean", 0);
    IS(f, "base_rate.due", 0);
    IS(api(w, METHOD_GET, "/api/v1/forecast/needs", NULL, 200), "lines", 0);
    IS(api(w, METHOD_GET, "/api/v1/forecast/accuracy", NULL, 200), "data.0.lines", 0);
    company(w);
    calls(w);
    api(w, METHOD_POST, "/api/v1/accounts/P/merge", "{\"into\":\"S\"}", 200);
    caught_up(w);
    const struct json *line =
        item(api(w, METHOD_GET, "/api/v1/accounts/S/renewals", NULL, 200), "due_on", "2026-06-01");
    SAYS(line, "account", "S");
    SAYS(line, "call.call", "renew");
    SAYS(line, "calls.0.comment", "Budget is approved");
}

/* X was renewed at half of its 1,000, Y at all of it: 2 of 2 terms, kept at 75 % on average. So 3/4 of what
 * is due is expected to come, at 3/4 of its amount. */
static void what_renews_keeps_what_others_kept(void **state) {
    struct api_world *w = *state;
    account(w, "X", "");
    account(w, "Y", "");
    subscribe(w, "X", "2024-06-01", "2025-05-31", 1000, "");
    api(w, METHOD_POST, "/api/v1/accounts/X/subscriptions",
        "{\"key\":\"X\",\"product\":\"atlas\",\"starts_on\":\"2024-06-01\",\"effective_from\":\"2025-06-01\","
        "\"ends_on\":\"2026-05-31\",\"amount\":50000,\"amount_per\":\"year\",\"currency\":\"EUR\"}",
        200);
    subscribe(w, "Y", "2024-07-01", "2025-06-30", 1000, ",\"auto_renew\":true");
    caught_up(w);
    struct json *f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "base_rate.due", 2);
    IS(f, "base_rate.renewed", 2);
    IS(f, "base_rate.kept", 0.75);
    IS(f, "data.0.due", 150000);
    IS(f, "data.0.expected_count.mean", 1.5);
    IS(f, "data.0.expected.mean", 84375);
    assert_non_null(strstr(text(w, f, "definitions.expected.en"), "(75 % on average)"));
    assert_non_null(strstr(text(w, f, "definitions.expected.fa"), "۷۵٪"));
}

/* A group is reckoned as if there were nobody else: the same limits, to the cent, as for its accounts alone.
 */
static void a_group_is_as_if_alone(void **state) {
    struct api_world *w = *state;
    static const char *const parts[] = {"mean", "low", "high"};
    for (int i = 0; i < 12; i++) {
        account(w, PATH("K%d", i), i % 3 ? ",\"plan\":\"large\"" : ",\"plan\":\"small\"");
        subscribe(w, PATH("K%d", i), "2025-06-01", "2026-05-31", 100 + i, "");
    }
    caught_up(w);
    struct json *split = api(w, METHOD_GET, "/api/v1/forecast?split=plan&from=2026Q2&to=2026Q2", NULL, 200),
                *large = api(w, METHOD_GET, "/api/v1/forecast?where=plan%3D%22large%22&from=2026Q2&to=2026Q2",
                             NULL, 200);
    const struct json *group = item(split, "group", "large");
    IS(group, "lines", 8);
    for (size_t i = 0; i < COUNT(parts); i++)
        IS(group, PATH("expected.%s", parts[i]), number(large, PATH("data.0.expected.%s", parts[i])));
}

/* T ended on 19 March; on 5 April it may come late still, though its quarter is over. Lines of the new
 * quarter are those of the figures, without it. */
static void a_late_renewal_is_not_forgotten_with_its_quarter(void **state) {
    struct api_world *w = *state;
    company(w);
    account(w, "T", "");
    subscribe(w, "T", "2025-03-20", "2026-03-19", 100, "");
    caught_up(w);
    travel_to(w, "2026-04-05");
    assert_string_equal(needs_of(w, "T"), "call");
    struct json *open = api(w, METHOD_GET, "/api/v1/forecast/lines?only=open", NULL, 200);
    SAYS(open, "data.0.account", "T");
    SAYS(open, "data.0.period", "2026Q1");
    SAYS(open, "to", "2027-03-31"); /* four quarters from this one on, as ever */
    SAYS(api(w, METHOD_GET, "/api/v1/forecast/lines", NULL, 200), "data.0.account", "G");
    assert_int_equal(number(api(w, METHOD_GET, "/api/v1/forecast/needs?from=2026Q2", NULL, 200), "lines"),
                     3); /* P, R and U */
}

/* Two accounts with the same product by the month become one: one line is ahead, of both; and only of it may
 * be spoken. */
static void only_the_next_renewal_is_ahead(void **state) {
    struct api_world *w = *state;
    account(w, "V", "");
    account(w, "W", "");
    subscribe(w, "V", "2026-03-01", "2026-03-31", 100, ",\"auto_renew\":true,\"term_months\":1");
    subscribe(w, "W", "2026-03-01", "2026-03-31", 300, ",\"auto_renew\":true,\"term_months\":1");
    caught_up(w);
    IS(api(w, METHOD_GET, "/api/v1/forecast/lines", NULL, 200), "lines", 2);
    api(w, METHOD_POST, "/api/v1/accounts/V/merge", "{\"into\":\"W\"}", 200);
    caught_up(w);
    struct json *list = api(w, METHOD_GET, "/api/v1/forecast/lines", NULL, 200);
    IS(list, "lines", 1);
    IS(list, "data.0.own_amount", 40000);
    SAYS(list, "data.0.due_on", "2026-04-01");
    struct json *refused = say(w, "W", "2026-05-01", "\"call\":\"renew\"", 400);
    SAYS(refused, "errors.0.code", "renewal_later");
    SAYS(refused, "errors.0.pointer", "/due_on");
    assert_non_null(strstr(text(w, refused, "errors.0.message"), "2026-04-01"));
    say(w, "W", "2026-04-01", "\"call\":\"renew\"", 201);
}

/* Who may see some accounts sees their lines, and of the company's rate no counts. */
static void a_scope_sees_its_own(void **state) {
    struct api_world *w = *state;
    company(w);
    w->principal.scope = SCOPE_OWN;
    w->principal.kind = API_KEY;
    struct json *f = api(w, METHOD_GET, "/api/v1/forecast", NULL, 200);
    IS(f, "data.0.lines", 0);
    IS(f, "data.0.due", 0);
    assert_null(member(f, "base_rate.due"));
    assert_null(member(f, "base_rate.renewed"));
    IS(f, "base_rate.rate", 0.6);
    assert_non_null(strstr(text(w, f, "definitions.base_rate.en"), "60 %"));
    IS(api(w, METHOD_GET, "/api/v1/forecast/lines", NULL, 200), "lines", 0);
    IS(api(w, METHOD_GET, "/api/v1/forecast/needs", NULL, 200), "lines", 0);
    IS(api(w, METHOD_GET, "/api/v1/forecast/accuracy", NULL, 200), "data.0.lines", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(figures_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_shift_is_learnt_from_quarters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_needs_somebody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accuracy_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_may_write_the_account_may_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_input_is_refused_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_renews_keeps_what_others_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_is_as_if_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_late_renewal_is_not_forgotten_with_its_quarter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_next_renewal_is_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_scope_sees_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_due_and_merged_accounts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
