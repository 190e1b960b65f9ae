/* Why a rule holds or not, for one account. */
#include "insight/rule_code.h"

#include "base/format.h"

#include <stdio.h>

static const char *const truth_names[TRUTHS] = {"false", "unknown", "true"};
static const char *const state_names[] = {
    [FACT_UNKNOWN] = "unknown", [FACT_KNOWN] = "known", [FACT_NOT_APPLICABLE] = "not_applicable"};

struct teller {
    const struct rule *rule;
    const struct column *columns;
    day_t today;
    size_t row;
    struct arena scratch;
};

static uint8_t truth_of(struct teller *t, const struct rule_node *node) {
    uint8_t truth;
    rule_truths(t->rule, node, t->columns, t->today, t->row, 1, &t->scratch, &truth, NULL);
    return truth;
}

/* The needs that a leaf looks at: fell_from_peak shows the value now and the highest of its days. */
static size_t needs_of(const struct teller *t, const struct rule_node *node, uint32_t out[2]) {
    const struct leaf *leaf = &t->rule->leaves[node->index];
    if (node->child_count && node->kind != RULE_SOME_CONTACT) return 0;
    size_t n = 0;
    if (node->kind == RULE_DID) {
        if (leaf->times.op) out[n++] = leaf->now;
        if (leaf->people.op) out[n++] = leaf->then;
        return n;
    }
    out[n++] = leaf->now;
    if (node->kind != RULE_CHANGED) return n;
    out[n] = node->op == OP_FELL_FROM_PEAK ? leaf->days[0] : leaf->then;
    for (size_t i = 1; i < leaf->day_count; i++) {
        const struct column *best = &t->columns[out[n]], *other = &t->columns[leaf->days[i]];
        if (other->state[t->row] == FACT_KNOWN &&
            (best->state[t->row] != FACT_KNOWN || other->number[t->row] > best->number[t->row]))
            out[n] = leaf->days[i];
    }
    return n + 1;
}

static const struct fact *fact_of(const struct teller *t, const struct rule_need *need) {
    return need->kind == NEED_FACT ? t->rule->scope.fact(t->rule->scope.self, need->number) : NULL;
}

static void write_known(const struct fact *fact, double number, struct json_writer *w) {
    char day[16];
    enum value_type type = fact ? fact->type : VALUE_BOOL;
    if (type == VALUE_NUMBER) return json_number(w, number);
    if (type == VALUE_BOOL) return json_bool(w, number != 0);
    if (type == VALUE_DATE) {
        day_print((day_t)number, day);
        return json_string(w, str_of(day));
    }
    json_string(w, fact->texts && number >= 0 && number < (double)fact->texts->n
                       ? dict_key(fact->texts, (uint32_t)number)
                       : STR(""));
}

static void write_seen(struct teller *t, uint32_t position, struct json_writer *w) {
    const struct rule_need *need = &t->rule->needs->v[position];
    const struct column *column = &t->columns[position];
    const struct fact *fact = fact_of(t, need);
    uint8_t state = column->state[t->row];
    json_begin_object(w);
    if (fact) {
        json_put_string(w, "fact", fact->key);
        json_name(w, STR("title"));
        json_begin_object(w);
        json_put_string(w, "en", str_of(fact->title.en));
        json_put_string(w, "fa", str_of(fact->title.fa));
        json_end_object(w);
        json_put_string(w, "unit", fact->unit);
    }
    if (need->days_back) json_put_int(w, "days_back", need->days_back);
    json_put_string(w, "state", str_of(state_names[state]));
    json_name(w, STR("value"));
    if (state == FACT_KNOWN)
        write_known(fact, column->number[t->row], w);
    else
        json_null(w);
    json_name(w, STR("age_days"));
    if (column->age_days[t->row] >= 0)
        json_int(w, column->age_days[t->row]);
    else
        json_null(w);
    json_put_bool(w, "partial", column->partial && column->partial[t->row]);
    if (state != FACT_KNOWN) {
        const struct text *cause = &fact_cause_text[column->cause[t->row]];
        json_name(w, STR("cause"));
        json_begin_object(w);
        json_put_string(w, "en", str_of(cause->en));
        json_put_string(w, "fa", str_of(cause->fa));
        json_end_object(w);
    }
    json_end_object(w);
}

static void explain(struct teller *t, const struct rule_node *node, struct json_writer *w) {
    static const char *const groups[] = {[RULE_ALL] = "all", [RULE_ANY] = "any", [RULE_NOT] = "not"};
    json_begin_object(w);
    json_put_string(w, "truth", str_of(truth_names[truth_of(t, node)]));
    if (node->kind <= RULE_NOT) {
        json_name(w, str_of(groups[node->kind]));
        json_begin_array(w);
        for (size_t i = 0; i < node->child_count; i++)
            explain(t, &node->children[i], w);
        json_end_array(w);
        return json_end_object(w);
    }
    struct buf text = {0};
    rule_print(node, &text);
    json_put_string(w, "rule", buf_str(&text));
    buf_free(&text);
    json_name(w, STR("seen"));
    json_begin_array(w);
    uint32_t needs[2];
    size_t n = needs_of(t, node, needs);
    for (size_t i = 0; i < n; i++)
        write_seen(t, needs[i], w);
    json_end_array(w);
    json_end_object(w);
}

void rule_explain(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                  struct json_writer *w) {
    struct teller t = {rule, columns, today, row, {0}};
    explain(&t, rule->root, w);
    arena_free(&t.scratch);
}

/* ---- as text ---- */

static void put_seen(struct teller *t, uint32_t position, enum language language, struct buf *out) {
    const struct rule_need *need = &t->rule->needs->v[position];
    const struct column *column = &t->columns[position];
    const struct fact *fact = fact_of(t, need);
    struct format format = {language, language == PERSIAN ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN, false};
    double number = column->number[t->row];
    if (need->days_back) {
        format_days(out, &format, need->days_back);
        buf_put_c(out, language == PERSIAN ? " پیش: " : " ago: ");
    }
    if (column->state[t->row] != FACT_KNOWN) {
        const struct text *cause = &fact_cause_text[column->cause[t->row]];
        buf_put_c(out, language == PERSIAN ? cause->fa : cause->en);
        return;
    }
    enum value_type type = fact ? fact->type : VALUE_BOOL;
    if (type == VALUE_NUMBER)
        put_number_for_people(out, &format, &t->rule->scope, fact, number, 4);
    else if (type == VALUE_BOOL)
        buf_put_c(out,
                  number != 0 ? (language == PERSIAN ? "بله" : "yes") : (language == PERSIAN ? "خیر" : "no"));
    else if (type == VALUE_DATE)
        format_day(out, &format, (day_t)number, DAY_LONG);
    else if (fact->texts && number >= 0 && number < (double)fact->texts->n)
        buf_put_str(out, dict_key(fact->texts, (uint32_t)number));
}

static void explain_text(struct teller *t, const struct rule_node *node, int depth, enum language language,
                         struct buf *out) {
    static const struct text truths[TRUTHS] = {{"no", "نه"}, {"not known", "نامعلوم"}, {"yes", "آری"}};
    static const struct text groups[] = {[RULE_ALL] = {"all of", "همهٔ"},
                                         [RULE_ANY] = {"any of", "یکی از"},
                                         [RULE_NOT] = {"not", "چنین نباشد که"}};
    const struct text *truth = &truths[truth_of(t, node)];
    buf_format(out, "%*s%s: ", depth * 2, "", language == PERSIAN ? truth->fa : truth->en);
    if (node->kind <= RULE_NOT) {
        buf_put_c(out, language == PERSIAN ? groups[node->kind].fa : groups[node->kind].en);
        buf_put_byte(out, '\n');
        for (size_t i = 0; i < node->child_count; i++)
            explain_text(t, &node->children[i], depth + 1, language, out);
        return;
    }
    rule_print_for_people(node, &t->rule->scope, language, out);
    uint32_t needs[2];
    size_t n = needs_of(t, node, needs);
    for (size_t i = 0; i < n; i++) {
        buf_put_c(out, i ? (language == PERSIAN ? "؛ " : "; ") : " [");
        put_seen(t, needs[i], language, out);
    }
    buf_put_c(out, "]\n");
}

void rule_explain_text(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                       enum language language, struct buf *out) {
    struct teller t = {rule, columns, today, row, {0}};
    explain_text(&t, rule->root, 0, language, out);
    arena_free(&t.scratch);
}

/* ---- what kept it from being judged ---- */

static uint32_t causes(struct teller *t, const struct rule_node *node) {
    if (truth_of(t, node) != TRUTH_UNKNOWN) return 0;
    uint32_t bits = 0;
    if (node->kind <= RULE_NOT) {
        for (size_t i = 0; i < node->child_count; i++)
            bits |= causes(t, &node->children[i]);
        return bits;
    }
    uint32_t needs[2];
    size_t n = needs_of(t, node, needs);
    for (size_t i = 0; i < n; i++)
        if (t->columns[needs[i]].state[t->row] != FACT_KNOWN)
            bits |= 1u << t->columns[needs[i]].cause[t->row];
    const struct leaf *leaf = &t->rule->leaves[node->index];
    for (size_t i = 0; i < leaf->day_count; i++)
        if (t->columns[leaf->days[i]].state[t->row] == FACT_UNKNOWN)
            bits |= 1u << t->columns[leaf->days[i]].cause[t->row];
    return bits ? bits : 1u << CAUSE_NO_BASE; /* all values known, and yet nothing to compare with */
}

uint32_t rule_unknown_causes(const struct rule *rule, const struct column *columns, day_t today, size_t row) {
    struct teller t = {rule, columns, today, row, {0}};
    uint32_t bits = causes(&t, rule->root);
    arena_free(&t.scratch);
    return bits;
}
