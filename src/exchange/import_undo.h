/* Taking an import back: what each of its rows made or changed was laid aside (table import_changes); what
 * nobody has changed since is restored, the rest is told row by row. Usage is taken back through the journal
 * by the keys of its rows (import_keys.h). */
#ifndef VAFA_EXCHANGE_IMPORT_UNDO_H
#define VAFA_EXCHANGE_IMPORT_UNDO_H
#include "exchange/import.h"

struct undo_call {
    struct house *house;
    struct session *session; /* a writer */
    struct origin *origin;
    struct arena *arena;
};

/* What a kind must know to be taken back. */
struct import_undo_kind {
    /* The stored record that a row will change, before it does. */
    enum status (*find)(const struct import_call *call, void *stored, struct id *id, bool *found,
                        struct problem *problem);
    /* The record as it stands. A record without an id is known by `after`, what the import left. */
    enum status (*load)(const struct undo_call *call, struct id id, const void *after, void *current,
                        bool *found, struct problem *problem);
    /* Lays the old values over the current record. */
    enum status (*put_back)(const struct undo_call *call, void *current, const void *patch, uint64_t cleared,
                            struct problem *problem);
    /* Removes a record that the import made. CONFLICT, with the reason, when something hangs on it. */
    enum status (*remove)(const struct undo_call *call, const void *current, struct problem *problem);
    bool keeps_made; /* what a row made is laid aside whole: it has no version */
};
extern const struct import_undo_kind undo_members, undo_accounts, undo_contacts, undo_subscriptions,
    undo_invoices, undo_tickets, undo_answers, undo_invitations, undo_activities, undo_rates, undo_indices;

/* Around taking a row: before lays aside what stands, after writes the change in the session's transaction.
 */
struct import_trace {
    bool found;
    struct id id;
    struct str before; /* JSON */
};
enum status import_trace_before(const struct import_call *call, const struct import_kind *kind,
                                struct import_trace *trace, struct problem *problem) MUST_USE;
enum status import_trace_after(const struct import_call *call, const struct import_kind *kind,
                               const struct import_trace *trace, const struct import *import, int64_t line,
                               struct id account, struct problem *problem) MUST_USE;

/* Runs the undo of an import to its end, in the caller's thread; goes on where one was cut short. Counts in
 * *import grow; progress as for import_run. */
enum status import_undo_run(struct house *house, struct import *import, struct arena *arena,
                            void (*progress)(void *self, const struct import *import), void *self,
                            struct problem *problem) MUST_USE;

#endif
