/* The values that accounts have of a text fact, for whoever writes a rule: most frequent first. */
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/account_table.h"
#include "insight/fact_api.h"

#include <stdlib.h>

enum { VALUES_MOST = 200 };

struct counted_value {
    struct str value;
    int64_t accounts;
};

static int by_count(const void *a, const void *b) {
    const struct counted_value *x = a, *y = b;
    if (x->accounts != y->accounts) return x->accounts < y->accounts ? 1 : -1;
    return str_compare(x->value, y->value);
}

/* As people read it: an owner by the name. */
static struct str label_of(const struct board *board, struct str fact, struct str value,
                           enum language language) {
    struct id id;
    if (str_is(fact, "owner") && id_parse(value, &id)) return board_member_name(board, id);
    static const struct {
        const char *status;
        struct text label;
    } statuses[] = {{"prospect", {"Prospect", "احتمالی"}},
                    {"live", {"Live", "جاری"}},
                    {"leaving", {"Leaving", "در حال رفتن"}},
                    {"lost", {"Lost", "ازدست‌رفته"}}};
    for (size_t i = 0; i < COUNT(statuses) && str_is(fact, "status"); i++)
        if (str_is(value, statuses[i].status))
            return str_of(language == PERSIAN ? statuses[i].label.fa : statuses[i].label.en);
    if (str_is(fact, "health_band")) return table_band_title(board, value, language);
    return value;
}

static enum status count_values(const struct request *request, const struct board *board, uint32_t number,
                                struct counted_value *values, struct problem *problem) {
    struct column column;
    const struct fact *fact = catalogue_fact(board->catalogue, number);
    enum status status = facts_evaluate(request->house->insight, board->catalogue, &number, 1, &board->moment,
                                        0, board->n, request->arena, &column, problem);
    if (status) return status;
    directory_lock(request->house->directory);
    for (uint32_t i = 0; i < board->n; i++) {
        if (!board->present[i] || column.state[i] != FACT_KNOWN) continue;
        if (!directory_in_scope(request->house->directory, i, &request->principal)) continue;
        struct counted_value *value = &values[(size_t)column.number[i]];
        value->value = dict_key(fact->texts, (uint32_t)column.number[i]);
        value->accounts++;
    }
    directory_unlock(request->house->directory);
    return OK;
}

enum status fact_handle_values(struct request *request, struct response *response, struct problem *problem) {
    struct str key = request_param(request, "key");
    struct board *board;
    enum status status = board_hold(request->house, &board, problem);
    if (status) return status;
    uint32_t number = catalogue_find(board->catalogue, key);
    const struct fact *fact = number == DICT_NONE ? NULL : catalogue_fact(board->catalogue, number);
    if (!fact || fact->type != VALUE_TEXT) {
        board_release(board);
        return fail(problem, fact ? BAD_INPUT : NOT_FOUND,
                    fact
                        ? MESSAGE("values_type", "“{0}” is no fact of texts.", "«{0}» شاخصی از نوع متن نیست.")
                        : MESSAGE("fact_not_there", "There is no fact “{0}”. See: vafa facts list DATA.",
                                  "شاخص «{0}» وجود ندارد. فهرست: vafa facts list DATA."),
                    ARGS(key));
    }
    size_t n = fact->texts->n;
    struct counted_value *values = arena_array(request->arena, n + 1, sizeof *values);
    status = count_values(request, board, number, values, problem);
    if (!status) {
        qsort(values, n, sizeof *values, by_count);
        struct json_writer w = {.out = &response->body};
        json_begin_object(&w);
        json_name(&w, STR("data"));
        json_begin_array(&w);
        for (size_t i = 0; i < n && i < VALUES_MOST && values[i].accounts; i++) {
            json_begin_object(&w);
            json_put_string(&w, "value", values[i].value);
            json_put_string(&w, "label", label_of(board, key, values[i].value, request->language));
            json_put_int(&w, "accounts", values[i].accounts);
            json_end_object(&w);
        }
        json_end_array(&w);
        json_end_object(&w);
    }
    board_release(board);
    return status;
}
