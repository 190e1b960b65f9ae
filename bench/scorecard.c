/* A scorecard of 20 measures (bands, linear points, all missing rules, two exceptions) over 100,000 accounts:
 * score, band and coverage by scorecard_evaluate on one thread, beside DuckDB computing the same in SQL over
 * a table of the same values on the same number of threads as the machine has. Results are compared within
 * 1e-9. bench_scorecard [folder, unused] */
#include "base/vec.h"
#include "insight/scorecard.h"

#include <duckdb.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { ACCOUNTS = 100000, MEASURES = 20, GROUP_SIZE = 5, ROUNDS = 15, CARRY_DAYS = 14 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t seed = 7;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static void stop(const char *what) {
    fprintf(stderr, "bench_scorecard: %s\n", what);
    exit(1);
}

/* ---- the facts ---- */

static struct fact facts[MEASURES];
static char keys[MEASURES][8];

static uint32_t find(void *self, struct str key) {
    (void)self;
    for (uint32_t i = 0; i < MEASURES; i++)
        if (str_equal(facts[i].key, key)) return i;
    return DICT_NONE;
}
static const struct fact *fact(void *self, uint32_t number) {
    (void)self;
    return &facts[number];
}

static const char *const missing_rules[] = {"reweigh", "zero", "neutral", "carry"};
static double weight_of(int m) {
    return 10 + m * 7 % 30;
}
static double group_weight(int g) {
    return 10 + g * 5;
}
static bool is_linear(int m) {
    return m % 2;
}
static const double steps_x[] = {10, 30, 60, 90}, steps_y[] = {5, 35, 70, 100};

static struct scorecard *make_card(struct arena *arena) {
    struct buf b = {0};
    buf_put_c(&b, "{\"key\": \"bench\", \"bands\": [{\"key\": \"a\", \"below\": 40}, {\"key\": \"b\", "
                  "\"below\": 70}, {\"key\": \"c\"}], \"groups\": [");
    for (int m = 0; m < MEASURES; m++) {
        int g = m / GROUP_SIZE, rule = m % 4;
        if (m % GROUP_SIZE == 0)
            buf_format(&b, "%s{\"key\": \"g%d\", \"weight\": %g, \"measures\": [", g ? "]}," : "", g,
                       group_weight(g));
        buf_format(&b, "%s{\"fact\": \"f%d\", \"weight\": %g, \"missing\": \"%s\", ",
                   m % GROUP_SIZE ? "," : "", m, weight_of(m), missing_rules[rule]);
        if (rule == 3) buf_format(&b, "\"carry_days\": %d, ", CARRY_DAYS);
        buf_format(&b, "\"points\": {\"%s\": [", is_linear(m) ? "linear" : "bands");
        for (size_t s = 0; s < COUNT(steps_x); s++)
            buf_format(&b, "%s[%g, %g]", s ? "," : "", steps_x[s], steps_y[s]);
        buf_put_c(&b, "]}}");
    }
    buf_put_c(&b, "]}], \"exceptions\": ["
                  "{\"when\": {\"fact\": \"f0\", \"is\": \">\", \"value\": 80}, \"cap\": 60, \"reason\": "
                  "{\"en\": \"r\", \"fa\": \"r\"}},"
                  "{\"when\": {\"fact\": \"f1\", \"is\": \"<\", \"value\": 5}, \"set\": 10, \"reason\": "
                  "{\"en\": \"r\", \"fa\": \"r\"}}]}");
    struct json json;
    struct scorecard *card;
    struct rule_scope scope = {.find = find, .fact = fact};
    struct problem problem = {.arena = arena};
    if (json_parse(buf_str(&b), arena, &json, &problem) ||
        scorecard_parse(&json, (struct str){0}, &scope, arena, &card, &problem)) {
        buf_clear(&b);
        problem_print(&problem, ENGLISH, &b);
        buf_put_byte(&b, 0);
        stop(b.p);
    }
    buf_free(&b);
    return card;
}

static struct column column_of(struct arena *arena, bool carried) {
    struct column c = {arena_array(arena, ACCOUNTS, sizeof(double)), arena_alloc(arena, ACCOUNTS),
                       arena_alloc(arena, ACCOUNTS), arena_array(arena, ACCOUNTS, sizeof(int32_t)),
                       arena_alloc(arena, ACCOUNTS)};
    for (size_t i = 0; i < ACCOUNTS; i++) {
        double kind = uniform();
        c.state[i] = kind < (carried ? 0.5 : 0.85) ? FACT_KNOWN
                     : kind < (carried ? 1 : 0.95) ? FACT_UNKNOWN
                                                   : FACT_NOT_APPLICABLE;
        c.number[i] = c.state[i] == FACT_KNOWN ? uniform() * 110 - 5 : 0;
        c.age_days[i] = (int32_t)(uniform() * 30);
    }
    return c;
}

/* ---- the rival ---- */

static void run(duckdb_connection connection, const char *sql, duckdb_result *result) {
    if (duckdb_query(connection, sql, result) != DuckDBSuccess) stop(duckdb_result_error(result));
}

static void fill_table(duckdb_connection connection, const struct column *columns,
                       const struct column *carried) {
    struct buf sql = {0};
    duckdb_result result;
    buf_put_c(&sql, "CREATE TABLE t (id INTEGER");
    for (int m = 0; m < MEASURES; m++)
        buf_format(&sql, ", v%d DOUBLE, na%d BOOLEAN%s", m, m, "");
    for (int m = 3; m < MEASURES; m += 4)
        buf_format(&sql, ", c%d DOUBLE, a%d INTEGER", m, m);
    buf_put_c(&sql, ")");
    buf_put_byte(&sql, 0);
    run(connection, sql.p, &result);
    duckdb_destroy_result(&result);
    buf_free(&sql);
    duckdb_appender appender;
    if (duckdb_appender_create(connection, NULL, "t", &appender) != DuckDBSuccess) stop("no appender");
    for (size_t i = 0; i < ACCOUNTS; i++) {
        duckdb_append_int32(appender, (int32_t)i);
        for (int m = 0; m < MEASURES; m++) {
            if (columns[m].state[i] == FACT_KNOWN)
                duckdb_append_double(appender, columns[m].number[i]);
            else
                duckdb_append_null(appender);
            duckdb_append_bool(appender, columns[m].state[i] == FACT_NOT_APPLICABLE);
        }
        for (int m = 3; m < MEASURES; m += 4) {
            if (carried[m].state[i] == FACT_KNOWN)
                duckdb_append_double(appender, carried[m].number[i]);
            else
                duckdb_append_null(appender);
            duckdb_append_int32(appender, carried[m].age_days[i]);
        }
        duckdb_appender_end_row(appender);
    }
    if (duckdb_appender_destroy(&appender) != DuckDBSuccess) stop("appending failed");
}

static void put_points(struct buf *b, int m) {
    if (is_linear(m)) {
        buf_format(b, "CASE WHEN x%d < %g THEN %g", m, steps_x[0], steps_y[0]);
        for (size_t s = 0; s + 1 < COUNT(steps_x); s++)
            buf_format(b, " WHEN x%d < %g THEN %g + %.17g * (x%d - %g)", m, steps_x[s + 1], steps_y[s],
                       (steps_y[s + 1] - steps_y[s]) / (steps_x[s + 1] - steps_x[s]), m, steps_x[s]);
    } else {
        buf_format(b, "CASE WHEN x%d < %g THEN %g", m, steps_x[1], steps_y[0]);
        for (size_t s = 1; s + 1 < COUNT(steps_x); s++)
            buf_format(b, " WHEN x%d < %g THEN %g", m, steps_x[s + 1], steps_y[s]);
    }
    buf_format(b, " ELSE %g END", steps_y[COUNT(steps_y) - 1]);
}

/* Three layers: values with what is carried, points, sums by group; then the score, its exceptions, band and
 * coverage. */
static struct buf make_sql(const struct scorecard *card) {
    struct buf b = {0};
    buf_put_c(&b, "WITH v AS (SELECT *");
    for (int m = 0; m < MEASURES; m++) {
        if (m % 4 == 3)
            buf_format(&b, ", CASE WHEN v%d IS NULL AND NOT na%d AND a%d <= %d THEN c%d ELSE v%d END AS x%d",
                       m, m, m, CARRY_DAYS, m, m, m);
        else
            buf_format(&b, ", v%d AS x%d", m, m);
    }
    buf_put_c(&b, " FROM t), p AS (SELECT id, v0, v1");
    for (int m = 0; m < MEASURES; m++) {
        const char *instead = m % 4 == 1 ? "0" : m % 4 == 2 ? "50" : "NULL";
        buf_format(&b, ", x%d, na%d, CASE WHEN na%d THEN NULL WHEN x%d IS NULL THEN %s ELSE ", m, m, m, m,
                   instead);
        put_points(&b, m);
        buf_format(&b, " END AS p%d", m);
    }
    buf_put_c(&b, " FROM v), g AS (SELECT id, v0, v1");
    for (int g = 0; g < MEASURES / GROUP_SIZE; g++)
        for (int what = 0; what < 2; what++) {
            buf_put_c(&b, ", ");
            for (int m = g * GROUP_SIZE; m < (g + 1) * GROUP_SIZE; m++) {
                const char *plus = m % GROUP_SIZE ? " + " : "";
                if (what)
                    buf_format(&b, "%sCASE WHEN p%d IS NULL THEN 0 ELSE %g END", plus, m, weight_of(m));
                else
                    buf_format(&b, "%sCASE WHEN p%d IS NULL THEN 0 ELSE %g * p%d END", plus, m, weight_of(m),
                               m);
            }
            buf_format(&b, " AS %c%d", what ? 'w' : 's', g);
        }
    for (int what = 0; what < 2; what++) {
        buf_put_c(&b, ", ");
        for (int m = 0; m < MEASURES; m++)
            buf_format(&b,
                       what ? "%sCASE WHEN na%d THEN 0 ELSE %.17g END"
                            : "%sCASE WHEN x%d IS NULL THEN 0 ELSE %.17g END",
                       m ? " + " : "", m, card->measures[m].full_share);
        buf_format(&b, " AS %s", what ? "whole" : "known");
    }
    buf_put_c(&b, " FROM p), s AS (SELECT id, v0, v1, CASE WHEN whole > 0 THEN known / whole ELSE 0 END AS "
                  "coverage, CASE WHEN known > 0 THEN (");
    for (int what = 0; what < 2; what++) {
        for (int g = 0; g < MEASURES / GROUP_SIZE; g++)
            buf_format(&b,
                       what ? "%sCASE WHEN w%d > 0 THEN %g ELSE 0 END"
                            : "%sCASE WHEN w%d > 0 THEN %g * (s%d / w%d) ELSE 0 END",
                       g ? " + " : "", g, group_weight(g), g, g);
        buf_put_c(&b, what ? ") END AS base FROM g), " : ") / (");
    }
    buf_put_c(&b, "e AS (SELECT id, coverage, v1 < 5 AS decided, CASE WHEN v1 < 5 THEN 10 WHEN v0 > 80 THEN "
                  "least(base, 60) ELSE base END AS score FROM s) "
                  "SELECT id, score, coverage, CASE WHEN score IS NULL OR (decided IS NOT TRUE AND coverage "
                  "< 0.5 - 1e-12) THEN 255 WHEN score < 40 "
                  "THEN 0 WHEN score < 70 THEN 1 ELSE 2 END::UTINYINT AS band FROM e");
    buf_put_byte(&b, 0);
    return b;
}

/* The largest difference of score and coverage; stops where one side has a score or band and the other has
 * not. */
static double compare(duckdb_result *result, const struct scorecard_output *out) {
    double most = 0;
    size_t seen = 0;
    duckdb_data_chunk chunk;
    while ((chunk = duckdb_fetch_chunk(*result))) {
        const int32_t *id = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        duckdb_vector scores = duckdb_data_chunk_get_vector(chunk, 1);
        const double *score = duckdb_vector_get_data(scores),
                     *coverage = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 2));
        const uint8_t *band = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 3));
        uint64_t *valid = duckdb_vector_get_validity(scores);
        for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++, seen++) {
            bool has = !valid || duckdb_validity_row_is_valid(valid, i);
            if (has == isnan(out->score[id[i]]) || band[i] != out->band[id[i]])
                stop("the two disagree about a score or a band");
            if (has) most = fmax(most, fabs(score[i] - out->score[id[i]]));
            most = fmax(most, fabs(coverage[i] - out->coverage[id[i]]));
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    if (seen != ACCOUNTS) stop("the rival has another number of rows");
    return most;
}

int main(void) {
    struct arena arena = {0}, scratch = {0};
    for (int m = 0; m < MEASURES; m++) {
        snprintf(keys[m], sizeof keys[m], "f%d", m);
        facts[m] = (struct fact){.key = str_of(keys[m]), .type = VALUE_NUMBER};
    }
    struct scorecard *card = make_card(&arena);
    struct column columns[MEASURES], carried[MEASURES] = {0};
    for (int m = 0; m < MEASURES; m++)
        columns[m] = column_of(&arena, false);
    for (int m = 3; m < MEASURES; m += 4)
        carried[m] = column_of(&arena, true);
    struct scorecard_input input = {.columns = columns, .carried = carried};
    struct scorecard_output out = {arena_array(&arena, ACCOUNTS, sizeof(double)),
                                   arena_alloc(&arena, ACCOUNTS),
                                   arena_array(&arena, ACCOUNTS, sizeof(double))};
    double ours = INFINITY, theirs = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ms();
        scorecard_evaluate(card, &input, ACCOUNTS, &scratch, &out);
        ours = fmin(ours, now_ms() - start);
        arena_reset(&scratch);
    }
    double start = now_ms();
    for (size_t i = 0; i < ACCOUNTS; i += 10) {
        struct scorecard_result result;
        scorecard_explain(card, &input, i, &scratch, &result);
        if (i % 1000 == 0) arena_reset(&scratch);
    }
    double explain = (now_ms() - start) * 10 / ACCOUNTS * 1e3;
    duckdb_database database;
    duckdb_connection connection;
    if (duckdb_open(NULL, &database) != DuckDBSuccess ||
        duckdb_connect(database, &connection) != DuckDBSuccess)
        stop("DuckDB does not open");
    fill_table(connection, columns, carried);
    struct buf sql = make_sql(card);
    duckdb_result result;
    for (int round = 0; round < ROUNDS; round++) {
        start = now_ms();
        run(connection, sql.p, &result);
        theirs = fmin(theirs, now_ms() - start);
        if (round + 1 < ROUNDS) duckdb_destroy_result(&result);
    }
    double apart = compare(&result, &out);
    duckdb_destroy_result(&result);
    printf("%d measures × %d accounts, best of %d rounds\n", MEASURES, ACCOUNTS, ROUNDS);
    printf("  vafa    %8.2f ms, one thread (mark: 20 ms)\n", ours);
    printf("  DuckDB  %8.2f ms, SQL over a table of the same values\n", theirs);
    printf("  ratio   %8.1f × (mark: 20 ×); results within %.1e\n", theirs / ours, apart);
    printf("  one account with all contributions: %.2f µs\n", explain);
    buf_free(&sql);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    arena_free(&arena);
    arena_free(&scratch);
    return apart < 1e-9 ? 0 : 1;
}
