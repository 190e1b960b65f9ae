/* What the timeline tells of an account's fields and contacts. */
#include "customers/account.h"
#include "customers/timeline.h"
#include "queries.h"

/* Owners are kept by their id. */
static struct str value_name(const struct timeline_voice *voice, const struct timeline_source *source,
                             struct str value) {
    struct id id;
    if (strcmp(source->field, "owner") != 0 || !id_parse(value, &id)) return value;
    struct problem unread = {.arena = voice->arena};
    struct rows *rows = rows_open(voice->session, &query_member_name);
    rows_bind_id(rows, "id", id);
    if (rows_next(rows)) value = rows_text(rows, 0, voice->arena);
    if (rows_close(rows, &unread)) return STR("…"); /* the page can do without a name */
    return value;
}

static void say_field(const struct timeline_voice *voice, const struct timeline_source *source,
                      const struct timeline_row *row, struct buf *title) {
    static const struct text names[] = {
        {"Stage", "مرحله"}, {"Owner", "مسئول"}, {"Status", "وضعیت"}, {"Plan", "طرح"}};
    static const char *const fields[] = {"stage", "owner", "status", "plan"};
    static const struct {
        const char *key;
        struct text title;
    } statuses[] = {{"prospect", {"prospect", "احتمالی"}},
                    {"live", {"live", "فعال"}},
                    {"leaving", {"leaving", "در حال رفتن"}},
                    {"lost", {"lost", "ازدست‌رفته"}}};
    bool persian = voice->format.language == PERSIAN;
    struct str name = {0}, is = value_name(voice, source, row->word),
               was = value_name(voice, source, row->note);
    for (size_t i = 0; i < COUNT(fields); i++)
        if (strcmp(fields[i], source->field) == 0) name = str_of(persian ? names[i].fa : names[i].en);
    for (size_t i = 0; i < COUNT(statuses) && strcmp(source->field, "status") == 0; i++) {
        if (str_is(is, statuses[i].key)) is = str_of(persian ? statuses[i].title.fa : statuses[i].title.en);
        if (str_is(was, statuses[i].key)) was = str_of(persian ? statuses[i].title.fa : statuses[i].title.en);
    }
    if (is.n && was.n)
        timeline_say(voice, (struct text){"{0} changed from {1} to {2}", "{0} از {1} به {2} رسید"},
                     ARGS(name, was, is), title);
    else if (is.n)
        timeline_say(voice, (struct text){"{0} set to {1}", "{0}: {1}"}, ARGS(name, is), title);
    else
        timeline_say(voice,
                     (struct text){"{0} cleared; it was {1}", "{0} پاک شد؛ پیش‌تر {1} بود"},
                     ARGS(name, was.n ? was : STR("–")), title);
}

#define FIELD(name)                                                                                          \
    const struct timeline_source timeline_##name = {.kind = "field",                                         \
                                                    .what = #name "_changed",                                \
                                                    .field = #name,                                          \
                                                    .query = &query_timeline_field,                          \
                                                    .say = say_field,                                        \
                                                    .word = {"to", PART_TEXT},                               \
                                                    .note = {"from", PART_TEXT}}
FIELD(stage);
FIELD(owner);
FIELD(status);
FIELD(plan);

static void say_joined(const struct timeline_voice *voice, const struct timeline_source *source,
                       const struct timeline_row *row, struct buf *title) {
    (void)source;
    timeline_say(voice, (struct text){"{0} is a contact here", "{0} مخاطب این مشتری شد"},
                 ARGS(row->person_name), title);
}
static void say_left(const struct timeline_voice *voice, const struct timeline_source *source,
                     const struct timeline_row *row, struct buf *title) {
    (void)source;
    timeline_say(voice, (struct text){"{0} left", "{0} رفت"}, ARGS(row->person_name), title);
}
const struct timeline_source timeline_contact_joined = {.kind = "contact",
                                                        .what = "contact_joined",
                                                        .link = "contact",
                                                        .people = true,
                                                        .query = &query_timeline_contact_joined,
                                                        .say = say_joined,
                                                        .word = {"role", PART_TEXT}};
const struct timeline_source timeline_contact_left = {.kind = "contact",
                                                      .what = "contact_left",
                                                      .link = "contact",
                                                      .people = true,
                                                      .query = &query_timeline_contact_left,
                                                      .say = say_left,
                                                      .word = {"role", PART_TEXT}};
