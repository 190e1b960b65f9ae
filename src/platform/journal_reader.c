#include "platform/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct journal_reader {
    struct journal *journal;
    journal_offset at;
    struct segment
        segment; /* what is being read; end: how far it was durable when last looked at. file -1: none yet */
    struct window window;
};

struct journal_reader *journal_reader_open(struct journal *journal, journal_offset from) {
    struct journal_reader *reader = memory_new(sizeof *reader);
    *reader = (struct journal_reader){.journal = journal, .at = from, .segment = {.file = -1}};
    return reader;
}

void journal_reader_close(struct journal_reader *reader) {
    if (!reader) return;
    if (reader->segment.file >= 0) close(reader->segment.file);
    window_free(&reader->window);
    free(reader);
}

static void wait_for_more(struct journal *journal, journal_offset at, int wait_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + (int64_t)wait_ms * 1000000;
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    while (at == journal->end)
        if (pthread_cond_timedwait(&journal->durable, &journal->lock, &until) == ETIMEDOUT) break;
}

static enum status outside(struct journal *journal, journal_offset at, struct problem *problem) {
    char asked[32], from[32], to[32];
    snprintf(asked, sizeof asked, "%" PRIu64, at);
    snprintf(from, sizeof from, "%" PRIu64, journal->segments.n ? journal->segments.v[0].base : journal->end);
    snprintf(to, sizeof to, "%" PRIu64, journal->end);
    return fail(
        problem, INTERNAL,
        MESSAGE(
            "journal_outside",
            "Offset {0} was asked of the journal, which holds {1} to {2}: the stores and the journal do not belong "
            "together. Restore the whole data folder from one backup.",
            "از ژورنال موقعیت {0} خواسته شد، اما ژورنال از {1} تا {2} را دارد: انباره‌ها و ژورنال به یکدیگر تعلق ندارند. "
            "کل پوشهٔ داده را از یک نسخهٔ پشتیبان بازگردانید."),
        ARGS(str_of(asked), str_of(from), str_of(to)));
}

/* Finds the segment of reader->at and how far it may be read. */
static enum status look(struct journal_reader *reader, int wait_ms, struct problem *problem) {
    struct journal *journal = reader->journal;
    enum status status = OK;
    pthread_mutex_lock(&journal->lock);
    if (reader->at == journal->end && wait_ms > 0) wait_for_more(journal, reader->at, wait_ms);
    const struct segment *found = NULL;
    for (size_t i = journal->segments.n; i-- > 0 && !found;)
        if (journal->segments.v[i].base <= reader->at && reader->at < journal->segments.v[i].end)
            found = &journal->segments.v[i];
    if (found && found->generation != reader->segment.generation) {
        if (reader->segment.file >= 0) close(reader->segment.file);
        reader->segment = *found;
        reader->segment.file = fcntl(found->file, F_DUPFD_CLOEXEC, 0);
        window_free(&reader->window);
        reader->window.file = reader->segment.file;
        if (reader->segment.file < 0) {
            reader->segment.generation = 0;
            reader->segment.end = 0;
            status = fail_errno(problem, "open", journal->folder, errno);
        }
    } else if (found) {
        reader->segment.end = found->end;
    } else {
        status = reader->at == journal->end ? NOT_FOUND : outside(journal, reader->at, problem);
    }
    pthread_mutex_unlock(&journal->lock);
    return status;
}

enum status journal_next(struct journal_reader *reader, int wait_ms, struct str *frame, journal_offset *at,
                         journal_offset *after, struct problem *problem) {
    struct segment *segment = &reader->segment;
    if (segment->file < 0 || reader->at >= segment->end) {
        enum status status = look(reader, wait_ms, problem);
        if (status) return status;
    }
    switch (frame_read(&reader->window, segment, reader->at, segment->end, frame)) {
    case FRAME_WHOLE:
        break;
    case FRAME_BROKEN:
        return segment_damaged(segment, reader->at, problem);
    case FRAME_UNREADABLE:
        return fail_errno(problem, "read", reader->journal->folder, errno);
    }
    *at = reader->at;
    reader->at += frame_size(frame->n);
    *after = reader->at;
    return OK;
}
