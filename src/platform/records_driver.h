/* What an engine of the records must offer: one table of functions. records.c is written on it and knows no
 * engine. A driver embeds struct records, session and rows as the first member of its own. */
#ifndef VAFA_PLATFORM_RECORDS_DRIVER_H
#define VAFA_PLATFORM_RECORDS_DRIVER_H
#include "platform/records.h"

struct records {
    const struct records_driver *driver;
};

struct session {
    struct records *records;
    bool marked; /* session_mark was called */
    bool broken; /* a statement failed: only a rollback is possible, as in PostgreSQL */
};

enum { MAX_FIELDS = 64 };

struct rows {
    struct session *session;
    const struct query *query;
    /* The first thing that went wrong; later calls do nothing. */
    enum status status;
    struct message message;
    char detail[200];
    /* Where fields stand in the statement's parameters and columns: found once for each type, −1 where
     * absent. A cached statement keeps them. */
    const struct record_type *bound_type, *read_type;
    int16_t parameters[MAX_FIELDS], columns[MAX_FIELDS];
};

struct records_driver {
    const char *name;
    enum status (*open)(const char *folder, bool create, struct records **ret, struct problem *problem);
    void (*close)(struct records *records);
    enum status (*check)(struct records *records, struct problem *problem);
    enum status (*copy)(struct records *records, const char *path, struct problem *problem);
    enum status (*begin)(struct records *records, bool write, struct session **ret, struct problem *problem);
    enum status (*commit)(struct session *session,
                          struct problem *problem); /* on failure rolls back; ends the session */
    void (*rollback)(struct session *session);      /* ends the session */
    /* For migrations: runs a text of several statements; the version reached (0: an empty store). */
    enum status (*script)(struct session *session, const char *sql, struct problem *problem);
    enum status (*version)(struct session *session, int64_t *version, struct problem *problem);
    /* Statements. rows_open never fails: what went wrong is in rows->status. Parameters and columns are
     * numbers. */
    struct rows *(*rows_open)(struct session *session, const struct query *query);
    int (*parameter)(struct rows *rows, const char *name); /* −1 when absent */
    void (*bind_int)(struct rows *rows, int parameter, int64_t value);
    void (*bind_number)(struct rows *rows, int parameter, double value);
    void (*bind_text)(struct rows *rows, int parameter, struct str value);
    void (*bind_blob)(struct rows *rows, int parameter, struct str value);
    void (*bind_null)(struct rows *rows, int parameter);
    bool (*next)(struct rows *rows);
    void (*again)(struct rows *rows);
    int (*column_count)(struct rows *rows);
    const char *(*column_name)(struct rows *rows, int column);
    bool (*is_null)(struct rows *rows, int column);
    int64_t (*integer)(struct rows *rows, int column);
    double (*number)(struct rows *rows, int column);
    struct str (*bytes)(struct rows *rows, int column); /* text or blob; valid until next */
    int64_t (*changed)(struct rows *rows);
    void (*rows_close)(struct rows *rows);
};

extern const struct records_driver records_sqlite;

/* Keeps the first failure of a statement. detail goes into the message's {0}. */
void rows_fail(struct rows *rows, enum status status, struct message message, const char *detail);

#endif
