#include "insight/ledger.h"

#include <math.h>

/* Days [from, to) on which one version speaks. */
struct span {
    uint32_t product, currency, holder;
    bool no_amount;
    day_t from, to;
    uint32_t plan, flags; /* flags: STEP_ESCALATOR, STEP_USAGE; STEP_CANCELLED when it ends by that */
    int64_t arr, seats;
};
struct owed { /* a due, before lines have numbers */
    uint32_t product, currency, holder;
    bool no_amount, renews, cancelled;
    day_t day;
    int64_t arr;
};
struct interval {
    day_t from, to;
};

struct making {
    struct ledger *ledger;
    const struct ledger_settings *settings;
    instant_t known_at;
    day_t until;
    VEC(const struct ledger_row *) versions;
    VEC(struct span) spans, active;
    VEC(struct owed) owed;
    VEC(struct interval) covered;
};

static int compare(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static int by_key(const void *a, const void *b) {
    const struct ledger_row *x = *(const struct ledger_row *const *)a,
                            *y = *(const struct ledger_row *const *)b;
    int order = compare(x->key, y->key);
    if (!order) order = compare(x->effective, y->effective);
    return order ? order : compare(x->known_from, y->known_from);
}

static int by_line(const void *a, const void *b) {
    const struct span *x = a, *y = b;
    int order = compare(x->product, y->product);
    if (!order) order = compare(x->currency, y->currency);
    if (!order) order = compare(x->holder, y->holder);
    if (!order) order = compare(x->no_amount, y->no_amount);
    return order ? order : compare(x->from, y->from);
}

static int by_day(const void *a, const void *b) {
    const struct ledger_due *x = a, *y = b;
    int order = compare(x->day, y->day);
    return order ? order : compare((int64_t)x->line, (int64_t)y->line);
}

static int by_from(const void *a, const void *b) {
    return compare(((const struct interval *)a)->from, ((const struct interval *)b)->from);
}

/* Most accounts have a handful of rows, where a call of qsort costs more than the sorting. */
#define SORT_FEW(v, n, by)                                                                                   \
    do {                                                                                                     \
        if ((n) > 16) {                                                                                      \
            qsort((v), (n), sizeof *(v), (by));                                                              \
            break;                                                                                           \
        }                                                                                                    \
        for (size_t i_ = 1; i_ < (n); i_++)                                                                  \
            for (size_t j_ = i_; j_ > 0 && (by)(&(v)[j_ - 1], &(v)[j_]) > 0; j_--) {                         \
                __typeof__(*(v)) swap_ = (v)[j_];                                                            \
                (v)[j_] = (v)[j_ - 1];                                                                       \
                (v)[j_ - 1] = swap_;                                                                         \
            }                                                                                                \
    } while (0)

/* ---- versions become spans ---- */

static void put_owed(struct making *m, const struct ledger_row *row, day_t after, day_t to) {
    for (day_t end = term_next_end(&row->term, after); end <= to && end <= m->until;
         end = term_next_end(&row->term, end))
        VEC_PUSH(&m->owed,
                 (struct owed){row->product, row->currency, row->holder, row->arr == LEDGER_NO_AMOUNT,
                               row->term.renews, row->term.cancelled != DAY_NEVER, end, row->arr});
}

static void put_span(struct making *m, const struct ledger_row *row, day_t from, day_t to) {
    day_t over = term_over(&row->term), cancelled = row->term.cancelled;
    if (from >= to || from >= over) return;
    day_t end = over < to ? over : to;
    put_owed(m, row, from, end);
    if (m->settings->at_cancellation && cancelled < end) end = cancelled;
    if (from >= end) return;
    VEC_PUSH(&m->spans,
             (struct span){.product = row->product,
                           .currency = row->currency,
                           .holder = row->holder,
                           .no_amount = row->arr == LEDGER_NO_AMOUNT,
                           .from = from,
                           .to = end,
                           .plan = row->plan,
                           .flags = (row->escalator ? STEP_ESCALATOR : 0) | (row->usage ? STEP_USAGE : 0) |
                                    (cancelled != DAY_NEVER ? STEP_CANCELLED : 0),
                           .arr = row->arr == LEDGER_NO_AMOUNT ? 1 : row->arr,
                           .seats = row->seats});
}

static void read_versions(struct making *m, const struct ledger_row *rows, size_t n) {
    m->versions.n = m->spans.n = m->owed.n = 0;
    for (size_t i = 0; i < n; i++)
        if (rows[i].known_from <= m->known_at &&
            (rows[i].known_until == INT64_MAX || m->known_at < rows[i].known_until))
            VEC_PUSH(&m->versions, &rows[i]);
    const struct ledger_row **v = m->versions.v;
    SORT_FEW(v, m->versions.n, by_key);
    day_t next = DAY_NEVER; /* when the versions behind this one begin to hold */
    for (size_t i = m->versions.n; i-- > 0;) {
        if (i + 1 == m->versions.n || v[i + 1]->key != v[i]->key) next = DAY_NEVER;
        day_t from = v[i]->effective > v[i]->starts ? v[i]->effective : v[i]->starts;
        put_span(m, v[i], from, next);
        if (from < next) next = from;
    }
}

/* ---- spans of one line become steps ---- */

static void put_step(struct making *m, struct ledger_line *line, struct ledger_step step) {
    struct ledger *l = m->ledger;
    struct ledger_step *last = l->steps.n > line->step ? &l->steps.v[l->steps.n - 1] : NULL;
    if (!last && step.arr == 0) return;
    if (step.arr == 0) { /* free is as nothing */
        step.seats = -1;
        step.plan = NO_TEXT;
        step.flags &= STEP_CANCELLED;
    }
    if (last && last->arr == 0 && step.arr != 0 && step.from - last->from <= m->settings->grace_days) {
        l->steps.n--; /* a late renewal, or no gap at all: the old amount goes on until then */
        last = l->steps.n > line->step ? last - 1 : NULL;
    }
    if (last && last->arr == step.arr && last->seats == step.seats && last->plan == step.plan &&
        !((last->flags ^ step.flags) & STEP_USAGE))
        return;
    VEC_PUSH(&l->steps, step);
}

static int64_t bounded_sum(int64_t a, int64_t b) {
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) sum = b < 0 ? -LEDGER_MOST : LEDGER_MOST;
    return sum > LEDGER_MOST ? LEDGER_MOST : sum < -LEDGER_MOST ? -LEDGER_MOST : sum;
}

/* What is paid from a day on, by those active then. A fall to nothing says why the last of them ended. */
static struct ledger_step level(const struct making *m, day_t from, uint32_t ended) {
    struct ledger_step step = {.from = from, .plan = NO_TEXT, .seats = -1, .flags = ended & STEP_CANCELLED};
    for (size_t i = 0; i < m->active.n; i++) {
        const struct span *s = &m->active.v[i];
        if (i == 0 || (!m->settings->sum_overlap && s->arr > step.arr)) {
            step.arr = s->arr;
            step.seats = s->seats;
            step.plan = s->plan;
            step.flags = s->flags & (STEP_ESCALATOR | STEP_USAGE);
        } else if (m->settings->sum_overlap && !s->no_amount) {
            step.arr = bounded_sum(step.arr, s->arr);
            step.seats = step.seats < 0 || s->seats < 0 ? -1 : step.seats + s->seats;
            step.flags |= s->flags & (STEP_ESCALATOR | STEP_USAGE);
        }
    }
    return step;
}

static void make_line(struct making *m, const struct span *spans, size_t n) {
    struct ledger *l = m->ledger;
    struct ledger_line line = {.product = spans->product,
                               .currency = spans->currency,
                               .holder = spans->holder,
                               .no_amount = spans->no_amount,
                               .step = l->steps.n};
    m->active.n = 0;
    for (size_t next = 0; next < n || m->active.n;) {
        day_t day = next < n ? spans[next].from : DAY_NEVER;
        for (size_t i = 0; i < m->active.n; i++)
            if (m->active.v[i].to < day) day = m->active.v[i].to;
        if (day == DAY_NEVER) break; /* what is left goes on for ever */
        uint32_t ended = 0;
        size_t kept = 0;
        for (size_t i = 0; i < m->active.n; i++) {
            if (m->active.v[i].to <= day)
                ended |= m->active.v[i].flags;
            else
                m->active.v[kept++] = m->active.v[i];
        }
        m->active.n = kept;
        for (; next < n && spans[next].from == day; next++)
            VEC_PUSH(&m->active, spans[next]);
        struct ledger_step step = level(m, day, ended);
        line.usage |= (step.flags & STEP_USAGE) != 0;
        put_step(m, &line, step);
    }
    line.end = l->steps.n;
    if (line.end > line.step) VEC_PUSH(&l->lines, line);
}

/* ---- the account as a whole ---- */

/* All lines ended on `gone`, and some begin again on `back`, within the grace: those that ended last go on
 * until then. */
static void carry(struct ledger *l, size_t first_line, day_t gone, day_t back) {
    for (size_t i = first_line; i < l->lines.n; i++)
        for (size_t s = l->lines.v[i].step; s < l->lines.v[i].end; s++)
            if (l->steps.v[s].arr == 0 && l->steps.v[s].from == gone) l->steps.v[s].from = back;
}

static day_t cover_account(struct making *m, size_t first_line) {
    struct ledger *l = m->ledger;
    day_t first = DAY_NEVER, until = DAY_NEVER;
    m->covered.n = 0;
    for (size_t i = first_line; i < l->lines.n; i++) {
        const struct ledger_line *line = &l->lines.v[i];
        for (size_t s = line->step; s < line->end; s++)
            if (l->steps.v[s].arr > 0)
                VEC_PUSH(&m->covered,
                         (struct interval){l->steps.v[s].from,
                                           s + 1 < line->end ? l->steps.v[s + 1].from : DAY_NEVER});
    }
    if (!m->covered.n) return DAY_NEVER;
    if (l->lines.n - first_line > 1) SORT_FEW(m->covered.v, m->covered.n, by_from);
    first = m->covered.v[0].from;
    until = m->covered.v[0].to;
    for (size_t i = 1; i < m->covered.n; i++) {
        struct interval next = m->covered.v[i];
        if (next.from > until && next.from - until <= m->settings->grace_days)
            carry(l, first_line, until, next.from);
        if (next.to > until) until = next.to;
    }
    return first;
}

static void put_dues(struct making *m, size_t first_line) {
    struct ledger *l = m->ledger;
    size_t first = l->dues.n;
    for (size_t i = 0; i < m->owed.n; i++) {
        const struct owed *o = &m->owed.v[i];
        if (o->no_amount || o->arr <= 0) continue;
        for (size_t line = first_line; line < l->lines.n; line++) {
            const struct ledger_line *at = &l->lines.v[line];
            if (at->product == o->product && at->currency == o->currency && at->holder == o->holder &&
                !at->no_amount) {
                VEC_PUSH(&l->dues, (struct ledger_due){o->day, line, o->arr, o->renews, o->cancelled});
                break;
            }
        }
    }
    size_t n = l->dues.n - first;
    if (n < 2) return;
    struct ledger_due *v = l->dues.v + first;
    SORT_FEW(v, n, by_day);
    size_t kept = 1; /* of one line several that end together are one renewal */
    for (size_t i = 1; i < n; i++) {
        struct ledger_due *last = &v[kept - 1];
        if (v[i].day != last->day || v[i].line != last->line) {
            v[kept++] = v[i];
            continue;
        }
        last->renews &= v[i].renews;
        last->cancelled &= v[i].cancelled;
        if (m->settings->sum_overlap)
            last->arr = bounded_sum(last->arr, v[i].arr);
        else if (v[i].arr > last->arr)
            last->arr = v[i].arr;
    }
    l->dues.n = first + kept;
}

static void make_account(struct making *m, uint32_t account, const struct ledger_row *rows, size_t n) {
    struct ledger *l = m->ledger;
    size_t first_line = l->lines.n;
    read_versions(m, rows, n);
    SORT_FEW(m->spans.v, m->spans.n, by_line);
    for (size_t i = 0; i < m->spans.n;) {
        size_t end = i + 1;
        const struct span *s = &m->spans.v[i];
        while (end < m->spans.n && m->spans.v[end].product == s->product &&
               m->spans.v[end].currency == s->currency && m->spans.v[end].holder == s->holder &&
               m->spans.v[end].no_amount == s->no_amount)
            end++;
        make_line(m, s, end - i);
        i = end;
    }
    l->first[account] = cover_account(m, first_line);
    put_dues(m, first_line);
}

static void make_begin(struct making *m, size_t accounts, size_t rows) {
    *m->ledger = (struct ledger){.accounts = accounts,
                                 .line_of = memory_new((accounts + 1) * sizeof(size_t)),
                                 .due_of = memory_new((accounts + 1) * sizeof(size_t)),
                                 .first = memory_new((accounts + 1) * sizeof(day_t))};
    VEC_RESERVE(&m->ledger->lines, rows);
    VEC_RESERVE(&m->ledger->steps, rows + rows / 2);
}

static void next_account(struct making *m, uint32_t account, const struct ledger_row *rows, size_t n) {
    struct ledger *l = m->ledger;
    l->first[account] = DAY_NEVER;
    if (n) make_account(m, account, rows, n);
    l->line_of[account + 1] = l->lines.n;
    l->due_of[account + 1] = l->dues.n;
}

static void make_end(struct making *m) {
    VEC_FREE(&m->versions);
    VEC_FREE(&m->spans);
    VEC_FREE(&m->active);
    VEC_FREE(&m->owed);
    VEC_FREE(&m->covered);
}

void ledger_build(struct ledger *ledger, const struct ledger_row *rows, size_t n, size_t accounts,
                  const struct ledger_settings *settings, instant_t known_at, day_t until) {
    struct making m = {.ledger = ledger, .settings = settings, .known_at = known_at, .until = until};
    make_begin(&m, accounts, n);
    for (size_t i = 0, at = 0; i < accounts; i++) {
        size_t first = at;
        while (at < n && rows[at].account == i)
            at++;
        next_account(&m, (uint32_t)i, rows + first, at - first);
    }
    make_end(&m);
}

void ledger_free(struct ledger *ledger) {
    free(ledger->line_of);
    free(ledger->due_of);
    free(ledger->first);
    VEC_FREE(&ledger->lines);
    VEC_FREE(&ledger->steps);
    VEC_FREE(&ledger->dues);
    *ledger = (struct ledger){0};
}

/* ---- from insight's table ---- */

struct places {
    int seats, arr, auto_renew, cancelled, term_months, notice_days, effective, escalator, usage, known_until;
    int key, currency, product, plan, holder;
};

static day_t day_or_never(double number) {
    return isnan(number) ? DAY_NEVER : (day_t)number;
}

static void read_row(const struct places *at, const struct signal_row *row, const struct zone *zone,
                     struct ledger_row *out) {
    const double *number = row->number;
    out->starts = zone_day(zone, row->occurred);
    out->effective = isnan(number[at->effective]) ? out->starts : (day_t)number[at->effective];
    out->term.ends = row->ended == INT64_MAX ? DAY_NEVER : zone_day(zone, row->ended);
    out->term.cancelled = day_or_never(number[at->cancelled]);
    out->term.months = isnan(number[at->term_months]) ? 0 : (int32_t)number[at->term_months];
    out->term.notice = isnan(number[at->notice_days]) ? 0 : (int32_t)number[at->notice_days];
    out->term.renews = number[at->auto_renew] == 1;
    out->arr = isnan(number[at->arr]) ? LEDGER_NO_AMOUNT : (int64_t)number[at->arr];
    out->seats = isnan(number[at->seats]) ? -1 : (int64_t)number[at->seats];
    out->escalator = number[at->escalator] == 1;
    out->usage = number[at->usage] == 1;
    out->known_from = row->known_from;
    out->known_until = isnan(number[at->known_until]) ? INT64_MAX : (instant_t)number[at->known_until];
    out->key = row->text[at->key];
    out->currency = row->text[at->currency];
    out->product = row->text[at->product];
    out->plan = row->text[at->plan];
    out->holder = row->text[at->holder];
}

static struct places places_of(const struct signal_source *source) {
    return (struct places){.seats = signal_number(source, STR("seats")),
                           .arr = signal_number(source, STR("arr")),
                           .auto_renew = signal_number(source, STR("auto_renew")),
                           .cancelled = signal_number(source, STR("cancelled")),
                           .term_months = signal_number(source, STR("term_months")),
                           .notice_days = signal_number(source, STR("notice_days")),
                           .effective = signal_number(source, STR("effective_from")),
                           .escalator = signal_number(source, STR("escalator")),
                           .usage = signal_number(source, STR("usage_priced")),
                           .known_until = signal_number(source, STR("known_until")),
                           .key = signal_text(source, STR("key")),
                           .currency = signal_text(source, STR("currency")),
                           .product = signal_text(source, STR("product")),
                           .plan = signal_text(source, STR("plan")),
                           .holder = signal_text(source, STR("merged_account"))};
}

static bool is_included(const uint8_t *included, size_t n, uint32_t account) {
    return !included || (account < n && included[account]);
}

void ledger_read(struct ledger *ledger, const struct signal_table *table, const uint8_t *included,
                 size_t included_n, const struct zone *zone, const struct ledger_settings *settings,
                 instant_t known_at, day_t until) {
    struct places at = places_of(table->source);
    struct making m = {.ledger = ledger, .settings = settings, .known_at = known_at, .until = until};
    VEC(struct ledger_row) rows = {0}; /* of one account: rows of all would be written and read once */
    make_begin(&m, table->n, table->rows);
    for (uint32_t account = 0; account < table->n; account++) {
        uint32_t n = is_included(included, included_n, account) ? table->accounts[account].n : 0;
        if (n > rows.n) VEC_RESERVE(&rows, n - rows.n);
        for (uint32_t i = 0; i < n; i++) {
            rows.v[i].account = account;
            read_row(&at, &table->accounts[account].rows[i], zone, &rows.v[i]);
        }
        next_account(&m, account, rows.v, n);
    }
    VEC_FREE(&rows);
    make_end(&m);
}

/* The versions of accounts [from, to), counted from `from`. */
static struct ledger_row *rows_of(const struct signal_table *table, const struct zone *zone, uint32_t from,
                                  uint32_t to, const uint8_t *included, size_t included_n, size_t *n) {
    struct places at = places_of(table->source);
    size_t most = 0;
    for (uint32_t account = from; account < to; account++)
        if (is_included(included, included_n, account)) most += table->accounts[account].n;
    struct ledger_row *rows = memory_new((most + 1) * sizeof *rows);
    *n = 0;
    for (uint32_t account = from; account < to; account++) {
        if (!is_included(included, included_n, account)) continue;
        for (uint32_t i = 0; i < table->accounts[account].n; i++) {
            struct ledger_row *row = &rows[(*n)++];
            row->account = account - from;
            read_row(&at, &table->accounts[account].rows[i], zone, row);
        }
    }
    return rows;
}

struct ledger_row *ledger_rows_read(const struct signal_table *table, const struct zone *zone,
                                    const uint8_t *included, size_t included_n, size_t *n) {
    return rows_of(table, zone, 0, (uint32_t)table->n, included, included_n, n);
}

struct ledger_row *ledger_rows_of(const struct signal_table *table, const struct zone *zone, uint32_t account,
                                  size_t *n) {
    bool known = account < table->n;
    return rows_of(table, zone, known ? account : 0, known ? account + 1 : 0, NULL, 0, n);
}
