/* 100 segments over 100,000 accounts with 90 days of use, as the server keeps them: all accounts judged in
 * one pass and touched ones alone, facts measured and memberships compared included. The rival is DuckDB
 * asking the same rules in SQL of a table in which the facts stand ready; its counts of members must be ours.
 * bench_segments [accounts] [rows in millions] */
#include "app/house.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/segment.h"
#include "insight/segment_live.h"
#include "platform/records.h"
#include "signals/usage.h"

#include <duckdb.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DAYS = 90, PEOPLE = 100, TODAY = 20500, BLOCK = 10000, SEGMENTS = 100, ROUNDS = 5, TOUCHED = 5000 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of all threads of this process, user and system: what a busy machine does not stretch. */
static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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

static void must(struct bench *b, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&b->problem, ENGLISH, &text);
    fprintf(stderr, "bench_segments: %.*s\n", STR_ARG(buf_str(&text)));
    exit(1);
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
                                  .starts_on = TODAY - 400};
        must(b, account_create(session, &origin, &account, &problem));
        arena_reset(&arena);
    }
    must(b, session_commit(session, &b->problem));
    must(b, directory_load(b->house->directory, b->house->records, &b->problem));
    arena_free(&arena);
}

static void make_usage(struct bench *b, size_t rows) {
    static struct usage_entry block[BLOCK];
    for (size_t done = 0; done < rows; done += BLOCK) {
        day_t day = TODAY - DAYS + (day_t)((double)done / (double)rows * DAYS);
        for (size_t i = 0; i < BLOCK; i++) {
            uint32_t account = (uint32_t)(pow(uniform(), 2) * (double)b->accounts);
            block[i] = (struct usage_entry){account,
                                            account * PEOPLE + (uint32_t)(uniform() * PEOPLE),
                                            1 + (uint32_t)(uniform() * 50),
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

static void stop(const char *what) {
    fprintf(stderr, "bench_segments: %s\n", what);
    exit(1);
}

/* ---- the rules, in the text form and in SQL ---- */

static const struct {
    const char *fact;
    double most;
} facts[] = {{"active_users_7d", 20},
             {"active_users_28d", 60},
             {"active_users_90d", 100},
             {"events_7d", 40},
             {"events_28d", 120},
             {"events_90d", 400},
             {"active_days_28d", 28},
             {"active_days_90d", 90},
             {"days_since_last_use", 60},
             {"events_change_28d", 1},
             {"active_users_change_28d", 1},
             {"tenure_days", 800}};

static void put_leaf(struct buf *text, struct buf *sql) {
    size_t f = (size_t)(uniform() * (double)COUNT(facts));
    double a = floor(uniform() * facts[f].most * 4) / 4, kind = uniform();
    if (kind < 0.4) {
        buf_format(text, "%s < %g", facts[f].fact, a);
        buf_format(sql, "%s < %g", facts[f].fact, a);
    } else if (kind < 0.7) {
        buf_format(text, "%s >= %g", facts[f].fact, a);
        buf_format(sql, "%s >= %g", facts[f].fact, a);
    } else if (kind < 0.9) {
        double b = a + floor(facts[f].most / 3);
        buf_format(text, "%s between %g and %g", facts[f].fact, a, b);
        buf_format(sql, "%s BETWEEN %g AND %g", facts[f].fact, a, b);
    } else {
        buf_format(text, "%s is known", facts[f].fact);
        buf_format(sql, "%s IS NOT NULL", facts[f].fact);
    }
}

/* (leaf and not leaf and leaf) or (leaf and leaf) */
static void put_rule(struct buf *text, struct buf *sql) {
    static const char *const joints[] = {"(", " and not (", ") and ", ") or (", " and ", ")"};
    for (size_t i = 0; i < COUNT(joints); i++) {
        buf_put_c(text, joints[i]);
        buf_put_c(sql, joints[i]);
        if (i + 1 < COUNT(joints)) put_leaf(text, sql);
    }
}

static struct buf make_segments(struct bench *b) {
    struct session *session = NULL;
    struct buf sql = {0}, text = {0};
    buf_put_c(&sql, "SELECT ");
    must(b, records_write(b->house->records, &session, &b->problem));
    for (size_t i = 0; i < SEGMENTS; i++) {
        struct rule_node *root;
        struct segment_record record = {.id = id_new(clock_now(b->house->clock)),
                                        .key = str_format(&b->arena, "s%03zu", i),
                                        .version = 1,
                                        .title_en = STR("s"),
                                        .title_fa = STR("s"),
                                        .created_by = STR("bench")};
        record.has = 1u << SEGMENT_ID | 1u << SEGMENT_KEY | 1u << SEGMENT_VERSION | 1u << SEGMENT_HOLDS |
                     1u << SEGMENT_TITLE_EN | 1u << SEGMENT_TITLE_FA | 1u << SEGMENT_RULE |
                     1u << SEGMENT_LIVE_FROM | 1u << SEGMENT_CREATED_BY;
        buf_clear(&text);
        buf_put_c(&sql, i ? ", count(*) FILTER (WHERE " : "count(*) FILTER (WHERE ");
        put_rule(&text, &sql);
        buf_put_byte(&sql, ')');
        must(b, rule_parse_text(buf_str(&text), &b->arena, &root, &b->problem));
        record.rule = rule_to_json(root, &b->arena);
        must(b, segment_store_insert(session, &record, &b->problem));
    }
    must(b, session_commit(session, &b->problem));
    must(b, insight_remake(b->house->insight, &b->problem));
    buf_put_c(&sql, " FROM t");
    buf_put_byte(&sql, 0);
    buf_free(&text);
    return sql;
}

/* ---- the rival ---- */

static void fill_table(struct bench *b, duckdb_connection connection, const struct moment *moment) {
    struct arena arena = {0};
    struct catalogue *catalogue = insight_catalogue(b->house->insight);
    uint32_t numbers[COUNT(facts)];
    struct column columns[COUNT(facts)];
    struct buf sql = {0};
    duckdb_appender appender;
    buf_put_c(&sql, "CREATE TABLE t (");
    for (size_t f = 0; f < COUNT(facts); f++) {
        numbers[f] = catalogue_find(catalogue, str_of(facts[f].fact));
        buf_format(&sql, "%s%s DOUBLE", f ? ", " : "", facts[f].fact);
    }
    buf_put_c(&sql, ")");
    buf_put_byte(&sql, 0);
    must(b, facts_evaluate(b->house->insight, catalogue, numbers, COUNT(facts), moment, 0, b->accounts,
                           &arena, columns, &b->problem));
    if (duckdb_query(connection, sql.p, NULL) != DuckDBSuccess ||
        duckdb_appender_create(connection, NULL, "t", &appender) != DuckDBSuccess)
        stop("no table");
    for (size_t i = 0; i < b->accounts; i++) {
        for (size_t f = 0; f < COUNT(facts); f++) {
            if (columns[f].state[i] == FACT_KNOWN)
                duckdb_append_double(appender, columns[f].number[i]);
            else
                duckdb_append_null(appender);
        }
        duckdb_appender_end_row(appender);
    }
    if (duckdb_appender_destroy(&appender) != DuckDBSuccess) stop("appending failed");
    buf_free(&sql);
    arena_free(&arena);
}

static void compare(struct bench *b, duckdb_result *result, const struct moment *moment) {
    const struct rule_world *world = &insight_catalogue(b->house->insight)->world;
    for (size_t i = 0; i < SEGMENTS; i++) {
        struct arena arena = {0};
        struct segment_roll roll;
        int64_t members = 0;
        const struct segment *segment = segment_set_find(world->segments, str_format(&b->arena, "s%03zu", i));
        must(b, segment_roll(b->house->insight, world, segment, moment, &arena, &roll, &b->problem));
        for (size_t a = 0; a < roll.n; a++)
            members += roll.truth[a] == TRUTH_TRUE;
        if (members != duckdb_value_int64(result, i, 0)) stop("the rival counts other members");
        arena_free(&arena);
    }
}

int main(int argc, char **argv) {
    struct bench b = {.accounts = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000};
    double millions = argc > 2 ? strtod(argv[2], NULL) : 5, whole = INFINITY, theirs = INFINITY,
           processor = INFINITY;
    char root[] = "/tmp/vafa-bench-segments-XXXXXX", command[128];
    instant_t now = (instant_t)TODAY * DAY_MS + 36000000;
    struct log log = {0};
    b.problem.arena = &b.arena;
    if (!mkdtemp(root)) return 1;
    must(&b, house_open(str_c(&b.arena, str_format(&b.arena, "%s/data", root)), true, clock_fixed(&now), &log,
                        &b.house, &b.problem));
    make_accounts(&b);
    make_usage(&b, (size_t)(millions * 1e6));
    struct buf sql = make_segments(&b);
    struct moment moment = moment_now(b.house->insight);
    struct segment_live *live = b.house->segments;
    must(&b, segment_live_follow(live, NULL, 0, true, &moment, &b.problem)); /* their first generation */
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ms(), used = processor_ms();
        must(&b, segment_live_follow(live, NULL, 0, true, &moment, &b.problem));
        whole = fmin(whole, now_ms() - start);
        processor = fmin(processor, processor_ms() - used);
    }
    uint32_t *touched = memory_new(TOUCHED * sizeof *touched);
    for (size_t i = 0; i < TOUCHED; i++)
        touched[i] = (uint32_t)(uniform() * (double)b.accounts);
    double start = now_ms(), used = processor_ms();
    must(&b, segment_live_follow(live, touched, TOUCHED, false, &moment, &b.problem));
    double each = (now_ms() - start) * 1e3 / TOUCHED,
           each_processor = (processor_ms() - used) * 1e3 / TOUCHED;
    duckdb_database database;
    duckdb_connection connection;
    duckdb_result result;
    if (duckdb_open(NULL, &database) != DuckDBSuccess ||
        duckdb_connect(database, &connection) != DuckDBSuccess)
        stop("DuckDB does not open");
    fill_table(&b, connection, &moment);
    for (int round = 0; round < ROUNDS; round++) {
        start = now_ms();
        if (duckdb_query(connection, sql.p, &result) != DuckDBSuccess) stop(duckdb_result_error(&result));
        theirs = fmin(theirs, now_ms() - start);
        if (round + 1 < ROUNDS) duckdb_destroy_result(&result);
    }
    compare(&b, &result, &moment);
    printf("%d segments × %zu accounts, %.1f million rows of use, best of %d\n", SEGMENTS, b.accounts,
           millions, ROUNDS);
    printf(
        "  vafa    %8.1f ms (%.1f of processor time, all threads), facts measured from the rows (mark: 200 ms)\n",
        whole, processor);
    printf("  DuckDB  %8.1f ms, SQL over a table of the facts ready made; the same members\n", theirs);
    printf("  touched account: %.2f µs (%.2f of processor time; mark: 20 µs)\n", each, each_processor);
    duckdb_destroy_result(&result);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    house_close(b.house);
    free(touched);
    buf_free(&sql);
    snprintf(command, sizeof command, "rm -r %s", root);
    int removed = system(command);
    arena_free(&b.arena);
    return removed;
}
