#include "statistics/buyers.h"

#include <math.h>
#include <stdlib.h>

static int by_customer(const void *a, const void *b) {
    const struct purchase *x = a, *y = b;
    if (x->customer != y->customer) return x->customer < y->customer ? -1 : 1;
    return x->day < y->day ? -1 : x->day > y->day;
}

struct buyers buyers_of(struct purchase *log, size_t n, int32_t end, int32_t held_out, double unit,
                        struct arena *arena) {
    if (n) qsort(log, n, sizeof *log, by_customer);
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most += i == 0 || log[i].customer != log[i - 1].customer;
    struct buyers out = {.buyers = arena_array(arena, most + 1, sizeof *out.buyers),
                         .customers = arena_array(arena, most + 1, sizeof *out.customers),
                         .later = arena_array(arena, most + 1, sizeof *out.later)};
    for (size_t i = 0, until; i < n; i = until) {
        int32_t first = log[i].day;
        struct buyer buyer = {.age = ((double)end - first) / unit, .count = 1};
        double later = 0, value = 0;
        for (until = i; until < n && log[until].customer == log[i].customer; until++) {
            int32_t day = log[until].day;
            bool new_day = until > i && day != log[until - 1].day;
            if (day > end) {
                later += new_day && day <= held_out;
            } else if (day > first) {
                buyer.repeats += new_day;
                buyer.last = ((double)day - first) / unit;
                value += log[until].value;
            }
        }
        if (first > end) continue;
        buyer.value = buyer.repeats > 0 ? value / buyer.repeats : 0;
        out.buyers[out.n] = buyer;
        out.customers[out.n] = log[i].customer;
        out.later[out.n++] = later;
    }
    return out;
}

bool buyer_is_sound(const struct buyer *b) {
    return b->repeats >= 0 && b->repeats < 1e9 && b->repeats == floor(b->repeats) &&
           (b->repeats > 0 ? b->last > 0 : b->last == 0) && b->last <= b->age && b->age < INFINITY &&
           b->count > 0 && b->count < INFINITY;
}

enum fit buyers_check(const struct buyer *buyers, size_t n, size_t *row) {
    double again = 0;
    for (size_t i = 0; i < n; i++) {
        if (!buyer_is_sound(&buyers[i])) {
            if (row) *row = i;
            return FIT_BAD_DATA;
        }
        if (buyers[i].repeats > 0) again += buyers[i].count;
    }
    return again < BUYERS_FEWEST ? FIT_TOO_FEW : FIT_DONE;
}

static int by_figures(const void *a, const void *b) {
    const struct buyer *x = a, *y = b;
    if (x->repeats != y->repeats) return x->repeats < y->repeats ? -1 : 1;
    if (x->age != y->age) return x->age < y->age ? -1 : 1;
    return x->last < y->last ? -1 : x->last > y->last;
}

struct buyer *buyers_grouped(const struct buyer *buyers, size_t n, size_t *groups, struct arena *arena) {
    struct buyer *out = arena_array(arena, n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = buyers[i];
        out[i].value = 0;
    }
    if (n) qsort(out, n, sizeof *out, by_figures);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept && by_figures(&out[kept - 1], &out[i]) == 0)
            out[kept - 1].count += out[i].count;
        else
            out[kept++] = out[i];
    *groups = kept;
    return out;
}
