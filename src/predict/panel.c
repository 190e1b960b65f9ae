#include "predict/panel.h"

#include "base/csv.h"
#include "base/vec.h"
#include "customers/directory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const panel_absence_names[PANEL_ABSENCES + 1] = {"barred", "own",      "empty", "constant",
                                                             "leak",   "too_many", NULL};

/* ---- what may enter ---- */

/* The end of a customer writes these, or our own answer to it does. */
static const struct {
    const char *fact;
    struct text why;
} barred[] = {
    {"status", {"Written when a customer leaves", "هنگام رفتن مشتری نوشته می‌شود"}},
    {"stage",
     {"Moved by hand when a customer leaves",
      "هنگام رفتن مشتری با دست جابه‌جا می‌شود"}},
    {"notice_date", {"Gone once notice is given", "پس از اعلام فسخ از میان می‌رود"}},
    {"owner", {"Changes when risk is seen", "با دیده‌شدن خطر عوض می‌شود"}},
    {"tags",
     {"Put by hand when risk is seen",
      "با دیده‌شدن خطر با دست گذاشته می‌شود"}},
    {"days_since_last_contact", {"Our own answer to risk", "پاسخ خود ما به خطر"}},
    {"contact_overdue_days", {"Our own answer to risk", "پاسخ خود ما به خطر"}},
};
static const struct text
    not_ours = {"Made by Vafa itself, or set by hand",
                "ساختهٔ خود وفا، یا ثبت‌شده با دست"},
    no_room = {"There are more facts than a model takes",
               "شاخص‌ها بیش از گنجایش مدل است"},
    nobody = {"Known of nobody at these days",
              "در این روزها برای هیچ‌کس معلوم نیست"},
    rare = {"Each of its values is had by few customers", "هر یک از مقدارهایش را مشتریان کمی دارند"},
    only_now =
        {"Contacts are known as they are now, not as they were",
         "مخاطبان آن‌گونه که اکنون هستند دانسته‌اند، نه آن‌گونه که بوده‌اند"},
    the_same = {"The same for everybody", "برای همه یکسان است"},
    too_good = {
        "Tells the outcome too well to have been known before: a suspected leak",
        "پیامد را بیش از آن نشان می‌دهد که از پیش دانسته بوده باشد: گمان نشت"};

const struct text *panel_barred(const struct catalogue *catalogue, uint32_t fact) {
    const struct declared *declared = catalogue_declared(catalogue, fact);
    for (size_t i = 0; i < sizeof barred / sizeof *barred; i++)
        if (str_is(declared->fact.key, barred[i].fact)) return &barred[i].why;
    if (declared->kind == FROM_SCORE || declared->kind == FROM_MANUAL || declared->kind == FROM_TOUCH)
        return &not_ours;
    if (declared->kind == FROM_PEOPLE) return &only_now;
    if (declared->kind == FROM_RECORD && !strcmp(signal_sources[declared->record.table]->key, "predictions"))
        return &not_ours;
    for (size_t i = 0; i < declared->read_n; i++) {
        const struct text *why = panel_barred(catalogue, declared->reads[i]);
        if (why) return why;
    }
    return NULL;
}

/* ---- the columns that could be ---- */

struct making {
    struct house *house;
    struct fact_memory *memory;
    const struct catalogue *catalogue;
    struct arena *arena;
    struct panel *panel;
    VEC(struct panel_column) columns;
    VEC(uint32_t) facts; /* of the columns that could be, each once */
    VEC(struct panel_absent) absent;
};

static void leave_out(struct making *m, uint32_t fact, enum panel_absence absence, const struct text *why,
                      double auc) {
    const struct fact *of = catalogue_fact(m->catalogue, fact);
    VEC_PUSH(&m->absent, (struct panel_absent){of->key, of->title, *why, absence, auc});
}

static void choose_facts(struct making *m) {
    for (uint32_t i = 0; i < m->catalogue->settled; i++) {
        const struct fact *fact = catalogue_fact(m->catalogue, i);
        if (!fact->key.n) continue; /* asked by a rule */
        const struct text *why = panel_barred(m->catalogue, i);
        if (!why)
            VEC_PUSH(&m->facts, i);
        else
            leave_out(m, i, why == &not_ours ? PANEL_OWN : PANEL_BARRED, why, NAN);
    }
}

/* ---- values ---- */

static double value_of(const struct column *column, enum value_type type, size_t row, day_t day) {
    if (column->state[row] != FACT_KNOWN) return NAN;
    return type == VALUE_DATE ? column->number[row] - day : column->number[row];
}

/* The facts of all rows, snapshot by snapshot: raw[fact × rows + row]. Texts stay numbers of their
 * dictionary. */
static enum status read_values(struct making *m, double *raw, struct problem *problem) {
    const struct backtest_cases *cases = &m->panel->cases;
    struct insight *insight = m->house->insight;
    struct rule_needs needs = {0};
    struct arena scratch = {0};
    enum status status = OK;
    for (size_t i = 0; i < m->facts.n; i++)
        rule_need(&needs, (struct rule_need){.kind = NEED_FACT, .number = m->facts.v[i]}, m->arena);
    for (size_t s = 0; s < cases->snapshot_count && !status; s++) {
        const struct snapshot *snapshot = &cases->snapshots[s];
        if (!snapshot->n) continue;
        struct moment moment = moment_of_day(insight, snapshot->period.from);
        moment_known_at(insight, &moment, snapshot->period.from);
        struct column *columns = arena_array(&scratch, m->facts.n + 1, sizeof *columns);
        status = fact_memory_needs(m->memory, &needs, &moment, &scratch, columns, problem);
        for (size_t f = 0; f < m->facts.n && !status; f++) {
            enum value_type type = catalogue_fact(m->catalogue, m->facts.v[f])->type;
            for (size_t i = snapshot->first; i < snapshot->first + snapshot->n; i++)
                raw[f * cases->n + i] = value_of(&columns[f], type, cases->account[i], moment.day);
        }
        arena_reset(&scratch);
        if (!status && cases->plan.stopping && __atomic_load_n(cases->plan.stopping, __ATOMIC_ACQUIRE))
            status = fail(problem, UNAVAILABLE,
                          MESSAGE("panel_stopped", "The work was stopped.", "کار متوقف شد."), NO_ARGS);
    }
    arena_free(&scratch);
    return status;
}

/* ---- a column each ---- */

/* AUC of a column alone, either way round; rows where it is not known stand together below all others. */
static double auc_alone(const struct backtest_cases *cases, const double *values, struct arena *scratch) {
    double *risk = arena_array(scratch, cases->n + 1, sizeof *risk);
    for (size_t i = 0; i < cases->n; i++)
        risk[i] = isnan(values[i]) ? -INFINITY : values[i];
    struct ranking ranking =
        ranking_make(risk, cases->lost, cases->cluster, cases->n, cases->clusters, scratch);
    double auc = ranking_auc(&ranking);
    return auc < 0.5 ? 1 - auc : auc;
}

static bool is_leak(const struct making *m, double auc) {
    const struct backtest_cases *cases = &m->panel->cases;
    size_t losses = 0;
    for (size_t i = 0; i < cases->n; i++)
        losses += cases->first_of_loss[i];
    return auc >= PANEL_LEAK_AUC && losses >= PANEL_LEAST_LOSSES;
}

enum spread { SPREAD_EMPTY, SPREAD_NONE, SPREAD_SOME };
static enum spread spread_of(const double *values, size_t n) {
    double first = NAN;
    bool missing = false;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i])) {
            missing = true;
        } else if (isnan(first)) {
            first = values[i];
        } else if (values[i] != first) {
            return SPREAD_SOME;
        }
    }
    return isnan(first) ? SPREAD_EMPTY : missing ? SPREAD_SOME : SPREAD_NONE;
}

static void put_column(struct making *m, uint32_t fact, struct str value) {
    const struct fact *of = catalogue_fact(m->catalogue, fact);
    VEC_PUSH(&m->columns, (struct panel_column){.fact = str_copy(m->arena, of->key),
                                                .value = value,
                                                .title = of->title,
                                                .better = of->better,
                                                .type = of->type});
}

struct had { /* a value, and whose it was */
    uint32_t number, cluster;
};
static int by_value(const void *a, const void *b) {
    const struct had *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return x->cluster < y->cluster ? -1 : x->cluster > y->cluster;
}

struct tally {
    uint32_t number;
    size_t accounts;
};
static int by_accounts(const void *a, const void *b) {
    const struct tally *x = a, *y = b;
    if (x->accounts != y->accounts) return x->accounts < y->accounts ? 1 : -1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The values of a text fact that most accounts have, each a column; a value of few would stand for them. */
static void put_values(struct making *m, uint32_t fact, const double *values, struct arena *scratch) {
    const struct backtest_cases *cases = &m->panel->cases;
    size_t n = cases->n, count = 0;
    double *same = arena_array(scratch, n + 1, sizeof *same), auc = 0;
    VEC(struct tally) tallies = {0};
    struct had *had = arena_array(scratch, n + 1, sizeof *had);
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) had[known++] = (struct had){(uint32_t)values[i], cases->cluster[i]};
    if (known) qsort(had, known, sizeof *had, by_value);
    for (size_t i = 0; i < known; i++) { /* different accounts of each value */
        if (!i || had[i].number != had[i - 1].number)
            VEC_PUSH(&tallies, (struct tally){.number = had[i].number});
        else if (had[i].cluster == had[i - 1].cluster)
            continue;
        tallies.v[tallies.n - 1].accounts++;
    }
    if (tallies.n) qsort(tallies.v, tallies.n, sizeof *tallies.v, by_accounts);
    while (count < tallies.n && count < PANEL_MOST_VALUES &&
           tallies.v[count].accounts >= PANEL_LEAST_ACCOUNTS)
        count++;
    for (size_t v = 0; v <= count; v++) { /* each value, and that none is known */
        for (size_t i = 0; i < n; i++)
            same[i] = v < count ? values[i] == (double)tallies.v[v].number : isnan(values[i]);
        auc = fmax(auc, auc_alone(cases, same, scratch));
    }
    for (size_t v = 0; v < count && !is_leak(m, auc); v++) {
        pthread_rwlock_rdlock(&m->house->insight->lock);
        struct str value =
            str_copy(m->arena, dict_key(catalogue_fact(m->catalogue, fact)->texts, tallies.v[v].number));
        pthread_rwlock_unlock(&m->house->insight->lock);
        put_column(m, fact, value);
    }
    VEC_FREE(&tallies);
    if (count && is_leak(m, auc))
        leave_out(m, fact, PANEL_LEAK, &too_good, auc);
    else if (!count)
        leave_out(m, fact, PANEL_CONSTANT, &rare, NAN);
}

/* The number of a column's value now; DICT_NONE: the column has none, or nobody ever had it. */
static uint32_t number_of_value(struct insight *insight, const struct panel_column *column,
                                const struct fact *fact) {
    if (!column->value.p || !fact->texts) return DICT_NONE;
    pthread_rwlock_rdlock(&insight->lock);
    uint32_t number = dict_find(fact->texts, column->value);
    pthread_rwlock_unlock(&insight->lock);
    return number;
}

static void choose_columns(struct making *m, const double *raw) {
    struct arena scratch = {0};
    for (size_t f = 0; f < m->facts.n; f++) {
        const double *values = raw + f * m->panel->cases.n;
        enum value_type type = catalogue_fact(m->catalogue, m->facts.v[f])->type;
        enum spread spread = spread_of(values, m->panel->cases.n);
        double auc;
        if (m->columns.n + PANEL_MOST_VALUES > PANEL_MOST_COLUMNS)
            leave_out(m, m->facts.v[f], PANEL_TOO_MANY, &no_room, NAN);
        else if (spread == SPREAD_EMPTY)
            leave_out(m, m->facts.v[f], PANEL_EMPTY, &nobody, NAN);
        else if (spread == SPREAD_NONE)
            leave_out(m, m->facts.v[f], PANEL_CONSTANT, &the_same, NAN);
        else if (type == VALUE_TEXT)
            put_values(m, m->facts.v[f], values, &scratch);
        else if (catalogue_declared(m->catalogue, m->facts.v[f])->kind != FROM_USAGE &&
                 is_leak(m, auc = auc_alone(&m->panel->cases, values, &scratch)))
            leave_out(m, m->facts.v[f], PANEL_LEAK, &too_good, auc);
        else
            put_column(m, m->facts.v[f], (struct str){0});
        arena_reset(&scratch);
    }
    arena_free(&scratch);
}

/* A cell of a column from the value of its fact. number: of the column's value in the dictionary. */
static double cell_of(const struct panel_column *column, double value, uint32_t number) {
    if (!column->value.p || isnan(value)) return value;
    return number != DICT_NONE && value == number;
}

static void fill(const struct making *m, const double *raw) {
    struct panel *panel = m->panel;
    size_t n = panel->cases.n, f = 0;
    for (size_t c = 0; c < panel->p; c++) {
        const struct panel_column *column = &panel->columns[c];
        while (!str_equal(catalogue_fact(m->catalogue, m->facts.v[f])->key, column->fact))
            f++;
        uint32_t number =
            number_of_value(m->house->insight, column, catalogue_fact(m->catalogue, m->facts.v[f]));
        for (size_t i = 0; i < n; i++)
            panel->x[i * panel->p + c] = cell_of(column, raw[f * n + i], number);
    }
}

enum status panel_make(struct house *house, const struct backtest_plan *plan, struct fact_memory *memory,
                       struct arena *arena, struct panel *ret, struct problem *problem) {
    *ret = (struct panel){0};
    enum status status = backtest_gather(house, plan, memory, arena, &ret->cases, problem);
    if (status) return status;
    struct making m = {.house = house,
                       .memory = memory,
                       .catalogue = fact_memory_catalogue(memory),
                       .arena = arena,
                       .panel = ret};
    choose_facts(&m);
    double *raw = memory_new((m.facts.n * ret->cases.n + 1) * sizeof *raw);
    status = read_values(&m, raw, problem);
    if (!status) {
        choose_columns(&m, raw);
        ret->p = m.columns.n;
        ret->columns = arena_copy(arena, m.columns.v, m.columns.n * sizeof *m.columns.v);
        ret->absent_n = m.absent.n;
        ret->absent = arena_copy(arena, m.absent.v, m.absent.n * sizeof *m.absent.v);
        ret->x = arena_array(arena, ret->cases.n * ret->p + 1, sizeof *ret->x);
        fill(&m, raw);
    }
    free(raw);
    VEC_FREE(&m.columns);
    VEC_FREE(&m.facts);
    VEC_FREE(&m.absent);
    return status;
}

/* ---- rows of any moment ---- */

enum status panel_rows(struct house *house, const struct panel_column *columns, size_t p,
                       const struct moment *moment, uint32_t first, size_t n, double *x,
                       struct arena *scratch, struct problem *problem) {
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    uint32_t *facts = arena_array(scratch, p + 1, sizeof *facts);
    size_t *place = arena_array(scratch, p + 1, sizeof *place), count = 0;
    for (size_t c = 0; c < p; c++) {
        uint32_t fact = catalogue_find(catalogue, columns[c].fact);
        place[c] = SIZE_MAX;
        if (fact == DICT_NONE) continue;
        for (place[c] = 0; place[c] < count && facts[place[c]] != fact;)
            place[c]++;
        if (place[c] == count) facts[count++] = fact;
    }
    struct column *values = arena_array(scratch, count + 1, sizeof *values);
    enum status status =
        facts_evaluate(house->insight, catalogue, facts, count, moment, first, n, scratch, values, problem);
    for (size_t c = 0; c < p && !status; c++) {
        const struct fact *fact = place[c] == SIZE_MAX ? NULL : catalogue_fact(catalogue, facts[place[c]]);
        uint32_t number = fact ? number_of_value(house->insight, &columns[c], fact) : DICT_NONE;
        for (size_t i = 0; i < n; i++)
            x[i * p + c] =
                !fact ? NAN
                      : cell_of(&columns[c], value_of(&values[place[c]], fact->type, i, moment->day), number);
    }
    return status;
}

/* ---- as text ---- */

void panel_csv(struct house *house, const struct panel *panel, struct buf *out) {
    struct csv_writer w = {out};
    char text[DAY_TEXT + 1];
    struct buf cell = {0};
    csv_put_bom(&w);
    csv_put_value(&w, STR("account"));
    csv_put_value(&w, STR("snapshot"));
    buf_put_c(&cell, outcome_names[panel->cases.plan.outcome.kind]);
    if (panel->cases.plan.outcome.product.n) {
        buf_put_c(&cell, ":");
        buf_put_str(&cell, panel->cases.plan.outcome.product);
    }
    csv_put_text(&w, buf_str(&cell));
    for (size_t c = 0; c < panel->p; c++) {
        struct buf name = {0};
        buf_put_str(&name, panel->columns[c].fact);
        if (panel->columns[c].value.p) {
            buf_put_str(&name, STR(" = "));
            buf_put_str(&name, panel->columns[c].value);
        }
        csv_put_text(&w, buf_str(&name));
        buf_free(&name);
    }
    csv_end_row(&w);
    directory_lock(house->directory);
    for (size_t s = 0; s < panel->cases.snapshot_count; s++) {
        const struct snapshot *snapshot = &panel->cases.snapshots[s];
        day_print(snapshot->period.from, text);
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n; i++) {
            csv_put_text(&w, directory_account(house->directory, panel->cases.account[i])->key);
            csv_put_value(&w, str_of(text));
            csv_put_value(&w, panel->cases.lost[i] ? STR("1") : STR("0"));
            for (size_t c = 0; c < panel->p; c++) {
                double value = panel->x[i * panel->p + c];
                cell.n = 0;
                if (!isnan(value)) json_number(&(struct json_writer){.out = &cell}, value);
                csv_put_value(&w, buf_str(&cell));
            }
            csv_end_row(&w);
        }
    }
    directory_unlock(house->directory);
    buf_free(&cell);
}

void panel_columns_put(const struct panel_column *columns, size_t p, struct json_writer *w) {
    json_begin_array(w);
    for (size_t c = 0; c < p; c++) {
        json_begin_object(w);
        json_put_string(w, "fact", columns[c].fact);
        if (columns[c].value.p) json_put_string(w, "value", columns[c].value);
        json_end_object(w);
    }
    json_end_array(w);
}

enum status panel_columns_read(const struct json *json, const struct catalogue *catalogue,
                               struct arena *arena, struct panel_column **ret, size_t *p,
                               struct problem *problem) {
    if (!json || json->kind != JSON_ARRAY || json->n > PANEL_MOST_COLUMNS)
        return fail(
            problem, INTERNAL,
            MESSAGE("panel_columns", "The columns of a stored model cannot be read.",
                    "ستون‌های یک مدل ذخیره‌شده خوانده نمی‌شود."),
            NO_ARGS);
    struct panel_column *columns = arena_array(arena, json->n + 1, sizeof *columns);
    for (size_t c = 0; c < json->n; c++) {
        const struct json *value = json_get(&json->items[c], "value");
        columns[c].fact = str_copy(arena, json_get_string(&json->items[c], "fact"));
        if (value) columns[c].value = str_copy(arena, value->string);
        uint32_t number = catalogue_find(catalogue, columns[c].fact);
        columns[c].title = (struct text){columns[c].fact.p, columns[c].fact.p};
        if (number == DICT_NONE) continue;
        const struct fact *fact = catalogue_fact(catalogue, number);
        columns[c].title = fact->title;
        columns[c].better = fact->better;
        columns[c].type = fact->type;
    }
    *ret = columns;
    *p = json->n;
    return OK;
}
