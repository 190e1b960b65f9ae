/* What nearly every handler says: one record with its ETag, a page of records, the version that the caller
 * saw. */
#ifndef VAFA_PLATFORM_ANSWER_H
#define VAFA_PLATFORM_ANSWER_H
#include "platform/route.h"

/* The record as JSON; version > 0 becomes the ETag. code: 200, 201, … */
void answer_record(struct request *request, struct response *response, int code,
                   const struct record_type *type, const void *record, int64_t version);

/* The ETag of an answer without a version: a hash of its bytes, in quotes. */
struct str answer_tag(struct str body, struct arena *arena);

/* Lists: {data: […], next_cursor, has_more}. Rows are read one more than the limit; list_add says when to
 * stop. */
struct list {
    struct json_writer w;
    struct response *response;
    const struct record_type *type;
    int64_t limit, n;
    struct id after, last; /* after: none on the first page */
    bool more;
};
enum { LIST_DEFAULT = 50, LIST_MOST = 500 };
/* Reads limit and cursor (an id that a list gave) of the query. */
enum status list_begin(struct list *list, struct request *request, struct response *response,
                       const struct record_type *type, struct problem *problem) MUST_USE;
bool list_add(struct list *list, const void *record,
              struct id id); /* false: the page is full and this row is not in it */
void list_end(struct list *list);

/* Lists whose rows have numbers that grow (lines of a file, places): the cursor is the last one of the page.
 * The object is begun by numbered_begin; what stands before {data: […]} is written before numbered_data. */
struct numbered {
    struct json_writer w;
    int64_t limit,
        after; /* after: 0 on the first page; rows are read from behind it, one more than the limit */
    int64_t n, last;
    bool more;
};
enum status numbered_begin(struct numbered *list, struct request *request, struct response *response,
                           struct problem *problem) MUST_USE;
void numbered_data(struct numbered *list);
bool numbered_add(struct numbered *list, int64_t number); /* false: the page is full; else write the row */
void numbered_end(struct numbered *list);

/* {id} of the path. NOT_FOUND when it is no id. */
enum status request_id(const struct request *request, const char *name, struct id *id,
                       struct problem *problem) MUST_USE;
/* If-Match must name the version in the store: BAD_INPUT without it, CONFLICT when the record has changed
 * since. */
enum status request_if_match(const struct request *request, int64_t version,
                             struct problem *problem) MUST_USE;
/* NOT_FOUND: "there is no <what> <id>". */
enum status fail_not_found(struct problem *problem, struct text what, struct str id);

#endif
