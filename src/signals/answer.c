#include "signals/answer.h"

#include "queries.h"

static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    (void)session;
    (void)origin;
    static const double lowest[] = {[ANSWER_NPS] = 0, [ANSWER_CSAT] = 1, [ANSWER_CES] = 1};
    static const double highest[] = {[ANSWER_NPS] = 10, [ANSWER_CSAT] = 10, [ANSWER_CES] = 7};
    struct answer *answer = record;
    if (!(answer->entry.has >> ANSWER_SCALE_MIN & 1)) answer->scale_min = lowest[answer->kind];
    if (!(answer->entry.has >> ANSWER_SCALE_MAX & 1)) answer->scale_max = highest[answer->kind];
    answer->entry.has |= (uint64_t)1 << ANSWER_SCALE_MIN | (uint64_t)1 << ANSWER_SCALE_MAX;
    if (answer->kind == ANSWER_NPS && (answer->scale_min != 0 || answer->scale_max != 10))
        return entry_fault(
            &answer_kind, ANSWER_SCALE_MAX,
            MESSAGE("nps_scale", "NPS is asked from 0 to 10: leave the scale out, or call the question csat.",
                    "NPS از ۰ تا ۱۰ پرسیده می‌شود: مقیاس را "
                    "ننویسید یا نوع پرسش را csat بگذارید."),
            NO_ARGS, problem);
    if (!(answer->score >= answer->scale_min &&
          answer->score <= answer->scale_max)) { /* NaN is outside, too */
        struct str score = str_format(problem->arena, "%g", answer->score),
                   low = str_format(problem->arena, "%g", answer->scale_min),
                   high = str_format(problem->arena, "%g", answer->scale_max);
        return entry_fault(
            &answer_kind, ANSWER_SCORE,
            MESSAGE("score_outside_scale",
                    "{0} lies outside the scale from {1} to {2}: correct the score or name the scale.",
                    "{0} بیرون از مقیاس {1} تا {2} است: امتیاز را درست کنید یا مقیاس را بنویسید."),
            ARGS(score, low, high), problem);
    }
    return OK;
}

static instant_t occurred(const void *record, const struct origin *origin) {
    (void)origin;
    return ((const struct answer *)record)->answered_at;
}

const struct entry_kind answer_kind = {
    .type = &answer_type,
    .what = {"answer", "پاسخ نظرسنجی"},
    .by_key = &query_answer_by_key,
    .get = &query_answer_get,
    .insert = &query_answer_insert,
    .update = &query_answer_update,
    .list = &query_answer_list,
    .check = check,
    .occurred = occurred,
    .user_key = ANSWER_USER_KEY,
    .person = ANSWER_PERSON,
};

enum status answer_upsert(struct session *session, const struct origin *origin, const struct answer *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) {
    return entry_upsert(session, origin, &answer_kind, row, cleared, result, id, problem);
}
