#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "platform/dedupe_internal.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it has a macro of the name of fail() */

enum { DAY0 = 19000, BATCH = 1000 };

struct fixture {
    char folder[32];
    struct arena arena;
    struct problem problem;
};
static void setup(struct fixture *f) {
    *f = (struct fixture){.folder = "/tmp/vafa-dedupe-XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    f->problem.arena = &f->arena;
}
static void teardown(struct fixture *f) {
    char command[80];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    arena_free(&f->arena);
}
static struct dedupe *open_window(struct fixture *f, struct events *events, int days, size_t most,
                                  day_t today) {
    struct dedupe *dedupe = NULL;
    assert_int_equal(
        dedupe_open(f->folder, events, (struct dedupe_options){days, most}, today, &dedupe, &f->problem), OK);
    return dedupe;
}
static void advance(struct fixture *f, struct dedupe *dedupe, day_t today) {
    assert_int_equal(dedupe_advance(dedupe, today, &f->problem), OK);
}

/* splitmix64 (Vigna): key i of a stream. */
static uint64_t scramble(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
static struct event_key key_of(uint64_t i) {
    return (struct event_key){scramble(i), scramble(i + ((uint64_t)1 << 40))};
}
/* Sends keys [from, to) on a day; how many were new. */
static size_t send_range(struct dedupe *dedupe, uint64_t from, uint64_t to, day_t day) {
    struct event_key keys[BATCH];
    day_t days[BATCH];
    bool seen[BATCH];
    size_t fresh = 0;
    for (uint64_t at = from; at < to;) {
        size_t n = to - at < BATCH ? to - at : BATCH;
        for (size_t i = 0; i < n; i++) {
            keys[i] = key_of(at + i);
            days[i] = day;
        }
        dedupe_check(dedupe, keys, days, n, seen);
        for (size_t i = 0; i < n; i++)
            fresh += !seen[i];
        at += n;
    }
    return fresh;
}

static void test_table(void **state) {
    (void)state;
    /* Against a plain array: puts and questions in a random order, with keys that share shards and slots. */
    struct key_table table = {0};
    enum { KEYS = 3000 };
    static bool in[KEYS];
    size_t n = 0;
    uint64_t x = 1;
    for (int step = 0; step < 200000; step++) {
        x = scramble(x);
        unsigned k = (unsigned)(x % KEYS);
        struct event_key key = {k / 100, k % 100}; /* {0, 0} among them, all in few shards */
        if (x >> 40 & 1) {
            assert_int_equal(table_put(&table, key), !in[k]);
            n += !in[k];
            in[k] = true;
        } else {
            assert_int_equal(table_has(&table, key), in[k]);
        }
        assert_int_equal(table.n, n);
    }
    for (unsigned k = 0; k < KEYS; k++)
        assert_int_equal(table_has(&table, (struct event_key){k / 100, k % 100}), in[k]);
    struct event_key *keys = table_keys(&table);
    for (size_t i = 0; i < n; i++)
        assert_true(in[keys[i].high * 100 + keys[i].low]);
    free(keys);
    table_free(&table);
}

static void test_file_search(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    for (int uneven = 0; uneven < 2; uneven++)
        for (size_t n = 0; n < 3000; n = n * 2 + 1) {
            struct event_key *keys = memory_new((n + 1) * sizeof *keys);
            for (size_t i = 0; i < n; i++)
                keys[i] = uneven ? (struct event_key){i / 9 * 3, i * 2} : key_of(i);
            keys_sort(keys, n);
            for (size_t i = 1; i < n; i++)
                assert_true(keys[i - 1].high < keys[i].high ||
                            (keys[i - 1].high == keys[i].high && keys[i - 1].low < keys[i].low));
            assert_int_equal(key_file_write(f.folder, 7, keys, n, false, &f.problem), OK);
            struct key_file file;
            assert_int_equal(key_file_open(f.folder, 7, &file), OK);
            for (size_t i = 0; i < n; i++) {
                assert_true(key_file_has(&file, keys[i]));
                assert_false(key_file_has(&file, (struct event_key){keys[i].high, keys[i].low + 1}));
                assert_false(key_file_has(&file, (struct event_key){keys[i].high + 1, keys[i].low}));
            }
            assert_false(key_file_has(&file, (struct event_key){0, UINT64_MAX}));
            assert_false(key_file_has(&file, (struct event_key){UINT64_MAX, UINT64_MAX}));
            key_file_close(&file);
            free(keys);
        }
    teardown(&f);
}

/* A million keys, sent again after an hour, a day and 29 days: none is taken twice. */
static void test_million_replayed(void **state) {
    (void)state;
    enum { MILLION = 1000000 };
    struct fixture f;
    setup(&f);
    struct dedupe *dedupe = open_window(&f, NULL, 30, 0, DAY0);
    assert_int_equal(send_range(dedupe, 0, MILLION, DAY0), MILLION);
    assert_int_equal(send_range(dedupe, 0, MILLION, DAY0), 0);
    advance(&f, dedupe, DAY0 + 1);
    assert_int_equal(send_range(dedupe, 0, MILLION, DAY0 + 1), 0);
    for (day_t day = DAY0 + 2; day <= DAY0 + 29; day++) {
        advance(&f, dedupe, day);
        assert_int_equal(send_range(dedupe, MILLION + day * 100, MILLION + day * 100 + 100, day), 100);
        if (day == DAY0 + 2) assert_int_equal(send_range(dedupe, 0, MILLION, day), 0);
    }
    assert_int_equal(send_range(dedupe, 0, MILLION, DAY0 + 29), 0);
    assert_int_equal(dedupe_size(dedupe), MILLION + 2800);
    dedupe_close(dedupe);
    dedupe = open_window(&f, NULL, 30, 0, DAY0 + 29); /* what is in files outlives the process */
    assert_int_equal(send_range(dedupe, 0, MILLION, DAY0 + 29), 0);
    assert_int_equal(dedupe_window_start(dedupe), DAY0 - 1);
    advance(&f, dedupe, DAY0 + 30);
    assert_int_equal(send_range(dedupe, 0, 1000, DAY0 + 30), 0);
    advance(&f, dedupe, DAY0 + 31); /* out of the window */
    assert_int_equal(dedupe_window_start(dedupe), DAY0 + 1);
    assert_int_equal(send_range(dedupe, 0, 1000, DAY0 + 31), 1000);
    dedupe_close(dedupe);
    teardown(&f);
}

static void test_same_call_and_odd_clocks(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct dedupe *dedupe = open_window(&f, NULL, 30, 0, DAY0);
    struct event_key keys[4] = {key_of(1), key_of(2), key_of(1), {0, 0}};
    day_t days[4] = {DAY0, DAY0, DAY0, DAY0};
    bool seen[4];
    dedupe_check(dedupe, keys, days, 4, seen);
    assert_false(seen[0]);
    assert_false(seen[1]);
    assert_true(seen[2]);
    assert_false(seen[3]);
    dedupe_check(dedupe, keys, days, 4, seen);
    for (int i = 0; i < 4; i++)
        assert_true(seen[i]);
    advance(&f, dedupe, DAY0 + 1);
    assert_int_equal(dedupe_size(dedupe), 3);
    /* A clock that goes back, or far ahead, loses nothing. */
    assert_int_equal(send_range(dedupe, 100, 200, DAY0 - 3000), 100);
    assert_int_equal(send_range(dedupe, 200, 300, DAY0 + 3000), 100);
    advance(&f, dedupe, DAY0 - 5);
    advance(&f, dedupe, DAY0 + 3);
    assert_int_equal(send_range(dedupe, 100, 300, DAY0 + 3), 0);
    dedupe_close(dedupe);
    teardown(&f);
}

static void test_limit_shortens(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct dedupe *dedupe = open_window(&f, NULL, 30, 2500, DAY0);
    for (day_t i = 0; i < 5; i++) {
        advance(&f, dedupe, DAY0 + i);
        assert_int_equal(send_range(dedupe, (uint64_t)i * 1000, (uint64_t)i * 1000 + 1000, DAY0 + i), 1000);
    }
    advance(&f, dedupe, DAY0 + 4); /* 5,000 keys: the three oldest days go */
    assert_int_equal(dedupe_size(dedupe), 2000);
    assert_int_equal(dedupe_window_start(dedupe), DAY0 + 3);
    assert_int_equal(send_range(dedupe, 3000, 5000, DAY0 + 4), 0);
    dedupe_close(dedupe);
    dedupe = open_window(&f, NULL, 30, 2500, DAY0 + 4);
    assert_int_equal(dedupe_window_start(dedupe), DAY0 + 3);
    dedupe_close(dedupe);
    teardown(&f);
}

/* Files are derived: the open days, a file that is gone and one that is damaged come back from the store;
 * imported rows stay out. */
static void test_rebuilt_from_store(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct events *events;
    assert_int_equal(events_open(f.folder, true, 256, &events, &f.problem), OK);
    for (unsigned i = 0; i < 6000; i++) { /* a thousand a day */
        struct event e = {
            .key = key_of(i), .received = (instant_t)(DAY0 + i / 1000) * DEDUPE_DAY_MS + i, .count = 1};
        e.flags = i % 1000 == 7 ? EVENT_IMPORTED : 0;
        assert_int_equal(events_append(events, &e, 1, &f.problem), OK);
    }
    assert_int_equal(events_commit(events, 1, &f.problem), OK);
    struct dedupe *dedupe = open_window(&f, events, 30, 0, DAY0 + 5);
    for (int round = 0; round < 4; round++) {
        assert_int_equal(dedupe_size(dedupe), 6 * 999);
        assert_int_equal(send_range(dedupe, 0, 6000, DAY0 + 5), 6); /* the imported ones */
        advance(&f, dedupe, DAY0 + 5);
        dedupe_close(dedupe);
        char path[64];
        snprintf(path, sizeof path, "%s/dedupe/%d.keys", f.folder, DAY0 + round);
        if (round == 1) assert_int_equal(unlink(path), 0);
        if (round == 2) assert_int_equal(truncate(path, 500), 0);
        if (round == 0) {
            int file = open(path, O_RDWR);
            assert_true(file >= 0);
            char byte;
            assert_int_equal(pread(file, &byte, 1, 300), 1);
            byte ^= 1;
            assert_int_equal(pwrite(file, &byte, 1, 300), 1);
            close(file);
        }
        dedupe = open_window(&f, events, 30, 0, DAY0 + 5);
    }
    dedupe_close(dedupe);
    events_close(events);
    teardown(&f);
}

struct sender {
    struct dedupe *dedupe;
    size_t fresh;
};
static void *send_all(void *self) {
    struct sender *sender = self;
    for (day_t day = 0; day < 6; day++)
        sender->fresh +=
            send_range(sender->dedupe, (uint64_t)day * 20000, (uint64_t)day * 20000 + 20000, DAY0 + day);
    return NULL;
}
/* Two threads send the same keys while days end: each key is taken once. */
static void test_threads(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct dedupe *dedupe = open_window(&f, NULL, 30, 0, DAY0);
    pthread_t threads[2];
    struct sender senders[2] = {{dedupe, 0}, {dedupe, 0}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    for (day_t day = 0; day < 10; day++)
        advance(&f, dedupe, DAY0 + day);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(senders[0].fresh + senders[1].fresh, 120000);
    assert_int_equal(dedupe_size(dedupe), 120000);
    dedupe_close(dedupe);
    teardown(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_file_search),
        cmocka_unit_test(test_million_replayed),
        cmocka_unit_test(test_same_call_and_odd_clocks),
        cmocka_unit_test(test_limit_shortens),
        cmocka_unit_test(test_rebuilt_from_store),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
