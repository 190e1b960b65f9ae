#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "platform/journal.h"
#include "platform/journal_io.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it has a macro of the name of fail() */

enum { HEADER = 24 };

/* ---- a folder of its own, and an I/O table that fails ---- */

struct fixture {
    char root[32], folder[64];
    struct arena arena;
    struct problem problem;
    pthread_mutex_t lock;
    int calls, fail_from, fail_to,
        error; /* calls [from, to) fail; counted over all four kinds that `kinds` names */
    bool count_write, count_sync, count_rename;
    bool half; /* a failing write writes half of it first */
};

static bool should_fail(struct fixture *f, bool counted) {
    if (!counted) return false;
    pthread_mutex_lock(&f->lock);
    int call = f->calls++;
    bool fails = call >= f->fail_from && call < f->fail_to;
    pthread_mutex_unlock(&f->lock);
    if (fails) errno = f->error;
    return fails;
}
static ssize_t faulty_write(void *self, int file, const void *data, size_t n, off_t at) {
    struct fixture *f = self;
    if (should_fail(f, f->count_write)) {
        if (f->half) assert_true(pwrite(file, data, n / 2, at) >= 0);
        errno = f->error;
        return -1;
    }
    return pwrite(file, data, n > 7 ? n / 2 + 1 : n, at); /* short writes are normal */
}
static int faulty_sync(void *self, int file) {
    struct fixture *f = self;
    return should_fail(f, f->count_sync) ? -1 : fdatasync(file);
}
static int faulty_rename(void *self, int folder, const char *from, const char *to) {
    struct fixture *f = self;
    return should_fail(f, f->count_rename) ? -1 : renameat(folder, from, folder, to);
}
static int faulty_sync_folder(void *self, int folder) {
    struct fixture *f = self;
    return should_fail(f, f->count_rename) ? -1 : fsync(folder);
}

static void remove_folder(const char *folder) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void setup(struct fixture *f) {
    *f = (struct fixture){.lock = PTHREAD_MUTEX_INITIALIZER, .error = EIO};
    strncpy(f->root, "/tmp/vafa-journal-XXXXXX", sizeof f->root - 1);
    assert_non_null(mkdtemp(f->root));
    snprintf(f->folder, sizeof f->folder, "%s/journal", f->root);
    f->problem.arena = &f->arena;
}
static void teardown(struct fixture *f) {
    remove_folder(f->root);
    arena_free(&f->arena);
}

static struct journal *open_with(struct fixture *f, struct journal_options options) {
    struct journal *journal = NULL;
    if (!options.segment_bytes) options.segment_bytes = 4096;
    if (!options.backlog_bytes) options.backlog_bytes = 1 << 30;
    enum status status = journal_open(f->folder, options, &journal, &f->problem);
    if (status) print_error("%s\n", f->problem.main.message.en);
    assert_int_equal(status, OK);
    return journal;
}

/* ---- frames whose bytes tell their number ---- */

static struct str frame_of(unsigned number, char *space, size_t n) {
    snprintf(space, 16, "%08u:", number);
    for (size_t i = 9; i < n; i++)
        space[i] = (char)('a' + (number * 31 + i) % 26);
    return (struct str){space, n};
}
static size_t length_of(unsigned number) {
    return 9 + number * 37 % 400;
}
static enum status append_number(struct journal *journal, unsigned number) {
    char space[512];
    struct str frame = frame_of(number, space, length_of(number));
    struct str parts[3] = {str_slice(frame, 0, 4), {0}, str_slice(frame, 4, frame.n)};
    return journal_append_wait(journal, parts, 3);
}
static unsigned number_of(struct str frame) {
    char space[512];
    assert_true(frame.n >= 9 && frame.n < sizeof space);
    unsigned number = (unsigned)strtoul(frame.p, NULL, 10);
    assert_int_equal(frame.n, length_of(number));
    assert_memory_equal(frame.p, frame_of(number, space, frame.n).p, frame.n);
    return number;
}

struct numbers {
    VEC(unsigned) list;
    VEC(journal_offset) after;
};
static void numbers_free(struct numbers *n) {
    VEC_FREE(&n->list);
    VEC_FREE(&n->after);
}
static enum status read_all(struct journal *journal, journal_offset from, struct numbers *out,
                            struct problem *problem) {
    struct journal_reader *reader = journal_reader_open(journal, from);
    struct str frame;
    journal_offset at, after, expected = from;
    enum status status;
    while (!(status = journal_next(reader, 0, &frame, &at, &after, problem))) {
        assert_int_equal(at, expected);
        expected = after;
        VEC_PUSH(&out->list, number_of(frame));
        VEC_PUSH(&out->after, after);
    }
    journal_reader_close(reader);
    return status;
}

static void test_append_read_reopen(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    for (unsigned round = 0; round < 3; round++) {
        struct journal *journal = open_with(&f, (struct journal_options){.spare_segments = 2});
        for (unsigned i = 0; i < 100; i++)
            assert_int_equal(append_number(journal, round * 100 + i), OK);
        struct numbers read = {0};
        assert_int_equal(read_all(journal, 0, &read, &f.problem), NOT_FOUND);
        assert_int_equal(read.list.n, (round + 1) * 100);
        for (unsigned i = 0; i < read.list.n; i++)
            assert_int_equal(read.list.v[i], i);
        assert_int_equal(read.after.v[read.list.n - 1], journal_end(journal));
        assert_int_equal(journal_backlog(journal), journal_end(journal));
        numbers_free(&read);
        journal_close(journal);
    }
    teardown(&f);
}

static void test_start_and_limits(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct journal *journal = open_with(
        &f, (struct journal_options){.start = 1000000, .backlog_bytes = 3000, .segment_bytes = 4096});
    assert_int_equal(journal_end(journal), 1000000);
    static char big[8192];
    assert_int_equal(journal_append_wait(journal, &(struct str){big, 4096 - HEADER + 1}, 1), TOO_LARGE);
    assert_int_equal(journal_append_wait(journal, &(struct str){big, 3000 - HEADER + 1}, 1), LIMITED);
    assert_int_equal(journal_append_wait(journal, &(struct str){big, 1500 - HEADER}, 1),
                     OK); /* 1,504 with its padding */
    assert_int_equal(journal_append_wait(journal, &(struct str){big, 1500 - HEADER}, 1), LIMITED);
    assert_int_equal(journal_append_wait(journal, NULL, 0), OK); /* an empty frame is a frame */
    assert_int_equal(journal_end(journal), 1000000 + 1504 + HEADER);
    journal_release(journal, 1000000 + 1504);
    assert_int_equal(journal_backlog(journal), HEADER);
    assert_int_equal(journal_append_wait(journal, &(struct str){big, 1500 - HEADER}, 1), OK);

    struct journal_reader *reader = journal_reader_open(journal, 1000000);
    struct str frame;
    journal_offset at, after;
    assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), OK);
    assert_int_equal(frame.n, 1500 - HEADER);
    assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), OK);
    assert_int_equal(frame.n, 0);
    assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), OK);
    assert_int_equal(journal_next(reader, 1, &frame, &at, &after, &f.problem), NOT_FOUND);
    journal_reader_close(reader);
    reader = journal_reader_open(journal, 5);
    assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), INTERNAL);
    assert_string_equal(f.problem.main.message.code, "journal_outside");
    journal_reader_close(reader);
    reader = journal_reader_open(journal, 1000008); /* no frame starts there */
    assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), INTERNAL);
    assert_string_equal(f.problem.main.message.code, "journal_damaged");
    journal_reader_close(reader);
    journal_close(journal);
    teardown(&f);
}

static size_t count_files(struct fixture *f, const char *end) {
    DIR *folder = opendir(f->folder);
    assert_non_null(folder);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(folder));)
        n += strstr(e->d_name, end) != NULL;
    closedir(folder);
    return n;
}

static void test_recycling(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    unsigned number = 0;
    journal_offset released = 0;
    for (int round = 0; round < 5; round++) {
        struct journal *journal =
            open_with(&f, (struct journal_options){.spare_segments = 3, .segment_bytes = 1024});
        struct journal_reader *reader = journal_reader_open(journal, released);
        for (unsigned i = 0; i < 500; i++, number++) {
            assert_int_equal(append_number(journal, number), OK);
            if (i % 7) continue; /* the reader follows in steps and lets go of what it read */
            struct str frame;
            journal_offset at, after = 0;
            unsigned expected = number < 7 || !i ? number : number - 6;
            for (; expected <= number; expected++) {
                assert_int_equal(journal_next(reader, 0, &frame, &at, &after, &f.problem), OK);
                assert_int_equal(number_of(frame), expected);
            }
            released = after;
            journal_release(journal, after);
        }
        struct str frame;
        journal_offset at, after;
        while (!journal_next(reader, 0, &frame, &at, &after, &f.problem))
            released = after;
        journal_release(journal, released);
        journal_reader_close(reader);
        assert_int_equal(journal_backlog(journal), 0);
        journal_close(journal);
        assert_int_equal(count_files(&f, ".segment"), 1);
        assert_true(count_files(&f, "spare-") <= 4);
    }
    teardown(&f);
}

/* ---- faults ---- */

struct outcome {
    VEC(unsigned) acked, failed;
};

/* Numbers appended one after the other; one that failed is sent again, later, until it is taken. */
static void drive(struct journal *journal, struct outcome *outcome, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        enum status status = append_number(journal, i);
        assert_true(status == OK || status == UNAVAILABLE);
        if (status)
            VEC_PUSH(&outcome->failed, i);
        else
            VEC_PUSH(&outcome->acked, i);
    }
}
static void assert_is_what_was_acked(struct fixture *f, struct journal *journal,
                                     const struct outcome *outcome) {
    struct numbers read = {0};
    assert_int_equal(read_all(journal, 0, &read, &f->problem), NOT_FOUND);
    assert_int_equal(read.list.n, outcome->acked.n);
    for (size_t i = 0; i < read.list.n; i++)
        assert_int_equal(read.list.v[i], outcome->acked.v[i]);
    numbers_free(&read);
}

enum { KIND_WRITE, KIND_SYNC, KIND_RENAME, KINDS };

/* The nth call fails once, or from then on, until the disk is well again: nothing that failed is ever read,
 * nothing acknowledged is missing, now and after a reopen; what was refused is taken when it is sent again.
 */
static void test_failing_calls(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (int sticky = 0; sticky < 2; sticky++)
            for (int nth = 0; nth < 40; nth++) {
                struct fixture f;
                setup(&f);
                f.count_write = kind == KIND_WRITE;
                f.count_sync = kind == KIND_SYNC;
                f.count_rename = kind == KIND_RENAME;
                f.half = nth & 1;
                f.error = nth % 3 ? EIO : ENOSPC;
                f.fail_from = nth;
                f.fail_to = sticky ? INT32_MAX : nth + 1;
                struct journal_io io = {faulty_write, faulty_sync, faulty_rename, faulty_sync_folder, &f};
                struct journal_options options = {.segment_bytes = 2048, .spare_segments = 1, .io = &io};
                struct journal *journal = open_with(&f, options);
                struct outcome outcome = {0};
                drive(journal, &outcome, 30);
                if (sticky && kind != KIND_WRITE && nth < 5) assert_true(outcome.failed.n > 0);
                assert_is_what_was_acked(&f, journal, &outcome);
                pthread_mutex_lock(&f.lock);
                f.fail_to = 0;
                pthread_mutex_unlock(&f.lock);
                if (kind == KIND_RENAME) { /* a seal in doubt: refused until opened anew */
                    enum status status = append_number(journal, 1000);
                    assert_true(status == OK || status == UNAVAILABLE);
                    if (!status) VEC_PUSH(&outcome.acked, 1000);
                } else { /* well again, without a reopen */
                    assert_int_equal(append_number(journal, 1000), OK);
                    VEC_PUSH(&outcome.acked, 1000);
                }
                assert_is_what_was_acked(&f, journal, &outcome);
                journal_close(journal);
                journal = open_with(&f, options);
                assert_is_what_was_acked(&f, journal, &outcome);
                for (size_t i = 0; i < outcome.failed.n; i++) {
                    assert_int_equal(append_number(journal, outcome.failed.v[i]), OK);
                    VEC_PUSH(&outcome.acked, outcome.failed.v[i]);
                }
                assert_is_what_was_acked(&f, journal, &outcome);
                journal_close(journal);
                VEC_FREE(&outcome.acked);
                VEC_FREE(&outcome.failed);
                teardown(&f);
            }
}

/* ---- torn tails and damage ---- */

static void find_segment(struct fixture *f, size_t which, char out[400]) {
    struct dirent **names;
    int n = scandir(f->folder, &names, NULL, alphasort);
    assert_true(n > 0);
    out[0] = 0;
    for (int i = 0; i < n; i++) {
        if (strstr(names[i]->d_name, ".segment") && which-- == 0)
            snprintf(out, 400, "%s/%s", f->folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    assert_true(out[0]);
}
static void empty_folder(struct fixture *f) {
    DIR *folder = opendir(f->folder);
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));)
        if (e->d_name[0] != '.') assert_int_equal(unlinkat(dirfd(folder), e->d_name, 0), 0);
    closedir(folder);
}

static void write_at(const char *path, size_t at, const void *data, size_t n) {
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, data, n, (off_t)at), n);
    close(file);
}

static void test_torn_tail(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct journal *journal = open_with(&f, (struct journal_options){.segment_bytes = 8192});
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(append_number(journal, i), OK);
    struct numbers all = {0};
    assert_int_equal(read_all(journal, 0, &all, &f.problem), NOT_FOUND);
    journal_close(journal);
    char path[400];
    find_segment(&f, 0, path);

    size_t end = all.after.v[11], from = all.after.v[9];
    int original = open(path, O_RDONLY);
    static char bytes[8192];
    assert_int_equal(pread(original, bytes, sizeof bytes, 0), 8192);
    close(original);
    for (int mode = 0; mode < 3; mode++)
        for (size_t cut = from; cut < end; cut++) {
            char torn[8192];
            memcpy(torn, bytes, sizeof torn);
            if (mode == 0)
                memset(torn + cut, 0, sizeof torn - cut);
            else if (mode == 1)
                memset(torn + cut, 0xa5, sizeof torn - cut);
            write_at(path, 0, torn, sizeof torn);
            if (mode == 2) assert_int_equal(truncate(path, (off_t)cut), 0);
            struct journal *again = open_with(&f, (struct journal_options){.segment_bytes = 8192});
            struct numbers read = {0};
            assert_int_equal(read_all(again, 0, &read, &f.problem), NOT_FOUND);
            /* The last frame may outlive a cut within its padding of zeros. */
            size_t whole = 0;
            while (whole < 12 && all.after.v[whole] <= cut)
                whole++;
            assert_true(read.list.n >= whole && read.list.n <= 12);
            if (mode != 0 && cut + 8 <= all.after.v[whole]) assert_int_equal(read.list.n, whole);
            for (unsigned i = 0; i < read.list.n; i++)
                assert_int_equal(read.list.v[i], i);
            /* What comes next stands behind it and is there after one more opening. */
            if (cut % 16 == 0) {
                assert_int_equal(append_number(again, 77), OK);
                journal_close(again);
                again = open_with(&f, (struct journal_options){.segment_bytes = 8192});
                size_t n = read.list.n;
                numbers_free(&read);
                read = (struct numbers){0};
                assert_int_equal(read_all(again, 0, &read, &f.problem), NOT_FOUND);
                assert_int_equal(read.list.n, n + 1);
                assert_int_equal(read.list.v[n], 77);
            }
            numbers_free(&read);
            journal_close(again);
            empty_folder(&f);
        }
    numbers_free(&all);
    teardown(&f);
}

static void expect_damage(struct fixture *f) {
    struct journal *journal = NULL;
    problem_clear(&f->problem);
    assert_int_equal(journal_open(f->folder,
                                  (struct journal_options){.segment_bytes = 4096, .backlog_bytes = 1 << 20},
                                  &journal, &f->problem),
                     INTERNAL);
    assert_string_equal(f->problem.main.message.code, "journal_damaged");
    assert_int_equal(f->problem.main.arg_count, 2);
}

/* A broken frame in front of a group that was written later was durable: that is damage, not a torn tail. */
static void test_damage(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct journal *journal = open_with(&f, (struct journal_options){.segment_bytes = 4096});
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(append_number(journal, i), OK);
    journal_close(journal);
    char path[400];
    size_t segments = count_files(&f, ".segment");
    assert_true(segments >= 3);
    find_segment(&f, segments - 1, path);
    write_at(path, HEADER + 3, "#", 1); /* first frame of the last segment */
    expect_damage(&f);
    assert_string_equal(f.problem.main.args[1].p, "0");
    remove_folder(f.folder);

    journal = open_with(&f, (struct journal_options){.segment_bytes = 4096});
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(append_number(journal, i), OK);
    find_segment(&f, 1, path);
    write_at(path, HEADER + 3, "#", 1);
    struct numbers read = {0};
    assert_int_equal(read_all(journal, 0, &read, &f.problem), INTERNAL); /* while it is open, too */
    assert_string_equal(f.problem.main.message.code, "journal_damaged");
    numbers_free(&read);
    journal_close(journal);
    expect_damage(&f);
    teardown(&f);
}

/* ---- many threads ---- */

enum { THREADS = 4, EACH = 400 };
struct job {
    struct journal *journal;
    unsigned from;
    unsigned acked, failed;
    bool taken[EACH];
};
static void *append_many(void *self) {
    struct job *job = self;
    for (unsigned i = 0; i < EACH; i++)
        while (!job->taken[i]) {
            enum status status = append_number(job->journal, job->from + i);
            if (status == OK)
                job->taken[i] = true;
            else
                assert_int_equal(status, UNAVAILABLE);
            job->failed += status != OK;
        }
    return NULL;
}
struct follower {
    struct journal *journal;
    unsigned count;
    unsigned seen[THREADS * EACH];
    bool in_order;
};
static void *follow(void *self) {
    struct follower *follower = self;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct journal_reader *reader = journal_reader_open(follower->journal, 0);
    unsigned last[THREADS] = {0};
    follower->in_order = true;
    while (follower->count < THREADS * EACH) {
        struct str frame;
        journal_offset at, after;
        enum status status = journal_next(reader, 1000, &frame, &at, &after, &problem);
        if (status == NOT_FOUND) continue;
        assert_int_equal(status, OK);
        unsigned number = number_of(frame);
        follower->seen[number]++;
        if (number % EACH && last[number / EACH] + 1 != number) follower->in_order = false;
        last[number / EACH] = number;
        follower->count++;
        if (follower->count % 50 == 0) journal_release(follower->journal, after);
    }
    journal_reader_close(reader);
    arena_free(&arena);
    return NULL;
}

/* With a reader behind them and a sync that fails now and then: everything is there exactly once, each
 * thread's in its order. */
static void test_threads(void **state) {
    (void)state;
    for (int faults = 0; faults < 2; faults++) {
        struct fixture f;
        setup(&f);
        f.count_sync = true;
        struct journal_io io = {faulty_write, faulty_sync, faulty_rename, faulty_sync_folder, &f};
        struct journal *journal = open_with(
            &f, (struct journal_options){.segment_bytes = 64 << 10, .spare_segments = 2, .io = &io});
        if (faults) {
            pthread_mutex_lock(&f.lock);
            f.fail_from = f.calls + 20;
            f.fail_to = f.fail_from + 3;
            pthread_mutex_unlock(&f.lock);
        }
        pthread_t threads[THREADS], reader;
        struct job jobs[THREADS];
        struct follower *follower = memory_new(sizeof *follower);
        follower->journal = journal;
        assert_int_equal(pthread_create(&reader, NULL, follow, follower), 0);
        for (unsigned i = 0; i < THREADS; i++) {
            jobs[i] = (struct job){.journal = journal, .from = i * EACH};
            assert_int_equal(pthread_create(&threads[i], NULL, append_many, &jobs[i]), 0);
        }
        unsigned failed = 0;
        for (unsigned i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            failed += jobs[i].failed;
        }
        pthread_join(reader, NULL);
        for (unsigned i = 0; i < THREADS * EACH; i++)
            assert_int_equal(follower->seen[i], 1);
        assert_true(follower->in_order);
        assert_int_equal(failed > 0, faults);
        free(follower);
        journal_close(journal);
        teardown(&f);
    }
}

static void count_done(void *waiter, enum status status) {
    int *count = waiter;
    if (status == OK) ++*count;
}

/* Closing waits for what is under way: every done has been called. */
static void test_close_finishes(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct journal *journal = open_with(&f, (struct journal_options){.segment_bytes = 1 << 20});
    int done = 0;
    char space[512];
    for (unsigned i = 0; i < 5000; i++) {
        struct str frame = frame_of(i, space, length_of(i));
        assert_int_equal(journal_append(journal, &frame, 1, count_done, &done), OK);
    }
    journal_close(journal);
    assert_int_equal(done, 5000);
    journal = open_with(&f, (struct journal_options){.segment_bytes = 1 << 20});
    struct numbers read = {0};
    assert_int_equal(read_all(journal, 0, &read, &f.problem), NOT_FOUND);
    assert_int_equal(read.list.n, 5000);
    numbers_free(&read);
    journal_close(journal);
    teardown(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_read_reopen),
        cmocka_unit_test(test_start_and_limits),
        cmocka_unit_test(test_recycling),
        cmocka_unit_test(test_failing_calls),
        cmocka_unit_test(test_torn_tail),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_close_finishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
