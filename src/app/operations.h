/* Operations of the process itself: settings, its description, whether it lives. Their routes are in
 * routes.def. */
#ifndef VAFA_APP_OPERATIONS_H
#define VAFA_APP_OPERATIONS_H
#include "app/router.h"

enum status settings_handle_list(struct request *, struct response *, struct problem *);
enum status settings_handle_set(struct request *, struct response *, struct problem *);
enum status about_handle(struct request *, struct response *, struct problem *); /* about.c */
enum status limits_handle(struct request *, struct response *, struct problem *);
enum status checklist_handle(struct request *, struct response *, struct problem *); /* checklist.c */
enum status openapi_handle(struct request *, struct response *, struct problem *);
enum status health_handle(struct request *, struct response *,
                          struct problem *); /* GET /health: the process answers */

#endif
