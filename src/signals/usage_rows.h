/* How usage lies in memory: shared by usage.c (writing) and usage_evaluate.c (measuring) and by nobody else.
 */
#ifndef VAFA_SIGNALS_USAGE_ROWS_H
#define VAFA_SIGNALS_USAGE_ROWS_H
#include "base/vec.h"
#include "signals/usage.h"

#include <pthread.h>

/* A row's key is day (16 bits) | feature (22) | person of the account (26), so that order by key is order by
 * day. Limits: days from 1950-01-01 to 2129-06-06 (others are cut to them), 4 million event names (those
 * beyond count as the last one). */
enum {
    USAGE_DAY_BASE = -7305,
    USAGE_DAY_SHIFT = 48,
    USAGE_FEATURE_SHIFT = 26,
    USAGE_FEATURE_MASK = (1 << 22) - 1,
    USAGE_PERSON_MASK = (1 << 26) - 1,
    USAGE_NOBODY = 0, /* persons are numbered from 1 */
};

struct usage_row {
    uint64_t key;
    uint32_t count;
    uint16_t lag; /* known day − day; rows that became known later stand beside, never merged */
};

struct account_usage {
    struct usage_row *rows; /* [0, run) sorted by (key, lag), [run, n) in order of arrival */
    uint32_t run, n, capacity;
    uint32_t person_n, person_capacity;
    uint32_t *persons; /* person of number i + 1; behind the capacity a table of numbers by hash */
    bool unsettled;    /* stands in the list of accounts that may have a tail */
};

/* Accounts are asked for one by one, mostly as of the same day. */
enum { HEALTH_CACHE_DAYS = 400 };
struct usage_health_cache {
    pthread_mutex_t lock;
    uint64_t version; /* 0: nothing yet */
    day_t to, first;
    int32_t age;
    size_t n;
    uint8_t healthy[HEALTH_CACHE_DAYS];
};

enum { HEARD_WORDS = 1024 };
struct usage_source {
    uint64_t heard[HEARD_WORDS];           /* a bit for each day offset */
    int32_t first, last;                   /* heard at all: offsets; first > last: never */
    int32_t imported_first, imported_last; /* likewise */
};

struct usage {
    pthread_rwlock_t lock;
    struct account_usage *accounts; /* by directory index */
    size_t n, capacity, row_bytes;
    size_t feature_n;              /* 1 + the highest feature number met */
    struct usage_source **sources; /* by number; NULL where never heard */
    size_t source_n;
    struct usage_health_cache *health; /* the last answer of usage_health */
    uint64_t heard_version;            /* grows when the health of any day may have changed */
    uint64_t rewritten;                /* atomic: usage_rewritten */
    day_t newest_known;                /* of all rows */
    day_t asked;                       /* atomic: usage_asked */
    bool named_sources;                /* any but 0 was heard of */
    VEC(uint32_t) unsettled;
    struct usage_row *scratch; /* the writer's */
    size_t scratch_capacity;
};

/* All rows of an account in order; borrows the account's own where they are, else merges into the view. */
struct usage_view {
    struct usage_row *rows; /* owned */
    size_t capacity;
};
const struct usage_row *usage_rows(const struct account_usage *account, struct usage_view *view);
void usage_rows_sort(struct usage_row *rows, size_t n, struct usage_row *spare); /* spare: room for n rows */

#endif
