/* Imports taken back and repaired, through the API and the importer of a real folder. What must stand
 * afterwards is what stood before, written here by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "api_world.h"
#include "exchange/import_repair.h"
#include "exchange/import_store.h"
#include "signals/ingest.h"

#include <pthread.h>
#include <sched.h>

static int set_up(void **state) {
    *state = api_world_open("2026-03-02");
    return 0;
}
static int tear_down(void **state) {
    api_world_close(*state);
    return 0;
}

static struct json *follow(struct api_world *w, const char *id, const char *member_name) {
    for (;;) {
        struct json *import = api(w, METHOD_GET, PATH("/api/v1/imports/%s", id), NULL, 200);
        const char *state = text(w, import, member_name);
        if (strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0) return import;
        sched_yield();
    }
}

/* Sends a file as a browser does and waits for its end. */
static struct json *send(struct api_world *w, const char *target, const char *csv) {
    const char *path = PATH("%s/upload.csv", w->root);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(csv, file);
    assert_int_equal(fclose(file), 0);
    struct parameter headers[] = {{STR("accept-language"), STR("en")}};
    struct request request = {
        .house = w->house,
        .arena = &w->arena,
        .method = METHOD_POST,
        .headers = headers,
        .header_count = 1,
        .upload = path,
        .peer = STR("local"),
        .principal = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:test")}};
    struct response response = {0};
    router_dispatch(w->house->router, &request, str_of(target), &response);
    struct json *json = arena_alloc(&w->arena, sizeof *json);
    struct str answer = str_copy(&w->arena, buf_str(&response.body));
    buf_free(&response.body);
    if (response.code != 202) fail_msg("%s answered %d: %.*s", target, response.code, STR_ARG(answer));
    MUST(json_parse(answer, &w->arena, json, &w->problem));
    return follow(w, text(w, json, "id"), "state");
}

static struct json *counted(struct api_world *w, const char *target, const char *csv, int created,
                            int updated, int rejected) {
    struct json *import = send(w, target, csv);
    if (strcmp(text(w, import, "state"), "done") != 0)
        fail_msg("failed: %s", text(w, import, "problem.message"));
    if (number(import, "rejected") != rejected) fail_msg("refused: %s", text(w, import, "faults.0.message"));
    IS(import, "created", created);
    IS(import, "updated", updated);
    return import;
}

static struct json *undo(struct api_world *w, const struct json *import, int kept) {
    const char *id = text(w, import, "id");
    api(w, METHOD_POST, PATH("/api/v1/imports/%s/undo", id), NULL, 202);
    struct json *after = follow(w, id, "undo");
    if (strcmp(text(w, after, "undo"), "done") != 0)
        fail_msg("undo failed: %s", text(w, after, "problem.message"));
    IS(after, "undo_kept", kept);
    IS(after, "undo_done", number(after, "undo_total"));
    return after;
}

static int count(struct api_world *w, const char *list) {
    return (int)json_get(api(w, METHOD_GET, list, NULL, 200), "data")->n;
}

/* Everything that hangs on the new account goes first, then the account itself. */
static void what_an_import_made_goes(void **state) {
    struct api_world *w = *state;
    counted(w, "/api/v1/imports/accounts", "key,name,stage\nA,Alder,adopting\n", 1, 0, 0);
    struct json *accounts = counted(w, "/api/v1/imports/accounts", "key,name\nB,Birch\nC,Cedar\n", 2, 0, 0);
    struct json *contacts = counted(w, "/api/v1/imports/contacts",
                                    "account,email,name\nB,b@b.example,Bo\nA,a@a.example,Al\n", 2, 0, 0);
    struct json *tickets = counted(w, "/api/v1/imports/tickets",
                                   "key,account,opened\nT1,A,2026-02-01\nT2,B,2026-02-02\n", 2, 0, 0);
    struct json *subscriptions = counted(
        w, "/api/v1/imports/subscriptions",
        "key,account,starts_on,ends_on,amount (EUR),amount_per\nS1,A,2026-01-01,2026-12-31,1200,year\n", 1, 0,
        0);
    struct json *invoices =
        counted(w, "/api/v1/imports/invoices",
                "key,account,issued_on,due_on,amount (EUR)\nI1,A,2026-01-01,2026-01-31,50\n", 1, 0, 0);
    struct json *answers = counted(w, "/api/v1/imports/answers",
                                   "key,account,answered_at,kind,score\nN1,A,2026-02-01,nps,9\n", 1, 0, 0);
    struct json *invitations =
        counted(w, "/api/v1/imports/invitations", "key,account,sent_at,kind\nV1,A,2026-02-01,nps\n", 1, 0, 0);
    struct json *activities = counted(w, "/api/v1/imports/activities",
                                      "key,account,happened_at,kind\nK1,A,2026-02-01,call\n", 1, 0, 0);
    struct json *members =
        counted(w, "/api/v1/imports/members", "name,email,role\nMax,max@ours.example,csm\n", 1, 0, 0);
    struct json *rates =
        counted(w, "/api/v1/imports/rates", "currency,day,rate\nUSD,2026-01-01,0.9\n", 1, 0, 0);

    /* B still has a contact and a ticket: it stays, C goes. */
    struct json *first = undo(w, accounts, 1);
    IS(first, "undo_total", 2);
    SAYS(api(w, METHOD_GET, PATH("/api/v1/imports/%s/kept", text(w, accounts, "id")), NULL, 200),
         "data.0.message", "It has contacts by now (1): it stays.");
    api(w, METHOD_GET, "/api/v1/accounts/C", NULL, 404);
    assert_int_equal(count(w, "/api/v1/accounts"), 2);
    api(w, METHOD_POST, "/api/v1/accounts", "{\"key\":\"C\",\"name\":\"Cedar again\"}",
        201); /* its key is free */

    undo(w, contacts, 0);
    assert_int_equal(count(w, "/api/v1/accounts/A/contacts"), 0);
    /* The person went with the contact: the address makes a new one. */
    struct json *again =
        api(w, METHOD_POST, "/api/v1/accounts/A/contacts", "{\"email\":\"a@a.example\"}", 201);
    SAYS(again, "name", "(none)");
    struct json *all[] = {tickets, subscriptions, invoices, answers, invitations, activities, members, rates};
    static const char *const lists[] = {"accounts/A/tickets",
                                        "accounts/A/subscriptions",
                                        "accounts/A/invoices",
                                        "accounts/A/answers",
                                        "accounts/A/invitations",
                                        "accounts/A/activities",
                                        "members",
                                        "rates"};
    for (size_t i = 0; i < COUNT(all); i++) {
        if (!count(w, PATH("/api/v1/%s", lists[i]))) fail_msg("%s is empty before its undo", lists[i]);
        undo(w, all[i], 0);
        if (count(w, PATH("/api/v1/%s", lists[i]))) fail_msg("%s is not empty after its undo", lists[i]);
    }
    /* Once more it changes nothing. */
    IS(undo(w, tickets, 0), "undo_total", 2);
    SAYS(api(w, METHOD_GET, PATH("/api/v1/imports/%s", text(w, tickets, "id")), NULL, 200), "undone_by",
         "cli:test");
}

/*           name           stage        plan     staff
 * before    Alder          onboarding   –        10
 * imported  Alder Group    adopting     pro      20
 * by hand                  renewing
 * after     Alder          renewing     –        10 */
static void what_an_import_changed_comes_back_unless_changed_since(void **state) {
    struct api_world *w = *state;
    api(w, METHOD_POST, "/api/v1/custom-fields",
        "{\"of\":\"account\",\"key\":\"staff\",\"type\":\"number\",\"title_en\":\"Staff\",\"title_fa\":\"کارکنان\"}",
        201);
    counted(w, "/api/v1/imports/accounts", "key,name,stage,Staff\nA,Alder,onboarding,10\n", 1, 0, 0);
    travel_to(w, "2026-03-03");
    struct json *import = counted(w, "/api/v1/imports/accounts",
                                  "key,name,stage,plan,کارکنان\nA,Alder Group,adopting,pro,۲۰\n", 0, 1, 0);
    IS(api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200), "fields.staff", 20);
    travel_to(w, "2026-03-04");
    change(w, "A", "{\"stage\":\"renewing\"}");
    undo(w, import, 1);
    struct json *a = api(w, METHOD_GET, "/api/v1/accounts/A", NULL, 200);
    SAYS(a, "name", "Alder");
    SAYS(a, "stage", "renewing");
    SAYS(a, "plan", "(none)");
    IS(a, "fields.staff", 10);
    SAYS(api(w, METHOD_GET, PATH("/api/v1/imports/%s/kept", text(w, import, "id")), NULL, 200),
         "data.0.message", "Restored but for what was changed after the import: stage.");

    struct json *tickets =
        counted(w, "/api/v1/imports/tickets",
                "key,account,opened,subject\nT1,A,2026-02-01,Login\nT2,A,2026-02-02,Export\n", 2, 0, 0);
    struct json *solved = counted(
        w, "/api/v1/imports/tickets",
        "key,account,opened,closed\nT1,A,2026-02-01,2026-02-05\nT2,A,2026-02-02,2026-02-06\n", 0, 2, 0);
    /* T2 is sent again with another end: that is newer than the import. */
    counted(w, "/api/v1/imports/tickets", "key,account,opened,closed\nT2,A,2026-02-02,2026-02-20\n", 0, 1, 0);
    undo(w, solved, 1);
    struct json *list = api(w, METHOD_GET, "/api/v1/accounts/A/tickets", NULL, 200);
    SAYS(item(list, "key", "T1"), "closed_at", "(none)");
    SAYS(item(list, "key", "T2"), "closed_at", "2026-02-20T00:00:00.000Z");
    /* The rows were changed since they were made, by an import that is still in. */
    undo(w, tickets, 2);
    assert_int_equal(count(w, "/api/v1/accounts/A/tickets"), 2);
}

static void a_contract_that_was_corrected_is_as_before(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    counted(w, "/api/v1/imports/subscriptions",
            "key,account,starts_on,ends_on,amount (EUR),amount_per\nS1,A,2026-01-01,2026-12-31,1200,year\n",
            1, 0, 0);
    struct json *import = counted(w, "/api/v1/imports/subscriptions",
                                  "key,account,starts_on,ends_on,amount (EUR),amount_per,effective_from\n"
                                  "S1,A,2026-01-01,2026-12-31,1500,year,2026-01-01\n"
                                  "S1,A,2026-01-01,2026-12-31,1800,year,2026-02-01\n",
                                  0, 2, 0);
    caught_up(w);
    IS(item(api(w, METHOD_GET, "/api/v1/accounts/A/facts", NULL, 200), "fact", "arr"), "value", 180000);
    undo(w, import, 0);
    caught_up(w);
    IS(item(api(w, METHOD_GET, "/api/v1/accounts/A/facts", NULL, 200), "fact", "arr"), "value", 120000);
    assert_int_equal(count(w, "/api/v1/accounts/A/subscriptions"), 1);
}

/* ---- usage ---- */

struct sums {
    int64_t rows, events;
};
static void add_entry(void *self, const struct usage_entry *entry) {
    struct sums *sums = self;
    sums->rows++;
    sums->events += entry->count;
}
static struct sums use_of(struct api_world *w, const char *account_key) {
    struct sums sums = {0};
    uint32_t index;
    directory_lock(w->house->directory);
    MUST(directory_find(w->house->directory, str_of(account_key), &index, &w->problem));
    directory_unlock(w->house->directory);
    usage_read_lock(w->house->usage);
    usage_each_of(w->house->usage, index, add_entry, &sums);
    usage_unlock(w->house->usage);
    return sums;
}
static void stored(struct api_world *w, uint64_t rows, uint64_t total) {
    uint64_t r, t;
    MUST(events_count(w->house->events, &r, &t, &w->problem));
    assert_int_equal(r, rows);
    assert_int_equal(t, total);
}

/*  file 1: report 1 Feb ×3, login 2 Feb ×1                      → 2 rows, 4 events
 *  file 2: report 1 Feb ×5 (counted anew), export 3 Feb ×2      → 3 rows, 8 events
 *  undo 2:                                                      → 2 rows, 4 events
 *  undo 1: nothing, and no day of the source is left */
static void usage_is_taken_back_exactly(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    api(w, METHOD_POST, "/api/v1/accounts/A/keys", "{\"source\":\"import\",\"key\":\"A\"}", 204);
    struct json *first = counted(
        w, "/api/v1/imports/events",
        "account,user,time,event,count\nA,u1,2026-02-01,report,3\nA,u1,2026-02-02,login,1\n", 2, 0, 0);
    stored(w, 2, 4);
    struct json *second = counted(
        w, "/api/v1/imports/events",
        "account,user,time,event,count\nA,u1,2026-02-01,report,5\nA,u2,2026-02-03,export,2\n", 1, 1, 0);
    stored(w, 3, 8);
    assert_int_equal(use_of(w, "A").events, 8);
    undo(w, second, 0);
    stored(w, 2, 4);
    assert_int_equal(use_of(w, "A").events, 4);
    assert_int_equal(use_of(w, "A").rows, 2);
    undo(w, second, 0); /* again: nothing more */
    stored(w, 2, 4);
    /* The file again after its undo: it is in again. */
    struct json *again = counted(w, "/api/v1/imports/events",
                                 "account,user,time,event,count\nA,u2,2026-02-03,export,2\n", 1, 0, 0);
    stored(w, 3, 6);
    undo(w, again, 0);
    undo(w, first, 0);
    stored(w, 0, 0);
    assert_int_equal(use_of(w, "A").rows, 0);
    MUST(events_check(w->house->events, &w->problem));
    uint8_t healthy[1];
    int32_t age;
    day_t heard;
    usage_read_lock(w->house->usage);
    usage_health(w->house->usage, day_of("2026-02-04"), healthy, 1, &age, &heard);
    usage_unlock(w->house->usage);
    assert_int_equal(age, -1); /* no source was ever heard of */
    /* And so it stays when the folder is opened anew. */
    house_close(w->house);
    open_house(w, false);
    stored(w, 0, 0);
    assert_int_equal(use_of(w, "A").rows, 0);
}

/* A row that a later import counted anew is left, and told as kept. */
static void usage_counted_anew_since_is_kept(void **state) {
    struct api_world *w = *state;
    account(w, "A", "");
    struct json *first = counted(w, "/api/v1/imports/events?source=api",
                                 "account,user,time,event,count\nA,u1,2026-02-01,report,3\n", 1, 0, 0);
    counted(w, "/api/v1/imports/events?source=api",
            "account,user,time,event,count\nA,u1,2026-02-01,report,7\n", 0, 1, 0);
    undo(w, first, 1);
    stored(w, 1, 7);
}

/* ---- repairing ---- */

static void refused_rows_are_repaired_in_place(void **state) {
    struct api_world *w = *state;
    api(w, METHOD_POST, "/api/v1/members",
        "{\"name\":\"Sam Okoro\",\"email\":\"sam@ours.example\",\"role\":\"csm\"}", 201);
    /* Row 3: there is no month 13. Row 4: Esfand 1404 has 29 days. Row 5: an address with a letter missing.
     */
    const char *file = "key,name,owner,starts_on\n"
                       "A,Alder,sam@ours.example,2026-01-05\n"
                       "B,Birch,,2026-13-04\n"
                       "C,Cedar,,1404-12-30\n"
                       "D,Dogwood,sam@ors.example,2026-01-05\n";
    struct json *dry = counted(w, "/api/v1/imports/accounts?dry_run=1", file, 1, 0, 3);
    const char *id = text(w, dry, "id"), *rows_of = PATH("/api/v1/imports/%s/rows", id);
    struct json *rows = api(w, METHOD_GET, rows_of, NULL, 200);
    assert_int_equal(json_get(rows, "data")->n, 3);
    IS(rows, "data.0.row", 3);
    SAYS(rows, "data.0.cells.1", "Birch");
    SAYS(rows, "data.0.faults.0.column", "starts_on");
    SAYS(rows, "data.0.faults.0.suggestion", "2026-04-13");
    SAYS(rows, "data.1.faults.0.suggestion", "1404-12-29");
    SAYS(rows, "data.2.faults.0.suggestion", "sam@ours.example");

    /* By pages: a line is the cursor. */
    struct json *page = api(w, METHOD_GET, PATH("%s?limit=2", rows_of), NULL, 200);
    IS(page, "data.1.row", 4);
    SAYS(page, "next_cursor", "4");
    page = api(w, METHOD_GET, PATH("%s?limit=2&cursor=4", rows_of), NULL, 200);
    assert_int_equal(json_get(page, "data")->n, 1);
    IS(page, "data.0.row", 5);
    SAYS(page, "next_cursor", "(none)");
    assert_false(member(page, "has_more")->boolean);
    SAYS(api(w, METHOD_GET, PATH("%s?cursor=x", rows_of), NULL, 400), "code", "cursor_unknown");

    /* Two are mended, one of them wrongly at first. */
    struct json *answer = api(w, METHOD_POST, rows_of,
                              "{\"rows\":[{\"row\":3,\"column\":\"starts_on\",\"value\":\"2026-04-13\"},"
                              "{\"row\":5,\"column\":\"owner\",\"value\":\"nobody@ours.example\"}]}",
                              200);
    SAYS(answer, "data.0.state", "repaired");
    SAYS(answer, "data.1.state", "refused");
    IS(answer, "import.rejected", 2);
    IS(answer, "import.repaired", 1);
    api(w, METHOD_POST, rows_of,
        "{\"rows\":[{\"row\":5,\"column\":\"owner\",\"value\":\"sam@ours.example\"}]}", 200);
    api(w, METHOD_POST, rows_of, "{\"rows\":[{\"row\":2,\"column\":\"owner\",\"value\":\"x\"}]}", 400);
    api(w, METHOD_POST, rows_of, "{\"rows\":[{\"row\":4,\"column\":\"colour\",\"value\":\"x\"}]}", 400);
    assert_int_equal(count(w, "/api/v1/accounts"), 0); /* it was a dry run */

    struct json *run = api(w, METHOD_POST, PATH("/api/v1/imports/%s/run", id), NULL, 202);
    struct json *done = follow(w, text(w, run, "id"), "state");
    IS(done, "created", 3);
    IS(done, "rejected", 1);
    SAYS(api(w, METHOD_GET, "/api/v1/accounts/B", NULL, 200), "starts_on", "2026-04-13");
    assert_true(member(api(w, METHOD_GET, "/api/v1/accounts/D", NULL, 200), "owner")->kind == JSON_STRING);
    api(w, METHOD_POST, PATH("/api/v1/imports/%s/run", id), NULL, 409); /* once */

    /* The last one straight into the import; then all of it is taken back. */
    const char *of_run = PATH("/api/v1/imports/%s/rows", text(w, done, "id"));
    answer = api(w, METHOD_POST, of_run,
                 "{\"rows\":[{\"row\":4,\"column\":\"starts_on\",\"value\":\"1404-12-29\"}]}", 200);
    SAYS(answer, "data.0.state", "taken");
    IS(answer, "import.created", 4);
    IS(answer, "import.rejected", 0);
    assert_int_equal(json_get(json_get(answer, "import"), "faults")->n, 0);
    SAYS(api(w, METHOD_GET, "/api/v1/accounts/C", NULL, 200), "starts_on", "2026-03-20");
    api(w, METHOD_POST, of_run, "{\"rows\":[{\"row\":4,\"column\":\"starts_on\",\"value\":\"1404-12-28\"}]}",
        400);
    undo(w, done, 0);
    assert_int_equal(count(w, "/api/v1/accounts"), 0);
}

/* A repair whose rows went in, and which was cut short before its counts were stored, hinders no other. */
static void a_repair_that_was_cut_short_hinders_no_other(void **state) {
    struct api_world *w = *state;
    struct json *sent = counted(w, "/api/v1/imports/accounts",
                                "key,name,starts_on\nA,Alder,2026-01-05\nB,Birch,x\nC,Cedar,x\n", 1, 0, 2);
    const char *rows_of = PATH("/api/v1/imports/%s/rows", text(w, sent, "id"));
    struct import import = {0};
    struct id id;
    assert_true(id_parse(json_get_string(sent, "id"), &id));
    MUST(import_load(w->house, id, &import, &w->arena, &w->problem));
    struct str header[] = {STR("key"), STR("name"), STR("starts_on")},
               cells[] = {STR("B"), STR("Birch"), STR("2026-01-06")};
    struct csv_row names = {.cells = header, .n = 3}, row = {.cells = cells, .n = 3, .line = 3};
    MUST(import_run_rows(w->house, &import, &(struct import_rows){&names, &row, 1}, &w->arena, NULL, NULL,
                         &w->problem));
    struct json *answer =
        api(w, METHOD_POST, rows_of,
            "{\"rows\":[{\"row\":4,\"column\":\"starts_on\",\"value\":\"2026-01-07\"}]}", 200);
    SAYS(answer, "data.0.state", "taken");
    IS(undo(w, sent, 0), "undo_total", 3);
    assert_int_equal(count(w, "/api/v1/accounts"), 0);
}

struct asked {
    struct api_world *w;
    const char *target, *body;
    pthread_barrier_t *start;
    int code;
};

static void *ask(void *self) {
    struct asked *asked = self;
    struct arena arena = {0};
    struct request request = {
        .house = asked->w->house,
        .arena = &arena,
        .method = METHOD_POST,
        .body = str_of(asked->body),
        .peer = STR("local"),
        .principal = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("cli:test")}};
    struct response response = {0};
    pthread_barrier_wait(asked->start);
    router_dispatch(asked->w->house->router, &request, str_of(asked->target), &response);
    asked->code = response.code ? response.code : 200;
    buf_free(&response.body);
    arena_free(&arena);
    return NULL;
}

/* Asked for at once, one comes first: the repair is in and taken back with the rest, or it is refused. */
static void a_repair_and_an_undo_stand_apart(void **state) {
    enum { ROUNDS = 30 };
    struct api_world *w = *state;
    for (int i = 0; i < ROUNDS; i++) {
        struct json *sent = counted(w, "/api/v1/imports/accounts",
                                    "key,name,starts_on\nA,Alder,2026-01-05\nB,Birch,x\n", 1, 0, 1);
        const char *id = text(w, sent, "id");
        pthread_barrier_t start;
        pthread_barrier_init(&start, NULL, 2);
        struct asked both[] = {{w, PATH("/api/v1/imports/%s/rows", id),
                                "{\"rows\":[{\"row\":3,\"column\":\"starts_on\",\"value\":\"2026-01-07\"}]}",
                                &start, 0},
                               {w, PATH("/api/v1/imports/%s/undo", id), "", &start, 0}};
        pthread_t threads[2];
        for (int t = 0; t < 2; t++)
            assert_int_equal(pthread_create(&threads[t], NULL, ask, &both[t]), 0);
        for (int t = 0; t < 2; t++)
            pthread_join(threads[t], NULL);
        pthread_barrier_destroy(&start);
        assert_int_equal(both[1].code, 202);
        struct json *after = follow(w, id, "undo");
        SAYS(after, "undo", "done");
        IS(after, "undo_done", both[0].code == 200 ? 2 : 1);
        assert_true(both[0].code == 200 || both[0].code == 409);
        assert_int_equal(count(w, "/api/v1/accounts"), 0);
    }
}

static void suggestions(void **state) {
    struct api_world *w = *state;
    static const char *const options[] = {"low", "normal", "high", "urgent", NULL};
    static const struct {
        enum field_type type;
        const char *cell, *better;
    } cases[] = {
        {FIELD_DATE, "2026-13-04", "2026-04-13"},
        {FIELD_DATE, "13/04/2026", "2026/04/13"},
        {FIELD_DATE, "1404/12/30", "1404/12/29"},
        {FIELD_DATE, "۱۴۰۵/۱۳/۰۴", "1405/04/13"},
        {FIELD_DATE, "2026-02-30", "2026-02-28"},
        {FIELD_DATE, "2026-13-13", ""},
        {FIELD_DATE, "soon", ""},
        {FIELD_INT, "۴۰ نفر", "40"},
        {FIELD_INT, "12O", "120"},
        {FIELD_NUMBER, "about 3.5", "3.5"},
        {FIELD_INT, "1,200 seats", "1200"},
        {FIELD_INT, "3 of 5", ""},
        {FIELD_INT, "many", ""},
        {FIELD_ENUM, "Urgnt", "urgent"},
        {FIELD_ENUM, "hihg", "high"},
        {FIELD_ENUM, "purple", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct field field = {.name = "x", .type = cases[i].type, .options = options};
        struct str better = import_suggest(w->house, &field, str_of(cases[i].cell), &w->arena);
        if (!str_is(better, cases[i].better))
            fail_msg("“%s” gave “%.*s”, not “%s”", cases[i].cell, STR_ARG(better), cases[i].better);
    }
}

/* What cannot be taken back says why. */
static void an_undo_is_refused_with_its_reason(void **state) {
    struct api_world *w = *state;
    struct json *dry = counted(w, "/api/v1/imports/accounts?dry_run=1", "key,name\nA,Alder\n", 1, 0, 0);
    SAYS(api(w, METHOD_POST, PATH("/api/v1/imports/%s/undo", text(w, dry, "id")), NULL, 409), "code",
         "undo_nothing");
    struct json *old = counted(w, "/api/v1/imports/accounts", "key,name\nA,Alder\n", 1, 0, 0);
    travel_to(w, "2026-03-17"); /* day 15 */
    SAYS(api(w, METHOD_POST, PATH("/api/v1/imports/%s/undo", text(w, old, "id")), NULL, 409), "code",
         "undo_too_late");
    api(w, METHOD_PATCH, "/api/v1/settings", "{\"import.undo_days\":30}", 200);
    undo(w, old, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_an_import_made_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_an_import_changed_comes_back_unless_changed_since, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_contract_that_was_corrected_is_as_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(usage_is_taken_back_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(usage_counted_anew_since_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_rows_are_repaired_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_repair_that_was_cut_short_hinders_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_repair_and_an_undo_stand_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(suggestions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_undo_is_refused_with_its_reason, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
