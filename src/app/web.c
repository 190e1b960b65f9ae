#include "app/web.h"

#include "base/vec.h"
#include "platform/files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MOST = 32 << 20 };

enum coding { PLAIN, BROTLI, GZIP, CODINGS };
static const char *const suffixes[CODINGS] = {"", ".br", ".gz"};
static const char *const coding_names[CODINGS] = {NULL, "br", "gzip"};

struct file {
    struct str path; /* as in the address: "/assets/index-abc.js" */
    const char *type;
    struct str bytes[CODINGS]; /* p NULL: not there in this coding */
    struct str etag;
};
struct web {
    struct arena arena;
    VEC(struct file) files; /* sorted by path */
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(struct str path) {
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_ends(path, str_of(types[i].ending))) return types[i].type;
    return "application/octet-stream";
}

static int by_path(const void *a, const void *b) {
    return str_compare(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static const struct file *find(const struct web *web, struct str path) {
    struct file wanted = {.path = path};
    return bsearch(&wanted, web->files.v, web->files.n, sizeof wanted, by_path);
}

static enum status read_file(struct web *web, const char *name, size_t prefix, struct problem *problem) {
    struct file file = {.path = str_copy(&web->arena, str_of(name + prefix))};
    char digest[DIGEST_TEXT + 1];
    for (int coding = 0; coding < CODINGS; coding++) {
        struct stat info;
        struct str path = str_format(&web->arena, "%s%s", name, suffixes[coding]);
        if (coding && stat(path.p, &info)) continue;
        enum status status = file_read(path.p, FILE_MOST, &web->arena, &file.bytes[coding], problem);
        if (status) return status;
    }
    file.type = type_of(file.path);
    digest_print(file.bytes[PLAIN], digest);
    file.etag = str_format(&web->arena, "\"%.32s\"", digest);
    VEC_PUSH(&web->files, file);
    return OK;
}

enum status web_open(const char *folder, struct web **ret, struct problem *problem) {
    char *roots[] = {(char *)folder, NULL};
    struct stat info;
    enum status status = OK;
    *ret = NULL;
    if (stat(folder, &info) || !S_ISDIR(info.st_mode)) return OK;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        return fail(
            problem, UNAVAILABLE,
            MESSAGE("web_unreadable", "The files of the web application in {0} cannot be read: {1}",
                    "فایل‌های برنامهٔ وب در {0} خوانده نمی‌شوند: {1}"),
            ARGS(str_of(folder), str_of(strerror(errno))));
    struct web *web = memory_new(sizeof *web);
    for (FTSENT *entry; !status && (entry = fts_read(walk));) {
        struct str name = {entry->fts_name, entry->fts_namelen};
        if (entry->fts_info != FTS_F || str_ends(name, STR(".br")) || str_ends(name, STR(".gz"))) continue;
        status = read_file(web, entry->fts_path, strlen(folder), problem);
    }
    fts_close(walk);
    if (web->files.n) qsort(web->files.v, web->files.n, sizeof *web->files.v, by_path);
    if (!status && find(web, STR("/index.html"))) {
        *ret = web;
        return OK;
    }
    web_close(web);
    return status;
}

void web_close(struct web *web) {
    if (!web) return;
    VEC_FREE(&web->files);
    arena_free(&web->arena);
    free(web);
}

static bool names_a_file(struct str path) {
    size_t from = path.n;
    while (from && path.p[from - 1] != '/')
        from--;
    return memchr(path.p + from, '.', path.n - from) != NULL;
}

static bool accepts(struct str list, const char *coding) {
    while (list.n) {
        struct str rest, part = str_trim(str_cut(list, ',', &list)),
                         name = str_trim(str_cut(part, ';', &rest));
        if (str_equal_nocase(name, str_of(coding)))
            return !str_starts(str_trim(rest), STR("q=0")) || str_starts(str_trim(rest), STR("q=0."));
    }
    return false;
}

/* Scripts and styles come from us alone. Styles may stand in the page: the components set positions and
 * colours as they are measured; a style cannot act. Pictures of charts are made in the page (data:, blob:).
 */
#define POLICY                                                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "  \
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "        \
    "frame-ancestors 'none'"

enum status web_answer(const struct web *web, const struct request *request, struct response *response,
                       struct problem *problem) {
    if (!web)
        return fail(
            problem, NOT_FOUND,
            MESSAGE(
                "web_missing",
                "The web application is not built. Run ./run, or tools/web build and start again.",
                "برنامهٔ وب ساخته نشده است. ./run را اجرا کنید، یا tools/web build و راه‌اندازی دوباره."),
            NO_ARGS);
    const struct file *file = find(web, request->path);
    bool hashed = file && str_starts(request->path, STR("/assets/"));
    if (!file && !names_a_file(request->path)) file = find(web, STR("/index.html"));
    if (!file)
        return fail(problem, NOT_FOUND, MESSAGE("file_unknown", "There is no such file.", "چنین فایلی نیست."),
                    NO_ARGS);
    struct str accepted = request_header(request, "accept-encoding");
    enum coding coding = PLAIN;
    for (int c = BROTLI; c < CODINGS && coding == PLAIN; c++)
        if (file->bytes[c].p && accepts(accepted, coding_names[c])) coding = (enum coding)c;
    response->content_type = file->type;
    response->etag = file->etag;
    response->headers = arena_alloc(request->arena, 4 * sizeof *response->headers);
    response->headers[response->header_count++] = (struct parameter){
        STR("Cache-Control"), hashed ? STR("public, max-age=31536000, immutable") : STR("no-cache")};
    response->headers[response->header_count++] =
        (struct parameter){STR("Content-Security-Policy"), STR(POLICY)};
    response->headers[response->header_count++] = (struct parameter){STR("Vary"), STR("Accept-Encoding")};
    if (coding)
        response->headers[response->header_count++] =
            (struct parameter){STR("Content-Encoding"), str_of(coding_names[coding])};
    buf_put_str(&response->body, file->bytes[coding]);
    return OK;
}
