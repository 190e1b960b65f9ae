/* The errors file of an import: a CSV with one line for each fault, in the reader's language. Made when the
 * first fault comes. */
#ifndef VAFA_EXCHANGE_IMPORT_ERRORS_H
#define VAFA_EXCHANGE_IMPORT_ERRORS_H
#include "base/json.h"
#include "base/problem.h"

struct import_errors {
    const char *path;
    enum language language;
    int file; /* −1 until the first fault */
    struct buf pending;
    struct buf first; /* JSON objects of the first faults, separated by commas */
    size_t count, shown;
};

void import_errors_open(struct import_errors *errors, const char *path, enum language language);
/* Writes every fault of a refused row: row, column, code, message, and the cell's row as it stands. */
enum status import_errors_put(struct import_errors *errors, int64_t line, const struct problem *row,
                              struct problem *problem) MUST_USE;
enum status import_errors_close(struct import_errors *errors,
                                struct problem *problem) MUST_USE; /* also after a failure */

#endif
