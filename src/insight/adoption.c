#include "insight/adoption.h"

#include "customers/feature.h"
#include "insight/feature_map.h"

#include <stdlib.h>

enum { BLOCK = 256 };

/* ---- what an account may use, and when it works ---- */

enum status account_context_read(struct insight *insight, const struct catalogue *catalogue,
                                 const struct moment *moment, size_t n, struct arena *arena,
                                 struct account_context *ret, struct problem *problem) {
    static const char *const keys[] = {"plan", "subscription_plan", "country"};
    uint32_t facts[3];
    struct column columns[3];
    for (int i = 0; i < 3; i++)
        facts[i] = catalogue_find(catalogue, str_of(keys[i]));
    struct arena scratch = {0}; /* a context is kept for every period: its columns are not */
    enum status status =
        facts_evaluate(insight, catalogue, facts, 3, moment, 0, n, &scratch, columns, problem);
    if (status) {
        arena_free(&scratch);
        return status;
    }
    *ret = (struct account_context){.n = n,
                                    .plans = arena_array(arena, n + 1, sizeof *ret->plans),
                                    .countries = arena_array(arena, n + 1, sizeof *ret->countries),
                                    .starts = arena_array(arena, n + 1, sizeof *ret->starts)};
    const struct dict *texts[3];
    for (int i = 0; i < 3; i++)
        texts[i] = catalogue_fact(catalogue, facts[i])->texts;
    directory_lock(insight->parts.directory);
    for (size_t i = 0; i < n; i++) {
        for (int f = 0; f < 2 && !ret->plans[i].n; f++)
            if (columns[f].state[i] == FACT_KNOWN)
                ret->plans[i] = dict_key(texts[f], (uint32_t)columns[f].number[i]);
        if (columns[2].state[i] == FACT_KNOWN)
            ret->countries[i] = country_number(dict_key(texts[2], (uint32_t)columns[2].number[i]));
        ret->starts[i] = directory_account(insight->parts.directory, (uint32_t)i)->starts_on;
    }
    directory_unlock(insight->parts.directory);
    arena_free(&scratch);
    return OK;
}

enum entitled account_entitled(const struct account_context *context, const struct catalogue_feature *feature,
                               uint32_t account) {
    if (!feature->plans.n) return ENTITLED_YES;
    if (!context->plans[account].n) return ENTITLED_UNKNOWN;
    struct str rest = feature->plans, word;
    while ((word = feature_word(&rest)).p)
        if (str_equal(word, context->plans[account])) return ENTITLED_YES;
    return ENTITLED_NO;
}

void adoption_end_list(struct json_writer *w) {
    json_end_array(w);
    json_name(w, STR("next_cursor"));
    json_null(w);
    json_put_bool(w, "has_more", false);
}

/* ---- one account in one period ---- */

/* What is remembered of somebody. */
struct person {
    day_t first; /* ever active; INT32_MAX: never */
    day_t last;  /* the last day looked at */
    int32_t week;
    int32_t power_days;
    bool active, before;
};
struct following {
    const struct adoption_input *input;
    struct usage_uses uses;
    struct person *people; /* by number of the account */
    size_t capacity;
    uint8_t *used; /* by feature, 1 + place */
    day_t first;   /* of the account */
};

static void begin_account(struct following *f, uint32_t account, day_t before) {
    usage_uses_read(f->input->usage, account, before, &f->uses);
    size_t people = (size_t)f->uses.people + 1;
    if (f->capacity < people) {
        f->capacity = people * 2;
        free(f->people);
        f->people = memory_new(f->capacity * sizeof *f->people);
    }
    for (size_t i = 0; i < people; i++)
        f->people[i].first = INT32_MAX;
    for (size_t r = f->uses.n; r-- > 0;) /* the first day is met last */
        f->people[f->uses.v[r].person].first = f->uses.v[r].day;
    f->first = f->uses.n ? f->uses.v[0].day : INT32_MAX;
}

static void count_life(struct lifecycle *life, bool active, bool before, bool first) {
    if (active)
        *(first ? &life->new : before ? &life->returning : &life->resurrecting) += 1;
    else
        life->dormant += before;
}

static void count_breadth(struct following *f, const struct account_context *context, uint32_t account,
                          struct adoption_sums *sums) {
    const struct catalogue *catalogue = f->input->catalogue;
    size_t core = 0, used = 0;
    for (size_t i = 0; i < catalogue->feature_count; i++) {
        if (!catalogue->features[i].core) continue;
        enum entitled entitled = account_entitled(context, &catalogue->features[i], account);
        if (entitled == ENTITLED_UNKNOWN) {
            sums->breadth_unknown++;
            return;
        }
        core += entitled == ENTITLED_YES;
        used += entitled == ENTITLED_YES && f->used[i + 1];
    }
    if (!core) return;
    sums->breadth += (double)used / (double)core;
    sums->breadth_accounts++;
}

static void count_period(struct following *f, uint32_t account, const struct adoption_period *period,
                         const struct account_context *context, struct adoption_sums *sums) {
    const struct adoption_input *input = f->input;
    const struct workdays *workdays = input->catalogue->workdays;
    uint16_t country = context->countries[account];
    day_t start = context->starts[account], own = period->from, power_from = period->to - ADOPTION_DAYS;
    if (start != INT32_MIN && start > f->first) start = f->first; /* used before it was a customer */
    if (start != INT32_MIN && start > own) own = start;
    int32_t days = period->to - own, weeks = days / 7;
    uint64_t people = 0, person_days = 0, working_person_days = 0, weekly = 0, working = 0;
    bool active = false, before = false;
    for (size_t i = 0; i <= f->uses.people; i++)
        f->people[i] = (struct person){.first = f->people[i].first, .last = INT32_MIN, .week = -1};
    memset(f->used, 0, input->catalogue->feature_count + 1);
    for (day_t day = own; day < period->to; day++)
        working += workdays_working(workdays, country, day);

    for (size_t r = usage_uses_from(&f->uses, period->before < power_from ? period->before : power_from);
         r < f->uses.n && f->uses.v[r].day < period->to; r++) {
        const struct usage_use *use = &f->uses.v[r];
        struct person *person = use->person ? &f->people[use->person] : NULL;
        bool now = use->day >= period->from;
        before |= !now && use->day >= period->before;
        active |= now;
        if (now) {
            sums->events += use->count;
            sums->known_events += person ? use->count : 0;
            f->used[use->feature < input->map_n ? input->map[use->feature] : FEATURE_NONE] = 1;
        }
        if (!person || person->last == use->day) continue;
        person->last = use->day;
        person->power_days += use->day >= power_from;
        person->before |= !now && use->day >= period->before;
        if (!now) continue;
        people += !person->active;
        person->active = true;
        person_days++;
        working_person_days += workdays_working(workdays, country, use->day);
        int32_t week = (period->to - 1 - use->day) / 7;
        weekly += week < weeks && week != person->week;
        person->week = week;
    }
    count_life(&sums->of_accounts, active, before, f->first >= period->from);
    for (size_t i = 1; i <= f->uses.people; i++) {
        const struct person *person = &f->people[i];
        count_life(&sums->of_people, person->active, person->before, person->first >= period->from);
        sums->power += person->power_days >= input->power_days;
        sums->power_base += person->power_days > 0;
    }
    if (!active) return;
    sums->active++;
    count_breadth(f, context, account, sums);
    sums->people += people;
    sums->person_days += (double)person_days;
    sums->weeks_of_people += (double)people * days / 7;
    sums->daily += (double)person_days / days;
    if (working) {
        sums->working_daily += (double)working_person_days / (double)working;
        sums->working_people += people;
    }
    if (weeks >= 2) { /* a single week says nothing about coming again */
        sums->weekly += (double)weekly / weeks;
        sums->weekly_people += people;
    }
}

void adoption_measure(const struct adoption_input *input, struct adoption_sums *const *sums) {
    struct following f = {.input = input, .used = memory_new(input->catalogue->feature_count + 1)};
    size_t n = input->period_n ? input->selections[0].n : 0;
    day_t end = input->period_n ? input->periods[input->period_n - 1].to : 0;
    for (size_t p = 1; p < input->period_n; p++)
        if (input->selections[p].n < n) n = input->selections[p].n;
    for (size_t block = 0; block < n; block += BLOCK) {
        usage_read_lock(input->usage);
        for (uint32_t account = (uint32_t)block; account < n && account < block + BLOCK; account++) {
            bool read = false;
            for (size_t p = 0; p < input->period_n; p++) {
                const struct selection *selection = &input->selections[p];
                day_t start = input->contexts[p].starts[account];
                if (!selection->included[account]) continue;
                if (!read) begin_account(&f, account, end);
                read = true;
                if (start != INT32_MIN && start >= input->periods[p].to && f.first >= input->periods[p].to)
                    continue; /* not yet there */
                struct adoption_sums *of = &sums[p][selection->group ? selection->group[account] : 0];
                of->accounts++;
                count_period(&f, account, &input->periods[p], &input->contexts[p], of);
            }
        }
        usage_unlock(input->usage);
    }
    usage_uses_free(&f.uses);
    free(f.people);
    free(f.used);
}
