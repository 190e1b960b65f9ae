#include "insight/figure.h"

#include "base/format.h"

#include <math.h>

void put_both(struct json_writer *w, const char *name, struct str en, struct str fa) {
    json_name(w, str_of(name));
    json_begin_object(w);
    json_put_string(w, "en", en);
    json_put_string(w, "fa", fa);
    json_end_object(w);
}

struct str persian_number(struct arena *arena, double value, int decimals) {
    struct format format = {.language = PERSIAN};
    struct buf out = {0};
    format_number(&out, &format, value, decimals);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

void put_day(struct json_writer *w, const char *name, day_t day) {
    char text[DAY_TEXT + 1];
    json_name(w, str_of(name));
    if (day == INT32_MIN || day == INT32_MAX) {
        json_null(w);
        return;
    }
    day_print(day, text);
    json_string(w, str_of(text));
}

void figure_set(const struct record_type *type, void *record, int field, double value) {
    if (isnan(value)) return;
    *(double *)(void *)((char *)record + type->fields[field].offset) = value;
    field_set(record, field);
}

enum status request_page(const struct request *request, int64_t limit_unless_told, struct figure_page *ret,
                         struct problem *problem) {
    enum { MOST = 1000 };
    *ret = (struct figure_page){limit_unless_told, 0};
    enum status limit = request_query_int(request, "limit", 1, MOST, &ret->limit, problem),
                cursor = request_query_int(request, "cursor", 0, UINT32_MAX, &ret->first, problem);
    return limit ? limit : cursor;
}

size_t figure_page_end(const struct figure_page *page, size_t rows) {
    size_t end = (size_t)(page->first + page->limit);
    return end < rows ? end : rows;
}

void put_page(struct json_writer *w, struct arena *arena, size_t end, size_t rows) {
    json_put_bool(w, "has_more", end < rows);
    json_name(w, STR("next_cursor"));
    if (end < rows)
        json_string(w, str_format(arena, "%zu", end));
    else
        json_null(w);
}
