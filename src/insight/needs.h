/* Columns of what rules and scorecards need: each need is evaluated once, however many ask for it, and so are
 * the segments that rules lead to and the facts that those need.
 *
 * A segment is asked at the moment itself: its rule is evaluated anew, so that a past day is judged by what
 * held then. Whether a member entered or left, and who is on a list kept by hand, is read from the memory of
 * segments. */
#ifndef VAFA_INSIGHT_NEEDS_H
#define VAFA_INSIGHT_NEEDS_H
#include "insight/contact_fact.h"
#include "insight/insight.h"
#include "insight/rule.h"
#include "insight/segment_set.h"

/* What is to be evaluated, found out once for any number of moments and accounts. Borrows the lists and the
 * world. */
struct needs_plan {
    const struct rule_world *world;
    const struct rule_needs *const *lists; /* those given, then those of segments that they lead to */
    size_t list_count, given;
    uint32_t **place;         /* by list, by need: where it stands in wanted */
    struct rule_need *wanted; /* each once */
    uint32_t *segment_list;   /* by segment: its list, UINT32_MAX: not needed */
    size_t wanted_n;
};
void needs_plan_make(const struct rule_world *world, const struct rule_needs *const *lists, size_t list_count,
                     struct arena *arena, struct needs_plan *ret);
/* For accounts [first, first + n) at a moment: columns[l][i] is need i of the given list l, n rows each, in
 * the arena. A need of days back is asked at the start of that local day, with the moment's own known_at. */
enum status needs_plan_run(struct insight *insight, const struct needs_plan *plan,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) MUST_USE;
/* The same for accounts that are not neighbours: row i is accounts[i]. */
enum status needs_plan_run_some(struct insight *insight, const struct needs_plan *plan,
                                const struct moment *moment, const uint32_t *accounts, size_t n,
                                struct arena *arena, struct column **columns,
                                struct problem *problem) MUST_USE;
/* Both at once, over the segments of the catalogue. */
enum status needs_evaluate(struct insight *insight, const struct catalogue *catalogue,
                           const struct rule_needs *const *lists, size_t list_count,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) MUST_USE;

/* A plan of rules about contacts, for the contacts of a layout. */
enum status contact_plan_run(struct insight *insight, const struct needs_plan *plan,
                             const struct moment *moment, const struct contact_layout *layout,
                             struct arena *arena, struct column **columns, struct problem *problem) MUST_USE;

/* The facts of {touch}: the model of each account at a moment ("model": a number of insight.touch_models) and
 * the days between contacts that it asks for ("cadence_days"). Unknown where a model before it could not be
 * judged. */
enum status touch_evaluate(struct insight *insight, const struct rule_world *world, struct str which,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column *column, struct problem *problem) MUST_USE;

#endif
