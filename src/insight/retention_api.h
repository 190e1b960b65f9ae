/* Retention for people and clients: the figures of every period, and the accounts behind one. */
#ifndef VAFA_INSIGHT_RETENTION_API_H
#define VAFA_INSIGHT_RETENTION_API_H
#include "insight/retention_books.h"

extern const struct route_query retention_query_table[], retention_rows_query[];
/* GET /api/v1/retention, GET /api/v1/retention/rows */
enum status retention_handle(struct request *, struct response *, struct problem *);
enum status retention_rows_handle(struct request *, struct response *, struct problem *);

/* {day, kind, amount, parts, …}; and "name": {amount key: number, …}; those of 0 only with `all`. */
void retention_write_movement(struct json_writer *w, const struct movement *movement);
void retention_write_amounts(struct json_writer *w, const char *name, const int64_t *amounts, bool all);

#endif
