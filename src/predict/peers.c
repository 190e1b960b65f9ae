#include "predict/peers.h"

#include <math.h>
#include <stdlib.h>

/* ---- sizes ---- */

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

uint32_t *peer_sizes(const struct peer_columns *c, struct arena *arena) {
    uint32_t *sizes = arena_array(arena, c->n + 1, sizeof *sizes);
    double *known = arena_array(arena, c->n + 1, sizeof *known);
    size_t count = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->could[i] && !isnan(c->beside[i])) known[count++] = c->beside[i];
    if (count) qsort(known, count, sizeof *known, by_number);
    for (size_t i = 0; i < c->n; i++) {
        if (isnan(c->beside[i])) {
            sizes[i] = PEERS_SIZES;
            continue;
        }
        for (size_t q = 1; q < PEERS_SIZES && count; q++)
            sizes[i] += c->beside[i] >= known[q * count / PEERS_SIZES];
    }
    return sizes;
}

/* ---- circles ---- */

/* What divides accounts, the widest first: who stands in a circle shares all but the last few of it. */
struct standing {
    uint32_t by[CIRCLES - 1]; /* size, segment, products */
    uint32_t account;
};

static struct standing standing_of(const struct peer_columns *c, const uint32_t *sizes, size_t account) {
    return (struct standing){{sizes[account], c->segment[account], c->products[account]}, (uint32_t)account};
}

static int by_circle(const struct standing *x, const struct standing *y, enum peer_circle circle) {
    for (int i = 0; i < CIRCLE_ALL - (int)circle; i++)
        if (x->by[i] != y->by[i]) return x->by[i] < y->by[i] ? -1 : 1;
    return 0;
}

static int by_standing(const void *a, const void *b) {
    return by_circle(a, b, CIRCLE_PRODUCTS);
}

bool peers_same(const struct peer_columns *c, const uint32_t *sizes, enum peer_circle circle, size_t a,
                size_t b) {
    struct standing x = standing_of(c, sizes, a), y = standing_of(c, sizes, b);
    return a != b && c->could[b] && !by_circle(&x, &y, circle);
}

struct finding {
    const struct peer_columns *columns;
    const uint32_t *sizes;
    const uint8_t *seen;
    double *scratch;
    struct peers *ret;
};

static bool pays(const struct peer_columns *c, uint32_t account) {
    return c->has[account] && !isnan(c->paid[account]);
}

/* Of what a few unseen pay, beside what others are seen to pay, the median would tell an amount. */
static void tell_median(const struct finding *f, const struct standing *group, size_t m,
                        struct peers *peers) {
    size_t unseen = 0;
    for (size_t i = 0; i < m && f->seen; i++)
        unseen += pays(f->columns, group[i].account) && !f->seen[group[i].account];
    bool all = !unseen || unseen >= PEERS_LEAST_UNSEEN;
    for (size_t i = 0; i < m; i++) {
        uint32_t a = group[i].account;
        if (pays(f->columns, a) && (all || f->seen[a])) f->scratch[peers->paying++] = f->columns->paid[a];
    }
    if (!peers->paying) return;
    qsort(f->scratch, peers->paying, sizeof *f->scratch, by_number);
    size_t half = peers->paying / 2;
    peers->median = peers->paying % 2 ? f->scratch[half] : (f->scratch[half - 1] + f->scratch[half]) / 2;
}

/* Of m that stand together: those without it are told what the others of them have. */
static void tell(const struct finding *f, enum peer_circle circle, const struct standing *group, size_t m) {
    struct peers peers = {.circle = circle, .n = m - 1, .median = NAN};
    for (size_t i = 0; i < m; i++)
        peers.have += f->columns->has[group[i].account] != 0;
    tell_median(f, group, m, &peers);
    peers.interval = proportion_wilson((double)peers.have, (double)peers.n);
    for (size_t i = 0; i < m; i++) {
        uint32_t a = group[i].account;
        if (f->columns->has[a] || f->ret[a].n) continue;
        f->ret[a] = peers;
        f->ret[a].size = f->sizes[a];
    }
}

void peers_find(const struct peer_columns *c, const uint8_t *seen, struct arena *arena, struct peers *ret) {
    struct finding f = {c, peer_sizes(c, arena), seen, arena_array(arena, c->n + 1, sizeof *f.scratch), ret};
    struct standing *all = arena_array(arena, c->n + 1, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < c->n; i++) {
        ret[i] = (struct peers){.median = NAN};
        if (c->could[i]) all[count++] = standing_of(c, f.sizes, i);
    }
    if (count) qsort(all, count, sizeof *all, by_standing);
    for (int circle = 0; circle < CIRCLES; circle++) {
        size_t least = circle == CIRCLE_ALL ? 1 : PEERS_LEAST;
        for (size_t i = 0, end; i < count; i = end) {
            for (end = i + 1; end < count && !by_circle(&all[i], &all[end], (enum peer_circle)circle);)
                end++;
            if (end - i - 1 >= least) tell(&f, (enum peer_circle)circle, all + i, end - i);
        }
    }
}
