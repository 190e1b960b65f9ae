#include "platform/dedupe_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

struct key_file_header {
    char magic[8];
    int64_t day;
    uint64_t count, dropped;
    uint64_t check; /* XXH3 of the keys, seeded with day, count and dropped */
};
static const char magic[8] = "VAFADUP1";
enum { PATH_BYTES = 4096 };

static uint64_t check_of(const struct key_file_header *header, const struct event_key *keys) {
    uint64_t seed = (uint64_t)header->day * 31 + header->count * 2 + header->dropped;
    return XXH3_64bits_withSeed(keys, header->count * sizeof *keys, seed);
}

static int compare(const void *a, const void *b) {
    const struct event_key *x = a, *y = b;
    if (x->high != y->high) return x->high < y->high ? -1 : 1;
    return (x->low > y->low) - (x->low < y->low);
}

/* Keys are hashes, evenly spread: by their top bits into buckets of about eight, then each bucket. */
void keys_sort(struct event_key *keys, size_t n) {
    int bits = 1;
    while (bits < 24 && (size_t)8 << bits < n)
        bits++;
    size_t buckets = (size_t)1 << bits;
    size_t *starts = memory_new((buckets + 1) * sizeof *starts);
    struct event_key *sorted = memory_new(n * sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        starts[(keys[i].high >> (64 - bits)) + 1]++;
    for (size_t b = 0; b < buckets; b++)
        starts[b + 1] += starts[b];
    for (size_t i = 0; i < n; i++)
        sorted[starts[keys[i].high >> (64 - bits)]++] = keys[i];
    for (size_t b = 0, from = 0; b < buckets; from = starts[b++]) /* a start has become its bucket's end */
        if (starts[b] - from > 1) qsort(sorted + from, starts[b] - from, sizeof *sorted, compare);
    if (n) memcpy(keys, sorted, n * sizeof *keys);
    free(sorted);
    free(starts);
}

static void path_of(const char *folder, day_t day, const char *end, char out[PATH_BYTES]) {
    snprintf(out, PATH_BYTES, "%s/%ld.keys%s", folder, (long)day, end);
}

enum status key_file_open(const char *folder, day_t day, struct key_file *file) {
    char path[PATH_BYTES];
    path_of(folder, day, "", path);
    *file = (struct key_file){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return NOT_FOUND;
    struct stat info;
    struct key_file_header header;
    bool good = !fstat(descriptor, &info) && (size_t)info.st_size >= sizeof header;
    if (good) {
        file->map_bytes = (size_t)info.st_size;
        file->map = mmap(NULL, file->map_bytes, PROT_READ, MAP_SHARED, descriptor, 0);
        if (file->map == MAP_FAILED) file->map = NULL;
        good = file->map;
    }
    close(descriptor);
    if (good) {
        memcpy(&header, file->map, sizeof header);
        file->keys = (const struct event_key *)((const char *)file->map + sizeof header);
        good = !memcmp(header.magic, magic, sizeof magic) && header.day == day &&
               header.count == (file->map_bytes - sizeof header) / sizeof *file->keys &&
               !((file->map_bytes - sizeof header) % sizeof *file->keys) &&
               header.check == check_of(&header, file->keys);
        file->n = header.count;
        file->dropped = header.dropped;
    }
    if (good) return OK;
    key_file_close(file);
    return NOT_FOUND;
}

static int write_all(int file, const void *data, size_t n) {
    const char *p = data;
    while (n) {
        ssize_t written = write(file, p, n);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written ? errno : ENOSPC;
        p += written;
        n -= (size_t)written;
    }
    return 0;
}

enum status key_file_write(const char *folder, day_t day, const struct event_key *sorted, size_t n,
                           bool dropped, struct problem *problem) {
    struct key_file_header header = {.day = day, .count = n, .dropped = dropped};
    memcpy(header.magic, magic, sizeof magic);
    header.check = check_of(&header, sorted);
    char path[PATH_BYTES], temporary[PATH_BYTES];
    path_of(folder, day, "", path);
    path_of(folder, day, ".tmp", temporary);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = file < 0 ? errno : write_all(file, &header, sizeof header);
    if (!error) error = write_all(file, sorted, n * sizeof *sorted);
    if (!error && fdatasync(file)) error = errno;
    if (file >= 0 && close(file) && !error) error = errno;
    if (!error && rename(temporary, path)) error = errno;
    int parent = error ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!error && (parent < 0 || fsync(parent))) error = errno;
    if (parent >= 0) close(parent);
    if (error) unlink(temporary);
    return error ? fail_errno(problem, "write", path, error) : OK;
}

/* Where a key would stand among evenly spread ones, a few times over; then halves. */
bool key_file_has(const struct key_file *file, struct event_key key) {
    size_t from = 0, to = file->n;
    uint64_t low = 0, high = UINT64_MAX; /* the range of .high in [from, to) */
    for (int step = 0; from < to; step++) {
        size_t at = from + (to - from) / 2;
        if (step < 6 && high > low && key.high >= low && key.high <= high)
            at = from + (size_t)((unsigned __int128)(key.high - low) * (to - from - 1) / (high - low));
        int order = compare(&file->keys[at], &key);
        if (!order) return true;
        if (order < 0) {
            from = at + 1;
            low = file->keys[at].high;
        } else {
            to = at;
            high = file->keys[at].high;
        }
    }
    return false;
}

void key_file_close(struct key_file *file) {
    if (file->map) munmap(file->map, file->map_bytes);
    *file = (struct key_file){0};
}
