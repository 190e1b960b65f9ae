/* The memory of segments: who is in, who entered and left, when and by which leaf of the rule.
 *
 * Memberships are judged anew when accounts are touched, and all of them when a local day starts (date leaves
 * and windows of days turn then, without any signal) or a rule is saved. It has no thread of its own: the
 * worker of the live scores calls it, after the scores that rules may read. Changes go to the history at
 * once.
 *
 * Judging a version for the first time makes a generation: members that differ from the version before have
 * the cause rule_edited and neither entered nor left. */
#ifndef VAFA_INSIGHT_SEGMENT_LIVE_H
#define VAFA_INSIGHT_SEGMENT_LIVE_H
#include "insight/needs.h"
#include "platform/house.h"

struct segment_live;
/* Reads who was in, becomes the memory of the insight and judges all. */
enum status segment_live_start(struct house *house, struct segment_live **ret,
                               struct problem *problem) MUST_USE;
void segment_live_stop(struct segment_live *live); /* NULL is fine */
/* Judges the accounts named, or all, at a moment of now. One caller at a time. On an error nothing of this
 * round is kept, and the same accounts are to be judged again. */
enum status segment_live_follow(struct segment_live *live, const uint32_t *accounts, size_t n, bool all,
                                const struct moment *moment, struct problem *problem) MUST_USE;
/* A list kept by hand changed. Any thread. */
void segment_live_list_changed(struct segment_live *live, struct str key);

/* Of the accounts of a directory: which count at a moment, merged ones and those not yet known do not. */
void accounts_present(struct directory *directory, day_t day, uint32_t first, size_t n, uint8_t *present);
/* Ids of members to indexes: accounts of the directory, slots of contacts. UINT32_MAX: none. */
uint32_t segment_member(struct house *house, enum segment_of of, struct id id);
struct id segment_member_id(struct house *house, enum segment_of of, uint32_t member);

#endif
