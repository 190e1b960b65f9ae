/* Rejected events: answered with 200, as clients expect, but not taken. Kept with the reason, bounded,
 * readable and replayable. */
#ifndef VAFA_SIGNALS_REJECTED_H
#define VAFA_SIGNALS_REJECTED_H
#include "platform/records.h"
#include "platform/route.h"
#include "signals/track.h"

enum { REJECTED_RAW_MAX = 32 << 10 };

struct rejected {
    uint64_t has;
    struct id id;
    struct str source;
    bool browser;          /* came by a browser key */
    struct str call_type;  /* of the route, or "batch" */
    instant_t received_at; /* the last time */
    struct str code;       /* of a message in track_reasons */
    struct str args;       /* its arguments: a JSON array of strings */
    struct str message;    /* in the reader's language; made when listed */
    struct str raw;        /* the event as sent, at most REJECTED_RAW_MAX bytes */
    bool raw_cut;          /* it was longer: cannot be replayed */
    int64_t times;         /* how often it came */
    instant_t replayed_at;
};
extern const struct record_type rejected_type;

/* Rules: rejected.c */
/* Fills a row from a reason; strings in the arena; raw is cut. */
struct rejected rejected_make(struct str source, bool browser, enum track_type type, instant_t received,
                              enum track_reason reason, const struct str args[2], struct str raw,
                              struct arena *arena);
/* The reason in words. */
struct str rejected_message(const struct rejected *rejected, enum language language, struct arena *arena);

/* Rows: rejected_store.c */
enum status rejected_store_put(struct session *session, const struct rejected *rejected,
                               struct problem *problem) MUST_USE;
enum status rejected_store_count(struct session *session, int64_t *n, struct problem *problem) MUST_USE;
enum status rejected_store_trim(struct session *session, int64_t n,
                                struct problem *problem) MUST_USE; /* the oldest n */
enum status rejected_store_get(struct session *session, struct id id, struct rejected *rejected,
                               struct arena *arena, struct problem *problem) MUST_USE;
/* Not yet replayed and whole, by id behind `after`. */
enum status rejected_store_open(struct session *session, struct id after, size_t limit, struct rejected **ret,
                                size_t *n, struct arena *arena, struct problem *problem) MUST_USE;
enum status rejected_store_replayed(struct session *session, const struct rejected *rejected, instant_t at,
                                    struct problem *problem) MUST_USE;

/* Handlers: rejected_api.c */
struct rejected_replay {
    uint64_t has;
    struct id id;
    bool all;
    int64_t replayed;
};
extern const struct record_type rejected_replay_type; /* input and output of the replay */
extern const struct route_query rejected_list_query[];
enum status rejected_handle_list(struct request *, struct response *, struct problem *);
enum status rejected_handle_replay(struct request *, struct response *, struct problem *);

#endif
