#include "customers/directory.h"
#include "platform/notices.h"
#include "predict/model_internal.h"
#include "predict/prediction.h"
#include "queries.h"

#include <math.h>
#include <string.h>

#define AT(member) offsetof(struct model_row, member)
static const struct field fields[] = {
    {"outcome", FIELD_TEXT, 0, AT(outcome), .title = {"Outcome", "پیامد"},
     .doc = "churn, no_renewal, contraction, silence, expansion, or one of a product: cross_sell:PRODUCT."},
    {"version", FIELD_INT, 0, AT(version), .title = {"Version", "نسخه"}, .doc = "From 1."},
    {"state", FIELD_TEXT, 0, AT(state), .title = {"State", "وضعیت"},
     .doc =
         "live: it foretells; tried: not better than the live one; replaced; rolled_back; refused: nothing is foretold."},
    {"verdict", FIELD_TEXT, 0, AT(verdict), .title = {"Verdict", "داوری"},
     .doc =
         "ok, too_few (outcomes), too_short (history), no_skill, worse than the live one, or overtaken by another."},
    {"learner", FIELD_TEXT, 0, AT(learner), .title = {"Learner", "روش"},
     .doc = "prior, recency, logit or boosting: the simplest within one standard error of the best."},
    {"made_at", FIELD_INSTANT, 0, AT(made_at), .title = {"Made", "زمان ساخت"}, .doc = "When."},
    {"made_by", FIELD_TEXT, 0, AT(made_by), .title = {"By", "سازنده"}, .doc = "Who asked; “schedule”."},
    {"definition", FIELD_JSON, 0, AT(definition), .title = {"Definition", "تعریف"},
     .doc = "What counts as the outcome: days, grace, gap and the settings it was read by."},
    {"first_day", FIELD_DATE, 0, AT(first_day), .title = {"From", "از"},
     .doc = "First snapshot learnt from."},
    {"last_day", FIELD_DATE, 0, AT(last_day), .title = {"To", "تا"}, .doc = "Last snapshot learnt from."},
    {"cases", FIELD_INT, 0, AT(cases), .title = {"Cases", "مورد"}, .doc = "Rows: an account at a snapshot."},
    {"lost", FIELD_INT, 0, AT(lost), .title = {"Outcomes", "رخداد"}, .doc = "Rows that it befell."},
    {"accounts", FIELD_INT, 0, AT(accounts), .title = {"Accounts", "مشتری"}, .doc = "Of how many accounts."},
    {"columns", FIELD_JSON, 0, AT(columns), .title = {"Facts", "شاخص‌ها"},
     .doc = "What it learns from."},
    {"body", FIELD_JSON, 0, AT(body), .title = {"Body", "پیکره"}, .doc = "Weights, where it has some."},
    {"tests", FIELD_JSON, 0, AT(tests), .title = {"Tests", "آزمون‌ها"},
     .doc = "How each learner did on later time."},
};
RECORD_TYPE(model_type, "Model", struct model_row, fields);

/* ---- versions ---- */

static enum status set_state(struct session *session, struct str outcome, int64_t version, struct str state,
                             struct problem *problem) {
    struct rows *rows = rows_open(session, &query_model_state);
    rows_bind_text(rows, "outcome", outcome);
    rows_bind_int(rows, "version", version);
    rows_bind_text(rows, "state", state);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static enum status read_one(struct session *session, const struct query *query, struct str outcome,
                            struct arena *arena, struct model_row *row, bool *found,
                            struct problem *problem) {
    struct rows *rows = rows_open(session, query);
    rows_bind_text(rows, "outcome", outcome);
    if ((*found = rows_next(rows))) rows_read(rows, &model_type, row, arena);
    return rows_close(rows, problem);
}

static enum status put_version(struct session *session, struct model_row *row, struct str trees,
                               struct problem *problem) {
    struct rows *rows = rows_open(session, &query_model_last_version);
    rows_bind_text(rows, "outcome", row->outcome);
    row->version = rows_next(rows) ? rows_int(rows, 0) + 1 : 1;
    enum status status = rows_close(rows, problem);
    if (!status) status = session_run(session, &query_model_put, &model_type, row, problem);
    if (status || !trees.n) return status;
    rows = rows_open(session, &query_model_put_trees);
    rows_bind_text(rows, "outcome", row->outcome);
    rows_bind_int(rows, "version", row->version);
    rows_bind_blob(rows, "bytes", trees);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status model_keep(struct house *house, struct model_row *row, struct str trees, int64_t judged,
                       struct problem *problem) {
    struct session *session = NULL;
    struct arena arena = {0};
    struct model_row live = {0};
    bool found = false;
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = read_one(session, &query_model_live, row->outcome, &arena, &live, &found, problem);
    if (!status && (found ? live.version : 0) != judged) { /* rolled back, or made by hand, meanwhile */
        row->state = STR("tried");
        row->verdict = STR("overtaken");
    }
    if (!status) status = put_version(session, row, trees, problem);
    if (!status && found && !str_is(row->state, "tried"))
        status = set_state(session, live.outcome, live.version, STR("replaced"), problem);
    arena_free(&arena);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

static enum status list_versions(struct session *session, struct str outcome, struct arena *arena,
                                 struct model_row **ret, size_t *n, struct problem *problem) {
    VEC(struct model_row) list = {0};
    struct rows *rows = rows_open(session, &query_model_list);
    rows_bind_text(rows, "outcome", outcome);
    while (rows_next(rows)) {
        struct model_row row = {0};
        rows_read(rows, &model_type, &row, arena);
        VEC_PUSH(&list, row);
    }
    *ret = arena_copy(arena, list.v, list.n * sizeof *list.v);
    *n = list.n;
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

enum status models_read(struct house *house, struct str outcome, struct arena *arena, struct model_row **ret,
                        size_t *n, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = list_versions(session, outcome, arena, ret, n, problem);
    session_rollback(session);
    return status;
}

enum status models_outcomes(struct house *house, struct arena *arena, struct str **ret, size_t *n,
                            struct problem *problem) {
    struct session *session = NULL;
    VEC(struct str) list = {0};
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_model_outcomes);
    while (rows_next(rows))
        VEC_PUSH(&list, rows_text(rows, 0, arena));
    status = rows_close(rows, problem);
    session_rollback(session);
    *ret = arena_copy(arena, list.v, list.n * sizeof *list.v);
    *n = list.n;
    VEC_FREE(&list);
    return status;
}

static enum status read_by(struct house *house, const struct query *query, struct outcome_key key,
                           struct arena *arena, struct model_row *ret, bool *found, struct problem *problem) {
    struct session *session = NULL;
    *found = false;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = read_one(session, query, outcome_text(key, arena), arena, ret, found, problem);
    session_rollback(session);
    return status;
}
enum status model_read_newest(struct house *house, struct outcome_key key, struct arena *arena,
                              struct model_row *ret, bool *found, struct problem *problem) {
    return read_by(house, &query_model_newest, key, arena, ret, found, problem);
}
enum status model_read_live(struct house *house, struct outcome_key key, struct arena *arena,
                            struct model_row *ret, bool *found, struct problem *problem) {
    return read_by(house, &query_model_live, key, arena, ret, found, problem);
}

static enum status go_back(struct session *session, struct str outcome, struct arena *arena,
                           struct model_row *ret, struct problem *problem) {
    struct model_row *list;
    size_t n, live, before;
    enum status status = list_versions(session, outcome, arena, &list, &n, problem);
    if (status) return status;
    for (live = 0; live < n && !str_is(list[live].state, "live");)
        live++;
    for (before = live < n ? live + 1 : 0; before < n && !str_is(list[before].state, "replaced");)
        before++;
    if (before >= n)
        return fail(problem, NOT_FOUND,
                    MESSAGE("model_no_earlier", "There is no earlier version of this model to go back to.",
                            "نسخهٔ پیشینی از این مدل برای بازگشت وجود ندارد."),
                    NO_ARGS);
    if (live < n) status = set_state(session, outcome, list[live].version, STR("rolled_back"), problem);
    if (!status && live) status = set_state(session, outcome, list[0].version, STR("rolled_back"), problem);
    if (!status) status = set_state(session, outcome, list[before].version, STR("live"), problem);
    *ret = list[before];
    ret->state = STR("live");
    return status;
}

enum status model_roll_back(struct house *house, struct outcome_key key, const bool *stopping,
                            struct arena *arena, struct model_row *ret, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = go_back(session, outcome_text(key, arena), arena, ret, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    return status ? status : model_foretell(house, key, stopping, problem);
}

/* ---- the live one ---- */

static void read_calibration(struct model *model, const struct json *json, struct arena *arena) {
    static const char *const kinds[] = {"none", "shift", "platt", "isotonic"};
    const struct json *knots = json_get(json, "knots");
    struct calibration *c = &model->calibration;
    *c = (struct calibration){CALIBRATION_NONE, 1, 0, 0, NULL, NULL};
    for (int k = 0; k < CALIBRATION_KINDS; k++)
        if (str_is(json_get_string(json, "kind"), kinds[k])) c->kind = (enum calibration_kind)k;
    if (c->kind == CALIBRATION_NONE) return;
    c->slope = json_get_number(json, "slope");
    c->intercept = json_get_number(json, "intercept");
    c->knots = knots ? knots->n / 2 : 0;
    c->margin = arena_array(arena, c->knots + 1, sizeof *c->margin);
    c->chance = arena_array(arena, c->knots + 1, sizeof *c->chance);
    for (size_t i = 0; i < c->knots; i++) {
        c->margin[i] = knots->items[2 * i].number;
        c->chance[i] = knots->items[2 * i + 1].number;
    }
}

/* A chance of the trial, where the learner spoke plainly, as it would be said now. */
static double said_now(const struct model *model, double chance) {
    double p = fmin(fmax(chance, 1e-12), 1 - 1e-12);
    return calibration_chance(&model->calibration, log(p / (1 - p)));
}

/* Bins that a calibrator gives one chance are one: their shares by their cases. */
static void add_bin(struct model *model, struct model_bin bin) {
    struct model_bin *last = model->bin_count ? &model->bins[model->bin_count - 1] : NULL;
    if (!last || bin.from > last->from) {
        model->bins[model->bin_count++] = bin;
        return;
    }
    double share = (double)bin.cases / (double)(last->cases + bin.cases);
    last->rate += share * (bin.rate - last->rate);
    last->low += share * (bin.low - last->low);
    last->high += share * (bin.high - last->high);
    last->cases += bin.cases;
}

static void read_tests(struct model *model, const struct json *tests, struct arena *arena) {
    read_calibration(model, json_get(tests, "calibration"), arena);
    const struct json *learners = json_get(tests, "learners"), *deciles = json_get(tests, "deciles");
    for (size_t k = 0; learners && k < learners->n; k++) {
        const struct json *bins = json_get(&learners->items[k], "bins");
        if (!str_equal(json_get_string(&learners->items[k], "learner"), model->row.learner) || !bins)
            continue;
        for (size_t b = 0; b < bins->n && b < TRIAL_BINS; b++)
            add_bin(model, (struct model_bin){said_now(model, json_get_number(&bins->items[b], "from")),
                                              json_get_number(&bins->items[b], "rate"),
                                              json_get_number(&bins->items[b], "low"),
                                              json_get_number(&bins->items[b], "high"),
                                              (int64_t)json_get_number(&bins->items[b], "cases")});
    }
    for (size_t i = 0; i < 9; i++)
        model->deciles[i] = deciles && i < deciles->n ? said_now(model, deciles->items[i].number) : NAN;
}

static enum status open_learner(struct session *session, const struct catalogue *catalogue,
                                struct arena *arena, struct model *model, struct problem *problem) {
    struct json columns, body, tests;
    struct str trees = {0};
    struct rows *rows = rows_open(session, &query_model_trees);
    rows_bind_text(rows, "outcome", model->row.outcome);
    rows_bind_int(rows, "version", model->row.version);
    if (rows_next(rows)) trees = rows_text(rows, 0, arena);
    enum status status = rows_close(rows, problem);
    if (!status) status = json_parse(model->row.columns, arena, &columns, problem);
    if (!status) status = json_parse(model->row.body, arena, &body, problem);
    if (!status) status = json_parse(model->row.tests, arena, &tests, problem);
    if (!status) status = panel_columns_read(&columns, catalogue, arena, &model->columns, &model->p, problem);
    if (!status) status = learner_load(&body, trees, arena, &model->learner, problem);
    if (!status) read_tests(model, &tests, arena);
    return status;
}

enum status model_open(struct house *house, struct outcome_key key, struct arena *arena, struct model *ret,
                       bool *found, struct problem *problem) {
    struct session *session = NULL;
    *ret = (struct model){.key = key};
    *found = false;
    enum status status = records_read(house->records, &session, problem);
    if (!status)
        status =
            read_one(session, &query_model_live, outcome_text(key, arena), arena, &ret->row, found, problem);
    if (!status && *found)
        status = open_learner(session, insight_catalogue(house->insight), arena, ret, problem);
    session_rollback(session);
    return status;
}

void model_close(struct model *model) {
    learner_free(&model->learner);
}

void model_chances(const struct model *model, const double *x, size_t n, int threads, double *chances) {
    learner_margins(&model->learner, x, n, threads, chances);
    for (size_t i = 0; i < n; i++)
        chances[i] = calibration_chance(&model->calibration, chances[i]);
}

/* ---- what was foretold ---- */

struct given { /* by account: what was given last */
    struct id id;
    double chance;
    bool any;
};

/* From memory, as far as it has been heard; the locks are short, so that nobody waits for the writing. */
static void read_given(struct house *house, struct outcome_key key, struct given *given, size_t n) {
    directory_lock(house->directory);
    for (uint32_t i = 0; i < n; i++)
        given[i].id = directory_account(house->directory, i)->id;
    directory_unlock(house->directory);
    for (uint32_t i = 0; i < n; i++)
        given[i].any = prediction_last(house, key, i, &given[i].chance);
}

static bool changed(const struct given *given, double chance) {
    if (isnan(chance)) return given->any && !isnan(given->chance);
    return !given->any || isnan(given->chance) || fabs(given->chance - chance) >= MODEL_STEP;
}

static void put_prediction(struct rows *rows, struct id account, const struct model *model, double chance) {
    const struct model_bin *bin = model && !isnan(chance) ? model_bin_of(model, chance) : NULL;
    rows_bind_id(rows, "account", account);
    if (isnan(chance))
        rows_bind_null(rows, "chance");
    else
        rows_bind_number(rows, "chance", chance);
    if (bin && !isnan(bin->low)) {
        rows_bind_number(rows, "low", bin->low);
        rows_bind_number(rows, "high", bin->high);
    } else {
        rows_bind_null(rows, "low");
        rows_bind_null(rows, "high");
    }
    rows_next(rows);
    rows_again(rows);
}

/* Of each account the last one before the horizon stays: it held then. */
static enum status forget_old(struct house *house, struct session *session, struct str outcome,
                              struct problem *problem) {
    instant_t horizon = moment_now(house->insight).at - MODEL_KEPT_MONTHS * (instant_t)(MONTH_DAYS * DAY_MS);
    struct rows *rows = rows_open(session, &query_prediction_forget);
    rows_bind_text(rows, "outcome", outcome);
    rows_bind_int(rows, "horizon", horizon);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status predictions_keep(struct house *house, struct outcome_key key, const struct model *model,
                             const double *chance, size_t n, struct problem *problem) {
    struct session *session = NULL;
    struct arena arena = {0};
    struct str outcome = outcome_text(key, &arena);
    struct given *given = memory_new((n + 1) * sizeof *given);
    int64_t version = model ? model->row.version : 0;
    VEC(uint32_t) touched = {0};
    struct model_row live = {0};
    bool found = false;
    read_given(house, key, given, n);
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = read_one(session, &query_model_live, outcome, &arena, &live, &found, problem);
    if (!status && found == (model != NULL) &&
        (!found || live.version == version)) { /* else another one speaks by now */
        struct rows *rows = rows_open(session, &query_prediction_put);
        rows_bind_text(rows, "outcome", outcome);
        rows_bind_int(rows, "given_at", moment_now(house->insight).at);
        rows_bind_int(rows, "version", version);
        for (uint32_t i = 0; i < n; i++) {
            if (!changed(&given[i], chance[i])) continue;
            put_prediction(rows, given[i].id, model, chance[i]);
            VEC_PUSH(&touched, i);
        }
        status = rows_close(rows, problem);
        if (!status) status = forget_old(house, session, outcome, problem);
    }
    arena_free(&arena);
    free(given);
    if (status)
        session_rollback(session);
    else
        status = session_commit(session, problem);
    for (size_t i = 0; i < touched.n && !status; i++)
        notices_put(house->notices, touched.v[i], NOTICE_PREDICTIONS);
    VEC_FREE(&touched);
    return status;
}
