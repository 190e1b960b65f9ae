#include "platform/journal_segment.h"
#include "platform/crc32c.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

_Static_assert(sizeof(struct frame_header) == 24, "the header has no gaps");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "headers are written as they stand in memory");

enum { READ_AHEAD = 1 << 20 };

static uint32_t header_crc(const struct frame_header *header, uint32_t bytes_crc, uint32_t generation) {
    struct {
        uint32_t length, generation;
        uint64_t offset, durable;
    } covered = {header->length, generation, header->offset, header->durable};
    return crc32c(bytes_crc, &covered, sizeof covered);
}

void frame_stamp(struct frame_header *header, uint32_t bytes_crc, uint32_t generation) {
    header->crc = header_crc(header, bytes_crc, generation);
}

void segment_name(const struct segment *segment, char out[NAME_BYTES]) {
    snprintf(out, NAME_BYTES, "%016" PRIx64 "-%08" PRIx32 ".segment", segment->base, segment->generation);
}

bool segment_parse(const char *name, struct segment *out) {
    *out = (struct segment){.file = -1};
    char again[NAME_BYTES];
    if (sscanf(name, "%16" SCNx64 "-%8" SCNx32 ".segment", &out->base, &out->generation) != 2) return false;
    segment_name(out, again);
    return !strcmp(name, again);
}

void window_free(struct window *window) {
    free(window->p);
    window->p = NULL;
    window->n = window->capacity = 0;
}

/* n bytes at a place of the file, or NULL: not there (errno 0) or unreadable. Reads ahead, but never beyond
 * `limit`. */
static const char *window_get(struct window *window, size_t at, size_t n, size_t limit) {
    errno = 0;
    if (n > limit || at > limit - n) return NULL;
    if (at >= window->at && at - window->at <= window->n && n <= window->n - (at - window->at))
        return window->p + (at - window->at);
    size_t want = n < READ_AHEAD ? READ_AHEAD : n;
    if (want > limit - at) want = limit - at;
    if (window->capacity < want) {
        window->p = memory_resize(window->p, want);
        window->capacity = want;
    }
    window->at = at;
    window->n = 0;
    while (window->n < want) {
        ssize_t got = pread(window->file, window->p + window->n, want - window->n, (off_t)(at + window->n));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return NULL;
        if (!got) break; /* the file is shorter than it was */
        window->n += (size_t)got;
    }
    errno = 0;
    return window->n >= n ? window->p : NULL;
}

enum frame_state frame_read(struct window *window, const struct segment *segment, journal_offset at,
                            journal_offset limit, struct str *bytes) {
    size_t place = at - segment->base;
    size_t size = limit - segment->base < segment->capacity ? limit - segment->base : segment->capacity;
    const char *p = window_get(window, place, sizeof(struct frame_header), size);
    if (!p) return errno ? FRAME_UNREADABLE : FRAME_BROKEN;
    struct frame_header header;
    memcpy(&header, p, sizeof header);
    if (header.offset != at || header.durable > at || header.durable < segment->base) return FRAME_BROKEN;
    if (header.length > size || frame_size(header.length) > size - place) return FRAME_BROKEN;
    p = window_get(window, place, sizeof header + header.length, size);
    if (!p) return errno ? FRAME_UNREADABLE : FRAME_BROKEN;
    *bytes = (struct str){p + sizeof header, header.length};
    return header_crc(&header, crc32c(0, bytes->p, bytes->n), segment->generation) == header.crc
               ? FRAME_WHOLE
               : FRAME_BROKEN;
}

enum status segment_damaged(const struct segment *segment, journal_offset at, struct problem *problem) {
    char name[NAME_BYTES], place[32];
    segment_name(segment, name);
    snprintf(place, sizeof place, "%" PRIu64, at - segment->base);
    return fail(
        problem, INTERNAL,
        MESSAGE(
            "journal_damaged",
            "The journal is damaged in {0} at byte {1}: what was written there cannot be read back. Restore the data "
            "folder from a backup.",
            "ژورنال در {0}، بایت {1} آسیب دیده است: آنچه آنجا نوشته شده بود دیگر خواندنی نیست. پوشهٔ داده را از "
            "نسخهٔ پشتیبان بازگردانید."),
        ARGS(str_of(name), str_of(place)));
}

/* Whether behind a broken frame stands one whose group was written when the broken one was already durable:
 * then it is no torn tail. */
static enum status check_tail(struct segment *segment, struct window *window, journal_offset broken,
                              struct problem *problem) {
    journal_offset last = segment->base + segment->capacity;
    if (last - broken > (uint64_t)2 * GROUP_BYTES) last = broken + (uint64_t)2 * GROUP_BYTES;
    for (journal_offset at = broken + FRAME_ALIGN; at < last; at += FRAME_ALIGN) {
        struct frame_header header;
        const char *p = window_get(window, at - segment->base, sizeof header, segment->capacity);
        if (!p) break;
        memcpy(&header, p, sizeof header);
        struct str bytes;
        if (header.offset == at && header.durable > broken &&
            frame_read(window, segment, at, segment->base + segment->capacity, &bytes) == FRAME_WHOLE)
            return segment_damaged(segment, broken, problem);
    }
    return OK;
}

enum status segment_scan(struct segment *segment, journal_offset next, struct problem *problem) {
    struct window window = {.file = segment->file};
    bool last = next == UINT64_MAX;
    journal_offset limit = last ? segment->base + segment->capacity : next;
    enum frame_state state = FRAME_WHOLE;
    segment->end = segment->base;
    while (segment->end < limit) {
        struct str bytes;
        state = frame_read(&window, segment, segment->end, limit, &bytes);
        if (state != FRAME_WHOLE) break;
        segment->end += frame_size(bytes.n);
    }
    enum status status = OK;
    if (state == FRAME_UNREADABLE) {
        char name[NAME_BYTES];
        segment_name(segment, name);
        status = fail_errno(problem, "read", name, errno);
    } else if (!last && segment->end != next) {
        status = segment_damaged(segment, segment->end, problem);
    } else if (last && state == FRAME_BROKEN) {
        status = check_tail(segment, &window, segment->end, problem);
    }
    window_free(&window);
    return status;
}
