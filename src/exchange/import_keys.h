/* The keys of the usage rows that an import made or counted anew, in a file beside it, so that they can be
 * taken back. Written, and synced, before the rows are journalled: what may have come in can always be named.
 */
#ifndef VAFA_EXCHANGE_IMPORT_KEYS_H
#define VAFA_EXCHANGE_IMPORT_KEYS_H
#include "exchange/import.h"
#include "signals/import_frame.h"

/* Adds rows; an import without an id (a test's) keeps none. */
enum status import_keys_add(struct house *house, struct id import, const struct import_undone *rows, size_t n,
                            struct problem *problem) MUST_USE;
/* How many rows there are; 0: no file. */
int64_t import_keys_count(const struct house *house, struct id import, struct arena *arena);
/* Takes them all back, part by part, waiting for each to be applied. Rows that others have counted anew since
 * are left, and counted as kept. Again, it changes nothing more. */
enum status import_keys_undo(struct house *house, struct import *import,
                             void (*progress)(void *self, const struct import *import), void *self,
                             struct problem *problem) MUST_USE;

#endif
