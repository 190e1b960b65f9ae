/* Usage facts: 20 facts over 90 days for 100,000 accounts from 20 million events, and for one touched
 * account; beside DuckDB over an in-memory table of the same rows, values compared. bench_facts [events in
 * millions] [accounts] [--no-rival] */
#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "insight/insight.h"
#include "signals/usage.h"

#include <duckdb.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    DAYS = 90,
    FEATURES = 200,
    PEOPLE = 1000000,
    FIRST_DAY = 20000,
    END = FIRST_DAY + DAYS,
    FACTS = 20,
    BLOCK = 10000
};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double resident_mb(void) {
    long pages = 0, skip = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &skip, &pages) != 2) pages = 0;
    if (f) fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static uint64_t seed = 1;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

/* Skewed: account by u^3 (the first tenth has nearly half), a person of its own tenth part of everybody,
 * feature by u^2. */
static struct usage_entry entry_make(uint32_t accounts, double at) {
    uint32_t account = (uint32_t)(pow(uniform(), 3) * accounts);
    double low = cbrt((double)account / accounts),
           high = cbrt((double)(account + 1) / accounts); /* its share of events */
    uint32_t first = (uint32_t)(low * PEOPLE), last = (uint32_t)(high * PEOPLE);
    double u = uniform(), v = uniform();
    day_t day = FIRST_DAY + (day_t)(at * DAYS);
    return (struct usage_entry){
        account, first + (uint32_t)(u * u * (last - first + 1)), 1 + (uint32_t)(v * v * FEATURES), day, day,
        1};
}

struct asked {
    struct usage_query query;
    const char *sql;
};

static const uint32_t core[12] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200}, one[1] = {7}, other[1] = {90};
#define WINDOW(n) .from = END - (n), .to = END, .known_at = INT32_MAX
#define BEFORE(n) .from = END - 2 * (n), .to = END - (n), .known_at = INT32_MAX
#define CORE      .features = core, .feature_count = 12
static const struct asked facts[FACTS] = {
    {{USAGE_EVENTS, WINDOW(7)}, "coalesce(sum(n) filter (day >= 20083), 0)"},
    {{USAGE_EVENTS, WINDOW(28)}, "coalesce(sum(n) filter (day >= 20062), 0)"},
    {{USAGE_EVENTS, WINDOW(90)}, "sum(n)"},
    {{USAGE_USERS, WINDOW(7)}, "count(distinct person) filter (day >= 20083)"},
    {{USAGE_USERS, WINDOW(28)}, "count(distinct person) filter (day >= 20062)"},
    {{USAGE_USERS, WINDOW(90)}, "count(distinct person)"},
    {{USAGE_ACTIVE_DAYS, WINDOW(28)}, "count(distinct day) filter (day >= 20062)"},
    {{USAGE_ACTIVE_DAYS, WINDOW(90)}, "count(distinct day)"},
    {{USAGE_LAST_DAYS, WINDOW(90)}, "20090 - max(day)"},
    {{USAGE_FIRST_DAYS, WINDOW(90)}, "20090 - min(day)"},
    {{USAGE_BREADTH, CORE, WINDOW(28)},
     "count(distinct feature) filter (day >= 20062 and feature in (1,2,3,5,8,13,21,34,55,89,144,200))"},
    {{USAGE_BREADTH, CORE, WINDOW(90)},
     "count(distinct feature) filter (feature in (1,2,3,5,8,13,21,34,55,89,144,200))"},
    {{USAGE_EVENTS, BEFORE(28)}, "coalesce(sum(n) filter (day >= 20034 and day < 20062), 0)"},
    {{USAGE_USERS, BEFORE(28)}, "count(distinct person) filter (day >= 20034 and day < 20062)"},
    {{USAGE_EVENTS, .features = one, .feature_count = 1, WINDOW(28)},
     "coalesce(sum(n) filter (day >= 20062 and feature = 7), 0)"},
    {{USAGE_USERS, .features = one, .feature_count = 1, WINDOW(28)},
     "count(distinct person) filter (day >= 20062 and feature = 7)"},
    {{USAGE_LAST_DAYS, .features = one, .feature_count = 1, WINDOW(90)},
     "coalesce(20090 - max(day) filter (feature = 7), -1)"},
    {{USAGE_EVENTS, .features = other, .feature_count = 1, WINDOW(90)},
     "coalesce(sum(n) filter (feature = 90), 0)"},
    {{USAGE_USERS, .features = other, .feature_count = 1, WINDOW(90)},
     "count(distinct person) filter (feature = 90)"},
    {{USAGE_ACTIVE_DAYS, .features = other, .feature_count = 1, WINDOW(90)},
     "count(distinct day) filter (feature = 90)"},
};

struct appending {
    duckdb_appender appender;
    uint64_t rows;
};
static void append_row(void *self, const struct usage_entry *e) {
    struct appending *a = self;
    duckdb_append_uint32(a->appender, e->account);
    duckdb_append_uint32(a->appender, e->person);
    duckdb_append_uint16(a->appender, (uint16_t)e->feature);
    duckdb_append_int32(a->appender, e->day);
    duckdb_append_uint32(a->appender, e->count);
    duckdb_appender_end_row(a->appender);
    a->rows++;
}

static int rival(struct usage *usage, double **out, double ours_ms) {
    duckdb_database db;
    duckdb_connection connection;
    if (duckdb_open(NULL, &db) || duckdb_connect(db, &connection)) return 1;
    duckdb_query(connection,
                 "set threads = 1; create table rollup (account uinteger, person uinteger, feature "
                 "usmallint, day integer, n uinteger)",
                 NULL);
    struct appending appending = {0};
    duckdb_appender_create(connection, NULL, "rollup", &appending.appender);
    usage_each(usage, INT32_MIN, INT32_MAX, append_row, &appending);
    duckdb_appender_destroy(&appending.appender);
    struct buf sql = {0};
    buf_put_c(&sql, "select account");
    for (size_t f = 0; f < FACTS; f++)
        buf_format(&sql, ", cast(%s as double)", facts[f].sql);
    buf_put_c(&sql, " from rollup group by account");
    buf_put_byte(&sql, 0);
    duckdb_result result;
    double start = now_ms();
    if (duckdb_query(connection, sql.p, &result) == DuckDBError) {
        fprintf(stderr, "rival: %s\n", duckdb_result_error(&result));
        return 1;
    }
    double rival_ms = now_ms() - start;
    size_t wrong = 0, accounts = 0;
    for (duckdb_data_chunk chunk; (chunk = duckdb_fetch_chunk(result)); duckdb_destroy_data_chunk(&chunk)) {
        size_t n = duckdb_data_chunk_get_size(chunk);
        const uint32_t *account = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        for (size_t f = 0; f < FACTS; f++) {
            const double *value = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, f + 1));
            for (size_t i = 0; i < n; i++) {
                double ours = out[f][account[i]];
                if (isnan(ours) ? value[i] != -1 : ours != value[i]) wrong++;
            }
        }
        accounts += n;
    }
    printf("rival DuckDB SQL, in memory, 1 thread, %zu accounts, %llu rows: %.0f ms; ours is %.1f times as "
           "fast; %zu values differ\n",
           accounts, (unsigned long long)appending.rows, rival_ms, rival_ms / ours_ms, wrong);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
    duckdb_close(&db);
    buf_free(&sql);
    return wrong != 0;
}

/* The same through the catalogue: every built-in fact of usage, with health of sources, states and ages. */
static void through_the_catalogue(struct usage *usage, uint32_t accounts) {
    struct arena arena = {0}, one_arena = {0};
    struct problem problem = {.arena = &arena};
    struct zone *zone = NULL;
    instant_t now = (instant_t)END * DAY_MS;
    if (zone_open(STR("UTC"), &zone, &problem)) return;
    usage_heard(usage, 1, FIRST_DAY - 100, true);
    usage_heard(usage, 1, END - 1, true);
    struct insight_parts parts = {
        .directory = directory_new(), .usage = usage, .zone = zone, .clock = clock_fixed(&now)};
    struct insight *insight = insight_new(&parts);
    struct catalogue *catalogue = insight_catalogue(insight);
    uint32_t numbers[64];
    size_t n = 0;
    for (uint32_t f = 0; f < catalogue_size(catalogue); f++)
        if (catalogue_declared(catalogue, f)->kind == FROM_USAGE && n < COUNT(numbers)) numbers[n++] = f;
    struct moment moment = moment_of_day(insight, END);
    struct column columns[COUNT(numbers)];
    double start = now_ms();
    if (facts_evaluate(insight, catalogue, numbers, n, &moment, 0, accounts, &arena, columns, &problem))
        return;
    double all = now_ms() - start;
    enum { TOUCHED = 50000 };
    start = now_ms();
    for (size_t i = 0; i < TOUCHED; i++) {
        if (facts_evaluate(insight, catalogue, numbers, n, &moment, (uint32_t)(uniform() * accounts), 1,
                           &one_arena, columns, &problem))
            return;
        arena_reset(&one_arena);
    }
    printf(
        "through the catalogue, %zu built-in usage facts: %.0f ms for all accounts (2 threads), %.2f µs for a touched one\n",
        n, all, (now_ms() - start) * 1e3 / TOUCHED);
    insight_free(insight);
    directory_free(parts.directory);
    zone_close(zone);
    arena_free(&one_arena);
    arena_free(&arena);
}

int main(int argc, char **argv) {
    double millions = argc > 1 ? strtod(argv[1], NULL) : 20;
    uint32_t accounts = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    bool with_rival = !(argc > 3 && str_is(str_of(argv[3]), "--no-rival"));
    size_t events = (size_t)(millions * 1e6);
    struct usage *usage = usage_new();
    static struct usage_entry block[BLOCK];
    double start = now_ms(), adding = 0;
    for (size_t done = 0; done < events;) {
        size_t n = events - done < BLOCK ? events - done : BLOCK;
        for (size_t i = 0; i < n; i++)
            block[i] = entry_make(accounts, (double)(done + i) / (double)events);
        double before = now_ms();
        usage_write_lock(usage);
        usage_add(usage, block, n);
        usage_unlock(usage);
        adding += now_ms() - before;
        done += n;
    }
    usage_settle(usage, SIZE_MAX);
    printf("%zu events into %u accounts in blocks of %d, in order of time: %.0f ns an event; usage %.0f MB, "
           "resident %.0f MB (generated in %.1f s)\n",
           events, accounts, BLOCK, adding * 1e6 / (double)events, (double)usage_bytes(usage) / 1e6,
           resident_mb(), (now_ms() - start - adding) / 1e3);
    struct usage_query queries[FACTS];
    double *out[FACTS];
    for (size_t f = 0; f < FACTS; f++) {
        queries[f] = facts[f].query;
        out[f] = memory_new(accounts * sizeof(double));
    }
    double best = INFINITY;
    for (int round = 0; round < 3; round++) {
        start = now_ms();
        usage_evaluate(usage, queries, FACTS, 0, accounts, out);
        double took = now_ms() - start;
        if (took < best) best = took;
    }
    printf("%d facts × %u accounts × %d days, 1 thread: %.0f ms, best of 3 (mark 1,000 ms)\n", FACTS,
           accounts, DAYS, best);
    double one_value[FACTS], *one_out[FACTS];
    for (size_t f = 0; f < FACTS; f++)
        one_out[f] = &one_value[f];
    enum { TOUCHED = 100000 };
    start = now_ms();
    for (size_t i = 0; i < TOUCHED; i++)
        usage_evaluate(usage, queries, FACTS, (uint32_t)(uniform() * accounts), 1, one_out);
    double any = (now_ms() - start) * 1e3 / TOUCHED;
    start = now_ms();
    for (size_t i = 0; i < TOUCHED / 10; i++)
        usage_evaluate(usage, queries, FACTS, (uint32_t)(pow(uniform(), 3) * accounts), 1, one_out);
    double busy = (now_ms() - start) * 1e3 / (TOUCHED / 10.0);
    printf("one touched account, %d facts: %.2f µs over accounts at random, %.2f µs over events at random "
           "(mark 5 µs)\n",
           FACTS, any, busy);
    through_the_catalogue(usage, accounts);
    int failed = with_rival ? rival(usage, out, best) : 0;
    for (size_t f = 0; f < FACTS; f++)
        free(out[f]);
    usage_free(usage);
    return failed;
}
