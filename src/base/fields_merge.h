/* Changing a record by its field table: what a patch or an imported row gives is laid over what is stored. */
#ifndef VAFA_BASE_FIELDS_MERGE_H
#define VAFA_BASE_FIELDS_MERGE_H
#include "base/fields.h"

size_t field_value_size(enum field_type type); /* bytes of the member that holds it */
/* The same value, or no value in both. */
bool field_same(const struct field *field, int index, const void *a, const void *b);
/* Copies the fields of `patch` that have a value over those of *record and takes the value from the fields in
 * `cleared`. *changed: bit i where field i is another than before. Clearing a required field is a fault.
 * Strings are borrowed, not copied. */
enum status fields_merge(const struct record_type *type, void *record, const void *patch, uint64_t cleared,
                         uint64_t *changed, struct problem *problem) MUST_USE;

/* Reads back what fields_encode wrote, read-only fields too: for records that were laid aside as JSON.
 * Members that the type does not know, or of another type than its, are left out. Strings lie in the arena.
 */
void fields_restore(const struct record_type *type, const struct json *object, void *record,
                    struct arena *arena);

#endif
