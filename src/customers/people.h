/* What the process keeps in memory about who may do what: live keys, and how often sign-in was tried. */
#ifndef VAFA_CUSTOMERS_PEOPLE_H
#define VAFA_CUSTOMERS_PEOPLE_H
#include "platform/route.h"

struct records;
struct people;
/* Reads the live keys. The one writer of keys is this process. */
enum status people_open(struct records *records, struct people **ret, struct problem *problem) MUST_USE;
/* Stores when each key was last used, and ends. */
void people_close(struct people *people);

enum key_kind { KEY_BROWSER, KEY_SERVER, KEY_API };

/* A live key. Entries are never freed while the process runs, so that they can be used without a lock. */
struct key_entry {
    struct id id;
    struct str name; /* also the name of the source of what it sends */
    enum key_kind kind;
    enum role role; /* API */
    enum scope scope;
    struct str team;
    struct str *origins; /* BROWSER: the pages that may use it; none: any */
    size_t origin_count;
};
/* The key of a secret as a client sends it, or NULL when it is unknown or revoked; notes its use.
 * Microseconds; any thread. */
const struct key_entry *people_key(struct people *people, struct str secret, instant_t now);
/* Whether a browser page of this origin may use the key; an empty origin (no browser) may. */
bool key_origin_allowed(const struct key_entry *key, struct str origin);

/* For key.c. */
void people_add_key(struct people *people, const struct key_entry *entry, const uint8_t hash[32],
                    instant_t last_used);
void people_revoke_key(struct people *people, struct id id);
bool people_key_lives(struct people *people, struct id id);
instant_t people_key_used(struct people *people, struct id id); /* 0: not since the start */

/* Sign-in: tries of one name (an account, an address) are counted over a window and refused beyond `most`. */
struct attempts {
    struct str name;
    int64_t most, window_ms;
};
bool people_attempt(struct people *people, const struct attempts *attempts,
                    instant_t now); /* counts; false: too many */
void people_forgive(struct people *people, struct str name);

#endif
