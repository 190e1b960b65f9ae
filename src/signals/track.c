#include "signals/track.h"
#include "base/json.h"

/* clang-format would break a Persian sentence at every word. */
/* clang-format off */
const struct message track_reasons[TRACK_REASONS] = {
    [REASON_NOT_OBJECT] = {
        "event_not_object",
        "The event is not a JSON object.",
        "رویداد یک شیء JSON نیست."},
    [REASON_UNREADABLE] = {
        "event_unreadable",
        "The event holds half of a surrogate pair or a number that no program can hold. Send valid text and numbers.",
        "رویداد نیمهٔ یک جفت جایگزین (surrogate) یا عددی دارد که در هیچ برنامه‌ای جا نمی‌شود. متن و عدد درست بفرستید."},
    [REASON_TOO_LARGE] = {
        "event_over_limit",
        "The event has {0} bytes; {1} are allowed. Send less in its properties.",
        "رویداد {0} بایت است و سقف آن {1} بایت است. ویژگی‌های کمتری بفرستید."},
    [REASON_TYPE] = {
        "event_type_unknown",
        "“{0}” is no call of the track API. Use track, identify, group, page, screen or alias.",
        "«{0}» از فراخوانی‌های دریافت رویداد نیست. یکی از track، identify، group، page، screen یا alias را به کار ببرید."},
    [REASON_MEMBER] = {
        "event_member_type",
        "“{0}” has the wrong type. Send {1}.",
        "نوع «{0}» نادرست است. {1} بفرستید."},
    [REASON_NOBODY] = {
        "event_nobody",
        "Neither userId nor anonymousId is there. Send one of them.",
        "نه userId هست و نه anonymousId. یکی از آن دو را بفرستید."},
    [REASON_NO_EVENT] = {
        "event_name_missing",
        "A track call needs “event”: the name of what happened.",
        "فراخوانی track به «event» نیاز دارد: نام آنچه رخ داده است."},
    [REASON_NO_GROUP] = {
        "event_group_missing",
        "A group call needs “groupId”: the account's key.",
        "فراخوانی group به «groupId» نیاز دارد: کلید مشتری."},
    [REASON_NO_PREVIOUS] = {
        "event_previous_missing",
        "An alias call needs “previousId” and “userId”, and they must differ.",
        "فراخوانی alias به «previousId» و «userId» نیاز دارد و این دو باید متفاوت باشند."},
    [REASON_TOO_LONG] = {
        "event_member_too_long",
        "“{0}” is longer than {1} bytes. Shorten it.",
        "«{0}» از {1} بایت بلندتر است. آن را کوتاه کنید."},
    [REASON_CONTROL] = {
        "event_member_control",
        "“{0}” holds control characters. Remove them.",
        "«{0}» نویسهٔ کنترلی دارد. آن را بردارید."},
    [REASON_TIME] = {
        "event_time_wrong",
        "“{0}” is not a time: {1}. Send ISO 8601, such as 2026-03-21T08:30:00Z.",
        "«{0}» زمان درستی نیست: {1}. زمان را به شکل ISO 8601 بفرستید، مانند 2026-03-21T08:30:00Z."},
    [REASON_TOO_OLD] = {
        "event_time_too_old",
        "“{0}” lies before 1990: {1}. Check the clock of the client.",
        "«{0}» پیش از سال ۱۹۹۰ است: {1}. ساعت فرستنده را بررسی کنید."},
    [REASON_BROWSER_ALIAS] = {
        "event_browser_alias",
        "A browser key may not join people who are both known. Send the alias call with a server key.",
        "کلید مرورگر نمی‌تواند دو فرد شناخته‌شده را یکی کند. فراخوانی alias را با کلید سرور بفرستید."},
    [REASON_BROWSER_ACCOUNTS] = {
        "event_browser_accounts",
        "The account “{0}” is unknown, and browser keys have made their {1} new accounts of the day. Create the account, "
        "then replay.",
        "مشتری «{0}» شناخته نیست و کلیدهای مرورگر سهمیهٔ {1} مشتری تازهٔ امروز را پر کرده‌اند. مشتری را بسازید و سپس "
        "دوباره اجرا کنید."},
    [REASON_UNKNOWN_ACCOUNT] = {
        "event_account_unknown",
        "The account “{0}” is unknown, and the source “{1}” does not create accounts. Create it, then replay.",
        "مشتری «{0}» شناخته نیست و منبع «{1}» مشتری نمی‌سازد. آن را بسازید و سپس دوباره اجرا کنید."},
    [REASON_REFUSED] = {
        "event_refused",
        "The records refused what it says: {0}",
        "سامانه محتوای آن را نپذیرفت: {0}"},
    [REASON_BODY] = {
        "event_body_unreadable",
        "The body could not be read: {0}",
        "بدنهٔ درخواست خوانده نشد: {0}"},
};
/* clang-format on */

static const char *const member_names[TRACK_TEXT_MEMBERS] = {
    [TRACK_EVENT] = "event",
    [TRACK_NAME] = "name",
    [TRACK_CATEGORY] = "category",
    [TRACK_USER_ID] = "userId",
    [TRACK_ANONYMOUS_ID] = "anonymousId",
    [TRACK_GROUP_ID] = "groupId",
    [TRACK_PREVIOUS_ID] = "previousId",
    [TRACK_MESSAGE_ID] = "messageId",
    [TRACK_TIMESTAMP] = "timestamp",
    [TRACK_ORIGINAL_TIMESTAMP] = "originalTimestamp",
    [TRACK_SENT_AT] = "sentAt",
    [TRACK_TYPE] = "type",
};
static const uint8_t member_max[TRACK_TEXT_MEMBERS] = {
    /* 0: checked otherwise */
    [TRACK_EVENT] = TRACK_NAME_MAX,      [TRACK_NAME] = TRACK_ID_MAX,
    [TRACK_CATEGORY] = TRACK_ID_MAX,     [TRACK_USER_ID] = TRACK_ID_MAX,
    [TRACK_ANONYMOUS_ID] = TRACK_ID_MAX, [TRACK_GROUP_ID] = TRACK_ID_MAX,
    [TRACK_PREVIOUS_ID] = TRACK_ID_MAX,  [TRACK_MESSAGE_ID] = TRACK_MESSAGE_ID_MAX,
};

/* Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms"). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400), doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

/* n digits at *c. */
static bool digits(const char **c, const char *end, int n, unsigned *out) {
    unsigned value = 0;
    if (end - *c < n) return false;
    for (int i = 0; i < n; i++) {
        unsigned digit = (unsigned)((*c)[i] - '0');
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    *c += n;
    *out = value;
    return true;
}

static bool literal(const char **c, const char *end, char want) {
    if (*c >= end || **c != want) return false;
    (*c)++;
    return true;
}

bool track_time_parse(struct str text, instant_t *out) {
    static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t epoch;
    if (text.n >= 9 && text.n <= 14 && !memchr(text.p, '-', text.n) && str_to_int(text, &epoch) &&
        epoch > 0) {
        *out = text.n <= 11 ? epoch * 1000 : epoch;
        return true;
    }
    const char *c = text.p, *end = text.p + text.n;
    unsigned year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
    int64_t offset = 0;
    if (!digits(&c, end, 4, &year) || !literal(&c, end, '-') || !digits(&c, end, 2, &month) ||
        !literal(&c, end, '-') || !digits(&c, end, 2, &day) || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > month_days[month - 1] + (unsigned)(month == 2 && leap)) return false;
    if (c < end) {
        if (!literal(&c, end, 'T') && !literal(&c, end, 't') && !literal(&c, end, ' ')) return false;
        if (!digits(&c, end, 2, &hour) || !literal(&c, end, ':') || !digits(&c, end, 2, &minute) ||
            hour > 23 || minute > 59)
            return false;
        if (literal(&c, end, ':')) {
            if (!digits(&c, end, 2, &second) || second > 60)
                return false; /* 60: a leap second, counted as the next second */
            if (literal(&c, end, '.') || literal(&c, end, ',')) {
                unsigned scale = 100;
                if (c == end || *c < '0' || *c > '9') return false;
                for (; c < end && *c >= '0' && *c <= '9'; c++, scale /= 10)
                    ms += (unsigned)(*c - '0') * scale;
            }
        }
        if (c < end && (*c == '+' || *c == '-')) {
            int sign = *c++ == '-' ? -1 : 1;
            unsigned h, m = 0;
            if (!digits(&c, end, 2, &h) || h > 23) return false;
            literal(&c, end, ':');
            if (c < end && (!digits(&c, end, 2, &m) || m > 59)) return false;
            offset = sign * (int64_t)(h * 60 + m) * 60000;
        } else if (!literal(&c, end, 'Z')) {
            literal(&c, end, 'z');
        }
        if (c != end) return false;
    }
    *out =
        ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60000 + second * 1000 + ms - offset;
    return true;
}

instant_t track_occurred(const instant_t *original, const instant_t *sent, instant_t received,
                         bool *corrected) {
    *corrected = false;
    if (!original) return received;
    instant_t occurred = *original;
    if (sent) {
        int64_t skew = received - *sent;
        if (skew > TRACK_SKEW_MS || skew < -TRACK_SKEW_MS) {
            occurred += skew;
            *corrected = true;
        }
    }
    if (occurred > received + TRACK_FUTURE_MS) {
        occurred = received;
        *corrected = true;
    }
    return occurred;
}

static bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f) return true;
    }
    return false;
}

/* Types, lengths and characters of what was sent. */
static enum track_reason check_members(const struct track_event *event, struct str args[2],
                                       struct arena *arena) {
    if (event->mistyped & TRACK_NOT_OBJECT) return REASON_NOT_OBJECT;
    if (event->mistyped & TRACK_TOO_LARGE) {
        args[0] = str_format(arena, "%zu", event->raw.n);
        return REASON_TOO_LARGE;
    }
    if (event->mistyped & TRACK_UNREADABLE) return REASON_UNREADABLE;
    if (event->mistyped) {
        bool object = event->mistyped & (TRACK_TRAITS_MISTYPED | TRACK_PROPERTIES_MISTYPED);
        args[0] = event->mistyped & TRACK_TRAITS_MISTYPED ? STR("traits") : STR("properties");
        for (int i = 0; i < TRACK_TEXT_MEMBERS && !object; i++) {
            if (event->mistyped >> i & 1) args[0] = str_of(member_names[i]);
        }
        args[1] = object ? STR("{…}") : STR("\"…\"");
        return REASON_MEMBER;
    }
    for (int i = 0; i < TRACK_TEXT_MEMBERS; i++) {
        struct str text = event->text[i];
        if (!member_max[i] || !text.n) continue;
        args[0] = str_of(member_names[i]);
        if (text.n > member_max[i]) {
            args[1] = str_format(arena, "%d", member_max[i]);
            return REASON_TOO_LONG;
        }
        if (has_control(text)) return REASON_CONTROL;
    }
    return TRACK_OK;
}

static enum track_reason read_time(const struct track_event *event, enum track_member member, instant_t *out,
                                   const instant_t **given, struct str args[2]) {
    struct str text = event->text[member];
    *given = 0;
    if (!text.n) return TRACK_OK;
    if (!track_time_parse(text, out)) {
        args[0] = str_of(member_names[member]);
        args[1] = str_slice(text, 0, 60);
        return REASON_TIME;
    }
    *given = out;
    return TRACK_OK;
}

/* Page and screen calls become events of one name, with their own name and category among the properties. */
static struct str page_properties(const struct track_event *event, struct arena *arena) {
    struct str inner = event->properties.n
                           ? str_trim((struct str){event->properties.p + 1, event->properties.n - 2})
                           : (struct str){0};
    if (!event->text[TRACK_NAME].n && !event->text[TRACK_CATEGORY].n) return event->properties;
    struct buf out = {0};
    struct json_writer w = {&out, false};
    json_begin_object(&w);
    if (event->text[TRACK_NAME].n) json_put_string(&w, "page_name", event->text[TRACK_NAME]);
    if (event->text[TRACK_CATEGORY].n) json_put_string(&w, "page_category", event->text[TRACK_CATEGORY]);
    if (inner.n) {
        buf_put_byte(&out, ',');
        buf_put_str(&out, inner);
    }
    json_end_object(&w);
    struct str copy = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

enum track_reason track_accept(const struct track_event *event, instant_t received, struct arena *arena,
                               struct track_call *call, struct str args[2]) {
    enum track_reason reason = check_members(event, args, arena);
    if (reason) return reason;
    const struct str *text = event->text;
    *call = (struct track_call){
        .type = event->type,
        .user = text[TRACK_USER_ID],
        .account = text[TRACK_GROUP_ID],
        .previous = text[TRACK_PREVIOUS_ID],
        .message_id = text[TRACK_MESSAGE_ID],
        .traits = event->traits,
        .properties = event->properties,
    };
    if (call->user.n) {
        call->anonymous_id = text[TRACK_ANONYMOUS_ID];
    } else {
        call->user = text[TRACK_ANONYMOUS_ID];
        call->anonymous = call->user.n > 0;
    }
    if (!call->user.n && event->type != TRACK_GROUP && event->type != TRACK_UNKNOWN &&
        event->type != TRACK_ALIAS)
        return REASON_NOBODY;
    switch (event->type) {
    case TRACK_TRACK:
        if (!text[TRACK_EVENT].n) return REASON_NO_EVENT;
        call->name = text[TRACK_EVENT];
        break;
    case TRACK_PAGE:
    case TRACK_SCREEN:
        call->name = event->type == TRACK_PAGE ? STR("Page Viewed") : STR("Screen Viewed");
        call->properties = page_properties(event, arena);
        break;
    case TRACK_GROUP:
        if (!call->account.n) return REASON_NO_GROUP;
        break;
    case TRACK_ALIAS:
        if (!call->previous.n || !text[TRACK_USER_ID].n || str_equal(call->previous, call->user))
            return REASON_NO_PREVIOUS;
        break;
    case TRACK_IDENTIFY:
        break;
    case TRACK_UNKNOWN:
    case TRACK_BATCH:
        args[0] = str_slice(text[TRACK_TYPE], 0, 60);
        return REASON_TYPE;
    }
    instant_t original, sent;
    const instant_t *has_original, *has_sent;
    enum track_member member = text[TRACK_ORIGINAL_TIMESTAMP].n ? TRACK_ORIGINAL_TIMESTAMP : TRACK_TIMESTAMP;
    if ((reason = read_time(event, member, &original, &has_original, args))) return reason;
    if ((reason = read_time(event, TRACK_SENT_AT, &sent, &has_sent, args))) return reason;
    call->occurred = track_occurred(has_original, has_sent, received, &call->time_corrected);
    if (call->occurred < TRACK_EARLIEST) {
        args[0] = str_of(member_names[member]);
        args[1] = str_slice(text[member], 0, 60);
        return REASON_TOO_OLD;
    }
    return TRACK_OK;
}
