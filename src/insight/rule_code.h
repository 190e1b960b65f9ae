/* A compiled rule, inside: shared by compiling, evaluating and explaining. */
#ifndef VAFA_INSIGHT_RULE_CODE_H
#define VAFA_INSIGHT_RULE_CODE_H
#include "insight/rule_tree.h"

/* What a leaf of the tree became; by the index of its node. */
struct leaf {
    uint32_t ordinal;        /* among the leaves, in the order of printing */
    const struct fact *fact; /* FACT, CHANGED */
    uint32_t now;            /* position of the need; DID: the times */
    uint32_t then;           /* CHANGED: position of the need at the start of the window; DID: the people */
    uint32_t *days;          /* fell_from_peak: a need for each day of the window */
    size_t day_count;
    double a, b;     /* the literal in the unit of the fact; both ends of between */
    bool relative;   /* CHANGED: a is a share of the value then */
    double *numbers; /* IN of numbers and dates: sorted */
    size_t number_count;
    uint32_t mask; /* weekdays (bit 0 is Saturday), quarters (bits 1–4; bits 5–7: last, this, next) */
    struct rule_count times, people; /* DID: as counted, the default filled in */
};

struct rule {
    const struct rule_node *root;
    struct rule_scope scope;
    const struct rule_needs *needs;
    struct leaf *leaves;
    uint32_t leaf_count;
};

enum { QUARTER_LAST = 5, QUARTER_THIS = 6, QUARTER_NEXT = 7 };
int rule_fiscal_quarter(const struct rule_scope *scope, day_t day);

/* Truths of rows [first, first + n) of a node. trace (words of n rows, zeroed; NULL: not wanted) gets the
 * truth of every leaf below it, as rule_evaluate_traced says. */
void rule_truths(const struct rule *rule, const struct rule_node *node, const struct column *columns,
                 day_t today, size_t first, size_t n, struct arena *scratch, uint8_t *truth,
                 const struct rule_trace *trace);

#endif
