#include "base/csv.h"
#include "base/csv_source.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <stdio.h>

/* ---- reading ---- */

/* A cell while its row is being looked for; offsets, because the buffer may move. */
struct span {
    size_t from, to;
    bool doubled; /* holds "" that stand for " */
};

struct csv {
    struct csv_source *source;
    struct csv_options options;
    char *buffer; /* [at, checked) is text to come, [checked, filled) the beginning of a sequence that goes on
                   */
    size_t capacity, at, checked, filled;
    bool at_end;      /* the source has no more */
    bool bad_text;    /* what stands at `checked` is not UTF-8 */
    uint64_t dropped; /* bytes of the text that left the buffer: offsets for messages */
    int64_t line;     /* of buffer[at] */
    VEC(struct span) spans;
    VEC(struct str) cells;
    struct csv_row row, header;
    struct arena arena; /* the header's, and the arguments of faults */
    struct arena row_arena;
    uint8_t stops[256]; /* 1 for the bytes that end an unquoted cell */
};

enum { FIRST_BUFFER = 1 << 18 };

static const struct message ROW_TOO_LARGE = MESSAGE(
    "csv_row_too_large", "Row {0} is longer than {1} bytes. Is a quote in it never closed?",
    "سطر {0} بلندتر از {1} بایت است. شاید گیومه‌ای در آن بسته نشده "
    "باشد.");
static const struct message FIELD_TOO_LARGE = MESSAGE(
    "csv_field_too_large", "Row {0} has a field longer than {1} bytes. Shorten it.",
    "سطر {0} خانه‌ای بلندتر از {1} بایت دارد. آن را کوتاه کنید.");
static const struct message TOO_MANY_COLUMNS =
    MESSAGE("csv_too_many_columns", "Row {0} has more than {1} columns.", "سطر {0} بیش از {1} ستون دارد.");
static const struct message QUOTE_OPEN = MESSAGE(
    "csv_quote_open", "A quoted value that begins in row {0} is never closed. Put a quote (\") behind it.",
    "مقداری در گیومه که در سطر {0} آغاز می‌شود بسته نشده است. در پایان آن گیومه (\") "
    "بگذارید.");
static const struct message QUOTE_JUNK = MESSAGE(
    "csv_quote_junk", "Row {0} has text behind a closing quote. Write a quote inside a value twice (\"\").",
    "سطر {0} پس از گیومهٔ پایانی نوشته دارد. گیومهٔ درون مقدار را دو بار بنویسید (\"\").");
static const struct message BAD_TEXT = MESSAGE(
    "csv_bad_encoding",
    "Row {0} is not UTF-8 text (byte {1} of the file). Save the file as “CSV UTF-8” and try again.",
    "سطر {0} متن UTF-8 نیست (بایت {1} پرونده). پرونده را با قالب «CSV UTF-8» ذخیره و دوباره وارد کنید.");
static const struct message WINDOWS_1256 =
    MESSAGE("csv_windows_1256",
            "Row {0} is not UTF-8 but probably Windows-1256 (byte {1} of the file). Save the file as “CSV "
            "UTF-8” and try again.",
            "سطر {0} متن UTF-8 نیست و گویا Windows-1256 است (بایت {1} پرونده). پرونده را با قالب «CSV UTF-8» "
            "ذخیره و دوباره وارد کنید.");
static const struct message WORKBOOK =
    MESSAGE("csv_is_workbook", "The file is an Excel workbook. Save it as “CSV UTF-8” and try again.",
            "پرونده کارپوشهٔ اکسل است. آن را با قالب «CSV UTF-8» ذخیره و دوباره وارد کنید.");
static const struct message UTF16 =
    MESSAGE("csv_utf16", "The file is UTF-16. Save it as “CSV UTF-8” and try again.",
            "پرونده با UTF-16 نوشته شده است. آن را با قالب «CSV UTF-8» ذخیره و دوباره وارد کنید.");
static const struct message EMPTY =
    MESSAGE("csv_empty", "The file is empty: its first line must name the columns.",
            "پرونده خالی است؛ سطر نخست آن باید نام ستون‌ها باشد.");

static struct str number_text(struct csv *csv, uint64_t number) {
    return str_format(&csv->row_arena, "%llu", (unsigned long long)number);
}

/* Marks as much of the buffer as text as is well-formed. */
static void check_text(struct csv *csv) {
    struct str fresh = {csv->buffer + csv->checked, csv->filled - csv->checked};
    size_t bad = 0;
    const char *zero =
        fresh.n ? memchr(fresh.p, 0, fresh.n) : NULL; /* no text has it, and the stores do not take it */
    bool valid = utf8_valid(fresh, &bad);
    if (zero && (valid || (size_t)(zero - fresh.p) < bad)) {
        csv->checked += (size_t)(zero - fresh.p);
        csv->bad_text = true;
        return;
    }
    if (valid) {
        csv->checked = csv->filled;
        return;
    }
    csv->checked += bad;
    /* a sequence that the end of the buffer cuts in two is no fault as long as more may come */
    const unsigned char *p = (const unsigned char *)csv->buffer + csv->checked;
    size_t left = csv->filled - csv->checked, want = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    bool cut = !csv->at_end && p[0] >= 0xC2 && p[0] <= 0xF4 && left < want;
    for (size_t i = 1; cut && i < left; i++)
        cut = (p[i] & 0xC0) == 0x80;
    csv->bad_text = !cut;
}

/* Gets more text behind that of the buffer, which keeps [at, …) only. */
static enum status fill(struct csv *csv, struct problem *problem) {
    if (csv->at) {
        memmove(csv->buffer, csv->buffer + csv->at, csv->filled - csv->at);
        csv->dropped += csv->at;
        csv->checked -= csv->at;
        csv->filled -= csv->at;
        csv->at = 0;
    } else if (csv->filled == csv->capacity) {
        csv->capacity *= 2;
        csv->buffer = memory_resize(csv->buffer, csv->capacity);
    }
    size_t got = 0;
    enum status status = csv_source_read(csv->source, csv->buffer + csv->filled, csv->capacity - csv->filled,
                                         csv->line, &got, problem);
    if (status) return status;
    csv->at_end = got == 0;
    csv->filled += got;
    check_text(csv);
    return OK;
}

/* Two letters of Windows-1256 side by side, where the bytes are no UTF-8: Persian words look so, a lone é of
 * Western Europe not. */
static bool looks_like_windows_1256(const struct csv *csv) {
    static const char letters[] =
        "\x81\x8D\x8E\x90\x98\xC0\xC1\xC2\xC3\xC4\xC5\xC6\xC7\xC8\xC9\xCA\xCB\xCC\xCD\xCE\xCF\xD0\xD1\xD2\xD3"
        "\xD4\xD5\xD6\xD8\xD9\xDA\xDB\xDD\xDE\xDF\xE1\xE3\xE4\xE5\xE6\xEC\xED";
    const char *p = csv->buffer + csv->checked;
    return csv->filled - csv->checked >= 2 && p[0] && p[1] && strchr(letters, p[0]) && strchr(letters, p[1]);
}

static enum status fail_text(struct csv *csv, struct problem *problem) {
    return fail_at(
        problem, (struct str){0}, looks_like_windows_1256(csv) ? WINDOWS_1256 : BAD_TEXT,
        ARGS(number_text(csv, (uint64_t)csv->line), number_text(csv, csv->dropped + csv->checked + 1)));
}

/* What one look for a row in the buffer came to. */
enum found { FOUND_ROW, FOUND_PART, FOUND_QUOTE_OPEN, FOUND_QUOTE_JUNK };

static bool is_final(const struct csv *csv) {
    return csv->at_end && csv->checked == csv->filled;
}

/* Looks for a whole row at `at`: its cells go to spans, the place behind it to *next. */
static enum found find_row(struct csv *csv, size_t *next) {
    const char *base = csv->buffer, *p = base + csv->at, *limit = base + csv->checked;
    const bool final = is_final(csv);
    const uint8_t *stops = csv->stops;
    bool junk = false;
    csv->spans.n = 0;
    for (;; p++) { /* p stands on a delimiter when it moves on */
        struct span span = {(size_t)(p - base), 0, false};
        if (p < limit && *p == '"') {
            span.from++;
            for (p++;; p += 2) {
                p = p < limit ? memchr(p, '"', (size_t)(limit - p)) : NULL;
                if (!p) return final ? FOUND_QUOTE_OPEN : FOUND_PART;
                if (p + 1 == limit && !final) return FOUND_PART;
                if (p + 1 == limit || p[1] != '"') break;
                span.doubled = true;
            }
            span.to = (size_t)(p++ - base);
            if (p < limit && !stops[(uint8_t)*p]) junk = true;
            while (p < limit && !stops[(uint8_t)*p])
                p++;
        } else {
            while (p < limit && !stops[(uint8_t)*p])
                p++;
            span.to = (size_t)(p - base);
        }
        VEC_PUSH(&csv->spans, span);
        if (p == limit) {
            if (!final) return FOUND_PART;
            break;
        }
        if (*p == csv->options.delimiter) continue;
        if (*p == '\r' && p + 1 == limit && !final) return FOUND_PART;
        p += *p == '\r' && p + 1 < limit && p[1] == '\n' ? 2 : 1;
        break;
    }
    *next = (size_t)(p - base);
    return junk ? FOUND_QUOTE_JUNK : FOUND_ROW;
}

/* Line ends in the buffer from `from` to `to`; a CR alone counts where it is not inside of quotes (there
 * nothing else does). */
static int64_t count_lines(const struct csv *csv, size_t from, size_t to) {
    int64_t lines = 0;
    const char *p = csv->buffer + from, *end = csv->buffer + to;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))))
        lines++, p++;
    return lines;
}

static void row_fault(struct csv *csv, const struct message *fault, size_t limit) {
    arena_reset(&csv->row_arena);
    csv->row.fault = fault;
    csv->row.n = 0;
    csv->row.fault_args[0] = number_text(csv, (uint64_t)csv->row.line);
    csv->row.fault_args[1] = limit ? number_text(csv, limit) : (struct str){0};
}

/* Passes over a row that is too large to be held, without holding it. */
static enum status skip_row(struct csv *csv, struct problem *problem) {
    bool quoted = false, ended = false;
    int64_t lines = 0;
    for (;;) {
        const char *p = csv->buffer + csv->at, *limit = csv->buffer + csv->checked;
        for (; p < limit && !ended; p++) {
            quoted ^= *p == '"';
            lines += *p == '\n';
            ended = *p == '\n' && !quoted;
        }
        csv->at = (size_t)(p - csv->buffer);
        if (ended || is_final(csv)) break;
        if (csv->bad_text) return fail_text(csv, problem);
        enum status status = fill(csv, problem);
        if (status) return status;
    }
    if (ended || !quoted)
        row_fault(csv, &ROW_TOO_LARGE, csv->options.max_row);
    else
        row_fault(csv, &QUOTE_OPEN, 0);
    csv->line += lines;
    return OK;
}

/* "" becomes ", in place: nothing behind the cell moves. */
static struct str undouble(char *p, size_t n) {
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        p[to++] = p[i];
        i += p[i] == '"';
    }
    return (struct str){p, to};
}

static void take_cells(struct csv *csv) {
    size_t n = csv->spans.n;
    if (n > csv->options.max_columns) {
        row_fault(csv, &TOO_MANY_COLUMNS, csv->options.max_columns);
        return;
    }
    csv->cells.n = 0;
    VEC_RESERVE(&csv->cells, n);
    csv->row.cells = csv->cells.v;
    csv->row.n = n;
    for (size_t i = 0; i < n; i++) {
        const struct span *span = &csv->spans.v[i];
        size_t length = span->to - span->from;
        csv->row.cells[i] = span->doubled ? undouble(csv->buffer + span->from, length)
                                          : (struct str){csv->buffer + span->from, length};
        if (length > csv->options.max_field) {
            row_fault(csv, &FIELD_TOO_LARGE, csv->options.max_field);
            return;
        }
    }
}

/* The next row that is not empty into csv->row; false in *more at the end. */
static enum status next_row(struct csv *csv, bool *more, struct problem *problem) {
    enum status status = OK;
    *more = false;
    for (;;) {
        size_t next = 0;
        if (csv->at == csv->checked && is_final(csv)) return OK;
        enum found found = find_row(csv, &next);
        csv->row = (struct csv_row){.line = csv->line};
        if (found == FOUND_PART) {
            if (csv->checked - csv->at > csv->options.max_row) {
                *more = true;
                return skip_row(csv, problem);
            }
            if (csv->bad_text) return fail_text(csv, problem);
            if ((status = fill(csv, problem))) return status;
            continue;
        }
        if (found == FOUND_QUOTE_OPEN) {
            row_fault(csv, &QUOTE_OPEN, 0);
            csv->at = csv->checked;
            *more = true;
            return OK;
        }
        size_t from = csv->at;
        bool empty = csv->spans.n == 1 && csv->spans.v[0].from == from && csv->spans.v[0].to == from;
        bool lone_cr = next > from && csv->buffer[next - 1] == '\r';
        csv->line += lone_cr + count_lines(csv, from, next);
        csv->at = next;
        if (empty) continue;
        *more = true;
        if (found == FOUND_QUOTE_JUNK)
            row_fault(csv, &QUOTE_JUNK, 0);
        else if (next - from > csv->options.max_row)
            row_fault(csv, &ROW_TOO_LARGE, csv->options.max_row);
        else
            take_cells(csv);
        return OK;
    }
}

/* ---- opening ---- */

/* The delimiter that the first line has most of, outside of quotes. */
static char find_delimiter(const struct csv *csv) {
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = csv->at;
         i < csv->checked && (quoted || (csv->buffer[i] != '\n' && csv->buffer[i] != '\r')); i++) {
        quoted ^= csv->buffer[i] == '"';
        for (int c = 0; c < 3 && !quoted; c++)
            counts[c] += csv->buffer[i] == candidates[c];
    }
    for (size_t c = 1; c < 3; c++)
        if (counts[c] > counts[best]) best = c;
    return candidates[best];
}

static enum status begin(struct csv *csv, struct problem *problem) {
    enum status status = OK;
    while (!csv->at_end && csv->filled < 4)
        if ((status = fill(csv, problem))) return status;
    const unsigned char *p = (const unsigned char *)csv->buffer;
    if (csv->filled >= 2 &&
        ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF) || !p[0] || !p[1]))
        return fail_at(problem, (struct str){0}, UTF16, NO_ARGS);
    if (csv->filled >= 4 && memcmp(p, "PK\3\4", 4) == 0)
        return fail_at(problem, (struct str){0}, WORKBOOK, NO_ARGS);
    if (csv->checked >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) csv->at = 3;
    while (csv->at < csv->checked && (p[csv->at] == '\n' || p[csv->at] == '\r'))
        csv->line += p[csv->at++] == '\n';
    if (!csv->options.delimiter) csv->options.delimiter = find_delimiter(csv);
    csv->stops[(uint8_t)csv->options.delimiter] = csv->stops['\n'] = csv->stops['\r'] = 1;
    bool more = false;
    if ((status = next_row(csv, &more, problem))) return status;
    if (!more) return fail_at(problem, (struct str){0}, EMPTY, NO_ARGS);
    if (csv->row.fault)
        return fail_at(problem, (struct str){0}, *csv->row.fault,
                       ARGS(csv->row.fault_args[0], csv->row.fault_args[1]));
    csv->header = csv->row;
    csv->header.cells = arena_array(&csv->arena, csv->row.n, sizeof *csv->header.cells);
    for (size_t i = 0; i < csv->row.n; i++)
        csv->header.cells[i] = str_copy(&csv->arena, csv->row.cells[i]);
    return OK;
}

static enum status open_source(const char *path, struct str data, const struct csv_options *options,
                               struct csv **ret, struct problem *problem) {
    struct csv *csv = memory_new(sizeof *csv);
    *ret = NULL;
    if (options) csv->options = *options;
    if (!csv->options.max_field) csv->options.max_field = CSV_MAX_FIELD;
    if (!csv->options.max_columns) csv->options.max_columns = CSV_MAX_COLUMNS;
    if (!csv->options.max_row) csv->options.max_row = CSV_MAX_ROW;
    csv->line = 1;
    csv->capacity = FIRST_BUFFER;
    csv->buffer = memory_new(csv->capacity);
    enum status status = csv_source_open(path, data, &csv->source, problem);
    if (!status) status = begin(csv, problem);
    if (status)
        csv_close(csv);
    else
        *ret = csv;
    return status;
}

enum status csv_open(const char *path, const struct csv_options *options, struct csv **ret,
                     struct problem *problem) {
    return open_source(path, (struct str){0}, options, ret, problem);
}

enum status csv_open_memory(struct str data, const struct csv_options *options, struct csv **ret,
                            struct problem *problem) {
    return open_source(NULL, data, options, ret, problem);
}

void csv_close(struct csv *csv) {
    if (!csv) return;
    csv_source_close(csv->source);
    free(csv->buffer);
    VEC_FREE(&csv->spans);
    VEC_FREE(&csv->cells);
    arena_free(&csv->arena);
    arena_free(&csv->row_arena);
    free(csv);
}

const struct csv_row *csv_header(const struct csv *csv) {
    return &csv->header;
}

enum status csv_next(struct csv *csv, const struct csv_row **row, struct problem *problem) {
    bool more = false;
    *row = NULL;
    enum status status = next_row(csv, &more, problem);
    if (status || !more) return status;
    csv->row.ragged = !csv->row.fault && csv->row.n != csv->header.n;
    *row = &csv->row;
    return OK;
}

void csv_progress(const struct csv *csv, uint64_t *done, uint64_t *total) {
    csv_source_progress(csv->source, done, total);
}

/* ---- writing ---- */

static void put_cell(struct csv_writer *writer, struct str cell, bool guard) {
    if (writer->need_comma) buf_put_byte(writer->out, ',');
    writer->need_comma = true;
    bool quote = guard;
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = cell.p[i] == ',' || cell.p[i] == '"' || cell.p[i] == '\n' || cell.p[i] == '\r';
    if (quote) buf_put_byte(writer->out, '"');
    if (guard) buf_put_byte(writer->out, '\'');
    for (struct str rest = cell; quote && rest.p;) {
        struct str part = str_cut(rest, '"', &rest);
        buf_put_str(writer->out, part);
        if (rest.p) buf_put_c(writer->out, "\"\"");
    }
    if (quote)
        buf_put_byte(writer->out, '"');
    else
        buf_put_str(writer->out, cell);
}

void csv_put_text(struct csv_writer *writer, struct str cell) {
    put_cell(writer, cell, cell.n && cell.p[0] && strchr("=+-@\t\r", cell.p[0]));
}

void csv_put_value(struct csv_writer *writer, struct str cell) {
    put_cell(writer, cell, false);
}

void csv_end_row(struct csv_writer *writer) {
    buf_put_c(writer->out, "\r\n");
    writer->need_comma = false;
}

void csv_put_bom(struct csv_writer *writer) {
    buf_put_c(writer->out, "\uFEFF");
}
