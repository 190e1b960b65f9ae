/* Members: the people of our own organisation, who sign in and own accounts. Found by id, e-mail address or
 * name. */
#ifndef VAFA_CUSTOMERS_MEMBER_H
#define VAFA_CUSTOMERS_MEMBER_H
#include "platform/route.h"

struct records;
struct session;

struct member {
    uint64_t has;
    struct id id;
    struct str name;
    struct str email;  /* unique without regard to case */
    int32_t role;      /* enum role − 1: index into member_roles */
    int32_t scope;     /* enum scope: which accounts they see */
    struct str team;   /* may be missing */
    int32_t language;  /* enum language; may be missing: the organisation's */
    bool disabled;     /* cannot sign in; kept for what they did */
    bool has_password; /* false: waits for a password link */
    bool second_factor;
    instant_t created_at, updated_at;
    int64_t version;
};
/* Indexes into member_type's fields. */
enum {
    MEMBER_ID,
    MEMBER_NAME,
    MEMBER_EMAIL,
    MEMBER_ROLE,
    MEMBER_SCOPE,
    MEMBER_TEAM,
    MEMBER_LANGUAGE,
    MEMBER_DISABLED,
    MEMBER_HAS_PASSWORD,
    MEMBER_SECOND_FACTOR,
    MEMBER_CREATED_AT,
    MEMBER_UPDATED_AT,
    MEMBER_VERSION,
};
extern const struct record_type member_type;
extern const char *const member_roles[], *const member_scopes[], *const member_languages[];

/* Rules: member.c. Strings of what is read live in the arena. */
/* What a member must be, whatever it was before: every fault with its place. */
enum status member_check(const struct member *member, struct problem *problem) MUST_USE;
/* Checks and completes a new member (id, times, version; scope by role where none is given) and stores it in
 * the session. `password` may be empty: then they wait for a link. CONFLICT when the address is taken. */
enum status member_create(struct house *house, struct session *session, struct member *member,
                          struct str password, struct problem *problem) MUST_USE;
/* member_patch inside a session of the caller's; *changed says whether there was anything to write. */
enum status member_lay_over(struct session *session, instant_t now, struct member *member,
                            const struct member *patch, uint64_t cleared, bool *changed,
                            struct problem *problem) MUST_USE;
/* Lays *patch over *member, read before; ends their sessions when role, scope, team or disabled change.
 * CONFLICT: somebody was faster, the address is taken, or no active administrator would be left. */
enum status member_patch(struct records *records, instant_t now, struct member *member,
                         const struct member *patch, uint64_t cleared, struct problem *problem) MUST_USE;
/* By id, e-mail address or exact name; CONFLICT when two have the name. */
enum status member_find(struct records *records, struct str typed, struct member *member, struct arena *arena,
                        struct problem *problem) MUST_USE;
/* Stores a password (already checked) and ends all sessions of the member. */
enum status member_set_password(struct house *house, struct session *session, struct id member,
                                struct str password, struct problem *problem) MUST_USE;

/* Rows: member_store.c. */
struct list;
enum status member_store_insert(struct session *session, const struct member *member,
                                const char *password_hash, struct problem *problem) MUST_USE;
enum status member_store_update(struct session *session, const struct member *member, bool *found,
                                struct problem *problem) MUST_USE;
/* *found says whether there is one. */
enum status member_store_by_id(struct session *session, struct id id, struct member *member, bool *found,
                               struct arena *arena, struct problem *problem) MUST_USE;
enum status member_store_by_email(struct session *session, struct str email, struct member *member,
                                  bool *found, struct arena *arena, struct problem *problem) MUST_USE;
enum status member_store_by_name(struct session *session, struct str name, struct member *member, size_t *n,
                                 struct arena *arena, struct problem *problem) MUST_USE;
enum status member_store_list(struct session *session, struct list *list, struct arena *arena,
                              struct problem *problem) MUST_USE;
/* How many can sign in: those with a password, not disabled. */
enum status member_store_able_count(struct session *session, int64_t *n, struct problem *problem) MUST_USE;
enum status member_store_other_admins(struct session *session, struct id id, int64_t *n,
                                      struct problem *problem) MUST_USE;
struct str member_email_folded(struct arena *arena, struct str email);

/* Handlers: member_api.c; their routes are in app/routes.def. */
enum status member_handle_list(struct request *, struct response *, struct problem *);
enum status member_handle_create(struct request *, struct response *, struct problem *);
enum status member_handle_get(struct request *, struct response *, struct problem *);
enum status member_handle_patch(struct request *, struct response *, struct problem *);
enum status member_handle_reset(struct request *, struct response *,
                                struct problem *); /* a link for a new password */
enum status member_handle_me(struct request *, struct response *, struct problem *);

#endif
