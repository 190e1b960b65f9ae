/* Rules: one typed expression tree over facts, for segments, triggers, audiences, exceptions and alerts
 * alike.
 *
 * A rule is read from JSON or from its text form (docs/rules.md has both grammars) into the same tree,
 * printed back into either without loss, compiled once against a catalogue (types and units checked), and
 * evaluated over columns. Truth is three-valued (Kleene): a leaf over an unknown or not-applicable fact is
 * unknown, and so is its `not`. A rule holds only when true. Facts and Rules, section 2, has the meaning. */
#ifndef VAFA_INSIGHT_RULE_H
#define VAFA_INSIGHT_RULE_H
#include "insight/fact.h"

enum {
    RULE_MAX_DEPTH = 32, /* nodes from the root to a leaf, some_contact included */
    RULE_MAX_NODES = 500,
    RULE_MAX_VALUES = 1000,  /* of one list */
    RULE_MAX_DAYS = 3660,    /* longest window of any leaf */
    RULE_MAX_PEAK_DAYS = 90, /* longest window of fell_from_peak: it looks at every day */
    RULE_MAX_TEXT = 65536,   /* bytes of the text form */
};

enum truth {
    TRUTH_FALSE,
    TRUTH_UNKNOWN,
    TRUTH_TRUE,
    TRUTHS
}; /* and is the smaller, or the larger, not is 2 − x */

enum rule_kind {
    RULE_ALL,
    RULE_ANY,
    RULE_NOT,
    RULE_FACT,    /* fact, is, value */
    RULE_CHANGED, /* fact, changed, in */
    RULE_DID,     /* did, times, people, in */
    RULE_IN_SEGMENT,
    RULE_ENTERED,      /* entered, in */
    RULE_LEFT,         /* left, in */
    RULE_SOME_CONTACT, /* some_contact, at_least */
};

enum rule_op {
    OP_NONE,
    /* of RULE_FACT; the first six also count the times and people of RULE_DID */
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_AT_MOST,
    OP_MORE,
    OP_AT_LEAST,
    OP_BETWEEN,
    OP_IN,
    OP_NOT_IN, /* between includes both ends */
    OP_CONTAINS,
    OP_STARTS_WITH,
    OP_ENDS_WITH, /* folded text */
    OP_HAS,       /* an item of a list (base/list.h), folded; a list never recorded is empty */
    OP_BEFORE,
    OP_AFTER, /* a date, the day itself excluded */
    OP_WITHIN_LAST,
    OP_WITHIN_NEXT,
    OP_MORE_THAN_AGO, /* 0 ≤ today − date ≤ N; 0 ≤ date − today ≤ N; today − date > N */
    OP_ON_WEEKDAY,
    OP_IN_FISCAL_QUARTER,
    OP_KNOWN,
    OP_UNKNOWN,
    OP_STALE,
    OP_APPLICABLE, /* always true or false */
    /* of RULE_CHANGED: the value now against the value at the start of the window */
    OP_RISES_BY,
    OP_FALLS_BY,       /* by an amount, or by a share of the value then: "50%" */
    OP_FELL_FROM_PEAK, /* below the highest value of the window's days */
    OP_TO,
    OP_FROM, /* equal now and not then; equal then and not now */
    RULE_OPS,
};
extern const char *const rule_op_names[RULE_OPS]; /* on the wire: "=", "not_in", "rises_by", … */

/* A literal as written. Dates ("2026-01-31"), shares ("50%") and days ("30d") are strings until compiled. */
enum rule_value_kind { RULE_VALUE_NUMBER, RULE_VALUE_BOOL, RULE_VALUE_STRING };
struct rule_value {
    enum rule_value_kind kind;
    double number; /* NUMBER, and BOOL as 0 or 1 */
    struct str string;
};

struct rule_count {
    enum rule_op op; /* OP_NONE: not given */
    int64_t n;
};

struct rule_node {
    enum rule_kind kind;
    enum rule_op op;
    uint32_t index;   /* of the node in its tree, from 0 in the order of printing */
    struct str where; /* JSON pointer to the node in its rule */
    struct str name;  /* fact, feature or event, segment */
    bool event;       /* DID: name is an event, not a feature */
    struct rule_value *values;
    size_t value_count;
    struct rule_count times, people; /* DID */
    int32_t days;               /* window of CHANGED, DID, ENTERED, LEFT, and of the relative dates of FACT */
    int64_t at_least;           /* SOME_CONTACT */
    struct rule_node *children; /* ALL, ANY: n ≥ 1; NOT, SOME_CONTACT: one */
    size_t child_count;
};

/* Reading. The tree lives in the arena (its strings too) and knows nothing of the catalogue yet. Every fault
 * of a JSON rule is listed with a pointer that starts with `where`; a fault of a text names line and column.
 * BAD_INPUT on any. */
enum status rule_parse(const struct json *json, struct str where, struct arena *arena, struct rule_node **out,
                       struct problem *problem) MUST_USE;
enum status rule_parse_text(struct str text, struct arena *arena, struct rule_node **out,
                            struct problem *problem) MUST_USE;

/* Printing: both forms read back to an equal tree. */
void rule_write(const struct rule_node *node, struct json_writer *w);
void rule_print(const struct rule_node *node, struct buf *out);
bool rule_equal(const struct rule_node *a,
                const struct rule_node *b); /* same meaning and same shape; `where` does not count */

/* What the names in a rule mean. Tests bring their own. */
struct rule_scope {
    uint32_t (*find)(void *self, struct str key); /* DICT_NONE when there is no such fact */
    const struct fact *(*fact)(void *self, uint32_t number);
    /* The fact that a `did` counts; NULL: did is refused. */
    enum status (*anonymous)(void *self, const struct json *source, struct str where, uint32_t *number,
                             struct problem *problem);
    uint32_t (*segment)(void *self, struct str key); /* DICT_NONE when absent; NULL: no segments exist */
    int (*fiscal_quarter)(void *self,
                          day_t day); /* quarters since some start, growing with the day, 0 ≡ first of a year
                                         (mod 4); NULL: Gregorian calendar quarters */
    const struct rule_scope *contacts; /* facts about contacts; NULL: some_contact is refused */
    struct str currency; /* of facts in money, for sentences; empty: numbers stand as they are */
    void *self;
};
struct rule_scope rule_scope_of(
    struct catalogue *catalogue); /* facts and did of a catalogue, its segments, contacts and quarters */

/* For people: a sentence in Persian, or in English with the titles of the facts, money in major units. scope
 * may be NULL: keys instead of titles. The text form, which is read back, keeps minor units. */
void rule_print_for_people(const struct rule_node *node, const struct rule_scope *scope,
                           enum language language, struct buf *out);

/* What evaluation needs: one column for each, in this order. */
enum rule_need_kind {
    NEED_FACT, /* the fact `number` at the moment, or at the start of the local day `days_back` days before it
                */
    NEED_SEGMENT, /* 1 in the segment `number`, 0 not */
    NEED_ENTERED, /* 1 entered it within `days_back` days */
    NEED_LEFT,
    NEED_CONTACTS, /* of `contacts`, counted by rule_some_contact */
};
struct rule;
struct rule_need {
    enum rule_need_kind kind;
    uint32_t number;
    int32_t days_back;
    const struct rule *contacts;
    int64_t at_least;
};
struct rule_needs { /* starts as {0}; rules of one scorecard share a list, so that nothing is asked for twice
                     */
    struct rule_need *v;
    size_t n, capacity;
};
enum { RULE_MAX_NEEDS = 2000 };
/* The position of a need in the list, added when it is not there yet. */
uint32_t rule_need(struct rule_needs *needs, struct rule_need need, struct arena *arena);

/* Checks names, types and units and compiles. The rule borrows node and scope (facts, dictionaries), and
 * lives in the arena. Faults point at nodes. */
enum status rule_compile(const struct rule_node *node, const struct rule_scope *scope,
                         struct rule_needs *needs, struct arena *arena, struct rule **out,
                         struct problem *problem) MUST_USE;
const struct rule_node *rule_tree(const struct rule *rule);
const struct rule_needs *rule_needs_of(const struct rule *rule);

/* Truth of n accounts (enum truth), columns[i] for need i with n rows each. Scratch holds the work and may be
 * reset after. */
void rule_evaluate(const struct rule *rule, const struct column *columns, day_t today, size_t n,
                   struct arena *scratch, uint8_t *truth);
/* One word a row: its truth in the lowest two bits, and that of the first RULE_TRACED leaves, in the order of
 * printing, two bits each above; leaves for which a narrow word has no room are left out. */
enum { RULE_TRACED = 31, RULE_BLOCK_ROWS = 2048 };
struct rule_trace {
    void *words;
    unsigned width; /* of a word: 1, 2, 4 or 8 bytes */
};
/* Fills the words of rows [first, first + n), n ≤ RULE_BLOCK_ROWS, from words[0] on. */
void rule_evaluate_traced(const struct rule *rule, const struct column *columns, day_t today, size_t first,
                          size_t n, struct arena *scratch, const struct rule_trace *trace);
uint32_t rule_leaf_count(const struct rule *rule);
const struct rule_node *rule_leaf(const struct rule *rule, uint32_t ordinal);
/* Of one row. */
enum truth rule_truth(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                      struct arena *scratch);
/* Contacts' truths to accounts': those of account a are [offsets[a], offsets[a + 1]). True if trues ≥
 * at_least, false if trues + unknowns < at_least, else unknown. Fills number, state, cause and age of out. */
void rule_some_contact(const uint8_t *truth, const uint32_t *offsets, size_t accounts, int64_t at_least,
                       struct column *out);

/* The first day after today on which a date leaf of this row turns, everything else staying as it is;
 * INT32_MAX: never. */
day_t rule_next_flip(const struct rule *rule, const struct column *columns, size_t row, day_t today);

/* Why: the tree with each node's truth, and each leaf's values, their age, state and cause. Text is one
 * indented line a node. */
void rule_explain(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                  struct json_writer *w);
void rule_explain_text(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                       enum language language, struct buf *out);
/* The causes that kept a row from being judged, as bits (1 << enum fact_cause), of the leaves that are
 * unknown. */
uint32_t rule_unknown_causes(const struct rule *rule, const struct column *columns, day_t today, size_t row);

/* Dates of the wire: YYYY-MM-DD, Gregorian. False when there is no such day. */
bool rule_date(struct str s, day_t *out);
void rule_put_date(struct buf *out, day_t day);

#endif
