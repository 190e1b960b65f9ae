#include "predict/forecast.h"

#include "customers/directory.h"
#include "insight/history.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

const char *const renewal_stage_names[RENEWAL_STAGES + 1] = {"open",    "signed", "cancelled", "late",
                                                             "renewed", "lost",   NULL};
const char *const forecast_category_names[FORECAST_CATEGORIES + 1] = {"commit", "best_case", "omitted", NULL};
const char *const forecast_need_names[FORECAST_NEEDS + 1] = {"call", "decision", "plan", "plan_overdue",
                                                             NULL};
const struct text forecast_need_titles[FORECAST_NEEDS] = {
    {"It has no call yet", "هنوز نظری برای آن ثبت نشده است"},
    {"The call and the model differ, and nothing was decided",
     "نظر و مدل ناهمخوان‌اند و تصمیمی ثبت نشده است"},
    {"It is at risk and has no plan", "در خطر است و برنامه‌ای ندارد"},
    {"The day of its plan is over", "مهلت برنامه‌اش گذشته است"},
};

/* ---- lines of the ledger ---- */

struct gathering {
    struct house *house;
    const struct forecast_query *query;
    const struct books *books;
    const struct dict *products;
    day_t today;
    VEC(struct forecast_line) lines;
    uint32_t account;  /* that is read */
    VEC(size_t) ahead; /* its lines of the ledger that have a renewal ahead already */
};

/* Whether it is the first renewal ahead of a line of the ledger. */
static bool is_next(struct gathering *g, uint32_t account, size_t line) {
    if (account != g->account) g->ahead.n = 0;
    g->account = account;
    for (size_t i = 0; i < g->ahead.n; i++)
        if (g->ahead.v[i] == line) return false;
    VEC_PUSH(&g->ahead, line);
    return true;
}

static enum renewal_stage stage_of(const struct gathering *g, const struct ledger_due *due,
                                   const struct renewal_outcome *outcome) {
    if (due->day <= g->today)
        return outcome->kept > 0 ? STAGE_RENEWED : outcome->in_grace ? STAGE_LATE : STAGE_LOST;
    if (due->cancelled) return STAGE_CANCELLED;
    return !due->renews && outcome->kept > 0 ? STAGE_SIGNED : STAGE_OPEN;
}

static void take_due(void *self, const struct renewal_outcome *outcome) {
    struct gathering *g = self;
    const struct ledger_due *due = &g->books->ledger.dues.v[outcome->due];
    const struct ledger_line *line = &g->books->ledger.lines.v[due->line];
    if (due->day > g->today && !is_next(g, outcome->account, due->line)) return;
    struct forecast_line one = {
        .account = outcome->account,
        .product = line->product == NO_TEXT ? STR("") : dict_key(g->products, line->product),
        .currency = line->currency == NO_TEXT ? STR("") : dict_key(&g->books->currencies, line->currency),
        .due_on = due->day,
        .days_left = due->day - g->today,
        .period = outcome->period,
        .own_amount = due->arr,
        .stage = (int32_t)stage_of(g, due, outcome),
        .kept = NAN};
    if (one.stage != STAGE_OPEN && one.stage != STAGE_LATE)
        one.kept = one.stage == STAGE_CANCELLED ? 0 : (double)outcome->kept / (double)outcome->target;
    for (size_t i = g->lines.n; i-- > 0 && g->lines.v[i].account == one.account;) {
        struct forecast_line *same = &g->lines.v[i]; /* of another account that was merged into this one */
        if (same->due_on != one.due_on || !str_equal(same->product, one.product) ||
            !str_equal(same->currency, one.currency))
            continue;
        same->kept = (same->kept * (double)same->own_amount + one.kept * (double)one.own_amount) /
                     (double)(same->own_amount + one.own_amount);
        same->own_amount += one.own_amount;
        if (one.stage < same->stage) same->stage = one.stage;
        return;
    }
    VEC_PUSH(&g->lines, one);
}

static int by_day(const void *a, const void *b) {
    const struct forecast_line *x = a, *y = b;
    if (x->due_on != y->due_on) return x->due_on < y->due_on ? -1 : 1;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    int order = str_compare(x->product, y->product);
    return order ? order : str_compare(x->currency, y->currency);
}

static int by_name(const void *a, const void *b) {
    return by_day(*(const struct forecast_line *const *)a, *(const struct forecast_line *const *)b);
}

static void convert(const struct gathering *g, struct forecast_line *line) {
    day_t day = line->due_on < g->today ? line->due_on : g->today;
    const struct rates *rates = &g->books->rates;
    int64_t amount;
    if (!rates->base[0] || str_is(line->currency, rates->base))
        line->amount = (double)line->own_amount;
    else
        line->amount =
            rate_convert(rates_at(rates, line->currency, day, INT64_MAX), line->own_amount, &amount)
                ? (double)amount
                : NAN;
}

static void name_accounts(struct house *house, struct forecast *forecast, struct arena *arena) {
    directory_lock(house->directory);
    for (size_t i = 0; i < forecast->n; i++) {
        struct forecast_line *line = &forecast->lines[i];
        const struct directory_account *account = directory_account(house->directory, line->account);
        line->account_id = account->id;
        line->key = str_copy(arena, account->key);
        line->name = str_copy(arena, account->name);
        line->owner = account->owner;
        line->owner_name = str_copy(arena, account->owner_name);
    }
    directory_unlock(house->directory);
}

static enum status gather_lines(struct house *house, const struct forecast_query *query, struct arena *arena,
                                struct forecast *ret, struct problem *problem) {
    struct insight *insight = house->insight;
    struct ledger_settings settings = books_settings(house->settings);
    struct moment moment = moment_now(insight);
    struct books books;
    struct gathering g = {.house = house, .query = query, .books = &books, .today = moment.day};
    books_read_some(insight, &settings, query->included, query->included_n, moment.known_at,
                    query->periods[query->count - 1].to, &books);
    books.query.periods = query->periods;
    books.query.count = query->count;
    books.query.seen_on = moment.day;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *subscriptions = insight_table(insight, "subscriptions");
    g.products = &subscriptions->texts[signal_text(subscriptions->source, STR("product"))];
    enum status status = retention_renewals(&books.ledger, &books.query, take_due, &g, problem);
    for (size_t i = 0; i < g.lines.n; i++) {
        g.lines.v[i].product = str_copy(arena, g.lines.v[i].product);
        g.lines.v[i].currency = str_copy(arena, g.lines.v[i].currency);
        convert(&g, &g.lines.v[i]);
    }
    pthread_rwlock_unlock(&insight->lock);
    if (g.lines.n) qsort(g.lines.v, g.lines.n, sizeof *g.lines.v, by_day);
    *ret = (struct forecast){.lines = arena_copy(arena, g.lines.v, g.lines.n * sizeof *g.lines.v),
                             .n = g.lines.n,
                             .today = moment.day,
                             .decided = moment.day - settings.grace_days};
    VEC_FREE(&g.lines);
    VEC_FREE(&g.ahead);
    books_close(&books);
    return status;
}

/* ---- what was said ---- */

struct forecast_line *forecast_find(const struct house *house, const struct forecast *forecast,
                                    struct id account, struct str product, struct str currency,
                                    day_t due_on) {
    directory_lock(house->directory);
    uint32_t index = directory_by_id(house->directory, account);
    if (index != ACCOUNT_NONE) index = directory_root(house->directory, index);
    directory_unlock(house->directory);
    struct forecast_line like = {
        .account = index, .product = product, .currency = currency, .due_on = due_on};
    const struct forecast_line *key = &like;
    struct forecast_line **found =
        forecast->n ? bsearch(&key, forecast->index, forecast->n, sizeof *forecast->index, by_name) : NULL;
    return found ? *found : NULL;
}

static void attach(const struct house *house, struct forecast *forecast) {
    const struct renewal_words *words = &forecast->words;
    struct forecast_line *line;
    for (size_t i = 0; i < words->call_n; i++) {
        const struct renewal_call *call = &words->calls[i];
        line = forecast_find(house, forecast, call->account, call->product, call->currency, call->due_on);
        if (line) line->call = call;
    }
    for (size_t i = 0; i < words->note_n; i++) {
        const struct renewal_note *note = &words->notes[i];
        line = forecast_find(house, forecast, note->account, note->product, note->currency, note->due_on);
        if (line && note->kind == NOTE_PLAN) line->plan = note;
        if (line && note->kind == NOTE_DECISION) line->decision = note;
    }
}

static bool has(const void *record, const struct record_type *type, const char *field) {
    return field_has(record, field_index(type, str_of(field)));
}

static bool has_chance(const struct renewal_call *call) {
    return call->call != CALL_CHURN && has(call, &renewal_call_type, "chance");
}

double forecast_called_share(const struct renewal_call *call, int64_t own_amount) {
    double share = 1;
    if (call->call == CALL_CONTRACTION && own_amount > 0) share = (double)call->amount / (double)own_amount;
    if (share > 1) share = 1;
    if (has_chance(call)) return share * (double)call->chance / 100;
    return call->call == CALL_AT_RISK ? 0.5 : call->call == CALL_CHURN ? 0 : share;
}

/* ---- what follows ---- */

static bool is_certain(const struct forecast_line *line) {
    return line->stage != STAGE_OPEN && line->stage != STAGE_LATE;
}

static enum forecast_category category_of(const struct forecast *forecast, const struct forecast_line *line) {
    const struct renewal_call *call = line->call;
    if (is_certain(line)) return line->kept > 0 ? FORECAST_COMMIT : FORECAST_OMITTED;
    if (!call) {
        if (100 * line->model.probability >= (double)forecast->confidence) return FORECAST_COMMIT;
        return line->model.probability >= 0.5 ? FORECAST_BEST_CASE : FORECAST_OMITTED;
    }
    if (call->call == CALL_CHURN) return FORECAST_OMITTED;
    bool sure = !has_chance(call) || call->chance >= forecast->confidence;
    return call->call != CALL_AT_RISK && sure ? FORECAST_COMMIT : FORECAST_BEST_CASE;
}

static double chance_of(const struct forecast_line *line) {
    if (is_certain(line)) return line->kept > 0;
    if (line->call && has_chance(line->call)) return (double)line->call->chance / 100;
    return line->call && line->call->call == CALL_CHURN ? 0 : line->model.probability;
}

static void set_amounts(struct forecast_line *line) {
    line->retained = line->amount;
    line->expansion = 0;
    if (isnan(line->amount)) {
        line->expansion = NAN;
    } else if (is_certain(line)) {
        line->retained = line->amount * line->kept;
    } else if (line->call && line->own_amount > 0 && has(line->call, &renewal_call_type, "amount")) {
        double share = (double)line->call->amount / (double)line->own_amount;
        if (line->call->call == CALL_CONTRACTION) line->retained = line->amount * (share < 1 ? share : 1);
        if (line->call->call == CALL_EXPANSION && share > 1) line->expansion = line->amount * (share - 1);
    }
}

static double called_percent(const struct renewal_call *call) {
    if (has_chance(call)) return (double)call->chance;
    return call->call == CALL_AT_RISK ? 50 : call->call == CALL_CHURN ? 0 : 100;
}

static unsigned needs_of(const struct house *house, const struct forecast *forecast,
                         const struct forecast_line *line) {
    const struct renewal_call *call = line->call;
    const int64_t *at = forecast->checkpoints;
    unsigned needs = 0;
    if (is_certain(line)) return 0;
    bool reached = line->days_left <= at[0];
    day_t checkpoint = line->due_on - (day_t)(line->days_left <= at[1] ? at[1] : at[0]);
    if (reached && !call) needs |= NEED_CALL;
    if (reached && call &&
        fabs(called_percent(call) - 100 * line->model.probability) >= (double)forecast->disagreement) {
        const struct renewal_note *decision = line->decision;
        bool settled = decision && decision->written_at >= call->made_at &&
                       zone_day(house->zone, decision->written_at) >= checkpoint;
        if (!settled) needs |= NEED_DECISION;
    }
    bool risk = call ? call->call == CALL_AT_RISK : reached && line->model.probability < 0.5;
    if (risk && !line->plan) needs |= NEED_PLAN;
    if (risk && line->plan && line->plan->until < forecast->today) needs |= NEED_PLAN_OVERDUE;
    return needs;
}

enum status forecast_gather(struct house *house, const struct forecast_query *query, struct arena *arena,
                            struct forecast *ret, struct problem *problem) {
    struct session *session = NULL;
    struct settings *settings = house->settings;
    enum status status = gather_lines(house, query, arena, ret, problem);
    if (status) return status;
    ret->confidence = settings_int(settings, SETTING_FORECAST_CONFIDENCE);
    ret->disagreement = settings_int(settings, SETTING_FORECAST_DISAGREEMENT);
    ret->checkpoints[0] = settings_int(settings, SETTING_FORECAST_FIRST_CHECKPOINT);
    ret->checkpoints[1] = settings_int(settings, SETTING_FORECAST_SECOND_CHECKPOINT);
    if (ret->checkpoints[0] < ret->checkpoints[1]) {
        int64_t later = ret->checkpoints[0];
        ret->checkpoints[0] = ret->checkpoints[1];
        ret->checkpoints[1] = later;
    }
    ret->index = arena_array(arena, ret->n + 1, sizeof *ret->index);
    for (size_t i = 0; i < ret->n; i++)
        ret->index[i] = &ret->lines[i];
    name_accounts(house, ret, arena);
    status = records_read(house->records, &session, problem);
    if (!status) status = renewal_words_read(session, query, arena, &ret->words, problem);
    session_rollback(session);
    if (!status) status = chances_read(house, arena, &ret->chances, problem);
    if (status) return status;
    attach(house, ret);
    for (size_t i = 0; i < ret->n; i++) {
        struct forecast_line *line = &ret->lines[i];
        line->judged = house->health && health_live_read(house->health, line->account, &line->live);
        line->model = chance_of_renewal(&ret->chances, line->account);
        line->category = (int32_t)category_of(ret, line);
        line->chance = chance_of(line);
        line->needs = needs_of(house, ret, line);
        set_amounts(line);
    }
    return OK;
}
