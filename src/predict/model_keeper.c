/* Makes models when they are due or asked for, and foretells once a day. */
#include "base/log.h"
#include "platform/settings.h"
#include "predict/model_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 30 * 1000, LOOK_EVERY_MS = 60 * 1000, AGAIN_MS = 3600 * 1000 };

struct model_keeper {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;        /* atomic too */
    bool asked[OUTCOMES]; /* under lock, as the rest */
    int making;           /* outcome being made; −1: none */
    day_t foretold[OUTCOMES];
    instant_t not_before[OUTCOMES]; /* after a failure: when to try again unasked */
};

bool model_keeper_ask(struct model_keeper *keeper, enum outcome_kind kind) {
    pthread_mutex_lock(&keeper->lock);
    bool fresh = !keeper->asked[kind] && keeper->making != (int)kind;
    keeper->asked[kind] = keeper->asked[kind] || fresh;
    pthread_cond_broadcast(&keeper->wake);
    pthread_mutex_unlock(&keeper->lock);
    return fresh;
}

bool model_keeper_busy(struct model_keeper *keeper, enum outcome_kind kind) {
    pthread_mutex_lock(&keeper->lock);
    bool busy = keeper->asked[kind] || keeper->making == (int)kind;
    pthread_mutex_unlock(&keeper->lock);
    return busy;
}

/* Whether the newest version is older than the schedule says, and none was rolled back. */
static enum status is_due(struct house *house, enum outcome_kind kind, bool *due, struct arena *arena,
                          struct problem *problem) {
    int64_t days = settings_int(house->settings, SETTING_PREDICT_SCHEDULE_DAYS);
    struct model_row newest;
    bool any;
    *due = false;
    if (!days) return OK;
    enum status status = model_read_newest(house, kind, arena, &newest, &any, problem);
    /* Who rolled a version back chose another: that one stays until somebody asks for a new one. */
    if (!status)
        *due = !any || (!str_is(newest.state, "rolled_back") &&
                        newest.made_at + days * DAY_MS <= moment_now(house->insight).at);
    return status;
}

static bool begin(struct model_keeper *keeper, enum outcome_kind kind, bool due) {
    pthread_mutex_lock(&keeper->lock);
    bool asked = keeper->asked[kind];
    keeper->asked[kind] = false;
    if (asked || due) keeper->making = (int)kind;
    pthread_mutex_unlock(&keeper->lock);
    return asked || due;
}

static void end(struct model_keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    keeper->making = -1;
    pthread_mutex_unlock(&keeper->lock);
}

static enum status look_after(struct model_keeper *keeper, enum outcome_kind kind, struct arena *arena,
                              struct problem *problem) {
    struct house *house = keeper->house;
    day_t today = moment_now(house->insight).day;
    bool due;
    instant_t now = moment_now(house->insight).at;
    bool wait = now < keeper->not_before[kind];
    enum status status = is_due(house, kind, &due, arena, problem);
    due = due && !wait;
    if (!begin(keeper, kind, due) || status) {
        if (!status && keeper->foretold[kind] != today && !wait)
            status = model_foretell(house, kind, &keeper->stopping, problem);
    } else {
        struct model_row row;
        status = model_make(house, kind, INT32_MIN, due ? STR("schedule") : STR("request"), &keeper->stopping,
                            arena, &row, problem);
    }
    end(keeper);
    if (status)
        keeper->not_before[kind] = now + AGAIN_MS;
    else if (!wait)
        keeper->foretold[kind] = today;
    return status;
}

static bool rest(struct model_keeper *keeper, int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    pthread_mutex_lock(&keeper->lock);
    bool asked = false;
    for (int k = 0; k < OUTCOMES; k++)
        asked = asked || keeper->asked[k];
    if (!keeper->stopping && !asked) pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    bool stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return !stopping;
}

static void *work(void *self) {
    struct model_keeper *keeper = self;
    int pause = FIRST_MS; /* a command on a folder that is not served is over before */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    while (rest(keeper, pause)) {
        for (int k = 0; k < OUTCOMES; k++) {
            struct arena arena = {0};
            struct problem problem = {.arena = &arena};
            enum status status = look_after(keeper, (enum outcome_kind)k, &arena, &problem);
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
    free(keeper);
}

enum status model_keeper_start(struct house *house, struct model_keeper **ret, struct problem *problem) {
    struct model_keeper *keeper = memory_new(sizeof *keeper);
    pthread_condattr_t monotonic;
    keeper->house = house;
    keeper->making = -1;
    for (int k = 0; k < OUTCOMES; k++)
        keeper->foretold[k] = INT32_MIN;
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
