#include "signals/activity.h"

#define AT(member) offsetof(struct activity, member)
static const char *const kinds[] = {"call", "meeting", "email", "note", NULL};
static const struct field fields[ACTIVITY_FIELDS] = {
    ENTRY_FIELD_ROWS(struct activity, "activity|activity_id|id|شناسه|شناسه"),
    [ACTIVITY_HAPPENED_AT] = {"happened_at", FIELD_INSTANT, FIELD_REQUIRED, AT(happened_at),
                              .title = {"When", "زمان"}, .synonyms = "at|date|time|created_at|تاریخ",
                              .doc = "When it happened."},
    [ACTIVITY_KIND] = {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = kinds,
                       .title = {"Kind", "نوع"}, .synonyms = "type|channel",
                       .doc = "call, meeting, email or note; a note is no contact."},
    [ACTIVITY_MEMBER] = {"member", FIELD_TEXT, 0, AT(member), 0, 320, .title = {"Member", "همکار"},
                         .synonyms = "by|owner|csm|author|مسئول|توسط", .doc = "Who of us: name or e-mail."},
    [ACTIVITY_SUMMARY] = {"summary", FIELD_TEXT, 0, AT(summary), 0, 4000, .title = {"Summary", "خلاصه"},
                          .synonyms = "subject|note|text|title|شرح|یادداشت", .doc = "What it was about."},
};
RECORD_TYPE(activity_type, "Activity", struct activity, fields);

enum status activity_handle_list(struct request *request, struct response *response,
                                 struct problem *problem) {
    return entry_handle_list(request, response, &activity_kind, problem);
}

enum status activity_handle_create(struct request *request, struct response *response,
                                   struct problem *problem) {
    return entry_handle_create(request, response, &activity_kind, problem);
}
