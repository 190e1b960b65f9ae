/* What insight holds in memory: the catalogue of facts, and the signals of records from which facts are
 * measured. Made at start by app, kept current by the worker that takes change notices. Lock order:
 * directory, then tables; others are taken alone. */
#ifndef VAFA_INSIGHT_INSIGHT_H
#define VAFA_INSIGHT_INSIGHT_H
#include "base/vec.h"
#include "customers/rate.h"
#include "insight/catalogue.h"
#include "insight/contact_table.h"
#include "platform/events.h"

enum { INSIGHT_TABLES = 16 };

struct segment;

struct insight_parts {
    struct records *records; /* NULL in tests: nothing to load */
    struct directory *directory;
    struct usage *usage;
    const struct zone *zone;
    struct clock clock;
    struct settings *settings; /* calendar, fiscal year and week of the organisation; NULL: Gregorian, from
                                  January, with Saturday and Sunday off */
    char base_currency[4]; /* amounts in others are converted by rates; empty: any is taken as it stands */
    /* The number under which usage counts events of a name, 0 when none was ever seen. NULL with `events`:
     * asked of the event store. */
    uint32_t (*event_number)(void *self, struct str name);
    void *self;
    struct events *events;
    /* Event properties in memory, and who keeps them; NULL in tests: facts over them stay unknown. */
    struct properties *properties;
    struct ingest *ingest;
};

struct insight {
    struct insight_parts parts;
    pthread_rwlock_t lock;                      /* of the tables */
    struct signal_table tables[INSIGHT_TABLES]; /* by place in signal_sources */
    struct weekends weekends;                   /* of countries */
    struct contact_table contacts;
    pthread_mutex_t making;           /* one catalogue at a time */
    pthread_mutex_t contact_naming;   /* of contact_facts */
    VEC(struct fact *) contact_facts; /* by number; see contact_fact */
    struct catalogue *catalogue;      /* the current one; read with insight_catalogue */
    VEC(struct catalogue *) old;      /* somebody may still hold them; freed with the insight */
    struct rates rates;               /* to base_currency; under the same lock */
    /* Gives the built-in facts of {score}: which is "health" or "band". Set once by the owner of scorecards;
     * NULL: unknown. Called without locks, for accounts [first, first + n). */
    enum status (*score)(void *self, struct str which, const struct moment *moment, uint32_t first, size_t n,
                         struct arena *arena, struct column *column, struct problem *problem);
    void *score_self;
    /* The memory of segments: who is on a list kept by hand (NEED_SEGMENT), who entered or left within
     * days_back days, at a moment. Of the members given (slots of contacts), or of accounts [first, first +
     * n). Set once by its owner (segment_live.h); NULL: unknown. */
    enum status (*memory)(void *self, enum rule_need_kind kind, const struct segment *segment,
                          int32_t days_back, const struct moment *moment, const uint32_t *members,
                          uint32_t first, size_t n, struct column *column, struct problem *problem);
    void *memory_self;
    struct dict touch_models;       /* keys of touch models, as the numbers of the fact touch_model */
    uint64_t rewritten;             /* atomic: insight_rewritten */
    pthread_mutex_t remembering;    /* of remembered */
    struct fact_memory *remembered; /* fact_memory.h; NULL: nothing was asked of the past yet */
    struct dict bands; /* what the numbers of "band" stand for; the owner of scorecards puts their keys in */
};

struct insight *insight_new(const struct insight_parts *parts); /* with a catalogue of the built-in facts */
void insight_free(struct insight *insight);
/* Reads features, own facts and all signals of records; again after NOTICE_DIRECTORY. The directory is loaded
 * before. */
enum status insight_load(struct insight *insight, struct problem *problem) MUST_USE;
/* Features or own facts changed: makes the catalogue anew. Fact numbers may change: what is compiled against
 * it is compiled again. */
enum status insight_remake(struct insight *insight, struct problem *problem) MUST_USE;
/* Saves an own fact: checked together with all others, stored, and part of the next catalogue. key: of the
 * one to change; empty: a new one. CONFLICT: the key exists; NOT_FOUND: it does not. Removing fails while
 * another fact's formula reads it. */
enum status own_fact_save(struct insight *insight, struct str key, const struct json *declaration,
                          struct problem *problem) MUST_USE;
enum status own_fact_remove(struct insight *insight, struct str key, struct problem *problem) MUST_USE;
/* Sets the value of a {manual} fact for an account from now on; the one before ends. */
struct manual_value {
    uint64_t has;
    double number;
    struct str text, comment;
    day_t expires_on; /* the first day on which it no longer holds */
};
extern const struct record_type manual_value_type;
enum status manual_value_set(struct insight *insight, struct id account, struct str fact,
                             const struct manual_value *value, struct str author,
                             struct problem *problem) MUST_USE;
/* Records of an account changed: rereads its signals. only: the key of a source whose rows alone changed;
 * NULL: of all. */
enum status insight_refresh(struct insight *insight, uint32_t account, const char *only,
                            struct problem *problem) MUST_USE;
/* Grows whenever the signals of records changed for what could be known before today: a row known earlier
 * came, changed or went. Any thread. */
uint64_t insight_rewritten(const struct insight *insight);
/* The current catalogue; stays valid as long as the insight. */
struct catalogue *insight_catalogue(struct insight *insight);

/* Now, and the start of a local day; as we know it now unless known_at is set after. */
struct moment moment_now(const struct insight *insight);
struct moment moment_of_day(const struct insight *insight, day_t day);
void moment_known_at(const struct insight *insight, struct moment *moment,
                     day_t day); /* as could be known when that day started */

/* Whether an event of that name was ever seen; self: the insight. */
bool insight_name_seen(void *self, struct str name);

/* Measuring a fact of records; used by fact.c. Tables' lock held. starts: by row, INT32_MIN where not known.
 */
void record_evaluate(const struct insight *insight, const struct declared *declared,
                     const struct moment *moment, const day_t *starts, uint32_t first, size_t n,
                     struct column *out);

/* The newest day up to the moment's on which a fact that is unknown then may have been known (its start, and
 * what was known by the moment's known_at): days with something in the window, where only those can be; the
 * moment's own day where nothing better can be said; INT32_MIN: on none. Takes the read lock. */
day_t fact_known_by(struct insight *insight, const struct declared *declared, uint32_t account,
                    const struct moment *moment);
day_t record_known_by(const struct insight *insight, const struct declared *declared, uint32_t account,
                      const struct moment *moment); /* the same; tables' lock held */

#endif
