/* Adoption by feature, and the heat map of features × accounts. */
#include "insight/adoption.h"

#include "insight/feature_map.h"

#include <stdlib.h>

enum { BLOCK = 256, HEATMAP_MOST = 500 };

/* What one account did with each feature in the period; [0]: events of no feature. */
struct feature_use {
    uint64_t events;
    uint32_t people;
};
struct asked {
    struct house *house;
    struct selector selector;
    struct adoption_period period;
    struct selection selection;
    struct account_context context;
    const uint32_t *map;
    size_t map_n, features;
};

static enum status ask(struct request *request, struct asked *asked, struct problem *problem) {
    struct adoption_period *periods = NULL;
    size_t n = 0;
    *asked = (struct asked){.house = request->house};
    enum status status = request_periods(request, request->arena, &periods, &n, problem);
    if (!status) status = request_selector(request, &asked->selector, problem);
    if (status) return status;
    asked->period = periods[0];
    struct moment moment = moment_of_day(request->house->insight, asked->period.to);
    status = selector_apply(&asked->selector, &moment, request->arena, &asked->selection, problem);
    if (!status)
        status = account_context_read(request->house->insight, asked->selector.catalogue, &moment,
                                      asked->selection.n, request->arena, &asked->context, problem);
    asked->map =
        feature_map_of(request->house->insight, asked->selector.catalogue, request->arena, &asked->map_n);
    asked->features = asked->selector.catalogue->feature_count;
    return status;
}

/* Calls `take` with every included account's use, people of all features, and whether it was there. */
typedef void (*take_account)(void *self, uint32_t account, const struct feature_use *use, uint32_t people);

static void each_account(const struct asked *asked, take_account take, void *self) {
    struct usage_uses uses = {0};
    struct feature_use *use = memory_new((asked->features + 1) * sizeof *use);
    uint64_t *met = NULL; /* by person × feature */
    size_t room = 0;
    for (size_t block = 0; block < asked->selection.n; block += BLOCK) {
        usage_read_lock(asked->house->usage);
        for (size_t account = block; account < asked->selection.n && account < block + BLOCK; account++) {
            if (!asked->selection.included[account]) continue;
            usage_uses_read(asked->house->usage, (uint32_t)account, asked->period.to, &uses);
            day_t start = asked->context.starts[account];
            if (start != INT32_MIN && start >= asked->period.to && !uses.n) continue;
            size_t columns = asked->features + 2, words = ((size_t)uses.people + 1) * columns / 64 + 1;
            uint32_t people = 0;
            if (room < words) {
                room = words * 2;
                free(met);
                met = memory_new(room * sizeof *met);
            }
            memset(met, 0, words * sizeof *met);
            memset(use, 0, (asked->features + 1) * sizeof *use);
            for (size_t r = uses.n; r-- > 0 && uses.v[r].day >= asked->period.from;) {
                size_t f = uses.v[r].feature < asked->map_n ? asked->map[uses.v[r].feature] : FEATURE_NONE;
                use[f].events += uses.v[r].count;
                if (!uses.v[r].person) continue;
                size_t bit = uses.v[r].person * columns + f, any = uses.v[r].person * columns + columns - 1;
                if (!(met[bit / 64] >> bit % 64 & 1)) use[f].people++;
                met[bit / 64] |= UINT64_C(1) << bit % 64;
                if (!(met[any / 64] >> any % 64 & 1)) people++;
                met[any / 64] |= UINT64_C(1) << any % 64;
            }
            take(self, (uint32_t)account, use, people);
        }
        usage_unlock(asked->house->usage);
    }
    usage_uses_free(&uses);
    free(use);
    free(met);
}

/* ---- by feature ---- */

struct feature_row {
    uint64_t has;
    struct str key;
    bool core;
    int64_t entitled, unknown, using, beyond, people, events;
    double share, people_share;
};
enum { AT_KEY, AT_CORE, AT_ENTITLED, AT_UNKNOWN, AT_USING, AT_SHARE, AT_BEYOND, AT_PEOPLE, AT_PEOPLE_SHARE };
#define AT(member) offsetof(struct feature_row, member)
static const struct field fields[] = {
    [AT_KEY] = {"feature", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Feature", "قابلیت"},
                .doc = "Key of the feature; null: events that belong to none."},
    [AT_CORE] = {"core", FIELD_BOOL, FIELD_READ_ONLY, AT(core), .title = {"Core", "اصلی"},
                 .doc = "Counts for breadth."},
    [AT_ENTITLED] = {"entitled", FIELD_INT, FIELD_READ_ONLY, AT(entitled), .title = {"Entitled", "مجاز"},
                     .doc = "Accounts whose plan includes it."},
    [AT_UNKNOWN] = {"plan_unknown", FIELD_INT, FIELD_READ_ONLY, AT(unknown),
                    .title = {"Plan not known", "طرح نامعلوم"},
                    .doc = "Accounts of which that is not known."},
    [AT_USING] = {"using", FIELD_INT, FIELD_READ_ONLY, AT(using),
                  .title = {"Using", "استفاده‌کننده"},
                  .doc = "Entitled accounts with an event of it."},
    [AT_SHARE] = {"share", FIELD_NUMBER, FIELD_READ_ONLY, AT(share), .title = {"Share", "سهم"},
                  .doc = "Using ÷ entitled; null without entitled ones."},
    [AT_BEYOND] = {"beyond_plan", FIELD_INT, FIELD_READ_ONLY, AT(beyond),
                   .title = {"Beyond the plan", "فراتر از طرح"},
                   .doc = "Accounts that use it though their plan does not include it."},
    [AT_PEOPLE] = {"people", FIELD_INT, FIELD_READ_ONLY, AT(people), .title = {"People", "افراد"},
                   .doc = "People with an event of it."},
    [AT_PEOPLE_SHARE] = {"people_share", FIELD_NUMBER, FIELD_READ_ONLY, AT(people_share),
                         .title = {"Share of people", "سهم افراد"},
                         .doc = "People ÷ all active people; null without any."},
    {"events", FIELD_INT, FIELD_READ_ONLY, AT(events), .title = {"Events", "رویدادها"}, .doc = "Events."},
};
#undef AT
RECORD_TYPE(adoption_feature_type, "AdoptionFeature", struct feature_row, fields);

struct by_feature {
    const struct asked *asked;
    struct feature_row *rows; /* [0]: of no feature */
    int64_t people;
};

static void take_features(void *self, uint32_t account, const struct feature_use *use, uint32_t people) {
    struct by_feature *b = self;
    b->people += people;
    for (size_t f = 0; f <= b->asked->features; f++) {
        struct feature_row *row = &b->rows[f];
        row->people += use[f].people;
        row->events += (int64_t)use[f].events;
        if (!f) continue;
        enum entitled entitled =
            account_entitled(&b->asked->context, &b->asked->selector.catalogue->features[f - 1], account);
        row->entitled += entitled == ENTITLED_YES;
        row->unknown += entitled == ENTITLED_UNKNOWN;
        row->using += entitled == ENTITLED_YES && use[f].events;
        row->beyond += entitled == ENTITLED_NO && use[f].events;
    }
}

static void drop(struct feature_row *row, int field) {
    row->has &= ~((uint64_t)1 << field);
}

const struct route_query adoption_features_query[] = {ADOPTION_PERIOD_QUERY, SELECTION_QUERY, {NULL, NULL}};

enum status adoption_handle_features(struct request *request, struct response *response,
                                     struct problem *problem) {
    struct asked asked;
    enum status status = ask(request, &asked, problem);
    if (status) return status;
    struct by_feature b = {&asked, arena_array(request->arena, asked.features + 1, sizeof *b.rows), 0};
    each_account(&asked, take_features, &b);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t k = 1; k <= asked.features + 1; k++) {
        size_t f = k > asked.features ? 0 : k; /* what belongs to no feature comes last */
        struct feature_row *row = &b.rows[f];
        if (!f && !row->events) continue;
        row->has = UINT64_MAX;
        if (f) {
            row->key = asked.selector.catalogue->features[f - 1].key;
            row->core = asked.selector.catalogue->features[f - 1].core;
        } else {
            for (int field = AT_KEY; field <= AT_BEYOND; field++)
                drop(row, field);
        }
        if (row->entitled)
            row->share = (double)row->using / (double)row->entitled;
        else
            drop(row, AT_SHARE);
        if (b.people)
            row->people_share = (double)row->people / (double)b.people;
        else
            drop(row, AT_PEOPLE_SHARE);
        fields_encode(&adoption_feature_type, row, &w);
    }
    adoption_end_list(&w);
    json_end_object(&w);
    return OK;
}

/* ---- the heat map ---- */

struct heat {
    uint32_t account;
    uint64_t total;
    uint64_t *cells; /* by feature, 1 + place */
};
struct by_account {
    const struct asked *asked;
    struct arena *arena;
    bool people;
    struct heat *rows; /* the most, in any order until sorted */
    size_t n, most;
};

static int by_total(const void *a, const void *b) {
    const struct heat *x = a, *y = b;
    if (x->total != y->total) return x->total < y->total ? 1 : -1;
    return (x->account > y->account) - (x->account < y->account);
}

static void take_heat(void *self, uint32_t account, const struct feature_use *use, uint32_t people) {
    struct by_account *b = self;
    uint64_t total = b->people ? people : 0;
    for (size_t f = 0; f <= b->asked->features && !b->people; f++)
        total += use[f].events;
    if (!total) return;
    struct heat *row = NULL;
    if (b->n < b->most) {
        row = &b->rows[b->n++];
        row->cells = arena_array(b->arena, b->asked->features + 1, sizeof *row->cells);
    } else { /* in place of the least, of equals the last */
        row = &b->rows[0];
        for (size_t i = 1; i < b->n; i++)
            if (by_total(&b->rows[i], row) > 0) row = &b->rows[i];
        if (total <= row->total) return;
    }
    row->account = account;
    row->total = total;
    for (size_t f = 0; f <= b->asked->features; f++)
        row->cells[f] = b->people ? use[f].people : use[f].events;
}

const struct route_query adoption_heatmap_query[] = {
    ADOPTION_PERIOD_QUERY,
    {"measure", "events (default) or people."},
    {"limit", "How many accounts, those with the most first; 20 unless given, at most 500."},
    SELECTION_QUERY,
    {NULL, NULL}};

enum status adoption_handle_heatmap(struct request *request, struct response *response,
                                    struct problem *problem) {
    static const char *const measures[] = {"events", "people", NULL};
    struct asked asked;
    int64_t limit = 20;
    int measure = 0;
    enum status status = request_query_choice(request, "measure", measures, &measure, problem);
    if (!status) status = request_query_int(request, "limit", 1, HEATMAP_MOST, &limit, problem);
    if (!status) status = ask(request, &asked, problem);
    if (status) return status;
    struct by_account b = {
        &asked, request->arena, measure == 1, arena_array(request->arena, (size_t)limit, sizeof *b.rows),
        0,      (size_t)limit};
    each_account(&asked, take_heat, &b);
    qsort(b.rows, b.n, sizeof *b.rows, by_total);
    const struct catalogue *catalogue = asked.selector.catalogue;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("features"));
    json_begin_array(&w);
    for (size_t f = 0; f < asked.features; f++)
        json_string(&w, catalogue->features[f].key);
    json_end_array(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    directory_lock(asked.house->directory);
    for (size_t i = 0; i < b.n; i++) {
        const struct directory_account *account =
            directory_account(asked.house->directory, b.rows[i].account);
        json_begin_object(&w);
        json_put_string(&w, "account", account->key);
        json_put_string(&w, "name", account->name);
        json_put_int(&w, "total", (int64_t)b.rows[i].total);
        json_name(&w, STR("cells")); /* null: not part of the plan, and not used */
        json_begin_array(&w);
        for (size_t f = 0; f < asked.features; f++) {
            uint64_t cell = b.rows[i].cells[f + 1];
            if (!cell &&
                account_entitled(&asked.context, &catalogue->features[f], b.rows[i].account) == ENTITLED_NO)
                json_null(&w);
            else
                json_int(&w, (int64_t)cell);
        }
        json_end_array(&w);
        json_put_int(&w, "other", (int64_t)b.rows[i].cells[0]);
        json_end_object(&w);
    }
    directory_unlock(asked.house->directory);
    adoption_end_list(&w);
    json_end_object(&w);
    return OK;
}
