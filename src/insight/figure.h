/* What every figure's answer says alike: sentences in both languages, days, numbers that may be missing,
 * pages. */
#ifndef VAFA_INSIGHT_FIGURE_H
#define VAFA_INSIGHT_FIGURE_H
#include "base/calendar.h"
#include "base/fields.h"
#include "platform/route.h"

/* {"en": …, "fa": …} */
void put_both(struct json_writer *w, const char *name, struct str en, struct str fa);
/* A number as Persian sentences write it. */
struct str persian_number(struct arena *arena, double value, int decimals);
/* A local day; INT32_MIN and INT32_MAX (never, not yet) as null. */
void put_day(struct json_writer *w, const char *name, day_t day);

/* Sets the number of a field (FIELD_NUMBER) of a record; NAN leaves it without a value, which is null. */
void figure_set(const struct record_type *type, void *record, int field, double value);

/* limit and cursor (a number of rows to step over) of the query. */
struct figure_page {
    int64_t limit, first;
};
enum status request_page(const struct request *request, int64_t limit_unless_told, struct figure_page *ret,
                         struct problem *problem) MUST_USE;
/* The row behind the last of the page. */
size_t figure_page_end(const struct figure_page *page, size_t rows);
/* has_more and next_cursor. */
void put_page(struct json_writer *w, struct arena *arena, size_t end, size_t rows);

#endif
