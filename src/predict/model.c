#include "predict/model.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/retention_books.h"
#include "platform/settings.h"
#include "predict/life_table.h"
#include "predict/model_internal.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is asked ---- */

static size_t account_count(struct house *house) {
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    return n;
}

void model_bound(struct house *house, size_t snapshots, struct backtest_plan *plan) {
    size_t rows = account_count(house) * snapshots;
    plan->every = (uint32_t)((rows + MODEL_MOST_ROWS - 1) / MODEL_MOST_ROWS);
}

struct backtest_plan model_plan(struct house *house, struct outcome_key key) {
    struct settings *settings = house->settings;
    struct backtest_plan plan = {
        .outcome = {key.kind, (int32_t)settings_int(settings, SETTING_INSIGHT_OUTCOME_DAYS),
                    (int32_t)settings_int(settings, SETTING_RETENTION_GRACE_DAYS), key.product},
        .gap_days = (int32_t)settings_int(settings, SETTING_PREDICT_GAP_DAYS),
        .by = PERIOD_MONTH,
        .calendar = (enum calendar)settings_choice(settings, SETTING_ORGANISATION_CALENDAR),
        .week_start = (enum weekday)settings_choice(settings, SETTING_ORGANISATION_WEEK_START),
        .to = INT32_MAX};
    if (key.kind == OUTCOME_SILENCE) plan.outcome.grace_days = 0;
    day_t today = moment_now(house->insight).day;
    plan.from =
        day_add_months(today - outcome_ripe(&plan.outcome, plan.gap_days), plan.calendar, -MODEL_MONTHS);
    if (account_count(house) * MODEL_MONTHS > MODEL_MOST_ROWS) plan.by = PERIOD_QUARTER;
    model_bound(house, plan.by == PERIOD_QUARTER ? MODEL_MONTHS / 3 : MODEL_MONTHS, &plan);
    return plan;
}

int model_threads(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 8 ? 8 : (int)n;
}

/* What more of a generic fact does to the log odds of leaving, a standard deviation up: where a logistic
 * model of few outcomes is pulled to. Round numbers set by hand and never fitted: recency and falling use are
 * signs of leaving in every product that was looked at; how strong, the outcomes say. */
static const struct {
    const char *fact;
    double weight;
} generic[] = {
    {"days_since_last_use", 0.1},
    {"active_days_90d", -0.1},
    {"active_users_90d", -0.1},
    {"events_90d", -0.05},
    {"breadth_90d", -0.05},
    {"events_change_90d", -0.05},
    {"active_users_change_90d", -0.05},
    {"tenure_days", -0.05},
    {"seat_utilisation_28d", -0.1},
    {"overdue_days", 0.05},
    {"open_urgent_tickets", 0.05},
    {"nps_mean_180d", -0.05},
    {"csat_mean_180d", -0.05},
    {"milestones_overdue", 0.05},
};

struct trial_rows model_rows(const struct panel *panel, struct arena *arena) {
    const struct backtest_cases *cases = &panel->cases;
    double *towards = arena_array(arena, panel->p + 1, sizeof *towards);
    day_t *day = arena_array(arena, cases->n + 1, sizeof *day);
    struct trial_rows rows = {
        .rows = {panel->x, cases->lost, cases->n, panel->p, .recency = -1, .towards = towards},
        .cluster = cases->cluster,
        .clusters = cases->clusters,
        .day = day,
        .first_of_loss = cases->first_of_loss,
        .ripe = outcome_ripe(&cases->plan.outcome, cases->plan.gap_days)};
    for (size_t c = 0; c < panel->p; c++) {
        if (str_is(panel->columns[c].fact, "days_since_last_use")) rows.rows.recency = (int)c;
        if (cases->plan.outcome.kind >= OUTCOME_EXPANSION) continue; /* nobody leaves by growing */
        for (size_t i = 0; i < COUNT(generic); i++)
            if (str_is(panel->columns[c].fact, generic[i].fact)) towards[c] = generic[i].weight;
    }
    for (size_t s = 0; s < cases->snapshot_count; s++)
        for (size_t i = 0; i < cases->snapshots[s].n; i++)
            day[cases->snapshots[s].first + i] = cases->snapshots[s].period.from;
    return rows;
}

struct trial_options model_options(struct house *house, day_t test_from, const bool *stopping) {
    return (struct trial_options){.test_from = test_from,
                                  .capacity = settings_int(house->settings, SETTING_PREDICT_CAPACITY) / 100.0,
                                  .threads = model_threads(),
                                  .stopping = stopping};
}

/* ---- making ---- */

static struct str definition_of(struct house *house, const struct backtest_plan *plan, struct arena *arena) {
    struct buf json = {0};
    struct json_writer w = {.out = &json};
    json_begin_object(&w);
    json_put_string(&w, "outcome", str_of(outcome_names[plan->outcome.kind]));
    if (plan->outcome.product.n) json_put_string(&w, "product", plan->outcome.product);
    json_put_int(&w, "days", plan->outcome.days);
    json_put_int(&w, "grace_days", plan->outcome.grace_days);
    json_put_int(&w, "gap_days", plan->gap_days);
    json_name(&w, STR("rules"));
    json_raw(&w, books_rules(house, arena));
    json_end_object(&w);
    struct str copy = str_copy(arena, buf_str(&json));
    buf_free(&json);
    return copy;
}

struct making {
    struct house *house;
    const struct panel *panel;
    const struct trial *trial;
    const struct trial_options *options;
    struct arena *arena;
    struct model_row *row;
    struct buf trees;
};

/* Rows of the live version's own columns, as could be known on a day; kept while the day stays the same. */
struct past_rows {
    const struct model *live;
    struct house *house;
    struct arena arena;
    day_t day;
    double *x;
};
static enum status past_rows_of(struct past_rows *past, day_t day, struct problem *problem) {
    if (past->x && past->day == day) return OK;
    struct moment moment = moment_of_day(past->house->insight, day);
    moment_known_at(past->house->insight, &moment, day);
    size_t n = account_count(past->house);
    arena_reset(&past->arena);
    past->day = day;
    past->x = arena_array(&past->arena, n * past->live->p + 1, sizeof *past->x);
    return panel_rows(past->house, past->live->columns, past->live->p, &moment, 0, n, past->x, &past->arena,
                      problem);
}

/* Whether the live version did better on days whose outcomes neither learnt from: behind its last day and the
 * days of the outcome; what the trial said of a row was learnt before that row. *judged false: such days are
 * few. */
static enum status did_worse(const struct making *m, const struct model *live, bool *judged, bool *worse,
                             struct problem *problem) {
    enum { LEAST_ROWS = 30, LEAST_LOST = 5 };
    const struct backtest_cases *cases = &m->panel->cases;
    const struct trial_rows rows = model_rows(m->panel, m->arena);
    struct past_rows past = {.live = live, .house = m->house};
    size_t most = m->trial->tested, n = 0, lost = 0, clusters = 0;
    double *theirs = arena_array(m->arena, most + 1, sizeof *theirs),
           *ours = arena_array(m->arena, most + 1, sizeof *ours);
    uint8_t *outcome = arena_alloc(m->arena, most + 1);
    uint32_t *cluster = arena_array(m->arena, most + 1, sizeof *cluster),
             *number = arena_array(m->arena, cases->clusters + 1, sizeof *number);
    enum status status = OK;
    *judged = *worse = false;
    for (size_t i = 0; i < most && !status; i++) {
        uint32_t row = m->trial->row[i];
        if (rows.day[row] < live->row.last_day + rows.ripe ||
            (status = past_rows_of(&past, rows.day[row], problem)))
            continue;
        double margin; /* as the learner says, as ours is */
        learner_margins(&live->learner, past.x + cases->account[row] * live->p, 1, 1, &margin);
        theirs[n] = sigmoid(margin);
        ours[n] = m->trial->chance[i];
        outcome[n] = cases->lost[row];
        lost += outcome[n];
        if (!number[rows.cluster[row]]) number[rows.cluster[row]] = (uint32_t)++clusters;
        cluster[n++] = number[rows.cluster[row]] - 1;
    }
    arena_free(&past.arena);
    if (status || n < LEAST_ROWS || lost < LEAST_LOST) return status;
    struct trial_difference over = trial_compare(ours, theirs, outcome, cluster, n, clusters);
    *judged = true;
    *worse = over.mean > over.error;
    return OK;
}

static bool has_column(const struct panel_column *columns, size_t n, const struct panel_column *one,
                       size_t *place) {
    for (*place = 0; *place < n; ++*place)
        if (str_equal(columns[*place].fact, one->fact) && str_equal(columns[*place].value, one->value))
            return true;
    return false;
}

/* The rows with the columns of the live version, as far as there still are such. *same: they are all of ours,
 * and the learner is. */
static struct trial_rows rows_of_live(const struct making *m, const struct model *live, bool *same) {
    struct trial_rows rows = model_rows(m->panel, m->arena);
    size_t p = rows.rows.p, kept = 0, place;
    size_t *from = arena_array(m->arena, p + 1, sizeof *from);
    double *towards = arena_array(m->arena, p + 1, sizeof *towards);
    int recency = -1;
    for (size_t c = 0; c < p; c++) {
        if (!has_column(live->columns, live->p, &m->panel->columns[c], &place)) continue;
        if ((int)c == rows.rows.recency) recency = (int)kept;
        towards[kept] = rows.rows.towards[c];
        from[kept++] = c;
    }
    *same = kept == p && kept == live->p && live->learner.kind == m->trial->chosen;
    double *x = arena_array(m->arena, rows.rows.n * kept + 1, sizeof *x);
    for (size_t i = 0; i < rows.rows.n; i++)
        for (size_t c = 0; c < kept; c++)
            x[i * kept + c] = rows.rows.x[i * p + from[c]];
    rows.rows.x = x;
    rows.rows.p = kept;
    rows.rows.recency = recency;
    rows.rows.towards = towards;
    return rows;
}

/* Whether the live version's recipe (its learner and facts) did better on the days of the trial, trained anew
 * as ours was. */
static enum status is_worse_recipe(const struct making *m, const struct model *live, bool *worse,
                                   struct problem *problem) {
    bool same;
    double *theirs;
    struct trial_rows rows = rows_of_live(m, live, &same);
    enum learner_kind kind = live->learner.kind;
    bool possible = kind == LEARNER_RECENCY ? rows.rows.recency >= 0 : rows.rows.p > 0;
    *worse = false;
    if (same || !possible) return OK;
    enum status status = trial_again(&rows, m->options, kind, m->arena, &theirs, problem);
    if (status) return status;
    uint8_t *outcome = arena_alloc(m->arena, m->trial->tested + 1);
    uint32_t *cluster = arena_array(m->arena, m->trial->tested + 1, sizeof *cluster);
    for (size_t i = 0; i < m->trial->tested; i++) {
        outcome[i] = rows.rows.lost[m->trial->row[i]];
        cluster[i] = rows.cluster[m->trial->row[i]];
    }
    struct trial_difference over =
        trial_compare(m->trial->chance, theirs, outcome, cluster, m->trial->tested, rows.clusters);
    *worse = over.mean > over.error;
    return OK;
}

static enum status is_worse(const struct making *m, const struct model *live, bool *worse,
                            struct problem *problem) {
    bool judged;
    enum status status = did_worse(m, live, &judged, worse, problem);
    return status || judged ? status : is_worse_recipe(m, live, worse, problem);
}

static const char *const verdicts[] = {"ok", "too_few", "too_short", "no_skill"};

/* The chosen learner, on everything that is over. */
static enum status learn(struct making *m, struct problem *problem) {
    struct trial_rows rows = model_rows(m->panel, m->arena);
    struct learner learner;
    struct buf body = {0};
    enum status status =
        learner_train(m->trial->chosen, &rows.rows, model_threads(), m->arena, &learner, problem);
    if (status) return status;
    status = learner_save(&learner, &body, &m->trees, problem);
    m->row->body = str_copy(m->arena, buf_str(&body));
    buf_free(&body);
    learner_free(&learner);
    return status;
}

static void describe(struct making *m, const struct backtest_plan *plan, struct str by) {
    const struct backtest_cases *cases = &m->panel->cases;
    struct model_row *row = m->row;
    struct buf columns = {0}, tests = {0};
    panel_columns_put(m->panel->columns, m->panel->p, &(struct json_writer){.out = &columns});
    model_put_trial(m->panel, m->trial, &(struct json_writer){.out = &tests});
    *row = (struct model_row){.has = MODEL_ALL,
                              .outcome = outcome_text(outcome_key_of(&plan->outcome), m->arena),
                              .state = m->trial->state ? STR("refused") : STR("live"),
                              .verdict = str_of(verdicts[m->trial->state]),
                              .learner = str_of(learner_names[m->trial->chosen]),
                              .made_at = moment_now(m->house->insight).at,
                              .made_by = by,
                              .definition = definition_of(m->house, plan, m->arena),
                              .cases = (int64_t)cases->n,
                              .lost = (int64_t)m->trial->learnt_lost,
                              .accounts = (int64_t)cases->clusters,
                              .columns = str_copy(m->arena, buf_str(&columns)),
                              .body = STR("{}"),
                              .tests = str_copy(m->arena, buf_str(&tests))};
    buf_free(&columns);
    buf_free(&tests);
    bool any = false;
    for (size_t s = 0; s < cases->snapshot_count; s++) {
        if (!cases->snapshots[s].n) continue;
        row->last_day = cases->snapshots[s].period.from;
        if (!any) row->first_day = row->last_day;
        any = true;
    }
    if (!any) row->has &= ~(MODEL_HAS_FIRST | MODEL_HAS_LAST);
}

/* Without a model the table of lives speaks of who leaves. */
static enum status add_life_table(struct making *m, struct problem *problem) {
    struct life_table table;
    struct buf body = {0};
    struct json_writer w = {.out = &body};
    enum status status = life_table_measure(m->house, m->arena, &table, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("life_table"));
    life_table_put(&table, &w);
    json_end_object(&w);
    m->row->body = str_copy(m->arena, buf_str(&body));
    buf_free(&body);
    return OK;
}

static enum status judge_and_keep(struct making *m, struct outcome_key key, int64_t judged,
                                  struct problem *problem) {
    struct model live;
    bool found = false, worse = false;
    enum status status = m->trial->state ? OK : learn(m, problem);
    if (!status && !m->trial->state) {
        struct problem unreadable = {.arena = m->arena}; /* a live version that cannot be read is replaced */
        if (model_open(m->house, key, m->arena, &live, &found, &unreadable)) found = false;
        if (found) {
            status = is_worse(m, &live, &worse, problem);
            model_close(&live);
        }
    }
    if (!status && m->trial->state && (key.kind == OUTCOME_CHURN || key.kind == OUTCOME_NO_RENEWAL) &&
        !key.product.n)
        status = add_life_table(m, problem);
    if (status) return status;
    if (worse) {
        m->row->state = STR("tried");
        m->row->verdict = STR("worse");
    }
    return model_keep(m->house, m->row, buf_str(&m->trees), judged, problem);
}

enum status model_make(struct house *house, struct outcome_key key, day_t test_from, struct str by,
                       const bool *stopping, struct arena *arena, struct model_row *ret,
                       struct problem *problem) {
    struct backtest_plan plan = model_plan(house, key);
    struct fact_memory *memory = house_memory(house, insight_catalogue(house->insight));
    struct panel panel;
    struct trial trial;
    struct trial_options options = model_options(house, test_from, stopping);
    plan.stopping = stopping;
    struct making m = {
        .house = house, .panel = &panel, .trial = &trial, .options = &options, .arena = arena, .row = ret};
    struct model_row live;
    bool found = false;
    enum status status = model_read_live(house, key, arena, &live, &found, problem);
    if (!status) status = panel_make(house, &plan, memory, arena, &panel, problem);
    if (!status) {
        struct trial_rows rows = model_rows(&panel, arena);
        status = trial_run(&rows, &options, arena, &trial, problem);
    }
    if (!status) {
        describe(&m, &plan, by);
        status = judge_and_keep(&m, key, found ? live.version : 0, problem);
    }
    fact_memory_release(memory);
    buf_free(&m.trees);
    return status ? status : model_foretell(house, key, stopping, problem);
}

/* ---- foretelling ---- */

const struct model_bin *model_bin_of(const struct model *model, double chance) {
    const struct model_bin *bin = NULL;
    for (size_t b = 0; b < model->bin_count; b++)
        if (!bin || model->bins[b].from <= chance) bin = &model->bins[b];
    return bin;
}

/* Whom the outcome could befall from today on, and who was there long enough: 1 by account. */
static enum status find_eligible(struct house *house, const struct backtest_plan *plan, size_t n,
                                 uint8_t *eligible, struct problem *problem) {
    struct arena scratch = {0};
    struct moment moment = moment_now(house->insight);
    day_t begins = moment.day + plan->gap_days;
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    uint32_t tenure = catalogue_find(catalogue, STR("tenure_days"));
    struct column column;
    bool bought =
        plan->outcome.kind == OUTCOME_CROSS_SELL; /* what is known to be bought already is no news */
    enum status status = outcome_label(house->insight, &plan->outcome, &begins, 1, n, eligible, problem);
    if (!status)
        status =
            facts_evaluate(house->insight, catalogue, &tenure, 1, &moment, 0, n, &scratch, &column, problem);
    for (size_t i = 0; i < n && !status; i++)
        eligible[i] = (bought ? eligible[i] == LABEL_KEPT : eligible[i] != LABEL_NO_CASE) &&
                      !(column.state[i] == FACT_KNOWN && column.number[i] < MODEL_NEW_DAYS);
    arena_free(&scratch);
    return status;
}

enum status model_foretell(struct house *house, struct outcome_key key, const bool *stopping,
                           struct problem *problem) {
    struct arena arena = {0};
    struct model model = {0};
    struct backtest_plan plan = model_plan(house, key);
    struct moment moment = moment_now(house->insight);
    size_t n = account_count(house);
    bool found;
    uint8_t *eligible = arena_alloc(&arena, n + 1);
    double *chance = arena_array(&arena, n + 1, sizeof *chance);
    enum status status = model_open(house, key, &arena, &model, &found, problem);
    if (!status && found) {
        double *x = arena_array(&arena, n * model.p + 1, sizeof *x);
        status = find_eligible(house, &plan, n, eligible, problem);
        if (!status) status = panel_rows(house, model.columns, model.p, &moment, 0, n, x, &arena, problem);
        if (!status) model_chances(&model, x, n, model_threads(), chance);
    }
    for (size_t i = 0; i < n; i++)
        if (!found || !eligible[i]) chance[i] = NAN;
    if (!status && !(stopping && __atomic_load_n(stopping, __ATOMIC_ACQUIRE)))
        status = predictions_keep(house, key, found ? &model : NULL, chance, n, problem);
    if (found) model_close(&model);
    arena_free(&arena);
    return status;
}
