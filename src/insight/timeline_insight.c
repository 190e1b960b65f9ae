#include "insight/timeline_insight.h"

#include "insight/feature_map.h"
#include "insight/history.h"
#include "insight/ledger.h"
#include "insight/retention_books.h"
#include "platform/events.h"
#include "queries.h"
#include "signals/usage.h"

#include <math.h>
#include <stdlib.h>

#define SAY(name)                                                                                            \
    static void name(const struct timeline_voice *voice, const struct timeline_source *source,               \
                     const struct timeline_row *row, struct buf *title)

/* ---- subscriptions: the steps of the account's own ledger, product by product ---- */

struct step_name {
    const char *key;
    struct text title;
};
enum { STARTED, RETURNED, GREW, SHRANK, CANCELLED, ENDED };
static const struct step_name steps[] = {
    {"started", {"{0} began: {2} a year", "{0} آغاز شد: سالی {2}"}},
    {"returned", {"{0} came back: {2} a year", "{0} بازگشت: سالی {2}"}},
    {"grew", {"{0} grew from {1} to {2} a year", "{0} از سالی {1} به {2} افزایش یافت"}},
    {"shrank", {"{0} shrank from {1} to {2} a year", "{0} از سالی {1} به {2} کاهش یافت"}},
    {"cancelled", {"{0} ended, cancelled: {1} a year", "{0} با لغو پایان یافت: سالی {1}"}},
    {"ended", {"{0} ended, not renewed: {1} a year", "{0} بدون تمدید پایان یافت: سالی {1}"}},
};

static struct str word_of(const struct signal_table *table, const char *column, uint32_t number,
                          struct arena *arena) {
    const struct dict *texts = &table->texts[signal_text(table->source, str_of(column))];
    return number == NO_TEXT ? STR("–") : str_copy(arena, dict_key(texts, number));
}

static enum status gather_steps(struct house *house, uint32_t index, const struct timeline_voice *voice,
                                timeline_rows *out, struct problem *problem) {
    (void)problem;
    struct insight *insight = house->insight;
    struct ledger_settings settings = books_settings(house->settings);
    struct ledger ledger = {0};
    size_t n;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "subscriptions");
    struct ledger_row *rows = ledger_rows_of(table, voice->zone, index, &n);
    ledger_build(&ledger, rows, n, 1, &settings, INT64_MAX, voice->today + 1);
    for (size_t l = 0; l < ledger.lines.n; l++) {
        const struct ledger_line *line = &ledger.lines.v[l];
        const struct ledger_step *before = NULL;
        for (size_t s = line->step; s < line->end; s++) {
            const struct ledger_step *step = &ledger.steps.v[s];
            int64_t was = before ? before->arr : 0;
            int kind = !before                        ? STARTED
                       : !was                         ? RETURNED
                       : step->arr > was              ? GREW
                       : step->arr                    ? SHRANK
                       : step->flags & STEP_CANCELLED ? CANCELLED
                                                      : ENDED;
            before = step;
            if (step->from > voice->today || step->arr == was) continue;
            VEC_PUSH(out,
                     (struct timeline_row){
                         .day = step->from,
                         .tie = str_format(voice->arena, "%zu.%s", l, steps[kind].key),
                         .word = str_of(steps[kind].key),
                         .note = line->no_amount ? STR("")
                                                 : word_of(table, "currency", line->currency, voice->arena),
                         .text = word_of(table, "product", line->product, voice->arena),
                         .a = line->no_amount ? (double)NAN : (double)step->arr,
                         .b = line->no_amount ? (double)NAN : (double)was});
        }
    }
    pthread_rwlock_unlock(&insight->lock);
    ledger_free(&ledger);
    free(rows);
    return OK;
}

SAY(say_step) {
    (void)source;
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (!str_is(row->word, steps[i].key)) continue;
        struct text sentence = steps[i].title;
        if (isnan(row->a))
            sentence = i <= RETURNED ? (struct text){"{0} began", "{0} آغاز شد"}
                                     : (struct text){"{0} ended", "{0} پایان یافت"};
        timeline_say(voice, sentence,
                     ARGS(row->text, timeline_money(voice, row->b, row->note),
                          timeline_money(voice, row->a, row->note)),
                     title);
    }
}
const struct timeline_source timeline_subscription = {.kind = "subscription",
                                                      .what = "subscription",
                                                      .days = true,
                                                      .keyed = true,
                                                      .gather = gather_steps,
                                                      .say = say_step,
                                                      .word = {"movement", PART_TEXT},
                                                      .text = {"product", PART_TEXT},
                                                      .note = {"currency", PART_TEXT},
                                                      .a = {"arr", PART_MONEY},
                                                      .b = {"arr_before", PART_MONEY}};

/* ---- health ---- */

SAY(say_health) {
    static const struct {
        const char *key;
        struct text title;
    } bands[] = {{"healthy", {"Healthy", "سالم"}},
                 {"watch", {"Watch", "زیر نظر"}},
                 {"at_risk", {"At risk", "در خطر"}}};
    bool persian = voice->format.language == PERSIAN;
    struct str band = row->word;
    (void)source;
    for (size_t i = 0; i < COUNT(bands); i++)
        if (str_is(band, bands[i].key)) band = str_of(persian ? bands[i].title.fa : bands[i].title.en);
    if (!band.n || isnan(row->a))
        timeline_say(voice, (struct text){"Health became unknown", "سلامت نامعلوم شد"}, NO_ARGS, title);
    else if (isnan(row->b))
        timeline_say(voice, (struct text){"Health: {0}, {1}", "سلامت: {0}، {1}"},
                     ARGS(band, timeline_int(voice, round(row->a))), title);
    else
        timeline_say(voice,
                     row->a < row->b
                         ? (struct text){"Health fell from {2} to {1}: {0}", "سلامت از {2} به {1} افتاد: {0}"}
                         : (struct text){"Health rose from {2} to {1}: {0}", "سلامت از {2} به {1} رسید: {0}"},
                     ARGS(band, timeline_int(voice, round(row->a)), timeline_int(voice, round(row->b))),
                     title);
}
const struct timeline_source timeline_health = {.kind = "health",
                                                .what = "health_band",
                                                .query = &query_timeline_health,
                                                .say = say_health,
                                                .word = {"band", PART_TEXT},
                                                .note = {"band_before", PART_TEXT},
                                                .a = {"score", PART_NUMBER},
                                                .b = {"score_before", PART_NUMBER}};
SAY(say_override) {
    (void)source;
    timeline_say(voice, (struct text){"Health set to {0} by hand", "سلامت دستی {0} شد"},
                 ARGS(timeline_int(voice, row->a)), title);
}
const struct timeline_source timeline_override = {.kind = "health",
                                                  .what = "health_override",
                                                  .query = &query_timeline_override,
                                                  .say = say_override,
                                                  .a = {"score", PART_NUMBER}};

/* ---- milestones ---- */

static struct str either(const struct timeline_voice *voice, const struct timeline_row *row) {
    return voice->format.language == PERSIAN && row->text.n ? row->text : row->word;
}

static struct str days_text(const struct timeline_voice *voice, double days) {
    struct buf out = {0};
    format_days(&out, &voice->format, (int64_t)days);
    struct str text = str_copy(voice->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

SAY(say_reached) {
    double late = row->day - row->a;
    (void)source;
    timeline_say(voice,
                 late > 0 ? (struct text){"Milestone reached, {1} late: {0}", "نقطهٔ عطف با {1} دیرکرد: {0}"}
                          : (struct text){"Milestone reached: {0}", "نقطهٔ عطف: {0}"},
                 ARGS(either(voice, row), days_text(voice, late)), title);
}
SAY(say_missed) {
    (void)source;
    timeline_say(voice, (struct text){"Milestone missed: {0}", "از مهلت نقطهٔ عطف گذشت: {0}"},
                 ARGS(either(voice, row)), title);
}
#define MILESTONE(name, say_it, at_today)                                                                    \
    const struct timeline_source timeline_##name = {.kind = "milestone",                                     \
                                                    .what = #name,                                           \
                                                    .days = true,                                            \
                                                    .today = at_today,                                       \
                                                    .query = &query_timeline_##name,                         \
                                                    .say = say_it,                                           \
                                                    .word = {"title_en", PART_TEXT},                         \
                                                    .text = {"title_fa", PART_TEXT},                         \
                                                    .note = {"milestone", PART_TEXT},                        \
                                                    .a = {"due_on", PART_DAY}}
MILESTONE(milestone_reached, say_reached, false);
MILESTONE(milestone_missed, say_missed, true);

/* ---- segments ---- */

SAY(say_entered) {
    (void)source;
    timeline_say(voice, (struct text){"Entered the segment {0}", "به بخش {0} وارد شد"},
                 ARGS(either(voice, row)), title);
}
SAY(say_left) {
    (void)source;
    timeline_say(voice, (struct text){"Left the segment {0}", "از بخش {0} بیرون رفت"},
                 ARGS(either(voice, row)), title);
}
#define SEGMENT(name, say_it)                                                                                \
    const struct timeline_source timeline_##name = {.kind = "segment",                                       \
                                                    .what = #name,                                           \
                                                    .link = "segment",                                       \
                                                    .keyed = true,                                           \
                                                    .query = &query_timeline_##name,                         \
                                                    .say = say_it,                                           \
                                                    .word = {"title_en", PART_TEXT},                         \
                                                    .text = {"title_fa", PART_TEXT},                         \
                                                    .note = {"why", PART_TEXT}}
SEGMENT(segment_entered, say_entered);
SEGMENT(segment_left, say_left);

/* ---- features: the first use, and the last once it is quiet ---- */

struct uses {
    const uint32_t *map; /* by event number: 1 + place of the feature; NULL: the events themselves */
    size_t map_n, n;
    day_t *first, *last;
};

static void see(void *self, const struct usage_entry *entry) {
    struct uses *uses = self;
    uint32_t of = entry->feature < uses->map_n ? uses->map[entry->feature] : FEATURE_NONE;
    if (of == FEATURE_NONE || of > uses->n) return;
    if (entry->day < uses->first[of - 1]) uses->first[of - 1] = entry->day;
    if (entry->day > uses->last[of - 1]) uses->last[of - 1] = entry->day;
}

static enum status gather_uses(struct house *house, uint32_t index, const struct timeline_voice *voice,
                               bool last, timeline_rows *out, struct problem *problem) {
    (void)problem;
    struct catalogue *catalogue = insight_catalogue(house->insight);
    struct uses uses = {.n = catalogue->feature_count};
    uses.map = feature_map_of(house->insight, catalogue, voice->arena, &uses.map_n);
    uses.first = arena_array(voice->arena, uses.n + 1, sizeof *uses.first);
    uses.last = arena_array(voice->arena, uses.n + 1, sizeof *uses.last);
    for (size_t i = 0; i < uses.n; i++) {
        uses.first[i] = INT32_MAX;
        uses.last[i] = INT32_MIN;
    }
    usage_read_lock(house->usage);
    usage_each_of(house->usage, index, see, &uses);
    usage_unlock(house->usage);
    for (size_t i = 0; i < uses.n; i++) {
        if (uses.last[i] == INT32_MIN || (last && uses.last[i] > voice->today - TIMELINE_QUIET_DAYS))
            continue;
        VEC_PUSH(out, (struct timeline_row){.day = last ? uses.last[i] : uses.first[i],
                                            .tie = catalogue->features[i].key,
                                            .word = catalogue->features[i].key,
                                            .a = NAN,
                                            .b = NAN});
    }
    return OK;
}
static enum status gather_first(struct house *house, uint32_t index, const struct timeline_voice *voice,
                                timeline_rows *out, struct problem *problem) {
    return gather_uses(house, index, voice, false, out, problem);
}
static enum status gather_last(struct house *house, uint32_t index, const struct timeline_voice *voice,
                               timeline_rows *out, struct problem *problem) {
    return gather_uses(house, index, voice, true, out, problem);
}

/* Features are named by their titles, which the catalogue does not hold. */
static struct str feature_title(const struct timeline_voice *voice, struct str key) {
    struct problem unread = {.arena = voice->arena};
    struct rows *rows = rows_open(voice->session, &query_feature_titles_of);
    struct str title = key;
    rows_bind_text(rows, "key", key);
    if (rows_next(rows)) {
        struct str en = rows_text(rows, 0, voice->arena), fa = rows_text(rows, 1, voice->arena);
        title = voice->format.language == PERSIAN && fa.n ? fa : en;
    }
    return rows_close(rows, &unread) ? key : title; /* the page can do without a title */
}
SAY(say_first) {
    (void)source;
    timeline_say(voice, (struct text){"First use of {0}", "نخستین استفاده از {0}"},
                 ARGS(feature_title(voice, row->word)), title);
}
SAY(say_last) {
    (void)source;
    timeline_say(voice, (struct text){"Last use of {0} so far", "آخرین استفاده از {0} تاکنون"},
                 ARGS(feature_title(voice, row->word)), title);
}
#define FEATURE(name, say_it, gather_it)                                                                     \
    const struct timeline_source timeline_##name = {.kind = "feature",                                       \
                                                    .what = #name,                                           \
                                                    .days = true,                                            \
                                                    .keyed = true,                                           \
                                                    .gather = gather_it,                                     \
                                                    .say = say_it,                                           \
                                                    .word = {"feature", PART_TEXT}}
FEATURE(feature_first, say_first, gather_first);
FEATURE(feature_last, say_last, gather_last);
