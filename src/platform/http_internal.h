/* Shared by the files of the HTTP server only. */
#ifndef VAFA_PLATFORM_HTTP_INTERNAL_H
#define VAFA_PLATFORM_HTTP_INTERNAL_H
#include "platform/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

enum {
    HTTP_KEEP_BODY = 1 << 20, /* a larger body buffer is given back after its request */
    HTTP_IDLE_WAITERS = 256,  /* request contexts kept for reuse */
    HTTP_CANNED = 32,         /* small answers kept ready */
    HTTP_CANNED_BYTES = 96,
    HTTP_MAX_HEADERS = 100,
    HTTP_INFLATE_RATIO = 200, /* gzip beyond this, once over HTTP_RATIO_FROM bytes, is a bomb */
    HTTP_RATIO_FROM = 1 << 20,
    HTTP_DESK_LINE = 16,     /* slow requests that wait; beyond: 429 */
    HTTP_DESK_OWN = 4,       /* of them of one member or key */
    HTTP_LET_PASS = 8 << 20, /* so much beyond its limit is read and dropped: a client that is cut off while
                                it writes loses the answer */
};

struct http_peer {
    struct http_peer *next, **link; /* of all connections, under the server's lock */
    int fd;                         /* borrowed: open as long as the peer is in the list */
    _Atomic int64_t waiting_us;     /* since when a whole header is awaited; 0: a request is under way */
    /* The response goes on, or waits at the desk: sleeping, it does not notice that nobody is there any more.
     */
    struct http_waiter *asleep;
    char text[64];
    bool local; /* by the socket file, and the same user as ours */
    bool refused;
};

enum waiter_state { WAITER_RUNNING, WAITER_ASLEEP, WAITER_FINISHED };

/* One request: its memory is reused by the next, whichever connection that comes from. */
struct http_waiter {
    struct http *http;
    struct MHD_Connection *connection;
    struct arena arena;
    struct str target;
    struct request request;
    struct response response;
    struct http_plan plan;
    struct problem problem; /* of the body */
    struct buf body;
    z_stream inflater;
    bool inflater_ready, gzip, gzip_ended, begun, answered, deferred, length_given, chunked;
    unsigned lengths;
    uint64_t announced; /* Content-Length */
    uint64_t wire, inflated;
    int upload_fd;
    char upload_path[256];
    int64_t started_us;
    atomic_int state;
    bool gone;               /* atomic: nobody waits for the answer any more */
    atomic_int stream_state; /* enum waiter_state of a response that goes on */
    enum status finished;
    int code;
    struct http_waiter *next;
};

struct http_canned {
    int code;
    bool cors;
    size_t n;
    char body[HTTP_CANNED_BYTES];
    struct MHD_Response *response;
};

/* http_desk.c: slow requests, one after another on a thread of its own. */
struct http_desk {
    pthread_t thread;
    bool open;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    struct http_waiter *first; /* in the order in which they came */
    struct http_waiter *at_work;
    bool stopping;
};
enum status http_desk_open(struct http_desk *desk, struct problem *problem) MUST_USE;
/* What is at work sees that it shall give up, what waits is refused, and nothing more is taken. */
void http_desk_stop(struct http_desk *desk);
void http_desk_free(struct http_desk *desk); /* once nobody can ask any more */
/* LIMITED: the line is full, or holds enough of this member's; UNAVAILABLE: it was stopped. */
enum status http_desk_take(struct http_desk *desk, struct http_waiter *waiter,
                           struct problem *problem) MUST_USE;

struct http {
    struct http_application application;
    struct http_options options;
    char upload_folder[192], socket_path[108];
    struct MHD_Daemon *tcp, *unix_socket;
    pthread_t watcher;
    bool watched; /* the watcher runs */
    struct http_desk desk;
    int port;
    char user[64];             /* "cli:<user>": the name of a LOCAL principal */
    pthread_mutex_t lock;      /* of all below */
    pthread_cond_t idle, stop; /* no request is under way; the watcher shall end */
    struct http_peer *peers;
    bool stopping;
    struct http_waiter *free;
    size_t free_count, busy;
    struct http_canned canned[HTTP_CANNED];
    atomic_size_t canned_count;
};

/* http_body.c: takes the next piece; a fault is left in waiter->problem and the rest of the body is let pass.
 * False: close. */
void http_body_begin(struct http_waiter *waiter);
bool http_body_take(struct http_waiter *waiter, const char *data, size_t n);
void http_body_end(struct http_waiter *waiter);
void http_body_reset(struct http_waiter *waiter);
/* http.c: who waits for it is gone, or the server ends. From any thread. */
void http_give_up(struct http_waiter *waiter);
/* http_reply.c: wakes a stream that sleeps; queues waiter->response. */
void http_wake(void *waiter);
enum MHD_Result http_reply(struct http_waiter *waiter);

#endif
