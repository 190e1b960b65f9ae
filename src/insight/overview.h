/* The head of an account's page: what a call needs to know, in one answer out of memory. Figures are those of
 * facts and of the live score, asked for one account; with as_of everything is as of that day. */
#ifndef VAFA_INSIGHT_OVERVIEW_H
#define VAFA_INSIGHT_OVERVIEW_H
#include "insight/health.h"

struct overview {
    uint64_t has;
    struct id id;
    struct str account, name, status, stage, segment, plan, country;
    struct id owner;
    struct str owner_name, team, touch_model, touch_title;
    day_t starts_on, as_of;
    double score, coverage, change;
    struct str band, band_title, card;
    instant_t judged_at;
    double arr, seats, active_users, seat_use, days_to_renewal;
    struct str currency;
    day_t renews_on, notice_on, last_contact_on, last_use_on;
    double overdue_amount, overdue_days, open_tickets, open_urgent_tickets, milestones_overdue;
    struct str odds, causes, counts;
};
extern const struct record_type overview_type;
extern const struct route_query overview_query[];
/* GET /api/v1/accounts/{id}/overview */
enum status overview_handle(struct request *, struct response *, struct problem *);

/* {id} of the path as a directory index; NOT_FOUND also when it is out of scope. */
enum status request_account_index(struct request *request, uint32_t *index, struct problem *problem) MUST_USE;

#endif
