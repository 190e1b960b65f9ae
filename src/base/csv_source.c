#include "base/csv_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

struct csv_source {
    char *path;      /* owned; NULL for memory */
    int fd;          /* −1 for memory */
    struct str data; /* memory not yet consumed */
    uint64_t done, total;
    bool zipped, member_open; /* member_open: inside a gzip member, whose end must come */
    z_stream z;
    char *in;     /* owned: IN_ROOM bytes; z.next_in points into it, or into data */
    char head[2]; /* the first bytes, read to tell the format */
    size_t head_n, head_at;
};

enum { IN_ROOM = 1 << 16 };

static const struct message CUT_OFF =
    MESSAGE("csv_gzip_cut_off", "The compressed file ends too early, in row {0}. Copy or upload it again.",
            "پروندهٔ فشرده در سطر {0} ناتمام مانده است. آن را دوباره کپی یا بارگذاری کنید.");
static const struct message DAMAGED =
    MESSAGE("csv_gzip_damaged", "The compressed file is damaged at row {0}. Copy or upload it again.",
            "پروندهٔ فشرده در سطر {0} خراب است. آن را دوباره کپی یا بارگذاری کنید.");

/* Bytes as they are stored. */
static enum status read_stored(struct csv_source *source, char *out, size_t n, size_t *got,
                               struct problem *problem) {
    *got = 0;
    if (source->head_at < source->head_n) {
        out[0] = source->head[source->head_at++];
        *got = 1;
        return OK;
    }
    if (source->fd < 0) {
        *got = n < source->data.n ? n : source->data.n;
        if (*got) memcpy(out, source->data.p, *got);
        source->data = str_slice(source->data, *got, source->data.n);
    } else {
        ssize_t r;
        do
            r = read(source->fd, out, n);
        while (r < 0 && errno == EINTR);
        if (r < 0) return fail_errno(problem, "read", source->path, errno);
        *got = (size_t)r;
    }
    source->done += *got;
    return OK;
}

enum status csv_source_open(const char *path, struct str data, struct csv_source **ret,
                            struct problem *problem) {
    struct csv_source *source = memory_new(sizeof *source);
    enum status status = OK;
    *ret = NULL;
    source->fd = -1;
    source->data = data;
    source->total = data.n;
    if (path) {
        struct stat info;
        source->path = memory_new(strlen(path) + 1);
        memcpy(source->path, path, strlen(path));
        source->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (source->fd < 0 || fstat(source->fd, &info) < 0) {
            status = fail_errno(problem, "open", path, errno);
            goto done;
        }
        source->total = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    }
    size_t got = 1, n = 0;
    while (n < 2 && got) {
        if ((status = read_stored(source, source->head + n, 2 - n, &got, problem))) goto done;
        n += got;
    }
    source->head_n = n;
    source->zipped =
        n == 2 && (unsigned char)source->head[0] == 0x1F && (unsigned char)source->head[1] == 0x8B;
    if (source->zipped) {
        source->in = memory_new(IN_ROOM);
        source->member_open = true;
        if (inflateInit2(&source->z, 15 + 16) != Z_OK)
            status = fail_errno(problem, "unpack", path ? path : "-", ENOMEM);
    }
done:
    if (status)
        csv_source_close(source);
    else
        *ret = source;
    return status;
}

void csv_source_close(struct csv_source *source) {
    if (!source) return;
    if (source->zipped) inflateEnd(&source->z);
    if (source->fd >= 0) close(source->fd);
    free(source->path);
    free(source->in);
    free(source);
}

static struct str line_text(struct problem *problem, int64_t line) {
    return str_format(problem->arena, "%lld", (long long)line);
}

static enum status read_zipped(struct csv_source *source, char *out, size_t n, int64_t line, size_t *got,
                               struct problem *problem) {
    z_stream *z = &source->z;
    z->next_out = (unsigned char *)out;
    z->avail_out = (unsigned)(n < UINT32_MAX ? n : UINT32_MAX);
    *got = 0;
    while ((*got = (size_t)((char *)z->next_out - out)) == 0) {
        if (!z->avail_in) {
            size_t stored = 0;
            enum status status = read_stored(source, source->in, IN_ROOM, &stored, problem);
            if (status) return status;
            if (!stored)
                return source->member_open
                           ? fail_at(problem, (struct str){0}, CUT_OFF, ARGS(line_text(problem, line)))
                           : OK;
            z->next_in = (unsigned char *)source->in;
            z->avail_in = (unsigned)stored;
        }
        if (!source->member_open) { /* another member follows: files joined with cat */
            inflateReset(z);
            source->member_open = true;
        }
        int result = inflate(z, Z_NO_FLUSH);
        if (result == Z_STREAM_END)
            source->member_open = false;
        else if (result != Z_OK && result != Z_BUF_ERROR && (char *)z->next_out == out)
            return fail_at(problem, (struct str){0}, DAMAGED, ARGS(line_text(problem, line)));
    }
    return OK;
}

enum status csv_source_read(struct csv_source *source, char *out, size_t n, int64_t line, size_t *got,
                            struct problem *problem) {
    return source->zipped ? read_zipped(source, out, n, line, got, problem)
                          : read_stored(source, out, n, got, problem);
}

void csv_source_progress(const struct csv_source *source, uint64_t *done, uint64_t *total) {
    *done = source->done;
    *total = source->total;
}
