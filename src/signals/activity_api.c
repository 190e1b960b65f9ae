#include "base/utf8.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"
#include "signals/activity.h"

#define BIT(field) ((uint64_t)1 << (field))
#define AT(member) offsetof(struct activity, member)
static const char *const kinds[] = {"call", "meeting", "email", "note", NULL};
static const char *const sentiments[] = {"good", "neutral", "bad", NULL};
static const struct field fields[ACTIVITY_FIELDS] = {
    ENTRY_FIELD_ROWS(struct activity, "activity|activity_id|id|شناسه|شناسه"),
    [ACTIVITY_USER_KEY] = {"user_key", FIELD_TEXT, FIELD_WRITE_ONLY, AT(user_key), 0, 200,
                           .title = {"User", "کاربر"}, .synonyms = "user|user_id|contact|with|کاربر|مخاطب",
                           .doc = "With whom, as the source names them."},
    [ACTIVITY_PERSON] = {"person", FIELD_ID, 0, AT(person), .title = {"Person", "شخص"},
                         .doc = "With whom: a person among the account's contacts."},
    [ACTIVITY_PERSON_NAME] = {"person_name", FIELD_TEXT, FIELD_READ_ONLY, AT(person_name), 0, 320,
                              .title = {"With", "با"}, .doc = "Name of that person."},
    [ACTIVITY_HAPPENED_AT] = {"happened_at", FIELD_INSTANT, FIELD_REQUIRED, AT(happened_at),
                              .title = {"When", "زمان"}, .synonyms = "at|date|time|created_at|تاریخ",
                              .doc = "When it happened."},
    [ACTIVITY_KIND] = {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = kinds,
                       .title = {"Kind", "نوع"}, .synonyms = "type|channel",
                       .doc = "call, meeting, email or note; a note is no contact."},
    [ACTIVITY_MEMBER] = {"member", FIELD_TEXT, 0, AT(member), 0, 320, .title = {"Member", "همکار"},
                         .synonyms = "by|owner|csm|author|مسئول|توسط", .doc = "Who of us: name or e-mail."},
    [ACTIVITY_AUTHOR] = {"author", FIELD_ID, FIELD_READ_ONLY, AT(author), .title = {"Logged by", "ثبت از"},
                         .doc = "The member who logged it by hand; null: a source told it."},
    [ACTIVITY_SUMMARY] = {"summary", FIELD_TEXT, 0, AT(summary), 0, 10000, .title = {"Summary", "خلاصه"},
                          .synonyms = "subject|note|text|title|شرح|یادداشت",
                          .doc = "What it was about: plain text, at most 10,000 bytes."},
    [ACTIVITY_OUTCOME] = {"outcome", FIELD_TEXT, 0, AT(outcome), 0, 300, .title = {"Outcome", "نتیجه"},
                          .synonyms = "result|disposition", .doc = "What came of it, in a few words."},
    [ACTIVITY_SENTIMENT] = {"sentiment", FIELD_ENUM, 0, AT(sentiment), .options = sentiments,
                            .title = {"Mood", "حال‌وهوا"}, .synonyms = "mood|feeling|احساس",
                            .doc = "How they were: good, neutral or bad."},
    [ACTIVITY_NEXT_STEP] = {"next_step", FIELD_TEXT, 0, AT(next_step), 0, 500,
                            .title = {"Next step", "گام بعدی"}, .synonyms = "next|follow up|پیگیری",
                            .doc = "What is to follow."},
};
RECORD_TYPE(activity_type, "Activity", struct activity, fields);

#define V(member) offsetof(struct activity_version, member)
static const struct field version_fields[] = {
    {"version", FIELD_INT, FIELD_READ_ONLY, V(version), .title = {"Version", "نسخه"},
     .doc = "Number of the version."},
    {"happened_at", FIELD_INSTANT, FIELD_READ_ONLY, V(happened_at), .title = {"When", "زمان"},
     .doc = "When it happened."},
    {"kind", FIELD_ENUM, FIELD_READ_ONLY, V(kind), .options = kinds, .title = {"Kind", "نوع"},
     .doc = "call, meeting, email or note."},
    {"person", FIELD_ID, FIELD_READ_ONLY, V(person), .title = {"Person", "شخص"}, .doc = "With whom."},
    {"summary", FIELD_TEXT, FIELD_READ_ONLY, V(summary), 0, 10000, .title = {"Summary", "خلاصه"},
     .doc = "What it was about."},
    {"outcome", FIELD_TEXT, FIELD_READ_ONLY, V(outcome), .title = {"Outcome", "نتیجه"},
     .doc = "What came of it."},
    {"sentiment", FIELD_ENUM, FIELD_READ_ONLY, V(sentiment), .options = sentiments,
     .title = {"Mood", "حال‌وهوا"}, .doc = "How they were."},
    {"next_step", FIELD_TEXT, FIELD_READ_ONLY, V(next_step), .title = {"Next step", "گام بعدی"},
     .doc = "What was to follow."},
    {"until", FIELD_INSTANT, FIELD_READ_ONLY, V(until), .title = {"Until", "تا"},
     .doc = "When it was changed or removed."},
    {"by", FIELD_TEXT, FIELD_READ_ONLY, V(by), .title = {"By", "توسط"}, .doc = "Who changed or removed it."},
    {"removed", FIELD_BOOL, FIELD_READ_ONLY, V(removed), .title = {"Removed", "حذف‌شده"},
     .doc = "It was removed, not changed."},
};
RECORD_TYPE(activity_version_type, "ActivityVersion", struct activity_version, version_fields);

enum status activity_handle_list(struct request *request, struct response *response,
                                 struct problem *problem) {
    return entry_handle_list(request, response, &activity_kind, problem);
}

/* What must be told of a note or call that a person enters: some text, and a time that has come. */
static enum status check_entered(struct request *request, const struct activity *activity,
                                 struct problem *problem) {
    enum { SOON_MS = 5 * 60 * 1000 };
    enum status status = OK;
    if (activity->kind == ACTIVITY_NOTE && utf8_blank(activity->summary))
        status = entry_fault(&activity_kind, ACTIVITY_SUMMARY,
                             MESSAGE("note_empty", "A note needs a text.", "یادداشت باید متنی داشته باشد."),
                             NO_ARGS, problem);
    if (activity->happened_at > clock_now(request->house->clock) + SOON_MS)
        status = entry_fault(
            &activity_kind, ACTIVITY_HAPPENED_AT,
            MESSAGE(
                "activity_in_future",
                "This lies in the future: log what has happened; plan what is to come as "
                "its next step.",
                "این زمان در آینده است: آنچه رخ داده ثبت می‌شود؛ آنچه در پیش است گام بعدی "
                "است."),
            NO_ARGS, problem);
    return status;
}

enum status activity_handle_create(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct activity *row = request->input;
    enum status status = OK;
    if (request->principal.kind == MEMBER) {
        if ((status = check_entered(request, row, problem))) return status;
        row->author = request->principal.member;
        row->entry.has |= BIT(ACTIVITY_AUTHOR);
        if (!(row->entry.has & BIT(ACTIVITY_MEMBER))) {
            row->member = request->principal.name;
            row->entry.has |= BIT(ACTIVITY_MEMBER);
        }
    }
    return entry_handle_create(request, response, &activity_kind, problem);
}

static enum status not_there(struct request *request, struct problem *problem) {
    return fail_not_found(problem, activity_kind.what, request_param(request, "id"));
}

static bool seen(struct request *request, struct id account) {
    struct directory *directory = request->house->directory;
    directory_lock(directory);
    uint32_t index = directory_by_id(directory, account);
    if (index != ACCOUNT_NONE) index = directory_root(directory, index);
    bool in_scope = index != ACCOUNT_NONE && directory_in_scope(directory, index, &request->principal);
    directory_unlock(directory);
    return in_scope;
}

static enum status get(struct session *session, struct id id, struct activity *activity, bool *found,
                       struct problem *problem) {
    struct rows *rows = rows_open(session, &query_activity_get);
    rows_bind_id(rows, "id", id);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &activity_type, activity, problem->arena);
    return rows_close(rows, problem);
}

static enum status read_one(struct request *request, struct activity *activity, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    bool found = false;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = get(session, id, activity, &found, problem);
    session_rollback(session);
    if (status) return status;
    return found && seen(request, activity->entry.account) ? OK : not_there(request, problem);
}

/* Whoever logged it, and managers. */
static enum status check_author(const struct request *request, const struct activity *activity,
                                struct problem *problem) {
    const struct principal *who = &request->principal;
    bool own = who->kind == MEMBER && activity->entry.has & BIT(ACTIVITY_AUTHOR) &&
               id_equal(who->member, activity->author);
    if (own || who->role >= ROLE_MANAGER) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "activity_not_own",
            "Only who logged it and managers can change it: ask {0}, or log a note of your own.",
            "تنها ثبت‌کننده و مدیران می‌توانند آن را تغییر دهند: از {0} بخواهید یا یادداشت خود را "
            "ثبت کنید."),
        ARGS(activity->member.n ? activity->member : STR("—")));
}

enum status activity_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct activity activity = {0};
    enum status status = read_one(request, &activity, problem);
    if (!status) answer_record(request, response, 200, &activity_type, &activity, activity.entry.version);
    return status;
}

/* The version that stands goes into the memory before it is changed or removed. */
static enum status keep(struct session *session, const struct origin *origin, struct id id, bool removed,
                        struct problem *problem) {
    struct rows *rows = rows_open(session, &query_activity_keep);
    rows_bind_id(rows, "id", id);
    rows_bind_int(rows, "until", origin->now);
    rows_bind_text(rows, "by", origin->by);
    rows_bind_int(rows, "removed", removed);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status change(struct session *session, const struct request *request, const struct origin *origin,
                          struct activity *activity, struct problem *problem) {
    uint64_t changed = 0;
    enum status status = entry_resolve(session, origin, &activity_kind, request->input, problem);
    if (!status)
        status = entry_lay_over(session, origin, &activity_kind, activity, request->input, request->cleared,
                                &changed, problem);
    if (status || !changed) return status;
    if ((status = check_entered((struct request *)request, activity, problem))) return status;
    if ((status = keep(session, origin, activity->entry.id, false, problem))) return status;
    if ((status = entry_update(session, origin, &activity_kind, activity, problem))) return status;
    bool found;
    return get(session, activity->entry.id, activity, &found, problem);
}

enum status activity_handle_patch(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct activity activity = {0};
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct activity *input = request->input;
    /* It stays where it was logged: a key would reach accounts beyond the reader's scope. */
    input->entry.account_key = (struct str){0};
    input->entry.has &= ~((uint64_t)1 << ENTRY_ACCOUNT_KEY);
    enum status status = read_one(request, &activity, problem);
    if (!status) status = check_author(request, &activity, problem);
    if (!status) status = request_if_match(request, activity.entry.version, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    if ((status = change(session, request, &origin, &activity, problem)) == OK)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    account_touched(request->house, activity.entry.account);
    answer_record(request, response, 200, &activity_type, &activity, activity.entry.version);
    return OK;
}

enum status activity_handle_delete(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct activity activity = {0};
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    enum status status = read_one(request, &activity, problem);
    if (!status) status = check_author(request, &activity, problem);
    if (!status) status = request_if_match(request, activity.entry.version, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = keep(session, &origin, activity.entry.id, true, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_activity_delete);
        rows_bind_id(rows, "id", activity.entry.id);
        rows_bind_int(rows, "version", activity.entry.version);
        while (rows_next(rows)) {
        }
        bool gone = rows_changed(rows) == 1;
        status = rows_close(rows, problem);
        if (!status && !gone) status = fail(problem, CONFLICT, CHANGED_MEANWHILE, ARGS(activity.entry.key));
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    account_touched(request->house, activity.entry.account);
    response->code = 204;
    return OK;
}

/* Those of a removed one too: its account says who may read them. */
enum status activity_handle_versions(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct session *session = NULL;
    struct id id, account = {0};
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct activity activity = {0};
    bool found = false;
    status = get(session, id, &activity, &found, problem);
    account = activity.entry.account;
    if (!status && !found) {
        struct rows *of = rows_open(session, &query_activity_version_account);
        rows_bind_id(of, "id", id);
        found = rows_next(of);
        if (found) account = rows_id(of, 0);
        status = rows_close(of, problem);
    }
    if (!status && !(found && seen(request, account))) status = not_there(request, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_activity_versions);
    rows_bind_id(rows, "activity", id);
    while (rows_next(rows)) {
        struct activity_version version = {0};
        rows_read(rows, &activity_version_type, &version, request->arena);
        fields_encode(&activity_version_type, &version, &w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    json_end_array(&w);
    json_end_object(&w);
    return status;
}
