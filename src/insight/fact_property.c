/* Facts over the properties of events: how declarations are read, how they are evaluated. */
#include "base/vec.h"
#include "insight/fact_property.h"
#include "insight/fact_usage.h"
#include "platform/settings.h"
#include "signals/ingest.h"

#include <math.h>

enum { NAME_BYTES = 200 };

/* ---- reading ---- */

static struct str below(struct arena *arena, struct str where, const char *member) {
    return str_format(arena, "%.*s/%s", STR_ARG(where), member);
}

static enum status bad(struct problem *problem, struct str place, const char *member, const char *allowed) {
    return fail_at(problem, place,
                   MESSAGE("fact_member", "“{0}” is missing or wrong; it takes {1}.",
                           "«{0}» نیامده یا درست نیست؛ مقدار مجاز: {1}."),
                   ARGS(str_of(member), str_of(allowed)));
}

static bool read_name(const struct json *object, const char *member, struct str *name) {
    *name = json_get_string(object, member);
    return name->n && name->n <= NAME_BYTES;
}

static uint32_t name_put(struct property_use *use, struct str *names, struct str name, struct arena *arena) {
    for (uint32_t i = 0; i < use->name_n; i++)
        if (str_equal(names[i], name)) return i;
    names[use->name_n] = str_copy(arena, name);
    return (uint32_t)use->name_n++;
}

static bool is_number(const struct json *json) {
    return json->kind == JSON_INT || json->kind == JSON_NUMBER;
}

static bool read_value(const struct json *json, struct property_value *value) {
    *value = (struct property_value){.kind = PROPERTY_ABSENT};
    if (is_number(json))
        *value = (struct property_value){.kind = PROPERTY_NUMBER, .number = json->number};
    else if (json->kind == JSON_STRING)
        *value = (struct property_value){.kind = PROPERTY_TEXT, .text = property_text(json->string)};
    else if (json->kind == JSON_BOOL)
        value->kind = json->boolean ? PROPERTY_TRUE : PROPERTY_FALSE;
    return value->kind != PROPERTY_ABSENT;
}

static int is_of(struct str word) {
    static const char *const words[][2] = {
        [PROPERTY_EQUAL] = {"=", "=="},
        [PROPERTY_UNEQUAL] = {"≠", "!="},
        [PROPERTY_LESS] = {"<", "<"},
        [PROPERTY_LESS_EQUAL] = {"≤", "<="},
        [PROPERTY_MORE] = {">", ">"},
        [PROPERTY_MORE_EQUAL] = {"≥", ">="},
        [PROPERTY_IN] = {"in", "in"},
        [PROPERTY_NOT_IN] = {"not_in", "not in"},
        [PROPERTY_BETWEEN] = {"between", "between"},
    };
    for (int i = 0; i < (int)COUNT(words); i++)
        if (str_is(word, words[i][0]) || str_is(word, words[i][1])) return i;
    return -1;
}

static enum status read_condition(const struct json *json, struct str where, struct property_use *use,
                                  struct str *names, struct property_condition *out, struct arena *arena,
                                  struct problem *problem) {
    struct str name;
    int is = is_of(json_get_string(json, "is"));
    const struct json *value = json_get(json, "value");
    if (json->kind != JSON_OBJECT || !read_name(json, "property", &name))
        return bad(problem, below(arena, where, "property"), "property", "the name of a property");
    if (is < 0) return bad(problem, below(arena, where, "is"), "is", "= ≠ < ≤ > ≥ in, not_in, between");
    for (size_t i = 0; i < json->n; i++)
        if (!str_is(json->names[i], "property") && !str_is(json->names[i], "is") &&
            !str_is(json->names[i], "value"))
            return fail_at(problem, str_format(arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(json->names[i])),
                           MESSAGE("fact_unknown_member", "“{0}” is not known here. Remove it.",
                                   "«{0}» در اینجا شناخته نیست. آن را بردارید."),
                           ARGS(json->names[i]));
    out->is = (enum property_is)is;
    out->name = name_put(use, names, name, arena);
    bool many = is == PROPERTY_IN || is == PROPERTY_NOT_IN, between = is == PROPERTY_BETWEEN;
    bool numeric = between || (is >= PROPERTY_LESS && is <= PROPERTY_MORE_EQUAL);
    const char *allowed = many      ? "1 to 64 texts, numbers, true or false"
                          : between ? "two numbers, the smaller first"
                          : numeric ? "a number"
                                    : "a text, a number, true or false";
    const struct json *items =
        many || between ? value && value->kind == JSON_ARRAY ? value->items : NULL : value;
    size_t n = !items ? 0 : many || between ? value->n : 1;
    bool good = n && n <= PROPERTY_MOST_VALUES && (!between || n == 2);
    struct property_value *values = arena_array(arena, n + 1, sizeof *values);
    for (size_t i = 0; i < n && good; i++)
        good = read_value(&items[i], &values[i]) && (!numeric || values[i].kind == PROPERTY_NUMBER);
    if (!good || (between && values[0].number > values[1].number))
        return bad(problem, below(arena, where, "value"), "value", allowed);
    out->values = values;
    out->n = n;
    return OK;
}

/* The same use in other facts has the same text. */
static struct str key_of(const struct property_use *use, const struct json *where, struct arena *arena) {
    struct buf text = {0};
    struct json_writer w = {.out = &text};
    json_begin_array(&w);
    json_string(&w, use->event);
    json_string(&w, use->measured ? use->names[0] : (struct str){0});
    if (where) json_write(&w, where);
    json_end_array(&w);
    struct str key = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return key;
}

enum status property_use_read(const struct json *source, bool measured, struct str where, struct arena *arena,
                              struct usage_fact *out, struct problem *problem) {
    const struct json *conditions = json_get(source, "where");
    struct property_use *use = arena_alloc(arena, sizeof *use);
    struct str *names = arena_array(arena, 1 + PROPERTY_MOST_CONDITIONS, sizeof *names), name;
    struct property_condition *list = arena_array(arena, PROPERTY_MOST_CONDITIONS, sizeof *list);
    enum status status = OK;
    *use = (struct property_use){.names = names, .conditions = list, .measured = measured};
    if (!out->events || out->feature_count != 1)
        return bad(problem, below(arena, where, "event"), "event",
                   "the event whose property it is (not a feature)");
    if (out->measure == USAGE_BREADTH)
        return bad(problem, below(arena, where, "measure"), "measure", "no breadth of properties");
    use->event = out->features[0];
    if (measured && !read_name(source, "property", &name))
        return bad(problem, below(arena, where, "property"), "property", "the name of a property");
    if (!measured && json_get(source, "property"))
        return bad(problem, below(arena, where, "property"), "property",
                   "a place only with sum, mean, min, max; conditions stand in where");
    if (measured) name_put(use, names, name, arena);
    bool array = conditions && conditions->kind == JSON_ARRAY && conditions->n &&
                 conditions->n <= PROPERTY_MOST_CONDITIONS;
    if (conditions && !array)
        return bad(problem, below(arena, where, "where"), "where", "1 to 8 conditions {property, is, value}");
    for (size_t i = 0; array && i < conditions->n; i++)
        if (read_condition(&conditions->items[i], str_format(arena, "%.*s/where/%zu", STR_ARG(where), i), use,
                           names, &list[i], arena, problem))
            status = BAD_INPUT;
    use->condition_n = array ? conditions->n : 0;
    if (!status) use->key = key_of(use, conditions, arena);
    out->of_property = use;
    return status;
}

/* ---- what a catalogue reads ---- */

const struct property_use **catalogue_property_uses(const struct catalogue *catalogue, struct arena *arena,
                                                    size_t *n) {
    size_t size = catalogue_size(catalogue);
    const struct property_use **uses = arena_array(arena, size + 1, sizeof *uses);
    *n = 0;
    for (uint32_t i = 0; i < size; i++) {
        const struct declared *declared = catalogue_declared(catalogue, i);
        const struct property_use *use = declared->kind == FROM_USAGE ? declared->usage.of_property : NULL;
        bool known = !use;
        for (size_t k = 0; k < *n && !known; k++)
            known = str_equal(uses[k]->key, use->key);
        if (!known) uses[(*n)++] = use;
    }
    return uses;
}

enum status property_uses_fit(const struct catalogue *catalogue, struct settings *settings,
                              struct problem *problem) {
    struct arena arena = {0};
    size_t n;
    const struct property_use **uses = catalogue_property_uses(catalogue, &arena, &n);
    int64_t most = settings ? settings_int(settings, SETTING_PROPERTIES_MOST) : PROMOTED_MOST, count = 0;
    VEC(struct str) seen = {0};
    for (size_t u = 0; u < n; u++)
        for (size_t i = 0; i < uses[u]->name_n; i++) {
            struct str pair =
                str_format(&arena, "%.*s\n%.*s", STR_ARG(uses[u]->event), STR_ARG(uses[u]->names[i]));
            bool known = false;
            for (size_t k = 0; k < seen.n && !known; k++)
                known = str_equal(seen.v[k], pair);
            if (known) continue;
            VEC_PUSH(&seen, pair);
            count++;
        }
    VEC_FREE(&seen);
    arena_free(&arena);
    if (count <= most) return OK;
    return fail(
        problem, LIMITED,
        MESSAGE(
            "properties_too_many",
            "Facts would read more than {0} event properties. Remove facts that nobody needs, or "
            "raise the setting properties.most.",
            "شاخص‌ها بیش از {0} مشخصهٔ رویداد را می‌خواندند. شاخص‌های بی‌استفاده را حذف کنید یا "
            "تنظیم properties.most را بالا ببرید."),
        ARGS(str_format(problem->arena, "%lld", (long long)most)));
}

enum status property_uses_want(struct insight *insight, const struct catalogue *catalogue,
                               struct problem *problem) {
    if (!insight->parts.ingest) return OK;
    struct arena arena = {0};
    size_t n;
    const struct property_use **uses = catalogue_property_uses(catalogue, &arena, &n);
    struct property_use *list = arena_array(&arena, n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = *uses[i];
    enum status status = ingest_want_properties(insight->parts.ingest, list, n, problem);
    arena_free(&arena);
    return status;
}

/* ---- evaluating ---- */

static void measure(const struct property_series *series, const struct usage_fact *usage,
                    const struct usage_query *query, uint32_t first, size_t n, double *out, uint8_t *words) {
    if (series->use.measured)
        property_evaluate(series, usage->property, query, first, n, out, words);
    else
        usage_evaluate(property_events(series), query, 1, first, n, &out);
}

void property_fact_evaluate(struct insight *insight, const struct declared *declared,
                            const struct moment *moment, const day_t *starts, uint32_t first, size_t n,
                            struct column *out) {
    const struct usage_fact *usage = &declared->usage;
    struct arena arena = {0};
    size_t days = (size_t)usage_fact_days(usage);
    struct usage_query query = usage_fact_query(usage, moment), before = query;
    struct usage_fact_health health = {.healthy = arena_alloc(&arena, days)};
    double *base = usage->previous ? arena_array(&arena, n + 1, sizeof *base) : NULL;
    uint8_t *words = arena_alloc(&arena, n + 1);
    before.to = query.from;
    before.from = query.from - usage->window;
    usage_read_lock(insight->parts.usage);
    usage_health(insight->parts.usage, moment->day, health.healthy, days, &health.age, &health.first);
    const struct property_series *series =
        properties_ready(insight->parts.properties, usage->of_property->key);
    if (series) measure(series, usage, &query, first, n, out->number, words);
    if (series && base) measure(series, usage, &before, first, n, base, NULL);
    usage_unlock(insight->parts.usage);
    for (size_t i = 0; i < n; i++) {
        if (!series) out->number[i] = NAN;
        enum fact_cause nothing = !series    ? CAUSE_BACK_FILLING
                                  : words[i] ? CAUSE_NOT_NUMBERS
                                             : CAUSE_NOT_RECORDED;
        usage_fact_set(usage, moment, false, &health, base, nothing, starts[i], i, out);
    }
    arena_free(&arena);
}
