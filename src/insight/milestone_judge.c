/* Which milestone was reached on which day: rules evaluated day by day, for the accounts that were in the
 * stage. */
#include "insight/milestone.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/history.h"
#include "insight/needs.h"
#include "insight/segment_set.h"
#include "insight/workdays.h"
#include "platform/records.h"
#include "queries.h"
#include "signals/usage.h"

#include <stdlib.h>

size_t stage_stays(const struct insight *insight, uint32_t account, const struct moment *moment,
                   struct arena *arena, struct stage_stay **ret) {
    struct history_change *changes;
    size_t n = history_of(insight, account, STR("stage"), moment, arena, &changes), count = 0;
    day_t lost = history_lost(insight, account, moment, arena);
    struct stage_stay *list = arena_array(arena, n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        day_t end = i + 1 < n ? changes[i + 1].day : INT32_MAX;
        if (!changes[i].value.n || changes[i].day >= lost) continue;
        list[count++] = (struct stage_stay){changes[i].value, changes[i].day, end < lost ? end : lost,
                                            lost != INT32_MAX && lost <= end};
    }
    *ret = list;
    return count;
}

/* What was known of an account when it was judged. */
struct judged {
    day_t to; /* days before it are judged; INT32_MIN: none */
    int64_t events, signals;
};

struct judging {
    struct house *house;
    const bool *stop; /* NULL: to the end */
    struct id only;   /* an account; none: all */
    struct insight *insight;
    struct catalogue *catalogue; /* the rules are compiled against it */
    struct moment now;
    size_t first, n;      /* accounts [first, n) are judged */
    uint64_t definitions; /* of the facts and segments that rules may read, and of the days off */
    struct judged *kept, *fresh;
    uint8_t *anew; /* its past is judged again */
    struct milestone *milestones;
    size_t milestone_count;
    struct rule **rules;
    struct rule_needs *needs; /* of each: only those of rules that somebody waits for are asked */
    VEC(struct milestone_step) old, steps;
    VEC(uint32_t) changed; /* accounts whose steps were written */
    struct arena *arena;
};

static int by_account(const void *a, const void *b) {
    const struct milestone_step *x = a, *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->milestone != y->milestone) return x->milestone < y->milestone ? -1 : 1;
    return x->entered_on < y->entered_on ? -1 : x->entered_on > y->entered_on;
}

/* ---- what is kept ---- */

static day_t day_or(struct rows *rows, int column, day_t none) {
    return rows_is_null(rows, column) ? none : (day_t)rows_int(rows, column);
}

static uint32_t milestone_of(const struct judging *j, struct id id) {
    uint32_t i = 0;
    while (i < j->milestone_count && !id_equal(j->milestones[i].id, id))
        i++;
    return i;
}

/* The lock is held for the moment, not while the records are read. */
static uint32_t account_of(const struct judging *j, struct rows *rows) {
    directory_lock(j->house->directory);
    uint32_t account = directory_by_id(j->house->directory, rows_id(rows, 0));
    directory_unlock(j->house->directory);
    return account;
}

static enum status load(struct judging *j, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(j->house->records, &session, problem);
    if (!status) status = milestones_load(session, j->arena, &j->milestones, &j->milestone_count, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    directory_lock(j->house->directory);
    size_t accounts = directory_size(j->house->directory);
    if (id_is_none(j->only)) {
        j->n = accounts;
    } else {
        uint32_t only = directory_by_id(j->house->directory, j->only);
        j->first = only == ACCOUNT_NONE ? 0 : only;
        j->n = only == ACCOUNT_NONE ? 0 : only + 1;
    }
    directory_unlock(j->house->directory);
    j->kept = arena_array(j->arena, j->n + 1, sizeof *j->kept);
    for (size_t i = 0; i < j->n; i++)
        j->kept[i].to = INT32_MIN;
    struct rows *rows = rows_open(session, &query_milestone_judged_list);
    while (rows_next(rows)) {
        uint32_t account = account_of(j, rows);
        if (account < j->first || account >= j->n) continue;
        j->kept[account] = (struct judged){(day_t)rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3)};
    }
    status = rows_close(rows, problem);
    rows = rows_open(session, &query_milestone_step_list);
    while (rows_next(rows)) {
        struct milestone_step step = {.account = account_of(j, rows),
                                      .milestone = milestone_of(j, rows_id(rows, 1)),
                                      .entered_on = (day_t)rows_int(rows, 2),
                                      .left_on = day_or(rows, 3, INT32_MAX),
                                      .due_on = (day_t)rows_int(rows, 4),
                                      .reached_on = day_or(rows, 5, INT32_MAX),
                                      .judged = (int32_t)rows_int(rows, 6)};
        if (step.account >= j->first && step.account < j->n && step.milestone < j->milestone_count)
            VEC_PUSH(&j->old, step);
    }
    enum status closed = rows_close(rows, problem);
    session_rollback(session);
    if (j->old.n) qsort(j->old.v, j->old.n, sizeof *j->old.v, by_account);
    return status ? status : closed;
}

static enum status compile(struct judging *j, struct problem *problem) {
    struct rule_scope *scope = arena_alloc(j->arena, sizeof *scope);
    j->catalogue = insight_catalogue(j->insight);
    *scope = rule_scope_of(j->catalogue);
    j->rules = arena_array(j->arena, j->milestone_count + 1, sizeof *j->rules);
    j->needs = arena_array(j->arena, j->milestone_count + 1, sizeof *j->needs);
    for (size_t i = 0; i < j->milestone_count; i++) {
        struct rule_node *root;
        enum status status = rule_parse_text(j->milestones[i].rule_text, j->arena, &root, problem);
        if (!status) status = rule_compile(root, scope, &j->needs[i], j->arena, &j->rules[i], problem);
        if (status) {
            problem_clear(problem);
            return fail(
                problem, CONFLICT,
                MESSAGE(
                    "milestone_broken",
                    "The rule of milestone “{0}” names what does not exist any more ({1}): change "
                    "the milestone.",
                    "قاعدهٔ نقطهٔ عطف «{0}» چیزی را نام می‌برد که دیگر نیست ({1}): نقطهٔ عطف را "
                    "تغییر دهید."),
                ARGS(j->milestones[i].key, j->milestones[i].rule_text));
        }
    }
    return OK;
}

/* ---- what is known now ---- */

/* Events before a day, of all accounts; those of several days are asked once each. */
static void count_events(const struct judging *j, day_t to, double *out) {
    struct usage_query query = {.measure = USAGE_EVENTS, .from = INT32_MIN, .to = to, .known_at = INT32_MAX};
    usage_read_lock(j->house->usage);
    usage_evaluate(j->house->usage, &query, 1, (uint32_t)j->first, j->n - j->first,
                   &(double *){out + j->first});
    usage_unlock(j->house->usage);
}

/* FNV-1a over words: what differs is judged anew. */
static uint64_t fold(uint64_t state, uint64_t word) {
    return (state ^ word) * 0x100000001b3ull;
}

static uint64_t fold_text(uint64_t state, struct str text) {
    for (size_t i = 0; i < text.n; i++)
        state = fold(state, (uint8_t)text.p[i]);
    return fold(state, text.n);
}

/* Facts by their declarations, features that they count, segments that rules name, working days. */
static uint64_t definitions_state(const struct catalogue *catalogue) {
    const struct segment_set *set = catalogue->world.segments;
    uint64_t state = workdays_state(catalogue->workdays);
    for (uint32_t f = 0; f < catalogue->keys.n; f++) {
        const struct fact *fact = catalogue_fact(catalogue, f);
        if (fact->built_in) continue;
        state = fold_text(fold_text(state, fact->key), fact->source_json);
    }
    for (size_t i = 0; i < catalogue->feature_count; i++) {
        const struct catalogue_feature *feature = &catalogue->features[i];
        state = fold_text(fold_text(fold_text(state, feature->key), feature->plans), feature->events);
        state = fold(state, feature->core);
    }
    for (size_t i = 0; set && i < set->n; i++)
        state = fold(fold_text(state, set->v[i].key), (uint64_t)set->v[i].version);
    return state;
}

/* Of an account's contacts what keeps no history; the table's lock held. */
static uint64_t contacts_state(const struct contact_table *table, size_t account) {
    uint64_t state = 0;
    for (uint32_t i = 0; account < table->account_n && i < table->accounts[account].n; i++) {
        const struct contact_row *row = &table->rows[table->accounts[account].slots[i]];
        static const uint32_t none = DICT_NONE;
        const uint32_t texts[] = {row->role, row->title};
        if (!row->here) continue;
        state = fold(state, (uint64_t)row->champion_known << 1 | row->champion);
        for (size_t t = 0; t < COUNT(texts); t++)
            if (texts[t] != none) state = fold_text(state, dict_key(&table->texts, texts[t]));
    }
    return state;
}

static void find_changed(struct judging *j) {
    j->definitions = definitions_state(j->catalogue);
    double *events = arena_array(j->arena, j->n + 1, sizeof *events);
    j->fresh = arena_array(j->arena, j->n + 1, sizeof *j->fresh);
    j->anew = arena_alloc(j->arena, j->n + 1);
    for (size_t i = j->first; i < j->n; i++)
        j->anew[i] = j->kept[i].to == INT32_MIN || j->kept[i].to > j->now.day;
    /* Days on which accounts were judged are few: nearly always one. */
    for (size_t first = j->first; first < j->n; first++) {
        day_t day = j->kept[first].to;
        if (j->anew[first] || j->fresh[first].to) continue;
        count_events(j, day, events);
        for (size_t i = first; i < j->n; i++) {
            if (j->anew[i] || j->kept[i].to != day) continue;
            j->fresh[i].to = day;
            j->anew[i] = (int64_t)events[i] != j->kept[i].events;
        }
    }
    count_events(j, j->now.day, events);
    const struct signal_table *own = insight_table(j->insight, "milestones");
    pthread_rwlock_rdlock(&j->insight->lock);
    for (size_t i = j->first; i < j->n; i++) {
        uint64_t signals = 0;
        for (int t = 0; signal_sources[t]; t++) /* but for what is judged here */
            if (i < j->insight->tables[t].n && &j->insight->tables[t] != own)
                signals += j->insight->tables[t].accounts[i].n;
        signals = fold(fold(j->definitions, signals), contacts_state(&j->insight->contacts, i));
        j->fresh[i] = (struct judged){j->now.day, (int64_t)events[i], (int64_t)(signals >> 1)};
        j->anew[i] |= j->fresh[i].signals != j->kept[i].signals;
    }
    pthread_rwlock_unlock(&j->insight->lock);
}

/* ---- steps ---- */

static void take_kept(const struct judging *j, struct milestone_step *step) {
    const struct milestone_step *old =
        j->old.n ? bsearch(step, j->old.v, j->old.n, sizeof *step, by_account) : NULL;
    if (!old) return;
    step->reached_on = old->reached_on;
    step->judged = old->judged;
}

static void lay_steps(struct judging *j) {
    struct arena scratch = {0};
    pthread_rwlock_rdlock(&j->insight->lock);
    for (uint32_t a = (uint32_t)j->first; a < j->n; a++, arena_reset(&scratch)) {
        struct stage_stay *stays;
        size_t n = stage_stays(j->insight, a, &j->now, &scratch, &stays);
        for (uint32_t m = 0; m < j->milestone_count; m++) {
            for (size_t s = 0; s < n; s++) {
                if (!str_equal(stays[s].stage, j->milestones[m].stage)) continue;
                struct milestone_step step = {a,
                                              m,
                                              stays[s].entered_on,
                                              stays[s].left_on,
                                              stays[s].entered_on + (day_t)j->milestones[m].due_days,
                                              INT32_MAX,
                                              0};
                if (!j->anew[a]) take_kept(j, &step);
                VEC_PUSH(&j->steps, step);
            }
        }
    }
    pthread_rwlock_unlock(&j->insight->lock);
    arena_free(&scratch);
}

static day_t judged_from(const struct judging *j, const struct milestone_step *step) {
    day_t to = j->anew[step->account] ? INT32_MIN : j->kept[step->account].to;
    return to > step->entered_on ? to : step->entered_on;
}

/* ---- days ---- */

/* The steps `waiting`, by account, at the end of a day: the facts of all accounts between the first and the
 * last of them. */
static enum status judge_run(struct judging *j, day_t day, const uint32_t *waiting, size_t count,
                             struct problem *problem) {
    struct arena scratch = {0};
    struct moment moment = day < j->now.day ? moment_of_day(j->insight, day + 1) : j->now;
    uint32_t first = j->steps.v[waiting[0]].account, n = j->steps.v[waiting[count - 1]].account - first + 1;
    const struct rule_needs **needs = arena_array(&scratch, j->milestone_count, sizeof *needs);
    struct column **columns = arena_array(&scratch, j->milestone_count, sizeof *columns);
    uint32_t *asked = arena_array(&scratch, j->milestone_count, sizeof *asked);
    uint8_t *truth = arena_alloc(&scratch, n + 1), *wanted = arena_alloc(&scratch, j->milestone_count);
    size_t asked_n = 0;
    for (size_t i = 0; i < count; i++)
        wanted[j->steps.v[waiting[i]].milestone] = 1;
    for (uint32_t m = 0; m < j->milestone_count; m++) {
        if (!wanted[m]) continue;
        needs[asked_n] = &j->needs[m];
        asked[asked_n++] = m;
    }
    enum status status = needs_evaluate(j->insight, j->catalogue, needs, asked_n, &moment, first, n, &scratch,
                                        columns, problem);
    for (size_t k = 0; k < asked_n && !status; k++) {
        rule_evaluate(j->rules[asked[k]], columns[k], moment.day, n, &scratch, truth);
        for (size_t i = 0; i < count; i++) {
            struct milestone_step *step = &j->steps.v[waiting[i]];
            if (step->milestone != asked[k]) continue;
            step->judged |= truth[step->account - first] != TRUTH_UNKNOWN;
            if (truth[step->account - first] == TRUTH_TRUE) step->reached_on = day;
        }
    }
    arena_free(&scratch);
    return status;
}

/* All steps that wait on a day, in runs of neighbours: facts are evaluated for a range of accounts. */
static enum status judge_day(struct judging *j, day_t day, uint32_t *waiting, struct problem *problem) {
    enum { GAP = 32 };
    size_t n = 0, from = 0;
    enum status status = OK;
    for (uint32_t i = 0; i < j->steps.n; i++) {
        const struct milestone_step *step = &j->steps.v[i];
        if (step->reached_on != INT32_MAX || day < judged_from(j, step) || day >= step->left_on) continue;
        waiting[n++] = i;
    }
    for (size_t i = 1; i <= n && !status; i++) {
        if (i < n && j->steps.v[waiting[i]].account - j->steps.v[waiting[i - 1]].account <= GAP) continue;
        status = judge_run(j, day, waiting + from, i - from, problem);
        from = i;
    }
    return status;
}

static enum status judge_days(struct judging *j, struct problem *problem) {
    day_t first = INT32_MAX;
    for (size_t i = 0; i < j->steps.n; i++) {
        const struct milestone_step *step = &j->steps.v[i];
        day_t from = judged_from(j, step);
        if (step->reached_on == INT32_MAX && from < step->left_on && from < first) first = from;
    }
    uint32_t *waiting = memory_new((j->steps.n + 1) * sizeof *waiting);
    enum status status = OK;
    for (day_t day = first; day <= j->now.day && !status; day++) {
        bool stopped = j->stop && __atomic_load_n(j->stop, __ATOMIC_RELAXED);
        status = stopped ? UNAVAILABLE : judge_day(j, day, waiting, problem);
    }
    free(waiting);
    return status;
}

/* ---- keeping ---- */

static bool same_as_kept(const struct judging *j, uint32_t account, size_t from, size_t to, size_t *old) {
    while (*old < j->old.n && j->old.v[*old].account < account)
        ++*old;
    size_t at = *old;
    for (size_t i = from; i < to; i++, at++)
        if (at >= j->old.n || memcmp(&j->old.v[at], &j->steps.v[i], sizeof *j->old.v) != 0) return false;
    return at == j->old.n || j->old.v[at].account != account;
}

/* Whether milestones are still those that were judged: who changed one meanwhile wants the past judged by it,
 * which what is kept here would pass over. */
static enum status are_unchanged(const struct judging *j, struct session *session, bool *same,
                                 struct problem *problem) {
    struct milestone *list;
    size_t n;
    enum status status = milestones_load(session, j->arena, &list, &n, problem);
    *same = !status && n == j->milestone_count;
    for (size_t i = 0; *same && i < n; i++)
        *same = id_equal(list[i].id, j->milestones[i].id) && list[i].version == j->milestones[i].version;
    return status;
}

static enum status put_account(struct judging *j, struct session *session, struct id id, size_t from,
                               size_t to, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_milestone_step_forget);
    rows_bind_id(rows, "account", id);
    rows_next(rows);
    enum status status = rows_close(rows, problem);
    for (size_t i = from; i < to && !status; i++) {
        const struct milestone_step *step = &j->steps.v[i];
        rows = rows_open(session, &query_milestone_step_put);
        rows_bind_id(rows, "account", id);
        rows_bind_id(rows, "milestone", j->milestones[step->milestone].id);
        rows_bind_int(rows, "entered_on", step->entered_on);
        rows_bind_int(rows, "due_on", step->due_on);
        rows_bind_int(rows, "judged", step->judged);
        if (step->left_on == INT32_MAX)
            rows_bind_null(rows, "left_on");
        else
            rows_bind_int(rows, "left_on", step->left_on);
        if (step->reached_on == INT32_MAX)
            rows_bind_null(rows, "reached_on");
        else
            rows_bind_int(rows, "reached_on", step->reached_on);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    return status;
}

static enum status put_judged(struct session *session, struct id id, const struct judged *judged,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_milestone_judged_put);
    rows_bind_id(rows, "account", id);
    rows_bind_int(rows, "judged_to", judged->to);
    rows_bind_int(rows, "events", judged->events);
    rows_bind_int(rows, "signals", judged->signals);
    rows_next(rows);
    return rows_close(rows, problem);
}

static enum status keep(struct judging *j, struct problem *problem) {
    struct session *session = NULL;
    struct id *ids = arena_array(j->arena, j->n + 1, sizeof *ids);
    enum status status = OK;
    size_t old = 0, step = 0;
    bool same = true;
    directory_lock(j->house->directory);
    for (uint32_t a = (uint32_t)j->first; a < j->n; a++)
        ids[a] = directory_account(j->house->directory, a)->id;
    directory_unlock(j->house->directory);
    for (uint32_t a = (uint32_t)j->first; a < j->n && same && !status; a++) {
        size_t from = step;
        while (step < j->steps.n && j->steps.v[step].account == a)
            step++;
        bool changed = !same_as_kept(j, a, from, step, &old);
        bool later = j->kept[a].to != j->fresh[a].to || j->kept[a].events != j->fresh[a].events ||
                     j->kept[a].signals != j->fresh[a].signals;
        if (!changed && !later) continue;
        if (!session) {
            status = records_write(j->house->records, &session, problem);
            if (!status) status = are_unchanged(j, session, &same, problem);
            if (status || !same) break;
        }
        if (!status && changed) status = put_account(j, session, ids[a], from, step, problem);
        if (changed) VEC_PUSH(&j->changed, a);
        if (!status && later) status = put_judged(session, ids[a], &j->fresh[a], problem);
    }
    if (!session || status || !same) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

/* The facts about milestones read the rows just written. */
static enum status refresh(struct judging *j, struct problem *problem) {
    enum { MANY = 200 };
    enum status status = OK;
    if (j->changed.n > MANY) return insight_load(j->insight, problem);
    for (size_t i = 0; i < j->changed.n && !status; i++)
        status = insight_refresh(j->insight, j->changed.v[i], NULL, problem);
    return status;
}

static enum status judge(struct house *house, const bool *stop, struct id only, struct arena *arena,
                         struct milestone_steps *ret, struct problem *problem) {
    struct judging j = {.house = house,
                        .stop = stop,
                        .only = only,
                        .insight = house->insight,
                        .now = moment_now(house->insight),
                        .arena = arena};
    *ret = (struct milestone_steps){0};
    enum status status = load(&j, problem);
    if (!status && j.milestone_count) status = compile(&j, problem);
    if (!status && j.milestone_count) {
        find_changed(&j);
        lay_steps(&j);
        status = judge_days(&j, problem);
        if (!status) status = keep(&j, problem);
        if (!status) status = refresh(&j, problem);
    }
    if (!status) {
        ret->milestones = j.milestones;
        ret->milestone_count = j.milestone_count;
        ret->n = j.steps.n;
        ret->v = arena_copy(arena, j.steps.v, j.steps.n * sizeof *j.steps.v);
    }
    VEC_FREE(&j.old);
    VEC_FREE(&j.steps);
    VEC_FREE(&j.changed);
    return status;
}

enum status milestones_judge(struct house *house, struct arena *arena, struct milestone_steps *ret,
                             struct problem *problem) {
    return judge(house, NULL, (struct id){0}, arena, ret, problem);
}

enum status milestones_judge_until(struct house *house, const bool *stop, struct arena *arena,
                                   struct milestone_steps *ret, struct problem *problem) {
    return judge(house, stop, (struct id){0}, arena, ret, problem);
}

enum status milestones_judge_account(struct house *house, struct id account, struct arena *arena,
                                     struct milestone_steps *ret, struct problem *problem) {
    return judge(house, NULL, account, arena, ret, problem);
}
