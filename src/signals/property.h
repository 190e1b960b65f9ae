/* Event properties in memory: for each use that facts make of them (how many events meet conditions on their
 * properties; the sum of a property) the figures by account and day, now and as of any past day. Derived from
 * the promoted properties of the event store as usage is from the events; the applier writes. Everything here
 * lies under the lock of usage (signals/usage.h), so that an evaluation sees one state of both. */
#ifndef VAFA_SIGNALS_PROPERTY_H
#define VAFA_SIGNALS_PROPERTY_H
#include "base/vec.h"
#include "platform/events.h"
#include "signals/usage.h"

enum property_is {
    PROPERTY_EQUAL,
    PROPERTY_UNEQUAL,
    PROPERTY_LESS,
    PROPERTY_LESS_EQUAL,
    PROPERTY_MORE,
    PROPERTY_MORE_EQUAL,
    PROPERTY_IN,
    PROPERTY_NOT_IN,
    PROPERTY_BETWEEN, /* both ends count */
};
enum { PROPERTY_MOST_CONDITIONS = 8, PROPERTY_MOST_VALUES = 64 };
/* A condition holds for events that have the property alone. Numbers are compared with what is a number, or a
 * text that reads as one; texts letter for letter; yes and no with themselves. */
struct property_condition {
    uint32_t name; /* place in the use's names */
    enum property_is is;
    const struct property_value *values; /* BETWEEN: two numbers; IN and NOT_IN: n; else one */
    size_t n;
};
bool property_holds(const struct property_condition *condition, const struct property_value *value);

struct property_use {
    struct str key; /* the same key is the same use */
    struct str event;
    const struct str *names;                     /* the properties read; the one measured stands first */
    size_t name_n;                               /* 1 … 1 + PROPERTY_MOST_CONDITIONS */
    const struct property_condition *conditions; /* all of them must hold */
    size_t condition_n;
    bool measured; /* numbers of names[0]; else the events themselves */
};

/* Numbers beyond this are told as not numbers; sums are exact to a millionth, in whatever order events come.
 */
#define PROPERTY_LARGEST 1e15

struct property_series;
struct properties {
    VEC(struct property_series *) series;
};
struct properties *properties_new(void);
void properties_free(struct properties *properties);

/* ---- reading; usage's read lock held ---- */

/* NULL while its properties are back-filled, or nobody asked for it. */
const struct property_series *properties_ready(const struct properties *properties, struct str key);
/* Of a use that is not measured: its events as a usage of their own (evaluate with no features; no health).
 */
const struct usage *property_events(const struct property_series *series);
enum property_measure { PROPERTY_SUM, PROPERTY_MEAN, PROPERTY_LEAST, PROPERTY_MOST };
/* Of a measured use, over the window of the query, for accounts [first, first + n). out: SUM 0 where nothing
 * came; NAN where there is no number to measure. words: 1 where values came and none of them is a number; may
 * be NULL. An event of count c stands for c of its values. */
void property_evaluate(const struct property_series *series, enum property_measure measure,
                       const struct usage_query *query, uint32_t first, size_t n, double *out,
                       uint8_t *words);
size_t properties_bytes(const struct properties *properties);

/* ---- the applier; the write lock for what changes ---- */

struct property_series {
    struct arena arena; /* of the use */
    struct property_use use;
    uint32_t event; /* number of the name; 0: not promoted yet */
    uint32_t promoted[1 + PROPERTY_MOST_CONDITIONS];
    bool ready;
    struct usage *events; /* not measured */
    struct property_account *accounts;
    size_t n, capacity;
};
/* What one event adds to a series. */
struct property_taken {
    struct property_series *series;
    struct usage_entry entry;
    struct property_value value; /* of names[0] */
};
struct property_series *property_series_new(const struct property_use *use);
void property_series_free(struct property_series *series);
/* Whether an event with these values (by the use's names) belongs to the series. */
bool property_takes(const struct property_series *series, const struct property_value *values);
void property_add(const struct property_taken *taken, size_t n);
void property_clear(struct property_series *series, uint32_t account); /* before a rebuild */

#endif
