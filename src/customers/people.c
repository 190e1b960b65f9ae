#include "customers/people.h"

#include "base/vec.h"
#include "customers/key.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "queries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ATTEMPT_SLOTS = 8192 };

struct live_key {
    struct key_entry entry;
    uint8_t hash[TOKEN_HASH];
    atomic_bool revoked;
    _Atomic instant_t used, saved;
};
struct attempt {
    uint8_t name[16]; /* a hash */
    int64_t count;
    instant_t since;
};

struct people {
    struct records *records;
    struct arena arena; /* entries and their strings; under the write lock */
    pthread_rwlock_t lock;
    VEC(struct live_key *) keys;
    pthread_mutex_t sign_in_lock;
    char salt[TOKEN_TEXT + 1]; /* nobody outside can tell which names share a slot */
    struct attempt attempts[ATTEMPT_SLOTS];
};

void people_add_key(struct people *people, const struct key_entry *entry, const uint8_t hash[TOKEN_HASH],
                    instant_t last_used) {
    pthread_rwlock_wrlock(&people->lock);
    struct live_key *key = arena_alloc(&people->arena, sizeof *key);
    key->entry = *entry;
    key->entry.name = str_copy(&people->arena, entry->name);
    key->entry.team = str_copy(&people->arena, entry->team);
    key->entry.origins = arena_array(&people->arena, entry->origin_count, sizeof *entry->origins);
    for (size_t i = 0; i < entry->origin_count; i++)
        key->entry.origins[i] = str_copy(&people->arena, entry->origins[i]);
    memcpy(key->hash, hash, TOKEN_HASH);
    atomic_init(&key->used, last_used);
    atomic_init(&key->saved, last_used);
    VEC_PUSH(&people->keys, key);
    pthread_rwlock_unlock(&people->lock);
}

void people_revoke_key(struct people *people, struct id id) {
    pthread_rwlock_wrlock(&people->lock);
    for (size_t i = 0; i < people->keys.n; i++)
        if (id_equal(people->keys.v[i]->entry.id, id)) atomic_store(&people->keys.v[i]->revoked, true);
    pthread_rwlock_unlock(&people->lock);
}

instant_t people_key_used(struct people *people, struct id id) {
    instant_t used = 0;
    pthread_rwlock_rdlock(&people->lock);
    for (size_t i = 0; i < people->keys.n; i++)
        if (id_equal(people->keys.v[i]->entry.id, id)) used = atomic_load(&people->keys.v[i]->used);
    pthread_rwlock_unlock(&people->lock);
    return used;
}

bool people_key_lives(struct people *people, struct id id) {
    bool lives = false;
    pthread_rwlock_rdlock(&people->lock);
    for (size_t i = 0; i < people->keys.n; i++)
        if (id_equal(people->keys.v[i]->entry.id, id)) lives = !atomic_load(&people->keys.v[i]->revoked);
    pthread_rwlock_unlock(&people->lock);
    return lives;
}

const struct key_entry *people_key(struct people *people, struct str secret, instant_t now) {
    uint8_t hash[TOKEN_HASH];
    struct live_key *found = NULL;
    token_hash(secret, hash);
    pthread_rwlock_rdlock(&people->lock);
    for (size_t i = 0; i < people->keys.n && !found; i++)
        if (memcmp(people->keys.v[i]->hash, hash, TOKEN_HASH) == 0) found = people->keys.v[i];
    pthread_rwlock_unlock(&people->lock);
    if (!found || atomic_load_explicit(&found->revoked, memory_order_relaxed)) return NULL;
    atomic_store_explicit(&found->used, now, memory_order_relaxed);
    return &found->entry;
}

bool key_origin_allowed(const struct key_entry *key, struct str origin) {
    if (!origin.n || !key->origin_count) return true;
    for (size_t i = 0; i < key->origin_count; i++)
        if (str_equal_nocase(key->origins[i], origin)) return true;
    return false;
}

enum status people_open(struct records *records, struct people **ret, struct problem *problem) {
    struct people *people = memory_new(sizeof *people);
    people->records = records;
    token_make(people->salt);
    pthread_rwlock_init(&people->lock, NULL);
    pthread_mutex_init(&people->sign_in_lock, NULL);
    enum status status = keys_load(people, records, problem);
    if (status) {
        people_close(people);
    } else {
        *ret = people;
    }
    return status;
}

static void save_uses(struct people *people) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct session *session = NULL;
    bool any = false;
    for (size_t i = 0; i < people->keys.n; i++)
        any |= people->keys.v[i]->used != people->keys.v[i]->saved;
    if (any && records_write(people->records, &session, &problem) == OK) {
        struct rows *rows = rows_open(session, &query_key_used);
        for (size_t i = 0; i < people->keys.n; i++) {
            struct live_key *key = people->keys.v[i];
            if (key->used == key->saved) continue;
            rows_bind_id(rows, "id", key->entry.id);
            rows_bind_int(rows, "last_used_at", key->used);
            rows_next(rows);
            rows_again(rows);
        }
        /* Only a convenience is lost when this fails, and the process is ending. */
        if (rows_close(rows, &problem) || session_commit(session, &problem)) session_rollback(session);
    }
    arena_free(&arena);
}

void people_close(struct people *people) {
    if (!people) return;
    save_uses(people);
    VEC_FREE(&people->keys);
    pthread_rwlock_destroy(&people->lock);
    pthread_mutex_destroy(&people->sign_in_lock);
    arena_free(&people->arena);
    free(people);
}

/* One slot a name; of two in one slot the older is forgotten. */
static struct attempt *attempt_of(struct people *people, struct str name) {
    uint8_t hash[TOKEN_HASH];
    uint32_t slot;
    struct buf salted = {0};
    buf_put_c(&salted, people->salt);
    buf_put_str(&salted, name);
    token_hash(buf_str(&salted), hash);
    buf_free(&salted);
    memcpy(&slot, hash, sizeof slot);
    struct attempt *attempt = &people->attempts[slot % ATTEMPT_SLOTS];
    if (memcmp(attempt->name, hash, sizeof attempt->name)) {
        *attempt = (struct attempt){0};
        memcpy(attempt->name, hash, sizeof attempt->name);
    }
    return attempt;
}

bool people_attempt(struct people *people, const struct attempts *attempts, instant_t now) {
    pthread_mutex_lock(&people->sign_in_lock);
    struct attempt *attempt = attempt_of(people, attempts->name);
    if (!attempt->count || now - attempt->since > attempts->window_ms) {
        attempt->count = 0;
        attempt->since = now;
    }
    bool allowed = attempt->count < attempts->most;
    if (allowed) attempt->count++;
    pthread_mutex_unlock(&people->sign_in_lock);
    return allowed;
}

void people_forgive(struct people *people, struct str name) {
    pthread_mutex_lock(&people->sign_in_lock);
    attempt_of(people, name)->count = 0;
    pthread_mutex_unlock(&people->sign_in_lock);
}
