/* GET /api/v1/setup/checklist: the steps that lead a new house to its first value, each judged from the data.
 */
#include "app/operations.h"
#include "base/calendar.h"
#include "platform/records.h"
#include "queries.h"

static void step(struct json_writer *w, const char *key, bool done) {
    json_begin_object(w);
    json_put_string(w, "key", str_of(key));
    json_put_bool(w, "done", done);
}

static void put_instant(struct json_writer *w, const char *name, bool known, instant_t at) {
    char text[INSTANT_TEXT + 1];
    json_name(w, str_of(name));
    if (!known) {
        json_null(w);
        return;
    }
    instant_print(at, text);
    json_string(w, str_of(text));
}

/* One row of two numbers; a missing one is 0. */
static enum status read_two(struct session *session, const struct query *query, int64_t two[2],
                            struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    two[0] = two[1] = 0;
    if (rows_next(rows))
        for (int i = 0; i < 2; i++)
            two[i] = rows_is_null(rows, i) ? 0 : rows_int(rows, i);
    return rows_close(rows, problem);
}

static enum status put_usage(struct session *session, struct json_writer *w, struct arena *arena,
                             struct problem *problem) {
    int64_t keys = 0, first = 0;
    struct str source = {0};
    struct rows *rows = rows_open(session, &query_checklist_keys);
    if (rows_next(rows)) keys = rows_int(rows, 0);
    enum status status = rows_close(rows, problem);
    if (status) return status;
    rows = rows_open(session, &query_checklist_usage);
    if (rows_next(rows)) {
        source = rows_text(rows, 0, arena);
        first = rows_int(rows, 1);
    }
    if ((status = rows_close(rows, problem))) return status;
    step(w, "usage", source.n > 0);
    json_put_int(w, "keys", keys);
    put_instant(w, "first_event_at", source.n > 0, first);
    json_put_string(w, "source", source);
    json_end_object(w);
    return OK;
}

enum status checklist_handle(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct json_writer w = {.out = &response->body};
    int64_t two[2];
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    if ((status = read_two(session, &query_checklist_accounts, two, problem))) goto done;
    step(&w, "customers", two[0] > 0);
    json_put_int(&w, "accounts", two[0]);
    json_put_int(&w, "demo_accounts", two[1]);
    json_end_object(&w);
    if ((status = put_usage(session, &w, request->arena, problem))) goto done;
    if ((status = read_two(session, &query_checklist_scorecards, two, problem))) goto done;
    step(&w, "scorecard", two[0] > 0);
    put_instant(&w, "saved_at", two[0] > 0, two[1]);
    json_end_object(&w);
    if ((status = read_two(session, &query_checklist_members, two, problem))) goto done;
    step(&w, "team", two[0] > 1);
    json_put_int(&w, "members", two[0]);
    json_put_int(&w, "waiting", two[1]);
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
done:
    session_rollback(session);
    return status;
}
