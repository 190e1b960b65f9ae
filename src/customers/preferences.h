/* What a member likes: language, calendar, digits, looks, keys; and until when they have seen what happened.
 */
#ifndef VAFA_CUSTOMERS_PREFERENCES_H
#define VAFA_CUSTOMERS_PREFERENCES_H
#include "platform/route.h"

struct session;

struct preferences {
    uint64_t has;
    int32_t language;     /* enum language; missing: the organisation's */
    int32_t calendar;     /* enum calendar; missing: the organisation's */
    int32_t digits;       /* enum digits; missing: by language */
    int32_t theme;        /* light, dark; missing or system: as the machine */
    bool letter_keys;     /* whether single letters are commands; missing: yes */
    instant_t seen_at;    /* when they last looked */
    instant_t last_visit; /* where the visit before this one ended: "changed since" counts from here */
};
extern const struct record_type preferences_type;
extern const char *const preference_calendars[], *const preference_digits[];

enum { VISIT_GAP_MINUTES = 30 }; /* who looks again within it is still on the same visit */

enum status preferences_read(struct session *session, struct id member, struct preferences *ret,
                             struct arena *arena, struct problem *problem) MUST_USE;

enum status preferences_handle_patch(struct request *, struct response *, struct problem *);
enum status preferences_handle_seen(struct request *, struct response *, struct problem *);

#endif
