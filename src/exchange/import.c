#include "exchange/import.h"

#include "base/csv.h"
#include "base/dict.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "exchange/import_cell.h"
#include "exchange/import_custom.h"
#include "exchange/import_errors.h"
#include "exchange/import_events.h"
#include "exchange/import_repair.h"
#include "exchange/import_undo.h"
#include "platform/notices.h"
#include "platform/settings.h"

#include <xxhash.h>

/* Rows in one transaction: enough to make a commit cheap, few enough to let others write in between. */
enum { BATCH_ROWS = 2000 };

struct run {
    struct house *house;
    const struct import_kind *kind;
    struct import *import;
    struct csv *csv;                /* NULL: of `rows` */
    const struct import_rows *rows; /* repaired ones, in place of a file */
    size_t next;                    /* of those */
    const struct csv_row *header;
    struct import_custom custom;
    struct import_repairs repairs; /* of the dry run that is taken in now */
    struct import_cells cells;
    struct import_errors errors;
    struct origin origin;
    struct session *session;
    struct dict seen; /* keys of this file, to find a row that comes twice */
    VEC(int64_t) seen_lines;
    VEC(struct id) touched;
    struct import_events *events;
    size_t in_batch;
    struct arena refused_arena;
    VEC(struct refused_row) refused; /* written when the batch ends */
    size_t refused_kept;
    import_row_told told; /* NULL: nobody asks row by row */
    void *told_self;
};

static enum language import_language(const struct import *import) {
    return str_is(import->language, "fa") ? PERSIAN : ENGLISH;
}

/* What each column was taken for, and what was not understood: people see at once when a guess went wrong. */
static struct str describe_columns(const struct import_map *map, const struct csv_row *header,
                                   struct arena *arena) {
    struct buf out = {0};
    struct json_writer w = {&out};
    json_begin_array(&w);
    for (size_t i = 0; i < map->count; i++) {
        json_begin_object(&w);
        json_put_string(&w, "column", header->cells[i]);
        json_name(&w, STR("field"));
        if (map->columns[i].field < 0)
            json_null(&w);
        else
            json_string(&w, str_of(map->type->fields[map->columns[i].field].name));
        json_end_object(&w);
    }
    json_end_array(&w);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static enum status prepare(struct run *run, struct str map_given, struct arena *arena,
                           struct problem *problem) {
    struct import_map *map = arena_alloc(arena, sizeof *map);
    run->header = run->csv ? csv_header(run->csv) : run->rows->header;
    enum status status = import_custom_make(run->house, run->kind, arena, &run->custom, problem);
    if (!status) {
        status = import_map_make(&run->custom.type, run->header, map_given, run->kind->derived, arena, map,
                                 problem);
        /* What could not be mapped is told all the same, so that people can say which column is which. */
        if (status && run->csv) run->import->columns = describe_columns(map, run->header, arena);
    }
    if (!status && !id_is_none(run->import->dry_run_of))
        status = import_repairs_read(run->house, run->import->dry_run_of, &run->repairs, arena, problem);
    if (status) return status;
    run->cells = (struct import_cells){.map = map,
                                       .zone = run->house->zone,
                                       .currency_field = -1,
                                       .derived = run->kind->derived,
                                       .custom_first = run->custom.first};
    if (run->kind->currency_field)
        run->cells.currency_field = field_index(run->kind->type, str_of(run->kind->currency_field));
    if (run->import->money.n) {
        run->cells.has_unit = money_unit_parse(run->import->money, &run->cells.unit);
        if (!run->cells.has_unit)
            return fail_at(
                problem, STR("money"),
                MESSAGE(
                    "unknown_currency",
                    "“{0}” is no currency that we know. Use its ISO code (EUR), rial or toman.",
                    "«{0}» ارزی شناخته‌شده نیست. کد ISO آن (EUR)، ریال یا تومان "
                    "بنویسید."),
                ARGS(run->import->money));
    }
    if ((status = import_custom_units(&run->custom, map, run->cells.has_unit, &run->cells.unit, problem)))
        return status;
    if (run->csv) run->import->columns = describe_columns(map, run->header, arena);
    run->origin = (struct origin){
        .now = clock_now(run->house->clock),
        .source = run->import->source,
        .by = run->import->by,
        .backfill = run->import->backfill,
        .lag_ms = run->import->lag_days * DAY_MS,
        .zone = run->house->zone,
    };
    return OK;
}

/* What tells two rows of one file apart: the key, and what the kind adds to it. */
static struct str identity_of(const struct run *run, const void *record, const struct field **key,
                              struct arena *arena) {
    const struct record_type *type = run->kind->type;
    struct str identity = {0};
    *key = NULL;
    for (size_t i = 0; i < type->count; i++) {
        const struct field *field = &type->fields[i];
        bool is_key = field->flags & FIELD_KEY;
        if ((!is_key && !(run->kind->identity >> i & 1)) || !field_has(record, (int)i)) continue;
        const void *at = (const char *)record + field->offset;
        struct str part = field->type == FIELD_DATE ? str_format(arena, "%ld", (long)*(const day_t *)at)
                                                    : *(const struct str *)at;
        identity = str_format(arena, "%.*s\x1f%zu:%.*s", STR_ARG(identity), i, STR_ARG(part));
        if (is_key && !*key) *key = field;
    }
    return identity;
}

/* The same key a second time in one file: which of the two would be right, nobody can say. */
static enum status check_repeated(struct run *run, const struct csv_row *row, const void *record,
                                  struct problem *problem) {
    const struct field *key;
    struct str identity = identity_of(run, record, &key, problem->arena);
    if (!key) return OK;
    bool absent;
    uint32_t number = dict_put(&run->seen, identity, &absent);
    if (absent) {
        VEC_PUSH(&run->seen_lines, row->line);
        return OK;
    }
    return fail_at(
        problem, str_of(key->name),
        MESSAGE(
            "repeated_in_file", "“{0}” stands in row {1} already. Keep one of the two.",
            "«{0}» پیش‌تر در سطر {1} آمده است. یکی از دو سطر را نگه دارید."),
        ARGS(*(const struct str *)((const char *)record + key->offset),
             str_format(problem->arena, "%lld", (long long)run->seen_lines.v[number])));
}

/* Rules of the nouns name a field ("/seats"); who reads the errors knows the column by its header. What a
 * file names by a key ("account_key") is a thing of its own to a rule ("/account"). */
static void name_columns(const struct run *run, struct problem *problem) {
    const struct import_map *map = run->cells.map;
    for (size_t i = 0; i < problem->fault_count; i++) {
        struct str *where = &problem->faults[i].where;
        struct str name = str_starts(*where, STR("/")) ? str_slice(*where, 1, where->n) : *where;
        struct str key = str_format(problem->arena, "%.*s_key", STR_ARG(name));
        *where = name;
        for (size_t c = 0; c < map->count; c++) {
            if (map->columns[c].field < 0) continue;
            const char *field = map->type->fields[map->columns[c].field].name;
            if (str_is(name, field) || str_is(key, field)) *where = run->header->cells[c];
        }
    }
}

/* A row without a key of its own is known by what it says: the same row again is the same thing. */
static void derive_key(const struct record_type *type, const struct csv_row *row, void *record,
                       struct arena *arena) {
    for (size_t i = 0; i < type->count; i++) {
        if (!(type->fields[i].flags & FIELD_KEY) || field_has(record, (int)i)) continue;
        XXH3_state_t *state = XXH3_createState();
        XXH3_128bits_reset(state);
        for (size_t c = 0; c < row->n; c++) {
            XXH3_128bits_update(state, row->cells[c].p, row->cells[c].n);
            XXH3_128bits_update(state, "\x1f", 1);
        }
        XXH128_hash_t hash = XXH3_128bits_digest(state);
        XXH3_freeState(state);
        *(struct str *)((char *)record + type->fields[i].offset) = str_format(
            arena, "row:%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
        field_set(record, (int)i);
    }
}

static enum status read_row(struct run *run, const struct csv_row *row, void **ret, struct arena *arena,
                            struct problem *problem) {
    if (row->fault)
        return fail_at(problem, (struct str){0}, *row->fault,
                       (struct arguments){row->fault_args, COUNT(row->fault_args)});
    const struct csv_row *header = run->header;
    if (row->ragged)
        return fail_at(
            problem, (struct str){0},
            MESSAGE(
                "ragged_row",
                "The row has {0} cells where the header has {1}. Look for a missing or a stray delimiter.",
                "این سطر {0} خانه دارد ولی سرستون {1} خانه. جداکنندهٔ جاافتاده یا اضافه را پیدا کنید."),
            ARGS(str_format(arena, "%zu", row->n), str_format(arena, "%zu", header->n)));
    *ret = arena_alloc(arena, run->custom.type.size);
    enum status status = OK;
    if (run->kind->take && !run->session) status = records_write(run->house->records, &run->session, problem);
    if (status) return status;
    struct id record_id = {0};
    struct import_call call = {run->house, run->session, &run->origin, *ret, arena, &record_id};
    run->cells.resolve = run->kind->resolve;
    run->cells.call = &call;
    status = import_row_read(&run->cells, header, row, *ret, arena, problem);
    if (!status && run->custom.fields.n) status = import_custom_fold(&run->custom, *ret, arena, problem);
    if (status) return status;
    if (run->kind->derives_key) derive_key(run->kind->type, row, *ret, arena);
    return check_repeated(run, row, *ret, problem);
}

/* One row into the store; what a refused row has written already is taken back. */
static enum status take_row(struct run *run, const struct csv_row *row, void *record, struct arena *arena,
                            struct problem *problem) {
    enum status status = OK;
    if (run->events) return import_events_put(run->events, record, problem);
    if ((status = session_mark(run->session, problem))) return status;
    struct id record_id = {0}, account = {0};
    struct import_call call = {run->house, run->session, &run->origin, record, arena, &record_id};
    struct import_trace trace;
    enum upsert_result result = UPSERT_UNCHANGED;
    bool traced = !run->import->dry_run && !id_is_none(run->import->id);
    if (traced && (status = import_trace_before(&call, run->kind, &trace, problem))) return status;
    status = run->kind->take(&call, &result, &account, problem);
    if (!status && traced && result != UPSERT_UNCHANGED)
        status = import_trace_after(&call, run->kind, &trace, run->import, row->line, account, problem);
    if (status) {
        struct problem undo = {.arena = problem->arena};
        if (session_back_to_mark(run->session, &undo))
            return fail(problem, INTERNAL, undo.main.message, NO_ARGS);
        return status;
    }
    run->in_batch++;
    int64_t *counts[] = {&run->import->created, &run->import->updated, &run->import->unchanged};
    ++*counts[result];
    if (result != UPSERT_UNCHANGED && !id_is_none(account)) VEC_PUSH(&run->touched, account);
    return OK;
}

/* Statuses that say "this row is wrong" rather than "we cannot go on". */
static bool row_is_refused(enum status status) {
    return status == BAD_INPUT || status == CONFLICT || status == NOT_FOUND || status == TOO_LARGE ||
           status == FORBIDDEN;
}

/* Refused rows are kept whatever becomes of the others: a dry run takes its own batch back. */
static enum status keep_refused(struct run *run, struct problem *problem) {
    enum status status =
        run->refused.n && !id_is_none(run->import->id)
            ? import_refused_put(run->house, run->import->id, run->refused.v, run->refused.n, problem)
            : OK;
    run->refused.n = 0;
    arena_reset(&run->refused_arena);
    return status;
}

static enum status end_batch(struct run *run, struct problem *problem) {
    struct session *session = run->session;
    run->session = NULL;
    run->in_batch = 0;
    if (!session) return keep_refused(run, problem);
    if (run->import->dry_run) {
        session_rollback(session);
        run->touched.n = 0;
        return keep_refused(run, problem);
    }
    enum status status = session_commit(session, problem);
    for (size_t i = 0; i < run->touched.n && !status; i++) {
        if (run->kind->type == &account_type)
            status = accounts_changed(run->house, run->touched.v[i], problem);
        else
            account_touched(run->house, run->touched.v[i]);
    }
    run->touched.n = 0;
    if (run->kind->everybody && !status)
        notices_put(run->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS);
    return status ? status : keep_refused(run, problem);
}

static void note_progress(struct run *run) {
    uint64_t done, total;
    if (!run->csv) return;
    csv_progress(run->csv, &done, &total);
    run->import->bytes_done = (int64_t)done;
    run->import->bytes_total = (int64_t)total;
}

/* A row of the file, or the one that it was repaired to. */
static enum status next_row(struct run *run, const struct csv_row **row, struct problem *problem) {
    if (!run->csv) {
        *row = run->next < run->rows->n ? &run->rows->rows[run->next++] : NULL;
        return OK;
    }
    enum status status = csv_next(run->csv, row, problem);
    const struct csv_row *repaired =
        !status && *row && run->repairs.n ? import_repairs_find(&run->repairs, (*row)->line) : NULL;
    if (repaired) *row = repaired;
    return status;
}

/* Keeps a refused row, and tells of it. */
static enum status refuse(struct run *run, const struct csv_row *row, struct problem *refused,
                          struct problem *problem) {
    enum status status = OK;
    if (run->csv) run->import->rejected++;
    name_columns(run, refused);
    if (run->csv) status = import_errors_put(&run->errors, row->line, refused, problem);
    if (status || (run->csv && (row->fault || run->refused_kept == REFUSED_KEPT))) return status;
    struct refused_row kept =
        import_refused_make(run->house, run->cells.map, run->header, row, refused, &run->refused_arena);
    if (!run->csv) return run->told(run->told_self, run->next - 1, UPSERT_UNCHANGED, &kept, problem);
    run->refused_kept++;
    VEC_PUSH(&run->refused, kept);
    return OK;
}

static enum status read_all(struct run *run, void (*progress)(void *, const struct import *), void *self,
                            struct problem *problem) {
    struct arena arena = {0};
    enum status status = OK;
    for (size_t row_count = 1;; row_count++) {
        const struct csv_row *row;
        if ((status = next_row(run, &row, problem)) || !row) break;
        if (run->csv) run->import->rows++;
        int64_t created = run->import->created, updated = run->import->updated;
        struct problem refused = {.arena = &arena};
        void *record = NULL;
        status = read_row(run, row, &record, &arena, &refused);
        if (!status) status = take_row(run, row, record, &arena, &refused);
        if (row_is_refused(status)) {
            status = refuse(run, row, &refused, problem);
        } else if (!status && run->told) {
            enum upsert_result result = run->import->created > created   ? UPSERT_CREATED
                                        : run->import->updated > updated ? UPSERT_UPDATED
                                                                         : UPSERT_UNCHANGED;
            status = run->told(run->told_self, run->next - 1, result, NULL, problem);
        } else if (status) {
            status = fail(problem, status, refused.main.message,
                          (struct arguments){refused.main.args, refused.main.arg_count});
        }
        if (status) break;
        if (row_count % BATCH_ROWS == 0) {
            if ((status = end_batch(run, problem))) break;
            note_progress(run);
            if (progress) progress(self, run->import);
        }
        arena_reset(&arena);
    }
    if (status) {
        session_rollback(run->session);
        run->session = NULL;
    } else {
        status = run->events ? import_events_flush(run->events, problem) : OK;
        if (!status) status = end_batch(run, problem);
    }
    arena_free(&arena);
    return status;
}

/* A file that breaks off, or is no UTF-8 somewhere, is found before a single row of it is taken. */
static enum status read_through(const char *path, const struct csv_options *options,
                                struct problem *problem) {
    struct csv *csv = NULL;
    const struct csv_row *row = NULL;
    enum status status = csv_open(path, options, &csv, problem);
    do {
        if (!status) status = csv_next(csv, &row, problem);
    } while (!status && row);
    csv_close(csv);
    return status;
}

enum status import_run(struct house *house, const char *path, const char *errors_path, struct import *import,
                       struct arena *arena, void (*progress)(void *self, const struct import *import),
                       void *self, struct problem *problem) {
    struct run run = {.house = house, .import = import, .kind = import_kind_find(import->kind)};
    if (!run.kind)
        return fail_at(problem, STR("kind"),
                       MESSAGE("unknown_import_kind", "“{0}” cannot be imported. Kinds: {1}.",
                               "«{0}» را نمی‌توان وارد کرد. انواع: {1}."),
                       ARGS(import->kind, import_kind_names(arena)));
    struct csv_options options = {.max_field =
                                      (size_t)settings_int(house->settings, SETTING_IMPORT_MAX_FIELD_BYTES)};
    import_errors_open(&run.errors, errors_path, import_language(import));
    enum status status = read_through(path, &options, problem);
    if (!status) status = csv_open(path, &options, &run.csv, problem);
    if (!status) status = prepare(&run, import->map, arena, problem);
    if (!status && !run.kind->take)
        status = import_events_begin(house, import, &run.origin, &run.events, problem);
    if (!status) status = read_all(&run, progress, self, problem);
    /* Whose events are whose follows from who is a contact where. */
    if (!status && run.kind->type == &contact_type && !import->dry_run && import->created + import->updated)
        status = directory_load(house->directory, house->records, problem);
    if (run.csv) note_progress(&run);
    import_events_end(run.events);

    struct buf faults = {0};
    buf_put_c(&faults, "[");
    buf_put_str(&faults, buf_str(&run.errors.first));
    buf_put_c(&faults, "]");
    import->faults = str_copy(arena, buf_str(&faults));
    buf_free(&faults);
    struct problem closing = {.arena = problem->arena};
    enum status closed = import_errors_close(&run.errors, &closing);
    if (!status && closed) {
        *problem = closing;
        status = closed;
    }
    csv_close(run.csv);
    dict_free(&run.seen);
    VEC_FREE(&run.seen_lines);
    VEC_FREE(&run.touched);
    VEC_FREE(&run.refused);
    arena_free(&run.refused_arena);
    return status;
}

enum status import_run_rows(struct house *house, struct import *import, const struct import_rows *rows,
                            struct arena *arena, import_row_told told, void *self, struct problem *problem) {
    struct run run = {.house = house,
                      .import = import,
                      .kind = import_kind_find(import->kind),
                      .rows = rows,
                      .told = told,
                      .told_self = self};
    enum status status = prepare(&run, import->map, arena, problem);
    if (!status && !run.kind->take)
        status = import_events_begin(house, import, &run.origin, &run.events, problem);
    if (!status) status = read_all(&run, NULL, NULL, problem);
    import_events_end(run.events);
    dict_free(&run.seen);
    VEC_FREE(&run.seen_lines);
    VEC_FREE(&run.touched);
    VEC_FREE(&run.refused);
    arena_free(&run.refused_arena);
    return status;
}
