/* The calls by which the journal changes the disk, so that a test can make any of them fail. Each is as the
 * system call of its name: -1 and errno on failure. Called by the journal's two threads at the same time. */
#ifndef VAFA_PLATFORM_JOURNAL_IO_H
#define VAFA_PLATFORM_JOURNAL_IO_H
#include <sys/types.h>

struct journal_io {
    ssize_t (*write)(void *self, int file, const void *data, size_t n, off_t at); /* pwrite */
    int (*sync)(void *self, int file);                                            /* fdatasync */
    int (*rename)(void *self, int folder, const char *from, const char *to); /* renameat within the folder */
    int (*sync_folder)(void *self, int folder);                              /* fsync */
    void *self;
};

#endif
