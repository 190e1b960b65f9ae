/* Answers and invitations of a span, as counts by group. */
#include "insight/satisfaction.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "platform/records.h"
#include "queries.h"

#include <math.h>

static const char *const kind_names[] = {[ANSWER_NPS] = "nps", [ANSWER_CSAT] = "csat", [ANSWER_CES] = "ces"};

struct reading {
    const struct satisfaction_ask *ask;
    struct insight *insight;
    struct session *session;
    struct selection selection;
    instant_t from, to;
    struct arena *arena;
    VEC(struct satisfaction_answer) later; /* behind the span: replies to its invitations */
};

static void bind(const struct reading *r, struct rows *rows, instant_t to) {
    rows_bind_text(rows, "kind", str_of(kind_names[r->ask->method.kind]));
    rows_bind_int(rows, "from", r->from);
    rows_bind_int(rows, "to", to);
    rows_bind_int(rows, "known_at", r->ask->spans->moment.known_at);
}

/* The account of a row; ACCOUNT_NONE where it is not selected. */
static uint32_t account_of(const struct reading *r, struct rows *rows) {
    struct directory *directory = r->insight->parts.directory;
    directory_lock(directory); /* for the moment, not while the records are read */
    uint32_t account = directory_by_id(directory, rows_id(rows, 0));
    directory_unlock(directory);
    return account < r->selection.n && r->selection.included[account] ? account : ACCOUNT_NONE;
}

static enum status read_answers(struct reading *r, struct satisfaction_waves *waves,
                                struct problem *problem) {
    const struct satisfaction_method *method = &r->ask->method;
    instant_t until = r->to + r->ask->answer_days * (instant_t)DAY_MS;
    if (until > r->ask->spans->moment.at) until = r->ask->spans->moment.at + r->ask->spans->moment.now;
    if (until < r->to) until = r->to;
    VEC(struct satisfaction_answer) list = {0};
    struct rows *rows = rows_open(r->session, &query_satisfaction_answers);
    bind(r, rows, until);
    while (rows_next(rows)) {
        struct satisfaction_answer answer = {.account = account_of(r, rows),
                                             .at = rows_int(rows, 2),
                                             .score = rows_number(rows, 3),
                                             .id = rows_id(rows, 6),
                                             .counts = true};
        if (answer.account == ACCOUNT_NONE) continue;
        if (!rows_is_null(rows, 1)) answer.person = rows_id(rows, 1);
        if (answer.at >= r->to) {
            VEC_PUSH(&r->later, answer);
            continue;
        }
        if (rows_number(rows, 4) != method->scale_min || rows_number(rows, 5) != method->scale_max) {
            waves->other_scales++;
            VEC_PUSH(&r->later, answer); /* of another scale, but a reply */
            continue;
        }
        if (!rows_is_null(rows, 7)) answer.comment = rows_text(rows, 7, r->arena);
        VEC_PUSH(&list, answer);
    }
    waves->answer_count = list.n;
    waves->answers = arena_copy(r->arena, list.v, list.n * sizeof *list.v);
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

/* Who at which account: the key under which an answer is found again. */
struct respondent {
    struct id person;
    uint32_t account;
};
static struct str respondent_key(struct respondent *who, uint32_t account, struct id person) {
    memset(who, 0, sizeof *who);
    who->person = person;
    who->account = account;
    return (struct str){(const char *)who, sizeof *who};
}

static void leave_last_of_each_person(struct satisfaction_waves *waves) {
    struct dict seen = {0};
    for (size_t i = waves->answer_count; i-- > 0;) {
        struct satisfaction_answer *answer = &waves->answers[i];
        struct respondent who;
        bool first = true;
        if (id_is_none(answer->person)) continue;
        dict_put(&seen, respondent_key(&who, answer->account, answer->person), &first);
        answer->counts = first;
    }
    dict_free(&seen);
}

static uint32_t group_of(const struct reading *r, uint32_t account) {
    return r->selection.group ? r->selection.group[account] : 0;
}

/* ---- response ---- */

/* When each respondent (person none: anybody of the account) answered, newest first. */
struct reply {
    instant_t at;
    uint32_t next; /* UINT32_MAX at the end */
};
struct replies {
    struct dict who;
    VEC(struct reply) chain;
    VEC(uint32_t) newest; /* by number of who */
};

static void put_reply(struct replies *replies, uint32_t account, struct id person, instant_t at) {
    struct respondent who;
    bool absent = false;
    uint32_t number = dict_put(&replies->who, respondent_key(&who, account, person), &absent),
             before = absent ? UINT32_MAX : replies->newest.v[number];
    if (absent) VEC_PUSH(&replies->newest, UINT32_MAX);
    VEC_PUSH(&replies->chain, (struct reply){at, before});
    replies->newest.v[number] = (uint32_t)replies->chain.n - 1;
}

static void put_replies(struct replies *replies, const struct satisfaction_answer *answers, size_t n) {
    for (size_t i = 0; i < n; i++) {
        put_reply(replies, answers[i].account, (struct id){0}, answers[i].at);
        if (!id_is_none(answers[i].person))
            put_reply(replies, answers[i].account, answers[i].person, answers[i].at);
    }
}

static bool replied(const struct replies *replies, uint32_t account, struct id person, instant_t sent,
                    instant_t until) {
    struct respondent who;
    uint32_t number = dict_find(&replies->who, respondent_key(&who, account, person));
    if (number == DICT_NONE) return false;
    for (uint32_t i = replies->newest.v[number]; i != UINT32_MAX; i = replies->chain.v[i].next)
        if (replies->chain.v[i].at >= sent && replies->chain.v[i].at < until) return true;
    return false;
}

static enum status read_invitations(struct reading *r, struct satisfaction_waves *waves,
                                    struct problem *problem) {
    struct replies replies = {0};
    put_replies(&replies, waves->answers, waves->answer_count);
    put_replies(&replies, r->later.v, r->later.n);
    struct rows *rows = rows_open(r->session, &query_satisfaction_invitations);
    bind(r, rows, r->to);
    while (rows_next(rows)) {
        uint32_t account = account_of(r, rows);
        if (account == ACCOUNT_NONE) continue;
        struct id person = {0};
        instant_t sent = rows_int(rows, 2);
        if (!rows_is_null(rows, 1)) person = rows_id(rows, 1);
        struct satisfaction_wave *wave = &waves->v[group_of(r, account)];
        wave->invited++;
        wave->replied +=
            replied(&replies, account, person, sent, sent + r->ask->answer_days * (instant_t)DAY_MS);
    }
    dict_free(&replies.who);
    VEC_FREE(&replies.chain);
    VEC_FREE(&replies.newest);
    return rows_close(rows, problem);
}

static enum status count_contacts(struct reading *r, struct satisfaction_waves *waves,
                                  struct problem *problem) {
    struct rows *rows = rows_open(r->session, &query_satisfaction_contacts);
    rows_bind_int(rows, "from", r->from);
    rows_bind_int(rows, "to", r->to);
    while (rows_next(rows)) {
        uint32_t account = account_of(r, rows);
        if (account != ACCOUNT_NONE) waves->v[group_of(r, account)].population++;
    }
    return rows_close(rows, problem);
}

/* ---- weights ---- */

/* ARR at the start of the span, else at its end; NAN where it is not known or nothing. */
static enum status read_arr(const struct reading *r, const struct span *span, double **ret,
                            struct problem *problem) {
    const struct catalogue *catalogue = r->ask->selector->catalogue;
    uint32_t arr = catalogue_find(catalogue, STR("arr"));
    struct moment ends[2] = {moment_of_day(r->insight, span->from),
                             span_end(r->insight, r->ask->spans, span)};
    ends[0].known_at = ends[1].known_at;
    ends[0].known_day = ends[1].known_day;
    double *weights = arena_array(r->arena, r->selection.n + 1, sizeof *weights);
    for (size_t i = 0; i < r->selection.n; i++)
        weights[i] = NAN;
    for (int end = 0; end < 2; end++) {
        struct column column;
        enum status status = facts_evaluate(r->insight, catalogue, &arr, 1, &ends[end], 0, r->selection.n,
                                            r->arena, &column, problem);
        if (status) return status;
        for (size_t i = 0; i < r->selection.n; i++)
            if (isnan(weights[i]) && column.state[i] == FACT_KNOWN && column.number[i] > 0)
                weights[i] = column.number[i];
    }
    *ret = weights;
    return OK;
}

static int by_account(const void *a, const void *b) {
    const struct satisfaction_answer *x = a, *y = b;
    return x->account < y->account ? -1 : x->account > y->account;
}

static void weigh(const struct reading *r, struct satisfaction_waves *waves, const double *weights) {
    const struct satisfaction_method *method = &r->ask->method;
    struct satisfaction_answer *sorted =
        arena_copy(r->arena, waves->answers, waves->answer_count * sizeof *sorted);
    double *all = arena_array(r->arena, waves->n + 1, sizeof *all),
           *heard = arena_array(r->arena, waves->n + 1, sizeof *heard),
           *sums = arena_array(r->arena, waves->n + 1, sizeof *sums);
    if (waves->answer_count) qsort(sorted, waves->answer_count, sizeof *sorted, by_account);
    for (uint32_t a = 0; a < r->selection.n; a++)
        if (r->selection.included[a] && !isnan(weights[a])) all[group_of(r, a)] += weights[a];
    for (size_t i = 0; i < waves->answer_count;) {
        struct satisfaction_counts own = {0};
        uint32_t account = sorted[i].account, group = group_of(r, account);
        for (; i < waves->answer_count && sorted[i].account == account; i++)
            if (sorted[i].counts) satisfaction_add(method, sorted[i].score, &own);
        struct satisfaction_wave *wave = &waves->v[group];
        wave->accounts++;
        wave->counts.n += own.n;
        wave->counts.good += own.good;
        wave->counts.bad += own.bad;
        wave->counts.sum += own.sum;
        if (isnan(weights[account])) continue;
        heard[group] += weights[account];
        sums[group] += weights[account] * 100 * (own.good - own.bad) / own.n;
    }
    for (size_t g = 0; g < waves->n; g++) {
        waves->v[g].weighted = heard[g] > 0 ? sums[g] / heard[g] : NAN;
        waves->v[g].arr_heard = all[g] > 0 ? heard[g] / all[g] : NAN;
    }
}

enum status satisfaction_measure(const struct satisfaction_ask *ask, const struct span *span,
                                 struct arena *arena, struct satisfaction_waves *ret,
                                 struct problem *problem) {
    struct insight *insight = ask->selector->request->house->insight;
    struct reading r = {.ask = ask, .insight = insight, .arena = arena};
    struct moment end = span_end(insight, ask->spans, span);
    double *weights;
    *ret = (struct satisfaction_waves){0};
    enum status status = selector_apply(ask->selector, &end, arena, &r.selection, problem);
    if (!status) status = read_arr(&r, span, &weights, problem);
    if (!status) status = records_read(insight->parts.records, &r.session, problem);
    if (status) return status;
    span_instants(insight, ask->spans, span, &r.from, &r.to);
    ret->unjudged = r.selection.unjudged;
    ret->n = r.selection.group ? r.selection.group_count : 1;
    ret->v = arena_array(arena, ret->n + 1, sizeof *ret->v);
    for (size_t g = 0; r.selection.group && g < ret->n; g++)
        ret->v[g].group = r.selection.groups[g].key;
    status = read_answers(&r, ret, problem);
    if (!status) status = read_invitations(&r, ret, problem);
    if (!status && ask->contacts) status = count_contacts(&r, ret, problem);
    session_rollback(r.session);
    VEC_FREE(&r.later);
    if (status) return status;
    if (ask->per_person) leave_last_of_each_person(ret);
    weigh(&r, ret, weights);
    return OK;
}
