#include "insight/insight.h"

#include "insight/fact_property.h"
#include "insight/segment_set.h"
#include "platform/settings.h"
#include "insight/fact_memory.h"
#include "queries.h"

#include <stdio.h>
#include <stdlib.h>

bool insight_name_seen(void *self, struct str name) {
    const struct insight *insight = self;
    if (insight->parts.event_number) return insight->parts.event_number(insight->parts.self, name) != 0;
    return insight->parts.events && events_find(insight->parts.events, DICTIONARY_NAME, name) != 0;
}

static enum status read_workdays(struct insight *insight, struct session *session, struct workdays **ret,
                                 struct problem *problem) {
    struct settings *settings = insight->parts.settings;
    VEC(struct holiday_of) holidays = {0};
    struct rows *rows = rows_open(session, &query_holiday_all);
    while (rows_next(rows))
        VEC_PUSH(&holidays,
                 (struct holiday_of){(day_t)rows_int(rows, 0), country_number(rows_text(rows, 1, NULL))});
    enum status status = rows_close(rows, problem);
    unsigned weekend =
        settings ? settings_days(settings, SETTING_ORGANISATION_WEEKEND) : insight->weekends.of[COUNTRY_NONE];
    bool countries = !settings || settings_choice(settings, SETTING_ORGANISATION_COUNTRY_WEEKENDS);
    if (!status) *ret = workdays_new(weekend, countries ? &insight->weekends : NULL, holidays.v, holidays.n);
    VEC_FREE(&holidays);
    return status;
}

/* What rules over the catalogue find beside its facts. Under the lock of making. */
static enum status make_world(struct insight *insight, struct rule_world *world,
                              const struct segment_definition *definitions, size_t n,
                              struct problem *problem) {
    struct settings *settings = insight->parts.settings;
    struct segment_set *set = NULL;
    world->insight = insight;
    if (settings) {
        world->calendar = (enum calendar)settings_choice(settings, SETTING_ORGANISATION_CALENDAR);
        world->fiscal_month = (int)settings_int(settings, SETTING_ORGANISATION_FISCAL_MONTH);
    }
    enum status status =
        segment_set_make(world, definitions, n, (struct str){0}, (struct str){0}, &set, problem);
    for (size_t t = 0; !status && t < set->n; t++)
        if (set->v[t].touch_place)
            set->v[t].touch_number = dict_put(&insight->touch_models, set->v[t].key, NULL);
    return status;
}

/* What an own fact reads may have vanished since it was saved (a trait of contacts that nobody has any more).
 * It is left out until it stands again, and rules that name it are broken, visibly; the others go on. */
static enum status make_what_stands(struct catalogue_parts *parts, struct str *own, size_t n,
                                    struct catalogue **ret, struct problem *problem) {
    enum status status = catalogue_make(parts, own, n, ret, problem);
    if (status != BAD_INPUT) return status;
    size_t stand = 0;
    for (bool more = true; more;) { /* one may be made from another that stands behind it */
        more = false;
        for (size_t i = stand; i < n; i++) {
            struct arena arena = {0};
            struct problem ignored = {.arena = &arena};
            struct catalogue *trial = NULL;
            struct str moved = own[i];
            own[i] = own[stand];
            own[stand] = moved;
            bool stands = !catalogue_make(parts, own, stand + 1, &trial, &ignored);
            catalogue_free(trial);
            arena_free(&arena);
            stand += stands;
            more |= stands;
        }
    }
    problem_clear(problem);
    return catalogue_make(parts, own, stand, ret, problem);
}

/* Under the lock of making; session NULL: of the built-in facts alone. */
static enum status remake(struct insight *insight, struct session *session, struct problem *problem) {
    struct arena arena = {0};
    VEC(struct catalogue_feature) features = {0};
    VEC(struct str) own = {0};
    struct str *custom = NULL;
    size_t custom_n = 0;
    struct segment_definition *definitions = NULL;
    size_t definition_n = 0;
    struct workdays *workdays = NULL;
    enum status status = session ? read_workdays(insight, session, &workdays, problem) : OK;
    if (session && !status) {
        struct rows *rows = rows_open(session, &query_signal_features);
        while (rows_next(rows))
            VEC_PUSH(&features,
                     (struct catalogue_feature){rows_text(rows, 0, &arena), rows_int(rows, 1) != 0,
                                                rows_text(rows, 2, &arena), rows_text(rows, 3, &arena)});
        status = rows_close(rows, problem);
        if (!status) {
            rows = rows_open(session, &query_own_fact_list);
            while (rows_next(rows))
                VEC_PUSH(&own, rows_text(rows, 1, &arena));
            status = rows_close(rows, problem);
        }
        if (!status)
            status =
                custom_facts_read(session, insight->parts.base_currency, &arena, &custom, &custom_n, problem);
        if (!status) status = segment_definitions_read(session, &arena, &definitions, &definition_n, problem);
    }
    struct catalogue_parts parts = {.features = features.v,
                                    .feature_count = features.n,
                                    .custom = custom,
                                    .custom_count = custom_n,
                                    .tables = insight->tables,
                                    .bands = &insight->bands,
                                    .touch_models = &insight->touch_models,
                                    .name_seen = insight_name_seen,
                                    .self = insight,
                                    .insight = insight};
    struct catalogue *catalogue = NULL;
    if (!status) status = make_what_stands(&parts, own.v, own.n, &catalogue, problem);
    if (!status) status = make_world(insight, &catalogue->world, definitions, definition_n, problem);
    if (!status) {
        catalogue->workdays = workdays;
        workdays = NULL;
        if (insight->catalogue) VEC_PUSH(&insight->old, insight->catalogue);
        catalogue->settled = catalogue_size(catalogue);
        __atomic_store_n(&insight->catalogue, catalogue, __ATOMIC_RELEASE);
    }
    if (status) catalogue_free(catalogue);
    workdays_free(workdays);
    VEC_FREE(&features);
    VEC_FREE(&own);
    arena_free(&arena);
    return status;
}

struct insight *insight_new(const struct insight_parts *parts) {
    struct insight *insight = memory_new(sizeof *insight);
    insight->parts = *parts;
    pthread_rwlock_init(&insight->lock, NULL);
    pthread_mutex_init(&insight->making, NULL);
    weekends_read(&insight->weekends);
    pthread_mutex_init(&insight->contact_naming, NULL);
    pthread_mutex_init(&insight->remembering, NULL);
    for (int i = 0; signal_sources[i]; i++)
        insight->tables[i].source = signal_sources[i];
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    if (remake(insight, NULL, &problem)) { /* the program's own declarations are wrong: nothing can go on */
        struct buf text = {0};
        problem_print(&problem, ENGLISH, &text);
        fprintf(stderr, "%.*s\n", (int)text.n, text.p);
        abort();
    }
    arena_free(&arena);
    return insight;
}

void insight_free(struct insight *insight) {
    if (!insight) return;
    fact_memory_forget(insight);
    for (int i = 0; signal_sources[i]; i++)
        signal_table_free(&insight->tables[i]);
    contact_table_free(&insight->contacts);
    for (size_t i = 0; i < insight->contact_facts.n; i++)
        free(insight->contact_facts.v[i]);
    VEC_FREE(&insight->contact_facts);
    rates_free(&insight->rates);
    for (size_t i = 0; i < insight->old.n; i++)
        catalogue_free(insight->old.v[i]);
    VEC_FREE(&insight->old);
    catalogue_free(insight->catalogue);
    dict_free(&insight->bands);
    dict_free(&insight->touch_models);
    pthread_rwlock_destroy(&insight->lock);
    pthread_mutex_destroy(&insight->making);
    pthread_mutex_destroy(&insight->contact_naming);
    pthread_mutex_destroy(&insight->remembering);
    free(insight);
}

/* An account's rows as they were, to see whether only what is known from today on was added. */
struct rows_before {
    struct signal_row *rows;
    uint32_t n;
};

static struct rows_before copy_rows(const struct signal_table *table, uint32_t account, struct arena *arena) {
    if (account >= table->n) return (struct rows_before){0};
    const struct signal_account *of = &table->accounts[account];
    return (struct rows_before){arena_copy(arena, of->rows, of->n * sizeof *of->rows), of->n};
}

static bool rewrites(const struct rows_before *before, const struct signal_table *table, uint32_t account,
                     instant_t today) {
    uint32_t kept = 0;
    for (uint32_t i = 0; account < table->n && i < table->accounts[account].n; i++) {
        const struct signal_row *row = &table->accounts[account].rows[i];
        if (kept < before->n && !memcmp(row, &before->rows[kept], sizeof *row))
            kept++;
        else if (row->known_from < today)
            return true;
    }
    return kept < before->n;
}

uint64_t insight_rewritten(const struct insight *insight) {
    return __atomic_load_n(&insight->rewritten, __ATOMIC_ACQUIRE);
}

/* account NULL: all of them; only NULL: all sources, else the one of that key. */
static enum status load_tables(struct insight *insight, struct session *session, const struct id *account,
                               const char *only, struct problem *problem) {
    enum status status = OK;
    struct arena arena = {0};
    instant_t today = zone_start(insight->parts.zone, moment_now(insight).day);
    bool rewritten = !account;
    directory_lock(insight->parts.directory);
    uint32_t index = account ? directory_by_id(insight->parts.directory, *account) : ACCOUNT_NONE;
    pthread_rwlock_wrlock(&insight->lock);
    for (int i = 0; !status && signal_sources[i]; i++) {
        struct signal_table *table = &insight->tables[i];
        if (only && strcmp(signal_sources[i]->key, only) != 0) continue;
        struct rows_before before = copy_rows(table, index, &arena);
        status = signal_table_load(table, session, insight->parts.directory, insight->parts.zone, account,
                                   problem);
        rewritten = rewritten || rewrites(&before, table, index, today);
    }
    if (!status && !only)
        status = contact_table_load(&insight->contacts, session, insight->parts.directory, account, problem);
    if (!status && !account)
        status = rates_load(&insight->rates, session, str_of(insight->parts.base_currency), problem);
    pthread_rwlock_unlock(&insight->lock);
    directory_unlock(insight->parts.directory);
    if (rewritten) __atomic_add_fetch(&insight->rewritten, 1, __ATOMIC_RELEASE);
    arena_free(&arena);
    return status;
}

enum status insight_load(struct insight *insight, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(insight->parts.records, &session, problem);
    if (!status) status = load_tables(insight, session, NULL, NULL, problem);
    session_rollback(session);
    return status ? status : insight_remake(insight, problem);
}

/* The lock is taken before anything is read: of two that make a catalogue, the one that read later wins. */
enum status insight_remake(struct insight *insight, struct problem *problem) {
    struct session *session = NULL;
    pthread_mutex_lock(&insight->making);
    enum status status = records_read(insight->parts.records, &session, problem);
    if (!status) status = remake(insight, session, problem);
    session_rollback(session);
    if (!status) status = property_uses_want(insight, insight->catalogue, problem);
    pthread_mutex_unlock(&insight->making);
    return status;
}

enum status insight_refresh(struct insight *insight, uint32_t account, const char *only,
                            struct problem *problem) {
    struct session *session = NULL;
    struct id id = {0};
    directory_lock(insight->parts.directory);
    if (account < directory_size(insight->parts.directory))
        id = directory_account(insight->parts.directory, account)->id;
    directory_unlock(insight->parts.directory);
    if (id_is_none(id)) return OK;
    enum status status = records_read(insight->parts.records, &session, problem);
    if (!status) status = load_tables(insight, session, &id, only, problem);
    session_rollback(session);
    return status;
}

struct catalogue *insight_catalogue(struct insight *insight) {
    return __atomic_load_n(&insight->catalogue, __ATOMIC_ACQUIRE);
}

struct moment moment_now(const struct insight *insight) {
    instant_t at = clock_now(insight->parts.clock);
    return (struct moment){.at = at,
                           .day = zone_day(insight->parts.zone, at),
                           .now = true,
                           .known_at = INT64_MAX,
                           .known_day = INT32_MAX};
}

struct moment moment_of_day(const struct insight *insight, day_t day) {
    return (struct moment){.at = zone_start(insight->parts.zone, day),
                           .day = day,
                           .known_at = INT64_MAX,
                           .known_day = INT32_MAX};
}

void moment_known_at(const struct insight *insight, struct moment *moment, day_t day) {
    moment->known_at = zone_start(insight->parts.zone, day);
    moment->known_day = day;
}
