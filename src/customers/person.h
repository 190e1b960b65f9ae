/* Persons: the people behind user keys. A contact (contact.h) is a person at an account. */
#ifndef VAFA_CUSTOMERS_PERSON_H
#define VAFA_CUSTOMERS_PERSON_H
#include "base/fields.h"
#include "customers/origin.h"
#include "customers/trait.h"

struct session;

enum person_field {
    PERSON_ID,
    PERSON_NAME,
    PERSON_EMAIL,
    PERSON_TITLE,
    PERSON_MERGED_INTO,
    PERSON_CREATED_AT,
    PERSON_UPDATED_AT,
    PERSON_FIELDS
};
struct person_record {
    uint64_t has;
    struct id id;
    struct str name, email, title; /* title: position, "Head of Data" */
    struct id merged_into;         /* the person that an alias showed this one to be */
    instant_t created_at, updated_at;
};
extern const struct record_type person_type;

/* Inside a writer session. After its commit: directory_refresh_person; after a link or unlink directory_load.
 */
/* The person of a user key of origin->source; made when there is none. */
enum status person_of_key(struct session *session, const struct origin *origin, struct str key, struct id *id,
                          bool *created, struct problem *problem) MUST_USE;
/* By a key or, empty, by an e-mail address (any case). */
enum status person_find(struct session *session, struct str source, struct str key, struct str email,
                        struct id *id, bool *found, struct problem *problem) MUST_USE;
enum status person_create(struct session *session, const struct origin *origin, struct str key, struct id *id,
                          struct problem *problem) MUST_USE;
enum status person_key_link(struct session *session, const struct origin *origin, struct id person,
                            struct str source, struct str key, struct problem *problem) MUST_USE;
/* Traits of an identify call. Server traits `name` (or firstName and lastName), `email` and `title` that won
 * also become the fields. */
enum status person_traits_put(struct session *session, const struct origin *origin, struct id id,
                              const struct json *traits, instant_t event_time, enum trait_rank rank,
                              bool *changed, struct problem *problem) MUST_USE;
/* A member's edit, or an import's row: fields that have a value, each kept as a trait of that rank. */
enum status person_edit(struct session *session, const struct origin *origin, struct id id,
                        const struct person_record *edit, enum trait_rank rank, bool *changed,
                        struct problem *problem) MUST_USE;
/* alias: two keys of one person. A key without a person joins that of the other; two persons are linked
 * without moving anything. *linked: persons were linked, so that rollups of their accounts are to be rebuilt;
 * *first and *second: who. */
enum status person_alias(struct session *session, const struct origin *origin, struct str previous,
                         struct str key, bool *linked, struct id *first, struct id *second,
                         struct problem *problem) MUST_USE;
enum status person_unlink(struct session *session, const struct origin *origin, struct id person,
                          struct problem *problem) MUST_USE;

/* Rows: person_store.c. */
enum status person_store_get(struct session *session, struct id id, struct person_record *person,
                             struct arena *arena, struct problem *problem) MUST_USE;
enum status person_store_insert(struct session *session, const struct person_record *person,
                                struct problem *problem) MUST_USE;
enum status person_store_update(struct session *session, const struct person_record *person,
                                struct problem *problem) MUST_USE;
enum status person_store_by_key(struct session *session, struct str source, struct str key, struct id *id,
                                bool *found, struct problem *problem) MUST_USE;
enum status person_store_by_email(struct session *session, struct str email, struct id *id, bool *found,
                                  struct problem *problem) MUST_USE;
enum status person_store_key_insert(struct session *session, struct str source, struct str key,
                                    struct id person, instant_t valid_from, struct problem *problem) MUST_USE;
enum status person_store_root(struct session *session, struct id id, struct id *root,
                              struct problem *problem) MUST_USE;
enum status person_store_merged(struct session *session, struct id person, struct id into, instant_t now,
                                struct problem *problem) MUST_USE;

#endif
