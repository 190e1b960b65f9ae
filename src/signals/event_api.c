#include "signals/event_api.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/events.h"
#include "signals/ingest.h"

#include <inttypes.h>
#include <stdio.h>

#define AT(member) offsetof(struct event_row, member)
static const struct field fields[] = {
    {"id", FIELD_TEXT, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"},
     .doc = "The event's 128-bit key in hexadecimal."},
    {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), .title = {"Source", "منبع"},
     .doc = "The key or import that brought it."},
    {"account_key", FIELD_TEXT, FIELD_READ_ONLY, AT(account_key), .title = {"Account key", "کلید مشتری"},
     .doc = "The account as received."},
    {"user_key", FIELD_TEXT, FIELD_READ_ONLY, AT(user_key), .title = {"User key", "کلید کاربر"},
     .doc = "The person as received."},
    {"account", FIELD_TEXT, FIELD_READ_ONLY, AT(account), .title = {"Account", "مشتری"},
     .doc = "Whom it counts for now; null: unassigned."},
    {"name", FIELD_TEXT, FIELD_READ_ONLY, AT(name), .title = {"Event", "رویداد"}, .doc = "What happened."},
    {"count", FIELD_INT, FIELD_READ_ONLY, AT(count), .title = {"Count", "تعداد"},
     .doc = "How often: a row may stand for several."},
    {"occurred", FIELD_INSTANT, FIELD_READ_ONLY, AT(occurred), .title = {"Occurred", "زمان رخداد"},
     .doc = "When it happened."},
    {"received", FIELD_INSTANT, FIELD_READ_ONLY, AT(received), .title = {"Received", "زمان دریافت"},
     .doc = "When it came."},
    {"known_from", FIELD_INSTANT, FIELD_READ_ONLY, AT(known_from), .title = {"Known from", "دانسته از"},
     .doc = "Since when it could be known."},
    {"anonymous", FIELD_BOOL, FIELD_READ_ONLY, AT(anonymous), .title = {"Anonymous", "ناشناس"},
     .doc = "The person is an anonymousId."},
    {"imported", FIELD_BOOL, FIELD_READ_ONLY, AT(imported), .title = {"Imported", "واردشده"},
     .doc = "It came by an import."},
    {"browser", FIELD_BOOL, FIELD_READ_ONLY, AT(browser), .title = {"Browser", "مرورگر"},
     .doc = "It came by a browser key: lower trust."},
    {"time_corrected", FIELD_BOOL, FIELD_READ_ONLY, AT(time_corrected),
     .title = {"Time corrected", "زمان اصلاح‌شده"}, .doc = "The client's clock was wrong."},
    {"known_assumed", FIELD_BOOL, FIELD_READ_ONLY, AT(known_assumed),
     .title = {"Known assumed", "آگاهی مفروض"}, .doc = "known_from was assumed."},
    {"message_id", FIELD_TEXT, FIELD_READ_ONLY, AT(message_id), .title = {"Message id", "شناسهٔ پیام"},
     .doc = "As received."},
    {"properties", FIELD_JSON, FIELD_READ_ONLY, AT(properties), .title = {"Properties", "ویژگی‌ها"},
     .doc = "As received."},
};
RECORD_TYPE(event_row_type, "Event", struct event_row, fields);

const struct route_query event_list_query[] = {
    {"account", "Only of this account: its id, key or name."},
    {"user", "Only of this user key, of any source."},
    {"since", "Only from this local day on."},
    {"until", "Only before this local day."},
    {"unassigned", "1: only events that belong to no account."},
    {NULL, NULL},
};

#define STATUS_AT(member) offsetof(struct ingest_status, member)
static const struct field status_fields[] = {
    {"events", FIELD_INT, FIELD_READ_ONLY, STATUS_AT(events), .title = {"Events", "رویدادها"},
     .doc = "Applied since the start of the process."},
    {"duplicates", FIELD_INT, FIELD_READ_ONLY, STATUS_AT(duplicates),
     .title = {"Duplicates", "تکراری‌ها"}, .doc = "Dropped as known since then."},
    {"rejected", FIELD_INT, FIELD_READ_ONLY, STATUS_AT(rejected),
     .title = {"Rejected", "پذیرفته‌نشده"}, .doc = "Not taken since then."},
    {"unassigned", FIELD_INT, FIELD_READ_ONLY, STATUS_AT(unassigned),
     .title = {"Unassigned", "بی‌مشتری"}, .doc = "Events in the store that belong to no account."},
    {"backlog_bytes", FIELD_INT, FIELD_READ_ONLY, STATUS_AT(backlog_bytes), .title = {"Waiting", "در صف"},
     .doc = "Bytes received and not yet applied."},
};
RECORD_TYPE(ingest_status_type, "IngestStatus", struct ingest_status, status_fields);

typedef VEC(uint32_t) numbers;

/* Which rows are asked for. Events of an account are those that name it, and those without an account by its
 * people. */
struct wanted {
    struct event_filter keyed, keyless; /* keyless: rows without an account key */
    bool use_keyed, use_keyless;
    uint32_t account; /* ACCOUNT_NONE: any */
    bool unassigned;
    numbers accounts, users;
    const struct principal *principal;
};

static void users_of_key(struct house *house, struct str key, numbers *users) {
    size_t n = events_dictionary_size(house->events, DICTIONARY_SOURCE);
    for (uint32_t source = 1; source <= n; source++) {
        struct buf full = {0};
        buf_format(&full, "%" PRIu32 "%c", source, 0);
        buf_put_str(&full, key);
        uint32_t number = events_find(house->events, DICTIONARY_USER, buf_str(&full));
        if (number) VEC_PUSH(users, number);
        buf_free(&full);
    }
}

static enum status read_wanted(struct request *request, struct wanted *wanted, bool *none,
                               struct problem *problem) {
    static const uint32_t no_account = 0;
    struct house *house = request->house;
    struct str account = request_query(request, "account"), user = request_query(request, "user");
    day_t since = INT32_MIN, until = INT32_MIN;
    int64_t unassigned = 0;
    *wanted = (struct wanted){.account = ACCOUNT_NONE, .use_keyed = true, .principal = &request->principal};
    *none = false;
    enum status status = request_query_day(request, "since", &since, problem);
    if (!status) status = request_query_day(request, "until", &until, problem);
    if (!status) status = request_query_int(request, "unassigned", 0, 1, &unassigned, problem);
    if (status) return status;
    if (since != INT32_MIN || until != INT32_MIN) {
        wanted->keyed.occurred_from = since == INT32_MIN ? INT64_MIN + 1 : zone_start(house->zone, since);
        wanted->keyed.occurred_to = until == INT32_MIN ? INT64_MAX : zone_start(house->zone, until);
    }
    if (user.p) {
        users_of_key(house, user, &wanted->users);
        if (!wanted->users.n) *none = true;
    }
    wanted->unassigned = unassigned;
    if (account.p) {
        directory_lock(house->directory);
        status = directory_find(house->directory, account, &wanted->account, problem);
        if (!status && !directory_in_scope(house->directory, wanted->account, &request->principal))
            status = fail_not_found(problem, (struct text){"account", "مشتری"}, account);
        size_t n = status ? 0 : events_dictionary_size(house->events, DICTIONARY_ACCOUNT);
        for (uint32_t i = 1; i <= n; i++) {
            if (directory_account_of_number(house->directory, i) == wanted->account)
                VEC_PUSH(&wanted->accounts, i);
        }
        n = status || user.p ? 0 : events_dictionary_size(house->events, DICTIONARY_USER);
        for (uint32_t i = 1; i <= n; i++) {
            if (directory_resolve_number(house->directory, 0, i, INT64_MAX) == wanted->account)
                VEC_PUSH(&wanted->users, i);
        }
        directory_unlock(house->directory);
        if (status) return status;
        wanted->use_keyed = wanted->accounts.n > 0;
        wanted->use_keyless = wanted->users.n > 0;
    }
    wanted->keyless = wanted->keyed;
    wanted->keyed.accounts = wanted->accounts.v;
    wanted->keyed.account_count = wanted->accounts.n;
    wanted->keyless.accounts = &no_account;
    wanted->keyless.account_count = 1;
    wanted->keyless.users = wanted->users.v;
    wanted->keyless.user_count = wanted->users.n;
    if (user.p) {
        wanted->keyed.users = wanted->users.v;
        wanted->keyed.user_count = wanted->users.n;
    }
    if (wanted->unassigned) {
        wanted->use_keyed = false;
        wanted->use_keyless = true;
        if (account.p) *none = true;
    }
    return OK;
}

/* Newest first. Cursors say where a page ended: "occurred.high.low" in hexadecimal. */
static bool read_cursor(struct str text, struct event_position *at) {
    struct str low, rest, occurred = str_cut(text, '.', &rest), high = str_cut(rest, '.', &low);
    struct str parts[3] = {occurred, high, low};
    uint64_t values[3] = {0};
    for (int i = 0; i < 3; i++) {
        if (parts[i].n != 16) return false;
        for (size_t c = 0; c < 16; c++) {
            char digit = parts[i].p[c];
            int value = digit >= '0' && digit <= '9'   ? digit - '0'
                        : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                       : -1;
            if (value < 0) return false;
            values[i] = values[i] << 4 | (uint64_t)value;
        }
    }
    *at = (struct event_position){(instant_t)values[0], {values[1], values[2]}};
    return true;
}

static int newest_first(const struct event *a, const struct event *b) {
    if (a->occurred != b->occurred) return a->occurred > b->occurred ? -1 : 1;
    if (a->key.high != b->key.high) return a->key.high > b->key.high ? -1 : 1;
    return a->key.low > b->key.low ? -1 : a->key.low < b->key.low;
}

static struct str behind_source(struct house *house, enum event_dictionary dictionary, uint32_t number,
                                struct arena *arena) {
    struct str key;
    if (!number) return (struct str){0};
    str_cut(events_string(house->events, dictionary, number, arena), 0, &key);
    return key;
}

static void fill(struct house *house, const struct event *event, uint32_t account, struct event_row *row,
                 struct arena *arena) {
    *row = (struct event_row){
        .id = str_format(arena, "%016" PRIx64 "%016" PRIx64, event->key.high, event->key.low),
        .source = events_string(house->events, DICTIONARY_SOURCE, event->source, arena),
        .account_key = behind_source(house, DICTIONARY_ACCOUNT, event->account, arena),
        .user_key = behind_source(house, DICTIONARY_USER, event->user, arena),
        .name = events_string(house->events, DICTIONARY_NAME, event->name, arena),
        .count = event->count,
        .occurred = event->occurred,
        .received = event->received,
        .known_from = event->known_from,
        .anonymous = event->flags & EVENT_ANONYMOUS,
        .imported = event->flags & EVENT_IMPORTED,
        .browser = event->flags & EVENT_BROWSER,
        .time_corrected = event->flags & EVENT_TIME_CORRECTED,
        .known_assumed = event->flags & EVENT_KNOWN_ASSUMED,
        .message_id = event->message_id,
        .properties = event->properties,
    };
    if (account != ACCOUNT_NONE) {
        const struct directory_account *found = directory_account(house->directory, account);
        row->account = found->key.n ? str_copy(arena, found->key) : id_str(arena, found->id);
    }
    for (size_t i = 0; i < event_row_type.count; i++) {
        const struct field *field = &event_row_type.fields[i];
        bool text = field->type == FIELD_TEXT || field->type == FIELD_JSON;
        if (!text || ((const struct str *)(const void *)((const char *)row + field->offset))->n)
            field_set(row, (int)i);
    }
}

/* One page into rows; *more: there is a next one, behind *last. Few events may fit a reader's scope: a page
 * that has looked through LOOKS lists ends early, and the next one goes on where it stopped. */
static enum status read_page(struct request *request, const struct wanted *wanted, struct event_position at,
                             size_t limit, struct json_writer *w, bool *more, struct event_position *last,
                             struct problem *problem) {
    struct house *house = request->house;
    enum { LOOKS = 50 };
    size_t written = 0, chunk = limit + 1;
    struct arena arena = {0}; /* of one look */
    enum status status = OK;
    bool exhausted = false;
    *more = false;
    for (int look = 0; !status && !*more && !exhausted; look++) {
        if (look == LOOKS) {
            *more = true;
            *last = at;
            break;
        }
        arena_reset(&arena);
        struct event *lists[2] = {NULL, NULL};
        size_t n[2] = {0, 0}, i[2] = {0, 0};
        if (wanted->use_keyed)
            status = events_list(house->events, &wanted->keyed, at, chunk, &arena, &lists[0], &n[0], problem);
        if (!status && wanted->use_keyless)
            status =
                events_list(house->events, &wanted->keyless, at, chunk, &arena, &lists[1], &n[1], problem);
        if (status) break;
        exhausted = n[0] < chunk && n[1] < chunk;
        directory_lock(house->directory);
        while (i[0] < n[0] || i[1] < n[1]) {
            int from = i[0] == n[0]                                          ? 1
                       : i[1] == n[1]                                        ? 0
                       : newest_first(&lists[0][i[0]], &lists[1][i[1]]) <= 0 ? 0
                                                                             : 1;
            if (!exhausted && ((i[0] == n[0] && n[0] == chunk) || (i[1] == n[1] && n[1] == chunk)))
                break; /* older rows of it not read yet */
            const struct event *event = &lists[from][i[from]++];
            uint32_t account =
                directory_resolve_number(house->directory, event->account, event->user, event->occurred);
            bool fits = wanted->unassigned ? account == ACCOUNT_NONE
                                           : wanted->account == ACCOUNT_NONE || account == wanted->account;
            if (fits && account == ACCOUNT_NONE)
                fits = wanted->principal->scope == SCOPE_ALL;
            else if (fits)
                fits = directory_in_scope(house->directory, account, wanted->principal);
            if (fits && written == limit) {
                *more = true;
                break;
            }
            at = (struct event_position){event->occurred, event->key};
            if (!fits) continue;
            struct event_row row;
            fill(house, event, account, &row, &arena);
            fields_encode(&event_row_type, &row, w);
            *last = at;
            written++;
        }
        directory_unlock(house->directory);
    }
    arena_free(&arena);
    return status;
}

enum status event_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct wanted wanted;
    struct event_position at = {0}, last = {0};
    struct str cursor = request_query(request, "cursor");
    int64_t limit = LIST_DEFAULT;
    bool none, more = false;
    enum status status = request_query_int(request, "limit", 1, LIST_MOST, &limit, problem);
    if (!status && cursor.p && !read_cursor(cursor, &at))
        status = fail_at(
            problem, STR("cursor"),
            MESSAGE("cursor_wrong", "“{0}” is no cursor of this list.", "«{0}» نشانگر این فهرست نیست."),
            ARGS(cursor));
    if (status) return status;
    status = read_wanted(request, &wanted, &none, problem);
    struct json_writer w = {&response->body, false};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    if (!status && !none) status = read_page(request, &wanted, at, (size_t)limit, &w, &more, &last, problem);
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (more) {
        json_string(&w, str_format(request->arena, "%016" PRIx64 ".%016" PRIx64 ".%016" PRIx64,
                                   (uint64_t)last.occurred, last.key.high, last.key.low));
    } else {
        json_null(&w);
    }
    json_put_bool(&w, "has_more", more);
    json_end_object(&w);
    VEC_FREE(&wanted.accounts);
    VEC_FREE(&wanted.users);
    return status;
}

enum status ingest_handle_status(struct request *request, struct response *response,
                                 struct problem *problem) {
    (void)problem;
    struct ingest_figures figures = ingest_figures(request->house->ingest);
    struct ingest_status row = {.has = (UINT64_C(1) << COUNT(status_fields)) - 1,
                                .events = (int64_t)figures.events,
                                .duplicates = (int64_t)figures.duplicates,
                                .rejected = (int64_t)figures.rejected,
                                .unassigned = (int64_t)figures.unassigned,
                                .backlog_bytes = (int64_t)figures.backlog};
    answer_record(request, response, 200, &ingest_status_type, &row, 0);
    return OK;
}

/* ---- keys of accounts ---- */

static uint32_t index_of(struct request *request, struct str typed) {
    struct problem ignored = {.arena = request->arena};
    uint32_t index = ACCOUNT_NONE;
    directory_lock(request->house->directory);
    if (!typed.n || directory_find(request->house->directory, typed, &index, &ignored)) index = ACCOUNT_NONE;
    directory_unlock(request->house->directory);
    return index;
}

static enum status rebuilt(struct request *request, struct response *response, handler handle,
                           struct problem *problem) {
    struct account_merge_input *merge = handle == account_handle_merge ? request->input : NULL;
    uint32_t list[2], n = 0, index = index_of(request, request_param(request, "id"));
    if (index != ACCOUNT_NONE) list[n++] = index;
    index = merge ? index_of(request, merge->into) : ACCOUNT_NONE;
    if (index != ACCOUNT_NONE) list[n++] = index;
    enum status status = handle(request, response, problem);
    if (status || !request->house->ingest) return status;
    if (handle == account_handle_unmerge || handle == contact_handle_unlink)
        n = 0; /* whom it lived in is not known any more: everything */
    if (!ingest_rebuild(request->house->ingest, list, n, NULL, 0)) return OK;
    return fail(
        problem, UNAVAILABLE,
        MESSAGE("usage_not_rebuilt",
                "The keys were changed, but usage could not be built again. It will be at the next start.",
                "کلیدها تغییر کرد، ولی مصرف دوباره ساخته نشد. در "
                "راه‌اندازی "
                "بعدی "
                "ساخته "
                "می‌شود."),
        NO_ARGS);
}

enum status event_handle_account_link(struct request *request, struct response *response,
                                      struct problem *problem) {
    return rebuilt(request, response, account_handle_link, problem);
}

enum status event_handle_account_unlink(struct request *request, struct response *response,
                                        struct problem *problem) {
    return rebuilt(request, response, account_handle_unlink, problem);
}

enum status event_handle_account_merge(struct request *request, struct response *response,
                                       struct problem *problem) {
    return rebuilt(request, response, account_handle_merge, problem);
}

enum status event_handle_account_unmerge(struct request *request, struct response *response,
                                         struct problem *problem) {
    return rebuilt(request, response, account_handle_unmerge, problem);
}

enum status event_handle_contact_unlink(struct request *request, struct response *response,
                                        struct problem *problem) {
    return rebuilt(request, response, contact_handle_unlink, problem);
}
