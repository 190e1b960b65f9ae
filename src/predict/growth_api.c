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
    struct growth_rows rows;
    struct str *titles; /* of features */
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
    size_t n;
    *a = (struct answer){.request = request, .w = {.out = &response->body}};
    enum status status = request_query_int(request, "days", 7, 365, &days, problem);
    if (!status) status = growth_read(request->house, (int32_t)days, request->arena, &a->growth, problem);
    if (status) return status;
    a->rows = growth_rows_begin(request->house, &a->growth, !request_scope_mask(request, &n), request->arena);
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

static struct str number_of(struct arena *arena, const struct format *format, double value, bool percent) {
    struct buf text = {0};
    if (percent)
        format_percent(&text, format, value, 0);
    else
        format_number(&text, format, value, 0);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

static struct str words_of(const struct answer *a, const struct growth_row *row) {
    struct arena *arena = a->request->arena;
    struct format format = request_format(a->request);
    enum language language = a->request->language;
    const struct peers *peers = &row->peers;
    if (row->kind == GROWTH_SEATS) {
        double seats = a->growth.seats[row->account], people = a->growth.people[row->account];
        return say(arena, language, seats_free,
                   ARGS(number_of(arena, &format, seats - people, false),
                        number_of(arena, &format, seats, false),
                        number_of(arena, &format, a->growth.days, false)));
    }
    if (!peers->n) return str_of(language == PERSIAN ? nobody_else.fa : nobody_else.en);
    struct text circle = circle_titles[peers->circle];
    return say(arena, language, row->kind == GROWTH_PRODUCT ? own_it : use_it,
               ARGS(number_of(arena, &format, (double)peers->have, false),
                    number_of(arena, &format, (double)peers->n, false),
                    str_of(language == PERSIAN ? circle.fa : circle.en),
                    number_of(arena, &format, (double)peers->have / (double)peers->n, true),
                    number_of(arena, &format, peers->interval.low, true),
                    number_of(arena, &format, peers->interval.high, true)));
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

/* The directory's lock is held. */
static void put_account(struct answer *a, uint32_t index) {
    const struct directory_account *account = directory_account(a->request->house->directory, index);
    struct str id = id_str(a->request->arena, account->id);
    json_put_string(&a->w, "id", id);
    json_put_string(&a->w, "account", account->key.n ? account->key : id);
    json_put_string(&a->w, "name", account->name);
    put_text(&a->w, "owner_name", account->owner_name.n ? account->owner_name : (struct str){0});
}

/* Each product: who could own it, who does, and how its model stands. */
static enum status put_products(struct answer *a, struct problem *problem) {
    struct arena *arena = a->request->arena;
    struct json_writer *w = &a->w;
    enum status status = OK;
    json_name(w, STR("products"));
    json_begin_array(w);
    for (size_t p = 0; p < a->growth.product_n && !status; p++) {
        const struct growth_item *item = &a->growth.products[p];
        struct outcome_key key = {OUTCOME_CROSS_SELL, item->key};
        struct model_row *list;
        size_t n, live = 0;
        struct str words =
            str_of(a->request->language == PERSIAN ? "هنوز مدلی ساخته نشده است." : "No model was made yet.");
        status = models_read(a->request->house, outcome_text(key, arena), arena, &list, &n, problem);
        while (!status && live < n && !str_is(list[live].state, "live"))
            live++;
        bool found = !status && live < n;
        if (!status && n) status = model_words(a->request, &list[found ? live : 0], &words, problem);
        json_begin_object(w);
        json_put_string(w, "product", item->key);
        json_put_int(w, "could", (int64_t)item->could);
        json_put_int(w, "own", (int64_t)item->has);
        json_put_string(w, "outcome", outcome_text(key, arena));
        json_put_bool(w, "live", found);
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
                    say(arena, language, rule, ARGS(number_of(arena, &format, PEERS_LEAST, false))));
    put_text(&a->w, "note", a->growth.usage_known ? (struct str){0} : say(arena, language, unheard, NO_ARGS));
    return status;
}

/* ---- GET /growth/whitespace ---- */

enum sort { BY_EXPECTED, BY_CHANCE, BY_POTENTIAL, BY_NAME };
struct listed {
    struct growth_row row;
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
    if (!order && x->row.account != y->row.account) order = x->row.account < y->row.account ? -1 : 1;
    if (!order) order = (int)x->row.kind - (int)y->row.kind;
    return order ? order : (x->row.item > y->row.item) - (x->row.item < y->row.item);
}

struct wanted {
    int kind, sort; /* kind: 0: all, else 1 + enum growth_kind */
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

static bool is_wanted(const struct answer *a, const struct wanted *wanted, const struct growth_row *row) {
    if (wanted->kind && wanted->kind - 1 != (int)row->kind) return false;
    return !wanted->product.p ||
           (row->kind == GROWTH_PRODUCT && str_equal(a->growth.products[row->item].key, wanted->product));
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

static enum status request_wanted(const struct answer *a, struct wanted *ret, struct problem *problem) {
    static const char *const kinds[] = {"all", "product", "feature", "seats", NULL}, *const sorts[] = {
                                                                                         "expected", "chance",
                                                                                         "potential", "name",
                                                                                         NULL};
    const struct request *request = a->request;
    *ret = (struct wanted){.product = request_query(request, "product")};
    enum status status = request_query_choice(request, "kind", kinds, &ret->kind, problem);
    if (request_query_choice(request, "sort", sorts, &ret->sort, problem)) status = BAD_INPUT;
    if (!status) status = request_one_account(request, &ret->account, problem);
    if (status || !ret->product.p) return status;
    for (size_t p = 0; p < a->growth.product_n; p++)
        if (str_equal(a->growth.products[p].key, ret->product)) return OK;
    return fail_at(
        problem, STR("product"),
        MESSAGE(
            "growth_no_product", "Nobody ever subscribed to a product “{0}”. The products: vafa growth DATA.",
            "هیچ‌کس هرگز مشترک محصول «{0}» نبوده است. محصول‌ها: vafa growth DATA."),
        ARGS(ret->product));
}

enum status growth_handle_whitespace(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct answer a;
    struct wanted wanted;
    struct selector selector;
    struct selection selection;
    struct figure_page page;
    struct moment moment = moment_now(request->house->insight);
    enum status status = request_page(request, 50, &page, problem);
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (!status) status = open_answer(request, response, &a, problem);
    if (!status) status = request_wanted(&a, &wanted, problem);
    if (status) return status;
    struct growth_row *own = arena_array(request->arena, growth_most(&a.growth), sizeof *own);
    VEC(struct listed) list = {0};
    double potential = 0, expected = 0;
    size_t accounts = 0;
    directory_lock(request->house->directory);
    for (uint32_t i = 0; i < a.growth.n && i < selection.n; i++) {
        bool asked = selection.included[i] && (wanted.account == ACCOUNT_NONE || wanted.account == i);
        size_t before = list.n, n = asked ? growth_rows_of(&a.rows, i, own) : 0;
        for (size_t k = 0; k < n; k++) {
            if (!is_wanted(&a, &wanted, &own[k])) continue;
            potential += isnan(own[k].potential) ? 0 : own[k].potential;
            expected += isnan(own[k].expected) ? 0 : own[k].expected;
            VEC_PUSH(&list, (struct listed){own[k], worth_of(&own[k], (enum sort)wanted.sort),
                                            share_of(&a, &own[k], (enum sort)wanted.sort),
                                            directory_account(request->house->directory, i)->name});
        }
        accounts += list.n > before;
    }
    if (list.n) qsort(list.v, list.n, sizeof *list.v, by_worth);
    size_t end = figure_page_end(&page, list.n);
    json_begin_object(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    for (size_t i = (size_t)page.first; i < end; i++) {
        json_begin_object(&a.w);
        put_account(&a, list.v[i].row.account);
        put_row(&a, &list.v[i].row);
        json_end_object(&a.w);
    }
    json_end_array(&a.w);
    directory_unlock(request->house->directory);
    put_page(&a.w, request->arena, end, list.n);
    json_put_int(&a.w, "rows", (int64_t)list.n);
    json_put_int(&a.w, "accounts", (int64_t)accounts);
    json_put_number(&a.w, "potential", potential);
    json_put_number(&a.w, "expected", expected);
    json_put_int(&a.w, "unjudged", (int64_t)selection.unjudged);
    VEC_FREE(&list);
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
    struct growth_row *own = arena_array(request->arena, growth_most(&a.growth), sizeof *own);
    size_t n = growth_rows_of(&a.rows, account, own);
    json_begin_object(&a.w);
    directory_lock(request->house->directory);
    put_account(&a, account);
    directory_unlock(request->house->directory);
    json_put_bool(&a.w, "customer", account < a.growth.n && a.growth.customer[account]);
    json_name(&a.w, STR("owned"));
    json_begin_array(&a.w);
    for (size_t p = 0; p < a.growth.product_n && account < a.growth.n; p++)
        if (a.growth.products[p].columns.has[account]) json_string(&a.w, a.growth.products[p].key);
    json_end_array(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    for (size_t i = 0; i < n && !status; i++) {
        json_begin_object(&a.w);
        put_row(&a, &own[i]);
        if (own[i].kind == GROWTH_PRODUCT) {
            json_name(&a.w, STR("prediction"));
            status = prediction_put(
                request, (struct outcome_key){OUTCOME_CROSS_SELL, a.growth.products[own[i].item].key},
                account, &a.w, problem);
        }
        json_end_object(&a.w);
    }
    json_end_array(&a.w);
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

static enum status request_item(const struct answer *a, bool *product, const struct growth_item **ret,
                                struct problem *problem) {
    struct str key = request_query(a->request, "product"), feature = request_query(a->request, "feature");
    *product = key.p;
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
    size_t masked, hidden = 0;
    bool product = false;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = open_answer(request, response, &a, problem);
    if (!status) status = request_item(&a, &product, &item, problem);
    if (status) return status;
    const struct peers *peers = product ? &a.rows.products[item - a.growth.products][account]
                                        : &a.rows.features[item - a.growth.features][account];
    const uint8_t *mask = request_scope_mask(request, &masked);
    const uint32_t *sizes = peer_sizes(&item->columns, request->arena);
    json_begin_object(&a.w);
    json_name(&a.w, STR("data"));
    json_begin_array(&a.w);
    directory_lock(request->house->directory);
    for (uint32_t i = 0; i < a.growth.n && peers->n; i++) {
        if (!peers_same(&item->columns, sizes, peers->circle, account, i)) continue;
        if (mask && (i >= masked || !mask[i])) {
            hidden++;
            continue;
        }
        json_begin_object(&a.w);
        put_account(&a, i);
        json_put_bool(&a.w, "has", item->columns.has[i]);
        json_put_number(&a.w, "paid", item->columns.has[i] ? item->columns.paid[i] : NAN);
        json_end_object(&a.w);
    }
    directory_unlock(request->house->directory);
    json_end_array(&a.w);
    json_put_int(&a.w, "peers", (int64_t)peers->n);
    json_put_int(&a.w, "peers_have", (int64_t)peers->have);
    json_put_int(&a.w, "hidden", (int64_t)hidden);
    put_text(&a.w, "circle", peers->n ? str_of(circle_names[peers->circle]) : (struct str){0});
    json_put_string(&a.w, "currency", a.currency);
    json_end_object(&a.w);
    return OK;
}
