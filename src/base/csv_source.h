/* Bytes for the CSV reader: a file or memory, gzip undone on the way (private to csv.c). */
#ifndef VAFA_BASE_CSV_SOURCE_H
#define VAFA_BASE_CSV_SOURCE_H
#include "base/problem.h"

struct csv_source;
/* path, or data when path is NULL. */
enum status csv_source_open(const char *path, struct str data, struct csv_source **ret,
                            struct problem *problem) MUST_USE;
void csv_source_close(struct csv_source *source);
/* Up to n bytes of text (n > 0); *got is 0 at the end alone. Damage is reported after all that could be read
 * before it; `line` is the row that the reader stands at, for the message. */
enum status csv_source_read(struct csv_source *source, char *out, size_t n, int64_t line, size_t *got,
                            struct problem *problem) MUST_USE;
void csv_source_progress(const struct csv_source *source, uint64_t *done, uint64_t *total);

#endif
