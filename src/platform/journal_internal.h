/* What journal.c (group commit), journal_files.c (making and recycling segments) and journal_reader.c share.
 */
#ifndef VAFA_PLATFORM_JOURNAL_INTERNAL_H
#define VAFA_PLATFORM_JOURNAL_INTERNAL_H
#include "base/vec.h"
#include "platform/journal_io.h"
#include "platform/journal_segment.h"

#include <pthread.h>

struct chunk {
    char *p; /* owned */
    size_t n, capacity;
};

struct entry {
    char *frame; /* the place of the header; the bytes follow */
    uint32_t length, crc;
    journal_done done;
    void *waiter;
};

struct group {
    VEC(struct chunk) chunks; /* filled one after the other; a frame lies in one */
    size_t filling;           /* the chunk that takes the next frame */
    VEC(struct entry) entries;
    size_t bytes;
    size_t copying; /* frames that have their place but not yet all their bytes */
};

struct journal {
    char *folder;
    int folder_file;
    struct journal_options options;
    struct journal_io io;
    pthread_t committer, filler;

    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t
        work; /* committer: the open group is no longer empty, or all its frames are copied, or closing */
    pthread_cond_t durable; /* readers: the end moved */
    pthread_cond_t files;   /* filler: something to make or recycle, or closing */
    pthread_cond_t spare;   /* committer: a spare is there, or making one failed */
    struct group groups[2], *open;
    VEC(struct segment) segments; /* oldest first */
    VEC(struct segment) retired;  /* for the filler to recycle */
    VEC(uint32_t) spares;         /* numbers of pre-written files */
    uint32_t next_spare, generation;
    bool active;       /* the last segment may be written on */
    bool spare_wanted; /* the committer waits for one */
    int spare_error;   /* of the last try, or 0 */
    bool closing;      /* no more appends; the committer ends when its groups are empty */
    bool stopping;     /* then the filler ends */
    bool refused;      /* until opened anew */
    journal_offset end, released;
    uint64_t pending; /* bytes of frames appended but not yet durable */
};

/* journal_files.c */
enum status journal_recover(struct journal *journal, struct problem *problem) MUST_USE;
void *journal_filler(void *journal); /* the thread that makes and recycles segments */
/* Seals the last segment at `end` by making a fresh one behind it. False: there is no segment to write on. */
bool journal_activate(struct journal *journal);
void journal_retire(struct journal *journal); /* under the lock: hands released segments to the filler */

#endif
