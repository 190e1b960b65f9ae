#include "signals/ingest_internal.h"
#include "base/log.h"
#include "platform/settings.h"
#include "queries.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    IDLE_MS = 200,          /* how long the applier waits for a frame before it looks around */
    BATCH_BYTES = 48 << 20, /* of frames in one batch */
    RETRY_SECONDS = 1,      /* after a store refused */
    REPEAT_MS = 60000,      /* and how often the log says so */
    CHECKPOINT_EVENTS = 2000000,
    APPLIER_NICE = 10, /* a burst is absorbed by the journal; answering comes first */
};

/* ---- the applier ---- */

static void batch_clear(struct batch *batch) {
    arena_reset(&batch->arena);
    batch->events.n = batch->effects.n = batch->rejected.n = batch->days.n = batch->recounted.n = 0;
    batch->moved_accounts.n = batch->moved_persons.n = batch->moved_users.n = batch->account_effects.n = 0;
    batch->changed_accounts.n = batch->changed_people.n = 0;
    if (batch->accounts.n) {
        dict_free(&batch->accounts);
        batch->accounts = (struct dict){0};
    }
    batch->undone.n = 0;
    batch->browser_made = 0;
    batch->chunk = batch->chunk_used = 0;
    batch->frames = batch->bytes = 0;
    batch->import = (struct id){0};
    batch->made_numbers = batch->records_done = batch->records_committed = batch->reload = false;
}

static void batch_free(struct batch *batch) {
    batch_clear(batch);
    arena_free(&batch->arena);
    for (size_t i = 0; i < batch->chunks.n; i++)
        free((char *)batch->chunks.v[i].p);
    VEC_FREE(&batch->chunks);
    VEC_FREE(&batch->prepared);
    VEC_FREE(&batch->keys);
    VEC_FREE(&batch->key_days);
    VEC_FREE(&batch->seen);
    VEC_FREE(&batch->events);
    VEC_FREE(&batch->effects);
    VEC_FREE(&batch->rejected);
    VEC_FREE(&batch->days);
    VEC_FREE(&batch->usage);
    VEC_FREE(&batch->recounted);
    VEC_FREE(&batch->moved_accounts);
    VEC_FREE(&batch->moved_persons);
    VEC_FREE(&batch->moved_users);
    VEC_FREE(&batch->changed_accounts);
    VEC_FREE(&batch->changed_people);
    VEC_FREE(&batch->account_effects);
    VEC_FREE(&batch->undone);
    free(batch->block);
}

/* Whether a frame has to wait for the next batch: the records have seen it before or not, but a batch is one
 * or the other; and imported rows are compared with what is committed, so that two imports never share one.
 */
static bool fits(struct ingest *ingest, struct str bytes, journal_offset at) {
    struct batch *batch = &ingest->batch;
    struct id owner;
    if (!batch->frames) {
        batch->records_done = at < ingest->records_reached;
        return true;
    }
    if (batch->records_done != (at < ingest->records_reached)) return false;
    return !import_frame_owner(bytes, &owner) || id_is_none(batch->import) || id_equal(owner, batch->import);
}

/* Fills the batch with what is there. NOT_FOUND: nothing came. */
static enum status gather(struct ingest *ingest, int wait_ms, struct problem *problem) {
    struct batch *batch = &ingest->batch;
    batch_clear(batch);
    while (batch->events.n < ingest->apply_batch && batch->bytes < BATCH_BYTES) {
        if (!ingest->frame.p) {
            enum status status = journal_next(ingest->reader, batch->frames ? 0 : wait_ms, &ingest->frame,
                                              &ingest->frame_at, &ingest->frame_after, problem);
            if (status == NOT_FOUND || (status && batch->frames)) break; /* what is staged is applied first */
            if (status) return status;
        }
        if (!fits(ingest, ingest->frame, ingest->frame_at)) break;
        stage_frame(ingest, ingest->frame, ingest->frame_at);
        batch->after = ingest->frame_after;
        ingest->frame = (struct str){0};
    }
    return batch->frames ? OK : NOT_FOUND;
}

static void report(struct ingest *ingest, const char *doing, const struct problem *problem) {
    if (ingest->house->log) log_problem(ingest->house->log, doing, problem);
}

/* Of what goes on failing the log tells at first and then every minute. */
static void report_again(struct ingest *ingest, const char *doing, const struct problem *problem,
                         int64_t *said) {
    int64_t now = monotonic_ms();
    if (*said && now - *said <= REPEAT_MS) return;
    report(ingest, doing, problem);
    *said = now;
}

static bool stopping(struct ingest *ingest) {
    return __atomic_load_n(&ingest->stopping, __ATOMIC_ACQUIRE);
}

/* Until the next try, or until somebody stops the applier. */
static void rest(struct ingest *ingest) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RETRY_SECONDS;
    pthread_mutex_lock(&ingest->lock);
    if (!ingest->stopping) pthread_cond_timedwait(&ingest->changed, &ingest->lock, &until);
    pthread_mutex_unlock(&ingest->lock);
}

/* A store that refuses (a full disk) is asked again until it takes the batch: the journal holds the events
 * meanwhile, and the door says 429 when it is full. False: the applier ends. */
static bool insist(struct ingest *ingest, enum status (*step)(struct ingest *, struct problem *),
                   const char *what) {
    int64_t said = 0;
    for (;;) {
        struct problem problem = {.arena = &ingest->batch.arena};
        enum status status = step(ingest, &problem);
        if (!status) return true;
        if (ingest->options.fault || stopping(ingest)) return false;
        report_again(ingest, what, &problem, &said);
        rest(ingest);
    }
}

static bool apply_batch(struct ingest *ingest) {
    struct batch *batch = &ingest->batch;
    if (!insist(ingest, apply_records, "applying to the records")) return false;
    if (!insist(ingest, apply_events, "applying to the events")) return false;
    if (!insist(ingest, apply_usage, "applying to the usage")) return false;
    journal_release(ingest->house->journal, batch->after);
    pthread_mutex_lock(&ingest->lock);
    ingest->applied = batch->after;
    ingest->figures.events += batch->events.n;
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
    ingest->since_checkpoint += batch->events.n;
    ingest_tell(ingest);
    return true;
}

/* What others asked the applier for; waits while it is paused. */
static void attend(struct ingest *ingest) {
    pthread_mutex_lock(&ingest->lock);
    for (;;) {
        struct rebuild *rebuild = ingest->rebuild;
        if (rebuild && !rebuild->done) {
            pthread_mutex_unlock(&ingest->lock);
            struct arena arena = {0};
            struct problem problem = {.arena = &arena};
            enum status status = rebuild_usage(ingest, rebuild->accounts, rebuild->account_count,
                                               rebuild->persons, rebuild->person_count, &problem);
            arena_free(&arena);
            pthread_mutex_lock(&ingest->lock);
            rebuild->status = status;
            rebuild->done = true;
            pthread_cond_broadcast(&ingest->changed);
        }
        struct wanting *wanting = ingest->wanting; /* it writes to the store: not while that is copied */
        if (wanting && !wanting->done && !ingest->paused) {
            pthread_mutex_unlock(&ingest->lock);
            enum status status = properties_want(ingest, wanting, wanting->problem);
            pthread_mutex_lock(&ingest->lock);
            wanting->status = status;
            wanting->done = true;
            pthread_cond_broadcast(&ingest->changed);
            continue;
        }
        ingest->waiting = ingest->paused > 0;
        if (ingest->waiting) pthread_cond_broadcast(&ingest->changed);
        if (!ingest->paused || ingest->stopping) break;
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    }
    ingest->waiting = false;
    pthread_mutex_unlock(&ingest->lock);
}

/* A slice of the back-fill between two batches, so that neither waits long for the other. False: the applier
 * ends. */
static bool fill(struct ingest *ingest, int64_t *said) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    enum status status = properties_fill(ingest, &problem);
    if (!status)
        *said = 0;
    else if (!ingest->options.fault) {
        report_again(ingest, "back-filling event properties", &problem, said);
        rest(ingest);
    }
    arena_free(&arena);
    return !status || !ingest->options.fault;
}

/* Between two batches: every key that the window writes to a file then belongs to an event that is stored. */
static void checkpoint(struct ingest *ingest) {
    struct problem problem = {.arena = &ingest->batch.arena};
    if (dedupe_advance(ingest->dedupe, (day_t)(clock_now(ingest->house->clock) / DEDUPE_DAY_MS), &problem))
        report(ingest, "moving the deduplication window", &problem); /* still known; tried again next time */
    problem_clear(&problem);
    if (events_checkpoint(ingest->house->events, &problem))
        report(ingest, "compacting events", &problem); /* nothing is lost: the engine's own log stays */
    ingest->since_checkpoint = 0;
}

static void *apply(void *self) {
    struct ingest *ingest = self;
    int64_t unread_said = 0, unfilled_said = 0;
    pthread_setname_np(pthread_self(), "applier");
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid),
                APPLIER_NICE); /* of this thread; failing is no harm */
    while (!stopping(ingest)) {
        attend(ingest);
        if (stopping(ingest)) break;
        struct arena arena = {0};
        struct problem problem = {.arena = &arena};
        enum status status = gather(ingest, ingest->filling ? 0 : IDLE_MS, &problem);
        bool good = status != OK || apply_batch(ingest);
        if (status == OK || status == NOT_FOUND) {
            unread_said = 0;
        } else { /* what was acknowledged waits there; the door says 429 when the journal is full */
            report_again(ingest, "reading the journal", &problem, &unread_said);
            rest(ingest);
        }
        arena_free(&arena);
        if (good && ingest->filling) good = fill(ingest, &unfilled_said);
        if (!good) break;
        if (ingest->since_checkpoint >= CHECKPOINT_EVENTS ||
            (status == NOT_FOUND && ingest->since_checkpoint))
            checkpoint(ingest);
    }
    pthread_mutex_lock(&ingest->lock);
    ingest->ended = true;
    if (ingest->rebuild && !ingest->rebuild->done) {
        ingest->rebuild->status = UNAVAILABLE;
        ingest->rebuild->done = true;
    }
    if (ingest->wanting && !ingest->wanting->done) {
        ingest->wanting->status = UNAVAILABLE;
        ingest->wanting->done = true;
    }
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
    return NULL;
}

/* ---- start and stop ---- */

static enum status load_records(struct ingest *ingest, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(ingest->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = rows_open(session, &query_applied_get);
    if (rows_next(rows)) ingest->records_reached = (journal_offset)rows_int(rows, 0);
    status = rows_close(rows, problem);
    if (!status) status = sources_load(session, &ingest->sources, problem);
    if (!status) status = rejected_store_count(session, &ingest->rejected_rows, problem);
    ingest->browser_day = ingest_day(ingest, clock_now(ingest->house->clock));
    if (!status) {
        rows = rows_open(session, &query_browser_accounts_get);
        rows_bind_int(rows, "day", ingest->browser_day);
        if (rows_next(rows)) ingest->browser_made = rows_int(rows, 0);
        status = rows_close(rows, problem);
    }
    session_rollback(session);
    return status;
}

enum status ingest_start(struct house *house, const struct ingest_options *options, struct ingest **ret,
                         struct problem *problem) {
    struct ingest *ingest = memory_new(sizeof *ingest);
    struct settings *settings = house->settings;
    ingest->house = house;
    if (options) ingest->options = *options;
    ingest->zone = house->zone;
    ingest->apply_batch = (size_t)settings_int(settings, SETTING_INGEST_APPLY_BATCH);
    ingest->rejected_max = (size_t)settings_int(settings, SETTING_INGEST_REJECTED_KEEP);
    ingest->browser_accounts_max = settings_int(settings, SETTING_INGEST_BROWSER_ACCOUNTS);
    ingest->quota_max = (size_t)settings_int(settings, SETTING_INGEST_BROWSER_EVENTS);
    ingest->limits.events = (size_t)settings_int(settings, SETTING_INGEST_MAX_EVENTS);
    ingest->limits.event_bytes = (size_t)settings_int(settings, SETTING_INGEST_MAX_EVENT_BYTES);
    ingest->paused = ingest->options.paused;
    ingest->properties = properties_new();
    pthread_mutex_init(&ingest->lock, NULL);
    pthread_mutex_init(&ingest->door, NULL);
    pthread_cond_init(&ingest->changed, NULL);
    ingest->parser = track_parser_new();
    struct dedupe_options window = {.days = (int)settings_int(settings, SETTING_INGEST_DEDUPE_DAYS),
                                    .max_keys =
                                        (size_t)settings_int(settings, SETTING_INGEST_DEDUPE_MAX_KEYS)};
    enum status status =
        dedupe_open(house->folder, house->events, window, (day_t)(clock_now(house->clock) / DEDUPE_DAY_MS),
                    &ingest->dedupe, problem);
    if (!status) status = load_records(ingest, problem);
    if (!status) status = rebuild_start(ingest, problem);
    size_t promoted_n = 0;
    if (status) goto done;
    struct source *source;
    for (size_t i = 0; (source = sources_at(ingest->sources, i)); i++)
        source->number = events_find(house->events, DICTIONARY_SOURCE, source->name);
    struct promoted *promoted = events_promoted(house->events, problem->arena, &promoted_n);
    for (size_t i = 0; i < promoted_n; i++)
        ingest->filling |= promoted[i].behind > 0; /* what an earlier run left to do */
    ingest->applied = events_reached(house->events);
    if (ingest->applied > journal_end(house->journal) ||
        ingest->records_reached > journal_end(house->journal)) {
        /* New frames would get places that count as applied already: acknowledged and never seen. */
        status = fail(
            problem, INTERNAL,
            MESSAGE(
                "journal_behind",
                "The journal ends before what the stores have taken from it: it is damaged or of another "
                "folder. Restore the whole data folder from one backup.",
                "ژورنال پیش از جایی پایان می‌یابد که انباره‌ها از آن خوانده‌اند: آسیب دیده یا از پوشهٔ "
                "دیگری است. کل پوشهٔ داده را از یک نسخهٔ پشتیبان بازگردانید."),
            NO_ARGS);
        goto done;
    }
    journal_release(house->journal, ingest->applied);
    ingest->reader = journal_reader_open(house->journal, ingest->applied);
    int error = pthread_create(&ingest->thread, NULL, apply, ingest);
    if (error) status = fail_errno(problem, "start", "applier", error);
    ingest->started = !error;
done:
    if (status)
        ingest_stop(ingest);
    else
        *ret = ingest;
    return status;
}

void ingest_stop(struct ingest *ingest) {
    if (!ingest) return;
    pthread_mutex_lock(&ingest->lock);
    __atomic_store_n(&ingest->stopping, true, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
    if (ingest->started) pthread_join(ingest->thread, NULL);
    if (ingest->reader) journal_reader_close(ingest->reader);
    ingest_doors_free(ingest);
    track_parser_free(ingest->parser);
    frame_unpacker_free(&ingest->unpacker);
    batch_free(&ingest->batch);
    if (ingest->dedupe) dedupe_close(ingest->dedupe);
    sources_free(ingest->sources);
    free(ingest->unassigned);
    properties_free(ingest->properties);
    VEC_FREE(&ingest->taken);
    arena_free(&ingest->property_arena);
    number_cache_free(&ingest->numbers);
    free(ingest->quota_used);
    dict_free(&ingest->quota_names);
    pthread_cond_destroy(&ingest->changed);
    pthread_mutex_destroy(&ingest->lock);
    pthread_mutex_destroy(&ingest->door);
    free(ingest);
}

/* ---- waiting ---- */

static struct timespec deadline(int timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

enum status ingest_wait_applied(struct ingest *ingest, journal_offset offset, int timeout_ms) {
    struct timespec until = deadline(timeout_ms < 0 ? 0 : timeout_ms);
    enum status status = OK;
    pthread_mutex_lock(&ingest->lock);
    while (ingest->applied < offset && !ingest->ended && !status) {
        if (timeout_ms < 0)
            pthread_cond_wait(&ingest->changed, &ingest->lock);
        else if (pthread_cond_timedwait(&ingest->changed, &ingest->lock, &until) == ETIMEDOUT)
            status = UNAVAILABLE;
    }
    status = ingest->applied >= offset ? OK : UNAVAILABLE;
    pthread_mutex_unlock(&ingest->lock);
    return status;
}

enum status ingest_wait_all(struct ingest *ingest, int timeout_ms) {
    return ingest_wait_applied(ingest, journal_end(ingest->house->journal), timeout_ms);
}

enum status ingest_rebuild(struct ingest *ingest, const uint32_t *accounts, size_t account_count,
                           const uint32_t *persons, size_t person_count) {
    struct rebuild rebuild = {accounts, persons, account_count, person_count, false, OK};
    pthread_mutex_lock(&ingest->lock);
    while (ingest->rebuild && !ingest->ended)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    if (ingest->ended) {
        pthread_mutex_unlock(&ingest->lock);
        return UNAVAILABLE;
    }
    ingest->rebuild = &rebuild;
    pthread_cond_broadcast(&ingest->changed);
    while (!rebuild.done)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    ingest->rebuild = NULL;
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
    return rebuild.status;
}

/* Whether the series are of these uses, ready or not. What an earlier run promoted counts until it is known
 * what is wanted. */
static bool are_wanted(struct ingest *ingest, const struct property_use *uses, size_t n) {
    const struct properties *properties = ingest->properties;
    struct arena arena = {0};
    size_t promoted;
    (void)events_promoted(ingest->house->events, &arena, &promoted);
    arena_free(&arena);
    usage_read_lock(ingest->house->usage);
    bool same = (ingest->wanted || !promoted) && properties->series.n == n;
    for (size_t i = 0; same && i < n; i++) {
        same = false;
        for (size_t k = 0; k < n && !same; k++)
            same = str_equal(properties->series.v[k]->use.key, uses[i].key);
    }
    usage_unlock(ingest->house->usage);
    return same;
}

enum status ingest_want_properties(struct ingest *ingest, const struct property_use *uses, size_t n,
                                   struct problem *problem) {
    if (are_wanted(ingest, uses, n)) return OK;
    struct wanting wanting = {.uses = uses, .n = n, .problem = problem};
    pthread_mutex_lock(&ingest->lock);
    while (ingest->wanting && !ingest->ended)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    if (ingest->ended) {
        pthread_mutex_unlock(&ingest->lock);
        return fail(
            problem, UNAVAILABLE,
            MESSAGE(
                "applier_ended", "Events are not being applied; the log says why.",
                "رویدادها اعمال نمی‌شوند؛ علت آن در گزارش سرور آمده است."),
            NO_ARGS);
    }
    ingest->wanting = &wanting;
    pthread_cond_broadcast(&ingest->changed);
    while (!wanting.done)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    ingest->wanting = NULL;
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
    return wanting.status;
}

struct properties *ingest_properties(struct ingest *ingest) {
    return ingest->properties;
}

void ingest_pause(struct ingest *ingest) {
    pthread_mutex_lock(&ingest->lock);
    ingest->paused++;
    while (!ingest->waiting && !ingest->ended)
        pthread_cond_wait(&ingest->changed, &ingest->lock);
    pthread_mutex_unlock(&ingest->lock);
}

void ingest_resume(struct ingest *ingest) {
    pthread_mutex_lock(&ingest->lock);
    if (ingest->paused) ingest->paused--;
    pthread_cond_broadcast(&ingest->changed);
    pthread_mutex_unlock(&ingest->lock);
}

struct ingest_figures ingest_figures(struct ingest *ingest) {
    pthread_mutex_lock(&ingest->lock);
    struct ingest_figures figures = ingest->figures;
    pthread_mutex_unlock(&ingest->lock);
    figures.unassigned = __atomic_load_n(&ingest->unassigned_total, __ATOMIC_RELAXED);
    figures.dedupe_keys = dedupe_size(ingest->dedupe);
    figures.dedupe_from = dedupe_window_start(ingest->dedupe);
    figures.backlog = journal_backlog(ingest->house->journal);
    return figures;
}
