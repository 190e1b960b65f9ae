#include "predict/life_table.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/lifetime.h"
#include "platform/settings.h"
#include "statistics/tails.h"

#include <math.h>
#include <stdlib.h>

enum { MONTHS_OF_YEAR = 12 };

int life_year(double age_months) {
    int year = age_months > 0 ? (int)(age_months / MONTHS_OF_YEAR) : 0;
    return year < LIFE_YEARS ? year : LIFE_YEARS - 1;
}

/* ---- chances ---- */

struct posterior {
    double shape, rate;
};
static struct posterior learn(double prior, const struct life_cell *cell) {
    return (struct posterior){1 + cell->lost, 1 / prior + cell->months};
}

struct life_chance life_table_chance(const struct life_table *table, const struct life_cohort *cohort,
                                     int year, double months) {
    struct posterior hazard = learn(LIFE_PRIOR, &table->all[year]);
    if (cohort) hazard = learn(hazard.shape / hazard.rate, &cohort->years[year]);
    return (struct life_chance){/* 1 − exp(−hazard × months), averaged over the posterior */
                                -expm1(hazard.shape * log(hazard.rate / (hazard.rate + months))),
                                -expm1(-gamma_quantile(hazard.shape, 0.025) / hazard.rate * months),
                                -expm1(-gamma_quantile(hazard.shape, 0.975) / hazard.rate * months)};
}

const struct life_cohort *life_table_cohort(const struct life_table *table, struct str plan) {
    for (size_t i = 0; i < table->n; i++)
        if (str_equal(table->cohorts[i].plan, plan)) return &table->cohorts[i];
    return NULL;
}

/* ---- measuring ---- */

/* How old each account is at a month start; NAN: no customer then, or what became of it is not seen. */
struct ages {
    double *age;   /* month × accounts */
    uint8_t *lost; /* by the next month start */
};
static void lay_ages(const struct lifetime_tenures *tenures, struct arena *arena, struct ages *ages) {
    size_t accounts = tenures->accounts, cells = tenures->month_count * accounts;
    *ages = (struct ages){arena_array(arena, cells + 1, sizeof *ages->age), arena_alloc(arena, cells + 1)};
    for (size_t i = 0; i < cells; i++)
        ages->age[i] = NAN;
    for (size_t i = 0; i < tenures->n; i++) {
        const struct lifetime_tenure *one = &tenures->v[i];
        const uint8_t *active = tenures->active + one->account;
        for (size_t m = one->first; m + 1 < tenures->decided && active[m * accounts]; m++) {
            ages->age[m * accounts + one->account] = fmax(one->entry, 0) + (double)(m - one->first);
            ages->lost[m * accounts + one->account] = !active[(m + 1) * accounts];
        }
    }
}

static int by_plan(const void *a, const void *b) {
    return str_compare(((const struct life_cohort *)a)->plan, ((const struct life_cohort *)b)->plan);
}

static void add(struct life_cell *cell, bool lost) {
    cell->lost += lost;
    cell->months++;
}

static enum status count(struct house *house, const struct lifetime_tenures *tenures, const struct ages *ages,
                         struct arena *arena, struct life_table *ret, struct problem *problem) {
    const struct catalogue *catalogue = insight_catalogue(house->insight);
    uint32_t plan = catalogue_find(catalogue, STR("subscription_plan"));
    VEC(struct life_cohort) cohorts = {0};
    VEC(uint32_t) place = {0}; /* by number of the plan, the unknown first: of its cohort, from 1 */
    struct arena scratch = {0};
    enum status status = OK;
    for (size_t m = 0; m + 1 < tenures->month_count && !status; m++) {
        struct moment moment = moment_of_day(house->insight, tenures->month_starts[m]);
        struct column column;
        status = facts_evaluate(house->insight, catalogue, &plan, 1, &moment, 0, tenures->accounts, &scratch,
                                &column, problem);
        for (size_t a = 0; a < tenures->accounts && !status; a++) {
            size_t cell = m * tenures->accounts + a, number = 0;
            if (isnan(ages->age[cell])) continue;
            if (column.state[a] == FACT_KNOWN) number = 1 + (size_t)column.number[a];
            while (place.n <= number)
                VEC_PUSH(&place, 0);
            if (!place.v[number]) {
                struct str name =
                    number ? dict_key(catalogue_fact(catalogue, plan)->texts, (uint32_t)number - 1) : STR("");
                VEC_PUSH(&cohorts, (struct life_cohort){.plan = str_copy(arena, name)});
                place.v[number] = (uint32_t)cohorts.n;
            }
            int year = life_year(ages->age[cell]);
            add(&cohorts.v[place.v[number] - 1].years[year], ages->lost[cell]);
            add(&ret->all[year], ages->lost[cell]);
        }
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    if (cohorts.n) qsort(cohorts.v, cohorts.n, sizeof *cohorts.v, by_plan);
    ret->cohorts = arena_copy(arena, cohorts.v, cohorts.n * sizeof *cohorts.v);
    ret->n = cohorts.n;
    VEC_FREE(&cohorts);
    VEC_FREE(&place);
    return status;
}

enum status life_table_measure(struct house *house, struct arena *arena, struct life_table *ret,
                               struct problem *problem) {
    struct lifetime_tenures tenures;
    struct ages ages;
    struct arena scratch = {0};
    struct spans spans = {.moment = moment_now(house->insight),
                          .by = PERIOD_MONTH,
                          .calendar =
                              (enum calendar)settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR)};
    *ret = (struct life_table){0};
    directory_lock(house->directory);
    struct selection everybody = {.n = directory_size(house->directory)};
    directory_unlock(house->directory);
    everybody.included = arena_alloc(&scratch, everybody.n + 1);
    for (size_t i = 0; i < everybody.n; i++)
        everybody.included[i] = 1;
    enum status status = lifetime_tenures_measure(house, &everybody, &spans, &scratch, &tenures, problem);
    if (!status) {
        lay_ages(&tenures, &scratch, &ages);
        status = count(house, &tenures, &ages, arena, ret, problem);
    }
    arena_free(&scratch);
    return status;
}

/* ---- as JSON ---- */

static void put_cells(struct json_writer *w, const char *name, const struct life_cell *cells) {
    json_name(w, str_of(name));
    json_begin_array(w);
    for (int y = 0; y < LIFE_YEARS; y++) {
        json_begin_object(w);
        json_put_number(w, "lost", cells[y].lost);
        json_put_number(w, "months", cells[y].months);
        json_end_object(w);
    }
    json_end_array(w);
}

void life_table_put(const struct life_table *table, struct json_writer *w) {
    json_begin_object(w);
    put_cells(w, "all", table->all);
    json_name(w, STR("plans"));
    json_begin_array(w);
    for (size_t i = 0; i < table->n; i++) {
        json_begin_object(w);
        json_put_string(w, "plan", table->cohorts[i].plan);
        put_cells(w, "years", table->cohorts[i].years);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

static bool read_cells(const struct json *json, struct life_cell *cells) {
    if (!json || json->kind != JSON_ARRAY || json->n != LIFE_YEARS) return false;
    for (int y = 0; y < LIFE_YEARS; y++)
        cells[y] = (struct life_cell){json_get_number(&json->items[y], "lost"),
                                      json_get_number(&json->items[y], "months")};
    return true;
}

bool life_table_read(const struct json *json, struct arena *arena, struct life_table *ret) {
    const struct json *plans = json_get(json, "plans");
    *ret = (struct life_table){0};
    if (!plans || !read_cells(json_get(json, "all"), ret->all)) return false;
    ret->cohorts = arena_array(arena, plans->n + 1, sizeof *ret->cohorts);
    for (; ret->n < plans->n; ret->n++) {
        struct life_cohort *cohort = &ret->cohorts[ret->n];
        cohort->plan = json_get_string(&plans->items[ret->n], "plan");
        if (!read_cells(json_get(&plans->items[ret->n], "years"), cohort->years)) return false;
    }
    return true;
}
