/* Signing in: sessions of browsers, passwords, links for one use. Tokens are 256 random bits; only their
 * hashes are stored. */
#ifndef VAFA_CUSTOMERS_SIGN_IN_H
#define VAFA_CUSTOMERS_SIGN_IN_H
#include "platform/route.h"
#include "platform/secure.h"

#define SIGN_IN_COOKIE     "vafa"
#define SIGN_IN_COOKIE_TLS "__Host-vafa" /* browsers bind it to this host and to https */
enum { ONE_TIME_MINUTES = 60, ONE_TIME_CODE_MINUTES = 5 };

struct session;

/* Who holds this session token? An unknown, idle or expired one leaves the principal a NOBODY. Fills the
 * principal and, where the member chose them, language, calendar and digits of the request. */
enum status sign_in_principal(struct request *request, struct str token, struct problem *problem) MUST_USE;
/* Whether what a principal signed in with still holds: the session lives, the key is not revoked. Uses
 * nothing up. */
enum status sign_in_holds(struct house *house, const struct principal *principal, bool *ret,
                          struct problem *problem) MUST_USE;
/* Sessions were ended (after the commit): streams that hang on them end, too. */
void sign_in_ended(struct house *house);
enum status sign_in_end_all(struct session *session, struct id member, struct problem *problem) MUST_USE;

/* A token for one use. Purposes: "setup" (no member), "reset" (of one member), "code" (of one member whose
 * password was right; for minutes). A new one replaces the one before. */
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

/* For the other handlers of one's own account (factor_api.c). sign_in_prove checks the signed-in member's
 * password, within the limits of sign-in; wrong is a fault at `where`. sign_in_count counts a try under a
 * name before it is judged. */
struct member;
enum status sign_in_members_only(const struct request *request, struct problem *problem) MUST_USE;
enum status sign_in_prove(struct request *request, struct response *response, struct str password,
                          struct str where, struct member *member, struct problem *problem) MUST_USE;
enum status sign_in_count(struct request *request, struct response *response, struct str name, int most,
                          struct problem *problem) MUST_USE;
struct str sign_in_cookie(struct request *request, const char *token, int64_t seconds);

extern const struct record_type sign_in_type, sign_in_code_type, session_type, password_reset_type,
    password_change_type, setup_type;

enum status sign_in_handle(struct request *, struct response *, struct problem *);
enum status sign_in_handle_code(struct request *, struct response *, struct problem *);
enum status sign_out_handle(struct request *, struct response *, struct problem *);
enum status session_handle_list(struct request *, struct response *, struct problem *);
enum status session_handle_list_member(struct request *, struct response *, struct problem *);
enum status session_handle_end_member(struct request *, struct response *, struct problem *); /* all */
enum status session_handle_end(struct request *, struct response *, struct problem *);
enum status password_handle_reset(struct request *, struct response *, struct problem *);
enum status password_handle_change(struct request *, struct response *, struct problem *);
enum status setup_handle_state(struct request *, struct response *, struct problem *);
enum status setup_handle(struct request *, struct response *, struct problem *);

#endif
