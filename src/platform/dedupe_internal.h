/* What dedupe.c (the window), dedupe_table.c (a filling day, the filter) and dedupe_file.c (a day on disk)
 * share. */
#ifndef VAFA_PLATFORM_DEDUPE_INTERNAL_H
#define VAFA_PLATFORM_DEDUPE_INTERNAL_H
#include "base/vec.h"
#include "platform/dedupe.h"

/* A set of keys in open addressing, in shards that grow one at a time, so that no check waits for more than
 * one shard's move. */
enum { SHARD_BITS = 6, SHARDS = 1 << SHARD_BITS };
struct key_shard {
    struct event_key *slots; /* owned; {0, 0}: free */
    size_t n;
    int bits; /* slots: 1 << bits, once there is one */
};
struct key_table {
    struct key_shard shards[SHARDS];
    size_t n;
    bool has_zero; /* the key {0, 0}, which no slot can hold */
};
void table_prefetch(const struct key_table *table, struct event_key key);
bool table_has(const struct key_table *table, struct event_key key);
bool table_put(struct key_table *table, struct event_key key); /* false: it was there */
struct event_key *table_keys(const struct key_table *table);   /* a copy of all n, owned by the caller */
void table_free(struct key_table *table);

/* A Bloom filter in blocks of one cache line: 12 bits a key, 7 of them looked at: about 1 in 200 is taken for
 * known wrongly. */
struct key_filter {
    uint64_t (*blocks)[8]; /* owned */
    size_t block_count, n, capacity;
};
void filter_init(struct key_filter *filter, size_t capacity);
void filter_prefetch(const struct key_filter *filter, struct event_key key);
void filter_add(struct key_filter *filter, struct event_key key);
bool filter_may_have(const struct key_filter *filter, struct event_key key);
void filter_free(struct key_filter *filter);

/* A day's file in memory, read-only. */
struct key_file {
    const struct event_key *keys; /* sorted */
    size_t n;
    bool dropped; /* the day's keys were given up for max_keys */
    void *map;    /* owned */
    size_t map_bytes;
};
void keys_sort(struct event_key *keys, size_t n);
/* NOT_FOUND: absent or damaged. */
enum status key_file_open(const char *folder, day_t day, struct key_file *file);
/* Written beside, synced, renamed; then the folder synced. */
enum status key_file_write(const char *folder, day_t day, const struct event_key *sorted, size_t n,
                           bool dropped, struct problem *problem) MUST_USE;
bool key_file_has(const struct key_file *file, struct event_key key);
void key_file_close(struct key_file *file);

#endif
