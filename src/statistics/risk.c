#include "statistics/risk.h"

#include <math.h>
#include <stdlib.h>

static int by_stratum_and_time(const void *a, const void *b) {
    const struct risk_row *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->time != y->time) return x->time > y->time ? -1 : 1;
    return x->case_index < y->case_index ? -1 : x->case_index > y->case_index;
}

static int by_stratum_and_entry(const void *a, const void *b, void *rows) {
    const struct risk_row *x = (struct risk_row *)rows + *(const size_t *)a,
                          *y = (struct risk_row *)rows + *(const size_t *)b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    if (x->entry != y->entry) return x->entry > y->entry ? -1 : 1;
    return x < y ? -1 : x > y;
}

void risk_order_build(const struct survival_case *cases, const uint32_t *stratum, const bool *left_out,
                      size_t n, struct arena *arena, struct risk_order *out) {
    *out = (struct risk_order){.rows = arena_array(arena, n + 1, sizeof *out->rows)};
    for (size_t i = 0; i < n; i++) {
        if (!survival_counts(&cases[i]) || (left_out && left_out[i])) continue;
        out->rows[out->n++] = (struct risk_row){.entry = cases[i].entry,
                                                .time = cases[i].time,
                                                .stratum = stratum ? stratum[i] : 0,
                                                .event = cases[i].event,
                                                .case_index = i};
        out->events += cases[i].event;
        out->late += isfinite(cases[i].entry);
    }
    if (out->n) qsort(out->rows, out->n, sizeof *out->rows, by_stratum_and_time);
    out->leaving = arena_array(arena, out->late + 1, sizeof *out->leaving);
    for (size_t i = 0, k = 0; i < out->n; i++) {
        if (isfinite(out->rows[i].entry)) out->leaving[k++] = i;
        out->strata += i == 0 || out->rows[i].stratum != out->rows[i - 1].stratum;
    }
    if (out->late) qsort_r(out->leaving, out->late, sizeof *out->leaving, by_stratum_and_entry, out->rows);
}

struct risk_walk risk_walk(const struct risk_order *order) {
    return (struct risk_walk){.order = order};
}

bool risk_next(struct risk_walk *walk) {
    const struct risk_order *order = walk->order;
    if (walk->row_end == order->n) return false;
    walk->row = walk->row_end;
    const struct risk_row *first = &order->rows[walk->row];
    walk->fresh = walk->row == 0 || first[-1].stratum != first->stratum;
    walk->time = first->time;
    walk->events = 0;
    while (walk->row_end < order->n && order->rows[walk->row_end].stratum == first->stratum &&
           order->rows[walk->row_end].time == first->time)
        walk->events += order->rows[walk->row_end++].event;
    walk->leave = walk->leave_end;
    if (walk->fresh) /* whoever of the former stratum never had to leave */
        while (walk->leave < order->late &&
               order->rows[order->leaving[walk->leave]].stratum != first->stratum)
            walk->leave++;
    walk->leave_end = walk->leave;
    while (walk->leave_end < order->late) {
        const struct risk_row *row = &order->rows[order->leaving[walk->leave_end]];
        if (row->stratum != first->stratum || row->entry < walk->time) break;
        walk->leave_end++;
    }
    return true;
}
