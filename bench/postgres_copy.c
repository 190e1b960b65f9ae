/* The rival of durable ingest: PostgreSQL's binary COPY of rows that are ready in memory, one transaction a
 * batch, fsync on. No HTTP, no JSON, no deduplication: what a hand-made loader does at best.
 *
 *     bench_postgres_copy CONNECTION-STRING ROWS BATCH        prints rows, seconds and rows a second */
#include "base/clock.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROPERTIES = 159, ROW_BYTES = 2 + 6 * 4 + 8 + 4 + 4 + 2 + PROPERTIES + 16 };

static void stop(PGconn *connection, const char *doing) {
    fprintf(stderr, "%s: %s", doing, PQerrorMessage(connection));
    exit(1);
}

static void run(PGconn *connection, const char *sql) {
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) stop(connection, sql);
    PQclear(result);
}

static char *put(char *at, const void *data, size_t n) {
    uint32_t length = htonl((uint32_t)n);
    memcpy(at, &length, 4);
    memcpy(at + 4, data, n);
    return at + 4 + n;
}

static char *put_row(char *at, uint64_t number) {
    uint64_t mixed = number * 0x9e3779b97f4a7c15ull;
    uint16_t columns = htons(6), event = htons((uint16_t)(mixed % 200));
    int64_t time = (int64_t)htobe64((uint64_t)(number * 400));
    uint32_t account = htonl((uint32_t)(mixed >> 20) % 100000),
             user = htonl((uint32_t)(mixed >> 24) % 1000000);
    uint64_t id[2] = {htobe64(mixed), htobe64(number)};
    char properties[PROPERTIES];
    int n = snprintf(properties, sizeof properties,
                     "{\"page\":\"/reports/%u\",\"plan\":\"growth\",\"duration\":%u,\"items\":%u,",
                     (unsigned)(mixed % 997), (unsigned)(mixed % 9973), (unsigned)(number % 31));
    memset(properties + n, 'x', sizeof properties - (size_t)n);
    memcpy(at, &columns, 2);
    at = put(at + 2, &time, 8);
    at = put(at, &account, 4);
    at = put(at, &user, 4);
    at = put(at, &event, 2);
    at = put(at, properties, sizeof properties);
    return put(at, id, 16);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "bench_postgres_copy CONNECTION-STRING ROWS BATCH\n");
        return 2;
    }
    uint64_t rows = strtoull(argv[2], NULL, 10), batch = strtoull(argv[3], NULL, 10);
    PGconn *connection = PQconnectdb(argv[1]);
    if (PQstatus(connection) != CONNECTION_OK) stop(connection, "connect");
    run(connection, "DROP TABLE IF EXISTS events");
    run(connection,
        "CREATE TABLE events (at bigint, account int, person int, event smallint, properties text, id uuid)");

    static const char header[19] = "PGCOPY\n\377\r\n"; /* signature, flags 0, extension 0 */
    char *rendered = malloc(batch * ROW_BYTES);
    int64_t milliseconds = 0;
    for (uint64_t done = 0; done < rows; done += batch) {
        char *end = rendered; /* making the rows is not the rival's work: its time is left out */
        for (uint64_t i = 0; i < batch; i++)
            end = put_row(end, done + i);
        int64_t start = monotonic_ms();
        PGresult *result = PQexec(connection, "COPY events FROM STDIN (FORMAT binary)");
        if (PQresultStatus(result) != PGRES_COPY_IN) stop(connection, "COPY");
        PQclear(result);
        uint16_t trailer = 0xffff;
        if (PQputCopyData(connection, header, sizeof header) != 1 ||
            PQputCopyData(connection, rendered, (int)(end - rendered)) != 1 ||
            PQputCopyData(connection, (char *)&trailer, 2) != 1 || PQputCopyEnd(connection, NULL) != 1)
            stop(connection, "COPY");
        while ((result = PQgetResult(connection))) {
            if (PQresultStatus(result) != PGRES_COMMAND_OK) stop(connection, "COPY");
            PQclear(result);
        }
        milliseconds += monotonic_ms() - start;
    }
    printf("%llu rows in %.2f s: %.0f rows/s\n", (unsigned long long)rows, (double)milliseconds / 1000,
           (double)rows * 1000 / (double)milliseconds);
    free(rendered);
    PQfinish(connection);
    return 0;
}
