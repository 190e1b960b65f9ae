#include "platform/secure.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PASSES = 3,
    MEMORY = 64 * 1024 * 1024,
    AT_ONCE = 2,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
};
enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

_Static_assert((int)PASSWORD_HASH == (int)crypto_pwhash_STRBYTES &&
                   (int)TOKEN_HASH == (int)crypto_hash_sha256_BYTES,
               "sizes");

struct secure {
    uint8_t key[KEY];
    pthread_mutex_t lock;
    pthread_cond_t free;
    int hashing;
};

/* ---- The key file ---- */

static enum status make_key(struct secure *secure, const char *path, struct problem *problem) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return fail_errno(problem, "create", path, errno);
    randombytes_buf(secure->key, sizeof secure->key);
    enum status status = OK;
    if (write(file, secure->key, sizeof secure->key) != (ssize_t)sizeof secure->key || fsync(file)) {
        status = fail_errno(problem, "write", path, errno);
        unlink(path);
    }
    close(file);
    return status;
}

static enum status read_key(struct secure *secure, const char *path, struct problem *problem) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return fail_errno(problem, "open", path, errno);
    struct stat about;
    enum status status = OK;
    if (fstat(file, &about)) {
        status = fail_errno(problem, "read", path, errno);
    } else if (about.st_mode & 077) {
        status = fail(
            problem, FORBIDDEN,
            MESSAGE(
                "key_readable", "Others may read the key “{0}”; run: chmod 600 {0}",
                "دیگران می‌توانند کلید «{0}» را بخوانند؛ اجرا کنید: chmod 600 "
                "{0}"),
            ARGS(str_of(path)));
    } else if (about.st_size != KEY || read(file, secure->key, KEY) != KEY) {
        status = fail(problem, UNAVAILABLE,
                      MESSAGE("key_damaged", "The key “{0}” is damaged. Restore it from a backup.",
                              "کلید «{0}» آسیب دیده است. آن را از پشتیبان بازگردانید."),
                      ARGS(str_of(path)));
    }
    close(file);
    return status;
}

enum status secure_open(const char *folder, bool create, struct secure **ret, struct problem *problem) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/" SECURE_FILE, folder);
    if (n < 0 || (size_t)n >= sizeof path) return fail_errno(problem, "open", folder, ENAMETOOLONG);
    if (sodium_init() < 0)
        return fail(problem, INTERNAL,
                    MESSAGE("no_randomness", "The machine gives no random numbers.",
                            "این دستگاه عدد تصادفی فراهم نمی‌کند."),
                    NO_ARGS);
    struct secure *secure = memory_new(sizeof *secure);
    pthread_mutex_init(&secure->lock, NULL);
    pthread_cond_init(&secure->free, NULL);
    enum status status = create ? make_key(secure, path, problem) : read_key(secure, path, problem);
    if (status)
        secure_close(secure);
    else
        *ret = secure;
    return status;
}

void secure_close(struct secure *secure) {
    if (!secure) return;
    pthread_mutex_destroy(&secure->lock);
    pthread_cond_destroy(&secure->free);
    sodium_memzero(secure, sizeof *secure);
    free(secure);
}

/* ---- Passwords ---- */

static void enter(struct secure *secure) {
    pthread_mutex_lock(&secure->lock);
    while (secure->hashing == AT_ONCE)
        pthread_cond_wait(&secure->free, &secure->lock);
    secure->hashing++;
    pthread_mutex_unlock(&secure->lock);
}

static void leave(struct secure *secure) {
    pthread_mutex_lock(&secure->lock);
    secure->hashing--;
    pthread_cond_signal(&secure->free);
    pthread_mutex_unlock(&secure->lock);
}

enum status password_hash(struct secure *secure, struct str password, char out[PASSWORD_HASH],
                          struct problem *problem) {
    enter(secure);
    int failed = crypto_pwhash_str(out, password.p ? password.p : "", password.n, PASSES, MEMORY);
    leave(secure);
    return failed ? fail_errno(problem, "hash", "password", ENOMEM) : OK;
}

enum status password_verify(struct secure *secure, struct str password, struct str hash, bool *right,
                            struct problem *problem) {
    char text[PASSWORD_HASH] = {0};
    bool known = hash.n > 0 && hash.n < sizeof text;
    if (known) memcpy(text, hash.p, hash.n);
    const char *p = password.p ? password.p : "";
    uint8_t ignored[32], salt[crypto_pwhash_SALTBYTES] = {0};
    errno = 0;
    enter(secure);
    int failed = known ? crypto_pwhash_str_verify(text, p, password.n)
                       : crypto_pwhash(ignored, sizeof ignored, p, password.n, salt, PASSES, MEMORY,
                                       crypto_pwhash_ALG_ARGON2ID13);
    int error = errno;
    leave(secure);
    *right = known && !failed;
    return failed && error == ENOMEM ? fail_errno(problem, "check", "password", ENOMEM) : OK;
}

/* ---- Tokens ---- */

void token_make(char out[TOKEN_TEXT + 1]) {
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    sodium_bin2base64(out, TOKEN_TEXT + 1, random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof random);
}

void token_hash(struct str token, uint8_t out[TOKEN_HASH]) {
    crypto_hash_sha256(out, (const uint8_t *)(token.p ? token.p : ""), token.n);
}

bool secure_equal(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

/* ---- Sealed secrets ---- */

struct str secret_seal(struct secure *secure, struct str plain, struct str associated, struct arena *arena) {
    uint8_t *sealed = arena_alloc(arena, NONCE + plain.n + TAG);
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, (const uint8_t *)plain.p, plain.n,
                                               (const uint8_t *)associated.p, associated.n, NULL, sealed,
                                               secure->key);
    return (struct str){(const char *)sealed, NONCE + plain.n + TAG};
}

enum status secret_open(struct secure *secure, struct str sealed, struct str associated, struct arena *arena,
                        struct str *plain, struct problem *problem) {
    size_t n = sealed.n < NONCE + TAG ? 0 : sealed.n - NONCE - TAG;
    uint8_t *out = arena_alloc(arena, n + 1);
    const uint8_t *p = (const uint8_t *)sealed.p;
    if (sealed.n < NONCE + TAG || crypto_aead_xchacha20poly1305_ietf_decrypt(
                                      out, NULL, NULL, p + NONCE, sealed.n - NONCE,
                                      (const uint8_t *)associated.p, associated.n, p, secure->key))
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "secret_not_ours", "A stored secret cannot be opened with this folder's key; enter it again.",
                "رمز ذخیره‌شده با کلید این پوشه باز نمی‌شود؛ آن را دوباره وارد "
                "کنید."),
            NO_ARGS);
    *plain = (struct str){(const char *)out, n};
    return OK;
}
