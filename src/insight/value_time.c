#include "insight/value_time.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/history.h"
#include "insight/usage_features.h"
#include "platform/records.h"
#include "signals/usage.h"

#include <math.h>

struct measuring {
    struct house *house;
    const struct moment *moment;
    struct value_event *events;
    size_t event_count;
    size_t n;
    double **since; /* by event: days from its first use to the moment; then one for any event */
    day_t first_heard;
    struct arena *arena;
};

/* ---- usage ---- */

static void read_usage(struct measuring *m) {
    struct insight *insight = m->house->insight;
    struct usage *usage = m->house->usage;
    size_t queries_n = m->event_count + 1;
    struct usage_query *queries = arena_array(m->arena, queries_n, sizeof *queries);
    const struct catalogue *catalogue = insight_catalogue(insight);
    m->since = arena_array(m->arena, queries_n, sizeof *m->since);
    for (size_t q = 0; q < queries_n; q++) {
        queries[q] = (struct usage_query){.measure = USAGE_FIRST_DAYS,
                                          .from = INT32_MIN,
                                          .to = m->moment->day,
                                          .today_too = m->moment->now,
                                          .known_at = m->moment->known_day};
        m->since[q] = arena_array(m->arena, m->n + 1, sizeof **m->since);
        if (q == m->event_count) continue;
        struct usage_fact fact = {
            .measure = USAGE_FIRST_DAYS, .features = &m->events[q].event, .feature_count = 1};
        usage_features(insight, catalogue, &fact, m->arena, &queries[q]);
    }
    int32_t age;
    uint8_t healthy;
    usage_read_lock(usage);
    usage_evaluate(usage, queries, queries_n, 0, m->n, m->since);
    usage_health(usage, m->moment->day + m->moment->now, &healthy, 1, &age, &m->first_heard);
    usage_unlock(usage);
}

/* ---- which definitions hold, and since when the time counts ---- */

/* Known at the moment, and not yet corrected then. */
static bool is_known(const struct signal_table *table, const struct signal_row *row,
                     const struct moment *moment) {
    int until = table->source->changes ? signal_number(table->source, STR("known_until")) : -1;
    return row->known_from <= moment->known_at &&
           !(until >= 0 && row->number[until] <= (double)moment->known_at);
}

static bool has_text(const struct signal_table *table, uint32_t account, const char *column, struct str value,
                     const struct moment *moment) {
    int at = signal_text(table->source, str_of(column));
    uint32_t word = dict_find(&table->texts[at], value);
    for (uint32_t i = 0; word != DICT_NONE && account < table->n && i < table->accounts[account].n; i++) {
        const struct signal_row *row = &table->accounts[account].rows[i];
        if (row->text[at] == word && row->occurred <= moment->at && is_known(table, row, moment)) return true;
    }
    return false;
}

static bool has_plan(const struct measuring *m, uint32_t account, struct str plan, struct arena *arena) {
    struct history_change *list;
    size_t n = history_of(m->house->insight, account, STR("plan"), m->moment, arena, &list);
    return (n && str_equal(list[n - 1].value, plan)) ||
           has_text(insight_table(m->house->insight, "subscriptions"), account, "plan", plan, m->moment);
}

/* How particular a definition is for the account; −1: not for it. */
static int fits(const struct measuring *m, const struct value_event *event, uint32_t account,
                struct arena *arena) {
    const struct signal_table *subscriptions = insight_table(m->house->insight, "subscriptions");
    if (event->product.n && !has_text(subscriptions, account, "product", event->product, m->moment))
        return -1;
    if (event->plan.n && !has_plan(m, account, event->plan, arena)) return -1;
    return (event->product.n > 0) + (event->plan.n > 0);
}

/* The first row of a source, of a kind where one is named; INT32_MIN: none. */
static day_t first_row(const struct measuring *m, const char *source, uint32_t account, const char *kind) {
    const struct insight *insight = m->house->insight;
    const struct signal_table *table = insight_table(insight, source);
    int at = kind ? signal_text(table->source, STR("kind")) : -1;
    for (uint32_t i = 0; account < table->n && i < table->accounts[account].n; i++) {
        const struct signal_row *row = &table->accounts[account].rows[i];
        if (!is_known(table, row, m->moment) || row->occurred > m->moment->at) continue;
        if (kind && (row->text[at] == NO_TEXT || !str_is(dict_key(&table->texts[at], row->text[at]), kind)))
            continue;
        return zone_day(insight->parts.zone, row->occurred);
    }
    return INT32_MIN;
}

static day_t start_of(const struct measuring *m, enum value_clock clock, uint32_t account, day_t starts_on) {
    if (clock == CLOCK_KICKOFF) return first_row(m, "activities", account, "meeting");
    if (clock == CLOCK_FIRST_EVENT) {
        double since = m->since[m->event_count][account];
        return isnan(since) ? INT32_MIN : m->moment->day - (day_t)since;
    }
    return starts_on != INT32_MIN ? starts_on : first_row(m, "subscriptions", account, NULL);
}

/* ---- cases ---- */

/* The first of the most particular definitions that was met; of none met, the one that started first. */
static bool make_case(const struct measuring *m, uint32_t account, day_t starts_on, struct arena *arena,
                      struct value_cases *cases, struct value_case *ret) {
    int best = -1;
    bool found = false;
    *ret = (struct value_case){.account = account, .reached = INT32_MIN, .start = INT32_MIN};
    for (size_t e = 0; e < m->event_count; e++) {
        int fit = fits(m, &m->events[e], account, arena);
        if (fit > best) best = fit;
    }
    if (best < 0) {
        cases->no_event++;
        return false;
    }
    for (size_t e = 0; e < m->event_count; e++) {
        if (fits(m, &m->events[e], account, arena) != best) continue;
        day_t start = start_of(m, (enum value_clock)m->events[e].clock, account, starts_on);
        if (start == INT32_MIN || start > m->moment->day || (start == m->moment->day && !m->moment->now))
            continue;
        double since = m->since[e][account];
        day_t reached = isnan(since) ? INT32_MIN : m->moment->day - (day_t)since;
        bool earlier = reached != INT32_MIN && (ret->reached == INT32_MIN || reached < ret->reached);
        if (found && !earlier) continue;
        found = true;
        ret->start = start;
        ret->reached = reached;
        ret->event = &m->events[e];
    }
    if (!found) {
        cases->no_start++;
        return false;
    }
    if (m->first_heard == INT32_MIN || ret->start < m->first_heard) {
        cases->no_data++;
        return false;
    }
    return true;
}

static void close_case(const struct measuring *m, struct value_case *one, struct arena *arena) {
    day_t lost = history_lost(m->house->insight, one->account, m->moment, arena);
    if (one->reached != INT32_MIN) {
        one->early = one->reached < one->start;
        if (one->early) one->reached = one->start;
        one->state = VALUE_REACHED;
        one->days = one->reached - one->start;
        return;
    }
    one->state = lost == INT32_MAX ? VALUE_WAITING : VALUE_LEFT;
    day_t until = lost == INT32_MAX ? m->moment->day : lost;
    one->days = until > one->start ? until - one->start : 0;
}

enum status value_cases_measure(struct house *house, const struct selection *selection,
                                const struct moment *moment, struct arena *arena, struct value_cases *ret,
                                struct problem *problem) {
    struct session *session = NULL;
    struct insight *insight = house->insight;
    struct measuring m = {.house = house, .moment = moment, .n = selection->n, .arena = arena};
    *ret = (struct value_cases){0};
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = value_events_load(session, arena, &m.events, &m.event_count, problem);
    session_rollback(session);
    if (status) return status;
    ret->definitions = m.event_count;
    read_usage(&m);
    day_t *starts = arena_array(arena, selection->n + 1, sizeof *starts);
    directory_lock(house->directory);
    for (uint32_t i = 0; i < selection->n; i++)
        starts[i] = directory_account(house->directory, i)->starts_on;
    directory_unlock(house->directory);
    ret->v = arena_array(arena, selection->count + 1, sizeof *ret->v);
    struct arena scratch = {0};
    pthread_rwlock_rdlock(&insight->lock);
    for (uint32_t i = 0; i < selection->n; i++, arena_reset(&scratch)) {
        struct value_case one;
        if (!selection->included[i] || !make_case(&m, i, starts[i], &scratch, ret, &one)) continue;
        close_case(&m, &one, &scratch);
        ret->v[ret->n++] = one;
    }
    pthread_rwlock_unlock(&insight->lock);
    arena_free(&scratch);
    return OK;
}
