/* Reading events as received, and what changes where they count. */
#ifndef VAFA_SIGNALS_EVENT_API_H
#define VAFA_SIGNALS_EVENT_API_H
#include "platform/route.h"

struct event_row {
    uint64_t has;
    struct str id; /* 32 hex digits: its 128-bit key */
    struct str source;
    struct str account_key, user_key; /* as received */
    struct str account;               /* whom it counts for now: an account's key, else its id */
    struct str name;
    int64_t count;
    instant_t occurred, received, known_from;
    bool anonymous, imported, browser, time_corrected, known_assumed;
    struct str message_id, properties;
};
extern const struct record_type event_row_type;
extern const struct route_query event_list_query[]; /* account, user, since, until, unassigned */

struct ingest_status {
    uint64_t has;
    int64_t events, duplicates, rejected, unassigned, backlog_bytes;
};
extern const struct record_type ingest_status_type;

enum status event_handle_list(struct request *, struct response *, struct problem *);
enum status ingest_handle_status(struct request *, struct response *, struct problem *);
/* The account's own handlers, and then its usage built again: use these in routes.def. */
enum status event_handle_account_link(struct request *, struct response *, struct problem *);
enum status event_handle_account_unlink(struct request *, struct response *, struct problem *);
enum status event_handle_account_merge(struct request *, struct response *, struct problem *);
enum status event_handle_account_unmerge(struct request *, struct response *, struct problem *);
enum status event_handle_contact_unlink(struct request *, struct response *, struct problem *);

#endif
