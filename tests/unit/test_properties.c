/* Facts over event properties on a real folder: sums by hand, the same facts whether the property was
 * promoted before its events or after, through restarts, rebuilds and merges. */
#include "app/backup.h"
#include "platform/events.h"
#include "signals/ingest.h"
#include "signals/property.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "api_world.h"

static int setup(void **state) {
    *state = api_world_open("2026-03-01");
    return 0;
}
static int teardown(void **state) {
    api_world_close(*state);
    return 0;
}

/* ---- what happened ---- */

static int sent;
static void send(struct api_world *w, const char *events) {
    struct str body = str_format(&w->arena, "{\"batch\":[%s]}", events);
    struct track_shape shape;
    MUST(ingest_check(w->house->ingest, body, TRACK_BATCH, &shape, &w->problem));
    assert_int_equal(
        ingest_append_wait(w->house->ingest, (struct ingest_origin){STR("app"), false}, TRACK_BATCH, body),
        OK);
}

static const char *track(struct api_world *w, const char *account, const char *user, const char *name,
                         const char *day, const char *properties) {
    return PATH("{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"%s\",\"messageId\":\"m%d\",\"timestamp\":"
                "\"%sT08:00:00Z\",\"context\":{\"groupId\":\"%s\"},\"properties\":%s}",
                name, user, sent++, day, account, properties);
}

static void event(struct api_world *w, const char *account, const char *user, const char *name,
                  const char *day, const char *properties) {
    send(w, track(w, account, user, name, day, properties));
}

static void settle(struct api_world *w) {
    assert_int_equal(ingest_wait_all(w->house->ingest, 20000), OK);
}

/* The source is heard of on every day from 1 January on. */
static void pings(struct api_world *w) {
    char day[DAY_TEXT + 1];
    struct buf events = {0};
    for (day_t d = day_of("2026-01-01"); d < day_of("2026-03-01"); d++) {
        day_print(d, day);
        buf_format(&events, events.n ? ",%s" : "%s", track(w, "Z", "u9", "ping", day, "{}"));
    }
    send(w, str_c(&w->arena, buf_str(&events)));
    buf_free(&events);
    settle(w);
}

/* Rows of exports, from hand to hand: A 100, then 0.1 and 0.2, then 300 as a text in Persian digits; beside
 * them a word, an export without rows and one with null. B only words. */
static void exports(struct api_world *w) {
    event(w, "A", "u1", "export", "2026-02-01", "{\"rows\":100,\"format\":\"csv\",\"big\":true}");
    event(w, "A", "u1", "export", "2026-02-10", "{\"rows\":0.1,\"format\":\"csv\",\"big\":false}");
    event(w, "A", "u2", "export", "2026-02-10", "{\"format\":\"pdf\",\"rows\":0.2}");
    event(w, "A", "u2", "export", "2026-02-20", "{\"rows\":\"۳۰۰\",\"format\":\"csv\"}");
    event(w, "A", "u1", "export", "2026-02-20", "{\"rows\":\"many\",\"format\":\"pdf\"}");
    event(w, "A", "u1", "export", "2026-02-25", "{\"format\":7}");
    event(w, "A", "u1", "export", "2026-02-26", "{\"rows\":null}");
    event(w, "A", "u1", "import", "2026-02-26", "{\"rows\":5000}");
    event(w, "B", "u3", "export", "2026-02-15", "{\"rows\":\"lots\",\"format\":\"csv\"}");
    event(w, "C", "u4", "export", "2026-01-20", "{\"rows\":-8,\"format\":\"xls\"}");
    event(w, "C", "u4", "export", "2026-02-18", "{\"rows\":12}");
    settle(w);
}

static void starts(struct api_world *w) {
    for (const char *key = "ABC"; *key; key++)
        change(w, PATH("%c", *key), "{\"starts_on\":\"2025-06-01\"}");
}

/* ---- what is asked ---- */

static const struct {
    const char *key, *unit, *source;
} facts[] = {
    {"rows_sum", "rows", "\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"30d\""},
    {"rows_mean", "rows", "\"measure\":\"mean\",\"property\":\"rows\",\"window\":\"30d\""},
    {"rows_min", "rows", "\"measure\":\"min\",\"property\":\"rows\",\"window\":\"30d\""},
    {"rows_max", "rows", "\"measure\":\"max\",\"property\":\"rows\",\"window\":\"30d\""},
    {"rows_csv", "rows",
     "\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"30d\",\"where\":[{\"property\":\"format\",\"is\":"
     "\"=\",\"value\":\"csv\"}]"},
    {"rows_change", "share",
     "\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"14d\",\"compare\":\"previous\""},
    {"large", "events",
     "\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":\"≥\",\"value\":100}]"},
    {"listed", "events",
     "\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":\"in\",\"value\":"
     "[\"many\",100]}]"},
    {"unlike", "events",
     "\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":\"!=\",\"value\":100}]"},
    {"small", "events",
     "\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":\"between\",\"value\":"
     "[0.1,0.2]}]"},
    {"csv_people", "people",
     "\"measure\":\"users\",\"window\":\"30d\",\"where\":[{\"property\":\"format\",\"is\":\"not_in\",\"value\":"
     "[\"pdf\",\"xls\"]}]"},
    {"csv_days", "days",
     "\"measure\":\"active_days\",\"window\":\"30d\",\"where\":[{\"property\":\"format\",\"is\":\"=\",\"value\":"
     "\"csv\"}]"},
    {"big", "events",
     "\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"big\",\"is\":\"=\",\"value\":true},"
     "{\"property\":\"rows\",\"is\":\">\",\"value\":1}]"},
    {"last_pdf", "days",
     "\"measure\":\"last_days\",\"where\":[{\"property\":\"format\",\"is\":\"=\",\"value\":\"pdf\"}]"},
};

static const char *declaration(struct api_world *w, size_t i) {
    return PATH(
        "{\"key\":\"%s\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"%s\",\"title\":{\"en\":\"%s\"},"
        "\"source\":{\"usage\":{\"event\":\"export\",%s}}}",
        facts[i].key, facts[i].unit, facts[i].key, facts[i].source);
}

static void declare(struct api_world *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        api(w, METHOD_POST, "/api/v1/facts", declaration(w, i), 201);
}

static const struct json *fact(struct api_world *w, const char *account, const char *key, const char *when) {
    const struct json *list =
        api(w, METHOD_GET, PATH("/api/v1/accounts/%s/facts?keys=%s%s", account, key, when), NULL, 200);
    return item(list, "fact", key);
}
static double value(struct api_world *w, const char *account, const char *key, const char *day) {
    return number(fact(w, account, key, PATH("&as_of=%s", day)), "value");
}
static const char *cause(struct api_world *w, const char *account, const char *key, const char *day) {
    return text(w, fact(w, account, key, PATH("&as_of=%s", day)), "cause.code");
}

static bool all_ready(struct api_world *w) {
    const struct json *list = json_get(api(w, METHOD_GET, "/api/v1/properties", NULL, 200), "data");
    for (size_t i = 0; i < list->n; i++)
        if (!str_is(json_get_string(&list->items[i], "state"), "ready")) return false;
    return true;
}
/* The last series is filled behind its values: what counts is that no fact says it is being filled. */
static void filled(struct api_world *w, size_t declared) {
    for (int i = 0; i < 20000; i++) {
        bool filling = !all_ready(w);
        for (size_t f = 0; f < declared && !filling; f++)
            filling = !strcmp(cause(w, "A", facts[f].key, "2026-03-01"), "back_filling");
        if (!filling) return;
        usleep(1000);
    }
    fail_msg("the back-fill does not end");
}

/* Every fact of every account on every day, in words: two of these are equal or they are not. */
static const char *all_days(struct api_world *w) {
    struct buf out = {0};
    char day[DAY_TEXT + 1];
    for (day_t d = day_of("2026-01-15"); d <= day_of("2026-03-01"); d++)
        for (const char *key = "ABC"; *key; key++) {
            day_print(d, day);
            struct buf keys = {0};
            for (size_t f = 0; f < COUNT(facts); f++)
                buf_format(&keys, f ? ",%s" : "%s", facts[f].key);
            const struct json *list = json_get(
                api(w, METHOD_GET,
                    PATH("/api/v1/accounts/%c/facts?as_of=%s&keys=%.*s", *key, day, STR_ARG(buf_str(&keys))),
                    NULL, 200),
                "data");
            buf_free(&keys);
            for (size_t i = 0; i < list->n; i++)
                buf_format(&out, "%c %s %s: %.17g %s\n", *key, day, text(w, &list->items[i], "fact"),
                           number(&list->items[i], "value"), text(w, &list->items[i], "cause.code"));
        }
    const char *copy = str_c(&w->arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

/* ---- tests ---- */

static void by_hand(struct api_world *w) {
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 400.3, 0); /* to the last bit */
    NEAR(value(w, "A", "rows_sum", "2026-02-20"), 100.3, 0);
    NEAR(value(w, "A", "rows_sum", "2026-02-10"), 100, 0);
    NEAR(value(w, "A", "rows_sum", "2026-02-01"), 0, 0);
    NEAR(value(w, "A", "rows_mean", "2026-03-01"), 100.075, 1e-12); /* 400.3 ÷ 4 */
    NEAR(value(w, "A", "rows_min", "2026-03-01"), 0.1, 0);
    NEAR(value(w, "A", "rows_max", "2026-03-01"), 300, 0);
    NEAR(value(w, "A", "rows_csv", "2026-03-01"), 400.1, 0);
    /* Days 15 to 28 hold 300, days 1 to 14 100.3. */
    NEAR(value(w, "A", "rows_change", "2026-03-01"), (300 - 100.3) / 100.3, 1e-12);
    NEAR(value(w, "A", "large", "2026-03-01"), 2, 0);      /* 100 and ۳۰۰ */
    NEAR(value(w, "A", "listed", "2026-03-01"), 2, 0);     /* 100 and many */
    NEAR(value(w, "A", "unlike", "2026-03-01"), 4, 0);     /* not 100; null and none are not there */
    NEAR(value(w, "A", "small", "2026-03-01"), 2, 0);      /* both ends */
    NEAR(value(w, "A", "csv_people", "2026-03-01"), 2, 0); /* u1, and u2 with the 300 */
    NEAR(value(w, "A", "csv_people", "2026-02-20"), 1, 0);
    NEAR(value(w, "A", "csv_days", "2026-03-01"), 3, 0); /* 1, 10 and 20 February */
    NEAR(value(w, "A", "big", "2026-03-01"), 1, 0);
    NEAR(value(w, "A", "last_pdf", "2026-03-01"), 9, 0); /* 20 February */
    /* Words are not zero; without any there was nothing to add up. */
    assert_string_equal(cause(w, "B", "rows_sum", "2026-03-01"), "not_numbers");
    assert_string_equal(cause(w, "B", "rows_mean", "2026-03-01"), "not_numbers");
    NEAR(value(w, "B", "rows_sum", "2026-02-15"), 0, 0);
    assert_string_equal(cause(w, "B", "rows_mean", "2026-02-15"), "not_recorded");
    NEAR(value(w, "C", "rows_sum", "2026-02-19"), 4, 0); /* −8 of 20 January is the 30th day before */
    NEAR(value(w, "C", "rows_sum", "2026-02-20"), 12, 0);
    /* What kinds came is told. */
    const struct json *list = api(w, METHOD_GET, "/api/v1/properties", NULL, 200);
    const struct json *rows = item(list, "property", "rows");
    SAYS(rows, "event", "export");
    SAYS(rows, "state", "ready");
    IS(rows, "filled", 1);
    IS(rows, "numbers", 6); /* 100, 0.1, 0.2, ۳۰۰, −8, 12 */
    IS(rows, "texts", 2);
    IS(rows, "others", 0);
    IS(item(list, "property", "big"), "yes_no", 2);
    IS(item(list, "property", "format"), "numbers", 1);
    assert_int_equal(member(list, "data")->n, 3);
    MUST(house_check(w->house, &w->problem));
}

static void sums_are_those_by_hand(void **state) {
    struct api_world *w = *state;
    event(w, "A", "u1", "export", "2026-01-02", "{}");
    pings(w);
    declare(w, 0, COUNT(facts)); /* promoted before what is measured */
    exports(w);
    starts(w);
    by_hand(w);
}

/* The same events, promoted before and after, restarted and rebuilt: the same facts on every day. */
static void back_filled_is_equal_to_live(void **state) {
    struct api_world *w = *state, *other = api_world_open("2026-03-01");
    event(w, "A", "u1", "export", "2026-01-02", "{}");
    pings(w);
    declare(w, 0, COUNT(facts));
    exports(w);
    starts(w);
    filled(w, COUNT(facts));
    const char *live = all_days(w);

    event(other, "A", "u1", "export", "2026-01-02", "{}");
    pings(other);
    exports(other);
    starts(other);
    declare(other, 0, 1);
    filled(other, 1);
    declare(other, 1, COUNT(facts)); /* rows is promoted already; format and big are not */
    filled(other, COUNT(facts));
    by_hand(other);
    assert_string_equal(all_days(other), live);

    house_close(other->house);
    open_house(other, false);
    assert_string_equal(all_days(other), live); /* at once: nothing is filled anew */
    assert_int_equal(ingest_rebuild(other->house->ingest, NULL, 0, NULL, 0), OK);
    assert_string_equal(all_days(other), live);
    MUST(house_check(other->house, &other->problem));
    api_world_close(other);
}

/* A day further on, live: an event of today counts now, and on no day before. */
static void live_events_count_at_once(void **state) {
    struct api_world *w = *state;
    pings(w);
    exports(w);
    starts(w);
    declare(w, 0, COUNT(facts));
    filled(w, COUNT(facts));
    event(w, "A", "u1", "export", "2026-03-01", "{\"rows\":1000}");
    event(w, "A", "u1", "export", "2026-02-05", "{\"rows\":2}"); /* late */
    settle(w);
    NEAR(number(fact(w, "A", "rows_sum", ""), "value"), 1402.3, 0);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 402.3, 0);
    NEAR(value(w, "A", "rows_sum", "2026-02-06"), 102, 0);
    /* All of it came on 1 March: on that day nothing could be known of it yet, on the next all. */
    NEAR(number(fact(w, "A", "rows_sum", "&as_of=2026-02-21&known_at=2026-03-01"), "value"), 0, 0);
    NEAR(number(fact(w, "A", "rows_sum", "&as_of=2026-02-21&known_at=2026-03-02"), "value"), 402.3, 0);
    NEAR(number(fact(w, "A", "large", "&as_of=2026-02-21&known_at=2026-03-01"), "value"), 0, 0);
    NEAR(number(fact(w, "A", "large", "&as_of=2026-02-21&known_at=2026-03-02"), "value"), 2, 0);
}

static void merged_accounts_sum_as_one(void **state) {
    struct api_world *w = *state;
    pings(w);
    exports(w);
    starts(w);
    declare(w, 0, COUNT(facts));
    filled(w, COUNT(facts));
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 400.3, 0);
    const char *id = text(w, api(w, METHOD_GET, "/api/v1/accounts/C", NULL, 200), "id");
    api(w, METHOD_POST, "/api/v1/accounts/C/merge", "{\"into\":\"A\"}", 200);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 412.3, 0);
    NEAR(value(w, "A", "rows_min", "2026-02-15"), -8, 0);
    NEAR(value(w, "A", "unlike", "2026-03-01"), 5, 0);
    event(w, "C", "u4", "export", "2026-02-27", "{\"rows\":7}"); /* still sent under the old key */
    settle(w);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 419.3, 0);
    api(w, METHOD_POST, PATH("/api/v1/accounts/%s/unmerge", id), NULL, 200);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 400.3, 0);
    NEAR(value(w, "C", "rows_sum", "2026-03-01"), 19, 0);
    NEAR(value(w, "C", "unlike", "2026-03-01"), 2, 0);
}

/* Half of the blocks are filled when the process stops; more came before it starts again. */
static void a_back_fill_goes_on_after_a_restart(void **state) {
    enum { EVENTS = 120 };
    struct api_world *w = *state;
    struct events *events;
    bool more;
    uint32_t number;
    pings(w);
    for (int i = 1; i <= EVENTS; i++) { /* a block each */
        event(w, "A", "u1", "export", "2026-02-10", PATH("{\"rows\":%d}", i));
        settle(w);
    }
    change(w, "A", "{\"starts_on\":\"2025-06-01\"}");
    declare(w, 0, 1);
    filled(w, 1);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), EVENTS * (EVENTS + 1) / 2, 0); /* Gauss */
    house_close(w->house);
    MUST(events_open(PATH("%s/data", w->root), false, 256, &events, &w->problem));
    MUST(events_demote(events, 1, &w->problem));
    MUST(events_promote(events, STR("export"), STR("rows"), &number, &w->problem));
    MUST(events_back_fill(events, EVENTS / 2, &more, &w->problem));
    assert_true(more);
    events_close(events);
    open_house(w, false);
    event(w, "A", "u1", "export", "2026-02-11", "{\"rows\":1000000}");
    settle(w);
    filled(w, 1);
    NEAR(value(w, "A", "rows_sum", "2026-03-01"), 1000000 + EVENTS * (EVENTS + 1) / 2, 0);
    MUST(house_check(w->house, &w->problem));
}

static void what_nobody_reads_is_let_go(void **state) {
    struct api_world *w = *state;
    pings(w);
    exports(w);
    starts(w);
    declare(w, 0, COUNT(facts));
    filled(w, COUNT(facts));
    for (size_t i = 0; i < COUNT(facts); i++)
        if (strcmp(facts[i].key, "big") != 0)
            api(w, METHOD_DELETE, PATH("/api/v1/facts/%s", facts[i].key), NULL, 204);
    const struct json *list = api(w, METHOD_GET, "/api/v1/properties", NULL, 200);
    assert_int_equal(member(list, "data")->n, 2); /* big and rows; format went */
    SAYS(item(list, "property", "rows"), "facts.0", "big");
    api(w, METHOD_DELETE, "/api/v1/facts/big", NULL, 204);
    assert_int_equal(member(api(w, METHOD_GET, "/api/v1/properties", NULL, 200), "data")->n, 0);
    MUST(house_check(w->house, &w->problem));
    declare(w, 0, COUNT(facts)); /* and comes back whole */
    filled(w, COUNT(facts));
    by_hand(w);
}

static void wrong_declarations_name_the_place(void **state) {
    static const struct {
        const char *usage, *place;
    } wrong[] = {
        {"\"event\":\"export\",\"measure\":\"sum\",\"window\":\"30d\"", "/source/usage/property"},
        {"\"feature\":\"export\",\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"30d\"",
         "/source/usage/event"},
        {"\"event\":\"export\",\"measure\":\"events\",\"property\":\"rows\",\"window\":\"30d\"",
         "/source/usage/property"},
        {"\"event\":\"export\",\"measure\":\"sum\",\"property\":\"rows\"", "/source/usage/window"},
        {"\"event\":\"export\",\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"28d\",\"compare\":"
         "\"baseline\"",
         "/source/usage/compare"},
        {"\"event\":\"export\",\"measure\":\"events\",\"window\":\"30d\",\"where\":[]",
         "/source/usage/where"},
        {"\"event\":\"export\",\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":"
         "\"like\",\"value\":1}]",
         "/source/usage/where/0/is"},
        {"\"event\":\"export\",\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":"
         "\">\",\"value\":\"1\"}]",
         "/source/usage/where/0/value"},
        {"\"event\":\"export\",\"measure\":\"events\",\"window\":\"30d\",\"where\":[{\"property\":\"rows\",\"is\":"
         "\"between\",\"value\":[2,1]}]",
         "/source/usage/where/0/value"},
        {"\"event\":\"nothing\",\"measure\":\"sum\",\"property\":\"rows\",\"window\":\"30d\"",
         "/source/usage/event"},
    };
    struct api_world *w = *state;
    exports(w);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct json *answer = api(
            w, METHOD_POST, "/api/v1/facts",
            PATH("{\"key\":\"wrong\",\"of\":\"account\",\"type\":\"number\",\"unit\":\"events\",\"title\":"
                 "{\"en\":\"W\"},\"source\":{\"usage\":{%s}}}",
                 wrong[i].usage),
            400);
        SAYS(answer, "errors.0.pointer", wrong[i].place);
    }
    /* More properties than the setting allows. */
    struct setting_value most = {STR("properties.most"), STR("2")};
    MUST(settings_set(w->house->settings, &most, 1, w->now, &w->problem));
    declare(w, 0, 5); /* rows and format */
    api(w, METHOD_POST, "/api/v1/facts", declaration(w, 12), 429);
    assert_int_equal(member(api(w, METHOD_GET, "/api/v1/properties", NULL, 200), "data")->n, 2);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sums_are_those_by_hand),
        TEST(back_filled_is_equal_to_live),
        TEST(live_events_count_at_once),
        TEST(merged_accounts_sum_as_one),
        TEST(a_back_fill_goes_on_after_a_restart),
        TEST(what_nobody_reads_is_let_go),
        TEST(wrong_declarations_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
