#include "signals/number_cache.h"

#include <stdlib.h>
#include <xxhash.h>

enum { SMALLEST = 4096 };

struct event_key number_hash(uint64_t source_seed, enum event_dictionary dictionary, struct str key) {
    XXH128_hash_t hash = XXH3_128bits_withSeed(
        key.p, key.n, source_seed + (uint64_t)dictionary * UINT64_C(0x9E3779B97F4A7C15));
    return (struct event_key){hash.high64, hash.low64};
}

static struct number_slot *slot(const struct number_cache *cache, struct event_key hash) {
    size_t i = hash.low & (cache->capacity - 1);
    for (;; i = (i + 1) & (cache->capacity - 1)) {
        struct number_slot *at = &cache->slots[i];
        if (!at->number || (at->hash.low == hash.low && at->hash.high == hash.high)) return at;
    }
}

uint32_t number_get(const struct number_cache *cache, struct event_key hash) {
    return cache->capacity ? (uint32_t)slot(cache, hash)->number : 0;
}

void number_put(struct number_cache *cache, struct event_key hash, uint32_t number) {
    if (cache->n * 2 >= cache->capacity) {
        struct number_cache old = *cache;
        cache->capacity = old.capacity ? old.capacity * 2 : SMALLEST;
        cache->slots = memory_new(cache->capacity * sizeof *cache->slots);
        for (size_t i = 0; i < old.capacity; i++) {
            if (old.slots[i].number) *slot(cache, old.slots[i].hash) = old.slots[i];
        }
        free(old.slots);
    }
    struct number_slot *at = slot(cache, hash);
    if (!at->number) cache->n++;
    *at = (struct number_slot){hash, number};
}

void number_cache_free(struct number_cache *cache) {
    free(cache->slots);
    *cache = (struct number_cache){0};
}
