/* Importing usage: rows become frames of the ingest journal, so that they share the fate of live events. */
#ifndef VAFA_EXCHANGE_IMPORT_EVENTS_H
#define VAFA_EXCHANGE_IMPORT_EVENTS_H
#include "exchange/import.h"

/* One row of usage: who did what, when, how often. */
struct import_event {
    uint64_t has;
    struct str account; /* the source's key; empty: by the membership of the user */
    struct str user;
    instant_t time;
    struct str event;
    int64_t count;         /* ≥ 1; 1 unless given */
    struct str properties; /* JSON object */
    struct str id;         /* the source's own id of the event; empty: made from what the row says */
};
extern const struct record_type import_event_type;

struct import_events;
enum status import_events_begin(struct house *house, struct import *import, const struct origin *origin,
                                struct import_events **ret, struct problem *problem) MUST_USE;
/* Checks a row and keeps it; flushes when there is enough for a frame. */
enum status import_events_put(struct import_events *events, const struct import_event *row,
                              struct problem *problem) MUST_USE;
/* Journals what is kept and waits until it is applied; counts created, updated and unchanged rows in *import.
 * A dry run only counts. */
enum status import_events_flush(struct import_events *events, struct problem *problem) MUST_USE;
void import_events_end(struct import_events *events); /* NULL is fine */

#endif
