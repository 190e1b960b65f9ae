#include "insight/health.h"

#include "base/format.h"
#include "base/vec.h"
#include "insight/fact_memory.h"
#include "insight/needs.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>

/* ---- cards ---- */

static enum status parse_card(struct str json, struct str key, int64_t version, struct card_set *set,
                              struct arena *arena, struct problem *problem) {
    struct json value;
    struct scorecard *card;
    enum status status = json_parse(json, arena, &value, problem);
    if (!status) status = scorecard_parse(&value, (struct str){0}, &set->scope, arena, &card, problem);
    if (status) /* what was accepted once no longer fits the catalogue: say which card, keep the detail */
        return fail(
            problem, CONFLICT,
            MESSAGE(
                "scorecard_broken", "The scorecard “{0}” no longer fits the facts: {1} Save it anew.",
                "کارت امتیاز «{0}» دیگر با شاخص‌ها نمی‌خواند: {1} آن را دوباره ذخیره کنید."),
            ARGS(key, str_of(problem->main.message.en)));
    card->version = version;
    struct scorecard **cards = arena_array(arena, set->n + 1, sizeof *cards);
    if (set->n) memcpy(cards, set->cards, set->n * sizeof *cards);
    cards[set->n++] = card;
    set->cards = cards;
    return OK;
}

struct stored_card {
    struct str key, card;
    int64_t version;
    instant_t live_from;
};

static enum status read_cards(struct session *session, const struct query *query, const char *parameter,
                              instant_t at, struct str key, struct stored_card **cards, size_t *n,
                              struct arena *arena, struct problem *problem) {
    VEC(struct stored_card) list = {0};
    struct rows *rows = rows_open(session, query);
    if (parameter && key.n)
        rows_bind_text(rows, parameter, key);
    else if (parameter)
        rows_bind_int(rows, parameter, at);
    while (rows_next(rows))
        VEC_PUSH(&list, (struct stored_card){rows_text(rows, 0, arena), rows_text(rows, 2, arena),
                                             rows_int(rows, 1), rows_int(rows, 3)});
    *n = list.n;
    *cards = arena_copy(arena, list.v, list.n * sizeof *list.v);
    VEC_FREE(&list);
    return rows_close(rows, problem);
}

static const struct scorecard_template *find_template(struct str name) {
    for (size_t i = 0; i < scorecard_template_count; i++) {
        if (str_is(name, scorecard_templates[i].name)) return &scorecard_templates[i];
    }
    return NULL;
}

enum status card_set_make(struct house *house, const struct moment *moment, struct str named,
                          struct arena *arena, struct card_set *ret, struct problem *problem) {
    *ret = (struct card_set){.catalogue = insight_catalogue(house->insight), .then = true};
    ret->scope = rule_scope_of(ret->catalogue);
    struct session *session = NULL;
    struct stored_card *cards = NULL;
    size_t n = 0;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    if (named.n) {
        status = read_cards(session, &query_scorecard_named, "key", 0, named, &cards, &n, arena, problem);
    } else {
        status = read_cards(session, &query_scorecard_in_force, "at", moment->at, (struct str){0}, &cards, &n,
                            arena, problem);
        ret->then = n > 0;
        if (!status && !n) {
            instant_t now = clock_now(house->clock);
            status = read_cards(session, &query_scorecard_in_force, "at", now, (struct str){0}, &cards, &n,
                                arena, problem);
        }
    }
    session_rollback(session);
    if (named.n) ret->then = n && cards[0].live_from <= moment->at;
    const struct scorecard_template *template = named.n && !n ? find_template(named) : NULL;
    if (!status && template) return parse_card(*template->json, named, 0, ret, arena, problem);
    if (!status && named.n && !n)
        return fail_at(problem, STR("card"),
                       MESSAGE("unknown_scorecard",
                               "There is no scorecard “{0}”. See: vafa scorecards list DATA.",
                               "کارت امتیاز «{0}» وجود ندارد. فهرست: vafa scorecards list DATA."),
                       ARGS(named));
    for (size_t i = 0; i < n && !status; i++)
        status = parse_card(cards[i].card, cards[i].key, cards[i].version, ret, arena, problem);
    return status;
}

enum status card_set_draft(struct catalogue *catalogue, const struct json *json, struct str where,
                           struct arena *arena, struct card_set *ret, struct problem *problem) {
    *ret = (struct card_set){.catalogue = catalogue};
    ret->scope = rule_scope_of(ret->catalogue);
    ret->cards = arena_array(arena, 1, sizeof(struct scorecard *));
    enum status status = scorecard_parse(json, where, &ret->scope, arena, &ret->cards[0], problem);
    if (!status) status = scorecard_refuse_cycle(ret->catalogue, json, where, ret->cards[0], arena, problem);
    if (!status) ret->n = 1;
    return status;
}

enum status scorecards_install(struct house *house, struct problem *problem) {
    struct arena arena = {0};
    struct stored_card *cards;
    size_t n = 0;
    struct session *session = NULL;
    instant_t now = clock_now(house->clock);
    enum status status = records_write(house->records, &session, problem);
    if (!status)
        status = read_cards(session, &query_scorecard_current, NULL, 0, (struct str){0}, &cards, &n, &arena,
                            problem);
    for (size_t i = 0; i < scorecard_template_count && !status && !n; i++) {
        struct rows *rows = rows_open(session, &query_scorecard_insert);
        rows_bind_id(rows, "id", id_new(now));
        rows_bind_text(rows, "key", str_of(scorecard_templates[i].name));
        rows_bind_int(rows, "version", 1);
        rows_bind_int(rows, "place", (int64_t)i + 1);
        rows_bind_text(rows, "card", *scorecard_templates[i].json);
        rows_bind_int(rows, "live_from", now);
        rows_bind_int(rows, "created_at", now);
        rows_bind_text(rows, "created_by", STR("vafa"));
        rows_bind_null(rows, "reason");
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    arena_free(&arena);
    return status;
}

/* ---- evaluation ---- */

static enum status make_columns(struct house *house, struct health *health, struct fact_memory *memory,
                                struct arena *arena, struct problem *problem) {
    const struct card_set *set = health->set;
    const struct rule_needs **lists = arena_array(arena, set->n, sizeof *lists);
    health->columns = arena_array(arena, set->n, sizeof *health->columns);
    for (size_t c = 0; c < set->n && memory; c++) {
        const struct rule_needs *needs = &set->cards[c]->needs;
        health->columns[c] = arena_array(arena, needs->n + 1, sizeof **health->columns);
        enum status status =
            fact_memory_needs(memory, needs, &health->moment, arena, health->columns[c], problem);
        if (status) return status;
    }
    if (memory) return OK;
    for (size_t c = 0; c < set->n; c++)
        lists[c] = &set->cards[c]->needs;
    return needs_evaluate(house->insight, set->catalogue, lists, set->n, &health->moment, health->first,
                          health->n, arena, health->columns, problem);
}

/* Whether an unknown value can have been known before: what was never recorded by now was not recorded then.
 */
static bool may_have_been_known(const struct declared *declared, const struct column *now, size_t i) {
    if (now->state[i] != FACT_UNKNOWN) return false;
    return now->cause[i] != CAUSE_NO_SOURCE || declared->kind == FROM_FORMULA || declared->kind == FROM_SCORE;
}

/* A closed day, as it was known at the moment of the judgement. */
static struct moment closed_day(struct house *house, const struct health *health, day_t day) {
    struct moment moment = moment_of_day(house->insight, day);
    moment.known_at = health->moment.known_at;
    moment.known_day = health->moment.known_day;
    return moment;
}

struct wanting { /* an account without a value */
    uint32_t row;
    day_t day; /* the newest on which it may have had one */
};

/* The last known values of a `carry` measure, looked for day by day until every account has one or the days
 * are over: each account on days only on which it may have had one. Few are asked one by one. */
static enum status carry(struct house *house, const struct health *health, const struct measure *measure,
                         const struct column *now, struct column *out, struct arena *arena,
                         struct problem *problem) {
    *out = column_new(arena, health->n);
    const struct catalogue *catalogue = health->set->catalogue;
    uint32_t fact = catalogue_find(catalogue, measure->fact_key);
    const struct declared *declared = catalogue_declared(catalogue, fact);
    struct wanting *wanting = arena_array(arena, health->n, sizeof *wanting);
    day_t newest = health->moment.day - !health->moment.now,
          oldest = health->moment.day - measure->carry_days;
    struct moment moment = closed_day(house, health, newest);
    size_t n = 0;
    for (uint32_t i = 0; i < health->n; i++)
        if (health->present[i] && may_have_been_known(declared, now, i))
            wanting[n++] =
                (struct wanting){i, fact_known_by(house->insight, declared, health->first + i, &moment)};
    struct arena scratch = {0};
    enum status status = OK;
    for (day_t day = newest; day >= oldest && n && !status; day--) {
        moment = closed_day(house, health, day);
        struct moment before = closed_day(house, health, day - 1);
        struct column then;
        size_t asked = 0, left = 0;
        for (size_t k = 0; k < n; k++)
            asked += wanting[k].day >= day;
        bool few = asked * 8 < health->n;
        if (!few)
            status = facts_evaluate(house->insight, catalogue, &fact, 1, &moment, health->first, health->n,
                                    &scratch, &then, problem);
        for (size_t k = 0; k < n && !status; k++) {
            uint32_t i = wanting[k].row;
            if (wanting[k].day < oldest) continue;
            if (wanting[k].day < day) {
                wanting[left++] = wanting[k];
                continue;
            }
            if (few)
                status = facts_evaluate(house->insight, catalogue, &fact, 1, &moment, health->first + i, 1,
                                        &scratch, &then, problem);
            if (status) break;
            size_t row = few ? 0 : i;
            if (then.state[row] == FACT_KNOWN) {
                out->number[i] = then.number[row];
                out->state[i] = FACT_KNOWN;
                out->age_days[i] = health->moment.day - day;
            } else if (may_have_been_known(declared, &then, row)) {
                wanting[left++] =
                    (struct wanting){i, fact_known_by(house->insight, declared, health->first + i, &before)};
            }
        }
        n = left;
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    return status;
}

static enum status make_carried(struct house *house, struct health *health, struct fact_memory *memory,
                                struct arena *arena, struct problem *problem) {
    const struct card_set *set = health->set;
    health->carried = arena_array(arena, set->n, sizeof *health->carried);
    for (size_t c = 0; c < set->n; c++) {
        const struct scorecard *card = set->cards[c];
        health->carried[c] = arena_array(arena, card->measure_count, sizeof **health->carried);
        for (size_t m = 0; m < card->measure_count; m++) {
            const struct measure *measure = &card->measures[m];
            if (measure->missing != MISSING_CARRY) continue;
            uint32_t fact = catalogue_find(set->catalogue, measure->fact_key);
            struct column *column = &health->carried[c][m];
            if (memory && fact_memory_carried(memory, fact, &health->moment, measure->carry_days, column))
                continue;
            enum status status =
                carry(house, health, measure, &health->columns[c][measure->need], column, arena, problem);
            if (status) return status;
            if (memory) fact_memory_keep_carried(memory, fact, &health->moment, measure->carry_days, column);
        }
    }
    return OK;
}

enum status health_read_overrides(struct house *house, instant_t at, double *overrides, uint32_t first,
                                  size_t n, instant_t *next_end, struct problem *problem) {
    struct session *session = NULL;
    for (size_t i = 0; i < n; i++)
        overrides[i] = NAN;
    if (next_end) *next_end = INT64_MAX;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_health_override_at);
    rows_bind_int(rows, "at", at);
    while (rows_next(rows)) {
        directory_lock(house->directory);
        uint32_t index = directory_by_id(house->directory, rows_id(rows, 0));
        directory_unlock(house->directory);
        if (index != ACCOUNT_NONE && index >= first && index - first < n)
            overrides[index - first] = rows_number(rows, 1);
        if (next_end && !rows_is_null(rows, 2) && rows_int(rows, 2) < *next_end)
            *next_end = rows_int(rows, 2);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

static enum status find_overrides(struct house *house, struct health *health,
                                  const struct health_known *known, struct arena *arena,
                                  struct problem *problem) {
    health->overrides = arena_array(arena, health->n, sizeof *health->overrides);
    if (!known)
        return health_read_overrides(house, health->moment.at, health->overrides, health->first, health->n,
                                     NULL, problem);
    for (size_t i = 0; i < health->n; i++)
        health->overrides[i] =
            health->first + i < known->override_count ? known->overrides[health->first + i] : NAN;
    return OK;
}

static void find_present(struct house *house, struct health *health, struct arena *arena) {
    health->present = arena_array(arena, health->n, sizeof *health->present);
    directory_lock(house->directory);
    for (size_t i = 0; i < health->n; i++) {
        const struct directory_account *account =
            directory_account(house->directory, health->first + (uint32_t)i);
        health->present[i] =
            !account->merged && (account->starts_on == INT32_MIN || account->starts_on <= health->moment.day);
    }
    directory_unlock(house->directory);
}

bool card_set_has_percentile(const struct card_set *set) {
    for (size_t c = 0; c < set->n; c++) {
        for (size_t m = 0; m < set->cards[c]->measure_count; m++) {
            if (set->cards[c]->measures[m].points == POINTS_PERCENTILE) return true;
        }
    }
    return false;
}

/* Of the accounts with the card those in the segment of the measure. */
static uint8_t *peers_within(const struct health *health, size_t card, size_t measure, const uint8_t *mask,
                             struct arena *arena) {
    const struct column *in =
        &health->columns[card][health->set->cards[card]->measures[measure].segment_need];
    uint8_t *within = arena_alloc(arena, health->n);
    for (size_t i = 0; i < health->n; i++)
        within[i] = mask[i] && in->state[i] == FACT_KNOWN && in->number[i] != 0;
    return within;
}

/* Peers of a card are the accounts that the card applies to. */
static void make_peers(struct health *health, struct arena *arena) {
    const struct card_set *set = health->set;
    for (size_t c = 0; c < set->n; c++) {
        const struct scorecard *card = set->cards[c];
        uint8_t *mask = arena_alloc(arena, health->n);
        for (size_t i = 0; i < health->n; i++)
            mask[i] = health->card[i] == (int32_t)c;
        const uint8_t **masks = arena_array(arena, card->measure_count, sizeof *masks);
        for (size_t m = 0; m < card->measure_count; m++)
            masks[m] = card->measures[m].segment.n ? peers_within(health, c, m, mask, arena) : mask;
        health->peers[c] = scorecard_peers(card, health->columns[c], masks, health->n, arena);
    }
}

static struct scorecard_input input_of(const struct health *health, size_t card) {
    return (struct scorecard_input){
        .columns = health->columns[card],
        .carried = health->carried[card],
        .peers = health->peers[card],
        .overrides = health->overrides,
        .today = health->moment.day,
    };
}

static void score_rows(struct health *health, struct arena *arena) {
    const struct card_set *set = health->set;
    struct arena scratch = {0};
    struct scorecard_output one = {arena_array(&scratch, health->n, sizeof(double)),
                                   arena_alloc(&scratch, health->n),
                                   arena_array(&scratch, health->n, sizeof(double))};
    struct arena work = {0};
    health->score = arena_array(arena, health->n, sizeof *health->score);
    health->coverage = arena_array(arena, health->n, sizeof *health->coverage);
    health->band = arena_alloc(arena, health->n);
    for (size_t i = 0; i < health->n; i++) {
        health->score[i] = NAN;
        health->band[i] = BAND_UNKNOWN;
    }
    for (size_t c = 0; c < set->n; c++) {
        bool any = false;
        for (size_t i = 0; i < health->n && !any; i++)
            any = health->card[i] == (int32_t)c;
        if (!any) continue;
        struct scorecard_input input = input_of(health, c);
        scorecard_evaluate(set->cards[c], &input, health->n, &work, &one);
        arena_reset(&work);
        for (size_t i = 0; i < health->n; i++) {
            if (health->card[i] != (int32_t)c) continue;
            health->score[i] = one.score[i];
            health->band[i] = one.band[i];
            health->coverage[i] = one.coverage[i];
        }
    }
    arena_free(&work);
    arena_free(&scratch);
}

/* The peers of a few accounts are found among all. */
static enum status find_peers(struct house *house, const struct card_set *set, const struct moment *moment,
                              size_t all, struct arena *arena, struct peer_values ***ret,
                              struct problem *problem) {
    struct health whole;
    enum status status =
        health_evaluate(house, set, moment, 0, all, &(struct health_known){0}, arena, &whole, problem);
    *ret = whole.peers;
    return status;
}

enum status health_evaluate(struct house *house, const struct card_set *set, const struct moment *moment,
                            uint32_t first, size_t n, const struct health_known *known, struct arena *arena,
                            struct health *ret, struct problem *problem) {
    *ret = (struct health){
        .set = set, .moment = *moment, .first = first, .n = n, .peers = known ? known->peers : NULL};
    enum status status = OK;
    bool own_peers = false;
    if (!ret->peers && card_set_has_percentile(set)) {
        directory_lock(house->directory);
        size_t all = directory_size(house->directory);
        directory_unlock(house->directory);
        own_peers = !first && (n >= all || (known && known->memory));
        if (!own_peers && (status = find_peers(house, set, moment, all, arena, &ret->peers, problem)))
            return status;
    }
    if (!ret->peers) ret->peers = arena_array(arena, set->n, sizeof *ret->peers);
    find_present(house, ret, arena);
    ret->card = arena_array(arena, n, sizeof *ret->card);
    struct fact_memory *memory = known ? known->memory : NULL;
    status = make_columns(house, ret, memory, arena, problem);
    if (!status) status = make_carried(house, ret, memory, arena, problem);
    if (!status) status = find_overrides(house, ret, known, arena, problem);
    if (status) return status;
    struct arena scratch = {0};
    scorecard_choose((const struct scorecard *const *)set->cards, (const struct column *const *)ret->columns,
                     set->n, moment->day, n, &scratch, ret->card);
    arena_free(&scratch);
    for (size_t i = 0; i < n; i++) {
        if (!ret->present[i]) ret->card[i] = -1;
    }
    if (own_peers) make_peers(ret, arena);
    score_rows(ret, arena);
    return OK;
}

bool health_explain(const struct health *health, size_t row, struct arena *arena,
                    struct scorecard_result *ret) {
    int32_t card = health->card[row];
    if (card < 0) return false;
    struct scorecard_input input = input_of(health, (size_t)card);
    scorecard_explain(health->set->cards[card], &input, row, arena, ret);
    return true;
}

const char *health_band_key(const struct health *health, size_t row) {
    if (health->card[row] < 0 || health->band[row] == BAND_UNKNOWN) return "unknown";
    return health->set->cards[health->card[row]]->bands[health->band[row]].key.p;
}

struct text health_band_title(const struct health *health, size_t row) {
    if (health->card[row] < 0 || health->band[row] == BAND_UNKNOWN)
        return (struct text){"Unknown", "نامعلوم"};
    return health->set->cards[health->card[row]]->bands[health->band[row]].title;
}
