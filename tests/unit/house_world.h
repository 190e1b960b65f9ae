/* A real folder and its router, with a clock that tests move: for figures over records that are entered
 * through the API. */
#ifndef VAFA_TESTS_HOUSE_WORLD_H
#define VAFA_TESTS_HOUSE_WORLD_H
#include "app/house.h"
#include "app/router.h"
#include "base/calendar.h"
#include "customers/directory.h"
#include "insight/health_live.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "signals/ingest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define DAY_MS INT64_C(86400000)
enum { TODAY = 19877 }; /* 2024-06-03, `$(( $(date -u -d 2024-06-03 +%s) / 86400 ))` */

struct world {
    char root[64];
    struct arena arena;
    struct problem problem;
    struct log log;
    instant_t now;
    struct house *house;
    struct principal principal;
    struct str if_match;
};

static inline instant_t read_clock(void *self) {
    return __atomic_load_n((instant_t *)self, __ATOMIC_RELAXED);
}

static inline void travel(struct world *w, int64_t ms) {
    __atomic_store_n(&w->now, w->now + ms, __ATOMIC_RELAXED);
}

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        problem_clear(&w->problem);                                                                          \
        if (call) {                                                                                          \
            struct buf why_ = {0};                                                                           \
            problem_print(&w->problem, ENGLISH, &why_);                                                      \
            fail_msg("%s: %.*s", #call, STR_ARG(buf_str(&why_)));                                            \
        }                                                                                                    \
    } while (0)

static inline void open_house(struct world *w, bool create) {
    const char *folder = str_format(&w->arena, "%s/data", w->root).p;
    MUST(house_open(folder, create, (struct clock){read_clock, &w->now}, &w->log, &w->house, &w->problem));
}

static inline struct json *api(struct world *w, enum method method, const char *target, const char *body,
                               int expected) {
    struct parameter headers[] = {{STR("accept-language"), STR("en")}, {STR("if-match"), w->if_match}};
    struct request request = {.house = w->house,
                              .arena = &w->arena,
                              .method = method,
                              .headers = headers,
                              .header_count = w->if_match.n ? 2 : 1,
                              .body = str_of(body ? body : ""),
                              .peer = STR("local"),
                              .principal = w->principal};
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

#define PATH(...) str_format(&w->arena, __VA_ARGS__).p

/* A member of an object by a dotted path; numbers name items. */
static inline const struct json *member(const struct json *json, const char *path) {
    char name[64];
    while (*path && json) {
        size_t n = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        path += n + (path[n] == '.');
        if (json->kind == JSON_ARRAY) {
            size_t at = (size_t)atoi(name);
            json = at < json->n ? &json->items[at] : NULL;
        } else {
            json = json_get(json, name);
        }
    }
    return json;
}
static inline double number(const struct json *json, const char *path) {
    const struct json *value = member(json, path);
    return value && (value->kind == JSON_INT || value->kind == JSON_NUMBER) ? value->number : NAN;
}
#define TEXT(tree, path, expected)                                                                           \
    do {                                                                                                     \
        const struct json *value_ = member(tree, path);                                                      \
        assert_non_null(value_);                                                                             \
        assert_string_equal(str_c(&w->arena, value_->kind == JSON_STRING ? value_->string : STR("(none)")),  \
                            expected);                                                                       \
    } while (0)
/* assert_float_equal takes NAN, which is what a missing member gives, for equal to anything. */
#define NEAR(actual, expected) assert_true(fabs((double)(actual) - (double)(expected)) <= 1e-9)

static inline const struct json *row_of(const struct json *list, const char *account) {
    const struct json *data = json_get(list, "data");
    for (size_t i = 0; i < data->n; i++) {
        if (str_is(json_get_string(&data->items[i], "account"), account)) return &data->items[i];
    }
    return NULL;
}

static inline int set_up(void **state) {
    struct world *w = memory_new(sizeof *w);
    snprintf(w->root, sizeof w->root, "/tmp/vafa-house-XXXXXX");
    assert_non_null(mkdtemp(w->root));
    w->problem.arena = &w->arena;
    w->now = DAY_MS * TODAY + 10 * 3600000;
    w->principal =
        (struct principal){.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:test")};
    open_house(w, true);
    struct setting_value values[] = {{STR("organisation.currency"), STR("EUR")},
                                     {STR("organisation.time_zone"), STR("UTC")},
                                     {STR("journal.segment_bytes"), STR("1048576")}};
    MUST(settings_set(w->house->settings, values, 3, w->now, &w->problem));
    house_close(w->house);
    open_house(w, false);
    *state = w;
    return 0;
}

static inline int tear_down(void **state) {
    struct world *w = *state;
    house_close(w->house);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", w->root);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}
#endif
