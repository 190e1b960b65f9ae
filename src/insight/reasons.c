#include "insight/reasons.h"

#include "base/format.h"
#include "customers/directory.h"
#include "insight/catalogue.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

struct str say(struct arena *arena, enum language language, struct text sentence, struct arguments args) {
    struct fault fault = {.message = {.code = "", .en = sentence.en, .fa = sentence.fa},
                          .args = (struct str *)(uintptr_t)args.v,
                          .arg_count = args.n};
    struct buf out = {0};
    fault_print(&fault, language, &out);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* ---- sentences ---- */

/* {0} the value now, {1} the value then, {2} how long that is, {3} fell or rose, {4} the name of the measure;
 * of a value that is itself a change {5} its size, {6} fell or rose, {7} below or above; values with their
 * unit ("19 days"), or bare. Facts are matched by their beginning, the first row wins. */
static const struct sentence {
    const char *fact;
    bool bare;
    struct text text;
} sentences[] = {
    {"active_users_change",
     false,
     {"Active people {6} by {5} against the weeks before.",
      "افراد فعال نسبت به هفته‌های پیش از آن {5} {6}."}},
    {"events_change",
     false,
     {"Events {6} by {5} against the weeks before.",
      "رویدادها نسبت به هفته‌های پیش از آن {5} {6}."}},
    {"active_users_deviation",
     true,
     {"Active people are {5} usual swings {7} what is usual for them.",
      "افراد فعال {5} برابر نوسان معمول {7} مقدار معمول‌اند."}},
    {"events_deviation",
     true,
     {"Events are {5} usual swings {7} what is usual for them.",
      "رویدادها {5} برابر نوسان معمول {7} مقدار معمول‌اند."}},
    {"active_users_",
     true,
     {"Active people {3} from {1} to {0} in {2}.", "افراد فعال در {2} از {1} به {0} رسید."}},
    {"active_days_",
     true,
     {"Days with use {3} from {1} to {0} in {2}.", "روزهای دارای استفاده در {2} از {1} به {0} رسید."}},
    {"events_", true, {"Events {3} from {1} to {0} in {2}.", "رویدادها در {2} از {1} به {0} رسید."}},
    {"seat_utilisation",
     false,
     {"Seat use {3} from {1} to {0} in {2}.", "مصرف صندلی در {2} از {1} به {0} رسید."}},
    {"breadth_",
     true,
     {"Core features in use {3} from {1} to {0} in {2}.",
      "قابلیت‌های اصلیِ در کار در {2} از {1} به {0} رسید."}},
    {"days_since_last_use",
     false,
     {"Nobody has used the product for {0}.", "{0} است که کسی از محصول استفاده نکرده است."}},
    {"days_since_last_contact", false, {"There has been no contact for {0}.", "{0} است که تماسی نبوده است."}},
    {"contact_overdue_days", false, {"The next contact is {0} overdue.", "از موعد تماس بعدی {0} گذشته است."}},
    {"open_urgent_tickets", true, {"Urgent tickets open: {0}.", "تیکت فوری باز: {0}."}},
    {"open_tickets",
     true,
     {"Open tickets {3} from {1} to {0} in {2}.",
      "تیکت‌های باز در {2} از {1} به {0} رسید."}},
    {"overdue_days",
     false,
     {"An invoice is {0} overdue.", "از سررسید صورت‌حسابی {0} گذشته است."}},
    {"overdue_amount", false, {"{0} is overdue.", "{0} از سررسیدش گذشته است."}},
    {"milestones_overdue", true, {"Milestones late: {0}.", "نقطهٔ عطف دیرکرده: {0}."}},
    {"", false, {"{4} {3} from {1} to {0} in {2}.", "{4} در {2} از {1} به {0} رسید."}},
};
static const struct text is_now = {"{4}: {0}.", "{4}: {0}."},
                         is_gone = {"{4} is no longer known.", "{4} دیگر معلوم نیست."},
                         holds = {"{4}.", "{4}."}, no_longer = {"No longer: {4}.", "دیگر برقرار نیست: {4}."},
                         new_card = {"The scorecard changed: {4}.", "کارت امتیاز تغییر کرد: {4}."},
                         peers = {"Others moved past it: {4}.", "جایگاهش میان همتایان تغییر کرد: {4}."},
                         by_hand = {"The score was set by hand.", "امتیاز به دست همکار تعیین شد."};

static struct text spoken_of(struct text text) {
    return (struct text){text.en, text.fa ? text.fa : text.en};
}

static struct str in(enum language language, struct text text) {
    return str_of(language == PERSIAN && text.fa ? text.fa : text.en);
}

static const struct sentence *sentence_for(const struct fact *fact) {
    size_t i = 0;
    while (!str_starts(fact->key, str_of(sentences[i].fact)))
        i++;
    return &sentences[i];
}

static struct str value_of(const struct reasoning *r, const struct fact *fact, double value, bool bare) {
    struct format format = request_format(r->request);
    struct arena *arena = r->request->arena;
    struct buf out = {0};
    if (isnan(value))
        buf_put_c(&out, "–");
    else if (fact->type == VALUE_TEXT)
        buf_put_str(&out, dict_key(fact->texts, (uint32_t)value));
    else if (bare)
        format_number(&out, &format, value, 1);
    else
        fact_print(fact, value, &format,
                   settings_text(r->request->house->settings, SETTING_ORGANISATION_CURRENCY, arena), &out);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static struct str span_of(const struct reasoning *r) {
    struct format format = request_format(r->request);
    struct buf out = {0};
    int32_t days = r->now.day - r->then.day;
    if (days == 28)
        buf_put_str(&out, in(r->request->language, (struct text){"four weeks", "چهار هفته"}));
    else
        format_days(&out, &format, days > 0 ? days : 1);
    struct str text = str_copy(r->request->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static const char *evidence_of(const struct catalogue *catalogue, const struct declared *declared) {
    switch (declared->kind) {
    case FROM_USAGE:
        return "usage";
    case FROM_RECORD:
        return signal_sources[declared->record.table]->key;
    case FROM_PEOPLE:
        return "people";
    case FROM_FORMULA:
        return declared->read_n ? evidence_of(catalogue, catalogue_declared(catalogue, declared->reads[0]))
                                : NULL;
    default:
        return NULL;
    }
}

/* The first fact that a rule names. */
static struct str fact_of_rule(const struct rule_node *node) {
    if (node->kind == RULE_FACT || node->kind == RULE_CHANGED) return node->name;
    for (size_t i = 0; i < node->child_count && node->kind <= RULE_NOT; i++) {
        struct str name = fact_of_rule(&node->children[i]);
        if (name.n) return name;
    }
    return (struct str){0};
}

static void set_fact(const struct reasoning *r, struct str key, struct spoken_reason *reason) {
    uint32_t number = key.n ? catalogue_find(r->cards_now.catalogue, key) : DICT_NONE;
    if (number == DICT_NONE) return;
    reason->fact = catalogue_fact(r->cards_now.catalogue, number)->key;
    reason->evidence =
        evidence_of(r->cards_now.catalogue, catalogue_declared(r->cards_now.catalogue, number));
}

/* Of one fact the heavier reason; the list is in order. */
static size_t told_once(struct spoken_reason *list, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t k = 0; k < kept && !again; k++)
            again = list[i].fact.n && str_equal(list[i].fact, list[k].fact);
        if (!again) list[kept++] = list[i];
    }
    return kept;
}

static struct text title_of(const struct measure *measure) {
    return spoken_of(measure->title.en ? measure->title : measure->fact->title);
}

/* Of a change: whether it went down, nowhere or up, in words. */
static const struct text moved[] = {{"fell", "کم شد"}, {"changed", "تغییر کرد"}, {"rose", "بیشتر شد"}},
                         beside[] = {
                             {"below", "پایین‌تر از"}, {"from", "دور از"}, {"above", "بالاتر از"}};

static struct str measure_sentence(const struct reasoning *r, const struct measure *measure, double before,
                                   double after) {
    const struct sentence *sentence = sentence_for(measure->fact);
    enum language language = r->request->language;
    bool alone = !strstr(sentence->text.en, "{1}"); /* says only how it stands */
    struct text text = isnan(after) ? is_gone : isnan(before) && !alone ? is_now : sentence->text;
    bool bare = sentence->bare && !(isnan(before) && !alone);
    struct str args[] = {value_of(r, measure->fact, after, bare),
                         value_of(r, measure->fact, before, bare),
                         span_of(r),
                         in(language, after < before ? (struct text){"fell", ""} : (struct text){"rose", ""}),
                         in(language, title_of(measure)),
                         value_of(r, measure->fact, fabs(after), bare),
                         in(language, moved[1 + (after > 0) - (after < 0)]),
                         in(language, beside[1 + (after > 0) - (after < 0)])};
    return say(r->request->arena, language, text, (struct arguments){args, COUNT(args)});
}

static struct str other_sentence(const struct reasoning *r, struct text sentence, struct text name) {
    struct str none = STR("");
    struct str args[] = {none, none, none, none, in(r->request->language, name)};
    return say(r->request->arena, r->request->language, sentence, (struct arguments){args, COUNT(args)});
}

/* ---- of one account ---- */

enum status reasons_open(const struct request *request, day_t then, struct reasoning *ret,
                         struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    *ret = (struct reasoning){
        .request = request, .then = moment_of_day(house->insight, then), .now = moment_now(house->insight)};
    directory_lock(house->directory);
    size_t n = directory_size(house->directory);
    directory_unlock(house->directory);
    struct {
        struct moment *moment;
        struct card_set *set;
        struct health_known *known;
    } ends[] = {{&ret->then, &ret->cards_then, &ret->known_then},
                {&ret->now, &ret->cards_now, &ret->known_now}};
    enum status status = OK;
    for (size_t i = 0; i < COUNT(ends) && !status; i++) {
        double *overrides = arena_array(arena, n + 1, sizeof *overrides);
        status = card_set_make(house, ends[i].moment, (struct str){0}, arena, ends[i].set, problem);
        if (!status)
            status = health_read_overrides(house, ends[i].moment->at, overrides, 0, n, NULL, problem);
        *ends[i].known = (struct health_known){.overrides = overrides, .override_count = n};
    }
    return status;
}

static const struct measure *find_measure(const struct scorecard *card, struct str key) {
    for (size_t i = 0; i < card->measure_count; i++)
        if (str_equal(card->measures[i].key, key)) return &card->measures[i];
    return NULL;
}

static const struct exception *find_exception(const struct scorecard *card, struct str key) {
    for (size_t i = 0; i < card->exception_count; i++)
        if (str_equal(card->exceptions[i].key, key)) return &card->exceptions[i];
    return NULL;
}

static bool reason_of_part(const struct reasoning *r, const struct waterfall_part *part,
                           const struct scorecard *before, const struct scorecard *after,
                           struct spoken_reason *ret) {
    const struct measure *measure = find_measure(after, part->key);
    const struct exception *exception = find_exception(after, part->key);
    if (!measure) measure = find_measure(before, part->key);
    if (!exception) exception = find_exception(before, part->key);
    *ret =
        (struct spoken_reason){.key = str_copy(r->request->arena, part->key), .difference = part->difference};
    if (measure && part->step <= STEP_SCORECARD) set_fact(r, measure->fact_key, ret);
    if (exception && part->step == STEP_EXCEPTION) set_fact(r, fact_of_rule(exception->when), ret);
    switch (part->step) {
    case STEP_VALUE:
    case STEP_DATA:
        if (!measure) return false;
        ret->text = measure_sentence(r, measure, part->before, part->after);
        return true;
    case STEP_PEERS:
    case STEP_SCORECARD:
        if (!measure) return false;
        ret->text = other_sentence(r, part->step == STEP_PEERS ? peers : new_card, title_of(measure));
        if (part->step == STEP_SCORECARD) ret->fact = STR("(scorecard)"); /* one change, told once */
        return true;
    case STEP_EXCEPTION:
        if (!exception) return false;
        ret->text = other_sentence(r, fabs(part->after) >= fabs(part->before) ? holds : no_longer,
                                   spoken_of(exception->reason));
        return true;
    case STEP_OVERRIDE:
        ret->text = other_sentence(r, by_hand, by_hand);
        return true;
    case STEP_CLAMP:
        return false;
    }
    return false;
}

static int by_fall(const void *a, const void *b) {
    const struct spoken_reason *x = a, *y = b;
    if (x->difference != y->difference) return x->difference < y->difference ? -1 : 1;
    return str_compare(x->key, y->key);
}
static int by_rise(const void *a, const void *b) {
    return -by_fall(a, b);
}

/* What takes most points from 100 today. */
static size_t costs_of(const struct reasoning *r, const struct scorecard_result *now,
                       struct spoken_reason *list) {
    size_t n = 0;
    for (size_t i = 0; i < now->card->measure_count; i++) {
        const struct measure *measure = &now->card->measures[i];
        const struct measure_result *result = &now->measures[i];
        if (result->counted > COUNTED_CARRIED || isnan(result->value)) continue;
        bool alone = !strstr(sentence_for(measure->fact)->text.en, "{1}");
        list[n] = (struct spoken_reason){
            .key = str_copy(r->request->arena, measure->key),
            .text = measure_sentence(r, measure, alone ? result->value : NAN, result->value),
            .difference = -result->share * (100 - result->points)};
        set_fact(r, measure->fact_key, &list[n++]);
    }
    for (size_t i = 0; i < now->card->exception_count; i++) {
        const struct exception *exception = &now->card->exceptions[i];
        if (now->exceptions[i].contribution >= 0) continue;
        list[n] = (struct spoken_reason){.key = str_copy(r->request->arena, exception->key),
                                         .text = other_sentence(r, holds, spoken_of(exception->reason)),
                                         .difference = now->exceptions[i].contribution};
        set_fact(r, fact_of_rule(exception->when), &list[n++]);
    }
    return n;
}

enum status reasons_of(struct reasoning *r, uint32_t account, bool rising, size_t most,
                       struct spoken_reason **ret, size_t *n, struct problem *problem) {
    struct house *house = r->request->house;
    struct arena scratch = {0};
    struct health then, now;
    struct scorecard_result before, after;
    *n = 0;
    *ret = NULL;
    enum status status =
        health_evaluate(house, &r->cards_now, &r->now, account, 1, &r->known_now, &scratch, &now, problem);
    if (!status)
        status = health_evaluate(house, &r->cards_then, &r->then, account, 1, &r->known_then, &scratch, &then,
                                 problem);
    if (!status && health_explain(&now, 0, &scratch, &after)) {
        struct waterfall waterfall = {0};
        if (health_explain(&then, 0, &scratch, &before) && before.has_score)
            scorecard_waterfall(&before, then.peers[then.card[0]], &after, now.peers[now.card[0]], &scratch,
                                &waterfall);
        size_t room = waterfall.n + after.card->measure_count + after.card->exception_count + 1;
        struct spoken_reason *list = arena_array(r->request->arena, room, sizeof *list);
        for (size_t i = 0; i < waterfall.n; i++) {
            const struct waterfall_part *part = &waterfall.parts[i];
            if (rising ? part->difference < REASONS_LEAST : part->difference > -REASONS_LEAST) continue;
            *n += reason_of_part(r, part, before.card, after.card, &list[*n]);
        }
        if (!*n && !rising) *n = costs_of(r, &after, list);
        if (*n) qsort(list, *n, sizeof *list, rising ? by_rise : by_fall);
        *n = told_once(list, *n);
        if (*n > most) *n = most;
        *ret = list;
    }
    arena_free(&scratch);
    return status;
}

void reasons_put(struct json_writer *w, const struct spoken_reason *reasons, size_t n) {
    json_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        json_begin_object(w);
        json_put_string(w, "key", reasons[i].key);
        json_put_string(w, "text", reasons[i].text);
        json_put_number(w, "difference", reasons[i].difference);
        json_name(w, STR("evidence"));
        if (reasons[i].evidence)
            json_string(w, str_of(reasons[i].evidence));
        else
            json_null(w);
        json_end_object(w);
    }
    json_end_array(w);
}
