/* The board: what the table of accounts shows of all accounts, in columns in memory. A board never changes;
 * when accounts do, a worker makes the next one (at most one a second), lets what is asked again and again be
 * answered from it, and only then puts it in place of the one before: readers never wait for it. Whoever has
 * changed something by a request sees it in the next answer: board_touched makes readers wait for a board
 * made after it.
 *
 * The past of the scores (the last weeks, as recomputed by the cards of today and by what is known now, as
 * at_risk does) costs a pass over all accounts for each week. It is made in the background when the day, the
 * cards or the past itself changed, and shared by boards. */
#ifndef VAFA_INSIGHT_BOARD_H
#define VAFA_INSIGHT_BOARD_H
#include "insight/health.h"
#include "insight/search_index.h"

enum { BOARD_WEEKS = 12, BOARD_CHANGE_WEEKS = 4 };

/* What the index of names finds; a kind more is a row in search.c, too. */
enum search_kind { SEARCH_ACCOUNTS, SEARCH_CONTACTS };

/* What scores stand on, and what they were at the end of past weeks. */
struct board_past {
    struct arena arena;
    unsigned holders;
    day_t day;
    uint64_t rewritten;  /* of usage and insight together, when it was made */
    struct card_set set; /* the cards in force */
    struct peer_values **peers;
    size_t n;                    /* accounts */
    float (*score)[BOARD_WEEKS]; /* by account: 11 … 1 weeks before `day`, at its start, and nothing in the
                                    last place; NaN: no score */
};

/* Places of accounts in the order of their names. */
struct board_names {
    unsigned holders;
    size_t n;
    const char **address; /* of the names that it was made for */
    uint32_t *place[2];   /* by language */
};

struct board_member {
    struct id id;
    struct str name;
};

enum board_fact { BOARD_ARR, BOARD_RENEWAL, BOARD_STAGE, BOARD_TAGS, BOARD_HEALTH, BOARD_BAND, BOARD_FACTS };

struct board_answer;
struct board_order;
struct board {
    struct arena arena;
    unsigned holders;
    uint64_t version, touches; /* touches: those that it knows of */
    struct moment moment;
    struct catalogue *catalogue;
    size_t n;
    struct directory_account *accounts; /* copies; texts live as long as the directory */
    uint8_t *present;                   /* not merged */
    struct column facts[BOARD_FACTS];   /* by enum board_fact; renewal in days from moment.day */
    const struct dict *texts[BOARD_FACTS];
    double *overrides; /* of scores, NaN: none */
    struct board_names *names;
    struct board_past *past;      /* NULL: not made yet */
    struct board_member *members; /* by id */
    size_t member_n;
    struct str currency;
    pthread_mutex_t lock;       /* of the two lists */
    struct board_order *orders; /* account_table.c: who is in the table, in which order */
    size_t order_n;
    struct board_answer *answers; /* account_table_api.c */
    size_t answer_n;
};

struct board_keeper;
/* Starts the worker; the first board is made by the first reader. */
enum status board_start(struct house *house, struct board_keeper **ret, struct problem *problem) MUST_USE;
void board_stop(struct board_keeper *keeper); /* NULL is fine */
/* A request has changed something: the next board_hold gives a board that shows it. Any thread, costs
 * nothing. */
void board_touched(struct board_keeper *keeper);
/* The board as it stands, made where there is none. Held until released. */
enum status board_hold(struct house *house, struct board **ret, struct problem *problem) MUST_USE;
void board_release(struct board *board); /* NULL is fine */
/* As board_hold, with the past: waits for it where it is not made yet. For commands and files. */
enum status board_hold_settled(struct house *house, struct board **ret, struct problem *problem) MUST_USE;
/* Makes the past and a board of it now, in the caller's thread: for tests and measurements. */
enum status board_settle(struct house *house, struct problem *problem) MUST_USE;
struct search_index *
board_index(struct board_keeper *keeper); /* names of accounts and contacts, of the board as it stands */

/* Name of a member; empty: there is none. */
struct str board_member_name(const struct board *board, struct id id);
/* The change of an account's score in BOARD_CHANGE_WEEKS weeks. False: no score then or now. *real: it is
 * beyond what the score moves anyway, which is twice the robust deviation (1.4826 × median of absolute
 * differences) of its weekly steps, grown by the square root of the weeks, and at least 3 points. */
bool board_change(const struct board *board, uint32_t account, double *change, bool *real);
/* The last BOARD_WEEKS scores, oldest first, the last as it stands. False: the past is not known yet. */
bool board_weeks(const struct board *board, uint32_t account, double out[BOARD_WEEKS]);

/* Answers for a new board, before it is shown, what was asked of the one before lately (account_table_api.c).
 */
void board_renew(struct house *house, struct board *before, struct board *next);
void board_forget(struct board *board); /* frees the two lists */

#endif
