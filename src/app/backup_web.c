/* Backups from the web: into the configured folder of the server's machine, one at a time, beside all other
 * work. */
#include "app/backup.h"

#include "base/calendar.h"
#include "base/vec.h"
#include "platform/broadcast.h"
#include "platform/files.h"
#include "platform/settings.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANIFEST_MOST = 64 << 20, NAME_TEXT = 32 };
static const char name_start[] = "vafa-";

enum backup_state { BACKUP_NONE, BACKUP_RUNNING, BACKUP_DONE, BACKUP_FAILED };
static const char *const state_names[] = {"none", "running", "done", "failed"};

struct backup_worker {
    struct house *house;
    pthread_mutex_t lock; /* of what follows */
    pthread_t thread;
    bool joinable;
    enum backup_state state;
    char name[NAME_TEXT];
    char *folder; /* owned: where it is made */
    instant_t started, finished;
    struct backup_figures figures;
    struct buf why[2]; /* by language, where it failed */
};

struct backup_worker *backup_worker_new(struct house *house) {
    struct backup_worker *worker = memory_new(sizeof *worker);
    worker->house = house;
    pthread_mutex_init(&worker->lock, NULL);
    return worker;
}

void backup_worker_free(struct backup_worker *worker) {
    if (!worker) return;
    if (worker->joinable) pthread_join(worker->thread, NULL);
    for (int i = 0; i < 2; i++)
        buf_free(&worker->why[i]);
    free(worker->folder);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

static void tell(struct backup_worker *worker) {
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_begin_object(&w);
    json_put_string(&w, "job", STR("backup"));
    json_put_string(&w, "name", str_of(worker->name));
    json_put_string(&w, "state", str_of(state_names[worker->state]));
    json_end_object(&w);
    broadcast_say(worker->house->broadcast, TOPIC_JOBS, ABOUT_ALL, buf_str(&out));
    buf_free(&out);
}

static void *work(void *self) {
    struct backup_worker *worker = self;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct backup_figures figures;
    struct str to = str_format(&arena, "%s/%s", worker->folder, worker->name); /* ours while it runs */
    enum status status = backup_make(worker->house, to.p, &figures, &problem);
    if (status && worker->house->log) log_problem(worker->house->log, "make a backup", &problem);
    pthread_mutex_lock(&worker->lock);
    worker->state = status ? BACKUP_FAILED : BACKUP_DONE;
    worker->figures = figures;
    worker->finished = clock_now(worker->house->clock);
    for (int i = 0; i < 2; i++) {
        buf_clear(&worker->why[i]);
        if (status) fault_print(&problem.main, (enum language)i, &worker->why[i]);
    }
    tell(worker);
    pthread_mutex_unlock(&worker->lock);
    arena_free(&arena);
    return NULL;
}

static struct str folder_of(const struct request *request) {
    struct str folder = settings_text(request->house->settings, SETTING_BACKUP_FOLDER, request->arena);
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    return str_copy(request->arena, folder);
}

static enum status start(struct request *request, struct backup_worker *worker, struct str folder,
                         struct problem *problem) {
    if (worker->state == BACKUP_RUNNING)
        return fail(problem, CONFLICT,
                    MESSAGE("backup_running", "The backup {0} is being made. Wait until it is done.",
                            "پشتیبان {0} در حال ساخته شدن است. تا پایان آن صبر کنید."),
                    ARGS(str_of(worker->name)));
    if (worker->joinable) pthread_join(worker->thread, NULL);
    worker->joinable = false;
    char made[INSTANT_TEXT + 1];
    worker->started = clock_now(request->house->clock);
    instant_print(worker->started,
                  made); /* 2026-01-31T10:20:30Z: without its signs it is a name that sorts by time */
    size_t n = (size_t)snprintf(worker->name, sizeof worker->name, "%s", name_start);
    for (const char *p = made; *p && *p != '.' && *p != 'Z' && n + 1 < sizeof worker->name; p++)
        if (*p != '-' && *p != ':') worker->name[n++] = *p == 'T' ? '-' : *p;
    worker->name[n] = 0;
    free(worker->folder);
    worker->folder = memory_new(folder.n + 1);
    memcpy(worker->folder, folder.p, folder.n);
    worker->state = BACKUP_RUNNING;
    tell(worker);
    int error = pthread_create(&worker->thread, NULL, work, worker);
    worker->joinable = !error;
    if (!error) return OK;
    worker->state = BACKUP_NONE;
    return fail_errno(problem, "start", "backup", error);
}

static void put_running(struct request *request, const struct backup_worker *worker, struct json_writer *w) {
    char text[INSTANT_TEXT + 1];
    json_begin_object(w);
    json_put_string(w, "name", str_of(worker->name));
    json_put_string(w, "state", str_of(state_names[worker->state]));
    instant_print(worker->started, text);
    json_put_string(w, "made_at", str_of(text));
    json_name(w, STR("bytes"));
    json_null(w);
    json_name(w, STR("files"));
    json_null(w);
    json_name(w, STR("problem"));
    if (worker->state == BACKUP_FAILED)
        json_string(w, buf_str(&worker->why[request->language]));
    else
        json_null(w);
    json_end_object(w);
}

enum status backup_handle_start(struct request *request, struct response *response, struct problem *problem) {
    struct backup_worker *worker = request->house->backups;
    struct str folder = folder_of(request);
    struct json_writer w = {.out = &response->body};
    if (!folder.n || folder.p[0] != '/')
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "backup_folder_unset",
                "No folder for backups is set. On the server's machine: vafa settings set DATA backup.folder=/path",
                "پوشه‌ای برای پشتیبان تعیین نشده است. روی دستگاه کارساز: vafa settings set DATA backup.folder=/path"),
            NO_ARGS);
    pthread_mutex_lock(&worker->lock);
    enum status status = start(request, worker, folder, problem);
    if (!status) put_running(request, worker, &w);
    pthread_mutex_unlock(&worker->lock);
    if (!status) response->code = 202;
    return status;
}

/* A finished backup as its manifest tells; what has none that can be read is left out. */
static void put_finished(struct request *request, struct str folder, const char *name,
                         struct json_writer *w) {
    struct problem ignored = {.arena = request->arena};
    struct str path = str_format(request->arena, "%.*s/%s/manifest.json", STR_ARG(folder), name), text;
    struct json manifest;
    int64_t bytes = 0;
    if (file_read(path.p, MANIFEST_MOST, request->arena, &text, &ignored) ||
        json_parse(text, request->arena, &manifest, &ignored))
        return;
    const struct json *files = json_get(&manifest, "files");
    for (size_t i = 0; files && files->kind == JSON_ARRAY && i < files->n; i++) {
        const struct json *size = json_get(&files->items[i], "size");
        if (size && size->kind == JSON_INT) bytes += size->integer;
    }
    json_begin_object(w);
    json_put_string(w, "name", str_of(name));
    json_put_string(w, "state", str_of(state_names[BACKUP_DONE]));
    json_put_string(w, "made_at", json_get_string(&manifest, "made_at"));
    json_put_int(w, "bytes", bytes);
    json_put_int(w, "files", files ? (int64_t)files->n : 0);
    json_name(w, STR("problem"));
    json_null(w);
    json_end_object(w);
}

static int newest_first(const struct dirent **a, const struct dirent **b) {
    return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_backup(const struct dirent *entry) {
    return str_starts(str_of(entry->d_name), STR("vafa-")) && !strchr(entry->d_name, '.');
}

enum status backup_handle_list(struct request *request, struct response *response, struct problem *problem) {
    (void)problem;
    struct backup_worker *worker = request->house->backups;
    struct str folder = folder_of(request);
    struct json_writer w = {.out = &response->body};
    struct dirent **entries = NULL;
    json_begin_object(&w);
    json_put_string(&w, "folder", folder);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    pthread_mutex_lock(&worker->lock);
    bool under_way = worker->state == BACKUP_RUNNING || worker->state == BACKUP_FAILED;
    if (under_way) put_running(request, worker, &w);
    pthread_mutex_unlock(&worker->lock);
    int n = folder.n ? scandir(folder.p, &entries, is_backup, newest_first) : 0;
    for (int i = 0; i < n; i++) {
        put_finished(request, folder, entries[i]->d_name, &w);
        free(entries[i]);
    }
    free(entries);
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
