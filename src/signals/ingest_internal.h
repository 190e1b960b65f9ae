/* What the files of ingest share: ingest.c (start, thread), ingest_door.c (before the journal),
 * ingest_stage.c (frame → staged events and effects), ingest_records.c (effects on records), ingest_events.c
 * (the event store and usage), ingest_rebuild.c (usage from the event store), ingest_properties.c (promoted
 * properties and the series over them). */
#ifndef VAFA_SIGNALS_INGEST_INTERNAL_H
#define VAFA_SIGNALS_INGEST_INTERNAL_H
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "platform/dedupe.h"
#include "platform/events.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "signals/frame.h"
#include "signals/import_frame.h"
#include "signals/ingest.h"
#include "signals/number_cache.h"
#include "signals/property.h"
#include "signals/rejected.h"
#include "signals/source.h"
#include "signals/usage.h"

#include <pthread.h>

/* An event that will be stored. Dictionary numbers that are not known yet (0) are made when it is written, so
 * that a failed commit leaves none behind. */
enum { KEY_ACCOUNT, KEY_USER, KEY_NAME, STAGED_KEYS };
struct staged_event {
    struct event event; /* source is filled when it is written */
    struct str key[STAGED_KEYS];
    struct event_key hash[STAGED_KEYS];
    struct source *source;
    unsigned made; /* bit of each key whose number this batch found or made */
};

enum effect_kind { EFFECT_NONE, EFFECT_ACCOUNT, EFFECT_TRAITS, EFFECT_MEMBER, EFFECT_PERSON, EFFECT_LINK };
/* Something that a frame does to the records. */
struct effect {
    enum effect_kind kind;
    struct source *source;
    struct str account, user, other, traits; /* other: the key that LINK joins to user */
    instant_t occurred, received;
    bool browser;
    bool gentle;          /* LINK: never joins two people who are both known */
    enum track_type type; /* of the frame, for the rejected row should the records refuse it */
    struct str raw;
};

/* A user key whose events may count elsewhere after this batch. */
struct moved_user {
    uint32_t number;
    instant_t occurred;
};

struct source_day {
    struct source *source;
    day_t day;
    instant_t received;
};

/* A judged event on its way into the batch: hashes are made, and their slots fetched, for a whole frame
 * before the first is looked up. */
struct prepared {
    struct track_call call;
    enum track_reason reason;
    struct str args[2];
    struct event_key hash[STAGED_KEYS];
};

/* One batch: everything between two commits. Strings live in the frames or the arena. What is large is kept
 * for the next batch: a fresh page for every event costs more than parsing it. */
struct batch {
    struct arena arena;
    VEC(struct str) chunks;   /* memory of frames, FRAME_CHUNK bytes or one larger frame each; owned */
    size_t chunk, chunk_used; /* where the next frame goes */
    VEC(struct prepared) prepared;
    VEC(struct event_key) keys;
    VEC(day_t) key_days;
    VEC(bool) seen;
    VEC(struct staged_event) events;
    VEC(struct effect) effects;
    VEC(struct rejected) rejected;
    VEC(struct source_day) days;
    VEC(struct usage_entry) usage;
    VEC(struct import_undone) undone; /* imported rows that are taken back */
    VEC(struct event) recounted;      /* imported rows whose count changed: their accounts are built again */
    VEC(uint32_t) moved_accounts;     /* likewise, because events without an account now belong elsewhere */
    VEC(uint32_t) moved_persons;
    VEC(struct moved_user) moved_users;
    VEC(struct id) changed_accounts; /* the directory rereads these */
    VEC(struct id) changed_people;
    bool reload;                 /* people were joined: the directory is read anew */
    struct event *block;         /* scratch for appending */
    struct dict accounts;        /* "source NUL key" of accounts that this batch makes */
    VEC(size_t) account_effects; /* by number in that dictionary: where its effect stands */
    int64_t browser_made;
    struct id import; /* of the imported rows in it */
    size_t frames, bytes;
    journal_offset after;
    bool made_numbers;      /* some are new: the directory binds them */
    bool records_done;      /* the records had these frames before a crash */
    bool records_committed; /* this batch did it; what follows is tried again */
};

struct rebuild {
    const uint32_t *accounts, *persons;
    size_t account_count, person_count;
    bool done;
    enum status status;
};

/* What facts asked of event properties. */
struct wanting {
    const struct property_use *uses;
    size_t n;
    bool done;
    enum status status;
    struct problem *problem;
};

/* A set of dense numbers. */
struct bits {
    uint64_t *v;
    size_t n; /* numbers below this fit */
};
static inline bool bits_has(const struct bits *bits, uint32_t i) {
    return i < bits->n && (bits->v[i / 64] >> i % 64 & 1);
}

struct ingest {
    struct house *house;
    struct ingest_options options;
    const struct zone *zone;
    size_t apply_batch, rejected_max;
    int64_t browser_accounts_max;
    struct track_limits limits;

    /* the applier's own */
    pthread_t thread;
    bool started;
    struct journal_reader *reader;
    struct track_parser *parser;
    struct frame_unpacker unpacker;
    struct batch batch;
    struct dedupe *dedupe;
    struct number_cache numbers;
    struct sources *sources;
    struct str frame; /* read, but left for the next batch; p NULL: none */
    journal_offset frame_at, frame_after, records_reached;
    int64_t rejected_rows, browser_made;
    day_t browser_day;
    day_t day; /* the last local day asked for, [day_from, day_to) */
    instant_t day_from, day_to;
    uint32_t *unassigned; /* by user number: counts of events without an account; a user with some is built
                             again when it joins one */
    size_t unassigned_size;
    uint64_t unassigned_total;     /* atomic */
    struct properties *properties; /* changed under the lock of usage */
    bool filling;                  /* a series waits for its values, or values wait to be back-filled */
    bool wanted;                   /* facts have said what they read */
    VEC(struct property_taken) taken;
    struct arena property_arena; /* scratch */

    /* shared */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    journal_offset applied;
    bool stopping, ended, waiting;
    unsigned paused;
    struct rebuild *rebuild;
    struct wanting *wanting;
    struct ingest_figures figures;
    size_t since_checkpoint;        /* the applier's */
    pthread_mutex_t door;           /* of what follows */
    struct dict quota_names;        /* browser keys seen */
    size_t *quota_used, quota_size; /* by number in quota_names: events of the minute */
    size_t quota_max;
    instant_t quota_minute;
    struct door *doors[16]; /* idle ones */
    size_t door_count;
};

/* Tests may stop the applier here as a crash would. */
static inline enum status ingest_step(struct ingest *ingest, const char *step) {
    return ingest->options.fault ? ingest->options.fault(ingest->options.fault_self, step) : OK;
}
day_t ingest_day(struct ingest *ingest, instant_t at);
struct str number_key(char *room, size_t size, uint32_t source, struct str key); /* "source-number NUL key" */
enum { NUMBER_KEY = 300 };

void ingest_doors_free(struct ingest *ingest); /* ingest_door.c */
/* ingest_stage.c: never fails; what cannot be taken becomes a rejected row. */
void stage_frame(struct ingest *ingest, struct str bytes, journal_offset at);
/* ingest_records.c: all effects and the offset in one transaction; then the directory. */
enum status apply_records(struct ingest *ingest, struct problem *problem) MUST_USE;
/* ingest_events.c: the events and the offset in one transaction. */
enum status apply_events(struct ingest *ingest, struct problem *problem) MUST_USE;
/* After both: usage, notices. */
enum status apply_usage(struct ingest *ingest, struct problem *problem) MUST_USE;
/* ingest_tell.c: after all of it, for whoever watches. */
void ingest_tell(struct ingest *ingest);
/* ingest_rebuild.c. */
enum status rebuild_start(struct ingest *ingest, struct problem *problem) MUST_USE;
/* Both empty: everything. */
enum status rebuild_usage(struct ingest *ingest, const uint32_t *accounts, size_t account_count,
                          const uint32_t *persons, size_t person_count, struct problem *problem) MUST_USE;
/* Makes one usage entry of an event; false: nothing to count (no account, or an internal person). Directory
 * locked. */
bool usage_entry_of(struct ingest *ingest, const struct event *event, struct usage_entry *entry);
/* The same without counting what belongs to no account; *unassigned may be NULL. */
bool usage_entry_find(struct ingest *ingest, const struct event *event, struct usage_entry *entry,
                      bool *unassigned);
/* ingest_properties.c. Of an event that counts: into ingest->taken. */
void properties_take(struct ingest *ingest, const struct event *event, const struct usage_entry *entry);
/* Into ingest->taken, from the event store: the rows that a filter gives and that count for these accounts;
 * keyless: without those that name an account. */
enum status properties_collect(struct ingest *ingest, const struct event_filter *filter, bool keyless,
                               const struct bits *only, struct problem *problem) MUST_USE;
/* Fills all series anew. Usage's write lock held. */
enum status properties_rebuild(struct ingest *ingest, struct problem *problem) MUST_USE;
/* Does what a caller of ingest_want_properties asks for. */
enum status properties_want(struct ingest *ingest, const struct wanting *wanting,
                            struct problem *problem) MUST_USE;
/* One slice of the back-fill, and the series that it completed. */
enum status properties_fill(struct ingest *ingest, struct problem *problem) MUST_USE;
void unassigned_add(struct ingest *ingest, uint32_t user, uint32_t count);

#endif
