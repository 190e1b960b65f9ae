/* The event properties that facts read, and how far each one is. */
#ifndef VAFA_INSIGHT_PROPERTY_API_H
#define VAFA_INSIGHT_PROPERTY_API_H
#include "platform/route.h"

enum status property_handle_list(struct request *request, struct response *response,
                                 struct problem *problem); /* GET /api/v1/properties */

#endif
