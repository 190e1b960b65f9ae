/* The HTTP server: libmicrohttpd's epoll threads on host:port and on a socket file of the data folder. It
 * receives a body (inflated, limited, in memory or in a file), hands the request to the application, and
 * sends the answer; a request whose answer has to wait for a group commit sleeps without a thread. */
#ifndef VAFA_PLATFORM_HTTP_H
#define VAFA_PLATFORM_HTTP_H
#include "platform/route.h"

struct http;

/* What the application wants done with a request's body; filled before the first byte of it is taken. */
struct http_plan {
    const void *route;     /* the application's own, handed back to it */
    const char *pattern;   /* for the log: never what the client typed */
    uint64_t body_max;     /* bytes on the wire and, for memory, inflated up to inflated_max; beyond: 413 */
    uint64_t inflated_max; /* bytes after gzip; beyond: 413 */
    bool to_file;          /* body goes to a temporary file: request->upload */
    bool slow;             /* handled apart, one after another, so that others do not wait for it */
    bool cors;             /* answer with Access-Control-Allow-Origin: * */
};

struct http_application {
    void *self;
    /* Called with method, headers, peer and (on the socket file) a LOCAL principal set. `target` is the raw
     * request target. Fills the plan and request->path, path_params and query. False: *response is the answer
     * already, and no body is read. */
    bool (*begin)(void *self, struct request *request, struct str target, struct http_plan *plan,
                  struct response *response);
    /* The whole request is here. Never fails: what went wrong is in *response. */
    void (*handle)(void *self, const struct http_plan *plan, struct request *request,
                   struct response *response);
    /* Turns a problem of the server itself (body too large, broken gzip, a lost group) into an answer. */
    void (*refuse)(void *self, struct request *request, struct response *response,
                   const struct problem *problem);
    /* An answer was sent; may be NULL. */
    void *log_self;
    void (*log)(void *log_self, const char *method, const char *pattern, int code, int64_t microseconds);
};

struct http_options {
    const char *listen;      /* "127.0.0.1:8080", "[::1]:8080", port 0: any; NULL: only the socket file */
    const char *socket_path; /* NULL: none */
    const char *upload_folder;
    unsigned threads, connections, connections_per_ip;
    unsigned timeout_seconds; /* of silence; a header must be whole in twice that, a body keep up 1 KiB/s */
    bool hsts;                /* TLS stands before us: tell browsers to stay on it */
};

enum status http_start(const struct http_options *options, struct http_application application,
                       struct http **ret, struct problem *problem) MUST_USE;
int http_port(const struct http *http); /* the port that it listens on */
/* Takes no more connections, waits up to wait_ms for requests under way (deferred ones too), then ends.
 * False: some were cut off, and their memory stays with them. */
bool http_stop(struct http *http, int wait_ms);

/* Ends a deferred request: OK sends the response as the handler left it, anything else a problem of that
 * status. Called once for each request whose handler set response->deferred, from any thread, even before the
 * handler has returned. Quick: it only wakes. */
void http_finish(struct http_waiter *waiter, enum status status);

#endif
