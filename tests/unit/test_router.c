/* Every request's way through the router, on a real folder: who may do what, sessions, problems, entity tags,
 * the audit. */
#include "app/house.h"
#include "app/router.h"
#include "base/vec.h"
#include "customers/key.h"
#include "customers/member.h"
#include "customers/people.h"
#include "customers/sign_in.h"
#include "platform/broadcast.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const instant_t start = 1763892000000; /* 2025-11-23 10:00 UTC */

struct world {
    char folder[64];
    instant_t now;
    struct log log;
    struct house *house;
    struct arena arena;
    struct response response;
    struct json body; /* of the last answer */
    struct str cookie;
    char keys[ROLE_ADMIN + 1][64]; /* secrets by role; [0]: revoked */
};

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    return remove(path);
}

/* One request with the headers given (name, value, …, NULL). Returns the status; the answer stays in
 * world->body. */
static int send(struct world *world, enum method method, const char *target, const char *body,
                enum principal_kind kind, ...) {
    struct parameter headers[8];
    size_t n = 0;
    va_list list;
    va_start(list, kind);
    for (const char *name; (name = va_arg(list, const char *)) && n < COUNT(headers);)
        headers[n++] = (struct parameter){str_of(name), str_of(va_arg(list, const char *))};
    va_end(list);
    struct request request = {.house = world->house,
                              .arena = &world->arena,
                              .method = method,
                              .headers = headers,
                              .header_count = n,
                              .body = str_of(body),
                              .peer = STR("192.0.2.7")};
    if (kind == LOCAL)
        request.principal = (struct principal){
            .kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:test")};
    struct problem problem = {.arena = &world->arena};
    buf_free(&world->response.body);
    world->response = (struct response){0};
    world->body = (struct json){0};
    router_dispatch(world->house->router, &request, str_of(target), &world->response);
    if (world->response.body.n)
        assert_int_equal(json_parse(buf_str(&world->response.body), &world->arena, &world->body, &problem),
                         OK);
    if (world->response.set_cookie.n) {
        struct str rest, value;
        str_cut(str_cut(world->response.set_cookie, ';', &rest), '=', &value);
        world->cookie = value;
    }
    return world->response.code;
}
#define AS_LOCAL(method, target, body) send(world, method, target, body, LOCAL, NULL)
#define AS_NOBODY(method, target, body)                                                                      \
    send(world, method, target, body, NOBODY, "content-type", "application/json", NULL)
/* A browser on our own page with the last cookie. */
#define AS_BROWSER(method, target, body)                                                                     \
    send(world, method, target, body, NOBODY, "content-type", "application/json", "origin",                  \
         "http://vafa.example", "host", "vafa.example", "cookie",                                            \
         str_c(&world->arena, str_format(&world->arena, "vafa=%.*s", STR_ARG(world->cookie))), NULL)

static const char *code_of(struct world *world) {
    return str_c(&world->arena, json_get_string(&world->body, "code"));
}
static const char *text_of(struct world *world, const char *name) {
    return str_c(&world->arena, json_get_string(&world->body, name));
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    struct problem problem = {.arena = &world->arena};
    snprintf(world->folder, sizeof world->folder, "/tmp/vafa-router-XXXXXX");
    if (!mkdtemp(world->folder)) return 1;
    world->now = start;
    world->log = (struct log){-1, LOG_LEVEL_ERROR, clock_fixed(&world->now)};
    if (house_open(world->folder, true, clock_fixed(&world->now), &world->log, &world->house, &problem))
        return 1;
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    house_close(world->house);
    buf_free(&world->response.body);
    arena_free(&world->arena);
    nftw(world->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

static void make_key(struct world *world, const char *name, const char *role, char out[64]) {
    char body[200];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"kind\":\"api\",\"role\":\"%s\"}", name, role);
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/keys", body), 201);
    snprintf(out, 64, "Bearer %s", text_of(world, "secret"));
}

/* "/a/{b}" → "/a/unknown" */
static const char *fill(struct world *world, const char *pattern) {
    struct buf out = {0};
    for (struct str rest = str_of(pattern); rest.n;) {
        buf_put_str(&out, str_cut(rest, '{', &rest));
        if (!rest.p) break;
        str_cut(rest, '}', &rest);
        buf_put_c(&out, "unknown");
    }
    const char *target = str_c(&world->arena, buf_str(&out));
    buf_free(&out);
    return target;
}

static enum status reached(struct request *request, struct response *response, struct problem *problem) {
    (void)request, (void)problem;
    response->code = 299;
    return OK;
}

/* The routes as they are, with an operation that only says that it was reached. */
static void every_route_knows_who_may(void **state) {
    struct world *world = *state;
    static const char *const roles[] = {"viewer", "viewer", "csm", "manager", "admin"};
    for (int role = 0; role <= ROLE_ADMIN; role++) {
        char name[16];
        snprintf(name, sizeof name, "key-%d", role);
        make_key(world, name, roles[role], world->keys[role]);
    }
    assert_int_equal(AS_LOCAL(METHOD_DELETE, "/api/v1/keys/key-0", NULL), 200);
    struct route *routes = arena_copy(&world->arena, route_table, route_count * sizeof *routes);
    for (size_t i = 0; i < route_count; i++) {
        routes[i].handle = reached;
        routes[i].input = NULL;
    }
    struct router *real = world->house->router;
    world->house->router = router_new(world->house, routes, route_count, (struct router_limits){0});
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        if (route->flags & ROUTE_INGEST) continue;
        assert_true(route->doc && *route->doc);
        assert_true(!(route->flags & ROUTE_PUBLIC) == (route->permission > PERMISSION_NONE));
        const char *target = fill(world, route->path);
        int code = send(world, route->method, target, NULL, NOBODY, NULL);
        if (route->flags & ROUTE_PUBLIC) {
            assert_int_equal(code, 299);
            continue;
        }
        assert_int_equal(code, 401);
        assert_string_equal(code_of(world), "sign_in_first");
        assert_int_equal(
            send(world, route->method, target, NULL, NOBODY, "authorization", world->keys[0], NULL), 401);
        assert_string_equal(code_of(world), "key_unknown");
        for (int role = ROLE_VIEWER; role <= ROLE_ADMIN; role++) {
            bool allowed = role >= (int)permission_table[route->permission].least;
            code = send(world, route->method, target, NULL, NOBODY, "authorization", world->keys[role], NULL);
            if (code != (allowed ? 299 : 403)) fail_msg("%s with role %d: %d", route->path, role, code);
        }
    }
    router_free(world->house->router);
    world->house->router = real;
    /* A few by hand, so that the table itself is held to something. */
    assert_int_equal(send(world, METHOD_GET, "/api/v1/members", NULL, NOBODY, "authorization",
                          world->keys[ROLE_VIEWER], NULL),
                     200);
    assert_int_equal(send(world, METHOD_GET, "/api/v1/audit", NULL, NOBODY, "authorization",
                          world->keys[ROLE_MANAGER], NULL),
                     403);
    assert_int_equal(send(world, METHOD_POST, "/api/v1/keys", "{}", NOBODY, "authorization",
                          world->keys[ROLE_MANAGER], NULL),
                     403);
    assert_int_equal(
        send(world, METHOD_GET, "/api/v1/keys", NULL, NOBODY, "authorization", world->keys[ROLE_ADMIN], NULL),
        200);
}

static void addresses_and_methods(void **state) {
    struct world *world = *state;
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/nothing", NULL), 404);
    assert_string_equal(code_of(world), "route_unknown");
    assert_int_equal(AS_LOCAL(METHOD_PUT, "/api/v1/members", NULL), 405);
    assert_true(str_is(world->response.headers[0].name, "Allow") &&
                str_is(world->response.headers[0].value, "GET, POST"));
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members/", NULL), 200); /* a trailing slash is let pass */
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members?x=1", NULL), 400);
    assert_string_equal(code_of(world), "parameter_unknown");
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members?limit=1&limit=2", NULL), 400);
    assert_string_equal(code_of(world), "parameter_twice");
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members?limit=many", NULL), 400);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members/%zz", NULL), 400);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members/a%00b", NULL), 400);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/members/a%2Fb", NULL), 404); /* one segment, not two */
    assert_string_equal(code_of(world), "not_found");
}

static void problems_have_one_shape(void **state) {
    struct world *world = *state;
    const char *bad = "{\"name\":\"A\",\"email\":5,\"role\":\"king\",\"id\":\"x\",\"more\":1}";
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members", bad), 400);
    assert_string_equal(world->response.content_type, "application/problem+json");
    assert_int_equal(json_get(&world->body, "status")->integer, 400);
    assert_string_equal(text_of(world, "title"), "The request is wrong");
    assert_true(str_starts(json_get_string(&world->body, "type"), STR("urn:vafa:problem:")));
    assert_true(str_starts(json_get_string(&world->body, "instance"), STR("urn:uuid:")));
    const struct json *errors = json_get(&world->body, "errors");
    assert_int_equal(errors->n, 4);
    assert_true(str_is(json_get_string(&errors->items[0], "pointer"), "/email"));
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members?lang=fa", "{"), 400);
    assert_string_equal(text_of(world, "title"), "درخواست نادرست است");
    assert_int_equal(
        send(world, METHOD_GET, "/api/v1/me", NULL, NOBODY, "accept-language", "fa-IR,fa;q=0.9", NULL), 401);
    assert_string_equal(text_of(world, "title"), "وارد نشده‌اید");
}

static void set_up(struct world *world) {
    struct one_time token;
    struct problem problem = {.arena = &world->arena};
    assert_int_equal(setup_token(world->house, &token, &problem), OK);
    char body[600];
    static const char form[] =
        "{\"token\":\"%s\",\"organisation\":\"Acme\",\"time_zone\":\"%s\",\"name\":\"Mina Rad\","
        "\"email\":\"Mina@acme.example\",\"password\":\"%s\"}";
    snprintf(body, sizeof body, form, token.text, "Nowhere/At", "violet kettle 71");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/setup", body), 400);
    snprintf(body, sizeof body, form, token.text, "Europe/Berlin", "password1234");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/setup", body), 400);
    assert_string_equal(code_of(world), "password_weak");
    snprintf(body, sizeof body, form, "wrong", "Europe/Berlin", "violet kettle 71");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/setup", body), 403);
    snprintf(body, sizeof body, form, token.text, "Europe/Berlin", "violet kettle 71");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/setup", body), 201);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/setup", body), 403); /* once */
    assert_int_equal(setup_token(world->house, &token, &problem), OK);
    assert_string_equal(token.text, "");
}

#define SIGN_IN_GOOD "{\"email\":\"MINA@ACME.example\",\"password\":\"violet kettle 71\"}"

static void setup_and_sessions(void **state) {
    struct world *world = *state;
    set_up(world);
    assert_int_equal(
        AS_NOBODY(METHOD_POST, "/api/v1/session", "{\"email\":\"mina@acme.example\",\"password\":\"wrong\"}"),
        401);
    assert_string_equal(code_of(world), "sign_in_wrong");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session",
                               "{\"email\":\"nobody@acme.example\",\"password\":\"wrong\"}"),
                     401);
    assert_string_equal(code_of(world), "sign_in_wrong");
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    assert_int_equal(world->cookie.n, 43);
    assert_non_null(strstr(str_c(&world->arena, world->response.set_cookie), "; HttpOnly; SameSite=Lax"));
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 200);
    assert_string_equal(text_of(world, "role"), "admin");
    /* Idle after 30 minutes, over after 12 hours, whatever happened between. */
    world->now += 29 * 60000;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 200);
    world->now += 29 * 60000;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 200);
    world->now += 31 * 60000;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 401);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    for (int i = 0; i < 25; i++) {
        world->now += 28 * 60000; /* 25 × 28 minutes: 11 h 40 min */
        assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 200);
    }
    world->now += 21 * 60000;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 401);
    /* Signing out ends it; a new sign-in has another token. */
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    struct str first = str_copy(&world->arena, world->cookie);
    assert_int_equal(AS_BROWSER(METHOD_DELETE, "/api/v1/session", NULL), 204);
    world->cookie = first;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 401);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    assert_false(str_equal(first, world->cookie));
}

static void post(void *semaphore) {
    sem_post(semaphore);
}

/* A stream of a session that a new password ended says nothing more, even where the browser gets no new one.
 */
static void a_new_password_ends_streams_before_all_else(void **state) {
    struct world *world = *state;
    struct problem problem = {.arena = &world->arena};
    struct principal who = {.kind = MEMBER, .role = ROLE_ADMIN, .scope = SCOPE_ALL};
    struct http_stream stream;
    sqlite3 *db;
    char text[1000];
    set_up(world);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/sessions", NULL), 200);
    assert_true(id_parse(json_get_string(&json_get(&world->body, "data")->items[0], "id"), &who.session));
    assert_int_equal(
        broadcast_listen(world->house->broadcast, &who, 1u << TOPIC_JOBS, STR(""), &stream, &problem), OK);
    assert_true(stream.take(stream.self, text, sizeof text, NULL, NULL) > 0); /* hello */
    const char *path = str_format(&world->arena, "%s/records.sqlite", world->folder).p;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 60000); /* the house writes beside us */
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER full BEFORE INSERT ON member_sessions BEGIN "
                                  "SELECT RAISE(ABORT, 'full'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_true(AS_BROWSER(METHOD_POST, "/api/v1/me/password",
                           "{\"current\":\"violet kettle 71\",\"password\":\"seven grey rivers 12\"}") >=
                400);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD),
                     401); /* the password did change */
    broadcast_say(world->house->broadcast, TOPIC_JOBS, ABOUT_NONE, STR("{}"));
    sem_t woken;
    sem_init(&woken, 0, 0);
    ssize_t got;
    while ((got = stream.take(stream.self, text, sizeof text, post, &woken)) == 0)
        sem_wait(&woken);
    assert_int_equal(got, -1);
    sem_destroy(&woken);
    stream.close(stream.self);
}

/* A change by cookie from a page that is not ours, in six shapes: none has an effect. */
static void forged_requests_change_nothing(void **state) {
    struct world *world = *state;
    const char *cookie = str_c(&world->arena, str_format(&world->arena, "vafa=%.*s", STR_ARG(world->cookie)));
    const char *body = "{\"name\":\"forged\",\"kind\":\"server\"}", *path = "/api/v1/keys";
#define FORGE(...)                                                                                           \
    assert_int_equal(send(world, METHOD_POST, path, body, NOBODY, "cookie", cookie, "host", "vafa.example",  \
                          __VA_ARGS__, NULL),                                                                \
                     403)
    FORGE("content-type", "application/json"); /* neither Origin nor Sec-Fetch-Site */
    FORGE("content-type", "application/json", "origin", "http://evil.example");
    FORGE("content-type", "text/plain", "origin", "http://vafa.example");
    FORGE("content-type", "application/x-www-form-urlencoded", "sec-fetch-site", "same-origin");
    FORGE("content-type", "application/json", "sec-fetch-site", "cross-site");
    FORGE("content-type", "application/json", "origin", "null");
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/keys", NULL), 200);
    const struct json *data = json_get(&world->body, "data");
    for (size_t i = 0; i < data->n; i++)
        assert_false(str_is(json_get_string(&data->items[i], "name"), "forged"));
    assert_int_equal(AS_BROWSER(METHOD_POST, path, "{\"name\":\"own\",\"kind\":\"server\"}"), 201);
}

static void power_ends_with_its_reason(void **state) {
    struct world *world = *state;
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/members/mina@acme.example", NULL), 200);
    struct str etag = str_copy(&world->arena, world->response.etag);
    assert_true(str_is(etag, "\"1\""));
    assert_int_equal(send(world, METHOD_GET, "/api/v1/members/mina@acme.example", NULL, LOCAL,
                          "if-none-match", "\"1\"", NULL),
                     304);
    const char *path = "/api/v1/members/mina@acme.example", *lesser = "{\"role\":\"viewer\"}";
    assert_int_equal(AS_LOCAL(METHOD_PATCH, path, lesser), 428);
    assert_int_equal(send(world, METHOD_PATCH, path, lesser, LOCAL, "if-match", "\"9\"", NULL), 412);
    assert_int_equal(send(world, METHOD_PATCH, path, lesser, LOCAL, "if-match", "\"1\"", NULL), 409);
    assert_string_equal(code_of(world), "last_admin");
    assert_int_equal(send(world, METHOD_PATCH, path, "{\"disabled\":true}", LOCAL, "if-match", "\"1\"", NULL),
                     409);
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members",
                              "{\"name\":\"Omid\",\"email\":\"omid@acme.example\",\"role\":\"admin\"}"),
                     201);
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members",
                              "{\"name\":\"Omid\",\"email\":\"OMID@acme.example\",\"role\":\"csm\"}"),
                     409);
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 200);
    assert_int_equal(send(world, METHOD_PATCH, path, lesser, LOCAL, "if-match", "\"1\"", NULL), 200);
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 401); /* a changed role ends the sessions */
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 200);
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/audit", NULL), 403);
}

static void a_password_link_works_once(void **state) {
    struct world *world = *state;
    char body[300];
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members/Mina%20Rad/reset", NULL), 200);
    const char *old = text_of(world, "token");
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members/Mina%20Rad/reset", NULL), 200);
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"amber lantern 52\"}", old);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/password", body), 403); /* replaced by the newer */
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members/Mina%20Rad/reset", NULL), 200);
    const char *token = text_of(world, "token");
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"short\"}", token);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/password", body), 400); /* does not use it up */
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"amber lantern 52\"}", token);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/password", body), 204);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/password", body), 403);
    assert_int_equal(AS_BROWSER(METHOD_GET, "/api/v1/me", NULL), 401);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/session", SIGN_IN_GOOD), 401);
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/members/Mina%20Rad/reset", NULL), 200);
    token = text_of(world, "token");
    world->now += 61 * 60000;
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"cobalt harbour 88\"}", token);
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/password", body), 403); /* too old */
}

static void guessing_is_limited(void **state) {
    struct world *world = *state;
    world->now += 60 * 60000;
    int refused = 0, limited = 0;
    for (int i = 0; i < 40; i++) {
        int code = AS_NOBODY(METHOD_POST, "/api/v1/session",
                             "{\"email\":\"omid@acme.example\",\"password\":\"guess\"}");
        refused += code == 401;
        limited += code == 429;
    }
    assert_int_equal(refused, 10); /* login.member_attempts */
    assert_int_equal(limited, 30);
    assert_true(world->response.retry_after > 0);
    /* The right password does not help while the limit lasts, nor does it tell. */
    assert_int_equal(
        AS_NOBODY(METHOD_POST, "/api/v1/session", "{\"email\":\"omid@acme.example\",\"password\":\"x\"}"),
        429);
}

static uint32_t start_of_hash(struct str name) {
    uint8_t hash[TOKEN_HASH];
    uint32_t number;
    token_hash(name, hash);
    memcpy(&number, hash, sizeof number);
    return number % 8192;
}

/* Counts are kept in a table of limited size: names picked to share a place with the victim's, as anyone can
 * who knows how places are given, must not wipe its count. (Three victims: one may share by chance.) */
static void counts_are_not_wiped_by_picked_names(void **state) {
    struct world *world = *state;
    struct people *people = world->house->people;
    int kept = 0;
    for (int victim = 0; victim < 3; victim++) {
        char name[64], other[64];
        snprintf(name, sizeof name, "victim %d", victim);
        int guess = 0;
        do
            snprintf(other, sizeof other, "account x%d@acme.example", guess++);
        while (start_of_hash(str_of(other)) != start_of_hash(str_of(name)));
        struct attempts mine = {str_of(name), 1, 60000}, theirs = {str_of(other), 1, 60000};
        assert_true(people_attempt(people, &mine, world->now));
        assert_true(people_attempt(people, &theirs, world->now));
        kept += !people_attempt(people, &mine, world->now);
    }
    assert_true(kept > 0);
}

static void keys_are_of_three_kinds(void **state) {
    struct world *world = *state;
    assert_int_equal(
        AS_LOCAL(METHOD_POST, "/api/v1/keys",
                 "{\"name\":\"page\",\"kind\":\"browser\",\"origins\":[\"https://app.example\"]}"),
        201);
    struct str secret = json_get_string(&world->body, "secret");
    assert_int_equal(secret.n, 48);
    assert_true(str_starts(secret, STR("vafa_")));
    const struct key_entry *entry = people_key(world->house->people, secret, world->now);
    assert_non_null(entry);
    assert_int_equal(entry->kind, KEY_BROWSER);
    assert_true(key_origin_allowed(entry, STR("https://app.example")) &&
                key_origin_allowed(entry, (struct str){0}));
    assert_false(key_origin_allowed(entry, STR("https://evil.example")));
    const char *bearer = str_c(&world->arena, str_format(&world->arena, "Bearer %.*s", STR_ARG(secret)));
    assert_int_equal(send(world, METHOD_GET, "/api/v1/me", NULL, NOBODY, "authorization", bearer, NULL), 403);
    assert_string_equal(code_of(world), "key_not_api");
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/keys", "{\"name\":\"page\",\"kind\":\"server\"}"), 409);
    assert_int_equal(
        AS_LOCAL(METHOD_POST, "/api/v1/keys", "{\"name\":\"w\",\"kind\":\"server\",\"role\":\"admin\"}"),
        400);
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/keys",
                              "{\"name\":\"w\",\"kind\":\"browser\",\"origins\":[\"app.example\"]}"),
                     400);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/keys?limit=200", NULL), 200);
    const struct json *data = json_get(&world->body, "data");
    for (size_t i = 0; i < data->n; i++)
        assert_int_equal(json_get(&data->items[i], "secret")->kind, JSON_NULL);
    assert_int_equal(AS_LOCAL(METHOD_DELETE, "/api/v1/keys/page", NULL), 200);
    assert_null(people_key(world->house->people, secret, world->now));
    assert_int_equal(AS_LOCAL(METHOD_POST, "/api/v1/keys", "{\"name\":\"page\",\"kind\":\"server\"}"),
                     201); /* the name is free again */
}

static void changes_are_audited(void **state) {
    struct world *world = *state;
    assert_int_equal(AS_LOCAL(METHOD_PATCH, "/api/v1/settings", "{\"http.threads\":\"nine\"}"), 400);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/audit?limit=2", NULL), 200);
    const struct json *newest = &json_get(&world->body, "data")->items[0];
    assert_true(str_is(json_get_string(newest, "who"), "cli:test"));
    assert_true(str_is(json_get_string(newest, "method"), "PATCH"));
    assert_true(str_is(json_get_string(newest, "route"), "/api/v1/settings"));
    assert_int_equal(json_get(newest, "code")->integer, 400);
    struct str cursor = json_get_string(&world->body, "next_cursor");
    const char *next =
        str_c(&world->arena, str_format(&world->arena, "/api/v1/audit?limit=2&cursor=%.*s", STR_ARG(cursor)));
    assert_int_equal(AS_LOCAL(METHOD_GET, next, NULL), 200);
    assert_int_equal(json_get(&world->body, "data")->n, 2);
    /* What was asked for by nobody leaves no row, or strangers could fill the disk. */
    assert_int_equal(AS_NOBODY(METHOD_POST, "/api/v1/keys", "{}"), 401);
    assert_int_equal(AS_LOCAL(METHOD_GET, "/api/v1/audit?limit=1", NULL), 200);
    newest = &json_get(&world->body, "data")->items[0];
    assert_true(str_is(json_get_string(newest, "route"), "/api/v1/settings"));
}

static void the_description_names_every_route(void **state) {
    struct world *world = *state;
    assert_int_equal(send(world, METHOD_GET, "/api/v1/openapi.json", NULL, NOBODY, NULL), 200);
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
    assert_string_equal(text_of(world, "openapi"), "3.1.0");
    for (size_t i = 0; i < route_count; i++) {
        if (route_table[i].flags & (ROUTE_INGEST | ROUTE_PAGE) || route_table[i].method >= METHOD_OPTIONS)
            continue;
        const struct json *path = json_get(json_get(&world->body, "paths"), route_table[i].path);
        assert_non_null(path);
        assert_non_null(json_get(path, methods[route_table[i].method]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_knows_who_may),
        cmocka_unit_test(addresses_and_methods),
        cmocka_unit_test(problems_have_one_shape),
        cmocka_unit_test(setup_and_sessions),
        cmocka_unit_test_setup_teardown(a_new_password_ends_streams_before_all_else, setup, teardown),
        cmocka_unit_test(forged_requests_change_nothing),
        cmocka_unit_test(power_ends_with_its_reason),
        cmocka_unit_test(a_password_link_works_once),
        cmocka_unit_test(guessing_is_limited),
        cmocka_unit_test(counts_are_not_wiped_by_picked_names),
        cmocka_unit_test(keys_are_of_three_kinds),
        cmocka_unit_test(changes_are_audited),
        cmocka_unit_test(the_description_names_every_route),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
