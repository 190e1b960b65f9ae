/* Any bytes as a date, a time, a period, a number, an amount and a name: what was taken prints and reads back
 * the same. */
#include "base/format.h"
#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static void check(bool holds) {
    if (!holds) abort();
}

static void dates(struct str text, const struct zone *zone) {
    char printed[INSTANT_TEXT + 1];
    day_t day, day_again;
    instant_t at, at_again;
    struct period period, period_again;
    if (!day_parse(text, &day)) {
        day_print(day, printed);
        check(!day_parse(str_of(printed), &day_again) && day_again == day);
        check(zone_day(zone, zone_start(zone, day)) >= day);
    }
    (void)!day_parse_prefix(text, &day);
    if (!instant_parse(text, zone, &at)) {
        instant_print(at, printed);
        check(!instant_parse(str_of(printed), NULL, &at_again) || at < -(instant_t)11676096000000 ||
              at > (instant_t)253402300799999);
        day = zone_day(zone, at);
        check(zone_start(zone, day) <= at && at < zone_start(zone, day + 1));
    }
    if (!period_parse(text, &period)) {
        check(period.from < period.to);
        check(!period_parse(str_of(period.label), &period_again) && period_again.from == period.from);
        struct period next = period_next(&period);
        check(next.from == period.to && period_previous(&next).from == period.from);
    }
}

static void numbers(struct str text, struct buf *out) {
    double number;
    int64_t integer;
    struct money_unit unit;
    if (!number_parse(text, &number)) {
        check(isfinite(number));
        for (int language = 0; language < 2; language++) {
            struct format format = {(enum language)language, CALENDAR_PERSIAN, true};
            buf_clear(out);
            format_number(out, &format, number, 9);
            format_compact(out, &format, number);
            format_percent(out, &format, number, 1);
        }
    }
    if (!number_parse_int(text, &integer)) {
        struct format format = {PERSIAN, CALENDAR_PERSIAN, false};
        int64_t again;
        buf_clear(out);
        format_int(out, &format, integer); /* what we show can be typed in */
        check(!number_parse_int(buf_str(out), &again) && again == integer);
    }
    for (int exponent = 0; exponent < 5; exponent++)
        (void)!money_parse(text, exponent, &integer);
    (void)money_unit_parse(text, &unit);
}

static void texts(struct str text, struct arena *arena) {
    struct str key = utf8_fold(arena, text), corrected = utf8_correct(arena, text);
    check(utf8_valid(key, NULL) && utf8_valid(corrected, NULL) &&
          utf8_valid(utf8_fold_split(arena, text), NULL));
    check(str_equal(utf8_correct(arena, corrected), corrected));
    for (size_t at = 0; at < text.n;)
        (void)utf8_next(text, &at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct zone *zone; /* opened once: it never changes */
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct buf out = {0};
    struct str text = {(const char *)data, size};
    if (!zone && zone_open(STR("Asia/Tehran"), &zone, &problem)) abort();
    dates(text, zone);
    numbers(text, &out);
    texts(text, &arena);
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
