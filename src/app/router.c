#include "app/router.h"

#include "app/router_match.h"
#include "app/web.h"
#include "base/vec.h"
#include "customers/audit.h"
#include "insight/board.h"
#include "customers/key.h"
#include "customers/sign_in.h"

#include <stdlib.h>

struct router {
    struct house *house;
    const struct route *routes;
    size_t count;
    struct router_limits limits;
    struct route_node root;
};

const struct permission_entry permission_table[PERMISSION_COUNT] = {
    [PERMISSION_NONE] = {"none", {"Open to all", "برای همه باز"}, ROLE_NONE},
#define PERMISSION(name, wire, en, fa, role) [PERMISSION_##name] = {wire, {en, fa}, role},
#include "app/permissions.def"
#undef PERMISSION
};

struct router *router_new(struct house *house, const struct route *routes, size_t count,
                          struct router_limits limits) {
    struct router *router = memory_new(sizeof *router);
    router->house = house;
    router->routes = routes;
    router->count = count;
    router->limits = limits;
    for (size_t i = 0; i < count; i++)
        route_tree_add(&router->root, &routes[i]);
    return router;
}

void router_free(struct router *router) {
    if (!router) return;
    route_tree_free(&router->root);
    free(router);
}

size_t router_routes(const struct router *router, const struct route **routes) {
    *routes = router->routes;
    return router->count;
}

static const char *const method_names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};

static enum status no_route(struct router *router, struct request *request, struct response *response,
                            struct problem *problem) {
    struct str values[4];
    const struct route_node *node = route_tree_find(&router->root, request->path, values);
    if (!node && request->method == METHOD_GET && !str_starts(request->path, STR("/api/")))
        return web_answer(router->house->web, request, response, problem);
    if (!node)
        return fail(
            problem, NOT_FOUND,
            MESSAGE(
                "route_unknown",
                "There is nothing at this address. All addresses are in /api/v1/openapi.json.",
                "در این نشانی چیزی نیست. همهٔ نشانی‌ها در /api/v1/openapi.json آمده‌اند."),
            NO_ARGS);
    struct buf allow = {0};
    for (int i = 0; i < METHOD_OTHER; i++)
        if (node->by_method[i]) buf_format(&allow, "%s%s", allow.n ? ", " : "", method_names[i]);
    response->headers = arena_alloc(request->arena, sizeof *response->headers);
    response->headers[0] = (struct parameter){STR("Allow"), str_copy(request->arena, buf_str(&allow))};
    response->header_count = 1;
    response->code = 405;
    buf_free(&allow);
    return fail(problem, BAD_INPUT,
                MESSAGE("method_not_allowed", "This address does not take {0}; it takes {1}.",
                        "این نشانی {0} را نمی‌پذیرد؛ {1} را می‌پذیرد."),
                ARGS(str_of(method_names[request->method]), response->headers[0].value));
}

static void choose_language(struct request *request) {
    struct str wanted = request_query(request, "lang");
    if (!wanted.n) wanted = request_header(request, "accept-language");
    request->language = str_starts(wanted, STR("fa")) ? PERSIAN : ENGLISH;
}

static struct str cookie(const struct request *request) {
    struct str rest = request_header(request, "cookie");
    while (rest.n) {
        struct str value, pair = str_trim(str_cut(rest, ';', &rest)), name = str_cut(pair, '=', &value);
        if (str_is(name, SIGN_IN_COOKIE) || str_is(name, SIGN_IN_COOKIE_TLS)) return value;
    }
    return (struct str){0};
}

/* Who is it? Fills the principal; nobody is no failure here. */
static enum status authenticate(struct request *request, struct problem *problem) {
    if (request->principal.kind != NOBODY) return OK;
    struct str authorization = request_header(request, "authorization"), token = cookie(request);
    if (str_starts(authorization, STR("Bearer ")))
        return key_principal(request->house, str_slice(authorization, 7, authorization.n), request->arena,
                             &request->principal, problem);
    if (!token.n) return OK;
    return sign_in_principal(request, token, problem);
}

static struct str host_of(struct str url) { /* "http://a.example:80" → "a.example:80" */
    for (size_t i = 0; i + 2 < url.n; i++)
        if (url.p[i] == ':' && url.p[i + 1] == '/' && url.p[i + 2] == '/')
            return str_slice(url, i + 3, url.n);
    return url;
}

static bool is_json(struct str type) {
    struct str rest;
    return str_equal_nocase(str_trim(str_cut(type, ';', &rest)), STR("application/json"));
}

/* A browser sends its cookie along with whatever a foreign page asks for; so a change by cookie must say that
 * it comes from our own page, and in a form that no foreign page can send without asking first. */
static enum status check_origin(const struct request *request, const struct route *route,
                                struct problem *problem) {
    if (request->method == METHOD_GET || request->principal.kind == LOCAL ||
        request->principal.kind == API_KEY)
        return OK;
    struct str origin = request_header(request, "origin"), site = request_header(request, "sec-fetch-site");
    bool same = origin.n && str_equal_nocase(host_of(origin), request_header(request, "host"));
    bool foreign = (origin.n && !same) || (site.n && !str_is(site, "same-origin") && !str_is(site, "none"));
    bool proved = same || str_is(site, "same-origin");
    bool form = request->body.n && !(route->flags & ROUTE_UPLOAD) &&
                !is_json(request_header(request, "content-type"));
    if (!foreign && !form && (proved || request->principal.kind == NOBODY)) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "origin_refused",
            "A change by cookie must come from our own page (Origin, Sec-Fetch-Site) as application/json.",
            "تغییر با کوکی باید از صفحهٔ خود ما (Origin، Sec-Fetch-Site) و با نوع application/json بیاید."),
        NO_ARGS);
}

static enum status check_permission(const struct request *request, const struct route *route,
                                    struct problem *problem) {
    if (route->flags & ROUTE_PUBLIC) return OK;
    if (request->principal.kind == NOBODY)
        return fail(
            problem, UNAUTHENTICATED,
            MESSAGE(
                "sign_in_first", "Sign in, or send a valid key as “Authorization: Bearer vafa_…”.",
                "وارد شوید، یا کلید معتبری به‌صورت «Authorization: Bearer vafa_…» بفرستید."),
            NO_ARGS);
    if (request->principal.must_enrol && route->permission != PERMISSION_SELF)
        return fail(
            problem, FORBIDDEN,
            MESSAGE(
                "second_factor_needed", "Everybody here signs in with a second factor. Set yours up first.",
                "اینجا همه با عامل دوم وارد می‌شوند. نخست عامل دوم خود را بسازید."),
            NO_ARGS);
    const struct permission_entry *permission = &permission_table[route->permission];
    if (route->permission > PERMISSION_NONE && route->permission < PERMISSION_COUNT &&
        request->principal.role >= permission->least) {
        if (!(route->flags & ROUTE_ALL) || request->principal.scope == SCOPE_ALL) return OK;
        return fail(
            problem, FORBIDDEN,
            MESSAGE(
                "scope_missing",
                "This is not sorted by account, so only whoever sees all accounts may use it.",
                "این بخش به تفکیک مشتری نیست و تنها برای کسی است که همهٔ مشتریان را می‌بیند."),
            NO_ARGS);
    }
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "permission_missing",
            "Your role lacks the permission {0}. An administrator can change your role.",
            "نقش شما مجوز {0} را ندارد. مدیر سامانه می‌تواند نقش شما را تغییر دهد."),
        ARGS(str_of(permission->name)));
}

static enum status check_query(const struct request *request, const struct route *route,
                               struct problem *problem) {
    for (size_t i = 0; i < request->query_count; i++) {
        struct str name = request->query[i].name;
        bool known = str_is(name, "lang");
        if (route->flags & ROUTE_LIST) known |= str_is(name, "limit") || str_is(name, "cursor");
        for (const struct route_query *q = route->query; q && q->name && !known; q++)
            known = str_is(name, q->name);
        for (size_t j = 0; j < i && known; j++) {
            if (!str_equal(request->query[j].name, name)) continue;
            fail_at(problem, name,
                    MESSAGE("parameter_twice", "The parameter “{0}” is given twice.",
                            "پارامتر «{0}» دو بار آمده است."),
                    ARGS(name));
        }
        if (known) continue;
        fail_at(problem, name,
                MESSAGE("parameter_unknown", "There is no parameter “{0}” at this address.",
                        "این نشانی پارامتری به نام «{0}» ندارد."),
                ARGS(name));
    }
    return problem->status;
}

static enum status decode(struct request *request, const struct route *route, struct problem *problem) {
    if (!route->input || (route->flags & ROUTE_UPLOAD)) return OK;
    struct json body;
    enum status status = json_parse(request->body, request->arena, &body, problem);
    if (status) return status;
    request->input = arena_alloc(request->arena, route->input->size);
    return fields_decode(route->input, &body, request->method == METHOD_PATCH ? DECODE_PATCH : DECODE_NEW,
                         request->input, &request->cleared, request->arena, problem);
}

static void not_modified(const struct request *request, struct response *response) {
    if (request->method != METHOD_GET || !response->etag.n) return;
    for (struct str rest = request_header(request, "if-none-match"); rest.n;) {
        struct str tag = str_trim(str_cut(rest, ',', &rest));
        if (str_starts(tag, STR("W/"))) tag = str_slice(tag, 2, tag.n);
        if (!str_equal(tag, response->etag) && !str_is(tag, "*")) continue;
        response->code = 304;
        buf_clear(&response->body);
        return;
    }
}

static void audit(struct request *request, const struct route *route, const struct response *response) {
    bool said = route->flags & ROUTE_PUBLIC ? response->code != 429 : request->principal.kind != NOBODY;
    if (request->method == METHOD_GET || (route->flags & ROUTE_INGEST) || !said) return;
    audit_put(request->house, &(struct audit_entry){.principal = &request->principal,
                                                    .method = str_of(method_names[request->method]),
                                                    .route = str_of(route->path),
                                                    .target = request->path,
                                                    .code = response->code ? response->code : 200,
                                                    .peer = request->peer});
}

static void preflight(struct response *response, struct request *request) {
    static const struct parameter headers[] = {
        {STR("Access-Control-Allow-Methods"), STR("GET, POST, OPTIONS")},
        {STR("Access-Control-Allow-Headers"),
         STR("authorization, content-type, content-encoding, x-write-key")},
        {STR("Access-Control-Max-Age"), STR("86400")},
    };
    response->code = 204;
    response->headers = arena_copy(request->arena, headers, sizeof headers);
    response->header_count = COUNT(headers);
}

static enum status run(struct router *router, const struct route *route, struct request *request,
                       struct response *response, struct problem *problem) {
    enum status status;
    if (!route) return no_route(router, request, response, problem);
    if (route->flags & ROUTE_INGEST) return route->handle(request, response, problem);
    if ((status = authenticate(request, problem))) return status;
    if ((status = check_origin(request, route, problem))) return status;
    if ((status = check_permission(request, route, problem))) return status;
    if ((status = check_query(request, route, problem))) return status;
    if ((status = decode(request, route, problem))) return status;
    return route->handle(request, response, problem);
}

static void handle(void *self, const struct http_plan *plan, struct request *request,
                   struct response *response) {
    struct router *router = self;
    const struct route *route = plan->route;
    if (request->method == METHOD_OPTIONS && plan->cors) {
        preflight(response, request);
        return;
    }
    struct problem problem = {.arena = request->arena};
    if (run(router, route, request, response, &problem)) problem_encode(&problem, request, response);
    if (response->deferred) return;
    not_modified(request, response);
    bool changes = route && request->method != METHOD_GET && !(route->flags & ROUTE_INGEST);
    if (changes && response->code < 400) board_touched(router->house->board);
    if (route) audit(request, route, response);
}

/* The tree is asked before a body is read: its limits hang on the route. An upload is not taken from whoever
 * may not send it, nor does such a one stand in the line for slow work. */
static bool begin(void *self, struct request *request, struct str target, struct http_plan *plan,
                  struct response *response) {
    struct router *router = self;
    struct problem problem = {.arena = request->arena};
    struct str path, values[4] = {{0}};
    request->house = router->house;
    plan->body_max = plan->inflated_max = router->limits.api_body;
    if (!route_target(request, target, &path)) {
        fail(&problem, BAD_INPUT,
             MESSAGE("address_broken", "The address holds a broken %-escape.",
                     "نشانی یک نویسهٔ ٪ نادرست دارد."),
             NO_ARGS);
        problem_encode(&problem, request, response);
        return false;
    }
    choose_language(request);
    const struct route_node *node = route_tree_find(&router->root, path, values);
    if (!node) return true;
    const struct route *post = node->by_method[METHOD_POST], *get = node->by_method[METHOD_GET];
    plan->cors = (post && post->flags & ROUTE_INGEST) || (get && get->flags & ROUTE_INGEST);
    const struct route *route = request->method < METHOD_OTHER ? node->by_method[request->method] : NULL;
    if (!route) return true;
    plan->route = route;
    plan->pattern = route->path;
    size_t n = 0;
    for (struct str rest = str_of(route->path); rest.n && n < 4;) {
        struct str name = str_cut(rest, '{', &rest);
        if (!rest.p) break;
        name = str_cut(rest, '}', &rest);
        request->path_params[n].name = name;
        if (!route_decode(request->arena, values[n], false, &request->path_params[n].value)) return true;
        n++;
    }
    if (route->flags & ROUTE_INGEST) {
        plan->body_max = router->limits.ingest_body;
        plan->inflated_max = router->limits.ingest_inflated;
    }
    if (!(route->flags & (ROUTE_UPLOAD | ROUTE_SLOW))) return true;
    plan->slow = route->flags & ROUTE_SLOW;
    if ((plan->to_file = route->flags & ROUTE_UPLOAD))
        plan->body_max = plan->inflated_max = router->limits.import_body;
    if (!authenticate(request, &problem) && !check_origin(request, route, &problem) &&
        !check_permission(request, route, &problem))
        return true;
    problem_encode(&problem, request, response);
    return false;
}

static void refuse(void *self, struct request *request, struct response *response,
                   const struct problem *problem) {
    (void)self;
    problem_encode(problem, request, response);
}

struct http_application router_application(struct router *router) {
    return (struct http_application){.self = router, .begin = begin, .handle = handle, .refuse = refuse};
}

void router_dispatch(struct router *router, struct request *request, struct str target,
                     struct response *response) {
    struct http_plan plan = {0};
    if (begin(router, request, target, &plan, response)) handle(router, &plan, request, response);
    if (!response->code) response->code = response->body.n ? 200 : 204;
}
