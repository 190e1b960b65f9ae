#include "base/json.h"
#include "base/json_simd.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_INT64 = 18 }; /* every integer of so many digits fits */

/* The length of the UTF-8 character at s[at], or 0 when there is none. */
static size_t utf8_length(struct str s, size_t at) {
    size_t next = at;
    bool bad = utf8_next(s, &next) == 0xFFFD && next - at == 1;
    return bad ? 0 : next - at;
}

/* ---- Where a refused document stops making sense. The parser does not say, so a refused text is read once
 * more by this slow scanner, which knows the grammar and nothing else. ---- */

enum fault_kind {
    FAULT_NONE,
    FAULT_EMPTY,
    FAULT_ENDED,
    FAULT_UNEXPECTED,
    FAULT_NUMBER,
    FAULT_STRING,
    FAULT_UTF8,
    FAULT_DEPTH
};

static const struct message fault_messages[] = {
    [FAULT_EMPTY] = {"json_empty", "The JSON is empty; a value is expected.",
                     "JSON خالی است؛ باید مقداری داشته باشد."},
    [FAULT_ENDED] =
        {"json_ended_early",
         "The JSON ends too early, at byte {0} (line {1}, column {2}): something is not closed.",
         "JSON ناتمام است و در بایت {0} (سطر {1}، ستون {2}) پایان می‌یابد: چیزی بسته "
         "نشده "
         "است."},
    [FAULT_UNEXPECTED] = {"json_malformed", "The JSON is malformed at byte {0} (line {1}, column {2}).",
                          "JSON در بایت {0} (سطر {1}، ستون {2}) نادرست است."},
    [FAULT_NUMBER] = {"json_bad_number",
                      "The number at byte {0} (line {1}, column {2}) is malformed or too large.",
                      "عدد در بایت {0} (سطر {1}، ستون {2}) نادرست یا بیش از اندازه بزرگ است."},
    [FAULT_STRING] =
        {"json_bad_string",
         "The text at byte {0} (line {1}, column {2}) holds a bad escape or an unescaped control character.",
         "متن در بایت {0} (سطر {1}، ستون {2}) گریز نادرست یا نویسهٔ کنترلی دارد."},
    [FAULT_UTF8] = {"json_not_utf8", "Byte {0} (line {1}, column {2}) is not UTF-8; send the JSON in UTF-8.",
                    "بایت {0} (سطر {1}، ستون {2}) UTF-8 نیست؛ JSON را با UTF-8 بفرستید."},
    [FAULT_DEPTH] = {"json_too_deep",
                     "The JSON is nested deeper than {3} levels at byte {0} (line {1}, column {2}).",
                     "تودرتویی JSON در بایت {0} (سطر {1}، ستون {2}) از {3} لایه "
                     "می‌گذرد."},
};

struct scanner {
    struct str text;
    size_t at;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char peek(const struct scanner *s) {
    return s->at < s->text.n ? s->text.p[s->at] : 0;
}

static void skip_space(struct scanner *s) {
    while (s->at < s->text.n && memchr(" \t\n\r", s->text.p[s->at], 4))
        s->at++;
}

/* Four hexadecimal digits behind \u, or -1. */
static int scan_hex(struct scanner *s) {
    int value = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = peek(s);
        int digit = is_digit(c) ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool scan_escape(struct scanner *s) {
    char c = peek(s);
    if (c == 0 || !strchr("\"\\/bfnrtu", c)) return false;
    s->at++;
    if (c != 'u') return true;
    int high = scan_hex(s);
    if (high < 0 || (high >= 0xDC00 && high <= 0xDFFF)) return false;
    if (high < 0xD800 || high > 0xDBFF) return true;
    if (peek(s) != '\\') return false;
    s->at++;
    if (peek(s) != 'u') return false;
    s->at++;
    int low = scan_hex(s);
    return low >= 0xDC00 && low <= 0xDFFF;
}

static enum fault_kind scan_string(struct scanner *s) {
    for (s->at++; s->at < s->text.n;) {
        char c = s->text.p[s->at];
        if (c == '"') {
            s->at++;
            return FAULT_NONE;
        }
        if (c == '\\') {
            size_t start = s->at++;
            if (s->at == s->text.n) break;
            if (!scan_escape(s)) {
                s->at = start;
                return FAULT_STRING;
            }
            continue;
        }
        if ((unsigned char)c < 0x20) return FAULT_STRING;
        size_t length = utf8_length(s->text, s->at);
        if (!length) return FAULT_UTF8;
        s->at += length;
    }
    return FAULT_ENDED;
}

static enum fault_kind scan_number(struct scanner *s) {
    size_t start = s->at;
    bool good = true;
    if (peek(s) == '-') s->at++;
    good = is_digit(peek(s));
    if (peek(s) == '0')
        s->at++;
    else
        while (is_digit(peek(s)))
            s->at++;
    if (peek(s) == '.') {
        s->at++;
        good = good && is_digit(peek(s));
        while (is_digit(peek(s)))
            s->at++;
    }
    if ((peek(s) | 32) == 'e') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-') s->at++;
        good = good && is_digit(peek(s));
        while (is_digit(peek(s)))
            s->at++;
    }
    if (is_digit(peek(s))) good = false; /* a leading zero */
    if (good) {
        char small[400]; /* a number that needs more bytes than this is judged by its beginning */
        size_t n = s->at - start < sizeof small ? s->at - start : sizeof small - 1;
        memcpy(small, s->text.p + start, n);
        small[n] = 0;
        good = isfinite(strtod(small, NULL));
    }
    if (!good) s->at = start;
    return good ? FAULT_NONE : FAULT_NUMBER;
}

static enum fault_kind scan_scalar(struct scanner *s) {
    char c = peek(s);
    if (c == '"') return scan_string(s);
    if (c == '-' || is_digit(c)) return scan_number(s);
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (str_starts(str_slice(s->text, s->at, s->text.n), str_of(words[i]))) {
            s->at += strlen(words[i]);
            return FAULT_NONE;
        }
    if (s->at < s->text.n && !utf8_length(s->text, s->at)) return FAULT_UTF8;
    return FAULT_UNEXPECTED;
}

static enum fault_kind scan_name(struct scanner *s) {
    skip_space(s);
    if (peek(s) != '"') return s->at == s->text.n ? FAULT_ENDED : FAULT_UNEXPECTED;
    enum fault_kind fault = scan_string(s);
    if (fault) return fault;
    skip_space(s);
    if (peek(s) != ':') return s->at == s->text.n ? FAULT_ENDED : FAULT_UNEXPECTED;
    s->at++;
    return FAULT_NONE;
}

static enum fault_kind scan(struct scanner *s) {
    char closers[JSON_MAX_DEPTH];
    int depth = 0;
    enum fault_kind fault;
    skip_space(s);
    if (s->at == s->text.n) return FAULT_EMPTY;
    for (;;) { /* each turn reads one value */
        skip_space(s);
        if (s->at == s->text.n) return FAULT_ENDED;
        char c = peek(s);
        if (c == '[' || c == '{') {
            if (depth == JSON_MAX_DEPTH) return FAULT_DEPTH;
            closers[depth++] = c == '[' ? ']' : '}';
            s->at++;
            skip_space(s);
            if (peek(s) != closers[depth - 1]) {
                if (c == '{' && (fault = scan_name(s))) return fault;
                continue;
            }
        } else if ((fault = scan_scalar(s))) {
            return fault;
        }
        for (;;) { /* behind a value: close what ends here, up to the next comma */
            skip_space(s);
            if (depth == 0) return s->at == s->text.n ? FAULT_NONE : FAULT_UNEXPECTED;
            if (s->at == s->text.n) return FAULT_ENDED;
            c = peek(s);
            if (c == ',') break;
            if (c != closers[depth - 1]) return FAULT_UNEXPECTED;
            s->at++;
            depth--;
        }
        s->at++;
        if (closers[depth - 1] == '}' && (fault = scan_name(s))) return fault;
    }
}

static enum status refuse(struct str text, enum fault_kind otherwise, struct problem *problem) {
    struct scanner s = {text, 0};
    enum fault_kind fault = scan(&s);
    if (!fault) fault = otherwise;
    size_t line = 1, line_start = 0;
    for (size_t i = 0; i < s.at && i < text.n; i++)
        if (text.p[i] == '\n') line++, line_start = i + 1;
    char place[4][24];
    snprintf(place[0], sizeof place[0], "%zu", s.at + 1);
    snprintf(place[1], sizeof place[1], "%zu", line);
    snprintf(place[2], sizeof place[2], "%zu", s.at - line_start + 1);
    snprintf(place[3], sizeof place[3], "%d", JSON_MAX_DEPTH);
    return fail(problem, BAD_INPUT, fault_messages[fault],
                ARGS(str_of(place[0]), str_of(place[1]), str_of(place[2]), str_of(place[3])));
}

/* Digits [from, to) with the sign before them, if there is one. */
static bool fits_int64(struct str text, size_t from, size_t to) {
    int64_t ignored;
    bool negative = from && text.p[from - 1] == '-';
    return str_to_int(str_slice(text, from - negative, to), &ignored);
}

/* The library refuses integers beyond 64 bits; with an exponent they are read as doubles. */
static struct str widen_integers(struct str text, struct arena *arena) {
    struct buf out = {0};
    bool in_string = false;
    for (size_t i = 0; i < text.n;) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\' && i + 1 < text.n)
                buf_put_byte(&out, text.p[i++]);
            else if (c == '"')
                in_string = false;
            buf_put_byte(&out, text.p[i++]);
            continue;
        }
        in_string = c == '"';
        size_t end = i;
        while (end < text.n && is_digit(text.p[end]))
            end++;
        bool after_point = i && (memchr(".eE", text.p[i - 1], 3) ||
                                 (i > 1 && memchr("+-", text.p[i - 1], 2) && (text.p[i - 2] | 32) == 'e'));
        bool before_point = end < text.n && memchr(".eE", text.p[end], 3);
        if (end == i)
            end++;
        else if (end - i > LONGEST_INT64 && !after_point && !before_point && !fits_int64(text, i, end)) {
            buf_put(&out, text.p + i, end - i);
            buf_put_c(&out, "e0");
            i = end;
            continue;
        }
        buf_put(&out, text.p + i, end - i);
        i = end;
    }
    struct str copy = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return copy;
}

enum status json_parse(struct str text, struct arena *arena, struct json *out, struct problem *problem) {
    struct str twice = {0};
    enum json_simd_result result = json_simd_parse(text, arena, out, &twice);
    if (result == JSON_SIMD_NUMBER) result = json_simd_parse(widen_integers(text, arena), arena, out, &twice);
    switch (result) {
    case JSON_SIMD_OK:
        return OK;
    case JSON_SIMD_TWICE:
        return fail(problem, BAD_INPUT,
                    MESSAGE("json_name_twice", "The JSON gives the name “{0}” twice in one object.",
                            "نام «{0}» در یک شیء JSON دو بار آمده است."),
                    ARGS(twice));
    case JSON_SIMD_LARGE:
        return fail(problem, TOO_LARGE,
                    MESSAGE("json_too_large", "The JSON is larger than 4 GiB.",
                            "JSON از ۴ گیبی‌بایت بزرگ‌تر است."),
                    NO_ARGS);
    case JSON_SIMD_NUMBER:
        return refuse(text, FAULT_NUMBER, problem);
    case JSON_SIMD_DEEP:
        return refuse(text, FAULT_DEPTH, problem);
    case JSON_SIMD_MALFORMED:
        break;
    }
    return refuse(text, FAULT_UNEXPECTED, problem);
}

const struct json *json_get(const struct json *object, const char *name) {
    if (!object || object->kind != JSON_OBJECT) return NULL;
    for (size_t i = 0; i < object->n; i++)
        if (str_is(object->names[i], name)) return &object->items[i];
    return NULL;
}

struct str json_get_string(const struct json *object, const char *name) {
    const struct json *value = json_get(object, name);
    return value && value->kind == JSON_STRING ? value->string : (struct str){0};
}

double json_get_number(const struct json *object, const char *name) {
    const struct json *value = json_get(object, name);
    return value && (value->kind == JSON_INT || value->kind == JSON_NUMBER) ? value->number : NAN;
}

/* ---- Writing ---- */

static void before_value(struct json_writer *w) {
    if (w->need_comma) buf_put_byte(w->out, ',');
    w->need_comma = true;
}

static void begin(struct json_writer *w, char bracket) {
    before_value(w);
    buf_put_byte(w->out, bracket);
    w->need_comma = false;
}

static void end(struct json_writer *w, char bracket) {
    buf_put_byte(w->out, bracket);
    w->need_comma = true;
}

void json_begin_object(struct json_writer *w) {
    begin(w, '{');
}

void json_end_object(struct json_writer *w) {
    end(w, '}');
}

void json_begin_array(struct json_writer *w) {
    begin(w, '[');
}

void json_end_array(struct json_writer *w) {
    end(w, ']');
}

static void put_escaped(struct buf *out, unsigned char c) {
    static const char *const names[32] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
    if (c == '"' || c == '\\') {
        char pair[2] = {'\\', (char)c};
        buf_put(out, pair, 2);
    } else if (names[c]) {
        buf_put_c(out, names[c]);
    } else {
        buf_format(out, "\\u%04x", c);
    }
}

static void put_quoted(struct buf *out, struct str s) {
    buf_reserve(out, s.n + 2);
    buf_put_byte(out, '"');
    size_t start = 0; /* of the run that is copied as it is */
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t length = 1;
        bool plain = c >= 0x20 && c != '"' && c != '\\';
        if (c >= 0x80) {
            length = utf8_length(s, i);
            plain = length > 0;
        }
        if (plain) {
            i += length;
            continue;
        }
        buf_put(out, s.p + start, i - start);
        if (c >= 0x80)
            buf_put_c(out, "\xEF\xBF\xBD"); /* U+FFFD */
        else
            put_escaped(out, c);
        start = ++i;
    }
    buf_put(out, s.p + start, s.n - start);
    buf_put_byte(out, '"');
}

void json_name(struct json_writer *w, struct str name) {
    before_value(w);
    put_quoted(w->out, name);
    buf_put_byte(w->out, ':');
    w->need_comma = false;
}

void json_string(struct json_writer *w, struct str s) {
    before_value(w);
    put_quoted(w->out, s);
}

void json_int(struct json_writer *w, int64_t i) {
    before_value(w);
    char digits[24];
    buf_put(w->out, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)i));
}

void json_number(struct json_writer *w, double d) {
    if (!isfinite(d)) {
        json_null(w);
        return;
    }
    before_value(w);
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, d);
        if (strtod(digits, NULL) == d) break;
    }
    buf_put_c(w->out, digits);
}

void json_bool(struct json_writer *w, bool b) {
    before_value(w);
    buf_put_c(w->out, b ? "true" : "false");
}

void json_null(struct json_writer *w) {
    before_value(w);
    buf_put_c(w->out, "null");
}

void json_raw(struct json_writer *w, struct str json) {
    before_value(w);
    buf_put_str(w->out, json);
}

void json_write(struct json_writer *w, const struct json *value) {
    switch (value->kind) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_BOOL:
        json_bool(w, value->boolean);
        break;
    case JSON_INT:
        json_int(w, value->integer);
        break;
    case JSON_NUMBER:
        json_number(w, value->number);
        break;
    case JSON_STRING:
        json_string(w, value->string);
        break;
    case JSON_ARRAY:
        json_begin_array(w);
        for (size_t i = 0; i < value->n; i++)
            json_write(w, &value->items[i]);
        json_end_array(w);
        break;
    case JSON_OBJECT:
        json_begin_object(w);
        for (size_t i = 0; i < value->n; i++) {
            json_name(w, value->names[i]);
            json_write(w, &value->items[i]);
        }
        json_end_object(w);
        break;
    }
}

void json_put_string(struct json_writer *w, const char *name, struct str s) {
    json_name(w, str_of(name));
    json_string(w, s);
}

void json_put_int(struct json_writer *w, const char *name, int64_t i) {
    json_name(w, str_of(name));
    json_int(w, i);
}

void json_put_number(struct json_writer *w, const char *name, double d) {
    json_name(w, str_of(name));
    json_number(w, d);
}

void json_put_bool(struct json_writer *w, const char *name, bool b) {
    json_name(w, str_of(name));
    json_bool(w, b);
}
