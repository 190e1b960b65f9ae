/* Rules from JSON and back. */
#include "insight/rule_tree.h"

#include "base/vec.h"

#include <math.h>
#include <stdio.h>

static const struct head {
    const char *name;
    const char *more[3]; /* other members that may stand beside it */
} heads[] = {
    [RULE_ALL] = {"all", {0}},
    [RULE_ANY] = {"any", {0}},
    [RULE_NOT] = {"not", {0}},
    [RULE_FACT] = {"fact", {"is", "value"}},
    [RULE_CHANGED] = {"fact", {"changed", "in"}},
    [RULE_DID] = {"did", {"times", "people", "in"}},
    [RULE_IN_SEGMENT] = {"in_segment", {0}},
    [RULE_ENTERED] = {"entered", {"in"}},
    [RULE_LEFT] = {"left", {"in"}},
    [RULE_SOME_CONTACT] = {"some_contact", {"at_least"}},
};

struct reader {
    struct arena *arena;
    struct problem *problem;
    bool failed;
};

static void fault(struct reader *r, struct str where, struct message message, struct arguments args) {
    fail_at(r->problem, where, message, args);
    r->failed = true;
}

static void missing(struct reader *r, struct str where, const char *name) {
    fault(r, where, MESSAGE("member_missing", "“{0}” is missing.", "«{0}» نیامده است."), ARGS(str_of(name)));
}

static void read_name(struct reader *r, const struct json *json, struct str where, struct str *out) {
    if (json->kind == JSON_STRING && json->string.n)
        *out = str_copy(r->arena, json->string);
    else
        fault(r, where, MESSAGE("rule_name", "A name is expected here.", "اینجا باید یک نام بیاید."),
              NO_ARGS);
}

static void read_days(struct reader *r, const struct json *json, struct str where, int32_t *out) {
    int64_t days = 0;
    bool good = json && ((json->kind == JSON_INT && (days = json->integer, true)) ||
                         (json->kind == JSON_STRING && value_days(json->string, &days)));
    if (good && days >= INT32_MIN && days <= INT32_MAX)
        *out = (int32_t)days;
    else
        fault(r, where,
              MESSAGE("rule_days", "A number of days is expected here, such as “30d” or “4w”.",
                      "اینجا باید شمار روزها بیاید، مانند «30d» یا «4w»."),
              NO_ARGS);
}

static void read_value(struct reader *r, const struct json *json, struct str where, struct rule_value *out) {
    switch (json->kind) {
    case JSON_INT:
    case JSON_NUMBER:
        *out = (struct rule_value){RULE_VALUE_NUMBER, json->number, {0}};
        if (isfinite(json->number)) return;
        break;
    case JSON_BOOL:
        *out = (struct rule_value){RULE_VALUE_BOOL, json->boolean, {0}};
        return;
    case JSON_STRING:
        *out = (struct rule_value){RULE_VALUE_STRING, 0, str_copy(r->arena, json->string)};
        return;
    default:
        break;
    }
    fault(r, where,
          MESSAGE("rule_value", "A number, a text, true or false is expected here.",
                  "اینجا باید عدد، متن، true یا false بیاید."),
          NO_ARGS);
}

static void read_values(struct reader *r, struct rule_node *node, const struct json *json, struct str where) {
    enum value_shape shape = rule_op_info[node->op].shape;
    if (shape == SHAPE_NONE) {
        if (json)
            fault(r, where,
                  MESSAGE("rule_no_value", "This comparison takes no value.",
                          "این مقایسه مقداری نمی‌گیرد."),
                  NO_ARGS);
        return;
    }
    if (!json) return missing(r, node->where, "value");
    if (shape == SHAPE_DAYS) return read_days(r, json, where, &node->days);
    bool may_be_single = shape == SHAPE_ONE || node->op == OP_ON_WEEKDAY || node->op == OP_IN_FISCAL_QUARTER;
    if (json->kind == JSON_ARRAY ? shape == SHAPE_ONE : !may_be_single) {
        fault(r, where,
              shape == SHAPE_ONE
                  ? MESSAGE("rule_one_value", "One value is expected here, not a list.",
                            "اینجا باید یک مقدار بیاید، نه فهرست.")
                  : MESSAGE("rule_list", "A list is expected here.", "اینجا باید فهرست بیاید."),
              NO_ARGS);
        return;
    }
    bool list = json->kind == JSON_ARRAY;
    size_t n = list ? json->n : 1;
    if ((shape == SHAPE_PAIR && n != 2) || n == 0) {
        fault(r, where,
              shape == SHAPE_PAIR ? MESSAGE("rule_pair", "Two values are expected here, the lower first.",
                                            "اینجا باید دو مقدار بیاید، نخست کمتر.")
                                  : MESSAGE("rule_empty_list", "The list is empty.", "فهرست خالی است."),
              NO_ARGS);
        return;
    }
    node->value_count = n;
    node->values = arena_array(r->arena, n, sizeof *node->values);
    for (size_t i = 0; i < n && i <= RULE_MAX_VALUES; i++)
        read_value(r, list ? &json->items[i] : json, list ? path_item(r->arena, where, i) : where,
                   &node->values[i]);
}

/* [">=", 3] */
static void read_count(struct reader *r, const struct json *json, struct str where, struct rule_count *out) {
    if (!json) return;
    if (json->kind == JSON_ARRAY && json->n == 2 && json->items[0].kind == JSON_STRING &&
        json->items[1].kind == JSON_INT) {
        out->op = rule_op_find(json->items[0].string, false);
        out->n = json->items[1].integer;
        if (op_counts(out->op) && out->n >= 0) return;
    }
    fault(r, where,
          MESSAGE("rule_count", "A comparison and a whole number are expected here, such as [\">=\", 3].",
                  "اینجا باید یک مقایسه و یک عدد صحیح بیاید، مانند [\">=\", 3]."),
          NO_ARGS);
}

static void read_fact(struct reader *r, const struct json *json, struct rule_node *node) {
    read_name(r, json_get(json, "fact"), path_name(r->arena, node->where, "fact"), &node->name);
    const struct json *is = json_get(json, "is");
    if (!is) return missing(r, node->where, "is");
    node->op = rule_op_find(is->kind == JSON_STRING ? is->string : (struct str){0}, false);
    if (node->op == OP_NONE) {
        fault(r, path_name(r->arena, node->where, "is"),
              MESSAGE("rule_operator", "“{0}” is not a comparison; see the list in the guide to rules.",
                      "«{0}» مقایسه نیست؛ فهرست را در راهنمای قاعده‌ها "
                      "ببینید."),
              ARGS(is->kind == JSON_STRING ? is->string : STR("?")));
        return;
    }
    read_values(r, node, json_get(json, "value"), path_name(r->arena, node->where, "value"));
}

static void read_changed(struct reader *r, const struct json *json, struct rule_node *node) {
    read_name(r, json_get(json, "fact"), path_name(r->arena, node->where, "fact"), &node->name);
    const struct json *changed = json_get(json, "changed");
    struct str where = path_name(r->arena, node->where, "changed");
    if (changed->kind == JSON_ARRAY && changed->n == 2 && changed->items[0].kind == JSON_STRING)
        node->op = rule_op_find(changed->items[0].string, true);
    if (node->op == OP_NONE)
        fault(
            r, where,
            MESSAGE(
                "rule_change",
                "A change is a list of its kind (rises_by, falls_by, fell_from_peak, to, from) and a value.",
                "تغییر، فهرستی از نوع آن (rises_by، falls_by، fell_from_peak، to، from) و یک مقدار است."),
            NO_ARGS);
    else {
        node->value_count = 1;
        node->values = arena_array(r->arena, 1, sizeof *node->values);
        read_value(r, &changed->items[1], path_item(r->arena, where, 1), node->values);
    }
    read_days(r, json_get(json, "in"), path_name(r->arena, node->where, "in"), &node->days);
}

static void read_did(struct reader *r, const struct json *json, struct rule_node *node) {
    const struct json *did = json_get(json, "did");
    struct str where = path_name(r->arena, node->where, "did");
    const struct json *feature = json_get(did, "feature"), *event = json_get(did, "event");
    if (did->kind != JSON_OBJECT || did->n != 1 || (!feature && !event))
        fault(r, where,
              MESSAGE("rule_did", "Name what was done: {\"feature\": …} or {\"event\": …}.",
                      "آنچه انجام شده را نام ببرید: {\"feature\": …} یا {\"event\": …}."),
              NO_ARGS);
    else
        read_name(r, feature ? feature : event, path_name(r->arena, where, feature ? "feature" : "event"),
                  &node->name);
    node->event = event != NULL;
    read_count(r, json_get(json, "times"), path_name(r->arena, node->where, "times"), &node->times);
    read_count(r, json_get(json, "people"), path_name(r->arena, node->where, "people"), &node->people);
    read_days(r, json_get(json, "in"), path_name(r->arena, node->where, "in"), &node->days);
}

static void read_node(struct reader *r, const struct json *json, struct str where, struct rule_node *node,
                      int depth);

static void read_children(struct reader *r, const struct json *json, const char *name, struct rule_node *node,
                          int depth) {
    const struct json *list = json_get(json, name);
    struct str where = path_name(r->arena, node->where, name);
    bool single = node->kind == RULE_NOT || node->kind == RULE_SOME_CONTACT;
    if (!single && (list->kind != JSON_ARRAY || list->n == 0)) {
        fault(r, where,
              MESSAGE("rule_parts", "A list of at least one rule is expected here.",
                      "اینجا باید فهرستی از دست‌کم یک قاعده بیاید."),
              NO_ARGS);
        return;
    }
    node->child_count = single ? 1 : list->n;
    if (node->child_count > RULE_MAX_NODES) node->child_count = RULE_MAX_NODES + 1; /* rule_finish says so */
    node->children = arena_array(r->arena, node->child_count, sizeof *node->children);
    for (size_t i = 0; i < node->child_count; i++)
        read_node(r, single ? list : &list->items[i], single ? where : path_item(r->arena, where, i),
                  &node->children[i], depth + 1);
}

static bool find_head(const struct json *json, size_t *kind) {
    size_t found = 0;
    for (size_t k = 0; k < COUNT(heads); k++) {
        if (k == RULE_CHANGED || !json_get(json, heads[k].name)) continue;
        *kind = k == RULE_FACT && json_get(json, "changed") ? RULE_CHANGED : k;
        found++;
    }
    return found == 1;
}

static void read_node(struct reader *r, const struct json *json, struct str where, struct rule_node *node,
                      int depth) {
    node->where = where;
    if (depth > RULE_MAX_DEPTH + 1) return; /* rule_finish says so, at the first node that is too deep */
    size_t kind = 0;
    if (!find_head(json, &kind)) {
        fault(
            r, where,
            MESSAGE(
                "rule_node",
                "A rule has exactly one of: all, any, not, fact, did, in_segment, entered, left, "
                "some_contact.",
                "قاعده دقیقاً یکی از این‌ها را دارد: all، any، not، fact، did، in_segment، entered، "
                "left، some_contact."),
            NO_ARGS);
        return;
    }
    node->kind = (enum rule_kind)kind;
    const struct head *head = &heads[kind];
    for (size_t i = 0; i < json->n; i++) {
        bool known = str_is(json->names[i], head->name);
        for (size_t k = 0; k < COUNT(head->more) && !known; k++)
            known = head->more[k] && str_is(json->names[i], head->more[k]);
        if (!known)
            fault(r, str_format(r->arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(json->names[i])),
                  MESSAGE("rule_member", "“{0}” does not belong here.", "«{0}» جایش اینجا نیست."),
                  ARGS(json->names[i]));
    }
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY:
    case RULE_NOT:
        return read_children(r, json, head->name, node, depth);
    case RULE_FACT:
        return read_fact(r, json, node);
    case RULE_CHANGED:
        return read_changed(r, json, node);
    case RULE_DID:
        return read_did(r, json, node);
    case RULE_IN_SEGMENT:
    case RULE_ENTERED:
    case RULE_LEFT:
        read_name(r, json_get(json, head->name), path_name(r->arena, where, head->name), &node->name);
        if (node->kind != RULE_IN_SEGMENT)
            read_days(r, json_get(json, "in"), path_name(r->arena, where, "in"), &node->days);
        return;
    case RULE_SOME_CONTACT: {
        read_children(r, json, head->name, node, depth);
        const struct json *at_least = json_get(json, "at_least");
        node->at_least = at_least && at_least->kind == JSON_INT ? at_least->integer : at_least ? 0 : 1;
        return;
    }
    }
}

enum status rule_parse(const struct json *json, struct str where, struct arena *arena, struct rule_node **out,
                       struct problem *problem) {
    struct reader r = {arena, problem, false};
    struct rule_node *root = arena_alloc(arena, sizeof *root);
    read_node(&r, json, where, root, 1);
    if (r.failed) return BAD_INPUT;
    enum status status = rule_finish(root, where, arena, problem);
    if (status) return status;
    *out = root;
    return OK;
}

/* ---- writing ---- */

static void write_value(const struct rule_value *value, struct json_writer *w) {
    switch (value->kind) {
    case RULE_VALUE_NUMBER:
        json_number(w, value->number);
        return;
    case RULE_VALUE_BOOL:
        json_bool(w, value->number != 0);
        return;
    case RULE_VALUE_STRING:
        json_string(w, value->string);
        return;
    }
}

static void write_days(const char *name, int32_t days, struct json_writer *w) {
    char text[16];
    snprintf(text, sizeof text, "%dd", (int)days);
    json_put_string(w, name, str_of(text));
}

static void write_count(const char *name, const struct rule_count *count, struct json_writer *w) {
    if (count->op == OP_NONE) return;
    json_name(w, str_of(name));
    json_begin_array(w);
    json_string(w, str_of(rule_op_info[count->op].name));
    json_int(w, count->n);
    json_end_array(w);
}

static void write_leaf(const struct rule_node *node, struct json_writer *w) {
    const struct rule_op_info *info = &rule_op_info[node->op];
    json_put_string(w, "fact", node->name);
    if (node->kind == RULE_CHANGED) {
        json_name(w, STR("changed"));
        json_begin_array(w);
        json_string(w, str_of(info->name));
        write_value(node->values, w);
        json_end_array(w);
        return write_days("in", node->days, w);
    }
    json_put_string(w, "is", str_of(info->name));
    if (info->shape == SHAPE_DAYS) return write_days("value", node->days, w);
    if (info->shape == SHAPE_NONE) return;
    json_name(w, STR("value"));
    if (info->shape == SHAPE_ONE) return write_value(node->values, w);
    json_begin_array(w);
    for (size_t i = 0; i < node->value_count; i++)
        write_value(&node->values[i], w);
    json_end_array(w);
}

void rule_write(const struct rule_node *node, struct json_writer *w) {
    const char *head = heads[node->kind].name;
    json_begin_object(w);
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY:
        json_name(w, str_of(head));
        json_begin_array(w);
        for (size_t i = 0; i < node->child_count; i++)
            rule_write(&node->children[i], w);
        json_end_array(w);
        break;
    case RULE_NOT:
    case RULE_SOME_CONTACT:
        json_name(w, str_of(head));
        rule_write(node->children, w);
        if (node->kind == RULE_SOME_CONTACT) json_put_int(w, "at_least", node->at_least);
        break;
    case RULE_FACT:
    case RULE_CHANGED:
        write_leaf(node, w);
        break;
    case RULE_DID:
        json_name(w, str_of(head));
        json_begin_object(w);
        json_put_string(w, node->event ? "event" : "feature", node->name);
        json_end_object(w);
        write_count("times", &node->times, w);
        write_count("people", &node->people, w);
        write_days("in", node->days, w);
        break;
    case RULE_IN_SEGMENT:
    case RULE_ENTERED:
    case RULE_LEFT:
        json_put_string(w, head, node->name);
        if (node->kind != RULE_IN_SEGMENT) write_days("in", node->days, w);
        break;
    }
    json_end_object(w);
}
