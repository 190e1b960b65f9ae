#include "insight/health_live.h"

#include "base/log.h"
#include "base/vec.h"
#include "platform/notices.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

enum { TAKE_MOST = 65536, WAIT_MS = 500, CLOSE_EVERY_MS = 60 * 1000 };

/* What stands of an account: published, and as last written to the history. */
struct standing {
    struct live_score live;
    uint32_t card; /* number in cards, or DICT_NONE */
    int64_t version;
    bool judged, to_close;
    double shown_score;  /* of the newest row in the history */
    uint32_t shown_band;
    bool shown;
};

struct health_live {
    struct house *house;
    pthread_t thread;
    bool has_thread, stopping;
    pthread_rwlock_t lock; /* of the standings */
    struct standing *accounts;
    size_t n, capacity;
    struct dict *bands, cards;
    struct arena cards_arena; /* of the card set and the peers of the last whole pass */
    struct card_set set;
    struct peer_values **peers;
    day_t day; /* of the last whole pass */
    int64_t closed_at; /* monotonic */
    uint32_t *taken;
};

static void make_room(struct health_live *live, size_t n) {
    if (n <= live->n) return;
    pthread_rwlock_wrlock(&live->lock);
    if (n > live->capacity) {
        live->capacity = n + n / 2 + 64;
        live->accounts = memory_resize(live->accounts, live->capacity * sizeof *live->accounts);
    }
    memset(live->accounts + live->n, 0, (n - live->n) * sizeof *live->accounts);
    live->n = n;
    pthread_rwlock_unlock(&live->lock);
}

static bool differs(double a, double b) {
    return isnan(a) != isnan(b) || (!isnan(a) && fabs(a - b) > 1e-9);
}

/* ---- history ---- */

static void put_row(struct rows *rows, const struct health_live *live, struct id account, const struct standing *standing, const char *kind) {
    day_t day = zone_day(live->house->zone, standing->live.at);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "day", day);
    rows_bind_int(rows, "at", standing->live.at);
    rows_bind_text(rows, "kind", str_of(kind));
    if (standing->card == DICT_NONE) rows_bind_null(rows, "card");
    else rows_bind_text(rows, "card", dict_key(&live->cards, standing->card));
    rows_bind_int(rows, "version", standing->version);
    if (isnan(standing->live.score)) rows_bind_null(rows, "score");
    else rows_bind_number(rows, "score", standing->live.score);
    if (standing->live.band == DICT_NONE) rows_bind_null(rows, "band");
    else rows_bind_text(rows, "band", dict_key(live->bands, standing->live.band));
    rows_bind_number(rows, "coverage", standing->live.coverage);
    while (rows_next(rows)) {}
}

static struct id account_id(const struct health_live *live, uint32_t index) {
    directory_lock(live->house->directory);
    struct id id = directory_account(live->house->directory, index)->id;
    directory_unlock(live->house->directory);
    return id;
}

/* Only the worker writes standings, so it may read them without the lock. */
static enum status write_band_changes(struct health_live *live, const uint32_t *changed, size_t n, struct problem *problem) {
    if (!n) return OK;
    struct session *session = NULL;
    enum status status = records_write(live->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_score_history_put);
    for (size_t i = 0; i < n; i++) {
        if (i) rows_again(rows);
        put_row(rows, live, account_id(live, changed[i]), &live->accounts[changed[i]], "band");
    }
    status = rows_close(rows, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    for (size_t i = 0; i < n; i++) live->accounts[changed[i]].shown_band = live->accounts[changed[i]].live.band;
    return OK;
}

static enum status write_closing_rows(struct health_live *live, struct problem *problem) {
    struct session *session = NULL;
    struct rows *close = NULL, *put = NULL;
    enum status status = OK;
    for (uint32_t i = 0; i < live->n && !status; i++) {
        struct standing *standing = &live->accounts[i];
        if (!standing->to_close) continue;
        if (!session && (status = records_write(live->house->records, &session, problem))) return status;
        if (!close) close = rows_open(session, &query_score_history_close);
        else rows_again(close);
        struct id id = account_id(live, i);
        rows_bind_id(close, "account", id);
        rows_bind_int(close, "day", zone_day(live->house->zone, standing->live.at));
        while (rows_next(close)) {}
        if (!put) put = rows_open(session, &query_score_history_put);
        else rows_again(put);
        put_row(put, live, id, standing, "day");
    }
    if (!session) return OK;
    status = rows_close(close, problem);
    struct problem second = {.arena = problem->arena};
    enum status put_status = rows_close(put, &second);
    if (!status && put_status) {
        status = put_status;
        *problem = second;
    }
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    for (size_t i = 0; i < live->n; i++) {
        struct standing *standing = &live->accounts[i];
        if (!standing->to_close) continue;
        standing->to_close = false;
        standing->shown = true;
        standing->shown_score = standing->live.score;
    }
    return OK;
}

/* What the history showed last, so that nothing is written twice after a start. */
static enum status read_shown(struct health_live *live, struct problem *problem) {
    struct arena arena = {0};
    struct session *session = NULL;
    enum status status = records_read(live->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_score_history_shown);
    rows_bind_int(rows, "before", INT64_MAX);
    while (rows_next(rows)) {
        directory_lock(live->house->directory);
        uint32_t index = directory_by_id(live->house->directory, rows_id(rows, 0));
        directory_unlock(live->house->directory);
        if (index == ACCOUNT_NONE || index >= live->n) continue;
        struct standing *standing = &live->accounts[index];
        standing->shown = true;
        standing->shown_score = rows_is_null(rows, 1) ? NAN : rows_number(rows, 1);
        standing->shown_band = rows_is_null(rows, 2) ? DICT_NONE : dict_put(live->bands, rows_text(rows, 2, &arena), NULL);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    arena_free(&arena);
    return status;
}

/* ---- judging ---- */

/* Publishes rows of an evaluation; collects the accounts whose band changed. */
static void publish(struct health_live *live, const struct health *health, uint32_t *changed, size_t *changed_count) {
    for (size_t i = 0; i < health->n; i++) {
        if (!health->present[i]) continue;
        struct standing *standing = &live->accounts[health->first + i];
        struct standing next = *standing;
        next.judged = true;
        next.live.at = health->moment.at;
        next.live.score = health->score[i];
        next.live.coverage = health->coverage[i];
        next.live.band = dict_put(live->bands, str_of(health_band_key(health, i)), NULL);
        const struct scorecard *card = health->card[i] < 0 ? NULL : health->set->cards[health->card[i]];
        next.card = card ? dict_put(&live->cards, card->key, NULL) : DICT_NONE;
        next.version = card ? card->version : 0;
        if (!next.shown || differs(next.live.score, next.shown_score)) next.to_close = true;
        if (!next.shown || next.live.band != next.shown_band) changed[(*changed_count)++] = health->first + (uint32_t)i;
        pthread_rwlock_wrlock(&live->lock);
        *standing = next;
        pthread_rwlock_unlock(&live->lock);
    }
}

static enum status judge_all(struct health_live *live, struct problem *problem) {
    struct house *house = live->house;
    struct arena arena = {0};
    struct health health;
    struct moment moment = moment_now(house->insight);
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    make_room(live, n);
    arena_free(&live->cards_arena);
    live->peers = NULL;
    enum status status = card_set_make(house, &moment, (struct str){0}, &live->cards_arena, &live->set, problem);
    if (!status) status = health_evaluate(house, &live->set, &moment, 0, n, NULL, &arena, &health, problem);
    if (!status) {
        uint32_t *changed = arena_array(&arena, n, sizeof *changed);
        size_t changed_count = 0;
        publish(live, &health, changed, &changed_count);
        live->day = moment.day;
        live->peers = arena_array(&live->cards_arena, live->set.n, sizeof *live->peers);
        for (size_t c = 0; c < live->set.n; c++) { /* peers outlive this pass: touched accounts are ranked among them */
            if (!health.peers[c]) continue;
            size_t measures = live->set.cards[c]->measure_count;
            live->peers[c] = arena_array(&live->cards_arena, measures, sizeof **live->peers);
            for (size_t m = 0; m < measures; m++) {
                const struct peer_values *peers = &health.peers[c][m];
                live->peers[c][m] = (struct peer_values){arena_copy(&live->cards_arena, peers->v, peers->n * sizeof *peers->v), peers->n};
            }
        }
        status = write_band_changes(live, changed, changed_count, problem);
    }
    arena_free(&arena);
    return status;
}

static enum status judge_some(struct health_live *live, const uint32_t *accounts, size_t n, struct problem *problem) {
    struct house *house = live->house;
    struct arena arena = {0};
    struct moment moment = moment_now(house->insight);
    VEC(uint32_t) changed = {0};
    enum status status = OK;
    directory_lock(house->directory);
    make_room(live, directory_size(house->directory));
    directory_unlock(house->directory);
    for (size_t i = 0; i < n && !status; i++) {
        if (accounts[i] >= live->n) continue;
        struct health health;
        status = health_evaluate(house, &live->set, &moment, accounts[i], 1, live->peers, &arena, &health, problem);
        if (status) break;
        VEC_RESERVE(&changed, 1);
        publish(live, &health, changed.v, &changed.n);
        arena_reset(&arena);
    }
    if (!status) status = write_band_changes(live, changed.v, changed.n, problem);
    VEC_FREE(&changed);
    arena_free(&arena);
    return status;
}

static enum status take_notices(struct health_live *live, int wait_ms, struct problem *problem) {
    struct house *house = live->house;
    unsigned kinds = 0;
    size_t n = notices_take(house->notices, live->taken, TAKE_MOST, wait_ms, &kinds);
    bool every = n && live->taken[0] == NOTICE_EVERY_ACCOUNT;
    bool new_day = zone_day(house->zone, clock_now(house->clock)) != live->day;
    enum status status = OK;
    if (every && kinds & (NOTICE_DIRECTORY | NOTICE_RECORDS)) status = insight_load(house->insight, problem);
    else if (kinds & NOTICE_CATALOGUE) status = insight_remake(house->insight, problem);
    for (size_t i = 0; i < n && !every && !status && kinds & (NOTICE_RECORDS | NOTICE_DIRECTORY); i++)
        status = insight_refresh(house->insight, live->taken[i], problem);
    if (!status && (every || new_day || kinds & NOTICE_CATALOGUE || n * 5 > live->n)) status = n || new_day ? judge_all(live, problem) : OK;
    else if (!status && n) status = judge_some(live, live->taken, n, problem);
    return status;
}

static bool stopping(struct health_live *live) {
    return __atomic_load_n(&live->stopping, __ATOMIC_ACQUIRE);
}

static void *work(void *self) {
    struct health_live *live = self;
    struct arena arena = {0};
    while (!stopping(live)) {
        struct problem problem = {.arena = &arena};
        enum status status = take_notices(live, WAIT_MS, &problem);
        if (!status && monotonic_ms() - live->closed_at >= CLOSE_EVERY_MS) {
            status = write_closing_rows(live, &problem);
            live->closed_at = monotonic_ms();
        }
        if (status && live->house->log) log_problem(live->house->log, "bring scores up to date", &problem);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

/* ---- the facts health and health_band ---- */

static enum status give_fact(void *self, struct str which, const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                             struct column *column, struct problem *problem) {
    struct health_live *live = self;
    bool band = str_is(which, "band");
    if (moment->now) {
        for (size_t i = 0; i < n; i++) {
            struct live_score score;
            if (!health_live_read(live, first + (uint32_t)i, &score) || (band ? score.band == DICT_NONE : isnan(score.score))) continue;
            column->number[i] = band ? score.band : score.score;
            column->state[i] = FACT_KNOWN;
            column->age_days[i] = 0;
        }
        return OK;
    }
    struct session *session = NULL;
    enum status status = records_read(live->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_score_history_shown);
    rows_bind_int(rows, "before", moment->at);
    while (rows_next(rows)) {
        directory_lock(live->house->directory);
        uint32_t index = directory_by_id(live->house->directory, rows_id(rows, 0));
        directory_unlock(live->house->directory);
        if (index == ACCOUNT_NONE || index < first || index - first >= n || rows_is_null(rows, band ? 2 : 1)) continue;
        uint32_t number = band ? dict_find(live->bands, rows_text(rows, 2, arena)) : 0;
        if (number == DICT_NONE) continue;
        column->number[index - first] = band ? number : rows_number(rows, 1);
        column->state[index - first] = FACT_KNOWN;
        column->age_days[index - first] = 0;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

bool health_live_read(struct health_live *live, uint32_t account, struct live_score *ret) {
    pthread_rwlock_rdlock(&live->lock);
    bool judged = account < live->n && live->accounts[account].judged;
    if (judged) *ret = live->accounts[account].live;
    pthread_rwlock_unlock(&live->lock);
    return judged;
}

enum status health_live_catch_up(struct health_live *live, struct problem *problem) {
    return take_notices(live, 0, problem);
}

enum status health_live_start(struct house *house, struct health_live **ret, struct problem *problem) {
    struct health_live *live = memory_new(sizeof *live);
    live->house = house;
    live->bands = &house->insight->bands;
    live->taken = memory_new(TAKE_MOST * sizeof *live->taken);
    live->closed_at = monotonic_ms();
    pthread_rwlock_init(&live->lock, NULL);
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    make_room(live, n);
    enum status status = read_shown(live, problem);
    house->insight->score = give_fact;
    house->insight->score_self = live;
    if (!status) status = judge_all(live, problem);
    int error = status ? 0 : pthread_create(&live->thread, NULL, work, live);
    if (error) status = fail_errno(problem, "start", "a thread", error);
    if (status) {
        health_live_stop(live);
        return status;
    }
    live->has_thread = true;
    *ret = live;
    return OK;
}

void health_live_stop(struct health_live *live) {
    if (!live) return;
    if (live->has_thread) {
        __atomic_store_n(&live->stopping, true, __ATOMIC_RELEASE);
        notices_stop(live->house->notices);
        pthread_join(live->thread, NULL);
        struct arena arena = {0};
        struct problem problem = {.arena = &arena};
        if (write_closing_rows(live, &problem) && live->house->log) log_problem(live->house->log, "write closing scores", &problem);
        arena_free(&arena);
    }
    live->house->insight->score = NULL;
    pthread_rwlock_destroy(&live->lock);
    arena_free(&live->cards_arena);
    dict_free(&live->cards);
    free(live->accounts);
    free(live->taken);
    free(live);
}
