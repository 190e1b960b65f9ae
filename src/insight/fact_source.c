/* Reading the sources of declarations: {usage} and {record}. */
#include "base/vec.h"
#include "insight/catalogue.h"
#include "insight/fact_series.h"

static struct str at(struct arena *arena, struct str where, const char *member) {
    return str_format(arena, "%.*s/%s", STR_ARG(where), member);
}

static enum status bad_member(struct problem *problem, struct arena *arena, struct str where,
                              const char *member, const char *allowed) {
    return fail_at(problem, at(arena, where, member),
                   MESSAGE("fact_member", "“{0}” is missing or wrong; it takes {1}.",
                           "«{0}» نیامده یا درست نیست؛ مقدار مجاز: {1}."),
                   ARGS(str_of(member), str_of(allowed)));
}

static enum status no_others(const struct json *object, const char *const *names, struct str where,
                             struct arena *arena, struct problem *problem) {
    enum status status = OK;
    for (size_t i = 0; i < object->n; i++) {
        size_t k = 0;
        while (names[k] && !str_is(object->names[i], names[k]))
            k++;
        if (!names[k])
            status =
                fail_at(problem, str_format(arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(object->names[i])),
                        MESSAGE("fact_unknown_member", "“{0}” is not known here. Remove it.",
                                "«{0}» در اینجا شناخته نیست. آن را بردارید."),
                        ARGS(object->names[i]));
    }
    return status;
}

static int word_of(struct str word, const char *const *words) {
    for (int i = 0; words[i]; i++)
        if (str_is(word, words[i])) return i;
    return -1;
}

static enum status read_window(const struct json *source, struct str where, struct arena *arena,
                               int32_t *days, struct problem *problem) {
    const struct json *window = json_get(source, "window");
    *days = 0;
    if (!window) return OK;
    int64_t n = 0;
    struct str text = window->string;
    if (window->kind != JSON_STRING || text.n < 2 || text.p[text.n - 1] != 'd' ||
        !str_to_int(str_slice(text, 0, text.n - 1), &n) || n < 1 || n > WINDOW_MOST_DAYS)
        return fail_at(problem, at(arena, where, "window"),
                       MESSAGE("fact_window",
                               "A window is a number of days from 1d to 3650d, such as \"28d\".",
                               "بازه باید شمار روزها از 1d تا 3650d باشد، مانند \"28d\"."),
                       NO_ARGS);
    *days = (int32_t)n;
    return OK;
}

static enum status read_compare(const struct json *source, struct str where, int32_t window,
                                struct arena *arena, bool *previous, struct problem *problem) {
    const struct json *compare = json_get(source, "compare");
    *previous = false;
    if (!compare) return OK;
    if (compare->kind != JSON_STRING || !str_is(compare->string, "previous") || !window)
        return bad_member(problem, arena, where, "compare", "\"previous\", with a window");
    *previous = true;
    return OK;
}

/* --- usage
 * ------------------------------------------------------------------------------------------------------- */

static const char *const usage_measures[] = {"events",     "users",   "active_days", "last_days",
                                             "first_days", "breadth", "seat_share",  "sum",
                                             "mean",       "min",     "max",         NULL};
enum { SEAT_SHARE = USAGE_BREADTH + 1, SUM };

/* Series are of events or people, and a trend needs five weeks: of four none is beyond noise. */
static enum status read_usage_compare(const struct json *source, struct str where, struct usage_fact *out,
                                      struct arena *arena, struct problem *problem) {
    const struct json *json = json_get(source, "compare");
    if (!json || str_is(json->string, "previous")) {
        if (out->seat_share && json) return bad_member(problem, arena, where, "compare", "no comparison");
        return read_compare(source, where, out->window, arena, &out->previous, problem);
    }
    bool baseline = str_is(json->string, "baseline"), trend = str_is(json->string, "trend");
    bool measured = out->of_property && out->of_property->measured;
    bool series =
        (out->measure == USAGE_EVENTS || out->measure == USAGE_USERS) && !out->seat_share && !measured;
    if (!series || !(baseline || trend))
        return bad_member(problem, arena, where, "compare",
                          "\"previous\", or \"baseline\" or \"trend\" with events or users");
    if (baseline && (out->window < 1 || out->window > BASELINE_MOST_DAYS))
        return bad_member(problem, arena, where, "window", "1d to 28d with the baseline");
    if (trend && (out->window < TREND_LEAST_DAYS || out->window > TREND_MOST_DAYS || out->window % 7))
        return bad_member(problem, arena, where, "window", "whole weeks from 35d to 364d with a trend");
    out->baseline = baseline;
    out->trend = trend;
    return OK;
}

static bool feature_known(const struct catalogue *catalogue, struct str key) {
    for (size_t i = 0; i < catalogue->feature_count; i++)
        if (str_equal(catalogue->features[i].key, key)) return true;
    return catalogue->name_seen && catalogue->name_seen(catalogue->self, key);
}

static enum status read_feature(const struct catalogue *catalogue, const struct json *feature,
                                struct str where, struct arena *arena, struct str *out,
                                struct problem *problem) {
    if (feature->kind != JSON_STRING || !feature->string.n || !feature_known(catalogue, feature->string))
        return fail_at(problem, where,
                       MESSAGE("fact_no_feature",
                               "No feature or event is called “{0}”. Register it, or check its name.",
                               "ویژگی یا رویدادی به نام «{0}» نیست. آن را ثبت کنید یا نامش را بررسی کنید."),
                       ARGS(feature->string));
    *out = str_copy(arena, feature->string);
    return OK;
}

enum status usage_fact_read(const struct catalogue *catalogue, const struct json *source, struct str where,
                            struct arena *arena, struct usage_fact *out, struct problem *problem) {
    static const char *const members[] = {"feature", "event",    "features", "measure", "window",
                                          "compare", "property", "where",    NULL};
    *out = (struct usage_fact){0};
    if (source->kind != JSON_OBJECT) return bad_member(problem, arena, where, "measure", "an object");
    enum status status = no_others(source, members, where, arena, problem);
    int measure = word_of(json_get_string(source, "measure"), usage_measures);
    if (measure < 0)
        status = bad_member(
            problem, arena, where, "measure",
            "events, users, active_days, last_days, first_days, breadth, seat_share; of a property: sum, "
            "mean, min, max");
    out->seat_share = measure == SEAT_SHARE;
    out->measure = out->seat_share  ? USAGE_USERS
                   : measure >= SUM ? USAGE_EVENTS
                                    : (enum usage_measure)measure;
    if (measure >= SUM) out->property = (enum property_measure)(measure - SUM);
    const char *single = json_get(source, "event") ? "event" : "feature";
    const struct json *one = json_get(source, single), *many = json_get(source, "features");
    out->events = one && str_is(str_of(single), "event");
    if (one && many) status = bad_member(problem, arena, where, "features", "either this or feature");
    if (one) {
        out->features = arena_array(arena, 1, sizeof *out->features);
        out->feature_count = 1;
        if (read_feature(catalogue, one, at(arena, where, single), arena, out->features, problem))
            status = BAD_INPUT;
    } else if (many && many->kind == JSON_STRING && str_is(many->string, "core")) {
        if (measure != USAGE_BREADTH)
            status = bad_member(problem, arena, where, "features", "\"core\" with the measure breadth alone");
    } else if (many) {
        if (many->kind != JSON_ARRAY || !many->n || many->n > FACT_MOST_FEATURES)
            return bad_member(problem, arena, where, "features", "1 to 64 names");
        out->features = arena_array(arena, many->n, sizeof *out->features);
        out->feature_count = many->n;
        for (size_t i = 0; i < many->n; i++)
            if (read_feature(catalogue, &many->items[i],
                             str_format(arena, "%.*s/features/%zu", STR_ARG(where), i), arena,
                             &out->features[i], problem))
                status = BAD_INPUT;
    }
    if (read_window(source, where, arena, &out->window, problem)) status = BAD_INPUT;
    if (measure >= SUM || json_get(source, "property") || json_get(source, "where"))
        if (property_use_read(source, measure >= SUM, where, arena, out, problem)) status = BAD_INPUT;
    if (measure >= 0 && read_usage_compare(source, where, out, arena, problem)) status = BAD_INPUT;
    if (!out->window && measure >= 0 && measure != USAGE_LAST_DAYS && measure != USAGE_FIRST_DAYS)
        status = bad_member(problem, arena, where, "window", "days, such as \"28d\"");
    return status;
}

void usage_fact_type(const struct usage_fact *usage, enum value_type *type, const char **unit) {
    static const char *const units[] = {"events", "people", "days", "days", "days", "features"};
    bool measured = usage->of_property && usage->of_property->measured;
    *type = VALUE_NUMBER;
    *unit = measured && !usage->previous                           ? NULL
            : usage->baseline                                      ? "deviations"
            : usage->previous || usage->trend || usage->seat_share ? "share"
                                                                   : units[usage->measure];
}

/* --- children
 * ---------------------------------------------------------------------------------------------------- */

enum status children_fact_read(const struct catalogue *catalogue, const struct json *source, struct str where,
                               struct arena *arena, struct children_fact *out, struct problem *problem) {
    static const char *const members[] = {"fact", "measure", NULL};
    static const char *const measures[] = {"sum",           "mean",  "minimum", "maximum",
                                           "weighted_mean", "worst", NULL};
    *out = (struct children_fact){.arr = DICT_NONE};
    if (source->kind != JSON_OBJECT) return bad_member(problem, arena, where, "fact", "an object");
    enum status status = no_others(source, members, where, arena, problem);
    struct str key = json_get_string(source, "fact");
    out->fact = dict_find(&catalogue->keys, key);
    int measure = word_of(json_get_string(source, "measure"), measures);
    if (out->fact == DICT_NONE)
        return fail_at(problem, at(arena, where, "fact"),
                       MESSAGE("fact_unknown", "There is no fact “{0}”.", "شاخصی به نام «{0}» نیست."),
                       ARGS(key));
    if (measure < 0)
        return bad_member(problem, arena, where, "measure",
                          "sum, mean, minimum, maximum, weighted_mean, worst");
    out->measure = (enum children_measure)measure;
    const struct fact *fact = &catalogue->facts[out->fact]->fact;
    if (fact->type != VALUE_NUMBER)
        return bad_member(problem, arena, where, "fact", "a fact of the type number");
    if (out->measure == CHILDREN_WORST && !fact->better)
        return bad_member(problem, arena, where, "measure",
                          "worst only where the fact says what is better; else minimum or maximum");
    if (out->measure == CHILDREN_WEIGHTED_MEAN) out->arr = dict_find(&catalogue->keys, STR("arr"));
    return status;
}

/* --- record
 * ------------------------------------------------------------------------------------------------------ */

static const char *const record_measures[] = {"count",    "sum",   "mean",       "min",        "max", "last",
                                              "age_days", "share", "days_until", "days_since", NULL};
static const char *const empties[] = {"zero", "unknown", "not_applicable", NULL};
static const char *const operators[] = {"=", "≠", "<", "≤", ">", "≥", NULL};
static const char *const plain_operators[] = {"==", "!=", "<", "<=", ">", ">=", NULL};

static enum status no_field(struct problem *problem, struct str where, struct str name) {
    return fail_at(problem, where,
                   MESSAGE("fact_no_field", "The source has no field “{0}” that fits here.",
                           "این منبع فیلد مناسبی به نام «{0}» ندارد."),
                   ARGS(name));
}

static enum status read_filter(const struct signal_source *source, const struct json *json, struct str where,
                               struct arena *arena, struct record_filter *out, struct problem *problem) {
    static const char *const members[] = {"field", "is", "value", NULL};
    if (json->kind != JSON_OBJECT)
        return bad_member(problem, arena, where, "field", "an object {field, is, value}");
    enum status status = no_others(json, members, where, arena, problem);
    struct str name = json_get_string(json, "field"), is = json_get_string(json, "is");
    const struct json *value = json_get(json, "value");
    int op = word_of(is, operators);
    if (op < 0) op = word_of(is, plain_operators);
    if (op < 0) return bad_member(problem, arena, where, "is", "= ≠ < ≤ > ≥");
    *out = (struct record_filter){
        .number = signal_number(source, name), .text = signal_text(source, name), .is = (enum filter_is)op};
    if (out->number < 0 && out->text < 0) return no_field(problem, at(arena, where, "field"), name);
    if (out->text >= 0) {
        if (!value || value->kind != JSON_STRING || op > IS_UNEQUAL)
            return bad_member(problem, arena, where, "value", "a text, with = or ≠");
        out->word = str_copy(arena, value->string);
    } else if (value && value->kind == JSON_STRING && str_is(value->string, "today")) {
        out->today = true;
    } else if (value && (value->kind == JSON_INT || value->kind == JSON_NUMBER)) {
        out->value = value->number;
    } else {
        return bad_member(problem, arena, where, "value", "a number or \"today\"");
    }
    return status;
}

static enum status read_empty(const struct json *source, const char *member, struct str where,
                              struct arena *arena, enum record_empty otherwise, enum record_empty *out,
                              struct problem *problem) {
    const struct json *json = json_get(source, member);
    int word = json ? word_of(json->string, empties) : (int)otherwise;
    if (word < 0) return bad_member(problem, arena, where, member, "zero, unknown, not_applicable");
    *out = (enum record_empty)word;
    return OK;
}

static bool is_date(const struct signal_source *source, int number) {
    return number >= FIELD_ENDED || (number >= 0 && source->numbers[number].unit &&
                                     str_is(str_of(source->numbers[number].unit), "date"));
}

enum status record_fact_read(const struct json *source, struct str where, struct arena *arena,
                             struct record_fact *out, struct problem *problem) {
    static const char *const members[] = {"of",   "measure", "field", "filter", "window", "compare",
                                          "open", "empty",   "never", "zero",   NULL};
    *out = (struct record_fact){.table = -1, .number = -1, .text = -1};
    if (source->kind != JSON_OBJECT) return bad_member(problem, arena, where, "of", "an object");
    enum status status = no_others(source, members, where, arena, problem);
    struct str of = json_get_string(source, "of");
    for (int i = 0; signal_sources[i]; i++)
        if (str_is(of, signal_sources[i]->key)) out->table = i;
    if (out->table < 0) return bad_member(problem, arena, where, "of", "the name of a source of records");
    const struct signal_source *table = signal_sources[out->table];
    int measure = word_of(json_get_string(source, "measure"), record_measures);
    if (measure < 0)
        return bad_member(problem, arena, where, "measure",
                          "count, sum, mean, min, max, last, age_days, share, days_until, days_since");
    out->measure = (enum record_measure)measure;
    struct str field = json_get_string(source, "field");
    bool fieldless = measure == RECORD_COUNT || measure == RECORD_AGE_DAYS || measure == RECORD_SHARE;
    if (!fieldless) {
        out->number = str_is(field, "ended")                     ? FIELD_ENDED
                      : str_is(field, "notice") && table->renews ? FIELD_NOTICE
                                                                 : signal_number(table, field);
        if (measure == RECORD_LAST && out->number < 0) out->text = signal_text(table, field);
        bool dated = is_date(table, out->number);
        bool fits = out->number >= 0 || out->text >= 0;
        if ((measure == RECORD_DAYS_UNTIL || measure == RECORD_DAYS_SINCE) && !dated) fits = false;
        if ((measure == RECORD_SUM || measure == RECORD_MEAN) && dated) fits = false;
        if (!fits) return no_field(problem, at(arena, where, "field"), field);
        const char *unit =
            out->number >= 0 && out->number < FIELD_ENDED ? table->numbers[out->number].unit : NULL;
        out->money = unit && str_is(str_of(unit), "money");
    } else if (json_get(source, "field")) {
        return no_field(problem, at(arena, where, "field"), field);
    }
    const struct json *filter = json_get(source, "filter");
    if (filter && (filter->kind != JSON_ARRAY || filter->n > FACT_MOST_FILTERS))
        return bad_member(problem, arena, where, "filter", "up to 8 conditions");
    for (size_t i = 0; filter && i < filter->n; i++)
        if (read_filter(table, &filter->items[i], str_format(arena, "%.*s/filter/%zu", STR_ARG(where), i),
                        arena, &out->filters[out->filter_count++], problem))
            status = BAD_INPUT;
    const struct json *open = json_get(source, "open"), *zero = json_get(source, "zero");
    if (open && open->kind != JSON_BOOL) status = bad_member(problem, arena, where, "open", "true or false");
    out->open = open && open->boolean;
    if (zero && !str_is(zero->string, "not_applicable"))
        status = bad_member(problem, arena, where, "zero", "not_applicable");
    out->zero_is_not_applicable = zero;
    if (read_window(source, where, arena, &out->window, problem)) status = BAD_INPUT;
    if (read_compare(source, where, out->window, arena, &out->previous, problem)) status = BAD_INPUT;
    bool additive = measure == RECORD_COUNT || measure == RECORD_SUM;
    if (read_empty(source, "empty", where, arena, additive ? EMPTY_ZERO : EMPTY_UNKNOWN, &out->empty,
                   problem))
        status = BAD_INPUT;
    if (read_empty(source, "never", where, arena, out->empty, &out->never, problem)) status = BAD_INPUT;
    return status;
}

void record_fact_type(const struct record_fact *record, enum value_type *type, const char **unit) {
    const struct signal_source *source = signal_sources[record->table];
    *type = VALUE_NUMBER;
    *unit = NULL;
    switch (record->measure) {
    case RECORD_COUNT:
        break;
    case RECORD_SHARE:
        *unit = "share";
        break;
    case RECORD_AGE_DAYS:
    case RECORD_DAYS_UNTIL:
    case RECORD_DAYS_SINCE:
        *unit = "days";
        break;
    default:
        if (record->text >= 0)
            *type = VALUE_TEXT;
        else if (is_date(source, record->number))
            *type = VALUE_DATE;
        else
            *unit = source->numbers[record->number].unit;
    }
    if (record->previous) *type = VALUE_NUMBER, *unit = "share";
}
