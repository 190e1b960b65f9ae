#include "insight/catalogue.h"

#include "base/vec.h"
#include "insight/fact_people.h"
#include "insight/segment_set.h"
#include "texts.h"

#include <stdlib.h>

#define SOURCES "one of usage, record, attribute, people, children, formula, manual"

static const char *const types[] = {"number", "bool", "date", "text"};

/* One declaration while the catalogue is being made. */
struct making {
    struct json json;
    struct str where; /* before its places */
};

static enum status bad(struct problem *problem, struct arena *arena, struct str where, const char *member,
                       const char *allowed) {
    return fail_at(problem, str_format(arena, "%.*s/%s", STR_ARG(where), member),
                   MESSAGE("fact_member", "“{0}” is missing or wrong; it takes {1}.",
                           "«{0}» نیامده یا درست نیست؛ مقدار مجاز: {1}."),
                   ARGS(str_of(member), str_of(allowed)));
}

static bool key_is_good(struct str key) {
    if (!key.n || key.n > FACT_KEY_BYTES || key.p[0] < 'a' || key.p[0] > 'z') return false;
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

static enum status read_titles(struct arena *arena, const struct json *title, struct str where,
                               struct text *out, struct problem *problem) {
    struct str en = json_get_string(title, "en"), fa = json_get_string(title, "fa");
    if (!en.n && !fa.n) return bad(problem, arena, where, "title", "{\"en\": …, \"fa\": …}");
    out->en = str_c(arena, en.n ? en : fa);
    out->fa = str_c(arena, fa.n ? fa : en);
    return OK;
}

static struct declared *declared_new(struct catalogue *catalogue) {
    return catalogue->n == CATALOGUE_MOST_FACTS ? NULL
                                                : arena_alloc(&catalogue->arena, sizeof(struct declared));
}

static enum status too_many(struct problem *problem) {
    return fail(problem, LIMITED,
                MESSAGE("facts_too_many", "There are more than 4,096 facts. Remove some.",
                        "بیش از ۴٬۰۹۶ شاخص تعریف شده است. چند شاخص را حذف کنید."),
                NO_ARGS);
}

/* Key, type, unit and titles; the source is read when all keys are known. */
static enum status read_head(struct catalogue *catalogue, const struct making *making, bool built_in,
                             struct problem *problem) {
    static const char *const members[] = {"key",    "of",     "type",      "unit", "title",
                                          "source", "better", "valid_for", NULL};
    struct arena *arena = &catalogue->arena;
    const struct json *json = &making->json;
    struct str where = making->where, key = json_get_string(json, "key"),
               type = json_get_string(json, "type");
    enum status status = OK;
    if (json->kind != JSON_OBJECT) return bad(problem, arena, where, "", "an object");
    for (size_t i = 0; i < json->n; i++) {
        size_t k = 0;
        while (members[k] && !str_is(json->names[i], members[k]))
            k++;
        if (!members[k])
            status = fail_at(problem, str_format(arena, "%.*s/%.*s", STR_ARG(where), STR_ARG(json->names[i])),
                             MESSAGE("fact_unknown_member", "“{0}” is not known here. Remove it.",
                                     "«{0}» در اینجا شناخته نیست. آن را بردارید."),
                             ARGS(json->names[i]));
    }
    if (!key_is_good(key))
        return fail_at(
            problem, str_format(arena, "%.*s/key", STR_ARG(where)),
            MESSAGE(
                "fact_key", "A key is a–z, 0–9 and _, from a letter, at most 64: not “{0}”.",
                "کلید از a–z، 0–9 و _ است، با حرف آغاز می‌شود و حداکثر ۶۴ نویسه دارد: نه «{0}»."),
            ARGS(key));
    if (dict_find(&catalogue->keys, key) != DICT_NONE)
        return fail_at(problem, str_format(arena, "%.*s/key", STR_ARG(where)),
                       MESSAGE("fact_key_taken", "There is already a fact “{0}”. Choose another key.",
                               "شاخصی به نام «{0}» هست. نام دیگری برگزینید."),
                       ARGS(key));
    if (!str_is(json_get_string(json, "of"), "account"))
        status = bad(problem, arena, where, "of", "\"account\"");
    int number = 0;
    while (number < (int)COUNT(types) && !str_is(type, types[number]))
        number++;
    if (number == COUNT(types)) return bad(problem, arena, where, "type", "number, bool, date, text");
    struct declared *declared = declared_new(catalogue);
    if (!declared) return too_many(problem);
    struct str better = json_get_string(json, "better");
    if (better.n && !str_is(better, "higher") && !str_is(better, "lower") && !str_is(better, "neither"))
        status = bad(problem, arena, where, "better", "higher, lower, neither");
    const struct json *valid = json_get(json, "valid_for"), *unit = json_get(json, "unit");
    int64_t days = 0;
    if (valid && valid->kind == JSON_STRING && valid->string.n > 1 && str_ends(valid->string, STR("d")))
        if (!str_to_int(str_slice(valid->string, 0, valid->string.n - 1), &days)) days = 0;
    if (valid && (days < 1 || days > WINDOW_MOST_DAYS))
        status = bad(problem, arena, where, "valid_for", "1d to 3650d");
    if (unit && unit->kind != JSON_STRING) status = bad(problem, arena, where, "unit", "a text");
    if (read_titles(arena, json_get(json, "title"), where, &declared->fact.title, problem))
        status = BAD_INPUT;
    struct buf text = {0};
    const struct json *source = json_get(json, "source");
    if (source) json_write(&(struct json_writer){.out = &text}, source);
    declared->fact.source_json = str_copy(arena, buf_str(&text));
    buf_free(&text);
    declared->fact.key = str_copy(arena, key);
    declared->fact.type = (enum value_type)number;
    declared->fact.unit = str_copy(arena, json_get_string(json, "unit"));
    declared->fact.better = str_is(better, "higher") ? 1 : str_is(better, "lower") ? -1 : 0;
    declared->fact.built_in = built_in;
    declared->valid_for = (int32_t)days;
    dict_put(&catalogue->keys, declared->fact.key, NULL);
    catalogue->facts[catalogue->n++] = declared;
    return status;
}

static uint32_t find_name(void *self, struct str key, enum value_type *type, struct str *unit) {
    const struct catalogue *catalogue = self;
    uint32_t number = dict_find(&catalogue->keys, key);
    if (number == DICT_NONE) return number;
    *type = catalogue->facts[number]->fact.type;
    *unit = catalogue->facts[number]->fact.unit;
    return number;
}

static enum status agree(const struct declared *declared, enum value_type type, const char *unit,
                         struct str where, struct arena *arena, struct problem *problem) {
    if (declared->fact.type != type)
        return fail_at(problem, str_format(arena, "%.*s/type", STR_ARG(where)),
                       MESSAGE("fact_type", "The source gives the type “{0}”, not “{1}”.",
                               "این منبع مقدار نوع «{0}» می‌دهد، نه «{1}»."),
                       ARGS(str_of(types[type]), str_of(types[declared->fact.type])));
    if (unit && !str_is(declared->fact.unit, unit))
        return fail_at(
            problem, str_format(arena, "%.*s/unit", STR_ARG(where)),
            MESSAGE("fact_unit", "The source gives the unit “{0}”, not “{1}”.",
                    "این منبع مقدار با یکای «{0}» می‌دهد، نه «{1}»."),
            ARGS(str_of(unit), declared->fact.unit));
    return OK;
}

static int table_of(const char *key) {
    int i = 0;
    while (signal_sources[i] && strcmp(signal_sources[i]->key, key) != 0)
        i++;
    return i;
}

/* An attribute or a manual value is the last row of its own table that names the field (or the fact). */
static void history_fact(struct declared *declared, const char *table, struct str field) {
    const struct signal_source *source = signal_sources[table_of(table)];
    bool text = declared->fact.type == VALUE_TEXT;
    declared->record = (struct record_fact){
        .table = table_of(table),
        .measure = RECORD_LAST,
        .number = text ? -1 : signal_number(source, STR("number")),
        .text = text ? signal_text(source, STR("value")) : -1,
        .filter_count = 1,
        .open = true,
        .empty = EMPTY_UNKNOWN,
        .never = EMPTY_UNKNOWN,
        .filters = {
            {.number = -1, .text = signal_text(source, STR("field")), .is = IS_EQUAL, .word = field}}};
}

static const char *const attributes[] = {"stage",    "tags",      "owner", "status", "plan",
                                         "segment",  "country",   "team",  "name",   "parent",
                                         "currency", "potential", NULL};

static bool attribute_known(struct str field) {
    if (field.n > 7 && memcmp(field.p, "traits.", 7) == 0) return true;
    for (size_t i = 0; attributes[i]; i++)
        if (str_is(field, attributes[i])) return true;
    return false;
}

static void reads(struct catalogue *catalogue, struct declared *declared, const uint32_t *facts, size_t n) {
    declared->reads = arena_copy(&catalogue->arena, facts, n * sizeof *facts);
    declared->read_n = n;
}

/* Seats, and the country for its holidays, are facts of their own. */
static void usage_reads(struct catalogue *catalogue, struct declared *declared) {
    const struct usage_fact *usage = &declared->usage;
    const char *key = usage->seat_share ? "seats" : usage->baseline || usage->trend ? "country" : NULL;
    uint32_t fact = key ? dict_find(&catalogue->keys, str_of(key)) : DICT_NONE;
    if (fact != DICT_NONE) reads(catalogue, declared, &fact, 1);
}

static enum status read_source(struct catalogue *catalogue, struct declared *declared,
                               const struct making *making, struct problem *problem) {
    struct arena *arena = &catalogue->arena;
    const struct json *source = json_get(&making->json, "source"), *inner = NULL;
    struct str where = making->where;
    if (!source || source->kind != JSON_OBJECT || source->n != 1)
        return bad(problem, arena, where, "source", SOURCES);
    inner = &source->items[0];
    struct str kind = source->names[0],
               inside = str_format(arena, "%.*s/source/%.*s", STR_ARG(where), STR_ARG(kind));
    enum value_type type = declared->fact.type;
    const char *unit = NULL;
    enum status status = OK;
    if (str_is(kind, "usage")) {
        declared->kind = FROM_USAGE;
        if ((status = usage_fact_read(catalogue, inner, inside, arena, &declared->usage, problem)))
            return status;
        usage_fact_type(&declared->usage, &type, &unit);
        usage_reads(catalogue, declared);
    } else if (str_is(kind, "people")) {
        declared->kind = FROM_PEOPLE;
        if ((status = people_fact_read(catalogue, inner, inside, &declared->people, problem))) return status;
        people_fact_type(&declared->people, &type, &unit);
    } else if (str_is(kind, "children")) {
        declared->kind = FROM_CHILDREN;
        if ((status = children_fact_read(catalogue, inner, inside, arena, &declared->children, problem)))
            return status;
        const struct fact *of = &catalogue->facts[declared->children.fact]->fact;
        type = VALUE_NUMBER;
        unit = str_c(arena, of->unit);
        reads(catalogue, declared, &declared->children.fact, 1);
        if (declared->children.arr != DICT_NONE)
            reads(catalogue, declared, (const uint32_t[]){declared->children.fact, declared->children.arr},
                  2);
    } else if (str_is(kind, "record")) {
        declared->kind = FROM_RECORD;
        if ((status = record_fact_read(inner, inside, arena, &declared->record, problem))) return status;
        record_fact_type(&declared->record, &type, &unit);
    } else if (str_is(kind, "attribute")) {
        declared->kind = FROM_ATTRIBUTE;
        struct str field = json_get_string(inner, "field");
        if (!attribute_known(field))
            return bad(problem, arena, inside, "field", "a field of accounts with history, or traits.NAME");
        history_fact(declared, "attributes", str_copy(arena, field));
    } else if (str_is(kind, "manual")) {
        declared->kind = FROM_MANUAL;
        history_fact(declared, "manual", declared->fact.key);
    } else if (str_is(kind, "account") && inner->kind == JSON_STRING &&
               str_is(inner->string, "tenure_days")) {
        declared->kind = FROM_ACCOUNT;
        declared->which = str_copy(arena, inner->string);
        type = VALUE_NUMBER;
        unit = "days";
    } else if (str_is(kind, "score") && declared->fact.built_in) {
        declared->kind = FROM_SCORE;
        declared->which = str_copy(arena, inner->string);
        if (type == VALUE_TEXT) declared->fact.texts = catalogue->bands;
    } else if (str_is(kind, "touch") && declared->fact.built_in) {
        declared->kind = FROM_TOUCH;
        declared->which = str_copy(arena, inner->string);
        if (type == VALUE_TEXT) declared->fact.texts = catalogue->touch_models;
    } else if (str_is(kind, "formula") && inner->kind == JSON_STRING) {
        declared->kind = FROM_FORMULA;
        struct formula_names names = {find_name, catalogue};
        if ((status = formula_parse(str_copy(arena, inner->string), names, declared->fact.type,
                                    declared->fact.unit, inside, arena, &declared->formula, problem)))
            return status;
        declared->reads = formula_facts(declared->formula, &declared->read_n);
        return OK;
    } else {
        return bad(problem, arena, where, "source", SOURCES);
    }
    bool of_record =
        declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE || declared->kind == FROM_MANUAL;
    if (of_record && declared->fact.type == VALUE_TEXT && declared->record.text >= 0 && catalogue->tables)
        declared->fact.texts = &catalogue->tables[declared->record.table].texts[declared->record.text];
    return agree(declared, type, unit, where, arena, problem);
}

/* Ranks facts above what they are made from. −1: being walked. */
static enum status rank(struct catalogue *catalogue, uint32_t number, const struct making *makings,
                        struct problem *problem) {
    struct declared *declared = catalogue->facts[number];
    if (declared->rank > 0) return OK;
    if (declared->rank < 0)
        return fail_at(
            problem,
            str_format(&catalogue->arena, "%.*s/source/%s", STR_ARG(makings[number].where),
                       declared->kind == FROM_CHILDREN ? "children" : "formula"),
            MESSAGE(
                "fact_cycle", "“{0}” is made from itself: it leads back to where it begins.",
                "«{0}» از خودش ساخته می‌شود: زنجیرهٔ آن به آغازش بازمی‌گردد."),
            ARGS(declared->fact.key));
    declared->rank = -1;
    int highest = 0;
    for (size_t i = 0; i < declared->read_n; i++) {
        enum status status = rank(catalogue, declared->reads[i], makings, problem);
        if (status) return status;
        int below = catalogue->facts[declared->reads[i]]->rank;
        if (below > highest) highest = below;
    }
    declared->rank = highest + 1;
    return OK;
}

enum status catalogue_make(const struct catalogue_parts *parts, const struct str *own, size_t own_count,
                           struct catalogue **ret, struct problem *problem) {
    struct catalogue *catalogue = memory_new(sizeof *catalogue);
    struct arena *arena = &catalogue->arena, parsing = {0};
    pthread_mutex_init(&catalogue->lock, NULL);
    pthread_mutex_init(&catalogue->map.lock, NULL);
    catalogue->world.catalogue = catalogue;
    catalogue->world.insight = parts->insight;
    rule_world_settle(&catalogue->world);
    catalogue->tables = parts->tables;
    catalogue->bands = parts->bands;
    catalogue->touch_models = parts->touch_models;
    catalogue->name_seen = parts->name_seen;
    catalogue->self = parts->self;
    catalogue->feature_count = parts->feature_count;
    catalogue->features = arena_array(arena, parts->feature_count + 1, sizeof *catalogue->features);
    for (size_t i = 0; i < parts->feature_count; i++)
        catalogue->features[i] = (struct catalogue_feature){
            str_copy(arena, parts->features[i].key), parts->features[i].core,
            str_copy(arena, parts->features[i].plans), str_copy(arena, parts->features[i].events)};
    struct json builtin;
    enum status status = json_parse(embedded_facts_builtin_json, &parsing, &builtin, problem);
    struct making *makings = arena_array(&parsing, CATALOGUE_MOST_FACTS, sizeof *makings);
    size_t n = 0;
    for (size_t i = 0; !status && i < builtin.n; i++, n++) {
        makings[n] = (struct making){.json = builtin.items[i]};
        status = read_head(catalogue, &makings[n], true, problem);
    }
    for (size_t i = 0; !status && i < own_count; i++, n++) {
        if (n == CATALOGUE_MOST_FACTS) status = too_many(problem);
        if (!status) status = json_parse(own[i], &parsing, &makings[n].json, problem);
        struct str key = json_get_string(&makings[n].json, "key");
        if (!status && (own_count > 1 || parts->subject.n) && !str_equal(key, parts->subject))
            makings[n].where = str_format(arena, "/%.*s", STR_ARG(key));
        if (!status) status = read_head(catalogue, &makings[n], false, problem);
    }
    for (size_t i = 0; !status && i < parts->custom_count; i++) {
        if (n == CATALOGUE_MOST_FACTS) status = too_many(problem);
        if (!status) status = json_parse(parts->custom[i], &parsing, &makings[n].json, problem);
        if (status || dict_find(&catalogue->keys, json_get_string(&makings[n].json, "key")) != DICT_NONE)
            continue;
        makings[n].where = str_format(arena, "/%.*s", STR_ARG(json_get_string(&makings[n].json, "key")));
        status = read_head(catalogue, &makings[n++], false, problem);
    }
    for (size_t i = 0; !status && i < n; i++)
        status = read_source(catalogue, catalogue->facts[i], &makings[i], problem);
    for (uint32_t i = 0; !status && i < n; i++)
        status = rank(catalogue, i, makings, problem);
    arena_free(&parsing);
    if (status) {
        catalogue_free(catalogue);
        return status;
    }
    *ret = catalogue;
    return OK;
}

void catalogue_free(struct catalogue *catalogue) {
    if (!catalogue) return;
    segment_set_free((struct segment_set *)catalogue->world.segments); /* the catalogue's own */
    dict_free(&catalogue->keys);
    dict_free(&catalogue->anonymous);
    pthread_mutex_destroy(&catalogue->lock);
    pthread_mutex_destroy(&catalogue->map.lock);
    free(catalogue->map.of);
    workdays_free(catalogue->workdays);
    arena_free(&catalogue->arena);
    free(catalogue);
}

size_t catalogue_size(const struct catalogue *catalogue) {
    return __atomic_load_n(&catalogue->n, __ATOMIC_ACQUIRE);
}

bool catalogue_is_crowded(const struct catalogue *catalogue) {
    return catalogue_size(catalogue) - catalogue->settled > (CATALOGUE_MOST_FACTS - catalogue->settled) / 2;
}

const struct fact *catalogue_fact(const struct catalogue *catalogue, uint32_t number) {
    return &catalogue->facts[number]->fact;
}

uint32_t catalogue_find(const struct catalogue *catalogue, struct str key) {
    return dict_find(&catalogue->keys, key);
}

enum status catalogue_anonymous(struct catalogue *catalogue, const struct json *source, struct str where,
                                uint32_t *number, struct problem *problem) {
    const struct json *usage = json_get(source, "usage");
    struct buf text = {0};
    json_write(&(struct json_writer){.out = &text}, usage ? usage : source);
    pthread_mutex_lock(&catalogue->lock);
    enum status status = OK;
    uint32_t place = dict_find(&catalogue->anonymous, buf_str(&text));
    if (place != DICT_NONE) {
        *number = catalogue->anonymous_facts[place];
        goto done;
    }
    struct declared *declared = declared_new(catalogue);
    if (!declared) {
        status = too_many(problem);
        goto done;
    }
    struct arena *arena = &catalogue->arena;
    if (usage) where = str_format(arena, "%.*s/usage", STR_ARG(where));
    if ((status =
             usage_fact_read(catalogue, usage ? usage : source, where, arena, &declared->usage, problem)))
        goto done;
    if (declared->usage.of_property) {
        status = fail_at(
            problem, where,
            MESSAGE(
                "did_no_property",
                "Properties of events are read by facts. Declare a fact of one's own for it "
                "and ask for that.",
                "مشخصه‌های رویداد را شاخص‌ها می‌خوانند. شاخصی برای آن تعریف کنید و همان را "
                "در قاعده به کار ببرید."),
            NO_ARGS);
        goto done;
    }
    const char *unit;
    usage_fact_type(&declared->usage, &declared->fact.type, &unit);
    declared->kind = FROM_USAGE;
    usage_reads(catalogue, declared);
    declared->rank = 2; /* above the attributes that it may read */
    declared->fact.unit = str_of(unit);
    declared->fact.source_json = str_format(arena, "{\"usage\":%.*s}", STR_ARG(buf_str(&text)));
    declared->fact.title = (struct text){"Use", "استفاده"};
    place = dict_put(&catalogue->anonymous, buf_str(&text), NULL);
    catalogue->anonymous_facts[place] = *number = (uint32_t)catalogue->n;
    catalogue->facts[catalogue->n] = declared;
    __atomic_store_n(&catalogue->n, catalogue->n + 1, __ATOMIC_RELEASE);
done:
    pthread_mutex_unlock(&catalogue->lock);
    buf_free(&text);
    return status;
}
