/* Refused rows, kept with all their cells, so that people mend them in their place instead of sending the
 * file again. */
#ifndef VAFA_EXCHANGE_IMPORT_REPAIR_H
#define VAFA_EXCHANGE_IMPORT_REPAIR_H
#include "base/csv.h"
#include "exchange/import.h"
#include "exchange/import_map.h"

enum { REFUSED_KEPT = 10000 }; /* of an import; the errors file has all */

/* A refused row as it is kept: JSON texts. */
struct refused_row {
    int64_t line;
    struct str cells;  /* ["…", …] */
    struct str faults; /* [{"column", "code", "en", "fa", "suggestion"}] */
};
struct refused_row import_refused_make(struct house *house, const struct import_map *map,
                                       const struct csv_row *header, const struct csv_row *row,
                                       const struct problem *why, struct arena *arena);
/* In a transaction of its own. */
enum status import_refused_put(struct house *house, struct id import, const struct refused_row *rows,
                               size_t n, struct problem *problem) MUST_USE;

/* What the cell most likely should say; empty: no idea. */
struct str import_suggest(struct house *house, const struct field *field, struct str cell,
                          struct arena *arena);

/* Rows to take instead of a file's: those that were repaired. */
struct import_rows {
    const struct csv_row *header;
    const struct csv_row *rows; /* line: of the file */
    size_t n;
};
/* Takes the rows in as a part of the import (a dry run: checks them). Calls back for each: refused NULL: it
 * is fine. */
typedef enum status (*import_row_told)(void *self, size_t i, enum upsert_result result,
                                       const struct refused_row *refused, struct problem *problem);
enum status import_run_rows(struct house *house, struct import *import, const struct import_rows *rows,
                            struct arena *arena, import_row_told told, void *self,
                            struct problem *problem) MUST_USE;

/* The repaired rows of a dry run, by line: cells in place of the file's. */
struct import_repairs {
    struct csv_row *rows; /* by line, ascending */
    size_t n;
};
enum status import_repairs_read(struct house *house, struct id dry_run, struct import_repairs *ret,
                                struct arena *arena, struct problem *problem) MUST_USE;
const struct csv_row *import_repairs_find(const struct import_repairs *repairs, int64_t line);

#endif
