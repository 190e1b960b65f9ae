/* Licences in use by the age of the customer, and accounts whose use has dropped. */
#include "insight/adoption.h"

#include "insight/fact_series.h"
#include "insight/health.h"

#include <math.h>
#include <stdlib.h>

static enum status ask(struct request *request, struct moment *moment, struct selector *selector,
                       struct selection *selection, struct problem *problem) {
    enum status status = request_moment(request, moment, problem);
    if (!status && moment->now)
        *moment = moment_of_day(request->house->insight, moment->day); /* closed days */
    if (!status) status = request_selector(request, selector, problem);
    if (!status) status = selector_apply(selector, moment, request->arena, selection, problem);
    return status;
}

/* ---- licences ---- */

struct licence_row {
    uint64_t has;
    int64_t from_days, to_days, accounts, unknown, seats, people;
    double utilisation, median;
    int64_t idle, over;
};
enum { AT_FROM, AT_TO, AT_ACCOUNTS, AT_UNKNOWN, AT_SEATS, AT_PEOPLE, AT_UTILISATION, AT_MEDIAN };
#define AT(member) offsetof(struct licence_row, member)
static const struct field licence_fields[] = {
    [AT_FROM] = {"age_from", FIELD_INT, FIELD_READ_ONLY, AT(from_days),
                 .title = {"Days a customer", "روز مشتری"}, .doc = "Days as a customer, from."},
    [AT_TO] = {"age_to", FIELD_INT, FIELD_READ_ONLY, AT(to_days), .title = {"up to", "تا"},
               .doc = "To, inclusive; null: and older."},
    [AT_ACCOUNTS] = {"accounts", FIELD_INT, FIELD_READ_ONLY, AT(accounts), .title = {"Accounts", "مشتریان"},
                     .doc = "Accounts of that age with seats and known use."},
    [AT_UNKNOWN] = {"unknown", FIELD_INT, FIELD_READ_ONLY, AT(unknown), .title = {"Not known", "نامعلوم"},
                    .doc = "Accounts of that age whose seats or use are not known; left out."},
    [AT_SEATS] = {"seats", FIELD_INT, FIELD_READ_ONLY, AT(seats), .title = {"Seats", "صندلی‌ها"},
                  .doc = "Seats bought."},
    [AT_PEOPLE] = {"people", FIELD_INT, FIELD_READ_ONLY, AT(people), .title = {"People", "افراد"},
                   .doc = "Active people of 28 days."},
    [AT_UTILISATION] = {"utilisation", FIELD_NUMBER, FIELD_READ_ONLY, AT(utilisation),
                        .title = {"In use", "در حال استفاده"}, .doc = "People ÷ seats; null without seats."},
    [AT_MEDIAN] = {"median", FIELD_NUMBER, FIELD_READ_ONLY, AT(median), .title = {"Median", "میانه"},
                   .doc = "Median of the accounts' own shares."},
    {"idle", FIELD_INT, FIELD_READ_ONLY, AT(idle), .title = {"Idle", "بی‌استفاده"},
     .doc = "Accounts without any active person."},
    {"over", FIELD_INT, FIELD_READ_ONLY, AT(over), .title = {"Beyond the seats", "بیش از صندلی"},
     .doc = "Accounts with more active people than seats."},
};
#undef AT
RECORD_TYPE(adoption_licences_type, "LicenceUse", struct licence_row, licence_fields);

const struct route_query adoption_licences_query[] = {
    {"as_of", "YYYY-MM-DD: as of the start of this day; today unless given."},
    {"known_at", "YYYY-MM-DD: only what could be known then."},
    SELECTION_QUERY,
    {NULL, NULL},
};

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum status adoption_handle_licences(struct request *request, struct response *response,
                                     struct problem *problem) {
    static const int64_t ages[] = {0, 90, 180, 365, 730, INT64_MAX};
    enum { BANDS = COUNT(ages) - 1 };
    static const char *const keys[] = {"tenure_days", "seats", "active_users_28d"};
    struct arena *arena = request->arena;
    struct moment moment;
    struct selector selector;
    struct selection selection;
    enum status status = ask(request, &moment, &selector, &selection, problem);
    if (status) return status;
    uint32_t facts[3];
    struct column columns[3];
    for (int i = 0; i < 3; i++)
        facts[i] = catalogue_find(selector.catalogue, str_of(keys[i]));
    status = facts_evaluate(request->house->insight, selector.catalogue, facts, 3, &moment, 0, selection.n,
                            arena, columns, problem);
    if (status) return status;
    const struct column *age = &columns[0], *seats = &columns[1], *people = &columns[2];
    struct licence_row rows[BANDS] = {0};
    double *shares = arena_array(arena, selection.n + 1, sizeof *shares);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (int band = 0; band < BANDS; band++) {
        struct licence_row *row = &rows[band];
        size_t n = 0;
        for (size_t i = 0; i < selection.n; i++) {
            if (!selection.included[i] || age->state[i] != FACT_KNOWN ||
                age->number[i] < (double)ages[band] || age->number[i] >= (double)ages[band + 1] ||
                seats->state[i] == FACT_NOT_APPLICABLE)
                continue;
            if (seats->state[i] != FACT_KNOWN || people->state[i] != FACT_KNOWN) {
                row->unknown++;
                continue;
            }
            row->seats += (int64_t)seats->number[i];
            row->people += (int64_t)people->number[i];
            row->idle += people->number[i] == 0;
            row->over += people->number[i] > seats->number[i];
            shares[n++] = people->number[i] / seats->number[i];
        }
        row->has = UINT64_MAX;
        row->from_days = ages[band];
        row->to_days = ages[band + 1] - 1;
        row->accounts = (int64_t)n;
        if (band == BANDS - 1) row->has &= ~((uint64_t)1 << AT_TO);
        if (n) {
            qsort(shares, n, sizeof *shares, ascending);
            row->median = n % 2 ? shares[n / 2] : (shares[n / 2 - 1] + shares[n / 2]) / 2;
            row->utilisation = (double)row->people / (double)row->seats;
        } else {
            row->has &= ~((uint64_t)1 << AT_MEDIAN | (uint64_t)1 << AT_UTILISATION);
        }
        fields_encode(&adoption_licences_type, row, &w);
    }
    adoption_end_list(&w);
    json_end_object(&w);
    return OK;
}

/* ---- drops ---- */

enum { DROP_MOST = 1000, BLOCK = 512 };

struct drop_row {
    uint64_t has;
    struct str account, name;
    double people_usual, people_now, people_deviation, events_usual, events_now, events_deviation;
};
enum { AT_PEOPLE_DEVIATION = 4, AT_EVENTS_DEVIATION = 7 };
#define AT(member) offsetof(struct drop_row, member)
#define DAILY(name, member, en, fa, about)                                                                   \
    { name, FIELD_NUMBER, FIELD_READ_ONLY, AT(member), .title = {en, fa}, .doc = about }
static const struct field drop_fields[] = {
    {"account", FIELD_TEXT, FIELD_READ_ONLY, AT(account), .title = {"Account", "مشتری"},
     .doc = "Key of the account."},
    {"name", FIELD_TEXT, FIELD_READ_ONLY, AT(name), .title = {"Name", "نام"}, .doc = "Name of the account."},
    DAILY("people_usual", people_usual, "People, usual day", "افراد، روز معمول",
          "People of the usual working day."),
    DAILY("people_now", people_now, "now", "اکنون", "People of a working day of the window."),
    [AT_PEOPLE_DEVIATION] = DAILY("people_deviation", people_deviation, "Deviation", "انحراف",
                                  "In robust standard deviations; null: no measure."),
    DAILY("events_usual", events_usual, "Events, usual day", "رویداد، روز معمول",
          "Events of the usual working day."),
    DAILY("events_now", events_now, "now", "اکنون", "Events of a working day of the window."),
    [AT_EVENTS_DEVIATION] = DAILY("events_deviation", events_deviation, "Deviation", "انحراف",
                                  "In robust standard deviations; null: no measure."),
};
#undef AT
RECORD_TYPE(adoption_drop_type, "UsageDrop", struct drop_row, drop_fields);

const struct route_query adoption_drops_query[] = {
    {"as_of", "YYYY-MM-DD: the days before it; today unless given."},
    {"known_at", "YYYY-MM-DD: only what could be known then."},
    {"window", "Days that are held against the eight weeks before, 1 to 28; 7 unless given."},
    {"beyond", "How many robust standard deviations below the usual, 1 to 100; 3 unless given."},
    {"limit", "Most rows, the deepest drops first; 50 unless given, at most 1,000."},
    SELECTION_QUERY,
    {NULL, NULL},
};

static int deepest(const void *a, const void *b) {
    const struct drop_row *x = a, *y = b;
    double left = fmin(x->people_deviation, x->events_deviation),
           right = fmin(y->people_deviation, y->events_deviation);
    if (left != right) return left < right ? -1 : 1;
    return str_compare(x->account, y->account);
}

struct drops {
    struct drop_row *v;
    size_t n, judged, without_base;
    bool silent;
};

/* Accounts [first, first + n): with working days alone, since a weekend without use is as usual as ever. */
static void find_drops(struct house *house, const struct catalogue *catalogue, const struct moment *moment,
                       int window, double beyond, const struct selection *selection,
                       const struct account_context *context, uint32_t first, size_t n, double *people,
                       double *events, struct drops *drops, struct arena *arena) {
    int days = BASELINE_DAYS + window;
    day_t from = moment->day - days;
    uint8_t counts[BASELINE_DAYS + BASELINE_MOST_DAYS];
    usage_read_lock(house->usage);
    usage_series(house->usage, USAGE_USERS, NULL, 0, from, moment->day, moment->known_day, first, n, people);
    usage_series(house->usage, USAGE_EVENTS, NULL, 0, from, moment->day, moment->known_day, first, n, events);
    usage_unlock(house->usage);
    for (size_t i = 0; i < n; i++) {
        uint32_t account = first + (uint32_t)i;
        day_t start = context->starts[account];
        if (!selection->included[account] || (start != INT32_MIN && start >= moment->day)) continue;
        for (int day = 0; day < days; day++)
            counts[day] = (start == INT32_MIN || from + day >= start) &&
                          workdays_working(catalogue->workdays, context->countries[account], from + day);
        struct drop_row row = {.has = UINT64_MAX};
        row.people_deviation =
            baseline_deviation(people + i * (size_t)days, counts, window, &row.people_usual, &row.people_now);
        row.events_deviation =
            baseline_deviation(events + i * (size_t)days, counts, window, &row.events_usual, &row.events_now);
        bool none = isnan(row.people_deviation) && isnan(row.events_deviation);
        drops->judged += !none;
        drops->without_base += none;
        if (!(row.people_deviation <= -beyond) && !(row.events_deviation <= -beyond)) continue;
        if (isnan(row.people_deviation)) row.has &= ~((uint64_t)1 << AT_PEOPLE_DEVIATION);
        if (isnan(row.events_deviation)) row.has &= ~((uint64_t)1 << AT_EVENTS_DEVIATION);
        directory_lock(house->directory);
        const struct directory_account *of = directory_account(house->directory, account);
        row.account = str_copy(arena, of->key);
        row.name = str_copy(arena, of->name);
        directory_unlock(house->directory);
        drops->v[drops->n++] = row;
    }
}

enum status adoption_handle_drops(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct moment moment;
    struct selector selector;
    struct selection selection;
    struct account_context context;
    int64_t window = 7, beyond = 3, limit = 50;
    enum status status = request_query_int(request, "window", 1, BASELINE_MOST_DAYS, &window, problem);
    if (!status) status = request_query_int(request, "beyond", 1, 100, &beyond, problem);
    if (!status) status = request_query_int(request, "limit", 1, DROP_MOST, &limit, problem);
    if (!status) status = ask(request, &moment, &selector, &selection, problem);
    if (!status)
        status = account_context_read(house->insight, selector.catalogue, &moment, selection.n, arena,
                                      &context, problem);
    if (status) return status;
    size_t days = BASELINE_DAYS + (size_t)window;
    uint8_t *healthy = arena_alloc(arena, days);
    int32_t age;
    day_t heard;
    usage_read_lock(house->usage);
    usage_health(house->usage, moment.day, healthy, days, &age, &heard);
    usage_unlock(house->usage);
    struct drops drops = {.v = arena_array(arena, selection.n + 1, sizeof *drops.v),
                          .silent = heard == INT32_MIN || !healthy[window - 1]};
    double *people = arena_array(arena, BLOCK * days, sizeof *people),
           *events = arena_array(arena, BLOCK * days, sizeof *events);
    for (size_t first = 0; first < selection.n && !drops.silent; first += BLOCK)
        find_drops(house, selector.catalogue, &moment, (int)window, (double)beyond, &selection, &context,
                   (uint32_t)first, selection.n - first < BLOCK ? selection.n - first : BLOCK, people, events,
                   &drops, arena);
    qsort(drops.v, drops.n, sizeof *drops.v, deepest);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < drops.n && i < (size_t)limit; i++)
        fields_encode(&adoption_drop_type, &drops.v[i], &w);
    adoption_end_list(&w);
    json_put_int(&w, "drops", (int64_t)drops.n);
    json_put_int(&w, "judged", (int64_t)drops.judged);
    json_put_int(&w, "without_base", (int64_t)drops.without_base);
    json_put_bool(&w, "source_silent", drops.silent); /* then nobody could be judged */
    json_end_object(&w);
    return OK;
}
