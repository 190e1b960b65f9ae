/* One change of many accounts: owner, team, stage and segment set, tags added and removed; all or none,
 * remembered field by field, so that it can be undone: what nobody has changed since goes back to what it
 * was, the rest is left and told. */
#ifndef VAFA_INSIGHT_ACCOUNT_BULK_H
#define VAFA_INSIGHT_ACCOUNT_BULK_H
#include "platform/route.h"

struct bulk_input {
    uint64_t has;
    struct str ids;   /* JSON: ids or keys of accounts */
    struct str where; /* or a rule in its text form */
    struct str segment, view, q;
    struct str set;                   /* JSON: fields of an account */
    struct str add_tags, remove_tags; /* lists */
    bool dry;
    int64_t expect;
};
extern const struct record_type bulk_input_type;
enum status bulk_handle(struct request *, struct response *, struct problem *);
enum status bulk_handle_undo(struct request *, struct response *, struct problem *);

#endif
