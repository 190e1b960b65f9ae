#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/log.h"

static int pipe_ends[2];
static char text[4096];

static const char *logged(void) {
    ssize_t n = read(pipe_ends[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = 0;
    return text;
}

static void lines(void **state) {
    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    instant_t now = 1425211200000;
    struct log log = {pipe_ends[1], LOG_LEVEL_INFO, clock_fixed(&now)};
    log_write(&log, LOG_LEVEL_INFO, "listening");
    assert_string_equal(
        logged(), "{\"time\":\"2015-03-01T12:00:00.000Z\",\"level\":\"info\",\"message\":\"listening\"}\n");
    log_write(&log, LOG_LEVEL_WARNING, "slow", log_int("ms", -5), log_str("path", STR("/a\n\"b\"")));
    assert_string_equal(
        logged(),
        "{\"time\":\"2015-03-01T12:00:00.000Z\",\"level\":\"warning\",\"message\":\"slow\",\"ms\":-5,"
        "\"path\":\"/a\\n\\\"b\\\"\"}\n");
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    (void)(fail)(&problem, UNAVAILABLE, MESSAGE("disk_full", "No room on {0}.", "{0} جا ندارد."),
                 ARGS(STR("/data")));
    log_problem(&log, "appending", &problem);
    assert_string_equal(
        logged(), "{\"time\":\"2015-03-01T12:00:00.000Z\",\"level\":\"error\",\"message\":\"appending\","
                  "\"code\":\"disk_full\",\"problem\":\"No room on /data.\"}\n");
    log_write(&log, LOG_LEVEL_DEBUG, "below the level");
    struct log silent = {-1, LOG_LEVEL_DEBUG, clock_fixed(&now)};
    log_write(&silent, LOG_LEVEL_ERROR, "dropped");
    close(pipe_ends[1]);
    assert_string_equal(logged(), "");
    close(pipe_ends[0]);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
