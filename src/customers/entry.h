/* Entries: dated rows of an account that a source knows by a key of its own (subscription, invoice, ticket,
 * answer, activity). One way to take them in, list and describe them; each noun adds its fields, its checks
 * and its queries. */
#ifndef VAFA_CUSTOMERS_ENTRY_H
#define VAFA_CUSTOMERS_ENTRY_H
#include "customers/origin.h"
#include "platform/route.h"

struct session;
struct query;

/* The first fields of every entry's table; a noun's own begin at ENTRY_FIELDS. */
enum entry_field {
    ENTRY_ID,
    ENTRY_SOURCE,
    ENTRY_KEY,
    ENTRY_ACCOUNT_KEY,
    ENTRY_ACCOUNT,
    ENTRY_RECORDED_AT,
    ENTRY_KNOWN_FROM,
    ENTRY_KNOWN_ASSUMED,
    ENTRY_VERSION,
    ENTRY_CREATED_AT,
    ENTRY_UPDATED_AT,
    ENTRY_FIELDS
};
struct entry {
    uint64_t has;
    struct id id;
    struct str source, key; /* who told it, and by which key of theirs */
    struct str account_key; /* input only: the account as the source names it */
    struct id account;      /* as named by the source: read through the account that it lives in */
    instant_t recorded_at;  /* the source's own, if it has one */
    instant_t known_from;   /* origin_known_from */
    bool known_assumed;
    int64_t version;
    instant_t created_at, updated_at;
};
/* Field rows of `struct entry entry`, the first member of S. */
#define ENTRY_FIELD_ROWS(S, key_synonyms)                                                                    \
    [ENTRY_ID] = {"id",                                                                                      \
                  FIELD_ID,                                                                                  \
                  FIELD_READ_ONLY,                                                                           \
                  offsetof(S, entry.id),                                                                     \
                  .title = {"Id", "شناسه"},                                                                  \
                  .doc = "Identifier."},                                                                     \
    [ENTRY_SOURCE] = {"source",                                                                              \
                      FIELD_TEXT,                                                                            \
                      FIELD_READ_ONLY,                                                                       \
                      offsetof(S, entry.source),                                                             \
                      .title = {"Source", "منبع"},                                                           \
                      .doc = "Who told it."},                                                                \
    [ENTRY_KEY] =                                                                                            \
        {"key",                                                                                              \
         FIELD_TEXT,                                                                                         \
         FIELD_KEY,                                                                                          \
         offsetof(S, entry.key),                                                                             \
         0,                                                                                                  \
         200,                                                                                                \
         .title = {"Key", "کلید"},                                                                           \
         .synonyms = key_synonyms,                                                                           \
         .doc = "The source's own key: a row with the same key is the same thing; ours when not told."},     \
    [ENTRY_ACCOUNT_KEY] =                                                                                    \
        {"account_key",                                                                                      \
         FIELD_TEXT,                                                                                         \
         FIELD_WRITE_ONLY,                                                                                   \
         offsetof(S, entry.account_key),                                                                     \
         0,                                                                                                  \
         200,                                                                                                \
         .title = {"Account", "مشتری"},                                                                      \
         .synonyms = "account|account_id|customer|customer_id|company|org|کلید مشتری|شناسه مشتری|شرکت",      \
         .doc = "The account as the source names it, in imports."},                                          \
    [ENTRY_ACCOUNT] = {"account",                                                                            \
                       FIELD_ID,                                                                             \
                       FIELD_READ_ONLY,                                                                      \
                       offsetof(S, entry.account),                                                           \
                       .title = {"Account id", "شناسهٔ مشتری"},                                               \
                       .doc = "The account."},                                                               \
    [ENTRY_RECORDED_AT] = {"recorded_at",                                                                    \
                           FIELD_INSTANT,                                                                    \
                           0,                                                                                \
                           offsetof(S, entry.recorded_at),                                                   \
                           .title = {"Recorded", "زمان ثبت"},                                                \
                           .synonyms = "recorded|created|زمان ثبت",                                          \
                           .doc = "When the source itself recorded it."},                                    \
    [ENTRY_KNOWN_FROM] = {"known_from",                                                                      \
                          FIELD_INSTANT,                                                                     \
                          FIELD_READ_ONLY,                                                                   \
                          offsetof(S, entry.known_from),                                                     \
                          .title = {"Known from", "دانسته از"},                                              \
                          .doc = "Since when it could be known."},                                           \
    [ENTRY_KNOWN_ASSUMED] = {"known_assumed",                                                                \
                             FIELD_BOOL,                                                                     \
                             FIELD_READ_ONLY,                                                                \
                             offsetof(S, entry.known_assumed),                                               \
                             .title = {"Assumed", "فرضی"},                                                   \
                             .doc = "known_from was assumed from a declared back-fill."},                    \
    [ENTRY_VERSION] = {"version",                                                                            \
                       FIELD_INT,                                                                            \
                       FIELD_READ_ONLY,                                                                      \
                       offsetof(S, entry.version),                                                           \
                       .title = {"Version", "نسخه"},                                                         \
                       .doc = "Grows by one with every change; the ETag."},                                  \
    [ENTRY_CREATED_AT] = {"created_at",                                                                      \
                          FIELD_INSTANT,                                                                     \
                          FIELD_READ_ONLY,                                                                   \
                          offsetof(S, entry.created_at),                                                     \
                          .title = {"Created", "زمان ایجاد"},                                                \
                          .doc = "When we took it in."},                                                     \
    [ENTRY_UPDATED_AT] = {"updated_at",                                                                      \
                          FIELD_INSTANT,                                                                     \
                          FIELD_READ_ONLY,                                                                   \
                          offsetof(S, entry.updated_at),                                                     \
                          .title = {"Changed", "زمان تغییر"},                                                \
                          .doc = "When it was last changed."}

struct entry_kind {
    const struct record_type *type;
    struct text what; /* "invoice" */
    /* by_key(source, key), get(id) → the row; insert and update take the record (update where version − 1);
     * list(account, first, after, limit) → rows of everything that lives in the account, newest first. */
    const struct query *by_key, *get, *insert, *update, *list;
    /* Checks a whole record and sets what is derived or left to us. Faults at "/field". */
    enum status (*check)(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem);
    instant_t (*occurred)(const void *record, const struct origin *origin);
    int user_key, person; /* fields: a person as the source names it, and its id; 0: none */
    /* NULL: entry_upsert. Otherwise the noun's own way. */
    enum status (*upsert)(struct session *session, const struct origin *origin, const void *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem);
};

/* Takes one row in: found by (origin->source, key), laid over what is stored, checked, written when it
 * differs. A new row needs an account: entry.account, else entry.account_key (unknown: BAD_INPUT at
 * "/account"; such rows are held). *id: the entry. Inside a writer session; after its commit account_touched
 * of entry.account. */
enum status entry_upsert(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         const void *row, uint64_t cleared, enum upsert_result *result, struct id *id,
                         struct problem *problem) MUST_USE;

/* The steps of it, for nouns with their own upsert. */
enum status entry_find(struct session *session, const struct query *query, const struct entry_kind *kind,
                       struct str source, struct str key, void *record, bool *found,
                       struct problem *problem) MUST_USE;
enum status entry_resolve(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                          void *row,
                          struct problem *problem) MUST_USE; /* account and person from their keys */
enum status entry_lay_over(struct session *session, const struct origin *origin,
                           const struct entry_kind *kind, void *record, const void *row, uint64_t cleared,
                           uint64_t *changed, struct problem *problem) MUST_USE;
enum status entry_insert(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         void *record, struct problem *problem) MUST_USE;
enum status entry_update(struct session *session, const struct origin *origin, const struct entry_kind *kind,
                         void *record, struct problem *problem) MUST_USE;

/* "/field" and a message that takes no argument or the value. For checks. */
enum status entry_fault(const struct entry_kind *kind, int field, struct message message,
                        struct arguments args, struct problem *problem);
bool entry_currency_known(struct str code); /* three capitals that base/number.h knows */

/* GET and POST /api/v1/accounts/{id}/<kind>. */
enum status entry_handle_list(struct request *request, struct response *response,
                              const struct entry_kind *kind, struct problem *problem);
enum status entry_handle_create(struct request *request, struct response *response,
                                const struct entry_kind *kind, struct problem *problem);

#define CHANGED_MEANWHILE                                                                                    \
    MESSAGE("changed_meanwhile", "“{0}” was changed or deleted by somebody else: read it again.",            \
            "«{0}» را کس دیگری تغییر داده یا حذف کرده است: دوباره بخوانید.")

#endif
