/* Learners and their trial on real data: eleven open-source projects, companies as accounts, silence for 180
 * days (statistics 5.1). The panel is built here from the file by its published rule; the product builds the
 * same rows by itself in tests/stories/openstack.test.mjs. And the controls: what must not look like skill.
 */
#include "base/dict.h"
#include "base/vec.h"
#include "predict/trial.h"
#include "statistics/renewals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h> /* last: it takes the name fail */

#define NEAR(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

enum { WINDOW = 90, HORIZON = 180, COLUMNS = 10, MOST_ROWS = 4000 };
enum {
    RECENCY,
    EVENTS_90,
    EVENTS_365,
    EVENTS_CHANGE,
    USERS_90,
    USERS_365,
    DAYS_90,
    BREADTH_90,
    TENURE,
    TOP_SHARE
};

struct event {
    day_t day;
    uint32_t user, feature, n;
};
struct account {
    VEC(struct event) events;
};
struct panel {
    double x[MOST_ROWS * COLUMNS];
    uint8_t lost[MOST_ROWS];
    uint32_t cluster[MOST_ROWS];
    day_t day[MOST_ROWS];
    size_t n, clusters, snapshots;
};

static struct panel *whole; /* NULL: the data are not there */
static struct arena arena;
static struct problem problem;

static day_t date(int year, int month, int day) {
    day_t out;
    assert_true(day_from_date(CALENDAR_GREGORIAN, year, month, day, &out));
    return out;
}

/* ---- the panel ---- */

static size_t distinct(const struct account *account, day_t from, day_t to, bool users) {
    static uint32_t seen[5000];
    size_t n = 0;
    for (size_t i = 0; i < account->events.n; i++) {
        const struct event *e = &account->events.v[i];
        uint32_t value = users ? e->user : e->feature;
        if (e->day < from || e->day >= to) continue;
        size_t k = 0;
        while (k < n && seen[k] != value)
            k++;
        if (k == n) seen[n++] = value;
    }
    return n;
}

static double counted(const struct account *account, day_t from, day_t to) {
    double sum = 0;
    for (size_t i = 0; i < account->events.n; i++)
        if (account->events.v[i].day >= from && account->events.v[i].day < to) sum += account->events.v[i].n;
    return sum;
}

static double active_days(const struct account *account, day_t from, day_t to) {
    double days = 0;
    day_t last = INT32_MIN;
    for (size_t i = 0; i < account->events.n; i++) { /* the file is by date */
        day_t day = account->events.v[i].day;
        if (day >= from && day < to && day != last) days++;
        last = day;
    }
    return days;
}

static double top_share(const struct account *account, day_t from, day_t to) {
    double best = 0, all = counted(account, from, to);
    for (size_t i = 0; i < account->events.n; i++) {
        double sum = 0;
        for (size_t k = i; k < account->events.n; k++) {
            const struct event *e = &account->events.v[k];
            if (e->user == account->events.v[i].user && e->day >= from && e->day < to) sum += e->n;
        }
        if (sum > best) best = sum;
    }
    return all > 0 ? best / all : NAN;
}

static void put_row(struct panel *panel, const struct account *account, uint32_t number, day_t t) {
    day_t last = INT32_MIN, first = account->events.v[0].day;
    bool later = false;
    for (size_t i = 0; i < account->events.n; i++) {
        day_t day = account->events.v[i].day;
        if (day < t) last = day;
        if (day >= t && day < t + HORIZON) later = true;
    }
    if (last < t - WINDOW || first > t - WINDOW) return;
    double *x = panel->x + panel->n * COLUMNS, before = counted(account, t - 2 * WINDOW, t - WINDOW);
    x[RECENCY] = t - last;
    x[EVENTS_90] = counted(account, t - WINDOW, t);
    x[EVENTS_365] = counted(account, t - 365, t);
    x[EVENTS_CHANGE] = before > 0 ? x[EVENTS_90] / before - 1 : NAN;
    x[USERS_90] = (double)distinct(account, t - WINDOW, t, true);
    x[USERS_365] = (double)distinct(account, t - 365, t, true);
    x[DAYS_90] = active_days(account, t - WINDOW, t);
    x[BREADTH_90] = (double)distinct(account, t - WINDOW, t, false);
    x[TENURE] = t - first;
    x[TOP_SHARE] = top_share(account, t - WINDOW, t);
    panel->lost[panel->n] = !later;
    panel->cluster[panel->n] = number;
    panel->day[panel->n++] = t;
}

static int load(void **state) {
    char path[1000], line[300];
    const char *shared = getenv("VAFA_SHARED"), *root = getenv("VAFA_ROOT");
    (void)state;
    problem = (struct problem){.arena = &arena};
    snprintf(path, sizeof path, "%s%s/data/events/openstack_events.csv.gz",
             shared ? shared
             : root ? root
                    : ".",
             shared ? "" : "/../shared");
    gzFile file = gzopen(path, "rb");
    if (!file) {
        fprintf(stderr, "SKIPPED: %s is not there\n", path);
        return 0;
    }
    struct dict accounts = {0}, users = {0}, features = {0};
    static struct account list[1000];
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line)) {
        struct str rest = str_trim(str_of(line)), cell[5];
        int64_t n;
        struct event event;
        for (int i = 0; i < 5; i++)
            cell[i] = str_cut(rest, ',', &rest);
        assert_true(str_to_int(cell[4], &n));
        assert_null(day_parse(cell[2], &event.day));
        event.user = dict_put(&users, cell[1], NULL);
        event.feature = dict_put(&features, cell[3], NULL);
        event.n = (uint32_t)n;
        VEC_PUSH(&list[dict_put(&accounts, cell[0], NULL)].events, event);
    }
    gzclose(file);
    whole = memory_new(sizeof *whole);
    uint32_t *number = memory_new(accounts.n * sizeof *number);
    for (day_t t = date(2011, 1, 1); t + HORIZON <= date(2020, 1, 1);
         t = day_add_months(t, CALENDAR_GREGORIAN, 3)) {
        for (size_t a = 0; a < accounts.n; a++) {
            size_t before = whole->n;
            put_row(whole, &list[a], 0, t);
            if (whole->n == before) continue;
            if (!number[a]) number[a] = (uint32_t)++whole->clusters;
            whole->cluster[before] = number[a] - 1;
        }
        whole->snapshots++;
    }
    for (size_t a = 0; a < accounts.n; a++)
        VEC_FREE(&list[a].events);
    free(number);
    dict_free(&accounts);
    dict_free(&users);
    dict_free(&features);
    return 0;
}

static int unload(void **state) {
    (void)state;
    free(whole);
    arena_free(&arena);
    return 0;
}

static struct trial_rows rows_of(const struct panel *panel) {
    return (struct trial_rows){.rows = {panel->x, panel->lost, panel->n, COLUMNS, RECENCY, NULL},
                               .cluster = panel->cluster,
                               .clusters = panel->clusters,
                               .day = panel->day,
                               .ripe = HORIZON};
}

static struct trial run(const struct panel *panel, day_t test_from) {
    struct trial_rows rows = rows_of(panel);
    struct trial_options options = {.test_from = test_from, .capacity = 0.1, .threads = 2};
    struct trial trial;
    assert_int_equal(trial_run(&rows, &options, &arena, &trial, &problem), OK);
    return trial;
}

/* ---- tests ---- */

static uint64_t random_state;
static uint32_t below(uint32_t n) { /* splitmix64 */
    uint64_t z = random_state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return (uint32_t)((z ^ (z >> 31)) >> 33) % n;
}

static void the_panel_is_the_published_one(void **state) {
    (void)state;
    if (!whole) skip();
    size_t lost = 0;
    for (size_t i = 0; i < whole->n; i++)
        lost += whole->lost[i];
    assert_int_equal(whole->n, 3073);
    assert_int_equal(whole->clusters, 424);
    assert_int_equal(whole->snapshots, 35);
    NEAR((double)lost / (double)whole->n, 0.1874, 5e-5);
}

/* The demanded marks, and the table's own values for prior and recency. */
static void learners_on_later_time(void **state) {
    (void)state;
    if (!whole) skip();
    struct trial t = run(whole, date(2016, 1, 1));
    assert_int_equal(t.train_rows, 1349);
    assert_int_equal(t.train_lost, 218);
    assert_int_equal(t.rows, 1586);
    assert_int_equal(t.lost, 331);
    assert_int_equal(t.accounts, 297);
    NEAR(t.scores[LEARNER_PRIOR].log_loss, 0.5199, 5e-5);
    NEAR(t.scores[LEARNER_PRIOR].brier, 0.1674, 5e-5);
    NEAR(t.scores[LEARNER_RECENCY].auc, 0.7489, 5e-5);
    NEAR(t.scores[LEARNER_RECENCY].pr_auc, 0.415, 1e-3);
    for (int k = LEARNER_LOGIT; k < LEARNERS; k++) {
        const struct trial_score *score = &t.scores[k];
        printf("FIGURE OpenStack %s: AUC %.4f log loss %.4f Brier %.4f ECE %.4f lift %.2f\n",
               learner_names[k], score->auc, score->log_loss, score->brier, score->ece, score->lift);
        assert_true(score->auc >= 0.80 && score->log_loss <= 0.42 && score->brier <= 0.135 &&
                    score->ece <= 0.05);
        assert_true(score->auc >= t.scores[LEARNER_RECENCY].auc + 0.05);
    }
    assert_int_equal(t.state, TRIAL_OK);
    assert_true(t.chosen >= LEARNER_LOGIT);
    /* The simplest within one standard error. */
    assert_true(t.scores[t.chosen].over_best <= t.scores[t.chosen].over_best_error);
    for (int k = 0; k < (int)t.chosen; k++)
        if (t.scores[k].tried) assert_true(t.scores[k].over_best > t.scores[k].over_best_error);
    size_t cases = 0, lost = 0;
    for (size_t b = 0; b < t.scores[t.chosen].bin_count; b++) {
        cases += t.scores[t.chosen].bins[b].rows;
        lost += t.scores[t.chosen].bins[b].lost;
    }
    assert_int_equal(cases, 1586);
    assert_int_equal(lost, 331);
}

/* What rolling origins ask about lies behind what they learnt, by the outcome's days. */
static void origins_do_not_look_ahead(void **state) {
    (void)state;
    if (!whole) skip();
    struct trial t = run(whole, INT32_MIN);
    assert_int_equal(t.state, TRIAL_OK);
    assert_int_equal(t.origins, TRIAL_BLOCKS);
    assert_true(t.boosting_competed);
    static struct panel changed; /* labels that were not over at the first origin are turned round */
    changed = *whole;
    for (size_t i = 0; i < changed.n; i++)
        if (changed.day[i] + HORIZON > t.test_from) changed.lost[i] = !changed.lost[i];
    struct trial_rows rows = rows_of(&changed);
    struct trial_options options = {.test_from = t.test_from, .capacity = 0.1, .threads = 2};
    struct trial other, same = run(whole, t.test_from);
    assert_int_equal(trial_run(&rows, &options, &arena, &other, &problem), OK);
    for (size_t i = 0; i < same.tested; i++) /* nothing that was said changes by it */
        assert_true(same.margin[LEARNER_LOGIT][i] == other.margin[LEARNER_LOGIT][i]);
}

/* How many of each snapshot fall silent, foretold by models of before, with a shift shared by a snapshot that
 * is learnt from snapshots that were over: at least 13 of 15 inside nine in ten, the total within 15 %.
 * Without the shift 10 of 15 were inside in the table. */
static void counts_are_foretold_with_their_spread(void **state) {
    (void)state;
    if (!whole) skip();
    struct trial t = run(whole, INT32_MIN);
    static struct renewal_case past[MOST_ROWS], now[MOST_ROWS];
    size_t inside = 0, narrow = 0, snapshots = 0;
    double expected = 0, actual = 0;
    for (day_t day = date(2016, 1, 1); day < date(2019, 8, 1);
         day = day_add_months(day, CALENDAR_GREGORIAN, 3)) {
        size_t before = 0, n = 0, lost = 0;
        uint32_t periods = 0;
        day_t last = INT32_MIN;
        for (size_t i = 0; i < t.tested; i++) {
            uint32_t row = t.row[i];
            struct renewal_case one = {t.chance[i], 1, whole->cluster[row], 0, whole->lost[row]};
            if (whole->day[row] == day) {
                lost += one.renewed;
                expected += one.probability;
                now[n++] = one;
            } else if (whole->day[row] + HORIZON <= day) {
                if (whole->day[row] != last) periods++;
                last = whole->day[row];
                one.period = periods - 1;
                past[before++] = one;
            }
        }
        assert_true(n > 0);
        struct renewals_sum sum[2], alone[2];
        double shift = renewals_shift(past, before, periods, (uint32_t)whole->clusters, NULL);
        assert_true(renewals_forecast(now, n, 1, (uint32_t)whole->clusters, shift, 1, &arena, sum));
        assert_true(renewals_forecast(now, n, 1, (uint32_t)whole->clusters, 0, 1, &arena, alone));
        inside += (double)lost >= sum[0].count.low && (double)lost <= sum[0].count.high;
        narrow += (double)lost >= alone[0].count.low && (double)lost <= alone[0].count.high;
        actual += (double)lost;
        snapshots++;
    }
    printf("FIGURE OpenStack counts: %zu of %zu inside (%zu without a shift), %.1f foretold of %.0f\n",
           inside, snapshots, narrow, expected, actual);
    assert_int_equal(snapshots, 15);
    assert_true(actual == 331);
    assert_true(inside >= 13);
    assert_true(fabs(expected - actual) <= 0.15 * actual);
}

static double auc_of(const double *margin, const uint8_t *lost, const uint32_t *cluster, size_t n,
                     size_t clusters) {
    struct arena scratch = {0};
    struct ranking ranking = ranking_make(margin, lost, cluster, n, clusters, &scratch);
    double auc = ranking_auc(&ranking);
    arena_free(&scratch);
    return auc;
}

/* Trees that learn from random rows of all times are flattered by the accounts and days they share with those
 * they are asked about: AUC .8431 against .8283 in the table. */
static void a_random_split_flatters(void **state) {
    (void)state;
    if (!whole) skip();
    static struct panel learnt, asked;
    double sum = 0, honest = run(whole, date(2016, 1, 1)).scores[LEARNER_BOOSTING].auc;
    enum { DRAWS = 5 };
    for (int draw = 0; draw < DRAWS; draw++) {
        random_state = (uint64_t)draw + 1;
        learnt.n = asked.n = 0;
        for (size_t i = 0; i < whole->n; i++) {
            struct panel *to = below(3073) < 1485 ? &learnt : &asked;
            memcpy(to->x + to->n * COLUMNS, whole->x + i * COLUMNS, COLUMNS * sizeof(double));
            to->cluster[to->n] = whole->cluster[i];
            to->lost[to->n++] = whole->lost[i];
        }
        struct learner learner;
        struct learner_rows rows = {learnt.x, learnt.lost, learnt.n, COLUMNS, RECENCY, NULL};
        static double margin[MOST_ROWS];
        assert_int_equal(learner_train(LEARNER_BOOSTING, &rows, 2, &arena, &learner, &problem), OK);
        learner_margins(&learner, asked.x, asked.n, 2, margin);
        sum += auc_of(margin, asked.lost, asked.cluster, asked.n, whole->clusters);
        learner_free(&learner);
    }
    printf("FIGURE random rows: AUC %.4f, later time %.4f\n", sum / DRAWS, honest);
    assert_true(sum / DRAWS > honest);
}

/* Twenty accounts to learn from, ten times: the shrunk model is at least .82 on later time, as in the
 * learning curve (.827), and trees are not asked. */
static void twenty_accounts(void **state) {
    (void)state;
    if (!whole) skip();
    enum { DRAWS = 10, ACCOUNTS = 20 };
    double sum = 0;
    static struct panel few;
    size_t first = 0;
    while (whole->day[first] < date(2016, 1, 1))
        first++;
    uint8_t known[1000] = {0};
    for (size_t i = 0; i < first; i++)
        if (whole->day[i] + HORIZON <= date(2016, 1, 1)) known[whole->cluster[i]] = 1;
    for (int draw = 0; draw < DRAWS; draw++) {
        uint8_t taken[1000] = {0};
        random_state = (uint64_t)draw + 100;
        for (int k = 0; k < ACCOUNTS;) {
            uint32_t account = below((uint32_t)whole->clusters);
            if (!known[account] || taken[account]) continue;
            taken[account] = 1;
            k++;
        }
        few = (struct panel){.clusters = whole->clusters};
        for (size_t i = 0; i < first; i++) {
            if (!taken[whole->cluster[i]] || whole->day[i] + HORIZON > date(2016, 1, 1)) continue;
            memcpy(few.x + few.n * COLUMNS, whole->x + i * COLUMNS, COLUMNS * sizeof(double));
            few.cluster[few.n] = whole->cluster[i];
            few.day[few.n] = whole->day[i];
            few.lost[few.n++] = whole->lost[i];
        }
        struct learner learner;
        double towards[COLUMNS] = {
            [RECENCY] = 0.1,      [DAYS_90] = -0.1,        [USERS_90] = -0.1, [EVENTS_90] = -0.05,
            [BREADTH_90] = -0.05, [EVENTS_CHANGE] = -0.05, [TENURE] = -0.05};
        struct learner_rows rows = {few.x, few.lost, few.n, COLUMNS, RECENCY, towards};
        static double margin[MOST_ROWS];
        assert_int_equal(learner_train(LEARNER_LOGIT, &rows, 1, &arena, &learner, &problem), OK);
        learner_margins(&learner, whole->x + first * COLUMNS, whole->n - first, 1, margin);
        sum += auc_of(margin, whole->lost + first, whole->cluster + first, whole->n - first, whole->clusters);
        struct trial t = run(&few, INT32_MIN);
        assert_false(t.boosting_competed);
        assert_false(t.scores[LEARNER_BOOSTING].tried);
    }
    printf("FIGURE 20 accounts: mean AUC %.4f\n", sum / DRAWS);
    assert_true(sum / DRAWS >= 0.82);
}

/* Outcomes dealt out anew: nothing may look like skill. */
static void shuffled_outcomes_show_no_skill(void **state) {
    (void)state;
    if (!whole) skip();
    static struct panel shuffled;
    shuffled = *whole;
    random_state = 7;
    for (size_t i = shuffled.n; i > 1; i--) {
        size_t k = below((uint32_t)i);
        uint8_t kept = shuffled.lost[k];
        shuffled.lost[k] = shuffled.lost[i - 1];
        shuffled.lost[i - 1] = kept;
    }
    struct trial t = run(&shuffled, date(2016, 1, 1));
    assert_int_equal(t.state, TRIAL_NO_SKILL);
    assert_int_equal(t.chosen, LEARNER_PRIOR);
    NEAR(t.scores[LEARNER_LOGIT].auc, 0.5, 0.05);
    assert_int_equal(run(&shuffled, INT32_MIN).state, TRIAL_NO_SKILL);
}

/* ---- without data ---- */

/* Reasons add up to what is said; what was kept says the same when it is read back; damaged bytes are
 * refused. */
static void learners_add_up_and_are_kept(void **state) {
    (void)state;
    enum { N = 600, P = 4 };
    static double x[N * P], margin[N], again[N], reasons[N * P];
    static uint8_t lost[N];
    random_state = 3;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < P; c++)
            x[i * P + c] = below(10) ? below(1000) / 10.0 : NAN;
        x[i * P + 3] = 5; /* constant */
        lost[i] = below(100) < (x[i * P] > 50 ? 40u : 10u);
    }
    struct learner_rows rows = {x, lost, N, P, 0, NULL};
    for (int k = 0; k < LEARNERS; k++) {
        struct learner learner, kept;
        struct buf json = {0}, bytes = {0};
        struct json parsed;
        assert_int_equal(learner_train((enum learner_kind)k, &rows, 1, &arena, &learner, &problem), OK);
        learner_margins(&learner, x, N, 1, margin);
        double bias = learner_reasons(&learner, x, N, 1, reasons);
        for (size_t i = 0; i < N; i++) {
            double sum = bias;
            for (size_t c = 0; c < P; c++)
                sum += reasons[i * P + c];
            NEAR(sum, margin[i], 1e-4);
            assert_true(reasons[i * P + 3] == 0); /* a constant explains nothing */
        }
        assert_int_equal(learner_save(&learner, &json, &bytes, &problem), OK);
        assert_int_equal(json_parse(buf_str(&json), &arena, &parsed, &problem), OK);
        assert_int_equal(learner_load(&parsed, buf_str(&bytes), &arena, &kept, &problem), OK);
        learner_margins(&kept, x, N, 1, again);
        for (size_t i = 0; i < N; i++)
            assert_true(again[i] == margin[i]);
        learner_free(&kept);
        if (bytes.n) {
            bytes.p[bytes.n / 2] ^= 1;
            assert_int_equal(learner_load(&parsed, buf_str(&bytes), &arena, &kept, &problem), BAD_INPUT);
            problem = (struct problem){.arena = &arena};
        }
        learner_free(&learner);
        buf_free(&json);
        buf_free(&bytes);
    }
}

static void odd_panels_are_refused(void **state) {
    (void)state;
    double x[40 * 2], towards[2] = {0, 0};
    uint8_t lost[40];
    uint32_t cluster[40];
    day_t day[40];
    for (size_t i = 0; i < 40; i++) {
        x[2 * i] = NAN;
        x[2 * i + 1] = i % 3 ? INFINITY : 1;
        lost[i] = 0;
        cluster[i] = (uint32_t)i;
        day[i] = (day_t)i;
    }
    struct trial_rows rows = {{x, lost, 40, 2, -1, towards}, cluster, 40, day, 10};
    struct trial_options options = {.test_from = INT32_MIN, .capacity = 0.1, .threads = 1};
    struct trial t;
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK); /* nobody is lost */
    assert_int_equal(t.state, TRIAL_TOO_FEW);
    memset(lost, 1, sizeof lost);
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK); /* everybody is */
    assert_int_equal(t.state, TRIAL_TOO_FEW);
    for (size_t i = 0; i < 40; i++)
        lost[i] = i % 2;
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK); /* no days behind enough others */
    assert_int_equal(t.state, TRIAL_TOO_SHORT);
    rows.rows.n = 0;
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK);
    assert_int_equal(t.state, TRIAL_TOO_FEW);
    rows.rows.n = 40;
    rows.ripe = 0;
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem),
                     OK); /* nothing is known, or it is endless */
    assert_int_equal(t.state, TRIAL_TOO_SHORT);
}

enum { PEOPLE = 60, MONTHS_SEEN = 40 };
struct made {
    double x[PEOPLE * MONTHS_SEEN], twice[2 * PEOPLE * MONTHS_SEEN];
    uint8_t lost[PEOPLE * MONTHS_SEEN], first[PEOPLE * MONTHS_SEEN];
    uint32_t cluster[PEOPLE * MONTHS_SEEN];
    day_t day[PEOPLE * MONTHS_SEEN];
};
/* Every `every`-th account is lost once, at three snapshots from a month of its own below `until` on; the
 * column is 1 then, noise else. */
static struct trial_rows made_rows(struct made *m, uint32_t every, uint32_t until) {
    static const double towards[2];
    memset(m, 0, sizeof *m);
    random_state = 11;
    for (uint32_t t = 0; t < MONTHS_SEEN; t++)
        for (uint32_t a = 0; a < PEOPLE; a++) {
            size_t i = t * PEOPLE + a;
            uint32_t from = 2 + a * 7 % (until - 4);
            m->cluster[i] = a;
            m->day[i] = (day_t)(30 * t);
            m->lost[i] = a % every == 0 && t >= from && t < from + 3;
            m->first[i] = m->lost[i] && t == from;
            m->x[i] = m->lost[i] && below(10) ? 1 : below(100) / 100.0;
            m->twice[2 * i] = below(1000);
            m->twice[2 * i + 1] = m->x[i];
        }
    return (struct trial_rows){.rows = {m->x, m->lost, PEOPLE * MONTHS_SEEN, 1, -1, towards},
                               .cluster = m->cluster,
                               .clusters = PEOPLE,
                               .day = m->day,
                               .ripe = 60,
                               .first_of_loss = m->first};
}

/* Ten who leave are thirty rows, and too few; thirty are enough; but not where none of them left later. */
static void who_leaves_once_counts_once(void **state) {
    (void)state;
    static struct made m;
    struct trial_options options = {.test_from = INT32_MIN, .capacity = 0.1, .threads = 1};
    struct trial t;
    struct trial_rows rows = made_rows(&m, 6, MONTHS_SEEN);
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK);
    assert_int_equal(t.learnt_lost, 30);
    assert_int_equal(t.losses, 10);
    assert_int_equal(t.state, TRIAL_TOO_FEW);
    rows = made_rows(&m, 2, MONTHS_SEEN);
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK);
    assert_int_equal(t.losses, 30);
    assert_int_not_equal(t.state, TRIAL_TOO_FEW);
    rows = made_rows(&m, 2, 12);
    options.test_from = 30 * 20;
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK);
    assert_int_equal(t.losses, 30);
    assert_int_equal(t.tested_losses, 0);
    assert_int_equal(t.state, TRIAL_TOO_SHORT);
}

/* Asked again of the same columns a learner says the same; of others, about the same rows. */
static void asked_again(void **state) {
    (void)state;
    static struct made m;
    double *chance;
    struct trial_options options = {.test_from = INT32_MIN, .capacity = 0.1, .threads = 1};
    struct trial t;
    struct trial_rows rows = made_rows(&m, 1, MONTHS_SEEN);
    assert_int_equal(trial_run(&rows, &options, &arena, &t, &problem), OK);
    assert_int_equal(t.state, TRIAL_OK);
    assert_int_equal(trial_again(&rows, &options, t.chosen, &arena, &chance, &problem), OK);
    for (size_t i = 0; i < t.tested; i++)
        assert_true(chance[i] == t.chance[i]);
    static const double towards[2];
    rows.rows.x = m.twice;
    rows.rows.p = 2;
    rows.rows.towards = towards;
    assert_int_equal(trial_again(&rows, &options, LEARNER_LOGIT, &arena, &chance, &problem), OK);
    size_t apart = 0;
    for (size_t i = 0; i < t.tested; i++)
        apart += chance[i] != t.chance[i];
    assert_true(apart > t.tested / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_panel_is_the_published_one),
        cmocka_unit_test(learners_on_later_time),
        cmocka_unit_test(origins_do_not_look_ahead),
        cmocka_unit_test(counts_are_foretold_with_their_spread),
        cmocka_unit_test(a_random_split_flatters),
        cmocka_unit_test(twenty_accounts),
        cmocka_unit_test(shuffled_outcomes_show_no_skill),
        cmocka_unit_test(learners_add_up_and_are_kept),
        cmocka_unit_test(odd_panels_are_refused),
        cmocka_unit_test(who_leaves_once_counts_once),
        cmocka_unit_test(asked_again),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
