/* Usage in memory: the rollups account × day × feature and person × day, from which every usage fact, active
 * people, stickiness and cohorts are read, exactly, now and as of any past day. Derived from the event store;
 * rebuilt at start and for accounts whose keys were linked or merged. One writer (the applier); readers share
 * a lock. */
#ifndef VAFA_SIGNALS_USAGE_H
#define VAFA_SIGNALS_USAGE_H
#include "base/clock.h"
#include "base/dict.h"
#include "base/problem.h"

struct usage;
/* One resolved event or an already summed group of them. */
struct usage_entry {
    uint32_t account; /* directory index */
    uint32_t person;  /* directory person; UINT32_MAX: nobody known (counts as event, not as user) */
    uint32_t feature; /* number of the event's name in the event dictionary */
    day_t day;        /* local day of occurrence */
    day_t known_day;  /* local day from which it could be known (≥ day when late; = day otherwise) */
    uint32_t count;
    uint32_t source : 31;  /* number in the event dictionary; 0: not told */
    uint32_t imported : 1; /* of an import: the source's days between imported ones count as covered */
};

struct usage *usage_new(void);
void usage_free(struct usage *usage);
void usage_write_lock(struct usage *usage);
void usage_read_lock(struct usage *usage);
void usage_unlock(struct usage *usage);
void usage_add(struct usage *usage, const struct usage_entry *entries, size_t n); /* write lock held */
/* A source was heard of on a local day: an accepted event or a heartbeat; imported: the days between its
 * first and last imported day count as covered. usage_add tells it of every entry; heartbeats, and events
 * that belong to no account, are told here. Write lock held. */
void usage_heard(struct usage *usage, uint32_t source, day_t day, bool imported);
void usage_clear(struct usage *usage, uint32_t account); /* before a rebuild; write lock held */
/* No source was heard of: before everything is added anew. Write lock held. */
void usage_forget_sources(struct usage *usage);
/* Rows that arrive far out of order wait beside the sorted ones, and reading them costs more. Puts at most
 * `most` accounts in order: called at the end of an import or a rebuild, and by usage_add itself after small
 * batches. Write lock held. */
void usage_settle(struct usage *usage, size_t most);
size_t usage_bytes(const struct usage *usage);
/* Grows whenever what could be known before the newest known day may have changed: rows that were known
 * earlier came in, a source was heard of on a day before its last, or an account was cleared. Any thread. */
uint64_t usage_rewritten(const struct usage *usage);
void usage_rewrite(struct usage *usage); /* what is told of the past beside it changed: any thread */
/* Somebody keeps what could be known before that day: rows and sources heard of that change it count as
 * rewriting, however old the newest known day is. Any thread. */
void usage_asked(struct usage *usage, day_t known_day);

/* What is measured over a window of local days [from, to) (closed days), plus, where to_includes_today, the
 * day `to` itself. */
enum usage_measure {
    USAGE_EVENTS,
    USAGE_USERS,
    USAGE_ACTIVE_DAYS,
    USAGE_LAST_DAYS,
    USAGE_FIRST_DAYS,
    USAGE_BREADTH
};
struct usage_query {
    enum usage_measure measure;
    const uint32_t *features;
    size_t feature_count;   /* any of these; none: every feature (for BREADTH: the core features) */
    const uint32_t *groups; /* BREADTH: by feature, 0 … feature_count − 1: those of one group count once;
                               NULL: each by itself */
    day_t from, to;         /* from = INT32_MIN: since ever */
    bool today_too;         /* include the events of day `to` (as_of now, not a closed date) */
    day_t
        known_at; /* only rows with known_day < known_at, or ≤ with today_too; INT32_MAX: as we know it now */
};
/* For accounts [first, first + n): out[i]. EVENTS, USERS, ACTIVE_DAYS, BREADTH: 0 when none. LAST_DAYS and
 * FIRST_DAYS: `to` minus the day of the last (first) use before it, NAN when there is none. Several queries
 * in one pass over the rows. Read lock held. */
void usage_evaluate(const struct usage *usage, const struct usage_query *queries, size_t query_count,
                    uint32_t first, size_t n, double *const *out);
/* What accounts did day by day: out[i × (to − from) + k] on day from + k, EVENTS or USERS of any of these
 * features (none: every feature). known_at as in a query of closed days. Read lock held. */
void usage_series(const struct usage *usage, enum usage_measure measure, const uint32_t *features,
                  size_t feature_count, day_t from, day_t to, day_t known_at, uint32_t first, size_t n,
                  double *out);
/* Health of the sources as the day `to` starts: healthy[k] is 1 when the window of k + 1 days before it is
 * healthy, for k < n. A day is expected by the rhythm of the eight weeks before it (at least half of the same
 * weekdays heard; in a source's first week every day), and well when heard or inside an imported span. A
 * window is healthy when 90 % of its expected days are well and the source has not fallen silent (more than
 * USAGE_SILENT_DAYS days without a word at its end that the rhythm until then lets expect, or more than
 * USAGE_SILENT_MOST_DAYS at all). The best source decides; source 0 only where no other was heard of.
 * age_days: whole days since the last day that was well (0: yesterday), −1 when none. first_day: the first
 * day ever heard of (INT32_MIN: never). Read lock held. */
enum { USAGE_SILENT_DAYS = 3, USAGE_SILENT_MOST_DAYS = 28 };
void usage_health(const struct usage *usage, day_t to, uint8_t *healthy, size_t n, int32_t *age_days,
                  day_t *first_day);

/* One source as the day `to` starts: the last day that was well (INT32_MIN: none), and whether its silence
 * since means something, by its own rhythm. False: it was never heard of. Read lock held. */
bool usage_source_health(const struct usage *usage, uint32_t source, day_t to, day_t *last, bool *is_silent);

/* Every row, account by account, for reports (usage figures, cohorts). Read lock held. */
typedef void (*usage_visit)(void *self, const struct usage_entry *entry);
void usage_each_of(const struct usage *usage, uint32_t account, usage_visit visit,
                   void *self); /* of one account, in the order of the days */
void usage_each(const struct usage *usage, day_t from, day_t to, usage_visit visit, void *self);

/* The rows of one account in order of day, for figures that follow people. */
struct usage_use {
    day_t day;
    uint32_t person; /* of the account, from 1; 0: nobody known */
    uint32_t feature, count;
};
struct usage_uses {
    struct usage_use *v; /* owned: usage_uses_free */
    size_t n, capacity;
    uint32_t people; /* the account's highest person */
    void *view;
};
/* In place of what was there; an account never heard of has none. Read lock held. */
void usage_uses_read(const struct usage *usage, uint32_t account, day_t before, struct usage_uses *uses);
size_t usage_uses_from(const struct usage_uses *uses, day_t day); /* the first on that day or later */
void usage_uses_free(struct usage_uses *uses);

#endif
