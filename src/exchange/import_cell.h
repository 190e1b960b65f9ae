/* From the text of a cell to the value of a field: digits of three alphabets, dates of two calendars, money
 * by its unit. */
#ifndef VAFA_EXCHANGE_IMPORT_CELL_H
#define VAFA_EXCHANGE_IMPORT_CELL_H
#include "base/calendar.h"
#include "exchange/import_map.h"

struct import_call; /* import.h */

struct import_cells {
    const struct import_map *map;
    const struct zone *zone; /* of times without an offset */
    int currency_field; /* the TEXT field that holds the currency of the row's money; −1: the type has none */
    int custom_first;   /* fields from this index on are custom ones: money of their own unit */
    uint64_t derived;   /* fields (bits) that others fill in where a row has none */
    bool has_unit;      /* the caller named the unit of money columns */
    struct money_unit unit;
    enum status (*resolve)(const struct import_call *call, const struct field *field, struct str text,
                           struct id *id, struct problem *problem); /* as in import.h; NULL: none */
    const struct import_call *call;
};

/* Fills *record (zeroed by the caller) from a row. Every wrong cell is a fault at its column's header name,
 * in the row's line. Empty cells leave their field
 * without a value; a required field or key without one is a fault, unless it is among the derived. Strings
 * are copied to the arena. */
enum status import_row_read(const struct import_cells *cells, const struct csv_row *header,
                            const struct csv_row *row, void *record, struct arena *arena,
                            struct problem *problem) MUST_USE;

#endif
