/* Commands about a data folder as a whole. */
#include "app/backup.h"
#include "app/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Absolute, so that a server in another folder means the same place. */
static struct str absolute(struct cli *cli, struct str path) {
    if (str_starts(path, STR("/"))) return path;
    char *here = getcwd(NULL, 0);
    struct str whole = str_format(&cli->arena, "%s/%.*s", here ? here : "", STR_ARG(path));
    free(here);
    return whole;
}

int cli_backup(struct cli *cli) {
    struct buf body = {0};
    struct json_writer w = {.out = &body};
    struct cli_answer answer = {0};
    json_begin_object(&w);
    json_put_string(&w, "to", absolute(cli, cli_value(cli, "OUT")));
    json_end_object(&w);
    int code = cli_call(cli, METHOD_POST, STR("/api/v1/backup"), buf_str(&body), NULL, &answer);
    if (!code) code = cli_print(cli, &answer);
    buf_free(&body);
    return code;
}

int cli_restore(struct cli *cli) {
    struct problem problem = {.arena = &cli->arena};
    struct str target = cli_value(cli, "DATA");
    while (target.n > 1 && target.p[target.n - 1] == '/')
        target.n--;
    if (backup_restore(str_c(&cli->arena, cli_value(cli, "OUT")), str_c(&cli->arena, target),
                       cli_value(cli, "replace").p != NULL, clock_system(), &cli->log, &problem))
        return cli_fail(cli, &problem);
    printf(cli->language == PERSIAN ? "«%.*s» بازگردانده و بررسی شد.\n" : "“%.*s” is restored and checked.\n",
           STR_ARG(target));
    return CLI_DONE;
}
