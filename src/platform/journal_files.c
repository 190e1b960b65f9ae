#include "platform/journal_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILL_BYTES = 1 << 20 };

static void spare_name(uint32_t number, char out[NAME_BYTES]) {
    snprintf(out, NAME_BYTES, "spare-%08" PRIx32, number);
}

/* A new file full of zeros under a spare's name: 0 or errno. Zeros are written, not only reserved, so that a
 * later sync has nothing but data to bring to the disk. */
static int make_spare(struct journal *journal, uint32_t number) {
    char temporary[NAME_BYTES + 4], name[NAME_BYTES];
    spare_name(number, name);
    snprintf(temporary, sizeof temporary, "%s.tmp", name);
    int file = openat(journal->folder_file, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    size_t total = journal->options.segment_bytes;
    char *zeros = memory_new(FILL_BYTES);
    int error = 0;
    for (size_t at = 0; at < total && !error;) {
        size_t n = total - at < FILL_BYTES ? total - at : FILL_BYTES;
        ssize_t written = journal->io.write(journal->io.self, file, zeros, n, (off_t)at);
        int reason = errno;
        pthread_mutex_lock(&journal->lock);
        bool stopping = journal->stopping;
        pthread_mutex_unlock(&journal->lock);
        if (stopping)
            error = ECANCELED;
        else if (written > 0)
            at += (size_t)written;
        else if (written == 0)
            error = ENOSPC;
        else if (reason != EINTR)
            error = reason;
    }
    free(zeros);
    if (!error && journal->io.sync(journal->io.self, file)) error = errno;
    if (close(file) && !error) error = errno;
    if (!error && journal->io.rename(journal->io.self, journal->folder_file, temporary, name)) error = errno;
    if (error) unlinkat(journal->folder_file, temporary, 0);
    return error;
}

/* A released segment becomes a spare, or goes away. Its entry leaves the folder for good before the next
 * one's does, so that a power cut leaves no gap between segments. */
static void recycle(struct journal *journal, struct segment *segment, bool keep, uint32_t number) {
    char name[NAME_BYTES], spare[NAME_BYTES];
    segment_name(segment, name);
    spare_name(number, spare);
    close(segment->file);
    if (!keep || journal->io.rename(journal->io.self, journal->folder_file, name, spare)) {
        unlinkat(journal->folder_file, name, 0);
        keep = false;
    }
    journal->io.sync_folder(
        journal->io.self,
        journal->folder_file); /* when it fails, the segment is released again at the next start */
    if (!keep) return;
    pthread_mutex_lock(&journal->lock);
    VEC_PUSH(&journal->spares, number);
    journal->spare_error = 0;
    pthread_cond_signal(&journal->spare);
    pthread_mutex_unlock(&journal->lock);
}

void *journal_filler(void *self) {
    struct journal *journal = self;
    /* Made anew when half are gone, not one by one: in a burst the disk then serves events, not zeros. */
    bool filling = true;
    pthread_mutex_lock(&journal->lock);
    for (;;) {
        size_t wanted = journal->options.spare_segments, have = journal->spares.n;
        filling = have < wanted && (filling || have <= wanted / 2);
        if (journal->retired.n) {
            struct segment segment = journal->retired.v[0];
            memmove(journal->retired.v, journal->retired.v + 1, --journal->retired.n * sizeof segment);
            bool keep = segment.capacity == journal->options.segment_bytes &&
                        (journal->spares.n < journal->options.spare_segments || !journal->spares.n);
            uint32_t number = journal->next_spare++;
            pthread_mutex_unlock(&journal->lock);
            recycle(journal, &segment, keep, number);
            pthread_mutex_lock(&journal->lock);
        } else if (journal->stopping) {
            break;
        } else if (!journal->spare_error && (filling || (journal->spare_wanted && !journal->spares.n))) {
            uint32_t number = journal->next_spare++;
            pthread_mutex_unlock(&journal->lock);
            int error = make_spare(journal, number);
            pthread_mutex_lock(&journal->lock);
            journal->spare_error = error;
            if (!error) VEC_PUSH(&journal->spares, number);
            pthread_cond_signal(&journal->spare);
        } else {
            pthread_cond_wait(&journal->files, &journal->lock);
        }
    }
    pthread_mutex_unlock(&journal->lock);
    return NULL;
}

void journal_retire(struct journal *journal) {
    size_t n = 0;
    while (n + 1 < journal->segments.n && journal->segments.v[n].end <= journal->released)
        n++;
    if (!n) return;
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&journal->retired, journal->segments.v[i]);
    journal->segments.n -= n;
    memmove(journal->segments.v, journal->segments.v + n, journal->segments.n * sizeof *journal->segments.v);
    pthread_cond_signal(&journal->files);
}

bool journal_activate(struct journal *journal) {
    pthread_mutex_lock(&journal->lock);
    journal->active = false;
    if (!journal->spares.n) {
        journal->spare_wanted = true;
        journal->spare_error = 0;
        pthread_cond_signal(&journal->files);
        while (!journal->spares.n && !journal->spare_error)
            pthread_cond_wait(&journal->spare, &journal->lock);
        journal->spare_wanted = false;
    }
    if (journal->refused || !journal->spares.n) {
        pthread_mutex_unlock(&journal->lock);
        return false; /* no space: nothing was promised, the next group tries again */
    }
    uint32_t number = journal->spares.v[--journal->spares.n];
    struct segment segment = {.base = journal->end,
                              .end = journal->end,
                              .capacity = journal->options.segment_bytes,
                              .generation = ++journal->generation};
    pthread_cond_signal(&journal->files);
    pthread_mutex_unlock(&journal->lock);

    char spare[NAME_BYTES], name[NAME_BYTES];
    spare_name(number, spare);
    segment_name(&segment, name);
    segment.file = openat(journal->folder_file, spare, O_RDWR | O_CLOEXEC);
    if (segment.file < 0) return false;
    bool sealed = !journal->io.rename(journal->io.self, journal->folder_file, spare, name) &&
                  !journal->io.sync_folder(journal->io.self, journal->folder_file);

    pthread_mutex_lock(&journal->lock);
    if (sealed) {
        VEC_PUSH(&journal->segments, segment);
        journal->active = true;
        journal_retire(journal);
    } else {
        journal->refused =
            true; /* whether the seal is on the disk cannot be known before the folder is read anew */
        close(segment.file);
    }
    pthread_mutex_unlock(&journal->lock);
    return sealed;
}

static int by_generation(const void *a, const void *b) {
    const struct segment *x = a, *y = b;
    return (x->generation > y->generation) - (x->generation < y->generation);
}

/* Lists segments and spares; takes away what an interrupted fill left. */
static enum status list_files(struct journal *journal, struct problem *problem) {
    int copy = openat(journal->folder_file, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (!folder) {
        int error = errno;
        if (copy >= 0) close(copy);
        return fail_errno(problem, "list", journal->folder, error);
    }
    enum status status = OK;
    for (struct dirent *entry; !status && (entry = readdir(folder));) {
        struct segment segment;
        struct stat info;
        uint32_t number;
        const char *name = entry->d_name;
        if (segment_parse(name, &segment)) {
            segment.file = openat(journal->folder_file, name, O_RDWR | O_CLOEXEC);
            if (segment.file < 0 || fstat(segment.file, &info)) {
                status = fail_errno(problem, "open", name, errno);
                if (segment.file >= 0) close(segment.file);
                break;
            }
            segment.capacity = (size_t)info.st_size;
            VEC_PUSH(&journal->segments, segment);
        } else if (sscanf(name, "spare-%8" SCNx32, &number) == 1) {
            char expected[NAME_BYTES];
            spare_name(number, expected);
            if (number >= journal->next_spare) journal->next_spare = number + 1;
            if (!strcmp(name, expected) && !fstatat(journal->folder_file, name, &info, AT_SYMLINK_NOFOLLOW) &&
                (size_t)info.st_size == journal->options.segment_bytes)
                VEC_PUSH(&journal->spares, number);
            else
                unlinkat(journal->folder_file, name,
                         0); /* half made, or of another size since the setting changed */
        }
    }
    closedir(folder);
    return status;
}

enum status journal_recover(struct journal *journal, struct problem *problem) {
    enum status status = list_files(journal, problem);
    size_t n = journal->segments.n;
    journal->end = journal->released = journal->options.start;
    if (status || !n) return status;
    struct segment *segments = journal->segments.v;
    qsort(segments, n, sizeof *segments, by_generation);
    for (size_t i = 0; i < n; i++) {
        journal_offset next = i + 1 < n ? segments[i + 1].base : UINT64_MAX;
        if (next < segments[i].base ||
            (next == UINT64_MAX && segments[i].base > UINT64_MAX - segments[i].capacity) ||
            (next != UINT64_MAX && next - segments[i].base > segments[i].capacity))
            return segment_damaged(&segments[i], segments[i].base, problem);
        if ((status = segment_scan(&segments[i], next, problem))) return status;
    }
    journal->generation = segments[n - 1].generation;
    journal->released = segments[0].base;
    journal->end = segments[n - 1].end;
    return OK;
}
