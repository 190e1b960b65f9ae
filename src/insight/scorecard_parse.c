/* Scorecards from JSON, checked at save, and back. */
#include "insight/scorecard.h"

#include "base/vec.h"

#include <math.h>
#include <stdio.h>

struct reader {
    const struct rule_scope *scope;
    struct scorecard *card;
    struct arena *arena;
    struct problem *problem;
    bool failed;
};

static void fault(struct reader *r, struct str where, struct message message, struct arguments args) {
    fail_at(r->problem, where, message, args);
    r->failed = true;
}

static struct str below(struct reader *r, struct str where, const char *name) {
    return str_format(r->arena, "%.*s/%s", STR_ARG(where), name);
}
static struct str item(struct reader *r, struct str where, size_t i) {
    return str_format(r->arena, "%.*s/%zu", STR_ARG(where), i);
}

#define WRONG_MEMBER  MESSAGE("member_unknown", "“{0}” does not belong here.", "«{0}» جایش اینجا نیست.")
#define WRONG_MISSING MESSAGE("member_missing", "“{0}” is missing.", "«{0}» نیامده است.")
#define WRONG_TEXT    MESSAGE("text_expected", "A text is expected here.", "اینجا باید متن بیاید.")
#define WRONG_NUMBER                                                                                         \
    MESSAGE("number_range", "A number from {0} to {1} is expected here.",                                    \
            "اینجا باید عددی از {0} تا {1} بیاید.")
#define WRONG_BOTH                                                                                           \
    MESSAGE("both_languages", "A text in both languages is expected here: {\"en\": …, \"fa\": …}.",          \
            "اینجا باید متن به هر دو زبان بیاید: {\"en\": …, \"fa\": …}.")
#define WRONG_LIST                                                                                           \
    MESSAGE("list_length", "A list of {0} to {1} items is expected here.",                                   \
            "اینجا باید فهرستی از {0} تا {1} مورد بیاید.")
#define WRONG_TWICE MESSAGE("key_twice", "The key “{0}” is there twice.", "کلید «{0}» دو بار آمده است.")
#define WRONG_WEIGHT                                                                                         \
    MESSAGE("weight_positive", "A weight is a number above 0.",                                              \
            "وزن، عددی بزرگ‌تر از ۰ است.")

/* False, with a fault, for anything that is no object; members besides those named are faults of their own.
 */
static bool members(struct reader *r, const struct json *json, struct str where, const char *const *names) {
    if (json->kind != JSON_OBJECT) {
        fault(r, where, MESSAGE("object_expected", "An object is expected here.", "اینجا باید یک شیء بیاید."),
              NO_ARGS);
        return false;
    }
    for (size_t i = 0; i < json->n; i++) {
        size_t k = 0;
        while (names[k] && !str_is(json->names[i], names[k]))
            k++;
        if (!names[k])
            fault(r, str_format(r->arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(json->names[i])), WRONG_MEMBER,
                  ARGS(json->names[i]));
    }
    return true;
}
#define MEMBERS(r, json, where, ...) members(r, json, where, (const char *const[]){__VA_ARGS__, NULL})

static const struct json *need(struct reader *r, const struct json *json, struct str where,
                               const char *name) {
    const struct json *member = json_get(json, name);
    if (!member) fault(r, where, WRONG_MISSING, ARGS(str_of(name)));
    return member;
}

static bool is_number(const struct json *json) {
    return (json->kind == JSON_INT || json->kind == JSON_NUMBER) && isfinite(json->number);
}

static double number(struct reader *r, const struct json *json, struct str where, double min, double max) {
    if (json && is_number(json) && json->number >= min && json->number <= max) return json->number;
    char text[2][32];
    snprintf(text[0], sizeof text[0], "%g", min);
    snprintf(text[1], sizeof text[1], "%g", max);
    fault(r, where, WRONG_NUMBER, ARGS(str_of(text[0]), str_of(text[1])));
    return min;
}

static struct str key_of(struct reader *r, const struct json *json, struct str where) {
    if (json->kind == JSON_STRING && json->string.n && json->string.n <= 100)
        return str_copy(r->arena, json->string);
    fault(r, where, WRONG_TEXT, NO_ARGS);
    return (struct str){0};
}

static struct text both(struct reader *r, const struct json *json, struct str where) {
    struct str en = json_get_string(json, "en"), fa = json_get_string(json, "fa");
    if (json->kind == JSON_OBJECT && json->n == 2 && str_trim(en).n && str_trim(fa).n)
        return (struct text){str_c(r->arena, en), str_c(r->arena, fa)};
    fault(r, where, WRONG_BOTH, NO_ARGS);
    return (struct text){0};
}

static struct text title(struct reader *r, const struct json *json, struct str where) {
    const struct json *member = json_get(json, "title");
    return member ? both(r, member, below(r, where, "title")) : (struct text){0};
}

static double weight(struct reader *r, const struct json *json, struct str where) {
    const struct json *member = need(r, json, where, "weight");
    if (!member) return 1;
    if (is_number(member) && member->number > 0 && member->number <= 1e9) return member->number;
    fault(r, below(r, where, "weight"), WRONG_WEIGHT, NO_ARGS);
    return 1;
}

static bool list(struct reader *r, const struct json *json, struct str where, size_t min, size_t max) {
    if (json->kind == JSON_ARRAY && json->n >= min && json->n <= max) return true;
    char text[2][24];
    snprintf(text[0], sizeof text[0], "%zu", min);
    snprintf(text[1], sizeof text[1], "%zu", max);
    fault(r, where, WRONG_LIST, ARGS(str_of(text[0]), str_of(text[1])));
    return false;
}

/* ---- bands ---- */

static void read_band(struct reader *r, const struct json *json, struct str where, size_t i) {
    struct scorecard *card = r->card;
    struct score_band *band = &card->bands[i];
    bool last = i + 1 == card->band_count;
    band->below = INFINITY;
    if (!MEMBERS(r, json, where, "key", "title", "below")) return;
    const struct json *key = need(r, json, where, "key"), *edge = json_get(json, "below");
    if (key) band->key = key_of(r, key, below(r, where, "key"));
    if (str_is(band->key, "unknown"))
        fault(
            r, below(r, where, "key"),
            MESSAGE(
                "band_unknown", "“unknown” is the band of scores that cannot be judged; choose another key.",
                "«unknown» بند امتیازهایی است که نمی‌توان داوری کرد؛ کلید دیگری "
                "برگزینید."),
            NO_ARGS);
    for (size_t k = 0; k < i && band->key.n; k++)
        if (str_equal(card->bands[k].key, band->key))
            fault(r, below(r, where, "key"), WRONG_TWICE, ARGS(band->key));
    band->title = title(r, json, where);
    if (last) {
        if (edge)
            fault(r, below(r, where, "below"),
                  MESSAGE("band_last", "The last band has no upper edge.", "آخرین بند لبهٔ بالا ندارد."),
                  NO_ARGS);
        return;
    }
    if (!edge) {
        fault(r, where, WRONG_MISSING, ARGS(STR("below")));
        return;
    }
    band->below = number(r, edge, below(r, where, "below"), 0, 100);
    if (i && is_number(edge) && !(band->below > card->bands[i - 1].below))
        fault(r, below(r, where, "below"),
              MESSAGE("bands_ascend", "The edges of the bands must rise.",
                      "لبه‌های بندها باید افزایشی باشند."),
              NO_ARGS);
}

/* ---- points ---- */

static void read_steps(struct reader *r, const struct json *json, struct str where, struct measure *measure) {
    if (!list(r, json, where, measure->points == POINTS_LINEAR ? 2 : 1, SCORECARD_MAX_STEPS)) return;
    measure->steps = json->n;
    for (size_t i = 0; i < json->n; i++) {
        const struct json *step = &json->items[i];
        struct str place = item(r, where, i);
        if (step->kind != JSON_ARRAY || step->n != 2 || !is_number(&step->items[0])) {
            fault(r, place,
                  MESSAGE("points_step", "A value and its points are expected here, such as [0.5, 50].",
                          "اینجا باید مقدار و امتیاز آن بیاید، مانند [0.5, 50]."),
                  NO_ARGS);
            continue;
        }
        measure->x[i] = step->items[0].number;
        measure->y[i] = number(r, &step->items[1], item(r, place, 1), 0, 100);
        if (i && !(measure->x[i] > measure->x[i - 1]))
            fault(r, item(r, place, 0),
                  MESSAGE("points_ascend", "The values must rise from one step to the next.",
                          "مقدارها باید از هر پله به پلهٔ بعد افزایش یابند."),
                  NO_ARGS);
    }
}

static void read_percentile(struct reader *r, const struct json *json, struct str where,
                            struct measure *measure) {
    if (!MEMBERS(r, json, where, "segment", "better")) return;
    const struct json *segment = json_get(json, "segment"), *better = json_get(json, "better");
    measure->lower_is_better = measure->fact && measure->fact->better < 0;
    if (segment) {
        measure->segment = key_of(r, segment, below(r, where, "segment"));
        uint32_t number = measure->segment.n && r->scope->segment
                              ? r->scope->segment(r->scope->self, measure->segment)
                              : DICT_NONE;
        if (number != DICT_NONE)
            measure->segment_need =
                rule_need(&r->card->needs, (struct rule_need){NEED_SEGMENT, number, 0, NULL, 0}, r->arena);
        else if (measure->segment.n)
            fault(r, below(r, where, "segment"),
                  MESSAGE("segment_unknown", "There is no segment “{0}”.", "بخشی به نام «{0}» نیست."),
                  ARGS(measure->segment));
    }
    if (!better) return;
    measure->lower_is_better = better->kind == JSON_STRING && str_is(better->string, "lower");
    if (!measure->lower_is_better && !(better->kind == JSON_STRING && str_is(better->string, "higher")))
        fault(r, below(r, where, "better"),
              MESSAGE("points_better", "“higher” or “lower” is expected here.",
                      "اینجا باید «higher» یا «lower» بیاید."),
              NO_ARGS);
}

static const char *const points_names[] = {
    [POINTS_BANDS] = "bands", [POINTS_LINEAR] = "linear", [POINTS_PERCENTILE] = "percentile"};
static const char *const missing_names[] = {[MISSING_REWEIGH] = "reweigh",
                                            [MISSING_ZERO] = "zero",
                                            [MISSING_NEUTRAL] = "neutral",
                                            [MISSING_CARRY] = "carry"};
static const char *const exception_names[] = {
    [EXCEPTION_SET] = "set", [EXCEPTION_CAP] = "cap", [EXCEPTION_FLOOR] = "floor"};

static void read_points(struct reader *r, const struct json *json, struct str where,
                        struct measure *measure) {
    size_t kind = 0;
    while (kind < COUNT(points_names) && !json_get(json, points_names[kind]))
        kind++;
    if (json->kind != JSON_OBJECT || json->n != 1 || kind == COUNT(points_names)) {
        fault(r, where,
              MESSAGE(
                  "points_kind", "Points have exactly one of: bands, linear, percentile.",
                  "امتیازدهی دقیقاً یکی از این‌ها را دارد: bands، linear، "
                  "percentile."),
              NO_ARGS);
        return;
    }
    measure->points = (enum points_kind)kind;
    struct str place = below(r, where, points_names[kind]);
    if (kind == POINTS_PERCENTILE)
        read_percentile(r, &json->items[0], place, measure);
    else
        read_steps(r, &json->items[0], place, measure);
}

/* ---- measures ---- */

static void read_missing(struct reader *r, const struct json *json, struct str where,
                         struct measure *measure) {
    const struct json *missing = json_get(json, "missing"), *days = json_get(json, "carry_days");
    size_t rule = 0;
    while (missing && rule < COUNT(missing_names) &&
           !(missing->kind == JSON_STRING && str_is(missing->string, missing_names[rule])))
        rule++;
    if (rule == COUNT(missing_names)) {
        fault(r, below(r, where, "missing"),
              MESSAGE("missing_rule", "One of reweigh, zero, neutral, carry is expected here.",
                      "اینجا باید یکی از reweigh، zero، neutral، carry بیاید."),
              NO_ARGS);
        return;
    }
    measure->missing = (enum missing_rule)rule;
    if (rule == MISSING_CARRY && !days)
        fault(r, where,
              MESSAGE("carry_days", "“carry” needs “carry_days”: how old the last value may be.",
                      "«carry» به «carry_days» نیاز دارد: آخرین مقدار حداکثر چند روزه باشد."),
              NO_ARGS);
    else if (rule != MISSING_CARRY && days)
        fault(r, below(r, where, "carry_days"), WRONG_MEMBER, ARGS(STR("carry_days")));
    else if (days) {
        measure->carry_days = (int32_t)number(r, days, below(r, where, "carry_days"), 1, SCORECARD_MAX_CARRY);
        if (days->kind != JSON_INT && is_number(days))
            fault(r, below(r, where, "carry_days"), WRONG_NUMBER, ARGS(STR("1"), STR("366")));
    }
}

static void read_fact(struct reader *r, const struct json *json, struct str where, struct measure *measure) {
    const struct json *fact = need(r, json, where, "fact");
    struct str place = below(r, where, "fact");
    if (!fact) return;
    measure->fact_key = key_of(r, fact, place);
    if (!measure->fact_key.n) return;
    uint32_t number = r->scope->find(r->scope->self, measure->fact_key);
    if (number == DICT_NONE) {
        fault(r, place, MESSAGE("fact_unknown", "There is no fact “{0}”.", "شاخصی به نام «{0}» نیست."),
              ARGS(measure->fact_key));
        return;
    }
    measure->fact = r->scope->fact(r->scope->self, number);
    if (measure->fact->type == VALUE_TEXT || measure->fact->type == VALUE_DATE)
        fault(r, place,
              MESSAGE("measure_type",
                      "A measure is a number or a yes/no; “{0}” is not. Use an exception with a rule for it.",
                      "سنجه عدد یا بله/خیر است و «{0}» نیست. برای آن استثنایی با قاعده بگذارید."),
              ARGS(measure->fact_key));
    measure->need = rule_need(&r->card->needs, (struct rule_need){NEED_FACT, number, 0, NULL, 0}, r->arena);
}

static void read_measure(struct reader *r, const struct json *json, struct str where,
                         struct measure *measure) {
    if (!MEMBERS(r, json, where, "key", "title", "fact", "weight", "points", "missing", "carry_days")) return;
    read_fact(r, json, where, measure);
    const struct json *key = json_get(json, "key"), *points = need(r, json, where, "points");
    measure->key = key ? key_of(r, key, below(r, where, "key")) : measure->fact_key;
    for (const struct measure *other = r->card->measures; other < measure && measure->key.n; other++)
        if (str_equal(other->key, measure->key))
            fault(r, below(r, where, key ? "key" : "fact"), WRONG_TWICE, ARGS(measure->key));
    measure->title = title(r, json, where);
    measure->weight = weight(r, json, where);
    if (points) read_points(r, points, below(r, where, "points"), measure);
    read_missing(r, json, where, measure);
}

static void read_groups(struct reader *r, const struct json *json, struct str where) {
    struct scorecard *card = r->card;
    if (!json || !list(r, json, where, 1, SCORECARD_MAX_GROUPS)) return;
    card->group_count = json->n;
    card->groups = arena_array(r->arena, json->n, sizeof *card->groups);
    card->measures = arena_array(r->arena, SCORECARD_MAX_MEASURES, sizeof *card->measures);
    for (size_t g = 0; g < json->n; g++) {
        struct measure_group *group = &card->groups[g];
        struct str place = item(r, where, g);
        group->first = (uint32_t)card->measure_count;
        if (!MEMBERS(r, &json->items[g], place, "key", "title", "weight", "measures")) continue;
        const struct json *key = need(r, &json->items[g], place, "key");
        if (key) group->key = key_of(r, key, below(r, place, "key"));
        for (size_t k = 0; k < g && group->key.n; k++)
            if (str_equal(card->groups[k].key, group->key))
                fault(r, below(r, place, "key"), WRONG_TWICE, ARGS(group->key));
        group->title = title(r, &json->items[g], place);
        group->weight = weight(r, &json->items[g], place);
        const struct json *measures = need(r, &json->items[g], place, "measures");
        struct str measures_place = below(r, place, "measures");
        if (!measures || !list(r, measures, measures_place, 1, SCORECARD_MAX_MEASURES - card->measure_count))
            continue;
        group->count = (uint32_t)measures->n;
        for (size_t i = 0; i < measures->n; i++) {
            struct measure *measure = &card->measures[card->measure_count++];
            measure->group = (uint32_t)g;
            read_measure(r, &measures->items[i], item(r, measures_place, i), measure);
        }
    }
    double all = 0;
    for (size_t g = 0; g < card->group_count; g++)
        all += card->groups[g].weight;
    for (size_t g = 0; g < card->group_count; g++) {
        const struct measure_group *group = &card->groups[g];
        double sum = 0;
        for (uint32_t i = 0; i < group->count; i++)
            sum += card->measures[group->first + i].weight;
        for (uint32_t i = 0; i < group->count; i++) {
            struct measure *measure = &card->measures[group->first + i];
            measure->full_share = group->weight / all * (measure->weight / sum);
        }
    }
}

static void read_rule(struct reader *r, const struct json *json, struct str where,
                      const struct rule_node **node, const struct rule **rule) {
    struct rule_node *tree;
    struct rule *compiled;
    if (rule_parse(json, where, r->arena, &tree, r->problem) ||
        rule_compile(tree, r->scope, &r->card->needs, r->arena, &compiled, r->problem)) {
        r->failed = true;
        return;
    }
    *node = tree;
    *rule = compiled;
}

static void read_exception(struct reader *r, const struct json *json, struct str where, size_t i) {
    struct exception *exception = &r->card->exceptions[i];
    if (!MEMBERS(r, json, where, "key", "when", "set", "cap", "floor", "reason")) return;
    const struct json *key = json_get(json, "key"), *when = need(r, json, where, "when"),
                      *reason = json_get(json, "reason");
    exception->key =
        key ? key_of(r, key, below(r, where, "key")) : str_format(r->arena, "exception_%zu", i + 1);
    for (size_t k = 0; k < i && exception->key.n; k++)
        if (str_equal(r->card->exceptions[k].key, exception->key))
            fault(r, below(r, where, "key"), WRONG_TWICE, ARGS(exception->key));
    if (when) read_rule(r, when, below(r, where, "when"), &exception->when, &exception->rule);
    size_t kinds = 0;
    for (size_t kind = 0; kind < COUNT(exception_names); kind++) {
        const struct json *value = json_get(json, exception_names[kind]);
        if (!value) continue;
        kinds++;
        exception->kind = (enum exception_kind)kind;
        exception->value = number(r, value, below(r, where, exception_names[kind]), 0, 100);
    }
    if (kinds != 1)
        fault(
            r, where,
            MESSAGE("exception_kind", "An exception has exactly one of: set, cap, floor.",
                    "استثنا دقیقاً یکی از این‌ها را دارد: set، cap، floor."),
            NO_ARGS);
    if (reason)
        exception->reason = both(r, reason, below(r, where, "reason"));
    else
        fault(r, where,
              MESSAGE("reason_missing", "An exception needs its “reason” in both languages.",
                      "استثنا به «reason» به هر دو زبان نیاز دارد."),
              NO_ARGS);
}

enum status scorecard_parse(const struct json *json, struct str where, const struct rule_scope *scope,
                            struct arena *arena, struct scorecard **out, struct problem *problem) {
    struct scorecard *card = arena_alloc(arena, sizeof *card);
    struct reader r = {scope, card, arena, problem, false};
    if (!MEMBERS(&r, json, where, "key", "version", "title", "applies_to", "bands", "minimum_coverage",
                 "groups", "exceptions"))
        return BAD_INPUT;
    const struct json *key = need(&r, json, where, "key"), *version = json_get(json, "version"),
                      *bands = need(&r, json, where, "bands"), *coverage = json_get(json, "minimum_coverage"),
                      *applies = json_get(json, "applies_to"), *exceptions = json_get(json, "exceptions");
    if (key) card->key = key_of(&r, key, below(&r, where, "key"));
    if (version) card->version = (int64_t)number(&r, version, below(&r, where, "version"), 0, 1e9);
    card->title = title(&r, json, where);
    if (applies)
        read_rule(&r, applies, below(&r, where, "applies_to"), &card->applies_to, &card->applies_rule);
    card->minimum_coverage =
        coverage ? number(&r, coverage, below(&r, where, "minimum_coverage"), 0, 1) : 0.5;
    if (bands && list(&r, bands, below(&r, where, "bands"), 2, SCORECARD_MAX_BANDS)) {
        card->band_count = bands->n;
        card->bands = arena_array(arena, bands->n, sizeof *card->bands);
        for (size_t i = 0; i < bands->n; i++)
            read_band(&r, &bands->items[i], item(&r, below(&r, where, "bands"), i), i);
    }
    read_groups(&r, need(&r, json, where, "groups"), below(&r, where, "groups"));
    if (exceptions && list(&r, exceptions, below(&r, where, "exceptions"), 0, SCORECARD_MAX_EXCEPTIONS)) {
        card->exception_count = exceptions->n;
        card->exceptions = arena_array(arena, exceptions->n, sizeof *card->exceptions);
        for (size_t i = 0; i < exceptions->n; i++)
            read_exception(&r, &exceptions->items[i], item(&r, below(&r, where, "exceptions"), i), i);
    }
    if (r.failed) return BAD_INPUT;
    *out = card;
    return OK;
}

/* ---- writing ---- */

static void write_text(const char *name, struct text text, struct json_writer *w) {
    if (!text.en) return;
    json_name(w, str_of(name));
    json_begin_object(w);
    json_put_string(w, "en", str_of(text.en));
    json_put_string(w, "fa", str_of(text.fa));
    json_end_object(w);
}

static void write_points(const struct measure *measure, struct json_writer *w) {
    json_name(w, STR("points"));
    json_begin_object(w);
    json_name(w, str_of(points_names[measure->points]));
    if (measure->points == POINTS_PERCENTILE) {
        json_begin_object(w);
        if (measure->segment.n) json_put_string(w, "segment", measure->segment);
        json_put_string(w, "better", measure->lower_is_better ? STR("lower") : STR("higher"));
        json_end_object(w);
    } else {
        json_begin_array(w);
        for (size_t i = 0; i < measure->steps; i++) {
            json_begin_array(w);
            json_number(w, measure->x[i]);
            json_number(w, measure->y[i]);
            json_end_array(w);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

static void write_measure(const struct measure *measure, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "key", measure->key);
    write_text("title", measure->title, w);
    json_put_string(w, "fact", measure->fact_key);
    json_put_number(w, "weight", measure->weight);
    write_points(measure, w);
    json_put_string(w, "missing", str_of(missing_names[measure->missing]));
    if (measure->missing == MISSING_CARRY) json_put_int(w, "carry_days", measure->carry_days);
    json_end_object(w);
}

static void write_exception(const struct exception *exception, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "key", exception->key);
    json_name(w, STR("when"));
    rule_write(exception->when, w);
    json_put_number(w, exception_names[exception->kind], exception->value);
    write_text("reason", exception->reason, w);
    json_end_object(w);
}

void scorecard_write(const struct scorecard *card, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "key", card->key);
    if (card->version) json_put_int(w, "version", card->version);
    write_text("title", card->title, w);
    if (card->applies_to) {
        json_name(w, STR("applies_to"));
        rule_write(card->applies_to, w);
    }
    json_name(w, STR("bands"));
    json_begin_array(w);
    for (size_t i = 0; i < card->band_count; i++) {
        json_begin_object(w);
        json_put_string(w, "key", card->bands[i].key);
        write_text("title", card->bands[i].title, w);
        if (i + 1 < card->band_count) json_put_number(w, "below", card->bands[i].below);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_number(w, "minimum_coverage", card->minimum_coverage);
    json_name(w, STR("groups"));
    json_begin_array(w);
    for (size_t g = 0; g < card->group_count; g++) {
        const struct measure_group *group = &card->groups[g];
        json_begin_object(w);
        json_put_string(w, "key", group->key);
        write_text("title", group->title, w);
        json_put_number(w, "weight", group->weight);
        json_name(w, STR("measures"));
        json_begin_array(w);
        for (uint32_t i = 0; i < group->count; i++)
            write_measure(&card->measures[group->first + i], w);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    json_name(w, STR("exceptions"));
    json_begin_array(w);
    for (size_t i = 0; i < card->exception_count; i++)
        write_exception(&card->exceptions[i], w);
    json_end_array(w);
    json_end_object(w);
}
