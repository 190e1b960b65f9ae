/* All segments of the organisation as rules use them: compiled against one catalogue, in an order in which
 * every segment stands behind those that its rule names. Immutable once made; part of a catalogue, so that
 * facts and segments always fit each other.
 *
 * A segment is a rule with a name, or a list kept by hand. It holds accounts or contacts. Those with a place
 * are the touch models: of them an account has the first whose rule holds (exclusive by order). */
#ifndef VAFA_INSIGHT_SEGMENT_SET_H
#define VAFA_INSIGHT_SEGMENT_SET_H
#include "base/id.h"
#include "insight/catalogue.h"

enum { SEGMENT_MOST = 1000, SEGMENT_KEY_BYTES = 64 };
enum segment_of { SEGMENT_OF_ACCOUNTS, SEGMENT_OF_CONTACTS };

/* As it is stored. */
struct segment_definition {
    struct str key, title_en, title_fa;
    enum segment_of of;
    struct str rule; /* JSON; empty: a list kept by hand */
    int64_t version;
    instant_t since;            /* when its first version was saved: there is no memory before */
    int64_t touch_place;        /* 1, 2, …; 0: no touch model */
    struct id touch_owner;      /* member; none: nobody */
    int64_t touch_cadence_days; /* 0: none */
};

struct segment {
    struct str key;
    struct text title;
    enum segment_of of;
    int64_t version;
    instant_t since;
    struct str rule_json;         /* empty: a list */
    const struct rule_node *root; /* NULL: a list, or broken */
    struct rule *rule;            /* NULL likewise */
    struct rule_needs needs;
    struct text
        broken; /* why its rule no longer fits the facts; en NULL: it does. Nobody can be judged then. */
    int64_t touch_place, touch_cadence_days;
    struct id touch_owner;
    uint32_t touch_number; /* of the key in insight.touch_models */
};

struct segment_set {
    struct arena arena;
    struct segment *v; /* a segment's number is its place here */
    size_t n;
    const struct segment **touch; /* the touch models by place */
    size_t touch_n;
    struct rule_world *world;
};

/* Reads those in force. They live in the arena. */
struct session;
enum status segment_definitions_read(struct session *session, struct arena *arena,
                                     struct segment_definition **ret, size_t *n,
                                     struct problem *problem) MUST_USE;
/* Compiles definitions in a world, whose segments it becomes. What is wrong with the subject (a key; empty:
 * none) is an error with places that start with `where`; any other that does not fit is kept as broken. */
enum status segment_set_make(struct rule_world *world, const struct segment_definition *definitions, size_t n,
                             struct str subject, struct str where, struct segment_set **ret,
                             struct problem *problem) MUST_USE;
void segment_set_free(struct segment_set *set);
const struct segment *segment_set_find(const struct segment_set *set, struct str key); /* NULL: none */

/* What rules lead to, through formulas, segments and touch models: bits of enum reach. */
enum reach { REACH_SCORE = 1, REACH_TOUCH = 2, REACH_PEOPLE = 4 /* contacts, which keep no history */ };
unsigned needs_reach(const struct rule_world *world, const struct rule_needs *needs);
unsigned fact_reach(const struct rule_world *world, uint32_t fact);

#endif
