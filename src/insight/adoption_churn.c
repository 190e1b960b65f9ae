/* Activity churn: customers without a contract are active at t when an event lies within max_inactive days
 * before t (metrics.md; Gold, Fighting Churn with Data 2.3). Of those active at the start of a period, the
 * share that is not active at its end has churned, whatever happened between. Who belongs to a segment or a
 * group is asked at the start. */
#include "insight/adoption.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 256, MAX_INACTIVE = 28 };

struct churn_sums {
    uint64_t start, retained, end; /* active at the start; of them at the end; at the end at all */
};

struct churning {
    struct usage *usage;
    const struct adoption_period *periods;
    const struct selection *selections;
    size_t period_n;
    day_t inactive;
    bool people;
};

enum { AT_START = 1, AT_END = 2 };

static void count_account(const struct churning *c, struct usage_uses *uses, uint8_t *seen, size_t p,
                          struct churn_sums *sums) {
    const day_t ends[2] = {c->periods[p].from, c->periods[p].to};
    size_t units = c->people ? (size_t)uses->people + 1 : 1;
    memset(seen, 0, units);
    for (int e = 0; e < 2; e++)
        for (size_t r = usage_uses_from(uses, ends[e] - c->inactive); r < uses->n && uses->v[r].day < ends[e];
             r++)
            if (!c->people || uses->v[r].person)
                seen[c->people ? uses->v[r].person : 0] |= e ? AT_END : AT_START;
    for (size_t i = 0; i < units; i++) {
        sums->start += (seen[i] & AT_START) != 0;
        sums->end += (seen[i] & AT_END) != 0;
        sums->retained += seen[i] == (AT_START | AT_END);
    }
}

static void measure(const struct churning *c, struct churn_sums *const *sums) {
    struct usage_uses uses = {0};
    size_t n = c->selections[0].n, room = 0;
    uint8_t *seen = NULL;
    day_t end = c->periods[c->period_n - 1].to;
    for (size_t block = 0; block < n; block += BLOCK) {
        usage_read_lock(c->usage);
        for (uint32_t account = (uint32_t)block; account < n && account < block + BLOCK; account++) {
            bool read = false;
            for (size_t p = 0; p < c->period_n; p++) {
                const struct selection *selection = &c->selections[p];
                if (account >= selection->n || !selection->included[account]) continue;
                if (!read) usage_uses_read(c->usage, account, end, &uses);
                read = true;
                if (room <= uses.people) {
                    room = ((size_t)uses.people + 1) * 2;
                    seen = memory_resize(seen, room);
                }
                count_account(c, &uses, seen, p, &sums[p][selection->group ? selection->group[account] : 0]);
            }
        }
        usage_unlock(c->usage);
    }
    usage_uses_free(&uses);
    free(seen);
}

struct churn_row {
    uint64_t has;
    struct str period, group;
    day_t from, to;
    int64_t start, churned, retained, joined, end;
    double churn, monthly, annual;
    int64_t unjudged;
};
enum {
    AT_PERIOD,
    AT_FROM,
    AT_TO,
    AT_GROUP,
    AT_ACTIVE,
    AT_CHURNED,
    AT_RETAINED,
    AT_JOINED,
    AT_LAST,
    AT_CHURN,
    AT_MONTHLY,
    AT_ANNUAL
};
#define AT(member) offsetof(struct churn_row, member)
#define COUNTED(name, member, en, fa, about)                                                                 \
    { name, FIELD_INT, FIELD_READ_ONLY, AT(member), .title = {en, fa}, .doc = about }
#define RATE(name, member, en, fa, about)                                                                    \
    { name, FIELD_NUMBER, FIELD_READ_ONLY, AT(member), .title = {en, fa}, .doc = about }
static const struct field fields[] = {
    [AT_PERIOD] = {"period", FIELD_TEXT, FIELD_READ_ONLY, AT(period), .title = {"Period", "دوره"},
                   .doc = "Label of the calendar period; null for the trailing 28 days."},
    [AT_FROM] = {"from", FIELD_DATE, FIELD_READ_ONLY, AT(from), .title = {"From", "از"},
                 .doc = "First local day: the start."},
    [AT_TO] = {"to", FIELD_DATE, FIELD_READ_ONLY, AT(to), .title = {"Before", "تا پیش از"},
               .doc = "The local day behind the last: the end."},
    [AT_GROUP] = {"group", FIELD_TEXT, FIELD_READ_ONLY, AT(group), .title = {"Group", "گروه"},
                  .doc = "With split: the value of the fact at the start; empty: not known."},
    [AT_ACTIVE] = COUNTED("start", start, "Active at start", "فعال در آغاز",
                          "Active at the start: an event within max_inactive days before it."),
    [AT_CHURNED] =
        COUNTED("churned", churned, "Churned", "ریزش‌کرده", "Of them, not active at the end."),
    [AT_RETAINED] = COUNTED("retained", retained, "Retained", "مانده", "Of them, active at the end."),
    [AT_JOINED] = COUNTED("joined", joined, "Joined", "پیوسته", "Active at the end, not at the start."),
    [AT_LAST] = COUNTED("end", end, "Active at end", "فعال در پایان", "Active at the end."),
    [AT_CHURN] = RATE("churn", churn, "Churn", "ریزش", "Churned ÷ active at the start; null without any."),
    [AT_MONTHLY] = RATE("monthly", monthly, "A month", "ماهانه", "1 − (1 − churn)^((365 ÷ 12) ÷ days)."),
    [AT_ANNUAL] = RATE("annual", annual, "A year", "سالانه", "1 − (1 − churn)^(365 ÷ days)."),
    COUNTED("unjudged", unjudged, "Could not be judged", "داوری‌ناپذیر",
            "Accounts left out because the rule of where or segment could not be judged."),
};
RECORD_TYPE(adoption_churn_type, "ActivityChurn", struct churn_row, fields);

static struct churn_row row_of(const struct adoption_period *period, const struct churn_sums *sums,
                               const struct selection *selection, size_t group) {
    struct churn_row row = {.has = UINT64_MAX,
                            .period = period->label,
                            .from = period->from,
                            .to = period->to,
                            .start = (int64_t)sums->start,
                            .retained = (int64_t)sums->retained,
                            .churned = (int64_t)(sums->start - sums->retained),
                            .joined = (int64_t)(sums->end - sums->retained),
                            .end = (int64_t)sums->end,
                            .unjudged = (int64_t)selection->unjudged};
    if (!row.period.n) row.has &= ~((uint64_t)1 << AT_PERIOD);
    if (selection->group)
        row.group = selection->groups[group].key.n ? selection->groups[group].key : STR("");
    else
        row.has &= ~((uint64_t)1 << AT_GROUP);
    if (!sums->start) {
        row.has &= ~((uint64_t)1 << AT_CHURN | (uint64_t)1 << AT_MONTHLY | (uint64_t)1 << AT_ANNUAL);
        return row;
    }
    double kept = (double)sums->retained / (double)sums->start, days = period->to - period->from;
    row.churn = 1 - kept;
    row.monthly = 1 - pow(kept, 365.0 / 12 / days);
    row.annual = 1 - pow(kept, 365 / days);
    return row;
}

const struct route_query adoption_churn_query[] = {
    {"max_inactive",
     "Days without an event after which somebody is no longer active, 1 to 3,650; 28 unless given."},
    {"unit", "account (default) or person."},
    ADOPTION_PERIOD_QUERY,
    ADOPTION_SERIES_QUERY,
    SELECTION_QUERY,
    SPLIT_QUERY,
    {NULL, NULL},
};

enum status adoption_handle_churn(struct request *request, struct response *response,
                                  struct problem *problem) {
    static const char *const units[] = {"account", "person", NULL};
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct adoption_period *periods = NULL;
    struct selector selector;
    struct churning c = {.usage = house->usage};
    int64_t inactive = MAX_INACTIVE;
    int unit = 0;
    enum status status = request_query_int(request, "max_inactive", 1, WINDOW_MOST_DAYS, &inactive, problem);
    if (!status) status = request_query_choice(request, "unit", units, &unit, problem);
    if (!status) status = request_periods(request, arena, &periods, &c.period_n, problem);
    if (!status) status = request_selector(request, &selector, problem);
    if (status) return status;
    c.periods = periods;
    c.inactive = (day_t)inactive;
    c.people = unit == 1;
    struct selection *selections = arena_array(arena, c.period_n + 1, sizeof *selections);
    struct churn_sums **sums = arena_array(arena, c.period_n + 1, sizeof *sums);
    for (size_t p = 0; p < c.period_n && !status; p++) {
        struct moment moment = moment_of_day(house->insight, periods[p].from);
        status = selector_apply(&selector, &moment, arena, &selections[p], problem);
        if (!status)
            sums[p] =
                arena_array(arena, selections[p].group ? selections[p].group_count + 1 : 1, sizeof **sums);
    }
    if (status) return status;
    c.selections = selections;
    if (c.period_n) measure(&c, sums);

    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t p = 0; p < c.period_n; p++) {
        size_t groups = selections[p].group ? selections[p].group_count : 1;
        for (size_t g = 0; g < groups; g++) {
            struct churn_row row = row_of(&periods[p], &sums[p][g], &selections[p], g);
            fields_encode(&adoption_churn_type, &row, &w);
        }
    }
    adoption_end_list(&w);
    json_end_object(&w);
    return OK;
}
