#include "insight/usage_features.h"

#include "base/vec.h"
#include "insight/feature_map.h"

struct listing {
    VEC(uint32_t) features, groups;
};

static void put(struct listing *list, uint32_t feature, uint32_t group) {
    VEC_PUSH(&list->features, feature);
    VEC_PUSH(&list->groups, group);
}

static uint32_t registered(const struct catalogue *catalogue, struct str key) {
    for (size_t i = 0; i < catalogue->feature_count; i++)
        if (str_equal(catalogue->features[i].key, key)) return (uint32_t)i + 1;
    return FEATURE_NONE;
}

/* All events of a registered feature; what is none is an event itself. */
static void put_key(struct listing *list, const struct insight *insight, const struct catalogue *catalogue,
                    const uint32_t *map, size_t map_n, struct str key, uint32_t group) {
    uint32_t feature = map ? registered(catalogue, key) : FEATURE_NONE;
    size_t before = list->features.n;
    for (size_t number = 1; feature && number < map_n; number++)
        if (map[number] == feature) put(list, (uint32_t)number, group);
    if (list->features.n == before) put(list, feature ? 0 : insight_event_number(insight, key), group);
}

void usage_features(struct insight *insight, const struct catalogue *catalogue,
                    const struct usage_fact *usage, struct arena *arena, struct usage_query *query) {
    struct listing list = {0};
    size_t map_n = 0;
    const uint32_t *map = !usage->events && feature_map_needed(catalogue)
                              ? feature_map_of(insight, catalogue, arena, &map_n)
                              : NULL;
    bool core = usage->measure == USAGE_BREADTH && !usage->feature_count;
    size_t most = core ? catalogue->feature_count : usage->feature_count;
    for (size_t i = 0; i < most; i++) {
        if (core && !catalogue->features[i].core) continue;
        put_key(&list, insight, catalogue, map, map_n, core ? catalogue->features[i].key : usage->features[i],
                (uint32_t)i);
    }
    query->feature_count = list.features.n;
    query->features = arena_copy(arena, list.features.n ? list.features.v : &(uint32_t){0},
                                 (list.features.n ? list.features.n : 1) * sizeof(uint32_t));
    if (usage->measure == USAGE_BREADTH && map && list.groups.n) {
        /* Groups count from 0 without gaps, so that there are never more of them than features. */
        uint32_t next = 0, last = UINT32_MAX;
        for (size_t i = 0; i < list.groups.n; i++) {
            bool other = !i || list.groups.v[i] != last;
            last = list.groups.v[i];
            if (other && i) next++;
            list.groups.v[i] = next;
        }
        query->groups = arena_copy(arena, list.groups.v, list.groups.n * sizeof(uint32_t));
    }
    VEC_FREE(&list.features);
    VEC_FREE(&list.groups);
}
