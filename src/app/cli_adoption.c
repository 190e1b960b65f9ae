/* Adoption as people read it in a terminal. */
#include "app/cli.h"
#include "base/format.h"

static bool is_share(struct str name) {
    static const char *const shares[] = {
        "breadth",     "dau_mau", "working_dau_mau", "wau_mau", "power_share", "share", "people_share",
        "utilisation", "median",  "churn",           "monthly", "annual",      NULL};
    for (size_t i = 0; shares[i]; i++)
        if (str_is(name, shares[i])) return true;
    return false;
}

static void begin(struct json_writer *w) {
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
}

static void end(struct json_writer *w) {
    json_end_array(w);
    json_end_object(w);
}

void cli_shape_adoption(struct cli *cli, const struct json *body, struct json_writer *w) {
    struct format format = {.language = cli->language};
    const struct json *data = json_get(body, "data");
    struct buf text = {0};
    begin(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i];
        json_begin_object(w);
        for (size_t m = 0; m < row->n; m++) {
            const struct json *value = &row->items[m];
            json_name(w, row->names[m]);
            bool shown = cli->format != CLI_CSV && (value->kind == JSON_NUMBER || value->kind == JSON_INT);
            if (shown && is_share(row->names[m]))
                format_percent(&text, &format, value->number, 1);
            else if (shown && value->kind == JSON_NUMBER)
                format_number(&text, &format, value->number, 1);
            if (text.n)
                json_string(w, buf_str(&text));
            else
                json_write(w, value);
            buf_clear(&text);
        }
        json_end_object(w);
    }
    end(w);
    buf_free(&text);
}

/* A column for each feature, titled with its key. */
void cli_shape_heatmap(struct cli *cli, const struct json *body, struct json_writer *w) {
    bool persian = cli->language == PERSIAN && cli->format != CLI_CSV;
    const struct json *features = json_get(body, "features"), *data = json_get(body, "data");
    begin(w);
    for (size_t i = 0; data && i < data->n; i++) {
        const struct json *row = &data->items[i], *cells = json_get(row, "cells");
        json_begin_object(w);
        json_put_string(w, persian ? "مشتری" : "account", json_get_string(row, "account"));
        json_put_string(w, persian ? "نام" : "name", json_get_string(row, "name"));
        for (size_t f = 0; features && cells && f < features->n && f < cells->n; f++) {
            json_name(w, features->items[f].string);
            json_write(w, &cells->items[f]);
        }
        json_name(w, persian ? STR("دیگر") : STR("other"));
        json_write(w, json_get(row, "other"));
        json_end_object(w);
    }
    end(w);
}
