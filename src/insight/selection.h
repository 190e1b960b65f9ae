/* Which accounts a figure is about, and how it is split: the same words for every figure of insight.
 *
 *   segment=KEY   the members of a segment
 *   where=RULE    those for whom a rule in its text form holds (docs/rules.md)
 *   split=FACT    one figure for each value of a text or yes/no fact (owner, plan, stage, …)
 *
 * Only accounts that the caller may see are ever counted. Rules are asked at the moment of the figure, so
 * that a figure of a past day is about those who belonged then. */
#ifndef VAFA_INSIGHT_SELECTION_H
#define VAFA_INSIGHT_SELECTION_H
#include "insight/insight.h"
#include "insight/rule.h"
#include "platform/route.h"

#define SELECTION_QUERY                                                                                      \
    {"segment", "Key of a segment: only its members."}, {                                                    \
        "where", "A rule in its text form: only accounts for which it holds, such as “arr >= 1000”."     \
    }
#define SPLIT_QUERY                                                                                          \
    { "split", "A text or yes/no fact, such as owner or plan: one figure for each of its values." }

/* What the caller asked for, compiled once, asked at as many moments as are needed. Lives in the request's
 * arena.
 */
struct selector {
    const struct request *request;
    struct catalogue *catalogue;
    struct rule_scope scope;
    struct rule_needs needs;
    struct rule *rule; /* NULL: everybody in scope */
    uint32_t split;    /* fact number; DICT_NONE: not split */
};
/* A fault names the parameter, and the place inside the rule. */
enum status request_selector(const struct request *request, struct selector *ret,
                             struct problem *problem) MUST_USE;

/* By account of the directory: 1, the caller may see it; in the request's arena. NULL: the whole company. */
const uint8_t *request_scope_mask(const struct request *request, size_t *n);

enum { GROUP_NONE = UINT32_MAX, SPLIT_MOST_GROUPS = 500 };
struct selection {
    size_t n;          /* accounts of the directory when it was made */
    uint8_t *included; /* by account: 1 it counts */
    size_t count;      /* how many do */
    size_t
        unjudged; /* in scope, but the rule could not be judged for lack of knowledge: left out, and said */
    uint32_t *group; /* by account, with a split: its group, GROUP_NONE where it does not count */
    struct selection_group {
        struct str key; /* the value; empty: not known */
        size_t count;
    } * groups; /* with a split: sorted by key, the unknown last */
    size_t group_count;
};
/* Arrays live in the arena. BAD_INPUT: a split into more than SPLIT_MOST_GROUPS. */
enum status selector_apply(const struct selector *selector, const struct moment *moment, struct arena *arena,
                           struct selection *ret, struct problem *problem) MUST_USE;

#endif
