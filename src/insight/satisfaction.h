/* Satisfaction: NPS, CSAT and CES from survey answers, with what may be said of them.
 *
 *   NPS   0–10   share of 9–10 less share of 0–6, in points
 *   CSAT  1–10   share of 8–10 (7–10 by setting), in percent; on other scales the answers in the upper
 * quarter: 8 of 10 is the image of 4 of 5, and of 6 of 7 (1 + ¾ × the length of the scale) CES   1–7    share
 * of 5–7, in percent; on other scales the answers in the upper third (4–5 of 5)
 *
 * Answers of different scales are never mixed. An interval is Wilson's (CSAT, CES) or the adjusted Wald
 * (NPS), 95 %; a change is called real only where the interval of the difference leaves 0 out (proportion.h).
 * Answers are taken as independent: several of one account speak alike, so that the true interval is rather
 * wider. Sources: metrics.md; features of statistics in proportion.h. */
#ifndef VAFA_INSIGHT_SATISFACTION_H
#define VAFA_INSIGHT_SATISFACTION_H
#include "statistics/proportion.h"
#include "insight/selection.h"
#include "insight/span.h"
#include "signals/answer.h"

/* ---- the arithmetic ---- */

struct satisfaction_method {
    enum answer_kind kind;
    double scale_min, scale_max;
    double from;   /* a score of at least this counts as good: promoters, satisfied, easy */
    double below;  /* a score below this counts as bad: detractors; NPS only, else −INFINITY */
    int64_t least; /* fewer answers are hidden */
};
/* csat_from: 7 or 8, on the scale 1–10. */
struct satisfaction_method satisfaction_method(enum answer_kind kind, double scale_min, double scale_max,
                                               double csat_from, int64_t least);

struct satisfaction_counts {
    double n, good, bad, sum; /* sum of scores */
};
void satisfaction_add(const struct satisfaction_method *method, double score,
                      struct satisfaction_counts *counts);

struct satisfaction_result {
    bool hidden;              /* too few: the rest is NAN */
    double value;             /* points of NPS, percent of CSAT and CES */
    struct interval interval; /* of the value */
    double mean;              /* of the scores, on their scale */
};
/* population: people who could have answered, where known; narrows the interval. 0: not known. */
struct satisfaction_result satisfaction_result(const struct satisfaction_method *method,
                                               const struct satisfaction_counts *counts, double population);

enum trend { TREND_UNKNOWN, TREND_SAME, TREND_UP, TREND_DOWN }; /* unknown: too few answers in one of them */
/* now against before; difference: in points, its interval in *interval. */
enum trend satisfaction_trend(const struct satisfaction_method *method,
                              const struct satisfaction_counts *before, const struct satisfaction_counts *now,
                              double *difference, struct interval *interval);

/* ---- waves of answers ---- */

struct satisfaction_answer {
    uint32_t account;
    struct id person; /* none: not known */
    instant_t at;
    double score;
    struct id id;
    struct str comment;
    bool counts; /* false: the same person answered again later in the wave */
};

struct satisfaction_wave { /* of one span and group */
    struct str group;      /* of a split; empty: not known, or no split */
    struct satisfaction_counts counts;
    int64_t accounts;         /* that answered */
    double weighted;          /* mean of the accounts' own values, weighted by ARR; NAN: no ARR is known */
    double arr_heard;         /* share of the selection's ARR that answered; NAN likewise */
    int64_t invited, replied; /* invitations, and those with an answer */
    double population;        /* contacts; 0: not asked for */
};
struct satisfaction_waves {
    struct satisfaction_wave *v; /* one a group, in the groups' order */
    size_t n;
    struct satisfaction_answer *answers; /* of the selection, oldest first */
    size_t answer_count;
    int64_t other_scales; /* answers of the kind on another scale: left out */
    size_t unjudged;      /* accounts of which the rule could not be judged */
};
struct satisfaction_ask {
    const struct selector *selector;
    const struct spans *spans;
    struct satisfaction_method method;
    bool per_person; /* the last answer of each person in the span counts; else every answer */
    bool contacts;   /* count who could have answered */
    int64_t answer_days;
};
/* What was said in a span by those who belong to the selection at its end. ARR is that at the start of the
 * span, or at its end of who came later: who left in it is heard, too. */
enum status satisfaction_measure(const struct satisfaction_ask *ask, const struct span *span,
                                 struct arena *arena, struct satisfaction_waves *ret,
                                 struct problem *problem) MUST_USE;

/* A row of the answer. */
struct satisfaction_row {
    uint64_t has;
    struct str span;          /* label of the period, or "trailing" */
    day_t from, to;           /* [from, to) */
    bool open;                /* not over yet */
    struct str group;         /* of a split */
    int64_t n, accounts;      /* answers that count, accounts they are of */
    bool hidden;              /* too few answers: no figure */
    double value, low, high;  /* points of NPS, percent of CSAT and CES */
    double good, middle, bad; /* percent: promoters, passives, detractors; satisfied or easy */
    double mean;              /* of the scores, on their scale */
    double mean_percent;      /* mean ÷ highest of the scale × 100 */
    int32_t target;           /* CSAT: below, within or above the target band */
    double weighted, arr_heard;
    struct str against; /* label of what it is compared with */
    double change, change_low, change_high;
    int32_t trend;
    int64_t invited, replied;
    double response, response_low, response_high; /* percent */
    double population;
};
extern const struct record_type satisfaction_row_type;

/* GET /api/v1/satisfaction, /api/v1/satisfaction/answers */
enum status satisfaction_handle(struct request *, struct response *, struct problem *);
enum status satisfaction_handle_answers(struct request *, struct response *, struct problem *);
extern const struct route_query satisfaction_query[], satisfaction_answers_query[];

#endif
