/* A scorecard's history: 10,000 accounts, 28 months of use, yearly subscriptions; a card of 20 usage measures
 * is tested over 24 monthly snapshots, then asked what-if with other weights, through the router as a client
 * does. Rivals: the same question with every snapshot evaluated anew, and DuckDB over a table of the facts,
 * scoring both cards and ranking them (no intervals, no bands, no accounts that move). bench_backtest
 * [accounts] [rows in millions] */
#include "app/house.h"
#include "app/router.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/backtest_api.h"
#include "insight/health_live.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "signals/usage.h"

#include <duckdb.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TODAY = 20500, DAYS = 28 * 30, PEOPLE = 20, BLOCK = 10000, MEASURES = 20, ROUNDS = 7 };

static const char *const facts[] = {"active_users_7d",   "active_users_28d",   "active_users_90d",
                                    "events_7d",         "events_28d",         "events_90d",
                                    "active_days_28d",   "active_days_90d",    "events_change_28d",
                                    "events_change_90d", "days_since_last_use"};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this thread: what a busy machine does not stretch. */
static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t seed = 1;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

struct bench {
    struct arena arena;
    struct problem problem;
    struct house *house;
    size_t accounts;
};

static void stop(const char *what) {
    fprintf(stderr, "bench_backtest: %s\n", what);
    exit(1);
}

static void must(struct bench *b, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&b->problem, ENGLISH, &text);
    buf_put_byte(&text, 0);
    stop(text.p);
}

/* The day on which an account leaves: one in eight within the 28 months, at the end of a term. */
static day_t leaves(size_t account) {
    return account % 8 == 3 ? TODAY - DAYS + 60 + (day_t)(account * 7919 % (DAYS - 60)) : INT32_MAX;
}

static void make_accounts(struct bench *b) {
    struct session *session = NULL;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct origin origin = {.now = clock_now(b->house->clock), .source = STR("bench"), .by = STR("bench")};
    must(b, records_write(b->house->records, &session, &b->problem));
    for (size_t i = 0; i < b->accounts; i++) {
        struct str key = str_format(&arena, "A%06zu", i);
        struct account account = {.has = 1u << ACCOUNT_KEY | 1u << ACCOUNT_NAME | 1u << ACCOUNT_STARTS_ON,
                                  .key = key,
                                  .name = key,
                                  .starts_on = TODAY - 1200};
        must(b, account_create(session, &origin, &account, &problem));
        arena_reset(&arena);
    }
    must(b, session_commit(session, &b->problem));
    must(b, directory_load(b->house->directory, b->house->records, &b->problem));
    arena_free(&arena);
}

/* Straight into the tables of insight: storing them is not what is measured. */
static void make_terms(struct bench *b) {
    struct insight *insight = b->house->insight;
    struct signal_table *table = insight->tables;
    while (!str_is(STR("subscriptions"), table->source->key))
        table++;
    pthread_rwlock_wrlock(&insight->lock);
    for (size_t i = 0; i < b->accounts; i++) {
        day_t end = leaves(i);
        struct signal_row row = {.occurred = (instant_t)(TODAY - 1200) * DAY_MS,
                                 .known_from = (instant_t)(TODAY - 1200) * DAY_MS,
                                 .ended = end == INT32_MAX ? INT64_MAX : (instant_t)end * DAY_MS};
        for (int k = 0; k < SIGNAL_NUMBERS; k++)
            row.number[k] = NAN;
        for (int k = 0; k < SIGNAL_TEXTS; k++)
            row.text[k] = NO_TEXT;
        row.number[signal_number(table->source, STR("arr"))] = 100000 + (double)(i % 50) * 10000;
        row.number[signal_number(table->source, STR("auto_renew"))] = 0;
        row.number[signal_number(table->source, STR("effective_from"))] = TODAY - 1200;
        int key = signal_text(table->source, STR("key")),
            currency = signal_text(table->source, STR("currency"));
        row.text[key] = dict_put(&table->texts[key], str_format(&b->arena, "S%zu", i), NULL);
        row.text[currency] = dict_put(&table->texts[currency], STR("USD"), NULL);
        signal_table_put(table, (uint32_t)i, &row);
    }
    pthread_rwlock_unlock(&insight->lock);
}

/* Use falls to a third in the 90 days before leaving. */
static void make_usage(struct bench *b, size_t rows) {
    static struct usage_entry block[BLOCK];
    for (size_t done = 0; done < rows; done += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++) {
            day_t day = TODAY - DAYS - 120 + (day_t)((double)(done + i) / (double)rows * (DAYS + 120));
            uint32_t account;
            do
                account = (uint32_t)(pow(uniform(), 1.5) * (double)b->accounts);
            while (day >= leaves(account) || (day >= leaves(account) - 90 && uniform() < 0.67));
            block[i] = (struct usage_entry){account,
                                            account * PEOPLE + (uint32_t)(uniform() * PEOPLE),
                                            1 + (uint32_t)(uniform() * 20),
                                            day,
                                            day,
                                            1,
                                            .source = 1};
        }
        usage_write_lock(b->house->usage);
        usage_add(b->house->usage, block, BLOCK);
        usage_unlock(b->house->usage);
    }
    usage_write_lock(b->house->usage);
    usage_settle(b->house->usage, SIZE_MAX);
    usage_unlock(b->house->usage);
}

static double weight_of(int measure, int turn) {
    return 1 + (measure * 7 + turn * 3) % 10;
}

/* {"card": …, "place": 1} with the weights of a turn. */
static const char *card(struct bench *b, int turn) {
    struct buf text = {0};
    buf_put_c(
        &text,
        "{\"place\":1,\"card\":{\"key\":\"bench\",\"title\":{\"en\":\"b\",\"fa\":\"b\"},\"bands\":["
        "{\"key\":\"low\",\"title\":{\"en\":\"l\",\"fa\":\"l\"},\"below\":40},{\"key\":\"mid\",\"title\":{\"en\":\"m\","
        "\"fa\":\"m\"},\"below\":70},{\"key\":\"high\",\"title\":{\"en\":\"h\",\"fa\":\"h\"}}],\"minimum_coverage\":0.5,"
        "\"groups\":[{\"key\":\"g\",\"title\":{\"en\":\"g\",\"fa\":\"g\"},\"weight\":1,\"measures\":[");
    for (int m = 0; m < MEASURES; m++)
        buf_format(
            &text,
            "%s{\"key\":\"m%d\",\"fact\":\"%s\",\"weight\":%g,\"points\":{\"linear\":[[0,%d],[%d,100]]},"
            "\"missing\":\"reweigh\"}",
            m ? "," : "", m, facts[(size_t)m % COUNT(facts)], weight_of(m, turn), m, 10 + m);
    buf_put_c(&text, "]}]}}");
    struct str copy = str_copy(&b->arena, buf_str(&text));
    buf_free(&text);
    return copy.p;
}

static struct json *ask(struct bench *b, enum method method, const char *target, const char *body) {
    struct parameter headers[] = {{STR("if-match"), STR("*")}};
    struct request request = {
        .house = b->house,
        .arena = &b->arena,
        .method = method,
        .headers = headers,
        .header_count = 1,
        .body = str_of(body ? body : ""),
        .peer = STR("local"),
        .principal = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:bench")}};
    struct response response = {0};
    router_dispatch(b->house->router, &request, str_of(target), &response);
    struct str text = str_copy(&b->arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code >= 400) stop(str_c(&b->arena, text));
    struct json *json = arena_alloc(&b->arena, sizeof *json);
    must(b, json_parse(text, &b->arena, json, &b->problem));
    return json;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median of some rounds, each with other weights; *used: of the processor time. */
static double rounds(struct bench *b, bool forget, int n, double *used) {
    double took[ROUNDS], processor[ROUNDS];
    for (int r = 0; r < n; r++) {
        const char *draft = card(b, r + 1);
        const char *bare = str_format(&b->arena, "{%s", draft + strlen("{\"place\":1,")).p;
        if (forget) fact_memory_forget(b->house->insight);
        double start = now_ms(), begun = processor_ms();
        ask(b, METHOD_POST, "/api/v1/scorecards/bench/what-if?outcome=churn&days=90&by=month", bare);
        took[r] = now_ms() - start;
        processor[r] = processor_ms() - begun;
    }
    qsort(took, (size_t)n, sizeof *took, by_value);
    qsort(processor, (size_t)n, sizeof *processor, by_value);
    *used = processor[n / 2];
    return took[n / 2];
}

/* ---- DuckDB ---- */

static void run(duckdb_connection connection, const char *sql, duckdb_result *result) {
    if (duckdb_query(connection, sql, result) != DuckDBSuccess) stop(duckdb_result_error(result));
}

/* The cases with the values of all facts, as known then. */
static void fill_table(struct bench *b, duckdb_connection connection, struct card_set *set) {
    struct backtest_plan plan = {
        .outcome = {OUTCOME_CHURN, 90, 30}, .by = PERIOD_MONTH, .from = INT32_MIN, .to = INT32_MAX};
    struct fact_memory *memory = house_memory(b->house, set->catalogue);
    struct backtest_cases cases;
    struct rule_needs needs = {0};
    struct buf sql = {0};
    duckdb_result result;
    duckdb_appender appender;
    must(b, backtest_gather(b->house, &plan, memory, &b->arena, &cases, &b->problem));
    buf_put_c(&sql, "CREATE TABLE t (lost BOOLEAN");
    for (size_t f = 0; f < COUNT(facts); f++) {
        rule_need(&needs, (struct rule_need){.number = catalogue_find(set->catalogue, str_of(facts[f]))},
                  &b->arena);
        buf_format(&sql, ", f%zu DOUBLE", f);
    }
    buf_put_c(&sql, ")");
    buf_put_byte(&sql, 0);
    run(connection, sql.p, &result);
    duckdb_destroy_result(&result);
    if (duckdb_appender_create(connection, NULL, "t", &appender) != DuckDBSuccess) stop("no appender");
    for (size_t s = 0; s < cases.snapshot_count; s++) {
        const struct snapshot *snapshot = &cases.snapshots[s];
        struct moment moment = moment_of_day(b->house->insight, snapshot->period.from);
        struct column columns[COUNT(facts)];
        moment_known_at(b->house->insight, &moment, snapshot->period.from);
        must(b, fact_memory_needs(memory, &needs, &moment, &b->arena, columns, &b->problem));
        for (size_t i = snapshot->first; i < snapshot->first + snapshot->n; i++) {
            duckdb_append_bool(appender, cases.lost[i]);
            for (size_t f = 0; f < COUNT(facts); f++) {
                if (columns[f].state[cases.account[i]] == FACT_KNOWN)
                    duckdb_append_double(appender, columns[f].number[cases.account[i]]);
                else
                    duckdb_append_null(appender);
            }
            duckdb_appender_end_row(appender);
        }
    }
    if (duckdb_appender_destroy(&appender) != DuckDBSuccess) stop("appending failed");
    fact_memory_release(memory);
    buf_free(&sql);
}

/* Score of a turn's weights and its AUC: kept cases above each lost one, equal ones half. */
static void put_auc(struct buf *sql, int turn) {
    buf_put_c(
        sql,
        "SELECT sum(l * (coalesce(above, 0) + k / 2.0)) / (sum(l) * sum(k)) FROM (SELECT l, k, sum(k) OVER "
        "(ORDER BY s ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS above FROM (SELECT s, count(*) "
        "FILTER (lost) AS l, count(*) FILTER (NOT lost) AS k FROM (SELECT lost, (");
    for (int part = 0; part < 2; part++) {
        if (part) buf_put_c(sql, ") / (");
        for (int m = 0; m < MEASURES; m++) {
            size_t f = (size_t)m % COUNT(facts);
            buf_format(sql, "%sCASE WHEN f%zu IS NULL THEN 0 ELSE %g", m ? " + " : "", f, weight_of(m, turn));
            if (!part)
                buf_format(sql, " * (%d + %.17g * least(greatest(f%zu, 0), %d))", m, (100.0 - m) / (10.0 + m),
                           f, 10 + m);
            buf_put_c(sql, " END");
        }
    }
    buf_put_c(sql, ") AS s FROM t) GROUP BY s))");
}

static double duck(duckdb_connection connection, double *aucs) {
    double took[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        struct buf sql = {0};
        put_auc(&sql, 0);
        buf_put_c(&sql, " UNION ALL ");
        put_auc(&sql, r + 1);
        buf_put_byte(&sql, 0);
        duckdb_result result;
        double start = now_ms();
        run(connection, sql.p, &result);
        took[r] = now_ms() - start;
        aucs[0] = duckdb_value_double(&result, 0, 0);
        aucs[1] = duckdb_value_double(&result, 0, 1);
        duckdb_destroy_result(&result);
        buf_free(&sql);
    }
    qsort(took, ROUNDS, sizeof *took, by_value);
    return took[ROUNDS / 2];
}

int main(int argc, char **argv) {
    struct bench b = {.accounts = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000};
    double millions = argc > 2 ? strtod(argv[2], NULL) : 4;
    char root[] = "/tmp/vafa-bench-backtest-XXXXXX", command[128];
    instant_t now = (instant_t)TODAY * DAY_MS + 36000000;
    struct log log = {0};
    b.problem.arena = &b.arena;
    if (!mkdtemp(root)) return 1;
    must(&b, house_open(str_c(&b.arena, str_format(&b.arena, "%s/data", root)), true, clock_fixed(&now), &log,
                        &b.house, &b.problem));
    make_accounts(&b);
    make_usage(&b, (size_t)(millions * 1e6));
    ask(&b, METHOD_PUT, "/api/v1/scorecards/bench", card(&b, 0));
    must(&b, health_live_catch_up(b.house->health, &b.problem));
    make_terms(&b);

    struct moment moment = moment_now(b.house->insight);
    struct card_set set;
    must(&b, card_set_make(b.house, &moment, STR("bench"), &b.arena, &set, &b.problem));
    double start = now_ms();
    struct json *test =
        ask(&b, METHOD_GET, "/api/v1/scorecards/bench/test?outcome=churn&days=90&by=month", NULL);
    double first = now_ms() - start;
    const struct json *figures = json_get(test, "test");
    printf(
        "%zu accounts, %.1f million rows of use, %.0f cases of 24 monthly snapshots, %.0f lost; AUC %.4f\n",
        b.accounts, millions, json_get(figures, "cases")->number, json_get(figures, "lost")->number,
        json_get(figures, "auc")->number);
    printf("first test %.0f ms\n", first);
    fflush(stdout);
    double warm_used, cold_used, warm = rounds(&b, false, ROUNDS, &warm_used),
                                 cold = rounds(&b, true, 3, &cold_used);
    duckdb_database database;
    duckdb_connection connection;
    double aucs[2];
    if (duckdb_open(NULL, &database) != DuckDBSuccess ||
        duckdb_connect(database, &connection) != DuckDBSuccess)
        stop("no DuckDB");
    fill_table(&b, connection, &set);
    double sql = duck(connection, aucs);
    printf(
        "what-if with other weights %.0f ms, %.0f of processor time (mark 1,000); every snapshot anew %.0f ms, "
        "%.0f of processor time; DuckDB, scores and AUC alone %.0f ms; AUC differs by %.1e\n",
        warm, warm_used, cold, cold_used, sql, fabs(aucs[0] - json_get(figures, "auc")->number));
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    house_close(b.house);
    snprintf(command, sizeof command, "rm -r %s", root);
    int removed = system(command);
    arena_free(&b.arena);
    return removed;
}
