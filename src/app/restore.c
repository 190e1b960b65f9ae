#include "app/backup.h"

#include "app/house.h"
#include "base/calendar.h"
#include "platform/files.h"
#include "platform/folder.h"
#include "signals/ingest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_MOST = 64 << 20 };

static const char *path_in(struct arena *arena, const char *folder, struct str name) {
    return str_format(arena, "%s/%.*s", folder, STR_ARG(name)).p;
}

static enum status damaged(struct problem *problem, struct str file) {
    return fail(
        problem, BAD_INPUT,
        MESSAGE(
            "backup_damaged",
            "The backup is damaged: the file “{0}” is missing or not as it was written. Nothing was changed. Use another backup.",
            "پشتیبان آسیب دیده است: پروندهٔ «{0}» نیست یا آن‌گونه نیست که نوشته شد. چیزی تغییر نکرد. پشتیبان دیگری به کار ببرید."),
        ARGS(file));
}

/* Names are ours, but a manifest could be anybody's: only plain names, at most one folder deep. */
static bool name_is_plain(struct str name) {
    struct str rest, first = str_cut(name, '/', &rest);
    struct str parts[] = {first, rest};
    for (int i = 0; i < (rest.p ? 2 : 1); i++) {
        if (!parts[i].n || parts[i].p[0] == '.') return false;
        for (size_t k = 0; k < parts[i].n; k++) {
            char c = parts[i].p[k];
            bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '.' || c == '-' || c == '_';
            if (!plain) return false;
        }
    }
    return true;
}

static enum status read_manifest(const char *backup, struct json *manifest, struct problem *problem) {
    struct problem quiet = {.arena = problem->arena};
    struct str text, sum;
    char digest[DIGEST_TEXT + 1];
    if (file_read(path_in(problem->arena, backup, STR("manifest.json")), MANIFEST_MOST, problem->arena, &text,
                  &quiet)) {
        struct stat info;
        if (stat(path_in(problem->arena, backup, STR("manifest.sha256")), &info) == 0)
            return damaged(problem, STR("manifest.json"));
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "backup_none",
                "“{0}” is no backup: it has no manifest.json. Give a folder that vafa backup made.",
                "«{0}» پشتیبان نیست: manifest.json ندارد. پوشه‌ای بدهید که vafa backup ساخته است."),
            ARGS(str_of(backup)));
    }
    if (file_read(path_in(problem->arena, backup, STR("manifest.sha256")), MANIFEST_MOST, problem->arena,
                  &sum, &quiet))
        return damaged(problem, STR("manifest.sha256"));
    digest_print(text, digest);
    if (!str_equal(sum, str_format(problem->arena, "%s  manifest.json\n", digest)) ||
        json_parse(text, problem->arena, manifest, &quiet))
        return damaged(problem, STR("manifest.json"));
    const struct json *version = json_get(manifest, "folder_version"), *files = json_get(manifest, "files");
    if (!version || version->kind != JSON_INT || !files || files->kind != JSON_ARRAY || !files->n)
        return damaged(problem, STR("manifest.json"));
    if (version->integer <= FOLDER_VERSION) return OK;
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "backup_newer", "The backup was made by a newer Vafa ({0}); this is {1}. Use the newer one.",
            "این پشتیبان را وفای تازه‌تری ({0}) ساخته است؛ این {1} است. تازه‌تر را به کار ببرید."),
        ARGS(json_get_string(manifest, "vafa"), STR(VAFA_VERSION)));
}

static enum status verify(const char *folder, const struct json *manifest, struct problem *problem) {
    const struct json *files = json_get(manifest, "files");
    for (size_t i = 0; i < files->n; i++) {
        struct str name = json_get_string(&files->items[i], "name");
        const struct json *size = json_get(&files->items[i], "size");
        struct problem quiet = {.arena = problem->arena};
        char digest[DIGEST_TEXT + 1];
        uint64_t bytes;
        if (!name_is_plain(name) || !size || size->kind != JSON_INT)
            return damaged(problem, STR("manifest.json"));
        if (file_digest(path_in(problem->arena, folder, name), digest, &bytes, &quiet) ||
            bytes != (uint64_t)size->integer || !str_is(json_get_string(&files->items[i], "sha256"), digest))
            return damaged(problem, name);
    }
    return OK;
}

enum status backup_verify(const char *backup, struct problem *problem) {
    struct json manifest;
    enum status status = read_manifest(backup, &manifest, problem);
    return status ? status : verify(backup, &manifest, problem);
}

static enum status copy_files(const char *backup, const char *to, const struct json *manifest,
                              struct problem *problem) {
    const struct json *files = json_get(manifest, "files");
    enum status status = OK;
    for (size_t i = 0; i < files->n && !status; i++) {
        struct str rest, name = json_get_string(&files->items[i], "name"), folder = str_cut(name, '/', &rest);
        const char *under = path_in(problem->arena, to, folder);
        if (rest.p && mkdir(under, 0700) && errno != EEXIST)
            return fail_errno(problem, "create", under, errno);
        status = file_copy(path_in(problem->arena, backup, name), path_in(problem->arena, to, name),
                           UINT64_MAX, problem);
        if (!status && rest.p) status = folder_sync(under, problem);
    }
    if (!status) status = folder_sync(to, problem);
    return status ? status : verify(to, manifest, problem); /* as read back: a failing disk shows now */
}

/* Opens the copy as the server would, which also applies what the journal holds, and checks it. */
static enum status try_out(const char *folder, struct clock clock, const struct log *log,
                           struct problem *problem) {
    struct house *house = NULL;
    enum status status = house_open(folder, false, clock, log, &house, problem);
    if (status) return status;
    if (ingest_wait_all(house->ingest, -1))
        status = fail(problem, UNAVAILABLE,
                      MESSAGE("restore_not_applied",
                              "The events of the backup's journal could not be applied. Nothing was changed.",
                              "رویدادهای ژورنال پشتیبان اعمال نشد. چیزی تغییر نکرد."),
                      NO_ARGS);
    if (!status) status = house_check(house, problem);
    house_close(house);
    return status;
}

static enum status put_in_place(const char *beside, const char *target, struct clock clock,
                                struct problem *problem) {
    const char *old = NULL;
    struct stat info;
    if (lstat(target, &info) == 0 && !folder_is_empty(target)) {
        char at[INSTANT_TEXT + 1];
        instant_print(clock_now(clock), at);
        old = str_format(problem->arena, "%s.before-restore-%s", target, at).p;
        if (rename(target, old)) return fail_errno(problem, "rename", target, errno);
    }
    if (rename(beside, target)) {
        int error = errno;
        if (old && rename(old, target)) return fail_errno(problem, "rename back", old, errno);
        return fail_errno(problem, "rename to", target, error);
    }
    enum status status = folder_sync_parent(target, problem);
    if (!status && old) folder_remove(old);
    return status;
}

enum status backup_restore(const char *backup, const char *target, bool replace, struct clock clock,
                           const struct log *log, struct problem *problem) {
    struct folder *held = NULL;
    struct json manifest;
    enum status status = read_manifest(backup, &manifest, problem);
    if (!status) status = verify(backup, &manifest, problem);
    if (status) return status;
    char *real = realpath(target, NULL); /* a link stays, and what it leads to is replaced */
    if (real) target = str_c(problem->arena, str_of(real));
    free(real);
    const char *beside = str_format(problem->arena, "%s.restoring-%d", target, (int)getpid()).p;
    if (!folder_is_empty(
            target)) { /* what is there is held until the end, so that nobody begins to serve it */
        if ((status = folder_open(target, &held, problem))) return status;
        if (!replace)
            status = fail(
                problem, CONFLICT,
                MESSAGE(
                    "restore_not_empty",
                    "“{0}” holds data. Choose a new folder, or say --replace to give up what is there.",
                    "«{0}» داده دارد. پوشهٔ تازه‌ای برگزینید، یا برای کنار گذاشتن آنچه هست --replace بدهید."),
                ARGS(str_of(target)));
    }
    if (!status && mkdir(beside, 0700)) {
        status = fail_errno(problem, "create", beside, errno);
    } else if (!status) {
        status = copy_files(backup, beside, &manifest, problem);
        if (!status) status = try_out(beside, clock, log, problem);
        if (!status) status = put_in_place(beside, target, clock, problem);
        if (status) folder_remove(beside);
    }
    folder_close(held);
    return status;
}
