#include "predict/trial.h"

#include "base/vec.h"
#include "statistics/scoring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many standard errors below the share of all is skill: one is chance too often. */
#define SKILL_ERRORS 2

/* ---- origins ---- */

/* Rows whose outcome was known by a day: they come first. */
static size_t known_by(const struct trial_rows *rows, day_t day) {
    size_t n = 0;
    while (n < rows->rows.n && rows->day[n] + rows->ripe <= day)
        n++;
    return n;
}
static size_t begin_of(const struct trial_rows *rows, day_t day) {
    size_t n = 0;
    while (n < rows->rows.n && rows->day[n] < day)
        n++;
    return n;
}
static size_t lost_among(const struct trial_rows *rows, size_t n) {
    size_t lost = 0;
    for (size_t i = 0; i < n; i++)
        lost += rows->rows.lost[i];
    return lost;
}

/* Among rows [from, to): each loss once. */
static size_t losses_among(const struct trial_rows *rows, size_t from, size_t to) {
    const uint8_t *counts = rows->first_of_loss ? rows->first_of_loss : rows->rows.lost;
    size_t losses = 0;
    for (size_t i = from; i < to; i++)
        losses += counts[i];
    return losses;
}

struct block { /* rows [from, to) are asked, having learnt from the first `learnt` */
    size_t learnt, from, to;
};
struct plan {
    struct block blocks[TRIAL_BLOCKS];
    size_t n;
    bool boosting;
};

/* Days from which one can be asked about: enough was over by then. */
static size_t testable(const struct trial_rows *rows, size_t least_rows, size_t least_lost, day_t *days,
                       size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < rows->rows.n; i++) {
        if (i && rows->day[i] == rows->day[i - 1]) continue;
        size_t learnt = known_by(rows, rows->day[i]), lost = lost_among(rows, learnt);
        if (learnt >= least_rows && lost >= least_lost && lost < learnt &&
            losses_among(rows, 0, learnt) >= TRIAL_LEAST_LOST && n < most)
            days[n++] = rows->day[i];
    }
    return n;
}

static void plan_blocks(const struct trial_rows *rows, const struct trial_options *options,
                        struct plan *plan) {
    enum { MOST_DAYS = 1000 };
    day_t days[MOST_DAYS];
    *plan = (struct plan){0};
    if (options->test_from != INT32_MIN) {
        size_t learnt = known_by(rows, options->test_from), lost = lost_among(rows, learnt),
               from = begin_of(rows, options->test_from);
        if (losses_among(rows, 0, learnt) < TRIAL_LEAST_LOST || lost == learnt || from == rows->rows.n)
            return;
        plan->blocks[plan->n++] = (struct block){learnt, from, rows->rows.n};
        plan->boosting = lost > TRIAL_BOOSTING_LOST && learnt > TRIAL_BOOSTING_ROWS;
        return;
    }
    size_t n = testable(rows, TRIAL_BOOSTING_ROWS + 1, TRIAL_BOOSTING_LOST + 1, days, MOST_DAYS);
    plan->boosting = n >= TRIAL_LEAST_ORIGINS;
    if (!plan->boosting) n = testable(rows, 1, TRIAL_LEAST_LOST, days, MOST_DAYS);
    if (n < TRIAL_LEAST_ORIGINS) return;
    plan->n = n < TRIAL_BLOCKS ? n : TRIAL_BLOCKS;
    for (size_t b = 0; b < plan->n; b++) {
        size_t first = b * n / plan->n, next = (b + 1) * n / plan->n;
        plan->blocks[b] = (struct block){known_by(rows, days[first]), begin_of(rows, days[first]),
                                         next < n ? begin_of(rows, days[next]) : rows->rows.n};
    }
}

/* ---- asking ---- */

static enum status ask(const struct trial_rows *rows, const struct trial_options *options,
                       const struct block *block, enum learner_kind kind, double *margins,
                       struct problem *problem) {
    struct arena scratch = {0};
    struct learner learner;
    struct learner_rows learnt = rows->rows;
    learnt.n = block->learnt;
    enum status status = learner_train(kind, &learnt, options->threads, &scratch, &learner, problem);
    if (!status) {
        learner_margins(&learner, rows->rows.x + block->from * rows->rows.p, block->to - block->from,
                        options->threads, margins);
        learner_free(&learner);
    }
    arena_free(&scratch);
    if (!status && options->stopping && __atomic_load_n(options->stopping, __ATOMIC_ACQUIRE))
        status = fail(problem, UNAVAILABLE,
                      MESSAGE("trial_stopped", "Training was stopped.", "ساخت مدل متوقف شد."), NO_ARGS);
    return status;
}

static enum status ask_all(const struct trial_rows *rows, const struct trial_options *options,
                           const struct plan *plan, enum learner_kind kind, double *margins,
                           struct problem *problem) {
    enum status status = OK;
    for (size_t b = 0; b < plan->n && !status; b++) {
        status = ask(rows, options, &plan->blocks[b], kind, margins, problem);
        margins += plan->blocks[b].to - plan->blocks[b].from;
    }
    return status;
}

enum status trial_again(const struct trial_rows *rows, const struct trial_options *options,
                        enum learner_kind kind, struct arena *arena, double **chance,
                        struct problem *problem) {
    struct plan plan;
    size_t n = 0;
    plan_blocks(rows, options, &plan);
    for (size_t b = 0; b < plan.n; b++)
        n += plan.blocks[b].to - plan.blocks[b].from;
    *chance = arena_array(arena, n + 1, sizeof **chance);
    enum status status = ask_all(rows, options, &plan, kind, *chance, problem);
    for (size_t i = 0; i < n && !status; i++)
        (*chance)[i] = sigmoid((*chance)[i]);
    return status;
}

/* ---- scores ---- */

struct tested { /* the rows that were asked about, side by side */
    size_t n, clusters;
    uint8_t *lost;
    uint32_t *cluster;
};

static void put_bins(const struct tested *t, const double *chance, const struct ranking *ranking,
                     struct arena *scratch, struct trial_score *score) {
    size_t first[TRIAL_BINS + 1];
    uint8_t *lost = arena_alloc(scratch, t->n + 1);
    size_t most = t->n / TRIAL_BIN_ROWS;
    score->bin_count = ranking_bins(ranking, most < 2 ? 2 : most < TRIAL_BINS ? most : TRIAL_BINS, first);
    for (size_t b = 0; b < score->bin_count; b++) {
        struct trial_bin *bin = &score->bins[b];
        size_t n = first[b + 1] - first[b];
        *bin = (struct trial_bin){
            .rows = n, .from = chance[ranking->row[first[b]]], .to = chance[ranking->row[first[b + 1] - 1]]};
        uint32_t *cluster = arena_array(scratch, n + 1, sizeof *cluster),
                 *number = arena_array(scratch, t->clusters + 1, sizeof *number);
        uint32_t clusters = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t row = ranking->row[first[b] + i];
            if (!number[t->cluster[row]]) number[t->cluster[row]] = ++clusters;
            cluster[i] = number[t->cluster[row]] - 1;
            lost[i] = t->lost[row];
            bin->lost += lost[i];
            bin->mean += chance[row] / (double)n;
        }
        bin->rate = (double)bin->lost / (double)n;
        double cases = effective_cases(lost, cluster, n, clusters, scratch);
        bin->interval = proportion_wilson(bin->rate * cases, cases);
    }
}

static void score_one(const struct tested *t, const double *chance, double capacity,
                      struct trial_score *score) {
    struct arena scratch = {0};
    struct calibration_bin wide[10];
    struct ranking ranking = ranking_make(chance, t->lost, t->cluster, t->n, t->clusters, &scratch);
    double *samples = arena_array(&scratch, RANKING_REPLICATES, sizeof *samples);
    score->tried = true;
    score->auc = ranking_auc(&ranking);
    ranking_bootstrap(&ranking, 1, RANKING_REPLICATES, samples);
    score->auc_interval = interval_of(samples, RANKING_REPLICATES, &scratch);
    score->pr_auc = ranking_average_precision(&ranking);
    score->log_loss = log_loss(chance, t->lost, t->n);
    score->brier = brier(chance, t->lost, t->n);
    calibration_bins_by_width(chance, t->lost, t->n, wide, COUNT(wide));
    score->ece = calibration_error(wide, COUNT(wide));
    score->lift = ranking_lift(&ranking, 0.1);
    score->precision = ranking_precision(&ranking, capacity * (double)t->n);
    put_bins(t, chance, &ranking, &scratch, score);
    arena_free(&scratch);
}

static double loss_of(double chance, uint8_t lost) {
    double p = fmin(fmax(chance, 1e-12), 1 - 1e-12);
    return -log(lost ? p : 1 - p);
}

struct trial_difference trial_compare(const double *a, const double *b, const uint8_t *lost,
                                      const uint32_t *cluster, size_t n, size_t clusters) {
    double *sum = memory_new((clusters + 1) * sizeof *sum), mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += (loss_of(a[i], lost[i]) - loss_of(b[i], lost[i])) / (double)n;
    for (size_t i = 0; i < n; i++)
        sum[cluster[i]] += loss_of(a[i], lost[i]) - loss_of(b[i], lost[i]) - mean;
    for (size_t c = 0; c < clusters; c++)
        squares += sum[c] * sum[c];
    free(sum);
    return (struct trial_difference){mean, n ? sqrt(squares) / (double)n : NAN};
}

static void choose(const struct tested *t, double *const *chance, struct trial *ret) {
    for (int k = 0; k < LEARNERS; k++)
        if (ret->scores[k].tried && ret->scores[k].log_loss < ret->scores[ret->best].log_loss)
            ret->best = (enum learner_kind)k;
    ret->chosen = ret->best;
    for (int k = LEARNERS - 1; k >= 0; k--) {
        struct trial_score *score = &ret->scores[k];
        if (!score->tried) continue;
        struct trial_difference over =
            trial_compare(chance[k], chance[ret->best], t->lost, t->cluster, t->n, t->clusters);
        score->over_best = over.mean;
        score->over_best_error = over.error;
        double within = k == LEARNER_PRIOR ? SKILL_ERRORS * score->over_best_error : score->over_best_error;
        if (k < (int)ret->chosen && score->over_best <= within) ret->chosen = (enum learner_kind)k;
    }
    if (ret->chosen == LEARNER_PRIOR) ret->state = TRIAL_NO_SKILL;
}

/* Fitted on the earlier half of what was asked, as far as it was over when the later half begins; kept where
 * it wins there. */
static enum status calibrate(const struct trial_rows *rows, const struct tested *t, struct trial *ret,
                             struct arena *arena, struct problem *problem) {
    const double *margin = ret->margin[ret->chosen];
    size_t from = t->n / 2, half = 0, lost = 0;
    while (from && rows->day[ret->row[from - 1]] == rows->day[ret->row[t->n / 2]])
        from--;
    for (; half < from && rows->day[ret->row[half]] + rows->ripe <= rows->day[ret->row[from]]; half++)
        lost += t->lost[half];
    ret->calibration = (struct calibration_choice){.calibration = {CALIBRATION_NONE, 1, 0, 0, NULL, NULL}};
    if (!lost || lost == half) return OK;
    struct calibration_slice earlier = {margin, t->lost, half},
                             later = {margin + from, t->lost + from, t->n - from, t->cluster + from,
                                      t->clusters};
    enum status status = calibration_choose(&earlier, &later, arena, &ret->calibration, problem);
    /* A shift to the later share would be that of learners trained before it: the one trained on everything
     * has learnt that share itself. */
    if (ret->calibration.calibration.kind == CALIBRATION_SHIFT)
        ret->calibration.calibration = (struct calibration){CALIBRATION_NONE, 1, 0, 0, NULL, NULL};
    return status;
}

/* ---- all of it ---- */

static void gather(const struct trial_rows *rows, const struct plan *plan, struct arena *arena,
                   struct tested *t, struct trial *ret) {
    uint32_t *number = arena_array(arena, rows->clusters + 1, sizeof *number);
    for (size_t b = 0; b < plan->n; b++)
        t->n += plan->blocks[b].to - plan->blocks[b].from;
    t->lost = arena_alloc(arena, t->n + 1);
    t->cluster = arena_array(arena, t->n + 1, sizeof *t->cluster);
    ret->row = arena_array(arena, t->n + 1, sizeof *ret->row);
    for (size_t b = 0; b < plan->n; b++)
        for (size_t i = plan->blocks[b].from; i < plan->blocks[b].to; i++) {
            if (!number[rows->cluster[i]]) number[rows->cluster[i]] = (uint32_t)++t->clusters;
            ret->row[ret->tested] = (uint32_t)i;
            t->lost[ret->tested] = rows->rows.lost[i];
            t->cluster[ret->tested++] = number[rows->cluster[i]] - 1;
            ret->lost += rows->rows.lost[i];
        }
    ret->rows = t->n;
    ret->accounts = t->clusters;
}

enum status trial_run(const struct trial_rows *rows, const struct trial_options *options, struct arena *arena,
                      struct trial *ret, struct problem *problem) {
    struct plan plan;
    struct tested tested = {0};
    double *chance[LEARNERS] = {0};
    *ret = (struct trial){.learnt_rows = rows->rows.n,
                          .learnt_lost = lost_among(rows, rows->rows.n),
                          .losses = losses_among(rows, 0, rows->rows.n)};
    size_t kept = ret->learnt_rows - ret->learnt_lost;
    if (ret->losses < TRIAL_LEAST_LOST || kept < TRIAL_LEAST_LOST) {
        ret->state = TRIAL_TOO_FEW;
        return OK;
    }
    plan_blocks(rows, options, &plan);
    if (plan.n) ret->tested_losses = losses_among(rows, plan.blocks[0].from, plan.blocks[plan.n - 1].to);
    if (ret->tested_losses < TRIAL_LEAST_TESTED) {
        ret->state = TRIAL_TOO_SHORT;
        return OK;
    }
    gather(rows, &plan, arena, &tested, ret);
    ret->origins = plan.n;
    ret->boosting_competed = plan.boosting && rows->rows.p;
    ret->train_rows = plan.blocks[0].learnt;
    ret->train_lost = lost_among(rows, plan.blocks[0].learnt);
    ret->test_from = rows->day[plan.blocks[0].from];
    ret->test_to = rows->day[plan.blocks[plan.n - 1].to - 1];
    for (int k = 0; k < LEARNERS; k++) {
        if ((k == LEARNER_RECENCY && rows->rows.recency < 0) || (k >= LEARNER_LOGIT && !rows->rows.p) ||
            (k == LEARNER_BOOSTING && !plan.boosting))
            continue;
        double *margin = arena_array(arena, tested.n + 1, sizeof *margin);
        enum status status = ask_all(rows, options, &plan, (enum learner_kind)k, margin, problem);
        if (status) return status;
        chance[k] = arena_array(arena, tested.n + 1, sizeof *chance[k]);
        for (size_t i = 0; i < tested.n; i++)
            chance[k][i] = sigmoid(margin[i]);
        ret->margin[k] = margin;
        score_one(&tested, chance[k], options->capacity, &ret->scores[k]);
    }
    choose(&tested, chance, ret);
    ret->chance = chance[ret->chosen];
    return ret->state ? OK : calibrate(rows, &tested, ret, arena, problem);
}
