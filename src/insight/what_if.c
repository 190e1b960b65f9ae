/* What a draft of a scorecard would change, before it is saved: who changes band now, how many stand where,
 * and the same test for both cards. */
#include "base/vec.h"
#include "insight/backtest_api.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

struct move {
    uint32_t account;
    double before, after; /* scores */
    struct str from, to;  /* bands */
    struct text from_title, to_title;
    double arr;         /* minor units of the base currency; NaN: not known */
    bool worse, better; /* from a known band to a known lower or higher one */
};

static int by_fall(const void *a, const void *b) {
    const struct move *x = a, *y = b;
    double dx = x->after - x->before, dy = y->after - y->before;
    if (isnan(dx) != isnan(dy)) return isnan(dx) ? 1 : -1;
    if (!isnan(dx) && dx != dy) return dx < dy ? -1 : 1;
    return x->account < y->account ? -1 : x->account > y->account;
}

/* The cards in force with the draft in place of the one of its key; the draft alone beside that card where
 * that one is not in force. */
static enum status replace(struct house *house, const struct moment *moment, struct str key,
                           const struct card_set *draft, struct arena *arena, struct card_set *before,
                           struct card_set *after, struct problem *problem) {
    enum status status = card_set_make(house, moment, (struct str){0}, arena, before, problem);
    if (status) return status;
    size_t at = 0;
    while (at < before->n && !str_equal(before->cards[at]->key, key))
        at++;
    if (at == before->n) {
        *after = *draft;
        return card_set_make(house, moment, key, arena, before, problem);
    }
    *after = *before;
    after->cards = arena_copy(arena, before->cards, before->n * sizeof *before->cards);
    after->cards[at] = draft->cards[0];
    return OK;
}

static struct str band_of(const struct health *health, size_t row) {
    return str_of(health_band_key(health, row));
}

/* How many accounts stand in each band. */
static void put_distribution(const struct request *request, const struct health *before,
                             const struct health *after, const struct selection *selection,
                             const struct scorecard *draft, struct json_writer *w) {
    struct dict bands = {0};
    VEC(struct text) titles = {0};
    VEC(size_t) counts = {0};                        /* two a band */
    for (size_t b = 0; b < draft->band_count; b++) { /* in their order, before any other that is met */
        dict_put(&bands, draft->bands[b].key, NULL);
        VEC_PUSH(&titles, draft->bands[b].title);
        VEC_PUSH(&counts, 0);
        VEC_PUSH(&counts, 0);
    }
    for (size_t i = 0; i < selection->n; i++) {
        for (int end = 0; end < 2; end++) {
            const struct health *health = end ? after : before;
            if (!selection->included[i] || !health->present[i]) continue;
            bool added;
            uint32_t band = dict_put(&bands, band_of(health, i), &added);
            if (added) {
                VEC_PUSH(&titles, health_band_title(health, i));
                VEC_PUSH(&counts, 0);
                VEC_PUSH(&counts, 0);
            }
            counts.v[2 * band + (size_t)end]++;
        }
    }
    json_name(w, STR("distribution"));
    json_begin_array(w);
    for (uint32_t b = 0; b < bands.n; b++) {
        json_begin_object(w);
        json_put_string(w, "band", dict_key(&bands, b));
        json_put_string(w, "band_title",
                        str_of(request->language == PERSIAN ? titles.v[b].fa : titles.v[b].en));
        json_put_int(w, "before", (int64_t)counts.v[2 * (size_t)b]);
        json_put_int(w, "after", (int64_t)counts.v[2 * (size_t)b + 1]);
        json_end_object(w);
    }
    json_end_array(w);
    dict_free(&bands);
    VEC_FREE(&titles);
    VEC_FREE(&counts);
}

static void put_moves(const struct request *request, struct move *moves, size_t n, size_t most,
                      struct json_writer *w) {
    size_t worse = 0, better = 0;
    double worse_arr = 0, better_arr = 0;
    for (size_t i = 0; i < n; i++) {
        double arr = isnan(moves[i].arr) ? 0 : moves[i].arr;
        worse += moves[i].worse;
        better += moves[i].better;
        worse_arr += moves[i].worse ? arr : 0;
        better_arr += moves[i].better ? arr : 0;
    }
    qsort(moves, n, sizeof *moves, by_fall);
    json_put_int(w, "moved", (int64_t)n);
    json_put_int(w, "moved_down", (int64_t)worse);
    json_put_int(w, "moved_up", (int64_t)better);
    json_put_number(w, "moved_down_arr", worse_arr);
    json_put_number(w, "moved_up_arr", better_arr);
    json_put_string(w, "currency",
                    settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    json_name(w, STR("moves"));
    json_begin_array(w);
    directory_lock(request->house->directory);
    for (size_t i = 0; i < n && i < most; i++) {
        const struct move *move = &moves[i];
        const struct directory_account *account = directory_account(request->house->directory, move->account);
        bool persian = request->language == PERSIAN;
        json_begin_object(w);
        json_put_string(w, "account", account->key);
        json_put_string(w, "name", account->name);
        json_put_string(w, "from", move->from);
        json_put_string(w, "from_title", str_of(persian ? move->from_title.fa : move->from_title.en));
        json_put_string(w, "to", move->to);
        json_put_string(w, "to_title", str_of(persian ? move->to_title.fa : move->to_title.en));
        json_put_number(w, "score_before", move->before);
        json_put_number(w, "score_after", move->after);
        json_put_number(w, "arr", move->arr);
        json_end_object(w);
    }
    directory_unlock(request->house->directory);
    json_end_array(w);
}

static enum status put_now(const struct request *request, const struct backtest_plan *plan,
                           const struct card_set *draft, size_t most, struct json_writer *w,
                           struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct moment moment = moment_now(house->insight);
    struct card_set sets[2];
    struct health health[2];
    struct selection selection;
    struct column arr;
    enum status status =
        replace(house, &moment, request_param(request, "key"), draft, arena, &sets[0], &sets[1], problem);
    if (!status) status = selector_apply(plan->selector, &moment, arena, &selection, problem);
    for (int end = 0; end < 2 && !status; end++)
        status =
            health_evaluate(house, &sets[end], &moment, 0, selection.n, NULL, arena, &health[end], problem);
    uint32_t arr_fact = catalogue_find(draft->catalogue, STR("arr"));
    if (!status)
        status = facts_evaluate(house->insight, draft->catalogue, &arr_fact, 1, &moment, 0, selection.n,
                                arena, &arr, problem);
    if (status) return status;
    VEC(struct move) moves = {0};
    for (uint32_t i = 0; i < selection.n; i++) {
        struct str from = band_of(&health[0], i), to = band_of(&health[1], i);
        bool known = health[0].band[i] != BAND_UNKNOWN && health[1].band[i] != BAND_UNKNOWN;
        if (selection.included[i] && health[0].present[i] && !str_equal(from, to))
            VEC_PUSH(&moves, (struct move){i, health[0].score[i], health[1].score[i], from, to,
                                           health_band_title(&health[0], i), health_band_title(&health[1], i),
                                           arr.state[i] == FACT_KNOWN ? arr.number[i] : NAN,
                                           known && health[1].band[i] < health[0].band[i],
                                           known && health[1].band[i] > health[0].band[i]});
    }
    put_moves(request, moves.v, moves.n, most, w);
    put_distribution(request, &health[0], &health[1], &selection, draft->cards[0], w);
    VEC_FREE(&moves);
    return OK;
}

/* Both cards on the same cases. Too few losses are said in place of the tests: the moves stand without. */
static enum status put_tests(const struct request *request, const struct backtest_plan *plan,
                             struct json_writer *w, struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct moment moment = moment_now(house->insight);
    struct card_set sets[2]; /* as stored, as drafted; of one catalogue */
    struct backtest_cases cases;
    struct backtest_scores scores[2];
    struct backtest_result results[2];
    struct knowledge *knowledge;
    size_t known_n;
    enum status status =
        card_set_make(house, &moment, request_param(request, "key"), arena, &sets[0], problem);
    if (!status) status = request_draft(request, sets[0].catalogue, &sets[1], problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(house, sets[0].catalogue);
    status = backtest_gather(house, plan, memory, arena, &cases, problem);
    for (int end = 0; end < 2 && !status; end++) {
        status = backtest_score(house, &sets[end], 0, memory, &cases, arena, &scores[end], problem);
        if (status) continue;
        bool same = end && backtest_same_cases(&cases, &scores[0], &scores[1]);
        backtest_measure(&cases, &scores[end], same ? &results[0] : NULL, arena, &results[end]);
    }
    if (!status) status = backtest_count(request, &sets[1], &cases, &knowledge, &known_n, problem);
    fact_memory_release(memory);
    if (status) return status;
    backtest_put_plan(&cases, w);
    struct problem refusal = {.arena = arena};
    struct buf text = {0};
    if (backtest_enough(&results[0], &cases, &refusal) || backtest_enough(&results[1], &cases, &refusal)) {
        fault_print(&refusal.main, request->language, &text);
        json_put_string(w, "refused", buf_str(&text));
        buf_free(&text);
        return OK;
    }
    struct backtest_difference difference =
        backtest_compare(&cases, &scores[0], &results[0], &scores[1], &results[1]);
    json_name(w, STR("current"));
    backtest_put_result(request, &cases, &results[0], w);
    json_name(w, STR("draft"));
    backtest_put_result(request, &cases, &results[1], w);
    json_name(w, STR("difference"));
    json_begin_object(w);
    json_put_int(w, "cases", (int64_t)difference.cases);
    json_put_number(w, "auc", difference.auc);
    put_interval(w, "auc_low", "auc_high", difference.interval);
    json_end_object(w);
    knowledge_put(knowledge, known_n, w);
    return OK;
}

enum status what_if_handle(struct request *request, struct response *response, struct problem *problem) {
    struct backtest_plan plan;
    struct card_set draft;
    int64_t most = 100;
    enum status status = request_backtest(request, &plan, problem);
    if (!status) status = request_query_int(request, "limit", 0, 10000, &most, problem);
    if (!status) status = request_draft(request, insight_catalogue(request->house->insight), &draft, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    status = put_now(request, &plan, &draft, (size_t)most, &w, problem);
    if (!status) status = put_tests(request, &plan, &w, problem);
    json_end_object(&w);
    if (status) buf_clear(&response->body);
    return status;
}
