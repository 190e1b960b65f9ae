#include "insight/health_live.h"

#include "base/log.h"
#include "base/vec.h"
#include "insight/fact_children.h"
#include "insight/segment_live.h"
#include "platform/broadcast.h"
#include "platform/notices.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <time.h>

/* Touched accounts gather for GATHER_MS before they are judged together, and in a burst for REST_TIMES what
 * judging the last ones took, so that it leaves the processors to the applier. */
enum {
    TAKE_MOST = 65536,
    WAIT_MS = 500,
    GATHER_MS = 50,
    REST_TIMES = 8,     /* of one of the two threads that judge: a fifth of a core */
    REST_MOST_MS = 500, /* a score follows within a second */
    CLOSE_EVERY_MS = 60 * 1000
};

/* What stands of an account: published, and as last written to the history. */
struct standing {
    struct live_score live;
    uint32_t card; /* number in cards, or DICT_NONE */
    int64_t version;
    bool judged, to_close;
    bool shown; /* the history has a row; its newest says: */
    double shown_score;
    uint32_t shown_band, shown_card;
    int64_t shown_version;
};

struct health_live {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t judging; /* one judge at a time: all below but what `lock` guards */
    uint64_t rounds;         /* atomic */
    pthread_mutex_t resting; /* of stopping */
    pthread_cond_t stop;
    bool stopping;
    pthread_rwlock_t lock; /* of the standings; the judge alone writes them and may read without */
    struct standing *accounts;
    size_t n, capacity;
    struct dict *bands, cards, titles;
    struct arena cards_arena; /* of the card set and the peers of the last whole pass */
    struct card_set set;
    struct peer_values **peers;
    double *overrides;      /* by account, NaN: none; as many as standings */
    instant_t override_end; /* when the next of them ends */
    day_t day;              /* of the last whole pass */
    int64_t closed_at;      /* monotonic */
    VEC(uint32_t) touched;  /* of the round, by notices or by themselves: their segments follow */
    uint32_t *taken;        /* TAKE_MOST */
    uint8_t *kinds;
};

static void make_room(struct health_live *live) {
    directory_lock(live->house->directory);
    size_t n = directory_size(live->house->directory);
    directory_unlock(live->house->directory);
    if (n <= live->n) return;
    pthread_rwlock_wrlock(&live->lock);
    if (n > live->capacity) {
        live->capacity = n + n / 2 + 64;
        live->accounts = memory_resize(live->accounts, live->capacity * sizeof *live->accounts);
        live->overrides = memory_resize(live->overrides, live->capacity * sizeof *live->overrides);
    }
    memset(live->accounts + live->n, 0, (n - live->n) * sizeof *live->accounts);
    for (size_t i = live->n; i < n; i++)
        live->overrides[i] = NAN;
    live->n = n;
    pthread_rwlock_unlock(&live->lock);
}

static bool differs(double a, double b) {
    return isnan(a) != isnan(b) || (!isnan(a) && fabs(a - b) > 1e-9);
}

/* ---- history ---- */

static void put_row(struct rows *rows, const struct health_live *live, struct id account,
                    const struct standing *standing, const char *kind) {
    day_t day = zone_day(live->house->zone, standing->live.at);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "day", day);
    rows_bind_int(rows, "at", standing->live.at);
    rows_bind_text(rows, "kind", str_of(kind));
    if (standing->card == DICT_NONE)
        rows_bind_null(rows, "card");
    else
        rows_bind_text(rows, "card", dict_key(&live->cards, standing->card));
    rows_bind_int(rows, "version", standing->version);
    if (isnan(standing->live.score))
        rows_bind_null(rows, "score");
    else
        rows_bind_number(rows, "score", standing->live.score);
    if (standing->live.band == DICT_NONE)
        rows_bind_null(rows, "band");
    else
        rows_bind_text(rows, "band", dict_key(live->bands, standing->live.band));
    rows_bind_number(rows, "coverage", standing->live.coverage);
    while (rows_next(rows)) {
    }
}

static struct id account_id(const struct health_live *live, uint32_t index) {
    directory_lock(live->house->directory);
    struct id id = directory_account(live->house->directory, index)->id;
    directory_unlock(live->house->directory);
    return id;
}

static enum status write_band_changes(struct health_live *live, const uint32_t *changed, size_t n,
                                      struct problem *problem) {
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
    for (size_t i = 0; i < n; i++)
        live->accounts[changed[i]].shown_band = live->accounts[changed[i]].live.band;
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
        if (!close)
            close = rows_open(session, &query_score_history_close);
        else
            rows_again(close);
        struct id id = account_id(live, i);
        rows_bind_id(close, "account", id);
        rows_bind_int(close, "day", zone_day(live->house->zone, standing->live.at));
        while (rows_next(close)) {
        }
        if (!put)
            put = rows_open(session, &query_score_history_put);
        else
            rows_again(put);
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
        standing->shown_band = standing->live.band;
        standing->shown_card = standing->card;
        standing->shown_version = standing->version;
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
        standing->shown_band =
            rows_is_null(rows, 2) ? DICT_NONE : dict_put(live->bands, rows_text(rows, 2, &arena), NULL);
        standing->shown_card =
            rows_is_null(rows, 3) ? DICT_NONE : dict_put(&live->cards, rows_text(rows, 3, &arena), NULL);
        standing->shown_version = rows_int(rows, 4);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    arena_free(&arena);
    return status;
}

/* ---- judging ---- */

static struct text keep_title(struct health_live *live, struct text title) {
    const char *en = dict_key(&live->titles, dict_put(&live->titles, str_of(title.en), NULL)).p;
    return (struct text){
        en, title.fa ? dict_key(&live->titles, dict_put(&live->titles, str_of(title.fa), NULL)).p : en};
}

/* Publishes rows of an evaluation; collects the accounts whose band changed. A first band is no change: the
 * closing row tells it. */
static void publish(struct health_live *live, const struct health *health, uint32_t *changed,
                    size_t *changed_count) {
    pthread_rwlock_wrlock(&live->lock);
    for (size_t i = 0; i < health->n; i++) {
        struct standing *standing = &live->accounts[health->first + i];
        standing->judged = health->present[i];
        standing->to_close &= health->present[i];
        if (!health->present[i]) continue;
        const struct scorecard *card = health->card[i] < 0 ? NULL : health->set->cards[health->card[i]];
        uint32_t band = dict_put(live->bands, str_of(health_band_key(health, i)), NULL);
        if (differs(standing->live.score, health->score[i]) || standing->live.band != band)
            broadcast_account(live->house->broadcast, health->first + (uint32_t)i, NEWS_HEALTH);
        standing->live.at = health->moment.at;
        standing->live.score = health->score[i];
        standing->live.coverage = health->coverage[i];
        standing->live.band = band;
        standing->card = card ? dict_put(&live->cards, card->key, NULL) : DICT_NONE;
        standing->version = card ? card->version : 0;
        standing->live.card = card ? dict_key(&live->cards, standing->card) : (struct str){0};
        standing->live.version = standing->version;
        standing->live.band_place = card ? health->band[i] : BAND_UNKNOWN;
        standing->live.band_count = card ? (uint8_t)card->band_count : 0;
        standing->live.band_title = keep_title(live, health_band_title(health, i));
        bool other_band = standing->live.band != standing->shown_band;
        standing->to_close |=
            !standing->shown || other_band || differs(standing->live.score, standing->shown_score) ||
            standing->card != standing->shown_card || standing->version != standing->shown_version;
        if (standing->shown && other_band) changed[(*changed_count)++] = health->first + (uint32_t)i;
    }
    pthread_rwlock_unlock(&live->lock);
}

/* Peers outlive their pass: touched accounts are ranked among them. */
static struct peer_values **keep_peers(const struct health *health, struct arena *arena) {
    const struct card_set *set = health->set;
    struct peer_values **peers = arena_array(arena, set->n, sizeof *peers);
    for (size_t c = 0; c < set->n; c++) {
        if (!health->peers[c]) continue;
        size_t measures = set->cards[c]->measure_count;
        peers[c] = arena_array(arena, measures, sizeof **peers);
        for (size_t m = 0; m < measures; m++) {
            const struct peer_values *of = &health->peers[c][m];
            peers[c][m] = (struct peer_values){arena_copy(arena, of->v, of->n * sizeof *of->v), of->n};
        }
    }
    return peers;
}

/* Cards that cannot be compiled any more leave everything as it stands. */
static enum status judge_all(struct health_live *live, const struct moment *moment, struct problem *problem) {
    struct house *house = live->house;
    struct arena arena = {0}, cards_arena = {0};
    struct health health;
    struct card_set set;
    struct health_known known = {.overrides = live->overrides, .override_count = live->n};
    enum status status = card_set_make(house, moment, (struct str){0}, &cards_arena, &set, problem);
    if (!status) status = health_evaluate(house, &set, moment, 0, live->n, &known, &arena, &health, problem);
    if (!status) {
        uint32_t *changed = arena_array(&arena, live->n, sizeof *changed);
        size_t changed_count = 0;
        publish(live, &health, changed, &changed_count);
        live->day = moment->day;
        live->peers = keep_peers(&health, &cards_arena);
        live->set = set;
        struct arena old = live->cards_arena;
        live->cards_arena = cards_arena;
        cards_arena = old;
        status = write_band_changes(live, changed, changed_count, problem);
    }
    arena_free(&cards_arena);
    arena_free(&arena);
    return status;
}

static enum status judge_some(struct health_live *live, const uint32_t *accounts, size_t n,
                              const struct moment *moment, struct problem *problem) {
    struct arena arena = {0};
    struct health_known known = {live->peers, live->overrides, live->n};
    VEC(uint32_t) changed = {0};
    enum status status = OK;
    VEC_RESERVE(&changed, n);
    for (size_t i = 0; i < n && !status; i++) {
        if (accounts[i] >= live->n) continue;
        struct health health;
        status = health_evaluate(live->house, &live->set, moment, accounts[i], 1, &known, &arena, &health,
                                 problem);
        if (!status) publish(live, &health, changed.v, &changed.n);
        arena_reset(&arena);
    }
    if (!status) status = write_band_changes(live, changed.v, changed.n, problem);
    VEC_FREE(&changed);
    arena_free(&arena);
    return status;
}

/* What is rolled up from children changes with them. */
static enum status judge_ancestors(struct health_live *live, size_t n, const struct moment *moment,
                                   struct problem *problem) {
    enum { DEEPEST = 64 };
    if (!catalogue_has_children(insight_catalogue(live->house->insight))) return OK;
    size_t before = live->touched.n;
    for (size_t i = 0; i < n; i++) {
        uint32_t line[DEEPEST];
        size_t found = account_ancestors(live->house->insight, live->taken[i], line, DEEPEST);
        for (size_t k = 0; k < found; k++)
            VEC_PUSH(&live->touched, line[k]);
    }
    return judge_some(live, live->touched.v + before, live->touched.n - before, moment, problem);
}

/* Overrides begin with a notice and end by themselves. Rereads them and judges those for whom they changed.
 */
static enum status follow_overrides(struct health_live *live, const struct moment *moment, bool judge,
                                    struct problem *problem) {
    double *now = memory_new((live->n + 1) * sizeof *now);
    VEC(uint32_t) changed = {0};
    enum status status =
        health_read_overrides(live->house, moment->at, now, 0, live->n, &live->override_end, problem);
    for (size_t i = 0; i < live->n && !status; i++) {
        if (differs(now[i], live->overrides[i])) {
            VEC_PUSH(&changed, (uint32_t)i);
            VEC_PUSH(&live->touched, (uint32_t)i);
        }
        live->overrides[i] = now[i];
    }
    if (!status && judge) status = judge_some(live, changed.v, changed.n, moment, problem);
    VEC_FREE(&changed);
    free(now);
    return status;
}

/* Signals of records that the touched accounts have: reread where records or the directory say so, not for
 * usage alone. */
static enum status follow_records(struct health_live *live, size_t n, unsigned kinds, bool every,
                                  struct problem *problem) {
    enum { OF_RECORDS = NOTICE_RECORDS | NOTICE_DIRECTORY, RECORDS_LEAST = 100, ONE_BY_ONE_TIMES = 50 };
    struct insight *insight = live->house->insight;
    enum status status = OK;
    if (every && kinds & (OF_RECORDS | NOTICE_PREDICTIONS)) return insight_load(insight, problem);
    if (kinds & NOTICE_CATALOGUE) status = insight_remake(insight, problem);
    size_t of_records = 0;
    for (size_t i = 0; i < n && !every; i++)
        of_records += (live->kinds[i] & OF_RECORDS) != 0;
    /* One by one an account costs as much as so many of them in a row. */
    if (!status && of_records > RECORDS_LEAST && of_records * ONE_BY_ONE_TIMES > live->n)
        return insight_load(insight, problem);
    for (size_t i = 0; i < n && !every && !status; i++) {
        if (live->kinds[i] & OF_RECORDS)
            status = insight_refresh(insight, live->taken[i], NULL, problem);
        else if (live->kinds[i] &
                 NOTICE_PREDICTIONS) /* of many accounts at once, when they are foretold anew */
            status = insight_refresh(insight, live->taken[i], "predictions", problem);
    }
    return status;
}

/* One round: takes what notices there are and brings everything that they touch up to date. What fails is
 * asked for again. */
static enum status follow(struct health_live *live, struct problem *problem) {
    struct house *house = live->house;
    unsigned kinds = 0;
    struct moment moment = moment_now(house->insight);
    if (catalogue_is_crowded(insight_catalogue(house->insight)))
        notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    size_t n = notices_take(house->notices, live->taken, live->kinds, TAKE_MOST, 0, &kinds);
    bool every = n && live->taken[0] == NOTICE_EVERY_ACCOUNT, new_day = moment.day != live->day;
    bool of_records = kinds & (NOTICE_RECORDS | NOTICE_DIRECTORY), ended = moment.at >= live->override_end;
    if (!n && !new_day && !ended) return OK;
    bool all = every || new_day || kinds & NOTICE_CATALOGUE || n * 5 > live->n;
    enum status status = OK;
    live->touched.n = 0;
    if (new_day) status = write_closing_rows(live, problem); /* of the day that has ended */
    if (!status) status = follow_records(live, n, kinds, every, problem);
    make_room(live);
    if (!status && (of_records || new_day || ended)) status = follow_overrides(live, &moment, !all, problem);
    if (!status && all)
        status = judge_all(live, &moment, problem);
    else if (!status && n)
        status = judge_some(live, live->taken, n, &moment, problem);
    for (size_t i = 0; i < n && !all; i++)
        VEC_PUSH(&live->touched, live->taken[i]);
    if (!status && n && !all) status = judge_ancestors(live, n, &moment, problem);
    if (!status)
        status =
            segment_live_follow(house->segments, live->touched.v, live->touched.n, all, &moment, problem);
    for (size_t i = 0; i < n && status; i++)
        notices_put(house->notices, live->taken[i], live->kinds[i]);
    if (status && all) notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_USAGE);
    __atomic_add_fetch(&live->rounds, 1, __ATOMIC_RELEASE);
    return status;
}

/* Until the time is over or the worker is to stop. */
static bool rest(struct health_live *live, int ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&live->resting);
    while (!live->stopping && !pthread_cond_timedwait(&live->stop, &live->resting, &until)) {
    }
    bool stopping = live->stopping;
    pthread_mutex_unlock(&live->resting);
    return !stopping;
}

/* Processor time of this thread. */
static int64_t own_ms(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void *work(void *self) {
    struct health_live *live = self;
    /* As the applier: what a person or a client waits for goes first (its own thread alone; its helpers
     * inherit it). */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    struct arena arena = {0};
    unsigned kinds;
    bool failed = false;
    int gather_ms = GATHER_MS;
    do {
        if (!failed) notices_take(live->house->notices, NULL, NULL, 0, WAIT_MS, &kinds); /* waits only */
        if (!rest(live, failed ? WAIT_MS : gather_ms)) break;
        struct problem problem = {.arena = &arena};
        pthread_mutex_lock(&live->judging);
        int64_t begun = own_ms();
        enum status status = follow(live, &problem);
        int64_t rest_ms = REST_TIMES * (own_ms() - begun);
        gather_ms = (int)(rest_ms < GATHER_MS ? GATHER_MS : rest_ms > REST_MOST_MS ? REST_MOST_MS : rest_ms);
        if (!status && monotonic_ms() - live->closed_at >= CLOSE_EVERY_MS) {
            status = write_closing_rows(live, &problem);
            live->closed_at = monotonic_ms();
        }
        pthread_mutex_unlock(&live->judging);
        if (status && live->house->log) log_problem(live->house->log, "bring scores up to date", &problem);
        failed = status != OK;
        arena_reset(&arena);
    } while (rest(live, 0));
    arena_free(&arena);
    return NULL;
}

/* ---- the facts health and health_band ---- */

static enum status give_fact(void *self, struct str which, const struct moment *moment, uint32_t first,
                             size_t n, struct arena *arena, struct column *column, struct problem *problem) {
    struct health_live *live = self;
    bool band = str_is(which, "band");
    if (moment->now) {
        pthread_rwlock_rdlock(&live->lock);
        for (size_t i = 0; i < n && first + i < live->n; i++) {
            const struct standing *standing = &live->accounts[first + i];
            if (!standing->judged || (band ? standing->live.band == DICT_NONE : isnan(standing->live.score)))
                continue;
            column->number[i] = band ? standing->live.band : standing->live.score;
            column->state[i] = FACT_KNOWN;
            column->age_days[i] = 0;
        }
        pthread_rwlock_unlock(&live->lock);
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
        if (index == ACCOUNT_NONE || index < first || index - first >= n || rows_is_null(rows, band ? 2 : 1))
            continue;
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

uint64_t health_live_rounds(const struct health_live *live) {
    return __atomic_load_n(&live->rounds, __ATOMIC_ACQUIRE);
}

enum status health_live_catch_up(struct health_live *live, struct problem *problem) {
    pthread_mutex_lock(&live->judging);
    enum status status = follow(live, problem);
    pthread_mutex_unlock(&live->judging);
    return status;
}

static void free_live(struct health_live *live) {
    live->house->insight->score = NULL;
    pthread_rwlock_destroy(&live->lock);
    pthread_mutex_destroy(&live->judging);
    pthread_mutex_destroy(&live->resting);
    pthread_cond_destroy(&live->stop);
    arena_free(&live->cards_arena);
    dict_free(&live->cards);
    dict_free(&live->titles);
    segment_live_stop(live->house->segments);
    live->house->segments = NULL;
    VEC_FREE(&live->touched);
    free(live->accounts);
    free(live->overrides);
    free(live->taken);
    free(live->kinds);
    free(live);
}

enum status health_live_start(struct house *house, struct health_live **ret, struct problem *problem) {
    struct health_live *live = memory_new(sizeof *live);
    struct moment moment = moment_now(house->insight);
    live->house = house;
    live->bands = &house->insight->bands;
    live->taken = memory_new(TAKE_MOST * sizeof *live->taken);
    live->kinds = memory_new(TAKE_MOST);
    live->closed_at = monotonic_ms();
    pthread_rwlock_init(&live->lock, NULL);
    pthread_mutex_init(&live->judging, NULL);
    pthread_mutex_init(&live->resting, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&live->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    house->insight->score_self = live;
    house->insight->score = give_fact;
    make_room(live);
    enum status status = read_shown(live, problem);
    if (!status) status = follow_overrides(live, &moment, false, problem);
    if (!status) status = judge_all(live, &moment, problem);
    if (!status) status = segment_live_start(house, &house->segments, problem);
    int error = status ? 0 : pthread_create(&live->thread, NULL, work, live);
    if (error) status = fail_errno(problem, "start", "a thread", error);
    if (status) {
        free_live(live);
        return status;
    }
    *ret = live;
    return OK;
}

void health_live_stop(struct health_live *live) {
    if (!live) return;
    pthread_mutex_lock(&live->resting);
    live->stopping = true;
    pthread_cond_broadcast(&live->stop);
    pthread_mutex_unlock(&live->resting);
    notices_stop(live->house->notices);
    pthread_join(live->thread, NULL);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    if (write_closing_rows(live, &problem) && live->house->log)
        log_problem(live->house->log, "write closing scores", &problem);
    arena_free(&arena);
    free_live(live);
}
