#include "insight/search_index.h"

#include "base/utf8.h"

#include <pthread.h>

/* Folded, without spaces and punctuation: letters and digits as 16-bit codes (others by their lower half). */
struct folded {
    uint32_t at, n;
    uint64_t mask; /* bit (code mod 64) of each code */
};
struct placed {
    uint32_t kind, number;
    uint32_t texts[SEARCH_TEXTS]; /* numbers of folded + 1; 0: none */
};

struct search_index {
    pthread_rwlock_t lock;
    VEC(uint16_t) codes;
    VEC(uint8_t) starts; /* by code: 1 where a word starts */
    VEC(struct folded) texts;
    struct {
        const char **addresses; /* open addressing */
        uint32_t *numbers;
        size_t slots, n;
    } known;
    VEC(struct placed) items;
};

struct search_index *search_index_new(void) {
    struct search_index *index = memory_new(sizeof *index);
    pthread_rwlock_init(&index->lock, NULL);
    return index;
}

void search_index_free(struct search_index *index) {
    if (!index) return;
    pthread_rwlock_destroy(&index->lock);
    VEC_FREE(&index->codes);
    VEC_FREE(&index->starts);
    VEC_FREE(&index->texts);
    VEC_FREE(&index->items);
    free(index->known.addresses);
    free(index->known.numbers);
    free(index);
}

/* ---- texts ---- */

static bool counts(uint32_t c) {
    if (c >= 0x80)
        return c != 0xAB && c != 0xBB && c != 0x60C && c != 0x61B && c != 0x61F && (c < 0x2000 || c > 0x206F);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

struct codes {
    uint16_t *code;
    uint8_t *start;
    size_t n;
    uint64_t mask;
};

static struct codes codes_of(struct str text, size_t most, struct arena *arena) {
    struct str folded = utf8_fold_split(arena, text);
    struct codes out = {arena_array(arena, folded.n + 1, sizeof(uint16_t)), arena_alloc(arena, folded.n + 1),
                        0, 0};
    bool start = true;
    for (size_t at = 0; at < folded.n && out.n < most;) {
        uint32_t c = utf8_next(folded, &at);
        if (!counts(c)) {
            start = true;
            continue;
        }
        out.code[out.n] = (uint16_t)c;
        out.start[out.n++] = start;
        out.mask |= (uint64_t)1 << (c & 63);
        start = false;
    }
    return out;
}

static size_t slot_of(const struct search_index *index, const char *address) {
    size_t at = ((uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (index->known.slots - 1);
    while (index->known.addresses[at] && index->known.addresses[at] != address)
        at = (at + 1) & (index->known.slots - 1);
    return at;
}

static void grow(struct search_index *index) {
    if (index->known.n * 2 < index->known.slots) return;
    const char **addresses = index->known.addresses;
    uint32_t *numbers = index->known.numbers;
    size_t slots = index->known.slots;
    index->known.slots = slots ? slots * 2 : 1024;
    index->known.addresses = memory_new(index->known.slots * sizeof *index->known.addresses);
    index->known.numbers = memory_new(index->known.slots * sizeof *index->known.numbers);
    for (size_t i = 0; i < slots; i++) {
        if (!addresses[i]) continue;
        size_t at = slot_of(index, addresses[i]);
        index->known.addresses[at] = addresses[i];
        index->known.numbers[at] = numbers[i];
    }
    free(addresses);
    free(numbers);
}

static uint32_t number_of_text(struct search_index *index, struct str text, struct arena *scratch) {
    enum { LONGEST = 400 };
    if (!text.n) return 0;
    grow(index);
    size_t at = slot_of(index, text.p);
    if (index->known.addresses[at]) return index->known.numbers[at];
    struct codes codes = codes_of(text, LONGEST, scratch);
    struct folded folded = {(uint32_t)index->codes.n, (uint32_t)codes.n, codes.mask};
    for (size_t i = 0; i < codes.n; i++) {
        VEC_PUSH(&index->codes, codes.code[i]);
        VEC_PUSH(&index->starts, codes.start[i]);
    }
    VEC_PUSH(&index->texts, folded);
    index->known.addresses[at] = text.p;
    index->known.numbers[at] = (uint32_t)index->texts.n;
    index->known.n++;
    return (uint32_t)index->texts.n;
}

void search_index_put(struct search_index *index, const struct search_item *items, size_t n) {
    struct arena scratch = {0};
    pthread_rwlock_wrlock(&index->lock);
    index->items.n = 0;
    for (size_t i = 0; i < n; i++) {
        struct placed placed = {items[i].kind, items[i].number, {0}};
        for (int t = 0; t < SEARCH_TEXTS; t++)
            placed.texts[t] = number_of_text(index, items[i].texts[t], &scratch);
        VEC_PUSH(&index->items, placed);
        if (scratch.used > 65536) arena_reset(&scratch);
    }
    pthread_rwlock_unlock(&index->lock);
    arena_free(&scratch);
}

/* ---- matching ---- */

/* Edit distance of a pattern to the best place of a text, errors being a letter more, less, other, or two
 * swapped: the bit-parallel automaton of Myers (1999) with transpositions by Hyyrö (2003). */
struct pattern {
    const uint16_t *code;
    size_t n;
    uint64_t mask;
    int most; /* errors allowed */
    uint16_t key[128];
    uint64_t bits[128]; /* by letter: its places in the pattern */
};

static struct pattern pattern_of(const uint16_t *code, size_t n) {
    struct pattern p = {.code = code, .n = n, .most = n >= 8 ? 2 : n >= 4 ? 1 : 0};
    for (size_t i = 0; i < n; i++) {
        size_t at = (code[i] ^ code[i] >> 7) & 127;
        while (p.bits[at] && p.key[at] != code[i])
            at = (at + 1) & 127;
        p.key[at] = code[i];
        p.bits[at] |= (uint64_t)1 << i;
        p.mask |= (uint64_t)1 << (code[i] & 63);
    }
    return p;
}

static uint64_t places(const struct pattern *p, uint16_t code) {
    size_t at = (code ^ code >> 7) & 127;
    while (p->bits[at] && p->key[at] != code)
        at = (at + 1) & 127;
    return p->bits[at];
}

static int distance(const struct pattern *p, const uint16_t *text, size_t n) {
    uint64_t vp = ~UINT64_C(0), vn = 0, d0 = 0, before = 0, last = (uint64_t)1 << (p->n - 1);
    int score = (int)p->n, best = score;
    for (size_t i = 0; i < n; i++) {
        uint64_t pm = places(p, text[i]);
        uint64_t swapped = ((~d0 & pm) << 1) & before;
        d0 = (((pm & vp) + vp) ^ vp) | pm | vn | swapped;
        uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
        if (hp & last) score++;
        if (hn & last) score--;
        hp <<= 1;
        vp = hn << 1 | ~(d0 | hp);
        vn = hp & d0;
        before = pm;
        if (score < best) best = score;
    }
    return best;
}

/* The best place of the pattern as it stands. */
static uint8_t exact(const struct pattern *p, const uint16_t *text, const uint8_t *start, size_t n) {
    uint8_t best = RANK_NONE;
    for (size_t i = 0; i + p->n <= n; i++) {
        if (text[i] != p->code[0] || memcmp(text + i, p->code, p->n * sizeof *text)) continue;
        uint8_t rank = !i ? (p->n == n ? RANK_EQUAL : RANK_PREFIX) : start[i] ? RANK_WORD : RANK_ANYWHERE;
        if (rank < best) best = rank;
        if (rank <= RANK_PREFIX) break;
    }
    return best;
}

struct query {
    uint32_t kinds;
    struct pattern whole, tokens[SEARCH_TOKENS];
    size_t token_n;
};

static uint8_t rank_of(const struct search_index *index, const struct query *query, uint32_t number,
                       bool typos) {
    if (!number) return RANK_NONE;
    const struct folded *folded = &index->texts.v[number - 1];
    const uint16_t *text = index->codes.v + folded->at;
    if (!typos) {
        if (query->whole.mask & ~folded->mask) return RANK_NONE;
        uint8_t rank = exact(&query->whole, text, index->starts.v + folded->at, folded->n);
        if (rank != RANK_NONE || query->token_n < 2) return rank;
        for (size_t t = 0; t < query->token_n; t++)
            if (exact(&query->tokens[t], text, index->starts.v + folded->at, folded->n) == RANK_NONE)
                return RANK_NONE;
        return RANK_TOKENS;
    }
    if (__builtin_popcountll(query->whole.mask & ~folded->mask) > query->whole.most + (int)query->token_n - 1)
        return RANK_NONE;
    int errors = query->whole.most ? distance(&query->whole, text, folded->n) : 99;
    if (errors <= query->whole.most) return errors < 2 ? RANK_TYPO : RANK_TYPOS;
    for (size_t t = 0; t < query->token_n && query->token_n > 1; t++) {
        const struct pattern *token = &query->tokens[t];
        bool there = exact(token, text, index->starts.v + folded->at, folded->n) != RANK_NONE ||
                     (token->most && distance(token, text, folded->n) <= token->most);
        if (!there) return RANK_NONE;
    }
    return query->token_n > 1 ? RANK_TYPOS : RANK_NONE;
}

static size_t scan(const struct search_index *index, const struct query *query, bool typos,
                   struct search_hit *hits) {
    size_t n = 0;
    for (size_t i = 0; i < index->items.n; i++) {
        const struct placed *item = &index->items.v[i];
        if (!(query->kinds >> item->kind & 1)) continue;
        struct search_hit hit = {item->kind, item->number, RANK_NONE, 0};
        for (uint8_t t = 0; t < SEARCH_TEXTS; t++) {
            uint8_t rank = rank_of(index, query, item->texts[t], typos);
            if (rank < hit.rank) hit.rank = rank, hit.text = t;
        }
        if (hit.rank != RANK_NONE) hits[n++] = hit;
    }
    return n;
}

size_t search_index_find(struct search_index *index, struct str text, uint32_t kinds, size_t enough,
                         struct arena *arena, struct search_hit **ret) {
    struct codes codes = codes_of(text, SEARCH_QUERY_CODES, arena);
    *ret = NULL;
    if (!codes.n) return 0;
    struct query *query = arena_alloc(arena, sizeof *query);
    query->kinds = kinds;
    query->whole = pattern_of(codes.code, codes.n);
    for (size_t i = 0; i < codes.n && query->token_n < SEARCH_TOKENS;) {
        size_t end = i + 1;
        while (end < codes.n && !codes.start[end])
            end++;
        query->tokens[query->token_n++] = pattern_of(codes.code + i, end - i);
        i = end;
    }
    pthread_rwlock_rdlock(&index->lock);
    struct search_hit *hits = arena_array(arena, index->items.n + 1, sizeof *hits);
    size_t n = scan(index, query, false, hits);
    if (n < enough &&
        query->whole.most) { /* those found as typed stay in front: they rank better here, too */
        struct search_hit *more = arena_array(arena, index->items.n + 1, sizeof *more);
        size_t more_n = scan(index, query, true, more), at = 0, kept = n;
        for (size_t i = 0; i < more_n; i++) { /* both are in the order of the items */
            while (at < kept && (hits[at].kind < more[i].kind ||
                                 (hits[at].kind == more[i].kind && hits[at].number < more[i].number)))
                at++;
            bool found = at < kept && hits[at].kind == more[i].kind && hits[at].number == more[i].number;
            if (!found) hits[n++] = more[i];
        }
    }
    pthread_rwlock_unlock(&index->lock);
    *ret = hits;
    return n;
}
