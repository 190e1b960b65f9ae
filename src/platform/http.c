#include "platform/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Contexts of requests: taken and given back, never made anew while there are idle ones. */
static struct http_waiter *waiter_take(struct http *http) {
    pthread_mutex_lock(&http->lock);
    struct http_waiter *waiter = http->free;
    if (waiter) {
        http->free = waiter->next;
        http->free_count--;
    }
    http->busy++;
    pthread_mutex_unlock(&http->lock);
    if (!waiter) {
        waiter = memory_new(sizeof *waiter);
        waiter->http = http;
        waiter->upload_fd = -1;
        atomic_init(&waiter->state, WAITER_RUNNING);
    }
    return waiter;
}

static void waiter_free(struct http_waiter *waiter) {
    arena_free(&waiter->arena);
    buf_free(&waiter->body);
    buf_free(&waiter->response.body);
    if (waiter->inflater_ready) inflateEnd(&waiter->inflater);
    free(waiter);
}

static void waiter_give(struct http_waiter *waiter) {
    struct http *http = waiter->http;
    http_body_reset(waiter);
    struct buf body = waiter->response.body;
    memset(&waiter->request, 0, sizeof waiter->request);
    memset(&waiter->response, 0, sizeof waiter->response);
    memset(&waiter->plan, 0, sizeof waiter->plan);
    memset(&waiter->problem, 0, sizeof waiter->problem);
    waiter->response.body = body;
    waiter->gzip = waiter->gzip_ended = waiter->begun = waiter->answered = waiter->deferred = false;
    waiter->length_given = waiter->chunked = false;
    waiter->lengths = 0;
    waiter->announced = waiter->wire = waiter->inflated = 0;
    waiter->code = 0;
    waiter->connection = NULL;
    waiter->gone = false;
    atomic_store_explicit(&waiter->state, WAITER_RUNNING, memory_order_relaxed);
    arena_reset(&waiter->arena);
    pthread_mutex_lock(&http->lock);
    bool keep = http->free_count < HTTP_IDLE_WAITERS;
    if (keep) {
        waiter->next = http->free;
        http->free = waiter;
        http->free_count++;
    }
    http->busy--;
    if (!http->busy) pthread_cond_broadcast(&http->idle);
    pthread_mutex_unlock(&http->lock);
    if (!keep) waiter_free(waiter);
}

/* The raw target is only whole here: afterwards libmicrohttpd cuts it up in place. */
static void *on_target(void *self, const char *target, struct MHD_Connection *connection) {
    struct http_waiter *waiter = waiter_take(self);
    waiter->connection = connection;
    waiter->started_us = now_us();
    waiter->target = str_copy(&waiter->arena, str_of(target));
    return waiter;
}

static size_t keep_escaped(void *self, struct MHD_Connection *connection, char *text) {
    (void)self, (void)connection;
    return strlen(text);
}

static void name_peer(struct http_peer *peer, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer->fd = info ? info->connect_fd : -1;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, peer->text, sizeof peer->text);
    } else if (address && address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, peer->text,
                  sizeof peer->text);
    } else {
        struct ucred user = {0};
        socklen_t n = sizeof user;
        bool known = getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &user, &n) == 0;
        peer->local = known && user.uid == getuid();
        peer->refused = !peer->local;
        snprintf(peer->text, sizeof peer->text, "local");
    }
}

static void on_connection(void *self, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code) {
    struct http *http = self;
    struct http_peer *peer = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        pthread_mutex_lock(&http->lock);
        *peer->link = peer->next;
        if (peer->next) peer->next->link = peer->link;
        pthread_mutex_unlock(&http->lock);
        free(peer);
        *context = NULL;
        return;
    }
    *context = peer = memory_new(sizeof *peer);
    name_peer(peer, connection);
    peer->waiting_us = now_us();
    pthread_mutex_lock(&http->lock);
    peer->link = &http->peers;
    peer->next = http->peers;
    if (peer->next) peer->next->link = &peer->next;
    http->peers = peer;
    pthread_mutex_unlock(&http->lock);
}

static struct http_peer *peer_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static bool has_left(int fd) {
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* libmicrohttpd's timeout is one of silence: a header that comes byte by byte would hold its connection for
 * ever. So a whole one must be there after twice that time: once for keeping still, once for sending it. */
static void *watch(void *self) {
    struct http *http = self;
    int64_t allowed_us = 2000000 * (int64_t)http->options.timeout_seconds;
    pthread_mutex_lock(&http->lock);
    while (!http->stopping) {
        for (struct http_peer *peer = http->peers; peer; peer = peer->next) {
            int64_t since = peer->waiting_us;
            if (since && now_us() - since > allowed_us) shutdown(peer->fd, SHUT_RDWR);
            if (peer->asleep && has_left(peer->fd)) {
                http_give_up(peer->asleep);
                if (peer->asleep->response.stream.take) http_wake(peer->asleep);
            }
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&http->stop, &http->lock, &until);
    }
    pthread_mutex_unlock(&http->lock);
    return NULL;
}

struct header_list {
    struct http_waiter *waiter;
    struct parameter list[HTTP_MAX_HEADERS];
    size_t n;
    bool bad;
};

static enum MHD_Result on_header(void *self, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    struct header_list *headers = self;
    if (headers->n == HTTP_MAX_HEADERS) {
        headers->bad = true;
        return MHD_NO;
    }
    size_t n = strlen(name);
    char *lower = arena_alloc(&headers->waiter->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    headers->list[headers->n++] = (struct parameter){{lower, n}, str_of(value)};
    if (n == 14 && memcmp(lower, "content-length", 14) == 0) headers->waiter->lengths++;
    if (n == 17 && memcmp(lower, "transfer-encoding", 17) == 0) headers->waiter->chunked = true;
    return MHD_YES;
}

static enum method method_of(const char *name) {
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (int i = 0; i < METHOD_OTHER; i++)
        if (strcmp(names[i], name) == 0) return (enum method)i;
    return strcmp(name, "HEAD") == 0 ? METHOD_GET : METHOD_OTHER;
}

static enum MHD_Result refuse(struct http_waiter *waiter) {
    struct http_application *application = &waiter->http->application;
    buf_clear(&waiter->response.body);
    application->refuse(application->self, &waiter->request, &waiter->response, &waiter->problem);
    return http_reply(waiter);
}

static enum MHD_Result begin(struct http_waiter *waiter, const char *method) {
    struct http *http = waiter->http;
    struct request *request = &waiter->request;
    struct http_peer *peer = peer_of(waiter->connection);
    if (!peer || peer->refused) return MHD_NO;
    peer->waiting_us = 0;
    struct header_list headers = {.waiter = waiter};
    MHD_get_connection_values(waiter->connection, MHD_HEADER_KIND, on_header, &headers);
    waiter->begun = true;
    waiter->problem.arena = &waiter->arena;
    request->arena = &waiter->arena;
    request->method = method_of(method);
    request->headers = arena_copy(&waiter->arena, headers.list, headers.n * sizeof *headers.list);
    request->header_count = headers.n;
    request->peer = str_of(peer->text);
    if (peer->local) {
        request->principal = (struct principal){
            .kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = str_of(http->user)};
    }
    if (headers.bad || waiter->lengths > 1 || (waiter->lengths && waiter->chunked)) {
        /* Two readings of where the body ends are how requests are smuggled past a proxy. */
        fail(&waiter->problem, BAD_INPUT,
             MESSAGE(
                 "headers_bad", "Too many headers, or Content-Length given twice or with Transfer-Encoding.",
                 "تعداد سرآیندها زیاد است، یا Content-Length دو بار یا همراه Transfer-Encoding آمده است."),
             NO_ARGS);
        return refuse(waiter);
    }
    if (!http->application.begin(http->application.self, request, waiter->target, &waiter->plan,
                                 &waiter->response))
        return http_reply(waiter);
    http_body_begin(waiter);
    /* Who waits for a word before sending gets it at once; others when the rest of the body is read. */
    bool at_once =
        waiter->announced > waiter->plan.body_max + HTTP_LET_PASS || request_header(request, "expect").n > 0;
    return waiter->problem.status == TOO_LARGE && at_once ? refuse(waiter) : MHD_YES;
}

static enum MHD_Result finished(struct http_waiter *waiter) {
    if (waiter->finished == OK) return http_reply(waiter);
    waiter->response.code = 0;
    fail(&waiter->problem, waiter->finished,
         waiter->finished == LIMITED
             ? MESSAGE("too_busy", "Too much is waiting to be written. Send it again in a moment.",
                       "حجم زیادی در صف نوشتن است. کمی بعد دوباره بفرستید.")
             : MESSAGE("write_failed", "Nothing was stored, because the disk refused it. Send it again.",
                       "چیزی ذخیره نشد، چون دیسک نپذیرفت. دوباره بفرستید."),
         NO_ARGS);
    return refuse(waiter);
}

void http_give_up(struct http_waiter *waiter) {
    __atomic_store_n(&waiter->gone, true, __ATOMIC_RELEASE);
}

/* Whether the watcher looks if the client is still there. */
static void watch_for_leaving(struct http_waiter *waiter, bool on) {
    struct http_peer *peer = peer_of(waiter->connection);
    pthread_mutex_lock(&waiter->http->lock);
    if (peer) peer->asleep = on ? waiter : NULL;
    pthread_mutex_unlock(&waiter->http->lock);
}

static enum MHD_Result sleep_until_finished(struct http_waiter *waiter) {
    waiter->deferred = true;
    if (atomic_load_explicit(&waiter->state, memory_order_acquire) == WAITER_FINISHED)
        return finished(waiter);
    struct MHD_Connection *connection = waiter->connection;
    MHD_suspend_connection(connection);
    int state = WAITER_RUNNING;
    if (!atomic_compare_exchange_strong(&waiter->state, &state, WAITER_ASLEEP))
        MHD_resume_connection(connection);
    return MHD_YES;
}

static enum MHD_Result run(struct http_waiter *waiter) {
    struct http_application *application = &waiter->http->application;
    http_body_end(waiter);
    if (waiter->problem.status) return refuse(waiter);
    waiter->request.waiter = waiter;
    if (waiter->plan.slow) {
        watch_for_leaving(waiter, true);
        if (!http_desk_take(&waiter->http->desk, waiter, &waiter->problem))
            return sleep_until_finished(waiter);
        return refuse(waiter);
    }
    application->handle(application->self, &waiter->plan, &waiter->request, &waiter->response);
    if (waiter->response.stream.take) watch_for_leaving(waiter, true);
    return waiter->response.deferred ? sleep_until_finished(waiter) : http_reply(waiter);
}

void http_finish(struct http_waiter *waiter, enum status status) {
    struct MHD_Connection *connection = waiter->connection;
    waiter->finished = status;
    /* Once this is FINISHED and was not ASLEEP, the waiter belongs to its thread again: it must not be
     * touched. */
    if (atomic_exchange(&waiter->state, WAITER_FINISHED) == WAITER_ASLEEP) MHD_resume_connection(connection);
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *n,
                                  void **context) {
    (void)self, (void)connection, (void)url, (void)version;
    struct http_waiter *waiter = *context;
    if (!waiter->begun) return begin(waiter, method); /* an answer queued here would close the connection */
    if (waiter->deferred) return finished(waiter);
    if (*n) {
        int64_t allowed_s = waiter->http->options.timeout_seconds + (int64_t)(waiter->wire >> 10);
        if (now_us() - waiter->started_us > allowed_s * 1000000) return MHD_NO;
        if (!http_body_take(waiter, data, *n)) return MHD_NO;
        *n = 0;
        return MHD_YES;
    }
    return run(waiter);
}

static void on_completed(void *self, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how) {
    (void)how;
    struct http *http = self;
    struct http_waiter *waiter = *context;
    struct http_peer *peer = peer_of(connection);
    if (peer) peer->waiting_us = now_us();
    if (!waiter) return;
    struct http_stream stream = waiter->response.stream;
    if (stream.take || waiter->plan.slow) watch_for_leaving(waiter, false);
    if (stream.take) {
        waiter->started_us = now_us(); /* how long somebody listened is no delay of ours */
        stream.close(stream.self);
    }
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
    if (http->application.log && waiter->answered)
        http->application.log(http->application.log_self, names[waiter->request.method],
                              waiter->plan.pattern ? waiter->plan.pattern : "-", waiter->code,
                              now_us() - waiter->started_us);
    *context = NULL;
    waiter_give(waiter);
}

static enum status bind_tcp(const char *listen_on, int *ret, struct problem *problem) {
    struct str port = str_of(listen_on), host = {0};
    for (size_t i = port.n; i-- > 0;) {
        if (port.p[i] != ':') continue;
        host = str_slice(port, 0, i);
        port = str_slice(port, i + 1, port.n);
        break;
    }
    if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']') host = str_slice(host, 1, host.n - 1);
    int64_t number;
    if (!host.n || !str_to_int(port, &number) || number < 0 || number > 65535)
        return fail(problem, BAD_INPUT,
                    MESSAGE("listen_bad", "“{0}” is no address to listen on; write it as 127.0.0.1:8080.",
                            "«{0}» نشانی درستی برای گوش دادن نیست؛ مانند 127.0.0.1:8080 بنویسید."),
                    ARGS(str_of(listen_on)));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *found = NULL;
    int result = getaddrinfo(str_c(problem->arena, host), str_c(problem->arena, port), &hints, &found);
    if (result)
        return fail_errno(problem, "resolve", listen_on, result == EAI_SYSTEM ? errno : EADDRNOTAVAIL);
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool bound = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 1024) == 0;
    int error = errno;
    freeaddrinfo(found);
    if (!bound) {
        if (fd >= 0) close(fd);
        return fail_errno(problem, "listen on", listen_on, error);
    }
    *ret = fd;
    return OK;
}

static enum status bind_unix(const char *path, int *ret, struct problem *problem) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return fail(problem, BAD_INPUT,
                    MESSAGE("socket_path_long",
                            "The path of the data folder is too long for a socket file: “{0}”.",
                            "مسیر پوشهٔ داده برای پروندهٔ سوکت بیش از اندازه بلند است: «{0}»."),
                    ARGS(str_of(path)));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(path); /* a stale one: the folder's lock is ours */
    mode_t mask = umask(0177);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0;
    int error = errno;
    umask(mask);
    if (!bound) {
        if (fd >= 0) close(fd);
        return fail_errno(problem, "listen on", path, error);
    }
    *ret = fd;
    return OK;
}

static struct MHD_Daemon *start(struct http *http, int fd, unsigned threads, unsigned per_ip) {
    const struct http_options *o = &http->options;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, 32768, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)o->connections, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)o->timeout_seconds, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)per_ip, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_target, http},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escaped, http},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, http},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, http},
        /* A pool of one is refused by libmicrohttpd: it is the plain form. */
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                            on_request, http, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static void allow_files(unsigned connections) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return;
    rlim_t wanted = connections + 512;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

enum status http_start(const struct http_options *options, struct http_application application,
                       struct http **ret, struct problem *problem) {
    struct http *http = memory_new(sizeof *http);
    int fd = -1, unix_fd = -1;
    enum status status = OK;
    http->application = application;
    http->options = *options;
    snprintf(http->upload_folder, sizeof http->upload_folder, "%s", options->upload_folder);
    pthread_mutex_init(&http->lock, NULL);
    pthread_cond_init(&http->idle, NULL);
    pthread_cond_init(&http->stop, NULL);
    struct passwd entry, *user = NULL;
    char names[1024];
    getpwuid_r(getuid(), &entry, names, sizeof names, &user);
    snprintf(http->user, sizeof http->user, "cli:%s", user ? user->pw_name : "unknown");
    allow_files(options->connections);
    if ((status = http_desk_open(&http->desk, problem))) goto done;
    if (options->listen && (status = bind_tcp(options->listen, &fd, problem))) goto done;
    if (options->socket_path && (status = bind_unix(options->socket_path, &unix_fd, problem))) goto done;
    if (fd >= 0) {
        struct sockaddr_storage address = {0};
        socklen_t n = sizeof address;
        getsockname(fd, (struct sockaddr *)&address, &n);
        http->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                         : ((struct sockaddr_in *)&address)->sin_port);
        http->tcp = start(http, fd, options->threads, options->connections_per_ip);
        if (http->tcp) fd = -1;
    }
    if (unix_fd >= 0) {
        snprintf(http->socket_path, sizeof http->socket_path, "%s", options->socket_path);
        http->unix_socket = start(http, unix_fd, 1, 0);
        if (http->unix_socket) unix_fd = -1;
    }
    if (fd >= 0 || unix_fd >= 0) status = fail_errno(problem, "start", "HTTP", errno);
    int error = status ? 0 : pthread_create(&http->watcher, NULL, watch, http);
    http->watched = !status && !error;
    if (error) status = fail_errno(problem, "start", "HTTP", error);
done:
    if (fd >= 0) close(fd);
    if (unix_fd >= 0) close(unix_fd);
    if (status) {
        http_stop(http, 0);
    } else {
        *ret = http;
    }
    return status;
}

int http_port(const struct http *http) {
    return http->port;
}

bool http_stop(struct http *http, int wait_ms) {
    struct MHD_Daemon *daemons[] = {http->tcp, http->unix_socket};
    struct timespec until;
    http_desk_stop(&http->desk);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    if (http->socket_path[0]) unlink(http->socket_path);
    for (int i = 0; i < 2; i++) {
        int fd = daemons[i] ? MHD_quiesce_daemon(daemons[i]) : -1;
        if (fd >= 0) close(fd);
    }
    pthread_mutex_lock(&http->lock);
    int result = 0;
    while (http->busy && !result && wait_ms)
        result = pthread_cond_timedwait(&http->idle, &http->lock, &until);
    bool clean = !http->busy;
    http->stopping = true;
    pthread_cond_signal(&http->stop);
    pthread_mutex_unlock(&http->lock);
    if (http->watched) pthread_join(http->watcher, NULL);
    http->watched = false;
    if (!clean && wait_ms) return false; /* the journal may still hold their waiters */
    for (int i = 0; i < 2; i++)
        if (daemons[i]) MHD_stop_daemon(daemons[i]);
    for (size_t i = 0; i < atomic_load(&http->canned_count); i++)
        MHD_destroy_response(http->canned[i].response);
    for (struct http_waiter *waiter = http->free, *next; waiter; waiter = next) {
        next = waiter->next;
        waiter_free(waiter);
    }
    http_desk_free(&http->desk);
    pthread_mutex_destroy(&http->lock);
    pthread_cond_destroy(&http->idle);
    pthread_cond_destroy(&http->stop);
    free(http);
    return true;
}
