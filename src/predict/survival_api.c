#include "insight/figure.h"
#include "predict/lives.h"
#include "statistics/logrank.h"
#include "statistics/tails.h"

#include <math.h>

const struct route_query survival_query[] = {
    LIVES_QUERY,
    {"split",
     "A text or yes/no fact, such as plan: one curve for each of its values at the start of the watch."},
    {"groups", "start (default): by the value known when the watch of a life begins; now: by that of as_of."},
    {"after", "Months of age from which lives are watched; 0 unless given."},
    {"horizon", "Months of the restricted mean; the longest that every group was watched unless given."},
    {NULL, NULL},
};

enum { LEAST_LIVES = 10, HORIZON_MOST = 240 };

struct answer {
    const struct lives_asked *asked;
    const struct life_groups *groups; /* NULL: not split */
    bool now;                         /* by the groups of now */
    double horizon;
    struct arena *arena;
    struct json_writer *w;
};

/* Cases of a group; UINT32_MAX: of all. */
static void fit(const struct answer *a, uint32_t group, struct survival *curve) {
    const struct lives *lives = &a->asked->lives;
    size_t most = group == UINT32_MAX ? lives->n : a->groups->counts[group], n = 0;
    struct survival_case *cases = arena_array(a->arena, most + 1, sizeof *cases);
    for (size_t i = 0; i < lives->n; i++)
        if (group == UINT32_MAX || a->groups->of[i] == group) cases[n++] = lives->cases[i];
    survival_fit(cases, n, a->arena, curve);
}

static void put_steps(const struct survival *curve, struct json_writer *w) {
    json_name(w, STR("curve"));
    json_begin_array(w);
    for (size_t i = 0; i < curve->n; i++) {
        const struct survival_step *step = &curve->steps[i];
        double error = sqrt(step->hazard_variance);
        json_begin_object(w);
        json_put_number(w, "month", step->time);
        json_put_number(w, "at_risk", step->at_risk);
        json_put_number(w, "ended", step->events);
        json_put_number(w, "censored", step->censored);
        json_put_number(w, "share", step->survival);
        json_put_number(w, "low", step->low);
        json_put_number(w, "high", step->high);
        json_put_number(w, "hazard", step->hazard);
        json_put_number(w, "hazard_low", fmax(0, step->hazard - NORMAL_975 * error));
        json_put_number(w, "hazard_high", step->hazard + NORMAL_975 * error);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_row(const struct answer *a, uint32_t group, const struct survival *curve,
                    const struct logrank *test) {
    struct json_writer *w = a->w;
    struct survival_quantile median = survival_quantile(curve, 0.5), quarter = survival_quantile(curve, 0.25);
    struct survival_mean mean = {NAN, NAN};
    if (a->horizon > 0 && curve->cases) mean = survival_restricted_mean(curve, a->horizon);
    /* Where nobody was lost yet the limits of the curve are 1 and 1: nothing is known of them, not
     * everything. */
    double half = mean.error > 0 ? NORMAL_975 * mean.error : NAN;
    json_begin_object(w);
    json_name(w, STR("group"));
    if (group == UINT32_MAX)
        json_null(w);
    else
        json_string(w, a->groups->keys[group]);
    json_put_int(w, "lives", (int64_t)curve->cases);
    json_put_int(w, "ended", (int64_t)curve->events);
    json_put_number(w, "expected", test && group != UINT32_MAX ? test->groups[group].expected : NAN);
    json_put_number(w, "longest", curve->longest);
    json_put_number(w, "quarter", quarter.time);
    json_put_number(w, "quarter_low", quarter.low);
    json_put_number(w, "quarter_high", quarter.high);
    json_put_number(w, "median", median.time);
    json_put_number(w, "median_low", median.low);
    json_put_number(w, "median_high", median.high);
    json_put_number(w, "mean", mean.value);
    json_put_number(w, "mean_low", isnan(half) ? NAN : fmax(0, mean.value - half));
    json_put_number(w, "mean_high", mean.value + half);
    static const double years[] = {12, 24, 36};
    static const char *const names[][3] = {{"at_12", "at_12_low", "at_12_high"},
                                           {"at_24", "at_24_low", "at_24_high"},
                                           {"at_36", "at_36_low", "at_36_high"}};
    for (size_t y = 0; y < sizeof years / sizeof *years; y++) {
        const struct survival_step *step = survival_at(curve, years[y]);
        bool watched = curve->cases && curve->longest >= years[y],
             limited = watched && step && step->survival < 1;
        json_put_number(w, names[y][0], watched ? 100 * survival_share(curve, years[y]) : NAN);
        json_put_number(w, names[y][1], limited ? 100 * step->low : NAN);
        json_put_number(w, names[y][2], limited ? 100 * step->high : NAN);
    }
    put_steps(curve, w);
    json_end_object(w);
}

/* ---- the test of the groups ---- */

static void put_test(const struct answer *a, const struct logrank *test) {
    struct json_writer *w = a->w;
    json_name(w, STR("logrank"));
    if (!a->groups || a->groups->n < 2) {
        json_null(w);
        return;
    }
    bool said = test->df > 0, differ = said && test->p < 0.05;
    json_begin_object(w);
    json_put_number(w, "chi2", test->chi2);
    json_put_int(w, "df", (int64_t)test->df);
    json_put_number(w, "p", test->p);
    json_end_object(w);
    if (!said)
        put_both(
            w, "verdict", STR("Nothing ended: the groups cannot be told apart."),
            STR("هیچ دوره‌ای پایان نیافته است: گروه‌ها از هم بازشناخته نمی‌شوند."));
    else if (differ)
        put_both(
            w, "verdict",
            STR("The groups do not last equally long: differences like these would come by chance in fewer than "
                "1 of 20 cases."),
            STR("گروه‌ها به یک اندازه نمی‌مانند: چنین تفاوتی در کمتر از ۱ مورد از ۲۰ به اتفاق رخ می‌دهد."));
    else
        put_both(
            w, "verdict",
            STR("That the groups last equally long is not ruled out: differences like these come by chance."),
            STR("برابری ماندگاری گروه‌ها رد نمی‌شود: چنین تفاوت‌هایی به اتفاق هم رخ می‌دهد."));
}

static const struct text
    of_start =
        {"of the start of each watch, as could be known then",
         "هنگام آغاز مشاهدهٔ هر مشتری، آن‌گونه که همان هنگام دانسته بود"},
    of_now = {
        "of now, also for those who left: who changed counts by what it is now",
        "اکنون، برای رفتگان نیز: آن که عوض شده با مقدار کنونی شمرده می‌شود"};

static void put_words(const struct answer *a) {
    const struct text *when = a->now ? &of_now : &of_start;
    put_both(
        a->w, "definition",
        str_format(
            a->arena,
            "Share of customers still there, by months since they began (Kaplan–Meier; 95 %% limits on the log-log scale); "
            "hazard: the sum over months of lost ÷ at risk (Nelson–Aalen). Who has not left is counted for as long as it "
            "was watched, until a lapse would no longer be late (retention.grace_days ago); "
            "who was a customer before the data begins is at risk from that age on. Watched from month %lld "
            "on. Groups are those %s. Mean: months within the first %g. Groups are compared by the log-rank test.",
            (long long)a->asked->after, when->en, a->horizon),
        str_format(
            a->arena,
            "سهم مشتریانی که هنوز هستند، بر پایهٔ ماه‌های پس از آغاز (کاپلان–مایر؛ بازهٔ ۹۵٪ در مقیاس log-log)؛ "
            "خطر: مجموع ازدست‌رفته ÷ در معرض در ماه‌ها (نلسون–آلن). آن که نرفته است تا هر زمان که دیده شده شمرده "
            "می‌شود، تا جایی که پایان قرارداد دیگر دیرکرد نیست (retention.grace_days پیش)؛ آن که پیش از آغاز داده مشتری بوده از همان سن به بعد در معرض است. مشاهده از ماه %.*s. گروه‌ها با "
            "مقدار %s. میانگین: ماه‌ها در %.*s ماه نخست. گروه‌ها با آزمون لگ‌رنک سنجیده می‌شوند.",
            STR_ARG(persian_number(a->arena, (double)a->asked->after, 0)), when->fa,
            STR_ARG(persian_number(a->arena, a->horizon, 0))));
    if (!a->asked->lives.n)
        put_both(
            a->w, "note",
            STR("Nobody was watched: there is no customer with a subscription of that age here."),
            STR("هیچ‌کس مشاهده نشده است: در اینجا مشتری با اشتراک در این سن نیست."));
    else if (a->groups && a->groups->n == 1 && !a->groups->keys[0].n && !a->now)
        put_both(
            a->w, "note",
            STR("What they are split by was known of nobody at the start: it was brought in later. Ask for the groups of "
                "now (groups=now)."),
            STR("شاخص تفکیک هنگام آغاز برای هیچ‌کس دانسته نبود و بعد وارد شده است. گروه‌های اکنون را بخواهید (groups=now)."));
}

/* Values of the split for each life: at the start of its watch, or now. */
static enum status read_values(const struct request *request, const struct lives_asked *asked, bool now,
                               double *values, struct problem *problem) {
    const struct selector *selector = &asked->selector;
    struct arena scratch = {0};
    struct column column;
    if (!now)
        return lives_facts(request->house, selector->catalogue, &selector->split, 1, &asked->lives,
                           asked->selection.n, values, problem);
    enum status status =
        facts_evaluate(request->house->insight, selector->catalogue, &selector->split, 1,
                       &asked->spans.moment, 0, asked->selection.n, &scratch, &column, problem);
    for (size_t i = 0; !status && i < asked->lives.n; i++) {
        uint32_t account = asked->lives.account[i];
        values[i] = column.state[account] == FACT_KNOWN ? column.number[account] : NAN;
    }
    arena_free(&scratch);
    return status;
}

static enum status find_groups(const struct request *request, const struct lives_asked *asked, bool now,
                               struct life_groups *groups, struct problem *problem) {
    const struct selector *selector = &asked->selector;
    double *values = arena_array(request->arena, asked->lives.n + 1, sizeof *values);
    enum status status = read_values(request, asked, now, values, problem);
    return status ? status
                  : lives_group(catalogue_fact(selector->catalogue, selector->split), values, &asked->lives,
                                LEAST_LIVES, request->arena, groups, problem);
}

enum status survival_handle(struct request *request, struct response *response, struct problem *problem) {
    struct lives_asked asked;
    struct life_groups groups;
    struct logrank test = {0};
    static const char *const when[] = {"start", "now", NULL};
    int64_t horizon = 0;
    int now = 0;
    enum status status = request_lives(request, 0, &asked, problem);
    if (request_query_choice(request, "groups", when, &now, problem)) status = BAD_INPUT;
    if (request_query_int(request, "horizon", 1, HORIZON_MOST, &horizon, problem)) status = BAD_INPUT;
    bool split = !status && asked.selector.split != DICT_NONE;
    if (split) status = find_groups(request, &asked, now, &groups, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    struct answer a = {&asked, split ? &groups : NULL, now, (double)horizon, request->arena, &w};
    size_t n = split ? groups.n : 0;
    struct survival all, *curves = arena_array(request->arena, n + 1, sizeof *curves);
    fit(&a, UINT32_MAX, &all);
    for (uint32_t g = 0; g < n; g++)
        fit(&a, g, &curves[g]);
    if (!horizon) {
        a.horizon = all.longest;
        for (size_t g = 0; g < n; g++)
            a.horizon = fmin(a.horizon, curves[g].longest);
    }
    if (n > 1) logrank_test(asked.lives.cases, groups.of, NULL, asked.lives.n, n, request->arena, &test);
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    put_row(&a, UINT32_MAX, &all, NULL);
    for (uint32_t g = 0; g < n; g++)
        put_row(&a, g, &curves[g], n > 1 ? &test : NULL);
    json_end_array(&w);
    put_day(&w, "as_of", asked.spans.moment.day);
    json_put_int(&w, "after", asked.after);
    json_put_number(&w, "horizon", a.horizon);
    json_put_int(&w, "gone_before", (int64_t)asked.lives.gone);
    json_put_int(&w, "entered_late", (int64_t)asked.lives.late);
    json_put_int(&w, "in_small_groups", split ? (int64_t)groups.left_out : 0);
    json_put_int(&w, "unjudged", (int64_t)asked.selection.unjudged);
    put_test(&a, &test);
    put_words(&a);
    json_end_object(&w);
    return OK;
}
