/* Panels: a row for each account at each past day, of facts as could be known then, beside what became of the
 * account afterwards. What models learn from, and nothing else: a row never holds what was learnt later.
 *
 * Rows, labels and their embargo are those of scores tested against history (insight/backtest.h): an account
 * whose days are not over is no row. Columns are facts: a number, a yes or no, a date (days from the
 * snapshot), or one value of a text. Facts that the end of a customer writes itself are left out by a
 * declared list (panel_barred), and facts made from them; so is what Vafa made (scores, models) and what
 * members say by hand. A column that tells the outcome too well is left out as a suspected leak, and said;
 * but for usage, whose events bear their own times. */
#ifndef VAFA_PREDICT_PANEL_H
#define VAFA_PREDICT_PANEL_H
#include "insight/backtest.h"
#include "insight/insight.h"

enum {
    PANEL_MOST_COLUMNS = 400,
    PANEL_MOST_VALUES = 12,    /* of a text fact: the most frequent ones */
    PANEL_LEAST_ACCOUNTS = 20, /* that a value of a text fact needs, to be a column */
    PANEL_LEAST_LOSSES = 20,   /* below which no column is called a leak: few are told well by anything */
};
/* A column alone whose AUC, either way round, is at least this knows too much. */
#define PANEL_LEAK_AUC 0.95

struct panel_column {
    struct str fact, value; /* value: of a text fact; p is NULL for others */
    struct text title;      /* of the fact */
    int better;             /* of the fact: +1 higher, −1 lower, 0 neither */
    enum value_type type;
};
enum panel_absence {
    PANEL_BARRED,   /* on the declared list, or made from one that is */
    PANEL_OWN,      /* a score, a model, or a value set by hand */
    PANEL_EMPTY,    /* known of nobody */
    PANEL_CONSTANT, /* the same for everybody */
    PANEL_LEAK,
    PANEL_TOO_MANY, /* PANEL_MOST_COLUMNS */
    PANEL_ABSENCES
};
extern const char *const panel_absence_names[PANEL_ABSENCES + 1];
struct panel_absent {
    struct str fact;
    struct text title, why; /* why it is left out, for people */
    enum panel_absence absence;
    double auc; /* of a leak; else NAN */
};

struct panel {
    struct backtest_cases cases; /* its rows */
    size_t p;
    struct panel_column *columns;
    double *x; /* cases.n rows of p; NAN: not known */
    struct panel_absent *absent;
    size_t absent_n;
};

/* Why a fact may not enter a panel; NULL: it may. */
const struct text *panel_barred(const struct catalogue *catalogue, uint32_t fact);

/* All facts that may be used. Lives in the arena. */
enum status panel_make(struct house *house, const struct backtest_plan *plan, struct fact_memory *memory,
                       struct arena *arena, struct panel *ret, struct problem *problem) MUST_USE;

/* The columns for accounts [first, first + n) of the directory at a moment: n rows of p in x. A fact that is
 * no longer there is unknown. */
enum status panel_rows(struct house *house, const struct panel_column *columns, size_t p,
                       const struct moment *moment, uint32_t first, size_t n, double *x,
                       struct arena *scratch, struct problem *problem) MUST_USE;

/* account, snapshot, lost, then the columns; an empty cell is not known. */
void panel_csv(struct house *house, const struct panel *panel, struct buf *out);

/* [{"fact": "tenure_days"}, {"fact": "country", "value": "DE"}, …] and back, in the arena. */
void panel_columns_put(const struct panel_column *columns, size_t p, struct json_writer *w);
enum status panel_columns_read(const struct json *json, const struct catalogue *catalogue,
                               struct arena *arena, struct panel_column **ret, size_t *p,
                               struct problem *problem) MUST_USE;

#endif
