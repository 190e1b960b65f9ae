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

struct standing {
    uint32_t size, segment, products;
    uint32_t account;
};

static struct standing standing_of(const struct peer_columns *c, const uint32_t *sizes,
                                   enum peer_circle circle, size_t account) {
    return (struct standing){.size = circle < CIRCLE_ALL ? sizes[account] : 0,
                             .segment = circle < CIRCLE_SIZE ? c->segment[account] : 0,
                             .products = circle < CIRCLE_SEGMENT ? c->products[account] : 0,
                             .account = (uint32_t)account};
}

static int by_circle(const struct standing *x, const struct standing *y) {
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    if (x->segment != y->segment) return x->segment < y->segment ? -1 : 1;
    if (x->products != y->products) return x->products < y->products ? -1 : 1;
    return 0;
}

static int by_standing(const void *a, const void *b) {
    const struct standing *x = a, *y = b;
    int order = by_circle(x, y);
    return order ? order : (x->account > y->account) - (x->account < y->account);
}

bool peers_same(const struct peer_columns *c, const uint32_t *sizes, enum peer_circle circle, size_t a,
                size_t b) {
    struct standing x = standing_of(c, sizes, circle, a), y = standing_of(c, sizes, circle, b);
    return a != b && c->could[b] && !by_circle(&x, &y);
}

/* Of m that stand together: those without it are told what the others of them have. */
static void tell(const struct peer_columns *c, const uint32_t *sizes, enum peer_circle circle,
                 const struct standing *group, size_t m, double *scratch, struct peers *ret) {
    struct peers peers = {.circle = circle, .n = m - 1, .median = NAN};
    for (size_t i = 0; i < m; i++) {
        uint32_t a = group[i].account;
        peers.have += c->has[a] != 0;
        if (c->has[a] && !isnan(c->paid[a])) scratch[peers.paying++] = c->paid[a];
    }
    if (peers.paying) {
        qsort(scratch, peers.paying, sizeof *scratch, by_number);
        size_t half = peers.paying / 2;
        peers.median = peers.paying % 2 ? scratch[half] : (scratch[half - 1] + scratch[half]) / 2;
    }
    peers.interval = proportion_wilson((double)peers.have, (double)peers.n);
    for (size_t i = 0; i < m; i++) {
        uint32_t a = group[i].account;
        if (c->has[a] || ret[a].n) continue;
        ret[a] = peers;
        ret[a].size = sizes[a];
    }
}

void peers_find(const struct peer_columns *c, struct arena *arena, struct peers *ret) {
    const uint32_t *sizes = peer_sizes(c, arena);
    struct standing *all = arena_array(arena, c->n + 1, sizeof *all);
    double *scratch = arena_array(arena, c->n + 1, sizeof *scratch);
    for (size_t i = 0; i < c->n; i++)
        ret[i] = (struct peers){.median = NAN};
    for (int circle = 0; circle < CIRCLES; circle++) {
        size_t count = 0, least = circle == CIRCLE_ALL ? 1 : PEERS_LEAST;
        for (size_t i = 0; i < c->n; i++)
            if (c->could[i]) all[count++] = standing_of(c, sizes, (enum peer_circle)circle, i);
        if (count) qsort(all, count, sizeof *all, by_standing);
        for (size_t i = 0, end; i < count; i = end) {
            for (end = i + 1; end < count && !by_circle(&all[i], &all[end]);)
                end++;
            if (end - i - 1 >= least)
                tell(c, sizes, (enum peer_circle)circle, all + i, end - i, scratch, ret);
        }
    }
}
