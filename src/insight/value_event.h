/* Value events: which event of our product shows that a customer has got what they came for. Signing in is
 * not value. The most particular definitions that fit an account hold for it: product and plan before one of
 * them before neither; of several equal ones whichever comes first. */
#ifndef VAFA_INSIGHT_VALUE_EVENT_H
#define VAFA_INSIGHT_VALUE_EVENT_H
#include "platform/records.h"
#include "platform/route.h"

enum value_clock { CLOCK_CONTRACT, CLOCK_FIRST_EVENT, CLOCK_KICKOFF };
struct value_event {
    uint64_t has;
    struct id id;
    struct str key;           /* names the definition */
    struct str event;         /* the event, or feature, that proves value */
    struct str product, plan; /* whom it is for; absent: everybody */
    int32_t clock;            /* enum value_clock: the time counts from the first day as a customer, the first
                                 event of any kind, or the first meeting */
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type value_event_type;

/* All, by key; in the arena. */
enum status value_events_load(struct session *session, struct arena *arena, struct value_event **ret,
                              size_t *n, struct problem *problem) MUST_USE;
/* Makes or changes the one of that key: what is not given is not kept. BAD_INPUT: an event never seen and no
 * feature. */
enum status value_event_save(struct house *house, struct value_event *event, bool *created,
                             struct problem *problem) MUST_USE;

enum status value_event_handle_list(struct request *, struct response *, struct problem *);
enum status value_event_handle_put(struct request *, struct response *, struct problem *);
enum status value_event_handle_delete(struct request *, struct response *, struct problem *);

#endif
