#include "insight/formula.h"

#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

enum op {
    OP_NUMBER,
    OP_FACT,
    OP_TODAY,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_NEGATE,
    OP_MIN,
    OP_MAX,
    OP_ABS,
    OP_LN,
    OP_ROUND,
    OP_IF,
    OP_COALESCE,
    OP_DAYS_BETWEEN,
    OP_EQUAL,
    OP_UNEQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_MORE,
    OP_MORE_EQUAL,
};
enum { MOST_NODES = 200, MOST_ARGUMENTS = 8, MOST_DEPTH = 40 };

struct node {
    enum op op;
    double number;  /* OP_NUMBER */
    uint32_t input; /* OP_FACT: place among the inputs */
    uint32_t args[MOST_ARGUMENTS], arg_n;
    enum value_type type;
    struct str unit;
    bool literal; /* a bare number takes any unit */
};

struct formula {
    struct node nodes[MOST_NODES];
    size_t node_n;
    uint32_t root;
    uint32_t facts[MOST_NODES];
    size_t fact_n;
};

struct parser {
    struct str text;
    size_t at;
    struct formula *formula;
    struct formula_names names;
    struct arena *arena;
    struct problem *problem;
    struct str where;
    int depth;
};

/* The position is that of the word complained of, where it stands in the text, in characters from 1. */
static enum status wrong(struct parser *p, struct message message, struct str what) {
    bool inside = what.n && what.p >= p->text.p && what.p < p->text.p + p->text.n;
    size_t at = inside ? (size_t)(what.p - p->text.p) : p->at, position = 1;
    for (size_t i = 0; i < at; i++)
        position += (p->text.p[i] & 0xc0) != 0x80;
    return fail_at(p->problem, p->where, message, ARGS(what, str_format(p->arena, "%zu", position)));
}

static const struct message unexpected =
    MESSAGE("formula_unexpected", "The formula does not go on with “{0}” at position {1}.",
            "فرمول نمی‌تواند در جایگاه {1} با «{0}» ادامه یابد.");
static const struct message too_big =
    MESSAGE("formula_too_big",
            "The formula is too long or too deep near “{0}” (position {1}). Split it into several facts.",
            "فرمول نزدیک «{0}» (جایگاه {1}) بیش از اندازه بلند یا تودرتو است. آن را به چند شاخص بشکنید.");
static const struct message units_differ =
    MESSAGE("formula_units", "Units do not agree: {0} (position {1}).",
            "یکاها با هم نمی‌خوانند: {0} (جایگاه {1}).");

static void skip_space(struct parser *p) {
    while (p->at < p->text.n &&
           (p->text.p[p->at] == ' ' || p->text.p[p->at] == '\n' || p->text.p[p->at] == '\t'))
        p->at++;
}

static bool take(struct parser *p, const char *token) {
    skip_space(p);
    size_t n = strlen(token);
    if (p->text.n - p->at < n || memcmp(p->text.p + p->at, token, n) != 0) return false;
    p->at += n;
    return true;
}

static struct str rest(struct parser *p) {
    skip_space(p);
    struct str left = str_slice(p->text, p->at, p->text.n);
    size_t n = left.n < 12 ? left.n : 12;
    while (n < left.n && n && ((unsigned char)left.p[n] & 0xC0) == 0x80)
        n--; /* whole characters */
    return left.n ? str_slice(left, 0, n) : STR("…");
}

static enum status node_new(struct parser *p, struct node node, uint32_t *out) {
    if (p->formula->node_n == MOST_NODES) return wrong(p, too_big, rest(p));
    *out = (uint32_t)p->formula->node_n;
    p->formula->nodes[p->formula->node_n++] = node;
    return OK;
}

static struct str unit_name(const struct node *node) {
    return node->type == VALUE_DATE   ? STR("date")
           : node->type == VALUE_BOOL ? STR("yes or no")
           : node->unit.n             ? node->unit
                                      : STR("no unit");
}

/* Both sides of +, −, min, a comparison: the same type and unit, or a bare number beside a number. */
static enum status agree(struct parser *p, const struct node *a, const struct node *b, struct node *out) {
    bool same = a->type == b->type && str_equal(a->unit, b->unit);
    if (!same && a->type == VALUE_NUMBER && b->type == VALUE_NUMBER) same = a->literal || b->literal;
    if (!same)
        return wrong(p, units_differ,
                     str_format(p->arena, "%.*s ≠ %.*s", STR_ARG(unit_name(a)), STR_ARG(unit_name(b))));
    const struct node *leading = a->literal ? b : a;
    out->type = leading->type;
    out->unit = leading->unit;
    out->literal = a->literal && b->literal;
    return OK;
}

static bool is_ratio(struct str unit) {
    return !unit.n || str_is(unit, "share");
}

static enum status check(struct parser *p, struct node *node) {
    const struct node *nodes = p->formula->nodes, *a = &nodes[node->args[0]], *b = &nodes[node->args[1]];
    node->type = VALUE_NUMBER;
    switch (node->op) {
    case OP_ADD:
    case OP_SUBTRACT: {
        struct node days = {.type = VALUE_NUMBER, .unit = STR("days")};
        if (a->type == VALUE_DATE && b->type == VALUE_DATE && node->op == OP_SUBTRACT) {
            node->unit = days.unit;
            return OK;
        }
        if (a->type == VALUE_DATE && b->type == VALUE_NUMBER) {
            struct node unused = {0};
            node->type = VALUE_DATE;
            return agree(p, &days, b, &unused);
        }
        if (a->type != VALUE_NUMBER) return wrong(p, units_differ, unit_name(a));
        return agree(p, a, b, node);
    }
    case OP_MULTIPLY:
    case OP_DIVIDE:
        if (a->type != VALUE_NUMBER || b->type != VALUE_NUMBER)
            return wrong(p, units_differ, unit_name(a->type != VALUE_NUMBER ? a : b));
        if (node->op == OP_DIVIDE)
            node->unit = is_ratio(b->unit) ? a->unit : (struct str){0};
        else if (is_ratio(b->unit))
            node->unit = a->unit;
        else if (is_ratio(a->unit))
            node->unit = b->unit;
        else
            return wrong(p, units_differ,
                         str_format(p->arena, "%.*s × %.*s", STR_ARG(unit_name(a)), STR_ARG(unit_name(b))));
        node->literal = a->literal && b->literal;
        return OK;
    case OP_NEGATE:
    case OP_ABS:
    case OP_ROUND:
    case OP_LN:
        if (a->type != VALUE_NUMBER) return wrong(p, units_differ, unit_name(a));
        node->unit = node->op == OP_LN ? (struct str){0} : a->unit;
        node->literal = a->literal;
        return OK;
    case OP_MIN:
    case OP_MAX:
    case OP_COALESCE:
        *node = (struct node){.op = node->op,
                              .arg_n = node->arg_n,
                              .args = {0},
                              .type = a->type,
                              .unit = a->unit,
                              .literal = a->literal};
        return OK;
    case OP_DAYS_BETWEEN:
        if (a->type != VALUE_DATE || b->type != VALUE_DATE)
            return wrong(p, units_differ, unit_name(a->type != VALUE_DATE ? a : b));
        node->unit = STR("days");
        return OK;
    case OP_IF: {
        if (a->type != VALUE_BOOL) return wrong(p, units_differ, unit_name(a));
        struct node both = {0};
        enum status status = agree(p, b, &nodes[node->args[2]], &both);
        node->type = both.type, node->unit = both.unit, node->literal = both.literal;
        return status;
    }
    default: { /* comparisons */
        struct node unused = {0};
        node->type = VALUE_BOOL;
        return agree(p, a, b, &unused);
    }
    }
}

static enum status expression(struct parser *p, uint32_t *out);

static enum status combine(struct parser *p, enum op op, const uint32_t *args, size_t n, uint32_t *out) {
    struct node node = {.op = op, .arg_n = (uint32_t)n};
    memcpy(node.args, args, n * sizeof *args);
    enum status status = check(p, &node);
    if (status) return status;
    if (op == OP_MIN || op == OP_MAX || op == OP_COALESCE) {
        memcpy(node.args, args, n * sizeof *args);
        for (size_t i = 1; i < n; i++) {
            struct node so_far = node;
            if ((status = agree(p, &so_far, &p->formula->nodes[args[i]], &node))) return status;
        }
    }
    return node_new(p, node, out);
}

static const struct function {
    const char *name;
    enum op op;
    size_t least, most;
} functions[] = {
    {"min", OP_MIN, 2, MOST_ARGUMENTS},
    {"max", OP_MAX, 2, MOST_ARGUMENTS},
    {"abs", OP_ABS, 1, 1},
    {"ln", OP_LN, 1, 1},
    {"round", OP_ROUND, 1, 1},
    {"if", OP_IF, 3, 3},
    {"coalesce", OP_COALESCE, 2, MOST_ARGUMENTS},
    {"days_between", OP_DAYS_BETWEEN, 2, 2},
};

static enum status call(struct parser *p, const struct function *function, uint32_t *out) {
    uint32_t args[MOST_ARGUMENTS];
    size_t n = 0;
    do {
        if (n == function->most) return wrong(p, unexpected, rest(p));
        enum status status = expression(p, &args[n++]);
        if (status) return status;
    } while (take(p, ","));
    if (n < function->least || !take(p, ")")) return wrong(p, unexpected, rest(p));
    return combine(p, function->op, args, n, out);
}

static enum status fact_node(struct parser *p, struct str key, uint32_t *out) {
    struct node node = {.op = OP_FACT};
    uint32_t fact = p->names.find(p->names.self, key, &node.type, &node.unit);
    if (fact == DICT_NONE)
        return wrong(p,
                     MESSAGE("formula_no_fact", "There is no fact “{0}” (position {1}).",
                             "شاخصی به نام «{0}» نیست (جایگاه {1})."),
                     key);
    if (node.type == VALUE_TEXT)
        return wrong(
            p,
            MESSAGE("formula_text", "“{0}” is a text; a formula works on numbers and dates (position {1}).",
                    "«{0}» متن است؛ فرمول با عدد و تاریخ کار می‌کند "
                    "(جایگاه "
                    "{1})."),
            key);
    struct formula *formula = p->formula;
    while (node.input < formula->fact_n && formula->facts[node.input] != fact)
        node.input++;
    if (node.input == formula->fact_n) formula->facts[formula->fact_n++] = fact;
    return node_new(p, node, out);
}

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
}
static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static enum status number_node(struct parser *p, uint32_t *out) {
    size_t start = p->at;
    while (p->at < p->text.n && (digit(p->text.p[p->at]) || p->text.p[p->at] == '.'))
        p->at++;
    const char *text = str_c(p->arena, str_slice(p->text, start, p->at));
    char *end = NULL;
    double number = strtod(text, &end);
    if (*end || !isfinite(number)) return wrong(p, unexpected, str_of(text));
    return node_new(p, (struct node){.op = OP_NUMBER, .number = number, .literal = true}, out);
}

static enum status primary(struct parser *p, uint32_t *out) {
    enum status status = OK;
    skip_space(p);
    if (p->at == p->text.n) return wrong(p, unexpected, rest(p));
    if (take(p, "(")) {
        if ((status = expression(p, out))) return status;
        return take(p, ")") ? OK : wrong(p, unexpected, rest(p));
    }
    if (digit(p->text.p[p->at])) return number_node(p, out);
    if (!letter(p->text.p[p->at])) return wrong(p, unexpected, rest(p));
    size_t start = p->at;
    while (p->at < p->text.n && (letter(p->text.p[p->at]) || digit(p->text.p[p->at])))
        p->at++;
    struct str name = str_slice(p->text, start, p->at);
    if (str_is(name, "today")) return node_new(p, (struct node){.op = OP_TODAY, .type = VALUE_DATE}, out);
    if (!take(p, "(")) return fact_node(p, name, out);
    for (size_t i = 0; i < COUNT(functions); i++)
        if (str_is(name, functions[i].name)) return call(p, &functions[i], out);
    return wrong(p,
                 MESSAGE("formula_no_function", "There is no function “{0}” (position {1}).",
                         "تابعی به نام «{0}» نیست (جایگاه {1})."),
                 name);
}

static enum status unary(struct parser *p, uint32_t *out) {
    if (++p->depth > MOST_DEPTH) return wrong(p, too_big, rest(p));
    enum status status = OK;
    if (take(p, "-") || take(p, "−")) {
        uint32_t argument[2] = {0};
        status = unary(p, &argument[0]);
        argument[1] = argument[0];
        if (!status) status = combine(p, OP_NEGATE, argument, 1, out);
    } else {
        status = primary(p, out);
    }
    p->depth--;
    return status;
}

static enum status product(struct parser *p, uint32_t *out) {
    uint32_t args[2];
    enum status status = unary(p, &args[0]);
    while (!status) {
        enum op op;
        if (take(p, "*") || take(p, "×"))
            op = OP_MULTIPLY;
        else if (take(p, "/") || take(p, "÷"))
            op = OP_DIVIDE;
        else
            break;
        if ((status = unary(p, &args[1]))) break;
        status = combine(p, op, args, 2, &args[0]);
    }
    *out = args[0];
    return status;
}

static enum status sum(struct parser *p, uint32_t *out) {
    uint32_t args[2];
    enum status status = product(p, &args[0]);
    while (!status) {
        enum op op;
        if (take(p, "+"))
            op = OP_ADD;
        else if (take(p, "-") || take(p, "−"))
            op = OP_SUBTRACT;
        else
            break;
        if ((status = product(p, &args[1]))) break;
        status = combine(p, op, args, 2, &args[0]);
    }
    *out = args[0];
    return status;
}

static enum status expression(struct parser *p, uint32_t *out) {
    static const struct {
        const char *token;
        enum op op;
    } comparisons[] = {{"<=", OP_LESS_EQUAL}, {"≤", OP_LESS_EQUAL}, {">=", OP_MORE_EQUAL},
                       {"≥", OP_MORE_EQUAL},  {"!=", OP_UNEQUAL},   {"≠", OP_UNEQUAL},
                       {"<", OP_LESS},        {">", OP_MORE},       {"=", OP_EQUAL}};
    uint32_t args[2];
    enum status status = sum(p, &args[0]);
    for (size_t i = 0; !status && i < COUNT(comparisons); i++) {
        if (!take(p, comparisons[i].token)) continue;
        if ((status = sum(p, &args[1]))) break;
        status = combine(p, comparisons[i].op, args, 2, &args[0]);
        break;
    }
    *out = args[0];
    return status;
}

enum status formula_parse(struct str text, struct formula_names names, enum value_type type, struct str unit,
                          struct str where, struct arena *arena, struct formula **ret,
                          struct problem *problem) {
    struct formula *formula = arena_alloc(arena, sizeof *formula);
    struct parser p = {
        .text = text, .formula = formula, .names = names, .arena = arena, .problem = problem, .where = where};
    enum status status = expression(&p, &formula->root);
    if (status) return status;
    skip_space(&p);
    if (p.at < text.n) return wrong(&p, unexpected, rest(&p));
    const struct node *root = &formula->nodes[formula->root];
    bool free_unit = !root->unit.n || (is_ratio(root->unit) && is_ratio(unit));
    if (root->type != type || (type == VALUE_NUMBER && !free_unit && !str_equal(root->unit, unit)))
        return wrong(&p, units_differ,
                     str_format(arena, "%.*s ≠ %.*s", STR_ARG(unit_name(root)),
                                STR_ARG(unit_name(&(struct node){.type = type, .unit = unit}))));
    *ret = formula;
    return OK;
}

const uint32_t *formula_facts(const struct formula *formula, size_t *n) {
    *n = formula->fact_n;
    return formula->facts;
}

/* --- Evaluation
 * -------------------------------------------------------------------------------------------------- */

struct value {
    double number;
    int32_t age;
    uint8_t state, cause, partial;
};

struct row {
    const struct formula *formula;
    const struct column *inputs;
    size_t i;
    double today;
};

static struct value undefined(void) {
    return (struct value){.state = FACT_UNKNOWN, .cause = CAUSE_UNDEFINED, .age = -1};
}

static struct value joined(struct value a, struct value b) {
    struct value out = {
        .age = a.age > b.age ? a.age : b.age, .partial = a.partial | b.partial, .state = FACT_KNOWN};
    const struct value *lacking = a.state == FACT_NOT_APPLICABLE   ? &a
                                  : b.state == FACT_NOT_APPLICABLE ? &b
                                  : a.state == FACT_UNKNOWN        ? &a
                                  : b.state == FACT_UNKNOWN        ? &b
                                                                   : NULL;
    if (lacking) out.state = lacking->state, out.cause = lacking->cause;
    return out;
}

static double binary(enum op op, double a, double b) {
    switch (op) {
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return b == 0 ? NAN : a / b;
    case OP_MIN:
        return a < b ? a : b;
    case OP_MAX:
        return a > b ? a : b;
    case OP_DAYS_BETWEEN:
        return b - a;
    case OP_EQUAL:
        return a == b;
    case OP_UNEQUAL:
        return a != b;
    case OP_LESS:
        return a < b;
    case OP_LESS_EQUAL:
        return a <= b;
    case OP_MORE:
        return a > b;
    case OP_MORE_EQUAL:
        return a >= b;
    default:
        return NAN;
    }
}

static struct value evaluate(const struct row *row, uint32_t number) {
    const struct node *node = &row->formula->nodes[number];
    switch (node->op) {
    case OP_NUMBER:
        return (struct value){.number = node->number, .state = FACT_KNOWN, .age = -1};
    case OP_TODAY:
        return (struct value){.number = row->today, .state = FACT_KNOWN, .age = 0};
    case OP_FACT: {
        const struct column *c = &row->inputs[node->input];
        return (struct value){c->number[row->i], c->age_days[row->i], c->state[row->i], c->cause[row->i],
                              c->partial[row->i]};
    }
    case OP_IF: {
        struct value condition = evaluate(row, node->args[0]);
        if (condition.state != FACT_KNOWN) return condition;
        struct value taken = evaluate(row, node->args[condition.number != 0 ? 1 : 2]);
        if (condition.age > taken.age) taken.age = condition.age;
        taken.partial |= condition.partial;
        return taken;
    }
    case OP_COALESCE: {
        struct value value = {0};
        for (uint32_t i = 0; i < node->arg_n && value.state != FACT_KNOWN; i++)
            value = evaluate(row, node->args[i]);
        return value;
    }
    default:
        break;
    }
    struct value value = evaluate(row, node->args[0]);
    if (node->op == OP_NEGATE) value.number = -value.number;
    if (node->op == OP_ABS) value.number = fabs(value.number);
    if (node->op == OP_ROUND) value.number = round(value.number);
    if (node->op == OP_LN && value.state == FACT_KNOWN) {
        if (value.number <= 0) return undefined();
        value.number = log(value.number);
    }
    for (uint32_t i = 1; i < node->arg_n; i++) {
        struct value next = evaluate(row, node->args[i]), both = joined(value, next);
        if (both.state == FACT_KNOWN) {
            both.number = binary(node->op, value.number, next.number);
            if (!isfinite(both.number)) return undefined();
        }
        value = both;
    }
    return value;
}

void formula_evaluate(const struct formula *formula, const struct column *inputs, day_t today, size_t n,
                      struct column *out) {
    struct row row = {formula, inputs, 0, today};
    for (; row.i < n; row.i++) {
        struct value value = evaluate(&row, formula->root);
        out->number[row.i] = value.state == FACT_KNOWN ? value.number : NAN;
        out->state[row.i] = value.state;
        out->cause[row.i] = value.state == FACT_KNOWN ? CAUSE_NONE : value.cause;
        out->age_days[row.i] = value.age;
        out->partial[row.i] = value.partial;
    }
}
