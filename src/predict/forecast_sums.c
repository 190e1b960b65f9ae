/* Sums of lines, and what is to be expected of them. */
#include "predict/forecast.h"

#include "platform/settings.h"

#include <math.h>

static void add(struct forecast_sums *sums, const struct forecast_line *line) {
    bool uncalled = !line->call && (line->stage == STAGE_OPEN || line->stage == STAGE_LATE);
    sums->lines++;
    sums->uncalled += uncalled;
    sums->needs += line->needs != 0;
    sums->renewed += line->stage == STAGE_RENEWED;
    sums->lost += line->stage == STAGE_LOST;
    if (isnan(line->amount)) {
        sums->not_converted++;
        return;
    }
    sums->due += line->amount;
    if (uncalled) sums->uncalled_due += line->amount;
    if (line->stage == STAGE_RENEWED) sums->won += line->retained;
    if (line->category == FORECAST_COMMIT) sums->commit += line->retained;
    if (line->category != FORECAST_OMITTED) sums->best_case += line->retained;
    sums->likely += line->chance * line->retained;
    if (line->category == FORECAST_COMMIT) sums->expansion += line->expansion;
}

void forecast_sum(const struct forecast *forecast, const uint8_t *mask, size_t periods,
                  struct forecast_sums *out) {
    memset(out, 0, (periods + 1) * sizeof *out);
    for (size_t i = 0; i < forecast->n; i++) {
        if (mask && !mask[i]) continue;
        add(&out[forecast->lines[i].period], &forecast->lines[i]);
        add(&out[periods], &forecast->lines[i]);
    }
}

/* Accounts of the lines for which mask is set (NULL: all) as dense numbers. */
static uint32_t *number_accounts(const struct forecast *forecast, const uint8_t *mask, struct arena *arena,
                                 uint32_t *count) {
    uint32_t most = 0, *cluster = arena_array(arena, forecast->n + 1, sizeof *cluster);
    for (size_t i = 0; i < forecast->n; i++)
        if (forecast->lines[i].account > most) most = forecast->lines[i].account;
    uint32_t *number = arena_array(arena, (size_t)most + 1, sizeof *number); /* + 1; 0: none yet */
    *count = 0;
    for (size_t i = 0; i < forecast->n; i++) {
        if (mask && !mask[i]) continue;
        uint32_t *of = &number[forecast->lines[i].account];
        if (!*of) *of = ++*count;
        cluster[i] = *of - 1;
    }
    return cluster;
}

void forecast_expect(const struct forecast *forecast, const uint8_t *mask, size_t periods, double shift,
                     struct renewals_sum *out, struct arena *scratch) {
    enum { SEED = 20260101 }; /* the same forecast twice is the same numbers */
    struct renewal_case *cases = arena_array(scratch, forecast->n + 1, sizeof *cases);
    uint32_t clusters, *cluster = number_accounts(forecast, mask, scratch, &clusters);
    size_t n = 0;
    for (size_t i = 0; i < forecast->n; i++) {
        const struct forecast_line *line = &forecast->lines[i];
        if (mask && !mask[i]) continue;
        cases[n++] =
            (struct renewal_case){.probability = isnan(line->kept) ? line->model.probability : line->kept > 0,
                                  .amount = isnan(line->amount) ? 0
                                            : isnan(line->kept) ? line->amount * forecast->chances.kept
                                                                : line->retained,
                                  .cluster = cluster[i],
                                  .period = (uint32_t)line->period};
    }
    if (!renewals_forecast(cases, n, (uint32_t)periods, clusters, shift, SEED, scratch, out))
        for (size_t p = 0; p <= periods; p++)
            out[p] = (struct renewals_sum){{NAN, NAN, NAN}, {NAN, NAN, NAN}};
}

/* ---- the common shift ---- */

/* Chances as they were given so many days before, into the cases; how many quarters have any. */
static size_t recorded_cases(struct house *house, const struct forecast *past, const uint32_t *cluster,
                             size_t periods, struct arena *arena, struct renewal_case *cases, size_t *n) {
    double *given = arena_array(arena, past->n + 1, sizeof *given);
    uint8_t *seen = arena_alloc(arena, periods + 1);
    size_t count = 0;
    for (size_t i = 0; i < past->n; i++)
        given[i] = NAN;
    for (size_t i = 0; i < past->words.chance_n; i++) {
        const struct renewal_chance *c = &past->words.chances[i];
        if (c->taken_on > c->due_on - FORECAST_SHIFT_DAYS ||
            c->taken_on <= c->due_on - 2 * FORECAST_SHIFT_DAYS)
            continue;
        const struct forecast_line *line =
            forecast_find(house, past, c->account, c->product, c->currency, c->due_on);
        if (line) given[line - past->lines] = c->probability;
    }
    *n = 0;
    for (size_t i = 0; i < past->n; i++) {
        const struct forecast_line *line = &past->lines[i];
        if (!forecast_is_over(line) || isnan(given[i])) continue;
        cases[(*n)++] =
            (struct renewal_case){given[i], 0, cluster[i], (uint32_t)line->period, line->kept > 0};
        count += !seen[line->period];
        seen[line->period] = 1;
    }
    return count;
}

static size_t pooled_cases(const struct forecast *past, const uint32_t *cluster, size_t periods,
                           struct arena *arena, struct renewal_case *cases, size_t *n) {
    uint8_t *seen = arena_alloc(arena, periods + 1);
    double renewed = 0;
    size_t count = 0;
    *n = 0;
    for (size_t i = 0; i < past->n; i++) {
        const struct forecast_line *line = &past->lines[i];
        if (!forecast_is_over(line)) continue;
        cases[(*n)++] = (struct renewal_case){0, 0, cluster[i], (uint32_t)line->period, line->kept > 0};
        renewed += line->kept > 0;
        count += !seen[line->period];
        seen[line->period] = 1;
    }
    for (size_t i = 0; i < *n; i++)
        cases[i].probability = (renewed + 1) / ((double)*n + 2);
    return count;
}

enum status forecast_shift(struct house *house, struct arena *arena, struct forecast_shift *ret,
                           struct problem *problem) {
    enum { QUARTERS = 4 * FORECAST_SHIFT_YEARS };
    struct settings *settings = house->settings;
    enum calendar calendar = (enum calendar)settings_choice(settings, SETTING_ORGANISATION_CALENDAR);
    struct period periods[QUARTERS];
    day_t over = moment_now(house->insight).day - (day_t)settings_int(settings, SETTING_RETENTION_GRACE_DAYS);
    struct period last = period_of(over, PERIOD_QUARTER, calendar, MONDAY);
    for (size_t i = QUARTERS; i-- > 0;)
        periods[i] = last = period_previous(&last);
    struct forecast past;
    struct forecast_query query = {.periods = periods,
                                   .count = QUARTERS,
                                   .no_calls = true,
                                   .nearest = FORECAST_SHIFT_DAYS,
                                   .farthest = 2 * FORECAST_SHIFT_DAYS};
    *ret = (struct forecast_shift){.value = RENEWALS_SHIFT};
    enum status status = forecast_gather(house, &query, arena, &past, problem);
    if (status) return status;
    struct renewal_case *cases = arena_array(arena, past.n + 1, sizeof *cases);
    uint32_t clusters, *cluster = number_accounts(&past, NULL, arena, &clusters);
    size_t n;
    ret->periods = recorded_cases(house, &past, cluster, QUARTERS, arena, cases, &n);
    ret->recorded = ret->periods >= RENEWALS_LEAST_PERIODS;
    if (!ret->recorded) ret->periods = pooled_cases(&past, cluster, QUARTERS, arena, cases, &n);
    ret->value = renewals_shift(cases, n, QUARTERS, clusters, &ret->estimated);
    return OK;
}
