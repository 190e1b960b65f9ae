/* Events a second into the event store, one writer, 100,000 events a batch with 160-byte properties,
 * committed; then compacted and listed. Beside it, from the same run: the same rows into DuckDB with the
 * properties in a VARCHAR column. Usage: bench_events [millions of events, 2] */
#include "platform/events.h"
#include "base/vec.h"

#include <duckdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 100000, TEXT = 256 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static uint64_t next(uint64_t *x) {
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return *x;
}
static void stop_if(bool failed, const char *what) {
    if (!failed) return;
    fprintf(stderr, "bench_events: %s failed\n", what);
    exit(1);
}

static void make_batch(struct event *batch, char *texts, uint64_t *seed, uint64_t first) {
    for (size_t i = 0; i < BATCH; i++) {
        uint64_t r = next(seed);
        char *text = texts + i * (TEXT + 40);
        int n = snprintf(
            text, TEXT,
            "{\"plan\":\"%s\",\"path\":\"/projects/%u/boards/%u\",\"duration_ms\":%u,\"browser\":\"%s\",\"locale\":\"fa-IR\","
            "\"experiment\":\"onboarding-%u\",\"referrer\":\"https://example.com/%u\"}",
            r & 1 ? "business" : "starter", (unsigned)(r >> 8 & 4095), (unsigned)(r >> 20 & 255),
            (unsigned)(r >> 30 & 16383), r & 2 ? "Firefox" : "Chrome", (unsigned)(r >> 3 & 7),
            (unsigned)(r >> 44));
        int id = snprintf(text + TEXT, 39, "%016llx-%016llx", (unsigned long long)next(seed),
                          (unsigned long long)r);
        uint64_t skew = (r >> 5) % 1000 * ((r >> 17) % 1000) / 10; /* few accounts have most of the events */
        batch[i] = (struct event){.key = {next(seed), r},
                                  .occurred = 1700000000000 + (instant_t)((first + i) * 4 + r % 50000),
                                  .source = 1,
                                  .account = (uint32_t)skew + 1,
                                  .user = (uint32_t)(r % 1000000) + 1,
                                  .name = (uint32_t)(r >> 9) % 200 + 1,
                                  .count = 1,
                                  .properties = {text, (size_t)n},
                                  .message_id = {text + TEXT, (size_t)id}};
        batch[i].received = batch[i].known_from = 1700000000000 + (instant_t)(first + i) * 4;
    }
}

static void numbers(struct events *events) {
    char text[32];
    events_number(events, DICTIONARY_SOURCE, STR("web"));
    for (int i = 0; i < 100001; i++)
        events_number(events, DICTIONARY_ACCOUNT, (struct str){text, (size_t)snprintf(text, 32, "a%d", i)});
    for (int i = 0; i < 1000000; i++)
        events_number(events, DICTIONARY_USER, (struct str){text, (size_t)snprintf(text, 32, "u%d", i)});
    for (int i = 0; i < 200; i++)
        events_number(events, DICTIONARY_NAME, (struct str){text, (size_t)snprintf(text, 32, "n%d", i)});
}

static double size_mb(const char *folder, const char *name) {
    char path[128];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) ? 0 : (double)info.st_size / 1e6;
}

static double time_list(struct events *events, const struct event_filter *filter, struct problem *problem) {
    double best = 1e9;
    for (int i = 0; i < 7; i++) {
        struct arena arena = {0};
        struct event *list;
        size_t n;
        double start = now();
        stop_if(events_list(events, filter, (struct event_position){0}, 50, &arena, &list, &n, problem),
                "list");
        double took = now() - start;
        if (took < best) best = took;
        arena_free(&arena);
    }
    return best * 1e3;
}

static enum status count_block(void *self, const struct event_block *block, struct problem *problem) {
    (void)problem;
    *(uint64_t *)self += block->n;
    return OK;
}

static double ours(const char *folder, size_t batches, struct event *batch, char *texts) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct events *events;
    stop_if(events_open(folder, true, 1024, &events, &problem), "open");
    numbers(events);
    stop_if(events_commit(events, 1, &problem), "commit");
    uint64_t seed = 88172645463325252u;
    double took = 0, longest = 0;
    for (size_t b = 0; b < batches; b++) {
        make_batch(batch, texts, &seed, b * BATCH);
        double start = now();
        stop_if(events_append(events, batch, BATCH, &problem) || events_commit(events, b + 2, &problem),
                "append");
        double t = now() - start;
        took += t;
        if (t > longest) longest = t;
    }
    double start = now();
    stop_if(events_checkpoint(events, &problem), "checkpoint");
    double checkpoint = now() - start;
    double rate = (double)(batches * BATCH) / took;
    printf(
        "store        %8.0f events/s (longest batch %.0f ms), with compaction %.0f events/s, file %.0f MB\n",
        rate, longest * 1e3, (double)(batches * BATCH) / (took + checkpoint),
        size_mb(folder, "events.duckdb"));
    uint32_t account = 5000, user = 77;
    struct event_filter by_account = {.accounts = &account, .account_count = 1},
                        by_user = {.users = &user, .user_count = 1};
    printf("list 50      newest %.1f ms, of an account %.1f ms, of a user %.1f ms\n",
           time_list(events, NULL, &problem), time_list(events, &by_account, &problem),
           time_list(events, &by_user, &problem));
    uint64_t n = 0;
    start = now();
    stop_if(events_scan(events, NULL, count_block, &n, &problem), "scan");
    printf("scan         %.1f million events/s\n", (double)n / (now() - start) / 1e6);
    events_close(events);
    arena_free(&arena);
    return rate;
}

static double rival(const char *folder, size_t batches, struct event *batch, char *texts) {
    char path[128];
    snprintf(path, sizeof path, "%s/rival.duckdb", folder);
    duckdb_database database;
    duckdb_connection c;
    duckdb_config config;
    duckdb_create_config(&config);
    duckdb_set_config(config, "threads", "2");
    duckdb_set_config(config, "checkpoint_threshold", "1GB");
    duckdb_set_config(config, "memory_limit", "1GB");
    stop_if(duckdb_open_ext(path, &database, config, NULL) != DuckDBSuccess ||
                duckdb_connect(database, &c) != DuckDBSuccess,
            "open");
    duckdb_destroy_config(&config);
    stop_if(
        duckdb_query(
            c,
            "CREATE TABLE events(key_high UBIGINT, key_low UBIGINT, occurred BIGINT, received BIGINT, known_from BIGINT, "
            "source UINTEGER, account UINTEGER, person UINTEGER, name UINTEGER, count UINTEGER, flags UINTEGER, "
            "properties VARCHAR, message_id VARCHAR)",
            NULL) != DuckDBSuccess,
        "create");
    enum { COLUMNS = 13 };
    duckdb_type kinds[COLUMNS] = {DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_UBIGINT,  DUCKDB_TYPE_BIGINT,
                                  DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_BIGINT,   DUCKDB_TYPE_UINTEGER,
                                  DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER,
                                  DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_VARCHAR,
                                  DUCKDB_TYPE_VARCHAR};
    duckdb_logical_type types[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        types[i] = duckdb_create_logical_type(kinds[i]);
    duckdb_data_chunk chunk = duckdb_create_data_chunk(types, COLUMNS);
    duckdb_appender appender;
    stop_if(duckdb_appender_create(c, NULL, "events", &appender) != DuckDBSuccess, "appender");
    uint64_t seed = 88172645463325252u;
    double took = 0;
    for (size_t b = 0; b < batches; b++) {
        make_batch(batch, texts, &seed, b * BATCH);
        double start = now();
        duckdb_query(c, "BEGIN", NULL);
        for (size_t i = 0; i < BATCH;) {
            size_t n = BATCH - i < duckdb_vector_size() ? BATCH - i : duckdb_vector_size();
            duckdb_data_chunk_reset(chunk);
            void *v[COLUMNS];
            for (idx_t k = 0; k < COLUMNS; k++)
                v[k] = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, k));
            duckdb_vector properties = duckdb_data_chunk_get_vector(chunk, 11),
                          ids = duckdb_data_chunk_get_vector(chunk, 12);
            for (size_t k = 0; k < n; k++, i++) {
                const struct event *e = &batch[i];
                ((uint64_t *)v[0])[k] = e->key.high, ((uint64_t *)v[1])[k] = e->key.low;
                ((int64_t *)v[2])[k] = e->occurred, ((int64_t *)v[3])[k] = e->received,
                          ((int64_t *)v[4])[k] = e->known_from;
                ((uint32_t *)v[5])[k] = e->source, ((uint32_t *)v[6])[k] = e->account,
                           ((uint32_t *)v[7])[k] = e->user;
                ((uint32_t *)v[8])[k] = e->name, ((uint32_t *)v[9])[k] = e->count,
                           ((uint32_t *)v[10])[k] = e->flags;
                duckdb_vector_assign_string_element_len(properties, k, e->properties.p, e->properties.n);
                duckdb_vector_assign_string_element_len(ids, k, e->message_id.p, e->message_id.n);
            }
            duckdb_data_chunk_set_size(chunk, n);
            stop_if(duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess, "append");
        }
        stop_if(duckdb_appender_flush(appender) != DuckDBSuccess ||
                    duckdb_query(c, "COMMIT", NULL) != DuckDBSuccess,
                "commit");
        took += now() - start;
    }
    double start = now();
    duckdb_query(c, "CHECKPOINT", NULL);
    double checkpoint = now() - start;
    double rate = (double)(batches * BATCH) / took;
    printf("DuckDB alone %8.0f events/s (properties VARCHAR), with compaction %.0f events/s, file %.0f MB\n",
           rate, (double)(batches * BATCH) / (took + checkpoint), size_mb(folder, "rival.duckdb"));
    duckdb_appender_destroy(&appender);
    duckdb_destroy_data_chunk(&chunk);
    for (int i = 0; i < COLUMNS; i++)
        duckdb_destroy_logical_type(&types[i]);
    duckdb_disconnect(&c);
    duckdb_close(&database);
    return rate;
}

int main(int argc, char **argv) {
    size_t batches = (size_t)(argc > 1 ? atoi(argv[1]) : 2) * 10;
    char folder[] = "/tmp/vafa-bench-events-XXXXXX", command[64];
    stop_if(!mkdtemp(folder), "mkdtemp");
    struct event *batch = memory_new(BATCH * sizeof *batch);
    char *texts = memory_new((size_t)BATCH * (TEXT + 40));
    double a = ours(folder, batches, batch, texts), b = rival(folder, batches, batch, texts);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("ratio %.2f; most memory %.0f MB (both)\n", a / b, (double)usage.ru_maxrss / 1e3);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    stop_if(system(command), "rm");
    free(batch);
    free(texts);
    return 0;
}
