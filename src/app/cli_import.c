/* vafa import KIND DATA FILE: sends the file, shows how far it is, fetches the refused rows, says what became
 * of it. */
#include "app/cli.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 100 };

static void put_query(struct buf *target, const char *name, struct str value) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    buf_put_byte(target, memchr(target->p, '?', target->n) ? '&' : '?');
    buf_put_c(target, name);
    buf_put_byte(target, '=');
    for (size_t i = 0; i < value.n; i++) {
        if (strchr(plain, value.p[i]))
            buf_put_byte(target, value.p[i]);
        else
            buf_format(target, "%%%02X", (unsigned char)value.p[i]);
    }
}

/* Waits for the import to end; the last answer is its report. */
static int follow(struct cli *cli, struct str id, struct cli_answer *answer, struct json *report) {
    struct str target = str_format(&cli->arena, "/api/v1/imports/%.*s", STR_ARG(id));
    struct problem problem = {.arena = &cli->arena};
    bool shows = isatty(2) && cli->format == CLI_TABLE;
    for (;;) {
        int failed = cli_call(cli, METHOD_GET, target, (struct str){0}, NULL, answer);
        if (failed) return failed;
        if (answer->code != 200 || json_parse(answer->body, &cli->arena, report, &problem))
            return cli_print(cli, answer);
        struct str state = json_get_string(report, "state");
        if (str_is(state, "done") || str_is(state, "failed")) break;
        const struct json *done = json_get(report, "bytes_done"), *total = json_get(report, "bytes_total"),
                          *rows = json_get(report, "rows");
        if (shows && total && total->integer > 0)
            fprintf(stderr, "\r%3d%%  %lld", (int)(done->integer * 100 / total->integer),
                    (long long)rows->integer);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    if (shows) fprintf(stderr, "\r\033[K");
    return CLI_DONE;
}

static int fetch_errors(struct cli *cli, struct str id, struct str path) {
    struct cli_answer answer;
    struct problem problem = {.arena = &cli->arena};
    int failed =
        cli_call(cli, METHOD_GET, str_format(&cli->arena, "/api/v1/imports/%.*s/errors", STR_ARG(id)),
                 (struct str){0}, NULL, &answer);
    if (failed) return failed;
    const char *name = str_c(&cli->arena, path);
    FILE *file = fopen(name, "we");
    bool written = file && fwrite(answer.body.p, 1, answer.body.n, file) == answer.body.n;
    int error = errno;
    if (file && fclose(file)) written = false;
    if (written) return CLI_DONE;
    fail_errno(&problem, "write", name, error);
    return cli_fail(cli, &problem);
}

/* What a person wants to know, in a few lines. */
static void say(struct cli *cli, const struct json *report, bool has_errors_file) {
    bool persian = cli->language == PERSIAN;
    static const struct {
        const char *name;
        struct text title;
    } counts[] = {{"rows", {"Rows", "سطرها"}},
                  {"created", {"New", "تازه"}},
                  {"updated", {"Changed", "تغییرکرده"}},
                  {"unchanged", {"Unchanged", "بی‌تغییر"}},
                  {"rejected", {"Refused", "ردشده"}}};
    const struct json *dry = json_get(report, "dry_run");
    if (dry && dry->boolean) puts(persian ? "آزمایشی: چیزی ذخیره نشد." : "Dry run: nothing was stored.");
    struct format format = cli_place(cli);
    struct buf text = {0};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        buf_format(&text, "%s%s: ", i ? "  " : "", persian ? counts[i].title.fa : counts[i].title.en);
        format_int(&text, &format, json_get(report, counts[i].name)->integer);
    }
    fwrite(text.p, 1, text.n, stdout);
    putchar('\n');
    const struct json *columns = json_get(report, "columns");
    for (size_t i = 0; columns && i < columns->n; i++) {
        struct str field = json_get_string(&columns->items[i], "field"),
                   column = json_get_string(&columns->items[i], "column");
        if (!field.n)
            printf(
                persian
                    ? "ستون «%.*s» شناخته نشد و خوانده نشد؛ اگر لازم است: ‎--map field=header\n"
                    : "The column “%.*s” was not recognised and not read; if you need it: --map field=header\n",
                STR_ARG(column));
    }
    const struct json *faults = json_get(report, "faults");
    for (size_t i = 0; faults && i < faults->n && i < 5; i++) {
        const struct json *fault = &faults->items[i];
        struct str column = json_get_string(fault, "column");
        buf_clear(&text);
        buf_put_c(&text, persian ? "  سطر " : "  row ");
        format_int(&text, &format, json_get(fault, "row")->integer);
        if (column.n) buf_format(&text, persian ? "، %.*s" : ", %.*s", STR_ARG(column));
        buf_format(&text, ": %.*s\n", STR_ARG(json_get_string(fault, "message")));
        fwrite(text.p, 1, text.n, stderr);
    }
    buf_free(&text);
    if (faults && faults->n > 5 && !has_errors_file)
        fputs(persian ? "  همهٔ خطاها: ‎--errors OUT.csv\n" : "  All of them: --errors OUT.csv\n",
              stderr);
}

int cli_import(struct cli *cli) {
    static const char *const passed[] = {"map", "source", "money", "lag-days"};
    struct str file = cli_value(cli, "FILE"), errors = cli_value(cli, "errors"), kind;
    const char *name = str_c(&cli->arena, file);
    if (access(name, R_OK)) {
        struct problem problem = {.arena = &cli->arena};
        fail_errno(&problem, "read", name, errno);
        return cli_fail(cli, &problem);
    }
    (void)str_cut(str_of(cli->command->words), ' ', &kind);
    struct buf target = {0};
    buf_format(&target, "/api/v1/imports/%.*s", STR_ARG(kind));
    const char *slash = strrchr(name, '/');
    put_query(&target, "file", str_of(slash ? slash + 1 : name));
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        struct str value = cli_value(cli, passed[i]);
        if (value.p) put_query(&target, i == 3 ? "lag_days" : passed[i], value);
    }
    if (cli_value(cli, "dry-run").p) put_query(&target, "dry_run", STR("1"));
    if (cli_value(cli, "backfill").p) put_query(&target, "backfill", STR("1"));
    if (cli_value(cli, "live").p) put_query(&target, "backfill", STR("0"));

    struct cli_answer answer;
    struct json report;
    struct problem problem = {.arena = &cli->arena};
    int result =
        cli_call(cli, METHOD_POST, str_copy(&cli->arena, buf_str(&target)), (struct str){0}, name, &answer);
    buf_free(&target);
    if (result) return result;
    if (answer.code != 202 || json_parse(answer.body, &cli->arena, &report, &problem))
        return cli_print(cli, &answer);
    struct str id = json_get_string(&report, "id");
    if ((result = follow(cli, id, &answer, &report))) return result;
    bool refused = json_get(&report, "rejected")->integer > 0;
    if (errors.n && refused && (result = fetch_errors(cli, id, errors))) return result;
    bool failed = str_is(json_get_string(&report, "state"), "failed");
    if (cli->format != CLI_TABLE) {
        result = cli_print(cli, &answer);
        return result ? result : failed || refused ? CLI_BAD_INPUT : CLI_DONE;
    }
    if (failed) fprintf(stderr, "%.*s\n", STR_ARG(json_get_string(json_get(&report, "problem"), "message")));
    if (!failed || json_get(&report, "rows")->integer) say(cli, &report, errors.n > 0);
    return failed || refused ? CLI_BAD_INPUT : CLI_DONE;
}
