/* Names and sentences of the demo company, all invented, in English and Persian. Pure: the same numbers give
 * the same names. */
#ifndef VAFA_APP_DEMO_NAMES_H
#define VAFA_APP_DEMO_NAMES_H
#include "app/demo_model.h"
#include "base/str.h"

enum { DEMO_MEMBERS = 7, DEMO_CSMS = 6 };

/* Our own people: six who look after accounts in two teams, then their manager. */
struct demo_member {
    const char *name, *email, *team; /* team NULL: all of them */
};
extern const struct demo_member demo_members[DEMO_MEMBERS];

/* No two accounts of a company share a name. `shift` (of the seed) says where in the lists it starts. */
struct str demo_company_name(const struct demo_account *account, uint64_t shift, struct arena *arena);
const char *demo_country(const struct demo_account *account);

struct demo_person_name {
    struct str name, mail; /* mail: what stands before the @ */
    const char *title;     /* position */
};
struct demo_person_name demo_person_name(const struct demo_account *account, int person,
                                         struct demo_random *random, struct arena *arena);

enum demo_sentences {
    DEMO_TICKET,
    DEMO_TICKET_URGENT,
    DEMO_CALL,
    DEMO_MEETING,
    DEMO_MAIL,
    DEMO_PRAISE,
    DEMO_COMPLAINT,
    DEMO_PRICE_COMPLAINT
};
const char *demo_sentence(enum demo_sentences kind, bool persian, struct demo_random *random);

#endif
