/* The renewal forecast: what falls due, what the owners call it, what the chances say, and what needs
 * somebody.
 *
 * A renewal is an account's product in a currency whose term ends on a day (ledger_due: the first day that it
 * no longer covers); as in retention a day d belongs to the period with from < d ≤ to. Of a product that
 * renews more than once in the range only the next renewal is a line: the later ones hang on it. It is no row
 * of a store: calls and notes name it by account, product, currency and day.
 *
 * What is kept of a renewal never counts above what is due: what a call puts above it is expansion, and
 * apart. A renewal that is over counts as it came: what was renewed in all three figures, what was lost in
 * none. commit     called renew, expansion or contraction, with a chance of forecast.confidence or more, or
 * without one; without a call: the chance of the model is that high best case  commit, and whatever else is
 * not called lost; without a call: the model's chance is ½ or more likely     every line by its chance: the
 * call's, else none of one called lost, else the model's expected   by the model alone, with an interval in
 * which renewals are not independent (statistics/renewals.h); one that comes brings what renewed terms kept
 * on average (struct chances) */
#ifndef VAFA_PREDICT_FORECAST_H
#define VAFA_PREDICT_FORECAST_H
#include "insight/health_live.h"
#include "insight/retention_books.h"
#include "insight/selection.h"
#include "predict/prediction.h"
#include "statistics/renewals.h"

/* ---- what people say ---- */

enum renewal_call_kind {
    CALL_RENEW,
    CALL_EXPANSION,
    CALL_CONTRACTION,
    CALL_AT_RISK,
    CALL_CHURN,
    RENEWAL_CALLS,
};
extern const char *const renewal_call_names[RENEWAL_CALLS + 1]; /* on the wire; ends with NULL */

struct renewal_call {
    uint64_t has;
    struct id id;
    struct id account;
    struct str product, currency; /* inputs may leave out what is clear from the day */
    day_t due_on;
    int32_t call;   /* enum renewal_call_kind */
    int64_t amount; /* a year, minor units of the currency: of an expansion or contraction */
    int64_t chance; /* that it comes, percent; not of one called lost */
    struct str comment;
    struct str made_by;
    instant_t made_at;
};
extern const struct record_type renewal_call_type;

enum renewal_note_kind { NOTE_DECISION, NOTE_PLAN };
struct renewal_note {
    uint64_t has;
    struct id id;
    struct id account;
    struct str product, currency;
    day_t due_on;
    int32_t kind; /* enum renewal_note_kind */
    struct str body;
    day_t until; /* of a plan: by when */
    struct str written_by;
    instant_t written_at;
};
extern const struct record_type renewal_note_type;

/* A chance as it was given on a day. */
struct renewal_chance {
    uint64_t has;
    struct id account;
    struct str product, currency;
    day_t due_on, taken_on;
    double probability, low, high; /* of coming */
    int32_t source;                /* enum prediction_source */
    struct str key;
    int64_t version;
    instant_t given_at;
};
extern const struct record_type renewal_chance_type;

/* What was said of renewals, oldest first; in the arena. */
struct renewal_words {
    struct renewal_call *calls;
    size_t call_n;
    struct renewal_note *notes;
    size_t note_n;
    struct renewal_chance *chances;
    size_t chance_n;
};
struct forecast_query;
/* Of those due in the periods, as much as the query asks for. */
enum status renewal_words_read(struct session *session, const struct forecast_query *query,
                               struct arena *arena, struct renewal_words *ret,
                               struct problem *problem) MUST_USE;
enum status renewal_call_insert(struct session *session, const struct renewal_call *call,
                                struct problem *problem) MUST_USE;
enum status renewal_note_insert(struct session *session, const struct renewal_note *note,
                                struct problem *problem) MUST_USE;
/* Nothing happens where the day has one already. */
enum status renewal_chance_insert(struct session *session, const struct renewal_chance *chance,
                                  struct problem *problem) MUST_USE;

/* ---- lines ---- */

enum renewal_stage {
    STAGE_OPEN,
    STAGE_SIGNED,    /* ahead, and its next term is entered already */
    STAGE_CANCELLED, /* ahead, and the customer has said no */
    STAGE_LATE,      /* past, not renewed, and within the grace */
    STAGE_RENEWED,
    STAGE_LOST,
    RENEWAL_STAGES,
};
extern const char *const renewal_stage_names[RENEWAL_STAGES + 1];

enum forecast_category { FORECAST_COMMIT, FORECAST_BEST_CASE, FORECAST_OMITTED, FORECAST_CATEGORIES };
extern const char *const forecast_category_names[FORECAST_CATEGORIES + 1];

/* Why a line needs somebody: bits. At the two checkpoints, forecast.first_checkpoint and second_checkpoint
 * days before it is due, call and chance are held against each other. */
enum forecast_need {
    NEED_CALL = 1,     /* a checkpoint was reached, and there is no call */
    NEED_DECISION = 2, /* call and chance differ by forecast.disagreement points or more, and nothing was
                          decided since the checkpoint and the call */
    NEED_PLAN = 4,     /* called at risk, or at a checkpoint without a call the chance is below ½: no plan */
    NEED_PLAN_OVERDUE = 8, /* so, and the day of the plan is over */
    FORECAST_NEEDS = 4,    /* how many kinds */
};
extern const char *const forecast_need_names[FORECAST_NEEDS + 1];
extern const struct text forecast_need_titles[FORECAST_NEEDS];

struct forecast_line {
    uint32_t account; /* of the directory */
    struct id account_id;
    struct str key, name; /* of the account */
    struct id owner;
    struct str owner_name;
    struct str product, currency;
    day_t due_on;
    int32_t days_left;
    size_t period;      /* of the query's */
    int64_t own_amount; /* due a year, minor units of its currency */
    double amount;      /* in the base currency, at today's rate or that of the day; NAN: not converted */
    double kept;        /* share of it that was renewed; of a line that is over or signed, else NAN */
    int32_t stage;      /* enum renewal_stage */
    bool judged;        /* live holds its health */
    struct live_score live;
    struct prediction model;                    /* probability of coming */
    const struct renewal_call *call;            /* the newest; NULL: none */
    const struct renewal_note *decision, *plan; /* likewise */
    int32_t category;                           /* enum forecast_category */
    double chance;                              /* of likely, in [0, 1] */
    double retained;  /* base currency: what is kept if it comes; ≤ amount; NAN: not converted */
    double expansion; /* base currency: what the call puts above; NAN: not converted */
    unsigned needs;   /* enum forecast_need */
};

struct forecast_query {
    const uint8_t *included; /* by account, 1 counts; NULL: all */
    size_t included_n;
    const struct period *periods; /* ascending, each beginning where the one before ends */
    size_t count;
    struct id account; /* said of it or of one merged into it alone; none: of all */
    bool no_calls;     /* calls and notes are not read */
    /* Chances recorded nearest ≤ days before a renewal was due < farthest; farthest 0: they are not read. */
    int32_t nearest, farthest;
};
struct forecast {
    struct forecast_line *lines; /* by day, then account */
    size_t n;
    struct forecast_line **index; /* the lines for forecast_find */
    struct renewal_words words;
    struct chances chances;
    day_t today;
    day_t decided; /* what became of renewals due before is known; later ones may come late */
    int64_t confidence, disagreement, checkpoints[2]; /* the settings */
};
/* What falls due in the periods, as of now. In the arena. */
enum status forecast_gather(struct house *house, const struct forecast_query *query, struct arena *arena,
                            struct forecast *ret, struct problem *problem) MUST_USE;
/* The line that something was said of, also by the id of an account merged since; NULL: none. Takes the
 * directory's lock. */
struct forecast_line *forecast_find(const struct house *house, const struct forecast *forecast,
                                    struct id account, struct str product, struct str currency, day_t due_on);
/* The share of what is due that a call says will be kept, in [0, 1], by its words alone: its amount, or all;
 * half of one at risk, nothing of one lost; by its chance where it has one. */
double forecast_called_share(const struct renewal_call *call, int64_t own_amount);
static inline bool forecast_is_over(const struct forecast_line *line) {
    return line->stage == STAGE_RENEWED || line->stage == STAGE_LOST;
}

/* Sums of some lines. */
struct forecast_sums {
    int64_t lines, not_converted, uncalled, renewed, lost, needs;
    double due, won, commit, best_case, likely, expansion, uncalled_due; /* base currency */
};
/* Of the lines for which mask is set (NULL: all); periods + 1 each, all of them last. */
void forecast_sum(const struct forecast *forecast, const uint8_t *mask, size_t periods,
                  struct forecast_sums *out);
/* Likewise what is expected, by simulation with a common shift. */
void forecast_expect(const struct forecast *forecast, const uint8_t *mask, size_t periods, double shift,
                     struct renewals_sum *out, struct arena *scratch);
/* The common shift of a period: from the quarters of the last FORECAST_SHIFT_YEARS years, all of the company,
 * against the chances as they were given FORECAST_SHIFT_DAYS days before where those were recorded for at
 * least RENEWALS_LEAST_PERIODS quarters, else against the pooled rate of those quarters. */
enum { FORECAST_SHIFT_YEARS = 5, FORECAST_SHIFT_DAYS = 90 };
struct forecast_shift {
    double value;
    bool estimated; /* else too few quarters: the default */
    bool recorded;  /* against recorded chances */
    size_t periods; /* with renewals */
};
enum status forecast_shift(struct house *house, struct arena *scratch, struct forecast_shift *ret,
                           struct problem *problem) MUST_USE;

/* ---- accuracy ---- */

/* How near what was said `days` before the day came to what was renewed, of renewals that are decided: within
 * the grace only those that came are over. */
struct forecast_accuracy {
    struct str who;  /* "people", "model" */
    struct str name; /* of people: who called it; of a model: its source; empty: all of them */
    int32_t days;
    int64_t lines;
    double due, forecast, actual; /* base currency at the rates of the days */
    double bias;                  /* (forecast − actual) ÷ actual; NAN: nothing was renewed */
    double mape;     /* mean over the periods of |forecast − actual| ÷ actual; NAN: none has any */
    int64_t periods; /* in it */
    double error;    /* Σ over lines of |forecast − actual| ÷ Σ due */
};
enum { FORECAST_FEW = 10 }; /* fewer lines are said to be few */
enum status forecast_accuracy(struct house *house, const struct forecast_query *query, struct arena *arena,
                              struct forecast_accuracy **ret, size_t *n, struct problem *problem) MUST_USE;

/* ---- recording ---- */

/* Keeps the chance of every line that is ahead: once in seven days, and when a checkpoint, 90, 60 or 30 days
 * are reached. *recorded: how many. */
enum { FORECAST_AHEAD_DAYS = 400, FORECAST_RECORD_DAYS = 7, FORECAST_EVER_DAYS = 36500 };
enum status forecast_record(struct house *house, size_t *recorded, struct problem *problem) MUST_USE;
/* Does so once a local day, soon after it began. */
struct forecast_recorder;
enum status forecast_recorder_start(struct house *house, struct forecast_recorder **ret,
                                    struct problem *problem) MUST_USE;
void forecast_recorder_stop(struct forecast_recorder *recorder); /* NULL is fine */

/* ---- over HTTP: forecast_api.c, forecast_call_api.c ---- */

extern const struct route_query forecast_query[], forecast_lines_query[], forecast_needs_query[],
    forecast_accuracy_query[];
/* Of the query: by, from, to, calendar; in the request's arena. late: without `from` it begins so early that
 * what may come late is in it. */
struct forecast_range {
    struct period *periods;
    size_t count;
    enum period_unit by;
    enum calendar calendar;
};
enum status request_forecast_range(const struct request *request, bool past, bool late,
                                   struct forecast_range *ret, struct problem *problem) MUST_USE;
/* One line: members of an open object. period: a label; empty: null. */
void forecast_put_line(struct json_writer *w, const struct request *request, const struct forecast_line *line,
                       struct str period);

enum status forecast_handle(struct request *, struct response *, struct problem *);
enum status forecast_handle_lines(struct request *, struct response *, struct problem *);
enum status forecast_handle_needs(struct request *, struct response *, struct problem *);
enum status forecast_handle_accuracy(struct request *, struct response *, struct problem *);
enum status forecast_handle_record(struct request *, struct response *, struct problem *);
enum status renewal_handle_account(struct request *, struct response *, struct problem *);
enum status renewal_handle_call(struct request *, struct response *, struct problem *);
enum status renewal_handle_note(struct request *, struct response *, struct problem *);

#endif
