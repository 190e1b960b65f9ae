#include "insight/search.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/account_table.h"
#include "insight/contact_fact.h"

#include <math.h>
#include <stdlib.h>

enum { SEARCH_MOST = 50, SEARCH_DEFAULT = 8, SEARCH_ENOUGH = 5, QUERY_BYTES = 400 };

const struct route_query search_query[] = {
    {"q",
     "What is typed: part of a name, key or e-mail; letters are folded, spaces optional, typing errors forgiven."},
    {"kind", "account or contact: only these."},
    {"limit", "Most of each kind, 1 to 50; 8 unless given."},
    {NULL, NULL},
};

static const char *const rank_names[] = {
    [RANK_EQUAL] = "equal",  [RANK_PREFIX] = "prefix", [RANK_WORD] = "word",  [RANK_ANYWHERE] = "anywhere",
    [RANK_TOKENS] = "words", [RANK_TYPO] = "typo",     [RANK_TYPOS] = "typos"};

static void put_text(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    if (text.n)
        json_string(w, text);
    else
        json_null(w);
}

/* What stands beside every name: how the account is, and when it renews. */
static void put_account(const struct board *board, uint32_t account, enum language language,
                        struct json_writer *w) {
    struct table_row row;
    table_row(board, account, language, &row);
    json_name(w, STR("health"));
    json_begin_object(w);
    json_put_number(w, "score", round(row.score * 10) / 10);
    json_put_string(w, "band", row.band);
    json_put_string(w, "title", row.band_title);
    json_end_object(w);
    json_name(w, STR("renews_on"));
    char day[DAY_TEXT + 1];
    if (row.renews_on == INT32_MIN)
        json_null(w);
    else
        day_print(row.renews_on, day), json_string(w, str_of(day));
    json_put_number(w, "arr", row.arr);
    json_put_string(w, "currency", board->currency);
    put_text(w, "owner", row.owner_name);
}

/* What was found, read once: whose scope decides, and what is written of it. */
struct subject {
    uint32_t account;
    struct contact_name contact;
};

static void read_account(const struct request *request, uint32_t number, struct subject *ret) {
    (void)request;
    ret->account = number;
}

static void write_account(const struct request *request, const struct board *board,
                          const struct subject *subject, struct json_writer *w) {
    const struct directory_account *account = &board->accounts[subject->account];
    json_put_string(w, "id", id_str(request->arena, account->id));
    json_put_string(w, "name", account->name);
    put_text(w, "key", account->key);
    put_account(board, subject->account, request->language, w);
}

static void read_contact(const struct request *request, uint32_t number, struct subject *ret) {
    contact_of_slot(request->house->insight, number, &ret->contact);
    ret->account = ret->contact.account;
}

static void write_contact(const struct request *request, const struct board *board,
                          const struct subject *subject, struct json_writer *w) {
    const struct contact_name *contact = &subject->contact;
    const struct directory_account *account = &board->accounts[subject->account];
    json_put_string(w, "id", id_str(request->arena, contact->id));
    json_put_string(w, "name", contact->name.n ? contact->name : contact->email);
    put_text(w, "email", contact->email);
    json_name(w, STR("account"));
    json_begin_object(w);
    json_put_string(w, "id", id_str(request->arena, account->id));
    json_put_string(w, "name", account->name);
    json_end_object(w);
    put_account(board, subject->account, request->language, w);
}

/* A kind more is a row here and its items in board.c. */
static const struct {
    const char *name;
    void (*read)(const struct request *request, uint32_t number, struct subject *ret);
    void (*write)(const struct request *request, const struct board *board, const struct subject *subject,
                  struct json_writer *w);
} kinds[] = {
    [SEARCH_ACCOUNTS] = {"account", read_account, write_account},
    [SEARCH_CONTACTS] = {"contact", read_contact, write_contact},
};

struct found {
    struct search_hit hit;
    struct subject subject;
    double arr;
    uint32_t place; /* by the name of the account */
};

static int by_rank(const void *a, const void *b) {
    const struct found *x = a, *y = b;
    if (x->hit.rank != y->hit.rank) return x->hit.rank - y->hit.rank;
    if (x->hit.kind != y->hit.kind) return x->hit.kind < y->hit.kind ? -1 : 1;
    if (x->arr != y->arr) return x->arr > y->arr ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return (x->hit.number > y->hit.number) - (x->hit.number < y->hit.number);
}

/* Those that the caller may see, best first. */
static size_t visible(const struct request *request, const struct board *board, const struct search_hit *hits,
                      size_t n, struct found *ret) {
    const struct column *arr = &board->facts[BOARD_ARR];
    size_t kept = 0;
    directory_lock(request->house->directory);
    for (size_t i = 0; i < n; i++) {
        struct subject subject = {0};
        kinds[hits[i].kind].read(request, hits[i].number, &subject);
        uint32_t account = subject.account;
        if (account >= board->n || !board->present[account] ||
            !directory_in_scope(request->house->directory, account, &request->principal))
            continue;
        ret[kept++] =
            (struct found){hits[i], subject, arr->state[account] == FACT_KNOWN ? arr->number[account] : 0,
                           board->names->place[request->language][account]};
    }
    directory_unlock(request->house->directory);
    qsort(ret, kept, sizeof *ret, by_rank);
    return kept;
}

enum status search_handle(struct request *request, struct response *response, struct problem *problem) {
    static const char *const names[] = {"account", "contact", NULL};
    struct str q = request_query(request, "q");
    struct board *board;
    struct search_hit *hits;
    int kind = -1;
    int64_t limit = SEARCH_DEFAULT;
    enum status status = request_query_int(request, "limit", 1, SEARCH_MOST, &limit, problem);
    if (!status && request_query(request, "kind").p)
        status = request_query_choice(request, "kind", names, &kind, problem);
    if (!status && (!q.n || q.n > QUERY_BYTES))
        status = fail_at(
            problem, STR("q"),
            MESSAGE("search_text", "Give what to search for, up to 400 bytes.",
                    "آنچه می‌جویید را بدهید، دست‌بالا ۴۰۰ بایت."),
            NO_ARGS);
    if (!status) status = board_hold(request->house, &board, problem);
    if (status) return status;
    size_t n = search_index_find(board_index(request->house->board), q, kind < 0 ? ~0u : 1u << kind,
                                 SEARCH_ENOUGH, request->arena, &hits);
    struct found *list = arena_array(request->arena, n + 1, sizeof *list);
    n = visible(request, board, hits, n, list);
    int64_t given[COUNT(kinds)] = {0};
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++) {
        const struct search_hit *hit = &list[i].hit;
        if (given[hit->kind]++ >= limit) continue;
        json_begin_object(&w);
        json_put_string(&w, "kind", str_of(kinds[hit->kind].name));
        json_put_string(&w, "rank", str_of(rank_names[hit->rank]));
        kinds[hit->kind].write(request, board, &list[i].subject, &w);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_name(&w, STR("found"));
    json_begin_object(&w);
    for (size_t k = 0; k < COUNT(kinds); k++)
        json_put_int(&w, kinds[k].name, given[k]);
    json_end_object(&w);
    json_end_object(&w);
    board_release(board);
    return OK;
}
