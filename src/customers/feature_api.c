#include "customers/feature.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"

#define AT(member) offsetof(struct feature, member)
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"key", FIELD_TEXT, FIELD_REQUIRED | FIELD_KEY, AT(key), 0, 200, .title = {"Key", "کلید"},
     .synonyms = "event|رویداد", .doc = "Name of the usage event; unique; never changes."},
    {"title_en", FIELD_TEXT, FIELD_REQUIRED, AT(title_en), 0, 200,
     .title = {"English title", "عنوان انگلیسی"}, .synonyms = "title|name",
     .doc = "What people call it, in English."},
    {"title_fa", FIELD_TEXT, 0, AT(title_fa), 0, 400, .title = {"Persian title", "عنوان فارسی"},
     .synonyms = "عنوان", .doc = "What people call it, in Persian; the English title where missing."},
    {"core", FIELD_BOOL, 0, AT(core), .title = {"Core", "اصلی"},
     .doc = "Counts for breadth of adoption; false unless given."},
    {"plans", FIELD_TEXT, 0, AT(plans), 0, 1000, .title = {"Plans", "طرح‌ها"},
     .doc = "Plans that include it, separated by commas; null: every plan."},
    {"events", FIELD_TEXT, 0, AT(events), 0, 1000, .title = {"Events", "رویدادها"},
     .doc = "Names of its events, separated by commas, with * at an end for any; null: its key."},
    {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
     .doc = "Grows by one with every change; the ETag."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was made."},
    {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at), .title = {"Changed", "زمان تغییر"},
     .doc = "When it was last changed."},
};
RECORD_TYPE(feature_type, "Feature", struct feature, fields);

static void changed(struct request *request) {
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT,
                NOTICE_CATALOGUE); /* breadth counts core features */
}

static enum status read_one(struct request *request, struct feature *feature, struct problem *problem) {
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    return status ? status : feature_get(request->house->records, id, feature, request->arena, problem);
}

enum status feature_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &feature_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = feature_store_list(session, &list, request->arena, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status feature_handle_create(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct feature *feature = request->input;
    enum status status =
        feature_create(request->house->records, clock_now(request->house->clock), feature, problem);
    if (status) return status;
    changed(request);
    answer_record(request, response, 201, &feature_type, feature, feature->version);
    response->location =
        str_format(request->arena, "/api/v1/features/%.*s", STR_ARG(id_str(request->arena, feature->id)));
    return OK;
}

enum status feature_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct feature feature;
    enum status status = read_one(request, &feature, problem);
    if (!status) answer_record(request, response, 200, &feature_type, &feature, feature.version);
    return status;
}

enum status feature_handle_patch(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct feature feature;
    enum status status = read_one(request, &feature, problem);
    if (!status) status = request_if_match(request, feature.version, problem);
    if (!status)
        status = feature_patch(request->house->records, clock_now(request->house->clock), &feature,
                               request->input, request->cleared, problem);
    if (status) return status;
    changed(request);
    answer_record(request, response, 200, &feature_type, &feature, feature.version);
    return OK;
}

enum status feature_handle_delete(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct feature feature;
    enum status status = read_one(request, &feature, problem);
    if (!status) status = request_if_match(request, feature.version, problem);
    if (!status) status = feature_delete(request->house->records, &feature, problem);
    if (status) return status;
    changed(request);
    response->code = 204;
    return OK;
}
