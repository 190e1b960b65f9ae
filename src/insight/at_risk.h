/* Customers at risk: who is in danger, how much is at stake, and why. At stake = ARR in the base currency ×
 * (100 − health) / 100. An account without ARR is ranked by the median ARR of its segment (of all, where its
 * segment has none), marked so. Accounts whose health is unknown are a block of their own, with their ARR,
 * never dropped. Accounts without any known contract that have not used the product for AT_RISK_SILENT_DAYS
 * are gone rather than in danger: they are counted as silent, not ranked. Prospects and the lost are left
 * out. */
#ifndef VAFA_INSIGHT_AT_RISK_H
#define VAFA_INSIGHT_AT_RISK_H
#include "insight/health.h"

enum { AT_RISK_REASONS = 3, AT_RISK_CHANGE_DAYS = 28, AT_RISK_SILENT_DAYS = 180 };

struct at_risk_row {
    uint64_t has;
    struct str account, name; /* key and name */
    struct id account_id;
    double score, coverage;
    struct str band, band_title;
    double arr, at_stake; /* minor units of the base currency */
    bool arr_estimated;   /* the median of its segment stands in */
    double change;        /* of the score in four weeks */
    double days_to_renewal;
    struct str reasons; /* JSON: [{"key", "text", "lost"}] */
    struct str owner;   /* name */
    struct str card;
    bool unknown;    /* of the block without a known health */
    struct str odds; /* JSON of odds.h */
};
extern const struct record_type at_risk_type;
/* {data: […], next_cursor, has_more, accounts, unknown, unknown_arr, unknown_arr_estimated, silent, currency,
 * as_of}: ranked rows, then those of unknown health, in pages. */
enum status at_risk_handle(struct request *, struct response *, struct problem *);

/* What costs a result points: a measure, an exception that held, or (neither) the override. Borrows the
 * result and the card. */
struct reason {
    double lost; /* points that it takes from 100 */
    const struct measure *measure;
    const struct measure_result *result; /* of the measure */
    const struct exception *exception;
};
/* The leading reasons, what costs most first; how many of at most `most`. */
size_t health_reasons(const struct health *health, const struct scorecard_result *result, size_t row,
                      size_t most, struct arena *arena, struct reason **ret);
struct str reason_key(const struct reason *reason); /* of the measure or exception; "override" */
/* As it is said: an exception by its reason, a measure by its title and value, or why it has none. */
void reason_print(const struct reason *reason, const struct format *format, struct str currency,
                  struct buf *out);
/* Lost ones have left, prospects have not come: neither is a customer in danger. status: of the fact. */
bool at_risk_customer(const struct catalogue *catalogue, const struct column *status, size_t row);
/* Median ARR of each segment (by number of the fact's texts), and of all under the number behind the last
 * one; NAN: none known. Of those accounts alone whose byte is set. For a reader with a scope, of a segment in
 * which at least three pay: else it would tell what an account pays that the reader may not see. */
double *at_risk_medians(const uint8_t *customers, const struct column *arr, const struct column *segment,
                        size_t n, size_t segments, bool sees_all, struct arena *arena);

/* The leading reasons of a result: what costs most points, exceptions by their reason, measures by their
 * value or why they have none. JSON array. */
struct str reasons_json(const struct health *health, const struct scorecard_result *result, size_t row,
                        const struct format *format, struct str currency, size_t most, struct arena *arena);

#endif
