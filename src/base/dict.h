/* Dictionary: strings ↔ dense numbers 0, 1, 2, … in the order of their first appearance. Starts as {0}; one
 * writer. Keys stay where they are: dict_key of a number that was handed out is safe beside the writer; the
 * rest wants a lock. */
#ifndef VAFA_BASE_DICT_H
#define VAFA_BASE_DICT_H
#include "base/arena.h"
#include "base/str.h"

enum { DICT_NONE = UINT32_MAX };

struct dict {
    struct arena arena; /* owns the strings */
    struct str *keys;   /* by number */
    uint32_t *slots;    /* open addressing: number + 1, or 0 */
    uint32_t *hashes;   /* by number: low 32 bits, so that growing and missing touch no strings */
    size_t n, capacity, slot_count;
};

uint32_t dict_find(const struct dict *dict, struct str key);            /* DICT_NONE when absent */
uint32_t dict_put(struct dict *dict, struct str key, bool *was_absent); /* was_absent may be NULL */
static inline struct str dict_key(const struct dict *dict, uint32_t number) {
    return __atomic_load_n(&dict->keys, __ATOMIC_ACQUIRE)[number];
}
void dict_shrink(struct dict *dict, size_t n); /* forgets all numbers from n on */
void dict_free(struct dict *dict);

#endif
