#include "statistics/scoring.h"

#include <math.h>
#include <stdlib.h>

static void add_case(struct calibration_bin *bin, double chance, bool happened) {
    bin->n++;
    bin->happened += happened;
    bin->said += chance;
}

static void finish(struct calibration_bin *bin) {
    double n = (double)bin->n;
    bin->said = bin->n ? bin->said / n : NAN;
    bin->share = bin->n ? (double)bin->happened / n : NAN;
    bin->interval = proportion_wilson((double)bin->happened, n);
}

void calibration_bins_by_width(const double *chance, const uint8_t *outcome, size_t n,
                               struct calibration_bin *bins, size_t count) {
    for (size_t b = 0; b < count; b++)
        bins[b] = (struct calibration_bin){.from = (double)b / (double)count,
                                           .to = (double)(b + 1) / (double)count};
    for (size_t i = 0; i < n; i++) {
        size_t b = (size_t)(chance[i] * (double)count);
        add_case(&bins[b < count ? b : count - 1], chance[i], outcome[i]);
    }
    for (size_t b = 0; b < count; b++)
        finish(&bins[b]);
}

size_t calibration_bins_by_count(const struct ranking *r, const double *chance, struct calibration_bin *bins,
                                 size_t most, struct arena *scratch) {
    size_t *first = arena_array(scratch, most + 1, sizeof *first), count = ranking_bins(r, most, first);
    for (size_t b = 0; b < count; b++) {
        bins[b] = (struct calibration_bin){.from = chance[r->row[first[b]]],
                                           .to = chance[r->row[first[b + 1] - (b + 1 == count)]]};
        for (size_t i = first[b]; i < first[b + 1]; i++)
            add_case(&bins[b], chance[r->row[i]], r->flags[i] & RANKING_LOST);
        finish(&bins[b]);
    }
    return count;
}

double calibration_error(const struct calibration_bin *bins, size_t count) {
    double sum = 0, n = 0;
    for (size_t b = 0; b < count; b++) {
        if (!bins[b].n) continue;
        sum += (double)bins[b].n * fabs(bins[b].said - bins[b].share);
        n += (double)bins[b].n;
    }
    return sum / n;
}

/* ---- drift ---- */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Cases by bin: bin b holds values ≤ edge[b] (and above the one before); the last two hold what is above all
 * edges, and what is missing. */
static void count_values(const double *values, size_t n, const double *edge, size_t edges, double *counts) {
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = edges;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (edge[middle] < values[i])
                low = middle + 1;
            else
                high = middle;
        }
        counts[isnan(values[i]) ? edges + 1 : low]++;
    }
}

double stability_index(const double *reference, size_t n, const double *now, size_t m, size_t bins,
                       struct arena *scratch) {
    if (!n || !m || !bins) return NAN;
    double *sorted = arena_array(scratch, n, sizeof *sorted),
           *edge = arena_array(scratch, bins, sizeof *edge),
           *was_in = arena_array(scratch, bins + 2, sizeof *was_in),
           *now_in = arena_array(scratch, bins + 2, sizeof *now_in), sum = 0;
    size_t known = 0, edges = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(reference[i])) sorted[known++] = reference[i];
    qsort(sorted, known, sizeof *sorted, by_value);
    for (size_t b = 1; b < bins && known; b++) {
        double at = sorted[b * known / bins ? b * known / bins - 1 : 0];
        if (at < sorted[known - 1] && (!edges || at > edge[edges - 1])) edge[edges++] = at;
    }
    count_values(reference, n, edge, edges, was_in);
    count_values(now, m, edge, edges, now_in);
    for (size_t b = 0; b < edges + 2; b++) {
        double was = (was_in[b] + 0.5) / ((double)n + 0.5 * (double)(edges + 2)),
               is = (now_in[b] + 0.5) / ((double)m + 0.5 * (double)(edges + 2));
        sum += (is - was) * log(is / was);
    }
    return sum;
}
