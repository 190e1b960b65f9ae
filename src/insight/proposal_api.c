#include "insight/backtest_api.h"
#include "insight/proposal.h"

#include <math.h>

static void put_day(struct json_writer *w, const char *name, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    json_put_string(w, name, str_of(text));
}

static void put_measures(const struct request *request, const struct proposal *proposal,
                         const struct scorecard *card, struct json_writer *w) {
    json_name(w, STR("measures"));
    json_begin_array(w);
    for (size_t m = 0; m < card->measure_count; m++) {
        const struct proposed_measure *one = &proposal->measures[m];
        struct text title = one->measure->title.en ? one->measure->title : one->measure->fact->title;
        json_begin_object(w);
        json_put_string(w, "key", one->measure->key);
        json_put_string(w, "group", card->groups[one->measure->group].key);
        json_put_string(w, "title", str_of(request->language == PERSIAN ? title.fa : title.en));
        json_put_number(w, "share_before", one->share_before);
        json_put_number(w, "share_after", one->share_after);
        json_end_object(w);
    }
    json_end_array(w);
}

/* Both cards on the later time, where it has enough losses. */
static void put_tests(const struct request *request, const struct proposal *proposal, struct json_writer *w) {
    struct backtest_result before, after;
    struct problem refusal = {.arena = request->arena};
    backtest_measure(&proposal->later, &proposal->before, NULL, request->arena, &before);
    backtest_measure(&proposal->later, &proposal->after, NULL, request->arena, &after);
    if (backtest_enough(&before, &proposal->later, &refusal) ||
        backtest_enough(&after, &proposal->later, &refusal)) {
        struct buf text = {0};
        fault_print(&refusal.main, request->language, &text);
        json_put_string(w, "refused", buf_str(&text));
        buf_free(&text);
        return;
    }
    struct backtest_difference difference =
        backtest_compare(&proposal->later, &proposal->before, &before, &proposal->after, &after);
    json_name(w, STR("current"));
    backtest_put_result(request, &proposal->later, &before, w);
    json_name(w, STR("draft"));
    backtest_put_result(request, &proposal->later, &after, w);
    json_name(w, STR("difference"));
    json_begin_object(w);
    json_put_int(w, "cases", (int64_t)difference.cases);
    json_put_number(w, "auc", difference.auc);
    put_interval(w, "auc_low", "auc_high", difference.interval);
    json_put_number(w, "log_loss_before", proposal->log_loss_before);
    json_put_number(w, "log_loss_after", proposal->log_loss_after);
    json_put_number(w, "brier_before", proposal->brier_before);
    json_put_number(w, "brier_after", proposal->brier_after);
    json_end_object(w);
}

static void put_proposal(const struct request *request, const struct backtest_cases *cases,
                         const struct scorecard *card, const struct proposal *proposal,
                         struct json_writer *w) {
    json_begin_object(w);
    backtest_put_plan(cases, w);
    json_name(w, STR("trained"));
    json_begin_object(w);
    put_day(w, "from", proposal->trained_from->period.from);
    put_day(w, "to", proposal->trained_to->period.from);
    json_put_int(w, "cases", (int64_t)proposal->trained_cases);
    json_put_int(w, "losses", (int64_t)proposal->trained_losses);
    json_end_object(w);
    put_day(w, "tested_from", proposal->tested_from->period.from);
    json_put_number(w, "pull", proposal->pull); /* null: the present weights were kept */
    json_put_bool(w, "kept", isinf(proposal->pull));
    json_put_bool(w, "validated", proposal->validated);
    put_measures(request, proposal, card, w);
    json_name(w, STR("card"));
    scorecard_write(proposal->draft.cards[0], w);
    put_tests(request, proposal, w);
}

enum status proposal_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct arena *arena = request->arena;
    struct backtest_plan plan;
    struct card_set set;
    struct backtest_cases cases;
    struct proposal proposal;
    struct knowledge *knowledge;
    size_t known_n;
    struct moment moment = moment_now(house->insight);
    enum status status = request_backtest(request, &plan, problem);
    if (!status) status = card_set_make(house, &moment, request_param(request, "key"), arena, &set, problem);
    if (status) return status;
    struct fact_memory *memory = house_memory(house, set.catalogue);
    status = backtest_gather(house, &plan, memory, arena, &cases, problem);
    if (!status) status = proposal_make(house, &set, memory, &cases, arena, &proposal, problem);
    if (!status) status = backtest_count(request, &set, &cases, &knowledge, &known_n, problem);
    fact_memory_release(memory);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    put_proposal(request, &cases, set.cards[0], &proposal, &w);
    knowledge_put(knowledge, known_n, &w);
    json_end_object(&w);
    return OK;
}
