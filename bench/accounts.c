/* The table of accounts at 100k of them: first rows, sorting, filtering, finding, searching, as a request
 * takes; then the list, the head of an account, its timeline and its usage asked again and again over HTTP at
 * rest, while accounts are touched (50k changes a second), and while 50k events a second arrive over HTTP.
 * Beside it the way without a board: the same rows by facts evaluated for the request. With --serve it stays,
 * after the first, and serves, for the benchmark in the browser (bench/browser.mjs): it prints an address and
 * a token for a password, and ends when its input ends. bench_accounts [--serve] [accounts] */
#include "app/house.h"
#include "app/router.h"
#include "app/web.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/account_table.h"
#include "paths.h"
#include "platform/http.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "signals/ingest.h"
#include "signals/usage.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    PEOPLE = 4,
    DAYS = 84,
    BLOCK = 10000,
    CLIENTS = 8,
    SECONDS = 4,
    CHANGES_A_SECOND = 50000,
    TIMES = 15,
    BODY = 250
};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this thread: what a busy machine does not stretch. */
static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t seed = 7;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

struct bench {
    size_t events; /* that were sent: each has a number of its own */
    struct arena arena;
    struct problem problem;
    struct house *house;
    size_t accounts;
    day_t today;
    char root[64];
};

static void must(struct bench *b, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&b->problem, ENGLISH, &text);
    fprintf(stderr, "bench_accounts: %.*s\n", STR_ARG(buf_str(&text)));
    exit(1);
}

static void open_house(struct bench *b, bool create) {
    static struct log log;
    must(b, house_open(str_c(&b->arena, str_format(&b->arena, "%s/data", b->root)), create, clock_system(),
                       &log, &b->house, &b->problem));
}

/* Names of two words in either language, as customers have them. */
static struct str name_of(size_t i, struct arena *arena) {
    static const char *const first[] = {"Quillhaven", "Gorsedale", "Harrowgate", "Copperfen",
                                        "آذرنگ",      "نیلوفرین",  "سپیدرود",    "زاگرس"},
                             *const second[] = {"Logistics", "Foundry", "Insurance",         "Mining",
                                                "پخش",       "کاشی",    "حمل‌ونقل", "صنایع"};
    return str_format(arena, "%s %s %zu", first[i % COUNT(first)], second[i / COUNT(first) % COUNT(second)],
                      i / 64);
}

static void make_accounts(struct bench *b) {
    static const char *const stages[] = {"onboarding", "adopting", "live", "renewing"};
    struct session *session = NULL;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct origin origin = {.now = clock_now(b->house->clock), .source = STR("bench"), .by = STR("bench")};
    must(b, records_write(b->house->records, &session, &b->problem));
    for (size_t i = 0; i < b->accounts; i++) {
        struct account account = {.has = 1u << ACCOUNT_KEY | 1u << ACCOUNT_NAME | 1u << ACCOUNT_STARTS_ON |
                                         1u << ACCOUNT_STAGE,
                                  .key = str_format(&arena, "A%06zu", i),
                                  .name = name_of(i, &arena),
                                  .stage = str_of(stages[i % COUNT(stages)]),
                                  .starts_on = b->today - 400};
        must(b, account_create(session, &origin, &account, &problem));
        arena_reset(&arena);
    }
    must(b, session_commit(session, &b->problem));
    arena_free(&arena);
}

/* Straight into the closed folder: a hundred thousand requests would measure the disk. */
static void make_subscriptions(struct bench *b) {
    sqlite3 *db;
    char *error = NULL;
    const char *path = str_c(&b->arena, str_format(&b->arena, "%s/data/%s", b->root, RECORDS_FILE));
    const char *sql = str_c(
        &b->arena,
        str_format(
            &b->arena,
            "INSERT INTO subscriptions (id, source, key, account, product, starts_on, ends_before, seats, amount, amount_per, arr, "
            "currency, effective_from, effective_assumed, known_from, known_assumed, version, created_at, updated_at) "
            "SELECT randomblob(16), 'bench', key, id, 'suite', %d, %d + abs(random()) %% 700, 20, arr, 'year', arr, 'EUR', %d, 0, 0, 0, 1, 0, 0 "
            "FROM (SELECT key, id, 10000 + abs(random()) %% 20000000 AS arr FROM accounts)",
            b->today - 400, b->today + 1, b->today - 400));
    if (sqlite3_open(path, &db) || sqlite3_exec(db, sql, NULL, NULL, &error)) {
        fprintf(stderr, "bench_accounts: %s\n", error ? error : path);
        exit(1);
    }
    sqlite3_close(db);
}

static void make_usage(struct bench *b) {
    static struct usage_entry block[BLOCK];
    size_t rows = b->accounts * 40;
    for (size_t done = 0; done < rows; done += BLOCK) {
        day_t day = b->today - DAYS + 1 + (day_t)((double)done / (double)rows * DAYS);
        for (size_t i = 0; i < BLOCK; i++) {
            uint32_t account = (uint32_t)(pow(uniform(), 1.3) * (double)b->accounts);
            block[i] = (struct usage_entry){account,
                                            account * PEOPLE + (uint32_t)(uniform() * PEOPLE),
                                            1 + (uint32_t)(uniform() * 20),
                                            day,
                                            day,
                                            1,
                                            .source = 1};
        }
        usage_write_lock(b->house->usage);
        usage_add(b->house->usage, block, BLOCK);
        usage_unlock(b->house->usage);
    }
    usage_write_lock(b->house->usage);
    for (day_t day = b->today - DAYS; day <= b->today; day++)
        usage_heard(b->house->usage, 1, day, false);
    usage_settle(b->house->usage, SIZE_MAX);
    usage_unlock(b->house->usage);
    notices_put(b->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_USAGE);
}

/* ---- one request ---- */

static struct str call(struct bench *b, enum method method, const char *target, const char *body,
                       struct arena *arena) {
    struct request request = {
        .house = b->house,
        .arena = arena,
        .method = method,
        .body = str_of(body ? body : ""),
        .peer = STR("local"),
        .principal = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:bench")}};
    struct response response = {0};
    router_dispatch(b->house->router, &request, str_of(target), &response);
    struct str text = str_copy(arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code >= 400) {
        fprintf(stderr, "bench_accounts: %s answered %d: %.*s\n", target, response.code, STR_ARG(text));
        exit(1);
    }
    return text;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each time another question (%d), so that nothing is remembered. */
static void measure_times(struct bench *b, const char *what, const char *target, int times) {
    double ms[TIMES], processor[TIMES];
    size_t bytes = 0;
    for (int i = 0; i < times; i++) {
        struct arena arena = {0};
        const char *mark = strstr(target, "%d");
        struct str asked =
            mark ? str_format(&arena, "%.*s%d%s", (int)(mark - target), target, i, mark + 2) : str_of(target);
        double start = now_ms(), used = processor_ms();
        bytes = call(b, METHOD_GET, str_c(&arena, asked), NULL, &arena).n;
        ms[i] = now_ms() - start;
        processor[i] = processor_ms() - used;
        arena_free(&arena);
    }
    qsort(ms, (size_t)times, sizeof *ms, by_number);
    qsort(processor, (size_t)times, sizeof *processor, by_number);
    printf("%-44s %7.1f ms median (%.1f of processor time), %7.1f ms worst of %d (%zu bytes)\n", what,
           ms[times / 2], processor[times / 2], ms[times - 1], times, bytes);
}

static void measure(struct bench *b, const char *what, const char *target) {
    measure_times(b, what, target, TIMES);
}

/* ---- again and again over HTTP, while accounts are touched ---- */

struct asked {
    const char *path; /* behind an account, another every time; or whole, where it begins with /api */
    int rate;         /* requests a second of all clients; 0: as many as are answered */
};

struct client {
    pthread_t thread;
    int port;
    const struct asked *asked;
    const char *key;
    size_t accounts;
    unsigned number; /* among the clients */
    double until;
    VEC(double) ms;
};

static int connect_to(const struct client *client) { /* −1: not to be had */
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)client->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* A request and the whole answer: its code; 0: the connection ended. */
static int exchange(int fd, struct str request) {
    static __thread char buffer[1 << 20];
    for (size_t sent = 0; sent < request.n;) {
        ssize_t n = send(fd, request.p + sent, request.n - sent, MSG_NOSIGNAL);
        if (n <= 0) return 0;
        sent += (size_t)n;
    }
    size_t got = 0, want = SIZE_MAX;
    while (got < want) {
        ssize_t n = recv(fd, buffer + got, sizeof buffer - 1 - got, 0);
        if (n <= 0) return 0;
        got += (size_t)n;
        buffer[got] = 0;
        char *end = want == SIZE_MAX ? strstr(buffer, "\r\n\r\n") : NULL,
             *size = end ? strcasestr(buffer, "content-length: ") : NULL;
        if (end) want = (size_t)(end + 4 - buffer) + (size < end && size ? strtoul(size + 16, NULL, 10) : 0);
    }
    return atoi(buffer + strlen("HTTP/1.1 "));
}

#define ACCOUNTS "/api/v1/accounts"
static bool is_whole(const char *path) {
    return !strncmp(path, ACCOUNTS, strlen(ACCOUNTS));
}

/* What is asked at a rate waits from the moment when it was due: a server that lags is not asked less. */
static void *ask(void *self) {
    struct client *client = self;
    struct arena arena = {0};
    unsigned state = 1 + client->number;
    int fd = connect_to(client);
    double begun = now_ms(), apart = client->asked->rate ? 1e3 * CLIENTS / client->asked->rate : 0;
    while (fd >= 0 && now_ms() < client->until) {
        double due = begun + apart * ((double)client->ms.n + (double)client->number / CLIENTS),
               ahead = due - now_ms();
        if (apart > 0 && ahead > 0) nanosleep(&(struct timespec){.tv_nsec = (long)(ahead * 1e6)}, NULL);
        double start = apart > 0 ? due : now_ms();
        arena_reset(&arena);
        const char *path = client->asked->path;
        struct str target = is_whole(path) ? str_of(path)
                                           : str_format(&arena, ACCOUNTS "/A%06zu%s",
                                                        (size_t)rand_r(&state) % client->accounts, path);
        int code = exchange(
            fd, str_format(&arena, "GET %.*s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
                           STR_ARG(target), client->key));
        if (!code) break;
        if (code != 200) {
            fprintf(stderr, "bench_accounts: answered %d to %.*s\n", code, STR_ARG(target));
            break;
        }
        VEC_PUSH(&client->ms, now_ms() - start);
    }
    if (fd >= 0) close(fd);
    arena_free(&arena);
    return NULL;
}

struct toucher {
    struct bench *b;
    double until;
    size_t done;
};

static void *touch(void *self) {
    struct toucher *t = self;
    double begun = now_ms();
    while (now_ms() < t->until) {
        for (int i = 0; i < CHANGES_A_SECOND / 100; i++, t->done++)
            notices_put(t->b->house->notices, (uint32_t)(uniform() * (double)t->b->accounts), NOTICE_USAGE);
        double ahead = begun + (double)t->done / CHANGES_A_SECOND * 1e3 - now_ms();
        if (ahead > 0) nanosleep(&(struct timespec){.tv_nsec = (long)(ahead * 1e6)}, NULL);
    }
    return NULL;
}

/* Events as they come from outside: bodies of BODY over one connection, each acknowledged when it is durable.
 */
struct sender {
    struct bench *b;
    int port;
    const char *key;
    double until;
    bool each; /* one event of everybody, as fast as they are taken; then it ends */
    size_t sent, refused;
};

/* Of people who belong to one account each: PEOPLE of them to every account. */
static void put_events(struct sender *s, struct buf *body) {
    buf_clear(body);
    buf_put_c(body, "{\"batch\":[");
    for (size_t i = 0; i < BODY; i++) {
        size_t people = s->b->accounts * PEOPLE,
               user = s->each ? (s->sent + i) % people : (size_t)(uniform() * (double)people);
        buf_format(
            body,
            "%s{\"type\":\"track\",\"event\":\"Report Exported\",\"userId\":\"user-%06zu\",\"messageId\":\"bench-%zu\","
            "\"properties\":{\"format\":\"xlsx\",\"rows\":120,\"shared\":true},\"context\":{\"groupId\":\"A%06zu\"}}",
            i ? "," : "", user, s->b->events++, user / PEOPLE);
    }
    buf_put_c(body, "]}");
}

static void *send_events(void *self) {
    struct sender *s = self;
    struct buf body = {0}, request = {0};
    struct client connection = {.port = s->port};
    int fd = connect_to(&connection);
    double begun = now_ms();
    while (fd >= 0 && (s->each ? s->sent < s->b->accounts * PEOPLE : now_ms() < s->until)) {
        put_events(s, &body);
        buf_clear(&request);
        buf_format(
            &request,
            "POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Write-Key: %s\r\n"
            "Content-Length: %zu\r\n\r\n",
            s->key, body.n);
        buf_put_str(&request, buf_str(&body));
        int code = exchange(fd, buf_str(&request));
        if (!code) break;
        if (code == 200)
            s->sent += BODY;
        else
            s->refused += BODY;
        if (s->each) continue;
        double ahead = begun + (double)(s->sent + s->refused) / CHANGES_A_SECOND * 1e3 - now_ms();
        if (ahead > 0) nanosleep(&(struct timespec){.tv_nsec = (long)(ahead * 1e6)}, NULL);
    }
    if (fd >= 0) close(fd);
    buf_free(&body);
    buf_free(&request);
    return NULL;
}

struct served {
    int port;
    const char *key, *write_key;
};

/* Everybody is heard of once, and scores have followed: what comes then is a day like any other. */
static void meet_people(struct bench *b, const struct served *served) {
    struct sender sender = {.b = b, .port = served->port, .key = served->write_key, .each = true};
    double start = now_ms();
    send_events(&sender);
    must(b, ingest_wait_all(b->house->ingest, 120 * 1000));
    must(b, board_settle(b->house, &b->problem));
    printf("%zu people heard of for the first time: %.1f s\n", sender.sent, (now_ms() - start) / 1e3);
}

enum meanwhile { AT_REST, TOUCHED, EVENTS };

static void load(struct bench *b, const struct served *served, const struct asked *asked,
                 enum meanwhile meanwhile) {
    struct client clients[CLIENTS] = {0};
    struct toucher toucher = {b, now_ms() + SECONDS * 1e3, 0};
    struct sender sender = {.b = b, .port = served->port, .key = served->write_key, .until = toucher.until};
    pthread_t touching;
    if (meanwhile != AT_REST && pthread_create(&touching, NULL, meanwhile == TOUCHED ? touch : send_events,
                                               meanwhile == TOUCHED ? (void *)&toucher : &sender))
        exit(1);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.port = served->port,
                                     .asked = asked,
                                     .key = served->key,
                                     .accounts = b->accounts,
                                     .number = (unsigned)i,
                                     .until = toucher.until};
        if (pthread_create(&clients[i].thread, NULL, ask, &clients[i])) exit(1);
    }
    VEC(double) all = {0};
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        for (size_t k = 0; k < clients[i].ms.n; k++)
            VEC_PUSH(&all, clients[i].ms.v[k]);
        VEC_FREE(&clients[i].ms);
    }
    if (meanwhile != AT_REST) pthread_join(touching, NULL);
    qsort(all.v, all.n, sizeof *all.v, by_number);
    if (all.n)
        printf("%-44s %7.0f requests/s%s, p50 %.2f ms, p99 %.2f ms", asked->path, (double)all.n / SECONDS,
               asked->rate ? " (asked)" : "", all.v[all.n / 2], all.v[all.n * 99 / 100]);
    if (meanwhile == TOUCHED) printf(", while %.0f changes/s", (double)toucher.done / SECONDS);
    if (meanwhile == EVENTS)
        printf(", while %.0f events/s were acknowledged%s", (double)sender.sent / SECONDS,
               sender.refused ? " and others refused" : "");
    printf("\n");
    VEC_FREE(&all);
}

static const char *member_of(struct bench *b, const char *json, const char *name) {
    struct json parsed;
    must(b, json_parse(str_of(json), &b->arena, &parsed, &b->problem));
    return str_c(&b->arena, json_get_string(&parsed, name));
}

int main(int argc, char **argv) {
    bool serve = argc > 1 && !strcmp(argv[1], "--serve");
    struct bench b = {.accounts = argc > 1 + serve ? strtoul(argv[1 + serve], NULL, 10) : 100000};
    b.problem.arena = &b.arena;
    snprintf(b.root, sizeof b.root, "%s/vafa-bench-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(b.root)) return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    open_house(&b, true);
    b.today = moment_now(b.house->insight).day;
    struct setting_value values[] = {{STR("organisation.currency"), STR("EUR")},
                                     {STR("organisation.name"), STR("Bench")}};
    must(&b, settings_set(b.house->settings, values, COUNT(values), clock_now(b.house->clock), &b.problem));
    make_accounts(&b);
    house_close(b.house);
    make_subscriptions(&b);
    open_house(&b, false);
    make_usage(&b);
    double start = now_ms();
    must(&b, board_settle(b.house, &b.problem));
    printf("%zu accounts; scores caught up, 12 weeks of them and the first board: %.0f ms\n", b.accounts,
           now_ms() - start);
    start = now_ms();
    struct board *board;
    board_touched(b.house->board);
    must(&b, board_hold(b.house, &board, &b.problem));
    board_release(board);
    printf("a board after a change by a request: %.0f ms\n", now_ms() - start);

    measure(&b, "first rows, worst health (other every time)", "/api/v1/accounts/table?limit=50&offset=%d");
    measure(&b, "the same again", "/api/v1/accounts/table?limit=50");
    measure(&b, "sort by ARR, filtered (other every time)",
            "/api/v1/accounts/table?limit=50&sort=-arr&where=arr%20%3E%20%d");
    measure(&b, "sort by name, filtered", "/api/v1/accounts/table?limit=50&sort=name&where=arr%20%3E%201%d");
    measure(&b, "filter by a fact of usage, sort by renewal",
            "/api/v1/accounts/table?limit=50&sort=renewal&where=active_users_28d%20%3E%20%d");
    measure(&b, "sort by a fact of usage, filtered",
            "/api/v1/accounts/table?limit=50&sort=-events_28d&where=arr%20%3E%202%d");
    measure(&b, "find, with a typing error", "/api/v1/accounts/table?limit=50&q=Quilhaven%20logstics%20%d");
    measure(&b, "search, as typed", "/api/v1/search?q=nilo%d");
    measure(&b, "search, a Persian word", "/api/v1/search?q=%D9%86%D9%8A%D9%84%D9%88%D9%81%D8%B1%20%d");
    measure(&b, "search, with a typing error", "/api/v1/search?q=Harowgate%20%d");
    measure_times(&b, "without a board: at risk, by facts", "/api/v1/accounts/at-risk?limit=50", 1);

    struct http *http;
    struct http_options options = {.listen = "127.0.0.1:0",
                                   .upload_folder = b.root,
                                   .threads = 2,
                                   .connections = 256,
                                   .connections_per_ip = 256,
                                   .timeout_seconds = 60};
    must(&b, http_start(&options, router_application(b.house->router), &http, &b.problem));
    struct str made =
        call(&b, METHOD_POST, "/api/v1/keys",
             "{\"name\":\"bench\",\"kind\":\"api\",\"role\":\"viewer\",\"scope\":\"all\"}", &b.arena);
    const char *key = member_of(&b, str_c(&b.arena, made), "secret");
    made = call(&b, METHOD_POST, "/api/v1/keys", "{\"name\":\"events\",\"kind\":\"server\"}", &b.arena);
    struct served served = {http_port(http), key, member_of(&b, str_c(&b.arena, made), "secret")};
    static const struct asked asked[] = {
        {ACCOUNTS "/table?limit=50", 0}, {"/overview", 0}, {"/overview", 10000}, {"/timeline?limit=50", 0},
        {"/timeline?limit=50", 200},     {"/usage", 0},    {"/usage", 200}};
    if (!serve) meet_people(&b, &served);
    for (size_t i = 0; i < COUNT(asked) && !serve; i++)
        for (int meanwhile = asked[i].rate ? EVENTS : AT_REST; meanwhile <= EVENTS; meanwhile++)
            if (i == 0 || meanwhile != TOUCHED) load(&b, &served, &asked[i], (enum meanwhile)meanwhile);
    if (serve) {
        must(&b, web_open(VAFA_WEB, &b.house->web, &b.problem));
        (void)call(
            &b, METHOD_POST, "/api/v1/members",
            "{\"name\":\"Dana Whitlock\",\"email\":\"dana@bench.example\",\"role\":\"admin\",\"scope\":\"all\",\"language\":\"en\"}",
            &b.arena);
        struct str link = call(&b, METHOD_POST, "/api/v1/members/dana@bench.example/reset", "{}", &b.arena);
        printf("serving http://127.0.0.1:%d %s\n", http_port(http),
               member_of(&b, str_c(&b.arena, link), "token"));
        while (getchar() != EOF) {
        }
    }
    (void)http_stop(http, 1000);
    house_close(b.house);
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", b.root);
    int removed = system(command);
    arena_free(&b.arena);
    return removed;
}
