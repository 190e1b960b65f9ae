#include "signals/rejected.h"

#define AT(member) offsetof(struct rejected, member)
static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), .title = {"Source", "منبع"},
     .doc = "Name of the key that sent it."},
    {"browser", FIELD_BOOL, FIELD_READ_ONLY, AT(browser), .title = {"Browser key", "کلید مرورگر"},
     .doc = "It came by a browser key."},
    {"call_type", FIELD_TEXT, FIELD_READ_ONLY, AT(call_type), .title = {"Call", "فراخوانی"},
     .doc = "The call of the route, or batch."},
    {"received_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(received_at), .title = {"Received", "زمان دریافت"},
     .doc = "When it last came."},
    {"code", FIELD_TEXT, FIELD_READ_ONLY, AT(code), .title = {"Code", "کد"},
     .doc = "Stable code of the reason."},
    {"args", FIELD_JSON, FIELD_READ_ONLY, AT(args), .title = {"Arguments", "جزئیات"},
     .doc = "What the reason's sentence names."},
    {"message", FIELD_TEXT, FIELD_READ_ONLY, AT(message), .title = {"Reason", "دلیل"},
     .doc = "The reason in the reader's language."},
    {"raw", FIELD_TEXT, FIELD_READ_ONLY, AT(raw), .title = {"As sent", "متن فرستاده‌شده"},
     .doc = "The event as it was sent, at most 32 KiB."},
    {"raw_cut", FIELD_BOOL, FIELD_READ_ONLY, AT(raw_cut), .title = {"Cut", "بریده"},
     .doc = "It was longer than what is kept, and cannot be replayed."},
    {"times", FIELD_INT, FIELD_READ_ONLY, AT(times), .title = {"Times", "دفعات"},
     .doc = "How often it came."},
    {"replayed_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(replayed_at),
     .title = {"Replayed", "زمان اجرای دوباره"},
     .doc = "When it was replayed; null: not yet, or refused again."},
};
RECORD_TYPE(rejected_type, "RejectedEvent", struct rejected, fields);

/* The longest piece of at most max bytes that ends between two characters. */
static struct str cut_text(struct str s, size_t max) {
    if (s.n <= max) return s;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return (struct str){s.p, max};
}

struct rejected rejected_make(struct str source, bool browser, enum track_type type, instant_t received,
                              enum track_reason reason, const struct str args[2], struct str raw,
                              struct arena *arena) {
    struct buf list = {0};
    struct json_writer w = {&list, false};
    json_begin_array(&w);
    for (int i = 0; i < 2; i++)
        json_string(&w, args[i]);
    json_end_array(&w);
    struct rejected rejected = {
        .id = id_new(received),
        .source = source,
        .browser = browser,
        .call_type = str_of(track_type_names[type]),
        .received_at = received,
        .code = str_of(track_reasons[reason].code),
        .args = str_copy(arena, buf_str(&list)),
        .raw = str_copy(arena, cut_text(raw, REJECTED_RAW_MAX)),
        .raw_cut = raw.n > REJECTED_RAW_MAX,
        .times = 1,
    };
    buf_free(&list);
    for (size_t i = 0; i + 1 < rejected_type.count; i++)
        field_set(&rejected, (int)i); /* all but replayed_at */
    return rejected;
}

struct str rejected_message(const struct rejected *rejected, enum language language, struct arena *arena) {
    struct problem problem = {.arena = arena};
    struct json args;
    struct fault fault = {0};
    struct buf out = {0};
    for (int i = TRACK_OK + 1; i < TRACK_REASONS; i++) {
        if (str_is(rejected->code, track_reasons[i].code)) fault.message = track_reasons[i];
    }
    if (!fault.message.code) return rejected->code; /* of a newer version */
    if (!json_parse(rejected->args, arena, &args, &problem) && args.kind == JSON_ARRAY) {
        fault.args = arena_array(arena, args.n, sizeof *fault.args);
        fault.arg_count = args.n;
        for (size_t i = 0; i < args.n; i++)
            fault.args[i] = args.items[i].string;
    }
    fault_print(&fault, language, &out);
    struct str message = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return message;
}
