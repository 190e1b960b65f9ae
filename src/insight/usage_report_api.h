/* The usage figures of a period for clients (signals/usage_report.h measures them). */
#ifndef VAFA_INSIGHT_USAGE_REPORT_API_H
#define VAFA_INSIGHT_USAGE_REPORT_API_H
#include "platform/route.h"

/* GET /api/v1/usage?period=2015-03 | as_of=2015-04-01 */
extern const struct route_query usage_report_query[];
enum status usage_report_handle(struct request *, struct response *, struct problem *);

#endif
