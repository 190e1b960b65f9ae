#include "customers/person.h"
#include "base/utf8.h"

#include "platform/records.h"

#define BIT(field) ((uint64_t)1 << (field))
#define AT(member) offsetof(struct person_record, member)
static const struct field fields[PERSON_FIELDS] = {
    [PERSON_ID] = {"id", FIELD_ID, FIELD_READ_ONLY, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [PERSON_NAME] = {"name", FIELD_TEXT, 0, AT(name), 0, 300, .title = {"Name", "نام"}, .doc = "Full name."},
    [PERSON_EMAIL] = {"email", FIELD_TEXT, 0, AT(email), 0, 320, .title = {"E-mail", "ایمیل"},
                      .doc = "E-mail address."},
    [PERSON_TITLE] = {"title", FIELD_TEXT, 0, AT(title), 0, 200, .title = {"Position", "سمت"},
                      .doc = "Position."},
    [PERSON_MERGED_INTO] = {"merged_into", FIELD_ID, FIELD_READ_ONLY, AT(merged_into),
                            .title = {"Same as", "همان شخص"}, .doc = "The person that this one is."},
    [PERSON_CREATED_AT] = {"created_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(created_at),
                           .title = {"Created", "زمان ایجاد"}, .doc = "When it was made."},
    [PERSON_UPDATED_AT] = {"updated_at", FIELD_INSTANT, FIELD_READ_ONLY, AT(updated_at),
                           .title = {"Changed", "زمان تغییر"}, .doc = "When it was last changed."},
};
RECORD_TYPE(person_type, "Person", struct person_record, fields);

/* The fields that traits also fill. */
static const enum person_field mapped[] = {PERSON_NAME, PERSON_EMAIL, PERSON_TITLE};
enum { MAPPED = sizeof mapped / sizeof *mapped };

static struct str *text_of(struct person_record *person, enum person_field field) {
    return (struct str *)(void *)((char *)person + person_type.fields[field].offset);
}

enum status person_create(struct session *session, const struct origin *origin, struct str key, struct id *id,
                          struct problem *problem) {
    struct person_record person = {
        .id = id_new(origin->now), .created_at = origin->now, .updated_at = origin->now};
    person.has = BIT(PERSON_ID) | BIT(PERSON_CREATED_AT) | BIT(PERSON_UPDATED_AT);
    *id = person.id;
    enum status status = person_store_insert(session, &person, problem);
    if (status || !key.n) return status;
    return person_store_key_insert(session, origin->source, key, person.id, origin->now, problem);
}

enum status person_of_key(struct session *session, const struct origin *origin, struct str key, struct id *id,
                          bool *created, struct problem *problem) {
    bool found;
    *created = false;
    enum status status = person_store_by_key(session, origin->source, key, id, &found, problem);
    if (status || found) return status;
    *created = true;
    return person_create(session, origin, key, id, problem);
}

enum status person_find(struct session *session, struct str source, struct str key, struct str email,
                        struct id *id, bool *found, struct problem *problem) {
    enum status status = OK;
    *found = false;
    if (key.n) status = person_store_by_key(session, source, key, id, found, problem);
    if (!status && !*found && email.n) status = person_store_by_email(session, email, id, found, problem);
    return status;
}

enum status person_key_link(struct session *session, const struct origin *origin, struct id person,
                            struct str source, struct str key, struct problem *problem) {
    struct id there, a, b;
    bool found;
    enum status status = person_store_by_key(session, source, key, &there, &found, problem);
    if (status) return status;
    if (!found) return person_store_key_insert(session, source, key, person, origin->now, problem);
    if ((status = person_store_root(session, there, &a, problem))) return status;
    if ((status = person_store_root(session, person, &b, problem))) return status;
    if (id_equal(a, b)) return OK;
    return fail(
        problem, CONFLICT,
        MESSAGE("user_key_taken",
                "The user key “{0}” of the source “{1}” is another person's: link the two with alias.",
                "کلید کاربر «{0}» از منبع «{1}» از آنِ شخص دیگری است: آن دو را با alias پیوند دهید."),
        ARGS(key, source));
}

static enum status store(struct session *session, const struct origin *origin, struct id id,
                         const struct person_record *edit, bool *changed, struct problem *problem) {
    struct person_record person = {0};
    *changed = false;
    if (!edit->has) return OK;
    enum status status = person_store_get(session, id, &person, problem->arena, problem);
    if (status) return status;
    for (size_t i = 0; i < MAPPED; i++) {
        struct str *old = text_of(&person, mapped[i]),
                   new = *text_of((struct person_record *)edit, mapped[i]);
        if (!(edit->has & BIT(mapped[i])) || (person.has & BIT(mapped[i]) && str_equal(*old, new))) continue;
        *old = new;
        person.has |= BIT(mapped[i]);
        *changed = true;
    }
    person.updated_at = origin->now;
    return *changed ? person_store_update(session, &person, problem) : OK;
}

enum status person_traits_put(struct session *session, const struct origin *origin, struct id id,
                              const struct json *traits, instant_t event_time, enum trait_rank rank,
                              bool *changed, struct problem *problem) {
    struct person_record edit = {0};
    *changed = false;
    for (size_t i = 0; i < traits->n; i++) {
        if (traits->items[i].kind == JSON_NULL) continue;
        struct str value = trait_text(&traits->items[i], problem->arena);
        bool won;
        enum status status = trait_put(session, TRAIT_OF_PERSON, id, traits->names[i], value, event_time,
                                       origin->source, rank, &won, problem);
        if (status) return status;
        if (!won || rank == TRAIT_BROWSER || traits->items[i].kind != JSON_STRING || utf8_blank(value))
            continue;
        for (size_t k = 0; k < MAPPED; k++) {
            if (!str_is(traits->names[i], person_type.fields[mapped[k]].name) ||
                value.n > person_type.fields[mapped[k]].max)
                continue;
            *text_of(&edit, mapped[k]) = value;
            edit.has |= BIT(mapped[k]);
        }
    }
    struct str first = json_get_string(traits, "firstName"), last = json_get_string(traits, "lastName");
    if (rank != TRAIT_BROWSER && !json_get(traits, "name") && (first.n || last.n) && first.n + last.n < 300) {
        struct str name = str_trim(str_format(problem->arena, "%.*s %.*s", STR_ARG(first), STR_ARG(last)));
        bool won;
        enum status status = trait_put(session, TRAIT_OF_PERSON, id, STR("name"), name, event_time,
                                       origin->source, rank, &won, problem);
        if (status) return status;
        if (won) {
            edit.name = name;
            edit.has |= BIT(PERSON_NAME);
        }
    }
    return store(session, origin, id, &edit, changed, problem);
}

enum status person_edit(struct session *session, const struct origin *origin, struct id id,
                        const struct person_record *edit, enum trait_rank rank, bool *changed,
                        struct problem *problem) {
    struct person_record won_fields = *edit;
    struct str source = rank == TRAIT_MEMBER ? origin->by : origin->source;
    instant_t at = origin->changed_at ? origin->changed_at : origin->now;
    for (size_t i = 0; i < MAPPED; i++) {
        if (!(edit->has & BIT(mapped[i]))) continue;
        bool won;
        enum status status =
            trait_put(session, TRAIT_OF_PERSON, id, str_of(person_type.fields[mapped[i]].name),
                      *text_of(&won_fields, mapped[i]), at, source, rank, &won, problem);
        if (status) return status;
        if (!won) won_fields.has &= ~BIT(mapped[i]);
    }
    return store(session, origin, id, &won_fields, changed, problem);
}

enum status person_alias(struct session *session, const struct origin *origin, struct str previous,
                         struct str key, bool *linked, struct id *first, struct id *second,
                         struct problem *problem) {
    bool has_previous, has_key;
    *linked = false;
    enum status status =
        person_store_by_key(session, origin->source, previous, first, &has_previous, problem);
    if (!status) status = person_store_by_key(session, origin->source, key, second, &has_key, problem);
    if (status) return status;
    if (!has_previous && !has_key) {
        if ((status = person_create(session, origin, key, second, problem))) return status;
        has_key = true;
    }
    if (!has_previous || !has_key) {
        if (has_key)
            *first = *second;
        else
            *second = *first;
        return person_store_key_insert(session, origin->source, has_key ? previous : key, *first, origin->now,
                                       problem);
    }
    struct id a, b;
    if ((status = person_store_root(session, *first, &a, problem)) ||
        (status = person_store_root(session, *second, &b, problem)))
        return status;
    if (id_equal(a, b)) return OK;
    *linked = true;
    return person_store_merged(session, a, b, origin->now, problem);
}

enum status person_unlink(struct session *session, const struct origin *origin, struct id id,
                          struct problem *problem) {
    return person_store_merged(session, id, (struct id){0}, origin->now, problem);
}
