/* The past that a board shows: see board.h. */
#ifndef VAFA_INSIGHT_BOARD_PAST_H
#define VAFA_INSIGHT_BOARD_PAST_H
#include "insight/board.h"

/* Judges all accounts at the start of each of the last weeks' days. */
enum status board_past_make(struct house *house, struct board_past **ret, struct problem *problem) MUST_USE;
void board_past_release(struct board_past *past); /* NULL is fine */
/* Whether another day, other cards or facts, or a rewritten past ask for a new one; NULL: always. */
bool board_past_stale(struct house *house, const struct board_past *past);

/* Why an account has the score that it has: what costs it most. */
struct board_why {
    struct str key, fact; /* of the measure or exception; of the fact that the measure reads */
    struct str text;      /* ready in the reader's language */
    double value,
        before;  /* of the fact now and BOARD_CHANGE_WEEKS weeks before; NaN: not known, or no number */
    double lost; /* points */
    struct str band_title;
};
/* Accounts [first, first + n) judged as they stand, to be explained: by the cards and among the peers of the
 * past. */
enum status board_judge(struct house *house, const struct board *board, uint32_t first, size_t n,
                        struct arena *arena, struct health *ret, struct problem *problem) MUST_USE;
/* Of account health->first + row; with_before costs a look at a past day. */
bool board_why_of(struct house *house, const struct board *board, const struct health *health, size_t row,
                  const struct format *format, bool with_before, struct arena *arena, struct board_why *ret);
/* Both for one account. False: nothing costs points, or the past is not made yet. Lives in the arena. */
bool board_why(struct house *house, const struct board *board, uint32_t account, const struct format *format,
               struct arena *arena, struct board_why *ret);

#endif
