/* Sorting texts as readers of a language expect it (ICU's collation; Persian letters in the order of the
 * alphabet). */
#ifndef VAFA_BASE_COLLATE_H
#define VAFA_BASE_COLLATE_H
#include "base/problem.h"

struct collator;
struct collator *collator_open(enum language language); /* NULL where ICU has no data: bytes order then */
void collator_close(struct collator *collator);         /* NULL is fine */
/* A key whose bytes compare as the texts do. Digits within texts count as numbers. Lives in the arena. */
struct str collator_key(struct collator *collator, struct str text, struct arena *arena);

#endif
