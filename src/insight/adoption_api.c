#include "insight/adoption.h"

#include "insight/feature_map.h"
#include "platform/settings.h"

/* ---- periods ---- */

static enum status several(struct problem *problem) {
    return fail_at(problem, STR("period"),
                   MESSAGE("adoption_period_choice", "Give one of period, as_of, or by (with from and to).",
                           "یکی را بدهید: period، as_of، یا by (همراه from و to)."),
                   NO_ARGS);
}

/* The part of a calendar period that has closed. */
static bool close_period(const struct period *period, day_t today, struct arena *arena,
                         struct adoption_period *out) {
    struct period before = period_previous(period);
    *out = (struct adoption_period){before.from, period->from, period->to < today ? period->to : today,
                                    str_copy(arena, str_of(period->label))};
    return out->to > out->from;
}

static enum status one_period(struct str label, day_t today, struct arena *arena, struct adoption_period *out,
                              struct problem *problem) {
    struct period period = {0};
    const struct message *wrong = period_parse(label, &period);
    if (wrong) return fail_at(problem, STR("period"), *wrong, ARGS(label));
    if (close_period(&period, today, arena, out)) return OK;
    return fail_at(
        problem, STR("period"),
        MESSAGE(
            "period_not_begun", "No day of {0} has ended yet. Choose an earlier period.",
            "هنوز هیچ روزی از {0} به پایان نرسیده است. دورهٔ پیش‌تری برگزینید."),
        ARGS(label));
}

static enum status series(const struct request *request, int by, day_t today, struct arena *arena,
                          struct adoption_period **ret, size_t *n, struct problem *problem) {
    static const enum period_unit units[] = {PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};
    static const char *const calendars[] = {"gregorian", "persian", NULL};
    struct settings *settings = request->house->settings;
    int calendar = settings_choice(settings, SETTING_ORGANISATION_CALENDAR);
    day_t to = today - 1, from = INT32_MIN;
    enum status status = request_query_choice(request, "calendar", calendars, &calendar, problem);
    if (!status) status = request_query_day(request, "to", &to, problem);
    if (!status) status = request_query_day(request, "from", &from, problem);
    if (status) return status;
    if (from == INT32_MIN) from = to - 365;
    if (from > to)
        return fail_at(
            problem, STR("from"),
            MESSAGE("from_behind_to", "“from” must not lie behind “to”.", "«from» نباید پس از «to» باشد."),
            NO_ARGS);
    enum weekday start = (enum weekday)settings_choice(settings, SETTING_ORGANISATION_WEEK_START);
    *ret = arena_array(arena, ADOPTION_MOST_PERIODS, sizeof **ret);
    *n = 0;
    struct adoption_period next;
    for (struct period period = period_of(from, units[by], (enum calendar)calendar, start);
         period.from <= to && close_period(&period, today, arena, &next); period = period_next(&period)) {
        if (*n == ADOPTION_MOST_PERIODS)
            return fail_at(
                problem, STR("from"),
                MESSAGE(
                    "adoption_too_many", "That would be more than 120 periods. Choose longer or fewer ones.",
                    "این بیش از ۱۲۰ دوره می‌شود. دوره‌های بلندتر یا کمتری برگزینید."),
                NO_ARGS);
        (*ret)[(*n)++] = next;
    }
    return OK;
}

enum status request_periods(const struct request *request, struct arena *arena, struct adoption_period **ret,
                            size_t *n, struct problem *problem) {
    static const char *const units[] = {"week", "month", "quarter", "year", NULL};
    struct house *house = request->house;
    struct str label = request_query(request, "period");
    day_t today = zone_day(house->zone, clock_now(house->clock)), to = today;
    int by = -1;
    enum status status = request_query_choice(request, "by", units, &by, problem);
    if (!status) status = request_query_day(request, "as_of", &to, problem);
    if (status) return status;
    bool ends = request_query(request, "from").p || request_query(request, "to").p ||
                request_query(request, "calendar").p;
    if ((label.p != NULL) + (request_query(request, "as_of").p != NULL) + (by >= 0) > 1 || (ends && by < 0))
        return several(problem);
    if (by >= 0) return series(request, by, today, arena, ret, n, problem);
    if (to > today)
        return fail_at(
            problem, STR("as_of"),
            MESSAGE(
                "as_of_future", "The day lies in the future; facts are known up to today.",
                "این روز در آینده است؛ شاخص‌ها تا امروز معلوم‌اند."),
            NO_ARGS);
    *ret = arena_array(arena, 1, sizeof **ret);
    *n = 1;
    if (label.p) return one_period(label, today, arena, *ret, problem);
    **ret = (struct adoption_period){.before = to - 2 * ADOPTION_DAYS, .from = to - ADOPTION_DAYS, .to = to};
    return OK;
}

/* ---- rows ---- */

struct adoption_row {
    uint64_t has;
    struct str period, group;
    day_t from, to;
    int64_t accounts, active, people, events;
    double breadth;
    int64_t breadth_unknown;
    double events_per_person, days_per_week, dau_mau, working_dau_mau, wau_mau;
    int64_t power;
    double power_share;
    int64_t accounts_new, accounts_returning, accounts_resurrecting, accounts_dormant;
    int64_t people_new, people_returning, people_resurrecting, people_dormant;
    int64_t unjudged;
};
enum {
    AT_PERIOD,
    AT_FROM,
    AT_TO,
    AT_GROUP,
    AT_ACCOUNTS,
    AT_ACTIVE,
    AT_PEOPLE,
    AT_EVENTS,
    AT_BREADTH,
    AT_BREADTH_UNKNOWN,
    AT_PER_PERSON,
    AT_DAYS,
    AT_DAU,
    AT_WORKING,
    AT_WAU,
    AT_POWER,
    AT_POWER_SHARE
};
#define AT(member) offsetof(struct adoption_row, member)
#define COUNTED(name, member, en, fa, about)                                                                 \
    { name, FIELD_INT, FIELD_READ_ONLY, AT(member), .title = {en, fa}, .doc = about }
#define RATIO(name, member, en, fa, about)                                                                   \
    { name, FIELD_NUMBER, FIELD_READ_ONLY, AT(member), .title = {en, fa}, .doc = about }
static const struct field fields[] = {
    [AT_PERIOD] = {"period", FIELD_TEXT, FIELD_READ_ONLY, AT(period), .title = {"Period", "دوره"},
                   .doc = "Label of the calendar period; null for the trailing 28 days."},
    [AT_FROM] = {"from", FIELD_DATE, FIELD_READ_ONLY, AT(from), .title = {"From", "از"},
                 .doc = "First local day."},
    [AT_TO] = {"to", FIELD_DATE, FIELD_READ_ONLY, AT(to), .title = {"Before", "تا پیش از"},
               .doc = "The local day behind the last; of a period under way, today."},
    [AT_GROUP] = {"group", FIELD_TEXT, FIELD_READ_ONLY, AT(group), .title = {"Group", "گروه"},
                  .doc = "With split: the value of the fact; empty: not known."},
    [AT_ACCOUNTS] = COUNTED("accounts", accounts, "Accounts", "مشتریان", "Accounts that were there."),
    [AT_ACTIVE] =
        COUNTED("active_accounts", active, "Active accounts", "مشتریان فعال", "Accounts with an event."),
    [AT_PEOPLE] = COUNTED("people", people, "People", "افراد", "People with an event, at each account."),
    [AT_EVENTS] = COUNTED("events", events, "Events", "رویدادها", "Events."),
    [AT_BREADTH] = RATIO("breadth", breadth, "Breadth", "گستره",
                         "Core features used ÷ those the plan includes, mean over active accounts."),
    [AT_BREADTH_UNKNOWN] = COUNTED("breadth_unknown", breadth_unknown, "Plan not known", "طرح نامعلوم",
                                   "Active accounts whose breadth is unknown, because their plan is."),
    [AT_PER_PERSON] = RATIO("events_per_person", events_per_person, "Events a person", "رویداد هر نفر",
                            "Events of known people ÷ people."),
    [AT_DAYS] = RATIO("days_per_week", days_per_week, "Days a week", "روز در هفته",
                      "Active days of a person in a week, mean."),
    [AT_DAU] =
        RATIO("dau_mau", dau_mau, "DAU/MAU", "DAU/MAU", "Mean people of a day ÷ people of the period."),
    [AT_WORKING] = RATIO("working_dau_mau", working_dau_mau, "Working-day DAU/MAU", "DAU/MAU روزهای کاری",
                         "Mean people of a working day of the account ÷ people of the period."),
    [AT_WAU] = RATIO("wau_mau", wau_mau, "WAU/MAU", "WAU/MAU",
                     "Mean people of the period's whole weeks ÷ people of the period."),
    [AT_POWER] = COUNTED("power_users", power, "Power users", "کاربران پیگیر",
                         "People with enough active days in the last 28 days of the period."),
    [AT_POWER_SHARE] = RATIO("power_share", power_share, "Share of power users", "سهم کاربران پیگیر",
                             "Power users ÷ people active in those 28 days."),
    COUNTED("accounts_new", accounts_new, "New accounts", "مشتریان تازه", "Never active before."),
    COUNTED("accounts_returning", accounts_returning, "Returning accounts", "مشتریان ماندگار",
            "Active in the period before too."),
    COUNTED("accounts_resurrecting", accounts_resurrecting, "Resurrecting accounts", "مشتریان بازگشته",
            "Active before, but not in the period before."),
    COUNTED("accounts_dormant", accounts_dormant, "Dormant accounts", "مشتریان خاموش‌شده",
            "Active in the period before, not in this one."),
    COUNTED("people_new", people_new, "New people", "افراد تازه", "Never active before."),
    COUNTED("people_returning", people_returning, "Returning people", "افراد ماندگار",
            "Active in the period before too."),
    COUNTED("people_resurrecting", people_resurrecting, "Resurrecting people", "افراد بازگشته",
            "Active before, but not in the period before."),
    COUNTED("people_dormant", people_dormant, "Dormant people", "افراد خاموش‌شده",
            "Active in the period before, not in this one."),
    COUNTED("unjudged", unjudged, "Could not be judged", "داوری‌ناپذیر",
            "Accounts left out because the rule of where or segment could not be judged."),
};
RECORD_TYPE(adoption_type, "Adoption", struct adoption_row, fields);

static void ratio(struct adoption_row *row, int field, double *to, double part, double whole) {
    if (!(whole > 0)) {
        row->has &= ~((uint64_t)1 << field);
        return;
    }
    *to = part / whole;
}

static struct adoption_row row_of(const struct adoption_period *period, const struct adoption_sums *sums,
                                  const struct selection *selection, size_t group) {
    struct adoption_row row = {
        .has = UINT64_MAX,
        .period = period->label,
        .from = period->from,
        .to = period->to,
        .accounts = (int64_t)sums->accounts,
        .active = (int64_t)sums->active,
        .people = (int64_t)sums->people,
        .events = (int64_t)sums->events,
        .breadth_unknown = (int64_t)sums->breadth_unknown,
        .power = (int64_t)sums->power,
        .accounts_new = (int64_t)sums->of_accounts.new,
        .accounts_returning = (int64_t)sums->of_accounts.returning,
        .accounts_resurrecting = (int64_t)sums->of_accounts.resurrecting,
        .accounts_dormant = (int64_t)sums->of_accounts.dormant,
        .people_new = (int64_t)sums->of_people.new,
        .people_returning = (int64_t)sums->of_people.returning,
        .people_resurrecting = (int64_t)sums->of_people.resurrecting,
        .people_dormant = (int64_t)sums->of_people.dormant,
        .unjudged = (int64_t)selection->unjudged,
    };
    if (!row.period.n) row.has &= ~((uint64_t)1 << AT_PERIOD);
    if (selection->group)
        row.group = selection->groups[group].key.n ? selection->groups[group].key : STR("");
    else
        row.has &= ~((uint64_t)1 << AT_GROUP);
    double people = (double)sums->people;
    ratio(&row, AT_BREADTH, &row.breadth, sums->breadth, (double)sums->breadth_accounts);
    ratio(&row, AT_PER_PERSON, &row.events_per_person, (double)sums->known_events, people);
    ratio(&row, AT_DAYS, &row.days_per_week, sums->person_days, sums->weeks_of_people);
    ratio(&row, AT_DAU, &row.dau_mau, sums->daily, people);
    ratio(&row, AT_WORKING, &row.working_dau_mau, sums->working_daily, (double)sums->working_people);
    ratio(&row, AT_WAU, &row.wau_mau, sums->weekly, (double)sums->weekly_people);
    ratio(&row, AT_POWER_SHARE, &row.power_share, (double)sums->power, (double)sums->power_base);
    return row;
}

const struct route_query adoption_query[] = {
    ADOPTION_PERIOD_QUERY, ADOPTION_SERIES_QUERY, SELECTION_QUERY, SPLIT_QUERY, {NULL, NULL},
};

enum status adoption_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct adoption_period *periods = NULL;
    struct selector selector;
    struct adoption_input input = {
        .usage = house->usage, .power_days = (int)settings_int(house->settings, SETTING_ADOPTION_POWER_DAYS)};
    enum status status = request_periods(request, arena, &periods, &input.period_n, problem);
    if (!status) status = request_selector(request, &selector, problem);
    if (status) return status;
    input.catalogue = selector.catalogue;
    input.periods = periods;
    input.map = feature_map_of(house->insight, selector.catalogue, arena, &input.map_n);
    struct selection *selections = arena_array(arena, input.period_n + 1, sizeof *selections);
    struct account_context *contexts = arena_array(arena, input.period_n + 1, sizeof *contexts);
    struct adoption_sums **sums = arena_array(arena, input.period_n + 1, sizeof *sums);
    for (size_t p = 0; p < input.period_n && !status; p++) {
        struct moment moment = moment_of_day(house->insight, periods[p].to);
        status = selector_apply(&selector, &moment, arena, &selections[p], problem);
        if (!status)
            status = account_context_read(house->insight, selector.catalogue, &moment, selections[p].n, arena,
                                          &contexts[p], problem);
        if (!status)
            sums[p] =
                arena_array(arena, selections[p].group ? selections[p].group_count + 1 : 1, sizeof **sums);
    }
    if (status) return status;
    input.selections = selections;
    input.contexts = contexts;
    adoption_measure(&input, sums);

    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t p = 0; p < input.period_n; p++) {
        size_t groups = selections[p].group ? selections[p].group_count : 1;
        for (size_t g = 0; g < groups; g++) {
            struct adoption_row row = row_of(&periods[p], &sums[p][g], &selections[p], g);
            fields_encode(&adoption_type, &row, &w);
        }
    }
    adoption_end_list(&w);
    json_end_object(&w);
    return OK;
}
