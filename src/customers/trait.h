/* Traits: what sources say about an account or a person, field by field, with the value that won. */
#ifndef VAFA_CUSTOMERS_TRAIT_H
#define VAFA_CUSTOMERS_TRAIT_H
#include "base/id.h"
#include "base/json.h"
#include "customers/origin.h"

struct session;

/* A higher rank wins over every lower one; within a rank the newer event time wins. */
enum trait_rank {
    TRAIT_BROWSER = 1, /* a key that anyone can read: only the fields web.* */
    TRAIT_SERVER = 2,  /* server keys and imports */
    TRAIT_MEMBER = 3,  /* a member's own edit: no source overwrites it */
};
enum trait_of { TRAIT_OF_ACCOUNT, TRAIT_OF_PERSON };

/* Offers one value. *won: it is now the stored one. The field is stored as web.<field> for TRAIT_BROWSER. */
enum status trait_put(struct session *session, enum trait_of of, struct id id, struct str field,
                      struct str value, instant_t event_time, struct str source, enum trait_rank rank,
                      bool *won, struct problem *problem) MUST_USE;
/* A JSON value as a trait's text: strings as they are, everything else as JSON. */
struct str trait_text(const struct json *value, struct arena *arena);
/* All traits of an account or person as a JSON object {field: {value, event_time, source, rank}}. */
enum status traits_write(struct session *session, enum trait_of of, struct id id, struct json_writer *w,
                         struct problem *problem) MUST_USE;

#endif
