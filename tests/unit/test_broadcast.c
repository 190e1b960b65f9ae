/* Listeners of a broadcast: alone by their queue, and over a real server with real sockets. */
#include "platform/broadcast.h"
#include "platform/http.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <assert.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OWN = 7, QUEUE = 4096 };

struct server {
    struct broadcast *broadcast;
    struct http *http;
    char folder[64];
    atomic_bool holds;
};

/* Whoever does not see all sees account OWN alone. */
static bool put_account(void *self, uint32_t account, const struct principal *principal,
                        struct json_writer *w) {
    (void)self;
    if (principal->scope != SCOPE_ALL && account != OWN) return false;
    json_int(w, account);
    return true;
}

static bool holds(void *self, const struct principal *principal) {
    (void)principal;
    return atomic_load(&((struct server *)self)->holds);
}

static const struct principal boss = {.kind = MEMBER, .scope = SCOPE_ALL, .member = {{1}}};
static const struct principal own = {.kind = MEMBER, .scope = SCOPE_OWN, .member = {{2}}};

/* ---- the application: /all, /own ---- */

static bool begin(void *self, struct request *request, struct str target, struct http_plan *plan,
                  struct response *response) {
    (void)self, (void)response;
    request->path = target;
    plan->route = self;
    plan->pattern = "/";
    plan->body_max = plan->inflated_max = 1000;
    return true;
}

static void handle(void *self, const struct http_plan *plan, struct request *request,
                   struct response *response) {
    (void)plan;
    struct server *server = self;
    struct problem problem = {.arena = request->arena};
    response->content_type = "text/event-stream";
    if (broadcast_listen(server->broadcast, str_is(request->path, "/own") ? &own : &boss, ~0u,
                         (struct str){0}, &response->stream, &problem))
        response->code = problem.status == LIMITED ? 429 : 503;
}

static void refuse(void *self, struct request *request, struct response *response,
                   const struct problem *problem) {
    (void)self, (void)request, (void)problem;
    response->code = 500;
}

static int start_with(void **state, int heartbeat_ms) {
    struct server *server = calloc(1, sizeof *server);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    snprintf(server->folder, sizeof server->folder, "/tmp/vafa-broadcast-XXXXXX");
    if (!mkdtemp(server->folder)) return 1;
    atomic_store(&server->holds, true);
    struct broadcast_options options = {.gather_ms = 1,
                                        .heartbeat_ms = heartbeat_ms,
                                        .queue_bytes = QUEUE,
                                        .most = 6,
                                        .most_each = 4,
                                        .account = put_account,
                                        .holds = holds,
                                        .self = server};
    if (broadcast_start(&options, &server->broadcast, &problem)) return 1;
    struct http_options http = {.listen = "127.0.0.1:0",
                                .upload_folder = server->folder,
                                .threads = 2,
                                .connections = 40,
                                .connections_per_ip = 40,
                                .timeout_seconds = 30};
    struct http_application application = {
        .self = server, .begin = begin, .handle = handle, .refuse = refuse};
    if (http_start(&http, application, &server->http, &problem)) return 1;
    arena_free(&arena);
    *state = server;
    return 0;
}

static int start(void **state) {
    return start_with(state, 20);
}

static int start_quiet(void **state) {
    return start_with(state, 3600000);
}

static int stop(void **state) {
    struct server *server = *state;
    broadcast_end(server->broadcast);
    bool clean = http_stop(server->http, 10000);
    broadcast_stop(server->broadcast);
    rmdir(server->folder);
    free(server);
    return clean ? 0 : 1;
}

/* ---- a client that reads when it likes ---- */

static int connect_to(struct server *server, const char *path) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_port(server->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), room = 2048;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    char request[100];
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    assert_int_equal(write(fd, request, (size_t)n), n);
    return fd;
}

/* Reads on until the text was there (in one piece: no chunk of ours is cut within it), or to the end. */
static bool hear(int fd, struct buf *heard, const char *text) {
    char part[1024];
    for (;;) {
        if (heard->n && memmem(heard->p, heard->n, text, strlen(text))) return true;
        ssize_t n = read(fd, part, sizeof part);
        if (n <= 0) return false;
        buf_put(heard, part, (size_t)n);
    }
}
#define HEARS(fd, heard, text) assert_true(hear(fd, heard, text))

static bool heard_of(const struct buf *heard, const char *text) {
    return heard->n && memmem(heard->p, heard->n, text, strlen(text)) != NULL;
}

/* ---- the queue alone ---- */

static struct http_stream listen_alone(struct broadcast *broadcast, const struct principal *principal,
                                       unsigned topics, const char *last) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct http_stream stream;
    assert_int_equal(broadcast_listen(broadcast, principal, topics, str_of(last), &stream, &problem), OK);
    arena_free(&arena);
    return stream;
}

static void post(void *semaphore) {
    sem_post(semaphore);
}

/* The next piece of at most n bytes; waits for it. */
static size_t next(struct http_stream *stream, char *out, size_t n) {
    sem_t woken;
    sem_init(&woken, 0, 0);
    ssize_t got;
    while ((got = stream->take(stream->self, out, n, post, &woken)) == 0)
        sem_wait(&woken);
    out[got < 0 ? 0 : got] = 0;
    sem_destroy(&woken);
    return got < 0 ? 0 : (size_t)got;
}

static void a_slow_listener_is_told_to_reload(void **state) {
    struct server *server = *state;
    /* Rounds go from the newest listener to the oldest: what this one hears, the other was told. */
    struct http_stream witness = listen_alone(server->broadcast, &boss, 1u << TOPIC_SETTINGS, NULL);
    struct http_stream stream = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, NULL);
    char text[2 * QUEUE], whole[3 * QUEUE] = {0};
    assert_non_null(strstr((next(&stream, text, sizeof text - 1), text), "event: hello\n"));
    char json[600];
    snprintf(json, sizeof json, "{\"text\":\"%0500d\"}", 1);
    broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, str_of(json));
    size_t n = next(&stream, whole, 100); /* it stops within its first message */
    while (!strstr(whole, "event: jobs"))
        n += next(&stream, whole + n, 100);
    for (int i = 0; i < 30; i++) /* 15,000 bytes and more: its queue holds 4,096 */
        broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, str_of(json));
    broadcast_say(server->broadcast, TOPIC_SETTINGS, ABOUT_NONE, STR("{}"));
    do
        next(&witness, text, sizeof text - 1);
    while (!strstr(text, "event: settings"));
    witness.close(witness.self);
    do {
        n += next(&stream, whole + n, 50);
        assert_true(n < sizeof whole - 100);
    } while (!strstr(whole, "event: reload\ndata: {}\n\n"));
    /* Every message before it is whole. */
    char *at = whole;
    for (char *data; (data = strstr(at, "event: jobs\ndata: ")); at = data + 1)
        assert_int_equal(strncmp(data + strlen("event: jobs\ndata: "), json, strlen(json)), 0);
    /* Afterwards it hears again. */
    broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, STR("{\"again\":true}"));
    memset(whole, 0, sizeof whole);
    for (n = 0; !strstr(whole, "again");)
        n += next(&stream, whole + n, sizeof whole - 1 - n);
    stream.close(stream.self);
}

/* Who is always a little behind has never sent everything: what was sent goes all the same. */
static void what_was_sent_is_let_go(void **state) {
    enum { ROUNDS = 400, EACH = 5, MESSAGE = 600, MOST_KEPT = 512 << 10 };
    struct server *server = *state;
    mallopt(M_MMAP_THRESHOLD, 128 << 10); /* a queue that grew would show among the large pieces */
    /* The newest listener is told first: what the witness hears, the other was told. */
    struct http_stream witness = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, NULL),
                       stream = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, NULL);
    struct buf heard = {0};
    char json[MESSAGE], part[65], want[32], told[2 * QUEUE];
    size_t before = mallinfo2().hblkhd, whole = 0;
    for (int i = 0; i < ROUNDS * EACH; i++) {
        snprintf(json, sizeof json, "{\"n\":%06d,\"text\":\"%0500d\"}", i, 1);
        broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, str_of(json));
        if (i % EACH != EACH - 1) continue;
        snprintf(want, sizeof want, "{\"n\":%06d", i);
        do
            next(&witness, told, sizeof told - 1);
        while (!strstr(told, want));
        snprintf(want, sizeof want, "{\"n\":%06d", i - 1); /* the last one stays behind */
        while (!heard_of(&heard, want))
            buf_put(&heard, part, next(&stream, part, sizeof part - 1));
        /* Each is whole and none is missing. */
        size_t at = 0;
        for (char *data; (data = memmem(heard.p + at, heard.n - at, "{\"n\":", 5));) {
            char expected[MESSAGE];
            int n = snprintf(expected, sizeof expected, "{\"n\":%06zu,\"text\":\"%0500d\"}\n\n", whole, 1);
            if ((size_t)(heard.p + heard.n - data) < (size_t)n) break;
            assert_memory_equal(data, expected, n);
            at = (size_t)(data - heard.p) + (size_t)n;
            whole++;
        }
        memmove(heard.p, heard.p + at, heard.n - at);
        heard.n -= at;
    }
    assert_true(whole >= ROUNDS * EACH - 2);
    assert_true(mallinfo2().hblkhd <= before + MOST_KEPT); /* 1.1 MB were told */
    buf_free(&heard);
    stream.close(stream.self);
    witness.close(witness.self);
}

static void an_id_says_whether_anything_was_missed(void **state) {
    struct server *server = *state;
    char text[1000], id[64];
    struct http_stream stream = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, "elsewhere-3");
    next(&stream, text, sizeof text - 1);
    assert_non_null(strstr(text, "event: reload\n"));
    assert_int_equal(sscanf(strstr(text, "id: "), "id: %63s", id), 1);
    stream.close(stream.self);
    stream = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, id);
    next(&stream, text, sizeof text - 1);
    assert_null(strstr(text, "event: reload\n"));
    broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, STR("{}"));
    do
        next(&stream, text, sizeof text - 1);
    while (!strstr(text, "event: jobs"));
    stream.close(stream.self);
    stream = listen_alone(server->broadcast, &boss, 1u << TOPIC_JOBS, id);
    next(&stream, text, sizeof text - 1);
    assert_non_null(strstr(text, "event: reload\n"));
    stream.close(stream.self);
}

static void listeners_are_counted(void **state) {
    struct server *server = *state;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct http_stream streams[6], more;
    for (int i = 0; i < 6; i++)
        streams[i] = listen_alone(server->broadcast, i < 4 ? &boss : &own, 1, NULL);
    assert_int_equal(broadcast_listeners(server->broadcast), 6);
    assert_int_equal(broadcast_listen(server->broadcast, &own, 1, STR(""), &more, &problem), LIMITED);
    streams[5].close(streams[5].self);
    problem_clear(&problem);
    assert_int_equal(broadcast_listen(server->broadcast, &boss, 1, STR(""), &more, &problem),
                     LIMITED); /* of its own four */
    for (int i = 0; i < 5; i++)
        streams[i].close(streams[i].self);
    assert_false(broadcast_wanted(server->broadcast, TOPIC_ACCOUNTS));
    arena_free(&arena);
}

/* ---- over HTTP ---- */

static void each_hears_what_it_may(void **state) {
    struct server *server = *state;
    struct buf all = {0}, mine = {0};
    int everything = connect_to(server, "/all"), own_only = connect_to(server, "/own");
    HEARS(everything, &all, "event: hello");
    HEARS(own_only, &mine, "event: hello");
    assert_true(heard_of(&all, "Content-Type: text/event-stream"));
    broadcast_account(server->broadcast, 3, NEWS_USAGE);
    broadcast_account(server->broadcast, OWN, NEWS_HEALTH);
    broadcast_say(server->broadcast, TOPIC_EVENTS, 3, STR("{\"of\":3}"));
    broadcast_say(server->broadcast, TOPIC_EVENTS, ABOUT_ALL, STR("{\"of\":\"nobody\"}"));
    broadcast_say(server->broadcast, TOPIC_EVENTS, OWN, STR("{\"of\":7}"));
    HEARS(everything, &all, "{\"account\":3,\"usage\":true,\"records\":false,\"health\":false}");
    HEARS(everything, &all, "{\"account\":7,\"usage\":false,\"records\":false,\"health\":true}");
    HEARS(everything, &all, "{\"of\":7}");
    assert_true(heard_of(&all, "{\"of\":3}") && heard_of(&all, "{\"of\":\"nobody\"}"));
    HEARS(own_only, &mine, "{\"account\":7,");
    HEARS(own_only, &mine, "{\"of\":7}");
    assert_false(heard_of(&mine, "\"account\":3") || heard_of(&mine, "{\"of\":3}") ||
                 heard_of(&mine, "nobody"));
    broadcast_account(server->broadcast, UINT32_MAX, NEWS_RECORDS);
    HEARS(own_only, &mine, "{\"every\":true,\"data\":[]}");
    close(everything);
    close(own_only);
    buf_free(&all);
    buf_free(&mine);
}

static void *say_much(void *self) {
    struct server *server = self;
    char json[200];
    snprintf(json, sizeof json, "{\"text\":\"%0150d\"}", 1);
    for (uint32_t i = 0; i < 3000; i++) {
        broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, str_of(json));
        broadcast_account(server->broadcast, i, NEWS_USAGE);
    }
    return NULL;
}

/* One listener reads nothing, others come and go, three threads tell: who tells is never held up. */
static void nobody_waits_for_a_slow_one(void **state) {
    struct server *server = *state;
    int slow = connect_to(server, "/all"), quick = connect_to(server, "/own");
    struct buf heard = {0}, late = {0};
    HEARS(quick, &heard, "event: hello");
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, say_much, server);
    for (int i = 0; i < 20; i++)
        close(connect_to(server, "/all"));
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    do { /* once it keeps up, what is said is heard */
        broadcast_say(server->broadcast, TOPIC_JOBS, ABOUT_NONE, STR("{\"last\":1}"));
        char part[512];
        ssize_t n = read(quick, part, sizeof part);
        assert_true(n > 0);
        buf_put(&heard, part, (size_t)n);
    } while (!heard_of(&heard, "{\"last\":1}"));
    HEARS(slow, &late, "event: hello");
    HEARS(slow, &late, "event: reload");
    close(slow);
    close(quick);
    buf_free(&heard);
    buf_free(&late);
}

static void a_session_that_ends_ends_its_stream(void **state) {
    struct server *server = *state;
    struct buf heard = {0};
    int fd = connect_to(server, "/all");
    HEARS(fd, &heard, "event: hello");
    atomic_store(&server->holds, false);
    broadcast_recheck(server->broadcast);
    HEARS(fd, &heard, "\r\n0\r\n\r\n"); /* the last chunk */
    close(fd);
    buf_free(&heard);
}

/* A page that is closed leaves its place, though nothing is said to it that could fail. */
static void who_leaves_makes_room(void **state) {
    struct server *server = *state;
    int listeners[4];
    for (int i = 0; i < 4; i++) {
        struct buf heard = {0};
        listeners[i] = connect_to(server, "/all");
        HEARS(listeners[i], &heard, "event: hello");
        buf_free(&heard);
    }
    assert_int_equal(broadcast_listeners(server->broadcast), 4);
    for (int i = 0; i < 4; i++)
        close(listeners[i]);
    for (int i = 0; i < 600 && broadcast_listeners(server->broadcast); i++)
        usleep(100000); /* the server looks once a second */
    assert_int_equal(broadcast_listeners(server->broadcast), 0);
}

/* The end of the broadcast is the end of its listeners, so that the server can stop (see stop()). */
static void stopping_ends_all(void **state) {
    struct server *server = *state;
    struct buf heard = {0}, second = {0};
    int fd = connect_to(server, "/all");
    HEARS(fd, &heard, "event: hello");
    broadcast_end(server->broadcast);
    HEARS(fd, &heard, "\r\n0\r\n\r\n");
    int late = connect_to(server, "/all");
    HEARS(late, &second, "HTTP/1.1 503");
    close(fd);
    close(late);
    buf_free(&heard);
    buf_free(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_listener_is_told_to_reload, start, stop),
        cmocka_unit_test_setup_teardown(what_was_sent_is_let_go, start_quiet, stop),
        cmocka_unit_test_setup_teardown(an_id_says_whether_anything_was_missed, start, stop),
        cmocka_unit_test_setup_teardown(listeners_are_counted, start, stop),
        cmocka_unit_test_setup_teardown(each_hears_what_it_may, start, stop),
        cmocka_unit_test_setup_teardown(nobody_waits_for_a_slow_one, start, stop),
        cmocka_unit_test_setup_teardown(a_session_that_ends_ends_its_stream, start, stop),
        cmocka_unit_test_setup_teardown(who_leaves_makes_room, start_quiet, stop),
        cmocka_unit_test_setup_teardown(stopping_ends_all, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
