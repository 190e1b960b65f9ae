#include "customers/account.h"
#include "customers/custom_field.h"
#include "customers/member.h"

#include "base/fields_merge.h"
#include "base/number.h"
#include "base/utf8.h"
#include "platform/answer.h"
#include "platform/records.h"
#include "queries.h"

#define BIT(field) ((uint64_t)1 << (field))

/* The fields whose history is kept by change. */
static const enum account_field kept_fields[] = {ACCOUNT_NAME,    ACCOUNT_STATUS, ACCOUNT_OWNER,
                                                 ACCOUNT_PARENT,  ACCOUNT_STAGE,  ACCOUNT_PLAN,
                                                 ACCOUNT_SEGMENT, ACCOUNT_TAGS};

static bool upper_letters(struct str s, size_t n) {
    if (s.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (s.p[i] < 'A' || s.p[i] > 'Z') return false;
    return true;
}

static bool currency_known(struct str s) {
    return upper_letters(s, 3) && currency_exponent(s) >= 0;
}

static enum status check(struct session *session, const struct account *account, uint64_t changed,
                         struct problem *problem) {
    enum status status = OK;
    if (utf8_blank(account->name))
        status =
            fail_at(problem, STR("/name"),
                    MESSAGE("name_empty", "An account needs a name.", "مشتری باید نام داشته باشد."), NO_ARGS);
    if (account->has & BIT(ACCOUNT_CURRENCY) && !currency_known(account->currency))
        status =
            fail_at(problem, STR("/currency"),
                    MESSAGE("currency_unknown",
                            "“{0}” is no ISO 4217 currency: give three capital letters, such as EUR or IRR.",
                            "«{0}» واحد پول ISO 4217 نیست: سه حرف بزرگ بدهید، مانند EUR یا IRR."),
                    ARGS(account->currency));
    if (account->has & BIT(ACCOUNT_COUNTRY) && !upper_letters(account->country, 2))
        status = fail_at(problem, STR("/country"),
                         MESSAGE("country_unknown",
                                 "“{0}” is no ISO 3166 country: give two capital letters, such as IR or DE.",
                                 "«{0}» کد کشور ISO 3166 نیست: دو حرف بزرگ بدهید، مانند IR یا DE."),
                         ARGS(account->country));
    if (account->has & changed & BIT(ACCOUNT_OWNER)) {
        struct member owner;
        bool found = false;
        enum status read =
            member_store_by_id(session, account->owner, &owner, &found, problem->arena, problem);
        if (read) return read;
        if (!found)
            status = fail_at(problem, STR("/owner"),
                             MESSAGE("owner_unknown",
                                     "There is no such member: add them first, or name another owner.",
                                     "چنین همکاری نیست: نخست او را بیفزایید یا مسئول دیگری نام ببرید."),
                             NO_ARGS);
    }
    if (status || !(account->has & changed & BIT(ACCOUNT_PARENT))) return status;
    struct rows *rows = rows_open(session, &query_account_ancestor);
    rows_bind_id(rows, "id", account->id);
    rows_bind_id(rows, "parent", account->parent);
    bool circle = rows_next(rows) && rows_int(rows, 0) > 0;
    if ((status = rows_close(rows, problem)) || !circle) return status;
    return fail_at(
        problem, STR("/parent"),
        MESSAGE("parent_circle",
                "An account cannot stand above itself: choose a parent that is not below it.",
                "مشتری نمی‌تواند بالادست خودش باشد: بالادستی "
                "برگزینید که زیرمجموعهٔ آن نباشد."),
        NO_ARGS);
}

static struct str history_text(const struct account *account, enum account_field field, struct arena *arena) {
    const struct field *row = &account_type.fields[field];
    const char *at = (const char *)account + row->offset;
    if (row->type == FIELD_ID) return id_str(arena, *(const struct id *)(const void *)at);
    if (row->type == FIELD_ENUM) return str_of(row->options[*(const int32_t *)(const void *)at]);
    return *(const struct str *)(const void *)at;
}

static enum status keep_history(struct session *session, const struct origin *origin,
                                const struct account *account, uint64_t changed, struct problem *problem) {
    for (size_t i = 0; i < sizeof kept_fields / sizeof *kept_fields; i++) {
        enum account_field field = kept_fields[i];
        if (!(changed & BIT(field))) continue;
        instant_t valid_from = origin->changed_at ? origin->changed_at : origin->now;
        if (field == ACCOUNT_STATUS && account->has & changed & BIT(ACCOUNT_STATUS_ON))
            valid_from = origin_day_start(origin, account->status_on);
        bool dated = valid_from != origin->now, assumed = false;
        /* An undated attribute is known from now on, in a back-fill too, and never used for earlier days. */
        instant_t recorded_at = dated ? origin_known_from(origin, NULL, valid_from, &assumed) : origin->now;
        bool has = account->has & BIT(field);
        struct str value = has ? history_text(account, field, problem->arena) : (struct str){0};
        enum status status =
            account_store_history(session, account->id, str_of(account_type.fields[field].name),
                                  has ? &value : NULL, valid_from, recorded_at, assumed, problem);
        if (status) return status;
    }
    return OK;
}

/* Values of custom fields, and the whole of them as they stand then. */
static enum status put_custom(struct session *session, const struct origin *origin, struct account *account,
                              const struct account *given, bool *changed, struct problem *problem) {
    *changed = false;
    enum status status = OK;
    if (given->has & BIT(ACCOUNT_CUSTOM))
        status = custom_values_put(session, origin, CUSTOM_OF_ACCOUNT, account->id, given->custom, changed,
                                   problem);
    if (!status)
        status = custom_values_read(session, CUSTOM_OF_ACCOUNT, account->id, &account->custom, problem->arena,
                                    problem);
    account->has |= BIT(ACCOUNT_CUSTOM);
    return status;
}

static enum status key_taken(struct problem *problem, struct str source, struct str key) {
    problem_clear(problem);
    return fail(problem, CONFLICT,
                MESSAGE("account_key_taken",
                        "The key “{0}” of the source “{1}” leads to an account already: merge the two, or "
                        "unlink it there.",
                        "کلید «{0}» از منبع «{1}» از پیش به مشتری "
                        "دیگری می‌رسد: آن دو را ادغام کنید یا پیوند "
                        "را آنجا بردارید."),
                ARGS(key, source));
}

enum status account_create(struct session *session, const struct origin *origin, struct account *account,
                           struct problem *problem) {
    account->id = id_new(origin->now);
    account->version = 1;
    account->created_at = account->updated_at = origin->now;
    account->source = origin->source;
    if (!(account->has & BIT(ACCOUNT_STATUS))) account->status = ACCOUNT_LIVE;
    account->has &= ~BIT(ACCOUNT_MERGED_INTO);
    account->has |= BIT(ACCOUNT_ID) | BIT(ACCOUNT_VERSION) | BIT(ACCOUNT_CREATED_AT) |
                    BIT(ACCOUNT_UPDATED_AT) | BIT(ACCOUNT_SOURCE) | BIT(ACCOUNT_STATUS) |
                    BIT(ACCOUNT_REVIEW) | BIT(ACCOUNT_DEMO);
    enum status status = check(session, account, account->has, problem);
    if (!status) status = account_store_insert(session, account, problem);
    if (!status && account->has & BIT(ACCOUNT_KEY)) {
        status = account_store_key_insert(session, origin->source, account->key, account->id, origin->now,
                                          problem);
        if (status == CONFLICT) return key_taken(problem, origin->source, account->key);
    }
    bool changed;
    struct account given = *account;
    if (!status) status = put_custom(session, origin, account, &given, &changed, problem);
    return status ? status : keep_history(session, origin, account, account->has, problem);
}

enum status account_change(struct session *session, const struct origin *origin, struct account *account,
                           const struct account *patch, uint64_t cleared, uint64_t *changed,
                           struct problem *problem) {
    struct account own = *patch;
    bool custom;
    own.has &= ~BIT(ACCOUNT_CUSTOM);
    enum status status =
        fields_merge(&account_type, account, &own, cleared & ~BIT(ACCOUNT_CUSTOM), changed, problem);
    if (!status) status = put_custom(session, origin, account, patch, &custom, problem);
    if (status) return status;
    if (custom) *changed |= BIT(ACCOUNT_CUSTOM);
    if (!*changed) return OK;
    if ((status = check(session, account, *changed, problem))) return status;
    if (*changed & BIT(ACCOUNT_STATUS) && !(*changed & BIT(ACCOUNT_STATUS_ON)))
        account->has &= ~BIT(ACCOUNT_STATUS_ON);
    account->version++;
    account->updated_at = origin->now;
    bool found;
    if ((status = account_store_update(session, account, &found, problem))) return status;
    if (!found)
        return fail(problem, CONFLICT,
                    MESSAGE("changed_meanwhile",
                            "“{0}” was changed or deleted by somebody else: read it again.",
                            "«{0}» را کس دیگری تغییر داده یا حذف کرده است: دوباره بخوانید."),
                    ARGS(account->name));
    return keep_history(session, origin, account, *changed, problem);
}

/* The account that a source's key leads to. A key that the source says for the first time, and that exactly
 * one account has from another source, is the same customer's: it is linked, as any link it can be taken
 * back. */
static enum status find_or_link(struct session *session, const struct origin *origin, struct str key,
                                struct id *id, bool *found, struct problem *problem) {
    int64_t count;
    enum status status = account_store_by_key(session, origin->source, key, id, found, problem);
    if (status || *found) return status;
    if ((status = account_store_by_any_key(session, key, id, &count, problem)) || count != 1) return status;
    *found = true;
    return account_store_key_insert(session, origin->source, key, *id, origin->now, problem);
}

enum status account_upsert(struct session *session, const struct origin *origin, const struct account *row,
                           uint64_t cleared, enum upsert_result *result, struct id *id,
                           struct problem *problem) {
    if (!(row->has & BIT(ACCOUNT_KEY)) || !row->key.n)
        return fail_at(problem, STR("/key"),
                       MESSAGE("account_key_missing",
                               "The row names no account: map a column to the account's key.",
                               "سطر کلید مشتری ندارد: ستونی را به کلید مشتری نسبت دهید."),
                       NO_ARGS);
    bool found;
    enum status status = find_or_link(session, origin, row->key, id, &found, problem);
    if (status) return status;
    if (!found) {
        struct account account = *row;
        if (!(account.has & BIT(ACCOUNT_NAME))) {
            account.name = row->key;
            account.has |= BIT(ACCOUNT_NAME);
        }
        *result = UPSERT_CREATED;
        status = account_create(session, origin, &account, problem);
        *id = account.id;
        return status;
    }
    struct account account = {0}, patch = *row;
    if ((status = account_store_get(session, *id, &account, problem->arena, problem))) return status;
    patch.has &= ~BIT(ACCOUNT_KEY); /* an account may be found by any of its keys; the one people use stays */
    if (account.review && origin->source.n && !str_equal(origin->source, account.source)) {
        patch.review = false; /* another source than usage knows it: nothing to review any more */
        patch.has |= BIT(ACCOUNT_REVIEW);
    }
    uint64_t changed;
    status = account_change(session, origin, &account, &patch, cleared, &changed, problem);
    *result = changed ? UPSERT_UPDATED : UPSERT_UNCHANGED;
    return status;
}

enum status account_from_usage(struct session *session, const struct origin *origin, struct str key,
                               day_t first_day, struct id *id, bool *created, struct problem *problem) {
    bool found;
    *created = false;
    enum status status = find_or_link(session, origin, key, id, &found, problem);
    if (status || found) return status;
    struct account account = {.key = key, .name = key, .review = true, .starts_on = first_day};
    account.has = BIT(ACCOUNT_KEY) | BIT(ACCOUNT_NAME) | BIT(ACCOUNT_STARTS_ON);
    if ((status = account_create(session, origin, &account, problem))) return status;
    *id = account.id;
    *created = true;
    return OK;
}

enum status account_traits_put(struct session *session, const struct origin *origin, struct id id,
                               const struct json *traits, instant_t event_time, enum trait_rank rank,
                               uint64_t *changed_fields, struct problem *problem) {
    static const enum account_field mapped[] = {ACCOUNT_NAME, ACCOUNT_PLAN, ACCOUNT_COUNTRY,
                                                ACCOUNT_CURRENCY};
    struct account patch = {0};
    *changed_fields = 0;
    for (size_t i = 0; i < traits->n; i++) {
        if (traits->items[i].kind == JSON_NULL) continue;
        struct str value = trait_text(&traits->items[i], problem->arena);
        bool won;
        enum status status = trait_put(session, TRAIT_OF_ACCOUNT, id, traits->names[i], value, event_time,
                                       origin->source, rank, &won, problem);
        if (status) return status;
        if (won && rank != TRAIT_BROWSER)
            status = custom_value_noted(session, origin, id, traits->names[i], &value, event_time, problem);
        if (status) return status;
        if (!won || rank == TRAIT_BROWSER || traits->items[i].kind != JSON_STRING || utf8_blank(value))
            continue;
        for (size_t k = 0; k < sizeof mapped / sizeof *mapped; k++) {
            const struct field *field = &account_type.fields[mapped[k]];
            if (!str_is(traits->names[i], field->name) || value.n > field->max) continue;
            if (mapped[k] == ACCOUNT_COUNTRY && !upper_letters(value, 2)) continue;
            if (mapped[k] == ACCOUNT_CURRENCY && !currency_known(value)) continue;
            *(struct str *)(void *)((char *)&patch + field->offset) = value;
            patch.has |= BIT(mapped[k]);
        }
    }
    if (!patch.has) return OK;
    struct account account = {0};
    struct origin dated = *origin;
    dated.changed_at = event_time;
    enum status status = account_store_get(session, id, &account, problem->arena, problem);
    return status ? status : account_change(session, &dated, &account, &patch, 0, changed_fields, problem);
}

enum status account_key_link(struct session *session, const struct origin *origin, struct id account,
                             struct str source, struct str key, struct problem *problem) {
    struct id there;
    bool found;
    enum status status = account_store_by_key(session, source, key, &there, &found, problem);
    if (status) return status;
    if (found) return id_equal(there, account) ? OK : key_taken(problem, source, key);
    return account_store_key_insert(session, source, key, account, origin->now, problem);
}

enum status account_of_key(struct session *session, struct str source, struct str key, struct id *id,
                           struct problem *problem) {
    bool found;
    int64_t count;
    enum status status = account_store_by_key(session, source, key, id, &found, problem);
    if (status || found) return status;
    if ((status = account_store_by_any_key(session, key, id, &count, problem)) || count == 1) return status;
    return fail_at(problem, STR("/account"),
                   count ? MESSAGE("account_ambiguous",
                                   "Several accounts have the key “{0}”, none of them from the source “{1}”: "
                                   "link the key there.",
                                   "چند مشتری کلید «{0}» را دارند و هیچ‌یک از "
                                   "منبع «{1}» نیست: کلید را در آن منبع پیوند "
                                   "دهید.")
                         : MESSAGE("account_unknown",
                                   "No account has the key “{0}” (source “{1}”): import the account first, "
                                   "or link this key to one; then send the row again.",
                                   "هیچ مشتری‌ای کلید «{0}» را ندارد (منبع "
                                   "«{1}»): نخست مشتری را وارد کنید یا این کلید "
                                   "را به یکی پیوند دهید، سپس سطر را دوباره "
                                   "بفرستید."),
                   ARGS(key, source));
}

enum status account_merge(struct session *session, const struct origin *origin, struct id merged,
                          struct id kept, struct problem *problem) {
    struct account from = {0}, into = {0};
    enum status status = account_store_get(session, merged, &from, problem->arena, problem);
    if (!status) status = account_store_get(session, kept, &into, problem->arena, problem);
    if (status) return status;
    if (id_equal(merged, kept))
        return fail_at(problem, STR("/into"),
                       MESSAGE("merge_itself", "An account cannot be merged into itself.",
                               "مشتری را نمی‌توان در خودش ادغام کرد."),
                       NO_ARGS);
    const struct account *gone = from.has & BIT(ACCOUNT_MERGED_INTO)   ? &from
                                 : into.has & BIT(ACCOUNT_MERGED_INTO) ? &into
                                                                       : NULL;
    if (gone)
        return fail(
            problem, CONFLICT,
            MESSAGE("already_merged",
                    "“{0}” was already merged into another account: undo that first, or name that account.",
                    "«{0}» از پیش در مشتری دیگری ادغام شده است: "
                    "نخست آن را برگردانید یا همان مشتری را نام "
                    "ببرید."),
            ARGS(gone->name));
    status = account_store_merged(session, merged, kept, origin->now, problem);
    return status ? status : account_store_merge_log(session, origin, merged, kept, false, problem);
}

enum status account_unmerge(struct session *session, const struct origin *origin, struct id merged,
                            struct problem *problem) {
    struct account account = {0};
    enum status status = account_store_get(session, merged, &account, problem->arena, problem);
    if (status) return status;
    if (!(account.has & BIT(ACCOUNT_MERGED_INTO)))
        return fail(problem, CONFLICT,
                    MESSAGE("not_merged", "“{0}” is not merged into another account.",
                            "«{0}» در مشتری دیگری ادغام نشده است."),
                    ARGS(account.name));
    status = account_store_merged(session, merged, (struct id){0}, origin->now, problem);
    return status ? status
                  : account_store_merge_log(session, origin, merged, account.merged_into, true, problem);
}
