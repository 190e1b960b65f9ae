/* A frame of the journal that carries imported events: rows that the importer has already checked, with their
 * permanent identity. Made by exchange/import, applied by signals/ingest. */
#ifndef VAFA_SIGNALS_IMPORT_FRAME_H
#define VAFA_SIGNALS_IMPORT_FRAME_H
#include "base/id.h"
#include "platform/events.h"

struct import_row {
    struct event_key key; /* import_row_key */
    instant_t occurred, known_from;
    bool known_assumed;                         /* known_from was not in the row */
    uint32_t count;                             /* ≥ 1 */
    struct str account, user, name, properties; /* keys as received; account and user may be empty, properties
                                                   is a JSON object or empty */
};

enum {
    IMPORT_FRAME_ROWS = 20000,
    IMPORT_KEY_MAX = 250
}; /* about 2 MiB: a frame must fit in a journal segment */

/* hash(source, account, user, instant, event, properties, ordinal): facts-and-rules 5. ordinal: among equal
 * rows of the file, from 0. The count is no part of it. */
struct event_key import_row_key(struct str source, const struct import_row *row, uint32_t ordinal);
/* Writing a frame into an empty buf: begin, rows, then journal_append_wait and ingest_wait_applied. */
void import_frame_begin(struct buf *frame, struct str source, struct id import, instant_t received);
void import_frame_row(struct buf *frame, const struct import_row *row);

/* Taking rows back, as a frame of its own: what the count was before the import (0: there was no row) and
 * what the import made it. Rows whose count is another by now are left alone; so replaying changes nothing.
 */
struct import_undone {
    struct event_key key;
    uint32_t before, count;
};
void undo_frame_begin(struct buf *frame, struct str source, struct id import, instant_t now);
void undo_frame_rows(struct buf *frame, const struct import_undone *rows, size_t n);
/* The rows of such a frame; false: it is none, or is damaged. Unaligned: copy them out. */
bool undo_frame_open(struct str bytes, struct str *rows);
/* What must not share a batch: imports among each other, and with an undo. False: a frame of live events. */
bool import_frame_owner(struct str bytes, struct id *owner);

/* Reading. False: the frame is not one of these, or is damaged. Strings point into the frame. */
struct import_frame {
    struct str source;
    struct id import;
    instant_t received;
    struct str rest;
};
bool import_frame_open(struct str bytes, struct import_frame *frame);
bool import_frame_next(struct import_frame *frame, struct import_row *row,
                       bool *end); /* *end: there was no more row */

#endif
