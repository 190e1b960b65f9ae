#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct contact, member)
static const struct field fields[CONTACT_FIELDS] = {
    [CONTACT_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [CONTACT_ACCOUNT_KEY] = {"account_key", FIELD_TEXT, FIELD_WRITE_ONLY, AT(account_key), 0, 200,
                             .title = {"Account", "مشتری"},
                             .synonyms = "account|account_id|customer|company|org|کلید مشتری|شرکت",
                             .doc = "The account as the source names it, in imports."},
    [CONTACT_USER_KEY] = {"user_key", FIELD_TEXT, FIELD_WRITE_ONLY | FIELD_KEY, AT(user_key), 0, 200,
                          .title = {"User", "کاربر"},
                          .synonyms = "user|user_id|userid|contact|contact_id|id|شناسه کاربر",
                          .doc = "The person as the source names it: the user of its events."},
    [CONTACT_ACCOUNT] = {"account", FIELD_ID, FIELD_READ_ONLY, AT(account),
                         .title = {"Account id", "شناسهٔ مشتری"}, .doc = "The account."},
    [CONTACT_PERSON] = {"person", FIELD_ID, FIELD_READ_ONLY, AT(person), .title = {"Person", "شخص"},
                        .doc = "The person; one person may be at several accounts."},
    [CONTACT_NAME] = {"name", FIELD_TEXT, 0, AT(name), 0, 300, .title = {"Name", "نام"},
                      .synonyms = "full name|contact name|نام و نام خانوادگی", .doc = "Full name."},
    [CONTACT_EMAIL] = {"email", FIELD_TEXT, 0, AT(email), 0, 320, .title = {"E-mail", "ایمیل"},
                       .synonyms = "e-mail|mail|email address|ایمیل|پست الکترونیک", .doc = "E-mail address."},
    [CONTACT_TITLE] = {"title", FIELD_TEXT, 0, AT(title), 0, 200, .title = {"Position", "سمت"},
                       .synonyms = "job title|job|عنوان شغلی", .doc = "Position."},
    [CONTACT_ROLE] = {"role", FIELD_TEXT, 0, AT(role), 0, 100, .title = {"Role", "نقش"},
                      .doc = "Role at the account: sponsor, admin, user, …"},
    [CONTACT_CHAMPION] = {"champion", FIELD_BOOL, 0, AT(champion), .title = {"Champion", "حامی"},
                          .synonyms = "is champion|حامی کلیدی", .doc = "Speaks for us there."},
    [CONTACT_VALID_FROM] = {"valid_from", FIELD_INSTANT, 0, AT(valid_from),
                            .title = {"There since", "حضور از"}, .synonyms = "since|from|از تاریخ",
                            .doc = "At the account from this instant on; from now unless told."},
    [CONTACT_VALID_TO] = {"valid_to", FIELD_INSTANT, 0, AT(valid_to), .title = {"There until", "حضور تا"},
                          .synonyms = "until|left|left at|تا تاریخ",
                          .doc = "No longer at the account from this instant on."},
    [CONTACT_CUSTOM] = {"fields", FIELD_JSON, 0, AT(custom), .title = {"Custom fields", "فیلدهای سفارشی"},
                        .doc = "Values of custom fields by key; in a change, those to set, null to clear."},
    [CONTACT_SOURCE] = {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), 0, 200,
                        .title = {"Source", "منبع"}, .doc = "What made it."},
    [CONTACT_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                         .doc = "Grows by one with every change; the ETag."},
    [CONTACT_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                            .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [CONTACT_UPDATED_AT] = {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at),
                            .title = {"Changed", "زمان تغییر"}, .doc = "When it was last changed."},
};
RECORD_TYPE(contact_type, "Contact", struct contact, fields);

enum status contact_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    struct id account;
    enum status status = request_account(request, &account, problem);
    if (!status) status = list_begin(&list, request, response, &contact_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = contact_store_list(session, account, &list, request->arena, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

static enum status changed(struct request *request, const struct contact *contact, struct problem *problem) {
    enum status status = directory_refresh_person(request->house->directory, request->house->records,
                                                  contact->person, problem);
    if (!status) account_touched(request->house, contact->account);
    return status;
}

/* A person known only from accounts that the caller may not see: neither shown nor changed by guessing the
 * address or key. */
static enum status check_scope(struct session *session, const struct request *request,
                               const struct origin *origin, const struct contact *row,
                               struct problem *problem) {
    struct id person;
    bool found = false;
    int64_t contacts = 0, seen = 0;
    enum status status =
        person_find(session, origin->source, row->user_key, row->email, &person, &found, problem);
    if (status || !found) return status;
    struct rows *rows = rows_open(session, &query_contact_in_scope);
    rows_bind_id(rows, "person", person);
    rows_bind_scope(rows, &request->principal);
    if (rows_next(rows)) {
        contacts = rows_int(rows, 0);
        seen = rows_int(rows, 1);
    }
    status = rows_close(rows, problem);
    if (status || seen || !contacts) return status;
    return fail(
        problem, CONFLICT,
        MESSAGE("person_elsewhere",
                "This person is a contact at an account that you may not see. Ask somebody who sees "
                "both accounts.",
                "این شخص مخاطب مشتری دیگری است که به آن دسترسی ندارید. از کسی بخواهید که هر دو مشتری را "
                "می‌بیند."),
        NO_ARGS);
}

enum status contact_handle_create(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct contact *row = request->input, contact = {0};
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct id id, person;
    enum upsert_result result;
    enum status status = request_account(request, &row->account, problem);
    row->has |= (uint64_t)1 << CONTACT_ACCOUNT;
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = check_scope(session, request, &origin, row, problem);
    if (!status)
        status = contact_upsert(session, &origin, row, 0, TRAIT_MEMBER, &result, &id, &person, problem);
    if (!status) status = contact_store_get(session, id, &contact, request->arena, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status) status = changed(request, &contact, problem);
    if (!status)
        answer_record(request, response, result == UPSERT_CREATED ? 201 : 200, &contact_type, &contact,
                      contact.version);
    return status;
}

/* A contact whose account is out of the principal's scope is not there for it. */
static enum status read_contact(struct request *request, struct contact *contact, struct problem *problem) {
    struct session *session = NULL;
    struct directory *directory = request->house->directory;
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = contact_store_get(session, id, contact, request->arena, problem);
    session_rollback(session);
    if (status) return status;
    directory_lock(directory);
    bool seen =
        directory_in_scope(directory, directory_by_id(directory, contact->account), &request->principal);
    directory_unlock(directory);
    return seen ? OK
                : fail_not_found(problem, (struct text){"contact", "مخاطب"}, request_param(request, "id"));
}

enum status contact_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct contact contact = {0};
    enum status status = read_contact(request, &contact, problem);
    if (!status) answer_record(request, response, 200, &contact_type, &contact, contact.version);
    return status;
}

enum status contact_handle_unlink(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct contact contact = {0};
    struct session *session = NULL;
    struct house *house = request->house;
    struct origin origin = request_origin(request);
    enum status status = read_contact(request, &contact, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    status = person_unlink(session, &origin, contact.person, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status) status = directory_load(house->directory, house->records, problem);
    if (!status) status = changed(request, &contact, problem);
    if (!status) answer_record(request, response, 200, &contact_type, &contact, contact.version);
    return status;
}

enum status contact_handle_patch(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct contact contact = {0};
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    bool did;
    enum status status = read_contact(request, &contact, problem);
    if (!status) status = request_if_match(request, contact.version, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = contact_change(session, &origin, &contact, request->input, request->cleared, TRAIT_MEMBER, &did,
                            problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status && did) status = changed(request, &contact, problem);
    if (!status) answer_record(request, response, 200, &contact_type, &contact, contact.version);
    return status;
}
