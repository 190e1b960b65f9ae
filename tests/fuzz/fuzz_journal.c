/* Recovery and reading over arbitrary bytes as the segments of a journal. The first byte says where the input
 * is cut in two segments. Must never crash and never hand out a frame whose checksum is wrong: each frame is
 * checked again here, by the portable CRC. */
#include "platform/crc32c.h"
#include "platform/journal_segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void need(bool is) {
    if (!is) abort();
}

static void write_segment(int folder, journal_offset base, uint32_t generation, const uint8_t *data,
                          size_t n) {
    char name[NAME_BYTES];
    segment_name(&(struct segment){.base = base, .generation = generation}, name);
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    need(file >= 0 && write(file, data, n) == (ssize_t)n);
    close(file);
}

/* The format once more, straight from the bytes: length, crc, offset, durable; the crc covers bytes, length,
 * generation, offset, durable. */
static void check_frame(const uint8_t *segment, size_t n, size_t at, journal_offset offset,
                        uint32_t generation, struct str frame) {
    need(at + 24 + frame.n <= n);
    uint32_t length, crc;
    uint64_t place;
    memcpy(&length, segment + at, 4);
    memcpy(&crc, segment + at + 4, 4);
    memcpy(&place, segment + at + 8, 8);
    need(length == frame.n && place == offset && !memcmp(frame.p, segment + at + 24, frame.n));
    uint32_t expected = crc32c_portable(0, frame.p, frame.n);
    expected = crc32c_portable(expected, segment + at, 4);
    expected = crc32c_portable(expected, &generation, 4);
    expected = crc32c_portable(expected, segment + at + 8, 16);
    need(crc == expected);
}

/* Every other input is helped over the checksum, so that what is behind it is reached: frames get the crc
 * that their bytes want. */
static void repair(uint8_t *segment, size_t n, journal_offset base, uint32_t generation) {
    for (size_t at = 0; at + 24 <= n;) {
        struct frame_header header;
        memcpy(&header, segment + at, sizeof header);
        header.length %= 64;
        if (at + frame_size(header.length) > n) return;
        header.offset = base + at;
        header.durable = base + (header.durable % 8 ? 0 : at);
        frame_stamp(&header, crc32c_portable(0, segment + at + 24, header.length), generation);
        if (header.length != 13) memcpy(segment + at, &header, sizeof header); /* thirteen stays broken */
        at += frame_size(header.length);
    }
}

static void empty(const char *folder) {
    DIR *list = opendir(folder);
    need(list != NULL);
    for (struct dirent *e; (e = readdir(list));)
        if (e->d_name[0] != '.') unlinkat(dirfd(list), e->d_name, 0);
    closedir(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    static char folder[64];
    if (!folder[0]) {
        const char *root = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
        snprintf(folder, sizeof folder, "%s/vafa-fuzz-journal-%ld", root, (long)getpid());
    }
    if (n < 2) return 0;
    size_t cut = (size_t)data[0] * 8;
    bool repaired = data[1] & 1;
    data += 2, n -= 2;
    if (cut > n) cut = n / 8 * 8;
    uint8_t *bytes = memory_new(n);
    memcpy(bytes, data, n);
    if (repaired) {
        repair(bytes, cut, 0, 3);
        repair(bytes + cut, n - cut, cut, 4);
    }
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct journal *journal = NULL;
    struct journal_options options = {.segment_bytes = 4096, .backlog_bytes = 1 << 20};
    need(!journal_open(folder, options, &journal, &problem)); /* makes the folder */
    journal_close(journal);
    int file = open(folder, O_RDONLY | O_DIRECTORY);
    need(file >= 0);
    if (cut) write_segment(file, 0, 3, bytes, cut);
    write_segment(file, cut, 4, bytes + cut, n - cut);
    close(file);
    if (!journal_open(folder, options, &journal, &problem)) {
        struct journal_reader *reader = journal_reader_open(journal, 0);
        struct str frame;
        journal_offset at, after, expected = 0;
        enum status status;
        while (!(status = journal_next(reader, 0, &frame, &at, &after, &problem))) {
            need(at == expected && after == at + frame_size(frame.n));
            if (at < cut)
                check_frame(bytes, cut, at, at, 3, frame);
            else
                check_frame(bytes + cut, n - cut, at - cut, at, 4, frame);
            expected = after;
        }
        need(status == NOT_FOUND && expected == journal_end(journal));
        journal_reader_close(reader);
        if (n % 5 == 0) { /* what is appended now is there after one more opening, behind what was */
            struct str text = STR("one more");
            need(!journal_append_wait(journal, &text, 1));
            journal_close(journal);
            need(!journal_open(folder, options, &journal, &problem));
            reader = journal_reader_open(journal, expected);
            need(!journal_next(reader, 0, &frame, &at, &after, &problem) && str_is(frame, "one more"));
            journal_reader_close(reader);
        }
        journal_close(journal);
    }
    empty(folder);
    rmdir(folder);
    arena_free(&arena);
    free(bytes);
    return 0;
}
