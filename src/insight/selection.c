#include "insight/selection.h"

#include "base/dict.h"
#include "customers/directory.h"
#include "insight/needs.h"

#include <stdlib.h>

static enum status read_rule(struct str segment, struct str where, struct arena *arena,
                             struct rule_node **root, struct problem *problem) {
    struct rule_node *parsed = NULL;
    *root = NULL;
    if (where.p) {
        enum status status = rule_parse_text(where, arena, &parsed, problem);
        if (status) return status;
        *root = parsed;
    }
    if (segment.p) {
        struct rule_node *member = arena_alloc(arena, sizeof *member);
        *member = (struct rule_node){.kind = RULE_IN_SEGMENT, .where = STR("segment"), .name = segment};
        if (!parsed) {
            *root = member;
            return OK;
        }
        struct rule_node *children = arena_array(arena, 2, sizeof *children);
        children[0] = *member;
        children[1] = *parsed;
        struct rule_node *both = arena_alloc(arena, sizeof *both);
        *both = (struct rule_node){.kind = RULE_ALL, .children = children, .child_count = 2};
        *root = both;
    }
    return OK;
}

static enum status find_split(struct selector *selector, struct str name, struct problem *problem) {
    selector->split = DICT_NONE;
    if (!name.p) return OK;
    selector->split = catalogue_find(selector->catalogue, name);
    if (selector->split == DICT_NONE)
        return fail_at(problem, STR("split"),
                       MESSAGE("split_unknown", "There is no fact “{0}”. See: vafa facts list DATA.",
                               "شاخص «{0}» وجود ندارد. فهرست: vafa facts list DATA."),
                       ARGS(name));
    enum value_type type = catalogue_fact(selector->catalogue, selector->split)->type;
    if (type == VALUE_TEXT || type == VALUE_BOOL) return OK;
    return fail_at(
        problem, STR("split"),
        MESSAGE(
            "split_type", "A figure is split by a fact whose value is a text or yes/no; “{0}” is neither.",
            "تفکیک با شاخصی از نوع متن یا بله/خیر انجام می‌شود؛ «{0}» از این دو نیست."),
        ARGS(name));
}

enum status request_selector(const struct request *request, struct selector *ret, struct problem *problem) {
    struct rule_node *root;
    *ret = (struct selector){.request = request, .catalogue = insight_catalogue(request->house->insight)};
    ret->scope = rule_scope_of(ret->catalogue);
    enum status status = read_rule(request_query(request, "segment"), request_query(request, "where"),
                                   request->arena, &root, problem);
    if (!status && root)
        status = rule_compile(root, &ret->scope, &ret->needs, request->arena, &ret->rule, problem);
    if (!status) status = find_split(ret, request_query(request, "split"), problem);
    return status;
}

/* ---- groups ---- */

struct group_order {
    struct str key;
    uint32_t value;
};

static int by_key(const void *a, const void *b) {
    const struct group_order *left = a, *right = b;
    if (!left->key.n || !right->key.n) return (left->key.n == 0) - (right->key.n == 0);
    return str_compare(left->key, right->key);
}

/* Values become groups in the order of their keys; those without a value are the last. */
static enum status make_groups(const struct fact *fact, const struct column *column, struct arena *arena,
                               struct selection *selection, struct problem *problem) {
    size_t values = fact->type == VALUE_TEXT ? fact->texts->n : 2;
    struct group_order *order = arena_array(arena, values + 1, sizeof *order);
    uint32_t *place = arena_array(arena, values + 1, sizeof *place);
    for (size_t v = 0; v < values; v++)
        order[v] = (struct group_order){fact->type == VALUE_TEXT ? dict_key(fact->texts, (uint32_t)v)
                                        : v                      ? STR("true")
                                                                 : STR("false"),
                                        (uint32_t)v};
    order[values] = (struct group_order){{0}, (uint32_t)values};
    qsort(order, values + 1, sizeof *order, by_key);
    size_t *counts = arena_array(arena, values + 1, sizeof *counts);
    selection->group = arena_array(arena, selection->n, sizeof *selection->group);
    for (size_t i = 0; i < selection->n; i++) {
        selection->group[i] = GROUP_NONE;
        if (!selection->included[i]) continue;
        selection->group[i] = column->state[i] == FACT_KNOWN ? (uint32_t)column->number[i] : (uint32_t)values;
        counts[selection->group[i]]++;
    }
    selection->groups = arena_array(arena, values + 1, sizeof *selection->groups);
    for (size_t o = 0; o <= values; o++) { /* values that nobody has are no groups */
        if (!counts[order[o].value]) continue;
        place[order[o].value] = (uint32_t)selection->group_count;
        selection->groups[selection->group_count++] =
            (struct selection_group){order[o].key, counts[order[o].value]};
    }
    for (size_t i = 0; i < selection->n; i++)
        if (selection->group[i] != GROUP_NONE) selection->group[i] = place[selection->group[i]];
    if (selection->group_count <= SPLIT_MOST_GROUPS) return OK;
    return fail_at(
        problem, STR("split"),
        MESSAGE(
            "split_too_many",
            "That would be more than 500 groups. Split by a fact with fewer values, or choose fewer accounts.",
            "این بیش از ۵۰۰ گروه می‌شود. با شاخصی که مقدارهای کمتری دارد تفکیک کنید یا مشتریان کمتری برگزینید."),
        NO_ARGS);
}

/* ---- accounts ---- */

const uint8_t *request_scope_mask(const struct request *request, size_t *n) {
    struct directory *directory = request->house->directory;
    *n = 0;
    if (request->principal.scope == SCOPE_ALL || request->principal.kind == LOCAL) return NULL;
    directory_lock(directory);
    *n = directory_size(directory);
    uint8_t *mask = arena_alloc(request->arena, *n + 1);
    for (uint32_t i = 0; i < *n; i++)
        mask[i] = directory_in_scope(directory, i, &request->principal);
    directory_unlock(directory);
    return mask;
}

static enum status keep_those_who_hold(const struct selector *selector, const struct moment *moment,
                                       struct arena *arena, struct selection *selection,
                                       struct problem *problem) {
    const struct rule_needs *needs = &selector->needs;
    struct column *columns;
    enum status status = needs_evaluate(selector->request->house->insight, selector->catalogue, &needs, 1,
                                        moment, 0, selection->n, arena, &columns, problem);
    if (status) return status;
    uint8_t *truth = arena_alloc(arena, selection->n + 1);
    rule_evaluate(selector->rule, columns, moment->day, selection->n, arena, truth);
    for (size_t i = 0; i < selection->n; i++) {
        selection->unjudged += selection->included[i] && truth[i] == TRUTH_UNKNOWN;
        selection->included[i] &= truth[i] == TRUTH_TRUE;
    }
    return OK;
}

enum status selector_apply(const struct selector *selector, const struct moment *moment, struct arena *arena,
                           struct selection *ret, struct problem *problem) {
    const struct request *request = selector->request;
    struct directory *directory = request->house->directory;
    bool all = request->principal.scope == SCOPE_ALL || request->principal.kind == LOCAL;
    directory_lock(directory);
    size_t n = directory_size(directory);
    *ret = (struct selection){.n = n, .included = arena_alloc(arena, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        ret->included[i] = !directory_account(directory, i)->merged &&
                           (all || directory_in_scope(directory, i, &request->principal));
    directory_unlock(directory);

    /* A figure of many periods keeps a selection for each: columns are not kept. */
    struct arena scratch = {0};
    enum status status = OK;
    if (selector->rule) status = keep_those_who_hold(selector, moment, &scratch, ret, problem);
    for (size_t i = 0; i < n; i++)
        ret->count += ret->included[i];
    if (!status && selector->split != DICT_NONE) {
        struct column column;
        status = facts_evaluate(request->house->insight, selector->catalogue, &selector->split, 1, moment, 0,
                                n, &scratch, &column, problem);
        if (!status)
            status = make_groups(catalogue_fact(selector->catalogue, selector->split), &column, arena, ret,
                                 problem);
    }
    arena_free(&scratch);
    return status;
}
