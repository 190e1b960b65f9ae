#include "insight/distribution.h"

#include "base/vec.h"
#include "insight/backtest_api.h"
#include "insight/segment_live.h"
#include "platform/answer.h"

#include <math.h>
#include <stdlib.h>

const struct route_query distribution_query[] = {
    {"outcome", "churn, no_renewal, contraction or silence; as set in insight.outcome where absent."},
    {"days", "Days within which it counts, 7 to 730; as set in insight.outcome_days where absent."},
    {"by", "Snapshots at the starts of these: week, month (default), quarter or year."},
    {"from", "First day of snapshots, YYYY-MM-DD; 24 months before the last one where absent."},
    {"to", "Last day of snapshots; today where absent."},
    SELECTION_QUERY,
    {NULL, NULL}};

const struct route_query coverage_query[] = {SELECTION_QUERY, {NULL, NULL}};

/* ---- bars ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double round_width(double width) {
    double power = pow(10, floor(log10(width))), times = width / power;
    return power * (times <= 1 + 1e-9 ? 1 : times <= 2 + 1e-9 ? 2 : times <= 5 + 1e-9 ? 5 : 10);
}

struct bars bars_over(double *values, size_t n) {
    if (!n) return (struct bars){0};
    qsort(values, n, sizeof *values, ascending);
    size_t cut = n / 200;
    double low = values[cut], high = values[n - 1 - cut];
    bool whole = true;
    for (size_t i = 0; i < n && whole; i++)
        whole = values[i] == floor(values[i]);
    struct bars bars = {.width = high > low      ? round_width((high - low) / 20)
                                 : whole         ? 1
                                 : fabs(low) > 0 ? round_width(fabs(low) / 10)
                                                 : 1};
    if (whole && bars.width < 1) bars.width = 1;
    bars.first = floor(low / bars.width + 1e-9) * bars.width;
    bars.n = (size_t)floor((high - bars.first) / bars.width + 1e-9) + 1;
    /* A share of 100 % is in the bar up to 100 %. */
    if (!whole && bars.n > 1 && high <= bars.first + (double)(bars.n - 1) * bars.width * (1 + 1e-12))
        bars.n--;
    bars.low = values[0] < bars.first;
    bars.high = values[n - 1] > bars.first + (double)bars.n * bars.width;
    return bars;
}

size_t bars_place(const struct bars *bars, double value) {
    double place = floor((value - bars->first) / bars->width + 1e-9);
    return place < 0 ? 0 : place >= (double)bars->n ? bars->n - 1 : (size_t)place;
}

/* ---- values ---- */

/* What one fact said of some accounts. */
struct told {
    VEC(double) values; /* where known; dates as days from the moment's day */
    size_t accounts, not_applicable, unknown, causes[FACT_CAUSES];
};

static void tell(struct told *told, const struct fact *fact, const struct column *column, size_t row,
                 day_t day) {
    told->accounts++;
    if (column->state[row] == FACT_KNOWN) {
        VEC_PUSH(&told->values, fact->type == VALUE_DATE ? column->number[row] - day : column->number[row]);
    } else if (column->state[row] == FACT_NOT_APPLICABLE) {
        told->not_applicable++;
    } else {
        told->unknown++;
        told->causes[column->cause[row]]++;
    }
}

static enum status told_today(struct request *request, const struct selector *selector, uint32_t number,
                              struct told *told, int32_t *median_age, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct moment moment = moment_now(insight);
    struct selection selection;
    struct column column;
    enum status status = selector_apply(selector, &moment, request->arena, &selection, problem);
    if (!status)
        status = facts_evaluate(insight, selector->catalogue, &number, 1, &moment, 0, selection.n,
                                request->arena, &column, problem);
    if (status) return status;
    uint8_t *present = arena_alloc(request->arena, selection.n + 1);
    accounts_present(request->house->directory, moment.day, 0, selection.n, present);
    VEC(double) ages = {0};
    for (size_t i = 0; i < selection.n; i++) {
        if (!selection.included[i] || !present[i]) continue;
        tell(told, catalogue_fact(selector->catalogue, number), &column, i, moment.day);
        if (column.state[i] == FACT_KNOWN && column.age_days[i] >= 0) VEC_PUSH(&ages, column.age_days[i]);
    }
    if (ages.n) qsort(ages.v, ages.n, sizeof *ages.v, ascending);
    *median_age = ages.n ? (int32_t)ages.v[ages.n / 2] : -1;
    VEC_FREE(&ages);
    return OK;
}

/* Each loss once: as it stood at the first snapshot from which it lay within the days. */
static enum status told_of_leavers(struct request *request, const struct backtest_plan *plan,
                                   struct catalogue *catalogue, uint32_t number, struct backtest_cases *cases,
                                   struct told *told, struct problem *problem) {
    struct house *house = request->house;
    struct fact_memory *memory = house_memory(house, catalogue);
    struct rule_needs needs = {0};
    (void)rule_need(&needs, (struct rule_need){.number = number}, request->arena);
    enum status status = backtest_gather(house, plan, memory, request->arena, cases, problem);
    for (size_t s = 0; s < cases->snapshot_count && !status; s++) {
        const struct snapshot *snapshot = &cases->snapshots[s];
        struct moment moment = moment_of_day(house->insight, snapshot->period.from);
        struct arena arena = {0};
        struct column column;
        moment_known_at(house->insight, &moment, snapshot->period.from);
        if (!snapshot->n) continue;
        status = fact_memory_needs(memory, &needs, &moment, &arena, &column, problem);
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n && !status; i++)
            if (cases->first_of_loss[i])
                tell(told, catalogue_fact(catalogue, number), &column, cases->account[i], moment.day);
        arena_free(&arena);
    }
    fact_memory_release(memory);
    return status;
}

/* ---- answer ---- */

static void put_bars(struct json_writer *w, const struct told *today, const struct told *left, bool enough) {
    VEC(double) all = {0};
    for (size_t i = 0; i < today->values.n; i++)
        VEC_PUSH(&all, today->values.v[i]);
    for (size_t i = 0; i < left->values.n && enough; i++)
        VEC_PUSH(&all, left->values.v[i]);
    struct bars bars = bars_over(all.v, all.n);
    size_t counts[DISTRIBUTION_MOST_BARS + 2][2] = {{0}};
    if (bars.n > DISTRIBUTION_MOST_BARS) bars.n = DISTRIBUTION_MOST_BARS;
    for (size_t i = 0; i < today->values.n; i++)
        counts[bars_place(&bars, today->values.v[i])][0]++;
    for (size_t i = 0; i < left->values.n && enough; i++)
        counts[bars_place(&bars, left->values.v[i])][1]++;
    json_name(w, STR("bins"));
    json_begin_array(w);
    for (size_t b = 0; b < bars.n; b++) {
        json_begin_object(w);
        json_put_number(w, "from", bars.first + (double)b * bars.width);
        json_put_number(w, "to", bars.first + (double)(b + 1) * bars.width);
        json_put_int(w, "accounts", (int64_t)counts[b][0]);
        json_name(w, STR("left"));
        enough ? json_int(w, (int64_t)counts[b][1]) : json_null(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_bool(w, "more_below", bars.low);
    json_put_bool(w, "more_above", bars.high);
    VEC_FREE(&all);
}

struct counted_value {
    struct str text;
    size_t counts[2];
};

static int most_first(const void *a, const void *b) {
    const struct counted_value *x = a, *y = b;
    if (x->counts[0] != y->counts[0]) return x->counts[0] > y->counts[0] ? -1 : 1;
    return str_compare(x->text, y->text);
}

/* The values of a text, the commonest first; the rest is counted together, without a value. */
static void put_values(struct json_writer *w, const struct fact *fact, const struct told *today,
                       const struct told *left, bool enough, struct arena *arena) {
    struct counted_value *values = arena_array(arena, today->values.n + left->values.n + 1, sizeof *values);
    struct dict seen = {0};
    for (int side = 0; side < 2; side++) {
        const struct told *told = side ? left : today;
        for (size_t i = 0; i < told->values.n && fact->texts; i++) {
            struct str text = dict_key(fact->texts, (uint32_t)told->values.v[i]);
            struct counted_value *one = &values[dict_put(&seen, text, NULL)];
            one->text = text;
            one->counts[side]++;
        }
    }
    size_t n = seen.n;
    dict_free(&seen);
    qsort(values, n, sizeof *values, most_first);
    for (size_t i = DISTRIBUTION_MOST_VALUES; i < n; i++)
        for (int side = 0; side < 2; side++)
            values[DISTRIBUTION_MOST_VALUES].counts[side] +=
                i == DISTRIBUTION_MOST_VALUES ? 0 : values[i].counts[side];
    json_name(w, STR("values"));
    json_begin_array(w);
    for (size_t i = 0; i < n && i <= DISTRIBUTION_MOST_VALUES; i++) {
        json_begin_object(w);
        json_name(w, STR("value"));
        i < DISTRIBUTION_MOST_VALUES ? json_string(w, values[i].text) : json_null(w);
        json_put_int(w, "accounts", (int64_t)values[i].counts[0]);
        json_name(w, STR("left"));
        enough ? json_int(w, (int64_t)values[i].counts[1]) : json_null(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_told(struct json_writer *w, const struct told *told) {
    json_put_int(w, "accounts", (int64_t)told->accounts);
    json_put_int(w, "known", (int64_t)told->values.n);
    json_put_int(w, "unknown", (int64_t)told->unknown);
    json_put_int(w, "not_applicable", (int64_t)told->not_applicable);
    json_name(w, STR("causes"));
    json_begin_array(w);
    for (int cause = 1; cause < FACT_CAUSES; cause++) {
        if (!told->causes[cause]) continue;
        json_begin_object(w);
        json_put_string(w, "en", str_of(fact_cause_text[cause].en));
        json_put_string(w, "fa", str_of(fact_cause_text[cause].fa));
        json_put_int(w, "count", (int64_t)told->causes[cause]);
        json_end_object(w);
    }
    json_end_array(w);
}

enum status distribution_handle(struct request *request, struct response *response, struct problem *problem) {
    struct backtest_plan plan;
    struct backtest_cases cases = {0};
    struct told today = {0}, left = {0};
    int32_t age = -1;
    enum status status = request_backtest(request, &plan, problem);
    if (status) return status;
    struct catalogue *catalogue = plan.selector->catalogue;
    uint32_t number = catalogue_find(catalogue, request_param(request, "key"));
    if (number == DICT_NONE)
        return fail_not_found(problem, (struct text){"fact", "شاخص"}, request_param(request, "key"));
    const struct fact *fact = catalogue_fact(catalogue, number);
    status = told_today(request, plan.selector, number, &today, &age, problem);
    if (!status) status = told_of_leavers(request, &plan, catalogue, number, &cases, &left, problem);
    if (!status) {
        struct json_writer w = {.out = &response->body};
        bool enough = left.accounts >= BACKTEST_LEAST_LOSSES;
        json_begin_object(&w);
        json_put_string(&w, "fact", fact->key);
        put_told(&w, &today);
        json_name(&w, STR("age_days"));
        age < 0 ? json_null(&w) : json_int(&w, age);
        json_name(&w, STR("left"));
        json_begin_object(&w);
        put_told(&w, &left);
        json_put_bool(&w, "enough", enough);
        json_put_int(&w, "needed", BACKTEST_LEAST_LOSSES);
        json_end_object(&w);
        backtest_put_plan(&cases, &w);
        if (fact->type == VALUE_TEXT)
            put_values(&w, fact, &today, &left, enough, request->arena);
        else
            put_bars(&w, &today, &left, enough);
        json_end_object(&w);
    }
    VEC_FREE(&today.values);
    VEC_FREE(&left.values);
    return status;
}

/* ---- how much of each fact is known ---- */

enum { COVERAGE_BLOCK = 8192, COVERAGE_OLDEST = 3660 };
struct coverage {
    size_t known, unknown, not_applicable;
    uint32_t ages[COVERAGE_OLDEST + 1]; /* known values by their age in days; those older at the end */
    size_t aged;
};

static void cover(struct coverage *one, const struct column *column, size_t row) {
    if (column->state[row] == FACT_NOT_APPLICABLE) {
        one->not_applicable++;
    } else if (column->state[row] != FACT_KNOWN) {
        one->unknown++;
    } else {
        one->known++;
        int32_t age = column->age_days[row];
        if (age < 0) return;
        one->ages[age < COVERAGE_OLDEST ? age : COVERAGE_OLDEST]++;
        one->aged++;
    }
}

static int32_t median_age(const struct coverage *one) {
    size_t seen = 0;
    for (int32_t age = 0; age <= COVERAGE_OLDEST && one->aged; age++)
        if ((seen += one->ages[age]) > one->aged / 2) return age;
    return -1;
}

enum status coverage_handle(struct request *request, struct response *response, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct moment moment = moment_now(insight);
    struct selector selector;
    struct selection selection;
    enum status status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &moment, request->arena, &selection, problem);
    if (status) return status;
    const struct catalogue *catalogue = selector.catalogue;
    uint32_t size = (uint32_t)catalogue_size(catalogue), n = 0;
    uint32_t *facts = arena_array(request->arena, size + 1, sizeof *facts);
    for (uint32_t i = 0; i < size; i++)
        if (catalogue_fact(catalogue, i)->key.n) facts[n++] = i;
    struct coverage *all = arena_array(request->arena, n + 1, sizeof *all);
    uint8_t *present = arena_alloc(request->arena, selection.n + 1);
    accounts_present(request->house->directory, moment.day, 0, selection.n, present);
    size_t accounts = 0;
    for (size_t first = 0; first < selection.n && !status; first += COVERAGE_BLOCK) {
        struct arena arena = {0};
        size_t rows = selection.n - first < COVERAGE_BLOCK ? selection.n - first : COVERAGE_BLOCK;
        struct column *columns = arena_array(&arena, n + 1, sizeof *columns);
        status = facts_evaluate(insight, catalogue, facts, n, &moment, (uint32_t)first, rows, &arena, columns,
                                problem);
        for (size_t i = 0; i < rows && !status; i++) {
            if (!selection.included[first + i] || !present[first + i]) continue;
            accounts++;
            for (uint32_t f = 0; f < n; f++)
                cover(&all[f], &columns[f], i);
        }
        arena_free(&arena);
    }
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_int(&w, "accounts", (int64_t)accounts);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (uint32_t f = 0; f < n; f++) {
        int32_t age = median_age(&all[f]);
        json_begin_object(&w);
        json_put_string(&w, "fact", catalogue_fact(catalogue, facts[f])->key);
        json_put_int(&w, "known", (int64_t)all[f].known);
        json_put_int(&w, "unknown", (int64_t)all[f].unknown);
        json_put_int(&w, "not_applicable", (int64_t)all[f].not_applicable);
        json_name(&w, STR("age_days"));
        age < 0 ? json_null(&w) : json_int(&w, age);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
