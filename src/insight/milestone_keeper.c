#include "insight/milestone.h"

#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_SECONDS = 60 };

struct milestone_keeper {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t wake;
    bool stop;
};

/* False when it is time to end. */
static bool rest(struct milestone_keeper *keeper) {
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_SECONDS;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stop && !waited)
        waited = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    bool stop = keeper->stop;
    pthread_mutex_unlock(&keeper->lock);
    return !stop;
}

static void *work(void *self) {
    struct milestone_keeper *keeper = self;
    struct arena arena = {0};
    /* Many days of many accounts may have to be judged: whoever waits for something goes first. */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 15);
    while (rest(keeper)) {
        struct problem problem = {.arena = &arena};
        struct milestone_steps steps;
        enum status status = milestones_judge_until(keeper->house, &keeper->stop, &arena, &steps, &problem);
        bool stopped = __atomic_load_n(&keeper->stop, __ATOMIC_RELAXED);
        if (status && !stopped && keeper->house->log)
            log_problem(keeper->house->log, "judge milestones", &problem);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void free_keeper(struct milestone_keeper *keeper) {
    pthread_mutex_destroy(&keeper->lock);
    pthread_cond_destroy(&keeper->wake);
    free(keeper);
}

enum status milestone_keeper_start(struct house *house, struct milestone_keeper **ret,
                                   struct problem *problem) {
    struct milestone_keeper *keeper = memory_new(sizeof *keeper);
    keeper->house = house;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&keeper->thread, NULL, work, keeper);
    if (error) {
        free_keeper(keeper);
        return fail_errno(problem, "start", "a thread", error);
    }
    *ret = keeper;
    return OK;
}

void milestone_keeper_stop(struct milestone_keeper *keeper) {
    if (!keeper) return;
    pthread_mutex_lock(&keeper->lock);
    __atomic_store_n(&keeper->stop, true, __ATOMIC_RELAXED);
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    free_keeper(keeper);
}
