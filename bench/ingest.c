/* Ingest as clients see it: a real `vafa serve` on a folder of its own, and 64 keep-alive connections over
 * loopback from one thread.
 *
 *     bench_ingest --durable | --single | --queryable | --memory  --vafa BINARY --folder FOLDER [--events N]
 * [--connections N]
 *
 * --durable: 250-event bodies, acknowledged after the sync. --single: one event a request. --queryable: as
 * durable, until every event can be read. --memory: the resident memory of the server behind 20 million
 * events. Accounts 100,000 (skewed), users 1,000,000, 200 event names, 84 days; every message id is used
 * once. Generator and server share the machine. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/vec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ID_DIGITS = 12, MAX_CONNECTIONS = 1024, LATENCIES = 200000 };

static _Noreturn void die(const char *what) {
    perror(what);
    exit(1);
}

/* Where digits of one event stand in a request. */
struct marks {
    size_t id, user, account, name, day, time;
};

struct connection {
    int fd;
    char *request;
    size_t size, sent, got;
    struct marks *marks;
    char answer[4096];
    int64_t started; /* µs */
    bool waiting, idle;
};

struct load {
    struct connection connections[MAX_CONNECTIONS];
    int connection_count, per_request, epoll, port;
    int64_t to_send, sent, acked, refused;
    uint64_t random;
    uint32_t *latencies; /* µs */
    size_t latency_count;
};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint64_t next_random(struct load *load) {
    load->random ^= load->random << 13;
    load->random ^= load->random >> 7;
    load->random ^= load->random << 17;
    return load->random;
}

static void put_digits(char *to, uint64_t value, int digits) {
    while (digits--) {
        to[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void make_request(struct connection *c, int per_request, const char *secret) {
    struct buf body = {0}, head = {0};
    c->marks = memory_new((size_t)per_request * sizeof *c->marks);
    if (per_request > 1) buf_put_c(&body, "{\"batch\":[");
    for (int i = 0; i < per_request; i++) {
        struct marks *m = &c->marks[i];
        buf_format(&body, "%s{\"type\":\"track\",\"event\":\"Report Exported ", i ? "," : "");
        m->name = body.n;
        buf_put_c(&body, "000\",\"userId\":\"user-");
        m->user = body.n;
        buf_put_c(&body, "000000\",\"messageId\":\"node-next-16000000-");
        m->id = body.n;
        buf_put_c(&body, "000000000000-4cbb-9a1e\",\"timestamp\":\"2026-0");
        m->day = body.n;
        buf_put_c(&body, "1-01T");
        m->time = body.n;
        buf_put_c(&body, "00:04:05.000Z\",\"properties\":{\"format\":\"xlsx\",\"rows\":");
        buf_format(&body, "%d", i * 11);
        buf_put_c(
            &body,
            ",\"duration_ms\":12.5,\"filters\":[\"open\",\"mine\"],\"dashboard\":\"Quarterly revenue by region\",\"shared\":true},"
            "\"context\":{\"groupId\":\"account-");
        m->account = body.n;
        buf_put_c(&body,
                  "00000\",\"library\":{\"name\":\"@segment/analytics-node\",\"version\":\"3.1.0\"}}}");
    }
    if (per_request > 1) buf_put_c(&body, "]}");
    buf_format(
        &head,
        "POST /v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Write-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        per_request > 1 ? "batch" : "track", secret, body.n);
    for (int i = 0; i < per_request; i++) {
        struct marks *m = &c->marks[i];
        m->id += head.n, m->user += head.n, m->account += head.n, m->name += head.n, m->day += head.n,
            m->time += head.n;
    }
    buf_put_str(&head, buf_str(&body));
    buf_free(&body);
    c->request = head.p;
    c->size = head.n;
}

static void begin(struct load *load, struct connection *c) {
    if (load->sent >= load->to_send) {
        c->idle = true;
        return;
    }
    for (int i = 0; i < load->per_request; i++) {
        struct marks *m = &c->marks[i];
        uint64_t x = next_random(load),
                 skew = (x >> 20 & 1023) * (x >> 30 & 1023); /* half of all from a tenth of the accounts */
        put_digits(c->request + m->id, (uint64_t)load->sent++, ID_DIGITS);
        put_digits(c->request + m->user, (x >> 44) % 1000000, 6);
        put_digits(c->request + m->account, skew * 100000 >> 20, 5);
        put_digits(c->request + m->name, x % 200, 3);
        unsigned day = (unsigned)(x >> 8) % 84; /* 28 days of three months */
        c->request[m->day] = (char)('1' + day / 28);
        put_digits(c->request + m->day + 2, day % 28 + 1, 2);
        put_digits(c->request + m->time, (x >> 16) % 24, 2);
    }
    c->sent = c->got = 0;
    c->started = now_us();
}

static void push(struct load *load, struct connection *c) {
    while (c->sent < c->size) {
        ssize_t n = send(c->fd, c->request + c->sent, c->size - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) break;
        if (n <= 0) die("send");
        c->sent += (size_t)n;
    }
    bool waiting = c->sent < c->size;
    if (waiting == c->waiting) return;
    c->waiting = waiting;
    struct epoll_event event = {.events = EPOLLIN | (waiting ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(load->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* One whole answer: head, and as many bytes as it says. */
static bool answered(struct connection *c, int *code) {
    c->answer[c->got] = 0;
    char *end = strstr(c->answer, "\r\n\r\n"), *length = strstr(c->answer, "Content-Length: ");
    if (!end || !length || c->got < (size_t)(end + 4 - c->answer) + strtoul(length + 16, NULL, 10))
        return false;
    *code = (int)strtol(c->answer + 9, NULL, 10);
    return true;
}

static void pull(struct load *load, struct connection *c) {
    ssize_t n = recv(c->fd, c->answer + c->got, sizeof c->answer - 1 - c->got, 0);
    int code;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) die("the server closed a connection");
    c->got += (size_t)n;
    if (!answered(c, &code)) return;
    if (code == 200)
        load->acked += load->per_request;
    else if (code == 429)
        load->refused += load->per_request;
    else {
        fprintf(stderr, "answered %s\n", c->answer);
        exit(1);
    }
    if (load->latency_count < LATENCIES)
        load->latencies[load->latency_count++] = (uint32_t)(now_us() - c->started);
    begin(load, c);
    if (!c->idle) push(load, c);
}

/* Sends `events` events; returns the seconds until the last answer. */
static double run(struct load *load, int64_t events) {
    int64_t start = now_us();
    load->to_send = load->sent + events;
    int64_t wanted = load->acked + load->refused + events;
    load->latency_count = 0;
    for (int i = 0; i < load->connection_count; i++) {
        load->connections[i].idle = false;
        begin(load, &load->connections[i]);
        if (!load->connections[i].idle) push(load, &load->connections[i]);
    }
    while (load->acked + load->refused < wanted) {
        struct epoll_event list[64];
        int n = epoll_wait(load->epoll, list, 64, -1);
        for (int i = 0; i < n; i++) {
            if (list[i].events & EPOLLOUT) push(load, list[i].data.ptr);
            if (list[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) pull(load, list[i].data.ptr);
        }
    }
    return (double)(now_us() - start) / 1e6;
}

static void open_connections(struct load *load, const char *secret) {
    load->epoll = epoll_create1(0);
    load->latencies = memory_new(LATENCIES * sizeof *load->latencies);
    for (int i = 0; i < load->connection_count; i++) {
        struct connection *c = &load->connections[i];
        struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)load->port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int yes = 1;
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) die("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event);
        make_request(c, load->per_request, secret);
    }
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(struct load *load, double share) {
    if (!load->latency_count) return 0;
    qsort(load->latencies, load->latency_count, sizeof *load->latencies, by_value);
    return load->latencies[(size_t)(share * (double)(load->latency_count - 1))] / 1e3;
}

/* ---- the server ---- */

/* Runs `vafa words…`; the first line or the whole of what it prints. */
static struct str vafa(struct arena *arena, char *const words[]) {
    int pipes[2];
    if (pipe(pipes)) die("pipe");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (!child) {
        dup2(pipes[1], 1);
        close(pipes[0]);
        execv(words[0], words);
        die(words[0]);
    }
    close(pipes[1]);
    struct buf out = {0};
    char chunk[4096];
    ssize_t n;
    int code;
    while ((n = read(pipes[0], chunk, sizeof chunk)) > 0)
        buf_put(&out, chunk, (size_t)n);
    close(pipes[0]);
    waitpid(child, &code, 0);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    if (code) {
        fprintf(stderr, "%s %s failed: %.*s\n", words[0], words[1], STR_ARG(text));
        exit(1);
    }
    return text;
}

static pid_t serve(const char *binary, const char *folder, int *port) {
    int pipes[2];
    if (pipe(pipes)) die("pipe");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (!child) {
        dup2(pipes[1], 1);
        close(pipes[0]);
        execl(binary, binary, "serve", folder, "--listen", "127.0.0.1:0", (char *)NULL);
        die(binary);
    }
    close(pipes[1]);
    FILE *out = fdopen(pipes[0], "r");
    char line[400] = "";
    *port = 0;
    while (!*port && fgets(line, sizeof line, out)) {
        char *at = strstr(line, "http://127.0.0.1:");
        if (at) *port = (int)strtol(at + 17, NULL, 10);
    }
    if (!*port) {
        fprintf(stderr, "the server did not start\n");
        exit(1);
    }
    return child; /* the pipe stays open: the server may go on printing */
}

static int64_t ask(struct arena *arena, const char *binary, const char *folder, const char *member) {
    struct problem problem = {.arena = arena};
    struct json json;
    struct str text =
        vafa(arena, (char *[]){(char *)binary, "api", (char *)folder, "GET", "/api/v1/ingest", NULL});
    const struct json *value = json_parse(text, arena, &json, &problem) ? NULL : json_get(&json, member);
    return value ? value->integer : -1;
}

static long resident_mb(pid_t pid) {
    char path[40], line[200];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (!strncmp(line, "VmRSS:", 6)) kb = strtol(line + 6, NULL, 10);
    }
    if (file) fclose(file);
    return kb / 1024;
}

static double wait_applied(struct arena *arena, const char *binary, const char *folder, int64_t events) {
    int64_t start = now_us();
    while (ask(arena, binary, folder, "events") < events) {
        struct timespec pause = {0, 100000000}; /* asking starts a process */
        nanosleep(&pause, NULL);
    }
    return (double)(now_us() - start) / 1e6;
}

int main(int argc, char **argv) {
    const char *mode = NULL, *binary = NULL, *folder = NULL;
    struct arena arena = {0};
    struct load *load = memory_new(sizeof *load);
    int64_t events = 0;
    load->connection_count = 64;
    load->random = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--vafa") && i + 1 < argc)
            binary = argv[++i];
        else if (!strcmp(argv[i], "--folder") && i + 1 < argc)
            folder = argv[++i];
        else if (!strcmp(argv[i], "--events") && i + 1 < argc)
            events = strtoll(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--connections") && i + 1 < argc)
            load->connection_count = (int)strtol(argv[++i], NULL, 10);
        else
            mode = argv[i];
    }
    if (!mode || !binary || !folder || load->connection_count < 1 ||
        load->connection_count > MAX_CONNECTIONS) {
        fprintf(
            stderr,
            "bench_ingest --durable|--single|--queryable|--memory --vafa BINARY --folder FOLDER [--events N] [--connections N]\n");
        return 2;
    }
    bool single = !strcmp(mode, "--single"), queryable = !strcmp(mode, "--queryable"),
         memory = !strcmp(mode, "--memory");
    if (!events) events = single ? 500000 : memory ? 20000000 : 5000000;
    load->per_request = single ? 1 : 250;
    events -= events % load->per_request;
    vafa(&arena, (char *[]){(char *)binary, "init", (char *)folder, "--name", "Benchmark", "--time-zone",
                            "UTC", NULL});
    struct problem problem = {.arena = &arena};
    struct json key;
    struct str made = vafa(&arena, (char *[]){(char *)binary, "keys", "create", (char *)folder, "--name",
                                              "app", "--kind", "server", "--format", "json", NULL});
    if (json_parse(made, &arena, &key, &problem)) return 1;
    pid_t server = serve(binary, folder, &load->port);
    open_connections(load, str_c(&arena, json_get_string(&key, "secret")));
    int64_t warm = single ? 20000 : 250000;
    run(load, warm);
    wait_applied(&arena, binary, folder, warm - load->refused);
    int64_t before = load->acked, slice = memory ? 2000000 : events;
    double seconds = 0, waited = 0;
    for (int64_t done = 0; done < events;
         done += slice) { /* for memory in slices, so that the journal is never full */
        seconds += run(load, slice);
        if (memory) waited += wait_applied(&arena, binary, folder, load->acked);
    }
    int64_t acked = load->acked - before;
    printf(
        "%s: %.0f events/s acknowledged (%lld events in %.2f s, %d connections), p50 %.2f ms, p99 %.2f ms, refused %lld\n",
        mode + 2, (double)acked / seconds, (long long)acked, seconds, load->connection_count,
        percentile(load, .5), percentile(load, .99), (long long)load->refused);
    if (queryable) {
        waited = wait_applied(&arena, binary, folder, load->acked);
        printf("queryable: %.0f events/s until all could be read (%.2f s behind the last acknowledgement)\n",
               (double)acked / (seconds + waited), waited);
    }
    if (memory)
        printf("memory: %ld MiB resident behind %lld events\n", resident_mb(server), (long long)load->acked);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    arena_free(&arena);
    return 0;
}
