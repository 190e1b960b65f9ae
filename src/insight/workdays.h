/* Working days: what of a week, and which days of a year, an account is expected to work. The weekend is that
 * of the account's country (ICU's data, from CLDR), or the organisation's where it has none or the setting
 * organisation.country_weekends is off; holidays are those of everybody and of its country. */
#ifndef VAFA_INSIGHT_WORKDAYS_H
#define VAFA_INSIGHT_WORKDAYS_H
#include "base/clock.h"
#include "base/str.h"

enum { COUNTRY_NONE = 0, COUNTRIES = 26 * 26 + 1 };
uint16_t country_number(struct str code); /* of "IR"; COUNTRY_NONE when it is no such code */

struct holiday_of {
    day_t day;
    uint16_t country; /* COUNTRY_NONE: everybody's */
};
struct workdays;
/* The weekends of all countries, a bit for each enum weekday; takes milliseconds: once a process. */
struct weekends {
    uint8_t of[COUNTRIES];
};
void weekends_read(struct weekends *weekends);
/* weekend: the organisation's, a bit for each enum weekday. countries NULL: it holds for everybody. holidays
 * in any order. All are copied. */
struct workdays *workdays_new(unsigned weekend, const struct weekends *countries,
                              const struct holiday_of *holidays, size_t n);
void workdays_free(struct workdays *workdays);
/* workdays NULL: Saturday and Sunday, no holidays. */
bool workdays_holiday(const struct workdays *workdays, uint16_t country, day_t day);
bool workdays_working(const struct workdays *workdays, uint16_t country, day_t day); /* neither of both */
/* A number that is another one where the days are others. */
uint64_t workdays_state(const struct workdays *workdays);

#endif
