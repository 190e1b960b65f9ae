/* The router: from a request to its operation and back, the same way for HTTP and for the command line in its
 * own process. match → language → who is it → may they → unknown parameters → decode by the field table →
 * operation → problem or answer → audit. */
#ifndef VAFA_APP_ROUTER_H
#define VAFA_APP_ROUTER_H
#include "platform/http.h"

enum permission {
    PERMISSION_NONE, /* public routes, and the track API, which knows its callers itself */
#define PERMISSION(name, wire, en, fa, role) PERMISSION_##name,
#include "app/permissions.def"
#undef PERMISSION
    PERMISSION_COUNT
};
struct permission_entry {
    const char *name;
    struct text title;
    enum role least;
};
extern const struct permission_entry permission_table[PERMISSION_COUNT];

/* All routes of the product, from app/routes.def. */
extern const struct route route_table[];
extern const size_t route_count;

struct router_limits {
    uint64_t api_body, ingest_body, ingest_inflated, import_body; /* bytes */
};
struct router;
/* The routes given (route_table; tests may add their own) for a house. The table stays the caller's. */
struct router *router_new(struct house *house, const struct route *routes, size_t count,
                          struct router_limits limits);
void router_free(struct router *router);
size_t router_routes(const struct router *router, const struct route **routes);
/* For http_start. */
struct http_application router_application(struct router *router);

/* One request inside this process. request: house, arena, method, headers, body or upload, and principal are
 * set; target is
 * "/path?query", percent-encoded. Every fault is in *response as problem+json. */
void router_dispatch(struct router *router, struct request *request, struct str target,
                     struct response *response);

/* Writes a problem as RFC 9457 JSON in the request's language. A response->code of 400 and above stays as it
 * is. */
void problem_encode(const struct problem *problem, const struct request *request, struct response *response);
/* The whole API described: OpenAPI 3.1. Routes of the track API are left out. */
void openapi_write(const struct router *router, struct buf *out);

#endif
