/* Makes models when they are due or asked for, and foretells once a day. */
#include "base/log.h"
#include "base/vec.h"
#include "platform/settings.h"
#include "predict/model_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 30 * 1000, LOOK_EVERY_MS = 60 * 1000, AGAIN_MS = 3600 * 1000 };

struct kept { /* an outcome that is looked after; stays as long as the keeper */
    struct outcome_key key;
    bool asked;           /* under lock */
    day_t foretold;       /* of the keeper's own thread, as the next */
    instant_t not_before; /* after a failure: when to try again unasked */
};
struct model_keeper {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;      /* atomic too */
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

bool model_keeper_ask(struct model_keeper *keeper, struct outcome_key key) {
    pthread_mutex_lock(&keeper->lock);
    struct kept *one = kept_of(keeper, key);
    bool fresh = !one->asked && keeper->making != one;
    one->asked = one->asked || fresh;
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    return fresh;
}

bool model_keeper_busy(struct model_keeper *keeper, struct outcome_key key) {
    pthread_mutex_lock(&keeper->lock);
    bool busy = false;
    for (size_t i = 0; i < keeper->kept.n && !busy; i++) {
        const struct kept *one = keeper->kept.v[i];
        busy = one->key.kind == key.kind && str_equal(one->key.product, key.product) &&
               (one->asked || keeper->making == one);
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

static bool begin(struct model_keeper *keeper, struct kept *one, bool due) {
    pthread_mutex_lock(&keeper->lock);
    bool asked = one->asked;
    one->asked = false;
    if (asked || due) keeper->making = one;
    pthread_mutex_unlock(&keeper->lock);
    return asked || due;
}

static void end(struct model_keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    keeper->making = NULL;
    pthread_mutex_unlock(&keeper->lock);
}

static enum status look_after(struct model_keeper *keeper, struct kept *one, struct arena *arena,
                              struct problem *problem) {
    struct house *house = keeper->house;
    day_t today = moment_now(house->insight).day;
    bool due;
    instant_t now = moment_now(house->insight).at;
    bool wait = now < one->not_before;
    enum status status = is_due(house, one->key, &due, arena, problem);
    due = due && !wait;
    if (!begin(keeper, one, due) || status) {
        if (!status && one->foretold != today && !wait)
            status = model_foretell(house, one->key, &keeper->stopping, problem);
    } else {
        struct model_row row;
        status = model_make(house, one->key, INT32_MIN, due ? STR("schedule") : STR("request"),
                            &keeper->stopping, arena, &row, problem);
    }
    end(keeper);
    if (status)
        one->not_before = now + AGAIN_MS;
    else if (!wait)
        one->foretold = today;
    return status;
}

static bool rest(struct model_keeper *keeper, int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    pthread_mutex_lock(&keeper->lock);
    bool asked = false;
    for (size_t i = 0; i < keeper->kept.n; i++)
        asked = asked || keeper->kept.v[i]->asked;
    if (!keeper->stopping && !asked) pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    bool stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !stopping;
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

static void *work(void *self) {
    struct model_keeper *keeper = self;
    int pause = FIRST_MS; /* a command on a folder that is not served is over before */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    while (rest(keeper, pause)) {
        size_t n = watch(keeper);
        for (size_t i = 0; i < n; i++) {
            struct arena arena = {0};
            struct problem problem = {.arena = &arena};
            enum status status = look_after(keeper, kept_at(keeper, i), &arena, &problem);
            bool stopped = __atomic_load_n(&keeper->stopping, __ATOMIC_ACQUIRE);
            if (status && !stopped && keeper->house->log)
                log_problem(keeper->house->log, "make a model", &problem);
            arena_free(&arena);
            if (stopped) break;
        }
        pause = LOOK_EVERY_MS;
    }
    return NULL;
}

static void free_keeper(struct model_keeper *keeper) {
    pthread_mutex_destroy(&keeper->lock);
    pthread_cond_destroy(&keeper->wake);
    VEC_FREE(&keeper->kept);
    arena_free(&keeper->arena);
    free(keeper);
}

enum status model_keeper_start(struct house *house, struct model_keeper **ret, struct problem *problem) {
    struct model_keeper *keeper = memory_new(sizeof *keeper);
    pthread_condattr_t monotonic;
    keeper->house = house;
    pthread_mutex_init(&keeper->lock, NULL);
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

void model_keeper_stop(struct model_keeper *keeper) {
    if (!keeper) return;
    pthread_mutex_lock(&keeper->lock);
    __atomic_store_n(&keeper->stopping, true, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    free_keeper(keeper);
}
