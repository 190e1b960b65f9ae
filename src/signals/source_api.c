/* GET /api/v1/sources: who tells us what, how fresh it is, and for how many accounts. */
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "platform/events.h"
#include "platform/route.h"
#include "queries.h"
#include "signals/source.h"
#include "signals/usage.h"

#include <stdlib.h>

#define AT(member) offsetof(struct source_status, member)
static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_READ_ONLY, AT(name), .title = {"Source", "منبع"}, .doc = "Its name."},
    {"what", FIELD_TEXT, FIELD_READ_ONLY, AT(what), .title = {"Gives", "داده‌ها"},
     .doc = "What it has given, separated by commas: usage, subscriptions, invoices, tickets, answers, …"},
    {"state", FIELD_TEXT, FIELD_READ_ONLY, AT(state), .title = {"State", "وضعیت"},
     .doc =
         "live; silent (its rhythm lets expect more); imported (usage from files alone); records (no usage); "
         "waiting (a key, and nothing came)."},
    {"silent_since", FIELD_DATE, FIELD_READ_ONLY, AT(silent_since), .title = {"Silent since", "خاموش از"},
     .doc = "The first local day without a word, while silent."},
    {"last_received", FIELD_INSTANT, FIELD_READ_ONLY, AT(last_received),
     .title = {"Last received", "آخرین دریافت"}, .doc = "When the last row or event came."},
    {"last_occurred", FIELD_INSTANT, FIELD_READ_ONLY, AT(last_occurred),
     .title = {"Last event", "آخرین رویداد"}, .doc = "When the last event happened."},
    {"events", FIELD_INT, FIELD_READ_ONLY, AT(events), .title = {"Events", "رویدادها"},
     .doc = "Events in all."},
    {"events_day", FIELD_INT, FIELD_READ_ONLY, AT(events_day), .title = {"24 hours", "۲۴ ساعت"},
     .doc = "Events received in the last 24 hours."},
    {"events_week", FIELD_INT, FIELD_READ_ONLY, AT(events_week), .title = {"7 days", "۷ روز"},
     .doc = "Events received in the last 7 days."},
    {"rows", FIELD_INT, FIELD_READ_ONLY, AT(rows), .title = {"Records", "رکوردها"},
     .doc = "Subscriptions, invoices, tickets, answers, invitations and activities."},
    {"lag_seconds", FIELD_NUMBER, FIELD_READ_ONLY, AT(lag_seconds), .title = {"Lag", "تأخیر"},
     .doc = "Median seconds from happening to being received, of live events of the last 7 days."},
    {"accounts", FIELD_INT, FIELD_READ_ONLY, AT(accounts), .title = {"Accounts", "مشتریان"},
     .doc = "Accounts of which it has said something."},
    {"accounts_share", FIELD_NUMBER, FIELD_READ_ONLY, AT(accounts_share), .title = {"Coverage", "پوشش"},
     .doc = "Of all accounts that are not merged, 0 to 1."},
    {"has_key", FIELD_BOOL, FIELD_READ_ONLY, AT(has_key), .title = {"Key", "کلید"},
     .doc = "A key of that name is live."},
    {"rejected", FIELD_INT, FIELD_READ_ONLY, AT(rejected), .title = {"Rejected", "ردشده"},
     .doc = "Different events that were not taken and not replayed."},
};
RECORD_TYPE(source_status_type, "SourceStatus", struct source_status, fields);

struct listing {
    VEC(struct source_status) rows;
    struct arena *arena;
    /* accounts with usage, by source number: bits */
    uint64_t **seen;
    size_t sources, words;
};

static struct source_status *row_of(struct listing *list, struct str name) {
    for (size_t i = 0; i < list->rows.n; i++)
        if (str_equal(list->rows.v[i].name, name)) return &list->rows.v[i];
    VEC_PUSH(&list->rows, (struct source_status){.name = str_copy(list->arena, name), .lag_seconds = -1});
    return &list->rows.v[list->rows.n - 1];
}

static void add_what(struct listing *list, struct source_status *row, const char *what) {
    row->what = str_format(list->arena, "%.*s%s%s", STR_ARG(row->what), row->what.n ? ", " : "", what);
}

static void see(void *self, const struct usage_entry *entry) {
    struct listing *list = self;
    if (entry->source < list->sources && list->seen[entry->source] && entry->account / 64 < list->words)
        list->seen[entry->source][entry->account / 64] |= (uint64_t)1 << entry->account % 64;
}

static enum status read_usage(struct house *house, struct listing *list, struct problem *problem) {
    struct event_source *sources;
    size_t n;
    instant_t now = clock_now(house->clock);
    day_t today = zone_day(house->zone, now);
    enum status status =
        events_by_source(house->events, now - DAY_MS, now - 7 * DAY_MS, list->arena, &sources, &n, problem);
    if (status) return status;
    directory_lock(house->directory);
    list->words = directory_size(house->directory) / 64 + 1;
    directory_unlock(house->directory);
    list->sources = events_dictionary_size(house->events, DICTIONARY_SOURCE) + 1;
    list->seen = arena_array(list->arena, list->sources, sizeof *list->seen);
    for (size_t i = 0; i < n; i++)
        if (sources[i].source < list->sources)
            list->seen[sources[i].source] = arena_array(list->arena, list->words, sizeof **list->seen);
    usage_read_lock(house->usage);
    usage_each(house->usage, INT32_MIN, INT32_MAX, see, list);
    for (size_t i = 0; i < n; i++) {
        const struct event_source *one = &sources[i];
        struct str name = events_string(house->events, DICTIONARY_SOURCE, one->source, list->arena);
        struct source_status *row = row_of(list, name);
        day_t last;
        bool silent;
        add_what(list, row, "usage");
        row->events = (int64_t)one->events;
        row->events_day = (int64_t)one->events_day;
        row->events_week = (int64_t)one->events_week;
        row->last_received = one->last_received;
        row->last_occurred = one->last_occurred;
        row->lag_seconds = one->lag_ms < 0 ? -1 : (double)one->lag_ms / 1000;
        bool heard = usage_source_health(house->usage, one->source, today, &last, &silent);
        /* What came today is no closed day yet. */
        if (heard && silent && zone_day(house->zone, one->last_occurred) == today) silent = false;
        row->state = one->imported == one->rows ? STR("imported") : silent ? STR("silent") : STR("live");
        if (silent && one->imported != one->rows) row->silent_since = last + 1;
        for (size_t w = 0; w < list->words && one->source < list->sources; w++)
            row->accounts += __builtin_popcountll(list->seen[one->source][w]);
    }
    usage_unlock(house->usage);
    return OK;
}

static enum status read_records(struct session *session, struct listing *list, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_source_rows);
    while (rows_next(rows)) {
        struct source_status *row = row_of(list, rows_text(rows, 0, list->arena));
        add_what(list, row, rows_text(rows, 1, list->arena).p);
        row->rows += rows_int(rows, 2);
        if (rows_int(rows, 3) > row->accounts) row->accounts = rows_int(rows, 3);
        if (rows_int(rows, 4) > row->last_received) row->last_received = rows_int(rows, 4);
        if (!row->state.n) row->state = STR("records");
    }
    enum status status = rows_close(rows, problem);
    if (status) return status;
    rows = rows_open(session, &query_source_keys);
    while (rows_next(rows)) {
        struct source_status *row = row_of(list, rows_text(rows, 0, list->arena));
        row->has_key = true;
        if (!row->state.n) row->state = STR("waiting");
    }
    if ((status = rows_close(rows, problem))) return status;
    rows = rows_open(session, &query_source_rejected);
    while (rows_next(rows)) {
        struct source_status *row = row_of(list, rows_text(rows, 0, list->arena));
        row->rejected = rows_int(rows, 1);
        if (!row->state.n) row->state = STR("waiting");
    }
    return rows_close(rows, problem);
}

static int by_name(const void *a, const void *b) {
    return str_compare(((const struct source_status *)a)->name, ((const struct source_status *)b)->name);
}

static void write_rows(struct house *house, struct listing *list, struct json_writer *w) {
    int64_t accounts = 0;
    directory_lock(house->directory);
    for (size_t i = 0; i < directory_size(house->directory); i++)
        accounts += !directory_account(house->directory, (uint32_t)i)->merged;
    directory_unlock(house->directory);
    if (list->rows.n) qsort(list->rows.v, list->rows.n, sizeof *list->rows.v, by_name);
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; i < list->rows.n; i++) {
        struct source_status *row = &list->rows.v[i];
        static const char *const optional[] = {"silent_since", "last_received",  "last_occurred",
                                               "lag_seconds",  "accounts_share", "what"};
        bool present[] = {
            row->silent_since != 0, row->last_received != 0, row->last_occurred != 0, row->lag_seconds >= 0,
            accounts > 0,           row->what.n > 0};
        if (accounts) row->accounts_share = (double)row->accounts / (double)accounts;
        row->has = ~(uint64_t)0;
        for (size_t k = 0; k < COUNT(optional); k++)
            if (!present[k])
                row->has &= ~((uint64_t)1 << field_index(&source_status_type, str_of(optional[k])));
        fields_encode(&source_status_type, row, w);
    }
    json_end_array(w);
    json_put_int(w, "accounts", accounts);
    json_end_object(w);
}

enum status source_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct listing list = {.arena = request->arena};
    struct session *session = NULL;
    enum status status = read_usage(request->house, &list, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = read_records(session, &list, problem);
    session_rollback(session);
    if (!status) write_rows(request->house, &list, &(struct json_writer){.out = &response->body});
    VEC_FREE(&list.rows);
    return status;
}
