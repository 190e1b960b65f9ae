#include "insight/segment_set.h"

#include "base/vec.h"
#include "insight/rule_tree.h"

#include <stdlib.h>

enum mark { NEW, WALKING, PLACED };

struct making {
    struct segment_set *set;
    const struct segment_definition *definitions;
    struct rule_node **roots; /* by definition; NULL: a list, or broken */
    struct text *broken;      /* by definition */
    uint8_t *marks;
    size_t n;
    struct str subject, where;
    struct problem *problem;
    enum status status; /* of the subject */
};

static bool is_subject(const struct making *m, size_t i) {
    return m->subject.n && str_equal(m->definitions[i].key, m->subject);
}

static void set_broken(struct making *m, size_t i, const struct problem *why) {
    struct buf en = {0}, fa = {0};
    fault_print(&why->main, ENGLISH, &en);
    fault_print(&why->main, PERSIAN, &fa);
    m->broken[i] =
        (struct text){str_copy(&m->set->arena, buf_str(&en)).p, str_copy(&m->set->arena, buf_str(&fa)).p};
    buf_free(&en);
    buf_free(&fa);
}

/* A fault of the subject is the caller's; any other breaks its own segment only. */
static struct problem own_problem(struct making *m, size_t i) {
    return is_subject(m, i) ? *m->problem : (struct problem){.arena = &m->set->arena};
}

static void settle(struct making *m, size_t i, enum status status, const struct problem *problem) {
    if (!status) return;
    if (is_subject(m, i)) {
        *m->problem = *problem;
        m->status = status;
    }
    set_broken(m, i, problem);
    m->roots[i] = NULL;
}

static void parse(struct making *m, size_t i) {
    const struct segment_definition *definition = &m->definitions[i];
    if (!definition->rule.n) return;
    struct json json;
    struct problem problem = own_problem(m, i);
    enum status status =
        json_parse(str_copy(&m->set->arena, definition->rule), &m->set->arena, &json, &problem);
    if (!status)
        status =
            rule_parse(&json, is_subject(m, i) ? m->where : STR(""), &m->set->arena, &m->roots[i], &problem);
    settle(m, i, status, &problem);
}

static const struct rule_node *naming(const struct rule_node *node, struct str key) {
    bool names = node->kind == RULE_IN_SEGMENT || node->kind == RULE_ENTERED || node->kind == RULE_LEFT;
    if (names && str_equal(node->name, key)) return node;
    const struct rule_node *found = NULL;
    for (size_t i = 0; i < node->child_count && !found; i++)
        found = naming(&node->children[i], key);
    return found;
}

static void place(struct making *m, size_t i);

static void place_below(struct making *m, const struct rule_node *node) {
    bool names = node->kind == RULE_IN_SEGMENT || node->kind == RULE_ENTERED || node->kind == RULE_LEFT;
    for (size_t i = 0; i < m->n && names; i++)
        if (m->marks[i] == NEW && str_equal(m->definitions[i].key, node->name)) place(m, i);
    for (size_t i = 0; i < node->child_count; i++)
        place_below(m, &node->children[i]);
}

/* One that is being walked when it is met again closes a circle. */
static const struct rule_node *circle(const struct making *m, size_t i) { /* names one that is being walked */
    const struct rule_node *node = NULL;
    for (size_t k = 0; k < m->n && !node; k++)
        if (m->marks[k] == WALKING) node = naming(m->roots[i], m->definitions[k].key);
    return node;
}

static bool is_before(const struct segment_definition *a, const struct segment_definition *b) {
    if (a->touch_place <= 0 || a->of != SEGMENT_OF_ACCOUNTS) return false;
    return a->touch_place != b->touch_place ? a->touch_place < b->touch_place
                                            : str_compare(a->key, b->key) < 0;
}

/* Touch models exclude each other by their order: the rule, and not in one of those before it. */
static struct rule_node *exclusive(const struct making *m, size_t i) {
    struct arena *arena = &m->set->arena;
    struct rule_node *children = arena_array(arena, m->n + 1, sizeof *children);
    size_t n = 0;
    children[n++] = *m->roots[i];
    for (size_t k = 0; k < m->n; k++) {
        if (!is_before(&m->definitions[k], &m->definitions[i])) continue;
        struct rule_node *in = arena_alloc(arena, sizeof *in);
        *in = (struct rule_node){.kind = RULE_IN_SEGMENT, .name = str_copy(arena, m->definitions[k].key)};
        children[n++] = (struct rule_node){.kind = RULE_NOT, .children = in, .child_count = 1};
    }
    if (n == 1) return m->roots[i];
    struct rule_node *all = arena_alloc(arena, sizeof *all);
    *all = (struct rule_node){.kind = RULE_ALL, .children = children, .child_count = n};
    return all;
}

static enum status compile(struct making *m, size_t i, struct segment *segment, struct problem *problem) {
    const struct rule_node *back = circle(m, i);
    if (back)
        return fail_at(
            problem, back->where,
            MESSAGE(
                "segment_cycle",
                "“{0}” leads back to the segment “{1}” itself: choose another, or take the condition away.",
                "«{0}» به خود بخش «{1}» بازمی‌گردد: بخش دیگری برگزینید یا شرط را بردارید."),
            ARGS(back->name, m->definitions[i].key));
    struct rule_scope scope = rule_world_scope(m->set->world);
    const struct rule_scope *use = segment->of == SEGMENT_OF_CONTACTS ? scope.contacts : &scope;
    if (!use)
        return fail_at(problem, m->where,
                       MESSAGE("rule_no_contacts", "There are no facts about contacts to ask for here.",
                               "اینجا شاخصی دربارهٔ مخاطبان نیست که پرسیده شود."),
                       NO_ARGS);
    struct arena *arena = &m->set->arena;
    struct rule_scope *kept = arena_copy(arena, use, sizeof *use);
    enum status status = rule_compile(m->roots[i], kept, &segment->needs, arena, &segment->rule, problem);
    if (status || segment->touch_place <= 0) return status;
    /* Its own rule is sound and every fault had its place; what is judged also excludes the models before it.
     */
    m->roots[i] = exclusive(m, i);
    segment->needs = (struct rule_needs){0};
    status = rule_finish(m->roots[i], m->where, arena, problem);
    return status ? status : rule_compile(m->roots[i], kept, &segment->needs, arena, &segment->rule, problem);
}

/* Whether a segment leads to another, through rules and through the order of touch models. */
static bool leads_to(const struct making *m, size_t i, size_t to, uint8_t *seen) {
    if (i == to) return true;
    if (seen[i]) return false;
    seen[i] = 1;
    for (size_t k = 0; k < m->n; k++) {
        bool next = (m->roots[i] && naming(m->roots[i], m->definitions[k].key)) ||
                    (m->definitions[i].touch_place > 0 && is_before(&m->definitions[k], &m->definitions[i]));
        if (next && leads_to(m, k, to, seen)) return true;
    }
    return false;
}

/* The subject must not lead back to itself: the fault stands where its rule does. */
static void refuse_circle(struct making *m, size_t subject) {
    const struct segment_definition *of = &m->definitions[subject];
    for (size_t k = 0; k < m->n && !m->status; k++) {
        const struct rule_node *node =
            m->roots[subject] ? naming(m->roots[subject], m->definitions[k].key) : NULL;
        bool order = of->touch_place > 0 && is_before(&m->definitions[k], of);
        uint8_t *seen = arena_alloc(&m->set->arena, m->n);
        if ((!node && !order) || !leads_to(m, k, subject, seen)) continue;
        struct problem problem = *m->problem;
        enum status status = fail_at(
            &problem, node ? node->where : m->where,
            MESSAGE(
                "segment_cycle",
                "“{0}” leads back to the segment “{1}” itself: choose another, or take the condition away.",
                "«{0}» به خود بخش «{1}» بازمی‌گردد: بخش دیگری برگزینید یا شرط را بردارید."),
            ARGS(m->definitions[k].key, of->key));
        settle(m, subject, status, &problem);
    }
}

/* Depth first: what a rule names is placed before it. */
static void place(struct making *m, size_t i) {
    struct arena *arena = &m->set->arena;
    const struct segment_definition *definition = &m->definitions[i];
    m->marks[i] = WALKING;
    if (m->roots[i]) place_below(m, m->roots[i]);
    for (size_t k = 0; k < m->n && definition->touch_place > 0; k++)
        if (m->marks[k] == NEW && is_before(&m->definitions[k], definition)) place(m, k);
    struct segment segment = {
        .key = str_copy(arena, definition->key),
        .title = {str_copy(arena, definition->title_en).p, str_copy(arena, definition->title_fa).p},
        .of = definition->of,
        .version = definition->version,
        .since = definition->since,
        .rule_json = str_copy(arena, definition->rule),
        .touch_place = definition->touch_place,
        .touch_cadence_days = definition->touch_cadence_days,
        .touch_owner = definition->touch_owner,
    };
    if (m->roots[i]) {
        struct problem problem = own_problem(m, i);
        settle(m, i, compile(m, i, &segment, &problem), &problem);
    }
    segment.root = m->roots[i];
    if (!segment.root) {
        segment.rule = NULL;
        segment.needs = (struct rule_needs){0};
    }
    segment.broken = m->broken[i];
    m->marks[i] = PLACED;
    m->set->v[m->set->n++] = segment; /* from here on others find it */
}

static int by_place(const void *a, const void *b) {
    const struct segment *x = *(const struct segment *const *)a, *y = *(const struct segment *const *)b;
    if (x->touch_place != y->touch_place) return x->touch_place < y->touch_place ? -1 : 1;
    return str_compare(x->key, y->key);
}

/* Touch models are facts themselves: one whose rule reads them leads back to itself. */
static void refuse_touch_circles(struct making *m) {
    struct segment_set *set = m->set;
    for (size_t t = 0; t < set->touch_n; t++) {
        struct segment *segment = (struct segment *)set->touch[t]; /* ours: the set is being made */
        if (!segment->rule || !(needs_reach(set->world, &segment->needs) & REACH_TOUCH)) continue;
        size_t i = 0;
        while (!str_equal(m->definitions[i].key, segment->key))
            i++;
        struct problem problem = own_problem(m, i);
        enum status status = fail_at(
            &problem, m->where,
            MESSAGE(
                "touch_cycle", "The rule of the touch model “{0}” reads the touch model itself.",
                "قاعدهٔ مدل تعامل «{0}» خود مدل تعامل را می‌خواند."),
            ARGS(segment->key));
        settle(m, i, status, &problem);
        segment->rule = NULL;
        segment->root = NULL;
        segment->needs = (struct rule_needs){0};
        segment->broken = m->broken[i];
    }
}

enum status segment_set_make(struct rule_world *world, const struct segment_definition *definitions, size_t n,
                             struct str subject, struct str where, struct segment_set **ret,
                             struct problem *problem) {
    struct segment_set *set = memory_new(sizeof *set);
    struct arena *arena = &set->arena;
    set->world = world;
    set->v = arena_array(arena, n + 1, sizeof *set->v);
    set->touch = arena_array(arena, n + 1, sizeof *set->touch);
    world->segments = set;
    struct making m = {.set = set,
                       .definitions = definitions,
                       .roots = arena_array(arena, n + 1, sizeof *m.roots),
                       .broken = arena_array(arena, n + 1, sizeof *m.broken),
                       .marks = arena_alloc(arena, n + 1),
                       .n = n,
                       .subject = subject,
                       .where = where,
                       .problem = problem};
    for (size_t i = 0; i < n; i++)
        parse(&m, i);
    for (size_t i = 0; i < n; i++)
        if (is_subject(&m, i)) refuse_circle(&m, i);
    for (size_t i = 0; i < n; i++)
        if (m.marks[i] == NEW) place(&m, i);
    for (size_t i = 0; i < n; i++)
        if (set->v[i].touch_place > 0 && set->v[i].of == SEGMENT_OF_ACCOUNTS)
            set->touch[set->touch_n++] = &set->v[i];
    qsort(set->touch, set->touch_n, sizeof *set->touch, by_place);
    refuse_touch_circles(&m);
    if (m.status) {
        world->segments = NULL;
        segment_set_free(set);
        return m.status;
    }
    *ret = set;
    return OK;
}

void segment_set_free(struct segment_set *set) {
    if (!set) return;
    arena_free(&set->arena);
    free(set);
}

const struct segment *segment_set_find(const struct segment_set *set, struct str key) {
    for (size_t i = 0; i < set->n; i++)
        if (str_equal(set->v[i].key, key)) return &set->v[i];
    return NULL;
}

/* ---- what rules lead to ---- */

struct walk {
    const struct rule_world *world;
    uint8_t facts[CATALOGUE_MOST_FACTS]; /* walked: formulas share what they are made from */
    uint8_t walked[SEGMENT_MOST];
    unsigned found;
};

static void walk_needs(struct walk *w, const struct rule_needs *needs);

static void walk_fact(struct walk *w, uint32_t number) {
    const struct declared *declared = catalogue_declared(w->world->catalogue, number);
    const struct segment_set *set = w->world->segments;
    if (w->facts[number]) return;
    w->facts[number] = 1;
    for (size_t i = 0; i < declared->read_n; i++)
        walk_fact(w, declared->reads[i]);
    if (declared->kind == FROM_SCORE) w->found |= REACH_SCORE;
    if (declared->kind == FROM_PEOPLE) w->found |= REACH_PEOPLE;
    if (declared->kind != FROM_TOUCH) return;
    w->found |= REACH_TOUCH;
    for (size_t t = 0; set && t < set->touch_n; t++)
        walk_needs(w, &set->touch[t]->needs);
}

static void walk_needs(struct walk *w, const struct rule_needs *needs) {
    for (size_t i = 0; i < needs->n; i++) {
        const struct rule_need *need = &needs->v[i];
        if (need->kind == NEED_FACT) {
            walk_fact(w, need->number);
        } else if (need->kind == NEED_CONTACTS) {
            w->found |= REACH_PEOPLE;
        } else if (!w->walked[need->number]) {
            const struct segment *segment = &w->world->segments->v[need->number];
            w->walked[need->number] = 1;
            if (segment->of == SEGMENT_OF_ACCOUNTS) walk_needs(w, &segment->needs);
        }
    }
}

unsigned needs_reach(const struct rule_world *world, const struct rule_needs *needs) {
    struct walk w = {.world = world};
    walk_needs(&w, needs);
    return w.found;
}

unsigned fact_reach(const struct rule_world *world, uint32_t fact) {
    struct walk w = {.world = world};
    walk_fact(&w, fact);
    return w.found;
}
