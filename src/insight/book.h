/* A book: the customers that somebody looks after, with the figures that Home and leaders read of them. Lost
 * accounts and prospects are not in it. Everything is that of facts, of the live score and of score_memory.h;
 * an account without ARR has the median of its segment in its place, marked so (at_risk.h). */
#ifndef VAFA_INSIGHT_BOOK_H
#define VAFA_INSIGHT_BOOK_H
#include "insight/health.h"
#include "insight/health_live.h"
#include "insight/score_memory.h"

enum book_fact {
    BOOK_ARR,
    BOOK_RENEWAL, /* days to it */
    BOOK_NOTICE,  /* the day */
    BOOK_STATUS,
    BOOK_SEGMENT,
    BOOK_TOUCH,
    BOOK_LAST_USE,
    BOOK_LAST_CONTACT,
    BOOK_CONTACT_OVERDUE,
    BOOK_OVERDUE_DAYS,
    BOOK_URGENT,
    BOOK_FACTS
};

struct book {
    struct request *request;
    struct house *house;
    struct catalogue *catalogue;
    struct moment moment;
    enum scope scope;        /* own, the team's, all */
    size_t n;                /* customers */
    uint32_t *accounts;      /* directory indexes, ascending */
    uint8_t *included;       /* by account, included_n of them: 1 looked after, lost ones and prospects too */
    size_t included_n, seen; /* seen: how many are included */
    struct column facts[BOOK_FACTS];
    struct live_score *live;   /* score NAN: none */
    struct past_score *before; /* four weeks ago */
    double *arr;               /* minor units; NAN: neither known nor to be estimated */
    bool *estimated;
};

#define BOOK_QUERY                                                                                           \
    { "book", "own, team or all; own accounts where there are some, else all that one may see." }
/* Reads `book` of the query. BAD_INPUT: more than one's scope. Everything lives in the request's arena. */
enum status request_book(struct request *request, struct book *ret, struct problem *problem) MUST_USE;

/* In the last band of danger of its card, or leaving. */
bool book_at_risk(const struct book *book, size_t i);
bool book_leaving(const struct book *book, size_t i);
double book_number(const struct book *book, enum book_fact fact, size_t i); /* NAN: not known */
double book_change(const struct book *book, size_t i);                      /* of the score in four weeks */
double book_stake(const struct book *book, size_t i); /* ARR × (100 − health) / 100; NAN: not known */
/* {id, account, name, arr, arr_estimated, score, band, band_title, change_28d, days_to_renewal, owner,
 * owner_name}: members of an open object. */
void book_put_account(struct json_writer *w, const struct book *book, size_t i);

#endif
