#include "exchange/import_events.h"

#include "exchange/import_keys.h"
#include "platform/events.h"
#include "platform/journal.h"
#include "platform/settings.h"
#include "signals/import_frame.h"
#include "signals/ingest.h"

#include <stdlib.h>

#define AT(member) offsetof(struct import_event, member)
static const struct field fields[] = {
    {"account", FIELD_TEXT, 0, AT(account), 0, IMPORT_KEY_MAX, .title = {"Account", "مشتری"},
     .synonyms = "account_id|account_key|company|company_id|customer|customer_id|group_id|organization|شناسه "
                 "مشتری|کد مشتری|شرکت|سازمان",
     .doc = "The account's key in the source; empty: by the membership of the user."},
    {"user", FIELD_TEXT, 0, AT(user), 0, IMPORT_KEY_MAX, .title = {"User", "کاربر"},
     .synonyms = "user_id|user_key|person|email|شناسه کاربر|کد کاربر|مخاطب",
     .doc = "The user's key in the source; empty: nobody known."},
    {"time", FIELD_INSTANT, FIELD_REQUIRED, AT(time), .title = {"Time", "زمان"},
     .synonyms = "date|day|at|timestamp|occurred|occurred_at|created_at|تاریخ|روز|زمان رویداد",
     .doc = "When it happened: an instant, or a local date."},
    {"event", FIELD_TEXT, FIELD_REQUIRED, AT(event), 0, 200, .title = {"Event", "رویداد"},
     .synonyms = "feature|name|action|event_name|قابلیت|نام رویداد|عمل", .doc = "What was done."},
    {"count", FIELD_INT, 0, AT(count), 1, 4000000000.0, .title = {"Count", "تعداد"},
     .synonyms = "n|times|quantity|دفعات|شمار", .doc = "How often; 1 unless given."},
    {"properties", FIELD_JSON, 0, AT(properties), .title = {"Properties", "ویژگی‌ها"},
     .synonyms = "props|جزئیات", .doc = "A JSON object."},
    {"id", FIELD_TEXT, 0, AT(id), 0, 200, .title = {"Id", "شناسه"},
     .synonyms = "event_id|message_id|شناسه رویداد",
     .doc = "The source's own id of the event; without it, identity is what the row says."},
};
RECORD_TYPE(import_event_type, "ImportEvent", struct import_event, fields);

enum { HAS_COUNT = 4, HAS_ID = 6, FUTURE_MS = 5 * 60 * 1000, FRAME_BYTES = 2 << 20 };

/* How often a row of the same identity came before in this file: open addressing by the key's 128 bits. */
struct ordinals {
    struct {
        struct event_key key;
        uint32_t seen;
    } * slots;
    size_t n, size;
};

struct import_events {
    struct house *house;
    struct import *import;
    const struct origin *origin;
    struct arena arena; /* of the rows kept */
    struct import_row *rows;
    size_t n;
    struct ordinals ordinals;
};

static uint32_t *ordinal_slot(struct ordinals *ordinals, struct event_key key) {
    size_t mask = ordinals->size - 1;
    for (size_t i = key.low & mask;; i = (i + 1) & mask) {
        if (ordinals->slots[i].seen &&
            (ordinals->slots[i].key.low != key.low || ordinals->slots[i].key.high != key.high))
            continue;
        ordinals->slots[i].key = key;
        return &ordinals->slots[i].seen;
    }
}

static uint32_t next_ordinal(struct ordinals *ordinals, struct event_key key) {
    if (ordinals->n * 4 >= ordinals->size * 3) {
        struct ordinals old = *ordinals;
        ordinals->size = old.size ? old.size * 2 : 1024;
        ordinals->slots = memory_new(ordinals->size * sizeof *ordinals->slots);
        for (size_t i = 0; i < old.size; i++) {
            if (old.slots[i].seen) *ordinal_slot(ordinals, old.slots[i].key) = old.slots[i].seen;
        }
        free(old.slots);
    }
    uint32_t *seen = ordinal_slot(ordinals, key);
    if (!*seen) ordinals->n++;
    return (*seen)++;
}

enum status import_events_begin(struct house *house, struct import *import, const struct origin *origin,
                                struct import_events **ret, struct problem *problem) {
    (void)problem;
    struct import_events *events = memory_new(sizeof *events);
    events->house = house;
    events->import = import;
    events->origin = origin;
    events->rows = memory_new(IMPORT_FRAME_ROWS * sizeof *events->rows);
    *ret = events;
    return OK;
}

enum status import_events_put(struct import_events *events, const struct import_event *row,
                              struct problem *problem) {
    if (!row->account.n && !row->user.n)
        return fail_at(
            problem, STR("account"),
            MESSAGE("event_of_nobody",
                    "The row names neither an account nor a user. Give at least one of them.",
                    "سطر نه مشتری دارد و نه کاربر. دست‌کم یکی را "
                    "بیاورید."),
            NO_ARGS);
    if (row->time > events->origin->now + FUTURE_MS)
        return fail_at(problem, STR("time"),
                       MESSAGE("event_in_future",
                               "The time lies in the future. Check the date and its calendar.",
                               "این زمان در آینده است. تاریخ و تقویم آن را بررسی کنید."),
                       NO_ARGS);
    size_t longest = (size_t)settings_int(events->house->settings, SETTING_INGEST_MAX_EVENT_BYTES);
    if (row->properties.n > longest)
        return fail_at(
            problem, STR("properties"),
            MESSAGE("event_too_large", "The properties have {0} bytes; at most {1} fit.",
                    "ویژگی‌ها {0} بایت است و حداکثر {1} بایت جا می‌شود."),
            ARGS(str_format(problem->arena, "%zu", row->properties.n),
                 str_format(problem->arena, "%zu", longest)));
    struct import_row *kept = &events->rows[events->n];
    bool assumed;
    instant_t known_from = origin_known_from(events->origin, NULL, row->time, &assumed);
    *kept = (struct import_row){
        .occurred = row->time,
        .known_from = known_from,
        .known_assumed = assumed,
        .count = field_has(row, HAS_COUNT) ? (uint32_t)row->count : 1,
        .account = str_copy(&events->arena, row->account),
        .user = str_copy(&events->arena, row->user),
        .name = str_copy(&events->arena, row->event),
        .properties = str_copy(&events->arena, row->properties),
    };
    if (field_has(row, HAS_ID)) { /* the source's id alone is the identity */
        struct import_row identity = {.name = row->id};
        kept->key = import_row_key(events->origin->source, &identity, 0);
    } else {
        uint32_t ordinal = next_ordinal(&events->ordinals, import_row_key(events->origin->source, kept, 0));
        kept->key = import_row_key(events->origin->source, kept, ordinal);
    }
    events->n++;
    bool full = events->n == IMPORT_FRAME_ROWS || events->arena.used > FRAME_BYTES;
    return full ? import_events_flush(events, problem) : OK;
}

/* What applying will find: by the counts that stand in the store now. */
static enum status count_kept(struct import_events *events, struct problem *problem) {
    struct import *import = events->import;
    struct event_key *keys = arena_array(&events->arena, events->n, sizeof *keys);
    uint32_t *counts = arena_array(&events->arena, events->n, sizeof *counts);
    for (size_t i = 0; i < events->n; i++)
        keys[i] = events->rows[i].key;
    enum status status = events_imported_known(events->house->events, keys, events->n, counts, problem);
    if (status) return status;
    struct import_undone *changed = arena_array(&events->arena, events->n, sizeof *changed);
    size_t n = 0;
    for (size_t i = 0; i < events->n; i++) {
        if (counts[i] != events->rows[i].count)
            changed[n++] = (struct import_undone){events->rows[i].key, counts[i], events->rows[i].count};
        if (!counts[i])
            import->created++;
        else if (counts[i] == events->rows[i].count)
            import->unchanged++;
        else
            import->updated++;
    }
    return import->dry_run ? OK : import_keys_add(events->house, import->id, changed, n, problem);
}

enum status import_events_flush(struct import_events *events, struct problem *problem) {
    if (!events->n) return OK;
    /* The applier has nothing of this import under way: every flush waits for it. */
    enum status status = count_kept(events, problem);
    if (!status && !events->import->dry_run) {
        struct buf frame = {0};
        import_frame_begin(&frame, events->origin->source, events->import->id, events->origin->now);
        for (size_t i = 0; i < events->n; i++)
            import_frame_row(&frame, &events->rows[i]);
        struct str part = buf_str(&frame);
        status = journal_append_wait(events->house->journal, &part, 1);
        buf_free(&frame);
        if (!status)
            status = ingest_wait_applied(events->house->ingest, journal_end(events->house->journal), -1);
        if (status)
            (void)fail(
                problem, status,
                MESSAGE(
                    "import_not_taken",
                    "The rows could not be stored. Those before them are in; send the file again "
                    "when the cause is mended.",
                    "سطرها ذخیره نشدند. سطرهای پیشین ثبت شده‌اند؛ پس از رفع علت فایل را دوباره "
                    "بفرستید."),
                NO_ARGS);
    }
    events->n = 0;
    arena_reset(&events->arena);
    return status;
}

void import_events_end(struct import_events *events) {
    if (!events) return;
    arena_free(&events->arena);
    free(events->rows);
    free(events->ordinals.slots);
    free(events);
}
