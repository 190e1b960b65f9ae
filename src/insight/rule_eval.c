/* Truth over columns. */
#include "base/list.h"
#include "insight/rule_code.h"

#include "base/calendar.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static uint8_t of_bool(bool b) {
    return b ? TRUTH_TRUE : TRUTH_FALSE;
}
static uint8_t smaller(uint8_t a, uint8_t b) {
    return a < b ? a : b;
}

/* Quarters since the year 0: Gregorian ones when the scope names no others. */
int rule_fiscal_quarter(const struct rule_scope *scope, day_t day) {
    if (scope->fiscal_quarter) return scope->fiscal_quarter(scope->self, day);
    struct date date = date_from_day(day, CALENDAR_GREGORIAN);
    return date.year * 4 + (date.month - 1) / 3;
}

/* One comparison over a block, in a loop that the compiler can make wide. */
#define COMPARE(expression)                                                                                  \
    for (size_t i = 0; i < n; i++) {                                                                         \
        double x = number[i];                                                                                \
        truth[i] =                                                                                           \
            state[i] == FACT_KNOWN ? (uint8_t)((expression) ? TRUTH_TRUE : TRUTH_FALSE) : TRUTH_UNKNOWN;     \
    }                                                                                                        \
    break

static bool in_numbers(const struct leaf *leaf, double x) {
    size_t low = 0, high = leaf->number_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (leaf->numbers[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low < leaf->number_count && leaf->numbers[low] == x;
}

static bool in_quarters(const struct rule *rule, const struct leaf *leaf, double x, day_t today) {
    int quarter = rule_fiscal_quarter(&rule->scope, (day_t)x);
    if (leaf->mask >> (((quarter % 4) + 4) % 4 + 1) & 1) return true;
    if (!(leaf->mask >> QUARTER_LAST)) return false;
    int apart = quarter - rule_fiscal_quarter(&rule->scope, today);
    return apart >= -1 && apart <= 1 && (leaf->mask >> (QUARTER_THIS + apart) & 1);
}

static bool state_holds(enum rule_op op, uint8_t state, uint8_t cause) {
    switch (op) {
    case OP_KNOWN:
        return state == FACT_KNOWN;
    case OP_UNKNOWN:
        return state == FACT_UNKNOWN;
    case OP_STALE:
        return state == FACT_UNKNOWN && cause == CAUSE_STALE;
    default:
        return state != FACT_NOT_APPLICABLE;
    }
}

/* ---- text: judged once for each distinct text, not once for each row ---- */

static bool text_holds(const struct rule_node *node, struct str text, const struct str *literals,
                       struct arena *scratch) {
    struct str folded = node->op >= OP_CONTAINS && node->op <= OP_ENDS_WITH ? utf8_fold(scratch, text) : text;
    switch (node->op) {
    case OP_CONTAINS:
        return !literals->n || memmem(folded.p, folded.n, literals->p, literals->n);
    case OP_STARTS_WITH:
        return str_starts(folded, *literals);
    case OP_ENDS_WITH:
        return str_ends(folded, *literals);
    case OP_HAS:
        return list_has(text, *literals, scratch);
    default: { /* =, in and their opposites: exactly as typed */
        bool found = false;
        for (size_t i = 0; i < node->value_count && !found; i++)
            found = str_equal(text, literals[i]);
        return found != (node->op == OP_NOT_EQUAL || node->op == OP_NOT_IN);
    }
    }
}

static void text_truths(const struct rule_node *node, const struct leaf *leaf, const struct column *column,
                        size_t first, size_t n, struct arena *scratch, uint8_t *truth) {
    const struct dict *texts = leaf->fact->texts;
    size_t text_count = texts ? texts->n : 0;
    uint8_t *judged = arena_alloc(scratch, text_count + 1); /* 1 + truth */
    struct str *literals = arena_array(scratch, node->value_count, sizeof *literals);
    for (size_t i = 0; i < node->value_count; i++) {
        literals[i] = node->values[i].string;
        if (node->op >= OP_CONTAINS && node->op <= OP_HAS) literals[i] = utf8_fold(scratch, literals[i]);
    }
    for (size_t i = 0; i < n; i++) {
        size_t text = column->state[first + i] == FACT_KNOWN ? (size_t)column->number[first + i] : text_count;
        if (text >= text_count) {
            bool never = node->op == OP_HAS && column->state[first + i] == FACT_UNKNOWN &&
                         (column->cause[first + i] == CAUSE_NOT_RECORDED ||
                          column->cause[first + i] == CAUSE_NO_SOURCE);
            truth[i] = never ? TRUTH_FALSE : TRUTH_UNKNOWN;
            continue;
        }
        if (!judged[text])
            judged[text] =
                (uint8_t)(1 + of_bool(text_holds(node, dict_key(texts, (uint32_t)text), literals, scratch)));
        truth[i] = (uint8_t)(judged[text] - 1);
    }
}

static void fact_truths(const struct rule *rule, const struct rule_node *node, const struct column *column,
                        day_t today, size_t first, size_t n, struct arena *scratch, uint8_t *truth) {
    const struct leaf *leaf = &rule->leaves[node->index];
    const double *number = column->number + first;
    const uint8_t *state = column->state + first, *cause = column->cause + first;
    double a = leaf->a, b = leaf->b, days = node->days;
    if (node->op >= OP_KNOWN) {
        for (size_t i = 0; i < n; i++)
            truth[i] = of_bool(state_holds(node->op, state[i], cause[i]));
        return;
    }
    if (leaf->fact->type == VALUE_TEXT) return text_truths(node, leaf, column, first, n, scratch, truth);
    switch (node->op) {
    case OP_EQUAL:
        COMPARE(x == a);
    case OP_NOT_EQUAL:
        COMPARE(x != a);
    case OP_LESS:
    case OP_BEFORE:
        COMPARE(x < a);
    case OP_AT_MOST:
        COMPARE(x <= a);
    case OP_MORE:
    case OP_AFTER:
        COMPARE(x > a);
    case OP_AT_LEAST:
        COMPARE(x >= a);
    case OP_BETWEEN:
        COMPARE(x >= a && x <= b);
    case OP_IN:
        COMPARE(in_numbers(leaf, x));
    case OP_NOT_IN:
        COMPARE(!in_numbers(leaf, x));
    case OP_WITHIN_LAST:
        COMPARE(today - x >= 0 && today - x <= days);
    case OP_WITHIN_NEXT:
        COMPARE(x - today >= 0 && x - today <= days);
    case OP_MORE_THAN_AGO:
        COMPARE(today - x > days);
    case OP_ON_WEEKDAY:
        COMPARE(leaf->mask >> weekday_of((day_t)x) & 1);
    case OP_IN_FISCAL_QUARTER:
        COMPARE(in_quarters(rule, leaf, x, today));
    default:
        break;
    }
}

/* ---- change ---- */

static bool moved(const struct leaf *leaf, double by, double base) {
    return by >= (leaf->relative ? leaf->a * fabs(base) : leaf->a);
}

static uint8_t peak_truth(const struct leaf *leaf, const struct column *columns, size_t row) {
    const struct column *now = &columns[leaf->now];
    if (now->state[row] != FACT_KNOWN) return TRUTH_UNKNOWN;
    double peak = now->number[row];
    bool blind = false;
    for (size_t i = 0; i < leaf->day_count; i++) {
        const struct column *then = &columns[leaf->days[i]];
        if (then->state[row] == FACT_KNOWN)
            peak = fmax(peak, then->number[row]);
        else if (then->state[row] == FACT_UNKNOWN)
            blind = true;
    }
    bool base = !leaf->relative || peak != 0;
    if (base && moved(leaf, peak - now->number[row], peak))
        return TRUTH_TRUE; /* a higher peak unseen would not change that */
    return blind || !base ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static uint8_t equals(const struct column *column, size_t row, double x) {
    return column->state[row] == FACT_KNOWN ? of_bool(column->number[row] == x) : TRUTH_UNKNOWN;
}

static uint8_t change_truth(const struct rule_node *node, const struct leaf *leaf,
                            const struct column *columns, size_t row, double literal) {
    const struct column *now = &columns[leaf->now], *then = &columns[leaf->then];
    if (node->op == OP_FELL_FROM_PEAK) return peak_truth(leaf, columns, row);
    if (node->op == OP_TO)
        return smaller(equals(now, row, literal), (uint8_t)(2 - equals(then, row, literal)));
    if (node->op == OP_FROM)
        return smaller(equals(then, row, literal), (uint8_t)(2 - equals(now, row, literal)));
    if (now->state[row] != FACT_KNOWN || then->state[row] != FACT_KNOWN) return TRUTH_UNKNOWN;
    double base = then->number[row], rise = now->number[row] - base;
    if (leaf->relative && base == 0) return TRUTH_UNKNOWN; /* no base */
    return of_bool(moved(leaf, node->op == OP_RISES_BY ? rise : -rise, base));
}

static void changed_truths(const struct rule_node *node, const struct leaf *leaf,
                           const struct column *columns, size_t first, size_t n, uint8_t *truth) {
    double literal = leaf->a;
    if (leaf->fact->type == VALUE_TEXT) {
        uint32_t number = leaf->fact->texts ? dict_find(leaf->fact->texts, node->values->string) : DICT_NONE;
        literal = number == DICT_NONE ? -1.0 : (double)number; /* −1: a text that nobody has */
    }
    for (size_t i = 0; i < n; i++)
        truth[i] = change_truth(node, leaf, columns, first + i, literal);
}

static bool counts(const struct rule_count *count, double x) {
    double n = (double)count->n;
    switch (count->op) {
    case OP_EQUAL:
        return x == n;
    case OP_NOT_EQUAL:
        return x != n;
    case OP_LESS:
        return x < n;
    case OP_AT_MOST:
        return x <= n;
    case OP_MORE:
        return x > n;
    default:
        return x >= n;
    }
}

static void did_truths(const struct leaf *leaf, const struct column *columns, size_t first, size_t n,
                       uint8_t *truth) {
    memset(truth, TRUTH_TRUE, n);
    const struct rule_count *asked[] = {&leaf->times, &leaf->people};
    for (size_t k = 0; k < 2; k++) {
        if (asked[k]->op == OP_NONE) continue;
        const struct column *column = &columns[k ? leaf->then : leaf->now];
        for (size_t i = 0; i < n; i++)
            truth[i] = smaller(truth[i], column->state[first + i] == FACT_KNOWN
                                             ? of_bool(counts(asked[k], column->number[first + i]))
                                             : TRUTH_UNKNOWN);
    }
}

static void membership_truths(const struct column *column, size_t first, size_t n, uint8_t *truth) {
    for (size_t i = 0; i < n; i++)
        truth[i] =
            column->state[first + i] == FACT_KNOWN ? of_bool(column->number[first + i] != 0) : TRUTH_UNKNOWN;
}

static void leaf_truths(const struct rule *rule, const struct rule_node *node, const struct column *columns,
                        day_t today, size_t first, size_t n, struct arena *scratch, uint8_t *truth) {
    const struct leaf *leaf = &rule->leaves[node->index];
    switch (node->kind) {
    case RULE_FACT:
        return fact_truths(rule, node, &columns[leaf->now], today, first, n, scratch, truth);
    case RULE_CHANGED:
        return changed_truths(node, leaf, columns, first, n, truth);
    case RULE_DID:
        return did_truths(leaf, columns, first, n, truth);
    default:
        return membership_truths(&columns[leaf->now], first, n, truth);
    }
}

/* Words as narrow as they can be: whole passes read and write little else. */
#define PUT(type)                                                                                            \
    for (size_t i = 0; i < n; i++)                                                                           \
        ((type *)trace->words)[i] |= (type)((type)truth[i] << shift);                                        \
    break

static void trace_put(const struct rule_trace *trace, unsigned shift, const uint8_t *truth, size_t n) {
    if (shift >= 8 * trace->width) return;
    switch (trace->width) {
    case 1:
        PUT(uint8_t);
    case 2:
        PUT(uint16_t);
    case 4:
        PUT(uint32_t);
    default:
        PUT(uint64_t);
    }
}

void rule_truths(const struct rule *rule, const struct rule_node *node, const struct column *columns,
                 day_t today, size_t first, size_t n, struct arena *scratch, uint8_t *truth,
                 const struct rule_trace *trace) {
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY: {
        uint8_t *part = arena_alloc(scratch, n);
        rule_truths(rule, node->children, columns, today, first, n, scratch, truth, trace);
        for (size_t k = 1; k < node->child_count; k++) {
            rule_truths(rule, &node->children[k], columns, today, first, n, scratch, part, trace);
            if (node->kind == RULE_ALL)
                for (size_t i = 0; i < n; i++)
                    truth[i] = truth[i] < part[i] ? truth[i] : part[i];
            else
                for (size_t i = 0; i < n; i++)
                    truth[i] = truth[i] > part[i] ? truth[i] : part[i];
        }
        return;
    }
    case RULE_NOT:
        rule_truths(rule, node->children, columns, today, first, n, scratch, truth, trace);
        for (size_t i = 0; i < n; i++)
            truth[i] = (uint8_t)(2 - truth[i]);
        return;
    default: {
        leaf_truths(rule, node, columns, today, first, n, scratch, truth);
        uint32_t ordinal = rule->leaves[node->index].ordinal;
        if (trace && ordinal < RULE_TRACED) trace_put(trace, 2 * ordinal + 2, truth, n);
    }
    }
}

/* Block by block, so that what the nodes of a rule pass to each other stays near the processor. */
void rule_evaluate(const struct rule *rule, const struct column *columns, day_t today, size_t n,
                   struct arena *scratch, uint8_t *truth) {
    for (size_t first = 0; first < n; first += RULE_BLOCK_ROWS)
        rule_truths(rule, rule->root, columns, today, first,
                    n - first < RULE_BLOCK_ROWS ? n - first : RULE_BLOCK_ROWS, scratch, truth + first, NULL);
}

void rule_evaluate_traced(const struct rule *rule, const struct column *columns, day_t today, size_t first,
                          size_t n, struct arena *scratch, const struct rule_trace *trace) {
    uint8_t truth[RULE_BLOCK_ROWS];
    memset(trace->words, 0, n * trace->width);
    rule_truths(rule, rule->root, columns, today, first, n, scratch, truth, trace);
    trace_put(trace, 0, truth, n);
}

enum truth rule_truth(const struct rule *rule, const struct column *columns, day_t today, size_t row,
                      struct arena *scratch) {
    uint8_t truth;
    rule_truths(rule, rule->root, columns, today, row, 1, scratch, &truth, NULL);
    return (enum truth)truth;
}

void rule_some_contact(const uint8_t *truth, const uint32_t *offsets, size_t accounts, int64_t at_least,
                       struct column *out) {
    for (size_t a = 0; a < accounts; a++) {
        int64_t count[TRUTHS] = {0};
        for (uint32_t i = offsets[a]; i < offsets[a + 1]; i++)
            count[truth[i]]++;
        bool holds = count[TRUTH_TRUE] >= at_least,
             known = holds || count[TRUTH_TRUE] + count[TRUTH_UNKNOWN] < at_least;
        out->number[a] = holds;
        out->state[a] = known ? FACT_KNOWN : FACT_UNKNOWN;
        out->cause[a] = known ? CAUSE_NONE : CAUSE_NOT_RECORDED;
        out->age_days[a] = known ? 0 : -1;
    }
}

/* ---- when a date leaf turns ---- */

/* The first day of the quarter with this index, near a day of it or of a quarter beside it. */
static day_t quarter_start(const struct rule_scope *scope, int quarter, day_t near) {
    day_t low = near - 400, high = near + 400; /* low lies before it, high at or behind it */
    while (high - low > 1) {
        day_t middle = low + (high - low) / 2;
        if (rule_fiscal_quarter(scope, middle) < quarter)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static void consider(const struct rule *rule, const struct rule_node *node, const struct column *columns,
                     size_t row, day_t today, day_t day, struct arena *scratch, day_t *best) {
    if (day <= today || day >= *best) return;
    uint8_t now, then;
    rule_truths(rule, node, columns, today, row, 1, scratch, &now, NULL);
    rule_truths(rule, node, columns, day, row, 1, scratch, &then, NULL);
    if (now != then) *best = day;
}

static void next_flip(const struct rule *rule, const struct rule_node *node, const struct column *columns,
                      size_t row, day_t today, struct arena *scratch, day_t *best) {
    for (size_t i = 0; i < node->child_count && node->kind != RULE_SOME_CONTACT; i++)
        next_flip(rule, &node->children[i], columns, row, today, scratch, best);
    const struct leaf *leaf = &rule->leaves[node->index];
    if (node->kind != RULE_FACT || leaf->fact->type != VALUE_DATE ||
        columns[leaf->now].state[row] != FACT_KNOWN)
        return;
    day_t date = (day_t)columns[leaf->now].number[row];
    day_t days[4];
    size_t n = 0;
    if (node->op == OP_WITHIN_LAST || node->op == OP_MORE_THAN_AGO) {
        days[n++] = date;
        days[n++] = date + node->days + 1;
    } else if (node->op == OP_WITHIN_NEXT) {
        days[n++] = date - node->days;
        days[n++] = date + 1;
    } else if (node->op == OP_IN_FISCAL_QUARTER && leaf->mask >> QUARTER_LAST) {
        int quarter = rule_fiscal_quarter(&rule->scope, date);
        for (int k = -1; k <= 2; k++)
            days[n++] = quarter_start(&rule->scope, quarter + k, date);
    }
    for (size_t i = 0; i < n; i++)
        consider(rule, node, columns, row, today, days[i], scratch, best);
}

day_t rule_next_flip(const struct rule *rule, const struct column *columns, size_t row, day_t today) {
    day_t best = INT32_MAX;
    struct arena scratch = {0};
    next_flip(rule, rule->root, columns, row, today, &scratch, &best);
    arena_free(&scratch);
    return best;
}
