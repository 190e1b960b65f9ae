/* The reads of Home and of an account's page through the router, as the server keeps them: accounts with an
 * owner, a contract, people, and 90 days of use. Times are of the processor, so that a busy machine does not
 * stretch them; the rate is of one core, without the socket. bench_account_page [accounts] [rows in millions]
 */
#include "app/house.h"
#include "app/router.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "customers/member.h"
#include "customers/subscription.h"
#include "insight/health_live.h"
#include "insight/insight.h"
#include "platform/records.h"
#include "signals/usage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DAYS = 90, PEOPLE = 20, TODAY = 20500, BLOCK = 10000, MEMBERS = 100, CONTACTS = 3 };

static double processor_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t seed = 1;
static double uniform(void) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

struct bench {
    struct arena arena;
    struct problem problem;
    struct house *house;
    size_t accounts;
    struct id members[MEMBERS], *ids;
};

static void must(struct bench *b, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&b->problem, ENGLISH, &text);
    fprintf(stderr, "bench_account_page: %.*s\n", STR_ARG(buf_str(&text)));
    exit(1);
}

static void make_account(struct bench *b, struct session *session, const struct origin *origin, size_t i,
                         struct arena *arena) {
    struct problem problem = {.arena = arena};
    struct str key = str_format(arena, "A%06zu", i);
    struct account account = {.has = 1u << ACCOUNT_KEY | 1u << ACCOUNT_NAME | 1u << ACCOUNT_STARTS_ON |
                                     1u << ACCOUNT_OWNER | 1u << ACCOUNT_SEGMENT | 1u << ACCOUNT_STAGE,
                              .key = key,
                              .name = key,
                              .owner = b->members[i * MEMBERS / b->accounts],
                              .segment = i % 3 ? STR("small") : STR("large"),
                              .stage = STR("adopting"),
                              .starts_on = TODAY - 400};
    must(b, account_create(session, origin, &account, &problem));
    b->ids[i] = account.id;
    struct subscription subscription = {.entry = {.key = key, .account = account.id},
                                        .starts_on = TODAY - 400,
                                        .ends_on = TODAY + (day_t)(i % 365),
                                        .seats = PEOPLE,
                                        .amount = 100000 + (int64_t)(i % 1000) * 1000,
                                        .amount_per = 2,
                                        .currency = STR("USD")};
    subscription.entry.has = (uint64_t)1 << ENTRY_KEY | (uint64_t)1 << ENTRY_ACCOUNT |
                             (uint64_t)1 << SUBSCRIPTION_STARTS_ON | (uint64_t)1 << SUBSCRIPTION_ENDS_ON |
                             (uint64_t)1 << SUBSCRIPTION_SEATS | (uint64_t)1 << SUBSCRIPTION_AMOUNT |
                             (uint64_t)1 << SUBSCRIPTION_AMOUNT_PER | (uint64_t)1 << SUBSCRIPTION_CURRENCY;
    enum upsert_result result;
    struct id id, person;
    must(b, subscription_upsert(session, origin, &subscription, 0, &result, &id, &problem));
    for (int c = 0; c < CONTACTS; c++) {
        struct contact contact = {.has = 1u << CONTACT_ACCOUNT | 1u << CONTACT_USER_KEY | 1u << CONTACT_NAME |
                                         1u << CONTACT_ROLE,
                                  .account = account.id,
                                  .user_key = str_format(arena, "u%zu-%d", i, c),
                                  .name = key,
                                  .role = c ? STR("user") : STR("champion")};
        must(b, contact_upsert(session, origin, &contact, 0, TRAIT_MEMBER, &result, &id, &person, &problem));
    }
}

static void make_company(struct bench *b) {
    struct session *session = NULL;
    struct arena arena = {0};
    struct origin origin = {.now = clock_now(b->house->clock),
                            .source = STR("bench"),
                            .by = STR("bench"),
                            .zone = b->house->zone};
    must(b, records_write(b->house->records, &session, &b->problem));
    for (size_t m = 0; m < MEMBERS; m++) {
        struct member member = {.has = 1u << MEMBER_NAME | 1u << MEMBER_EMAIL | 1u << MEMBER_ROLE,
                                .name = str_format(&b->arena, "Member %zu", m),
                                .email = str_format(&b->arena, "m%zu@example.org", m),
                                .role = ROLE_CSM - 1};
        must(b, member_create(b->house, session, &member, (struct str){0}, &b->problem));
        b->members[m] = member.id;
    }
    must(b, session_commit(session, &b->problem));
    b->ids = arena_array(&b->arena, b->accounts, sizeof *b->ids);
    for (size_t i = 0; i < b->accounts;) {
        must(b, records_write(b->house->records, &session, &b->problem));
        for (size_t end = i + BLOCK; i < end && i < b->accounts; i++) {
            make_account(b, session, &origin, i, &arena);
            arena_reset(&arena);
        }
        must(b, session_commit(session, &b->problem));
    }
    must(b, directory_load(b->house->directory, b->house->records, &b->problem));
    must(b, insight_load(b->house->insight, &b->problem));
    arena_free(&arena);
}

static void make_usage(struct bench *b, size_t rows) {
    static struct usage_entry block[BLOCK];
    for (size_t done = 0; done < rows; done += BLOCK) {
        day_t day = TODAY - DAYS + (day_t)((double)done / (double)rows * DAYS);
        for (size_t i = 0; i < BLOCK; i++) {
            uint32_t account = (uint32_t)(uniform() * (double)b->accounts);
            block[i] = (struct usage_entry){account,
                                            account * PEOPLE + (uint32_t)(uniform() * PEOPLE),
                                            1 + (uint32_t)(uniform() * 20),
                                            day,
                                            day,
                                            1,
                                            .source = 1};
        }
        usage_write_lock(b->house->usage);
        usage_add(b->house->usage, block, BLOCK);
        usage_unlock(b->house->usage);
    }
    usage_write_lock(b->house->usage);
    usage_settle(b->house->usage, SIZE_MAX);
    usage_unlock(b->house->usage);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ask(struct bench *b, const struct principal *principal, struct str target) {
    static struct arena arena;
    struct request request = {.house = b->house,
                              .arena = &arena,
                              .method = METHOD_GET,
                              .peer = STR("local"),
                              .principal = *principal};
    struct response response = {0};
    router_dispatch(b->house->router, &request, target, &response);
    if (response.code && response.code != 200) {
        fprintf(stderr, "bench_account_page: %.*s: %.*s\n", STR_ARG(target),
                STR_ARG(buf_str(&response.body)));
        exit(1);
    }
    buf_free(&response.body);
    arena_reset(&arena);
}

/* path with %s for an account. */
static void measure(struct bench *b, const char *what, const struct principal *principal, const char *path,
                    size_t times) {
    double *each = memory_new(times * sizeof *each), sum = 0;
    struct arena arena = {0};
    for (size_t i = 0; i < times; i++) {
        struct id id = b->ids[(size_t)(uniform() * (double)b->accounts)];
        struct buf target = {0};
        const char *at = strstr(path, "%s");
        buf_put(&target, path, at ? (size_t)(at - path) : strlen(path));
        if (at) {
            buf_put_str(&target, id_str(&arena, id));
            buf_put_c(&target, at + 2);
        }
        double begun = processor_ms();
        ask(b, principal, buf_str(&target));
        sum += each[i] = processor_ms() - begun;
        buf_free(&target);
        arena_reset(&arena);
    }
    qsort(each, times, sizeof *each, ascending);
    printf("%-34s %9.0f a second and core, median %.3f ms, p99 %.3f ms\n", what, 1e3 * (double)times / sum,
           each[times / 2], each[times * 99 / 100]);
    free(each);
    arena_free(&arena);
}

int main(int argc, char **argv) {
    struct bench b = {.accounts = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000};
    double millions = argc > 2 ? strtod(argv[2], NULL) : 5;
    char root[] = "/tmp/vafa-bench-page-XXXXXX", command[128];
    instant_t now = (instant_t)TODAY * DAY_MS + 36000000;
    struct log log = {0};
    b.problem.arena = &b.arena;
    if (!mkdtemp(root)) return 1;
    must(&b, house_open(str_c(&b.arena, str_format(&b.arena, "%s/data", root)), true, clock_fixed(&now), &log,
                        &b.house, &b.problem));
    make_company(&b);
    make_usage(&b, (size_t)(millions * 1e6));
    must(&b, health_live_catch_up(b.house->health, &b.problem));
    house_close(b.house); /* a server that was started with all this */
    must(&b, house_open(str_c(&b.arena, str_format(&b.arena, "%s/data", root)), false, clock_fixed(&now),
                        &log, &b.house, &b.problem));
    make_usage(&b, (size_t)(millions * 1e6));
    struct principal all = {.kind = LOCAL, .role = ROLE_ADMIN, .scope = SCOPE_ALL, .name = STR("bench")},
                     own = {.kind = MEMBER, .role = ROLE_CSM, .scope = SCOPE_OWN, .member = b.members[7]};
    printf("%zu accounts, %.1f million rows of use in %d days, %d people of ours\n", b.accounts, millions,
           DAYS, MEMBERS);
    measure(&b, "head, first asked of", &all, "/api/v1/accounts/%s/overview", 2000);
    measure(&b, "all heads once (change of 4 weeks)", &all, "/api/v1/home", 1);
    measure(&b, "head", &all, "/api/v1/accounts/%s/overview", 20000);
    measure(&b, "use by week", &all, "/api/v1/accounts/%s/usage", 5000);
    measure(&b, "features by week", &all, "/api/v1/accounts/%s/features", 5000);
    measure(&b, "people", &all, "/api/v1/accounts/%s/people", 5000);
    measure(&b, "movements", &all, "/api/v1/accounts/%s/movements", 200);
    measure(&b, "health by week, 26 weeks", &all, "/api/v1/accounts/%s/health/series", 200);
    measure(&b, "health between two days", &all, "/api/v1/accounts/%s/health?against=2026-01-20", 200);
    measure(&b, "Home, 1,000 accounts of one's own", &own, "/api/v1/home", 20);
    measure(&b, "Home, all accounts", &all, "/api/v1/home", 5);
    house_close(b.house);
    snprintf(command, sizeof command, "rm -r %s", root);
    int removed = system(command);
    arena_free(&b.arena);
    return removed;
}
