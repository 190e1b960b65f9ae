/* What events.c (opening, dictionaries), events_write.c, events_read.c, events_import.c, events_block.c and
 * events_duck.c share. */
#ifndef VAFA_PLATFORM_EVENTS_INTERNAL_H
#define VAFA_PLATFORM_EVENTS_INTERNAL_H
#include "base/buf.h"
#include "base/vec.h"
#include "platform/events.h"

#include <duckdb.h>
#include <pthread.h>

enum {
    EVENTS_SCHEMA = 2,
    BLOCK_EVENTS = 1024,     /* events of one compressed block, at most */
    BLOCK_BYTES = 1 << 20,   /* a block is closed when it holds more */
    BLOCK_LARGEST = 1 << 28, /* what a block that is read back may claim to hold */
};

/* Columns of table events, in order; the SQL of the table stands in events.c. */
enum column {
    COLUMN_HIGH,
    COLUMN_LOW,
    COLUMN_OCCURRED,
    COLUMN_RECEIVED,
    COLUMN_KNOWN_FROM,
    COLUMN_SOURCE,
    COLUMN_ACCOUNT,
    COLUMN_USER,
    COLUMN_NAME,
    COLUMN_COUNT,
    COLUMN_FLAGS,
    COLUMN_BLOCK,
    COLUMN_SLOT,
    COLUMNS
};
#define EVENT_COLUMNS                                                                                        \
    "key_high, key_low, occurred, received, known_from, source, account, person, name, count, flags, block, slot"

/* Properties and message ids of up to BLOCK_EVENTS events, compressed as one. */
struct block_writer {
    struct ZSTD_CCtx_s *zstd; /* owned */
    struct {
        uint32_t properties,
            message_id; /* where each ends in bytes; it starts where the one before it ends */
    } ends[BLOCK_EVENTS];
    uint32_t n;
    struct buf bytes, raw, packed;
};
void block_add(struct block_writer *writer, struct str properties, struct str message_id);
bool block_full(const struct block_writer *writer);
struct str block_pack(
    struct block_writer *writer); /* the compressed block, valid until the next call; empties the writer */
void block_writer_free(struct block_writer *writer);

struct block_reader {
    struct buf raw;
    uint32_t n;
};
bool block_unpack(struct block_reader *reader, struct str packed); /* false: damaged */
bool block_get(const struct block_reader *reader, uint32_t slot, struct str *properties,
               struct str *message_id);

struct promotion {
    struct promoted of; /* behind and blocks are not kept */
    int64_t from_block; /* events of this block and later ones were written with their values */
    int64_t filled_to;  /* and those of blocks below this one have theirs, too */
};

struct events {
    char *path;
    duckdb_database database;

    /* The writer's thread. */
    duckdb_connection writer;
    duckdb_appender rows, blocks, words, values; /* of tables events, property_blocks, dictionaries,
                                                    property_values; NULL until needed */
    duckdb_data_chunk chunk;                     /* rows on their way to the appender */
    void *columns[COLUMNS];                      /* its vectors */
    size_t chunk_rows;
    struct block_writer block;
    int64_t next_block, committed_block; /* numbers from 1 on; 0: neither properties nor message id */
    bool in_batch;
    struct arena parsing; /* of properties; scratch */
    uint8_t *names_read;  /* by number of a name: whether it has promoted properties */
    size_t names_read_n;  /* 0: nothing is promoted */

    pthread_rwlock_t lock; /* of what follows; only the writer changes it */
    struct dict dictionaries[EVENT_DICTIONARIES];
    size_t committed[EVENT_DICTIONARIES]; /* how many entries are on the disk */
    journal_offset reached;
    struct arena promoted_texts;
    VEC(struct promotion) promoted;
};

/* events_duck.c. A failure of the engine: UNAVAILABLE for disk and memory, else INTERNAL, with the engine's
 * words. */
enum status duck_fail(const char *text, struct problem *problem);
enum status duck_run(duckdb_connection connection, const char *sql, struct problem *problem) MUST_USE;
enum status duck_query(duckdb_connection connection, const char *sql, duckdb_result *result,
                       struct problem *problem) MUST_USE;
/* Chunk after chunk while the engine is still working; `take` sees each. */
typedef enum status (*duck_take)(void *self, duckdb_data_chunk chunk, struct problem *problem);
enum status duck_stream(duckdb_connection connection, const char *sql, duck_take take, void *self,
                        struct problem *problem) MUST_USE;
enum status duck_connect(struct events *events, duckdb_connection *connection,
                         struct problem *problem) MUST_USE;
enum status duck_appender(duckdb_connection connection, const char *catalog, const char *table,
                          duckdb_appender *appender, struct problem *problem) MUST_USE;
struct str
duck_bytes(duckdb_string_t *cell); /* a cell of a VARCHAR or BLOB vector, valid as long as its chunk */
static inline void *duck_column(duckdb_data_chunk chunk, idx_t column) {
    return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
}

enum status events_damaged(struct events *events, const char *what, struct problem *problem);
/* events_write.c: brings all rows of the open batch into the engine, so that the writer's connection sees
 * them. */
enum status events_flush(struct events *events, struct problem *problem) MUST_USE;
enum status events_begin(struct events *events, struct problem *problem) MUST_USE;
/* events_read.c: the conditions of a filter, from WHERE on. */
void events_put_filter(struct buf *sql, const struct event_filter *filter);
/* Runs what stands in sql on a connection of its own and empties it. */
enum status events_stream(struct events *events, struct buf *sql, duck_take take, void *self,
                          struct problem *problem) MUST_USE;
/* The columns that events_scan asks for, in its order; keys: room for a chunk. */
#define SCAN_COLUMNS                                                                                         \
    "key_high, key_low, occurred, received, known_from, source, account, person, name, count, flags"
struct event_block events_block_of(duckdb_data_chunk chunk, struct event_key *keys);
/* events_properties.c */
enum status promoted_load(struct events *events, struct problem *problem) MUST_USE;
static inline bool promoted_name(const struct events *events, uint32_t name) {
    return name < events->names_read_n && events->names_read[name];
}
/* The values of an event's promoted properties; it lies at that place. */
enum status promoted_append(struct events *events, const struct event *event, int64_t block, uint32_t slot,
                            struct problem *problem) MUST_USE;
enum status promoted_check(struct events *events, struct problem *problem) MUST_USE;

#endif
