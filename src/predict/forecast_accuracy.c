/* How near what was said of renewals came to what became of them. */
#include "base/vec.h"
#include "predict/forecast.h"

#include <math.h>
#include <stdlib.h>

enum { HORIZONS = 3, FRESH_DAYS = 14 /* a chance recorded longer before is not that of the day */ };
static const int32_t horizons[HORIZONS] = {90, 60, 30};

/* What stood on the day, of a line: a share of what is due; NAN: nothing. */
struct said {
    double called[HORIZONS], given[HORIZONS];
    struct str by[HORIZONS], source[HORIZONS];
};

struct measuring {
    const struct forecast *forecast;
    const struct said *said;
    size_t periods;
    struct arena *arena;
    VEC(struct forecast_accuracy) rows;
};

static const struct said nothing = {{NAN, NAN, NAN}, {NAN, NAN, NAN}, {{0}}, {{0}}};

static struct said *gather_said(struct house *house, const struct forecast *forecast, struct arena *arena) {
    const struct renewal_words *words = &forecast->words;
    struct said *said = arena_array(arena, forecast->n + 1, sizeof *said);
    for (size_t i = 0; i < forecast->n; i++)
        said[i] = nothing;
    for (size_t i = 0; i < words->call_n; i++) { /* oldest first: the last one stands */
        const struct renewal_call *call = &words->calls[i];
        const struct forecast_line *line =
            forecast_find(house, forecast, call->account, call->product, call->currency, call->due_on);
        for (size_t h = 0; line && h < HORIZONS; h++) {
            if (zone_day(house->zone, call->made_at) > call->due_on - horizons[h]) continue;
            said[line - forecast->lines].called[h] = forecast_called_share(call, line->own_amount);
            said[line - forecast->lines].by[h] = call->made_by;
        }
    }
    for (size_t i = 0; i < words->chance_n; i++) {
        const struct renewal_chance *c = &words->chances[i];
        const struct forecast_line *line =
            forecast_find(house, forecast, c->account, c->product, c->currency, c->due_on);
        for (size_t h = 0; line && h < HORIZONS; h++) {
            day_t day = c->due_on - horizons[h];
            if (c->taken_on > day || c->taken_on <= day - FRESH_DAYS) continue;
            said[line - forecast->lines].given[h] = c->probability;
            said[line - forecast->lines].source[h] = str_of(prediction_sources[c->source]);
        }
    }
    return said;
}

static bool is_judged(const struct forecast *forecast, const struct forecast_line *line) {
    return forecast_is_over(line) && line->due_on < forecast->decided;
}

/* name: of one alone; p NULL: all. */
static void measure(struct measuring *m, bool people, struct str name, size_t h) {
    struct forecast_accuracy row = {.who = people ? STR("people") : STR("model"),
                                    .name = name,
                                    .days = horizons[h],
                                    .bias = NAN,
                                    .mape = NAN,
                                    .error = NAN};
    struct {
        double forecast, actual;
    } *periods = arena_array(m->arena, m->periods + 1, sizeof *periods);
    double error = 0, shares = 0;
    for (size_t i = 0; i < m->forecast->n; i++) {
        const struct forecast_line *line = &m->forecast->lines[i];
        const struct said *said = &m->said[i];
        double share = people ? said->called[h] : said->given[h];
        if (!is_judged(m->forecast, line) || isnan(share) || isnan(line->amount)) continue;
        if (name.p && !str_equal(name, people ? said->by[h] : said->source[h])) continue;
        double forecast = share * line->amount, actual = line->kept * line->amount;
        row.lines++;
        row.due += line->amount;
        row.forecast += forecast;
        row.actual += actual;
        error += fabs(forecast - actual);
        periods[line->period].forecast += forecast;
        periods[line->period].actual += actual;
    }
    for (size_t p = 0; p < m->periods; p++) {
        if (!(periods[p].actual > 0)) continue;
        shares += fabs(periods[p].forecast - periods[p].actual) / periods[p].actual;
        row.periods++;
    }
    if (row.actual > 0) row.bias = (row.forecast - row.actual) / row.actual;
    if (row.periods) row.mape = shares / (double)row.periods;
    if (row.due > 0) row.error = error / row.due;
    if (row.lines || !name.p) VEC_PUSH(&m->rows, row);
}

/* All who said something of a line that is over, each once. */
static size_t names_of(const struct measuring *m, bool people, struct str **ret) {
    VEC(struct str) names = {0};
    for (size_t i = 0; i < m->forecast->n; i++)
        for (size_t h = 0; h < HORIZONS; h++) {
            struct str name = people ? m->said[i].by[h] : m->said[i].source[h];
            size_t k = 0;
            while (k < names.n && !str_equal(names.v[k], name))
                k++;
            if (name.p && k == names.n && is_judged(m->forecast, &m->forecast->lines[i]))
                VEC_PUSH(&names, name);
        }
    *ret = arena_copy(m->arena, names.v, names.n * sizeof *names.v);
    size_t n = names.n;
    VEC_FREE(&names);
    return n;
}

enum status forecast_accuracy(struct house *house, const struct forecast_query *query, struct arena *arena,
                              struct forecast_accuracy **ret, size_t *n, struct problem *problem) {
    struct forecast forecast;
    struct forecast_query said = *query;
    said.nearest = horizons[HORIZONS - 1];
    said.farthest = horizons[0] + FRESH_DAYS;
    enum status status = forecast_gather(house, &said, arena, &forecast, problem);
    if (status) return status;
    struct measuring m = {.forecast = &forecast,
                          .said = gather_said(house, &forecast, arena),
                          .periods = query->count,
                          .arena = arena};
    for (int people = 1; people >= 0; people--) {
        struct str *names;
        size_t count = names_of(&m, people, &names);
        for (size_t h = 0; h < HORIZONS; h++)
            measure(&m, people, (struct str){0}, h);
        for (size_t k = 0; k < count; k++)
            for (size_t h = 0; h < HORIZONS; h++)
                measure(&m, people, names[k], h);
    }
    *ret = arena_copy(arena, m.rows.v, m.rows.n * sizeof *m.rows.v);
    *n = m.rows.n;
    VEC_FREE(&m.rows);
    return OK;
}
