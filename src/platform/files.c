#include "platform/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, MOST_OPEN = 16 };

static int write_all(int file, const char *p, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t written = write(file, p + at, n - at);
        if (written > 0)
            at += (size_t)written;
        else if (!written)
            return ENOSPC;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static int finish(int file, int error) {
    if (!error && fsync(file)) error = errno;
    return close(file) && !error ? errno : error;
}

/* Reads up to n bytes: how many, or −1. */
static ssize_t read_some(int file, char *space, size_t n) {
    ssize_t got;
    do
        got = read(file, space, n);
    while (got < 0 && errno == EINTR);
    return got;
}

enum status file_copy(const char *from, const char *to, uint64_t most, struct problem *problem) {
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) return fail_errno(problem, "open", from, errno);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), error = out < 0 ? errno : 0,
        unread = 0;
    char *space = memory_new(PIECE);
    while (!error && most) {
        ssize_t n = read_some(in, space, most < PIECE ? (size_t)most : PIECE);
        if (n < 0) unread = errno;
        if (n <= 0) break;
        most -= (uint64_t)n;
        error = write_all(out, space, (size_t)n);
    }
    free(space);
    close(in);
    if (out >= 0) error = finish(out, error);
    if (unread) return fail_errno(problem, "read", from, unread);
    return error ? fail_errno(problem, "write", to, error) : OK;
}

enum status file_write(const char *path, struct str bytes, struct problem *problem) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = file < 0 ? errno : finish(file, write_all(file, bytes.p, bytes.n));
    return error ? fail_errno(problem, "write", path, error) : OK;
}

enum status file_read(const char *path, size_t most, struct arena *arena, struct str *bytes,
                      struct problem *problem) {
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    if (file < 0) return fail_errno(problem, "open", path, errno);
    if (fstat(file, &info)) error = errno;
    size_t size = error ? 0 : (size_t)info.st_size, at = 0;
    if (size > most) {
        close(file);
        return fail(problem, TOO_LARGE,
                    MESSAGE("file_too_large", "“{0}” is too large.", "«{0}» بیش از اندازه بزرگ است."),
                    ARGS(str_of(path)));
    }
    char *space = arena_alloc(arena, size + 1);
    while (!error && at < size) {
        ssize_t n = read_some(file, space + at, size - at);
        if (n < 0) error = errno;
        if (n <= 0) break;
        at += (size_t)n;
    }
    close(file);
    *bytes = (struct str){space, at};
    return error ? fail_errno(problem, "read", path, error) : OK;
}

static void digest_text(const unsigned char hash[DIGEST_BYTES], char out[DIGEST_TEXT + 1]) {
    sodium_bin2hex(out, DIGEST_TEXT + 1, hash, DIGEST_BYTES);
}

enum status file_digest(const char *path, char digest[DIGEST_TEXT + 1], uint64_t *size,
                        struct problem *problem) {
    crypto_hash_sha256_state state;
    unsigned char hash[DIGEST_BYTES];
    int file = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    if (file < 0) return fail_errno(problem, "open", path, errno);
    char *space = memory_new(PIECE);
    crypto_hash_sha256_init(&state);
    *size = 0;
    for (;;) {
        ssize_t n = read_some(file, space, PIECE);
        if (n < 0) error = errno;
        if (n <= 0) break;
        crypto_hash_sha256_update(&state, (const unsigned char *)space, (size_t)n);
        *size += (uint64_t)n;
    }
    crypto_hash_sha256_final(&state, hash);
    free(space);
    close(file);
    digest_text(hash, digest);
    return error ? fail_errno(problem, "read", path, error) : OK;
}

void digest_print(struct str bytes, char digest[DIGEST_TEXT + 1]) {
    unsigned char hash[DIGEST_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)bytes.p, bytes.n);
    digest_text(hash, digest);
}

bool folder_is_empty(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return errno == ENOENT;
    bool empty = true;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) empty = false;
    closedir(folder);
    return empty;
}

enum status folder_sync(const char *path, struct problem *problem) {
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = file < 0 || fsync(file) ? errno : 0;
    if (file >= 0) close(file);
    return error ? fail_errno(problem, "sync", path, error) : OK;
}

enum status folder_sync_parent(const char *path, struct problem *problem) {
    struct str parent = str_of(path);
    while (parent.n && parent.p[parent.n - 1] != '/')
        parent.n--;
    return folder_sync(parent.n ? str_c(problem->arena, parent) : ".", problem);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    remove(path);
    return 0;
}

void folder_remove(const char *path) {
    nftw(path, remove_one, MOST_OPEN, FTW_DEPTH | FTW_PHYS);
}
