#include "insight/score_memory.h"

#include "customers/directory.h"
#include "signals/usage.h"

#include <math.h>
#include <stdlib.h>

enum { DAYS = 16, NOT_ASKED = 0 };

struct kept {
    double score;
    uint32_t band;    /* number in the memory's bands */
    uint32_t records; /* 1 + the records of the account when it was judged; NOT_ASKED */
};

/* One past day. Lives in its arena, but for the scores. */
struct past_day {
    day_t day;
    struct moment moment;
    const struct catalogue *catalogue; /* NULL: the place is free */
    uint64_t rewritten, asked;         /* usage_rewritten then; when it was last asked for */
    struct arena arena;
    struct card_set set;
    struct health_known known;
    struct kept *accounts;
    size_t n;
};

struct score_memory {
    struct house *house;
    pthread_mutex_t lock;
    uint64_t clock;
    struct dict bands;
    struct past_day days[DAYS];
};

struct score_memory *score_memory_new(struct house *house) {
    struct score_memory *memory = memory_new(sizeof *memory);
    memory->house = house;
    pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

static void forget(struct past_day *past) {
    arena_free(&past->arena);
    free(past->accounts);
    *past = (struct past_day){0};
}

void score_memory_free(struct score_memory *memory) {
    if (!memory) return;
    for (size_t i = 0; i < DAYS; i++)
        forget(&memory->days[i]);
    dict_free(&memory->bands);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static size_t directory_count(struct house *house) {
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    return n;
}

/* The place of a day, made anew where what it holds is of another state of the past. */
static enum status open_day(struct score_memory *memory, day_t day, struct past_day **ret,
                            struct problem *problem) {
    struct house *house = memory->house;
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    uint64_t rewritten = usage_rewritten(house->usage);
    struct past_day *past = &memory->days[0];
    for (size_t i = 0; i < DAYS; i++) {
        struct past_day *one = &memory->days[i];
        if (one->catalogue && one->day == day) {
            past = one;
            break;
        }
        if (one->asked < past->asked) past = one;
    }
    size_t n = directory_count(house);
    if (past->catalogue != catalogue || past->day != day || past->rewritten != rewritten) {
        forget(past);
        past->day = day;
        past->moment = moment_of_day(house->insight, day);
        past->rewritten = rewritten;
        struct moment now = moment_now(house->insight); /* the cards of today: what moved are the customers */
        enum status status = card_set_make(house, &now, (struct str){0}, &past->arena, &past->set, problem);
        double *overrides = arena_array(&past->arena, n + 1, sizeof *overrides);
        if (!status) status = health_read_overrides(house, past->moment.at, overrides, 0, n, NULL, problem);
        if (status) {
            forget(past);
            return status;
        }
        past->known = (struct health_known){.overrides = overrides, .override_count = n};
        past->catalogue = catalogue;
    }
    if (past->n < n) {
        past->accounts = memory_resize(past->accounts, n * sizeof *past->accounts);
        memset(past->accounts + past->n, 0, (n - past->n) * sizeof *past->accounts);
        past->n = n;
    }
    past->asked = ++memory->clock;
    *ret = past;
    return OK;
}

static uint32_t records_of(const struct insight *insight, uint32_t account) {
    uint32_t n = 1;
    for (size_t i = 0; signal_sources[i]; i++)
        if (account < insight->tables[i].n) n += insight->tables[i].accounts[account].n;
    return n;
}

static void keep(struct score_memory *memory, struct past_day *past, const struct health *health, size_t row,
                 uint32_t records) {
    struct kept *kept = &past->accounts[health->first + row];
    kept->score = health->score[row];
    kept->band = dict_put(&memory->bands, str_of(health_band_key(health, row)), NULL);
    kept->records = records;
}

/* Judges accounts one by one where they are few, else all in one pass. */
static enum status judge(struct score_memory *memory, struct past_day *past, const uint32_t *accounts,
                         const uint32_t *records, size_t n, struct problem *problem) {
    enum { SHARE = 8 };
    struct arena arena = {0};
    struct health health;
    enum status status = OK;
    bool all = n * SHARE > past->n || card_set_has_percentile(&past->set);
    if (all)
        status = health_evaluate(memory->house, &past->set, &past->moment, 0, past->n, &past->known, &arena,
                                 &health, problem);
    for (size_t i = 0; i < n && !status; i++) {
        if (!all) {
            arena_reset(&arena);
            status = health_evaluate(memory->house, &past->set, &past->moment, accounts[i], 1, &past->known,
                                     &arena, &health, problem);
        }
        if (!status) keep(memory, past, &health, all ? accounts[i] : 0, records[i]);
    }
    arena_free(&arena);
    return status;
}

enum status score_memory_read(struct score_memory *memory, day_t day, const uint32_t *accounts, size_t n,
                              struct past_score *ret, struct problem *problem) {
    struct insight *insight = memory->house->insight;
    struct past_day *past;
    pthread_mutex_lock(&memory->lock);
    enum status status = open_day(memory, day, &past, problem);
    if (!status) {
        VEC(uint32_t) wanting = {0}, records = {0};
        pthread_rwlock_rdlock(&insight->lock);
        for (size_t i = 0; i < n; i++) {
            uint32_t now = records_of(insight, accounts[i]);
            if (past->accounts[accounts[i]].records == now) continue;
            VEC_PUSH(&wanting, accounts[i]);
            VEC_PUSH(&records, now);
        }
        pthread_rwlock_unlock(&insight->lock);
        if (wanting.n) status = judge(memory, past, wanting.v, records.v, wanting.n, problem);
        VEC_FREE(&wanting);
        VEC_FREE(&records);
    }
    for (size_t i = 0; i < n && !status; i++) {
        const struct kept *kept = &past->accounts[accounts[i]];
        ret[i] = (struct past_score){kept->score, dict_key(&memory->bands, kept->band)};
    }
    pthread_mutex_unlock(&memory->lock);
    return status;
}
