#include "base/fields_merge.h"
#include "customers/feature.h"
#include "platform/answer.h"
#include "platform/records.h"

struct str feature_word(struct str *rest) {
    struct str word = {0};
    while (rest->p && !word.n)
        word = str_trim(str_cut(*rest, ',', rest));
    return word.n ? word : (struct str){0};
}

bool feature_has_event(struct str key, struct str events, struct str name) {
    if (!events.n) return str_equal(key, name);
    struct str rest = events, word;
    while ((word = feature_word(&rest)).p) {
        bool any = word.p[word.n - 1] == '*';
        if (any ? str_starts(name, str_slice(word, 0, word.n - 1)) : str_equal(word, name)) return true;
    }
    return false;
}

/* A star stands at an end, and behind something: a feature that takes every event would be no feature. */
static enum status check_words(const struct feature *feature, struct problem *problem) {
    size_t plans = 0, events = 0;
    struct str rest = feature->plans, word;
    while (feature_word(&rest).p)
        plans++;
    rest = feature->events;
    bool good = true;
    for (; (word = feature_word(&rest)).p; events++) {
        const char *star = memchr(word.p, '*', word.n);
        good = good && (!star || (star == word.p + word.n - 1 && word.n > 1));
    }
    if (good && plans <= FEATURE_MOST_WORDS && events <= FEATURE_MOST_WORDS) return OK;
    return fail_at(problem, plans > FEATURE_MOST_WORDS ? STR("/plans") : STR("/events"),
                   MESSAGE("feature_words",
                           "Give at most 64 names separated by commas; of events, * may stand at the end of "
                           "one, behind its beginning: report.*",
                           "حداکثر ۶۴ نام، جدا با ویرگول، بدهید؛ در نام رویداد، * تنها در پایان و پس از آغاز "
                           "نام می‌آید: report.*"),
                   NO_ARGS);
}

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
    feature->has = ~(uint64_t)0;
    static const char *const optional[] = {"title_fa", "plans", "events"};
    const struct str given[] = {feature->title_fa, feature->plans, feature->events};
    for (size_t i = 0; i < 3; i++)
        if (!given[i].n) feature->has &= ~((uint64_t)1 << field_index(&feature_type, str_of(optional[i])));
    enum status status = check_words(feature, problem);
    if (!status) status = records_write(records, &session, problem);
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
    if ((status = check_words(feature, problem))) return status;
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
