/* Who is in a segment, who entered and left, and what saving a rule would change. */
#include "base/calendar.h"
#include "customers/directory.h"
#include "insight/health.h"
#include "insight/segment_live.h"
#include "insight/segment_view.h"
#include "platform/answer.h"
#include "platform/settings.h"
#include "queries.h"

enum { NAMES_MOST = 50, SIZES = 13, SIZE_DAYS = 7, MEMBERS_DEFAULT = 50, MEMBERS_MOST = 1000 };

/* ---- members ---- */

const struct route_query segment_members_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {"shown", "1: who was shown as a member then, from the history; else as recomputed by today's rule."},
    {"truth", "true (unless told): members; unknown: those who could not be judged."},
    {"limit", "Most rows; 50 unless given."},
    {"cursor", "next_cursor of the page before."},
    {NULL, NULL},
};

/* The next day on which a date turns a part of the rule, everything else staying as it is. */
static void write_turn(struct json_writer *w, const struct segment_roll *roll, size_t row) {
    day_t day = roll->segment->rule
                    ? rule_next_flip(roll->segment->rule, roll->columns, row, roll->moment.day)
                    : INT32_MAX;
    char text[DAY_TEXT + 1];
    json_name(w, STR("turns_on"));
    if (day == INT32_MAX) return json_null(w);
    day_print(day, text);
    json_string(w, str_of(text));
}

/* Who the history says was in. */
static enum status shown_then(struct request *request, struct segment_roll *roll, struct problem *problem) {
    struct session *session = NULL;
    uint8_t *in = NULL;
    size_t room = roll->segment->of == SEGMENT_OF_CONTACTS ? contact_slots(request->house->insight) : roll->n;
    in = arena_alloc(request->arena, room + 1);
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_segment_history_members);
    rows_bind_text(rows, "segment", roll->segment->key);
    rows_bind_int(rows, "before", roll->moment.now ? INT64_MAX : roll->moment.at);
    while (rows_next(rows)) {
        uint32_t member = segment_member(request->house, roll->segment->of, rows_id(rows, 0));
        if (member < room) in[member] = 1;
    }
    for (size_t i = 0; i < roll->n; i++)
        roll->truth[i] = in[roll->contacts ? roll->contacts[i] : i] ? TRUTH_TRUE : TRUTH_FALSE;
    status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

enum status segment_handle_members(struct request *request, struct response *response,
                                   struct problem *problem) {
    static const char *const truths[] = {"true", "unknown", NULL};
    struct insight *insight = request->house->insight;
    const struct rule_world *world = &insight_catalogue(insight)->world;
    const struct segment *segment = request_segment(request, world, problem);
    if (!segment) return problem->status;
    struct moment moment;
    struct segment_view view;
    struct segment_roll roll;
    int64_t limit = MEMBERS_DEFAULT, cursor = 0, shown = 0, row = 0;
    int truth = 0;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "limit", 1, MEMBERS_MOST, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", 0, INT32_MAX, &cursor, problem);
    if (!status) status = request_query_int(request, "shown", 0, 1, &shown, problem);
    if (!status) status = request_query_choice(request, "truth", truths, &truth, problem);
    if (!status) status = segment_view_make(request, &moment, &view, problem);
    if (!status) status = segment_roll(insight, world, segment, &moment, request->arena, &roll, problem);
    if (!status && shown) status = shown_then(request, &roll, problem);
    if (status) return status;
    struct segment_totals totals = segment_totals_of(&view, &roll, true);
    struct json_writer w = {&response->body};
    bool more = false;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < roll.n && !more; i++) {
        if (!segment_visible(&view, &roll, i) || roll.truth[i] != (truth ? TRUTH_UNKNOWN : TRUTH_TRUE))
            continue;
        if (row++ < cursor) continue;
        if ((more = row > cursor + limit)) break;
        segment_write_member(&w, &view, segment->of, roll.accounts[i], roll.contacts ? roll.contacts[i] : 0);
        write_turn(&w, &roll, i);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (more)
        json_string(&w, str_format(request->arena, "%lld", (long long)(cursor + limit)));
    else
        json_null(&w);
    json_put_bool(&w, "has_more", more);
    segment_write_totals(&w, &totals);
    json_put_string(&w, "currency",
                    settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    json_end_object(&w);
    return OK;
}

/* ---- history ---- */

const struct route_query segment_history_query[] = {
    {"limit", "Most rows; 50 unless given."}, {"cursor", "next_cursor of the page before."}, {NULL, NULL}};

/* The leaves that turned, for people of either language. */
static void write_why(struct json_writer *w, struct request *request, enum segment_of of, struct str why) {
    struct rule_scope scope = rule_scope_of(insight_catalogue(request->house->insight));
    const struct rule_scope *use = of == SEGMENT_OF_CONTACTS ? scope.contacts : &scope;
    struct problem ignored = {.arena = request->arena};
    struct rule_node *root;
    json_name(w, STR("why"));
    if (!why.n || rule_parse_text(why, request->arena, &root, &ignored)) return json_null(w);
    struct buf text = {0};
    json_begin_object(w);
    json_put_string(w, "text", why);
    json_name(w, STR("rule"));
    rule_write(root, w);
    for (int language = ENGLISH; language <= PERSIAN; language++) {
        buf_clear(&text);
        rule_print_for_people(root, use, (enum language)language, &text);
        json_put_string(w, language == PERSIAN ? "fa" : "en", buf_str(&text));
    }
    json_end_object(w);
    buf_free(&text);
}

enum status segment_handle_history(struct request *request, struct response *response,
                                   struct problem *problem) {
    const struct segment *segment =
        request_segment(request, &insight_catalogue(request->house->insight)->world, problem);
    if (!segment) return problem->status;
    struct session *session = NULL;
    struct segment_view view;
    struct moment moment = moment_now(request->house->insight);
    int64_t limit = MEMBERS_DEFAULT, before = INT64_MAX, n = 0;
    instant_t last = INT64_MIN;
    bool more = false;
    enum status status = request_query_int(request, "limit", 1, MEMBERS_MOST, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", INT64_MIN, INT64_MAX, &before, problem);
    if (!status) status = segment_view_make(request, &moment, &view, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, &query_segment_history_list);
    rows_bind_text(rows, "segment", segment->key);
    rows_bind_int(rows, "before", before);
    rows_bind_int(rows, "limit", INT32_MAX);
    while (rows_next(rows)) {
        uint32_t member = segment_member(request->house, segment->of, rows_id(rows, 0)), account = member;
        struct contact_name contact;
        if (member == UINT32_MAX) continue;
        if (segment->of == SEGMENT_OF_CONTACTS) {
            contact_of_slot(request->house->insight, member, &contact);
            account = contact.account;
        }
        if (account >= view.accounts || !view.in_scope[account]) continue;
        /* The cursor is an instant: rows of the same one stay on one page. */
        if ((more = n >= limit && rows_int(rows, 1) != last)) break;
        last = rows_int(rows, 1);
        n++;
        char at[INSTANT_TEXT + 1];
        instant_print(last, at);
        segment_write_member(&w, &view, segment->of, account, member);
        json_put_string(&w, "at", str_of(at));
        json_put_bool(&w, "entered", rows_int(rows, 3) != 0);
        json_put_string(&w, "cause", rows_text(rows, 4, request->arena));
        json_put_int(&w, "version", rows_int(rows, 2));
        write_why(&w, request, segment->of, rows_text(rows, 5, request->arena));
        json_end_object(&w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    if (more)
        json_string(&w, str_format(request->arena, "%lld", (long long)last));
    else
        json_null(&w);
    json_put_bool(&w, "has_more", more);
    json_end_object(&w);
    return status;
}

/* ---- preview ---- */

/* Members of one roll that are not in the other, by name. Rows of both are the same members in the same
 * order. */
static void write_difference(struct json_writer *w, const char *name, const struct segment_view *view,
                             const struct segment_roll *in, const struct segment_roll *out) {
    int64_t count = 0;
    json_name(w, str_of(name));
    json_begin_object(w);
    json_name(w, STR("names"));
    json_begin_array(w);
    for (size_t i = 0; i < in->n; i++) {
        bool elsewhere = out && i < out->n && out->truth[i] == TRUTH_TRUE;
        if (in->truth[i] != TRUTH_TRUE || elsewhere || !segment_visible(view, in, i)) continue;
        if (count++ >= NAMES_MOST) continue;
        segment_write_member(w, view, in->segment->of, in->accounts[i], in->contacts ? in->contacts[i] : 0);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_int(w, "count", count);
    json_end_object(w);
}

/* Members every seven days back from today, as recomputed. */
static enum status write_sizes(struct json_writer *w, struct request *request,
                               const struct segment_view *view, const struct segment_trial *trial,
                               const struct segment *segment, struct problem *problem) {
    struct insight *insight = request->house->insight;
    day_t today = moment_now(insight).day;
    enum status status = OK;
    json_name(w, STR("sizes"));
    json_begin_array(w);
    for (int i = SIZES; i > 0 && !status; i--) {
        struct arena arena = {0};
        struct moment moment = moment_of_day(insight, today - i * SIZE_DAYS);
        struct segment_roll roll;
        char day[DAY_TEXT + 1];
        status = segment_roll(insight, &trial->world, segment, &moment, &arena, &roll, problem);
        if (!status) {
            struct segment_totals totals = segment_totals_of(view, &roll, false);
            day_print(moment.day, day);
            json_begin_object(w);
            json_put_string(w, "day", str_of(day));
            json_put_int(w, "members", totals.members);
            json_put_int(w, "unknown", totals.unknown);
            json_end_object(w);
        }
        arena_free(&arena);
    }
    json_end_array(w);
    return status;
}

enum status segment_handle_preview(struct request *request, struct response *response,
                                   struct problem *problem) {
    const struct segment_record *input = request->input;
    struct house *house = request->house;
    struct str key = request_param(request, "key");
    const struct rule_world *world = &insight_catalogue(house->insight)->world;
    const struct segment *now = segment_set_find(world->segments, key);
    struct segment_trial trial;
    struct rule_node *root;
    struct moment moment = moment_now(house->insight);
    enum status status = rule_of_input(field_has(input, SEGMENT_RULE) ? input->rule : (struct str){0},
                                       field_has(input, SEGMENT_TEXT) ? input->text : (struct str){0},
                                       request->arena, &root, problem);
    if (status) return status;
    if (!root)
        return fail_at(problem, STR("/rule"),
                       MESSAGE("rule_missing", "Give a rule, as JSON (rule) or as text (text).",
                               "قاعده‌ای بدهید، به شکل JSON (rule) یا متن (text)."),
                       NO_ARGS);
    struct segment_definition definition = {.key = key,
                                            .of = now ? now->of
                                                  : field_has(input, SEGMENT_HOLDS)
                                                      ? (enum segment_of)input->holds
                                                      : SEGMENT_OF_ACCOUNTS,
                                            .rule = rule_to_json(root, request->arena),
                                            .since = now ? now->since : moment.at,
                                            .touch_place = now ? now->touch_place : 0};
    status = segment_trial_make(house, &definition, (struct str){0},
                                field_has(input, SEGMENT_TEXT) ? STR("/text") : STR("/rule"), request->arena,
                                &trial, problem);
    if (status) return status;
    const struct segment *subject = segment_set_find(trial.set, key);
    struct segment_roll roll, before;
    struct segment_view view;
    status = segment_view_make(request, &moment, &view, problem);
    if (!status)
        status = segment_roll(house->insight, &trial.world, subject, &moment, request->arena, &roll, problem);
    if (!status && now)
        status = segment_roll(house->insight, world, now, &moment, request->arena, &before, problem);
    if (!status) {
        struct json_writer w = {&response->body};
        struct segment_totals totals = segment_totals_of(&view, &roll, true);
        json_begin_object(&w);
        json_put_string(&w, "key", key);
        json_put_bool(&w, "exists", now != NULL);
        segment_write_totals(&w, &totals);
        write_difference(&w, "added", &view, &roll, now ? &before : NULL);
        if (now) write_difference(&w, "removed", &view, &before, &roll);
        status = write_sizes(&w, request, &view, &trial, subject, problem);
        json_put_string(&w, "currency",
                        settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
        json_end_object(&w);
    }
    segment_trial_free(&trial);
    return status;
}
