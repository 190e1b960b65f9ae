#include "insight/view.h"

#include "base/fields_merge.h"
#include "base/vec.h"
#include "insight/account_table.h"
#include "insight/segment.h"
#include "platform/answer.h"
#include "queries.h"

static const char *const densities[] = {"comfortable", "compact", NULL};
#define AT(member) offsetof(struct view, member)
static const struct field fields[VIEW_FIELDS] = {
    [VIEW_ID] = {"id", FIELD_TEXT, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"},
                 .doc = "Identifier; a word where it is one that everybody begins with."},
    [VIEW_TITLE] = {"title", FIELD_TEXT, FIELD_REQUIRED, AT(title), 1, 200, .title = {"Title", "عنوان"},
                    .doc = "What people call it."},
    [VIEW_RULE] = {"rule", FIELD_JSON, 0, AT(rule), .title = {"Rule", "قاعده"},
                   .doc = "The rule as JSON; null: every account."},
    [VIEW_TEXT] = {"text", FIELD_TEXT, 0, AT(text), 1, RULE_MAX_TEXT, .title = {"Rule", "قاعده"},
                   .doc = "The rule in its text form; give this or `rule`."},
    [VIEW_SORT] = {"sort", FIELD_TEXT, 0, AT(sort), 1, 100, .title = {"Sort", "ترتیب"},
                   .doc = "As `sort` of the table of accounts."},
    [VIEW_COLUMNS] = {"columns", FIELD_LIST, 0, AT(columns), 0, 2000, .title = {"Columns", "ستون‌ها"},
                      .doc = "Columns shown: of the table, and keys of facts."},
    [VIEW_DENSITY] = {"density", FIELD_ENUM, 0, AT(density), .options = densities,
                      .title = {"Density", "فشردگی"}, .doc = "comfortable (unless told) or compact."},
    [VIEW_PLACE] = {"place", FIELD_INT, 0, AT(place), 0, 10000, .title = {"Place", "جایگاه"},
                    .doc = "Among the views, the lowest first."},
    [VIEW_SHARED] = {"shared", FIELD_BOOL, 0, AT(shared), .title = {"Shared", "همگانی"},
                     .doc = "Everybody sees it; each sees the accounts of their own scope."},
    [VIEW_MINE] = {"mine", FIELD_BOOL, FIELD_READ_ONLY, AT(mine), .title = {"Mine", "از من"},
                   .doc = "The caller may change it."},
    [VIEW_BUILT_IN] = {"built_in", FIELD_BOOL, FIELD_READ_ONLY, AT(built_in), .title = {"Ours", "آماده"},
                       .doc = "One that everybody begins with; it can only be dismissed."},
    [VIEW_CREATED_BY] = {"created_by", FIELD_TEXT, FIELD_READ_ONLY, AT(created_by), .title = {"By", "توسط"},
                         .doc = "Who made it."},
    [VIEW_COUNT] = {"count", FIELD_INT, FIELD_READ_ONLY, AT(count), .title = {"Accounts", "مشتریان"},
                    .doc = "How many accounts the caller sees in it, as of now."},
    [VIEW_BROKEN] = {"broken", FIELD_TEXT, FIELD_READ_ONLY, AT(broken), .title = {"Broken", "ناسازگاری"},
                     .doc = "Why the rule no longer fits the facts; null: it does."},
    [VIEW_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                      .doc = "Grows by one with every change; the ETag. 0: built in."},
    [VIEW_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                         .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [VIEW_UPDATED_AT] = {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at),
                         .title = {"Changed", "زمان تغییر"}, .doc = "When it was last changed."},
};
RECORD_TYPE(view_type, "View", struct view, fields);
#define BIT(field) ((uint64_t)1 << (field))

static const struct built_in {
    const char *id;
    struct text title;
    const char *rule, *sort;
} built_ins[] = {
    {"at_risk", {"At risk", "در خطر"}, "health_band = at_risk and status in (live, leaving)", "-arr"},
    {"renewing_90d",
     {"Renewing in 90 days", "تمدید تا ۹۰ روز"},
     "days_to_renewal between 0 and 90",
     "renewal"},
    {"no_champion",
     {"No champion", "بدون حامی"},
     "not at least 1 contact (champion = true) and status in (live, leaving)",
     "-arr"},
};

/* ---- reading ---- */

static struct view view_of(const struct built_in *one, enum language language, struct arena *arena) {
    struct view view = {.id = str_of(one->id),
                        .title = str_of(language == PERSIAN ? one->title.fa : one->title.en),
                        .text = str_of(one->rule),
                        .sort = str_of(one->sort),
                        .density = 1,
                        .place = one - built_ins,
                        .shared = true,
                        .built_in = true};
    struct problem ignored = {.arena = arena};
    struct rule_node *root = NULL;
    if (!rule_parse_text(view.text, arena, &root, &ignored)) {
        view.rule = rule_to_json(root, arena);
        view.has = BIT(VIEW_RULE);
    }
    view.has |= BIT(VIEW_ID) | BIT(VIEW_TITLE) | BIT(VIEW_TEXT) | BIT(VIEW_SORT) | BIT(VIEW_DENSITY) |
                BIT(VIEW_PLACE) | BIT(VIEW_SHARED) | BIT(VIEW_MINE) | BIT(VIEW_BUILT_IN) | BIT(VIEW_VERSION);
    return view;
}

static bool is_own(const struct request *request, const struct view *view) {
    const struct id *member = &request->principal.member;
    return !id_is_none(*member) && id_equal(view->owner, *member);
}

/* Columns: view, holder, then those that are named as fields. */
static void read_row(const struct request *request, struct rows *rows, struct view *view) {
    struct arena *arena = request->arena;
    const struct principal *principal = &request->principal;
    rows_read(rows, &view_type, view, arena);
    view->id = id_str(arena, rows_id(rows, 0));
    if (!rows_is_null(rows, 1)) view->owner = rows_id(rows, 1);
    view->mine = is_own(request, view) || principal->kind == LOCAL ||
                 (view->shared && principal->role >= ROLE_MANAGER);
    view->has |= BIT(VIEW_ID) | BIT(VIEW_MINE) | BIT(VIEW_BUILT_IN);
    struct problem ignored = {.arena = arena};
    struct rule_node *root = NULL;
    if (field_has(view, VIEW_RULE) && !rule_of_input(view->rule, (struct str){0}, arena, &root, &ignored) &&
        root) {
        view->text = rule_to_text(root, arena);
        field_set(view, VIEW_TEXT);
    }
}

static void bind_member(struct rows *rows, const struct request *request) {
    rows_bind_id(rows, "member", request->principal.member); /* none: equal to nobody's */
}

enum status view_find(const struct request *request, struct str text, struct view *ret,
                      struct problem *problem) {
    for (size_t i = 0; i < COUNT(built_ins); i++) {
        if (!str_is(text, built_ins[i].id)) continue;
        *ret = view_of(&built_ins[i], request->language, request->arena);
        return OK;
    }
    struct id id;
    struct session *session = NULL;
    *ret = (struct view){0};
    if (!id_parse(text, &id)) return fail_not_found(problem, (struct text){"view", "نما"}, text);
    enum status status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_view_get);
    rows_bind_id(rows, "view", id);
    bind_member(rows, request);
    bool found = rows_next(rows);
    if (found) read_row(request, rows, ret);
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status || found) return status;
    return fail_not_found(problem, (struct text){"view", "نما"}, text);
}

/* How many accounts are in it: its order is kept with the board, so that opening it costs nothing more. */
static enum status count(const struct request *request, struct board *board, struct view *view,
                         struct problem *problem) {
    struct request asked = *request;
    struct parameter query = {STR("view"), view->id};
    struct problem why = {.arena = problem->arena};
    const struct board_order *order;
    asked.query = &query;
    asked.query_count = 1;
    enum status status = table_order(&asked, board, &order, &why);
    if (status == BAD_INPUT) {
        struct buf text = {0};
        fault_print(why.fault_count ? &why.faults[0] : &why.main, request->language, &text);
        view->broken = str_copy(request->arena, buf_str(&text));
        field_set(view, VIEW_BROKEN);
        buf_free(&text);
        return OK;
    }
    if (status) {
        *problem = why;
        return status;
    }
    view->count = (int64_t)order->n;
    field_set(view, VIEW_COUNT);
    return OK;
}

static enum status answer(struct request *request, struct response *response, int code, struct view *view,
                          struct problem *problem) {
    struct board *board;
    enum status status = board_hold(request->house, &board, problem);
    if (status) return status;
    status = count(request, board, view, problem);
    board_release(board);
    if (!status) answer_record(request, response, code, &view_type, view, view->version);
    return status;
}

static enum status read_dismissed(struct session *session, const struct request *request, bool *dismissed,
                                  struct problem *problem) {
    struct rows *rows = rows_open(session, &query_view_dismissed);
    bind_member(rows, request);
    while (rows_next(rows)) {
        struct str id = rows_text(rows, 0, NULL);
        for (size_t i = 0; i < COUNT(built_ins); i++)
            dismissed[i] |= str_is(id, built_ins[i].id);
    }
    return rows_close(rows, problem);
}

enum status view_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct session *session = NULL;
    struct board *board = NULL;
    bool dismissed[COUNT(built_ins)] = {0};
    VEC(struct view) views = {0};
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = read_dismissed(session, request, dismissed, problem);
    for (size_t i = 0; i < COUNT(built_ins); i++)
        if (!dismissed[i]) VEC_PUSH(&views, view_of(&built_ins[i], request->language, request->arena));
    if (!status) {
        struct rows *rows = rows_open(session, &query_view_list);
        bind_member(rows, request);
        while (rows_next(rows)) {
            struct view view = {0};
            read_row(request, rows, &view);
            VEC_PUSH(&views, view);
        }
        status = rows_close(rows, problem);
    }
    session_rollback(session);
    if (!status) status = board_hold(request->house, &board, problem);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < views.n && !status; i++) {
        status = count(request, board, &views.v[i], problem);
        fields_encode(&view_type, &views.v[i], &w);
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    json_null(&w);
    json_put_bool(&w, "has_more", false);
    json_end_object(&w);
    board_release(board);
    VEC_FREE(&views);
    return status;
}

enum status view_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct view view;
    enum status status = view_find(request, request_param(request, "id"), &view, problem);
    return status ? status : answer(request, response, 200, &view, problem);
}

/* ---- saving ---- */

/* Each is counted whenever the list is read, so there is an end to them. */
enum { OWN_MOST = 100, SHARED_MOST = 200 };

/* The rule in either form becomes JSON, checked against the facts of today. */
static enum status take_rule(const struct request *request, struct view *input, struct problem *problem) {
    struct rule_node *root = NULL;
    struct rule *rule;
    struct rule_needs needs = {0};
    struct rule_scope scope = rule_scope_of(insight_catalogue(request->house->insight));
    enum status status = rule_of_input(field_has(input, VIEW_RULE) ? input->rule : (struct str){0},
                                       field_has(input, VIEW_TEXT) ? input->text : (struct str){0},
                                       request->arena, &root, problem);
    if (!status && root) status = rule_compile(root, &scope, &needs, request->arena, &rule, problem);
    if (status || !root) return status;
    input->rule = rule_to_json(root, request->arena);
    input->text = rule_to_text(root, request->arena);
    input->has |= BIT(VIEW_RULE) | BIT(VIEW_TEXT);
    return OK;
}

static enum status may_share(const struct request *request, bool shared, struct problem *problem) {
    if (!shared || request->principal.role >= ROLE_CSM) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "view_share_refused", "A viewer saves views for themselves; ask a colleague to share one.",
            "بیننده نما را فقط برای خود ذخیره می‌کند؛ اشتراک را از همکاری بخواهید."),
        NO_ARGS);
}

/* Inside the writer session: room for one more of the caller's, or for one more that is shared. */
static enum status check_room(const struct request *request, struct session *session, bool own, bool shared,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_view_counts);
    bind_member(rows, request);
    bool any = rows_next(rows), own_full = any && own && rows_int(rows, 0) >= OWN_MOST,
         shared_full = any && shared && rows_int(rows, 1) >= SHARED_MOST;
    enum status status = rows_close(rows, problem);
    if (!status && own_full)
        status = fail(
            problem, CONFLICT,
            MESSAGE(
                "views_many", "You have 100 views; no more fit: delete one that you no longer use.",
                "۱۰۰ نما دارید و بیش از این جا نمی‌شود: یکی را که دیگر به کار نمی‌آید حذف کنید."),
            NO_ARGS);
    else if (!status && shared_full)
        status = fail(
            problem, CONFLICT,
            MESSAGE(
                "views_shared_many",
                "There are 200 shared views; no more fit: keep it to yourself, or delete one.",
                "۲۰۰ نمای همگانی هست و بیش از این جا نمی‌شود: آن را برای خود نگه دارید یا یکی را "
                "حذف کنید."),
            NO_ARGS);
    return status;
}

static enum status run(struct request *request, const struct query *query, const struct view *view,
                       bool more_shared, bool *found, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    enum status status = records_write(request->house->records, &session, problem);
    if (!status) status = check_room(request, session, query == &query_view_insert, more_shared, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    struct rows *rows = rows_open(session, query);
    rows_bind_record(rows, &view_type, view);
    if (id_parse(view->id, &id)) rows_bind_id(rows, "view", id);
    if (query == &query_view_insert && !id_is_none(view->owner)) rows_bind_id(rows, "owner", view->owner);
    if (query == &query_view_insert && id_is_none(view->owner)) rows_bind_null(rows, "owner");
    while (rows_next(rows)) {
    }
    *found = rows_changed(rows) == 1;
    if ((status = rows_close(rows, problem))) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status view_handle_create(struct request *request, struct response *response, struct problem *problem) {
    struct view *view = request->input;
    bool found;
    instant_t now = clock_now(request->house->clock);
    if (request->principal.kind != MEMBER)
        view->shared = true; /* a command or a key has no views of its own */
    enum status status = may_share(request, view->shared, problem);
    if (!status) status = take_rule(request, view, problem);
    if (status) return status;
    view->id = id_str(request->arena, id_new(now));
    view->owner = request->principal.member;
    view->created_by = request->principal.name;
    view->mine = true;
    view->version = 1;
    view->created_at = view->updated_at = now;
    if (!field_has(view, VIEW_PLACE)) view->place = 100;
    view->has |= BIT(VIEW_ID) | BIT(VIEW_CREATED_BY) | BIT(VIEW_MINE) | BIT(VIEW_BUILT_IN) |
                 BIT(VIEW_VERSION) | BIT(VIEW_CREATED_AT) | BIT(VIEW_UPDATED_AT) | BIT(VIEW_DENSITY) |
                 BIT(VIEW_PLACE) | BIT(VIEW_SHARED);
    status = run(request, &query_view_insert, view, view->shared, &found, problem);
    if (!status) status = answer(request, response, 201, view, problem);
    response->location = str_format(request->arena, "/api/v1/views/%.*s", STR_ARG(view->id));
    return status;
}

static enum status changed_meanwhile(const struct view *view, struct problem *problem) {
    return fail(problem, CONFLICT,
                MESSAGE("changed_meanwhile", "“{0}” was changed or deleted by somebody else: read it again.",
                        "«{0}» را کس دیگری تغییر داده یا حذف کرده است: دوباره بخوانید."),
                ARGS(view->title));
}

/* A view that the caller may change. */
static enum status find_mine(struct request *request, struct view *view, struct problem *problem) {
    enum status status = view_find(request, request_param(request, "id"), view, problem);
    if (status) return status;
    if (!view->mine)
        return fail(problem, FORBIDDEN,
                    MESSAGE("view_not_mine", "“{0}” belongs to somebody else: save it under another name.",
                            "«{0}» از آنِ دیگری است: آن را با نام دیگری ذخیره کنید."),
                    ARGS(view->title));
    return request_if_match(request, view->version, problem);
}

/* Kept to oneself it is its owner's alone: from anybody else's hands it would be lost. */
static enum status may_keep(const struct request *request, const struct view *view, struct problem *problem) {
    if (is_own(request, view)) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "view_keep_refused",
            "Only who saved “{0}” can keep it to themselves: delete it, or save one of your own.",
            "تنها ذخیره‌کنندهٔ «{0}» می‌تواند آن را برای خود نگه دارد: آن را حذف کنید یا نمای خود را ذخیره "
            "کنید."),
        ARGS(view->title));
}

enum status view_handle_patch(struct request *request, struct response *response, struct problem *problem) {
    struct view view, *input = request->input;
    uint64_t changed;
    bool found, shared = false;
    enum status status = find_mine(request, &view, problem);
    if (!status) shared = view.shared;
    if (!status) status = may_share(request, field_has(input, VIEW_SHARED) && input->shared, problem);
    if (!status && shared && field_has(input, VIEW_SHARED) && !input->shared)
        status = may_keep(request, &view, problem);
    if (!status) status = take_rule(request, input, problem);
    if (status) return status;
    if (request->cleared & (BIT(VIEW_RULE) | BIT(VIEW_TEXT)))
        request->cleared |= BIT(VIEW_RULE) | BIT(VIEW_TEXT);
    if ((status = fields_merge(&view_type, &view, input, request->cleared, &changed, problem))) return status;
    if (changed) {
        view.version++;
        view.updated_at = clock_now(request->house->clock);
        status = run(request, &query_view_update, &view, view.shared && !shared, &found, problem);
        if (!status && !found) status = changed_meanwhile(&view, problem);
    }
    return status ? status : answer(request, response, 200, &view, problem);
}

static enum status dismiss(struct request *request, struct str id, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_view_dismiss);
    bind_member(rows, request);
    rows_bind_text(rows, "view", id);
    rows_bind_int(rows, "at", clock_now(request->house->clock));
    while (rows_next(rows)) {
    }
    if ((status = rows_close(rows, problem))) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

enum status view_handle_delete(struct request *request, struct response *response, struct problem *problem) {
    struct str id = request_param(request, "id");
    struct view view;
    bool found;
    enum status status = OK;
    response->code = 204;
    for (size_t i = 0; i < COUNT(built_ins); i++)
        if (str_is(id, built_ins[i].id)) return dismiss(request, id, problem);
    if ((status = find_mine(request, &view, problem))) return status;
    status = run(request, &query_view_delete, &view, false, &found, problem);
    return status || found ? status : changed_meanwhile(&view, problem);
}
