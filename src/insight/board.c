#include "insight/board.h"

#include "base/collate.h"
#include "customers/directory.h"
#include "insight/board_past.h"
#include "insight/health_live.h"
#include "platform/settings.h"
#include "platform/worker.h"
#include "queries.h"

#include <math.h>
#include <time.h>

enum { LOOK_MS = 200, REST_MS = 1000, REST_TIMES = 8, PAST_REST_MS = 60000, PAST_REST_TIMES = 20 };

struct board_keeper {
    struct house *house;
    struct worker *worker;
    pthread_mutex_t lock; /* of board */
    struct board *board;
    pthread_mutex_t pasting; /* one maker of the past at a time; taken before making */
    pthread_mutex_t making;  /* one maker at a time: of what follows */
    uint64_t version;
    uint64_t rounds; /* of the live scores when the board was made */
    struct board_names *names;
    struct board_past *past;
    int64_t past_at, past_cost; /* monotonic: when it was made, how long that took */
    struct search_index *index;
    uint64_t indexed; /* rounds that the index knows */
    size_t indexed_n; /* accounts that it knows */
    uint64_t touches; /* atomic */
};

/* ---- holding ---- */

static void names_release(struct board_names *names) {
    if (!names || __atomic_sub_fetch(&names->holders, 1, __ATOMIC_ACQ_REL)) return;
    free(names->address);
    free(names->place[ENGLISH]);
    free(names->place[PERSIAN]);
    free(names);
}

void board_release(struct board *board) {
    if (!board || __atomic_sub_fetch(&board->holders, 1, __ATOMIC_ACQ_REL)) return;
    board_forget(board);
    names_release(board->names);
    board_past_release(board->past);
    pthread_mutex_destroy(&board->lock);
    struct arena arena = board->arena;
    free(board);
    arena_free(&arena);
}

static struct board *held(struct board_keeper *keeper) {
    pthread_mutex_lock(&keeper->lock);
    struct board *board = keeper->board;
    if (board) __atomic_add_fetch(&board->holders, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&keeper->lock);
    return board;
}

void board_touched(struct board_keeper *keeper) {
    if (keeper) __atomic_add_fetch(&keeper->touches, 1, __ATOMIC_RELEASE);
}

struct search_index *board_index(struct board_keeper *keeper) {
    return keeper->index;
}

/* ---- names in their order ---- */

struct named {
    struct str key;
    uint32_t account;
};

static int by_key(const void *a, const void *b) {
    const struct named *x = a, *y = b;
    int order = str_compare(x->key, y->key);
    return order ? order : (x->account > y->account) - (x->account < y->account);
}

static bool same_names(const struct board_names *names, const struct board *board) {
    if (!names || names->n != board->n) return false;
    for (size_t i = 0; i < board->n; i++)
        if (names->address[i] != board->accounts[i].name.p) return false;
    return true;
}

static struct board_names *make_names(const struct board *board) {
    struct board_names *names = memory_new(sizeof *names);
    names->holders = 1;
    names->n = board->n;
    names->address = memory_new((board->n + 1) * sizeof *names->address);
    for (size_t i = 0; i < board->n; i++)
        names->address[i] = board->accounts[i].name.p;
    for (int language = ENGLISH; language <= PERSIAN; language++) {
        struct arena scratch = {0};
        struct collator *collator = collator_open((enum language)language);
        struct named *order = arena_array(&scratch, board->n + 1, sizeof *order);
        for (size_t i = 0; i < board->n; i++)
            order[i] = (struct named){collator_key(collator, board->accounts[i].name, &scratch), (uint32_t)i};
        qsort(order, board->n, sizeof *order, by_key);
        names->place[language] = memory_new((board->n + 1) * sizeof(uint32_t));
        for (size_t i = 0; i < board->n; i++)
            names->place[language][order[i].account] = (uint32_t)i;
        collator_close(collator);
        arena_free(&scratch);
    }
    return names;
}

/* ---- making ---- */

static int by_member(const void *a, const void *b) {
    return memcmp(((const struct board_member *)a)->id.b, ((const struct board_member *)b)->id.b,
                  sizeof(struct id));
}

static enum status read_members(struct house *house, struct board *board, struct problem *problem) {
    struct session *session = NULL;
    VEC(struct board_member) members = {0};
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_names);
    while (rows_next(rows))
        VEC_PUSH(&members, (struct board_member){rows_id(rows, 0), rows_text(rows, 1, &board->arena)});
    status = rows_close(rows, problem);
    session_rollback(session);
    board->members = arena_copy(&board->arena, members.v, members.n * sizeof *members.v);
    board->member_n = members.n;
    qsort(board->members, board->member_n, sizeof *board->members, by_member);
    VEC_FREE(&members);
    return status;
}

struct str board_member_name(const struct board *board, struct id id) {
    struct board_member key = {id, {0}}, *found = NULL;
    if (board->member_n) found = bsearch(&key, board->members, board->member_n, sizeof key, by_member);
    return found ? found->name : (struct str){0};
}

static enum status fill(struct house *house, struct board *board, struct problem *problem) {
    static const char *const keys[BOARD_FACTS] = {
        [BOARD_ARR] = "arr",   [BOARD_RENEWAL] = "days_to_renewal", [BOARD_STAGE] = "stage",
        [BOARD_TAGS] = "tags", [BOARD_HEALTH] = "health",           [BOARD_BAND] = "health_band"};
    uint32_t facts[BOARD_FACTS];
    board->moment = moment_now(house->insight);
    board->catalogue = insight_catalogue(house->insight);
    directory_lock(house->directory);
    board->n = directory_size(house->directory);
    board->accounts = arena_array(&board->arena, board->n + 1, sizeof *board->accounts);
    for (size_t i = 0; i < board->n; i++)
        board->accounts[i] = *directory_account(house->directory, (uint32_t)i);
    directory_unlock(house->directory);
    board->present = arena_alloc(&board->arena, board->n + 1);
    for (size_t i = 0; i < board->n; i++)
        board->present[i] = !board->accounts[i].merged;
    for (int i = 0; i < BOARD_FACTS; i++) {
        facts[i] = catalogue_find(board->catalogue, str_of(keys[i]));
        board->texts[i] = catalogue_fact(board->catalogue, facts[i])->texts;
    }
    board->currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, &board->arena);
    board->overrides = arena_array(&board->arena, board->n + 1, sizeof *board->overrides);
    enum status status =
        health_read_overrides(house, board->moment.at, board->overrides, 0, board->n, NULL, problem);
    if (status) return status;
    status = facts_evaluate(house->insight, board->catalogue, facts, BOARD_FACTS, &board->moment, 0, board->n,
                            &board->arena, board->facts, problem);
    return status ? status : read_members(house, board, problem);
}

/* Under the lock of making. */
static void index_names(struct board_keeper *keeper, const struct board *board) {
    if (keeper->indexed == keeper->rounds && keeper->indexed_n == board->n && board->names == keeper->names &&
        board->version > 1)
        return;
    VEC(struct search_item) items = {0};
    for (size_t i = 0; i < board->n; i++)
        if (board->present[i])
            VEC_PUSH(&items, (struct search_item){SEARCH_ACCOUNTS,
                                                  (uint32_t)i,
                                                  {board->accounts[i].name, board->accounts[i].key}});
    struct insight *insight = keeper->house->insight;
    pthread_rwlock_rdlock(&insight->lock);
    const struct contact_table *table = &insight->contacts;
    for (size_t slot = 0; slot < table->n; slot++) {
        const struct contact_row *row = &table->rows[slot];
        if (!row->here || row->to != INT64_MAX || row->account == ACCOUNT_NONE) continue;
        struct search_item item = {.kind = SEARCH_CONTACTS, .number = (uint32_t)slot};
        if (row->name != DICT_NONE) item.texts[0] = dict_key(&table->texts, row->name);
        if (row->email != DICT_NONE) item.texts[1] = dict_key(&table->texts, row->email);
        VEC_PUSH(&items, item);
    }
    pthread_rwlock_unlock(&insight->lock);
    search_index_put(keeper->index, items.v, items.n);
    VEC_FREE(&items);
    keeper->indexed = keeper->rounds;
    keeper->indexed_n = board->n;
}

/* Under the lock of making. */
static enum status make(struct board_keeper *keeper, bool renew, struct problem *problem) {
    struct house *house = keeper->house;
    struct board *board = memory_new(sizeof *board);
    board->holders = 1;
    board->version = ++keeper->version;
    pthread_mutex_init(&board->lock, NULL);
    board->touches = __atomic_load_n(&keeper->touches, __ATOMIC_ACQUIRE);
    keeper->rounds = health_live_rounds(house->health);
    enum status status = fill(house, board, problem);
    if (status) {
        board_release(board);
        return status;
    }
    if (!same_names(keeper->names, board)) {
        names_release(keeper->names);
        keeper->names = make_names(board);
    }
    board->names = keeper->names;
    __atomic_add_fetch(&board->names->holders, 1, __ATOMIC_RELAXED);
    board->past = keeper->past;
    if (board->past) __atomic_add_fetch(&board->past->holders, 1, __ATOMIC_RELAXED);
    index_names(keeper, board);
    struct board *before = renew ? held(keeper) : NULL;
    if (before) board_renew(house, before, board);
    board_release(before);
    pthread_mutex_lock(&keeper->lock);
    struct board *old = keeper->board;
    keeper->board = board;
    pthread_mutex_unlock(&keeper->lock);
    board_release(old);
    return OK;
}

/* Brings the scores up to date first: what was changed by a request touched them. */
static enum status make_after_touches(struct board_keeper *keeper, struct problem *problem) {
    pthread_mutex_lock(&keeper->making);
    struct board *board = held(keeper);
    enum status status = OK;
    bool behind = !board || board->touches != __atomic_load_n(&keeper->touches, __ATOMIC_ACQUIRE);
    board_release(board);
    if (behind) status = health_live_catch_up(keeper->house->health, problem);
    if (behind && !status) status = make(keeper, false, problem);
    pthread_mutex_unlock(&keeper->making);
    return status;
}

enum status board_hold(struct house *house, struct board **ret, struct problem *problem) {
    struct board_keeper *keeper = house->board;
    struct board *board = held(keeper);
    if (board && board->touches == __atomic_load_n(&keeper->touches, __ATOMIC_ACQUIRE)) {
        *ret = board;
        return OK;
    }
    board_release(board);
    enum status status = make_after_touches(keeper, problem);
    if (!status) *ret = held(keeper);
    return status;
}

enum status board_hold_settled(struct house *house, struct board **ret, struct problem *problem) {
    enum status status = board_hold(house, ret, problem);
    if (status || (*ret)->past) return status;
    board_release(*ret);
    if ((status = board_settle(house, problem))) return status;
    return board_hold(house, ret, problem);
}

/* ---- weeks ---- */

bool board_weeks(const struct board *board, uint32_t account, double out[BOARD_WEEKS]) {
    for (int w = 0; w < BOARD_WEEKS; w++)
        out[w] = board->past && account < board->past->n ? (double)board->past->score[account][w] : NAN;
    const struct column *health = &board->facts[BOARD_HEALTH];
    out[BOARD_WEEKS - 1] = health->state[account] == FACT_KNOWN ? health->number[account] : NAN;
    return board->past != NULL;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool board_change(const struct board *board, uint32_t account, double *change, bool *real) {
    double weeks[BOARD_WEEKS], steps[BOARD_WEEKS];
    size_t n = 0;
    if (!board_weeks(board, account, weeks)) return false;
    *change = weeks[BOARD_WEEKS - 1] - weeks[BOARD_WEEKS - 1 - BOARD_CHANGE_WEEKS];
    if (isnan(*change)) return false;
    for (int w = 1; w < BOARD_WEEKS; w++)
        if (!isnan(weeks[w] - weeks[w - 1])) steps[n++] = fabs(weeks[w] - weeks[w - 1]);
    qsort(steps, n, sizeof *steps, by_size);
    double median = !n ? 0 : n % 2 ? steps[n / 2] : (steps[n / 2 - 1] + steps[n / 2]) / 2;
    double noise = 2 * 1.4826 * median * sqrt(BOARD_CHANGE_WEEKS);
    *real = fabs(*change) >= 3 && fabs(*change) > noise;
    return true;
}

/* ---- the worker ---- */

/* Takes long; no reader waits for it. Under the lock of pasting. */
static enum status remake_past(struct board_keeper *keeper, bool at_once, bool *made,
                               struct problem *problem) {
    *made = false;
    bool stale = board_past_stale(keeper->house, keeper->past);
    int64_t now = monotonic_ms(), wait = keeper->past_cost * PAST_REST_TIMES;
    if (wait < PAST_REST_MS) wait = PAST_REST_MS;
    bool other_day = !keeper->past || keeper->past->day != moment_now(keeper->house->insight).day;
    if (!stale || (!at_once && !other_day && now - keeper->past_at < wait)) return OK;
    struct board_past *past = NULL;
    enum status status = board_past_make(keeper->house, &past, problem);
    if (status) return status;
    keeper->past_at = monotonic_ms();
    keeper->past_cost = keeper->past_at - now;
    pthread_mutex_lock(&keeper->making);
    board_past_release(keeper->past);
    keeper->past = past;
    pthread_mutex_unlock(&keeper->making);
    *made = true;
    return OK;
}

static enum status renew_past(struct board_keeper *keeper, bool at_once, bool *made,
                              struct problem *problem) {
    pthread_mutex_lock(&keeper->pasting);
    enum status status = remake_past(keeper, at_once, made, problem);
    pthread_mutex_unlock(&keeper->pasting);
    return status;
}

static bool changed(struct board_keeper *keeper) {
    struct board *board = held(keeper);
    bool touched = board && board->touches != __atomic_load_n(&keeper->touches, __ATOMIC_ACQUIRE);
    bool day = board && board->moment.day != moment_now(keeper->house->insight).day;
    bool followed = keeper->rounds != health_live_rounds(keeper->house->health);
    board_release(board);
    return board && !touched && (day || followed); /* touches are the readers' own */
}

static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct board_keeper *keeper = self;
    bool made = false;
    struct board *board = held(keeper);
    enum status status = OK;
    if (board) status = renew_past(keeper, false, &made, problem); /* nobody looks: nothing is made */
    board_release(board);
    if (!status && (made || changed(keeper))) {
        int64_t begun = monotonic_ms();
        pthread_mutex_lock(&keeper->making);
        status = make(keeper, true, problem);
        pthread_mutex_unlock(&keeper->making);
        turn->rest_ms = (monotonic_ms() - begun) * REST_TIMES;
        if (turn->rest_ms < REST_MS) turn->rest_ms = REST_MS;
    }
    if (status) turn->rest_ms = 10 * REST_MS;
    return status;
}

enum status board_settle(struct house *house, struct problem *problem) {
    struct board_keeper *keeper = house->board;
    bool made;
    enum status status = health_live_catch_up(house->health, problem);
    if (!status) status = renew_past(keeper, true, &made, problem);
    if (status) return status;
    pthread_mutex_lock(&keeper->making);
    status = make(keeper, false, problem);
    pthread_mutex_unlock(&keeper->making);
    return status;
}

enum status board_start(struct house *house, struct board_keeper **ret, struct problem *problem) {
    struct board_keeper *keeper = memory_new(sizeof *keeper);
    keeper->house = house;
    keeper->index = search_index_new();
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_mutex_init(&keeper->making, NULL);
    pthread_mutex_init(&keeper->pasting, NULL);
    enum status status = worker_start(&(struct worker_job){.what = "bring the table of accounts up to date",
                                                           .house = house,
                                                           .turn = turn,
                                                           .self = keeper,
                                                           .first_ms = LOOK_MS,
                                                           .every_ms = LOOK_MS,
                                                           .nice = 10,
                                                           .unserved = true},
                                      &keeper->worker, problem);
    if (status)
        board_stop(keeper);
    else
        *ret = keeper;
    return status;
}

void board_stop(struct board_keeper *keeper) {
    if (!keeper) return;
    worker_stop(keeper->worker);
    board_release(keeper->board);
    names_release(keeper->names);
    board_past_release(keeper->past);
    search_index_free(keeper->index);
    pthread_mutex_destroy(&keeper->lock);
    pthread_mutex_destroy(&keeper->making);
    pthread_mutex_destroy(&keeper->pasting);
    free(keeper);
}
