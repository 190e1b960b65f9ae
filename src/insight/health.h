/* Health: scorecards applied to accounts, now or as of any day; what follows from it is at_risk.h, what is
 * kept of it is health_live.h.
 *
 * Which card? The one named; else, of those in force at that moment, the first whose rule holds, else the
 * first without a rule. Where none was in force yet, the current ones count (a past day "as recomputed"). A
 * named card that is not stored may be one of the templates. */
#ifndef VAFA_INSIGHT_HEALTH_H
#define VAFA_INSIGHT_HEALTH_H
#include "insight/insight.h"
#include "insight/scorecard.h"
#include "platform/route.h"

/* Cards compiled against the current catalogue; lives in the arena it was made in. */
struct card_set {
    struct catalogue *catalogue;
    struct rule_scope scope;
    struct scorecard **cards;
    size_t n;
    bool then; /* these were in force at the moment asked; false: named or current ones that were not */
};
enum status card_set_make(struct house *house, const struct moment *moment, struct str named,
                          struct arena *arena, struct card_set *ret, struct problem *problem) MUST_USE;
/* Whether a score depends on other accounts. */
bool card_set_has_percentile(const struct card_set *set);
/* One card of a catalogue that is not stored, as given; faults point below `where`. A card cannot read what
 * is made of scores. */
enum status card_set_draft(struct catalogue *catalogue, const struct json *json, struct str where,
                           struct arena *arena, struct card_set *ret, struct problem *problem) MUST_USE;
/* Health cannot be made of health: BAD_INPUT at the place that names a fact made of scores. */
enum status scorecard_refuse_cycle(const struct catalogue *catalogue, const struct json *json,
                                   struct str where, const struct scorecard *card, struct arena *arena,
                                   struct problem *problem) MUST_USE;
/* First start of a company: stores the templates as version 1, in force from now. Does nothing where cards
 * are stored. */
enum status scorecards_install(struct house *house, struct problem *problem) MUST_USE;

/* Accounts [first, first + n) judged at a moment. Arrays have n rows. */
struct health {
    const struct card_set *set;
    struct moment moment;
    uint32_t first;
    size_t n;
    struct column **columns;    /* by card, by need */
    struct column **carried;    /* by card, by measure */
    struct peer_values **peers; /* by card, by measure: of all accounts of the card */
    double *overrides;          /* NaN: none */
    int32_t *card;              /* which of the set, −1: none applies, or not present */
    double *score, *coverage;   /* NaN: no score */
    uint8_t *band;              /* of the card's bands, or BAND_UNKNOWN */
    bool *present; /* a customer or prospect on that day: merged accounts and those not yet known are not */
};
/* What is at hand already, so that judging a few accounts asks no store and no other account. */
struct fact_memory;
struct health_known {
    struct peer_values **peers; /* by card, by measure, of an earlier whole pass */
    const double *overrides;    /* by account, NaN: none */
    size_t override_count;      /* accounts behind them have none */
    struct fact_memory *memory; /* all its rows are judged at the start of a past day: columns come from it */
};
/* Everything lives in the arena. Percentile measures look at all accounts, whatever the range. known NULL:
 * found out here. */
enum status health_evaluate(struct house *house, const struct card_set *set, const struct moment *moment,
                            uint32_t first, size_t n, const struct health_known *known, struct arena *arena,
                            struct health *ret, struct problem *problem) MUST_USE;
/* Overrides in force at an instant, by account, for n accounts. *next_end: the first end behind it
 * (INT64_MAX: none); may be NULL. */
enum status health_read_overrides(struct house *house, instant_t at, double *overrides, uint32_t first,
                                  size_t n, instant_t *next_end, struct problem *problem) MUST_USE;
/* Row `row` (0 … n − 1) with every contribution; false when no card applies. */
bool health_explain(const struct health *health, size_t row, struct arena *arena,
                    struct scorecard_result *ret);
const char *health_band_key(const struct health *health, size_t row); /* "unknown" without one */
struct text health_band_title(const struct health *health, size_t row);

/* The moment of as_of and known_at of a query; now without as_of. */
enum status request_moment(const struct request *request, struct moment *moment,
                           struct problem *problem) MUST_USE;
/* A value of a fact in words and digits of the reader: "45 days", «۴۵ روز», "61%", "1,250.00 EUR". */
struct format;
void fact_print(const struct fact *fact, double value, const struct format *format, struct str currency,
                struct buf *out);
struct format request_format(const struct request *request);

/* Handlers. */
extern const struct record_type health_row_type, health_explained_type, scorecard_type, override_type,
    score_row_type;
enum status health_handle_list(struct request *, struct response *, struct problem *);
enum status health_handle_explain(struct request *, struct response *, struct problem *);
enum status health_handle_history(struct request *, struct response *, struct problem *);
enum status health_handle_override(struct request *, struct response *, struct problem *);
enum status health_handle_override_end(struct request *, struct response *, struct problem *);
enum status scorecard_handle_list(struct request *, struct response *, struct problem *);
enum status scorecard_handle_get(struct request *, struct response *, struct problem *);
enum status scorecard_handle_versions(struct request *, struct response *, struct problem *);
enum status scorecard_handle_put(struct request *, struct response *, struct problem *);

#endif
