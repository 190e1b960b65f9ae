/* Columns of what rules and scorecards need: each (fact, day) is evaluated once, however many ask for it. */
#ifndef VAFA_INSIGHT_NEEDS_H
#define VAFA_INSIGHT_NEEDS_H
#include "insight/insight.h"
#include "insight/rule.h"

/* For accounts [first, first + n) at a moment: columns[l][i] is need i of lists[l], n rows each, in the
 * arena. A need of days back is asked at the start of that local day, with the moment's own known_at. */
enum status needs_evaluate(struct insight *insight, const struct catalogue *catalogue,
                           const struct rule_needs *const *lists, size_t list_count,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) MUST_USE;

#endif
