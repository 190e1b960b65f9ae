/* What shapes and prints of answers share: members of JSON, decimals as the reader writes them, small tables.
 */
#ifndef VAFA_APP_CLI_ROWS_H
#define VAFA_APP_CLI_ROWS_H
#include "app/cli.h"
#include "base/format.h"

#include <math.h>

static inline double number_of(const struct json *item, const char *name) {
    return json_get_number(item, name);
}

static inline bool flag_of(const struct json *item, const char *name) {
    const struct json *value = json_get(item, name);
    return value && value->kind == JSON_BOOL && value->boolean;
}

static inline void put_text(struct json_writer *w, const char *name, struct buf *text) {
    json_put_string(w, name, buf_str(text));
    buf_clear(text);
}

static inline const char *say(const struct cli *cli, const char *en, const char *fa) {
    return cli->language == PERSIAN ? fa : en;
}

static inline void put_decimal(struct json_writer *w, const struct format *format, const char *name,
                               double value, int decimals, bool sign, struct buf *text) {
    if (isnan(value))
        buf_put_c(text, "–");
    else {
        if (sign && value > 0) buf_put_byte(text, '+');
        format_number(text, format, value, decimals);
    }
    put_text(w, name, text);
}

static inline void print_rows(struct cli *cli, struct buf *json, const struct cli_column *columns) {
    struct command own = *cli->command;
    const struct command *before = cli->command;
    struct cli_answer answer = {.code = 200, .body = buf_str(json), .json = true};
    own.columns = columns;
    cli->command = &own;
    (void)cli_print(cli, &answer);
    cli->command = before;
    buf_free(json);
}

static inline void begin_rows(struct json_writer *w) {
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
}

static inline void end_rows(struct json_writer *w) {
    json_end_array(w);
    json_end_object(w);
}

#endif
