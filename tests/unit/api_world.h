/* A real folder behind the API's own router, and a clock that travels: for tests that enter a small company
 * and reckon its figures by hand. */
#ifndef VAFA_TESTS_API_WORLD_H
#define VAFA_TESTS_API_WORLD_H
#include "app/house.h"
#include "app/router.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/health_live.h"
#include "insight/insight.h"
#include "platform/settings.h"
#include "signals/usage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct api_world {
    char root[64];
    struct arena arena;
    struct problem problem;
    struct log log;
    instant_t now;
    struct house *house;
    enum language language;
    struct principal principal; /* who asks: the machine itself, unless told */
};

#define MUST(call)                                                                                           \
    do {                                                                                                     \
        problem_clear(&w->problem);                                                                          \
        if (call) {                                                                                          \
            struct buf why_ = {0};                                                                           \
            problem_print(&w->problem, ENGLISH, &why_);                                                      \
            fail_msg("%s: %.*s", #call, STR_ARG(buf_str(&why_)));                                            \
        }                                                                                                    \
    } while (0)
#define PATH(...) str_format(&w->arena, __VA_ARGS__).p

static inline instant_t api_world_clock(void *self) {
    return __atomic_load_n((instant_t *)self, __ATOMIC_RELAXED);
}

static inline day_t day_of(const char *text) {
    day_t day = 0;
    if (day_parse(str_of(text), &day)) abort();
    return day;
}

static inline void travel(struct api_world *w, day_t day, int hour) { /* UTC */
    __atomic_store_n(&w->now, (instant_t)day * DAY_MS + (instant_t)hour * 3600000, __ATOMIC_RELAXED);
}
/* It is ten o'clock on that day. */
static inline void travel_to(struct api_world *w, const char *day) {
    travel(w, day_of(day), 10);
}

static inline struct str api_text(struct api_world *w, enum method method, const char *target,
                                  const char *body, int expected) {
    struct parameter headers[] = {{STR("accept-language"), w->language == PERSIAN ? STR("fa") : STR("en")},
                                  {STR("if-match"), STR("*")}};
    struct request request = {.house = w->house,
                              .arena = &w->arena,
                              .method = method,
                              .headers = headers,
                              .header_count = 2,
                              .body = str_of(body ? body : ""),
                              .peer = STR("local"),
                              .principal = w->principal};
    struct response response = {0};
    router_dispatch(w->house->router, &request, str_of(target), &response);
    struct str text = str_copy(&w->arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code != expected && !(expected == 200 && !response.code))
        fail_msg("%s answered %d, not %d: %.*s", target, response.code, expected, STR_ARG(text));
    return text;
}

static inline struct json *api(struct api_world *w, enum method method, const char *target, const char *body,
                               int expected) {
    struct str text = api_text(w, method, target, body, expected);
    struct json *json = arena_alloc(&w->arena, sizeof *json);
    if (text.n) MUST(json_parse(text, &w->arena, json, &w->problem));
    return json;
}

/* A member by a dotted path; numbers name items. */
static inline const struct json *member(const struct json *json, const char *path) {
    char name[64];
    while (*path && json) {
        size_t n = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        path += n + (path[n] == '.');
        if (json->kind == JSON_ARRAY)
            json = (size_t)atoi(name) < json->n ? &json->items[atoi(name)] : NULL;
        else
            json = json_get(json, name);
    }
    return json;
}
static inline double number(const struct json *json, const char *path) {
    const struct json *value = member(json, path);
    return value && (value->kind == JSON_INT || value->kind == JSON_NUMBER) ? value->number : NAN;
}
static inline const char *text(struct api_world *w, const struct json *json, const char *path) {
    const struct json *value = member(json, path);
    return value && value->kind == JSON_STRING ? str_c(&w->arena, value->string) : "(none)";
}
#define NEAR(a, b, within)         assert_true(fabs((double)(a) - (double)(b)) <= (within))
#define IS(tree, path, expected)   NEAR(number(tree, path), expected, 1e-9 * (1 + fabs((double)(expected))))
#define NONE(tree, path)           assert_true(isnan(number(tree, path)))
#define SAYS(tree, path, expected) assert_string_equal(text(w, tree, path), expected)

/* The first item of `data` whose member is that text. */
static inline const struct json *item(const struct json *list, const char *name, const char *value) {
    const struct json *data = json_get(list, "data");
    for (size_t i = 0; data && i < data->n; i++)
        if (str_is(json_get_string(&data->items[i], name), value)) return &data->items[i];
    fail_msg("no item whose %s is %s", name, value);
    return NULL;
}

static inline void open_house(struct api_world *w, bool create) {
    MUST(house_open(PATH("%s/data", w->root), create, (struct clock){api_world_clock, &w->now}, &w->log,
                    &w->house, &w->problem));
}

static inline struct api_world *api_world_of(const char *day, const char *currency) {
    struct api_world *w = memory_new(sizeof *w);
    snprintf(w->root, sizeof w->root, "/tmp/vafa-api-XXXXXX");
    assert_non_null(mkdtemp(w->root));
    w->problem.arena = &w->arena;
    w->principal =
        (struct principal){.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:test")};
    travel_to(w, day);
    open_house(w, true);
    struct setting_value values[] = {{STR("organisation.currency"), str_of(currency)},
                                     {STR("organisation.time_zone"), STR("UTC")},
                                     {STR("journal.segment_bytes"), STR("1048576")}};
    MUST(settings_set(w->house->settings, values, COUNT(values), w->now, &w->problem));
    house_close(w->house);
    open_house(w, false);
    return w;
}

static inline struct api_world *api_world_open(const char *day) {
    return api_world_of(day, "EUR");
}

static inline void api_world_close(struct api_world *w) {
    char command[128];
    house_close(w->house);
    snprintf(command, sizeof command, "rm -r %s", w->root);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
}

static inline void caught_up(struct api_world *w) {
    MUST(health_live_catch_up(w->house->health, &w->problem));
}

/* An account made today; `more` are further members. */
static inline void account(struct api_world *w, const char *key, const char *more) {
    api(w, METHOD_POST, "/api/v1/accounts",
        PATH("{\"key\":\"%s\",\"name\":\"Company %s\"%s}", key, key, more), 201);
}
static inline void change(struct api_world *w, const char *key, const char *patch) {
    api(w, METHOD_PATCH, PATH("/api/v1/accounts/%s", key), patch, 200);
}
/* Use of a feature by number, one event; the source is heard of. */
static inline void use(struct api_world *w, const char *key, uint32_t feature, const char *day) {
    struct usage_entry entry = {
        .person = UINT32_MAX, .feature = feature, .day = day_of(day), .known_day = day_of(day), .count = 1};
    directory_lock(w->house->directory);
    MUST(directory_find(w->house->directory, str_of(key), &entry.account, &w->problem));
    directory_unlock(w->house->directory);
    usage_write_lock(w->house->usage);
    usage_add(w->house->usage, &entry, 1);
    usage_unlock(w->house->usage);
}

#endif
