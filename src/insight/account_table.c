#include "insight/account_table.h"

#include "base/collate.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/view.h"

#include <math.h>
#include <stdlib.h>

/* ---- whom ---- */

/* A view's rule stands beside what was asked: each in parentheses, so that neither changes the other. */
static struct str both(struct str where, struct str view, struct arena *arena) {
    if (!view.n) return where;
    if (!where.n) return view;
    return str_format(arena, "(%.*s) and (%.*s)", STR_ARG(where), STR_ARG(view));
}

enum status table_selector(const struct request *request, struct selector *ret, struct str *sort,
                           struct problem *problem) {
    struct str where = request_query(request, "where"), view_id = request_query(request, "view");
    *sort = request_query(request, "sort");
    struct request *asked = arena_copy(request->arena, request, sizeof *request);
    asked->query = arena_array(request->arena, 2, sizeof *asked->query);
    asked->query_count = 0;
    if (where.n) { /* alone first: its faults stand where they were typed */
        struct rule_node *parsed;
        enum status status = rule_parse_text(where, request->arena, &parsed, problem);
        if (status) return status;
    }
    struct view view = {0};
    if (view_id.n) {
        enum status status = view_find(request, view_id, &view, problem);
        if (status) return status;
        if (!sort->n) *sort = view.sort;
    }
    struct str rule = both(where, view.text, request->arena), segment = request_query(request, "segment");
    if (rule.n) asked->query[asked->query_count++] = (struct parameter){STR("where"), rule};
    if (segment.n) asked->query[asked->query_count++] = (struct parameter){STR("segment"), segment};
    return request_selector(asked, ret, problem);
}

static void keep_found(const struct request *request, struct selection *selection, size_t n) {
    struct str q = request_query(request, "q");
    if (!q.n) return;
    struct search_hit *hits;
    uint8_t *found = arena_alloc(request->arena, n + 1);
    size_t count = search_index_find(board_index(request->house->board), q, 1u << SEARCH_ACCOUNTS, 1,
                                     request->arena, &hits);
    for (size_t i = 0; i < count; i++)
        if (hits[i].number < n) found[hits[i].number] = 1;
    for (size_t i = 0; i < n; i++)
        selection->included[i] &= found[i];
}

/* ---- in which order ---- */

struct sorted {
    double value;  /* NaN: the last, whichever way */
    uint32_t name; /* place by name, which decides among equals */
    uint32_t account;
};

static int ascending(const void *a, const void *b) {
    const struct sorted *x = a, *y = b;
    bool no_x = isnan(x->value), no_y = isnan(y->value);
    if (no_x != no_y) return no_x - no_y;
    if (!no_x && x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

static double number_of(const struct column *column, uint32_t account) {
    return column->state[account] == FACT_KNOWN ? column->number[account] : NAN;
}

struct worded {
    struct str key;
    uint32_t number;
};

static int by_word(const void *a, const void *b) {
    return str_compare(((const struct worded *)a)->key, ((const struct worded *)b)->key);
}

/* Texts by their place in the language's alphabet. */
static double *places_of(const struct str *texts, size_t n, enum language language, struct arena *arena) {
    struct worded *order = arena_array(arena, n + 1, sizeof *order);
    double *place = arena_array(arena, n + 1, sizeof *place);
    struct collator *collator = collator_open(language);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct worded){collator_key(collator, texts[i], arena), (uint32_t)i};
    collator_close(collator);
    qsort(order, n, sizeof *order, by_word);
    for (size_t i = 0; i < n; i++)
        place[order[i].number] = texts[order[i].number].n ? (double)i : NAN;
    return place;
}

/* A dictionary holds more than one fact's values: only those that occur are put in order. */
static void sort_by_text(struct sorted *list, size_t n, const struct column *column, const struct dict *texts,
                         enum language language, struct arena *arena) {
    size_t count = texts->n, used = 0;
    uint32_t *word = arena_array(arena, count + 1, sizeof *word); /* 1 + its place in words; 0: not met yet */
    struct str *words = arena_array(arena, n + 1, sizeof *words);
    for (size_t i = 0; i < n; i++) {
        double number = number_of(column, list[i].account);
        if (isnan(number) || number >= (double)count || word[(size_t)number]) continue;
        words[used] = dict_key(texts, (uint32_t)number);
        word[(size_t)number] = (uint32_t)++used;
    }
    double *place = places_of(words, used, language, arena);
    for (size_t i = 0; i < n; i++) {
        double number = number_of(column, list[i].account);
        list[i].value = isnan(number) || number >= (double)count ? NAN : place[word[(size_t)number] - 1];
    }
}

static void sort_by_owner(const struct board *board, struct sorted *list, size_t n, enum language language,
                          struct arena *arena) {
    struct str *names = arena_array(arena, board->member_n + 1, sizeof *names);
    for (size_t m = 0; m < board->member_n; m++)
        names[m] = board->members[m].name;
    double *place = places_of(names, board->member_n, language, arena);
    for (size_t i = 0; i < n; i++) {
        struct str name = board_member_name(board, board->accounts[list[i].account].owner);
        list[i].value = NAN;
        for (size_t m = 0; m < board->member_n && name.n; m++)
            if (names[m].p == name.p) list[i].value = place[m];
    }
}

static enum status sort_by_fact(const struct request *request, const struct board *board, struct str key,
                                struct sorted *list, size_t n, struct problem *problem) {
    struct column column;
    uint32_t number = catalogue_find(board->catalogue, key);
    if (number == DICT_NONE)
        return fail_at(
            problem, STR("sort"),
            MESSAGE(
                "sort_unknown", "There is no column or fact “{0}” to sort by. See: vafa facts list DATA.",
                "ستون یا شاخصی به نام «{0}» برای مرتب‌سازی نیست. فهرست: vafa facts list DATA."),
            ARGS(key));
    const struct fact *fact = catalogue_fact(board->catalogue, number);
    enum status status = facts_evaluate(request->house->insight, board->catalogue, &number, 1, &board->moment,
                                        0, board->n, request->arena, &column, problem);
    if (status) return status;
    if (fact->type == VALUE_TEXT) {
        sort_by_text(list, n, &column, fact->texts, request->language, request->arena);
    } else {
        for (size_t i = 0; i < n; i++)
            list[i].value = number_of(&column, list[i].account);
    }
    return OK;
}

static enum status set_values(const struct request *request, const struct board *board, struct str sort,
                              struct sorted *list, size_t n, struct problem *problem) {
    const struct column *facts = board->facts;
    if (str_is(sort, "stage")) {
        sort_by_text(list, n, &facts[BOARD_STAGE], board->texts[BOARD_STAGE], request->language,
                     request->arena);
    } else if (str_is(sort, "owner")) {
        sort_by_owner(board, list, n, request->language, request->arena);
    } else if (str_is(sort, "name")) {
        for (size_t i = 0; i < n; i++)
            list[i].value = list[i].name;
    } else if (str_is(sort, "key")) {
        struct str *keys = arena_array(request->arena, n + 1, sizeof *keys);
        for (size_t i = 0; i < n; i++)
            keys[i] = board->accounts[list[i].account].key;
        double *place = places_of(keys, n, request->language, request->arena);
        for (size_t i = 0; i < n; i++)
            list[i].value = place[i];
    } else if (str_is(sort, "change")) {
        for (size_t i = 0; i < n; i++) {
            double change = NAN;
            bool real;
            list[i].value = board_change(board, list[i].account, &change, &real) ? change : NAN;
        }
    } else if (str_is(sort, "health") || str_is(sort, "arr") || str_is(sort, "renewal")) {
        const struct column *column = &facts[str_is(sort, "health") ? BOARD_HEALTH
                                             : str_is(sort, "arr")  ? BOARD_ARR
                                                                    : BOARD_RENEWAL];
        for (size_t i = 0; i < n; i++)
            list[i].value = number_of(column, list[i].account);
    } else {
        return sort_by_fact(request, board, sort, list, n, problem);
    }
    return OK;
}

static enum status sort_rows(const struct request *request, const struct board *board, struct str sort,
                             struct board_order *order, struct problem *problem) {
    struct sorted *list = arena_array(request->arena, order->n + 1, sizeof *list);
    bool descending = sort.n && sort.p[0] == '-';
    if (descending) sort = str_slice(sort, 1, sort.n);
    if (!sort.n) sort = STR("health");
    for (size_t i = 0; i < order->n; i++) {
        uint32_t account = order->rows[i];
        list[i] = (struct sorted){NAN, board->names->place[request->language][account], account};
    }
    enum status status = set_values(request, board, sort, list, order->n, problem);
    if (status) return status;
    for (size_t i = 0; i < order->n && descending; i++)
        list[i].value = -list[i].value;
    qsort(list, order->n, sizeof *list, ascending);
    for (size_t i = 0; i < order->n; i++)
        order->rows[i] = list[i].account;
    return OK;
}

/* ---- what stands below ---- */

static void sum(const struct board *board, struct board_order *order) {
    const struct column *facts = board->facts;
    size_t bands = board->texts[BOARD_BAND]->n;
    order->bands = memory_new((bands + 1) * sizeof *order->bands);
    for (size_t b = 0; b <= bands; b++)
        order->bands[b].band = b < bands ? (uint32_t)b : DICT_NONE;
    order->band_n = bands + 1;
    for (size_t i = 0; i < order->n; i++) {
        uint32_t account = order->rows[i];
        double arr = number_of(&facts[BOARD_ARR], account), health = number_of(&facts[BOARD_HEALTH], account),
               band = number_of(&facts[BOARD_BAND], account);
        struct table_band *of =
            &order->bands[isnan(band) || isnan(health) || band >= (double)bands ? bands : (size_t)band];
        of->accounts++;
        if (isnan(arr)) continue;
        of->arr += arr;
        order->arr += arr;
        if (isnan(health)) continue;
        order->weighted += arr * health;
        order->weight += arr;
    }
}

/* ---- keeping ---- */

static void order_free(struct board_order *order) {
    free((char *)(uintptr_t)order->key.p);
    free(order->rows);
    free(order->bands);
    free(order);
}

void board_orders_free(struct board_order *orders) {
    while (orders) {
        struct board_order *next = orders->next;
        order_free(orders);
        orders = next;
    }
}

static struct str order_key(const struct request *request) {
    static const char *const names[] = {"segment", "where", "view", "q", "sort"};
    const struct principal *principal = &request->principal;
    struct buf key = {0};
    bool all = principal->scope == SCOPE_ALL || principal->kind == LOCAL;
    buf_format(&key, "%d%d", request->language, all ? SCOPE_ALL : (int)principal->scope);
    buf_put(&key, principal->member.b, sizeof principal->member.b); /* views are a member's own */
    if (!all) buf_put_str(&key, principal->team);
    for (size_t i = 0; i < COUNT(names); i++) {
        buf_put_byte(&key, 0);
        buf_put_str(&key, request_query(request, names[i]));
    }
    struct str copy = str_copy(request->arena, buf_str(&key));
    buf_free(&key);
    return copy;
}

static const struct board_order *find(struct board *board, struct str key) {
    const struct board_order *order = board->orders;
    while (order && !str_equal(order->key, key))
        order = order->next;
    return order;
}

static enum status make(const struct request *request, struct board *board, struct board_order *order,
                        struct problem *problem) {
    struct selector selector;
    struct selection selection;
    struct str sort;
    enum status status = table_selector(request, &selector, &sort, problem);
    if (!status) status = selector_apply(&selector, &board->moment, request->arena, &selection, problem);
    if (status) return status;
    size_t n = selection.n < board->n ? selection.n : board->n;
    keep_found(request, &selection, n);
    order->rows = memory_new((n + 1) * sizeof *order->rows);
    for (size_t i = 0; i < n; i++)
        if (selection.included[i] && board->present[i]) order->rows[order->n++] = (uint32_t)i;
    order->unjudged = selection.unjudged;
    if ((status = sort_rows(request, board, sort, order, problem))) return status;
    sum(board, order);
    return OK;
}

enum status table_order(const struct request *request, struct board *board, const struct board_order **ret,
                        struct problem *problem) {
    struct str key = order_key(request);
    pthread_mutex_lock(&board->lock);
    *ret = find(board, key);
    pthread_mutex_unlock(&board->lock);
    if (*ret) return OK;
    struct board_order *order = memory_new(sizeof *order);
    char *copy = memory_new(key.n + 1);
    memcpy(copy, key.p, key.n);
    order->key = (struct str){copy, key.n};
    enum status status = make(request, board, order, problem);
    if (status) {
        order_free(order);
        return status;
    }
    pthread_mutex_lock(&board->lock);
    const struct board_order *there = find(board, key);
    bool keep = !there && board->order_n < TABLE_MOST_ORDERS;
    if (keep) {
        order->next = board->orders;
        board->orders = order;
        board->order_n++;
    }
    pthread_mutex_unlock(&board->lock);
    *ret = there ? there : order;
    if (keep) return OK;
    if (!there) { /* enough are kept: this one is the request's alone */
        struct board_order *own = arena_copy(request->arena, order, sizeof *order);
        own->rows = arena_copy(request->arena, order->rows, order->n * sizeof *order->rows);
        own->bands = arena_copy(request->arena, order->bands, order->band_n * sizeof *order->bands);
        *ret = own;
    }
    order_free(order);
    return OK;
}

/* ---- rows ---- */

static struct str text_of(const struct board *board, enum board_fact fact, uint32_t account) {
    double number = number_of(&board->facts[fact], account);
    if (isnan(number) || number >= (double)board->texts[fact]->n) return (struct str){0};
    return dict_key(board->texts[fact], (uint32_t)number);
}

struct str table_band_title(const struct board *board, struct str band, enum language language) {
    static const struct text unknown = {"Unknown", "نامعلوم"};
    if (!band.n || str_is(band, "unknown")) return str_of(language == PERSIAN ? unknown.fa : unknown.en);
    for (size_t c = 0; board->past && c < board->past->set.n; c++) {
        const struct scorecard *card = board->past->set.cards[c];
        for (size_t b = 0; b < card->band_count; b++)
            if (str_equal(card->bands[b].key, band))
                return str_of(language == PERSIAN && card->bands[b].title.fa ? card->bands[b].title.fa
                                                                             : card->bands[b].title.en);
    }
    return band;
}

void table_row(const struct board *board, uint32_t account, enum language language, struct table_row *ret) {
    const struct directory_account *of = &board->accounts[account];
    *ret = (struct table_row){.account = account,
                              .id = of->id,
                              .owner = of->owner,
                              .key = of->key,
                              .name = of->name,
                              .status = str_of(account_type.fields[ACCOUNT_STATUS].options[of->status]),
                              .stage = text_of(board, BOARD_STAGE, account),
                              .tags = text_of(board, BOARD_TAGS, account),
                              .owner_name = board_member_name(board, of->owner),
                              .score = number_of(&board->facts[BOARD_HEALTH], account),
                              .change = NAN,
                              .arr = number_of(&board->facts[BOARD_ARR], account),
                              .renews_on = INT32_MIN};
    ret->band = isnan(ret->score) ? STR("unknown") : text_of(board, BOARD_BAND, account);
    if (!ret->band.n) ret->band = STR("unknown");
    ret->band_title = table_band_title(board, ret->band, language);
    ret->has_weeks = board_weeks(board, account, ret->weeks);
    double change;
    if (board_change(board, account, &change, &ret->change_real)) ret->change = change;
    double days = number_of(&board->facts[BOARD_RENEWAL], account);
    if (!isnan(days)) ret->renews_on = board->moment.day + (day_t)days;
}

/* ---- further columns ---- */

enum status table_columns(const struct request *request, const struct board *board, struct table_columns *ret,
                          struct problem *problem) {
    ret->n = 0;
    for (struct str rest = request_query(request, "columns"); rest.n;) {
        struct str key = str_trim(str_cut(rest, ',', &rest));
        if (!key.n) continue;
        uint32_t number = catalogue_find(board->catalogue, key);
        if (number == DICT_NONE)
            return fail_at(problem, STR("columns"),
                           MESSAGE("column_unknown", "There is no fact “{0}”. See: vafa facts list DATA.",
                                   "شاخص «{0}» وجود ندارد. فهرست: vafa facts list DATA."),
                           ARGS(key));
        if (ret->n == TABLE_MOST_COLUMNS)
            return fail_at(
                problem, STR("columns"),
                MESSAGE("columns_too_many", "At most 20 facts can be asked for at once.",
                        "دست‌بالا ۲۰ شاخص را می‌توان یک‌جا خواست."),
                NO_ARGS);
        ret->facts[ret->n++] = number;
    }
    return OK;
}
