/* Rules as sentences for people, in both languages. */
#include "insight/rule_tree.h"

#include "base/calendar.h"
#include "base/format.h"
#include "base/number.h"

#include <math.h>

struct speaker {
    const struct rule_scope *scope;
    enum language language;
    struct format format;
    struct buf *out;
};

static const char *say(const struct speaker *s, const char *en, const char *fa) {
    return s->language == PERSIAN ? fa : en;
}

static void put_text(struct speaker *s, struct str text) {
    buf_put_c(s->out, say(s, "“", "«"));
    buf_put_str(s->out, text);
    buf_put_c(s->out, say(s, "”", "»"));
}

/* The currency of a fact's money; empty: it is none, or none that is known. */
static struct str currency_of(const struct rule_scope *scope, const struct fact *fact) {
    if (!fact || fact->type != VALUE_NUMBER) return (struct str){0};
    if (str_is(fact->unit, "money")) return scope ? scope->currency : (struct str){0};
    return fact->unit.n == 3 && currency_exponent(fact->unit) >= 0 ? fact->unit : (struct str){0};
}

void put_number_for_people(struct buf *out, const struct format *format, const struct rule_scope *scope,
                           const struct fact *fact, double number, int decimals) {
    struct str currency = currency_of(scope, fact);
    if (currency.n && fabs(number) < 9e15)
        format_money(out, format, llround(number), currency);
    else
        format_number(out, format, number, decimals);
}

static const struct fact *fact_of(const struct speaker *s, struct str key) {
    uint32_t number = s->scope ? s->scope->find(s->scope->self, key) : DICT_NONE;
    return number == DICT_NONE ? NULL : s->scope->fact(s->scope->self, number);
}

static void speak_value(struct speaker *s, const struct fact *fact, const struct rule_value *value) {
    double share;
    int64_t days;
    day_t day;
    if (value->kind == RULE_VALUE_NUMBER)
        put_number_for_people(s->out, &s->format, s->scope, fact, value->number, 6);
    else if (value->kind == RULE_VALUE_BOOL)
        buf_put_c(s->out, value->number != 0 ? say(s, "yes", "بله") : say(s, "no", "خیر"));
    else if (value_share(value->string, &share))
        format_percent(s->out, &s->format, share, 2);
    else if (value_days(value->string, &days))
        format_days(s->out, &s->format, days);
    else if (rule_date(value->string, &day))
        format_day(s->out, &s->format, day, DAY_LONG);
    else
        put_text(s, value->string);
}

static const char *word_of_value(const struct speaker *s, const struct rule_node *node,
                                 const struct rule_value *value) {
    static const struct text weekdays[7] = {{"Saturday", "شنبه"},      {"Sunday", "یکشنبه"},
                                            {"Monday", "دوشنبه"},      {"Tuesday", "سه‌شنبه"},
                                            {"Wednesday", "چهارشنبه"}, {"Thursday", "پنجشنبه"},
                                            {"Friday", "جمعه"}};
    static const struct text quarters[3] = {
        {"the last one", "گذشته"}, {"this one", "جاری"}, {"the next one", "آینده"}};
    if (value->kind != RULE_VALUE_STRING) return NULL;
    if (node->op == OP_ON_WEEKDAY && weekday_find(value->string) >= 0) {
        const struct text *day = &weekdays[weekday_find(value->string)];
        return say(s, day->en, day->fa);
    }
    for (int i = 0; i < 3 && node->op == OP_IN_FISCAL_QUARTER; i++)
        if (str_is(value->string, quarter_names[i])) return say(s, quarters[i].en, quarters[i].fa);
    return NULL;
}

static void speak_list(struct speaker *s, const struct fact *fact, const struct rule_node *node) {
    for (size_t i = 0; i < node->value_count; i++) {
        if (i) buf_put_c(s->out, say(s, ", ", "، "));
        const char *word = word_of_value(s, node, &node->values[i]);
        if (word)
            buf_put_c(s->out, word);
        else
            speak_value(s, fact, &node->values[i]);
    }
}

static void speak_title(struct speaker *s, const struct fact *fact, struct str key) {
    const char *title = fact ? say(s, fact->title.en, fact->title.fa) : NULL;
    if (title)
        buf_put_c(s->out, title);
    else
        buf_put_str(s->out, key);
}

static void speak_days(struct speaker *s, int32_t days) {
    buf_put_c(s->out, say(s, " in ", " در "));
    format_days(s->out, &s->format, days);
    if (s->language == PERSIAN) buf_put_c(s->out, " گذشته");
}

/* The end of a Persian sentence. */
static const char *is(bool denied) {
    return denied ? " نباشد" : " باشد";
}

static void speak_fact(struct speaker *s, const struct rule_node *node, bool denied) {
    const struct fact *fact = fact_of(s, node->name);
    enum rule_op op = node->op;
    if (op == OP_NOT_EQUAL || op == OP_NOT_IN) {
        op = op == OP_NOT_IN ? OP_IN : OP_EQUAL;
        denied = !denied;
    }
    const struct rule_op_info *info = &rule_op_info[op];
    const char *phrase = say(s, denied && info->denied ? info->denied : info->phrase.en, info->phrase.fa);
    speak_title(s, fact, node->name);
    buf_put_byte(s->out, ' ');
    if (s->language == ENGLISH && denied && !info->denied) {
        buf_put_c(s->out, "is not");
        phrase += strlen("is");
    }
    for (const char *c = phrase; *c; c++) {
        if (*c != '{') {
            buf_put_byte(s->out, *c);
            continue;
        }
        if (info->shape == SHAPE_LIST)
            speak_list(s, fact, node);
        else if (info->shape == SHAPE_DAYS)
            format_days(s->out, &s->format, node->days);
        else
            speak_value(s, fact, &node->values[c[1] - '0']);
        c += 2;
    }
    if (node->kind == RULE_CHANGED) speak_days(s, node->days);
    if (s->language == PERSIAN) buf_put_c(s->out, is(denied));
}

static void speak_count(struct speaker *s, const struct rule_count *count, struct text what) {
    static const struct text words[] = {
        [OP_EQUAL] = {"exactly", "دقیقاً"},     [OP_NOT_EQUAL] = {"other than", "غیر از"},
        [OP_LESS] = {"fewer than", "کمتر از"}, [OP_AT_MOST] = {"at most", "حداکثر"},
        [OP_MORE] = {"more than", "بیش از"},   [OP_AT_LEAST] = {"at least", "دست‌کم"},
    };
    if (count->op == OP_NONE) return;
    buf_format(s->out, " %s ", say(s, words[count->op].en, words[count->op].fa));
    format_int(s->out, &s->format, count->n);
    buf_format(s->out, " %s", say(s, what.en, what.fa));
}

static void speak(struct speaker *s, const struct rule_node *node, bool denied);

static void speak_did(struct speaker *s, const struct rule_node *node, bool denied) {
    if (s->language == ENGLISH) {
        buf_put_c(s->out, denied ? "did not use " : "used ");
        put_text(s, node->name);
        speak_count(s, &node->times, (struct text){"times", ""});
        if (node->people.op) buf_put_c(s->out, " by");
        speak_count(s, &node->people, (struct text){"people", ""});
        speak_days(s, node->days);
        return;
    }
    put_text(s, node->name);
    speak_days(s, node->days);
    speak_count(s, &node->times, (struct text){"", "بار"});
    if (node->people.op) buf_put_c(s->out, " توسط");
    speak_count(s, &node->people, (struct text){"", "نفر"});
    buf_put_c(s->out, denied ? " به کار نرفته باشد" : " به کار رفته باشد");
}

static void speak_segment(struct speaker *s, const struct rule_node *node, bool denied) {
    static const struct text before[][2] = {
        [RULE_IN_SEGMENT] = {{"is in the segment ", "در بخش "}, {"is not in the segment ", "در بخش "}},
        [RULE_ENTERED] = {{"entered the segment ", "به بخش "}, {"did not enter the segment ", "به بخش "}},
        [RULE_LEFT] = {{"left the segment ", "از بخش "}, {"did not leave the segment ", "از بخش "}}};
    static const char *const after[][2] = {[RULE_IN_SEGMENT] = {" باشد", " نباشد"},
                                           [RULE_ENTERED] = {" وارد شده باشد", " وارد نشده باشد"},
                                           [RULE_LEFT] = {" خارج شده باشد", " خارج نشده باشد"}};
    buf_put_c(s->out, say(s, before[node->kind][denied].en, before[node->kind][denied].fa));
    put_text(s, node->name);
    if (node->kind != RULE_IN_SEGMENT) speak_days(s, node->days);
    if (s->language == PERSIAN) buf_put_c(s->out, after[node->kind][denied]);
}

static void speak_contacts(struct speaker *s, const struct rule_node *node, bool denied) {
    struct speaker inner = *s;
    inner.scope = s->scope ? s->scope->contacts : NULL;
    if (denied && node->at_least == 1) {
        buf_put_c(s->out, say(s, "no contact has (", "مخاطبی نباشد که برای او ("));
    } else {
        buf_put_c(s->out, denied ? say(s, "fewer than ", "برای کمتر از ")
                                 : say(s, "at least ", "برای دست‌کم "));
        format_int(s->out, &s->format, node->at_least);
        buf_put_c(s->out, say(s, node->at_least == 1 ? " contact has (" : " contacts have (", " مخاطب ("));
    }
    speak(&inner, node->children, false);
    buf_put_byte(s->out, ')');
}

static void speak_inside(struct speaker *s, const struct rule_node *node) {
    bool parentheses = node->child_count > 1;
    if (parentheses) buf_put_byte(s->out, '(');
    speak(s, node, false);
    if (parentheses) buf_put_byte(s->out, ')');
}

/* denied: under `not`. A part is denied in its own words, several together by a clause before them. */
static void speak(struct speaker *s, const struct rule_node *node, bool denied) {
    switch (node->kind) {
    case RULE_ALL:
    case RULE_ANY:
        if (node->child_count == 1) return speak(s, node->children, denied);
        if (denied) {
            buf_put_c(s->out, say(s, "it is not so that ", "چنین نباشد که "));
            return speak_inside(s, node);
        }
        for (size_t i = 0; i < node->child_count; i++) {
            if (i)
                buf_put_c(s->out, node->kind == RULE_ALL ? say(s, " and ", " و ") : say(s, " or ", " یا "));
            speak_inside(s, &node->children[i]);
        }
        return;
    case RULE_NOT:
        return speak(s, node->children, !denied);
    case RULE_FACT:
    case RULE_CHANGED:
        return speak_fact(s, node, denied);
    case RULE_DID:
        return speak_did(s, node, denied);
    case RULE_IN_SEGMENT:
    case RULE_ENTERED:
    case RULE_LEFT:
        return speak_segment(s, node, denied);
    case RULE_SOME_CONTACT:
        return speak_contacts(s, node, denied);
    }
}

void rule_print_for_people(const struct rule_node *node, const struct rule_scope *scope,
                           enum language language, struct buf *out) {
    struct format format = {language, language == PERSIAN ? CALENDAR_PERSIAN : CALENDAR_GREGORIAN, false};
    struct speaker speaker = {scope, language, format, out};
    speak(&speaker, node, false);
}
