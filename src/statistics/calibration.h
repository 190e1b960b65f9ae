/* Chances set right: what a model's margins have come to among cases that it was not trained on. Pure
 * statistics. A calibrator is fitted on margins of inner folds (each case's by a model that did not see it)
 * and kept only where it does better on a later time. */
#ifndef VAFA_STATISTICS_CALIBRATION_H
#define VAFA_STATISTICS_CALIBRATION_H
#include "base/problem.h"

enum calibration_kind {
    CALIBRATION_NONE,     /* the chance that the margin says */
    CALIBRATION_SHIFT,    /* all margins by as much, so that the mean chance is the share that happened */
    CALIBRATION_PLATT,    /* margin → slope × margin + intercept, slope ≥ 0 (Platt 1999) */
    CALIBRATION_ISOTONIC, /* steps that never fall (Zadrozny & Elkan 2002), straight between them */
    CALIBRATION_KINDS
};

struct calibration_slice {
    const double *margin; /* log odds, finite */
    const uint8_t *outcome;
    size_t n;
    const uint32_t *cluster; /* cases of one cluster repeat each other; NULL: all stand alone */
    size_t clusters;
};

struct calibration {
    enum calibration_kind kind;
    double slope, intercept; /* 1 and 0 where they say nothing */
    size_t knots;            /* isotonic: */
    double *margin, *chance; /* ascending; beyond the ends, the chance of the end; in the arena */
};

/* BAD_INPUT: no case, one outcome, a margin that is not finite. NONE always fits.
 * Platt's slope is pulled towards 1 with the weight of one case, so that outcomes parted by the margin do not
 * make it endless. A step where nothing happened (or everything) counts half a case of the other kind. */
enum status calibration_fit(enum calibration_kind kind, const struct calibration_slice *slice,
                            struct arena *arena, struct calibration *ret, struct problem *problem) MUST_USE;
double calibration_chance(const struct calibration *calibration, double margin); /* 0–1 */

enum { CALIBRATION_ISOTONIC_LEAST = 1000 }; /* earlier cases, below which steps are not tried */
struct calibration_choice {
    struct calibration calibration; /* what to use */
    double
        log_loss[CALIBRATION_KINDS]; /* each fitted on the earlier slice, on the later one; NaN: not tried */
};
/* Which calibrator wins on the later slice: Platt or isotonic, fitted on the earlier one, where its log loss
 * there is lower than that of the plain chances by more than the standard error of the difference. Where none
 * wins, the margins are shifted to the later slice's share, the recent one; without both outcomes there, they
 * stay. BAD_INPUT as calibration_fit, of the earlier slice. */
enum status calibration_choose(const struct calibration_slice *earlier, const struct calibration_slice *later,
                               struct arena *arena, struct calibration_choice *ret,
                               struct problem *problem) MUST_USE;

#endif
