/* The public data of lifetime value (../shared/data/clv), and buyers made by chance. */
#include "base/vec.h"
#include "statistics/buyers.h"

#include <math.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline FILE *clv_open(const char *name) {
    char path[1000];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    if (shared)
        snprintf(path, sizeof path, "%s/data/clv/%s", shared, name);
    else
        snprintf(path, sizeof path, "%s/../shared/data/clv/%s", root ? root : ".", name);
    FILE *file = fopen(path, "r");
    if (!file) fprintf(stderr, "skipped: %s is not there\n", path);
    return file;
}

static inline int32_t clv_day(int date) { /* 19970930 */
    struct tm tm = {.tm_year = date / 10000 - 1900, .tm_mon = date / 100 % 100 - 1, .tm_mday = date % 100};
    return (int32_t)(timegm(&tm) / 86400);
}

/* Known to 1997-09-30, held out to 1998-06-30, in weeks. n = 0: the file is not there. */
static inline struct buyers clv_cdnow(struct arena *arena) {
    FILE *file = clv_open("CDNOW_sample.txt");
    if (!file) return (struct buyers){0};
    VEC(struct purchase) log = {0};
    unsigned master, id, discs;
    int date;
    double dollars;
    while (fscanf(file, "%u %u %d %u %lf", &master, &id, &date, &discs, &dollars) == 5)
        VEC_PUSH(&log, (struct purchase){id, clv_day(date), dollars});
    fclose(file);
    struct buyers buyers = buyers_of(log.v, log.n, clv_day(19970930), clv_day(19980630), 7, arena);
    VEC_FREE(&log);
    return buyers;
}

/* A table with a line of headings: up to 5 numbers a row. Returns the rows. */
static inline size_t clv_table(const char *name, double (*rows)[5], size_t most) {
    FILE *file = clv_open(name);
    if (!file) return 0;
    char line[200];
    size_t n = 0;
    if (!fgets(line, sizeof line, file)) line[0] = 0;
    while (n < most && fgets(line, sizeof line, file)) {
        double *v = rows[n++];
        sscanf(line, "%lf,%lf,%lf,%lf,%lf", &v[0], &v[1], &v[2], &v[3], &v[4]);
    }
    fclose(file);
    return n;
}

static uint64_t seed = 88172645463325252;
static inline double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return ((double)(seed >> 11) + 0.5) * 0x1p-53;
}
static inline double exponential(double rate) {
    return -log(uniform()) / rate;
}
/* Marsaglia and Tsang (2000). */
static inline double gamma_draw(double shape, double rate) {
    if (shape < 1) return gamma_draw(shape + 1, rate) * pow(uniform(), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        if (log(uniform()) < 0.5 * x * x + d - d * v + d * log(v)) return d * v / rate;
    }
}
static inline double beta_draw(double a, double b) {
    double x = gamma_draw(a, 1), y = gamma_draw(b, 1);
    return x / (x + y);
}
