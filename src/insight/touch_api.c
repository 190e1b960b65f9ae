/* Touch models: owners suggested for accounts that have none. Nothing is set by itself. */
#include "customers/directory.h"
#include "insight/segment.h"
#include "platform/answer.h"
#include "queries.h"

static enum status member_name(struct request *request, struct id id, struct str *name,
                               struct problem *problem) {
    struct session *session = NULL;
    *name = (struct str){0};
    if (id_is_none(id)) return OK;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_member_name);
    rows_bind_id(rows, "id", id);
    if (rows_next(rows)) *name = rows_text(rows, 0, request->arena);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static void write_suggestion(struct json_writer *w, struct request *request,
                             const struct directory_account *account, const struct segment *model,
                             struct str owner) {
    json_begin_object(w);
    json_put_string(w, "account", account->key.n ? account->key : id_str(request->arena, account->id));
    json_put_string(w, "name", account->name);
    json_put_string(w, "touch_model", model->key);
    json_put_string(w, "owner", id_str(request->arena, model->touch_owner));
    json_put_string(w, "owner_name", owner);
    json_end_object(w);
}

enum status touch_handle_suggestions(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct rule_world *world = &insight_catalogue(insight)->world;
    const struct segment_set *set = world->segments;
    struct directory *directory = request->house->directory;
    struct moment moment = moment_now(insight);
    struct str *owners = arena_array(request->arena, set->touch_n + 1, sizeof *owners);
    enum status status = OK;
    for (size_t t = 0; t < set->touch_n && !status; t++)
        status = member_name(request, set->touch[t]->touch_owner, &owners[t], problem);
    if (status) return status;
    directory_lock(directory);
    size_t n = directory_size(directory);
    directory_unlock(directory);
    struct column column = column_new(request->arena, n);
    status = touch_evaluate(insight, world, STR("model"), &moment, 0, n, request->arena, &column, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    directory_lock(directory);
    for (uint32_t i = 0; i < n; i++) {
        const struct directory_account *account = directory_account(directory, i);
        if (account->merged || !id_is_none(account->owner) || column.state[i] != FACT_KNOWN ||
            !directory_in_scope(directory, i, &request->principal))
            continue;
        for (size_t t = 0; t < set->touch_n; t++)
            if (set->touch[t]->touch_number == (uint32_t)column.number[i] &&
                !id_is_none(set->touch[t]->touch_owner))
                write_suggestion(&w, request, account, set->touch[t], owners[t]);
    }
    directory_unlock(directory);
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
