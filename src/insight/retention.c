#include "insight/retention.h"

struct measuring {
    const struct ledger *ledger;
    const struct retention_query *query;
    struct rate *rates; /* [currency × (count + 1) + boundary] */
    bool *plain;        /* by currency: it is the base */
    bool as_it_stands;  /* amounts are not converted: only who is a customer is asked */
    bool overflow;
    /* Of the account at hand, by line: the first step behind the day reached, and the step of that day. */
    VEC(size_t) next, walked;
    VEC(const struct ledger_step *) before, after, day_before, day_after;
};

static const struct ledger_step nothing = {.plan = NO_TEXT, .seats = -1};

static bool fits(int64_t sum) { /* between −REVENUE_MOST and REVENUE_MOST */
    return (uint64_t)sum + REVENUE_MOST <= 2 * (uint64_t)REVENUE_MOST;
}

static void add(struct measuring *m, int64_t *to, int64_t x) {
    if (__builtin_add_overflow(*to, x, to) || !fits(*to)) {
        m->overflow = true;
        *to = 0;
    }
}

static day_t boundary(const struct retention_query *query, size_t i) {
    return i < query->count ? query->periods[i].from : query->periods[query->count - 1].to;
}

/* ---- converting ---- */

static void find_rates(struct measuring *m) {
    const struct retention_query *query = m->query;
    size_t currencies = query->currencies ? query->currencies->n : 0, bounds = query->count + 1;
    m->rates = memory_new((currencies + 1) * bounds * sizeof *m->rates);
    m->plain = memory_new(currencies + 1);
    for (size_t c = 0; c < currencies; c++) {
        struct str code = dict_key(query->currencies, (uint32_t)c);
        m->plain[c] = !query->rates || !query->rates->base[0] || str_is(code, query->rates->base);
        for (size_t b = 0; b < bounds && !m->plain[c]; b++)
            m->rates[c * bounds + b] = rates_at(query->rates, code, boundary(query, b), query->known_at);
    }
}

static bool is_plain(const struct measuring *m, const struct ledger_line *line) {
    return !line->no_amount && line->currency != NO_TEXT && m->plain[line->currency];
}

/* At the rate of a boundary's day. */
static int64_t convert(struct measuring *m, const struct ledger_line *line, int64_t arr, size_t bound) {
    int64_t converted;
    if (m->as_it_stands || m->plain[line->currency]) return arr;
    if (!rate_convert(m->rates[line->currency * (m->query->count + 1) + bound], arr, &converted)) {
        m->overflow = true;
        return 0;
    }
    return converted;
}

static int64_t share(int64_t amount, int64_t of, int64_t in) { /* amount × of ÷ in, half to even */
    __int128 product = (__int128)amount * of, whole = product / in, rest = product % in;
    if (rest < 0) rest = -rest;
    if (rest * 2 > in || (rest * 2 == in && whole % 2 != 0)) whole += product < 0 ? -1 : 1;
    return whole > INT64_MAX / 4 || whole < INT64_MIN / 4 ? amount
                                                          : (int64_t)whole; /* seats that cannot be */
}

/* In prices of the period's first day. */
static int64_t real(const struct measuring *m, int64_t amount, size_t period) {
    const int64_t *index = m->query->index;
    return index && !m->as_it_stands ? share(amount, index[period], index[period + 1]) : amount;
}

/* What the account pays at given steps of its lines; never below nothing. */
static int64_t total(struct measuring *m, size_t first, size_t n, const struct ledger_step *const *steps,
                     size_t bound) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (steps[i]->arr) add(m, &sum, convert(m, &m->ledger->lines.v[first + i], steps[i]->arr, bound));
    return sum > 0 ? sum : 0;
}

/* What a line counts for on the first day of a period: priced by use, the mean of the days covered in the
 * three months before. */
static int64_t baseline(const struct measuring *m, const struct ledger_line *line,
                        const struct ledger_step *at, size_t bound) {
    if (!(at->flags & STEP_USAGE) || at->arr <= 0 || line->no_amount) return at->arr;
    const struct retention_query *query = m->query;
    const struct ledger_step *steps = m->ledger->steps.v;
    day_t to = boundary(query, bound), from = day_add_months(to, query->periods[0].calendar, -3);
    __int128 sum = 0;
    int64_t days = 0;
    for (size_t s = line->step; s < line->end && steps[s].from < to; s++) {
        day_t begin = steps[s].from > from ? steps[s].from : from,
              end = s + 1 < line->end && steps[s + 1].from < to ? steps[s + 1].from : to;
        if (begin >= end || steps[s].arr <= 0) continue;
        sum += (__int128)steps[s].arr * (end - begin);
        days += end - begin;
    }
    return days ? (int64_t)((sum + days / 2) / days) : at->arr;
}

static int64_t total_at_start(struct measuring *m, size_t first, size_t n,
                              const struct ledger_step *const *steps, size_t bound) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &m->ledger->lines.v[first + i];
        if (steps[i]->arr) add(m, &sum, convert(m, line, baseline(m, line, steps[i], bound), bound));
    }
    return sum > 0 ? sum : 0;
}

static int64_t total_at_end(struct measuring *m, size_t first, size_t n,
                            const struct ledger_step *const *steps, size_t period) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (steps[i]->arr)
            add(m, &sum, real(m, convert(m, &m->ledger->lines.v[first + i], steps[i]->arr, period), period));
    return sum > 0 ? sum : 0;
}

static const struct ledger_step *step_on(const struct ledger *l, const struct ledger_line *line, day_t day) {
    size_t low = line->step, high = line->end;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (l->steps.v[middle].from <= day)
            low = middle + 1;
        else
            high = middle;
    }
    return low > line->step ? &l->steps.v[low - 1] : &nothing;
}

static int64_t total_on(struct measuring *m, size_t first, size_t n, day_t day, size_t bound) {
    for (size_t i = 0; i < n; i++)
        m->day_after.v[i] = step_on(m->ledger, &m->ledger->lines.v[first + i], day);
    return total(m, first, n, m->day_after.v, bound);
}

static bool has_rate(const struct measuring *m, const struct ledger_line *line, size_t period) {
    return is_plain(m, line) || (!line->no_amount && line->currency != NO_TEXT &&
                                 m->rates[line->currency * (m->query->count + 1) + period].numerator);
}

/* Whether money of the account can be told in (from, to]: every line that matters then has a rate. */
static bool is_converted(const struct measuring *m, size_t first, size_t n, size_t period, day_t to) {
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &m->ledger->lines.v[first + i];
        bool matters = m->before.v[i]->arr != 0 ||
                       (m->next.v[i] < line->end && m->ledger->steps.v[m->next.v[i]].from <= to);
        if (matters && !has_rate(m, line, period)) return false;
    }
    return true;
}

/* Likewise of the dues from `due` on: where churn counts at cancelling, their lines may have ended long
 * before. */
static bool dues_converted(const struct measuring *m, size_t due, size_t end, size_t period, day_t to) {
    const struct ledger *l = m->ledger;
    for (; due < end && l->dues.v[due].day <= to; due++)
        if (!has_rate(m, &l->lines.v[l->dues.v[due].line], period)) return false;
    return true;
}

/* ---- a change ---- */

/* Splits a change between two totals above nothing: what came by seats is their change at the old price of a
 * seat; a product that begins or ends is PRODUCT; the rest of a line is PLAN where that changed, else USAGE
 * where its price follows use, else the price. two_days: of the period's two days; else of a movement inside
 * it. The parts sum to `to` − `from`. */
static void split(struct measuring *m, size_t first, size_t n, const struct ledger_step *const *a,
                  const struct ledger_step *const *b, size_t bound, bool two_days, int64_t from, int64_t to,
                  int64_t parts[REVENUE_PARTS]) {
    int64_t left = to - from;
    memset(parts, 0, REVENUE_PARTS * sizeof *parts);
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &m->ledger->lines.v[first + i];
        int64_t x = convert(m, line, two_days ? baseline(m, line, a[i], bound) : a[i]->arr, bound),
                y = convert(m, line, b[i]->arr, bound), change, seats = 0;
        if (two_days) y = real(m, y, bound);
        change = y - x;
        if (!change && a[i] == b[i]) continue;
        if (x <= 0 || y <= 0) {
            add(m, &parts[PART_PRODUCT], change);
        } else {
            if (a[i]->seats > 0 && b[i]->seats > 0 && a[i]->seats != b[i]->seats)
                seats = share(x, b[i]->seats - a[i]->seats, a[i]->seats);
            enum revenue_part rest = a[i]->plan != b[i]->plan       ? PART_PLAN
                                     : b[i]->flags & STEP_USAGE     ? PART_USAGE
                                     : b[i]->flags & STEP_ESCALATOR ? PART_ESCALATOR
                                                                    : PART_PRICE;
            add(m, &parts[PART_SEATS], seats);
            add(m, &parts[rest], change - seats);
        }
        left -= change;
    }
    add(m, &parts[PART_PRICE], left); /* where lines below nothing (discounts) outweighed others */
}

static void put_change(struct measuring *m, int64_t *v, int64_t change, const int64_t parts[REVENUE_PARTS]) {
    for (size_t i = 0; i < REVENUE_PARTS; i++) {
        bool rises = change >= 0;
        add(m, &v[retention_part((enum revenue_part)i, rises)], rises ? parts[i] : -parts[i]);
    }
}

/* ---- walking through a period, day of change by day of change ---- */

typedef void (*movement_sink)(void *self, const struct movement *movement, int64_t before, int64_t after);

static void walk(struct measuring *m, uint32_t account, size_t period, day_t to, movement_sink sink,
                 void *self) {
    const struct ledger *l = m->ledger;
    size_t first = l->line_of[account], n = l->line_of[account + 1] - first;
    memcpy(m->walked.v, m->next.v, n * sizeof *m->walked.v);
    memcpy(m->day_before.v, m->before.v, n * sizeof *m->day_before.v);
    int64_t before = total(m, first, n, m->day_before.v, period);
    for (;;) {
        day_t day = DAY_NEVER;
        for (size_t i = 0; i < n; i++)
            if (m->walked.v[i] < l->lines.v[first + i].end && l->steps.v[m->walked.v[i]].from < day)
                day = l->steps.v[m->walked.v[i]].from;
        if (day > to || day == DAY_NEVER) return;
        memcpy(m->day_after.v, m->day_before.v, n * sizeof *m->day_after.v);
        bool cancelled = false, last = true;
        for (size_t i = 0; i < n; i++) {
            if (m->walked.v[i] < l->lines.v[first + i].end && l->steps.v[m->walked.v[i]].from == day) {
                m->day_after.v[i] = &l->steps.v[m->walked.v[i]++];
                cancelled |= (m->day_after.v[i]->flags & STEP_CANCELLED) != 0;
            }
            last &= m->walked.v[i] == l->lines.v[first + i].end;
        }
        int64_t after = total(m, first, n, m->day_after.v, period);
        struct movement movement = {.day = day, .amount = after - before};
        if (before > 0 && after > 0) {
            movement.kind = after >= before ? MOVEMENT_EXPANSION : MOVEMENT_CONTRACTION;
            split(m, first, n, m->day_before.v, m->day_after.v, period, false, before, after, movement.parts);
        } else if (after > 0) {
            movement.kind = l->first[account] == day ? MOVEMENT_NEW : MOVEMENT_RETURNED;
        } else {
            movement.kind = MOVEMENT_CHURN;
            movement.cancelled = cancelled;
            movement.pending = last && m->query->seen_on - day <= m->query->grace_days;
        }
        if (before > 0 || after > 0) sink(self, &movement, before, after);
        memcpy(m->day_before.v, m->day_after.v, n * sizeof *m->day_before.v);
        before = after;
    }
}

/* ---- one account in one period ---- */

struct flow {
    struct measuring *m;
    int64_t *v;
    bool cohort; /* of the customers at the start, and never gone since */
    int64_t net, lost;
};

static void flow_movement(void *self, const struct movement *movement, int64_t before, int64_t after) {
    struct flow *f = self;
    (void)after;
    switch (movement->kind) {
    case MOVEMENT_NEW:
        f->v[CUSTOMERS_NEW]++;
        add(f->m, &f->v[REVENUE_NEW], movement->amount);
        break;
    case MOVEMENT_RETURNED:
        f->v[CUSTOMERS_RETURNED]++;
        add(f->m, &f->v[REVENUE_RETURNED], movement->amount);
        break;
    case MOVEMENT_CHURN:
        f->v[CUSTOMERS_LOST]++;
        add(f->m, &f->v[REVENUE_CHURN], before);
        break;
    default:
        put_change(f->m, f->v, movement->amount, movement->parts);
        if (f->cohort) add(f->m, &f->v[REVENUE_NET_ESCALATORS], movement->parts[PART_ESCALATOR]);
    }
    if (!f->cohort) return;
    add(f->m, &f->net, movement->amount);
    if (movement->amount < 0) add(f->m, &f->lost, -movement->amount);
    if (movement->kind == MOVEMENT_CHURN) f->cohort = false;
}

/* What a lapsed customer would bring if it renewed as it was; 0 when it is not within the grace. */
static int64_t pending_amount(struct measuring *m, size_t first, size_t n, size_t period) {
    const struct ledger *l = m->ledger;
    day_t gone = INT32_MIN;
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &l->lines.v[first + i];
        if (l->steps.v[line->end - 1].arr != 0) return 0; /* it comes back some day */
        if (l->steps.v[line->end - 1].from > gone) gone = l->steps.v[line->end - 1].from;
    }
    if (m->query->seen_on - gone > m->query->grace_days || m->query->seen_on < gone) return 0;
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &l->lines.v[first + i];
        if (l->steps.v[line->end - 1].from == gone && line->end - line->step > 1)
            add(m, &sum, convert(m, line, l->steps.v[line->end - 2].arr, period));
    }
    return sum > 0 ? real(m, sum, period) : 0;
}

/* The terms of the account from *due on that ended until `to`: what of each was renewed. */
static void walk_dues(struct measuring *m, uint32_t account, size_t period, size_t *due, day_t to,
                      renewal_reader reader, void *self) {
    const struct ledger *l = m->ledger;
    size_t first = l->line_of[account], n = l->line_of[account + 1] - first, end = l->due_of[account + 1];
    while (*due < end && l->dues.v[*due].day <= to) {
        day_t day = l->dues.v[*due].day;
        size_t last = *due;
        int64_t before = total_on(m, first, n, day - 1, period), after = total_on(m, first, n, day, period);
        for (; last < end && l->dues.v[last].day == day;
             last++) { /* gone already, when churn counts at cancelling */
            const struct ledger_line *line = &l->lines.v[l->dues.v[last].line];
            int64_t target = convert(m, line, l->dues.v[last].arr, period),
                    paid = convert(m, line, step_on(l, line, day - 1)->arr, period);
            if (target > paid) add(m, &before, target - paid);
        }
        int64_t fall = before > after ? before - after : 0; /* of the account: another product may stand in */
        for (; *due < last; ++*due) {
            const struct ledger_line *line = &l->lines.v[l->dues.v[*due].line];
            int64_t target = convert(m, line, l->dues.v[*due].arr, period),
                    paid = convert(m, line, step_on(l, line, day - 1)->arr, period),
                    missed = (target > paid ? target : paid) -
                             convert(m, line, step_on(l, line, day)->arr, period);
            if (missed > target) missed = target;
            if (missed > fall) missed = fall;
            if (missed < 0) missed = 0;
            fall -= missed;
            struct renewal_outcome outcome = {
                account, period,          *due,
                target,  target - missed, m->query->seen_on - day <= m->query->grace_days};
            reader(self, &outcome);
        }
    }
}

struct due_sums {
    struct measuring *m;
    int64_t *v;
};

static void add_due(void *self, const struct renewal_outcome *outcome) {
    struct due_sums *s = self;
    add(s->m, &s->v[REVENUE_DUE], outcome->target);
    add(s->m, &s->v[REVENUE_RENEWED], outcome->kept);
    s->v[RENEWALS_DUE]++;
    s->v[RENEWALS_DONE] += outcome->kept > 0;
    if (outcome->in_grace) add(s->m, &s->v[REVENUE_DUE_PENDING], outcome->target - outcome->kept);
}

static void put_dues(struct measuring *m, uint32_t account, size_t period, size_t *due, day_t to,
                     int64_t *v) {
    struct due_sums sums = {m, v};
    walk_dues(m, account, period, due, to, add_due, &sums);
}

static void measure_changed(struct measuring *m, uint32_t account, size_t period, day_t from, day_t to,
                            int64_t *v) {
    const struct ledger *l = m->ledger;
    size_t first = l->line_of[account], n = l->line_of[account + 1] - first;
    int64_t start = total_at_start(m, first, n, m->before.v, period),
            end = total_at_end(m, first, n, m->after.v, period);
    bool began = l->first[account] > from && l->first[account] <= to;
    struct flow flow = {.m = m, .v = v, .cohort = start > 0, .net = start};
    if (m->query->flow) {
        walk(m, account, period, to, flow_movement, &flow);
    } else {
        struct movement movement = {.amount = end - start,
                                    .kind = start > 0 && end > 0 ? MOVEMENT_EXPANSION
                                            : start > 0          ? MOVEMENT_CHURN
                                            : began              ? MOVEMENT_NEW
                                                                 : MOVEMENT_RETURNED};
        if (start > 0 && end > 0)
            split(m, first, n, m->before.v, m->after.v, period, true, start, end, movement.parts);
        if (start > 0 || end > 0) flow_movement(&flow, &movement, start, end);
    }
    if (start > 0) {
        v[CUSTOMERS_START]++;
        v[CUSTOMERS_KEPT] += flow.cohort;
        add(m, &v[REVENUE_START], start);
        add(m, &v[REVENUE_GROSS], start - (flow.lost < start ? flow.lost : start));
        add(m, &v[REVENUE_NET], flow.net);
    }
    if (end > 0) {
        int64_t paid = total(m, first, n, m->after.v, period),
                then = total(m, first, n, m->after.v, period + 1),
                next = total_at_start(m, first, n, m->after.v, period + 1);
        v[CUSTOMERS_END]++;
        add(m, &v[REVENUE_END], next);
        add(m, &v[REVENUE_FX], then - paid);
        add(m, &v[REVENUE_INFLATION], paid - end);
        add(m, &v[REVENUE_USAGE_LEVEL], next - then);
    }
    if (m->query->flow && start > 0) /* movements begin from what is paid, the figures from the mean */
        add(m, &v[REVENUE_USAGE_LEVEL], total(m, first, n, m->before.v, period) - start);
    if (start > 0 && end == 0) {
        int64_t pending = pending_amount(m, first, n, period);
        v[CUSTOMERS_PENDING] += pending > 0;
        add(m, &v[REVENUE_PENDING], pending);
        add(m, &v[REVENUE_PENDING_GROSS], pending < start ? pending : start);
    }
    if (began && end == 0) {
        int64_t early = total_on(m, first, n, l->first[account], period);
        v[CUSTOMERS_EARLY] += early > 0; /* less than half a minor unit of the base currency is nothing */
        add(m, &v[REVENUE_EARLY], early);
    }
}

/* Nothing changes in the period: what was paid at its start is paid at its end, but for the exchange. */
static void measure_steady(struct measuring *m, int64_t start, int64_t end, int64_t *v) {
    if (start == 0) return;
    v[CUSTOMERS_START]++;
    v[CUSTOMERS_KEPT]++;
    v[CUSTOMERS_END]++;
    add(m, &v[REVENUE_START], start);
    add(m, &v[REVENUE_GROSS], start);
    add(m, &v[REVENUE_NET], start);
    add(m, &v[REVENUE_END], end);
    if (end != start) add(m, &v[REVENUE_FX], end - start);
}

/* An account whose money cannot be told: only who is a customer. */
static void measure_count(struct measuring *m, uint32_t account, size_t period, day_t from, day_t to,
                          bool owes, int64_t *v) {
    int64_t own[RETENTION_AMOUNTS] = {0};
    m->as_it_stands = true;
    measure_changed(m, account, period, from, to, own);
    m->as_it_stands = false;
    for (int i = 0; i < CUSTOMERS_NOT_CONVERTED; i++)
        v[i] += own[i];
    v[CUSTOMERS_NOT_CONVERTED] +=
        owes ||
        own[CUSTOMERS_START] + own[CUSTOMERS_NEW] + own[CUSTOMERS_RETURNED] + own[CUSTOMERS_EARLY] > 0;
}

static void make_room(struct measuring *m, size_t lines) {
    VEC_RESERVE(&m->next, lines);
    VEC_RESERVE(&m->walked, lines);
    VEC_RESERVE(&m->before, lines);
    VEC_RESERVE(&m->after, lines);
    VEC_RESERVE(&m->day_before, lines);
    VEC_RESERVE(&m->day_after, lines);
}

/* Moves the lines on to a day. */
static void advance(struct measuring *m, size_t first, size_t n, day_t day) {
    const struct ledger *l = m->ledger;
    for (size_t i = 0; i < n; i++) {
        const struct ledger_line *line = &l->lines.v[first + i];
        size_t next = m->next.v[i];
        while (next < line->end && l->steps.v[next].from <= day)
            next++;
        m->next.v[i] = next;
        m->after.v[i] = next > line->step ? &l->steps.v[next - 1] : &nothing;
    }
}

static void enter(struct measuring *m, size_t first, size_t n, day_t day) {
    make_room(m, n);
    for (size_t i = 0; i < n; i++)
        m->next.v[i] = m->ledger->lines.v[first + i].step;
    advance(m, first, n, day);
    memcpy(m->before.v, m->after.v, n * sizeof *m->before.v);
}

static day_t next_change(const struct measuring *m, size_t first, size_t n) {
    const struct ledger *l = m->ledger;
    day_t day = DAY_NEVER;
    for (size_t i = 0; i < n; i++)
        if (m->next.v[i] < l->lines.v[first + i].end && l->steps.v[m->next.v[i]].from < day)
            day = l->steps.v[m->next.v[i]].from;
    return day;
}

static void measure_account(struct measuring *m, uint32_t account, retention_sink sink, void *self) {
    const struct ledger *l = m->ledger;
    const struct retention_query *query = m->query;
    size_t first = l->line_of[account], n = l->line_of[account + 1] - first, due = l->due_of[account],
           due_end = l->due_of[account + 1];
    bool plain =
        true; /* all in the base currency: what is paid is the same in every period until it changes */
    bool moves = query->index != NULL; /* what a steady amount counts for differs between the two days */
    enter(m, first, n, query->periods[0].from);
    for (size_t i = 0; i < n; i++) {
        plain &= is_plain(m, &l->lines.v[first + i]);
        moves |= l->lines.v[first + i].usage;
    }
    while (due < due_end && l->dues.v[due].day <= query->periods[0].from)
        due++;
    day_t change = next_change(m, first, n);
    int64_t paid = plain ? total(m, first, n, m->before.v, 0) : 0;
    for (size_t p = 0; p < query->count; p++) {
        day_t from = query->periods[p].from, to = query->periods[p].to;
        bool owes = due < due_end && l->dues.v[due].day <= to, changed = change <= to || moves;
        if (!owes && !changed && plain) {
            int64_t *v = paid ? sink(self, account, p) : NULL;
            if (v) measure_steady(m, paid, paid, v);
            continue;
        }
        bool converted =
            plain || (is_converted(m, first, n, p, to) && dues_converted(m, due, due_end, p, to));
        int64_t *v = sink(self, account, p);
        if (v && converted && owes) put_dues(m, account, p, &due, to, v);
        while (due < due_end && l->dues.v[due].day <= to)
            due++;
        for (size_t i = 0; i < n;
             i++) /* the walk of a flow begins at the start: positions move on behind it */
            m->after.v[i] = changed ? step_on(l, &l->lines.v[first + i], to) : m->before.v[i];
        if (v && !converted)
            measure_count(m, account, p, from, to, owes, v);
        else if (v && changed)
            measure_changed(m, account, p, from, to, v);
        else if (v)
            measure_steady(m, total(m, first, n, m->before.v, p), total(m, first, n, m->before.v, p + 1), v);
        if (!changed) continue;
        advance(m, first, n, to);
        memcpy(m->before.v, m->after.v, n * sizeof *m->before.v);
        change = next_change(m, first, n);
        if (plain) paid = total(m, first, n, m->before.v, p + 1);
    }
}

static void end_measuring(struct measuring *m) {
    free(m->rates);
    free(m->plain);
    VEC_FREE(&m->next);
    VEC_FREE(&m->walked);
    VEC_FREE(&m->before);
    VEC_FREE(&m->after);
    VEC_FREE(&m->day_before);
    VEC_FREE(&m->day_after);
}

bool retention_add(int64_t *sums, const int64_t *amounts) {
    bool all = true;
    for (size_t a = 0; a < RETENTION_AMOUNTS; a++)
        all &= !__builtin_add_overflow(sums[a], amounts[a], &sums[a]) && fits(sums[a]);
    return all;
}

enum status retention_too_large(struct problem *problem) {
    return fail(
        problem, TOO_LARGE,
        MESSAGE(
            "revenue_too_large",
            "Amounts are too large to be summed. Look for a subscription with an amount that "
            "cannot be.",
            "مبلغ‌ها بزرگ‌تر از آن‌اند که جمع شوند. اشتراکی با مبلغ ناممکن را بیابید."),
        NO_ARGS);
}

enum status retention_measure(const struct ledger *ledger, const struct retention_query *query,
                              retention_sink sink, void *self, struct problem *problem) {
    struct measuring m = {.ledger = ledger, .query = query};
    if (!query->count) return OK;
    find_rates(&m);
    for (size_t i = 0; i < ledger->accounts; i++)
        if (ledger->line_of[i + 1] > ledger->line_of[i]) measure_account(&m, (uint32_t)i, sink, self);
    end_measuring(&m);
    return m.overflow ? retention_too_large(problem) : OK;
}

struct reading {
    retention_reader reader;
    void *self;
    bool open;
    uint32_t account;
    size_t period;
    int64_t amounts[RETENTION_AMOUNTS];
};

static void end_row(struct reading *r) {
    if (r->open) r->reader(r->self, r->account, r->period, r->amounts);
    r->open = false;
}

static int64_t *begin_row(void *self, uint32_t account, size_t period) {
    struct reading *r = self;
    end_row(r); /* a row is whole when the next begins */
    r->open = true;
    r->account = account;
    r->period = period;
    memset(r->amounts, 0, sizeof r->amounts);
    return r->amounts;
}

enum status retention_read(const struct ledger *ledger, const struct retention_query *query,
                           retention_reader reader, void *self, struct problem *problem) {
    struct reading r = {.reader = reader, .self = self};
    enum status status = retention_measure(ledger, query, begin_row, &r, problem);
    if (!status) end_row(&r);
    return status;
}

enum status retention_renewals(const struct ledger *ledger, const struct retention_query *query,
                               renewal_reader reader, void *self, struct problem *problem) {
    struct measuring m = {.ledger = ledger, .query = query};
    if (!query->count) return OK;
    find_rates(&m);
    for (uint32_t account = 0; account < ledger->accounts; account++) {
        size_t due = ledger->due_of[account], end = ledger->due_of[account + 1];
        size_t first = ledger->line_of[account], n = ledger->line_of[account + 1] - first;
        if (due == end) continue;
        make_room(&m, n);
        while (due < end && ledger->dues.v[due].day <= query->periods[0].from)
            due++;
        for (size_t p = 0; p < query->count; p++) {
            m.as_it_stands = false;
            for (size_t i = 0; i < n && !m.as_it_stands; i++)
                m.as_it_stands = !has_rate(&m, &ledger->lines.v[first + i], p);
            walk_dues(&m, account, p, &due, query->periods[p].to, reader, self);
        }
    }
    end_measuring(&m);
    return m.overflow ? retention_too_large(problem) : OK;
}

/* ---- movements ---- */

static void keep_movement(void *self, const struct movement *movement, int64_t before, int64_t after) {
    movements *out = self;
    (void)before, (void)after;
    VEC_PUSH(out, *movement);
}

void retention_movements(const struct ledger *ledger, const struct retention_query *query, uint32_t account,
                         movements *out) {
    struct measuring m = {.ledger = ledger, .query = query};
    if (account >= ledger->accounts || !query->count) return;
    size_t first = ledger->line_of[account], n = ledger->line_of[account + 1] - first;
    find_rates(&m);
    enter(&m, first, n, query->periods[0].from);
    for (size_t p = 0; p < query->count; p++) {
        day_t to = query->periods[p].to;
        m.as_it_stands = !is_converted(&m, first, n, p, to);
        if (!m.as_it_stands) walk(&m, account, p, to, keep_movement, out);
        advance(&m, first, n, to);
        memcpy(m.before.v, m.after.v, n * sizeof *m.before.v);
    }
    end_measuring(&m);
}

/* ---- cohorts ---- */

enum status retention_cohorts_read(const struct ledger *ledger, const struct retention_query *query,
                                   const uint8_t *included, size_t included_n, cohort_reader reader,
                                   void *self, struct problem *problem) {
    struct measuring m = {.ledger = ledger, .query = query};
    size_t count = query->count;
    if (!count) return OK;
    find_rates(&m);
    for (size_t account = 0; account < ledger->accounts; account++) {
        day_t began = ledger->first[account];
        size_t first = ledger->line_of[account], n = ledger->line_of[account + 1] - first;
        struct cohort_cell cell = {.account = (uint32_t)account};
        if (began == DAY_NEVER || (included && (account >= included_n || !included[account]))) continue;
        while (cell.cohort < count && query->periods[cell.cohort].to <= began)
            cell.cohort++;
        if (cell.cohort == count || began < query->periods[cell.cohort].from) continue;
        enter(&m, first, n, began);
        cell.converted = is_converted(&m, first, n, cell.cohort, DAY_NEVER - 1);
        m.as_it_stands = !cell.converted;
        cell.began = total(&m, first, n, m.before.v, cell.cohort);
        for (; cell.cohort + cell.since < count; cell.since++) {
            advance(&m, first, n, query->periods[cell.cohort + cell.since].to);
            cell.left = total(&m, first, n, m.after.v, cell.cohort);
            reader(self, &cell);
        }
    }
    end_measuring(&m);
    return m.overflow ? retention_too_large(problem) : OK;
}

struct cohort_sums {
    struct revenue_cohorts *out;
    bool overflow;
};

static void sum_cell(void *self, const struct cohort_cell *cell) {
    struct cohort_sums *sums = self;
    struct revenue_cohorts *out = sums->out;
    size_t at = cell->cohort * out->n + cell->since;
    out->customers[at] += cell->left > 0;
    if (cell->since == 0) {
        out->began[cell->cohort]++;
        out->not_converted += !cell->converted;
    }
    if (!cell->converted) return;
    if (cell->since == 0)
        sums->overflow |= __builtin_add_overflow(out->began_revenue[cell->cohort], cell->began,
                                                 &out->began_revenue[cell->cohort]);
    sums->overflow |= __builtin_add_overflow(out->revenue[at], cell->left, &out->revenue[at]);
}

enum status retention_cohorts(const struct ledger *ledger, const struct retention_query *query,
                              const uint8_t *included, size_t included_n, struct arena *arena,
                              struct revenue_cohorts *out, struct problem *problem) {
    size_t count = query->count;
    *out = (struct revenue_cohorts){.n = count,
                                    .began = arena_array(arena, count + 1, sizeof *out->began),
                                    .began_revenue = arena_array(arena, count + 1, sizeof *out->began),
                                    .customers = arena_array(arena, count * count + 1, sizeof *out->began),
                                    .revenue = arena_array(arena, count * count + 1, sizeof *out->began)};
    struct cohort_sums sums = {.out = out};
    enum status status =
        retention_cohorts_read(ledger, query, included, included_n, sum_cell, &sums, problem);
    return !status && sums.overflow ? retention_too_large(problem) : status;
}
