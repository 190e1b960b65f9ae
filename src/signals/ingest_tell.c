/* What was just applied, told to whoever watches: counts, and a few of the events and of the refusals. */
#include "platform/broadcast.h"
#include "signals/ingest_internal.h"

enum { SAMPLE = 10, SHOWN_BYTES = 2048 };

static struct str cut(struct str text, size_t most) {
    if (text.n <= most) return text;
    while (most && ((unsigned char)text.p[most] & 0xc0) == 0x80)
        most--;
    return (struct str){text.p, most};
}

static void put_instant(struct json_writer *w, const char *name, instant_t at) {
    char text[INSTANT_TEXT + 1];
    instant_print(at, text);
    json_put_string(w, name, str_of(text));
}

static void tell_event(struct ingest *ingest, const struct staged_event *staged, struct buf *out) {
    const struct event *event = &staged->event;
    struct directory *directory = ingest->house->directory;
    struct json_writer w = {.out = out};
    directory_lock(directory);
    uint32_t account = directory_resolve_number(directory, event->account, event->user, event->occurred);
    directory_unlock(directory);
    buf_clear(out);
    json_begin_object(&w);
    put_instant(&w, "received_at", event->received);
    put_instant(&w, "occurred_at", event->occurred);
    json_put_string(&w, "source", staged->source->name);
    json_put_string(&w, "name", cut(staged->key[KEY_NAME], SHOWN_BYTES));
    json_put_string(&w, "account", cut(staged->key[KEY_ACCOUNT], SHOWN_BYTES));
    json_put_string(&w, "user", cut(staged->key[KEY_USER], SHOWN_BYTES));
    json_put_bool(&w, "known_account", account != ACCOUNT_NONE);
    json_name(&w, STR("properties"));
    if (event->properties.n && event->properties.n <= SHOWN_BYTES &&
        !memchr(event->properties.p, '\n', event->properties.n) &&
        !memchr(event->properties.p, '\r', event->properties.n))
        json_raw(&w, event->properties);
    else
        json_null(&w); /* too long for a line: it is in the list of events */
    json_end_object(&w);
    broadcast_say(ingest->house->broadcast, TOPIC_EVENTS,
                  account == ACCOUNT_NONE ? (uint32_t)ABOUT_ALL : account, buf_str(out));
}

static void tell_rejected(struct ingest *ingest, const struct rejected *rejected, struct buf *out) {
    struct arena *arena = &ingest->batch.arena;
    struct json_writer w = {.out = out};
    buf_clear(out);
    json_begin_object(&w);
    put_instant(&w, "received_at", rejected->received_at);
    json_put_string(&w, "source", rejected->source);
    json_put_string(&w, "code", rejected->code);
    json_name(&w, STR("message"));
    json_begin_object(&w);
    json_put_string(&w, "en", rejected_message(rejected, ENGLISH, arena));
    json_put_string(&w, "fa", rejected_message(rejected, PERSIAN, arena));
    json_end_object(&w);
    json_put_string(&w, "raw", cut(rejected->raw, SHOWN_BYTES));
    json_end_object(&w);
    broadcast_say(ingest->house->broadcast, TOPIC_REJECTED, ABOUT_ALL, buf_str(out));
}

void ingest_tell(struct ingest *ingest) {
    struct broadcast *broadcast = ingest->house->broadcast;
    const struct batch *batch = &ingest->batch;
    struct buf out = {0};
    for (size_t i = 0; i < batch->events.n && i < SAMPLE && broadcast_wanted(broadcast, TOPIC_EVENTS); i++)
        tell_event(ingest, &batch->events.v[i], &out);
    for (size_t i = 0; i < batch->rejected.n && i < SAMPLE && broadcast_wanted(broadcast, TOPIC_REJECTED);
         i++)
        tell_rejected(ingest, &batch->rejected.v[i], &out);
    if (broadcast_wanted(broadcast, TOPIC_INGEST)) {
        struct ingest_figures figures = ingest_figures(ingest);
        struct json_writer w = {.out = &out};
        buf_clear(&out);
        json_begin_object(&w);
        json_put_int(&w, "events", (int64_t)figures.events);
        json_put_int(&w, "duplicates", (int64_t)figures.duplicates);
        json_put_int(&w, "rejected", (int64_t)figures.rejected);
        json_put_int(&w, "backlog_bytes", (int64_t)figures.backlog);
        json_end_object(&w);
        broadcast_say(broadcast, TOPIC_INGEST, ABOUT_NONE, buf_str(&out));
    }
    buf_free(&out);
}
