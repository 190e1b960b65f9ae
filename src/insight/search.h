/* Search: accounts and contacts by their names, keys and addresses, as people type them (search_index.h). */
#ifndef VAFA_INSIGHT_SEARCH_H
#define VAFA_INSIGHT_SEARCH_H
#include "platform/route.h"

extern const struct route_query search_query[];
/* {data: [{kind, rank, id, name, …}], found}: the best of each kind, best first; found: how many there are.
 */
enum status search_handle(struct request *, struct response *, struct problem *);

#endif
