#include "insight/account_table.h"

#include "base/format.h"
#include "base/list.h"
#include "base/vec.h"
#include "insight/board_past.h"
#include "platform/answer.h"

#include <math.h>
#include <stdlib.h>

const struct route_query account_table_query[] = {
    TABLE_QUERY,
    {"columns", "Keys of facts, separated by commas: each row has them under `facts`."},
    {"offset", "Rows to pass over: any row can be jumped to."},
    {"limit", "Most rows, 1 to 500; 50 unless given."},
    {"cursor", "next_cursor of the page before, instead of an offset."},
    {NULL, NULL},
};

/* ---- one row ---- */

static void put_number(struct json_writer *w, const char *name, double value, int decimals) {
    double scale = decimals == 1 ? 10 : 1;
    json_put_number(w, name, round(value * scale) / scale);
}

static void put_text(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    if (text.n)
        json_string(w, text);
    else
        json_null(w);
}

static void put_health(struct json_writer *w, const struct table_row *row) {
    json_name(w, STR("health"));
    json_begin_object(w);
    json_put_number(w, "score", row->score); /* rounded once, where it is shown */
    json_put_string(w, "band", row->band);
    json_put_string(w, "title", row->band_title);
    put_number(w, "change", row->change_real ? row->change : NAN, 1);
    json_end_object(w);
    json_name(w, STR("weeks"));
    if (!row->has_weeks) {
        json_null(w);
        return;
    }
    json_begin_array(w);
    for (int i = 0; i < BOARD_WEEKS; i++)
        json_number(w, round(row->weeks[i] * 10) / 10);
    json_end_array(w);
}

static void put_why(const struct request *request, const struct board *board, uint32_t account,
                    struct json_writer *w) {
    struct arena arena = {0};
    struct format format = request_format(request);
    struct board_why why;
    json_name(w, STR("why"));
    if (board_why(request->house, board, account, &format, &arena, &why)) {
        json_begin_object(w);
        json_put_string(w, "key", why.key);
        put_text(w, "fact", why.fact);
        json_put_string(w, "text", why.text);
        json_put_number(w, "value", why.value);
        json_put_number(w, "before", why.before);
        put_number(w, "lost", why.lost, 1);
        json_end_object(w);
    } else {
        json_null(w);
    }
    arena_free(&arena);
}

static enum status put_facts(const struct request *request, const struct board *board, uint32_t account,
                             const struct table_columns *columns, struct json_writer *w,
                             struct problem *problem) {
    struct arena arena = {0};
    struct column values[TABLE_MOST_COLUMNS];
    enum status status = facts_evaluate(request->house->insight, board->catalogue, columns->facts, columns->n,
                                        &board->moment, account, 1, &arena, values, problem);
    json_name(w, STR("facts"));
    json_begin_object(w);
    for (size_t i = 0; i < columns->n && !status; i++) {
        const struct fact *fact = catalogue_fact(board->catalogue, columns->facts[i]);
        char day[DAY_TEXT + 1];
        double value = values[i].number[0];
        json_name(w, fact->key);
        if (values[i].state[0] != FACT_KNOWN)
            json_null(w);
        else if (fact->type == VALUE_TEXT)
            json_string(w, dict_key(fact->texts, (uint32_t)value));
        else if (fact->type == VALUE_BOOL)
            json_bool(w, value != 0);
        else if (fact->type == VALUE_DATE)
            day_print((day_t)value, day), json_string(w, str_of(day));
        else
            json_number(w, value);
    }
    json_end_object(w);
    arena_free(&arena);
    return status;
}

static enum status put_row(const struct request *request, const struct board *board, uint32_t account,
                           const struct table_columns *columns, struct json_writer *w,
                           struct problem *problem) {
    struct table_row row;
    struct arena arena = {0};
    struct str *tags;
    table_row(board, account, request->language, &row);
    json_begin_object(w);
    json_put_string(w, "id", id_str(&arena, row.id));
    put_text(w, "key", row.key);
    json_put_string(w, "name", row.name);
    json_put_string(w, "status", row.status);
    put_health(w, &row);
    put_why(request, board, account, w);
    put_number(w, "arr", row.arr, 0);
    json_name(w, STR("renews_on"));
    char day[DAY_TEXT + 1];
    if (row.renews_on == INT32_MIN)
        json_null(w);
    else
        day_print(row.renews_on, day), json_string(w, str_of(day));
    put_text(w, "stage", row.stage);
    json_name(w, STR("owner"));
    if (id_is_none(row.owner)) {
        json_null(w);
    } else {
        json_begin_object(w);
        json_put_string(w, "id", id_str(&arena, row.owner));
        json_put_string(w, "name", row.owner_name);
        json_end_object(w);
    }
    json_name(w, STR("tags"));
    json_begin_array(w);
    for (size_t i = 0, n = list_split(row.tags, &arena, &tags); i < n; i++)
        json_string(w, tags[i]);
    json_end_array(w);
    enum status status = put_facts(request, board, account, columns, w, problem);
    json_end_object(w);
    arena_free(&arena);
    return status;
}

/* ---- the answer ---- */

static void put_sums(const struct request *request, const struct board *board,
                     const struct board_order *order, struct json_writer *w) {
    json_name(w, STR("sums"));
    json_begin_object(w);
    json_put_int(w, "count", (int64_t)order->n);
    put_number(w, "arr", order->arr, 0);
    put_number(w, "health_by_arr", order->weight > 0 ? order->weighted / order->weight : NAN, 1);
    json_name(w, STR("bands"));
    json_begin_array(w);
    for (size_t b = 0; b < order->band_n; b++) {
        const struct table_band *band = &order->bands[b];
        if (!band->accounts) continue;
        struct str key =
            band->band == DICT_NONE ? STR("unknown") : dict_key(board->texts[BOARD_BAND], band->band);
        json_begin_object(w);
        json_put_string(w, "band", key);
        json_put_string(w, "title", table_band_title(board, key, request->language));
        json_put_int(w, "accounts", (int64_t)band->accounts);
        put_number(w, "arr", band->arr, 0);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static enum status compute(const struct request *request, struct board *board, struct buf *out,
                           struct problem *problem) {
    const struct board_order *order;
    struct table_columns columns;
    int64_t offset = 0, limit = 50;
    enum status status = request_query_int(request, "offset", 0, UINT32_MAX, &offset, problem);
    if (!status) status = request_query_int(request, "cursor", 0, UINT32_MAX, &offset, problem);
    if (!status) status = request_query_int(request, "limit", 1, LIST_MOST, &limit, problem);
    if (!status) status = table_columns(request, board, &columns, problem);
    if (!status) status = table_order(request, board, &order, problem);
    if (status) return status;
    struct json_writer w = {.out = out};
    size_t end = (size_t)(offset + limit) < order->n ? (size_t)(offset + limit) : order->n;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = (size_t)offset; i < end && !status; i++)
        status = put_row(request, board, order->rows[i], &columns, &w, problem);
    json_end_array(&w);
    json_put_int(&w, "offset", offset);
    json_put_int(&w, "total", (int64_t)order->n);
    json_name(&w, STR("next_cursor"));
    if (end < order->n)
        json_string(&w, str_format(request->arena, "%zu", end));
    else
        json_null(&w);
    json_put_bool(&w, "has_more", end < order->n);
    put_sums(request, board, order, &w);
    json_put_int(&w, "unjudged", (int64_t)order->unjudged);
    json_put_string(&w, "currency", board->currency);
    char day[DAY_TEXT + 1];
    day_print(board->moment.day, day);
    json_put_string(&w, "as_of", str_of(day));
    json_put_bool(&w, "settling", !board->past);
    json_end_object(&w);
    return status;
}

/* ---- answers kept with the board ---- */

enum { MOST_ANSWERS = 64, MOST_BYTES = 512 * 1024, RENEW_MS = 3000, RENEW_MOST = 16 };

struct board_answer {
    struct board_answer *next;
    struct arena arena;
    struct str key;
    struct request request; /* copied: answers are renewed with the next board */
    struct buf body;
    struct str etag;
    int64_t used; /* monotonic ms; atomic */
};

static void answer_free(struct board_answer *answer) {
    struct arena arena = answer->arena;
    buf_free(&answer->body);
    free(answer);
    arena_free(&arena);
}

void board_forget(struct board *board) {
    board_orders_free(board->orders);
    while (board->answers) {
        struct board_answer *next = board->answers->next;
        answer_free(board->answers);
        board->answers = next;
    }
}

/* Who asks what, in which language. */
static struct str answer_key(const struct request *request, struct arena *arena) {
    const struct principal *principal = &request->principal;
    struct buf key = {0};
    buf_format(&key, "%d%d%d,%d,%d,", request->language, principal->kind, principal->scope,
               (int)request->calendar, (int)request->digits);
    buf_put(&key, principal->member.b, sizeof principal->member.b);
    buf_put_str(&key, principal->team);
    for (const struct route_query *q = account_table_query; q->name; q++) {
        struct str value = request_query(request, q->name);
        buf_put_byte(&key, value.p ? 1 : 0);
        buf_put_str(&key, value);
    }
    struct str copy = str_copy(arena, buf_str(&key));
    buf_free(&key);
    return copy;
}

static struct board_answer *answer_new(const struct request *request, struct str key) {
    struct board_answer *answer = memory_new(sizeof *answer);
    struct arena *arena = &answer->arena;
    answer->key = str_copy(arena, key);
    answer->request = (struct request){.house = request->house,
                                       .method = METHOD_GET,
                                       .path = str_copy(arena, request->path),
                                       .query_count = request->query_count,
                                       .principal = request->principal,
                                       .language = request->language,
                                       .calendar = request->calendar,
                                       .digits = request->digits};
    answer->request.principal.name = str_copy(arena, request->principal.name);
    answer->request.principal.team = str_copy(arena, request->principal.team);
    answer->request.query = arena_array(arena, request->query_count + 1, sizeof *answer->request.query);
    for (size_t i = 0; i < request->query_count; i++)
        answer->request.query[i] = (struct parameter){str_copy(arena, request->query[i].name),
                                                      str_copy(arena, request->query[i].value)};
    return answer;
}

static enum status answer_fill(struct board_answer *answer, struct board *board, struct arena *arena,
                               struct problem *problem) {
    struct request request = answer->request;
    request.arena = arena;
    enum status status = compute(&request, board, &answer->body, problem);
    answer->etag = answer_tag(buf_str(&answer->body), &answer->arena);
    return status;
}

static struct board_answer *find(struct board *board, struct str key) {
    struct board_answer *answer = board->answers;
    while (answer && !str_equal(answer->key, key))
        answer = answer->next;
    return answer;
}

void board_renew(struct house *house, struct board *before, struct board *next) {
    (void)house;
    int64_t now = monotonic_ms();
    pthread_mutex_lock(
        &before->lock); /* answers are only ever added, in front: these stay while the board is held */
    struct board_answer *first = before->answers;
    pthread_mutex_unlock(&before->lock);
    size_t n = 0;
    for (const struct board_answer *old = first; old && n < RENEW_MOST; old = old->next) {
        int64_t used = __atomic_load_n(&old->used, __ATOMIC_RELAXED);
        if (now - used > RENEW_MS) continue;
        struct arena arena = {0};
        struct problem problem = {.arena = &arena};
        struct board_answer *answer = answer_new(&old->request, old->key);
        answer->used = used;
        if (answer_fill(answer, next, &arena, &problem)) { /* whoever asks next hears why */
            answer_free(answer);
        } else {
            answer->next = next->answers;
            next->answers = answer;
            next->answer_n++;
            n++;
        }
        arena_free(&arena);
    }
}

static enum status answer_anew(struct request *request, struct board *board, struct str key,
                               struct response *response, struct problem *problem) {
    struct board_answer *answer = answer_new(request, key);
    enum status status = answer_fill(answer, board, request->arena, problem);
    if (status) {
        answer_free(answer);
        return status;
    }
    answer->used = monotonic_ms();
    buf_put_str(&response->body, buf_str(&answer->body));
    response->etag = str_copy(request->arena, answer->etag);
    pthread_mutex_lock(&board->lock);
    bool keep = board->answer_n < MOST_ANSWERS && answer->body.n <= MOST_BYTES && !find(board, key);
    if (keep) {
        answer->next = board->answers;
        board->answers = answer;
        board->answer_n++;
    }
    pthread_mutex_unlock(&board->lock);
    if (!keep) answer_free(answer);
    return OK;
}

enum status account_table_handle(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct board *board;
    enum status status = request->principal.kind == LOCAL
                             ? board_hold_settled(request->house, &board, problem)
                             : board_hold(request->house, &board, problem);
    if (status) return status;
    struct str key = answer_key(request, request->arena);
    pthread_mutex_lock(&board->lock);
    struct board_answer *answer = find(board, key);
    pthread_mutex_unlock(&board->lock);
    if (answer) {
        __atomic_store_n(&answer->used, monotonic_ms(), __ATOMIC_RELAXED);
        response->etag = str_copy(request->arena, answer->etag);
        buf_put_str(&response->body, buf_str(&answer->body));
    } else {
        status = answer_anew(request, board, key, response, problem);
    }
    board_release(board);
    return status;
}
