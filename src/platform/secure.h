/* Secrets: passwords, tokens, and what must lie encrypted in the records. On libsodium. */
#ifndef VAFA_PLATFORM_SECURE_H
#define VAFA_PLATFORM_SECURE_H
#include "base/problem.h"

enum { PASSWORD_HASH = 128, TOKEN_TEXT = 43, TOKEN_HASH = 32 };

#define SECURE_FILE "secret.key"
struct secure; /* the key of the data folder, and the right to hash passwords; safe on every thread */

/* Reads the key file secret.key of the folder, or with create makes it (0600). Refuses a key that others may
 * read. */
enum status secure_open(const char *folder, bool create, struct secure **ret,
                        struct problem *problem) MUST_USE;
void secure_close(struct secure *secure);

/* Argon2id, 64 MiB, 3 passes; at most two at once, so that signing in cannot eat the machine. out is
 * NUL-terminated text. */
enum status password_hash(struct secure *secure, struct str password, char out[PASSWORD_HASH],
                          struct problem *problem) MUST_USE;
/* With an empty hash (an unknown member) it does the same work and says no. UNAVAILABLE: no memory for the
 * work. */
enum status password_verify(struct secure *secure, struct str password, struct str hash, bool *right,
                            struct problem *problem) MUST_USE;

void token_make(char out[TOKEN_TEXT + 1]); /* 256 random bits as base64url text */
/* SHA-256 of the token's text: what the records keep. (256 random bits need no salt and no slow hash.) */
void token_hash(struct str token, uint8_t out[TOKEN_HASH]);
bool secure_equal(struct str a,
                  struct str b); /* takes the same time wherever they differ; lengths are not secret */

/* XChaCha20-Poly1305 with a random nonce. associated binds the secret to its place
 * ("connector/<id>/password"): opened elsewhere it is refused. Sealed bytes are binary: nonce and ciphertext.
 * BAD_INPUT: not sealed by this key, or for another place. */
struct str secret_seal(struct secure *secure, struct str plain, struct str associated, struct arena *arena);
enum status secret_open(struct secure *secure, struct str sealed, struct str associated, struct arena *arena,
                        struct str *plain, struct problem *problem) MUST_USE;

#endif
