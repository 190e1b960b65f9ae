/* Receiving events and applying them.
 *
 * The door does the least: it knows the key, checks that the body is JSON of the right shape within the
 * limits, appends it to the journal as it came, and answers when the group is on disk. One applier thread
 * reads the journal in order and gives every frame its effect: first in the records (accounts, people,
 * traits, rejected rows), then in the event store, then in the usage rollups in memory. Each store commits
 * its effect together with the offset that it has reached, so that a crash anywhere replays to the same
 * state: exactly once.
 *
 * Deduplication happens here, in journal order, by a 128-bit hash of (source, message id); a message without
 * an id gets one from its place in the journal. A duplicate of an event whose group is not yet synced is
 * journalled too and falls away when applied; a sync that fails leaves no key behind, since keys are
 * remembered only from durable frames. So no state stands before the journal.
 *
 * Replay is safe between the stores: records go first and keep an offset R, events follow with E ≤ R whenever
 * the records had an effect. From max(R, E) on both apply; from E to R only the events do. A batch without an
 * effect on records does not touch R: what lies between R and E then had none. */
#ifndef VAFA_SIGNALS_INGEST_H
#define VAFA_SIGNALS_INGEST_H
#include "platform/house.h"
#include "platform/journal.h"
#include "signals/track_json.h"

struct ingest;

/* What a write key stands for. */
struct ingest_origin {
    struct str source; /* the key's name: keys of accounts and users belong to it; at most 200 bytes */
    bool browser;      /* readable by anyone: see facts-and-rules 5 */
};

/* Faults that tests put between the stores: called with the name of each step; anything but OK ends the
 * applier as a crash would. */
typedef enum status (*ingest_fault)(void *self, const char *step);
struct ingest_options {
    ingest_fault fault; /* NULL outside of tests */
    void *fault_self;
    bool paused; /* rebuild only: apply nothing until ingest_resume */
};

/* Reads the stores' offsets, rebuilds directory bindings, the deduplication window and the usage rollups from
 * the event store, and starts the applier. Of the house it needs folder, clock, settings, records, journal,
 * events, notices, directory and usage. */
enum status ingest_start(struct house *house, const struct ingest_options *options, struct ingest **ret,
                         struct problem *problem) MUST_USE;
/* Waits for the batch under way; what is in the journal stays for the next start. */
void ingest_stop(struct ingest *ingest);

/* ---- the door ---- */

/* Checks a body and gives its shape; the limits are those of the settings. Any thread. */
enum status ingest_check(struct ingest *ingest, struct str body, enum track_type type,
                         struct track_shape *shape, struct problem *problem) MUST_USE;
/* Appends a checked body; `done` follows when it is durable. LIMITED: the journal is full. `received` is now,
 * or what a replay says. */
enum status ingest_append(struct ingest *ingest, struct ingest_origin origin, enum track_type type,
                          struct str body, journal_done done, void *waiter) MUST_USE;
enum status ingest_append_wait(struct ingest *ingest, struct ingest_origin origin, enum track_type type,
                               struct str body) MUST_USE;
/* Counts events of a browser key against its quota of the minute (settings). LIMITED: *retry_after seconds
 * until the next. */
enum status ingest_admit(struct ingest *ingest, struct ingest_origin origin, size_t events,
                         int *retry_after) MUST_USE;
/* Appends one rejected event again: it keeps its time of receipt, and id makes it safe to replay twice. Waits
 * until durable. */
struct rejected;
enum status ingest_replay(struct ingest *ingest, const struct rejected *rejected) MUST_USE;

/* ---- reading one's own writes ---- */

/* Waits until everything before the offset is applied and readable. UNAVAILABLE when the applier has ended or
 * timeout_ms passed (−1: never). */
enum status ingest_wait_applied(struct ingest *ingest, journal_offset offset, int timeout_ms) MUST_USE;
/* Everything that was durable when called. */
enum status ingest_wait_all(struct ingest *ingest, int timeout_ms) MUST_USE;

/* ---- resolution changed ---- */

/* After keys were linked, accounts merged or unmerged, or memberships changed: builds the usage of these
 * accounts and people again (by the applier, between two batches) and returns when done. Accounts: those that
 * events move away from and to. Persons: those whose keys changed. n 0 of both: everything. */
enum status ingest_rebuild(struct ingest *ingest, const uint32_t *accounts, size_t account_count,
                           const uint32_t *persons, size_t person_count) MUST_USE;
/* What facts read of event properties from now on: promotes what is new, back-fills it in the background,
 * lets go of what nobody reads. Waits until the uses whose values are all there can be evaluated. The uses
 * are copied. UNAVAILABLE: the applier has ended. */
struct property_use;
enum status ingest_want_properties(struct ingest *ingest, const struct property_use *uses, size_t n,
                                   struct problem *problem) MUST_USE;
/* Read under the lock of usage; as old as the ingest. */
struct properties;
struct properties *ingest_properties(struct ingest *ingest);
/* Stops applying after the batch under way (for a backup), and goes on. */
void ingest_pause(struct ingest *ingest);
void ingest_resume(struct ingest *ingest);

struct ingest_figures {
    uint64_t events, duplicates, rejected, frames; /* since start */
    uint64_t unassigned; /* counts of events in the store whose account is not known */
    uint64_t backlog;    /* bytes in the journal not yet applied */
    size_t dedupe_keys;  /* message ids remembered */
    day_t dedupe_from;   /* the first UTC day all of whose ids are */
};
struct ingest_figures ingest_figures(struct ingest *ingest);

#endif
