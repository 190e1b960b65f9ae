/* Segments: the accounts or contacts for which a rule holds, or a list kept by hand, under a name. What they
 * are for rules is segment_set.h, their memory segment_live.h; here they are saved, previewed and shown.
 *
 * A saved version never changes; saving makes the next one. Everything is checked against all other segments,
 * the facts and the scorecards in force: an unknown name, a wrong type, a circle is an error at the node. */
#ifndef VAFA_INSIGHT_SEGMENT_H
#define VAFA_INSIGHT_SEGMENT_H
#include "insight/needs.h"
#include "platform/route.h"

enum segment_field {
    SEGMENT_ID,
    SEGMENT_KEY,
    SEGMENT_VERSION,
    SEGMENT_HOLDS,
    SEGMENT_TITLE_EN,
    SEGMENT_TITLE_FA,
    SEGMENT_RULE,
    SEGMENT_TEXT,
    SEGMENT_TOUCH_PLACE,
    SEGMENT_TOUCH_OWNER,
    SEGMENT_TOUCH_CADENCE,
    SEGMENT_LIVE_FROM,
    SEGMENT_CREATED_BY,
    SEGMENT_SINCE,
    SEGMENT_MEMBERS,
    SEGMENT_UNKNOWN,
    SEGMENT_ARR,
    SEGMENT_CURRENCY,
    SEGMENT_BROKEN,
    SEGMENT_ENTERED,
    SEGMENT_LEFT,
    SEGMENT_FIELDS
};
struct segment_record {
    uint64_t has;
    struct id id;
    struct str key;
    int64_t version;
    int32_t holds; /* enum segment_of */
    struct str title_en, title_fa;
    struct str rule; /* JSON; without a value: a list kept by hand */
    struct str text; /* the same in the text form: either is taken, both are given */
    int64_t touch_place, touch_cadence_days;
    struct id touch_owner; /* member to whom accounts of the touch model are suggested */
    instant_t live_from;
    struct str created_by;
    instant_t since;
    int64_t members, unknown; /* as of now, of what the caller may see */
    int64_t arr;              /* of the members' accounts, minor units of the base currency */
    struct str currency;      /* of the amount */
    struct str broken;        /* why the rule no longer fits the facts */
    int64_t entered, left;    /* within the last 30 days, of what the caller may see; a changed rule aside */
};
extern const struct record_type segment_type;
struct segment_definition segment_definition_of(const struct segment_record *record);

/* Saves the next version: what `input` does not give stays as it was. version: the one that the caller saw;
 * −1: any. CONFLICT: another one stands, or a scorecard would read itself. Faults of the rule stand at /rule…
 * or /text. */
enum status segment_save(struct house *house, struct str key, const struct segment_record *input,
                         uint64_t cleared, int64_t version, struct str by, struct segment_record *after,
                         bool *created, struct problem *problem) MUST_USE;
/* Its history stays. CONFLICT: a segment or a scorecard names it. */
enum status segment_remove(struct house *house, struct str key, struct problem *problem) MUST_USE;
/* First start of a company: stores the touch models high, low and tech. Does nothing where segments are
 * stored. */
enum status segments_install(struct house *house, struct str currency, struct problem *problem) MUST_USE;

/* Another set of segments over the same facts: with `subject` in place of the segment of its key, or without
 * the segment `removed`. Faults of the subject stand under `where`. */
struct segment_trial {
    struct rule_world world;
    struct segment_set *set;
};
enum status segment_trial_make(struct house *house, const struct segment_definition *subject,
                               struct str removed, struct str where, struct arena *arena,
                               struct segment_trial *ret, struct problem *problem) MUST_USE;
void segment_trial_free(struct segment_trial *trial);

/* Who is in a segment at a moment. Rows are accounts of the directory (row i is account i), or contacts. */
struct segment_roll {
    const struct segment *segment;
    struct moment moment;
    size_t n;
    uint8_t *truth;         /* enum truth, by row; FALSE for whoever is not there */
    struct column *columns; /* by need of the segment */
    uint32_t *contacts;     /* slots, by row; NULL: accounts */
    uint32_t *accounts;     /* by row */
};
enum status segment_roll(struct insight *insight, const struct rule_world *world,
                         const struct segment *segment, const struct moment *moment, struct arena *arena,
                         struct segment_roll *ret, struct problem *problem) MUST_USE;

/* A rule as an input gives it: `rule` (JSON) or `text`, one of them; *root NULL when neither. */
enum status rule_of_input(struct str rule, struct str text, struct arena *arena, struct rule_node **root,
                          struct problem *problem) MUST_USE;
struct str rule_to_json(const struct rule_node *root, struct arena *arena);
struct str rule_to_text(const struct rule_node *root, struct arena *arena);

/* Rows: segment_store.c. */
enum status segment_store_latest(struct session *session, struct str key, struct segment_record *record,
                                 bool *found, struct arena *arena, struct problem *problem) MUST_USE;
enum status segment_store_retire(struct session *session, struct str key, instant_t at,
                                 struct problem *problem) MUST_USE;
enum status segment_store_insert(struct session *session, const struct segment_record *record,
                                 struct problem *problem) MUST_USE;
enum status segment_store_list_put(struct session *session, struct str segment, struct id member, bool on,
                                   instant_t at, struct str by, bool *changed,
                                   struct problem *problem) MUST_USE;

/* Handlers. */
extern const struct route_query segment_moment_query[], segment_members_query[], segment_history_query[];
extern const struct route_query segment_list_query[];
enum status segment_handle_list(struct request *, struct response *, struct problem *);
enum status segment_handle_get(struct request *, struct response *, struct problem *);
enum status segment_handle_put(struct request *, struct response *, struct problem *);
enum status segment_handle_delete(struct request *, struct response *, struct problem *);
enum status segment_handle_members(struct request *, struct response *, struct problem *);
enum status segment_handle_history(struct request *, struct response *, struct problem *);
enum status segment_handle_preview(struct request *, struct response *, struct problem *);
enum status segment_handle_entries(struct request *, struct response *, struct problem *);
enum status touch_handle_suggestions(struct request *, struct response *, struct problem *);
extern const struct record_type rule_input_type;
enum status rule_handle_check(struct request *, struct response *, struct problem *);
enum status rule_handle_evaluate(struct request *, struct response *, struct problem *);

#endif
