#include "insight/workdays.h"

#include "base/arena.h"
#include "base/calendar.h"

#include <stdlib.h>
#include <unicode/ucal.h>

struct workdays {
    struct weekends weekends;    /* COUNTRY_NONE: the organisation's */
    struct holiday_of *holidays; /* by country, then day */
    size_t n;
};

uint16_t country_number(struct str code) {
    if (code.n != 2 || code.p[0] < 'A' || code.p[0] > 'Z' || code.p[1] < 'A' || code.p[1] > 'Z')
        return COUNTRY_NONE;
    return (uint16_t)(1 + (code.p[0] - 'A') * 26 + (code.p[1] - 'A'));
}

enum { SATURDAY_SUNDAY = 1 << SATURDAY | 1 << SUNDAY };

static unsigned country_weekend(uint16_t country) {
    char locale[] = "und_AA";
    locale[4] = (char)('A' + (country - 1) / 26);
    locale[5] = (char)('A' + (country - 1) % 26);
    UErrorCode error = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(u"UTC", 3, locale, UCAL_GREGORIAN, &error);
    unsigned days = 0;
    for (int day = UCAL_SUNDAY; day <= UCAL_SATURDAY && U_SUCCESS(error); day++)
        if (ucal_getDayOfWeekType(calendar, (UCalendarDaysOfWeek)day, &error) != UCAL_WEEKDAY)
            days |= 1u << (day - UCAL_SUNDAY);
    if (calendar) ucal_close(calendar);
    return U_SUCCESS(error) ? days : SATURDAY_SUNDAY;
}

static int by_country(const void *a, const void *b) {
    const struct holiday_of *x = a, *y = b;
    if (x->country != y->country) return x->country < y->country ? -1 : 1;
    return (x->day > y->day) - (x->day < y->day);
}

void weekends_read(struct weekends *weekends) {
    weekends->of[COUNTRY_NONE] = SATURDAY_SUNDAY;
    for (uint16_t country = 1; country < COUNTRIES; country++)
        weekends->of[country] = (uint8_t)country_weekend(country);
}

struct workdays *workdays_new(unsigned weekend, const struct weekends *countries,
                              const struct holiday_of *holidays, size_t n) {
    struct workdays *workdays = memory_new(sizeof *workdays);
    memset(workdays->weekends.of, (int)weekend, COUNTRIES);
    if (countries) workdays->weekends = *countries;
    workdays->weekends.of[COUNTRY_NONE] = (uint8_t)weekend;
    workdays->holidays = memory_new((n + 1) * sizeof *holidays);
    workdays->n = n;
    if (n) memcpy(workdays->holidays, holidays, n * sizeof *holidays);
    qsort(workdays->holidays, n, sizeof *holidays, by_country);
    return workdays;
}

void workdays_free(struct workdays *workdays) {
    if (!workdays) return;
    free(workdays->holidays);
    free(workdays);
}

static bool listed(const struct workdays *workdays, uint16_t country, day_t day) {
    struct holiday_of wanted = {day, country};
    return workdays->n &&
           bsearch(&wanted, workdays->holidays, workdays->n, sizeof wanted, by_country) != NULL;
}

bool workdays_holiday(const struct workdays *workdays, uint16_t country, day_t day) {
    if (!workdays) return false;
    return listed(workdays, COUNTRY_NONE, day) || (country && listed(workdays, country, day));
}

bool workdays_working(const struct workdays *workdays, uint16_t country, day_t day) {
    unsigned weekend = workdays ? workdays->weekends.of[country] : SATURDAY_SUNDAY;
    return !(weekend >> day_weekday(day) & 1) && !workdays_holiday(workdays, country, day);
}

uint64_t workdays_state(const struct workdays *workdays) {
    uint64_t state = 0xcbf29ce484222325ull; /* FNV-1a */
    if (!workdays) return state;
    for (size_t i = 0; i < COUNTRIES; i++)
        state = (state ^ workdays->weekends.of[i]) * 0x100000001b3ull;
    for (size_t i = 0; i < workdays->n; i++)
        state =
            (state ^ ((uint64_t)workdays->holidays[i].country << 32 | (uint32_t)workdays->holidays[i].day)) *
            0x100000001b3ull;
    return state;
}
