/* What a new password must be. Hashing is platform/secure.h. */
#ifndef VAFA_CUSTOMERS_PASSWORD_H
#define VAFA_CUSTOMERS_PASSWORD_H
#include "platform/route.h"

enum { PASSWORD_MOST = 128 }; /* characters; the least is the setting password.min_length */

/* Long enough, nothing that is tried first, nothing made of the person's own e-mail address. A fault at
 * `where`. */
enum status password_check(struct house *house, struct str password, struct str email, struct str where,
                           struct problem *problem) MUST_USE;

#endif
