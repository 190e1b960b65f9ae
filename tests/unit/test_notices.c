/* Change notices: coalesced, in order, for all at once, and across threads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "platform/notices.h"

#include <pthread.h>

enum { WRITERS = 3, ACCOUNTS = 5000, NEVER = 60000 };

static void coalesces(void **state) {
    (void)state;
    struct notices *notices = notices_new();
    uint32_t accounts[8];
    unsigned kinds = 77;
    assert_int_equal(notices_take(notices, accounts, NULL, 8, 0, &kinds), 0);
    assert_int_equal(kinds, 0);
    notices_put(notices, 5, NOTICE_USAGE);
    notices_put(notices, 100000, NOTICE_RECORDS);
    notices_put(notices, 5, NOTICE_USAGE | NOTICE_DIRECTORY);
    notices_put(notices, 7, NOTICE_CATALOGUE);
    assert_int_equal(notices_take(notices, accounts, NULL, 2, NEVER, &kinds), 2);
    assert_int_equal(accounts[0], 5);
    assert_int_equal(accounts[1], 100000);
    assert_int_equal(kinds, NOTICE_USAGE | NOTICE_DIRECTORY | NOTICE_RECORDS);
    notices_put(notices, 5, NOTICE_USAGE); /* taken, so it is touched anew */
    assert_int_equal(notices_take(notices, accounts, NULL, 8, NEVER, &kinds), 2);
    assert_int_equal(accounts[0], 7);
    assert_int_equal(accounts[1], 5);
    assert_int_equal(kinds, NOTICE_CATALOGUE | NOTICE_USAGE);
    notices_free(notices);
}

static void every_account_swallows_the_rest(void **state) {
    (void)state;
    struct notices *notices = notices_new();
    uint32_t accounts[8];
    unsigned kinds;
    notices_put(notices, 5, NOTICE_USAGE);
    notices_put(notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    notices_put(notices, 6, NOTICE_RECORDS);
    assert_int_equal(notices_take(notices, accounts, NULL, 8, NEVER, &kinds), 1);
    assert_int_equal(accounts[0], NOTICE_EVERY_ACCOUNT);
    assert_int_equal(kinds, NOTICE_USAGE | NOTICE_CATALOGUE | NOTICE_RECORDS);
    assert_int_equal(notices_take(notices, accounts, NULL, 8, 0, &kinds), 0);
    notices_put(notices, 5, NOTICE_USAGE);
    assert_int_equal(notices_take(notices, accounts, NULL, 8, NEVER, &kinds), 1);
    notices_free(notices);
}

static void *put_all(void *argument) {
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        notices_put(argument, i, NOTICE_USAGE);
    return NULL;
}

static void *wait_for_end(void *argument) {
    uint32_t account;
    unsigned kinds;
    return (void *)(intptr_t)notices_take(argument, &account, NULL, 1, NEVER, &kinds);
}

static void crosses_threads(void **state) {
    (void)state;
    struct notices *notices = notices_new();
    static uint8_t seen[ACCOUNTS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_all, notices), 0);
    size_t distinct = 0;
    while (distinct < ACCOUNTS) {
        uint32_t accounts[64];
        unsigned kinds;
        size_t n = notices_take(notices, accounts, NULL, 64, NEVER, &kinds);
        assert_true(n > 0);
        assert_int_equal(kinds, NOTICE_USAGE);
        for (size_t i = 0; i < n; i++)
            distinct += !seen[accounts[i]], seen[accounts[i]] = 1;
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    uint32_t rest[ACCOUNTS];
    unsigned kinds;
    while (notices_take(notices, rest, NULL, ACCOUNTS, 0, &kinds))
        continue;
    pthread_t waiter;
    assert_int_equal(pthread_create(&waiter, NULL, wait_for_end, notices), 0);
    notices_stop(notices);
    void *taken;
    pthread_join(waiter, &taken);
    assert_null(taken);
    assert_int_equal(notices_take(notices, rest, NULL, 1, NEVER, &kinds), 0); /* for good */
    notices_free(notices);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(coalesces),
                                       cmocka_unit_test(every_account_swallows_the_rest),
                                       cmocka_unit_test(crosses_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
