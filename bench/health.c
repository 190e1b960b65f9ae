/* Health as the server keeps it: 100,000 accounts with 90 days of use, judged in one whole pass and one
 * touched account at a time, by a card of 20 usage measures and by the cards of a new company. The rival of a
 * touched account is the way a request takes, which reads overrides from the store. bench_health [accounts]
 * [rows in millions] */
#include "app/house.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/health.h"
#include "platform/records.h"
#include "signals/usage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DAYS = 90, PEOPLE = 100, TODAY = 20500, BLOCK = 10000, TOUCHED = 20000, ASKED = 500, MEASURES = 20 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of this thread: what a busy machine does not stretch. */
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
};

static void must(struct bench *b, enum status status) {
    if (!status) return;
    struct buf text = {0};
    problem_print(&b->problem, ENGLISH, &text);
    fprintf(stderr, "bench_health: %.*s\n", STR_ARG(buf_str(&text)));
    exit(1);
}

static void make_accounts(struct bench *b) {
    struct session *session = NULL;
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct origin origin = {.now = clock_now(b->house->clock), .source = STR("bench"), .by = STR("bench")};
    must(b, records_write(b->house->records, &session, &b->problem));
    for (size_t i = 0; i < b->accounts; i++) {
        struct str key = str_format(&arena, "A%06zu", i);
        struct account account = {.has = 1u << ACCOUNT_KEY | 1u << ACCOUNT_NAME | 1u << ACCOUNT_STARTS_ON,
                                  .key = key,
                                  .name = key,
                                  .starts_on = TODAY - 400};
        must(b, account_create(session, &origin, &account, &problem));
        arena_reset(&arena);
    }
    must(b, session_commit(session, &b->problem));
    must(b, directory_load(b->house->directory, b->house->records, &b->problem));
    arena_free(&arena);
}

static void make_usage(struct bench *b, size_t rows) {
    static struct usage_entry block[BLOCK];
    for (size_t done = 0; done < rows; done += BLOCK) {
        day_t day = TODAY - DAYS + (day_t)((double)done / (double)rows * DAYS);
        for (size_t i = 0; i < BLOCK; i++) {
            uint32_t account = (uint32_t)(pow(uniform(), 2) * (double)b->accounts);
            block[i] = (struct usage_entry){account,
                                            account * PEOPLE + (uint32_t)(uniform() * PEOPLE),
                                            1 + (uint32_t)(uniform() * 50),
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

static void make_card(struct bench *b, struct card_set *set) {
    static const char *const facts[] = {"active_users_7d",
                                        "active_users_28d",
                                        "active_users_90d",
                                        "events_7d",
                                        "events_28d",
                                        "events_90d",
                                        "active_days_28d",
                                        "active_days_90d",
                                        "days_since_last_use",
                                        "events_change_28d",
                                        "events_change_90d",
                                        "active_users_change_28d",
                                        "active_users_change_90d"};
    struct buf text = {0};
    buf_put_c(
        &text,
        "{\"key\":\"bench\",\"title\":{\"en\":\"b\",\"fa\":\"b\"},\"bands\":[{\"key\":\"low\",\"title\":{\"en\":\"l\",\"fa\":\"l\"},"
        "\"below\":50},{\"key\":\"high\",\"title\":{\"en\":\"h\",\"fa\":\"h\"}}],\"minimum_coverage\":0.5,\"groups\":[{\"key\":\"g\","
        "\"title\":{\"en\":\"g\",\"fa\":\"g\"},\"weight\":1,\"measures\":[");
    for (size_t m = 0; m < MEASURES; m++)
        buf_format(
            &text,
            "%s{\"key\":\"m%zu\",\"fact\":\"%s\",\"weight\":1,\"points\":{\"linear\":[[0,%zu],[%zu,100]]},\"missing\":\"reweigh\"}",
            m ? "," : "", m, facts[m % COUNT(facts)], m, 10 + m);
    buf_put_c(&text, "]}]}");
    struct json json;
    struct scorecard **cards = arena_array(&b->arena, 1, sizeof *cards);
    must(b, json_parse(str_copy(&b->arena, buf_str(&text)), &b->arena, &json, &b->problem));
    *set = (struct card_set){
        .catalogue = insight_catalogue(b->house->insight), .cards = cards, .n = 1, .then = true};
    set->scope = rule_scope_of(set->catalogue);
    must(b, scorecard_parse(&json, STR(""), &set->scope, &b->arena, &cards[0], &b->problem));
    buf_free(&text);
}

static void run(struct bench *b, const char *what, const struct card_set *set, const struct moment *moment) {
    struct arena arena = {0};
    struct health health;
    struct health_known none = {0};
    double start = now_ms(), sum = 0, alone = 0;
    must(b, health_evaluate(b->house, set, moment, 0, b->accounts, &none, &arena, &health, &b->problem));
    double whole = now_ms() - start;
    double *scores = memory_new(b->accounts * sizeof *scores);
    memcpy(scores, health.score, b->accounts * sizeof *scores);
    arena_reset(&arena);
    size_t differ = 0;
    double processor = processor_ms();
    start = now_ms();
    for (size_t i = 0; i < TOUCHED; i++) {
        uint32_t account = (uint32_t)(uniform() * (double)b->accounts);
        must(b, health_evaluate(b->house, set, moment, account, 1, &none, &arena, &health, &b->problem));
        differ += isnan(scores[account]) != isnan(health.score[0]) ||
                  fabs(scores[account] - health.score[0]) > 1e-9;
        sum += isnan(health.score[0]) ? 0 : health.score[0];
        arena_reset(&arena);
    }
    double touched = (now_ms() - start) * 1e3 / TOUCHED;
    processor = (processor_ms() - processor) * 1e3 / TOUCHED;
    start = now_ms();
    for (size_t i = 0; i < ASKED; i++) {
        must(b, health_evaluate(b->house, set, moment, (uint32_t)(uniform() * (double)b->accounts), 1, NULL,
                                &arena, &health, &b->problem));
        arena_reset(&arena);
    }
    alone = (now_ms() - start) * 1e3 / ASKED;
    printf("%s: whole pass %.0f ms, touched account %.2f µs (%.2f of processor time), "
           "as a request %.1f µs; mean score %.1f, %zu differ from the whole pass\n",
           what, whole, touched, processor, alone, sum / TOUCHED, differ);
    free(scores);
    arena_free(&arena);
}

int main(int argc, char **argv) {
    struct bench b = {.accounts = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000};
    double millions = argc > 2 ? strtod(argv[2], NULL) : 5;
    char root[] = "/tmp/vafa-bench-health-XXXXXX", command[128];
    instant_t now = (instant_t)TODAY * DAY_MS + 36000000;
    struct log log = {0};
    b.problem.arena = &b.arena;
    if (!mkdtemp(root)) return 1;
    must(&b, house_open(str_c(&b.arena, str_format(&b.arena, "%s/data", root)), true, clock_fixed(&now), &log,
                        &b.house, &b.problem));
    make_accounts(&b);
    make_usage(&b, (size_t)(millions * 1e6));
    struct moment moment = moment_now(b.house->insight);
    struct card_set set, templates;
    make_card(&b, &set);
    must(&b, card_set_make(b.house, &moment, (struct str){0}, &b.arena, &templates, &b.problem));
    printf("%zu accounts, %.1f million rows of use in %d days\n", b.accounts, millions, DAYS);
    run(&b, "card of 20 usage measures", &set, &moment);
    run(&b, "cards of a new company", &templates, &moment);
    house_close(b.house);
    snprintf(command, sizeof command, "rm -r %s", root);
    int removed = system(command);
    arena_free(&b.arena);
    return removed;
}
