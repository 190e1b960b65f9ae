/* What a caller sees of segments: whom they may see, what those bring in, and how members are written. Shared
 * by the handlers of segments. */
#ifndef VAFA_INSIGHT_SEGMENT_VIEW_H
#define VAFA_INSIGHT_SEGMENT_VIEW_H
#include "insight/segment.h"

struct segment_view {
    struct request *request;
    uint8_t *in_scope; /* by account */
    struct column arr; /* by account */
    size_t accounts;
};
enum status segment_view_make(struct request *request, const struct moment *moment, struct segment_view *view,
                              struct problem *problem) MUST_USE;
bool segment_visible(const struct segment_view *view, const struct segment_roll *roll, size_t row);

struct segment_totals {
    int64_t members, unknown, arr, without_arr; /* arr: of the accounts of members where known, minor units */
    int64_t causes[FACT_CAUSES];                /* why those unknown could not be judged */
};
/* causes: found out too, which costs a look at every row that is unknown. */
struct segment_totals segment_totals_of(const struct segment_view *view, const struct segment_roll *roll,
                                        bool causes);
void segment_write_totals(struct json_writer *w, const struct segment_totals *totals);

/* Opens the object of a member; the caller adds what else it has to say and ends it. slot: of a contact. */
void segment_write_member(struct json_writer *w, const struct segment_view *view, enum segment_of of,
                          uint32_t account, uint32_t slot);
/* The segment of the path in a world, which whoever goes on with it stays in: the current catalogue may be
 * another the next time it is asked for. NULL with NOT_FOUND in problem. */
const struct segment *request_segment(struct request *request, const struct rule_world *world,
                                      struct problem *problem);

#endif
