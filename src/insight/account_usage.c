#include "insight/account_usage.h"

#include "customers/directory.h"
#include "customers/feature.h"
#include "insight/adoption.h"
#include "insight/feature_map.h"
#include "insight/figure.h"
#include "insight/health.h"
#include "insight/overview.h"
#include "insight/usage_features.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

enum {
    MOST_POINTS = 800,
    USUAL_WEEKS = 8,
    USUAL_LEAST = 3,
    WIDTH = 2,
    HEAT_MOST_WEEKS = 53,
    MOST_NAMES = 20
};

const struct route_query account_usage_query[] = {
    {"by", "week (default) or day."},
    {"measure", "users (default): distinct people; events; active_days: days with an event."},
    {"feature", "Key of a feature or name of an event: only its use."},
    {"from", "First day; 26 weeks or 91 days before `to` unless given."},
    {"to", "Last day; today unless given."},
    {NULL, NULL},
};
const struct route_query account_features_query[] = {
    {"weeks", "How many, the last one being that of as_of; 13 unless given, 53 at most."},
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {NULL, NULL},
};

/* ---- the usual range ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* The median of the like ones of place `at` among the eight weeks before `end`; NAN: too few. */
static double like(const double *values, size_t end, size_t at, size_t every) {
    double of[USUAL_WEEKS];
    size_t n = 0;
    for (size_t i = end > USUAL_WEEKS * every ? end - USUAL_WEEKS * every : 0; i < end; i++)
        if (i % every == at % every && !isnan(values[i])) of[n++] = values[i];
    return n < USUAL_LEAST ? NAN : median(of, n);
}

struct usual usual_range(const double *values, size_t at, size_t every) {
    static const double mad_to_deviation = 1.4826, mean_to_deviation = 1.2533;
    double distances[USUAL_WEEKS * 7], sum = 0;
    size_t n = 0;
    double middle = like(values, at, at, every);
    if (isnan(middle)) return (struct usual){NAN, NAN, NAN};
    for (size_t i = at > USUAL_WEEKS * every ? at - USUAL_WEEKS * every : 0; i < at; i++) {
        double own = like(values, at, i, every);
        if (isnan(values[i]) || isnan(own)) continue;
        distances[n] = fabs(values[i] - own);
        sum += distances[n++];
    }
    double swing = mad_to_deviation * median(distances, n);
    if (swing == 0) swing = mean_to_deviation * sum / (double)n;
    double low = middle - WIDTH * swing;
    return (struct usual){low < 0 ? 0 : low, middle, middle + WIDTH * swing};
}

/* ---- the series ---- */

static day_t later(day_t a, day_t b) {
    return a > b ? a : b;
}

static enum weekday week_start(const struct request *request) {
    return (enum weekday)settings_choice(request->house->settings, SETTING_ORGANISATION_WEEK_START);
}

static day_t week_of(const struct request *request, day_t day) {
    return period_of(day, PERIOD_WEEK, CALENDAR_GREGORIAN, week_start(request)).from;
}

/* The first day of which use is known: of the source, and of the customer. */
static day_t known_since(struct request *request, uint32_t account, day_t today) {
    uint8_t healthy;
    int32_t age;
    day_t first;
    usage_read_lock(request->house->usage);
    usage_health(request->house->usage, today, &healthy, 1, &age, &first);
    usage_unlock(request->house->usage);
    directory_lock(request->house->directory);
    day_t starts = directory_account(request->house->directory, account)->starts_on;
    directory_unlock(request->house->directory);
    return first == INT32_MIN ? INT32_MAX : later(first, starts);
}

struct series {
    day_t from, to; /* days [from, to), whole steps */
    int32_t step;   /* days of a point */
    size_t n;
    double *values; /* of n points; NAN: not known */
};

enum use_measure { MEASURE_USERS, MEASURE_EVENTS, MEASURE_ACTIVE_DAYS };

static void measure(struct request *request, uint32_t account, enum use_measure what,
                    const struct usage_query *wanted, struct series *series) {
    struct usage_uses uses = {0};
    usage_read_lock(request->house->usage);
    usage_uses_read(request->house->usage, account, series->to, &uses);
    usage_unlock(request->house->usage);
    size_t *met = memory_new((uses.people + 1) * sizeof *met);
    day_t last = INT32_MIN;
    for (size_t i = usage_uses_from(&uses, series->from); i < uses.n; i++) {
        const struct usage_use *use = &uses.v[i];
        bool counts = !wanted->feature_count;
        for (size_t f = 0; f < wanted->feature_count && !counts; f++)
            counts = wanted->features[f] == use->feature;
        if (!counts) continue;
        size_t point = (size_t)((use->day - series->from) / series->step);
        if (what == MEASURE_EVENTS) {
            series->values[point] += use->count;
        } else if (what == MEASURE_ACTIVE_DAYS) {
            series->values[point] += use->day != last;
            last = use->day;
        } else if (use->person && met[use->person] != point + 1) {
            met[use->person] = point + 1;
            series->values[point]++;
        }
    }
    free(met);
    usage_uses_free(&uses);
}

static void put_series(struct json_writer *w, const struct series *series, size_t first, day_t today) {
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = first; i < series->n; i++) {
        day_t from = series->from + (day_t)i * series->step, to = from + series->step;
        struct usual usual = usual_range(series->values, i, series->step == 1 ? 7 : 1);
        json_begin_object(w);
        put_day(w, "from", from);
        put_day(w, "to", to - 1);
        json_put_number(w, "value", series->values[i]);
        json_put_bool(w, "partial", to > today);
        json_put_number(w, "usual_low", usual.low);
        json_put_number(w, "usual", usual.middle);
        json_put_number(w, "usual_high", usual.high);
        json_end_object(w);
    }
    json_end_array(w);
}

static enum status too_long(struct problem *problem) {
    return fail_at(
        problem, STR("from"),
        MESSAGE(
            "usage_too_long", "That would be more than 800 points, or none: begin later, before `to`.",
            "این بیش از ۸۰۰ نقطه یا هیچ نقطه‌ای است: آغاز را دیرتر، و پیش از پایان، بگذارید."),
        NO_ARGS);
}

enum status account_usage_handle(struct request *request, struct response *response,
                                 struct problem *problem) {
    static const char *const steps[] = {"week", "day", NULL};
    static const char *const measures[] = {"users", "events", "active_days", NULL};
    struct insight *insight = request->house->insight;
    struct moment moment = moment_now(insight);
    struct usage_query wanted = {0};
    int by = 0, what = MEASURE_USERS;
    uint32_t account;
    day_t to = moment.day, from = INT32_MIN;
    struct str feature = request_query(request, "feature");
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = request_query_choice(request, "by", steps, &by, problem);
    if (!status) status = request_query_choice(request, "measure", measures, &what, problem);
    if (!status) status = request_query_day(request, "to", &to, problem);
    if (!status) status = request_query_day(request, "from", &from, problem);
    if (status) return status;
    if (to > moment.day) to = moment.day;
    struct series series = {.step = by ? 1 : 7};
    if (from == INT32_MIN) from = by ? to - 90 : week_of(request, to) - 25 * 7;
    if (!by) from = week_of(request, from);
    if (from > to || (to - from) / series.step >= MOST_POINTS) return too_long(problem);
    size_t before = by ? USUAL_WEEKS * 7 : USUAL_WEEKS;
    series.from = from - (day_t)before * series.step;
    series.n = before + (size_t)((to - from) / series.step) + 1;
    series.to = series.from + (day_t)series.n * series.step;
    series.values = arena_array(request->arena, series.n, sizeof *series.values);
    if (feature.n)
        usage_features(insight, insight_catalogue(insight),
                       &(struct usage_fact){.measure = USAGE_USERS, .features = &feature, .feature_count = 1},
                       request->arena, &wanted);
    measure(request, account, (enum use_measure)what, &wanted, &series);
    day_t known = known_since(request, account, moment.day);
    for (size_t i = 0; i < series.n; i++)
        if (series.from + (day_t)(i + 1) * series.step <= known) series.values[i] = NAN;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_string(&w, "by", str_of(steps[by]));
    json_put_string(&w, "measure", str_of(measures[what]));
    json_name(&w, STR("feature"));
    if (feature.n)
        json_string(&w, feature);
    else
        json_null(&w);
    put_series(&w, &series, before, moment.day);
    json_end_object(&w);
    return OK;
}

/* ---- features by week ---- */

struct heat {
    struct request *request;
    struct catalogue *catalogue;
    const uint32_t *map; /* by event number: 1 + row */
    size_t map_n, rows, weeks;
    day_t from, to;
    uint32_t *cells; /* people, [row × weeks + week]; row 0: events of no feature */
};

static void count_people(struct heat *heat, const struct usage_uses *uses) {
    uint16_t *met = memory_new(((size_t)uses->people + 1) * heat->rows * sizeof *met);
    for (size_t i = usage_uses_from(uses, heat->from); i < uses->n; i++) {
        const struct usage_use *use = &uses->v[i];
        size_t row = use->feature < heat->map_n ? heat->map[use->feature] : 0;
        size_t week = (size_t)((use->day - heat->from) / 7);
        uint16_t *last = &met[use->person * heat->rows + row];
        if (!use->person || *last == week + 1) continue;
        *last = (uint16_t)(week + 1);
        heat->cells[row * heat->weeks + week]++;
    }
    free(met);
}

/* Without registered features the rows are the names of events, those met first. */
static void map_names(struct heat *heat, const struct usage_uses *uses, uint32_t *names) {
    uint32_t *map;
    size_t highest = 0;
    for (size_t i = usage_uses_from(uses, heat->from); i < uses->n; i++)
        if (uses->v[i].feature > highest) highest = uses->v[i].feature;
    map = arena_array(heat->request->arena, highest + 1, sizeof *map);
    for (size_t i = usage_uses_from(uses, heat->from); i < uses->n; i++) {
        uint32_t number = uses->v[i].feature;
        if (!number || map[number] || heat->rows > MOST_NAMES) continue;
        names[heat->rows] = number;
        map[number] = (uint32_t)heat->rows++;
    }
    heat->map = map;
    heat->map_n = highest + 1;
}

static enum status feature_titles(struct heat *heat, struct str *titles, struct problem *problem) {
    struct request *request = heat->request;
    struct session *session = NULL;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_feature_titles);
    while (rows_next(rows)) {
        struct str key = rows_text(rows, 0, request->arena);
        int column = request->language == PERSIAN && !rows_is_null(rows, 2) ? 2 : 1;
        for (size_t f = 0; f < heat->catalogue->feature_count; f++)
            if (str_equal(heat->catalogue->features[f].key, key))
                titles[f] = rows_text(rows, column, request->arena);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static void put_cells(struct json_writer *w, const struct heat *heat, size_t row) {
    json_name(w, STR("cells"));
    json_begin_array(w);
    for (size_t i = 0; i < heat->weeks; i++)
        json_int(w, heat->cells[row * heat->weeks + i]);
    json_end_array(w);
}

static void put_entitled(struct json_writer *w, enum entitled entitled) {
    json_name(w, STR("entitled"));
    if (entitled == ENTITLED_UNKNOWN)
        json_null(w);
    else
        json_bool(w, entitled == ENTITLED_YES);
}

static void put_rows(struct json_writer *w, struct heat *heat, const struct str *titles,
                     const uint32_t *names, const enum entitled *entitled) {
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t row = 1; row < heat->rows; row++) {
        const struct catalogue_feature *feature =
            heat->catalogue->feature_count ? &heat->catalogue->features[row - 1] : NULL;
        struct str key = feature ? feature->key
                                 : events_string(heat->request->house->events, DICTIONARY_NAME, names[row],
                                                 heat->request->arena);
        json_begin_object(w);
        json_put_string(w, "feature", key);
        json_put_string(w, "title", feature && titles[row - 1].n ? titles[row - 1] : key);
        json_put_bool(w, "core", feature && feature->core);
        put_entitled(w, feature ? entitled[row - 1] : ENTITLED_YES);
        put_cells(w, heat, row);
        json_end_object(w);
    }
    json_end_array(w);
}

/* Plan of the account decides which features it may use; asked over all accounts up to this one. */
static enum status find_entitled(struct heat *heat, uint32_t account, const struct moment *moment,
                                 enum entitled *entitled, struct problem *problem) {
    struct arena *arena = heat->request->arena;
    uint32_t numbers[2] = {catalogue_find(heat->catalogue, STR("plan")),
                           catalogue_find(heat->catalogue, STR("subscription_plan"))};
    struct column columns[2];
    enum status status = facts_evaluate(heat->request->house->insight, heat->catalogue, numbers, 2, moment,
                                        account, 1, arena, columns, problem);
    if (status) return status;
    struct str plan = {0};
    for (int i = 1; i >= 0; i--)
        if (columns[i].state[0] == FACT_KNOWN)
            plan =
                dict_key(catalogue_fact(heat->catalogue, numbers[i])->texts, (uint32_t)columns[i].number[0]);
    struct account_context context = {.n = 1, .plans = &plan};
    for (size_t f = 0; f < heat->catalogue->feature_count; f++)
        entitled[f] = account_entitled(&context, &heat->catalogue->features[f], 0);
    return OK;
}

enum status account_features_handle(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct moment moment;
    uint32_t account;
    int64_t weeks = 13;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "weeks", 1, HEAT_MOST_WEEKS, &weeks, problem);
    if (status) return status;
    struct heat heat = {.request = request, .catalogue = insight_catalogue(insight), .weeks = (size_t)weeks};
    day_t last = moment.now ? moment.day : moment.day - 1;
    heat.from = week_of(request, last) - (day_t)(weeks - 1) * 7;
    heat.to = last + 1;
    size_t features = heat.catalogue->feature_count;
    struct str *titles = arena_array(request->arena, features + 1, sizeof *titles);
    enum entitled *entitled = arena_array(request->arena, features + 1, sizeof *entitled);
    uint32_t names[MOST_NAMES + 2];
    status = feature_titles(&heat, titles, problem);
    if (!status) status = find_entitled(&heat, account, &moment, entitled, problem);
    if (status) return status;
    struct usage_uses uses = {0};
    usage_read_lock(request->house->usage);
    usage_uses_read(request->house->usage, account, heat.to, &uses);
    usage_unlock(request->house->usage);
    heat.rows = 1;
    if (features) {
        heat.map = feature_map_of(insight, heat.catalogue, request->arena, &heat.map_n);
        heat.rows += features;
    } else {
        map_names(&heat, &uses, names);
    }
    heat.cells = arena_array(request->arena, heat.rows * heat.weeks, sizeof *heat.cells);
    count_people(&heat, &uses);
    usage_uses_free(&uses);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("weeks"));
    json_begin_array(&w);
    for (size_t i = 0; i < heat.weeks; i++) {
        char text[DAY_TEXT + 1];
        day_print(heat.from + (day_t)i * 7, text);
        json_string(&w, str_of(text));
    }
    json_end_array(&w);
    put_rows(&w, &heat, titles, names, entitled);
    json_name(&w, STR("other"));
    json_begin_object(&w);
    put_cells(&w, &heat, 0);
    json_end_object(&w);
    json_end_object(&w);
    return OK;
}
