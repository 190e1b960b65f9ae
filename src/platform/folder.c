#include "platform/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char marker_name[] = FOLDER_MARKER, lock_name[] = "vafa.lock";
static const char marker_format[] = "Vafa data folder, version %d\n";
enum { MARKER_TEXT = 64 };

struct folder {
    int directory, lock;
};

static enum status not_ours(const char *path, struct problem *problem) {
    return fail(problem, CONFLICT,
                MESSAGE("folder_not_ours", "“{0}” is not a data folder of Vafa. Make one with: vafa init {0}",
                        "«{0}» پوشهٔ دادهٔ وفا نیست. با این دستور بسازید: vafa init {0}"),
                ARGS(str_of(path)));
}

static enum status lock(struct folder *folder, const char *path, struct problem *problem) {
    folder->lock = openat(folder->directory, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder->lock < 0) return fail_errno(problem, "open", path, errno);
    char process[24] = "";
    if (flock(folder->lock, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK) return fail_errno(problem, "lock", path, errno);
        if (pread(folder->lock, process, sizeof process - 1, 0) <= 0) process[0] = '?';
        process[strspn(process, "0123456789?")] = 0;
        return fail(problem, CONFLICT,
                    MESSAGE("folder_in_use",
                            "“{0}” is in use by process {1}. Stop it first, or choose another folder.",
                            "«{0}» در دست پردازهٔ {1} است. نخست آن را متوقف کنید یا پوشهٔ دیگری برگزینید."),
                    ARGS(str_of(path), str_of(process)));
    }
    int n = snprintf(process, sizeof process, "%d\n", (int)getpid());
    if (ftruncate(folder->lock, 0) || pwrite(folder->lock, process, (size_t)n, 0) != n)
        return fail_errno(problem, "write", path, errno);
    return OK;
}

static enum status check_marker(struct folder *folder, const char *path, struct problem *problem) {
    char text[MARKER_TEXT] = "";
    int file = openat(folder->directory, marker_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return errno == ENOENT ? not_ours(path, problem) : fail_errno(problem, "open", path, errno);
    ssize_t n = read(file, text, sizeof text - 1);
    close(file);
    int version = 0;
    if (n <= 0 || sscanf(text, marker_format, &version) != 1) return not_ours(path, problem);
    if (version <= FOLDER_VERSION) return OK;
    char theirs[16], ours[16];
    snprintf(theirs, sizeof theirs, "%d", version);
    snprintf(ours, sizeof ours, "%d", (int)FOLDER_VERSION);
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "folder_newer",
            "“{0}” is of version {1}, written by a newer Vafa; this one knows up to version {2}. "
            "Use the newer Vafa.",
            "«{0}» از نسخهٔ {1} و نوشتهٔ وفای تازه‌تری است؛ این وفا تا نسخهٔ {2} را می‌شناسد. "
            "وفای تازه‌تر را به "
            "کار ببرید."),
        ARGS(str_of(path), str_of(theirs), str_of(ours)));
}

/* The marker makes it ours: whole, or not there. */
static enum status write_marker(struct folder *folder, const char *path, struct problem *problem) {
    static const char fresh[] = "vafa.folder.tmp";
    char text[MARKER_TEXT];
    int n = snprintf(text, sizeof text, marker_format, (int)FOLDER_VERSION);
    int file = openat(folder->directory, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return fail_errno(problem, "write", path, errno);
    bool written = write(file, text, (size_t)n) == n && fsync(file) == 0;
    int error = errno;
    close(file);
    if (written && renameat(folder->directory, fresh, folder->directory, marker_name) == 0 &&
        fsync(folder->directory) == 0)
        return OK;
    if (written) error = errno;
    unlinkat(folder->directory, fresh, 0);
    return fail_errno(problem, "write", path, error);
}

static enum status check_empty(const char *path, struct problem *problem) {
    DIR *directory = opendir(path);
    if (!directory) return fail_errno(problem, "open", path, errno);
    bool empty = true, ours = false;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        empty = false;
        if (strcmp(entry->d_name, marker_name) == 0) ours = true;
    }
    closedir(directory);
    if (ours)
        return fail(problem, CONFLICT,
                    MESSAGE("folder_exists", "“{0}” is a data folder of Vafa already.",
                            "«{0}» از پیش پوشهٔ دادهٔ وفاست."),
                    ARGS(str_of(path)));
    if (!empty)
        return fail(
            problem, CONFLICT,
            MESSAGE("folder_not_empty", "“{0}” is not empty. Choose a new or an empty folder.",
                    "«{0}» خالی نیست. پوشه‌ای تازه یا خالی برگزینید."),
            ARGS(str_of(path)));
    return OK;
}

static enum status open_directory(struct folder *folder, const char *path, struct problem *problem) {
    folder->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->directory >= 0) return OK;
    if (errno == ENOENT)
        return fail(problem, NOT_FOUND,
                    MESSAGE("folder_missing", "There is no folder “{0}”. Make one with: vafa init {0}",
                            "پوشهٔ «{0}» وجود ندارد. با این دستور بسازید: vafa init {0}"),
                    ARGS(str_of(path)));
    if (errno == ENOTDIR) return not_ours(path, problem);
    return fail_errno(problem, "open", path, errno);
}

static struct folder *new_folder(void) {
    struct folder *folder = memory_new(sizeof *folder);
    *folder = (struct folder){-1, -1};
    return folder;
}

enum status folder_create(const char *path, struct folder **ret, struct problem *problem) {
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST) return fail_errno(problem, "create", path, errno);
    struct folder *folder = new_folder();
    enum status status = open_directory(folder, path, problem);
    if (!status && !made) status = check_empty(path, problem);
    if (!status && fchmod(folder->directory, 0700)) status = fail_errno(problem, "protect", path, errno);
    if (!status) status = lock(folder, path, problem);
    if (!status) status = write_marker(folder, path, problem);
    if (status)
        folder_close(folder);
    else
        *ret = folder;
    return status;
}

enum status folder_open(const char *path, struct folder **ret, struct problem *problem) {
    struct folder *folder = new_folder();
    enum status status = open_directory(folder, path, problem);
    if (!status)
        status = check_marker(folder, path, problem); /* before the lock, which writes into the folder */
    if (!status) status = lock(folder, path, problem);
    if (status)
        folder_close(folder);
    else
        *ret = folder;
    return status;
}

void folder_close(struct folder *folder) {
    if (!folder) return;
    if (folder->lock >= 0) close(folder->lock);
    if (folder->directory >= 0) close(folder->directory);
    free(folder);
}
