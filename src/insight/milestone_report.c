/* Milestones as figures: progress, time in stages, who is stuck. */
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/history.h"
#include "insight/milestone.h"
#include "insight/selection.h"
#include "insight/span.h"
#include "statistics/survival.h"

#include <math.h>
#include <stdlib.h>

const struct route_query milestone_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"stage", "Only this stage."},
    SELECTION_QUERY,
    SPLIT_QUERY,
    {NULL, NULL},
};
const struct route_query milestone_stuck_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"stage", "Only this stage."},
    {"limit", "Most rows; 50 unless given."},
    {"cursor", "next_cursor of the page before."},
    SELECTION_QUERY,
    {NULL, NULL},
};

struct report {
    struct request *request;
    struct spans spans;
    struct selector selector;
    struct selection selection;
    struct milestone_steps steps;
    struct str stage;      /* p NULL: all */
    size_t rows, page_end; /* of pages: all rows, and the row behind the last of this one */
    struct json_writer w;
    enum language language;
};

static enum status begin(struct report *r, struct request *request, struct response *response,
                         struct problem *problem) {
    *r = (struct report){.request = request,
                         .stage = request_query(request, "stage"),
                         .w = {&response->body},
                         .language = request->language};
    enum status status = request_calendar(request, &r->spans, problem);
    if (!status) status = request_selector(request, &r->selector, problem);
    if (!status)
        status = selector_apply(&r->selector, &r->spans.moment, request->arena, &r->selection, problem);
    if (!status) status = milestones_judge(request->house, request->arena, &r->steps, problem);
    if (status) return status;
    json_begin_object(&r->w);
    json_name(&r->w, STR("data"));
    json_begin_array(&r->w);
    return OK;
}

static void end(struct report *r, struct str en, struct str fa) {
    json_end_array(&r->w);
    put_day(&r->w, "as_of", r->spans.moment.day);
    json_put_int(&r->w, "unjudged", (int64_t)r->selection.unjudged);
    put_page(&r->w, r->request->arena, r->page_end, r->rows);
    put_both(&r->w, "definition", en, fa);
    if (!r->steps.milestone_count)
        put_both(&r->w, "note",
                 STR("No milestone is defined yet: vafa milestones set DATA KEY --stage … --rule …."),
                 STR("هنوز نقطهٔ عطفی تعریف نشده است: vafa milestones set DATA KEY --stage … --rule …."));
    json_end_object(&r->w);
}

/* ---- as of the moment ---- */

/* The first day that does not count any more. */
static day_t behind(const struct report *r) {
    return r->spans.moment.day + r->spans.moment.now;
}

enum progress {
    STEP_REACHED,
    STEP_WAITING,
    STEP_LATE,
    STEP_MISSED /* left the stage without it */,
    STEP_UNKNOWN
};
static enum progress progress_of(const struct report *r, const struct milestone_step *step) {
    if (step->reached_on < behind(r)) return STEP_REACHED;
    if (!step->judged) return STEP_UNKNOWN;
    if (step->left_on < behind(r)) return STEP_MISSED;
    return step->due_on < r->spans.moment.day ? STEP_LATE : STEP_WAITING;
}

static bool counts(const struct report *r, uint32_t account, day_t entered_on, uint32_t group) {
    if (account >= r->selection.n || !r->selection.included[account] || entered_on >= behind(r)) return false;
    return group == GROUP_NONE || r->selection.group[account] == group;
}

static int32_t age(const struct report *r, day_t from, day_t to) {
    day_t until = to < behind(r) ? to : r->spans.moment.day;
    return until > from ? until - from : 0;
}

static void put_quartiles(struct report *r, struct survival_case *cases, size_t n) {
    static const double shares[] = {0.25, 0.5, 0.75};
    static const char *const names[][3] = {
        {"p25", "p25_low", "p25_high"}, {"p50", "p50_low", "p50_high"}, {"p75", "p75_low", "p75_high"}};
    struct survival curve;
    survival_fit(cases, n, r->request->arena, &curve);
    for (size_t q = 0; q < COUNT(shares); q++) {
        struct survival_quantile quantile = survival_quantile(&curve, shares[q]);
        bool none = isnan(quantile.time);
        json_put_number(&r->w, names[q][0], quantile.time); /* NAN is null */
        json_put_number(&r->w, names[q][1], none ? NAN : quantile.low);
        json_put_number(&r->w, names[q][2], none ? NAN : quantile.high);
    }
}

static void put_group(struct report *r, uint32_t group) {
    json_name(&r->w, STR("group"));
    if (group != GROUP_NONE)
        json_string(&r->w, r->selection.groups[group].key);
    else
        json_null(&r->w);
}

static struct str title_of(const struct report *r, const struct milestone *milestone) {
    return r->language == PERSIAN && milestone->title_fa.n ? milestone->title_fa : milestone->title_en;
}

/* ---- progress ---- */

static void write_progress(struct report *r, uint32_t m, uint32_t group) {
    const struct milestone *milestone = &r->steps.milestones[m];
    struct survival_case *cases = memory_new((r->steps.n + 1) * sizeof *cases);
    int64_t n[STEP_UNKNOWN + 1] = {0}, entered = 0, in_time = 0, due = 0;
    for (size_t i = 0; i < r->steps.n; i++) {
        const struct milestone_step *step = &r->steps.v[i];
        if (step->milestone != m || !counts(r, step->account, step->entered_on, group)) continue;
        enum progress progress = progress_of(r, step);
        n[progress]++;
        if (progress == STEP_UNKNOWN) continue;
        bool reached = progress == STEP_REACHED, early = reached && step->reached_on <= step->due_on;
        cases[entered++] = (struct survival_case){
            -INFINITY,
            reached ? step->reached_on - step->entered_on : age(r, step->entered_on, step->left_on), reached};
        in_time += early;
        due += early || step->due_on < r->spans.moment.day; /* it is settled whether it was in time */
    }
    json_begin_object(&r->w);
    json_put_string(&r->w, "stage", milestone->stage);
    json_put_string(&r->w, "milestone", milestone->key);
    json_put_string(&r->w, "title", title_of(r, milestone));
    put_group(r, group);
    json_put_int(&r->w, "due_days", milestone->due_days);
    json_put_int(&r->w, "entered", entered);
    json_put_int(&r->w, "reached", n[STEP_REACHED]);
    json_put_int(&r->w, "waiting", n[STEP_WAITING]);
    json_put_int(&r->w, "late", n[STEP_LATE]);
    json_put_int(&r->w, "missed", n[STEP_MISSED]);
    json_put_int(&r->w, "unknown", n[STEP_UNKNOWN]);
    json_put_number(&r->w, "in_time", due ? 100 * (double)in_time / (double)due : NAN);
    put_quartiles(r, cases, (size_t)entered);
    free(cases);
    json_end_object(&r->w);
}

enum status milestone_handle_progress(struct request *request, struct response *response,
                                      struct problem *problem) {
    struct report r;
    enum status status = begin(&r, request, response, problem);
    if (status) return status;
    for (uint32_t m = 0; m < r.steps.milestone_count; m++) {
        if (r.stage.p && !str_equal(r.stage, r.steps.milestones[m].stage)) continue;
        write_progress(&r, m, GROUP_NONE);
        for (size_t g = 0; r.selection.group && g < r.selection.group_count; g++)
            write_progress(&r, m, (uint32_t)g);
    }
    end(&r,
        STR("A milestone is reached on the first day of the stay at whose end its rule holds. Days by Kaplan–Meier: who "
            "waits, or left the stage without it, is censored. In time: reached by its due day, of those settled. Unknown: on "
            "no day could the rule be judged; left out of all else."),
        STR("نقطهٔ عطف در نخستین روزی از ماندن در مرحله به دست می‌آید که قاعده در پایان آن برقرار باشد. روزها به روش "
            "کاپلان–مایر: آن که منتظر است یا بدون آن از مرحله رفته، سانسورشده است. به‌موقع: تا روز مهلت، از آن‌ها که "
            "معلوم شده‌اند. نامعلوم: قاعده در هیچ روزی سنجیدنی نبوده؛ در بقیه شمرده نمی‌شود."));
    return OK;
}

/* ---- stages ---- */

struct stay {
    uint32_t account;
    struct stage_stay stay;
};
struct stays {
    struct stay *v;
    size_t n;
    struct str *stages; /* in the order of their milestones, then of their names */
    size_t stage_count;
};

static int by_name(const void *a, const void *b) {
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void note_stage(struct stays *stays, struct str stage) {
    for (size_t i = 0; i < stays->stage_count; i++)
        if (str_equal(stays->stages[i], stage)) return;
    stays->stages[stays->stage_count++] = stage;
}

static void gather_stays(struct report *r, struct stays *ret) {
    struct insight *insight = r->request->house->insight;
    struct arena *arena = r->request->arena;
    VEC(struct stay) list = {0};
    pthread_rwlock_rdlock(&insight->lock);
    for (uint32_t a = 0; a < r->selection.n; a++) {
        struct stage_stay *own;
        if (!r->selection.included[a]) continue;
        size_t n = stage_stays(insight, a, &r->spans.moment, arena, &own);
        for (size_t s = 0; s < n; s++)
            if (!r->stage.p || str_equal(r->stage, own[s].stage)) VEC_PUSH(&list, (struct stay){a, own[s]});
    }
    pthread_rwlock_unlock(&insight->lock);
    *ret = (struct stays){.v = arena_copy(arena, list.v, list.n * sizeof *list.v), .n = list.n};
    VEC_FREE(&list);
    ret->stages = arena_array(arena, ret->n + 1, sizeof *ret->stages);
    for (size_t i = 0; i < ret->n; i++)
        note_stage(ret, ret->v[i].stay.stage);
    if (ret->stage_count) qsort(ret->stages, ret->stage_count, sizeof *ret->stages, by_name);
}

static bool is_late(const struct report *r, const struct stay *stay) {
    size_t from = 0, to = r->steps.n;
    while (from < to) { /* the first step of the account */
        size_t middle = from + (to - from) / 2;
        if (r->steps.v[middle].account < stay->account)
            from = middle + 1;
        else
            to = middle;
    }
    for (size_t i = from; i < r->steps.n && r->steps.v[i].account == stay->account; i++) {
        const struct milestone_step *step = &r->steps.v[i];
        if (step->entered_on == stay->stay.entered_on &&
            str_equal(r->steps.milestones[step->milestone].stage, stay->stay.stage) &&
            progress_of(r, step) == STEP_LATE)
            return true;
    }
    return false;
}

static void write_stage(struct report *r, const struct stays *stays, struct str stage, uint32_t group) {
    struct survival_case *cases = memory_new((stays->n + 1) * sizeof *cases);
    int64_t n = 0, moved = 0, lost = 0, here = 0, late = 0, longest = 0;
    for (size_t i = 0; i < stays->n; i++) {
        const struct stay *one = &stays->v[i];
        if (!str_equal(one->stay.stage, stage) || !counts(r, one->account, one->stay.entered_on, group))
            continue;
        int32_t days = age(r, one->stay.entered_on, one->stay.left_on);
        bool left = one->stay.left_on < behind(r);
        cases[n++] = (struct survival_case){-INFINITY, days, left && !one->stay.lost};
        moved += left && !one->stay.lost;
        lost += left && one->stay.lost;
        if (left) continue;
        here++;
        late += is_late(r, one);
        if (days > longest) longest = days;
    }
    json_begin_object(&r->w);
    json_put_string(&r->w, "stage", stage);
    put_group(r, group);
    json_put_int(&r->w, "stays", n);
    json_put_int(&r->w, "moved_on", moved);
    json_put_int(&r->w, "lost", lost);
    json_put_int(&r->w, "here", here);
    json_put_int(&r->w, "late", late);
    json_put_int(&r->w, "longest_days", longest);
    put_quartiles(r, cases, (size_t)n);
    free(cases);
    json_end_object(&r->w);
}

enum status milestone_handle_stages(struct request *request, struct response *response,
                                    struct problem *problem) {
    struct report r;
    struct stays stays;
    enum status status = begin(&r, request, response, problem);
    if (status) return status;
    gather_stays(&r, &stays);
    for (size_t s = 0; s < stays.stage_count; s++) {
        write_stage(&r, &stays, stays.stages[s], GROUP_NONE);
        for (size_t g = 0; r.selection.group && g < r.selection.group_count; g++)
            write_stage(&r, &stays, stays.stages[s], (uint32_t)g);
    }
    end(&r,
        STR("Days from entering a stage to moving on, by Kaplan–Meier: who is still in it, or was lost in it, is censored. "
            "Late: still in it, with a milestone beyond its due day."),
        STR("روزها از ورود به مرحله تا گذر از آن، به روش کاپلان–مایر: آن که هنوز در آن است یا در آن از دست رفته، "
            "سانسورشده است. دیرکرده: هنوز در آن، با نقطهٔ عطفی گذشته از مهلت."));
    return OK;
}

/* ---- stuck ---- */

struct stuck {
    const struct milestone_step *latest; /* the milestone it is late with longest */
    int64_t late;                        /* how many it is late with */
};

static int latest_first(const void *a, const void *b) {
    const struct stuck *x = a, *y = b;
    if (x->latest->due_on != y->latest->due_on) return x->latest->due_on < y->latest->due_on ? -1 : 1;
    return x->latest->account < y->latest->account ? -1 : x->latest->account > y->latest->account;
}

enum status milestone_handle_stuck(struct request *request, struct response *response,
                                   struct problem *problem) {
    enum { UNLESS_TOLD = 50 };
    struct report r;
    struct figure_page page;
    enum status status = request_page(request, UNLESS_TOLD, &page, problem);
    if (!status) status = begin(&r, request, response, problem);
    if (status) return status;
    struct stuck *list = arena_array(request->arena, r.steps.n + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < r.steps.n; i++) { /* by account */
        const struct milestone_step *step = &r.steps.v[i];
        const struct milestone *milestone = &r.steps.milestones[step->milestone];
        if (!counts(&r, step->account, step->entered_on, GROUP_NONE) || progress_of(&r, step) != STEP_LATE ||
            (r.stage.p && !str_equal(r.stage, milestone->stage)))
            continue;
        if (!n || list[n - 1].latest->account != step->account) list[n++] = (struct stuck){step, 0};
        list[n - 1].late++;
        if (step->due_on < list[n - 1].latest->due_on) list[n - 1].latest = step;
    }
    if (n) qsort(list, n, sizeof *list, latest_first);
    size_t last = figure_page_end(&page, n);
    struct directory *directory = request->house->directory;
    directory_lock(directory);
    for (size_t i = (size_t)page.first; i < last; i++) {
        const struct milestone_step *step = list[i].latest;
        const struct milestone *milestone = &r.steps.milestones[step->milestone];
        const struct directory_account *account = directory_account(directory, step->account);
        json_begin_object(&r.w);
        json_put_string(&r.w, "account", account->key);
        json_put_string(&r.w, "name", account->name);
        json_put_string(&r.w, "stage", milestone->stage);
        put_day(&r.w, "entered_on", step->entered_on);
        json_put_int(&r.w, "days_in_stage", age(&r, step->entered_on, step->left_on));
        json_put_string(&r.w, "milestone", milestone->key);
        json_put_string(&r.w, "title", title_of(&r, milestone));
        put_day(&r.w, "due_on", step->due_on);
        json_put_int(&r.w, "days_late", r.spans.moment.day - step->due_on);
        json_put_int(&r.w, "late", list[i].late);
        json_end_object(&r.w);
    }
    directory_unlock(directory);
    r.rows = n;
    r.page_end = last;
    end(&r,
        STR("Accounts still in a stage with a milestone beyond its due day; of several the one longest due."),
        STR("مشتریانی که هنوز در مرحله‌اند و نقطهٔ عطفی گذشته از مهلت دارند؛ از چند نقطه، آن که مهلتش زودتر گذشته."));
    return OK;
}

/* ---- one account ---- */

enum status milestone_handle_account(struct request *request, struct response *response,
                                     struct problem *problem) {
    static const char *const states[] = {"reached", "waiting", "late", "missed", "unknown"};
    struct id id;
    struct report r = {.request = request, .w = {&response->body}, .language = request->language};
    r.spans.moment = moment_now(request->house->insight);
    enum status status = request_account(request, &id, problem);
    if (!status) status = milestones_judge_account(request->house, id, request->arena, &r.steps, problem);
    if (status) return status;
    json_begin_object(&r.w);
    json_name(&r.w, STR("data"));
    json_begin_array(&r.w);
    for (size_t i = 0; i < r.steps.n; i++) {
        const struct milestone_step *step = &r.steps.v[i];
        const struct milestone *milestone = &r.steps.milestones[step->milestone];
        json_begin_object(&r.w);
        json_put_string(&r.w, "stage", milestone->stage);
        put_day(&r.w, "entered_on", step->entered_on);
        put_day(&r.w, "left_on", step->left_on);
        json_put_string(&r.w, "milestone", milestone->key);
        json_put_string(&r.w, "title", title_of(&r, milestone));
        put_day(&r.w, "due_on", step->due_on);
        put_day(&r.w, "reached_on", step->reached_on);
        json_put_string(&r.w, "state", str_of(states[progress_of(&r, step)]));
        json_end_object(&r.w);
    }
    json_end_array(&r.w);
    json_end_object(&r.w);
    return OK;
}
