#include "insight/rule_tree.h"

#include "base/calendar.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

const struct rule_op_info rule_op_info[RULE_OPS] = {
    [OP_NONE] = {"", NULL, "", SHAPE_NONE, {"", ""}},
    [OP_EQUAL] = {"=", NULL, "=", SHAPE_ONE, {"is {0}", "برابر {0}"}},
    [OP_NOT_EQUAL] = {"!=", "≠", "!=", SHAPE_ONE, {"is not {0}", "نابرابر با {0}"}},
    [OP_LESS] = {"<", NULL, "<", SHAPE_ONE, {"is below {0}", "کمتر از {0}"}},
    [OP_AT_MOST] = {"<=", "≤", "<=", SHAPE_ONE, {"is at most {0}", "حداکثر {0}"}},
    [OP_MORE] = {">", NULL, ">", SHAPE_ONE, {"is above {0}", "بیشتر از {0}"}},
    [OP_AT_LEAST] = {">=", "≥", ">=", SHAPE_ONE, {"is at least {0}", "دست‌کم {0}"}},
    [OP_BETWEEN] = {"between", NULL, "between", SHAPE_PAIR, {"is between {0} and {1}", "از {0} تا {1}"}},
    [OP_IN] = {"in", NULL, "in", SHAPE_LIST, {"is one of {0}", "یکی از {0}"}, "is none of {0}"},
    [OP_NOT_IN] = {"not_in", "not in", "not in", SHAPE_LIST, {"is none of {0}", "هیچ‌یک از {0}"}},
    [OP_CONTAINS] =
        {"contains", NULL, "contains", SHAPE_ONE, {"contains {0}", "دارای {0}"}, "does not contain {0}"},
    [OP_STARTS_WITH] = {"starts_with",
                        NULL,
                        "starts with",
                        SHAPE_ONE,
                        {"starts with {0}", "آغازشده با {0}"},
                        "does not start with {0}"},
    [OP_ENDS_WITH] = {"ends_with",
                      NULL,
                      "ends with",
                      SHAPE_ONE,
                      {"ends with {0}", "پایان‌یافته با {0}"},
                      "does not end with {0}"},
    [OP_HAS] = {"has", NULL, "has", SHAPE_ONE, {"has {0}", "دارای قلم {0}"}, "does not have {0}"},
    [OP_BEFORE] = {"before", NULL, "before", SHAPE_ONE, {"is before {0}", "پیش از {0}"}},
    [OP_AFTER] = {"after", NULL, "after", SHAPE_ONE, {"is after {0}", "پس از {0}"}},
    [OP_WITHIN_LAST] =
        {"within_last", NULL, "within last", SHAPE_DAYS, {"is within the last {0}", "در {0} گذشته"}},
    [OP_WITHIN_NEXT] =
        {"within_next", NULL, "within next", SHAPE_DAYS, {"is within the next {0}", "در {0} آینده"}},
    [OP_MORE_THAN_AGO] =
        {"more_than_ago", NULL, "more than", SHAPE_DAYS, {"is more than {0} ago", "بیش از {0} پیش"}},
    [OP_ON_WEEKDAY] = {"on_weekday",
                       NULL,
                       "on weekday",
                       SHAPE_LIST,
                       {"falls on {0}", "در روزهای {0}"},
                       "does not fall on {0}"},
    [OP_IN_FISCAL_QUARTER] = {"in_fiscal_quarter",
                              NULL,
                              "in fiscal quarter",
                              SHAPE_LIST,
                              {"is in fiscal quarter {0}", "در سه‌ماههٔ مالی {0}"}},
    [OP_KNOWN] = {"known", NULL, "is known", SHAPE_NONE, {"is known", "معلوم"}},
    [OP_UNKNOWN] = {"unknown", NULL, "is unknown", SHAPE_NONE, {"is unknown", "نامعلوم"}},
    [OP_STALE] = {"stale", NULL, "is stale", SHAPE_NONE, {"is stale", "کهنه"}},
    [OP_APPLICABLE] = {"applicable", NULL, "is applicable", SHAPE_NONE, {"is applicable", "دارای موضوعیت"}},
    [OP_RISES_BY] = {"rises_by",
                     NULL,
                     "rises by",
                     SHAPE_ONE,
                     {"rose by {0} or more", "دست‌کم {0} بیشتر شده"},
                     "did not rise by {0} or more"},
    [OP_FALLS_BY] = {"falls_by",
                     NULL,
                     "falls by",
                     SHAPE_ONE,
                     {"fell by {0} or more", "دست‌کم {0} کمتر شده"},
                     "did not fall by {0} or more"},
    [OP_FELL_FROM_PEAK] = {"fell_from_peak",
                           NULL,
                           "fell from peak by",
                           SHAPE_ONE,
                           {"fell by {0} or more from its peak",
                            "دست‌کم {0} از اوج خود پایین آمده"},
                           "did not fall by {0} or more from its peak"},
    [OP_TO] = {"to",
               NULL,
               "changed to",
               SHAPE_ONE,
               {"changed to {0}", "به {0} تغییر کرده"},
               "did not change to {0}"},
    [OP_FROM] = {"from",
                 NULL,
                 "changed from",
                 SHAPE_ONE,
                 {"changed from {0}", "از {0} تغییر کرده"},
                 "did not change from {0}"},
};

const char *const weekday_names[7] = {"sat", "sun", "mon", "tue", "wed", "thu", "fri"};
const char *const quarter_names[3] = {"last", "this", "next"};

enum rule_op rule_op_find(struct str name, bool change) {
    for (int op = change ? OP_FIRST_CHANGE : OP_EQUAL; op < (change ? (int)RULE_OPS : (int)OP_FIRST_CHANGE);
         op++) {
        const struct rule_op_info *info = &rule_op_info[op];
        if (str_is(name, info->name) || (info->other && str_is(name, info->other))) return (enum rule_op)op;
    }
    return OP_NONE;
}

int weekday_find(struct str name) {
    for (int i = 0; i < 7; i++)
        if (str_is(name, weekday_names[i])) return i;
    return -1;
}

/* Digits with an optional fraction, then exactly `suffix`. */
static bool number_before(struct str s, char suffix, double *out) {
    char text[32];
    if (s.n < 2 || s.n >= sizeof text || s.p[s.n - 1] != suffix) return false;
    memcpy(text, s.p, s.n - 1);
    text[s.n - 1] = 0;
    size_t dots = 0;
    for (size_t i = 0; i + 1 < s.n; i++) {
        bool sign = i == 0 && text[0] == '-' && s.n > 2;
        if (text[i] == '.' && i > 0 && i + 2 < s.n)
            dots++;
        else if ((text[i] < '0' || text[i] > '9') && !sign)
            return false;
    }
    if (dots > 1) return false;
    *out = strtod(text, NULL);
    return true;
}

bool value_share(struct str s, double *share) {
    double number;
    if (!number_before(s, '%', &number)) return false;
    *share = number / 100;
    return true;
}

bool value_days(struct str s, int64_t *days) {
    double number;
    int64_t factor = 1;
    if (number_before(s, 'w', &number))
        factor = 7;
    else if (!number_before(s, 'd', &number))
        return false;
    if (number != floor(number) || fabs(number) > 1000000) return false;
    *days = (int64_t)number * factor;
    return true;
}

bool rule_date(struct str s, day_t *out) {
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return false;
    int part[3] = {0}, at = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (i == 4 || i == 7) {
            at++;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        part[at] = part[at] * 10 + (s.p[i] - '0');
    }
    return day_from_date(CALENDAR_GREGORIAN, part[0], part[1], part[2], out);
}

void rule_put_date(struct buf *out, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    buf_put_c(out, text);
}

struct str path_name(struct arena *arena, struct str where, const char *name) {
    return str_format(arena, "%.*s/%s", STR_ARG(where), name);
}

struct str path_item(struct arena *arena, struct str where, size_t i) {
    return str_format(arena, "%.*s/%zu", STR_ARG(where), i);
}

/* ---- limits ---- */

struct finish {
    struct arena *arena;
    struct problem *problem;
    uint32_t nodes;
    bool failed;
};

static void refuse(struct finish *f, struct str where, struct message message, const char *limit) {
    fail_at(f->problem, where, message, ARGS(str_of(limit)));
    f->failed = true;
}

static void check_days(struct finish *f, const struct rule_node *node, const char *member) {
    int32_t most = node->op == OP_FELL_FROM_PEAK ? RULE_MAX_PEAK_DAYS : RULE_MAX_DAYS;
    if (node->days >= 1 && node->days <= most) return;
    refuse(f, path_name(f->arena, node->where, member),
           MESSAGE("rule_window", "The window must be 1 to {0} days.", "بازه باید از ۱ تا {0} روز باشد."),
           node->op == OP_FELL_FROM_PEAK ? "90" : "3660");
}

static void finish(struct finish *f, struct rule_node *node, struct str where, int depth) {
    node->where = where;
    node->index = f->nodes++;
    if (depth > RULE_MAX_DEPTH) {
        refuse(f, where,
               MESSAGE("rule_too_deep", "The rule is nested more than {0} deep.",
                       "قاعده بیش از {0} لایه تودرتو است."),
               "32");
        return;
    }
    if (f->nodes == RULE_MAX_NODES + 1)
        refuse(f, where,
               MESSAGE("rule_too_large", "The rule has more than {0} parts.", "قاعده بیش از {0} بخش دارد."),
               "500");
    if (node->value_count > RULE_MAX_VALUES)
        refuse(f, where,
               MESSAGE("rule_list_too_long", "The list has more than {0} values.",
                       "فهرست بیش از {0} مقدار دارد."),
               "1000");
    if (node->kind == RULE_CHANGED || node->kind == RULE_DID || node->kind == RULE_ENTERED ||
        node->kind == RULE_LEFT)
        check_days(f, node, "in");
    if (node->kind == RULE_FACT && rule_op_info[node->op].shape == SHAPE_DAYS) check_days(f, node, "value");
    if (node->kind == RULE_SOME_CONTACT && node->at_least < 1)
        refuse(f, path_name(f->arena, where, "at_least"),
               MESSAGE("rule_at_least", "At least {0} contact must be asked for.",
                       "باید دست‌کم {0} مخاطب خواسته شود."),
               "1");
    static const char *const member[] = {[RULE_ALL] = "all", [RULE_ANY] = "any"};
    for (size_t i = 0; i < node->child_count; i++) {
        struct str below = node->kind == RULE_NOT ? path_name(f->arena, where, "not")
                           : node->kind == RULE_SOME_CONTACT
                               ? path_name(f->arena, where, "some_contact")
                               : path_item(f->arena, path_name(f->arena, where, member[node->kind]), i);
        if (f->nodes <= RULE_MAX_NODES) finish(f, &node->children[i], below, depth + 1);
    }
}

enum status rule_finish(struct rule_node *root, struct str where, struct arena *arena,
                        struct problem *problem) {
    struct finish f = {arena, problem, 0, false};
    finish(&f, root, where, 1);
    return f.failed ? BAD_INPUT : OK;
}

/* ---- equality ---- */

static bool value_equal(const struct rule_value *a, const struct rule_value *b) {
    return a->kind == b->kind &&
           (a->kind == RULE_VALUE_STRING ? str_equal(a->string, b->string) : a->number == b->number);
}

bool rule_equal(const struct rule_node *a, const struct rule_node *b) {
    if (a->kind != b->kind || a->op != b->op || !str_equal(a->name, b->name) || a->event != b->event ||
        a->value_count != b->value_count || a->times.op != b->times.op || a->times.n != b->times.n ||
        a->people.op != b->people.op || a->people.n != b->people.n || a->days != b->days ||
        a->at_least != b->at_least || a->child_count != b->child_count)
        return false;
    for (size_t i = 0; i < a->value_count; i++)
        if (!value_equal(&a->values[i], &b->values[i])) return false;
    for (size_t i = 0; i < a->child_count; i++)
        if (!rule_equal(&a->children[i], &b->children[i])) return false;
    return true;
}
