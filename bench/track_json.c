/* How fast bodies are checked and parsed: 250 events of 435 bytes, one core, CPU time. */
#include "signals/track_json.h"

#include <stdio.h>
#include <time.h>

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
    struct buf body = {0};
    buf_put_c(&body, "{\"batch\":[");
    for (int i = 0; i < 250; i++) {
        buf_format(&body,
                   "%s{\"type\":\"track\",\"event\":\"Report Exported "
                   "%03d\",\"userId\":\"user-%06d\",\"messageId\":\"node-next-16000000-%08d-"
                   "4cbb-9a1e\",\"timestamp\":\"2026-01-02T03:04:05.%03dZ\",\"properties\":{\"format\":"
                   "\"xlsx\",\"rows\":%d,\"duration_ms\":"
                   "12.5,\"filters\":[\"open\",\"mine\"],\"dashboard\":\"Quarterly revenue by "
                   "region\",\"shared\":true},\"context\":{\"groupId\":"
                   "\"account-%05d\",\"library\":{\"name\":\"@segment/"
                   "analytics-node\",\"version\":\"3.1.0\"}},\"integrations\":{},\"_metadata\":{"
                   "\"nodeVersion\":\"22.1.0\"}}",
                   i ? "," : "", i % 200, i * 37, i, i, i * 11, i * 13 % 10000);
    }
    buf_put_c(&body, "],\"writeKey\":\"k\",\"sentAt\":\"2026-01-02T03:04:06Z\"}");
    enum { ROUNDS = 20000 };
    struct track_limits limits = {1000, 32 << 10};
    struct track_parser *parser = track_parser_new();
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct track_shape shape;
    struct track_batch batch;
    double start = cpu();
    for (int i = 0; i < ROUNDS; i++) {
        if (track_check(parser, buf_str(&body), TRACK_BATCH, limits, &shape, &problem)) return 1;
    }
    double checked = cpu();
    for (int i = 0; i < ROUNDS; i++) {
        if (track_parse(parser, buf_str(&body), TRACK_BATCH, limits, &arena, &batch, &problem)) return 1;
        arena_reset(&arena);
    }
    double parsed = cpu(), bytes = (double)body.n * ROUNDS, events = 250.0 * ROUNDS;
    printf("body %zu bytes\ncheck %.0f MB/s %.2f M events/s\nparse %.0f MB/s %.2f M events/s\n", body.n,
           bytes / (checked - start) / 1e6, events / (checked - start) / 1e6,
           bytes / (parsed - checked) / 1e6, events / (parsed - checked) / 1e6);
    track_parser_free(parser);
    arena_free(&arena);
    buf_free(&body);
    return 0;
}
