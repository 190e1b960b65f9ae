/* Import: customers, contracts, signals and usage from CSV files. Good rows go in, every bad row is kept in
 * an errors file with its line, column, code and sentence; the same file twice changes nothing. */
#ifndef VAFA_EXCHANGE_IMPORT_H
#define VAFA_EXCHANGE_IMPORT_H
#include "base/calendar.h"
#include "base/number.h"
#include "customers/origin.h"
#include "platform/house.h"
#include "platform/records.h"
#include "platform/route.h"

enum import_state { IMPORT_WAITING, IMPORT_RUNNING, IMPORT_DONE, IMPORT_FAILED };

/* One import, as stored, listed and watched. */
struct import {
    uint64_t has;
    struct id id;
    struct str kind;   /* events, members, accounts, … */
    struct str file;   /* its name as given */
    struct str source; /* whose keys and rows these are */
    struct str map;    /* field=header,…; empty: guessed */
    struct str money;  /* unit of money columns; empty: the file says it */
    bool backfill; /* history: rows count as known from when they happened (plus lag_days), marked assumed */
    int64_t lag_days;
    bool dry_run;
    struct str language; /* of the errors file */
    int32_t state;       /* enum import_state */
    int64_t bytes_done, bytes_total;
    int64_t rows; /* read so far, without the header */
    int64_t created, updated, unchanged, rejected;
    struct str columns; /* JSON: [{"column", "field"}]: what each column was taken for */
    struct str problem; /* JSON: why it failed as a whole */
    struct str faults;  /* JSON: the first faults */
    struct str by;
    instant_t created_at, finished_at;
    int64_t repaired;     /* of the refused rows: since then repaired, and fine (a dry run) or taken in */
    struct id dry_run_of; /* the dry run whose file and repairs this takes in */
    struct str undo;      /* waiting, running or done; empty: not asked for */
    int64_t undo_done, undo_total, undo_kept; /* records; kept: changed by others since */
    struct str undone_by;
    instant_t undone_at;
};
extern const struct record_type import_type;

/* What can be imported. */
struct import_call { /* what a kind gets for each row */
    struct house *house;
    struct session *session; /* a writer */
    struct origin *origin;
    void *record; /* of the kind's type */
    struct arena *arena;
    struct id *record_id; /* set by taking it: what was made or changed */
};
struct import_kind {
    const char *name;
    const struct record_type *type;
    const char *currency_field; /* holds the currency of the type's money; NULL: none */
    uint64_t
        derived; /* fields (bits) that need no column: the currency of a named unit, the key of derives_key */
    uint64_t identity; /* fields (bits) that with the key tell two rows of one file apart: the account of a
                          person at two accounts, the day of a contract's version */
    bool everybody;    /* its rows belong to no account and touch the figures of all */
    bool derives_key;  /* a file without a key column is fine: rows are known by what they say */
    /* Turns the text of an ID field (an owner's address, a parent's key) into the id; NULL: only UUIDs are
     * taken. */
    enum status (*resolve)(const struct import_call *call, const struct field *field, struct str text,
                           struct id *id, struct problem *problem);
    const struct import_undo_kind *undo; /* import_undo.h; NULL: events, by the journal */
    /* NULL for events, which go through the journal (import_events.h). */
    enum status (*take)(const struct import_call *call, enum upsert_result *result, struct id *account,
                        struct problem *problem);
};
extern const struct import_kind import_kinds[]; /* ends with a NULL name */
const struct import_kind *import_kind_find(struct str name);
struct str import_kind_names(struct arena *arena); /* "events, members, …" */

/* The importer: one import after the other, in a thread of its own. */
struct importer;
enum status importer_start(struct house *house, struct importer **ret, struct problem *problem) MUST_USE;
void importer_stop(struct importer *importer); /* lets the batch under way end; the import then counts as
                                                  failed and can be sent again */

/* Runs one import of a file to its end, in the caller's thread: what the importer does for each. Counts and
 * state in *import grow as it goes on; progress (may be NULL) is told after every batch. Bad rows go to the
 * CSV file at errors_path, which exists only when there are some. Returns a problem where the file as a whole
 * cannot be read (to its end: it is read once before any row is taken) or mapped: then nothing was taken in.
 */
enum status import_run(struct house *house, const char *path, const char *errors_path, struct import *import,
                       struct arena *arena, void (*progress)(void *self, const struct import *import),
                       void *self, struct problem *problem) MUST_USE;

struct timeline_source; /* customers/timeline.h */
extern const struct timeline_source timeline_import;

extern const struct route_query import_create_query[];
enum status import_handle_create(struct request *, struct response *, struct problem *);
enum status import_handle_list(struct request *, struct response *, struct problem *);
enum status import_handle_get(struct request *, struct response *, struct problem *);
enum status import_handle_errors(struct request *, struct response *, struct problem *);
/* POST …/undo, GET …/kept: import_undo.c, import_jobs.c */
enum status import_handle_undo(struct request *, struct response *, struct problem *);
enum status import_handle_kept(struct request *, struct response *, struct problem *);
/* GET and POST …/rows, POST …/run: import_repair.c, import_jobs.c */
enum status import_handle_rows(struct request *, struct response *, struct problem *);
enum status import_handle_repair(struct request *, struct response *, struct problem *);
enum status import_handle_run(struct request *, struct response *, struct problem *);
/* GET …/kinds: what can be imported, and which columns each kind takes; import_repair_api.c */
enum status import_handle_kinds(struct request *, struct response *, struct problem *);
extern const struct route_query import_rows_query[], import_kept_query[], import_run_query[];

#endif
