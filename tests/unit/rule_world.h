/* A small catalogue of its own for the tests of rules and scorecards. */
#ifndef VAFA_TESTS_RULE_WORLD_H
#define VAFA_TESTS_RULE_WORLD_H
#include "insight/rule.h"

enum { WORLD_FACTS = 64 };
struct world {
    struct fact facts[WORLD_FACTS];
    uint32_t n;
    struct dict texts; /* shared by all facts of texts */
    struct arena arena;
    const char *segment; /* the only one there is */
    struct rule_scope contacts;
};

static inline uint32_t world_find(void *self, struct str key) {
    struct world *world = self;
    for (uint32_t i = 0; i < world->n; i++)
        if (str_equal(world->facts[i].key, key)) return i;
    return DICT_NONE;
}

static inline const struct fact *world_fact(void *self, uint32_t number) {
    return &((struct world *)self)->facts[number];
}

static inline uint32_t world_add(struct world *world, const char *key, enum value_type type,
                                 const char *unit) {
    world->facts[world->n] = (struct fact){
        .key = str_of(key), .title = {key, key}, .type = type, .unit = str_of(unit), .texts = &world->texts};
    return world->n++;
}

/* did: a fact whose key is "measure:name:window". */
static inline enum status world_anonymous(void *self, const struct json *source, struct str where,
                                          uint32_t *number, struct problem *problem) {
    (void)where;
    (void)problem;
    struct world *world = self;
    const struct json *usage = json_get(source, "usage");
    struct str name =
        json_get(usage, "feature") ? json_get_string(usage, "feature") : json_get_string(usage, "event");
    struct str key = str_format(&world->arena, "%.*s:%.*s:%.*s", STR_ARG(json_get_string(usage, "measure")),
                                STR_ARG(name), STR_ARG(json_get_string(usage, "window")));
    *number = world_find(world, key);
    if (*number == DICT_NONE) *number = world_add(world, key.p, VALUE_NUMBER, "");
    return OK;
}

static inline uint32_t world_segment(void *self, struct str key) {
    struct world *world = self;
    return world->segment && str_is(key, world->segment) ? 7 : DICT_NONE;
}

static inline struct rule_scope world_scope(struct world *world) {
    return (struct rule_scope){.find = world_find,
                               .fact = world_fact,
                               .anonymous = world_anonymous,
                               .segment = world_segment,
                               .currency = STR("EUR"),
                               .self = world};
}

static inline void world_open(struct world *world) {
    *world = (struct world){.segment = "strategic"};
    world_add(world, "health", VALUE_NUMBER, "points");
    world_add(world, "days_to_renewal", VALUE_NUMBER, "days");
    world_add(world, "seat_utilisation_28d", VALUE_NUMBER, "share");
    world_add(world, "growth", VALUE_NUMBER, "percent");
    world_add(world, "notice_date", VALUE_DATE, "");
    world_add(world, "stage", VALUE_TEXT, "");
    world_add(world, "trial", VALUE_BOOL, "");
    world_add(world, "active_users_28d", VALUE_NUMBER, "people");
    world_add(world, "open_urgent_tickets", VALUE_NUMBER, "tickets");
    world_add(world, "arr", VALUE_NUMBER, "money");
    world_add(world, "budget", VALUE_NUMBER, "IRR");
}

static inline void world_close(struct world *world) {
    dict_free(&world->texts);
    arena_free(&world->arena);
}

static inline struct column world_column(struct arena *arena, size_t n) {
    struct column c = {arena_array(arena, n, sizeof(double)), arena_alloc(arena, n), arena_alloc(arena, n),
                       arena_array(arena, n, sizeof(int32_t)), arena_alloc(arena, n)};
    memset(c.cause, CAUSE_NO_SOURCE, n);
    for (size_t i = 0; i < n; i++)
        c.age_days[i] = -1;
    return c;
}

static inline void world_set(struct column *column, size_t row, double number) {
    column->number[row] = number;
    column->state[row] = FACT_KNOWN;
    column->cause[row] = CAUSE_NONE;
    column->age_days[row] = 0;
}
#endif
