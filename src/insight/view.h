/* Saved views of the table of accounts: a rule, a sort, columns and how dense the rows stand, under a title;
 * a member's own (at most 100), or shared with everybody (at most 200 of them). Every member begins with
 * three of ours (at risk, renewing in 90 days, no champion), which have titles in both languages and can be
 * dismissed. Rules are checked when a view is saved, as those of segments are; where facts change later, a
 * view is shown as broken rather than empty.
 */
#ifndef VAFA_INSIGHT_VIEW_H
#define VAFA_INSIGHT_VIEW_H
#include "insight/rule.h"
#include "platform/route.h"

enum view_field {
    VIEW_ID,
    VIEW_TITLE,
    VIEW_RULE,
    VIEW_TEXT,
    VIEW_SORT,
    VIEW_COLUMNS,
    VIEW_DENSITY,
    VIEW_PLACE,
    VIEW_SHARED,
    VIEW_MINE,
    VIEW_BUILT_IN,
    VIEW_CREATED_BY,
    VIEW_COUNT,
    VIEW_BROKEN,
    VIEW_VERSION,
    VIEW_CREATED_AT,
    VIEW_UPDATED_AT,
    VIEW_FIELDS
};
struct view {
    uint64_t has;
    struct str id; /* ours: a word; others: an id */
    struct str title;
    struct str rule, text; /* JSON and text form; without: every account */
    struct str sort, columns;
    int32_t density; /* 0 comfortable, 1 compact */
    int64_t place;
    bool shared, mine, built_in;
    struct id owner;
    struct str created_by;
    int64_t count; /* accounts that the caller sees in it */
    struct str broken;
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type view_type;

/* A view that the caller may use, with its text form. NOT_FOUND also for others' own ones. */
enum status view_find(const struct request *request, struct str id, struct view *ret,
                      struct problem *problem) MUST_USE;

enum status view_handle_list(struct request *, struct response *, struct problem *);
enum status view_handle_create(struct request *, struct response *, struct problem *);
enum status view_handle_get(struct request *, struct response *, struct problem *);
enum status view_handle_patch(struct request *, struct response *, struct problem *);
enum status view_handle_delete(struct request *, struct response *, struct problem *);

#endif
