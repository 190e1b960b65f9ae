#include "customers/contact.h"

#include "base/fields_merge.h"
#include "customers/account.h"
#include "customers/custom_field.h"
#include "platform/records.h"

#define BIT(field) ((uint64_t)1 << (field))
enum { OF_PERSON = (1 << CONTACT_NAME) | (1 << CONTACT_EMAIL) | (1 << CONTACT_TITLE) };

static enum status check(const struct contact *contact, struct problem *problem) {
    if (contact->has & BIT(CONTACT_VALID_TO) && contact->valid_to <= contact->valid_from)
        return fail_at(problem, STR("/valid_to"),
                       MESSAGE("ends_before_start", "The end lies before the start: correct one of them.",
                               "پایان پیش از آغاز است: یکی را درست کنید."),
                       NO_ARGS);
    return OK;
}

static struct person_record person_part(const struct contact *contact) {
    struct person_record person = {.name = contact->name, .email = contact->email, .title = contact->title};
    if (contact->has & BIT(CONTACT_NAME)) person.has |= BIT(PERSON_NAME);
    if (contact->has & BIT(CONTACT_EMAIL)) person.has |= BIT(PERSON_EMAIL);
    if (contact->has & BIT(CONTACT_TITLE)) person.has |= BIT(PERSON_TITLE);
    return person;
}

enum status contact_change(struct session *session, const struct origin *origin, struct contact *contact,
                           const struct contact *patch, uint64_t cleared, enum trait_rank rank, bool *changed,
                           struct problem *problem) {
    struct contact mine = *patch;
    struct person_record person = person_part(patch);
    uint64_t fields;
    mine.has &= ~(uint64_t)(OF_PERSON | BIT(CONTACT_ACCOUNT_KEY) | BIT(CONTACT_USER_KEY) |
                            BIT(CONTACT_ACCOUNT) | BIT(CONTACT_PERSON) | BIT(CONTACT_CUSTOM));
    *changed = false;
    enum status status = fields_merge(&contact_type, contact, &mine,
                                      cleared & ~(OF_PERSON | BIT(CONTACT_CUSTOM)), &fields, problem);
    if (!status) status = check(contact, problem);
    if (!status) status = person_edit(session, origin, contact->person, &person, rank, changed, problem);
    bool custom = false;
    if (!status && patch->has & BIT(CONTACT_CUSTOM))
        status = custom_values_put(session, origin, CUSTOM_OF_CONTACT, contact->person, patch->custom,
                                   &custom, problem);
    if (status || (!fields && !*changed && !custom)) return status;
    *changed = true;
    contact->version++;
    contact->updated_at = origin->now;
    bool found;
    if ((status = contact_store_update(session, contact, &found, problem))) return status;
    if (!found)
        return fail(problem, CONFLICT,
                    MESSAGE("changed_meanwhile",
                            "“{0}” was changed or deleted by somebody else: read it again.",
                            "«{0}» را کس دیگری تغییر داده یا حذف کرده است: دوباره بخوانید."),
                    ARGS(contact->name));
    return contact_store_get(session, contact->id, contact, problem->arena, problem);
}

static enum status create(struct session *session, const struct origin *origin, struct contact *contact,
                          struct problem *problem) {
    contact->id = id_new(origin->now);
    contact->version = 1;
    contact->created_at = contact->updated_at = origin->now;
    contact->source = origin->source;
    if (!(contact->has & BIT(CONTACT_VALID_FROM)))
        contact->valid_from = origin->changed_at ? origin->changed_at : origin->backfill ? 0 : origin->now;
    contact->has |= BIT(CONTACT_ID) | BIT(CONTACT_VERSION) | BIT(CONTACT_CREATED_AT) |
                    BIT(CONTACT_UPDATED_AT) | BIT(CONTACT_SOURCE) | BIT(CONTACT_VALID_FROM) |
                    BIT(CONTACT_ACCOUNT) | BIT(CONTACT_PERSON) | BIT(CONTACT_CHAMPION);
    enum status status = check(contact, problem);
    return status ? status : contact_store_insert(session, contact, problem);
}

enum status contact_upsert(struct session *session, const struct origin *origin, const struct contact *row,
                           uint64_t cleared, enum trait_rank rank, enum upsert_result *result,
                           struct id *contact_id, struct id *person, struct problem *problem) {
    struct contact contact = {0}, new = *row;
    bool found, changed;
    enum status status = OK;
    if (!row->user_key.n && !row->email.n)
        return fail_at(
            problem, STR("/user"),
            MESSAGE(
                "contact_nameless", "The row names nobody: give a user key or an e-mail address.",
                "سطر کسی را نام نمی‌برد: کلید کاربر یا ایمیل بدهید."),
            NO_ARGS);
    if (!(row->has & BIT(CONTACT_ACCOUNT)) &&
        (status = account_of_key(session, origin->source, row->account_key, &new.account, problem)))
        return status;
    if ((status = person_find(session, origin->source, row->user_key, row->email, person, &found, problem)))
        return status;
    if (!found)
        status = person_create(session, origin, row->user_key, person, problem);
    else if (row->user_key.n)
        status = person_key_link(session, origin, *person, origin->source, row->user_key, problem);
    if (!status) status = contact_store_of(session, *person, new.account, &contact, &found, problem);
    if (status) return status;
    if (found) {
        status = contact_change(session, origin, &contact, row, cleared, rank, &changed, problem);
        *result = changed ? UPSERT_UPDATED : UPSERT_UNCHANGED;
        *contact_id = contact.id;
        return status;
    }
    struct person_record edit = person_part(row);
    new.person = *person;
    *result = UPSERT_CREATED;
    if ((status = person_edit(session, origin, *person, &edit, rank, &changed, problem))) return status;
    if (row->has & BIT(CONTACT_CUSTOM) &&
        (status =
             custom_values_put(session, origin, CUSTOM_OF_CONTACT, *person, row->custom, &changed, problem)))
        return status;
    status = create(session, origin, &new, problem);
    *contact_id = new.id;
    return status;
}

enum status contact_seen(struct session *session, const struct origin *origin, struct id person,
                         struct id account, instant_t at, bool *changed, struct problem *problem) {
    struct contact contact = {0};
    bool found;
    *changed = false;
    enum status status = contact_store_of(session, person, account, &contact, &found, problem);
    if (status) return status;
    bool ended = found && contact.has & BIT(CONTACT_VALID_TO) && contact.valid_to <= at;
    if (found && contact.valid_from <= at && !ended) return OK;
    if (found && !ended) {
        struct contact patch = {.has = BIT(CONTACT_VALID_FROM), .valid_from = at};
        return contact_change(session, origin, &contact, &patch, 0, TRAIT_SERVER, changed, problem);
    }
    struct contact new = {
        .has = BIT(CONTACT_VALID_FROM), .account = account, .person = person, .valid_from = at};
    *changed = true;
    return create(session, origin, &new, problem);
}
