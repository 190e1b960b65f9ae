/* The value of a usage fact for one account, from what was measured and the health of the sources. */
#ifndef VAFA_INSIGHT_FACT_USAGE_H
#define VAFA_INSIGHT_FACT_USAGE_H
#include "insight/insight.h"

enum { EVER_HEALTH_DAYS = 28 };
/* The days over which a fact's sources must have been healthy. */
int usage_fact_days(const struct usage_fact *usage);
/* Its window, without the features. */
struct usage_query usage_fact_query(const struct usage_fact *usage, const struct moment *moment);

struct usage_fact_health {
    uint8_t *healthy; /* by days of the window − 1 */
    int32_t age;
    day_t first;
};
/* out->number[i] holds what was measured (NAN: nothing), base[i] the same of the window before (NULL: no
 * comparison). nothing: why NAN is not known. starts: the account's first day, INT32_MIN: not known. */
void usage_fact_set(const struct usage_fact *usage, const struct moment *moment, bool no_features,
                    const struct usage_fact_health *health, const double *base, enum fact_cause nothing,
                    day_t starts, size_t i, struct column *out);

/* Facts over event properties, comparisons with the own past excepted: fact_property.c. Takes the read lock
 * of usage. */
void property_fact_evaluate(struct insight *insight, const struct declared *declared,
                            const struct moment *moment, const day_t *starts, uint32_t first, size_t n,
                            struct column *out);

#endif
