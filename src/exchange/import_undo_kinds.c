/* How the kinds of imports are taken back: a row for each. */
#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/directory.h"
#include "customers/member.h"
#include "customers/price_index.h"
#include "customers/rate.h"
#include "customers/subscription.h"
#include "exchange/import_undo.h"
#include "platform/settings.h"
#include "queries.h"
#include "signals/activity.h"
#include "signals/answer.h"
#include "signals/invitation.h"
#include "signals/invoice.h"
#include "signals/ticket.h"
#include "signals/usage.h"

#define BIT(field) ((uint64_t)1 << (field))

static enum status run(const struct undo_call *call, const struct query *query, struct id id,
                       struct problem *problem) {
    struct rows *rows = rows_open(call->session, query);
    rows_bind_id(rows, "id", id);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

/* The first thing that hangs on a record: CONFLICT, and how many there are. */
static enum status check_hangs(const struct undo_call *call, const struct query *query, struct id id,
                               struct problem *problem) {
    static const struct {
        const char *what;
        struct text name;
    } words[] = {{"contacts", {"contacts", "مخاطب"}},
                 {"subscriptions", {"subscriptions", "اشتراک"}},
                 {"invoices", {"invoices", "صورت‌حساب"}},
                 {"tickets", {"tickets", "تیکت"}},
                 {"answers", {"answers", "پاسخ"}},
                 {"activities", {"activities", "تماس"}},
                 {"invitations", {"invitations", "دعوت"}},
                 {"children", {"accounts below it", "مشتری زیرمجموعه"}},
                 {"merges", {"merges", "ادغام"}},
                 {"values", {"values set by hand", "مقدار دستی"}},
                 {"overrides", {"scores set by hand", "امتیاز دستی"}},
                 {"lists", {"lists kept by hand", "فهرست دستی"}},
                 {"keys", {"further keys", "کلید دیگر"}},
                 {"events", {"events", "رویداد"}},
                 {"password", {"a password", "گذرواژه"}},
                 {"sessions", {"sessions", "نشست"}},
                 {"accounts", {"accounts", "مشتری"}},
                 {"audit", {"entries in the audit", "سطر ممیزی"}},
                 {"segments", {"touch models", "مدل تعامل"}}};
    struct rows *rows = rows_open(call->session, query);
    struct text name = {NULL, NULL};
    int64_t n = 0;
    rows_bind_id(rows, "id", id);
    if (rows_next(rows)) {
        for (size_t i = 0; i < COUNT(words); i++)
            if (str_is(rows_text(rows, 0, NULL), words[i].what)) name = words[i].name;
        n = rows_int(rows, 1);
    }
    enum status status = rows_close(rows, problem);
    if (status || !n) return status;
    struct message message = {
        "undo_hangs", str_format(call->arena, "It has %s by now ({0}): it stays.", name.en).p,
        str_format(call->arena, "اکنون %s دارد ({0}): می‌ماند.", name.fa).p};
    return fail(problem, CONFLICT, message, ARGS(str_format(call->arena, "%lld", (long long)n)));
}

/* ---- entries ---- */

static enum status find_entry(const struct import_call *call, const struct entry_kind *kind, void *stored,
                              struct id *id, bool *found, struct problem *problem) {
    const struct entry *row = call->record;
    *found = false;
    if (!row->key.n) return OK;
    enum status status =
        entry_find(call->session, kind->by_key, kind, call->origin->source, row->key, stored, found, problem);
    if (*found) *id = ((const struct entry *)stored)->id;
    return status;
}

static enum status load_entry(const struct undo_call *call, const struct entry_kind *kind, struct id id,
                              void *current, bool *found, struct problem *problem) {
    struct rows *rows = rows_open(call->session, kind->get);
    rows_bind_id(rows, "id", id);
    *found = rows_next(rows);
    if (*found) rows_read(rows, kind->type, current, call->arena);
    return rows_close(rows, problem);
}

/* Everything that is no field of a caller's is laid over too: ends and dates of knowledge come back as they
 * were. */
static enum status put_entry_back(const struct undo_call *call, const struct entry_kind *kind, void *current,
                                  const void *patch, uint64_t cleared, struct problem *problem) {
    uint64_t changed = 0;
    enum status status =
        entry_lay_over(call->session, call->origin, kind, current, patch, cleared, &changed, problem);
    return status || !changed ? status : entry_update(call->session, call->origin, kind, current, problem);
}

#define ENTRY(name, delete_query)                                                                            \
    static enum status find_##name(const struct import_call *call, void *stored, struct id *id, bool *found, \
                                   struct problem *problem) {                                                \
        return find_entry(call, &name##_kind, stored, id, found, problem);                                   \
    }                                                                                                        \
    static enum status load_##name(const struct undo_call *call, struct id id, const void *after,            \
                                   void *current, bool *found, struct problem *problem) {                    \
        (void)after;                                                                                         \
        return load_entry(call, &name##_kind, id, current, found, problem);                                  \
    }                                                                                                        \
    static enum status put_##name(const struct undo_call *call, void *current, const void *patch,            \
                                  uint64_t cleared, struct problem *problem) {                               \
        return put_entry_back(call, &name##_kind, current, patch, cleared, problem);                         \
    }                                                                                                        \
    static enum status remove_##name(const struct undo_call *call, const void *current,                      \
                                     struct problem *problem) {                                              \
        return run(call, &delete_query, ((const struct entry *)current)->id, problem);                       \
    }
ENTRY(invoice, query_undo_delete_invoice)
ENTRY(ticket, query_undo_delete_ticket)
ENTRY(answer, query_undo_delete_answer)
ENTRY(invitation, query_undo_delete_invitation)
ENTRY(activity, query_undo_delete_activity)
const struct import_undo_kind undo_invoices = {find_invoice, load_invoice, put_invoice, remove_invoice};
const struct import_undo_kind undo_tickets = {find_ticket, load_ticket, put_ticket, remove_ticket};
const struct import_undo_kind undo_answers = {find_answer, load_answer, put_answer, remove_answer};
const struct import_undo_kind undo_invitations = {find_invitation, load_invitation, put_invitation,
                                                  remove_invitation};
const struct import_undo_kind undo_activities = {find_activity, load_activity, put_activity, remove_activity};

/* ---- subscriptions: a row may correct the newest version or be one of its own ---- */

static enum status find_subscription(const struct import_call *call, void *stored, struct id *id, bool *found,
                                     struct problem *problem) {
    const struct subscription *row = call->record;
    *found = false;
    if (!row->entry.key.n) return OK;
    bool exact = row->entry.has & BIT(SUBSCRIPTION_EFFECTIVE_FROM);
    for (int newest = !exact; newest < 2 && !*found; newest++) {
        struct rows *rows =
            rows_open(call->session, newest ? &query_subscription_newest : &query_subscription_version);
        rows_bind_text(rows, "source", call->origin->source);
        rows_bind_text(rows, "key", row->entry.key);
        if (!newest) rows_bind_int(rows, "effective_from", row->effective_from);
        *found = rows_next(rows);
        if (*found) rows_read(rows, &subscription_type, stored, call->arena);
        enum status status = rows_close(rows, problem);
        if (status) return status;
    }
    if (*found) *id = ((const struct entry *)stored)->id;
    return OK;
}
static enum status load_subscription(const struct undo_call *call, struct id id, const void *after,
                                     void *current, bool *found, struct problem *problem) {
    (void)after;
    return load_entry(call, &subscription_kind, id, current, found, problem);
}
static enum status put_subscription(const struct undo_call *call, void *current, const void *patch,
                                    uint64_t cleared, struct problem *problem) {
    return subscription_put_back(call->session, call->origin, current, patch, cleared, problem);
}
static enum status remove_subscription(const struct undo_call *call, const void *current,
                                       struct problem *problem) {
    struct id id = ((const struct entry *)current)->id;
    enum status status = run(call, &query_undo_delete_subscription_before, id, problem);
    return status ? status : run(call, &query_undo_delete_subscription, id, problem);
}
const struct import_undo_kind undo_subscriptions = {find_subscription, load_subscription, put_subscription,
                                                    remove_subscription};

/* ---- accounts ---- */

static enum status find_account(const struct import_call *call, void *stored, struct id *id, bool *found,
                                struct problem *problem) {
    const struct account *row = call->record;
    int64_t count = 0;
    *found = false;
    if (!row->key.n) return OK;
    enum status status =
        account_store_by_key(call->session, call->origin->source, row->key, id, found, problem);
    if (!status && !*found) {
        status = account_store_by_any_key(call->session, row->key, id, &count, problem);
        *found = count == 1;
    }
    return status || !*found ? status : account_store_get(call->session, *id, stored, call->arena, problem);
}
static enum status load_account(const struct undo_call *call, struct id id, const void *after, void *current,
                                bool *found, struct problem *problem) {
    (void)after;
    struct problem missing = {.arena = call->arena};
    enum status status = account_store_get(call->session, id, current, call->arena, &missing);
    *found = !status;
    if (status && status != NOT_FOUND) *problem = missing;
    return status == NOT_FOUND ? OK : status;
}
static enum status put_account(const struct undo_call *call, void *current, const void *patch,
                               uint64_t cleared, struct problem *problem) {
    uint64_t changed;
    return account_change(call->session, call->origin, current, patch, cleared, &changed, problem);
}

/* Use that counts for it is no row of the records. */
struct seen_use {
    int64_t n;
};
static void see_use(void *self, const struct usage_entry *entry) {
    ((struct seen_use *)self)->n += entry->count;
}
static enum status check_events(const struct undo_call *call, const struct account *account,
                                struct problem *problem) {
    struct seen_use seen = {0};
    directory_lock(call->house->directory);
    uint32_t index = directory_by_id(call->house->directory, account->id);
    directory_unlock(call->house->directory);
    if (index == ACCOUNT_NONE) return OK;
    usage_read_lock(call->house->usage);
    usage_each_of(call->house->usage, index, see_use, &seen);
    usage_unlock(call->house->usage);
    if (!seen.n) return OK;
    return fail(problem, CONFLICT,
                MESSAGE("undo_has_use", "It has events of usage by now ({0}): it stays.",
                        "اکنون رویداد کاربرد دارد ({0}): می‌ماند."),
                ARGS(str_format(call->arena, "%lld", (long long)seen.n)));
}

static enum status remove_account(const struct undo_call *call, const void *current,
                                  struct problem *problem) {
    static const struct query *const all[] = {
        &query_undo_delete_account_keys,     &query_undo_delete_account_history,
        &query_undo_delete_account_traits,   &query_undo_delete_account_scores,
        &query_undo_delete_account_steps,    &query_undo_delete_account_judged,
        &query_undo_delete_account_segments, &query_undo_delete_account};
    const struct account *account = current;
    enum status status = check_hangs(call, &query_undo_account_hangs, account->id, problem);
    if (!status) status = check_events(call, account, problem);
    for (size_t i = 0; i < COUNT(all) && !status; i++)
        status = run(call, all[i], account->id, problem);
    return status;
}
const struct import_undo_kind undo_accounts = {find_account, load_account, put_account, remove_account};

/* ---- contacts ---- */

static enum status find_contact(const struct import_call *call, void *stored, struct id *id, bool *found,
                                struct problem *problem) {
    const struct contact *row = call->record;
    struct id account, person;
    struct problem unknown = {.arena = call->arena}; /* taking the row will say so */
    *found = false;
    if (account_of_key(call->session, call->origin->source, row->account_key, &account, &unknown) ||
        (!row->user_key.n && !row->email.n))
        return OK;
    enum status status =
        person_find(call->session, call->origin->source, row->user_key, row->email, &person, found, problem);
    if (!status && *found) status = contact_store_of(call->session, person, account, stored, found, problem);
    if (status || !*found) return status;
    *id = ((const struct contact *)stored)->id;
    return contact_store_get(call->session, *id, stored, call->arena, problem);
}
static enum status load_contact(const struct undo_call *call, struct id id, const void *after, void *current,
                                bool *found, struct problem *problem) {
    (void)after;
    struct problem missing = {.arena = call->arena};
    enum status status = contact_store_get(call->session, id, current, call->arena, &missing);
    *found = !status;
    if (status && status != NOT_FOUND) *problem = missing;
    return status == NOT_FOUND ? OK : status;
}

/* What the person had no value of before goes: a patch cannot say so. */
static enum status clear_person(const struct undo_call *call, struct id id, uint64_t cleared,
                                struct problem *problem) {
    static const struct {
        enum contact_field contact;
        enum person_field person;
        const char *trait;
    } fields[] = {{CONTACT_NAME, PERSON_NAME, "name"},
                  {CONTACT_EMAIL, PERSON_EMAIL, "email"},
                  {CONTACT_TITLE, PERSON_TITLE, "title"}};
    struct person_record person = {0};
    if (!(cleared & (BIT(CONTACT_NAME) | BIT(CONTACT_EMAIL) | BIT(CONTACT_TITLE)))) return OK;
    enum status status = person_store_get(call->session, id, &person, call->arena, problem);
    for (size_t i = 0; i < COUNT(fields) && !status; i++) {
        if (!(cleared & BIT(fields[i].contact))) continue;
        person.has &= ~BIT(fields[i].person);
        struct rows *rows = rows_open(call->session, &query_custom_value_clear_contact);
        rows_bind_id(rows, "id", id);
        rows_bind_text(rows, "key", str_of(fields[i].trait));
        rows_bind_int(rows, "rank", TRAIT_SERVER);
        while (rows_next(rows)) {
        }
        status = rows_close(rows, problem);
    }
    person.updated_at = call->origin->now;
    return status ? status : person_store_update(call->session, &person, problem);
}

static enum status put_contact(const struct undo_call *call, void *current, const void *patch,
                               uint64_t cleared, struct problem *problem) {
    struct contact *contact = current;
    bool changed;
    enum status status = clear_person(call, contact->person, cleared, problem);
    return status ? status
                  : contact_change(call->session, call->origin, contact, patch, cleared, TRAIT_SERVER,
                                   &changed, problem);
}

static enum status remove_contact(const struct undo_call *call, const void *current,
                                  struct problem *problem) {
    const struct contact *contact = current;
    enum status status = run(call, &query_undo_delete_contact, contact->id, problem);
    if (status) return status;
    struct rows *rows = rows_open(call->session, &query_undo_person_unused);
    rows_bind_id(rows, "id", contact->person);
    rows_bind_int(rows, "made_at", contact->created_at);
    bool unused = rows_next(rows) && rows_int(rows, 0) > 0;
    if ((status = rows_close(rows, problem)) || !unused) return status;
    status = run(call, &query_undo_delete_person_keys, contact->person, problem);
    if (!status) status = run(call, &query_undo_delete_person_traits, contact->person, problem);
    return status ? status : run(call, &query_undo_delete_person, contact->person, problem);
}
const struct import_undo_kind undo_contacts = {find_contact, load_contact, put_contact, remove_contact};

/* ---- members ---- */

static enum status find_member(const struct import_call *call, void *stored, struct id *id, bool *found,
                               struct problem *problem) {
    const struct member *row = call->record;
    enum status status =
        member_store_by_email(call->session, row->email, stored, found, call->arena, problem);
    if (*found) *id = ((const struct member *)stored)->id;
    return status;
}
static enum status load_member(const struct undo_call *call, struct id id, const void *after, void *current,
                               bool *found, struct problem *problem) {
    (void)after;
    return member_store_by_id(call->session, id, current, found, call->arena, problem);
}
static enum status put_member(const struct undo_call *call, void *current, const void *patch,
                              uint64_t cleared, struct problem *problem) {
    bool changed;
    return member_lay_over(call->session, call->origin->now, current, patch, cleared, &changed, problem);
}
static enum status remove_member(const struct undo_call *call, const void *current, struct problem *problem) {
    struct id id = ((const struct member *)current)->id;
    enum status status = check_hangs(call, &query_undo_member_hangs, id, problem);
    if (!status) status = run(call, &query_undo_delete_member_tokens, id, problem);
    return status ? status : run(call, &query_undo_delete_member, id, problem);
}
const struct import_undo_kind undo_members = {find_member, load_member, put_member, remove_member};

/* ---- rates: a corrected one is a row of its own, unless history was told anew ---- */

static enum status find_rate(const struct import_call *call, void *stored, struct id *id, bool *found,
                             struct problem *problem) {
    (void)id;
    struct rate_row wanted = *(const struct rate_row *)call->record;
    wanted.base = settings_text(call->house->settings, SETTING_ORGANISATION_CURRENCY, call->arena);
    wanted.has |= BIT(RATE_BASE);
    struct rows *rows = rows_open(call->session, &query_rate_newest_row);
    rows_bind_record(rows, &rate_type, &wanted);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &rate_type, stored, call->arena);
    return rows_close(rows, problem);
}
static enum status load_rate(const struct undo_call *call, struct id id, const void *after, void *current,
                             bool *found, struct problem *problem) {
    (void)id;
    struct rows *rows = rows_open(call->session, &query_undo_rate_get);
    rows_bind_record(rows, &rate_type, after);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &rate_type, current, call->arena);
    return rows_close(rows, problem);
}
static enum status put_rate(const struct undo_call *call, void *current, const void *patch, uint64_t cleared,
                            struct problem *problem) {
    (void)cleared;
    struct rate_row *rate = current;
    const struct rate_row *was = patch;
    if (was->has & BIT(RATE_RATE)) rate->rate = was->rate;
    return session_run(call->session, &query_rate_update, &rate_type, rate, problem);
}
static enum status remove_rate(const struct undo_call *call, const void *current, struct problem *problem) {
    return session_run(call->session, &query_undo_delete_rate, &rate_type, current, problem);
}
const struct import_undo_kind undo_rates = {find_rate, load_rate, put_rate, remove_rate, .keeps_made = true};

/* ---- price indices: as rates ---- */

static enum status find_index(const struct import_call *call, void *stored, struct id *id, bool *found,
                              struct problem *problem) {
    (void)id;
    struct rows *rows = rows_open(call->session, &query_price_index_newest_row);
    rows_bind_record(rows, &price_index_type, call->record);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &price_index_type, stored, call->arena);
    return rows_close(rows, problem);
}
static enum status load_index(const struct undo_call *call, struct id id, const void *after, void *current,
                              bool *found, struct problem *problem) {
    (void)id;
    struct rows *rows = rows_open(call->session, &query_undo_index_get);
    rows_bind_record(rows, &price_index_type, after);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &price_index_type, current, call->arena);
    return rows_close(rows, problem);
}
static enum status put_index(const struct undo_call *call, void *current, const void *patch, uint64_t cleared,
                             struct problem *problem) {
    (void)cleared;
    struct price_index_row *index = current;
    const struct price_index_row *was = patch;
    if (was->has & BIT(PRICE_INDEX_VALUE)) index->value = was->value;
    return session_run(call->session, &query_price_index_update, &price_index_type, index, problem);
}
static enum status remove_index(const struct undo_call *call, const void *current, struct problem *problem) {
    return session_run(call->session, &query_undo_delete_index, &price_index_type, current, problem);
}
const struct import_undo_kind undo_indices = {find_index, load_index, put_index, remove_index,
                                              .keeps_made = true};
