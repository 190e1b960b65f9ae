/* Scores of all accounts, in blocks of rows that stay in the cache. */
#include "insight/scorecard_code.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 256 };

/* ---- points ---- */

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct peer_values *scorecard_peers(const struct scorecard *card, const struct column *columns,
                                    const uint8_t *const *masks, size_t n, struct arena *arena) {
    struct peer_values *peers = arena_array(arena, card->measure_count, sizeof *peers);
    for (size_t m = 0; m < card->measure_count; m++) {
        if (card->measures[m].points != POINTS_PERCENTILE) continue;
        const struct column *column = &columns[card->measures[m].need];
        const uint8_t *mask = masks ? masks[m] : NULL;
        peers[m].v = arena_array(arena, n, sizeof *peers[m].v);
        for (size_t i = 0; i < n; i++)
            if (column->state[i] == FACT_KNOWN && !isnan(column->number[i]) && (!mask || mask[i]))
                peers[m].v[peers[m].n++] = column->number[i];
        qsort(peers[m].v, peers[m].n, sizeof *peers[m].v, compare_numbers);
    }
    return peers;
}

/* How many peers lie below x, and how many below or at it. */
static size_t rank(const struct peer_values *peers, double x, bool with_equal) {
    size_t low = 0, high = peers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (peers->v[middle] < x || (with_equal && peers->v[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double percentile(const struct measure *measure, double x, const struct peer_values *peers) {
    if (!peers || !peers->n) return NAN;
    double points = 50.0 * (double)(rank(peers, x, false) + rank(peers, x, true)) / (double)peers->n;
    return measure->lower_is_better ? 100 - points : points;
}

static double slope_behind(const struct measure *measure, size_t step) {
    if (measure->points == POINTS_BANDS || step + 1 == measure->steps) return 0;
    return (measure->y[step + 1] - measure->y[step]) / (measure->x[step + 1] - measure->x[step]);
}

double measure_points(const struct measure *measure, double value, const struct peer_values *peers) {
    if (measure->points == POINTS_PERCENTILE) return percentile(measure, value, peers);
    double first = measure->x[0], last = measure->x[measure->steps - 1];
    double x = value < first  ? first
               : value > last ? last
                              : value; /* outside it is flat; and infinity × 0 is no number */
    size_t step = 0;
    while (step + 1 < measure->steps && x >= measure->x[step + 1])
        step++;
    return measure->y[step] + slope_behind(measure, step) * (x - measure->x[step]);
}

/* ---- blocks ---- */

struct block {
    double group_sum[BLOCK], group_weight[BLOCK];
    double sum[BLOCK], weight[BLOCK];
    double known_share[BLOCK], applicable_share[BLOCK];
};

/* A measure's columns from the first row of a block. */
struct rows {
    const double *number, *carried;
    const uint8_t *state, *carried_state;
    const int32_t *carried_age;
    bool carries;
};

/* Four rows at a time. The types are lowered to what the processor has; memcpy reads what is not aligned. */
enum { LANES = 4 };
typedef double lanes_double __attribute__((vector_size(LANES * 8)));
typedef int64_t lanes_int __attribute__((vector_size(LANES * 8)));
typedef int32_t lanes_int32 __attribute__((vector_size(LANES * 4)));
typedef uint8_t lanes_byte __attribute__((vector_size(LANES)));
#define LOAD(type, from)                                                                                     \
    ({                                                                                                       \
        type loaded;                                                                                         \
        memcpy(&loaded, (from), sizeof loaded);                                                              \
        loaded;                                                                                              \
    })
#define SELECT(mask, yes, no) ((lanes_double)(((mask) & (lanes_int)(yes)) | (~(mask) & (lanes_int)(no))))
#define ADD(array, i, term)                                                                                  \
    do {                                                                                                     \
        lanes_double added = LOAD(lanes_double, (array) + (i)) + (term);                                     \
        memcpy((array) + (i), &added, sizeof added);                                                         \
    } while (0)

/* The same arithmetic as measure_points and measure_judge, without branches, for bands and lines. n is a
 * multiple of LANES. */
static inline __attribute__((always_inline)) void
add_lanes(const struct measure *measure, const struct rows *rows, size_t n, struct block *b) {
    double slope[SCORECARD_MAX_STEPS];
    for (size_t s = 0; s < measure->steps; s++)
        slope[s] = slope_behind(measure, s);
    lanes_double zero = {0}, first = zero + measure->x[0], last = zero + measure->x[measure->steps - 1];
    lanes_double instead = zero + (measure->missing == MISSING_NEUTRAL ? 50.0 : 0.0);
    lanes_double weight = zero + measure->weight, share = zero + measure->full_share;
    lanes_int substitute =
        (lanes_int){0} - (int64_t)(measure->missing == MISSING_ZERO || measure->missing == MISSING_NEUTRAL);
    for (size_t i = 0; i < n; i += LANES) {
        lanes_double x = LOAD(lanes_double, rows->number + i);
        lanes_int state = __builtin_convertvector(LOAD(lanes_byte, rows->state + i), lanes_int);
        lanes_int applicable = state != FACT_NOT_APPLICABLE, known = (state == FACT_KNOWN) & (x == x);
        if (rows->carries) {
            lanes_double old = LOAD(lanes_double, rows->carried + i);
            lanes_int there =
                __builtin_convertvector(LOAD(lanes_byte, rows->carried_state + i), lanes_int) == FACT_KNOWN;
            lanes_int young = __builtin_convertvector(LOAD(lanes_int32, rows->carried_age + i), lanes_int) <=
                              measure->carry_days;
            lanes_int taken = ~known & applicable & there & young & (old == old);
            x = SELECT(taken, old, x);
            known |= taken;
        }
        x = SELECT(x < first, first, x);
        x = SELECT(x > last, last, x);
        lanes_double points = measure->y[0] + slope[0] * (x - first);
        for (size_t s = 1; s < measure->steps; s++)
            points = SELECT(x >= measure->x[s], measure->y[s] + slope[s] * (x - measure->x[s]), points);
        points = SELECT(known, points, instead);
        lanes_int counts = known | (applicable & substitute);
        ADD(b->group_sum, i, (lanes_double)(counts & (lanes_int)(weight * points)));
        ADD(b->group_weight, i, (lanes_double)(counts & (lanes_int)weight));
        ADD(b->known_share, i, (lanes_double)(known & (lanes_int)share));
        ADD(b->applicable_share, i, (lanes_double)(applicable & (lanes_int)share));
    }
}

static void add_lanes_plain(const struct measure *measure, const struct rows *rows, size_t n,
                            struct block *b) {
    add_lanes(measure, rows, n, b);
}
#if defined(__x86_64__)
static __attribute__((target("avx2"))) void
add_lanes_wide(const struct measure *measure, const struct rows *rows, size_t n, struct block *b) {
    add_lanes(measure, rows, n, b);
}
static bool has_wide(void) {
    return __builtin_cpu_supports("avx2");
}
#else
#define add_lanes_wide add_lanes_plain
static bool has_wide(void) {
    return false;
}
#endif

static struct measure_seen see(const struct column *column, const struct column *carried, size_t row) {
    struct measure_seen seen = {.state = (enum fact_state)column->state[row],
                                .value = column->state[row] == FACT_KNOWN ? column->number[row] : NAN,
                                .cause = column->cause[row],
                                .age_days = column->age_days[row],
                                .carried = NAN,
                                .carried_age = -1};
    if (carried && carried->state && carried->state[row] == FACT_KNOWN && !isnan(carried->number[row])) {
        seen.has_carried = true;
        seen.carried = carried->number[row];
        seen.carried_age = carried->age_days[row];
    }
    return seen;
}

static void add_measure(const struct measure *measure, const struct column *column,
                        const struct column *carried, const struct peer_values *peers, size_t first, size_t n,
                        struct block *b) {
    struct rows rows = {.number = column->number + first, .state = column->state + first};
    rows.carries = measure->missing == MISSING_CARRY && carried && carried->state;
    if (rows.carries) {
        rows.carried = carried->number + first;
        rows.carried_state = carried->state + first;
        rows.carried_age = carried->age_days + first;
    }
    size_t done = measure->points == POINTS_PERCENTILE ? 0 : n - n % LANES;
    if (done) (has_wide() ? add_lanes_wide : add_lanes_plain)(measure, &rows, done, b);
    for (size_t i = done; i < n; i++) { /* percentiles, and the last rows of all */
        struct measure_seen seen = see(column, carried, first + i);
        struct measure_result result;
        measure_judge(measure, &seen, peers, &result);
        if (result.counted <= COUNTED_NEUTRAL) {
            b->group_sum[i] += measure->weight * result.points;
            b->group_weight[i] += measure->weight;
        }
        if (result.counted <= COUNTED_CARRIED) b->known_share[i] += measure->full_share;
        if (result.counted != NOT_APPLICABLE) b->applicable_share[i] += measure->full_share;
    }
}

static void block_scores(const struct scorecard *card, const struct scorecard_input *input, size_t first,
                         size_t n, struct block *b, const struct scorecard_output *out) {
    memset(b, 0, sizeof *b);
    for (size_t g = 0; g < card->group_count; g++) {
        const struct measure_group *group = &card->groups[g];
        memset(b->group_sum, 0, sizeof b->group_sum);
        memset(b->group_weight, 0, sizeof b->group_weight);
        for (uint32_t k = 0; k < group->count; k++) {
            uint32_t m = group->first + k;
            add_measure(&card->measures[m], &input->columns[card->measures[m].need],
                        input->carried ? &input->carried[m] : NULL, input->peers ? &input->peers[m] : NULL,
                        first, n, b);
        }
        for (size_t i = 0; i < n; i++) {
            bool any = b->group_weight[i] > 0;
            b->sum[i] += any ? group->weight * (b->group_sum[i] / b->group_weight[i]) : 0;
            b->weight[i] += any ? group->weight : 0;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out->score[first + i] = b->known_share[i] > 0 ? b->sum[i] / b->weight[i] : NAN;
        out->coverage[first + i] =
            b->applicable_share[i] > 0 ? b->known_share[i] / b->applicable_share[i] : 0;
    }
}

/* ---- after the measures ---- */

/* A score after an exception; NaN stays NaN under cap and floor. */
static double excepted(const struct exception *exception, double score) {
    switch (exception->kind) {
    case EXCEPTION_SET:
        return exception->value;
    case EXCEPTION_CAP:
        return score > exception->value ? exception->value : score;
    case EXCEPTION_FLOOR:
        return score < exception->value ? exception->value : score;
    }
    return score;
}

static double clamped(double score) {
    return score < 0 ? 0 : score > 100 ? 100 : score;
}

static uint8_t band_of(const struct scorecard *card, double score, double coverage, bool decided) {
    if (isnan(score) || (!decided && coverage < card->minimum_coverage - 1e-12)) return BAND_UNKNOWN;
    size_t band = 0;
    while (score >= card->bands[band].below)
        band++; /* the last edge is infinity */
    return (uint8_t)band;
}

void scorecard_evaluate(const struct scorecard *card, const struct scorecard_input *input, size_t n,
                        struct arena *scratch, const struct scorecard_output *out) {
    struct block *block = arena_alloc(scratch, sizeof *block);
    for (size_t first = 0; first < n; first += BLOCK)
        block_scores(card, input, first, n - first < BLOCK ? n - first : BLOCK, block, out);
    uint8_t *decided = arena_alloc(scratch, n), *truth = arena_alloc(scratch, n);
    for (size_t e = 0; e < card->exception_count; e++) {
        const struct exception *exception = &card->exceptions[e];
        rule_evaluate(exception->rule, input->columns, input->today, n, scratch, truth);
        for (size_t i = 0; i < n; i++) {
            if (truth[i] != TRUTH_TRUE) continue;
            out->score[i] = excepted(exception, out->score[i]);
            decided[i] |= exception->kind == EXCEPTION_SET;
        }
    }
    for (size_t i = 0; i < n; i++) {
        bool overridden = input->overrides && !isnan(input->overrides[i]);
        if (overridden) out->score[i] = input->overrides[i];
        out->score[i] = clamped(out->score[i]);
        out->band[i] = band_of(card, out->score[i], out->coverage[i], decided[i] || overridden);
    }
}

void scorecard_choose(const struct scorecard *const *cards, const struct column *const *columns, size_t count,
                      day_t today, size_t n, struct arena *scratch, int32_t *out) {
    int32_t fallback = -1;
    for (size_t c = count; c-- > 0;)
        if (!cards[c]->applies_rule) fallback = (int32_t)c;
    for (size_t i = 0; i < n; i++)
        out[i] = fallback;
    uint8_t *truth = arena_alloc(scratch, n);
    for (size_t c = count; c-- > 0;) { /* the first one is written last */
        if (!cards[c]->applies_rule) continue;
        rule_evaluate(cards[c]->applies_rule, columns[c], today, n, scratch, truth);
        for (size_t i = 0; i < n; i++)
            if (truth[i] == TRUTH_TRUE) out[i] = (int32_t)c;
    }
}

/* ---- one account ---- */

void measure_judge(const struct measure *measure, const struct measure_seen *seen,
                   const struct peer_values *peers, struct measure_result *out) {
    bool ranked = measure->points != POINTS_PERCENTILE || (peers && peers->n);
    *out = (struct measure_result){.seen = *seen, .counted = LEFT_OUT, .value = NAN, .points = NAN};
    if (seen->state == FACT_NOT_APPLICABLE) {
        out->counted = NOT_APPLICABLE;
    } else if (ranked && seen->state == FACT_KNOWN && !isnan(seen->value)) {
        out->counted = COUNTED_KNOWN;
        out->value = seen->value;
    } else if (ranked && measure->missing == MISSING_CARRY && seen->has_carried &&
               seen->carried_age <= measure->carry_days) {
        out->counted = COUNTED_CARRIED;
        out->value = seen->carried;
    } else if (measure->missing == MISSING_ZERO || measure->missing == MISSING_NEUTRAL) {
        out->counted = measure->missing == MISSING_ZERO ? COUNTED_ZERO : COUNTED_NEUTRAL;
        out->points = measure->missing == MISSING_ZERO ? 0 : 50;
    }
    if (!isnan(out->value)) out->points = measure_points(measure, out->value, peers);
}

double measures_weigh(const struct scorecard *card, struct measure_result *results, double *coverage,
                      bool *known) {
    double group_weight[SCORECARD_MAX_GROUPS] = {0}, weight = 0, known_share = 0, applicable_share = 0,
           score = 0;
    for (size_t m = 0; m < card->measure_count; m++) {
        const struct measure *measure = &card->measures[m];
        enum counted counted = results[m].counted;
        if (counted <= COUNTED_NEUTRAL) group_weight[measure->group] += measure->weight;
        if (counted <= COUNTED_CARRIED) known_share += measure->full_share;
        if (counted != NOT_APPLICABLE) applicable_share += measure->full_share;
    }
    for (size_t g = 0; g < card->group_count; g++)
        if (group_weight[g] > 0) weight += card->groups[g].weight;
    *known = known_share > 0;
    *coverage = applicable_share > 0 ? known_share / applicable_share : 0;
    for (size_t m = 0; m < card->measure_count; m++) {
        const struct measure *measure = &card->measures[m];
        results[m].share = results[m].contribution = 0;
        if (results[m].counted > COUNTED_NEUTRAL) continue;
        results[m].share =
            card->groups[measure->group].weight / weight * (measure->weight / group_weight[measure->group]);
        if (*known) results[m].contribution = results[m].share * results[m].points;
        score += results[m].contribution;
    }
    return score;
}

static void settle(const struct scorecard *card, const struct scorecard_input *input, size_t row, bool known,
                   struct arena *arena, struct scorecard_result *out) {
    /* Without a score the sum of what came before is 0, so that the contributions still sum to the score. */
    bool decided = false;
    double score = known ? out->measured : NAN;
    for (size_t e = 0; e < card->exception_count; e++) {
        out->exceptions[e].truth =
            rule_truth(card->exceptions[e].rule, input->columns, input->today, row, arena);
        if (out->exceptions[e].truth != TRUTH_TRUE) continue;
        double after = excepted(&card->exceptions[e], score);
        if (!isnan(after)) out->exceptions[e].contribution = after - (isnan(score) ? 0 : score);
        decided |= card->exceptions[e].kind == EXCEPTION_SET;
        score = after;
    }
    out->overridden = input->overrides && !isnan(input->overrides[row]);
    if (out->overridden) {
        out->override_contribution = input->overrides[row] - (isnan(score) ? 0 : score);
        score = input->overrides[row];
    }
    out->has_score = !isnan(score);
    if (out->has_score) out->clamp_contribution = clamped(score) - score;
    out->score = clamped(score);
    out->band = band_of(card, out->score, out->coverage, decided || out->overridden);
}

void scorecard_explain(const struct scorecard *card, const struct scorecard_input *input, size_t row,
                       struct arena *arena, struct scorecard_result *out) {
    *out = (struct scorecard_result){.card = card};
    out->measures = arena_array(arena, card->measure_count, sizeof *out->measures);
    out->exceptions = arena_array(arena, card->exception_count, sizeof *out->exceptions);
    for (size_t m = 0; m < card->measure_count; m++) {
        struct measure_seen seen =
            see(&input->columns[card->measures[m].need], input->carried ? &input->carried[m] : NULL, row);
        measure_judge(&card->measures[m], &seen, input->peers ? &input->peers[m] : NULL, &out->measures[m]);
    }
    bool known;
    out->measured = measures_weigh(card, out->measures, &out->coverage, &known);
    settle(card, input, row, known, arena, out);
}

/* ---- rounding ---- */

void scorecard_round(const double *values, size_t n, int decimals, double *out) {
    double scale = pow(10, decimals), sum = 0, floors = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i] * scale;
        out[i] = floor(values[i] * scale);
        floors += out[i];
    }
    for (double left = round(sum) - floors; left > 0.5; left--) {
        size_t best = n;
        double most = -1;
        for (size_t i = 0; i < n; i++) {
            double remainder = values[i] * scale - out[i]; /* negative once it was rounded up */
            if (remainder > most + 1e-12) most = remainder, best = i;
        }
        if (best == n) break;
        out[best]++;
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= scale;
}
