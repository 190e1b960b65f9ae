/* Which events a usage fact counts. */
#ifndef VAFA_INSIGHT_USAGE_FEATURES_H
#define VAFA_INSIGHT_USAGE_FEATURES_H
#include "insight/insight.h"

/* Fills features, and groups for the measure breadth, of a query. A fact that names features gets a list that
 * is never empty: an event never seen is 0, which no event has. Lives in the arena. */
void usage_features(struct insight *insight, const struct catalogue *catalogue,
                    const struct usage_fact *usage, struct arena *arena, struct usage_query *query);

#endif
