/* Answers: what people said when asked how they fare (NPS, CSAT, CES). */
#ifndef VAFA_SIGNALS_ANSWER_H
#define VAFA_SIGNALS_ANSWER_H
#include "customers/entry.h"

enum answer_kind { ANSWER_NPS, ANSWER_CSAT, ANSWER_CES };
enum answer_field {
    ANSWER_USER_KEY = ENTRY_FIELDS,
    ANSWER_PERSON,
    ANSWER_ANSWERED_AT,
    ANSWER_KIND,
    ANSWER_SCORE,
    ANSWER_SCALE_MIN,
    ANSWER_SCALE_MAX,
    ANSWER_COMMENT,
    ANSWER_FIELDS
};
struct answer {
    struct entry entry;
    struct str user_key; /* input only: the person as the source names it */
    struct id person;
    instant_t answered_at;
    int32_t kind;                /* enum answer_kind */
    double score;                /* in [scale_min, scale_max] */
    double scale_min, scale_max; /* unless told: NPS 0–10 (always), CSAT 1–10, CES 1–7 */
    struct str comment;
};
extern const struct record_type answer_type;
extern const struct entry_kind answer_kind;

/* One row, inside a writer session: entry_upsert of answer_kind. */
enum status answer_upsert(struct session *session, const struct origin *origin, const struct answer *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) MUST_USE;

enum status answer_handle_list(struct request *, struct response *, struct problem *);
enum status answer_handle_create(struct request *, struct response *, struct problem *);

#endif
