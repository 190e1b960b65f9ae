#include "platform/worker.h"

#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct worker {
    struct worker_job job;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool called;
    bool stopping; /* atomic too */
};

enum rested { REST_OVER, REST_CALLED, REST_STOPPED };
static enum rested rest(struct worker *worker, int64_t ms) {
    struct timespec until;
    int waited = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&worker->lock);
    while (!worker->stopping && !worker->called && !waited)
        waited = pthread_cond_timedwait(&worker->wake, &worker->lock, &until);
    enum rested how = worker->stopping ? REST_STOPPED : worker->called ? REST_CALLED : REST_OVER;
    worker->called = false;
    pthread_mutex_unlock(&worker->lock);
    return how;
}

static void *work(void *self) {
    struct worker *worker = self;
    const struct worker_job *job = &worker->job;
    struct arena arena = {0};
    struct worker_turn turn = {&worker->stopping, job->first_ms, &arena};
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), job->nice);
    for (enum rested how; (how = rest(worker, turn.rest_ms)) != REST_STOPPED;) {
        struct problem problem = {.arena = &arena};
        bool served = __atomic_load_n(&job->house->served, __ATOMIC_ACQUIRE);
        if (how == REST_OVER && !served && !job->unserved) continue;
        turn.rest_ms = job->every_ms;
        enum status status = job->turn(job->self, &turn, &problem);
        bool stopping = __atomic_load_n(&worker->stopping, __ATOMIC_ACQUIRE); /* then it gave up, as asked */
        if (status && !stopping && job->house->log) log_problem(job->house->log, job->what, &problem);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void close_worker(struct worker *worker) {
    pthread_mutex_destroy(&worker->lock);
    pthread_cond_destroy(&worker->wake);
    free(worker);
}

enum status worker_start(const struct worker_job *job, struct worker **ret, struct problem *problem) {
    struct worker *worker = memory_new(sizeof *worker);
    pthread_condattr_t monotonic;
    worker->job = *job;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&worker->thread, NULL, work, worker);
    if (error) {
        close_worker(worker);
        return fail_errno(problem, "start", "a thread", error);
    }
    *ret = worker;
    return OK;
}

void worker_call(struct worker *worker) {
    pthread_mutex_lock(&worker->lock);
    worker->called = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

void worker_stop(struct worker *worker) {
    if (!worker) return;
    pthread_mutex_lock(&worker->lock);
    __atomic_store_n(&worker->stopping, true, __ATOMIC_RELEASE);
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    close_worker(worker);
}
