#include "statistics/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

struct placed {
    double risk;
    uint32_t row;
};

static int by_risk(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->risk != y->risk) return x->risk < y->risk ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

struct ranking ranking_make(const double *risk, const uint8_t *lost, const uint32_t *cluster, size_t n,
                            size_t clusters, struct arena *arena) {
    struct placed *placed = memory_new((n + 1) * sizeof *placed);
    for (size_t i = 0; i < n; i++)
        placed[i] = (struct placed){risk[i], (uint32_t)i};
    qsort(placed, n, sizeof *placed, by_risk);
    struct ranking r = {.n = n,
                        .clusters = cluster ? clusters : n,
                        .row = arena_array(arena, n + 1, sizeof *r.row),
                        .cluster = arena_array(arena, n + 1, sizeof *r.cluster),
                        .flags = arena_alloc(arena, n + 1)};
    for (size_t i = 0; i < n; i++) {
        uint32_t row = placed[i].row;
        r.row[i] = row;
        r.cluster[i] = cluster ? cluster[row] : row;
        r.flags[i] = (uint8_t)((lost[row] ? RANKING_LOST : 0) |
                               (i + 1 == n || placed[i + 1].risk != placed[i].risk ? RANKING_LAST : 0));
        r.lost += lost[row] != 0;
    }
    free(placed);
    return r;
}

void ranking_split(const struct ranking *whole, const double *risk, const uint32_t *part, size_t parts,
                   struct arena *arena, struct ranking *out) {
    for (size_t p = 0; p < parts; p++)
        out[p] = (struct ranking){0};
    for (size_t i = 0; i < whole->n; i++)
        out[part[whole->row[i]]].n++;
    for (size_t p = 0; p < parts; p++) {
        out[p].row = arena_array(arena, out[p].n + 1, sizeof *out[p].row);
        out[p].cluster = arena_array(arena, out[p].n + 1, sizeof *out[p].cluster);
        out[p].flags = arena_alloc(arena, out[p].n + 1);
        out[p].n = 0;
    }
    for (size_t i = 0; i < whole->n; i++) {
        uint32_t row = whole->row[i];
        struct ranking *one = &out[part[row]];
        if (one->n && risk[one->row[one->n - 1]] == risk[row])
            one->flags[one->n - 1] &= (uint8_t)~RANKING_LAST;
        one->row[one->n] = row;
        one->cluster[one->n] = (uint32_t)one->clusters++;
        one->flags[one->n++] = whole->flags[i] | RANKING_LAST;
        one->lost += (whole->flags[i] & RANKING_LOST) != 0;
    }
}

double ranking_auc(const struct ranking *r) {
    double sum = 0, kept_below = 0, kept = 0, lost = 0;
    for (size_t i = 0; i < r->n; i++) {
        *(r->flags[i] & RANKING_LOST ? &lost : &kept) += 1;
        if (!(r->flags[i] & RANKING_LAST)) continue;
        sum += lost * (kept_below + kept / 2);
        kept_below += kept;
        kept = lost = 0;
    }
    double pairs = (double)r->lost * (double)(r->n - r->lost);
    return pairs > 0 ? sum / pairs : NAN;
}

double ranking_precision(const struct ranking *r, double capacity) {
    double room = fmin(capacity, (double)r->n), taken = room, lost = 0;
    if (!(room > 0)) return NAN;
    for (size_t to = r->n; to > 0 && room > 0;) {
        size_t from = to, group_lost = 0;
        do {
            from--;
            group_lost += (r->flags[from] & RANKING_LOST) != 0;
        } while (from > 0 && !(r->flags[from - 1] & RANKING_LAST));
        double size = (double)(to - from), part = room < size ? room / size : 1;
        lost += part * (double)group_lost;
        room -= size;
        to = from;
    }
    return lost / taken;
}

double ranking_lift(const struct ranking *r, double share) {
    if (!r->lost) return NAN;
    return ranking_precision(r, share * (double)r->n) / ((double)r->lost / (double)r->n);
}

double ranking_average_precision(const struct ranking *r) {
    double sum = 0, found = 0, before = 0;
    for (size_t i = r->n; i-- > 0;) {
        found += (r->flags[i] & RANKING_LOST) != 0;
        if (i > 0 && !(r->flags[i - 1] & RANKING_LAST)) continue; /* equal risks fall together */
        sum += (found - before) * found / (double)(r->n - i);
        before = found;
    }
    return r->lost ? sum / (double)r->lost : NAN;
}

size_t ranking_bins(const struct ranking *r, size_t most, size_t *first) {
    size_t count = 0;
    first[0] = 0;
    for (size_t i = 0, bin = 1; i < r->n; i++) {
        if (!(r->flags[i] & RANKING_LAST) || (i + 1) * most < bin * r->n) continue;
        first[++count] = i + 1;
        bin = (i + 1) * most / r->n + 1; /* many equal ones may fill the place of several bins */
    }
    return count;
}

/* ---- samples ---- */

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Eight samples at a time: how often each of them drew a cluster lies side by side. */
typedef uint32_t lanes_int __attribute__((vector_size(RANKING_LANES * 4)));
typedef double lanes_double __attribute__((vector_size(RANKING_LANES * 8)));
typedef uint8_t lanes_byte __attribute__((vector_size(RANKING_LANES)));

/* How often a sample draws a cluster: Poisson with mean 1, in 256ths (its mean and variance are 1.004). */
static void fill_counts(uint8_t counts[256]) {
    static const uint8_t ends[] = {94, 188, 235, 251, 255};
    uint8_t count = 0;
    for (int i = 0; i < 256; i++) {
        while (count < sizeof ends && i >= ends[count])
            count++;
        counts[i] = count;
    }
}

static void draw(uint8_t *drawn, size_t clusters, size_t first) {
    uint8_t counts[256];
    fill_counts(counts);
    uint64_t state = 0x76616661ull * (first + 1);
    for (size_t i = 0; i < clusters; i++) {
        uint64_t random = splitmix(&state);
        for (size_t lane = 0; lane < RANKING_LANES; lane++, random >>= 8)
            drawn[i * RANKING_LANES + lane] = counts[random & 255];
    }
}

static inline __attribute__((always_inline)) void auc_lanes(const struct ranking *r, const uint8_t *drawn,
                                                            double *auc) {
    lanes_int below = {0}, kept = {0}, lost = {0}, all_lost = {0};
    lanes_double sum = {0};
    bool any_lost = false;
    for (size_t i = 0; i < r->n; i++) {
        lanes_byte bytes;
        memcpy(&bytes, drawn + (size_t)r->cluster[i] * RANKING_LANES, sizeof bytes);
        lanes_int weight = __builtin_convertvector(bytes, lanes_int);
        uint8_t flags = r->flags[i];
        if (flags & RANKING_LOST) {
            lost += weight;
            any_lost = true;
        } else {
            kept += weight;
        }
        if (!(flags & RANKING_LAST)) continue;
        if (any_lost) {
            sum += __builtin_convertvector(lost, lanes_double) *
                   (__builtin_convertvector(below, lanes_double) +
                    __builtin_convertvector(kept, lanes_double) / 2);
            all_lost += lost;
            lost ^= lost;
            any_lost = false;
        }
        below += kept;
        kept ^= kept;
    }
    sum /= __builtin_convertvector(all_lost, lanes_double) * __builtin_convertvector(below, lanes_double);
    memcpy(auc, &sum, sizeof sum); /* 0 ÷ 0 is NaN */
}

static void auc_lanes_plain(const struct ranking *r, const uint8_t *drawn, double *auc) {
    auc_lanes(r, drawn, auc);
}
#if defined(__x86_64__)
static __attribute__((target("avx2"))) void auc_lanes_wide(const struct ranking *r, const uint8_t *drawn,
                                                           double *auc) {
    auc_lanes(r, drawn, auc);
}
static bool has_wide(void) {
    return __builtin_cpu_supports("avx2");
}
#else
#define auc_lanes_wide auc_lanes_plain
static bool has_wide(void) {
    return false;
}
#endif

void ranking_bootstrap(const struct ranking *rankings, size_t count, size_t replicates, double *auc) {
    size_t clusters = 0;
    for (size_t k = 0; k < count; k++)
        if (rankings[k].clusters > clusters) clusters = rankings[k].clusters;
    uint8_t *drawn = memory_new(clusters * RANKING_LANES + 1);
    for (size_t first = 0; first < replicates; first += RANKING_LANES) {
        draw(drawn, clusters, first);
        for (size_t k = 0; k < count; k++) {
            double got[RANKING_LANES];
            (has_wide() ? auc_lanes_wide : auc_lanes_plain)(&rankings[k], drawn, got);
            for (size_t lane = 0; lane < RANKING_LANES && first + lane < replicates; lane++)
                auc[k * replicates + first + lane] = got[lane];
        }
    }
    free(drawn);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct interval interval_of(const double *values, size_t n, struct arena *scratch) {
    double *sorted = arena_array(scratch, n + 1, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) sorted[count++] = values[i];
    if (count < 2) return (struct interval){NAN, NAN};
    qsort(sorted, count, sizeof *sorted, by_value);
    double ends[2];
    for (int e = 0; e < 2; e++) { /* straight between the order statistics */
        double at = (e ? 0.975 : 0.025) * (double)(count - 1);
        size_t low = (size_t)at;
        ends[e] = low + 1 < count ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low])
                                  : sorted[low];
    }
    return (struct interval){ends[0], ends[1]};
}

/* ---- shares ---- */

double effective_cases(const uint8_t *lost, const uint32_t *cluster, size_t n, size_t clusters,
                       struct arena *scratch) {
    double *sums = arena_array(scratch, clusters + 1, sizeof *sums), total = 0, squares = 0;
    uint8_t *seen = arena_alloc(scratch, clusters + 1);
    size_t met = 0;
    for (size_t i = 0; i < n; i++)
        total += lost[i] != 0;
    double share = n ? total / (double)n : 0;
    for (size_t i = 0; i < n; i++) {
        sums[cluster[i]] += (lost[i] != 0) - share;
        met += !seen[cluster[i]];
        seen[cluster[i]] = 1;
    }
    for (size_t c = 0; c < clusters; c++)
        squares += sums[c] * sums[c];
    if (total == 0 || total == (double)n || met < 2) return (double)met;
    double effect = squares / ((double)n * share * (1 - share)) * (double)met / (double)(met - 1);
    return (double)n / fmax(effect, 1);
}

/* ---- probabilities ---- */

double log_loss(const double *probability, const uint8_t *lost, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double p = fmin(fmax(probability[i], 1e-12), 1 - 1e-12);
        sum -= log(lost[i] ? p : 1 - p);
    }
    return n ? sum / (double)n : NAN;
}

double brier(const double *probability, const uint8_t *lost, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double error = probability[i] - (lost[i] != 0);
        sum += error * error;
    }
    return n ? sum / (double)n : NAN;
}
