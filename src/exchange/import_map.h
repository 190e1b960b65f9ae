/* Which column of a file means which field: given by the caller, or guessed from English and Persian headers.
 */
#ifndef VAFA_EXCHANGE_IMPORT_MAP_H
#define VAFA_EXCHANGE_IMPORT_MAP_H
#include "base/csv.h"
#include "base/fields.h"
#include "base/number.h"

struct import_column {
    int field;     /* index in the type's table; −1: the column is not used */
    bool has_unit; /* MONEY: the header names its unit, as in "amount (toman)" or «مبلغ (تومان)» */
    struct money_unit unit;
};

struct import_map {
    const struct record_type *type;
    struct import_column *columns; /* one for each column of the file */
    size_t count;
    struct str *ignored; /* headers that mean nothing to us, as written */
    size_t ignored_count;
};

/* given: "field=header,field=header" (a header may be quoted), or empty: then all is guessed. Fields that
 * `given` does not name are still guessed. BAD_INPUT names: a field or header that does not exist, one named
 * twice, a required field without a column, unless its bit is in `derived`. Strings and arrays live in the
 * arena; header names are copied. */
enum status import_map_make(const struct record_type *type, const struct csv_row *header, struct str given,
                            uint64_t derived, struct arena *arena, struct import_map *ret,
                            struct problem *problem) MUST_USE;

#endif
