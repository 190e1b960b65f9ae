/* What can be imported: a row for each kind. */
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/member.h"
#include "customers/price_index.h"
#include "customers/rate.h"
#include "customers/subscription.h"
#include "exchange/import_events.h"
#include "exchange/import_undo.h"
#include "signals/activity.h"
#include "signals/answer.h"
#include "signals/invitation.h"
#include "signals/invoice.h"
#include "platform/settings.h"
#include "signals/ticket.h"

#define BIT(field) ((uint64_t)1 << (field))

/* An owner by address or name, a parent by its key. */
static enum status resolve_account_id(const struct import_call *call, const struct field *field,
                                      struct str text, struct id *id, struct problem *problem) {
    if (field == &account_type.fields[ACCOUNT_PARENT])
        return account_of_key(call->session, call->origin->source, text, id, problem);
    struct member member = {0};
    bool found = false;
    size_t n = 0;
    enum status status = member_store_by_email(call->session, text, &member, &found, call->arena, problem);
    if (!status && !found)
        status = member_store_by_name(call->session, text, &member, &n, call->arena, problem);
    if (status) return status;
    if (!found && n != 1)
        return fail(
            problem, NOT_FOUND,
            MESSAGE("unknown_member",
                    "There is no member “{0}”, or more than one of that name. Use the e-mail address.",
                    "همکاری به نام «{0}» نیست یا بیش از یک نفر است. نشانی ایمیل را بنویسید."),
            ARGS(text));
    *id = member.id;
    return OK;
}

static enum status take_account(const struct import_call *call, enum upsert_result *result,
                                struct id *account, struct problem *problem) {
    enum status status =
        account_upsert(call->session, call->origin, call->record, 0, result, account, problem);
    *call->record_id = *account;
    return status;
}

static enum status take_contact(const struct import_call *call, enum upsert_result *result,
                                struct id *account, struct problem *problem) {
    struct contact *row = call->record;
    struct id person;
    enum status status =
        account_of_key(call->session, call->origin->source, row->account_key, account, problem);
    if (status) return status;
    row->account = *account;
    field_set(row, CONTACT_ACCOUNT);
    return contact_upsert(call->session, call->origin, row, 0, TRAIT_SERVER, result, call->record_id, &person,
                          problem);
}

static enum status take_entry(const struct import_call *call, const struct entry_kind *kind,
                              enum upsert_result *result, struct id *account, struct problem *problem) {
    struct id *id = call->record_id;
    enum status status =
        kind->upsert ? kind->upsert(call->session, call->origin, call->record, 0, result, id, problem)
                     : entry_upsert(call->session, call->origin, kind, call->record, 0, result, id, problem);
    const struct entry *entry = call->record;
    if (status || *result == UPSERT_UNCHANGED || !entry->account_key.n) return status;
    return account_of_key(call->session, call->origin->source, entry->account_key, account, problem);
}

static enum status take_subscription(const struct import_call *call, enum upsert_result *result,
                                     struct id *account, struct problem *problem) {
    return take_entry(call, &subscription_kind, result, account, problem);
}
static enum status take_invoice(const struct import_call *call, enum upsert_result *result,
                                struct id *account, struct problem *problem) {
    return take_entry(call, &invoice_kind, result, account, problem);
}
static enum status take_ticket(const struct import_call *call, enum upsert_result *result, struct id *account,
                               struct problem *problem) {
    return take_entry(call, &ticket_kind, result, account, problem);
}
static enum status take_answer(const struct import_call *call, enum upsert_result *result, struct id *account,
                               struct problem *problem) {
    return take_entry(call, &answer_kind, result, account, problem);
}
static enum status take_activity(const struct import_call *call, enum upsert_result *result,
                                 struct id *account, struct problem *problem) {
    return take_entry(call, &activity_kind, result, account, problem);
}
static enum status take_invitation(const struct import_call *call, enum upsert_result *result,
                                   struct id *account, struct problem *problem) {
    return take_entry(call, &invitation_kind, result, account, problem);
}

/* Members are known by their address. What a file says of a member is laid over what is stored. */
static enum status take_member(const struct import_call *call, enum upsert_result *result, struct id *account,
                               struct problem *problem) {
    (void)account;
    struct member *row = call->record, stored = {0};
    bool found = false;
    enum status status =
        member_store_by_email(call->session, row->email, &stored, &found, call->arena, problem);
    if (status) return status;
    *result = UPSERT_CREATED;
    if (!found) {
        status = member_create(call->house, call->session, row, (struct str){0}, problem);
        *call->record_id = row->id;
        return status;
    }
    *call->record_id = stored.id;
    bool changed = false;
    status = member_lay_over(call->session, call->origin->now, &stored, row, 0, &changed, problem);
    *result = changed ? UPSERT_UPDATED : UPSERT_UNCHANGED;
    return status;
}

static enum status take_rate(const struct import_call *call, enum upsert_result *result, struct id *account,
                             struct problem *problem) {
    (void)account;
    struct str base = settings_text(call->house->settings, SETTING_ORGANISATION_CURRENCY, call->arena);
    return rate_upsert(call->session, call->origin, base, call->record, result, problem);
}

static enum status take_price_index(const struct import_call *call, enum upsert_result *result,
                                    struct id *account, struct problem *problem) {
    (void)account;
    return price_index_upsert(call->session, call->origin, call->record, result, problem);
}

const struct import_kind import_kinds[] = {
    {"events", &import_event_type, .derived = 0},
    {"members", &member_type, .undo = &undo_members, .take = take_member},
    {"accounts", &account_type, "currency", .undo = &undo_accounts, .take = take_account,
     .resolve = resolve_account_id},
    {"contacts", &contact_type, .derived = BIT(CONTACT_USER_KEY), .identity = BIT(CONTACT_ACCOUNT_KEY),
     .undo = &undo_contacts, .take = take_contact},
    {"subscriptions", &subscription_type, "currency", BIT(ENTRY_KEY) | BIT(SUBSCRIPTION_CURRENCY),
     .identity = BIT(SUBSCRIPTION_EFFECTIVE_FROM), .derives_key = true, .undo = &undo_subscriptions,
     .take = take_subscription},
    {"invoices", &invoice_type, "currency", BIT(ENTRY_KEY) | BIT(INVOICE_CURRENCY), .derives_key = true,
     .undo = &undo_invoices, .take = take_invoice},
    {"tickets", &ticket_type, .derived = BIT(ENTRY_KEY), .derives_key = true, .undo = &undo_tickets,
     .take = take_ticket},
    {"answers", &answer_type, .derived = BIT(ENTRY_KEY), .derives_key = true, .undo = &undo_answers,
     .take = take_answer},
    {"invitations", &invitation_type, .derived = BIT(ENTRY_KEY), .derives_key = true,
     .undo = &undo_invitations, .take = take_invitation},
    {"activities", &activity_type, .derived = BIT(ENTRY_KEY), .derives_key = true, .undo = &undo_activities,
     .take = take_activity},
    {"rates", &rate_type, .identity = BIT(RATE_DAY), .everybody = true, .undo = &undo_rates,
     .take = take_rate},
    {"indices", &price_index_type, .identity = BIT(PRICE_INDEX_DAY), .everybody = true, .undo = &undo_indices,
     .take = take_price_index},
    {NULL},
};

const struct import_kind *import_kind_find(struct str name) {
    for (const struct import_kind *kind = import_kinds; kind->name; kind++) {
        if (str_is(name, kind->name)) return kind;
    }
    return NULL;
}

struct str import_kind_names(struct arena *arena) {
    struct str names = {0};
    for (const struct import_kind *kind = import_kinds; kind->name; kind++)
        names = str_format(arena, "%.*s%s%s", STR_ARG(names), names.n ? ", " : "", kind->name);
    return names;
}
