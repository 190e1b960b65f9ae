/* Ingest over HTTP, end to end: starts a server of its own on a new folder and loads it over 64 keep-alive
 * loopback connections.
 *
 *     bench_ingest --durable|--single|--queryable|--latency|--memory --vafa BINARY --folder DIR [--events N]
 * [--rate N]
 *
 * Bodies carry 250 events of 435 bytes; message ids, users (1,000,000) and accounts (100,000) are written
 * into a prepared body, so that every event is new. The figures include the load's own share of the
 * processors. The folder is left for the caller to remove. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 64,
    BATCH = 250,
    USERS = 1000000,
    ACCOUNTS = 100000,
    PROBES = 40,
    DAYS = 28,
    SLOWEST_US = 2000000,
    RETRY_US = 20000
};

struct server {
    const char *binary, *folder;
    char secret[128];
    pid_t pid;
    int port;
};

struct connection {
    int fd;
    char *request, answer[2048];
    size_t size, sent, got;
    int64_t started, retry_at; /* µs; retry_at: answered with 429, to be sent again */
    bool busy;
};

struct load {
    struct connection connections[CONNECTIONS];
    size_t per_body, prefix; /* prefix: bytes of the request before its first event */
    uint64_t next, acknowledged, refused, limit, rate;
    uint32_t *histogram; /* of µs */
    int epoll;
    bool latencies;
};

/* One event: every value that changes has a fixed width, so that it can be overwritten in place. */
static const char event_form[] =
    "{\"type\":\"track\",\"event\":\"Report Exported %03u\",\"userId\":\"user-%06u\",\"messageId\":\"node-next-16000000-%012llu-4cbb-9a1e\","
    "\"timestamp\":\"%sT%02u:04:05.%03uZ\",\"properties\":{\"format\":\"xlsx\",\"rows\":1%03u,\"duration_ms\":12.5,\"filters\":"
    "[\"open\",\"mine\"],\"dashboard\":\"Quarterly revenue by region\",\"shared\":true},\"context\":{\"groupId\":\"account-%05u\","
    "\"library\":{\"name\":\"@segment/analytics-node\",\"version\":\"3.1.0\"}},\"integrations\":{},\"_metadata\":{\"nodeVersion\":\"22.1.0\"}}";

static void stop_if(bool failed, const char *what) {
    if (!failed) return;
    fprintf(stderr, "bench_ingest: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The date so many days ago, UTC. */
static void day_before(int days, char date[16]) {
    time_t then = time(NULL) - (time_t)days * 86400;
    struct tm parts;
    gmtime_r(&then, &parts);
    strftime(date, 16, "%Y-%m-%d", &parts);
}

/* ---- the server ---- */

static void run(struct server *server, const char *words, struct buf *out) {
    char command[1024], piece[4096];
    snprintf(command, sizeof command, "'%s' %s", server->binary, words);
    FILE *pipe = popen(command, "r");
    stop_if(!pipe, command);
    for (size_t n; (n = fread(piece, 1, sizeof piece, pipe));)
        buf_put(out, piece, n);
    stop_if(pclose(pipe) != 0, command);
}

static void set(struct server *server, const char *setting) {
    char words[512];
    struct buf out = {0};
    snprintf(words, sizeof words, "settings set '%s' %s", server->folder, setting);
    run(server, words, &out);
    buf_free(&out);
}

static void create(struct server *server) {
    char words[512];
    struct buf out = {0};
    snprintf(words, sizeof words, "init '%s' --name Bench --time-zone UTC --calendar gregorian --language en",
             server->folder);
    run(server, words, &out);
    buf_clear(&out);
    snprintf(words, sizeof words, "keys create '%s' --name app --kind server --format json", server->folder);
    run(server, words, &out);
    buf_put_byte(&out, 0);
    const char *at = strstr(out.p, "\"secret\":\"");
    stop_if(!at || sscanf(at, "\"secret\":\"%127[^\"]", server->secret) != 1, "the key's secret");
    buf_free(&out);
}

/* The company's accounts, as every company has them before its usage comes: making them is not what is
 * measured. */
static void make_accounts(struct server *server) {
    char words[512], path[256];
    struct buf out = {0};
    snprintf(path, sizeof path, "%s.accounts.csv", server->folder);
    FILE *file = fopen(path, "we");
    stop_if(!file, path);
    fprintf(file, "key,name\n");
    for (int i = 0; i < ACCOUNTS; i++)
        fprintf(file, "account-%05d,Account %d\n", i, i);
    stop_if(fclose(file), path);
    snprintf(words, sizeof words, "import accounts '%s' '%s' --source app", server->folder, path);
    run(server, words, &out);
    unlink(path);
    buf_free(&out);
}

static void start(struct server *server) {
    int ends[2];
    char text[4096];
    size_t n = 0;
    stop_if(pipe(ends), "pipe");
    server->pid = fork();
    stop_if(server->pid < 0, "fork");
    if (!server->pid) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* it never outlives us */
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execl(server->binary, server->binary, "serve", server->folder, "--listen", "127.0.0.1:0",
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (!server->port) {
        ssize_t got = read(ends[0], text + n, sizeof text - 1 - n);
        stop_if(got <= 0, "the server did not start");
        text[n += (size_t)got] = 0;
        const char *at = strstr(text, "http://127.0.0.1:");
        if (at && strchr(at, '\n')) server->port = atoi(at + 17);
    }
}

static void end(struct server *server) {
    kill(server->pid, SIGTERM);
    int status;
    waitpid(server->pid, &status, 0);
    server->port = 0;
}

/* Until the segments written in advance are there: the steady state, in which they are used again. */
static void wait_for_segments(struct server *server, size_t count, off_t bytes) {
    char pattern[512];
    snprintf(pattern, sizeof pattern, "%s/journal/*", server->folder);
    for (size_t ready = 0; ready < count; usleep(20000)) {
        glob_t found = {0};
        struct stat info;
        ready = 0;
        if (!glob(pattern, 0, NULL, &found))
            for (size_t i = 0; i < found.gl_pathc; i++)
                ready += !stat(found.gl_pathv[i], &info) && info.st_size >= bytes;
        globfree(&found);
    }
    sync(); /* what was written in advance is not part of what is measured */
}

/* Memory of the server in MiB: "VmRSS:" or "VmHWM:". */
static int64_t memory_mb(const struct server *server, const char *field) {
    char path[64], line[256];
    long long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)server->pid);
    FILE *file = fopen(path, "r");
    stop_if(!file, path);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field))) kb = atoll(line + strlen(field));
    fclose(file);
    return kb / 1024;
}

/* ---- asking over the folder's socket ---- */

static size_t collect(char *data, size_t size, size_t n, void *out) {
    buf_put(out, data, size * n);
    return size * n;
}

static CURL *asking(struct server *server, struct buf *out) {
    char path[512];
    CURL *curl = curl_easy_init();
    snprintf(path, sizeof path, "%s/vafa.sock", server->folder);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, path);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    return curl;
}

static const char *ask(CURL *curl, const char *path, struct buf *out) {
    char url[512];
    long code = 0;
    snprintf(url, sizeof url, "http://vafa%s", path);
    buf_clear(out);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    stop_if(curl_easy_perform(curl) != CURLE_OK, path);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    buf_put_byte(out, 0);
    if (code != 200) fprintf(stderr, "%s: %ld %s\n", path, code, out->p);
    stop_if(code != 200, path);
    return out->p;
}

static long long number_in(const char *text, const char *name) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *at = strstr(text, quoted);
    return at ? atoll(at + strlen(quoted)) : -1;
}

static void wait_applied(CURL *curl, struct buf *out) {
    while (number_in(ask(curl, "/api/v1/ingest", out), "backlog_bytes") > 0)
        usleep(10000);
}

/* ---- the load ---- */

static void put_digits(char *to, int digits, uint64_t value) {
    while (digits--) {
        to[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static size_t place(const char *name) {
    char event[sizeof event_form + 64];
    snprintf(event, sizeof event, event_form, 0, 0, 0ull, "2000-01-01", 0, 0, 0, 0);
    return (size_t)(strstr(event, name) - event) + strlen(name);
}

static void prepare(struct load *load, struct server *server, size_t per_body) {
    load->per_body = per_body;
    load->epoll = epoll_create1(0);
    load->histogram = calloc(SLOWEST_US + 1, sizeof *load->histogram);
    for (size_t c = 0; c < CONNECTIONS; c++) {
        struct connection *connection = &load->connections[c];
        struct buf body = {0}, request = {0};
        if (per_body > 1) buf_put_c(&body, "{\"batch\":[");
        size_t before = body.n;
        for (size_t i = 0; i < per_body; i++) {
            uint64_t x = (c * per_body + i + 1) * UINT64_C(0x9E3779B97F4A7C15);
            char date[16];
            day_before(1 + (int)(x >> 40) % DAYS, date);
            if (i) buf_put_c(&body, ",");
            buf_format(&body, event_form, (unsigned)(x >> 8) % 200, 0, 0ull, date, (unsigned)(x >> 50) % 24,
                       (unsigned)(x >> 3) % 1000, (unsigned)(x >> 20) % 1000, 0);
        }
        if (per_body > 1) buf_put_c(&body, "]}");
        buf_format(
            &request,
            "POST /v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Write-Key: %s\r\nContent-Length: %zu\r\n\r\n",
            per_body > 1 ? "batch" : "track", server->secret, body.n);
        load->prefix = request.n + before;
        buf_put_str(&request, buf_str(&body));
        buf_free(&body);
        connection->request = request.p;
        connection->size = request.n;
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)server->port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int on = 1, room = 1 << 20;
        connection->fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        stop_if(connect(connection->fd, (struct sockaddr *)&address, sizeof address), "connect");
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(connection->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = connection}};
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event);
    }
}

static void push(struct connection *connection) {
    while (connection->sent < connection->size) {
        ssize_t n = send(connection->fd, connection->request + connection->sent,
                         connection->size - connection->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        stop_if(n <= 0, "send");
        connection->sent += (size_t)n;
    }
}

static void send_again(struct connection *connection, int64_t now) {
    connection->sent = connection->got = 0;
    connection->started = now;
    connection->retry_at = 0;
    connection->busy = true;
    push(connection);
}

/* New events into the body, and off with it. */
static void send_next(struct load *load, struct connection *connection, int64_t now) {
    static size_t user, id, account, stride;
    if (!stride) {
        char event[sizeof event_form + 64];
        user = place("\"user-");
        id = place("16000000-");
        account = place("\"account-");
        stride = (size_t)snprintf(event, sizeof event, event_form, 0, 0, 0ull, "2000-01-01", 0, 0, 0, 0) + 1;
    }
    char *at = connection->request + load->prefix;
    for (size_t i = 0; i < load->per_body; i++, at += stride) {
        uint64_t number = load->next++, x = number * UINT64_C(0x9E3779B97F4A7C15) >> 32, person = x % USERS;
        put_digits(at + user, 6, person);
        put_digits(at + id, 12, number);
        put_digits(at + account, 5, person % (ACCOUNTS - PROBES)); /* a user is of one account */
    }
    send_again(connection, now);
}

static void take_answer(struct load *load, struct connection *connection) {
    for (;;) {
        ssize_t n = recv(connection->fd, connection->answer + connection->got,
                         sizeof connection->answer - 1 - connection->got, 0);
        if (n < 0 && errno == EAGAIN) return;
        stop_if(n <= 0, "the server closed a connection");
        connection->answer[connection->got += (size_t)n] = 0;
        const char *head_end = strstr(connection->answer, "\r\n\r\n"),
                   *length = strcasestr(connection->answer, "content-length:");
        if (!head_end || !length) continue;
        if (connection->got < (size_t)(head_end + 4 - connection->answer) + strtoul(length + 15, NULL, 10))
            continue;
        int code = atoi(connection->answer + 9);
        int64_t now = now_us(), took = now - connection->started;
        if (code == 429) {
            load->refused++;
            connection->retry_at = now + RETRY_US;
            return;
        }
        if (code != 200) fprintf(stderr, "%s\n", connection->answer);
        stop_if(code != 200, "answer");
        load->histogram[took < SLOWEST_US ? took : SLOWEST_US]++;
        load->acknowledged += load->per_body;
        connection->busy = false;
        return;
    }
}

/* Sends until so many events are acknowledged or so many seconds passed. Returns seconds. */
static double drive(struct load *load, uint64_t events, double seconds) {
    int64_t started = now_us(), until = started + (int64_t)(seconds * 1e6);
    uint64_t first = load->next, before = load->acknowledged;
    for (;;) {
        int64_t now = now_us();
        uint64_t due =
            load->rate ? first + (uint64_t)((double)(now - started) * 1e-6 * (double)load->rate) : UINT64_MAX;
        bool more = now < until, waiting = false, idle = true;
        for (size_t c = 0; c < CONNECTIONS; c++) {
            struct connection *connection = &load->connections[c];
            if (connection->busy && connection->retry_at && connection->retry_at <= now)
                send_again(connection, now);
            if (!connection->busy && more && load->next - first < events && load->next < due)
                send_next(load, connection, now);
            waiting |= connection->retry_at != 0;
            idle &= !connection->busy;
        }
        if (idle && (!more || load->acknowledged - before >= events)) break;
        struct epoll_event ready[CONNECTIONS];
        int n = epoll_wait(load->epoll, ready, CONNECTIONS, load->rate || waiting ? 1 : 100);
        for (int i = 0; i < n; i++) {
            struct connection *connection = ready[i].data.ptr;
            if (!connection->busy || connection->retry_at) continue;
            push(connection);
            take_answer(load, connection);
        }
    }
    return (double)(now_us() - started) * 1e-6;
}

static double percentile_ms(const struct load *load, double share) {
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i <= SLOWEST_US; i++)
        total += load->histogram[i];
    for (size_t i = 0; i <= SLOWEST_US; i++)
        if ((double)(seen += load->histogram[i]) >= share * (double)total) return (double)i / 1e3;
    return 0;
}

static void forget(struct load *load) {
    memset(load->histogram, 0, (SLOWEST_US + 1) * sizeof *load->histogram);
    load->acknowledged = load->refused = 0;
}

static void finish(struct load *load) {
    for (size_t c = 0; c < CONNECTIONS; c++) {
        close(load->connections[c].fd);
        free(load->connections[c].request);
    }
    close(load->epoll);
    free(load->histogram);
}

/* ---- the figures ---- */

static void acknowledged(struct server *server, size_t per_body, uint64_t events, const char *mark) {
    struct load load = {0};
    enum { SEGMENTS = 40 };
    set(server, "journal.segment_bytes=268435456");
    set(server, per_body > 1 ? "journal.spare_segments=40" : "journal.spare_segments=8");
    set(server, "journal.backlog_bytes=17179869184");
    start(server);
    prepare(&load, server, per_body);
    wait_for_segments(server, per_body > 1 ? SEGMENTS : 8, 268435456);
    drive(&load, events / 10, 1e9);
    forget(&load);
    double seconds = drive(&load, events, 1e9);
    printf(
        "%llu events in %zu-event bodies, %d connections: %.0f events/s acknowledged, p50 %.2f ms, p99 %.2f ms (mark: %s)\n",
        (unsigned long long)load.acknowledged, per_body, CONNECTIONS, (double)load.acknowledged / seconds,
        percentile_ms(&load, 0.5), percentile_ms(&load, 0.99), mark);
    if (load.refused)
        printf("answered with 429 and sent again: %llu bodies\n", (unsigned long long)load.refused);
    finish(&load);
    end(server);
}

static void queryable(struct server *server, uint64_t events, bool memory) {
    struct load load = {0};
    struct buf out = {0};
    start(server);
    CURL *curl = asking(server, &out);
    prepare(&load, server, BATCH);
    int64_t from = now_us();
    double sending = drive(&load, events, 1e9);
    wait_applied(curl, &out);
    double seconds = (double)(now_us() - from) * 1e-6;
    long long stored = number_in(ask(curl, "/api/v1/usage", &out), "events");
    stop_if((uint64_t)stored != load.acknowledged, "events in the rollups are not those acknowledged");
    printf(
        "%lld events: acknowledged in %.2f s, all in events and usage after %.2f s: %.0f events/s (mark: 700000)\n",
        stored, sending, seconds, (double)stored / seconds);
    if (load.refused)
        printf("answered with 429 and sent again: %llu bodies\n", (unsigned long long)load.refused);
    if (memory)
        printf("resident: %lld MiB now, %lld MiB at most (mark: 3072)\n",
               (long long)memory_mb(server, "VmRSS:"), (long long)memory_mb(server, "VmHWM:"));
    curl_easy_cleanup(curl);
    buf_free(&out);
    finish(&load);
    end(server);
}

static void probe(CURL *sender, int number, int account, int days) {
    struct buf body = {0};
    char date[16];
    long code = 0;
    day_before(days, date);
    buf_format(&body, event_form, 1, USERS - 1 - account % PROBES,
               999000000000ull + (unsigned long long)number, date, 0, 1, 1, account);
    curl_easy_setopt(sender, CURLOPT_POSTFIELDSIZE, (long)body.n);
    curl_easy_setopt(sender, CURLOPT_POSTFIELDS, body.p);
    stop_if(curl_easy_perform(sender) != CURLE_OK, "an event of its own");
    curl_easy_getinfo(sender, CURLINFO_RESPONSE_CODE, &code);
    stop_if(code != 200, "the answer to an event of its own");
    buf_free(&body);
}

/* The live score as it is read, with its state. */
static void read_score(CURL *curl, int account, struct buf *out, char score[128]) {
    char path[128];
    snprintf(path, sizeof path, "/api/v1/accounts/account-%05d/facts?keys=health", account);
    const char *at = strstr(ask(curl, path, out), "\"state\":");
    snprintf(score, 128, "%.100s", at ? at : "");
    score[strcspn(score, "}")] = 0;
    char *age = strstr(score, ",\"cause\"");
    if (age) *age = 0;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* From the answer 200 for an account's event to another score of that account being read, while other events
 * arrive at a given rate. */
static void latency(struct server *server, uint64_t rate) {
    enum { LOAD_SECONDS = 45, PATIENCE_US = 30000000 };
    struct load load = {0};
    struct buf out = {0}, answer = {0};
    char text[200], before[128], after[128];
    int64_t took[PROBES];
    start(server);
    CURL *curl = asking(server, &out), *sender = curl_easy_init();
    snprintf(text, sizeof text, "X-Write-Key: %s", server->secret);
    struct curl_slist *headers =
        curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), text);
    snprintf(text, sizeof text, "http://127.0.0.1:%d/v1/track", server->port);
    curl_easy_setopt(sender, CURLOPT_URL, text);
    curl_easy_setopt(sender, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(sender, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(sender, CURLOPT_WRITEDATA, &answer);
    for (int i = 0; i < PROBES; i++)
        probe(sender, i, ACCOUNTS - 1 - i, DAYS);
    prepare(&load, server, BATCH);
    drive(&load, 2 * USERS, 1e9); /* every account is made */
    wait_applied(curl, &out);
    forget(&load);
    load.rate = rate;
    pid_t loading = fork(); /* so that asking does not hold the load up */
    stop_if(loading < 0, "fork");
    if (!loading) {
        double seconds = drive(&load, UINT64_MAX / 2, LOAD_SECONDS);
        printf("meanwhile: %.0f events/s acknowledged, p99 %.2f ms, answered with 429: %llu\n",
               (double)load.acknowledged / seconds, percentile_ms(&load, 0.99),
               (unsigned long long)load.refused);
        fflush(stdout);
        _exit(0);
    }
    sleep(3); /* by now the load is steady */
    int n = 0;
    for (int64_t until = now_us() + (int64_t)(LOAD_SECONDS - 5) * 1000000; n < PROBES && now_us() < until;
         n++) {
        int account = ACCOUNTS - 1 - n;
        read_score(curl, account, &out, before);
        probe(sender, PROBES + n, account, 0);
        int64_t from = now_us();
        do {
            usleep(1000);
            read_score(curl, account, &out, after);
            took[n] = now_us() - from;
        } while (!strcmp(before, after) && took[n] < PATIENCE_US);
        if (!n) printf("for example: %s -> %s\n", before, after);
        if (took[n] >= PATIENCE_US)
            printf("account-%05d: no new score within %d s\n", account, PATIENCE_US / 1000000);
    }
    waitpid(loading, NULL, 0);
    qsort(took, (size_t)n, sizeof *took, by_value);
    printf(
        "acknowledged to a changed score read, %d accounts of %d, %llu events/s arriving: median %.0f ms, most %.0f ms (mark: 1000)\n",
        n, ACCOUNTS, (unsigned long long)rate, (double)took[n / 2] / 1e3, (double)took[n - 1] / 1e3);
    curl_slist_free_all(headers);
    curl_easy_cleanup(sender);
    curl_easy_cleanup(curl);
    buf_free(&answer);
    buf_free(&out);
    finish(&load);
    end(server);
}

int main(int argc, char **argv) {
    struct server server = {0};
    const char *what = NULL;
    uint64_t events = 0, rate = 50000;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--vafa") && i + 1 < argc)
            server.binary = argv[++i];
        else if (!strcmp(argv[i], "--folder") && i + 1 < argc)
            server.folder = argv[++i];
        else if (!strcmp(argv[i], "--events") && i + 1 < argc)
            events = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--rate") && i + 1 < argc)
            rate = strtoull(argv[++i], NULL, 10);
        else
            what = argv[i];
    }
    if (!what || !server.binary || !server.folder) {
        fprintf(
            stderr,
            "bench_ingest --durable|--single|--queryable|--latency|--memory --vafa BINARY --folder DIR [--events N] [--rate N]\n");
        return 2;
    }
    create(&server);
    make_accounts(&server);
    if (!strcmp(what, "--durable"))
        acknowledged(&server, BATCH, events ? events : 10000000, "2500000 events/s, three times the rival");
    else if (!strcmp(what, "--single"))
        acknowledged(&server, 1, events ? events : 500000, "50000 events/s, p99 5 ms");
    else if (!strcmp(what, "--latency"))
        latency(&server, rate);
    else
        queryable(&server,
                  events                      ? events
                  : !strcmp(what, "--memory") ? 20000000
                                              : 8000000,
                  !strcmp(what, "--memory"));
    return 0;
}
