/* Handlers of the track API; ROUTE_INGEST | ROUTE_DEFERRED rows of app/routes.def. Answers and codes are
 * those that Segment's, RudderStack's, Jitsu's and PostHog's clients expect: 200 {"success":true} for every
 * body that is JSON of the right shape, whatever its events are. */
#ifndef VAFA_SIGNALS_TRACK_API_H
#define VAFA_SIGNALS_TRACK_API_H
#include "platform/route.h"

enum status track_handle_batch(struct request *, struct response *, struct problem *);
enum status track_handle_track(struct request *, struct response *, struct problem *);
enum status track_handle_identify(struct request *, struct response *, struct problem *);
enum status track_handle_group(struct request *, struct response *, struct problem *);
enum status track_handle_page(struct request *, struct response *, struct problem *);
enum status track_handle_screen(struct request *, struct response *, struct problem *);
enum status track_handle_alias(struct request *, struct response *, struct problem *);
enum status track_handle_settings(struct request *, struct response *,
                                  struct problem *); /* GET /v1/projects/{key}/settings */

#endif
