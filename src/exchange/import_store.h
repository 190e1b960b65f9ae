/* Imports in the records, and their files beside the stores. */
#ifndef VAFA_EXCHANGE_IMPORT_STORE_H
#define VAFA_EXCHANGE_IMPORT_STORE_H
#include "exchange/import.h"

/* DATA/imports/ID.ending: csv (the upload), errors.csv, keys. */
const char *import_file(const struct house *house, struct id id, const char *ending, struct arena *arena);
uint64_t import_has(const struct import *import); /* which fields have a value */
/* Inserts or updates, in a transaction of its own. */
enum status import_store(struct house *house, const struct query *query, const struct import *import,
                         struct problem *problem) MUST_USE;
enum status import_load(struct house *house, struct id id, struct import *import, struct arena *arena,
                        struct problem *problem) MUST_USE;

/* Who repairs an import's rows or asks for its undo holds the importer from reading the import to storing it:
 * each decides by what the other changes. */
void importer_hold(struct importer *importer);
void importer_let_go(struct importer *importer);

#endif
