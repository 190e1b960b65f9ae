/* The largest likelihood over a few positive parameters, and how well the data hold them: pure arithmetic,
 * no state.
 *
 * Works on the logarithms of the parameters: from each of several starts Nelder and Mead's simplex (1965)
 * finds the region and BFGS the top (both of NLopt); Newton's steps end it. Found means: the curvature is
 * negative in every direction and a further Newton step would gain less than 1e-7. */
#ifndef VAFA_STATISTICS_MAXIMISE_H
#define VAFA_STATISTICS_MAXIMISE_H
#include "base/status.h"
#include "statistics/proportion.h"

#include <stddef.h>

/* How the fit of a model ended. Only FIT_DONE leaves parameters that may be shown. */
enum fit {
    FIT_DONE,
    FIT_BAD_DATA,  /* a row that cannot be: below zero, not a number, out of order */
    FIT_TOO_FEW,   /* too few of what the model counts */
    FIT_TOO_SHORT, /* too few periods to tell the parameters apart */
    FIT_AT_BOUND,  /* the data know no end of a parameter: a simpler model says the same */
    FIT_NOT_FOUND, /* no top was found */
};

enum { MAXIMISE_MOST = 4 };
struct likelihood {
    /* Of parameters > 0. What is not finite is taken as impossible. */
    double (*ln)(const double *parameters, const void *data);
    const void *data;
    size_t parameters; /* ≤ MAXIMISE_MOST */
    /* The size that each parameter has by the units of the data: it is looked for within e^±10 of it. */
    double scale[MAXIMISE_MOST];
    size_t starts;
    const double (*start)[MAXIMISE_MOST]; /* in multiples of the scale */
};

struct maximum {
    size_t parameters;
    double parameter[MAXIMISE_MOST];
    double error[MAXIMISE_MOST]; /* standard errors: parameter × error of its logarithm (delta method) */
    double covariance[MAXIMISE_MOST][MAXIMISE_MOST]; /* of the logarithms: the inverse of −Hessian */
    double ln;                                       /* the log-likelihood there */
};
/* FIT_DONE, FIT_AT_BOUND or FIT_NOT_FOUND; out holds the best point in any case, errors with FIT_DONE. */
enum fit maximise(const struct likelihood *likelihood, struct maximum *out) MUST_USE;

/* Standard error of a figure of the parameters by the delta method: √(g′ V g), g its slope by the logarithms.
 * Choose the figure on a scale on which it is nearly normal: the logarithm of what is positive, the logit of
 * a share. */
double maximum_error(const struct maximum *maximum, double (*figure)(const double *, const void *),
                     const void *context);

#endif
