/* Arena: memory that is given back all at once. One for each request, job or batch item. */
#ifndef VAFA_BASE_ARENA_H
#define VAFA_BASE_ARENA_H
#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    char *next, *end;           /* free space in the newest block */
    size_t used;                /* bytes handed out since the last reset */
};

/* An arena starts as {0}. Memory is aligned to 16 bytes and zeroed. Sizes come from checked limits: when the
 * machine has no memory left the process ends with a message, because no caller could go on. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size); /* count × size, overflow checked */
void *arena_copy(struct arena *arena, const void *data, size_t size);
void arena_reset(struct arena *arena); /* forgets all, keeps one block for the next use */
void arena_free(struct arena *arena);  /* returns all memory; the arena may be used again */

/* For long-lived objects with one owner: as malloc, calloc and realloc, but never NULL (the process ends
 * instead). */
void *memory_new(size_t size); /* zeroed */
void *memory_resize(void *old, size_t size);

#endif
