#include "base/fields_merge.h"
#include "customers/feature.h"
#include "platform/answer.h"
#include "platform/records.h"

static enum status taken(struct problem *problem, struct str key) {
    problem_clear(problem);
    return fail(
        problem, CONFLICT,
        MESSAGE("feature_key_taken",
                "There is already a feature with the key “{0}”: change that one, or take another key.",
                "قابلیتی با کلید «{0}» از پیش هست: همان را تغییر دهید یا کلید دیگری برگزینید."),
        ARGS(key));
}

enum status feature_create(struct records *records, instant_t now, struct feature *feature,
                           struct problem *problem) {
    struct session *session = NULL;
    feature->id = id_new(now);
    feature->version = 1;
    feature->created_at = feature->updated_at = now;
    feature->has = ~(uint64_t)0 &
                   ~(feature->title_fa.n ? 0 : (uint64_t)1 << field_index(&feature_type, STR("title_fa")));
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    if ((status = feature_store_insert(session, feature, problem)) == OK)
        return session_commit(session, problem);
    session_rollback(session);
    return status == CONFLICT ? taken(problem, feature->key) : status;
}

enum status feature_get(struct records *records, struct id id, struct feature *feature, struct arena *arena,
                        struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    status = feature_store_get(session, id, feature, arena, problem);
    session_rollback(session);
    return status;
}

static enum status changed_meanwhile(struct problem *problem, struct str key) {
    return fail(problem, CONFLICT,
                MESSAGE("changed_meanwhile", "“{0}” was changed or deleted by somebody else: read it again.",
                        "«{0}» را کس دیگری تغییر داده یا حذف کرده است: دوباره بخوانید."),
                ARGS(key));
}

enum status feature_patch(struct records *records, instant_t now, struct feature *feature,
                          const struct feature *patch, uint64_t cleared, struct problem *problem) {
    struct session *session = NULL;
    struct str key = feature->key;
    uint64_t changed;
    bool found = false;
    enum status status = fields_merge(&feature_type, feature, patch, cleared, &changed, problem);
    if (status || !changed) return status;
    if (!str_equal(key, feature->key))
        return fail_at(problem, STR("/key"),
                       MESSAGE("feature_key_fixed",
                               "The key names the usage events and cannot change: make another feature.",
                               "کلید نام رویدادهای استفاده است و تغییر "
                               "نمی‌کند: قابلیت دیگری بسازید."),
                       NO_ARGS);
    feature->version++;
    feature->updated_at = now;
    if ((status = records_write(records, &session, problem))) return status;
    status = feature_store_update(session, feature, &found, problem);
    if (!status && !found) status = changed_meanwhile(problem, feature->key);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

enum status feature_delete(struct records *records, const struct feature *feature, struct problem *problem) {
    struct session *session = NULL;
    bool found = false;
    enum status status = records_write(records, &session, problem);
    if (status) return status;
    status = feature_store_delete(session, feature, &found, problem);
    if (!status && !found) status = changed_meanwhile(problem, feature->key);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}
