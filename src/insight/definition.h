/* What milestones and value events share as records of their own: named by a key, in versions, few enough to
 * be listed whole. */
#ifndef VAFA_INSIGHT_DEFINITION_H
#define VAFA_INSIGHT_DEFINITION_H
#include "platform/records.h"
#include "platform/route.h"

/* The stored one of that key into `stored`; *created: there is none. */
enum status definition_find(struct session *session, const struct query *by_key,
                            const struct record_type *type, struct str key, void *stored, bool *created,
                            struct problem *problem) MUST_USE;
/* {data: […]} of n records of `size` bytes each. */
void definitions_write(const struct record_type *type, const void *list, size_t n, size_t size,
                       struct buf *body);
/* Removes the one of that key. NOT_FOUND: there is none. */
enum status definition_delete(struct session *session, const struct query *delete, struct text what,
                              struct str key, struct problem *problem) MUST_USE;
/* Commits, or takes back where status is a fault. */
enum status definition_end(struct session *session, enum status status, struct problem *problem) MUST_USE;

#endif
