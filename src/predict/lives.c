#include "predict/lives.h"

#include <math.h>
#include <stdlib.h>

enum { AFTER_MOST = 60 };

/* ---- the watch ---- */

void lives_watch(const struct lifetime_tenures *tenures, double after, struct arena *arena,
                 struct lives *ret) {
    *ret = (struct lives){.cases = arena_array(arena, tenures->n + 1, sizeof *ret->cases),
                          .account = arena_array(arena, tenures->n + 1, sizeof *ret->account),
                          .since = arena_array(arena, tenures->n + 1, sizeof *ret->since)};
    for (size_t i = 0; i < tenures->n; i++) {
        const struct lifetime_tenure *t = &tenures->v[i];
        double seen = t->entry > 0 ? t->entry : 0, from = seen > after ? seen : after;
        if (from > 0 && t->months <= from) { /* left by then, or not seen behind that age yet */
            ret->gone += t->ended;
            continue;
        }
        ret->late += seen > after;
        ret->account[ret->n] = t->account;
        ret->since[ret->n] = tenures->month_starts[t->first + (size_t)(from - seen)];
        ret->cases[ret->n++] = (struct survival_case){from > 0 ? from : -INFINITY, t->months, t->ended};
    }
}

/* ---- facts ---- */

struct watch {
    day_t day;
    size_t life;
};
static int by_day(const void *a, const void *b) {
    const struct watch *x = a, *y = b;
    return (x->day > y->day) - (x->day < y->day);
}

enum status lives_facts(struct house *house, const struct catalogue *catalogue, const uint32_t *facts,
                        size_t fact_count, const struct lives *lives, size_t accounts, double *out,
                        struct problem *problem) {
    struct arena scratch = {0};
    struct watch *watches = memory_new((lives->n + 1) * sizeof *watches);
    enum status status = OK;
    for (size_t i = 0; i < lives->n; i++)
        watches[i] = (struct watch){lives->since[i], i};
    qsort(watches, lives->n, sizeof *watches, by_day);
    for (size_t i = 0; i < lives->n && !status;) {
        struct moment moment = moment_of_day(house->insight, watches[i].day);
        struct column *columns = arena_array(&scratch, fact_count + 1, sizeof *columns);
        moment_known_at(house->insight, &moment, watches[i].day);
        status = facts_evaluate(house->insight, catalogue, facts, fact_count, &moment, 0, accounts, &scratch,
                                columns, problem);
        for (; !status && i < lives->n && watches[i].day == moment.day; i++) {
            size_t life = watches[i].life;
            for (size_t f = 0; f < fact_count; f++) {
                uint32_t account = lives->account[life];
                double value = columns[f].number[account];
                bool date = catalogue_fact(catalogue, facts[f])->type == VALUE_DATE;
                out[f * lives->n + life] = columns[f].state[account] != FACT_KNOWN ? NAN
                                           : date                                  ? value - moment.day
                                                                                   : value;
            }
        }
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    free(watches);
    return status;
}

/* ---- groups ---- */

struct group {
    struct str key;
    uint32_t value;
    size_t count;
};
static int by_key(const void *a, const void *b) {
    const struct group *x = a, *y = b;
    if (!x->key.n || !y->key.n) return (x->key.n == 0) - (y->key.n == 0);
    return str_compare(x->key, y->key);
}

enum status lives_group(const struct fact *fact, const double *values, const struct lives *lives,
                        size_t least, struct arena *arena, struct life_groups *ret, struct problem *problem) {
    size_t known = fact->type == VALUE_TEXT ? fact->texts->n : 2;
    struct group *groups = arena_array(arena, known + 1, sizeof *groups);
    uint32_t *place = arena_array(arena, known + 1, sizeof *place);
    *ret = (struct life_groups){.of = arena_array(arena, lives->n + 1, sizeof *ret->of),
                                .keys = arena_array(arena, SPLIT_MOST_GROUPS + 1, sizeof *ret->keys),
                                .counts = arena_array(arena, SPLIT_MOST_GROUPS + 1, sizeof *ret->counts)};
    for (uint32_t v = 0; v <= known; v++) {
        groups[v].value = v;
        place[v] = UINT32_MAX;
        if (v < known)
            groups[v].key = fact->type == VALUE_TEXT ? dict_key(fact->texts, v)
                            : v                      ? STR("true")
                                                     : STR("false");
    }
    for (size_t i = 0; i < lives->n; i++) {
        ret->of[i] = isnan(values[i]) ? (uint32_t)known : (uint32_t)values[i];
        groups[ret->of[i]].count++;
    }
    qsort(groups, known + 1, sizeof *groups, by_key);
    for (size_t g = 0; g <= known; g++) {
        if (groups[g].count < least) ret->left_out += groups[g].count;
        if (groups[g].count < least || !groups[g].count) continue;
        if (ret->n == SPLIT_MOST_GROUPS)
            return fail_at(
                problem, STR("split"),
                MESSAGE(
                    "split_too_many",
                    "That would be more than 500 groups. Split by a fact with fewer values, or choose "
                    "fewer accounts.",
                    "این بیش از ۵۰۰ گروه می‌شود. با شاخصی که مقدارهای کمتری دارد تفکیک کنید یا مشتریان کمتری برگزینید."),
                NO_ARGS);
        place[groups[g].value] = (uint32_t)ret->n;
        ret->keys[ret->n] = groups[g].key;
        ret->counts[ret->n++] = groups[g].count;
    }
    for (size_t i = 0; i < lives->n; i++)
        ret->of[i] = place[ret->of[i]];
    return OK;
}

/* ---- what is asked ---- */

enum status request_lives(const struct request *request, int64_t after_unless_told, struct lives_asked *ret,
                          struct problem *problem) {
    *ret = (struct lives_asked){.after = after_unless_told};
    enum status status = request_calendar(request, &ret->spans, problem);
    if (request_query_int(request, "after", 0, AFTER_MOST, &ret->after, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &ret->selector, problem);
    if (status) return status;
    /* The groups are those of the start of each life, not of today. */
    struct selector everybody = ret->selector;
    everybody.split = DICT_NONE;
    status = selector_apply(&everybody, &ret->spans.moment, request->arena, &ret->selection, problem);
    if (!status)
        status = lifetime_tenures_measure(request->house, &ret->selection, &ret->spans, request->arena,
                                          &ret->tenures, problem);
    if (!status) lives_watch(&ret->tenures, (double)ret->after, request->arena, &ret->lives);
    return status;
}
