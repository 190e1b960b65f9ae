#include "predict/model_api.h"

#include "customers/account.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/overview.h"
#include "insight/reasons.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "predict/model_words.h"
#include "predict/prediction.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct route_query model_trial_query[] = {
    {"days", "Days within which the outcome counts, 7 to 730; as set in insight.outcome_days where absent."},
    {"grace", "Days after its end in which a renewal is only late; as set in retention.grace_days."},
    {"gap", "Days between a snapshot and the outcome's days, 0 to 180; as set in predict.gap_days."},
    {"by", "Snapshots at the starts of these: week, month (default), quarter or year."},
    {"calendar", "gregorian or persian; the organisation's where absent."},
    {"from", "First day of snapshots, YYYY-MM-DD; 24 months before the last one where absent."},
    {"to", "Last day of snapshots; today where absent."},
    {"test_from",
     "Snapshots from this day on are tested on, and what was over before it is learnt; rolling where absent."},
    SELECTION_QUERY,
    {NULL, NULL}};

/* ---- asking ---- */

static enum status request_outcome(struct request *request, struct outcome_key *key,
                                   struct problem *problem) {
    size_t n;
    enum status status = outcome_parse(request_param(request, "outcome"), STR("outcome"), key, problem);
    if (status || !key->product.n) return status;
    const struct product_sold *products = products_sold(request->house, request->arena, &n);
    for (size_t i = 0; i < n; i++)
        if (str_equal(products[i].product, key->product)) return OK;
    return fail_not_found(problem, (struct text){"product", "محصول"}, key->product);
}
/* ---- GET /models ---- */

/* Each plan and year of age, and what of a hundred would leave within a year. */
static void put_life_table(const struct life_table *table, struct json_writer *w) {
    json_name(w, STR("life_table"));
    json_begin_array(w);
    for (size_t c = 0; c <= table->n; c++)
        for (int year = 0; year < LIFE_YEARS; year++) {
            const struct life_cohort *cohort = c < table->n ? &table->cohorts[c] : NULL;
            const struct life_cell *cell = cohort ? &cohort->years[year] : &table->all[year];
            struct life_chance chance = life_table_chance(table, cohort, year, 12);
            json_begin_object(w);
            json_name(w, STR("plan"));
            if (cohort)
                json_string(w, cohort->plan);
            else
                json_null(w);
            json_put_int(w, "year", year + 1);
            json_put_number(w, "lost", cell->lost);
            json_put_number(w, "months", cell->months);
            life_chance_put(&chance, w);
            json_end_object(w);
        }
    json_end_array(w);
}

static enum status put_version(const struct request *request, const struct model_row *row, bool whole,
                               struct json_writer *w, struct problem *problem) {
    struct json tests;
    struct str words;
    enum status status = json_parse(row->tests, request->arena, &tests, problem);
    if (!status) status = model_words(request, row, &words, problem);
    if (status) return status;
    json_begin_object(w);
    json_put_int(w, "version", row->version);
    json_put_string(w, "state", row->state);
    json_put_string(w, "verdict", row->verdict);
    json_put_string(w, "learner", row->learner);
    json_put_string(w, "learner_title",
                    str_of(words_in(request->language, learner_titles[learner_of(row->learner)])));
    char text[INSTANT_TEXT + 1];
    instant_print(row->made_at, text);
    json_put_string(w, "made_at", str_of(text));
    json_put_string(w, "made_by", row->made_by);
    json_put_int(w, "cases", row->cases);
    json_put_int(w, "lost", row->lost);
    json_put_int(w, "accounts", row->accounts);
    if (row->has & MODEL_HAS_LAST) {
        day_print(row->first_day, text);
        json_put_string(w, "first_day", str_of(text));
        day_print(row->last_day, text);
        json_put_string(w, "last_day", str_of(text));
    }
    json_put_string(w, "text", words);
    json_name(w, STR("definition"));
    json_raw(w, row->definition);
    if (whole) {
        json_name(w, STR("columns"));
        json_raw(w, row->columns);
        json_name(w, STR("tests"));
        json_raw(w, row->tests);
        struct life_table table;
        bool found;
        status = model_life_table(request, row, &found, &table, problem);
        if (found) put_life_table(&table, w);
    } else { /* of the learner that it uses */
        const struct json *learners = json_get(&tests, "learners");
        for (size_t k = 0; learners && k < learners->n; k++)
            if (str_equal(json_get_string(&learners->items[k], "learner"), row->learner)) {
                json_put_number(w, "auc", json_get_number(&learners->items[k], "auc"));
                json_put_number(w, "auc_low", json_get_number(&learners->items[k], "auc_low"));
                json_put_number(w, "auc_high", json_get_number(&learners->items[k], "auc_high"));
                json_put_number(w, "log_loss", json_get_number(&learners->items[k], "log_loss"));
                json_put_number(w, "ece", json_get_number(&learners->items[k], "ece"));
                json_put_number(w, "lift", json_get_number(&learners->items[k], "lift"));
            }
    }
    json_end_object(w);
    return status;
}
enum status model_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    struct outcome_key *keys;
    size_t count;
    enum status status = models_watched(request->house, request->arena, &keys, &count, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t k = 0; k < count && !status; k++) {
        static const char *const names[] = {"live", "newest"};
        json_begin_object(&w);
        model_put_head(request, keys[k], &w);
        for (int which = 0; which < 2 && !status; which++) {
            struct model_row row;
            bool any;
            status = (which ? model_read_newest : model_read_live)(request->house, keys[k], request->arena,
                                                                   &row, &any, problem);
            json_name(&w, str_of(names[which]));
            if (!status && any)
                status = put_version(request, &row, false, &w, problem);
            else
                json_null(&w);
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return status;
}

/* ---- GET /models/{outcome} ---- */

struct today { /* what the live model says now */
    size_t n, given;
    double *x, *chance;
};

static enum status read_today(struct request *request, const struct model *model, struct today *today,
                              struct problem *problem) {
    struct house *house = request->house;
    struct moment moment = moment_now(house->insight);
    directory_lock(house->directory);
    today->n = directory_size(house->directory);
    directory_unlock(house->directory);
    today->x = arena_array(request->arena, today->n * model->p + 1, sizeof *today->x);
    today->chance = arena_array(request->arena, today->n + 1, sizeof *today->chance);
    enum status status =
        panel_rows(house, model->columns, model->p, &moment, 0, today->n, today->x, request->arena, problem);
    for (uint32_t i = 0; i < today->n && !status; i++) {
        if (!prediction_last(house, model->key, i, &today->chance[i])) today->chance[i] = NAN;
        today->given += !isnan(today->chance[i]);
    }
    return status;
}

/* How far what is foretold today moved from what was foretold when it was made: the population stability
 * index over the tenths of then. Below 0.1 steady, above 0.25 another population. */
enum { DRIFT_LEAST = 200 }; /* accounts, below which chance alone looks like drift */
static double drift_of(const struct model *model, const struct today *today) {
    double psi = 0;
    if (today->given < DRIFT_LEAST || isnan(model->deciles[0])) return NAN;
    for (size_t b = 0; b <= 9;) { /* equal tenths are one */
        double from = b ? model->deciles[b - 1] : -INFINITY, inside = 0;
        size_t end = b + 1;
        while (end <= 9 && end > 0 && b < 9 && model->deciles[end - 1] <= from + 1e-12)
            end++;
        double to = end <= 9 ? model->deciles[end - 1] : INFINITY;
        for (size_t i = 0; i < today->n; i++)
            inside += today->chance[i] >= from - 1e-12 && today->chance[i] < to - 1e-12;
        double now = fmax(inside, 0.5) / (double)today->given, then = (double)(end - b) / 10;
        psi += (now - then) * log(now / then);
        b = end;
    }
    return psi;
}

struct weight {
    const struct panel_column *column;
    double mean, direction;
};
static int by_mean(const void *a, const void *b) {
    const struct weight *x = a, *y = b;
    return x->mean < y->mean ? 1 : x->mean > y->mean ? -1 : str_compare(x->column->fact, y->column->fact);
}

/* Facts by what they add on the average, up or down, over those who are foretold of today. */
static void put_facts(const struct request *request, const struct model *model, const struct today *today,
                      struct json_writer *w) {
    enum { MOST = 15 };
    double *reasons = arena_array(request->arena, today->n * model->p + 1, sizeof *reasons);
    struct weight *weights = arena_array(request->arena, model->p + 1, sizeof *weights);
    size_t n = 0;
    learner_reasons(&model->learner, today->x, today->n, 1, reasons);
    for (size_t c = 0; c < model->p; c++) {
        if (c && str_equal(model->columns[c].fact, model->columns[c - 1].fact)) continue;
        double sum = 0, known = 0, x = 0, y = 0, together = 0; /* means of the value and of what it adds */
        size_t end = c + 1;
        while (end < model->p && str_equal(model->columns[end].fact, model->columns[c].fact))
            end++;
        for (size_t i = 0; i < today->n; i++) {
            double part = 0, value = today->x[i * model->p + c];
            if (isnan(today->chance[i])) continue;
            for (size_t k = c; k < end; k++)
                part += reasons[i * model->p + k];
            sum += fabs(part);
            if (isnan(value)) continue;
            known++; /* of those whose value is known, centred as they come (Welford 1962) */
            double aside = value - x;
            x += aside / known;
            y += (part - y) / known;
            together += aside * (part - y);
        }
        weights[n++] =
            (struct weight){&model->columns[c], today->given ? sum / (double)today->given : 0, together};
    }
    qsort(weights, n, sizeof *weights, by_mean);
    json_name(w, STR("facts"));
    json_begin_array(w);
    for (size_t i = 0; i < n && i < MOST && weights[i].mean > 0; i++) {
        json_begin_object(w);
        json_put_string(w, "fact", weights[i].column->fact);
        json_put_string(w, "title", str_of(words_in(request->language, weights[i].column->title)));
        json_put_number(w, "adds", weights[i].mean);
        json_put_string(w, "direction",
                        weights[i].column->value.p  ? STR("mixed")
                        : weights[i].direction >= 0 ? STR("rises")
                                                    : STR("falls"));
        json_end_object(w);
    }
    json_end_array(w);
}

static enum status put_live(struct request *request, struct outcome_key key, struct json_writer *w,
                            struct problem *problem) {
    struct model model;
    struct today today = {0};
    bool found;
    enum status status = model_open(request->house, key, request->arena, &model, &found, problem);
    if (!status && found) status = read_today(request, &model, &today, problem);
    if (!status && found) {
        double mean = 0;
        for (size_t i = 0; i < today.n; i++)
            mean += isnan(today.chance[i]) ? 0 : today.chance[i] / (double)today.given;
        json_name(w, STR("now"));
        json_begin_object(w);
        json_put_int(w, "foretold", (int64_t)today.given);
        json_put_number(w, "mean", today.given ? mean : NAN);
        json_put_number(w, "base_rate", (double)model.row.lost / (double)model.row.cases);
        json_put_number(w, "psi", drift_of(&model, &today));
        put_facts(request, &model, &today, w);
        json_end_object(w);
    }
    if (found) model_close(&model);
    return status;
}

enum { VERSIONS_SHOWN = 26 }; /* the newest, and the live one */
enum status model_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    struct outcome_key key;
    struct model_row *list;
    size_t n;
    enum status status = request_outcome(request, &key, problem);
    if (!status)
        status = models_read(request->house, outcome_text(key, request->arena), request->arena, &list, &n,
                             problem);
    if (status) return status;
    json_begin_object(&w);
    model_put_head(request, key, &w);
    status = put_live(request, key, &w, problem);
    json_name(&w, STR("versions"));
    json_begin_array(&w);
    for (size_t i = 0; i < n && !status; i++)
        if (i < VERSIONS_SHOWN || str_is(list[i].state, "live"))
            status = put_version(request, &list[i], true, &w, problem);
    json_end_array(&w);
    json_end_object(&w);
    return status;
}

/* ---- making ---- */

static enum status answer_version(const struct request *request, const struct model_row *row,
                                  struct response *response, struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    return put_version(request, row, true, &w, problem);
}

enum status model_handle_make(struct request *request, struct response *response, struct problem *problem) {
    struct outcome_key key;
    struct model_row row;
    enum status status = request_outcome(request, &key, problem);
    if (status) return status;
    if (request->waiter && request->house->models) { /* a reader who waits must not stop the others */
        bool fresh = model_keeper_ask(request->house->models, key, request->principal.name);
        struct json_writer w = {.out = &response->body};
        response->code = 202;
        json_begin_object(&w);
        json_put_string(&w, "outcome", outcome_text(key, request->arena));
        json_put_bool(&w, "asked", fresh);
        json_put_bool(&w, "being_made", true);
        json_end_object(&w);
        return OK;
    }
    status = model_make(request->house, key, INT32_MIN, request->principal.name, NULL, request->arena, &row,
                        problem);
    return status ? status : answer_version(request, &row, response, problem);
}

enum status model_handle_roll_back(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct outcome_key key;
    struct model_row row;
    enum status status = request_outcome(request, &key, problem);
    if (!status)
        status = model_roll_back(request->house, key, request->stopping, request->arena, &row, problem);
    return status ? status : answer_version(request, &row, response, problem);
}

/* ---- trials and panels ---- */

static size_t snapshots_at_most(struct house *house, const struct backtest_plan *plan) {
    static const int days[] = {
        [PERIOD_WEEK] = 7, [PERIOD_MONTH] = 28, [PERIOD_QUARTER] = 89, [PERIOD_YEAR] = 354};
    day_t today = moment_now(house->insight).day, to = plan->to < today ? plan->to : today,
          from = plan->from != INT32_MIN ? plan->from : to - BACKTEST_MONTHS * 31;
    return from > to ? 1 : (size_t)((to - from) / days[plan->by] + 1);
}

static enum status request_plan(struct request *request, struct backtest_plan *plan, day_t *test_from,
                                struct problem *problem) {
    struct outcome_key key;
    int64_t gap = settings_int(request->house->settings, SETTING_PREDICT_GAP_DAYS);
    *test_from = INT32_MIN;
    enum status status = request_outcome(request, &key, problem);
    if (!status) status = request_backtest(request, plan, problem);
    if (status) return status;
    plan->outcome.kind = key.kind;
    plan->outcome.product = key.product;
    if (key.kind == OUTCOME_SILENCE) plan->outcome.grace_days = 0;
    status = request_query_int(request, "gap", 0, 180, &gap, problem);
    plan->gap_days = (int32_t)gap;
    if (!status) status = request_query_day(request, "test_from", test_from, problem);
    model_bound(request->house, snapshots_at_most(request->house, plan), plan);
    return status;
}

enum status model_handle_trial(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct backtest_plan plan;
    struct panel panel;
    struct trial trial;
    day_t test_from;
    enum status status = request_plan(request, &plan, &test_from, problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(house, plan.selector->catalogue);
    status = panel_make(house, &plan, memory, request->arena, &panel, problem);
    if (!status) {
        struct trial_rows rows = model_rows(&panel, request->arena);
        struct trial_options options = model_options(house, test_from, request->stopping);
        status = trial_run(&rows, &options, request->arena, &trial, problem);
    }
    fact_memory_release(memory);
    if (status) return status;
    struct buf tests = {0};
    struct json parsed;
    model_put_trial(&panel, &trial, &(struct json_writer){.out = &tests});
    struct str text = str_copy(request->arena, buf_str(&tests));
    buf_free(&tests);
    status = json_parse(text, request->arena, &parsed, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    backtest_put_plan(&panel.cases, &w);
    json_put_string(&w, "text",
                    verdict_words(request, json_get_string(&parsed, "state"),
                                  plan.outcome.kind == OUTCOME_CROSS_SELL, &parsed));
    json_name(&w, STR("trial"));
    json_raw(&w, text);
    json_end_object(&w);
    return OK;
}

enum status model_handle_panel(struct request *request, struct response *response, struct problem *problem) {
    struct backtest_plan plan;
    struct panel panel;
    day_t test_from;
    enum status status = request_plan(request, &plan, &test_from, problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(request->house, plan.selector->catalogue);
    status = panel_make(request->house, &plan, memory, request->arena, &panel, problem);
    if (!status) panel_csv(request->house, &panel, &response->body);
    fact_memory_release(memory);
    response->content_type = "text/csv; charset=utf-8";
    return status;
}
