#include "insight/needs.h"

#include "base/vec.h"

/* ---- the plan ---- */

enum { BUCKETS = 512 };
struct planning {
    const struct rule_world *world;
    VEC(const struct rule_needs *) lists;
    VEC(struct rule_need) wanted;
    VEC(uint32_t) next;        /* by wanted: the next in its bucket, 1 + place */
    uint32_t buckets[BUCKETS]; /* 1 + place */
    uint32_t *segment_list;
};

static uint32_t want(struct planning *p, const struct rule_need *need) {
    uint32_t bucket = (need->number * 31 + (uint32_t)need->days_back * 7 + (uint32_t)need->kind) % BUCKETS;
    for (uint32_t at = p->buckets[bucket]; at; at = p->next.v[at - 1]) {
        const struct rule_need *have = &p->wanted.v[at - 1];
        if (have->kind == need->kind && have->number == need->number && have->days_back == need->days_back &&
            have->contacts == need->contacts && have->at_least == need->at_least)
            return at - 1;
    }
    VEC_PUSH(&p->wanted, *need);
    VEC_PUSH(&p->next, p->buckets[bucket]);
    p->buckets[bucket] = (uint32_t)p->wanted.n;
    return (uint32_t)p->wanted.n - 1;
}

void needs_plan_make(const struct rule_world *world, const struct rule_needs *const *lists, size_t list_count,
                     struct arena *arena, struct needs_plan *ret) {
    struct planning p = {.world = world};
    const struct segment_set *set = world->segments;
    size_t segments = set ? set->n : 0;
    p.segment_list = arena_array(arena, segments + 1, sizeof *p.segment_list);
    for (size_t s = 0; s < segments; s++)
        p.segment_list[s] = UINT32_MAX;
    for (size_t l = 0; l < list_count; l++)
        VEC_PUSH(&p.lists, lists[l]);
    *ret = (struct needs_plan){.world = world, .given = list_count};
    uint32_t **place = arena_array(arena, list_count + segments + 1, sizeof *place);
    for (size_t l = 0; l < p.lists.n; l++) { /* grows while it is walked */
        const struct rule_needs *list = p.lists.v[l];
        place[l] = arena_array(arena, list->n + 1, sizeof **place);
        for (size_t i = 0; i < list->n; i++) {
            const struct rule_need *need = &list->v[i];
            place[l][i] = want(&p, need);
            if (need->kind != NEED_SEGMENT || p.segment_list[need->number] != UINT32_MAX) continue;
            p.segment_list[need->number] = (uint32_t)p.lists.n;
            VEC_PUSH(&p.lists, &set->v[need->number].needs);
        }
    }
    ret->lists = arena_copy(arena, p.lists.v, p.lists.n * sizeof *p.lists.v);
    ret->list_count = p.lists.n;
    ret->place = place;
    ret->wanted = arena_copy(arena, p.wanted.v, p.wanted.n * sizeof *p.wanted.v);
    ret->wanted_n = p.wanted.n;
    ret->segment_list = p.segment_list;
    VEC_FREE(&p.lists);
    VEC_FREE(&p.wanted);
    VEC_FREE(&p.next);
}

/* ---- running it ---- */

/* Over accounts, or over the contacts of a layout. */
struct running {
    struct insight *insight;
    const struct needs_plan *plan;
    const struct moment *moment;
    const struct contact_layout *layout; /* NULL: accounts */
    const uint32_t *accounts;            /* by row; NULL: from the first on */
    uint32_t first;
    size_t n;
    struct arena *arena;
    struct column *found;
    struct problem *problem;
};

static void copy_row(struct column *to, size_t row, const struct column *from) {
    to->number[row] = from->number[0];
    to->state[row] = from->state[0];
    to->cause[row] = from->cause[0];
    to->age_days[row] = from->age_days[0];
    to->partial[row] = from->partial[0];
}

/* Facts of accounts here and there, one account after the other. */
static enum status facts_of_some(struct running *r, const uint32_t *facts, size_t count,
                                 const struct moment *then, struct column *got) {
    struct arena arena = {0};
    struct column *one = arena_array(r->arena, count + 1, sizeof *one);
    enum status status = OK;
    for (size_t f = 0; f < count; f++)
        got[f] = column_new(r->arena, r->n);
    for (size_t i = 0; i < r->n && !status; i++) {
        status = facts_evaluate(r->insight, r->plan->world->catalogue, facts, count, then, r->accounts[i], 1,
                                &arena, one, r->problem);
        for (size_t f = 0; f < count && !status; f++)
            copy_row(&got[f], i, &one[f]);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return status;
}

/* The facts of one day, in one pass. */
static enum status run_day(struct running *r, int32_t days_back) {
    const struct needs_plan *plan = r->plan;
    uint32_t *facts = arena_array(r->arena, plan->wanted_n, sizeof *facts);
    struct column *got = arena_array(r->arena, plan->wanted_n, sizeof *got);
    struct moment then = *r->moment;
    enum status status = OK;
    size_t count = 0;
    for (size_t i = 0; i < plan->wanted_n; i++)
        if (plan->wanted[i].kind == NEED_FACT && plan->wanted[i].days_back == days_back)
            facts[count++] = plan->wanted[i].number;
    if (days_back) {
        then = moment_of_day(r->insight, r->moment->day - days_back);
        then.known_at = r->moment->known_at;
        then.known_day = r->moment->known_day;
    }
    if (r->layout)
        contact_facts_evaluate(r->insight, facts, count, &then, r->layout, r->arena, got);
    else if (r->accounts)
        status = facts_of_some(r, facts, count, &then, got);
    else
        status = facts_evaluate(r->insight, plan->world->catalogue, facts, count, &then, r->first, r->n,
                                r->arena, got, r->problem);
    count = 0;
    for (size_t i = 0; i < plan->wanted_n && !status; i++)
        if (plan->wanted[i].kind == NEED_FACT && plan->wanted[i].days_back == days_back)
            r->found[i] = got[count++];
    return status;
}

static enum status run_facts(struct running *r) {
    const struct needs_plan *plan = r->plan;
    enum status status = OK;
    for (size_t i = 0; i < plan->wanted_n && !status; i++) {
        bool done = plan->wanted[i].kind != NEED_FACT;
        for (size_t before = 0; before < i && !done; before++)
            done = plan->wanted[before].kind == NEED_FACT &&
                   plan->wanted[before].days_back == plan->wanted[i].days_back;
        if (!done) status = run_day(r, plan->wanted[i].days_back);
    }
    return status;
}

static enum status run_contacts(struct running *r, const struct rule_need *need,
                                const struct contact_layout *layout, size_t n, struct column *out) {
    const struct rule_needs *needs = rule_needs_of(need->contacts);
    struct needs_plan plan;
    struct column *columns;
    needs_plan_make(r->plan->world, &needs, 1, r->arena, &plan);
    enum status status =
        contact_plan_run(r->insight, &plan, r->moment, layout, r->arena, &columns, r->problem);
    if (status) return status;
    uint8_t *truth = arena_alloc(r->arena, layout->n + 1);
    struct arena scratch = {0};
    rule_evaluate(need->contacts, columns, r->moment->day, layout->n, &scratch, truth);
    arena_free(&scratch);
    *out = column_new(r->arena, n);
    rule_some_contact(truth, layout->offsets, n, need->at_least, out);
    return OK;
}

static enum status contacts_of_some(struct running *r, const struct rule_need *need, struct column *out) {
    enum status status = OK;
    *out = column_new(r->arena, r->n);
    for (size_t i = 0; i < r->n && !status; i++) {
        struct contact_layout layout;
        struct column one;
        contacts_present(r->insight, r->moment, r->accounts[i], 1, r->arena, &layout);
        status = run_contacts(r, need, &layout, 1, &one);
        if (!status) copy_row(out, i, &one);
    }
    return status;
}

static struct column *columns_of(const struct running *r, size_t list) {
    const struct rule_needs *needs = r->plan->lists[list];
    struct column *columns = arena_array(r->arena, needs->n + 1, sizeof *columns);
    for (size_t i = 0; i < needs->n; i++)
        columns[i] = r->found[r->plan->place[list][i]];
    return columns;
}

static enum status ask_memory(struct running *r, const struct rule_need *need, struct column *out) {
    struct insight *insight = r->insight;
    *out = column_new(r->arena, r->n);
    if (!insight->memory) return OK;
    return insight->memory(insight->memory_self, need->kind, &r->plan->world->segments->v[need->number],
                           need->days_back, r->moment, r->layout ? r->layout->slots : r->accounts, r->first,
                           r->n, out, r->problem);
}

static enum status run_segment(struct running *r, const struct rule_need *need, struct column *out) {
    const struct segment *segment = &r->plan->world->segments->v[need->number];
    if (!segment->rule_json.n) return ask_memory(r, need, out);
    uint8_t *truth = arena_alloc(r->arena, r->n + 1);
    struct arena scratch = {0};
    memset(truth, TRUTH_UNKNOWN, r->n);
    if (segment->rule)
        rule_evaluate(segment->rule, columns_of(r, r->plan->segment_list[need->number]), r->moment->day, r->n,
                      &scratch, truth);
    arena_free(&scratch);
    *out = column_new(r->arena, r->n);
    for (size_t i = 0; i < r->n; i++) {
        bool known = truth[i] != TRUTH_UNKNOWN;
        out->number[i] = truth[i] == TRUTH_TRUE;
        out->state[i] = known ? FACT_KNOWN : FACT_UNKNOWN;
        out->cause[i] = known ? CAUSE_NONE : CAUSE_NOT_JUDGED;
        out->age_days[i] = known ? 0 : -1;
    }
    return OK;
}

/* Facts first; what members remember; contacts; segments in the order of their numbers, since a rule names
 * only what stands before it. */
static enum status run(struct running *r, struct column **columns) {
    const struct needs_plan *plan = r->plan;
    struct contact_layout layout = {0};
    r->found = arena_array(r->arena, plan->wanted_n + 1, sizeof *r->found);
    enum status status = run_facts(r);
    size_t segments = 0;
    for (size_t i = 0; i < plan->wanted_n && !status; i++) {
        const struct rule_need *need = &plan->wanted[i];
        if (need->kind == NEED_ENTERED || need->kind == NEED_LEFT) status = ask_memory(r, need, &r->found[i]);
        segments += need->kind == NEED_SEGMENT;
        if (need->kind != NEED_CONTACTS) continue;
        if (r->accounts) {
            status = contacts_of_some(r, need, &r->found[i]);
            continue;
        }
        if (!layout.offsets) contacts_present(r->insight, r->moment, r->first, r->n, r->arena, &layout);
        status = run_contacts(r, need, &layout, r->n, &r->found[i]);
    }
    for (uint32_t s = 0; segments && plan->world->segments && s < plan->world->segments->n && !status; s++) {
        for (size_t i = 0; i < plan->wanted_n && plan->segment_list[s] != UINT32_MAX && !status; i++)
            if (plan->wanted[i].kind == NEED_SEGMENT && plan->wanted[i].number == s)
                status = run_segment(r, &plan->wanted[i], &r->found[i]);
    }
    for (size_t l = 0; l < plan->given && !status; l++)
        columns[l] = columns_of(r, l);
    return status;
}

enum status needs_plan_run(struct insight *insight, const struct needs_plan *plan,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) {
    struct running r = {.insight = insight,
                        .plan = plan,
                        .moment = moment,
                        .first = first,
                        .n = n,
                        .arena = arena,
                        .problem = problem};
    return run(&r, columns);
}

enum status needs_plan_run_some(struct insight *insight, const struct needs_plan *plan,
                                const struct moment *moment, const uint32_t *accounts, size_t n,
                                struct arena *arena, struct column **columns, struct problem *problem) {
    struct running r = {.insight = insight,
                        .plan = plan,
                        .moment = moment,
                        .accounts = accounts,
                        .n = n,
                        .arena = arena,
                        .problem = problem};
    return run(&r, columns);
}

enum status needs_evaluate(struct insight *insight, const struct catalogue *catalogue,
                           const struct rule_needs *const *lists, size_t list_count,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) {
    struct needs_plan plan;
    needs_plan_make(&catalogue->world, lists, list_count, arena, &plan);
    return needs_plan_run(insight, &plan, moment, first, n, arena, columns, problem);
}

enum status contact_plan_run(struct insight *insight, const struct needs_plan *plan,
                             const struct moment *moment, const struct contact_layout *layout,
                             struct arena *arena, struct column **columns, struct problem *problem) {
    struct running r = {.insight = insight,
                        .plan = plan,
                        .moment = moment,
                        .layout = layout,
                        .n = layout->n,
                        .arena = arena,
                        .problem = problem};
    return run(&r, columns);
}

/* ---- touch models ---- */

static void put_model(const struct segment *model, struct str which, struct column *column, size_t i) {
    bool cadence = str_is(which, "cadence_days");
    column->age_days[i] = 0;
    if (cadence && !model->touch_cadence_days) {
        column->state[i] = FACT_NOT_APPLICABLE;
        column->cause[i] = CAUSE_NOT_ENTITLED;
        return;
    }
    column->number[i] = cadence ? (double)model->touch_cadence_days : (double)model->touch_number;
    column->state[i] = FACT_KNOWN;
    column->cause[i] = CAUSE_NONE;
}

enum status touch_evaluate(struct insight *insight, const struct rule_world *world, struct str which,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column *column, struct problem *problem) {
    const struct segment_set *set = world->segments;
    size_t models = set ? set->touch_n : 0;
    struct rule_needs needs = {0};
    for (size_t t = 0; t < models; t++)
        (void)rule_need(
            &needs, (struct rule_need){.kind = NEED_SEGMENT, .number = (uint32_t)(set->touch[t] - set->v)},
            arena);
    const struct rule_needs *list = &needs;
    struct needs_plan plan;
    struct column *columns;
    needs_plan_make(world, &list, 1, arena, &plan);
    enum status status = needs_plan_run(insight, &plan, moment, first, n, arena, &columns, problem);
    if (status) return status;
    for (size_t i = 0; i < n; i++) {
        size_t t = 0;
        while (t < models && columns[t].state[i] == FACT_KNOWN && columns[t].number[i] == 0)
            t++;
        column->cause[i] = t < models ? CAUSE_NOT_JUDGED : CAUSE_NOT_RECORDED;
        if (t < models && columns[t].state[i] == FACT_KNOWN) put_model(set->touch[t], which, column, i);
    }
    return OK;
}
