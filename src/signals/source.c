#include "signals/source.h"
#include "base/dict.h"
#include "queries.h"

#include <stdlib.h>
#include <xxhash.h>

#define AT(member) offsetof(struct source, member)
static const struct field fields[] = {
    {"name", FIELD_TEXT, FIELD_READ_ONLY, AT(name), 0, SOURCE_NAME_MAX, .title = {"Name", "نام"},
     .doc = "Name of the key or import."},
    {"kind", FIELD_TEXT, FIELD_READ_ONLY, AT(kind), .title = {"Kind", "نوع"},
     .doc = "What it brings: usage, accounts, invoices, …"},
    {"creates", FIELD_BOOL, 0, AT(creates), .title = {"Creates accounts", "مشتری می‌سازد"},
     .doc = "Unknown accounts are made; else their rows are held."},
    {"rank", FIELD_INT, 0, AT(rank), 0, 100, .title = {"Rank", "رتبه"},
     .doc = "Among sources of one field the higher wins."},
    {"lag_ms", FIELD_INT, 0, AT(lag_ms), 0, 3.2e12, .title = {"Lag", "تأخیر"},
     .doc = "Milliseconds from happening to being known, for declared back-fills."},
    {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at), .title = {"Created", "زمان ایجاد"},
     .doc = "When it was first heard of."},
};
RECORD_TYPE(source_type, "Source", struct source, fields);

struct sources {
    struct arena arena;
    struct dict names;
    struct source **list;
    size_t capacity;
};

static struct source *add(struct sources *sources, struct str name) {
    uint32_t i = dict_put(&sources->names, name, 0);
    if (sources->names.n > sources->capacity) {
        sources->capacity = sources->capacity ? sources->capacity * 2 : 16;
        sources->list = memory_resize(sources->list, sources->capacity * sizeof *sources->list);
    }
    struct source *source = arena_alloc(&sources->arena, sizeof *source);
    source->days = arena_array(&sources->arena, SOURCE_DAYS / 64, sizeof *source->days);
    sources->list[i] = source;
    return source;
}

enum status sources_load(struct session *session, struct sources **ret, struct problem *problem) {
    struct sources *sources = memory_new(sizeof *sources);
    struct rows *rows = rows_open(session, &query_source_all);
    while (rows_next(rows)) {
        struct source read = {0};
        rows_read(rows, &source_type, &read, &sources->arena);
        struct source *source = add(sources, read.name);
        read.days = source->days;
        read.stored = true;
        read.seed = XXH3_64bits(read.name.p, read.name.n);
        *source = read;
    }
    enum status status = rows_close(rows, problem);
    if (status) goto done;
    rows = rows_open(session, &query_source_day_all);
    while (rows_next(rows)) {
        uint32_t i = dict_find(&sources->names, rows_text(rows, 0, 0));
        if (i != DICT_NONE) source_heard(sources->list[i], (day_t)rows_int(rows, 1));
    }
    status = rows_close(rows, problem);
done:
    if (status)
        sources_free(sources);
    else
        *ret = sources;
    return status;
}

void sources_free(struct sources *sources) {
    if (!sources) return;
    dict_free(&sources->names);
    arena_free(&sources->arena);
    free(sources->list);
    free(sources);
}

struct source *sources_get(struct sources *sources, struct str name, instant_t now) {
    uint32_t i = dict_find(&sources->names, name);
    if (i != DICT_NONE) return sources->list[i];
    struct source *source = add(sources, name);
    source->name = str_copy(&sources->arena, name);
    source->kind = STR("usage");
    source->creates = true;
    source->created_at = now;
    source->seed = XXH3_64bits(name.p, name.n);
    for (size_t f = 0; f < source_type.count; f++)
        field_set(source, (int)f);
    return source;
}

struct source *sources_at(struct sources *sources, size_t i) {
    return i < sources->names.n ? sources->list[i] : NULL;
}

bool source_heard(struct source *source, day_t day) {
    if (day < SOURCE_DAY_FIRST || day >= SOURCE_DAY_FIRST + SOURCE_DAYS) return false;
    uint64_t *word = &source->days[(day - SOURCE_DAY_FIRST) / 64], bit = UINT64_C(1)
                                                                         << (day - SOURCE_DAY_FIRST) % 64;
    bool was = *word & bit;
    *word |= bit;
    return !was;
}

enum status source_store_put(struct session *session, const struct source *source, struct problem *problem) {
    return session_run(session, &query_source_put, &source_type, source, problem);
}

enum status source_store_day(struct session *session, struct str source, day_t day, instant_t received,
                             struct problem *problem) {
    struct rows *rows = rows_open(session, &query_source_day_put);
    rows_bind_text(rows, "source", source);
    rows_bind_int(rows, "day", day);
    rows_bind_int(rows, "first_received", received);
    rows_next(rows);
    return rows_close(rows, problem);
}
