#include "exchange/import_keys.h"

#include "platform/events.h"
#include "platform/journal.h"
#include "signals/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const struct house *house, struct id import, struct arena *arena) {
    return str_format(arena, "%s/imports/%.*s.keys", house->folder, STR_ARG(id_str(arena, import))).p;
}

enum status import_keys_add(struct house *house, struct id import, const struct import_undone *rows, size_t n,
                            struct problem *problem) {
    if (id_is_none(import) || !n) return OK;
    const char *path = path_of(house, import, problem->arena), *p = (const char *)rows;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return fail_errno(problem, "write", path, errno);
    enum status status = OK;
    for (size_t left = n * sizeof *rows; left && !status;) {
        ssize_t written = write(file, p, left);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) status = fail_errno(problem, "write", path, errno);
        if (written > 0) {
            p += written;
            left -= (size_t)written;
        }
    }
    if (!status && fdatasync(file)) status = fail_errno(problem, "write", path, errno);
    if (close(file) && !status) status = fail_errno(problem, "write", path, errno);
    return status;
}

int64_t import_keys_count(const struct house *house, struct id import, struct arena *arena) {
    struct stat about;
    if (stat(path_of(house, import, arena), &about)) return 0;
    return about.st_size / (int64_t)sizeof(struct import_undone);
}

static enum status send(struct house *house, const struct import *import, const struct import_undone *rows,
                        size_t n, struct problem *problem) {
    struct buf frame = {0};
    undo_frame_begin(&frame, import->source, import->id, clock_now(house->clock));
    undo_frame_rows(&frame, rows, n);
    struct str part = buf_str(&frame);
    enum status status = journal_append_wait(house->journal, &part, 1);
    buf_free(&frame);
    if (!status) status = ingest_wait_applied(house->ingest, journal_end(house->journal), -1);
    if (status)
        (void)fail(
            problem, status,
            MESSAGE(
                "undo_not_taken",
                "The undo could not be stored. It goes on where it stopped when it is asked for again.",
                "برگرداندن ذخیره نشد. با درخواست دوباره از همان‌جا ادامه می‌یابد."),
            NO_ARGS);
    return status;
}

/* Rows that stand with another count than the import left and than was there before. */
static enum status count_kept(struct house *house, const struct import_undone *rows, size_t n, int64_t *kept,
                              struct problem *problem) {
    struct event_key *keys = memory_new(n * sizeof *keys);
    uint32_t *counts = memory_new(n * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        keys[i] = rows[i].key;
    enum status status = events_imported_known(house->events, keys, n, counts, problem);
    for (size_t i = 0; i < n && !status; i++)
        if (counts[i] && counts[i] != rows[i].count && counts[i] != rows[i].before) ++*kept;
    free(keys);
    free(counts);
    return status;
}

enum status import_keys_undo(struct house *house, struct import *import,
                             void (*progress)(void *self, const struct import *import), void *self,
                             struct problem *problem) {
    const char *path = path_of(house, import->id, problem->arena);
    struct import_undone *rows = memory_new(IMPORT_FRAME_ROWS * sizeof *rows);
    FILE *file = fopen(path, "re");
    enum status status = file ? OK : fail_errno(problem, "read", path, errno);
    import->undo_done = import->undo_kept = 0;
    import->undo_total = import_keys_count(house, import->id, problem->arena);
    while (!status) {
        size_t n = fread(rows, sizeof *rows, IMPORT_FRAME_ROWS, file);
        if (!n && ferror(file)) status = fail_errno(problem, "read", path, errno);
        if (!n || status) break;
        status = count_kept(house, rows, n, &import->undo_kept, problem);
        if (!status) status = send(house, import, rows, n, problem);
        import->undo_done += (int64_t)n;
        if (progress && !status) progress(self, import);
    }
    if (file) fclose(file);
    free(rows);
    return status;
}
