/* Formulas over facts: a small expression text, checked once for facts, types and units, evaluated row by
 * row. sum     product { (+ | − | -) product }          product   unary { (× | * | ÷ | /) unary } call    min
 * max abs ln round coalesce if(condition, a, b) days_between(from, to) others  numbers, fact keys, today, ( …
 * ); comparisons = ≠ < ≤ > ≥ inside if A value that is not applicable makes the result not applicable, else
 * an unknown one makes it unknown, with its cause; coalesce takes the first known value, `if` looks only at
 * the branch taken. */
#ifndef VAFA_INSIGHT_FORMULA_H
#define VAFA_INSIGHT_FORMULA_H
#include "insight/fact.h"

struct formula;
struct formula_names { /* what a fact key means; number DICT_NONE when there is none */
    uint32_t (*find)(void *self, struct str key, enum value_type *type, struct str *unit);
    void *self;
};
/* Parses and checks against the declared type and unit of the fact; faults stand at `where` and name the
 * position in the text. Lives in the arena. */
enum status formula_parse(struct str text, struct formula_names names, enum value_type type, struct str unit,
                          struct str where, struct arena *arena, struct formula **ret,
                          struct problem *problem) MUST_USE;
/* The facts that it reads, each once. */
const uint32_t *formula_facts(const struct formula *formula, size_t *n);
/* inputs: a column for each of formula_facts, in that order, of n rows. */
void formula_evaluate(const struct formula *formula, const struct column *inputs, day_t today, size_t n,
                      struct column *out);

#endif
