#include "insight/segment_view.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "insight/segment_live.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "queries.h"

enum { CHANGE_DAYS = 30 };
static const char *const holds[] = {"accounts", "contacts", NULL};
#define AT(member) offsetof(struct segment_record, member)
static const struct field fields[] = {
    [SEGMENT_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"},
                    .doc = "Of this version."},
    [SEGMENT_KEY] = {"key", FIELD_TEXT, FIELD_READ_ONLY, AT(key), .title = {"Segment", "بخش"},
                     .doc = "Its key, as rules name it."},
    [SEGMENT_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                         .doc = "Counts the times it was saved."},
    [SEGMENT_HOLDS] = {"holds", FIELD_ENUM, 0, AT(holds), .options = holds, .title = {"Holds", "از"},
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
    [SEGMENT_ENTERED] = {"entered_30d", FIELD_INT, FIELD_READ_ONLY, AT(entered),
                         .title = {"Came in 30 days", "ورود در ۳۰ روز"},
                         .doc = "Members that came in the last 30 days, not by a changed rule."},
    [SEGMENT_LEFT] = {"left_30d", FIELD_INT, FIELD_READ_ONLY, AT(left),
                      .title = {"Went in 30 days", "خروج در ۳۰ روز"},
                      .doc = "Members that went in the last 30 days, not by a changed rule."},
};
RECORD_TYPE(segment_type, "Segment", struct segment_record, fields);

/* ---- lists and single ones ---- */

static void set_totals(struct segment_record *record, const struct segment_totals *totals) {
    record->members = totals->members;
    record->unknown = totals->unknown;
    record->arr = totals->arr;
    record->has |=
        (uint64_t)1 << SEGMENT_MEMBERS | (uint64_t)1 << SEGMENT_UNKNOWN | (uint64_t)1 << SEGMENT_ARR;
}

/* Who is in which segment of accounts, all of them in one pass. */
struct overview {
    const struct rule_world *world;
    struct column *columns; /* by number of the segment; of accounts only */
    uint32_t *accounts;     /* 0, 1, 2, … */
    uint8_t *present;
    size_t n;
};

static enum status overview_make(struct request *request, const struct moment *moment, struct overview *ret,
                                 struct problem *problem) {
    struct arena *arena = request->arena;
    struct insight *insight = request->house->insight;
    const struct rule_world *world = &insight_catalogue(insight)->world;
    const struct segment_set *set = world->segments;
    struct rule_needs needs = {0};
    const struct rule_needs *list = &needs;
    struct needs_plan plan;
    struct column *columns;
    size_t next = 0;
    for (uint32_t s = 0; s < set->n; s++)
        if (set->v[s].of == SEGMENT_OF_ACCOUNTS)
            (void)rule_need(&needs, (struct rule_need){.kind = NEED_SEGMENT, .number = s}, arena);
    directory_lock(request->house->directory);
    *ret = (struct overview){.world = world, .n = directory_size(request->house->directory)};
    directory_unlock(request->house->directory);
    needs_plan_make(world, &list, 1, arena, &plan);
    enum status status = needs_plan_run(insight, &plan, moment, 0, ret->n, arena, &columns, problem);
    if (status) return status;
    ret->columns = arena_array(arena, set->n + 1, sizeof *ret->columns);
    for (size_t s = 0; s < set->n; s++)
        if (set->v[s].of == SEGMENT_OF_ACCOUNTS) ret->columns[s] = columns[next++];
    ret->accounts = arena_array(arena, ret->n + 1, sizeof *ret->accounts);
    for (size_t i = 0; i < ret->n; i++)
        ret->accounts[i] = (uint32_t)i;
    ret->present = arena_alloc(arena, ret->n + 1);
    accounts_present(request->house->directory, moment->day, 0, ret->n, ret->present);
    return OK;
}

static struct segment_roll overview_roll(const struct overview *overview, const struct segment *segment,
                                         size_t number, struct arena *arena) {
    const struct column *column = &overview->columns[number];
    struct segment_roll roll = {.segment = segment,
                                .n = overview->n,
                                .accounts = overview->accounts,
                                .truth = arena_alloc(arena, overview->n + 1)};
    for (size_t i = 0; i < roll.n; i++)
        roll.truth[i] = !overview->present[i]            ? TRUTH_FALSE
                        : column->state[i] != FACT_KNOWN ? TRUTH_UNKNOWN
                        : column->number[i] != 0         ? TRUTH_TRUE
                                                         : TRUTH_FALSE;
    return roll;
}

/* How many came or went within CHANGE_DAYS before now, of those that the caller may see. */
static enum status count_moved(struct request *request, const struct segment_view *view, enum segment_of of,
                               struct session *session, struct str key, bool entered, int64_t *count,
                               struct problem *problem) {
    instant_t now = clock_now(request->house->clock);
    struct rows *rows = rows_open(session, &query_segment_history_moved);
    rows_bind_text(rows, "segment", key);
    rows_bind_int(rows, "entered", entered);
    rows_bind_int(rows, "since", now - (instant_t)CHANGE_DAYS * DAY_MS);
    rows_bind_int(rows, "before", now + 1);
    *count = 0;
    while (rows_next(rows)) {
        uint32_t member = segment_member(request->house, of, rows_id(rows, 0)), account = member;
        struct contact_name contact;
        if (member == UINT32_MAX) continue;
        if (of == SEGMENT_OF_CONTACTS) {
            contact_of_slot(request->house->insight, member, &contact);
            account = contact.account;
        }
        *count += account < view->accounts && view->in_scope[account];
    }
    return rows_close(rows, problem);
}

static enum status set_moved(struct request *request, const struct segment_view *view, enum segment_of of,
                             struct segment_record *record, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    status = count_moved(request, view, of, session, record->key, true, &record->entered, problem);
    if (!status) status = count_moved(request, view, of, session, record->key, false, &record->left, problem);
    session_rollback(session);
    record->has |= (uint64_t)1 << SEGMENT_ENTERED | (uint64_t)1 << SEGMENT_LEFT;
    return status;
}

/* Its rule as a text, and whether it is broken. NULL: it is not in that world. */
static const struct segment *describe(struct request *request, const struct rule_world *world,
                                      struct segment_record *record) {
    const struct segment *segment = segment_set_find(world->segments, record->key);
    struct problem ignored = {.arena = request->arena};
    struct rule_node *root = NULL;
    if (!rule_of_input(field_has(record, SEGMENT_RULE) ? record->rule : (struct str){0}, (struct str){0},
                       request->arena, &root, &ignored) &&
        root) {
        record->text = rule_to_text(root, request->arena);
        field_set(record, SEGMENT_TEXT);
    }
    if (segment && segment->broken.en) {
        record->broken = str_of(request->language == PERSIAN ? segment->broken.fa : segment->broken.en);
        field_set(record, SEGMENT_BROKEN);
    }
    return segment;
}

static enum status complete(struct request *request, const struct segment_view *view,
                            const struct overview *overview, struct segment_record *record,
                            struct problem *problem) {
    struct insight *insight = request->house->insight;
    const struct rule_world *world = overview ? overview->world : &insight_catalogue(insight)->world;
    const struct segment *segment = describe(request, world, record);
    struct moment moment = moment_now(insight);
    struct segment_roll roll;
    if (!segment) return OK;
    struct arena arena = {0};
    enum status status = OK;
    if (overview && segment->of == SEGMENT_OF_ACCOUNTS)
        roll = overview_roll(overview, segment, (size_t)(segment - world->segments->v), &arena);
    else
        status = segment_roll(insight, world, segment, &moment, &arena, &roll, problem);
    if (!status) {
        struct segment_totals totals = segment_totals_of(view, &roll, false);
        set_totals(record, &totals);
        record->currency =
            settings_text(request->house->settings, SETTING_ORGANISATION_CURRENCY, request->arena);
        field_set(record, SEGMENT_CURRENCY);
        status = set_moved(request, view, segment->of, record, problem);
    }
    arena_free(&arena);
    return status;
}

const struct route_query segment_list_query[] = {
    {"counts", "0: as they were written alone, at once: without members, revenue and moves."}, {0}};

enum status segment_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct moment moment = moment_now(request->house->insight);
    struct session *session = NULL;
    struct segment_view view;
    struct overview overview;
    VEC(struct segment_record) list = {0};
    int64_t counts = 1;
    enum status status = request_query_int(request, "counts", 0, 1, &counts, problem);
    if (!status && counts) status = segment_view_make(request, &moment, &view, problem);
    if (!status && counts) status = overview_make(request, &moment, &overview, problem);
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
        if (counts)
            status = complete(request, &view, &overview, &list.v[i], problem);
        else
            (void)describe(request, &insight_catalogue(request->house->insight)->world, &list.v[i]);
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
    struct segment_view view;
    struct moment moment = moment_now(request->house->insight);
    enum status status = read_one(request, &record, problem);
    if (!status) status = segment_view_make(request, &moment, &view, problem);
    if (!status) status = complete(request, &view, NULL, &record, problem);
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
    struct segment_view view;
    struct moment moment = moment_now(request->house->insight);
    status = segment_view_make(request, &moment, &view, problem);
    if (!status) status = complete(request, &view, NULL, &after, problem);
    if (!status) answer_record(request, response, created ? 201 : 200, &segment_type, &after, after.version);
    return status;
}

enum status segment_handle_delete(struct request *request, struct response *response,
                                  struct problem *problem) {
    enum status status = segment_remove(request->house, request_param(request, "key"), problem);
    if (!status) response->code = 204;
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
    const struct segment *segment =
        request_segment(request, &insight_catalogue(house->insight)->world, problem);
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
        if (list && list->kind != JSON_ARRAY)
            status = fail_at(
                problem, str_format(request->arena, "/%s", sides[on]),
                MESSAGE(
                    "entries_list", "Give a list of keys or ids: [\"acme\", \"globex\"].",
                    "فهرستی از کلیدها یا شناسه‌ها بدهید: [\"acme\", \"globex\"]."),
                NO_ARGS);
        for (size_t i = 0; list && i < list->n && !status; i++) {
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
