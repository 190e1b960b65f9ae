/* The command line. A command is a row: words, options, and the route that they become. A folder that is
 * being served gets the request over its socket file; any other is opened here and the request goes through
 * the same router. Adding a command means adding a row to a commands*.c (and, for what no route can do, a
 * function). */
#ifndef VAFA_APP_CLI_H
#define VAFA_APP_CLI_H
#include "app/house.h"
#include "app/router.h"
#include "base/format.h"

enum cli_exit { CLI_DONE, CLI_BAD_INPUT, CLI_USAGE, CLI_UNAVAILABLE };

enum cli_where {
    CLI_LOCAL, /* for the command's own function */
    CLI_PATH,  /* {name} of the path */
    CLI_QUERY,
    CLI_BODY,  /* a member of the JSON body */
    CLI_FILE,  /* the value names a file, which becomes the body (of a ROUTE_UPLOAD) */
    CLI_WHOLE, /* the value is the whole JSON body */
    CLI_READ,  /* the value names a JSON file, which becomes a member of the JSON body */
    CLI_PAIR,  /* KEY=VALUE: a member of the JSON body, named by the value itself */
};
enum cli_kind {
    CLI_TEXT,
    CLI_NUMBER,
    CLI_FLAG,
    CLI_LIST
}; /* of a body member; a list is separated by commas */
enum { CLI_POSITIONAL = 1, CLI_REQUIRED = 2 };

struct cli_option {
    const char *name; /* --name; of a positional: what usage calls it, in capitals by itself */
    enum cli_where where;
    enum cli_kind kind;
    unsigned flags;
    const char *as; /* the name in path, query or body; NULL: the option's, with _ for - */
    struct text help;
};
/* A column of the table and CSV forms. The value is a member of an item, inner ones by dots ("owner.name").
 * No title: that of the route's output field, else the name. No columns: every member. */
struct cli_column {
    const char *name;
    struct text title;
};
struct cli;
struct command {
    const char *words; /* "keys create" */
    enum method method;
    const char *path;                 /* as in routes.def; NULL with run */
    const struct cli_option *options; /* behind DATA; ends with a NULL name; or NULL */
    const struct cli_column *columns; /* ends with a NULL name; or NULL */
    int (*run)(struct cli *cli);      /* instead of the route; or NULL */
    bool no_folder;                   /* takes no DATA */
    bool one_page; /* a list that nobody wants whole: its first page unless --limit says how many */
    struct text help;
    /* For the table (and CSV) form: lays the answer out anew, or prints it itself; NULL: as it comes. */
    void (*shape)(struct cli *cli, const struct json *body, struct json_writer *w);
    int (*print)(struct cli *cli, const struct json *body);
};
struct command_group {
    const struct command *v;
    size_t n;
};
extern const struct command_group *const command_groups[]; /* ends with NULL */

enum cli_format { CLI_TABLE, CLI_JSON, CLI_CSV };

struct cli {
    struct arena arena;
    const struct command *command;
    const char *folder;
    struct {
        const struct cli_option *option;
        struct str value;
    } given[64];
    size_t given_count;
    enum cli_format format;
    enum language language;
    bool language_chosen; /* by --lang */
    struct log log;
    struct zone *zone; /* of the organisation; NULL: not asked yet (cli_place) */
    enum calendar calendar;
    bool placed;         /* both were asked for */
    struct house *house; /* opened here; NULL over the socket */
    struct buf out;
};

/* What a request brought. The body is the cli's arena's. */
struct cli_answer {
    int code;
    struct str body;
    bool json;
};

int cli_main(int count, char **words);
/* The value of an option; p NULL when it was not given. */
struct str cli_value(const struct cli *cli, const char *name);
/* Sends one request (target percent-encoded; upload: a file or NULL). Non-zero: an exit code, already
 * explained on stderr. */
int cli_call(struct cli *cli, enum method method, struct str target, struct str body, const char *upload,
             struct cli_answer *answer);
/* How to show days and times: the organisation's zone, and its calendar for Persian readers. */
struct format cli_place(struct cli *cli);
/* Appends a date (YYYY-MM-DD) or an instant (RFC 3339) of an answer as people read it; other text as it is.
 */
void cli_put_time(struct cli *cli, struct str text, struct buf *out);
/* Explains a problem on stderr; returns the exit code for it. */
int cli_fail(struct cli *cli, const struct problem *problem);
/* Prints an answer in the chosen format. */
int cli_print(struct cli *cli, const struct cli_answer *answer);
void cli_help(const struct command *command, enum language language); /* NULL: all commands */

/* Commands of their own: cli_init.c, cli_serve.c. */
int cli_init(struct cli *cli);
int cli_serve(struct cli *cli);
int cli_openapi(struct cli *cli);
int cli_api(struct cli *cli);
int cli_import(struct cli *cli); /* cli_import.c */
/* Shapes and prints of answers: cli_insight.c. */
void cli_shape_at_risk(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_cohorts(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_facts(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_events(struct cli *cli, const struct json *body, struct json_writer *w); /* cli_signals.c */
/* cli_adoption.c: shares as percent; features as columns. */
void cli_shape_adoption(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_heatmap(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_rejected(struct cli *cli);
int cli_print_health(struct cli *cli, const struct json *body);
int cli_print_scorecard(struct cli *cli, const struct json *body); /* cli_health.c */
int cli_scorecard_set(struct cli *cli);
int cli_fact_set(struct cli *cli);
void cli_shape_segments(struct cli *cli, const struct json *body, struct json_writer *w); /* cli_segment.c */
void cli_shape_members(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_segment_history(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_preview(struct cli *cli, const struct json *body);
int cli_print_rule(struct cli *cli, const struct json *body);
/* Figures as tables with their definition below: cli_value.c. */
void cli_shape_satisfaction(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_answers(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_time_to_value(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_milestones(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_stages(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_stuck(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_lifetime(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_survival(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_effects(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_purchase_life(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_hazard(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_renewal_life(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_figure(struct cli *cli, const struct json *body);
/* cli_model.c */
void cli_shape_growth(struct cli *cli, const struct json *body, struct json_writer *w);
/* Revenue: cli_retention.c. */
void cli_shape_retention(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_retention(struct cli *cli, const struct json *body);
void cli_shape_retention_rows(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_retention_rows(struct cli *cli, const struct json *body);
void cli_shape_restated(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_restated(struct cli *cli, const struct json *body);
/* cli_forecast.c */
void cli_shape_forecast(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_forecast(struct cli *cli, const struct json *body);
void cli_shape_forecast_lines(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_forecast_accuracy(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_print_score_test(struct cli *cli, const struct json *body); /* cli_score.c */
int cli_print_what_if(struct cli *cli, const struct json *body);
int cli_print_weights(struct cli *cli, const struct json *body);
void cli_shape_models(struct cli *cli, const struct json *body, struct json_writer *w); /* cli_model.c */
int cli_print_model(struct cli *cli, const struct json *body);
int cli_print_version(struct cli *cli, const struct json *body);
int cli_print_trial(struct cli *cli, const struct json *body);
void cli_shape_accounts(struct cli *cli, const struct json *body, struct json_writer *w); /* cli_accounts.c */
int cli_account_export(struct cli *cli);
int cli_touch(struct cli *cli); /* cli_touch.c: note, call, meeting, email */
void cli_shape_timeline(struct cli *cli, const struct json *body, struct json_writer *w);
void cli_shape_refused(struct cli *cli, const struct json *body, struct json_writer *w);
int cli_field_add(struct cli *cli);
int cli_import_undo(struct cli *cli);
int cli_backup(struct cli *cli); /* cli_operate.c */
int cli_restore(struct cli *cli);

#endif
