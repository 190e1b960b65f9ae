/* The ingest journal: what was acknowledged is on disk. Pre-written segments, CRC32C frames, one fdatasync a
 * group. A frame is opaque here; its meaning is signals/ingest. Both stores apply frames in order and keep
 * the offset that they have reached in the transaction of the effect, so that a frame takes effect exactly
 * once in each.
 *
 * A sync that fails is never retried as success: the group's waiters get UNAVAILABLE, the group is cut off,
 * and the journal opens a fresh segment (whose first sync proves the disk) before it takes more. What of the
 * failed group reached the disk after all is not in the journal: recovery reads a segment up to its sealed
 * length. */
#ifndef VAFA_PLATFORM_JOURNAL_H
#define VAFA_PLATFORM_JOURNAL_H
#include "base/problem.h"

typedef uint64_t journal_offset; /* of a frame's first byte, counted over all segments; grows for ever */

struct journal;
struct journal_io;
struct journal_options {
    size_t segment_bytes;   /* settings journal.segment_bytes */
    size_t spare_segments;  /* pre-written and waiting */
    uint64_t backlog_bytes; /* appended but not yet released: beyond it append is LIMITED */
    journal_offset
        start; /* of a journal made new (a restored one goes on where its stores stand); else ignored */
    const struct journal_io *io; /* NULL: the system's; tests make its calls fail (journal_io.h) */
};

/* Makes the folder when it is absent. Cuts a torn tail off; INTERNAL: a frame that was durable is damaged
 * (the problem says where). */
enum status journal_open(const char *folder, struct journal_options options, struct journal **ret,
                         struct problem *problem) MUST_USE;
void journal_close(struct journal *journal); /* waits for the group under way */

/* Called by the commit thread when the group is durable (OK) or lost (UNAVAILABLE). Must be quick. */
typedef void (*journal_done)(void *waiter, enum status status);
/* Copies parts, one behind the other, as one frame into the open group and returns at once; done follows.
 * LIMITED: the backlog is full, TOO_LARGE: more than a segment holds; then done is not called. Safe on every
 * thread. */
enum status journal_append(struct journal *journal, const struct str *parts, size_t count, journal_done done,
                           void *waiter);
/* As above, and waits. */
enum status journal_append_wait(struct journal *journal, const struct str *parts, size_t count);

/* Reading durable frames in order, from an offset on. One reader thread. The frame's bytes are valid until
 * the next call. wait_ms: how long to wait for a frame when there is none (0: not at all). NOT_FOUND: none
 * yet. INTERNAL: a damaged frame below the durable end (the problem names the segment and offset). */
struct journal_reader;
struct journal_reader *journal_reader_open(struct journal *journal, journal_offset from);
enum status journal_next(struct journal_reader *reader, int wait_ms, struct str *frame, journal_offset *at,
                         journal_offset *after, struct problem *problem);
void journal_reader_close(struct journal_reader *reader);

/* Copies what is durable at this moment into a new folder, from the segment that holds `from` on, as segments
 * that journal_open takes: the appliers stand still meanwhile (nothing is released), appending goes on. *end:
 * behind the last frame copied. */
enum status journal_copy(struct journal *journal, const char *folder, journal_offset from,
                         journal_offset *end, struct problem *problem) MUST_USE;

/* Both stores are past this offset: segments before it may be recycled. */
void journal_release(struct journal *journal, journal_offset offset);
journal_offset journal_end(struct journal *journal); /* behind the last durable frame */
uint64_t journal_backlog(struct journal *journal);   /* bytes between release and end */

#endif
