/* Opening and closing everything that a data folder needs, in one order. */
#ifndef VAFA_APP_HOUSE_H
#define VAFA_APP_HOUSE_H
#include "base/log.h"
#include "platform/house.h"

/* With create the folder is made first (CONFLICT when something is there). Logs to *log, which must outlive
 * the house. On failure whatever was opened is closed again. To open one more part, add a row to `steps` in
 * house.c. */
enum status house_open(const char *folder, bool create, struct clock clock, const struct log *log,
                       struct house **ret, struct problem *problem) MUST_USE;
void house_close(struct house *house); /* accepts NULL */
/* The organisation's language and calendar, for who shows things. */
enum language house_language(const struct house *house);

#endif
