/* Requests, responses and routes: the same operations for the web, the API, the command line over a socket,
 * and the command line on a folder that nobody serves. */
#ifndef VAFA_PLATFORM_ROUTE_H
#define VAFA_PLATFORM_ROUTE_H
#include "base/fields.h"
#include "base/format.h"
#include "platform/house.h"

#include <sys/types.h>

enum method {
    METHOD_GET,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER
};

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_CSM, ROLE_MANAGER, ROLE_ADMIN };
enum scope { SCOPE_OWN, SCOPE_TEAM, SCOPE_ALL }; /* which accounts: own, the team's, all */

enum principal_kind {
    NOBODY,
    MEMBER, /* a signed-in member, by session cookie */
    API_KEY,
    LOCAL, /* the command line of the folder's owner: as an admin, audited as cli:<user> */
};
struct principal {
    enum principal_kind kind;
    struct id member;  /* MEMBER */
    struct id key;     /* API_KEY */
    struct id session; /* MEMBER: of the cookie */
    struct str name;   /* for the audit */
    enum role role;
    enum scope scope;
    struct str team;
    bool must_enrol; /* a second factor is required and they have none: only their own account is open */
};

struct parameter {
    struct str name, value; /* decoded */
};

struct http_waiter; /* platform/http.h: a request put to sleep until a group is durable */

struct request {
    struct house *house;
    struct arena *arena;
    enum method method;
    struct str path;                 /* decoded, without the query */
    struct parameter path_params[4]; /* {id} and the like, in the order of the route */
    struct parameter *query;
    size_t query_count;
    struct parameter *headers; /* names in lower case */
    size_t header_count;
    struct str body;    /* inflated */
    const char *upload; /* ROUTE_UPLOAD: the file that holds the body; removed after the handler */
    void *input;        /* decoded by the route's input table */
    uint64_t cleared;   /* PATCH: fields given as null */
    struct principal principal;
    enum language language;
    enum digits digits;         /* of what is shown in words, as the member likes it */
    int calendar;               /* likewise: enum calendar + 1; 0: the organisation's */
    struct str peer;            /* the client's address */
    const bool *stopping;       /* atomic; of a ROUTE_SLOW request: the server ends, so give up; or NULL */
    struct http_waiter *waiter; /* not NULL where a ROUTE_DEFERRED handler may answer later */
};

/* An answer that goes on for as long as its reader stays, without a thread of its own. take copies up to
 * `most` bytes: 0: there is nothing now, and `wake(waker)` is called once, from any thread, when there is;
 * −1: the end. close: the reader is gone or has everything; nothing is called afterwards. */
struct http_stream {
    ssize_t (*take)(void *self, char *out, size_t most, void (*wake)(void *waker), void *waker);
    void (*close)(void *self);
    void *self;
};

struct response {
    int code; /* HTTP status; 200 unless set */
    struct buf body;
    const char *content_type; /* application/json unless set */
    struct str etag, location, set_cookie;
    int retry_after;           /* seconds; 0: no header */
    struct parameter *headers; /* more, from the arena */
    size_t header_count;
    bool deferred;             /* the handler took request->waiter and will finish it */
    struct http_stream stream; /* take not NULL: the body; only where request->waiter is not NULL */
};

typedef enum status (*handler)(struct request *request, struct response *response, struct problem *problem);

enum route_flags {
    ROUTE_UPLOAD = 1,   /* body goes to a file, limited by import.max_bytes */
    ROUTE_INGEST = 2,   /* track API: its own authentication, limits and answers */
    ROUTE_DEFERRED = 4, /* may answer after a group commit */
    ROUTE_PUBLIC = 8,   /* needs no principal: sign-in, set-up, health of the process */
    ROUTE_LIST = 16,    /* output is {data:[output], next_cursor, has_more}; takes limit and cursor */
    ROUTE_TEXT = 32,    /* output is CSV or text, not JSON */
    ROUTE_ALL = 64,     /* rows of no one account: needs the scope all */
    ROUTE_SLOW = 256,   /* may take seconds: handled apart from the others, one after another */
    ROUTE_PAGE = 128,   /* for browsers, not for clients of the API: left out of openapi.json */
};

/* Parameters of the query, declared so that unknown ones are refused and openapi.json names them. */
struct route_query {
    const char *name, *doc; /* table ends with a NULL name */
};

struct route {
    enum method method;
    const char *path; /* "/api/v1/accounts/{id}" */
    handler handle;
    int permission;                           /* app/permissions.def; 0 with ROUTE_PUBLIC */
    const struct record_type *input, *output; /* NULL: none, or JSON described by doc only */
    const struct route_query *query;
    unsigned flags;
    const char *doc; /* one sentence, English */
};

/* Values of the request; empty (p NULL) when absent. */
struct str request_param(const struct request *request, const char *name);
struct str request_query(const struct request *request, const char *name);
struct str request_header(const struct request *request, const char *lower_name);
/* Numbers and dates from the query; absent leaves *out alone; wrong is a fault at the parameter's name. */
enum status request_query_int(const struct request *request, const char *name, int64_t min, int64_t max,
                              int64_t *out, struct problem *problem) MUST_USE;
/* One of the options (ends with NULL): *out is its place. */
enum status request_query_choice(const struct request *request, const char *name, const char *const *options,
                                 int *out, struct problem *problem) MUST_USE;
enum status request_query_day(const struct request *request, const char *name, day_t *out,
                              struct problem *problem) MUST_USE;

#endif
