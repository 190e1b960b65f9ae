#include "predict/growth.h"

#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/overview.h"
#include "insight/reasons.h"
#include "insight/selection.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "predict/model_api.h"
#include "predict/model_words.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

#define DAYS_QUERY                                                                                           \
    { "days", "Days without use after which a feature counts as not used, 7 to 365; 90 when absent." }

const struct route_query growth_query[] = {
    {"kind",
     "product (not owned), feature (entitled, not used) or seats (bought, nobody there); all when absent."},
    {"product", "Only this product."},
    {"account", "Only this account: its key or id."},
    SELECTION_QUERY,
    {"sort",
     "expected (default): potential × share of peers; chance: potential × the model's chance; potential; name."},
    DAYS_QUERY,
    {"limit", "Most rows; 50 when absent."},
    {"cursor", "Where to go on, as next_cursor said."},
    {NULL, NULL}};
const struct route_query growth_account_query[] = {DAYS_QUERY, {NULL, NULL}};
const struct route_query growth_peers_query[] = {{"product", "The product that peers may own."},
                                                 {"feature", "Or the feature that they may use."},
                                                 DAYS_QUERY,
                                                 {NULL, NULL}};

/* ---- what is asked ---- */

struct answer {
    struct request *request;
    struct growth growth;
    const uint8_t *seen; /* by account: in the reader's scope; NULL: everybody is */
    struct str *titles;  /* of features */
    struct str currency;
    struct json_writer w;
};

static enum status feature_titles(struct answer *a, struct problem *problem) {
    struct request *request = a->request;
    struct session *session = NULL;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_feature_titles);
    while (rows_next(rows)) {
        struct str key = rows_text(rows, 0, request->arena);
        int column = request->language == PERSIAN && !rows_is_null(rows, 2) ? 2 : 1;
        for (size_t f = 0; f < a->growth.feature_n; f++)
            if (str_equal(a->growth.features[f].key, key))
                a->titles[f] = rows_text(rows, column, request->arena);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static enum status open_answer(struct request *request, struct response *response, struct answer *a,
                               struct problem *problem) {
    int64_t days = GROWTH_DAYS;
    size_t masked; /* as many as the growth has, or more that came since */
    *a = (struct answer){.request = request, .w = {.out = &response->body}};
    enum status status = request_query_int(request, "days", 7, 365, &days, problem);
    if (!status) status = growth_read(request->house, (int32_t)days, request->arena, &a->growth, problem);
    if (status) return status;
    a->seen = request_scope_mask(request, &masked);
    a->titles = arena_array(request->arena, a->growth.feature_n + 1, sizeof *a->titles);
    for (size_t f = 0; f < a->growth.feature_n; f++)
        a->titles[f] = a->growth.features[f].key;
    a->currency = settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
    return feature_titles(a, problem);
}

/* ---- in words ---- */

static const char *const circle_names[CIRCLES] = {"products", "segment", "size", "all"};
static const struct text circle_titles[CIRCLES] = {
    [CIRCLE_PRODUCTS] = {"of the same segment, size and other products",
                         "با همین بخش، اندازه و محصول‌های دیگر"},
    [CIRCLE_SEGMENT] = {"of the same segment and size", "با همین بخش و اندازه"},
    [CIRCLE_SIZE] = {"of the same size", "هم‌اندازه"},
    [CIRCLE_ALL] = {"of all segments and sizes", "از همهٔ بخش‌ها و اندازه‌ها"},
};
static const struct text
    own_it = {"{0} of {1} customers {2} own it ({3}; 95 %: {4}–{5})",
              "{0} مشتری از {1} مشتری {2} آن را دارند ({3}؛ ۹۵٪: {4} تا {5})"},
    use_it =
        {"{0} of {1} customers {2} who may use it do ({3}; 95 %: {4}–{5})",
         "{0} مشتری از {1} مشتری {2} که مجازند از آن استفاده می‌کنند ({3}؛ ۹۵٪: {4} تا {5})"},
    nobody_else = {"Nobody else may use it", "کس دیگری مجاز به استفاده از آن نیست"},
    seats_free = {"{0} of {1} seats had nobody in {2} days", "{0} صندلی از {1} صندلی در {2} روز کسی نداشت"};

static struct str words_of(const struct answer *a, const struct growth_row *row) {
    struct arena *arena = a->request->arena;
    struct format format = request_format(a->request);
    enum language language = a->request->language;
    const struct peers *peers = &row->peers;
    if (row->kind == GROWTH_SEATS) {
        int64_t seats = (int64_t)a->growth.seats[row->account],
                people = (int64_t)a->growth.people[row->account];
        return say(arena, language, seats_free,
                   ARGS(words_number(arena, &format, seats - people), words_number(arena, &format, seats),
                        words_number(arena, &format, a->growth.days)));
    }
    if (!peers->n) return str_of(words_in(language, nobody_else));
    return say(arena, language, row->kind == GROWTH_PRODUCT ? own_it : use_it,
               ARGS(words_number(arena, &format, (int64_t)peers->have),
                    words_number(arena, &format, (int64_t)peers->n),
                    str_of(words_in(language, circle_titles[peers->circle])),
                    words_percent(arena, &format, (double)peers->have / (double)peers->n),
                    words_percent(arena, &format, peers->interval.low),
                    words_percent(arena, &format, peers->interval.high)));
}

/* ---- rows ---- */

static void put_text(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    text.p ? json_string(w, text) : json_null(w);
}

static void put_row(struct answer *a, const struct growth_row *row) {
    const struct growth *growth = &a->growth;
    struct json_writer *w = &a->w;
    bool product = row->kind == GROWTH_PRODUCT, feature = row->kind == GROWTH_FEATURE,
         seats = row->kind == GROWTH_SEATS;
    double last_use = feature ? growth->last_use[row->item * growth->n + row->account] : NAN;
    json_put_string(w, "kind", str_of(growth_kinds[row->kind]));
    put_text(w, "product", product ? growth->products[row->item].key : (struct str){0});
    put_text(w, "feature", feature ? growth->features[row->item].key : (struct str){0});
    put_text(w, "title",
             product   ? growth->products[row->item].key
             : feature ? a->titles[row->item]
                       : (struct str){0});
    json_put_int(w, "peers", (int64_t)row->peers.n);
    json_put_int(w, "peers_have", (int64_t)row->peers.have);
    json_put_number(w, "share", row->peers.n ? (double)row->peers.have / (double)row->peers.n : NAN);
    json_put_number(w, "low", row->peers.n ? row->peers.interval.low : NAN);
    json_put_number(w, "high", row->peers.n ? row->peers.interval.high : NAN);
    put_text(w, "circle", row->peers.n ? str_of(circle_names[row->peers.circle]) : (struct str){0});
    json_put_number(w, "potential", row->potential);
    json_put_number(w, "expected", row->expected);
    json_put_number(w, "chance", row->chance);
    json_put_number(w, "chance_low", row->low);
    json_put_number(w, "chance_high", row->high);
    json_put_number(w, "last_use_days", last_use);
    json_put_number(w, "seats", seats ? growth->seats[row->account] : NAN);
    json_put_number(w, "people", seats ? growth->people[row->account] : NAN);
    json_put_string(w, "text", words_of(a, row));
}

static void put_account(struct answer *a, uint32_t index) {
    struct directory *directory = a->request->house->directory;
    directory_lock(directory);
    const struct directory_account *account = directory_account(directory, index);
    struct str id = id_str(a->request->arena, account->id);
    json_put_string(&a->w, "id", id);
    json_put_string(&a->w, "account", account->key.n ? account->key : id);
    json_put_string(&a->w, "name", account->name);
    put_text(&a->w, "owner_name", account->owner_name.n ? account->owner_name : (struct str){0});
    directory_unlock(directory);
}

/* Why a product has no version at all: it is to come, or nobody asked for it. */
static struct str words_unmade(const struct answer *a, struct outcome_key key,
                               const struct outcome_key *watched, size_t n) {
    static const struct text
        to_come = {"No model was made yet.", "هنوز مدلی ساخته نشده است."},
        when_asked = {
            "Made only when asked: the {0} most sold that not everybody has had are made by themselves.",
            "تنها هنگامی ساخته می‌شود که بخواهید: مدل {0} محصول پرفروشی که همه نداشته‌اند خودبه‌خود ساخته می‌شود."};
    struct arena *arena = a->request->arena;
    struct format format = request_format(a->request);
    for (size_t i = 0; i < n; i++)
        if (watched[i].kind == key.kind && str_equal(watched[i].product, key.product))
            return say(arena, a->request->language, to_come, NO_ARGS);
    return say(arena, a->request->language, when_asked,
               ARGS(words_number(arena, &format, MODEL_MOST_PRODUCTS)));
}

/* Each product: who could own it, who does, and how its model stands. */
static enum status put_products(struct answer *a, struct problem *problem) {
    struct arena *arena = a->request->arena;
    struct json_writer *w = &a->w;
    struct outcome_key *watched;
    size_t watched_n;
    enum status status = models_watched(a->request->house, arena, &watched, &watched_n, problem);
    json_name(w, STR("products"));
    json_begin_array(w);
    for (size_t p = 0; p < a->growth.product_n && !status; p++) {
        const struct growth_item *item = &a->growth.products[p];
        struct outcome_key key = {OUTCOME_CROSS_SELL, item->key};
        struct model_row row;
        struct str words = words_unmade(a, key, watched, watched_n);
        bool live, made;
        status = model_read_live(a->request->house, key, arena, &row, &live, problem);
        made = live;
        if (!status && !live) status = model_read_newest(a->request->house, key, arena, &row, &made, problem);
        if (!status && made) status = model_words(a->request, &row, &words, problem);
        json_begin_object(w);
        json_put_string(w, "product", item->key);
        json_put_int(w, "could", (int64_t)item->could);
        json_put_int(w, "own", (int64_t)item->has);
        json_put_string(w, "outcome", outcome_text(key, arena));
        json_put_bool(w, "live", live);
        json_put_string(w, "text", words);
        json_end_object(w);
    }
    json_end_array(w);
    return status;
}

static enum status put_foot(struct answer *a, struct problem *problem) {
    static const struct text
        rule =
            {"Peers: who could have it too, by the narrowest circle in which there are {0}: same segment, size "
             "and other products; same segment and size; same size; all. Size is the quarter by what is paid "
             "beside it. Potential: the median of what those peers pay for it a year.",
             "همتایان: آنان که می‌توانند آن را داشته باشند، در تنگ‌ترین حلقه‌ای که {0} تن در آن باشند: همان بخش، "
             "اندازه و محصول‌های دیگر؛ همان بخش و اندازه؛ همان اندازه؛ همه. اندازه یعنی چارکِ آنچه جز این "
             "پرداخت می‌شود. ظرفیت: میانهٔ آنچه آن همتایان سالانه برای آن می‌پردازند."},
        unheard = {
            "Use was not heard of over these days: what is not used cannot be said.",
            "در این روزها خبری از استفاده نرسیده است: آنچه به کار نمی‌رود را نمی‌توان گفت."};
    struct arena *arena = a->request->arena;
    struct format format = request_format(a->request);
    enum language language = a->request->language;
    enum status status = put_products(a, problem);
    put_day(&a->w, "as_of", a->growth.day);
    json_put_int(&a->w, "days", a->growth.days);
    json_put_string(&a->w, "currency", a->currency);
    json_put_string(&a->w, "rule",
                    say(arena, language, rule, ARGS(words_number(arena, &format, PEERS_LEAST))));
    put_text(&a->w, "note", a->growth.usage_known ? (struct str){0} : say(arena, language, unheard, NO_ARGS));
    return status;
}

/* ---- GET /growth/whitespace ---- */

enum sort { BY_EXPECTED, BY_CHANCE, BY_POTENTIAL, BY_NAME };
struct listed {
    const struct growth_row *row;
    double worth, then; /* what orders: the larger first, NAN last */
    struct str name;
};

static int larger_first(double x, double y) {
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return x < y ? 1 : x > y ? -1 : 0;
}

static int by_worth(const void *a, const void *b) {
    const struct listed *x = a, *y = b;
    int order = larger_first(x->worth, y->worth);
    if (!order) order = larger_first(x->then, y->then);
    if (!order) order = str_compare(x->name, y->name);
    if (!order && x->row->account != y->row->account) order = x->row->account < y->row->account ? -1 : 1;
    if (!order) order = (int)x->row->kind - (int)y->row->kind;
    return order ? order : (x->row->item > y->row->item) - (x->row->item < y->row->item);
}

struct wanted {
    int kind, sort; /* kind: as growth_asked */
    struct str product;
    uint32_t account; /* ACCOUNT_NONE: all */
};

static enum status request_one_account(const struct request *request, uint32_t *account,
                                       struct problem *problem) {
    struct directory *directory = request->house->directory;
    struct str typed = request_query(request, "account");
    *account = ACCOUNT_NONE;
    if (!typed.p) return OK;
    directory_lock(directory);
    enum status status = directory_find(directory, typed, account, problem);
    bool seen = !status && directory_in_scope(directory, *account, &request->principal);
    directory_unlock(directory);
    if (status || seen) return status;
    return fail_not_found(problem, (struct text){"account", "مشتری"}, typed);
}

static double worth_of(const struct growth_row *row, enum sort sort) {
    return sort == BY_EXPECTED    ? row->expected
           : sort == BY_CHANCE    ? row->potential * row->chance
           : sort == BY_POTENTIAL ? row->potential
                                  : NAN;
}

/* What is left of ties: of features and seats, the share of peers or of empty seats. */
static double share_of(const struct answer *a, const struct growth_row *row, enum sort sort) {
    if (sort == BY_NAME) return NAN;
    if (row->kind == GROWTH_SEATS) return 1 - a->growth.people[row->account] / a->growth.seats[row->account];
    return row->peers.n ? (double)row->peers.have / (double)row->peers.n : NAN;
}

static enum status request_product(const struct request *request, struct str product,
                                   struct problem *problem) {
    size_t n;
    const struct product_sold *products = growth_products(request->house, request->arena, &n);
    struct format format = request_format(request);
    for (size_t p = 0; p < n; p++)
        if (str_equal(products[p].product, product)) return OK;
    return fail_at(
        problem, STR("product"),
        MESSAGE(
            "growth_no_product",
            "“{0}” is not among the {1} products that most accounts subscribed to. They stand in `products`: vafa "
            "growth DATA --format json.",
            "«{0}» در میان {1} محصولی که بیشترین مشتری مشترکشان بوده‌اند نیست. آن‌ها در `products` آمده‌اند: vafa "
            "growth DATA --format json."),
        ARGS(product, words_number(request->arena, &format, GROWTH_MOST_PRODUCTS)));
}

static enum status request_wanted(const struct request *request, struct wanted *ret,
                                  struct problem *problem) {
    static const char *const kinds[] = {"all", "product", "feature", "seats", NULL}, *const sorts[] = {
                                                                                         "expected", "chance",
                                                                                         "potential", "name",
                                                                                         NULL};
    *ret = (struct wanted){.product = request_query(request, "product")};
    enum status status = request_query_choice(request, "kind", kinds, &ret->kind, problem);
    if (request_query_choice(request, "sort", sorts, &ret->sort, problem)) status = BAD_INPUT;
    if (!status) status = request_one_account(request, &ret->account, problem);
    if (!status && ret->product.p) status = request_product(request, ret->product, problem);
    ret->kind = ret->kind ? ret->kind - 1 : GROWTH_KINDS;
    return status;
}

/* Sums over what is known of each; NAN: of nothing. */
static void add_known(double *sum, double value) {
    if (!isnan(value)) *sum = isnan(*sum) ? value : *sum + value;
}

struct sums {
    double potential, expected;
    size_t accounts;
};

/* What orders the rows, and their sums. */
static struct listed *list_rows(const struct answer *a, const struct growth_rows *rows, enum sort sort,
                                struct sums *sums) {
    struct directory *directory = a->request->house->directory;
    struct listed *list = arena_array(a->request->arena, rows->list.n + 1, sizeof *list);
    uint8_t *counted = arena_alloc(a->request->arena, a->growth.n + 1);
    *sums = (struct sums){NAN, NAN, 0};
    for (size_t i = 0; i < rows->list.n; i++) {
        const struct growth_row *row = &rows->list.v[i];
        list[i] = (struct listed){row, worth_of(row, sort), share_of(a, row, sort), {0}};
        add_known(&sums->potential, row->potential);
        add_known(&sums->expected, row->expected);
        sums->accounts += !counted[row->account];
        counted[row->account] = 1;
    }
    directory_lock(directory); /* names live as long as it does */
    for (size_t i = 0; i < rows->list.n; i++)
        list[i].name = directory_account(directory, list[i].row->account)->name;
    directory_unlock(directory);
    if (rows->list.n) qsort(list, rows->list.n, sizeof *list, by_worth);
    return list;
}

enum status growth_handle_whitespace(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct answer a;
    struct wanted wanted;
    struct selector selector;
    struct selection selection;
    struct figure_page page;
    struct growth_rows rows;
    struct sums sums;
    struct moment moment = moment_now(request->house->insight);
    enum status status = request_page(request, 50, &page, problem);
    if (!status) status = request_wanted(request, &wanted, problem);
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (!status) status = open_answer(request, response, &a, problem);
    if (status) return status;
    bool one = wanted.account != ACCOUNT_NONE;
    struct growth_asked asked = {.kind = (enum growth_kind)wanted.kind,
                                 .product = wanted.product,
                                 .from = one ? wanted.account : 0,
                                 .to = one ? wanted.account + 1 : (uint32_t)selection.n,
                                 .included = selection.included,
                                 .seen = a.seen};
    if (asked.to > selection.n) asked.to = (uint32_t)selection.n;
    growth_find(request->house, &a.growth, &asked, &rows);
    const struct listed *list = list_rows(&a, &rows, (enum sort)wanted.sort, &sums);
    size_t n = rows.list.n, end = figure_page_end(&page, n);
    json_begin_object(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    for (size_t i = (size_t)page.first; i < end; i++) {
        json_begin_object(&a.w);
        put_account(&a, list[i].row->account);
        put_row(&a, list[i].row);
        json_end_object(&a.w);
    }
    json_end_array(&a.w);
    VEC_FREE(&rows.list);
    put_page(&a.w, request->arena, end, n);
    json_put_int(&a.w, "rows", (int64_t)n);
    json_put_int(&a.w, "accounts", (int64_t)sums.accounts);
    json_put_number(&a.w, "potential", sums.potential);
    json_put_number(&a.w, "expected", sums.expected);
    json_put_int(&a.w, "unjudged", (int64_t)selection.unjudged);
    status = put_foot(&a, problem);
    json_end_object(&a.w);
    return status;
}

/* ---- GET /accounts/{id}/growth ---- */

enum status growth_handle_account(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct answer a;
    uint32_t account;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = open_answer(request, response, &a, problem);
    if (status) return status;
    struct growth_asked asked = {.kind = GROWTH_KINDS, .from = account, .to = account + 1, .seen = a.seen};
    struct growth_rows rows;
    growth_find(request->house, &a.growth, &asked, &rows);
    json_begin_object(&a.w);
    put_account(&a, account);
    json_put_bool(&a.w, "customer", account < a.growth.n && a.growth.customer[account]);
    json_put_bool(&a.w, "judged", growth_judged(&a.growth, account));
    json_name(&a.w, STR("owned"));
    json_begin_array(&a.w);
    for (size_t p = 0; p < a.growth.product_n && account < a.growth.n; p++)
        if (a.growth.products[p].columns.has[account]) json_string(&a.w, a.growth.products[p].key);
    json_end_array(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    for (size_t i = 0; i < rows.list.n && !status; i++) {
        const struct growth_row *row = &rows.list.v[i];
        json_begin_object(&a.w);
        put_row(&a, row);
        if (row->kind == GROWTH_PRODUCT) {
            struct outcome_key key = {OUTCOME_CROSS_SELL, a.growth.products[row->item].key};
            json_name(&a.w, STR("prediction"));
            status = prediction_put(request, key, account, &a.w, problem);
        }
        json_end_object(&a.w);
    }
    json_end_array(&a.w);
    VEC_FREE(&rows.list);
    if (!status) status = put_foot(&a, problem);
    json_end_object(&a.w);
    return status;
}

/* ---- GET /accounts/{id}/growth/peers ---- */

static const struct growth_item *find_item(const struct growth_item *items, size_t n, struct str key) {
    for (size_t i = 0; i < n; i++)
        if (str_equal(items[i].key, key)) return &items[i];
    return NULL;
}

static enum status request_item(const struct answer *a, const struct growth_item **ret,
                                struct problem *problem) {
    struct str key = request_query(a->request, "product"), feature = request_query(a->request, "feature");
    if (!key.p == !feature.p)
        return fail_at(problem, STR("product"),
                       MESSAGE("growth_one_item", "Say either product or feature: whose peers are meant.",
                               "یکی از product و feature را بگویید: همتایان برای کدام؟"),
                       NO_ARGS);
    *ret = key.p ? find_item(a->growth.products, a->growth.product_n, key)
                 : find_item(a->growth.features, a->growth.feature_n, feature);
    if (*ret) return OK;
    return key.p ? fail_not_found(problem, (struct text){"product", "محصول"}, key)
                 : fail_not_found(problem, (struct text){"feature", "قابلیت"}, feature);
}

enum status growth_handle_peers(struct request *request, struct response *response, struct problem *problem) {
    struct answer a;
    const struct growth_item *item = NULL;
    uint32_t account;
    size_t hidden = 0;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = open_answer(request, response, &a, problem);
    if (!status) status = request_item(&a, &item, problem);
    if (status) return status;
    struct peers *all = arena_array(request->arena, a.growth.n + 1, sizeof *all);
    peers_find(&item->columns, a.seen, request->arena, all);
    const struct peers *peers = &all[account];
    const uint32_t *sizes = peer_sizes(&item->columns, request->arena);
    json_begin_object(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    for (uint32_t i = 0; i < a.growth.n && peers->n; i++) {
        if (!peers_same(&item->columns, sizes, peers->circle, account, i)) continue;
        if (a.seen && !a.seen[i]) {
            hidden++;
            continue;
        }
        json_begin_object(&a.w);
        put_account(&a, i);
        json_put_bool(&a.w, "has", item->columns.has[i]);
        json_put_number(&a.w, "paid", item->columns.has[i] ? item->columns.paid[i] : NAN);
        json_end_object(&a.w);
    }
    json_end_array(&a.w);
    json_put_int(&a.w, "peers", (int64_t)peers->n);
    json_put_int(&a.w, "peers_have", (int64_t)peers->have);
    json_put_int(&a.w, "hidden", (int64_t)hidden);
    put_text(&a.w, "circle", peers->n ? str_of(circle_names[peers->circle]) : (struct str){0});
    json_put_string(&a.w, "currency", a.currency);
    json_end_object(&a.w);
    return OK;
}
