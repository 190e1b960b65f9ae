/* Numbers of the event dictionaries by a 128-bit hash of (source, dictionary, key): one probe of one table
 * instead of a locked lookup through strings. Holds only committed entries; forgets nothing, as the
 * dictionaries do not. One thread. */
#ifndef VAFA_SIGNALS_NUMBER_CACHE_H
#define VAFA_SIGNALS_NUMBER_CACHE_H
#include "platform/events.h"

struct number_cache {
    struct number_slot {
        struct event_key hash;
        uint64_t number; /* 0: empty */
    } * slots;
    size_t n, capacity; /* a power of two */
};

struct event_key number_hash(uint64_t source_seed, enum event_dictionary dictionary, struct str key);
static inline void number_prefetch(const struct number_cache *cache, struct event_key hash) {
    if (cache->capacity) __builtin_prefetch(&cache->slots[hash.low & (cache->capacity - 1)]);
}
uint32_t number_get(const struct number_cache *cache, struct event_key hash); /* 0 when absent */
void number_put(struct number_cache *cache, struct event_key hash, uint32_t number);
void number_cache_free(struct number_cache *cache);

#endif
