/* Keys: how programs come in. Browser and server keys send events to the track API; API keys use the API with
 * a role. */
#ifndef VAFA_CUSTOMERS_KEY_H
#define VAFA_CUSTOMERS_KEY_H
#include "customers/people.h"

struct key {
    uint64_t has;
    struct id id;
    struct str name; /* unique among live keys; the source of what comes by a browser or server key */
    int32_t kind;    /* enum key_kind */
    int32_t role;    /* API: enum role − 1 */
    int32_t scope;   /* API: enum scope */
    struct str team;
    struct str origins; /* BROWSER: JSON list of "https://host" */
    struct str secret;  /* once, in the answer that made it */
    struct str prefix;  /* the first characters, to tell keys apart */
    instant_t created_at;
    struct str created_by;
    instant_t last_used_at, revoked_at;
};
extern const struct record_type key_type;
extern const char *const key_kinds[];

/* Makes a key (id, prefix, times, secret) and takes it into the live ones. CONFLICT when a live key has the
 * name. */
enum status key_create(struct house *house, struct str by, struct key *key, struct arena *arena,
                       struct problem *problem) MUST_USE;
/* By id or by the name of a live key. It is dead on return. */
enum status key_revoke(struct house *house, struct str typed, struct key *key, struct arena *arena,
                       struct problem *problem) MUST_USE;
/* For people_open. */
enum status keys_load(struct people *people, struct records *records, struct problem *problem) MUST_USE;
/* Fills a principal from an API key's secret. UNAUTHENTICATED when unknown or revoked, FORBIDDEN for keys of
 * other kinds. */
enum status key_principal(struct house *house, struct str secret, struct arena *arena,
                          struct principal *principal, struct problem *problem) MUST_USE;

enum status key_handle_list(struct request *, struct response *, struct problem *);
enum status key_handle_create(struct request *, struct response *, struct problem *);
enum status key_handle_revoke(struct request *, struct response *, struct problem *);

#endif
