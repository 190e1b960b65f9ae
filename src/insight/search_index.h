/* Names found as people type them: folded (ي and ی, ك and ک, half-space, digits, case, marks), with or
 * without spaces and punctuation, from the start of the name, of a word, from anywhere, and with typing
 * errors. One scan over memory: a mask of letters passes over most texts with one comparison.
 *
 * Every kind of thing that is found is a row of search_kinds (search.c). A text is borrowed for as long as
 * the process lives, known by its address, and folded once. One lock: the updater writes, searches read. */
#ifndef VAFA_INSIGHT_SEARCH_INDEX_H
#define VAFA_INSIGHT_SEARCH_INDEX_H
#include "base/str.h"
#include "base/vec.h"

enum { SEARCH_TEXTS = 2, SEARCH_QUERY_CODES = 64, SEARCH_TOKENS = 8 };

struct search_index;
struct search_index *search_index_new(void);
void search_index_free(struct search_index *index);

/* One thing that can be found. */
struct search_item {
    uint32_t kind, number;          /* of the kind: index of an account, slot of a contact, … */
    struct str texts[SEARCH_TEXTS]; /* name, and key or address; empty: none */
};
/* Replaces all items of the index. Takes the lock for the short time of laying them in. */
void search_index_put(struct search_index *index, const struct search_item *items, size_t n);

/* How well a text was matched: smaller is better. */
enum search_rank {
    RANK_EQUAL,
    RANK_PREFIX,
    RANK_WORD,     /* from the start of a word */
    RANK_ANYWHERE, /* inside a word */
    RANK_TOKENS,   /* every word of the query is somewhere */
    RANK_TYPO,     /* one error */
    RANK_TYPOS,    /* two, or errors in several words */
    RANK_NONE = 255
};
struct search_hit {
    uint32_t kind, number;
    uint8_t rank, text; /* which of its texts */
};
/* All items of those kinds (bits 1 << kind) that match, in the order in which they were put, into the arena.
 * Errors in typing are looked for only where fewer than `enough` items match without. A query without letters
 * and digits matches nothing. */
size_t search_index_find(struct search_index *index, struct str query, uint32_t kinds, size_t enough,
                         struct arena *arena, struct search_hit **ret);

#endif
