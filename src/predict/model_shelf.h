/* Live models, opened once and shared by those who ask about accounts, until another version goes live; and
 * what those of whom they foretell have of their columns, sorted, for some minutes. */
#ifndef VAFA_PREDICT_MODEL_SHELF_H
#define VAFA_PREDICT_MODEL_SHELF_H
#include "predict/model.h"

struct model_shelf;
struct model_shelf *model_shelf_new(void);
void model_shelf_free(struct model_shelf *shelf); /* NULL is fine; nothing is held any more */

struct shelved;
/* The live version of an outcome; *ret NULL: there is none. Handed back by model_release. */
enum status model_hold(struct house *house, struct outcome_key key, struct shelved **ret,
                       struct problem *problem) MUST_USE;
void model_release(struct shelved *one); /* NULL is fine */
const struct model *model_held(const struct shelved *one);

/* Where values of its columns stand among those of whom it foretells, as they were within the last
 * ten minutes: the share of the known ones that is lower, equal ones by half; NAN where the value or all of
 * theirs are unknown. columns, values: n. */
enum status model_percentiles(struct house *house, struct shelved *one, const size_t *columns, size_t n,
                              const double *values, double *ret, struct problem *problem) MUST_USE;

#endif
