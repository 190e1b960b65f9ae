/* Lists of short texts, such as tags: a set with one canonical text form, "a, b, c", in which it is stored,
 * kept in history, read by rules and shown. Items are separated by a comma of either language or a semicolon,
 * which no item can hold; they are corrected (utf8_correct) and trimmed, equal ones by their search key
 * appear once, and stand in the order of their bytes. */
#ifndef VAFA_BASE_LIST_H
#define VAFA_BASE_LIST_H
#include "base/str.h"

enum { LIST_MOST_ITEMS = 100, LIST_ITEM_BYTES = 100 };

/* The items of a text, as they stand in it, trimmed; empty ones are left out. *items lives in the arena. */
size_t list_split(struct str text, struct arena *arena, struct str **items);
/* The canonical form of n items. Lives in the arena. */
struct str list_make(const struct str *items, size_t n, struct arena *arena);
/* Whether an item has that search key (utf8_fold). */
bool list_has(struct str list, struct str folded, struct arena *scratch);

#endif
