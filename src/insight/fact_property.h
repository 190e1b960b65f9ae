/* What a catalogue's facts read of the properties of events. */
#ifndef VAFA_INSIGHT_FACT_PROPERTY_H
#define VAFA_INSIGHT_FACT_PROPERTY_H
#include "insight/insight.h"

/* Each use once; they live as long as the catalogue, the list as the arena. */
const struct property_use **catalogue_property_uses(const struct catalogue *catalogue, struct arena *arena,
                                                    size_t *n);
/* LIMITED: more properties than the setting properties.most (NULL: no settings) allows. */
enum status property_uses_fit(const struct catalogue *catalogue, struct settings *settings,
                              struct problem *problem) MUST_USE;
/* Has them kept in memory from now on; waits as ingest_want_properties does. */
enum status property_uses_want(struct insight *insight, const struct catalogue *catalogue,
                               struct problem *problem) MUST_USE;

#endif
