/* Holidays: days on which no use is expected, of everybody or of the accounts of one country. What is
 * compared with an account's own past leaves them out. */
#ifndef VAFA_CUSTOMERS_HOLIDAY_H
#define VAFA_CUSTOMERS_HOLIDAY_H
#include "platform/route.h"

struct records;

struct holiday {
    uint64_t has;
    struct id id;
    day_t day;
    struct str country; /* ISO 3166-1 alpha-2, upper case; empty: everybody's */
    struct str title;
    instant_t created_at;
};
extern const struct record_type holiday_type;

/* Makes one; fills id and time of *holiday. CONFLICT when that day is a holiday there already. */
enum status holiday_create(struct records *records, instant_t now, struct holiday *holiday,
                           struct problem *problem) MUST_USE;
enum status holiday_delete(struct records *records, struct id id, struct problem *problem) MUST_USE;

enum status holiday_handle_list(struct request *, struct response *, struct problem *);
enum status holiday_handle_create(struct request *, struct response *, struct problem *);
enum status holiday_handle_delete(struct request *, struct response *, struct problem *);

#endif
