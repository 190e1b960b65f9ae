/* Facts made of custom fields. */
#include "insight/catalogue.h"

#include "base/vec.h"
#include "platform/records.h"
#include "queries.h"

static struct str declare(struct str key, struct str type, struct str en, struct str fa, struct str currency,
                          const char *base_currency, struct arena *arena) {
    static const struct {
        const char *custom, *fact;
    } types[] = {{"text", "text"},    {"choice", "text"}, {"number", "number"},
                 {"money", "number"}, {"date", "date"},   {"yes_no", "bool"}};
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    const char *fact = "text";
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_is(type, types[i].custom)) fact = types[i].fact;
    json_begin_object(&w);
    json_put_string(&w, "key", key);
    json_put_string(&w, "of", STR("account"));
    json_put_string(&w, "type", str_of(fact));
    json_put_string(&w, "unit",
                    str_is(type, "money") ? (str_is(currency, base_currency) ? STR("money") : currency)
                                          : STR(""));
    json_put_string(&w, "better", STR("neither"));
    json_name(&w, STR("title"));
    json_begin_object(&w);
    json_put_string(&w, "en", en);
    json_put_string(&w, "fa", fa);
    json_end_object(&w);
    json_name(&w, STR("source"));
    json_begin_object(&w);
    json_name(&w, STR("attribute"));
    json_begin_object(&w);
    json_put_string(&w, "field", str_format(arena, "traits.%.*s", STR_ARG(key)));
    json_end_object(&w);
    json_end_object(&w);
    json_end_object(&w);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

enum status custom_facts_read(struct session *session, const char *base_currency, struct arena *arena,
                              struct str **ret, size_t *n, struct problem *problem) {
    VEC(struct str) list = {0};
    struct rows *rows = rows_open(session, &query_custom_field_declarations);
    while (rows_next(rows))
        VEC_PUSH(&list,
                 declare(rows_text(rows, 0, arena), rows_text(rows, 1, arena), rows_text(rows, 2, arena),
                         rows_text(rows, 3, arena), rows_text(rows, 4, arena), base_currency, arena));
    *ret = arena_copy(arena, list.v ? list.v : &(struct str){0}, (list.n ? list.n : 1) * sizeof **ret);
    *n = list.n;
    VEC_FREE(&list);
    return rows_close(rows, problem);
}
