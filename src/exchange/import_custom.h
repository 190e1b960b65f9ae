/* Columns of custom fields: the type of a kind with the organisation's own fields behind its own. */
#ifndef VAFA_EXCHANGE_IMPORT_CUSTOM_H
#define VAFA_EXCHANGE_IMPORT_CUSTOM_H
#include "customers/custom_field.h"
#include "exchange/import.h"
#include "exchange/import_map.h"

struct import_custom {
    struct record_type type; /* the kind's, and a field for each custom one */
    int first;               /* index of the first custom field in it */
    struct custom_fields fields;
    int json; /* the kind's own field that takes their values */
};

/* Reads the custom fields of accounts or contacts; other kinds have none (fields.n 0). In the arena. */
enum status import_custom_make(struct house *house, const struct import_kind *kind, struct arena *arena,
                               struct import_custom *ret, struct problem *problem) MUST_USE;
/* Columns of money fields without a unit are of the field's currency; another currency is refused. */
enum status import_custom_units(const struct import_custom *custom, struct import_map *map, bool has_unit,
                                const struct money_unit *unit, struct problem *problem) MUST_USE;
/* Moves the custom values of a row that was read into the kind's own field. Faults at the field's key. */
enum status import_custom_fold(const struct import_custom *custom, void *record, struct arena *arena,
                               struct problem *problem) MUST_USE;

#endif
