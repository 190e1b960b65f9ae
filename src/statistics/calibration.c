#include "statistics/calibration.h"

#include "statistics/logit.h"
#include "statistics/ranking.h"

#include <math.h>
#include <stdlib.h>

enum { BISECTIONS = 100 };

double calibration_chance(const struct calibration *c, double margin) {
    if (c->kind != CALIBRATION_ISOTONIC) return sigmoid(c->slope * margin + c->intercept);
    size_t low = 0, high = c->knots; /* the first knot at or above the margin */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->margin[middle] < margin)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return c->chance[0];
    if (low == c->knots) return c->chance[c->knots - 1];
    double part = (margin - c->margin[low - 1]) / (c->margin[low] - c->margin[low - 1]);
    return c->chance[low - 1] + part * (c->chance[low] - c->chance[low - 1]);
}

/* ---- fits ---- */

/* The mean chance rises with the shift: halved until the two ends meet. */
static double find_shift(const struct calibration_slice *slice) {
    double happened = 0, low = -50, high = 50;
    for (size_t i = 0; i < slice->n; i++) {
        happened += slice->outcome[i] != 0;
        low = fmin(low, -50 - slice->margin[i]);
        high = fmax(high, 50 - slice->margin[i]);
    }
    for (int s = 0; s < BISECTIONS && high - low > 1e-12; s++) {
        double middle = (low + high) / 2, sum = 0;
        for (size_t i = 0; i < slice->n; i++)
            sum += sigmoid(slice->margin[i] + middle);
        *(sum < happened ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

struct pair {
    double margin;
    uint32_t row;
};
static int by_margin(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    if (x->margin != y->margin) return x->margin < y->margin ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

struct step {
    double first, last; /* margins */
    double n, happened;
};

/* Pool adjacent violators: steps of equal margins, joined to the one before while they do not rise. */
static size_t pool(const struct calibration_slice *slice, struct step *steps) {
    struct pair *order = memory_new(slice->n * sizeof *order);
    size_t count = 0;
    for (size_t i = 0; i < slice->n; i++)
        order[i] = (struct pair){slice->margin[i], (uint32_t)i};
    qsort(order, slice->n, sizeof *order, by_margin);
    for (size_t i = 0; i < slice->n;) {
        struct step step = {order[i].margin, order[i].margin, 0, 0};
        for (; i < slice->n && order[i].margin == step.first; i++) {
            step.n++;
            step.happened += slice->outcome[order[i].row] != 0;
        }
        while (count && steps[count - 1].happened * step.n >= step.happened * steps[count - 1].n) {
            const struct step *before = &steps[--count];
            step =
                (struct step){before->first, step.last, before->n + step.n, before->happened + step.happened};
        }
        steps[count++] = step;
    }
    free(order);
    return count;
}

static void fit_steps(const struct calibration_slice *slice, struct arena *arena, struct calibration *ret) {
    struct step *steps = memory_new(slice->n * sizeof *steps);
    size_t count = pool(slice, steps);
    ret->margin = arena_array(arena, 2 * count, sizeof *ret->margin);
    ret->chance = arena_array(arena, 2 * count, sizeof *ret->chance);
    for (size_t s = 0; s < count; s++) {
        const struct step *step = &steps[s];
        double chance = step->happened / step->n;
        if (step->happened == 0) { /* the first */
            chance = 0.5 / (step->n + 1);
            if (s + 1 < count) chance = fmin(chance, steps[s + 1].happened / steps[s + 1].n);
        } else if (step->happened == step->n) { /* the last */
            chance = (step->n + 0.5) / (step->n + 1);
            if (s > 0) chance = fmax(chance, ret->chance[ret->knots - 1]);
        }
        for (int end = 0; end < (step->last > step->first ? 2 : 1); end++) {
            ret->margin[ret->knots] = end ? step->last : step->first;
            ret->chance[ret->knots++] = chance;
        }
    }
    free(steps);
}

static bool has_both(const struct calibration_slice *slice) {
    size_t happened = 0;
    for (size_t i = 0; i < slice->n; i++)
        happened += slice->outcome[i] != 0;
    return happened && happened < slice->n;
}

enum status calibration_fit(enum calibration_kind kind, const struct calibration_slice *slice,
                            struct arena *arena, struct calibration *ret, struct problem *problem) {
    *ret = (struct calibration){.kind = kind, .slope = 1};
    if (kind == CALIBRATION_NONE) return OK;
    /* Platt's fit is the check of what all need: both outcomes, finite margins. */
    const double one = 1;
    const uint8_t rises = LOGIT_RISES;
    struct logit line;
    struct logit_options options = {
        .pull = slice->n ? 1 / (double)slice->n : 0, .towards = &one, .signs = &rises};
    enum status status = logit_fit(&(struct logit_data){slice->margin, slice->outcome, slice->n, 1}, &options,
                                   arena, &line, problem);
    if (status) return status;
    if (kind == CALIBRATION_SHIFT) ret->intercept = find_shift(slice);
    if (kind == CALIBRATION_ISOTONIC) fit_steps(slice, arena, ret);
    if (kind == CALIBRATION_PLATT) {
        ret->slope = line.weight[0];
        ret->intercept = line.intercept;
    }
    return OK;
}

/* ---- the choice ---- */

/* The mean of what a calibrator saves over the plain chances, less its standard error; *loss: its log loss.
 */
static double sure_gain(const struct calibration *calibration, const struct calibration_slice *slice,
                        double *loss) {
    size_t groups = slice->cluster ? slice->clusters : slice->n;
    double *gain = memory_new((slice->n + 1) * sizeof *gain), *sum = memory_new((groups + 1) * sizeof *sum);
    double mean = 0, squares = 0, n = (double)slice->n;
    *loss = 0;
    for (size_t i = 0; i < slice->n; i++) {
        double plain = sigmoid(slice->margin[i]), set = calibration_chance(calibration, slice->margin[i]),
               here = log_loss(&set, slice->outcome + i, 1);
        gain[i] = log_loss(&plain, slice->outcome + i, 1) - here;
        *loss += here / n;
        mean += gain[i] / n;
    }
    for (size_t i = 0; i < slice->n; i++)
        sum[slice->cluster ? slice->cluster[i] : i] += gain[i] - mean;
    for (size_t g = 0; g < groups; g++)
        squares += sum[g] * sum[g];
    free(gain);
    free(sum);
    return n > 1 ? mean - sqrt(squares) / n : -INFINITY;
}

enum status calibration_choose(const struct calibration_slice *earlier, const struct calibration_slice *later,
                               struct arena *arena, struct calibration_choice *ret, struct problem *problem) {
    enum calibration_kind won = CALIBRATION_NONE;
    struct calibration fitted[CALIBRATION_KINDS];
    for (int kind = 0; kind < CALIBRATION_KINDS; kind++) {
        ret->log_loss[kind] = NAN;
        if (kind == CALIBRATION_ISOTONIC && earlier->n < CALIBRATION_ISOTONIC_LEAST) continue;
        enum status status =
            calibration_fit((enum calibration_kind)kind, earlier, arena, &fitted[kind], problem);
        if (status) return status;
        if (!later->n) continue;
        double gain = sure_gain(&fitted[kind], later, &ret->log_loss[kind]);
        if (kind >= CALIBRATION_PLATT && gain > 0 && ret->log_loss[kind] < ret->log_loss[won])
            won = (enum calibration_kind)kind;
    }
    ret->calibration = fitted[won];
    if (won == CALIBRATION_NONE && has_both(later))
        return calibration_fit(CALIBRATION_SHIFT, later, arena, &ret->calibration, problem);
    return OK;
}
