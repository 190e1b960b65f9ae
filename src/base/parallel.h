/* Work on many rows by some threads that live for this call alone. */
#ifndef VAFA_BASE_PARALLEL_H
#define VAFA_BASE_PARALLEL_H
#include <stddef.h>

/* Calls work(self, from, to) for [0, n) in pieces of `piece` rows (the last may be shorter), each once, by
 * `threads` threads of which the caller is one. Where a thread cannot be started, the others do its part. */
void parallel_rows(size_t n, size_t piece, int threads, void (*work)(void *self, size_t from, size_t to),
                   void *self);

#endif
