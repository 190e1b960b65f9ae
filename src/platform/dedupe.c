#include "platform/dedupe_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AHEAD = 16, DAYS_MOST = 400 };

struct open_day {
    day_t day;
    bool closing; /* being written: takes no new keys */
    struct key_table *table;
};
struct closed_day {
    day_t day;
    struct key_file file;
};

struct dedupe {
    char *folder; /* DATA/dedupe */
    struct dedupe_options options;
    pthread_mutex_t advancing;     /* held for a whole dedupe_advance */
    pthread_mutex_t lock;          /* of everything below */
    VEC(struct open_day) open;     /* by day */
    VEC(struct closed_day) closed; /* by day */
    struct key_filter filter;      /* of all closed days; may still know days that were forgotten */
    day_t today, start;
};

static struct open_day *open_day(struct dedupe *dedupe, day_t day) {
    size_t at = dedupe->open.n;
    while (at && dedupe->open.v[at - 1].day > day)
        at--;
    if (at && dedupe->open.v[at - 1].day == day) return &dedupe->open.v[at - 1];
    VEC_PUSH(&dedupe->open, (struct open_day){0});
    memmove(dedupe->open.v + at + 1, dedupe->open.v + at, (dedupe->open.n - 1 - at) * sizeof *dedupe->open.v);
    dedupe->open.v[at] = (struct open_day){day, false, memory_new(sizeof(struct key_table))};
    return &dedupe->open.v[at];
}

/* The table for a new key: its day's, or today's when that day is over already. */
static struct key_table *table_for(struct dedupe *dedupe, day_t day) {
    if (day < dedupe->today - 1 || day > dedupe->today + 1) day = dedupe->today;
    struct open_day *found = open_day(dedupe, day);
    return found->closing ? open_day(dedupe, dedupe->today)->table : found->table;
}

static bool known(struct dedupe *dedupe, struct event_key key) {
    for (size_t i = dedupe->open.n; i-- > 0;)
        if (dedupe->open.v[i].table->n && table_has(dedupe->open.v[i].table, key)) return true;
    if (!filter_may_have(&dedupe->filter, key)) return false;
    for (size_t i = dedupe->closed.n; i-- > 0;)
        if (key_file_has(&dedupe->closed.v[i].file, key)) return true;
    return false;
}

static void prefetch(struct dedupe *dedupe, struct event_key key) {
    for (size_t i = 0; i < dedupe->open.n; i++)
        if (dedupe->open.v[i].table->n) table_prefetch(dedupe->open.v[i].table, key);
    filter_prefetch(&dedupe->filter, key);
}

void dedupe_check(struct dedupe *dedupe, const struct event_key *keys, const day_t *days, size_t n,
                  bool *seen) {
    pthread_mutex_lock(&dedupe->lock);
    for (size_t i = 0; i < n && i < AHEAD; i++)
        prefetch(dedupe, keys[i]);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) prefetch(dedupe, keys[i + AHEAD]);
        seen[i] = known(dedupe, keys[i]);
        if (!seen[i]) table_put(table_for(dedupe, days[i]), keys[i]);
    }
    pthread_mutex_unlock(&dedupe->lock);
}

static size_t size(const struct dedupe *dedupe) {
    size_t n = 0;
    for (size_t i = 0; i < dedupe->open.n; i++)
        n += dedupe->open.v[i].table->n;
    for (size_t i = 0; i < dedupe->closed.n; i++)
        n += dedupe->closed.v[i].file.n;
    return n;
}

/* ---- days that end ---- */

static void add_to_filter(struct dedupe *dedupe, const struct key_file *file) {
    if (dedupe->filter.n + file->n <= dedupe->filter.capacity) {
        for (size_t i = 0; i < file->n; i++)
            filter_add(&dedupe->filter, file->keys[i]);
        return;
    }
    /* Full of the days that were forgotten, or too small: made anew from the days there are, with room for as
     * much again. */
    size_t n = 0;
    for (size_t i = 0; i < dedupe->closed.n; i++)
        n += dedupe->closed.v[i].file.n;
    filter_free(&dedupe->filter);
    filter_init(&dedupe->filter, n + n / 2 + 1024);
    for (size_t d = 0; d < dedupe->closed.n; d++) {
        const struct key_file *each = &dedupe->closed.v[d].file;
        for (size_t i = 0; i < each->n; i++)
            filter_add(&dedupe->filter, each->keys[i]);
    }
}

static void remove_closed(struct dedupe *dedupe, size_t at) {
    key_file_close(&dedupe->closed.v[at].file);
    dedupe->closed.n--;
    memmove(dedupe->closed.v + at, dedupe->closed.v + at + 1,
            (dedupe->closed.n - at) * sizeof *dedupe->closed.v);
}

static void add_closed(struct dedupe *dedupe, day_t day, struct key_file file) {
    for (size_t i = 0; i < dedupe->closed.n; i++) /* given up once, then filled again by late comers */
        if (dedupe->closed.v[i].day == day) {
            remove_closed(dedupe, i);
            break;
        }
    VEC_PUSH(&dedupe->closed, (struct closed_day){0});
    size_t at = dedupe->closed.n - 1;
    for (; at && dedupe->closed.v[at - 1].day > day; at--)
        dedupe->closed.v[at] = dedupe->closed.v[at - 1];
    dedupe->closed.v[at] = (struct closed_day){day, file};
    add_to_filter(dedupe, &file);
}

static void remove_open(struct dedupe *dedupe, size_t at) {
    table_free(dedupe->open.v[at].table);
    free(dedupe->open.v[at].table);
    dedupe->open.n--;
    memmove(dedupe->open.v + at, dedupe->open.v + at + 1, (dedupe->open.n - at) * sizeof *dedupe->open.v);
}

/* Writes the oldest open day when it ended before yesterday: nothing of it can be taken back any more. *more:
 * there was one. */
static enum status close_oldest(struct dedupe *dedupe, day_t today, bool *more, struct problem *problem) {
    pthread_mutex_lock(&dedupe->lock);
    *more = dedupe->open.n && dedupe->open.v[0].day < today - 1;
    struct open_day oldest = {0};
    struct event_key *keys = NULL;
    if (*more) {
        dedupe->open.v[0].closing = true;
        oldest = dedupe->open.v[0];
        keys = table_keys(oldest.table);
    }
    bool dropped = oldest.day < dedupe->start; /* only what came late for a day that had been given up */
    pthread_mutex_unlock(&dedupe->lock);
    if (!*more) return OK;
    size_t n = oldest.table->n;
    keys_sort(keys, n);
    struct key_file file = {0};
    enum status status = key_file_write(dedupe->folder, oldest.day, keys, n, dropped, problem);
    if (!status && key_file_open(dedupe->folder, oldest.day, &file)) {
        char name[32];
        snprintf(name, sizeof name, "%ld.keys", (long)oldest.day);
        status = fail_errno(problem, "read", name, EIO);
    }
    free(keys);
    pthread_mutex_lock(&dedupe->lock);
    for (size_t i = 0; i < dedupe->open.n; i++) {
        if (dedupe->open.v[i].day != oldest.day) continue;
        dedupe->open.v[i].closing = false;
        if (!status) remove_open(dedupe, i);
        break;
    }
    if (!status) add_closed(dedupe, oldest.day, file);
    pthread_mutex_unlock(&dedupe->lock);
    return status;
}

/* Gives up the oldest day for max_keys; its file says so from then on. *more: there was one. */
static enum status drop_oldest(struct dedupe *dedupe, day_t today, bool *more, struct problem *problem) {
    day_t day = 0;
    pthread_mutex_lock(&dedupe->lock);
    *more = dedupe->options.max_keys && size(dedupe) > dedupe->options.max_keys;
    size_t closed = 0;
    while (closed < dedupe->closed.n && dedupe->closed.v[closed].file.dropped)
        closed++;
    if (closed < dedupe->closed.n)
        day = dedupe->closed.v[closed].day;
    else if (dedupe->open.n && dedupe->open.v[0].day < today)
        day = dedupe->open.v[0].day;
    else
        *more = false;
    pthread_mutex_unlock(&dedupe->lock);
    if (!*more) return OK;
    struct key_file file = {0};
    enum status status = key_file_write(dedupe->folder, day, NULL, 0, true, problem);
    if (status) return status;
    if (key_file_open(dedupe->folder, day, &file)) file = (struct key_file){.dropped = true};
    pthread_mutex_lock(&dedupe->lock);
    if (closed < dedupe->closed.n) remove_closed(dedupe, closed);
    for (size_t i = 0; i < dedupe->open.n; i++)
        if (dedupe->open.v[i].day == day) {
            remove_open(dedupe, i);
            break;
        }
    add_closed(dedupe, day, file);
    if (day >= dedupe->start) dedupe->start = day + 1;
    pthread_mutex_unlock(&dedupe->lock);
    return OK;
}

static void forget_old(struct dedupe *dedupe) {
    pthread_mutex_lock(&dedupe->lock);
    day_t first = dedupe->today - dedupe->options.days;
    if (dedupe->start < first) dedupe->start = first;
    while (dedupe->closed.n && dedupe->closed.v[0].day < first) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%ld.keys", dedupe->folder, (long)dedupe->closed.v[0].day);
        unlink(path); /* should it stay, it is not looked at any more */
        remove_closed(dedupe, 0);
    }
    pthread_mutex_unlock(&dedupe->lock);
}

enum status dedupe_advance(struct dedupe *dedupe, day_t today, struct problem *problem) {
    pthread_mutex_lock(&dedupe->advancing);
    pthread_mutex_lock(&dedupe->lock);
    if (today > dedupe->today) dedupe->today = today; /* a clock that went back changes nothing */
    today = dedupe->today;
    open_day(dedupe, today);
    pthread_mutex_unlock(&dedupe->lock);
    forget_old(dedupe);
    enum status status = OK;
    for (bool more = true; more && !status;)
        status = close_oldest(dedupe, today, &more, problem);
    for (bool more = true; more && !status;)
        status = drop_oldest(dedupe, today, &more, problem);
    pthread_mutex_unlock(&dedupe->advancing);
    return status;
}

/* ---- opening ---- */

struct rebuilding {
    struct dedupe *dedupe;
    const bool *missing; /* by day from `first` on */
    day_t first, last;
};

static enum status take_keys(void *self, const struct event_block *block, struct problem *problem) {
    (void)problem;
    struct rebuilding *r = self;
    for (size_t i = 0; i < block->n; i++) {
        if (block->flags[i] & EVENT_IMPORTED) continue;
        day_t day = (day_t)(block->received[i] / DEDUPE_DAY_MS);
        if (day < r->first) continue;
        if (day > r->last) day = r->last; /* the clock went back since */
        if (r->missing[day - r->first]) table_put(open_day(r->dedupe, day)->table, block->keys[i]);
    }
    return OK;
}

/* Opens the files of the days that are over; the rest of the window comes from the event store. */
static enum status fill(struct dedupe *dedupe, struct events *events, struct problem *problem) {
    day_t first = dedupe->today - dedupe->options.days;
    bool missing[DAYS_MOST + 1] = {false};
    day_t from = dedupe->today + 1;
    for (day_t day = dedupe->today; day >= first; day--) {
        struct key_file file;
        if (day < dedupe->today - 1 && !key_file_open(dedupe->folder, day, &file)) {
            add_closed(dedupe, day, file);
            if (file.dropped && day >= dedupe->start) dedupe->start = day + 1;
            continue;
        }
        missing[day - first] = true;
        open_day(dedupe,
                 day); /* written when it is over, even when it is empty: then nobody looks for it again */
        from = day;
    }
    if (!events) return OK;
    struct rebuilding rebuilding = {dedupe, missing, first, dedupe->today};
    instant_t received_from = (instant_t)from * DEDUPE_DAY_MS;
    return events_scan(events, &(struct event_filter){.received_from = received_from}, take_keys, &rebuilding,
                       problem);
}

enum status dedupe_open(const char *folder, struct events *events, struct dedupe_options options, day_t today,
                        struct dedupe **ret, struct problem *problem) {
    struct dedupe *dedupe = memory_new(sizeof *dedupe);
    size_t n = strlen(folder) + sizeof "/dedupe";
    dedupe->folder = memory_new(n);
    snprintf(dedupe->folder, n, "%s/dedupe", folder);
    dedupe->options = options;
    if (dedupe->options.days < 0) dedupe->options.days = 0;
    if (dedupe->options.days > DAYS_MOST) dedupe->options.days = DAYS_MOST;
    dedupe->today = today;
    dedupe->start = today - dedupe->options.days;
    pthread_mutex_init(&dedupe->lock, NULL);
    pthread_mutex_init(&dedupe->advancing, NULL);
    enum status status = OK;
    if (mkdir(dedupe->folder, 0700) && errno != EEXIST)
        status = fail_errno(problem, "create", dedupe->folder, errno);
    if (!status) status = fill(dedupe, events, problem);
    if (status)
        dedupe_close(dedupe);
    else
        *ret = dedupe;
    return status;
}

void dedupe_close(struct dedupe *dedupe) {
    if (!dedupe) return;
    while (dedupe->open.n)
        remove_open(dedupe, dedupe->open.n - 1);
    while (dedupe->closed.n)
        remove_closed(dedupe, dedupe->closed.n - 1);
    VEC_FREE(&dedupe->open);
    VEC_FREE(&dedupe->closed);
    filter_free(&dedupe->filter);
    pthread_mutex_destroy(&dedupe->lock);
    pthread_mutex_destroy(&dedupe->advancing);
    free(dedupe->folder);
    free(dedupe);
}

day_t dedupe_window_start(struct dedupe *dedupe) {
    pthread_mutex_lock(&dedupe->lock);
    day_t start = dedupe->start;
    pthread_mutex_unlock(&dedupe->lock);
    return start;
}

size_t dedupe_size(struct dedupe *dedupe) {
    pthread_mutex_lock(&dedupe->lock);
    size_t n = size(dedupe);
    pthread_mutex_unlock(&dedupe->lock);
    return n;
}
