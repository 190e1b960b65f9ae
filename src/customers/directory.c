#include "customers/directory.h"

#include "base/dict.h"
#include "base/vec.h"
#include "customers/account.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

#include <pthread.h>

enum { HOUR_MS = 3600000, FOLLOWS_MS = 24 * HOUR_MS, NUMBER_NONE = UINT32_MAX };

struct membership {
    uint32_t account;   /* as recorded; read through root() */
    instant_t from, to; /* [from, to) */
};
struct person {
    struct id id;      /* none: only a key is known */
    uint32_t lives_in; /* itself unless linked to another */
    bool internal;
    uint32_t email;                     /* in texts; NUMBER_NONE: unknown */
    VEC(struct membership) memberships; /* by from */
};
struct numbers {
    uint32_t *v;
    size_t n, capacity;
};
/* ids → index, open addressing; the last 8 bytes of a UUIDv7 are random enough to be their own hash. */
struct id_map {
    uint32_t *slots; /* index + 1, or 0 */
    size_t slot_count, n;
};

struct directory {
    pthread_rwlock_t lock;
    bool alone;        /* the write lock is held */
    struct dict texts; /* names, teams, keys, addresses: interned, so that a borrowed one stays valid */
    VEC(struct directory_account) accounts;
    struct numbers lives_in; /* by account */
    struct id_map by_id, person_by_id;
    struct dict account_keys, person_keys; /* "source NUL key" */
    struct dict key_sources;               /* of the account keys */
    struct numbers account_of_key;         /* by number of account_keys; ACCOUNT_NONE: not linked */
    struct numbers person_of_key;
    VEC(struct person) persons;
    struct numbers account_number,
        person_number; /* by number of the event dictionaries: number of our keys */
    struct dict internal_domains, internal_addresses;
};

/* ---- small parts ---- */

static uint64_t id_hash(struct id id) {
    uint64_t hash;
    memcpy(&hash, id.b + 8, sizeof hash);
    return hash ^ hash >> 32;
}

static struct id id_at(const struct directory *d, const struct id_map *map, uint32_t index) {
    return map == &d->by_id ? d->accounts.v[index].id : d->persons.v[index].id;
}

static uint32_t id_map_find(const struct directory *d, const struct id_map *map, struct id id) {
    if (!map->n) return UINT32_MAX;
    for (size_t i = id_hash(id) & (map->slot_count - 1); map->slots[i]; i = (i + 1) & (map->slot_count - 1))
        if (id_equal(id_at(d, map, map->slots[i] - 1), id)) return map->slots[i] - 1;
    return UINT32_MAX;
}

static void id_map_put(const struct directory *d, struct id_map *map, struct id id, uint32_t index) {
    if (map->n * 2 >= map->slot_count) {
        struct id_map bigger = {.slot_count = map->slot_count ? map->slot_count * 2 : 64};
        bigger.slots = memory_new(bigger.slot_count * sizeof *bigger.slots);
        for (size_t i = 0; i < map->slot_count; i++) {
            if (!map->slots[i]) continue;
            size_t at = id_hash(id_at(d, map, map->slots[i] - 1)) & (bigger.slot_count - 1);
            while (bigger.slots[at])
                at = (at + 1) & (bigger.slot_count - 1);
            bigger.slots[at] = map->slots[i];
        }
        bigger.n = map->n;
        free(map->slots);
        *map = bigger;
    }
    size_t at = id_hash(id) & (map->slot_count - 1);
    while (map->slots[at])
        at = (at + 1) & (map->slot_count - 1);
    map->slots[at] = index + 1;
    map->n++;
}

static struct str intern(struct directory *d, struct str s) {
    return s.n ? dict_key(&d->texts, dict_put(&d->texts, s, NULL)) : (struct str){0};
}

/* "source NUL key"; on the stack where it fits, as it nearly always does. */
struct joined {
    char small[512];
    char *large;
    struct str s;
};
static struct str join(struct joined *joined, struct str source, struct str key) {
    size_t n = source.n + 1 + key.n;
    joined->large = n > sizeof joined->small ? memory_new(n) : NULL;
    char *p = joined->large ? joined->large : joined->small;
    if (source.n) memcpy(p, source.p, source.n);
    p[source.n] = 0;
    if (key.n) memcpy(p + source.n + 1, key.p, key.n);
    return joined->s = (struct str){p, n};
}
static void join_free(struct joined *joined) {
    free(joined->large);
}

static struct str key_part(struct str joined) {
    const char *nul = memchr(joined.p, 0, joined.n);
    return str_slice(joined, (size_t)(nul - joined.p) + 1, joined.n);
}

/* ---- internal people ---- */

static struct str lower(struct str s, char out[320]) {
    if (s.n > 320) return (struct str){0}; /* longer than an e-mail address can be (RFC 5321) */
    for (size_t i = 0; i < s.n; i++)
        out[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return (struct str){out, s.n};
}

static bool internal_address(const struct directory *d, struct str typed) {
    char space[320];
    struct str domain, address = lower(str_trim(typed), space);
    str_cut(address, '@', &domain);
    if (!domain.n) return false;
    if (dict_find(&d->internal_addresses, address) != DICT_NONE) return true;
    for (struct str rest = domain; rest.n; str_cut(rest, '.', &rest))
        if (dict_find(&d->internal_domains, rest) != DICT_NONE) return true;
    return false;
}

static void list_into(struct dict *dict, struct str list) {
    dict_free(dict);
    for (size_t i = 0; i < list.n;) {
        size_t end = i;
        while (end < list.n && !strchr(", \t\r\n;", list.p[end]))
            end++;
        char space[320];
        struct str item = lower(str_slice(list, i, end), space);
        if (item.n && item.p[0] == '@') item = str_slice(item, 1, item.n);
        if (item.n) dict_put(dict, item, NULL);
        i = end + 1;
    }
}

static void judge_persons(struct directory *d) {
    for (size_t i = 0; i < d->persons.n; i++) {
        struct person *person = &d->persons.v[i];
        person->internal =
            person->email != NUMBER_NONE && internal_address(d, dict_key(&d->texts, person->email));
    }
    for (uint32_t key = 0; key < d->person_keys.n; key++) {
        uint32_t person = d->person_of_key.v[key];
        if (person != UINT32_MAX && internal_address(d, key_part(dict_key(&d->person_keys, key))))
            d->persons.v[person].internal = true;
    }
    for (size_t i = 0; i < d->persons.n; i++) /* one of us under any linked key is one of us */
        if (d->persons.v[i].internal) d->persons.v[d->persons.v[i].lives_in].internal = true;
}

void directory_set_internal(struct directory *d, struct str domains, struct str addresses) {
    directory_write_lock(d);
    list_into(&d->internal_domains, domains);
    list_into(&d->internal_addresses, addresses);
    judge_persons(d);
    directory_unlock(d);
}

/* ---- life ---- */

struct directory *directory_new(void) {
    struct directory *d = memory_new(sizeof *d);
    pthread_rwlock_init(&d->lock, NULL);
    return d;
}

void directory_free(struct directory *d) {
    if (!d) return;
    pthread_rwlock_destroy(&d->lock);
    for (size_t i = 0; i < d->persons.n; i++)
        VEC_FREE(&d->persons.v[i].memberships);
    VEC_FREE(&d->persons);
    VEC_FREE(&d->accounts);
    VEC_FREE(&d->lives_in);
    VEC_FREE(&d->account_of_key);
    VEC_FREE(&d->person_of_key);
    VEC_FREE(&d->account_number);
    VEC_FREE(&d->person_number);
    free(d->by_id.slots);
    free(d->person_by_id.slots);
    dict_free(&d->texts);
    dict_free(&d->account_keys);
    dict_free(&d->key_sources);
    dict_free(&d->person_keys);
    dict_free(&d->internal_domains);
    dict_free(&d->internal_addresses);
    free(d);
}

void directory_lock(struct directory *d) {
    pthread_rwlock_rdlock(&d->lock);
}

void directory_write_lock(struct directory *d) {
    pthread_rwlock_wrlock(&d->lock);
    d->alone = true;
}

void directory_unlock(struct directory *d) {
    if (d->alone) d->alone = false; /* readers cannot see it set: the writer clears it before it lets go */
    pthread_rwlock_unlock(&d->lock);
}

/* ---- accounts and keys ---- */

static uint32_t account_index(struct directory *d, struct id id) {
    uint32_t index = id_map_find(d, &d->by_id, id);
    if (index != UINT32_MAX) return index;
    index = (uint32_t)d->accounts.n;
    VEC_PUSH(&d->accounts, (struct directory_account){.id = id, .starts_on = INT32_MIN});
    VEC_PUSH(&d->lives_in, index);
    id_map_put(d, &d->by_id, id, index);
    return index;
}

static uint32_t key_number(struct dict *keys, struct numbers *of_key, struct str source, struct str key) {
    struct joined joined;
    bool absent;
    uint32_t number = dict_put(keys, join(&joined, source, key), &absent);
    join_free(&joined);
    if (absent) VEC_PUSH(of_key, UINT32_MAX);
    return number;
}

static uint32_t account_key_number(struct directory *d, struct str source, struct str key) {
    dict_put(&d->key_sources, source, NULL);
    return key_number(&d->account_keys, &d->account_of_key, source, key);
}

static uint32_t person_new(struct directory *d, struct id id) {
    uint32_t index = (uint32_t)d->persons.n;
    VEC_PUSH(&d->persons, (struct person){.id = id, .lives_in = index, .email = NUMBER_NONE});
    if (!id_is_none(id)) id_map_put(d, &d->person_by_id, id, index);
    return index;
}

static uint32_t person_index(struct directory *d, struct id id) {
    uint32_t index = id_map_find(d, &d->person_by_id, id);
    return index == UINT32_MAX ? person_new(d, id) : index;
}

size_t directory_size(const struct directory *d) {
    return d->accounts.n;
}

const struct directory_account *directory_account(const struct directory *d, uint32_t index) {
    return &d->accounts.v[index];
}

uint32_t directory_root(const struct directory *d, uint32_t index) {
    return d->lives_in.v[index];
}

uint32_t directory_by_id(const struct directory *d, struct id id) {
    return id_map_find(d, &d->by_id, id);
}

static uint32_t find_key(const struct dict *keys, struct str source, struct str key) {
    struct joined joined;
    uint32_t number = dict_find(keys, join(&joined, source, key));
    join_free(&joined);
    return number;
}

static uint32_t account_of(const struct directory *d, uint32_t key) {
    uint32_t account = key == DICT_NONE ? ACCOUNT_NONE : d->account_of_key.v[key];
    return account == ACCOUNT_NONE ? ACCOUNT_NONE : directory_root(d, account);
}

uint32_t directory_by_key(const struct directory *d, struct str source, struct str key) {
    return account_of(d, find_key(&d->account_keys, source, key));
}

enum status directory_find(const struct directory *d, struct str typed, uint32_t *index,
                           struct problem *problem) {
    struct id id;
    uint32_t found = ACCOUNT_NONE;
    bool several = false;
    if (id_parse(typed, &id)) found = directory_by_id(d, id);
    bool of_id = found != ACCOUNT_NONE;
    for (uint32_t i = 0; !of_id && i < d->key_sources.n; i++) {
        uint32_t account = directory_by_key(d, dict_key(&d->key_sources, i), typed);
        if (account == ACCOUNT_NONE) continue;
        several |= found != ACCOUNT_NONE && found != account;
        found = account;
    }
    if (found == ACCOUNT_NONE)
        for (uint32_t i = 0; i < d->accounts.n; i++) {
            if (d->accounts.v[i].merged || !str_equal(d->accounts.v[i].name, typed)) continue;
            several |= found != ACCOUNT_NONE;
            found = i;
        }
    if (several)
        return fail(problem, CONFLICT,
                    MESSAGE("account_several", "“{0}” names several accounts: give the account's id.",
                            "«{0}» نام یا کلید چند مشتری است: شناسهٔ مشتری را بدهید."),
                    ARGS(typed));
    if (found == ACCOUNT_NONE) return fail_not_found(problem, (struct text){"account", "مشتری"}, typed);
    *index = found;
    return OK;
}

/* ---- persons ---- */

/* The membership that holds at `occurred`, of several the one that began last; else the first that begins
 * within 24 hours. */
uint32_t directory_of_person(const struct directory *d, uint32_t person, instant_t occurred) {
    if (person == UINT32_MAX) return ACCOUNT_NONE;
    const struct person *p = &d->persons.v[person];
    uint32_t holds = ACCOUNT_NONE;
    for (size_t i = 0; i < p->memberships.n; i++) {
        const struct membership *m = &p->memberships.v[i];
        if (m->from > occurred) {
            if (holds == ACCOUNT_NONE && m->from - occurred <= FOLLOWS_MS) holds = m->account;
            break;
        }
        if (occurred < m->to) holds = m->account;
    }
    return holds == ACCOUNT_NONE ? ACCOUNT_NONE : directory_root(d, holds);
}

static uint32_t person_of(const struct directory *d, uint32_t key) {
    uint32_t person = key == DICT_NONE ? UINT32_MAX : d->person_of_key.v[key];
    return person == UINT32_MAX ? UINT32_MAX : d->persons.v[person].lives_in;
}

static void person_of_new_key(struct directory *d, uint32_t number) {
    if (d->person_of_key.v[number] != UINT32_MAX) return;
    uint32_t person = person_new(d, (struct id){0});
    d->person_of_key.v[number] = person;
    d->persons.v[person].internal = internal_address(d, key_part(dict_key(&d->person_keys, number)));
}

uint32_t directory_person(struct directory *d, struct str source, struct str user_key) {
    if (!d->alone) return person_of(d, find_key(&d->person_keys, source, user_key));
    uint32_t number = key_number(&d->person_keys, &d->person_of_key, source, user_key);
    person_of_new_key(d, number);
    return person_of(d, number);
}

uint32_t directory_person_by_id(const struct directory *d, struct id id) {
    uint32_t person = id_map_find(d, &d->person_by_id, id);
    return person == UINT32_MAX ? person : d->persons.v[person].lives_in;
}

size_t directory_persons(const struct directory *d) {
    return d->persons.n;
}

struct id directory_person_id(const struct directory *d, uint32_t person) {
    return d->persons.v[person].id;
}

bool directory_person_internal(const struct directory *d, uint32_t person) {
    return person < d->persons.n && d->persons.v[person].internal;
}

uint32_t directory_resolve(const struct directory *d, struct str source, struct str account_key,
                           struct str user_key, instant_t occurred) {
    if (account_key.n) return directory_by_key(d, source, account_key);
    return directory_of_person(d, person_of(d, find_key(&d->person_keys, source, user_key)), occurred);
}

bool directory_in_scope(const struct directory *d, uint32_t account, const struct principal *principal) {
    if (account >= d->accounts.n || principal->kind == NOBODY) return false;
    if (principal->kind == LOCAL || principal->scope == SCOPE_ALL) return true;
    const struct directory_account *a = &d->accounts.v[directory_root(d, account)];
    if (!id_is_none(principal->member) && id_equal(a->owner, principal->member)) return true;
    return principal->scope == SCOPE_TEAM && principal->team.n && str_equal(a->team, principal->team);
}

/* ---- numbers of the event dictionaries ---- */

void directory_bind(struct directory *d, enum directory_kind kind, uint32_t number, struct str source,
                    struct str key) {
    struct numbers *bound = kind == DIRECTORY_ACCOUNT ? &d->account_number : &d->person_number;
    while (bound->n <= number)
        VEC_PUSH(bound, NUMBER_NONE);
    if (kind == DIRECTORY_ACCOUNT) {
        bound->v[number] = account_key_number(d, source, key);
    } else {
        bound->v[number] = key_number(&d->person_keys, &d->person_of_key, source, key);
        person_of_new_key(d, bound->v[number]);
    }
}

bool directory_is_bound(const struct directory *d, enum directory_kind kind, uint32_t number) {
    size_t n = kind == DIRECTORY_ACCOUNT ? d->account_number.n : d->person_number.n;
    return number < n &&
           (kind == DIRECTORY_ACCOUNT ? d->account_number.v : d->person_number.v)[number] != NUMBER_NONE;
}

uint32_t directory_account_of_number(const struct directory *d, uint32_t number) {
    return directory_is_bound(d, DIRECTORY_ACCOUNT, number) ? account_of(d, d->account_number.v[number])
                                                            : ACCOUNT_NONE;
}

uint32_t directory_person_of_number(const struct directory *d, uint32_t number) {
    return directory_is_bound(d, DIRECTORY_PERSON, number) ? person_of(d, d->person_number.v[number])
                                                           : UINT32_MAX;
}

uint32_t directory_resolve_number(const struct directory *d, uint32_t account_number, uint32_t user_number,
                                  instant_t occurred) {
    if (account_number) return directory_account_of_number(d, account_number);
    return user_number ? directory_of_person(d, directory_person_of_number(d, user_number), occurred)
                       : ACCOUNT_NONE;
}

/* ---- reading records; the write lock is held ---- */

/* Columns of account_directory_*: id, key, name, owner, team, status, starts_on, demo, lives_in, owner's
 * name. */
static void read_account(struct directory *d, struct rows *rows) {
    struct id id = rows_id(rows, 0), lives_in = rows_id(rows, 8);
    uint32_t root = account_index(d, lives_in), index = account_index(d, id);
    const char *const *statuses = account_type.fields[ACCOUNT_STATUS].options;
    struct str status = rows_text(rows, 5, NULL);
    struct id owner = {0};
    if (!rows_is_null(rows, 3)) owner = rows_id(rows, 3);
    int32_t number = 0;
    while (statuses[number] && !str_is(status, statuses[number]))
        number++;
    d->lives_in.v[index] = root;
    d->accounts.v[index] = (struct directory_account){
        .id = id,
        .key = intern(d, rows_text(rows, 1, NULL)),
        .name = intern(d, rows_text(rows, 2, NULL)),
        .owner = owner,
        .team = intern(d, rows_text(rows, 4, NULL)),
        .status = number,
        .starts_on = rows_is_null(rows, 6) ? INT32_MIN : (day_t)rows_int(rows, 6),
        .demo = rows_int(rows, 7) != 0,
        .merged = root != index,
        .owner_name = intern(d, rows_is_null(rows, 9) ? (struct str){0} : rows_text(rows, 9, NULL)),
    };
}

/* An account that is no more: its index stays, empty, as that of a merged one. */
static void forget_account(struct directory *d, struct id id) {
    uint32_t index = id_map_find(d, &d->by_id, id);
    if (index == ACCOUNT_NONE) return;
    d->accounts.v[index].merged = true;
    for (size_t i = 0; i < d->account_of_key.n; i++)
        if (d->account_of_key.v[i] == index) d->account_of_key.v[i] = ACCOUNT_NONE;
}

static enum status read_accounts(struct directory *d, struct session *session, const struct id *only,
                                 struct problem *problem) {
    struct rows *rows =
        rows_open(session, only ? &query_account_directory_one : &query_account_directory_all);
    if (only) rows_bind_id(rows, "id", *only);
    bool any = false;
    for (; rows_next(rows); any = true)
        read_account(d, rows);
    enum status status = rows_close(rows, problem);
    if (status) return status;
    if (only && !any) forget_account(d, *only);
    for (size_t i = 0; !only && i < d->account_of_key.n; i++)
        d->account_of_key.v[i] = ACCOUNT_NONE;
    rows = rows_open(session, only ? &query_account_key_directory_one : &query_account_key_directory_all);
    if (only) rows_bind_id(rows, "id", *only);
    while (rows_next(rows)) {
        uint32_t number = account_key_number(d, rows_text(rows, 1, NULL), rows_text(rows, 2, NULL));
        d->account_of_key.v[number] = account_index(d, rows_id(rows, 0));
    }
    return rows_close(rows, problem);
}

/* Columns of person_key_directory_*: person, source, key. A key that was met before its person was recorded
 * lends the person its index, so that rollups stay right. */
static void read_person_key(struct directory *d, struct rows *rows) {
    uint32_t number =
        key_number(&d->person_keys, &d->person_of_key, rows_text(rows, 1, NULL), rows_text(rows, 2, NULL));
    struct id id = rows_id(rows, 0);
    uint32_t had = d->person_of_key.v[number], person = id_map_find(d, &d->person_by_id, id);
    if (person == UINT32_MAX && had != UINT32_MAX && id_is_none(d->persons.v[had].id)) {
        d->persons.v[had].id = id;
        id_map_put(d, &d->person_by_id, id, had);
        person = had;
    }
    d->person_of_key.v[number] = person == UINT32_MAX ? person_new(d, id) : person;
}

static enum status read_persons(struct directory *d, struct session *session, const struct id *only,
                                struct problem *problem) {
    struct rows *rows =
        rows_open(session, only ? &query_person_key_directory_one : &query_person_key_directory_all);
    if (only) rows_bind_id(rows, "id", *only);
    while (rows_next(rows))
        read_person_key(d, rows);
    enum status status = rows_close(rows, problem);
    if (status) return status;
    rows = rows_open(session, only ? &query_person_directory_one
                                   : &query_person_directory_all); /* id, email, lives_in */
    if (only) rows_bind_id(rows, "id", *only);
    while (rows_next(rows)) {
        uint32_t person = person_index(d, rows_id(rows, 0)), root = person_index(d, rows_id(rows, 2));
        struct str email = rows_text(rows, 1, NULL);
        d->persons.v[person].email = email.n ? dict_put(&d->texts, email, NULL) : NUMBER_NONE;
        d->persons.v[person].lives_in = root;
    }
    if ((status = rows_close(rows, problem))) return status;
    uint32_t one = only ? person_index(d, *only) : 0; /* may move d->persons */
    uint32_t root = only ? d->persons.v[one].lives_in : 0;
    for (uint32_t i = root; i < (only ? root + 1 : d->persons.n); i++)
        d->persons.v[i].memberships.n = 0;
    rows =
        rows_open(session, only ? &query_contact_directory_one
                                : &query_contact_directory_all); /* person, account, valid_from, valid_to */
    if (only) rows_bind_id(rows, "id", d->persons.v[root].id);
    while (rows_next(rows)) { /* by valid_from; of linked persons together */
        uint32_t person = person_index(d, rows_id(rows, 0)), account = account_index(d, rows_id(rows, 1));
        person = d->persons.v[person].lives_in;
        VEC_PUSH(&d->persons.v[person].memberships,
                 (struct membership){account, rows_int(rows, 2),
                                     rows_is_null(rows, 3) ? INT64_MAX : rows_int(rows, 3)});
    }
    return rows_close(rows, problem);
}

/* What only one person's change could have touched is judged alone: all of them would cost too much in a
 * stream of changes. */
static void judge_person(struct directory *d, uint32_t person, struct session *session, struct id id,
                         struct problem *problem) {
    struct person *p = &d->persons.v[person];
    p->internal = p->email != NUMBER_NONE && internal_address(d, dict_key(&d->texts, p->email));
    struct rows *rows = rows_open(session, &query_person_key_directory_one);
    rows_bind_id(rows, "id", id);
    while (rows_next(rows))
        p->internal |= internal_address(d, rows_text(rows, 2, NULL));
    if (rows_close(rows, problem)) problem_clear(problem);
    if (p->internal) d->persons.v[p->lives_in].internal = true;
}

enum status directory_load(struct directory *d, struct records *records, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    directory_write_lock(d);
    status = read_accounts(d, session, NULL, problem);
    if (!status) status = read_persons(d, session, NULL, problem);
    judge_persons(d);
    directory_unlock(d);
    session_rollback(session);
    return status;
}

enum status directory_refresh_account(struct directory *d, struct records *records, struct id account,
                                      uint32_t *index, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    directory_write_lock(d);
    status = read_accounts(d, session, &account, problem);
    if (index) *index = id_map_find(d, &d->by_id, account);
    directory_unlock(d);
    session_rollback(session);
    return status;
}

enum status directory_refresh_person(struct directory *d, struct records *records, struct id person,
                                     struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(records, &session, problem);
    if (status) return status;
    directory_write_lock(d);
    status = read_persons(d, session, &person, problem);
    if (!status) judge_person(d, person_index(d, person), session, person, problem);
    directory_unlock(d);
    session_rollback(session);
    return status;
}
