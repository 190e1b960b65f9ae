/* Accounts: the customer organisations; their keys per source, their history by change, merging without loss.
 */
#ifndef VAFA_CUSTOMERS_ACCOUNT_H
#define VAFA_CUSTOMERS_ACCOUNT_H
#include "customers/origin.h"
#include "customers/trait.h"
#include "platform/route.h"

struct session;

enum account_status { ACCOUNT_PROSPECT, ACCOUNT_LIVE, ACCOUNT_LEAVING, ACCOUNT_LOST };

/* Order of account_type's fields. */
enum account_field {
    ACCOUNT_ID,
    ACCOUNT_KEY,
    ACCOUNT_NAME,
    ACCOUNT_STATUS,
    ACCOUNT_STATUS_REASON,
    ACCOUNT_STATUS_ON,
    ACCOUNT_OWNER,
    ACCOUNT_TEAM,
    ACCOUNT_PARENT,
    ACCOUNT_STAGE,
    ACCOUNT_PLAN,
    ACCOUNT_SEGMENT,
    ACCOUNT_COUNTRY,
    ACCOUNT_CURRENCY,
    ACCOUNT_POTENTIAL,
    ACCOUNT_STARTS_ON,
    ACCOUNT_TAGS,
    ACCOUNT_CUSTOM,
    ACCOUNT_SOURCE,
    ACCOUNT_REVIEW,
    ACCOUNT_DEMO,
    ACCOUNT_MERGED_INTO,
    ACCOUNT_VERSION,
    ACCOUNT_CREATED_AT,
    ACCOUNT_UPDATED_AT,
    ACCOUNT_FIELDS
};

struct account {
    uint64_t has;
    struct id id;
    struct str key; /* the key people use: the first external one */
    struct str name;
    int32_t status;           /* enum account_status; live unless told */
    struct str status_reason; /* why leaving or lost */
    day_t status_on;          /* the day from which the status holds */
    struct id owner;          /* member */
    struct str team;
    struct id parent; /* account */
    struct str stage, plan, segment;
    struct str country;  /* ISO 3166-1 alpha-2, upper case */
    struct str currency; /* ISO 4217, upper case */
    int64_t potential;   /* what it could pay a year, minor units of its currency */
    day_t starts_on;     /* first day as a customer */
    struct str tags;     /* base/list.h */
    struct str custom;   /* JSON: values of custom fields; in a patch those to change, null to clear */
    struct str source;   /* what made it */
    bool review;         /* made by usage and not yet looked at by a member */
    bool demo;
    struct id merged_into;
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type account_type;

/* Inside a writer session; after its commit call accounts_changed (or directory_refresh_account and
 * notices_put). */
/* Makes one from what *account has; with a key, the key of origin->source leads to it. CONFLICT: the key is
 * taken. */
enum status account_create(struct session *session, const struct origin *origin, struct account *account,
                           struct problem *problem) MUST_USE;
/* Lays a patch over *account as stored, with history. *changed: bits of changed fields; 0 writes nothing.
 * CONFLICT: changed meanwhile. */
enum status account_change(struct session *session, const struct origin *origin, struct account *account,
                           const struct account *patch, uint64_t cleared, uint64_t *changed,
                           struct problem *problem) MUST_USE;
/* One imported row: found by (origin->source, row->key), which is required. *id: the account. */
enum status account_upsert(struct session *session, const struct origin *origin, const struct account *row,
                           uint64_t cleared, enum upsert_result *result, struct id *id,
                           struct problem *problem) MUST_USE;
/* An account key first met in usage: finds its account, or makes one named by the key, flagged for review.
 * first_day: of its first event. */
enum status account_from_usage(struct session *session, const struct origin *origin, struct str key,
                               day_t first_day, struct id *id, bool *created,
                               struct problem *problem) MUST_USE;
/* Traits of a group call. Server traits `name`, `plan`, `country` and `currency` that won also become the
 * fields; browser traits never. *changed_fields: bits of account fields that changed. Values a field cannot
 * take stay traits only. */
enum status account_traits_put(struct session *session, const struct origin *origin, struct id id,
                               const struct json *traits, instant_t event_time, enum trait_rank rank,
                               uint64_t *changed_fields, struct problem *problem) MUST_USE;

/* Keys: many to one. A key leads to one account at most. */
enum status account_key_link(struct session *session, const struct origin *origin, struct id account,
                             struct str source, struct str key, struct problem *problem) MUST_USE;
enum status account_key_unlink(struct session *session, struct id account, struct str source, struct str key,
                               struct problem *problem) MUST_USE;
/* The account that a row of a source names: by (source, key), else by a key that only one account has in any
 * source. BAD_INPUT at
 * "/account" when there is none (such rows are held) or several. Not resolved through merges: rows stay with
 * the account they name. */
enum status account_of_key(struct session *session, struct str source, struct str key, struct id *id,
                           struct problem *problem) MUST_USE;

/* Merging moves nothing: keys and rows stay with `merged` and are read through `kept` until it is undone. */
enum status account_merge(struct session *session, const struct origin *origin, struct id merged,
                          struct id kept, struct problem *problem) MUST_USE;
enum status account_unmerge(struct session *session, const struct origin *origin, struct id merged,
                            struct problem *problem) MUST_USE;

/* Rows: account_store.c. */
enum status account_store_get(struct session *session, struct id id, struct account *account,
                              struct arena *arena, struct problem *problem) MUST_USE;
enum status account_store_insert(struct session *session, const struct account *account,
                                 struct problem *problem) MUST_USE;
enum status account_store_update(struct session *session, const struct account *account, bool *found,
                                 struct problem *problem) MUST_USE;
enum status account_store_by_key(struct session *session, struct str source, struct str key, struct id *id,
                                 bool *found, struct problem *problem) MUST_USE;
enum status account_store_by_any_key(struct session *session, struct str key, struct id *id, int64_t *count,
                                     struct problem *problem) MUST_USE;
enum status account_store_key_insert(struct session *session, struct str source, struct str key,
                                     struct id account, instant_t valid_from,
                                     struct problem *problem) MUST_USE;
enum status account_store_history(struct session *session, struct id account, struct str field,
                                  const struct str *value, instant_t valid_from, instant_t recorded_at,
                                  bool assumed, struct problem *problem) MUST_USE;
/* Sets merged_into (none: clears) of one account and lives_in of it and of all merged into it. */
enum status account_store_merged(struct session *session, struct id merged, struct id into, instant_t now,
                                 struct problem *problem) MUST_USE;
enum status account_store_merge_log(struct session *session, const struct origin *origin, struct id merged,
                                    struct id kept, bool undone, struct problem *problem) MUST_USE;

/* Handlers, and what they share with the nouns that hang on an account. */
/* {id} of the path: an account's id or a key that only one account has. NOT_FOUND also when it is out of the
 * principal's scope. */
enum status request_account(struct request *request, struct id *id, struct problem *problem) MUST_USE;
struct origin request_origin(const struct request *request); /* source "api", by the principal, now */
/* After a commit: the directory rereads the account, insight hears of it. */
enum status accounts_changed(struct house *house, struct id id, struct problem *problem) MUST_USE;
/* For rows that hang on an account: insight hears of it, the directory stays as it is. */
void account_touched(struct house *house, struct id id);
/* Fills scope, member and team of a listing query from the principal: scope 0 own, 1 team, 2 all. */
struct rows;
void rows_bind_scope(struct rows *rows, const struct principal *principal);

enum status account_handle_list(struct request *, struct response *, struct problem *);
enum status account_handle_create(struct request *, struct response *, struct problem *);
enum status account_handle_get(struct request *, struct response *, struct problem *);
enum status account_handle_patch(struct request *, struct response *, struct problem *);
enum status account_handle_history(struct request *, struct response *, struct problem *);
enum status account_handle_traits(struct request *, struct response *, struct problem *);
enum status account_handle_keys(struct request *, struct response *, struct problem *);
enum status account_handle_link(struct request *, struct response *, struct problem *);
enum status account_handle_unlink(struct request *, struct response *, struct problem *);
enum status account_handle_merge(struct request *, struct response *, struct problem *);
enum status account_handle_unmerge(struct request *, struct response *, struct problem *);
extern const struct route_query account_list_query[], account_unlink_query[];

/* A key of an account, as listed and linked. */
struct account_key {
    uint64_t has;
    struct str source, key;
    instant_t valid_from;
};
extern const struct record_type account_key_type;
/* One change of a field, as listed. */
struct account_change_row {
    uint64_t has;
    struct str field, value;
    instant_t valid_from, recorded_at;
    bool assumed;
};
extern const struct record_type account_history_type;
/* Into which account to merge: its id or key. */
struct account_merge_input {
    uint64_t has;
    struct str into;
};
extern const struct record_type account_merge_type;

#endif
