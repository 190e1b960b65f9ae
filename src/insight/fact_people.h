/* Facts over the contacts of an account: how many there are for whom a rule over contact facts holds, their
 * share, or whether there is any. Contacts of whom the rule could not be judged make the value unknown,
 * unless it does not hang on them (any: one who holds is enough). A share of no contacts is unknown. */
#ifndef VAFA_INSIGHT_FACT_PEOPLE_H
#define VAFA_INSIGHT_FACT_PEOPLE_H
#include "insight/insight.h"

/* {"filter": a rule over contacts in JSON or text, "measure": "count" | "share" | "any"}; no filter:
 * everybody. */
enum status people_fact_read(struct catalogue *catalogue, const struct json *source, struct str where,
                             struct people_fact *out, struct problem *problem) MUST_USE;
void people_fact_type(const struct people_fact *people, enum value_type *type, const char **unit);
enum status people_evaluate(struct insight *insight, const struct catalogue *catalogue,
                            const struct people_fact *people, const struct moment *moment, uint32_t first,
                            size_t n, struct arena *arena, struct column *out,
                            struct problem *problem) MUST_USE;

#endif
