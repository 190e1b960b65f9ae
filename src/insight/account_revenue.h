/* What one account paid over time: its movements to the day, and what it paid a year from each day on; the
 * revenue ledger asked for one account. */
#ifndef VAFA_INSIGHT_ACCOUNT_REVENUE_H
#define VAFA_INSIGHT_ACCOUNT_REVENUE_H
#include "platform/route.h"

/* GET /api/v1/accounts/{id}/movements */
enum status account_movements_handle(struct request *, struct response *, struct problem *);
extern const struct route_query account_movements_query[];

#endif
