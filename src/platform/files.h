/* Files and folders as a whole: copying, digests, making durable. For backups; all of them leave nothing half
 * done under the final name. */
#ifndef VAFA_PLATFORM_FILES_H
#define VAFA_PLATFORM_FILES_H
#include "base/problem.h"

enum { DIGEST_BYTES = 32, DIGEST_TEXT = 64 };

/* The first `most` bytes of a file (UINT64_MAX: all) into a new one (0600), which is synced. UNAVAILABLE: the
 * system refused. */
enum status file_copy(const char *from, const char *to, uint64_t most, struct problem *problem) MUST_USE;
enum status file_write(const char *path, struct str bytes,
                       struct problem *problem) MUST_USE; /* a new file (0600), synced */
/* At most `most` bytes, or TOO_LARGE. */
enum status file_read(const char *path, size_t most, struct arena *arena, struct str *bytes,
                      struct problem *problem) MUST_USE;
/* SHA-256 as 64 hexadecimal digits, and the size. */
enum status file_digest(const char *path, char digest[DIGEST_TEXT + 1], uint64_t *size,
                        struct problem *problem) MUST_USE;
void digest_print(struct str bytes, char digest[DIGEST_TEXT + 1]); /* of bytes in memory */

bool folder_is_empty(const char *path);                                      /* true when it is absent, too */
enum status folder_sync(const char *path, struct problem *problem) MUST_USE; /* its entries */
enum status folder_sync_parent(const char *path, struct problem *problem) MUST_USE; /* the entry of it */
void folder_remove(const char *path); /* with all that is in it; what cannot be removed stays */

#endif
