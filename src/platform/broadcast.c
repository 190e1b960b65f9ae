#include "platform/broadcast.h"
#include "base/vec.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum {
    GATHER_MS = 200,
    HEARTBEAT_MS = 15000,
    QUEUE_BYTES = 64 << 10,
    MOST = 500,
    MOST_EACH = 20,
    ACCOUNTS_MOST = 200, /* more touched at once are said as "every" */
    MESSAGES_MOST =
        100, /* waiting; of more the listeners of the topic are told to reload, events are sampled */
    RETRY_MS = 2000,
};

const char *const topic_names[TOPIC_COUNT + 1] = {"accounts", "imports",   "ingest", "events", "rejected",
                                                  "settings", "catalogue", "jobs",   NULL};

struct listener {
    struct broadcast *broadcast;
    struct listener *next, **link; /* under the broadcast's lock */
    struct principal principal;
    unsigned topics;
    pthread_mutex_t lock; /* of what follows */
    struct buf queue;
    size_t taken; /* bytes of the queue that were sent */
    bool reload;  /* the queue ends with the word reload: nothing behind it would tell more */
    bool ended;
    void (*wake)(void *waker); /* not NULL: asleep */
    void *waker;
};

struct saying {
    enum topic topic;
    uint32_t about;
    struct str json; /* owned */
};
struct touched {
    uint32_t account;
    unsigned news;
};

struct broadcast {
    struct broadcast_options options;
    atomic_uint wanted; /* topics that anybody listens to */
    char begun[24];     /* ids of another start are no ids of this one */

    pthread_mutex_t pending_lock; /* of what waits to be told */
    pthread_cond_t arrived;       /* with pending_lock */
    VEC(struct saying) messages;
    VEC(struct touched) touched;
    unsigned every;    /* news of all accounts at once */
    unsigned overflow; /* topics of which messages were dropped */
    bool recheck, stopping;

    pthread_mutex_t lock; /* of the listeners */
    struct listener *first;
    size_t count;
    bool ended;
    uint64_t version;

    pthread_t thread;
    bool started;
};

/* ---- the queue of a listener ---- */

static void put_reload(struct listener *listener) {
    buf_put_c(&listener->queue, "event: reload\ndata: {}\n\n");
    listener->reload = true;
}

/* What is not under way yet makes room: a message that was sent in part is sent to its end. */
static void drop_rest(struct listener *listener) {
    struct buf *queue = &listener->queue;
    size_t keep = listener->taken;
    bool between = !keep || (keep >= 2 && memcmp(queue->p + keep - 2, "\n\n", 2) == 0);
    if (!between) {
        const char *end = memmem(queue->p + keep - 1, queue->n - keep + 1, "\n\n", 2);
        keep = end ? (size_t)(end - queue->p) + 2 : queue->n;
    }
    queue->n = keep;
    put_reload(listener);
}

static void wake(struct listener *listener) {
    void (*call)(void *) = listener->wake;
    listener->wake = NULL;
    if (call) call(listener->waker);
}

/* What was sent goes before it is as much again as may wait; its last two bytes tell where a message ends. */
static void drop_sent(struct listener *listener) {
    if (listener->taken <= listener->broadcast->options.queue_bytes) return;
    size_t cut = listener->taken - 2;
    memmove(listener->queue.p, listener->queue.p + cut, listener->queue.n - cut);
    listener->queue.n -= cut;
    listener->taken = 2;
}

static void tell(struct listener *listener, struct str text) {
    pthread_mutex_lock(&listener->lock);
    if (!listener->ended && !listener->reload) {
        size_t waiting = listener->queue.n - listener->taken;
        if (waiting + text.n > listener->broadcast->options.queue_bytes)
            drop_rest(listener);
        else {
            drop_sent(listener);
            buf_put_str(&listener->queue, text);
        }
    }
    wake(listener);
    pthread_mutex_unlock(&listener->lock);
}

static void tell_reload(struct listener *listener) {
    pthread_mutex_lock(&listener->lock);
    if (!listener->ended && !listener->reload) put_reload(listener);
    wake(listener);
    pthread_mutex_unlock(&listener->lock);
}

static void end(struct listener *listener) {
    pthread_mutex_lock(&listener->lock);
    listener->ended = true;
    wake(listener);
    pthread_mutex_unlock(&listener->lock);
}

static ssize_t take(void *self, char *out, size_t most, void (*waker)(void *), void *waker_self) {
    struct listener *listener = self;
    pthread_mutex_lock(&listener->lock);
    size_t n = listener->queue.n - listener->taken;
    ssize_t result = 0;
    if (listener->ended) {
        result = -1;
    } else if (n) {
        if (n > most) n = most;
        memcpy(out, listener->queue.p + listener->taken, n);
        listener->taken += n;
        if (listener->taken == listener->queue.n) {
            buf_clear(&listener->queue);
            listener->taken = 0;
            listener->reload = false;
        }
        result = (ssize_t)n;
    } else {
        listener->wake = waker;
        listener->waker = waker_self;
    }
    pthread_mutex_unlock(&listener->lock);
    return result;
}

static void count_wanted(struct broadcast *broadcast) {
    unsigned wanted = 0;
    for (struct listener *l = broadcast->first; l; l = l->next)
        wanted |= l->topics;
    atomic_store(&broadcast->wanted, wanted);
}

static void close_listener(void *self) {
    struct listener *listener = self;
    struct broadcast *broadcast = listener->broadcast;
    pthread_mutex_lock(&broadcast->lock); /* afterwards nobody tells it anything */
    *listener->link = listener->next;
    if (listener->next) listener->next->link = listener->link;
    broadcast->count--;
    count_wanted(broadcast);
    pthread_mutex_unlock(&broadcast->lock);
    pthread_mutex_destroy(&listener->lock);
    buf_free(&listener->queue);
    free((char *)listener->principal.name.p);
    free((char *)listener->principal.team.p);
    free(listener);
}

/* ---- telling ---- */

bool broadcast_wanted(struct broadcast *broadcast, enum topic topic) {
    return broadcast && atomic_load_explicit(&broadcast->wanted, memory_order_relaxed) >> topic & 1;
}

void broadcast_account(struct broadcast *broadcast, uint32_t account, unsigned news) {
    if (!news || !broadcast_wanted(broadcast, TOPIC_ACCOUNTS)) return;
    pthread_mutex_lock(&broadcast->pending_lock);
    size_t i = broadcast->every ? broadcast->touched.n : 0;
    while (i < broadcast->touched.n && broadcast->touched.v[i].account != account)
        i++;
    if (account == UINT32_MAX || broadcast->every || i == ACCOUNTS_MOST) {
        broadcast->every |= news;
    } else {
        if (i == broadcast->touched.n) VEC_PUSH(&broadcast->touched, (struct touched){account, 0});
        broadcast->touched.v[i].news |= news;
    }
    pthread_cond_signal(&broadcast->arrived);
    pthread_mutex_unlock(&broadcast->pending_lock);
}

static struct str keep(struct str text) {
    char *copy = memory_new(text.n + 1);
    if (text.n) memcpy(copy, text.p, text.n);
    return (struct str){copy, text.n};
}

void broadcast_say(struct broadcast *broadcast, enum topic topic, uint32_t about, struct str json) {
    if (!broadcast_wanted(broadcast, topic)) return;
    pthread_mutex_lock(&broadcast->pending_lock);
    if (broadcast->messages.n < MESSAGES_MOST)
        VEC_PUSH(&broadcast->messages, (struct saying){topic, about, keep(json)});
    else
        broadcast->overflow |= 1u << topic;
    pthread_cond_signal(&broadcast->arrived);
    pthread_mutex_unlock(&broadcast->pending_lock);
}

void broadcast_recheck(struct broadcast *broadcast) {
    pthread_mutex_lock(&broadcast->pending_lock);
    broadcast->recheck = true;
    pthread_cond_signal(&broadcast->arrived);
    pthread_mutex_unlock(&broadcast->pending_lock);
}

/* ---- the thread that tells ---- */

static void put_event(struct broadcast *broadcast, struct buf *out, enum topic topic, struct str json) {
    buf_format(out, "id: %s-%llu\nevent: %s\ndata: ", broadcast->begun,
               (unsigned long long)broadcast->version, topic_names[topic]);
    buf_put_str(out, json); /* our JSON has no line breaks */
    buf_put_c(out, "\n\n");
}

static void tell_touched(struct broadcast *broadcast, struct listener *listener,
                         const struct touched *touched, size_t n, unsigned every, struct buf *scratch,
                         struct buf *out) {
    struct broadcast_options *o = &broadcast->options;
    struct json_writer w = {.out = scratch};
    size_t seen = 0;
    buf_clear(scratch);
    buf_clear(out);
    json_begin_object(&w);
    json_put_bool(&w, "every", every != 0);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n && !every; i++) {
        size_t before = scratch->n;
        struct json_writer item = w;
        json_begin_object(&item);
        json_name(&item, STR("account"));
        if (!o->account(o->self, touched[i].account, &listener->principal, &item)) {
            scratch->n = before;
            continue;
        }
        json_put_bool(&item, "usage", touched[i].news & NEWS_USAGE);
        json_put_bool(&item, "records", touched[i].news & NEWS_RECORDS);
        json_put_bool(&item, "health", touched[i].news & NEWS_HEALTH);
        json_end_object(&item);
        w = item;
        seen++;
    }
    json_end_array(&w);
    json_end_object(&w);
    if (!seen && !every) return;
    put_event(broadcast, out, TOPIC_ACCOUNTS, buf_str(scratch));
    tell(listener, buf_str(out));
}

static bool may_hear(struct broadcast *broadcast, const struct listener *listener, uint32_t about,
                     struct buf *scratch) {
    struct broadcast_options *o = &broadcast->options;
    struct json_writer ignored = {.out = scratch};
    if (about == ABOUT_NONE || listener->principal.scope == SCOPE_ALL) return true;
    if (about == ABOUT_ALL) return false;
    buf_clear(scratch);
    return o->account(o->self, about, &listener->principal, &ignored);
}

struct round {
    struct saying *messages;
    struct touched *touched;
    size_t message_count, touched_count;
    unsigned every, overflow;
    bool recheck, heartbeat;
};

static void go_round(struct broadcast *broadcast, const struct round *round, struct buf *scratch,
                     struct buf *out) {
    struct broadcast_options *o = &broadcast->options;
    pthread_mutex_lock(&broadcast->lock);
    if (round->message_count || round->touched_count || round->every || round->overflow) broadcast->version++;
    for (struct listener *l = broadcast->first; l; l = l->next) {
        if (round->recheck && !o->holds(o->self, &l->principal)) {
            end(l);
            continue;
        }
        if (l->topics & 1u << TOPIC_ACCOUNTS && (round->touched_count || round->every))
            tell_touched(broadcast, l, round->touched, round->touched_count, round->every, scratch, out);
        for (size_t i = 0; i < round->message_count; i++) {
            const struct saying *m = &round->messages[i];
            if (!(l->topics >> m->topic & 1) || !may_hear(broadcast, l, m->about, scratch)) continue;
            buf_clear(out);
            put_event(broadcast, out, m->topic, m->json);
            tell(l, buf_str(out));
        }
        /* Events and what was rejected are samples anyway. */
        if (round->overflow & l->topics & ~(1u << TOPIC_EVENTS | 1u << TOPIC_REJECTED)) tell_reload(l);
        if (!round->heartbeat) continue;
        buf_clear(out); /* the id without data: nothing is heard, but what was missed so far is not asked for
                           again */
        buf_format(out, "id: %s-%llu\n\n", broadcast->begun, (unsigned long long)broadcast->version);
        tell(l, buf_str(out));
    }
    pthread_mutex_unlock(&broadcast->lock);
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the time, or until `early` says so. */
static void wait_until(struct broadcast *broadcast, int64_t ms, bool early) {
    struct timespec until = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (!broadcast->stopping) {
        bool any = broadcast->messages.n || broadcast->touched.n || broadcast->every || broadcast->overflow;
        if (early && (any || broadcast->recheck)) return;
        if (pthread_cond_timedwait(&broadcast->arrived, &broadcast->pending_lock, &until)) return;
    }
}

static void *work(void *self) {
    struct broadcast *broadcast = self;
    const struct broadcast_options *o = &broadcast->options;
    struct buf scratch = {0}, out = {0};
    int64_t beat = now_ms() + o->heartbeat_ms;
    pthread_mutex_lock(&broadcast->pending_lock);
    while (!broadcast->stopping) {
        wait_until(broadcast, beat, true);
        if (!broadcast->recheck && now_ms() < beat) wait_until(broadcast, now_ms() + o->gather_ms, false);
        if (broadcast->stopping) break;
        struct round round = {broadcast->messages.v, broadcast->touched.v, broadcast->messages.n,
                              broadcast->touched.n,  broadcast->every,     broadcast->overflow,
                              broadcast->recheck,    now_ms() >= beat};
        round.recheck |= round.heartbeat;
        memset(&broadcast->messages, 0, sizeof broadcast->messages);
        memset(&broadcast->touched, 0, sizeof broadcast->touched);
        broadcast->every = broadcast->overflow = 0;
        broadcast->recheck = false;
        pthread_mutex_unlock(&broadcast->pending_lock);
        if (round.heartbeat) beat = now_ms() + o->heartbeat_ms;
        go_round(broadcast, &round, &scratch, &out);
        for (size_t i = 0; i < round.message_count; i++)
            free((char *)round.messages[i].json.p);
        free(round.messages);
        free(round.touched);
        pthread_mutex_lock(&broadcast->pending_lock);
    }
    pthread_mutex_unlock(&broadcast->pending_lock);
    buf_free(&scratch);
    buf_free(&out);
    return NULL;
}

/* ---- its life ---- */

enum status broadcast_start(const struct broadcast_options *options, struct broadcast **ret,
                            struct problem *problem) {
    struct broadcast *broadcast = memory_new(sizeof *broadcast);
    struct broadcast_options *o = &broadcast->options;
    *o = *options;
    if (!o->gather_ms) o->gather_ms = GATHER_MS;
    if (!o->heartbeat_ms) o->heartbeat_ms = HEARTBEAT_MS;
    if (!o->queue_bytes) o->queue_bytes = QUEUE_BYTES;
    if (!o->most) o->most = MOST;
    if (!o->most_each) o->most_each = MOST_EACH;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(broadcast->begun, sizeof broadcast->begun, "%llx",
             (unsigned long long)now.tv_sec * 1000000000 + (unsigned long long)now.tv_nsec);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&broadcast->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&broadcast->pending_lock, NULL);
    pthread_mutex_init(&broadcast->lock, NULL);
    int error = pthread_create(&broadcast->thread, NULL, work, broadcast);
    broadcast->started = !error;
    if (!error) {
        *ret = broadcast;
        return OK;
    }
    broadcast_stop(broadcast);
    return fail_errno(problem, "start", "broadcast", error);
}

size_t broadcast_listeners(struct broadcast *broadcast) {
    pthread_mutex_lock(&broadcast->lock);
    size_t n = broadcast->count;
    pthread_mutex_unlock(&broadcast->lock);
    return n;
}

void broadcast_end(struct broadcast *broadcast) {
    pthread_mutex_lock(&broadcast->lock);
    broadcast->ended = true;
    for (struct listener *l = broadcast->first; l; l = l->next)
        end(l);
    pthread_mutex_unlock(&broadcast->lock);
}

void broadcast_stop(struct broadcast *broadcast) {
    if (!broadcast) return;
    pthread_mutex_lock(&broadcast->pending_lock);
    broadcast->stopping = true;
    pthread_cond_broadcast(&broadcast->arrived);
    pthread_mutex_unlock(&broadcast->pending_lock);
    if (broadcast->started) pthread_join(broadcast->thread, NULL);
    for (size_t i = 0; i < broadcast->messages.n; i++)
        free((char *)broadcast->messages.v[i].json.p);
    VEC_FREE(&broadcast->messages);
    VEC_FREE(&broadcast->touched);
    pthread_mutex_destroy(&broadcast->pending_lock);
    pthread_mutex_destroy(&broadcast->lock);
    pthread_cond_destroy(&broadcast->arrived);
    free(broadcast);
}

/* ---- listening ---- */

static size_t of_principal(const struct broadcast *broadcast, const struct principal *principal) {
    size_t n = 0;
    for (const struct listener *l = broadcast->first; l; l = l->next)
        n += l->principal.kind == principal->kind && id_equal(l->principal.member, principal->member) &&
             id_equal(l->principal.key, principal->key);
    return n;
}

static enum status check_room(const struct broadcast *broadcast, const struct principal *principal,
                              struct problem *problem) {
    if (broadcast->ended)
        return fail(problem, UNAVAILABLE,
                    MESSAGE("stopping", "The server is stopping. Come back in a moment.",
                            "کارساز در حال ایستادن است. کمی بعد دوباره بیایید."),
                    NO_ARGS);
    if (broadcast->count < broadcast->options.most &&
        of_principal(broadcast, principal) < broadcast->options.most_each)
        return OK;
    return fail(
        problem, LIMITED,
        MESSAGE(
            "listeners_full",
            "Too many pages listen for changes already. Close some, or raise http.listeners.",
            "صفحه‌های بسیاری از پیش گوش به تغییرات‌اند. چند تا را ببندید، یا http.listeners را بیشتر کنید."),
        NO_ARGS);
}

enum status broadcast_listen(struct broadcast *broadcast, const struct principal *principal, unsigned topics,
                             struct str last_id, struct http_stream *ret, struct problem *problem) {
    pthread_mutex_lock(&broadcast->lock);
    enum status status = check_room(broadcast, principal, problem);
    if (!status) {
        struct listener *listener = memory_new(sizeof *listener);
        char id[64];
        snprintf(id, sizeof id, "%s-%llu", broadcast->begun, (unsigned long long)broadcast->version);
        listener->broadcast = broadcast;
        listener->principal = *principal;
        listener->principal.name = keep(principal->name);
        listener->principal.team = keep(principal->team);
        listener->topics = topics;
        pthread_mutex_init(&listener->lock, NULL);
        buf_format(&listener->queue, "retry: %d\nid: %s\nevent: hello\ndata: {}\n\n", RETRY_MS, id);
        if (last_id.n && !str_is(last_id, id)) put_reload(listener);
        listener->link = &broadcast->first;
        listener->next = broadcast->first;
        if (listener->next) listener->next->link = &listener->next;
        broadcast->first = listener;
        broadcast->count++;
        count_wanted(broadcast);
        *ret = (struct http_stream){take, close_listener, listener};
    }
    pthread_mutex_unlock(&broadcast->lock);
    return status;
}
