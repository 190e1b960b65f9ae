/* Checking, backing up and restoring a data folder, and everything that can be wrong with it. */
#include "app/backup.h"
#include "app/demo.h"
#include "app/house.h"
#include "base/vec.h"
#include "platform/events.h"
#include "platform/settings.h"
#include "signals/ingest.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { UNTIL = 20515 }; /* 2026-03-03 */

struct world {
    char root[64];
    struct arena arena;
    struct problem problem;
    struct log log;
    struct clock clock;
    instant_t now;
    struct house *house;
};

static void explain(struct world *w, const char *call) {
    struct buf text = {0};
    problem_print(&w->problem, ENGLISH, &text);
    fail_msg("%s: %.*s", call, STR_ARG(buf_str(&text)));
}
#define MUST(call)                                                                                           \
    do {                                                                                                     \
        problem_clear(&w->problem);                                                                          \
        if (call) explain(w, #call);                                                                         \
    } while (0)
#define REFUSED(call, status, wanted)                                                                        \
    do {                                                                                                     \
        problem_clear(&w->problem);                                                                          \
        assert_int_equal(call, status);                                                                      \
        assert_string_equal(w->problem.main.message.code, wanted);                                           \
    } while (0)

static const char *at(struct world *w, const char *name) {
    return str_format(&w->arena, "%s/%s", w->root, name).p;
}

static void shell(struct world *w, const char *command) {
    assert_int_equal(system(str_format(&w->arena, "cd %s && %s", w->root, command).p), 0);
}

static int set_up(void **state) {
    struct world *w = memory_new(sizeof *w);
    snprintf(w->root, sizeof w->root, "/tmp/vafa-backup-XXXXXX");
    assert_non_null(mkdtemp(w->root));
    w->problem.arena = &w->arena;
    w->now = INT64_C(86400000) * UNTIL + 43200000;
    w->clock = clock_fixed(&w->now);
    w->log = (struct log){.fd = 2, .least = LOG_LEVEL_ERROR, .clock = w->clock};
    MUST(house_open(at(w, "data"), true, w->clock, &w->log, &w->house, &w->problem));
    struct setting_value small = {STR("journal.segment_bytes"), STR("1048576")};
    MUST(settings_set(w->house->settings, &small, 1, w->now, &w->problem));
    house_close(w->house);
    MUST(house_open(at(w, "data"), false, w->clock, &w->log, &w->house, &w->problem));
    struct demo_options options = {.accounts = 6, .months = 3, .seed = 7, .until = UNTIL};
    struct demo_figures figures;
    MUST(demo_make(w->house, &options, &figures, &w->problem));
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    house_close(w->house);
    shell(w, "rm -rf ./*");
    assert_int_equal(rmdir(w->root), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

static void make(struct world *w, const char *name) {
    struct backup_figures figures;
    MUST(backup_make(w->house, at(w, name), &figures, &w->problem));
    assert_true(figures.files >= 5 && figures.bytes > 0);
}

static enum status restore(struct world *w, const char *from, const char *to, bool replace) {
    return backup_restore(at(w, from), at(w, to), replace, w->clock, &w->log, &w->problem);
}

static uint64_t total_of(struct world *w, struct house *house) {
    uint64_t rows, total;
    MUST(events_count(house->events, &rows, &total, &w->problem));
    return total;
}

static uint64_t total_in(struct world *w, const char *folder) {
    struct house *house;
    MUST(house_open(at(w, folder), false, w->clock, &w->log, &house, &w->problem));
    assert_int_equal(ingest_wait_all(house->ingest, -1), OK);
    uint64_t total = total_of(w, house);
    house_close(house);
    return total;
}

static void send(struct world *w, int i) {
    struct ingest_origin app = {STR("app"), false};
    struct str body = str_format(
        &w->arena,
        "{\"batch\":[{\"type\":\"track\",\"event\":\"Order\",\"userId\":\"u\",\"messageId\":\"m%d\","
        "\"context\":{\"groupId\":\"K1\"}}]}",
        i);
    struct track_shape shape;
    MUST(ingest_check(w->house->ingest, body, TRACK_BATCH, &shape, &w->problem));
    assert_int_equal(ingest_append_wait(w->house->ingest, app, TRACK_BATCH, body), OK);
}

static void there_and_back(void **state) {
    struct world *w = *state;
    uint64_t before = total_of(w, w->house);
    send(w, 0);
    assert_int_equal(ingest_wait_all(w->house->ingest, -1), OK);
    ingest_pause(w->house->ingest); /* acknowledged, not yet applied: in the backup all the same */
    for (int i = 1; i <= 5; i++)
        send(w, i);
    make(w, "out");
    ingest_resume(w->house->ingest);
    assert_int_equal(ingest_wait_all(w->house->ingest, -1), OK);
    send(w, 6); /* after it: not in it */
    /* Another program agrees with the digests. */
    shell(
        w,
        "cd out && sha256sum --quiet -c manifest.sha256 && python3 -c '\n"
        "import json, hashlib, os\n"
        "m = json.load(open(\"manifest.json\"))\n"
        "there = sorted(os.path.relpath(os.path.join(d, f)) for d, _, n in os.walk(\".\") for f in n)\n"
        "assert there == sorted([f[\"name\"] for f in m[\"files\"]] + [\"manifest.json\", \"manifest.sha256\"])\n"
        "for f in m[\"files\"]:\n"
        "    b = open(f[\"name\"], \"rb\").read()\n"
        "    assert len(b) == f[\"size\"] and hashlib.sha256(b).hexdigest() == f[\"sha256\"]\n'");
    MUST(backup_verify(at(w, "out"), &w->problem));
    MUST(restore(w, "out", "copy", false));
    assert_int_equal(total_in(w, "copy"), before + 6);
    REFUSED(restore(w, "out", "copy", false), CONFLICT, "restore_not_empty");
    shell(w, "touch copy/mine");
    MUST(restore(w, "out", "copy", true));
    shell(w, "test ! -e copy/mine && test -z \"$(ls | grep -v -e '^copy$' -e '^data$' -e '^out$')\"");
    /* What was restored receives and resends as the original did. */
    struct house *original = w->house;
    MUST(house_open(at(w, "copy"), false, w->clock, &w->log, &w->house, &w->problem));
    send(w, 3);
    send(w, 7);
    assert_int_equal(ingest_wait_all(w->house->ingest, -1), OK);
    assert_int_equal(total_of(w, w->house), before + 7);
    MUST(house_check(w->house, &w->problem));
    house_close(w->house);
    w->house = original;
    shell(w, "mkdir empty");
    MUST(restore(w, "out", "empty", false));
    assert_int_equal(total_in(w, "empty"), before + 6);
}

/* Every file, the manifest and its digest included: a bit turned over, cut short, gone. */
static void damage_is_found(void **state) {
    struct world *w = *state;
    make(w, "out");
    shell(w, "cd out && find . -type f | sed 's,^./,,' | sort > ../names");
    FILE *names = fopen(at(w, "names"), "r");
    char name[200];
    int files = 0;
    for (; fgets(name, sizeof name, names); files++) {
        name[strcspn(name, "\n")] = 0;
        const char *path = at(w, str_format(&w->arena, "out/%s", name).p), *kept = at(w, "kept");
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        shell(w, str_format(&w->arena, "cp out/%s kept", name).p);
        for (int way = 0; way < 3; way++) {
            int file = open(path, O_RDWR);
            unsigned char byte;
            off_t place = info.st_size * 2 / 3;
            if (way == 0) {
                assert_int_equal(pread(file, &byte, 1, place), 1);
                byte ^= 16;
                assert_int_equal(pwrite(file, &byte, 1, place), 1);
            } else if (way == 1) {
                assert_int_equal(ftruncate(file, info.st_size - 1), 0);
            } else {
                assert_int_equal(unlink(path), 0);
            }
            close(file);
            problem_clear(&w->problem);
            assert_int_equal(restore(w, "out", "copy", false), BAD_INPUT);
            bool digest = !strcmp(name, "manifest.sha256"); /* which of the two is wrong cannot be known */
            assert_string_equal(w->problem.main.message.code, "backup_damaged");
            if (!digest) assert_true(str_is(w->problem.main.args[0], name));
            assert_int_equal(access(at(w, "copy"), F_OK), -1);
            shell(w, str_format(&w->arena, "cp kept out/%s", name).p);
        }
        unlink(kept);
    }
    fclose(names);
    assert_true(files >= 7);
    MUST(restore(w, "out", "copy", false));
    shell(w, "rm out/manifest.*");
    REFUSED(backup_verify(at(w, "out"), &w->problem), BAD_INPUT, "backup_none");
}

static void targets_are_guarded(void **state) {
    struct world *w = *state;
    struct backup_figures figures;
    make(w, "out");
    uint64_t before = total_of(w, w->house);
    REFUSED(restore(w, "out", "data", true), CONFLICT, "folder_in_use");
    assert_int_equal(total_of(w, w->house), before);
    shell(w, "mkdir foreign && touch foreign/thesis");
    REFUSED(restore(w, "out", "foreign", true), CONFLICT, "folder_not_ours");
    shell(w, "test -e foreign/thesis");
    shell(w, "mkdir newer && echo 'Vafa data folder, version 99' > newer/vafa.folder");
    REFUSED(restore(w, "out", "newer", true), CONFLICT, "folder_newer");
    shell(
        w,
        "cp -r out future && cd future && sed -i 's/\"folder_version\":1/\"folder_version\":99/' manifest.json && sha256sum manifest.json > "
        "manifest.sha256");
    REFUSED(restore(w, "future", "copy", false), CONFLICT, "backup_newer");
    /* A manifest of somebody else's making leads nowhere else. */
    shell(
        w,
        "cp -r out evil && cd evil && sed -i 's,\"name\":\"secret.key\",\"name\":\"../secret.key\",' manifest.json && sha256sum manifest.json > "
        "manifest.sha256");
    REFUSED(restore(w, "evil", "copy", false), BAD_INPUT, "backup_damaged");
    REFUSED(backup_make(w->house, at(w, "out"), &figures, &w->problem), BAD_INPUT, "backup_exists");
    REFUSED(backup_make(w->house, at(w, "nowhere/out"), &figures, &w->problem), BAD_INPUT,
            "backup_no_parent");
    REFUSED(backup_make(w->house, at(w, "data/out"), &figures, &w->problem), BAD_INPUT, "backup_inside");
    shell(w, "test -z \"$(ls | grep -e unfinished -e restoring -e before)\"");
}

static void check_finds(void **state) {
    struct world *w = *state;
    MUST(house_check(w->house, &w->problem));
    make(w, "good");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(at(w, "data/records.sqlite"), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 60000); /* the house writes beside us: scores, what was heard of sources */
    assert_int_equal(sqlite3_exec(db, "DELETE FROM accounts WHERE key = 'D0002'", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    REFUSED(house_check(w->house, &w->problem), CONFLICT, "check_findings");
    bool contacts = false;
    for (size_t i = 0; i < w->problem.fault_count; i++) {
        assert_string_equal(w->problem.faults[i].message.code, "check_dangling");
        contacts |= str_is(w->problem.faults[i].where, "contacts.account");
    }
    assert_true(contacts);
    make(w, "unsound"); /* whole, but not sound: it is not put in place */
    MUST(restore(w, "good", "copy", false));
    uint64_t before = total_in(w, "copy");
    REFUSED(restore(w, "unsound", "copy", true), CONFLICT, "check_findings");
    assert_int_equal(total_in(w, "copy"), before);
    shell(w, "test -z \"$(ls | grep -e unfinished -e restoring -e before)\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(targets_are_guarded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(check_finds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
