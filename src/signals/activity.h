/* Activities: when one of us was in touch with an account. */
#ifndef VAFA_SIGNALS_ACTIVITY_H
#define VAFA_SIGNALS_ACTIVITY_H
#include "customers/entry.h"

enum activity_kind { ACTIVITY_CALL, ACTIVITY_MEETING, ACTIVITY_EMAIL, ACTIVITY_NOTE };
enum activity_field {
    ACTIVITY_HAPPENED_AT = ENTRY_FIELDS,
    ACTIVITY_KIND,
    ACTIVITY_MEMBER,
    ACTIVITY_SUMMARY,
    ACTIVITY_FIELDS
};
struct activity {
    struct entry entry;
    instant_t happened_at;
    int32_t kind;      /* enum activity_kind */
    struct str member; /* who of us: name or e-mail as the source gives it */
    struct str summary;
};
extern const struct record_type activity_type;
extern const struct entry_kind activity_kind;

/* One row, inside a writer session: entry_upsert of activity_kind. */
enum status activity_upsert(struct session *session, const struct origin *origin, const struct activity *row,
                            uint64_t cleared, enum upsert_result *result, struct id *id,
                            struct problem *problem) MUST_USE;

enum status activity_handle_list(struct request *, struct response *, struct problem *);
enum status activity_handle_create(struct request *, struct response *, struct problem *);

#endif
