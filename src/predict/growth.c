#include "predict/growth.h"

#include "customers/account.h"
#include "customers/directory.h"
#include "customers/feature.h"
#include "insight/adoption.h"
#include "insight/feature_map.h"
#include "insight/history.h"
#include "insight/retention_books.h"
#include "predict/prediction.h"
#include "signals/usage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const growth_kinds[GROWTH_KINDS + 1] = {"product", "feature", "seats", NULL};

/* ---- what is paid, for what, by which plan ---- */

struct plan_of { /* an account and a plan of one of its running subscriptions */
    uint32_t account, plan;
};
struct reading {
    struct house *house;
    struct growth *growth;
    struct arena *arena;
    struct moment moment;
    uint32_t *segment;
    double *total;  /* paid a year for everything; NAN: not known */
    uint8_t **owns; /* by product, then account */
    double **paid;  /* likewise */
    VEC(struct plan_of) plans;
    uint32_t *plan_from; /* by account: its plans are [plan_from[a], plan_from[a + 1]) */
    const struct dict *plan_texts;
};

static bool runs(const struct ledger *ledger, const struct ledger_line *line, day_t day,
                 const struct ledger_step **ret) {
    *ret = NULL;
    for (size_t s = line->step; s < line->end && ledger->steps.v[s].from <= day; s++)
        *ret = &ledger->steps.v[s];
    return *ret && (*ret)->arr > 0;
}

/* Amounts in the base currency at today's rate; NAN where there is none. */
static double amount_of(const struct reading *r, const struct books *books, const struct ledger_line *line,
                        int64_t arr) {
    struct str currency = dict_key(&books->currencies, line->currency);
    int64_t amount;
    if (line->no_amount) return NAN;
    if (!books->rates.base[0]) return (double)arr;
    return rate_convert(rates_at(&books->rates, currency, r->moment.day, INT64_MAX), arr, &amount)
               ? (double)amount
               : NAN;
}

static size_t place_of(const struct growth *growth, struct str product) {
    size_t p = 0;
    while (p < growth->product_n && !str_equal(growth->products[p].key, product))
        p++;
    return p;
}

static void read_account(struct reading *r, const struct books *books, const struct dict *products,
                         uint32_t account) {
    const struct ledger *ledger = &books->ledger;
    struct growth *growth = r->growth;
    for (size_t i = ledger->line_of[account]; i < ledger->line_of[account + 1]; i++) {
        const struct ledger_line *line = &ledger->lines.v[i];
        const struct ledger_step *step;
        if (!runs(ledger, line, r->moment.day, &step)) continue;
        double amount = amount_of(r, books, line, step->arr);
        growth->customer[account] = 1;
        r->total[account] += amount;
        if (step->plan != NO_TEXT) VEC_PUSH(&r->plans, (struct plan_of){account, step->plan});
        size_t p = line->product == NO_TEXT ? growth->product_n
                                            : place_of(growth, dict_key(products, line->product));
        if (p == growth->product_n) continue;
        r->owns[p][account] = 1;
        r->paid[p][account] += amount;
    }
}

static void read_contracts(struct reading *r) {
    struct growth *growth = r->growth;
    struct insight *insight = r->house->insight;
    struct ledger_settings settings = books_settings(r->house->settings);
    struct books books;
    books_read(insight, &settings, INT64_MAX, r->moment.day + 1, &books);
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "subscriptions");
    const struct dict *products = &table->texts[signal_text(table->source, STR("product"))];
    r->plan_texts = &table->texts[signal_text(table->source, STR("plan"))];
    for (uint32_t a = 0; a < growth->n; a++) {
        r->plan_from[a] = (uint32_t)r->plans.n;
        bool known = a < books.ledger.accounts && books.ledger.line_of[a + 1] > books.ledger.line_of[a];
        if (known) read_account(r, &books, products, a);
        if (known) continue;
        directory_lock(r->house->directory);
        const struct directory_account *account = directory_account(r->house->directory, a);
        growth->customer[a] =
            !account->merged && (account->status == ACCOUNT_LIVE || account->status == ACCOUNT_LEAVING);
        directory_unlock(r->house->directory);
        r->total[a] = NAN;
    }
    r->plan_from[growth->n] = (uint32_t)r->plans.n;
    pthread_rwlock_unlock(&insight->lock);
    books_close(&books);
}

/* ---- products ---- */

static uint64_t mixed(uint64_t x) { /* splitmix64 */
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The set of products beside one, as a number: sums of marks, of which that of the product is left out. */
static uint32_t *sets_beside(const struct reading *r, size_t beside) {
    uint32_t *sets = arena_array(r->arena, r->growth->n + 1, sizeof *sets);
    for (size_t p = 0; p < r->growth->product_n; p++)
        for (size_t a = 0; a < r->growth->n && p != beside; a++)
            if (r->owns[p][a]) sets[a] += (uint32_t)mixed(p + 1);
    return sets;
}

static void make_product(struct reading *r, size_t p) {
    struct growth *growth = r->growth;
    struct growth_item *item = &growth->products[p];
    uint8_t *could = arena_alloc(r->arena, growth->n + 1);
    double *beside = arena_array(r->arena, growth->n + 1, sizeof *beside);
    for (size_t a = 0; a < growth->n; a++) {
        for (size_t q = 0; q < growth->product_n && !could[a]; q++)
            could[a] = q != p && r->owns[q][a];
        beside[a] = r->total[a] - (r->owns[p][a] ? r->paid[p][a] : 0);
        item->could += could[a];
        item->has += could[a] && r->owns[p][a];
    }
    item->columns = (struct peer_columns){growth->n,         could,  r->owns[p], r->segment,
                                          sets_beside(r, p), beside, r->paid[p]};
}

/* ---- features ---- */

static bool plan_includes(const struct catalogue_feature *feature, struct str plan) {
    struct str rest = feature->plans, word;
    while ((word = feature_word(&rest)).p)
        if (str_equal(word, plan)) return true;
    return false;
}

static bool is_entitled(const struct reading *r, const struct account_context *context,
                        const struct catalogue_feature *feature, uint32_t account) {
    if (account_entitled(context, feature, account) == ENTITLED_YES) return true;
    for (uint32_t i = r->plan_from[account]; i < r->plan_from[account + 1]; i++)
        if (plan_includes(feature, dict_key(r->plan_texts, r->plans.v[i].plan))) return true;
    return false;
}

/* Days since the last use of each feature, and the people of the days. */
static void read_usage(struct reading *r, const struct catalogue *catalogue) {
    struct growth *growth = r->growth;
    size_t map_n, count = growth->feature_n;
    const uint32_t *map = feature_map_of(r->house->insight, catalogue, r->arena, &map_n);
    struct usage_query *queries = arena_array(r->arena, count + 1, sizeof *queries);
    double **out = arena_array(r->arena, count + 1, sizeof *out);
    growth->last_use = arena_array(r->arena, count * growth->n + 1, sizeof *growth->last_use);
    for (size_t f = 0; f < count; f++) {
        uint32_t *events = arena_array(r->arena, map_n + 1, sizeof *events);
        size_t n = 0;
        for (uint32_t e = 0; e < map_n; e++)
            if (map[e] == f + 1) events[n++] = e;
        if (!n) events[n++] = 0; /* nobody ever used it */
        queries[f] = (struct usage_query){USAGE_LAST_DAYS,   .features = events,  .feature_count = n,
                                          .from = INT32_MIN, .to = r->moment.day, .known_at = INT32_MAX};
        out[f] = growth->last_use + f * growth->n;
    }
    queries[count] = (struct usage_query){USAGE_USERS, .from = r->moment.day - growth->days,
                                          .to = r->moment.day, .known_at = INT32_MAX};
    out[count] = growth->people;
    uint8_t *healthy = arena_alloc(r->arena, (size_t)growth->days);
    int32_t age;
    day_t first;
    usage_read_lock(r->house->usage);
    usage_health(r->house->usage, r->moment.day, healthy, (size_t)growth->days, &age, &first);
    usage_evaluate(r->house->usage, queries, count + 1, 0, growth->n, out);
    usage_unlock(r->house->usage);
    growth->usage_known = healthy[growth->days - 1];
}

static void make_feature(struct reading *r, const struct catalogue *catalogue,
                         const struct account_context *context, const uint32_t *sets, size_t f) {
    struct growth *growth = r->growth;
    struct growth_item *item = &growth->features[f];
    uint8_t *could = arena_alloc(r->arena, growth->n + 1), *has = arena_alloc(r->arena, growth->n + 1);
    double *nothing = arena_array(r->arena, growth->n + 1, sizeof *nothing);
    item->key = catalogue->features[f].key;
    for (uint32_t a = 0; a < growth->n; a++) {
        bool old = context->starts[a] == INT32_MIN || context->starts[a] <= growth->day - growth->days;
        could[a] = growth->usage_known && growth->customer[a] && old &&
                   is_entitled(r, context, &catalogue->features[f], a);
        has[a] = could[a] && growth->last_use[f * growth->n + a] <= growth->days;
        nothing[a] = NAN;
        item->could += could[a];
        item->has += has[a];
    }
    item->columns = (struct peer_columns){growth->n, could, has, r->segment, sets, r->total, nothing};
}

/* ---- all of it ---- */

static enum status read_facts(struct reading *r, const struct catalogue *catalogue, struct problem *problem) {
    enum { SEGMENT, SEATS, ASKED };
    static const char *const keys[ASKED] = {"segment", "seats"};
    struct growth *growth = r->growth;
    uint32_t facts[ASKED];
    struct column columns[ASKED];
    for (int i = 0; i < ASKED; i++)
        facts[i] = catalogue_find(catalogue, str_of(keys[i]));
    enum status status = facts_evaluate(r->house->insight, catalogue, facts, ASKED, &r->moment, 0, growth->n,
                                        r->arena, columns, problem);
    for (size_t a = 0; a < growth->n && !status; a++) {
        bool told = columns[SEGMENT].state[a] == FACT_KNOWN;
        r->segment[a] = told ? (uint32_t)columns[SEGMENT].number[a] : UINT32_MAX;
        growth->seats[a] = columns[SEATS].state[a] == FACT_KNOWN ? columns[SEATS].number[a] : NAN;
    }
    return status;
}

enum status growth_read(struct house *house, int32_t days, struct arena *arena, struct growth *ret,
                        struct problem *problem) {
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    struct account_context context;
    struct reading r = {.house = house, .growth = ret, .arena = arena, .moment = moment_now(house->insight)};
    directory_lock(house->directory);
    size_t n = directory_size(house->directory), sold;
    directory_unlock(house->directory);
    const struct product_sold *products = products_sold(house, arena, &sold);
    *ret =
        (struct growth){.n = n,
                        .day = r.moment.day,
                        .days = days,
                        .customer = arena_alloc(arena, n + 1),
                        .products = arena_array(arena, sold + 1, sizeof *ret->products),
                        .product_n = sold,
                        .features = arena_array(arena, catalogue->feature_count + 1, sizeof *ret->features),
                        .feature_n = catalogue->feature_count,
                        .seats = arena_array(arena, n + 1, sizeof *ret->seats),
                        .people = arena_array(arena, n + 1, sizeof *ret->people)};
    r.segment = arena_array(arena, n + 1, sizeof *r.segment);
    r.total = arena_array(arena, n + 1, sizeof *r.total);
    r.plan_from = arena_array(arena, n + 2, sizeof *r.plan_from);
    r.owns = arena_array(arena, sold + 1, sizeof *r.owns);
    r.paid = arena_array(arena, sold + 1, sizeof *r.paid);
    for (size_t p = 0; p < sold; p++) {
        ret->products[p].key = products[p].product;
        r.owns[p] = arena_alloc(arena, n + 1);
        r.paid[p] = arena_array(arena, n + 1, sizeof *r.paid[p]);
    }
    enum status status = read_facts(&r, catalogue, problem);
    if (!status)
        status = account_context_read(house->insight, catalogue, &r.moment, n, arena, &context, problem);
    if (!status) {
        read_contracts(&r);
        read_usage(&r, catalogue);
        for (size_t p = 0; p < sold; p++)
            make_product(&r, p);
        const uint32_t *sets = sets_beside(&r, sold);
        for (size_t f = 0; f < ret->feature_n; f++)
            make_feature(&r, catalogue, &context, sets, f);
    }
    VEC_FREE(&r.plans);
    return status;
}

/* ---- rows ---- */

size_t growth_most(const struct growth *growth) {
    return growth->product_n + growth->feature_n + 1;
}

static struct peers **peers_of(const struct growth *growth, const struct growth_item *items, size_t count,
                               struct arena *arena) {
    struct peers **all = arena_array(arena, count + 1, sizeof *all);
    struct arena scratch = {0};
    for (size_t i = 0; i < count; i++) {
        all[i] = arena_array(arena, growth->n + 1, sizeof **all);
        peers_find(&items[i].columns, &scratch, all[i]);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    return all;
}

struct growth_rows growth_rows_begin(struct house *house, const struct growth *growth, bool sees_all,
                                     struct arena *arena) {
    return (struct growth_rows){house, growth, peers_of(growth, growth->products, growth->product_n, arena),
                                peers_of(growth, growth->features, growth->feature_n, arena), sees_all};
}

static struct growth_row row_of(const struct growth_rows *rows, uint32_t account, enum growth_kind kind,
                                size_t item, const struct peers *peers) {
    struct growth_row row = {account, kind, (uint32_t)item, *peers, NAN, NAN, NAN, NAN, NAN};
    if (kind != GROWTH_PRODUCT) return row;
    if (peers->paying >= (rows->sees_all ? 1 : GROWTH_LEAST_PAYING)) row.potential = peers->median;
    row.expected = row.potential * (double)peers->have / (double)peers->n;
    struct prediction prediction;
    struct outcome_key key = {OUTCOME_CROSS_SELL, rows->growth->products[item].key};
    if (prediction_of(rows->house, key, account, INT64_MAX, &prediction)) {
        row.chance = prediction.probability;
        row.low = prediction.low;
        row.high = prediction.high;
    }
    return row;
}

size_t growth_rows_of(const struct growth_rows *rows, uint32_t account, struct growth_row *ret) {
    const struct growth *growth = rows->growth;
    size_t n = 0;
    if (account >= growth->n || !growth->customer[account]) return 0;
    for (size_t p = 0; p < growth->product_n; p++) {
        const struct peers *peers = &rows->products[p][account];
        if (peers->n && peers->have) ret[n++] = row_of(rows, account, GROWTH_PRODUCT, p, peers);
    }
    for (size_t f = 0; f < growth->feature_n; f++) {
        const struct peer_columns *c = &growth->features[f].columns;
        if (c->could[account] && !c->has[account])
            ret[n++] = row_of(rows, account, GROWTH_FEATURE, f, &rows->features[f][account]);
    }
    double free_seats = growth->seats[account] - growth->people[account];
    if (growth->usage_known && free_seats > 0)
        ret[n++] = row_of(rows, account, GROWTH_SEATS, 0, &(struct peers){.median = NAN});
    return n;
}
