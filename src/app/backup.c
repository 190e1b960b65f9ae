#include "app/backup.h"

#include "base/calendar.h"
#include "base/vec.h"
#include "platform/events.h"
#include "platform/files.h"
#include "platform/folder.h"
#include "platform/journal.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "signals/ingest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_in(struct arena *arena, const char *folder, const char *name) {
    return str_format(arena, "%s/%s", folder, name).p;
}

/* ---- what stands in it ---- */

static enum status copy_parts(struct house *house, const char *to, struct problem *problem) {
    struct arena *arena = problem->arena;
    journal_offset end, from;
    /* The appliers stand still: both stores are at one place, and nothing behind it is released. The journal
     * comes last, so that it holds whatever is acknowledged while the stores are copied. */
    ingest_pause(house->ingest);
    from = events_reached(house->events);
    enum status status = records_copy(house->records, path_in(arena, to, RECORDS_FILE), problem);
    if (!status) status = events_copy(house->events, path_in(arena, to, EVENTS_FILE), problem);
    if (!status) status = journal_copy(house->journal, path_in(arena, to, "journal"), from, &end, problem);
    ingest_resume(house->ingest);
    static const char *const files[] = {SECURE_FILE, FOLDER_MARKER};
    for (size_t i = 0; i < COUNT(files) && !status; i++)
        status = file_copy(path_in(arena, house->folder, files[i]), path_in(arena, to, files[i]), UINT64_MAX,
                           problem);
    return status;
}

struct listing {
    struct json_writer w;
    const char *folder;
    struct backup_figures *figures;
};

static enum status list_folder(struct listing *listing, struct str under, struct problem *problem);

static enum status list_one(struct listing *listing, struct str name, struct problem *problem) {
    const char *path = path_in(problem->arena, listing->folder, str_c(problem->arena, name));
    char digest[DIGEST_TEXT + 1];
    uint64_t size;
    struct stat info;
    if (stat(path, &info)) return fail_errno(problem, "read", path, errno);
    if (S_ISDIR(info.st_mode)) return list_folder(listing, name, problem);
    int file = open(path, O_RDONLY | O_CLOEXEC); /* what the stores copied becomes durable here */
    int error = file < 0 || fsync(file) ? errno : 0;
    if (file >= 0) close(file);
    if (error) return fail_errno(problem, "sync", path, error);
    enum status status = file_digest(path, digest, &size, problem);
    if (status) return status;
    json_begin_object(&listing->w);
    json_put_string(&listing->w, "name", name);
    json_put_int(&listing->w, "size", (int64_t)size);
    json_put_string(&listing->w, "sha256", str_of(digest));
    json_end_object(&listing->w);
    listing->figures->files++;
    listing->figures->bytes += size;
    return OK;
}

static enum status list_folder(struct listing *listing, struct str under, struct problem *problem) {
    const char *path =
        under.n ? path_in(problem->arena, listing->folder, str_c(problem->arena, under)) : listing->folder;
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) return fail_errno(problem, "list", path, errno);
    enum status status = OK;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (!status && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            status = list_one(listing,
                              under.n ? str_format(problem->arena, "%.*s/%s", STR_ARG(under), name)
                                      : str_copy(problem->arena, str_of(name)),
                              problem);
        free(entries[i]);
    }
    free(entries);
    return status ? status : folder_sync(path, problem);
}

static enum status write_manifest(struct house *house, const char *to, struct backup_figures *figures,
                                  struct problem *problem) {
    struct buf text = {0};
    struct listing listing = {.w = {.out = &text}, .folder = to, .figures = figures};
    char made[INSTANT_TEXT + 1], digest[DIGEST_TEXT + 1];
    instant_print(clock_now(house->clock), made);
    json_begin_object(&listing.w);
    json_put_string(&listing.w, "vafa", STR(VAFA_VERSION));
    json_put_int(&listing.w, "folder_version", FOLDER_VERSION);
    json_put_string(&listing.w, "made_at", str_of(made));
    json_name(&listing.w, STR("files"));
    json_begin_array(&listing.w);
    enum status status = list_folder(&listing, (struct str){0}, problem);
    json_end_array(&listing.w);
    json_end_object(&listing.w);
    buf_put_byte(&text, '\n');
    digest_print(buf_str(&text), digest);
    if (!status) status = file_write(path_in(problem->arena, to, "manifest.json"), buf_str(&text), problem);
    if (!status)
        status = file_write(path_in(problem->arena, to, "manifest.sha256"),
                            str_format(problem->arena, "%s  manifest.json\n", digest), problem);
    buf_free(&text);
    return status ? status : folder_sync(to, problem);
}

static enum status check_destination(struct house *house, const char *to, struct problem *problem) {
    struct stat info;
    if (lstat(to, &info) == 0)
        return fail_at(
            problem, STR("to"),
            MESSAGE("backup_exists", "“{0}” is there already. Give a new name for the backup.",
                    "«{0}» از پیش هست. نام تازه‌ای برای پشتیبان بدهید."),
            ARGS(str_of(to)));
    struct str parent = str_of(to);
    while (parent.n > 1 && parent.p[parent.n - 1] != '/')
        parent.n--;
    char *above = realpath(str_c(problem->arena, parent), NULL), *data = realpath(house->folder, NULL);
    bool missing = !above, inside = above && data && str_starts(str_of(above), str_of(data)) &&
                                    strchr("/", above[strlen(data)]);
    free(above);
    free(data);
    if (missing)
        return fail_at(problem, STR("to"),
                       MESSAGE("backup_no_parent", "There is no folder “{0}”: make it first.",
                               "پوشهٔ «{0}» نیست: نخست آن را بسازید."),
                       ARGS(parent));
    if (inside)
        return fail_at(
            problem, STR("to"),
            MESSAGE(
                "backup_inside",
                "A backup cannot lie inside the data folder: give a place outside of it, best on another disk.",
                "پشتیبان نمی‌تواند درون پوشهٔ داده باشد: جایی بیرون از آن بدهید، بهتر است روی دیسک دیگری."),
            NO_ARGS);
    return OK;
}

enum status backup_make(struct house *house, const char *to, struct backup_figures *figures,
                        struct problem *problem) {
    *figures = (struct backup_figures){0};
    enum status status = check_destination(house, to, problem);
    if (status) return status;
    const char *beside = str_format(problem->arena, "%s.unfinished-%d", to, (int)getpid()).p;
    if (mkdir(beside, 0700)) return fail_errno(problem, "create", beside, errno);
    status = copy_parts(house, beside, problem);
    if (!status) status = write_manifest(house, beside, figures, problem);
    if (!status && renameat2(AT_FDCWD, beside, AT_FDCWD, to, RENAME_NOREPLACE))
        status = fail_errno(problem, "rename to", to, errno);
    if (!status) return folder_sync_parent(to, problem);
    folder_remove(beside);
    return status;
}

#define AT(member) offsetof(struct backup_input, member)
static const struct field fields[] = {
    {"to", FIELD_TEXT, FIELD_REQUIRED, AT(to), 1, 3000, .title = {"To", "به"},
     .doc = "Absolute path of the new folder, on the server's machine."},
};
RECORD_TYPE(backup_input_type, "Backup", struct backup_input, fields);

enum status backup_handle(struct request *request, struct response *response, struct problem *problem) {
    const struct backup_input *input = request->input;
    struct backup_figures figures;
    if (request->principal.kind != LOCAL) /* a path of the machine is nobody else's to name */
        return fail(
            problem, FORBIDDEN,
            MESSAGE(
                "backup_local", "A backup is made on the server's own machine: vafa backup DATA OUT.",
                "پشتیبان روی خود دستگاه کارساز گرفته می‌شود: vafa backup DATA OUT."),
            NO_ARGS);
    if (input->to.p[0] != '/' || memchr(input->to.p, 0, input->to.n))
        return fail_at(problem, STR("to"),
                       MESSAGE("backup_path", "Give an absolute path.", "مسیر کامل بدهید."), NO_ARGS);
    size_t n = input->to.n;
    while (n > 1 && input->to.p[n - 1] == '/')
        n--;
    const char *to = str_c(request->arena, str_slice(input->to, 0, n));
    enum status status = backup_make(request->house, to, &figures, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_string(&w, "to", str_of(to));
    json_put_int(&w, "files", (int64_t)figures.files);
    json_put_int(&w, "bytes", (int64_t)figures.bytes);
    json_end_object(&w);
    return OK;
}
