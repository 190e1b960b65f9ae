/* The text form of rules, read: docs/rules.md has its grammar. */
#include "insight/rule_tree.h"

#include "base/utf8.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- words ---- */

static const char *const keywords[] = {
    "after",   "ago",     "all",     "and",      "any",      "applicable", "at",     "before", "between",
    "by",      "changed", "contact", "contacts", "contains", "day",        "days",   "did",    "ends",
    "entered", "event",   "exactly", "falls",    "false",    "fell",       "fewer",  "fiscal", "from",
    "has",     "in",      "is",      "known",    "last",     "least",      "left",   "more",   "most",
    "next",    "not",     "on",      "or",       "other",    "peak",       "people", "person", "quarter",
    "rises",   "segment", "stale",   "starts",   "than",     "time",       "times",  "to",     "true",
    "unknown", "week",    "weekday", "weeks",    "with",     "within",
};

static bool is_keyword(struct str s) {
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (str_is(s, keywords[i])) return true;
    return false;
}

static bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool in_word(char c) {
    return starts_word(c) || is_digit(c) || c == '.' || c == '-';
}

bool rule_word_is_bare(struct str s) {
    if (s.n == 0 || !starts_word(s.p[0]) || is_keyword(s)) return false;
    for (size_t i = 1; i < s.n; i++)
        if (!in_word(s.p[i])) return false;
    return true;
}

/* Length of a date, number, share or days at the start of s; *plain says that it is a number and nothing
 * more. */
static size_t scan_literal(struct str s, bool *plain) {
    size_t i = 0;
    *plain = false;
    if (s.n >= 10 && s.p[4] == '-' && s.p[7] == '-') {
        bool date = true;
        for (size_t k = 0; k < 10; k++)
            date &= k == 4 || k == 7 || is_digit(s.p[k]);
        if (date) return 10;
    }
    if (i < s.n && s.p[i] == '-') i++;
    if (i == s.n || !is_digit(s.p[i])) return 0;
    while (i < s.n && is_digit(s.p[i]))
        i++;
    if (i + 1 < s.n && s.p[i] == '.' && is_digit(s.p[i + 1]))
        for (i++; i < s.n && is_digit(s.p[i]);)
            i++;
    if (i < s.n && (s.p[i] == '%' || s.p[i] == 'd' || s.p[i] == 'w') &&
        (i + 1 == s.n || !in_word(s.p[i + 1])))
        return i + 1;
    if (i + 1 < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        size_t e = i + 1;
        if (e < s.n && (s.p[e] == '+' || s.p[e] == '-')) e++;
        if (e < s.n && is_digit(s.p[e]))
            for (i = e; i < s.n && is_digit(s.p[i]);)
                i++;
    }
    *plain = true;
    return i;
}

bool rule_literal_is_bare(struct str s) {
    bool plain;
    return s.n > 0 && scan_literal(s, &plain) == s.n && !plain;
}

/* ---- reading ---- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_NUMBER, TOKEN_LITERAL, TOKEN_MARK };
struct token {
    enum token_kind kind;
    size_t at;       /* byte where it starts */
    struct str text; /* STRING: without quotes and escapes */
};

struct parser {
    struct str text;
    size_t next;
    struct token token;
    int depth;
    size_t nodes;
    bool failed;
    struct arena *arena;
    struct problem *problem;
};

static void fail_token(struct parser *p, size_t at, struct message message, struct str arg) {
    if (p->failed) return; /* the first one counts: the rest may follow from it */
    p->failed = true;
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        if (p->text.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)p->text.p[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    char place[2][24];
    snprintf(place[0], sizeof place[0], "%zu", line);
    snprintf(place[1], sizeof place[1], "%zu", column);
    fail_at(p->problem, (struct str){0}, message, ARGS(str_of(place[0]), str_of(place[1]), arg));
    p->token = (struct token){TOKEN_END, p->text.n, {0}};
    p->next = p->text.n;
}

static void read_string(struct parser *p) {
    char *out = arena_alloc(p->arena, p->text.n - p->next + 1);
    size_t n = 0, i = p->next + 1;
    for (; i < p->text.n && p->text.p[i] != '"'; i++) {
        if (p->text.p[i] == '\\' && i + 1 < p->text.n) i++;
        out[n++] = p->text.p[i];
    }
    if (i >= p->text.n) {
        fail_token(
            p, p->next,
            MESSAGE(
                "rule_text_string", "Line {0}, column {1}: the text that starts here has no closing quote.",
                "سطر {0}، ستون {1}: متنی که اینجا آغاز می‌شود گیومهٔ پایانی "
                "ندارد."),
            (struct str){0});
        return;
    }
    p->token = (struct token){TOKEN_STRING, p->next, {out, n}};
    p->next = i + 1;
}

static void advance(struct parser *p) {
    if (p->failed) return;
    while (p->next < p->text.n && strchr(" \t\r\n", p->text.p[p->next]) && p->text.p[p->next])
        p->next++;
    struct str rest = str_slice(p->text, p->next, p->text.n);
    p->token = (struct token){TOKEN_END, p->next, {0}};
    if (!rest.n) return;
    char c = rest.p[0];
    bool plain;
    size_t n = 1;
    enum token_kind kind = TOKEN_MARK;
    if (c == '"') {
        read_string(p);
        return;
    } else if (starts_word(c)) {
        while (n < rest.n && in_word(rest.p[n]))
            n++;
        kind = TOKEN_WORD;
    } else if (is_digit(c) || c == '-') {
        n = scan_literal(rest, &plain);
        kind = plain ? TOKEN_NUMBER : TOKEN_LITERAL;
        if (!n) n = 1, kind = TOKEN_MARK;
    } else if (rest.n > 1 && rest.p[1] == '=' && (c == '!' || c == '<' || c == '>')) {
        n = 2;
    } else if ((unsigned char)c >= 0x80) { /* a whole character, for ≠ ≤ ≥ and for the message */
        while (n < rest.n && ((unsigned char)rest.p[n] & 0xC0) == 0x80)
            n++;
    }
    p->token = (struct token){kind, p->next, str_slice(rest, 0, n)};
    p->next += n;
}

static bool at_word(const struct parser *p, const char *word) {
    return p->token.kind == TOKEN_WORD && str_is(p->token.text, word);
}
static bool at_mark(const struct parser *p, const char *mark) {
    return p->token.kind == TOKEN_MARK && str_is(p->token.text, mark);
}
static bool take_word(struct parser *p, const char *word) {
    if (!at_word(p, word)) return false;
    advance(p);
    return true;
}
static bool take_mark(struct parser *p, const char *mark) {
    if (!at_mark(p, mark)) return false;
    advance(p);
    return true;
}

static void expected(struct parser *p, const char *what) {
    fail_token(p, p->token.at,
               MESSAGE("rule_text_expected", "Line {0}, column {1}: “{2}” is expected here.",
                       "سطر {0}، ستون {1}: اینجا باید «{2}» بیاید."),
               str_of(what));
}
static void need_word(struct parser *p, const char *word) {
    if (!take_word(p, word)) expected(p, word);
}
static void need_mark(struct parser *p, const char *mark) {
    if (!take_mark(p, mark)) expected(p, mark);
}

static struct str need_name(struct parser *p) {
    struct str text = p->token.text;
    if ((p->token.kind == TOKEN_STRING && text.n) || (p->token.kind == TOKEN_WORD && !is_keyword(text))) {
        text = str_copy(p->arena, text);
        advance(p);
        return text;
    }
    fail_token(
        p, p->token.at,
        MESSAGE(
            "rule_text_name",
            "Line {0}, column {1}: a name is expected here; put it in quotes when it is also a "
            "word of the language.",
            "سطر {0}، ستون {1}: اینجا باید یک نام بیاید؛ اگر از واژه‌های زبان است آن را در "
            "گیومه بگذارید."),
        (struct str){0});
    return (struct str){0};
}

static double number_of(struct parser *p, struct str text) {
    char digits[400];
    if (text.n >= sizeof digits) return NAN;
    (void)p;
    memcpy(digits, text.p, text.n);
    digits[text.n] = 0;
    return strtod(digits, NULL);
}

static struct rule_value need_value(struct parser *p) {
    struct rule_value value = {RULE_VALUE_STRING, 0, {0}};
    struct token token = p->token;
    if (token.kind == TOKEN_NUMBER) {
        value = (struct rule_value){RULE_VALUE_NUMBER, number_of(p, token.text), {0}};
        if (isfinite(value.number)) return advance(p), value;
    } else if (at_word(p, "true") || at_word(p, "false")) {
        value = (struct rule_value){RULE_VALUE_BOOL, at_word(p, "true"), {0}};
        return advance(p), value;
    } else if (token.kind == TOKEN_STRING || token.kind == TOKEN_LITERAL ||
               (token.kind == TOKEN_WORD && !is_keyword(token.text))) {
        value.string = str_copy(p->arena, token.text);
        return advance(p), value;
    }
    fail_token(p, token.at,
               MESSAGE("rule_text_value",
                       "Line {0}, column {1}: a value is expected here: a number, a date, a text in quotes, "
                       "true or false.",
                       "سطر {0}، ستون {1}: اینجا باید مقدار بیاید: عدد، تاریخ، متن در گیومه، true یا false."),
               (struct str){0});
    return value;
}

static int64_t need_count(struct parser *p) {
    int64_t n;
    if (p->token.kind == TOKEN_NUMBER && str_to_int(p->token.text, &n) && n >= 0) {
        advance(p);
        return n;
    }
    fail_token(p, p->token.at,
               MESSAGE("rule_text_count", "Line {0}, column {1}: a whole number is expected here.",
                       "سطر {0}، ستون {1}: اینجا باید یک عدد صحیح بیاید."),
               (struct str){0});
    return 0;
}

static int32_t need_days(struct parser *p) {
    int64_t days;
    if (p->token.kind == TOKEN_LITERAL && value_days(p->token.text, &days)) {
        advance(p);
    } else {
        days = need_count(p);
        if (days > RULE_MAX_DAYS) days = RULE_MAX_DAYS + 1;
        if (take_word(p, "week") || take_word(p, "weeks"))
            days *= 7;
        else if (!take_word(p, "day"))
            need_word(p, "days");
    }
    return (int32_t)(days > RULE_MAX_DAYS ? RULE_MAX_DAYS + 1
                     : days < 0           ? 0
                                          : days); /* rule_finish refuses it */
}

static void need_list(struct parser *p, struct rule_node *node) {
    VEC(struct rule_value) list = {0};
    need_mark(p, "(");
    do {
        VEC_PUSH(&list, need_value(p));
    } while (!p->failed && list.n <= RULE_MAX_VALUES && take_mark(p, ","));
    if (list.n <= RULE_MAX_VALUES)
        need_mark(p, ")");
    else
        fail_token(p, p->token.at,
                   MESSAGE("rule_text_list", "Line {0}, column {1}: the list has more than 1,000 values.",
                           "سطر {0}، ستون {1}: فهرست بیش از ۱۰۰۰ مقدار دارد."),
                   (struct str){0});
    node->value_count = list.n;
    node->values = arena_copy(p->arena, list.v, list.n * sizeof *list.v);
    VEC_FREE(&list);
}

static void one_value(struct parser *p, struct rule_node *node, enum rule_op op) {
    node->op = op;
    node->value_count = 1;
    node->values = arena_alloc(p->arena, sizeof *node->values);
    *node->values = need_value(p);
}

static void change(struct parser *p, struct rule_node *node, enum rule_op op) {
    node->kind = RULE_CHANGED;
    one_value(p, node, op);
    need_word(p, "in");
    node->days = need_days(p);
}

static void relative(struct parser *p, struct rule_node *node, enum rule_op op) {
    node->op = op;
    node->days = need_days(p);
}

static void in_something(struct parser *p, struct rule_node *node) {
    node->op = OP_IN;
    if (take_word(p, "fiscal")) {
        need_word(p, "quarter");
        node->op = OP_IN_FISCAL_QUARTER;
    }
    need_list(p, node);
}

static void between(struct parser *p, struct rule_node *node) {
    node->op = OP_BETWEEN;
    node->value_count = 2;
    node->values = arena_array(p->arena, 2, sizeof *node->values);
    node->values[0] = need_value(p);
    need_word(p, "and");
    node->values[1] = need_value(p);
}

static bool state(struct parser *p, struct rule_node *node) {
    static const struct {
        const char *word;
        enum rule_op op;
    } states[] = {
        {"known", OP_KNOWN}, {"unknown", OP_UNKNOWN}, {"stale", OP_STALE}, {"applicable", OP_APPLICABLE}};
    for (size_t i = 0; i < COUNT(states); i++)
        if (take_word(p, states[i].word)) return node->op = states[i].op, true;
    return false;
}

static void fact_leaf(struct parser *p, struct rule_node *node) {
    static const struct {
        const char *mark;
        enum rule_op op;
    } marks[] = {{"=", OP_EQUAL}, {"!=", OP_NOT_EQUAL}, {"≠", OP_NOT_EQUAL},
                 {"<", OP_LESS},  {"<=", OP_AT_MOST},   {"≤", OP_AT_MOST},
                 {">", OP_MORE},  {">=", OP_AT_LEAST},  {"≥", OP_AT_LEAST}};
    node->kind = RULE_FACT;
    node->name = need_name(p);
    for (size_t i = 0; i < COUNT(marks); i++)
        if (take_mark(p, marks[i].mark)) return one_value(p, node, marks[i].op);
    if (take_word(p, "between")) return between(p, node);
    if (take_word(p, "in")) return in_something(p, node);
    if (take_word(p, "not")) {
        need_word(p, "in");
        node->op = OP_NOT_IN;
        return need_list(p, node);
    }
    if (take_word(p, "contains")) return one_value(p, node, OP_CONTAINS);
    if (take_word(p, "has")) return one_value(p, node, OP_HAS);
    if (take_word(p, "starts")) return need_word(p, "with"), one_value(p, node, OP_STARTS_WITH);
    if (take_word(p, "ends")) return need_word(p, "with"), one_value(p, node, OP_ENDS_WITH);
    if (take_word(p, "before")) return one_value(p, node, OP_BEFORE);
    if (take_word(p, "after")) return one_value(p, node, OP_AFTER);
    if (take_word(p, "within")) {
        if (take_word(p, "last")) return relative(p, node, OP_WITHIN_LAST);
        return need_word(p, "next"), relative(p, node, OP_WITHIN_NEXT);
    }
    if (take_word(p, "more")) {
        need_word(p, "than");
        relative(p, node, OP_MORE_THAN_AGO);
        return need_word(p, "ago");
    }
    if (take_word(p, "on")) {
        need_word(p, "weekday");
        node->op = OP_ON_WEEKDAY;
        return need_list(p, node);
    }
    if (take_word(p, "is")) {
        if (!state(p, node)) expected(p, "known, unknown, stale, applicable");
        return;
    }
    if (take_word(p, "rises")) return need_word(p, "by"), change(p, node, OP_RISES_BY);
    if (take_word(p, "falls")) return need_word(p, "by"), change(p, node, OP_FALLS_BY);
    if (take_word(p, "fell"))
        return need_word(p, "from"), need_word(p, "peak"), need_word(p, "by"),
               change(p, node, OP_FELL_FROM_PEAK);
    if (take_word(p, "changed")) {
        if (take_word(p, "to")) return change(p, node, OP_TO);
        return need_word(p, "from"), change(p, node, OP_FROM);
    }
    fail_token(
        p, p->token.at,
        MESSAGE("rule_text_operator",
                "Line {0}, column {1}: a comparison is expected here, such as =, <, between, in, contains or "
                "is known.",
                "سطر {0}، ستون {1}: اینجا باید مقایسه بیاید، مانند =، <، between، in، contains یا is known."),
        (struct str){0});
}

/* "at least 3 …": the words of a count, then its number. */
static bool count(struct parser *p, struct rule_count *out) {
    if (take_word(p, "exactly"))
        out->op = OP_EQUAL;
    else if (take_word(p, "other"))
        need_word(p, "than"), out->op = OP_NOT_EQUAL;
    else if (take_word(p, "fewer"))
        need_word(p, "than"), out->op = OP_LESS;
    else if (take_word(p, "more"))
        need_word(p, "than"), out->op = OP_MORE;
    else if (take_word(p, "at")) {
        if (take_word(p, "most"))
            out->op = OP_AT_MOST;
        else
            need_word(p, "least"), out->op = OP_AT_LEAST;
    } else
        return false;
    out->n = need_count(p);
    return true;
}

static void did(struct parser *p, struct rule_node *node) {
    node->kind = RULE_DID;
    node->event = take_word(p, "event");
    node->name = need_name(p);
    if (count(p, &node->times) && !take_word(p, "time")) need_word(p, "times");
    if (take_word(p, "by")) {
        if (!count(p, &node->people)) expected(p, "at least");
        if (!take_word(p, "person")) need_word(p, "people");
    }
    need_word(p, "in");
    node->days = need_days(p);
}

static void segment_leaf(struct parser *p, struct rule_node *node, enum rule_kind kind) {
    node->kind = kind;
    if (kind == RULE_IN_SEGMENT) need_word(p, "segment");
    node->name = need_name(p);
    if (kind == RULE_IN_SEGMENT) return;
    need_word(p, "in");
    node->days = need_days(p);
}

static void any_of(struct parser *p, struct rule_node *node);

static void one_child(struct parser *p, struct rule_node *node, enum rule_kind kind) {
    node->kind = kind;
    node->child_count = 1;
    node->children = arena_alloc(p->arena, sizeof *node->children);
}

static void part(struct parser *p, struct rule_node *node) {
    if (++p->depth > 2 * RULE_MAX_DEPTH || ++p->nodes > 2 * RULE_MAX_NODES) {
        fail_token(p, p->token.at,
                   MESSAGE("rule_text_size",
                           "Line {0}, column {1}: the rule is nested too deep or has too many parts.",
                           "سطر {0}، ستون {1}: قاعده بیش از اندازه تودرتو یا بزرگ است."),
                   (struct str){0});
    } else if (take_mark(p, "(")) {
        any_of(p, node);
        need_mark(p, ")");
    } else if (take_word(p, "not")) {
        one_child(p, node, RULE_NOT);
        part(p, node->children);
    } else if (at_word(p, "all") || at_word(p, "any")) {
        one_child(p, node, at_word(p, "all") ? RULE_ALL : RULE_ANY);
        advance(p);
        need_mark(p, "(");
        any_of(p, node->children);
        need_mark(p, ")");
    } else if (take_word(p, "did")) {
        did(p, node);
    } else if (take_word(p, "in")) {
        segment_leaf(p, node, RULE_IN_SEGMENT);
    } else if (take_word(p, "entered")) {
        segment_leaf(p, node, RULE_ENTERED);
    } else if (take_word(p, "left")) {
        segment_leaf(p, node, RULE_LEFT);
    } else if (take_word(p, "at")) {
        one_child(p, node, RULE_SOME_CONTACT);
        need_word(p, "least");
        node->at_least = need_count(p);
        if (!take_word(p, "contact")) need_word(p, "contacts");
        need_mark(p, "(");
        any_of(p, node->children);
        need_mark(p, ")");
    } else {
        fact_leaf(p, node);
    }
    p->depth--;
}

/* A chain of parts with one word between them; a single part stands for itself. */
static void chain(struct parser *p, struct rule_node *node, const char *word, enum rule_kind kind,
                  void (*below)(struct parser *, struct rule_node *)) {
    below(p, node);
    if (p->failed || !at_word(p, word)) return;
    VEC(struct rule_node) list = {0};
    VEC_PUSH(&list, *node);
    while (!p->failed && take_word(p, word)) {
        struct rule_node child = {0};
        below(p, &child);
        VEC_PUSH(&list, child);
    }
    *node = (struct rule_node){.kind = kind, .child_count = list.n};
    node->children = arena_copy(p->arena, list.v, list.n * sizeof *list.v);
    VEC_FREE(&list);
}

static void all_of(struct parser *p, struct rule_node *node) {
    chain(p, node, "and", RULE_ALL, part);
}

static void any_of(struct parser *p, struct rule_node *node) {
    chain(p, node, "or", RULE_ANY, all_of);
}

enum status rule_parse_text(struct str text, struct arena *arena, struct rule_node **out,
                            struct problem *problem) {
    if (text.n > RULE_MAX_TEXT)
        return fail_at(
            problem, (struct str){0},
            MESSAGE("rule_text_long", "The rule is longer than 64 KiB.", "قاعده از ۶۴ کیلوبایت بلندتر است."),
            NO_ARGS);
    if (!utf8_valid(text, NULL))
        return fail_at(problem, (struct str){0},
                       MESSAGE("rule_text_utf8", "The rule is not valid UTF-8.", "قاعده UTF-8 درست نیست."),
                       NO_ARGS);
    struct parser p = {.text = text, .arena = arena, .problem = problem};
    struct rule_node *root = arena_alloc(arena, sizeof *root);
    advance(&p);
    any_of(&p, root);
    if (!p.failed && p.token.kind != TOKEN_END)
        fail_token(
            &p, p.token.at,
            MESSAGE("rule_text_rest",
                    "Line {0}, column {1}: “and”, “or” or the end of the rule is expected before “{2}”.",
                    "سطر {0}، ستون {1}: پیش از «{2}» باید and، or یا پایان قاعده بیاید."),
            p.token.text);
    if (p.failed) return BAD_INPUT;
    enum status status = rule_finish(root, (struct str){0}, arena, problem);
    if (status) return status;
    *out = root;
    return OK;
}
