/* Secrets: passwords, tokens (SHA-256 checked against FIPS 180-2), sealed values, the key file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "platform/secure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char folder[64], key[96];
    struct arena arena;
    struct problem problem;
    struct secure *secure;
};

static int set_up(void **state) {
    struct place *place = memory_new(sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/vafa-secure-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->key, sizeof place->key, "%s/secret.key", place->folder);
    place->problem.arena = &place->arena;
    assert_int_equal(secure_open(place->folder, true, &place->secure, &place->problem), OK);
    *state = place;
    return 0;
}

static int tear_down(void **state) {
    struct place *place = *state;
    secure_close(place->secure);
    unlink(place->key);
    assert_int_equal(rmdir(place->folder), 0);
    arena_free(&place->arena);
    free(place);
    return 0;
}

static void hashes_passwords(void **state) {
    struct place *place = *state;
    char hash[PASSWORD_HASH], second[PASSWORD_HASH];
    struct str password = STR("گذرواژهٔ درست");
    assert_int_equal(password_hash(place->secure, password, hash, &place->problem), OK);
    assert_int_equal(password_hash(place->secure, password, second, &place->problem), OK);
    assert_string_not_equal(hash, second); /* salted */
    assert_non_null(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
    bool right = false;
    assert_int_equal(password_verify(place->secure, password, str_of(hash), &right, &place->problem), OK);
    assert_true(right);
    assert_int_equal(
        password_verify(place->secure, STR("گذرواژهٔ نادرست"), str_of(hash), &right, &place->problem), OK);
    assert_false(right);
    right = true;
    assert_int_equal(password_verify(place->secure, password, (struct str){0}, &right, &place->problem), OK);
    assert_false(right);
    right = true;
    assert_int_equal(password_verify(place->secure, password, STR("not a hash"), &right, &place->problem),
                     OK);
    assert_false(right);
}

static void makes_tokens(void **state) {
    (void)state;
    char a[TOKEN_TEXT + 1], b[TOKEN_TEXT + 1];
    token_make(a);
    token_make(b);
    assert_int_equal(strlen(a), 43);
    assert_string_not_equal(a, b);
    assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    static const uint8_t abc[TOKEN_HASH] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                            0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                            0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t hash[TOKEN_HASH];
    token_hash(STR("abc"), hash);
    assert_memory_equal(hash, abc, sizeof abc);
    assert_true(secure_equal(STR("abc"), STR("abc")));
    assert_false(secure_equal(STR("abc"), STR("abd")));
    assert_false(secure_equal(STR("abc"), STR("abcd")));
    assert_true(secure_equal((struct str){0}, STR("")));
}

static void seals_and_opens(void **state) {
    struct place *place = *state;
    struct str sealed = secret_seal(place->secure, STR("s3cret"), STR("connector/1/password"), &place->arena);
    assert_int_equal(sealed.n, 24 + 6 + 16);
    assert_null(memmem(sealed.p, sealed.n, "s3cret", 6));
    struct str plain;
    assert_int_equal(secret_open(place->secure, sealed, STR("connector/1/password"), &place->arena, &plain,
                                 &place->problem),
                     OK);
    assert_true(str_is(plain, "s3cret"));
    assert_int_equal(secret_open(place->secure, sealed, STR("connector/2/password"), &place->arena, &plain,
                                 &place->problem),
                     BAD_INPUT);
    for (size_t i = 0; i < sealed.n; i++) {
        struct str changed = str_copy(&place->arena, sealed);
        ((char *)changed.p)[i] ^= 1;
        assert_int_equal(secret_open(place->secure, changed, STR("connector/1/password"), &place->arena,
                                     &plain, &place->problem),
                         BAD_INPUT);
    }
    for (size_t n = 0; n < sealed.n; n++)
        assert_int_equal(secret_open(place->secure, (struct str){sealed.p, n}, STR("connector/1/password"),
                                     &place->arena, &plain, &place->problem),
                         BAD_INPUT);
    secure_close(place->secure); /* the key is the folder's, not the process's */
    assert_int_equal(secure_open(place->folder, false, &place->secure, &place->problem), OK);
    assert_int_equal(secret_open(place->secure, sealed, STR("connector/1/password"), &place->arena, &plain,
                                 &place->problem),
                     OK);
}

static void guards_its_key(void **state) {
    struct place *place = *state;
    struct stat about;
    assert_int_equal(stat(place->key, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, 32);
    struct secure *second;
    assert_int_equal(secure_open(place->folder, true, &second, &place->problem),
                     UNAVAILABLE); /* never overwritten */
    assert_int_equal(chmod(place->key, 0640), 0);
    assert_int_equal(secure_open(place->folder, false, &second, &place->problem), FORBIDDEN);
    assert_string_equal(place->problem.main.message.code, "key_readable");
    assert_int_equal(chmod(place->key, 0600), 0);
    assert_int_equal(truncate(place->key, 31), 0);
    assert_int_equal(secure_open(place->folder, false, &second, &place->problem), UNAVAILABLE);
    assert_string_equal(place->problem.main.message.code, "key_damaged");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(hashes_passwords), TEST(makes_tokens), TEST(seals_and_opens),
                                       TEST(guards_its_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
