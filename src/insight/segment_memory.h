/* What members did, for rules: who is on a list kept by hand, who entered a segment or left it within some
 * days. Read from the records; what is asked as of now stays in memory from the first time on. */
#ifndef VAFA_INSIGHT_SEGMENT_MEMORY_H
#define VAFA_INSIGHT_SEGMENT_MEMORY_H
#include "insight/segment_set.h"
#include "platform/house.h"

struct segment_memory;
struct segment_memory *segment_memory_open(struct house *house); /* becomes the memory of the insight */
void segment_memory_close(struct segment_memory *memory);
/* The history has a new row that is no edit of the rule. Any thread. */
void segment_memory_moved(struct segment_memory *memory, struct str key, uint32_t member, bool entered,
                          instant_t at);
void segment_memory_forget(struct segment_memory *memory, struct str key); /* a list changed */

#endif
