#include "customers/feature.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

enum status feature_store_insert(struct session *session, const struct feature *feature,
                                 struct problem *problem) {
    return session_run(session, &query_feature_insert, &feature_type, feature, problem);
}

enum status feature_store_get(struct session *session, struct id id, struct feature *feature,
                              struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_feature_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &feature_type, feature, arena);
    enum status status = rows_close(rows, problem);
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"feature", "قابلیت"}, id_str(problem->arena, id));
}

static enum status run_counted(struct session *session, const struct query *query,
                               const struct feature *feature, bool *found, struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    rows_bind_record(rows, &feature_type, feature);
    while (rows_next(rows)) {
    }
    *found = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

enum status feature_store_update(struct session *session, const struct feature *feature, bool *found,
                                 struct problem *problem) {
    return run_counted(session, &query_feature_update, feature, found, problem);
}

enum status feature_store_delete(struct session *session, const struct feature *feature, bool *found,
                                 struct problem *problem) {
    return run_counted(session, &query_feature_delete, feature, found, problem);
}

enum status feature_store_list(struct session *session, struct list *list, struct arena *arena,
                               struct problem *problem) {
    struct rows *rows = rows_open(session, &query_feature_list);
    rows_bind_int(rows, "first", id_is_none(list->after));
    rows_bind_id(rows, "after", list->after);
    rows_bind_int(rows, "limit", list->limit + 1);
    struct feature feature;
    while (rows_next(rows)) {
        rows_read(rows, &feature_type, &feature, arena);
        if (!list_add(list, &feature, feature.id)) break;
    }
    return rows_close(rows, problem);
}
