#include "base/utf8.h"
#include "customers/account.h"
#include "customers/custom_field.h"
#include "customers/directory.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "queries.h"

#define AT(member) offsetof(struct account, member)
static const char *const statuses[] = {"prospect", "live", "leaving", "lost", NULL};
static const struct field fields[ACCOUNT_FIELDS] = {
    [ACCOUNT_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [ACCOUNT_KEY] =
        {"key", FIELD_TEXT, FIELD_KEY, AT(key), 0, 200, .title = {"Key", "کلید مشتری"},
         .synonyms =
             "account|account_id|account id|customer|customer_id|org|organization|مشتری|شناسه مشتری|شناسه",
         .doc = "The key people use: the first external key."},
    [ACCOUNT_NAME] = {"name", FIELD_TEXT, FIELD_REQUIRED, AT(name), 0, 300, .title = {"Name", "نام"},
                      .synonyms = "account name|company|customer name|title|نام مشتری|نام شرکت|شرکت",
                      .doc = "Name of the organisation."},
    [ACCOUNT_STATUS] = {"status", FIELD_ENUM, 0, AT(status), .options = statuses,
                        .title = {"Status", "وضعیت"}, .synonyms = "account status|state",
                        .doc = "prospect, live, leaving or lost; live unless told."},
    [ACCOUNT_STATUS_REASON] = {"status_reason", FIELD_TEXT, 0, AT(status_reason), 0, 1000,
                               .title = {"Reason of status", "دلیل وضعیت"},
                               .synonyms = "churn reason|reason|دلیل", .doc = "Why it is leaving or lost."},
    [ACCOUNT_STATUS_ON] = {"status_on", FIELD_DATE, 0, AT(status_on),
                           .title = {"Status since", "تاریخ وضعیت"},
                           .synonyms = "status date|churn date|churned on|lost on|تاریخ ریزش",
                           .doc = "Local date from which the status holds."},
    [ACCOUNT_OWNER] = {"owner", FIELD_ID, 0, AT(owner), .title = {"Owner", "مسئول"},
                       .synonyms = "csm|account manager|account owner|مسئول مشتری|کارشناس",
                       .doc = "The member who looks after it."},
    [ACCOUNT_TEAM] = {"team", FIELD_TEXT, 0, AT(team), 0, 200, .title = {"Team", "تیم"},
                      .doc = "The team that looks after it; the owner's when not told."},
    [ACCOUNT_PARENT] = {"parent", FIELD_ID, 0, AT(parent), .title = {"Parent", "مشتری بالادست"},
                        .doc = "The account that it belongs to."},
    [ACCOUNT_STAGE] = {"stage", FIELD_TEXT, 0, AT(stage), 0, 100, .title = {"Stage", "مرحله"},
                       .synonyms = "lifecycle|lifecycle stage|مرحله سفر",
                       .doc = "Stage of the customer's journey."},
    [ACCOUNT_PLAN] = {"plan", FIELD_TEXT, 0, AT(plan), 0, 100, .title = {"Plan", "طرح"},
                      .synonyms = "package|tier|پلن|بسته", .doc = "Plan of our product."},
    [ACCOUNT_SEGMENT] = {"segment", FIELD_TEXT, 0, AT(segment), 0, 100, .title = {"Segment", "بخش"},
                         .synonyms = "size|industry|صنعت|اندازه", .doc = "Segment as the source names it."},
    [ACCOUNT_COUNTRY] = {"country", FIELD_TEXT, 0, AT(country), 0, 2, .title = {"Country", "کشور"},
                         .doc = "ISO 3166-1 alpha-2, capital letters."},
    [ACCOUNT_CURRENCY] = {"currency", FIELD_TEXT, 0, AT(currency), 0, 3, .title = {"Currency", "واحد پول"},
                          .synonyms = "ارز", .doc = "ISO 4217, capital letters."},
    [ACCOUNT_POTENTIAL] = {"potential", FIELD_MONEY, 0, AT(potential), 0, 9e15,
                           .title = {"Potential", "ظرفیت"}, .synonyms = "potential arr",
                           .doc = "What it could pay a year, in minor units of its currency."},
    [ACCOUNT_STARTS_ON] = {"starts_on", FIELD_DATE, 0, AT(starts_on),
                           .title = {"Customer since", "مشتری از تاریخ"},
                           .synonyms =
                               "start|start date|signup|signup date|created|since|تاریخ شروع|تاریخ عضویت",
                           .doc = "First local day as a customer."},
    [ACCOUNT_TAGS] = {"tags", FIELD_LIST, 0, AT(tags), 0, 2000, .title = {"Tags", "برچسب‌ها"},
                      .synonyms = "labels|label|tag|برچسب",
                      .doc = "Words of our own: a list, in a file separated by commas."},
    [ACCOUNT_CUSTOM] = {"fields", FIELD_JSON, 0, AT(custom), .title = {"Custom fields", "فیلدهای سفارشی"},
                        .doc = "Values of custom fields by key; in a change, those to set, null to clear."},
    [ACCOUNT_SOURCE] = {"source", FIELD_TEXT, FIELD_READ_ONLY, AT(source), 0, 200,
                        .title = {"Source", "منبع"}, .doc = "What made it."},
    [ACCOUNT_REVIEW] = {"review", FIELD_BOOL, 0, AT(review), .title = {"To review", "نیازمند بازبینی"},
                        .doc = "Made by usage and not yet looked at; set it to false when it was."},
    [ACCOUNT_DEMO] = {"demo", FIELD_BOOL, FIELD_READ_ONLY, AT(demo), .title = {"Demo", "نمایشی"},
                      .doc = "Belongs to the demo company."},
    [ACCOUNT_MERGED_INTO] = {"merged_into", FIELD_ID, FIELD_READ_ONLY, AT(merged_into),
                             .title = {"Merged into", "ادغام‌شده در"},
                             .doc = "The account that it was merged into."},
    [ACCOUNT_VERSION] = {"version", FIELD_INT, FIELD_READ_ONLY, AT(version), .title = {"Version", "نسخه"},
                         .doc = "Grows by one with every change; the ETag."},
    [ACCOUNT_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                            .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [ACCOUNT_UPDATED_AT] = {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at),
                            .title = {"Changed", "زمان تغییر"}, .doc = "When it was last changed."},
};
RECORD_TYPE(account_type, "Account", struct account, fields);

#define KEY_AT(member) offsetof(struct account_key, member)
static const struct field key_fields[] = {
    {"source", FIELD_TEXT, FIELD_REQUIRED, KEY_AT(source), 0, 200, .title = {"Source", "منبع"},
     .doc = "Name of the source whose key it is."},
    {"key", FIELD_TEXT, FIELD_REQUIRED, KEY_AT(key), 0, 200, .title = {"Key", "کلید"},
     .doc = "The key as that source sends it."},
    {"valid_from", FIELD_INSTANT, FIELD_READ_ONLY, KEY_AT(valid_from), .title = {"Since", "از"},
     .doc = "When it was linked."},
};
RECORD_TYPE(account_key_type, "AccountKey", struct account_key, key_fields);

#define CHANGE_AT(member) offsetof(struct account_change_row, member)
static const struct field history_fields[] = {
    {"field", FIELD_TEXT, FIELD_READ_ONLY, CHANGE_AT(field), .title = {"Field", "فیلد"},
     .doc = "Name of the field."},
    {"value", FIELD_TEXT, FIELD_READ_ONLY, CHANGE_AT(value), .title = {"Value", "مقدار"},
     .doc = "Its new value; null: cleared."},
    {"valid_from", FIELD_INSTANT, FIELD_READ_ONLY, CHANGE_AT(valid_from), .title = {"Valid from", "معتبر از"},
     .doc = "From when it held."},
    {"recorded_at", FIELD_INSTANT, FIELD_READ_ONLY, CHANGE_AT(recorded_at), .title = {"Recorded", "زمان ثبت"},
     .doc = "Since when it is known."},
    {"assumed", FIELD_BOOL, FIELD_READ_ONLY, CHANGE_AT(assumed), .title = {"Assumed", "فرضی"},
     .doc = "recorded_at was assumed from a declared back-fill."},
};
RECORD_TYPE(account_history_type, "AccountChange", struct account_change_row, history_fields);

static const struct field merge_fields[] = {
    {"into", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct account_merge_input, into), 0, 200,
     .title = {"Into", "در"}, .doc = "Id or key of the account that stays."},
};
RECORD_TYPE(account_merge_type, "AccountMerge", struct account_merge_input, merge_fields);

const struct route_query account_list_query[] = {
    {"q", "Part of the name or key; letters are folded (case, ي and ی, digits)."},
    {"owner", "Id of the member who owns it."},
    {"status", "prospect, live, leaving or lost."},
    {"review", "1: made by usage and not yet looked at; 0: the others."},
    {"sort", "name (default) or -created."},
    {NULL, NULL},
};
const struct route_query account_unlink_query[] = {
    {"source", "Name of the source."},
    {"key", "The key to unlink."},
    {NULL, NULL},
};

struct origin request_origin(const struct request *request) {
    return (struct origin){.now = clock_now(request->house->clock),
                           .source = STR("api"),
                           .by = request->principal.name,
                           .member = true,
                           .zone = request->house->zone};
}

static enum status find_account(struct request *request, struct str typed, struct id *id,
                                struct problem *problem) {
    struct directory *directory = request->house->directory;
    struct id parsed;
    uint32_t index = ACCOUNT_NONE;
    enum status status = OK;
    directory_lock(directory);
    if (id_parse(typed, &parsed))
        index = directory_by_id(directory, parsed);
    else
        status = directory_find(directory, typed, &index, problem);
    bool seen = !status && index != ACCOUNT_NONE && directory_in_scope(directory, index, &request->principal);
    if (seen) *id = directory_account(directory, index)->id;
    directory_unlock(directory);
    return seen ? OK : status ? status : fail_not_found(problem, (struct text){"account", "مشتری"}, typed);
}

enum status request_account(struct request *request, struct id *id, struct problem *problem) {
    return find_account(request, request_param(request, "id"), id, problem);
}

enum status accounts_changed(struct house *house, struct id id, struct problem *problem) {
    uint32_t index;
    enum status status = directory_refresh_account(house->directory, house->records, id, &index, problem);
    if (!status) notices_put(house->notices, index, NOTICE_DIRECTORY | NOTICE_RECORDS);
    return status;
}

void account_touched(struct house *house, struct id id) {
    directory_lock(house->directory);
    uint32_t index = directory_by_id(house->directory, id);
    if (index != ACCOUNT_NONE) index = directory_root(house->directory, index);
    directory_unlock(house->directory);
    if (index != ACCOUNT_NONE) notices_put(house->notices, index, NOTICE_RECORDS);
}

void rows_bind_scope(struct rows *rows, const struct principal *principal) {
    rows_bind_int(rows, "scope", principal->scope);
    if (id_is_none(principal->member))
        rows_bind_null(rows, "member");
    else
        rows_bind_id(rows, "member", principal->member);
    if (principal->team.n)
        rows_bind_text(rows, "team", principal->team);
    else
        rows_bind_null(rows, "team");
}

/* %text% with the wildcards of LIKE taken literally. */
static struct str like_pattern(struct str text, struct arena *arena) {
    struct buf out = {0};
    buf_put_byte(&out, '%');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\') buf_put_byte(&out, '\\');
        buf_put_byte(&out, text.p[i]);
    }
    buf_put_byte(&out, '%');
    struct str pattern = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return pattern;
}

static enum status wrong_value(struct problem *problem, const char *name, struct str value) {
    return fail_at(problem, str_of(name),
                   MESSAGE("query_value_unknown", "“{0}” is not a value that “{1}” takes.",
                           "«{0}» برای «{1}» پذیرفته نیست."),
                   ARGS(value, str_of(name)));
}

enum status account_handle_list(struct request *request, struct response *response, struct problem *problem) {
    struct str q = request_query(request, "q"), owner = request_query(request, "owner"),
               wanted = request_query(request, "status"), review = request_query(request, "review"),
               sort = request_query(request, "sort");
    struct id owner_id = {0};
    int status_number = -1;
    for (int i = 0; statuses[i]; i++)
        if (str_is(wanted, statuses[i])) status_number = i;
    if (wanted.n && status_number < 0) return wrong_value(problem, "status", wanted);
    if (owner.n && !id_parse(owner, &owner_id)) return wrong_value(problem, "owner", owner);
    if (review.n && !str_is(review, "0") && !str_is(review, "1"))
        return wrong_value(problem, "review", review);
    if (sort.n && !str_is(sort, "name") && !str_is(sort, "-created"))
        return wrong_value(problem, "sort", sort);

    struct session *session = NULL;
    struct list list;
    enum status status = list_begin(&list, request, response, &account_type, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, str_is(sort, "-created") ? &query_account_list_by_newest
                                                                    : &query_account_list_by_name);
    rows_bind_int(rows, "any_owner", !owner.n);
    rows_bind_id(rows, "owner", owner_id);
    rows_bind_int(rows, "any_status", !wanted.n);
    rows_bind_text(rows, "status", wanted);
    rows_bind_int(rows, "any_review", !review.n);
    rows_bind_int(rows, "review", str_is(review, "1"));
    rows_bind_int(rows, "any_text", !q.n);
    rows_bind_text(rows, "pattern", like_pattern(utf8_fold(request->arena, q), request->arena));
    rows_bind_scope(rows, &request->principal);
    rows_bind_int(rows, "first", id_is_none(list.after));
    rows_bind_id(rows, "after", list.after);
    rows_bind_int(rows, "limit", list.limit + 1);
    enum status read = OK;
    while (rows_next(rows)) {
        struct account account = {0};
        rows_read(rows, &account_type, &account, request->arena);
        if ((read = custom_values_read(session, CUSTOM_OF_ACCOUNT, account.id, &account.custom,
                                       request->arena, problem)))
            break;
        field_set(&account, ACCOUNT_CUSTOM);
        if (!list_add(&list, &account, account.id)) break;
    }
    status = read ? read : OK;
    if (read) problem = &(struct problem){.arena = request->arena};
    enum status closed = rows_close(rows, problem);
    if (!status) status = closed;
    session_rollback(session);
    if (!status) list_end(&list);
    return status;
}

static enum status read_account(struct request *request, struct account *account, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = account_store_get(session, id, account, request->arena, problem);
    session_rollback(session);
    return status;
}

/* A parent must be there and be seen. */
static enum status check_input(struct request *request, const struct account *input,
                               struct problem *problem) {
    struct id parent;
    if (input->has >> ACCOUNT_PARENT & 1 &&
        find_account(request, id_str(request->arena, input->parent), &parent, problem)) {
        problem_clear(problem);
        return fail_at(problem, STR("/parent"),
                       MESSAGE("parent_unknown", "There is no such parent account, or you may not see it.",
                               "چنین مشتری بالادستی وجود ندارد یا دسترسی به آن ندارید."),
                       NO_ARGS);
    }
    return OK;
}

enum status account_handle_create(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct account *account = request->input;
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    enum status status = check_input(request, account, problem);
    /* Or its maker could not see it: a member owns what they make, a key has only its team. */
    const struct principal *maker = &request->principal;
    bool owned = account->has >> ACCOUNT_OWNER & 1, teamed = account->has >> ACCOUNT_TEAM & 1;
    if (maker->scope != SCOPE_ALL && maker->kind == MEMBER && !owned) {
        account->owner = maker->member;
        account->has |= 1 << ACCOUNT_OWNER;
    } else if (maker->scope != SCOPE_ALL && maker->kind == API_KEY && !owned && !teamed) {
        account->team = maker->team;
        account->has |= 1 << ACCOUNT_TEAM;
    }
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    if ((status = account_create(session, &origin, account, problem)) == OK)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status) status = accounts_changed(request->house, account->id, problem);
    if (status) return status;
    answer_record(request, response, 201, &account_type, account, account->version);
    response->location =
        str_format(request->arena, "/api/v1/accounts/%.*s", STR_ARG(id_str(request->arena, account->id)));
    return OK;
}

enum status account_handle_get(struct request *request, struct response *response, struct problem *problem) {
    struct account account = {0};
    enum status status = read_account(request, &account, problem);
    if (!status) answer_record(request, response, 200, &account_type, &account, account.version);
    return status;
}

/* A member's edit of a field that traits also fill is kept as a trait of the highest rank: no source
 * overwrites it. */
static enum status keep_edit(struct session *session, const struct origin *origin,
                             const struct account *account, uint64_t changed, struct problem *problem) {
    static const enum account_field mapped[] = {ACCOUNT_NAME, ACCOUNT_PLAN, ACCOUNT_COUNTRY,
                                                ACCOUNT_CURRENCY};
    for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++) {
        if (!(changed >> mapped[i] & 1)) continue;
        const struct field *field = &account_type.fields[mapped[i]];
        bool has = field_has(account, (int)mapped[i]), won;
        struct str value =
            has ? *(const struct str *)(const void *)((const char *)account + field->offset) : STR("");
        enum status status = trait_put(session, TRAIT_OF_ACCOUNT, account->id, str_of(field->name), value,
                                       origin->now, origin->by, TRAIT_MEMBER, &won, problem);
        if (status) return status;
    }
    return OK;
}

enum status account_handle_patch(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct account account = {0};
    struct session *session = NULL;
    struct origin origin = request_origin(request);
    uint64_t changed = 0;
    enum status status = read_account(request, &account, problem);
    if (!status) status = request_if_match(request, account.version, problem);
    if (!status) status = check_input(request, request->input, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = account_change(session, &origin, &account, request->input, request->cleared, &changed, problem);
    if (!status) status = keep_edit(session, &origin, &account, changed, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status && changed) status = accounts_changed(request->house, account.id, problem);
    if (!status) answer_record(request, response, 200, &account_type, &account, account.version);
    return status;
}

/* {data: […]} of everything that a query gives for one account. */
static enum status write_all(struct request *request, struct response *response, const struct query *query,
                             const struct record_type *type, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    struct json_writer w = {.out = &response->body};
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (status) return status;
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    struct rows *rows = rows_open(session, query);
    rows_bind_id(rows, "account", id);
    while (rows_next(rows)) {
        void *record = arena_alloc(request->arena, type->size);
        rows_read(rows, type, record, request->arena);
        fields_encode(type, record, &w);
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    json_end_array(&w);
    json_end_object(&w);
    return status;
}

enum status account_handle_history(struct request *request, struct response *response,
                                   struct problem *problem) {
    return write_all(request, response, &query_account_history_list, &account_history_type, problem);
}

enum status account_handle_keys(struct request *request, struct response *response, struct problem *problem) {
    return write_all(request, response, &query_account_key_list, &account_key_type, problem);
}

enum status account_handle_traits(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    struct json_writer w = {.out = &response->body};
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_read(request->house->records, &session, problem);
    if (!status) status = traits_write(session, TRAIT_OF_ACCOUNT, id, &w, problem);
    session_rollback(session);
    return status;
}

enum key_change { LINK, UNLINK };
static enum status change_key(struct request *request, enum key_change change, struct str source,
                              struct str key, struct problem *problem) {
    struct session *session = NULL;
    struct id id;
    struct origin origin = request_origin(request);
    enum status status = request_account(request, &id, problem);
    if (!status) status = records_write(request->house->records, &session, problem);
    if (status) return status;
    status = change == LINK ? account_key_link(session, &origin, id, source, key, problem)
                            : account_key_unlink(session, id, source, key, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (status) return status;
    if ((status = directory_load(request->house->directory, request->house->records, problem))) return status;
    return accounts_changed(request->house, id, problem);
}

enum status account_handle_link(struct request *request, struct response *response, struct problem *problem) {
    struct account_key *input = request->input;
    enum status status = change_key(request, LINK, input->source, input->key, problem);
    if (!status) response->code = 204;
    return status;
}

enum status account_handle_unlink(struct request *request, struct response *response,
                                  struct problem *problem) {
    enum status status =
        change_key(request, UNLINK, request_query(request, "source"), request_query(request, "key"), problem);
    if (!status) response->code = 204;
    return status;
}

static enum status merged_or_not(struct request *request, struct response *response, struct id merged,
                                 const struct id *kept, struct problem *problem) {
    struct session *session = NULL;
    struct account account = {0};
    struct house *house = request->house;
    struct origin origin = request_origin(request);
    enum status status = records_write(house->records, &session, problem);
    if (status) return status;
    status = account_store_get(session, merged, &account, request->arena, problem);
    struct id other = kept ? *kept : account.merged_into;
    if (!status)
        status = kept ? account_merge(session, &origin, merged, other, problem)
                      : account_unmerge(session, &origin, merged, problem);
    if (!status) status = account_store_get(session, merged, &account, request->arena, problem);
    if (!status)
        status = session_commit(session, problem);
    else
        session_rollback(session);
    if (!status) status = directory_load(house->directory, house->records, problem);
    if (!status) status = accounts_changed(house, merged, problem);
    if (!status) status = accounts_changed(house, other, problem);
    if (!status) answer_record(request, response, 200, &account_type, &account, account.version);
    return status;
}

enum status account_handle_merge(struct request *request, struct response *response,
                                 struct problem *problem) {
    struct account_merge_input *input = request->input;
    struct id merged, kept;
    enum status status = request_account(request, &merged, problem);
    if (!status) status = find_account(request, input->into, &kept, problem);
    return status ? status : merged_or_not(request, response, merged, &kept, problem);
}

enum status account_handle_unmerge(struct request *request, struct response *response,
                                   struct problem *problem) {
    struct id merged;
    enum status status = request_account(request, &merged, problem);
    return status ? status : merged_or_not(request, response, merged, NULL, problem);
}
