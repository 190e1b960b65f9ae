#include "app/backup.h"

#include "base/vec.h"
#include "customers/directory.h"
#include "platform/events.h"
#include "platform/journal.h"
#include "platform/records.h"
#include "queries.h"
#include "signals/ingest.h"

#include <stdio.h>

/* Moves what one check found into the list of all. A failing system is a finding as well: what cannot be read
 * is not sound. */
static void collect(struct problem *all, const char *part, const struct problem *one, enum status status) {
    if (!status) return;
    if (!one->fault_count)
        fail_at(all, str_of(part), one->main.message,
                (struct arguments){one->main.args, one->main.arg_count});
    for (size_t i = 0; i < one->fault_count; i++) {
        const struct fault *fault = &one->faults[i];
        fail_at(all, fault->where.n ? fault->where : str_of(part), fault->message,
                (struct arguments){fault->args, fault->arg_count});
    }
}

static enum status check_journal(struct house *house, journal_offset from, struct problem *problem) {
    struct journal_reader *reader = journal_reader_open(house->journal, from);
    struct str frame;
    journal_offset at, after, end = journal_end(house->journal);
    enum status status = OK;
    for (after = from; after < end && !status;)
        status = journal_next(reader, 0, &frame, &at, &after, problem);
    journal_reader_close(reader);
    return status == NOT_FOUND ? OK : status;
}

static enum status check_references(struct house *house, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct problem found = {.arena = problem->arena};
    struct rows *rows = rows_open(session, &query_reference_check);
    while (rows_next(rows)) {
        if (!rows_int(rows, 1)) continue;
        char count[24];
        snprintf(count, sizeof count, "%lld", (long long)rows_int(rows, 1));
        fail_at(&found, rows_text(rows, 0, problem->arena),
                MESSAGE("check_dangling", "{0} rows point at something that is not there.",
                        "{0} سطر به چیزی اشاره می‌کند که وجود ندارد."),
                ARGS(str_of(count)));
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    if (status) return status;
    *problem = found;
    return found.status;
}

static enum status check_offsets(struct house *house, journal_offset *from, struct problem *problem) {
    struct session *session = NULL;
    journal_offset reached[] = {0, events_reached(house->events)}, end = journal_end(house->journal);
    static const char *const stores[] = {"records", "events"};
    enum status status = records_read(house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_applied_get);
    if (rows_next(rows)) reached[0] = (journal_offset)rows_int(rows, 0);
    status = rows_close(rows, problem);
    session_rollback(session);
    for (size_t i = 0; i < COUNT(reached) && !status; i++) {
        if (reached[i] <= end) continue;
        fail_at(
            problem, str_of(stores[i]),
            MESSAGE(
                "check_beyond_journal",
                "The store has reached {0} of the journal, which ends at {1}: they do not belong together. Restore a backup.",
                "این انباره تا {0} از ژورنال را دارد، ولی ژورنال در {1} پایان می‌یابد: به هم تعلق ندارند. نسخهٔ پشتیبان را بازگردانید."),
            ARGS(str_format(problem->arena, "%llu", (unsigned long long)reached[i]),
                 str_format(problem->arena, "%llu", (unsigned long long)end)));
    }
    *from = reached[1] < end ? reached[1] : end;
    return status ? status : problem->status;
}

enum status house_check(struct house *house, struct problem *problem) {
    struct problem all = {.arena = problem->arena}, one;
    journal_offset from = 0;
#define CHECK(part, call)                                                                                    \
    one = (struct problem){.arena = problem->arena};                                                         \
    collect(&all, part, &one, call)
    ingest_pause(house->ingest);
    CHECK("records", records_check(house->records, &one));
    CHECK("events", events_check(house->events, &one));
    CHECK("journal", check_offsets(house, &from, &one));
    CHECK("journal", check_journal(house, from, &one));
    ingest_resume(house->ingest);
    CHECK("records", check_references(house, &one));
#undef CHECK
    if (!all.fault_count) return OK;
    *problem = all;
    char count[24];
    snprintf(count, sizeof count, "%zu", all.fault_count + all.faults_dropped);
    return fail(
        problem, CONFLICT,
        MESSAGE(
            "check_findings",
            "The data folder is not sound: {0} findings. Keep a copy of it as it is, and restore the last good backup.",
            "پوشهٔ داده سالم نیست: {0} یافته. از آن همین‌گونه که هست رونوشتی نگه دارید و آخرین پشتیبان سالم را بازگردانید."),
        ARGS(str_of(count)));
}

enum status check_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    enum status status = house_check(house, problem);
    if (status) return status;
    uint64_t rows = 0, total = 0;
    if ((status = events_count(house->events, &rows, &total, problem))) return status;
    directory_lock(house->directory);
    size_t accounts = directory_size(house->directory);
    directory_unlock(house->directory);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_put_bool(&w, "sound", true);
    json_put_int(&w, "accounts", (int64_t)accounts);
    json_put_int(&w, "event_rows", (int64_t)rows);
    json_put_int(&w, "events", (int64_t)total);
    json_put_int(&w, "journal_end", (int64_t)journal_end(house->journal));
    json_end_object(&w);
    return OK;
}
