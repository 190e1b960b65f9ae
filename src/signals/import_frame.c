#include "signals/import_frame.h"
#include "signals/frame.h"

#include <xxhash.h>

enum { ROW_KNOWN_ASSUMED = 1 };

/* Fixed part of a row; its strings follow. */
struct row_head {
    uint64_t high, low;
    int64_t occurred, known_from;
    uint32_t count, flags, properties;
    uint16_t account, user, name, none;
};

static void hash_part(XXH3_state_t *state, const void *p, size_t n) {
    uint64_t length = n; /* lengths keep ("a", "bc") and ("ab", "c") apart */
    XXH3_128bits_update(state, &length, sizeof length);
    XXH3_128bits_update(state, p ? p : "", n);
}

struct event_key import_row_key(struct str source, const struct import_row *row, uint32_t ordinal) {
    XXH3_state_t *state = XXH3_createState();
    XXH3_128bits_reset(state);
    hash_part(state, source.p, source.n);
    hash_part(state, row->account.p, row->account.n);
    hash_part(state, row->user.p, row->user.n);
    hash_part(state, &row->occurred, sizeof row->occurred);
    hash_part(state, row->name.p, row->name.n);
    hash_part(state, row->properties.p, row->properties.n);
    hash_part(state, &ordinal, sizeof ordinal);
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    return (struct event_key){hash.high64, hash.low64};
}

void import_frame_begin(struct buf *frame, struct str source, struct id import, instant_t received) {
    struct frame_head head = {.kind = FRAME_IMPORT,
                              .version = FRAME_VERSION,
                              .source_length = (uint16_t)source.n,
                              .received = received};
    memcpy(head.seed, import.b, sizeof head.seed);
    buf_put(frame, &head, sizeof head);
    buf_put_str(frame, source);
}

void import_frame_row(struct buf *frame, const struct import_row *row) {
    struct row_head head = {
        .high = row->key.high,
        .low = row->key.low,
        .occurred = row->occurred,
        .known_from = row->known_from,
        .count = row->count,
        .flags = row->known_assumed ? ROW_KNOWN_ASSUMED : 0,
        .properties = (uint32_t)row->properties.n,
        .account = (uint16_t)row->account.n,
        .user = (uint16_t)row->user.n,
        .name = (uint16_t)row->name.n,
    };
    buf_put(frame, &head, sizeof head);
    buf_put_str(frame, row->account);
    buf_put_str(frame, row->user);
    buf_put_str(frame, row->name);
    buf_put_str(frame, row->properties);
}

bool import_frame_open(struct str bytes, struct import_frame *frame) {
    struct frame_head head;
    if (!frame_open(bytes, &head, &frame->source, &frame->rest) || head.kind != FRAME_IMPORT) return false;
    memcpy(frame->import.b, head.seed, sizeof head.seed);
    frame->received = head.received;
    return true;
}

static struct str cut(struct str *rest, size_t n) {
    struct str part = {rest->p, n};
    rest->p += n;
    rest->n -= n;
    return part;
}

bool import_frame_next(struct import_frame *frame, struct import_row *row, bool *end) {
    struct row_head head;
    *end = frame->rest.n == 0;
    if (*end) return true;
    if (frame->rest.n < sizeof head) return false;
    memcpy(&head, cut(&frame->rest, sizeof head).p, sizeof head);
    if ((size_t)head.account + head.user + head.name + head.properties > frame->rest.n || !head.count)
        return false;
    *row = (struct import_row){
        .key = {head.high, head.low},
        .occurred = head.occurred,
        .known_from = head.known_from,
        .known_assumed = head.flags & ROW_KNOWN_ASSUMED,
        .count = head.count,
    };
    row->account = cut(&frame->rest, head.account);
    row->user = cut(&frame->rest, head.user);
    row->name = cut(&frame->rest, head.name);
    row->properties = cut(&frame->rest, head.properties);
    return true;
}

void undo_frame_begin(struct buf *frame, struct str source, struct id import, instant_t now) {
    struct frame_head head = {
        .kind = FRAME_UNDO, .version = FRAME_VERSION, .source_length = (uint16_t)source.n, .received = now};
    memcpy(head.seed, import.b, sizeof head.seed);
    buf_put(frame, &head, sizeof head);
    buf_put_str(frame, source);
}

void undo_frame_rows(struct buf *frame, const struct import_undone *rows, size_t n) {
    buf_put(frame, rows, n * sizeof *rows);
}

bool undo_frame_open(struct str bytes, struct str *rows) {
    struct frame_head head;
    struct str source;
    return frame_open(bytes, &head, &source, rows) && head.kind == FRAME_UNDO &&
           rows->n % sizeof(struct import_undone) == 0;
}

bool import_frame_owner(struct str bytes, struct id *owner) {
    struct frame_head head;
    struct str source, rest;
    if (!frame_open(bytes, &head, &source, &rest) || head.kind == FRAME_TRACK) return false;
    memcpy(owner->b, head.seed, sizeof head.seed);
    for (size_t i = 0; head.kind == FRAME_UNDO && i < sizeof owner->b; i++)
        owner->b[i] ^= 0xff;
    return true;
}
