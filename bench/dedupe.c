/* Nanoseconds a key to check and put in, in batches of 250 as requests bring them, with up to 20 million keys
 * in the tables; and beside it the same with closed days in files. Usage: bench_dedupe [millions of keys, 20]
 */
#include "platform/dedupe.h"
#include "platform/crc32c.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 250, DAY0 = 19000 };

/* The thread's own time: what else the machine does stays out of it. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static uint64_t scramble(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
static double send(struct dedupe *dedupe, uint64_t from, size_t n, day_t day, size_t *fresh,
                   double *longest) {
    double took = 0;
    *fresh = 0;
    *longest = 0;
    for (size_t at = 0; at < n; at += BATCH) {
        struct event_key keys[BATCH];
        day_t days[BATCH];
        bool seen[BATCH];
        for (size_t i = 0; i < BATCH; i++) {
            keys[i] = (struct event_key){scramble(from + at + i), scramble(~(from + at + i))};
            days[i] = day;
        }
        double start = now();
        dedupe_check(dedupe, keys, days, BATCH, seen);
        double t = now() - start;
        took += t;
        if (t > *longest) *longest = t;
        for (size_t i = 0; i < BATCH; i++)
            *fresh += !seen[i];
    }
    return took / (double)n * 1e9;
}

int main(int argc, char **argv) {
    size_t n = (size_t)(argc > 1 ? atoi(argv[1]) : 20) * 1000000, fresh;
    char folder[] = "/tmp/vafa-bench-dedupe-XXXXXX", command[64];
    if (!mkdtemp(folder)) return 1;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct dedupe *dedupe;
    double longest;
    if (dedupe_open(folder, NULL, (struct dedupe_options){.days = 30}, DAY0, &dedupe, &problem)) return 1;
    if (dedupe_advance(dedupe, DAY0, &problem)) return 1;
    double ns = send(dedupe, 0, n, DAY0, &fresh, &longest);
    printf("new keys, growing table       %5.1f ns a key (%zu new, longest batch %.2f ms)\n", ns, fresh,
           longest * 1e3);
    ns = send(dedupe, 0, n, DAY0, &fresh, &longest);
    printf("keys known in the table       %5.1f ns a key (%zu new)\n", ns, fresh);
    double start = now();
    if (dedupe_advance(dedupe, DAY0 + 2, &problem)) return 1;
    printf("writing the day to its file   %5.2f s\n", now() - start);
    ns = send(dedupe, n, n / 10, DAY0 + 2, &fresh, &longest);
    printf("new keys beside a closed day  %5.1f ns a key (%zu new)\n", ns, fresh);
    ns = send(dedupe, 0, n / 10, DAY0 + 2, &fresh, &longest);
    printf("keys known in the closed day  %5.1f ns a key (%zu new)\n", ns, fresh);
    dedupe_close(dedupe);

    static char frame[108844];
    uint32_t crc = 0;
    start = now();
    for (int i = 0; i < 20000; i++)
        crc = crc32c(crc, frame, sizeof frame);
    printf("crc32c of %zu-byte frames %5.1f GB/s (%08x)\n", sizeof frame,
           20000.0 * sizeof frame / (now() - start) / 1e9, crc);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0;
}
