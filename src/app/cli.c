#include "app/cli.h"
#include "platform/files.h"

#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *pick(struct text text, enum language language) {
    return language == PERSIAN ? text.fa : text.en;
}

static enum language environment_language(void) {
    const char *names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) return strncmp(value, "fa", 2) == 0 ? PERSIAN : ENGLISH;
    }
    return ENGLISH;
}

/* How many words of the line a command takes; 0: the line does not begin with it. */
static int words_taken(const struct command *command, int count, char **words) {
    struct str rest = str_of(command->words);
    int n = 0;
    while (rest.n && n < count) {
        struct str after, word = str_cut(rest, ' ', &after);
        if (!str_is(word, words[n])) break;
        rest = after;
        n++;
    }
    return rest.n ? 0 : n;
}

/* The command with the most words that the line begins with. */
static const struct command *find_command(int count, char **words, int *used) {
    const struct command *best = NULL;
    *used = 0;
    for (size_t g = 0; command_groups[g]; g++) {
        for (size_t i = 0; i < command_groups[g]->n; i++) {
            int n = words_taken(&command_groups[g]->v[i], count, words);
            if (n > *used) {
                best = &command_groups[g]->v[i];
                *used = n;
            }
        }
    }
    return best;
}

static void print_usage(const struct command *command, FILE *out) {
    fprintf(out, "vafa %s%s", command->words, command->no_folder ? "" : " DATA");
    for (const struct cli_option *o = command->options; o && o->name; o++) {
        bool needed = o->flags & CLI_REQUIRED;
        fputs(needed ? " " : " [", out);
        if (o->flags & CLI_POSITIONAL)
            fputs(o->name, out);
        else
            fprintf(out, "--%s%s", o->name, o->kind == CLI_FLAG ? "" : " …");
        if (!needed) fputs("]", out);
    }
    fputs("\n", out);
}

void cli_help(const struct command *command, enum language language) {
    if (command) {
        print_usage(command, stdout);
        printf("  %s\n", pick(command->help, language));
        int width = 14;
        for (const struct cli_option *o = command->options; o && o->name; o++)
            if ((int)strlen(o->name) > width) width = (int)strlen(o->name);
        for (const struct cli_option *o = command->options; o && o->name; o++)
            printf("    %s%-*s %s\n", o->flags & CLI_POSITIONAL ? "  " : "--", width, o->name,
                   pick(o->help, language));
    } else {
        printf("vafa %s\n\n", VAFA_VERSION);
        for (size_t g = 0; command_groups[g]; g++) {
            for (size_t i = 0; i < command_groups[g]->n; i++)
                printf("  vafa %-20s %s\n", command_groups[g]->v[i].words,
                       pick(command_groups[g]->v[i].help, language));
        }
        puts(language == PERSIAN
                 ? "\nvafa COMMAND --help گزینه‌های هر فرمان را نشان می‌دهد."
                 : "\nvafa COMMAND --help shows a command's options.");
    }
    puts(language == PERSIAN ? "  همهٔ فرمان‌ها: --format table|json|csv، --lang en|fa"
                             : "  Every command: --format table|json|csv, --lang en|fa");
}

static int usage_fault(struct cli *cli, struct message message, struct arguments args) {
    struct problem problem = {.arena = &cli->arena};
    fail(&problem, BAD_INPUT, message, args);
    cli_fail(cli, &problem);
    if (cli->command) print_usage(cli->command, stderr);
    return CLI_USAGE;
}

struct str cli_value(const struct cli *cli, const char *name) {
    for (size_t i = cli->given_count; i-- > 0;)
        if (strcmp(cli->given[i].option->name, name) == 0) return cli->given[i].value;
    return (struct str){0};
}

static int give(struct cli *cli, const struct cli_option *option, struct str value) {
    if (cli->given_count == COUNT(cli->given))
        return usage_fault(cli,
                           MESSAGE("options_many", "Too many options.",
                                   "گزینه‌ها بیش از اندازه‌اند."),
                           NO_ARGS);
    cli->given[cli->given_count].option = option;
    cli->given[cli->given_count++].value = value;
    return CLI_DONE;
}

static int take_global(struct cli *cli, struct str name, struct str value) {
    static const char *const formats[] = {"table", "json", "csv"};
    if (str_is(name, "lang")) {
        cli->language = str_is(value, "fa") ? PERSIAN : ENGLISH;
        cli->language_chosen = true;
        if (str_is(value, "en") || str_is(value, "fa")) return CLI_DONE;
    }
    for (int i = 0; i < 3 && str_is(name, "format"); i++) {
        if (!str_is(value, formats[i])) continue;
        cli->format = (enum cli_format)i;
        return CLI_DONE;
    }
    return usage_fault(cli,
                       MESSAGE("option_value", "--{0} does not take “{1}”.",
                               "--{0} مقدار «{1}» را نمی‌پذیرد."),
                       ARGS(name, value));
}

static int take_option(struct cli *cli, int count, char **words, int *i) {
    struct str value, name = str_cut(str_of(words[*i] + 2), '=', &value);
    const struct cli_option *option = cli->command->options;
    while (option && option->name && (option->flags & CLI_POSITIONAL || !str_is(name, option->name)))
        option++;
    bool known = option && option->name, global = str_is(name, "format") || str_is(name, "lang");
    if (!known && !global)
        return usage_fault(cli,
                           MESSAGE("option_unknown", "There is no option --{0}.", "گزینهٔ --{0} وجود ندارد."),
                           ARGS(name));
    if (known && option->kind == CLI_FLAG && !value.p) return give(cli, option, STR("true"));
    if (!value.p) {
        if (++*i >= count)
            return usage_fault(
                cli, MESSAGE("option_empty", "--{0} needs a value.", "--{0} مقدار می‌خواهد."),
                ARGS(name));
        value = str_of(words[*i]);
    }
    return known ? give(cli, option, value) : take_global(cli, name, value);
}

static int take_positional(struct cli *cli, const char *word) {
    if (!cli->command->no_folder && !cli->folder) {
        cli->folder = word;
        return CLI_DONE;
    }
    for (const struct cli_option *o = cli->command->options; o && o->name; o++)
        if (o->flags & CLI_POSITIONAL && !cli_value(cli, o->name).p) return give(cli, o, str_of(word));
    return usage_fault(cli, MESSAGE("word_unexpected", "“{0}” is too much.", "«{0}» اضافی است."),
                       ARGS(str_of(word)));
}

static int parse(struct cli *cli, int count, char **words) {
    int code = CLI_DONE;
    bool only_positional = false;
    for (int i = 0; i < count && !code; i++) {
        if (!only_positional && strcmp(words[i], "--") == 0)
            only_positional = true;
        else if (!only_positional && strncmp(words[i], "--", 2) == 0)
            code = take_option(cli, count, words, &i);
        else
            code = take_positional(cli, words[i]);
    }
    if (code) return code;
    if (!cli->command->no_folder && !cli->folder)
        return usage_fault(cli, MESSAGE("folder_unnamed", "Which data folder?", "کدام پوشهٔ داده؟"), NO_ARGS);
    for (const struct cli_option *o = cli->command->options; o && o->name; o++)
        if (o->flags & CLI_REQUIRED && !cli_value(cli, o->name).p)
            return usage_fault(
                cli, MESSAGE("option_missing", "{0} is needed.", "{0} لازم است."),
                ARGS(str_format(&cli->arena, "%s%s", o->flags & CLI_POSITIONAL ? "" : "--", o->name)));
    return CLI_DONE;
}

static void encode(struct buf *out, struct str text) {
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        if (plain && c)
            buf_put_byte(out, (char)c);
        else
            buf_format(out, "%%%02X", c);
    }
}

static struct str wire_name(struct cli *cli, const struct cli_option *option) {
    if (option->as) return str_of(option->as);
    char *name = arena_copy(&cli->arena, option->name, strlen(option->name) + 1);
    for (char *c = name; *c; c++)
        if (*c == '-') *c = '_';
    return str_of(name);
}

static void put_member(struct cli *cli, struct json_writer *w, const struct cli_option *option,
                       struct str value) {
    char *end;
    if (option->where == CLI_PAIR) {
        struct str text, key = str_cut(value, '=', &text);
        json_name(w, key);
        if (text.p)
            json_string(w, text);
        else
            json_null(w);
        return;
    }
    json_name(w, wire_name(cli, option));
    const char *text = str_c(&cli->arena, value);
    double number = strtod(text, &end);
    switch (option->kind) {
    case CLI_FLAG:
        json_bool(w, !str_is(value, "false"));
        break;
    case CLI_NUMBER:
        if (value.n && !*end)
            json_number(w, number);
        else
            json_string(w, value); /* refused with its place where numbers are known */
        break;
    case CLI_LIST:
        json_begin_array(w);
        for (struct str rest = value; rest.p;)
            json_string(w, str_trim(str_cut(rest, ',', &rest)));
        json_end_array(w);
        break;
    case CLI_TEXT:
        json_string(w, value);
    }
}

/* The JSON of a file as text. */
static int read_json(struct cli *cli, struct str path, struct str *text) {
    enum { MOST_BYTES = 1 << 20 };
    struct problem problem = {.arena = &cli->arena};
    struct json json;
    if (file_read(str_c(&cli->arena, path), MOST_BYTES, &cli->arena, text, &problem) ||
        json_parse(*text, &cli->arena, &json, &problem))
        return cli_fail(cli, &problem);
    return CLI_DONE;
}

/* From words to target and body. */
static int translate(struct cli *cli, struct buf *target, struct buf *body, const char **upload) {
    struct json_writer w = {.out = body};
    bool object = false, query = false;
    for (struct str rest = str_of(cli->command->path); rest.n;) {
        buf_put_str(target, str_cut(rest, '{', &rest));
        if (!rest.p) break;
        struct str name = str_cut(rest, '}', &rest);
        for (size_t i = 0; i < cli->given_count; i++)
            if (cli->given[i].option->where == CLI_PATH &&
                str_equal(wire_name(cli, cli->given[i].option), name))
                encode(target, cli->given[i].value);
    }
    for (size_t i = 0; i < cli->given_count; i++) {
        const struct cli_option *option = cli->given[i].option;
        struct str value = cli->given[i].value;
        if (option->where == CLI_FILE) *upload = str_c(&cli->arena, value);
        if (option->where == CLI_WHOLE) buf_put_str(body, value);
        if (option->where == CLI_QUERY) {
            buf_put_byte(target, query ? '&' : '?');
            encode(target, wire_name(cli, option));
            buf_put_byte(target, '=');
            encode(target, value);
            query = true;
        }
        if (option->where != CLI_BODY && option->where != CLI_PAIR && option->where != CLI_READ) continue;
        if (!object) json_begin_object(&w);
        object = true;
        if (option->where != CLI_READ) {
            put_member(cli, &w, option, value);
            continue;
        }
        struct str text = {0};
        int code = read_json(cli, value, &text);
        if (code) return code;
        json_name(&w, wire_name(cli, option));
        json_raw(&w, str_trim(text));
    }
    if (object) json_end_object(&w);
    return CLI_DONE;
}

/* Lists come page by page; all pages become one answer unless a limit was asked for. */
static int call_all_pages(struct cli *cli, struct str target, struct str body, const char *upload,
                          struct cli_answer *answer) {
    int code = cli_call(cli, cli->command->method, target, body, upload, answer);
    struct problem problem = {.arena = &cli->arena};
    struct json page;
    bool limited = cli_value(cli, "limit").p || cli->command->one_page || !answer->json ||
                   cli->command->method != METHOD_GET;
    if (code || limited || json_parse(answer->body, &cli->arena, &page, &problem) ||
        !json_get_string(&page, "next_cursor").n)
        return code;
    struct buf all = {0};
    struct json_writer w = {.out = &all};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (;;) {
        const struct json *data = json_get(&page, "data");
        for (size_t i = 0; data && i < data->n; i++)
            json_write(&w, &data->items[i]);
        struct str cursor = json_get_string(&page, "next_cursor");
        if (!cursor.n) break;
        struct buf next = {0};
        buf_put_str(&next, target);
        buf_put_c(&next, memchr(target.p, '?', target.n) ? "&limit=200&cursor=" : "?limit=200&cursor=");
        encode(&next, cursor);
        code = cli_call(cli, cli->command->method, str_copy(&cli->arena, buf_str(&next)), body, NULL, answer);
        buf_free(&next);
        if (code || json_parse(answer->body, &cli->arena, &page, &problem)) break;
    }
    json_end_array(&w);
    json_end_object(&w);
    answer->body = str_copy(&cli->arena, buf_str(&all));
    buf_free(&all);
    return code;
}

/* The answer, laid out as the command wants it for people. */
static int print_shaped(struct cli *cli, struct cli_answer *answer) {
    const struct command *command = cli->command;
    struct problem problem = {.arena = &cli->arena};
    struct json body;
    if (cli->format == CLI_JSON || !answer->json || (!command->shape && !command->print))
        return cli_print(cli, answer);
    if (json_parse(answer->body, &cli->arena, &body, &problem)) return cli_fail(cli, &problem);
    if (command->print && cli->format == CLI_TABLE) return command->print(cli, &body);
    struct buf shaped = {0};
    if (command->shape) {
        command->shape(cli, &body, &(struct json_writer){.out = &shaped});
        answer->body = str_copy(&cli->arena, buf_str(&shaped));
        buf_free(&shaped);
    }
    return cli_print(cli, answer);
}

static int run(struct cli *cli) {
    struct buf target = {0}, body = {0};
    struct cli_answer answer = {0};
    const char *upload = NULL;
    if (cli->command->run) return cli->command->run(cli);
    int code = translate(cli, &target, &body, &upload);
    bool unreadable = !code && upload && access(upload, R_OK) != 0;
    if (unreadable) {
        struct problem problem = {.arena = &cli->arena};
        fail(&problem, BAD_INPUT,
             MESSAGE("file_unreadable", "The file “{0}” cannot be read.", "پروندهٔ «{0}» خواندنی نیست."),
             ARGS(str_of(upload)));
        code = cli_fail(cli, &problem);
    } else if (!code) {
        code = call_all_pages(cli, buf_str(&target), buf_str(&body), upload, &answer);
    }
    if (!code) code = print_shaped(cli, &answer);
    buf_free(&target);
    buf_free(&body);
    return code;
}

int cli_main(int count, char **words) {
    struct cli *cli = memory_new(sizeof *cli);
    int used = 0, code = CLI_DONE;
    bool help = count < 2;
    cli->language = environment_language();
    cli->log = (struct log){2, LOG_LEVEL_WARNING, clock_system()};
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--") == 0) break;
        help |= strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0;
        if (strcmp(words[i], "--lang") == 0 && i + 1 < count)
            cli->language = words[i + 1][0] == 'f' ? PERSIAN : ENGLISH;
    }
    if (count > 1) cli->command = find_command(count - 1, words + 1, &used);
    if (count == 2 && strcmp(words[1], "--version") == 0) {
        printf("vafa %s\n", VAFA_VERSION);
    } else if (help) {
        cli_help(cli->command, cli->language);
        code = count < 2 ? CLI_USAGE : CLI_DONE;
    } else if (!cli->command) {
        code = usage_fault(cli,
                           MESSAGE("command_unknown", "There is no command “{0}”. See: vafa --help",
                                   "فرمان «{0}» وجود ندارد. ببینید: vafa --help"),
                           ARGS(str_of(words[1])));
    } else if (!(code = parse(cli, count - 1 - used, words + 1 + used))) {
        code = run(cli);
    }
    if (fflush(stdout) && !code) code = CLI_UNAVAILABLE;
    zone_close(cli->zone);
    house_close(cli->house);
    buf_free(&cli->out);
    arena_free(&cli->arena);
    free(cli);
    return code;
}
