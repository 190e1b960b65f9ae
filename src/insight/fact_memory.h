/* Columns of facts at past days as could be known then, kept so that asking the same days again (a scorecard
 * whose weights are being moved, tested over two years) costs arithmetic alone.
 *
 * What is known later does not change what could be known then; a live event or ticket leaves the columns
 * valid. Everything is forgotten when the past itself was rewritten: a back-fill, a correction or a removal,
 * a merge, a start day, another catalogue (insight_rewritten, usage_rewritten). Accounts that came after the
 * columns were made had nothing known then: the columns do without them. Facts made from contacts, which keep
 * no history, are never kept. Bounded by the setting
 * insight.memory_mb; columns beyond it are made anew each time. */
#ifndef VAFA_INSIGHT_FACT_MEMORY_H
#define VAFA_INSIGHT_FACT_MEMORY_H
#include "insight/insight.h"
#include "insight/rule.h"

/* One state of the past, shared by those who hold it. */
struct fact_memory;
/* The current one of a catalogue, made where there is none. Columns have fact_memory_rows rows. Held until
 * released.
 */
struct fact_memory *fact_memory_hold(struct insight *insight, struct catalogue *catalogue, size_t most_bytes);
void fact_memory_release(struct fact_memory *memory); /* NULL is fine */
size_t fact_memory_rows(const struct fact_memory *memory);
struct catalogue *fact_memory_catalogue(const struct fact_memory *memory);
/* Forgets everything now (a benchmark's cold start). */
void fact_memory_forget(struct insight *insight);

/* One column for each need, as needs_evaluate gives them: kept ones belong to the memory and live as long as
 * it is held; others live in the arena. The moment is the start of a day with its known_at. */
enum status fact_memory_needs(struct fact_memory *memory, const struct rule_needs *needs,
                              const struct moment *moment, struct arena *arena, struct column *columns,
                              struct problem *problem) MUST_USE;
/* Values carried forward (health.c): kept and found under the days that they may be old. */
bool fact_memory_carried(struct fact_memory *memory, uint32_t fact, const struct moment *moment,
                         int32_t carry_days, struct column *column);
void fact_memory_keep_carried(struct fact_memory *memory, uint32_t fact, const struct moment *moment,
                              int32_t carry_days, const struct column *column);

#endif
