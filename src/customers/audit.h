/* The audit: who asked for which change, when, and how it ended. Written by the router after each request
 * that may change something. */
#ifndef VAFA_CUSTOMERS_AUDIT_H
#define VAFA_CUSTOMERS_AUDIT_H
#include "platform/route.h"

struct audit_entry {
    const struct principal *principal;
    struct str method, route, target, peer; /* target: the path, never the query or the body */
    int code;
};
/* A failure to write is logged: the change itself has happened. */
void audit_put(struct house *house, const struct audit_entry *entry);

extern const struct record_type audit_type;
extern const struct route_query audit_query[];
enum status audit_handle_list(struct request *, struct response *, struct problem *); /* newest first */

#endif
