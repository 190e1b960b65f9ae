#include "insight/feature_map.h"

#include "customers/feature.h"

#include <limits.h>

uint32_t insight_event_number(const struct insight *insight, struct str name) {
    if (insight->parts.event_number) return insight->parts.event_number(insight->parts.self, name);
    return insight->parts.events ? events_find(insight->parts.events, DICTIONARY_NAME, name) : 0;
}

bool feature_map_needed(const struct catalogue *catalogue) {
    for (size_t i = 0; i < catalogue->feature_count; i++)
        if (catalogue->features[i].events.n) return true;
    return false;
}

/* How closely a feature names an event: 0 not at all. */
static int closeness(const struct catalogue_feature *feature, struct str name) {
    if (!feature->events.n) return str_equal(feature->key, name) ? INT_MAX : 0;
    int best = 0;
    struct str rest = feature->events, word;
    while ((word = feature_word(&rest)).p) {
        bool any = word.p[word.n - 1] == '*';
        if (any && str_starts(name, str_slice(word, 0, word.n - 1)))
            best = (int)word.n > best ? (int)word.n : best;
        else if (!any && str_equal(word, name))
            best = INT_MAX;
    }
    return best;
}

static uint32_t feature_of(const struct catalogue *catalogue, struct str name) {
    uint32_t found = FEATURE_NONE;
    int best = 0;
    for (size_t i = 0; i < catalogue->feature_count; i++) {
        int close = closeness(&catalogue->features[i], name);
        if (close <= best) continue;
        best = close;
        found = (uint32_t)i + 1;
    }
    return found;
}

static void put(struct feature_map *map, uint32_t number, uint32_t feature) {
    if (number >= map->n) {
        size_t n = (size_t)number + 1;
        map->of = memory_resize(map->of, n * sizeof *map->of);
        memset(map->of + map->n, 0, (n - map->n) * sizeof *map->of);
        map->n = n;
    }
    map->of[number] = feature;
}

/* Names that the dictionary has got since; without an event store (tests), the names that features say. */
static void extend(struct insight *insight, const struct catalogue *catalogue, struct feature_map *map) {
    struct arena arena = {0};
    struct events *events = insight->parts.event_number ? NULL : insight->parts.events;
    size_t last = events ? events_dictionary_size(events, DICTIONARY_NAME) : 0;
    for (size_t number = map->n ? map->n : 1; number <= last; number++) {
        struct str name = events_string(events, DICTIONARY_NAME, (uint32_t)number, &arena);
        if (events_find(events, DICTIONARY_NAME, name) != number)
            break; /* of an open batch: it may go again */
        put(map, (uint32_t)number, feature_of(catalogue, name));
    }
    for (size_t i = 0; i < catalogue->feature_count && !events; i++) {
        const struct catalogue_feature *feature = &catalogue->features[i];
        struct str rest = feature->events.n ? feature->events : feature->key, word;
        while ((word = feature_word(&rest)).p) {
            uint32_t number = insight_event_number(insight, word);
            if (number) put(map, number, feature_of(catalogue, word));
        }
    }
    arena_free(&arena);
}

const uint32_t *feature_map_of(struct insight *insight, const struct catalogue *catalogue,
                               struct arena *arena, size_t *n) {
    struct feature_map *map = (struct feature_map *)&catalogue->map;
    pthread_mutex_lock(&map->lock);
    extend(insight, catalogue, map);
    *n = map->n;
    const uint32_t *of =
        arena_copy(arena, map->of ? map->of : (const uint32_t[]){0}, (map->n ? map->n : 1) * sizeof *map->of);
    pthread_mutex_unlock(&map->lock);
    return of;
}
