#include "signals/invitation.h"

#define AT(member) offsetof(struct invitation, member)
static const char *const kinds[] = {"nps", "csat", "ces", NULL};
static const struct field fields[INVITATION_FIELDS] = {
    ENTRY_FIELD_ROWS(struct invitation, "invitation|invitation_id|delivery_id|id|شناسه دعوت|شناسه"),
    [INVITATION_USER_KEY] = {"user_key", FIELD_TEXT, FIELD_WRITE_ONLY, AT(user_key), 0, 200,
                             .title = {"User", "کاربر"},
                             .synonyms = "user|user_id|contact|recipient|کاربر|گیرنده",
                             .doc = "Who was asked, as the source names them."},
    [INVITATION_PERSON] = {"person", FIELD_ID, FIELD_READ_ONLY, AT(person), .title = {"Person", "شخص"},
                           .doc = "Who was asked; null: the account as a whole."},
    [INVITATION_SENT_AT] = {"sent_at", FIELD_INSTANT, FIELD_REQUIRED, AT(sent_at),
                            .title = {"Sent", "زمان ارسال"},
                            .synonyms = "at|date|time|sent|delivered|delivered_at|تاریخ|زمان",
                            .doc = "When it reached them; what bounced is no invitation."},
    [INVITATION_KIND] = {"kind", FIELD_ENUM, FIELD_REQUIRED, AT(kind), .options = kinds,
                         .title = {"Kind", "نوع"}, .synonyms = "type|survey|metric|نظرسنجی",
                         .doc = "nps, csat or ces."},
};
RECORD_TYPE(invitation_type, "Invitation", struct invitation, fields);

enum status invitation_handle_list(struct request *request, struct response *response,
                                   struct problem *problem) {
    return entry_handle_list(request, response, &invitation_kind, problem);
}

enum status invitation_handle_create(struct request *request, struct response *response,
                                     struct problem *problem) {
    return entry_handle_create(request, response, &invitation_kind, problem);
}
