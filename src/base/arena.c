#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGNMENT = 16, FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 1024 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    _Alignas(ALIGNMENT) char data[];
};

static _Noreturn void out_of_memory(size_t size) {
    fprintf(stderr, "vafa: out of memory (%zu bytes asked for)\n", size);
    abort();
}

void *memory_new(size_t size) {
    void *memory = calloc(1, size ? size : 1);
    if (!memory) out_of_memory(size);
    return memory;
}

void *memory_resize(void *old, size_t size) {
    void *memory = realloc(old, size ? size : 1);
    if (!memory) out_of_memory(size);
    return memory;
}

static void add_block(struct arena *arena, size_t need) {
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK) size = LARGEST_BLOCK;
    if (size < need) size = need;
    if (size > SIZE_MAX - sizeof(struct arena_block)) out_of_memory(size);
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) out_of_memory(size);
    *block = (struct arena_block){.older = arena->blocks, .size = size};
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
    POISON(block->data, size);
}

void *arena_alloc(struct arena *arena, size_t size) {
    /* Under AddressSanitizer a gap stays poisoned between neighbours, so that an overrun inside the arena is
     * seen. */
#if defined(__SANITIZE_ADDRESS__)
    size_t gap = ALIGNMENT;
#else
    size_t gap = 0;
#endif
    if (size > SIZE_MAX - 4 * ALIGNMENT) out_of_memory(size);
    size_t rounded = ((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)) + gap;
    if (rounded == 0) rounded = ALIGNMENT;
    if ((size_t)(arena->end - arena->next) < rounded) add_block(arena, rounded);
    void *memory = arena->next;
    arena->next += rounded;
    arena->used += rounded;
    UNPOISON(memory, size);
    return memset(memory, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) out_of_memory(SIZE_MAX);
    return arena_alloc(arena, total);
}

void *arena_copy(struct arena *arena, const void *data, size_t size) {
    void *memory = arena_alloc(arena, size);
    return size ? memcpy(memory, data, size) : memory;
}

static void free_blocks(struct arena_block *block) {
    while (block) {
        struct arena_block *older = block->older;
        UNPOISON(block->data, block->size);
        free(block);
        block = older;
    }
}

void arena_reset(struct arena *arena) {
    struct arena_block *newest = arena->blocks;
    if (!newest) return;
    free_blocks(newest->older);
    newest->older = NULL;
    arena->next = newest->data;
    arena->end = newest->data + newest->size;
    arena->used = 0;
    POISON(newest->data, newest->size);
}

void arena_free(struct arena *arena) {
    free_blocks(arena->blocks);
    *arena = (struct arena){0};
}
