/* The health of one account week by week: as it was shown where that was stored, else as recomputed by what
 * is known now, and said so. */
#ifndef VAFA_INSIGHT_HEALTH_SERIES_H
#define VAFA_INSIGHT_HEALTH_SERIES_H
#include "platform/route.h"

/* GET /api/v1/accounts/{id}/health/series */
enum status health_series_handle(struct request *, struct response *, struct problem *);
extern const struct route_query health_series_query[];

#endif
