/* Custom fields: what an organisation adds to accounts and contacts. A definition says how a value is
 * checked; values are traits of the same name (customers/trait.h), so that sources may send them too, and
 * those of accounts keep their history by change, which facts read (attribute "traits.KEY"). A definition
 * that goes leaves its values: making it again shows them. */
#ifndef VAFA_CUSTOMERS_CUSTOM_FIELD_H
#define VAFA_CUSTOMERS_CUSTOM_FIELD_H
#include "base/fields.h"
#include "customers/origin.h"
#include "customers/trait.h"
#include "platform/route.h"

struct session;

enum custom_of { CUSTOM_OF_ACCOUNT, CUSTOM_OF_CONTACT };
enum custom_type { CUSTOM_TEXT, CUSTOM_NUMBER, CUSTOM_DATE, CUSTOM_YES_NO, CUSTOM_CHOICE, CUSTOM_MONEY };
enum { CUSTOM_MOST = 30, CUSTOM_MOST_CHOICES = 100 };

struct custom_field {
    uint64_t has;
    struct id id;
    int32_t of; /* enum custom_of; never changes, like key and type */
    struct str key;
    int32_t type; /* enum custom_type */
    struct str title_en, title_fa, description;
    struct str choices;  /* CHOICE: JSON [{"key", "en", "fa"}] */
    struct str currency; /* MONEY: ISO code; values are minor units of it */
    int64_t place;       /* order on screen */
    int64_t values;      /* how many accounts or people have one; read only */
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type custom_field_type;

/* All of accounts or of contacts, by place; in the arena. */
struct custom_fields {
    struct custom_field *v;
    size_t n;
};
enum status custom_fields_read(struct session *session, enum custom_of of, struct custom_fields *ret,
                               struct arena *arena, struct problem *problem) MUST_USE;
const struct custom_field *custom_field_find(const struct custom_fields *fields, struct str key);

/* Takes values {key: value, …} in for an account or a person: null clears. Each is checked by its type;
 * faults stand at "/fields/KEY". A value of a lower rank than the stored one's changes nothing. *changed:
 * something was stored. Inside a writer session. */
enum status custom_values_put(struct session *session, const struct origin *origin, enum custom_of of,
                              struct id id, struct str values, bool *changed,
                              struct problem *problem) MUST_USE;
/* The values of an account or a person as JSON {key: value or null} in the types of their fields; "{}" when
 * there are no fields. A value that does not fit its field (a source sent it) is null. */
enum status custom_values_read(struct session *session, enum custom_of of, struct id id, struct str *json,
                               struct arena *arena, struct problem *problem) MUST_USE;
/* A trait of an account that a source sent and that won: kept by date where a field has its name. */
enum status custom_value_noted(struct session *session, const struct origin *origin, struct id account,
                               struct str key, const struct str *value, instant_t valid_from,
                               struct problem *problem) MUST_USE;
/* The choice that a text means, by key or title, folded: its key; empty: none. */
struct str custom_choice_find(const struct custom_field *field, struct str text, struct arena *arena);
/* The keys of the choices, for errors: "gold, silver". */
struct str custom_choice_keys(const struct custom_field *field, struct arena *arena);

enum status custom_field_handle_list(struct request *, struct response *, struct problem *);
enum status custom_field_handle_create(struct request *, struct response *, struct problem *);
enum status custom_field_handle_patch(struct request *, struct response *, struct problem *);
enum status custom_field_handle_delete(struct request *, struct response *, struct problem *);
extern const struct route_query custom_field_query[];

#endif
