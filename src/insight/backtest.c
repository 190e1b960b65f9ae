#include "insight/backtest.h"

#include "base/vec.h"
#include "insight/needs.h"
#include "queries.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- snapshots ---- */

static struct period first_period(const struct backtest_plan *plan, day_t today) {
    if (plan->from != INT32_MIN) {
        struct period period = period_of(plan->from, plan->by, plan->calendar, plan->week_start);
        return period.from < plan->from ? period_next(&period) : period;
    }
    day_t last = today - outcome_ripe(&plan->outcome, plan->gap_days), start;
    start = day_add_months(period_of(last, plan->by, plan->calendar, plan->week_start).from, plan->calendar,
                           1 - BACKTEST_MONTHS);
    struct period period = period_of(start, plan->by, plan->calendar, plan->week_start);
    return period.from < start ? period_next(&period) : period;
}

static enum status find_snapshots(struct house *house, const struct backtest_plan *plan, day_t today,
                                  struct arena *arena, struct backtest_cases *cases,
                                  struct problem *problem) {
    day_t to = plan->to < today ? plan->to : today;
    cases->snapshots = arena_array(arena, BACKTEST_MOST_SNAPSHOTS, sizeof *cases->snapshots);
    for (struct period period = first_period(plan, today); period.from <= to; period = period_next(&period)) {
        if (cases->snapshot_count == BACKTEST_MOST_SNAPSHOTS)
            return fail_at(
                problem, STR("from"),
                MESSAGE(
                    "backtest_too_many",
                    "That would be more than 120 snapshots. Choose longer periods or a later start.",
                    "این بیش از ۱۲۰ برش زمانی می‌شود. دوره‌های بلندتر یا آغازی دیرتر برگزینید."),
                NO_ARGS);
        struct snapshot *one = &cases->snapshots[cases->snapshot_count++];
        one->period = period;
        day_t begins = period.from + plan->gap_days;
        if (outcome_ripe(&plan->outcome, begins) > today)
            one->state = SNAPSHOT_NOT_OVER;
        else if (!outcome_observed(house->insight, &plan->outcome, begins))
            one->state = SNAPSHOT_NOT_OBSERVED;
    }
    return OK;
}

static struct moment moment_of(const struct insight *insight, const struct snapshot *snapshot) {
    struct moment moment = moment_of_day(insight, snapshot->period.from);
    moment_known_at(insight, &moment, snapshot->period.from);
    return moment;
}

static enum status go_on(const struct backtest_plan *plan, struct problem *problem) {
    if (!plan->stopping || !__atomic_load_n(plan->stopping, __ATOMIC_ACQUIRE)) return OK;
    return fail(problem, UNAVAILABLE, MESSAGE("backtest_stopped", "The test was stopped.", "سنجش متوقف شد."),
                NO_ARGS);
}

/* ---- cases ---- */

struct gathering {
    struct house *house;
    struct fact_memory *memory;
    struct backtest_cases *cases;
    struct rule_needs needs; /* arr, days since the last use */
    uint8_t *lost_before;    /* by account: its case before was lost */
    uint32_t *cluster;       /* by account: 1 + its cluster */
    size_t room;
};

static void add_case(struct gathering *g, uint32_t account, bool lost, const struct column *arr,
                     const struct column *recency) {
    struct backtest_cases *cases = g->cases;
    size_t at = cases->n++;
    if (!g->cluster[account]) g->cluster[account] = (uint32_t)++cases->clusters;
    cases->account[at] = account;
    cases->cluster[at] = g->cluster[account] - 1;
    cases->lost[at] = lost;
    cases->first_of_loss[at] = lost && !g->lost_before[account];
    g->lost_before[account] = lost;
    cases->arr[at] = arr->state[account] == FACT_KNOWN ? arr->number[account] : NAN;
    bool used = recency->state[account] == FACT_KNOWN;
    cases->recency[at] = used ? recency->number[account] : INFINITY;
    cases->has_recency |= used;
}

static enum status gather_snapshot(struct gathering *g, struct snapshot *snapshot, const uint8_t *labels,
                                   struct problem *problem) {
    struct arena arena = {0};
    struct moment moment = moment_of(g->house->insight, snapshot);
    struct column columns[2];
    struct selection selection = {0};
    size_t n = fact_memory_rows(g->memory);
    enum status status = go_on(&g->cases->plan, problem);
    if (!status) status = fact_memory_needs(g->memory, &g->needs, &moment, &arena, columns, problem);
    if (!status && g->cases->plan.selector)
        status = selector_apply(g->cases->plan.selector, &moment, &arena, &selection, problem);
    snapshot->first = g->cases->n;
    snapshot->unjudged = selection.unjudged;
    for (uint32_t i = 0; i < n && !status; i++) {
        if (labels[i] == LABEL_NO_CASE || (selection.included && !selection.included[i])) continue;
        if (g->cases->plan.every > 1 && i % g->cases->plan.every) continue;
        add_case(g, i, labels[i] == LABEL_LOST, &columns[0], &columns[1]);
    }
    snapshot->n = g->cases->n - snapshot->first;
    arena_free(&arena);
    return status;
}

enum status backtest_gather(struct house *house, const struct backtest_plan *plan, struct fact_memory *memory,
                            struct arena *arena, struct backtest_cases *ret, struct problem *problem) {
    size_t n = fact_memory_rows(memory), labelled = 0, most = 0;
    *ret = (struct backtest_cases){.plan = *plan};
    enum status status = find_snapshots(house, plan, moment_now(house->insight).day, arena, ret, problem);
    if (status) return status;
    day_t *days = arena_array(arena, ret->snapshot_count + 1, sizeof *days);
    for (size_t s = 0; s < ret->snapshot_count; s++)
        if (ret->snapshots[s].state == SNAPSHOT_LABELLED)
            days[labelled++] = ret->snapshots[s].period.from + plan->gap_days;
    uint8_t *labels = memory_new(labelled * n + 1);
    status = outcome_label(house->insight, &plan->outcome, days, labelled, n, labels, problem);
    if (status) {
        free(labels);
        return status;
    }
    for (size_t i = 0; i < labelled * n; i++)
        most += labels[i] != LABEL_NO_CASE;

    ret->account = arena_array(arena, most + 1, sizeof *ret->account);
    ret->cluster = arena_array(arena, most + 1, sizeof *ret->cluster);
    ret->lost = arena_alloc(arena, most + 1);
    ret->first_of_loss = arena_alloc(arena, most + 1);
    ret->arr = arena_array(arena, most + 1, sizeof *ret->arr);
    ret->recency = arena_array(arena, most + 1, sizeof *ret->recency);
    const struct catalogue *catalogue = fact_memory_catalogue(memory);
    struct gathering g = {house, memory, ret, .lost_before = memory_new(n + 1),
                          .cluster = memory_new((n + 1) * sizeof *g.cluster)};
    rule_need(&g.needs, (struct rule_need){.number = catalogue_find(catalogue, STR("arr"))}, arena);
    rule_need(&g.needs, (struct rule_need){.number = catalogue_find(catalogue, STR("days_since_last_use"))},
              arena);
    for (size_t s = 0, place = 0; s < ret->snapshot_count && !status; s++)
        if (ret->snapshots[s].state == SNAPSHOT_LABELLED)
            status = gather_snapshot(&g, &ret->snapshots[s], labels + n * place++, problem);
    free(g.lost_before);
    free(g.cluster);
    free(labels);
    return status;
}

enum status backtest_score(struct house *house, const struct card_set *set, size_t card,
                           struct fact_memory *memory, const struct backtest_cases *cases,
                           struct arena *arena, struct backtest_scores *ret, struct problem *problem) {
    *ret = (struct backtest_scores){.card = set->cards[card],
                                    .score = arena_array(arena, cases->n + 1, sizeof *ret->score),
                                    .band = arena_alloc(arena, cases->n + 1),
                                    .of_card = arena_alloc(arena, cases->n + 1)};
    struct arena scratch = {0};
    struct health_known known = {.memory = memory};
    enum status status = OK;
    for (size_t s = 0; s < cases->snapshot_count && !status; s++) {
        const struct snapshot *snapshot = &cases->snapshots[s];
        struct moment moment = moment_of(house->insight, snapshot);
        struct health health;
        if (!snapshot->n || (status = go_on(&cases->plan, problem))) continue;
        status = health_evaluate(house, set, &moment, 0, fact_memory_rows(memory), &known, &scratch, &health,
                                 problem);
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n && !status; i++) {
            uint32_t account = cases->account[i];
            ret->of_card[i] = health.card[account] == (int32_t)card;
            ret->score[i] = ret->of_card[i] ? health.score[account] : NAN;
            ret->band[i] = ret->of_card[i] ? health.band[account] : BAND_UNKNOWN;
        }
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    return status;
}

/* ---- figures ---- */

/* Some of the cases, side by side. */
struct part {
    double *risk, *recency;
    uint8_t *lost;
    uint32_t *cluster;  /* numbered anew from 0 where `clusters` says so */
    uint32_t *snapshot; /* by case, where all are there */
    size_t n, clusters;
};

static struct part part_new(size_t most, struct arena *arena) {
    return (struct part){.risk = arena_array(arena, most + 1, sizeof(double)),
                         .recency = arena_array(arena, most + 1, sizeof(double)),
                         .lost = arena_alloc(arena, most + 1),
                         .cluster = arena_array(arena, most + 1, sizeof(uint32_t)),
                         .snapshot = arena_array(arena, most + 1, sizeof(uint32_t))};
}

static void part_add(struct part *part, const struct backtest_cases *cases, double risk, size_t i) {
    part->risk[part->n] = risk;
    part->recency[part->n] = cases->recency[i];
    part->lost[part->n] = cases->lost[i];
    part->cluster[part->n++] = cases->cluster[i];
}

/* Clusters without gaps, so that samples draw from those that are there. */
static void number_clusters(struct part *part, size_t all, struct arena *arena) {
    uint32_t *number = arena_array(arena, all + 1, sizeof *number);
    part->clusters = 0;
    for (size_t i = 0; i < part->n; i++) {
        uint32_t *one = &number[part->cluster[i]];
        if (!*one) *one = (uint32_t)++part->clusters;
        part->cluster[i] = *one - 1;
    }
}

static struct backtest_share share_of(const struct part *part, struct arena *scratch) {
    struct backtest_share share = {.cases = part->n, .accounts = part->clusters, .rate = NAN};
    for (size_t i = 0; i < part->n; i++)
        share.lost += part->lost[i];
    share.interval = (struct interval){NAN, NAN};
    if (!part->n) return share;
    share.rate = (double)share.lost / (double)share.cases;
    double n = effective_cases(part->lost, part->cluster, part->n, part->clusters, scratch);
    share.interval = proportion_wilson(share.rate * n, n);
    return share;
}

static void measure_bands(const struct backtest_cases *cases, const struct backtest_scores *scores,
                          struct arena *scratch, struct backtest_result *ret) {
    struct part part = part_new(cases->n, scratch);
    size_t bands = scores->card->band_count;
    for (size_t b = 0; b <= bands; b++) {
        part.n = 0;
        for (size_t i = 0; i < cases->n; i++) {
            if (!scores->of_card[i]) continue;
            size_t band = scores->band[i] == BAND_UNKNOWN ? bands : scores->band[i];
            if (band == b) part_add(&part, cases, 0, i);
        }
        number_clusters(&part, cases->clusters, scratch);
        ret->bands[b] = share_of(&part, scratch);
    }
}

static void measure_bins(const struct part *all, const struct ranking *ranking, struct arena *scratch,
                         struct backtest_result *ret) {
    size_t first[BACKTEST_BINS + 1];
    size_t count = ranking_bins(ranking, BACKTEST_BINS, first);
    struct part part = part_new(all->n, scratch);
    for (size_t b = count; b-- > 0;) { /* the riskiest, whose scores are lowest, come first */
        part.n = 0;
        for (size_t k = first[b]; k < first[b + 1]; k++) {
            part.lost[part.n] = all->lost[ranking->row[k]];
            part.cluster[part.n++] = ranking->cluster[k];
        }
        number_clusters(&part, all->clusters, scratch);
        struct backtest_share *bin = &ret->bins[ret->bin_count++];
        *bin = share_of(&part, scratch);
        bin->score_from = -all->risk[ranking->row[first[b + 1] - 1]];
        bin->score_to = -all->risk[ranking->row[first[b]]];
    }
}

static void measure_green(const struct backtest_cases *cases, const struct backtest_scores *scores,
                          struct backtest_result *ret) {
    for (size_t i = 0; i < cases->n; i++) {
        if (!scores->of_card[i] || !cases->first_of_loss[i] || isnan(scores->score[i])) continue;
        bool green = scores->band[i] + 1u == scores->card->band_count;
        ret->losses++;
        ret->green_losses += green;
        if (isnan(cases->arr[i])) continue;
        ret->losses_with_arr++;
        ret->lost_arr += cases->arr[i];
        ret->green_arr += green ? cases->arr[i] : 0;
    }
}

static struct ranking rank_by(const struct part *part, const double *risk, struct arena *arena) {
    return ranking_make(risk, part->lost, part->cluster, part->n, part->clusters, arena);
}

static struct interval difference_of(const double *a, const double *b, struct arena *scratch) {
    double *difference = arena_array(scratch, RANKING_REPLICATES, sizeof *difference);
    for (size_t i = 0; i < RANKING_REPLICATES; i++)
        difference[i] = b[i] - a[i];
    return interval_of(difference, RANKING_REPLICATES, scratch);
}

/* Days since the last use as the only risk: what a score has to be better than. */
static void measure_recency(const struct backtest_cases *cases, const struct part *all, struct arena *scratch,
                            struct backtest_result *ret) {
    struct ranking ranking = rank_by(all, all->recency, scratch);
    struct ranking *parts = arena_array(scratch, cases->snapshot_count + 1, sizeof *parts);
    ret->recency_auc = ranking_auc(&ranking);
    ret->recency_lift = ranking_lift(&ranking, 0.1);
    ranking_bootstrap(&ranking, 1, RANKING_REPLICATES, ret->recency_samples);
    ret->recency_interval = interval_of(ret->recency_samples, RANKING_REPLICATES, scratch);
    ranking_split(&ranking, all->recency, all->snapshot, cases->snapshot_count, scratch, parts);
    for (size_t s = 0; s < cases->snapshot_count; s++)
        ret->snapshots[s].recency_auc = ranking_auc(&parts[s]);
}

static void copy_recency(const struct backtest_cases *cases, const struct backtest_result *before,
                         struct backtest_result *ret) {
    ret->recency_auc = before->recency_auc;
    ret->recency_lift = before->recency_lift;
    ret->recency_interval = before->recency_interval;
    memcpy(ret->recency_samples, before->recency_samples, RANKING_REPLICATES * sizeof *ret->recency_samples);
    for (size_t s = 0; s < cases->snapshot_count; s++)
        ret->snapshots[s].recency_auc = before->snapshots[s].recency_auc;
}

/* Each snapshot by itself, in the order of the whole. */
static void measure_snapshots(const struct backtest_cases *cases, const struct part *all,
                              const struct ranking *ranking, struct arena *scratch,
                              struct backtest_result *ret) {
    size_t n = cases->snapshot_count;
    struct ranking *parts = arena_array(scratch, n + 1, sizeof *parts);
    double *samples = arena_array(scratch, (n + 1) * RANKING_REPLICATES, sizeof *samples);
    ranking_split(ranking, all->risk, all->snapshot, n, scratch, parts);
    ranking_bootstrap(parts, n, RANKING_REPLICATES, samples);
    for (size_t s = 0; s < n; s++) {
        struct backtest_snapshot *one = &ret->snapshots[s];
        one->cases = parts[s].n;
        one->lost = parts[s].lost;
        one->auc = ranking_auc(&parts[s]);
        one->recency_auc = NAN;
        one->auc_interval = interval_of(samples + s * RANKING_REPLICATES, RANKING_REPLICATES, scratch);
    }
}

static void gather_scored(const struct backtest_cases *cases, const struct backtest_scores *scores,
                          struct part *all, struct backtest_result *ret) {
    for (size_t s = 0; s < cases->snapshot_count; s++) {
        const struct snapshot *snapshot = &cases->snapshots[s];
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n; i++) {
            if (!scores->of_card[i]) {
                ret->other_card++;
            } else if (isnan(scores->score[i])) {
                ret->unscored++;
                ret->snapshots[s].unscored++;
            } else {
                all->snapshot[all->n] = (uint32_t)s;
                part_add(all, cases, -scores->score[i], i);
            }
        }
    }
}

void backtest_measure(const struct backtest_cases *cases, const struct backtest_scores *scores,
                      const struct backtest_result *before, struct arena *arena,
                      struct backtest_result *ret) {
    struct arena scratch = {0};
    struct part all = part_new(cases->n, &scratch);
    *ret = (struct backtest_result){
        .card = scores->card,
        .samples = arena_array(arena, RANKING_REPLICATES, sizeof *ret->samples),
        .recency_samples = arena_array(arena, RANKING_REPLICATES, sizeof *ret->samples),
        .snapshots = arena_array(arena, cases->snapshot_count + 1, sizeof *ret->snapshots)};
    gather_scored(cases, scores, &all, ret);
    number_clusters(&all, cases->clusters, &scratch);
    struct ranking ranking = rank_by(&all, all.risk, &scratch);
    ret->all = share_of(&all, &scratch);
    ret->cases = ret->all.cases;
    ret->lost = ret->all.lost;
    ret->accounts = ret->all.accounts;
    ret->auc = ranking_auc(&ranking);
    ret->lift = ranking_lift(&ranking, 0.1);
    ranking_bootstrap(&ranking, 1, RANKING_REPLICATES, ret->samples);
    ret->auc_interval = interval_of(ret->samples, RANKING_REPLICATES, &scratch);
    ret->recency_auc = ret->recency_lift = NAN;
    ret->recency_interval = ret->over_recency = (struct interval){NAN, NAN};
    measure_snapshots(cases, &all, &ranking, &scratch, ret);
    if (cases->has_recency) {
        if (before)
            copy_recency(cases, before, ret);
        else
            measure_recency(cases, &all, &scratch, ret);
        ret->over_recency = difference_of(ret->recency_samples, ret->samples, &scratch);
    }
    measure_bands(cases, scores, &scratch, ret);
    measure_bins(&all, &ranking, &scratch, ret);
    measure_green(cases, scores, ret);
    arena_free(&scratch);
}

bool backtest_same_cases(const struct backtest_cases *cases, const struct backtest_scores *a,
                         const struct backtest_scores *b) {
    for (size_t i = 0; i < cases->n; i++)
        if (isnan(a->score[i]) != isnan(b->score[i])) return false;
    return true;
}

struct backtest_difference backtest_compare(const struct backtest_cases *cases,
                                            const struct backtest_scores *a,
                                            const struct backtest_result *of_a,
                                            const struct backtest_scores *b,
                                            const struct backtest_result *of_b) {
    struct arena scratch = {0};
    struct backtest_difference difference = {.cases = of_a->cases, .auc = of_b->auc - of_a->auc};
    if (backtest_same_cases(cases, a, b)) { /* their samples are those of the same accounts */
        difference.interval = difference_of(of_a->samples, of_b->samples, &scratch);
        arena_free(&scratch);
        return difference;
    }
    struct part part = part_new(cases->n, &scratch);
    double *risk_of_b = arena_array(&scratch, cases->n + 1, sizeof *risk_of_b), *samples[2];
    for (size_t i = 0; i < cases->n; i++) {
        if (isnan(a->score[i]) || isnan(b->score[i])) continue;
        risk_of_b[part.n] = -b->score[i];
        part_add(&part, cases, -a->score[i], i);
    }
    number_clusters(&part, cases->clusters, &scratch);
    struct ranking by_a = rank_by(&part, part.risk, &scratch), by_b = rank_by(&part, risk_of_b, &scratch);
    for (int k = 0; k < 2; k++) {
        samples[k] = arena_array(&scratch, RANKING_REPLICATES, sizeof **samples);
        ranking_bootstrap(k ? &by_b : &by_a, 1, RANKING_REPLICATES, samples[k]);
    }
    difference = (struct backtest_difference){part.n, ranking_auc(&by_b) - ranking_auc(&by_a),
                                              difference_of(samples[0], samples[1], &scratch)};
    arena_free(&scratch);
    return difference;
}

enum status backtest_enough(const struct backtest_result *result, const struct backtest_cases *cases,
                            struct problem *problem) {
    if (result->losses >= BACKTEST_LEAST_LOSSES) return OK;
    size_t labelled = 0;
    for (size_t s = 0; s < cases->snapshot_count; s++)
        labelled += cases->snapshots[s].state == SNAPSHOT_LABELLED;
    char losses[24], snapshots[24];
    snprintf(losses, sizeof losses, "%zu", result->losses);
    snprintf(snapshots, sizeof snapshots, "%zu", labelled);
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "backtest_few",
            "There were {0} losses within {1} snapshots; below 20 nothing can be said. Ask for an "
            "earlier start, another outcome or more customers.",
            "در {1} برش زمانی {0} ریزش بوده است؛ کمتر از ۲۰ مورد چیزی را نشان نمی‌دهد. آغازی "
            "زودتر، پیامدی دیگر یا مشتریان بیشتری برگزینید."),
        ARGS(str_of(losses), str_of(snapshots)));
}

/* ---- what was known ---- */

static void add_source(struct knowledge *list, size_t *n, struct str source) {
    for (size_t i = 0; i < *n; i++)
        if (str_equal(list[i].source, source)) return;
    list[(*n)++] = (struct knowledge){.source = source};
}

static void sources_of(const struct catalogue *catalogue, uint32_t number, struct knowledge *list,
                       size_t *n) {
    const struct declared *declared = catalogue_declared(catalogue, number);
    size_t facts_n = 0;
    const uint32_t *facts = declared->formula ? formula_facts(declared->formula, &facts_n) : NULL;
    for (size_t i = 0; i < facts_n; i++)
        sources_of(catalogue, facts[i], list, n);
    if (declared->kind == FROM_USAGE) add_source(list, n, STR("usage"));
    if (declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE || declared->kind == FROM_MANUAL)
        add_source(list, n, str_of(signal_sources[declared->record.table]->key));
}

struct knowledge *backtest_knowledge(const struct catalogue *catalogue, const struct scorecard *card,
                                     struct arena *arena, size_t *n) {
    struct knowledge *list = arena_array(arena, INSIGHT_TABLES + 1, sizeof *list);
    *n = 0;
    for (size_t i = 0; i < card->needs.n; i++)
        if (card->needs.v[i].kind == NEED_FACT) sources_of(catalogue, card->needs.v[i].number, list, n);
    return list;
}

instant_t backtest_last(const struct backtest_cases *cases, const struct zone *zone) {
    instant_t last = INT64_MIN;
    for (size_t s = 0; s < cases->snapshot_count; s++)
        if (cases->snapshots[s].state == SNAPSHOT_LABELLED)
            last = zone_start(zone, cases->snapshots[s].period.from);
    return last;
}
