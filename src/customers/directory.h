/* The directory: accounts as dense indexes, and what their keys resolve to, in memory. Insight and usage work
 * on indexes; everything outside speaks ids and keys. Filled from records at start, kept current by the
 * writers of accounts and keys. One lock: readers hold it shared for as long as they use what they were
 * given. */
#ifndef VAFA_CUSTOMERS_DIRECTORY_H
#define VAFA_CUSTOMERS_DIRECTORY_H
#include "base/id.h"
#include "base/problem.h"
#include "platform/route.h"

enum { ACCOUNT_NONE = UINT32_MAX };

struct directory_account {
    struct id id;
    struct str key; /* the key people use: the first external key, e.g. A0044 */
    struct str name;
    struct id owner; /* member; none: nobody */
    struct str owner_name;
    struct str team;   /* of the owner */
    int32_t status;    /* enum account_status of customers/account.h */
    day_t starts_on;   /* first day as a customer or first event, INT32_MIN when not known */
    bool demo, merged; /* merged: lives on in another account; its index stays, empty */
};

struct directory;
struct records;
struct directory *directory_new(void);
void directory_free(struct directory *directory);
/* Reads everything from records. May be called again at any time: indexes of accounts and persons stay what
 * they were. Takes the lock. */
enum status directory_load(struct directory *directory, struct records *records,
                           struct problem *problem) MUST_USE;
/* After a commit that wrote an account or its keys (a person, its keys, memberships): rereads just that one.
 * Takes the lock. One that was removed stays as an empty index. After merging, unmerging, unlinking a key and
 * alias links, load again. *index: where the account stands; may be NULL. */
enum status directory_refresh_account(struct directory *directory, struct records *records, struct id account,
                                      uint32_t *index, struct problem *problem) MUST_USE;
enum status directory_refresh_person(struct directory *directory, struct records *records, struct id person,
                                     struct problem *problem) MUST_USE;
/* Settings identity.internal_domains and identity.internal_addresses: lists separated by commas or white
 * space, any case. A domain counts with its subdomains. Takes the lock. */
void directory_set_internal(struct directory *directory, struct str domains, struct str addresses);

void directory_lock(struct directory *directory);       /* shared */
void directory_write_lock(struct directory *directory); /* alone: for directory_bind, and for directory_person
                                                           to make new persons */
void directory_unlock(struct directory *directory);
/* The rest is called with the lock held. */
size_t directory_size(const struct directory *directory); /* indexes 0 … size−1 */
const struct directory_account *directory_account(const struct directory *directory, uint32_t index);
/* The account that it lives in: itself unless merged. directory_account is by plain index; keys resolve to
 * roots. */
uint32_t directory_root(const struct directory *directory, uint32_t index);
uint32_t directory_by_id(const struct directory *directory, struct id id); /* or ACCOUNT_NONE */
uint32_t directory_by_key(const struct directory *directory, struct str source,
                          struct str key); /* or ACCOUNT_NONE */
/* By id, by key of any source, or by exact name: what a person types. CONFLICT when several match. */
enum status directory_find(const struct directory *directory, struct str typed, uint32_t *index,
                           struct problem *problem) MUST_USE;
/* Which account does an event belong to: its account key; else the membership of its user valid at its time;
 * else the one that follows within 24 hours; else ACCOUNT_NONE. Keys are as received; source is the source's
 * name. */
uint32_t directory_resolve(const struct directory *directory, struct str source, struct str account_key,
                           struct str user_key, instant_t occurred);
/* The person of a user key: dense, equal for linked keys. A key never seen becomes a new person where the
 * write lock is held, and is UINT32_MAX under the shared lock. person_internal: excluded from figures
 * (domains, addresses). */
uint32_t directory_person(struct directory *directory, struct str source, struct str user_key);
bool directory_person_internal(const struct directory *directory, uint32_t person);
uint32_t directory_person_by_id(const struct directory *directory,
                                struct id id);               /* its root; or UINT32_MAX */
size_t directory_persons(const struct directory *directory); /* persons are 0 … persons−1 */
struct id directory_person_id(const struct directory *directory,
                              uint32_t person); /* none: only a key is known */

/* The fast way for the applier: numbers of the event dictionaries (platform/events.h) bound once to (source,
 * key) and resolved by two array reads; linking and merging later is seen at once. Bind with the write lock
 * held. */
enum directory_kind { DIRECTORY_ACCOUNT, DIRECTORY_PERSON };
void directory_bind(struct directory *directory, enum directory_kind kind, uint32_t number, struct str source,
                    struct str key);
bool directory_is_bound(const struct directory *directory, enum directory_kind kind, uint32_t number);
uint32_t directory_account_of_number(const struct directory *directory,
                                     uint32_t number);                                   /* or ACCOUNT_NONE */
uint32_t directory_person_of_number(const struct directory *directory, uint32_t number); /* or UINT32_MAX */
/* As directory_resolve, by numbers; account_number 0: none given. */
uint32_t directory_resolve_number(const struct directory *directory, uint32_t account_number,
                                  uint32_t user_number, instant_t occurred);
uint32_t directory_of_person(const struct directory *directory, uint32_t person,
                             instant_t occurred); /* by membership alone */

bool directory_in_scope(const struct directory *directory, uint32_t account,
                        const struct principal *principal);

#endif
