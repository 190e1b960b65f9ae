/* "Of 100 customers like this, 9 left within 90 days (6–13)": what stands beside a score. The pooled test of
 * each card in force over the last 24 months, against the outcome of the settings, kept until the day, the
 * cards, the outcome or the settings of retention change. It is about the whole company, whoever reads it. */
#ifndef VAFA_INSIGHT_ODDS_H
#define VAFA_INSIGHT_ODDS_H
#include "insight/backtest_api.h"

/* Tests the cards in force and keeps the result. stopping may be NULL (struct backtest_plan). */
enum status odds_compute(struct house *house, const bool *stopping, struct problem *problem) MUST_USE;

/* Whether what is kept is of another day, of other cards, of another outcome or of other settings of
 * retention. */
enum status odds_due(struct house *house, bool *due, struct arena *arena, struct problem *problem) MUST_USE;
/* Computes when it is due: a little after the start, and within minutes of a new day, card or outcome. */
struct odds_worker;
enum status odds_start(struct house *house, struct odds_worker **ret, struct problem *problem) MUST_USE;
void odds_stop(struct odds_worker *worker); /* NULL is fine */

struct odds_row {
    uint64_t has;
    struct str card;
    int64_t version;
    struct str part; /* "band", "bin", "refused" */
    int64_t place;
    struct str band;
    double score_from, score_to;
    struct str outcome;
    int64_t days, cases, lost, accounts;
    double rate, low, high;
    day_t computed_on;
    struct str rules; /* books_rules of then */
    struct str text;  /* for the reader; not stored */
};
extern const struct record_type odds_type;
struct odds {
    struct odds_row *rows;
    size_t n;
};
/* What is kept, with the sentences in the reader's language. */
enum status odds_read(struct house *house, const struct format *format, struct arena *arena, struct odds *ret,
                      struct problem *problem) MUST_USE;
/* Beside one score of a card, now: {text, band, bin}; band and bin are null where they are not known, text
 * then says why. JSON in the arena. */
struct str odds_json(const struct odds *odds, const struct scorecard *card, double score, struct str band,
                     const struct format *format, struct arena *arena);

/* The same for a card by its key and version, out of memory: what was read is kept until the cards are tested
 * anew. */
enum status odds_beside(struct house *house, struct str card, int64_t version, double score, struct str band,
                        const struct format *format, struct arena *arena, struct str *ret,
                        struct problem *problem) MUST_USE;
/* What became of customers like this: the row of the band, else of the bin of the score. NULL: not tested, or
 * too few cases. */
const struct odds_row *odds_row_of(const struct odds *odds, struct str card, int64_t version, double score,
                                   struct str band);
/* Their chance of being lost. False: no such row. */
bool odds_rate(const struct odds *odds, struct str card, int64_t version, double score, struct str band,
               double *rate, int64_t *days);

enum status odds_handle_list(struct request *, struct response *, struct problem *);
enum status odds_handle_compute(struct request *, struct response *, struct problem *);

#endif
