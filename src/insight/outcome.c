#include "insight/outcome.h"

#include "insight/history.h"
#include "insight/retention_books.h"

#include <stdlib.h>

/* ---- names ---- */

const char *const outcome_names[OUTCOMES + 1] = {"churn",     "no_renewal", "contraction", "silence",
                                                 "expansion", "cross_sell", NULL};

struct str outcome_text(struct outcome_key key, struct arena *arena) {
    struct str name = str_of(outcome_names[key.kind]);
    return key.product.n ? str_format(arena, "%s:%.*s", outcome_names[key.kind], STR_ARG(key.product)) : name;
}

enum status outcome_parse(struct str text, struct str where, struct outcome_key *ret,
                          struct problem *problem) {
    size_t n = 0;
    int kind = 0;
    while (n < text.n && text.p[n] != ':')
        n++;
    bool named = n < text.n;
    *ret = (struct outcome_key){.product = named ? (struct str){text.p + n + 1, text.n - n - 1} : STR("")};
    while (kind < OUTCOMES && !str_is((struct str){text.p, n}, outcome_names[kind]))
        kind++;
    if (kind == OUTCOMES || (named && !ret->product.n))
        return fail_at(
            problem, where,
            MESSAGE(
                "outcome_unknown",
                "There is no outcome “{0}”. It is churn, no_renewal, contraction, silence, expansion, or one "
                "of a product such as cross_sell:PRODUCT.",
                "پیامدی به نام «{0}» نیست. یکی از churn، no_renewal، contraction، silence و expansion است، یا پیامد یک "
                "محصول مانند cross_sell:PRODUCT."),
            ARGS(text));
    ret->kind = (enum outcome_kind)kind;
    if (ret->kind == OUTCOME_CROSS_SELL && !named)
        return fail_at(problem, where,
                       MESSAGE("outcome_needs_product",
                               "A cross-sell is of a product: name it, as in cross_sell:PRODUCT.",
                               "فروش مکمل از یک محصول است: نام آن را بگویید، مانند cross_sell:PRODUCT."),
                       NO_ARGS);
    if (ret->kind == OUTCOME_SILENCE && named)
        return fail_at(
            problem, where,
            MESSAGE(
                "outcome_no_product", "Use is not kept by product: silence is that of the whole account.",
                "استفاده به تفکیک محصول ثبت نمی‌شود: خاموشی از آنِ کل مشتری است."),
            NO_ARGS);
    return OK;
}

day_t outcome_ripe(const struct outcome *outcome, day_t snapshot) {
    return snapshot + outcome->days + (outcome->kind == OUTCOME_SILENCE ? 0 : outcome->grace_days);
}

/* ---- contracts ---- */

/* What the row of an account in the ledger, from a snapshot to the end of its days, says. */
static enum label judge(enum outcome_kind kind, const int64_t *v) {
    switch (kind) {
    case OUTCOME_CHURN:
        return !v[CUSTOMERS_START] ? LABEL_NO_CASE : v[CUSTOMERS_KEPT] ? LABEL_KEPT : LABEL_LOST;
    case OUTCOME_NO_RENEWAL:
        if (!v[CUSTOMERS_START] || !v[RENEWALS_DUE]) return LABEL_NO_CASE;
        return v[RENEWALS_DONE] < v[RENEWALS_DUE] ? LABEL_LOST : LABEL_KEPT;
    case OUTCOME_EXPANSION:
        if (v[REVENUE_START] <= 0) return LABEL_NO_CASE;
        return v[REVENUE_NET] > v[REVENUE_START] ? LABEL_LOST : LABEL_KEPT;
    default:
        if (v[REVENUE_START] <= 0) return LABEL_NO_CASE;
        return v[REVENUE_NET] < v[REVENUE_START] ? LABEL_LOST : LABEL_KEPT;
    }
}

static bool by_amount(enum outcome_kind kind) {
    return kind == OUTCOME_CONTRACTION || kind == OUTCOME_EXPANSION;
}

struct labelling {
    enum outcome_kind kind;
    size_t n;
    uint8_t *labels; /* of the snapshot */
    bool again;      /* lost only where it was lost before, too */
};

static void label_row(void *self, uint32_t account, size_t period, const int64_t *amounts) {
    struct labelling *l = self;
    (void)period;
    if (account >= l->n) return;
    enum label label = judge(l->kind, amounts);
    if (!l->again || label < l->labels[account]) l->labels[account] = (uint8_t)label;
}

static enum status read_ledger(const struct books *books, const struct outcome *outcome, day_t from, day_t to,
                               struct labelling *labelling, struct problem *problem) {
    struct period period = {.from = from, .to = to};
    struct retention_query query = books->query;
    query.periods = &period;
    query.count = 1;
    query.seen_on = to;
    query.flow = outcome->kind == OUTCOME_CHURN;       /* who left and came back after the grace left */
    if (!by_amount(outcome->kind)) query.rates = NULL; /* who pays, not how much */
    return retention_read(&books->ledger, &query, label_row, labelling, problem);
}

static enum status label_contracts(const struct books *books, const struct outcome *outcome, day_t day,
                                   size_t n, uint8_t *labels, struct problem *problem) {
    struct labelling labelling = {.kind = outcome->kind, .n = n, .labels = labels};
    day_t end = day + outcome->days;
    memset(labels, LABEL_NO_CASE, n);
    if (!by_amount(outcome->kind)) /* a change of the day behind the days is not inside them */
        return read_ledger(books, outcome, day, end - 1, &labelling, problem);
    enum status status = read_ledger(books, outcome, day, end, &labelling, problem);
    labelling.again = true;
    if (!status && outcome->grace_days)
        status = read_ledger(books, outcome, day, end + outcome->grace_days, &labelling, problem);
    return status;
}

/* ---- a product that is bought ---- */

static bool pays_on(const struct ledger *ledger, uint32_t account, day_t day) {
    if (account >= ledger->accounts) return false;
    for (size_t i = ledger->line_of[account]; i < ledger->line_of[account + 1]; i++) {
        const struct ledger_line *line = &ledger->lines.v[i];
        for (size_t s = line->step; s < line->end && ledger->steps.v[s].from <= day; s++)
            if (ledger->steps.v[s].arr > 0 && (s + 1 == line->end || ledger->steps.v[s + 1].from > day))
                return true;
    }
    return false;
}

/* Whether something begins to be paid in (after, until). */
static bool begins_within(const struct ledger *ledger, uint32_t account, day_t after, day_t until) {
    if (account >= ledger->accounts) return false;
    for (size_t i = ledger->line_of[account]; i < ledger->line_of[account + 1]; i++)
        for (size_t s = ledger->lines.v[i].step; s < ledger->lines.v[i].end; s++)
            if (ledger->steps.v[s].arr > 0 && ledger->steps.v[s].from > after &&
                ledger->steps.v[s].from < until)
                return true;
    return false;
}

static void label_bought(const struct ledger *all, const struct ledger *product,
                         const struct outcome *outcome, day_t day, size_t n, uint8_t *labels) {
    for (uint32_t a = 0; a < n; a++)
        labels[a] = !pays_on(all, a, day) || pays_on(product, a, day)     ? LABEL_NO_CASE
                    : begins_within(product, a, day, day + outcome->days) ? LABEL_LOST
                                                                          : LABEL_KEPT;
}

/* ---- status ---- */

struct statuses {
    const struct signal_table *table;
    const struct zone *zone;
    int field, value;
    uint32_t status, lost, prospect; /* NO_TEXT: never said of anybody */
};

static struct statuses find_statuses(const struct insight *insight) {
    struct statuses s = {.table = insight_table(insight, "attributes"), .zone = insight->parts.zone};
    s.field = signal_text(s.table->source, STR("field"));
    s.value = signal_text(s.table->source, STR("value"));
    s.status = dict_find(&s.table->texts[s.field], STR("status"));
    s.lost = dict_find(&s.table->texts[s.value], STR("lost"));
    s.prospect = dict_find(&s.table->texts[s.value], STR("prospect"));
    return s;
}

/* Number of the status text on a day, NO_TEXT when none was known. */
static uint32_t status_at(const struct statuses *s, uint32_t account, instant_t at) {
    uint32_t status = NO_TEXT;
    if (account >= s->table->n) return status;
    const struct signal_account *rows = &s->table->accounts[account];
    for (uint32_t i = 0; i < rows->n && rows->rows[i].occurred <= at; i++)
        if (rows->rows[i].text[s->field] == s->status) status = rows->rows[i].text[s->value];
    return status;
}

static bool has_lines(const struct ledger *ledger, uint32_t account) {
    return account < ledger->accounts && ledger->line_of[account + 1] > ledger->line_of[account];
}

/* Who is said to be lost is, whatever is paid; who never paid anything is judged by its status alone. */
static void label_statuses(const struct statuses *s, const struct ledger *ledger,
                           const struct outcome *outcome, day_t day, size_t n, uint8_t *labels) {
    instant_t at = zone_start(s->zone, day), end = zone_start(s->zone, day + outcome->days);
    for (uint32_t a = 0; a < n; a++) {
        uint32_t before = status_at(s, a, at);
        if (before != NO_TEXT && before == s->lost)
            labels[a] = LABEL_NO_CASE;
        else if (!has_lines(ledger, a))
            labels[a] = before != NO_TEXT && before != s->prospect ? LABEL_KEPT : LABEL_NO_CASE;
        if (labels[a] != LABEL_KEPT) continue;
        uint32_t after = status_at(s, a, end);
        if (after != NO_TEXT && after == s->lost) labels[a] = LABEL_LOST;
    }
}

static enum status label_by_ledger(struct insight *insight, const struct outcome *outcome,
                                   const day_t *snapshots, size_t snapshot_count, size_t n, uint8_t *labels,
                                   struct problem *problem) {
    struct ledger_settings settings = books_settings(insight->parts.settings);
    struct books books, all;
    enum status status = OK;
    bool bought = outcome->kind == OUTCOME_CROSS_SELL;
    day_t until = INT32_MIN;
    for (size_t s = 0; s < snapshot_count; s++)
        if (snapshots[s] + outcome->days > until) until = snapshots[s] + outcome->days;
    settings.grace_days = outcome->grace_days;
    books_read_product(insight, &settings, outcome->product, moment_now(insight).known_at, until, &books);
    if (bought) {
        books_read(insight, &settings, moment_now(insight).known_at, until, &all);
        for (size_t s = 0; s < snapshot_count; s++)
            label_bought(&all.ledger, &books.ledger, outcome, snapshots[s], n, labels + s * n);
        books_close(&all);
    }
    for (size_t s = 0; s < snapshot_count && !status && !bought; s++)
        status = label_contracts(&books, outcome, snapshots[s], n, labels + s * n, problem);
    if (!status && outcome->kind == OUTCOME_CHURN && !outcome->product.n) {
        pthread_rwlock_rdlock(&insight->lock);
        struct statuses statuses = find_statuses(insight);
        for (size_t s = 0; s < snapshot_count; s++)
            label_statuses(&statuses, &books.ledger, outcome, snapshots[s], n, labels + s * n);
        pthread_rwlock_unlock(&insight->lock);
    }
    books_close(&books);
    return status;
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

enum status outcome_label(struct insight *insight, const struct outcome *outcome, const day_t *snapshots,
                          size_t snapshot_count, size_t n, uint8_t *labels, struct problem *problem) {
    if (outcome->kind != OUTCOME_SILENCE)
        return label_by_ledger(insight, outcome, snapshots, snapshot_count, n, labels, problem);
    label_silence(insight, outcome, snapshots, snapshot_count, n, labels);
    return OK;
}
