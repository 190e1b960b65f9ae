#include "insight/value_event.h"

#include "insight/definition.h"
#include "insight/insight.h"
#include "platform/answer.h"
#include "queries.h"

#define AT(member) offsetof(struct value_event, member)
static const char *const clocks[] = {"contract", "first_event", "kickoff", NULL};
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"key", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Key", "کلید"}, .doc = "Names the definition."},
    {"event", FIELD_TEXT, FIELD_REQUIRED, AT(event), 1, 200, .title = {"Event", "رویداد"},
     .doc = "The event, or feature, that proves value."},
    {"product", FIELD_TEXT, 0, AT(product), 0, 200, .title = {"Product", "محصول"},
     .doc = "Only for accounts with a subscription of this product; everybody where absent."},
    {"plan", FIELD_TEXT, 0, AT(plan), 0, 200, .title = {"Plan", "طرح"},
     .doc = "Only for accounts of this plan; everybody where absent."},
    {"clock", FIELD_ENUM, 0, AT(clock), .options = clocks, .title = {"Counts from", "آغاز زمان"},
     .doc = "contract (the first day as a customer; default), first_event, or kickoff (the first meeting)."},
    {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
     .doc = "Grows by one with every change."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was made."},
    {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at), .title = {"Changed", "زمان تغییر"},
     .doc = "When it was last changed."},
};
RECORD_TYPE(value_event_type, "ValueEvent", struct value_event, fields);

enum status value_events_load(struct session *session, struct arena *arena, struct value_event **ret,
                              size_t *n, struct problem *problem) {
    VEC(struct value_event) list = {0};
    struct rows *rows = rows_open(session, &query_value_event_list);
    while (rows_next(rows)) {
        struct value_event event;
        rows_read(rows, &value_event_type, &event, arena);
        VEC_PUSH(&list, event);
    }
    *ret = arena_copy(arena, list.v, list.n * sizeof *list.v);
    *n = list.n;
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

static bool is_feature(struct insight *insight, struct str key) {
    const struct catalogue *catalogue = insight_catalogue(insight);
    for (size_t i = 0; i < catalogue->feature_count; i++)
        if (str_equal(catalogue->features[i].key, key)) return true;
    return false;
}

enum status value_event_save(struct house *house, struct value_event *event, bool *created,
                             struct problem *problem) {
    struct session *session = NULL;
    struct value_event stored;
    instant_t now = clock_now(house->clock);
    if (!insight_name_seen(house->insight, event->event) && !is_feature(house->insight, event->event))
        return fail_at(problem, STR("/event"),
                       MESSAGE("value_event_unseen",
                               "No event “{0}” was ever seen, and no feature has that key: send it once, or "
                               "register the feature.",
                               "رویدادی به نام «{0}» هرگز دیده نشده و قابلیتی با این کلید نیست: یک بار آن را "
                               "بفرستید یا قابلیت را ثبت کنید."),
                       ARGS(event->event));
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    status = definition_find(session, &query_value_event_by_key, &value_event_type, event->key, &stored,
                             created, problem);
    if (status) return definition_end(session, status, problem);
    event->id = *created ? id_new(now) : stored.id;
    event->version = *created ? 1 : stored.version + 1;
    event->created_at = *created ? now : stored.created_at;
    event->updated_at = now;
    static const char *const ours[] = {"id", "key", "clock", "version", "created_at", "updated_at"};
    for (size_t i = 0; i < COUNT(ours); i++)
        field_set(event, field_index(&value_event_type, str_of(ours[i])));
    if (!status) status = session_run(session, &query_value_event_put, &value_event_type, event, problem);
    return definition_end(session, status, problem);
}

/* ---- over HTTP ---- */

enum status value_event_handle_list(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct session *session = NULL;
    struct value_event *list;
    size_t n;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = value_events_load(session, request->arena, &list, &n, problem);
    session_rollback(session);
    if (status) return status;
    definitions_write(&value_event_type, list, n, sizeof *list, &response->body);
    return OK;
}

enum status value_event_handle_put(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct value_event *event = request->input;
    bool created;
    event->key = request_param(request, "key");
    enum status status = value_event_save(request->house, event, &created, problem);
    if (!status)
        answer_record(request, response, created ? 201 : 200, &value_event_type, event, event->version);
    return status;
}

enum status value_event_handle_delete(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct session *session = NULL;
    struct str key = request_param(request, "key");
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = definition_delete(session, &query_value_event_delete,
                               (struct text){"value event", "رویداد ارزش"}, key, problem);
    status = definition_end(session, status, problem);
    if (!status) response->code = 204;
    return status;
}
