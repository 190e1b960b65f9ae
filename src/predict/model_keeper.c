/* Makes models when they are due or asked for, and foretells once a day. */
#include "base/log.h"
#include "base/vec.h"
#include "platform/settings.h"
#include "platform/worker.h"
#include "predict/model_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_MS = 30 * 1000 /* a command on a folder that is not served is over before */ };
enum { LOOK_EVERY_MS = 60 * 1000, AGAIN_MS = 3600 * 1000 };

enum { MODEL_BY = 200 }; /* bytes of a name */
struct kept {            /* an outcome that is looked after; stays as long as the keeper */
    struct outcome_key key;
    char asked[MODEL_BY]; /* by whom; empty: by nobody; under lock */
    day_t foretold;       /* of the keeper's own thread, as the next */
    instant_t not_before; /* after a failure: when to try again unasked */
};
struct model_keeper {
    struct house *house;
    struct worker *worker;
    pthread_mutex_t lock;
    struct arena arena; /* under lock, as the rest */
    VEC(struct kept *) kept;
    const struct kept *making; /* NULL: none */
};

/* The lock is held. */
static struct kept *kept_of(struct model_keeper *keeper, struct outcome_key key) {
    for (size_t i = 0; i < keeper->kept.n; i++) {
        struct kept *one = keeper->kept.v[i];
        if (one->key.kind == key.kind && str_equal(one->key.product, key.product)) return one;
    }
    struct kept *one = arena_alloc(&keeper->arena, sizeof *one);
    *one = (struct kept){.key = {key.kind, str_copy(&keeper->arena, key.product)}, .foretold = INT32_MIN};
    VEC_PUSH(&keeper->kept, one);
    return one;
}

bool model_keeper_ask(struct model_keeper *keeper, struct outcome_key key, struct str by) {
    pthread_mutex_lock(&keeper->lock);
    struct kept *one = kept_of(keeper, key);
    bool fresh = !one->asked[0] && keeper->making != one;
    if (fresh) snprintf(one->asked, sizeof one->asked, "%.*s", STR_ARG(by.n ? by : STR("?")));
    pthread_mutex_unlock(&keeper->lock);
    worker_call(keeper->worker);
    return fresh;
}

bool model_keeper_busy(struct model_keeper *keeper, struct outcome_key key) {
    pthread_mutex_lock(&keeper->lock);
    bool busy = false;
    for (size_t i = 0; i < keeper->kept.n && !busy; i++) {
        const struct kept *one = keeper->kept.v[i];
        busy = one->key.kind == key.kind && str_equal(one->key.product, key.product) &&
               (one->asked[0] || keeper->making == one);
    }
    pthread_mutex_unlock(&keeper->lock);
    return busy;
}

/* Whether the newest version is older than the schedule says, and none was rolled back. */
static enum status is_due(struct house *house, struct outcome_key key, bool *due, struct arena *arena,
                          struct problem *problem) {
    int64_t days = settings_int(house->settings, SETTING_PREDICT_SCHEDULE_DAYS);
    struct model_row newest;
    bool any;
    *due = false;
    if (!days) return OK;
    enum status status = model_read_newest(house, key, arena, &newest, &any, problem);
    /* Who rolled a version back chose another: that one stays until somebody asks for a new one. */
    if (!status)
        *due = !any || (!str_is(newest.state, "rolled_back") &&
                        newest.made_at + days * DAY_MS <= moment_now(house->insight).at);
    return status;
}

/* by: who asked; empty: nobody did. */
static bool begin(struct model_keeper *keeper, struct kept *one, bool due, char *by) {
    pthread_mutex_lock(&keeper->lock);
    memcpy(by, one->asked, MODEL_BY);
    one->asked[0] = 0;
    if (by[0] || due) keeper->making = one;
    pthread_mutex_unlock(&keeper->lock);
    return by[0] || due;
}

/* again: who asked for what could not be made now, but may be soon; or empty. */
static void end(struct model_keeper *keeper, struct kept *one, const char *again) {
    pthread_mutex_lock(&keeper->lock);
    keeper->making = NULL;
    if (again[0] && !one->asked[0]) memcpy(one->asked, again, MODEL_BY);
    pthread_mutex_unlock(&keeper->lock);
}

static enum status look_after(struct model_keeper *keeper, struct kept *one, const bool *stopping,
                              struct arena *arena, struct problem *problem) {
    struct house *house = keeper->house;
    day_t today = moment_now(house->insight).day;
    bool due;
    char by[MODEL_BY];
    instant_t now = moment_now(house->insight).at;
    bool wait = now < one->not_before;
    enum status status = is_due(house, one->key, &due, arena, problem);
    due = due && !wait;
    if (!status && begin(keeper, one, due, by)) {
        struct model_row row;
        status = model_make(house, one->key, INT32_MIN, by[0] ? str_of(by) : STR("schedule"), stopping, arena,
                            &row, problem);
        end(keeper, one, status == UNAVAILABLE ? by : "");
    } else if (!status && one->foretold != today && !wait) {
        status = model_foretell(house, one->key, stopping, problem);
    }
    if (status)
        one->not_before = now + AGAIN_MS;
    else if (!wait)
        one->foretold = today;
    return status;
}

/* All that is to be looked after; what somebody asked for stays. */
static size_t watch(struct model_keeper *keeper) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct outcome_key *keys = NULL;
    size_t n = 0;
    if (models_watched(keeper->house, &arena, &keys, &n, &problem) && keeper->house->log)
        log_problem(keeper->house->log, "find the models to make", &problem);
    pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < n; i++)
        kept_of(keeper, keys[i]);
    size_t all = keeper->kept.n;
    pthread_mutex_unlock(&keeper->lock);
    arena_free(&arena);
    return all;
}

static struct kept *kept_at(struct model_keeper *keeper, size_t i) {
    pthread_mutex_lock(&keeper->lock);
    struct kept *one = keeper->kept.v[i];
    pthread_mutex_unlock(&keeper->lock);
    return one;
}

/* What fails for one outcome does not stop the others. */
static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct model_keeper *keeper = self;
    size_t n = watch(keeper);
    (void)problem;
    for (size_t i = 0; i < n && !__atomic_load_n(turn->stopping, __ATOMIC_ACQUIRE); i++) {
        struct problem of_one = {.arena = turn->arena};
        enum status status = look_after(keeper, kept_at(keeper, i), turn->stopping, turn->arena, &of_one);
        bool stopped = __atomic_load_n(turn->stopping, __ATOMIC_ACQUIRE);
        if (status && !stopped && keeper->house->log)
            log_problem(keeper->house->log, "make a model", &of_one);
        arena_reset(turn->arena);
    }
    return OK;
}

enum status model_keeper_start(struct house *house, struct model_keeper **ret, struct problem *problem) {
    struct model_keeper *keeper = memory_new(sizeof *keeper);
    keeper->house = house;
    pthread_mutex_init(&keeper->lock, NULL);
    enum status status = worker_start(&(struct worker_job){.what = "make models",
                                                           .house = house,
                                                           .turn = turn,
                                                           .self = keeper,
                                                           .first_ms = FIRST_MS,
                                                           .every_ms = LOOK_EVERY_MS,
                                                           .nice = 10},
                                      &keeper->worker, problem);
    if (status)
        model_keeper_stop(keeper);
    else
        *ret = keeper;
    return status;
}

void model_keeper_stop(struct model_keeper *keeper) {
    if (!keeper) return;
    worker_stop(keeper->worker);
    pthread_mutex_destroy(&keeper->lock);
    VEC_FREE(&keeper->kept);
    arena_free(&keeper->arena);
    free(keeper);
}
