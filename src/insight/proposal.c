#include "insight/proposal.h"

#include "statistics/logit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Pulls that are tried, the strongest first; the present weights themselves stand before them. */
static const double pulls[] = {3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};
enum { PULLS = sizeof pulls / sizeof *pulls, UNVALIDATED = 1, FOLDS = 3, LEAST_FOLD_LOSSES = 10 };

/* The cases that the measures say something about: their points, 0–1. A measure that does not count takes
 * what the others come to, as the card itself has it. */
struct points {
    double *x, *score; /* n × p; the score from measures, 0–1 */
    uint8_t *lost;
    uint32_t *cluster;
    size_t *first; /* by snapshot: its first row; one more at the end */
    size_t n, p;
};

static enum status read_points(struct house *house, const struct card_set *set, struct fact_memory *memory,
                               const struct backtest_cases *cases, struct points *points,
                               struct problem *problem) {
    const struct scorecard *card = set->cards[0];
    struct health_known known = {.memory = memory};
    struct arena arena = {0}, one = {0};
    enum status status = OK;
    size_t p = points->p;
    for (size_t s = 0; s < cases->snapshot_count && !status; s++) {
        const struct snapshot *snapshot = &cases->snapshots[s];
        struct moment moment = moment_of_day(house->insight, snapshot->period.from);
        moment_known_at(house->insight, &moment, snapshot->period.from);
        struct health health;
        points->first[s] = points->n;
        if (!snapshot->n) continue;
        status = health_evaluate(house, set, &moment, 0, fact_memory_rows(memory), &known, &arena, &health,
                                 problem);
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n && !status; i++) {
            struct scorecard_result result;
            arena_reset(&one);
            if (!health_explain(&health, cases->account[i], &one, &result) || result.coverage <= 0) continue;
            double *x = points->x + points->n * p;
            for (size_t m = 0; m < card->measure_count; m++) {
                const struct measure_result *measure = &result.measures[m];
                bool counts = measure->counted <= COUNTED_NEUTRAL;
                x[m] = (counts ? measure->points : result.measured) / 100;
            }
            points->score[points->n] = result.measured / 100;
            points->lost[points->n] = cases->lost[i];
            points->cluster[points->n++] = cases->cluster[i];
        }
        arena_reset(&arena);
    }
    points->first[cases->snapshot_count] = points->n;
    arena_free(&arena);
    arena_free(&one);
    return status;
}

static struct logit_data rows_of(const struct points *points, size_t from, size_t to) {
    return (struct logit_data){points->x + points->first[from] * points->p,
                               points->lost + points->first[from], points->first[to] - points->first[from],
                               points->p};
}

static size_t count_lost(const struct logit_data *data) {
    size_t lost = 0;
    for (size_t i = 0; i < data->n; i++)
        lost += data->outcome[i];
    return lost;
}

/* The present card as a model: its shares times the slope of its score. Points are good: no chance rises with
 * them. */
static enum status fit_present(const struct points *points, const struct logit_data *data,
                               const double *shares, struct arena *arena, struct logit *model,
                               struct problem *problem) {
    static const uint8_t falls = LOGIT_FALLS;
    struct logit slope;
    struct logit_data alone = *data;
    alone.x = points->score + (data->x - points->x) / (ptrdiff_t)points->p;
    alone.p = 1;
    enum status status =
        logit_fit(&alone, &(struct logit_options){.pull = 1e-6, .signs = &falls}, arena, &slope, problem);
    if (status) return status;
    *model = (struct logit){.p = data->p,
                            .intercept = slope.intercept,
                            .weight = arena_array(arena, data->p, sizeof *model->weight)};
    for (size_t m = 0; m < data->p; m++)
        model->weight[m] = slope.weight[0] * shares[m];
    return OK;
}

/* Models by pull: place 0 is the present card, then pulls[]. */
static enum status fit_all(const struct points *points, const struct logit_data *data, const double *shares,
                           size_t most, struct arena *arena, struct logit *models, struct problem *problem) {
    uint8_t *signs = arena_alloc(arena, data->p + 1);
    memset(signs, LOGIT_FALLS, data->p);
    enum status status = fit_present(points, data, shares, arena, &models[0], problem);
    for (size_t k = 0; k < most && !status; k++)
        status = logit_fit(
            data, &(struct logit_options){.pull = pulls[k], .towards = models[0].weight, .signs = signs},
            arena, &models[k + 1], problem);
    return status;
}

/* The last snapshot before `at` whose outcomes were known when the snapshot `at` was taken: [0, its end). */
static size_t known_before(const struct backtest_cases *cases, size_t at) {
    size_t end = 0;
    while (end < at && outcome_ripe(&cases->plan.outcome, cases->snapshots[end].period.from) <=
                           cases->snapshots[at].period.from)
        end++;
    return end;
}

/* Log losses of the validation rows by model, side by side. */
struct validation {
    double *loss; /* rows × (PULLS + 1) */
    uint32_t *cluster;
    size_t n, clusters;
};

static enum status validate(const struct points *points, const struct backtest_cases *cases, size_t train_end,
                            const double *shares, struct validation *v, struct problem *problem) {
    struct arena arena = {0};
    struct logit models[PULLS + 1];
    enum status status = OK;
    for (size_t f = 0; f < FOLDS && !status; f++) {
        size_t from = train_end * (FOLDS + f) / (2 * FOLDS), to = train_end * (FOLDS + f + 1) / (2 * FOLDS);
        struct logit_data train = rows_of(points, 0, known_before(cases, from)),
                          test = rows_of(points, from, to);
        size_t lost = count_lost(&train);
        if (!test.n || lost < LEAST_FOLD_LOSSES || lost == train.n) continue;
        arena_reset(&arena);
        status = fit_all(points, &train, shares, PULLS, &arena, models, problem);
        for (size_t i = 0; i < test.n && !status; i++) {
            for (size_t k = 0; k <= PULLS; k++) {
                double chance = logit_probability(&models[k], test.x + i * test.p);
                v->loss[v->n * (PULLS + 1) + k] = log_loss(&chance, test.outcome + i, 1);
            }
            v->cluster[v->n++] = points->cluster[points->first[from] + i];
        }
    }
    arena_free(&arena);
    return status;
}

/* The strongest pull whose mean loss is within one standard error of the best one's; by accounts. */
static size_t choose(const struct validation *v) {
    double sums[PULLS + 1] = {0};
    size_t best = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k <= PULLS; k++)
            sums[k] += v->loss[i * (PULLS + 1) + k];
    for (size_t k = 1; k <= PULLS; k++)
        if (sums[k] < sums[best]) best = k;
    double *of_cluster = memory_new((v->clusters + 1) * sizeof *of_cluster);
    size_t chosen = best;
    for (size_t k = 0; k < best && chosen == best; k++) {
        double mean = (sums[k] - sums[best]) / (double)v->n, squares = 0;
        memset(of_cluster, 0, v->clusters * sizeof *of_cluster);
        for (size_t i = 0; i < v->n; i++)
            of_cluster[v->cluster[i]] +=
                v->loss[i * (PULLS + 1) + k] - v->loss[i * (PULLS + 1) + best] - mean;
        for (size_t c = 0; c < v->clusters; c++)
            squares += of_cluster[c] * of_cluster[c];
        if (mean <= sqrt(squares) / (double)v->n) chosen = k;
    }
    free(of_cluster);
    return chosen;
}

/* ---- the draft ---- */

static double tenth(double weight) {
    return round(weight * 10) / 10;
}

/* The card with weights of the given shares; measures and groups that come to nothing are left out. */
static enum status write_draft(struct catalogue *catalogue, const struct scorecard *card,
                               const double *shares, struct arena *arena, struct card_set *ret,
                               struct problem *problem) {
    struct scorecard draft = *card;
    draft.version = 0;
    draft.groups = arena_array(arena, card->group_count, sizeof *draft.groups);
    draft.measures = arena_array(arena, card->measure_count, sizeof *draft.measures);
    draft.group_count = draft.measure_count = 0;
    for (size_t g = 0; g < card->group_count; g++) {
        struct measure_group group = card->groups[g];
        double whole = 0;
        for (uint32_t k = 0; k < card->groups[g].count; k++)
            whole += shares[card->groups[g].first + k];
        group.weight = tenth(100 * whole);
        group.first = (uint32_t)draft.measure_count;
        group.count = 0;
        for (uint32_t k = 0; k < card->groups[g].count && group.weight > 0; k++) {
            struct measure measure = card->measures[card->groups[g].first + k];
            measure.weight = tenth(100 * shares[card->groups[g].first + k] / whole);
            if (measure.weight <= 0) continue;
            draft.measures[draft.measure_count++] = measure;
            group.count++;
        }
        if (group.count) draft.groups[draft.group_count++] = group;
    }
    struct buf text = {0};
    struct json json;
    scorecard_write(&draft, &(struct json_writer){.out = &text});
    enum status status = json_parse(buf_str(&text), arena, &json, problem);
    if (!status) status = card_set_draft(catalogue, &json, STR("/card"), arena, ret, problem);
    buf_free(&text);
    return status;
}

static struct backtest_cases later_cases(const struct backtest_cases *cases, size_t from,
                                         struct arena *arena) {
    struct backtest_cases later = *cases;
    size_t skipped = cases->n;
    later.snapshots =
        arena_copy(arena, cases->snapshots + from, (cases->snapshot_count - from) * sizeof *cases->snapshots);
    later.snapshot_count = cases->snapshot_count - from;
    for (size_t s = later.snapshot_count; s-- > 0;)
        if (later.snapshots[s].n) skipped = later.snapshots[s].first;
    for (size_t s = 0; s < later.snapshot_count; s++)
        if (later.snapshots[s].n) later.snapshots[s].first -= skipped;
    later.n -= skipped;
    later.account += skipped;
    later.cluster += skipped;
    later.lost += skipped;
    later.first_of_loss += skipped;
    later.arr += skipped;
    later.recency += skipped;
    return later;
}

static void measure_later(const struct points *points, size_t from, size_t to, const struct logit *model,
                          double *loss, double *squared) {
    struct logit_data data = rows_of(points, from, to);
    double *chance = memory_new((data.n + 1) * sizeof *chance);
    for (size_t i = 0; i < data.n; i++)
        chance[i] = logit_probability(model, data.x + i * data.p);
    *loss = log_loss(chance, data.outcome, data.n);
    *squared = brier(chance, data.outcome, data.n);
    free(chance);
}

static size_t losses_before(const struct backtest_cases *cases, size_t end) {
    size_t losses = 0;
    for (size_t s = 0; s < end; s++)
        for (size_t i = cases->snapshots[s].first; i < cases->snapshots[s].first + cases->snapshots[s].n; i++)
            losses += cases->first_of_loss[i];
    return losses;
}

static enum status too_few(size_t losses, struct problem *problem) {
    char text[24];
    snprintf(text, sizeof text, "%zu", losses);
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "proposal_few",
            "Weights are not proposed from {0} losses in the earlier two thirds of the time; 20 are needed.",
            "با {0} ریزش در دوسوم آغازین زمان وزنی پیشنهاد نمی‌شود؛ دست‌کم ۲۰ مورد لازم است."),
        ARGS(str_of(text)));
}

/* Chooses the pull, fits on the earlier time, and makes the draft of it. */
static enum status propose(const struct card_set *set, const struct points *points,
                           const struct backtest_cases *cases, size_t train_end, size_t test_from,
                           struct arena *arena, struct proposal *ret, struct problem *problem) {
    const struct scorecard *card = set->cards[0];
    struct logit_data train = rows_of(points, 0, train_end);
    double *shares = arena_array(arena, card->measure_count, sizeof *shares), whole = 0;
    struct logit models[PULLS + 1];
    struct validation v = {.loss = memory_new((points->n + 1) * (PULLS + 1) * sizeof *v.loss),
                           .cluster = memory_new((points->n + 1) * sizeof *v.cluster),
                           .clusters = cases->clusters};
    for (size_t m = 0; m < card->measure_count; m++)
        shares[m] = card->measures[m].full_share;
    enum status status = validate(points, cases, train_end, shares, &v, problem);
    ret->validated = v.n > 0;
    size_t chosen = ret->validated ? choose(&v) : UNVALIDATED;
    free(v.loss);
    free(v.cluster);
    if (!status) status = fit_all(points, &train, shares, chosen, arena, models, problem);
    if (status) return status;
    ret->pull = chosen ? pulls[chosen - 1] : INFINITY;
    measure_later(points, test_from, cases->snapshot_count, &models[0], &ret->log_loss_before,
                  &ret->brier_before);
    measure_later(points, test_from, cases->snapshot_count, &models[chosen], &ret->log_loss_after,
                  &ret->brier_after);
    for (size_t m = 0; m < card->measure_count; m++)
        whole += models[chosen].weight[m];
    if (!(whole < 0))
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "proposal_nothing",
                "No measure of this card told the lost from the kept: no weights can be proposed. "
                "Other measures are needed.",
                "هیچ سنجه‌ای از این کارت رفتگان را از ماندگان بازنشناخته است: وزنی پیشنهاد نمی‌شود. "
                "سنجه‌های دیگری لازم است."),
            NO_ARGS);
    ret->measures = arena_array(arena, card->measure_count, sizeof *ret->measures);
    for (size_t m = 0; m < card->measure_count; m++) {
        shares[m] = models[chosen].weight[m] / whole;
        ret->measures[m] =
            (struct proposed_measure){&card->measures[m], card->measures[m].full_share, shares[m]};
    }
    return write_draft(set->catalogue, card, shares, arena, &ret->draft, problem);
}

enum status proposal_make(struct house *house, const struct card_set *set, struct fact_memory *memory,
                          const struct backtest_cases *cases, struct arena *arena, struct proposal *ret,
                          struct problem *problem) {
    const struct scorecard *card = set->cards[0];
    size_t labelled = 0, p = card->measure_count;
    while (labelled < cases->snapshot_count && cases->snapshots[labelled].state != SNAPSHOT_NOT_OVER)
        labelled++;
    size_t test_from = labelled * 2 / 3, train_end = labelled ? known_before(cases, test_from) : 0;
    *ret = (struct proposal){.trained_losses = losses_before(cases, train_end)};
    if (ret->trained_losses < BACKTEST_LEAST_LOSSES) return too_few(ret->trained_losses, problem);
    ret->trained_from = &cases->snapshots[0];
    ret->trained_to = &cases->snapshots[train_end - 1];
    ret->tested_from = &cases->snapshots[test_from];
    struct points points = {.x = memory_new((cases->n * p + 1) * sizeof *points.x),
                            .score = memory_new((cases->n + 1) * sizeof *points.score),
                            .lost = memory_new(cases->n + 1),
                            .cluster = memory_new((cases->n + 1) * sizeof *points.cluster),
                            .first = memory_new((cases->snapshot_count + 1) * sizeof *points.first),
                            .p = p};
    enum status status = read_points(house, set, memory, cases, &points, problem);
    if (!status) {
        struct logit_data train = rows_of(&points, 0, train_end);
        size_t lost = count_lost(&train);
        ret->trained_cases = train.n;
        if (lost < BACKTEST_LEAST_LOSSES || lost == train.n) status = too_few(lost, problem);
    }
    if (!status) status = propose(set, &points, cases, train_end, test_from, arena, ret, problem);
    ret->later = later_cases(cases, test_from, arena);
    if (!status) status = backtest_score(house, set, 0, memory, &ret->later, arena, &ret->before, problem);
    if (!status)
        status = backtest_score(house, &ret->draft, 0, memory, &ret->later, arena, &ret->after, problem);
    free(points.x);
    free(points.score);
    free(points.lost);
    free(points.cluster);
    free(points.first);
    return status;
}
