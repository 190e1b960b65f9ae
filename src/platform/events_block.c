#include "platform/events_internal.h"

#include <stdlib.h>
#include <zstd.h>

/* A block before compression: n u32, n × (end of properties u32, end of message id u32), the bytes. Level 1:
 * 160-byte properties shrink about sevenfold at close to a gigabyte a second. */
enum { LEVEL = 1 };

void block_add(struct block_writer *writer, struct str properties, struct str message_id) {
    buf_put(&writer->bytes, properties.p, properties.n);
    writer->ends[writer->n].properties = (uint32_t)writer->bytes.n;
    buf_put(&writer->bytes, message_id.p, message_id.n);
    writer->ends[writer->n++].message_id = (uint32_t)writer->bytes.n;
}

bool block_full(const struct block_writer *writer) {
    return writer->n == BLOCK_EVENTS || writer->bytes.n >= BLOCK_BYTES;
}

struct str block_pack(struct block_writer *writer) {
    if (!writer->zstd) writer->zstd = ZSTD_createCCtx();
    buf_clear(&writer->raw);
    buf_put(&writer->raw, &writer->n, sizeof writer->n);
    buf_put(&writer->raw, writer->ends, writer->n * sizeof *writer->ends);
    buf_put(&writer->raw, writer->bytes.p, writer->bytes.n);
    buf_clear(&writer->packed);
    size_t bound = ZSTD_compressBound(writer->raw.n);
    buf_reserve(&writer->packed, bound);
    size_t n = ZSTD_compressCCtx(writer->zstd, writer->packed.p, bound, writer->raw.p, writer->raw.n, LEVEL);
    writer->n = 0;
    buf_clear(&writer->bytes);
    return (struct str){writer->packed.p, ZSTD_isError(n) ? 0 : n};
}

void block_writer_free(struct block_writer *writer) {
    ZSTD_freeCCtx(writer->zstd);
    buf_free(&writer->bytes);
    buf_free(&writer->raw);
    buf_free(&writer->packed);
}

bool block_unpack(struct block_reader *reader, struct str packed) {
    unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
    if (size < sizeof reader->n || size > BLOCK_LARGEST)
        return false; /* both error values are beyond it, too */
    buf_clear(&reader->raw);
    buf_reserve(&reader->raw, size);
    if (ZSTD_decompress(reader->raw.p, size, packed.p, packed.n) != size) return false;
    reader->raw.n = size;
    memcpy(&reader->n, reader->raw.p, sizeof reader->n);
    return reader->n && reader->n <= BLOCK_EVENTS && size >= 4 + reader->n * (size_t)8;
}

bool block_get(const struct block_reader *reader, uint32_t slot, struct str *properties,
               struct str *message_id) {
    if (slot >= reader->n) return false;
    uint32_t ends[3] = {0}; /* of the event before, of the properties, of the message id */
    const char *table = reader->raw.p + 4;
    if (slot) memcpy(&ends[0], table + slot * (size_t)8 - 4, 4);
    memcpy(&ends[1], table + slot * (size_t)8, 8);
    struct str bytes = {table + reader->n * (size_t)8, reader->raw.n - 4 - reader->n * (size_t)8};
    if (ends[0] > ends[1] || ends[1] > ends[2] || ends[2] > bytes.n) return false;
    *properties = str_slice(bytes, ends[0], ends[1]);
    *message_id = str_slice(bytes, ends[1], ends[2]);
    return true;
}
