/* What would break: segments, milestones and scorecards whose rules stand now, and would not with other facts
 * or segments. */
#ifndef VAFA_INSIGHT_DEPENDANTS_H
#define VAFA_INSIGHT_DEPENDANTS_H
#include "insight/segment_set.h"

/* then: with its segments compiled. CONFLICT names the first that would break, and what (a key) it names. */
enum status dependants_check(struct session *session, struct rule_world *now, struct rule_world *then,
                             struct str what, struct problem *problem) MUST_USE;

#endif
