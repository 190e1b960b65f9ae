/* Scores of past days, as recomputed by the cards of today and by what is known now, asked account by
 * account: "48, down 24 in four weeks" costs a read. A score is kept while the day, the catalogue and the
 * cards are what they were, while nothing of the past was rewritten (usage_rewritten), and while the account
 * has as many records as then. */
#ifndef VAFA_INSIGHT_SCORE_MEMORY_H
#define VAFA_INSIGHT_SCORE_MEMORY_H
#include "insight/health.h"

enum { SCORE_CHANGE_DAYS = 28 }; /* what "in four weeks" compares with */

struct score_memory;
struct score_memory *score_memory_new(struct house *house);
void score_memory_free(struct score_memory *memory); /* NULL is fine */

struct past_score {
    double score;    /* NAN: none */
    struct str band; /* its key, or "unknown"; lives as long as the memory */
};
/* The scores of accounts (directory indexes, ascending) at the start of a day: ret[i] of accounts[i]. Any
 * thread. */
enum status score_memory_read(struct score_memory *memory, day_t day, const uint32_t *accounts, size_t n,
                              struct past_score *ret, struct problem *problem) MUST_USE;

#endif
