#include "platform/dedupe_internal.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { FIRST_BITS = 6, HUGE_PAGE = 2 << 20 };

static inline bool is_zero(struct event_key key) {
    return !(key.high | key.low);
}
static inline bool same(struct event_key a, struct event_key b) {
    return a.high == b.high && a.low == b.low;
}
static inline uint64_t mix(struct event_key key) {
    return (key.low ^ key.high >> 29) * 0x9e3779b97f4a7c15u;
}
static inline size_t slot_of(const struct key_shard *shard, struct event_key key) {
    return mix(key) >> (64 - shard->bits);
}
static inline size_t shard_of(struct event_key key) {
    return (key.high ^ key.low << 7) >> (64 - SHARD_BITS);
}

void table_prefetch(const struct key_table *table, struct event_key key) {
    const struct key_shard *shard = &table->shards[shard_of(key)];
    if (shard->slots) __builtin_prefetch(&shard->slots[slot_of(shard, key)]);
}

/* The key's slot, or the free one where it would go. */
static struct event_key *find(const struct key_shard *shard, struct event_key key) {
    size_t mask = ((size_t)1 << shard->bits) - 1;
    size_t i = slot_of(shard, key);
    while (!is_zero(shard->slots[i]) && !same(shard->slots[i], key))
        i = (i + 1) & mask;
    return &shard->slots[i];
}

bool table_has(const struct key_table *table, struct event_key key) {
    if (is_zero(key)) return table->has_zero;
    const struct key_shard *shard = &table->shards[shard_of(key)];
    return shard->slots && !is_zero(*find(shard, key));
}

/* Large shards lie in huge pages where the system has them: a random look otherwise costs a page walk besides
 * the memory itself. */
static struct event_key *slots_new(int bits) {
    size_t bytes = sizeof(struct event_key) << bits;
    if (bytes < HUGE_PAGE) return memory_new(bytes);
    void *slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED) abort();     /* out of memory, as memory_new ends */
    madvise(slots, bytes, MADV_HUGEPAGE); /* advice: nothing is lost when it is not taken */
    return slots;
}

static void slots_free(struct key_shard *shard) {
    size_t bytes = sizeof(struct event_key) << shard->bits;
    if (!shard->slots || bytes < HUGE_PAGE)
        free(shard->slots);
    else
        munmap(shard->slots, bytes);
}

static void grow(struct key_shard *shard) {
    struct key_shard bigger = {.bits = shard->slots ? shard->bits + 1 : FIRST_BITS, .n = shard->n};
    bigger.slots = slots_new(bigger.bits);
    size_t count = shard->slots ? (size_t)1 << shard->bits : 0;
    for (size_t i = 0; i < count; i++)
        if (!is_zero(shard->slots[i])) *find(&bigger, shard->slots[i]) = shard->slots[i];
    slots_free(shard);
    *shard = bigger;
}

bool table_put(struct key_table *table, struct event_key key) {
    if (is_zero(key)) {
        bool absent = !table->has_zero;
        table->n += absent;
        table->has_zero = true;
        return absent;
    }
    struct key_shard *shard = &table->shards[shard_of(key)];
    if (!shard->slots) grow(shard);
    struct event_key *slot = find(shard, key);
    if (!is_zero(*slot)) return false;
    *slot = key;
    table->n++;
    if (++shard->n * 10 > ((size_t)7 << shard->bits)) grow(shard);
    return true;
}

struct event_key *table_keys(const struct key_table *table) {
    struct event_key *keys = memory_new(table->n * sizeof *keys);
    size_t n = 0;
    if (table->has_zero) n++; /* memory is zeroed */
    for (size_t s = 0; s < SHARDS; s++) {
        const struct key_shard *shard = &table->shards[s];
        for (size_t i = 0; shard->slots && i < (size_t)1 << shard->bits; i++)
            if (!is_zero(shard->slots[i])) keys[n++] = shard->slots[i];
    }
    return keys;
}

void table_free(struct key_table *table) {
    for (size_t s = 0; s < SHARDS; s++)
        slots_free(&table->shards[s]);
    *table = (struct key_table){0};
}

/* ---- the filter ---- */

enum { BITS_A_KEY = 12, BLOCK_BITS = 512, PROBES = 7 };

void filter_init(struct key_filter *filter, size_t capacity) {
    *filter =
        (struct key_filter){.capacity = capacity, .block_count = capacity * BITS_A_KEY / BLOCK_BITS + 1};
    filter->blocks = memory_new(filter->block_count * sizeof *filter->blocks);
}

static inline uint64_t *block_of(const struct key_filter *filter, struct event_key key) {
    return filter->blocks[(size_t)((unsigned __int128)mix(key) * filter->block_count >> 64)];
}
static inline uint64_t probes_of(struct event_key key) {
    return (key.high ^ key.low >> 31) * 0xbf58476d1ce4e5b9u; /* seven times nine bits, from the top */
}

void filter_prefetch(const struct key_filter *filter, struct event_key key) {
    if (filter->n) __builtin_prefetch(block_of(filter, key));
}

void filter_add(struct key_filter *filter, struct event_key key) {
    uint64_t *block = block_of(filter, key), probes = probes_of(key);
    for (int i = 0; i < PROBES; i++, probes <<= 9)
        block[probes >> 61] |= (uint64_t)1 << (probes >> 55 & 63);
    filter->n++;
}

bool filter_may_have(const struct key_filter *filter, struct event_key key) {
    if (!filter->n) return false;
    const uint64_t *block = block_of(filter, key);
    uint64_t probes = probes_of(key);
    for (int i = 0; i < PROBES; i++, probes <<= 9)
        if (!(block[probes >> 61] >> (probes >> 55 & 63) & 1)) return false;
    return true;
}

void filter_free(struct key_filter *filter) {
    free(filter->blocks);
    *filter = (struct key_filter){0};
}
