/* Broadcast: what happens in the house, told within a moment to whoever listens, as server-sent events
 * (WHATWG HTML, 9.2).
 *
 * Who has something to tell leaves it here and goes on: at most a lock of its own for the length of a copy,
 * and nothing at all while nobody listens. One thread gathers, decides who may hear what, and writes into the
 * bounded queue of each listener. A listener that is too slow, or comes back having missed something, is told
 * to read everything anew ("reload"): it never holds anybody up. */
#ifndef VAFA_PLATFORM_BROADCAST_H
#define VAFA_PLATFORM_BROADCAST_H
#include "platform/route.h"

enum topic {
    TOPIC_ACCOUNTS,  /* accounts were touched or their health has changed */
    TOPIC_IMPORTS,   /* an import went on */
    TOPIC_INGEST,    /* counts of what was received */
    TOPIC_EVENTS,    /* some of the events that were taken */
    TOPIC_REJECTED,  /* some of those that were not */
    TOPIC_SETTINGS,  /* settings were changed */
    TOPIC_CATALOGUE, /* facts, features, scorecards, segments, holidays were changed */
    TOPIC_JOBS,      /* long work went on: backup, demo */
    TOPIC_COUNT
};
extern const char *const topic_names[TOPIC_COUNT + 1]; /* ends with NULL */

enum account_news { NEWS_USAGE = 1, NEWS_RECORDS = 2, NEWS_HEALTH = 4 };

struct broadcast_options {
    int gather_ms, heartbeat_ms; /* 0: 200 and 15,000 */
    size_t queue_bytes;          /* of a listener; 0: 64 KiB */
    size_t most, most_each;      /* listeners in all, and of one member or key; 0: 500 and 20 */
    /* Writes an account's id; false: the principal may not see it. */
    bool (*account)(void *self, uint32_t account, const struct principal *principal, struct json_writer *w);
    /* Whether the sign-in of a listener still holds; asked with each heartbeat and after broadcast_recheck.
     */
    bool (*holds)(void *self, const struct principal *principal);
    void *self;
};

struct broadcast;
enum status broadcast_start(const struct broadcast_options *options, struct broadcast **ret,
                            struct problem *problem) MUST_USE;
/* Ends all listeners; nobody is taken in afterwards. Called before the HTTP server stops. */
void broadcast_end(struct broadcast *broadcast);
void broadcast_stop(struct broadcast *broadcast); /* accepts NULL; all listeners are closed by then */
size_t broadcast_listeners(struct broadcast *broadcast);

/* ---- telling; any thread, never waits ---- */

bool broadcast_wanted(struct broadcast *broadcast,
                      enum topic topic); /* worth making a message for? accepts NULL */
void broadcast_account(struct broadcast *broadcast, uint32_t account,
                       unsigned news); /* UINT32_MAX: all; accepts NULL */
/* An object in JSON. about: the account that it is of, and heard by who may see that; ABOUT_ALL: heard by
 * whoever sees all accounts; ABOUT_NONE: by everybody. */
enum { ABOUT_ALL = UINT32_MAX, ABOUT_NONE = UINT32_MAX - 1 };
void broadcast_say(struct broadcast *broadcast, enum topic topic, uint32_t about, struct str json);
void broadcast_recheck(
    struct broadcast *broadcast); /* sessions were ended: who listens on them is ended, too */

/* ---- listening ---- */

/* The principal is copied. last_id: the id that the listener heard last; when anything may have passed since,
 * its first word is reload. LIMITED: too many listeners. UNAVAILABLE: the server is stopping. */
enum status broadcast_listen(struct broadcast *broadcast, const struct principal *principal, unsigned topics,
                             struct str last_id, struct http_stream *ret, struct problem *problem) MUST_USE;

#endif
