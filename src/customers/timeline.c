#include "customers/timeline.h"

#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_SOURCES = 64, MOST_ROWS = 200, USUAL_ROWS = 50 };

const struct route_query timeline_query[] = {
    {"kinds",
     "Only these kinds, separated by commas: activity, answer, contact, feature, field, health, import, "
     "invoice, milestone, segment, subscription, ticket."},
    {"person", "Id of a person: only what names them."},
    {"before", "A day, YYYY-MM-DD: only what happened before it."},
    {"limit", "Most entries of a page, 1 to 200; 50 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};

/* ---- sentences ---- */

void timeline_say(const struct timeline_voice *voice, struct text sentence, struct arguments args,
                  struct buf *out) {
    struct fault fault = {
        .message = {"", sentence.en, sentence.fa}, .args = (struct str *)args.v, .arg_count = args.n};
    fault_print(&fault, voice->format.language, out);
}

static struct str taken(struct buf *out, struct arena *arena) {
    struct str text = str_copy(arena, buf_str(out));
    buf_free(out);
    return text;
}

struct str timeline_money(const struct timeline_voice *voice, double minor, struct str currency) {
    struct buf out = {0};
    if (isnan(minor)) return STR("–");
    format_money(&out, &voice->format, (int64_t)minor, currency);
    return taken(&out, voice->arena);
}

struct str timeline_day(const struct timeline_voice *voice, day_t day) {
    struct buf out = {0};
    format_day(&out, &voice->format, day, DAY_LONG);
    return taken(&out, voice->arena);
}

struct str timeline_int(const struct timeline_voice *voice, double value) {
    struct buf out = {0};
    format_number(&out, &voice->format, value, 2);
    return taken(&out, voice->arena);
}

/* ---- reading ---- */

/* Where a page begins: behind the entry of that instant, source and tie. */
struct position {
    instant_t at;
    size_t place; /* of the source; SIZE_MAX: before all of the instant */
    struct str tie;
};

struct asked {
    struct id account, person;
    uint32_t index;
    struct str kinds;
    int64_t limit;
    struct position from;
    struct timeline_voice voice;
};

struct stream {
    const struct timeline_source *source;
    timeline_rows rows; /* newest first */
    size_t next;
};

/* −1, 0, 1 as of `edge` in timeline.h: which entries of the position's instant this source still has. */
static int edge_of(const struct position *from, size_t place) {
    return place == from->place ? 0 : place > from->place ? 1 : -1;
}

static void bind_position(struct rows *rows, const struct asked *asked, const struct timeline_source *source,
                          size_t place) {
    int64_t before = asked->from.at;
    int edge = edge_of(&asked->from, place);
    if (source->days) {
        day_t day = zone_day(asked->voice.zone, before);
        if (zone_start(asked->voice.zone, day) != before) edge = 1; /* that day began before the instant */
        before = day;
    }
    rows_bind_int(rows, "before", before);
    rows_bind_int(rows, "edge", edge);
    struct id tie = {0};
    if (source->keyed)
        rows_bind_text(rows, "after", asked->from.tie);
    else {
        (void)id_parse(asked->from.tie, &tie);
        rows_bind_id(rows, "after", tie);
    }
}

static double number_or_none(struct rows *rows, int column) {
    return rows_is_null(rows, column) ? (double)NAN : rows_number(rows, column);
}

static enum status read_query(const struct asked *asked, struct stream *stream, size_t place,
                              struct problem *problem) {
    const struct timeline_source *source = stream->source;
    struct arena *arena = asked->voice.arena;
    struct rows *rows = rows_open(asked->voice.session, source->query);
    rows_bind_id(rows, "account", asked->account);
    rows_bind_int(rows, "limit", asked->limit + 1);
    bind_position(rows, asked, source, place);
    if (source->today) rows_bind_int(rows, "today", asked->voice.today);
    if (source->field) rows_bind_text(rows, "field", str_of(source->field));
    if (source->people) {
        rows_bind_int(rows, "anybody", id_is_none(asked->person));
        rows_bind_id(rows, "person", asked->person);
    }
    while (rows_next(rows)) {
        struct timeline_row row = {.at = rows_int(rows, 0)};
        if (source->days) {
            row.day = (day_t)row.at;
            row.at = zone_start(asked->voice.zone, row.day);
        }
        row.tie = source->keyed ? rows_text(rows, 1, arena) : id_str(arena, rows_id(rows, 1));
        if (!rows_is_null(rows, 2)) row.link = rows_id(rows, 2);
        if (!rows_is_null(rows, 3)) row.person = rows_id(rows, 3);
        row.person_name = rows_text(rows, 4, arena);
        row.who = rows_text(rows, 5, arena);
        row.word = rows_text(rows, 6, arena);
        row.text = rows_text(rows, 7, arena);
        row.note = rows_text(rows, 8, arena);
        row.a = number_or_none(rows, 9);
        row.b = number_or_none(rows, 10);
        VEC_PUSH(&stream->rows, row);
    }
    return rows_close(rows, problem);
}

static int newer_first(const void *a, const void *b) {
    const struct timeline_row *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? 1 : -1;
    return -str_compare(x->tie, y->tie);
}

static enum status read_gathered(struct house *house, const struct asked *asked, struct stream *stream,
                                 size_t place, struct problem *problem) {
    timeline_rows all = {0};
    enum status status = stream->source->gather(house, asked->index, &asked->voice, &all, problem);
    int edge = edge_of(&asked->from, place);
    for (size_t i = 0; i < all.n && !status; i++) {
        struct timeline_row *row = &all.v[i];
        if (stream->source->days) row->at = zone_start(asked->voice.zone, row->day);
        if (row->at > asked->from.at) continue;
        if (row->at == asked->from.at &&
            (edge < 0 || (edge == 0 && str_compare(row->tie, asked->from.tie) >= 0)))
            continue;
        VEC_PUSH(&stream->rows, *row);
    }
    VEC_FREE(&all);
    if (stream->rows.n) qsort(stream->rows.v, stream->rows.n, sizeof *stream->rows.v, newer_first);
    return status;
}

static bool is_wanted(const struct asked *asked, const struct timeline_source *source) {
    if (!id_is_none(asked->person) && !source->people) return false;
    if (!asked->kinds.n) return true;
    for (struct str rest = asked->kinds; rest.n;)
        if (str_is(str_trim(str_cut(rest, ',', &rest)), source->kind)) return true;
    return false;
}

/* ---- answering ---- */

static void write_part(struct json_writer *w, const struct timeline_part *part, struct str text,
                       double number) {
    if (!part->name) return;
    json_name(w, str_of(part->name));
    char day[DAY_TEXT + 1];
    if (part->type == PART_TEXT) {
        if (text.p)
            json_string(w, text);
        else
            json_null(w);
    } else if (isnan(number)) {
        json_null(w);
    } else if (part->type == PART_DAY) {
        day_print((day_t)number, day);
        json_string(w, str_of(day));
    } else if (part->type == PART_MONEY) {
        json_int(w, (int64_t)number);
    } else {
        json_number(w, number);
    }
}

static void write_entry(struct json_writer *w, const struct timeline_voice *voice,
                        const struct timeline_source *source, const struct timeline_row *row) {
    struct buf title = {0};
    char text[INSTANT_TEXT + 1], day[DAY_TEXT + 1];
    json_begin_object(w);
    instant_print(row->at, text);
    json_put_string(w, "at", str_of(text));
    json_name(w, STR("day"));
    if (source->days) {
        day_print(row->day, day);
        json_string(w, str_of(day));
    } else {
        json_null(w);
    }
    json_put_string(
        w, "id",
        str_format(voice->arena, "%s:%.*s:%lld", source->what, STR_ARG(row->tie), (long long)row->at));
    json_put_string(w, "kind", str_of(source->kind));
    json_put_string(w, "what", str_of(source->what));
    source->say(voice, source, row, &title);
    json_put_string(w, "title", buf_str(&title));
    buf_free(&title);
    json_name(w, STR("text"));
    struct str said = source->text.name ? (struct str){0} : row->text;
    if (said.n)
        json_string(w, said);
    else
        json_null(w);
    json_name(w, STR("person"));
    if (id_is_none(row->person)) {
        json_null(w);
    } else {
        json_begin_object(w);
        json_put_string(w, "id", id_str(voice->arena, row->person));
        json_put_string(w, "name", row->person_name);
        json_end_object(w);
    }
    json_name(w, STR("who"));
    if (row->who.n)
        json_string(w, row->who);
    else
        json_null(w);
    json_name(w, STR("link"));
    if (!source->link || (id_is_none(row->link) && !source->keyed)) {
        json_null(w);
    } else {
        json_begin_object(w);
        json_put_string(w, "type", str_of(source->link));
        json_put_string(w, "id", id_is_none(row->link) ? row->tie : id_str(voice->arena, row->link));
        json_end_object(w);
    }
    json_name(w, STR("parts"));
    json_begin_object(w);
    write_part(w, &source->word, row->word, NAN);
    write_part(w, &source->text, row->text, NAN);
    write_part(w, &source->note, row->note, NAN);
    write_part(w, &source->a, (struct str){0}, row->a);
    write_part(w, &source->b, (struct str){0}, row->b);
    json_end_object(w);
    json_end_object(w);
}

static void write_page(struct json_writer *w, const struct asked *asked, struct stream *streams, size_t n) {
    struct position last = {0};
    bool more = false;
    json_begin_object(w);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (int64_t count = 0;; count++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            const struct stream *stream = &streams[i];
            if (stream->next == stream->rows.n) continue;
            if (best == SIZE_MAX ||
                stream->rows.v[stream->next].at > streams[best].rows.v[streams[best].next].at)
                best = i; /* of the same instant: the source that stands first */
        }
        if (best == SIZE_MAX) break;
        if (count == asked->limit) {
            more = true;
            break;
        }
        const struct timeline_row *row = &streams[best].rows.v[streams[best].next++];
        write_entry(w, &asked->voice, streams[best].source, row);
        last = (struct position){row->at, best, row->tie};
    }
    json_end_array(w);
    json_name(w, STR("next_cursor"));
    if (more)
        json_string(w, str_format(asked->voice.arena, "%lld~%zu~%.*s", (long long)last.at, last.place,
                                  STR_ARG(last.tie)));
    else
        json_null(w);
    json_put_bool(w, "has_more", more);
    json_end_object(w);
}

static enum status read_position(const struct request *request, struct position *from,
                                 struct problem *problem) {
    struct str cursor = request_query(request, "cursor"), rest, tie;
    int64_t at, place;
    *from = (struct position){.at = (instant_t)4102444800000, .place = SIZE_MAX}; /* behind all: 2100-01-01 */
    day_t before = INT32_MIN;
    enum status status = request_query_day(request, "before", &before, problem);
    if (status) return status;
    if (before != INT32_MIN) from->at = zone_start(request->house->zone, before);
    if (!cursor.n) return OK;
    if (str_to_int(str_cut(cursor, '~', &rest), &at) && str_to_int(str_cut(rest, '~', &tie), &place) &&
        place >= 0 && tie.n) {
        *from = (struct position){at, (size_t)place, tie};
        return OK;
    }
    return fail_at(problem, STR("cursor"),
                   MESSAGE("cursor_unknown",
                           "“{0}” is no cursor of this list: take next_cursor of the page before.",
                           "«{0}» نشانگر این فهرست نیست: next_cursor صفحهٔ پیشین را بدهید."),
                   ARGS(cursor));
}

static enum status check_kinds(struct str kinds, struct problem *problem) {
    for (struct str rest = kinds; rest.n;) {
        struct str kind = str_trim(str_cut(rest, ',', &rest));
        bool known = false;
        for (size_t i = 0; timeline_sources[i] && !known; i++)
            known = str_is(kind, timeline_sources[i]->kind);
        if (!known)
            return fail_at(problem, STR("kinds"),
                           MESSAGE("query_value_unknown", "“{0}” is not a value that “{1}” takes.",
                                   "«{0}» برای «{1}» پذیرفته نیست."),
                           ARGS(kind, STR("kinds")));
    }
    return OK;
}

static enum status ask(struct request *request, struct asked *asked, struct problem *problem) {
    struct directory *directory = request->house->directory;
    struct settings *settings = request->house->settings;
    struct str person = request_query(request, "person");
    struct id account;
    *asked = (struct asked){.kinds = request_query(request, "kinds"), .limit = USUAL_ROWS};
    enum status status = request_account(request, &account, problem);
    if (!status) status = request_query_int(request, "limit", 1, MOST_ROWS, &asked->limit, problem);
    if (!status) status = check_kinds(asked->kinds, problem);
    if (!status) status = read_position(request, &asked->from, problem);
    if (!status && person.n && !id_parse(person, &asked->person))
        status = fail_not_found(problem, (struct text){"person", "شخص"}, person);
    if (status) return status;
    directory_lock(directory);
    asked->index = directory_root(directory, directory_by_id(directory, account));
    asked->account = directory_account(directory, asked->index)->id;
    directory_unlock(directory);
    asked->voice = (struct timeline_voice){
        .zone = request->house->zone,
        .format = {.language = request->language,
                   .calendar = (enum calendar)settings_choice(settings, SETTING_ORGANISATION_CALENDAR)},
        .arena = request->arena,
        .today = zone_day(request->house->zone, clock_now(request->house->clock))};
    return records_read(request->house->records, &asked->voice.session, problem);
}

enum status timeline_handle(struct request *request, struct response *response, struct problem *problem) {
    struct asked asked;
    struct stream streams[MOST_SOURCES] = {0};
    size_t n = 0;
    enum status status = ask(request, &asked, problem);
    if (status) return status;
    for (; timeline_sources[n] && n < MOST_SOURCES && !status; n++) {
        streams[n].source = timeline_sources[n];
        if (!is_wanted(&asked, timeline_sources[n])) continue;
        status = timeline_sources[n]->query ? read_query(&asked, &streams[n], n, problem)
                                            : read_gathered(request->house, &asked, &streams[n], n, problem);
    }
    if (!status) write_page(&(struct json_writer){.out = &response->body}, &asked, streams, n);
    session_rollback(asked.voice.session);
    for (size_t i = 0; i < n; i++)
        VEC_FREE(&streams[i].rows);
    return status;
}
