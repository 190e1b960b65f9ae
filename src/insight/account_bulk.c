#include "insight/account_bulk.h"

#include "base/list.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/account_table.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/settings.h"
#include "queries.h"

enum { LEFT_MOST = 100 };
#define BIT(field) ((uint64_t)1 << (field))
#define AT(member) offsetof(struct bulk_input, member)
enum bulk_field {
    BULK_IDS,
    BULK_WHERE,
    BULK_SEGMENT,
    BULK_VIEW,
    BULK_Q,
    BULK_SET,
    BULK_ADD,
    BULK_REMOVE,
    BULK_DRY,
    BULK_EXPECT
};
static const struct field fields[] = {
    [BULK_IDS] = {"ids", FIELD_JSON, 0, AT(ids), .title = {"Accounts", "مشتریان"},
                  .doc = "Ids or keys of the accounts, as an array; this or a rule, segment, view or q."},
    [BULK_WHERE] = {"where", FIELD_TEXT, 0, AT(where), 0, RULE_MAX_TEXT, .title = {"Rule", "قاعده"},
                    .doc = "A rule in its text form: the accounts for which it holds."},
    [BULK_SEGMENT] = {"segment", FIELD_TEXT, 0, AT(segment), 0, 64, .title = {"Segment", "بخش"},
                      .doc = "Key of a segment: its members."},
    [BULK_VIEW] = {"view", FIELD_TEXT, 0, AT(view), 0, 64, .title = {"View", "نما"},
                   .doc = "Id of a view: its accounts."},
    [BULK_Q] = {"q", FIELD_TEXT, 0, AT(q), 0, 400, .title = {"Find", "یافتن"},
                .doc = "As q of the table of accounts."},
    [BULK_SET] = {"set", FIELD_JSON, 0, AT(set), .title = {"Set", "تغییر"},
                  .doc = "An object of owner, team, stage, segment; null clears."},
    [BULK_ADD] = {"add_tags", FIELD_LIST, 0, AT(add_tags), 0, 2000, .title = {"Add tags", "افزودن برچسب"},
                  .doc = "Tags that each gets."},
    [BULK_REMOVE] = {"remove_tags", FIELD_LIST, 0, AT(remove_tags), 0, 2000,
                     .title = {"Remove tags", "برداشتن برچسب"}, .doc = "Tags that each loses."},
    [BULK_DRY] = {"dry", FIELD_BOOL, 0, AT(dry), .title = {"Dry run", "آزمایشی"},
                  .doc = "Only count what would change; nothing is written."},
    [BULK_EXPECT] = {"expect", FIELD_INT, 0, AT(expect), 0, 1e9, .title = {"Expected", "شمار مورد انتظار"},
                     .doc = "How many accounts the caller means: another number is refused."},
};
RECORD_TYPE(bulk_input_type, "AccountBulk", struct bulk_input, fields);

static const enum account_field settable[] = {ACCOUNT_OWNER, ACCOUNT_TEAM, ACCOUNT_STAGE, ACCOUNT_SEGMENT};

/* ---- what ---- */

struct patch {
    struct account values;
    uint64_t cleared;
    struct str *add, *remove_keys; /* items; folded ones */
    size_t add_n, remove_n;
};

static enum status read_patch(struct request *request, const struct bulk_input *input, struct patch *patch,
                              struct problem *problem) {
    struct arena *arena = request->arena;
    struct json set;
    uint64_t allowed = 0;
    *patch = (struct patch){0};
    for (size_t i = 0; i < COUNT(settable); i++)
        allowed |= BIT(settable[i]);
    if (field_has(input, BULK_SET)) {
        enum status status = json_parse(input->set, arena, &set, problem);
        if (!status)
            status = fields_decode(&account_type, &set, DECODE_PATCH, &patch->values, &patch->cleared, arena,
                                   problem);
        if (status) return status;
    }
    uint64_t other = (patch->values.has | patch->cleared) & ~allowed;
    for (int i = 0; i < ACCOUNT_FIELDS; i++)
        if (other >> i & 1)
            return fail_at(
                problem, str_format(arena, "/set/%s", account_type.fields[i].name),
                MESSAGE(
                    "bulk_field", "Only owner, team, stage and segment can be set for many accounts at once.",
                    "برای چند مشتری یک‌جا فقط مسئول، تیم، مرحله و بخش را می‌توان تغییر داد."),
                NO_ARGS);
    patch->add_n = list_split(input->add_tags, arena, &patch->add);
    patch->remove_n = list_split(input->remove_tags, arena, &patch->remove_keys);
    for (size_t i = 0; i < patch->remove_n; i++)
        patch->remove_keys[i] = utf8_fold(arena, patch->remove_keys[i]);
    if (patch->values.has || patch->cleared || patch->add_n || patch->remove_n) return OK;
    return fail_at(problem, STR("/set"),
                   MESSAGE("bulk_nothing", "Say what to change: set, add_tags or remove_tags.",
                           "بگویید چه تغییر کند: set، add_tags یا remove_tags."),
                   NO_ARGS);
}

static struct str tags_after(struct str before, const struct patch *patch, struct arena *arena) {
    struct str *items;
    size_t n = list_split(before, arena, &items), kept = 0;
    struct str *all = arena_array(arena, n + patch->add_n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        struct str key = utf8_fold(arena, items[i]);
        bool gone = false;
        for (size_t r = 0; r < patch->remove_n; r++)
            gone |= str_equal(key, patch->remove_keys[r]);
        if (!gone) all[kept++] = items[i];
    }
    for (size_t i = 0; i < patch->add_n; i++)
        all[kept++] = patch->add[i];
    return list_make(all, kept, arena);
}

/* The patch for one account: tags are reckoned from those that it has. */
static enum status patch_for(const struct account *account, const struct patch *patch, struct account *values,
                             uint64_t *cleared, struct arena *arena, struct problem *problem) {
    *values = patch->values;
    *cleared = patch->cleared;
    if (!patch->add_n && !patch->remove_n) return OK;
    struct str before = field_has(account, ACCOUNT_TAGS) ? account->tags : (struct str){0};
    struct str after = tags_after(before, patch, arena), *items;
    if (str_equal(before, after)) return OK;
    if (after.n > account_type.fields[ACCOUNT_TAGS].max || list_split(after, arena, &items) > LIST_MOST_ITEMS)
        return fail_at(
            problem, STR("/add_tags"),
            MESSAGE(
                "tags_too_many", "“{0}” would have too many tags: remove some first.",
                "برچسب‌های «{0}» از اندازه بیشتر می‌شود: نخست چند تا را بردارید."),
            ARGS(account->name));
    values->tags = after;
    if (after.n)
        values->has |= BIT(ACCOUNT_TAGS);
    else
        *cleared |= BIT(ACCOUNT_TAGS);
    return OK;
}

/* ---- whom ---- */

struct accounts {
    struct id *v;
    size_t n;
};

static enum status not_seen(struct problem *problem, size_t i, struct str typed) {
    return fail_at(problem, str_format(problem->arena, "/ids/%zu", i),
                   MESSAGE("bulk_account", "There is no account “{0}”, or you may not see it.",
                           "مشتری «{0}» وجود ندارد یا دسترسی به آن ندارید."),
                   ARGS(typed));
}

static enum status named(struct request *request, struct str text, struct accounts *ret,
                         struct problem *problem) {
    struct house *house = request->house;
    struct json list;
    enum status status = json_parse(text, request->arena, &list, problem);
    if (status) return status;
    if (list.kind != JSON_ARRAY)
        return fail_at(problem, STR("/ids"),
                       MESSAGE("bulk_ids", "Give a list of ids or keys.",
                               "فهرستی از شناسه‌ها یا کلیدها بدهید."),
                       NO_ARGS);
    ret->v = arena_array(request->arena, list.n + 1, sizeof *ret->v);
    directory_lock(house->directory);
    uint8_t *there = arena_alloc(request->arena, directory_size(house->directory) + 1);
    for (size_t i = 0; i < list.n; i++) {
        struct str typed = list.items[i].kind == JSON_STRING ? list.items[i].string : (struct str){0};
        struct id id;
        uint32_t index = id_parse(typed, &id) ? directory_by_id(house->directory, id) : ACCOUNT_NONE;
        struct problem ignored = {.arena = request->arena};
        if (index == ACCOUNT_NONE && directory_find(house->directory, typed, &index, &ignored))
            index = ACCOUNT_NONE;
        if (index == ACCOUNT_NONE || !directory_in_scope(house->directory, index, &request->principal)) {
            status = not_seen(problem, i, typed);
            continue;
        }
        index = directory_root(house->directory, index);
        if (!there[index]) ret->v[ret->n++] = directory_account(house->directory, index)->id;
        there[index] = 1;
    }
    directory_unlock(house->directory);
    return status;
}

static enum status by_rule(struct request *request, const struct bulk_input *input, struct accounts *ret,
                           struct problem *problem) {
    struct parameter query[] = {{STR("where"), input->where},
                                {STR("segment"), input->segment},
                                {STR("view"), input->view},
                                {STR("q"), input->q}};
    struct request asked = *request;
    struct board *board;
    const struct board_order *order;
    asked.query = query;
    asked.query_count = COUNT(query);
    enum status status = board_hold(request->house, &board, problem);
    if (status) return status;
    for (size_t i = 0; i < COUNT(query); i++)
        if (!query[i].value.n) query[i].value = (struct str){0};
    status = table_order(&asked, board, &order, problem);
    if (!status) {
        ret->n = order->n;
        ret->v = arena_array(request->arena, order->n + 1, sizeof *ret->v);
        for (size_t i = 0; i < order->n; i++)
            ret->v[i] = board->accounts[order->rows[i]].id;
    }
    board_release(board);
    return status;
}

static enum status find_accounts(struct request *request, const struct bulk_input *input,
                                 struct accounts *ret, struct problem *problem) {
    bool ids = field_has(input, BULK_IDS),
         rule = input->where.n || input->segment.n || input->view.n || input->q.n;
    struct arena *arena = problem->arena;
    *ret = (struct accounts){0};
    if (ids == rule)
        return fail_at(problem, STR("/ids"),
                       MESSAGE("bulk_whom",
                               "Say which accounts: ids, or a rule (where, segment, view, q), not both.",
                               "بگویید کدام مشتریان: ids یا یک قاعده (where، segment، view، q)، نه هر دو."),
                       NO_ARGS);
    enum status status =
        ids ? named(request, input->ids, ret, problem) : by_rule(request, input, ret, problem);
    int64_t most = settings_int(request->house->settings, SETTING_ACCOUNTS_BULK_MOST);
    if (!status && ret->n > (size_t)most)
        status = fail(
            problem, BAD_INPUT,
            MESSAGE(
                "bulk_too_many",
                "That is {0} accounts; at most {1} are changed at once (setting accounts.bulk_most).",
                "این {0} مشتری است؛ یک‌جا دست‌بالا {1} مشتری تغییر می‌کند (تنظیم accounts.bulk_most)."),
            ARGS(str_format(arena, "%zu", ret->n), str_format(arena, "%lld", (long long)most)));
    if (!status && field_has(input, BULK_EXPECT) && (size_t)input->expect != ret->n)
        status =
            fail(problem, CONFLICT,
                 MESSAGE("bulk_other_count", "It would be {0} accounts now, not {1}: look again.",
                         "اکنون {0} مشتری است، نه {1}: دوباره نگاه کنید."),
                 ARGS(str_format(arena, "%zu", ret->n), str_format(arena, "%lld", (long long)input->expect)));
    return status;
}

/* ---- changing ---- */

static struct str value_text(const struct account *account, int field, struct arena *arena) {
    if (!field_has(account, field)) return (struct str){0};
    const char *at = (const char *)account + account_type.fields[field].offset;
    if (account_type.fields[field].type == FIELD_ID)
        return id_str(arena, *(const struct id *)(const void *)at);
    return *(const struct str *)(const void *)at;
}

static void bind_text(struct rows *rows, const char *name, struct str text) {
    if (text.n)
        rows_bind_text(rows, name, text);
    else
        rows_bind_null(rows, name);
}

static enum status remember(struct session *session, struct id change, const struct account *before,
                            const struct account *after, uint64_t changed, struct problem *problem) {
    struct rows *rows = NULL;
    for (int i = 0; i < ACCOUNT_FIELDS; i++) {
        if (!(changed >> i & 1)) continue;
        if (rows)
            rows_again(rows);
        else
            rows = rows_open(session, &query_bulk_row_insert);
        rows_bind_id(rows, "change", change);
        rows_bind_id(rows, "account", before->id);
        rows_bind_text(rows, "field", str_of(account_type.fields[i].name));
        bind_text(rows, "was", value_text(before, i, problem->arena));
        bind_text(rows, "became", value_text(after, i, problem->arena));
        while (rows_next(rows)) {
        }
    }
    return rows ? rows_close(rows, problem) : OK;
}

static enum status change_one(struct session *session, const struct origin *origin, struct id id,
                              struct id change, const struct patch *patch, bool *changed,
                              struct problem *problem) {
    struct account account = {0}, before, values;
    uint64_t cleared, bits = 0;
    *changed = false;
    enum status status = account_store_get(session, id, &account, problem->arena, problem);
    before = account;
    if (!status) status = patch_for(&account, patch, &values, &cleared, problem->arena, problem);
    if (!status) status = account_change(session, origin, &account, &values, cleared, &bits, problem);
    if (!status && bits) status = remember(session, change, &before, &account, bits, problem);
    *changed = bits != 0;
    return status;
}

/* After the commit: the directory rereads them, insight hears of them. */
static enum status tell(struct house *house, const struct id *ids, size_t n, struct problem *problem) {
    enum { ONE_BY_ONE = 200 };
    enum status status = OK;
    if (n > ONE_BY_ONE) status = directory_load(house->directory, house->records, problem);
    for (size_t i = 0; i < n && n <= ONE_BY_ONE && !status; i++)
        status = directory_refresh_account(house->directory, house->records, ids[i], NULL, problem);
    for (size_t i = 0; i < n && !status; i++) {
        directory_lock(house->directory);
        uint32_t index = directory_by_id(house->directory, ids[i]);
        directory_unlock(house->directory);
        if (index != ACCOUNT_NONE) notices_put(house->notices, index, NOTICE_RECORDS);
    }
    board_touched(house->board);
    return status;
}

static enum status put_change(struct session *session, const struct request *request,
                              const struct origin *origin, struct id change, size_t n,
                              struct problem *problem) {
    struct rows *rows = rows_open(session, &query_bulk_insert);
    rows_bind_id(rows, "id", change);
    rows_bind_int(rows, "at", origin->now);
    rows_bind_text(rows, "by", origin->by);
    if (request->principal.kind == MEMBER)
        rows_bind_id(rows, "member", request->principal.member);
    else
        rows_bind_null(rows, "member");
    rows_bind_int(rows, "changed", (int64_t)n);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status bulk_handle(struct request *request, struct response *response, struct problem *problem) {
    const struct bulk_input *input = request->input;
    struct house *house = request->house;
    struct patch patch;
    struct accounts accounts;
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct id change = id_new(origin.now);
    enum status status = read_patch(request, input, &patch, problem);
    if (!status) status = find_accounts(request, input, &accounts, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    struct id *changed = arena_array(request->arena, accounts.n + 1, sizeof *changed);
    size_t n = 0;
    for (size_t i = 0; i < accounts.n && !status; i++) {
        bool one;
        status = change_one(session, &origin, accounts.v[i], change, &patch, &one, problem);
        if (!status && one) changed[n++] = accounts.v[i];
    }
    if (!status && !input->dry && n) status = put_change(session, request, &origin, change, n, problem);
    if (!status && !input->dry)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status && !input->dry) status = tell(house, changed, n, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("id"));
    if (input->dry || !n)
        json_null(&w);
    else
        json_string(&w, id_str(request->arena, change));
    json_put_bool(&w, "dry", input->dry);
    json_put_int(&w, "matched", (int64_t)accounts.n);
    json_put_int(&w, "changed", (int64_t)n);
    json_end_object(&w);
    return OK;
}

/* ---- undoing ---- */

struct past_value {
    struct id account;
    int field;
    struct str was, became;
};

static enum status read_change(struct session *session, struct id change, struct arena *arena,
                               struct past_value **ret, size_t *n, struct id *by, struct problem *problem) {
    VEC(struct past_value) values = {0};
    struct rows *rows = rows_open(session, &query_bulk_get);
    rows_bind_id(rows, "id", change);
    bool found = rows_next(rows), undone = found && !rows_is_null(rows, 2);
    *by = found && !rows_is_null(rows, 3) ? rows_id(rows, 3) : (struct id){0};
    enum status status = rows_close(rows, problem);
    if (status) return status;
    if (!found)
        return fail_not_found(problem, (struct text){"change of accounts", "تغییر گروهی"},
                              id_str(arena, change));
    if (undone)
        return fail(
            problem, CONFLICT,
            MESSAGE("bulk_undone", "This change was undone already.", "این تغییر از پیش برگردانده شده است."),
            NO_ARGS);
    rows = rows_open(session, &query_bulk_rows_of);
    rows_bind_id(rows, "change", change);
    while (rows_next(rows)) {
        int field = field_index(&account_type, rows_text(rows, 1, arena));
        if (field >= 0)
            VEC_PUSH(&values, (struct past_value){rows_id(rows, 0), field, rows_text(rows, 2, arena),
                                                  rows_text(rows, 3, arena)});
    }
    status = rows_close(rows, problem);
    *ret = arena_copy(arena, values.v, values.n * sizeof *values.v);
    *n = values.n;
    VEC_FREE(&values);
    return status;
}

static void set_back(struct account *values, uint64_t *cleared, int field, struct str was) {
    char *at = (char *)values + account_type.fields[field].offset;
    if (!was.n) {
        *cleared |= BIT(field);
        return;
    }
    if (account_type.fields[field].type == FIELD_ID)
        (void)id_parse(was, (struct id *)(void *)at);
    else
        *(struct str *)(void *)at = was;
    field_set(values, field);
}

/* One account, values[0 … n): what still is what it became goes back. *left: how many fields do not. */
static enum status undo_one(struct session *session, const struct origin *origin,
                            const struct past_value *past, size_t n, bool *changed, struct account *account,
                            size_t *left, struct problem *problem) {
    struct account values = {0};
    uint64_t cleared = 0, bits = 0;
    *left = 0;
    enum status status = account_store_get(session, past->account, account, problem->arena, problem);
    for (size_t i = 0; i < n && !status; i++) {
        if (str_equal(value_text(account, past[i].field, problem->arena), past[i].became))
            set_back(&values, &cleared, past[i].field, past[i].was);
        else
            ++*left;
    }
    if (!status && (values.has || cleared))
        status = account_change(session, origin, account, &values, cleared, &bits, problem);
    *changed = bits != 0;
    return status;
}

static enum status mark_undone(struct session *session, const struct origin *origin, struct id change,
                               struct problem *problem) {
    struct rows *rows = rows_open(session, &query_bulk_undone);
    rows_bind_id(rows, "id", change);
    rows_bind_int(rows, "at", origin->now);
    rows_bind_text(rows, "by", origin->by);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

static bool seen(const struct request *request, struct id account) {
    struct directory *directory = request->house->directory;
    directory_lock(directory);
    uint32_t index = directory_by_id(directory, account);
    bool in_scope = index != ACCOUNT_NONE && directory_in_scope(directory, index, &request->principal);
    directory_unlock(directory);
    return in_scope;
}

/* Whoever made a change may undo it, and whoever may see all its accounts. */
static enum status check_scope(struct request *request, struct id by, const struct past_value *values,
                               size_t n, struct problem *problem) {
    bool all = true;
    if (!id_is_none(by) && id_equal(by, request->principal.member)) return OK;
    for (size_t i = 0; i < n && all; i++)
        all = seen(request, values[i].account);
    if (all) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "bulk_undo_scope", "This change touched accounts that you may not see: ask a manager to undo it.",
            "این تغییر به مشتریانی رسیده که دسترسی به آن‌ها ندارید: برگرداندن را از مدیر بخواهید."),
        NO_ARGS);
}

enum status bulk_handle_undo(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    struct id change, by;
    struct past_value *values = NULL;
    size_t n = 0, restored = 0, left_n = 0;
    enum status status = request_id(request, "id", &change, problem);
    if (!status) status = records_write(house->records, &session, problem);
    if (status) return status;
    if (!(status = read_change(session, change, request->arena, &values, &n, &by, problem)))
        status = check_scope(request, by, values, n, problem);
    struct id *changed = arena_array(request->arena, n + 1, sizeof *changed);
    struct account *left = arena_array(request->arena, n + 1, sizeof *left);
    for (size_t i = 0; i < n && !status;) {
        size_t end = i, behind;
        bool one;
        struct account account = {0};
        while (end < n && id_equal(values[end].account, values[i].account))
            end++;
        status = undo_one(session, &origin, values + i, end - i, &one, &account, &behind, problem);
        if (!status && one) changed[restored++] = values[i].account;
        if (!status && behind) left[left_n++] = account;
        i = end;
    }
    if (!status) status = mark_undone(session, &origin, change, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status) status = tell(house, changed, restored, problem);
    if (status) return status;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_int(&w, "restored", (int64_t)restored);
    json_put_int(&w, "left", (int64_t)left_n);
    json_name(&w, STR("left_accounts"));
    json_begin_array(&w);
    /* Its author may no longer see them all: those are counted, not named. */
    for (size_t i = 0, named_n = 0; i < left_n && named_n < LEFT_MOST; i++) {
        if (!seen(request, left[i].id)) continue;
        named_n++;
        json_begin_object(&w);
        json_put_string(&w, "id", id_str(request->arena, left[i].id));
        json_put_string(&w, "name", left[i].name);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}
