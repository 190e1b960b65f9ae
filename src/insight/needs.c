#include "insight/needs.h"

struct wanted {
    uint32_t number;
    int32_t days_back;
};

static size_t place_of(const struct wanted *wanted, size_t n, const struct rule_need *need) {
    size_t at = 0;
    while (at < n && (wanted[at].number != need->number || wanted[at].days_back != need->days_back))
        at++;
    return at;
}

/* The facts of one day, in one pass. */
static enum status evaluate_day(struct insight *insight, const struct catalogue *catalogue,
                                const struct wanted *wanted, size_t wanted_n, int32_t days_back,
                                const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                                struct column *columns, struct problem *problem) {
    uint32_t *facts = arena_array(arena, wanted_n, sizeof *facts);
    struct column *got = arena_array(arena, wanted_n, sizeof *got);
    struct moment then = *moment;
    size_t count = 0;
    for (size_t i = 0; i < wanted_n; i++)
        if (wanted[i].days_back == days_back) facts[count++] = wanted[i].number;
    if (days_back) {
        then = moment_of_day(insight, moment->day - days_back);
        then.known_at = moment->known_at;
        then.known_day = moment->known_day;
    }
    enum status status =
        facts_evaluate(insight, catalogue, facts, count, &then, first, n, arena, got, problem);
    count = 0;
    for (size_t i = 0; i < wanted_n && !status; i++)
        if (wanted[i].days_back == days_back) columns[i] = got[count++];
    return status;
}

enum status needs_evaluate(struct insight *insight, const struct catalogue *catalogue,
                           const struct rule_needs *const *lists, size_t list_count,
                           const struct moment *moment, uint32_t first, size_t n, struct arena *arena,
                           struct column **columns, struct problem *problem) {
    size_t total = 0, wanted_n = 0;
    for (size_t l = 0; l < list_count; l++)
        total += lists[l]->n;
    struct wanted *wanted = arena_array(arena, total, sizeof *wanted);
    struct column *found = arena_array(arena, total, sizeof *found);
    for (size_t l = 0; l < list_count; l++) {
        for (size_t i = 0; i < lists[l]->n; i++) {
            const struct rule_need *need = &lists[l]->v[i];
            if (place_of(wanted, wanted_n, need) == wanted_n)
                wanted[wanted_n++] = (struct wanted){need->number, need->days_back};
        }
    }
    for (size_t i = 0; i < wanted_n; i++) {
        bool done = false;
        for (size_t before = 0; before < i && !done; before++)
            done = wanted[before].days_back == wanted[i].days_back;
        enum status status = done ? OK
                                  : evaluate_day(insight, catalogue, wanted, wanted_n, wanted[i].days_back,
                                                 moment, first, n, arena, found, problem);
        if (status) return status;
    }
    for (size_t l = 0; l < list_count; l++) {
        columns[l] = arena_array(arena, lists[l]->n, sizeof **columns);
        for (size_t i = 0; i < lists[l]->n; i++)
            columns[l][i] = found[place_of(wanted, wanted_n, &lists[l]->v[i])];
    }
    return OK;
}
