#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MOST_THREADS = 64 };

struct job {
    void (*work)(void *self, size_t from, size_t to);
    void *self;
    size_t n, piece;
    atomic_size_t next; /* the first row that nobody took */
};

static void *take_pieces(void *argument) {
    struct job *job = argument;
    for (;;) {
        size_t from = atomic_fetch_add(&job->next, job->piece);
        if (from >= job->n) return NULL;
        job->work(job->self, from, job->n - from < job->piece ? job->n : from + job->piece);
    }
}

void parallel_rows(size_t n, size_t piece, int threads, void (*work)(void *self, size_t from, size_t to),
                   void *self) {
    struct job job = {.work = work, .self = self, .n = n, .piece = piece};
    pthread_t others[MOST_THREADS];
    int started = 0;
    while (started + 1 < threads && started < MOST_THREADS && (size_t)(started + 1) * piece < n &&
           !pthread_create(&others[started], NULL, take_pieces, &job))
        started++;
    take_pieces(&job);
    while (started > 0)
        pthread_join(others[--started], NULL);
}
