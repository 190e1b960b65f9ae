/* Signals of records as facts see them: subscriptions, invoices, tickets, answers, activities, history of
 * attributes. A source is a row of a table: its columns and the named queries that read them. Rows lie in
 * memory, account by account, so that any fact can be measured for all accounts and as of any past moment. */
#ifndef VAFA_INSIGHT_SOURCE_H
#define VAFA_INSIGHT_SOURCE_H
#include "base/calendar.h"
#include "base/dict.h"
#include "customers/directory.h"
#include "platform/records.h"

enum { SIGNAL_NUMBERS = 10, SIGNAL_TEXTS = 5 };

struct signal_column {
    const char *name;
    const char *unit; /* "date": a local day; "money": minor units of the row's text column `currency`; else a
                         unit or NULL */
};

/* The queries give: account id, occurred, known_from, ended (NULL: not ended), known_assumed, then the
 * numbers, then the texts in this order; load_all in any order, load_account with the parameter :account. */
struct signal_source {
    const char *key; /* what declarations call it: "tickets" */
    struct text title;
    bool days; /* occurred and ended are local days, not instants; a row that ended on a day is over when that
                  day starts */
    bool renews; /* has the numbers auto_renew (0/1), cancelled (date), term_months, notice_days: a term rolls
                    over unless cancelled */
    bool changes; /* has the numbers effective_from (date) and known_until (an instant; none: still holds) and
                     the text key: the newest version of a key counts */
    bool reads;   /* numbers[0] is read from the text `value` where the query gives none */
    struct signal_column numbers[SIGNAL_NUMBERS + 1]; /* ends with a NULL name */
    const char *texts[SIGNAL_TEXTS + 1];              /* ends with NULL */
    const struct query *load_all, *load_account;
};
extern const struct signal_source *const signal_sources[]; /* all, ends with NULL */

enum { NO_TEXT = UINT32_MAX };
struct signal_row {
    instant_t occurred, known_from, ended; /* ended: INT64_MAX while not ended */
    double number[SIGNAL_NUMBERS];         /* NAN: not given */
    uint32_t text[SIGNAL_TEXTS];           /* number in the table's dictionary of that column, or NO_TEXT */
    bool assumed;                          /* known_from was assumed from a declared back-fill */
};

struct signal_account {
    struct signal_row *rows; /* by occurred, then known_from; owned */
    uint32_t n;
};
struct signal_table {
    const struct signal_source *source;
    struct signal_account *accounts; /* by directory index */
    size_t n, rows;
    struct dict texts[SIGNAL_TEXTS];
};

int signal_number(const struct signal_source *source, struct str name); /* −1 when absent */
int signal_text(const struct signal_source *source, struct str name);

/* Puts one row (occurred, known_from and ended as instants) behind the account's; call signal_table_sort
 * afterwards. */
void signal_table_put(struct signal_table *table, uint32_t account, const struct signal_row *row);
void signal_table_sort(struct signal_table *table, uint32_t account);
void signal_table_clear(struct signal_table *table, uint32_t account);
void signal_table_free(struct signal_table *table);
/* Reads all rows, or those of one account, in place of what was there. The caller holds the table's lock and
 * a shared lock of the directory. Rows of accounts that the directory does not know are left out. */
enum status signal_table_load(struct signal_table *table, struct session *session,
                              const struct directory *directory, const struct zone *zone,
                              const struct id *account, struct problem *problem) MUST_USE;

#endif
