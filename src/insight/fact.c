/* Evaluating facts: what they depend on is found once, usage is measured in one pass for all of them,
 * formulas come last. */
#include "insight/fact.h"

#include "insight/fact_children.h"
#include "insight/fact_people.h"
#include "insight/fact_series.h"
#include "insight/fact_usage.h"
#include "insight/insight.h"
#include "insight/needs.h"
#include "insight/usage_features.h"

#include <math.h>
#include <stdlib.h>

const struct text fact_cause_text[FACT_CAUSES] = {
    [CAUSE_NONE] = {"", ""},
    [CAUSE_NO_SOURCE] = {"nothing was ever recorded that could tell", "چیزی ثبت نشده است که این را نشان دهد"},
    [CAUSE_SOURCE_SILENT] = {"the source was silent", "منبع داده در این بازه خاموش بوده است"},
    [CAUSE_STALE] = {"the value is too old", "مقدار بیش از اندازه قدیمی است"},
    [CAUSE_NO_BASE] = {"there is nothing to compare with", "مبنایی برای مقایسه نیست"},
    [CAUSE_UNDEFINED] = {"the calculation has no result", "محاسبه نتیجه‌ای ندارد"},
    [CAUSE_NOT_CUSTOMER] = {"not a customer on that day", "در آن روز مشتری نبوده است"},
    [CAUSE_NOT_ENTITLED] = {"not part of what was bought", "در خرید این مشتری نیست"},
    [CAUSE_NOT_RECORDED] = {"not recorded for this account", "برای این مشتری ثبت نشده است"},
    [CAUSE_NOT_CONVERTED] = {"an amount is in a currency without a rate",
                             "مبلغی به ارزی است که نرخ تبدیل ندارد"},
    [CAUSE_NO_CHILDREN] = {"no accounts stand below it", "مشتری زیرمجموعه ندارد"},
    [CAUSE_BACK_FILLING] = {"the event properties it reads are being back-filled",
                            "مقدارهای گذشتهٔ این مشخصهٔ رویداد هنوز در حال تکمیل است"},
    [CAUSE_NOT_NUMBERS] = {"the values of the property are not numbers", "مقدارهای این مشخصه عدد نیست"},
    [CAUSE_NOT_JUDGED] = {"membership of the segment could not be judged",
                          "عضویت در بخش را نمی‌توان تعیین کرد"},
};

enum { PARALLEL_FROM = 20000 };

struct column column_new(struct arena *arena, size_t n) {
    /* One piece of memory: columns of single accounts are made often. */
    char *p = arena_alloc(arena, (n + 1) * (sizeof(double) + sizeof(int32_t) + 3));
    struct column column = {.number = (double *)p};
    column.age_days = (int32_t *)(column.number + n + 1);
    column.state = (uint8_t *)(column.age_days + n + 1);
    column.cause = column.state + n + 1;
    column.partial = column.cause + n + 1;
    for (size_t i = 0; i < n; i++) {
        column.number[i] = NAN;
        column.age_days[i] = -1;
        column.cause[i] = CAUSE_NO_SOURCE;
    }
    return column;
}

static struct column column_from(const struct column *column, size_t at) {
    return (struct column){column->number + at, column->state + at, column->cause + at, column->age_days + at,
                           column->partial + at};
}

static void column_copy(struct column *to, const struct column *from, size_t n) {
    memcpy(to->number, from->number, n * sizeof *to->number);
    memcpy(to->state, from->state, n);
    memcpy(to->cause, from->cause, n);
    memcpy(to->age_days, from->age_days, n * sizeof *to->age_days);
    memcpy(to->partial, from->partial, n);
}

/* What one call evaluates: facts in the order of their rank, each with its whole column. */
struct needed {
    const struct declared *declared;
    struct column column;
};
struct job {
    struct insight *insight;
    const struct catalogue *catalogue;
    const struct moment *moment;
    struct needed *needed;
    size_t needed_n;
    uint32_t *order; /* numbers of the needed facts */
    uint32_t *place; /* by fact number: 1 + its place in needed */
    uint32_t first;
    size_t from, n; /* the block: rows [from, from + n) of the columns */
};

static void need(struct job *job, uint32_t number) {
    if (job->place[number]) return;
    const struct declared *declared = catalogue_declared(job->catalogue, number);
    for (size_t i = 0; i < declared->read_n && declared->kind != FROM_CHILDREN; i++)
        need(job, declared->reads[i]);
    job->order[job->needed_n++] = number; /* after what it reads */
    job->place[number] = (uint32_t)job->needed_n;
}

int usage_fact_days(const struct usage_fact *usage) {
    return usage->window ? usage->window * (usage->previous ? 2 : 1) : EVER_HEALTH_DAYS;
}

struct usage_query usage_fact_query(const struct usage_fact *usage, const struct moment *moment) {
    bool closed = usage->previous || (usage->measure == USAGE_ACTIVE_DAYS &&
                                      !(usage->of_property && usage->of_property->measured));
    return (struct usage_query){.measure = usage->measure,
                                .to = moment->day,
                                .known_at = moment->known_day,
                                .from = usage->window ? moment->day - usage->window : INT32_MIN,
                                .today_too = moment->now && !closed};
}

void usage_fact_set(const struct usage_fact *usage, const struct moment *moment, bool no_features,
                    const struct usage_fact_health *health, const double *base, enum fact_cause nothing,
                    day_t starts, size_t i, struct column *out) {
    day_t day = moment->day;
    enum fact_state state = FACT_KNOWN;
    enum fact_cause cause = CAUSE_NONE;
    int days = usage_fact_days(usage);
    bool young = starts != INT32_MIN && starts > day - days, bounded = usage->window > 0;
    if (young) days = day - starts;
    double value = out->number[i];
    if (starts != INT32_MIN && (day < starts || (day == starts && !moment->now)))
        state = FACT_NOT_APPLICABLE, cause = CAUSE_NOT_CUSTOMER;
    else if (usage->measure == USAGE_BREADTH && no_features)
        state = FACT_NOT_APPLICABLE, cause = CAUSE_NOT_ENTITLED;
    else if (health->first == INT32_MIN)
        state = FACT_UNKNOWN, cause = CAUSE_NO_SOURCE;
    else if (days > 0 && !health->healthy[days - 1])
        state = FACT_UNKNOWN, cause = CAUSE_SOURCE_SILENT;
    else if (isnan(value))
        state = FACT_UNKNOWN, cause = nothing;
    else if (usage->previous && (isnan(base[i]) || base[i] == 0 || (young && days <= usage->window)))
        state = FACT_UNKNOWN, cause = CAUSE_NO_BASE;
    else if (usage->previous)
        value = (value - base[i]) / base[i];
    out->number[i] = state == FACT_KNOWN ? value : NAN;
    out->state[i] = (uint8_t)state;
    out->cause[i] = (uint8_t)cause;
    out->age_days[i] = health->age;
    out->partial[i] = bounded && young && state != FACT_NOT_APPLICABLE;
}

static bool in_one_pass(const struct declared *declared) {
    return declared->kind == FROM_USAGE && !declared->usage.baseline && !declared->usage.trend &&
           !declared->usage.of_property;
}

static void evaluate_usage(struct job *job, const day_t *starts, struct arena *arena) {
    struct usage_query *queries = arena_array(arena, 2 * job->needed_n + 1, sizeof *queries);
    double **out = arena_array(arena, 2 * job->needed_n + 1, sizeof *out);
    size_t n = 0, longest = EVER_HEALTH_DAYS;
    const struct moment *moment = job->moment;
    for (size_t f = 0; f < job->needed_n; f++) {
        const struct usage_fact *usage = &job->needed[f].declared->usage;
        if (!in_one_pass(job->needed[f].declared)) continue;
        struct usage_query *query = &queries[n];
        *query = usage_fact_query(usage, moment);
        usage_features(job->insight, job->catalogue, usage, arena, query);
        out[n++] = job->needed[f].column.number + job->from;
        if (usage->previous) {
            queries[n] = *query;
            queries[n].to = query->from;
            queries[n].from = query->from - usage->window;
            out[n++] = arena_array(arena, job->n, sizeof(double));
        }
        if ((size_t)usage_fact_days(usage) > longest) longest = (size_t)usage_fact_days(usage);
    }
    if (!n) return;
    struct usage_fact_health health = {.healthy = arena_alloc(arena, longest)};
    usage_read_lock(job->insight->parts.usage);
    usage_health(job->insight->parts.usage, moment->day, health.healthy, longest, &health.age, &health.first);
    usage_evaluate(job->insight->parts.usage, queries, n, job->first + (uint32_t)job->from, job->n, out);
    usage_unlock(job->insight->parts.usage);
    for (size_t f = 0, q = 0; f < job->needed_n; f++) {
        const struct usage_fact *usage = &job->needed[f].declared->usage;
        if (!in_one_pass(job->needed[f].declared)) continue;
        struct column column = column_from(&job->needed[f].column, job->from);
        const double *base = usage->previous ? out[q + 1] : NULL;
        for (size_t i = 0; i < job->n; i++)
            usage_fact_set(usage, moment, !queries[q].feature_count, &health, base,
                           CAUSE_NOT_RECORDED /* last use of who never used it */, starts[i], i, &column);
        q += usage->previous ? 2 : 1;
    }
}

static void evaluate_tenure(const struct job *job, const day_t *starts, struct column *out) {
    for (size_t i = 0; i < job->n; i++) {
        bool unknown = starts[i] == INT32_MIN, before = !unknown && job->moment->day < starts[i];
        out->state[i] = unknown ? FACT_UNKNOWN : before ? FACT_NOT_APPLICABLE : FACT_KNOWN;
        out->cause[i] = unknown ? CAUSE_NOT_RECORDED : before ? CAUSE_NOT_CUSTOMER : CAUSE_NONE;
        out->number[i] = unknown || before ? NAN : job->moment->day - starts[i];
        out->age_days[i] = unknown ? -1 : 0;
    }
}

/* The column of a fact that `declared` is made from. */
static struct column read_column(const struct job *job, const struct declared *declared, size_t read) {
    return column_from(&job->needed[job->place[declared->reads[read]] - 1].column, job->from);
}

static void divide_by_seats(const struct column *seats, size_t n, struct column *out) {
    for (size_t i = 0; i < n; i++) {
        if (out->state[i] != FACT_KNOWN) continue;
        out->state[i] = seats->state[i];
        out->cause[i] = seats->cause[i];
        out->number[i] = seats->state[i] == FACT_KNOWN ? out->number[i] / seats->number[i] : NAN;
    }
}

/* Codes are read under the lock of the tables, whose dictionary they are of. */
static const uint16_t *read_countries(const struct job *job, struct arena *arena) {
    uint16_t *countries = arena_array(arena, job->n + 1, sizeof *countries);
    uint32_t fact = catalogue_find(job->catalogue, STR("country"));
    if (fact == DICT_NONE || !job->place[fact]) return countries;
    const struct needed *needed = &job->needed[job->place[fact] - 1];
    const struct dict *codes = needed->declared->fact.texts;
    for (size_t i = 0; i < job->n && codes; i++) {
        size_t at = job->from + i;
        if (needed->column.state[at] == FACT_KNOWN)
            countries[i] = country_number(dict_key(codes, (uint32_t)needed->column.number[at]));
    }
    return countries;
}

static void evaluate_block(struct job *job) {
    struct arena arena = {0};
    struct insight *insight = job->insight;
    day_t *starts = arena_array(&arena, job->n + 1, sizeof *starts);
    directory_lock(insight->parts.directory);
    size_t known = directory_size(insight->parts.directory);
    for (size_t i = 0; i < job->n; i++) {
        size_t account = job->first + job->from + i;
        starts[i] = account < known
                        ? directory_account(insight->parts.directory, (uint32_t)account)->starts_on
                        : INT32_MIN;
    }
    directory_unlock(insight->parts.directory);
    evaluate_usage(job, starts, &arena);
    pthread_rwlock_rdlock(&insight->lock);
    for (size_t f = 0; f < job->needed_n; f++) {
        const struct declared *declared = job->needed[f].declared;
        struct column out = column_from(&job->needed[f].column, job->from);
        if (declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE ||
            declared->kind == FROM_MANUAL)
            record_evaluate(insight, declared, job->moment, starts, job->first + (uint32_t)job->from, job->n,
                            &out);
    }
    const uint16_t *countries = read_countries(job, &arena);
    pthread_rwlock_unlock(&insight->lock);
    for (size_t f = 0; f < job->needed_n; f++) {
        const struct declared *declared = job->needed[f].declared;
        struct column out = column_from(&job->needed[f].column, job->from);
        if (declared->kind == FROM_ACCOUNT) evaluate_tenure(job, starts, &out);
        if (declared->kind == FROM_USAGE && (declared->usage.baseline || declared->usage.trend))
            series_evaluate(insight, job->catalogue, declared, job->moment, starts, countries,
                            job->first + (uint32_t)job->from, job->n, &out);
        else if (declared->kind == FROM_USAGE && declared->usage.of_property)
            property_fact_evaluate(insight, declared, job->moment, starts, job->first + (uint32_t)job->from,
                                   job->n, &out);
        if (declared->kind == FROM_USAGE && declared->usage.seat_share) {
            struct column seats = read_column(job, declared, 0);
            divide_by_seats(&seats, job->n, &out);
        }
        if (declared->kind != FROM_FORMULA) continue;
        struct column *inputs = arena_array(&arena, declared->read_n + 1, sizeof *inputs);
        for (size_t i = 0; i < declared->read_n; i++)
            inputs[i] = read_column(job, declared, i);
        formula_evaluate(declared->formula, inputs, job->moment->day, job->n, &out);
    }
    arena_free(&arena);
}

day_t fact_known_by(struct insight *insight, const struct declared *declared, uint32_t account,
                    const struct moment *moment) {
    pthread_rwlock_rdlock(&insight->lock);
    day_t day = record_known_by(insight, declared, account, moment);
    pthread_rwlock_unlock(&insight->lock);
    return day;
}

static void *block_thread(void *self) {
    evaluate_block(self);
    return NULL;
}

enum status facts_evaluate(struct insight *insight, const struct catalogue *catalogue, const uint32_t *facts,
                           size_t fact_count, const struct moment *moment, uint32_t first, size_t n,
                           struct arena *arena, struct column *columns, struct problem *problem) {
    size_t size = catalogue_size(catalogue);
    struct job job = {.insight = insight,
                      .catalogue = catalogue,
                      .moment = moment,
                      .first = first,
                      .n = n,
                      .order = arena_array(arena, size, sizeof *job.order),
                      .place = arena_array(arena, size, sizeof *job.place)};
    for (size_t i = 0; i < fact_count; i++)
        need(&job, facts[i]);
    job.needed = arena_array(arena, job.needed_n + 1, sizeof *job.needed);
    for (size_t f = 0; f < job.needed_n; f++) {
        struct needed *one = &job.needed[f];
        one->declared = catalogue_declared(catalogue, job.order[f]);
        one->column = column_new(arena, n);
        enum status status = OK;
        if (one->declared->kind == FROM_TOUCH)
            status = touch_evaluate(insight, &catalogue->world, one->declared->which, moment, first, n, arena,
                                    &one->column, problem);
        else if (one->declared->kind == FROM_SCORE && insight->score)
            status = insight->score(insight->score_self, one->declared->which, moment, first, n, arena,
                                    &one->column, problem);
        else if (one->declared->kind == FROM_PEOPLE)
            status = people_evaluate(insight, catalogue, &one->declared->people, moment, first, n, arena,
                                     &one->column, problem);
        else if (one->declared->kind == FROM_CHILDREN)
            status = children_evaluate(insight, catalogue, one->declared, moment, first, n, arena,
                                       &one->column, problem);
        if (status) return status;
    }
    pthread_t thread;
    struct job second = job;
    bool parallel = n >= PARALLEL_FROM;
    if (parallel) {
        job.n = n / 2;
        second.from = job.n;
        second.n = n - job.n;
        parallel = pthread_create(&thread, NULL, block_thread, &second) == 0;
        if (!parallel) job.n = n;
    }
    evaluate_block(&job);
    if (parallel) pthread_join(thread, NULL);
    for (size_t i = 0; i < fact_count; i++) {
        const struct column *done = &job.needed[job.place[facts[i]] - 1].column;
        bool first_time = true;
        for (size_t k = 0; k < i; k++)
            first_time &= facts[k] != facts[i];
        columns[i] = first_time ? *done : column_new(arena, n);
        if (!first_time) column_copy(&columns[i], done, n);
    }
    return OK;
}
