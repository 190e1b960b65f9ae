/* Scorecards: weighted measures over facts → a score of 0 to 100 (higher is healthier), a band, a coverage,
 * and the exact contribution of every part. Facts and Rules, section 3, has the meaning. Pure computation
 * over columns. */
#ifndef VAFA_INSIGHT_SCORECARD_H
#define VAFA_INSIGHT_SCORECARD_H
#include "insight/rule.h"

enum {
    SCORECARD_MAX_GROUPS = 20,
    SCORECARD_MAX_MEASURES = 100, /* of all groups */
    SCORECARD_MAX_BANDS = 12,     /* at least 2 */
    SCORECARD_MAX_STEPS = 20,     /* of the points of one measure */
    SCORECARD_MAX_EXCEPTIONS = 50,
    SCORECARD_MAX_CARRY = 366, /* days */
    BAND_UNKNOWN = 255,
};

/* Bands of points: [[0, 0], [0.5, 50], [0.8, 100]]: an edge belongs to the higher band, below the first edge
 * the first band's points. Linear: straight between the points, flat outside. Percentile: the mid-rank among
 * the peers, 0 to 100. */
enum points_kind { POINTS_BANDS, POINTS_LINEAR, POINTS_PERCENTILE };

/* What a measure without a value does: leave its weight to the rest of its group (a group with nothing leaves
 * its weight to the other groups), count 0, count 50, or count the last known value while it is at most
 * carry_days old, then reweigh. */
enum missing_rule { MISSING_REWEIGH, MISSING_ZERO, MISSING_NEUTRAL, MISSING_CARRY };

struct measure {
    struct str key;    /* the fact's unless given; unique in the card */
    struct text title; /* {NULL, NULL}: the fact's */
    uint32_t group;
    double weight;     /* > 0, within the group */
    double full_share; /* (W_g / ΣW) × (w_i / Σw) over the whole card */
    struct str fact_key;
    const struct fact *fact;
    uint32_t need; /* position of its column */
    enum points_kind points;
    double x[SCORECARD_MAX_STEPS], y[SCORECARD_MAX_STEPS];
    size_t steps;
    bool lower_is_better;  /* PERCENTILE: 100 − mid-rank */
    struct str segment;    /* PERCENTILE: of the peers; empty: all accounts with this card */
    uint32_t segment_need; /* position of the column that says who is in it */
    enum missing_rule missing;
    int32_t carry_days;
};

struct measure_group {
    struct str key;
    struct text title;
    double weight;         /* > 0 */
    uint32_t first, count; /* measures */
};

struct score_band {
    struct str key; /* not "unknown" */
    struct text title;
    double below; /* a score below it; the last one: infinity */
};

enum exception_kind { EXCEPTION_SET, EXCEPTION_CAP, EXCEPTION_FLOOR };
struct exception {
    struct str key; /* "exception_1", … unless given */
    const struct rule_node *when;
    const struct rule *rule;
    enum exception_kind kind;
    double value; /* 0–100 */
    struct text reason;
};

struct scorecard {
    struct str key;
    int64_t version; /* kept by the store; 0: never stored */
    struct text title;
    const struct rule_node *applies_to; /* NULL: the default card */
    const struct rule *applies_rule;
    double minimum_coverage; /* 0–1 */
    struct score_band *bands;
    size_t band_count;
    struct measure_group *groups;
    size_t group_count;
    struct measure *measures;
    size_t measure_count;
    struct exception *exceptions;
    size_t exception_count;
    struct rule_needs needs; /* columns of measures, exceptions and applies_to, each asked for once */
};

/* Checks and compiles. Every fault points at its place, under `where`. Lives in the arena, borrows the
 * scope's facts. */
enum status scorecard_parse(const struct json *json, struct str where, const struct rule_scope *scope,
                            struct arena *arena, struct scorecard **out, struct problem *problem) MUST_USE;
void scorecard_write(const struct scorecard *card, struct json_writer *w); /* reads back to an equal card */

/* ---- peers ---- */

/* Sorted values of the peers of each percentile measure; of the others nothing. */
struct peer_values {
    double *v;
    size_t n;
};
/* From the columns of all accounts. masks[i] (n bytes, may be NULL: all) says who is a peer for measure i;
 * only known values count. Returns an array by measure. */
struct peer_values *scorecard_peers(const struct scorecard *card, const struct column *columns,
                                    const uint8_t *const *masks, size_t n, struct arena *arena);

/* ---- all accounts ---- */

struct scorecard_input {
    const struct column *columns; /* by need; n rows each */
    const struct column
        *carried; /* by measure: the last known value and its age; NULL, or a column without memory: none */
    const struct peer_values *peers; /* by measure; NULL: none, percentiles are unknown */
    const double *overrides;         /* by row, NaN where there is none; NULL: none */
    day_t today;
};
struct scorecard_output {
    double *score;    /* NaN: no score */
    uint8_t *band;    /* position in card->bands, or BAND_UNKNOWN */
    double *coverage; /* 0–1 */
};
/* Rows [0, n) into the output's arrays of n. Blocks itself; scratch may be reset after. */
void scorecard_evaluate(const struct scorecard *card, const struct scorecard_input *input, size_t n,
                        struct arena *scratch, const struct scorecard_output *out);
/* The first card whose rule holds, else the first without a rule, else −1, for each row. columns[i] are those
 * of cards[i]. */
void scorecard_choose(const struct scorecard *const *cards, const struct column *const *columns, size_t count,
                      day_t today, size_t n, struct arena *scratch, int32_t *out);

/* ---- one account, with everything ---- */

enum counted {
    COUNTED_KNOWN,
    COUNTED_CARRIED,
    COUNTED_ZERO,
    COUNTED_NEUTRAL,
    LEFT_OUT,       /* unknown, its weight went to the rest */
    NOT_APPLICABLE, /* out of share and coverage */
};
struct measure_seen { /* what was there, whatever the card makes of it */
    enum fact_state state;
    double value; /* where known */
    uint8_t cause;
    int32_t age_days;
    bool has_carried;
    double carried;
    int32_t carried_age;
};
struct measure_result {
    struct measure_seen seen;
    enum counted counted;
    double value;        /* known or carried, else NaN */
    double points;       /* NaN where it does not count */
    double share;        /* of what counts, 0–1 */
    double contribution; /* share × points; 0 where there is no score from measures */
};
struct exception_result {
    enum truth truth;
    double contribution; /* after − before; 0 unless it held and moved */
};
struct scorecard_result {
    const struct scorecard *card;
    bool has_score;
    double score; /* NaN without */
    uint8_t band;
    double coverage;
    double measured; /* Σ contributions of measures: before exceptions; 0 when nothing is known */
    struct measure_result *measures;
    struct exception_result *exceptions;
    bool overridden;
    double override_contribution;
    double clamp_contribution;
};
/* Row `row` of the input. measured + Σ exceptions + override + clamp = score within 1e-9 (0 when there is no
 * score). */
void scorecard_explain(const struct scorecard *card, const struct scorecard_input *input, size_t row,
                       struct arena *arena, struct scorecard_result *out);

/* ---- why did it change? ---- */

enum waterfall_step {
    STEP_VALUE,     /* the account's own value moved */
    STEP_PEERS,     /* its peers moved under a percentile */
    STEP_DATA,      /* a value appeared, vanished, or became (not) applicable */
    STEP_SCORECARD, /* another version or card: weights, points, measures */
    STEP_EXCEPTION,
    STEP_OVERRIDE,
    STEP_CLAMP,
};
struct waterfall_part {
    enum waterfall_step step;
    struct str key; /* of the measure or exception; empty for override and clamp */
    double difference;
    double before, after; /* VALUE, PEERS, DATA: the two values (NaN: none); SCORECARD: the two contributions;
                             others: likewise */
    enum counted counted_before, counted_after; /* VALUE, PEERS, DATA */
};
struct waterfall {
    struct waterfall_part
        *parts; /* in the order of the steps, then of the card; those within 1e-12 of 0 are left out */
    size_t n;
    double difference; /* score after − score before, no score counting as 0 */
};
/* Splits after − before exactly (Σ parts = difference within 1e-9) by substituting one thing after another:
 * Let A, B be the two cards; u, v what was seen of each measure before and after; P, Q the peers before and
 * after. M(card, seen, peers) is the weighted mean of Facts and Rules 3: Σ share × points over what counts, 0
 * when nothing is known.
 *  1. Start with M(A, u, P). For each measure of A in its order that B has too (same key, same fact) and that
 * card A counts as known or carried both with u and with v: its value becomes v's (VALUE: share × (points(v,
 * P) − points(u, P))); then, when both cards rank it among the same peers, those become Q's (PEERS: share ×
 * (points(v, Q) − points(v, P))). Shares do not move, so the order inside this step does not matter.
 *  2. DATA: for each other measure of A in its order that B has too, u becomes v and its peers Q's; the part
 * is M after − M before, shares moving with it.
 *  3. SCORECARD: from M(A, …) so reached to M(B, v, Q), as the difference of each measure's contribution,
 * over the measures of A and then those that only B has.
 *  4. EXCEPTION by key, OVERRIDE, CLAMP: contribution after − contribution before.
 * before_peers and after_peers are those given to scorecard_explain. */
void scorecard_waterfall(const struct scorecard_result *before, const struct peer_values *before_peers,
                         const struct scorecard_result *after, const struct peer_values *after_peers,
                         struct arena *arena, struct waterfall *out);

/* Rounds to `decimals` places (0–6) so that the rounded parts sum to the rounded sum: the largest remainders
 * go up; among equal ones the earlier. */
void scorecard_round(const double *values, size_t n, int decimals, double *out);

/* ---- cards to begin with ---- */

struct scorecard_template {
    const char *name; /* "usage_only", "complete", "onboarding" */
    const struct str *json;
};
extern const struct scorecard_template scorecard_templates[];
extern const size_t scorecard_template_count;

#endif
