/* Frames of the ingest journal: a head, the name of the source, then a body of the track API or imported
 * rows. The journal belongs to one machine, so numbers stand in its byte order. */
#ifndef VAFA_SIGNALS_FRAME_H
#define VAFA_SIGNALS_FRAME_H
#include "base/clock.h"
#include "base/str.h"

enum frame_kind { FRAME_TRACK = 1, FRAME_IMPORT = 2 };
enum { FRAME_VERSION = 1 };
enum frame_flags {
    FRAME_BROWSER = 1, /* came by a browser key */
    FRAME_REPLAY = 2,  /* one rejected event again: seed is the id of its row */
};

struct frame_head {
    uint8_t kind, version, type, flags; /* type: enum track_type of the route */
    uint16_t source_length, none;
    instant_t received;
    uint8_t seed[16]; /* FRAME_REPLAY: the rejected row; FRAME_IMPORT: the import; else zero */
};

static inline bool frame_open(struct str bytes, struct frame_head *head, struct str *source,
                              struct str *body) {
    if (bytes.n < sizeof *head) return false;
    memcpy(head, bytes.p, sizeof *head);
    if (head->version != FRAME_VERSION || bytes.n < sizeof *head + head->source_length) return false;
    *source = (struct str){bytes.p + sizeof *head, head->source_length};
    *body = (struct str){source->p + source->n, bytes.n - sizeof *head - source->n};
    return true;
}

#endif
