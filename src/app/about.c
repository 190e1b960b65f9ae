/* GET /api/v1/about and /api/v1/limits: what runs here, how much of it there is, and how near it is to its
 * limits. */
#include "app/operations.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "platform/broadcast.h"
#include "platform/events.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "queries.h"
#include "signals/ingest.h"

#include <curl/curl.h>
#include <dirent.h>
#include <duckdb.h>
#include <microhttpd.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unicode/uvernum.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#ifdef __clang__
#define COMPILER __VERSION__ /* it names itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

/* ---- what it is made of ---- */

struct part {
    const char *name, *version, *licence;
    struct text use;
};

static void put_parts(struct json_writer *w, enum language language) {
    const struct part parts[] = {
        {"libmicrohttpd", MHD_get_version(), "LGPL-2.1-or-later", {"HTTP server", "کارساز HTTP"}},
        {"SQLite", sqlite3_libversion(), "Public domain", {"Records", "رکوردها"}},
        {"DuckDB",
         duckdb_library_version(),
         "MIT",
         {"Events and figures", "رویدادها و شاخص‌ها"}},
        {"simdjson", NULL, "Apache-2.0", {"Reading JSON", "خواندن JSON"}},
        {"libsodium",
         sodium_version_string(),
         "ISC",
         {"Passwords and secrets", "گذرواژه‌ها و رمزها"}},
        {"ICU",
         U_ICU_VERSION,
         "Unicode-3.0",
         {"Calendars, zones and collation", "تقویم، منطقهٔ زمانی و ترتیب"}},
        {"libcurl",
         curl_version_info(CURLVERSION_NOW)->version,
         "curl",
         {"Requests to others", "درخواست به دیگران"}},
        {"Zstandard", ZSTD_versionString(), "BSD-3-Clause", {"Compression", "فشرده‌سازی"}},
        {"zlib", zlibVersion(), "Zlib", {"Compression", "فشرده‌سازی"}},
        {"xxHash", NULL, "BSD-2-Clause", {"Hashing", "درهم‌سازی"}},
        {"Vazirmatn", NULL, "OFL-1.1", {"Persian type", "قلم فارسی"}},
    };
    json_name(w, STR("parts"));
    json_begin_array(w);
    for (size_t i = 0; i < COUNT(parts); i++) {
        json_begin_object(w);
        json_put_string(w, "name", str_of(parts[i].name));
        json_name(w, STR("version"));
        if (parts[i].version)
            json_string(w, str_of(parts[i].version));
        else
            json_null(w);
        json_put_string(w, "licence", str_of(parts[i].licence));
        json_put_string(w, "use", str_of(language == PERSIAN ? parts[i].use.fa : parts[i].use.en));
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- how much there is ---- */

/* Bytes of all files below; what vanishes meanwhile is not counted. */
static int64_t folder_bytes(const char *path, int depth) {
    int64_t total = 0;
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char name[4096];
        struct stat info;
        if (str_is(str_of(entry->d_name), ".") || str_is(str_of(entry->d_name), "..")) continue;
        int n = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (n < 0 || (size_t)n >= sizeof name || lstat(name, &info)) continue;
        if (S_ISREG(info.st_mode)) total += info.st_size;
        if (S_ISDIR(info.st_mode) && depth < 8) total += folder_bytes(name, depth + 1);
    }
    if (folder) closedir(folder);
    return total;
}

static void put_folder(struct house *house, struct json_writer *w) {
    static const struct {
        const char *part, *prefix;
    } parts[] = {
        {"records", "records."}, {"events", "events."}, {"journal", "journal"}, {"imports", "imports"}};
    int64_t sizes[COUNT(parts)] = {0}, rest = 0;
    DIR *folder = opendir(house->folder);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char path[4096];
        struct stat info;
        int n = snprintf(path, sizeof path, "%s/%s", house->folder, entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof path || lstat(path, &info)) continue;
        int64_t bytes = S_ISDIR(info.st_mode)   ? folder_bytes(path, 0)
                        : S_ISREG(info.st_mode) ? info.st_size
                                                : 0;
        size_t i = 0;
        while (i < COUNT(parts) && !str_starts(str_of(entry->d_name), str_of(parts[i].prefix)))
            i++;
        *(i < COUNT(parts) ? &sizes[i] : &rest) += bytes;
    }
    if (folder) closedir(folder);
    json_name(w, STR("folder"));
    json_begin_array(w);
    for (size_t i = 0; i <= COUNT(parts); i++) {
        json_begin_object(w);
        json_put_string(w, "part", str_of(i < COUNT(parts) ? parts[i].part : "rest"));
        json_put_int(w, "bytes", i < COUNT(parts) ? sizes[i] : rest);
        json_end_object(w);
    }
    json_end_array(w);
}

static enum status put_rows(struct house *house, struct json_writer *w, struct problem *problem) {
    struct session *session = NULL;
    uint64_t event_rows = 0, events = 0;
    enum status status = events_count(house->events, &event_rows, &events, problem);
    if (status || (status = records_read(house->records, &session, problem))) return status;
    json_name(w, STR("rows"));
    json_begin_array(w);
    struct rows *rows = rows_open(session, &query_about_rows);
    bool more = true;
    for (struct str part; more;) {
        more = rows_next(rows);
        part = more ? rows_text(rows, 0, problem->arena) : STR("events");
        json_begin_object(w);
        json_put_string(w, "part", part);
        json_put_int(w, "rows", more ? rows_int(rows, 1) : (int64_t)event_rows);
        json_end_object(w);
    }
    json_end_array(w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status about_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct json_writer w = {.out = &response->body};
    char started[INSTANT_TEXT + 1];
    enum status status = OK;
    instant_print(house->started, started);
    json_begin_object(&w);
    json_put_string(&w, "version", STR(VAFA_VERSION));
    json_put_string(&w, "compiler", str_of(COMPILER));
    json_put_string(&w, "started_at", str_of(started));
    json_put_int(&w, "uptime_seconds", (clock_now(house->clock) - house->started) / 1000);
    put_parts(&w, request->language);
    /* How much there is is for whoever looks after the machine. */
    bool operates = request->principal.role >= permission_table[PERMISSION_OPERATE].least &&
                    request->principal.scope == SCOPE_ALL;
    if (operates) {
        put_folder(house, &w);
        status = put_rows(house, &w, problem);
    }
    json_end_object(&w);
    return status;
}

/* ---- limits ---- */

/* What the uses are read from, once for an answer. */
struct use {
    struct ingest_figures ingest;
    int64_t rejected, browser_accounts, largest_import, listeners;
};

static enum status read_one(struct session *session, struct rows *rows, int64_t *ret,
                            struct problem *problem) {
    (void)session;
    if (rows_next(rows) && !rows_is_null(rows, 0)) *ret = rows_int(rows, 0);
    return rows_close(rows, problem);
}

static enum status read_uses(struct house *house, struct use *use, struct problem *problem) {
    struct session *session = NULL;
    *use = (struct use){.ingest = ingest_figures(house->ingest),
                        .listeners = (int64_t)broadcast_listeners(house->broadcast)};
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    status = read_one(session, rows_open(session, &query_rejected_count), &use->rejected, problem);
    if (!status)
        status = read_one(session, rows_open(session, &query_import_largest), &use->largest_import, problem);
    if (!status) {
        struct rows *rows = rows_open(session, &query_browser_accounts_get);
        rows_bind_int(rows, "day", zone_day(house->zone, clock_now(house->clock)));
        status = read_one(session, rows, &use->browser_accounts, problem);
    }
    session_rollback(session);
    return status;
}

/* What it counts: now, since the day began, or at most so far; of one request there is no present use. */
enum limit_of { OF_NOW, OF_DAY, OF_LARGEST, OF_EACH };
static const struct {
    enum setting setting;
    enum limit_of of;
    const char *unit;
} limits[] = {
    {SETTING_JOURNAL_BACKLOG_BYTES, OF_NOW, "bytes"},
    {SETTING_INGEST_DEDUPE_MAX_KEYS, OF_NOW, "keys"},
    {SETTING_INGEST_REJECTED_KEEP, OF_NOW, "events"},
    {SETTING_HTTP_LISTENERS, OF_NOW, "listeners"},
    {SETTING_INGEST_BROWSER_ACCOUNTS, OF_DAY, "accounts"},
    {SETTING_IMPORT_MAX_BYTES, OF_LARGEST, "bytes"},
    {SETTING_INGEST_MAX_BODY_BYTES, OF_EACH, "bytes"},
    {SETTING_INGEST_MAX_INFLATED_BYTES, OF_EACH, "bytes"},
    {SETTING_INGEST_MAX_EVENTS, OF_EACH, "events"},
    {SETTING_INGEST_MAX_EVENT_BYTES, OF_EACH, "bytes"},
    {SETTING_INGEST_BROWSER_EVENTS, OF_EACH, "events"},
    {SETTING_IMPORT_MAX_FIELD_BYTES, OF_EACH, "bytes"},
    {SETTING_HTTP_API_BODY_BYTES, OF_EACH, "bytes"},
    {SETTING_HTTP_CONNECTIONS, OF_EACH, "connections"},
    {SETTING_HTTP_CONNECTIONS_PER_ADDRESS, OF_EACH, "connections"},
    {SETTING_HTTP_LISTENERS_PER_MEMBER, OF_EACH, "listeners"},
    {SETTING_EVENTS_MEMORY_MB, OF_EACH, "MiB"},
    {SETTING_INSIGHT_MEMORY_MB, OF_EACH, "MiB"},
    {SETTING_LOGIN_MEMBER_ATTEMPTS, OF_EACH, "attempts"},
    {SETTING_LOGIN_ADDRESS_ATTEMPTS, OF_EACH, "attempts"},
    {SETTING_LOGIN_CODE_ATTEMPTS, OF_EACH, "attempts"},
};

static int64_t use_of(const struct use *use, enum setting setting) {
    switch (setting) {
    case SETTING_JOURNAL_BACKLOG_BYTES:
        return (int64_t)use->ingest.backlog;
    case SETTING_INGEST_DEDUPE_MAX_KEYS:
        return (int64_t)use->ingest.dedupe_keys;
    case SETTING_INGEST_REJECTED_KEEP:
        return use->rejected;
    case SETTING_INGEST_BROWSER_ACCOUNTS:
        return use->browser_accounts;
    case SETTING_IMPORT_MAX_BYTES:
        return use->largest_import;
    default:
        return use->listeners;
    }
}

enum status limits_handle(struct request *request, struct response *response, struct problem *problem) {
    static const char *const of_names[] = {"now", "day", "largest", "each"};
    struct json_writer w = {.out = &response->body};
    struct use use;
    enum status status = read_uses(request->house, &use, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < COUNT(limits); i++) {
        const struct setting_info *info = &setting_table[limits[i].setting];
        int64_t limit = settings_int(request->house->settings, limits[i].setting),
                used = use_of(&use, limits[i].setting);
        json_begin_object(&w);
        json_put_string(&w, "key", str_of(info->key));
        json_put_string(&w, "title", str_of(request->language == PERSIAN ? info->title.fa : info->title.en));
        json_put_int(&w, "limit", limit);
        json_put_string(&w, "unit", str_of(limits[i].unit));
        json_put_string(&w, "of", str_of(of_names[limits[i].of]));
        if (limits[i].of == OF_EACH) {
            json_name(&w, STR("use"));
            json_null(&w);
            json_name(&w, STR("share"));
            json_null(&w);
        } else {
            json_put_int(&w, "use", used);
            json_put_number(&w, "share", limit ? (double)used / (double)limit : used ? 1 : 0);
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
