#include "platform/notices.h"
#include "base/arena.h"

#include <pthread.h>
#include <string.h>
#include <stdlib.h>
#include <time.h>

struct notices {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    uint32_t *queue; /* accounts in the order of their first touch: queue[first] … queue[last − 1] */
    size_t first, last, queue_capacity;
    uint8_t *kinds; /* by account: what touched it; 0 where it is not queued */
    size_t kinds_capacity;
    unsigned every; /* what touched every account at once; 0: nothing */
    bool stopped;
    void (*tap)(void *self, uint32_t account, unsigned kinds);
    void *tap_self;
};

struct notices *notices_new(void) {
    struct notices *notices = memory_new(sizeof *notices);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&notices->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&notices->lock, NULL);
    return notices;
}

void notices_free(struct notices *notices) {
    if (!notices) return;
    pthread_mutex_destroy(&notices->lock);
    pthread_cond_destroy(&notices->arrived);
    free(notices->queue);
    free(notices->kinds);
    free(notices);
}

static void grow_kinds(struct notices *notices, uint32_t account) {
    if (account < notices->kinds_capacity) return;
    size_t capacity = notices->kinds_capacity ? notices->kinds_capacity : 1024;
    while (capacity <= account)
        capacity *= 2;
    notices->kinds = memory_resize(notices->kinds, capacity);
    memset(notices->kinds + notices->kinds_capacity, 0, capacity - notices->kinds_capacity);
    notices->kinds_capacity = capacity;
}

static void push(struct notices *notices, uint32_t account) {
    if (notices->last == notices->queue_capacity) {
        size_t waiting = notices->last - notices->first;
        if (notices->first >
            notices->queue_capacity / 2) { /* room at the front: move down instead of growing */
            memmove(notices->queue, notices->queue + notices->first, waiting * sizeof *notices->queue);
            notices->first = 0;
            notices->last = waiting;
        } else {
            notices->queue_capacity = notices->queue_capacity ? notices->queue_capacity * 2 : 1024;
            notices->queue = memory_resize(notices->queue, notices->queue_capacity * sizeof *notices->queue);
        }
    }
    notices->queue[notices->last++] = account;
}

/* Everything is touched: what was queued one by one goes into it. */
static void put_every(struct notices *notices, unsigned kinds) {
    for (size_t i = notices->first; i < notices->last; i++) {
        kinds |= notices->kinds[notices->queue[i]];
        notices->kinds[notices->queue[i]] = 0;
    }
    notices->first = notices->last = 0;
    notices->every |= kinds;
}

void notices_tap(struct notices *notices, void (*tap)(void *self, uint32_t account_index, unsigned kinds),
                 void *self) {
    notices->tap = tap;
    notices->tap_self = self;
}

void notices_put(struct notices *notices, uint32_t account_index, unsigned kinds) {
    if (notices->tap && kinds) notices->tap(notices->tap_self, account_index, kinds);
    pthread_mutex_lock(&notices->lock);
    if (account_index == NOTICE_EVERY_ACCOUNT) {
        put_every(notices, kinds);
    } else if (notices->every) {
        notices->every |= kinds;
    } else {
        grow_kinds(notices, account_index);
        if (kinds && !notices->kinds[account_index]) push(notices, account_index);
        notices->kinds[account_index] |= (uint8_t)kinds;
    }
    pthread_cond_signal(&notices->arrived);
    pthread_mutex_unlock(&notices->lock);
}

static bool is_empty(const struct notices *notices) {
    return !notices->every && notices->first == notices->last;
}

static void wait(struct notices *notices, int wait_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    while (is_empty(notices) && !notices->stopped)
        if (pthread_cond_timedwait(&notices->arrived, &notices->lock, &until)) break;
}

size_t notices_take(struct notices *notices, uint32_t *accounts, uint8_t *each, size_t most, int wait_ms,
                    unsigned *kinds) {
    size_t n = 0;
    *kinds = 0;
    pthread_mutex_lock(&notices->lock);
    if (wait_ms > 0) wait(notices, wait_ms);
    if (notices->every && most) {
        if (each) each[n] = (uint8_t)notices->every;
        accounts[n++] = NOTICE_EVERY_ACCOUNT;
        *kinds = notices->every;
        notices->every = 0;
    }
    while (n < most && notices->first < notices->last) {
        uint32_t account = notices->queue[notices->first++];
        if (each) each[n] = notices->kinds[account];
        accounts[n++] = account;
        *kinds |= notices->kinds[account];
        notices->kinds[account] = 0;
    }
    if (notices->first == notices->last) notices->first = notices->last = 0;
    pthread_mutex_unlock(&notices->lock);
    return n;
}

void notices_stop(struct notices *notices) {
    pthread_mutex_lock(&notices->lock);
    notices->stopped = true;
    pthread_cond_broadcast(&notices->arrived);
    pthread_mutex_unlock(&notices->lock);
}
