#include "base/calendar.h"
#include "base/number.h"

#include <stdio.h>

/* ---- dates ---- */

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Days from 1970-01-01 to 1 January of a Gregorian year (proleptic). */
static int64_t gregorian_year_start(int64_t year) {
    int64_t y = year - 1;
    return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 719162;
}

/* Days from 1970-01-01 to 1 Farvardin: 8 leap days in 33 years. Observation departs from the cycle in 1503
 * (Nowruz of 1503 falls a day earlier, so that 1503 is leap and 1502 is not); Unicode's calendars list the
 * same exception. 1 Farvardin 1 is the Julian day 1948320, and 1970-01-01 is 2440588. */
static int64_t persian_year_start(int64_t year) {
    return 365 * (year - 1) + floor_div(8 * year + 21, 33) + (1948320 - 2440588) - (year == 1503);
}

bool year_is_leap(enum calendar calendar, int32_t year) {
    if (calendar == CALENDAR_PERSIAN)
        return persian_year_start((int64_t)year + 1) - persian_year_start(year) == 366;
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int month_length(enum calendar calendar, int32_t year, int32_t month) {
    static const uint8_t gregorian[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (calendar == CALENDAR_PERSIAN)
        return month <= 6 ? 31 : month <= 11 ? 30 : 29 + year_is_leap(calendar, year);
    return gregorian[month - 1] + (month == 2 && year_is_leap(calendar, year));
}

static int64_t year_start(enum calendar calendar, int64_t year) {
    return calendar == CALENDAR_PERSIAN ? persian_year_start(year) : gregorian_year_start(year);
}

/* The day of a date that exists. */
static day_t day_of(enum calendar calendar, int32_t year, int32_t month, int32_t day) {
    static const uint16_t gregorian[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int before = calendar == CALENDAR_PERSIAN
                     ? (month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30)
                     : gregorian[month - 1] + (month > 2 && year_is_leap(calendar, year));
    return (day_t)(year_start(calendar, year) + before + day - 1);
}

struct date date_from_day(day_t day, enum calendar calendar) {
    /* a guess that is at most a year off, then put right */
    int64_t epoch = year_start(calendar, 1), year = floor_div(((int64_t)day - epoch) * 400, 146097) + 1;
    while (year_start(calendar, year) > day)
        year--;
    while (year_start(calendar, year + 1) <= day)
        year++;
    struct date date = {.year = (int32_t)year, .month = 1};
    int32_t left = (int32_t)(day - year_start(calendar, year));
    for (int length; left >= (length = month_length(calendar, date.year, date.month)); date.month++)
        left -= length;
    date.day = left + 1;
    return date;
}

bool day_from_date(enum calendar calendar, int32_t year, int32_t month, int32_t day, day_t *out) {
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > month_length(calendar, year, month))
        return false;
    *out = day_of(calendar, year, month, day);
    return true;
}

enum weekday day_weekday(day_t day) {
    return (enum weekday)(((day % 7) + 7 + THURSDAY) % 7); /* 1970-01-01 was a Thursday */
}

day_t day_add_months(day_t day, enum calendar calendar, int32_t months) {
    struct date date = date_from_day(day, calendar);
    int64_t index = (int64_t)date.year * 12 + date.month - 1 + months;
    int32_t year = (int32_t)floor_div(index, 12), month = (int32_t)(index - (int64_t)year * 12) + 1;
    int length = month_length(calendar, year, month);
    return day_of(calendar, year, month, date.day < length ? date.day : length);
}

/* ---- text ---- */

static const struct message BAD_DATE = MESSAGE(
    "bad_date",
    "“{0}” is not a date. Write the year first, with four digits: 2015-03-01, 2015/03/01 or "
    "2015.03.01 (or 1393/12/10).",
    "«{0}» تاریخ نیست. سال را چهاررقمی و در آغاز بنویسید: ‎۱۳۹۳/۱۲/۱۰‎ یا ‎۱۳۹۳-۱۲-۱۰‎ (یا "
    "‎2015-03-01‎).");
static const struct message NO_SUCH_DATE =
    MESSAGE("no_such_date", "There is no day “{0}” in the calendar. Check its month and day.",
            "روز «{0}» در تقویم وجود ندارد. ماه و روز آن را بررسی کنید.");
static const struct message BAD_YEAR = MESSAGE(
    "bad_year",
    "The year of “{0}” is in no calendar that is accepted: 1200–1599 is Persian, 1600–9999 Gregorian.",
    "سال «{0}» در بازهٔ پذیرفته نیست: ۱۲۰۰ تا ۱۵۹۹ شمسی و ۱۶۰۰ تا ۹۹۹۹ میلادی است.");
static const struct message BAD_INSTANT = MESSAGE(
    "bad_time",
    "“{0}” is not a time. Write 2015-03-01T14:30:00Z, 2015-03-01T14:30:00+03:30, 2015-03-01 14:30 or "
    "a date alone.",
    "«{0}» زمان نیست. آن را مانند ‎2015-03-01T14:30:00Z‎، ‎2015-03-01T14:30:00+03:30‎ یا "
    "‎۱۳۹۳/۱۲/۱۰ ۱۴:۳۰‎ یا تنها تاریخ بنویسید.");
static const struct message NO_OFFSET = MESSAGE(
    "time_without_offset",
    "“{0}” does not say its offset from UTC. Put Z or an offset such as +03:30 behind it.",
    "«{0}» اختلاف با UTC را نگفته است. در پایان آن Z یا اختلافی مانند ‎+03:30‎ "
    "بگذارید.");
static const struct message BAD_PERIOD = MESSAGE(
    "bad_period",
    "“{0}” is not a period. Write a year (2015), a quarter (2015Q1), a month (2015-03) or a week "
    "(W2015-03-02).",
    "«{0}» دوره نیست. سال (۱۳۹۴)، فصل (‎1394Q1‎)، ماه (‎1394-03‎) یا هفته "
    "(‎W1394-03-02‎) بنویسید.");

static bool calendar_of_year(int32_t year, enum calendar *calendar) {
    *calendar = year < 1600 ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN;
    return year >= 1200 && year <= 9999;
}

/* Reads between `least` and `most` ASCII digits; the count read, 0 when there were fewer. */
static int read_digits(const char **p, const char *end, int least, int most, int32_t *out) {
    int n = 0;
    int32_t value = 0;
    for (; n < most && *p + n < end && (*p)[n] >= '0' && (*p)[n] <= '9'; n++)
        value = value * 10 + ((*p)[n] - '0');
    if (n < least) return 0;
    *p += n;
    *out = value;
    return n;
}

/* The date at *p, which is moved behind it; what follows is the caller's. */
static const struct message *read_date(const char **p, const char *end, day_t *out) {
    int32_t year, month, day;
    enum calendar calendar;
    if (!read_digits(p, end, 4, 4, &year) || *p == end) return &BAD_DATE;
    char separator = *(*p)++;
    if (separator != '-' && separator != '/' && separator != '.') return &BAD_DATE;
    if (!read_digits(p, end, 1, 2, &month) || *p == end || *(*p)++ != separator) return &BAD_DATE;
    if (!read_digits(p, end, 1, 2, &day) || (*p < end && **p >= '0' && **p <= '9')) return &BAD_DATE;
    if (!calendar_of_year(year, &calendar)) return &BAD_YEAR;
    return day_from_date(calendar, year, month, day, out) ? NULL : &NO_SUCH_DATE;
}

enum { MAX_TEXT = 64 };

/* The text with ASCII digits, trimmed, in `room`; false when it is too long to be a date or a time. */
static bool plain(struct str s, char room[MAX_TEXT], struct str *out) {
    s = str_trim(s);
    size_t i = 0;
    while (i < s.n && !(s.p[i] & 0x80))
        i++;
    *out = s;
    if (i == s.n) return true;
    size_t n = digits_to_ascii(s, room, MAX_TEXT);
    *out = str_trim((struct str){room, n == SIZE_MAX ? 0 : n});
    return n != SIZE_MAX;
}

const struct message *day_parse(struct str s, day_t *out) {
    char room[MAX_TEXT];
    day_t day = 0;
    if (!plain(s, room, &s)) return &BAD_DATE;
    const char *p = s.p, *end = s.p + s.n;
    const struct message *fault = read_date(&p, end, &day);
    if (!fault && p != end) fault = &BAD_DATE;
    if (!fault) *out = day;
    return fault;
}

const struct message *day_parse_prefix(struct str s, day_t *out) {
    char room[MAX_TEXT];
    day_t day = 0;
    if (!plain(s, room, &s)) return &BAD_DATE;
    const char *p = s.p, *end = s.p + s.n;
    const struct message *fault = read_date(&p, end, &day);
    if (!fault && p != end && *p != 'T' && *p != 't' && *p != ' ') fault = &BAD_DATE;
    if (!fault) *out = day;
    return fault;
}

/* hh:mm[:ss[.fraction]] as ms of the day. A leap second is the last ms of its minute. */
static bool read_time(const char **p, const char *end, int32_t *ms) {
    int32_t hour, minute, second = 0, fraction = 0;
    if (!read_digits(p, end, 2, 2, &hour) || *p == end || *(*p)++ != ':' ||
        !read_digits(p, end, 2, 2, &minute))
        return false;
    if (hour > 23 || minute > 59) return false;
    if (*p < end && **p == ':') {
        (*p)++;
        if (!read_digits(p, end, 2, 2, &second) || second > 60) return false;
        if (*p < end && (**p == '.' || **p == ',')) {
            (*p)++;
            int n = read_digits(p, end, 1, 3, &fraction);
            if (!n) return false;
            for (; n < 3; n++)
                fraction *= 10;
            while (*p < end && **p >= '0' && **p <= '9')
                (*p)++;
        }
        if (second == 60) second = 59, fraction = 999;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return true;
}

/* Z, ±hh:mm, ±hhmm or ±hh as ms. */
static bool read_offset(const char **p, const char *end, int32_t *ms) {
    int32_t hour, minute = 0;
    char sign = *(*p)++;
    *ms = 0;
    if (sign == 'Z' || sign == 'z') return true;
    if ((sign != '+' && sign != '-') || !read_digits(p, end, 2, 2, &hour)) return false;
    if (*p < end && **p == ':') {
        (*p)++;
        if (!read_digits(p, end, 2, 2, &minute)) return false;
    } else if (*p < end && !read_digits(p, end, 2, 2, &minute)) {
        return false;
    }
    if (hour > 23 || minute > 59) return false;
    *ms = (hour * 60 + minute) * 60000 * (sign == '-' ? -1 : 1);
    return true;
}

const struct message *instant_parse(struct str s, const struct zone *zone, instant_t *out) {
    char room[MAX_TEXT];
    day_t day = 0;
    int32_t ms, offset;
    if (!plain(s, room, &s)) return &BAD_INSTANT;
    const char *p = s.p, *end = s.p + s.n;
    const struct message *fault = read_date(&p, end, &day);
    if (fault) return fault == &BAD_DATE ? &BAD_INSTANT : fault;
    if (p == end) {
        if (!zone) return &NO_OFFSET;
        *out = zone_start(zone, day);
        return NULL;
    }
    char separator = *p++;
    if (separator != 'T' && separator != 't' && separator != ' ') return &BAD_INSTANT;
    if (!read_time(&p, end, &ms)) return &BAD_INSTANT;
    if (p == end) {
        if (!zone) return &NO_OFFSET;
        *out = zone_instant(zone, day, ms);
        return NULL;
    }
    if (!read_offset(&p, end, &offset) || p != end) return &BAD_INSTANT;
    *out = (instant_t)day * DAY_MS + ms - offset;
    return NULL;
}

static void put_digits(char *out, int32_t value, int n) {
    for (; n > 0; value /= 10)
        out[--n] = (char)('0' + value % 10);
}

void day_print(day_t day, char out[DAY_TEXT + 1]) {
    enum { FIRST = -719528, LAST = 2932896 }; /* 0000-01-01 and 9999-12-31 */
    struct date date = date_from_day(day < FIRST ? FIRST : day > LAST ? LAST : day, CALENDAR_GREGORIAN);
    put_digits(out, date.year, 4);
    out[4] = '-';
    put_digits(out + 5, date.month, 2);
    out[7] = '-';
    put_digits(out + 8, date.day, 2);
    out[10] = 0;
}

void instant_print(instant_t at, char out[INSTANT_TEXT + 1]) {
    const instant_t first = -(instant_t)719528 * DAY_MS, last = ((instant_t)2932896 + 1) * DAY_MS - 1;
    if (at < first) at = first;
    if (at > last) at = last;
    int64_t day = floor_div(at, DAY_MS);
    int32_t ms = (int32_t)(at - day * DAY_MS);
    day_print((day_t)day, out);
    out[10] = 'T';
    put_digits(out + 11, ms / 3600000, 2);
    out[13] = ':';
    put_digits(out + 14, ms / 60000 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, ms / 1000 % 60, 2);
    out[19] = '.';
    put_digits(out + 20, ms % 1000, 3);
    out[23] = 'Z';
    out[24] = 0;
}

/* ---- periods ---- */

/* Months in a unit; a week has none. */
static int unit_months(enum period_unit unit) {
    return unit == PERIOD_YEAR ? 12 : unit == PERIOD_QUARTER ? 3 : unit == PERIOD_MONTH ? 1 : 0;
}

/* The period that starts on `from`, which must be the first day of one. */
static struct period period_from(day_t from, enum period_unit unit, enum calendar calendar) {
    struct period period = {.from = from, .unit = unit, .calendar = calendar};
    struct date date = date_from_day(from, calendar);
    int year = date.year > 9999 ? 9999 : date.year < 0 ? 0 : date.year; /* labels have four digits */
    period.to = unit == PERIOD_WEEK ? from + 7 : day_add_months(from, calendar, unit_months(unit));
    switch (unit) {
    case PERIOD_WEEK:
        snprintf(period.label, sizeof period.label, "W%04u-%02u-%02u", (unsigned)year % 10000,
                 (unsigned)date.month % 100, (unsigned)date.day % 100);
        break;
    case PERIOD_MONTH:
        snprintf(period.label, sizeof period.label, "%04u-%02u", (unsigned)year % 10000,
                 (unsigned)date.month % 100);
        break;
    case PERIOD_QUARTER:
        snprintf(period.label, sizeof period.label, "%04uQ%u", (unsigned)year % 10000,
                 (unsigned)(date.month + 2) / 3 % 10);
        break;
    case PERIOD_YEAR:
        snprintf(period.label, sizeof period.label, "%04u", (unsigned)year % 10000);
        break;
    }
    return period;
}

struct period period_of(day_t day, enum period_unit unit, enum calendar calendar, enum weekday week_start) {
    if (unit == PERIOD_WEEK) {
        int since = ((int)day_weekday(day) - (int)week_start + 7) % 7;
        return period_from(day - since, unit, calendar);
    }
    struct date date = date_from_day(day, calendar);
    int months = unit_months(unit);
    return period_from(day_of(calendar, date.year, (date.month - 1) / months * months + 1, 1), unit,
                       calendar);
}

const struct message *period_parse(struct str s, struct period *out) {
    char room[MAX_TEXT];
    int32_t year, number = 1;
    enum calendar calendar;
    enum period_unit unit = PERIOD_YEAR;
    if (!plain(s, room, &s)) return &BAD_PERIOD;
    const char *p = s.p, *end = s.p + s.n;
    if (p < end && (*p == 'W' || *p == 'w')) {
        day_t day = 0;
        p++;
        const struct message *fault = read_date(&p, end, &day);
        if (!fault && p != end) fault = &BAD_PERIOD;
        if (fault) return fault == &BAD_DATE ? &BAD_PERIOD : fault;
        read_digits(&(const char *){s.p + 1}, end, 4, 4, &year);
        calendar_of_year(year, &calendar);
        *out = period_from(day, PERIOD_WEEK, calendar);
        return NULL;
    }
    if (!read_digits(&p, end, 4, 4, &year)) return &BAD_PERIOD;
    if (p < end) {
        bool separated = *p == '-' || *p == '/';
        p += separated;
        if (p < end && (*p == 'Q' || *p == 'q')) {
            p++;
            unit = PERIOD_QUARTER;
            if (!read_digits(&p, end, 1, 1, &number) || number < 1 || number > 4) return &BAD_PERIOD;
        } else {
            unit = PERIOD_MONTH;
            if (!separated || !read_digits(&p, end, 1, 2, &number) || number < 1 || number > 12)
                return &BAD_PERIOD;
        }
    }
    if (p != end) return &BAD_PERIOD;
    if (!calendar_of_year(year, &calendar)) return &BAD_YEAR;
    int months = unit_months(unit);
    *out = period_from(day_of(calendar, year, (number - 1) * months + 1, 1), unit, calendar);
    return NULL;
}

struct period period_next(const struct period *period) {
    return period_from(period->to, period->unit, period->calendar);
}

struct period period_previous(const struct period *period) {
    day_t from = period->unit == PERIOD_WEEK
                     ? period->from - 7
                     : day_add_months(period->from, period->calendar, -unit_months(period->unit));
    return period_from(from, period->unit, period->calendar);
}
