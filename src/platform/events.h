/* The event store: events as received (keys, never resolved ids), their properties, and the offset of the
 * journal that it has reached. DuckDB behind plain functions; nothing above this header knows it. */
#ifndef VAFA_PLATFORM_EVENTS_H
#define VAFA_PLATFORM_EVENTS_H
#include "base/clock.h"
#include "base/dict.h"
#include "base/problem.h"
#include "platform/journal.h"

#define EVENTS_FILE                                                                                          \
    "events.duckdb" /* in a data folder; events_copy may write a EVENTS_FILE.wal beside it                   \
                     */
struct events;

/* Dictionaries of strings as received. Kept with the events, in memory while open. 0 means "none" in a row,
 * so numbers start at 1. */
enum event_dictionary {
    DICTIONARY_SOURCE,
    DICTIONARY_ACCOUNT,
    DICTIONARY_USER,
    DICTIONARY_NAME,
    EVENT_DICTIONARIES
};
/* ACCOUNT and USER entries are "source-number NUL key": keys are per source. */

struct event_key {
    uint64_t high,
        low; /* 128-bit hash of (source, message id), or of an imported row; see facts-and-rules 5 */
};

enum event_flags {
    EVENT_IMPORTED = 1,      /* identity is permanent */
    EVENT_KNOWN_ASSUMED = 2, /* known_from was assumed from a declared back-fill */
    EVENT_ANONYMOUS = 4,     /* user is an anonymousId */
    EVENT_TIME_CORRECTED =
        8, /* the clock skew of the client was taken out, or a future time was cut to its receipt */
    EVENT_BROWSER = 16, /* came by a browser key: lower trust */
};

struct event {
    struct event_key key;
    instant_t occurred, received, known_from;
    uint32_t source, account, user, name; /* dictionary numbers; account 0: by membership */
    uint32_t count;                       /* ≥ 1 */
    uint32_t flags;
    struct str properties; /* JSON object, or empty */
    struct str message_id; /* as received, or empty */
};

/* NOT_FOUND: no store there and create is false. CONFLICT: of a newer version. INTERNAL: damaged.
 * UNAVAILABLE: in use, or the disk. */
enum status events_open(const char *folder, bool create, size_t memory_mb, struct events **ret,
                        struct problem *problem) MUST_USE;
void events_close(struct events *events);
/* Counts, dictionary numbers, and that every property can be read back. */
enum status events_check(struct events *events, struct problem *problem) MUST_USE;
/* Into a new file (and PATH.wal, should the engine still hold something in its own log): the writer's thread,
 * with no batch open. */
enum status events_copy(struct events *events, const char *path, struct problem *problem) MUST_USE;

/* Writing: one thread. New dictionary entries, events and the offset become durable together at commit. */
uint32_t events_number(struct events *events, enum event_dictionary dictionary,
                       struct str key); /* finds or makes */
enum status events_append(struct events *events, const struct event *event, size_t n,
                          struct problem *problem) MUST_USE;
/* For imported rows (the open batch included): splits keys into new ones and known ones with their counts (in
 * `counts`, 0 = new). */
enum status events_imported_counts(struct events *events, const struct event_key *keys, size_t n,
                                   uint32_t *counts, struct problem *problem) MUST_USE;
/* The same for any thread (a dry run): what is committed, without the open batch. */
enum status events_imported_known(struct events *events, const struct event_key *keys, size_t n,
                                  uint32_t *counts, struct problem *problem) MUST_USE;
/* Changes the count of imported rows. */
enum status events_recount(struct events *events, const struct event_key *keys, const uint32_t *counts,
                           size_t n, struct problem *problem) MUST_USE;
/* Takes imported rows back: those whose count is still counts[i] go where before[i] is 0, else count
 * before[i] again. */
enum status events_unimport(struct events *events, const struct event_key *keys, const uint32_t *before,
                            const uint32_t *counts, size_t n, struct problem *problem) MUST_USE;
enum status events_commit(struct events *events, journal_offset reached, struct problem *problem) MUST_USE;
/* After a failure of append, recount or commit, too. */
void events_rollback(struct events *events);
journal_offset events_reached(struct events *events);
/* Compacts what was appended; called by the writer at quiet moments. */
enum status events_checkpoint(struct events *events, struct problem *problem) MUST_USE;

/* ---- promoted properties ----
 * Top-level properties of the events of one name whose values lie, typed, beside the events: written with
 * each event from the promotion on, and for what was stored before by events_back_fill. */

enum property_kind {
    PROPERTY_ABSENT, /* not there, or null */
    PROPERTY_NUMBER,
    PROPERTY_TEXT,
    PROPERTY_NUMBER_TEXT, /* a text that number_parse reads: both */
    PROPERTY_FALSE,
    PROPERTY_TRUE,
    PROPERTY_OTHER, /* an object, an array, or properties that cannot be read */
    PROPERTY_KINDS
};
struct property_value {
    enum property_kind kind;
    double number; /* of NUMBER and NUMBER_TEXT */
    uint64_t text; /* of TEXT and NUMBER_TEXT: property_text of it, which stands for it */
};
uint64_t property_text(struct str text);
/* Values of the properties named; an object in text. The arena is scratch. */
void properties_read(struct str properties, const struct str *names, size_t n, struct arena *arena,
                     struct property_value *values);

enum { PROMOTED_MOST = 1000 };
struct promoted {
    uint32_t number; /* from 1, given again only after a demotion */
    uint32_t name;   /* of the events */
    struct str property;
    int64_t behind; /* blocks still to be back-filled; 0: its values are all there */
    int64_t blocks; /* of the back-fill */
};
/* The writer's thread, with no batch open; durable when they return. Promoting what is promoted gives its
 * number. LIMITED beyond PROMOTED_MOST. */
enum status events_promote(struct events *events, struct str name, struct str property, uint32_t *number,
                           struct problem *problem) MUST_USE;
enum status events_demote(struct events *events, uint32_t number, struct problem *problem) MUST_USE;
/* Fills at most so many blocks of what is furthest behind, in one transaction; *more: there is something left
 * to do. */
enum status events_back_fill(struct events *events, int64_t most_blocks, bool *more,
                             struct problem *problem) MUST_USE;
/* Any thread: what is promoted, in the order of promotion. */
struct promoted *events_promoted(struct events *events, struct arena *arena, size_t *n);
/* Any thread: how many values of each kind are kept of a promoted property. */
enum status events_promoted_kinds(struct events *events, uint32_t number, uint64_t kinds[PROPERTY_KINDS],
                                  struct problem *problem) MUST_USE;

/* Reading: any thread. Strings of dictionaries are copied to the arena. Entries of the open batch are counted
 * by size and found by string, but find (any thread's) knows only committed ones. */
uint32_t events_find(struct events *events, enum event_dictionary dictionary,
                     struct str key); /* 0 when absent */
struct str events_string(struct events *events, enum event_dictionary dictionary, uint32_t number,
                         struct arena *arena);
size_t events_dictionary_size(struct events *events,
                              enum event_dictionary dictionary); /* numbers are 1 … size */

/* All events of the store in columns, block by block, for rebuilding rollups and the deduplication window. No
 * properties. */
struct event_block {
    size_t n;
    const struct event_key *keys;
    const instant_t *occurred, *received, *known_from;
    const uint32_t *source, *account, *user, *name, *count, *flags;
};
struct event_filter {
    instant_t occurred_from, occurred_to; /* [from, to); both 0: all */
    instant_t received_from;              /* 0: all */
    const uint32_t *accounts;
    size_t account_count; /* dictionary numbers; none: all */
    const uint32_t *users;
    size_t user_count;
};
enum status events_scan(struct events *events, const struct event_filter *filter,
                        enum status (*block)(void *self, const struct event_block *block,
                                             struct problem *problem),
                        void *self, struct problem *problem) MUST_USE;
/* The events of one name with the values of promoted properties: of row i value p stands at
 * values[i × n + p]. */
enum status events_scan_values(struct events *events, const struct event_filter *filter, uint32_t name,
                               const uint32_t *promoted, size_t n,
                               enum status (*block)(void *self, const struct event_block *block,
                                                    const struct property_value *values,
                                                    struct problem *problem),
                               void *self, struct problem *problem) MUST_USE;
/* The newest events first (by occurred, then key), with properties and message id, at most limit, before a
 * position. */
struct event_position {
    instant_t occurred;
    struct event_key key; /* {0}: from the newest */
};
enum status events_list(struct events *events, const struct event_filter *filter,
                        struct event_position before, size_t limit, struct arena *arena, struct event **ret,
                        size_t *n, struct problem *problem) MUST_USE;
enum status events_count(struct events *events, uint64_t *rows, uint64_t *total,
                         struct problem *problem) MUST_USE;
/* What came of each source, by its dictionary number. */
struct event_source {
    uint32_t source;
    uint64_t rows, events, events_day, events_week; /* events: counts; _day, _week: received since … */
    instant_t last_received, last_occurred;
    int64_t lag_ms;    /* median of received − occurred of live rows since `week`; −1: none */
    uint64_t imported; /* rows of imports */
};
enum status events_by_source(struct events *events, instant_t day, instant_t week, struct arena *arena,
                             struct event_source **ret, size_t *n, struct problem *problem) MUST_USE;
/* How many events could be known before an instant, and for how many of them that is assumed. */
enum status events_known(struct events *events, instant_t before, uint64_t *known, uint64_t *assumed,
                         struct problem *problem) MUST_USE;

#endif
