/* The catalogue of facts: how declarations are read and checked. What they mean is in fact.h and
 * facts-and-rules. */
#ifndef VAFA_INSIGHT_CATALOGUE_H
#define VAFA_INSIGHT_CATALOGUE_H
#include "base/calendar.h"
#include "insight/fact.h"
#include "insight/formula.h"
#include "insight/rule.h"
#include "insight/source.h"
#include "insight/workdays.h"
#include "signals/property.h"
#include "signals/usage.h"

#include <pthread.h>

enum {
    CATALOGUE_MOST_FACTS = 4096, /* anonymous ones included */
    WINDOW_MOST_DAYS = 3650,
    FACT_KEY_BYTES = 64,
    FACT_MOST_FEATURES = 64,
    FACT_MOST_FILTERS = 8,
};

/* A registered feature; which events are its use is told by feature_map.h. */
struct catalogue_feature {
    struct str key;
    bool core;
    struct str plans, events; /* as in customers/feature.h */
};
/* By event number: 1 + the place of its feature, 0: none. Grows with the dictionary of events. */
struct feature_map {
    pthread_mutex_t lock;
    uint32_t *of;
    size_t n;
};

enum source_kind {
    FROM_USAGE,
    FROM_RECORD,
    FROM_ATTRIBUTE,
    FROM_ACCOUNT,
    FROM_FORMULA,
    FROM_SCORE,
    FROM_MANUAL,
    FROM_CHILDREN,
    FROM_PEOPLE,
    FROM_TOUCH, /* the touch model of the account, from segment_set.h */
};

struct usage_fact {
    enum usage_measure measure;
    struct str *features; /* names; none: every feature (breadth: the core ones as they stand) */
    size_t feature_count;
    int32_t window;  /* days; 0: since ever */
    bool events;     /* the names are of events, not of features */
    bool previous;   /* the relative change against the window before */
    bool baseline;   /* the robust deviation from the account's own eight weeks: fact_series.h */
    bool trend;      /* the change a week, 0 where it is within noise: fact_series.h */
    bool seat_share; /* users ÷ seats bought */
    const struct property_use *of_property; /* what it reads of the properties of its event; NULL: nothing */
    enum property_measure property;         /* where the use is measured; `measure` then says nothing */
};

enum people_measure { PEOPLE_COUNT, PEOPLE_SHARE, PEOPLE_ANY };
struct people_fact {
    enum people_measure measure;
    struct rule *filter; /* over contacts; NULL: everybody */
    struct rule_needs *needs;
};

enum children_measure {
    CHILDREN_SUM,
    CHILDREN_MEAN,
    CHILDREN_MINIMUM,
    CHILDREN_MAXIMUM,
    CHILDREN_WEIGHTED_MEAN, /* by ARR */
    CHILDREN_WORST
};
struct children_fact {
    enum children_measure measure;
    uint32_t fact, arr; /* arr: the weights; DICT_NONE */
};

enum record_measure {
    RECORD_COUNT,
    RECORD_SUM,
    RECORD_MEAN,
    RECORD_MIN,
    RECORD_MAX,
    RECORD_LAST,
    RECORD_AGE_DAYS,
    RECORD_SHARE,
    RECORD_DAYS_UNTIL, /* the least of a date, minus today */
    RECORD_DAYS_SINCE, /* today minus the least of a date */
};
enum record_empty { EMPTY_ZERO, EMPTY_UNKNOWN, EMPTY_NOT_APPLICABLE };
enum filter_is { IS_EQUAL, IS_UNEQUAL, IS_LESS, IS_LESS_EQUAL, IS_MORE, IS_MORE_EQUAL };
struct record_filter {
    int number, text; /* the column; the other is −1 */
    enum filter_is is;
    double value;
    bool today;      /* the value is the day asked */
    struct str word; /* of a text column; empty after `known` */
};
enum {
    FIELD_ENDED = 100,
    FIELD_NOTICE = 101
}; /* beside the number columns: when a term ends, and until when notice may be given */
struct record_fact {
    int table; /* place in signal_sources */
    enum record_measure measure;
    int number, text; /* column measured, FIELD_…; −1: none */
    bool money;
    struct record_filter filters[FACT_MOST_FILTERS];
    size_t filter_count;
    int32_t window; /* days; 0: since ever */
    bool open;      /* only what had begun and not ended */
    bool previous;
    bool zero_is_not_applicable;
    enum record_empty empty, never; /* nothing measured; the account never had a row */
};

struct declared {
    struct fact fact; /* first: catalogue_fact gives this */
    enum source_kind kind;
    struct usage_fact usage;
    struct record_fact record; /* FROM_RECORD, FROM_ATTRIBUTE, FROM_MANUAL */
    struct children_fact children;
    struct people_fact people;
    struct formula *formula;
    const uint32_t *reads; /* the facts that it is made from, of the same account; of its children too */
    size_t read_n;
    struct str which;  /* FROM_SCORE: "health", "band"; FROM_ACCOUNT: "tenure_days"; FROM_TOUCH: "model",
                          "cadence_days" */
    int32_t valid_for; /* days; 0: for ever */
    int rank;          /* formulas stand above what they read */
};

/* What rules find beside facts. Part of a catalogue; a trial of other segments over the same facts has its
 * own. */
struct rule_world {
    struct catalogue *catalogue;
    struct insight *insight;            /* NULL in tests: there are no contacts */
    const struct segment_set *segments; /* NULL: there are none */
    enum calendar calendar;             /* of fiscal quarters */
    int fiscal_month;                   /* month in which the fiscal year starts, from 1; 0 counts as 1 */
    struct rule_scope contacts;         /* made by rule_world_settle */
};
/* Once, where the world lies for good: what it hands out points into it. After that it is only read. */
void rule_world_settle(struct rule_world *world);
struct rule_scope rule_world_scope(struct rule_world *world); /* lives as long as the world */

struct catalogue {
    struct rule_world world;
    struct arena arena;
    pthread_mutex_t lock; /* of anonymous facts being added; readers need none: facts never move */
    struct declared *facts[CATALOGUE_MOST_FACTS];
    size_t n, settled; /* settled: as many as facts and segments needed; those behind came by questions */
    struct dict keys;  /* number in keys = number of the fact, anonymous facts excepted */
    struct dict anonymous;
    uint32_t anonymous_facts[CATALOGUE_MOST_FACTS];
    struct catalogue_feature *features;
    size_t feature_count;
    struct feature_map map;
    struct workdays *workdays;   /* owned; NULL: see workdays.h */
    struct signal_table *tables; /* of the insight: for texts; by place in signal_sources */
    const struct dict *bands, *touch_models;
    bool (*name_seen)(void *self, struct str name);
    void *self;
};

/* Questions with `did` in their rules have taken half of the room that was left: it is time for another one.
 */
bool catalogue_is_crowded(const struct catalogue *catalogue);

struct catalogue_parts {
    const struct catalogue_feature *features; /* registered ones, copied */
    size_t feature_count;
    struct signal_table *tables;
    const struct dict *bands;        /* texts of the score's bands */
    const struct dict *touch_models; /* keys of the touch models */
    const struct str *custom; /* declarations made from custom fields: one whose key is a fact's already is
                                 left out */
    size_t custom_count;
    struct str subject; /* key of the own fact being saved: its places carry no prefix */
    /* Whether events of that name were ever received: a feature of a declaration is registered or has been
     * seen. */
    bool (*name_seen)(void *self, struct str name);
    void *self;
    struct insight *insight; /* whose contacts {people} facts are about; NULL: there are none */
};

/* The declarations of the custom fields of accounts, for `custom`: each is a fact of the field's key. JSON in
 * the arena. fact_custom.c. */
struct session;
enum status custom_facts_read(struct session *session, const char *base_currency, struct arena *arena,
                              struct str **ret, size_t *n, struct problem *problem) MUST_USE;

/* Makes a catalogue of the built-in facts and the own ones: declarations as JSON objects. A fault's place is
 * that inside the declaration
 * ("/source/usage/window"), with "/KEY" before it for own ones other than the subject. The caller frees it
 * when nobody can hold it any more. */
enum status catalogue_make(const struct catalogue_parts *parts, const struct str *own, size_t own_count,
                           struct catalogue **ret, struct problem *problem) MUST_USE;
void catalogue_free(struct catalogue *catalogue);
static inline const struct declared *catalogue_declared(const struct catalogue *catalogue, uint32_t number) {
    return catalogue->facts[number];
}

/* The local days that a fact of the catalogue is measured over at a moment: false where it has no window. */
static inline bool fact_window(const struct fact *fact, const struct moment *moment, day_t *first,
                               day_t *last) {
    const struct declared *declared = (const struct declared *)(const void *)fact;
    bool usage = declared->kind == FROM_USAGE, record = declared->kind == FROM_RECORD;
    int32_t window = usage ? declared->usage.window : record ? declared->record.window : 0;
    bool closed = usage ? declared->usage.previous || declared->usage.baseline || declared->usage.trend
                        : declared->record.previous;
    if (window <= 0) return false;
    *first = moment->day - window;
    *last = moment->now && !closed ? moment->day : moment->day - 1;
    return true;
}

/* Reading one {usage}, {children} or {record} source; used by catalogue.c. */
enum status usage_fact_read(const struct catalogue *catalogue, const struct json *source, struct str where,
                            struct arena *arena, struct usage_fact *out, struct problem *problem) MUST_USE;
/* fact_property.c: the members `property` and `where` of a {usage} source whose measure and event are read;
 * measured: by the numbers of a property. */
enum status property_use_read(const struct json *source, bool measured, struct str where, struct arena *arena,
                              struct usage_fact *out, struct problem *problem) MUST_USE;
enum status children_fact_read(const struct catalogue *catalogue, const struct json *source, struct str where,
                               struct arena *arena, struct children_fact *out,
                               struct problem *problem) MUST_USE;
enum status record_fact_read(const struct json *source, struct str where, struct arena *arena,
                             struct record_fact *out, struct problem *problem) MUST_USE;
/* What the source gives, to hold against the declared type and unit; unit NULL: any. */
void usage_fact_type(const struct usage_fact *usage, enum value_type *type, const char **unit);
void record_fact_type(const struct record_fact *record, enum value_type *type, const char **unit);

#endif
