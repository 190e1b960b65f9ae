/* Facts rolled up from the accounts below an account, at any depth, by the parents of the day asked (the
 * history of the field `parent`). Children whose value is not known are left out; an account without children
 * is not applicable, one whose children are all unknown is unknown. An account that stands below itself in an
 * old history counts nothing twice. */
#ifndef VAFA_INSIGHT_FACT_CHILDREN_H
#define VAFA_INSIGHT_FACT_CHILDREN_H
#include "insight/insight.h"

enum status children_evaluate(struct insight *insight, const struct catalogue *catalogue,
                              const struct declared *declared, const struct moment *moment, uint32_t first,
                              size_t n, struct arena *arena, struct column *out,
                              struct problem *problem) MUST_USE;
/* Whether any fact is rolled up: then what touches an account touches those above it. */
bool catalogue_has_children(const struct catalogue *catalogue);
/* The accounts above one, the nearest first, now; at most `most`. Returns how many. */
size_t account_ancestors(struct insight *insight, uint32_t account, uint32_t *out, size_t most);

#endif
