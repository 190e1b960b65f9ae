/* Facts of records: filter, window and measure over an account's rows, as of a moment and of what was known
 * by then. */
#include "insight/insight.h"

#include "base/vec.h"
#include "insight/term.h"
#include "platform/settings.h"

#include <math.h>

/* What an account pays for a product, as the ledger has it. */
struct line {
    uint32_t product, currency, holder;
    double value;
};
struct lines {
    struct line *v;
    size_t n, capacity;
};

struct measuring {
    const struct insight *insight;
    const struct signal_table *table;
    const struct record_fact *fact;
    const struct moment *moment;
    uint32_t words[FACT_MOST_FILTERS]; /* of text filters */
    int auto_renew, cancelled, term_months, notice_days, effective_from, known_until, key, currency;
    uint32_t base_currency;
    int product, holder;
    struct lines *lines; /* sums of money of open subscriptions: those of one product count by their maximum;
                            NULL: all are summed */
};

struct result {
    double value;
    bool any, ever, not_converted;
    instant_t latest; /* of the row that tells the age */
    uint32_t text;
};

static struct measuring prepare(const struct insight *insight, const struct declared *declared,
                                const struct moment *moment) {
    const struct signal_table *table = &insight->tables[declared->record.table];
    struct measuring m = {.insight = insight, .table = table, .fact = &declared->record, .moment = moment};
    for (size_t i = 0; i < m.fact->filter_count; i++)
        if (m.fact->filters[i].text >= 0)
            m.words[i] = dict_find(&table->texts[m.fact->filters[i].text], m.fact->filters[i].word);
    m.auto_renew = signal_number(table->source, STR("auto_renew"));
    m.cancelled = signal_number(table->source, STR("cancelled"));
    m.term_months = signal_number(table->source, STR("term_months"));
    m.notice_days = signal_number(table->source, STR("notice_days"));
    m.effective_from = signal_number(table->source, STR("effective_from"));
    m.known_until = signal_number(table->source, STR("known_until"));
    m.key = signal_text(table->source, STR("key"));
    m.currency = signal_text(table->source, STR("currency"));
    m.product = signal_text(table->source, STR("product"));
    m.holder = signal_text(table->source, STR("merged_account"));
    m.base_currency = m.currency < 0
                          ? DICT_NONE
                          : dict_find(&table->texts[m.currency], str_of(insight->parts.base_currency));
    return m;
}

static bool counts_at(const struct measuring *m, const struct signal_row *row) {
    return row->known_from <= m->moment->known_at &&
           !(m->table->source->changes && (row->number[m->effective_from] > m->moment->day ||
                                           row->number[m->known_until] <= (double)m->moment->known_at));
}

/* Of several versions of one thing the newest that had taken effect and was known. */
static bool is_newest(const struct measuring *m, const struct signal_account *account,
                      const struct signal_row *row) {
    if (!m->table->source->changes) return true;
    for (uint32_t i = 0; i < account->n; i++) {
        const struct signal_row *other = &account->rows[i];
        if (other == row || other->text[m->key] != row->text[m->key] || !counts_at(m, other)) continue;
        double a = other->number[m->effective_from], b = row->number[m->effective_from];
        if (a > b || (a == b && (other->known_from > row->known_from ||
                                 (other->known_from == row->known_from && other > row))))
            return false;
    }
    return true;
}

static day_t day_of_number(double number) {
    return isnan(number) ? DAY_NEVER : (day_t)number;
}

/* When the row is over as seen from the moment: a term that renews by itself rolls over until it is
 * cancelled. */
static instant_t row_end(const struct measuring *m, const struct signal_row *row) {
    const struct zone *zone = m->insight->parts.zone;
    if (!m->table->source->renews) return row->ended;
    if (row->ended != INT64_MAX && row->ended > m->moment->at) return row->ended;
    day_t cancelled = day_of_number(row->number[m->cancelled]);
    if (row->ended == INT64_MAX && cancelled == DAY_NEVER) return row->ended;
    struct term term = {
        .ends = row->ended == INT64_MAX ? DAY_NEVER : zone_day(zone, row->ended),
        .cancelled = cancelled <= m->moment->day ? cancelled : DAY_NEVER,
        .months = isnan(row->number[m->term_months]) ? 0 : (int32_t)row->number[m->term_months],
        .notice = isnan(row->number[m->notice_days]) ? 0 : (int32_t)row->number[m->notice_days],
        .renews = row->number[m->auto_renew] == 1};
    day_t over = term_over(&term), next = term_next_end(&term, m->moment->day);
    if (over == DAY_NEVER || (over > m->moment->day && next < over)) over = next;
    return over == DAY_NEVER ? row->ended : zone_start(zone, over);
}

static bool passes(const struct measuring *m, const struct signal_row *row) {
    for (size_t i = 0; i < m->fact->filter_count; i++) {
        const struct record_filter *filter = &m->fact->filters[i];
        if (filter->text >= 0) {
            bool same = row->text[filter->text] == m->words[i] && m->words[i] != DICT_NONE;
            if (same != (filter->is == IS_EQUAL)) return false;
            continue;
        }
        double a = row->number[filter->number], b = filter->today ? m->moment->day : filter->value;
        if (isnan(a)) return false;
        bool holds = filter->is == IS_EQUAL        ? a == b
                     : filter->is == IS_UNEQUAL    ? a != b
                     : filter->is == IS_LESS       ? a < b
                     : filter->is == IS_LESS_EQUAL ? a <= b
                     : filter->is == IS_MORE       ? a > b
                                                   : a >= b;
        if (!holds) return false;
    }
    return true;
}

static double field_of(const struct measuring *m, const struct signal_row *row, instant_t end) {
    const struct zone *zone = m->insight->parts.zone;
    if (m->fact->number < 0) return NAN;
    if (m->fact->number < FIELD_ENDED) return row->number[m->fact->number];
    if (end == INT64_MAX) return NAN;
    double day = zone_day(zone, end);
    if (m->fact->number == FIELD_ENDED) return day;
    return isnan(row->number[m->notice_days]) ? NAN : day - row->number[m->notice_days];
}

/* An amount in the base currency, by the rate of the moment's day as known then. */
static bool convert(const struct measuring *m, const struct signal_row *row, double *value) {
    if (!m->insight->parts.base_currency[0] || *value == 0 || isnan(*value)) return true;
    if (m->currency < 0 || row->text[m->currency] == NO_TEXT) return false;
    if (row->text[m->currency] == m->base_currency) return true;
    struct str currency = dict_key(&m->table->texts[m->currency], row->text[m->currency]);
    int64_t converted;
    if (!rate_convert(rates_at(&m->insight->rates, currency, m->moment->day, m->moment->known_at),
                      (int64_t)*value, &converted))
        return false;
    *value = (double)converted;
    return true;
}

/* As the ledger counts subscriptions that overlap (insight/ledger.h). */
static bool counts_by_line(const struct insight *insight, const struct measuring *m) {
    struct settings *settings = insight->parts.settings;
    return m->table->source->changes && m->fact->open && m->fact->money && m->fact->measure == RECORD_SUM &&
           !(settings && settings_choice(settings, SETTING_RETENTION_OVERLAP) == 1);
}

static void put_line(const struct measuring *m, const struct signal_row *row, double value) {
    struct line line = {row->text[m->product], row->text[m->currency], row->text[m->holder], value};
    for (size_t i = 0; i < m->lines->n; i++) {
        struct line *other = &m->lines->v[i];
        if (other->product != line.product || other->currency != line.currency ||
            other->holder != line.holder)
            continue;
        other->value = fmax(other->value, value);
        return;
    }
    VEC_PUSH(m->lines, line);
}

static double sum_of_lines(const struct lines *lines) {
    double sum = 0;
    for (size_t i = 0; i < lines->n; i++)
        sum += lines->v[i].value;
    return sum;
}

/* The first row that occurred at `from` or later, by halves: windows are short and histories long. */
static uint32_t first_since(const struct signal_account *account, instant_t from) {
    uint32_t low = 0, high = account->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (account->rows[middle].occurred < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The measure over what occurred in [from, to). */
static struct result measure(const struct measuring *m, const struct signal_account *account, instant_t from,
                             instant_t to) {
    struct result r = {.latest = INT64_MIN, .text = NO_TEXT};
    double sum = 0, low = INFINITY, high = -INFINITY, last = NAN;
    size_t n = 0, all = 0;
    if (m->lines) m->lines->n = 0;
    uint32_t first = from == INT64_MIN ? 0 : first_since(account, from);
    for (uint32_t i = 0; i < first && !r.ever; i++)
        r.ever = counts_at(m, &account->rows[i]);
    for (uint32_t i = first; i < account->n && account->rows[i].occurred <= to; i++) {
        const struct signal_row *row = &account->rows[i];
        if (!counts_at(m, row)) continue;
        r.ever = true;
        bool open = m->fact->open;
        /* What occurs at the very instant asked has begun (a term, a ticket); in a window it belongs to the
         * next one. */
        if ((!open && row->occurred == to && m->fact->window) || !is_newest(m, account, row)) continue;
        instant_t end = row_end(m, row);
        if (open && end <= to) continue;
        all++;
        if (!passes(m, row)) continue;
        double value = field_of(m, row, end);
        if (m->fact->text >= 0) {
            r.text = row->text[m->fact->text]; /* the last one stands, cleared too */
        } else if (m->fact->number >= 0) {
            if (isnan(value) && m->fact->measure != RECORD_LAST) continue;
            if (m->fact->money && !convert(m, row, &value)) r.not_converted = true;
        }
        n++;
        if (m->lines)
            put_line(m, row, value);
        else
            sum += value;
        low = fmin(low, value);
        high = fmax(high, value);
        last = value;
        r.latest = row->occurred;
    }
    r.any = n > 0;
    day_t today = m->moment->day;
    switch (m->fact->measure) {
    case RECORD_COUNT:
        r.value = (double)n;
        break;
    case RECORD_SUM:
        r.value = m->lines ? sum_of_lines(m->lines) : sum;
        break;
    case RECORD_MEAN:
        r.value = n ? sum / (double)n : NAN;
        break;
    case RECORD_MIN:
        r.value = low;
        break;
    case RECORD_MAX:
        r.value = high;
        break;
    case RECORD_LAST:
        r.value = m->fact->text >= 0 ? (double)r.text : last;
        if (m->fact->text >= 0 ? r.text == NO_TEXT : isnan(last)) r.any = false;
        break;
    case RECORD_AGE_DAYS:
        r.value = r.any ? today - zone_day(m->insight->parts.zone, r.latest) : NAN;
        break;
    case RECORD_SHARE:
        r.any = all > 0;
        r.value = all ? (double)n / (double)all : NAN;
        break;
    case RECORD_DAYS_UNTIL:
        r.value = low - today;
        break;
    case RECORD_DAYS_SINCE:
        r.value = today - low;
        break;
    }
    return r;
}

static void set(struct column *out, size_t i, enum fact_state state, enum fact_cause cause, double value) {
    out->state[i] = (uint8_t)state;
    out->cause[i] = (uint8_t)cause;
    out->number[i] = state == FACT_KNOWN ? value : NAN;
}

static void set_empty(struct column *out, size_t i, enum record_empty empty) {
    if (empty == EMPTY_ZERO)
        set(out, i, FACT_KNOWN, CAUSE_NONE, 0);
    else if (empty == EMPTY_UNKNOWN)
        set(out, i, FACT_UNKNOWN, CAUSE_NOT_RECORDED, 0);
    else
        set(out, i, FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED, 0);
}

static void evaluate_one(const struct measuring *m, const struct signal_account *account,
                         const struct declared *declared, day_t starts, size_t i, struct column *out) {
    const struct record_fact *fact = m->fact;
    const struct zone *zone = m->insight->parts.zone;
    day_t today = m->moment->day;
    instant_t to = m->moment->at, from = fact->window ? zone_start(zone, today - fact->window) : INT64_MIN;
    if (fact->previous) to = zone_start(zone, today); /* closed days */
    struct result r = measure(m, account, from, to);
    out->partial[i] = fact->window && starts != INT32_MIN && starts > today - fact->window;
    out->age_days[i] = r.latest == INT64_MIN ? -1 : today - zone_day(zone, r.latest);
    if (fact->previous) {
        struct result base = measure(m, account, zone_start(zone, today - 2 * fact->window), from);
        if (!base.any || base.value == 0)
            set(out, i, FACT_UNKNOWN, CAUSE_NO_BASE, 0);
        else if (base.not_converted || r.not_converted)
            set(out, i, FACT_UNKNOWN, CAUSE_NOT_CONVERTED, 0);
        else if (!r.any && isnan(r.value))
            set_empty(out, i, EMPTY_UNKNOWN);
        else
            set(out, i, FACT_KNOWN, CAUSE_NONE, (r.value - base.value) / base.value);
        return;
    }
    if (!r.ever && fact->never == EMPTY_UNKNOWN && declared->kind == FROM_RECORD)
        set(out, i, FACT_UNKNOWN, CAUSE_NO_SOURCE,
            0); /* nor was it known before: nothing is carried forward */
    else if (!r.ever)
        set_empty(out, i, fact->never);
    else if (!r.any)
        set_empty(out, i, fact->empty);
    else if (r.not_converted)
        set(out, i, FACT_UNKNOWN, CAUSE_NOT_CONVERTED, 0);
    else if (fact->zero_is_not_applicable && r.value == 0)
        set(out, i, FACT_NOT_APPLICABLE, CAUSE_NOT_ENTITLED, 0);
    else
        set(out, i, FACT_KNOWN, CAUSE_NONE, r.value);
    if (declared->valid_for && out->state[i] == FACT_KNOWN && out->age_days[i] > declared->valid_for)
        set(out, i, FACT_UNKNOWN, CAUSE_STALE, 0);
}

void record_evaluate(const struct insight *insight, const struct declared *declared,
                     const struct moment *moment, const day_t *starts, uint32_t first, size_t n,
                     struct column *out) {
    struct measuring m = prepare(insight, declared, moment);
    struct lines lines = {0};
    if (counts_by_line(insight, &m)) m.lines = &lines;
    bool history = declared->kind != FROM_RECORD;
    for (size_t i = 0; i < n; i++) {
        static const struct signal_account none;
        size_t account = first + i;
        if (!history && starts[i] != INT32_MIN &&
            (moment->day < starts[i] || (moment->day == starts[i] && !moment->now))) {
            set(out, i, FACT_NOT_APPLICABLE, CAUSE_NOT_CUSTOMER, 0);
        } else if (!m.table->rows) {
            set(out, i, FACT_UNKNOWN, CAUSE_NO_SOURCE, 0);
        } else {
            evaluate_one(&m, account < m.table->n ? &m.table->accounts[account] : &none, declared, starts[i],
                         i, out);
        }
    }
    VEC_FREE(&lines);
}

day_t record_known_by(const struct insight *insight, const struct declared *declared, uint32_t account,
                      const struct moment *moment) {
    const struct record_fact *fact = &declared->record;
    bool of_records =
        declared->kind == FROM_RECORD || declared->kind == FROM_ATTRIBUTE || declared->kind == FROM_MANUAL;
    if (!of_records || !fact->window || fact->open || fact->previous || fact->empty != EMPTY_UNKNOWN ||
        fact->never != EMPTY_UNKNOWN || insight->tables[fact->table].source->changes)
        return moment->day;
    for (size_t i = 0; i < fact->filter_count; i++)
        if (fact->filters[i].today) return moment->day;
    struct measuring m = prepare(insight, declared, moment);
    if (account >= m.table->n) return INT32_MIN;
    const struct signal_account *rows = &m.table->accounts[account];
    for (uint32_t i = first_since(rows, moment->at); i-- > 0;) {
        const struct signal_row *row = &rows->rows[i];
        bool tells = counts_at(&m, row) &&
                     (passes(&m, row) || fact->measure == RECORD_SHARE); /* a share of none is 0 */
        if (!tells) continue;
        day_t last = zone_day(insight->parts.zone, row->occurred) + fact->window;
        return last < moment->day ? last : moment->day;
    }
    return INT32_MIN;
}
