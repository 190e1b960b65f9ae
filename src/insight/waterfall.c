/* Why a score changed: one thing substituted after another, as scorecard.h defines it. */
#include "insight/scorecard_code.h"

#include <math.h>

struct walk {
    const struct scorecard_result *before, *after;
    const struct peer_values *before_peers, *after_peers;
    struct measure_result *state; /* of A's measures, as far as substituted */
    struct waterfall *out;
};

static void put(struct walk *w, struct waterfall_part part) {
    if (fabs(part.difference) > 1e-12) w->out->parts[w->out->n++] = part;
}

/* The measure of a card with the same key and fact; measure_count when there is none. */
static size_t find_measure(const struct scorecard *card, const struct measure *measure) {
    size_t m = 0;
    while (m < card->measure_count && !(str_equal(card->measures[m].key, measure->key) &&
                                        str_equal(card->measures[m].fact_key, measure->fact_key)))
        m++;
    return m;
}

static size_t find_exception(const struct scorecard *card, struct str key) {
    size_t e = 0;
    while (e < card->exception_count && !str_equal(card->exceptions[e].key, key))
        e++;
    return e;
}

static const struct peer_values *peers_at(const struct peer_values *peers, size_t m) {
    return peers ? &peers[m] : NULL;
}

/* Whether measure m of A and k of B rank among the same peers. */
static bool same_peers(const struct measure *a, const struct measure *b) {
    return a->points == POINTS_PERCENTILE && b->points == POINTS_PERCENTILE &&
           str_equal(a->segment, b->segment);
}

static bool has_value(const struct measure_result *result) {
    return result->counted <= COUNTED_CARRIED;
}

/* Steps 1 and 2. */
static void substitute(struct walk *w, bool values) {
    const struct scorecard *a = w->before->card, *b = w->after->card;
    double coverage;
    bool known;
    double score = measures_weigh(a, w->state, &coverage, &known);
    for (size_t m = 0; m < a->measure_count; m++) {
        const struct measure *measure = &a->measures[m];
        size_t k = find_measure(b, measure);
        if (k == b->measure_count) continue;
        const struct peer_values *old_peers = peers_at(w->before_peers, m);
        const struct peer_values *new_peers =
            same_peers(measure, &b->measures[k]) ? peers_at(w->after_peers, k) : old_peers;
        const struct measure_result *was = &w->before->measures[m];
        struct measure_result moved, settled;
        measure_judge(measure, &w->after->measures[k].seen, old_peers, &moved);
        measure_judge(measure, &w->after->measures[k].seen, new_peers, &settled);
        bool counts = has_value(was) && has_value(&moved) && has_value(&settled);
        if (counts != values) continue;
        struct waterfall_part part = {.key = measure->key,
                                      .before = was->value,
                                      .after = settled.value,
                                      .counted_before = was->counted,
                                      .counted_after = settled.counted};
        if (values) {
            part.step = STEP_VALUE;
            part.difference = was->share * (moved.points - was->points);
            put(w, part);
            part.step = STEP_PEERS;
            part.difference = was->share * (settled.points - moved.points);
            put(w, part);
            w->state[m] = settled;
        } else {
            w->state[m] = settled;
            double next = measures_weigh(a, w->state, &coverage, &known);
            part.step = STEP_DATA;
            part.difference = next - score;
            put(w, part);
            score = next;
        }
    }
    measures_weigh(a, w->state, &coverage, &known);
}

static void change_card(struct walk *w) {
    const struct scorecard *a = w->before->card, *b = w->after->card;
    for (size_t m = 0; m < a->measure_count; m++) {
        size_t k = find_measure(b, &a->measures[m]);
        double was = w->state[m].contribution,
               is = k < b->measure_count ? w->after->measures[k].contribution : 0;
        put(w, (struct waterfall_part){.step = STEP_SCORECARD,
                                       .key = a->measures[m].key,
                                       .difference = is - was,
                                       .before = was,
                                       .after = is});
    }
    for (size_t k = 0; k < b->measure_count; k++) {
        if (find_measure(a, &b->measures[k]) < a->measure_count) continue;
        double is = w->after->measures[k].contribution;
        put(w, (struct waterfall_part){.step = STEP_SCORECARD,
                                       .key = b->measures[k].key,
                                       .difference = is,
                                       .before = 0,
                                       .after = is});
    }
}

static void finish(struct walk *w) {
    const struct scorecard_result *before = w->before, *after = w->after;
    const struct scorecard *a = before->card, *b = after->card;
    for (size_t e = 0; e < a->exception_count; e++) {
        size_t k = find_exception(b, a->exceptions[e].key);
        double was = before->exceptions[e].contribution,
               is = k < b->exception_count ? after->exceptions[k].contribution : 0;
        put(w, (struct waterfall_part){.step = STEP_EXCEPTION,
                                       .key = a->exceptions[e].key,
                                       .difference = is - was,
                                       .before = was,
                                       .after = is});
    }
    for (size_t k = 0; k < b->exception_count; k++) {
        if (find_exception(a, b->exceptions[k].key) < a->exception_count) continue;
        double is = after->exceptions[k].contribution;
        put(w, (struct waterfall_part){.step = STEP_EXCEPTION,
                                       .key = b->exceptions[k].key,
                                       .difference = is,
                                       .before = 0,
                                       .after = is});
    }
    double was = before->override_contribution, is = after->override_contribution;
    put(w,
        (struct waterfall_part){.step = STEP_OVERRIDE, .difference = is - was, .before = was, .after = is});
    was = before->clamp_contribution;
    is = after->clamp_contribution;
    put(w, (struct waterfall_part){.step = STEP_CLAMP, .difference = is - was, .before = was, .after = is});
}

void scorecard_waterfall(const struct scorecard_result *before, const struct peer_values *before_peers,
                         const struct scorecard_result *after, const struct peer_values *after_peers,
                         struct arena *arena, struct waterfall *out) {
    const struct scorecard *a = before->card, *b = after->card;
    size_t most = 3 * a->measure_count + b->measure_count + a->exception_count + b->exception_count + 2;
    *out = (struct waterfall){.parts = arena_array(arena, most, sizeof *out->parts)};
    out->difference = (after->has_score ? after->score : 0) - (before->has_score ? before->score : 0);
    struct walk w = {before,
                     after,
                     before_peers,
                     after_peers,
                     arena_copy(arena, before->measures, a->measure_count * sizeof *before->measures),
                     out};
    substitute(&w, true);
    substitute(&w, false);
    change_card(&w);
    finish(&w);
}
