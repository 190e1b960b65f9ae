#include "insight/segment_view.h"

#include "customers/directory.h"
#include "platform/answer.h"

#include <math.h>

enum status segment_view_make(struct request *request, const struct moment *moment, struct segment_view *view,
                              struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct catalogue *catalogue = insight_catalogue(insight);
    directory_lock(request->house->directory);
    *view = (struct segment_view){.request = request, .accounts = directory_size(request->house->directory)};
    view->in_scope = arena_alloc(request->arena, view->accounts + 1);
    for (uint32_t i = 0; i < view->accounts; i++)
        view->in_scope[i] = directory_in_scope(request->house->directory, i, &request->principal);
    directory_unlock(request->house->directory);
    uint32_t arr = catalogue_find(catalogue, STR("arr"));
    return facts_evaluate(insight, catalogue, &arr, 1, moment, 0, view->accounts, request->arena, &view->arr,
                          problem);
}

bool segment_visible(const struct segment_view *view, const struct segment_roll *roll, size_t row) {
    return roll->accounts[row] < view->accounts && view->in_scope[roll->accounts[row]];
}

static void count_causes(const struct segment_roll *roll, size_t row, struct segment_totals *totals) {
    if (!roll->segment->rule) return;
    uint32_t bits = rule_unknown_causes(roll->segment->rule, roll->columns, roll->moment.day, row);
    for (int cause = 0; cause < FACT_CAUSES; cause++)
        totals->causes[cause] += bits >> cause & 1;
}

/* Accounts of members count once, however many of their contacts are in. */
struct segment_totals segment_totals_of(const struct segment_view *view, const struct segment_roll *roll,
                                        bool causes) {
    struct segment_totals totals = {0};
    uint32_t last = UINT32_MAX;
    for (size_t i = 0; i < roll->n; i++) {
        if (!segment_visible(view, roll, i)) continue;
        totals.unknown += roll->truth[i] == TRUTH_UNKNOWN;
        if (roll->truth[i] == TRUTH_UNKNOWN && causes) count_causes(roll, i, &totals);
        if (roll->truth[i] != TRUTH_TRUE) continue;
        totals.members++;
        if (roll->accounts[i] == last) continue;
        last = roll->accounts[i];
        if (view->arr.state[last] == FACT_KNOWN)
            totals.arr += llround(view->arr.number[last]);
        else
            totals.without_arr++;
    }
    return totals;
}

static void write_text(struct json_writer *w, const char *name, struct text text) {
    json_name(w, str_of(name));
    json_begin_object(w);
    json_put_string(w, "en", str_of(text.en));
    json_put_string(w, "fa", str_of(text.fa));
    json_end_object(w);
}

static void write_causes(struct json_writer *w, const struct segment_totals *totals) {
    json_name(w, STR("causes"));
    json_begin_array(w);
    for (int cause = 1; cause < FACT_CAUSES; cause++) {
        if (!totals->causes[cause]) continue;
        json_begin_object(w);
        write_text(w, "cause", fact_cause_text[cause]);
        json_put_int(w, "count", totals->causes[cause]);
        json_end_object(w);
    }
    json_end_array(w);
}

void segment_write_totals(struct json_writer *w, const struct segment_totals *totals) {
    json_put_int(w, "members", totals->members);
    json_put_int(w, "unknown", totals->unknown);
    json_put_int(w, "arr", totals->arr);
    json_put_int(w, "without_arr", totals->without_arr);
    write_causes(w, totals);
}

void segment_write_member(struct json_writer *w, const struct segment_view *view, enum segment_of of,
                          uint32_t account, uint32_t slot) {
    struct house *house = view->request->house;
    struct contact_name contact;
    json_begin_object(w);
    directory_lock(house->directory);
    const struct directory_account *one = directory_account(house->directory, account);
    json_put_string(w, "account", one->key.n ? one->key : id_str(view->request->arena, one->id));
    json_put_string(w, "name", one->name);
    directory_unlock(house->directory);
    if (of == SEGMENT_OF_CONTACTS) {
        contact_of_slot(house->insight, slot, &contact);
        json_put_string(w, "contact", id_str(view->request->arena, contact.id));
        json_put_string(w, "contact_name", contact.name);
        json_put_string(w, "email", contact.email);
    }
    json_name(w, STR("arr"));
    if (view->arr.state[account] == FACT_KNOWN)
        json_int(w, llround(view->arr.number[account]));
    else
        json_null(w);
}

const struct segment *request_segment(struct request *request, const struct rule_world *world,
                                      struct problem *problem) {
    struct str key = request_param(request, "key");
    const struct segment *segment = segment_set_find(world->segments, key);
    if (!segment) (void)fail_not_found(problem, (struct text){"segment", "بخش"}, key);
    return segment;
}
