#include "signals/answer.h"

#define AT(member) offsetof(struct answer, member)
static const char *const kinds[] = {"nps", "csat", "ces", NULL};
static const struct field fields[ANSWER_FIELDS] = {
    ENTRY_FIELD_ROWS(struct answer, "answer|answer_id|response_id|response|id|شناسه پاسخ|شناسه"),
    [ANSWER_USER_KEY] = {"user_key", FIELD_TEXT, FIELD_WRITE_ONLY, AT(user_key), 0, 200,
                         .title = {"User", "کاربر"},
                         .synonyms = "user|user_id|contact|respondent|کاربر|پاسخ‌دهنده",
                         .doc = "Who answered, as the source names them."},
    [ANSWER_PERSON] = {"person", FIELD_ID, FIELD_READ_ONLY, AT(person), .title = {"Person", "شخص"},
                       .doc = "Who answered."},
    [ANSWER_ANSWERED_AT] = {"answered_at", FIELD_INSTANT, FIELD_REQUIRED, AT(answered_at),
                            .title = {"Answered", "زمان پاسخ"},
                            .synonyms = "at|date|time|answered|created_at|تاریخ|زمان",
                            .doc = "When it was given."},
    [ANSWER_KIND] = {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = kinds, .title = {"Kind", "نوع"},
                     .synonyms = "type|survey|metric|نظرسنجی", .doc = "nps, csat or ces."},
    [ANSWER_SCORE] = {"score", FIELD_NUMBER, FIELD_REQUIRED, AT(score), .title = {"Score", "امتیاز"},
                      .synonyms = "rating|value|نمره", .doc = "The figure that was given, on its scale."},
    [ANSWER_SCALE_MIN] = {"scale_min", FIELD_NUMBER, 0, AT(scale_min), .title = {"Lowest", "کمینهٔ مقیاس"},
                          .doc = "Lowest figure of the scale; NPS 0, CSAT 1, CES 1 unless told."},
    [ANSWER_SCALE_MAX] = {"scale_max", FIELD_NUMBER, 0, AT(scale_max), .title = {"Highest", "بیشینهٔ مقیاس"},
                          .doc = "Highest figure of the scale; NPS 10, CSAT 10, CES 7 unless told."},
    [ANSWER_COMMENT] = {"comment", FIELD_TEXT, 0, AT(comment), 0, 10000, .title = {"Comment", "نظر"},
                        .synonyms = "text|feedback|توضیح", .doc = "In their own words."},
};
RECORD_TYPE(answer_type, "Answer", struct answer, fields);

enum status answer_handle_list(struct request *request, struct response *response, struct problem *problem) {
    return entry_handle_list(request, response, &answer_kind, problem);
}

enum status answer_handle_create(struct request *request, struct response *response,
                                 struct problem *problem) {
    return entry_handle_create(request, response, &answer_kind, problem);
}
