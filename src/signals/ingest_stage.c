#include "signals/ingest_internal.h"

#include <stdio.h>
#include <xxhash.h>

day_t ingest_day(struct ingest *ingest, instant_t at) {
    if (at < ingest->day_from || at >= ingest->day_to) {
        ingest->day = zone_day(ingest->zone, at);
        ingest->day_from = zone_start(ingest->zone, ingest->day);
        ingest->day_to = zone_start(ingest->zone, ingest->day + 1);
    }
    return ingest->day;
}

struct str number_key(char *room, size_t size, uint32_t source, struct str key) {
    char digits[12];
    size_t n = 0, at = 0;
    do
        digits[n++] = (char)('0' + source % 10);
    while (source /= 10);
    if (n + 1 + key.n > size) return (struct str){0}; /* longer than the rules allow: found nowhere */
    while (n)
        room[at++] = digits[--n];
    room[at++] = 0;
    memcpy(room + at, key.p, key.n);
    return (struct str){room, at + key.n};
}

static void reject(struct ingest *ingest, struct source *source, const struct frame_head *head,
                   enum track_reason reason, const struct str args[2], struct str raw) {
    struct batch *batch = &ingest->batch;
    ingest->figures.rejected++;
    if (batch->records_done) return;
    VEC_PUSH(&batch->rejected,
             rejected_make(source->name, head->flags & FRAME_BROWSER, (enum track_type)head->type,
                           head->received, reason, args, raw, &batch->arena));
}

static void effect(struct ingest *ingest, struct effect effect) {
    if (!ingest->batch.records_done) VEC_PUSH(&ingest->batch.effects, effect);
}

/* The number of a key in its dictionary, 0 when it is new. */
static uint32_t find_number(struct ingest *ingest, struct source *source, enum event_dictionary dictionary,
                            struct str key, struct event_key hash) {
    char room[NUMBER_KEY];
    uint32_t number = number_get(&ingest->numbers, hash);
    if (number || !source->number) return number;
    struct str full =
        dictionary == DICTIONARY_NAME ? key : number_key(room, sizeof room, source->number, key);
    number = events_find(ingest->house->events, dictionary, full);
    if (number) number_put(&ingest->numbers, hash, number);
    return number;
}

/* Whether events of this account key can be taken: it is known, or this batch makes it. The directory is
 * locked. */
static enum track_reason admit_account(struct ingest *ingest, struct source *source, struct str key,
                                       uint32_t number, instant_t occurred, bool browser,
                                       struct str args[2]) {
    struct batch *batch = &ingest->batch;
    const struct directory *directory = ingest->house->directory;
    if (!key.n) return TRACK_OK;
    uint32_t index = number && directory_is_bound(directory, DIRECTORY_ACCOUNT, number)
                         ? directory_account_of_number(directory, number)
                         : directory_by_key(directory, source->name, key);
    if (index != ACCOUNT_NONE) return TRACK_OK;
    struct str name = str_format(&batch->arena, "%.*s%c%.*s", STR_ARG(source->name), 0, STR_ARG(key));
    uint32_t made = dict_find(&batch->accounts, name);
    if (made != DICT_NONE) {
        if (!batch->records_done && batch->effects.v[batch->account_effects.v[made]].occurred > occurred)
            batch->effects.v[batch->account_effects.v[made]].occurred = occurred;
        return TRACK_OK;
    }
    if (!source->creates) {
        args[0] = key;
        args[1] = source->name;
        return REASON_UNKNOWN_ACCOUNT;
    }
    if (browser) {
        day_t today = ingest_day(ingest, clock_now(ingest->house->clock));
        if (today != ingest->browser_day) {
            ingest->browser_day = today;
            ingest->browser_made = 0;
        }
        if (ingest->browser_made + batch->browser_made >= ingest->browser_accounts_max) {
            args[0] = key;
            args[1] = str_format(&batch->arena, "%lld", (long long)ingest->browser_accounts_max);
            return REASON_BROWSER_ACCOUNTS;
        }
        batch->browser_made++;
    }
    dict_put(&batch->accounts, name, 0);
    VEC_PUSH(&batch->account_effects, batch->effects.n);
    effect(ingest, (struct effect){.kind = EFFECT_ACCOUNT,
                                   .source = source,
                                   .account = key,
                                   .occurred = occurred,
                                   .browser = browser});
    return TRACK_OK;
}

static void heard(struct ingest *ingest, struct source *source, instant_t occurred, instant_t received) {
    day_t day = ingest_day(ingest, occurred);
    if (source_heard(source, day) && !ingest->batch.records_done)
        VEC_PUSH(&ingest->batch.days, (struct source_day){source, day, received});
}

static struct event_key message_key(struct source *source, const struct frame_head *head,
                                    const struct track_call *call, journal_offset at, size_t index) {
    struct {
        uint64_t at, index;
        uint8_t seed[16];
    } own = {at, index, {0}};
    const void *p = call->message_id.p;
    size_t n = call->message_id.n;
    XXH64_hash_t seed = XXH3_64bits(source->name.p, source->name.n);
    if (!n) { /* made by us from its place in the journal, so that replaying the journal makes the same */
        if (head->flags & FRAME_REPLAY) own.at = own.index = UINT64_MAX;
        memcpy(own.seed, head->seed, sizeof own.seed);
        p = &own;
        n = sizeof own;
        seed = ~seed;
    }
    XXH128_hash_t hash = XXH3_128bits_withSeed(p, n, seed);
    return (struct event_key){hash.high64, hash.low64};
}

/* What identify, group and alias do to the records. */
static void stage_identity(struct ingest *ingest, struct source *source, const struct frame_head *head,
                           const struct track_call *call, struct str raw) {
    struct effect base = {.source = source,
                          .account = call->account,
                          .user = call->user,
                          .occurred = call->occurred,
                          .received = head->received,
                          .browser = head->flags & FRAME_BROWSER,
                          .type = call->type,
                          .raw = raw};
    struct effect next = base;
    switch (call->type) {
    case TRACK_IDENTIFY:
        next.kind = EFFECT_PERSON;
        next.traits = call->traits;
        effect(ingest, next);
        if (call->anonymous_id.n) {
            next.kind = EFFECT_LINK;
            next.other = call->anonymous_id;
            next.gentle = true; /* a shared browser must not make one person of two */
            effect(ingest, next);
        }
        break;
    case TRACK_GROUP:
        if (call->traits.n) {
            next.kind = EFFECT_TRAITS;
            next.traits = call->traits;
            effect(ingest, next);
        }
        break;
    case TRACK_ALIAS:
        next.kind = EFFECT_LINK;
        next.other = call->previous;
        effect(ingest, next);
        break;
    default:
        break;
    }
    if (call->account.n && call->user.n && call->type != TRACK_ALIAS) {
        next = base;
        next.kind = EFFECT_MEMBER;
        effect(ingest, next);
    }
}

static void prepare(struct ingest *ingest, const struct source *source, const struct frame_head *head,
                    const struct track_event *event, struct prepared *p) {
    struct track_call *call = &p->call;
    p->args[0] = p->args[1] = (struct str){0};
    p->reason = track_accept(event, head->received, &ingest->batch.arena, call, p->args);
    if (p->reason == REASON_TOO_LARGE)
        p->args[1] = str_format(&ingest->batch.arena, "%zu", ingest->limits.event_bytes);
    if (p->reason) return;
    p->hash[KEY_ACCOUNT] = number_hash(source->seed, DICTIONARY_ACCOUNT, call->account);
    p->hash[KEY_USER] = number_hash(source->seed, DICTIONARY_USER, call->user);
    p->hash[KEY_NAME] = number_hash(0, DICTIONARY_NAME, call->name);
    for (int k = 0; k < STAGED_KEYS; k++)
        number_prefetch(&ingest->numbers, p->hash[k]);
}

/* Numbers that are known; the others are made when it is written. */
static void find_numbers(struct ingest *ingest, struct staged_event *staged) {
    struct event *event = &staged->event;
    if (staged->key[KEY_USER].n)
        event->user = find_number(ingest, staged->source, DICTIONARY_USER, staged->key[KEY_USER],
                                  staged->hash[KEY_USER]);
    event->name =
        find_number(ingest, staged->source, DICTIONARY_NAME, staged->key[KEY_NAME], staged->hash[KEY_NAME]);
}

static void stage_event(struct ingest *ingest, struct source *source, const struct frame_head *head,
                        const struct track_event *event, struct prepared *p, journal_offset at) {
    struct batch *batch = &ingest->batch;
    struct track_call *call = &p->call;
    bool browser = head->flags & FRAME_BROWSER;
    uint32_t account = 0;
    if (!p->reason && call->account.n) {
        account = find_number(ingest, source, DICTIONARY_ACCOUNT, call->account, p->hash[KEY_ACCOUNT]);
        p->reason = admit_account(ingest, source, call->account, account, call->occurred, browser, p->args);
    }
    if (p->reason) {
        reject(ingest, source, head, p->reason, p->args, event->raw);
        return;
    }
    heard(ingest, source, call->occurred, head->received);
    if (call->type == TRACK_IDENTIFY || call->type == TRACK_GROUP || call->type == TRACK_ALIAS) {
        stage_identity(ingest, source, head, call, event->raw);
        return;
    }
    VEC_RESERVE(&batch->events, 1);
    struct staged_event *staged = &batch->events.v[batch->events.n++];
    *staged = (struct staged_event){
        .event = {.key = message_key(source, head, call, at, event->index),
                  .occurred = call->occurred,
                  .received = head->received,
                  .known_from = head->received,
                  .account = account,
                  .count = 1,
                  .flags = (call->anonymous ? EVENT_ANONYMOUS : 0) |
                           (call->time_corrected ? EVENT_TIME_CORRECTED : 0) | (browser ? EVENT_BROWSER : 0),
                  .properties = call->properties,
                  .message_id = call->message_id},
        .key = {call->account, call->user, call->name},
        .hash = {p->hash[0], p->hash[1], p->hash[2]},
        .source = source,
    };
    find_numbers(ingest, staged);
}

/* The frame's events, from the first on: what is known leaves the batch. */
static void drop_known(struct ingest *ingest, size_t first, instant_t received) {
    struct batch *batch = &ingest->batch;
    size_t n = batch->events.n - first, kept = first;
    if (!n) return;
    VEC_RESERVE(&batch->keys, n);
    VEC_RESERVE(&batch->key_days, n);
    VEC_RESERVE(&batch->seen, n);
    struct event_key *keys = batch->keys.v;
    day_t *days = batch->key_days.v;
    bool *seen = batch->seen.v;
    for (size_t i = 0; i < n; i++) {
        keys[i] = batch->events.v[first + i].event.key;
        days[i] = (day_t)(received / DEDUPE_DAY_MS);
    }
    dedupe_check(ingest->dedupe, keys, days, n, seen);
    for (size_t i = 0; i < n; i++) {
        if (seen[i])
            ingest->figures.duplicates++;
        else
            batch->events.v[kept++] = batch->events.v[first + i];
    }
    batch->events.n = kept;
}

static void stage_import(struct ingest *ingest, struct str bytes) {
    struct batch *batch = &ingest->batch;
    struct import_frame frame;
    struct import_row row;
    struct frame_head head = {.kind = FRAME_IMPORT, .type = TRACK_BATCH};
    struct str args[2] = {STR("import"), {0}};
    bool end = false, good = import_frame_open(bytes, &frame);
    struct source *source =
        sources_get(ingest->sources, good ? frame.source : STR("import"), clock_now(ingest->house->clock));
    if (good) {
        head.received = frame.received;
        batch->import = frame.import;
    }
    while (good && (good = import_frame_next(&frame, &row, &end)) && !end) {
        args[0] = args[1] = (struct str){0};
        struct staged_event staged = {
            .event = {.key = row.key,
                      .occurred = row.occurred,
                      .received = frame.received,
                      .known_from = row.known_from,
                      .count = row.count,
                      .flags = EVENT_IMPORTED | (row.known_assumed ? EVENT_KNOWN_ASSUMED : 0),
                      .properties = row.properties},
            .key = {row.account, row.user, row.name},
            .hash = {number_hash(source->seed, DICTIONARY_ACCOUNT, row.account),
                     number_hash(source->seed, DICTIONARY_USER, row.user),
                     number_hash(0, DICTIONARY_NAME, row.name)},
            .source = source,
        };
        if (row.account.n)
            staged.event.account =
                find_number(ingest, source, DICTIONARY_ACCOUNT, row.account, staged.hash[KEY_ACCOUNT]);
        enum track_reason reason =
            admit_account(ingest, source, row.account, staged.event.account, row.occurred, false, args);
        if (reason) { /* the importer checks this first; the account can only have gone in between */
            reject(ingest, source, &head, reason, args, row.name);
            continue;
        }
        heard(ingest, source, row.occurred, frame.received);
        find_numbers(ingest, &staged);
        VEC_PUSH(&batch->events, staged);
    }
    if (!good) reject(ingest, source, &head, REASON_BODY, args, (struct str){0});
}

static void stage_undo(struct ingest *ingest, struct str bytes) {
    struct batch *batch = &ingest->batch;
    struct str rows;
    struct import_undone row;
    (void)import_frame_owner(bytes, &batch->import);
    if (!undo_frame_open(bytes, &rows))
        return; /* ours alone write such frames: the check finds a damaged one */
    for (size_t at = 0; at < rows.n; at += sizeof row) {
        memcpy(&row, rows.p + at, sizeof row);
        VEC_PUSH(&batch->undone, row);
    }
}

/* Room for a frame's bytes: the reader's memory ends with the next frame. */
static char *frame_room(struct batch *batch, size_t size) {
    enum { FRAME_CHUNK = 4 << 20 };
    while (batch->chunk < batch->chunks.n && batch->chunks.v[batch->chunk].n - batch->chunk_used < size) {
        batch->chunk++;
        batch->chunk_used = 0;
    }
    if (batch->chunk == batch->chunks.n) {
        size_t most = size > FRAME_CHUNK ? size : FRAME_CHUNK;
        VEC_PUSH(&batch->chunks, (struct str){memory_new(most), most});
    }
    char *room = (char *)batch->chunks.v[batch->chunk].p + batch->chunk_used;
    batch->chunk_used += size;
    return room;
}

static void stage_track(struct ingest *ingest, struct source *source, const struct frame_head *head,
                        struct str packed, journal_offset at) {
    struct batch *batch = &ingest->batch;
    struct problem problem = {.arena = &batch->arena};
    struct track_batch parsed;
    struct buf why = {0};
    size_t size = frame_body_size(head, packed);
    char *room = size == SIZE_MAX ? NULL : frame_room(batch, size);
    struct str body = {room, room ? size : 0};
    batch->bytes += body.n;
    bool good = room && frame_unpack(&ingest->unpacker, head, packed, room, size);
    if (!good) buf_put_c(&why, "the frame cannot be unpacked");
    if (good && track_parse(ingest->parser, body, (enum track_type)head->type, ingest->limits, &batch->arena,
                            &parsed, &problem)) {
        fault_print(&problem.main, ENGLISH, &why);
        good = false;
    }
    if (!good) {
        struct str args[2] = {str_copy(&batch->arena, buf_str(&why)), {0}};
        reject(ingest, source, head, REASON_BODY, args, body);
        buf_free(&why);
        return;
    }
    size_t first = batch->events.n;
    VEC_RESERVE(&batch->prepared, parsed.n);
    struct prepared *prepared = batch->prepared.v;
    for (size_t i = 0; i < parsed.n; i++)
        prepare(ingest, source, head, &parsed.events[i], &prepared[i]);
    directory_lock(ingest->house->directory);
    for (size_t i = 0; i < parsed.n; i++)
        stage_event(ingest, source, head, &parsed.events[i], &prepared[i], at);
    directory_unlock(ingest->house->directory);
    drop_known(ingest, first, head->received);
}

void stage_frame(struct ingest *ingest, struct str bytes, journal_offset at) {
    struct batch *batch = &ingest->batch;
    struct frame_head head;
    struct str name, body;
    batch->frames++;
    ingest->figures.frames++;
    if (frame_open(bytes, &head, &name, &body) && head.kind == FRAME_TRACK) {
        stage_track(ingest, sources_get(ingest->sources, name, head.received), &head, body, at);
        return;
    }
    if (head.kind == FRAME_UNDO && head.version == FRAME_VERSION) {
        stage_undo(ingest, bytes);
        return;
    }
    char *room = frame_room(batch, bytes.n);
    memcpy(room, bytes.p, bytes.n);
    batch->bytes += bytes.n;
    directory_lock(ingest->house->directory);
    stage_import(ingest, (struct str){room, bytes.n});
    directory_unlock(ingest->house->directory);
}
