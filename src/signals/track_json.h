/* The bodies of the track API: one walk over the tokens of a document checks its whole grammar, nested values
 * too, and, when asked, takes out what an event consists of. Dialects: Segment, RudderStack and Jitsu (one
 * shape), PostHog (`distinct_id`,
 * `$identify`, `$groupidentify`, `$groups`, `$create_alias`), mapped to the first. */
#ifndef VAFA_SIGNALS_TRACK_JSON_H
#define VAFA_SIGNALS_TRACK_JSON_H
#include "base/problem.h"

enum track_type {
    TRACK_UNKNOWN,
    TRACK_TRACK,
    TRACK_IDENTIFY,
    TRACK_GROUP,
    TRACK_PAGE,
    TRACK_SCREEN,
    TRACK_ALIAS,
    TRACK_BATCH
};
extern const char *const track_type_names[]; /* wire names, by type; "" for TRACK_UNKNOWN */

struct track_limits {
    size_t events;      /* in one body */
    size_t event_bytes; /* of one event */
};

/* What the acknowledging side needs to know of a body. */
struct track_shape {
    struct str write_key; /* writeKey or api_key of the body; empty when absent */
    size_t events;
    bool posthog; /* api_key rather than writeKey */
};

/* Text of an event is unescaped; slices of JSON are as received. Empty (p NULL) where absent. */
enum track_member {
    TRACK_EVENT,
    TRACK_NAME,
    TRACK_CATEGORY,
    TRACK_USER_ID,
    TRACK_ANONYMOUS_ID,
    TRACK_GROUP_ID,
    TRACK_PREVIOUS_ID,
    TRACK_MESSAGE_ID,
    TRACK_TIMESTAMP,
    TRACK_ORIGINAL_TIMESTAMP,
    TRACK_SENT_AT,
    TRACK_TYPE,
    TRACK_TEXT_MEMBERS,
};
struct track_event {
    struct str text[TRACK_TEXT_MEMBERS]; /* numbers are taken as their text */
    struct str traits, properties;       /* JSON objects; empty when absent */
    struct str raw;                      /* the whole event as received */
    enum track_type type;                /* TRACK_UNKNOWN: text[TRACK_TYPE] says what was there */
    uint32_t mistyped; /* bit m: member m is neither text nor a number; above: the enum below */
    size_t index;      /* in its body */
};
enum {
    TRACK_TRAITS_MISTYPED = 1 << 20,
    TRACK_PROPERTIES_MISTYPED = 1 << 21,
    TRACK_NOT_OBJECT = 1 << 22,
    TRACK_UNREADABLE = 1 << 23, /* holds half a surrogate pair or a number beyond 64-bit integers and doubles:
                                   valid JSON that readers refuse */
    TRACK_TOO_LARGE = 1 << 24,  /* over limits.event_bytes */
};
struct track_batch {
    struct track_event *events;
    size_t n;
};

struct track_parser; /* scratch memory; one for each thread at a time */
struct track_parser *track_parser_new(void);
void track_parser_free(struct track_parser *parser);

/* The acknowledging side: the whole body is JSON, has the shape (an object with `batch`, or one event) and is
 * within the limits. `type` is TRACK_BATCH or the call of the route. BAD_INPUT names the byte; TOO_LARGE the
 * limit. Texts are in the body or the problem's arena. */
enum status track_check(struct track_parser *parser, struct str body, enum track_type type,
                        struct track_limits limits, struct track_shape *shape,
                        struct problem *problem) MUST_USE;
/* The applying side: all events of a body. Limits mark events (TRACK_TOO_LARGE) instead of refusing the body.
 * Never fails on what track_check accepted. Texts point into the body or the arena. */
enum status track_parse(struct track_parser *parser, struct str body, enum track_type type,
                        struct track_limits limits, struct arena *arena, struct track_batch *batch,
                        struct problem *problem) MUST_USE;

#endif
