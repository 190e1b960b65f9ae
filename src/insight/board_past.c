#include "insight/board_past.h"

#include "base/format.h"
#include "customers/directory.h"
#include "insight/at_risk.h"

#include <math.h>

static uint64_t rewritten(const struct house *house) {
    return insight_rewritten(house->insight) + usage_rewritten(house->usage);
}

bool board_past_stale(struct house *house, const struct board_past *past) {
    return !past || past->day != moment_now(house->insight).day || past->rewritten != rewritten(house) ||
           past->set.catalogue != insight_catalogue(house->insight);
}

void board_past_release(struct board_past *past) {
    if (!past || __atomic_sub_fetch(&past->holders, 1, __ATOMIC_ACQ_REL)) return;
    free(past->score);
    struct arena arena = past->arena;
    free(past);
    arena_free(&arena);
}

/* Peers outlive the pass: rows are explained among them. */
static struct peer_values **keep_peers(const struct health *health, struct arena *arena) {
    const struct card_set *set = health->set;
    struct peer_values **peers = arena_array(arena, set->n + 1, sizeof *peers);
    for (size_t c = 0; c < set->n; c++) {
        if (!health->peers[c]) continue;
        size_t measures = set->cards[c]->measure_count;
        peers[c] = arena_array(arena, measures + 1, sizeof **peers);
        for (size_t m = 0; m < measures; m++) {
            const struct peer_values *of = &health->peers[c][m];
            peers[c][m] = (struct peer_values){arena_copy(arena, of->v, of->n * sizeof *of->v), of->n};
        }
    }
    return peers;
}

enum status board_past_make(struct house *house, struct board_past **ret, struct problem *problem) {
    struct board_past *past = memory_new(sizeof *past);
    struct moment now = moment_now(house->insight);
    past->holders = 1;
    past->day = now.day;
    past->rewritten = rewritten(house);
    directory_lock(house->directory);
    past->n = directory_size(house->directory);
    directory_unlock(house->directory);
    past->score = memory_new((past->n + 1) * sizeof *past->score);
    enum status status = card_set_make(house, &now, (struct str){0}, &past->arena, &past->set, problem);
    for (int w = 0; w < BOARD_WEEKS && !status; w++) {
        struct arena arena = {0};
        struct health health;
        bool last = w == BOARD_WEEKS - 1;
        struct moment moment =
            last ? now : moment_of_day(house->insight, now.day - 7 * (BOARD_WEEKS - 1 - w));
        moment.known_at = now.known_at;
        moment.known_day = now.known_day;
        status = health_evaluate(house, &past->set, &moment, 0, past->n, NULL, &arena, &health, problem);
        for (size_t i = 0; i < past->n && !status; i++)
            past->score[i][w] = (float)health.score[i];
        if (!status && last) past->peers = keep_peers(&health, &past->arena);
        arena_free(&arena);
    }
    if (status)
        board_past_release(past);
    else
        *ret = past;
    return status;
}

/* ---- why ---- */

/* The number of a fact some weeks ago, as known now; NaN: not known then, or no number. */
static double number_before(struct house *house, const struct board *board, uint32_t account,
                            const struct fact *fact, struct arena *arena) {
    struct moment then = moment_of_day(house->insight, board->moment.day - 7 * BOARD_CHANGE_WEEKS);
    struct problem ignored = {.arena = arena};
    struct column column;
    uint32_t number = catalogue_find(board->past->set.catalogue, fact->key);
    if (number == DICT_NONE || fact->type != VALUE_NUMBER) return NAN;
    if (facts_evaluate(house->insight, board->past->set.catalogue, &number, 1, &then, account, 1, arena,
                       &column, &ignored))
        return NAN;
    return column.state[0] == FACT_KNOWN ? column.number[0] : NAN;
}

static void say_before(const struct fact *fact, double before, const struct format *format,
                       struct str currency, struct buf *text) {
    struct buf was = {0};
    fact_print(fact, before, format, currency, &was);
    if (!memmem(text->p, text->n, was.p, was.n)) {
        bool persian = format->language == PERSIAN;
        buf_put_c(text, persian ? " (چهار هفته پیش " : " (was ");
        buf_put_str(text, buf_str(&was));
        buf_put_byte(text, ')');
    }
    buf_free(&was);
}

static void too_little(double coverage, const struct format *format, struct buf *text) {
    buf_put_c(text, format->language == PERSIAN ? "اطلاعات کافی نیست: " : "Too little is known: ");
    format_percent(text, format, coverage, 0);
    buf_put_c(text, format->language == PERSIAN ? " کارت سنجیده شد" : " of the card is measured");
}

enum status board_judge(struct house *house, const struct board *board, uint32_t first, size_t n,
                        struct arena *arena, struct health *ret, struct problem *problem) {
    const struct board_past *past = board->past;
    struct health_known known = {
        .peers = past->peers, .overrides = board->overrides, .override_count = board->n};
    return health_evaluate(house, &past->set, &board->moment, first, n, &known, arena, ret, problem);
}

static void say_reason(struct house *house, const struct board *board, uint32_t account,
                       const struct reason *reason, const struct format *format, bool with_before,
                       struct arena *arena, struct board_why *ret, struct buf *text) {
    const struct fact *fact = reason->measure ? reason->measure->fact : NULL;
    ret->key = str_copy(arena, reason_key(reason));
    ret->lost = reason->lost;
    reason_print(reason, format, board->currency, text);
    if (!fact) return;
    ret->fact = fact->key;
    if (fact->type != VALUE_TEXT) ret->value = reason->result->value;
    if (with_before && !isnan(ret->value)) ret->before = number_before(house, board, account, fact, arena);
    if (!isnan(ret->before)) say_before(fact, ret->before, format, board->currency, text);
}

bool board_why_of(struct house *house, const struct board *board, const struct health *health, size_t row,
                  const struct format *format, bool with_before, struct arena *arena, struct board_why *ret) {
    struct scorecard_result result;
    struct reason *reason;
    struct buf text = {0};
    *ret = (struct board_why){.value = NAN, .before = NAN};
    if (!health_explain(health, row, arena, &result)) return false;
    if (!result.has_score) {
        ret->key = STR("coverage");
        too_little(result.coverage, format, &text);
    } else if (health_reasons(health, &result, row, 1, arena, &reason)) {
        say_reason(house, board, health->first + (uint32_t)row, reason, format, with_before, arena, ret,
                   &text);
    } else {
        return false;
    }
    ret->text = str_copy(arena, buf_str(&text));
    buf_free(&text);
    return true;
}

bool board_why(struct house *house, const struct board *board, uint32_t account, const struct format *format,
               struct arena *arena, struct board_why *ret) {
    struct problem ignored = {.arena = arena}; /* a row without its reason is still a row */
    struct health health;
    if (!board->past || account >= board->past->n) return false;
    if (board_judge(house, board, account, 1, arena, &health, &ignored)) return false;
    return board_why_of(house, board, &health, 0, format, true, arena, ret);
}
