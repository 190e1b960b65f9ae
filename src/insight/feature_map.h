/* Which registered feature an event is use of. An event belongs to one feature at most: to the one that names
 * it in full, else to the one with the longest beginning (report.*), of equals to the first by key. */
#ifndef VAFA_INSIGHT_FEATURE_MAP_H
#define VAFA_INSIGHT_FEATURE_MAP_H
#include "insight/insight.h"

enum { FEATURE_NONE = 0 };
/* By event number up to *n: 1 + the place in catalogue->features, or FEATURE_NONE. In the arena. */
const uint32_t *feature_map_of(struct insight *insight, const struct catalogue *catalogue,
                               struct arena *arena, size_t *n);
/* Whether the events of any feature differ from its key; else keys name events and no map is needed. */
bool feature_map_needed(const struct catalogue *catalogue);
/* The number under which usage counts events of a name; 0 when none was ever seen. */
uint32_t insight_event_number(const struct insight *insight, struct str name);

#endif
