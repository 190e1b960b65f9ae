/* The table of accounts: whom a rule, a segment, a saved view and a few typed letters leave, in the order of
 * any column, page by page from the board (board.h). The order of a question is kept with the board that it
 * was asked of, so that the next page, and the same question again, costs no sorting. */
#ifndef VAFA_INSIGHT_ACCOUNT_TABLE_H
#define VAFA_INSIGHT_ACCOUNT_TABLE_H
#include "insight/board.h"
#include "insight/selection.h"

enum { TABLE_MOST_COLUMNS = 20, TABLE_MOST_ORDERS = 24 };

#define TABLE_QUERY                                                                                          \
    SELECTION_QUERY, {"view", "Id of a saved view: its rule holds too, and its sort unless one is given."},  \
        {"q", "Part of the name or key: letters are folded, typing errors forgiven."}, {                     \
        "sort", "name, key, health (default: the worst first), change, arr, renewal, stage, owner or "       \
                "the key of any fact; with - before it from the largest."                                    \
    }

/* Who is in the table, in which order; and what stands below it. */
struct table_band {
    uint32_t band; /* number in the texts of BOARD_BAND; DICT_NONE: unknown */
    size_t accounts;
    double arr;
};
struct board_order {
    struct board_order *next;
    struct str key; /* the question */
    uint32_t *rows; /* accounts */
    size_t n, unjudged;
    double arr, weighted; /* known ARR; Σ ARR × health over accounts of which both are known … */
    double weight;        /* … and Σ of their ARR */
    struct table_band *bands;
    size_t band_n;
};
/* Of the request's segment, where, view, q and sort; lives as long as the board (or the request's arena,
 * where the board keeps enough of them). */
enum status table_order(const struct request *request, struct board *board, const struct board_order **ret,
                        struct problem *problem) MUST_USE;
void board_orders_free(struct board_order *orders);

/* The rule of the request: segment, where and view together. selector->rule NULL: everybody in scope. *sort:
 * the one given, else that of the view; empty: none. */
enum status table_selector(const struct request *request, struct selector *ret, struct str *sort,
                           struct problem *problem) MUST_USE;

/* One row as shown. Texts live as long as the board and the arena. */
struct table_row {
    uint32_t account;
    struct id id, owner;
    struct str key, name, status, stage, tags, owner_name, band, band_title;
    double score, change, arr;
    bool change_real;
    double weeks[BOARD_WEEKS];
    bool has_weeks;
    day_t renews_on; /* INT32_MIN: not known */
};
void table_row(const struct board *board, uint32_t account, enum language language, struct table_row *ret);
struct str table_band_title(const struct board *board, struct str band, enum language language);

/* Facts asked for as further columns: keys separated by commas. BAD_INPUT at "columns". */
struct table_columns {
    uint32_t facts[TABLE_MOST_COLUMNS];
    size_t n;
};
enum status table_columns(const struct request *request, const struct board *board, struct table_columns *ret,
                          struct problem *problem) MUST_USE;

extern const struct route_query account_table_query[];
enum status account_table_handle(struct request *, struct response *, struct problem *);

#endif
