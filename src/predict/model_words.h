/* Models in words: what outcomes and learners are called, and why a version speaks or does not. */
#ifndef VAFA_PREDICT_MODEL_WORDS_H
#define VAFA_PREDICT_MODEL_WORDS_H
#include "platform/route.h"
#include "predict/life_table.h"
#include "predict/model_internal.h"

const char *words_in(enum language language, struct text text);
struct str words_number(struct arena *arena, const struct format *format, int64_t n);
struct str words_decimals(struct arena *arena, const struct format *format, double x, int decimals);
struct str words_percent(struct arena *arena, const struct format *format, double x); /* x: a share */

extern const struct text learner_titles[LEARNERS];
enum learner_kind learner_of(struct str name);
/* "Paying more", "Buying reports". */
struct str outcome_title(const struct request *request, struct outcome_key key);
/* Which learner is used and why, or why nothing is foretold. state: of the trial, or "worse". */
struct str verdict_words(const struct request *request, struct str state, bool cross_sell,
                         const struct json *tests);
enum status model_words(const struct request *request, const struct model_row *row, struct str *ret,
                        struct problem *problem) MUST_USE; /* likewise, of a version */
/* The members that every answer about an outcome begins with. */
void model_put_head(const struct request *request, struct outcome_key key, struct json_writer *w);

/* *found false: the version has none. */
enum status model_life_table(const struct request *request, const struct model_row *row, bool *found,
                             struct life_table *table, struct problem *problem) MUST_USE;
void life_chance_put(const struct life_chance *chance, struct json_writer *w);

#endif
