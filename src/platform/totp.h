/* Codes of a second factor: RFC 6238 as every authenticator app takes it: HMAC-SHA-1, six digits, thirty
 * seconds. */
#ifndef VAFA_PLATFORM_TOTP_H
#define VAFA_PLATFORM_TOTP_H
#include "base/clock.h"
#include "base/str.h"

enum {
    TOTP_SECRET = 20, /* bytes: the length of the hash, as RFC 4226 advises */
    TOTP_DIGITS = 6,
    TOTP_SECONDS = 30,
    TOTP_DRIFT = 1, /* steps that a clock may be off, either way */
};

void totp_secret_make(uint8_t secret[TOTP_SECRET]); /* random */
/* The code of a step (HOTP of RFC 4226: the counter), 0 … 999,999. */
uint32_t totp_code(struct str secret, int64_t step);
static inline int64_t totp_step(instant_t at) {
    return at / (TOTP_SECONDS * 1000);
}
/* The step whose code `typed` is, within the drift around now and behind `last`: a code counts once, and none
 * that came before it. −1: no such step. Digits of any script and spaces between them are taken. */
int64_t totp_check(struct str secret, struct str typed, instant_t now, int64_t last, struct arena *arena);

/* RFC 4648 without padding, upper case. */
struct str base32_print(struct arena *arena, struct str bytes);
/* otpauth://totp/Issuer:account?secret=…&issuer=…: what a QR code for an authenticator app holds. */
struct str totp_uri(struct arena *arena, struct str issuer, struct str account, struct str secret);

#endif
