/* The people of one account: who is there in which role, when they were last seen, what they answered, and
 * who has left. Somebody is a champion by that field or by the role "champion", a sponsor by the role
 * "sponsor" (any case). */
#ifndef VAFA_INSIGHT_ACCOUNT_PEOPLE_H
#define VAFA_INSIGHT_ACCOUNT_PEOPLE_H
#include "insight/contact_fact.h"
#include "insight/insight.h"
#include "platform/route.h"

enum key_role { ROLE_OF_OTHERS, ROLE_OF_SPONSOR, ROLE_OF_CHAMPION };
struct key_person {
    struct id id; /* of the contact */
    struct str name, title;
    enum key_role role;
    instant_t from, to; /* at the account; to INT64_MAX: still */
    day_t last_seen;    /* INT32_MIN: not known */
};
/* The champions and sponsors that an account has or had, as known now; champions first, then who came last.
 * In the arena; strings live as long as the insight. */
size_t key_people(struct insight *insight, uint32_t account, struct arena *arena, struct key_person **ret);

/* GET /api/v1/accounts/{id}/people */
enum status account_people_handle(struct request *, struct response *, struct problem *);
extern const struct route_query account_people_query[];

#endif
