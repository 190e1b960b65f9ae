/* The data folder: made, locked by one process, refused when it is not ours or newer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "platform/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;
static struct problem problem;
static char base[64], path[96];

static const char *in(const char *name) {
    return str_format(&arena, "%s/%s", path, name).p;
}

static int set_up(void **state) {
    (void)state;
    problem = (struct problem){.arena = &arena};
    snprintf(base, sizeof base, "/tmp/vafa-folder-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(path, sizeof path, "%s/data", base);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    static const char *const names[] = {"vafa.folder", "vafa.lock", "stray"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in(names[i]));
    rmdir(path);
    unlink(path);
    assert_int_equal(rmdir(base), 0);
    arena_free(&arena);
    return 0;
}

static void write_file(const char *file_path, const char *text) {
    FILE *file = fopen(file_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void is_made_and_opened(void **state) {
    (void)state;
    struct folder *folder = NULL;
    assert_int_equal(folder_open(path, &folder, &problem), NOT_FOUND);
    assert_int_equal(folder_create(path, &folder, &problem), OK);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    folder_close(folder);
    assert_int_equal(folder_open(path, &folder, &problem), OK);
    folder_close(folder);
    assert_int_equal(folder_create(path, &folder, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_exists");
}

static void is_one_process_alone(void **state) {
    (void)state;
    struct folder *folder = NULL, *second = NULL;
    assert_int_equal(folder_create(path, &folder, &problem), OK);
    assert_int_equal(folder_open(path, &second, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_in_use");
    assert_int_equal(atoi(problem.main.args[1].p), getpid());
    pid_t child = fork();
    if (child == 0)
        _exit(folder_open(path, &second, &problem) == CONFLICT && atoi(problem.main.args[1].p) == getppid()
                  ? 0
                  : 1);
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    folder_close(folder);
    assert_int_equal(folder_open(path, &second, &problem), OK);
    folder_close(second);
}

static void refuses_what_is_not_ours(void **state) {
    (void)state;
    struct folder *folder = NULL;
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(folder_open(path, &folder, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_not_ours");
    assert_int_not_equal(access(in("vafa.lock"), F_OK), 0); /* nothing was written into it */
    write_file(in("stray"), "x");
    assert_int_equal(folder_create(path, &folder, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_not_empty");
    write_file(in("vafa.folder"), "something else");
    assert_int_equal(folder_open(path, &folder, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_not_ours");
    write_file(in("vafa.folder"), "Vafa data folder, version 7\n");
    assert_int_equal(folder_open(path, &folder, &problem), CONFLICT);
    assert_string_equal(problem.main.message.code, "folder_newer");
    assert_string_equal(problem.main.args[1].p, "7");
    struct buf persian = {0};
    problem_print(&problem, PERSIAN, &persian);
    assert_non_null(
        memmem(persian.p, persian.n, "وفای تازه‌تر", strlen("وفای تازه‌تر")));
    buf_free(&persian);
}

static void takes_an_empty_folder(void **state) {
    (void)state;
    struct folder *folder = NULL;
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(folder_create(path, &folder, &problem), OK);
    folder_close(folder);
}

static void refuses_a_file(void **state) {
    (void)state;
    struct folder *folder = NULL;
    write_file(path, "x");
    assert_int_equal(folder_open(path, &folder, &problem), CONFLICT);
    assert_int_equal(folder_create(path, &folder, &problem), CONFLICT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(is_made_and_opened), TEST(is_one_process_alone),
                                       TEST(refuses_what_is_not_ours), TEST(takes_an_empty_folder),
                                       TEST(refuses_a_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
