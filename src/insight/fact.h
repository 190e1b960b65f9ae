/* Facts: typed values about accounts at a time, declared as data, evaluated over columns for all accounts at
 * once. The meaning is facts-and-rules: known, unknown and not applicable are kept apart; windows count local
 * days. */
#ifndef VAFA_INSIGHT_FACT_H
#define VAFA_INSIGHT_FACT_H
#include "base/clock.h"
#include "base/dict.h"
#include "base/json.h"
#include "base/problem.h"

enum value_type { VALUE_NUMBER, VALUE_BOOL, VALUE_DATE, VALUE_TEXT };

enum fact_state {
    FACT_UNKNOWN,
    FACT_KNOWN,
    FACT_NOT_APPLICABLE,
};

/* Why a value is not known: shown to people, never dropped. */
enum fact_cause {
    CAUSE_NONE,
    CAUSE_NO_SOURCE,     /* nothing was ever recorded that could tell */
    CAUSE_SOURCE_SILENT, /* the source was not healthy over the window */
    CAUSE_STALE,         /* older than `valid for` */
    CAUSE_NO_BASE,       /* a comparison with nothing, or with 0 */
    CAUSE_UNDEFINED,     /* division by zero, logarithm of a negative */
    CAUSE_NOT_CUSTOMER,  /* not applicable: not yet, or no longer, a customer on that day */
    CAUSE_NOT_ENTITLED,  /* not applicable: no seats bought, feature not in the plan */
    CAUSE_NOT_RECORDED,  /* an attribute that was not recorded for this account */
    CAUSE_NOT_CONVERTED, /* money in a currency without a rate on that day */
    CAUSE_NO_CHILDREN,   /* not applicable: no accounts stood below it on that day */
    CAUSE_BACK_FILLING,  /* the event properties that it reads are being brought in */
    CAUSE_NOT_NUMBERS,   /* what should be added up holds no number */
    CAUSE_NOT_JUDGED,    /* whether it belongs to a segment could not be told */
    FACT_CAUSES,
};
extern const struct text fact_cause_text[FACT_CAUSES];

/* Values of one fact for a block of accounts. number: NUMBER as is, BOOL 0 or 1, DATE a day_t, TEXT a number
 * of fact.texts. */
struct column {
    double *number;
    uint8_t *state;    /* enum fact_state */
    uint8_t *cause;    /* enum fact_cause where state is not known */
    int32_t *age_days; /* age of the value, or of its source; −1 where it has none */
    uint8_t *partial;  /* 1: measured over the account's own days, being younger than the window */
};
struct column column_new(struct arena *arena, size_t n); /* all unknown, CAUSE_NO_SOURCE, age −1 */

/* The moment asked for. */
struct moment {
    instant_t at;       /* facts are as of this instant */
    day_t day;          /* its local day */
    bool now;           /* the day is open: its events so far count too */
    instant_t known_at; /* only what was known by then; INT64_MAX: as we know it now */
    day_t known_day;    /* its local day; INT32_MAX likewise */
};

struct fact {
    struct str key;
    struct text title; /* NUL-terminated, owned by the catalogue */
    enum value_type type;
    struct str unit; /* "people", "days", "share", "money" (minor units of the base currency), "tickets", …;
                        empty: none */
    int better;      /* +1 higher, −1 lower, 0 neither */
    struct str source_json; /* its declaration, for people */
    bool built_in;
    const struct dict *texts; /* TEXT: what the numbers stand for */
};

struct catalogue; /* all facts, checked; immutable once made: a change makes a new one */
size_t catalogue_size(const struct catalogue *catalogue);
const struct fact *catalogue_fact(const struct catalogue *catalogue, uint32_t number);
uint32_t catalogue_find(const struct catalogue *catalogue, struct str key); /* DICT_NONE when absent */
/* A `did` leaf of a rule as an anonymous fact: the same {usage} source declares the same fact. Fault at
 * `where`. */
enum status catalogue_anonymous(struct catalogue *catalogue, const struct json *source, struct str where,
                                uint32_t *number, struct problem *problem) MUST_USE;

/* Evaluates facts (by number) for accounts [first, first + n) at a moment into columns of n rows each, from
 * the arena. What facts depend on is evaluated once. Safe on every thread; takes the read locks that it
 * needs. */
struct insight;
enum status facts_evaluate(struct insight *insight, const struct catalogue *catalogue, const uint32_t *facts,
                           size_t fact_count, const struct moment *moment, uint32_t first, size_t n,
                           struct arena *arena, struct column *columns, struct problem *problem) MUST_USE;

#endif
