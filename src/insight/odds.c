#include "insight/odds.h"

#include "base/format.h"
#include "base/log.h"
#include "base/vec.h"
#include "insight/retention_books.h"
#include "platform/settings.h"
#include "platform/worker.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

#define AT(member) offsetof(struct odds_row, member)
enum {
    ODDS_CARD,
    ODDS_VERSION,
    ODDS_PART,
    ODDS_PLACE,
    ODDS_BAND,
    ODDS_FROM,
    ODDS_TO,
    ODDS_OUTCOME,
    ODDS_DAYS,
    ODDS_CASES,
    ODDS_LOST,
    ODDS_ACCOUNTS,
    ODDS_RATE,
    ODDS_LOW,
    ODDS_HIGH,
    ODDS_COMPUTED_ON,
    ODDS_RULES,
    ODDS_TEXT
};
static const struct field odds_fields[] = {
    {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"}, .doc = "Key of the scorecard."},
    {"version", FIELD_INT, 0, AT(version), .title = {"Version", "نسخه"},
     .doc = "Its version when it was tested."},
    {"part", FIELD_TEXT, 0, AT(part), .title = {"Part", "بخش"},
     .doc =
         "band: accounts of a band; bin: of a tenth of all scores; refused: too few losses to test the card."},
    {"place", FIELD_INT, 0, AT(place), .title = {"Place", "ترتیب"},
     .doc = "Order within the part, lowest scores first."},
    {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"}, .doc = "Of a band: its key."},
    {"score_from", FIELD_NUMBER, 0, AT(score_from), .title = {"From", "از"},
     .doc = "Of a bin: its lowest score."},
    {"score_to", FIELD_NUMBER, 0, AT(score_to), .title = {"To", "تا"}, .doc = "Of a bin: its highest score."},
    {"outcome", FIELD_TEXT, 0, AT(outcome), .title = {"Outcome", "پیامد"},
     .doc = "churn, no_renewal, contraction or silence."},
    {"days", FIELD_INT, 0, AT(days), .title = {"Days", "روز"}, .doc = "Days within which it counts."},
    {"cases", FIELD_INT, 0, AT(cases), .title = {"Cases", "مورد"},
     .doc = "Past cases, an account at a snapshot."},
    {"lost", FIELD_INT, 0, AT(lost), .title = {"Lost", "از دست رفته"}, .doc = "How many of them were lost."},
    {"accounts", FIELD_INT, 0, AT(accounts), .title = {"Accounts", "مشتری"}, .doc = "Of how many accounts."},
    {"rate", FIELD_NUMBER, 0, AT(rate), .title = {"Share", "سهم"}, .doc = "Share lost; null below 30 cases."},
    {"low", FIELD_NUMBER, 0, AT(low), .title = {"Low", "کمینه"}, .doc = "Lower end of its 95 % interval."},
    {"high", FIELD_NUMBER, 0, AT(high), .title = {"High", "بیشینه"},
     .doc = "Upper end of its 95 % interval."},
    {"computed_on", FIELD_DATE, 0, AT(computed_on), .title = {"Computed", "زمان محاسبه"},
     .doc = "The local day of the test."},
    {"rules", FIELD_JSON, 0, AT(rules), .title = {"Rules", "قاعده‌ها"},
     .doc = "The settings of retention by which outcomes were read."},
    {"text", FIELD_TEXT, FIELD_READ_ONLY, AT(text), .title = {"In words", "به بیان دیگر"},
     .doc = "The sentence in the reader's language."},
};
RECORD_TYPE(odds_type, "ScoreOdds", struct odds_row, odds_fields);

struct odds_worker {
    struct house *house;
    struct worker *worker;
    uint64_t tested; /* atomic: how often */
    pthread_rwlock_t keeping;
    struct odds_kept {
        uint64_t read; /* 1 + tested when it was read; 0: not yet */
        struct arena arena;
        struct odds odds;
    } kept[2]; /* by language; under `keeping` */
};

/* ---- computing ---- */

static struct odds_row row_of(const struct scorecard *card, const struct outcome *outcome, const char *part,
                              size_t place, const struct backtest_share *share, day_t today) {
    struct odds_row row = {.has = 1 << ODDS_CARD | 1 << ODDS_VERSION | 1 << ODDS_PART | 1 << ODDS_PLACE |
                                  1 << ODDS_OUTCOME | 1 << ODDS_DAYS | 1 << ODDS_CASES | 1 << ODDS_LOST |
                                  1 << ODDS_ACCOUNTS | 1 << ODDS_COMPUTED_ON,
                           .card = card->key,
                           .version = card->version,
                           .part = str_of(part),
                           .place = (int64_t)place,
                           .outcome = str_of(outcome_names[outcome->kind]),
                           .days = outcome->days,
                           .cases = (int64_t)share->cases,
                           .lost = (int64_t)share->lost,
                           .accounts = (int64_t)share->accounts,
                           .rate = share->rate,
                           .low = share->interval.low,
                           .high = share->interval.high,
                           .computed_on = today};
    if (share->cases >= BACKTEST_LEAST_CASES) row.has |= 1 << ODDS_RATE | 1 << ODDS_LOW | 1 << ODDS_HIGH;
    return row;
}

struct odds_rows {
    VEC(struct odds_row) list;
};

static void add_rows(struct odds_rows *rows, const struct outcome *outcome,
                     const struct backtest_result *result, day_t today) {
    const struct scorecard *card = result->card;
    if (result->losses < BACKTEST_LEAST_LOSSES) {
        struct odds_row row = row_of(card, outcome, "refused", 0, &result->all, today);
        row.lost = (int64_t)result->losses;
        row.has &= ~(uint64_t)(1 << ODDS_RATE | 1 << ODDS_LOW | 1 << ODDS_HIGH);
        VEC_PUSH(&rows->list, row);
        return;
    }
    for (size_t b = 0; b < card->band_count; b++) {
        struct odds_row row = row_of(card, outcome, "band", b, &result->bands[b], today);
        row.band = card->bands[b].key;
        row.has |= 1 << ODDS_BAND;
        VEC_PUSH(&rows->list, row);
    }
    for (size_t b = 0; b < result->bin_count; b++) {
        struct odds_row row = row_of(card, outcome, "bin", b, &result->bins[b], today);
        row.score_from = result->bins[b].score_from;
        row.score_to = result->bins[b].score_to;
        row.has |= 1 << ODDS_FROM | 1 << ODDS_TO;
        VEC_PUSH(&rows->list, row);
    }
}

static enum status keep_rows(struct house *house, const struct odds_rows *rows, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    struct rows *clear = rows_open(session, &query_score_odds_clear);
    while (rows_next(clear)) {
    }
    status = rows_close(clear, problem);
    for (size_t i = 0; i < rows->list.n && !status; i++)
        status = session_run(session, &query_score_odds_put, &odds_type, &rows->list.v[i], problem);
    if (!status) return session_commit(session, problem);
    session_rollback(session);
    return status;
}

enum status odds_compute(struct house *house, const bool *stopping, struct problem *problem) {
    struct arena arena = {0};
    struct moment moment = moment_now(house->insight);
    struct backtest_plan plan = {
        .outcome = outcome_of_settings(house),
        .by = PERIOD_MONTH,
        .calendar = (enum calendar)settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR),
        .from = INT32_MIN,
        .to = INT32_MAX,
        .stopping = stopping};
    struct card_set set;
    struct backtest_cases cases;
    struct odds_rows rows = {0};
    struct fact_memory *memory = NULL;
    enum status status = card_set_make(house, &moment, (struct str){0}, &arena, &set, problem);
    if (!status) memory = house_memory(house, set.catalogue);
    if (!status) status = backtest_gather(house, &plan, memory, &arena, &cases, problem);
    for (size_t c = 0; !status && c < set.n; c++) {
        struct backtest_scores scores;
        struct backtest_result result;
        status = backtest_score(house, &set, c, memory, &cases, &arena, &scores, problem);
        if (status) break;
        backtest_measure(&cases, &scores, NULL, &arena, &result);
        add_rows(&rows, &plan.outcome, &result, moment.day);
    }
    fact_memory_release(memory);
    for (size_t i = 0; i < rows.list.n; i++) {
        rows.list.v[i].rules = books_rules(house, &arena);
        rows.list.v[i].has |= 1 << ODDS_RULES;
    }
    if (!status) status = keep_rows(house, &rows, problem);
    if (!status && house->odds) __atomic_add_fetch(&house->odds->tested, 1, __ATOMIC_RELEASE);
    VEC_FREE(&rows.list);
    arena_free(&arena);
    return status;
}

/* ---- reading ---- */

static void put_refusal(const struct odds_row *row, const struct format *format, struct buf *out) {
    buf_put_c(out, format->language == PERSIAN ? "هنوز نمی‌توان احتمالی گفت: "
                                               : "No chance can be named yet: ");
    format_number(out, format, (double)row->lost, 0);
    buf_put_c(out, format->language == PERSIAN ? " ریزش ثبت شده و ۲۰ مورد لازم است"
                                               : " losses are on record, 20 are needed");
}

static struct str sentence_of(const struct odds_row *row, const struct format *format, struct arena *arena) {
    struct outcome outcome = {.days = (int32_t)row->days};
    struct backtest_share share = {
        .cases = (size_t)row->cases, .rate = row->rate, .interval = {row->low, row->high}};
    while (outcome.kind + 1 < OUTCOMES && !str_is(row->outcome, outcome_names[outcome.kind]))
        outcome.kind++;
    struct buf text = {0};
    if (str_is(row->part, "refused"))
        put_refusal(row, format, &text);
    else
        backtest_sentence(&outcome, &share, format, &text);
    struct str copy = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

enum status odds_read(struct house *house, const struct format *format, struct arena *arena, struct odds *ret,
                      struct problem *problem) {
    VEC(struct odds_row) list = {0};
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_score_odds_list);
    while (rows_next(rows)) {
        struct odds_row row = {0};
        rows_read(rows, &odds_type, &row, arena);
        row.text = sentence_of(&row, format, arena);
        field_set(&row, ODDS_TEXT);
        VEC_PUSH(&list, row);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    *ret = (struct odds){arena_copy(arena, list.v, list.n * sizeof *list.v), list.n};
    VEC_FREE(&list);
    return status;
}

static bool is_of(const struct odds_row *row, const struct scorecard *card, const char *part) {
    return str_equal(row->card, card->key) && row->version == card->version && str_is(row->part, part);
}

static void put_row(struct json_writer *w, const char *name, const struct odds_row *row) {
    json_name(w, str_of(name));
    if (row)
        fields_encode(&odds_type, row, w);
    else
        json_null(w);
}

static const struct odds_row *find_row(const struct odds *odds, const struct scorecard *card, double score,
                                       struct str band, const struct odds_row **bin,
                                       const struct odds_row **refused) {
    const struct odds_row *of_band = NULL;
    *bin = *refused = NULL;
    for (size_t i = 0; i < odds->n; i++) {
        const struct odds_row *row = &odds->rows[i];
        if (is_of(row, card, "refused")) *refused = row;
        if (is_of(row, card, "band") && str_equal(row->band, band)) of_band = row;
        /* Bins leave gaps between their scores: the last one that begins at or below. */
        if (is_of(row, card, "bin") && !isnan(score) && (!*bin || row->score_from <= score)) *bin = row;
    }
    return of_band;
}

const struct odds_row *odds_row_of(const struct odds *odds, struct str card, int64_t version, double score,
                                   struct str band) {
    struct scorecard named = {.key = card, .version = version};
    const struct odds_row *bin, *refused, *of_band = find_row(odds, &named, score, band, &bin, &refused);
    const struct odds_row *row = of_band && field_has(of_band, ODDS_RATE) ? of_band : bin;
    return row && field_has(row, ODDS_RATE) ? row : NULL;
}

bool odds_rate(const struct odds *odds, struct str card, int64_t version, double score, struct str band,
               double *rate, int64_t *days) {
    const struct odds_row *row = odds_row_of(odds, card, version, score, band);
    if (!row) return false;
    *rate = row->rate;
    *days = row->days;
    return true;
}

static const struct text
    unknown_band = {"No chance is named for an unknown health",
                    "برای سلامت نامعلوم احتمالی گفته نمی‌شود"},
    not_tested = {
        "This version of the card has not been tested yet; a running server does it "
        "within minutes",
        "این نسخهٔ کارت هنوز سنجیده نشده است؛ کارساز روشن در چند دقیقه آن را می‌سنجد"};

struct str odds_json(const struct odds *odds, const struct scorecard *card, double score, struct str band,
                     const struct format *format, struct arena *arena) {
    const struct odds_row *of_bin, *refused, *of_band = find_row(odds, card, score, band, &of_bin, &refused);
    bool persian = format->language == PERSIAN;
    struct str text = of_band                   ? of_band->text
                      : refused                 ? refused->text
                      : str_is(band, "unknown") ? str_of(persian ? unknown_band.fa : unknown_band.en)
                                                : str_of(persian ? not_tested.fa : not_tested.en);
    struct buf json = {0};
    struct json_writer w = {&json};
    json_begin_object(&w);
    json_put_string(&w, "text", text);
    put_row(&w, "band", of_band);
    put_row(&w, "bin", of_bin);
    json_end_object(&w);
    struct str copy = str_copy(arena, buf_str(&json));
    buf_free(&json);
    return copy;
}

/* Reads what was tested since into the memory of a language. */
static enum status read_again(struct house *house, const struct format *format, struct odds_kept *kept,
                              uint64_t tested, struct problem *problem) {
    struct arena arena = {0};
    struct odds odds;
    enum status status = odds_read(house, format, &arena, &odds, problem);
    if (status) {
        arena_free(&arena);
        return status;
    }
    arena_free(&kept->arena);
    *kept = (struct odds_kept){tested + 1, arena, odds};
    return OK;
}

enum status odds_beside(struct house *house, struct str card, int64_t version, double score, struct str band,
                        const struct format *format, struct arena *arena, struct str *ret,
                        struct problem *problem) {
    struct odds_worker *worker = house->odds;
    struct odds_kept *kept = &worker->kept[format->language];
    struct scorecard named = {.key = card, .version = version};
    enum status status = OK;
    uint64_t tested = __atomic_load_n(&worker->tested, __ATOMIC_ACQUIRE);
    pthread_rwlock_rdlock(&worker->keeping);
    if (kept->read <= tested) {
        pthread_rwlock_unlock(&worker->keeping);
        pthread_rwlock_wrlock(&worker->keeping);
        if (kept->read <= tested) status = read_again(house, format, kept, tested, problem);
    }
    if (!status) *ret = odds_json(&kept->odds, &named, score, band, format, arena);
    pthread_rwlock_unlock(&worker->keeping);
    return status;
}

enum status odds_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct odds odds;
    struct format format = request_format(request);
    enum status status = odds_read(request->house, &format, request->arena, &odds, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < odds.n; i++)
        fields_encode(&odds_type, &odds.rows[i], &w);
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    json_null(&w);
    json_put_bool(&w, "has_more", false);
    json_end_object(&w);
    return OK;
}

enum status odds_handle_compute(struct request *request, struct response *response, struct problem *problem) {
    enum status status = odds_compute(request->house, request->stopping, problem);
    return status ? status : odds_handle_list(request, response, problem);
}

/* ---- the worker ---- */

enum {
    FIRST_MS = 15 * 1000 /* a command on a folder that is not served is over before */,
    LOOK_EVERY_MS = 60 * 1000,
    AGAIN_MS = 600 * 1000
};

enum status odds_due(struct house *house, bool *due, struct arena *arena, struct problem *problem) {
    struct moment moment = moment_now(house->insight);
    struct outcome outcome = outcome_of_settings(house);
    struct format format = {.language = ENGLISH};
    struct card_set set;
    struct odds odds;
    enum status status = card_set_make(house, &moment, (struct str){0}, arena, &set, problem);
    if (!status) status = odds_read(house, &format, arena, &odds, problem);
    if (status) return status;
    struct str rules = books_rules(house, arena);
    size_t met = 0;
    for (size_t c = 0; c < set.n; c++) {
        bool found = false;
        for (size_t i = 0; i < odds.n && !found; i++) {
            const struct odds_row *row = &odds.rows[i];
            found = str_equal(row->card, set.cards[c]->key) && row->version == set.cards[c]->version &&
                    row->computed_on == moment.day && row->days == outcome.days &&
                    str_is(row->outcome, outcome_names[outcome.kind]) && str_equal(row->rules, rules);
        }
        met += found;
    }
    *due = met < set.n;
    return OK;
}

static enum status turn(void *self, struct worker_turn *turn, struct problem *problem) {
    struct odds_worker *worker = self;
    bool due = false;
    enum status status = odds_due(worker->house, &due, turn->arena, problem);
    if (!status && due) status = odds_compute(worker->house, turn->stopping, problem);
    if (status) turn->rest_ms = AGAIN_MS;
    return status;
}

enum status odds_start(struct house *house, struct odds_worker **ret, struct problem *problem) {
    struct odds_worker *worker = memory_new(sizeof *worker);
    worker->house = house;
    pthread_rwlock_init(&worker->keeping, NULL);
    enum status status = worker_start(&(struct worker_job){.what = "test the scorecards",
                                                           .house = house,
                                                           .turn = turn,
                                                           .self = worker,
                                                           .first_ms = FIRST_MS,
                                                           .every_ms = LOOK_EVERY_MS,
                                                           .nice = 10},
                                      &worker->worker, problem);
    if (status)
        odds_stop(worker);
    else
        *ret = worker;
    return status;
}

void odds_stop(struct odds_worker *worker) {
    if (!worker) return;
    worker_stop(worker->worker);
    pthread_rwlock_destroy(&worker->keeping);
    for (size_t i = 0; i < 2; i++)
        arena_free(&worker->kept[i].arena);
    free(worker);
}
