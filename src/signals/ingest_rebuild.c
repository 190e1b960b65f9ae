#include "signals/ingest_internal.h"

static void bits_init(struct bits *bits, size_t n) {
    bits->n = n;
    bits->v = memory_new((n / 64 + 1) * sizeof *bits->v);
}

static inline void bits_set(struct bits *bits, uint32_t i) {
    if (i < bits->n) bits->v[i / 64] |= UINT64_C(1) << i % 64;
}

struct scan {
    struct ingest *ingest;
    VEC(struct usage_entry) entries;
    const struct bits *only; /* accounts; NULL: all */
    bool keyless;            /* rows with an account key are left out */
    bool flush;              /* hand entries to the rollups block by block */
};

static enum status scan_block(void *self, const struct event_block *block, struct problem *problem) {
    (void)problem;
    struct scan *scan = self;
    struct ingest *ingest = scan->ingest;
    struct directory *directory = ingest->house->directory;
    VEC_RESERVE(&scan->entries, block->n);
    directory_lock(directory);
    for (size_t i = 0; i < block->n; i++) {
        if (scan->keyless && block->account[i]) continue;
        struct event event = {.occurred = block->occurred[i],
                              .known_from = block->known_from[i],
                              .account = block->account[i],
                              .user = block->user[i],
                              .name = block->name[i],
                              .count = block->count[i],
                              .source = block->source[i],
                              .flags = block->flags[i]};
        struct usage_entry *entry = &scan->entries.v[scan->entries.n];
        if (usage_entry_of(ingest, &event, entry) && (!scan->only || bits_has(scan->only, entry->account)))
            scan->entries.n++;
    }
    directory_unlock(directory);
    if (scan->flush) {
        usage_add(ingest->house->usage, scan->entries.v, scan->entries.n);
        scan->entries.n = 0;
    }
    return OK;
}

/* Binds every number of a dictionary of keys ("source-number NUL key"). */
static void bind_all(struct ingest *ingest, enum event_dictionary dictionary, enum directory_kind kind) {
    struct events *events = ingest->house->events;
    struct directory *directory = ingest->house->directory;
    struct arena arena = {0};
    size_t n = events_dictionary_size(events, dictionary);
    for (uint32_t number = 1; number <= n; number++) {
        struct str rest, text = events_string(events, dictionary, number, &arena);
        int64_t source = 0;
        if (str_to_int(str_cut(text, 0, &rest), &source) && source > 0) {
            struct str name = events_string(events, DICTIONARY_SOURCE, (uint32_t)source, &arena);
            directory_write_lock(directory);
            directory_bind(directory, kind, number, name, rest);
            directory_unlock(directory);
        }
        if (number % 1024 == 0) arena_reset(&arena);
    }
    arena_free(&arena);
}

static enum status rebuild_all(struct ingest *ingest, struct problem *problem) {
    struct scan scan = {.ingest = ingest, .flush = true};
    struct event_filter all = {0};
    struct usage *usage = ingest->house->usage;
    if (ingest->unassigned_size)
        memset(ingest->unassigned, 0, ingest->unassigned_size * sizeof *ingest->unassigned);
    __atomic_store_n(&ingest->unassigned_total, 0, __ATOMIC_RELAXED);
    directory_lock(ingest->house->directory);
    size_t accounts = directory_size(ingest->house->directory);
    directory_unlock(ingest->house->directory);
    usage_write_lock(usage);
    for (uint32_t account = 0; account < accounts; account++)
        usage_clear(usage, account);
    usage_forget_sources(usage);
    enum status status = events_scan(ingest->house->events, &all, scan_block, &scan, problem);
    if (!status) status = properties_rebuild(ingest, problem);
    usage_settle(usage, SIZE_MAX);
    usage_unlock(usage);
    VEC_FREE(&scan.entries);
    notices_put(ingest->house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_USAGE);
    return status;
}

enum status rebuild_start(struct ingest *ingest, struct problem *problem) {
    bind_all(ingest, DICTIONARY_ACCOUNT, DIRECTORY_ACCOUNT);
    bind_all(ingest, DICTIONARY_USER, DIRECTORY_PERSON);
    return rebuild_all(ingest, problem);
}

struct spread {
    struct bits accounts, persons;
    const struct bits *by_account, *by_person;
};

static void spread_row(void *self, const struct usage_entry *entry) {
    struct spread *spread = self;
    if (bits_has(spread->by_account, entry->account)) bits_set(&spread->persons, entry->person);
    if (entry->person != UINT32_MAX && bits_has(spread->by_person, entry->person))
        bits_set(&spread->accounts, entry->account);
}

/* The accounts asked for, and those where the people asked for were counted, are cleared and built from their
 * events: those that name the account, and those without an account by people who were, or now are, counted
 * there. */
enum status rebuild_usage(struct ingest *ingest, const uint32_t *accounts, size_t account_count,
                          const uint32_t *persons, size_t person_count, struct problem *problem) {
    if (!account_count && !person_count) return rebuild_all(ingest, problem);
    struct house *house = ingest->house;
    struct directory *directory = house->directory;
    struct bits asked_accounts, asked_persons;
    struct spread spread;
    struct scan scan = {.ingest = ingest};
    VEC(uint32_t) numbers = {0}, users = {0};
    directory_lock(directory);
    size_t account_size = directory_size(directory), person_size = directory_persons(directory);
    directory_unlock(directory);
    bits_init(&asked_accounts, account_size);
    bits_init(&asked_persons, person_size);
    bits_init(&spread.accounts, account_size);
    bits_init(&spread.persons, person_size);
    spread.by_account = &asked_accounts;
    spread.by_person = &asked_persons;
    for (size_t i = 0; i < account_count; i++) {
        bits_set(&asked_accounts, accounts[i]);
        bits_set(&spread.accounts, accounts[i]);
    }
    for (size_t i = 0; i < person_count; i++) {
        bits_set(&asked_persons, persons[i]);
        bits_set(&spread.persons, persons[i]);
    }
    usage_read_lock(house->usage);
    usage_each(house->usage, INT32_MIN, INT32_MAX, spread_row, &spread);
    usage_unlock(house->usage);

    size_t account_numbers = events_dictionary_size(house->events, DICTIONARY_ACCOUNT);
    size_t user_numbers = events_dictionary_size(house->events, DICTIONARY_USER);
    directory_lock(directory);
    for (uint32_t number = 1; number <= account_numbers; number++) {
        uint32_t account = directory_account_of_number(directory, number);
        if (account != ACCOUNT_NONE && bits_has(&spread.accounts, account)) VEC_PUSH(&numbers, number);
    }
    for (uint32_t number = 1; number <= user_numbers; number++) {
        uint32_t person = directory_person_of_number(directory, number);
        if (person != UINT32_MAX && bits_has(&spread.persons, person)) VEC_PUSH(&users, number);
    }
    directory_unlock(directory);
    for (size_t i = 0; i < users.n; i++) {
        if (users.v[i] >= ingest->unassigned_size) continue;
        __atomic_fetch_sub(&ingest->unassigned_total, ingest->unassigned[users.v[i]], __ATOMIC_RELAXED);
        ingest->unassigned[users.v[i]] = 0;
    }
    scan.only = &spread.accounts;
    enum status status = OK;
    ingest->taken.n = 0;
    if (numbers.n) {
        struct event_filter filter = {.accounts = numbers.v, .account_count = numbers.n};
        status = events_scan(house->events, &filter, scan_block, &scan, problem);
        if (!status) status = properties_collect(ingest, &filter, false, &spread.accounts, problem);
    }
    if (!status && users.n) {
        struct event_filter filter = {.users = users.v, .user_count = users.n};
        scan.keyless = true;
        status = events_scan(house->events, &filter, scan_block, &scan, problem);
        if (!status) status = properties_collect(ingest, &filter, true, &spread.accounts, problem);
    }
    if (!status) {
        usage_write_lock(house->usage);
        for (uint32_t account = 0; account < account_size; account++) {
            if (!bits_has(&spread.accounts, account)) continue;
            usage_clear(house->usage, account);
            for (size_t s = 0; s < ingest->properties->series.n; s++)
                property_clear(ingest->properties->series.v[s], account);
        }
        usage_add(house->usage, scan.entries.v, scan.entries.n);
        property_add(ingest->taken.v, ingest->taken.n);
        usage_unlock(house->usage);
        for (uint32_t account = 0; account < account_size; account++) {
            if (bits_has(&spread.accounts, account)) notices_put(house->notices, account, NOTICE_USAGE);
        }
    }
    VEC_FREE(&numbers);
    VEC_FREE(&users);
    VEC_FREE(&scan.entries);
    free(asked_accounts.v);
    free(asked_persons.v);
    free(spread.accounts.v);
    free(spread.persons.v);
    return status;
}
