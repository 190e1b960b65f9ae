#include "customers/account.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/overview.h"
#include "insight/reasons.h"
#include "platform/answer.h"
#include "predict/model_api.h"
#include "predict/model_shelf.h"
#include "predict/model_words.h"
#include "predict/prediction.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

/* "Of 100 customers with such a chance, 9 left within 90 days (6–13)" is said by backtest_sentence. */
static void put_evidence(const struct model *model, struct outcome_key key, const struct request *request,
                         double chance, struct json_writer *w) {
    const struct model_bin *bin = model_bin_of(model, chance);
    struct format format = request_format(request);
    struct buf text = {0};
    if (!bin) return;
    struct backtest_plan plan = model_plan(request->house, key);
    struct backtest_share share = {.cases = (size_t)bin->cases,
                                   .accounts = (size_t)model->row.accounts,
                                   .rate = bin->rate,
                                   .interval = {bin->low, bin->high}};
    backtest_sentence(&plan.outcome, &share, &format, &text);
    json_put_string(w, "text", buf_str(&text));
    json_put_number(w, "low", bin->low);
    json_put_number(w, "high", bin->high);
    buf_free(&text);
}

struct reason {
    const struct panel_column *column; /* the first of the fact */
    size_t c;
    double adds;
};
static int by_weight(const void *a, const void *b) {
    double x = fabs(((const struct reason *)a)->adds), y = fabs(((const struct reason *)b)->adds);
    return x < y ? 1 : x > y ? -1 : 0;
}

enum { REASONS_MOST = 8 };

static const char *evidence_of(const struct catalogue *catalogue, struct str fact) {
    uint32_t number = catalogue_find(catalogue, fact);
    if (number == DICT_NONE) return "";
    const struct declared *declared = catalogue_declared(catalogue, number);
    return declared->kind == FROM_USAGE ? "usage"
           : declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE
               ? signal_sources[declared->record.table]->key
           : declared->kind == FROM_PEOPLE ? "contacts"
                                           : "facts";
}

static void put_reason(const struct request *request, const struct reason *reason, double value,
                       double percentile, struct json_writer *w) {
    static const struct text raises = {"associated with a higher chance", "همراه با احتمال بیشتر"},
                             lowers = {"associated with a lower chance", "همراه با احتمال کمتر"};
    const struct panel_column *column = reason->column;
    json_begin_object(w);
    json_put_string(w, "fact", column->fact);
    json_put_string(w, "title", str_of(words_in(request->language, column->title)));
    json_put_number(w, "adds", reason->adds);
    json_put_string(w, "direction", reason->adds >= 0 ? STR("raises") : STR("lowers"));
    json_put_string(w, "text", str_of(words_in(request->language, reason->adds >= 0 ? raises : lowers)));
    if (!column->value.p) {
        json_put_number(w, "value", value);
        json_put_number(w, "percentile", percentile);
    }
    json_put_string(w, "evidence",
                    str_of(evidence_of(insight_catalogue(request->house->insight), column->fact)));
    json_end_object(w);
}

/* x: the account's own row. */
static enum status put_reasons(const struct request *request, struct shelved *shelved, const double *x,
                               struct json_writer *w, struct problem *problem) {
    const struct model *model = model_held(shelved);
    double *adds = arena_array(request->arena, model->p + 1, sizeof *adds);
    struct reason *list = arena_array(request->arena, model->p + 1, sizeof *list);
    size_t n = 0, columns[REASONS_MOST];
    double values[REASONS_MOST], percentiles[REASONS_MOST];
    double bias = learner_reasons(&model->learner, x, 1, 1, adds), rest = 0;
    for (size_t c = 0; c < model->p; c++) {
        if (!n || !str_equal(list[n - 1].column->fact, model->columns[c].fact))
            list[n++] = (struct reason){&model->columns[c], c, 0};
        list[n - 1].adds += adds[c];
    }
    qsort(list, n, sizeof *list, by_weight);
    size_t told = n < REASONS_MOST ? n : REASONS_MOST;
    for (size_t i = 0; i < told; i++) {
        columns[i] = list[i].c;
        values[i] = x[list[i].c];
    }
    enum status status =
        model_percentiles(request->house, shelved, columns, told, values, percentiles, problem);
    if (status) return status;
    json_put_number(w, "bias", bias);
    json_name(w, STR("reasons"));
    json_begin_array(w);
    for (size_t i = 0; i < told; i++)
        put_reason(request, &list[i], values[i], percentiles[i], w);
    for (size_t i = told; i < n; i++)
        rest += list[i].adds;
    json_end_array(w);
    json_put_number(w, "others_add", rest);
    return OK;
}

/* An account's age in months and its plan now. */
static enum status read_cohort(struct request *request, uint32_t account, const struct life_table *table,
                               const struct life_cohort **cohort, int *year, struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct catalogue *catalogue = insight_catalogue(insight);
    struct moment moment = moment_now(insight);
    uint32_t facts[] = {catalogue_find(catalogue, STR("subscription_plan")),
                        catalogue_find(catalogue, STR("tenure_days"))};
    struct column columns[COUNT(facts)];
    enum status status = facts_evaluate(insight, catalogue, facts, COUNT(facts), &moment, account, 1,
                                        request->arena, columns, problem);
    if (status) return status;
    bool planned = columns[0].state[0] == FACT_KNOWN, aged = columns[1].state[0] == FACT_KNOWN;
    *cohort = life_table_cohort(
        table, planned ? dict_key(catalogue_fact(catalogue, facts[0])->texts, (uint32_t)columns[0].number[0])
                       : STR(""));
    *year = aged ? life_year(columns[1].number[0] / MONTH_DAYS) : -1;
    return OK;
}

/* "Customers of plan Pro in their second year: 3 were lost in 250 months of customers …" */
static void put_cohort(const struct request *request, struct outcome_key key, const struct life_table *table,
                       const struct life_cohort *cohort, int year, struct json_writer *w) {
    static const struct text years
        [LIFE_YEARS] = {{"first", "نخست"}, {"second", "دوم"}, {"third or a later", "سوم یا پس از آن"}},
   of_plan =
        {"Customers of the plan {0} in their {1} year: {2} lost in {3} months of customers; of all plans "
         "{4} in {5}. Drawn towards all, {6} leave within {7} days (95 %: {8} to {9}).",
         "مشتریان طرح {0} در سال {1}: {2} ازدست‌رفته در {3} ماه‌مشتری؛ در همهٔ طرح‌ها {4} در {5}. با کشیدن به "
         "سوی کل، {6} در {7} روز می‌روند (۹۵٪: {8} تا {9})."},
   of_all = {
       "Customers of all plans in their {0} year: {1} lost in {2} months of customers. {3} leave within "
       "{4} days (95 %: {5} to {6}).",
       "مشتریان همهٔ طرح‌ها در سال {0}: {1} ازدست‌رفته در {2} ماه‌مشتری. {3} در {4} روز می‌روند "
       "(۹۵٪: {5} تا {6})."};
    struct arena *arena = request->arena;
    struct format format = request_format(request);
    int days = model_plan(request->house, key).outcome.days;
    bool own = cohort && cohort->plan.n;
    const struct life_cell *cell = own ? &cohort->years[year] : NULL, *all = &table->all[year];
    struct life_chance chance = life_table_chance(table, own ? cohort : NULL, year, days / MONTH_DAYS);
    struct str which = str_of(words_in(request->language, years[year])),
               all_lost = words_number(arena, &format, (int64_t)all->lost),
               all_months = words_number(arena, &format, (int64_t)all->months),
               mean = words_percent(arena, &format, chance.mean), within = words_number(arena, &format, days),
               low = words_percent(arena, &format, chance.low),
               high = words_percent(arena, &format, chance.high);
    json_name(w, STR("cohort"));
    json_begin_object(w);
    json_put_string(w, "plan", own ? cohort->plan : STR(""));
    json_put_int(w, "year", year + 1);
    life_chance_put(&chance, w);
    json_put_string(w, "text",
                    own ? say(arena, request->language, of_plan,
                              ARGS(cohort->plan, which, words_number(arena, &format, (int64_t)cell->lost),
                                   words_number(arena, &format, (int64_t)cell->months), all_lost, all_months,
                                   mean, within, low, high))
                        : say(arena, request->language, of_all,
                              ARGS(which, all_lost, all_months, mean, within, low, high)));
    json_end_object(w);
}

/* Why nothing is foretold, and what became of customers like it: beside the health score, all there is. */
static enum status put_without_model(struct request *request, struct outcome_key key, uint32_t account,
                                     struct json_writer *w, struct problem *problem) {
    static const struct text not_made = {"No model was made yet.", "هنوز مدلی ساخته نشده است."};
    struct model_row row;
    struct life_table table;
    struct str words;
    const struct life_cohort *cohort;
    bool any, found = false;
    int year = -1;
    enum status status = model_read_newest(request->house, key, request->arena, &row, &any, problem);
    if (!status && !any) {
        json_put_string(w, "text", str_of(words_in(request->language, not_made)));
        return OK;
    }
    if (!status) status = model_words(request, &row, &words, problem);
    if (!status) status = model_life_table(request, &row, &found, &table, problem);
    if (!status && found) status = read_cohort(request, account, &table, &cohort, &year, problem);
    if (status) return status;
    json_put_string(w, "text", words);
    if (found && year >= 0) put_cohort(request, key, &table, cohort, year, w);
    return OK;
}

enum status prediction_put(struct request *request, struct outcome_key key, uint32_t account,
                           struct json_writer *w, struct problem *problem) {
    static const struct text
        new_here =
            {"Too new for a prediction: the onboarding score speaks for it.",
             "برای پیش‌بینی تازه‌وارد است؛ امتیاز آغاز همکاری دربارهٔ آن می‌گوید."},
        not_given =
            {"Nothing was foretold of it yet: that happens once a day, where the outcome can befall.",
             "هنوز چیزی درباره‌اش پیش‌بینی نشده است: روزی یک بار، آن‌جا که پیامد رخ‌دادنی باشد."},
        not_asked = {"The outcome cannot befall it now.", "این پیامد اکنون دربارهٔ آن معنا ندارد."};
    struct house *house = request->house;
    struct moment moment = moment_now(house->insight);
    struct shelved *shelved;
    double *x = NULL;
    struct prediction given = {.probability = NAN};
    enum status status = model_hold(house, key, &shelved, problem);
    if (status) return status;
    const struct model *model = shelved ? model_held(shelved) : NULL;
    bool found = model;
    if (found) {
        x = arena_array(request->arena, model->p + 1, sizeof *x);
        status = panel_rows(house, model->columns, model->p, &moment, account, 1, x, request->arena, problem);
    }
    if (status) {
        model_release(shelved);
        return status;
    }
    if (found && !prediction_of(house, key, account, INT64_MAX, &given)) given.probability = NAN;
    json_begin_object(w);
    model_put_head(request, key, w);
    json_put_number(w, "chance", given.probability);
    if (!isnan(given.probability)) {
        struct format format = request_format(request);
        double margin;
        learner_margins(&model->learner, x, 1, 1, &margin);
        json_put_int(w, "version", given.version);
        json_put_string(w, "chance_text", words_percent(request->arena, &format, given.probability));
        json_put_number(w, "margin", margin);
        put_evidence(model, key, request, given.probability, w);
        status = put_reasons(request, shelved, x, w, problem);
    } else {
        struct arena *arena = request->arena;
        const struct catalogue *catalogue = insight_catalogue(house->insight);
        uint32_t tenure = catalogue_find(catalogue, STR("tenure_days"));
        struct column column;
        status = facts_evaluate(house->insight, catalogue, &tenure, 1, &moment, account, 1, arena, &column,
                                problem);
        double before;
        bool young = !status && column.state[0] == FACT_KNOWN && column.number[0] < MODEL_NEW_DAYS,
             ended = prediction_last(house, key, account, &before);
        if (!status && !young && !found)
            status = put_without_model(request, key, account, w, problem);
        else
            json_put_string(w, "text",
                            str_of(words_in(request->language, young   ? new_here
                                                               : ended ? not_asked
                                                                       : not_given)));
    }
    json_end_object(w);
    model_release(shelved);
    return status;
}

static enum status put_history(struct request *request, struct json_writer *w, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_prediction_history);
    rows_bind_id(rows, "account", id);
    json_name(w, STR("history"));
    json_begin_array(w);
    while (rows_next(rows)) {
        char text[INSTANT_TEXT + 1];
        instant_print(rows_int(rows, 1), text);
        json_begin_object(w);
        json_put_string(w, "outcome", rows_text(rows, 0, request->arena));
        json_put_string(w, "given_at", str_of(text));
        json_put_int(w, "version", rows_int(rows, 2));
        json_put_number(w, "chance", rows_is_null(rows, 3) ? NAN : rows_number(rows, 3));
        json_put_number(w, "low", rows_is_null(rows, 4) ? NAN : rows_number(rows, 4));
        json_put_number(w, "high", rows_is_null(rows, 5) ? NAN : rows_number(rows, 5));
        json_end_object(w);
    }
    json_end_array(w);
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status prediction_handle_account(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct json_writer w = {.out = &response->body};
    uint32_t account;
    enum status status = request_account_index(request, &account, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (int k = 0; k < OUTCOMES && !status; k++)
        if (k != OUTCOME_CROSS_SELL) /* those stand with what it could buy: growth_api.c */
            status = prediction_put(request, (struct outcome_key){.kind = (enum outcome_kind)k}, account, &w,
                                    problem);
    json_end_array(&w);
    if (!status) status = put_history(request, &w, problem);
    json_end_object(&w);
    return status;
}
