#include "signals/ingest_internal.h"

/* Numbers of the dictionaries, made where they are new: durable together with the events. */
static void number_event(struct ingest *ingest, struct staged_event *staged) {
    static const enum event_dictionary dictionaries[] = {DICTIONARY_ACCOUNT, DICTIONARY_USER,
                                                         DICTIONARY_NAME};
    struct events *events = ingest->house->events;
    struct source *source = staged->source;
    struct event *event = &staged->event;
    uint32_t *const numbers[] = {&event->account, &event->user, &event->name};
    char room[NUMBER_KEY];
    if (!source->number) source->number = events_number(events, DICTIONARY_SOURCE, source->name);
    event->source = source->number;
    for (int k = 0; k < STAGED_KEYS; k++) {
        if (*numbers[k] || !staged->key[k].n) continue;
        struct str key =
            k == KEY_NAME ? staged->key[k] : number_key(room, sizeof room, source->number, staged->key[k]);
        *numbers[k] = events_number(events, dictionaries[k], key);
        staged->made |= 1u << k;
        ingest->batch.made_numbers = true;
    }
}

/* After the commit the numbers may be remembered; after a rollback they must not. */
static void settle_numbers(struct ingest *ingest, bool committed) {
    struct batch *batch = &ingest->batch;
    for (size_t i = 0; i < batch->events.n && batch->made_numbers; i++) {
        struct staged_event *staged = &batch->events.v[i];
        uint32_t *const numbers[] = {&staged->event.account, &staged->event.user, &staged->event.name};
        for (int k = 0; k < STAGED_KEYS && staged->made; k++) {
            if (!(staged->made >> k & 1)) continue;
            if (committed)
                number_put(&ingest->numbers, staged->hash[k], *numbers[k]);
            else
                *numbers[k] = 0;
        }
        staged->made = 0;
    }
}

/* After a rollback the numbers that it took back must not be remembered. */
static void forget_sources(struct ingest *ingest) {
    struct source *source;
    for (size_t i = 0; (source = sources_at(ingest->sources, i)); i++)
        source->number = events_find(ingest->house->events, DICTIONARY_SOURCE, source->name);
}

/* Imported rows have a permanent identity: new ones stay in the batch, known ones leave it, and where the
 * count differs it is set. */
static enum status settle_imported(struct ingest *ingest, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct events *events = ingest->house->events;
    size_t n = 0, kept = 0, changes = 0;
    for (size_t i = 0; i < batch->events.n; i++)
        n += batch->events.v[i].event.flags & EVENT_IMPORTED ? 1 : 0;
    if (!n) return OK;
    struct event_key *keys = arena_array(&batch->arena, n, sizeof *keys),
                     *changed = arena_array(&batch->arena, n, sizeof *keys);
    uint32_t *counts = arena_array(&batch->arena, n, sizeof *counts),
             *to = arena_array(&batch->arena, n, sizeof *to);
    n = 0;
    for (size_t i = 0; i < batch->events.n; i++) {
        if (batch->events.v[i].event.flags & EVENT_IMPORTED) keys[n++] = batch->events.v[i].event.key;
    }
    enum status status = events_imported_counts(events, keys, n, counts, problem);
    if (status) return status;
    n = 0;
    for (size_t i = 0; i < batch->events.n; i++) {
        struct staged_event *staged = &batch->events.v[i];
        if (staged->event.flags & EVENT_IMPORTED) {
            uint32_t known = counts[n++];
            if (known && known != staged->event.count) {
                changed[changes] = staged->event.key;
                to[changes++] = staged->event.count;
                number_event(ingest, staged);
                VEC_PUSH(&batch->recounted, staged->event);
            }
            if (known) {
                ingest->figures.duplicates++;
                continue;
            }
        }
        batch->events.v[kept++] = *staged;
    }
    batch->events.n = kept;
    return changes ? events_recount(events, changed, to, changes, problem) : OK;
}

enum status apply_events(struct ingest *ingest, struct problem *problem) {
    enum { BLOCK = 2048 };
    struct batch *batch = &ingest->batch;
    struct events *events = ingest->house->events;
    enum status status = ingest_step(ingest, "events");
    if (!status) status = settle_imported(ingest, problem);
    if (!batch->block) batch->block = memory_new(BLOCK * sizeof *batch->block);
    for (size_t from = 0; !status && from < batch->events.n; from += BLOCK) {
        size_t n = batch->events.n - from < BLOCK ? batch->events.n - from : BLOCK;
        for (size_t i = 0; i < n; i++) {
            number_event(ingest, &batch->events.v[from + i]);
            batch->block[i] = batch->events.v[from + i].event;
        }
        status = events_append(events, batch->block, n, problem);
    }
    if (!status && batch->undone.n) {
        struct event_key *keys = arena_array(&batch->arena, batch->undone.n, sizeof *keys);
        uint32_t *before = arena_array(&batch->arena, batch->undone.n, sizeof *before),
                 *counts = arena_array(&batch->arena, batch->undone.n, sizeof *counts);
        for (size_t i = 0; i < batch->undone.n; i++) {
            keys[i] = batch->undone.v[i].key;
            before[i] = batch->undone.v[i].before;
            counts[i] = batch->undone.v[i].count;
        }
        status = events_unimport(events, keys, before, counts, batch->undone.n, problem);
    }
    if (!status) status = ingest_step(ingest, "events_commit");
    if (!status) status = events_commit(events, batch->after, problem);
    settle_numbers(ingest, !status);
    if (status) {
        events_rollback(events);
        forget_sources(ingest);
    }
    return status;
}

void unassigned_add(struct ingest *ingest, uint32_t user, uint32_t count) {
    if (user >= ingest->unassigned_size) {
        size_t size = ingest->unassigned_size ? ingest->unassigned_size : 1024;
        while (size <= user)
            size *= 2;
        ingest->unassigned = memory_resize(ingest->unassigned, size * sizeof *ingest->unassigned);
        memset(ingest->unassigned + ingest->unassigned_size, 0,
               (size - ingest->unassigned_size) * sizeof *ingest->unassigned);
        ingest->unassigned_size = size;
    }
    ingest->unassigned[user] += count;
    __atomic_fetch_add(&ingest->unassigned_total, count, __ATOMIC_RELAXED);
}

bool usage_entry_of(struct ingest *ingest, const struct event *event, struct usage_entry *entry) {
    bool unassigned = false;
    if (usage_entry_find(ingest, event, entry, &unassigned)) return true;
    if (unassigned) unassigned_add(ingest, event->user, event->count);
    return false;
}

bool usage_entry_find(struct ingest *ingest, const struct event *event, struct usage_entry *entry,
                      bool *unassigned) {
    const struct directory *directory = ingest->house->directory;
    uint32_t person = event->user ? directory_person_of_number(directory, event->user) : UINT32_MAX;
    uint32_t account = directory_resolve_number(directory, event->account, event->user, event->occurred);
    if (account == ACCOUNT_NONE) {
        if (unassigned) *unassigned = true;
        return false;
    }
    if (person != UINT32_MAX && directory_person_internal(directory, person)) return false;
    day_t day = ingest_day(ingest, event->occurred);
    day_t known = event->known_from > event->occurred ? ingest_day(ingest, event->known_from) : day;
    *entry = (struct usage_entry){.account = account,
                                  .person = person,
                                  .feature = event->name,
                                  .day = day,
                                  .known_day = known,
                                  .count = event->count,
                                  .source = event->source,
                                  .imported = (event->flags & EVENT_IMPORTED) != 0};
    return true;
}

/* Binds what is new, so that resolving needs no strings. */
static void bind_new(struct ingest *ingest) {
    struct batch *batch = &ingest->batch;
    struct directory *directory = ingest->house->directory;
    bool any = false;
    if (!batch->made_numbers) return;
    directory_lock(directory);
    for (size_t i = 0; i < batch->events.n && !any; i++) {
        const struct event *event = &batch->events.v[i].event;
        any = (event->account && !directory_is_bound(directory, DIRECTORY_ACCOUNT, event->account)) ||
              (event->user && !directory_is_bound(directory, DIRECTORY_PERSON, event->user));
    }
    directory_unlock(directory);
    if (!any) return;
    directory_write_lock(directory);
    for (size_t i = 0; i < batch->events.n; i++) {
        const struct staged_event *staged = &batch->events.v[i];
        const struct event *event = &staged->event;
        if (event->account && !directory_is_bound(directory, DIRECTORY_ACCOUNT, event->account))
            directory_bind(directory, DIRECTORY_ACCOUNT, event->account, staged->source->name,
                           staged->key[KEY_ACCOUNT]);
        if (event->user && !directory_is_bound(directory, DIRECTORY_PERSON, event->user))
            directory_bind(directory, DIRECTORY_PERSON, event->user, staged->source->name,
                           staged->key[KEY_USER]);
    }
    directory_unlock(directory);
}

enum status apply_usage(struct ingest *ingest, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct directory *directory = ingest->house->directory;
    enum status status = ingest_step(ingest, "usage");
    if (status) return status;
    bind_new(ingest);
    VEC_RESERVE(&batch->usage, batch->events.n);
    batch->usage.n = ingest->taken.n = 0;
    directory_lock(directory);
    uint8_t *touched = arena_alloc(&batch->arena, directory_size(directory) + 1);
    for (size_t i = 0; i < batch->events.n; i++) {
        const struct event *event = &batch->events.v[i].event;
        struct usage_entry *entry = &batch->usage.v[batch->usage.n];
        if (!usage_entry_of(ingest, event, entry)) continue;
        if (ingest->properties->series.n) properties_take(ingest, event, entry);
        batch->usage.n++;
    }
    VEC(uint32_t) again = {0};
    for (size_t i = 0; i < batch->recounted.n; i++) {
        const struct event *event = &batch->recounted.v[i];
        uint32_t account = directory_resolve_number(directory, event->account, event->user, event->occurred);
        if (account != ACCOUNT_NONE && !touched[account]) {
            touched[account] = 1;
            VEC_PUSH(&again, account);
        }
    }
    directory_unlock(directory);
    usage_write_lock(ingest->house->usage);
    usage_add(ingest->house->usage, batch->usage.v, batch->usage.n);
    property_add(ingest->taken.v, ingest->taken.n);
    usage_unlock(ingest->house->usage);
    for (size_t i = 0; i < batch->usage.n; i++) {
        uint32_t account = batch->usage.v[i].account;
        if (touched[account] & 2) continue;
        touched[account] |= 2;
        notices_put(ingest->house->notices, account, NOTICE_USAGE);
    }
    if (batch->undone
            .n) { /* days of the source go with its rows: everything is made anew from what is left */
        status = rebuild_usage(ingest, NULL, 0, NULL, 0, problem);
    } else if (again.n || batch->moved_accounts.n || batch->moved_persons.n) {
        for (size_t i = 0; i < batch->moved_accounts.n; i++)
            VEC_PUSH(&again, batch->moved_accounts.v[i]);
        status =
            rebuild_usage(ingest, again.v, again.n, batch->moved_persons.v, batch->moved_persons.n, problem);
    }
    VEC_FREE(&again);
    return status;
}
