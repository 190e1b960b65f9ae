/* GET and POST /api/v1/imports/{id}/rows. */
#include "base/vec.h"
#include "exchange/import_custom.h"
#include "exchange/import_repair.h"
#include "exchange/import_store.h"
#include "platform/answer.h"
#include "queries.h"

#include <stdlib.h>

enum { MOST_REPAIRS = 2000 };

const struct route_query import_rows_query[] = {
    {"state", "refused (default), repaired, taken or all."},
    {"limit", "Most rows of a page, 1 to 500; 50 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};
const struct route_query import_kept_query[] = {
    {"limit", "Most rows of a page, 1 to 500; 50 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};

/* The header of the file, from what the import was told of its columns. */
static enum status read_header(const struct import *import, struct csv_row *header, struct arena *arena,
                               struct problem *problem) {
    struct json columns;
    struct problem unread = {.arena = arena};
    if (!import->columns.n || json_parse(import->columns, arena, &columns, &unread) ||
        columns.kind != JSON_ARRAY)
        return fail(problem, CONFLICT,
                    MESSAGE("import_not_read",
                            "The file was not read, so it has no rows to repair: see its problem.",
                            "فایل خوانده نشده و سطری برای درست کردن ندارد: مشکل آن را ببینید."),
                    NO_ARGS);
    header->n = columns.n;
    header->cells = arena_array(arena, columns.n + 1, sizeof *header->cells);
    for (size_t i = 0; i < columns.n; i++)
        header->cells[i] = json_get_string(&columns.items[i], "column");
    return OK;
}

static void write_faults(struct json_writer *w, struct str text, enum language language,
                         struct arena *arena) {
    struct json faults;
    struct problem unread = {.arena = arena};
    json_name(w, STR("faults"));
    json_begin_array(w);
    if (!json_parse(text, arena, &faults, &unread)) {
        for (size_t i = 0; i < faults.n; i++) {
            const struct json *fault = &faults.items[i];
            struct str suggestion = json_get_string(fault, "suggestion");
            json_begin_object(w);
            json_put_string(w, "column", json_get_string(fault, "column"));
            json_put_string(w, "code", json_get_string(fault, "code"));
            json_put_string(w, "message", json_get_string(fault, language == PERSIAN ? "fa" : "en"));
            json_name(w, STR("suggestion"));
            if (suggestion.n)
                json_string(w, suggestion);
            else
                json_null(w);
            json_end_object(w);
        }
    }
    json_end_array(w);
}

enum status import_handle_rows(struct request *request, struct response *response, struct problem *problem) {
    static const char *const states[] = {"refused", "repaired", "taken", "all", NULL};
    struct session *session = NULL;
    struct import import = {0};
    struct numbered list;
    struct id id;
    int state = 0;
    enum status status = request_id(request, "id", &id, problem);
    if (!status) status = import_load(request->house, id, &import, request->arena, problem);
    if (!status) status = request_query_choice(request, "state", states, &state, problem);
    if (!status) status = numbered_begin(&list, request, response, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    json_name(&list.w, STR("columns"));
    if (import.columns.n)
        json_raw(&list.w, import.columns);
    else
        json_null(&list.w);
    numbered_data(&list);
    struct rows *rows = rows_open(session, &query_import_refused_list);
    rows_bind_id(rows, "import", id);
    rows_bind_int(rows, "every", state == 3);
    rows_bind_text(rows, "state", str_of(states[state]));
    rows_bind_int(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    while (rows_next(rows) && numbered_add(&list, rows_int(rows, 0))) {
        json_begin_object(&list.w);
        json_put_int(&list.w, "row", list.last);
        json_put_string(&list.w, "state", rows_text(rows, 3, request->arena));
        json_name(&list.w, STR("cells"));
        json_raw(&list.w, rows_text(rows, 1, request->arena));
        write_faults(&list.w, rows_text(rows, 2, request->arena), request->language, request->arena);
        json_end_object(&list.w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    numbered_end(&list);
    return status;
}

/* ---- repairing ---- */

struct outcome {
    struct refused_row refused;
    bool fine;
};
struct repair {
    VEC(struct csv_row) rows;
    struct outcome *outcomes;
    struct arena *arena;
};

static int by_line(const void *a, const void *b) {
    const struct csv_row *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static enum status read_kept(struct session *session, struct id import, int64_t line,
                             const struct csv_row *header, struct csv_row *row, struct arena *arena,
                             struct problem *problem) {
    struct rows *rows = rows_open(session, &query_import_refused_get);
    rows_bind_id(rows, "import", import);
    rows_bind_int(rows, "line", line);
    bool found = rows_next(rows) && !str_is(rows_text(rows, 3, NULL), "taken");
    struct str cells = found ? rows_text(rows, 1, arena) : (struct str){0};
    enum status status = rows_close(rows, problem);
    struct json json;
    struct problem unread = {.arena = arena};
    if (!status && (!found || json_parse(cells, arena, &json, &unread)))
        status = fail_at(
            problem, STR("/rows"),
            MESSAGE(
                "row_not_refused", "Row {0} is not among the refused ones, or is in already.",
                "سطر {0} در میان سطرهای ردشده نیست یا پیش‌تر وارد شده است."),
            ARGS(str_format(arena, "%lld", (long long)line)));
    if (status) return status;
    *row = (struct csv_row){.line = line, .n = header->n};
    row->cells = arena_array(arena, header->n + 1, sizeof *row->cells);
    for (size_t i = 0; i < header->n; i++)
        row->cells[i] = i < json.n && json.items[i].kind == JSON_STRING ? json.items[i].string : STR("");
    return OK;
}

static enum status lay_over(struct csv_row *row, const struct csv_row *header, const struct json *correction,
                            size_t i, struct problem *problem) {
    struct str column = json_get_string(correction, "column");
    const struct json *value = json_get(correction, "value");
    for (size_t c = 0; c < header->n; c++) {
        if (!str_equal(header->cells[c], column) || !value || value->kind != JSON_STRING) continue;
        row->cells[c] = value->string;
        return OK;
    }
    return fail_at(
        problem, str_format(problem->arena, "/rows/%zu", i),
        MESSAGE(
            "repair_cell",
            "Name a column of the file and its new text: {\"row\", \"column\", \"value\"}. “{0}” is "
            "no column of it.",
            "ستونی از فایل و متن تازه‌اش را نام ببرید: {\"row\", \"column\", \"value\"}. «{0}» ستون آن "
            "نیست."),
        ARGS(column));
}

static enum status collect(struct request *request, const struct import *import, const struct csv_row *header,
                           struct repair *repair, struct problem *problem) {
    struct json body;
    struct session *session = NULL;
    enum status status = json_parse(request->body, request->arena, &body, problem);
    const struct json *list = status ? NULL : json_get(&body, "rows");
    if (!status && (!list || list->kind != JSON_ARRAY || !list->n || list->n > MOST_REPAIRS))
        status =
            fail_at(problem, STR("/rows"),
                    MESSAGE("repair_rows",
                            "Give 1 to 2,000 corrections: {\"rows\": [{\"row\", \"column\", \"value\"}]}.",
                            "۱ تا ۲٬۰۰۰ تصحیح بدهید: {\"rows\": [{\"row\", \"column\", \"value\"}]}."),
                    NO_ARGS);
    if (!status) status = records_read(request->house->records, &session, problem);
    for (size_t i = 0; !status && i < list->n; i++) {
        const struct json *line = json_get(&list->items[i], "row");
        struct csv_row *row = NULL;
        for (size_t k = 0; line && k < repair->rows.n; k++)
            if (repair->rows.v[k].line == line->integer) row = &repair->rows.v[k];
        if (!row) {
            struct csv_row fresh;
            status = read_kept(session, import->id, line && line->kind == JSON_INT ? line->integer : 0,
                               header, &fresh, request->arena, problem);
            if (status) break;
            VEC_PUSH(&repair->rows, fresh);
            row = &repair->rows.v[repair->rows.n - 1];
        }
        status = lay_over(row, header, &list->items[i], i, problem);
    }
    session_rollback(session);
    if (repair->rows.n) qsort(repair->rows.v, repair->rows.n, sizeof *repair->rows.v, by_line);
    return status;
}

static enum status told(void *self, size_t i, enum upsert_result result, const struct refused_row *refused,
                        struct problem *problem) {
    (void)result;
    (void)problem;
    struct repair *repair = self;
    struct outcome *outcome = &repair->outcomes[i];
    outcome->fine = !refused;
    if (!refused) return OK;
    outcome->refused = (struct refused_row){refused->line, str_copy(repair->arena, refused->cells),
                                            str_copy(repair->arena, refused->faults)};
    return OK;
}

static struct str cells_json(const struct csv_row *row, struct arena *arena) {
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_begin_array(&w);
    for (size_t i = 0; i < row->n; i++)
        json_string(&w, row->cells[i]);
    json_end_array(&w);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* The first faults that are left, as the import shows them. */
static enum status faults_left(struct session *session, struct import *import, struct arena *arena,
                               struct problem *problem) {
    enum { SHOWN = 100 };
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    const char *language = str_is(import->language, "fa") ? "fa" : "en";
    size_t n = 0;
    struct rows *rows = rows_open(session, &query_import_refused_list);
    rows_bind_id(rows, "import", import->id);
    rows_bind_int(rows, "every", 0);
    rows_bind_text(rows, "state", STR("refused"));
    rows_bind_int(rows, "after", 0);
    rows_bind_int(rows, "limit", SHOWN);
    json_begin_array(&w);
    while (rows_next(rows)) {
        struct json faults;
        struct problem unread = {.arena = arena};
        if (json_parse(rows_text(rows, 2, arena), arena, &faults, &unread)) continue;
        for (size_t i = 0; i < faults.n && n < SHOWN; i++, n++) {
            json_begin_object(&w);
            json_put_int(&w, "row", rows_int(rows, 0));
            json_put_string(&w, "column", json_get_string(&faults.items[i], "column"));
            json_put_string(&w, "code", json_get_string(&faults.items[i], "code"));
            json_put_string(&w, "message", json_get_string(&faults.items[i], language));
            json_end_object(&w);
        }
    }
    json_end_array(&w);
    import->faults = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return rows_close(rows, problem);
}

static enum status busy(struct problem *problem) {
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "import_busy", "The import is still running or was taken back: its rows cannot be repaired.",
            "این ورود هنوز در جریان است یا برگردانده شده: سطرهایش را نمی‌توان درست کرد."),
        NO_ARGS);
}

static enum status keep(struct request *request, struct import *import, struct repair *repair,
                        struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(request->house->records, &session, problem);
    for (size_t i = 0; i < repair->rows.n && !status; i++) {
        const struct outcome *outcome = &repair->outcomes[i];
        struct rows *rows = rows_open(session, &query_import_refused_update);
        rows_bind_id(rows, "import", import->id);
        rows_bind_int(rows, "line", repair->rows.v[i].line);
        rows_bind_text(rows, "cells", cells_json(&repair->rows.v[i], request->arena));
        rows_bind_text(rows, "faults", outcome->fine ? STR("[]") : outcome->refused.faults);
        rows_bind_text(rows, "state",
                       !outcome->fine    ? STR("refused")
                       : import->dry_run ? STR("repaired")
                                         : STR("taken"));
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
        import->repaired += outcome->fine;
        import->rejected -= outcome->fine;
    }
    if (!status) status = faults_left(session, import, request->arena, problem);
    import->has = import_has(import);
    if (!status) {
        struct rows *rows = rows_open(session, &query_import_repaired);
        rows_bind_record(rows, &import_type, import);
        while (rows_next(rows)) {
        }
        bool stood = rows_changed(rows) == 1;
        status = rows_close(rows, problem);
        if (!status && !stood) status = busy(problem);
    }
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

static enum status take(struct request *request, struct id id, struct import *import, struct repair *repair,
                        struct problem *problem) {
    struct csv_row header = {0};
    enum status status = import_load(request->house, id, import, request->arena, problem);
    if (!status && (import->state == IMPORT_WAITING || import->state == IMPORT_RUNNING || import->undo.n))
        status = busy(problem);
    if (!status) status = read_header(import, &header, request->arena, problem);
    if (!status) status = collect(request, import, &header, repair, problem);
    if (status) return status;
    repair->outcomes = arena_array(request->arena, repair->rows.n, sizeof *repair->outcomes);
    struct import_rows rows = {&header, repair->rows.v, repair->rows.n};
    status = import_run_rows(request->house, import, &rows, request->arena, told, repair, problem);
    return status ? status : keep(request, import, repair, problem);
}

enum status import_handle_repair(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct import import = {0};
    struct repair repair = {.arena = request->arena};
    struct id id;
    enum status status = request_id(request, "id", &id, problem);
    if (status) return status;
    importer_hold(request->house->importer);
    status = take(request, id, &import, &repair, problem);
    importer_let_go(request->house->importer);
    if (status) goto done;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < repair.rows.n; i++) {
        const struct outcome *outcome = &repair.outcomes[i];
        json_begin_object(&w);
        json_put_int(&w, "row", repair.rows.v[i].line);
        json_put_string(&w, "state",
                        !outcome->fine   ? STR("refused")
                        : import.dry_run ? STR("repaired")
                                         : STR("taken"));
        write_faults(&w, outcome->fine ? STR("[]") : outcome->refused.faults, request->language,
                     request->arena);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_name(&w, STR("import"));
    fields_encode(&import_type, &import, &w);
    json_end_object(&w);
done:
    VEC_FREE(&repair.rows);
    return status;
}

/* ---- kinds ---- */

static void write_field(struct json_writer *w, const struct field *field, enum language language, bool needed,
                        bool custom) {
    static const char *const types[] = {
        [FIELD_TEXT] = "text", [FIELD_INT] = "int",   [FIELD_NUMBER] = "number",
        [FIELD_BOOL] = "bool", [FIELD_DATE] = "date", [FIELD_INSTANT] = "instant",
        [FIELD_ENUM] = "enum", [FIELD_ID] = "id",     [FIELD_MONEY] = "money",
        [FIELD_JSON] = "json", [FIELD_LIST] = "list"};
    const char *title = language == PERSIAN && field->title.fa ? field->title.fa : field->title.en;
    json_begin_object(w);
    json_put_string(w, "name", str_of(field->name));
    json_put_string(w, "title", str_of(title ? title : field->name));
    json_put_string(w, "type", str_of(types[field->type]));
    json_put_bool(w, "required", needed);
    json_put_bool(w, "custom", custom);
    json_put_string(w, "doc", str_of(field->doc ? field->doc : ""));
    json_end_object(w);
}

enum status import_handle_kinds(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (const struct import_kind *kind = import_kinds; kind->name; kind++) {
        struct import_custom custom;
        enum status status = import_custom_make(request->house, kind, request->arena, &custom, problem);
        if (status) return status;
        json_begin_object(&w);
        json_put_string(&w, "kind", str_of(kind->name));
        json_name(&w, STR("fields"));
        json_begin_array(&w);
        for (size_t i = 0; i < custom.type.count; i++) {
            const struct field *field = &custom.type.fields[i];
            bool own = (int)i >= custom.first;
            if (field->flags & FIELD_READ_ONLY || (custom.json && (int)i == custom.json)) continue;
            bool needed = field->flags & (FIELD_REQUIRED | FIELD_KEY) && !(kind->derived >> (i & 63) & 1);
            write_field(&w, field, request->language, needed && !own, own);
        }
        json_end_array(&w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
