/* Subscriptions, invoices, tickets, answers and activities, taken in on a real store. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/vec.h"
#include "customers/account.h"
#include "customers/person.h"
#include "customers/subscription.h"
#include "platform/records.h"
#include "signals/activity.h"
#include "signals/answer.h"
#include "signals/invoice.h"
#include "signals/ticket.h"
#include "queries.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BIT(field) ((uint64_t)1 << (field))

struct place {
    char folder[64];
    struct arena arena;
    struct problem problem;
    struct records *records;
    struct session *session;
    struct origin origin;
    struct id account;
};

static int set_up(void **state) {
    struct place *p = memory_new(sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/vafa-entries-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->problem.arena = &p->arena;
    p->origin = (struct origin){.now = 1000 * (instant_t)DAY_MS, .source = STR("billing")};
    assert_int_equal(records_open(p->folder, true, &p->records, &p->problem), OK);
    assert_int_equal(records_write(p->records, &p->session, &p->problem), OK);
    struct account account = {
        .has = BIT(ACCOUNT_KEY) | BIT(ACCOUNT_NAME), .key = STR("A1"), .name = STR("Alborz")};
    assert_int_equal(account_create(p->session, &p->origin, &account, &p->problem), OK);
    p->account = account.id;
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    struct place *p = *state;
    session_rollback(p->session);
    records_close(p->records);
    static const char *const names[] = {"records.sqlite", "records.sqlite-wal", "records.sqlite-shm"};
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(str_format(&p->arena, "%s/%s", p->folder, names[i]).p);
    assert_int_equal(rmdir(p->folder), 0);
    arena_free(&p->arena);
    free(p);
    return 0;
}

static struct subscription subscription(const char *key) {
    struct subscription s = {.entry = {.key = str_of(key), .account_key = STR("A1")},
                             .starts_on = 365,
                             .ends_on = 729,
                             .seats = 10,
                             .amount = 120000,
                             .amount_per = PER_YEAR,
                             .currency = STR("EUR")};
    s.entry.has = BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(SUBSCRIPTION_STARTS_ON) |
                  BIT(SUBSCRIPTION_ENDS_ON) | BIT(SUBSCRIPTION_SEATS) | BIT(SUBSCRIPTION_AMOUNT) |
                  BIT(SUBSCRIPTION_AMOUNT_PER) | BIT(SUBSCRIPTION_CURRENCY);
    return s;
}

static struct id take(struct place *p, struct subscription row, enum upsert_result expected) {
    enum upsert_result result;
    struct id id;
    enum status status = subscription_upsert(p->session, &p->origin, &row, 0, &result, &id, &p->problem);
    if (status) fail_msg("%s", p->problem.main.message.en);
    assert_int_equal(result, expected);
    return id;
}

static void refused(struct place *p, struct subscription row, const char *where, const char *code) {
    enum upsert_result result;
    struct id id;
    assert_int_equal(subscription_upsert(p->session, &p->origin, &row, 0, &result, &id, &p->problem),
                     BAD_INPUT);
    assert_string_equal(p->problem.main.message.code, code);
    assert_true(str_is(p->problem.faults[0].where, where));
    problem_clear(&p->problem);
}

static struct subscription stored(struct place *p, struct id id) {
    struct subscription s = {0};
    struct rows *rows = rows_open(p->session, &query_subscription_get);
    rows_bind_id(rows, "id", id);
    assert_true(rows_next(rows));
    rows_read(rows, &subscription_type, &s, &p->arena);
    assert_int_equal(rows_close(rows, &p->problem), OK);
    return s;
}

static void arr_by_hand(void **state) {
    (void)state;
    static const struct {
        int64_t amount;
        enum amount_per per;
        int64_t months, arr;
    } cases[] = {
        {1000, PER_MONTH, 0, 12000},  {2500, PER_QUARTER, 0, 10000}, {99999, PER_YEAR, 0, 99999},
        {36000, PER_TERM, 36, 12000}, {100, PER_TERM, 7, 171}, /* 1200/7 = 171.43 */
        {100, PER_TERM, 9, 133},                               /* 133.33 */
        {1, PER_TERM, 24, 0},                                  /* 0.5 → even 0 */
        {3, PER_TERM, 24, 2},                                  /* 1.5 → even 2 */
        {5, PER_TERM, 24, 2},                                  /* 2.5 → even 2 */
        {-3, PER_TERM, 24, -2},                                /* −1.5 → even −2 */
        {-1, PER_TERM, 24, 0},                                 /* −0.5 → even 0 */
        {0, PER_MONTH, 0, 0},
    };
    int64_t arr;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(subscription_arr(cases[i].amount, cases[i].per, cases[i].months, &arr));
        assert_int_equal(arr, cases[i].arr);
    }
    assert_false(subscription_arr(INT64_MAX, PER_MONTH, 0, &arr));
    assert_false(subscription_arr(100, PER_TERM, 0, &arr));
}

static void subscriptions_are_taken_in_once(void **state) {
    struct place *p = *state;
    struct id id = take(p, subscription("S1"), UPSERT_CREATED);
    assert_true(id_equal(take(p, subscription("S1"), UPSERT_UNCHANGED), id));
    struct subscription s = stored(p, id);
    assert_int_equal(s.arr, 120000);
    assert_int_equal(s.ends_on, 729);
    assert_int_equal(s.effective_from, 365);
    assert_false(s.effective_assumed);
    assert_int_equal(s.entry.known_from, p->origin.now);
    assert_true(str_is(s.product, "main"));
    struct rows *rows = rows_open(p->session, &query_subscription_newest);
    rows_bind_text(rows, "source", STR("billing"));
    rows_bind_text(rows, "key", STR("S1"));
    assert_true(rows_next(rows));
    assert_int_equal(rows_close(rows, &p->problem), OK);
}

static void changes_become_versions(void **state) {
    struct place *p = *state;
    struct id first = take(p, subscription("S1"), UPSERT_CREATED);
    struct subscription more = subscription("S1");
    more.seats = 25; /* undated: from the day of the import, which is assumed */
    struct id second = take(p, more, UPSERT_UPDATED);
    assert_false(id_equal(first, second));
    assert_int_equal(stored(p, first).seats, 10);
    assert_int_equal(stored(p, second).seats, 25);
    assert_int_equal(stored(p, second).effective_from, 1000);
    assert_true(stored(p, second).effective_assumed);
    more.seats = 26; /* again on that day: corrects it */
    assert_true(id_equal(take(p, more, UPSERT_UPDATED), second));
    take(p, more, UPSERT_UNCHANGED);

    struct subscription dated = subscription("S1"); /* dated by its own column: goes before both */
    dated.seats = 12;
    dated.effective_from = 400;
    dated.entry.has |= BIT(SUBSCRIPTION_EFFECTIVE_FROM);
    struct id third = take(p, dated, UPSERT_UPDATED);
    assert_int_equal(stored(p, third).effective_from, 400);
    assert_false(stored(p, third).effective_assumed);

    p->origin.now += 100 * (instant_t)DAY_MS; /* a renewed term: from its start */
    struct subscription renewed = subscription("S1");
    renewed.starts_on = 1095;
    renewed.ends_on = 1459;
    struct id fourth = take(p, renewed, UPSERT_UPDATED);
    assert_int_equal(stored(p, fourth).effective_from, 1095);
    assert_false(stored(p, fourth).effective_assumed);
}

static void refuses_impossible_subscriptions(void **state) {
    struct place *p = *state;
    struct subscription s = subscription("S1");
    s.ends_on = 364;
    refused(p, s, "/ends_on", "ends_before_start");
    s = subscription("S1");
    s.seats = -1;
    refused(p, s, "/seats", "seats_negative");
    s = subscription("S1");
    s.entry.has &= ~BIT(SUBSCRIPTION_CURRENCY);
    refused(p, s, "/currency", "money_without_unit");
    s = subscription("S1");
    s.amount_per = PER_TERM;
    refused(p, s, "/term_months", "term_months_missing");
    s = subscription("S1");
    s.entry.account_key = STR("nobody");
    refused(p, s, "/account", "account_unknown");
    assert_int_equal(p->problem.fault_count, 0);
    s = subscription("S1");
    s.entry.has &= ~(BIT(SUBSCRIPTION_STARTS_ON) | BIT(ENTRY_ACCOUNT_KEY));
    s.entry.account_key = (struct str){0};
    refused(p, s, "/account", "account_missing");

    take(p, subscription("S1"), UPSERT_CREATED);
    s = subscription("S2");
    s.currency = STR("IRR");
    refused(p, s, "/currency", "currencies_contradict");
    struct subscription switched =
        subscription("S1"); /* nor may one subscription change its currency over time */
    switched.currency = STR("IRR");
    refused(p, switched, "/currency", "currencies_contradict");
    s.product = STR("training"); /* another product may have its own currency */
    s.entry.has |= BIT(SUBSCRIPTION_PRODUCT);
    take(p, s, UPSERT_CREATED);
}

static void known_from_follows_the_three_times(void **state) {
    struct place *p = *state;
    struct ticket ticket = {.entry = {.key = STR("T1"), .account_key = STR("A1")}, .opened_at = 5000};
    ticket.entry.has = BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(TICKET_OPENED_AT);
    enum upsert_result result;
    struct id id;
    struct ticket read = {0};
    static const struct {
        const char *key;
        bool backfill, recorded;
        int64_t lag;
        instant_t known;
        bool assumed;
    } cases[] = {
        {"live", false, false, 0, 1000 * (instant_t)DAY_MS, false},
        {"back-fill", true, false, 250, 5250, true},
        {"recorded", true, true, 250, 7000, false},
        {"lag beyond now", true, false, 2000 * (instant_t)DAY_MS, 1000 * (instant_t)DAY_MS, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        p->origin.backfill = cases[i].backfill;
        p->origin.lag_ms = cases[i].lag;
        ticket.entry.key = str_of(cases[i].key);
        ticket.entry.recorded_at = 7000;
        if (cases[i].recorded)
            ticket.entry.has |= BIT(ENTRY_RECORDED_AT);
        else
            ticket.entry.has &= ~BIT(ENTRY_RECORDED_AT);
        assert_int_equal(ticket_upsert(p->session, &p->origin, &ticket, 0, &result, &id, &p->problem), OK);
        bool found;
        assert_int_equal(entry_find(p->session, &query_ticket_by_key, &ticket_kind, STR("billing"),
                                    ticket.entry.key, &read, &found, &p->problem),
                         OK);
        assert_true(found);
        assert_int_equal(read.entry.known_from, cases[i].known);
        assert_int_equal(read.entry.known_assumed, cases[i].assumed);
        assert_int_equal(read.urgency, TICKET_NORMAL);
    }
}

static void tickets_close_and_name_their_person(void **state) {
    struct place *p = *state;
    struct ticket ticket = {.entry = {.key = STR("T1"), .account_key = STR("A1")},
                            .opened_at = 5000,
                            .user_key = STR("u1"),
                            .urgency = TICKET_URGENT};
    ticket.entry.has = BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(TICKET_OPENED_AT) |
                       BIT(TICKET_USER_KEY) | BIT(TICKET_URGENCY);
    enum upsert_result result;
    struct id id, again;
    assert_int_equal(ticket_upsert(p->session, &p->origin, &ticket, 0, &result, &id, &p->problem), OK);
    assert_int_equal(result, UPSERT_CREATED);
    assert_int_equal(ticket_upsert(p->session, &p->origin, &ticket, 0, &result, &again, &p->problem), OK);
    assert_int_equal(result, UPSERT_UNCHANGED);
    struct ticket closing = {.entry = {.key = STR("T1")},
                             .closed_at = 4999}; /* only what changed: the rest stays */
    closing.entry.has = BIT(ENTRY_KEY) | BIT(TICKET_CLOSED_AT);
    assert_int_equal(ticket_upsert(p->session, &p->origin, &closing, 0, &result, &id, &p->problem),
                     BAD_INPUT);
    assert_string_equal(p->problem.main.message.code, "closed_before_opened");
    problem_clear(&p->problem);
    closing.closed_at = 6000;
    assert_int_equal(ticket_upsert(p->session, &p->origin, &closing, 0, &result, &id, &p->problem), OK);
    assert_int_equal(result, UPSERT_UPDATED);
    struct ticket read = {0};
    bool found;
    assert_int_equal(entry_find(p->session, &query_ticket_by_key, &ticket_kind, STR("billing"), STR("T1"),
                                &read, &found, &p->problem),
                     OK);
    assert_int_equal(read.closed_at, 6000);
    assert_int_equal(read.urgency, TICKET_URGENT);
    struct id person;
    bool created;
    assert_int_equal(person_of_key(p->session, &p->origin, STR("u1"), &person, &created, &p->problem), OK);
    assert_false(created);
    assert_true(id_equal(read.person, person));
    /* Cleared: it was opened again. */
    closing.entry.has = BIT(ENTRY_KEY);
    assert_int_equal(
        ticket_upsert(p->session, &p->origin, &closing, BIT(TICKET_CLOSED_AT), &result, &id, &p->problem),
        OK);
    assert_int_equal(result, UPSERT_UPDATED);
    struct ticket open = {0};
    assert_int_equal(entry_find(p->session, &query_ticket_by_key, &ticket_kind, STR("billing"), STR("T1"),
                                &open, &found, &p->problem),
                     OK);
    assert_false(open.entry.has >> TICKET_CLOSED_AT & 1);
}

static void answers_keep_to_their_scales(void **state) {
    struct place *p = *state;
    static const struct {
        enum answer_kind kind;
        double score, min, max; /* min = max: the usual scale */
        const char *code;       /* NULL: taken */
    } cases[] = {
        {ANSWER_NPS, 0, 0, 0, NULL},
        {ANSWER_NPS, 10, 0, 0, NULL},
        {ANSWER_NPS, 11, 0, 0, "score_outside_scale"},
        {ANSWER_NPS, -1, 0, 0, "score_outside_scale"},
        {ANSWER_NPS, 4, 1, 5, "nps_scale"},
        {ANSWER_CSAT, 10, 0, 0, NULL},
        {ANSWER_CSAT, 0, 0, 0, "score_outside_scale"},
        {ANSWER_CSAT, 5, 1, 5, NULL},
        {ANSWER_CSAT, 6, 1, 5, "score_outside_scale"},
        {ANSWER_CES, 7, 0, 0, NULL},
        {ANSWER_CES, 8, 0, 0, "score_outside_scale"},
        {ANSWER_CSAT, NAN, 0, 0, "score_outside_scale"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer answer = {.entry = {.account = p->account},
                                .answered_at = 10,
                                .kind = cases[i].kind,
                                .score = cases[i].score,
                                .scale_min = cases[i].min,
                                .scale_max = cases[i].max};
        answer.entry.has =
            BIT(ENTRY_ACCOUNT) | BIT(ANSWER_ANSWERED_AT) | BIT(ANSWER_KIND) | BIT(ANSWER_SCORE);
        if (cases[i].max > cases[i].min) answer.entry.has |= BIT(ANSWER_SCALE_MIN) | BIT(ANSWER_SCALE_MAX);
        enum upsert_result result;
        struct id id;
        enum status status = answer_upsert(p->session, &p->origin, &answer, 0, &result, &id, &p->problem);
        assert_int_equal(status, cases[i].code ? BAD_INPUT : OK);
        if (cases[i].code) assert_string_equal(p->problem.main.message.code, cases[i].code);
        problem_clear(&p->problem);
    }
}

static void invoices_and_activities_are_taken_in_once(void **state) {
    struct place *p = *state;
    enum upsert_result result;
    struct id id;
    struct invoice invoice = {.entry = {.key = STR("I1"), .account_key = STR("A1")},
                              .issued_on = 900,
                              .due_on = 930,
                              .amount = 5000,
                              .currency = STR("EUR")};
    invoice.entry.has = BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(INVOICE_ISSUED_ON) |
                        BIT(INVOICE_DUE_ON) | BIT(INVOICE_AMOUNT) | BIT(INVOICE_CURRENCY);
    struct activity activity = {.entry = {.key = STR("C1"), .account_key = STR("A1")},
                                .happened_at = 77,
                                .kind = ACTIVITY_CALL,
                                .member = STR("Mina")};
    activity.entry.has = BIT(ENTRY_KEY) | BIT(ENTRY_ACCOUNT_KEY) | BIT(ACTIVITY_HAPPENED_AT) |
                         BIT(ACTIVITY_KIND) | BIT(ACTIVITY_MEMBER);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(invoice_upsert(p->session, &p->origin, &invoice, 0, &result, &id, &p->problem), OK);
        assert_int_equal(result, round ? UPSERT_UNCHANGED : UPSERT_CREATED);
        assert_int_equal(activity_upsert(p->session, &p->origin, &activity, 0, &result, &id, &p->problem),
                         OK);
        assert_int_equal(result, round ? UPSERT_UNCHANGED : UPSERT_CREATED);
    }
    invoice.paid_on = 940;
    invoice.entry.has |= BIT(INVOICE_PAID_ON);
    assert_int_equal(invoice_upsert(p->session, &p->origin, &invoice, 0, &result, &id, &p->problem), OK);
    assert_int_equal(result, UPSERT_UPDATED);
    invoice.due_on = 899;
    invoice.currency = STR("eur");
    assert_int_equal(invoice_upsert(p->session, &p->origin, &invoice, 0, &result, &id, &p->problem),
                     BAD_INPUT);
    assert_int_equal(p->problem.fault_count, 2);
}

/* Rows follow their account into the one that it was merged into, and back. */
static void rows_are_read_where_their_account_lives(void **state) {
    struct place *p = *state;
    struct account other = {
        .has = BIT(ACCOUNT_KEY) | BIT(ACCOUNT_NAME), .key = STR("A2"), .name = STR("Other")};
    assert_int_equal(account_create(p->session, &p->origin, &other, &p->problem), OK);
    take(p, subscription("S1"), UPSERT_CREATED);
    static const int expected[3] = {0, 1, 0}; /* before, merged, undone */
    for (int step = 0; step < 3; step++) {
        if (step == 1)
            assert_int_equal(account_merge(p->session, &p->origin, p->account, other.id, &p->problem), OK);
        if (step == 2) assert_int_equal(account_unmerge(p->session, &p->origin, p->account, &p->problem), OK);
        struct rows *rows = rows_open(p->session, &query_subscription_list);
        rows_bind_id(rows, "account", other.id);
        rows_bind_int(rows, "first", 1);
        rows_bind_int(rows, "limit", 10);
        int n = 0;
        while (rows_next(rows))
            n++;
        assert_int_equal(rows_close(rows, &p->problem), OK);
        assert_int_equal(n, expected[step]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        cmocka_unit_test(arr_by_hand),
        CASE(subscriptions_are_taken_in_once),
        CASE(changes_become_versions),
        CASE(refuses_impossible_subscriptions),
        CASE(known_from_follows_the_three_times),
        CASE(tickets_close_and_name_their_person),
        CASE(answers_keep_to_their_scales),
        CASE(invoices_and_activities_are_taken_in_once),
        CASE(rows_are_read_where_their_account_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
