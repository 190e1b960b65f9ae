/* Invitations: surveys that reached somebody (NPS, CSAT, CES). What a response rate is a share of. */
#ifndef VAFA_SIGNALS_INVITATION_H
#define VAFA_SIGNALS_INVITATION_H
#include "customers/entry.h"

enum invitation_field {
    INVITATION_USER_KEY = ENTRY_FIELDS,
    INVITATION_PERSON,
    INVITATION_SENT_AT,
    INVITATION_KIND,
    INVITATION_FIELDS
};
struct invitation {
    struct entry entry;
    struct str user_key; /* input only: the person as the source names it */
    struct id person;
    instant_t sent_at; /* when it reached them: what bounced is no invitation */
    int32_t kind;      /* enum answer_kind of signals/answer.h */
};
extern const struct record_type invitation_type;
extern const struct entry_kind invitation_kind;

/* One row, inside a writer session: entry_upsert of invitation_kind. */
enum status invitation_upsert(struct session *session, const struct origin *origin,
                              const struct invitation *row, uint64_t cleared, enum upsert_result *result,
                              struct id *id, struct problem *problem) MUST_USE;

enum status invitation_handle_list(struct request *, struct response *, struct problem *);
enum status invitation_handle_create(struct request *, struct response *, struct problem *);

#endif
