#include "predict/model_shelf.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "predict/prediction.h"
#include "queries.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { PEERS_KEPT_MS = 10 * 60 * 1000 };

struct peers { /* what they have of a column, ascending; v NULL: not asked for */
    float *v;
    size_t n;
};

struct shelved {
    struct model model;
    struct str outcome;
    const struct catalogue *catalogue; /* its columns were read by this one */
    struct arena arena;
    int holders; /* atomic */
    pthread_mutex_t lock;
    instant_t peers_at;  /* when the first of them was made; under lock, as they */
    struct peers *peers; /* by column */
};

struct model_shelf {
    pthread_mutex_t lock;
    VEC(struct shelved *) open;
};

struct model_shelf *model_shelf_new(void) {
    struct model_shelf *shelf = memory_new(sizeof *shelf);
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

void model_shelf_free(struct model_shelf *shelf) {
    if (!shelf) return;
    for (size_t i = 0; i < shelf->open.n; i++)
        model_release(shelf->open.v[i]);
    VEC_FREE(&shelf->open);
    pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}

static void forget_peers(struct shelved *one) {
    for (size_t c = 0; c < one->model.p; c++) {
        free(one->peers[c].v);
        one->peers[c] = (struct peers){0};
    }
}

/* What a new version foretells is heard of account by account: its peers are kept half as long as it is old.
 */
static bool peers_are_old(const struct shelved *one, instant_t now) {
    instant_t kept = (one->peers_at - one->model.row.made_at) / 2;
    if (kept > PEERS_KEPT_MS) kept = PEERS_KEPT_MS;
    return now - one->peers_at >= kept || now < one->peers_at;
}

void model_release(struct shelved *one) {
    if (!one || __atomic_sub_fetch(&one->holders, 1, __ATOMIC_ACQ_REL)) return;
    forget_peers(one);
    model_close(&one->model);
    pthread_mutex_destroy(&one->lock);
    struct arena arena = one->arena;
    free(one);
    arena_free(&arena);
}

const struct model *model_held(const struct shelved *one) {
    return &one->model;
}

/* 0: none. */
static enum status read_live_version(struct house *house, struct str outcome, int64_t *version,
                                     struct problem *problem) {
    struct session *session = NULL;
    *version = 0;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_model_live_version);
    rows_bind_text(rows, "outcome", outcome);
    if (rows_next(rows)) *version = rows_int(rows, 0);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

/* The version may be a later one than was asked about; *ret NULL: it is no longer there. */
static enum status open_one(struct house *house, struct outcome_key key, struct shelved **ret,
                            struct problem *problem) {
    struct shelved *one = memory_new(sizeof *one);
    bool found;
    one->holders = 1;
    one->catalogue = insight_catalogue(house->insight);
    one->outcome = outcome_text(key, &one->arena);
    key.product = str_copy(&one->arena, key.product);
    pthread_mutex_init(&one->lock, NULL);
    enum status status = model_open(house, key, &one->arena, &one->model, &found, problem);
    if (!status && found) {
        one->peers = arena_array(&one->arena, one->model.p + 1, sizeof *one->peers);
        *ret = one;
        return OK;
    }
    one->model.p = 0;
    model_release(one);
    return status;
}

/* The shelf's lock is held. The outcome's place; at the end: none. */
static size_t place_of(const struct model_shelf *shelf, struct str outcome) {
    size_t i = 0;
    while (i < shelf->open.n && !str_equal(shelf->open.v[i]->outcome, outcome))
        i++;
    return i;
}

/* The shelf's lock is held. Peers that nobody asked for lately go; one who asks just now keeps them. */
static void forget_old_peers(struct model_shelf *shelf, instant_t now) {
    for (size_t i = 0; i < shelf->open.n; i++) {
        struct shelved *one = shelf->open.v[i];
        if (pthread_mutex_trylock(&one->lock)) continue;
        if (peers_are_old(one, now)) forget_peers(one);
        pthread_mutex_unlock(&one->lock);
    }
}

/* The shelf's lock is held. The outcome's version, held; NULL: not there. Another version leaves the shelf;
 * who holds it goes on. */
static struct shelved *take(struct model_shelf *shelf, struct str outcome, int64_t version,
                            const struct catalogue *catalogue) {
    size_t place = place_of(shelf, outcome);
    if (place == shelf->open.n) return NULL;
    struct shelved *one = shelf->open.v[place];
    if (one->model.row.version == version && one->catalogue == catalogue) {
        __atomic_add_fetch(&one->holders, 1, __ATOMIC_ACQ_REL);
        return one;
    }
    shelf->open.v[place] = shelf->open.v[--shelf->open.n];
    model_release(one);
    return NULL;
}

/* Opened without the lock: it takes long. Of two who do it at once the first one's stays. */
enum status model_hold(struct house *house, struct outcome_key key, struct shelved **ret,
                       struct problem *problem) {
    struct model_shelf *shelf = house->model_shelf;
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    struct arena arena = {0};
    struct str outcome = outcome_text(key, &arena);
    struct shelved *fresh = NULL;
    int64_t version;
    *ret = NULL;
    enum status status = read_live_version(house, outcome, &version, problem);
    if (!status) {
        pthread_mutex_lock(&shelf->lock);
        forget_old_peers(shelf, clock_now(house->clock));
        *ret = take(shelf, outcome, version, catalogue);
        pthread_mutex_unlock(&shelf->lock);
    }
    if (!status && !*ret && version) status = open_one(house, key, &fresh, problem);
    if (!status && fresh) {
        pthread_mutex_lock(&shelf->lock);
        *ret = take(shelf, outcome, fresh->model.row.version, fresh->catalogue);
        if (!*ret) {
            fresh->holders++;
            VEC_PUSH(&shelf->open, fresh);
            *ret = fresh;
            fresh = NULL;
        }
        pthread_mutex_unlock(&shelf->lock);
        model_release(fresh);
    }
    arena_free(&arena);
    return status;
}

/* ---- peers ---- */

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The lock is held. Reads the columns of those that are not there yet. */
static enum status make_peers(struct house *house, struct shelved *one, const size_t *columns, size_t n,
                              struct problem *problem) {
    struct moment moment = moment_now(house->insight);
    struct arena scratch = {0};
    struct panel_column *wanted = arena_array(&scratch, n + 1, sizeof *wanted);
    size_t *places = arena_array(&scratch, n + 1, sizeof *places), p = 0;
    if (peers_are_old(one, moment.at)) {
        forget_peers(one);
        one->peers_at = moment.at;
    }
    for (size_t i = 0; i < n; i++) {
        if (one->peers[columns[i]].v) continue;
        wanted[p] = one->model.columns[columns[i]];
        places[p++] = columns[i];
    }
    directory_lock(house->directory);
    size_t accounts = p ? directory_size(house->directory) : 0;
    directory_unlock(house->directory);
    double *x = arena_array(&scratch, accounts * p + 1, sizeof *x);
    struct prediction *given = arena_array(&scratch, accounts + 1, sizeof *given);
    predictions_of(house, one->model.key, 0, (uint32_t)accounts, given);
    enum status status = p ? panel_rows(house, wanted, p, &moment, 0, accounts, x, &scratch, problem) : OK;
    for (size_t k = 0; k < p && !status; k++)
        one->peers[places[k]].v = memory_new((accounts + 1) * sizeof(float));
    for (uint32_t a = 0; a < accounts && !status; a++) {
        if (isnan(given[a].probability)) continue;
        for (size_t k = 0; k < p; k++) {
            struct peers *peers = &one->peers[places[k]];
            if (!isnan(x[a * p + k])) peers->v[peers->n++] = (float)x[a * p + k];
        }
    }
    for (size_t k = 0; k < p && !status; k++) {
        struct peers *peers = &one->peers[places[k]];
        qsort(peers->v, peers->n, sizeof *peers->v, ascending);
        peers->v = memory_resize(peers->v, (peers->n + 1) * sizeof *peers->v);
    }
    arena_free(&scratch);
    return status;
}

/* How many are lower than a value; or, with `equal` too, not higher. */
static double count_below(const struct peers *peers, float value, bool equal) {
    size_t low = 0, high = peers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (peers->v[middle] < value || (equal && peers->v[middle] == value))
            low = middle + 1;
        else
            high = middle;
    }
    return (double)low;
}

enum status model_percentiles(struct house *house, struct shelved *one, const size_t *columns, size_t n,
                              const double *values, double *ret, struct problem *problem) {
    pthread_mutex_lock(&one->lock);
    enum status status = make_peers(house, one, columns, n, problem);
    for (size_t i = 0; i < n && !status; i++) {
        const struct peers *peers = &one->peers[columns[i]];
        float value = (float)values[i];
        ret[i] =
            isnan(values[i]) || !peers->n
                ? NAN
                : (count_below(peers, value, false) + count_below(peers, value, true)) / 2 / (double)peers->n;
    }
    pthread_mutex_unlock(&one->lock);
    return status;
}
