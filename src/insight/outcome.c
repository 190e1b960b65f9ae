#include "insight/outcome.h"

#include <math.h>
#include <stdlib.h>

const char *const outcome_names[OUTCOMES + 1] = {"churn", "no_renewal", "contraction", "silence", NULL};

enum { FOREVER = INT32_MAX };

day_t outcome_ripe(const struct outcome *outcome, day_t snapshot) {
    return snapshot + outcome->days + (outcome->kind == OUTCOME_SILENCE ? 0 : outcome->grace_days);
}

/* ---- contracts ---- */

/* A stretch of days [from, to) covered by one version of a subscription. */
struct cover {
    day_t from, to;
    day_t ends;     /* of the subscription, were the version to hold for good */
    day_t term_end; /* of the term as written */
    int32_t term_months;
    bool rolls; /* renews by itself */
    double arr;
    uint32_t product;
    bool foreign; /* in another currency than the base one */
};

/* Where the columns of subscriptions and attributes stand. */
struct columns {
    const struct signal_table *subscriptions, *attributes;
    const struct zone *zone;
    int arr, auto_renew, cancelled, term_months, effective_from, key, currency, product, field, value;
    uint32_t base_currency, status, lost, prospect;
    bool any_currency;
};

static const struct signal_table *table_of(const struct insight *insight, const char *key) {
    int at = 0;
    while (!str_is(str_of(signal_sources[at]->key), key))
        at++;
    return &insight->tables[at];
}

static struct columns find_columns(const struct insight *insight) {
    struct columns c = {.subscriptions = table_of(insight, "subscriptions"),
                        .attributes = table_of(insight, "attributes"),
                        .zone = insight->parts.zone,
                        .any_currency = !insight->parts.base_currency[0]};
    const struct signal_source *terms = c.subscriptions->source, *fields = c.attributes->source;
    c.arr = signal_number(terms, STR("arr"));
    c.auto_renew = signal_number(terms, STR("auto_renew"));
    c.cancelled = signal_number(terms, STR("cancelled"));
    c.term_months = signal_number(terms, STR("term_months"));
    c.effective_from = signal_number(terms, STR("effective_from"));
    c.key = signal_text(terms, STR("key"));
    c.currency = signal_text(terms, STR("currency"));
    c.product = signal_text(terms, STR("product"));
    c.field = signal_text(fields, STR("field"));
    c.value = signal_text(fields, STR("value"));
    c.base_currency = dict_find(&c.subscriptions->texts[c.currency], str_of(insight->parts.base_currency));
    c.status = dict_find(&c.attributes->texts[c.field], STR("status"));
    c.lost = dict_find(&c.attributes->texts[c.value], STR("lost"));
    c.prospect = dict_find(&c.attributes->texts[c.value], STR("prospect"));
    return c;
}

/* Until when a version holds: the effective_from of the next one of its key. Of two from the same day the one
 * known later counts, and the other holds for no day. */
static day_t held_until(const struct columns *c, const struct signal_account *account,
                        const struct signal_row *row) {
    double from = row->number[c->effective_from];
    day_t until = FOREVER;
    for (uint32_t i = 0; i < account->n; i++) {
        const struct signal_row *other = &account->rows[i];
        double start = other->number[c->effective_from];
        bool later =
            start > from || (start == from && (other->known_from > row->known_from ||
                                               (other->known_from == row->known_from && other > row)));
        if (other != row && other->text[c->key] == row->text[c->key] && later && start < until)
            until = (day_t)start;
    }
    return until;
}

static size_t find_covers(const struct columns *c, const struct signal_account *account,
                          struct cover *covers) {
    size_t n = 0;
    for (uint32_t i = 0; i < account->n; i++) {
        const struct signal_row *row = &account->rows[i];
        day_t from = zone_day(c->zone, row->occurred), until = held_until(c, account, row);
        struct cover cover = {.from = from,
                              .to = FOREVER,
                              .term_end = FOREVER,
                              .rolls = row->number[c->auto_renew] == 1,
                              .arr = row->number[c->arr],
                              .product = row->text[c->product],
                              .foreign = !c->any_currency && row->text[c->currency] != c->base_currency};
        double months = row->number[c->term_months], cancelled = row->number[c->cancelled];
        cover.term_months = isnan(months) || months < 1 ? 12 : (int32_t)months;
        if (row->ended != INT64_MAX) {
            cover.term_end = zone_day(c->zone, row->ended);
            if (!cover.rolls || !isnan(cancelled)) cover.to = cover.term_end;
            if (cover.rolls && cancelled > cover.to) cover.to = (day_t)cancelled;
        }
        if (row->number[c->effective_from] > cover.from) cover.from = (day_t)row->number[c->effective_from];
        cover.ends = cover.to;
        if (cover.to > until) cover.to = until;
        if (cover.from < cover.to) covers[n++] = cover;
    }
    return n;
}

static bool covered(const struct cover *covers, size_t n, day_t day) {
    for (size_t i = 0; i < n; i++)
        if (covers[i].from <= day && day < covers[i].to) return true;
    return false;
}

/* The end of coverage from a day on, gaps of at most the grace bridged. The day is covered, or in a gap. */
static day_t covered_until(const struct cover *covers, size_t n, day_t day, int32_t grace) {
    day_t end = day;
    for (bool moved = true; moved && end != FOREVER;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            if (covers[i].from > end && covers[i].from - end > grace) continue;
            if (covers[i].to > end) {
                end = covers[i].to;
                moved = true;
            }
        }
    }
    return end;
}

static double arr_at(const struct cover *covers, size_t n, day_t day, bool *foreign) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (covers[i].from > day || day >= covers[i].to) continue;
        sum += isnan(covers[i].arr) ? 0 : covers[i].arr;
        *foreign |= covers[i].foreign && covers[i].arr != 0;
    }
    return sum;
}

/* Number of the status text on a day, NO_TEXT when none was known. */
static uint32_t status_at(const struct columns *c, uint32_t account, day_t day) {
    uint32_t status = NO_TEXT;
    instant_t at = zone_start(c->zone, day);
    if (account >= c->attributes->n) return status;
    const struct signal_account *rows = &c->attributes->accounts[account];
    for (uint32_t i = 0; i < rows->n && rows->rows[i].occurred <= at; i++)
        if (rows->rows[i].text[c->field] == c->status) status = rows->rows[i].text[c->value];
    return status;
}

static enum label churn(const struct columns *c, const struct outcome *outcome, uint32_t account,
                        const struct cover *covers, size_t n, day_t day) {
    uint32_t before = status_at(c, account, day);
    bool here = n ? covered(covers, n, day) : before != NO_TEXT && before != c->prospect;
    if (!here || (before == c->lost && before != NO_TEXT)) return LABEL_NO_CASE;
    uint32_t after = status_at(c, account, day + outcome->days);
    if (after == c->lost && after != NO_TEXT) return LABEL_LOST;
    if (n && covered_until(covers, n, day, outcome->grace_days) < day + outcome->days) return LABEL_LOST;
    return LABEL_KEPT;
}

static bool renewed(const struct cover *covers, size_t n, uint32_t product, day_t end, int32_t grace) {
    for (size_t i = 0; i < n; i++)
        if (covers[i].product == product && covers[i].from <= end + grace && covers[i].to > end) return true;
    return false;
}

/* The ends of a cover's terms inside (day, day + days): as written, then each time it rolled over, and at
 * last where it really ended; none behind the day on which another version took its place. */
static enum label terms(const struct cover *covers, size_t n, const struct cover *cover, day_t day,
                        const struct outcome *outcome) {
    enum label label = LABEL_NO_CASE;
    day_t last = day + outcome->days;
    bool final = cover->term_end == FOREVER;
    for (int32_t k = 0; k < 12000 && !final; k += cover->term_months) {
        day_t end = day_add_months(cover->term_end, CALENDAR_GREGORIAN, k);
        final = !cover->rolls || end >= cover->ends;
        if (final) end = cover->ends;
        if (end >= last || end > cover->to) break;
        if (end <= day || end <= cover->from) continue;
        if (!renewed(covers, n, cover->product, end, outcome->grace_days)) return LABEL_LOST;
        label = LABEL_KEPT;
    }
    return label;
}

static enum label no_renewal(const struct cover *covers, size_t n, day_t day, const struct outcome *outcome) {
    enum label label = LABEL_NO_CASE;
    for (size_t i = 0; i < n && label != LABEL_LOST; i++) {
        if (covers[i].from > day) continue;
        enum label one = terms(covers, n, &covers[i], day, outcome);
        if (one > label) label = one;
    }
    return label;
}

static enum label contraction(const struct cover *covers, size_t n, day_t day,
                              const struct outcome *outcome) {
    bool foreign = false;
    day_t end = day + outcome->days;
    double before = arr_at(covers, n, day, &foreign), after = arr_at(covers, n, end, &foreign),
           settled = arr_at(covers, n, end + outcome->grace_days, &foreign);
    if (foreign || !(before > 0)) return LABEL_NO_CASE;
    return after < before && settled < before ? LABEL_LOST : LABEL_KEPT;
}

static void label_contracts(struct insight *insight, const struct outcome *outcome, const day_t *snapshots,
                            size_t snapshot_count, size_t n, uint8_t *labels) {
    pthread_rwlock_rdlock(&insight->lock);
    struct columns c = find_columns(insight);
    struct cover *covers = NULL;
    size_t room = 0;
    for (uint32_t a = 0; a < n; a++) {
        static const struct signal_account none;
        const struct signal_account *account = a < c.subscriptions->n ? &c.subscriptions->accounts[a] : &none;
        if (account->n > room) {
            room = (size_t)account->n * 2;
            covers = memory_resize(covers, room * sizeof *covers);
        }
        size_t count = find_covers(&c, account, covers);
        for (size_t s = 0; s < snapshot_count; s++) {
            enum label label =
                outcome->kind == OUTCOME_CHURN        ? churn(&c, outcome, a, covers, count, snapshots[s])
                : outcome->kind == OUTCOME_NO_RENEWAL ? no_renewal(covers, count, snapshots[s], outcome)
                                                      : contraction(covers, count, snapshots[s], outcome);
            labels[s * n + a] = (uint8_t)label;
        }
    }
    free(covers);
    pthread_rwlock_unlock(&insight->lock);
}

/* ---- usage ---- */

static void label_silence(const struct insight *insight, const struct outcome *outcome,
                          const day_t *snapshots, size_t snapshot_count, size_t n, uint8_t *labels) {
    enum { LAST, FIRST, AFTER, ASKED };
    double *found = memory_new((n + 1) * ASKED * sizeof *found);
    double *out[ASKED] = {found, found + n, found + 2 * n};
    for (size_t s = 0; s < snapshot_count; s++) {
        day_t day = snapshots[s];
        struct usage_query queries[ASKED] = {
            [LAST] = {USAGE_LAST_DAYS, .from = INT32_MIN, .to = day, .known_at = INT32_MAX},
            [FIRST] = {USAGE_FIRST_DAYS, .from = INT32_MIN, .to = day, .known_at = INT32_MAX},
            [AFTER] = {USAGE_EVENTS, .from = day, .to = day + outcome->days, .known_at = INT32_MAX},
        };
        usage_read_lock(insight->parts.usage);
        usage_evaluate(insight->parts.usage, queries, ASKED, 0, n, out);
        usage_unlock(insight->parts.usage);
        for (size_t a = 0; a < n; a++) {
            bool there = out[LAST][a] <= OUTCOME_ACTIVE_DAYS && out[FIRST][a] >= OUTCOME_ACTIVE_DAYS;
            labels[s * n + a] = !there ? LABEL_NO_CASE : out[AFTER][a] > 0 ? LABEL_KEPT : LABEL_LOST;
        }
    }
    free(found);
}

bool outcome_observed(const struct insight *insight, const struct outcome *outcome, day_t snapshot) {
    if (outcome->kind != OUTCOME_SILENCE) return true;
    uint8_t healthy[OUTCOME_MOST_DAYS];
    int32_t age;
    day_t first;
    usage_read_lock(insight->parts.usage);
    usage_health(insight->parts.usage, snapshot + outcome->days, healthy, (size_t)outcome->days, &age,
                 &first);
    usage_unlock(insight->parts.usage);
    return healthy[outcome->days - 1];
}

void outcome_label(struct insight *insight, const struct outcome *outcome, const day_t *snapshots,
                   size_t snapshot_count, size_t n, uint8_t *labels) {
    if (outcome->kind == OUTCOME_SILENCE)
        label_silence(insight, outcome, snapshots, snapshot_count, n, labels);
    else
        label_contracts(insight, outcome, snapshots, snapshot_count, n, labels);
}
