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
    peers_find(&columns, &arena, peers);
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

static void gave_up(struct api_world *w, const char *key) {
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/subscriptions", key),
        "{\"key\":\"old\",\"product\":\"extra\",\"amount\":1000,\"amount_per\":\"year\",\"currency\":\"EUR\","
        "\"starts_on\":\"2025-02-01\",\"ends_on\":\"2025-06-30\",\"effective_from\":\"2025-02-01\"}",
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
        if (i == 22) gave_up(w, key);
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
    SAYS(extra, "prediction.text", "Not enough history for a prediction.");
    const struct json *rare = row_of(growth, NULL, "product", "rare");
    /* Beside "rare" the 25 pay 1,000 (eleven) to 1,140: the quarter of 1,000 and 1,010 is twelve, too few. */
    SAYS(rare, "circle", "all");
    IS(rare, "peers", 24);
    IS(rare, "peers_have", 2);
    IS(rare, "potential", 4000);
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
    w->principal = (struct principal){
        .kind = MEMBER, .member = member, .role = ROLE_CSM, .scope = SCOPE_OWN, .name = STR("Mina")};
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
    w->principal = before;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_circle),
        cmocka_unit_test(what_it_could_have),
        cmocka_unit_test(all_of_it),
        cmocka_unit_test(behind_the_number),
        cmocka_unit_test(within_a_scope),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
