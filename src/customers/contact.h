/* Contacts: a person at an account, for a time. A person may be at several accounts. */
#ifndef VAFA_CUSTOMERS_CONTACT_H
#define VAFA_CUSTOMERS_CONTACT_H
#include "customers/origin.h"
#include "customers/person.h"
#include "platform/route.h"

enum contact_field {
    CONTACT_ID,
    CONTACT_ACCOUNT_KEY,
    CONTACT_USER_KEY,
    CONTACT_ACCOUNT,
    CONTACT_PERSON,
    CONTACT_NAME,
    CONTACT_EMAIL,
    CONTACT_TITLE,
    CONTACT_ROLE,
    CONTACT_CHAMPION,
    CONTACT_VALID_FROM,
    CONTACT_VALID_TO,
    CONTACT_CUSTOM,
    CONTACT_SOURCE,
    CONTACT_VERSION,
    CONTACT_CREATED_AT,
    CONTACT_UPDATED_AT,
    CONTACT_FIELDS
};
struct contact {
    uint64_t has;
    struct id id;
    struct str account_key; /* input only: the account as the source names it */
    struct str user_key;    /* input only: the person as the source names it, the key of its events */
    struct id account, person;
    struct str name, email, title; /* of the person */
    struct str role;               /* at the account: admin, sponsor, user, … */
    bool champion;
    instant_t valid_from, valid_to; /* at the account in [from, to) */
    struct str custom; /* JSON: values of custom fields, of the person; in a patch those to change */
    struct str source;
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type contact_type;

/* Inside a writer session; after its commit: directory_refresh_person of *person, and a notice. */
/* One row: the person by user key, else by e-mail, else a new one; the contact by person and account. The
 * account is row->account, else row->account_key. Undated, it holds from origin->changed_at, else from now;
 * in a declared back-fill since ever. rank: whose word the person's name, e-mail and title are. */
enum status contact_upsert(struct session *session, const struct origin *origin, const struct contact *row,
                           uint64_t cleared, enum trait_rank rank, enum upsert_result *result,
                           struct id *contact, struct id *person, struct problem *problem) MUST_USE;
/* A group call or an event showed the person at the account at that time: adds a contact, or lets the one
 * that is there begin earlier. */
enum status contact_seen(struct session *session, const struct origin *origin, struct id person,
                         struct id account, instant_t at, bool *changed, struct problem *problem) MUST_USE;
/* Lays a patch over *contact. CONFLICT: changed meanwhile. */
enum status contact_change(struct session *session, const struct origin *origin, struct contact *contact,
                           const struct contact *patch, uint64_t cleared, enum trait_rank rank, bool *changed,
                           struct problem *problem) MUST_USE;

/* Rows: contact_store.c. */
struct list;
enum status contact_store_get(struct session *session, struct id id, struct contact *contact,
                              struct arena *arena, struct problem *problem) MUST_USE;
enum status contact_store_insert(struct session *session, const struct contact *contact,
                                 struct problem *problem) MUST_USE;
enum status contact_store_update(struct session *session, const struct contact *contact, bool *found,
                                 struct problem *problem) MUST_USE;
/* The contact of a person (or one linked to it) at an account that begins last; *found false when there is
 * none. */
enum status contact_store_of(struct session *session, struct id person, struct id account,
                             struct contact *contact, bool *found, struct problem *problem) MUST_USE;
enum status contact_store_list(struct session *session, struct id account, struct list *list,
                               struct arena *arena, struct problem *problem) MUST_USE;

enum status contact_handle_list(struct request *, struct response *, struct problem *);
enum status contact_handle_create(struct request *, struct response *, struct problem *);
enum status contact_handle_get(struct request *, struct response *, struct problem *);
enum status contact_handle_patch(struct request *, struct response *, struct problem *);
enum status contact_handle_unlink(struct request *, struct response *, struct problem *);

#endif
