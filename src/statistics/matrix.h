/* Small symmetric systems: what several estimates need of linear algebra. Pure arithmetic; matrices are n ×
 * n, row after row, in the caller's memory. */
#ifndef VAFA_STATISTICS_MATRIX_H
#define VAFA_STATISTICS_MATRIX_H
#include <stddef.h>

/* Cholesky: a = L Lᵀ, a positive semidefinite, of which the lower triangle is read and becomes L; the rest
 * becomes 0. A row of which those before it leave no more than `least` (≥ 0, in the unit of the diagonal), or
 * that is not a number, is left out: its row and column of L are 0, and whatever is solved has 0 there, which
 * makes the inverse a generalised one. Returns the rank; *left_out (may be NULL) is the first such row, n
 * when there is none. */
size_t matrix_factor(double *a, size_t n, double least, size_t *left_out);
/* b becomes the solution of L Lᵀ x = b. */
void matrix_solve(const double *factor, size_t n, double *b);
/* The (generalised) inverse of L Lᵀ, both triangles. */
void matrix_invert(const double *factor, size_t n, double *inverse);

#endif
