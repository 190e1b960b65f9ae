#include "signals/track_json.h"
#include "signals/json_index.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_DEPTH = 64, FIRST_EVENTS = 256 };

const char *const track_type_names[] = {"", "track", "identify", "group", "page", "screen", "alias", "batch"};

struct track_parser {
    struct json_index *index;
    struct track_event *events;
    size_t capacity;
};

struct track_parser *track_parser_new(void) {
    struct track_parser *parser = memory_new(sizeof *parser);
    parser->index = json_index_new();
    if (!parser->index) abort(); /* as memory_new: no memory */
    return parser;
}

void track_parser_free(struct track_parser *parser) {
    if (!parser) return;
    json_index_free(parser->index);
    free(parser->events);
    free(parser);
}

/* A place in the list of tokens. */
struct walk {
    const char *p;
    size_t n;
    const uint32_t *at; /* at[count] is n */
    size_t i, count;
    size_t escape; /* the first backslash that no string has looked at yet; n: none */
    size_t odd;    /* the last position of something that is JSON but that readers refuse; SIZE_MAX: none */
    bool broken;   /* at[i] is where */
    struct arena *arena;
};

struct value {
    char kind;       /* first byte: { [ " t f n or a digit or - */
    struct str raw;  /* whole, with quotes */
    struct str text; /* of a string: between the quotes, still escaped */
    bool escaped;
};

static inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline char peek(const struct walk *w) {
    return w->i < w->count ? w->p[w->at[w->i]] : 0;
}

static inline bool broken(struct walk *w) {
    w->broken = true;
    return false;
}

static inline bool expect(struct walk *w, char c) {
    if (peek(w) != c) return broken(w);
    w->i++;
    return true;
}

static int hex4(const char *p) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

static size_t find_escape(const struct walk *w, size_t from) {
    const char *found = from < w->n ? memchr(w->p + from, '\\', w->n - from) : 0;
    return found ? (size_t)(found - w->p) : w->n;
}

/* Escapes of the string in [from, to). */
static bool check_escapes(struct walk *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        if (w->p[i] != '\\') continue;
        if (++i >= to || !w->p[i] || !strchr("\"\\/bfnrtu", w->p[i])) return broken(w);
        if (w->p[i] != 'u') continue;
        int unit = to - i > 4 ? hex4(w->p + i + 1) : -1;
        if (unit < 0) return broken(w);
        i += 4;
        if ((unit & 0xfc00) == 0xd800 && to - i > 6 && w->p[i + 1] == '\\' && w->p[i + 2] == 'u' &&
            (hex4(w->p + i + 3) & 0xfffffc00) == 0xdc00) {
            i += 6;
        } else if ((unit & 0xf800) == 0xd800) {
            w->odd = i;
        }
    }
    return true;
}

static inline __attribute__((always_inline)) bool take_string(struct walk *w, struct value *value) {
    size_t from = w->at[w->i], end = w->at[w->i + 1] - 1;
    while (end > from && is_space(w->p[end]))
        end--;
    if (w->p[from] != '"' || end == from || w->p[end] != '"') return broken(w);
    value->escaped = false;
    if (__builtin_expect(w->escape < end, 0)) {
        if (w->escape < from) w->escape = find_escape(w, from);
        if (w->escape < end) {
            value->escaped = true;
            if (!check_escapes(w, from + 1, end)) return false;
            w->escape = find_escape(w, end);
        }
    }
    value->kind = '"';
    value->raw = (struct str){w->p + from, end - from + 1};
    value->text = (struct str){w->p + from + 1, end - from - 1};
    w->i++;
    return true;
}

/* Marks a number that a double or a 64-bit integer cannot hold. */
static void check_range(struct walk *w, struct str number, bool whole, size_t from) {
    char copy[400];
    if (!whole && number.n < 17 && !memchr(number.p, 'e', number.n) && !memchr(number.p, 'E', number.n))
        return;
    if (number.n >= sizeof copy) {
        w->odd = from;
        return;
    }
    memcpy(copy, number.p, number.n);
    copy[number.n] = 0;
    errno = 0;
    if (!whole         ? isinf(strtod(copy, 0))
        : *copy == '-' ? (strtoll(copy, 0, 10), errno == ERANGE)
                       : (strtoull(copy, 0, 10), errno == ERANGE))
        w->odd = from;
}

/* RFC 8259 number, true, false or null, from at[i] to the next token. */
static bool take_scalar(struct walk *w, struct value *value) {
    size_t from = w->at[w->i], to = w->at[w->i + 1];
    while (to > from && is_space(w->p[to - 1]))
        to--;
    const char *c = w->p + from, *end = w->p + to;
    value->kind = *c;
    value->raw = (struct str){c, (size_t)(end - c)};
    w->i++;
    if (*c == 't') return str_equal(value->raw, STR("true")) || (w->i--, broken(w));
    if (*c == 'f') return str_equal(value->raw, STR("false")) || (w->i--, broken(w));
    if (*c == 'n') return str_equal(value->raw, STR("null")) || (w->i--, broken(w));
    bool whole = true;
    if (c < end && *c == '-') c++;
    if (c == end || !is_digit(*c) || (*c == '0' && c + 1 < end && is_digit(c[1]))) goto wrong;
    while (c < end && is_digit(*c))
        c++;
    if (c < end && *c == '.') {
        whole = false;
        if (++c == end || !is_digit(*c)) goto wrong;
        while (c < end && is_digit(*c))
            c++;
    }
    if (c < end && (*c == 'e' || *c == 'E')) {
        whole = false;
        c++;
        if (c < end && (*c == '+' || *c == '-')) c++;
        if (c == end || !is_digit(*c)) goto wrong;
        while (c < end && is_digit(*c))
            c++;
    }
    if (c != end) goto wrong;
    if (value->raw.n > 17 || !whole) check_range(w, value->raw, whole, from);
    return true;
wrong:
    w->i--;
    return broken(w);
}

/* Objects and arrays of any depth below; the walk stands at their first token. `above` is the depth they
 * stand at. */
static bool take_nested(struct walk *w, struct value *value, unsigned above) {
    uint64_t objects = 0; /* bit d: the container at depth d is an object */
    unsigned depth = 0;
    size_t from = w->at[w->i];
    struct value part;
    value->kind = w->p[from];
    goto open;
next:
    switch (peek(w)) {
    case ',':
        w->i++;
        if (objects >> depth & 1) goto member;
        goto item;
    case '}':
        if (!(objects >> depth & 1)) return broken(w);
        goto close;
    case ']':
        if (objects >> depth & 1) return broken(w);
        goto close;
    default:
        return broken(w);
    }
member:
    if (peek(w) != '"' || !take_string(w, &part)) return broken(w);
    if (!expect(w, ':')) return false;
item:
    switch (peek(w)) {
    case '"':
        if (!take_string(w, &part)) return false;
        goto next;
    case '{':
    case '[':
        goto open;
    case 0:
    case '}':
    case ']':
    case ':':
    case ',':
        return broken(w);
    default:
        if (!take_scalar(w, &part)) return false;
        goto next;
    }
open:
    if (++depth + above > MAX_DEPTH - 1) return broken(w);
    if (w->p[w->at[w->i]] == '{') {
        objects |= UINT64_C(1) << depth;
        w->i++;
        if (peek(w) == '}') goto close;
        goto member;
    }
    objects &= ~(UINT64_C(1) << depth);
    w->i++;
    if (peek(w) == ']') goto close;
    goto item;
close:
    w->i++;
    if (--depth) goto next;
    value->raw = (struct str){w->p + from, w->at[w->i - 1] + 1 - from};
    return true;
}

static inline bool take(struct walk *w, struct value *value, unsigned depth) {
    switch (peek(w)) {
    case '"':
        return take_string(w, value);
    case '{':
    case '[':
        return take_nested(w, value, depth);
    case 0:
    case '}':
    case ']':
    case ':':
    case ',':
        return broken(w);
    default:
        return take_scalar(w, value);
    }
}

/* Steps to the next member of an object whose brace was taken: its name; false at its end or where it breaks.
 */
static bool next_member(struct walk *w, bool *first, struct value *name) {
    if (peek(w) == '}') {
        w->i++;
        return false;
    }
    if (!*first && !expect(w, ',')) return false;
    *first = false;
    if (peek(w) != '"') return broken(w);
    return take_string(w, name) && expect(w, ':');
}

static struct str unescape(struct arena *arena, struct str s) {
    char *out = arena_alloc(arena, s.n + 1), *to = out; /* never longer than its escaped form */
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\') {
            *to++ = s.p[i];
            continue;
        }
        char c = s.p[++i];
        const char *plain = strchr("b\bf\fn\nr\rt\t", c);
        if (c != 'u') {
            *to++ = plain && c >= 'a' ? plain[1] : c;
            continue;
        }
        unsigned code = (unsigned)hex4(s.p + i + 1);
        i += 4;
        if ((code & 0xfc00) == 0xd800 && s.n - i > 6 && s.p[i + 1] == '\\' && s.p[i + 2] == 'u') {
            unsigned low = (unsigned)hex4(s.p + i + 3);
            if ((low & 0xfffffc00) == 0xdc00) {
                code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
                i += 6;
            }
        }
        if ((code & 0xfffff800) == 0xd800) code = 0xfffd;
        if (code < 0x80) {
            *to++ = (char)code;
        } else if (code < 0x800) {
            *to++ = (char)(0xc0 | code >> 6);
            *to++ = (char)(0x80 | (code & 63));
        } else if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
            *to++ = (char)(0x80 | (code >> 6 & 63));
            *to++ = (char)(0x80 | (code & 63));
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 63));
            *to++ = (char)(0x80 | (code >> 6 & 63));
            *to++ = (char)(0x80 | (code & 63));
        }
    }
    return (struct str){out, (size_t)(to - out)};
}

static struct str plain(const struct walk *w, const struct value *value) {
    return value->escaped ? unescape(w->arena, value->text) : value->text;
}

/* A member that is text; a number counts as its text, null as absent. */
static bool take_text(struct walk *w, struct track_event *event, enum track_member member, unsigned depth) {
    struct value value;
    if (!take(w, &value, depth)) return false;
    event->mistyped &= ~(1u << member);
    if (value.kind == '"') {
        event->text[member] = plain(w, &value);
    } else if (is_digit(value.kind) || value.kind == '-') {
        event->text[member] = value.raw;
    } else if (value.kind != 'n') {
        event->mistyped |= 1u << member;
    }
    return true;
}

static bool take_object(struct walk *w, struct track_event *event, struct str *out, uint32_t wrong,
                        unsigned depth) {
    struct value value;
    if (!take(w, &value, depth)) return false;
    if (value.kind == '{')
        *out = value.raw;
    else if (value.kind != 'n')
        event->mistyped |= wrong;
    return true;
}

/* Members with a meaning beside enum track_member. */
enum {
    MEMBER_PROPERTIES = TRACK_TEXT_MEMBERS,
    MEMBER_TRAITS,
    MEMBER_CONTEXT,
    MEMBER_DISTINCT_ID,
    MEMBER_SET,
    MEMBER_OTHER
};

/* By length first: this runs for every member of every event. */
static inline int find_member(struct str name) {
#define IS(text, member)                                                                                     \
    if (memcmp(name.p, text, sizeof(text) - 1) == 0) return member
    switch (name.n) {
    case 4:
        IS("type", TRACK_TYPE);
        IS("name", TRACK_NAME);
        IS("uuid", TRACK_MESSAGE_ID);
        IS("$set", MEMBER_SET);
        break;
    case 5:
        IS("event", TRACK_EVENT);
        break;
    case 6:
        IS("userId", TRACK_USER_ID);
        IS("sentAt", TRACK_SENT_AT);
        IS("traits", MEMBER_TRAITS);
        break;
    case 7:
        IS("context", MEMBER_CONTEXT);
        IS("groupId", TRACK_GROUP_ID);
        break;
    case 8:
        IS("category", TRACK_CATEGORY);
        break;
    case 9:
        IS("messageId", TRACK_MESSAGE_ID);
        IS("timestamp", TRACK_TIMESTAMP);
        break;
    case 10:
        IS("properties", MEMBER_PROPERTIES);
        IS("previousId", TRACK_PREVIOUS_ID);
        break;
    case 11:
        IS("anonymousId", TRACK_ANONYMOUS_ID);
        IS("distinct_id", MEMBER_DISTINCT_ID);
        break;
    case 17:
        IS("originalTimestamp", TRACK_ORIGINAL_TIMESTAMP);
        break;
    }
#undef IS
    return MEMBER_OTHER;
}

/* What a context says of an event: its account, and for some clients the person's traits. */
struct context {
    struct str group_id, traits;
};

static bool take_context(struct walk *w, struct context *context, unsigned depth) {
    struct value name, value;
    if (peek(w) != '{') return take(w, &value, depth);
    w->i++;
    for (bool first = true; next_member(w, &first, &name);) {
        if (!take(w, &value, depth + 1)) return false;
        struct str key = plain(w, &name);
        if (str_equal(key, STR("groupId")) && value.kind == '"')
            context->group_id = plain(w, &value);
        else if (str_equal(key, STR("traits")) && value.kind == '{')
            context->traits = value.raw;
    }
    return !w->broken;
}

/* PostHog keeps in the properties what the others keep beside them. The walk is a copy standing at the
 * properties. */
static void read_posthog(struct walk w, struct track_event *event, struct str set) {
    struct value name, value;
    struct str group_set = {0}, alias = {0}, group_key = {0}, anonymous = {0}, inner_set = {0},
               inner_user = {0};
    struct context groups = {0};
    bool any_group = false;
    if (w.i < w.count && peek(&w) == '{') {
        w.i++;
        for (bool first = true; next_member(&w, &first, &name);) {
            struct str key = plain(&w, &name);
            if (str_equal(key, STR("$groups")) && peek(&w) == '{') {
                w.i++;
                for (bool first_group = true; next_member(&w, &first_group, &name);) {
                    if (!take(&w, &value, 0)) return;
                    struct str type = plain(&w, &name);
                    bool known = str_equal(type, STR("company")) || str_equal(type, STR("account")) ||
                                 str_equal(type, STR("organization"));
                    if (value.kind == '"' && (!any_group || known)) groups.group_id = plain(&w, &value);
                    any_group = true;
                }
                continue;
            }
            if (!take(&w, &value, 0)) return;
            struct str text = value.kind == '"' ? plain(&w, &value) : (struct str){0};
            if (str_equal(key, STR("$group_key")))
                group_key = text;
            else if (str_equal(key, STR("$group_set")) && value.kind == '{')
                group_set = value.raw;
            else if (str_equal(key, STR("$set")) && value.kind == '{')
                inner_set = value.raw;
            else if (str_equal(key, STR("alias")))
                alias = text;
            else if (str_equal(key, STR("distinct_id")))
                inner_user = text;
            else if (str_equal(key, STR("$anon_distinct_id")))
                anonymous = text;
        }
    }
    struct str call = event->text[TRACK_EVENT];
    if (!event->text[TRACK_GROUP_ID].n) event->text[TRACK_GROUP_ID] = groups.group_id;
    event->type = TRACK_TRACK;
    if (str_equal(call, STR("$identify"))) {
        event->type = TRACK_IDENTIFY;
        event->traits = inner_set.n ? inner_set : set;
        event->text[TRACK_ANONYMOUS_ID] = anonymous;
    } else if (str_equal(call, STR("$groupidentify"))) {
        /* posthog-node makes up a person ("$company_acme") for this call */
        event->type = TRACK_GROUP;
        event->traits = group_set;
        event->text[TRACK_GROUP_ID] = group_key;
        if (event->text[TRACK_USER_ID].n && event->text[TRACK_USER_ID].p[0] == '$')
            event->text[TRACK_USER_ID] = (struct str){0};
    } else if (str_equal(call, STR("$create_alias"))) {
        event->type = TRACK_ALIAS;
        event->text[TRACK_PREVIOUS_ID] = inner_user.n ? inner_user : event->text[TRACK_USER_ID];
        event->text[TRACK_USER_ID] = alias;
    } else if (str_equal(call, STR("$pageview"))) {
        event->type = TRACK_PAGE;
    } else if (str_equal(call, STR("$screen"))) {
        event->type = TRACK_SCREEN;
    }
}

static bool take_event(struct walk *w, enum track_type type, struct track_limits limits,
                       struct track_event *event) {
    size_t from = w->at[w->i], properties_at = 0;
    struct value name, value;
    struct context context = {0};
    struct str set = {0};
    bool posthog = false;
    w->odd = SIZE_MAX;
    if (peek(w) != '{') {
        if (!take(w, &value, 2)) return false;
        event->mistyped = TRACK_NOT_OBJECT;
        event->raw = value.raw;
        return true;
    }
    w->i++;
    for (bool first = true; next_member(w, &first, &name);) {
        int member = find_member(plain(w, &name));
        bool good = true;
        switch (member) {
        case MEMBER_PROPERTIES:
            properties_at = w->i;
            good = take_object(w, event, &event->properties, TRACK_PROPERTIES_MISTYPED, 3);
            break;
        case MEMBER_TRAITS:
            good = take_object(w, event, &event->traits, TRACK_TRAITS_MISTYPED, 3);
            break;
        case MEMBER_CONTEXT:
            good = take_context(w, &context, 3);
            break;
        case MEMBER_DISTINCT_ID:
            posthog = true;
            good = take_text(w, event, TRACK_USER_ID, 3);
            break;
        case MEMBER_SET:
        case MEMBER_OTHER:
            good = take(w, &value, 3);
            if (good && member == MEMBER_SET && value.kind == '{') set = value.raw;
            break;
        default:
            good = take_text(w, event, (enum track_member)member, 3);
        }
        if (!good) return false;
    }
    if (w->broken) return false;
    event->raw = (struct str){w->p + from, w->at[w->i - 1] + 1 - from};
    if (w->odd != SIZE_MAX) event->mistyped |= TRACK_UNREADABLE;
    if (event->raw.n > limits.event_bytes) event->mistyped |= TRACK_TOO_LARGE;
    event->type = type;
    if (type == TRACK_BATCH) {
        event->type = TRACK_UNKNOWN;
        for (int i = TRACK_TRACK; i < TRACK_BATCH; i++) {
            if (str_is(event->text[TRACK_TYPE], track_type_names[i])) event->type = (enum track_type)i;
        }
    }
    if (posthog) {
        struct walk again = *w;
        again.i = properties_at ? properties_at : w->count;
        again.escape = find_escape(w, from);
        read_posthog(again, event, set);
        w->odd = SIZE_MAX;
    }
    if (!event->text[TRACK_GROUP_ID].n) event->text[TRACK_GROUP_ID] = context.group_id;
    if (!event->traits.n && event->type == TRACK_IDENTIFY) event->traits = context.traits;
    return true;
}

static enum status not_json(const struct walk *w, struct problem *problem) {
    size_t byte = w->at && w->i < w->count ? w->at[w->i] : w->n;
    if (!w->at) {
        return fail(
            problem, BAD_INPUT,
            MESSAGE(
                "invalid_json",
                "The body is not JSON in UTF-8: a string is not closed, or it holds bytes that are not text.",
                "بدنهٔ درخواست JSON با کدگذاری UTF-8 نیست: رشته‌ای بسته نشده یا "
                "بایت‌هایی "
                "دارد "
                "که "
                "متن "
                "نیستند."),
            NO_ARGS);
    }
    return fail(problem, BAD_INPUT,
                MESSAGE("invalid_json_at", "The body is not valid JSON at byte {0}. Send one JSON object.",
                        "بدنهٔ درخواست از بایت {0} به بعد JSON درستی نیست. یک شیء JSON بفرستید."),
                ARGS(str_format(problem->arena, "%zu", byte)));
}

static enum status no_batch(struct problem *problem) {
    return fail_at(problem, STR("/batch"),
                   MESSAGE("batch_missing", "The body needs “batch”: a list of events.",
                           "بدنه باید «batch» داشته باشد: فهرستی از رویدادها."),
                   NO_ARGS);
}

static enum status too_large(struct problem *problem, size_t index, size_t bytes) {
    return fail(
        problem, TOO_LARGE,
        MESSAGE("body_event_too_large",
                "Event {0} of the body is over the limit of {1} bytes. Send less in its properties.",
                "رویداد {0} از سقف {1} بایت بزرگ‌تر است. ویژگی‌های "
                "کمتری "
                "بفرستید."),
        ARGS(str_format(problem->arena, "%zu", index), str_format(problem->arena, "%zu", bytes)));
}

static enum status too_many(struct problem *problem, size_t limit) {
    return fail(
        problem, TOO_LARGE,
        MESSAGE(
            "too_many_events", "A body may hold at most {0} events. Split it.",
            "هر درخواست حداکثر {0} رویداد می‌تواند داشته باشد. آن "
            "را "
            "تقسیم "
            "کنید."),
        ARGS(str_format(problem->arena, "%zu", limit)));
}

static void start(struct walk *w, struct track_parser *parser, struct str body, struct arena *arena) {
    *w = (struct walk){.p = body.p, .n = body.n, .arena = arena, .odd = SIZE_MAX};
    w->at = json_index_make(parser->index, body.p, body.n, &w->count);
    w->escape = find_escape(w, 0);
    if (!w->at) w->broken = true;
}

enum status track_check(struct track_parser *parser, struct str body, enum track_type type,
                        struct track_limits limits, struct track_shape *shape, struct problem *problem) {
    struct walk w;
    struct value name, value;
    bool batch = false;
    *shape = (struct track_shape){.events = type == TRACK_BATCH ? 0 : 1};
    start(&w, parser, body, problem->arena);
    if (w.broken || !expect(&w, '{')) return not_json(&w, problem);
    for (bool first = true; next_member(&w, &first, &name);) {
        struct str key = plain(&w, &name);
        if (type == TRACK_BATCH && str_equal(key, STR("batch"))) {
            if (batch || peek(&w) != '[') return no_batch(problem);
            batch = true;
            w.i++;
            if (peek(&w) == ']') {
                w.i++;
                continue;
            }
            do {
                if (!take(&w, &value, 2)) return not_json(&w, problem);
                if (value.raw.n > limits.event_bytes)
                    return too_large(problem, shape->events, limits.event_bytes);
                if (++shape->events > limits.events) return too_many(problem, limits.events);
            } while (peek(&w) == ',' && w.i++ < w.count);
            if (!expect(&w, ']')) return not_json(&w, problem);
            continue;
        }
        /* The events of a batch stand two levels deep and a lone one none: both count as three, so that
         * parsing agrees. */
        if (!take(&w, &value, 3)) return not_json(&w, problem);
        bool api_key = str_equal(key, STR("api_key"));
        if (value.kind == '"' && (api_key || str_equal(key, STR("writeKey")))) {
            shape->write_key = plain(&w, &value);
            shape->posthog = api_key;
        }
    }
    if (w.broken || w.i != w.count) return not_json(&w, problem);
    if (type == TRACK_BATCH && !batch) return no_batch(problem);
    if (type != TRACK_BATCH && body.n > limits.event_bytes) return too_large(problem, 0, limits.event_bytes);
    return OK;
}

static struct track_event *add_event(struct track_parser *parser, size_t n) {
    if (n == parser->capacity) {
        parser->capacity = parser->capacity ? parser->capacity * 2 : FIRST_EVENTS;
        parser->events = memory_resize(parser->events, parser->capacity * sizeof *parser->events);
    }
    parser->events[n] = (struct track_event){.index = n};
    return &parser->events[n];
}

enum status track_parse(struct track_parser *parser, struct str body, enum track_type type,
                        struct track_limits limits, struct arena *arena, struct track_batch *batch,
                        struct problem *problem) {
    struct walk w;
    struct value name, value;
    struct track_event around_event = {0};
    struct context around = {0};
    *batch = (struct track_batch){0};
    start(&w, parser, body, arena);
    if (w.broken) return not_json(&w, problem);
    if (type != TRACK_BATCH) {
        if (peek(&w) != '{' || !take_event(&w, type, limits, add_event(parser, 0)) || w.i != w.count)
            return not_json(&w, problem);
        *batch = (struct track_batch){parser->events, 1};
        return OK;
    }
    if (!expect(&w, '{')) return not_json(&w, problem);
    size_t n = 0;
    bool seen = false;
    for (bool first = true; next_member(&w, &first, &name);) {
        struct str key = plain(&w, &name);
        bool good = true;
        if (str_equal(key, STR("batch"))) {
            if (seen || peek(&w) != '[') return no_batch(problem);
            seen = true;
            w.i++;
            if (peek(&w) == ']') {
                w.i++;
                continue;
            }
            do {
                good = take_event(&w, TRACK_BATCH, limits, add_event(parser, n));
                n += good;
            } while (good && peek(&w) == ',' && w.i++ < w.count);
            good = good && expect(&w, ']');
        } else if (str_equal(key, STR("context"))) {
            good = take_context(&w, &around, 3);
        } else if (str_equal(key, STR("sentAt")) || str_equal(key, STR("sent_at"))) {
            good = take_text(&w, &around_event, TRACK_SENT_AT, 3);
        } else {
            good = take(&w, &value, 3);
        }
        if (!good) return not_json(&w, problem);
    }
    if (w.broken || w.i != w.count) return not_json(&w, problem);
    if (!seen) return no_batch(problem);
    for (size_t i = 0; i < n; i++) {
        struct track_event *event = &parser->events[i];
        if (!event->text[TRACK_SENT_AT].n) event->text[TRACK_SENT_AT] = around_event.text[TRACK_SENT_AT];
        if (!event->text[TRACK_GROUP_ID].n) event->text[TRACK_GROUP_ID] = around.group_id;
        if (!event->traits.n && event->type == TRACK_IDENTIFY) event->traits = around.traits;
    }
    *batch = (struct track_batch){parser->events, n};
    return OK;
}
