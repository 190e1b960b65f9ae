#include "platform/journal_internal.h"
#include "platform/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4 << 20, CHUNKS_KEPT = 4 };

static ssize_t system_write(void *self, int file, const void *data, size_t n, off_t at) {
    (void)self;
    return pwrite(file, data, n, at);
}
static int system_sync(void *self, int file) {
    (void)self;
    return fdatasync(file);
}
static int system_rename(void *self, int folder, const char *from, const char *to) {
    (void)self;
    return renameat(folder, from, folder, to);
}
static int system_sync_folder(void *self, int folder) {
    (void)self;
    return fsync(folder);
}
static const struct journal_io system_io = {system_write, system_sync, system_rename, system_sync_folder,
                                            NULL};

/* ---- appending ---- */

/* A place of n bytes in the group, under the lock. */
static char *group_place(struct group *group, size_t n) {
    while (group->filling < group->chunks.n) {
        struct chunk *chunk = &group->chunks.v[group->filling];
        if (chunk->capacity - chunk->n >= n) {
            chunk->n += n;
            return chunk->p + chunk->n - n;
        }
        group->filling++;
    }
    size_t capacity = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    VEC_PUSH(&group->chunks, (struct chunk){memory_new(capacity), n, capacity});
    return group->chunks.v[group->filling].p;
}

enum status journal_append(struct journal *journal, const struct str *parts, size_t count, journal_done done,
                           void *waiter) {
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(length, parts[i].n, &length)) return TOO_LARGE;
    if (length > UINT32_MAX / 2 || frame_size(length) > journal->options.segment_bytes) return TOO_LARGE;
    size_t size = frame_size(length);

    /* The place is taken under the lock, the bytes are copied outside of it: two threads copy at once. */
    pthread_mutex_lock(&journal->lock);
    enum status status = OK;
    struct group *group = journal->open;
    if (journal->refused || journal->closing)
        status = UNAVAILABLE;
    else if (journal->end + journal->pending + size - journal->released > journal->options.backlog_bytes)
        status = LIMITED;
    else if (group->entries.n && group->bytes + size > GROUP_BYTES)
        status = LIMITED;
    if (status) {
        pthread_mutex_unlock(&journal->lock);
        return status;
    }
    char *frame = group_place(group, size);
    size_t index = group->entries.n;
    VEC_PUSH(&group->entries, (struct entry){frame, (uint32_t)length, 0, done, waiter});
    group->bytes += size;
    group->copying++;
    journal->pending += size;
    if (!index) pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->lock);

    char *p = frame + sizeof(struct frame_header);
    uint32_t crc = 0;
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].n) continue;
        memcpy(p, parts[i].p, parts[i].n);
        crc = crc32c(crc, parts[i].p, parts[i].n);
        p += parts[i].n;
    }
    memset(p, 0, (size_t)(frame + size - p));

    pthread_mutex_lock(&journal->lock);
    group->entries.v[index].crc = crc;
    if (!--group->copying && group != journal->open) pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->lock);
    return OK;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    enum status status;
};

static void wake(void *self, enum status status) {
    struct waiting *waiting = self;
    pthread_mutex_lock(&waiting->lock);
    waiting->is_done = true;
    waiting->status = status;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->lock);
}

enum status journal_append_wait(struct journal *journal, const struct str *parts, size_t count) {
    struct waiting waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, OK};
    enum status status = journal_append(journal, parts, count, wake, &waiting);
    if (!status) {
        pthread_mutex_lock(&waiting.lock);
        while (!waiting.is_done)
            pthread_cond_wait(&waiting.done, &waiting.lock);
        status = waiting.status;
        pthread_mutex_unlock(&waiting.lock);
    }
    pthread_mutex_destroy(&waiting.lock);
    pthread_cond_destroy(&waiting.done);
    return status;
}

/* ---- committing ---- */

static bool write_all(struct journal *journal, int file, const char *p, size_t n, uint64_t at) {
    while (n) {
        ssize_t written = journal->io.write(journal->io.self, file, p, n, (off_t)at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        p += written;
        n -= (size_t)written;
        at += (uint64_t)written;
    }
    return true;
}

/* Writes entries [from, to) behind the end of a segment and syncs. Neighbours in memory go out in one call.
 */
static bool write_run(struct journal *journal, struct group *group, size_t from, size_t to,
                      const struct segment *segment) {
    journal_offset end = segment->end, at = end, start = end;
    const char *piece = NULL;
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        struct entry *entry = &group->entries.v[i];
        size_t size = frame_size(entry->length);
        struct frame_header header = {.length = entry->length, .offset = at, .durable = end};
        frame_stamp(&header, entry->crc, segment->generation);
        memcpy(entry->frame, &header, sizeof header);
        if (piece && piece + n != entry->frame) {
            if (!write_all(journal, segment->file, piece, n, start - segment->base)) return false;
            piece = NULL;
        }
        if (!piece) {
            piece = entry->frame;
            start = at;
            n = 0;
        }
        n += size;
        at += size;
    }
    return write_all(journal, segment->file, piece, n, start - segment->base) &&
           !journal->io.sync(journal->io.self, segment->file);
}

/* The segment that takes the next run: all zero when there is none. */
static struct segment writable(struct journal *journal) {
    pthread_mutex_lock(&journal->lock);
    struct segment segment = {0};
    if (journal->active) segment = journal->segments.v[journal->segments.n - 1];
    pthread_mutex_unlock(&journal->lock);
    return segment;
}

static void finish(struct journal *journal, struct group *group, size_t from, size_t to, size_t bytes,
                   enum status status) {
    pthread_mutex_lock(&journal->lock);
    journal->pending -= bytes;
    if (!status) {
        journal->end += bytes;
        journal->segments.v[journal->segments.n - 1].end = journal->end;
        pthread_cond_broadcast(&journal->durable);
    }
    pthread_mutex_unlock(&journal->lock);
    for (size_t i = from; i < to; i++)
        group->entries.v[i].done(group->entries.v[i].waiter, status);
}

/* What fits into the segment is one run with one sync; a run that begins a fresh segment seals the one before
 * it. */
static void commit(struct journal *journal, struct group *group) {
    size_t n = group->entries.n;
    for (size_t from = 0, to = 0; from < n; from = to) {
        struct segment segment = writable(journal);
        if (segment.capacity - (segment.end - segment.base) < frame_size(group->entries.v[from].length)) {
            journal_activate(journal);
            segment = writable(journal);
        }
        size_t room = segment.capacity ? segment.capacity - (segment.end - segment.base) : SIZE_MAX;
        size_t bytes = 0;
        for (to = from; to < n && bytes + frame_size(group->entries.v[to].length) <= room; to++)
            bytes += frame_size(group->entries.v[to].length);
        bool written = segment.capacity && write_run(journal, group, from, to, &segment);
        /* The seal comes before the answer: what of this run reached the disk is cut off before anybody sends
         * it again. Should there be no space for the seal now, nothing is written before there is. */
        if (!written && segment.capacity) journal_activate(journal);
        finish(journal, group, from, to, bytes, written ? OK : UNAVAILABLE);
    }
}

static void group_clear(struct group *group) {
    for (size_t i = 0; i < group->chunks.n; i++) {
        struct chunk *chunk = &group->chunks.v[i];
        if (i >= CHUNKS_KEPT || chunk->capacity > CHUNK_BYTES) {
            free(chunk->p);
            memmove(chunk, chunk + 1, (group->chunks.n - i - 1) * sizeof *chunk);
            group->chunks.n--;
            i--;
        } else {
            chunk->n = 0;
        }
    }
    group->entries.n = group->filling = group->bytes = 0;
}

static void *committer(void *self) {
    struct journal *journal = self;
    pthread_mutex_lock(&journal->lock);
    for (;;) {
        while (!journal->open->entries.n && !journal->closing)
            pthread_cond_wait(&journal->work, &journal->lock);
        struct group *group = journal->open;
        if (!group->entries.n) break;
        journal->open = group == &journal->groups[0] ? &journal->groups[1] : &journal->groups[0];
        while (group->copying)
            pthread_cond_wait(&journal->work, &journal->lock);
        pthread_mutex_unlock(&journal->lock);
        commit(journal, group);
        group_clear(group);
        pthread_mutex_lock(&journal->lock);
    }
    pthread_mutex_unlock(&journal->lock);
    return NULL;
}

/* ---- opening and closing ---- */

static enum status open_folder(struct journal *journal, struct problem *problem) {
    bool made = !mkdir(journal->folder, 0700);
    if (!made && errno != EEXIST) return fail_errno(problem, "create", journal->folder, errno);
    journal->folder_file = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder_file < 0) return fail_errno(problem, "open", journal->folder, errno);
    if (!made) return OK;
    int parent = openat(journal->folder_file, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = parent < 0 || fsync(parent) ? errno : 0;
    if (parent >= 0) close(parent);
    return error ? fail_errno(problem, "create", journal->folder, error) : OK;
}

static void release_all(struct journal *journal) {
    for (size_t i = 0; i < journal->segments.n; i++)
        close(journal->segments.v[i].file);
    for (size_t i = 0; i < journal->retired.n; i++)
        close(journal->retired.v[i].file);
    for (size_t i = 0; i < 2; i++) {
        for (size_t c = 0; c < journal->groups[i].chunks.n; c++)
            free(journal->groups[i].chunks.v[c].p);
        VEC_FREE(&journal->groups[i].chunks);
        VEC_FREE(&journal->groups[i].entries);
    }
    VEC_FREE(&journal->segments);
    VEC_FREE(&journal->retired);
    VEC_FREE(&journal->spares);
    if (journal->folder_file >= 0) close(journal->folder_file);
    pthread_mutex_destroy(&journal->lock);
    pthread_cond_destroy(&journal->work);
    pthread_cond_destroy(&journal->durable);
    pthread_cond_destroy(&journal->files);
    pthread_cond_destroy(&journal->spare);
    free(journal->folder);
    free(journal);
}

static void stop(struct journal *journal, bool committing) {
    pthread_mutex_lock(&journal->lock);
    journal->closing = true;
    pthread_cond_broadcast(&journal->work);
    pthread_mutex_unlock(&journal->lock);
    if (committing) pthread_join(journal->committer, NULL); /* first: its last group may want a spare */
    pthread_mutex_lock(&journal->lock);
    journal->stopping = true;
    pthread_cond_broadcast(&journal->files);
    pthread_mutex_unlock(&journal->lock);
    pthread_join(journal->filler, NULL);
}

enum status journal_open(const char *folder, struct journal_options options, struct journal **ret,
                         struct problem *problem) {
    struct journal *journal = memory_new(sizeof *journal);
    options.segment_bytes = options.segment_bytes / FRAME_ALIGN * FRAME_ALIGN;
    journal->folder = memory_new(strlen(folder) + 1);
    memcpy(journal->folder, folder, strlen(folder));
    journal->folder_file = -1;
    journal->options = options;
    journal->io = options.io ? *options.io : system_io;
    journal->open = &journal->groups[0];
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->work, NULL);
    pthread_cond_init(&journal->durable, &monotonic);
    pthread_cond_init(&journal->files, NULL);
    pthread_cond_init(&journal->spare, NULL);
    pthread_condattr_destroy(&monotonic);

    enum status status = open_folder(journal, problem);
    if (!status) status = journal_recover(journal, problem);
    int error = 0;
    if (!status && (error = pthread_create(&journal->filler, NULL, journal_filler, journal)))
        status = fail_errno(problem, "start a thread for", folder, error);
    if (!status && (error = pthread_create(&journal->committer, NULL, committer, journal))) {
        status = fail_errno(problem, "start a thread for", folder, error);
        stop(journal, false);
    }
    if (status)
        release_all(journal);
    else
        *ret = journal;
    return status;
}

void journal_close(struct journal *journal) {
    if (!journal) return;
    stop(journal, true);
    release_all(journal);
}

/* ---- where it stands ---- */

void journal_release(struct journal *journal, journal_offset offset) {
    pthread_mutex_lock(&journal->lock);
    if (offset > journal->end) offset = journal->end;
    if (offset > journal->released) journal->released = offset;
    journal_retire(journal);
    pthread_mutex_unlock(&journal->lock);
}

journal_offset journal_end(struct journal *journal) {
    pthread_mutex_lock(&journal->lock);
    journal_offset end = journal->end;
    pthread_mutex_unlock(&journal->lock);
    return end;
}

uint64_t journal_backlog(struct journal *journal) {
    pthread_mutex_lock(&journal->lock);
    uint64_t backlog = journal->end - journal->released;
    pthread_mutex_unlock(&journal->lock);
    return backlog;
}
