#include "customers/trait.h"
#include "platform/records.h"
#include "queries.h"

enum status trait_put(struct session *session, enum trait_of of, struct id id, struct str field,
                      struct str value, instant_t event_time, struct str source, enum trait_rank rank,
                      bool *won, struct problem *problem) {
    if (rank == TRAIT_BROWSER && !str_starts(field, STR("web.")))
        field = str_format(problem->arena, "web.%.*s", STR_ARG(field));
    struct rows *rows =
        rows_open(session, of == TRAIT_OF_ACCOUNT ? &query_account_trait_put : &query_person_trait_put);
    rows_bind_id(rows, "id", id);
    rows_bind_text(rows, "field", field);
    rows_bind_text(rows, "value", value);
    rows_bind_int(rows, "event_time", event_time);
    rows_bind_text(rows, "source", source);
    rows_bind_int(rows, "rank", rank);
    while (rows_next(rows)) {
    }
    *won = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

struct str trait_text(const struct json *value, struct arena *arena) {
    if (value->kind == JSON_STRING) return value->string;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_write(&w, value);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

enum status traits_write(struct session *session, enum trait_of of, struct id id, struct json_writer *w,
                         struct problem *problem) {
    static const char *const ranks[] = {"", "browser", "server", "member"};
    struct rows *rows =
        rows_open(session, of == TRAIT_OF_ACCOUNT ? &query_account_traits : &query_person_traits);
    rows_bind_id(rows, "id", id);
    json_begin_object(w);
    while (rows_next(rows)) {
        json_name(w, rows_text(rows, 0, problem->arena));
        json_begin_object(w);
        json_put_string(w, "value", rows_text(rows, 1, problem->arena));
        json_put_int(w, "event_time", rows_int(rows, 2));
        json_put_string(w, "source", rows_text(rows, 3, problem->arena));
        json_put_string(w, "rank", str_of(ranks[rows_int(rows, 4) & 3]));
        json_end_object(w);
    }
    json_end_object(w);
    return rows_close(rows, problem);
}
