#include "predict/prediction.h"

#include "insight/health_live.h"
#include "insight/history.h"
#include "insight/retention_books.h"
#include "platform/settings.h"
#include "statistics/proportion.h"

#include <math.h>

const char *const prediction_sources[PREDICTION_SOURCES + 1] = {"model", "scorecard", "base_rate", NULL};

static double number_of(const struct signal_table *table, const struct signal_row *row, const char *name) {
    return row->number[signal_number(table->source, str_of(name))];
}

/* The number of an outcome in the table's texts; DICT_NONE: nothing was ever said of it. */
static uint32_t outcome_number(const struct signal_table *table, struct outcome_key key) {
    struct arena arena = {0};
    const struct dict *texts = &table->texts[signal_text(table->source, STR("outcome"))];
    uint32_t number = dict_find(texts, outcome_text(key, &arena));
    arena_free(&arena);
    return number;
}

/* The last row known at an instant; NULL: none. The insight's lock is held. */
static const struct signal_row *last_row(const struct signal_table *table, uint32_t outcome, uint32_t account,
                                         instant_t known_at) {
    const struct signal_row *last = NULL;
    int column = signal_text(table->source, STR("outcome"));
    for (uint32_t i = 0; account < table->n && i < table->accounts[account].n; i++) {
        const struct signal_row *row = &table->accounts[account].rows[i];
        if (row->text[column] == outcome && row->known_from <= known_at) last = row;
    }
    return last;
}

bool prediction_last(struct house *house, struct outcome_key key, uint32_t account, double *chance) {
    pthread_rwlock_rdlock(&house->insight->lock);
    const struct signal_table *table = insight_table(house->insight, "predictions");
    const struct signal_row *last = last_row(table, outcome_number(table, key), account, INT64_MAX);
    *chance = last ? number_of(table, last, "chance") : NAN;
    pthread_rwlock_unlock(&house->insight->lock);
    return last != NULL;
}

static struct prediction read_row(const struct signal_table *table, const struct signal_row *row,
                                  enum outcome_kind kind) {
    return (struct prediction){.probability = number_of(table, row, "chance"),
                               .low = number_of(table, row, "low"),
                               .high = number_of(table, row, "high"),
                               .source = PREDICTION_MODEL,
                               .key = str_of(outcome_names[kind]),
                               .version = (int64_t)number_of(table, row, "version"),
                               .given_at = row->occurred};
}

bool prediction_of(struct house *house, struct outcome_key key, uint32_t account, instant_t known_at,
                   struct prediction *ret) {
    struct prediction found = {.probability = NAN};
    pthread_rwlock_rdlock(&house->insight->lock);
    const struct signal_table *table = insight_table(house->insight, "predictions");
    const struct signal_row *last = last_row(table, outcome_number(table, key), account, known_at);
    if (last) found = read_row(table, last, key.kind);
    pthread_rwlock_unlock(&house->insight->lock);
    if (isnan(found.probability)) return false; /* what was foretold has ended */
    *ret = found;
    return true;
}

void predictions_of(struct house *house, struct outcome_key key, uint32_t from, uint32_t to,
                    struct prediction *ret) {
    pthread_rwlock_rdlock(&house->insight->lock);
    const struct signal_table *table = insight_table(house->insight, "predictions");
    uint32_t outcome = outcome_number(table, key);
    for (uint32_t account = from; account < to; account++) {
        const struct signal_row *last =
            outcome == DICT_NONE ? NULL : last_row(table, outcome, account, INT64_MAX);
        ret[account - from] = last ? read_row(table, last, key.kind)
                                   : (struct prediction){.probability = NAN, .low = NAN, .high = NAN};
    }
    pthread_rwlock_unlock(&house->insight->lock);
}

/* ---- the base rate ---- */

struct counting {
    const struct ledger *ledger;
    struct chances *chances;
    double kept; /* sum of shares */
};

static void count_renewal(void *self, const struct renewal_outcome *outcome) {
    struct counting *c = self;
    day_t day = c->ledger->dues.v[outcome->due].day;
    if (day < c->chances->from || day >= c->chances->to) return;
    c->chances->due++;
    c->chances->renewed += outcome->kept > 0;
    c->kept += (double)outcome->kept / (double)outcome->target;
}

enum status chances_read(struct house *house, struct arena *arena, struct chances *ret,
                         struct problem *problem) {
    struct ledger_settings settings = books_settings(house->settings);
    struct format format = {.language = ENGLISH};
    struct moment moment = moment_now(house->insight);
    struct books books;
    enum calendar calendar = (enum calendar)settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR);
    *ret = (struct chances){.house = house,
                            .from = day_add_months(moment.day, calendar, -CHANCE_MONTHS),
                            .to = moment.day - settings.grace_days,
                            .kept = 1,
                            .now = clock_now(house->clock)};
    enum status status = odds_read(house, &format, arena, &ret->odds, problem);
    if (status || ret->from >= ret->to) return status;
    books_read(house->insight, &settings, moment.known_at, ret->to, &books);
    /* A renewal of the day behind the period belongs to it (retention.h): it begins a day before. */
    struct period period = {.from = ret->from - 1, .to = ret->to - 1};
    books.query.periods = &period;
    books.query.count = 1;
    books.query.seen_on = moment.day;
    books.query.rates = NULL; /* whether, not how much */
    struct counting counting = {.ledger = &books.ledger, .chances = ret};
    status = retention_renewals(&books.ledger, &books.query, count_renewal, &counting, problem);
    if (ret->renewed > 0) ret->kept = counting.kept / ret->renewed;
    books_close(&books);
    return status;
}

static struct prediction base_rate(const struct chances *chances) {
    struct interval interval = proportion_wilson(chances->renewed, chances->due);
    return (struct prediction){.probability = (chances->renewed + 1) / (chances->due + 2),
                               .low = interval.low,
                               .high = interval.high,
                               .source = PREDICTION_BASE_RATE,
                               .given_at = chances->now};
}

/* ---- the scorecard ---- */

/* What became of all that the card judged: its bins hold each of them once. */
static double odds_overall(const struct odds *odds, struct str card, int64_t version) {
    double cases = 0, lost = 0;
    for (size_t i = 0; i < odds->n; i++) {
        const struct odds_row *row = &odds->rows[i];
        if (!str_equal(row->card, card) || row->version != version || !str_is(row->part, "bin")) continue;
        cases += (double)row->cases;
        lost += (double)row->lost;
    }
    return lost / cases; /* NAN: none */
}

static double logit(double p) {
    return log(p / (1 - p));
}

/* The base rate of loss, moved from `all` to `like`. */
static double moved(double base, double all, double like) {
    return 1 / (1 + exp(-(logit(base) + logit(like) - logit(all))));
}

static bool by_scorecard(const struct chances *chances, uint32_t account, struct prediction *ret) {
    struct live_score live;
    struct house *house = chances->house;
    if (!house->health || !health_live_read(house->health, account, &live) || !live.card.n) return false;
    struct str band = live.band == DICT_NONE ? STR("unknown") : dict_key(&house->insight->bands, live.band);
    const struct odds_row *row = odds_row_of(&chances->odds, live.card, live.version, live.score, band);
    if (!row) return false;
    *ret = (struct prediction){.probability = 1 - row->rate,
                               .low = 1 - row->high,
                               .high = 1 - row->low,
                               .source = PREDICTION_SCORECARD,
                               .key = live.card,
                               .version = live.version,
                               .given_at = live.at};
    if (str_is(row->outcome, outcome_names[OUTCOME_NO_RENEWAL])) return true;
    double all = odds_overall(&chances->odds, live.card, live.version),
           base = 1 - base_rate(chances).probability;
    if (!(all > 0 && all < 1)) return false;
    ret->probability = 1 - moved(base, all, row->rate);
    ret->low = 1 - moved(base, all, row->high);
    ret->high = 1 - moved(base, all, row->low);
    return true;
}

struct prediction chance_of_renewal(const struct chances *chances, uint32_t account) {
    struct prediction ret;
    struct outcome_key no_renewal = {.kind = OUTCOME_NO_RENEWAL};
    if (prediction_of(chances->house, no_renewal, account, INT64_MAX, &ret)) {
        double low = ret.low;
        ret.probability = 1 - ret.probability;
        ret.low = 1 - ret.high;
        ret.high = 1 - low;
        return ret;
    }
    return by_scorecard(chances, account, &ret) ? ret : base_rate(chances);
}
