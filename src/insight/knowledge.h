/* How much of what a figure reads was assumed to be known when it happened (a declared back-fill). Counted
 * over the accounts that the caller may see. */
#ifndef VAFA_INSIGHT_KNOWLEDGE_H
#define VAFA_INSIGHT_KNOWLEDGE_H
#include "insight/insight.h"
#include "platform/route.h"

struct knowledge {
    struct str source;       /* "usage", or the key of a signal source */
    uint64_t known, assumed; /* rows, of subscriptions every version; of usage, events */
    bool counted;            /* false: the source does not tell */
};
/* Fills the n counts of what could be known before an instant. Events are counted of the whole company only:
 * who sees a part is not told of them. */
enum status knowledge_count(const struct request *request, instant_t before, struct knowledge *list, size_t n,
                            struct problem *problem) MUST_USE;
/* "knowledge": {"sources": [{source, known, assumed}], "assumed_share"}: null where nothing is known. */
void knowledge_put(const struct knowledge *list, size_t n, struct json_writer *w);

#endif
