#include "insight/fact_people.h"

#include "insight/needs.h"

#include <math.h>

static const char *const measures[] = {"count", "share", "any"};

static enum status bad(struct problem *problem, struct arena *arena, struct str where, const char *member,
                       const char *allowed) {
    return fail_at(problem, str_format(arena, "%.*s/%s", STR_ARG(where), member),
                   MESSAGE("fact_member", "“{0}” is missing or wrong; it takes {1}.",
                           "«{0}» نیامده یا درست نیست؛ مقدار مجاز: {1}."),
                   ARGS(str_of(member), str_of(allowed)));
}

enum status people_fact_read(struct catalogue *catalogue, const struct json *source, struct str where,
                             struct people_fact *out, struct problem *problem) {
    struct arena *arena = &catalogue->arena;
    *out = (struct people_fact){0};
    if (source->kind != JSON_OBJECT) return bad(problem, arena, where, "measure", "an object");
    for (size_t i = 0; i < source->n; i++)
        if (!str_is(source->names[i], "filter") && !str_is(source->names[i], "measure"))
            return bad(problem, arena, where, str_c(arena, source->names[i]), "filter and measure alone");
    size_t measure = 0;
    while (measure < COUNT(measures) && !str_is(json_get_string(source, "measure"), measures[measure]))
        measure++;
    if (measure == COUNT(measures)) return bad(problem, arena, where, "measure", "count, share, any");
    out->measure = (enum people_measure)measure;
    const struct json *filter = json_get(source, "filter");
    if (!filter) return OK;
    struct rule_scope scope = rule_scope_of(catalogue);
    struct str place = str_format(arena, "%.*s/filter", STR_ARG(where));
    if (!scope.contacts) return bad(problem, arena, where, "filter", "nothing: no contacts are known here");
    struct rule_node *root = NULL;
    out->needs = arena_alloc(arena, sizeof *out->needs);
    enum status status = filter->kind == JSON_STRING
                             ? rule_parse_text(str_copy(arena, filter->string), arena, &root, problem)
                             : rule_parse(filter, place, arena, &root, problem);
    if (!status) status = rule_compile(root, scope.contacts, out->needs, arena, &out->filter, problem);
    return status;
}

void people_fact_type(const struct people_fact *people, enum value_type *type, const char **unit) {
    *type = people->measure == PEOPLE_ANY ? VALUE_BOOL : VALUE_NUMBER;
    *unit = people->measure == PEOPLE_COUNT ? "people" : people->measure == PEOPLE_SHARE ? "share" : "";
}

static void set(const struct people_fact *people, size_t all, size_t held, size_t unknown, size_t i,
                struct column *out) {
    enum fact_state state = FACT_KNOWN;
    double value = NAN;
    switch (people->measure) {
    case PEOPLE_COUNT:
        value = (double)held;
        break;
    case PEOPLE_SHARE:
        value = all ? (double)held / (double)all : NAN;
        break;
    case PEOPLE_ANY:
        value = held > 0;
        break;
    }
    if ((unknown && !(people->measure == PEOPLE_ANY && held)) || isnan(value)) state = FACT_UNKNOWN;
    out->state[i] = (uint8_t)state;
    out->cause[i] = state == FACT_KNOWN ? CAUSE_NONE : unknown ? CAUSE_NOT_RECORDED : CAUSE_NO_BASE;
    out->number[i] = state == FACT_KNOWN ? value : NAN;
    out->age_days[i] = 0;
}

enum status people_evaluate(struct insight *insight, const struct catalogue *catalogue,
                            const struct people_fact *people, const struct moment *moment, uint32_t first,
                            size_t n, struct arena *arena, struct column *out, struct problem *problem) {
    struct contact_layout layout;
    contacts_present(insight, moment, first, n, arena, &layout);
    uint8_t *truth = arena_alloc(arena, layout.n + 1);
    memset(truth, TRUTH_TRUE, layout.n + 1);
    if (people->filter) {
        const struct rule_needs *needs = people->needs;
        struct needs_plan plan;
        struct column *columns;
        struct arena scratch = {0};
        needs_plan_make(&catalogue->world, &needs, 1, arena, &plan);
        enum status status = contact_plan_run(insight, &plan, moment, &layout, arena, &columns, problem);
        if (status) return status;
        rule_evaluate(people->filter, columns, moment->day, layout.n, &scratch, truth);
        arena_free(&scratch);
    }
    for (size_t i = 0; i < n; i++) {
        size_t all = layout.offsets[i + 1] - layout.offsets[i], held = 0, unknown = 0;
        for (uint32_t c = layout.offsets[i]; c < layout.offsets[i + 1]; c++) {
            held += truth[c] == TRUTH_TRUE;
            unknown += truth[c] == TRUTH_UNKNOWN;
        }
        set(people, all, held, unknown, i, out);
    }
    return OK;
}
