/* The rules of the track API: what makes an event valid, when it happened, and what a key may say. Pure: no
 * stores, no clock. */
#ifndef VAFA_SIGNALS_TRACK_H
#define VAFA_SIGNALS_TRACK_H
#include "base/clock.h"
#include "signals/track_json.h"

enum {
    TRACK_ID_MAX = 250,         /* bytes of userId, anonymousId, groupId, previousId */
    TRACK_NAME_MAX = 200,       /* bytes of an event's name */
    TRACK_MESSAGE_ID_MAX = 100, /* bytes, as Segment has it */
    TRACK_FUTURE_MS = 5 * 60 * 1000,
    TRACK_SKEW_MS =
        5 *
        1000, /* a smaller difference between a client's clock and ours is the way of the message, not skew */
};
#define TRACK_EARLIEST                                                                                       \
    INT64_C(631152000000) /* 1990-01-01T00:00:00Z: older instants are clocks that were never set */

/* Why an event is not taken. The messages are in track_reasons, by code. */
enum track_reason {
    TRACK_OK,
    REASON_NOT_OBJECT,
    REASON_UNREADABLE,
    REASON_TOO_LARGE,
    REASON_TYPE,
    REASON_MEMBER,
    REASON_NOBODY,
    REASON_NO_EVENT,
    REASON_NO_GROUP,
    REASON_NO_PREVIOUS,
    REASON_TOO_LONG,
    REASON_CONTROL,
    REASON_TIME,
    REASON_TOO_OLD,
    REASON_BROWSER_ALIAS,
    REASON_BROWSER_ACCOUNTS,
    REASON_UNKNOWN_ACCOUNT,
    REASON_BODY,
    REASON_REFUSED,
    TRACK_REASONS,
};
extern const struct message track_reasons[TRACK_REASONS];

/* An event that passed. Strings point into the track_event or the arena. */
struct track_call {
    enum track_type type;
    struct str name;         /* of a usage event: TRACK, PAGE and SCREEN */
    struct str user;         /* userId, else anonymousId; may be empty for GROUP */
    bool anonymous;          /* user is an anonymousId */
    struct str anonymous_id; /* beside a userId: the browser it came from */
    struct str account, previous, message_id, traits, properties;
    instant_t occurred;
    bool time_corrected;
};

/* Checks and takes over one event. Not TRACK_OK: args[0…1] are the arguments of the reason's message. */
enum track_reason track_accept(const struct track_event *event, instant_t received, struct arena *arena,
                               struct track_call *call, struct str args[2]);

/* ISO 8601 dates and date-times (with T or a blank; without an offset they are UTC), or an epoch in seconds
 * or milliseconds. */
bool track_time_parse(struct str text, instant_t *out);
/* When it happened: the client's time, less its clock's skew (received − (sentAt − original)) where sentAt is
 * known, and never more than TRACK_FUTURE_MS ahead of the receipt. original and sent are NULL when absent.
 * *corrected: not as the client said. */
instant_t track_occurred(const instant_t *original, const instant_t *sent, instant_t received,
                         bool *corrected);

#endif
