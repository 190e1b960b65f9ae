#include "statistics/matrix.h"

#include <math.h>
#include <stdbool.h>

size_t matrix_factor(double *a, size_t n, double least, size_t *left_out) {
    size_t rank = 0, first = n;
    for (size_t j = 0; j < n; j++) {
        double pivot = a[j * n + j];
        for (size_t k = 0; k < j; k++)
            pivot -= a[j * n + k] * a[j * n + k];
        bool kept = pivot > least && isfinite(pivot);
        if (kept)
            rank++;
        else if (first == n)
            first = j;
        double root = kept ? sqrt(pivot) : 0;
        a[j * n + j] = root;
        for (size_t k = 0; k < j && !kept; k++)
            a[j * n + k] = 0;
        for (size_t i = j + 1; i < n; i++) {
            double value = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                value -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = kept ? value / root : 0;
            a[j * n + i] = 0;
        }
    }
    if (left_out) *left_out = first;
    return rank;
}

void matrix_solve(const double *factor, size_t n, double *b) {
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= factor[i * n + k] * b[k];
        b[i] = factor[i * n + i] > 0 ? b[i] / factor[i * n + i] : 0;
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= factor[k * n + i] * b[k];
        b[i] = factor[i * n + i] > 0 ? b[i] / factor[i * n + i] : 0;
    }
}

void matrix_invert(const double *factor, size_t n, double *inverse) {
    for (size_t i = 0; i < n; i++) {
        double *row = inverse + i * n;
        for (size_t j = 0; j < n; j++)
            row[j] = i == j;
        matrix_solve(factor, n, row); /* symmetric: row and column are one */
    }
}
