/* Facts against hand arithmetic: usage, records, formulas, what cannot be known, and what declarations are
 * refused. */
#include "customers/account.h"
#include "customers/feature.h"
#include "customers/holiday.h"
#include "insight/fact_api.h"
#include "insight/insight.h"
#include "insight/segment_set.h"
#include "platform/notices.h"
#include "platform/settings.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

/* 2020-04-01; the quarter before it has 91 days. */
enum { D = 18353, JANUARY = D - 91, NEXT_YEAR = 18628, A = 0, B = 1, C = 2 };
enum { EXPORT = 1, REPORT, IMPORT };

struct world {
    char folder[40];
    struct arena arena;
    struct problem problem;
    struct records *records;
    struct directory *directory;
    struct usage *usage;
    struct zone *zone;
    struct insight *insight;
    instant_t now;
};

static uint32_t event_number(void *self, struct str name) {
    (void)self;
    return str_is(name, "export")   ? EXPORT
           : str_is(name, "report") ? REPORT
           : str_is(name, "import") ? IMPORT
                                    : 0;
}

#define OKAY(call)                                                                                           \
    do {                                                                                                     \
        if (call) {                                                                                          \
            struct buf text_ = {0};                                                                          \
            problem_print(&w->problem, ENGLISH, &text_);                                                     \
            fail_msg("%.*s", (int)text_.n, text_.p);                                                         \
        }                                                                                                    \
    } while (0)

static void account_put(struct world *w, const char *key, day_t starts) {
    struct session *session = NULL;
    struct origin origin = {.now = w->now, .source = STR("api"), .by = STR("test")};
    struct account account = {.key = str_of(key), .name = str_of(key), .starts_on = starts};
    field_set(&account, ACCOUNT_KEY);
    field_set(&account, ACCOUNT_NAME);
    field_set(&account, ACCOUNT_STARTS_ON);
    w->now++; /* ids in this order */
    OKAY(records_write(w->records, &session, &w->problem));
    OKAY(account_create(session, &origin, &account, &w->problem));
    OKAY(session_commit(session, &w->problem));
    OKAY(directory_refresh_account(w->directory, w->records, account.id, NULL, &w->problem));
}

static void feature_put(struct world *w, const char *key, bool core) {
    struct feature feature = {.key = str_of(key), .title_en = str_of(key), .core = core};
    feature.has = UINT64_MAX;
    feature.title_fa = feature.title_en;
    OKAY(feature_create(w->records, w->now, &feature, &w->problem));
}

static void use(struct world *w, uint32_t account, uint32_t person, uint32_t feature, day_t day,
                uint32_t count) {
    usage_add(w->usage, &(struct usage_entry){account, person, feature, day, day, count}, 1);
}

/* Columns by name, ends with NULL: number, or text where the text is not NULL. Days are instants at UTC
 * midnight. */
struct cell {
    const char *name;
    double number;
    const char *text;
};
static void row_put(struct world *w, const char *source, uint32_t account, double occurred, double known,
                    double ended, const struct cell *cells) {
    for (int t = 0; signal_sources[t]; t++) {
        struct signal_table *table = &w->insight->tables[t];
        if (strcmp(table->source->key, source) != 0) continue;
        struct signal_row row = {.occurred = (instant_t)(occurred * DAY_MS),
                                 .known_from = (instant_t)(known * DAY_MS),
                                 .ended = isnan(ended) ? INT64_MAX : (instant_t)(ended * DAY_MS)};
        for (int i = 0; i < SIGNAL_NUMBERS; i++)
            row.number[i] = NAN;
        for (int i = 0; i < SIGNAL_TEXTS; i++)
            row.text[i] = NO_TEXT;
        for (; cells->name; cells++) {
            int column = cells->text ? signal_text(table->source, str_of(cells->name))
                                     : signal_number(table->source, str_of(cells->name));
            assert_true(column >= 0);
            if (cells->text)
                row.text[column] = dict_put(&table->texts[column], str_of(cells->text), NULL);
            else
                row.number[column] = cells->number;
        }
        signal_table_put(table, account, &row);
        signal_table_sort(table, account);
    }
}
#define ROW(source, account, occurred, known, ended, ...)                                                    \
    row_put(w, source, account, occurred, known, ended, (const struct cell[]){__VA_ARGS__, {NULL}})

static int set_up(void **state) {
    struct world *w = memory_new(sizeof *w);
    w->problem.arena = &w->arena;
    snprintf(w->folder, sizeof w->folder, "/tmp/vafa-facts-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = (instant_t)D * DAY_MS + 3600000;
    OKAY(records_open(w->folder, true, &w->records, &w->problem));
    OKAY(zone_open(STR("UTC"), &w->zone, &w->problem));
    w->directory = directory_new();
    account_put(w, "A", JANUARY);
    account_put(w, "B", D - 7);
    account_put(w, "C", D + 30);
    feature_put(w, "export", true);
    feature_put(w, "report", true);
    feature_put(w, "import", false);
    w->usage = usage_new();
    struct insight_parts parts = {.records = w->records,
                                  .directory = w->directory,
                                  .usage = w->usage,
                                  .zone = w->zone,
                                  .clock = clock_fixed(&w->now),
                                  .base_currency = "USD",
                                  .event_number = event_number};
    w->insight = insight_new(&parts);
    OKAY(insight_load(w->insight, &w->problem));
    usage_heard(w->usage, 1, JANUARY - 100, true);
    usage_heard(w->usage, 1, D - 1, true);
    use(w, A, 1, EXPORT, D - 1, 3);
    use(w, A, 2, REPORT, D - 23, 1);
    use(w, A, 1, EXPORT, D - 43, 5);
    use(w, A, 3, IMPORT, D - 83, 2);
    use(w, B, 9, IMPORT, D - 3, 1);
    ROW("subscriptions", A, JANUARY, JANUARY, NEXT_YEAR, {"key", 0, "s1"}, {"seats", 10}, {"arr", 120000},
        {"currency", 0, "USD"}, {"auto_renew", 0}, {"notice_days", 60}, {"effective_from", JANUARY});
    ROW("subscriptions", A, JANUARY, D - 13, NEXT_YEAR, {"key", 0, "s1"}, {"seats", 20}, {"arr", 240000},
        {"currency", 0, "USD"}, {"auto_renew", 0}, {"notice_days", 60}, {"effective_from", D - 13});
    /* A year's term that ended on 1 January and rolled over. */
    ROW("subscriptions", B, JANUARY - 365, JANUARY - 365, JANUARY, {"key", 0, "s2"}, {"arr", 9000},
        {"currency", 0, "EUR"}, {"auto_renew", 1}, {"term_months", 12}, {"effective_from", JANUARY - 365});
    ROW("invoices", A, D - 33, D - 33, NAN, {"due", D - 10}, {"amount", 5000}, {"currency", 0, "USD"});
    ROW("invoices", A, D - 80, D - 80, D - 43, {"due", D - 53}, {"amount", 2000}, {"currency", 0, "USD"});
    ROW("invoices", A, D - 5, D - 5, NAN, {"due", D + 7}, {"amount", 700}, {"currency", 0, "USD"});
    ROW("tickets", A, D - 20.5, D - 20.5, NAN, {"urgency", 0, "urgent"});
    ROW("tickets", A, D - 19.5, D - 19.5, D - 2.5, {"urgency", 0, "normal"});
    ROW("tickets", A, D - 9.5, D - 9.5, NAN, {"urgency", 0, "normal"});
    ROW("answers", A, D - 200.5, D - 200.5, NAN, {"kind", 0, "nps"}, {"score", 4}, {"scale_max", 10});
    ROW("answers", A, D - 100.5, D - 100.5, NAN, {"kind", 0, "nps"}, {"score", 6}, {"scale_max", 10});
    ROW("answers", A, D - 10.5, D - 10.5, NAN, {"kind", 0, "nps"}, {"score", 9}, {"scale_max", 10});
    ROW("answers", A, D - 8.5, D - 8.5, NAN, {"kind", 0, "csat"}, {"score", 8}, {"scale_max", 10});
    ROW("answers", A, D - 7.5, D - 7.5, NAN, {"kind", 0, "csat"}, {"score", 3}, {"scale_max", 5});
    ROW("activities", A, D - 4.5, D - 4.5, NAN, {"kind", 0, "call"});
    ROW("attributes", A, JANUARY, JANUARY, NAN, {"field", 0, "stage"}, {"value", 0, "onboarding"});
    ROW("attributes", A, D - 13, D - 13, NAN, {"field", 0, "stage"}, {"value", 0, "adopting"});
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    insight_free(w->insight);
    usage_free(w->usage);
    directory_free(w->directory);
    zone_close(w->zone);
    records_close(w->records);
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", w->folder);
    assert_int_equal(system(command), 0);
    arena_free(&w->arena);
    free(w);
    return 0;
}

struct answer {
    double number;
    enum fact_state state;
    enum fact_cause cause;
    int age;
    bool partial;
    struct str text;
};

static struct answer ask_with(struct world *w, const struct catalogue *catalogue, uint32_t account,
                              const char *key, struct moment moment) {
    uint32_t number = catalogue_find(catalogue, str_of(key));
    if (number == DICT_NONE) fail_msg("no fact %s", key);
    struct column column;
    OKAY(facts_evaluate(w->insight, catalogue, &number, 1, &moment, account, 1, &w->arena, &column,
                        &w->problem));
    struct answer answer = {column.number[0],   column.state[0],   column.cause[0],
                            column.age_days[0], column.partial[0], {0}};
    const struct dict *texts = catalogue_fact(catalogue, number)->texts;
    if (texts && answer.state == FACT_KNOWN) answer.text = dict_key(texts, (uint32_t)answer.number);
    return answer;
}
static struct answer ask(struct world *w, uint32_t account, const char *key, struct moment moment) {
    return ask_with(w, insight_catalogue(w->insight), account, key, moment);
}
#define KNOWN(account, key, moment, expected)                                                                \
    do {                                                                                                     \
        struct answer answer_ = ask(w, account, key, moment);                                                \
        if (answer_.state != FACT_KNOWN || fabs(answer_.number - (expected)) > 1e-12)                        \
            fail_msg("%s: state %d cause %d number %g, expected %g", key, (int)answer_.state,                \
                     (int)answer_.cause, answer_.number, (double)(expected));                                \
    } while (0)
#define LACKING(account, key, moment, expected_state, expected_cause)                                        \
    do {                                                                                                     \
        struct answer answer_ = ask(w, account, key, moment);                                                \
        if (answer_.state != (expected_state) || answer_.cause != (expected_cause))                          \
            fail_msg("%s: state %d cause %d number %g", key, (int)answer_.state, (int)answer_.cause,         \
                     answer_.number);                                                                        \
    } while (0)

static void usage_facts(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    KNOWN(A, "tenure_days", d, 91);
    KNOWN(A, "events_7d", d, 3);
    KNOWN(A, "events_28d", d, 4);
    KNOWN(A, "events_90d", d, 11);
    KNOWN(A, "active_users_7d", d, 1);
    KNOWN(A, "active_users_28d", d, 2);
    KNOWN(A, "active_users_90d", d, 3);
    KNOWN(A, "active_days_28d", d, 2);
    KNOWN(A, "active_days_90d", d, 4);
    KNOWN(A, "days_since_last_use", d, 1);
    KNOWN(A, "breadth_28d", d, 2);
    KNOWN(A, "breadth_90d", d, 2);                   /* import is not core */
    KNOWN(A, "events_change_28d", d, (4.0 - 5) / 5); /* 5 events in [D − 56, D − 28) */
    KNOWN(A, "active_users_change_28d", d, 1);       /* 2 people after 1 */
    LACKING(A, "events_change_90d", d, FACT_UNKNOWN,
            CAUSE_NO_BASE); /* one day of the base was a customer's, without use */
    assert_int_equal(ask(w, A, "events_7d", d).age, 0);
    assert_false(ask(w, A, "events_90d", d).partial);
}

static void young_and_future_accounts(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    KNOWN(B, "events_28d", d, 1);
    assert_true(ask(w, B, "events_28d", d).partial);
    assert_false(ask(w, B, "events_7d", d).partial);
    KNOWN(B, "breadth_28d", d, 0);
    LACKING(B, "events_change_28d", d, FACT_UNKNOWN, CAUSE_NO_BASE);
    LACKING(C, "events_28d", d, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER);
    LACKING(C, "tenure_days", d, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER);
    LACKING(C, "seat_utilisation_28d", d, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER);
}

static void today_counts_now_but_not_in_closed_days(void **state) {
    struct world *w = *state;
    use(w, A, 4, REPORT, D, 6);
    struct moment now = moment_now(w->insight);
    assert_int_equal(now.day, D);
    KNOWN(A, "events_7d", now, 9);
    KNOWN(A, "active_users_7d", now, 2);
    KNOWN(A, "days_since_last_use", now, 0);
    KNOWN(A, "active_days_28d", now, 2);
    KNOWN(A, "events_change_28d", now, -0.2);
    KNOWN(A, "events_7d", moment_of_day(w->insight, D), 3);
}

static void silence_of_the_source_is_not_zero(void **state) {
    struct world *w = *state;
    KNOWN(A, "events_28d", moment_of_day(w->insight, D + 3), 4); /* three days without a word are borne */
    LACKING(A, "events_7d", moment_of_day(w->insight, D + 4), FACT_UNKNOWN, CAUSE_SOURCE_SILENT);
    assert_int_equal(ask(w, A, "events_7d", moment_of_day(w->insight, D + 4)).age, 4);
    LACKING(A, "days_since_last_use", moment_of_day(w->insight, D + 4), FACT_UNKNOWN, CAUSE_SOURCE_SILENT);
    LACKING(A, "events_90d", moment_of_day(w->insight, D + 400), FACT_UNKNOWN,
            CAUSE_SOURCE_SILENT); /* nor is long silence a rhythm */
    usage_clear(w->usage, A);
    KNOWN(A, "events_7d", moment_of_day(w->insight, D), 0); /* the source is heard, the account is not */
}

static void record_facts(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D), before = moment_of_day(w->insight, D - 20), then = d;
    KNOWN(A, "seats", d, 20);
    KNOWN(A, "arr", d, 240000);
    KNOWN(A, "arr", before, 120000);
    moment_known_at(w->insight, &then, D - 20);
    KNOWN(A, "arr", then, 120000); /* the change was not known yet */
    KNOWN(A, "seat_utilisation_28d", d, 0.1);
    KNOWN(A, "days_to_renewal", d, NEXT_YEAR - D);
    KNOWN(A, "notice_date", d, NEXT_YEAR - 60);
    KNOWN(A, "overdue_amount", d, 5000);
    KNOWN(A, "overdue_days", d, 10);
    KNOWN(A, "overdue_amount", moment_of_day(w->insight, D - 48), 2000); /* paid five days later */
    KNOWN(A, "overdue_days", moment_of_day(w->insight, D - 48), 5);
    KNOWN(A, "overdue_amount", moment_of_day(w->insight, D - 40), 0);
    KNOWN(A, "open_tickets", d, 2);
    KNOWN(A, "open_tickets", moment_of_day(w->insight, D - 5), 3);
    KNOWN(A, "open_urgent_tickets", d, 1);
    KNOWN(A, "nps_last", d, 9);
    KNOWN(A, "nps_mean_180d", d, 7.5);
    KNOWN(A, "csat_last", d, 8);               /* the later answer is on a scale of 5 */
    KNOWN(A, "days_since_last_contact", d, 5); /* noon of D − 5 */
    assert_true(str_is(ask(w, A, "stage", d).text, "adopting"));
    assert_true(str_is(ask(w, A, "stage", before).text, "onboarding"));
    LACKING(A, "owner", d, FACT_UNKNOWN, CAUSE_NOT_RECORDED);
    LACKING(A, "health", d, FACT_UNKNOWN, CAUSE_NO_SOURCE); /* no scorecards here */
    /* B: a term in another currency that rolled over to next January, no tickets, no answers. */
    LACKING(B, "arr", d, FACT_UNKNOWN, CAUSE_NOT_CONVERTED);
    KNOWN(B, "days_to_renewal", d, NEXT_YEAR - D);
    LACKING(B, "seats", d, FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED);
    LACKING(B, "seat_utilisation_28d", d, FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED);
    KNOWN(B, "open_tickets", d, 0);
    LACKING(B, "nps_last", d, FACT_UNKNOWN, CAUSE_NO_SOURCE); /* never answered anything */
    LACKING(A, "seats", moment_of_day(w->insight, NEXT_YEAR), FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED);
    KNOWN(A, "arr", moment_of_day(w->insight, NEXT_YEAR), 0);
    KNOWN(A, "arr", moment_of_day(w->insight, NEXT_YEAR - 1), 240000);
}

static struct str declared_json(struct world *w, const char *declaration) {
    char *text = arena_copy(&w->arena, declaration, strlen(declaration) + 1);
    for (char *p = text; *p; p++)
        if (*p == '\'') *p = '"';
    return str_of(text);
}

static enum status make_of(struct world *w, const struct str *own, size_t n, struct catalogue **catalogue) {
    struct catalogue *now = insight_catalogue(w->insight);
    struct catalogue_parts parts = {
        .features = now->features, .feature_count = now->feature_count, .tables = w->insight->tables};
    problem_clear(&w->problem);
    return catalogue_make(&parts, own, n, catalogue, &w->problem);
}

static enum status make(struct world *w, const char *declaration, struct catalogue **catalogue) {
    struct str own = declared_json(w, declaration);
    return make_of(w, &own, 1, catalogue);
}

/* Declarations are written with ' for " and read by declared_json. */
#define OWN(key, type, unit, source)                                                                         \
    "{'key':'" key "','of':'account','type':'" type "','unit':'" unit                                        \
    "','title':{'en':'T','fa':'ت'},'source':" source "}"
#define FORMULA(unit, text) OWN("own", "number", unit, "{'formula':'" text "'}")

static void own_facts(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    static const struct {
        const char *declaration;
        double expected;
    } cases[] = {
        {OWN("own", "number", "people", "{'usage':{'feature':'export','measure':'users','window':'90d'}}"),
         1},
        {OWN("own", "number", "events",
             "{'usage':{'features':['export','import'],'measure':'events','window':'90d'}}"),
         10},
        {OWN("own", "number", "points", "{'record':{'of':'answers','measure':'max','field':'score'}}"), 9},
        {OWN("own", "number", "share",
             "{'record':{'of':'answers','measure':'share','filter':[{'field':'kind','is':'=','value':'nps'}]}}"),
         0.6},
        {OWN("own", "number", "tickets", "{'record':{'of':'tickets','measure':'count','window':'15d'}}"), 1},
        {OWN("own", "number", "share",
             "{'record':{'of':'answers','measure':'count','window':'60d','compare':'previous'}}"),
         2},
        {FORMULA("events", "events_28d + 2 × 3"), 10},
        {FORMULA("events", "(events_28d + 2) * 3 − 1"), 17},
        {FORMULA("share", "events_28d ÷ active_users_28d"), 2},
        {FORMULA("events", "max(events_7d, events_28d, 1) - min(events_7d, 2)"), 2},
        {FORMULA("", "round(ln(events_90d) * 100)"), 240}, /* ln 11 = 2.3979 */
        {FORMULA("days", "abs(days_between(today, notice_date) - days_to_renewal)"), 60},
        {FORMULA("days", "notice_date - today + 1"), NEXT_YEAR - 60 - D + 1},
        {FORMULA("share", "coalesce(events_change_90d, 7) * 1"), 7},
        {FORMULA("", "if(arr > 100000, 1, nps_last ÷ health)"), 1}, /* the other branch is unknown */
        {FORMULA("", "if(open_urgent_tickets = 0, 1, if(overdue_days ≥ 10, 2, 3))"), 2},
        {FORMULA("share", "-events_change_28d"), 0.2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct catalogue *catalogue = NULL;
        OKAY(make(w, cases[i].declaration, &catalogue));
        struct answer answer = ask_with(w, catalogue, A, "own", d);
        if (answer.state != FACT_KNOWN || fabs(answer.number - cases[i].expected) > 1e-12)
            fail_msg("%s: state %d cause %d, %g", cases[i].declaration, (int)answer.state, (int)answer.cause,
                     answer.number);
        catalogue_free(catalogue);
    }
    struct catalogue *catalogue = NULL;
    OKAY(make(w, FORMULA("", "events_7d ÷ (open_tickets - 2)"), &catalogue));
    assert_int_equal(ask_with(w, catalogue, A, "own", d).cause, CAUSE_UNDEFINED);
    catalogue_free(catalogue);
    OKAY(make(w, FORMULA("points", "nps_last × (health ÷ health)"), &catalogue));
    assert_int_equal(ask_with(w, catalogue, A, "own", d).cause, CAUSE_NO_SOURCE);
    catalogue_free(catalogue);
}

static void wrong_declarations_are_refused_with_their_place(void **state) {
    struct world *w = *state;
    static const struct {
        const char *declaration, *where, *code;
    } cases[] = {
        {"{", "", NULL},
        {OWN("events_7d", "number", "events", "{'usage':{'measure':'events','window':'7d'}}"), "/key",
         "fact_key_taken"},
        {OWN("Own", "number", "events", "{'usage':{'measure':'events','window':'7d'}}"), "/key", "fact_key"},
        {OWN("own", "number", "events", "{'usage':{'measure':'events','window':'0d'}}"),
         "/source/usage/window", "fact_window"},
        {OWN("own", "number", "events", "{'usage':{'measure':'events','window':'3651d'}}"),
         "/source/usage/window", "fact_window"},
        {OWN("own", "number", "events", "{'usage':{'measure':'events'}}"), "/source/usage/window",
         "fact_member"},
        {OWN("own", "number", "events", "{'usage':{'feature':'nothing','measure':'events','window':'7d'}}"),
         "/source/usage/feature", "fact_no_feature"},
        {OWN("own", "number", "events", "{'usage':{'measure':'clicks','window':'7d'}}"),
         "/source/usage/measure", "fact_member"},
        {OWN("own", "number", "events", "{'usage':{'measure':'events','window':'7d','colour':1}}"),
         "/source/usage/colour", "fact_unknown_member"},
        {OWN("own", "number", "people", "{'usage':{'measure':'events','window':'7d'}}"), "/unit",
         "fact_unit"},
        {OWN("own", "text", "", "{'usage':{'measure':'events','window':'7d'}}"), "/type", "fact_type"},
        {OWN("own", "number", "seats", "{'record':{'of':'subscriptions','measure':'sum','field':'chairs'}}"),
         "/source/record/field", "fact_no_field"},
        {OWN("own", "number", "", "{'record':{'of':'boats','measure':'count'}}"), "/source/record/of",
         "fact_member"},
        {OWN("own", "number", "",
             "{'record':{'of':'tickets','measure':'count','filter':[{'field':'urgency','is':'<','value':'x'}]}}"),
         "/source/record/filter/0/value", "fact_member"},
        {OWN("own", "text", "", "{'attribute':{'field':'shoe'}}"), "/source/attribute/field", "fact_member"},
        {OWN("own", "number", "", "{'magic':{}}"), "/source", "fact_member"},
        {OWN("own", "number", "events",
             "{'usage':{'measure':'active_days','window':'7d','compare':'baseline'}}"),
         "/source/usage/compare", "fact_member"},
        {OWN("own", "number", "deviations",
             "{'usage':{'measure':'events','window':'29d','compare':'baseline'}}"),
         "/source/usage/window", "fact_member"},
        {OWN("own", "number", "share", "{'usage':{'measure':'events','window':'28d','compare':'trend'}}"),
         "/source/usage/window", "fact_member"},
        {OWN("own", "number", "share",
             "{'usage':{'measure':'seat_share','window':'28d','compare':'previous'}}"),
         "/source/usage/compare", "fact_member"},
        {OWN("own", "number", "events", "{'children':{'fact':'nothing','measure':'sum'}}"),
         "/source/children/fact", "fact_unknown"},
        {OWN("own", "number", "", "{'children':{'fact':'stage','measure':'sum'}}"), "/source/children/fact",
         "fact_member"},
        {OWN("own", "number", "seats", "{'children':{'fact':'seats','measure':'worst'}}"),
         "/source/children/measure", "fact_member"},
        {OWN("own", "number", "events", "{'children':{'fact':'seats','measure':'sum'}}"), "/unit",
         "fact_unit"},
        {OWN("own", "number", "", "{'children':{'fact':'own','measure':'sum'}}"), "/source/children",
         "fact_cycle"},
        {FORMULA("days", "own + 1"), "/source/formula", "fact_cycle"},
        {FORMULA("events", "events_7d + nothing"), "/source/formula", "formula_no_fact"},
        {FORMULA("events", "events_7d + active_users_7d"), "/source/formula", "formula_units"},
        {FORMULA("people", "events_7d × 2"), "/source/formula", "formula_units"},
        {FORMULA("days", "if(events_7d, 1, 2)"), "/source/formula", "formula_units"},
        {FORMULA("", "stage + 1"), "/source/formula", "formula_text"},
        {FORMULA("", "(1 + 2"), "/source/formula", "formula_unexpected"},
        {FORMULA("", "1 2"), "/source/formula", "formula_unexpected"},
        {FORMULA("", ""), "/source/formula", "formula_unexpected"},
        {FORMULA("", "sin(1)"), "/source/formula", "formula_no_function"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct catalogue *catalogue = NULL;
        if (make(w, cases[i].declaration, &catalogue) != BAD_INPUT)
            fail_msg("taken: %s", cases[i].declaration);
        if (!cases[i].code) continue;
        const struct fault *fault = &w->problem.faults[0];
        if (!str_is(fault->where, cases[i].where) || strcmp(fault->message.code, cases[i].code) != 0)
            fail_msg("%s: %.*s %s", cases[i].declaration, STR_ARG(fault->where), fault->message.code);
    }
    /* The place is that of the word, in characters: “÷” is one. */
    struct catalogue *catalogue = NULL;
    struct buf text = {0};
    assert_int_equal(make(w, FORMULA("events", "events_7d ÷ nothing"), &catalogue), BAD_INPUT);
    fault_print(&w->problem.faults[0], ENGLISH, &text);
    assert_true(str_is(buf_str(&text), "There is no fact “nothing” (position 13)."));
    buf_free(&text);
}

static enum status save(struct world *w, const char *key, const char *declaration) {
    struct json json;
    problem_clear(&w->problem);
    OKAY(json_parse(declared_json(w, declaration), &w->arena, &json, &w->problem));
    return own_fact_save(w->insight, str_of(key), &json, &w->problem);
}

static void own_facts_are_stored_and_checked_together(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    OKAY(save(w, NULL, OWN("twice", "number", "events", "{'formula':'events_28d × 2'}")));
    OKAY(save(w, NULL, OWN("thrice", "number", "events", "{'formula':'twice + events_28d'}")));
    KNOWN(A, "thrice", d, 12);
    assert_int_equal(save(w, NULL, OWN("twice", "number", "events", "{'formula':'events_7d'}")), CONFLICT);
    assert_int_equal(save(w, "other", OWN("other", "number", "events", "{'formula':'events_7d'}")),
                     NOT_FOUND);
    assert_int_equal(save(w, "twice", OWN("twice", "number", "events", "{'formula':'thrice × 2'}")),
                     BAD_INPUT); /* in a circle */
    assert_string_equal(w->problem.main.message.code, "fact_cycle");
    OKAY(save(w, "twice", OWN("twice", "number", "events", "{'formula':'events_7d × 2'}")));
    KNOWN(A, "thrice", d, 10);
    assert_int_equal(own_fact_remove(w->insight, STR("twice"), &w->problem), BAD_INPUT); /* thrice reads it */
    assert_true(str_is(w->problem.faults[0].where, "/thrice/source/formula"));
    problem_clear(&w->problem);
    OKAY(own_fact_remove(w->insight, STR("thrice"), &w->problem));
    OKAY(own_fact_remove(w->insight, STR("twice"), &w->problem));
    assert_int_equal(own_fact_remove(w->insight, STR("twice"), &w->problem), NOT_FOUND);
    assert_int_equal(catalogue_find(insight_catalogue(w->insight), STR("twice")), DICT_NONE);
}

static void seats_and_ease(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    /* Two people in 28 days, one of them with export; 20 seats. B bought none. */
    OKAY(save(w, NULL,
              OWN("seat_share", "number", "share", "{'usage':{'measure':'seat_share','window':'28d'}}")));
    OKAY(save(w, NULL,
              OWN("export_share", "number", "share",
                  "{'usage':{'feature':'export','measure':'seat_share','window':'28d'}}")));
    KNOWN(A, "seat_share", d, 0.1);
    KNOWN(A, "export_share", d, 0.05);
    LACKING(B, "seat_share", d, FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED);
    /* The scale is kept: a 2 of 5 is no 2 of 7. */
    ROW("answers", A, D - 6.5, D - 6.5, NAN, {"kind", 0, "ces"}, {"score", 6}, {"scale_max", 7});
    ROW("answers", A, D - 5.5, D - 5.5, NAN, {"kind", 0, "ces"}, {"score", 3}, {"scale_max", 7});
    ROW("answers", A, D - 4.5, D - 4.5, NAN, {"kind", 0, "ces"}, {"score", 2}, {"scale_max", 5});
    KNOWN(A, "ces_last", d, 3);
    KNOWN(A, "ces_mean_180d", d, 4.5);
}

static void use_against_its_own_eight_weeks(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    struct holiday holiday = {.day = D - 3, .country = STR("DE"), .title = STR("Holiday")};
    static const uint32_t week[8] = {8, 9, 10, 10, 10, 10, 11, 12};
    OKAY(save(w, NULL,
              OWN("swing", "number", "deviations",
                  "{'usage':{'feature':'import','measure':'events','window':'7d','compare':'baseline'}}")));
    for (int day = 0; day < 56; day++)
        use(w, A, 3, IMPORT, D - 63 + day, week[day / 7]);
    for (int day = 1; day <= 7; day++)
        if (day != 3) use(w, A, 3, IMPORT, D - day, 7);
    /* As in test_fact_series: 4 below the usual of 10 on the mean day, swings of 1.4826 × 0.5; without the
     * empty holiday 3 below. */
    KNOWN(A, "swing", d, -4 / (1.4826 * 0.5));
    OKAY(holiday_create(w->records, w->now, &holiday, &w->problem));
    OKAY(insight_remake(w->insight, &w->problem));
    KNOWN(A, "swing", d,
          -4 / (1.4826 * 0.5)); /* Germany's holiday is not that of an account without country */
    ROW("attributes", A, JANUARY, JANUARY, NAN, {"field", 0, "country"}, {"value", 0, "DE"});
    KNOWN(A, "swing", d, -3 / (1.4826 * 0.5));
    LACKING(B, "swing", d, FACT_UNKNOWN, CAUSE_NO_BASE); /* seven days old */
    LACKING(C, "swing", d, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER);
    /* A late row was not known when D began. */
    struct moment then = d;
    moment_known_at(w->insight, &then, D);
    usage_add(w->usage, &(struct usage_entry){A, 3, IMPORT, D - 2, D + 1, 21}, 1);
    KNOWN(A, "swing", then, -3 / (1.4826 * 0.5));
    KNOWN(A, "swing", d, (-3 + 21 / 6.0) / (1.4826 * 0.5));
    assert_int_equal(holiday_create(w->records, w->now, &holiday, &w->problem), CONFLICT);
}

static void under(struct world *w, uint32_t child, uint32_t parent, day_t from) {
    directory_lock(w->directory);
    struct str id = id_str(&w->arena, directory_account(w->directory, parent)->id);
    directory_unlock(w->directory);
    ROW("attributes", child, from, from, NAN, {"field", 0, "parent"}, {"value", 0, id.p});
}

static void rolled_up_from_children(void **state) {
    struct world *w = *state;
    enum { E = 3 };
    struct moment d = moment_of_day(w->insight, D);
    account_put(w, "E", JANUARY);
    OKAY(save(w, NULL,
              OWN("tenures", "number", "days", "{'children':{'fact':'tenure_days','measure':'sum'}}")));
    OKAY(
        save(w, NULL, OWN("mean", "number", "days", "{'children':{'fact':'tenure_days','measure':'mean'}}")));
    OKAY(save(w, NULL,
              OWN("worst", "number", "days", "{'children':{'fact':'tenure_days','measure':'worst'}}")));
    OKAY(save(w, NULL,
              OWN("most", "number", "days", "{'children':{'fact':'tenure_days','measure':'maximum'}}")));
    OKAY(save(
        w, NULL,
        OWN("weighted", "number", "days", "{'children':{'fact':'tenure_days','measure':'weighted_mean'}}")));
    LACKING(A, "tenures", d, FACT_NOT_APPLICABLE, CAUSE_NO_CHILDREN);
    /* E (91 days a customer) under B (7) under A; C is no customer yet. */
    under(w, B, A, D - 20);
    under(w, E, B, D - 20);
    under(w, C, A, D - 20);
    KNOWN(A, "tenures", d, 98);
    KNOWN(A, "mean", d, 49);
    KNOWN(A, "worst", d, 7);
    KNOWN(A, "most", d, 91);
    KNOWN(B, "tenures", d, 91);
    LACKING(E, "tenures", d, FACT_NOT_APPLICABLE, CAUSE_NO_CHILDREN);
    LACKING(A, "tenures", moment_of_day(w->insight, D - 25), FACT_NOT_APPLICABLE, CAUSE_NO_CHILDREN);
    KNOWN(A, "tenures", moment_of_day(w->insight, D - 10), 81); /* E alone: B was no customer yet */
    /* Weights are ARR: that of B is in another currency, E has 1,000. */
    LACKING(B, "weighted", d, FACT_UNKNOWN, CAUSE_NO_BASE);
    ROW("subscriptions", E, JANUARY, JANUARY, NEXT_YEAR, {"key", 0, "s9"}, {"arr", 1000},
        {"currency", 0, "USD"}, {"auto_renew", 0}, {"effective_from", JANUARY});
    KNOWN(A, "weighted", d, 91);
    /* A circle in the history: A under E counts neither itself nor anybody twice. */
    under(w, A, E, D - 2);
    KNOWN(A, "tenures", d, 98);
    KNOWN(E, "tenures", d, 98);
    under(w, E, C, D - 1); /* E leaves B for C, which A stands above */
    KNOWN(A, "tenures", d, 98);
    LACKING(B, "tenures", d, FACT_NOT_APPLICABLE, CAUSE_NO_CHILDREN);
}

static void events_of_features(void **state) {
    struct world *w = *state;
    struct moment d = moment_of_day(w->insight, D);
    KNOWN(A, "breadth_90d", d, 2); /* export and report are core */
    /* “Both” takes the events export and import; it stands before them by key, and an event is use of one
     * feature. 3 + 5 + 2 events; report and both are the core features used. */
    struct feature both = {
        .key = STR("both"), .title_en = STR("Both"), .core = true, .events = STR("export, import")};
    OKAY(feature_create(w->records, w->now, &both, &w->problem));
    OKAY(insight_remake(w->insight, &w->problem));
    OKAY(save(
        w, NULL,
        OWN("all", "number", "events", "{'usage':{'feature':'both','measure':'events','window':'90d'}}")));
    OKAY(save(
        w, NULL,
        OWN("raw", "number", "events", "{'usage':{'event':'export','measure':'events','window':'90d'}}")));
    OKAY(save(
        w, NULL,
        OWN("own", "number", "events", "{'usage':{'feature':'export','measure':'events','window':'90d'}}")));
    KNOWN(A, "all", d, 10);
    KNOWN(A, "raw", d, 8);
    KNOWN(A, "own", d, 0);
    KNOWN(A, "breadth_90d", d, 2);
    KNOWN(A, "breadth_28d", d, 2);
    struct feature bad = {.key = STR("bad"), .title_en = STR("Bad"), .events = STR("a*b")};
    assert_int_equal(feature_create(w->records, w->now, &bad, &w->problem), BAD_INPUT);
    bad.events = STR("*");
    assert_int_equal(feature_create(w->records, w->now, &bad, &w->problem), BAD_INPUT);
}

static void values_set_by_hand_hold_until_they_expire(void **state) {
    struct world *w = *state;
    OKAY(save(w, NULL, OWN("mood", "number", "", "{'manual':{}}")));
    directory_lock(w->directory);
    struct id id = directory_account(w->directory, A)->id;
    directory_unlock(w->directory);
    struct manual_value value = {.has = 1, .number = 4};
    OKAY(manual_value_set(w->insight, id, STR("mood"), &value, STR("Sara"), &w->problem));
    instant_t set_at = w->now;
    w->now += DAY_MS;
    value =
        (struct manual_value){.has = 1 | 8, .number = 2, .expires_on = D + 10}; /* number and expires_on */
    OKAY(manual_value_set(w->insight, id, STR("mood"), &value, STR("Sara"), &w->problem));
    OKAY(insight_refresh(w->insight, A, NULL, &w->problem));
    KNOWN(A, "mood", moment_now(w->insight), 2);
    struct moment then = moment_now(w->insight);
    then.at = set_at;
    KNOWN(A, "mood", then, 4);
    KNOWN(A, "mood", moment_of_day(w->insight, D + 9), 2);
    LACKING(A, "mood", moment_of_day(w->insight, D + 10), FACT_UNKNOWN, CAUSE_NOT_RECORDED);
    assert_int_equal(manual_value_set(w->insight, id, STR("arr"), &value, STR("Sara"), &w->problem),
                     CONFLICT);
}

static void anonymous_facts_are_shared(void **state) {
    struct world *w = *state;
    struct catalogue *catalogue = insight_catalogue(w->insight);
    struct json json;
    uint32_t first, second;
    OKAY(json_parse(STR("{\"feature\":\"export\",\"measure\":\"events\",\"window\":\"30d\"}"), &w->arena,
                    &json, &w->problem));
    OKAY(catalogue_anonymous(catalogue, &json, STR("/did"), &first, &w->problem));
    OKAY(catalogue_anonymous(catalogue, &json, STR("/did"), &second, &w->problem));
    assert_int_equal(first, second);
    struct moment d = moment_of_day(w->insight, D);
    struct column columns[2];
    uint32_t both[2] = {first, first};
    OKAY(facts_evaluate(w->insight, catalogue, both, 2, &d, A, 1, &w->arena, columns, &w->problem));
    assert_float_equal(columns[0].number[0], 3, 0);
    assert_float_equal(columns[1].number[0], 3, 0);
}

static void handlers_answer(void **state) {
    struct world *w = *state;
    struct house house = {.clock = clock_fixed(&w->now),
                          .zone = w->zone,
                          .records = w->records,
                          .directory = w->directory,
                          .usage = w->usage,
                          .insight = w->insight,
                          .notices = notices_new()};
    OKAY(settings_open(w->records, &house.settings, &w->problem));
    struct parameter query[] = {{STR("as_of"), STR("2020-04-01")},
                                {STR("keys"), STR("events_28d,notice_date,stage,seats")}};
    struct request request = {.house = &house,
                              .arena = &w->arena,
                              .principal = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL},
                              .query = query,
                              .query_count = 2,
                              .path_params = {{STR("id"), STR("A")}}};
    struct response response = {0};
    OKAY(fact_handle_account(&request, &response, &w->problem));
    struct json json;
    OKAY(json_parse(buf_str(&response.body), &w->arena, &json, &w->problem));
    const struct json *data = json_get(&json, "data");
    assert_int_equal(data->n, 4);
    assert_float_equal(json_get(&data->items[0], "value")->number, 4, 0);
    assert_true(
        str_is(json_get_string(&data->items[1], "value"), "2020-11-02")); /* 60 days before 2021-01-01 */
    assert_true(str_is(json_get_string(&data->items[2], "value"), "adopting"));
    assert_true(str_is(json_get_string(&data->items[3], "state"), "known"));
    buf_clear(&response.body);
    query[1].value = STR("nothing");
    assert_int_equal(fact_handle_account(&request, &response, &w->problem), BAD_INPUT);
    request.body = declared_json(w, OWN("mine", "number", "events", "{'formula':'events_7d'}"));
    OKAY(fact_handle_create(&request, &response, &w->problem));
    assert_int_equal(response.code, 201);
    buf_clear(&response.body);
    OKAY(fact_handle_list(&request, &response, &w->problem));
    OKAY(json_parse(buf_str(&response.body), &w->arena, &json, &w->problem));
    assert_int_equal(json_get(&json, "data")->n, 58); /* 57 built in */
    request.path_params[0] = (struct parameter){STR("key"), STR("mine")};
    OKAY(fact_handle_delete(&request, &response, &w->problem));
    assert_int_equal(response.code, 204);
    buf_free(&response.body);
    settings_close(house.settings);
    notices_free(house.notices);
}

static void many_accounts_at_once_equal_each_alone(void **state) {
    struct world *w = *state;
    enum { MANY = 30000 };
    for (uint32_t account = 3; account < MANY; account += 7)
        use(w, account, account, EXPORT, D - 1 - (day_t)(account % 50), 1 + account % 3);
    struct catalogue *catalogue = insight_catalogue(w->insight);
    uint32_t facts[] = {catalogue_find(catalogue, STR("events_28d")),
                        catalogue_find(catalogue, STR("open_tickets")),
                        catalogue_find(catalogue, STR("seat_utilisation_28d"))};
    struct moment d = moment_of_day(w->insight, D);
    struct column all[3], one[3];
    OKAY(facts_evaluate(w->insight, catalogue, facts, 3, &d, 0, MANY, &w->arena, all, &w->problem));
    for (uint32_t account = 0; account < MANY; account += 997) {
        OKAY(facts_evaluate(w->insight, catalogue, facts, 3, &d, account, 1, &w->arena, one, &w->problem));
        for (int f = 0; f < 3; f++) {
            assert_int_equal(all[f].state[account], one[f].state[0]);
            if (one[f].state[0] == FACT_KNOWN)
                assert_float_equal(all[f].number[account], one[f].number[0], 0);
        }
    }
    /* By hand: account 17006 = 3 + 7 × 2429 was used on D − 7 (17006 mod 50 = 6), 1 + 17006 mod 3 = 3 times.
     */
    assert_float_equal(all[0].number[17006], 3, 0);
}

/* Each of 40 levels reads both facts of the level below: a walk along every way would take 2^40 steps. */
static void formulas_that_share_are_walked_once(void **state) {
    enum { LEVELS = 40 };
    struct world *w = *state;
    const char *base = "events_7d", *other = "events_28d";
    struct str own[2 * LEVELS];
    for (int level = 0; level < LEVELS; level++) {
        for (int side = 0; side < 2; side++)
            own[2 * level + side] = declared_json(
                w,
                str_format(&w->arena,
                           "{'key':'%c%d','of':'account','type':'number','unit':'events','title':{'en':'T',"
                           "'fa':'ت'},'source':{'formula':'%s %c %s'}}",
                           side ? 'b' : 'a', level, base, side ? '-' : '+', other)
                    .p);
        base = str_format(&w->arena, "a%d", level).p;
        other = str_format(&w->arena, "b%d", level).p;
    }
    struct catalogue *catalogue;
    OKAY(make_of(w, own, 2 * LEVELS, &catalogue));
    assert_int_equal(fact_reach(&catalogue->world, catalogue_find(catalogue, str_of(base))), 0);
    catalogue_free(catalogue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usage_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(young_and_future_accounts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(today_counts_now_but_not_in_closed_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_of_the_source_is_not_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(record_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(formulas_that_share_are_walked_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_declarations_are_refused_with_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_facts_are_stored_and_checked_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seats_and_ease, set_up, tear_down),
        cmocka_unit_test_setup_teardown(use_against_its_own_eight_weeks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rolled_up_from_children, set_up, tear_down),
        cmocka_unit_test_setup_teardown(events_of_features, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_set_by_hand_hold_until_they_expire, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anonymous_facts_are_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(handlers_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_accounts_at_once_equal_each_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
