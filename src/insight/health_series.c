#include "insight/health_series.h"

#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/health_live.h"
#include "insight/overview.h"
#include "insight/score_memory.h"
#include "queries.h"

#include <math.h>

enum { MOST_WEEKS = 104 };

const struct route_query health_series_query[] = {
    {"weeks", "How many weeks back from as_of; 26 unless given, 104 at most."},
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {NULL, NULL},
};

struct point {
    day_t day; /* as of its start; of the last one: now */
    double score;
    struct str band;
    bool shown, has;
};

/* Rows come newest first: a point takes the newest before it. */
static enum status read_shown(struct request *request, struct id account, struct point *points, size_t n,
                              struct problem *problem) {
    struct house *house = request->house;
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_score_history_list);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "before", zone_start(house->zone, points[n - 1].day));
    rows_bind_int(rows, "limit", MOST_WEEKS * 7 * 4);
    size_t next = n; /* points from here on have theirs */
    while (next > 0 && rows_next(rows)) {
        instant_t at = rows_int(rows, 1);
        while (next > 0 && at < zone_start(house->zone, points[next - 1].day)) {
            struct point *point = &points[--next];
            point->shown = point->has = true;
            point->score = rows_is_null(rows, 5) ? NAN : rows_number(rows, 5);
            point->band = rows_is_null(rows, 6) ? STR("unknown") : rows_text(rows, 6, request->arena);
        }
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static enum status recompute(struct request *request, uint32_t account, struct point *point,
                             struct problem *problem) {
    struct arena scratch = {0};
    struct house *house = request->house;
    struct moment moment = moment_of_day(house->insight, point->day);
    struct card_set set;
    struct health health;
    enum status status = card_set_make(house, &moment, (struct str){0}, &scratch, &set, problem);
    if (!status) status = health_evaluate(house, &set, &moment, account, 1, NULL, &scratch, &health, problem);
    if (!status) {
        point->has = health.present[0];
        point->score = health.score[0];
        point->band = str_copy(request->arena, str_of(health_band_key(&health, 0)));
    }
    arena_free(&scratch);
    return status;
}

enum status health_series_handle(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct house *house = request->house;
    struct moment moment;
    uint32_t account;
    int64_t weeks = 26;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "weeks", 1, MOST_WEEKS, &weeks, problem);
    if (status) return status;
    size_t n = (size_t)weeks + 1;
    struct point *points = arena_array(request->arena, n, sizeof *points);
    for (size_t i = 0; i < n; i++)
        points[i] = (struct point){.day = moment.day - 7 * (day_t)(n - 1 - i), .score = NAN};
    directory_lock(house->directory);
    struct id id = directory_account(house->directory, account)->id;
    directory_unlock(house->directory);
    status = read_shown(request, id, points, n, problem);
    struct live_score live;
    if (!status && moment.now && health_live_read(house->health, account, &live)) {
        points[n - 1] = (struct point){moment.day, live.score,
                                       live.band == DICT_NONE ? STR("unknown")
                                                              : dict_key(&house->insight->bands, live.band),
                                       true, true};
    }
    for (size_t i = 0; i < n && !status; i++)
        if (!points[i].has) status = recompute(request, account, &points[i], problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++) {
        if (!points[i].has) continue; /* not a customer yet */
        json_begin_object(&w);
        put_day(&w, "day", points[i].day);
        json_put_number(&w, "score", points[i].score);
        json_put_string(&w, "band", points[i].band);
        json_put_bool(&w, "shown", points[i].shown);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
