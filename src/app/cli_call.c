/* One request of the command line: over the socket file of a served folder, or in this process. */
#include "app/cli.h"
#include "base/format.h"

#include <curl/curl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

static int exit_of(int code) {
    return code < 400 ? CLI_DONE : code >= 500 || code == 429 ? CLI_UNAVAILABLE : CLI_BAD_INPUT;
}

int cli_fail(struct cli *cli, const struct problem *problem) {
    struct buf text = {0};
    problem_print(problem, cli->language, &text);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&text)));
    buf_free(&text);
    bool unavailable = problem->status >= LIMITED;
    if (problem->main.message.code && strcmp(problem->main.message.code, "folder_in_use") == 0)
        unavailable = true;
    return unavailable ? CLI_UNAVAILABLE : CLI_BAD_INPUT;
}

/* A problem as the server wrote it, already in the reader's language. */
static int explain(struct cli *cli, const struct cli_answer *answer) {
    struct problem ignored = {.arena = &cli->arena};
    struct json body;
    if (!answer->json || json_parse(answer->body, &cli->arena, &body, &ignored)) {
        fprintf(stderr, "%.*s\n", STR_ARG(answer->body));
        return exit_of(answer->code);
    }
    const struct json *errors = json_get(&body, "errors");
    struct str detail = json_get_string(&body, "detail");
    bool first = errors && errors->n && str_equal(json_get_string(&errors->items[0], "message"), detail);
    if (!first) fprintf(stderr, "%.*s\n", STR_ARG(detail)); /* else the list says it, with its place */
    for (size_t i = 0; errors && i < errors->n; i++) {
        struct str where = json_get_string(&errors->items[i], "pointer"),
                   said = json_get_string(&errors->items[i], "message");
        if (str_starts(where, STR("/"))) where = str_slice(where, 1, where.n);
        fprintf(stderr, "%.*s%s%.*s\n", STR_ARG(where), where.n ? ": " : "", STR_ARG(said));
    }
    return exit_of(answer->code);
}

static size_t collect(char *data, size_t size, size_t n, void *self) {
    struct cli *cli = self;
    buf_put(&cli->out, data, size * n);
    return size * n;
}

/* False: nobody serves the folder. */
static bool call_socket(struct cli *cli, const char *socket_path, enum method method, struct str target,
                        struct str body, const char *upload, struct cli_answer *answer) {
    CURL *curl = curl_easy_init();
    FILE *file = upload ? fopen(upload, "rb") : NULL;
    struct buf url = {0};
    struct stat info = {0};
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    if (body.n) headers = curl_slist_append(headers, "Content-Type: application/json");
    headers =
        curl_slist_append(headers, cli->language == PERSIAN ? "Accept-Language: fa" : "Accept-Language: en");
    /* A command changes what there is, whatever its version. */
    if (method == METHOD_PATCH || method == METHOD_DELETE)
        headers = curl_slist_append(headers, "If-Match: *");
    buf_clear(&cli->out);
    buf_put_c(&url, "http://vafa");
    buf_put_str(&url, target);
    buf_put_byte(&url, 0);
    curl_easy_setopt(curl, CURLOPT_URL, url.p);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, cli);
    if (method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        if (file && fstat(fileno(file), &info) == 0) {
            curl_easy_setopt(curl, CURLOPT_READDATA, file);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)info.st_size);
        } else {
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.n ? body.p : "");
        }
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, methods[method]);
    CURLcode result = curl_easy_perform(curl);
    long code = 0;
    const char *type = NULL;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    bool served = result != CURLE_COULDNT_CONNECT && result != CURLE_COULDNT_RESOLVE_HOST;
    answer->code = result == CURLE_OK ? (int)code : 503;
    answer->json = type && strstr(type, "json");
    answer->body =
        result == CURLE_OK ? str_copy(&cli->arena, buf_str(&cli->out)) : str_of(curl_easy_strerror(result));
    if (!answer->body.p) answer->body = STR("");
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    buf_free(&url);
    if (file) fclose(file);
    return served;
}

static int open_here(struct cli *cli) {
    struct problem problem = {.arena = &cli->arena};
    if (cli->house) return CLI_DONE;
    if (house_open(cli->folder, false, clock_system(), &cli->log, &cli->house, &problem))
        return cli_fail(cli, &problem);
    if (!cli->language_chosen) cli->language = house_language(cli->house);
    cli->language_chosen = true;
    return CLI_DONE;
}

static void call_here(struct cli *cli, enum method method, struct str target, struct str body,
                      const char *upload, struct cli_answer *answer) {
    struct passwd *user = getpwuid(getuid());
    struct parameter *headers = arena_array(&cli->arena, 2, sizeof *headers);
    bool changes = method == METHOD_PATCH || method == METHOD_DELETE;
    headers[1] = (struct parameter){STR("if-match"), STR("*")};
    headers[0] = (struct parameter){STR("accept-language"), cli->language == PERSIAN ? STR("fa") : STR("en")};
    struct request request = {
        .house = cli->house,
        .arena = &cli->arena,
        .method = method,
        .headers = headers,
        .header_count = changes ? 2 : 1,
        .body = body,
        .upload = upload,
        .peer = STR("local"),
        .language = cli->language,
        .principal = {.kind = LOCAL,
                      .role = ROLE_ADMIN,
                      .scope = SCOPE_ALL,
                      .name = str_format(&cli->arena, "cli:%s", user ? user->pw_name : "unknown")}};
    struct response response = {0};
    router_dispatch(cli->house->router, &request, target, &response);
    answer->code = response.code;
    answer->json = !response.content_type || strstr(response.content_type, "json");
    answer->body = str_copy(&cli->arena, buf_str(&response.body));
    buf_free(&response.body);
}

/* A served folder tells its organisation's language by its settings. */
static void ask_language(struct cli *cli, const char *socket_path) {
    struct problem ignored = {.arena = &cli->arena};
    struct cli_answer answer = {0};
    struct json body;
    cli->language_chosen = true;
    if (!call_socket(cli, socket_path, METHOD_GET, STR("/api/v1/settings"), (struct str){0}, NULL, &answer) ||
        answer.code != 200 || json_parse(answer.body, &cli->arena, &body, &ignored))
        return;
    const struct json *data = json_get(&body, "data");
    for (size_t i = 0; data && i < data->n; i++)
        if (str_is(json_get_string(&data->items[i], "key"), "organisation.language"))
            cli->language = str_is(json_get_string(&data->items[i], "value"), "fa") ? PERSIAN : ENGLISH;
}

int cli_call(struct cli *cli, enum method method, struct str target, struct str body, const char *upload,
             struct cli_answer *answer) {
    const char *socket_path = str_c(&cli->arena, str_format(&cli->arena, "%s/vafa.sock", cli->folder));
    bool served = false;
    if (!cli->house && access(socket_path, F_OK) == 0) {
        if (!cli->language_chosen) ask_language(cli, socket_path);
        served = call_socket(cli, socket_path, method, target, body, upload, answer);
    }
    if (!served) {
        int code = open_here(cli);
        if (code) return code;
        call_here(cli, method, target, body, upload, answer);
    }
    return answer->code >= 400 ? explain(cli, answer) : CLI_DONE;
}

struct format cli_place(struct cli *cli) {
    struct format format = {.language = cli->language};
    struct problem ignored = {.arena = &cli->arena};
    struct cli_answer answer = {0};
    struct json body;
    if (!cli->placed && !cli_call(cli, METHOD_GET, STR("/api/v1/settings"), (struct str){0}, NULL, &answer) &&
        !json_parse(answer.body, &cli->arena, &body, &ignored)) {
        const struct json *data = json_get(&body, "data");
        for (size_t i = 0; data && i < data->n; i++) {
            struct str key = json_get_string(&data->items[i], "key"),
                       value = json_get_string(&data->items[i], "value");
            if (str_is(key, "organisation.time_zone") && zone_open(value, &cli->zone, &ignored))
                cli->zone = NULL;
            if (str_is(key, "organisation.calendar") && str_is(value, "persian"))
                cli->calendar = CALENDAR_PERSIAN;
        }
    }
    cli->placed = true;
    if (cli->language == PERSIAN) format.calendar = cli->calendar;
    return format;
}

void cli_put_time(struct cli *cli, struct str text, struct buf *out) {
    struct format format = cli_place(cli);
    instant_t at;
    day_t day;
    if (text.n <= DAY_TEXT && !day_parse(text, &day)) {
        format_day(out, &format, day, DAY_PADDED);
    } else if (cli->zone && text.n > DAY_TEXT && !instant_parse(text, cli->zone, &at)) {
        day = zone_day(cli->zone, at);
        int64_t minutes = (at + zone_offset(cli->zone, at) - (int64_t)day * DAY_MS) / 60000;
        format_day(out, &format, day, DAY_PADDED);
        format_digits(
            out, &format,
            str_format(&cli->arena, " %02lld:%02lld", (long long)minutes / 60, (long long)minutes % 60));
    } else {
        buf_put_str(out, text);
    }
}
