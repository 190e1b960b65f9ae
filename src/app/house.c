#include "app/house.h"

#include "app/backup.h"
#include "app/router.h"
#include "app/stream.h"
#include "base/calendar.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "customers/people.h"
#include "exchange/import.h"
#include "insight/board.h"
#include "insight/health_live.h"
#include "insight/segment.h"
#include "insight/milestone.h"
#include "insight/odds.h"
#include "insight/score_memory.h"
#include "predict/model.h"
#include "predict/model_shelf.h"
#include "predict/forecast.h"
#include "platform/events.h"
#include "platform/folder.h"
#include "platform/journal.h"
#include "platform/notices.h"
#include "platform/records.h"
#include "platform/secure.h"
#include "platform/settings.h"
#include "platform/worker.h"
#include "signals/ingest.h"
#include "signals/usage.h"

#include <stdio.h>
#include <stdlib.h>

struct home {
    struct house house; /* first: a house is a home's */
    struct folder *lock;
    char *path;
    bool create;
    size_t opened; /* how many steps */
};

static enum status open_folder(struct home *home, struct problem *problem) {
    return home->create ? folder_create(home->path, &home->lock, problem)
                        : folder_open(home->path, &home->lock, problem);
}
static void close_folder(struct home *home) {
    folder_close(home->lock);
}
static enum status open_records(struct home *home, struct problem *problem) {
    return records_open(home->path, home->create, &home->house.records, problem);
}
static void close_records(struct home *home) {
    records_close(home->house.records);
}
static enum status open_secure(struct home *home, struct problem *problem) {
    return secure_open(home->path, home->create, &home->house.secure, problem);
}
static void close_secure(struct home *home) {
    secure_close(home->house.secure);
}
static enum status open_settings(struct home *home, struct problem *problem) {
    return settings_open(home->house.records, &home->house.settings, problem);
}
static void close_settings(struct home *home) {
    settings_close(home->house.settings);
}
static enum status open_zone(struct home *home, struct problem *problem) {
    struct str name = settings_text(home->house.settings, SETTING_ORGANISATION_TIME_ZONE, problem->arena);
    return zone_open(name, &home->house.zone, problem);
}
static void close_zone(struct home *home) {
    zone_close(home->house.zone);
}
static enum status open_notices(struct home *home, struct problem *problem) {
    (void)problem;
    home->house.notices = notices_new();
    return OK;
}
static void close_notices(struct home *home) {
    notices_free(home->house.notices);
}
static enum status open_stream(struct home *home, struct problem *problem) {
    return stream_open(&home->house, problem);
}
static void close_stream(struct home *home) {
    stream_close(&home->house);
}
static enum status open_people(struct home *home, struct problem *problem) {
    return people_open(home->house.records, &home->house.people, problem);
}
static void close_people(struct home *home) {
    people_close(home->house.people);
}
static enum status open_directory(struct home *home, struct problem *problem) {
    home->house.directory = directory_new();
    struct settings *settings = home->house.settings;
    directory_set_internal(home->house.directory,
                           settings_text(settings, SETTING_IDENTITY_INTERNAL_DOMAINS, problem->arena),
                           settings_text(settings, SETTING_IDENTITY_INTERNAL_ADDRESSES, problem->arena));
    enum status status = directory_load(home->house.directory, home->house.records, problem);
    if (status) directory_free(home->house.directory);
    return status;
}
static void close_directory(struct home *home) {
    directory_free(home->house.directory);
}
static enum status open_events(struct home *home, struct problem *problem) {
    size_t memory = (size_t)settings_int(home->house.settings, SETTING_EVENTS_MEMORY_MB);
    return events_open(home->path, home->create, memory, &home->house.events, problem);
}
static void close_events(struct home *home) {
    events_close(home->house.events);
}
static enum status open_journal(struct home *home, struct problem *problem) {
    struct settings *settings = home->house.settings;
    struct journal_options options = {
        .segment_bytes = (size_t)settings_int(settings, SETTING_JOURNAL_SEGMENT_BYTES),
        .spare_segments = (size_t)settings_int(settings, SETTING_JOURNAL_SPARE_SEGMENTS),
        .backlog_bytes = (uint64_t)settings_int(settings, SETTING_JOURNAL_BACKLOG_BYTES),
    };
    struct str path = str_format(problem->arena, "%s/journal", home->path);
    return journal_open(str_c(problem->arena, path), options, &home->house.journal, problem);
}
static void close_journal(struct home *home) {
    journal_close(home->house.journal);
}
static enum status open_usage(struct home *home, struct problem *problem) {
    (void)problem;
    home->house.usage = usage_new();
    return OK;
}
static void close_usage(struct home *home) {
    usage_free(home->house.usage);
}
static enum status open_insight(struct home *home, struct problem *problem) {
    struct house *house = &home->house;
    struct insight_parts parts = {
        .records = house->records,
        .directory = house->directory,
        .usage = house->usage,
        .zone = house->zone,
        .clock = house->clock,
        .events = house->events,
        .properties = ingest_properties(house->ingest),
        .ingest = house->ingest,
        .settings = house->settings,
    };
    struct str currency = settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, problem->arena);
    memcpy(parts.base_currency, currency.p, currency.n < 3 ? currency.n : 3);
    house->insight = insight_new(&parts);
    enum status status = insight_load(house->insight, problem);
    if (!status) status = scorecards_install(house, problem);
    if (!status) status = segments_install(house, currency, problem);
    if (status) insight_free(house->insight);
    return status;
}
static void close_insight(struct home *home) {
    insight_free(home->house.insight);
}
static enum status open_ingest(struct home *home, struct problem *problem) {
    return ingest_start(&home->house, NULL, &home->house.ingest, problem);
}
static void close_ingest(struct home *home) {
    ingest_stop(home->house.ingest);
}
static enum status open_health(struct home *home, struct problem *problem) {
    return health_live_start(&home->house, &home->house.health, problem);
}
static void close_health(struct home *home) {
    health_live_stop(home->house.health);
}
static enum status open_board(struct home *home, struct problem *problem) {
    return board_start(&home->house, &home->house.board, problem);
}
static void close_board(struct home *home) {
    board_stop(home->house.board);
}
static enum status open_past_scores(struct home *home, struct problem *problem) {
    (void)problem;
    home->house.past_scores = score_memory_new(&home->house);
    return OK;
}
static void close_past_scores(struct home *home) {
    score_memory_free(home->house.past_scores);
}
static enum status open_milestones(struct home *home, struct problem *problem) {
    return milestone_keeper_start(&home->house, &home->house.milestones, problem);
}
static void close_milestones(struct home *home) {
    worker_stop(home->house.milestones);
}
static enum status open_odds(struct home *home, struct problem *problem) {
    return odds_start(&home->house, &home->house.odds, problem);
}
static void close_odds(struct home *home) {
    odds_stop(home->house.odds);
}
static enum status open_models(struct home *home, struct problem *problem) {
    home->house.model_shelf = model_shelf_new();
    enum status status = model_keeper_start(&home->house, &home->house.models, problem);
    if (status) model_shelf_free(home->house.model_shelf);
    return status;
}
static void close_models(struct home *home) {
    model_keeper_stop(home->house.models);
    model_shelf_free(home->house.model_shelf);
}
static enum status open_forecast(struct home *home, struct problem *problem) {
    return forecast_recorder_start(&home->house, &home->house.forecast, problem);
}
static void close_forecast(struct home *home) {
    forecast_recorder_stop(home->house.forecast);
}
static enum status open_importer(struct home *home, struct problem *problem) {
    return importer_start(&home->house, &home->house.importer, problem);
}
static void close_importer(struct home *home) {
    importer_stop(home->house.importer);
}
static enum status open_backups(struct home *home, struct problem *problem) {
    (void)problem;
    home->house.backups = backup_worker_new(&home->house);
    return OK;
}
static void close_backups(struct home *home) {
    backup_worker_free(home->house.backups);
}
static enum status open_router(struct home *home, struct problem *problem) {
    (void)problem;
    struct settings *settings = home->house.settings;
    struct router_limits limits = {
        .api_body = (uint64_t)settings_int(settings, SETTING_HTTP_API_BODY_BYTES),
        .ingest_body = (uint64_t)settings_int(settings, SETTING_INGEST_MAX_BODY_BYTES),
        .ingest_inflated = (uint64_t)settings_int(settings, SETTING_INGEST_MAX_INFLATED_BYTES),
        .import_body = (uint64_t)settings_int(settings, SETTING_IMPORT_MAX_BYTES),
    };
    home->house.router = router_new(&home->house, route_table, route_count, limits);
    return OK;
}
static void close_router(struct home *home) {
    router_free(home->house.router);
}

/* In the order of opening; closing goes backwards. A step may use all before it. */
static const struct {
    enum status (*open)(struct home *home, struct problem *problem);
    void (*close)(struct home *home);
} steps[] = {
    {open_folder, close_folder},
    {open_records, close_records},
    {open_secure, close_secure},
    {open_settings, close_settings},
    {open_zone, close_zone},
    {open_notices, close_notices},
    {open_stream, close_stream},
    {open_people, close_people},
    {open_directory, close_directory},
    {open_events, close_events},
    {open_journal, close_journal},
    {open_usage, close_usage},
    {open_ingest, close_ingest},
    {open_insight, close_insight},
    {open_health, close_health},
    {open_board, close_board},
    {open_past_scores, close_past_scores},
    {open_milestones, close_milestones},
    {open_odds, close_odds},
    {open_models, close_models},
    {open_forecast, close_forecast},
    {open_importer, close_importer},
    {open_backups, close_backups},
    {open_router, close_router},
};

enum status house_open(const char *folder, bool create, struct clock clock, const struct log *log,
                       struct house **ret, struct problem *problem) {
    struct home *home = memory_new(sizeof *home);
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    home->path = memory_new(n + 1);
    memcpy(home->path, folder, n);
    home->create = create;
    home->house.folder = home->path;
    home->house.clock = clock;
    home->house.started = clock_now(clock);
    home->house.log = log;
    for (; home->opened < COUNT(steps); home->opened++) {
        enum status status = steps[home->opened].open(home, problem);
        if (!status) continue;
        house_close(&home->house);
        return status;
    }
    *ret = &home->house;
    return OK;
}

void house_close(struct house *house) {
    if (!house) return;
    struct home *home = (struct home *)house;
    while (home->opened)
        steps[--home->opened].close(home);
    free(home->path);
    free(home);
}

enum language house_language(const struct house *house) {
    return (enum language)settings_choice(house->settings, SETTING_ORGANISATION_LANGUAGE);
}
