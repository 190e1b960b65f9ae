/* Commands that no route can do: making a folder, serving one, any request at all. */
#include "app/cli.h"
#include "app/web.h"
#include "base/vec.h"
#include "customers/sign_in.h"
#include "paths.h"
#include "platform/broadcast.h"
#include "platform/settings.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOP_MS = 10000 };

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind;
    return at->level ? remove(path) : 0;
}

int cli_init(struct cli *cli) {
    static const struct {
        const char *option, *key;
    } settings[] = {{"name", "organisation.name"},
                    {"time-zone", "organisation.time_zone"},
                    {"calendar", "organisation.calendar"},
                    {"language", "organisation.language"},
                    {"currency", "organisation.currency"}};
    struct problem problem = {.arena = &cli->arena};
    struct setting_value values[COUNT(settings) + 2];
    struct stat info;
    size_t n = 0;
    bool was_there = stat(cli->folder, &info) == 0;
    for (size_t i = 0; i < COUNT(settings); i++)
        if (cli_value(cli, settings[i].option).p)
            values[n++] = (struct setting_value){str_of(settings[i].key), cli_value(cli, settings[i].option)};
    if (str_is(cli_value(cli, "calendar"),
               "persian")) { /* whose weeks begin on Saturday, as on the page of setup */
        values[n++] = (struct setting_value){STR("organisation.week_start"), STR("saturday")};
        values[n++] = (struct setting_value){STR("organisation.weekend"), STR("thursday,friday")};
    }
    enum status status = house_open(cli->folder, true, clock_system(), &cli->log, &cli->house, &problem);
    if (status) return cli_fail(cli, &problem);
    status = settings_set(cli->house->settings, values, n, clock_now(cli->house->clock), &problem);
    if (!status) return CLI_DONE;
    house_close(cli->house);
    cli->house = NULL;
    nftw(cli->folder, remove_one, 16,
         FTW_DEPTH | FTW_PHYS); /* it was ours and empty: leave nothing half made */
    if (!was_there) rmdir(cli->folder);
    return cli_fail(cli, &problem);
}

static void log_request(void *self, const char *method, const char *pattern, int code, int64_t microseconds) {
    const struct log *log = ((struct house *)self)->log;
    enum log_level level = code >= 500              ? LOG_LEVEL_ERROR
                           : microseconds > 1000000 ? LOG_LEVEL_WARNING
                                                    : LOG_LEVEL_DEBUG;
    if (level < log->least) return;
    log_write(log, level, "request", log_str("method", str_of(method)), log_str("route", str_of(pattern)),
              log_int("status", code), log_int("us", microseconds));
}

static bool is_loopback(struct str listen) {
    return str_starts(listen, STR("127.")) || str_starts(listen, STR("[::1]")) ||
           str_starts(listen, STR("localhost:"));
}

static int print_address(struct cli *cli, const struct http *http, struct str listen,
                         struct problem *problem) {
    struct one_time token;
    size_t colon = listen.n;
    while (colon && listen.p[colon - 1] != ':')
        colon--;
    struct str host = str_slice(listen, 0, colon ? colon - 1 : 0);
    if (setup_token(cli->house, &token, problem)) return cli_fail(cli, problem);
    printf(cli->language == PERSIAN ? "وفا آماده است: http://%.*s:%d\n" : "Vafa is ready: http://%.*s:%d\n",
           STR_ARG(host), http_port(http));
    if (token.text[0])
        printf(cli->language == PERSIAN
                   ? "راه‌اندازی (یک بار، تا %d دقیقه): http://%.*s:%d/setup#%s\n"
                   : "Set it up (once, within %d minutes): http://%.*s:%d/setup#%s\n",
               ONE_TIME_MINUTES, STR_ARG(host), http_port(http), token.text);
    fflush(stdout);
    return CLI_DONE;
}

int cli_serve(struct cli *cli) {
    struct problem problem = {.arena = &cli->arena};
    struct str listen = cli_value(cli, "listen");
    if (!listen.p) listen = STR("127.0.0.1:8080");
    if (!is_loopback(listen) && !cli_value(cli, "public").p) {
        fail(
            &problem, BAD_INPUT,
            MESSAGE(
                "listen_public",
                "“{0}” can be reached by others without TLS. Put a TLS proxy in front, or say --public.",
                "دیگران بدون TLS به «{0}» می‌رسند. یک پروکسی TLS جلوی آن بگذارید، یا --public بدهید."),
            ARGS(listen));
        return cli_fail(cli, &problem);
    }
    sigset_t stop; /* blocked before any thread starts, so that only sigwait sees them */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    cli->log.least = LOG_LEVEL_INFO;
    if (house_open(cli->folder, false, clock_system(), &cli->log, &cli->house, &problem))
        return cli_fail(cli, &problem);
    if (!cli->language_chosen) cli->language = house_language(cli->house);
    struct settings *settings = cli->house->settings;
    struct str socket_path = str_format(&cli->arena, "%s/vafa.sock", cli->house->folder);
    struct str uploads = str_format(&cli->arena, "%s/uploads", cli->house->folder);
    struct http_options options = {
        .listen = str_c(&cli->arena, listen),
        .socket_path = str_c(&cli->arena, socket_path),
        .upload_folder = str_c(&cli->arena, uploads),
        .threads = (unsigned)settings_int(settings, SETTING_HTTP_THREADS),
        .connections = (unsigned)settings_int(settings, SETTING_HTTP_CONNECTIONS),
        .connections_per_ip = (unsigned)settings_int(settings, SETTING_HTTP_CONNECTIONS_PER_ADDRESS),
        .timeout_seconds = (unsigned)settings_int(settings, SETTING_HTTP_IDLE_SECONDS),
        .hsts = str_starts(settings_text(settings, SETTING_HTTP_PUBLIC_URL, &cli->arena), STR("https://"))};
    mkdir(options.upload_folder, 0700);
    struct http_application application = router_application(cli->house->router);
    application.log = log_request;
    application.log_self = cli->house;
    struct str web = cli_value(cli, "web");
    if (web_open(web.p ? str_c(&cli->arena, web) : VAFA_WEB, &cli->house->web, &problem))
        return cli_fail(cli, &problem);
    if (!cli->house->web)
        log_write(&cli->log, LOG_LEVEL_WARNING, "no web application is built; only the API answers");
    struct http *http = NULL;
    if (http_start(&options, application, &http, &problem)) return cli_fail(cli, &problem);
    __atomic_store_n(&cli->house->served, true, __ATOMIC_RELEASE);
    int code = print_address(cli, http, listen, &problem), signal_number = 0;
    if (!code) sigwait(&stop, &signal_number);
    broadcast_end(cli->house->broadcast); /* who listens would keep the server waiting */
    if (!http_stop(http, STOP_MS)) {
        log_write(&cli->log, LOG_LEVEL_WARNING, "requests were cut off");
        _exit(CLI_UNAVAILABLE); /* their memory is still in use by the journal */
    }
    web_close(cli->house->web);
    return code;
}

int cli_openapi(struct cli *cli) {
    struct router *router = router_new(NULL, route_table, route_count, (struct router_limits){0});
    openapi_write(router, &cli->out);
    router_free(router);
    printf("%.*s\n", STR_ARG(buf_str(&cli->out)));
    return CLI_DONE;
}

int cli_api(struct cli *cli) {
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    struct str method = cli_value(cli, "METHOD");
    struct cli_answer answer = {0};
    cli->format = CLI_JSON;
    for (size_t i = 0; i < COUNT(methods); i++) {
        if (!str_equal_nocase(method, str_of(methods[i]))) continue;
        int code =
            cli_call(cli, (enum method)i, cli_value(cli, "PATH"), cli_value(cli, "BODY"), NULL, &answer);
        return code ? code : cli_print(cli, &answer);
    }
    struct problem problem = {.arena = &cli->arena};
    fail(&problem, BAD_INPUT, MESSAGE("method_unknown", "There is no method “{0}”.", "روش «{0}» وجود ندارد."),
         ARGS(method));
    cli_fail(cli, &problem);
    return CLI_USAGE;
}
