/* Usage in memory. Each account holds one array of 16-byte rows: a run sorted by (day, feature, person, lag)
 * and behind it an unsorted tail of rows that arrived far out of order, merged when it grows. People are
 * numbered within their account, so that distinct people are counted with a stamp array that stays in the
 * cache. */
#include "signals/usage.h"

#include "signals/usage_rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIRECT_INSERT = 512, /* rows from the end of the run within which a new row is put in place at once */
    TAIL_LEAST = 64,
    SMALL_TABLE = 8,   /* up to so many people an account is searched from front to back, without slots */
    SETTLE_BATCH = 64, /* accounts settled with every small batch */
    SMALL_BATCH = 1000,
};

struct usage *usage_new(void) {
    struct usage *usage = memory_new(sizeof *usage);
    usage->health = memory_new(sizeof *usage->health);
    pthread_mutex_init(&usage->health->lock, NULL);
    usage->heard_version = 1;
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    /* Readers come in long passes: without this the applier would wait for ever behind them. */
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&usage->lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    return usage;
}

void usage_free(struct usage *usage) {
    if (!usage) return;
    for (size_t i = 0; i < usage->n; i++) {
        free(usage->accounts[i].rows);
        free(usage->accounts[i].persons);
    }
    free(usage->accounts);
    for (size_t i = 0; i < usage->source_n; i++)
        free(usage->sources[i]);
    free(usage->sources);
    VEC_FREE(&usage->unsettled);
    free(usage->scratch);
    pthread_mutex_destroy(&usage->health->lock);
    free(usage->health);
    pthread_rwlock_destroy(&usage->lock);
    free(usage);
}

void usage_write_lock(struct usage *usage) {
    pthread_rwlock_wrlock(&usage->lock);
}
void usage_read_lock(struct usage *usage) {
    pthread_rwlock_rdlock(&usage->lock);
}
void usage_unlock(struct usage *usage) {
    pthread_rwlock_unlock(&usage->lock);
}

/* --- People of an account: numbers from 1; 0 is nobody known
 * ------------------------------------------------------ */

static uint32_t person_hash(uint32_t person) {
    return person * 2654435769u;
}

static uint32_t *person_slots(const struct account_usage *account) {
    return account->persons + account->person_capacity;
}

static void persons_grow(struct account_usage *account) {
    uint32_t capacity = account->person_capacity ? account->person_capacity * 2 : 4;
    size_t slots = capacity > SMALL_TABLE ? (size_t)capacity * 2 : 0;
    account->persons = memory_resize(account->persons, (capacity + slots) * sizeof(uint32_t));
    account->person_capacity = capacity;
    if (!slots) return;
    uint32_t *table = person_slots(account);
    memset(table, 0, slots * sizeof *table);
    for (uint32_t i = 0; i < account->person_n; i++) {
        size_t at = person_hash(account->persons[i]) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = i + 1;
    }
}

static uint32_t person_number(struct account_usage *account, uint32_t person) {
    if (person == UINT32_MAX) return USAGE_NOBODY;
    if (account->person_capacity <= SMALL_TABLE) {
        for (uint32_t i = 0; i < account->person_n; i++)
            if (account->persons[i] == person) return i + 1;
    } else {
        const uint32_t *table = person_slots(account);
        size_t mask = (size_t)account->person_capacity * 2 - 1;
        for (size_t at = person_hash(person) & mask; table[at]; at = (at + 1) & mask)
            if (account->persons[table[at] - 1] == person) return table[at];
    }
    if (account->person_n == USAGE_PERSON_MASK) return USAGE_NOBODY;
    if (account->person_n == account->person_capacity) persons_grow(account);
    account->persons[account->person_n++] = person;
    if (account->person_capacity > SMALL_TABLE) {
        uint32_t *table = person_slots(account);
        size_t mask = (size_t)account->person_capacity * 2 - 1;
        size_t at = person_hash(person) & mask;
        while (table[at])
            at = (at + 1) & mask;
        table[at] = account->person_n;
    }
    return account->person_n;
}

/* --- Rows
 * -----------------------------------------------------------------------------------------------------------
 */

static bool row_before(const struct usage_row *a, const struct usage_row *b) {
    return a->key != b->key ? a->key < b->key : a->lag < b->lag;
}

static bool row_absorb(struct usage_row *into, const struct usage_row *row) {
    if (into->key != row->key || into->lag != row->lag || into->count > UINT32_MAX - row->count) return false;
    into->count += row->count;
    return true;
}

/* Merge sort from the bottom up, over runs of 16 sorted by insertion. */
void usage_rows_sort(struct usage_row *rows, size_t n, struct usage_row *spare) {
    for (size_t start = 0; start < n; start += 16) {
        size_t end = start + 16 < n ? start + 16 : n;
        for (size_t i = start + 1; i < end; i++) {
            struct usage_row row = rows[i];
            size_t j = i;
            for (; j > start && row_before(&row, &rows[j - 1]); j--)
                rows[j] = rows[j - 1];
            rows[j] = row;
        }
    }
    for (size_t width = 16; width < n; width *= 2) {
        for (size_t start = 0; start + width < n; start += 2 * width) {
            size_t middle = start + width, end = middle + width < n ? middle + width : n;
            if (!row_before(&rows[middle], &rows[middle - 1])) continue;
            memcpy(spare, rows + start, width * sizeof *rows);
            size_t i = 0, j = middle, k = start;
            while (i < width && j < end)
                rows[k++] = row_before(&rows[j], &spare[i]) ? rows[j++] : spare[i++];
            while (i < width)
                rows[k++] = spare[i++];
        }
    }
}

static struct usage_row *scratch(struct usage *usage, size_t rows) {
    if (usage->scratch_capacity < rows) {
        usage->scratch_capacity = rows * 2;
        free(usage->scratch);
        usage->scratch = memory_new(usage->scratch_capacity * sizeof(struct usage_row));
    }
    return usage->scratch;
}

static void account_settle(struct usage *usage, struct account_usage *account) {
    size_t tail = account->n - account->run;
    if (!tail) return;
    struct usage_row *spare = scratch(usage, 2 * tail), *sorted = spare + tail;
    memcpy(sorted, account->rows + account->run, tail * sizeof *sorted);
    usage_rows_sort(sorted, tail, spare);
    /* From the back, into the room where the tail was; then equal rows become one. */
    size_t i = account->run, j = tail, k = account->n;
    while (j) {
        if (i && row_before(&sorted[j - 1], &account->rows[i - 1]))
            account->rows[--k] = account->rows[--i];
        else
            account->rows[--k] = sorted[--j];
    }
    size_t out = k ? k - 1 : 0;
    for (size_t in = out + 1; in < account->n; in++)
        if (!row_absorb(&account->rows[out], &account->rows[in])) account->rows[++out] = account->rows[in];
    account->n = account->run = (uint32_t)out + 1;
}

void usage_settle(struct usage *usage, size_t most) {
    while (usage->unsettled.n && most--) {
        struct account_usage *account = &usage->accounts[usage->unsettled.v[--usage->unsettled.n]];
        account_settle(usage, account);
        account->unsettled = false;
    }
}

static void rows_room(struct usage *usage, struct account_usage *account) {
    if (account->n < account->capacity) return;
    uint32_t capacity = account->capacity + account->capacity / 4 + 4;
    account->rows = memory_resize(account->rows, capacity * sizeof(struct usage_row));
    usage->row_bytes += (capacity - account->capacity) * sizeof(struct usage_row);
    account->capacity = capacity;
}

static void row_add(struct usage *usage, uint32_t number, const struct usage_row *row) {
    struct account_usage *account = &usage->accounts[number];
    if (account->run == account->n) {
        size_t low = account->run > DIRECT_INSERT ? account->run - DIRECT_INSERT : 0, high = account->run;
        if (!low || !row_before(row, &account->rows[low])) {
            while (low < high) {
                size_t middle = (low + high) / 2;
                if (row_before(&account->rows[middle], row))
                    low = middle + 1;
                else
                    high = middle;
            }
            if (low < account->n && row_absorb(&account->rows[low], row)) return;
            rows_room(usage, account);
            memmove(account->rows + low + 1, account->rows + low, (account->n - low) * sizeof *row);
            account->rows[low] = *row;
            account->run = ++account->n;
            return;
        }
    }
    rows_room(usage, account);
    account->rows[account->n++] = *row;
    if (!account->unsettled) VEC_PUSH(&usage->unsettled, number);
    account->unsettled = true;
    size_t tail = account->n - account->run;
    if (tail > TAIL_LEAST && tail > account->run / 4) account_settle(usage, account);
}

static void accounts_room(struct usage *usage, uint32_t account) {
    if (account < usage->n) return;
    if (account >= usage->capacity) {
        size_t capacity = usage->capacity * 2 > account ? usage->capacity * 2 : (size_t)account + 64;
        usage->accounts = memory_resize(usage->accounts, capacity * sizeof *usage->accounts);
        usage->capacity = capacity;
    }
    memset(usage->accounts + usage->n, 0, (account + 1 - usage->n) * sizeof *usage->accounts);
    usage->n = (size_t)account + 1;
}

static uint64_t clamp_day(day_t day) {
    return day < USAGE_DAY_BASE                ? 0
           : day > USAGE_DAY_BASE + UINT16_MAX ? UINT16_MAX
                                               : (uint64_t)(day - USAGE_DAY_BASE);
}

/* What a new row of this person reads first. */
static void prefetch_rows(const struct account_usage *account, uint32_t person) {
    size_t low = account->run > DIRECT_INSERT ? account->run - DIRECT_INSERT : 0;
    if (account->run) {
        __builtin_prefetch(&account->rows[low]);
        __builtin_prefetch(&account->rows[(low + account->run) / 2]);
        __builtin_prefetch(&account->rows[account->run - 1]);
    }
    if (account->person_capacity > SMALL_TABLE)
        __builtin_prefetch(
            &person_slots(account)[person_hash(person) & ((size_t)account->person_capacity * 2 - 1)]);
    else if (account->person_n)
        __builtin_prefetch(account->persons);
}

void usage_add(struct usage *usage, const struct usage_entry *entries, size_t n) {
    enum { AHEAD = 16, NEAR = 6 };
    const struct usage_entry *heard = NULL;
    day_t asked = __atomic_load_n(&usage->asked, __ATOMIC_ACQUIRE);
    bool rewrites = false;
    for (size_t i = 0; i < n; i++) {
        const struct usage_entry *entry = &entries[i];
        if (i + AHEAD < n && entries[i + AHEAD].account < usage->n)
            __builtin_prefetch(&usage->accounts[entries[i + AHEAD].account]);
        if (i + NEAR < n && entries[i + NEAR].account < usage->n)
            prefetch_rows(&usage->accounts[entries[i + NEAR].account], entries[i + NEAR].person);
        if (!entry->count) continue;
        accounts_room(usage, entry->account);
        struct account_usage *account = &usage->accounts[entry->account];
        uint64_t day = clamp_day(entry->day);
        int64_t lag = entry->known_day > entry->day ? (int64_t)entry->known_day - entry->day : 0;
        day_t known = entry->day + (day_t)lag;
        if (known > usage->newest_known) usage->newest_known = known;
        rewrites |= known < usage->newest_known || known < asked;
        uint64_t feature = entry->feature < USAGE_FEATURE_MASK ? entry->feature : USAGE_FEATURE_MASK;
        if (!heard || heard->day != entry->day || heard->source != entry->source ||
            heard->imported != entry->imported)
            usage_heard(usage, entry->source, entry->day, entry->imported);
        heard = entry;
        if (feature >= usage->feature_n) usage->feature_n = feature + 1;
        struct usage_row row = {
            .key = day << USAGE_DAY_SHIFT | feature << USAGE_FEATURE_SHIFT |
                   person_number(account, entry->person),
            .count = entry->count,
            .lag = lag > UINT16_MAX ? UINT16_MAX : (uint16_t)lag,
        };
        row_add(usage, entry->account, &row);
    }
    if (rewrites) __atomic_add_fetch(&usage->rewritten, 1, __ATOMIC_RELEASE);
    if (n < SMALL_BATCH) usage_settle(usage, SETTLE_BATCH);
}

uint64_t usage_rewritten(const struct usage *usage) {
    return __atomic_load_n(&usage->rewritten, __ATOMIC_ACQUIRE);
}

void usage_rewrite(struct usage *usage) {
    __atomic_add_fetch(&usage->rewritten, 1, __ATOMIC_RELEASE);
}

void usage_asked(struct usage *usage, day_t known_day) {
    day_t asked = __atomic_load_n(&usage->asked, __ATOMIC_ACQUIRE);
    while (known_day > asked && !__atomic_compare_exchange_n(&usage->asked, &asked, known_day, false,
                                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
}

void usage_clear(struct usage *usage, uint32_t account) {
    if (account >= usage->n) return;
    struct account_usage *one = &usage->accounts[account];
    if (one->n) __atomic_add_fetch(&usage->rewritten, 1, __ATOMIC_RELEASE);
    usage->row_bytes -= one->capacity * sizeof(struct usage_row);
    free(one->rows);
    free(one->persons);
    bool unsettled = one->unsettled; /* its place in the list stays */
    *one = (struct account_usage){.unsettled = unsettled};
}

size_t usage_bytes(const struct usage *usage) {
    size_t bytes = sizeof *usage + usage->row_bytes + usage->capacity * sizeof *usage->accounts +
                   usage->scratch_capacity * sizeof(struct usage_row) +
                   usage->unsettled.capacity * sizeof *usage->unsettled.v;
    for (size_t i = 0; i < usage->n; i++) {
        uint32_t capacity = usage->accounts[i].person_capacity;
        bytes += (size_t)capacity * (capacity > SMALL_TABLE ? 3 : 1) * sizeof(uint32_t);
    }
    return bytes;
}

const struct usage_row *usage_rows(const struct account_usage *account, struct usage_view *view) {
    size_t n = account->n, tail = n - account->run;
    if (!tail) return account->rows;
    if (view->capacity < n + tail) {
        view->capacity = 2 * n + tail;
        free(view->rows);
        view->rows = memory_new(view->capacity * sizeof *view->rows);
    }
    /* The tail is sorted at the end of the view, then both are merged from the front. */
    struct usage_row *sorted = view->rows + n;
    memcpy(sorted, account->rows + account->run, tail * sizeof *sorted);
    usage_rows_sort(sorted, tail, view->rows);
    size_t i = 0, j = 0, k = 0;
    while (i < account->run && j < tail)
        view->rows[k++] = row_before(&sorted[j], &account->rows[i]) ? sorted[j++] : account->rows[i++];
    while (i < account->run)
        view->rows[k++] = account->rows[i++];
    while (j < tail)
        view->rows[k++] = sorted[j++];
    return view->rows;
}

static void each_of(const struct usage *usage, uint32_t number, day_t from, day_t to, struct usage_view *view,
                    usage_visit visit, void *self) {
    const struct account_usage *account = &usage->accounts[number];
    const struct usage_row *rows = usage_rows(account, view);
    for (size_t r = 0; r < account->n; r++) {
        day_t day = USAGE_DAY_BASE + (day_t)(rows[r].key >> USAGE_DAY_SHIFT);
        if (day < from) continue;
        if (day >= to) break;
        uint32_t person = rows[r].key & USAGE_PERSON_MASK;
        struct usage_entry entry = {
            .account = number,
            .person = person ? account->persons[person - 1] : UINT32_MAX,
            .feature = (uint32_t)(rows[r].key >> USAGE_FEATURE_SHIFT) & USAGE_FEATURE_MASK,
            .day = day,
            .known_day = day + rows[r].lag,
            .count = rows[r].count,
        };
        visit(self, &entry);
    }
}

void usage_each_of(const struct usage *usage, uint32_t account, usage_visit visit, void *self) {
    struct usage_view view = {0};
    if (account < usage->n) each_of(usage, account, INT32_MIN, INT32_MAX, &view, visit, self);
    free(view.rows);
}

void usage_each(const struct usage *usage, day_t from, day_t to, usage_visit visit, void *self) {
    struct usage_view view = {0};
    for (size_t i = 0; i < usage->n; i++)
        each_of(usage, (uint32_t)i, from, to, &view, visit, self);
    free(view.rows);
}
