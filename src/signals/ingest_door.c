/* The door: what the threads that receive do before the journal. */
#include "signals/ingest_internal.h"

/* What a thread at the door works with; kept between requests. */
struct door {
    struct track_parser *parser;
    struct frame_packer packer;
};

static struct door *door_take(struct ingest *ingest) {
    struct door *door = NULL;
    pthread_mutex_lock(&ingest->door);
    if (ingest->door_count) door = ingest->doors[--ingest->door_count];
    pthread_mutex_unlock(&ingest->door);
    if (door) return door;
    door = memory_new(sizeof *door);
    door->parser = track_parser_new();
    return door;
}

static void door_free(struct door *door) {
    track_parser_free(door->parser);
    frame_packer_free(&door->packer);
    free(door);
}

static void door_give(struct ingest *ingest, struct door *door) {
    pthread_mutex_lock(&ingest->door);
    if (ingest->door_count < COUNT(ingest->doors)) {
        ingest->doors[ingest->door_count++] = door;
        door = NULL;
    }
    pthread_mutex_unlock(&ingest->door);
    if (door) door_free(door);
}

void ingest_doors_free(struct ingest *ingest) {
    while (ingest->door_count)
        door_free(ingest->doors[--ingest->door_count]);
}

enum status ingest_check(struct ingest *ingest, struct str body, enum track_type type,
                         struct track_shape *shape, struct problem *problem) {
    struct door *door = door_take(ingest);
    enum status status = track_check(door->parser, body, type, ingest->limits, shape, problem);
    door_give(ingest, door);
    return status;
}

static struct frame_head head_of(struct ingest_origin origin, enum track_type type, instant_t received) {
    return (struct frame_head){.kind = FRAME_TRACK,
                               .version = FRAME_VERSION,
                               .type = (uint8_t)type,
                               .flags = origin.browser ? FRAME_BROWSER : 0,
                               .source_length = (uint16_t)origin.source.n,
                               .received = received};
}

/* The journal copies the parts before it returns; done NULL: waits until they are durable. */
static enum status append(struct ingest *ingest, struct frame_head head, struct str source, struct str body,
                          journal_done done, void *waiter) {
    struct door *door = door_take(ingest);
    frame_pack(&door->packer, &head, &body);
    struct str parts[] = {{(const char *)&head, sizeof head}, source, body};
    struct journal *journal = ingest->house->journal;
    enum status status = done ? journal_append(journal, parts, COUNT(parts), done, waiter)
                              : journal_append_wait(journal, parts, COUNT(parts));
    door_give(ingest, door);
    return status;
}

enum status ingest_append(struct ingest *ingest, struct ingest_origin origin, enum track_type type,
                          struct str body, journal_done done, void *waiter) {
    struct frame_head head = head_of(origin, type, clock_now(ingest->house->clock));
    return append(ingest, head, origin.source, body, done, waiter);
}

enum status ingest_append_wait(struct ingest *ingest, struct ingest_origin origin, enum track_type type,
                               struct str body) {
    struct frame_head head = head_of(origin, type, clock_now(ingest->house->clock));
    return append(ingest, head, origin.source, body, NULL, NULL);
}

enum status ingest_admit(struct ingest *ingest, struct ingest_origin origin, size_t events,
                         int *retry_after) {
    enum { MINUTE_MS = 60000 };
    if (!origin.browser) return OK;
    instant_t now = clock_now(ingest->house->clock);
    enum status status = OK;
    pthread_mutex_lock(&ingest->door);
    if (now / MINUTE_MS != ingest->quota_minute) { /* all begin anew */
        ingest->quota_minute = now / MINUTE_MS;
        for (size_t i = 0; i < ingest->quota_size; i++)
            ingest->quota_used[i] = 0;
    }
    uint32_t i = dict_put(&ingest->quota_names, origin.source, NULL);
    if (i >= ingest->quota_size) {
        size_t size = ingest->quota_size ? ingest->quota_size * 2 : 16;
        ingest->quota_used = memory_resize(ingest->quota_used, size * sizeof *ingest->quota_used);
        memset(ingest->quota_used + ingest->quota_size, 0,
               (size - ingest->quota_size) * sizeof *ingest->quota_used);
        ingest->quota_size = size;
    }
    if (ingest->quota_used[i] + events > ingest->quota_max) {
        status = LIMITED;
        *retry_after = (int)((MINUTE_MS - now % MINUTE_MS + 999) / 1000);
    } else {
        ingest->quota_used[i] += events;
    }
    pthread_mutex_unlock(&ingest->door);
    return status;
}

enum status ingest_replay(struct ingest *ingest, const struct rejected *rejected) {
    enum track_type type = TRACK_BATCH;
    for (int i = TRACK_TRACK; i < TRACK_BATCH; i++) {
        if (str_is(rejected->call_type, track_type_names[i])) type = (enum track_type)i;
    }
    struct frame_head head =
        head_of((struct ingest_origin){rejected->source, rejected->browser}, type, rejected->received_at);
    head.flags |= FRAME_REPLAY;
    memcpy(head.seed, rejected->id.b, sizeof head.seed);
    struct str parts[] = {
        {(const char *)&head, sizeof head}, rejected->source, STR("{\"batch\":["), rejected->raw, STR("]}")};
    if (type != TRACK_BATCH) parts[2] = parts[4] = (struct str){0};
    return journal_append_wait(ingest->house->journal, parts, COUNT(parts));
}
