/* Models for clients. */
#ifndef VAFA_PREDICT_MODEL_API_H
#define VAFA_PREDICT_MODEL_API_H
#include "insight/outcome.h"
#include "platform/route.h"

extern const struct route_query model_trial_query[];

/* What is foretold of an account, with the reasons; or why nothing is: an object. */
enum status prediction_put(struct request *request, struct outcome_key key, uint32_t account,
                           struct json_writer *w, struct problem *problem) MUST_USE;

enum status model_handle_list(struct request *, struct response *, struct problem *); /* GET /models */
enum status model_handle_get(struct request *, struct response *,
                             struct problem *); /* GET /models/{outcome} */
enum status model_handle_make(struct request *, struct response *, struct problem *);      /* POST likewise */
enum status model_handle_roll_back(struct request *, struct response *, struct problem *); /* …/roll-back */
enum status model_handle_trial(struct request *, struct response *, struct problem *);     /* GET …/trial */
enum status model_handle_panel(struct request *, struct response *, struct problem *); /* GET …/panel, CSV */
enum status prediction_handle_account(struct request *, struct response *,
                                      struct problem *); /* GET /accounts/{id}/predictions */

#endif
