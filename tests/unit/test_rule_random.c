/* Random rules over random facts, judged by the product and by a slow, obvious evaluator that walks the JSON
 * of the rule and follows facts-and-rules, section 2, and docs/rules.md word by word, one plain value at a
 * time. */
#include "rule_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

enum { ROWS = 6, TODAY = 19877, CONTACTS_MOST = 4, RULES = 10000, RULES_FULL = 1000000 };

static uint64_t seed = 20260301;
static uint32_t roll(uint32_t below) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

/* ---- plain values: the same question has the same answer, whoever asks ---- */

struct plain {
    int state, cause;
    double number; /* number, 0/1, day */
    const char *text;
};

/* The right column is the left one as folding leaves it, by hand: case, Arabic letters, half-spaces and
 * digits. */
static const char *const texts[][2] = {{"Kiosk", "kiosk"}, {"KIOSK 12", "kiosk 12"},
                                       {"کیوسک", "کیوسک"}, {"كيوسك ۱۲", "کیوسک 12"},
                                       {"gold", "gold"},   {"Gold plan", "gold plan"}};
enum { TEXTS = sizeof texts / sizeof *texts };

enum { A_NUMBER, A_SHARE, A_DAYS, A_DATE, A_TEXT, A_BOOL };
static const struct {
    const char *key;
    int kind;
} keys[] = {{"health", A_NUMBER}, {"active", A_NUMBER}, {"used", A_SHARE}, {"renewal", A_DAYS},
            {"notice", A_DATE},   {"start", A_DATE},    {"stage", A_TEXT}, {"plan", A_TEXT},
            {"trial", A_BOOL},    {"paying", A_BOOL}};
enum { KEYS = sizeof keys / sizeof *keys };

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c) {
    uint64_t x = (a * UINT64_C(0x9E3779B97F4A7C15)) ^ (b * UINT64_C(0xC2B2AE3D27D4EB4F)) ^
                 (c * UINT64_C(0x165667B19E3779F9));
    x ^= x >> 29, x *= UINT64_C(0xBF58476D1CE4E5B9), x ^= x >> 32;
    return (uint32_t)x;
}

static uint32_t salt; /* other values for every rule */

static struct plain value_of(uint32_t key, int32_t days_back, uint32_t who) {
    uint32_t h = mix(key + 1, (uint32_t)days_back * 64 + who, salt), kind = h % 10;
    struct plain v = {.state = kind < 7 ? FACT_KNOWN : kind < 9 ? FACT_UNKNOWN : FACT_NOT_APPLICABLE};
    if (v.state != FACT_KNOWN) {
        v.cause = v.state == FACT_NOT_APPLICABLE ? CAUSE_NOT_CUSTOMER
                  : h >> 8 & 1                   ? CAUSE_STALE
                                                 : CAUSE_NO_SOURCE;
        return v;
    }
    uint32_t r = h >> 12;
    switch (key < KEYS ? keys[key].kind : A_NUMBER) {
    case A_NUMBER:
    case A_DAYS:
        v.number = (int)(r % 9) - 2;
        break;
    case A_SHARE:
        v.number = (r % 5) * 0.25;
        break;
    case A_DATE:
        v.number = TODAY + (int)(r % 60) - 30 + (r % 7 == 0) * 80;
        break;
    case A_BOOL:
        v.number = r % 2;
        break;
    default:
        v.text = texts[r % TEXTS][0];
    }
    return v;
}

static uint32_t key_number(struct str key) {
    for (uint32_t i = 0; i < KEYS; i++)
        if (str_is(key, keys[i].key)) return i;
    uint32_t h = 7;
    for (size_t i = 0; i < key.n; i++)
        h = h * 31 + (uint8_t)key.p[i];
    return KEYS + h % 1000;
}

static uint32_t contact_count(uint32_t row) {
    return mix(99, row, salt) % (CONTACTS_MOST + 1);
}
/* Contacts are asked by numbers of their own. */
static uint32_t contact_who(uint32_t row, uint32_t contact) {
    return 16 + row * CONTACTS_MOST + contact;
}

/* ---- the slow evaluator ---- */

static int not_of(int t) {
    return t == TRUTH_TRUE ? TRUTH_FALSE : t == TRUTH_FALSE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}
static int truth_of(bool b) {
    return b ? TRUTH_TRUE : TRUTH_FALSE;
}

static int32_t days_of(const struct json *text) {
    return text ? atoi(text->string.p) * (text->string.p[text->string.n - 1] == 'w' ? 7 : 1) : 0;
}

static bool folded_has(const char *op, const char *text, struct str needle) {
    const char *t = NULL, *n = NULL;
    for (size_t i = 0; i < TEXTS; i++) {
        if (!strcmp(texts[i][0], text)) t = texts[i][1];
        if (str_is(needle, texts[i][0])) n = texts[i][1];
    }
    size_t tn = strlen(t), nn = strlen(n);
    if (!strcmp(op, "contains")) return strstr(t, n) != NULL;
    if (!strcmp(op, "starts_with")) return tn >= nn && !memcmp(t, n, nn);
    return tn >= nn && !memcmp(t + tn - nn, n, nn);
}

/* A literal in the unit of the fact, as a number. */
static double literal(const struct json *value) {
    if (value->kind == JSON_BOOL) return value->boolean;
    if (value->kind != JSON_STRING) return value->number;
    struct str s = value->string;
    day_t day;
    if (s.p[s.n - 1] == '%') return atof(s.p) / 100;
    if (rule_date(s, &day)) return day;
    return days_of(value);
}

static bool same(const struct plain *v, const struct json *value) {
    return v->text ? str_is(value->string, v->text) : v->number == literal(value);
}

static bool compared(const char *op, double x, double y) {
    if (!strcmp(op, "=")) return x == y;
    if (!strcmp(op, "!=")) return x != y;
    if (!strcmp(op, "<")) return x < y;
    if (!strcmp(op, "<=")) return x <= y;
    if (!strcmp(op, ">")) return x > y;
    return x >= y;
}

/* Year and month of a day by counting, from 2020-01-01 on. */
static void year_month(int day, int *year, int *month) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int at = 18262; /* 2020-01-01 */
    for (*year = 2020;; (*year)++)
        for (*month = 1; *month <= 12; (*month)++) {
            at += lengths[*month - 1] + (*month == 2 && *year % 4 == 0);
            if (day < at) return;
        }
}
static int quarter_of(int day) {
    int year, month;
    year_month(day, &year, &month);
    return year * 4 + (month - 1) / 3;
}

static bool date_holds(const char *op, double x, const struct json *value) {
    static const char *const week[] = {"thu", "fri", "sat", "sun", "mon", "tue", "wed"}; /* from 1970-01-01 */
    int day = (int)x;
    if (!strcmp(op, "before")) return x < literal(value);
    if (!strcmp(op, "after")) return x > literal(value);
    if (!strcmp(op, "within_last")) return TODAY - day >= 0 && TODAY - day <= days_of(value);
    if (!strcmp(op, "within_next")) return day - TODAY >= 0 && day - TODAY <= days_of(value);
    if (!strcmp(op, "more_than_ago")) return TODAY - day > days_of(value);
    for (size_t i = 0; i < value->n; i++) {
        const struct json *one = &value->items[i];
        if (!strcmp(op, "on_weekday")) {
            if (str_is(one->string, week[day % 7])) return true;
        } else if (one->kind == JSON_STRING) {
            int apart = quarter_of(day) - quarter_of(TODAY);
            if (str_is(one->string, apart == -1 ? "last" : apart == 0 ? "this" : apart == 1 ? "next" : "?"))
                return true;
        } else if (quarter_of(day) % 4 + 1 == (int)one->number) {
            return true;
        }
    }
    return false;
}

static int fact_slowly(const struct json *node, uint32_t who) {
    char op[32];
    snprintf(op, sizeof op, "%.*s", STR_ARG(json_get_string(node, "is")));
    const struct json *value = json_get(node, "value");
    struct plain v = value_of(key_number(json_get_string(node, "fact")), 0, who);
    if (!strcmp(op, "known")) return truth_of(v.state == FACT_KNOWN);
    if (!strcmp(op, "unknown")) return truth_of(v.state == FACT_UNKNOWN);
    if (!strcmp(op, "stale")) return truth_of(v.state == FACT_UNKNOWN && v.cause == CAUSE_STALE);
    if (!strcmp(op, "applicable")) return truth_of(v.state != FACT_NOT_APPLICABLE);
    if (v.state != FACT_KNOWN) return TRUTH_UNKNOWN;
    if (!strcmp(op, "in") || !strcmp(op, "not_in")) {
        bool found = false;
        for (size_t i = 0; i < value->n; i++)
            found |= same(&v, &value->items[i]);
        return truth_of(found == !strcmp(op, "in"));
    }
    if (v.text && strcmp(op, "=") != 0 && strcmp(op, "!=") != 0)
        return truth_of(folded_has(op, v.text, value->string));
    if (v.text) return truth_of(same(&v, value) == !strcmp(op, "="));
    if (!strcmp(op, "between"))
        return truth_of(v.number >= literal(&value->items[0]) && v.number <= literal(&value->items[1]));
    if (strchr("=!<>", op[0])) return truth_of(compared(op, v.number, literal(value)));
    return truth_of(date_holds(op, v.number, value));
}

static int changed_slowly(const struct json *node, uint32_t who) {
    const struct json *changed = json_get(node, "changed"), *by = &changed->items[1];
    struct str op = changed->items[0].string;
    uint32_t key = key_number(json_get_string(node, "fact"));
    int32_t window = days_of(json_get(node, "in"));
    struct plain now = value_of(key, 0, who), then = value_of(key, window, who);
    if (str_is(op, "to") || str_is(op, "from")) {
        int is = now.state == FACT_KNOWN ? truth_of(same(&now, by)) : TRUTH_UNKNOWN;
        int was = then.state == FACT_KNOWN ? truth_of(same(&then, by)) : TRUTH_UNKNOWN;
        int has = str_is(op, "to") ? is : was, had = not_of(str_is(op, "to") ? was : is);
        return has < had ? has : had;
    }
    bool share = by->kind == JSON_STRING && by->string.p[by->string.n - 1] == '%';
    if (now.state != FACT_KNOWN) return TRUTH_UNKNOWN;
    if (!str_is(op, "fell_from_peak")) {
        if (then.state != FACT_KNOWN || (share && then.number == 0)) return TRUTH_UNKNOWN;
        double moved = str_is(op, "rises_by") ? now.number - then.number : then.number - now.number;
        return truth_of(moved >= literal(by) * (share ? fabs(then.number) : 1));
    }
    /* the highest of the window's days and now; a day that is unknown hides a higher one, one that does not
     * apply has none */
    double peak = now.number;
    bool hidden = false;
    for (int32_t day = 1; day <= window; day++) {
        struct plain one = value_of(key, day, who);
        if (one.state == FACT_KNOWN && one.number > peak) peak = one.number;
        hidden |= one.state == FACT_UNKNOWN;
    }
    if (share && peak == 0) return TRUTH_UNKNOWN;
    if (peak - now.number >= literal(by) * (share ? fabs(peak) : 1)) return TRUTH_TRUE;
    return hidden ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static int did_slowly(const struct json *node, uint32_t who) {
    const struct json *times = json_get(node, "times"), *people = json_get(node, "people");
    struct str what = json_get_string(json_get(node, "did"), "feature");
    int truth = TRUTH_TRUE;
    for (int k = 0; k < 2; k++) {
        const struct json *count = k ? people : times;
        char key[64], op[8] = ">=";
        double least = 1;
        if (!count && (k || people)) continue;
        if (count) snprintf(op, sizeof op, "%.*s", STR_ARG(count->items[0].string));
        if (count) least = count->items[1].number;
        snprintf(key, sizeof key, "%s:%.*s:%dd", k ? "users" : "events", STR_ARG(what),
                 days_of(json_get(node, "in")));
        struct plain v = value_of(key_number(str_of(key)), 0, who);
        int one = v.state == FACT_KNOWN ? truth_of(compared(op, v.number, least)) : TRUTH_UNKNOWN;
        if (one < truth) truth = one;
    }
    return truth;
}

static int slowly(const struct json *node, uint32_t row, uint32_t who) {
    const struct json *inner;
    if ((inner = json_get(node, "all")) || json_get(node, "any")) {
        bool all = inner != NULL, some = false, unknown = false;
        if (!all) inner = json_get(node, "any");
        for (size_t i = 0; i < inner->n; i++) { /* false decides all, true decides any, then unknown */
            int t = slowly(&inner->items[i], row, who);
            some |= t == (all ? TRUTH_FALSE : TRUTH_TRUE);
            unknown |= t == TRUTH_UNKNOWN;
        }
        return some      ? (all ? TRUTH_FALSE : TRUTH_TRUE)
               : unknown ? TRUTH_UNKNOWN
                         : (all ? TRUTH_TRUE : TRUTH_FALSE);
    }
    if ((inner = json_get(node, "not"))) return not_of(slowly(inner, row, who));
    if ((inner = json_get(node, "some_contact"))) {
        int64_t trues = 0, unknowns = 0, least = json_get(node, "at_least")->integer;
        for (uint32_t c = 0; c < contact_count(row); c++) {
            int t = slowly(inner, row, contact_who(row, c));
            trues += t == TRUTH_TRUE;
            unknowns += t == TRUTH_UNKNOWN;
        }
        return trues >= least ? TRUTH_TRUE : trues + unknowns < least ? TRUTH_FALSE : TRUTH_UNKNOWN;
    }
    if (json_get(node, "did")) return did_slowly(node, who);
    if (json_get(node, "changed")) return changed_slowly(node, who);
    for (uint32_t kind = 0; kind < 3; kind++) {
        static const char *const names[] = {"in_segment", "entered", "left"};
        if (!json_get(node, names[kind])) continue;
        struct plain v = value_of(500 + kind, kind ? days_of(json_get(node, "in")) : 0, who);
        return v.state == FACT_KNOWN ? truth_of((int)v.number % 2 != 0) : TRUTH_UNKNOWN;
    }
    return fact_slowly(node, who);
}

/* ---- random rules ---- */

static void put_literal(struct buf *out, int kind) {
    if (kind == A_TEXT)
        buf_format(out, "\"%s\"", texts[roll(TEXTS)][0]);
    else if (kind == A_BOOL)
        buf_put_c(out, roll(2) ? "true" : "false");
    else if (kind == A_DATE) {
        int year, month, day = TODAY + (int)roll(60) - 30;
        year_month(day, &year, &month);
        int first = day;
        for (int y, m; year_month(first - 1, &y, &m), m == month;)
            first--;
        buf_format(out, "\"%04d-%02d-%02d\"", year, month, day - first + 1);
    } else if (kind == A_SHARE && roll(2))
        buf_format(out, "\"%u%%\"", roll(5) * 25);
    else if (kind == A_DAYS && roll(2))
        buf_format(out, "\"%ud\"", roll(8));
    else
        buf_format(out, kind == A_SHARE ? "0.%02d" : "%d",
                   kind == A_SHARE ? (int)roll(4) * 25 : (int)roll(9) - 2);
}

static void put_list(struct buf *out, int kind) {
    buf_put_byte(out, '[');
    for (uint32_t i = 0, n = 1 + roll(3); i < n; i++) {
        if (i) buf_put_byte(out, ',');
        put_literal(out, kind);
    }
    buf_put_byte(out, ']');
}

static void put_fact(struct buf *out) {
    static const char *const any[] = {"=", "!=", "known", "unknown", "stale", "applicable", "in", "not_in"};
    static const char *const ordered[] = {"<", "<=", ">", ">=", "between"};
    static const char *const of_text[] = {"contains", "starts_with", "ends_with"};
    static const char *const of_date[] = {"before",        "after",      "within_last",      "within_next",
                                          "more_than_ago", "on_weekday", "in_fiscal_quarter"};
    static const char *const week[] = {"sat", "sun", "mon", "tue", "wed", "thu", "fri"};
    uint32_t key = roll(KEYS);
    int kind = keys[key].kind;
    const char *op;
    do {
        uint32_t group = roll(4);
        op = group < 1        ? any[roll(8)]
             : kind == A_TEXT ? of_text[roll(3)]
             : kind == A_BOOL ? any[roll(6)]
             : kind != A_DATE ? ordered[roll(5)]
             : group == 1     ? ordered[roll(5)]
                              : of_date[roll(7)];
    } while (kind == A_BOOL && (op[0] == '<' || op[0] == '>' || !strcmp(op, "between") ||
                                strstr(op, "in") == op || !strcmp(op, "not_in")));
    buf_format(out, "{\"fact\":\"%s\",\"is\":\"%s\"", keys[key].key, op);
    if (!strcmp(op, "known") || !strcmp(op, "unknown") || !strcmp(op, "stale") || !strcmp(op, "applicable")) {
        buf_put_byte(out, '}');
        return;
    }
    buf_put_c(out, ",\"value\":");
    if (!strcmp(op, "between") && kind == A_DATE) {
        buf_put_c(out, "[\"2024-04-20\",\"2024-07-01\"]");
    } else if (!strcmp(op, "between")) {
        int low = (int)roll(5) - 2;
        buf_format(out, "[%d,%d]", low, low + (int)roll(4));
    } else if (!strcmp(op, "in") || !strcmp(op, "not_in")) {
        put_list(out, kind);
    } else if (!strncmp(op, "within", 6) || !strcmp(op, "more_than_ago")) {
        buf_format(out, "\"%u%c\"", 1 + roll(10), roll(2) ? 'd' : 'w');
    } else if (!strcmp(op, "on_weekday")) {
        buf_format(out, "[\"%s\",\"%s\"]", week[roll(7)], week[roll(7)]);
    } else if (!strcmp(op, "in_fiscal_quarter")) {
        static const char *const named[] = {"\"last\"", "\"this\"", "\"next\"", "1", "2", "3", "4"};
        buf_format(out, "[%s,%s]", named[roll(7)], named[roll(7)]);
    } else {
        put_literal(out, kind);
    }
    buf_put_byte(out, '}');
}

static void put_changed(struct buf *out) {
    static const char *const amounts[] = {"rises_by", "falls_by", "fell_from_peak"};
    uint32_t key = roll(KEYS);
    bool number = keys[key].kind <= A_DAYS;
    bool amount = number && roll(3);
    buf_format(out, "{\"fact\":\"%s\",\"changed\":[\"%s\",", keys[key].key,
               amount    ? amounts[roll(3)]
               : roll(2) ? "to"
                         : "from");
    if (amount && roll(2))
        buf_format(out, "\"%u%%\"", 25 * (1 + roll(4)));
    else if (amount)
        buf_format(out, "%u", 1 + roll(3));
    else
        put_literal(out, keys[key].kind);
    buf_format(out, "],\"in\":\"%ud\"}", 1 + roll(8));
}

static void put_did(struct buf *out) {
    static const char *const counts[] = {"=", "!=", "<", "<=", ">", ">="};
    uint32_t which = roll(4);
    buf_format(out, "{\"did\":{\"feature\":\"%s\"}", roll(2) ? "export" : "report");
    if (which & 1) buf_format(out, ",\"times\":[\"%s\",%u]", counts[roll(6)], roll(5));
    if (which & 2) buf_format(out, ",\"people\":[\"%s\",%u]", counts[roll(6)], roll(5));
    buf_format(out, ",\"in\":\"%ud\"}", 1 + roll(40));
}

static void put_rule(struct buf *out, int depth, bool contact) {
    uint32_t kind = depth >= 4 ? 4 + roll(8) : roll(12);
    if (kind < 3) {
        buf_format(out, "{\"%s\":[", kind ? "all" : "any");
        for (uint32_t i = 0, n = 1 + roll(3); i < n; i++) {
            if (i) buf_put_byte(out, ',');
            put_rule(out, depth + 1, contact);
        }
        buf_put_c(out, "]}");
    } else if (kind == 3) {
        buf_put_c(out, "{\"not\":");
        put_rule(out, depth + 1, contact);
        buf_put_byte(out, '}');
    } else if (kind == 4 && !contact) {
        buf_put_c(out, "{\"some_contact\":");
        put_rule(out, depth + 1, true);
        buf_format(out, ",\"at_least\":%u}", 1 + roll(3));
    } else if (kind == 5 && !contact) {
        put_did(out);
    } else if (kind == 6) {
        put_changed(out);
    } else if (kind == 7) {
        static const char *const names[] = {"entered", "left"};
        if (roll(2))
            buf_put_c(out, "{\"in_segment\":\"strategic\"}");
        else
            buf_format(out, "{\"%s\":\"strategic\",\"in\":\"%ud\"}", names[roll(2)], 1 + roll(9));
    } else {
        put_fact(out);
    }
}

/* ---- the product, over columns filled from the plain values ---- */

static void open_facts(struct world *world) {
    static const enum value_type types[] = {VALUE_NUMBER, VALUE_NUMBER, VALUE_NUMBER,
                                            VALUE_DATE,   VALUE_TEXT,   VALUE_BOOL};
    static const char *const units[] = {"", "share", "days", "", "", ""};
    *world = (struct world){.segment = "strategic"};
    for (uint32_t i = 0; i < KEYS; i++)
        world_add(world, keys[i].key, types[keys[i].kind], units[keys[i].kind]);
    for (size_t i = 0; i < TEXTS; i++)
        dict_put(&world->texts, str_of(texts[i][0]), NULL);
}

static void fill(struct world *world, const struct rule_need *need, const uint32_t *who, size_t n,
                 struct column *column) {
    for (size_t i = 0; i < n; i++) {
        uint32_t key = need->kind == NEED_FACT ? key_number(world->facts[need->number].key)
                                               : 500 + (uint32_t)(need->kind - NEED_SEGMENT);
        struct plain v = value_of(key, need->days_back, who[i]);
        column->state[i] = (uint8_t)v.state;
        column->cause[i] = (uint8_t)v.cause;
        if (v.state != FACT_KNOWN) continue;
        column->number[i] = v.text ? dict_find(&world->texts, str_of(v.text)) : v.number;
        if (need->kind != NEED_FACT) column->number[i] = (int)v.number % 2 != 0;
    }
}

static void columns_of(struct world *world, const struct rule_needs *needs, const uint32_t *who, size_t n,
                       struct arena *arena, struct column **out) {
    *out = arena_array(arena, needs->n + 1, sizeof **out);
    for (size_t i = 0; i < needs->n; i++) {
        const struct rule_need *need = &needs->v[i];
        (*out)[i] = world_column(arena, n);
        if (need->kind != NEED_CONTACTS) {
            fill(world, need, who, n, &(*out)[i]);
            continue;
        }
        uint32_t offsets[ROWS + 1] = {0}, contacts[ROWS * CONTACTS_MOST + 1];
        uint8_t truth[ROWS * CONTACTS_MOST + 1];
        for (uint32_t row = 0; row < n; row++) {
            offsets[row + 1] = offsets[row] + contact_count(row);
            for (uint32_t c = 0; c < contact_count(row); c++)
                contacts[offsets[row] + c] = contact_who(row, c);
        }
        struct column *inner;
        columns_of(world, rule_needs_of(need->contacts), contacts, offsets[n], arena, &inner);
        rule_evaluate(need->contacts, inner, TODAY, offsets[n], arena, truth);
        rule_some_contact(truth, offsets, n, need->at_least, &(*out)[i]);
    }
}

static void random_rules_agree_with_the_slow_evaluator(void **state) {
    (void)state;
    struct world world;
    struct arena arena = {0};
    struct buf text = {0};
    long counts[TRUTHS] = {0}, rules = getenv("VAFA_FULL") ? RULES_FULL : RULES;
    open_facts(&world);
    for (long r = 0; r < rules; r++) {
        struct problem problem = {.arena = &arena};
        struct json json;
        struct rule_node *root;
        struct rule_needs needs = {0};
        struct rule *rule = NULL;
        struct column *columns;
        uint32_t rows[ROWS] = {0, 1, 2, 3, 4, 5};
        uint8_t truth[ROWS];
        uint64_t trace[ROWS], words[ROWS];
        salt = (uint32_t)r;
        buf_clear(&text);
        put_rule(&text, 0, false);
        struct rule_scope scope = world_scope(&world);
        world.contacts = (struct rule_scope){
            .find = world_find, .fact = world_fact, .segment = world_segment, .self = &world};
        scope.contacts = &world.contacts;
        if (json_parse(buf_str(&text), &arena, &json, &problem) ||
            rule_parse(&json, (struct str){0}, &arena, &root, &problem) ||
            rule_compile(root, &scope, &needs, &arena, &rule, &problem)) {
            struct buf why = {0};
            problem_print(&problem, ENGLISH, &why);
            fail_msg("%.*s: %.*s", STR_ARG(buf_str(&text)), STR_ARG(buf_str(&why)));
        }
        columns_of(&world, &needs, rows, ROWS, &arena, &columns);
        unsigned width = 1u << r % 4; /* words of all widths */
        rule_evaluate(rule, columns, TODAY, ROWS, &arena, truth);
        rule_evaluate_traced(rule, columns, TODAY, 0, ROWS, &arena, &(struct rule_trace){words, width});
        for (size_t row = 0; row < ROWS; row++) {
            trace[row] = 0;
            memcpy(&trace[row], (const char *)words + row * width, width);
        }
        for (uint32_t row = 0; row < ROWS; row++) {
            int slow = slowly(&json, row, row);
            counts[slow]++;
            if (truth[row] != slow || (trace[row] & 3) != truth[row])
                fail_msg("row %u is %d, not %d, by %.*s", row, truth[row], slow, STR_ARG(buf_str(&text)));
        }
        arena_reset(&arena);
        world.n = KEYS; /* anonymous facts go with the arena */
        arena_reset(&world.arena);
    }
    for (int t = 0; t < TRUTHS; t++)
        assert_true(counts[t] > rules / 4); /* none of the three is rare */
    buf_free(&text);
    arena_free(&arena);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_rules_agree_with_the_slow_evaluator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
