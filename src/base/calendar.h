/* The organisation's time: its zone, its days, dates in two calendars, and periods.
 * Parsers return NULL when they took the text, else the message to show (argument {0} is the text), as in
 * number.h. */
#ifndef VAFA_BASE_CALENDAR_H
#define VAFA_BASE_CALENDAR_H
#include "base/clock.h"
#include "base/problem.h"

enum calendar { CALENDAR_GREGORIAN, CALENDAR_PERSIAN };
enum weekday { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };
#define MONTH_DAYS 30.436875 /* of 400 years, on the average */
enum { DAY_MS = 86400000, DAY_TEXT = 10, INSTANT_TEXT = 24, PERIOD_LABEL = 24 };

/* ---- zones ---- */

/* A time zone with its changes from 1900 to 2200 in a table; safe on every thread. ICU's data decides. */
struct zone;
/* By its tz name ("Asia/Tehran"). BAD_INPUT when there is no such zone. The caller frees it with zone_close.
 */
enum status zone_open(struct str name, struct zone **ret, struct problem *problem) MUST_USE;
void zone_close(struct zone *zone);
const char *zone_name(const struct zone *zone);
/* Milliseconds to add to UTC for the wall clock at that instant. */
int32_t zone_offset(const struct zone *zone, instant_t at);
/* The local day of an instant. Days never run backwards: where clocks are set back over midnight (St. John's
 * until 2011), the hour that repeats belongs to the day already begun, so that zone_start(zone_day(t)) ≤ t <
 * zone_start(zone_day(t) + 1). */
day_t zone_day(const struct zone *zone, instant_t at);
/* The first existing instant of a local day (00:00 is skipped in some zones once a year). For a day that a
 * zone left out as a whole (Apia, 2011-12-30): that of the day after it. */
instant_t zone_start(const struct zone *zone, day_t day);
/* The instant of a wall clock time, ms after local midnight in [0, DAY_MS). Of two it is the earlier; in a
 * gap it is the end of it. */
instant_t zone_instant(const struct zone *zone, day_t day, int32_t ms);

/* ---- dates ---- */

struct date {
    int32_t year, month, day; /* month and day count from 1 */
};
/* Gregorian (proleptic) for any day. Persian by the 33-year cycle, with the official calendar's one departure
 * from it until 1600 (1503 is leap instead of 1502): exact for 1178–1600. */
struct date date_from_day(day_t day, enum calendar calendar);
/* False for a date that does not exist (1404/12/30, 2023-02-30) and for years outside 1–9999. */
bool day_from_date(enum calendar calendar, int32_t year, int32_t month, int32_t day, day_t *out);
bool year_is_leap(enum calendar calendar, int32_t year);
int month_length(enum calendar calendar, int32_t year, int32_t month); /* days; month in 1–12 */
enum weekday day_weekday(day_t day);
/* The same day of the month `months` later (or earlier), clamped to the length of that month. */
day_t day_add_months(day_t day, enum calendar calendar, int32_t months);

/* ---- text ---- */

/* YYYY-MM-DD, YYYY/MM/DD or YYYY.MM.DD with one or two digits of month and day, in any digits. Years
 * 1200–1599 are Persian, 1600–9999 Gregorian; any other year or form is refused. */
const struct message *day_parse(struct str s, day_t *out) MUST_USE;
/* As day_parse, but a time behind the date ("2015-03-01T10:00:00Z", "2015-03-01 10:00") is cut off unread. */
const struct message *day_parse_prefix(struct str s, day_t *out) MUST_USE;
/* RFC 3339 (T or space; Z or offset; a fraction, cut to ms), or a local time of the zone without Z and offset
 * (seconds may be left out), or a date alone: the start of that local day. zone may be NULL: then a time must
 * say its offset. */
const struct message *instant_parse(struct str s, const struct zone *zone, instant_t *out) MUST_USE;
void day_print(day_t day, char out[DAY_TEXT + 1]);            /* 2015-03-01, Gregorian; years 0–9999 */
void instant_print(instant_t at, char out[INSTANT_TEXT + 1]); /* 2015-03-01T00:00:00.000Z; years 0–9999 */

/* ---- periods ---- */

enum period_unit { PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };
struct period {
    day_t from, to; /* [from, to) */
    enum period_unit unit;
    enum calendar calendar;
    char label[PERIOD_LABEL]; /* "2015", "2015Q1", "2015-03", "1394Q1", "1394-03"; a week by its first day:
                                 "W2015-03-02" */
};
/* The period of that unit in which the day lies. week_start matters to weeks alone. */
struct period period_of(day_t day, enum period_unit unit, enum calendar calendar, enum weekday week_start);
/* A label of the above, in any digits; also "2015-Q1" and "2015/03". The year says which calendar, as in
 * day_parse. */
const struct message *period_parse(struct str s, struct period *out) MUST_USE;
struct period period_next(const struct period *period);
struct period period_previous(const struct period *period);

#endif
