/* The second factor of a member: codes of an authenticator app (platform/totp.h) and, where that is lost,
 * recovery codes. The secret lies sealed by the folder's key; of recovery codes only hashes are kept. A code
 * counts once. */
#ifndef VAFA_CUSTOMERS_FACTOR_H
#define VAFA_CUSTOMERS_FACTOR_H
#include "platform/route.h"

struct session;

enum { RECOVERY_CODES = 10 };

struct factor_state {
    bool set_up;        /* it is asked for at sign-in */
    bool begun;         /* a secret was made, no code has confirmed it yet */
    int64_t codes_left; /* recovery codes not used */
};
enum status factor_read(struct session *session, struct id member, struct factor_state *ret,
                        struct problem *problem) MUST_USE;
/* Is this a code of the app or a recovery code of the member? When it is, it is used up, as part of the
 * transaction. confirmed false: of the secret that waits for its first code (recovery codes do not count
 * then). */
enum status factor_check(struct house *house, struct session *session, struct id member, bool confirmed,
                         struct str code, bool *good, struct arena *arena, struct problem *problem) MUST_USE;
/* What the sealed secret is bound to, and the hash of a recovery code: for factor_api.c. */
struct str factor_place(struct arena *arena, struct id member);
void recovery_code_hash(struct str typed, struct id member, uint8_t out[32], struct arena *arena);
struct str factor_tries(struct arena *arena, struct id member); /* the name under which tries are counted */
enum status factor_wrong(struct problem *problem, struct str where);
enum status factor_remove(struct session *session, struct id member, struct problem *problem) MUST_USE;

extern const struct record_type factor_begin_type, factor_code_type, factor_proof_type;

enum status factor_handle_get(struct request *, struct response *, struct problem *);
enum status factor_handle_begin(struct request *, struct response *, struct problem *);
enum status factor_handle_confirm(struct request *, struct response *, struct problem *);
enum status factor_handle_codes(struct request *, struct response *, struct problem *);
enum status factor_handle_remove(struct request *, struct response *, struct problem *);
enum status factor_handle_reset(struct request *, struct response *,
                                struct problem *); /* by an administrator */

#endif
