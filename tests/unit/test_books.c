/* The books over a real folder, through the API's own router: what was known when, merged accounts, exchange
 * rates, closed periods. Every expected figure is reckoned by hand beside it, or is what was shown on the day
 * itself. */
#include "exchange/import.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"

enum { MARCH = 20148 }; /* 2025-03-01, `$(( $(date -u -d 2025-03-01 +%s) / 86400 ))` */

static int set_up(void **state) {
    struct api_world *w = api_world_of("2025-03-01", "USD");
    travel(w, MARCH, 12);
    *state = w;
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

/* What was written is seen now, not when the worker comes by. */
static struct str told(struct api_world *w, enum method method, const char *target, const char *body,
                       int expected) {
    MUST(insight_load(w->house->insight, &w->problem));
    return api_text(w, method, target, body, expected);
}
static struct json *ask(struct api_world *w, enum method method, const char *target, const char *body,
                        int expected) {
    MUST(insight_load(w->house->insight, &w->problem));
    return api(w, method, target, body, expected);
}

static void staged(struct api_world *w, const char *key, const char *stage) {
    ask(w, METHOD_POST, "/api/v1/accounts",
        PATH("{\"key\": \"%s\", \"name\": \"%s\", \"stage\": \"%s\"}", key, key, stage), 201);
}

static const char *day_text(struct api_world *w, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    return PATH("%s", text);
}

/* Takes a subscription in, open-ended, effective from its start unless told: then the same again is a
 * correction. */
static void pays(struct api_world *w, const char *account, const char *key, day_t from, const char *more,
                 int64_t amount) {
    struct str text =
        str_format(&w->arena,
                   "{\"key\": \"%s\", \"starts_on\": \"%s\", \"effective_from\": \"%s\", \"amount\": %lld, "
                   "\"amount_per\": \"year\", \"currency\": \"USD\"%s}",
                   key, day_text(w, from), day_text(w, from), (long long)amount, more);
    struct parameter headers[] = {{STR("accept-language"), STR("en")}, {STR("if-match"), STR("*")}};
    struct request request = {.house = w->house,
                              .arena = &w->arena,
                              .method = METHOD_POST,
                              .headers = headers,
                              .header_count = 2,
                              .body = text,
                              .peer = STR("local"),
                              .principal = w->principal};
    struct response response = {0};
    router_dispatch(w->house->router, &request,
                    str_format(&w->arena, "/api/v1/accounts/%s/subscriptions", account), &response);
    if (response.code != 201 && response.code != 200 && response.code)
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(buf_str(&response.body)));
    buf_free(&response.body);
}

/* Known on 2 March as 1,000, corrected on 5 March to 1,200: the figures of 3 March asked as they were known
 * then, and as known now. */
static void a_correction_does_not_reach_back_into_what_was_known(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    travel(w, MARCH + 1, 12);
    pays(w, "A", "s1", MARCH - 100, "", 100000);
    travel(w, MARCH + 4, 12);
    pays(w, "A", "s1", MARCH - 100, "", 120000);
    travel(w, MARCH + 9, 12);
    const char *february = "/api/v1/retention?from=2025-02&to=2025-02&as_of=2025-03-04";
    struct json *now = ask(w, METHOD_GET, february, NULL, 200);
    IS(now, "periods.0.amounts.start", 120000);
    struct json *then = ask(w, METHOD_GET, PATH("%s&known_at=2025-03-04", february), NULL, 200);
    IS(then, "periods.0.amounts.start", 100000);
    struct json *before = ask(w, METHOD_GET, PATH("%s&known_at=2025-03-02", february), NULL,
                              200); /* its start: not known yet */
    IS(before, "periods.0.amounts.start", 0);
    /* The fact `arr` reads the same books. */
    struct json *fact = api(
        w, METHOD_GET, "/api/v1/accounts/A/facts?keys=arr&as_of=2025-03-04&known_at=2025-03-04", NULL, 200);
    IS(fact, "data.0.value", 100000);
    fact = ask(w, METHOD_GET, "/api/v1/accounts/A/facts?keys=arr&as_of=2025-03-04", NULL, 200);
    IS(fact, "data.0.value", 120000);
}

static uint64_t seed = 11;
static uint32_t below(uint32_t n) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* Forty days on which subscriptions are taken in, corrected, cancelled and ended at random. What is shown at
 * the start of each day is, byte for byte, what is answered at the end for that day as known then. */
static void replay_equals_what_was_shown(void **state) {
    enum { DAYS = 40, ACCOUNTS = 4 };
    struct api_world *w = *state;
    static const char *const keys[ACCOUNTS] = {"A", "B", "C", "D"};
    struct str shown[DAYS];
    for (int i = 0; i < ACCOUNTS; i++)
        staged(w, keys[i], "live");
    for (int d = 0; d < DAYS; d++) {
        travel(w, MARCH + d, 0);
        shown[d] = told(w, METHOD_GET,
                        PATH("/api/v1/retention?from=2024-11&as_of=%s", day_text(w, MARCH + d)), NULL, 200);
        travel(w, MARCH + d, 12);
        for (uint32_t n = below(3); n > 0; n--) {
            uint32_t a = below(ACCOUNTS), s = below(3);
            const char *more = "";
            if (below(3) == 0)
                more = PATH(", \"ends_on\": \"%s\"", day_text(w, MARCH - 40 + (day_t)below(80)));
            if (below(4) == 0) more = PATH("%s, \"auto_renew\": true, \"term_months\": 1", more);
            if (below(4) == 0)
                more = PATH("%s, \"cancelled_on\": \"%s\"", more, day_text(w, MARCH - 10 + (day_t)below(40)));
            pays(w, keys[a], PATH("%s-%u", keys[a], s), MARCH - 200 + (day_t)(s * 60), more,
                 1000 + below(100000));
        }
    }
    for (int d = 0; d < DAYS; d++) {
        const char *day = day_text(w, MARCH + d);
        struct str replayed = told(
            w, METHOD_GET, PATH("/api/v1/retention?from=2024-11&as_of=%s&known_at=%s", day, day), NULL, 200);
        struct str rest, without = STR("\"known_at\":null"),
                         with = str_format(&w->arena, "\"known_at\":\"%s\"", day);
        /* the same but for the moment that was asked for */
        const char *a = memmem(shown[d].p, shown[d].n, without.p, without.n),
                   *b = memmem(replayed.p, replayed.n, with.p, with.n);
        assert_non_null(a);
        assert_non_null(b);
        rest = str_slice(replayed, (size_t)(b - replayed.p) + with.n, replayed.n);
        struct str first = str_slice(shown[d], (size_t)(a - shown[d].p) + without.n, shown[d].n);
        if (!str_equal(first, rest)) fail_msg("day %d:\n%.*s\n%.*s", d, STR_ARG(first), STR_ARG(rest));
    }
}

/* A 1,000 and B 500: two customers; merged they are one of 1,500, at both ends; parted, two again. */
static void merged_accounts_are_one_and_parted_are_two(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    staged(w, "B", "live");
    pays(w, "A", "s1", MARCH - 100, "", 100000);
    pays(w, "B", "s2", MARCH - 100, ", \"ends_on\": \"2025-02-10\"", 50000);
    const char *february = "/api/v1/retention?from=2025-02&to=2025-02";
    travel(w, MARCH + 60, 12);
    struct json *two = ask(w, METHOD_GET, february, NULL, 200);
    IS(two, "periods.0.amounts.customers_start", 2);
    IS(two, "periods.0.figures.logo_retention.value", 0.5);
    struct str id = json_get_string(ask(w, METHOD_GET, "/api/v1/accounts/B", NULL, 200), "id");
    ask(w, METHOD_POST, "/api/v1/accounts/B/merge", "{\"into\": \"A\"}", 200);
    struct json *one = ask(w, METHOD_GET, february, NULL, 200);
    IS(one, "periods.0.amounts.customers_start", 1);
    IS(one, "periods.0.amounts.start", 150000);
    IS(one, "periods.0.figures.logo_retention.value", 1);
    IS(one, "periods.0.figures.grr.value", 2.0 / 3);
    ask(w, METHOD_POST, PATH("/api/v1/accounts/%.*s/unmerge", STR_ARG(id)), NULL, 200);
    struct json *parted = ask(w, METHOD_GET, february, NULL, 200);
    IS(parted, "periods.0.amounts.customers_start", 2);
}

/* Amounts over the values of a fact sum to the whole, and one segment is the part. */
static void a_split_sums_to_the_whole(void **state) {
    struct api_world *w = *state;
    static const char *const stages[] = {"one", "two", "three"};
    for (int i = 0; i < 12; i++) {
        const char *key = PATH("A%02d", i);
        staged(w, key, stages[i % 3]);
        pays(w, key, PATH("s%d", i), MARCH - 80 - i, i % 4 == 0 ? ", \"ends_on\": \"2025-02-15\"" : "",
             1000 * (i + 1));
    }
    travel(w, MARCH + 60, 12);
    struct json *whole = ask(w, METHOD_GET, "/api/v1/retention?from=2025-04&to=2025-04", NULL, 200);
    struct json *split =
        ask(w, METHOD_GET, "/api/v1/retention?from=2025-04&to=2025-04&split=stage", NULL, 200);
    const struct json *amounts = member(whole, "periods.0.amounts");
    assert_int_equal(member(split, "periods")->n, 3);
    for (size_t i = 0; i < amounts->n; i++) {
        double sum = 0;
        for (int g = 0; g < 3; g++)
            sum += number(split, PATH("periods.%d.amounts.%.*s", g, STR_ARG(amounts->names[i])));
        if (sum != amounts->items[i].number)
            fail_msg("%.*s: %g, the whole %g", STR_ARG(amounts->names[i]), sum, amounts->items[i].number);
    }
    struct json *part = api(
        w, METHOD_GET, "/api/v1/retention?from=2025-04&to=2025-04&where=stage%20%3D%20%22two%22", NULL, 200);
    IS(part, "periods.0.amounts.end",
       2000 + 11000 + 8000); /* A01, A04, A07, A10 of 2, 5, 8, 11 thousand; A04 has ended */
}

/* ---- rates ---- */

static void rates_are_taken_in_and_used(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    ask(w, METHOD_POST, "/api/v1/accounts/A/subscriptions",
        "{\"key\": \"e\", \"starts_on\": \"2024-01-01\", \"amount\": 100000, \"amount_per\": \"year\", \"currency\": \"EUR\"}",
        201);
    travel(w, MARCH + 60, 12);
    struct json *without = ask(w, METHOD_GET, "/api/v1/retention?from=2025-02&to=2025-02", NULL, 200);
    IS(without, "periods.0.amounts.customers_not_converted", 1);
    IS(without, "periods.0.amounts.start", 0);
    struct json *fact = ask(w, METHOD_GET, "/api/v1/accounts/A/facts?keys=arr", NULL, 200);
    SAYS(fact, "data.0.state", "unknown");
    ask(w, METHOD_POST, "/api/v1/rates",
        "{\"currency\": \"EUR\", \"day\": \"2025-01-01\", \"rate\": \"1.10\"}", 201);
    ask(w, METHOD_POST, "/api/v1/rates",
        "{\"currency\": \"EUR\", \"day\": \"2025-01-01\", \"rate\": \"1.1\"}", 200); /* the same */
    struct json *with = ask(w, METHOD_GET, "/api/v1/retention?from=2025-02&to=2025-02", NULL, 200);
    IS(with, "periods.0.amounts.start", 110000);
    fact = ask(w, METHOD_GET, "/api/v1/accounts/A/facts?keys=arr", NULL, 200);
    IS(fact, "data.0.value", 110000);
    struct json *list = ask(w, METHOD_GET, "/api/v1/rates?currency=EUR", NULL, 200);
    assert_int_equal(member(list, "data")->n, 1);
    ask(w, METHOD_POST, "/api/v1/rates", "{\"currency\": \"USD\", \"day\": \"2025-01-01\", \"rate\": \"1\"}",
        400);
    ask(w, METHOD_POST, "/api/v1/rates", "{\"currency\": \"EUR\", \"day\": \"2025-01-01\", \"rate\": \"-1\"}",
        400);
    ask(w, METHOD_POST, "/api/v1/rates",
        "{\"currency\": \"EUR\", \"base\": \"GBP\", \"day\": \"2025-01-01\", \"rate\": \"2\"}", 400);
}

static void rates_are_imported_once(void **state) {
    struct api_world *w = *state;
    const char *path = PATH("%s/rates.csv", w->root);
    for (int again = 0; again < 2; again++) {
        FILE *file = fopen(path, "w");
        fputs(
            "currency,date,rate\nEUR,2025-01-01,1.05\nEUR,2025-02-01,1.06\nIRR,1403/11/01,۰٫۰۰۰۰۲\nXXQ,2025-01-01,1\n",
            file);
        assert_int_equal(fclose(file), 0);
        struct import import = {.kind = STR("rates"),
                                .source = STR("bank"),
                                .by = STR("test"),
                                .language = STR("en"),
                                .backfill = true};
        MUST(import_run(w->house, path, PATH("%s/errors.csv", w->root), &import, &w->arena, NULL, NULL,
                        &w->problem));
        assert_int_equal(import.created, again ? 0 : 3);
        assert_int_equal(import.unchanged, again ? 3 : 0);
        assert_int_equal(import.rejected, 1);
    }
}

/* 1,000 until the end of March and 1,200 from 3 March for one product, 50 for another: on 5 March 1,250 by
 * the maximum, in the fact as in the ledger; by the sum 2,250. */
static void the_fact_counts_overlap_as_the_ledger_does(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    pays(w, "A", "old", MARCH - 200, ", \"ends_on\": \"2025-03-31\"", 100000);
    pays(w, "A", "new", MARCH + 2, "", 120000);
    pays(w, "A", "more", MARCH - 100, ", \"product\": \"addon\"", 5000);
    travel(w, MARCH + 4, 12);
    for (int sum = 0; sum < 2; sum++) {
        double expected = sum ? 225000 : 125000;
        if (sum) ask(w, METHOD_PATCH, "/api/v1/settings", "{\"retention.overlap\": \"sum\"}", 200);
        IS(ask(w, METHOD_GET, "/api/v1/accounts/A/facts?keys=arr", NULL, 200), "data.0.value", expected);
        IS(ask(w, METHOD_GET, "/api/v1/retention?from=2025-03&to=2025-03", NULL, 200),
           "periods.0.amounts.end", expected);
    }
}

/* ---- closed periods ---- */

static void closing_freezes_and_later_changes_are_restatements(void **state) {
    struct api_world *w = *state;
    static const char *const keys[] = {"A", "B", "C", "D", "E"};
    for (int i = 0; i < 5; i++)
        staged(w, keys[i], "live");
    pays(w, "A", "a", MARCH - 100, "", 100000);
    pays(w, "B", "b", MARCH - 100, "", 40000);
    pays(w, "C", "c", MARCH - 100, ", \"ends_on\": \"2025-02-20\"",
         20000); /* lapsed, within the grace on 3 March */
    travel(w, MARCH - 1, 12);
    ask(w, METHOD_POST, "/api/v1/periods", "{\"period\": \"2025-02\"}", 400); /* has not ended */
    travel(w, MARCH + 2, 12);
    ask(w, METHOD_POST, "/api/v1/periods", "{\"period\": \"2025-02\"}", 201);
    const char *february = "/api/v1/retention?from=2025-02&to=2025-02";
    struct str closed = told(w, METHOD_GET, february, NULL, 200);
    struct json *shown = ask(w, METHOD_GET, february, NULL, 200);
    IS(shown, "periods.0.figures.grr.value", 140000.0 / 160000);
    IS(shown, "periods.0.figures.grr.if_renewed", 1);
    ask(w, METHOD_POST, "/api/v1/periods", "{\"period\": \"2025-02\"}", 200); /* twice changes nothing */
    struct str again = told(w, METHOD_GET, february, NULL, 200);
    assert_true(str_equal(closed, again));
    struct json *same = ask(w, METHOD_GET, "/api/v1/periods/2025-02", NULL, 200);
    assert_int_equal(member(same, "changes")->n, 0);

    travel(w, MARCH + 10, 12);
    pays(w, "A", "a", MARCH - 100, "", 90000); /* corrected: 100,000 was wrong */
    pays(w, "D", "d", MARCH - 60, "", 7000);   /* told late */
    pays(w, "C", "c2", MARCH + 9, "", 20000);  /* renewed 17 days after its end: settled, no restatement */
    struct json *after = ask(w, METHOD_GET, february, NULL, 200);
    IS(after, "periods.0.figures.grr.value", 140000.0 / 160000); /* stands */
    IS(after, "periods.0.amounts.start", 160000);
    IS(after, "periods.0.closed.changed_since.start", -10000 + 7000);
    struct json *restated = ask(w, METHOD_GET, "/api/v1/periods/2025-02", NULL, 200);
    assert_int_equal(member(restated, "changes")->n, 3);
    IS(restated, "restated_accounts", 2);
    for (int i = 0; i < 3; i++) {
        static const char *const reasons[][2] = {{"A", "corrected"}, {"C", "settled"}, {"D", "late"}};
        SAYS(restated, PATH("changes.%d.account", i), reasons[i][0]);
        SAYS(restated, PATH("changes.%d.reason", i), reasons[i][1]);
    }
    IS(restated, "shown.start", 160000);
    IS(restated, "now.start", 157000);
    /* The rows behind the closed figure are the frozen ones; as of another day they are reckoned. */
    struct json *rows = ask(w, METHOD_GET, "/api/v1/retention/rows?period=2025-02&figure=grr", NULL, 200);
    IS(rows, "figure.over", 140000);
    IS(rows, "figure.under", 160000);
    SAYS(rows, "data.0.account", "C"); /* what cost most first */
    rows = ask(w, METHOD_GET, "/api/v1/retention/rows?period=2025-02&figure=grr&as_of=2025-03-11", NULL, 200);
    IS(rows, "figure.under", 157000);

    ask(w, METHOD_POST, "/api/v1/accounts/B/merge", "{\"into\": \"E\"}", 200);
    struct json *merged = ask(w, METHOD_GET, "/api/v1/periods/2025-02", NULL, 200);
    IS(merged, "shown.start", 160000); /* B's frozen row is E's now: nothing is different */
    assert_int_equal(member(merged, "changes")->n, 3);
    ask(w, METHOD_GET, "/api/v1/periods/2025-01", NULL, 404);
}

/* Restating: the closed figure becomes what is known now, what it showed stays with who, when and why. 1,000
 * + 400 were closed; A was then corrected to 900. */
static void a_restated_period_keeps_what_it_showed(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    staged(w, "B", "live");
    pays(w, "A", "a", MARCH - 100, "", 100000);
    pays(w, "B", "b", MARCH - 100, "", 40000);
    travel(w, MARCH + 2, 12);
    ask(w, METHOD_POST, "/api/v1/periods", "{\"period\": \"2025-02\"}", 201);
    const char *why = "{\"reason\": \"corrected_data\", \"note\": \"A paid less\"}";
    ask(w, METHOD_POST, "/api/v1/periods/2025-02/restatements", why, 409); /* nothing is different */
    ask(w, METHOD_POST, "/api/v1/periods/2025-01/restatements", why, 404); /* was never closed */
    travel(w, MARCH + 10, 12);
    pays(w, "A", "a", MARCH - 100, "", 90000);
    ask(w, METHOD_POST, "/api/v1/periods/2025-02/restatements", "{\"reason\": \"because\", \"note\": \"x\"}",
        400);
    ask(w, METHOD_POST, "/api/v1/periods/2025-02/restatements", "{\"reason\": \"other\"}", 400);
    ask(w, METHOD_POST, "/api/v1/periods/2025-02/restatements", why, 200);
    struct json *shown = ask(w, METHOD_GET, "/api/v1/retention?from=2025-02&to=2025-02", NULL, 200);
    IS(shown, "periods.0.amounts.start", 130000);
    struct json *period = ask(w, METHOD_GET, "/api/v1/periods/2025-02", NULL, 200);
    assert_int_equal(member(period, "changes")->n, 0);
    assert_int_equal(member(period, "restatements")->n, 1);
    IS(period, "restatements.0.showed.start", 140000);
    IS(period, "restatements.0.figures.grr", 1);
    SAYS(period, "restatements.0.reason", "corrected_data");
    SAYS(period, "restatements.0.note", "A paid less");
    SAYS(period, "restatements.0.closed_at", "2025-03-03T12:00:00.000Z");
    SAYS(period, "closed_at", "2025-03-11T12:00:00.000Z");
    ask(w, METHOD_POST, "/api/v1/periods/2025-02/restatements", why, 409);
}

/* The index stands at 100 from 1 February and at 125 from 1 March: 1,000 at the end is worth 800 at the
 * start. Known on 5 March alone, and corrected to 200 on 10 March: worth 500; as known on 6 March still 800.
 */
static void a_price_index_is_taken_in_and_used(void **state) {
    struct api_world *w = *state;
    const char *february = "/api/v1/retention?from=2025-02&to=2025-02&index=cpi";
    staged(w, "A", "live");
    pays(w, "A", "a", MARCH - 100, "", 100000);
    travel(w, MARCH + 4, 12);
    ask(w, METHOD_GET, february, NULL, 400); /* there is no such index */
    ask(w, METHOD_POST, "/api/v1/price-indices",
        "{\"name\": \"cpi\", \"day\": \"2025-03-01\", \"value\": \"125\"}", 201);
    ask(w, METHOD_GET, february, NULL, 400); /* it begins later */
    ask(w, METHOD_POST, "/api/v1/price-indices",
        "{\"name\": \"cpi\", \"day\": \"2025-02-01\", \"value\": \"100.0\"}", 201);
    ask(w, METHOD_POST, "/api/v1/price-indices",
        "{\"name\": \"cpi\", \"day\": \"2025-02-01\", \"value\": \"100\"}", 200);
    static const char *const wrong[] = {
        "{\"name\": \"C PI\", \"day\": \"2025-03-01\", \"value\": \"1\"}",
        "{\"name\": \"cpi\", \"day\": \"2025-03-01\", \"value\": \"0\"}",
        "{\"name\": \"cpi\", \"day\": \"2025-03-01\", \"value\": \"1.2345678\"}",
        "{\"name\": \"cpi\", \"day\": \"2025-03-01\", \"value\": \"12345678901234.5\"}"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        ask(w, METHOD_POST, "/api/v1/price-indices", wrong[i], 400);
    struct json *real = ask(w, METHOD_GET, february, NULL, 200);
    IS(real, "periods.0.figures.nrr.value", 0.8);
    IS(real, "periods.0.amounts.inflation", 20000);
    IS(real, "periods.0.amounts.end", 100000);
    IS(real, "periods.0.price_change", 0.25);
    struct json *rows =
        ask(w, METHOD_GET, "/api/v1/retention/rows?period=2025-02&figure=nrr&index=cpi", NULL, 200);
    IS(rows, "figure.over", 80000);
    travel(w, MARCH + 9, 12);
    ask(w, METHOD_POST, "/api/v1/price-indices",
        "{\"name\": \"cpi\", \"day\": \"2025-03-01\", \"value\": \"200\"}", 200);
    real = ask(w, METHOD_GET, february, NULL, 200);
    IS(real, "periods.0.figures.nrr.value", 0.5);
    real = ask(w, METHOD_GET, PATH("%s&known_at=2025-03-07", february), NULL, 200);
    IS(real, "periods.0.figures.nrr.value", 0.8);
    ask(w, METHOD_GET, PATH("%s&mode=flow", february), NULL, 400);
    struct json *list = ask(w, METHOD_GET, "/api/v1/price-indices?name=cpi", NULL, 200);
    assert_int_equal(member(list, "data")->n, 3);
    const char *path = PATH("%s/indices.csv", w->root);
    FILE *file = fopen(path, "w");
    fputs("index,date,value\nppi,1403/11/01,۱۳۴٫۵\nppi,2025-02-01,x\n", file);
    assert_int_equal(fclose(file), 0);
    struct import import = {
        .kind = STR("indices"), .source = STR("bureau"), .by = STR("test"), .language = STR("en")};
    MUST(import_run(w->house, path, PATH("%s/errors.csv", w->root), &import, &w->arena, NULL, NULL,
                    &w->problem));
    assert_int_equal(import.created, 1);
    assert_int_equal(import.rejected, 1);
}

/* A and B are recorded as they happen, C and D are imported as history: of A's two rows (it was corrected:
 * what it said before counts, too), B's one, and C's and D's, 2 of 5 are assumed. Who owns A alone: 0 of 2.
 */
static void assumed_knowledge_is_of_the_accounts_seen(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "live");
    staged(w, "B", "live");
    staged(w, "C", "live");
    staged(w, "D", "live");
    pays(w, "A", "a", MARCH - 10, "", 100000);
    pays(w, "B", "b", MARCH - 10, "", 100000);
    travel(w, MARCH + 1, 12);
    pays(w, "A", "a", MARCH - 10, "", 90000);
    const char *path = PATH("%s/history.csv", w->root);
    FILE *file = fopen(path, "w");
    fputs(
        "key,account,starts_on,amount,amount_per,currency\nc,C,2025-01-01,10,year,USD\nd,D,2025-01-01,10,year,USD\n",
        file);
    assert_int_equal(fclose(file), 0);
    struct import import = {.kind = STR("subscriptions"),
                            .source = STR("api"),
                            .by = STR("test"),
                            .language = STR("en"),
                            .money = STR("USD"),
                            .backfill = true};
    MUST(import_run(w->house, path, PATH("%s/errors.csv", w->root), &import, &w->arena, NULL, NULL,
                    &w->problem));
    assert_int_equal(import.created, 2);
    const char *question = "/api/v1/retention?from=2025-02&to=2025-02";
    struct json *all = ask(w, METHOD_GET, question, NULL, 200);
    IS(all, "knowledge.sources.0.known", 5);
    IS(all, "knowledge.sources.0.assumed", 2);
    IS(all, "knowledge.assumed_share", 0.4);
    struct json *then = ask(w, METHOD_GET, PATH("%s&known_at=2025-03-02", question), NULL, 200);
    IS(then, "knowledge.sources.0.known", 4); /* A's correction came later; history counts as known before */
    struct str id = json_get_string(
        ask(w, METHOD_POST, "/api/v1/members",
            "{\"name\":\"Mina\",\"email\":\"mina@example.com\",\"role\":\"csm\",\"scope\":\"own\"}", 201),
        "id");
    ask(w, METHOD_PATCH, "/api/v1/accounts/A", PATH("{\"owner\":\"%.*s\"}", STR_ARG(id)), 200);
    struct id mina;
    assert_true(id_parse(id, &mina));
    w->principal = (struct principal){
        .kind = MEMBER, .member = mina, .role = ROLE_CSM, .scope = SCOPE_OWN, .name = STR("Mina")};
    struct json *seen = ask(w, METHOD_GET, question, NULL, 200);
    IS(seen, "knowledge.sources.0.known", 2);
    IS(seen, "knowledge.assumed_share", 0);
}

static void bad_questions_are_answered_clearly(void **state) {
    struct api_world *w = *state;
    static const struct {
        const char *target, *code;
    } cases[] = {
        {"/api/v1/retention/rows?period=2025-02&figure=nps", "retention_no_figure"},
        {"/api/v1/retention?from=2025-02&to=2025-01", "retention_no_period"},
        {"/api/v1/retention?from=1900-01-01", "retention_too_many"},
        {"/api/v1/retention/rows?period=2031-02", "retention_no_period"},
        {"/api/v1/retention?as_of=2031-02-01", "as_of_future"},
        {"/api/v1/cohorts?as_of=2025-01-01", "cohort_moment"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct str text = told(w, METHOD_GET, cases[i].target, NULL, 400);
        if (!memmem(text.p, text.n, cases[i].code, strlen(cases[i].code)))
            fail_msg("%s: %.*s", cases[i].target, STR_ARG(text));
    }
}

/* Two customers at 4.5 × 10^17 a year each; sums end at 2^63 ÷ the terms of a figure, 5.1 × 10^17. A year
 * beyond 2^53 is refused at the entrance: it would not be exact. */
static void rows_that_cannot_be_summed_are_refused(void **state) {
    struct api_world *w = *state;
    ask(w, METHOD_POST, "/api/v1/rates", "{\"currency\": \"EUR\", \"day\": \"2024-01-01\", \"rate\": \"50\"}",
        201);
    staged(w, "B", "one");
    ask(w, METHOD_POST, "/api/v1/accounts/B/subscriptions",
        "{\"key\": \"s\", \"starts_on\": \"2024-01-01\", \"amount\": 9007199254740993, \"amount_per\": \"year\", "
        "\"currency\": \"EUR\"}",
        400);
    for (int i = 0; i < 2; i++) {
        staged(w, PATH("A%d", i), "one");
        ask(w, METHOD_POST, PATH("/api/v1/accounts/A%d/subscriptions", i),
            PATH("{\"key\": \"s%d\", \"starts_on\": \"2024-01-01\", \"effective_from\": \"2024-01-01\", "
                 "\"amount\": 9000000000000000, \"amount_per\": \"year\", \"currency\": \"EUR\"}",
                 i),
            201);
        int expected = i ? 413 : 200;
        ask(w, METHOD_GET, "/api/v1/retention?from=2025-02&to=2025-02", NULL, expected);
        ask(w, METHOD_GET, "/api/v1/retention/rows?period=2025-02&figure=grr&as_of=2025-03-01", NULL,
            expected);
        if (!i) ask(w, METHOD_POST, "/api/v1/periods", "{\"period\": \"2025-02\"}", 201);
        ask(w, METHOD_GET, "/api/v1/periods/2025-02", NULL, expected);
    }
}

/* 2025-03-01 is a Saturday: where weeks begin on it, so does the week of a customer of that day. */
static void weeks_of_cohorts_begin_where_the_organisation_says(void **state) {
    struct api_world *w = *state;
    staged(w, "A", "one");
    pays(w, "A", "a", MARCH, "", 1000);
    travel(w, MARCH + 9, 12);
    struct json *cohorts = ask(w, METHOD_GET, "/api/v1/cohorts?of=customers&by=week", NULL, 200);
    SAYS(cohorts, "cohorts.0.from", "2025-02-24"); /* a Monday */
    ask(w, METHOD_PATCH, "/api/v1/settings", "{\"organisation.week_start\": \"saturday\"}", 200);
    cohorts = ask(w, METHOD_GET, "/api/v1/cohorts?of=customers&by=week", NULL, 200);
    SAYS(cohorts, "cohorts.0.from", "2025-03-01");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_correction_does_not_reach_back_into_what_was_known),
        TEST(replay_equals_what_was_shown),
        TEST(merged_accounts_are_one_and_parted_are_two),
        TEST(a_split_sums_to_the_whole),
        TEST(rates_are_taken_in_and_used),
        TEST(rates_are_imported_once),
        TEST(the_fact_counts_overlap_as_the_ledger_does),
        TEST(closing_freezes_and_later_changes_are_restatements),
        TEST(a_restated_period_keeps_what_it_showed),
        TEST(a_price_index_is_taken_in_and_used),
        TEST(assumed_knowledge_is_of_the_accounts_seen),
        TEST(bad_questions_are_answered_clearly),
        TEST(rows_that_cannot_be_summed_are_refused),
        TEST(weeks_of_cohorts_begin_where_the_organisation_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
