/* Retention of 36 months over 100,000 accounts and 500,000 rows of subscriptions: GRR, NRR, logo retention
 * (and everything else) by month, on one thread, from the rows in memory; beside PostgreSQL computing GRR,
 * NRR and logos in SQL over a table of the same rows: indexed, analysed, in memory, one process. Sums of both
 * must be equal, to the minor unit.
 *
 *     bench_retention [CONNECTION-STRING]        without it, Vafa alone */
#include "base/vec.h"
#include "insight/retention.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ACCOUNTS = 100000, ROWS_EACH = 5, ROWS = ACCOUNTS * ROWS_EACH, MONTHS = 36, ROUNDS = 9, COMPARED = 5 };
static const int compared[COMPARED] = {CUSTOMERS_START, CUSTOMERS_KEPT, REVENUE_START, REVENUE_GROSS,
                                       REVENUE_NET};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this process, user and system: what a busy machine does not stretch. */
static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void stop(const char *what) {
    fprintf(stderr, "bench_retention: %s\n", what);
    exit(1);
}

static uint64_t seed = 7;
static uint32_t below(uint32_t n) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- the rows: five yearly terms an account, of one product or two; some customers leave, some come back
 * after a long while ---- */

static void make_rows(struct signal_table *table, day_t first) {
    const struct signal_source *source = table->source;
    uint32_t usd = dict_put(&table->texts[signal_text(source, STR("currency"))], STR("USD"), NULL),
             products[2], plan;
    products[0] = dict_put(&table->texts[signal_text(source, STR("product"))], STR("main"), NULL);
    products[1] = dict_put(&table->texts[signal_text(source, STR("product"))], STR("addon"), NULL);
    plan = dict_put(&table->texts[signal_text(source, STR("plan"))], STR("team"), NULL);
    struct dict *keys = &table->texts[signal_text(source, STR("key"))];
    for (uint32_t account = 0; account < ACCOUNTS; account++) {
        day_t starts = first + (day_t)below(900);
        int64_t arr = 100000 + below(2000000);
        for (uint32_t k = 0; k < ROWS_EACH; k++) {
            char key[24];
            bool addon = k == ROWS_EACH - 1 && below(3) == 0;
            day_t length = 180 + (day_t)below(185), from = addon ? starts - 300 : starts, to = from + length;
            struct signal_row row = {.occurred = (instant_t)from * DAY_MS, .ended = (instant_t)to * DAY_MS};
            for (int i = 0; i < SIGNAL_NUMBERS; i++)
                row.number[i] = __builtin_nan("");
            for (int i = 0; i < SIGNAL_TEXTS; i++)
                row.text[i] = NO_TEXT;
            snprintf(key, sizeof key, "api:%u-%u", account, k);
            row.number[signal_number(source, STR("seats"))] = 5 + below(100);
            row.number[signal_number(source, STR("arr"))] = (double)arr;
            row.number[signal_number(source, STR("auto_renew"))] = 0;
            row.number[signal_number(source, STR("term_months"))] = 12;
            row.number[signal_number(source, STR("effective_from"))] = from;
            row.text[signal_text(source, STR("key"))] = dict_put(keys, str_of(key), NULL);
            row.text[signal_text(source, STR("currency"))] = usd;
            row.text[signal_text(source, STR("product"))] = products[addon];
            row.text[signal_text(source, STR("plan"))] = plan;
            signal_table_put(table, account, &row);
            starts = to + (below(12) == 0 ? 31 + (day_t)below(200)
                                          : 0); /* gaps beyond the grace: SQL knows no other */
            if (below(3) == 0) arr = arr * (80 + below(60)) / 100;
        }
        signal_table_sort(table, account);
    }
}

struct sums {
    int64_t v[MONTHS][RETENTION_AMOUNTS];
};
static int64_t *into_sums(void *self, uint32_t account, size_t period) {
    (void)account;
    return ((struct sums *)self)->v[period];
}

/* ---- the rival ---- */

static void run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        stop(PQerrorMessage(connection));
    PQclear(result);
}

static void fill(PGconn *connection, const struct signal_table *table, const struct period *periods) {
    struct buf b = {0};
    run(connection, "DROP TABLE IF EXISTS subscriptions, months, days");
    run(connection,
        "CREATE TABLE subscriptions (account int, product int, starts int, ends int, arr bigint)");
    run(connection, "CREATE TABLE months (month int, s int, e int)");
    PGresult *result = PQexec(connection, "COPY subscriptions FROM STDIN");
    if (PQresultStatus(result) != PGRES_COPY_IN) stop(PQerrorMessage(connection));
    PQclear(result);
    int product = signal_text(table->source, STR("product")), arr = signal_number(table->source, STR("arr"));
    for (uint32_t account = 0; account < ACCOUNTS; account++) {
        for (uint32_t i = 0; i < table->accounts[account].n; i++) {
            const struct signal_row *row = &table->accounts[account].rows[i];
            buf_format(&b, "%u\t%u\t%lld\t%lld\t%.0f\n", account, row->text[product],
                       (long long)(row->occurred / DAY_MS), (long long)(row->ended / DAY_MS),
                       row->number[arr]);
        }
        if (b.n < 1 << 20 && account + 1 < ACCOUNTS) continue;
        if (PQputCopyData(connection, b.p, (int)b.n) != 1) stop(PQerrorMessage(connection));
        buf_clear(&b);
    }
    if (PQputCopyEnd(connection, NULL) != 1) stop(PQerrorMessage(connection));
    while ((result = PQgetResult(connection))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) stop(PQerrorMessage(connection));
        PQclear(result);
    }
    for (int p = 0; p < MONTHS; p++) {
        buf_clear(&b);
        buf_format(&b, "INSERT INTO months VALUES (%d, %d, %d)", p, periods[p].from, periods[p].to);
        buf_put_byte(&b, 0);
        run(connection, b.p);
    }
    buf_free(&b);
    run(connection, "CREATE TABLE days AS SELECT s AS day FROM months UNION SELECT e FROM months");
    run(connection, "CREATE UNIQUE INDEX ON days (day)");
    run(connection, "CREATE INDEX ON subscriptions (starts, ends)");
    run(connection, "VACUUM ANALYZE subscriptions");
    run(connection, "ANALYZE months");
    run(connection, "ANALYZE days");
    run(connection, "SET work_mem = '1GB'");
    run(connection, "SET jit = off");
    run(connection, "SET max_parallel_workers_per_gather = 0"); /* one process, as ours is one thread */
}

/* What is paid on each of the 37 boundary days, once; then every month's first day beside its last. */
static const char question[] =
    "WITH lines AS (SELECT d.day, x.account, max(x.arr) AS arr FROM subscriptions x"
    "  JOIN days d ON d.day >= x.starts AND d.day < x.ends GROUP BY d.day, x.account, x.product),"
    " paid AS MATERIALIZED (SELECT day, account, sum(arr)::bigint AS arr FROM lines GROUP BY day, account)"
    "SELECT m.month, count(*), count(e.arr), sum(s.arr)::bigint, sum(least(s.arr, coalesce(e.arr, 0)))::bigint,"
    "  sum(coalesce(e.arr, 0))::bigint"
    " FROM months m JOIN paid s ON s.day = m.s LEFT JOIN paid e ON e.day = m.e AND e.account = s.account"
    " GROUP BY m.month ORDER BY m.month";

/* Processor time of the server process that works for us, user and system. */
static double served_ms(PGconn *connection) {
    char path[64], text[1024] = "";
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", PQbackendPID(connection));
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *at = n ? strrchr(text, ')') : NULL;
    if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return 0;
    return (double)(user + kernel) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static void rival(const char *where, const struct signal_table *table, const struct period *periods,
                  const struct sums *ours) {
    PGconn *connection = PQconnectdb(where);
    double best = 1e300, least = 1e300;
    if (PQstatus(connection) != CONNECTION_OK) stop(PQerrorMessage(connection));
    fill(connection, table, periods);
    for (int round = 0; round < 2; round++) {
        double start = now_ms(), used = served_ms(connection);
        PGresult *result = PQexec(connection, question);
        double took = now_ms() - start;
        used = served_ms(connection) - used;
        if (used < least) least = used;
        if (PQresultStatus(result) != PGRES_TUPLES_OK) stop(PQerrorMessage(connection));
        if (took < best) best = took;
        if (PQntuples(result) != MONTHS) stop("PostgreSQL gave another number of months");
        for (int p = 0; p < MONTHS; p++)
            for (int c = 0; c < COMPARED; c++)
                if (strtoll(PQgetvalue(result, p, c + 1), NULL, 10) != ours->v[p][compared[c]]) {
                    fprintf(stderr, "month %d %s: %lld, PostgreSQL %s\n", p,
                            retention_amounts[compared[c]].key, (long long)ours->v[p][compared[c]],
                            PQgetvalue(result, p, c + 1));
                    stop("results differ");
                }
        PQclear(result);
    }
    printf("PostgreSQL: %.0f ms of the clock, %.0f ms of the processor (best of 2); %d × %d sums equal\n",
           best, least, MONTHS, COMPARED);
    PQfinish(connection);
}

int main(int argc, char **argv) {
    struct signal_table table = {0};
    struct zone *zone;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct period periods[MONTHS];
    static struct sums sums;
    double build[ROUNDS], measure[ROUNDS], total[ROUNDS], walls[ROUNDS];
    day_t first;
    for (int i = 0; signal_sources[i]; i++)
        if (strcmp(signal_sources[i]->key, "subscriptions") == 0) table.source = signal_sources[i];
    if (zone_open(STR("Europe/Berlin"), &zone, &problem) ||
        !day_from_date(CALENDAR_GREGORIAN, 2021, 1, 1, &first))
        stop("no zone");
    make_rows(&table, first);
    for (uint32_t a = 0; a < ACCOUNTS; a++) /* local days, as loaded from records */
        for (uint32_t i = 0; i < table.accounts[a].n; i++) {
            struct signal_row *row = &table.accounts[a].rows[i];
            row->occurred = zone_start(zone, (day_t)(row->occurred / DAY_MS));
            row->ended = zone_start(zone, (day_t)(row->ended / DAY_MS));
        }
    periods[0] = period_of(first + 730, PERIOD_MONTH, CALENDAR_GREGORIAN, MONDAY);
    for (int p = 1; p < MONTHS; p++)
        periods[p] = period_next(&periods[p - 1]);
    struct rates rates = {.base = "USD"};
    struct ledger_settings settings = {.grace_days = 0}; /* the SQL knows no grace */
    struct retention_query query = {.periods = periods,
                                    .count = MONTHS,
                                    .seen_on = periods[MONTHS - 1].to,
                                    .rates = &rates,
                                    .currencies = &table.texts[signal_text(table.source, STR("currency"))],
                                    .known_at = INT64_MAX};
    for (int round = 0; round < ROUNDS; round++) {
        struct ledger ledger;
        memset(&sums, 0, sizeof sums);
        double wall = now_ms(), start = processor_ms();
        ledger_read(&ledger, &table, NULL, 0, zone, &settings, INT64_MAX, periods[MONTHS - 1].to);
        double built = processor_ms();
        if (table.rows != ROWS || retention_measure(&ledger, &query, into_sums, &sums, &problem))
            stop("measuring failed");
        double end = processor_ms();
        walls[round] = now_ms() - wall;
        build[round] = built - start;
        measure[round] = end - built;
        total[round] = end - start;
        ledger_free(&ledger);
    }
    qsort(build, ROUNDS, sizeof *build, by_number);
    qsort(measure, ROUNDS, sizeof *measure, by_number);
    qsort(total, ROUNDS, sizeof *total, by_number);
    qsort(walls, ROUNDS, sizeof *walls, by_number);
    printf(
        "%d accounts, %d rows, %d months, median of %d (best): %.0f ms (%.0f) of the clock, %.0f ms (%.0f) of the "
        "processor: ledger %.0f, figures %.0f (mark: 300 ms)\n",
        ACCOUNTS, ROWS, MONTHS, ROUNDS, walls[ROUNDS / 2], walls[0], total[ROUNDS / 2], total[0],
        build[ROUNDS / 2], measure[ROUNDS / 2]);
    if (argc > 1) {
        for (uint32_t a = 0; a < ACCOUNTS; a++)
            for (uint32_t i = 0; i < table.accounts[a].n; i++) {
                struct signal_row *row = &table.accounts[a].rows[i];
                row->occurred = (instant_t)zone_day(zone, row->occurred) * DAY_MS;
                row->ended = (instant_t)zone_day(zone, row->ended) * DAY_MS;
            }
        rival(argv[1], &table, periods, &sums);
    }
    signal_table_free(&table);
    zone_close(zone);
    arena_free(&arena);
    return 0;
}
