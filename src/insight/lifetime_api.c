#include "insight/lifetime.h"

#include "base/format.h"
#include "base/vec.h"
#include "insight/figure.h"
#include "statistics/proportion.h"

#include <math.h>
#include <stdlib.h>

const struct route_query lifetime_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {"calendar", "gregorian or persian months; the organisation's where absent."},
    {"window", "Months whose churn the simple value takes; 12 unless given."},
    SELECTION_QUERY,
    SPLIT_QUERY,
    {NULL, NULL},
};

enum row_field {
    ROW_GROUP,
    ROW_CUSTOMERS,
    ROW_LOST,
    ROW_EXPOSED,
    ROW_ARPA,
    ROW_CHURN,
    ROW_CHURN_LOW,
    ROW_CHURN_HIGH,
    ROW_SIMPLE_STATE,
    ROW_SIMPLE,
    ROW_SIMPLE_LOW,
    ROW_SIMPLE_HIGH,
    ROW_CONTRACT_STATE,
    ROW_CONTRACT,
    ROW_CONTRACT_LOW,
    ROW_CONTRACT_HIGH,
    ROW_CONTRACT_MONTHS,
    ROW_WATCHED,
    ROW_ENDED,
    ROW_REMAINING,
    ROW_REMAINING_TOTAL,
    ROW_BEYOND,
    ROW_FIELDS
};
static const char *const states[] = {"ok", "capped", "too_few", "too_short", "nobody", NULL};
#define AT(member) offsetof(struct lifetime_row, member)
#define COUNTED(name, member, en, fa, what)                                                                  \
    { name, FIELD_INT, 0, AT(member), .title = {en, fa}, .doc = what }
#define NUMBER(name, member, en, fa, what)                                                                   \
    { name, FIELD_NUMBER, 0, AT(member), .title = {en, fa}, .doc = what }
static const struct field fields[ROW_FIELDS] = {
    [ROW_GROUP] = {"group", FIELD_TEXT, 0, AT(group), .title = {"Group", "گروه"},
                   .doc = "Value of the split, empty where it is not known; null: all."},
    [ROW_CUSTOMERS] = COUNTED("customers", customers, "Customers", "مشتری", "With revenue at as_of."),
    [ROW_LOST] = COUNTED("lost", lost, "Lost", "ازدست‌رفته", "Customers lost in the window."),
    [ROW_EXPOSED] =
        COUNTED("exposed", exposed, "Customer-months", "مشتری-ماه", "Customer-months in the window."),
    [ROW_ARPA] = NUMBER("arpa", arpa, "A month", "ماهانه", "Revenue of a customer in a month, minor units."),
    [ROW_CHURN] =
        NUMBER("churn", churn, "Churn, % a month", "ریزش، ٪ در ماه", "Lost ÷ customer-months × 100."),
    [ROW_CHURN_LOW] = NUMBER("churn_low", churn_low, "From", "از", "Lower end of its 95 % interval, Wilson."),
    [ROW_CHURN_HIGH] = NUMBER("churn_high", churn_high, "To", "تا", "Upper end."),
    [ROW_SIMPLE_STATE] = {"simple_state", FIELD_ENUM, 0, AT(simple_state), .options = states,
                          .title = {"Simple is", "وضعیت ساده"}, .doc = "ok, capped, too_few or nobody."},
    [ROW_SIMPLE] =
        NUMBER("simple", simple, "Simple", "ساده", "ARPA × margin ÷ churn, minor units; null: refused."),
    [ROW_SIMPLE_LOW] = NUMBER("simple_low", simple_low, "From", "از", "At the upper end of the churn."),
    [ROW_SIMPLE_HIGH] = NUMBER("simple_high", simple_high, "To", "تا", "At the lower end of the churn."),
    [ROW_CONTRACT_STATE] = {"contract_state", FIELD_ENUM, 0, AT(contract_state), .options = states,
                            .title = {"Contractual is", "وضعیت قراردادی"},
                            .doc = "ok, too_few, too_short or nobody."},
    [ROW_CONTRACT] = NUMBER("contract", contract, "Contractual", "قراردادی",
                            "Discounted over the survival curve, for who starts today; null: refused."),
    [ROW_CONTRACT_LOW] =
        NUMBER("contract_low", contract_low, "From", "از", "Lower end of its 95 % interval."),
    [ROW_CONTRACT_HIGH] = NUMBER("contract_high", contract_high, "To", "تا", "Upper end."),
    [ROW_CONTRACT_MONTHS] =
        COUNTED("contract_months", contract_months, "Months", "ماه", "The horizon that the data bears."),
    [ROW_WATCHED] = COUNTED("watched", watched, "Lives", "دوره", "Customer lives in the curve."),
    [ROW_ENDED] = COUNTED("ended", ended, "Ended", "پایان‌یافته", "Of them that ended."),
    [ROW_REMAINING] = NUMBER("remaining", remaining, "Remaining", "باقی‌مانده",
                             "Of a customer of today, from its own age: mean; a lower bound."),
    [ROW_REMAINING_TOTAL] = NUMBER("remaining_total", remaining_total, "Remaining, all",
                                   "باقی‌مانده، همه", "The sum over the customers of today."),
    [ROW_BEYOND] = NUMBER("beyond", beyond, "Beyond, %", "فراتر، ٪",
                          "Percent of their months behind the curve, counted as nothing."),
};
RECORD_TYPE(lifetime_row_type, "LifetimeRow", struct lifetime_row, fields);

struct asking {
    const struct selection *selection;
    const struct lifetime_tenures *tenures;
    struct lifetime_terms terms;
    int64_t window;
    struct arena *arena;
};

static bool in_group(const struct asking *ask, uint32_t account, uint32_t group) {
    return ask->selection->included[account] &&
           (group == GROUP_NONE || ask->selection->group[account] == group);
}

/* Customers at the start of each month of the window, and those of them missing at the next. */
static void count_churn(const struct asking *ask, uint32_t group, struct lifetime_row *row) {
    const struct lifetime_tenures *t = ask->tenures;
    size_t first = t->month_count > (size_t)ask->window + 1 ? t->month_count - 1 - (size_t)ask->window : 0;
    for (size_t m = first; m + 1 < t->month_count; m++) {
        for (uint32_t a = 0; a < t->accounts; a++) {
            if (!t->active[m * t->accounts + a] || !in_group(ask, a, group)) continue;
            row->exposed++;
            row->lost += !t->active[(m + 1) * t->accounts + a];
        }
    }
}

static void set_remaining(const struct asking *ask, const struct survival *curve, uint32_t group,
                          struct lifetime_row *row) {
    int64_t beyond = 0;
    double total = 0;
    for (uint32_t a = 0; a < ask->tenures->accounts; a++) {
        if (!in_group(ask, a, group) || isnan(ask->tenures->arr[a])) continue;
        int64_t own;
        double age = isnan(ask->tenures->age[a]) ? 0 : ask->tenures->age[a];
        total += lifetime_remaining(curve, age, ask->tenures->arr[a] / 12, &ask->terms, &own);
        beyond += own;
    }
    figure_set(&lifetime_row_type, row, ROW_REMAINING, total / (double)row->customers);
    figure_set(&lifetime_row_type, row, ROW_REMAINING_TOTAL, total);
    figure_set(&lifetime_row_type, row, ROW_BEYOND,
               100 * (double)beyond / (double)(row->customers * ask->terms.months));
}

static void write_row(const struct asking *ask, uint32_t group, struct json_writer *w) {
    const struct lifetime_tenures *t = ask->tenures;
    struct lifetime_row row = {0};
    double sum = 0;
    for (uint32_t a = 0; a < t->accounts; a++) {
        if (!in_group(ask, a, group) || isnan(t->arr[a])) continue;
        row.customers++;
        sum += t->arr[a];
    }
    count_churn(ask, group, &row);
    struct survival_case *cases = memory_new((t->n + 1) * sizeof *cases);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (in_group(ask, t->v[i].account, group))
            cases[n++] = (struct survival_case){t->v[i].entry, t->v[i].months, t->v[i].ended};
    struct survival curve;
    survival_fit(cases, n, ask->arena, &curve);
    free(cases);

    double monthly = row.customers ? sum / 12 / (double)row.customers : NAN;
    struct lifetime_value simple =
                              lifetime_simple(monthly, (double)row.lost, (double)row.exposed, &ask->terms),
                          contract = lifetime_contract(&curve, monthly, &ask->terms);
    if (group != GROUP_NONE) {
        row.group = ask->selection->groups[group].key;
        field_set(&row, ROW_GROUP);
    }
    row.watched = (int64_t)curve.cases;
    row.ended = (int64_t)curve.events;
    row.simple_state = simple.state;
    row.contract_state = contract.state;
    row.contract_months = contract.months;
    static const enum row_field always[] = {ROW_CUSTOMERS,    ROW_LOST,           ROW_EXPOSED,
                                            ROW_SIMPLE_STATE, ROW_CONTRACT_STATE, ROW_CONTRACT_MONTHS,
                                            ROW_WATCHED,      ROW_ENDED};
    for (size_t i = 0; i < COUNT(always); i++)
        field_set(&row, (int)always[i]);
    figure_set(&lifetime_row_type, &row, ROW_ARPA, monthly);
    if (row.exposed) {
        struct interval churn = proportion_wilson((double)row.lost, (double)row.exposed);
        figure_set(&lifetime_row_type, &row, ROW_CHURN, 100 * (double)row.lost / (double)row.exposed);
        figure_set(&lifetime_row_type, &row, ROW_CHURN_LOW, 100 * churn.low);
        figure_set(&lifetime_row_type, &row, ROW_CHURN_HIGH, 100 * churn.high);
    }
    figure_set(&lifetime_row_type, &row, ROW_SIMPLE, simple.value);
    figure_set(&lifetime_row_type, &row, ROW_SIMPLE_LOW, simple.low);
    figure_set(&lifetime_row_type, &row, ROW_SIMPLE_HIGH, simple.high);
    figure_set(&lifetime_row_type, &row, ROW_CONTRACT, contract.value);
    figure_set(&lifetime_row_type, &row, ROW_CONTRACT_LOW, contract.low);
    figure_set(&lifetime_row_type, &row, ROW_CONTRACT_HIGH, contract.high);
    if (contract.state == LIFETIME_OK) set_remaining(ask, &curve, group, &row);
    fields_encode(&lifetime_row_type, &row, w);
}

static void write_words(const struct asking *ask, struct json_writer *w) {
    const struct lifetime_terms *terms = &ask->terms;
    struct arena *arena = ask->arena;
    struct str margin = persian_number(arena, 100 * terms->margin, 0),
               months = persian_number(arena, (double)terms->months, 0),
               discount = persian_number(arena, 100 * terms->discount, 2),
               cap = persian_number(arena, (double)terms->cap_months, 0),
               window = persian_number(arena, (double)ask->window, 0),
               least = persian_number(arena, (double)terms->least_churns, 0),
               outcomes = persian_number(arena, LIFETIME_LEAST_OUTCOMES, 0);
    put_both(
        w, "simple_definition",
        str_format(
            arena,
            "Revenue of a customer in a month × gross margin %g %% ÷ monthly churn of the last %lld months. A "
            "lifetime counts %lld months at most. Said from %lld customers lost on: with fewer n is too small. "
            "Churn is taken as the same at every age, which it is not.",
            100 * terms->margin, (long long)ask->window, (long long)terms->cap_months,
            (long long)terms->least_churns),
        str_format(
            arena,
            "درآمد ماهانهٔ هر مشتری × حاشیهٔ سود ناخالص %.*s٪ ÷ ریزش ماهانهٔ %.*s ماه گذشته. عمر حداکثر %.*s ماه "
            "شمرده می‌شود. از %.*s مشتری ازدست‌رفته به بالا گفته می‌شود: با کمتر از آن شمار بسنده نیست. ریزش در "
            "همهٔ سن‌ها یکسان گرفته شده است، که چنین نیست.",
            STR_ARG(margin), STR_ARG(window), STR_ARG(cap), STR_ARG(least)));
    put_both(
        w, "contract_definition",
        str_format(
            arena,
            "Σ over %lld months of the share still a customer (Kaplan–Meier of tenure) × revenue of a month × margin "
            "%g %% ÷ (1 + %g %%)^month. Cut off where fewer than %d were ever watched so long; said from %d lost "
            "customers on. Revenue is taken as today's.",
            (long long)terms->months, 100 * terms->margin, 100 * terms->discount, LIFETIME_AT_RISK,
            LIFETIME_LEAST_OUTCOMES),
        str_format(
            arena,
            "مجموع %.*s ماه از: سهمی که هنوز مشتری است (کاپلان–مایر عمر قرارداد) × درآمد ماه × حاشیهٔ %.*s٪ ÷ (۱ + "
            "%.*s٪)^ماه. جایی که کمتر از ۱۰ مشتری آن‌قدر دیده شده‌اند بریده می‌شود؛ از %.*s مشتری ازدست‌رفته به بالا "
            "گفته می‌شود. درآمد همان درآمد امروز گرفته شده است.",
            STR_ARG(months), STR_ARG(margin), STR_ARG(discount), STR_ARG(outcomes)));
    put_both(
        w, "remaining_definition",
        STR("The same for customers of today, each from its own age. Months behind what was ever watched count nothing: a "
            "lower bound."),
        STR("همان برای مشتریان امروز، هر یک از سن خودش. ماه‌های فراتر از آنچه دیده شده هیچ شمرده می‌شوند: کران پایین."));
}

struct lifetime_terms lifetime_terms_of(struct settings *settings) {
    return (struct lifetime_terms){
        .margin = (double)settings_int(settings, SETTING_LIFETIME_MARGIN) / 100,
        .discount = (double)settings_int(settings, SETTING_LIFETIME_DISCOUNT) / 10000,
        .months = settings_int(settings, SETTING_LIFETIME_MONTHS),
        .cap_months = settings_int(settings, SETTING_LIFETIME_CAP_MONTHS),
        .least_churns = settings_int(settings, SETTING_LIFETIME_LEAST_CHURNS),
    };
}

enum status lifetime_handle(struct request *request, struct response *response, struct problem *problem) {
    enum { WINDOW = 12, WINDOW_MOST = 120 };
    struct settings *settings = request->house->settings;
    struct selector selector;
    struct selection selection;
    struct spans spans;
    struct lifetime_tenures tenures;
    struct asking ask = {
        .selection = &selection, .tenures = &tenures, .window = WINDOW, .arena = request->arena};
    enum status status = request_calendar(request, &spans, problem);
    if (request_query_int(request, "window", 1, WINDOW_MOST, &ask.window, problem)) status = BAD_INPUT;
    if (!status) status = request_selector(request, &selector, problem);
    if (!status) status = selector_apply(&selector, &spans.moment, request->arena, &selection, problem);
    if (!status)
        status =
            lifetime_tenures_measure(request->house, &selection, &spans, request->arena, &tenures, problem);
    if (status) return status;
    ask.terms = lifetime_terms_of(settings);
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    write_row(&ask, GROUP_NONE, &w);
    for (size_t g = 0; selection.group && g < selection.group_count; g++)
        write_row(&ask, (uint32_t)g, &w);
    json_end_array(&w);
    put_day(&w, "as_of", spans.moment.day);
    json_put_string(&w, "currency", settings_text(settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    json_put_int(&w, "window", ask.window);
    json_put_number(&w, "margin", ask.terms.margin);
    json_put_number(&w, "discount", ask.terms.discount);
    json_put_int(&w, "months", ask.terms.months);
    json_put_int(&w, "cap_months", ask.terms.cap_months);
    json_put_int(&w, "least_churns", ask.terms.least_churns);
    json_put_int(&w, "unjudged", (int64_t)selection.unjudged);
    write_words(&ask, &w);
    json_end_object(&w);
    return OK;
}
