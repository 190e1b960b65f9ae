#include "predict/renewal_contracts.h"

#include "customers/directory.h"
#include "insight/history.h"
#include "insight/retention_books.h"

#include <math.h>

enum { AHEAD_DAYS = 3700 }; /* no term is longer than ten years */

struct reading {
    const struct selection *selection;
    const struct moment *moment;
    struct books books;
    struct dict plans; /* the numbers of the ledger */
    int32_t grace;
    struct arena *arena;
    struct renewal_contracts *ret;
    VEC(struct renewal_contract) contracts;
    VEC(struct renewal_due) renewals;
    VEC(struct renewal_cohort) cohorts;
};

/* One stretch of a line in which something is paid: [from, to), DAY_NEVER while nothing ends it. */
struct stretch {
    size_t line;
    day_t from, to, next; /* next: when something is paid again; DAY_NEVER */
    uint32_t plan;        /* of its first day */
    int64_t arr;          /* at the moment */
    bool first;           /* of its account */
};

static uint32_t cohort_of(struct reading *r, uint32_t account, int32_t term, uint32_t plan) {
    const struct selection *selection = r->selection;
    struct str group = {0};
    if (selection->group)
        group = selection->groups[selection->group[account]].key;
    else if (plan < r->plans.n)
        group = dict_key(&r->plans, plan);
    for (uint32_t c = 0; c < r->cohorts.n; c++)
        if (r->cohorts.v[c].term == term && str_equal(r->cohorts.v[c].group, group)) return c;
    VEC_PUSH(&r->cohorts, (struct renewal_cohort){.term = term, .group = str_copy(r->arena, group)});
    return (uint32_t)r->cohorts.n - 1;
}

static int32_t months_between(day_t from, day_t to) {
    long months = lround((to - from) / MONTH_DAYS);
    return months < 1 ? 1 : (int32_t)months;
}

/* What is paid for a term, in the base currency at today's rate; NAN where it is not known. */
static double payment_of(const struct reading *r, const struct ledger_line *line, int64_t arr, int32_t term) {
    int64_t base;
    struct rate rate = {0};
    if (line->currency < r->books.currencies.n)
        rate = rates_at(&r->books.rates, dict_key(&r->books.currencies, line->currency), r->moment->day,
                        r->moment->known_at);
    if (line->no_amount || !rate_convert(rate, arr, &base)) return NAN;
    return (double)base * term / 12;
}

/* Renewals that lie before the ledger: the account says that it was a customer earlier. */
static uint32_t renewals_before(day_t told, const struct stretch *stretch, int32_t term) {
    enum { DAYS_ASIDE = 15 };
    if (!stretch->first || told == INT32_MIN || told >= stretch->from - DAYS_ASIDE) return 0;
    return (uint32_t)((stretch->from - told + DAYS_ASIDE) / MONTH_DAYS / term);
}

/* Whether the dues behind the last one taken lie evenly all through the term: then terms have become shorter.
 * Else one of them ends an overlapping term. */
static bool become_shorter(const day_t *dues, size_t n, day_t last, int32_t term) {
    int32_t step = months_between(last, dues[0]);
    size_t i = 0;
    while (i + 1 < n && dues[i + 1] - last <= term * MONTH_DAYS &&
           months_between(dues[i], dues[i + 1]) == step)
        i++;
    return i > 1 && (i + 1 == n || dues[i + 1] - last > term * MONTH_DAYS);
}

/* Ends of terms of the stretch, one that lies less than half a term behind the last left out: terms that
 * overlap are renewed together. Where it was cut off inside a term (retention.churn_recognised), the end of
 * that term is the last: until then nobody knows of the others of its age what becomes of them. */
static size_t list_dues(const struct reading *r, uint32_t account, const struct stretch *stretch,
                        day_t **ret) {
    const struct ledger *ledger = &r->books.ledger;
    size_t from = ledger->due_of[account], to = ledger->due_of[account + 1], n = 0, taken = 0;
    day_t *dues = arena_array(r->arena, to - from + 1, sizeof *dues), last = stretch->from;
    bool cut = stretch->to != DAY_NEVER;
    for (size_t i = from; i < to; i++) {
        const struct ledger_due *due = &ledger->dues.v[i];
        if (due->line != stretch->line || due->day <= stretch->from) continue;
        if (due->day > stretch->to && (!cut || !due->cancelled || due->day > stretch->next)) continue;
        cut &= due->day < stretch->to;
        dues[n++] = due->day;
    }
    int32_t term = 0;
    for (size_t i = 0; i < n; i++) {
        bool near = taken && dues[i] - last < term * MONTH_DAYS / 2;
        if (near && !become_shorter(dues + i, n - i, last, term)) continue;
        term = months_between(last, dues[i]);
        last = dues[taken++] = dues[i];
    }
    *ret = dues;
    return taken;
}

/* Nobody has said no to a renewal on the day on which it is paid up to. */
static bool may_renew(const struct reading *r, uint32_t account, const struct stretch *stretch) {
    const struct ledger *ledger = &r->books.ledger;
    for (size_t i = ledger->due_of[account]; i < ledger->due_of[account + 1]; i++) {
        const struct ledger_due *due = &ledger->dues.v[i];
        if (due->line == stretch->line && due->day == stretch->to) return !due->cancelled;
    }
    return stretch->to == DAY_NEVER;
}

/* Terms of one length, which end on dues[0 … n − 1]: a contract. ended: the stretch ends with it. */
static void read_contract(struct reading *r, uint32_t account, const struct stretch *stretch, day_t from,
                          const day_t *dues, size_t n, uint32_t before, bool ended) {
    day_t today = r->moment->day, over = ended ? stretch->to : DAY_NEVER;
    int32_t term = months_between(from, dues[0]);
    bool now = from <= today && (ended ? over > today : dues[n - 1] > today);
    struct renewal_contract contract = {.account = account,
                                        .cohort = cohort_of(r, account, term, stretch->plan),
                                        .before = before,
                                        .renewed = before,
                                        .active = now,
                                        .ending = now && ended && !may_renew(r, account, stretch),
                                        .payment = NAN,
                                        .due_in = NAN};
    struct renewal_cohort *cohort = &r->cohorts.v[contract.cohort];
    for (size_t i = 0; i < n; i++) {
        if (dues[i] > today) {
            contract.due_in = (dues[i] - today) / MONTH_DAYS;
            break;
        }
        if (dues[i] >= over) break;
        contract.renewed++;
        VEC_PUSH(&r->renewals, (struct renewal_due){contract.cohort, contract.renewed, dues[i], false});
    }
    day_t lost = over > dues[n - 1] ? over : dues[n - 1]; /* where it was cut off: the end of its term */
    if (contract.active && isnan(contract.due_in) && over != DAY_NEVER)
        contract.due_in = (over - today) / MONTH_DAYS; /* paid beyond its last term by one that overlaps */
    if (contract.active)
        contract.payment = payment_of(r, &r->books.ledger.lines.v[stretch->line], stretch->arr, term);
    else if (ended && lost >= today - r->grace)
        cohort->undecided++;
    else if (ended)
        VEC_PUSH(&r->renewals, (struct renewal_due){contract.cohort, contract.renewed + 1, lost, true});
    cohort->contracts++;
    VEC_PUSH(&r->contracts, contract);
}

/* As long as the term, or longer by no more than a late renewal is. */
static bool is_as_long(const struct reading *r, int32_t term, day_t from, day_t to) {
    enum { DAYS_ASIDE = 15 };
    double longer = to - from - term * MONTH_DAYS;
    return longer >= -DAYS_ASIDE && longer <= r->grace + DAYS_ASIDE;
}

/* A new contract begins where the length of the term changes. */
static void read_stretch(struct reading *r, uint32_t account, const struct stretch *stretch, day_t told) {
    day_t *dues, today = r->moment->day, from = stretch->from;
    size_t n = list_dues(r, account, stretch, &dues);
    if (from > today) return;
    if (!n) {
        r->ret->without_term++;
        return;
    }
    for (size_t i = 0, end; i < n && from <= today; from = dues[end - 1], i = end) {
        int32_t term = months_between(from, dues[i]);
        for (end = i + 1; end < n && is_as_long(r, term, dues[end - 1], dues[end]);)
            end++;
        read_contract(r, account, stretch, from, dues + i, end - i,
                      i ? 0 : renewals_before(told, stretch, term), end == n);
    }
}

static void read_line(struct reading *r, uint32_t account, size_t number, day_t told) {
    const struct ledger *ledger = &r->books.ledger;
    const struct ledger_line *line = &ledger->lines.v[number];
    for (size_t s = line->step; s < line->end;) {
        const struct ledger_step *first = &ledger->steps.v[s];
        struct stretch stretch = {.line = number,
                                  .from = first->from,
                                  .to = DAY_NEVER,
                                  .next = DAY_NEVER,
                                  .plan = first->plan,
                                  .first = first->from == ledger->first[account]};
        for (; s < line->end && ledger->steps.v[s].arr > 0; s++)
            if (ledger->steps.v[s].from <= r->moment->day) stretch.arr = ledger->steps.v[s].arr;
        if (s < line->end) stretch.to = ledger->steps.v[s].from;
        while (s < line->end && ledger->steps.v[s].arr <= 0)
            s++;
        if (s < line->end) stretch.next = ledger->steps.v[s].from;
        if (stretch.to > stretch.from && first->arr > 0) read_stretch(r, account, &stretch, told);
    }
}

/* ---- cohorts in the order in which they are shown ---- */

struct place {
    const struct renewal_cohort *cohort;
    uint32_t number;
};
static int by_term(const void *a, const void *b) {
    const struct renewal_cohort *x = ((const struct place *)a)->cohort,
                                *y = ((const struct place *)b)->cohort;
    if (x->term != y->term) return x->term < y->term ? -1 : 1;
    if (!x->group.n || !y->group.n) return (x->group.n == 0) - (y->group.n == 0);
    return str_compare(x->group, y->group);
}

static void order(struct reading *r) {
    size_t n = r->cohorts.n;
    struct place *places = arena_array(r->arena, n + 1, sizeof *places);
    uint32_t *now = arena_array(r->arena, n + 1, sizeof *now);
    r->ret->cohorts = arena_array(r->arena, n + 1, sizeof *r->ret->cohorts);
    for (uint32_t c = 0; c < n; c++)
        places[c] = (struct place){&r->cohorts.v[c], c};
    if (n) qsort(places, n, sizeof *places, by_term);
    for (uint32_t c = 0; c < n; c++) {
        r->ret->cohorts[c] = *places[c].cohort;
        now[places[c].number] = c;
    }
    for (size_t i = 0; i < r->contracts.n; i++)
        r->contracts.v[i].cohort = now[r->contracts.v[i].cohort];
    for (size_t i = 0; i < r->renewals.n; i++)
        r->renewals.v[i].cohort = now[r->renewals.v[i].cohort];
    r->ret->cohort_n = n;
    r->ret->n = r->contracts.n;
    r->ret->contracts = arena_copy(r->arena, r->contracts.v, r->contracts.n * sizeof *r->contracts.v);
    r->ret->renewal_n = r->renewals.n;
    r->ret->renewals = arena_copy(r->arena, r->renewals.v, r->renewals.n * sizeof *r->renewals.v);
}

static void read_plans(struct insight *insight, struct dict *plans) {
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "subscriptions");
    const struct dict *texts = &table->texts[signal_text(table->source, STR("plan"))];
    for (size_t i = 0; i < texts->n; i++)
        dict_put(plans, dict_key(texts, (uint32_t)i), NULL);
    pthread_rwlock_unlock(&insight->lock);
}

enum status renewal_contracts_read(struct house *house, const struct selection *selection,
                                   const struct moment *moment, struct arena *arena,
                                   struct renewal_contracts *ret, struct problem *problem) {
    struct ledger_settings settings = books_settings(house->settings);
    struct reading r = {.selection = selection, .moment = moment, .arena = arena, .ret = ret};
    *ret = (struct renewal_contracts){0};
    r.grace = settings.grace_days;
    books_read_some(house->insight, &settings, selection->included, selection->n, moment->known_at,
                    moment->day + AHEAD_DAYS, &r.books);
    read_plans(house->insight, &r.plans); /* read later: it may know more plans, not fewer */
    const struct ledger *ledger = &r.books.ledger;
    for (uint32_t a = 0; a < ledger->accounts && a < selection->n; a++) {
        if (!selection->included[a] || ledger->line_of[a] == ledger->line_of[a + 1]) continue;
        directory_lock(house->directory);
        day_t told = directory_account(house->directory, a)->starts_on;
        directory_unlock(house->directory);
        for (size_t l = ledger->line_of[a]; l < ledger->line_of[a + 1]; l++)
            read_line(&r, a, l, told);
    }
    order(&r);
    books_close(&r.books);
    dict_free(&r.plans);
    VEC_FREE(&r.contracts);
    VEC_FREE(&r.renewals);
    VEC_FREE(&r.cohorts);
    if (ret->cohort_n <= SPLIT_MOST_GROUPS) return OK;
    return fail_at(
        problem, STR("split"),
        MESSAGE(
            "renewals_too_many",
            "That would be more than 500 cohorts. Choose fewer accounts, or split by a fact with fewer values.",
            "این بیش از ۵۰۰ گروه می‌شود. مشتریان کمتری برگزینید یا با شاخصی که مقدارهای کمتری دارد تفکیک کنید."),
        NO_ARGS);
}
