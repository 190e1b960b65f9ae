/* tests/golden/format.tsv holds this formatter and the web client's to one outcome. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/number.h"

static void format_row(struct buf *out, const struct format *base, struct str kind, struct str input) {
    struct format format = *base;
    struct str argument, name = str_cut(kind, ' ', &argument);
    int decimals = argument.n ? argument.p[0] - '0' : 0;
    int64_t integer = 0;
    day_t day = 0;
    (void)str_to_int(input, &integer);
    if (str_is(name, "int")) {
        format_int(out, &format, integer);
    } else if (str_is(name, "number")) {
        format_number(out, &format, strtod(input.p, NULL), decimals);
    } else if (str_is(name, "percent")) {
        format_percent(out, &format, strtod(input.p, NULL), decimals);
    } else if (str_is(name, "compact")) {
        format_compact(out, &format, strtod(input.p, NULL));
    } else if (str_is(name, "day")) {
        static const char *const styles[] = {"short", "padded", "long", "full", "month"};
        assert_null(day_parse(input, &day));
        int style = 0;
        while (!str_is(argument, styles[style]))
            style++;
        format_day(out, &format, day, (enum day_style)style);
    } else if (str_is(name, "time")) {
        struct arena arena = {0};
        struct problem problem = {.arena = &arena};
        struct zone *zone;
        instant_t at;
        assert_int_equal(zone_open(argument, &zone, &problem), OK);
        assert_null(instant_parse(input, NULL, &at));
        format_instant(out, &format, zone, at);
        zone_close(zone);
        arena_free(&arena);
    } else if (str_is(name, "money") || str_is(name, "toman")) {
        format.toman = str_is(name, "toman");
        format_money(out, &format, integer, argument);
    } else if (str_is(name, "days")) {
        format_days(out, &format, integer);
    } else if (str_is(name, "digits")) {
        format_digits(out, &format, input);
    } else {
        fail_msg("no such kind: %.*s", STR_ARG(kind));
    }
}

static void golden(void **state) {
    (void)state;
    char path[4096], line[1024];
    const char *root = getenv("VAFA_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/format.tsv", root ? root : ".");
    FILE *file = fopen(path, "r");
    if (!file) fail_msg("cannot open %s", path);
    int rows = 0, wrong = 0;
    struct buf out = {0};
    assert_non_null(fgets(line, sizeof line, file)); /* the header */
    while (fgets(line, sizeof line, file)) {
        struct str rest = str_trim(str_of(line)), column[5];
        for (int i = 0; i < 5; i++)
            column[i] = str_cut(rest, '\t', &rest);
        struct format format = {str_is(column[2], "fa") ? PERSIAN : ENGLISH,
                                str_is(column[3], "persian") ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN, false};
        buf_clear(&out);
        format_row(&out, &format, column[0], column[1]);
        if (!str_equal(buf_str(&out), column[4])) {
            print_error("row %d: %.*s\n  got \"%.*s\"\n", rows + 2, STR_ARG(str_of(line)),
                        STR_ARG(buf_str(&out)));
            wrong++;
        }
        rows++;
    }
    buf_free(&out);
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_true(rows > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
