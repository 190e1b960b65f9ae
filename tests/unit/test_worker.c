/* Workers: a turn comes when its rest is over or when it is called for, a call during a turn is not lost, a
 * stop is seen, and what fails is logged. No test waits for a clock but to end. */
#include "platform/worker.h"

#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

enum { HOUR_MS = 3600 * 1000 };

struct world {
    sem_t begun, go_on;
    int turns; /* atomic */
    bool fails;
    const bool *stopping;
    int64_t rest_ms;
};

static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct world *w = self;
    __atomic_add_fetch(&w->turns, 1, __ATOMIC_ACQ_REL);
    if (w->rest_ms) turn->rest_ms = w->rest_ms;
    w->stopping = turn->stopping;
    sem_post(&w->begun);
    sem_wait(&w->go_on);
    return w->fails ? (fail)(problem, UNAVAILABLE, MESSAGE("no_luck", "No luck.", "بخت نبود."), NO_ARGS) : OK;
}

static struct worker *started(struct world *w, const struct house *house, int64_t first_ms) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct worker *worker = NULL;
    struct worker_job job = {"try its luck", house, turn, w, first_ms, first_ms ? HOUR_MS : 0, 1, false};
    sem_init(&w->begun, 0, 0);
    sem_init(&w->go_on, 0, 0);
    assert_int_equal(worker_start(&job, &worker, &problem), OK);
    arena_free(&arena);
    return worker;
}

static void turns_come_when_called_for(void **state) {
    (void)state;
    struct world w = {0};
    struct house house = {0};
    struct worker *worker = started(&w, &house, HOUR_MS);
    worker_call(worker);
    sem_wait(&w.begun);
    worker_call(worker); /* during the turn: another follows */
    sem_post(&w.go_on);
    sem_wait(&w.begun);
    assert_int_equal(__atomic_load_n(&w.turns, __ATOMIC_ACQUIRE), 2);
    sem_post(&w.go_on);
    worker_stop(worker); /* and then it rests, for an hour */
    assert_int_equal(w.turns, 2);
}

static void turns_follow_their_rest(void **state) {
    (void)state;
    struct world w = {.rest_ms = 1};
    struct house house = {.served = true};
    struct worker *worker = started(&w, &house, 1);
    for (int i = 0; i < 3; i++) {
        sem_wait(&w.begun);
        sem_post(&w.go_on);
    }
    sem_post(&w.go_on); /* for one that may have begun */
    worker_stop(worker);
    assert_true(w.turns >= 3);
}

/* A command that takes long is not overtaken by what was not asked for. */
static void nothing_is_done_unasked_where_nobody_serves(void **state) {
    (void)state;
    struct world w = {0};
    struct house house = {0};
    struct worker *worker = started(&w, &house, 0); /* its rest is over at once, again and again */
    worker_call(worker);
    sem_wait(&w.begun);
    assert_int_equal(__atomic_load_n(&w.turns, __ATOMIC_ACQUIRE), 1);
    sem_post(&w.go_on);
    worker_stop(worker);
    assert_int_equal(w.turns, 1);
}

static void *stop(void *worker) {
    worker_stop(worker);
    return NULL;
}

static void what_fails_is_logged_but_not_what_was_stopped(void **state) {
    (void)state;
    int ends[2];
    char text[1000] = {0};
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct log log = {.fd = ends[1], .clock = clock_system()};
    struct house house = {.log = &log};
    struct world w = {.fails = true};
    struct worker *worker = started(&w, &house, HOUR_MS);
    worker_call(worker);
    sem_wait(&w.begun);
    worker_call(worker);
    sem_post(&w.go_on);
    sem_wait(&w.begun); /* the first was logged before the second began */
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "try its luck"));
    assert_non_null(strstr(text, "no_luck"));
    pthread_t thread;
    pthread_create(&thread, NULL, stop, worker);
    while (!__atomic_load_n(w.stopping, __ATOMIC_ACQUIRE)) /* the stop is seen during the second */
        sched_yield();
    sem_post(&w.go_on);
    pthread_join(thread, NULL);
    assert_int_equal(read(ends[0], text, sizeof text), -1);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_come_when_called_for),
        cmocka_unit_test(turns_follow_their_rest),
        cmocka_unit_test(nothing_is_done_unasked_where_nobody_serves),
        cmocka_unit_test(what_fails_is_logged_but_not_what_was_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
