/* What peers have, and what customers could have: columns and a small company, every number reckoned by hand
 * beside it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "predict/growth.h"

/* ---- peers ---- */

/* Who could have it, of 52:
 *   X  0–22   segment 1, beside it the products 1, pays 400: 14 of them have it (1–14), for 10, 20, … 140
 *   Y 23–33   segment 1, products 2, 400: three have it (23–25), for amounts that are not known
 *   Z 34–44   segment 2, products 1, 400: nobody has it
 *   W 45–49   segment 2, products 1, pays 1: 45 has it, for 5
 *     50      could not have it
 *     51      segment 1, products 1, what it pays is not known
 * Of the 50 known amounts, five are 1 and the rest 400: all quarters begin at 400, so 1 is size 0 and 400
 * size
 * 3. X is enough for itself (22 peers); Y has 10 of its own and takes X in; Z takes all of its size; W and 51
 * take everybody. */
static void the_narrowest_circle(void **state) {
    (void)state;
    enum { N = 52, COULD_NOT = 50, UNKNOWN = 51 };
    uint8_t could[N], has[N] = {0};
    uint32_t segment[N], products[N];
    double beside[N], paid[N];
    struct peers peers[N];
    struct arena arena = {0};
    for (int i = 0; i < N; i++) {
        could[i] = i != COULD_NOT;
        segment[i] = i < 34 || i >= COULD_NOT ? 1 : 2;
        products[i] = i >= 23 && i < 34 ? 2 : 1;
        beside[i] = i == UNKNOWN ? NAN : i >= 45 && i < COULD_NOT ? 1 : 400;
        paid[i] = NAN;
        if ((i >= 1 && i <= 14) || (i >= 23 && i <= 25) || i == 45) has[i] = 1;
        if (i >= 1 && i <= 14) paid[i] = 10 * i;
        if (i == 45) paid[i] = 5;
    }
    struct peer_columns columns = {N, could, has, segment, products, beside, paid};
    static const struct {
        int account;
        enum peer_circle circle;
        uint32_t size;
        size_t n, have, paying;
        double median;
    } expected[] = {
        {0, CIRCLE_PRODUCTS, 3, 22, 14, 14, 75}, /* of 10 … 140: (70 + 80) ÷ 2 */
        {33, CIRCLE_SEGMENT, 3, 33, 17, 14, 75},  {40, CIRCLE_SIZE, 3, 44, 17, 14, 75},
        {49, CIRCLE_ALL, 0, 50, 18, 15, 70}, /* 5, 10, … 140: the eighth */
        {UNKNOWN, CIRCLE_ALL, 4, 50, 18, 15, 70},
    };
    peers_find(&columns, NULL, &arena, peers);
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct peers *p = &peers[expected[i].account];
        assert_int_equal(p->circle, expected[i].circle);
        assert_int_equal(p->size, expected[i].size);
        assert_int_equal(p->n, expected[i].n);
        assert_int_equal(p->have, expected[i].have);
        assert_int_equal(p->paying, expected[i].paying);
        NEAR(p->median, expected[i].median, 1e-9);
    }
    /* Wilson, 14 of 22: (0.63636 + 0.08731 ± 1.95996 √(0.010518 + 0.001984)) ÷ 1.17461 */
    NEAR(peers[0].interval.low, 0.42952, 1e-5);
    NEAR(peers[0].interval.high, 0.80267, 1e-5);
    assert_int_equal(peers[COULD_NOT].n, 0);
    assert_int_equal(peers[5].n, 0); /* has it */
    const uint32_t *sizes = peer_sizes(&columns, &arena);
    assert_true(peers_same(&columns, sizes, CIRCLE_PRODUCTS, 0, 5));
    assert_false(peers_same(&columns, sizes, CIRCLE_PRODUCTS, 0, 23));
    assert_true(peers_same(&columns, sizes, CIRCLE_SEGMENT, 0, 23));
    assert_false(peers_same(&columns, sizes, CIRCLE_ALL, 0, 0));
    assert_false(peers_same(&columns, sizes, CIRCLE_ALL, 0, COULD_NOT));
    arena_free(&arena);
}

/* One to three pay 100, 250 and 300; zero does not have it. A reader who saw 100 and 300 and heard 250 would
 * know what the third pays. */
static void few_unseen_are_not_told(void **state) {
    (void)state;
    enum { N = 4 };
    static const uint8_t could[N] = {1, 1, 1, 1}, has[N] = {0, 1, 1, 1};
    static const uint32_t same[N];
    static const double paid[N] = {NAN, 100, 250, 300}, beside[N] = {1, 1, 1, 1};
    static const struct {
        uint8_t seen[N];
        size_t paying;
        double median; /* NAN: none */
    } expected[] = {
        {{1, 1, 1, 1}, 3, 250},
        {{1, 1, 0, 1}, 2, 200},
        {{1, 1, 0, 0}, 1, 100},
        {{1, 0, 0, 0}, 3, 250}, /* of three, whose is not told */
    };
    struct peer_columns columns = {N, could, has, same, same, beside, paid};
    struct arena arena = {0};
    struct peers peers[N];
    for (size_t i = 0; i < COUNT(expected); i++) {
        peers_find(&columns, expected[i].seen, &arena, peers);
        assert_int_equal(peers[0].have, 3);
        assert_int_equal(peers[0].paying, expected[i].paying);
        NEAR(peers[0].median, expected[i].median, 1e-9);
    }
    static const double unknown[N] = {NAN, 100, 250, NAN};
    static const uint8_t nobody[N] = {1};
    columns.paid = unknown;
    peers_find(&columns, nobody, &arena, peers); /* two of two unseen */
    assert_int_equal(peers[0].paying, 0);
    assert_true(isnan(peers[0].median));
    arena_free(&arena);
}

/* ---- a company ---- */

enum { REPORT = 1, EXPORT };

static uint32_t event_number(void *self, struct str name) {
    (void)self;
    return str_is(name, "report") ? REPORT : str_is(name, "export") ? EXPORT : 0;
}

static void pays(struct api_world *w, const char *key, const char *product, int amount, const char *more) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        PATH(
            "{\"key\":\"%s-%s\",\"product\":\"%s\",\"amount\":%d,\"amount_per\":\"year\",\"currency\":\"EUR\","
            "\"starts_on\":\"2025-02-01\",\"ends_on\":\"2026-01-31\",\"effective_from\":\"2025-02-01\"%s}",
            key, product, product, amount, more),
        201);
}

static void had(struct api_world *w, const char *key, const char *from, const char *until) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        PATH(
            "{\"key\":\"old-%s\",\"product\":\"extra\",\"amount\":1000,\"amount_per\":\"year\",\"currency\":\"EUR\","
            "\"starts_on\":\"%s\",\"ends_on\":\"%s\",\"effective_from\":\"%s\"}",
            key, from, until, from),
        201);
}

/* C00 … C22 pay 1,000 a year for "main", by the plan "pro", for 5 seats. C01 … C14 pay for "extra", too: 10,
 * 20, … 140. C22 had "extra" until it gave it up in 2025. C23 and C24 pay for "main" and "rare": 30 and 50.
 * C25 pays for nothing, a prospect. The feature "report" belongs to the plan "pro", "export" to every plan,
 * "audit" to the plan "other". C00 never used "report", and "export" 100 days ago; C01 … C10 used "report"
 * yesterday; C01 works every day. */
static int set_up(void **state) {
    struct api_world *w = api_world_open("2026-01-02");
    w->house->insight->parts.event_number = event_number;
    api(w, METHOD_POST, "/api/v1/features",
        "{\"key\":\"report\",\"title_en\":\"Reports\",\"title_fa\":\"گزارش‌ها\",\"plans\":\"pro\"}",
        201);
    api(w, METHOD_POST, "/api/v1/features", "{\"key\":\"export\",\"title_en\":\"Exports\"}", 201);
    api(w, METHOD_POST, "/api/v1/features", "{\"key\":\"audit\",\"title_en\":\"Audit\",\"plans\":\"other\"}",
        201);
    for (int i = 0; i <= 24; i++) {
        const char *key = PATH("C%02d", i);
        account(w, key, ",\"starts_on\":\"2025-02-01\",\"segment\":\"trade\"");
        pays(w, key, "main", 100000, ",\"plan\":\"pro\",\"seats\":5");
        if (i >= 1 && i <= 14) pays(w, key, "extra", 1000 * i, "");
        if (i > 22) pays(w, key, "rare", i == 23 ? 3000 : 5000, "");
        if (i == 22) had(w, key, "2025-02-01", "2025-06-30");
        if (i >= 1 && i <= 10) use(w, key, REPORT, "2026-01-01");
    }
    account(w, "C25", ",\"status\":\"prospect\"");
    use(w, "C00", EXPORT, "2025-09-24");
    for (day_t day = day_of("2025-07-01"); day < day_of("2026-01-02"); day++) {
        char text[DAY_TEXT + 1];
        day_print(day, text);
        use(w, "C01", EXPORT, text);
    }
    caught_up(w);
    *state = w;
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

static const struct json *row_of(const struct json *list, const char *account, const char *kind,
                                 const char *what) {
    const struct json *data = json_get(list, "data");
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *title = json_get(row, "title");
        if (account && !str_is(json_get_string(row, "account"), account)) continue;
        if (!str_is(json_get_string(row, "kind"), kind)) continue;
        if (!what || (title->kind == JSON_STRING && str_is(title->string, what))) return row;
    }
    return NULL;
}

static void what_it_could_have(void **state) {
    struct api_world *w = *state;
    const struct json *growth = api(w, METHOD_GET, "/api/v1/accounts/C00/growth", NULL, 200);
    SAYS(growth, "owned.0", "main");
    assert_true(json_get(growth, "judged")->boolean);
    const struct json *extra = row_of(growth, NULL, "product", "extra");
    assert_non_null(extra);
    IS(extra, "peers", 22);
    IS(extra, "peers_have", 14);
    NEAR(number(extra, "low"), 0.42952, 1e-5);
    NEAR(number(extra, "high"), 0.80267, 1e-5);
    SAYS(extra, "circle", "products");
    IS(extra, "potential", 7500); /* (70 + 80) ÷ 2, in cents */
    IS(extra, "expected", 7500.0 * 14 / 22);
    NONE(extra, "chance");
    SAYS(extra, "text",
         "14 of 22 customers of the same segment, size and other products own it (64%; 95 %: 43%–80%)");
    SAYS(extra, "prediction.text", "No model was made yet.");
    const struct json *rare = row_of(growth, NULL, "product", "rare");
    /* Beside "rare" the 25 pay 1,000 (eleven) to 1,140: the quarter of 1,000 and 1,010 is twelve, too few. */
    SAYS(rare, "circle", "all");
    IS(rare, "peers", 24);
    IS(rare, "peers_have", 2);
    IS(rare, "potential", 4000);
    /* Wilson, 2 of 24: (0.08333 + 0.08003 ± 1.95996 √(0.003183 + 0.001667)) ÷ 1.16006 */
    SAYS(rare, "text", "2 of 24 customers of all segments and sizes own it (8.3%; 95 %: 2.3%–26%)");
    assert_null(row_of(growth, NULL, "product", "main"));

    const struct json *report = row_of(growth, NULL, "feature", "Reports");
    IS(report, "peers", 24); /* what is paid for all divides them: of all sizes */
    IS(report, "peers_have", 10);
    NONE(report, "last_use_days"); /* never */
    IS(row_of(growth, NULL, "feature", "Exports"), "last_use_days", 100);
    assert_null(row_of(growth, NULL, "feature", "Audit")); /* not in its plan */
    /* 100 days are no more than 120. */
    growth = api(w, METHOD_GET, "/api/v1/accounts/C00/growth?days=120", NULL, 200);
    assert_null(row_of(growth, NULL, "feature", "Exports"));
    const struct json *seats = row_of(growth, NULL, "seats", NULL);
    IS(seats, "seats", 5);
    w->language = PERSIAN;
    growth = api(w, METHOD_GET, "/api/v1/accounts/C00/growth", NULL, 200);
    assert_non_null(row_of(growth, NULL, "feature", "گزارش‌ها"));
    w->language = ENGLISH;

    /* Owners have no row of it; one that gave it up has. A prospect has nothing. */
    assert_null(
        row_of(api(w, METHOD_GET, "/api/v1/accounts/C05/growth", NULL, 200), NULL, "product", "extra"));
    assert_non_null(
        row_of(api(w, METHOD_GET, "/api/v1/accounts/C22/growth", NULL, 200), NULL, "product", "extra"));
    growth = api(w, METHOD_GET, "/api/v1/accounts/C25/growth", NULL, 200);
    assert_int_equal(json_get(growth, "data")->n, 0);
    assert_false(json_get(growth, "judged")->boolean);
}

static void all_of_it(void **state) {
    struct api_world *w = *state;
    const struct json *list =
        api(w, METHOD_GET, "/api/v1/growth/whitespace?product=extra&limit=4", NULL, 200);
    IS(list, "rows", 11); /* 25 less 14 */
    IS(list, "accounts", 11);
    IS(list, "potential", 11 * 7500);
    assert_int_equal(json_get(list, "data")->n, 4);
    list = api(w, METHOD_GET, "/api/v1/growth/whitespace?product=extra&cursor=10", NULL, 200);
    assert_int_equal(json_get(list, "data")->n, 1);
    /* The most that can be expected stands first; what has no amount last. */
    list = api(w, METHOD_GET, "/api/v1/growth/whitespace?limit=500", NULL, 200);
    SAYS(list, "data.0.title", "extra");
    double before = INFINITY;
    for (size_t i = 0; i < json_get(list, "data")->n; i++) {
        double expected = number(&json_get(list, "data")->items[i], "expected");
        assert_false(isnan(before) && !isnan(expected));
        assert_false(expected > before);
        before = expected;
    }
    list = api(w, METHOD_GET, "/api/v1/growth/whitespace?kind=feature&account=C00", NULL, 200);
    IS(list, "rows", 2);
    NONE(list, "potential"); /* no money is known: that is not 0 */
    NONE(list, "expected");
    api(w, METHOD_GET, "/api/v1/growth/whitespace?product=nothing", NULL, 400);
    api(w, METHOD_GET, "/api/v1/growth/whitespace?account=nobody", NULL, 404);
}

static void behind_the_number(void **state) {
    struct api_world *w = *state;
    const struct json *peers =
        api(w, METHOD_GET, "/api/v1/accounts/C00/growth/peers?product=extra", NULL, 200);
    assert_int_equal(json_get(peers, "data")->n, 22);
    IS(peers, "hidden", 0);
    IS(item(peers, "account", "C03"), "paid", 3000);
    NONE(item(peers, "account", "C20"), "paid");
    api(w, METHOD_GET, "/api/v1/accounts/C00/growth/peers", NULL, 400);
    api(w, METHOD_GET, "/api/v1/accounts/C00/growth/peers?product=none", NULL, 404);
}

/* C15 begins with "extra" next month, C16 had it until two weeks ago: both have it, at no amount that counts.
 */
static void what_it_has_already(void **state) {
    struct api_world *w = *state;
    had(w, "C15", "2026-02-01", "2027-01-31");
    had(w, "C16", "2025-02-01", "2025-12-19");
    caught_up(w);
    static const char *const owners[] = {"C15", "C16"};
    for (size_t i = 0; i < COUNT(owners); i++) {
        const struct json *growth =
            api(w, METHOD_GET, PATH("/api/v1/accounts/%s/growth", owners[i]), NULL, 200);
        assert_null(row_of(growth, NULL, "product", "extra"));
        SAYS(growth, "owned.1", "extra");
    }
    const struct json *growth = api(w, METHOD_GET, "/api/v1/accounts/C00/growth", NULL, 200);
    IS(row_of(growth, NULL, "product", "extra"), "peers", 22);
    IS(row_of(growth, NULL, "product", "extra"), "peers_have", 16);
    IS(row_of(growth, NULL, "product", "extra"), "potential", 7500);
    const struct json *peers =
        api(w, METHOD_GET, "/api/v1/accounts/C00/growth/peers?product=extra", NULL, 200);
    assert_true(json_get(item(peers, "account", "C16"), "has")->boolean);
    NONE(item(peers, "account", "C16"), "paid");
}

/* Mina sees C00 and C01 alone: the shares are those of the company, no name and no amount of two is told. */
static void within_a_scope(void **state) {
    struct api_world *w = *state;
    const char *mina = text(
        w,
        api(w, METHOD_POST, "/api/v1/members",
            "{\"name\":\"Mina\",\"email\":\"mina@example.com\",\"role\":\"csm\",\"scope\":\"own\"}", 201),
        "id");
    struct principal before = w->principal;
    struct id member;
    assert_true(id_parse(str_of(mina), &member));
    change(w, "C00", PATH("{\"owner\":\"%s\"}", mina));
    change(w, "C01", PATH("{\"owner\":\"%s\"}", mina));
    struct principal hers = {
        .kind = MEMBER, .member = member, .role = ROLE_CSM, .scope = SCOPE_OWN, .name = STR("Mina")};
    w->principal = hers;
    const struct json *list = api(w, METHOD_GET, "/api/v1/growth/whitespace?kind=product", NULL, 200);
    IS(list, "rows", 3); /* extra and rare of C00, rare of C01 */
    const struct json *extra = row_of(list, "C00", "product", "extra"),
                      *rare = row_of(list, "C00", "product", "rare");
    IS(extra, "peers", 22);
    IS(extra, "potential", 7500);
    IS(rare, "peers_have", 2);
    NONE(rare, "potential");
    const struct json *peers =
        api(w, METHOD_GET, "/api/v1/accounts/C00/growth/peers?product=extra", NULL, 200);
    assert_int_equal(json_get(peers, "data")->n, 1);
    SAYS(peers, "data.0.account", "C01");
    IS(peers, "hidden", 21);
    api(w, METHOD_GET, "/api/v1/accounts/C05/growth", NULL, 404);
    api(w, METHOD_GET, "/api/v1/accounts/C05/growth/peers?product=rare", NULL, 404);
    api(w, METHOD_GET, "/api/v1/growth/whitespace?account=C05", NULL, 404);

    /* Of three who pay for "rare" she sees two, 30 and 90: the median of all would be what C24 pays. */
    w->principal = before;
    pays(w, "C22", "rare", 9000, "");
    change(w, "C22", PATH("{\"owner\":\"%s\"}", mina));
    change(w, "C23", PATH("{\"owner\":\"%s\"}", mina));
    caught_up(w);
    list = api(w, METHOD_GET, "/api/v1/accounts/C00/growth", NULL, 200);
    IS(row_of(list, NULL, "product", "rare"), "potential", 5000);
    w->principal = hers;
    list = api(w, METHOD_GET, "/api/v1/accounts/C00/growth", NULL, 200);
    rare = row_of(list, NULL, "product", "rare");
    IS(rare, "peers_have", 3);
    IS(rare, "potential", 6000);
    w->principal = before;
}

/* Nobody was there in its fifty seats, nor could be: it began yesterday. */
static void a_new_customer(void **state) {
    struct api_world *w = *state;
    account(w, "C26", ",\"starts_on\":\"2026-01-01\",\"segment\":\"trade\"");
    api(w, METHOD_POST, "/api/v1/accounts/C26/subscriptions",
        "{\"key\":\"new\",\"product\":\"main\",\"amount\":1000,\"amount_per\":\"year\",\"currency\":\"EUR\",\"plan\":"
        "\"pro\",\"seats\":50,\"starts_on\":\"2026-01-01\",\"effective_from\":\"2026-01-01\"}",
        201);
    caught_up(w);
    const struct json *growth = api(w, METHOD_GET, "/api/v1/accounts/C26/growth", NULL, 200);
    assert_non_null(row_of(growth, NULL, "product", "extra"));
    assert_null(row_of(growth, NULL, "seats", NULL));
    assert_null(row_of(growth, NULL, "feature", NULL));
    assert_false(json_get(growth, "judged")->boolean); /* of use nothing can be said */
}

/* "main", "extra" and "rare" before 40 more of one customer each: 37 of these are considered; models are made
 * of twelve by themselves. */
static void many_products(void **state) {
    struct api_world *w = *state;
    for (int i = 1; i <= 40; i++)
        pays(w, "C24", PATH("p%02d", i), 1000, "");
    caught_up(w);
    const struct json *list = api(w, METHOD_GET, "/api/v1/growth/whitespace?limit=1", NULL, 200),
                      *products = json_get(list, "products");
    assert_int_equal(products->n, GROWTH_MOST_PRODUCTS);
    SAYS(list, "products.1.text", "No model was made yet.");
    SAYS(list, "products.11.product", "p09");
    SAYS(list, "products.11.text", "No model was made yet.");
    SAYS(list, "products.39.product", "p37");
    SAYS(list, "products.39.text",
         "Made only when asked: the 12 most sold that not everybody has had are made by themselves.");
    api(w, METHOD_GET, "/api/v1/growth/whitespace?product=p37", NULL, 200);
    api(w, METHOD_GET, "/api/v1/growth/whitespace?product=p38", NULL, 400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_circle), cmocka_unit_test(few_unseen_are_not_told),
        cmocka_unit_test(what_it_could_have),   cmocka_unit_test(all_of_it),
        cmocka_unit_test(behind_the_number),    cmocka_unit_test(what_it_has_already),
        cmocka_unit_test(within_a_scope),       cmocka_unit_test(a_new_customer),
        cmocka_unit_test(many_products),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
