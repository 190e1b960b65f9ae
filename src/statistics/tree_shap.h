/* Why a model of trees says what it says: exact contributions of columns to a margin.
 *
 * The Shapley values of Lundberg et al. (2018, arXiv:1802.03888), path-dependent: a column that is not known
 * sends a row both ways, by the covers of the training rows. They are what XGBoost's pred_contribs gives, and
 * with the bias they add up to the margin. They say what goes together in the data, not what causes what.
 *
 * How they come so fast. A leaf with value v gives column i of its path
 *     v (o_i − z_i) ∫₀¹ Π over the other columns j of ((1 − s) z_j + s o_j) ds,
 * o: whether the row keeps to the path at the column's nodes, z: the share of covers that does. (The integral
 * of s^k (1 − s)^(d−1−k) is Shapley's weight of k among d columns; the product is a polynomial of a degree
 * below the depth, so that Gauss and Legendre's four points give it exactly.) It depends on the row through
 * which way it goes at few nodes alone. So the trees are cut into groups of nodes, ancestors included, of a
 * few bits each; what the leaves of a group come to is a table by pattern of these bits and by column; and a
 * row only finds its patterns. */
#ifndef VAFA_STATISTICS_TREE_SHAP_H
#define VAFA_STATISTICS_TREE_SHAP_H
#include "statistics/trees.h"

struct tree_shap; /* read-only once made: any number of threads may ask at once */

/* Lives in the arena; the trees must outlive it. About 12 KB a tree of depth 5. */
struct tree_shap *tree_shap_make(const struct trees *trees, struct arena *arena);
/* The margin of a row of which nothing is known: base and the trees' means by cover. */
double tree_shap_bias(const struct tree_shap *shap);
/* Of n rows of trees->columns floats (NaN: missing), the contribution of each column: out[row × columns +
 * column], in log odds; the bias and they add up to the margin to 1e-4. By `threads` threads. */
void tree_shap_rows(const struct tree_shap *shap, const float *x, size_t n, int threads, double *out);

#endif
