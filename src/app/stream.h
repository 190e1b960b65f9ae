/* The stream of changes for the web: a broadcast (platform/broadcast.h) that hears the house's notices. */
#ifndef VAFA_APP_STREAM_H
#define VAFA_APP_STREAM_H
#include "platform/route.h"

/* After notices and settings, before whoever tells; closed after them. */
enum status stream_open(struct house *house, struct problem *problem) MUST_USE;
void stream_close(struct house *house);
extern const struct route_query stream_query[];
enum status stream_handle(struct request *, struct response *, struct problem *);

#endif
