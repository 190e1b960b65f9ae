#include "base/dict.h"

#include <stdlib.h>
#include <xxhash.h>

static uint32_t hash_of(struct str key) {
    return (uint32_t)XXH3_64bits(key.p ? key.p : "", key.n);
}

static uint32_t *slot_of(const struct dict *dict, struct str key, uint32_t hash) {
    size_t mask = dict->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &dict->slots[i];
        if (!*slot) return slot;
        uint32_t number = *slot - 1;
        if (dict->hashes[number] == hash && str_equal(dict->keys[number], key)) return slot;
    }
}

static void fill_slots(struct dict *dict) {
    size_t mask = dict->slot_count - 1;
    for (uint32_t number = 0; number < dict->n; number++) {
        size_t i = dict->hashes[number] & mask;
        while (dict->slots[i])
            i = (i + 1) & mask;
        dict->slots[i] = number + 1;
    }
}

static void grow(struct dict *dict) {
    dict->capacity = dict->capacity ? dict->capacity * 2 : 64;
    /* The old list stays in the arena: somebody may be reading a key by its number while this writer adds
     * others. */
    struct str *keys = arena_array(&dict->arena, dict->capacity, sizeof *keys);
    if (dict->n) memcpy(keys, dict->keys, dict->n * sizeof *keys);
    __atomic_store_n(&dict->keys, keys, __ATOMIC_RELEASE);
    dict->hashes = memory_resize(dict->hashes, dict->capacity * sizeof *dict->hashes);
    free(dict->slots);
    dict->slot_count = dict->capacity * 2;
    dict->slots = memory_new(dict->slot_count * sizeof *dict->slots);
    fill_slots(dict);
}

uint32_t dict_find(const struct dict *dict, struct str key) {
    if (!dict->n) return DICT_NONE;
    uint32_t slot = *slot_of(dict, key, hash_of(key));
    return slot ? slot - 1 : DICT_NONE;
}

uint32_t dict_put(struct dict *dict, struct str key, bool *was_absent) {
    if (dict->n == dict->capacity) grow(dict);
    uint32_t hash = hash_of(key);
    uint32_t *slot = slot_of(dict, key, hash);
    if (was_absent) *was_absent = !*slot;
    if (*slot) return *slot - 1;
    uint32_t number = (uint32_t)dict->n++;
    dict->keys[number] = str_copy(&dict->arena, key);
    dict->hashes[number] = hash;
    *slot = number + 1;
    return number;
}

void dict_shrink(struct dict *dict, size_t n) {
    if (n >= dict->n) return;
    dict->n = n;
    memset(dict->slots, 0, dict->slot_count * sizeof *dict->slots);
    fill_slots(dict);
}

void dict_free(struct dict *dict) {
    arena_free(&dict->arena);
    free(dict->hashes);
    free(dict->slots);
    *dict = (struct dict){0};
}
