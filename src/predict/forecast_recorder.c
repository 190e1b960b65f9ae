/* Keeping the chances of renewals as they are given, once a local day. */
#include "base/log.h"
#include "base/vec.h"
#include "predict/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- recording ---- */

/* Whether the line is to be recorded today: last is the day on which it was, INT32_MIN: never. */
static bool is_due(const struct forecast *forecast, const struct forecast_line *line, day_t last) {
    const int64_t marks[] = {forecast->checkpoints[0], forecast->checkpoints[1], 90, 60, 30};
    if (line->stage != STAGE_OPEN) return false;
    if (last == INT32_MIN || forecast->today - last >= FORECAST_RECORD_DAYS) return true;
    for (size_t i = 0; i < COUNT(marks); i++) {
        day_t day = line->due_on - (day_t)marks[i];
        if (day <= forecast->today && last < day) return true;
    }
    return false;
}

static struct renewal_chance chance_row(const struct forecast *forecast, const struct forecast_line *line) {
    static const char *const optional[] = {"low", "high", "key", "version"};
    const bool none[] = {isnan(line->model.low), isnan(line->model.high), !line->model.key.n,
                         !line->model.key.n};
    struct renewal_chance row = {.has = ~(uint64_t)0,
                                 .account = line->account_id,
                                 .product = line->product,
                                 .currency = line->currency,
                                 .due_on = line->due_on,
                                 .taken_on = forecast->today,
                                 .probability = line->model.probability,
                                 .low = line->model.low,
                                 .high = line->model.high,
                                 .source = line->model.source,
                                 .key = line->model.key,
                                 .version = line->model.version,
                                 .given_at = line->model.given_at};
    for (size_t i = 0; i < COUNT(optional); i++)
        if (none[i]) row.has &= ~((uint64_t)1 << field_index(&renewal_chance_type, str_of(optional[i])));
    return row;
}

enum status forecast_record(struct house *house, size_t *recorded, struct problem *problem) {
    struct arena arena = {0};
    struct forecast forecast;
    struct session *session = NULL;
    day_t today = moment_now(house->insight).day;
    struct period ahead = {.from = today, .to = today + FORECAST_AHEAD_DAYS};
    struct forecast_query query = {
        .periods = &ahead, .count = 1, .no_calls = true, .farthest = FORECAST_EVER_DAYS};
    *recorded = 0;
    enum status status = forecast_gather(house, &query, &arena, &forecast, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) {
        arena_free(&arena);
        return status;
    }
    day_t *last = arena_array(&arena, forecast.n + 1, sizeof *last);
    for (size_t i = 0; i < forecast.n; i++)
        last[i] = INT32_MIN;
    for (size_t i = 0; i < forecast.words.chance_n; i++) {
        const struct renewal_chance *c = &forecast.words.chances[i];
        const struct forecast_line *line =
            forecast_find(house, &forecast, c->account, c->product, c->currency, c->due_on);
        if (line && c->taken_on > last[line - forecast.lines]) last[line - forecast.lines] = c->taken_on;
    }
    for (size_t i = 0; i < forecast.n && !status; i++) {
        if (!is_due(&forecast, &forecast.lines[i], last[i])) continue;
        struct renewal_chance row = chance_row(&forecast, &forecast.lines[i]);
        status = renewal_chance_insert(session, &row, problem);
        ++*recorded;
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    arena_free(&arena);
    return status;
}

/* ---- the worker ---- */

enum { FIRST_MS = 30 * 1000, LOOK_EVERY_MS = 60 * 1000, AGAIN_MS = 600 * 1000 };

struct forecast_recorder {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
};

static bool rest(struct forecast_recorder *recorder, int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    pthread_mutex_lock(&recorder->lock);
    while (!recorder->stopping && !pthread_cond_timedwait(&recorder->stop, &recorder->lock, &until)) {
    }
    bool stopping = recorder->stopping;
    pthread_mutex_unlock(&recorder->lock);
    return !stopping;
}

static void *work(void *self) {
    struct forecast_recorder *recorder = self;
    struct house *house = recorder->house;
    struct arena arena = {0};
    int pause = FIRST_MS; /* behind the first scores and odds of a start */
    day_t done = INT32_MIN;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    while (rest(recorder, pause)) {
        struct problem problem = {.arena = &arena};
        day_t today = moment_now(house->insight).day;
        size_t recorded;
        enum status status = today == done ? OK : forecast_record(house, &recorded, &problem);
        if (status && house->log) log_problem(house->log, "record the chances of renewals", &problem);
        if (!status) done = today;
        pause = status ? AGAIN_MS : LOOK_EVERY_MS;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void free_recorder(struct forecast_recorder *recorder) {
    pthread_mutex_destroy(&recorder->lock);
    pthread_cond_destroy(&recorder->stop);
    free(recorder);
}

enum status forecast_recorder_start(struct house *house, struct forecast_recorder **ret,
                                    struct problem *problem) {
    struct forecast_recorder *recorder = memory_new(sizeof *recorder);
    pthread_condattr_t monotonic;
    recorder->house = house;
    pthread_mutex_init(&recorder->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&recorder->thread, NULL, work, recorder);
    if (error) {
        free_recorder(recorder);
        return fail_errno(problem, "start", "a thread", error);
    }
    *ret = recorder;
    return OK;
}

void forecast_recorder_stop(struct forecast_recorder *recorder) {
    if (!recorder) return;
    pthread_mutex_lock(&recorder->lock);
    recorder->stopping = true;
    pthread_cond_broadcast(&recorder->stop);
    pthread_mutex_unlock(&recorder->lock);
    pthread_join(recorder->thread, NULL);
    free_recorder(recorder);
}
