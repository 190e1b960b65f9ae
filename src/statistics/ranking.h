/* How well a figure tells who will be lost: pure statistics over cases. A case is an account at a snapshot:
 * its risk (higher: more likely lost), whether it was lost, and its cluster, which is the account: cases of
 * one account repeat each other, so that intervals go by clusters. */
#ifndef VAFA_STATISTICS_RANKING_H
#define VAFA_STATISTICS_RANKING_H
#include "base/arena.h"
#include "statistics/proportion.h"

/* Cases in the order of their risk, made once and asked often. */
struct ranking {
    size_t n, lost, clusters; /* cases, how many of them lost, accounts */
    uint32_t *row;            /* the case at each place, by risk ascending; equal ones in their own order */
    uint32_t *cluster;        /* of each place: 0 … clusters − 1 */
    uint8_t *flags;           /* of each place: RANKING_… */
};
enum { RANKING_LOST = 1, RANKING_LAST = 2 /* of those with the same risk */ };
/* No risk is NaN. Clusters are dense: 0 … clusters − 1; NULL: every case is its own. Lives in the arena. */
struct ranking ranking_make(const double *risk, const uint8_t *lost, const uint32_t *cluster, size_t n,
                            size_t clusters, struct arena *arena);

/* The same cases in parts (part[case] < parts), each in its own order, where no account has two cases in one
 * part. risk is that of the whole. */
void ranking_split(const struct ranking *whole, const double *risk, const uint32_t *part, size_t parts,
                   struct arena *arena, struct ranking *out);

/* Area under the ROC curve by mid-ranks (Mann–Whitney): the chance that of a lost and a kept case, drawn at
 * random, the lost one has the higher risk; equal risks count half. NaN where all or none are lost. */
double ranking_auc(const struct ranking *ranking);
/* How many times more of the riskiest `share` (0–1] of cases are lost than of all; of those with equal risk
 * at the edge, as much as fits counts. NaN where none is lost. */
double ranking_lift(const struct ranking *ranking, double share);
/* The share of lost ones among the `capacity` riskiest cases (all, where there are fewer); of those with
 * equal risk at the edge, as much as fits counts. NaN for no capacity or no case. */
double ranking_precision(const struct ranking *ranking, double capacity);
/* Area under the curve of precision over recall, by steps: Σ (recall − recall before) × precision, over the
 * distinct risks. NaN where none is lost. */
double ranking_average_precision(const struct ranking *ranking);

/* AUCs of `replicates` samples of whole clusters, of each of some rankings: auc[ranking × replicates +
 * sample]. Each cluster is drawn as often as a Poisson number with mean 1 says, which for many clusters is
 * drawing with replacement (Efron & Tibshirani 1993, ch. 8; Hanley & MacGibbon 2006). How often depends on
 * sample and cluster alone, so that two rankings of the same cases can be compared sample by sample. NaN
 * where a sample has but one kind. */
enum { RANKING_REPLICATES = 400, RANKING_LANES = 8 };
void ranking_bootstrap(const struct ranking *rankings, size_t count, size_t replicates, double *auc);
/* The middle 95 % of values, NaN left out: percentile interval. NaN below 2. */
struct interval interval_of(const double *values, size_t n, struct arena *scratch);

/* To how many independent cases n clustered ones come: n over the design effect of the share, which is the
 * clusters' variance over the binomial one (Kish 1965), never below 1. Where all or none are lost nothing
 * shows how alike the cases of a cluster are: then the number of clusters. */
double effective_cases(const uint8_t *lost, const uint32_t *cluster, size_t n, size_t clusters,
                       struct arena *scratch);

/* Cases in at most `most` bins of nearly equal count by risk ascending; cases of equal risk stay together.
 * first[b] is the place where bin b begins, first[count] = n. Returns the count. */
size_t ranking_bins(const struct ranking *ranking, size_t most, size_t *first);

/* Means over cases of −ln of the probability given to what happened (probabilities kept within 1e-12 of 0 and
 * 1), and of the squared error (Brier 1950). */
double log_loss(const double *probability, const uint8_t *lost, size_t n);
double brier(const double *probability, const uint8_t *lost, size_t n);

#endif
