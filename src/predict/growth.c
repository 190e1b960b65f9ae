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
    int32_t grace_days;
    double *total;    /* paid a year for everything; NAN: not known */
    uint32_t *things; /* that are paid for: products, and lines of others */
    uint32_t *set;    /* of products, as a number: the sum of their marks */
    uint8_t **owns;   /* by product, then account: enum owning */
    double **paid;    /* likewise; NAN: not known, or nothing now */
    VEC(struct plan_of) plans;
    uint32_t *plan_from; /* by account: its plans are [plan_from[a], plan_from[a + 1]) */
    const struct dict *plan_texts;
};

enum owning { OWNS_NOT, OWNS, PAYS }; /* owns: begins later, or lapsed within the grace */

/* The step that stands on the day; NULL: none does. */
static const struct ledger_step *step_on(const struct ledger *ledger, const struct ledger_line *line,
                                         day_t day) {
    const struct ledger_step *step = NULL;
    for (size_t s = line->step; s < line->end && ledger->steps.v[s].from <= day; s++)
        step = &ledger->steps.v[s];
    return step;
}

static enum owning owning_of(const struct reading *r, const struct ledger *ledger,
                             const struct ledger_line *line, const struct ledger_step *step) {
    if (step && step->arr > 0) return PAYS;
    bool lapsed = step && r->moment.day - step->from <= r->grace_days,
         later = ledger->steps.v[line->end - 1].from > r->moment.day;
    return lapsed || later ? OWNS : OWNS_NOT;
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

static uint64_t mixed(uint64_t x) { /* splitmix64 */
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}
static uint32_t mark_of(size_t product) {
    return (uint32_t)mixed(product + 1);
}

static void read_account(struct reading *r, const struct books *books, const struct dict *products,
                         uint32_t account) {
    const struct ledger *ledger = &books->ledger;
    struct growth *growth = r->growth;
    for (size_t i = ledger->line_of[account]; i < ledger->line_of[account + 1]; i++) {
        const struct ledger_line *line = &ledger->lines.v[i];
        const struct ledger_step *step = step_on(ledger, line, r->moment.day);
        enum owning owning = owning_of(r, ledger, line, step);
        if (owning == OWNS_NOT) continue;
        size_t p = line->product == NO_TEXT ? growth->product_n
                                            : place_of(growth, dict_key(products, line->product));
        bool listed = p < growth->product_n;
        enum owning before = listed ? r->owns[p][account] : OWNS_NOT;
        if (listed && !before) r->set[account] += mark_of(p);
        if (listed && owning > before) r->owns[p][account] = (uint8_t)owning;
        if (owning != PAYS) continue;
        double amount = amount_of(r, books, line, step->arr);
        growth->customer[account] = 1;
        r->total[account] += amount;
        r->things[account] += before != PAYS;
        if (step->plan != NO_TEXT) VEC_PUSH(&r->plans, (struct plan_of){account, step->plan});
        if (listed) r->paid[p][account] = amount + (before == PAYS ? r->paid[p][account] : 0);
    }
}

static void read_contracts(struct reading *r) {
    struct growth *growth = r->growth;
    struct insight *insight = r->house->insight;
    struct ledger_settings settings = books_settings(r->house->settings);
    struct books books;
    r->grace_days = settings.grace_days;
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

static void make_product(struct reading *r, size_t p) {
    struct growth *growth = r->growth;
    struct growth_item *item = &growth->products[p];
    const uint8_t *owns = r->owns[p];
    uint8_t *could = arena_alloc(r->arena, growth->n + 1);
    uint32_t *others = arena_array(r->arena, growth->n + 1, sizeof *others);
    double *beside = arena_array(r->arena, growth->n + 1, sizeof *beside);
    for (size_t a = 0; a < growth->n; a++) {
        could[a] = r->things[a] > (owns[a] == PAYS);
        others[a] = r->set[a] - (owns[a] ? mark_of(p) : 0);
        beside[a] = r->total[a] - (owns[a] == PAYS ? r->paid[p][a] : 0);
        item->could += could[a];
        item->has += could[a] && owns[a];
    }
    item->columns = (struct peer_columns){growth->n, could, owns, r->segment, others, beside, r->paid[p]};
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

/* Use is not judged of those who were not there for all of the days. */
static bool is_new(const struct growth *growth, const struct account_context *context, uint32_t account) {
    return context->starts[account] != INT32_MIN && context->starts[account] > growth->day - growth->days;
}

static void make_feature(struct reading *r, const struct catalogue *catalogue,
                         const struct account_context *context, size_t f) {
    struct growth *growth = r->growth;
    struct growth_item *item = &growth->features[f];
    uint8_t *could = arena_alloc(r->arena, growth->n + 1), *has = arena_alloc(r->arena, growth->n + 1);
    double *nothing = arena_array(r->arena, growth->n + 1, sizeof *nothing);
    item->key = catalogue->features[f].key;
    for (uint32_t a = 0; a < growth->n; a++) {
        could[a] = growth->usage_known && growth->customer[a] && !is_new(growth, context, a) &&
                   is_entitled(r, context, &catalogue->features[f], a);
        has[a] = could[a] && growth->last_use[f * growth->n + a] <= growth->days;
        nothing[a] = NAN;
        item->could += could[a];
        item->has += has[a];
    }
    item->columns = (struct peer_columns){growth->n, could, has, r->segment, r->set, r->total, nothing};
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

struct product_sold *growth_products(struct house *house, struct arena *arena, size_t *n) {
    struct product_sold *products = products_sold(house, arena, n);
    if (*n > GROWTH_MOST_PRODUCTS) *n = GROWTH_MOST_PRODUCTS;
    return products;
}

enum status growth_read(struct house *house, int32_t days, struct arena *arena, struct growth *ret,
                        struct problem *problem) {
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    struct account_context context;
    struct reading r = {.house = house, .growth = ret, .arena = arena, .moment = moment_now(house->insight)};
    directory_lock(house->directory);
    size_t n = directory_size(house->directory), sold;
    directory_unlock(house->directory);
    const struct product_sold *products = growth_products(house, arena, &sold);
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
    r.things = arena_array(arena, n + 1, sizeof *r.things);
    r.set = arena_array(arena, n + 1, sizeof *r.set);
    r.plan_from = arena_array(arena, n + 2, sizeof *r.plan_from);
    r.owns = arena_array(arena, sold + 1, sizeof *r.owns);
    r.paid = arena_array(arena, sold + 1, sizeof *r.paid);
    for (size_t p = 0; p < sold; p++) {
        ret->products[p].key = products[p].product;
        r.owns[p] = arena_alloc(arena, n + 1);
        r.paid[p] = arena_array(arena, n + 1, sizeof *r.paid[p]);
        for (size_t a = 0; a < n; a++)
            r.paid[p][a] = NAN;
    }
    enum status status = read_facts(&r, catalogue, problem);
    if (!status)
        status = account_context_read(house->insight, catalogue, &r.moment, n, arena, &context, problem);
    if (!status) {
        read_contracts(&r);
        read_usage(&r, catalogue);
        for (size_t p = 0; p < sold; p++)
            make_product(&r, p);
        for (size_t f = 0; f < ret->feature_n; f++)
            make_feature(&r, catalogue, &context, f);
        for (uint32_t a = 0; a < n; a++)
            if (is_new(ret, &context, a)) ret->people[a] = NAN;
    }
    VEC_FREE(&r.plans);
    return status;
}

static bool any_could(const struct growth_item *items, size_t n, uint32_t account) {
    for (size_t i = 0; i < n; i++)
        if (items[i].columns.could[account] && items[i].could > 1) return true;
    return false;
}

bool growth_judged(const struct growth *growth, uint32_t account) {
    return account < growth->n && any_could(growth->products, growth->product_n, account) &&
           any_could(growth->features, growth->feature_n, account);
}

/* ---- rows ---- */

struct finding {
    struct house *house;
    const struct growth *growth;
    const struct growth_asked *asked;
    uint32_t to;
    struct arena scratch; /* of one item */
    struct growth_rows *ret;
};

static bool is_asked(const struct finding *f, uint32_t account) {
    const uint8_t *included = f->asked->included;
    return f->growth->customer[account] && (!included || included[account]);
}

static bool lacks(const struct finding *f, const struct growth_item *item, uint32_t account) {
    return is_asked(f, account) && item->columns.could[account] && !item->columns.has[account];
}

/* By account; NULL: nobody who is asked about lacks it. */
static struct peers *peers_of(struct finding *f, const struct growth_item *item) {
    uint32_t a = f->asked->from;
    while (a < f->to && !lacks(f, item, a))
        a++;
    if (a >= f->to) return NULL;
    struct peers *peers = arena_array(&f->scratch, f->growth->n + 1, sizeof *peers);
    peers_find(&item->columns, f->asked->seen, &f->scratch, peers);
    return peers;
}

static void add_row(struct finding *f, uint32_t account, enum growth_kind kind, size_t item,
                    const struct peers *peers, const struct prediction *prediction) {
    struct growth_row row = {account, kind, (uint32_t)item, *peers, NAN, NAN, NAN, NAN, NAN};
    if (kind == GROWTH_PRODUCT) {
        row.potential = peers->median;
        row.expected = row.potential * (double)peers->have / (double)peers->n;
        row.chance = prediction->probability;
        row.low = prediction->low;
        row.high = prediction->high;
    }
    VEC_PUSH(&f->ret->list, row);
}

static void add_product(struct finding *f, size_t p) {
    const struct growth_item *item = &f->growth->products[p];
    struct outcome_key key = {OUTCOME_CROSS_SELL, item->key};
    const struct peers *peers = peers_of(f, item);
    if (!peers) return;
    uint32_t from = f->asked->from;
    struct prediction *predictions = arena_array(&f->scratch, f->to - from, sizeof *predictions);
    predictions_of(f->house, key, from, f->to, predictions);
    for (uint32_t a = from; a < f->to; a++)
        if (lacks(f, item, a) && peers[a].n && peers[a].have)
            add_row(f, a, GROWTH_PRODUCT, p, &peers[a], &predictions[a - from]);
}

static void add_feature(struct finding *f, size_t feature) {
    const struct growth_item *item = &f->growth->features[feature];
    const struct peers *peers = peers_of(f, item);
    for (uint32_t a = f->asked->from; peers && a < f->to; a++)
        if (lacks(f, item, a)) add_row(f, a, GROWTH_FEATURE, feature, &peers[a], NULL);
}

static void add_seats(struct finding *f) {
    const struct growth *growth = f->growth;
    const struct peers none = {.median = NAN};
    for (uint32_t a = f->asked->from; growth->usage_known && a < f->to; a++)
        if (is_asked(f, a) && growth->seats[a] - growth->people[a] > 0)
            add_row(f, a, GROWTH_SEATS, 0, &none, NULL);
}

void growth_find(struct house *house, const struct growth *growth, const struct growth_asked *asked,
                 struct growth_rows *ret) {
    struct finding f = {.house = house, .growth = growth, .asked = asked, .to = asked->to, .ret = ret};
    bool kinds[GROWTH_KINDS];
    *ret = (struct growth_rows){0};
    if (f.to > growth->n) f.to = (uint32_t)growth->n;
    for (int k = 0; k < GROWTH_KINDS; k++)
        kinds[k] = (asked->kind == GROWTH_KINDS || (int)asked->kind == k) &&
                   (!asked->product.p || k == GROWTH_PRODUCT);
    for (size_t p = 0; p < growth->product_n && kinds[GROWTH_PRODUCT]; p++) {
        if (!asked->product.p || str_equal(growth->products[p].key, asked->product)) add_product(&f, p);
        arena_reset(&f.scratch);
    }
    for (size_t i = 0; i < growth->feature_n && kinds[GROWTH_FEATURE]; i++) {
        add_feature(&f, i);
        arena_reset(&f.scratch);
    }
    if (kinds[GROWTH_SEATS]) add_seats(&f);
    arena_free(&f.scratch);
}
