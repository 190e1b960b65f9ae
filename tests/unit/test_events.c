#include <duckdb.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "platform/events.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it has a macro of the name of fail() */

struct fixture {
    char folder[32], file[64];
    struct arena arena;
    struct problem problem;
    struct events *events;
};

static void must(struct fixture *f, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&f->problem, ENGLISH, &text);
    print_error("%.*s\n", (int)text.n, text.p);
    buf_free(&text);
    assert_int_equal(status, OK);
}
static void open_events(struct fixture *f, bool create) {
    must(f, events_open(f->folder, create, 256, &f->events, &f->problem));
}
static void setup(struct fixture *f) {
    *f = (struct fixture){.folder = "/tmp/vafa-events-XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->file, sizeof f->file, "%s/events.duckdb", f->folder);
    f->problem.arena = &f->arena;
}
static void teardown(struct fixture *f) {
    events_close(f->events);
    char command[80];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    arena_free(&f->arena);
}

/* Event i of a deterministic stream: account i % 7 + 1, user i % 11 + 1, an hour apart. Every fifth has
 * neither properties nor id. */
static struct event event_of(struct fixture *f, unsigned i) {
    struct event e = {.key = {i * 0x9e3779b97f4a7c15u + 1, i}, .occurred = 1700000000000 + i * 3600000ll};
    e.received = e.occurred + 5;
    e.known_from = e.received;
    e.source = events_number(f->events, DICTIONARY_SOURCE, STR("web"));
    char space[32];
    snprintf(space, sizeof space, "1%cacct-%u", 0, i % 7);
    e.account = events_number(f->events, DICTIONARY_ACCOUNT, (struct str){space, 2 + strlen(space + 2)});
    snprintf(space, sizeof space, "1%cuser-%u", 0, i % 11);
    e.user = events_number(f->events, DICTIONARY_USER, (struct str){space, 2 + strlen(space + 2)});
    e.name = events_number(f->events, DICTIONARY_NAME, STR("export"));
    e.count = i % 3 + 1;
    if (i % 5) {
        e.properties = str_format(&f->arena, "{\"n\":%u,\"text\":\"%0*u\"}", i, (int)(i % 300), i);
        e.message_id = str_format(&f->arena, "m-%u", i);
    }
    return e;
}
static void append_range(struct fixture *f, unsigned from, unsigned to) {
    for (unsigned i = from; i < to; i++) {
        struct event e = event_of(f, i);
        must(f, events_append(f->events, &e, 1, &f->problem));
    }
}

static void assert_is_event(struct fixture *f, const struct event *e, unsigned i) {
    struct event x = event_of(f, i);
    assert_int_equal(e->key.low, i);
    assert_true(e->key.high == x.key.high);
    assert_int_equal(e->occurred, x.occurred);
    assert_int_equal(e->received, x.received);
    assert_int_equal(e->known_from, x.known_from);
    assert_int_equal(e->account, x.account);
    assert_int_equal(e->user, x.user);
    assert_int_equal(e->count, x.count);
    assert_true(str_equal(e->properties, x.properties));
    assert_true(str_equal(e->message_id, x.message_id));
}

struct sums {
    uint64_t n, count, keys, accounts[16];
    instant_t occurred;
};
static enum status add_block(void *self, const struct event_block *block, struct problem *problem) {
    (void)problem;
    struct sums *sums = self;
    for (size_t i = 0; i < block->n; i++) {
        sums->n++;
        sums->count += block->count[i];
        sums->keys += block->keys[i].low;
        sums->occurred += block->occurred[i] - 1700000000000;
        assert_true(block->account[i] < 16);
        sums->accounts[block->account[i]]++;
        assert_int_equal(block->received[i], block->occurred[i] + 5);
        assert_int_equal(block->known_from[i], block->received[i]);
        assert_int_equal(block->source[i], 1);
        assert_int_equal(block->name[i], 1);
        assert_int_equal(block->flags[i], 0);
    }
    return OK;
}

static void check_store(struct fixture *f, unsigned n) {
    uint64_t rows, total, expected = 0;
    for (unsigned i = 0; i < n; i++)
        expected += i % 3 + 1;
    must(f, events_count(f->events, &rows, &total, &f->problem));
    assert_int_equal(rows, n);
    assert_int_equal(total, expected);
    struct sums sums = {0};
    must(f, events_scan(f->events, NULL, add_block, &sums, &f->problem));
    assert_int_equal(sums.n, n);
    assert_int_equal(sums.count, expected);
    assert_int_equal(sums.keys, (uint64_t)n * (n - 1) / 2);
    assert_int_equal(sums.occurred, (uint64_t)n * (n - 1) / 2 * 3600000);
    must(f, events_check(f->events, &f->problem));
}

static void test_write_read_reopen(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    assert_int_equal(events_reached(f.events), 0);
    append_range(&f, 0, 3000);
    uint64_t rows, total;
    must(&f, events_count(f.events, &rows, &total, &f.problem));
    assert_int_equal(rows, 0); /* not before the commit */
    assert_int_equal(events_find(f.events, DICTIONARY_SOURCE, STR("web")), 0);
    must(&f, events_commit(f.events, 4711, &f.problem));
    append_range(&f, 3000, 5000);
    must(&f, events_commit(f.events, 9000, &f.problem));
    must(&f, events_commit(f.events, 9100, &f.problem)); /* an offset alone */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(events_reached(f.events), 9100);
        assert_int_equal(events_dictionary_size(f.events, DICTIONARY_ACCOUNT), 7);
        assert_int_equal(events_dictionary_size(f.events, DICTIONARY_USER), 11);
        assert_int_equal(events_find(f.events, DICTIONARY_USER, (struct str){"1\0user-3", 8}), 4);
        assert_int_equal(events_find(f.events, DICTIONARY_USER, STR("user-3")), 0);
        assert_true(str_is(events_string(f.events, DICTIONARY_NAME, 1, &f.arena), "export"));
        assert_int_equal(events_string(f.events, DICTIONARY_NAME, 0, &f.arena).n, 0);
        assert_int_equal(events_string(f.events, DICTIONARY_NAME, 2, &f.arena).n, 0);
        check_store(&f, 5000);
        must(&f, events_checkpoint(f.events, &f.problem));
        check_store(&f, 5000);
        events_close(f.events);
        f.events = NULL;
        open_events(&f, false);
    }
    teardown(&f);
}

static void test_list(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    append_range(&f, 0, 4000);
    must(&f, events_commit(f.events, 1, &f.problem));
    struct event *list;
    size_t n;
    must(&f, events_list(f.events, &(struct event_filter){0}, (struct event_position){0}, 50, &f.arena, &list,
                         &n, &f.problem));
    assert_int_equal(n, 50);
    for (unsigned i = 0; i < 50; i++)
        assert_is_event(&f, &list[i], 3999 - i);

    /* account "acct-2" has the events 2, 9, 16, … 3999 is 2 modulo 7 (571 × 7 + 2). */
    uint32_t account = events_find(f.events, DICTIONARY_ACCOUNT, (struct str){"1\0acct-2", 8});
    struct event_filter filter = {.accounts = &account, .account_count = 1};
    struct event_position before = {0};
    unsigned expected = 3999, pages = 0;
    do {
        must(&f, events_list(f.events, &filter, before, 100, &f.arena, &list, &n, &f.problem));
        for (size_t i = 0; i < n; i++, expected -= 7)
            assert_is_event(&f, &list[i], expected);
        if (n) before = (struct event_position){list[n - 1].occurred, list[n - 1].key};
        pages++;
    } while (n == 100);
    assert_int_equal(expected, (unsigned)-5);
    assert_int_equal(pages, 6); /* 572 events */

    uint32_t users[2] = {1, 2};
    filter = (struct event_filter){.users = users,
                                   .user_count = 2,
                                   .occurred_from = 1700000000000 + 22 * 3600000ll,
                                   .occurred_to = 1700000000000 + 34 * 3600000ll};
    must(&f, events_list(f.events, &filter, (struct event_position){0}, 10, &f.arena, &list, &n, &f.problem));
    assert_int_equal(n, 3); /* 22, 23, 33 and not yet 34: users are i % 11 + 1 */
    teardown(&f);
}

/* Equal instants: the key decides, and no page leaves one out or shows one twice. */
static void test_list_ties(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    for (unsigned i = 0; i < 25; i++) {
        struct event e = event_of(&f, i);
        e.key = (struct event_key){i / 5, i % 5};
        e.occurred = 1700000000000;
        must(&f, events_append(f.events, &e, 1, &f.problem));
    }
    must(&f, events_commit(f.events, 1, &f.problem));
    struct event_position before = {0};
    struct event *list;
    size_t n;
    for (int expected = 24; expected >= 0;) {
        must(&f, events_list(f.events, NULL, before, 4, &f.arena, &list, &n, &f.problem));
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++, expected--) {
            assert_int_equal(list[i].key.high, expected / 5);
            assert_int_equal(list[i].key.low, expected % 5);
        }
        before = (struct event_position){list[n - 1].occurred, list[n - 1].key};
    }
    teardown(&f);
}

static void test_scan_filter(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    append_range(&f, 0, 1000);
    must(&f, events_commit(f.events, 1, &f.problem));
    struct sums sums = {0};
    uint32_t accounts[2] = {1, 3};
    must(&f, events_scan(f.events, &(struct event_filter){.accounts = accounts, .account_count = 2},
                         add_block, &sums, &f.problem));
    assert_int_equal(sums.accounts[1], 143); /* 0, 7, … 994 */
    assert_int_equal(sums.accounts[3], 143); /* 2, 9, … 996 */
    assert_int_equal(sums.n, 286);
    sums = (struct sums){0};
    must(&f,
         events_scan(f.events, &(struct event_filter){.received_from = 1700000000000 + 990 * 3600000ll + 5},
                     add_block, &sums, &f.problem));
    assert_int_equal(sums.n, 10);
    teardown(&f);
}

static enum status refuse(void *self, const struct event_block *block, struct problem *problem) {
    (void)block;
    ++*(int *)self;
    (void)problem;
    return LIMITED;
}

static void test_rollback(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    append_range(&f, 0, 3);
    must(&f, events_commit(f.events, 10, &f.problem));
    append_range(&f, 3, 5000);
    assert_int_equal(events_dictionary_size(f.events, DICTIONARY_ACCOUNT), 7);
    events_rollback(f.events);
    assert_int_equal(events_dictionary_size(f.events, DICTIONARY_ACCOUNT), 3);
    assert_int_equal(events_find(f.events, DICTIONARY_ACCOUNT, (struct str){"1\0acct-5", 8}), 0);
    assert_int_equal(events_reached(f.events), 10);
    check_store(&f, 3);
    append_range(&f, 3, 2500);
    must(&f, events_commit(f.events, 20, &f.problem));
    append_range(&f, 2500, 2600); /* an open batch at the close is taken back */
    events_close(f.events);
    f.events = NULL;
    open_events(&f, false);
    assert_int_equal(events_reached(f.events), 20);
    check_store(&f, 2500);
    int calls = 0;
    assert_int_equal(events_scan(f.events, NULL, refuse, &calls, &f.problem), LIMITED);
    assert_int_equal(calls, 1);
    teardown(&f);
}

static void test_imported(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    struct event_key keys[4] = {{1, 1}, {1, 2}, {2, 1}, {9, 9}};
    for (unsigned i = 0; i < 3; i++) {
        struct event e = event_of(&f, i);
        e.key = keys[i];
        e.count = 10 + i;
        e.flags = i == 2 ? 0 : EVENT_IMPORTED; /* the third is a live one with the same kind of key */
        must(&f, events_append(f.events, &e, 1, &f.problem));
    }
    uint32_t counts[4];
    must(&f, events_imported_counts(f.events, keys, 4, counts, &f.problem)); /* the open batch is seen */
    assert_int_equal(counts[0], 10);
    assert_int_equal(counts[1], 11);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 0);
    must(&f, events_imported_known(f.events, keys, 4, counts, &f.problem));
    assert_int_equal(counts[0], 0);
    must(&f, events_commit(f.events, 1, &f.problem));
    must(&f, events_imported_known(f.events, keys, 4, counts, &f.problem));
    assert_int_equal(counts[1], 11);

    must(&f, events_recount(f.events, keys, (uint32_t[]){70, 80, 90, 100}, 4, &f.problem));
    events_rollback(f.events);
    must(&f, events_imported_counts(f.events, keys, 4, counts, &f.problem));
    assert_int_equal(counts[0], 10);
    must(&f, events_recount(f.events, keys + 1, (uint32_t[]){80, 90, 100}, 3, &f.problem));
    must(&f, events_commit(f.events, 2, &f.problem));
    uint64_t rows, total;
    must(&f, events_count(f.events, &rows, &total, &f.problem));
    assert_int_equal(rows, 3);
    assert_int_equal(total, 10 + 80 + 12);
    teardown(&f);
}

static void expect(struct fixture *f, bool create, enum status status, const char *code) {
    problem_clear(&f->problem);
    assert_int_equal(events_open(f->folder, create, 256, &f->events, &f->problem), status);
    assert_string_equal(f->problem.main.message.code, code);
    f->events = NULL;
}

static void test_bad_files(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    expect(&f, false, NOT_FOUND, "events_absent");
    open_events(&f, true);
    append_range(&f, 0, 20000);
    must(&f, events_commit(f.events, 1, &f.problem));
    must(&f, events_checkpoint(f.events, &f.problem));
    events_close(f.events);
    f.events = NULL;
    struct stat info;
    assert_int_equal(stat(f.file, &info), 0);
    int file = open(f.file, O_RDWR);
    assert_true(file >= 0);
    char kept[4096], garbage[4096];
    memset(garbage, 0x5a, sizeof garbage);
    assert_int_equal(pread(file, kept, sizeof kept, 0), sizeof kept);
    assert_int_equal(pwrite(file, garbage, sizeof garbage, 0), sizeof garbage);
    expect(&f, false, INTERNAL, "events_damaged");
    assert_int_equal(pwrite(file, kept, sizeof kept, 0), sizeof kept);
    open_events(&f, false);
    must(&f, events_check(f.events, &f.problem));
    events_close(f.events);
    f.events = NULL;
    /* Behind the three headers: the engine then speaks of a checksum “in block at …”, which is no lock. */
    for (off_t at = 3 * sizeof garbage; at < info.st_size; at += sizeof garbage)
        assert_int_equal(pwrite(file, garbage, sizeof garbage, at), sizeof garbage);
    expect(&f, false, INTERNAL, "events_damaged");
    assert_int_equal(ftruncate(file, 4096), 0);
    expect(&f, false, INTERNAL, "events_damaged");
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, "name,count\n", 11, 0), 11);
    expect(&f, true, INTERNAL, "events_damaged");
    close(file);
    teardown(&f);
}

static void test_copy(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    append_range(&f, 0, 2000);
    must(&f, events_commit(f.events, 33, &f.problem));
    char folder[64], file[96];
    snprintf(folder, sizeof folder, "%s/copy", f.folder);
    snprintf(file, sizeof file, "%s/events.duckdb", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    must(&f, events_copy(f.events, file, &f.problem));
    assert_int_equal(events_copy(f.events, file, &f.problem), UNAVAILABLE); /* never over what is there */
    append_range(&f, 2000, 2100);
    must(&f, events_commit(f.events, 34, &f.problem));
    check_store(&f, 2100);
    events_close(f.events);
    f.events = NULL;
    must(&f, events_open(folder, false, 256, &f.events, &f.problem));
    assert_int_equal(events_reached(f.events), 33);
    check_store(&f, 2000);
    teardown(&f);
}

/* Readers beside the writer see whole batches only. */
static void *read_while_written(void *self) {
    struct events *events = self;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    uint64_t rows = 0, total;
    while (rows < 4000) {
        if (events_count(events, &rows, &total, &problem) || rows % 400) return "a part of a batch was seen";
        struct event *list;
        size_t n;
        if (events_list(events, NULL, (struct event_position){0}, 5, &arena, &list, &n, &problem))
            return "list failed";
        for (size_t i = 0; i < n; i++)
            if (!events_string(events, DICTIONARY_ACCOUNT, list[i].account, &arena).n)
                return "an account without its key";
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void test_reader_beside_writer(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    open_events(&f, true);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_while_written, f.events), 0);
    for (unsigned i = 0; i < 4000; i += 400) {
        append_range(&f, i, i + 400);
        must(&f, events_commit(f.events, i + 400, &f.problem));
    }
    void *said = NULL;
    pthread_join(thread, &said);
    assert_null(said);
    teardown(&f);
}

/* ---- promoted properties ---- */

struct values {
    struct fixture *f;
    unsigned rows;
    double sum;
    unsigned kinds[PROPERTY_KINDS];
};
/* Beside event i stands its n, which is i; those without properties have none. */
static enum status take_values(void *self, const struct event_block *block,
                               const struct property_value *values, struct problem *problem) {
    (void)problem;
    struct values *v = self;
    for (size_t i = 0; i < block->n; i++) {
        unsigned event = (unsigned)block->keys[i].low;
        const struct property_value *n = &values[2 * i], *text = &values[2 * i + 1];
        assert_int_equal(n->kind, event % 5 ? PROPERTY_NUMBER : PROPERTY_ABSENT);
        if (event % 5) {
            char digits[320];
            assert_int_equal((unsigned)n->number, event);
            snprintf(digits, sizeof digits, "%0*u", (int)(event % 300), event);
            assert_true(text->text == property_text(str_of(digits)));
        }
        v->kinds[text->kind]++;
        v->sum += n->number;
        v->rows++;
    }
    return OK;
}
static void check_values(struct fixture *f, unsigned events) {
    struct values v = {.f = f};
    size_t n;
    struct promoted *promoted = events_promoted(f->events, &f->arena, &n);
    assert_int_equal(n, 2);
    uint32_t numbers[] = {promoted[0].number, promoted[1].number};
    must(f, events_scan_values(f->events, NULL, promoted[0].name, numbers, 2, take_values, &v, &f->problem));
    unsigned sum = 0, without = (events + 4) / 5;
    for (unsigned i = 0; i < events; i++)
        sum += i % 5 ? i : 0;
    assert_int_equal(v.rows, events);
    assert_int_equal((unsigned)v.sum, sum);
    assert_int_equal(v.kinds[PROPERTY_ABSENT], without);
    assert_int_equal(v.kinds[PROPERTY_NUMBER_TEXT] + v.kinds[PROPERTY_TEXT], events - without);
    uint64_t kinds[PROPERTY_KINDS];
    must(f, events_promoted_kinds(f->events, numbers[0], kinds, &f->problem));
    assert_int_equal(kinds[PROPERTY_NUMBER], events - without);
    must(f, events_check(f->events, &f->problem));
}

/* Promoted between events; filled block by block with a restart and a batch between any two; what was rolled
 * back is not there. */
static void test_promoted(void **state) {
    (void)state;
    struct fixture f;
    uint32_t n, text, again;
    bool more = true;
    unsigned written = 0, restarts = 0;
    setup(&f);
    open_events(&f, true);
    for (; written < 300; written += 50) {
        append_range(&f, written, written + 50);
        must(&f, events_commit(f.events, written, &f.problem));
    }
    must(&f, events_promote(f.events, STR("export"), STR("n"), &n, &f.problem));
    append_range(&f, written, written + 50);
    must(&f, events_commit(f.events, written += 50, &f.problem));
    must(&f, events_promote(f.events, STR("export"), STR("text"), &text, &f.problem));
    must(&f, events_promote(f.events, STR("export"), STR("n"), &again, &f.problem));
    assert_int_equal(again, n);
    assert_int_not_equal(text, n);
    while (more) {
        must(&f, events_back_fill(f.events, 1, &more, &f.problem));
        append_range(&f, written, written + 10);
        events_rollback(f.events);
        append_range(&f, written, written + 10);
        must(&f, events_commit(f.events, written += 10, &f.problem));
        events_close(f.events);
        f.events = NULL;
        open_events(&f, false);
        restarts++;
        must(&f, events_check(f.events, &f.problem));
    }
    assert_int_equal(restarts, 7); /* n and text together: six blocks of both, one of text */
    check_values(&f, written);
    must(&f, events_demote(f.events, n, &f.problem));
    must(&f, events_promote(f.events, STR("export"), STR("n"), &n, &f.problem));
    must(&f, events_back_fill(f.events, 1000, &more, &f.problem));
    assert_false(more);
    must(&f, events_check(f.events, &f.problem));
    teardown(&f);
}

static void test_property_kinds(void **state) {
    (void)state;
    static const struct {
        const char *json;
        enum property_kind kind;
        double number;
    } cases[] = {
        {"7", PROPERTY_NUMBER, 7},
        {"-2.5", PROPERTY_NUMBER, -2.5},
        {"\"7\"", PROPERTY_NUMBER_TEXT, 7},
        {"\" ۱۲٫۵ \"", PROPERTY_NUMBER_TEXT, 12.5},
        {"\"1,234\"", PROPERTY_NUMBER_TEXT, 1234},
        {"\"7 rows\"", PROPERTY_TEXT, 0},
        {"\"\"", PROPERTY_TEXT, 0},
        {"true", PROPERTY_TRUE, 0},
        {"false", PROPERTY_FALSE, 0},
        {"null", PROPERTY_ABSENT, 0},
        {"[7]", PROPERTY_OTHER, 0},
        {"{\"x\":7}", PROPERTY_OTHER, 0},
    };
    struct arena arena = {0};
    struct str names[] = {STR("y"), STR("x")};
    struct property_value values[2];
    for (size_t i = 0; i < COUNT(cases); i++) {
        properties_read(str_format(&arena, "{\"x\":%s}", cases[i].json), names, 2, &arena, values);
        assert_int_equal(values[0].kind, PROPERTY_ABSENT);
        assert_int_equal(values[1].kind, cases[i].kind);
        assert_true(values[1].number == cases[i].number);
    }
    properties_read(STR("{\"x\":"), names, 2, &arena, values);
    assert_int_equal(values[1].kind, PROPERTY_OTHER);
    arena_free(&arena);
}

/* A store that was written before there were promoted properties. */
static void test_former_version(void **state) {
    (void)state;
    struct fixture f;
    uint32_t number;
    bool more;
    duckdb_database database;
    duckdb_connection connection;
    setup(&f);
    open_events(&f, true);
    append_range(&f, 0, 40);
    must(&f, events_commit(f.events, 7, &f.problem));
    events_close(f.events);
    f.events = NULL;
    assert_int_equal(duckdb_open(f.file, &database), DuckDBSuccess);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    assert_int_equal(duckdb_query(connection,
                                  "DROP TABLE promoted; DROP TABLE property_values; "
                                  "UPDATE state SET schema_version = 1",
                                  NULL),
                     DuckDBSuccess);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    open_events(&f, false);
    assert_int_equal(events_reached(f.events), 7);
    must(&f, events_promote(f.events, STR("export"), STR("n"), &number, &f.problem));
    must(&f, events_promote(f.events, STR("export"), STR("text"), &number, &f.problem));
    must(&f, events_back_fill(f.events, 1000, &more, &f.problem));
    check_values(&f, 40);
    teardown(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_read_reopen),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_ties),
        cmocka_unit_test(test_scan_filter),
        cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_imported),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_reader_beside_writer),
        cmocka_unit_test(test_promoted),
        cmocka_unit_test(test_property_kinds),
        cmocka_unit_test(test_former_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
