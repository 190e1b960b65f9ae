/* Accounts, keys, history, merging, traits, contacts and the directory, on a real store. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "customers/feature.h"
#include "customers/member.h"
#include "platform/records.h"
#include "queries.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BIT(field) ((uint64_t)1 << (field))
enum { T0 = 1000000, HOUR = 3600000 };

struct place {
    char folder[64];
    struct arena arena;
    struct problem problem;
    struct records *records;
    struct directory *directory;
    struct session *session; /* the writer under way */
    struct origin origin;
};

static int set_up(void **state) {
    struct place *p = memory_new(sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/vafa-customers-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->problem.arena = &p->arena;
    assert_int_equal(records_open(p->folder, true, &p->records, &p->problem), OK);
    p->directory = directory_new();
    p->origin = (struct origin){.now = T0, .source = STR("crm"), .by = STR("Mina")};
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    struct place *p = *state;
    session_rollback(p->session);
    records_close(p->records);
    directory_free(p->directory);
    static const char *const names[] = {"records.sqlite", "records.sqlite-wal", "records.sqlite-shm"};
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(str_format(&p->arena, "%s/%s", p->folder, names[i]).p);
    assert_int_equal(rmdir(p->folder), 0);
    arena_free(&p->arena);
    free(p);
    return 0;
}

static void check_ok(struct place *p, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&p->problem, ENGLISH, &text);
    buf_put_byte(&text, 0);
    print_error("%s", text.p);
    buf_free(&text);
    fail_msg("%s", "the call was refused");
}

static struct session *writer(struct place *p) {
    if (!p->session) check_ok(p, records_write(p->records, &p->session, &p->problem));
    return p->session;
}

static void commit(struct place *p) {
    check_ok(p, session_commit(p->session, &p->problem));
    p->session = NULL;
    check_ok(p, directory_load(p->directory, p->records, &p->problem));
}

static struct id upsert(struct place *p, struct account row, enum upsert_result expected) {
    enum upsert_result result;
    struct id id;
    check_ok(p, account_upsert(writer(p), &p->origin, &row, 0, &result, &id, &p->problem));
    assert_int_equal(result, expected);
    return id;
}

static struct account named(const char *key, const char *name) {
    return (struct account){
        .has = BIT(ACCOUNT_KEY) | BIT(ACCOUNT_NAME), .key = str_of(key), .name = str_of(name)};
}

static struct account get(struct place *p, struct id id) {
    struct account account = {0};
    check_ok(p, account_store_get(writer(p), id, &account, &p->arena, &p->problem));
    return account;
}

/* "field=value@valid_from/recorded_at" of the history, oldest first, separated by spaces. */
static const char *history(struct place *p, struct id id, const char *field) {
    struct buf text = {0};
    struct rows *rows = rows_open(writer(p), &query_account_history_list);
    rows_bind_id(rows, "account", id);
    while (rows_next(rows)) {
        if (!str_is(rows_text(rows, 0, NULL), field)) continue;
        struct str line = str_format(&p->arena, "%.*s@%lld/%lld%s", STR_ARG(rows_text(rows, 1, &p->arena)),
                                     (long long)rows_int(rows, 2), (long long)rows_int(rows, 3),
                                     rows_int(rows, 4) ? "?" : "");
        struct str before = str_copy(&p->arena, buf_str(&text));
        buf_clear(&text);
        buf_put_str(&text, line);
        if (before.n) buf_put_byte(&text, ' ');
        buf_put_str(&text, before);
    }
    check_ok(p, rows_close(rows, &p->problem));
    const char *result = str_c(&p->arena, buf_str(&text));
    buf_free(&text);
    return result;
}

static uint32_t resolve(struct place *p, const char *account, const char *user, instant_t at) {
    directory_lock(p->directory);
    uint32_t index = directory_resolve(p->directory, STR("crm"), str_of(account), str_of(user), at);
    directory_unlock(p->directory);
    return index;
}

static uint32_t index_of(struct place *p, struct id id) {
    directory_lock(p->directory);
    uint32_t index = directory_by_id(p->directory, id);
    directory_unlock(p->directory);
    return index;
}

static void upserts_by_key_and_keeps_history_by_change(void **state) {
    struct place *p = *state;
    struct account row = named("A1", "Sahand Co");
    row.stage = STR("onboarding");
    row.has |= BIT(ACCOUNT_STAGE);
    struct id id = upsert(p, row, UPSERT_CREATED);
    p->origin.now = T0 + 10;
    assert_true(id_equal(upsert(p, row, UPSERT_UNCHANGED), id));
    assert_int_equal(get(p, id).version, 1);

    row.stage = STR("adopting");
    upsert(p, row, UPSERT_UPDATED);
    assert_int_equal(get(p, id).version, 2);
    assert_string_equal(history(p, id, "stage"), "onboarding@1000000/1000000 adopting@1000010/1000010");
    assert_string_equal(history(p, id, "name"), "Sahand Co@1000000/1000000");
    assert_string_equal(history(p, id, "status"), "live@1000000/1000000");

    /* A dated change of a declared back-fill: known a lag after it held, which is an assumption. */
    p->origin.backfill = true;
    p->origin.lag_ms = 5;
    p->origin.changed_at = 500000;
    row.stage = STR("trial");
    upsert(p, row, UPSERT_UPDATED);
    assert_string_equal(history(p, id, "stage"),
                        "trial@500000/500005? onboarding@1000000/1000000 adopting@1000010/1000010");

    /* A status with its day holds from the start of that day: 1970-01-03 in UTC. */
    p->origin = (struct origin){.now = T0 + 20, .source = STR("crm")};
    struct account lost = named("A1", "Sahand Co");
    lost.status = ACCOUNT_LOST;
    lost.status_on = 2;
    lost.has |= BIT(ACCOUNT_STATUS) | BIT(ACCOUNT_STATUS_ON);
    upsert(p, lost, UPSERT_UPDATED);
    assert_string_equal(history(p, id, "status"), "live@1000000/1000000 lost@172800000/1000020");
}

static void refuses_what_no_account_can_be(void **state) {
    struct place *p = *state;
    struct id id, top = upsert(p, named("A1", "Top"), UPSERT_CREATED);
    struct account below = named("A2", "Below"), bad = named("A3", " ");
    enum upsert_result result;
    below.parent = top;
    below.has |= BIT(ACCOUNT_PARENT);
    struct id child = upsert(p, below, UPSERT_CREATED);
    struct account circle = named("A1", "Top");
    circle.parent = child;
    circle.has |= BIT(ACCOUNT_PARENT);
    assert_int_equal(account_upsert(writer(p), &p->origin, &circle, 0, &result, &id, &p->problem), BAD_INPUT);
    assert_string_equal(p->problem.main.message.code, "parent_circle");
    problem_clear(&p->problem);
    bad.currency = STR("EURO");
    bad.country = STR("ir");
    bad.has |= BIT(ACCOUNT_CURRENCY) | BIT(ACCOUNT_COUNTRY);
    assert_int_equal(account_upsert(writer(p), &p->origin, &bad, 0, &result, &id, &p->problem), BAD_INPUT);
    assert_int_equal(p->problem.fault_count, 3); /* name, currency, country */
    problem_clear(&p->problem);
    struct account orphan = named("A4", "Orphan");
    orphan.owner = id_new(T0);
    orphan.has |= BIT(ACCOUNT_OWNER);
    assert_int_equal(account_upsert(writer(p), &p->origin, &orphan, 0, &result, &id, &p->problem), BAD_INPUT);
    assert_string_equal(p->problem.main.message.code, "owner_unknown");
    problem_clear(&p->problem);
    /* A key leads to one account. */
    assert_int_equal(account_key_link(writer(p), &p->origin, child, STR("crm"), STR("A1"), &p->problem),
                     CONFLICT);
    assert_string_equal(p->problem.main.message.code, "account_key_taken");
    problem_clear(&p->problem);
    assert_int_equal(account_of_key(writer(p), STR("billing"), STR("nobody"), &id, &p->problem), BAD_INPUT);
    assert_string_equal(p->problem.main.message.code, "account_unknown");
}

/* Everything the store holds about accounts and keys, but for version and time of change, which only grow. */
static const char *snapshot(struct place *p) {
    struct buf text = {0};
    struct rows *rows = rows_open(writer(p), &query_account_directory_all);
    while (rows_next(rows)) {
        struct account account = get(p, rows_id(rows, 0));
        account.version = 0;
        account.updated_at = 0;
        struct json_writer w = {.out = &text};
        fields_encode(&account_type, &account, &w);
        char lives_in[ID_TEXT + 1];
        id_print(rows_id(rows, 8), lives_in);
        buf_put_c(&text, lives_in);
    }
    check_ok(p, rows_close(rows, &p->problem));
    rows = rows_open(writer(p), &query_account_key_directory_all);
    while (rows_next(rows)) {
        char account[ID_TEXT + 1];
        id_print(rows_id(rows, 0), account);
        buf_format(&text, "%s %.*s %.*s;", account, STR_ARG(rows_text(rows, 1, NULL)),
                   STR_ARG(rows_text(rows, 2, NULL)));
    }
    check_ok(p, rows_close(rows, &p->problem));
    const char *result = str_c(&p->arena, buf_str(&text));
    buf_free(&text);
    return result;
}

static void merges_and_unmerges_without_loss(void **state) {
    struct place *p = *state;
    struct id a = upsert(p, named("A", "A"), UPSERT_CREATED), b = upsert(p, named("B", "B"), UPSERT_CREATED),
              c = upsert(p, named("C", "C"), UPSERT_CREATED);
    check_ok(p, account_key_link(writer(p), &p->origin, a, STR("billing"), STR("9"), &p->problem));
    const char *before = snapshot(p);
    commit(p);
    uint32_t ia = index_of(p, a), ib = index_of(p, b), ic = index_of(p, c);
    assert_int_equal(resolve(p, "A", "", T0), ia);

    check_ok(p, account_merge(writer(p), &p->origin, a, b, &p->problem));
    commit(p);
    assert_int_equal(resolve(p, "A", "", T0), ib);
    assert_int_equal(index_of(p, a), ia); /* its index stays */
    directory_lock(p->directory);
    assert_true(directory_account(p->directory, ia)->merged);
    assert_int_equal(directory_by_key(p->directory, STR("billing"), STR("9")), ib);
    directory_unlock(p->directory);

    check_ok(p, account_merge(writer(p), &p->origin, b, c, &p->problem));
    commit(p);
    assert_int_equal(resolve(p, "A", "", T0), ic); /* through both */
    assert_int_equal(account_merge(writer(p), &p->origin, a, c, &p->problem), CONFLICT);
    problem_clear(&p->problem);
    assert_int_equal(account_merge(writer(p), &p->origin, c, b, &p->problem), CONFLICT); /* no circle */
    problem_clear(&p->problem);

    check_ok(p, account_unmerge(writer(p), &p->origin, b, &p->problem));
    commit(p);
    assert_int_equal(resolve(p, "A", "", T0), ib); /* back to what the first merge made */
    check_ok(p, account_unmerge(writer(p), &p->origin, a, &p->problem));
    assert_string_equal(snapshot(p), before);
    commit(p);
    assert_int_equal(resolve(p, "A", "", T0), ia);
    assert_int_equal(account_unmerge(writer(p), &p->origin, a, &p->problem), CONFLICT);
}

static struct id contact(struct place *p, const char *user, const char *account, instant_t from,
                         instant_t to) {
    struct contact row = {
        .user_key = str_of(user), .account_key = str_of(account), .valid_from = from, .valid_to = to};
    row.has = BIT(CONTACT_USER_KEY) | BIT(CONTACT_ACCOUNT_KEY) | BIT(CONTACT_VALID_FROM) |
              (to ? BIT(CONTACT_VALID_TO) : 0);
    enum upsert_result result;
    struct id id, person;
    check_ok(
        p, contact_upsert(writer(p), &p->origin, &row, 0, TRAIT_SERVER, &result, &id, &person, &p->problem));
    return person;
}

static void resolves_the_account_of_an_event(void **state) {
    struct place *p = *state;
    struct id a = upsert(p, named("A", "A"), UPSERT_CREATED), b = upsert(p, named("B", "B"), UPSERT_CREATED);
    const instant_t from = 1000 * (instant_t)HOUR, moved = 2000 * (instant_t)HOUR;
    contact(p, "u1", "A", from, moved);
    contact(p, "u1", "B", moved, 0);
    commit(p);
    uint32_t ia = index_of(p, a), ib = index_of(p, b);
    assert_int_equal(resolve(p, "B", "u1", from), ib); /* the event's own word first */
    assert_int_equal(resolve(p, "unknown", "u1", from),
                     ACCOUNT_NONE);                   /* also when nobody knows it: never another account */
    assert_int_equal(resolve(p, "", "u1", from), ia); /* valid at its time: from included */
    assert_int_equal(resolve(p, "", "u1", moved - 1), ia);
    assert_int_equal(resolve(p, "", "u1", moved), ib);                       /* to excluded */
    assert_int_equal(resolve(p, "", "u1", from - 24 * (instant_t)HOUR), ia); /* follows within 24 hours */
    assert_int_equal(resolve(p, "", "u1", from - 24 * (instant_t)HOUR - 1), ACCOUNT_NONE);
    assert_int_equal(resolve(p, "", "u2", from), ACCOUNT_NONE);
    assert_int_equal(resolve(p, "", "", from), ACCOUNT_NONE);

    /* By numbers of the event dictionaries the same; a key met before its account resolves once the account
     * is there. */
    directory_write_lock(p->directory);
    directory_bind(p->directory, DIRECTORY_ACCOUNT, 1, STR("crm"), STR("B"));
    directory_bind(p->directory, DIRECTORY_ACCOUNT, 2, STR("crm"), STR("later"));
    directory_bind(p->directory, DIRECTORY_PERSON, 1, STR("crm"), STR("u1"));
    directory_bind(p->directory, DIRECTORY_PERSON, 7, STR("crm"), STR("u7"));
    assert_int_equal(directory_resolve_number(p->directory, 1, 1, from), ib);
    assert_int_equal(directory_resolve_number(p->directory, 0, 1, from), ia);
    assert_int_equal(directory_resolve_number(p->directory, 2, 1, from), ACCOUNT_NONE);
    assert_int_equal(directory_resolve_number(p->directory, 0, 7, from), ACCOUNT_NONE);
    assert_false(directory_is_bound(p->directory, DIRECTORY_PERSON, 5));
    uint32_t u7 = directory_person_of_number(p->directory, 7);
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("u7")), u7);
    directory_unlock(p->directory);

    struct id later = upsert(p, named("later", "Later"), UPSERT_CREATED);
    struct id person7 = contact(p, "u7", "later", from, 0);
    commit(p);
    directory_lock(p->directory);
    assert_int_equal(directory_resolve_number(p->directory, 2, 0, from),
                     directory_by_id(p->directory, later));
    assert_int_equal(directory_person_of_number(p->directory, 7),
                     u7); /* the person took over the index of its key */
    assert_true(id_equal(directory_person_id(p->directory, u7), person7));
    assert_int_equal(directory_resolve_number(p->directory, 0, 7, from),
                     directory_by_id(p->directory, later));
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("never seen")),
                     UINT32_MAX); /* under the shared lock none is made */
    directory_unlock(p->directory);
}

static void links_two_keys_of_one_person_and_undoes_it(void **state) {
    struct place *p = *state;
    struct id first, second, a = upsert(p, named("A", "A"), UPSERT_CREATED);
    bool linked;
    struct id u1 = contact(p, "u1", "A", 1000, 0);
    check_ok(p, person_alias(writer(p), &p->origin, STR("anon"), STR("u1"), &linked, &first, &second,
                             &p->problem));
    assert_false(linked); /* an unknown key joins the person */
    contact(p, "u2", "A", 5000, 0);
    commit(p);
    directory_lock(p->directory);
    uint32_t one = directory_person(p->directory, STR("crm"), STR("u1")),
             two = directory_person(p->directory, STR("crm"), STR("u2"));
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("anon")), one);
    assert_int_not_equal(one, two);
    assert_int_equal(directory_of_person(p->directory, two, 4000), index_of(p, a));
    directory_unlock(p->directory);
    check_ok(
        p, person_alias(writer(p), &p->origin, STR("u1"), STR("u2"), &linked, &first, &second, &p->problem));
    assert_true(linked);
    commit(p);
    directory_lock(p->directory);
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("u1")), two);
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("anon")), two);
    directory_unlock(p->directory);
    check_ok(p, person_unlink(writer(p), &p->origin, u1, &p->problem));
    commit(p);
    directory_lock(p->directory);
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("anon")), one);
    assert_int_equal(directory_person(p->directory, STR("crm"), STR("u2")), two);
    directory_unlock(p->directory);
}

static bool put(struct place *p, struct id id, const char *value, instant_t at, enum trait_rank rank) {
    bool won;
    check_ok(p, trait_put(writer(p), TRAIT_OF_PERSON, id, STR("title"), str_of(value), at, STR("s"), rank,
                          &won, &p->problem));
    return won;
}

static void traits_follow_rank_then_event_time(void **state) {
    struct place *p = *state;
    upsert(p, named("A", "A"), UPSERT_CREATED);
    struct id person = contact(p, "u1", "A", 1000, 0);
    assert_true(put(p, person, "Analyst", 100, TRAIT_SERVER));
    assert_false(put(p, person, "Clerk", 99, TRAIT_SERVER)); /* older */
    assert_false(put(p, person, "Twin", 100, TRAIT_SERVER)); /* as old: the first stays */
    assert_true(put(p, person, "Head", 101, TRAIT_SERVER));
    assert_true(put(p, person, "Sir", 900, TRAIT_BROWSER));    /* another field: web.title */
    assert_true(put(p, person, "Director", 50, TRAIT_MEMBER)); /* a member's word, older as it is */
    assert_false(put(p, person, "Head", 500, TRAIT_SERVER));
    struct buf text = {0};
    struct json_writer w = {.out = &text};
    check_ok(p, traits_write(writer(p), TRAIT_OF_PERSON, person, &w, &p->problem));
    buf_put_byte(&text, 0);
    assert_string_equal(
        text.p,
        "{\"title\":{\"value\":\"Director\",\"event_time\":50,\"source\":\"s\",\"rank\":\"member\"},"
        "\"web.title\":{\"value\":\"Sir\",\"event_time\":900,\"source\":\"s\",\"rank\":\"browser\"}}");
    buf_free(&text);
}

static void traits_fill_fields_unless_they_come_from_a_browser(void **state) {
    struct place *p = *state;
    struct id id = upsert(p, named("A", "A"), UPSERT_CREATED);
    struct json traits;
    uint64_t changed;
    check_ok(p, json_parse(STR("{\"name\":\"Alborz\",\"plan\":\"pro\",\"owner\":\"x\",\"employees\":12,"
                               "\"currency\":\"euros\"}"),
                           &p->arena, &traits, &p->problem));
    check_ok(p, account_traits_put(writer(p), &p->origin, id, &traits, T0 + 1, TRAIT_BROWSER, &changed,
                                   &p->problem));
    assert_int_equal(changed, 0);
    assert_true(str_is(get(p, id).name, "A"));
    check_ok(p, account_traits_put(writer(p), &p->origin, id, &traits, T0 + 2, TRAIT_SERVER, &changed,
                                   &p->problem));
    assert_int_equal(changed,
                     BIT(ACCOUNT_NAME) |
                         BIT(ACCOUNT_PLAN)); /* no currency is called euros; owner is not a source's to set */
    assert_string_equal(history(p, id, "plan"), "pro@1000002/1000000");
}

static void judges_internal_people_by_address(void **state) {
    struct place *p = *state;
    upsert(p, named("A", "A"), UPSERT_CREATED);
    contact(p, "sara@mail.vafa.example", "A", 1000, 0);
    contact(p, "ali@customer.example", "A", 1000, 0);
    contact(p, "Probe@Customer.example", "A", 1000, 0);
    contact(p, "x@notvafa.example", "A", 1000, 0);
    commit(p);
    directory_set_internal(p->directory, STR("Vafa.example, @other.example"), STR("probe@customer.example"));
    static const struct {
        const char *key;
        bool internal;
    } cases[] = {{"sara@mail.vafa.example", true},
                 {"ali@customer.example", false},
                 {"Probe@Customer.example", true},
                 {"x@notvafa.example", false}};
    directory_lock(p->directory);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(directory_person_internal(
                             p->directory, directory_person(p->directory, STR("crm"), str_of(cases[i].key))),
                         cases[i].internal);
    directory_unlock(p->directory);
    directory_write_lock(p->directory); /* a key never recorded is judged as it is met */
    assert_true(directory_person_internal(
        p->directory, directory_person(p->directory, STR("web"), STR("new@vafa.example"))));
    directory_unlock(p->directory);
}

static struct id member_of(struct place *p, const char *email) {
    struct member member = {.id = id_new(T0),
                            .name = str_of(email),
                            .email = str_of(email),
                            .role = ROLE_CSM - 1,
                            .team = STR("east"),
                            .version = 1};
    member.has = ~(uint64_t)0 >> (64 - member_type.count);
    member.has &= ~BIT(field_index(&member_type, STR("language")));
    check_ok(p, member_store_insert(writer(p), &member, NULL, &p->problem));
    return member.id;
}

static void keeps_principals_in_their_scope(void **state) {
    struct place *p = *state;
    struct id mina = member_of(p, "mina@vafa.example"), reza = member_of(p, "reza@vafa.example");
    struct account mine = named("A", "Mine"), teams = named("B", "Team's"), other = named("C", "Other's");
    mine.owner = mina;
    teams.owner = reza;
    mine.team = STR("east"); /* the other one has the team of its owner */
    mine.has |= BIT(ACCOUNT_OWNER) | BIT(ACCOUNT_TEAM);
    teams.has |= BIT(ACCOUNT_OWNER);
    struct id ids[] = {upsert(p, mine, UPSERT_CREATED), upsert(p, teams, UPSERT_CREATED),
                       upsert(p, other, UPSERT_CREATED)};
    commit(p);
    static const bool expected[3][3] = {[SCOPE_OWN] = {true, false, false},
                                        [SCOPE_TEAM] = {true, true, false},
                                        [SCOPE_ALL] = {true, true, true}};
    for (int scope = 0; scope < 3; scope++) {
        struct principal principal = {.kind = MEMBER,
                                      .member = mina,
                                      .role = ROLE_CSM - 1,
                                      .scope = (enum scope)scope,
                                      .team = STR("east")};
        struct rows *rows = rows_open(writer(p), &query_account_list_by_name);
        rows_bind_scope(rows, &principal);
        rows_bind_int(rows, "any_owner", 1);
        rows_bind_int(rows, "any_status", 1);
        rows_bind_int(rows, "any_review", 1);
        rows_bind_int(rows, "any_text", 1);
        rows_bind_int(rows, "first", 1);
        rows_bind_int(rows, "limit", 10);
        int listed = 0;
        while (rows_next(rows))
            listed++;
        check_ok(p, rows_close(rows, &p->problem));
        int allowed = 0;
        directory_lock(p->directory);
        for (int i = 0; i < 3; i++) {
            bool in = directory_in_scope(p->directory, directory_by_id(p->directory, ids[i]), &principal);
            assert_int_equal(in, expected[scope][i]);
            allowed += in;
        }
        struct principal nobody = {.kind = NOBODY, .scope = SCOPE_ALL};
        assert_false(directory_in_scope(p->directory, 0, &nobody));
        directory_unlock(p->directory);
        assert_int_equal(listed, allowed); /* the list and the single account agree */
    }
}

static void finds_what_a_person_types(void **state) {
    struct place *p = *state;
    struct id a = upsert(p, named("A0044", "Damavand"), UPSERT_CREATED);
    upsert(p, named("A2", "Twin"), UPSERT_CREATED);
    upsert(p, named("A3", "Twin"), UPSERT_CREATED);
    struct id other = upsert(p, named("B9", "Alvand"), UPSERT_CREATED);
    commit(p);
    /* Another system numbers accounts by itself: its A0044 is another one. */
    check_ok(p, account_key_link(writer(p), &p->origin, other, STR("app"), STR("A0044"), &p->problem));
    commit(p);
    uint32_t index;
    directory_lock(p->directory);
    assert_false(id_equal(a, other));
    assert_int_equal(directory_find(p->directory, STR("A0044"), &index, &p->problem), CONFLICT);
    problem_clear(&p->problem);
    assert_int_equal(directory_find(p->directory, STR("B9"), &index, &p->problem), OK);
    directory_unlock(p->directory);
    p->origin.source = STR("crm");
    check_ok(
        p, account_merge(writer(p), &p->origin, other, a, &p->problem)); /* now both keys are one account's */
    commit(p);
    directory_lock(p->directory);
    assert_int_equal(directory_find(p->directory, STR("A0044"), &index, &p->problem), OK);
    assert_true(id_equal(directory_account(p->directory, index)->id, a));
    assert_int_equal(directory_find(p->directory, STR("Damavand"), &index, &p->problem), OK);
    assert_int_equal(directory_find(p->directory, id_str(&p->arena, a), &index, &p->problem), OK);
    assert_int_equal(directory_find(p->directory, STR("0044"), &index, &p->problem), NOT_FOUND);
    problem_clear(&p->problem);
    assert_int_equal(directory_find(p->directory, STR("Twin"), &index, &p->problem), CONFLICT);
    directory_unlock(p->directory);
}

static void usage_makes_accounts_to_review(void **state) {
    struct place *p = *state;
    struct id id, again;
    bool created;
    p->origin.source = STR("web");
    check_ok(p, account_from_usage(writer(p), &p->origin, STR("org-7"), 100, &id, &created, &p->problem));
    assert_true(created);
    check_ok(p, account_from_usage(writer(p), &p->origin, STR("org-7"), 90, &again, &created, &p->problem));
    assert_false(created);
    assert_true(id_equal(id, again));
    struct account account = get(p, id);
    assert_true(account.review);
    assert_true(str_is(account.name, "org-7"));
    /* A row of the billing names it by that key of another source; unknown to billing, but only one account
     * has it. */
    check_ok(p, account_of_key(writer(p), STR("billing"), STR("org-7"), &again, &p->problem));
    assert_true(id_equal(id, again));
}

/* A file names the account, the product then sends the same key by its own source: one customer, not two. */
static void a_key_that_one_account_has_is_linked(void **state) {
    struct place *p = *state;
    struct id a = upsert(p, named("acme", "Acme"), UPSERT_CREATED), b, found;
    bool created;
    p->origin.source = STR("web");
    check_ok(p, account_from_usage(writer(p), &p->origin, STR("acme"), 100, &found, &created, &p->problem));
    assert_false(created);
    assert_true(id_equal(found, a));
    /* Two accounts have the key: nobody can say whose it is, so the new source gets one of its own. */
    struct account row = named("shared", "One");
    p->origin.source = STR("crm");
    enum upsert_result result;
    check_ok(p, account_upsert(writer(p), &p->origin, &row, 0, &result, &a, &p->problem));
    check_ok(p, account_key_link(writer(p), &p->origin, found, STR("billing"), STR("shared"), &p->problem));
    p->origin.source = STR("web");
    check_ok(p, account_from_usage(writer(p), &p->origin, STR("shared"), 100, &b, &created, &p->problem));
    assert_true(created);
    commit(p);
}

static void contacts_are_persons_at_accounts(void **state) {
    struct place *p = *state;
    struct id a = upsert(p, named("A", "A"), UPSERT_CREATED), b = upsert(p, named("B", "B"), UPSERT_CREATED),
              id, person, same;
    enum upsert_result result;
    bool changed;
    struct contact row = {.account_key = STR("A"),
                          .email = STR("Sara@Alborz.example"),
                          .name = STR("Sara"),
                          .role = STR("admin")};
    row.has = BIT(CONTACT_ACCOUNT_KEY) | BIT(CONTACT_EMAIL) | BIT(CONTACT_NAME) | BIT(CONTACT_ROLE);
    check_ok(
        p, contact_upsert(writer(p), &p->origin, &row, 0, TRAIT_SERVER, &result, &id, &person, &p->problem));
    assert_int_equal(result, UPSERT_CREATED);
    check_ok(p,
             contact_upsert(writer(p), &p->origin, &row, 0, TRAIT_SERVER, &result, &id, &same, &p->problem));
    assert_int_equal(result, UPSERT_UNCHANGED);
    row.email =
        STR("sara@alborz.example"); /* another account, the same address in other letters: the same person */
    row.account_key = STR("B");
    row.has &= ~BIT(CONTACT_EMAIL);
    check_ok(p,
             contact_upsert(writer(p), &p->origin, &row, 0, TRAIT_SERVER, &result, &id, &same, &p->problem));
    assert_int_equal(result, UPSERT_CREATED);
    assert_true(id_equal(person, same));
    /* A member's edit stands against a newer import. */
    struct contact stored = {0}, edit = {.has = BIT(CONTACT_NAME), .name = STR("Sara Karimi")};
    check_ok(p, contact_store_get(writer(p), id, &stored, &p->arena, &p->problem));
    check_ok(p,
             contact_change(writer(p), &p->origin, &stored, &edit, 0, TRAIT_MEMBER, &changed, &p->problem));
    assert_true(changed);
    p->origin.now += 1000;
    row.role = STR("sponsor");
    check_ok(p,
             contact_upsert(writer(p), &p->origin, &row, 0, TRAIT_SERVER, &result, &id, &same, &p->problem));
    assert_int_equal(result, UPSERT_UPDATED);
    check_ok(p, contact_store_get(writer(p), id, &stored, &p->arena, &p->problem));
    assert_true(str_is(stored.name, "Sara Karimi"));
    assert_true(str_is(stored.role, "sponsor"));
    /* Seen earlier than thought: the contact begins earlier; seen where nobody knew: a new one. */
    check_ok(p, contact_seen(writer(p), &p->origin, person, a, 500, &changed, &p->problem));
    assert_true(changed);
    check_ok(p, contact_seen(writer(p), &p->origin, person, a, 600, &changed, &p->problem));
    assert_false(changed);
    bool found;
    check_ok(p, contact_store_of(writer(p), person, a, &stored, &found, &p->problem));
    assert_int_equal(stored.valid_from, 500);
    (void)b;
}

static void features_are_the_noun_to_copy(void **state) {
    struct place *p = *state;
    struct feature feature = {.key = STR("export"), .title_en = STR("Export")}, same = feature, read = {0};
    check_ok(p, feature_create(p->records, T0, &feature, &p->problem));
    assert_int_equal(feature_create(p->records, T0, &same, &p->problem), CONFLICT);
    assert_string_equal(p->problem.main.message.code, "feature_key_taken");
    problem_clear(&p->problem);
    check_ok(p, feature_get(p->records, feature.id, &read, &p->arena, &p->problem));
    struct feature stale = read, patch = {.core = true}, rename = {.key = STR("import")};
    patch.has = BIT(field_index(&feature_type, STR("core")));
    rename.has = BIT(field_index(&feature_type, STR("key")));
    check_ok(p, feature_patch(p->records, T0 + 1, &read, &patch, 0, &p->problem));
    assert_int_equal(read.version, 2);
    assert_int_equal(feature_patch(p->records, T0 + 2, &stale, &patch, 0, &p->problem),
                     CONFLICT); /* somebody was faster */
    problem_clear(&p->problem);
    struct feature renamed = read;
    assert_int_equal(feature_patch(p->records, T0 + 2, &renamed, &rename, 0, &p->problem), BAD_INPUT);
    problem_clear(&p->problem);
    check_ok(p, feature_get(p->records, feature.id, &read, &p->arena, &p->problem));
    assert_true(read.core);
    check_ok(p, feature_delete(p->records, &read, &p->problem));
    assert_int_equal(feature_get(p->records, feature.id, &read, &p->arena, &p->problem), NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(upserts_by_key_and_keeps_history_by_change),
        CASE(refuses_what_no_account_can_be),
        CASE(merges_and_unmerges_without_loss),
        CASE(resolves_the_account_of_an_event),
        CASE(links_two_keys_of_one_person_and_undoes_it),
        CASE(traits_follow_rank_then_event_time),
        CASE(traits_fill_fields_unless_they_come_from_a_browser),
        CASE(judges_internal_people_by_address),
        CASE(keeps_principals_in_their_scope),
        CASE(finds_what_a_person_types),
        CASE(usage_makes_accounts_to_review),
        CASE(a_key_that_one_account_has_is_linked),
        CASE(contacts_are_persons_at_accounts),
        CASE(features_are_the_noun_to_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
