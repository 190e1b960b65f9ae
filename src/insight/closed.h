/* Closed periods: what was shown is frozen, account by account, in both ways of counting; what is learnt
 * later shows as a restatement with its reason and does not move the frozen figures. */
#ifndef VAFA_INSIGHT_CLOSED_H
#define VAFA_INSIGHT_CLOSED_H
#include "insight/retention_books.h"

struct closed_period {
    uint64_t has;
    struct id id;
    struct str label;       /* "2026-01", "1404Q2": says unit and calendar, too */
    day_t from_day, to_day; /* [from, to) */
    struct str currency, time_zone;
    struct str rules;        /* books_rules of then */
    int64_t amounts_version; /* RETENTION_VERSION of then */
    day_t seen_on;
    instant_t closed_at;
    struct str closed_by;
};
extern const struct record_type closed_period_type;

/* One account's amounts in a period. */
struct retention_row {
    struct id id;
    uint32_t account; /* index of the account that it lives in now */
    int64_t v[RETENTION_AMOUNTS];
};
struct retention_rows {
    struct retention_row *v; /* ascending by account */
    size_t n, capacity;
};
void retention_rows_free(struct retention_rows *rows);
/* The rows of the books in their period `period`, by account. */
enum status retention_rows_measure(struct house *house, const struct books *books, size_t period,
                                   struct retention_rows *ret, struct problem *problem) MUST_USE;

/* All closed periods, newest first; in the arena. */
enum status closed_list(struct session *session, struct arena *arena, struct closed_period **ret, size_t *n,
                        struct problem *problem) MUST_USE;
/* The frozen rows of one, those of accounts that were merged since added up. NOT_FOUND: it was not closed. */
enum status closed_rows(struct house *house, struct session *session, struct str label, bool flow,
                        struct retention_rows *ret, struct problem *problem) MUST_USE;
/* Freezes a period that has ended, as it is known now. Closed before: changes nothing, *closed is what
 * stands. */
enum status closed_close(struct house *house, struct str label, const struct request *request,
                         struct closed_period *closed, bool *already, struct problem *problem) MUST_USE;

/* Why a closed period is restated: a closed list, with a sentence beside it. */
enum restate_reason {
    RESTATE_LATE_DATA,
    RESTATE_CORRECTED_DATA,
    RESTATE_MERGED_ACCOUNTS,
    RESTATE_RATES,
    RESTATE_RULES,
    RESTATE_MISTAKE,
    RESTATE_OTHER,
    RESTATE_REASONS
};
struct restate_input {
    uint64_t has;
    int32_t reason; /* enum restate_reason */
    struct str note;
};
extern const struct record_type restate_input_type;
extern const char *const restate_reasons[]; /* keys; ends with NULL */

/* What a closed period showed until it was restated. */
struct restatement {
    struct closed_period before; /* id: of the period */
    instant_t at;
    struct str by, reason, note;
    struct retention_rows rows; /* freed with retention_rows_free */
};
/* Of one period, newest first; the list lives in the arena. */
enum status closed_restatements(struct house *house, struct session *session, struct id period, bool flow,
                                struct arena *arena, struct restatement **ret, size_t *n,
                                struct problem *problem) MUST_USE;
/* Shows from now on what is known now; what was shown is kept with the reason. NOT_FOUND: it was not closed.
 * CONFLICT: nothing is different. *closed is what stands now. */
enum status closed_restate(struct house *house, struct str label, const struct request *request,
                           const struct restate_input *input, struct closed_period *closed,
                           struct problem *problem) MUST_USE;

enum status closed_handle_restate(struct request *, struct response *, struct problem *);
enum status closed_handle_list(struct request *, struct response *, struct problem *);
enum status closed_handle_close(struct request *, struct response *, struct problem *);
enum status closed_handle_get(struct request *, struct response *, struct problem *);
extern const struct record_type closed_input_type;

#endif
