/* A real server on a loopback port and a socket file, a real client (libcurl, raw sockets). */
#include "platform/http.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <assert.h>
#include <curl/curl.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { ECHO, LENGTH, LATER, UPLOAD, WHO, SLOW, KINDS };

/* The thread that ends deferred requests, as a commit thread does. */
struct finisher {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct http_waiter *list[4096];
    enum status status[4096];
    size_t n;
    bool stop;
};

struct server {
    struct http *http;
    struct finisher finisher;
    char folder[64], socket[96], url[64];
    sem_t begun, go_on; /* of a slow request */
};

static void *finish_all(void *self) {
    struct finisher *finisher = self;
    pthread_mutex_lock(&finisher->lock);
    for (;;) {
        while (!finisher->n && !finisher->stop)
            pthread_cond_wait(&finisher->change, &finisher->lock);
        if (!finisher->n) break;
        size_t n = --finisher->n;
        struct http_waiter *waiter = finisher->list[n];
        enum status status = finisher->status[n];
        pthread_mutex_unlock(&finisher->lock);
        http_finish(waiter, status);
        pthread_mutex_lock(&finisher->lock);
    }
    pthread_mutex_unlock(&finisher->lock);
    return NULL;
}

static bool begin(void *self, struct request *request, struct str target, struct http_plan *plan,
                  struct response *response) {
    (void)self;
    static const char *const paths[] = {"/echo", "/length", "/later", "/upload", "/who", "/slow"};
    static const int kinds[] = {ECHO, LENGTH, LATER, UPLOAD, WHO, SLOW};
    request->path = target;
    plan->body_max = 200000;
    plan->inflated_max = 300000;
    for (int i = 0; i < KINDS; i++)
        if (str_starts(target, str_of(paths[i]))) plan->route = &kinds[i], plan->pattern = paths[i];
    plan->to_file = plan->route && *(const int *)plan->route == UPLOAD;
    plan->slow = plan->route && *(const int *)plan->route == SLOW;
    if (str_is(target, "/slow?mine")) request->principal.kind = API_KEY; /* all of them of one key */
    if (plan->route) return true;
    response->code = 404;
    return false;
}

static void handle(void *self, const struct http_plan *plan, struct request *request,
                   struct response *response) {
    struct server *server = self;
    switch (*(const int *)plan->route) {
    case ECHO:
        buf_put_str(&response->body, request->body);
        break;
    case LENGTH:
        buf_format(&response->body, "%zu", request->body.n);
        break;
    case WHO:
        buf_format(&response->body, "%d %.*s", request->principal.kind, STR_ARG(request->principal.name));
        break;
    case UPLOAD: {
        struct stat info;
        assert(stat(request->upload, &info) == 0);
        buf_format(&response->body, "%lld", (long long)info.st_size);
        break;
    }
    case SLOW:
        sem_post(&server->begun);
        if (str_is(request->path, "/slow?left")) { /* until it sees that nobody waits for it */
            while (!__atomic_load_n(request->stopping, __ATOMIC_ACQUIRE))
                sched_yield();
            sem_post(&server->go_on);
            break;
        }
        sem_wait(&server->go_on);
        buf_format(&response->body, "slow");
        break;
    case LATER:
        buf_put_str(&response->body, request->body);
        response->deferred = true;
        pthread_mutex_lock(&server->finisher.lock);
        server->finisher.list[server->finisher.n] = request->waiter;
        server->finisher.status[server->finisher.n++] =
            str_is(request->path, "/later?lost") ? UNAVAILABLE : OK;
        pthread_cond_signal(&server->finisher.change);
        pthread_mutex_unlock(&server->finisher.lock);
    }
}

static void refuse(void *self, struct request *request, struct response *response,
                   const struct problem *problem) {
    (void)self, (void)request;
    static const int codes[] = {200, 400, 401, 403, 404, 409, 413, 429, 503, 500};
    if (response->code < 400) response->code = codes[problem->status];
    buf_put_c(&response->body, problem->main.message.code);
}

static int start(void **state, unsigned timeout_seconds) {
    struct server *server = calloc(1, sizeof *server);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    snprintf(server->folder, sizeof server->folder, "/tmp/vafa-http-XXXXXX");
    if (!mkdtemp(server->folder)) return 1;
    snprintf(server->socket, sizeof server->socket, "%s/vafa.sock", server->folder);
    pthread_mutex_init(&server->finisher.lock, NULL);
    pthread_cond_init(&server->finisher.change, NULL);
    sem_init(&server->begun, 0, 0);
    sem_init(&server->go_on, 0, 0);
    pthread_create(&server->finisher.thread, NULL, finish_all, &server->finisher);
    struct http_options options = {.listen = "127.0.0.1:0",
                                   .socket_path = server->socket,
                                   .upload_folder = server->folder,
                                   .threads = 2,
                                   .connections = 200,
                                   .connections_per_ip = 40,
                                   .timeout_seconds = timeout_seconds};
    struct http_application application = {
        .self = server, .begin = begin, .handle = handle, .refuse = refuse};
    if (http_start(&options, application, &server->http, &problem)) return 1;
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", http_port(server->http));
    arena_free(&arena);
    *state = server;
    return 0;
}

static int setup(void **state) {
    return start(state, 30);
}

static int setup_impatient(void **state) {
    return start(state, 1);
}

static int teardown(void **state) {
    struct server *server = *state;
    bool clean = http_stop(server->http, 10000);
    pthread_mutex_lock(&server->finisher.lock);
    server->finisher.stop = true;
    pthread_cond_signal(&server->finisher.change);
    pthread_mutex_unlock(&server->finisher.lock);
    pthread_join(server->finisher.thread, NULL);
    bool empty = rmdir(server->folder) == 0; /* no upload and no socket is left behind */
    free(server);
    return clean && empty ? 0 : 1;
}

struct answer {
    long code, connects;
    char body[400000];
    size_t n;
};

static size_t collect(char *data, size_t size, size_t n, void *self) {
    struct answer *answer = self;
    if (answer->n + size * n < sizeof answer->body) {
        memcpy(answer->body + answer->n, data, size * n);
        answer->n += size * n;
        answer->body[answer->n] = 0;
    }
    return size * n;
}

static struct answer *call(struct server *server, CURL *curl, const char *path, const void *body, size_t n,
                           const char *header, bool by_socket) {
    static _Thread_local struct answer answer;
    char url[200];
    CURL *own = curl ? NULL : curl_easy_init();
    CURL *c = curl ? curl : own;
    struct curl_slist *headers = header ? curl_slist_append(NULL, header) : NULL;
    answer.n = 0;
    answer.body[0] = 0;
    answer.code = 0;
    snprintf(url, sizeof url, "%s%s", server->url, path);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (by_socket) curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, server->socket);
    if (body) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)n);
    }
    curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &answer.code);
    curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &answer.connects);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (own) curl_easy_cleanup(own);
    return &answer;
}

static size_t gzip(const void *data, size_t n, unsigned char *out, size_t most) {
    z_stream z = {0};
    deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)(uintptr_t)data, z.avail_in = (uInt)n, z.next_out = out, z.avail_out = (uInt)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = z.total_out;
    deflateEnd(&z);
    return made;
}

static void bodies_come_whole(void **state) {
    static char body[150000];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)('a' + i % 26);
    struct answer *answer = call(*state, NULL, "/echo", body, sizeof body, NULL, false);
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->n, sizeof body);
    assert_memory_equal(answer->body, body, sizeof body);
    answer = call(*state, NULL, "/nothing", NULL, 0, NULL, false);
    assert_int_equal(answer->code, 404);
}

static void one_connection_serves_many_requests(void **state) {
    CURL *curl = curl_easy_init();
    for (int i = 0; i < 50; i++) {
        struct answer *answer = call(*state, curl, i % 2 ? "/later" : "/echo", "{}", 2, NULL, false);
        assert_int_equal(answer->code, 200);
        assert_string_equal(answer->body, "{}");
        assert_int_equal(answer->connects, i == 0);
    }
    curl_easy_cleanup(curl);
}

static void bodies_have_limits(void **state) {
    static char body[200001];
    memset(body, 'x', sizeof body);
    struct answer *answer = call(*state, NULL, "/length", body, 200000, NULL, false);
    assert_string_equal(answer->body, "200000");
    answer = call(*state, NULL, "/length", body, 200001, NULL, false);
    assert_int_equal(answer->code, 413);
    assert_string_equal(answer->body, "body_too_large");
    /* Chunked: the length is not known before. */
    answer = call(*state, NULL, "/length", body, 200001, "Transfer-Encoding: chunked", false);
    assert_int_equal(answer->code, 413);
    /* The rest of a body that is somewhat too large is read: the client gets its answer, and goes on. */
    CURL *curl = curl_easy_init();
    answer = call(*state, curl, "/length", body, 200001, NULL, false);
    assert_int_equal(answer->code, 413);
    answer = call(*state, curl, "/length", body, 10, NULL, false);
    assert_string_equal(answer->body, "10");
    assert_int_equal(answer->connects, 0);
    curl_easy_cleanup(curl);
}

static void gzip_is_inflated_within_limits(void **state) {
    static unsigned char packed[100000];
    static char body[300001];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)('a' + (i * i / 7) % 26);
    size_t n = gzip(body, 300000, packed, sizeof packed);
    struct answer *answer = call(*state, NULL, "/echo", packed, n, "Content-Encoding: gzip", false);
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->n, 300000);
    assert_memory_equal(answer->body, body, 300000);
    n = gzip(body, 300001, packed, sizeof packed);
    answer = call(*state, NULL, "/length", packed, n, "Content-Encoding: gzip", false);
    assert_int_equal(answer->code, 413);
    /* Cut off, damaged, and not gzip at all. */
    answer = call(*state, NULL, "/length", packed, n / 2, "Content-Encoding: gzip", false);
    assert_int_equal(answer->code, 400);
    assert_string_equal(answer->body, "gzip_broken");
    n = gzip(body, 1000, packed, sizeof packed);
    packed[n - 6] ^= 1; /* the checksum */
    answer = call(*state, NULL, "/length", packed, n, "Content-Encoding: gzip", false);
    assert_string_equal(answer->body, "gzip_broken");
    answer = call(*state, NULL, "/length", "plain", 5, "Content-Encoding: gzip", false);
    assert_string_equal(answer->body, "gzip_broken");
    answer = call(*state, NULL, "/length", "plain", 5, "Content-Encoding: br", false);
    assert_int_equal(answer->code, 415);
    /* Two members, one behind the other, are one body (RFC 1952, 2.2). */
    n = gzip("ab", 2, packed, sizeof packed);
    n += gzip("cd", 2, packed + n, sizeof packed - n);
    answer = call(*state, NULL, "/echo", packed, n, "Content-Encoding: gzip", false);
    assert_string_equal(answer->body, "abcd");
}

static void a_gzip_bomb_is_refused(void **state) {
    static unsigned char packed[100000];
    char *zeros = calloc(1, 50 << 20); /* 1:1000 */
    size_t n = gzip(zeros, 50 << 20, packed, sizeof packed);
    free(zeros);
    struct answer *answer = call(*state, NULL, "/length", packed, n, "Content-Encoding: gzip", false);
    assert_int_equal(answer->code, 413);
    answer = call(*state, NULL, "/upload", packed, n, "Content-Encoding: gzip", false);
    assert_int_equal(answer->code, 413);
}

static void uploads_go_to_a_file(void **state) {
    static char body[180000];
    memset(body, 'x', sizeof body);
    assert_string_equal(call(*state, NULL, "/upload", body, sizeof body, NULL, false)->body, "180000");
    static unsigned char packed[1000];
    size_t n = gzip(body, sizeof body, packed, sizeof packed);
    assert_string_equal(call(*state, NULL, "/upload", packed, n, "Content-Encoding: gzip", false)->body,
                        "180000");
}

static void the_socket_file_knows_its_owner(void **state) {
    struct server *server = *state;
    struct stat info;
    assert_int_equal(stat(server->socket, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    char expected[16];
    snprintf(expected, sizeof expected, "%d cli:", LOCAL);
    assert_memory_equal(call(server, NULL, "/who", NULL, 0, NULL, true)->body, expected, strlen(expected));
    snprintf(expected, sizeof expected, "%d ", NOBODY);
    assert_string_equal(call(server, NULL, "/who", NULL, 0, NULL, false)->body, expected);
}

static void deferred_requests_end_well_or_not(void **state) {
    struct answer *answer = call(*state, NULL, "/later", "kept", 4, NULL, false);
    assert_int_equal(answer->code, 200);
    assert_string_equal(answer->body, "kept");
    answer = call(*state, NULL, "/later?lost", "lost", 4, NULL, false);
    assert_int_equal(answer->code, 503);
    assert_string_equal(answer->body, "write_failed");
}

/* The status line of what a raw request gets; "" when the connection is closed without one. */
static void raw(struct server *server, const char *text, char *out, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_port(server->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    out[0] = 0;
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    shutdown(fd, SHUT_WR);
    size_t n = 0;
    for (ssize_t got; n + 1 < size && (got = recv(fd, out + n, size - n - 1, 0)) > 0;)
        n += (size_t)got;
    out[n] = 0;
    close(fd);
}

static void ambiguous_lengths_are_refused(void **state) {
    char out[2000];
    raw(*state, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", out,
        sizeof out);
    assert_memory_equal(out, "HTTP/1.1 400", 12);
    raw(*state,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
        "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        out, sizeof out);
    assert_memory_equal(out, "HTTP/1.1 400", 12);
}

static void one_address_has_a_limit(void **state) {
    struct server *server = *state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_port(server->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fds[60], served = 0;
    static const char text[] = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < 60; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
        send(fds[i], text, sizeof text - 1, MSG_NOSIGNAL);
    }
    for (int i = 0; i < 60; i++) {
        char out[500];
        served += recv(fds[i], out, sizeof out, 0) > 0;
    }
    for (int i = 0; i < 60; i++)
        close(fds[i]);
    assert_in_range(served, 1, 40);
}

struct client {
    struct server *server;
    pthread_t thread;
    const char *path;
    int good;
    bool refused; /* atomic */
};

static void *ask_often(void *self) {
    struct client *client = self;
    CURL *curl = curl_easy_init();
    for (int i = 0; i < 300; i++) {
        char body[64];
        int n = snprintf(body, sizeof body, "%p %d", self, i);
        struct answer *answer =
            call(client->server, curl, i % 3 ? "/later" : "/echo", body, (size_t)n, NULL, false);
        client->good += answer->code == 200 && strcmp(answer->body, body) == 0;
    }
    curl_easy_cleanup(curl);
    return NULL;
}

static void threads_do_not_mix_requests(void **state) {
    struct client clients[4] = {0};
    for (int i = 0; i < 4; i++) {
        clients[i].server = *state;
        pthread_create(&clients[i].thread, NULL, ask_often, &clients[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].good, 300);
    }
}

static void *ask_slowly(void *self) {
    struct client *client = self;
    struct answer *answer = call(client->server, NULL, client->path, "", 0, NULL, false);
    client->good = answer->code == 200 && strcmp(answer->body, "slow") == 0;
    bool refused = answer->code == 429 && strcmp(answer->body, "desk_full") == 0;
    __atomic_store_n(&client->refused, refused, __ATOMIC_RELEASE);
    return NULL;
}

/* One more than the line takes: 1 at work, those behind it, and one that is refused, whichever comes last. */
static void fill_the_line(struct server *server, const char *path, int line) {
    struct client clients[32] = {0};
    int good = 0, refused = 0, all = 1 + line + 1;
    while (!sem_trywait(&server->begun)) { /* of a test before */
    }
    for (int i = 0; i < all; i++) {
        clients[i].server = server;
        clients[i].path = path;
        pthread_create(&clients[i].thread, NULL, ask_slowly, &clients[i]);
        if (!i) sem_wait(&server->begun);
    }
    for (int i = 0; !__atomic_load_n(&clients[i].refused, __ATOMIC_ACQUIRE); i = (i + 1) % all)
        sched_yield();
    for (int i = 0; i < 50; i++) /* who asks for something quick does not wait; the server has two threads */
        assert_int_equal(call(server, NULL, "/echo", "x", 1, NULL, false)->code, 200);
    for (int i = 0; i < all - 1; i++)
        sem_post(&server->go_on);
    for (int i = 0; i < all; i++) {
        pthread_join(clients[i].thread, NULL);
        good += clients[i].good;
        refused += clients[i].refused;
    }
    assert_int_equal(good, all - 1);
    assert_int_equal(refused, 1);
}

static void slow_requests_stand_in_a_line(void **state) {
    fill_the_line(*state, "/slow", 16);
}

/* One key holds four places in the line, and no more. */
static void the_line_is_for_all(void **state) {
    fill_the_line(*state, "/slow?mine", 4);
}

/* Who goes away while its slow request is at work ends it; the next one is served. */
static void a_client_that_leaves_ends_its_work(void **state) {
    struct server *server = *state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_port(server->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const char head[] = "GET /slow?left HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    while (!sem_trywait(&server->begun)) {
    }
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, head, strlen(head), MSG_NOSIGNAL), (ssize_t)strlen(head));
    sem_wait(&server->begun);
    close(fd);
    sem_wait(&server->go_on); /* it saw that */
    sem_post(&server->go_on);
    assert_string_equal(call(server, NULL, "/slow", "", 0, NULL, false)->body, "slow");
}

static void a_taken_port_is_a_clear_error(void **state) {
    struct server *server = *state;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct http *http = NULL;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", http_port(server->http));
    struct http_options options = {.listen = address,
                                   .upload_folder = server->folder,
                                   .threads = 1,
                                   .connections = 10,
                                   .connections_per_ip = 10,
                                   .timeout_seconds = 5};
    assert_int_equal(http_start(&options, (struct http_application){0}, &http, &problem), UNAVAILABLE);
    options.listen = "nonsense";
    assert_int_equal(http_start(&options, (struct http_application){0}, &http, &problem), BAD_INPUT);
    arena_free(&arena);
}

/* Never silent, never done: the server ends it. Were it not to, the drops would run out first. */
static void a_header_in_drops_is_cut_off(void **state) {
    struct server *server = *state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_port(server->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), drops = 300;
    static const char head[] = "GET /echo HTTP/1.1\r\nX-Long: ";
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, head, strlen(head), MSG_NOSIGNAL), (ssize_t)strlen(head));
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    while (drops && !poll(&ended, 1, 50) && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
        drops--;
    close(fd);
    assert_int_not_equal(drops, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_come_whole),
        cmocka_unit_test(one_connection_serves_many_requests),
        cmocka_unit_test(bodies_have_limits),
        cmocka_unit_test(gzip_is_inflated_within_limits),
        cmocka_unit_test(a_gzip_bomb_is_refused),
        cmocka_unit_test(uploads_go_to_a_file),
        cmocka_unit_test(the_socket_file_knows_its_owner),
        cmocka_unit_test(deferred_requests_end_well_or_not),
        cmocka_unit_test(ambiguous_lengths_are_refused),
        /* With a server of its own: its connections count until the server has seen them go. */
        cmocka_unit_test_setup_teardown(one_address_has_a_limit, setup, teardown),
        cmocka_unit_test(threads_do_not_mix_requests),
        cmocka_unit_test(slow_requests_stand_in_a_line),
        cmocka_unit_test(the_line_is_for_all),
        cmocka_unit_test(a_client_that_leaves_ends_its_work),
        cmocka_unit_test(a_taken_port_is_a_clear_error),
    };
    const struct CMUnitTest impatient[] = {cmocka_unit_test(a_header_in_drops_is_cut_off)};
    curl_global_init(CURL_GLOBAL_ALL);
    int failed = cmocka_run_group_tests(tests, setup, teardown);
    failed += cmocka_run_group_tests(impatient, setup_impatient, teardown);
    curl_global_cleanup();
    return failed;
}
