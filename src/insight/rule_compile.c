/* Rules against a catalogue: names, types and units. */
#include "insight/rule_code.h"

#include <stdio.h>
#include <stdlib.h>

struct compiler {
    struct rule *rule;
    struct rule_needs *needs;
    struct arena *arena;
    struct problem *problem;
    bool failed;
};

static void fault(struct compiler *c, struct str where, struct message message, struct arguments args) {
    fail_at(c->problem, where, message, args);
    c->failed = true;
}

uint32_t rule_need(struct rule_needs *needs, struct rule_need need, struct arena *arena) {
    for (size_t i = 0; i < needs->n; i++) {
        const struct rule_need *old = &needs->v[i];
        if (old->kind == need.kind && old->number == need.number && old->days_back == need.days_back &&
            old->contacts == need.contacts && old->at_least == need.at_least)
            return (uint32_t)i;
    }
    if (needs->n == needs->capacity) {
        size_t capacity = needs->capacity ? needs->capacity * 2 : 16;
        struct rule_need *v = arena_array(arena, capacity, sizeof *v);
        if (needs->n) memcpy(v, needs->v, needs->n * sizeof *v);
        needs->v = v;
        needs->capacity = capacity;
    }
    needs->v[needs->n] = need;
    return (uint32_t)needs->n++;
}

static uint32_t need_fact(struct compiler *c, uint32_t number, int32_t days_back) {
    return rule_need(c->needs, (struct rule_need){NEED_FACT, number, days_back, NULL, 0}, c->arena);
}

/* ---- types ---- */

static const char *const type_names[] = {
    [VALUE_NUMBER] = "number", [VALUE_BOOL] = "bool", [VALUE_DATE] = "date", [VALUE_TEXT] = "text"};

static bool fits(enum rule_op op, enum value_type type) {
    switch (op) {
    case OP_EQUAL:
    case OP_NOT_EQUAL:
    case OP_KNOWN:
    case OP_UNKNOWN:
    case OP_STALE:
    case OP_APPLICABLE:
    case OP_TO:
    case OP_FROM:
        return true;
    case OP_LESS:
    case OP_AT_MOST:
    case OP_MORE:
    case OP_AT_LEAST:
    case OP_BETWEEN:
        return type == VALUE_NUMBER || type == VALUE_DATE;
    case OP_IN:
    case OP_NOT_IN:
        return type != VALUE_BOOL;
    case OP_CONTAINS:
    case OP_STARTS_WITH:
    case OP_ENDS_WITH:
    case OP_HAS:
        return type == VALUE_TEXT;
    case OP_RISES_BY:
    case OP_FALLS_BY:
    case OP_FELL_FROM_PEAK:
        return type == VALUE_NUMBER;
    default:
        return type == VALUE_DATE;
    }
}

/* The literal in the unit of the fact; for a text 0, when it is a text. */
static double literal(struct compiler *c, const struct fact *fact, const struct rule_value *value,
                      struct str where) {
    double share;
    int64_t days;
    day_t day;
    bool string = value->kind == RULE_VALUE_STRING;
    switch (fact->type) {
    case VALUE_NUMBER:
        if (value->kind == RULE_VALUE_NUMBER) return value->number;
        if (string && value_share(value->string, &share)) {
            if (str_is(fact->unit, "share")) return share;
            if (str_is(fact->unit, "percent")) return share * 100;
        } else if (string && value_days(value->string, &days)) {
            if (str_is(fact->unit, "days")) return (double)days;
        } else
            break;
        fault(c, where,
              MESSAGE("rule_unit", "“{0}” has another unit than “{1}”, which is in {2}.",
                      "یکای «{0}» با یکای «{1}» یکی نیست؛ یکای آن {2} است."),
              ARGS(value->string, fact->key, fact->unit.n ? fact->unit : STR("number")));
        return 0;
    case VALUE_BOOL:
        if (value->kind == RULE_VALUE_BOOL) return value->number;
        break;
    case VALUE_DATE:
        if (string && rule_date(value->string, &day)) return day;
        break;
    case VALUE_TEXT:
        if (string) return 0;
        break;
    }
    fault(c, where,
          fact->type == VALUE_DATE
              ? MESSAGE("rule_date_value",
                        "“{0}” is a date: compare it with a day that exists, as in “2026-01-31”.",
                        "«{0}» تاریخ است: آن را با روزی که وجود دارد بسنجید، مانند «2026-01-31».")
              : MESSAGE("rule_type", "“{0}” is of the type {1}; this value is not.",
                        "«{0}» از نوع {1} است و این مقدار نیست."),
          ARGS(fact->key, str_of(type_names[fact->type])));
    return 0;
}

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void weekdays(struct compiler *c, const struct rule_node *node, struct leaf *leaf, struct str where) {
    for (size_t i = 0; i < node->value_count; i++) {
        const struct rule_value *value = &node->values[i];
        int day = value->kind == RULE_VALUE_STRING ? weekday_find(value->string) : -1;
        if (day >= 0)
            leaf->mask |= 1u << day;
        else
            fault(c, path_item(c->arena, where, i),
                  MESSAGE("rule_weekday", "A weekday is one of sat, sun, mon, tue, wed, thu, fri.",
                          "روز هفته یکی از sat، sun، mon، tue، wed، thu، fri است."),
                  NO_ARGS);
    }
}

static void quarters(struct compiler *c, const struct rule_node *node, struct leaf *leaf, struct str where) {
    for (size_t i = 0; i < node->value_count; i++) {
        const struct rule_value *value = &node->values[i];
        uint32_t bit = 0;
        if (value->kind == RULE_VALUE_NUMBER &&
            (value->number == 1 || value->number == 2 || value->number == 3 || value->number == 4))
            bit = (uint32_t)value->number;
        for (uint32_t k = 0; k < 3 && value->kind == RULE_VALUE_STRING; k++)
            if (str_is(value->string, quarter_names[k])) bit = QUARTER_LAST + k;
        if (bit)
            leaf->mask |= 1u << bit;
        else
            fault(
                c, path_item(c->arena, where, i),
                MESSAGE(
                    "rule_quarter", "A fiscal quarter is 1, 2, 3, 4, “last”, “this” or “next”.",
                    "سه‌ماههٔ مالی یکی از ۱، ۲، ۳، ۴، «last»، «this» یا «next» "
                    "است."),
                NO_ARGS);
    }
}

static const struct fact *find_fact(struct compiler *c, const struct rule_node *node, uint32_t *number) {
    const struct rule_scope *scope = &c->rule->scope;
    *number = scope->find(scope->self, node->name);
    if (*number != DICT_NONE) return scope->fact(scope->self, *number);
    fault(c, path_name(c->arena, node->where, "fact"),
          MESSAGE("fact_unknown", "There is no fact “{0}”.", "شاخصی به نام «{0}» نیست."), ARGS(node->name));
    return NULL;
}

static void misfit(struct compiler *c, const struct rule_node *node, const struct fact *fact,
                   const char *member) {
    fault(c, path_name(c->arena, node->where, member),
          MESSAGE("rule_operator_type", "“{0}” does not apply to “{1}”, which is of the type {2}.",
                  "«{0}» برای «{1}» که از نوع {2} است به کار نمی‌رود."),
          ARGS(str_of(rule_op_info[node->op].name), fact->key, str_of(type_names[fact->type])));
}

static void compile_fact(struct compiler *c, const struct rule_node *node, struct leaf *leaf) {
    uint32_t number;
    leaf->fact = find_fact(c, node, &number);
    if (!leaf->fact) return;
    if (!fits(node->op, leaf->fact->type)) return misfit(c, node, leaf->fact, "is");
    leaf->now = need_fact(c, number, 0);
    struct str where = path_name(c->arena, node->where, "value");
    if (node->op == OP_ON_WEEKDAY) return weekdays(c, node, leaf, where);
    if (node->op == OP_IN_FISCAL_QUARTER) return quarters(c, node, leaf, where);
    enum value_shape shape = rule_op_info[node->op].shape;
    if (shape == SHAPE_ONE) leaf->a = literal(c, leaf->fact, node->values, where);
    if (shape == SHAPE_PAIR) {
        leaf->a = literal(c, leaf->fact, &node->values[0], path_item(c->arena, where, 0));
        leaf->b = literal(c, leaf->fact, &node->values[1], path_item(c->arena, where, 1));
        if (leaf->a > leaf->b)
            fault(c, where,
                  MESSAGE("rule_between", "The lower value comes first.",
                          "مقدار کمتر نخست می‌آید."),
                  NO_ARGS);
    }
    if (shape == SHAPE_LIST) {
        leaf->number_count = node->value_count;
        leaf->numbers = arena_array(c->arena, node->value_count, sizeof *leaf->numbers);
        for (size_t i = 0; i < node->value_count; i++)
            leaf->numbers[i] = literal(c, leaf->fact, &node->values[i], path_item(c->arena, where, i));
        qsort(leaf->numbers, leaf->number_count, sizeof *leaf->numbers, compare_numbers);
    }
}

static void compile_changed(struct compiler *c, const struct rule_node *node, struct leaf *leaf) {
    uint32_t number;
    leaf->fact = find_fact(c, node, &number);
    if (!leaf->fact) return;
    if (!fits(node->op, leaf->fact->type)) return misfit(c, node, leaf->fact, "changed");
    struct str where = path_item(c->arena, path_name(c->arena, node->where, "changed"), 1);
    const struct rule_value *value = node->values;
    bool amount = node->op != OP_TO && node->op != OP_FROM;
    leaf->relative = amount && value->kind == RULE_VALUE_STRING && value_share(value->string, &leaf->a);
    if (!leaf->relative) leaf->a = literal(c, leaf->fact, value, where);
    if (amount && !c->failed && !(leaf->a > 0))
        fault(c, where,
              MESSAGE("rule_change_amount", "The change must be more than 0.", "تغییر باید بیشتر از ۰ باشد."),
              NO_ARGS);
    leaf->now = need_fact(c, number, 0);
    if (node->op != OP_FELL_FROM_PEAK) {
        leaf->then = need_fact(c, number, node->days);
        return;
    }
    leaf->day_count = (size_t)node->days;
    leaf->days = arena_array(c->arena, leaf->day_count, sizeof *leaf->days);
    for (int32_t day = 1; day <= node->days; day++)
        leaf->days[day - 1] = need_fact(c, number, day);
}

/* An anonymous fact: {"usage": {"feature": NAME, "measure": MEASURE, "window": "30d"}}. */
static uint32_t did_fact(struct compiler *c, const struct rule_node *node, const char *measure) {
    const struct rule_scope *scope = &c->rule->scope;
    char window[16];
    snprintf(window, sizeof window, "%dd", (int)node->days);
    struct json members[] = {{.kind = JSON_STRING, .string = node->name},
                             {.kind = JSON_STRING, .string = str_of(measure)},
                             {.kind = JSON_STRING, .string = str_of(window)}};
    struct str names[] = {node->event ? STR("event") : STR("feature"), STR("measure"), STR("window")};
    struct json usage = {.kind = JSON_OBJECT, .items = members, .names = names, .n = 3};
    struct str source_name = STR("usage");
    struct json source = {.kind = JSON_OBJECT, .items = &usage, .names = &source_name, .n = 1};
    uint32_t number = DICT_NONE;
    if (scope->anonymous(scope->self, &source, path_name(c->arena, node->where, "did"), &number,
                         c->problem)) {
        c->failed = true;
        return 0;
    }
    return need_fact(c, number, 0);
}

static void compile_did(struct compiler *c, const struct rule_node *node, struct leaf *leaf) {
    if (!c->rule->scope.anonymous) {
        fault(
            c, path_name(c->arena, node->where, "did"),
            MESSAGE(
                "rule_did_here", "What was done in the product cannot be asked for here.",
                "اینجا نمی‌توان دربارهٔ کارهای انجام‌شده در محصول "
                "پرسید."),
            NO_ARGS);
        return;
    }
    leaf->times = node->times;
    leaf->people = node->people;
    if (leaf->times.op == OP_NONE && leaf->people.op == OP_NONE)
        leaf->times = (struct rule_count){OP_AT_LEAST, 1};
    if (leaf->times.op != OP_NONE) leaf->now = did_fact(c, node, "events");
    if (leaf->people.op != OP_NONE) leaf->then = did_fact(c, node, "users");
}

static void compile_segment(struct compiler *c, const struct rule_node *node, struct leaf *leaf) {
    const struct rule_scope *scope = &c->rule->scope;
    uint32_t number = scope->segment ? scope->segment(scope->self, node->name) : DICT_NONE;
    static const struct {
        const char *member;
        enum rule_need_kind need;
    } kinds[] = {[RULE_IN_SEGMENT] = {"in_segment", NEED_SEGMENT},
                 [RULE_ENTERED] = {"entered", NEED_ENTERED},
                 [RULE_LEFT] = {"left", NEED_LEFT}};
    if (number == DICT_NONE) {
        fault(c, path_name(c->arena, node->where, kinds[node->kind].member),
              MESSAGE("segment_unknown", "There is no segment “{0}”.", "بخشی به نام «{0}» نیست."),
              ARGS(node->name));
        return;
    }
    leaf->now = rule_need(c->needs, (struct rule_need){kinds[node->kind].need, number, node->days, NULL, 0},
                          c->arena);
}

static void compile_contacts(struct compiler *c, const struct rule_node *node, struct leaf *leaf) {
    const struct rule_scope *contacts = c->rule->scope.contacts;
    if (!contacts) {
        fault(c, path_name(c->arena, node->where, "some_contact"),
              MESSAGE("rule_no_contacts", "There are no facts about contacts to ask for here.",
                      "اینجا شاخصی دربارهٔ مخاطبان نیست که پرسیده شود."),
              NO_ARGS);
        return;
    }
    struct rule_needs *needs = arena_alloc(c->arena, sizeof *needs);
    struct rule_node *root = arena_copy(c->arena, node->children, sizeof *root);
    struct rule *rule = NULL;
    if (rule_compile(root, contacts, needs, c->arena, &rule, c->problem)) {
        c->failed = true;
        return;
    }
    leaf->now = rule_need(c->needs, (struct rule_need){NEED_CONTACTS, node->index, 0, rule, node->at_least},
                          c->arena);
}

static uint32_t last_index(const struct rule_node *node) {
    while (node->child_count)
        node = &node->children[node->child_count - 1];
    return node->index;
}

static bool is_group(const struct rule_node *node) {
    return node->kind <= RULE_NOT;
}

static void compile(struct compiler *c, const struct rule_node *node) {
    struct leaf *leaf = &c->rule->leaves[node->index];
    if (!is_group(node)) leaf->ordinal = c->rule->leaf_count++;
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY:
    case RULE_NOT:
        for (size_t i = 0; i < node->child_count; i++)
            compile(c, &node->children[i]);
        break;
    case RULE_FACT:
        compile_fact(c, node, leaf);
        break;
    case RULE_CHANGED:
        compile_changed(c, node, leaf);
        break;
    case RULE_DID:
        compile_did(c, node, leaf);
        break;
    case RULE_IN_SEGMENT:
    case RULE_ENTERED:
    case RULE_LEFT:
        compile_segment(c, node, leaf);
        break;
    case RULE_SOME_CONTACT:
        compile_contacts(c, node, leaf);
        break;
    }
}

enum status rule_compile(const struct rule_node *node, const struct rule_scope *scope,
                         struct rule_needs *needs, struct arena *arena, struct rule **out,
                         struct problem *problem) {
    struct rule *rule = arena_alloc(arena, sizeof *rule);
    *rule = (struct rule){.root = node, .scope = *scope, .needs = needs};
    rule->leaves = arena_array(arena, last_index(node) + 1, sizeof *rule->leaves);
    struct compiler c = {rule, needs, arena, problem, false};
    compile(&c, node);
    if (c.failed) return BAD_INPUT;
    if (needs->n > RULE_MAX_NEEDS)
        return fail_at(
            problem, node->where,
            MESSAGE("rule_needs", "The rule looks at more than {0} values of the past.",
                    "قاعده به بیش از {0} مقدار گذشته نگاه می‌کند."),
            ARGS(STR("2,000")));
    *out = rule;
    return OK;
}

uint32_t rule_leaf_count(const struct rule *rule) {
    return rule->leaf_count;
}

static const struct rule_node *find_leaf(const struct rule *rule, const struct rule_node *node,
                                         uint32_t ordinal) {
    const struct rule_node *found = NULL;
    if (!is_group(node)) return rule->leaves[node->index].ordinal == ordinal ? node : NULL;
    for (size_t i = 0; i < node->child_count && !found; i++)
        found = find_leaf(rule, &node->children[i], ordinal);
    return found;
}

const struct rule_node *rule_leaf(const struct rule *rule, uint32_t ordinal) {
    return find_leaf(rule, rule->root, ordinal);
}

const struct rule_node *rule_tree(const struct rule *rule) {
    return rule->root;
}

const struct rule_needs *rule_needs_of(const struct rule *rule) {
    return rule->needs;
}
