/* Frames of the ingest journal: a head, the name of the source, then a body of the track API or imported
 * rows. The journal belongs to one machine, so numbers stand in its byte order. Bodies of some size are
 * packed by zstd at the door: batches of events shrink to a tenth, and the disk and the page cache are what
 * many events a second wait for. */
#ifndef VAFA_SIGNALS_FRAME_H
#define VAFA_SIGNALS_FRAME_H
#include "base/buf.h"
#include "base/clock.h"

enum frame_kind { FRAME_TRACK = 1, FRAME_IMPORT = 2, FRAME_UNDO = 3 };
enum { FRAME_VERSION = 1 };
enum frame_flags {
    FRAME_BROWSER = 1, /* came by a browser key */
    FRAME_REPLAY = 2,  /* one rejected event again: seed is the id of its row */
    FRAME_PACKED = 4,  /* the body is packed */
};

struct frame_head {
    uint8_t kind, version, type, flags; /* type: enum track_type of the route */
    uint16_t source_length, none;
    instant_t received;
    uint8_t seed[16]; /* FRAME_REPLAY: the rejected row; FRAME_IMPORT, FRAME_UNDO: the import; else zero */
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

/* Both start as {0} and belong to one thread at a time. */
struct frame_packer {
    struct ZSTD_CCtx_s *zstd; /* owned */
    struct buf packed;
};
struct frame_unpacker {
    struct ZSTD_DCtx_s *zstd; /* owned */
};
/* Packs the body where that is worth it: then *body points into the packer and FRAME_PACKED is set. */
void frame_pack(struct frame_packer *packer, struct frame_head *head, struct str *body);
/* Bytes of the body as it was received. SIZE_MAX: it is packed, and damaged. */
size_t frame_body_size(const struct frame_head *head, struct str body);
/* Writes those into a room of that many. False: damaged. */
bool frame_unpack(struct frame_unpacker *unpacker, const struct frame_head *head, struct str body, char *room,
                  size_t size) MUST_USE;
void frame_packer_free(struct frame_packer *packer);
void frame_unpacker_free(struct frame_unpacker *unpacker);

#endif
