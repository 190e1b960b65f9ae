#include "customers/account.h"
#include "customers/contact.h"
#include "queries.h"
#include "signals/ingest_internal.h"

#include <stdlib.h>

static struct origin origin_of(struct ingest *ingest, const struct effect *effect) {
    return (struct origin){.now = clock_now(ingest->house->clock),
                           .source = effect->source->name,
                           .by = effect->source->name,
                           .lag_ms = effect->source->lag_ms,
                           .changed_at = effect->occurred,
                           .zone = ingest->zone};
}

static enum trait_rank rank_of(const struct effect *effect) {
    return effect->browser ? TRAIT_BROWSER : TRAIT_SERVER;
}

/* Remembers, before the commit, whom the events of a user key count for now: those rollups are built again
 * when that changes. */
static void note_move(struct ingest *ingest, const struct effect *effect, struct str user, bool always) {
    struct batch *batch = &ingest->batch;
    char room[NUMBER_KEY];
    uint32_t number = effect->source->number
                          ? events_find(ingest->house->events, DICTIONARY_USER,
                                        number_key(room, sizeof room, effect->source->number, user))
                          : 0;
    if (!number) return; /* has no events yet */
    struct directory *directory = ingest->house->directory;
    directory_lock(directory);
    uint32_t person = directory_person_of_number(directory, number);
    uint32_t account = directory_resolve_number(directory, 0, number, effect->occurred);
    directory_unlock(directory);
    bool waiting = number < ingest->unassigned_size && ingest->unassigned[number];
    if (!always && !waiting && account == ACCOUNT_NONE) return;
    if (account != ACCOUNT_NONE) VEC_PUSH(&batch->moved_accounts, account);
    if (person != UINT32_MAX) VEC_PUSH(&batch->moved_persons, person);
    VEC_PUSH(&batch->moved_users, (struct moved_user){number, effect->occurred});
}

static enum status account_of(struct session *session, const struct effect *effect, struct id *id,
                              struct problem *problem) {
    bool found;
    enum status status =
        account_store_by_key(session, effect->source->name, effect->account, id, &found, problem);
    if (status || found) return status;
    return fail(problem, NOT_FOUND, track_reasons[REASON_UNKNOWN_ACCOUNT],
                ARGS(effect->account, effect->source->name));
}

static enum status parse_traits(const struct effect *effect, struct json *traits, struct problem *problem) {
    *traits = (struct json){.kind = JSON_OBJECT};
    return effect->traits.n ? json_parse(effect->traits, problem->arena, traits, problem) : OK;
}

static enum status put_link(struct ingest *ingest, struct session *session, const struct effect *effect,
                            const struct origin *origin, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct id other, user, first, second;
    bool other_known, user_known, linked;
    enum status status =
        person_store_by_key(session, origin->source, effect->other, &other, &other_known, problem);
    if (!status)
        status = person_store_by_key(session, origin->source, effect->user, &user, &user_known, problem);
    if (status) return status;
    if (other_known && user_known) {
        struct id a, b;
        if ((status = person_store_root(session, other, &a, problem)) ||
            (status = person_store_root(session, user, &b, problem)))
            return status;
        if (id_equal(a, b) || effect->gentle) return OK;
        if (effect->browser) return fail(problem, FORBIDDEN, track_reasons[REASON_BROWSER_ALIAS], NO_ARGS);
    }
    note_move(ingest, effect, effect->other, true);
    note_move(ingest, effect, effect->user, true);
    if ((status =
             person_alias(session, origin, effect->other, effect->user, &linked, &first, &second, problem)))
        return status;
    if (linked) batch->reload = true;
    VEC_PUSH(&batch->changed_people, first);
    return OK;
}

static enum status put_effect(struct ingest *ingest, struct session *session, const struct effect *effect,
                              struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct origin origin = origin_of(ingest, effect);
    struct id account, person;
    struct json traits;
    bool changed = false;
    uint64_t changed_fields;
    enum status status = OK;
    switch (effect->kind) {
    case EFFECT_NONE:
        break;
    case EFFECT_ACCOUNT:
        status = account_from_usage(session, &origin, effect->account, ingest_day(ingest, effect->occurred),
                                    &account, &changed, problem);
        if (!status) VEC_PUSH(&batch->changed_accounts, account);
        break;
    case EFFECT_TRAITS:
        status = parse_traits(effect, &traits, problem);
        if (!status) status = account_of(session, effect, &account, problem);
        if (!status)
            status = account_traits_put(session, &origin, account, &traits, effect->occurred, rank_of(effect),
                                        &changed_fields, problem);
        if (!status) VEC_PUSH(&batch->changed_accounts, account);
        break;
    case EFFECT_PERSON:
        status = parse_traits(effect, &traits, problem);
        if (!status) status = person_of_key(session, &origin, effect->user, &person, &changed, problem);
        if (!status)
            status = person_traits_put(session, &origin, person, &traits, effect->occurred, rank_of(effect),
                                       &changed, problem);
        if (!status) VEC_PUSH(&batch->changed_people, person);
        break;
    case EFFECT_MEMBER:
        status = account_of(session, effect, &account, problem);
        if (!status) status = person_of_key(session, &origin, effect->user, &person, &changed, problem);
        if (!status)
            status = contact_seen(session, &origin, person, account, effect->occurred, &changed, problem);
        if (!status && changed) {
            note_move(ingest, effect, effect->user, false);
            VEC_PUSH(&batch->changed_people, person);
        }
        break;
    case EFFECT_LINK:
        status = put_link(ingest, session, effect, &origin, problem);
        break;
    }
    return status;
}

static enum status put_rest(struct ingest *ingest, struct session *session, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    enum status status = OK;
    for (size_t i = 0; i < batch->rejected.n && !status; i++)
        status = rejected_store_put(session, &batch->rejected.v[i], problem);
    if (!status && batch->rejected.n) status = rejected_store_count(session, &ingest->rejected_rows, problem);
    if (!status && ingest->rejected_rows > (int64_t)ingest->rejected_max) {
        status = rejected_store_trim(session, ingest->rejected_rows - (int64_t)ingest->rejected_max, problem);
        ingest->rejected_rows = (int64_t)ingest->rejected_max;
    }
    for (size_t i = 0; i < batch->days.n && !status; i++)
        status = source_store_day(session, batch->days.v[i].source->name, batch->days.v[i].day,
                                  batch->days.v[i].received, problem);
    if (!status && batch->browser_made) {
        struct rows *rows = rows_open(session, &query_browser_accounts_add);
        rows_bind_int(rows, "day", ingest->browser_day);
        rows_bind_int(rows, "made", batch->browser_made);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    if (!status) {
        struct rows *rows = rows_open(session, &query_applied_set);
        rows_bind_int(rows, "reached", (int64_t)batch->after);
        rows_next(rows);
        status = rows_close(rows, problem);
    }
    return status;
}

/* An effect that the records refuse becomes a rejected row; the others are not held up by it. */
static void refuse_effect(struct ingest *ingest, struct effect *effect, const struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct buf why = {0};
    struct str args[2] = {{0}, {0}};
    enum track_reason reason = REASON_REFUSED;
    fault_print(&problem->main, ENGLISH, &why);
    args[0] = str_copy(&batch->arena, buf_str(&why));
    buf_free(&why);
    if (problem->main.message.code == track_reasons[REASON_BROWSER_ALIAS].code) reason = REASON_BROWSER_ALIAS;
    VEC_PUSH(&batch->rejected, rejected_make(effect->source->name, effect->browser, effect->type,
                                             effect->received, reason, args, effect->raw, &batch->arena));
    ingest->figures.rejected++;
    effect->kind = EFFECT_NONE; /* a second try of the batch leaves it out */
}

static enum status put_all(struct ingest *ingest, struct session *session, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct source *source;
    enum status status = OK;
    batch->changed_accounts.n = batch->changed_people.n = batch->moved_accounts.n = batch->moved_persons.n =
        batch->moved_users.n = 0;
    batch->reload = false;
    for (size_t i = 0; !status && (source = sources_at(ingest->sources, i)); i++) {
        if (!source->stored) status = source_store_put(session, source, problem);
    }
    for (size_t i = 0; i < batch->effects.n && !status; i++) {
        struct effect *effect = &batch->effects.v[i];
        if ((status = session_mark(session, problem))) break;
        status = put_effect(ingest, session, effect, problem);
        if (!status || status == UNAVAILABLE || status == INTERNAL) continue;
        refuse_effect(ingest, effect, problem);
        problem_clear(problem);
        status = session_back_to_mark(session, problem);
    }
    return status ? status : put_rest(ingest, session, problem);
}

static int by_id(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct id));
}

/* Each once: an effect says so every time. */
static void once(struct id *ids, size_t *n) {
    size_t kept = 0;
    if (!*n) return;
    qsort(ids, *n, sizeof *ids, by_id);
    for (size_t i = 0; i < *n; i++)
        if (!kept || by_id(&ids[kept - 1], &ids[i]) != 0) ids[kept++] = ids[i];
    *n = kept;
}

/* Facts of contacts are of the account that the person belongs to now. */
static void notice_person(struct house *house, struct id person) {
    struct directory *directory = house->directory;
    directory_lock(directory);
    uint32_t account =
        directory_of_person(directory, directory_person_by_id(directory, person), clock_now(house->clock));
    directory_unlock(directory);
    if (account != ACCOUNT_NONE) notices_put(house->notices, account, NOTICE_RECORDS);
}

/* What changed is read again one by one, or with everything else where that is sooner: a row costs by itself
 * about as much as this many in a row. Who reads the directory waits for the whole of the second. */
static bool are_few(const struct directory *directory, size_t n) {
    enum { FEW = 300, ROWS_OF_ONE = 4 };
    return n <= FEW + (directory_size(directory) + directory_persons(directory)) / ROWS_OF_ONE;
}

static enum status refresh(struct ingest *ingest, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct house *house = ingest->house;
    enum status status = OK;
    once(batch->changed_accounts.v, &batch->changed_accounts.n);
    once(batch->changed_people.v, &batch->changed_people.n);
    size_t n = batch->changed_accounts.n + batch->changed_people.n;
    if (!n && !batch->reload) return OK;
    directory_lock(house->directory);
    bool few = are_few(house->directory, n);
    directory_unlock(house->directory);
    if (batch->reload || !few) {
        status = directory_load(house->directory, house->records, problem);
        notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS);
    } else {
        for (size_t i = 0; i < batch->changed_accounts.n && !status; i++) {
            uint32_t index = ACCOUNT_NONE;
            status = directory_refresh_account(house->directory, house->records, batch->changed_accounts.v[i],
                                               &index, problem);
            if (!status && index != ACCOUNT_NONE)
                notices_put(house->notices, index, NOTICE_DIRECTORY | NOTICE_RECORDS);
        }
        for (size_t i = 0; i < batch->changed_people.n && !status; i++)
            status = directory_refresh_person(house->directory, house->records, batch->changed_people.v[i],
                                              problem);
        for (size_t i = 0; i < batch->changed_people.n && !status; i++)
            notice_person(house, batch->changed_people.v[i]);
    }
    directory_lock(house->directory);
    for (size_t i = 0; i < batch->moved_users.n; i++) { /* and whom they count for now */
        struct moved_user moved = batch->moved_users.v[i];
        uint32_t person = directory_person_of_number(house->directory, moved.number);
        uint32_t account = directory_resolve_number(house->directory, 0, moved.number, moved.occurred);
        if (account != ACCOUNT_NONE) VEC_PUSH(&batch->moved_accounts, account);
        if (person != UINT32_MAX) VEC_PUSH(&batch->moved_persons, person);
    }
    directory_unlock(house->directory);
    for (size_t i = 0; i < batch->moved_accounts.n; i++) /* whom they left, and whom they came to */
        notices_put(house->notices, batch->moved_accounts.v[i], NOTICE_RECORDS);
    return status;
}

enum status apply_records(struct ingest *ingest, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    struct session *session = NULL;
    struct source *source;
    enum status status = ingest_step(ingest, "records");
    if (batch->records_done || (!batch->effects.n && !batch->rejected.n && !batch->days.n)) return status;
    if (!status && !batch->records_committed) {
        if ((status = records_write(ingest->house->records, &session, problem))) return status;
        status = put_all(ingest, session, problem);
        if (!status) status = ingest_step(ingest, "records_commit");
        if (!status)
            status = session_commit(session, problem);
        else
            session_rollback(session);
        if (status) return status;
        batch->records_committed = true;
        ingest->records_reached = batch->after;
        ingest->browser_made += batch->browser_made;
        for (size_t i = 0; (source = sources_at(ingest->sources, i)); i++)
            source->stored = true;
    }
    return status ? status : refresh(ingest, problem);
}
