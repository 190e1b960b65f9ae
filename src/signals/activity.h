/* Activities: when one of us was in touch with an account: notes, calls, meetings and e-mails, imported or
 * logged by hand. Texts are plain; links in them are for the reader to open. */
#ifndef VAFA_SIGNALS_ACTIVITY_H
#define VAFA_SIGNALS_ACTIVITY_H
#include "customers/entry.h"

enum activity_kind { ACTIVITY_CALL, ACTIVITY_MEETING, ACTIVITY_EMAIL, ACTIVITY_NOTE };
enum activity_sentiment { ACTIVITY_GOOD, ACTIVITY_NEUTRAL, ACTIVITY_BAD };
enum activity_field {
    ACTIVITY_USER_KEY = ENTRY_FIELDS,
    ACTIVITY_PERSON,
    ACTIVITY_PERSON_NAME,
    ACTIVITY_HAPPENED_AT,
    ACTIVITY_KIND,
    ACTIVITY_MEMBER,
    ACTIVITY_AUTHOR,
    ACTIVITY_SUMMARY,
    ACTIVITY_OUTCOME,
    ACTIVITY_SENTIMENT,
    ACTIVITY_NEXT_STEP,
    ACTIVITY_FIELDS
};
struct activity {
    struct entry entry;
    struct str user_key;    /* input only: the person as the source names it */
    struct id person;       /* with whom */
    struct str person_name; /* as read */
    instant_t happened_at;
    int32_t kind;      /* enum activity_kind */
    struct str member; /* who of us: name or e-mail as the source gives it */
    struct id author;  /* the member who logged it by hand; none: a source told it */
    struct str summary;
    struct str outcome;
    int32_t sentiment; /* enum activity_sentiment */
    struct str next_step;
};
extern const struct record_type activity_type;
extern const struct entry_kind activity_kind;

/* One row, inside a writer session: entry_upsert of activity_kind. CONFLICT where it would change what a
 * member logged by hand: that has an author, who decides, and versions. */
enum status activity_upsert(struct session *session, const struct origin *origin, const struct activity *row,
                            uint64_t cleared, enum upsert_result *result, struct id *id,
                            struct problem *problem) MUST_USE;

enum status activity_handle_list(struct request *, struct response *, struct problem *);
enum status activity_handle_create(struct request *, struct response *, struct problem *);
/* One activity: who sees its account reads it; who logged it changes and removes it, managers every one. */
enum status activity_handle_get(struct request *, struct response *, struct problem *);
enum status activity_handle_patch(struct request *, struct response *, struct problem *);
enum status activity_handle_delete(struct request *, struct response *, struct problem *);
enum status activity_handle_versions(struct request *, struct response *, struct problem *);

/* What an activity said before it was changed or removed. */
struct activity_version {
    uint64_t has;
    int64_t version;
    instant_t happened_at;
    int32_t kind;
    struct id person;
    struct str summary, outcome;
    int32_t sentiment;
    struct str next_step;
    instant_t until; /* when it was changed or removed … */
    struct str by;   /* … and by whom */
    bool removed;
};
extern const struct record_type activity_version_type;

#endif
