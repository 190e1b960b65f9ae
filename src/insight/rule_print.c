/* The text form of rules, printed: what rule_text.c reads back to an equal tree. */
#include "insight/rule_tree.h"

static void put_quoted(struct buf *out, struct str s) {
    buf_put_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\') buf_put_byte(out, '\\');
        buf_put_byte(out, s.p[i]);
    }
    buf_put_byte(out, '"');
}

static void put_name(struct buf *out, struct str s) {
    if (rule_word_is_bare(s))
        buf_put_str(out, s);
    else
        put_quoted(out, s);
}

void put_number(struct buf *out, double number) {
    struct json_writer w = {out, false};
    json_number(&w, number);
}

void put_value(struct buf *out, const struct rule_value *value) {
    if (value->kind == RULE_VALUE_NUMBER)
        put_number(out, value->number);
    else if (value->kind == RULE_VALUE_BOOL)
        buf_put_c(out, value->number != 0 ? "true" : "false");
    else if (rule_literal_is_bare(value->string))
        buf_put_str(out, value->string);
    else
        put_quoted(out, value->string);
}

static void put_days(struct buf *out, int32_t days) {
    buf_format(out, days == 1 ? "%d day" : "%d days", (int)days);
}

static const char *const count_words[] = {
    [OP_EQUAL] = "exactly",   [OP_NOT_EQUAL] = "other than", [OP_LESS] = "fewer than",
    [OP_AT_MOST] = "at most", [OP_MORE] = "more than",       [OP_AT_LEAST] = "at least",
};

static void put_count(struct buf *out, const char *before, const struct rule_count *count, const char *one,
                      const char *many) {
    if (count->op == OP_NONE) return;
    buf_format(out, "%s%s %lld %s", before, count_words[count->op], (long long)count->n,
               count->n == 1 ? one : many);
}

static void put_fact(struct buf *out, const struct rule_node *node) {
    const struct rule_op_info *info = &rule_op_info[node->op];
    put_name(out, node->name);
    buf_format(out, " %s", info->words);
    switch (info->shape) {
    case SHAPE_NONE:
        return;
    case SHAPE_ONE:
        buf_put_byte(out, ' ');
        put_value(out, node->values);
        return;
    case SHAPE_PAIR:
        buf_put_byte(out, ' ');
        put_value(out, &node->values[0]);
        buf_put_c(out, " and ");
        put_value(out, &node->values[1]);
        return;
    case SHAPE_DAYS:
        buf_put_byte(out, ' ');
        put_days(out, node->days);
        if (node->op == OP_MORE_THAN_AGO) buf_put_c(out, " ago");
        return;
    case SHAPE_LIST:
        buf_put_c(out, " (");
        for (size_t i = 0; i < node->value_count; i++) {
            if (i) buf_put_c(out, ", ");
            put_value(out, &node->values[i]);
        }
        buf_put_byte(out, ')');
        return;
    }
}

static void put_inside(struct buf *out, const struct rule_node *node) {
    bool group = node->kind == RULE_ALL || node->kind == RULE_ANY;
    bool parentheses = group && node->child_count > 1; /* a group of one brings its own: all (x) */
    if (parentheses) buf_put_byte(out, '(');
    rule_print(node, out);
    if (parentheses) buf_put_byte(out, ')');
}

void rule_print(const struct rule_node *node, struct buf *out) {
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY:
        if (node->child_count == 1) {
            buf_put_c(out, node->kind == RULE_ALL ? "all (" : "any (");
            rule_print(node->children, out);
            buf_put_byte(out, ')');
            return;
        }
        for (size_t i = 0; i < node->child_count; i++) {
            if (i) buf_put_c(out, node->kind == RULE_ALL ? " and " : " or ");
            put_inside(out, &node->children[i]);
        }
        return;
    case RULE_NOT:
        buf_put_c(out, "not ");
        put_inside(out, node->children);
        return;
    case RULE_FACT:
        put_fact(out, node);
        return;
    case RULE_CHANGED:
        put_fact(out, node);
        break;
    case RULE_DID:
        buf_put_c(out, node->event ? "did event " : "did ");
        put_name(out, node->name);
        put_count(out, " ", &node->times, "time", "times");
        put_count(out, " by ", &node->people, "person", "people");
        break;
    case RULE_IN_SEGMENT:
        buf_put_c(out, "in segment ");
        put_name(out, node->name);
        return;
    case RULE_ENTERED:
    case RULE_LEFT:
        buf_put_c(out, node->kind == RULE_ENTERED ? "entered " : "left ");
        put_name(out, node->name);
        break;
    case RULE_SOME_CONTACT:
        buf_format(out, "at least %lld %s (", (long long)node->at_least,
                   node->at_least == 1 ? "contact" : "contacts");
        rule_print(node->children, out);
        buf_put_byte(out, ')');
        return;
    }
    buf_put_c(out, " in ");
    put_days(out, node->days);
}
