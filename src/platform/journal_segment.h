/* Segments and frames of the journal on disk: names, format, scanning. Only for journal*.c.
 *
 * A segment is a file BASE-GENERATION.segment (both hexadecimal): BASE is the journal offset of its first
 * byte, GENERATION counts all segments that ever were. A segment ends where the next one starts: making the
 * next segment seals it, and no seal is ever written into a file that may be failing. Behind the end of the
 * last segment may stand what a lost group left, or the zeros or frames of the file's earlier life; the
 * checksum covers offset and generation, so neither looks like a frame of this segment. */
#ifndef VAFA_PLATFORM_JOURNAL_SEGMENT_H
#define VAFA_PLATFORM_JOURNAL_SEGMENT_H
#include "platform/journal.h"

enum {
    FRAME_ALIGN = 8,
    GROUP_BYTES = 64 << 20, /* an open group takes no more */
    NAME_BYTES = 64,
};

/* In front of each frame's bytes, little-endian; frames start at multiples of FRAME_ALIGN. */
struct frame_header {
    uint32_t length;  /* of the bytes that follow */
    uint32_t crc;     /* crc32c of the bytes, then length, offset, durable and the segment's generation */
    uint64_t offset;  /* of this header in the journal */
    uint64_t durable; /* what was durable when this frame's group was written: proves that everything before
                         was synced */
};

static inline size_t frame_size(size_t length) {
    return (sizeof(struct frame_header) + length + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
}
/* Fills in the header's crc from the crc of the bytes. */
void frame_stamp(struct frame_header *header, uint32_t bytes_crc, uint32_t generation);

struct segment {
    journal_offset base, end; /* end: behind the last durable frame */
    size_t capacity;          /* bytes of the file */
    uint32_t generation;
    int file; /* owned, or -1 */
};

void segment_name(const struct segment *segment, char out[NAME_BYTES]);
bool segment_parse(const char *name, struct segment *out); /* base and generation from a file name */

/* A piece of a segment's file in memory. Starts as {.file = …}. */
struct window {
    int file;
    char *p; /* owned */
    size_t at, n, capacity;
};
void window_free(struct window *window);

enum frame_state { FRAME_WHOLE, FRAME_BROKEN, FRAME_UNREADABLE /* errno is set */ };
/* The frame at an offset of the segment, if it lies before `limit` whole and with the right checksum. *bytes
 * is valid until the next call with the same window. */
enum frame_state frame_read(struct window *window, const struct segment *segment, journal_offset at,
                            journal_offset limit, struct str *bytes);

/* Sets segment->end to the end of the last whole frame before the first broken one. `next`: the base of the
 * segment behind it, or UINT64_MAX for the last. INTERNAL: a frame that was durable is broken. */
enum status segment_scan(struct segment *segment, journal_offset next, struct problem *problem) MUST_USE;
enum status segment_damaged(const struct segment *segment, journal_offset at, struct problem *problem);

#endif
