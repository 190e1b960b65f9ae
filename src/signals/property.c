#include "signals/property.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_BASE = -7305 }; /* 1950-01-01; days from there to 2129-06-06, others are cut to them */
#define UNITS 1e6          /* of a sum in one */

/* One row a day; what became known later stands beside, never merged. */
struct property_day {
    __int128 sum; /* in millionths */
    double least, most;
    uint32_t values, others; /* numbers, and what is none */
    uint16_t day, lag;       /* known day − day */
};
struct property_account {
    struct property_day *days; /* by (day, lag); owned */
    uint32_t n, capacity;
};

/* ---- conditions ---- */

static bool has_number(const struct property_value *value) {
    return value->kind == PROPERTY_NUMBER || value->kind == PROPERTY_NUMBER_TEXT;
}

static bool equal(const struct property_value *value, const struct property_value *wanted) {
    if (wanted->kind == PROPERTY_NUMBER) return has_number(value) && value->number == wanted->number;
    if (wanted->kind == PROPERTY_TEXT)
        return (value->kind == PROPERTY_TEXT || value->kind == PROPERTY_NUMBER_TEXT) &&
               value->text == wanted->text;
    return value->kind == wanted->kind;
}

static bool among(const struct property_condition *condition, const struct property_value *value) {
    for (size_t i = 0; i < condition->n; i++)
        if (equal(value, &condition->values[i])) return true;
    return false;
}

bool property_holds(const struct property_condition *condition, const struct property_value *value) {
    const struct property_value *wanted = condition->values;
    if (value->kind == PROPERTY_ABSENT) return false;
    switch (condition->is) {
    case PROPERTY_EQUAL:
    case PROPERTY_IN:
        return among(condition, value);
    case PROPERTY_UNEQUAL:
    case PROPERTY_NOT_IN:
        return !among(condition, value);
    default:
        break;
    }
    if (!has_number(value)) return false;
    switch (condition->is) {
    case PROPERTY_LESS:
        return value->number < wanted->number;
    case PROPERTY_LESS_EQUAL:
        return value->number <= wanted->number;
    case PROPERTY_MORE:
        return value->number > wanted->number;
    case PROPERTY_MORE_EQUAL:
        return value->number >= wanted->number;
    default:
        return value->number >= wanted[0].number && value->number <= wanted[1].number;
    }
}

bool property_takes(const struct property_series *series, const struct property_value *values) {
    const struct property_use *use = &series->use;
    if (use->measured && values[0].kind == PROPERTY_ABSENT) return false;
    for (size_t i = 0; i < use->condition_n; i++)
        if (!property_holds(&use->conditions[i], &values[use->conditions[i].name])) return false;
    return true;
}

/* ---- series ---- */

struct properties *properties_new(void) {
    return memory_new(sizeof(struct properties));
}

void properties_free(struct properties *properties) {
    if (!properties) return;
    for (size_t i = 0; i < properties->series.n; i++)
        property_series_free(properties->series.v[i]);
    VEC_FREE(&properties->series);
    free(properties);
}

struct property_series *property_series_new(const struct property_use *use) {
    struct property_series *series = memory_new(sizeof *series);
    struct arena *arena = &series->arena;
    struct str *names = arena_array(arena, use->name_n + 1, sizeof *names);
    struct property_condition *conditions =
        arena_copy(arena, use->conditions ? use->conditions : &(struct property_condition){0},
                   (use->condition_n ? use->condition_n : 1) * sizeof *conditions);
    for (size_t i = 0; i < use->name_n; i++)
        names[i] = str_copy(arena, use->names[i]);
    for (size_t i = 0; i < use->condition_n; i++)
        conditions[i].values =
            arena_copy(arena, conditions[i].values, conditions[i].n * sizeof *conditions[i].values);
    series->use = *use;
    series->use.key = str_copy(arena, use->key);
    series->use.event = str_copy(arena, use->event);
    series->use.names = names;
    series->use.conditions = conditions;
    if (!use->measured) series->events = usage_new();
    return series;
}

void property_series_free(struct property_series *series) {
    for (size_t i = 0; i < series->n; i++)
        free(series->accounts[i].days);
    free(series->accounts);
    usage_free(series->events);
    arena_free(&series->arena);
    free(series);
}

const struct property_series *properties_ready(const struct properties *properties, struct str key) {
    for (size_t i = 0; properties && i < properties->series.n; i++) {
        const struct property_series *series = properties->series.v[i];
        if (str_equal(series->use.key, key)) return series->ready ? series : NULL;
    }
    return NULL;
}

const struct usage *property_events(const struct property_series *series) {
    return series->events;
}

size_t properties_bytes(const struct properties *properties) {
    size_t bytes = sizeof *properties;
    for (size_t i = 0; i < properties->series.n; i++) {
        const struct property_series *series = properties->series.v[i];
        bytes += sizeof *series + series->capacity * sizeof *series->accounts;
        if (series->events) bytes += usage_bytes(series->events);
        for (size_t a = 0; a < series->n; a++)
            bytes += series->accounts[a].capacity * sizeof(struct property_day);
    }
    return bytes;
}

/* ---- adding ---- */

static uint32_t more(uint32_t a, uint32_t b) {
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static int32_t clamp(int64_t offset) {
    return offset < 0 ? 0 : offset > UINT16_MAX ? UINT16_MAX : (int32_t)offset;
}

static struct property_account *account_of(struct property_series *series, uint32_t account) {
    if (account >= series->capacity) {
        size_t capacity = series->capacity * 2 > account ? series->capacity * 2 : (size_t)account + 64;
        series->accounts = memory_resize(series->accounts, capacity * sizeof *series->accounts);
        series->capacity = capacity;
    }
    if (account >= series->n) {
        memset(series->accounts + series->n, 0, (account + 1 - series->n) * sizeof *series->accounts);
        series->n = (size_t)account + 1;
    }
    return &series->accounts[account];
}

/* The first row that is not before (day, lag). */
static uint32_t find(const struct property_account *account, int32_t day, int32_t lag) {
    uint32_t low = 0, high = account->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct property_day *at = &account->days[middle];
        if (at->day < day || (at->day == day && at->lag < lag))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct property_day *day_of(struct property_account *account, int32_t day, int32_t lag) {
    uint32_t at = find(account, day, lag);
    if (at < account->n && account->days[at].day == day && account->days[at].lag == lag)
        return &account->days[at];
    if (account->n == account->capacity) {
        account->capacity += account->capacity / 4 + 4;
        account->days = memory_resize(account->days, account->capacity * sizeof *account->days);
    }
    memmove(account->days + at + 1, account->days + at, (account->n++ - at) * sizeof *account->days);
    account->days[at] = (struct property_day){
        .least = INFINITY, .most = -INFINITY, .day = (uint16_t)day, .lag = (uint16_t)lag};
    return &account->days[at];
}

static void add_value(struct property_series *series, const struct property_taken *taken) {
    const struct usage_entry *entry = &taken->entry;
    int64_t lag = entry->known_day > entry->day ? (int64_t)entry->known_day - entry->day : 0;
    struct property_day *day =
        day_of(account_of(series, entry->account), clamp((int64_t)entry->day - DAY_BASE), clamp(lag));
    double number = taken->value.number;
    if (!has_number(&taken->value) || !(fabs(number) <= PROPERTY_LARGEST)) {
        day->others = more(day->others, entry->count);
        return;
    }
    day->sum += (__int128)rint(number * UNITS) * entry->count;
    day->values = more(day->values, entry->count);
    if (number < day->least) day->least = number;
    if (number > day->most) day->most = number;
}

void property_add(const struct property_taken *taken, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct property_series *series = taken[i].series;
        if (series->use.measured)
            add_value(series, &taken[i]);
        else
            usage_add(series->events, &taken[i].entry, 1);
    }
}

void property_clear(struct property_series *series, uint32_t account) {
    if (series->events) usage_clear(series->events, account);
    if (account >= series->n) return;
    free(series->accounts[account].days);
    series->accounts[account] = (struct property_account){0};
}

/* ---- measuring ---- */

struct total {
    __int128 sum;
    double least, most;
    uint64_t values, others;
};

static double measured(const struct total *total, enum property_measure measure) {
    double sum = (double)((long double)total->sum / (long double)UNITS);
    if (measure == PROPERTY_SUM) return total->values || !total->others ? sum : NAN;
    if (!total->values) return NAN;
    return measure == PROPERTY_MEAN    ? sum / (double)total->values
           : measure == PROPERTY_LEAST ? total->least
                                       : total->most;
}

void property_evaluate(const struct property_series *series, enum property_measure measure,
                       const struct usage_query *query, uint32_t first, size_t n, double *out,
                       uint8_t *words) {
    int32_t from = query->from == INT32_MIN ? 0 : clamp((int64_t)query->from - DAY_BASE);
    int64_t to = (int64_t)query->to - DAY_BASE + query->today_too;
    int64_t known =
        query->known_at == INT32_MAX ? INT64_MAX : (int64_t)query->known_at - DAY_BASE + query->today_too;
    for (size_t i = 0; i < n; i++) {
        struct total total = {.least = INFINITY, .most = -INFINITY};
        const struct property_account none = {0},
                                      *account = first + i < series->n ? &series->accounts[first + i] : &none;
        for (uint32_t k = find(account, from, 0); k < account->n && account->days[k].day < to; k++) {
            const struct property_day *day = &account->days[k];
            if (day->day + (int64_t)day->lag >= known) continue;
            total.sum += day->sum;
            total.values += day->values;
            total.others += day->others;
            if (day->least < total.least) total.least = day->least;
            if (day->most > total.most) total.most = day->most;
        }
        out[i] = measured(&total, measure);
        if (words) words[i] = !total.values && total.others;
    }
}
