/* Signing in: sessions of browsers, passwords, links for one use. Tokens are 256 random bits; only their
 * hashes are stored. */
#ifndef VAFA_CUSTOMERS_SIGN_IN_H
#define VAFA_CUSTOMERS_SIGN_IN_H
#include "platform/route.h"
#include "platform/secure.h"

#define SIGN_IN_COOKIE     "vafa"
#define SIGN_IN_COOKIE_TLS "__Host-vafa" /* browsers bind it to this host and to https */
enum { ONE_TIME_MINUTES = 60 };

struct session;

/* Who holds this session token? An unknown, idle or expired one leaves the principal a NOBODY. *language is
 * the member's choice, or left alone. */
enum status sign_in_principal(struct house *house, struct str token, struct arena *arena,
                              struct principal *principal, int *language, struct problem *problem) MUST_USE;
enum status sign_in_end_all(struct session *session, struct id member, struct problem *problem) MUST_USE;

/* A token for one use. Purposes: "setup" (no member) and "reset" (of one member). A new one replaces the one
 * before. */
struct one_time {
    char text[TOKEN_TEXT + 1];
};
enum status one_time_make(struct house *house, const char *purpose, const struct id *member,
                          struct one_time *ret, struct problem *problem) MUST_USE;
/* Uses it up, as part of the transaction. FORBIDDEN when it is unknown, used or too old. *member may be NULL.
 */
enum status one_time_take(struct session *session, const char *purpose, struct str token, instant_t now,
                          struct id *member, struct problem *problem) MUST_USE;
/* Whether the set-up is still to be done: nobody can sign in yet. */
enum status setup_needed(struct house *house, bool *ret, struct problem *problem) MUST_USE;
/* The token of the set-up when there is no member yet; otherwise text is empty. */
enum status setup_token(struct house *house, struct one_time *ret, struct problem *problem) MUST_USE;

extern const struct record_type sign_in_type, session_type, password_reset_type, password_change_type,
    setup_type;

enum status sign_in_handle(struct request *, struct response *, struct problem *);
enum status sign_out_handle(struct request *, struct response *, struct problem *);
enum status session_handle_list(struct request *, struct response *, struct problem *);
enum status session_handle_end(struct request *, struct response *, struct problem *);
enum status password_handle_reset(struct request *, struct response *, struct problem *);
enum status password_handle_change(struct request *, struct response *, struct problem *);
enum status setup_handle_state(struct request *, struct response *, struct problem *);
enum status setup_handle(struct request *, struct response *, struct problem *);

#endif
