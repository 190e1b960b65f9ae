#include "platform/files.h"
#include "platform/journal_internal.h"

#include <errno.h>
#include <sys/stat.h>

enum status journal_copy(struct journal *journal, const char *folder, journal_offset from,
                         journal_offset *end, struct problem *problem) {
    VEC(struct segment) segments = {0};
    pthread_mutex_lock(&journal->lock);
    *end = journal->end;
    for (size_t i = 0; i < journal->segments.n; i++) {
        struct segment segment = journal->segments.v[i];
        bool last = i + 1 == journal->segments.n;
        segment.end = last ? journal->end : journal->segments.v[i + 1].base;
        if (last || segment.end > from) VEC_PUSH(&segments, segment);
    }
    pthread_mutex_unlock(&journal->lock);
    enum status status = mkdir(folder, 0700) ? fail_errno(problem, "create", folder, errno) : OK;
    for (size_t i = 0; i < segments.n && !status; i++) {
        char name[NAME_BYTES];
        segment_name(&segments.v[i], name);
        /* What stands behind the end may be half written: it is not durable, and not copied. */
        status = file_copy(str_format(problem->arena, "%s/%s", journal->folder, name).p,
                           str_format(problem->arena, "%s/%s", folder, name).p,
                           segments.v[i].end - segments.v[i].base, problem);
    }
    VEC_FREE(&segments);
    return status ? status : folder_sync(folder, problem);
}
