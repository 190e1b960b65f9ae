/* Care for the data folder as a whole: checking, backing up, restoring.
 *
 * A backup is a folder: both stores as of one place of the journal, the journal's segments from there on, the
 * key file and the folder's marker; manifest.json names each file with size and SHA-256, manifest.sha256 is
 * the digest of the manifest (as sha256sum prints it). It holds the key that opens the stored secrets: guard
 * it like the data folder itself. */
#ifndef VAFA_APP_BACKUP_H
#define VAFA_APP_BACKUP_H
#include "base/log.h"
#include "platform/route.h"

/* Both stores, the journal, the offsets that the stores have reached, and references between rows. CONFLICT
 * with a fault for each finding. Applying stands still meanwhile; receiving goes on. */
enum status house_check(struct house *house, struct problem *problem) MUST_USE;

struct backup_figures {
    uint64_t files, bytes;
};
/* Everything acknowledged before the call is in it. `to` must not exist and its parent must; it appears whole
 * or not at all. Applying stands still meanwhile; receiving goes on. */
enum status backup_make(struct house *house, const char *to, struct backup_figures *figures,
                        struct problem *problem) MUST_USE;

/* Whether every file is as the manifest says. CONFLICT: of a newer version. BAD_INPUT: no backup, or damaged;
 * the problem names the file. */
enum status backup_verify(const char *backup, struct problem *problem) MUST_USE;
/* Verifies, copies beside the target, opens and checks the copy, and only then puts it in place. CONFLICT:
 * the target is in use, of a newer version, or (without `replace`) not empty. A folder that is replaced
 * stands as TARGET.before-restore-<time> until the new one is in place, and is then removed. */
enum status backup_restore(const char *backup, const char *target, bool replace, struct clock clock,
                           const struct log *log, struct problem *problem) MUST_USE;

struct backup_input {
    uint64_t has;
    struct str to; /* absolute path */
};
extern const struct record_type backup_input_type;
enum status check_handle(struct request *, struct response *, struct problem *);
enum status backup_handle(struct request *, struct response *, struct problem *);

/* From the web (backup_web.c): into the folder of the setting backup.folder, one at a time, in a thread of
 * its own. */
struct backup_worker;
struct backup_worker *backup_worker_new(struct house *house);
void backup_worker_free(struct backup_worker *worker); /* waits for the one under way; accepts NULL */
enum status backup_handle_start(struct request *, struct response *, struct problem *);
enum status backup_handle_list(struct request *, struct response *, struct problem *);

#endif
