/* Keeping the chances of renewals as they are given, once a local day. */
#include "base/vec.h"
#include "platform/worker.h"
#include "predict/forecast.h"

#include <math.h>
#include <stdlib.h>

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

enum { FIRST_MS = 30 * 1000 /* behind the first scores and odds of a start */ };
enum { LOOK_EVERY_MS = 60 * 1000, AGAIN_MS = 600 * 1000 };

struct forecast_recorder {
    struct house *house;
    struct worker *worker;
    day_t done;
};

static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct forecast_recorder *recorder = self;
    day_t today = moment_now(recorder->house->insight).day;
    size_t recorded;
    if (today == recorder->done) return OK;
    enum status status = forecast_record(recorder->house, &recorded, problem);
    if (status)
        turn->rest_ms = AGAIN_MS;
    else
        recorder->done = today;
    return status;
}

enum status forecast_recorder_start(struct house *house, struct forecast_recorder **ret,
                                    struct problem *problem) {
    struct forecast_recorder *recorder = memory_new(sizeof *recorder);
    *recorder = (struct forecast_recorder){.house = house, .done = INT32_MIN};
    enum status status = worker_start(&(struct worker_job){.what = "record the chances of renewals",
                                                           .house = house,
                                                           .turn = turn,
                                                           .self = recorder,
                                                           .first_ms = FIRST_MS,
                                                           .every_ms = LOOK_EVERY_MS,
                                                           .nice = 10},
                                      &recorder->worker, problem);
    if (status)
        forecast_recorder_stop(recorder);
    else
        *ret = recorder;
    return status;
}

void forecast_recorder_stop(struct forecast_recorder *recorder) {
    if (!recorder) return;
    worker_stop(recorder->worker);
    free(recorder);
}
