/* Shared by the files of the rule: operators as a table, literals, and the last check of a tree just read. */
#ifndef VAFA_INSIGHT_RULE_TREE_H
#define VAFA_INSIGHT_RULE_TREE_H
#include "base/format.h"
#include "insight/rule.h"

enum value_shape { SHAPE_NONE, SHAPE_ONE, SHAPE_PAIR, SHAPE_LIST, SHAPE_DAYS };

struct rule_op_info {
    const char *name;  /* on the wire */
    const char *other; /* accepted too, or NULL */
    const char *words; /* in the text form */
    enum value_shape shape;
    struct text phrase; /* for people: {0} is the value */
    const char *
        denied; /* the English phrase under `not`; NULL: its “is” becomes “is not”. Persian denies its verb */
};
extern const struct rule_op_info rule_op_info[RULE_OPS];
enum { OP_FIRST_CHANGE = OP_RISES_BY };
enum rule_op rule_op_find(struct str name, bool change); /* OP_NONE when absent */
static inline bool op_counts(enum rule_op op) {
    return op >= OP_EQUAL && op <= OP_AT_LEAST;
}

extern const char *const weekday_names[7]; /* "sat" … "fri" */
int weekday_find(struct str name);         /* 0 is Saturday; −1 when absent */
static inline int weekday_of(day_t day) {
    return (int)((((int64_t)day + 5) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}
extern const char *const quarter_names[3]; /* "last", "this", "next" */

/* A number of the fact as people read it: money (of a fact in money or a currency of its own) in major units,
 * else with so many decimals. scope and fact may be NULL. */
void put_number_for_people(struct buf *out, const struct format *format, const struct rule_scope *scope,
                           const struct fact *fact, double number, int decimals);

bool value_share(struct str s, double *share); /* "50%" → 0.5 */
bool value_days(struct str s, int64_t *days);  /* "30d", "2w" */

struct str path_name(struct arena *arena, struct str where, const char *name);
struct str path_item(struct arena *arena, struct str where, size_t i);

/* Gives every node its index and pointer, and checks the limits that both forms share. */
enum status rule_finish(struct rule_node *root, struct str where, struct arena *arena,
                        struct problem *problem);

/* The literal as the text form has it. */
void put_value(struct buf *out, const struct rule_value *value);
void put_number(struct buf *out, double number);
bool rule_word_is_bare(struct str s);    /* may stand as a name without quotes */
bool rule_literal_is_bare(struct str s); /* a date, a share or days: may stand as a value without quotes */

#endif
