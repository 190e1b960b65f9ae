/* Facts over HTTP: the catalogue, own facts, and all facts of one account as of any day. */
#ifndef VAFA_INSIGHT_FACT_API_H
#define VAFA_INSIGHT_FACT_API_H
#include "platform/route.h"

enum status fact_handle_list(struct request *request, struct response *response,
                             struct problem *problem); /* GET /api/v1/facts */
enum status fact_handle_create(struct request *request, struct response *response,
                               struct problem *problem); /* POST /api/v1/facts */
enum status fact_handle_put(struct request *request, struct response *response,
                            struct problem *problem); /* PUT /api/v1/facts/{key} */
enum status fact_handle_delete(struct request *request, struct response *response,
                               struct problem *problem); /* DELETE /api/v1/facts/{key} */
/* GET /api/v1/accounts/{id}/facts?as_of=&known_at=&keys= */
enum status fact_handle_account(struct request *request, struct response *response, struct problem *problem);
/* PUT /api/v1/accounts/{id}/facts/{key}: a value set by hand; input manual_value_type of insight.h */
enum status fact_handle_value(struct request *request, struct response *response, struct problem *problem);
/* GET /api/v1/facts/{key}/values: fact_values.c */
enum status fact_handle_values(struct request *request, struct response *response, struct problem *problem);
extern const struct route_query fact_account_query[];
extern const struct record_type manual_value_type;

#endif
