#include "insight/milestone.h"

#include "insight/definition.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct milestone, member)
enum { MOST_DAYS = 3660, MOST_PLACE = 1000, MOST_RULE = 65536 };
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"key", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Key", "کلید"}, .doc = "Names the milestone."},
    {"stage", FIELD_TEXT, FIELD_REQUIRED, AT(stage), 1, 200, .title = {"Stage", "مرحله"},
     .doc = "The stage it belongs to, as accounts carry it."},
    {"place", FIELD_INT, 0, AT(place), 1, MOST_PLACE, .title = {"Place", "ترتیب"},
     .doc = "Order in its stage; 1 unless given."},
    {"title_en", FIELD_TEXT, FIELD_REQUIRED, AT(title_en), 1, 200,
     .title = {"English title", "عنوان انگلیسی"}, .doc = "What people call it, in English."},
    {"title_fa", FIELD_TEXT, 0, AT(title_fa), 0, 400, .title = {"Persian title", "عنوان فارسی"},
     .doc = "What people call it, in Persian; the English title where missing."},
    {"rule", FIELD_JSON, FIELD_REQUIRED, AT(rule), 0, MOST_RULE, .title = {"Rule", "قاعده"},
     .doc = "When it is reached: a rule as JSON, or its text form as a string (docs/rules.md)."},
    {"rule_text", FIELD_TEXT, FIELD_READ_ONLY, AT(rule_text), .title = {"Rule", "قاعده"},
     .doc = "The rule in its text form."},
    {"due_days", FIELD_INT, FIELD_REQUIRED, AT(due_days), 0, MOST_DAYS,
     .title = {"Due after days", "مهلت به روز"},
     .doc = "Days after entering the stage by which it should be reached."},
    {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
     .doc = "Grows by one with every change."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was made."},
    {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at), .title = {"Changed", "زمان تغییر"},
     .doc = "When it was last changed."},
};
RECORD_TYPE(milestone_type, "Milestone", struct milestone, fields);

static void give(struct milestone *milestone, const char *field) {
    field_set(milestone, field_index(&milestone_type, str_of(field)));
}

static enum status parse_json_rule(struct str text, struct arena *arena, struct rule_node **root,
                                   struct problem *problem) {
    struct json json;
    enum status status = json_parse(text, arena, &json, problem);
    if (!status && json.kind == JSON_STRING) {
        struct buf tree = {0};
        if ((status = rule_parse_text(json.string, arena, root, problem))) return status;
        rule_write(*root, &(struct json_writer){.out = &tree}); /* again as JSON, so that nodes have places */
        status = json_parse(str_copy(arena, buf_str(&tree)), arena, &json, problem);
        buf_free(&tree);
    }
    return status ? status : rule_parse(&json, STR("/rule"), arena, root, problem);
}

enum status milestones_load(struct session *session, struct arena *arena, struct milestone **ret, size_t *n,
                            struct problem *problem) {
    VEC(struct milestone) list = {0};
    struct rows *rows = rows_open(session, &query_milestone_list);
    enum status status = OK;
    while (rows_next(rows)) {
        struct milestone milestone;
        struct rule_node *root;
        struct buf text = {0};
        rows_read(rows, &milestone_type, &milestone, arena);
        if (!status) status = parse_json_rule(milestone.rule, arena, &root, problem);
        if (!status) rule_print(root, &text);
        milestone.rule_text = str_copy(arena, buf_str(&text));
        give(&milestone, "rule_text");
        buf_free(&text);
        VEC_PUSH(&list, milestone);
    }
    *ret = arena_copy(arena, list.v, list.n * sizeof *list.v);
    *n = list.n;
    VEC_FREE(&list);
    enum status closed = rows_close(rows, problem);
    return status ? status : closed;
}

/* Checks the rule against today's facts and leaves both of its forms in the record. */
static enum status check_rule(struct house *house, struct milestone *milestone, struct problem *problem) {
    struct rule_scope scope = rule_scope_of(insight_catalogue(house->insight));
    struct rule_needs needs = {0};
    struct rule *rule;
    struct rule_node *root;
    enum status status = parse_json_rule(milestone->rule, problem->arena, &root, problem);
    if (!status) status = rule_compile(root, &scope, &needs, problem->arena, &rule, problem);
    if (status) return status;
    struct buf json = {0}, text = {0};
    rule_write(root, &(struct json_writer){.out = &json});
    rule_print(root, &text);
    milestone->rule = str_copy(problem->arena, buf_str(&json));
    milestone->rule_text = str_copy(problem->arena, buf_str(&text));
    buf_free(&json);
    buf_free(&text);
    return OK;
}

static enum status forget_all(struct session *session, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_milestone_forget_all);
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status milestone_save(struct house *house, struct milestone *milestone, bool *created,
                           struct problem *problem) {
    struct session *session = NULL;
    struct milestone stored;
    instant_t now = clock_now(house->clock);
    enum status status = check_rule(house, milestone, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    status = definition_find(session, &query_milestone_by_key, &milestone_type, milestone->key, &stored,
                             created, problem);
    if (status) return definition_end(session, status, problem);
    milestone->id = *created ? id_new(now) : stored.id;
    milestone->version = *created ? 1 : stored.version + 1;
    milestone->created_at = *created ? now : stored.created_at;
    milestone->updated_at = now;
    if (!milestone->place) milestone->place = 1;
    static const char *const ours[] = {"id",      "key",        "place",     "rule_text",
                                       "version", "created_at", "updated_at"};
    for (size_t i = 0; i < COUNT(ours); i++)
        give(milestone, ours[i]);
    if (!status) status = session_run(session, &query_milestone_put, &milestone_type, milestone, problem);
    if (!status) status = forget_all(session, problem);
    return definition_end(session, status, problem);
}

/* ---- over HTTP ---- */

enum status milestone_handle_list(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct session *session = NULL;
    struct milestone *list;
    size_t n;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = milestones_load(session, request->arena, &list, &n, problem);
    session_rollback(session);
    if (status) return status;
    definitions_write(&milestone_type, list, n, sizeof *list, &response->body);
    return OK;
}

enum status milestone_handle_put(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct milestone *milestone = request->input;
    bool created;
    milestone->key = request_param(request, "key");
    enum status status = milestone_save(request->house, milestone, &created, problem);
    if (!status)
        answer_record(request, response, created ? 201 : 200, &milestone_type, milestone, milestone->version);
    return status;
}

enum status milestone_handle_delete(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct session *session = NULL;
    struct str key = request_param(request, "key");
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = definition_delete(session, &query_milestone_delete, (struct text){"milestone", "نقطهٔ عطف"}, key,
                               problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_milestone_step_forget_gone);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    status = definition_end(session, status, problem);
    if (status) return status;
    notices_put(request->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_RECORDS); /* facts read its steps */
    response->code = 204;
    return OK;
}
