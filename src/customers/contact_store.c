#include "customers/contact.h"
#include "customers/custom_field.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

enum status contact_store_get(struct session *session, struct id id, struct contact *contact,
                              struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_contact_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &contact_type, contact, arena);
    enum status status = rows_close(rows, problem);
    if (!status && found) {
        status =
            custom_values_read(session, CUSTOM_OF_CONTACT, contact->person, &contact->custom, arena, problem);
        field_set(contact, CONTACT_CUSTOM);
    }
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"contact", "مخاطب"}, id_str(problem->arena, id));
}

enum status contact_store_insert(struct session *session, const struct contact *contact,
                                 struct problem *problem) {
    return session_run(session, &query_contact_insert, &contact_type, contact, problem);
}

enum status contact_store_update(struct session *session, const struct contact *contact, bool *found,
                                 struct problem *problem) {
    struct rows *rows = rows_open(session, &query_contact_update);
    rows_bind_record(rows, &contact_type, contact);
    while (rows_next(rows)) {
    }
    *found = rows_changed(rows) == 1;
    return rows_close(rows, problem);
}

enum status contact_store_of(struct session *session, struct id person, struct id account,
                             struct contact *contact, bool *found, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_contact_of);
    rows_bind_id(rows, "person", person);
    rows_bind_id(rows, "account", account);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &contact_type, contact, problem->arena);
    return rows_close(rows, problem);
}

enum status contact_store_list(struct session *session, struct id account, struct list *list,
                               struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_contact_list);
    rows_bind_id(rows, "account", account);
    rows_bind_int(rows, "first", id_is_none(list->after));
    rows_bind_id(rows, "after", list->after);
    rows_bind_int(rows, "limit", list->limit + 1);
    while (rows_next(rows)) {
        struct contact contact = {0};
        rows_read(rows, &contact_type, &contact, arena);
        enum status status =
            custom_values_read(session, CUSTOM_OF_CONTACT, contact.person, &contact.custom, arena, problem);
        if (status) {
            struct problem closing = {.arena = problem->arena};
            (void)!rows_close(rows, &closing);
            return status;
        }
        field_set(&contact, CONTACT_CUSTOM);
        if (!list_add(list, &contact, contact.id)) break;
    }
    return rows_close(rows, problem);
}
