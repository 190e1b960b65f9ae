/* Tests of scorecards for clients: what a request asks for, and the answers as JSON. */
#ifndef VAFA_INSIGHT_BACKTEST_API_H
#define VAFA_INSIGHT_BACKTEST_API_H
#include "insight/backtest.h"

/* outcome, days, grace, by, calendar, from, to, and the words of selection.h. */
extern const struct route_query backtest_query[], what_if_query[];
extern const struct record_type scorecard_draft_type; /* {card} */

/* What the organisation holds its scores against, by its settings. */
struct outcome outcome_of_settings(struct house *house);
/* Reads the plan of a request; the selector lives in its arena. */
enum status request_backtest(const struct request *request, struct backtest_plan *ret,
                             struct problem *problem) MUST_USE;
/* The draft of the body ({card}), compiled against a catalogue. */
enum status request_draft(const struct request *request, struct catalogue *catalogue, struct card_set *ret,
                          struct problem *problem) MUST_USE;
/* Memory of the past for cards of a catalogue; released by fact_memory_release. */
struct fact_memory *house_memory(struct house *house, struct catalogue *catalogue);

/* "Of 100 customers like this, 9 left within 90 days (6–13)", or why that cannot be said. */
void backtest_sentence(const struct outcome *outcome, const struct backtest_share *share,
                       const struct format *format, struct buf *out);
/* What was asked: {outcome, days, grace_days, by, calendar, snapshots, labelled, …}. Members of an open
 * object. */
void backtest_put_plan(const struct backtest_cases *cases, struct json_writer *w);
/* The figures of one card as an object. */
void backtest_put_result(const struct request *request, const struct backtest_cases *cases,
                         const struct backtest_result *result, struct json_writer *w);
/* How much of what the set's first card reads was assumed, before the last labelled snapshot; in the
 * request's arena. */
enum status backtest_count(const struct request *request, const struct card_set *set,
                           const struct backtest_cases *cases, struct knowledge **ret, size_t *n,
                           struct problem *problem) MUST_USE;
void put_interval(struct json_writer *w, const char *low, const char *high, struct interval interval);

enum status backtest_handle_test(struct request *, struct response *, struct problem *);
enum status backtest_handle_draft(struct request *, struct response *, struct problem *);
enum status what_if_handle(struct request *, struct response *, struct problem *);  /* what_if.c */
enum status proposal_handle(struct request *, struct response *, struct problem *); /* proposal_api.c */

#endif
