/* The importer: takes in uploads, runs one import after the other in a thread, keeps what became of them. */
#include "exchange/import.h"

#include "base/log.h"
#include "base/vec.h"
#include "exchange/import_keys.h"
#include "exchange/import_store.h"
#include "exchange/import_undo.h"
#include "platform/broadcast.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "queries.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct importer {
    struct house *house;
    pthread_t thread;
    pthread_mutex_t alone; /* held by importer_hold, never within `lock` */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    struct {
        struct id *v;
        size_t n, capacity;
    } waiting;
    /* The import under way, as watchers see it: its counts change while it runs. */
    struct import running;
    bool is_running;
};

static struct str problem_json(const struct problem *problem, struct str language, struct arena *arena) {
    struct buf out = {0}, sentence = {0};
    struct json_writer w = {&out};
    fault_print(&problem->main, str_is(language, "fa") ? PERSIAN : ENGLISH, &sentence);
    json_begin_object(&w);
    json_put_string(&w, "code", str_of(problem->main.message.code));
    json_put_string(&w, "message", buf_str(&sentence));
    if (problem->main.row) json_put_int(&w, "row", problem->main.row);
    json_end_object(&w);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    buf_free(&sentence);
    return text;
}

static void tell(struct house *house, const struct import *import) {
    if (!broadcast_wanted(house->broadcast, TOPIC_IMPORTS)) return;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    fields_encode(&import_type, import, &w);
    broadcast_say(house->broadcast, TOPIC_IMPORTS, ABOUT_ALL, buf_str(&out));
    buf_free(&out);
}

static void watch(void *self, const struct import *import) {
    struct importer *importer = self;
    pthread_mutex_lock(&importer->lock);
    importer->running = *import;
    importer->running.has = import_has(import);
    pthread_mutex_unlock(&importer->lock);
    tell(importer->house, &importer->running);
}

/* Takes an import back. Cut short by a stop of the server, it goes on at the next start. */
static void undo_one(struct importer *importer, struct import *import, struct arena *arena) {
    struct problem problem = {.arena = arena};
    import->undo = STR("running");
    watch(importer, import);
    pthread_mutex_lock(&importer->lock);
    importer->is_running = true;
    pthread_mutex_unlock(&importer->lock);
    enum status status = import_undo_run(importer->house, import, arena, watch, importer, &problem);
    import->undo = status ? (struct str){0} : STR("done");
    if (status)
        import->problem = problem_json(&problem, import->language, arena);
    else
        import->undone_at = clock_now(importer->house->clock);
    import->has = import_has(import);
    problem_clear(&problem);
    if (import_store(importer->house, &query_import_update, import, &problem) && importer->house->log)
        log_problem(importer->house->log, "storing what became of an undo", &problem);
    pthread_mutex_lock(&importer->lock);
    importer->is_running = false;
    pthread_mutex_unlock(&importer->lock);
    tell(importer->house, import);
}

static void run_one(struct importer *importer, struct id id) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct import import = {0};
    bool loaded = !import_load(importer->house, id, &import, &arena, &problem);
    if (loaded && import.undo.n && !str_is(import.undo, "done")) {
        undo_one(importer, &import, &arena);
    } else if (loaded) {
        import.state = IMPORT_RUNNING;
        pthread_mutex_lock(&importer->lock);
        importer->running = import;
        importer->is_running = true;
        pthread_mutex_unlock(&importer->lock);

        const char *upload = import_file(importer->house, id, "csv", &arena);
        enum status status =
            import_run(importer->house, upload, import_file(importer->house, id, "errors.csv", &arena),
                       &import, &arena, watch, importer, &problem);
        import.state = status ? IMPORT_FAILED : IMPORT_DONE;
        if (status) import.problem = problem_json(&problem, import.language, &arena);
        import.finished_at = clock_now(importer->house->clock);
        import.has = import_has(&import);
        /* A dry run's file stays for a day, to be taken in once its rows are repaired; what remains of
         * another goes at the next start. */
        if (!import.dry_run) (void)unlink(upload);
        problem_clear(&problem);
        if (import_store(importer->house, &query_import_update, &import, &problem))
            import.state = IMPORT_FAILED;

        pthread_mutex_lock(&importer->lock);
        importer->is_running = false;
        pthread_mutex_unlock(&importer->lock);
        tell(importer->house, &import);
    }
    arena_free(&arena);
}

static void *work(void *self) {
    struct importer *importer = self;
    pthread_mutex_lock(&importer->lock);
    for (;;) {
        while (!importer->waiting.n && !importer->stopping)
            pthread_cond_wait(&importer->changed, &importer->lock);
        if (importer->stopping) break;
        struct id id = importer->waiting.v[0];
        memmove(importer->waiting.v, importer->waiting.v + 1, --importer->waiting.n * sizeof id);
        pthread_mutex_unlock(&importer->lock);
        run_one(importer, id);
        pthread_mutex_lock(&importer->lock);
    }
    pthread_mutex_unlock(&importer->lock);
    return NULL;
}

/* Imports that a stop of the server cut short: waiting ones go on, the one under way counts as failed and can
 * be sent again. */
static enum status pick_up(struct importer *importer, struct arena *arena, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(importer->house->records, &session, problem);
    if (status) return status;
    struct {
        struct import *v;
        size_t n, capacity;
    } left = {0};
    struct rows *rows = rows_open(session, &query_import_unfinished);
    struct import import = {0};
    while (rows_next(rows)) {
        rows_read(rows, &import_type, &import, arena);
        VEC_PUSH(&left, import);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    for (size_t i = 0; i < left.n && !status; i++) {
        struct import *one = &left.v[i];
        if (one->undo.n && !str_is(one->undo, "done")) {
            VEC_PUSH(&importer->waiting, one->id);
            continue;
        }
        if (one->state == IMPORT_WAITING &&
            !access(import_file(importer->house, one->id, "csv", arena), R_OK)) {
            VEC_PUSH(&importer->waiting, one->id);
            continue;
        }
        struct problem cut = {.arena = arena};
        (void)fail(
            &cut, UNAVAILABLE,
            MESSAGE(
                "import_interrupted",
                "The server stopped while this import was running. Send the file again: rows that are in "
                "already are left as they are.",
                "سرور در میانهٔ این ورود متوقف شد. فایل را دوباره بفرستید؛ سطرهای ثبت‌شده تغییری "
                "نمی‌کنند."),
            NO_ARGS);
        one->state = IMPORT_FAILED;
        one->problem = problem_json(&cut, one->language, arena);
        one->finished_at = clock_now(importer->house->clock);
        one->has = import_has(one);
        (void)unlink(import_file(importer->house, one->id, "csv", arena));
        status = import_store(importer->house, &query_import_update, one, problem);
    }
    VEC_FREE(&left);
    return status;
}

/* What was kept to take imports back, to repair rows and to take dry runs in, and is too old for it. */
static enum status expire(struct house *house, struct arena *arena, struct problem *problem) {
    static const struct {
        const struct query *query;
        enum setting days;
    } old[] = {{&query_import_change_expire, SETTING_IMPORT_UNDO_DAYS},
               {&query_import_refused_expire, SETTING_IMPORT_UNDO_DAYS}};
    instant_t now = clock_now(house->clock);
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    for (size_t i = 0; i < COUNT(old) && !status; i++) {
        struct rows *rows = rows_open(session, old[i].query);
        rows_bind_int(rows, "before", now - settings_int(house->settings, old[i].days) * DAY_MS);
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
    }
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    const char *folder = str_format(arena, "%s/imports", house->folder).p;
    DIR *files = status ? NULL : opendir(folder);
    for (struct dirent *entry; files && (entry = readdir(files));) {
        struct str name = str_of(entry->d_name);
        const char *path = str_format(arena, "%s/%s", folder, entry->d_name).p;
        struct stat about;
        int64_t days = str_ends(name, STR(".keys")) ? settings_int(house->settings, SETTING_IMPORT_UNDO_DAYS)
                       : str_ends(name, STR(".csv")) && !str_ends(name, STR(".errors.csv"))
                           ? 1
                           : INT64_MAX / DAY_MS;
        if (days < INT64_MAX / DAY_MS && !stat(path, &about) &&
            (int64_t)about.st_mtime * 1000 < now - days * DAY_MS)
            (void)unlink(path); /* tried again at the next start */
    }
    if (files) closedir(files);
    return status;
}

enum status importer_start(struct house *house, struct importer **ret, struct problem *problem) {
    struct arena arena = {0};
    struct importer *importer = memory_new(sizeof *importer);
    importer->house = house;
    const char *folder = str_format(&arena, "%s/imports", house->folder).p;
    enum status status = OK;
    if (mkdir(folder, 0700) && errno != EEXIST) status = fail_errno(problem, "make", folder, errno);
    if (!status) status = expire(house, &arena, problem);
    if (!status) status = pick_up(importer, &arena, problem);
    arena_free(&arena);
    if (status) {
        VEC_FREE(&importer->waiting);
        free(importer);
        return status;
    }
    pthread_mutex_init(&importer->alone, NULL);
    pthread_mutex_init(&importer->lock, NULL);
    pthread_cond_init(&importer->changed, NULL);
    int error = pthread_create(&importer->thread, NULL, work, importer);
    if (error) {
        pthread_cond_destroy(&importer->changed);
        pthread_mutex_destroy(&importer->lock);
        pthread_mutex_destroy(&importer->alone);
        VEC_FREE(&importer->waiting);
        free(importer);
        return fail_errno(problem, "start", "a thread", error);
    }
    *ret = importer;
    return OK;
}

void importer_stop(struct importer *importer) {
    if (!importer) return;
    pthread_mutex_lock(&importer->lock);
    importer->stopping = true;
    pthread_cond_signal(&importer->changed);
    pthread_mutex_unlock(&importer->lock);
    pthread_join(importer->thread, NULL);
    pthread_cond_destroy(&importer->changed);
    pthread_mutex_destroy(&importer->lock);
    pthread_mutex_destroy(&importer->alone);
    VEC_FREE(&importer->waiting);
    free(importer);
}

void importer_hold(struct importer *importer) {
    pthread_mutex_lock(&importer->alone);
}

void importer_let_go(struct importer *importer) {
    pthread_mutex_unlock(&importer->alone);
}

/* ---- handlers ---- */

static const char *const states[] = {"waiting", "running", "done", "failed", NULL};
#define AT(member) offsetof(struct import, member)
#define OURS       FIELD_READ_ONLY
static const struct field fields[] = {
    {"id", FIELD_ID, OURS, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"kind", FIELD_TEXT, OURS, AT(kind), .title = {"Kind", "نوع"}, .doc = "What the rows are."},
    {"file", FIELD_TEXT, OURS, AT(file), .title = {"File", "فایل"}, .doc = "Name of the file as given."},
    {"source", FIELD_TEXT, OURS, AT(source), .title = {"Source", "منبع"},
     .doc = "Whose keys and rows these are."},
    {"map", FIELD_TEXT, OURS, AT(map), .title = {"Mapping", "نگاشت"},
     .doc = "field=header,…; what it does not name was guessed."},
    {"money", FIELD_TEXT, OURS, AT(money), .title = {"Unit of money", "واحد پول"},
     .doc = "Unit of money columns, where given."},
    {"backfill", FIELD_BOOL, OURS, AT(backfill), .title = {"Back-fill", "تاریخچه"},
     .doc = "Rows count as known from when they happened."},
    {"lag_days", FIELD_INT, OURS, AT(lag_days), .title = {"Lag", "تأخیر"},
     .doc = "Days between happening and being known, for a back-fill."},
    {"dry_run", FIELD_BOOL, OURS, AT(dry_run), .title = {"Dry run", "آزمایشی"},
     .doc = "Counted and checked only."},
    {"language", FIELD_TEXT, OURS, AT(language), .title = {"Language", "زبان"},
     .doc = "Language of the errors."},
    {"state", FIELD_ENUM, OURS, AT(state), .options = states, .title = {"State", "وضعیت"},
     .doc = "Where it stands."},
    {"bytes_done", FIELD_INT, OURS, AT(bytes_done), .title = {"Bytes read", "بایت خوانده"},
     .doc = "Bytes of the file read so far."},
    {"bytes_total", FIELD_INT, OURS, AT(bytes_total), .title = {"Bytes", "بایت"},
     .doc = "Bytes of the file."},
    {"rows", FIELD_INT, OURS, AT(rows), .title = {"Rows", "سطرها"}, .doc = "Rows read, without the header."},
    {"created", FIELD_INT, OURS, AT(created), .title = {"New", "تازه"}, .doc = "Rows that made something."},
    {"updated", FIELD_INT, OURS, AT(updated), .title = {"Changed", "تغییرکرده"},
     .doc = "Rows that changed something."},
    {"unchanged", FIELD_INT, OURS, AT(unchanged), .title = {"Unchanged", "بی‌تغییر"},
     .doc = "Rows that were in already."},
    {"rejected", FIELD_INT, OURS, AT(rejected), .title = {"Refused", "ردشده"},
     .doc = "Rows that were refused; see the errors."},
    {"columns", FIELD_JSON, OURS, AT(columns), .title = {"Columns", "ستون‌ها"},
     .doc = "What each column was taken for."},
    {"problem", FIELD_JSON, OURS, AT(problem), .title = {"Problem", "مشکل"},
     .doc = "Why it failed as a whole: code, message, row."},
    {"faults", FIELD_JSON, OURS, AT(faults), .title = {"Errors", "خطاها"},
     .doc = "The first hundred faults: row, column, code, message."},
    {"by", FIELD_TEXT, OURS, AT(by), .title = {"By", "توسط"}, .doc = "Who sent it."},
    {"created_at", FIELD_INSTANT, OURS, AT(created_at), .title = {"Sent", "زمان ارسال"},
     .doc = "When it was sent."},
    {"finished_at", FIELD_INSTANT, OURS, AT(finished_at), .title = {"Ended", "زمان پایان"},
     .doc = "When it ended."},
    {"repaired", FIELD_INT, OURS, AT(repaired), .title = {"Repaired", "درست‌شده"},
     .doc = "Refused rows that were repaired since, and are fine (a dry run) or in."},
    {"dry_run_of", FIELD_ID, OURS, AT(dry_run_of), .title = {"Dry run", "آزمایش پیشین"},
     .doc = "The dry run whose file and repairs it takes in."},
    {"undo", FIELD_TEXT, OURS, AT(undo), .title = {"Undo", "برگرداندن"},
     .doc = "waiting, running or done; null: not asked for."},
    {"undo_done", FIELD_INT, OURS, AT(undo_done), .title = {"Undone", "برگردانده"},
     .doc = "Changes looked at so far."},
    {"undo_total", FIELD_INT, OURS, AT(undo_total), .title = {"To undo", "برای برگرداندن"},
     .doc = "Changes in all."},
    {"undo_kept", FIELD_INT, OURS, AT(undo_kept), .title = {"Kept", "مانده"},
     .doc = "Of them those that stay, since somebody changed them after the import."},
    {"undone_by", FIELD_TEXT, OURS, AT(undone_by), .title = {"Undone by", "برگرداننده"},
     .doc = "Who asked for the undo."},
    {"undone_at", FIELD_INSTANT, OURS, AT(undone_at), .title = {"Undone", "زمان برگرداندن"},
     .doc = "When it was taken back."},
};
RECORD_TYPE(import_type, "Import", struct import, fields);

const struct route_query import_create_query[] = {
    {"map", "field=header,field=header; fields it does not name are guessed from the headers"},
    {"source", "whose keys and rows these are; “import” unless given"},
    {"money", "unit of money columns: an ISO code, rial or toman"},
    {"dry_run", "1: check and count only"},
    {"backfill", "1: the rows are history, known from when they happened plus lag_days; 0: known from now. 1 "
                 "unless given for usage"},
    {"lag_days", "days between happening and being known"},
    {"file", "name of the file, for the list"},
    {NULL, NULL},
};

const struct route_query import_run_query[] = {
    {"dry_run", "1: check it anew, with another mapping or unit"},
    {"map", "field=header,…, in place of the dry run's"},
    {"money", "unit of money columns, in place of the dry run's"},
    {"source", "whose keys and rows these are, in place of the dry run's"},
    {"backfill", "1: the rows are history; 0: known from now"},
    {"lag_days", "days between happening and being known"},
    {NULL, NULL},
};

static enum status query_flag(const struct request *request, const char *name, bool otherwise, bool *out,
                              struct problem *problem) {
    int64_t value = otherwise;
    enum status status = request_query_int(request, name, 0, 1, &value, problem);
    *out = value != 0;
    return status;
}

static enum status copy_bytes(int in, int out, const char *to, struct problem *problem) {
    char part[65536];
    for (;;) {
        ssize_t n = read(in, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(problem, "read", "the file", errno);
        if (n == 0) return OK;
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(out, part + done, (size_t)(n - done));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail_errno(problem, "write", to, errno);
            done += written;
        }
    }
}

/* The importer reads its own copy: the caller may change or remove the file. */
static enum status keep_upload(const char *from, const char *to, struct problem *problem) {
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) return fail_errno(problem, "read", from, errno);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum status status = out < 0 ? fail_errno(problem, "write", to, errno) : copy_bytes(in, out, to, problem);
    close(in);
    if (out >= 0 && close(out) && !status) status = fail_errno(problem, "write", to, errno);
    if (status) (void)unlink(to);
    return status;
}

static void wake(struct importer *importer, struct id id) {
    pthread_mutex_lock(&importer->lock);
    VEC_PUSH(&importer->waiting, id);
    pthread_cond_signal(&importer->changed);
    pthread_mutex_unlock(&importer->lock);
}

/* Stores a new import whose upload lies there, and lets the importer have it. */
static enum status begin(struct request *request, struct response *response, const struct import *import,
                         const char *upload, struct problem *problem) {
    enum status status = import_store(request->house, &query_import_insert, import, problem);
    if (status) {
        (void)unlink(upload);
        return status;
    }
    wake(request->house->importer, import->id);
    answer_record(request, response, 202, &import_type, import, 0);
    response->location =
        str_format(request->arena, "/api/v1/imports/%.*s", STR_ARG(id_str(request->arena, import->id)));
    return OK;
}

enum status import_handle_create(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct house *house = request->house;
    instant_t now = clock_now(house->clock);
    const struct import_kind *kind = import_kind_find(request_param(request, "kind"));
    if (!kind)
        return fail(problem, NOT_FOUND,
                    MESSAGE("unknown_import_kind", "“{0}” cannot be imported. Kinds: {1}.",
                            "«{0}» را نمی‌توان وارد کرد. انواع: {1}."),
                    ARGS(request_param(request, "kind"), import_kind_names(request->arena)));
    if (!request->upload)
        return fail(problem, BAD_INPUT,
                    MESSAGE("import_without_file", "The request has no file. Send the CSV as its body.",
                            "درخواست فایلی ندارد. CSV را در بدنه بفرستید."),
                    NO_ARGS);
    struct str source = request_query(request, "source"), file = request_query(request, "file");
    struct import import = {
        .id = id_new(now),
        .kind = str_of(kind->name),
        .source = source.n ? source : STR("import"),
        .file = file.n ? file : str_format(request->arena, "%s.csv", kind->name),
        .map = request_query(request, "map"),
        .money = request_query(request, "money"),
        .language = request->language == PERSIAN ? STR("fa") : STR("en"),
        .state = IMPORT_WAITING,
        .by = request->principal.name,
        .created_at = now,
    };
    enum status status = query_flag(request, "dry_run", false, &import.dry_run, problem);
    if (!status) status = query_flag(request, "backfill", !kind->take, &import.backfill, problem);
    if (!status) status = request_query_int(request, "lag_days", 0, 3650, &import.lag_days, problem);
    if (status) return status;
    struct stat about;
    if (stat(request->upload, &about)) return fail_errno(problem, "read", request->upload, errno);
    import.bytes_total = about.st_size;
    import.has = import_has(&import);

    const char *upload = import_file(house, import.id, "csv", request->arena);
    if ((status = keep_upload(request->upload, upload, problem))) return status;
    return begin(request, response, &import, upload, problem);
}

/* A dry run that is taken in: its file and its repairs, in an import of its own. */
enum status import_handle_run(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct import dry = {0};
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = import_load(house, id, &dry, request->arena, problem);
    if (status) return status;
    const char *kept = import_file(house, id, "csv", request->arena);
    bool again = false;
    if ((status = query_flag(request, "dry_run", false, &again, problem))) return status;
    bool ended = dry.state == IMPORT_DONE || (again && dry.state == IMPORT_FAILED);
    if (!dry.dry_run || !ended || access(kept, R_OK))
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "import_no_dry_run",
                "Only a dry run that ended can be taken in, once, and within a day: send the file again.",
                "تنها ورود آزمایشیِ پایان‌یافته را می‌توان، یک بار و تا یک روز، وارد کرد: فایل را دوباره "
                "بفرستید."),
            NO_ARGS);
    struct import import = dry;
    import.id = id_new(clock_now(house->clock));
    import.dry_run = again;
    import.dry_run_of = again ? (struct id){0} : id; /* another mapping: repairs do not hold */
    if (request_query(request, "map").p) import.map = request_query(request, "map");
    if (request_query(request, "money").p) import.money = request_query(request, "money");
    if (request_query(request, "source").n) import.source = request_query(request, "source");
    if ((status = query_flag(request, "backfill", import.backfill, &import.backfill, problem)) ||
        (status = request_query_int(request, "lag_days", 0, 3650, &import.lag_days, problem)))
        return status;
    import.state = IMPORT_WAITING;
    import.by = request->principal.name;
    import.language = request->language == PERSIAN ? STR("fa") : STR("en");
    import.bytes_done = import.rows = import.created = import.updated = import.unchanged = import.rejected =
        import.repaired = 0;
    import.columns = import.problem = import.faults = (struct str){0};
    import.created_at = clock_now(house->clock);
    import.finished_at = 0;
    import.has = import_has(&import);
    const char *upload = import_file(house, import.id, "csv", request->arena);
    if (rename(kept, upload)) return fail_errno(problem, "move", kept, errno);
    return begin(request, response, &import, upload, problem);
}

static enum status check_undo(struct request *request, const struct import *import, struct problem *problem) {
    struct house *house = request->house;
    int64_t days = settings_int(house->settings, SETTING_IMPORT_UNDO_DAYS),
            changes = import->created + import->updated;
    if (import->dry_run || import->state == IMPORT_WAITING || import->state == IMPORT_RUNNING)
        return fail(problem, CONFLICT,
                    MESSAGE("undo_nothing",
                            "There is nothing to take back: it was a dry run, or has not ended.",
                            "چیزی برای برگرداندن نیست: آزمایشی بوده یا هنوز پایان نیافته است."),
                    NO_ARGS);
    if (import->created_at < clock_now(house->clock) - days * DAY_MS)
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "undo_too_late", "An import can be taken back for {0} days; this one is older.",
                "ورود داده را تا {0} روز می‌توان برگرداند؛ این یکی قدیمی‌تر است."),
            ARGS(str_format(request->arena, "%lld", (long long)days)));
    struct session *session = NULL;
    int64_t kept = import_keys_count(house, import->id, request->arena);
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_import_change_count);
    rows_bind_id(rows, "import", import->id);
    if (rows_next(rows)) kept += rows_int(rows, 0);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || kept || !changes) return status;
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "undo_not_kept",
            "What this import changed was not laid aside, so it cannot be taken back: it is of an older "
            "version, or of a restored backup.",
            "آنچه این ورود تغییر داد کنار گذاشته نشده و برگشت‌پذیر نیست: از نسخه‌ای قدیمی‌تر یا از پشتیبان "
            "بازگردانده است."),
        NO_ARGS);
}

static enum status ask_for_undo(struct request *request, struct id id, struct import *import,
                                struct problem *problem) {
    enum status status = import_load(request->house, id, import, request->arena, problem);
    if (status || import->undo.n) return status; /* asked for already */
    if ((status = check_undo(request, import, problem))) return status;
    import->undo = STR("waiting");
    import->undone_by = request->principal.name;
    import->has = import_has(import);
    if ((status = import_store(request->house, &query_import_update, import, problem))) return status;
    wake(request->house->importer, id);
    return OK;
}

enum status import_handle_undo(struct request *request, struct response *response, struct problem *problem) {
    struct import import = {0};
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (status) return status;
    importer_hold(request->house->importer);
    status = ask_for_undo(request, id, &import, problem);
    importer_let_go(request->house->importer);
    if (!status) answer_record(request, response, 202, &import_type, &import, 0);
    return status;
}

enum status import_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct id id;
    struct import import = {0};
    enum status status = request_id(request, "id", &id, problem);
    if (status) return status;
    struct importer *importer = request->house->importer;
    pthread_mutex_lock(&importer->lock);
    bool running = importer->is_running && id_equal(importer->running.id, id);
    if (running) answer_record(request, response, 200, &import_type, &importer->running, 0);
    pthread_mutex_unlock(&importer->lock);
    if (running) return OK;
    status = import_load(request->house, id, &import, request->arena, problem);
    if (!status) answer_record(request, response, 200, &import_type, &import, 0);
    return status;
}

enum status import_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &import_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_import_list);
    rows_bind_int(rows, "first", id_is_none(list.after));
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    struct import import;
    while (rows_next(rows)) {
        rows_read(rows, &import_type, &import, request->arena);
        if (!list_add(&list, &import, import.id)) break;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

enum status import_handle_errors(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct id id;
    struct import import = {0};
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = import_load(request->house, id, &import, request->arena, problem);
    if (status) return status;
    response->content_type = "text/csv; charset=utf-8";
    FILE *file = fopen(import_file(request->house, id, "errors.csv", request->arena), "re");
    if (!file && errno == ENOENT) return OK; /* no row was refused */
    if (!file) return fail_errno(problem, "read", "errors.csv", errno);
    char part[16384];
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        buf_put(&response->body, part, n);
    if (ferror(file)) status = fail_errno(problem, "read", "errors.csv", errno);
    fclose(file);
    return status;
}
