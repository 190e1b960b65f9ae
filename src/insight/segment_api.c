#include "insight/health.h"
#include "insight/segment.h"

#include "base/format.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/segment_live.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

enum { NAMES_MOST = 50, SIZES = 13, SIZE_DAYS = 7, MEMBERS_DEFAULT = 50, MEMBERS_MOST = 1000 };

static const char *const holds[] = {"accounts", "contacts", NULL};
#define AT(member) offsetof(struct segment_record, member)
static const struct field fields[] = {
    [SEGMENT_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"},
                    .doc = "Of this version."},
    [SEGMENT_KEY] = {"key", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Segment", "بخش"},
                     .doc = "Its key, as rules name it."},
    [SEGMENT_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                         .doc = "Counts the times it was saved."},
    [SEGMENT_HOLDS] = {"holds", FIELD_ENUM, 0, AT(holds), .options = holds, .title = {"Holds", "اعضا"},
                       .doc = "Accounts (unless told) or contacts; fixed once it is saved."},
    [SEGMENT_TITLE_EN] = {"title_en", FIELD_TEXT, 0, AT(title_en), 1, 200,
                          .title = {"Title", "عنوان انگلیسی"}, .doc = "English title; the key unless given."},
    [SEGMENT_TITLE_FA] = {"title_fa", FIELD_TEXT, 0, AT(title_fa), 1, 200,
                          .title = {"Persian title", "عنوان"},
                          .doc = "Persian title; the English one unless given."},
    [SEGMENT_RULE] = {"rule", FIELD_JSON, 0, AT(rule), .title = {"Rule", "قاعده"},
                      .doc = "The rule as JSON; without one it is a list kept by hand."},
    [SEGMENT_TEXT] = {"text", FIELD_TEXT, 0, AT(text), 1, RULE_MAX_TEXT, .title = {"Rule", "قاعده"},
                      .doc = "The rule in its text form; give this or `rule`."},
    [SEGMENT_TOUCH_PLACE] = {"touch_place", FIELD_INT, 0, AT(touch_place), 1, 1000,
                             .title = {"Touch model", "مدل تعامل"},
                             .doc = "Place among the touch models, 1 first; null: it is none."},
    [SEGMENT_TOUCH_OWNER] = {"touch_owner", FIELD_ID, 0, AT(touch_owner), .title = {"Owner", "مسئول"},
                             .doc = "Member suggested for accounts of this touch model without an owner."},
    [SEGMENT_TOUCH_CADENCE] = {"touch_cadence_days", FIELD_INT, 0, AT(touch_cadence_days), 1, 3660,
                               .title = {"Contact every", "تماس هر"},
                               .doc = "Days between contacts that this touch model asks for; null: none."},
    [SEGMENT_LIVE_FROM] = {"live_from", FIELD_INSTANT, FIELD_READ_ONLY, AT(live_from),
                           .title = {"In force from", "جاری از"}, .doc = "When this version was saved."},
    [SEGMENT_CREATED_BY] = {"created_by", FIELD_TEXT, FIELD_READ_ONLY, AT(created_by),
                            .title = {"By", "توسط"}, .doc = "Who saved it."},
    [SEGMENT_SINCE] = {"since", FIELD_INSTANT, FIELD_READ_ONLY, AT(since), .title = {"Since", "از زمان"},
                       .doc = "When it was first saved: nobody's entering is known from before."},
    [SEGMENT_MEMBERS] = {"members", FIELD_INT, FIELD_READ_ONLY, AT(members),
                         .title = {"Members", "شمار اعضا"},
                         .doc = "How many are in it now, of those that the caller may see."},
    [SEGMENT_UNKNOWN] = {"unknown", FIELD_INT, FIELD_READ_ONLY, AT(unknown),
                         .title = {"Not judged", "نامعلوم"},
                         .doc = "How many could not be judged for lack of knowledge."},
    [SEGMENT_ARR] = {"arr", FIELD_MONEY, FIELD_READ_ONLY, AT(arr), .title = {"ARR", "درآمد سالانه"},
                     .doc = "Annual recurring revenue of its accounts where known, minor units."},
    [SEGMENT_CURRENCY] = {"currency", FIELD_TEXT, FIELD_READ_ONLY, AT(currency), .title = {"Currency", "ارز"},
                          .doc = "Base currency, of the revenue."},
    [SEGMENT_BROKEN] = {"broken", FIELD_TEXT, FIELD_READ_ONLY, AT(broken), .title = {"Broken", "ناسازگاری"},
                        .doc = "Why the rule no longer fits the facts; null: it does."},
};
RECORD_TYPE(segment_type, "Segment", struct segment_record, fields);

/* ---- who the caller sees, and what they bring in ---- */

struct view {
    struct request *request;
    uint8_t *in_scope; /* by account */
    struct column arr; /* by account */
    size_t accounts;
};

static enum status view_make(struct request *request, const struct moment *moment, struct view *view,
                             struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct catalogue *catalogue = insight_catalogue(insight);
    directory_lock(request->house->directory);
    *view = (struct view){.request = request, .accounts = directory_size(request->house->directory)};
    view->in_scope = arena_alloc(request->arena, view->accounts + 1);
    for (uint32_t i = 0; i < view->accounts; i++)
        view->in_scope[i] = directory_in_scope(request->house->directory, i, &request->principal);
    directory_unlock(request->house->directory);
    uint32_t arr = catalogue_find(catalogue, STR("arr"));
    return facts_evaluate(insight, catalogue, &arr, 1, moment, 0, view->accounts, request->arena, &view->arr,
                          problem);
}

struct totals {
    int64_t members, unknown, arr, without_arr;
    int64_t causes[FACT_CAUSES];
};

static bool visible(const struct view *view, const struct segment_roll *roll, size_t row) {
    return roll->accounts[row] < view->accounts && view->in_scope[roll->accounts[row]];
}

static void count_causes(const struct segment_roll *roll, size_t row, struct totals *totals) {
    if (!roll->segment->rule) return;
    uint32_t bits = rule_unknown_causes(roll->segment->rule, roll->columns, roll->moment.day, row);
    for (int cause = 0; cause < FACT_CAUSES; cause++)
        totals->causes[cause] += bits >> cause & 1;
}

/* Accounts of members count once, however many of their contacts are in. */
static struct totals totals_of(const struct view *view, const struct segment_roll *roll, bool causes) {
    struct totals totals = {0};
    uint32_t last = UINT32_MAX;
    for (size_t i = 0; i < roll->n; i++) {
        if (!visible(view, roll, i)) continue;
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

static void write_causes(struct json_writer *w, const struct totals *totals) {
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

static void write_totals(struct json_writer *w, const struct totals *totals) {
    json_put_int(w, "members", totals->members);
    json_put_int(w, "unknown", totals->unknown);
    json_put_int(w, "arr", totals->arr);
    json_put_int(w, "without_arr", totals->without_arr);
    write_causes(w, totals);
}

/* ---- lists and single ones ---- */

static void set_totals(struct segment_record *record, const struct totals *totals) {
    record->members = totals->members;
    record->unknown = totals->unknown;
    record->arr = totals->arr;
    record->has |=
        (uint64_t)1 << SEGMENT_MEMBERS | (uint64_t)1 << SEGMENT_UNKNOWN | (uint64_t)1 << SEGMENT_ARR;
}

static enum status complete(struct request *request, const struct view *view, struct segment_record *record,
                            struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct rule_world *world = &insight_catalogue(insight)->world;
    const struct segment *segment = segment_set_find(world->segments, record->key);
    struct moment moment = moment_now(insight);
    struct segment_roll roll;
    struct problem ignored = {.arena = request->arena};
    struct rule_node *root = NULL;
    if (!rule_of_input(field_has(record, SEGMENT_RULE) ? record->rule : (struct str){0}, (struct str){0},
                       request->arena, &root, &ignored) &&
        root) {
        record->text = rule_to_text(root, request->arena);
        field_set(record, SEGMENT_TEXT);
    }
    if (!segment) return OK;
    if (segment->broken.en) {
        record->broken = str_of(request->language == PERSIAN ? segment->broken.fa : segment->broken.en);
        field_set(record, SEGMENT_BROKEN);
    }
    struct arena arena = {0};
    enum status status = segment_roll(insight, world, segment, &moment, &arena, &roll, problem);
    if (!status) {
        struct totals totals = totals_of(view, &roll, false);
        set_totals(record, &totals);
        record->currency =
            settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
        field_set(record, SEGMENT_CURRENCY);
    }
    arena_free(&arena);
    return status;
}

enum status segment_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct moment moment = moment_now(request->house->insight);
    struct session *session = NULL;
    struct view view;
    VEC(struct segment_record) list = {0};
    enum status status = view_make(request, &moment, &view, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_segment_current);
    while (rows_next(rows)) {
        VEC_PUSH(&list, (struct segment_record){0});
        rows_read(rows, &segment_type, &list.v[list.n - 1], request->arena);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < list.n && !status; i++) {
        status = complete(request, &view, &list.v[i], problem);
        fields_encode(&segment_type, &list.v[i], &w);
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    json_null(&w);
    json_put_bool(&w, "has_more", false);
    json_end_object(&w);
    VEC_FREE(&list);
    return status;
}

static enum status read_one(struct request *request, struct segment_record *record, struct problem *problem) {
    struct str key = request_param(request, "key");
    struct session *session = NULL;
    bool found = false;
    const struct segment_set *set = insight_catalogue(request->house->insight)->world.segments;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = segment_store_latest(session, key, record, &found, request->arena, problem);
    session_rollback(session);
    if (status) return status;
    return found && segment_set_find(set, key)
               ? OK
               : fail_not_found(problem, (struct text){"segment", "بخش"}, key);
}

enum status segment_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct segment_record record;
    struct view view;
    struct moment moment = moment_now(request->house->insight);
    enum status status = read_one(request, &record, problem);
    if (!status) status = view_make(request, &moment, &view, problem);
    if (!status) status = complete(request, &view, &record, problem);
    if (status) return status;
    answer_record(request, response, 200, &segment_type, &record, record.version);
    return OK;
}

enum status segment_handle_put(struct request *request, struct response *response, struct problem *problem) {
    struct segment_record after, before;
    bool created;
    int64_t version = -1;
    struct problem none = {.arena = request->arena};
    bool by_command = request->principal.kind == LOCAL && !request_header(request, "if-match").n;
    enum status status = OK;
    if (!by_command && !read_one(request, &before, &none)) {
        status = request_if_match(request, before.version, problem);
        version = before.version;
    }
    if (!status)
        status = segment_save(request->house, request_param(request, "key"), request->input, request->cleared,
                              version, request->principal.name, &after, &created, problem);
    if (status) return status;
    struct view view;
    struct moment moment = moment_now(request->house->insight);
    status = view_make(request, &moment, &view, problem);
    if (!status) status = complete(request, &view, &after, problem);
    if (!status) answer_record(request, response, created ? 201 : 200, &segment_type, &after, after.version);
    return status;
}

enum status segment_handle_delete(struct request *request, struct response *response,
                                  struct problem *problem) {
    enum status status = segment_remove(request->house, request_param(request, "key"), problem);
    if (!status) response->code = 204;
    return status;
}

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

static void write_member(struct json_writer *w, const struct view *view, enum segment_of of, uint32_t account,
                         uint32_t slot) {
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

static const struct segment *find_segment(struct request *request, struct problem *problem) {
    struct str key = request_param(request, "key");
    const struct segment *segment =
        segment_set_find(insight_catalogue(request->house->insight)->world.segments, key);
    if (!segment) (void)fail_not_found(problem, (struct text){"segment", "بخش"}, key);
    return segment;
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
    const struct segment *segment = find_segment(request, problem);
    if (!segment) return problem->status;
    struct moment moment;
    struct view view;
    struct segment_roll roll;
    int64_t limit = MEMBERS_DEFAULT, cursor = 0, shown = 0, row = 0;
    int truth = 0;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_query_int(request, "limit", 1, MEMBERS_MOST, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", 0, INT32_MAX, &cursor, problem);
    if (!status) status = request_query_int(request, "shown", 0, 1, &shown, problem);
    if (!status) status = request_query_choice(request, "truth", truths, &truth, problem);
    if (!status) status = view_make(request, &moment, &view, problem);
    if (!status)
        status = segment_roll(insight, &insight_catalogue(insight)->world, segment, &moment, request->arena,
                              &roll, problem);
    if (!status && shown) status = shown_then(request, &roll, problem);
    if (status) return status;
    struct totals totals = totals_of(&view, &roll, true);
    struct json_writer w = {&response->body};
    bool more = false;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < roll.n && !more; i++) {
        if (!visible(&view, &roll, i) || roll.truth[i] != (truth ? TRUTH_UNKNOWN : TRUTH_TRUE)) continue;
        if (row++ < cursor) continue;
        if ((more = row > cursor + limit)) break;
        write_member(&w, &view, segment->of, roll.accounts[i], roll.contacts ? roll.contacts[i] : 0);
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
    write_totals(&w, &totals);
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
    const struct segment *segment = find_segment(request, problem);
    if (!segment) return problem->status;
    struct session *session = NULL;
    struct view view;
    struct moment moment = moment_now(request->house->insight);
    int64_t limit = MEMBERS_DEFAULT, before = INT64_MAX, n = 0;
    instant_t last = INT64_MIN;
    bool more = false;
    enum status status = request_query_int(request, "limit", 1, MEMBERS_MOST, &limit, problem);
    if (!status) status = request_query_int(request, "cursor", INT64_MIN, INT64_MAX, &before, problem);
    if (!status) status = view_make(request, &moment, &view, problem);
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
        write_member(&w, &view, segment->of, account, member);
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
static void write_difference(struct json_writer *w, const char *name, const struct view *view,
                             const struct segment_roll *in, const struct segment_roll *out) {
    int64_t count = 0;
    json_name(w, str_of(name));
    json_begin_object(w);
    json_name(w, STR("names"));
    json_begin_array(w);
    for (size_t i = 0; i < in->n; i++) {
        bool elsewhere = out && i < out->n && out->truth[i] == TRUTH_TRUE;
        if (in->truth[i] != TRUTH_TRUE || elsewhere || !visible(view, in, i)) continue;
        if (count++ >= NAMES_MOST) continue;
        write_member(w, view, in->segment->of, in->accounts[i], in->contacts ? in->contacts[i] : 0);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_int(w, "count", count);
    json_end_object(w);
}

/* Members every seven days back from today, as recomputed. */
static enum status write_sizes(struct json_writer *w, struct request *request, const struct view *view,
                               const struct segment_trial *trial, const struct segment *segment,
                               struct problem *problem) {
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
            struct totals totals = totals_of(view, &roll, false);
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
    struct view view;
    status = view_make(request, &moment, &view, problem);
    if (!status)
        status = segment_roll(house->insight, &trial.world, subject, &moment, request->arena, &roll, problem);
    if (!status && now)
        status = segment_roll(house->insight, world, now, &moment, request->arena, &before, problem);
    if (!status) {
        struct json_writer w = {&response->body};
        struct totals totals = totals_of(&view, &roll, true);
        json_begin_object(&w);
        json_put_string(&w, "key", key);
        json_put_bool(&w, "exists", now != NULL);
        write_totals(&w, &totals);
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

/* ---- lists kept by hand ---- */

static enum status entry_member(struct request *request, const struct segment *segment, struct str typed,
                                struct id *id, uint32_t *account, struct problem *problem) {
    struct house *house = request->house;
    if (segment->of == SEGMENT_OF_CONTACTS) {
        struct contact_name contact;
        uint32_t slot = id_parse(typed, id) ? contact_slot(house->insight, *id) : UINT32_MAX;
        if (slot == UINT32_MAX) return fail_not_found(problem, (struct text){"contact", "مخاطب"}, typed);
        contact_of_slot(house->insight, slot, &contact);
        *account = contact.account;
    }
    directory_lock(house->directory);
    enum status status =
        segment->of == SEGMENT_OF_CONTACTS ? OK : directory_find(house->directory, typed, account, problem);
    bool mine = !status && directory_in_scope(house->directory, *account, &request->principal);
    if (mine && segment->of == SEGMENT_OF_ACCOUNTS) *id = directory_account(house->directory, *account)->id;
    directory_unlock(house->directory);
    if (!status && !mine) return fail_not_found(problem, (struct text){"account", "مشتری"}, typed);
    return status;
}

/* {"add": [keys or ids], "remove": […]}: all or none. */
enum status segment_handle_entries(struct request *request, struct response *response,
                                   struct problem *problem) {
    static const char *const sides[] = {"remove", "add"};
    struct house *house = request->house;
    const struct segment *segment = find_segment(request, problem);
    if (!segment) return problem->status;
    struct json body;
    struct session *session = NULL;
    VEC(uint32_t) touched = {0};
    int64_t changes[2] = {0};
    instant_t now = clock_now(house->clock);
    enum status status = json_parse(request->body, request->arena, &body, problem);
    if (!status && segment->rule_json.n)
        status =
            fail(problem, CONFLICT,
                 MESSAGE("segment_is_rule", "“{0}” is a rule: its members follow from it.",
                         "«{0}» قاعده است: اعضایش از آن به دست می‌آیند."),
                 ARGS(segment->key));
    if (!status) status = records_write(house->records, &session, problem);
    for (int on = 0; on < 2 && !status; on++) {
        const struct json *list = json_get(&body, sides[on]);
        for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->n && !status; i++) {
            struct id id = {{0}};
            uint32_t account = ACCOUNT_NONE;
            bool changed = false;
            struct str typed = list->items[i].kind == JSON_STRING ? list->items[i].string : (struct str){0};
            status = entry_member(request, segment, typed, &id, &account, problem);
            if (!status)
                status = segment_store_list_put(session, segment->key, id, on, now, request->principal.name,
                                                &changed, problem);
            changes[on] += changed;
            if (changed) VEC_PUSH(&touched, account);
        }
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    if (!status && house->segments) segment_live_list_changed(house->segments, segment->key);
    for (size_t i = 0; i < touched.n && !status; i++)
        notices_put(house->notices, touched.v[i], NOTICE_USAGE);
    VEC_FREE(&touched);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    json_put_string(&w, "key", segment->key);
    json_put_int(&w, "added", changes[1]);
    json_put_int(&w, "removed", changes[0]);
    json_end_object(&w);
    return OK;
}
