/* The data folder: everything that one Vafa keeps, owned by one process at a time. */
#ifndef VAFA_PLATFORM_FOLDER_H
#define VAFA_PLATFORM_FOLDER_H
#include "base/problem.h"

enum { FOLDER_VERSION = 1 }; /* of the folder's layout; the stores count their own */

#define FOLDER_MARKER "vafa.folder" /* the file that makes a folder ours and says of which version */
struct folder;                      /* an open folder: locked until it is closed or the process ends */

/* Makes the folder (0700; its parent must exist), or takes an empty one, marks it as ours and locks it.
 * CONFLICT: it is a Vafa folder already, or is not empty. */
enum status folder_create(const char *path, struct folder **ret, struct problem *problem) MUST_USE;
/* Locks it. NOT_FOUND: there is none. CONFLICT: not a Vafa folder, of a newer version, or in use (code
 * folder_in_use, argument 1 is the process). */
enum status folder_open(const char *path, struct folder **ret, struct problem *problem) MUST_USE;
void folder_close(struct folder *folder); /* accepts NULL */

#endif
