/* How fast journalled bodies become queryable: 250-event bodies through the applier into all stores, without
 * HTTP. The check of the door is left out (bench/track_json). Prints events a second. The second argument: of
 * how many of the 200 event names a property is promoted and summed. */
#include "base/calendar.h"
#include "customers/directory.h"
#include "platform/events.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/settings.h"
#include "signals/ingest.h"
#include "signals/property.h"
#include "signals/usage.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 250, OUTSTANDING = 64 };

static void synced(void *waiter, enum status status) {
    if (status) abort();
    sem_post(waiter);
}

static void die(const struct problem *problem) {
    struct buf text = {0};
    problem_print(problem, ENGLISH, &text);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&text)));
    exit(1);
}

static enum status sum_rows(struct ingest *ingest, size_t n, struct arena *arena, struct problem *problem) {
    static const struct str rows = STR("rows");
    struct property_use *uses = arena_array(arena, n + 1, sizeof *uses);
    for (size_t i = 0; i < n; i++) {
        struct str event = str_format(arena, "Report Exported %03zu", i);
        uses[i] = (struct property_use){
            .key = event, .event = event, .names = &rows, .name_n = 1, .measured = true};
    }
    return ingest_want_properties(ingest, uses, n, problem);
}

int main(int argc, char **argv) {
    size_t promoted = argc > 2 ? (size_t)atoll(argv[2]) : 0;
    int64_t total = argc > 1 ? atoll(argv[1]) : 2000000;
    char folder[] = "/tmp/vafa-bench-XXXXXX";
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct house house = {.folder = mkdtemp(folder),
                          .clock = clock_system(),
                          .notices = notices_new(),
                          .directory = directory_new(),
                          .usage = usage_new()};
    const char *journal = str_format(&arena, "%s/journal", folder).p;
    if (zone_open(STR("UTC"), &house.zone, &problem) ||
        records_open(folder, true, &house.records, &problem) ||
        settings_open(house.records, &house.settings, &problem) ||
        events_open(folder, true, 1024, &house.events, &problem) ||
        journal_open(journal,
                     (struct journal_options){
                         .segment_bytes = 64 << 20, .spare_segments = 1, .backlog_bytes = 8ull << 30},
                     &house.journal, &problem) ||
        ingest_start(&house, NULL, &house.ingest, &problem) ||
        sum_rows(house.ingest, promoted, &arena, &problem))
        die(&problem);
    struct ingest_origin origin = {STR("app"), false};
    sem_t room;
    sem_init(&room, 0, OUTSTANDING);
    int64_t start = monotonic_ms(), sent = 0;
    while (sent < total) {
        struct buf body = {0};
        buf_put_c(&body, "{\"batch\":[");
        for (int i = 0; i < EVENTS; i++, sent++) {
            uint64_t x = (uint64_t)sent * UINT64_C(0x9E3779B97F4A7C15);
            buf_format(
                &body,
                "%s{\"type\":\"track\",\"event\":\"Report Exported %03u\",\"userId\":\"user-%06u\","
                "\"messageId\":\"node-next-16000000-%012lld-4cbb-9a1e\",\"timestamp\":\"2026-01-%02uT%02u:04:05.%03uZ\","
                "\"properties\":{\"format\":\"xlsx\",\"rows\":%u,"
                "\"duration_ms\":12.5,\"filters\":[\"open\",\"mine\"],\"dashboard\":\"Quarterly revenue by region\",\"shared\":true},"
                "\"context\":{\"groupId\":\"account-%05u\",\"library\":{\"name\":\"@segment/analytics-node\",\"version\":\"3.1.0\"}},"
                "\"integrations\":{},\"_metadata\":{\"nodeVersion\":\"22.1.0\"}}",
                i ? "," : "", (unsigned)(x >> 8) % 200, (unsigned)(x >> 16) % 1000000, (long long)sent,
                1 + (unsigned)(x >> 40) % 28, (unsigned)(x >> 50) % 24, (unsigned)(x >> 3) % 1000,
                (unsigned)(x >> 20) % 5000, (unsigned)(x >> 30) % 100 * ((unsigned)(x >> 44) % 1000));
        }
        buf_put_c(&body, "],\"sentAt\":\"2026-01-02T03:04:06Z\"}");
        sem_wait(&room);
        if (ingest_append(house.ingest, origin, TRACK_BATCH, buf_str(&body), synced, &room)) return 1;
        buf_free(&body);
    }
    for (int i = 0; i < OUTSTANDING; i++)
        sem_wait(&room);
    int64_t journalled = monotonic_ms();
    if (ingest_wait_all(house.ingest, -1)) return 1;
    int64_t applied = monotonic_ms();
    uint64_t rows, count;
    if (events_count(house.events, &rows, &count, &problem)) die(&problem);
    printf(
        "%llu events stored; journalled in %.2f s, queryable after %.2f s: %.2f M events/s; accounts %zu, usage %zu MiB\n",
        (unsigned long long)count, (double)(journalled - start) / 1e3, (double)(applied - start) / 1e3,
        (double)total / (double)(applied - start) / 1e3, directory_size(house.directory),
        usage_bytes(house.usage) >> 20);
    ingest_stop(house.ingest);
    journal_close(house.journal);
    events_close(house.events);
    return system(str_format(&arena, "rm -rf %s", folder).p);
}
