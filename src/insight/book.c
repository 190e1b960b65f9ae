#include "insight/book.h"

#include "customers/directory.h"
#include "insight/at_risk.h"

#include <math.h>

static const char *const fact_keys[BOOK_FACTS] = {
    [BOOK_ARR] = "arr",
    [BOOK_RENEWAL] = "days_to_renewal",
    [BOOK_NOTICE] = "notice_date",
    [BOOK_STATUS] = "status",
    [BOOK_SEGMENT] = "segment",
    [BOOK_TOUCH] = "touch_model",
    [BOOK_LAST_USE] = "days_since_last_use",
    [BOOK_LAST_CONTACT] = "days_since_last_contact",
    [BOOK_CONTACT_OVERDUE] = "contact_overdue_days",
    [BOOK_OVERDUE_DAYS] = "overdue_days",
    [BOOK_URGENT] = "open_urgent_tickets",
};

/* ---- who ---- */

static enum status beyond_scope(struct problem *problem) {
    return fail_at(problem, STR("book"),
                   MESSAGE("book_beyond_scope", "You may not see that many accounts. Choose own, or team.",
                           "به این همه مشتری دسترسی ندارید. own یا team را برگزینید."),
                   NO_ARGS);
}

static size_t list_accounts(struct book *book, enum scope scope) {
    struct directory *directory = book->house->directory;
    struct principal as = book->request->principal;
    as.scope = scope;
    size_t n = 0;
    directory_lock(directory);
    book->included_n = directory_size(directory);
    book->accounts = arena_array(book->request->arena, book->included_n + 1, sizeof *book->accounts);
    for (uint32_t i = 0; i < book->included_n; i++)
        if (!directory_account(directory, i)->merged && directory_in_scope(directory, i, &as))
            book->accounts[n++] = i;
    directory_unlock(directory);
    return n;
}

static enum status choose_accounts(struct book *book, struct problem *problem) {
    static const char *const scopes[] = {"own", "team", "all", NULL};
    const struct principal *principal = &book->request->principal;
    enum scope most = principal->kind == LOCAL ? SCOPE_ALL : principal->scope;
    int chosen = -1;
    enum status status = request_query_choice(book->request, "book", scopes, &chosen, problem);
    if (status) return status;
    if (chosen > (int)most) return beyond_scope(problem);
    if (chosen < 0 && principal->kind == MEMBER) {
        book->scope = SCOPE_OWN;
        book->n = list_accounts(book, SCOPE_OWN);
        if (book->n) return OK;
    }
    book->scope = chosen < 0 ? most : (enum scope)chosen;
    book->n = list_accounts(book, book->scope);
    return OK;
}

/* ---- what is known of them ---- */

/* Where few are asked of, one by one; else all in one pass. */
static enum status evaluate(const struct book *book, const uint32_t *facts, struct problem *problem,
                            struct column *ret) {
    enum { SHARE = 8 };
    struct insight *insight = book->house->insight;
    struct arena scratch = {0};
    struct column some[BOOK_FACTS];
    enum status status = OK;
    bool all = book->n * SHARE > book->included_n;
    for (size_t f = 0; f < BOOK_FACTS; f++)
        ret[f] = column_new(book->request->arena, book->n);
    if (all)
        status = facts_evaluate(insight, book->catalogue, facts, BOOK_FACTS, &book->moment, 0,
                                book->included_n, &scratch, some, problem);
    for (size_t i = 0; i < book->n && !status; i++) {
        size_t row = all ? book->accounts[i] : 0;
        if (!all) {
            arena_reset(&scratch);
            status = facts_evaluate(insight, book->catalogue, facts, BOOK_FACTS, &book->moment,
                                    book->accounts[i], 1, &scratch, some, problem);
            if (status) break;
        }
        for (size_t f = 0; f < BOOK_FACTS; f++) {
            ret[f].number[i] = some[f].number[row];
            ret[f].state[i] = some[f].state[row];
            ret[f].cause[i] = some[f].cause[row];
            ret[f].age_days[i] = some[f].age_days[row];
        }
    }
    arena_free(&scratch);
    return status;
}

static struct str text_of(const struct book *book, enum book_fact fact, size_t i) {
    if (book->facts[fact].state[i] != FACT_KNOWN) return (struct str){0};
    const struct fact *of =
        catalogue_fact(book->catalogue, catalogue_find(book->catalogue, str_of(fact_keys[fact])));
    return dict_key(of->texts, (uint32_t)book->facts[fact].number[i]);
}

static void keep_customers(struct book *book) {
    size_t n = 0;
    for (size_t i = 0; i < book->n; i++) {
        struct str status = text_of(book, BOOK_STATUS, i);
        if (str_is(status, "lost") || str_is(status, "prospect")) continue;
        book->accounts[n] = book->accounts[i];
        for (size_t f = 0; f < BOOK_FACTS; f++) {
            book->facts[f].number[n] = book->facts[f].number[i];
            book->facts[f].state[n] = book->facts[f].state[i];
            book->facts[f].cause[n] = book->facts[f].cause[i];
            book->facts[f].age_days[n] = book->facts[f].age_days[i];
        }
        n++;
    }
    book->n = n;
}

/* An account whose ARR is not known is ranked by that of others: which takes a look at all. */
static enum status estimate(struct book *book, struct problem *problem) {
    struct arena *arena = book->request->arena;
    const uint32_t keys[] = {catalogue_find(book->catalogue, STR("arr")),
                             catalogue_find(book->catalogue, STR("segment")),
                             catalogue_find(book->catalogue, STR("status"))};
    const struct principal *principal = &book->request->principal;
    size_t segments = catalogue_fact(book->catalogue, keys[1])->texts->n;
    struct arena scratch = {0};
    struct column columns[3];
    enum status status = facts_evaluate(book->house->insight, book->catalogue, keys, 3, &book->moment, 0,
                                        book->included_n, &scratch, columns, problem);
    if (!status) {
        uint8_t *customers = arena_alloc(&scratch, book->included_n + 1);
        directory_lock(book->house->directory);
        for (uint32_t i = 0; i < book->included_n; i++)
            customers[i] = !directory_account(book->house->directory, i)->merged &&
                           at_risk_customer(book->catalogue, &columns[2], i);
        directory_unlock(book->house->directory);
        bool sees_all = principal->scope == SCOPE_ALL || principal->kind == LOCAL;
        double *medians =
            at_risk_medians(customers, &columns[0], &columns[1], book->included_n, segments, sees_all, arena);
        for (size_t i = 0; i < book->n; i++) {
            if (!isnan(book->arr[i])) continue;
            double segment = book_number(book, BOOK_SEGMENT, i);
            if (!isnan(segment)) book->arr[i] = medians[(size_t)segment];
            if (isnan(book->arr[i])) book->arr[i] = medians[segments];
            book->estimated[i] = !isnan(book->arr[i]);
        }
    }
    arena_free(&scratch);
    return status;
}

enum status request_book(struct request *request, struct book *ret, struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    *ret = (struct book){.request = request,
                         .house = house,
                         .catalogue = insight_catalogue(house->insight),
                         .moment = moment_now(house->insight)};
    uint32_t numbers[BOOK_FACTS];
    for (size_t f = 0; f < BOOK_FACTS; f++)
        numbers[f] = catalogue_find(ret->catalogue, str_of(fact_keys[f]));
    enum status status = choose_accounts(ret, problem);
    if (!status) status = evaluate(ret, numbers, problem, ret->facts);
    if (status) return status;
    ret->included = arena_alloc(arena, ret->included_n + 1);
    ret->seen = ret->n;
    for (size_t i = 0; i < ret->n; i++)
        ret->included[ret->accounts[i]] = 1;
    keep_customers(ret);
    ret->live = arena_array(arena, ret->n + 1, sizeof *ret->live);
    ret->before = arena_array(arena, ret->n + 1, sizeof *ret->before);
    ret->arr = arena_array(arena, ret->n + 1, sizeof *ret->arr);
    ret->estimated = arena_array(arena, ret->n + 1, sizeof *ret->estimated);
    bool missing = false;
    for (size_t i = 0; i < ret->n; i++) {
        ret->live[i] = (struct live_score){.score = NAN,
                                           .band = DICT_NONE,
                                           .band_place = BAND_UNKNOWN,
                                           .band_title = {"Unknown", "نامعلوم"}};
        health_live_read(house->health, ret->accounts[i], &ret->live[i]);
        ret->arr[i] = book_number(ret, BOOK_ARR, i);
        missing |= isnan(ret->arr[i]);
    }
    if (missing) status = estimate(ret, problem);
    if (!status)
        status = score_memory_read(house->past_scores, ret->moment.day - SCORE_CHANGE_DAYS, ret->accounts,
                                   ret->n, ret->before, problem);
    return status;
}

/* ---- figures ---- */

double book_number(const struct book *book, enum book_fact fact, size_t i) {
    return book->facts[fact].state[i] == FACT_KNOWN ? book->facts[fact].number[i] : NAN;
}

bool book_leaving(const struct book *book, size_t i) {
    return str_is(text_of(book, BOOK_STATUS, i), "leaving");
}

bool book_at_risk(const struct book *book, size_t i) {
    return book->live[i].band_place == 0 || book_leaving(book, i);
}

double book_change(const struct book *book, size_t i) {
    return book->live[i].score - book->before[i].score;
}

double book_stake(const struct book *book, size_t i) {
    return book->arr[i] * (100 - book->live[i].score) / 100;
}

static void put_text(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    if (text.n)
        json_string(w, text);
    else
        json_null(w);
}

void book_put_account(struct json_writer *w, const struct book *book, size_t i) {
    const struct live_score *live = &book->live[i];
    struct arena *arena = book->request->arena;
    bool persian = book->request->language == PERSIAN && live->band_title.fa;
    directory_lock(book->house->directory);
    const struct directory_account *account = directory_account(book->house->directory, book->accounts[i]);
    json_put_string(w, "id", id_str(arena, account->id));
    put_text(w, "account", account->key);
    json_put_string(w, "name", account->name);
    put_text(w, "owner", id_is_none(account->owner) ? (struct str){0} : id_str(arena, account->owner));
    put_text(w, "owner_name", account->owner_name);
    directory_unlock(book->house->directory);
    json_put_number(w, "arr", book->arr[i]);
    json_put_bool(w, "arr_estimated", book->estimated[i]);
    json_put_number(w, "score", live->score);
    json_put_string(w, "band",
                    live->band == DICT_NONE ? STR("unknown")
                                            : dict_key(&book->house->insight->bands, live->band));
    json_put_string(w, "band_title", str_of(persian ? live->band_title.fa : live->band_title.en));
    json_put_number(w, "change_28d", book_change(book, i));
    json_put_number(w, "days_to_renewal", book_number(book, BOOK_RENEWAL, i));
}
